//! Search in Vietnamese: the same petitions in the same order on both engines, and as the domain's own reference has it.

use std::collections::HashMap;

use domain::{
    petition::{Slot, Status},
    search::{Indexed, SearchQuery, index},
};
use persistence::{Desks, Page, QueueFilter, QueueKey, QueueSearch, Store, StoreOptions};
use serde_json::json;
use tests::{Draft, Engine, TestApp, both_engines, database::Database, postgres, program};

both_engines!(
    words_are_found_however_they_are_typed,
    a_sender_is_found_by_telephone_unless_hidden,
    signs_and_syntax_are_no_search,
    what_is_wrong_is_named_also_where_nothing_is_looked_for,
);

/// Words, beginnings, several words, codes, numbers; with marks, without, with the wrong ones.
const QUERIES: [&str; 36] = [
    "đèn đường",
    "den duong",
    "ĐÈN ĐƯỜNG",
    "đền đường",
    "rác",
    "rac",
    "rạc",
    "ổ gà",
    "o ga",
    "ngập",
    "ngap ung",
    "vỉa hè",
    "via he",
    "cây xanh",
    "cay",
    "tiếng ồn",
    "tieng on",
    "nước",
    "nuoc sach",
    "thoát nước",
    "karaoke",
    "chợ",
    "cho",
    "chó",
    "trường học",
    "truong",
    "Vũ Ninh",
    "vu ninh",
    "Đáp Cầu",
    "PAKN.2022",
    "PAKN.20220822.002001",
    "20220822",
    "002001",
    "hồ ngọc lân",
    "ho ngoc lan rac",
    "xyzzy khongcotunay",
];

/// All that a search is compared by.
struct Known {
    store: Store,
    petitions: Vec<(String, i64, domain::id::PetitionId, Indexed)>,
}

fn filter(text: Option<QueueSearch>) -> QueueFilter {
    QueueFilter {
        desks: Desks::All,
        statuses: Status::ALL.to_vec(),
        categories: Vec::new(),
        units: Vec::new(),
        assignee: None,
        overdue: None,
        flagged: None,
        from: None,
        to: None,
        text,
    }
}

async fn known(url: &str) -> Known {
    let store = Store::connect(&StoreOptions { url: url.to_owned(), max_connections: 4 }).await.unwrap();
    let all = store.queue(&filter(None), Page { after: None, limit: 5_000 }).await.unwrap();
    let ids: Vec<_> = all.iter().map(|(_, stored)| stored.petition.id).collect();
    let mut texts: HashMap<_, HashMap<Slot, String>> = HashMap::new();
    for words in store.words(&ids).await.unwrap() {
        if words.seq == 1 {
            texts.entry(words.petition).or_default().insert(words.slot, words.text);
        }
    }
    let petitions = all.into_iter().map(|(_, stored)| {
        let petition = stored.petition;
        let words = &texts[&petition.id];
        let parts = [Slot::Title, Slot::Content, Slot::Address].map(|slot| words.get(&slot).map(String::as_str));
        let indexed = index([petition.code.as_str()].into_iter().chain(parts.into_iter().flatten()));
        let due = petition.deadlines.answer.map_or(i64::MAX, domain::time::Instant::micros);
        (petition.code.to_string(), due, petition.id, indexed)
    });
    Known { petitions: petitions.collect(), store }
}

impl Known {
    /// What a search must find, in its order.
    fn reference(&self, query: &SearchQuery) -> Vec<String> {
        let mut found: Vec<_> = self.petitions.iter().filter(|(.., indexed)| query.matches(indexed)).collect();
        found.sort_by_key(|(_, due, id, indexed)| (!query.matches_exactly(indexed), *due, *id));
        found.into_iter().map(|(code, ..)| code.clone()).collect()
    }

    /// What it finds, page by page.
    async fn found(&self, query: &SearchQuery, limit: u64) -> Vec<String> {
        let filter = filter(Some(QueueSearch { words: Some(query.clone()), sender: None }));
        let (mut codes, mut after) = (Vec::new(), None);
        loop {
            let page = self.store.queue(&filter, Page { after, limit }).await.unwrap();
            let Some((exact, last)) = page.last() else { return codes };
            let due = last.petition.deadlines.answer.map_or(i64::MAX, domain::time::Instant::micros);
            after = Some(QueueKey { exact: *exact, due, id: last.petition.id });
            codes.extend(page.iter().map(|(_, stored)| stored.petition.code.to_string()));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_engines_find_the_same_in_the_same_order_over_the_demos_year() {
    let mut found: Vec<Vec<Vec<String>>> = Vec::new();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        if engine == Engine::Postgres && postgres::server().is_none() {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let database = tokio::task::block_in_place(|| Database::new(engine, folder.path()));
        let demo = ["demo", "--password", "mat-khau-cho-demo"];
        let played = tokio::task::block_in_place(|| program::run(folder.path(), Some(&database.url), &demo));
        assert!(played.status.success(), "{played:?}");
        let known = known(&database.url).await;
        assert_eq!(known.petitions.len(), 2_001);
        let mut answers = Vec::new();
        let mut somewhere = 0;
        for text in QUERIES {
            let query = SearchQuery::parse(text).unwrap();
            let expected = known.reference(&query);
            for limit in [7, 5_000] {
                assert_eq!(known.found(&query, limit).await, expected, "{text} on {engine:?}, {limit} at a time");
            }
            somewhere += usize::from(!expected.is_empty());
            answers.push(expected);
        }
        assert!(somewhere >= 30, "{somewhere} of the queries find something");
        let by = |text: &str| &answers[QUERIES.iter().position(|query| *query == text).unwrap()];
        assert!(by("den duong").len() >= by("đèn đường").len() && by("đèn đường") == by("ĐÈN ĐƯỜNG"));
        assert_eq!(by("xyzzy khongcotunay").len(), 0);
        assert_eq!(*by("PAKN.20220822.002001"), ["PAKN.20220822.002001"]);
        found.push(answers);
        known.store.close().await.unwrap();
    }
    if let [one, two] = found.as_slice() {
        assert_eq!(one, two);
    }
}

async fn words_are_found_however_they_are_typed(app: TestApp) {
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    let hue = Draft::street_lamp().with("title", json!("Đường Nguyễn Huệ tối om"));
    let plain = Draft::street_lamp().with("title", json!("Duong Nguyen Hue toi om")).without("location");
    let plain = plain.with("unit", json!("09163")).with("content", json!("den hong"));
    let plain = citizen.submits(&plain).await;
    let hue = citizen.submits(&hue).await;
    let phone = Draft::street_lamp().with("content", json!("Gọi 0912 345 678 để biết thêm"));
    let phone = citizen.submits(&phone).await;
    // Marks off finds both; what has just these marks comes first, though its deadline is the later one.
    assert_eq!(officer.queue("q=duong nguyen hue&limit=2").await, [plain.clone(), hue.clone()]);
    assert_eq!(officer.queue("q=đường nguyễn huệ tối").await, [hue.clone(), plain.clone()]);
    assert_eq!(officer.queue("q=nguye toi").await.len(), 2, "beginnings of words");
    for typed in ["0912345678", "0912 345 678", "0912.345.678", "%2B84 912 345 678"] {
        assert_eq!(officer.queue(&format!("q={typed}")).await, [phone.clone()], "{typed}");
    }
    for typed in [hue.clone(), hue.to_lowercase(), hue[5..].to_owned(), hue.rsplit('.').next().unwrap().to_owned()] {
        assert!(officer.queue(&format!("q={typed}")).await.contains(&hue), "{typed}");
    }
}

async fn a_sender_is_found_by_telephone_unless_hidden(app: TestApp) {
    let (officer, coordinator, citizen) = (app.officer("ubnd-256").await, app.coordinator().await, app.citizen().await);
    let open = citizen.submits(&Draft::street_lamp()).await;
    let hidden = citizen.submits(&Draft::street_lamp().with("hide_identity", json!(true))).await;
    app.citizen().await.submits(&Draft::street_lamp()).await;
    let phone = citizen.account.as_ref().unwrap().phone().unwrap().replace("+84", "0");
    assert_eq!(officer.queue(&format!("q={phone}")).await, [open.clone()], "a hidden sender is not found out so");
    let mut all = coordinator.queue(&format!("agency=ubnd-256&q={phone}")).await;
    all.sort_unstable();
    let mut both = [open, hidden];
    both.sort_unstable();
    assert_eq!(all, both);
}

async fn signs_and_syntax_are_no_search(app: TestApp) {
    let (officer, citizen) = (app.officer("ubnd-256").await, app.citizen().await);
    let code = citizen.submits(&Draft::street_lamp()).await;
    for signs in ["%25", "%22", "''", "*", "%5C", "(", "💡", "%22%22%22", ":*", "!", "%26", "|", "<->"] {
        assert!(officer.queue(&format!("q={signs}")).await.is_empty(), "{signs}");
    }
    for syntax in ["NEAR(", "den AND duong", "den OR x", "NOT den", "folded:den", "den NEAR/2 duong", "'x':*%26y"] {
        // Plain words, found where all of them are.
        let found = officer.queue(&format!("q={syntax}")).await;
        assert!(found.is_empty(), "{syntax}: {found:?}");
    }
    for fine in ["den')--", "den* duong*", "\"đèn đường\"", "(den) -hong", "đèn%, đường_"] {
        let fine = fine.replace('%', "%25").replace('"', "%22");
        assert_eq!(officer.queue(&format!("q={fine}")).await, [code.clone()], "{fine}");
    }
    officer.get(&format!("agency/petitions?q={}", "a".repeat(201))).await.faults(&[("/q", "too_long")]);
    officer.get(&format!("agency/petitions?q={}", "đ".repeat(10_000))).await.faults(&[("/q", "too_long")]);
}

/// A word of signs alone finds nothing; schemathesis found that nothing else was looked at then.
async fn what_is_wrong_is_named_also_where_nothing_is_looked_for(app: TestApp) {
    let stranger = app.stranger();
    let page = stranger.get("public/petitions?q=%E2%80%A6").await.expect(200);
    assert_eq!(page["items"], serde_json::json!([]));
    let wrong = stranger.get("public/petitions?q=%E2%80%A6&limit=0.5&cursor=x").await;
    wrong.faults(&[("/limit", "out_of_range"), ("/cursor", "invalid_cursor")]);
    let map = stranger.request(reqwest::Method::GET, "public/petitions?q=%E2%80%A6&limit=20000");
    let map = tests::Reply::read(map.header("accept", "application/geo+json").send().await.unwrap()).await;
    map.faults(&[("/limit", "out_of_range")]);
}
