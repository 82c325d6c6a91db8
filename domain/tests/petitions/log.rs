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
    chain::{Digest, canonical},
    petition::{Command, Event, EventData, Place, Submission},
    place::Point,
};

use crate::world::*;

const FROZEN: &str = include_str!("frozen.ndjson");

const HEADS: [&str; 3] = [
    "0fe62602df7bd41d4041a5947f7b9177cea465896e84a1856a8a18abda31482b",
    "438487a792255a1d0e5e508faf01ea0ac4b02b8e04db8ff7ec42256777e51d8a",
    "15e4cb94d5e9afa9a68ae28a72d43e05932c1b49283c998835b278932c412372",
];

/// Histories that have every kind of event, and every field with something in it and without.
fn histories() -> [Vec<Event>; 3] {
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
    travelled.then("2022-12-20 10:01", Who::Officer, Command::Start);
    travelled.then("2022-12-20 10:02", Who::Leader, transfer_to("ubnd-256"));
    travelled.then("2022-12-20 10:03:00.000001", Who::Officer, transfer_to("ubnd-09163"));
    travelled.then("2022-12-20 10:04", Who::Coordinator, transfer_to("so-xd"));
    travelled.then("2022-12-30 16:15", Who::Officer, give_back());
    travelled.attempt(Who::System, Command::SetDeadlines, at("2023-01-04 10:00"), with_2023()).unwrap();
    travelled.then("2023-01-04 10:05", Who::Coordinator, Command::Receive);
    travelled.then("2023-01-04 10:06", Who::Coordinator, answer());

    let mut rejected = Story::begins("2022-12-30 16:00", numbered(2, "chieu_sang", "09172"));
    rejected.then("2022-12-30 16:30", Who::Coordinator, reject());

    let nowhere = Submission { hide_identity: true, ..numbered(3, "moi_truong", "") };
    let mut withdrawn = Story::begins("2022-03-07 09:00", nowhere);
    withdrawn.then("2022-03-07 10:00", Who::Owner, Command::Withdraw { reason: Some(sealed("Đã sửa xong")) });
    [travelled.events, rejected.events, withdrawn.events]
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
    let all = "answered deadlines_set received rejected returned started submitted transferred withdrawn";
    assert_eq!(kinds.join(" "), all);
    assert!(EventData::from_parts("closed", "{}").is_err() && EventData::from_parts("returned", "{}").is_err());
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
