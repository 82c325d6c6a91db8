//! Units and agencies that end on a day: what a reform comes to, and what becomes of the petitions that they owe an answer.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    account::Actor,
    catalogue::{Category, UnitLevel, Validity},
    code::AgencyCode,
    petition::{Command, EventData, Heir, Inheritance, Petition, Place, Status, carry_over, heir, replay},
    place::{Boundary, Gazetteer, Point, TOLERANCE_M},
    rate::{Dimension, Filter, Key, Question, spans, tallies},
    routing::{Directory, Rule},
    succession::reform::{Before, Matter, NewAgency, NewUnit, Plan, Reform, ReformFault},
};
use geo::{Coord, Rect};

use crate::world::*;

/// No more districts. Two communes merge under the code of one of them, one splits, one is dissolved into a part of that.
fn reform() -> Reform {
    let begins = |code, lon| NewUnit {
        code: unit(code),
        name: format!("Phường {code}"),
        level: UnitLevel::Commune,
        parent: Some(unit("27")),
        centre: Some(Point::from_degrees(21.11, lon).unwrap()),
    };
    let ends = |code, heirs: &[&str]| (unit(code), heirs.iter().map(|heir| unit(heir)).collect::<BTreeSet<_>>());
    Reform {
        code: "thu".to_owned(),
        on: day("2022-10-01"),
        units_begin: vec![begins("09163", 106.02), begins("09169", 106.045), begins("09175", 106.065)],
        units_end: [
            ends("256", &["09163"]),
            ends("258", &["09169", "09175"]),
            ends("09163", &["09163"]),
            ends("09166", &["09163"]),
            ends("09169", &["09169", "09175"]),
            ends("09172", &["09175"]),
        ]
        .into(),
        agencies_begin: Vec::new(),
        agencies_end: BTreeMap::new(),
    }
}

fn planned(reform: &Reform, rules: Vec<Rule>) -> Result<Plan, Vec<ReformFault>> {
    with_before(rules, |before| reform.plan(before))
}

fn with_before<T>(rules: Vec<Rule>, then: impl Fn(Before<'_>) -> T) -> T {
    let province = province();
    let units: Vec<_> = province.directory.gazetteer().units().cloned().collect();
    let agencies: Vec<_> = province.directory.agencies().cloned().collect();
    let staffed: Vec<_> =
        agencies.iter().map(|agency| agency.code.clone()).filter(|code| province.directory.is_staffed(code)).collect();
    let gazetteer = Gazetteer::new(units.clone(), [], TOLERANCE_M);
    let directory = Directory::new(day("2022-06-01"), gazetteer, agencies, rules, staffed);
    let categories: Vec<&Category> = province.categories.values().collect();
    then(Before { units: &units, directory: &directory, categories: &categories })
}

/// As it is after the reform, with staff in those agencies.
fn after(staffed: &[&str]) -> Directory {
    let plan = planned(&reform(), Vec::new()).unwrap();
    let directory = with_before(Vec::new(), |before| plan.directory_after(before, day("2022-10-03"), TOLERANCE_M));
    if staffed.is_empty() { directory } else { directory.staffed_by(staffed.iter().map(|code| agency(code))) }
}

fn agencies(set: &[&str]) -> BTreeSet<AgencyCode> {
    set.iter().map(|code| agency(code)).collect()
}

#[test]
fn committees_follow_their_units_and_a_code_that_is_used_again_carries_the_year() {
    let plan = planned(&reform(), Vec::new()).unwrap();
    let begun: Vec<_> = plan.agencies.iter().map(|agency| (agency.code.as_str(), agency.name.as_str())).collect();
    assert_eq!(
        begun,
        [
            ("ubnd-09163-2022", "UBND phường 09163"),
            ("ubnd-09169-2022", "UBND phường 09169"),
            ("ubnd-09175", "UBND phường 09175")
        ]
    );
    let heirs: BTreeMap<&str, &BTreeSet<AgencyCode>> =
        plan.agency_ends.iter().map(|end| (end.agency.as_str(), &end.heirs)).collect();
    assert_eq!(heirs["ubnd-256"], &agencies(&["ubnd-09163-2022"]));
    assert_eq!(heirs["ubnd-258"], &agencies(&["ubnd-09169-2022", "ubnd-09175"]));
    assert_eq!(heirs["ubnd-09166"], &agencies(&["ubnd-09163-2022"]));
    assert_eq!(heirs["ubnd-09172"], &agencies(&["ubnd-09175"]));
    assert_eq!((plan.unit_ends.len(), plan.units.len(), heirs.len()), (6, 3, 6));
    let directory = after(&[]);
    assert_eq!(directory.committee(&unit("09163"), day("2022-09-30")).unwrap().code, agency("ubnd-09163"));
    assert_eq!(directory.committee(&unit("09163"), day("2022-10-01")).unwrap().code, agency("ubnd-09163-2022"));
    assert!(directory.is_staffed(&agency("ubnd-09163-2022")), "its staff has come with the one successor");
    assert!(!directory.is_staffed(&agency("ubnd-09175")), "whose staff it gets is for a human to say");
}

#[test]
fn everything_that_is_wrong_with_a_reform_is_named() {
    let faulty = |change: fn(&mut Reform)| {
        let mut reform = reform();
        change(&mut reform);
        planned(&reform, Vec::new()).unwrap_err()
    };
    assert_eq!(
        faulty(|reform| {
            reform.units_begin.clear();
            reform.units_end.clear();
        }),
        [ReformFault::Empty]
    );
    let found = faulty(|reform| {
        reform.units_end.insert(unit("99999"), BTreeSet::from([unit("09163")]));
        reform.units_end.insert(unit("09172"), BTreeSet::new());
        reform.units_end.insert(unit("09166"), BTreeSet::from([unit("88888")]));
    });
    for fault in [
        ReformFault::UnitNotThere(unit("99999")),
        ReformFault::UnitWithoutHeir(unit("09172")),
        ReformFault::AgencyWithoutHeir(agency("ubnd-09172")),
        ReformFault::UnknownUnitHeir { unit: unit("09166"), heir: unit("88888") },
    ] {
        assert!(found.contains(&fault), "{fault}: {found:?}");
    }
    let taken = faulty(|reform| {
        reform.units_end.remove(&unit("09163"));
    });
    assert!(taken.contains(&ReformFault::UnitTaken(unit("09163"))), "{taken:?}");
    let parents = faulty(|reform| {
        reform.units_begin[0].parent = Some(unit("09169"));
        reform.units_begin[1].parent = Some(unit("09163"));
        reform.units_begin[2].parent = Some(unit("256"));
    });
    for code in ["09163", "09169", "09175"] {
        assert!(parents.contains(&ReformFault::NoParent(unit(code))), "{code}: {parents:?}");
    }
    let orphans = faulty(|reform| {
        reform.units_end.remove(&unit("09166"));
    });
    assert!(orphans.contains(&ReformFault::NoParent(unit("09166"))), "its district ends: {orphans:?}");
    let others = faulty(|reform| {
        let so_xd = |code: &str| NewAgency {
            code: agency(code),
            name: "Sở Xây dựng".to_owned(),
            level: domain::catalogue::AgencyLevel::Provincial,
            unit: None,
            needs_approval: false,
        };
        reform.agencies_begin = vec![so_xd("so-xd")];
        let ends = [("dieu-phoi", "so-xd"), ("so-cu", "so-xd"), ("so-vang", "so-moi")];
        reform.agencies_end = ends.map(|(gone, heir)| (agency(gone), agencies(&[heir]))).into();
    });
    for fault in [
        ReformFault::AgencyTaken(agency("so-xd")),
        ReformFault::Coordinator,
        ReformFault::AgencyNotThere(agency("so-cu")),
    ] {
        assert!(others.contains(&fault), "{fault}: {others:?}");
    }
}

#[test]
fn a_second_reform_of_the_same_units_finds_them_gone() {
    let first = planned(&reform(), Vec::new()).unwrap();
    with_before(Vec::new(), |before| {
        let mut units = before.units.to_vec();
        for end in &first.unit_ends {
            let gone = units.iter_mut().find(|unit| unit.code == end.unit && unit.validity.from == end.from).unwrap();
            gone.validity.to = Some(end.on);
        }
        units.extend(first.units.clone());
        let directory = first.directory_after(before, day("2022-10-03"), TOLERANCE_M);
        let again = Reform { code: "lai".to_owned(), ..reform() };
        let faults = again.plan(Before { units: &units, directory: &directory, ..before }).unwrap_err();
        assert!(faults.contains(&ReformFault::UnitNotThere(unit("256"))), "{faults:?}");
        assert!(faults.contains(&ReformFault::UnitTaken(unit("09163"))), "{faults:?}");
    });
}

#[test]
fn rules_go_on_with_the_heirs_of_their_agency_and_area_or_are_told_of() {
    let rule = |id, category: &str, area: &str, to: &str| Rule {
        id,
        category: (!category.is_empty()).then(|| domain::code::CategoryCode::parse(category).unwrap()),
        area: (!area.is_empty()).then(|| unit(area)),
        agency: agency(to),
        validity: Validity { from: day("2021-11-01"), to: None },
        priority: 3,
    };
    let plan = planned(
        &reform(),
        vec![
            rule(1, "chieu_sang", "09166", "ubnd-256"),
            rule(2, "chieu_sang", "258", "so-xd"),
            rule(3, "khac", "", "ubnd-258"),
            rule(4, "khac", "", "so-xd"),
            rule(5, "", "09172", "so-xd"),
        ],
    )
    .unwrap();
    assert_eq!(
        plan.rule_ends,
        [1, 2, 3, 5].map(|rule| (rule, day("2022-10-01"))),
        "the fourth has to do with none of it"
    );
    let begun: Vec<_> =
        plan.rules.iter().map(|rule| (rule.after, rule.area.clone(), rule.agency.as_str(), rule.priority)).collect();
    assert_eq!(
        begun,
        [(Some(1), Some(unit("09163")), "ubnd-09163-2022", 3), (Some(5), Some(unit("09175")), "so-xd", 3),]
    );
    assert_eq!(
        plan.matters,
        [
            Matter::RuleOfArea { rule: 2, area: unit("258") },
            Matter::RuleOfAgency { rule: 3, agency: agency("ubnd-258") }
        ]
    );
}

#[test]
fn a_field_of_an_agency_that_ends_goes_to_its_heir_by_a_rule() {
    let reform = Reform {
        code: "so".to_owned(),
        on: day("2022-10-01"),
        units_begin: Vec::new(),
        units_end: BTreeMap::new(),
        agencies_begin: Vec::new(),
        agencies_end: [(agency("so-xd"), agencies(&["so-moi"]))].into(),
    };
    let plan = planned(&reform, Vec::new()).unwrap();
    let rule = &plan.rules[0];
    assert_eq!(
        (rule.after, rule.category.as_ref().unwrap().as_str(), rule.agency.as_str()),
        (None, "xay_dung", "so-moi")
    );
    assert_eq!(rule.validity, Validity { from: day("2022-10-01"), to: None });
}

/// A petition of that field about that unit, received and begun by an officer, of whom a question is open.
fn asked_about(field: &str, about: &str) -> Story {
    let mut story = Story::begins("2022-09-20 09:00", petition_on(field, about));
    story.then("2022-09-20 10:00", Who::Officer, Command::Receive);
    story.then("2022-09-21 09:00", Who::Officer, start());
    story.then("2022-09-22 09:00", Who::Officer, draft());
    story.then("2022-09-23 09:00", Who::Officer, ask());
    story
}

#[test]
fn the_sole_heir_takes_the_place_of_the_agency_that_was_and_nothing_else_changes() {
    let story = asked_about("chieu_sang", "09166");
    let directory = after(&[]);
    let gone_along = Actor::Officer(account(2), agency("ubnd-09163-2022"));
    let event = carry_over(&story.petition, Some(&gone_along), &directory, at("2022-10-03 08:00")).unwrap().event;
    let mut carried = story.petition.clone();
    carried.apply(&event).unwrap();
    assert_eq!(
        carried,
        Petition {
            holder: agency("ubnd-09163-2022"),
            version: story.petition.version + 1,
            updated_at: at("2022-10-03 08:00"),
            ..story.petition.clone()
        },
        "status, deadlines, the pause, the draft, the officer are as they were"
    );
    assert_eq!((carried.status, carried.transfers, carried.travels), (Status::AwaitingCitizen, 0, false));
    assert_eq!(event.actor.account, None, "it is the system");
    let (kind, data) = event.data.to_parts().unwrap();
    let form = r#"{"assignee":"00000000-0000-0000-0000-000000000002","basis":"sole_heir","ended_on":"2022-10-01","to":"ubnd-09163-2022","unit":"09163"}"#;
    assert_eq!((kind.as_str(), data.as_str()), ("carried_over", form), "its form in the log is fixed");
    assert_eq!(EventData::from_parts(&kind, &data).unwrap(), event.data);
    assert!(!event.data.is_internal(), "whoever may read the petition is told");
    // Whoever stayed behind does not have it any more.
    let stayed = Actor::Officer(account(2), agency("ubnd-258"));
    for assignee in [Some(&stayed), None] {
        let decision = carry_over(&story.petition, assignee, &directory, at("2022-10-03 08:00")).unwrap();
        assert!(matches!(decision.event.data, EventData::CarriedOver { assignee: None, .. }));
    }
    let mut events = story.events;
    events.push(event);
    assert_eq!(replay(&events).unwrap(), carried);
    assert_eq!(
        carry_over(&carried, None, &directory, at("2022-10-04 08:00")).map(|decision| decision.event),
        None,
        "once"
    );
}

fn of_heir(petition: &Petition, directory: &Directory) -> Option<(String, Inheritance)> {
    heir(petition, directory, day("2022-10-03")).map(|Heir { to, basis, .. }| (to.to_string(), basis))
}

#[test]
fn of_several_heirs_the_place_decides_and_failing_that_the_coordinator() {
    let directory = after(&["ubnd-09169-2022", "ubnd-09175"]);
    let district = |about| Story::begins("2022-09-20 09:00", petition_on("moi_truong", about)).petition;
    let heir = |petition: &Petition| of_heir(petition, &directory).unwrap();
    let coordinator = |basis| ("dieu-phoi".to_owned(), basis);
    // Held by the district of 09172, whose one successor is 09175.
    assert_eq!(heir(&district("09172")), ("ubnd-09175".to_owned(), Inheritance::Place));
    assert_eq!(heir(&district("09169")), coordinator(Inheritance::SeveralHeirs), "that commune is split");
    assert_eq!(heir(&district("258")), coordinator(Inheritance::SeveralHeirs), "nobody knows where in the district");
    assert_eq!(of_heir(&district("256"), &directory), Some(coordinator(Inheritance::NoStaff)));
    let provincial = Story::begins("2022-09-20 09:00", petition_on("xay_dung", "09163")).petition;
    assert_eq!(of_heir(&provincial, &directory), None, "its agency is there");
}

#[test]
fn boundaries_tell_the_parts_of_a_split_unit_apart() {
    let plan = planned(&reform(), Vec::new()).unwrap();
    let area = |code, west: f64, east: f64| Boundary {
        unit: unit(code),
        polygons: Rect::new(Coord { x: west, y: 21.10 }, Coord { x: east, y: 21.12 }).to_polygon().into(),
    };
    let plain = after(&[]);
    let units: Vec<_> = plain.gazetteer().units().cloned().collect();
    let boundaries = [area("09163", 106.00, 106.04), area("09169", 106.04, 106.052), area("09175", 106.052, 106.08)];
    let directory = Directory::new(
        day("2022-10-03"),
        Gazetteer::new(units, boundaries, TOLERANCE_M),
        plain.agencies().cloned().collect::<Vec<_>>(),
        [],
        [agency("ubnd-09169-2022"), agency("ubnd-09175")],
    )
    .with_succession(plain.succession().clone());
    assert_eq!(plan.units.len(), 3);
    let at_point = |lon| {
        let point = Point::from_degrees(21.11, lon).unwrap();
        let place = Place::Point { point, accuracy_m: None };
        let submission = domain::petition::Submission { place, ..petition_on("chieu_sang", "") };
        Story::begins("2022-09-20 09:00", submission).petition
    };
    let (west, east) = (at_point(106.051), at_point(106.053));
    assert_eq!((&west.holder, &east.holder), (&agency("ubnd-09169"), &agency("ubnd-09169")), "one commune, in 2022");
    assert_eq!(of_heir(&west, &directory), Some(("ubnd-09169-2022".to_owned(), Inheritance::Place)));
    assert_eq!(of_heir(&east, &directory), Some(("ubnd-09175".to_owned(), Inheritance::Place)));
    assert_eq!(of_heir(&east, &plain), Some(("dieu-phoi".to_owned(), Inheritance::SeveralHeirs)), "without boundaries");
}

#[test]
fn what_owes_no_answer_stays_where_it_is_until_it_is_reopened() {
    let directory = after(&[]);
    let mut story = Story::begins("2022-09-20 09:00", petition_on("chieu_sang", "09163"));
    story.then("2022-09-20 10:00", Who::Officer, Command::Receive);
    story.then("2022-09-29 09:00", Who::Leader, answer());
    assert!(carry_over(&story.petition, None, &directory, at("2022-10-03 08:00")).is_none());
    story.then("2022-10-03 09:00", Who::Owner, reopen());
    let carried = carry_over(&story.petition, None, &directory, at("2022-10-03 09:01")).unwrap();
    assert!(matches!(carried.event.data, EventData::CarriedOver { basis: Inheritance::SoleHeir, .. }));
}

#[test]
fn figures_of_the_time_stay_and_may_be_asked_for_under_the_names_of_today() {
    let directory = after(&["ubnd-09163-2022", "ubnd-09175"]);
    let mut answered = Story::begins("2022-09-20 09:00", numbered(1, "chieu_sang", "09163"));
    answered.then("2022-09-20 10:00", Who::Officer, Command::Receive);
    answered.then("2022-09-21 10:00", Who::Leader, answer());
    let mut open = Story::begins("2022-09-20 09:00", numbered(2, "chieu_sang", "09166"));
    let of_district = Story::begins("2022-09-20 09:00", numbered(3, "moi_truong", "09172"));
    let before = spans(&open.events).unwrap();
    let carried = carry_over(&open.petition, None, &directory, at("2022-10-03 08:00")).unwrap().event;
    open.petition.apply(&carried).unwrap();
    open.events.push(carried);
    let asked = |as_of: &str, through_heirs| {
        let question = Question {
            from: None,
            to: None,
            filter: Filter { through_heirs, ..Filter::default() },
            group_by: vec![Dimension::Agency, Dimension::Unit],
        };
        let histories = [&answered, &open, &of_district].map(|story| story.events.as_slice());
        let tally = tallies(histories, &question, &[at(as_of)], &directory).unwrap().pop().unwrap();
        assert_eq!(tally.total.submitted, 3, "nothing is lost");
        let of = |(key, counts): (Key, domain::rate::Counts)| {
            (key.agency.unwrap().to_string(), key.unit.unwrap().unwrap().to_string(), counts.submitted)
        };
        tally.groups.into_iter().map(of).collect::<Vec<_>>()
    };
    let row = |agency: &str, unit: &str, petitions| (agency.to_owned(), unit.to_owned(), petitions);
    let then = [row("ubnd-09163", "09163", 1), row("ubnd-09166", "09166", 1), row("ubnd-258", "09172", 1)];
    assert_eq!(asked("2022-10-01 00:00", false), then);
    let now = [row("ubnd-09163", "09163", 1), row("ubnd-09163-2022", "09166", 1), row("ubnd-258", "09172", 1)];
    assert_eq!(asked("2022-12-01 00:00", false), now, "what was answered is of whoever answered it");
    let today = [row("ubnd-09163-2022", "09163", 2), row("ubnd-09175", "09175", 1)];
    assert_eq!(asked("2022-10-01 00:00", true), today);
    assert_eq!(asked("2022-12-01 00:00", true), today);
    assert_eq!(spans(&open.events).unwrap()[0].since, before[0].since);
}
