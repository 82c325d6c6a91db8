//! A person's request that their data be erased, and how long it may take.
//!
//! Law 91/2025/QH15 gives the right, Decree 356/2025/NĐ-CP the times: an answer within 2 working days, what is asked done within 15
//! days, which may be put off once by 15 more. The decree was read in a summary only, so each of them is the operator's to set.

use chrono::Duration;

use crate::{
    calendar::WorkingCalendar,
    deadline::WorkingTime,
    id::{AccountId, ErasureId},
    text::Content,
    time::Instant,
    vocabulary::vocabulary,
};

vocabulary! {
    /// How a request came.
    ErasureOrigin {
        /// The person asked for it, signed in.
        Person = "person",
        /// By paper or in person; an administrator entered it.
        Paper = "paper",
    }
}

vocabulary! {
    /// How far a request has come.
    ErasureState {
        /// It waits: for petitions that are not settled, for an administrator, or for its last day.
        Waiting = "waiting",
        /// It is being done, and is taken up again wherever it was cut off.
        Underway = "underway",
        /// It is done.
        Erased = "erased",
        /// It was refused, with a reason.
        Refused = "refused",
    }
}

/// The times that an operator gives requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErasureTerms {
    /// Working days until a request is answered.
    pub answer_working_days: u16,
    /// Days until it is done.
    pub complete_days: u16,
    /// By how many days that may be put off, once.
    pub extend_days: u16,
}

impl Default for ErasureTerms {
    fn default() -> Self {
        Self { answer_working_days: 2, complete_days: 15, extend_days: 15 }
    }
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasureRequest {
    /// Its id.
    pub id: ErasureId,
    /// Whose data.
    pub account: AccountId,
    /// How it came.
    pub origin: ErasureOrigin,
    /// Who entered it: the person, or an administrator.
    pub entered_by: AccountId,
    /// What the paper is filed under, of one that came by paper.
    pub reference: Option<String>,
    /// When it came.
    pub requested_at: Instant,
    /// Until when it must be answered; `None` where the calendar does not reach.
    pub answer_due_at: Option<Instant>,
    /// Until when it must be done.
    pub complete_due_at: Instant,
    /// When the person was answered.
    pub answered_at: Option<Instant>,
    /// Until when it was put off.
    pub extended_to: Option<Instant>,
    /// Why it was put off, or refused.
    pub reason: Option<String>,
    /// How far it has come.
    pub state: ErasureState,
    /// When it was done or refused.
    pub ended_at: Option<Instant>,
}

/// Why a step is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ErasureRefusal {
    /// It is over, or being done.
    #[error("the request no longer waits")]
    NoLongerWaits,
    /// It was answered.
    #[error("the request was answered")]
    AnsweredBefore,
    /// It was put off once.
    #[error("the request was put off once")]
    ExtendedBefore,
}

impl ErasureRequest {
    /// A request that has come. One that the person made signed in is answered by the system, at once.
    pub fn new(
        id: ErasureId,
        account: AccountId,
        entered_by: AccountId,
        reference: Option<String>,
        requested_at: Instant,
        terms: ErasureTerms,
        calendar: &WorkingCalendar,
    ) -> Self {
        let origin = if account == entered_by { ErasureOrigin::Person } else { ErasureOrigin::Paper };
        let answered_at = match origin {
            ErasureOrigin::Person => Some(requested_at),
            ErasureOrigin::Paper => None,
        };
        Self {
            id,
            account,
            origin,
            entered_by,
            reference,
            requested_at,
            answer_due_at: calendar.due(requested_at, WorkingTime::Days(terms.answer_working_days)).ok(),
            complete_due_at: end_of_day_after(requested_at, terms.complete_days),
            answered_at,
            extended_to: None,
            reason: None,
            state: ErasureState::Waiting,
            ended_at: None,
        }
    }

    /// Until when it must be done, all told: then the system does it, whoever has forgotten it.
    pub fn due_at(&self) -> Instant {
        self.extended_to.unwrap_or(self.complete_due_at)
    }

    fn waits(&self) -> Result<(), ErasureRefusal> {
        match self.state {
            ErasureState::Waiting => Ok(()),
            ErasureState::Underway | ErasureState::Erased | ErasureState::Refused => Err(ErasureRefusal::NoLongerWaits),
        }
    }

    /// The person was answered.
    ///
    /// # Errors
    /// [`ErasureRefusal`] where they were before, or it is over.
    pub fn answer(&mut self, now: Instant) -> Result<(), ErasureRefusal> {
        self.waits()?;
        if self.answered_at.is_some() {
            return Err(ErasureRefusal::AnsweredBefore);
        }
        self.answered_at = Some(now);
        Ok(())
    }

    /// It is put off, once; the person is told why, and so answered.
    ///
    /// # Errors
    /// [`ErasureRefusal`] where it was before, or it is over.
    pub fn extend(&mut self, reason: &Content, terms: ErasureTerms, now: Instant) -> Result<(), ErasureRefusal> {
        self.waits()?;
        if self.extended_to.is_some() {
            return Err(ErasureRefusal::ExtendedBefore);
        }
        self.extended_to = Some(self.complete_due_at.plus(Duration::days(i64::from(terms.extend_days))));
        self.reason = Some(reason.as_str().to_owned());
        self.answered_at = self.answered_at.or(Some(now));
        Ok(())
    }

    /// It is refused; the person is told why.
    ///
    /// # Errors
    /// [`ErasureRefusal`] where it is over.
    pub fn refuse(&mut self, reason: &Content, now: Instant) -> Result<(), ErasureRefusal> {
        self.waits()?;
        self.reason = Some(reason.as_str().to_owned());
        self.answered_at = self.answered_at.or(Some(now));
        self.state = ErasureState::Refused;
        self.ended_at = Some(now);
        Ok(())
    }

    /// It is begun; from here nothing stops it. One that was begun before is gone on with.
    ///
    /// # Errors
    /// [`ErasureRefusal`] where it is over.
    pub fn begin(&mut self, now: Instant) -> Result<(), ErasureRefusal> {
        match self.state {
            ErasureState::Waiting | ErasureState::Underway => {}
            ErasureState::Erased | ErasureState::Refused => return Err(ErasureRefusal::NoLongerWaits),
        }
        self.state = ErasureState::Underway;
        self.answered_at = self.answered_at.or(Some(now));
        Ok(())
    }

    /// It is done. What the paper was filed under, and why it was put off, go with the rest: both may name the person.
    pub fn end(&mut self, now: Instant) {
        self.state = ErasureState::Erased;
        self.ended_at = self.ended_at.or(Some(now));
        self.reference = None;
        self.reason = None;
    }
}

/// The end of the n-th day after that of an instant, in Việt Nam (Civil Code 2015, Art. 147 (2): the day itself does not count).
fn end_of_day_after(at: Instant, days: u16) -> Instant {
    Instant::start_of_day(at.local_date()).plus(Duration::days(i64::from(days) + 1))
}

#[cfg(test)]
mod tests {
    use chrono::NaiveTime;
    use uuid::Uuid;

    use super::*;
    use crate::calendar::{OfficeHours, YearStatus};

    fn calendar() -> WorkingCalendar {
        let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        let hours = OfficeHours::new(vec![(time(7), time(12)), (time(13), time(17))]).unwrap();
        WorkingCalendar::new([], [(2026, YearStatus::Confirmed)], hours)
    }

    fn request(entered_by: u128) -> ErasureRequest {
        ErasureRequest::new(
            ErasureId(Uuid::nil()),
            AccountId(Uuid::from_u128(1)),
            AccountId(Uuid::from_u128(entered_by)),
            None,
            Instant::parse("2026-11-06T10:00:00+07:00").unwrap(),
            ErasureTerms::default(),
            &calendar(),
        )
    }

    fn content(text: &str) -> Content {
        Content::parse(text).unwrap()
    }

    #[test]
    fn its_days_are_those_of_the_decree() {
        let paper = request(2);
        // A Friday: the second working day is Tuesday; the fifteenth day ends with it.
        assert_eq!(paper.answer_due_at.unwrap().to_local_rfc3339(), "2026-11-10T17:00:00+07:00");
        assert_eq!(paper.complete_due_at.to_local_rfc3339(), "2026-11-22T00:00:00+07:00");
        assert_eq!((paper.origin, paper.answered_at), (ErasureOrigin::Paper, None));
        assert!(request(1).answered_at.is_some(), "who asks the system is answered by it");
    }

    #[test]
    fn it_is_put_off_once_and_with_a_reason() {
        let (mut request, now) = (request(2), Instant::parse("2026-11-07").unwrap());
        request.extend(&content("Đang giải quyết."), ErasureTerms::default(), now).unwrap();
        assert_eq!(request.due_at().to_local_rfc3339(), "2026-12-07T00:00:00+07:00");
        assert_eq!(request.answered_at, Some(now));
        let again = request.extend(&content("Nữa."), ErasureTerms::default(), now);
        assert_eq!(again, Err(ErasureRefusal::ExtendedBefore));
        assert_eq!(request.answer(now), Err(ErasureRefusal::AnsweredBefore));
    }

    #[test]
    fn what_is_over_stays_over() {
        let now = Instant::parse("2026-11-07").unwrap();
        let mut refused = request(2);
        refused.refuse(&content("Không chứng minh được."), now).unwrap();
        assert_eq!(refused.begin(now), Err(ErasureRefusal::NoLongerWaits));
        let mut begun = request(2);
        begun.begin(now).unwrap();
        assert_eq!(begun.refuse(&content("Muộn."), now), Err(ErasureRefusal::NoLongerWaits));
        begun.begin(now).unwrap();
        begun.end(now);
        assert_eq!((begun.state, begun.begin(now)), (ErasureState::Erased, Err(ErasureRefusal::NoLongerWaits)));
    }
}
