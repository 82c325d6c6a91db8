//! Who is told of an event, and as what.

use super::NoticeKind;
use crate::{
    code::AgencyCode,
    id::AccountId,
    petition::{Escalation, EventData, Petition},
};

/// For how many days after it happened somebody is told of an event. What comes into the log with an older time, as a played year
/// does, is history.
pub const TOLD_FOR_DAYS: i64 = 30;

/// Some people who have to do with a petition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// Who sent it.
    Sender,
    /// Who sent a petition that was put to it: they are told of theirs.
    SharedSenders,
    /// Who follows it, where everybody may read it.
    Followers,
    /// Officers and leaders of the desk, or the coordinators.
    Desk(AgencyCode),
    /// The leaders of the desk; at the coordinator's own desk, the coordinators.
    Leaders(AgencyCode),
    /// The coordinators.
    Coordinators,
    /// One member of staff.
    One(AccountId),
}

/// Whom to tell what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// Whom.
    pub audience: Audience,
    /// What.
    pub kind: NoticeKind,
}

/// Who is told of an event of a petition. Whoever is in several audiences is told by the first alone, and nobody of what they did
/// themselves.
///
/// `petition` is what it is by now, perhaps some events later: nobody is told of what they may not see any more.
pub fn tellings(petition: &Petition, data: &EventData) -> Vec<Telling> {
    use NoticeKind as Kind;
    let to = |audience: Audience, kind: NoticeKind| Telling { audience, kind };
    let sender = |kind| vec![to(Audience::Sender, kind)];
    let holder = || petition.holder.clone();
    // Whoever deals with it; the whole desk where that is nobody yet.
    let dealing = |kind| to(petition.assignee.map_or_else(|| Audience::Desk(holder()), Audience::One), kind);
    // The sender, those whose petition has the same answer, and the public that asked to be told.
    let everybody = |kind: NoticeKind| {
        let mut all = vec![to(Audience::Sender, kind), to(Audience::SharedSenders, kind)];
        all.extend(petition.published.map(|_| to(Audience::Followers, kind)));
        all
    };
    // The desk that it came to, unless it has gone on.
    let arrival = |desk: &AgencyCode, kind| (*desk == petition.holder).then(|| to(Audience::Desk(desk.clone()), kind));
    let moved = |desk: &AgencyCode| {
        let mut told = sender(Kind::Transferred);
        told.extend(arrival(desk, Kind::Arrived));
        told
    };
    match data {
        EventData::Submitted(submitted) => {
            let kind = if submitted.emergency.is_some() { Kind::Emergency } else { Kind::Arrived };
            arrival(&submitted.routing.agency, kind).into_iter().collect()
        }
        EventData::Received {} => sender(Kind::Received),
        EventData::Started { .. } => sender(Kind::Started),
        EventData::InformationRequested { .. } => sender(Kind::InformationRequested),
        EventData::Progressed { .. } => everybody(Kind::Progressed),
        EventData::Extended { .. } => everybody(Kind::Extended),
        EventData::Transferred { to, .. } | EventData::CarriedOver { to, .. } => moved(to),
        EventData::Returned { .. } => moved(&AgencyCode::coordinator()),
        EventData::Answered { .. } => everybody(Kind::Answered),
        EventData::AnswerApproved { .. } => {
            let mut told = everybody(Kind::Answered);
            told.extend(petition.assignee.map(|assignee| to(Audience::One(assignee), Kind::AnswerApproved)));
            told
        }
        EventData::Rejected { .. } => everybody(Kind::Rejected),
        EventData::Merged { .. } => sender(Kind::Merged),
        EventData::Published { .. } => sender(Kind::Published),
        EventData::Unpublished { .. } => sender(Kind::Unpublished),
        EventData::Closed {} => sender(Kind::Closed),
        EventData::Reopened { .. } => {
            let mut told = vec![dealing(Kind::Reopened)];
            told.extend(petition.published.map(|_| to(Audience::Followers, Kind::Reopened)));
            told
        }
        EventData::Supplemented { .. } => vec![dealing(Kind::Supplemented)],
        EventData::Assigned { assignee: Some(assignee) } => vec![to(Audience::One(*assignee), Kind::Assigned)],
        EventData::AnswerDrafted { .. } => vec![to(Audience::Leaders(holder()), Kind::AnswerDrafted)],
        EventData::AnswerReturned { .. } => vec![dealing(Kind::AnswerReturned)],
        EventData::Withdrawn { .. } => {
            petition.assignee.map(|assignee| to(Audience::One(assignee), Kind::Withdrawn)).into_iter().collect()
        }
        EventData::Escalated { to: Escalation::Leader } => {
            let mut told = vec![to(Audience::Leaders(holder()), Kind::Escalated)];
            told.extend(petition.assignee.map(|assignee| to(Audience::One(assignee), Kind::Escalated)));
            told
        }
        EventData::Escalated { to: Escalation::Coordinator } => {
            vec![to(Audience::Coordinators, Kind::Escalated), to(Audience::Leaders(holder()), Kind::Escalated)]
        }
        EventData::Assigned { assignee: None }
        | EventData::Absorbed { .. }
        | EventData::Noted { .. }
        | EventData::Recategorised { .. }
        | EventData::Rated { .. }
        | EventData::DeadlinesSet(_)
        | EventData::Erased { .. } => Vec::new(),
    }
}
