//! What the domain itself costs a request: `cargo bench -p domain --bench petition`. Each figure is of one thread; `allocations` says what it asks of
//! the memory.

#![expect(clippy::unwrap_used, reason = "what the tests show to be right")]

// The province of the tests; what only they need of it is not used here.
#[path = "../tests/petitions/world.rs"]
#[expect(dead_code, reason = "the tests need all of it")]
mod world;

use divan::{AllocProfiler, Bencher, black_box};
use domain::{
    chain::Digest,
    petition::{Command, Event, EventData, Petition, RatingLevel, decide},
};
use world::{Story, Who, answer, at, citizen, numbered, progress, province, publish, rate, start};

#[global_allocator]
static MEMORY: AllocProfiler = AllocProfiler::system();

/// Received, worked on, answered, published and rated: ten events.
fn life() -> Story {
    let mut story = Story::begins("2022-03-07 08:00", numbered(1, "chieu_sang", "09163"));
    story.then("2022-03-07 09:00", Who::Officer, Command::Receive);
    story.then("2022-03-07 09:30", Who::Officer, start());
    for day in 8..12 {
        story.then(&format!("2022-03-{day:02} 10:00"), Who::Officer, progress());
    }
    story.then("2022-03-14 10:00", Who::Officer, answer());
    story.then("2022-03-14 11:00", Who::Coordinator, publish());
    story.then("2022-03-15 10:00", Who::Owner, rate(RatingLevel::Satisfied));
    story
}

/// A submission: its field, its desk and why, both deadlines, its event.
#[divan::bench]
fn decide_on_a_submission(bencher: Bencher<'_, '_>) {
    let (sender, catalogue, now) = (citizen(), province(), at("2022-03-07 08:00"));
    bencher
        .with_inputs(|| Command::Submit(Box::new(numbered(1, "chieu_sang", "09163"))))
        .bench_values(|command| decide(None, command, &sender, catalogue, now).unwrap());
}

/// An answer to a petition that was received.
#[divan::bench]
fn decide_on_an_answer(bencher: Bencher<'_, '_>) {
    let mut story = Story::begins("2022-03-07 08:00", numbered(1, "chieu_sang", "09163"));
    story.then("2022-03-07 09:00", Who::Officer, Command::Receive);
    let (officer, now) = (Who::Officer.actor(&story.petition), at("2022-03-14 10:00"));
    bencher
        .with_inputs(answer)
        .bench_values(|command| decide(Some(&story.petition), command, &officer, province(), now).unwrap());
}

/// The hash of an event over its canonical form and the hash before it.
#[divan::bench]
fn hash_an_event(bencher: Bencher<'_, '_>) {
    let story = life();
    let event: &Event = story.events.first().unwrap();
    let previous = Digest::of(&[b"the one before"]);
    bencher.bench(|| black_box(event).hash(black_box(&previous)).unwrap());
}

/// A petition as it stands, from ten events.
#[divan::bench]
fn fold_a_life(bencher: Bencher<'_, '_>) {
    let story = life();
    let (first, rest) = story.events.split_first().unwrap();
    bencher.bench(|| {
        let mut petition = Petition::begin(black_box(first)).unwrap();
        rest.iter().for_each(|event| petition.apply(event).unwrap());
        petition
    });
}

/// The data of an event, as it is written and read back.
#[divan::bench]
fn write_and_read_an_event(bencher: Bencher<'_, '_>) {
    let story = life();
    let data: &EventData = &story.events.first().unwrap().data;
    bencher.bench(|| {
        let (kind, text) = black_box(data).to_parts().unwrap();
        EventData::from_parts(&kind, &text).unwrap()
    });
}

/// A petition as text, for comparison with what the rest costs.
#[divan::bench]
fn seal_a_text(bencher: Bencher<'_, '_>) {
    bencher.bench(|| world::sealed(black_box("Đèn đường trước nhà số 5 không sáng")).digest());
}

fn main() {
    divan::main();
}
