//! Petitions about one matter put together, and what everybody may read.

use domain::petition::{
    Command, CommandKind, EventData, Petition, Publication, Reference, Refusal, Slot, Status, absorb,
};

use crate::world::*;

fn sent(number: u32) -> Story {
    Story::begins("2022-03-07 09:00", numbered(number, "chieu_sang", "09163"))
}

fn not_mergeable(story: &Story) -> Refusal {
    Refusal::NotMergeable(story.petition.code.clone())
}

/// Puts one to another, as one unit of work does: both histories say so.
fn put(story: &mut Story, into: &mut Story, now: &str) {
    let merged = story.then(now, Who::Coordinator, merge(into));
    let absorbed = absorb(&into.petition, &story.petition, &merged.event).event;
    into.petition.apply(&absorbed).unwrap();
    into.events.push(absorbed);
}

#[test]
fn both_histories_say_that_one_was_put_to_the_other() {
    let (mut a, mut b) = (sent(1), sent(2));
    b.then("2022-03-08 12:00", Who::Officer, Command::Receive);
    let before = b.petition.clone();
    put(&mut a, &mut b, "2022-03-08 10:00");
    let merged = EventData::Merged { into: b.petition.id, code: b.petition.code.clone() };
    assert_eq!((&a.events[1].data, a.petition.status), (&merged, Status::Merged));
    let reference = Reference { id: b.petition.id, code: b.petition.code.clone() };
    assert_eq!(a.petition.merged_into, Some(reference));

    let absorbed = &b.events[2];
    let data = EventData::Absorbed { petition: a.petition.id, code: a.petition.code.clone() };
    assert_eq!((&absorbed.data, absorbed.seq), (&data, 3));
    assert_eq!(absorbed.at, at("2022-03-08 12:00"), "not before its own last event");
    assert_eq!(absorbed.actor, a.events[1].actor);
    assert_eq!(b.petition, Petition { version: 3, absorbed: 1, ..before }, "nothing else of it changed");
    assert!(!a.petition.overdue_at(at("2022-12-01 00:00")), "the other owes the answer");
}

#[test]
fn no_circle_comes_about() {
    let (mut a, mut b, mut c) = (sent(1), sent(2), sent(3));
    assert_eq!(a.refused("2022-03-08 09:00", Who::Coordinator, merge(&a.clone())), not_mergeable(&a), "into itself");
    put(&mut a, &mut b, "2022-03-08 10:00");
    assert_eq!(b.refused("2022-03-08 11:00", Who::Coordinator, merge(&a)), not_mergeable(&a), "A→B, then B→A");
    put(&mut b, &mut c, "2022-03-08 12:00");
    for earlier in [&a, &b] {
        assert_eq!(c.refused("2022-03-08 13:00", Who::Coordinator, merge(earlier)), not_mergeable(earlier));
    }
}

#[test]
fn two_merges_that_would_make_a_circle_meet_at_one_version() {
    let (mut a, mut b) = (sent(1), sent(2));
    let (a_before, b_before) = (a.petition.clone(), b.petition.clone());
    let one = a.then("2022-03-08 10:00", Who::Coordinator, merge(&b)).event;
    let other = b.attempt(
        Who::Coordinator,
        Command::Merge { into: Box::new(a_before.clone()) },
        at("2022-03-08 10:00"),
        province(),
    );
    let other = other.unwrap().event;
    let absorbed = absorb(&b_before, &a_before, &one).event;
    assert_eq!((absorbed.petition, absorbed.seq), (other.petition, other.seq), "only one of them can be recorded");
}

#[test]
fn what_has_or_will_have_an_answer_takes_others_in() {
    let way = |number, steps: &[(Who, Command)]| {
        let mut story = sent(number);
        steps.iter().for_each(|(who, command)| _ = story.then("2022-03-08 09:00", *who, command.clone()));
        story
    };
    let receive = (Who::Officer, Command::Receive);
    for (steps, takes) in [
        (vec![], true),
        (vec![receive.clone()], true),
        (vec![receive.clone(), (Who::Officer, start())], true),
        (vec![receive.clone(), (Who::Officer, ask())], true),
        (vec![receive.clone(), (Who::Officer, answer())], true),
        (vec![receive, (Who::Officer, answer()), (Who::Owner, Command::Close)], true),
        (vec![(Who::Coordinator, reject())], false),
        (vec![(Who::Owner, withdraw())], false),
        (vec![(Who::Coordinator, merge(&sent(3)))], false),
    ] {
        let (into, mut story) = (way(2, &steps), sent(1));
        let outcome = story.attempt(Who::Coordinator, merge(&into), at("2022-03-08 10:00"), province());
        match (takes, outcome) {
            (true, Ok(_)) => {}
            (false, Err(refusal)) => assert_eq!(refusal, not_mergeable(&into)),
            (_, outcome) => panic!("{} {outcome:?}", into.petition.status),
        }
    }
}

#[test]
fn what_is_published_is_shown_in_the_wording_for_the_public() {
    let mut story = sent(1);
    let shown = story.then("2022-03-08 09:00", Who::Coordinator, publish());
    let content = sealed("Đèn đường trước nhà một người dân không sáng");
    assert_eq!(shown.event.data, EventData::Published { title: None, content: Some(content.digest()) });
    assert_eq!(shown.words, [(Slot::Content, content)]);
    assert_eq!(story.petition.published, Some(Publication { seq: 2, at: at("2022-03-08 09:00") }));
    let title = sealed("Đèn đường");
    let other = Command::Publish { title: Some(title.clone()), content: None };
    assert_eq!(story.then("2022-03-08 10:00", Who::Coordinator, other).words, [(Slot::Title, title)]);
    assert_eq!(story.petition.published.map(|shown| shown.seq), Some(3), "the later wording");

    story.then("2022-03-08 11:00", Who::Coordinator, unpublish());
    assert_eq!(story.petition.published, None);
    let again = story.refused("2022-03-08 12:00", Who::Coordinator, unpublish());
    assert_eq!(again, Refusal::NoEffect(CommandKind::Unpublish));
}

#[test]
fn what_ends_without_an_answer_is_shown_no_longer_and_what_is_answered_or_reopened_is() {
    let mut published = sent(1);
    published.then("2022-03-08 09:00", Who::Coordinator, publish());
    for (who, end) in [(Who::Coordinator, reject()), (Who::Owner, withdraw()), (Who::Coordinator, merge(&sent(2)))] {
        let mut story = published.clone();
        story.then("2022-03-08 10:00", who, end);
        assert_eq!(story.petition.published, None, "{}", story.petition.status);
    }
    let shown = published.petition.published;
    for (who, command) in [
        (Who::Officer, Command::Receive),
        (Who::Officer, answer()),
        (Who::Owner, Command::Close),
        (Who::Owner, reopen()),
        (Who::Officer, transfer_to("ubnd-256")),
    ] {
        published.then("2022-03-08 10:00", who, command);
        assert_eq!(published.petition.published, shown, "{}", published.petition.status);
    }
}

#[test]
fn who_took_others_in_is_not_taken_back_from_under_them() {
    let (mut a, mut b) = (sent(1), sent(2));
    put(&mut a, &mut b, "2022-03-08 10:00");
    assert_eq!(b.refused("2022-03-08 11:00", Who::Owner, withdraw()), Refusal::OthersWait);
    b.then("2022-03-08 12:00", Who::Officer, Command::Receive);
    b.then("2022-03-08 13:00", Who::Officer, answer());
}
