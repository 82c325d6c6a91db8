use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn unit(text: &str) -> UnitCode {
    UnitCode::parse(text).unwrap()
}

fn agency(text: &str) -> AgencyCode {
    AgencyCode::parse(text).unwrap()
}

/// 09163 and 09166 merge into another 09169 in 2025; the old 09169 goes to 09999, which goes to the new 09169 in 2030.
fn succession() -> Succession {
    let unit_end = |code, from, on, heir| UnitEnd {
        unit: unit(code),
        from: day(from),
        on: day(on),
        heirs: BTreeSet::from([unit(heir)]),
    };
    let agency_end = |code, on, heirs: &[&str]| AgencyEnd {
        agency: agency(code),
        on: day(on),
        heirs: heirs.iter().map(|heir| agency(heir)).collect(),
    };
    Succession::new(
        [
            unit_end("09163", "2021-11-01", "2025-07-01", "09169"),
            unit_end("09166", "2021-11-01", "2025-07-01", "09169"),
            unit_end("09169", "2021-11-01", "2025-07-01", "09999"),
            unit_end("09999", "2025-07-01", "2030-01-01", "09169"),
        ],
        [
            agency_end("a", "2025-07-01", &["b", "c"]),
            agency_end("c", "2030-01-01", &["d"]),
            // A store that lies: it comes to an end all the same.
            agency_end("x", "2025-07-01", &["y"]),
            agency_end("y", "2025-07-01", &["x"]),
        ],
    )
}

#[test]
fn a_code_means_what_it_meant_on_the_day() {
    let heirs = |code, meant, on| {
        let heirs = succession().heirs_of_unit(&unit(code), day(meant), day(on));
        heirs.into_iter().map(String::from).collect::<Vec<_>>()
    };
    assert_eq!(heirs("09163", "2022-06-01", "2025-06-30"), ["09163"], "it is there");
    assert_eq!(heirs("09163", "2022-06-01", "2025-07-01"), ["09169"]);
    assert_eq!(heirs("09169", "2022-06-01", "2025-07-01"), ["09999"], "the old one");
    assert_eq!(heirs("09169", "2025-07-01", "2026-01-01"), ["09169"], "the new one");
    assert_eq!(heirs("09169", "2022-06-01", "2031-01-01"), ["09169"], "the heir of the heir, which is the new one");
}

#[test]
fn heirs_of_heirs_are_heirs() {
    let heirs = |code, on| {
        let heirs = succession().heirs_of_agency(&agency(code), day(on));
        heirs.into_iter().map(String::from).collect::<Vec<_>>()
    };
    assert_eq!(heirs("a", "2025-06-30"), ["a"]);
    assert_eq!(heirs("a", "2025-07-01"), ["b", "c"]);
    assert_eq!(heirs("a", "2030-01-01"), ["b", "d"]);
    assert_eq!(heirs("x", "2026-01-01"), ["y"]);
}
