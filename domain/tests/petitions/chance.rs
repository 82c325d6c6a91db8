//! Lives of petitions by chance: anybody gives any command at any time, and the clock may jump back.

use domain::{
    account::Actor,
    catalogue::{Channel, Priority},
    chain::{Digest, SealedText},
    petition::{Command, Petition, Place, RatingLevel, Refusal, RejectionCode, Submission, TransferOrder},
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
            attachments: Vec::new(),
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
        Command::Receive
        | Command::Assign { .. }
        | Command::Start { .. }
        | Command::RequestInformation { .. }
        | Command::Progress { .. }
        | Command::DraftAnswer { .. }
        | Command::Transfer(_)
        | Command::Return { .. }
        | Command::Answer { .. }
        | Command::Note { .. }
        | Command::Recategorise { .. } => Who::Officer,
        Command::Extend { .. } | Command::ApproveAnswer | Command::ReturnAnswer { .. } => Who::Leader,
        Command::Reject { .. } | Command::Merge { .. } | Command::Publish { .. } | Command::Unpublish { .. } => {
            Who::Coordinator
        }
        Command::Submit(_)
        | Command::Supplement { .. }
        | Command::Withdraw { .. }
        | Command::Reopen { .. }
        | Command::Rating { .. }
        | Command::Close => Who::Owner,
        Command::SetDeadlines | Command::Escalate => Who::System,
    }
}

/// Somebody of an agency, of the coordinator's desk, or of none.
fn assignee() -> impl Strategy<Value = Option<Actor>> {
    let desks = ["ubnd-09163", "ubnd-09166", "ubnd-256", "ubnd-258", "so-xd"];
    let officers = desks.map(|desk| Actor::Officer(account(41), agency(desk)));
    let others = [Actor::Leader(account(42), agency("ubnd-09163")), Actor::Coordinator(account(43)), citizen()];
    option::weighted(0.8, select(officers.into_iter().chain(others).collect::<Vec<_>>()))
}

/// Petitions to put another to: an open one, an answered one, those that take none in, and one that may be the same.
fn targets() -> Vec<Petition> {
    let sent = |number| Story::begins("2022-02-01 09:00", numbered(number, "chieu_sang", "09163"));
    let after = |number, steps: Vec<(Who, Command)>| {
        let mut story = sent(number);
        steps.into_iter().for_each(|(who, command)| _ = story.then("2022-02-08 10:00", who, command));
        story.petition
    };
    vec![
        after(900, vec![]),
        after(901, vec![(Who::Officer, Command::Receive), (Who::Officer, answer())]),
        after(902, vec![(Who::Coordinator, reject())]),
        after(903, vec![(Who::Owner, withdraw())]),
        after(904, vec![(Who::Coordinator, merge(&sent(900)))]),
        after(1, vec![]),
    ]
}

/// For when an answer may be promised: days past, days that fit, days beyond the calendar.
fn promised() -> impl Strategy<Value = Instant> {
    let days = ["2022-01-04", "2022-03-15", "2022-03-25", "2022-09-30", "2022-12-15", "2022-12-30", "2023-03-01"];
    select(days.map(|day| at(&format!("{day} 16:30"))).to_vec())
}

fn passing_on() -> impl Strategy<Value = Command> {
    let to = select(AGENCIES.map(|row| row.0).into_iter().chain(["so-khong-co"]).collect::<Vec<_>>());
    prop_oneof![
        4 => (to, words()).prop_map(|(to, reason)| Command::Transfer(TransferOrder { to: agency(to), reason })),
        1 => words().prop_map(|reason| Command::Return { reason }),
    ]
}

fn dealing_with_it() -> impl Strategy<Value = Command> {
    let fields = ["chieu_sang", "moi_truong", "xay_dung", "khac", "gia_cu", "khong_co"].map(category).to_vec();
    prop_oneof![
        5 => Just(Command::Receive),
        2 => assignee().prop_map(|assignee| Command::Assign { assignee }),
        3 => assignee().prop_map(|assignee| Command::Start { assignee }),
        4 => words().prop_map(|message| Command::RequestInformation { message }),
        4 => words().prop_map(|content| Command::Supplement { content, attachments: Vec::new() }),
        1 => words().prop_map(|message| Command::Progress { message }),
        2 => (promised(), words()).prop_map(|(due_at, reason)| Command::Extend { due_at, reason }),
        1 => words().prop_map(|content| Command::Note { content }),
        2 => (select(fields), option::of(select(Priority::ALL)))
            .prop_map(|(category, priority)| Command::Recategorise { category, priority }),
    ]
}

fn answering() -> impl Strategy<Value = Command> {
    prop_oneof![
        2 => words().prop_map(|content| Command::DraftAnswer { content, attachments: Vec::new() }),
        2 => Just(Command::ApproveAnswer),
        1 => words().prop_map(|reason| Command::ReturnAnswer { reason }),
        2 => words().prop_map(|content| Command::Answer { content, attachments: Vec::new() }),
        2 => (select(RatingLevel::ALL), option::of(words()))
            .prop_map(|(level, comment)| Command::Rating { level, comment }),
        3 => words().prop_map(|reason| Command::Reopen { reason }),
        2 => Just(Command::Close),
    ]
}

fn the_rest() -> impl Strategy<Value = Command> {
    prop_oneof![
        2 => (select(RejectionCode::ALL), words()).prop_map(|(code, message)| Command::Reject { code, message }),
        2 => option::of(words()).prop_map(|reason| Command::Withdraw { reason }),
        2 => select(targets()).prop_map(|into| Command::Merge { into: Box::new(into) }),
        2 => (option::of(words()), option::of(words()))
            .prop_map(|(title, content)| Command::Publish { title, content }),
        1 => words().prop_map(|reason| Command::Unpublish { reason }),
        4 => Just(Command::SetDeadlines),
        4 => Just(Command::Escalate),
        1 => submission().prop_map(|submission| Command::Submit(Box::new(submission))),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![2 => passing_on(), 7 => dealing_with_it(), 5 => answering(), 5 => the_rest()]
}

/// Any life; it begins in 2022, at times that others begin at too.
pub(crate) fn life() -> impl Strategy<Value = Life> {
    let pause = select(vec![0, 0, 1, HOUR, 5 * HOUR, DAY, 3 * DAY, 9 * DAY, 15 * DAY, 30 * DAY, -1, -HOUR, -9 * DAY]);
    let step =
        (command(), prop::bool::weighted(0.7), anybody(), pause).prop_map(|(command, usually, anybody, pause)| {
            let who = if usually { usual(&command) } else { anybody };
            Step { who, command, pause }
        });
    // Many get somewhere at first, or too few would get far.
    let receive = || (Who::Officer, Command::Receive);
    let ways = [
        vec![],
        vec![receive()],
        vec![receive(), (Who::Officer, start())],
        vec![receive(), (Who::Officer, ask())],
        vec![receive(), (Who::Officer, draft())],
        vec![receive(), (Who::Leader, answer())],
        vec![receive(), (Who::Leader, answer()), (Who::Owner, Command::Close)],
        // To a desk that drafts.
        vec![receive(), (Who::Officer, transfer_to("so-xd")), receive()],
    ];
    let step_of = |(who, command)| Step { who, command, pause: HOUR };
    let ways = ways.map(|way| way.into_iter().map(step_of).collect::<Vec<_>>()).to_vec();
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
    (submission(), begins, select(ways), prop::collection::vec(step, 0..16)).prop_map(
        |(submission, begins, first, steps)| {
            let steps = first.into_iter().chain(steps).collect();
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
