//! What a step may not do to a petition, whatever it is: the promises of the documentation, one by one.

use domain::{
    account::Actor,
    code::AgencyCode,
    notice::{Audience, NoticeKind, Telling, tellings},
    petition::{Command, CommandKind, Escalation, Event, EventData, Petition, Refusal, Status, decide},
};

use crate::{chance::Tried, world::*};

/// Checks a step that was taken.
pub(crate) fn after_a_step(tried: &Tried<'_>) {
    let (before, after) = (&tried.before.petition, &tried.after.petition);
    let event = tried.after.events.last().unwrap();
    moved(&event.data, before, after);
    lateness_sticks(before, after, event);
    an_assignee_is_a_colleague(before, after, &tried.step.command);
    stands_whole(after);
    the_citizen_rates_an_answer_once(&tried.after.events);
    no_level_is_told_twice(&tried.after.events);
    a_recount_changes_nothing(after, &tried.after.events);
    what_is_told_is_for_who_is_told(after, &event.data);
}

/// The agency's own affairs are told to staff alone, what is not published to no follower, and what a desk is told it can open.
fn what_is_told_is_for_who_is_told(after: &Petition, data: &EventData) {
    let told = tellings(after, data);
    for Telling { audience, kind } in &told {
        match audience {
            Audience::Sender | Audience::SharedSenders => assert!(!data.is_internal(), "{kind}: {data:?}"),
            Audience::Followers => assert!(!data.is_internal() && after.published.is_some(), "{kind}: {data:?}"),
            Audience::Desk(desk) | Audience::Leaders(desk) => assert_eq!(*desk, after.holder, "{kind}"),
            Audience::One(account) => assert_eq!(after.assignee, Some(*account), "{kind}"),
            Audience::Coordinators => {}
        }
    }
    // Who has it now is told that it came, and its sender that somebody else deals with it.
    let moves = data.moves_to().is_some();
    let arrived = |telling: &Telling| matches!(telling.kind, NoticeKind::Arrived | NoticeKind::Emergency);
    assert_eq!(told.iter().any(arrived), moves, "{data:?}");
    assert_eq!(told.iter().any(|telling| telling.kind == NoticeKind::Transferred), moves, "{data:?}");
}

/// A petition moves by a transfer or a return alone; those move it, and to a desk where it will be seen and where it begins
/// anew.
fn moved(data: &EventData, before: &Petition, after: &Petition) {
    let (from, to, coordinator) = (&before.holder, &after.holder, AgencyCode::coordinator());
    match data {
        EventData::Transferred { to: named, asked, .. } => {
            assert!(from != to && named == to);
            assert!(*to == coordinator || asked.is_none() && province().directory.is_staffed(to));
        }
        EventData::Returned { .. } => assert!(*from != coordinator && *to == coordinator),
        EventData::Submitted(_)
        | EventData::Received {}
        | EventData::Assigned { .. }
        | EventData::Started { .. }
        | EventData::InformationRequested { .. }
        | EventData::Supplemented { .. }
        | EventData::Progressed { .. }
        | EventData::Extended { .. }
        | EventData::AnswerDrafted { .. }
        | EventData::AnswerReturned { .. }
        | EventData::AnswerApproved { .. }
        | EventData::Answered { .. }
        | EventData::Rejected { .. }
        | EventData::Withdrawn { .. }
        | EventData::Merged { .. }
        | EventData::Absorbed { .. }
        | EventData::Noted { .. }
        | EventData::Recategorised { .. }
        | EventData::Published { .. }
        | EventData::Unpublished { .. }
        | EventData::Reopened { .. }
        | EventData::Rated { .. }
        | EventData::Closed {}
        | EventData::DeadlinesSet(_)
        | EventData::Escalated { .. }
        | EventData::Erased { .. } => return assert_eq!(from, to),
        // The heir has it as the agency had that ended.
        EventData::CarriedOver { to: named, .. } => {
            return assert!(from != to && named == to && before.status == after.status);
        }
    }
    assert_eq!((after.assignee, after.draft, after.escalated), (None, None, None), "of the desk it left");
    assert_eq!(after.held_since, after.updated_at);
}

/// The promise to the citizen changes only where it is counted anew, or where the clock goes on after it stood still; and what
/// was late stays late, except where it is counted anew.
fn lateness_sticks(before: &Petition, after: &Petition, event: &Event) {
    let counted_anew = match &event.data {
        EventData::DeadlinesSet(_) | EventData::Recategorised { .. } | EventData::Reopened { .. } => true,
        EventData::Submitted(_)
        | EventData::Transferred { .. }
        | EventData::Returned { .. }
        | EventData::Received {}
        | EventData::Assigned { .. }
        | EventData::Started { .. }
        | EventData::InformationRequested { .. }
        | EventData::Supplemented { .. }
        | EventData::Progressed { .. }
        | EventData::Extended { .. }
        | EventData::AnswerDrafted { .. }
        | EventData::AnswerReturned { .. }
        | EventData::AnswerApproved { .. }
        | EventData::Answered { .. }
        | EventData::Rejected { .. }
        | EventData::Withdrawn { .. }
        | EventData::Merged { .. }
        | EventData::Absorbed { .. }
        | EventData::Noted { .. }
        | EventData::Published { .. }
        | EventData::Unpublished { .. }
        | EventData::Rated { .. }
        | EventData::Closed {}
        | EventData::Escalated { .. }
        | EventData::CarriedOver { .. }
        | EventData::Erased { .. } => false,
    };
    if counted_anew {
        return;
    }
    let goes_on = before.clock.paused_at.is_some() && after.clock.paused_at.is_none();
    let (was, is) = (before.deadlines.answer, after.deadlines.answer);
    if goes_on
        && after.status != Status::Rejected
        && after.status != Status::Withdrawn
        && after.status != Status::Merged
    {
        assert!(is.is_none() || was <= is, "waiting for the citizen takes no time away: {was:?} {is:?}");
    } else {
        assert_eq!(was, is, "the promise to the citizen stays");
    }
    if before.overdue_at(event.at) {
        assert!(!after.answered_on_time() && (!after.status.is_open() || after.overdue_at(event.at)), "{event:?}");
    }
}

fn an_assignee_is_a_colleague(before: &Petition, after: &Petition, command: &Command) {
    if let Command::Assign { assignee: Some(actor) } | Command::Start { assignee: Some(actor) } = command {
        assert_eq!((actor.agency().as_ref(), actor.account()), (Some(&before.holder), after.assignee));
    }
}

/// What holds of a petition at any time.
fn stands_whole(petition: &Petition) {
    let Petition { status, clock, draft, answer, published, .. } = petition;
    assert_eq!(clock.paused_at.is_some(), *status == Status::AwaitingCitizen);
    let unanswered_end = matches!(status, Status::Rejected | Status::Withdrawn | Status::Merged);
    assert!(!(unanswered_end && published.is_some()), "nobody is shown what has ended without an answer");
    assert_eq!(answer.is_some(), matches!(status, Status::Answered | Status::Closed));
    assert!(draft.is_none() || status.is_open() && *status != Status::Submitted);
    assert!(petition.rating.is_none() || answer.is_some());
    assert_eq!(petition.rejection.is_some(), *status == Status::Rejected);
    assert_eq!(petition.merged_into.is_some(), *status == Status::Merged);
    assert!(petition.received_at.is_some() || matches!(status, Status::Submitted) || unanswered_end);
    assert!(petition.promised_at() >= petition.deadlines.answer);
}

fn the_citizen_rates_an_answer_once(events: &[Event]) {
    let since = events.iter().rev().take_while(|event| !matches!(event.data, EventData::Reopened { .. }));
    assert!(since.filter(|event| matches!(event.data, EventData::Rated { .. })).count() <= 1);
}

/// At a desk, until the citizen reopens it: first its leader, then the coordinator, each once; at the coordinator's own desk
/// there is no leader.
fn no_level_is_told_twice(events: &[Event]) {
    let same_desk = |event: &&Event| {
        !matches!(event.data, EventData::Reopened { .. } | EventData::Transferred { .. } | EventData::Returned { .. })
    };
    let told: Vec<Escalation> = events
        .iter()
        .rev()
        .take_while(same_desk)
        .filter_map(|event| if let EventData::Escalated { to } = event.data { Some(to) } else { None })
        .collect();
    let orders: [&[Escalation]; 4] =
        [&[], &[Escalation::Leader], &[Escalation::Coordinator, Escalation::Leader], &[Escalation::Coordinator]];
    assert!(orders.contains(&told.as_slice()), "last first: {told:?}");
}

/// What was carried along step by step is what a count from the beginning gives, as long as the calendar is the same.
fn a_recount_changes_nothing(petition: &Petition, events: &[Event]) {
    let with_another = events.iter().any(|event| matches!(event.data, EventData::DeadlinesSet(_)));
    if with_another || !petition.status.allows(CommandKind::SetDeadlines) {
        return;
    }
    match decide(Some(petition), Command::SetDeadlines, &Actor::System, province(), petition.updated_at) {
        Err(refusal) => assert_eq!(refusal, Refusal::NoEffect(CommandKind::SetDeadlines)),
        Ok(decision) => {
            let EventData::DeadlinesSet(set) = decision.event.data else { panic!("{:?}", decision.event) };
            let told = &petition.deadlines;
            assert_eq!((set.receive, set.answer), (told.receive, told.answer), "only the gap may be named otherwise");
        }
    }
}
