//! What follows from a command: one event, or a refusal.

use super::{
    command::{Command, CommandKind, Submission, TransferOrder},
    event::{ActorRecord, Event, EventData, Slot, Submitted},
    permission::{may, sees},
    state::{Petition, Place},
    status::Status,
};
use crate::{
    account::Actor,
    catalogue::{Catalogue, Category},
    chain::SealedText,
    code::{AgencyCode, CategoryCode},
    deadline::{Deadlines, deadlines, receive_deadline},
    routing::{self, route},
    time::Instant,
};

/// How often a petition may pass between agencies before the coordinator gets it.
const TRANSFERS_BEFORE_COORDINATOR: u32 = 2;

/// What was decided: the event, and the words it names.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The event, next in its petition's history.
    pub event: Event,
    /// The words, to be stored beside the log.
    pub words: Vec<(Slot, SealedText)>,
}

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// For this actor the petition does not exist.
    #[error("not found")]
    Hidden,
    /// This actor may not give this command.
    #[error("{0} is not for this actor")]
    Forbidden(CommandKind),
    /// The status does not allow it.
    #[error("{command} is not possible while {status}")]
    NotAllowed {
        /// The command.
        command: CommandKind,
        /// The status it met.
        status: Status,
        /// What this actor might do instead.
        allowed: Vec<CommandKind>,
    },
    /// A petition of a field that does not exist or can no longer be chosen.
    #[error("unknown category {0}")]
    UnknownCategory(CategoryCode),
    /// A transfer to an agency that does not exist today.
    #[error("unknown agency {0}")]
    UnknownAgency(AgencyCode),
    /// A transfer to an agency where nobody would see it.
    #[error("agency {0} has no staff")]
    AgencyWithoutStaff(AgencyCode),
    /// A transfer to the agency that has it.
    #[error("agency {0} has it already")]
    SameAgency(AgencyCode),
}

/// Decides on a command.
///
/// `petition` is `None` for a submission and only for it. `now` is the server's clock; the event is stamped with it, but never
/// before the petition's last event, so that a clock that jumps back breaks no order.
///
/// # Errors
/// [`Refusal`], in this order: hidden, forbidden, not allowed by the status, then what is wrong with the details.
pub fn decide(
    petition: Option<&Petition>,
    command: Command,
    actor: &Actor,
    catalogue: &Catalogue,
    now: Instant,
) -> Result<Decision, Refusal> {
    let kind = command.kind();
    let Some(petition) = petition else {
        return match command {
            Command::Submit(submission) => submit(*submission, actor, catalogue, now),
            Command::Receive
            | Command::Start
            | Command::Transfer(_)
            | Command::Return { .. }
            | Command::Answer { .. }
            | Command::Reject { .. }
            | Command::Withdraw { .. }
            | Command::SetDeadlines => Err(Refusal::Hidden),
        };
    };
    if !sees(petition, actor) {
        return Err(Refusal::Hidden);
    }
    if !may(petition, actor, kind) {
        return Err(Refusal::Forbidden(kind));
    }
    if !petition.status.allows(kind) {
        return Err(Refusal::NotAllowed { command: kind, status: petition.status, allowed: open_to(petition, actor) });
    }
    let at = now.max(petition.updated_at);
    let (data, words) = follow(petition, command, actor, catalogue, at)?;
    let event = Event { petition: petition.id, seq: petition.version + 1, at, actor: actor.into(), data };
    Ok(Decision { event, words })
}

/// The commands that this actor may give this petition now.
fn open_to(petition: &Petition, actor: &Actor) -> Vec<CommandKind> {
    CommandKind::ALL
        .iter()
        .copied()
        .filter(|command| petition.status.allows(*command) && may(petition, actor, *command))
        .collect()
}

type Outcome = (EventData, Vec<(Slot, SealedText)>);

fn follow(
    petition: &Petition,
    command: Command,
    actor: &Actor,
    catalogue: &Catalogue,
    at: Instant,
) -> Result<Outcome, Refusal> {
    match command {
        // `Status::allows` has no status that takes a second submission.
        Command::Submit(_) => Err(Refusal::Forbidden(CommandKind::Submit)),
        Command::Receive => Ok((EventData::Received {}, Vec::new())),
        Command::Start => Ok((EventData::Started {}, Vec::new())),
        Command::Transfer(order) => transfer(petition, order, actor, catalogue, at),
        Command::Return { reason } => {
            let receive_due_at = next_receive_deadline(petition, catalogue, at);
            Ok((EventData::Returned { reason: reason.digest(), receive_due_at }, vec![(Slot::Reason, reason)]))
        }
        Command::Answer { content } => {
            Ok((EventData::Answered { content: content.digest() }, vec![(Slot::Answer, content)]))
        }
        Command::Reject { code, message } => {
            Ok((EventData::Rejected { code, message: message.digest() }, vec![(Slot::Message, message)]))
        }
        Command::Withdraw { reason } => Ok((
            EventData::Withdrawn { reason: reason.as_ref().map(SealedText::digest) },
            reason.map(|reason| (Slot::Reason, reason)).into_iter().collect(),
        )),
        Command::SetDeadlines => {
            let allowance = known(catalogue, &petition.category)?.allowances.of(petition.priority);
            let count = |from, length| catalogue.calendar.due(from, length);
            // Only what was missing is given: a deadline that somebody was told stays, whatever the calendar says now.
            let receive = petition.deadlines.receive.map_or_else(|| count(petition.held_since, allowance.receive), Ok);
            let answer = petition.deadlines.answer.map_or_else(|| count(petition.submitted_at, allowance.answer), Ok);
            let set = Deadlines { receive: receive.ok(), answer: answer.ok(), gap: receive.err().or(answer.err()) };
            Ok((EventData::DeadlinesSet(set), Vec::new()))
        }
    }
}

fn known<'a>(catalogue: &'a Catalogue, code: &CategoryCode) -> Result<&'a Category, Refusal> {
    catalogue.category(code).ok_or_else(|| Refusal::UnknownCategory(code.clone()))
}

fn submit(submission: Submission, actor: &Actor, catalogue: &Catalogue, now: Instant) -> Result<Decision, Refusal> {
    match actor {
        Actor::Citizen(_) => {}
        Actor::Officer(..)
        | Actor::Leader(..)
        | Actor::Coordinator(_)
        | Actor::Steering(_)
        | Actor::Admin(_)
        | Actor::System => return Err(Refusal::Forbidden(CommandKind::Submit)),
    }
    let day = now.local_date();
    let category = known(catalogue, &submission.category)?;
    if !category.validity.covers(day) {
        return Err(Refusal::UnknownCategory(submission.category));
    }
    let place = match &submission.place {
        Place::Point { point, accuracy_m } => {
            routing::Place::Point { point: *point, accuracy_m: accuracy_m.map(f64::from) }
        }
        Place::Unit { unit } => routing::Place::Unit(unit),
        Place::Nowhere {} => routing::Place::Nowhere,
    };
    let routing = route(&routing::Request { category, place, day }, &catalogue.directory);
    let deadlines = deadlines(&catalogue.calendar, now, category.allowances.of(submission.priority));
    let submitted = Submitted {
        code: submission.code,
        category: submission.category,
        priority: submission.priority,
        channel: submission.channel,
        place: submission.place,
        title: submission.title.digest(),
        content: submission.content.digest(),
        address: submission.address.as_ref().map(SealedText::digest),
        hide_identity: submission.hide_identity,
        routing,
        deadlines,
    };
    let mut words = vec![(Slot::Title, submission.title), (Slot::Content, submission.content)];
    words.extend(submission.address.map(|address| (Slot::Address, address)));
    let event = Event {
        petition: submission.id,
        seq: 1,
        at: now,
        actor: ActorRecord::from(actor),
        data: EventData::Submitted(Box::new(submitted)),
    };
    Ok(Decision { event, words })
}

fn transfer(
    petition: &Petition,
    order: TransferOrder,
    actor: &Actor,
    catalogue: &Catalogue,
    at: Instant,
) -> Result<Outcome, Refusal> {
    let TransferOrder { to, reason } = order;
    if to == petition.holder {
        return Err(Refusal::SameAgency(to));
    }
    let agency = catalogue.directory.agency(&to).filter(|agency| agency.validity.covers(at.local_date()));
    if agency.is_none() {
        return Err(Refusal::UnknownAgency(to));
    }
    let coordinator = AgencyCode::coordinator();
    if to != coordinator && !catalogue.directory.is_staffed(&to) {
        return Err(Refusal::AgencyWithoutStaff(to));
    }
    // The coordinator's own decision is where a travelling petition comes to rest; it is not sent back to the coordinator.
    let decided_by_coordinator = matches!(actor, Actor::Coordinator(_));
    let travels = petition.transfers >= TRANSFERS_BEFORE_COORDINATOR || petition.sent_away_by.contains(&to);
    let (to, asked) = if travels && !decided_by_coordinator { (coordinator, Some(to)) } else { (to, None) };
    let receive_due_at = next_receive_deadline(petition, catalogue, at);
    Ok((EventData::Transferred { to, asked, reason: reason.digest(), receive_due_at }, vec![(Slot::Reason, reason)]))
}

/// The next desk has its own time to acknowledge; the promise of an answer to the citizen stays as it was.
fn next_receive_deadline(petition: &Petition, catalogue: &Catalogue, at: Instant) -> Option<Instant> {
    let category = catalogue.category(&petition.category)?;
    receive_deadline(&catalogue.calendar, at, category.allowances.of(petition.priority)).ok()
}
