use proptest::{prelude::*, sample::select};

use super::*;

const LAMP: &str = "Đèn đường hỏng trước số 5";

fn here() -> Point {
    Point::from_degrees(21.186, 106.076).unwrap()
}

/// So many metres north of [`here`], after so many hours.
fn seen(metres: f64, hours: i64, text: &str) -> Sighting<'_> {
    let point = Point::from_degrees(here().lat() + metres / 111_195.0, here().lon()).unwrap();
    let submitted_at = Instant::parse("2022-09-01").unwrap().plus(chrono::Duration::hours(hours));
    Sighting { point, submitted_at, text }
}

fn is_alike(one: &str, two: &str) -> bool {
    similarity(one, two) >= MIN_SIMILARITY
}

#[test]
fn one_matter_in_two_people_s_words_is_alike() {
    assert!(is_alike(LAMP, "den duong khong sang truoc nha so 5"));
    assert!(is_alike("Ổ gà sâu ở cổng trường Suối Hoa", "trc cổng trường Suối Hoa có ổ gà, xe máy ngã nhiều"));
    assert!(!is_alike("Đèn đường hỏng", "Ổ gà trên đường"));
}

#[test]
fn two_matters_in_one_place_are_not() {
    assert!(!is_alike("Đường Trần Phú có ổ gà", "Đường Trần Phú bị ngập"));
    assert!(!is_alike("Rác ở khu 4 Tiền An", "Karaoke ở khu 4 Tiền An"));
}

#[test]
fn another_lamp_post_is_another_matter_and_the_house_next_door_is_not() {
    assert!(!is_alike("Cột đèn số 12 Lý Thái Tổ không sáng", "Cột đèn số 15 Lý Thái Tổ không sáng"));
    assert!(is_alike("Cột đèn số 12 Lý Thái Tổ không sáng", "Cột 12 Lý Thái Tổ đèn không sáng"));
    assert!(is_alike("Ổ gà trước số 5 phố Mới", "Ổ gà trước nhà 8 phố Mới"));
    assert!(!is_alike("Ổ gà trước số 5 phố Mới", "Ổ gà trước số 80 phố Mới"));
}

#[test]
fn numbers_are_read_where_they_are_named() {
    let numbers = |text: &str| (Vec::from_iter(Told::of(text).posts), Vec::from_iter(Told::of(text).houses));
    assert_eq!(numbers("cột đèn số 12 trước nhà 5"), (vec![12], vec![5]));
    assert_eq!(numbers("cột 7, đèn số 8, trụ điện 9, từ 6 giờ đến 10 giờ"), (vec![7, 8, 9], vec![]));
    assert_eq!(numbers("số 99999999999, số 5A, 12 ngày"), (vec![], vec![]));
}

#[test]
fn texts_that_say_nothing_are_alike_only_when_equal() {
    assert!((similarity("Ở tại, và", "o tai va!") - 1.0).abs() < f64::EPSILON);
    assert!(similarity("ở tại", "và của") < f64::EPSILON && similarity("", LAMP) < f64::EPSILON);
}

#[test]
fn a_duplicate_is_within_150_metres_and_30_days() {
    let new = seen(0.0, 0, LAMP);
    for (metres, hours, likely) in [
        (0.0, 0, true),
        (149.0, 0, true),
        (151.0, 0, false),
        (0.0, 30 * 24, true),
        (0.0, 30 * 24 + 1, false),
        (0.0, -30 * 24, true),
        (0.0, -30 * 24 - 1, false),
    ] {
        let other = seen(metres, hours, LAMP);
        assert_eq!(likely_duplicate(&new, &other).is_some(), likely, "{metres} m, {hours} h");
    }
    assert_eq!(likely_duplicate(&new, &seen(0.0, 0, "Rác trước số 5")), None);
}

#[test]
fn the_likeliest_come_first_and_five_at_most() {
    let new = seen(0.0, 0, LAMP);
    let paraphrase = "den duong khong sang truoc nha so 5";
    let others = [
        ("far", seen(500.0, 0, LAMP)),
        ("paraphrase, far side", seen(140.0, 0, paraphrase)),
        ("paraphrase", seen(10.0, 0, paraphrase)),
        ("same", seen(0.0, 1, LAMP)),
        ("rubbish", seen(0.0, 1, "Rác trước số 5")),
        ("same again", seen(0.0, 2, LAMP)),
    ];
    let names = |likely: Vec<(&'static str, f64)>| -> Vec<&str> { likely.into_iter().map(|(name, _)| name).collect() };
    assert_eq!(names(likeliest_duplicates(&new, others)), ["same", "same again", "paraphrase", "paraphrase, far side"]);
    let many = others.into_iter().chain(others);
    assert_eq!(names(likeliest_duplicates(&new, many))[4..], ["paraphrase"]);
}

/// Something like a petition: words of matters, of places, and others.
fn told() -> impl Strategy<Value = String> {
    const WORDS: &[&str] = &[
        "đèn đường",
        "không sáng",
        "ổ gà",
        "ngập",
        "rác",
        "số 5",
        "số 60",
        "cột 12",
        "cột đèn số 3",
        "đường",
        "Lý Thái Tổ",
        "chợ Nhớn",
        "trước",
        "nhà",
        "rất",
        "mấy hôm nay",
        "Vũ Ninh",
        "hỏng",
    ];
    prop_oneof![
        4 => prop::collection::vec(select(WORDS), 0..10).prop_map(|words| words.join(" ")),
        1 => "\\PC{0,30}",
    ]
}

proptest! {
    #[test]
    fn similarity_is_between_none_and_all_and_symmetric(one in told(), two in told()) {
        let alike = similarity(&one, &two);
        prop_assert!((0.0..=1.0).contains(&alike), "{alike}");
        prop_assert_eq!(alike.to_bits(), similarity(&two, &one).to_bits());
        prop_assert_eq!(similarity(&one, &one).to_bits(), 1.0_f64.to_bits());
        prop_assert_eq!(similarity(&one, &fold(&one)).to_bits(), 1.0_f64.to_bits());
    }

    #[test]
    fn matters_that_have_nothing_in_common_are_no_duplicates(one in told(), two in told()) {
        // Nothing else in these words is a matter.
        let (one, two) = (format!("Karaoke {}", one.replace("rác", "")), format!("Rác {two}"));
        let (a, b) = (Told::of(&one), Told::of(&two));
        if a.matters.is_disjoint(&b.matters) {
            prop_assert_eq!(likely_duplicate(&seen(0.0, 0, &one), &seen(0.0, 0, &two)), None);
        } else {
            prop_assert!(a.matters.len() > 1 && b.matters.len() > 1);
        }
    }

    #[test]
    fn nearer_is_likelier_and_who_came_first_does_not_matter(one in told(), two in told(), metres in 0.0..140.0_f64) {
        let (new, near, far) = (seen(0.0, 0, &one), seen(metres, 5, &two), seen(metres + 5.0, 5, &two));
        prop_assert!(likely_duplicate(&new, &near) >= likely_duplicate(&new, &far));
        let (there, back) = (likely_duplicate(&new, &near), likely_duplicate(&near, &new));
        prop_assert_eq!(there.is_some(), back.is_some());
        if let (Some(there), Some(back)) = (there, back) {
            prop_assert!((there - back).abs() < 1e-9);
            prop_assert!((MIN_SIMILARITY..=1.0).contains(&there));
        }
    }
}

#[test]
fn lists_of_words_are_in_order() {
    assert!(FUNCTION_WORDS.is_sorted() && PLACE_WORDS.is_sorted());
}
