//! The simulated year: its milestones, and figures of the past that nothing since can change.

use serde_json::{Value, json};
use tests::{
    Engine, Reply,
    database::Database,
    postgres,
    program::{self, Serving},
};

pub(crate) const PASSWORD: &str = "mật khẩu của năm mô phỏng";

/// Somebody of the demo who reads what the API answers.
pub(crate) struct Reader {
    client: reqwest::Client,
    base: String,
    token: String,
}

impl Reader {
    pub(crate) async fn sign_in(serving: &Serving, login: &str) -> Self {
        let (client, base) = (reqwest::Client::new(), format!("http://{}/api/v1", serving.address));
        let body = json!({"login": login, "password": PASSWORD});
        let signed_in = client.post(format!("{base}/auth/login")).json(&body).send().await.unwrap();
        let token = Reply::read(signed_in).await.expect(200)["access_token"].as_str().unwrap().to_owned();
        Self { client, base, token }
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.gets(path, "application/json").await.expect(200)
    }

    /// In the form that is wanted, in English.
    pub(crate) async fn gets(&self, path: &str, form: &str) -> Reply {
        let request = self.client.get(format!("{}/{path}", self.base)).bearer_auth(&self.token);
        Reply::read(request.header("accept", form).header("accept-language", "en").send().await.unwrap()).await
    }

    async fn post(&self, path: &str, body: &Value) -> Reply {
        let request = self.client.post(format!("{}/{path}", self.base)).bearer_auth(&self.token);
        Reply::read(request.json(body).send().await.unwrap()).await
    }
}

/// Everything the Steering Committee may ask about the past.
async fn past(reader: &Reader) -> Vec<Value> {
    let mut answers = Vec::new();
    for path in [
        "targets/cds-2022/progress?as_of=2022-08-01",
        "targets/cds-2022/progress?as_of=2022-09-01",
        "targets/cds-2022/progress?as_of=2022-12-01",
        "targets/cds-2022/forecast?as_of=2022-08-01",
        "targets/cds-2022/forecast?as_of=2022-08-10T10:30:00%2B07:00&until=2022-09-01&level=commune",
        "rates?as_of=2022-07-15T10:30:00%2B07:00&group_by=level,channel",
        "rates?from=2022-03-01&to=2022-07-01&as_of=2022-10-01&level=commune&group_by=agency,month",
        "rates?as_of=2023-01-01&definition=all&category=giao_thong,moi_truong&group_by=unit,category",
        "rates?as_of=2022-01-01",
    ] {
        answers.push(reader.get(path).await);
    }
    answers
}

fn milestone(progress: &Value, index: usize) -> (&str, f64) {
    let step = &progress["milestones"][index];
    (step["status"].as_str().unwrap(), step["figures"]["rate"].as_f64().unwrap())
}

fn is_the_demos_year(answers: &[Value]) {
    let [august, september, december, ahead, of_communes, ..] = answers else {
        panic!("three instants, two forecasts")
    };
    leads_somewhere(august, ahead, of_communes);
    let ahead = &august["milestones"][0];
    assert!(milestone(august, 0).0 == "ahead" && milestone(august, 0).1 < 0.7, "{ahead}");
    let needed = ahead["answers_needed"].as_u64().unwrap();
    let counts = &ahead["figures"]["counts"];
    let eligible = counts["submitted"].as_u64().unwrap() - counts["rejected"].as_u64().unwrap();
    let answered = counts["answered"].as_u64().unwrap();
    assert!((answered + needed) * 10 >= eligible * 7 && (answered + needed - 1) * 10 < eligible * 7, "{ahead}");
    assert!(ahead["answers_per_working_day"].as_f64().unwrap() > 0.0 && ahead["projected_rate"].is_f64(), "{ahead}");
    assert!(milestone(september, 0).0 == "met" && milestone(september, 0).1 >= 0.7, "{september}");
    assert_eq!(milestone(september, 1).0, "ahead");
    assert!(milestone(december, 1).0 == "met" && milestone(december, 1).1 >= 0.8, "{december}");
    assert_eq!(december["milestones"][0], september["milestones"][0], "a milestone is judged at its own instant");
    let none = &answers[8]["total"];
    assert_eq!((&none["counts"]["submitted"], &none["rate"]), (&json!(0), &Value::Null));
}

/// From where the rate is, day by day, to what is expected of the milestone; and no farther than can be said.
fn leads_somewhere(august: &Value, ahead: &Value, of_communes: &Value) {
    let [first, second] = [0, 1].map(|index| &august["milestones"][index]);
    assert_eq!((&first["forecast"]["status"], &first["forecast"]["rate"]), (&json!("ready"), &first["projected_rate"]));
    assert_eq!((&second["forecast"]["status"], &second["forecast"]["rate"]), (&json!("too_far"), &Value::Null));
    assert!(second["projected_rate"].is_f64(), "where the pace leads is said all the same: {second}");
    assert_eq!((&ahead["status"], &ahead["pace"]["weeks"]), (&json!("too_far"), &json!(12)));
    let path = ahead["path"].as_array().unwrap();
    assert_eq!(path.len(), 57, "eight weeks of the way to December");
    let current = &august["current"]["rate"];
    assert_eq!((&path[0]["rate"], &path[0]["low"], &path[0]["high"]), (current, current, current));
    let september = &path[31];
    assert_eq!(september["at"], "2022-09-01T00:00:00+07:00");
    for name in ["rate", "low", "high"] {
        assert_eq!(september[name], first["forecast"][name]);
    }
    assert!(
        september["low"].as_f64() < september["rate"].as_f64()
            && september["rate"].as_f64() < september["high"].as_f64()
    );
    let path = of_communes["path"].as_array().unwrap();
    assert_eq!((&of_communes["status"], &of_communes["level"], path.len()), (&json!("ready"), &json!("commune"), 23));
    assert_eq!(path[0]["at"], "2022-08-10T10:30:00+07:00");
}

/// A new petition is sent, and the oldest open ones of a desk are answered.
async fn life_goes_on(serving: &Serving) {
    let citizen = Reader::sign_in(serving, "+84900000001").await;
    let sent = json!({"category": "chieu_sang", "title": "Đèn hỏng", "content": "Không sáng.", "location": {"lat": 21.1875, "lon": 106.0838}});
    assert_eq!(citizen.post("petitions", &sent).await.expect(201)["agency"]["code"], "ubnd-256");
    let officer = Reader::sign_in(serving, "demo.officer").await;
    let queue = officer.get("agency/petitions?limit=5").await;
    for item in queue["items"].as_array().unwrap() {
        let code = item["code"].as_str().unwrap();
        if item["status"] == "submitted" {
            officer.post(&format!("petitions/{code}/receive"), &json!({})).await.expect(200);
        }
        officer.post(&format!("petitions/{code}/answer"), &json!({"content": "Đã giải quyết."})).await.expect(200);
    }
}

async fn plays(engine: Engine) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let database = tokio::task::block_in_place(|| Database::new(engine, folder.path()));
    let url = Some(database.url.as_str());
    let demo = ["demo", "--petitions", "400", "--seed", "7", "--password", PASSWORD];
    let played = tokio::task::block_in_place(|| program::run(folder.path(), url, &demo));
    assert!(played.status.success(), "{played:?}");
    let again = tokio::task::block_in_place(|| program::run(folder.path(), url, &demo));
    assert!(!again.status.success(), "the demo plays into an empty installation only");

    let serving = tokio::task::block_in_place(|| program::serve(folder.path(), url));
    let answers = past(&Reader::sign_in(&serving, "demo.steering").await).await;
    is_the_demos_year(&answers);
    life_goes_on(&serving).await;
    assert_eq!(past(&Reader::sign_in(&serving, "demo.steering").await).await, answers, "after more commands");
    tokio::task::block_in_place(|| serving.kill());
    let serving = tokio::task::block_in_place(|| program::serve(folder.path(), url));
    assert_eq!(past(&Reader::sign_in(&serving, "demo.steering").await).await, answers, "after a restart");
    let verified = tokio::task::block_in_place(|| program::run(folder.path(), url, &["verify"]));
    let printed = String::from_utf8(verified.stdout).unwrap();
    assert!(verified.status.success() && printed.starts_with("checked 402 chains, "), "{printed}");
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn the_past_stays_as_it_was_on_both_engines_alike() {
    let on_sqlite = plays(Engine::Sqlite).await;
    if postgres::server().is_some() {
        assert_eq!(plays(Engine::Postgres).await, on_sqlite);
    }
}
