//! The Steering Committee: a plan for the year's rate, the count that it watches, and what it has answered today.
//!
//! This is the closed loop. At every opening of the offices the rate is held against the plan; what is missing is asked of the
//! desks, and those petitions are answered that are readiest in the eyes of those who have them: [`readiness`] weighs the
//! diligence of the agency, how near the deadline is, and how easy the case. In a quiet month diligent agencies answer what is
//! theirs, and the rest lies; in the weeks before a milestone so much is asked that the old cases are taken up too.

use domain::{
    catalogue::{AgencyLevel, Catalogue, Channel},
    petition::{Petition, Status},
    time::Instant,
};

use super::{
    DemoError, bounds,
    chance::{Chance, between, share},
    office::{DAY, Session},
    year::{Case, Cases},
};

/// The plan: month, day, the rate in hundredths of a percent at its beginning, and how far the seed may move it.
///
/// 70 % are passed in the last days of August, 80 % in the second half of November: late, as such plans are met.
const PLAN: [(u32, u32, i64, i64); 29] = [
    (1, 1, 2_500, 0),
    (1, 15, 4_300, 150),
    (2, 1, 4_700, 120),
    (2, 15, 5_000, 120),
    (3, 1, 5_200, 100),
    (3, 15, 5_350, 100),
    (4, 1, 5_450, 100),
    (4, 15, 5_600, 100),
    (5, 1, 5_700, 100),
    (5, 15, 5_850, 100),
    (6, 1, 5_950, 100),
    (6, 15, 6_100, 100),
    (7, 1, 6_200, 100),
    (7, 15, 6_320, 80),
    (8, 1, 6_430, 60),
    (8, 15, 6_600, 30),
    (8, 20, 6_720, 20),
    (8, 24, 6_920, 20),
    (8, 27, 7_170, 20),
    (9, 1, 7_520, 20),
    (9, 8, 7_470, 40),
    (9, 15, 7_490, 60),
    (10, 1, 7_560, 60),
    (10, 15, 7_650, 60),
    (11, 1, 7_740, 30),
    (11, 14, 7_860, 20),
    (11, 22, 8_040, 20),
    (12, 1, 8_270, 20),
    (12, 15, 8_320, 30),
];
/// The rate at the end of the year.
const AT_LAST: i64 = 8_370;

/// What a case that nobody has looked into yet counts against one that is ready.
const UNREADY: i64 = 20;

/// How many petitions the plan counts, by the definition of the target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
    eligible: i64,
    answered: i64,
}

/// Whether the plan counts a petition: sent by phone, and held by a district or commune.
pub(super) fn is_counted(petition: &Petition, catalogue: &Catalogue) -> bool {
    let level = catalogue.directory.agency(&petition.holder).map(|agency| agency.level);
    petition.channel == Channel::Mobile && matches!(level, Some(AgencyLevel::Commune | AgencyLevel::District))
}

impl Count {
    /// What a petition is to the count, given whether the plan counts it at all.
    pub(super) fn of(petition: &Petition, counted: bool) -> Self {
        let (eligible, answered) = match petition.status {
            Status::Withdrawn | Status::Merged | Status::Rejected => (false, false),
            Status::Answered | Status::Closed => (counted, counted),
            Status::Submitted | Status::Received | Status::InProgress | Status::AwaitingCitizen => (counted, false),
        };
        Self { eligible: i64::from(eligible), answered: i64::from(answered) }
    }
}

/// The plan and the count.
#[derive(Debug)]
pub(super) struct Steering {
    plan: Vec<(i64, i64)>,
    count: Count,
    /// The cases that have come to a desk and wait there for an answer; some of them no longer.
    waiting: Vec<usize>,
    chance: Chance,
}

impl Steering {
    pub(super) fn new(mut chance: Chance) -> Result<Self, DemoError> {
        let (first, next) = bounds()?;
        let mut plan = Vec::new();
        for (month, day, rate, sway) in PLAN {
            let day = chrono::NaiveDate::from_ymd_opt(chrono::Datelike::year(&first), month, day);
            let day = day.ok_or(DemoError::Lost("the plan"))?;
            plan.push((Instant::start_of_day(day).micros(), rate + between(&mut chance, -sway, sway)));
        }
        plan.push((Instant::start_of_day(next).micros(), AT_LAST));
        Ok(Self { plan, count: Count::default(), waiting: Vec::new(), chance })
    }

    /// Takes a change of a petition into the count.
    pub(super) fn take(&mut self, before: Count, after: Count) {
        self.count.eligible += after.eligible - before.eligible;
        self.count.answered += after.answered - before.answered;
    }

    /// A case has come to a desk.
    pub(super) fn awaits(&mut self, index: usize) {
        self.waiting.push(index);
    }

    /// The planned rate, in hundredths of a percent.
    fn planned(&self, at: i64) -> i64 {
        let later = self.plan.partition_point(|(knot, _)| *knot <= at);
        let before = later.checked_sub(1).and_then(|index| self.plan.get(index));
        match (before, self.plan.get(later)) {
            (Some((from, rate)), Some((to, next))) => rate + (next - rate) * (at - from) / (to - from).max(1),
            (Some((_, rate)), None) | (None, Some((_, rate))) => *rate,
            (None, None) => 0,
        }
    }

    /// The cases that shall be answered in this session.
    pub(super) fn choose(&mut self, cases: &Cases, session: &Session) -> Vec<usize> {
        // A case that was passed on and came to its next desk at once is here twice.
        self.waiting.sort_unstable();
        self.waiting.dedup();
        self.waiting.retain(|index| cases.get(*index).is_ok_and(Case::is_answerable));
        let (mut counted, mut others) = (Vec::new(), Vec::new());
        for index in &self.waiting {
            let Ok(case) = cases.get(*index) else { continue };
            let entry = (readiness(case, session.opens), *index);
            if case.counted { counted.push(entry) } else { others.push(entry) }
        }
        let wanted = (self.planned(session.closes) * self.count.eligible + 5_000) / 10_000 - self.count.answered;
        let now = share(&mut self.chance, wanted.max(0), session.length(), session.left_that_day);
        let all = i64::try_from(counted.len()).unwrap_or(i64::MAX);
        let now = now.min(all);
        // What the plan does not count is answered in the same measure.
        let beside = i64::try_from(others.len()).unwrap_or(0);
        let beside = if all == 0 { beside } else { share(&mut self.chance, beside, now, all) };
        let mut chosen = readiest(counted, now);
        chosen.extend(readiest(others, beside));
        chosen.sort_unstable();
        chosen
    }
}

/// Those with the highest marks, in no order.
fn readiest(mut entries: Vec<(i64, usize)>, count: i64) -> Vec<usize> {
    let count = usize::try_from(count).unwrap_or(0).min(entries.len());
    if let Some(last) = count.checked_sub(1) {
        entries.select_nth_unstable_by(last, |a, b| b.cmp(a));
    }
    entries.truncate(count);
    entries.into_iter().map(|(_, index)| index).collect()
}

/// How near a case is to its answer, in the eyes of those who have it.
fn readiness(case: &Case, now: i64) -> i64 {
    let submitted = case.petition.submitted_at.micros();
    let due = case.petition.deadlines.answer.map_or(submitted + 7 * DAY, Instant::micros);
    // In thousandths of the time allowed.
    let age = (now - submitted) * 1_000 / (due - submitted).max(DAY);
    // The nearer the deadline the more it presses; once missed, it lies in the drawer.
    let urgency = if age <= 1_000 { 400 + age * 3 / 5 } else { (300 - (age - 1_000) / 40).max(120) };
    let mark = case.diligence * urgency * case.ease;
    if case.ready_at.is_some_and(|ready| ready.micros() <= now) { mark } else { mark / UNREADY }
}
