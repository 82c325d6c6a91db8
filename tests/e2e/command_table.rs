//! Every command in every status by everybody, over HTTP: the table of the domain's tests, cell by cell.

use std::collections::HashMap;

use serde_json::{Value, json};
use tests::{Draft, Person, TestApp, both_engines};

both_engines!(the_table_holds_over_http,);

const TABLE: &str = include_str!("../../domain/tests/petitions/commands.txt");

/// Whose officers answer themselves; whose leader approves; what the coordinator has.
const OPEN: &str = "ubnd-256";
const APPROVING: &str = "ubnd-09163";

struct Cast<'a> {
    people: HashMap<&'static str, Person<'a>>,
    roles: HashMap<String, Vec<String>>,
    /// What others are put to.
    other: String,
    /// To whom a petition is handed, by desk.
    colleagues: HashMap<&'static str, String>,
}

/// The desk whose petition a column is about.
fn desk(column: &str) -> &'static str {
    match column {
        "drafter" => APPROVING,
        "holding" => "dieu-phoi",
        _ => OPEN,
    }
}

async fn cast(app: &TestApp) -> Cast<'_> {
    let admin = app.admin().await;
    admin.post(&format!("admin/agencies/{APPROVING}/approval"), &json!({"needs_approval": true})).await.expect(200);
    admin.post("admin/calendar/2027/confirm", &json!({})).await.expect(200);
    let id = |person: &Person<'_>| person.account.as_ref().unwrap().id.0.to_string();
    let coordinator = app.coordinator().await;
    let colleagues = HashMap::from([
        (OPEN, id(&app.officer(OPEN).await)),
        (APPROVING, id(&app.officer(APPROVING).await)),
        ("dieu-phoi", id(&app.coordinator().await)),
    ]);
    let owner = app.citizen().await;
    let people = HashMap::from([
        ("citizen", app.citizen().await),
        ("officer", app.officer(OPEN).await),
        ("drafter", app.officer(APPROVING).await),
        ("approver", app.leader(APPROVING).await),
        ("leader", app.leader(OPEN).await),
        ("elsewhere", app.officer("ubnd-09166").await),
        ("holding", coordinator.clone()),
        ("watching", coordinator),
        ("steering", app.steering().await),
        ("admin", admin),
        ("owner", owner.clone()),
    ]);
    let other = owner.submits(&Draft::street_lamp()).await;
    let document = serde_json::to_value(api::server::contract()).unwrap();
    let mut roles = HashMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        if let Some(command) = path.strip_prefix("/api/v1/petitions/{code}/")
            && let Some(named) = item["post"]["x-roles"].as_array()
        {
            let named = named.iter().map(|role| role.as_str().unwrap().to_owned()).collect();
            roles.insert(command.to_owned(), named);
        }
    }
    Cast { people, roles, other, colleagues }
}

impl Cast<'_> {
    /// A petition of that desk in that status, with nothing about its details in the command's way.
    async fn standing(&self, desk: &str, status: &str, command: &str) -> String {
        let owner = &self.people["owner"];
        let (draft, officer, signs) = match desk {
            APPROVING => (Draft::rubbish(), "drafter", "approver"),
            OPEN => (Draft::street_lamp(), "officer", "leader"),
            _ => (Draft::street_lamp().without("location"), "holding", "holding"),
        };
        let (officer, signs, coordinator) = (&self.people[officer], &self.people[signs], &self.people["watching"]);
        let code = owner.submits(&draft).await;
        match status {
            "submitted" => {}
            "rejected" => drop(coordinator.rejects(&code, "unclear", "Không rõ.").await),
            "withdrawn" => drop(owner.withdraws(&code).await),
            "merged" => drop(coordinator.does(&code, "merge", &json!({"into": self.other})).await),
            _ => drop(officer.receives(&code).await),
        }
        match status {
            "in_progress" => drop(officer.starts(&code).await),
            "awaiting_citizen" => drop(officer.does(&code, "request-information", &json!({"message": "Ở đâu?"})).await),
            "answered" | "closed" => drop(signs.answers(&code, "Đã sửa.").await),
            _ => {}
        }
        if status == "closed" {
            owner.does(&code, "close", &json!({})).await;
        }
        let worked_on = ["received", "in_progress", "awaiting_citizen"].contains(&status);
        if ["approve-answer", "return-answer"].contains(&command) && worked_on {
            officer.does(&code, "draft-answer", &json!({"content": "Đã sửa."})).await;
        }
        if command == "unpublish" && !["rejected", "withdrawn", "merged"].contains(&status) {
            coordinator.does(&code, "publish", &json!({})).await;
        }
        assert_eq!(coordinator.reads(&code).await["status"], status);
        code
    }

    fn body(&self, command: &str, desk: &str) -> Value {
        match command {
            "assign" => json!({"assignee": self.colleagues[desk]}),
            "request-information" | "progress" => json!({"message": "Xin cho biết."}),
            "supplement" | "draft-answer" | "answer" | "note" => json!({"content": "Nội dung."}),
            "extend" => json!({"due_at": tests::in_twenty_days(), "reason": "Chờ vật tư."}),
            "transfer" => json!({"agency": "ubnd-09166", "reason": "Của phường khác."}),
            "return" | "return-answer" | "unpublish" | "reopen" => json!({"reason": "Lý do."}),
            "reject" => json!({"reason_code": "unclear", "message": "Không rõ."}),
            "merge" => json!({"into": self.other}),
            "recategorise" => json!({"category": "chieu_sang", "priority": "urgent"}),
            "rating" => json!({"level": "acceptable"}),
            _ => json!({}),
        }
    }
}

async fn the_table_holds_over_http(app: TestApp) {
    let cast = cast(&app).await;
    let mut columns: Vec<&str> = Vec::new();
    let mut tried = 0;
    // A refusal leaves a petition as it was: one serves for all cells of a desk, a status and what a command needs.
    let mut kept: HashMap<(&str, &str, &str), String> = HashMap::new();
    for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words[0] == "command" {
            columns = words[2..].to_vec();
            continue;
        }
        let (command, status) = (words[0], words[1]);
        // These come over another path, or from the system alone.
        if ["submit", "set-deadlines", "escalate"].contains(&command) {
            continue;
        }
        let needs = if ["approve-answer", "return-answer", "unpublish"].contains(&command) { command } else { "" };
        for (column, cell) in columns.iter().zip(&words[2..]).filter(|(column, _)| **column != "system") {
            let (desk, person) = (desk(column), &cast.people[column]);
            let role = person.account.as_ref().unwrap().role.as_str();
            // Whom an operation is not for at all hears that before the petition is looked at.
            let is_for = cast.roles[command].iter().any(|named| named == role);
            let expected = match *cell {
                _ if !is_for => 403,
                "ok" => 200,
                "not" => 409,
                "forb" => 403,
                "hid" => 404,
                other => panic!("{other}?"),
            };
            let code = match kept.remove(&(desk, status, needs)) {
                Some(code) => code,
                None => cast.standing(desk, status, needs).await,
            };
            let reply = person.commands(&code, command, &cast.body(command, desk)).await;
            assert_eq!(reply.status, expected, "{command} by {column} while {status}: {}", reply.text);
            match expected {
                409 => drop(reply.problem(409, "command_not_allowed")),
                404 => drop(reply.problem(404, "not_found")),
                403 => drop(reply.problem(403, "forbidden")),
                _ => {}
            }
            if expected != 200 {
                kept.insert((desk, status, needs), code);
            }
            tried += 1;
        }
    }
    assert_eq!(tried, 23 * 9 * 10, "every command that has a path, every status, everybody but the system");
    let verification = app.app.store.snapshot().await.unwrap().verify().await.unwrap();
    assert_eq!(verification.damages, []);
}
