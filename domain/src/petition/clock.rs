//! The two clocks of a petition on its way: how they stand still, go on, and are counted anew.

use super::{event::Resumed, state::Petition, status::Status};
use crate::{
    calendar::{CalendarGap, WorkingCalendar},
    catalogue::{Catalogue, Category, Priority},
    deadline::{Allowance, Deadlines, WorkingTime},
    time::Instant,
};

/// How long a petition that rose to the leader may stay overdue before it rises to the coordinator. No text says how long.
const UNTIL_COORDINATOR: WorkingTime = WorkingTime::Days(2);

impl Petition {
    /// Why one of its deadlines cannot be said; `None` where both are.
    ///
    /// A transfer keeps no reason beside the deadline that it could not count, and leaves the reason of an earlier one standing:
    /// so what is missing is asked of the calendar of now, and what is there needs no reason.
    pub fn calendar_gap(&self, catalogue: &Catalogue) -> Option<CalendarGap> {
        let Deadlines { receive: Some(_), answer: Some(_), .. } = self.deadlines else {
            let allowance = catalogue.category(&self.category).map(|field| self.allowance(field, self.priority));
            let counted = allowance.and_then(|allowance| counted(self, allowance, &catalogue.calendar).gap);
            return counted.or(self.deadlines.gap);
        };
        None
    }
}

impl Petition {
    /// The time that a field gives it: to acknowledge by the terms of the day it came to its desk, to answer by those of the day from
    /// which its clock counts. Terms that were set later are not its own.
    pub(super) fn allowance(&self, field: &Category, priority: Priority) -> Allowance {
        let on = |instant: Instant| field.terms_on(instant.local_date()).allowances.of(priority);
        Allowance { receive: on(self.held_since).receive, answer: on(self.clock.began_at).answer }
    }
}

/// How the clock to answer goes on at an instant; `None` while it runs.
///
/// The agency gets the office time that it waited. None of it counts where the deadline had passed before: a question does not
/// heal lateness.
pub(super) fn resumed(petition: &Petition, calendar: &WorkingCalendar, at: Instant) -> Option<Resumed> {
    let paused_at = petition.clock.paused_at?;
    let deadlines = &petition.deadlines;
    let late = deadlines.answer.is_some_and(|due| due < paused_at);
    let waited = waited(calendar, paused_at, at).num_seconds();
    let paused_seconds = if late { 0 } else { u32::try_from(waited).unwrap_or(u32::MAX) };
    let due = deadlines.answer.map(|due| later_by(calendar, due, paused_seconds)).transpose();
    Some(match due {
        Ok(due_at) => Resumed { paused_seconds, due_at, gap: deadlines.gap },
        Err(gap) => Resumed { paused_seconds, due_at: None, gap: Some(gap) },
    })
}

/// The office time that was waited: as far as the calendar reaches, since nobody knows of a day beyond it whether the office was
/// open. It is not given back later; an operator confirms a year before it begins.
fn waited(calendar: &WorkingCalendar, from: Instant, to: Instant) -> chrono::Duration {
    let days = from.local_date().iter_days().take_while(|day| *day <= to.local_date());
    let unknown = days.into_iter().find(|day| calendar.is_working(*day).is_err());
    let known_to = unknown.map_or(to, |day| to.min(Instant::start_of_day(day)));
    calendar.working_time_between(from, known_to).unwrap_or_default()
}

fn later_by(calendar: &WorkingCalendar, due: Instant, seconds: u32) -> Result<Instant, CalendarGap> {
    if seconds == 0 { Ok(due) } else { calendar.after_office_time(due, chrono::Duration::seconds(i64::from(seconds))) }
}

/// Both deadlines as the calendar of now has them, for a field's allowance.
///
/// What is over stays: an acknowledgement that was given, an answer that was judged. Only where there was no deadline to judge
/// it by, it gets one.
pub(super) fn counted(petition: &Petition, allowance: Allowance, calendar: &WorkingCalendar) -> Deadlines {
    let counts = |running: bool, deadline: Option<Instant>| running || deadline.is_none();
    let receive = if counts(petition.status == Status::Submitted, petition.deadlines.receive) {
        calendar.due(petition.held_since, allowance.receive).map(Some)
    } else {
        Ok(petition.deadlines.receive)
    };
    let answer = if counts(petition.status.is_open(), petition.deadlines.answer) {
        let due = calendar.due(petition.clock.began_at, allowance.answer);
        due.and_then(|due| later_by(calendar, due, petition.clock.paused_seconds)).map(Some)
    } else {
        Ok(petition.deadlines.answer)
    };
    Deadlines { receive: receive.unwrap_or(None), answer: answer.unwrap_or(None), gap: receive.err().or(answer.err()) }
}

/// Whether another allowance gives more time to answer than the petition has, or may do so once the calendar reaches: else an
/// agency could take its time while nobody can count it.
pub(super) fn is_longer(
    petition: &Petition,
    old: Option<Allowance>,
    new: Allowance,
    calendar: &WorkingCalendar,
) -> bool {
    let recounted = || old.and_then(|old| counted(petition, old, calendar).answer);
    match (petition.deadlines.answer.or_else(recounted), counted(petition, new, calendar).answer) {
        (Some(before), Some(due)) => due > before,
        // No deadline at all is later than any.
        (Some(_), None) => true,
        (None, Some(_)) => false,
        (None, None) => match (old.map(|old| old.answer), new.answer) {
            (Some(WorkingTime::Days(old)), WorkingTime::Days(new))
            | (Some(WorkingTime::Hours(old)), WorkingTime::Hours(new)) => new > old,
            // How many hours the days have is the calendar's to say.
            (Some(WorkingTime::Days(_)), WorkingTime::Hours(_))
            | (Some(WorkingTime::Hours(_)), WorkingTime::Days(_))
            | (None, WorkingTime::Days(_) | WorkingTime::Hours(_)) => true,
        },
    }
}

/// Whether a petition that rose to the leader has stayed overdue at this desk for so long that the coordinator must know. What
/// was overdue when it came there gives its leader the same time as any other.
pub(super) fn rises_to_coordinator(petition: &Petition, calendar: &WorkingCalendar, at: Instant) -> bool {
    petition.promised_at().is_some_and(|promised| {
        calendar.due(promised.max(petition.held_since), UNTIL_COORDINATOR).is_ok_and(|due| due < at)
    })
}
