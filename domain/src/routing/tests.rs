use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::{
    catalogue::{Agency, AgencyLevel, Terms, Unit, UnitLevel, Validity},
    code::{CategoryCode, GroupCode},
    deadline::{Allowance, Allowances, WorkingTime},
    place::{
        Boundary, Gazetteer, TOLERANCE_M,
        fixture::{COMMUNES, always, boundary, code, commune_boundaries, day, point, three_tiers, two_tiers},
    },
};

fn agency_code(text: &str) -> AgencyCode {
    AgencyCode::parse(text).unwrap()
}

fn category(competence: Competence) -> Category {
    let allowance = Allowance { receive: WorkingTime::Hours(8), answer: WorkingTime::Days(7) };
    Category {
        code: CategoryCode::parse("chieu_sang").unwrap(),
        rank: 1,
        name: "Chiếu sáng".to_owned(),
        name_en: "Lighting".to_owned(),
        group: GroupCode::parse("infrastructure").unwrap(),
        terms: Terms {
            competence,
            allowances: Allowances { urgent: allowance, normal: allowance, complex: allowance },
        },
        later_terms: Vec::new(),
        questions: Vec::new(),
        validity: always(),
    }
}

fn rule(id: i64, category: &str, area: &str, agency: &str) -> Rule {
    Rule {
        id,
        category: (!category.is_empty()).then(|| CategoryCode::parse(category).unwrap()),
        area: (!area.is_empty()).then(|| code(area)),
        agency: agency_code(agency),
        validity: always(),
        priority: 0,
    }
}

fn agency(code: &str, level: AgencyLevel, unit: Option<UnitCode>, validity: Validity) -> Agency {
    Agency {
        code: agency_code(code),
        name: code.to_owned(),
        level,
        unit,
        validity,
        needs_approval: false,
        hotline: None,
        office_hours: None,
    }
}

/// A committee for every unit (but none for 09172, and for 09169 one before and one after 2022-07-01), three provincial bodies of
/// which `so-cu` ended in 2022-03. Nobody works in `ubnd-09166` and `so-vang`.
fn directory(units: Vec<Unit>, boundaries: Vec<Boundary>, rules: Vec<Rule>) -> Directory {
    let date = |text: &str| text.parse().unwrap();
    let committees = units.iter().filter(|unit| !["27", "09169", "09172"].contains(&unit.code.as_str())).map(|unit| {
        let level = if unit.level == UnitLevel::District { AgencyLevel::District } else { AgencyLevel::Commune };
        agency(&format!("ubnd-{}", unit.code), level, Some(unit.code.clone()), always())
    });
    let until_july = Validity { from: date("2021-11-01"), to: Some(date("2022-07-01")) };
    let from_july = Validity { from: date("2022-07-01"), to: None };
    let ended = Validity { from: date("2021-11-01"), to: Some(date("2022-03-01")) };
    let others = [
        agency("ubnd-09169", AgencyLevel::Commune, Some(code("09169")), until_july),
        agency("ubnd-09169-moi", AgencyLevel::Commune, Some(code("09169")), from_july),
        agency("so-xd", AgencyLevel::Provincial, None, always()),
        agency("so-gtvt", AgencyLevel::Provincial, None, always()),
        agency("so-vang", AgencyLevel::Provincial, None, always()),
        agency("so-cu", AgencyLevel::Provincial, None, ended),
        agency("dieu-phoi", AgencyLevel::Coordinator, None, always()),
    ];
    let agencies: Vec<Agency> = committees.chain(others).collect();
    let absent = BTreeSet::from(["ubnd-09166", "so-vang"]);
    let staffed: Vec<AgencyCode> =
        agencies.iter().map(|agency| agency.code.clone()).filter(|code| !absent.contains(code.as_str())).collect();
    Directory::new(day(), Gazetteer::new(units, boundaries, TOLERANCE_M), agencies, rules, staffed)
}

const IN_09163: (f64, f64) = (21.11, 106.01);
const IN_09166: (f64, f64) = (21.11, 106.03);
const IN_09169: (f64, f64) = (21.11, 106.05);
const IN_09172: (f64, f64) = (21.11, 106.07);
const OUTSIDE: (f64, f64) = (21.03, 105.85);

fn at(place: (f64, f64)) -> Place<'static> {
    Place::Point { point: point(place.0, place.1), accuracy_m: None }
}

fn whole() -> Directory {
    directory(three_tiers(), commune_boundaries(), vec![])
}

fn routed(competence: Competence, place: Place<'_>, catalogue: &Directory) -> Routing {
    route(&Request { category: &category(competence), place, day: day() }, catalogue)
}

/// Agency, basis, unit, intended: the columns of the tables below.
fn row(routing: &Routing) -> (&str, Basis, &str, &str) {
    let unit = routing.unit.as_ref().map_or("", UnitCode::as_str);
    (routing.agency.as_str(), routing.basis, unit, routing.intended.as_ref().map_or("", AgencyCode::as_str))
}

#[test]
fn competence_and_place_give_the_agency_or_say_what_was_missing() {
    let (commune, district) = (Competence::Commune, Competence::District);
    let named = |text: &str| Competence::Agency(agency_code(text));
    let (old, quarter, province, west) = (code("09999"), code("09163"), code("27"), code("256"));
    let table = [
        (commune.clone(), at(IN_09163), ("ubnd-09163", Basis::Competence, "09163", "")),
        (district.clone(), at(IN_09163), ("ubnd-256", Basis::Competence, "09163", "")),
        (commune.clone(), Place::Unit(&quarter), ("ubnd-09163", Basis::Competence, "09163", "")),
        (district.clone(), Place::Unit(&west), ("ubnd-256", Basis::Competence, "256", "")),
        (named("so-xd"), at(IN_09163), ("so-xd", Basis::CategoryOwner, "09163", "")),
        (named("so-xd"), Place::Nowhere, ("so-xd", Basis::CategoryOwner, "", "")),
        (named("so-xd"), Place::Unit(&old), ("so-xd", Basis::CategoryOwner, "", "")),
        (named("dieu-phoi"), Place::Nowhere, ("dieu-phoi", Basis::CategoryOwner, "", "")),
        (Competence::Coordinator, at(IN_09169), ("dieu-phoi", Basis::CoordinatorCategory, "09169", "")),
        (Competence::Coordinator, Place::Nowhere, ("dieu-phoi", Basis::CoordinatorCategory, "", "")),
        (commune.clone(), Place::Nowhere, ("dieu-phoi", Basis::NoPlace, "", "")),
        (district.clone(), Place::Nowhere, ("dieu-phoi", Basis::NoPlace, "", "")),
        (commune.clone(), at(OUTSIDE), ("dieu-phoi", Basis::OutsideProvince, "", "")),
        (named("so-xd"), at(OUTSIDE), ("dieu-phoi", Basis::OutsideProvince, "", "")),
        (Competence::Coordinator, at(OUTSIDE), ("dieu-phoi", Basis::OutsideProvince, "", "")),
        (commune.clone(), Place::Unit(&west), ("dieu-phoi", Basis::UnitTooCoarse, "256", "")),
        (commune.clone(), Place::Unit(&province), ("dieu-phoi", Basis::UnitTooCoarse, "", "")),
        (district.clone(), Place::Unit(&province), ("dieu-phoi", Basis::UnitTooCoarse, "", "")),
        (commune.clone(), Place::Unit(&old), ("dieu-phoi", Basis::UnknownUnit, "", "")),
        (district, Place::Unit(&old), ("dieu-phoi", Basis::UnknownUnit, "", "")),
        (commune.clone(), at(IN_09172), ("dieu-phoi", Basis::NoAgency, "09172", "")),
        (named("so-cu"), Place::Nowhere, ("dieu-phoi", Basis::NoAgency, "", "so-cu")),
        (named("so-khong-co"), at(IN_09163), ("dieu-phoi", Basis::NoAgency, "09163", "so-khong-co")),
        (commune, at(IN_09166), ("dieu-phoi", Basis::NoStaff, "09166", "ubnd-09166")),
        (named("so-vang"), Place::Nowhere, ("dieu-phoi", Basis::NoStaff, "", "so-vang")),
    ];
    for (competence, place, expected) in table {
        let routing = routed(competence.clone(), place, &whole());
        assert_eq!(row(&routing), expected, "{competence:?} {place:?}");
        assert_eq!(routing.rule_id, None);
    }
}

#[test]
fn without_districts_their_competence_falls_to_the_commune() {
    let catalogue = directory(two_tiers(), commune_boundaries(), vec![]);
    let routing = routed(Competence::District, at(IN_09163), &catalogue);
    assert_eq!(row(&routing), ("ubnd-09163", Basis::Competence, "09163", ""));
    assert_eq!(routing.district, None);
}

#[test]
fn every_precision_reaches_the_routing() {
    let outlined = whole();
    let centres = directory(three_tiers(), vec![], vec![]);
    let district_only = directory(
        three_tiers(),
        commune_boundaries().into_iter().chain([boundary("256", 105.98, 106.04)]).collect(),
        vec![],
    );
    let unit = code("09163");
    let table = [
        (&outlined, at(IN_09163), Precision::Boundary, None, "09163"),
        (&outlined, at((21.11, 105.9997)), Precision::Tolerance, Some(31), "09163"),
        (&centres, at((21.111, 106.01)), Precision::NearestCentre, Some(111), "09163"),
        (&outlined, Place::Unit(&unit), Precision::NamedUnit, None, "09163"),
        (&district_only, at((21.11, 105.99)), Precision::Boundary, None, "256"),
    ];
    for (catalogue, place, precision, distance_m, unit) in table {
        let routing = routed(Competence::District, place, catalogue);
        assert_eq!((routing.precision, routing.distance_m), (Some(precision), distance_m), "{place:?}");
        assert_eq!(row(&routing), ("ubnd-256", Basis::Competence, unit, ""));
        assert_eq!(routing.district, Some(code("256")));
    }
    let wide = Place::Point { point: point(21.11, 105.999), accuracy_m: Some(150.0) };
    assert_eq!(
        routed(Competence::Commune, wide, &outlined).distance_m,
        Some(104),
        "the accuracy reaches the gazetteer"
    );
}

#[test]
fn a_committee_counts_on_its_days() {
    let catalogue = whole();
    let field = category(Competence::Commune);
    let on =
        |day: &str| route(&Request { category: &field, place: at(IN_09169), day: day.parse().unwrap() }, &catalogue);
    assert_eq!(on("2022-06-30").agency, agency_code("ubnd-09169"));
    assert_eq!(on("2022-07-01").agency, agency_code("ubnd-09169-moi"));
    assert_eq!((on("2021-10-31").agency, on("2021-10-31").basis), (AgencyCode::coordinator(), Basis::NoAgency));
}

#[test]
fn the_best_rule_decides() {
    let field = "chieu_sang";
    let urgent = |rule| Rule { priority: 5, ..rule };
    let ended = |rule| Rule { validity: Validity { to: Some(day()), ..always() }, ..rule };
    // Each is more specific than those after it, and names another agency.
    let ladder = [
        rule(60, field, "09163", "ubnd-09163"),
        rule(50, field, "256", "ubnd-256"),
        rule(40, field, "", "so-xd"),
        rule(30, "", "09163", "so-gtvt"),
        rule(20, "", "256", "ubnd-258"),
        rule(10, "", "", "ubnd-09169"),
    ];
    for skipped in 0..ladder.len() {
        let mut rules: Vec<Rule> = ladder.iter().skip(skipped).cloned().collect();
        for _ in 0..2 {
            let routing = routed(
                Competence::Coordinator,
                at(IN_09163),
                &directory(three_tiers(), commune_boundaries(), rules.clone()),
            );
            let best = &ladder[skipped];
            assert_eq!((routing.basis, routing.rule_id, &routing.agency), (Basis::Rule, Some(best.id), &best.agency));
            rules.reverse();
        }
    }

    let to = |id, agency, basis, intended| (Some(id), agency, basis, intended);
    let table = [
        (
            "priority goes before all",
            vec![ladder[0].clone(), urgent(ladder[5].clone())],
            to(10, "ubnd-09169", Basis::Rule, ""),
        ),
        (
            "a rule that has ended",
            vec![ended(ladder[0].clone()), ladder[5].clone()],
            to(10, "ubnd-09169", Basis::Rule, ""),
        ),
        (
            "equal",
            vec![rule(2, field, "", "so-xd"), rule(1, field, "", "so-gtvt")],
            to(1, "dieu-phoi", Basis::EqualRules, ""),
        ),
        (
            "equal, one agency",
            vec![rule(2, field, "", "so-xd"), rule(1, field, "", "so-xd")],
            to(1, "so-xd", Basis::Rule, ""),
        ),
        (
            "equal, but beaten",
            vec![rule(1, "", "", "so-xd"), rule(2, "", "", "so-gtvt"), rule(3, field, "", "so-xd")],
            to(3, "so-xd", Basis::Rule, ""),
        ),
        ("not valid", vec![rule(1, field, "", "so-cu")], to(1, "dieu-phoi", Basis::NoAgency, "so-cu")),
        ("nobody there", vec![rule(1, field, "", "so-vang")], to(1, "dieu-phoi", Basis::NoStaff, "so-vang")),
        ("the coordinator", vec![rule(1, field, "", "dieu-phoi")], to(1, "dieu-phoi", Basis::Rule, "")),
        (
            "none fits",
            vec![rule(1, "cay_xanh", "", "so-xd"), rule(2, "", "09166", "so-xd"), rule(3, field, "258", "so-xd")],
            (None, "ubnd-09163", Basis::Competence, ""),
        ),
    ];
    for (why, rules, (rule_id, agency, basis, intended)) in table {
        let routing = routed(Competence::Commune, at(IN_09163), &directory(three_tiers(), commune_boundaries(), rules));
        assert_eq!(row(&routing), (agency, basis, "09163", intended), "{why}");
        assert_eq!(routing.rule_id, rule_id, "{why}");
    }
}

#[test]
fn a_rule_without_an_area_needs_no_place_but_a_province() {
    let rules = vec![
        rule(1, "chieu_sang", "", "so-xd"),
        rule(2, "chieu_sang", "256", "so-gtvt"),
        rule(3, "", "09163", "ubnd-256"),
    ];
    let catalogue = directory(three_tiers(), commune_boundaries(), rules);
    let (unknown, west) = (code("09999"), code("256"));
    let table = [
        (Place::Nowhere, ("so-xd", Basis::Rule, "", "")),
        (Place::Unit(&unknown), ("so-xd", Basis::Rule, "", "")),
        (Place::Unit(&west), ("so-gtvt", Basis::Rule, "256", "")),
        (at(IN_09169), ("so-xd", Basis::Rule, "09169", "")),
        (at(OUTSIDE), ("dieu-phoi", Basis::OutsideProvince, "", "")),
    ];
    for (place, expected) in table {
        assert_eq!(row(&routed(Competence::Commune, place, &catalogue)), expected, "{place:?}");
    }
}

#[test]
fn the_words_of_the_log_stay_as_they_are() {
    let words: Vec<&str> = Basis::ALL.iter().map(|basis| basis.as_str()).collect();
    let frozen = "competence rule category_owner coordinator_category no_place outside_province unit_too_coarse unknown_unit \
                  equal_rules no_agency no_staff";
    assert_eq!(words.join(" "), frozen);
    let routing = routed(Competence::District, at((21.11, 105.9997)), &whole());
    let json = r#"{"agency":"ubnd-256","unit":"09163","district":"256","basis":"competence","precision":"tolerance","distance_m":31,"intended":null,"rule_id":null}"#;
    assert_eq!(serde_json::to_string(&routing).unwrap(), json);
    assert_eq!(serde_json::from_str::<Routing>(json).unwrap(), routing);
}

fn any_competence() -> impl Strategy<Value = Competence> {
    let named = vec!["so-xd", "so-cu", "so-vang", "so-khong-co", "dieu-phoi"];
    prop_oneof![
        Just(Competence::Commune),
        Just(Competence::District),
        Just(Competence::Coordinator),
        prop::sample::select(named).prop_map(|text| Competence::Agency(agency_code(text))),
    ]
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let agencies = vec!["ubnd-09163", "ubnd-09166", "ubnd-09172", "so-xd", "so-cu", "so-vang", "dieu-phoi"];
    (
        0..9_i64,
        prop::sample::select(vec!["", "chieu_sang", "cay_xanh"]),
        prop::sample::select(vec!["", "256", "258", "09163", "09169"]),
        prop::sample::select(agencies),
        -1..2_i32,
    )
        .prop_map(|(id, category, area, agency, priority)| Rule { priority, ..rule(id, category, area, agency) })
}

proptest! {
    #[test]
    fn everything_reaches_an_agency_that_can_have_it(
        near in any::<bool>(), lat in -1.0..1.0_f64, lon in -1.0..1.0_f64, accuracy_m in prop::option::of(any::<f64>()),
        competence in any_competence(), rules in prop::collection::vec(any_rule(), 0..5),
        tiers in any::<bool>(), known in 0..=4_usize, offset in -400..400_i64,
    ) {
        let spot = if near { point(21.11 + lat * 0.05, 106.04 + lon * 0.1) } else { point(lat * 90.0, lon * 180.0) };
        let day = day() + chrono::Duration::days(offset);
        let units = if tiers { three_tiers() } else { two_tiers() };
        let boundaries: Vec<Boundary> = commune_boundaries().into_iter().take(known).collect();
        let mut backwards = rules.clone();
        backwards.reverse();
        let catalogue = directory(units.clone(), boundaries.clone(), rules);
        let field = category(competence);
        let request = Request { category: &field, place: Place::Point { point: spot, accuracy_m }, day };
        let routing = route(&request, &catalogue);

        if routing.agency == AgencyCode::coordinator() {
            prop_assert!(routing.intended.as_ref() != Some(&routing.agency));
        } else {
            prop_assert!(catalogue.agency(&routing.agency).unwrap().validity.covers(day));
            prop_assert!(catalogue.is_staffed(&routing.agency));
            prop_assert!(matches!(routing.basis, Basis::Competence | Basis::Rule | Basis::CategoryOwner));
        }
        let known_communes = COMMUNES.map(|(commune, _)| code(commune));
        prop_assert!(routing.unit.is_none_or(|unit| known_communes.contains(&unit)));
        let again = route(&request, &directory(units, boundaries, backwards));
        prop_assert_eq!((again.agency, again.basis), (routing.agency, routing.basis), "the order of the rules does not matter");
    }
}

/// The rules of a day, looked at with the fields `chieu_sang` (the district's).
fn reviewed(rules: &[Rule]) -> Review {
    let field = category(Competence::District);
    review(&[&field], &directory(three_tiers(), commune_boundaries(), rules.to_vec()), rules, day())
}

#[test]
fn rules_that_contradict_each_other_are_named() {
    let one = rule(1, "chieu_sang", "09163", "so-xd");
    let same = Rule { id: 2, ..one.clone() };
    let other = rule(3, "chieu_sang", "09163", "so-gtvt");
    let higher = Rule { id: 4, priority: 1, ..other.clone() };
    let ended =
        Rule { id: 5, validity: Validity { to: Some("2022-01-01".parse().unwrap()), ..always() }, ..other.clone() };
    let review = reviewed(&[one.clone(), same, other, ended]);
    assert_eq!(review.contradictions, [(1, 3), (2, 3)]);
    assert!(review.idle.is_empty(), "{review:?}");
    let hole = review.holes.iter().find(|hole| hole.basis == Basis::EqualRules).unwrap();
    assert_eq!((hole.rule, hole.communes.as_slice()), (Some(1), [code("09163")].as_slice()));
    assert_eq!(reviewed(&[one, higher]).contradictions, []);
}

#[test]
fn rules_that_decide_nothing_are_named_with_why() {
    let everywhere = Rule { priority: 5, ..rule(1, "", "256", "so-xd") };
    let beaten = rule(2, "chieu_sang", "09163", "so-gtvt");
    let nowhere = rule(3, "chieu_sang", "99999", "so-gtvt");
    let no_field = rule(4, "khong_co", "", "so-gtvt");
    let later = Rule { id: 5, validity: Validity { from: "2023-01-01".parse().unwrap(), to: None }, ..beaten.clone() };
    let review = reviewed(&[everywhere, beaten, nowhere, no_field, later]);
    let idle = |rule, why, by: &[i64]| IdleRule { rule, why, by: by.to_vec() };
    assert_eq!(
        review.idle,
        [idle(2, Idle::Overruled, &[1]), idle(3, Idle::UnknownArea, &[]), idle(4, Idle::UnknownCategory, &[])]
    );
}

#[test]
fn holes_and_rules_without_an_agency_are_named() {
    let review =
        reviewed(&[rule(1, "", "09163", "so-cu"), rule(2, "", "09166", "so-vang"), rule(3, "", "09169", "dieu-phoi")]);
    assert_eq!(review.without_agency, [1]);
    let holes: Vec<_> = review.holes.iter().map(|hole| (hole.basis, hole.rule, hole.communes.as_slice())).collect();
    assert_eq!(
        holes,
        [(Basis::NoAgency, Some(1), [code("09163")].as_slice()), (Basis::NoStaff, Some(2), [code("09166")].as_slice()),],
        "whoever names the coordinator means it"
    );
}

#[test]
fn a_replay_counts_what_would_have_gone_elsewhere() {
    let field = category(Competence::Commune);
    let (new, directory) = (rule(7, "chieu_sang", "256", "so-xd"), whole());
    let mut counts = Replay::default();
    for place in [IN_09163, IN_09169, OUTSIDE] {
        let request = Request { category: &field, place: at(place), day: day() };
        let moved = replay(&mut counts, &request, &directory, &[], std::slice::from_ref(&new));
        assert_eq!(moved.is_some(), place == IN_09163, "{place:?}");
        if let Some(moved) = moved {
            assert_eq!((moved.without.basis, moved.with.rule_id), (Basis::Competence, Some(7)));
        }
    }
    let between = [((agency_code("ubnd-09163"), agency_code("so-xd")), 1)];
    assert_eq!((counts.petitions, counts.moved, counts.between), (3, 1, between.into()));
}
