//! Words that are erased: which go, what stays as it was, and what the log says of it.

use chrono::TimeDelta;
use domain::{
    account::{Actor, Login},
    personal::Person,
    petition::{
        Command, ErasureBasis, Event, EventData, Petition, Slot, TextKey, absorb, erase, replay, texts_left,
        texts_to_erase,
    },
    rate::spans,
};
use proptest::prelude::*;

use crate::{chance::life, world::*};

fn person() -> Person {
    Person::new("Nguyễn Thị Hà".to_owned(), Login::phone("0912345678").unwrap())
}

fn key(seq: u32, slot: Slot) -> TextKey {
    TextKey { seq, slot }
}

/// Erases all that goes; the event.
fn erased(story: &mut Story, now: &str, words: impl Fn(TextKey) -> Option<&'static str>) -> Option<Event> {
    let texts = texts_to_erase(&story.petition, &story.events, &person(), words);
    let event = erase(&story.petition, texts, ErasureBasis::Request, &citizen(), at(now))?.event;
    story.petition.apply(&event).unwrap();
    story.events.push(event.clone());
    Some(event)
}

/// A petition that another was put to, answered by event 5.
fn shared() -> Story {
    let mut story = Story::begins("2022-03-07 09:00", numbered(1, "chieu_sang", "09163"));
    let mut other = Story::begins("2022-03-07 09:00", numbered(2, "chieu_sang", "09163"));
    let merged = other.then("2022-03-07 10:00", Who::Coordinator, merge(&story));
    let absorbed = absorb(&story.petition, &other.petition, &merged.event).event;
    story.petition.apply(&absorbed).unwrap();
    story.events.push(absorbed);
    story.then("2022-03-07 11:00", Who::Officer, Command::Receive);
    story.then("2022-03-07 11:30", Who::Officer, note());
    story.then("2022-03-08 09:00", Who::Leader, answer());
    story
}

#[test]
fn everything_goes_whoever_wrote_it() {
    let mut story = Story::begins("2022-03-07 09:00", numbered(1, "chieu_sang", "09163"));
    story.then("2022-03-07 10:00", Who::Officer, Command::Receive);
    story.then("2022-03-07 11:00", Who::Officer, note());
    story.then("2022-03-08 09:00", Who::Leader, answer());
    story.then("2022-03-08 10:00", Who::Coordinator, publish());
    let before = story.petition.clone();
    let event = erased(&mut story, "2022-03-09 09:00", |_| None).unwrap();
    let EventData::Erased { basis, texts } = &event.data else { panic!("{event:?}") };
    assert_eq!(*basis, ErasureBasis::Request);
    for text in [key(1, Slot::Title), key(1, Slot::Content), key(3, Slot::Note), key(4, Slot::Answer)] {
        assert!(texts.contains(&text), "{text:?}");
    }
    assert_eq!(texts_left(&story.events), []);
    let (version, updated_at) = (before.version + 1, at("2022-03-09 09:00"));
    assert_eq!(
        story.petition,
        Petition { version, updated_at, published: None, ..before },
        "nothing else of it changed"
    );
    assert!(!event.data.is_internal(), "whoever may read the petition is told");
    assert_eq!(erased(&mut story, "2022-03-10 09:00", |_| None), None, "there is nothing left");
    // What comes later is not gone with it.
    story.then("2022-03-11 09:00", Who::Officer, note());
    assert_eq!(texts_left(&story.events), [key(story.petition.version, Slot::Note)]);
}

#[test]
fn an_answer_that_others_share_stays_unless_it_names_the_person() {
    let answered = |words: Option<&'static str>| {
        let mut story = shared();
        let number = story.petition.answer.unwrap().seq;
        erased(&mut story, "2022-03-09 09:00", |text| words.filter(|_| text == key(number, Slot::Answer)));
        texts_left(&story.events)
    };
    let stays = [key(5, Slot::Answer)];
    assert_eq!(answered(Some("Đã thay bóng đèn.")), stays);
    assert_eq!(answered(None), stays, "what is not there names nobody");
    assert_eq!(answered(Some("Kính gửi bà NGUYEN THI HA: đã thay bóng đèn.")), []);
    assert_eq!(answered(Some("Đã gọi số 0912.345.678.")), []);
}

#[test]
fn its_form_in_the_log_is_fixed() {
    let mut story = Story::begins("2022-03-07 09:00", numbered(1, "chieu_sang", "09163"));
    let event = erased(&mut story, "2022-03-09 09:00", |_| None).unwrap();
    let (kind, data) = event.data.to_parts().unwrap();
    let form = r#"{"basis":"request","texts":[{"seq":1,"slot":"title"},{"seq":1,"slot":"content"}]}"#;
    assert_eq!((kind.as_str(), data.as_str()), ("erased", form));
    assert_eq!(EventData::from_parts(&kind, &data).unwrap(), event.data);
}

proptest! {
    #[test]
    fn no_figure_changes_at_any_instant(life in life(), hours in 0i64..2000) {
        let story = life.lived(|_| {});
        let before = spans(&story.events).unwrap();
        let now = story.petition.updated_at.plus(TimeDelta::hours(hours));
        let texts = texts_left(&story.events);
        let decision = erase(&story.petition, texts, ErasureBasis::Retention, &Actor::System, now).unwrap();
        let mut events = story.events;
        events.push(decision.event);
        prop_assert_eq!(spans(&events).unwrap(), before);
        let after = replay(&events).unwrap();
        prop_assert_eq!((after.status, after.holder, after.deadlines), (story.petition.status, story.petition.holder, story.petition.deadlines));
    }
}
