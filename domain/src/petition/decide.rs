//! What follows from a command: one event, or a refusal.

use super::{
    clock::{counted, is_longer, resumed, rises_to_coordinator},
    command::{Command, CommandKind, Escalation, Submission, TransferOrder},
    emergency::Emergency,
    event::{ActorRecord, Event, EventData, Slot, Submitted},
    intake::{Entry, may_submit},
    merge::takes_others,
    permission::{may, open_to, sees},
    refusal::Refusal,
    state::{Petition, Place},
};
use crate::{
    account::Actor,
    catalogue::{Catalogue, Category, Priority},
    chain::SealedText,
    code::{AgencyCode, CategoryCode},
    deadline::{Deadlines, deadlines, receive_deadline},
    id::AccountId,
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
            | Command::Assign { .. }
            | Command::Start { .. }
            | Command::RequestInformation { .. }
            | Command::Supplement { .. }
            | Command::Progress { .. }
            | Command::Extend { .. }
            | Command::DraftAnswer { .. }
            | Command::ApproveAnswer
            | Command::ReturnAnswer { .. }
            | Command::Transfer(_)
            | Command::Return { .. }
            | Command::Answer { .. }
            | Command::Reject { .. }
            | Command::Merge { .. }
            | Command::Note { .. }
            | Command::Recategorise { .. }
            | Command::Publish { .. }
            | Command::Unpublish { .. }
            | Command::Withdraw { .. }
            | Command::Reopen { .. }
            | Command::Rating { .. }
            | Command::Close
            | Command::SetDeadlines
            | Command::Escalate => Err(Refusal::Hidden),
        };
    };
    if !sees(petition, actor, &catalogue.directory) {
        return Err(Refusal::Hidden);
    }
    if !may(petition, actor, kind, &catalogue.directory) {
        return Err(Refusal::Forbidden(kind));
    }
    if !petition.status.allows(kind) {
        let allowed = open_to(petition, actor, &catalogue.directory);
        return Err(Refusal::NotAllowed { command: kind, status: petition.status, allowed });
    }
    let at = now.max(petition.updated_at);
    let (data, words) = follow(petition, command, actor, catalogue, at)?;
    let event = Event { petition: petition.id, seq: petition.version + 1, at, actor: actor.into(), data };
    Ok(Decision { event, words })
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
        Command::Assign { assignee } => {
            let assignee = colleague(petition, assignee.as_ref())?;
            if assignee == petition.assignee {
                return Err(Refusal::NoEffect(CommandKind::Assign));
            }
            Ok((EventData::Assigned { assignee }, Vec::new()))
        }
        Command::Start { assignee } => {
            // Who says that work has begun is on it, unless somebody else is.
            let named = colleague(petition, assignee.as_ref())?;
            let assignee = named.or_else(|| if petition.assignee.is_none() { actor.account() } else { None });
            Ok((EventData::Started { assignee }, Vec::new()))
        }
        Command::RequestInformation { message } => {
            Ok((EventData::InformationRequested { message: message.digest() }, vec![(Slot::Message, message)]))
        }
        Command::Supplement { content, attachments } => {
            // A petition that waits for its citizen has a clock that stands still.
            let resumed =
                resumed(petition, &catalogue.calendar, at).ok_or(Refusal::NoEffect(CommandKind::Supplement))?;
            let data = EventData::Supplemented { content: content.digest(), attachments, resumed };
            Ok((data, vec![(Slot::Content, content)]))
        }
        Command::Progress { message } => {
            Ok((EventData::Progressed { message: message.digest() }, vec![(Slot::Message, message)]))
        }
        Command::Extend { due_at, reason } => {
            extendable(petition, catalogue, due_at, at)?;
            Ok((EventData::Extended { due_at, reason: reason.digest() }, vec![(Slot::Reason, reason)]))
        }
        Command::DraftAnswer { content, attachments } => {
            let data = EventData::AnswerDrafted { content: content.digest(), attachments };
            Ok((data, vec![(Slot::Answer, content)]))
        }
        Command::ApproveAnswer => {
            let draft = petition.draft.ok_or(Refusal::NoDraft)?;
            let resumed = resumed(petition, &catalogue.calendar, at);
            Ok((EventData::AnswerApproved { draft, resumed }, Vec::new()))
        }
        Command::ReturnAnswer { reason } => {
            petition.draft.ok_or(Refusal::NoDraft)?;
            Ok((EventData::AnswerReturned { reason: reason.digest() }, vec![(Slot::Reason, reason)]))
        }
        Command::Transfer(order) => transfer(petition, order, actor, catalogue, at),
        Command::Return { reason } => {
            let receive_due_at = next_receive_deadline(petition, catalogue, at);
            let resumed = resumed(petition, &catalogue.calendar, at);
            let data = EventData::Returned { reason: reason.digest(), receive_due_at, resumed };
            Ok((data, vec![(Slot::Reason, reason)]))
        }
        Command::Answer { content, attachments } => {
            let resumed = resumed(petition, &catalogue.calendar, at);
            let data = EventData::Answered { content: content.digest(), attachments, resumed };
            Ok((data, vec![(Slot::Answer, content)]))
        }
        Command::Reject { code, message } => {
            Ok((EventData::Rejected { code, message: message.digest() }, vec![(Slot::Message, message)]))
        }
        Command::Merge { into } => {
            if into.id == petition.id || !takes_others(&into) {
                return Err(Refusal::NotMergeable(into.code));
            }
            Ok((EventData::Merged { into: into.id, code: into.code }, Vec::new()))
        }
        Command::Note { content } => Ok((EventData::Noted { content: content.digest() }, vec![(Slot::Note, content)])),
        Command::Recategorise { category, priority } => {
            recategorise(petition, category, priority, actor, catalogue, at)
        }
        Command::Publish { title, content } => {
            let data = EventData::Published {
                title: title.as_ref().map(SealedText::digest),
                content: content.as_ref().map(SealedText::digest),
            };
            let title = title.map(|title| (Slot::Title, title));
            let content = content.map(|content| (Slot::Content, content));
            Ok((data, title.into_iter().chain(content).collect()))
        }
        Command::Unpublish { reason } => {
            petition.published.ok_or(Refusal::NoEffect(CommandKind::Unpublish))?;
            Ok((EventData::Unpublished { reason: reason.digest() }, vec![(Slot::Reason, reason)]))
        }
        Command::Withdraw { reason } => {
            if petition.absorbed > 0 {
                return Err(Refusal::OthersWait);
            }
            let data = EventData::Withdrawn { reason: reason.as_ref().map(SealedText::digest) };
            Ok((data, reason.map(|reason| (Slot::Reason, reason)).into_iter().collect()))
        }
        Command::Reopen { reason } => {
            let ended_at = petition.answer.map(|answer| catalogue.policy.reopening_ends(answer.at));
            if let Some(ended_at) = ended_at.filter(|ended_at| *ended_at <= at) {
                return Err(Refusal::WindowOver { ended_at });
            }
            let terms = known(catalogue, &petition.category)?.terms_on(at.local_date());
            let answer = catalogue.calendar.due(at, terms.allowances.of(petition.priority).answer);
            let receive = petition.deadlines.receive;
            let deadlines = Deadlines { receive, answer: answer.ok(), gap: answer.err() };
            Ok((EventData::Reopened { reason: reason.digest(), deadlines }, vec![(Slot::Reason, reason)]))
        }
        Command::Rating { level, comment } => {
            if petition.rating.is_some() {
                return Err(Refusal::AlreadyRated);
            }
            let data = EventData::Rated { level, comment: comment.as_ref().map(SealedText::digest) };
            Ok((data, comment.map(|comment| (Slot::Comment, comment)).into_iter().collect()))
        }
        Command::Close => {
            let over = petition.answer.is_none_or(|answer| catalogue.policy.reopening_ends(answer.at) <= at);
            // The citizen may end it at any time; the system only when the citizen no longer may reopen it.
            if *actor == Actor::System && !over {
                return Err(Refusal::NoEffect(CommandKind::Close));
            }
            Ok((EventData::Closed {}, Vec::new()))
        }
        Command::SetDeadlines => {
            let allowance = petition.allowance(known(catalogue, &petition.category)?, petition.priority);
            let set = counted(petition, allowance, &catalogue.calendar).or_as_told(&petition.deadlines);
            // Why one is missing is no news to anybody: it is told as the calendar of the day has it.
            if (set.receive, set.answer) == (petition.deadlines.receive, petition.deadlines.answer) {
                return Err(Refusal::NoEffect(CommandKind::SetDeadlines));
            }
            Ok((EventData::DeadlinesSet(set), Vec::new()))
        }
        Command::Escalate => {
            let to = escalation(petition, catalogue, at).ok_or(Refusal::NoEffect(CommandKind::Escalate))?;
            Ok((EventData::Escalated { to }, Vec::new()))
        }
    }
}

/// The account of somebody who works at the desk that has the petition.
fn colleague(petition: &Petition, assignee: Option<&Actor>) -> Result<Option<AccountId>, Refusal> {
    let foreign = || Refusal::ForeignAssignee(petition.holder.clone());
    let Some(assignee) = assignee else { return Ok(None) };
    let theirs = assignee.agency().filter(|agency| *agency == petition.holder).and_then(|_| assignee.account());
    theirs.map(Some).ok_or_else(foreign)
}

/// An extension promises the answer for later than before, on a day that the calendar knows.
fn extendable(petition: &Petition, catalogue: &Catalogue, due_at: Instant, at: Instant) -> Result<(), Refusal> {
    if due_at <= at {
        return Err(Refusal::NotLater { promised: None });
    }
    if let Some(gap) = petition.deadlines.gap.filter(|_| petition.deadlines.answer.is_none()) {
        return Err(Refusal::NoCalendar(gap));
    }
    if petition.promised_at().is_some_and(|promised| due_at <= promised) {
        return Err(Refusal::NotLater { promised: petition.promised_at() });
    }
    catalogue.calendar.is_working(due_at.local_date()).map(|_| ()).map_err(Refusal::NoCalendar)
}

/// To whom an overdue petition rises next: first to the leader of its desk, then to the coordinator. What the coordinator has
/// rises to the coordinator alone. An extension that has not run out keeps it where it is.
fn escalation(petition: &Petition, catalogue: &Catalogue, at: Instant) -> Option<Escalation> {
    let broken = petition.overdue_at(at) && petition.promised_at().is_some_and(|promised| promised < at);
    let own_desk = petition.holder == AgencyCode::coordinator();
    match petition.escalated {
        _ if !broken => None,
        None if own_desk => Some(Escalation::Coordinator),
        None => Some(Escalation::Leader),
        Some(Escalation::Leader) => {
            rises_to_coordinator(petition, &catalogue.calendar, at).then_some(Escalation::Coordinator)
        }
        Some(Escalation::Coordinator) => None,
    }
}

fn recategorise(
    petition: &Petition,
    category: CategoryCode,
    priority: Option<Priority>,
    actor: &Actor,
    catalogue: &Catalogue,
    at: Instant,
) -> Result<Outcome, Refusal> {
    let priority = priority.unwrap_or(petition.priority);
    if (&category, priority) == (&petition.category, petition.priority) {
        return Err(Refusal::NoEffect(CommandKind::Recategorise));
    }
    let field = known(catalogue, &category)?;
    if category != petition.category && !field.validity.covers(at.local_date()) {
        return Err(Refusal::UnknownCategory(category));
    }
    let allowance = petition.allowance(field, priority);
    let deadlines = counted(petition, allowance, &catalogue.calendar);
    let old = catalogue.category(&petition.category).map(|field| petition.allowance(field, petition.priority));
    // Nobody heals lateness by giving it another name.
    let may_lengthen = matches!(actor, Actor::Coordinator(_)) && !petition.overdue_at(at);
    if !may_lengthen && is_longer(petition, old, allowance, &catalogue.calendar) {
        return Err(Refusal::LongerDeadline);
    }
    Ok((EventData::Recategorised { category, priority, deadlines }, Vec::new()))
}

fn known<'a>(catalogue: &'a Catalogue, code: &CategoryCode) -> Result<&'a Category, Refusal> {
    catalogue.category(code).ok_or_else(|| Refusal::UnknownCategory(code.clone()))
}

fn submit(submission: Submission, actor: &Actor, catalogue: &Catalogue, now: Instant) -> Result<Decision, Refusal> {
    if !may_submit(actor, submission.entry.as_ref(), submission.channel) {
        return Err(Refusal::Forbidden(CommandKind::Submit));
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
    let emergency = Emergency::spoken_of(&submission);
    let priority = if emergency.is_some() { Priority::Urgent } else { submission.priority };
    let came_at = submission.entry.as_ref().map_or(now, |entry| entry.came_at.instant().min(now));
    let deadlines = deadlines(&catalogue.calendar, now, came_at, category.terms_on(day).allowances.of(priority));
    let submitted = Submitted {
        code: submission.code,
        category: submission.category,
        priority,
        channel: submission.channel,
        place: submission.place,
        title: submission.title.digest(),
        content: submission.content.digest(),
        address: submission.address.as_ref().map(SealedText::digest),
        attributes: submission.attributes.as_ref().map(SealedText::digest),
        attachments: submission.attachments,
        hide_identity: submission.hide_identity,
        emergency,
        intake: submission.entry.as_ref().map(Entry::record),
        routing,
        deadlines,
    };
    let mut words = vec![(Slot::Title, submission.title), (Slot::Content, submission.content)];
    words.extend(submission.address.map(|address| (Slot::Address, address)));
    words.extend(submission.entry.and_then(|entry| entry.reference).map(|reference| (Slot::Reference, reference)));
    words.extend(submission.attributes.map(|attributes| (Slot::Attributes, attributes)));
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
    let resumed = resumed(petition, &catalogue.calendar, at);
    let data = EventData::Transferred { to, asked, reason: reason.digest(), receive_due_at, resumed };
    Ok((data, vec![(Slot::Reason, reason)]))
}

/// The next desk has its own time to acknowledge; the promise of an answer to the citizen stays as it was.
fn next_receive_deadline(petition: &Petition, catalogue: &Catalogue, at: Instant) -> Option<Instant> {
    let category = catalogue.category(&petition.category)?;
    receive_deadline(&catalogue.calendar, at, category.terms_on(at.local_date()).allowances.of(petition.priority)).ok()
}
