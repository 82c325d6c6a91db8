//! Who may give which command while a petition stands where: one table, `commands.txt`, tried cell by cell.
//!
//! The table is generated, so that it can be read whole and a change of a rule shows as a change of its cells:
//! `BLESS=1 cargo test -p domain --test petitions the_table` writes it anew; look at what changed before it is kept.

use std::{collections::BTreeMap, fmt::Write};

use domain::{
    account::Actor,
    catalogue::Priority,
    code::AgencyCode,
    petition::{Command, CommandKind, Decision, Petition, RatingLevel, Refusal, Status, decide},
};

use crate::world::*;

const TABLE: &str = include_str!("commands.txt");

const LEGEND: &str = "\
# Who may give which command to a petition, by its status. Written by BLESS=1 cargo test -p domain --test petitions the_table
#
# What a cell says, and what the HTTP interface answers:
#   ok    it is done (200), provided its details are right: there is a draft to approve, the reopen window is not over, …
#   not   this person may give the command, but not while the petition stands so (409)
#   forb  this person sees the petition, but the command is not theirs (403)
#   hid   for this person there is no such petition (404)
#
# Who the columns are:
#   owner      the citizen who sent it
#   citizen    another citizen
#   officer    an officer of the agency that has it
#   drafter    the same, where a leader must approve what officers answer
#   leader     a leader of the agency that has it
#   elsewhere  an officer of an agency that does not have it
#   holding    the coordinator, who has it on the own desk
#   watching   the coordinator, while an agency has it
#   steering   a member of the Steering Committee
#   admin      an administrator
#   system     pakn itself: what follows from time alone
";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Desk {
    Commune,
    /// Where a leader approves the answers of officers.
    Approving,
    Coordinator,
}

const COLUMNS: [(&str, Who, Desk); 11] = [
    ("owner", Who::Owner, Desk::Commune),
    ("citizen", Who::OtherCitizen, Desk::Commune),
    ("officer", Who::Officer, Desk::Commune),
    ("drafter", Who::Officer, Desk::Approving),
    ("leader", Who::Leader, Desk::Commune),
    ("elsewhere", Who::OfficerOf("ubnd-09166"), Desk::Commune),
    ("holding", Who::Coordinator, Desk::Coordinator),
    ("watching", Who::Coordinator, Desk::Commune),
    ("steering", Who::Steering, Desk::Commune),
    ("admin", Who::Admin, Desk::Commune),
    ("system", Who::System, Desk::Commune),
];

/// The petition that others are put to.
fn the_other_one() -> Story {
    Story::begins("2022-03-07 08:00", numbered(2, "chieu_sang", "09163"))
}

/// A petition in a status, which real commands have brought it to, and such that nothing about its details is in the command's way.
fn standing(status: Status, desk: Desk, for_command: CommandKind) -> Petition {
    let field = match desk {
        Desk::Commune => "chieu_sang",
        Desk::Approving => "xay_dung",
        Desk::Coordinator => "khac",
    };
    let nothing_confirmed = catalogue(calendar(&[]));
    let catalogue = if for_command == CommandKind::SetDeadlines { &nothing_confirmed } else { province() };
    let mut story = Story::submitted(petition_on(field, "09163"), at("2022-03-07 09:00"), catalogue).unwrap();
    let mut on = |when: &str, who, command| {
        story.then(when, who, command);
    };
    match status {
        Status::Submitted => {}
        Status::Rejected => on("2022-03-07 10:00", Who::Coordinator, reject()),
        Status::Withdrawn => on("2022-03-07 10:00", Who::Owner, withdraw()),
        Status::Merged => on("2022-03-07 10:00", Who::Coordinator, merge(&the_other_one())),
        Status::Received | Status::InProgress | Status::AwaitingCitizen | Status::Answered | Status::Closed => {
            on("2022-03-07 10:00", Who::Officer, Command::Receive);
        }
    }
    match status {
        Status::InProgress => on("2022-03-07 10:00", Who::Officer, start()),
        // What a question finds overdue stays so, and only that can be escalated while the clock stands still.
        Status::AwaitingCitizen if for_command == CommandKind::Escalate => on("2022-04-01 10:00", Who::Officer, ask()),
        Status::AwaitingCitizen => on("2022-03-07 10:00", Who::Officer, ask()),
        Status::Answered | Status::Closed => on("2022-03-07 10:00", Who::Leader, answer()),
        Status::Submitted | Status::Received | Status::Rejected | Status::Withdrawn | Status::Merged => {}
    }
    if status == Status::Closed {
        on("2022-03-07 10:00", Who::Owner, Command::Close);
    }
    if matches!(for_command, CommandKind::ApproveAnswer | CommandKind::ReturnAnswer)
        && status.allows(CommandKind::DraftAnswer)
    {
        on("2022-03-07 10:00", Who::Officer, draft());
    }
    if for_command == CommandKind::Unpublish && status.allows(CommandKind::Publish) {
        on("2022-03-07 10:00", Who::Coordinator, publish());
    }
    assert_eq!(story.petition.status, status);
    story.petition
}

/// A command whose details are right for that petition.
fn command(kind: CommandKind, holder: &AgencyCode) -> Command {
    match kind {
        CommandKind::Submit => Command::Submit(Box::new(petition_on("chieu_sang", "09163"))),
        CommandKind::Receive => Command::Receive,
        CommandKind::Assign if *holder == AgencyCode::coordinator() => assign(Some(Actor::Coordinator(account(33)))),
        CommandKind::Assign => assign(Some(Actor::Officer(account(33), holder.clone()))),
        CommandKind::Start => start(),
        CommandKind::RequestInformation => ask(),
        CommandKind::Supplement => supplement(),
        CommandKind::Progress => progress(),
        CommandKind::Extend => extend("2022-03-25 16:30"),
        CommandKind::DraftAnswer => draft(),
        CommandKind::ApproveAnswer => Command::ApproveAnswer,
        CommandKind::ReturnAnswer => send_back(),
        CommandKind::Transfer => transfer_to("ubnd-258"),
        CommandKind::Return => give_back(),
        CommandKind::Answer => answer(),
        CommandKind::Reject => reject(),
        CommandKind::Merge => merge(&the_other_one()),
        CommandKind::Note => note(),
        CommandKind::Recategorise => recategorise("moi_truong", Some(Priority::Urgent)),
        CommandKind::Publish => publish(),
        CommandKind::Unpublish => unpublish(),
        CommandKind::Withdraw => withdraw(),
        CommandKind::Reopen => reopen(),
        CommandKind::Rating => rate(RatingLevel::Acceptable),
        CommandKind::Close => Command::Close,
        CommandKind::SetDeadlines => Command::SetDeadlines,
        CommandKind::Escalate => Command::Escalate,
    }
}

fn tried(kind: CommandKind, petition: &Petition, who: Who) -> Result<Decision, Refusal> {
    // The system closes what can no longer be reopened, and raises what is overdue; all else is tried the day after.
    let late = matches!(kind, CommandKind::Close | CommandKind::Escalate);
    let now = at(if late { "2022-06-01 09:00" } else { "2022-03-08 09:00" });
    decide(Some(petition), command(kind, &petition.holder), &who.actor(petition), province(), now)
}

fn word(outcome: &Result<Decision, Refusal>) -> &'static str {
    match outcome {
        Ok(_) => "ok",
        Err(Refusal::Hidden) => "hid",
        Err(Refusal::Forbidden(_)) => "forb",
        Err(Refusal::NotAllowed { .. }) => "not",
        Err(
            refusal @ (Refusal::UnknownCategory(_)
            | Refusal::UnknownAgency(_)
            | Refusal::AgencyWithoutStaff(_)
            | Refusal::SameAgency(_)
            | Refusal::ForeignAssignee(_)
            | Refusal::NotLater { .. }
            | Refusal::NoCalendar(_)
            | Refusal::LongerDeadline
            | Refusal::NoDraft
            | Refusal::WindowOver { .. }
            | Refusal::AlreadyRated
            | Refusal::NotMergeable(_)
            | Refusal::OthersWait
            | Refusal::NoEffect(_)),
        ) => panic!("its details are wrong: {refusal:?}"),
    }
}

type Cell = (CommandKind, Status, &'static str);

/// Every cell with what came of it.
fn outcomes() -> BTreeMap<Cell, Result<Decision, Refusal>> {
    let mut outcomes = BTreeMap::new();
    for kind in CommandKind::ALL {
        for status in Status::ALL {
            let standing =
                [Desk::Commune, Desk::Approving, Desk::Coordinator].map(|desk| (desk, standing(*status, desk, *kind)));
            let standing = BTreeMap::from(standing);
            for (column, who, desk) in COLUMNS {
                outcomes.insert((*kind, *status, column), tried(*kind, &standing[&desk], who));
            }
        }
    }
    outcomes
}

fn written(cells: &BTreeMap<Cell, &str>) -> String {
    let mut text = LEGEND.to_owned();
    let mut line = |words: &[&str]| {
        let cells: Vec<String> = words.iter().zip([21, 16]).map(|(word, width)| format!("{word:<width$}")).collect();
        let rest: Vec<String> = words[2..].iter().map(|word| format!("{word:<9}")).collect();
        writeln!(text, "{}", format!("{}  {}", cells.concat(), rest.join("  ")).trim_end()).unwrap();
    };
    let columns = COLUMNS.map(|(column, _, _)| column);
    for kind in CommandKind::ALL {
        line(&["", ""]);
        line(&[&["command", "while"], columns.as_slice()].concat());
        for status in Status::ALL {
            let words = columns.map(|column| cells[&(*kind, *status, column)]);
            line(&[&[kind.as_str(), status.as_str()], words.as_slice()].concat());
        }
    }
    text
}

/// The cells of the file, by the names it gives them.
fn read(text: &str) -> BTreeMap<(String, String, String), String> {
    let mut cells = BTreeMap::new();
    let mut columns: Vec<&str> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words[0] == "command" {
            columns = words[2..].to_vec();
            continue;
        }
        assert_eq!(words.len(), columns.len() + 2, "{line:?}");
        for (column, word) in columns.iter().zip(&words[2..]) {
            let cell = (words[0].to_owned(), words[1].to_owned(), (*column).to_owned());
            assert_eq!(cells.insert(cell, (*word).to_owned()), None, "twice: {line:?}");
        }
    }
    cells
}

#[test]
fn the_table_holds_in_every_cell() {
    let outcomes = outcomes();
    let cells: BTreeMap<Cell, &str> = outcomes.iter().map(|(cell, outcome)| (*cell, word(outcome))).collect();
    let text = written(&cells);
    #[expect(clippy::disallowed_methods, reason = "how a test is asked to write its table anew is no setting of pakn")]
    if std::env::var("BLESS").is_ok() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/petitions/commands.txt"), text).unwrap();
        return;
    }
    let (now, kept) = (read(&text), read(TABLE));
    assert_eq!(
        kept.len(),
        CommandKind::ALL.len() * Status::ALL.len() * COLUMNS.len(),
        "every command, status and column"
    );
    let differ = now.iter().filter(|(cell, word)| kept.get(*cell) != Some(*word));
    let differ: Vec<String> =
        differ.map(|(cell, word)| format!("{cell:?}: {word}, not {:?}", kept.get(cell))).collect();
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    assert_eq!(text, TABLE, "the same cells, but the text around them differs");
}

#[test]
fn a_refusal_names_the_command_and_what_is_left_to_do() {
    let outcomes = outcomes();
    let mut refused = 0;
    for ((kind, status, column), outcome) in &outcomes {
        let Err(refusal) = outcome else { continue };
        refused += 1;
        let done = |kind: &CommandKind| outcomes[&(*kind, *status, *column)].is_ok();
        let allowed = CommandKind::ALL.iter().copied().filter(done).collect();
        let expected = match word(outcome) {
            "hid" => Refusal::Hidden,
            "forb" => Refusal::Forbidden(*kind),
            "not" => Refusal::NotAllowed { command: *kind, status: *status, allowed },
            other => panic!("{other}"),
        };
        assert_eq!(*refusal, expected, "{kind} by {column} while {status}");
    }
    assert!(refused > 0);
}

#[test]
fn only_a_citizen_sends_a_petition_and_nothing_else_begins_one() {
    let holder = agency("ubnd-09163");
    let begin =
        |kind, actor: &Actor| word(&decide(None, command(kind, &holder), actor, province(), at("2022-03-07 09:00")));
    let somebody = standing(Status::Submitted, Desk::Commune, CommandKind::Submit);
    for who in [Who::Officer, Who::Leader, Who::Coordinator, Who::Steering, Who::Admin, Who::System] {
        assert_eq!(begin(CommandKind::Submit, &who.actor(&somebody)), "forb", "{who:?}");
    }
    for kind in CommandKind::ALL {
        let expected = if *kind == CommandKind::Submit { "ok" } else { "hid" };
        assert_eq!(begin(*kind, &citizen()), expected, "{kind}");
    }
}

#[test]
fn a_petition_that_ended_without_an_answer_takes_remarks_alone() {
    for status in [Status::Rejected, Status::Withdrawn, Status::Merged] {
        assert_eq!(status.commands(), [CommandKind::Note], "{status}");
    }
}

#[test]
fn a_petition_passed_on_is_hidden_from_the_desk_it_left() {
    let mut story = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", "09163"));
    story.then("2022-03-07 10:00", Who::Officer, transfer_to("ubnd-256"));
    assert_eq!(story.refused("2022-03-07 11:00", Who::OfficerOf("ubnd-09163"), Command::Receive), Refusal::Hidden);
    story.then("2022-03-07 11:00", Who::OfficerOf("ubnd-256"), Command::Receive);
}
