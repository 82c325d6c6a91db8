use proptest::{prelude::*, sample::Index, sample::select};

use super::*;

fn indexed(text: &str) -> Indexed {
    index([text])
}

fn folded(query: &str) -> Vec<String> {
    SearchQuery::parse(query).map(|query| query.folded().to_vec()).unwrap_or_default()
}

fn finds(query: &str, text: &str) -> bool {
    SearchQuery::parse(query).unwrap().matches(&indexed(text))
}

fn finds_exactly(query: &str, text: &str) -> bool {
    SearchQuery::parse(query).unwrap().matches_exactly(&indexed(text))
}

#[test]
fn texts_become_tokens_with_and_without_marks() {
    let both = index(["Đèn ĐƯỜNG, hỏng!", "đèn 💡 hỏng ở số 5/12"]);
    assert_eq!(both.folded, "den duong hong o so 5 12");
    assert_eq!(both.marked, "đèn đường hỏng ở số 5 12");
    assert_eq!(indexed("PAKN.20220830.000012").folded, "pakn 20220830 000012");
    assert_eq!(indexed(" \n💡…").folded, "");
    assert_eq!(index([]), Indexed::default());
}

#[test]
fn a_mark_that_composes_with_nothing_parts_no_word() {
    let odd = indexed("x\u{323}anh \u{301}");
    assert_eq!((odd.folded.as_str(), odd.marked.as_str()), ("xanh", "xanh"));
}

#[test]
fn a_long_token_is_cut_in_text_and_query_alike() {
    let long = "ư".repeat(TOKEN_MAX + 1);
    assert_eq!(indexed(&long).marked, "ư".repeat(TOKEN_MAX));
    assert_eq!(indexed(&long).folded, "u".repeat(TOKEN_MAX));
    assert!(finds_exactly(&long, &long));
    assert!(finds_exactly(&format!("{long}x"), &format!("{long}y")));
}

#[test]
fn a_query_without_letter_or_digit_is_none() {
    for raw in ["", " ", "%", "\"", "''", "💡", "❤️", "*:&|!()", "_", "\u{301}"] {
        assert!(SearchQuery::parse(raw).is_none(), "{raw}");
    }
}

#[test]
fn there_is_no_syntax() {
    assert_eq!(folded("NEAR(đèn đường) AND x* OR \"y\""), ["near", "den", "duong", "and", "x", "or", "y"]);
    assert_eq!(folded("a:* & !b | 'c' <-> d; --"), ["a", "b", "c", "d"]);
}

#[test]
fn a_query_has_each_token_once_and_sixteen_at_most() {
    assert_eq!(folded("đường Đường duong"), ["duong"]);
    assert_eq!(SearchQuery::parse("đường Đường duong").unwrap().marked(), ["đường", "duong"]);
    let many: Vec<String> = (0..40).map(|n| format!("w{n}")).collect();
    assert_eq!(folded(&many.join(" ")), many[..QUERY_MAX]);
}

#[test]
fn every_token_is_a_beginning() {
    let text = "Đèn đường hỏng trước số 5";
    for query in ["den", "đè", "duong den", "HONG tru", "5"] {
        assert!(finds(query, text), "{query}");
    }
    for query in ["en", "den cao", "55", "đèn 6"] {
        assert!(!finds(query, text), "{query}");
    }
}

#[test]
fn marks_count_where_they_are_asked_to() {
    assert!(finds("đen", "đèn") && finds("den", "đèn") && finds("đèn", "den"));
    assert!(finds_exactly("ĐÈN", "đèn hỏng"));
    assert!(!finds_exactly("đen", "đèn") && !finds_exactly("den", "đèn") && !finds_exactly("đèn", "den"));
}

/// One number, as people type it.
const PHONE: [&str; 9] = [
    "0912 345 678",
    "0912.345.678",
    "+84 912-345-678",
    "84912345678",
    "0912345678",
    "(091) 234 5678",
    "09 12 34 56 78",
    "+84 912\u{a0}345  678",
    "0912 - 345 - 678",
];

#[test]
fn the_forms_of_a_phone_number_find_each_other() {
    for typed in PHONE {
        assert_eq!(folded(typed), ["0912345678"], "{typed}");
        assert_eq!(folded(&format!("gọi {typed} ngay")), ["goi", "0912345678", "ngay"], "{typed}");
        for written in PHONE {
            let text = format!("Số 5, gọi {written} 24 giờ");
            assert!(finds(typed, &text) && finds_exactly(typed, &text), "{typed} in {written}");
        }
    }
    assert_eq!(indexed("gọi 0912 345 678").folded, "goi 0912 0912345678 345 678");
    assert!(finds("0912", "0912.345.678") && finds("345", "0912.345.678"));
    assert_eq!(folded("0222 3822 155 máy lẻ 12"), ["02223822155", "may", "le", "12"]);
}

#[test]
fn other_numbers_are_no_phone_numbers() {
    for other in ["PAKN.20220830.000012", "001 090 012 345", "0912,345,678", "0912/345/678", "0112 345 678", "số 84"]
    {
        let tokens: Vec<String> = indexed(other).folded.split(' ').map(str::to_owned).collect();
        assert_eq!(folded(other), tokens, "{other}");
    }
    // Not over the border of two texts.
    assert_eq!(index(["số 0912", "345 678"]).folded, "so 0912 345 678");
}

#[test]
fn neither_people_s_words_nor_their_numbers_are_in_debug() {
    let shown = format!("{:?} {:?}", indexed("bí mật 0912345678"), SearchQuery::parse("bí mật 0912345678"));
    assert!(!shown.contains("bi") && !shown.contains("0912"), "{shown}");
}

#[test]
fn no_letter_folds_to_anything_but_letters() {
    for c in ('\0'..=char::MAX).filter(|c| c.is_alphanumeric()) {
        assert!(fold(&c.to_string()).chars().all(char::is_alphanumeric), "{c:?}");
    }
}

fn anything() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,60}", "[\\PC\\s]{0,60}", "[a-zđưÔ0-9\u{300}-\u{323} .+()\"'*:&-]{0,60}"]
}

/// Words, numbers and phone numbers, and what stands between them.
fn pieces() -> impl Strategy<Value = Vec<(String, &'static str)>> {
    let word = prop_oneof![
        "[a-zA-ZđĐưỜệ]{1,8}",
        "0?[0-9]{1,5}",
        "(84|0)[29][0-9]{8,9}",
        "\\PC{1,5}",
        select(&PHONE[..]).prop_map(str::to_owned)
    ];
    prop::collection::vec((word, select(&[" ", ". ", ".", "-", ", ", "\n", " 💡 ", ") "][..])), 1..12)
}

fn text_of(pieces: &[(String, &str)]) -> String {
    pieces.iter().map(|(word, gap)| format!("{word}{gap}")).collect()
}

proptest! {
    #[test]
    fn tokens_are_letters_and_digits_alone(text in anything()) {
        let indexed = indexed(&text);
        let query = SearchQuery::parse(&text);
        let asked = query.iter().flat_map(|query| query.folded().iter().chain(query.marked())).map(String::as_str);
        for token in indexed.folded.split(' ').chain(indexed.marked.split(' ')).filter(|t| !t.is_empty()).chain(asked) {
            prop_assert!(!token.is_empty() && token.chars().all(char::is_alphanumeric), "{token:?}");
            prop_assert!(token.chars().count() <= TOKEN_MAX);
            prop_assert!(!token.bytes().any(|b| b.is_ascii_uppercase()));
        }
        prop_assert_eq!(query.is_none(), indexed.folded.is_empty());
        if let Some(query) = query {
            prop_assert!(query.folded().len() <= query.marked().len() && query.marked().len() <= QUERY_MAX);
        }
    }

    #[test]
    fn what_is_indexed_is_the_fold_of_the_text(text in anything()) {
        let folded = fold(&text);
        let plain: Vec<String> = folded
            .split(|c: char| !c.is_alphanumeric())
            .filter(|token| !token.is_empty())
            .map(str::to_owned)
            .collect();
        let indexed = indexed(&text);
        let mut tokens: Vec<&str> = indexed.folded.split(' ').collect();
        for token in unique(plain) {
            // In their order, phone numbers between them.
            let at = tokens.iter().position(|other| *other == token);
            prop_assert!(at.is_some(), "{token:?} of {folded:?}");
            tokens.drain(..=at.unwrap());
        }
    }

    #[test]
    fn indexing_what_was_indexed_changes_nothing_but_phones(pieces in pieces()) {
        let once = indexed(&text_of(&pieces));
        let (folded, marked) = (indexed(&once.folded), indexed(&once.marked));
        for token in once.folded.split(' ') {
            prop_assert!(folded.folded.split(' ').any(|other| other == token));
        }
        for token in once.marked.split(' ') {
            prop_assert!(marked.marked.split(' ').any(|other| other == token));
        }
    }

    #[test]
    fn the_form_of_input_does_not_matter(text in anything()) {
        let (nfc, nfd): (String, String) = (text.nfc().collect(), text.nfd().collect());
        prop_assert!(indexed(&nfc) == indexed(&nfd));
        prop_assert!(SearchQuery::parse(&nfc) == SearchQuery::parse(&nfd));
    }

    #[test]
    fn any_stretch_of_a_text_finds_it(pieces in pieces(), from in any::<Index>(), to in any::<Index>()) {
        let indexed = indexed(&text_of(&pieces));
        let (from, to) = (from.index(pieces.len()), to.index(pieces.len()));
        let stretch = text_of(&pieces[from.min(to)..=from.max(to)]);
        if let Some(query) = SearchQuery::parse(&stretch) {
            prop_assert!(query.matches_exactly(&indexed), "{stretch:?}");
            prop_assert!(query.matches(&indexed), "{stretch:?}");
        }
        if let Some(query) = SearchQuery::parse(&fold(&stretch)) {
            prop_assert!(query.matches(&indexed), "{stretch:?}");
        }
    }

    #[test]
    fn any_beginning_of_a_word_finds_it(word in "[a-zđĐưỜệ]{1,70}", cut in any::<Index>()) {
        let chars: Vec<char> = word.chars().collect();
        let beginning: String = chars[..=cut.index(chars.len())].iter().collect();
        let text = format!("xa {word} gần");
        prop_assert!(finds_exactly(&beginning, &text));
    }

    #[test]
    fn what_is_found_with_marks_is_found_without(text in anything(), from in any::<Index>(), length in 1_usize..8) {
        let chars: Vec<char> = text.chars().collect();
        prop_assume!(!chars.is_empty());
        let piece: String = chars.iter().skip(from.index(chars.len())).take(length).collect();
        if let Some(query) = SearchQuery::parse(&piece) {
            let indexed = indexed(&text);
            prop_assert!(!query.matches_exactly(&indexed) || query.matches(&indexed));
        }
    }
}
