use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use chrono::NaiveDate;
use domain::{
    account::{Login, Role},
    catalogue::{AgencyLevel, Catalogue, Channel},
    petition::{Event, EventData, Petition, Slot, Status, replay},
    rate::{self, Dimension, Figures, Filter, MilestoneStatus, Question, Readings, Tally, Target, progress},
    routing::Basis,
    text::{Address, Content, FullName, Title},
    time::Instant,
};
use persistence::{PlayedPetition, Store, StoreOptions};

use super::*;

mod forecast;

/// A seeded store with the demo's people in it, and what a play needs of it.
struct Stage {
    catalogue: Catalogue,
    target: Target,
    people: People,
}

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    block_on(async {
        let store = store(folder.path()).await;
        stage(&store).await
    })
});

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap().block_on(future)
}

async fn store(folder: &std::path::Path) -> Store {
    let url = format!("sqlite://{}/demo.sqlite", folder.display());
    let store = Store::connect(&StoreOptions { url, max_connections: 2 }).await.unwrap();
    store.migrate().await.unwrap();
    store
}

async fn stage(store: &Store) -> Stage {
    let day: NaiveDate = "2022-01-01".parse().unwrap();
    let mut work = store.begin().await.unwrap();
    work.seed(at("2021-12-01")).await.unwrap();
    work.commit().await.unwrap();
    let before = store.snapshot().await.unwrap().catalogue(day).await.unwrap();
    let created_at = Instant::parse("2021-12-01").unwrap();
    let people = people(&DemoOptions::default(), &before.catalogue, "$argon2id$…", created_at);
    let mut work = store.begin().await.unwrap();
    work.add_accounts(&people.citizens).await.unwrap();
    work.add_accounts(&people.staff).await.unwrap();
    work.commit().await.unwrap();
    let mut loaded = store.snapshot().await.unwrap().catalogue(day).await.unwrap();
    Stage { catalogue: loaded.catalogue, target: loaded.targets.remove(0).newest().target.clone(), people }
}

fn played(petitions: usize, seed: u64) -> Vec<PlayedPetition> {
    play(&DemoOptions { petitions, seed }, &STAGE.catalogue, &STAGE.people, |_, _| ()).unwrap()
}

fn histories(played: &[PlayedPetition]) -> Vec<Vec<Event>> {
    let events = |petition: &PlayedPetition| petition.decisions.iter().map(|decision| decision.event.clone()).collect();
    played.iter().map(events).collect()
}

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

/// The figures at each instant, counted from the events alone.
fn tallies(histories: &[Vec<Event>], question: &Question, instants: &[Instant]) -> Vec<Tally> {
    rate::tallies(histories.iter().map(Vec::as_slice), question, instants, &STAGE.catalogue.directory).unwrap()
}

/// The rate of the target at each instant.
fn rates(played: &[PlayedPetition], instants: &[Instant]) -> Vec<f64> {
    let target = &STAGE.target;
    let tallies = tallies(&histories(played), &target.question(), instants);
    tallies.iter().map(|tally| Figures::new(tally.total, target.definition).rate.unwrap_or(0.0)).collect()
}

/// 70 % is passed in the last third of August and 80 % in November, whatever the seed.
fn check_milestones(petitions: usize, seed: u64) {
    let first: NaiveDate = "2022-07-01".parse().unwrap();
    let spring = ["2022-03-01", "2022-04-01", "2022-05-01", "2022-06-01"].map(at);
    let days: Vec<Instant> = spring.into_iter().chain(first.iter_days().take(185).map(Instant::start_of_day)).collect();
    let rates: BTreeMap<Instant, f64> = days.iter().copied().zip(rates(&played(petitions, seed), &days)).collect();
    let most = |from, to| rates.range(at(from)..=at(to)).map(|(_, rate)| *rate).fold(0.0, f64::max);
    let year = format!("{petitions} petitions, seed {seed}");
    let summer = most("2022-07-01", "2022-08-20");
    assert!(summer < 0.7, "{year}: {summer} before 20 August");
    let september = rates[&at("2022-09-01")];
    assert!(september >= 0.7, "{year}: {september} on 1 September");
    let autumn = most("2022-09-01", "2022-11-02");
    assert!(autumn < 0.8, "{year}: {autumn} before November");
    let winter = rates[&at("2022-12-01")];
    assert!(winter >= 0.8, "{year}: {winter} on 1 December");
    if petitions >= 1_000 {
        assert!(spring.iter().all(|day| (0.46..0.63).contains(&rates[day])), "{year}: {rates:?} in spring");
        let last = rates[&at("2023-01-01")];
        assert!((0.815..0.85).contains(&last), "{year}: {last} at last");
    }
}

#[test]
fn the_milestones_are_met_whatever_the_seed() {
    for seed in (0..10).chain([2022, u64::MAX]) {
        check_milestones(200, seed);
        check_milestones(2_000, seed);
    }
}

#[test]
fn the_milestones_are_met_whatever_the_size() {
    for (seed, petitions) in [201, 233, 301, 457, 777, 1_000, 3_000].into_iter().enumerate() {
        check_milestones(petitions, u64::try_from(seed).unwrap());
    }
}

#[test]
fn the_target_says_so_too() {
    let (histories, target) = (histories(&played(2_000, 2022)), &STAGE.target);
    let standing = |as_of: &str| {
        let as_of = at(as_of);
        let instants = target.instants(as_of);
        let tallies = tallies(&histories, &target.question(), &instants);
        let progress = progress(target, as_of, &STAGE.catalogue.calendar, &Readings::new(instants, tallies));
        progress.milestones.iter().map(|milestone| milestone.status).collect::<Vec<_>>()
    };
    assert_eq!(standing("2022-08-15"), [MilestoneStatus::Ahead, MilestoneStatus::Ahead]);
    assert_eq!(standing("2022-09-01"), [MilestoneStatus::Met, MilestoneStatus::Ahead]);
    assert_eq!(standing("2022-12-01"), [MilestoneStatus::Met, MilestoneStatus::Met]);
}

#[test]
fn the_same_seed_gives_the_same_year() {
    let (one, same, other) = (played(300, 7), played(300, 7), played(300, 8));
    let bytes = |played: &[PlayedPetition]| {
        let mut bytes = Vec::new();
        for decision in played.iter().flat_map(|petition| &petition.decisions) {
            bytes.push(format!("{:?}", decision.event));
            for (slot, text) in &decision.words {
                bytes.push(format!("{slot} {:?} {}", text.salt(), text.words()));
            }
        }
        bytes
    };
    assert_eq!(bytes(&one), bytes(&same));
    assert_ne!(bytes(&one), bytes(&other));
    let (options, catalogue) = (DemoOptions { petitions: 300, seed: 7 }, &STAGE.catalogue);
    let now = at("2026-11-24");
    assert!(people(&options, catalogue, "x", now).staff == people(&options, catalogue, "x", now).staff);
}

/// Each event follows from the one before it, in the year, and of the staff's none outside office hours.
#[test]
fn every_history_is_sound() {
    let played = played(2_000, 2022);
    let (begins, ends) = (at("2022-01-01"), at("2023-01-01"));
    let calendar = &STAGE.catalogue.calendar;
    let mut before = begins;
    for (number, petition) in (1..).zip(&played) {
        assert_eq!(petition.number, number);
        let events: Vec<Event> = petition.decisions.iter().map(|decision| decision.event.clone()).collect();
        let mut folded = Petition::begin(&events[0]).unwrap();
        for event in &events[1..] {
            assert!(folded.updated_at <= event.at);
            folded.apply(event).unwrap();
        }
        assert_eq!(replay(&events).unwrap(), folded);
        assert!(folded.code.as_str().ends_with(&format!(".{number:06}")));
        assert!(before <= folded.submitted_at, "petitions come in their order");
        before = folded.submitted_at;
        for event in &events {
            assert!((begins..ends).contains(&event.at), "{event:?}");
            if event.actor.role.is_some_and(|role| role != Role::Citizen) {
                let (day, time) = (event.at.local_date(), event.at.local_time());
                let open = calendar.hours().spans().iter().any(|(opens, closes)| (*opens..*closes).contains(&time));
                assert!(open && calendar.is_working(day).unwrap(), "{event:?}");
            }
        }
    }
}

#[test]
fn every_text_is_one_that_the_edge_would_take() {
    for decision in played(2_000, 3).iter().flat_map(|petition| &petition.decisions) {
        let named: Vec<_> = decision.words.iter().map(|(slot, text)| (*slot, text.digest())).collect();
        assert_eq!(named, decision.event.data.digests());
        for (slot, text) in &decision.words {
            let words = text.words();
            assert!(!words.contains(['{', '}']), "{words}");
            let taken = match slot {
                Slot::Title | Slot::Reference => Title::parse(words).map(Title::into_string),
                Slot::Address => Address::parse(words).map(Address::into_string),
                // The demo's fields ask nothing besides.
                Slot::Attributes
                | Slot::Content
                | Slot::Reason
                | Slot::Answer
                | Slot::Message
                | Slot::Comment
                | Slot::Note => Content::parse(words).map(Content::into_string),
            };
            assert_eq!(taken.as_deref(), Ok(words));
        }
    }
}

#[test]
fn everything_happens_in_its_measure() {
    let petitions: Vec<Petition> =
        histories(&played(2_000, 2022)).iter().map(|events| replay(events).unwrap()).collect();
    let count = |holds: &dyn Fn(&Petition) -> bool| petitions.iter().filter(|petition| holds(petition)).count();
    for status in Status::ALL.iter().filter(|status| **status != Status::Merged) {
        assert!(count(&|petition| petition.status == *status) > 0, "{status}");
    }
    let between = |what: &str, least: usize, most: usize, holds: &dyn Fn(&Petition) -> bool| {
        let found = count(holds);
        assert!((least..=most).contains(&found), "{what}: {found}");
    };
    between("mobile", 1_740, 1_780, &|petition| petition.channel == Channel::Mobile);
    between("hidden", 76, 84, &|petition| petition.hide_identity);
    between("rejected", 80, 110, &|petition| petition.status == Status::Rejected);
    between("withdrawn", 30, 45, &|petition| petition.status == Status::Withdrawn);
    between("outside", 20, 20, &|petition| petition.routing.basis == Basis::OutsideProvince);
    between("without a point", 28, 32, &|petition| petition.routing.distance_m.is_none() && !is_outside(petition));
    between("travelling", 3, 25, &|petition| petition.travels);
    between("passed on", 120, 240, &|petition| !petition.sent_away_by.is_empty());
    between("published", 1_100, 1_450, &|petition| petition.published.is_some());
    between("asked about", 60, 160, &|petition| {
        petition.clock.paused_seconds > 0 || petition.clock.paused_at.is_some()
    });
    between("rated", 450, 750, &|petition| petition.rating.is_some());
    between("reopened", 15, 70, &|petition| petition.reopenings > 0);
    let months = |from: &str, to: &str| count(&|petition| (at(from)..at(to)).contains(&petition.submitted_at));
    assert!(2 * months("2022-02-01", "2022-03-01") < months("2022-11-01", "2022-12-01"), "the app spreads");
    let shown = STAGE.people.citizens[0].id;
    between("the operator's own", 20, 20, &|petition| petition.submitter == shown);
}

fn is_outside(petition: &Petition) -> bool {
    petition.routing.basis == Basis::OutsideProvince
}

#[test]
fn agencies_differ_and_most_answers_are_on_time() {
    for seed in [1, 2022] {
        let question = Question { from: None, to: None, filter: Filter::default(), group_by: vec![Dimension::Agency] };
        let tally = tallies(&histories(&played(3_000, seed)), &question, &[at("2023-01-01")]).remove(0);
        let on_time = |counts| Figures::new(counts, STAGE.target.definition).on_time_rate.unwrap();
        let overall = on_time(tally.total);
        assert!((0.60..0.75).contains(&overall), "{overall}");
        assert!(tally.total.pending_overdue > 0 && tally.total.pending_in_time > 0);
        let of_many = tally.groups.values().filter(|counts| counts.submitted >= 30);
        let shares: Vec<f64> = of_many.map(|counts| on_time(*counts)).collect();
        let better_than = |share: f64| shares.iter().filter(|found| **found > share).count();
        assert!(better_than(0.9) >= 3, "{shares:?}");
        assert!(shares.len() - better_than(0.5) >= 3, "{shares:?}");
    }
}

#[test]
fn everybody_can_sign_in_and_every_agency_has_an_officer() {
    let People { citizens, staff } = &STAGE.people;
    let accounts = || citizens.iter().chain(staff);
    let logins: BTreeSet<&str> = accounts().map(|account| account.login.as_str()).collect();
    assert_eq!(logins.len(), accounts().count());
    for account in accounts() {
        assert_eq!(Login::parse(account.login.as_str()).as_ref(), Ok(&account.login));
        assert_eq!(account.actor.role(), Some(account.role));
        assert!(FullName::parse(&account.full_name).is_ok());
    }
    for (login, _) in SIGN_INS {
        assert!(logins.contains(login), "{login}");
    }
    assert!(logins.contains("canbo.09163") && logins.contains("canbo.so-xd") && logins.contains("canbo.256"));
    assert!(citizens.len() > 300 && citizens.iter().all(|account| account.role == Role::Citizen));
    assert_eq!(citizens[0].login.as_str(), "+84900000001");
    for agency in STAGE.catalogue.directory.agencies() {
        let staffed = STAGE.catalogue.directory.is_staffed(&agency.code);
        assert_eq!(staffed, agency.level != AgencyLevel::Coordinator, "{}", agency.code);
    }
    let table = include_str!("../../demo/names.csv");
    assert_eq!(csv::Reader::from_reader(table.as_bytes()).records().filter(Result::is_ok).count(), 320);
}

#[test]
fn the_hard_case_ends_well_and_was_late() {
    let options = DemoOptions { petitions: 5, seed: 1 };
    let played = hard_case(&options, &STAGE.catalogue, &STAGE.people).unwrap().unwrap();
    let events: Vec<Event> = played.decisions.iter().map(|decision| decision.event.clone()).collect();
    let petition = replay(&events).unwrap();
    assert_eq!(
        (petition.status, petition.reopenings, petition.code.as_str()),
        (Status::Closed, 1, "PAKN.20220822.000006")
    );
    let first = events.iter().position(|event| matches!(event.data, EventData::AnswerApproved { .. })).unwrap();
    let answered = replay(&events[..=first]).unwrap();
    // 2.5 h on Monday 29 August, two days, nothing over the holiday, Monday 5 September, one hour on the 6th.
    assert_eq!(answered.clock.paused_seconds, 27 * 3600 + 1800);
    assert_eq!(answered.deadlines.answer, Some(Instant::parse("2022-09-06T11:00:00+07:00").unwrap()));
    assert!(!answered.answered_on_time());
    assert!(petition.answered_on_time(), "the second answer has a clock of its own");
}

#[test]
fn a_year_of_any_size_can_be_played() {
    let mut heard = Vec::new();
    let options = DemoOptions { petitions: 1, seed: 1 };
    assert_eq!(play(&options, &STAGE.catalogue, &STAGE.people, |done, of| heard.push((done, of))).unwrap().len(), 1);
    assert_eq!(heard.last(), Some(&(1, 1)));
    for petitions in [2, 17, 99] {
        assert_eq!(played(petitions, 5).len(), petitions);
    }
    for petitions in [0, MOST_PETITIONS + 1] {
        let refused = play(&DemoOptions { petitions, seed: 1 }, &STAGE.catalogue, &STAGE.people, |_, _| ());
        assert!(matches!(refused, Err(DemoError::Petitions(_))));
    }
    let nobody = People { citizens: STAGE.people.citizens.clone(), staff: Vec::new() };
    let refused = play(&options, &STAGE.catalogue, &nobody, |_, _| ());
    assert!(matches!(refused, Err(DemoError::Nobody("coordinator"))));
}

/// What was played is what a store takes, and finds nothing to object to.
#[test]
fn a_store_that_holds_the_year_verifies() {
    let folder = tempfile::tempdir().unwrap();
    block_on(async {
        let store = store(folder.path()).await;
        let Stage { catalogue, people, .. } = stage(&store).await;
        let options = DemoOptions { petitions: 250, seed: 11 };
        let played = play(&options, &catalogue, &people, |_, _| ()).unwrap();
        let mut work = store.begin().await.unwrap();
        work.record_all(&played).await.unwrap();
        work.commit().await.unwrap();
        let verification = store.snapshot().await.unwrap().verify().await.unwrap();
        assert_eq!((verification.petitions, &verification.damages), (250, &Vec::new()));
        let events: usize = played.iter().map(|petition| petition.decisions.len()).sum();
        assert_eq!(verification.events, u64::try_from(events).unwrap());
    });
}
