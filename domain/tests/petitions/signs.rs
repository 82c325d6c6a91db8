//! Signs: what is counted, from where on, and for whom.

use std::collections::{BTreeMap, HashMap};

use chrono::TimeDelta;
use domain::{
    catalogue::{AgencyLevel, Channel, Priority},
    code::{AgencyCode, TargetCode},
    petition::{Command, Event},
    rate::{
        Act, AnswerText, Deed, Definition, Filter, Milestone, Question, Sign, SignQuestion, SignTally, Signs, Target,
        deeds,
    },
    time::Instant,
};

use crate::world::*;

/// What every answer in these stories says, unless a test has other words.
const WORDS: &str = "Đã thay bóng đèn ở cột số 12.";

fn done(events: &[Event]) -> Vec<Deed> {
    deeds(events, |_| Some(WORDS)).unwrap()
}

fn everything() -> Question {
    Question { from: None, to: None, filter: Filter::default(), group_by: Vec::new() }
}

/// The cds-2022 of these tests: mobile petitions of 2022 with districts and communes, judged at two instants.
fn target() -> Target {
    let step = |before, required_basis_points| Milestone { before: at(before), required_basis_points, level: None };
    Target {
        code: TargetCode::parse("cds-2022").unwrap(),
        name: "CĐS".to_owned(),
        name_en: "CDS".to_owned(),
        channels: vec![Channel::Mobile],
        levels: vec![AgencyLevel::District, AgencyLevel::Commune],
        definition: Definition::Eligible,
        from: at("2022-01-01 00:00"),
        to: at("2023-01-01 00:00"),
        milestones: vec![step("2022-09-01 00:00", 7000), step("2022-12-01 00:00", 8000)],
    }
}

fn counted(deeds: &[Deed], question: &Question, as_of: Instant) -> BTreeMap<AgencyCode, Signs> {
    counted_against(&target(), deeds, question, as_of)
}

fn counted_against(
    target: &Target,
    deeds: &[Deed],
    question: &Question,
    as_of: Instant,
) -> BTreeMap<AgencyCode, Signs> {
    let asked = SignQuestion { question, as_of, targets: &[target], directory: &province().directory };
    let mut tally = SignTally::default();
    deeds.iter().for_each(|deed| tally.take(deed, &asked));
    tally.signs()
}

/// The counts of an agency at the end of time.
fn of(code: &str, deeds: &[Deed]) -> Signs {
    counted(deeds, &everything(), at("2030-01-01 00:00")).remove(&agency(code)).unwrap_or_default()
}

fn signs(counts: &[(Sign, u64)]) -> Signs {
    let mut signs = Signs::default();
    counts.iter().for_each(|(sign, count)| signs.add(*sign, *count));
    signs
}

/// Received by the commune on 7 March at nine; due on 16 March at half past four.
fn received() -> Story {
    let mut story = Story::begins("2022-03-07 08:00", petition_on("chieu_sang", "09163"));
    story.then("2022-03-07 09:00", Who::Officer, Command::Receive);
    story
}

#[test]
fn an_answer_is_quick_up_to_ten_minutes_after_the_petition_was_taken_up() {
    let ten = at("2022-03-07 09:10");
    for (when, quick) in [(at("2022-03-07 09:00"), 1), (ten, 1), (just_after(ten), 0)] {
        let mut story = received();
        story.attempt(Who::Officer, answer(), when, province()).unwrap();
        let expected = signs(&[(Sign::Answers, 1), (Sign::QuickAnswers, quick)]);
        assert_eq!(of("ubnd-09163", &done(&story.events)), expected, "{when}");
    }
}

#[test]
fn the_clock_of_a_quick_answer_begins_with_each_desk_and_each_reopening() {
    let mut story = received();
    story.then("2022-03-07 09:30", Who::Officer, transfer_to("ubnd-256"));
    story.then("2022-03-08 09:00", Who::Officer, Command::Receive);
    story.then("2022-03-08 09:05", Who::Officer, answer());
    story.then("2022-03-09 09:00", Who::Owner, reopen());
    story.then("2022-03-09 09:11", Who::Officer, answer());
    story.then("2022-03-09 10:00", Who::Owner, reopen());
    story.then("2022-03-09 10:10", Who::Officer, answer());
    let waited: Vec<i64> = done(&story.events)
        .iter()
        .filter_map(|deed| match deed.act {
            Act::Answered { waited, .. } => Some(waited.num_minutes()),
            Act::Extended | Act::SentAway { .. } | Act::Recategorised => None,
        })
        .collect();
    assert_eq!(waited, [5, 11, 10]);
    let expected = signs(&[(Sign::Answers, 3), (Sign::QuickAnswers, 2), (Sign::Reopened, 2)]);
    assert_eq!(of("ubnd-256", &done(&story.events)), expected);
    assert_eq!(of("ubnd-09163", &done(&story.events)), signs(&[(Sign::SentAway, 1)]));
}

#[test]
fn an_approved_draft_is_the_answer_and_its_words_are_the_drafts() {
    let mut story = Story::begins("2022-03-07 08:00", petition_on("xay_dung", "09163"));
    story.then("2022-03-07 09:00", Who::Officer, Command::Receive);
    let draft = story.then("2022-03-08 09:00", Who::Officer, draft()).event.seq;
    story.then("2022-03-09 09:00", Who::Leader, Command::ApproveAnswer);
    let short = deeds(&story.events, |seq| (seq == draft).then_some("Xong.")).unwrap();
    assert_eq!(of("so-xd", &short), signs(&[(Sign::Answers, 1), (Sign::ShortAnswers, 1)]));
}

#[test]
fn an_answer_is_short_under_twenty_characters_and_unknown_once_erased() {
    let mut story = received();
    story.then("2022-03-08 09:00", Who::Officer, answer());
    let with = |words: Option<&'static str>| of("ubnd-09163", &deeds(&story.events, |_| words).unwrap());
    let answer = (Sign::Answers, 1);
    let nineteen = "ệ".repeat(19);
    assert_eq!(nineteen.len(), 57, "characters are not bytes");
    assert_eq!(with(Some(nineteen.leak())), signs(&[answer, (Sign::ShortAnswers, 1)]));
    assert_eq!(with(Some("Đã xử lý, cảm ơn bà.")), signs(&[answer]));
    assert_eq!(with(None), signs(&[answer, (Sign::UnknownTexts, 1)]));
}

/// So many answers of the commune, one a day from 1 June on, each with words of its own choice.
fn answers(words: impl Fn(usize) -> Option<&'static str>, count: usize) -> Vec<Deed> {
    let mut story = received();
    story.then("2022-06-01 09:00", Who::Officer, answer());
    let [one] = &done(&story.events)[..] else { panic!("one answer") };
    let deed = |n: usize| {
        let text = words(n).map(|words| AnswerText::of(words, &one.heading.agency));
        let act = Act::Answered { waited: TimeDelta::days(1), text, reopened_at: None };
        Deed { at: one.at.plus(TimeDelta::days(i64::try_from(n).unwrap())), act, ..one.clone() }
    };
    (0..count).map(deed).collect()
}

#[test]
fn an_answer_is_equal_to_many_when_ten_others_of_the_agency_say_the_same() {
    let equal = |deeds: &[Deed]| of("ubnd-09163", deeds).of(Sign::EqualAnswers);
    assert_eq!(equal(&answers(|_| Some(WORDS), 10)), 0, "nine others");
    assert_eq!(equal(&answers(|_| Some(WORDS), 11)), 11);
    // Marks, case and white space make no difference, and an erased text is equal to none.
    let odd = |n| [Some(WORDS), Some("  DA THAY bóng  đèn ở cột số 12.")][n % 2];
    assert_eq!(equal(&answers(odd, 11)), 11);
    assert_eq!(equal(&answers(|n| if n < 10 { Some(WORDS) } else { None }, 11)), 0);
    assert_eq!(equal(&answers(|n| Some(if n < 10 { WORDS } else { "Việc khác." }), 11)), 0);

    // Of two agencies, nothing is equal.
    let mut two = answers(|_| Some(WORDS), 12);
    for deed in &mut two[6..] {
        let Act::Answered { text, .. } = &mut deed.act else { panic!("{deed:?}") };
        deed.heading.agency = agency("ubnd-256");
        *text = Some(AnswerText::of(WORDS, &deed.heading.agency));
    }
    assert_eq!(equal(&two), 0);
    assert_ne!(AnswerText::of(WORDS, &agency("ubnd-256")).print, AnswerText::of(WORDS, &agency("ubnd-258")).print);
}

#[test]
fn equal_to_many_is_an_answer_however_the_question_is_narrowed_but_not_before_there_were_many() {
    let mut deeds = answers(|_| Some(WORDS), 12);
    deeds[3].heading.category = Some(category("moi_truong"));
    let filter = Filter { categories: vec![category("moi_truong")], ..Filter::default() };
    let lights = Question { filter, ..everything() };
    let of = |question: &Question, as_of| {
        let mut signs = counted(&deeds, question, as_of);
        signs.remove(&agency("ubnd-09163")).unwrap_or_default()
    };
    let eleventh = deeds[10].at;
    assert_eq!(of(&lights, at("2030-01-01 00:00")), signs(&[(Sign::Answers, 1), (Sign::EqualAnswers, 1)]));
    assert_eq!(of(&everything(), eleventh).of(Sign::EqualAnswers), 0, "the instant is exclusive");
    assert_eq!(of(&everything(), just_after(eleventh)).of(Sign::EqualAnswers), 11);
}

#[test]
fn a_reopening_counts_for_who_gave_the_answer_from_that_instant_on() {
    let mut story = received();
    story.then("2022-03-08 09:00", Who::Officer, answer());
    story.then("2022-03-09 09:00", Who::Owner, reopen());
    story.then("2022-03-09 10:00", Who::Officer, transfer_to("ubnd-256"));
    let deeds = done(&story.events);
    let reopened = |as_of| {
        let signs = counted(&deeds, &everything(), as_of);
        (signs[&agency("ubnd-09163")].of(Sign::Reopened), signs[&agency("ubnd-09163")].reopened_share())
    };
    let moment = at("2022-03-09 09:00");
    assert_eq!((reopened(moment), reopened(just_after(moment))), ((0, Some(0.0)), (1, Some(1.0))));
    assert_eq!(Signs::default().reopened_share(), None, "over nothing there is no share");
}

#[test]
fn sent_away_late_is_under_a_day_before_the_deadline_and_after_it() {
    let (due, day) = (at("2022-03-16 16:30"), TimeDelta::hours(24));
    let eve = due.plus(-day);
    for command in [transfer_to("ubnd-256"), give_back()] {
        for (when, late) in [(at("2022-03-08 09:00"), 0), (eve, 0), (just_after(eve), 1), (due, 1), (due.plus(day), 1)]
        {
            let mut story = received();
            story.attempt(Who::Officer, command.clone(), when, province()).unwrap();
            let expected = signs(&[(Sign::SentAway, 1), (Sign::SentAwayLate, late)]);
            assert_eq!(of("ubnd-09163", &done(&story.events)), expected, "{when}");
        }
    }
}

#[test]
fn the_deadline_that_counts_is_the_one_after_the_clock_went_on() {
    let mut story = received();
    // Asked an hour before the deadline, sent away six days later: the office time between is given back.
    story.then("2022-03-16 15:30", Who::Officer, ask());
    story.then("2022-03-22 09:00", Who::Officer, give_back());
    let [deed] = &done(&story.events)[..] else { panic!("one deed") };
    let Act::SentAway { time_left: Some(left) } = deed.act else { panic!("{deed:?}") };
    assert_eq!(left, TimeDelta::hours(1), "as much as was left when the citizen was asked");
    assert_eq!(deed.heading.agency, agency("ubnd-09163"));
}

#[test]
fn what_the_coordinator_passes_on_is_the_coordinators() {
    let mut story = received();
    story.then("2022-03-16 09:00", Who::Officer, give_back());
    story.then("2022-03-16 10:00", Who::Coordinator, transfer_to("ubnd-256"));
    let deeds = done(&story.events);
    let late = signs(&[(Sign::SentAway, 1), (Sign::SentAwayLate, 1)]);
    assert_eq!((of("ubnd-09163", &deeds), of("dieu-phoi", &deeds)), (late.clone(), late));
    assert_eq!(of("ubnd-256", &deeds), Signs::default(), "it did nothing yet");
}

#[test]
fn without_a_deadline_nothing_is_late() {
    let mut story = Story::begins("2022-12-28 09:00", petition_on("chieu_sang", "09163"));
    assert_eq!(story.petition.deadlines.answer, None, "2023 was only projected");
    story.then("2022-12-28 10:00", Who::Officer, Command::Receive);
    story.then("2023-02-01 09:00", Who::Officer, give_back());
    assert_eq!(of("ubnd-09163", &done(&story.events)), signs(&[(Sign::SentAway, 1)]));
}

#[test]
fn an_extension_counts_for_who_promised() {
    let mut story = received();
    story.then("2022-03-14 09:00", Who::Leader, extend("2022-03-25 16:30"));
    story.then("2022-03-24 09:00", Who::Leader, extend("2022-03-31 16:30"));
    assert_eq!(of("ubnd-09163", &done(&story.events)), signs(&[(Sign::Extensions, 2)]));
}

/// A petition of the commune that the coordinator puts into another field then.
fn recategorised(when: Instant, change: impl FnOnce(&mut Story)) -> Vec<Deed> {
    let mut story = Story::begins("2022-08-24 08:00", petition_on("chieu_sang", "09163"));
    change(&mut story);
    story.attempt(Who::Coordinator, recategorise("moi_truong", None), when, province()).unwrap();
    done(&story.events)
}

#[test]
fn a_field_is_corrected_before_a_milestone_in_the_seven_days_before_it() {
    let (milestone, week) = (at("2022-09-01 00:00"), at("2022-08-25 00:00"));
    let before = Instant::from_micros(week.micros() - 1).unwrap();
    let last = Instant::from_micros(milestone.micros() - 1).unwrap();
    for (when, near) in [(before, 0), (week, 1), (last, 1), (milestone, 0)] {
        let expected = signs(&[(Sign::Recategorised, 1), (Sign::RecategorisedBeforeMilestone, near)]);
        assert_eq!(of("dieu-phoi", &recategorised(when, |_| {})), expected, "{when}");
    }
}

#[test]
fn only_a_target_that_counts_the_petition_makes_it_a_sign() {
    let when = at("2022-08-30 09:00");
    let near = |deeds: &[Deed]| of("dieu-phoi", deeds).of(Sign::RecategorisedBeforeMilestone);
    assert_eq!(near(&recategorised(when, |_| {})), 1, "the coordinator did it, the commune had it");
    let back = |story: &mut Story| {
        story.then("2022-08-24 09:00", Who::Officer, give_back());
    };
    assert_eq!(near(&recategorised(when, back)), 0, "no target counts what the coordinator has");
    let by_phone = |deed: &Deed| {
        let mut deed = deed.clone();
        deed.heading.channel = Channel::Phone;
        deed
    };
    let deeds: Vec<Deed> = recategorised(when, |_| {}).iter().map(by_phone).collect();
    assert_eq!(near(&deeds), 0, "nor what did not come by mobile");

    // A step of one level is judged over its agencies alone.
    for (level, near) in [(AgencyLevel::Commune, 1), (AgencyLevel::District, 0)] {
        let mut target = target();
        target.milestones.iter_mut().for_each(|milestone| milestone.level = Some(level));
        let signs = counted_against(&target, &recategorised(when, |_| {}), &everything(), at("2030-01-01 00:00"));
        assert_eq!(signs[&agency("dieu-phoi")].of(Sign::RecategorisedBeforeMilestone), near, "{level}");
    }
}

#[test]
fn another_priority_is_no_other_field() {
    let mut story = Story::begins("2022-08-24 08:00", petition_on("chieu_sang", "09163"));
    story.then("2022-08-30 09:00", Who::Coordinator, recategorise("chieu_sang", Some(Priority::Urgent)));
    assert_eq!(done(&story.events), []);
}

#[test]
fn a_deed_counts_under_what_the_petition_was_and_for_who_did_it() {
    let mut story = received();
    story.then("2022-03-08 09:00", Who::Coordinator, recategorise("moi_truong", None));
    story.then("2022-03-09 09:00", Who::Officer, transfer_to("ubnd-256"));
    story.then("2022-03-09 10:00", Who::Officer, Command::Receive);
    story.then("2022-03-10 09:00", Who::Officer, answer());
    story.then("2022-03-10 10:00", Who::Owner, Command::Close);
    let deeds = done(&story.events);
    let with = |filter| counted(&deeds, &Question { filter, ..everything() }, at("2030-01-01 00:00"));
    let names = |filter| with(filter).keys().map(ToString::to_string).collect::<Vec<_>>();
    let field = |code| Filter { categories: vec![category(code)], ..Filter::default() };
    assert_eq!(names(field("chieu_sang")), ["dieu-phoi"], "the field before the correction");
    assert_eq!(names(field("moi_truong")), ["ubnd-09163", "ubnd-256"]);
    let communes = Filter { levels: vec![AgencyLevel::Commune], ..Filter::default() };
    assert_eq!(names(communes), ["ubnd-09163"]);
    let here = Filter { units: vec![Some(unit("09163"))], ..Filter::default() };
    assert_eq!(with(here).len(), 3);
    let march = Question { from: Some(at("2022-03-07 08:00")), to: Some(at("2022-03-07 08:01")), ..everything() };
    assert_eq!(
        counted(&deeds, &march, at("2030-01-01 00:00")).len(),
        3,
        "by when it was sent, not by when it was done"
    );
    let other = Question { from: Some(at("2022-03-07 08:01")), ..everything() };
    assert_eq!(counted(&deeds, &other, at("2030-01-01 00:00")).len(), 0);
}

#[test]
fn the_instant_is_exclusive_and_nothing_before_it_changes() {
    let mut story = received();
    for (now, who, command) in [
        ("2022-03-07 09:05", Who::Officer, answer()),
        ("2022-03-08 09:00", Who::Owner, reopen()),
        ("2022-03-09 09:00", Who::Leader, extend("2022-04-25 16:30")),
        ("2022-03-10 09:00", Who::Officer, give_back()),
        ("2022-03-11 09:00", Who::Coordinator, reject()),
    ] {
        story.then(now, who, command);
    }
    // At any instant, what is known then is what the whole history says of that instant.
    for (length, event) in story.events.iter().enumerate().skip(1) {
        let (whole, known) = (done(&story.events), done(&story.events[..length]));
        assert_eq!(counted(&whole, &everything(), event.at), counted(&known, &everything(), event.at), "{length}");
    }
}

#[test]
fn words_are_asked_for_by_the_event_that_names_them() {
    let mut story = received();
    let first = story.then("2022-03-08 09:00", Who::Officer, answer()).event.seq;
    story.then("2022-03-09 09:00", Who::Owner, reopen());
    let second = story.then("2022-03-10 09:00", Who::Officer, answer()).event.seq;
    let words = HashMap::from([(first, "Xong."), (second, WORDS)]);
    let deeds = deeds(&story.events, |seq| words.get(&seq).copied()).unwrap();
    let expected = signs(&[(Sign::Answers, 2), (Sign::ShortAnswers, 1), (Sign::Reopened, 1)]);
    assert_eq!(of("ubnd-09163", &deeds), expected);
}
