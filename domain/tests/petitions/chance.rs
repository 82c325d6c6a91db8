//! Lives of petitions by chance: anybody gives any command at any time, and the clock may jump back.

use domain::{
    catalogue::{Channel, Priority},
    chain::{Digest, SealedText},
    petition::{Command, Place, Refusal, RejectionCode, Submission, TransferOrder},
    place::Point,
    time::Instant,
};
use proptest::{option, prelude::*, sample::select};

use crate::world::*;

/// Somebody tries something, so many microseconds after the step before.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) who: Who,
    pub(crate) command: Command,
    pub(crate) pause: i64,
}

/// A petition and all that is tried on it.
#[derive(Debug, Clone)]
pub(crate) struct Life {
    pub(crate) submission: Submission,
    pub(crate) begins: Instant,
    pub(crate) steps: Vec<Step>,
}

/// What came of a step.
pub(crate) struct Tried<'a> {
    pub(crate) before: &'a Story,
    pub(crate) after: &'a Story,
    pub(crate) step: &'a Step,
    pub(crate) outcome: Result<Vec<Digest>, Refusal>,
}

impl Life {
    /// Lives it, and shows what comes of every step. Deadlines are set later by a system that knows the next year.
    pub(crate) fn lived(&self, mut shown: impl FnMut(Tried<'_>)) -> Story {
        let mut story = Story::submitted(self.submission.clone(), self.begins, province()).unwrap();
        let mut clock = self.begins;
        for step in &self.steps {
            clock = Instant::from_micros(clock.micros() + step.pause).unwrap();
            let catalogue = if matches!(step.command, Command::SetDeadlines) { with_2023() } else { province() };
            let before = story.clone();
            let decision = story.attempt(step.who, step.command.clone(), clock, catalogue);
            let outcome = decision.map(|decision| decision.words.iter().map(|(_, words)| words.digest()).collect());
            shown(Tried { before: &before, after: &story, step, outcome });
        }
        story
    }
}

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

fn words() -> impl Strategy<Value = SealedText> {
    let words = prop::collection::vec(any::<char>(), 0..6);
    (words, any::<[u8; 16]>()).prop_map(|(words, salt)| SealedText::new(words.into_iter().collect(), salt))
}

fn place() -> impl Strategy<Value = Place> {
    let near = (21.10..21.12_f64, 105.99..106.09_f64, option::of(any::<u32>()));
    let units = select(vec!["27", "256", "258", "09163", "09166", "09169", "09172", "09999"]);
    prop_oneof![
        3 => units.prop_map(|code| Place::Unit { unit: unit(code) }),
        2 => near.prop_map(|(lat, lon, accuracy_m)| {
            Place::Point { point: Point::from_degrees(lat, lon).unwrap(), accuracy_m }
        }),
        1 => Just(Place::Nowhere {}),
    ]
}

fn submission() -> impl Strategy<Value = Submission> {
    let field = select(vec!["chieu_sang", "chieu_sang", "moi_truong", "xay_dung", "khac"]);
    let how = (field, select(Priority::ALL), select(Channel::ALL), any::<bool>());
    (how, place(), words(), words(), option::of(words())).prop_map(
        |((field, priority, channel, hide_identity), place, title, content, address)| Submission {
            priority,
            channel,
            place,
            title,
            content,
            address,
            hide_identity,
            ..petition_on(field, "")
        },
    )
}

fn anybody() -> impl Strategy<Value = Who> {
    use Who::*;
    let people = [Owner, OtherCitizen, Officer, Leader, Coordinator, Steering, Admin, System];
    let elsewhere = ["ubnd-09163", "ubnd-256", "so-xd"].map(OfficerOf);
    select(people.into_iter().chain(elsewhere).collect::<Vec<_>>())
}

/// Who usually gives a command.
fn usual(command: &Command) -> Who {
    match command {
        Command::Receive | Command::Start | Command::Transfer(_) | Command::Return { .. } | Command::Answer { .. } => {
            Who::Officer
        }
        Command::Reject { .. } => Who::Coordinator,
        Command::Submit(_) | Command::Withdraw { .. } => Who::Owner,
        Command::SetDeadlines => Who::System,
    }
}

fn command() -> impl Strategy<Value = Command> {
    let to = select(AGENCIES.map(|row| row.0).into_iter().chain(["so-khong-co"]).collect::<Vec<_>>());
    prop_oneof![
        5 => Just(Command::Receive),
        3 => Just(Command::Start),
        6 => (to, words()).prop_map(|(to, reason)| Command::Transfer(TransferOrder { to: agency(to), reason })),
        1 => words().prop_map(|reason| Command::Return { reason }),
        3 => words().prop_map(|content| Command::Answer { content }),
        1 => (select(RejectionCode::ALL), words()).prop_map(|(code, message)| Command::Reject { code, message }),
        1 => option::of(words()).prop_map(|reason| Command::Withdraw { reason }),
        2 => Just(Command::SetDeadlines),
        1 => submission().prop_map(|submission| Command::Submit(Box::new(submission))),
    ]
}

/// Any life; it begins in 2022, at times that others begin at too.
pub(crate) fn life() -> impl Strategy<Value = Life> {
    let pause = select(vec![0, 0, 1, HOUR, 5 * HOUR, DAY, 3 * DAY, 9 * DAY, 30 * DAY, -1, -HOUR, -9 * DAY]);
    let step =
        (command(), prop::bool::weighted(0.7), anybody(), pause).prop_map(|(command, usually, anybody, pause)| {
            let who = if usually { usual(&command) } else { anybody };
            Step { who, command, pause }
        });
    // Many are received and started at first, or too few would get far.
    let first = [Command::Receive, Command::Start].map(|command| Step { who: Who::Officer, command, pause: HOUR });
    let begins = select(vec![
        at("2022-02-28 23:59:59.999999"),
        at("2022-03-01 00:00"),
        at("2022-03-07 09:00"),
        at("2022-08-31 16:30"),
        at("2022-09-01 00:00"),
        at("2022-11-30 10:00"),
        at("2022-12-22 10:00"),
        at("2022-12-31 20:00"),
    ]);
    (submission(), begins, 0..=2_usize, prop::collection::vec(step, 0..13)).prop_map(
        move |(submission, begins, far, steps)| {
            let steps = first.iter().take(far).cloned().chain(steps).collect();
            Life { submission, begins, steps }
        },
    )
}

/// The lives of several petitions.
pub(crate) fn lives() -> impl Strategy<Value = Vec<Life>> {
    let numbered = |(number, life): (u32, Life)| {
        let Submission { id, code, .. } = numbered(number, "khac", "");
        Life { submission: Submission { id, code, ..life.submission }, ..life }
    };
    prop::collection::vec(life(), 0..10).prop_map(move |lives| (1..).zip(lives).map(numbered).collect())
}
