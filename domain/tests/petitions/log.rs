//! What is written down for good. `frozen.ndjson` holds histories with an event of every kind in its canonical form: a change
//! of code that would write another byte, or could no longer read one, breaks every chain there is.
//!
//! The heads were computed without this crate, for the lines of one petition in their order:
//!
//! ```python
//! import functools, hashlib, sys
//! link = lambda head, line: hashlib.sha256(head + line.rstrip(b"\n")).digest()
//! print(functools.reduce(link, sys.stdin.buffer, bytes(32)).hex())
//! ```

use domain::{
    account::Actor,
    catalogue::Priority,
    chain::{Digest, canonical},
    petition::{Command, Event, EventData, Place, RatingLevel, Submission, absorb},
    place::Point,
};

use crate::world::*;

const FROZEN: &str = include_str!("frozen.ndjson");

const HEADS: [&str; 6] = [
    "0fe62602df7bd41d4041a5947f7b9177cea465896e84a1856a8a18abda31482b",
    "438487a792255a1d0e5e508faf01ea0ac4b02b8e04db8ff7ec42256777e51d8a",
    "15e4cb94d5e9afa9a68ae28a72d43e05932c1b49283c998835b278932c412372",
    "0f5e79538bae7544a11348431d467bf7c4d7e4013b933c6d43b264231b2641db",
    "caacda0cea5b794b4d422a68a0b652df6b159abbe21afb4d5e92b754e1a00119",
    "5b0085715b065c73abed6ebf67e3aa94db02f1bc534c4d32f12b2d08e30749c1",
];

/// Histories that have every kind of event, and every field with something in it and without.
fn histories() -> [Vec<Event>; 6] {
    let [travelled, rejected, withdrawn] = the_first();
    let handled = a_handled_one();
    let (doubled, overdue) = two_that_were_put_together();
    [travelled, rejected, withdrawn, handled, doubled, overdue]
}

/// From before there were assignees, questions, drafts and all that came with them.
fn the_first() -> [Vec<Event>; 3] {
    let near_09163 = Point::from_degrees(21.111, 106.01).unwrap();
    let mut travelled = Story::begins(
        "2022-12-20 09:00",
        Submission {
            place: Place::Point { point: near_09163, accuracy_m: Some(12) },
            address: Some(sealed("5 Nguyễn Trãi")),
            ..petition_on("chieu_sang", "")
        },
    );
    travelled.then("2022-12-20 10:00", Who::Officer, Command::Receive);
    let started = travelled.then("2022-12-20 10:01", Who::Officer, start());
    travelled.then("2022-12-20 10:02", Who::Leader, transfer_to("ubnd-256"));
    travelled.then("2022-12-20 10:03:00.000001", Who::Officer, transfer_to("ubnd-09163"));
    travelled.then("2022-12-20 10:04", Who::Coordinator, transfer_to("so-xd"));
    travelled.then("2022-12-30 16:15", Who::Officer, give_back());
    travelled.attempt(Who::System, Command::SetDeadlines, at("2023-01-04 10:00"), with_2023()).unwrap();
    travelled.then("2023-01-04 10:05", Who::Coordinator, Command::Receive);
    travelled.then("2023-01-04 10:06", Who::Coordinator, answer());

    // Whose work it is was not written down then.
    let nobodys = Event { data: EventData::Started { assignee: None }, ..started.event };
    travelled.events[2] = nobodys;

    let mut rejected = Story::begins("2022-12-30 16:00", numbered(2, "chieu_sang", "09172"));
    rejected.then("2022-12-30 16:30", Who::Coordinator, reject());

    let nowhere = Submission { hide_identity: true, ..numbered(3, "moi_truong", "") };
    let mut withdrawn = Story::begins("2022-03-07 09:00", nowhere);
    withdrawn.then("2022-03-07 10:00", Who::Owner, Command::Withdraw { reason: Some(sealed("Đã sửa xong")) });
    [travelled.events, rejected.events, withdrawn.events]
}

/// Of an agency whose leader approves.
fn a_handled_one() -> Vec<Event> {
    let mut story = Story::begins("2022-03-07 09:00", numbered(4, "xay_dung", "09163"));
    let rating = |comment| Command::Rating { level: RatingLevel::Unsatisfied, comment };
    let shown = |title, content| Command::Publish { title, content };
    for (now, who, command) in [
        ("2022-03-07 10:00", Who::Officer, Command::Receive),
        ("2022-03-07 10:01", Who::Officer, assign(Some(Actor::Officer(account(33), agency("so-xd"))))),
        ("2022-03-07 10:02", Who::Leader, assign(None)),
        ("2022-03-07 10:03", Who::Officer, start()),
        ("2022-03-07 10:04", Who::Officer, note()),
        ("2022-03-07 10:05", Who::Officer, progress()),
        ("2022-03-07 10:06", Who::Leader, extend("2022-03-25 16:30")),
        ("2022-03-07 10:07", Who::Officer, draft()),
        ("2022-03-07 10:08", Who::Leader, send_back()),
        ("2022-03-07 10:09", Who::Officer, draft()),
        ("2022-03-07 10:10", Who::Officer, ask()),
        ("2022-03-08 10:10", Who::Leader, Command::ApproveAnswer),
        ("2022-03-08 10:11", Who::Owner, rating(Some(sealed("Vẫn tối")))),
        ("2022-03-09 08:00", Who::Coordinator, shown(Some(sealed("Đèn hỏng")), None)),
        ("2022-03-09 08:01", Who::Coordinator, unpublish()),
        ("2022-03-09 08:02", Who::Coordinator, shown(None, Some(sealed("Đèn không sáng")))),
        ("2022-03-10 09:00", Who::Owner, reopen()),
        ("2022-03-10 10:00", Who::Leader, draft()),
        ("2022-03-10 10:01", Who::Leader, Command::ApproveAnswer),
        ("2022-03-10 10:02", Who::Owner, rating(None)),
        ("2022-03-10 10:03", Who::Owner, Command::Close),
    ] {
        story.then(now, who, command);
    }
    story.events
}

/// One that speaks of an emergency, put to one that was overdue and went from desk to desk while its citizen was asked.
fn two_that_were_put_together() -> (Vec<Event>, Vec<Event>) {
    let mut overdue = Story::begins("2022-03-07 09:00", numbered(5, "chieu_sang", "09163"));
    for (now, who, command) in [
        ("2022-03-08 08:00", Who::Officer, Command::Receive),
        ("2022-03-17 10:00", Who::Officer, ask()),
        ("2022-03-17 14:00", Who::Owner, supplement()),
        ("2022-03-17 15:00", Who::System, Command::Escalate),
        ("2022-03-21 10:00", Who::System, Command::Escalate),
        ("2022-03-21 11:00", Who::Coordinator, recategorise("moi_truong", Some(Priority::Urgent))),
        ("2022-03-21 11:01", Who::Officer, ask()),
        ("2022-03-21 14:00", Who::Officer, transfer_to("ubnd-256")),
        ("2022-03-21 14:01", Who::Officer, Command::Receive),
        ("2022-03-21 14:02", Who::Officer, ask()),
        ("2022-03-21 15:02", Who::Officer, give_back()),
        ("2022-03-21 15:03", Who::Coordinator, Command::Receive),
        ("2022-03-21 15:04", Who::Coordinator, ask()),
        ("2022-03-21 16:04", Who::Coordinator, answer()),
    ] {
        overdue.then(now, who, command);
    }
    let fire = Submission { title: sealed("Cháy nhà"), ..numbered(6, "chieu_sang", "09163") };
    let mut doubled = Story::begins("2022-12-29 09:00", fire);
    doubled.then("2022-12-29 10:00", Who::Officer, Command::Receive);
    doubled.then("2022-12-29 10:01", Who::Officer, ask());
    doubled.then("2022-12-30 10:01", Who::Owner, supplement());
    let merged = doubled.then("2022-12-30 11:00", Who::Coordinator, merge(&overdue));
    overdue.events.push(absorb(&overdue.petition, &doubled.petition, &merged.event).event);
    (doubled.events, overdue.events)
}

fn next_head(previous: Digest, form: &[u8]) -> Digest {
    Digest::of(&[previous.as_bytes(), form])
}

#[test]
fn events_are_written_as_they_always_were() {
    let histories = histories();
    let forms: Vec<String> = histories.iter().flatten().map(|event| canonical(event).unwrap()).collect();
    assert_eq!(forms, FROZEN.lines().collect::<Vec<_>>(), "{}", forms.join("\n"));
    let heads = histories
        .map(|history| history.iter().fold(Digest::ZERO, |previous, event| event.hash(&previous).unwrap()).to_string());
    assert_eq!(heads, HEADS);
}

#[test]
fn what_was_once_written_is_read() {
    let mut kinds = Vec::new();
    for (line, event) in FROZEN.lines().zip(histories().iter().flatten()) {
        assert_eq!(&serde_json::from_str::<Event>(line).unwrap(), event);
        let (kind, data) = event.data.to_parts().unwrap();
        assert_eq!(EventData::from_parts(&kind, &data).unwrap(), event.data);
        kinds.push(kind);
    }
    kinds.sort();
    kinds.dedup();
    let all = "absorbed answer_approved answer_drafted answer_returned answered assigned closed deadlines_set escalated \
               extended information_requested merged noted progressed published rated recategorised received rejected \
               reopened returned started submitted supplemented transferred unpublished withdrawn";
    assert_eq!(kinds.join(" "), all);
    assert!(EventData::from_parts("reversed", "{}").is_err() && EventData::from_parts("returned", "{}").is_err());
}

#[test]
fn no_byte_of_a_history_can_be_changed_unseen() {
    for history in histories() {
        let forms: Vec<Vec<u8>> = history.iter().map(|event| canonical(event).unwrap().into_bytes()).collect();
        let whole = forms.iter().fold(Digest::ZERO, |previous, form| next_head(previous, form));
        let mut before = Digest::ZERO;
        for (index, form) in forms.iter().enumerate() {
            for byte in 0..form.len() {
                let mut changed = form.clone();
                changed[byte] ^= 1;
                let later = &forms[index + 1..];
                let head = later.iter().fold(next_head(before, &changed), |previous, form| next_head(previous, form));
                assert_ne!(head, whole, "byte {byte} of event {}", index + 1);
            }
            before = next_head(before, form);
        }
    }
}
