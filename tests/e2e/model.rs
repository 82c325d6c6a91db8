//! Random commands of random people, given to the real server on each engine and to a plain model in memory that shares no code
//! with it; after each the two are compared, and at the end the log must verify.

use std::collections::BTreeMap;

use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};
use tests::{Draft, Person, TestApp, both_engines};

both_engines!(random_lives_go_as_the_model_says,);

/// Who acts: the place among the [`players`].
const WHO: usize = 9;
const COMMANDS: [&str; 24] = [
    "receive",
    "assign",
    "start",
    "request-information",
    "supplement",
    "progress",
    "extend",
    "draft-answer",
    "approve-answer",
    "return-answer",
    "transfer",
    "return",
    "answer",
    "reject",
    "merge",
    "note",
    "recategorise",
    "publish",
    "unpublish",
    "withdraw",
    "reopen",
    "rating",
    "close",
    "receive",
];
/// How many petitions live at a time.
const PETITIONS: usize = 4;

#[derive(Debug, Clone, Copy)]
struct Step {
    petition: usize,
    who: usize,
    command: usize,
    detail: usize,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    // People of the desk are the likeliest to act, or little would happen.
    let who = prop_oneof![1 => 0..WHO, 2 => Just(2_usize), 2 => Just(3_usize), 2 => Just(6_usize), 1 => Just(0_usize)];
    let step = (0..PETITIONS, who, 0..COMMANDS.len(), 0..4_usize);
    let step = step.prop_map(|(petition, who, command, detail)| Step { petition, who, command, detail });
    proptest::collection::vec(step, 60..120)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Citizen,
    Officer,
    Leader,
    Coordinator,
    Steering,
}

struct Player<'a> {
    person: Person<'a>,
    role: Role,
    agency: &'static str,
    id: String,
}

impl<'a> Player<'a> {
    fn new(person: Person<'a>, role: Role, agency: &'static str) -> Self {
        let id = person.account.as_ref().unwrap().id.0.to_string();
        Self { person, role, agency, id }
    }
}

/// The city of Bắc Ninh, whose officers answer themselves, and a commune whose leader approves.
const CITY: &str = "ubnd-256";
const COMMUNE: &str = "ubnd-09163";
const COORDINATOR: &str = "dieu-phoi";
const AGENCIES: [&str; 4] = [CITY, COMMUNE, COORDINATOR, "ubnd-999"];
const LEVELS: [&str; 4] = ["satisfied", "acceptable", "unsatisfied", "splendid"];

async fn players(app: &TestApp) -> Vec<Player<'_>> {
    vec![
        Player::new(app.citizen().await, Role::Citizen, ""),
        Player::new(app.citizen().await, Role::Citizen, ""),
        Player::new(app.officer(CITY).await, Role::Officer, CITY),
        Player::new(app.leader(CITY).await, Role::Leader, CITY),
        Player::new(app.officer(COMMUNE).await, Role::Officer, COMMUNE),
        Player::new(app.leader(COMMUNE).await, Role::Leader, COMMUNE),
        Player::new(app.coordinator().await, Role::Coordinator, COORDINATOR),
        Player::new(app.steering().await, Role::Steering, ""),
        Player::new(app.officer(CITY).await, Role::Officer, CITY),
    ]
}

/// A petition as plainly as it can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Plain {
    status: &'static str,
    holder: &'static str,
    version: u64,
    received: bool,
    assignee: Option<String>,
    draft: bool,
    answered: bool,
    rating: Option<&'static str>,
    reopenings: u64,
    published: bool,
    merged_into: Option<usize>,
    absorbed: u64,
    transfers: usize,
    sent_away_by: Vec<&'static str>,
    urgent: bool,
    extended: bool,
}

impl Plain {
    fn new() -> Self {
        Self {
            status: "submitted",
            holder: CITY,
            version: 1,
            received: false,
            assignee: None,
            draft: false,
            answered: false,
            rating: None,
            reopenings: 0,
            published: false,
            merged_into: None,
            absorbed: 0,
            transfers: 0,
            sent_away_by: Vec::new(),
            urgent: false,
            extended: false,
        }
    }

    fn open(&self) -> bool {
        ["submitted", "received", "in_progress", "awaiting_citizen"].contains(&self.status)
    }

    fn moves(&mut self, to: &'static str) {
        (self.status, self.assignee, self.draft, self.holder) = ("submitted", None, false, to);
    }

    fn ends(&mut self, status: &'static str) {
        (self.status, self.draft, self.published) = (status, false, false);
    }

    fn answers(&mut self) {
        (self.status, self.draft, self.answered) = ("answered", false, true);
    }
}

/// For whom an operation is at all.
fn is_for(command: &str, role: Role) -> bool {
    match command {
        "supplement" | "withdraw" | "reopen" | "rating" | "close" => role == Role::Citizen,
        "return" => matches!(role, Role::Officer | Role::Leader),
        "approve-answer" | "return-answer" | "extend" => matches!(role, Role::Leader | Role::Coordinator),
        "reject" | "merge" | "publish" | "unpublish" => role == Role::Coordinator,
        _ => matches!(role, Role::Officer | Role::Leader | Role::Coordinator),
    }
}

struct World<'a> {
    players: Vec<Player<'a>>,
    codes: Vec<String>,
    plain: Vec<Plain>,
}

impl World<'_> {
    fn body(&self, step: Step) -> Value {
        let words = json!("Nội dung.");
        match COMMANDS[step.command] {
            "assign" | "start" => match step.detail {
                0 => json!({"assignee": self.players[2].id}),
                1 => json!({"assignee": self.players[4].id}),
                _ => json!({}),
            },
            "request-information" | "progress" => json!({"message": words}),
            "supplement" | "draft-answer" | "answer" | "note" => json!({"content": words}),
            "extend" => {
                json!({"due_at": if step.detail == 0 { "2020-01-01".to_owned() } else { tests::in_twenty_days() }, "reason": words})
            }
            "transfer" => json!({"agency": AGENCIES[step.detail], "reason": words}),
            "return" | "return-answer" | "unpublish" | "reopen" => json!({"reason": words}),
            "reject" => json!({"reason_code": "unclear", "message": words}),
            "merge" => json!({"into": self.codes[step.detail]}),
            "recategorise" => {
                json!({"category": "chieu_sang", "priority": if step.detail < 3 { "urgent" } else { "normal" }})
            }
            "rating" => json!({"level": LEVELS[step.detail]}),
            _ => json!({}),
        }
    }

    /// What the server must answer, and what becomes of the petition (and of the one it is put to).
    fn predict(&self, step: Step) -> (u16, Plain) {
        let (before, player) = (&self.plain[step.petition], &self.players[step.who]);
        let (command, role) = (COMMANDS[step.command], player.role);
        let unchanged = |status: u16| (status, before.clone());
        if !is_for(command, role) {
            return unchanged(403);
        }
        // What is wrong with a body is told before whether there is a petition.
        if command == "rating" && step.detail == 3 {
            return unchanged(422);
        }
        let own = match role {
            Role::Citizen => step.who == 0,
            Role::Officer | Role::Leader => player.agency == before.holder,
            Role::Coordinator => true,
            Role::Steering => false,
        };
        let named =
            matches!(command, "assign" | "start").then(|| [Some(2), Some(4)].get(step.detail).copied().flatten());
        if !own {
            return unchanged(404);
        }
        if role == Role::Coordinator && before.holder != COORDINATOR {
            let from_afar = ["transfer", "reject", "merge", "note", "recategorise", "publish", "unpublish"];
            if !from_afar.contains(&command) {
                return unchanged(403);
            }
        }
        if command == "answer" && role == Role::Officer && before.holder == COMMUNE {
            return unchanged(403);
        }
        let status = before.status;
        let worked_on = ["received", "in_progress", "awaiting_citizen"].contains(&status);
        let allowed = match command {
            "receive" => status == "submitted",
            "start" => status == "received",
            "request-information" => ["received", "in_progress"].contains(&status),
            "supplement" => status == "awaiting_citizen",
            "progress" | "extend" | "draft-answer" | "approve-answer" | "return-answer" | "answer" => worked_on,
            "assign" | "transfer" | "return" | "reject" | "merge" | "recategorise" | "withdraw" => before.open(),
            "publish" | "unpublish" => before.open() || ["answered", "closed"].contains(&status),
            "reopen" | "rating" => ["answered", "closed"].contains(&status),
            "close" => status == "answered",
            "note" => true,
            other => panic!("{other}?"),
        };
        if !allowed {
            return unchanged(409);
        }
        let mut after = before.clone();
        after.version += 1;
        let holder = before.holder;
        let assignee = named.flatten().map(|index| &self.players[index]);
        if assignee.is_some_and(|assignee| assignee.agency != holder) {
            return unchanged(422);
        }
        let assignee = assignee.map(|assignee| assignee.id.clone());
        match command {
            "receive" => (after.status, after.received) = ("received", true),
            "assign" if assignee == before.assignee => return unchanged(409),
            "assign" => after.assignee = assignee,
            "start" => {
                after.status = "in_progress";
                after.assignee = assignee.or(after.assignee).or(Some(player.id.clone()));
            }
            "request-information" => after.status = "awaiting_citizen",
            "supplement" => after.status = "in_progress",
            "extend" if step.detail == 0 || before.extended => return unchanged(422),
            "extend" => after.extended = true,
            "draft-answer" => after.draft = true,
            "approve-answer" | "return-answer" if !before.draft => return unchanged(409),
            "approve-answer" | "answer" => after.answers(),
            "return-answer" => after.draft = false,
            "transfer" => {
                let to = AGENCIES[step.detail];
                if to == holder || step.detail == 3 {
                    return unchanged(422);
                }
                let travels = before.transfers >= 2 || before.sent_away_by.contains(&to);
                let by_coordinator = role == Role::Coordinator;
                if !by_coordinator {
                    after.transfers += 1;
                    after.sent_away_by.push(holder);
                }
                after.moves(if travels && !by_coordinator { COORDINATOR } else { to });
            }
            "return" => {
                after.sent_away_by.push(holder);
                after.moves(COORDINATOR);
            }
            "reject" => after.ends("rejected"),
            "merge" => {
                let into = &self.plain[step.detail];
                let takes = into.open() || ["answered", "closed"].contains(&into.status);
                if step.detail == step.petition || !takes {
                    return unchanged(422);
                }
                after.merged_into = Some(step.detail);
                after.ends("merged");
            }
            "recategorise" => {
                let urgent = step.detail < 3;
                if urgent == before.urgent {
                    return unchanged(409);
                }
                // Back to normal is more time, which only the coordinator gives.
                if !urgent && role != Role::Coordinator {
                    return unchanged(409);
                }
                after.urgent = urgent;
            }
            "publish" => after.published = true,
            "unpublish" if !before.published => return unchanged(409),
            "unpublish" => after.published = false,
            // Others would lose their answer with it.
            "withdraw" if before.absorbed > 0 => return unchanged(409),
            "withdraw" => after.ends("withdrawn"),
            "reopen" => {
                (after.status, after.answered, after.rating, after.extended) = ("received", false, None, false);
                after.reopenings += 1;
            }
            "rating" if before.rating.is_some() => return unchanged(409),
            "rating" => after.rating = Some(LEVELS[step.detail]),
            "close" => after.status = "closed",
            "progress" | "note" => {}
            other => panic!("{other}?"),
        }
        (200, after)
    }

    /// The coordinator sees everything that the model knows.
    async fn compare(&self, index: usize) {
        let (plain, code) = (&self.plain[index], &self.codes[index]);
        let shown = self.players[6].person.reads(code).await;
        let said = json!({
            "status": shown["status"], "agency": shown["agency"]["code"], "version": shown["version"],
            "received": shown["received_at"].is_string(), "assignee": shown["assignee"]["id"],
            "draft": shown["draft"].is_object(), "rating": shown["rating"]["level"], "reopenings": shown["reopenings"],
            "published": shown["published"], "merged_into": shown["merged_into"], "absorbed": shown["absorbed"],
            "urgent": shown["priority"] == "urgent", "extended": shown["clock"]["extended_to"].is_string(),
        });
        let expected = json!({
            "status": plain.status, "agency": plain.holder, "version": plain.version,
            "received": plain.received, "assignee": plain.assignee,
            "draft": plain.draft, "rating": plain.rating, "reopenings": plain.reopenings,
            "published": plain.published, "merged_into": plain.merged_into.map(|into| self.codes[into].clone()),
            "absorbed": plain.absorbed, "urgent": plain.urgent, "extended": plain.extended,
        });
        assert_eq!(said, expected, "{code}");
        if plain.merged_into.is_none() {
            assert_eq!(shown["answer"].is_object(), plain.answered, "{shown}");
        }
    }

    async fn take(&mut self, step: Step) {
        let (status, after) = self.predict(step);
        let command = COMMANDS[step.command];
        let reply = self.players[step.who].person.commands(&self.codes[step.petition], command, &self.body(step)).await;
        assert_eq!(
            reply.status, status,
            "{command} by {} while {:?}: {}",
            step.who, self.plain[step.petition], reply.text
        );
        self.plain[step.petition] = after;
        if status == 200 && command == "merge" {
            let into = &mut self.plain[step.detail];
            into.version += 1;
            into.absorbed += 1;
            self.compare(step.detail).await;
        }
        self.compare(step.petition).await;
    }
}

async fn lives(app: &TestApp, steps: &[Step]) {
    let mut codes = Vec::new();
    let players = players(app).await;
    for _ in 0..PETITIONS {
        codes.push(players[0].person.submits(&Draft::street_lamp()).await);
    }
    let mut world = World { players, codes, plain: vec![Plain::new(); PETITIONS] };
    for step in steps {
        world.take(*step).await;
    }
    let mut queues: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for (plain, code) in world.plain.iter().zip(&world.codes).filter(|(plain, _)| plain.open()) {
        queues.entry(plain.holder).or_default().push(code);
    }
    for (who, desk) in [(2, CITY), (5, COMMUNE), (6, COORDINATOR)] {
        let mut queue = world.players[who].person.queue("limit=100").await;
        queue.retain(|code| world.codes.contains(code));
        queue.sort_unstable();
        assert_eq!(queue.iter().collect::<Vec<_>>(), queues.remove(desk).unwrap_or_default(), "{desk}");
    }
}

async fn random_lives_go_as_the_model_says(app: TestApp) {
    let admin = app.admin().await;
    admin.post(&format!("admin/agencies/{COMMUNE}/approval"), &json!({"needs_approval": true})).await.expect(200);
    admin.post("admin/calendar/2027/confirm", &json!({})).await.expect(200);
    let handle = tokio::runtime::Handle::current();
    // More of them on demand; each is a hundred requests.
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(8);
    tokio::task::block_in_place(|| {
        let mut runner =
            TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() });
        let outcome = runner.run(&steps(), |steps| {
            // A failed comparison panics, and the runner takes that for a counterexample to make smaller.
            handle.block_on(lives(&app, &steps));
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{error}"));
    });
    let verification = app.app.store.snapshot().await.unwrap().verify().await.unwrap();
    assert_eq!(verification.damages, [], "the log agrees with all that was stored");
}
