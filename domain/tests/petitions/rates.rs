//! The figures: stories whose count is known beforehand, and what holds for any.

use domain::{
    catalogue::{AgencyLevel, Channel},
    petition::{Command, Event, EventData, RatingLevel},
    rate::{self, Counts, Definition, Dimension, Figures, Filter, Key, Question, Tally},
    time::Instant,
};
use proptest::{option, prelude::*, sample::Index, sample::select, sample::subsequence};

use crate::{
    chance::{Life, lives},
    recount::recount,
    world::*,
};

fn everything() -> Question {
    Question { from: None, to: None, filter: Filter::default(), group_by: Vec::new() }
}

fn grouped(group_by: &[Dimension]) -> Question {
    Question { group_by: group_by.to_vec(), ..everything() }
}

fn tallies(histories: &[Vec<Event>], question: &Question, instants: &[Instant]) -> Vec<Tally> {
    rate::tallies(histories.iter().map(Vec::as_slice), question, instants, &province().directory).unwrap()
}

fn tally(histories: &[Vec<Event>], question: &Question, as_of: Instant) -> Tally {
    tallies(histories, question, &[as_of]).remove(0)
}

fn held_by(code: &str, tally: &Tally) -> Counts {
    let key = Key { agency: Some(agency(code)), ..Key::default() };
    tally.groups.get(&key).copied().unwrap_or_default()
}

#[test]
fn before_the_first_of_september_means_before() {
    let (september, last_instant) = (at("2022-09-01 00:00"), at("2022-08-31 23:59:59.999999"));
    let answered_at = |when| {
        let mut story = Story::begins("2022-08-29 09:00", petition_on("chieu_sang", "09163"));
        story.then("2022-08-29 10:00", Who::Officer, Command::Receive);
        story.attempt(Who::Officer, answer(), when, province()).unwrap();
        tally(&[story.events], &everything(), september).total.answered
    };
    assert_eq!((answered_at(last_instant), answered_at(september)), (1, 0));

    let sent_at = |when| {
        let story = Story::submitted(petition_on("chieu_sang", "09163"), when, province()).unwrap();
        let august = Question { from: Some(at("2022-08-01 00:00")), to: Some(september), ..everything() };
        tally(&[story.events], &august, at("2022-12-01 00:00")).total.submitted
    };
    let july = at("2022-07-31 23:59:59.999999");
    assert_eq!([july, just_after(july), last_instant, september].map(sent_at), [0, 1, 1, 0]);
}

#[test]
fn a_transferred_petition_counts_for_the_new_agency_from_that_instant_on() {
    let mut story = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", "09163"));
    story.then("2022-03-07 10:00", Who::Officer, Command::Receive);
    story.then("2022-03-08 10:00", Who::Officer, transfer_to("ubnd-256"));
    let (histories, moment) = ([story.events], at("2022-03-08 10:00"));
    let by_agency = grouped(&[Dimension::Agency]);
    for (as_of, before, after) in [(moment, 1, 0), (just_after(moment), 0, 1), (at("2022-12-01 00:00"), 0, 1)] {
        let tally = tally(&histories, &by_agency, as_of);
        assert_eq!((held_by("ubnd-09163", &tally).submitted, held_by("ubnd-256", &tally).submitted), (before, after));
    }
    let now = held_by("ubnd-256", &tally(&histories, &by_agency, just_after(moment)));
    assert_eq!(now.received, 1, "acknowledged once, if not by this agency");

    let communes = Filter { levels: vec![AgencyLevel::Commune], ..Filter::default() };
    let of_communes = Question { filter: communes, ..everything() };
    assert_eq!(tally(&histories, &of_communes, moment).total.submitted, 1);
    assert_eq!(tally(&histories, &of_communes, just_after(moment)).total.submitted, 0);
}

#[test]
fn a_petition_is_overdue_from_the_instant_after_its_deadline() {
    let story = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", "09163"));
    let (due, histories) = (at("2022-03-16 16:30"), [story.events]);
    let pending = |as_of| {
        let total = tally(&histories, &everything(), as_of).total;
        (total.pending_in_time, total.pending_overdue)
    };
    assert_eq!([due, just_after(due)].map(pending), [(1, 0), (0, 1)]);
}

#[test]
fn what_is_withdrawn_was_counted_until_then_and_what_is_rejected_stays_among_the_submitted() {
    let mut story = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", "09163"));
    story.then("2022-03-07 10:00", Who::Officer, Command::Receive);
    let (mut withdrawn, mut rejected, moment) = (story.clone(), story, at("2022-03-08 10:00"));
    withdrawn.then("2022-03-08 10:00", Who::Owner, withdraw());
    rejected.then("2022-03-08 10:00", Who::Coordinator, reject());
    let at = |story: &Story, as_of| tally(std::slice::from_ref(&story.events), &everything(), as_of).total;

    let open = Counts { submitted: 1, received: 1, pending_in_time: 1, ..Counts::default() };
    assert_eq!([&withdrawn, &rejected].map(|story| at(story, moment)), [open, open]);
    assert_eq!(at(&withdrawn, just_after(moment)), Counts::default());
    let refused = Counts { submitted: 1, rejected: 1, ..Counts::default() };
    assert_eq!((at(&rejected, just_after(moment)), refused.eligible()), (refused, 0));
}

#[test]
fn an_answer_counts_until_it_is_reopened_and_the_next_one_by_its_own_deadline() {
    let mut story = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", "09163"));
    for (now, who, command) in [
        ("2022-03-07 10:00", Who::Officer, Command::Receive),
        ("2022-03-17 09:00", Who::Officer, answer()), // a day late
        ("2022-03-17 10:00", Who::Owner, rate(RatingLevel::Unsatisfied)),
        ("2022-03-17 11:00", Who::Owner, reopen()),
        ("2022-03-18 09:00", Who::Officer, ask()),
        ("2022-03-21 09:00", Who::Owner, supplement()),
        ("2022-03-22 09:00", Who::Officer, answer()),
        ("2022-03-22 10:00", Who::Owner, rate(RatingLevel::Acceptable)),
        ("2022-03-22 11:00", Who::Owner, Command::Close),
    ] {
        story.then(now, who, command);
    }
    let open = Counts { submitted: 1, received: 1, pending_in_time: 1, ..Counts::default() };
    let late = Counts { submitted: 1, received: 1, answered: 1, ..Counts::default() };
    let reopened = Counts { reopened: 1, ..open };
    let in_time = Counts { reopened: 1, answered_on_time: 1, ..late };
    let acceptable = Counts { rated: 1, acceptable: 1, ..in_time };
    for (as_of, counts) in [
        ("2022-03-16 16:30", open),
        ("2022-03-17 08:00", Counts { pending_in_time: 0, pending_overdue: 1, ..open }),
        ("2022-03-17 10:00", late),
        ("2022-03-17 11:00", Counts { rated: 1, unsatisfied: 1, ..late }),
        ("2022-03-17 12:00", reopened),
        ("2022-03-19 09:00", Counts { awaiting_citizen: 1, ..reopened }),
        ("2022-03-21 10:00", reopened),
        ("2022-03-22 10:00", in_time),
        ("2022-03-22 11:00", acceptable),
        ("2022-12-01 00:00", acceptable), // closed ones are answered
    ] {
        assert_eq!(tally(std::slice::from_ref(&story.events), &everything(), at(as_of)).total, counts, "{as_of}");
    }
}

#[test]
fn what_was_put_to_another_is_counted_until_then() {
    let sent = |number| Story::begins("2022-03-07 09:00", numbered(number, "chieu_sang", "09163"));
    let mut story = sent(1);
    story.then("2022-03-08 10:00", Who::Coordinator, merge(&sent(2)));
    let submitted = |as_of| tally(std::slice::from_ref(&story.events), &everything(), as_of).total.submitted;
    assert_eq!([at("2022-03-08 10:00"), just_after(at("2022-03-08 10:00"))].map(submitted), [1, 0]);
}

#[test]
fn what_an_overdue_question_and_an_extension_hide_is_counted_as_overdue() {
    let mut story = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", "09163"));
    story.then("2022-03-07 10:00", Who::Officer, Command::Receive);
    story.then("2022-03-15 09:00", Who::Leader, extend("2022-12-30 16:30"));
    story.then("2022-03-17 09:00", Who::Officer, ask());
    let total = tally(std::slice::from_ref(&story.events), &everything(), at("2022-04-01 00:00")).total;
    assert_eq!((total.pending_overdue, total.awaiting_citizen, total.pending_in_time), (1, 1, 0));
}

#[test]
fn the_headings_say_what_is_known() {
    let sent =
        |number, field, about, now| Story::submitted(numbered(number, field, about), at(now), province()).unwrap();
    let histories = [
        sent(1, "chieu_sang", "09163", "2022-08-31 23:59:59.999999").events,
        sent(2, "moi_truong", "256", "2022-09-01 00:00").events, // in UTC it was still August
        sent(3, "chieu_sang", "", "2022-09-01 00:00").events,
    ];
    let headings = |group_by: &[Dimension]| {
        let groups = tally(&histories, &grouped(group_by), at("2022-12-01 00:00")).groups;
        let lines = groups.into_iter().map(|(key, counts)| format!("{} {}", serde_json::json!(key), counts.submitted));
        lines.collect::<Vec<_>>()
    };
    assert_eq!(headings(&[]), [""; 0]);
    assert_eq!(headings(&[Dimension::Month]), [r#"{"month":"2022-08"} 1"#, r#"{"month":"2022-09"} 2"#]);
    assert_eq!(headings(&[Dimension::Unit]), [r#"{"unit":null} 1"#, r#"{"unit":"09163"} 1"#, r#"{"unit":"256"} 1"#]);
    assert_eq!(
        headings(&[Dimension::Category, Dimension::Level]),
        [
            r#"{"category":"chieu_sang","level":"commune"} 1"#,
            r#"{"category":"moi_truong","level":"district"} 1"#,
            r#"{"category":"chieu_sang","level":"coordinator"} 1"#,
        ]
    );
}

/// Every instant at which something happened, a microsecond later, and halfway to the next.
fn instants(histories: &[Vec<Event>]) -> Vec<Instant> {
    let mut happened: Vec<i64> = histories.iter().flatten().map(|event| event.at.micros()).collect();
    happened.push(at("2023-06-01 00:00").micros());
    happened.sort_unstable();
    let between = happened.windows(2).map(|pair| i64::midpoint(pair[0], pair[1])).collect::<Vec<_>>();
    let mut all: Vec<i64> = happened.iter().flat_map(|moment| [*moment, moment + 1]).chain(between).collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter().map(|micros| Instant::from_micros(micros).unwrap()).collect()
}

fn lived(lives: &[Life]) -> Vec<Vec<Event>> {
    lives.iter().map(|life| life.lived(|_| {}).events).collect()
}

fn question() -> impl Strategy<Value = Question> {
    let limit = || option::of(select(vec![at("2022-03-01 00:00"), at("2022-03-07 09:00"), at("2022-09-01 00:00")]));
    let agencies = AGENCIES.map(|row| agency(row.0)).to_vec();
    let categories = ["chieu_sang", "moi_truong", "xay_dung", "khac"].map(category).to_vec();
    let filter = (
        subsequence(AgencyLevel::ALL, 0..=2),
        prop_oneof![3 => Just(vec![]), 1 => subsequence(agencies, 1..=6)],
        subsequence(categories, 0..=2),
        subsequence(Channel::ALL, 0..=2),
    )
        .prop_map(|(levels, agencies, categories, channels)| Filter {
            levels,
            agencies,
            categories,
            channels,
            units: Vec::new(),
            through_heirs: false,
        });
    let filter = prop_oneof![1 => Just(Filter::default()), 2 => filter];
    (limit(), limit(), filter, subsequence(Dimension::ALL, 0..=6).prop_shuffle())
        .prop_map(|(from, to, filter, group_by)| Question { from, to, filter, group_by })
}

/// That counts add up and no rate leaves its bounds.
fn check(counts: &Counts) {
    let pending = counts.pending_in_time + counts.pending_overdue;
    assert_eq!(counts.submitted, counts.answered + counts.rejected + pending, "{counts:?}");
    assert!(counts.answered_on_time <= counts.answered && counts.answered <= counts.received, "{counts:?}");
    assert!(counts.received <= counts.eligible(), "{counts:?}");
    assert!(counts.awaiting_citizen <= pending && counts.reopened <= counts.submitted, "{counts:?}");
    assert_eq!(counts.rated, counts.satisfied + counts.acceptable + counts.unsatisfied, "{counts:?}");
    assert!(counts.rated <= counts.answered, "{counts:?}");
    let share = |part: u64, whole: u64| {
        let number = |count| f64::from(u32::try_from(count).unwrap());
        (whole > 0).then(|| number(part) / number(whole))
    };
    let (waiting, rejected) = (counts.awaiting_citizen, counts.rejected);
    for (definition, whole) in [
        (Definition::All, counts.submitted),
        (Definition::Eligible, counts.submitted - rejected),
        (Definition::Actionable, counts.submitted - rejected - waiting),
    ] {
        let figures = Figures::new(*counts, definition);
        assert_eq!(figures.rate, share(counts.answered, whole), "{definition}: {figures:?}");
        assert_eq!(figures.received_rate, share(counts.received, counts.submitted - rejected), "{figures:?}");
        let on_time_or_late = counts.answered + counts.pending_overdue;
        assert_eq!(figures.on_time_rate, share(counts.answered_on_time, on_time_or_late), "{figures:?}");
        assert_eq!(figures.satisfaction_rate, share(counts.satisfied + counts.acceptable, counts.rated), "{figures:?}");
        let rates = [figures.rate, figures.received_rate, figures.on_time_rate, figures.satisfaction_rate];
        assert!(rates.into_iter().flatten().all(|rate| (0.0..=1.0).contains(&rate)), "{definition}: {figures:?}");
    }
}

fn sum<'a>(parts: impl IntoIterator<Item = &'a Counts>) -> Counts {
    let mut sum = Counts::default();
    parts.into_iter().for_each(|counts| sum.add(counts));
    sum
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn at_every_instant_each_petition_is_some_agencys(lives in lives()) {
        let histories = lived(&lives);
        let instants = instants(&histories);
        for (as_of, tally) in instants.iter().zip(tallies(&histories, &grouped(&[Dimension::Agency]), &instants)) {
            let exists = |history: &&Vec<Event>| {
                let mut past = history.iter().filter(|event| event.at < *as_of).peekable();
                past.peek().is_some() && !past.any(|event| matches!(event.data, EventData::Withdrawn { .. } | EventData::Merged { .. }))
            };
            let held: u64 = tally.groups.values().map(|counts| counts.submitted).sum();
            prop_assert_eq!(usize::try_from(held)?, histories.iter().filter(exists).count(), "{}", as_of);
            tally.groups.values().chain([&tally.total]).for_each(check);
        }
    }

    #[test]
    fn a_total_is_the_sum_of_its_groups_however_it_is_grouped(lives in lives(), which: Index) {
        let histories = lived(&lives);
        let as_of = *which.get(&instants(&histories));
        let total = tally(&histories, &everything(), as_of).total;
        for choice in 1..1_usize << Dimension::ALL.len() {
            let chosen = |index: &usize| choice >> index & 1 == 1;
            let group_by = Dimension::ALL.iter().enumerate().filter(|(index, _)| chosen(index));
            let group_by: Vec<Dimension> = group_by.map(|(_, dimension)| *dimension).collect();
            let tally = tally(&histories, &grouped(&group_by), as_of);
            prop_assert_eq!((tally.total, sum(tally.groups.values())), (total, total), "by {:?}", group_by);
        }
    }

    #[test]
    fn what_happens_later_changes_no_past_figure(lives in lives(), question in question()) {
        let histories = lived(&lives);
        let instants = instants(&histories);
        for (as_of, at_once) in instants.iter().zip(tallies(&histories, &question, &instants)) {
            let until_then = histories.iter().map(|history| {
                history.iter().filter(|event| event.at < *as_of).cloned().collect::<Vec<_>>()
            });
            let until_then: Vec<_> = until_then.filter(|history| !history.is_empty()).collect();
            prop_assert_eq!(tally(&until_then, &question, *as_of), at_once, "{}", as_of);
        }
    }

    #[test]
    fn a_recount_by_hand_agrees(lives in lives(), questions in prop::collection::vec(question(), 4)) {
        let histories = lived(&lives);
        let instants = instants(&histories);
        for question in &questions {
            for (as_of, tally) in instants.iter().zip(tallies(&histories, question, &instants)) {
                prop_assert_eq!((tally.total, tally.groups), recount(&histories, question, *as_of), "{}", as_of);
            }
        }
    }
}
