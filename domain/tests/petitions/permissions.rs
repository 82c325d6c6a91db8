//! Who may give which command while a petition stands where: one table, tried cell by cell.

use std::collections::BTreeMap;

use domain::{
    account::Actor,
    petition::{Command, CommandKind, Decision, Petition, Refusal, Status, decide},
};

use crate::world::*;

/// `ok`: done · `not`: this status does not allow it · `forb`: not for this actor · `hid`: for this actor there is no such
/// petition.
///
/// `officer` and `leader` are those of the agency that has it, `elsewhere` an officer of another; `holding` is the coordinator
/// who has it, `watching` the coordinator while an agency has it.
const TABLE: &str = "
command        while        owner  citizen  officer  leader  elsewhere  holding  watching  steering  admin  system

submit         submitted    forb   hid      forb     forb    hid        forb     forb      hid       hid    forb
submit         received     forb   hid      forb     forb    hid        forb     forb      hid       hid    forb
submit         in_progress  forb   hid      forb     forb    hid        forb     forb      hid       hid    forb
submit         answered     forb   hid      forb     forb    hid        forb     forb      hid       hid    forb
submit         rejected     forb   hid      forb     forb    hid        forb     forb      hid       hid    forb
submit         withdrawn    forb   hid      forb     forb    hid        forb     forb      hid       hid    forb

receive        submitted    forb   hid      ok       ok      hid        ok       forb      hid       hid    forb
receive        received     forb   hid      not      not     hid        not      forb      hid       hid    forb
receive        in_progress  forb   hid      not      not     hid        not      forb      hid       hid    forb
receive        answered     forb   hid      not      not     hid        not      forb      hid       hid    forb
receive        rejected     forb   hid      not      not     hid        not      forb      hid       hid    forb
receive        withdrawn    forb   hid      not      not     hid        not      forb      hid       hid    forb

start          submitted    forb   hid      not      not     hid        not      forb      hid       hid    forb
start          received     forb   hid      ok       ok      hid        ok       forb      hid       hid    forb
start          in_progress  forb   hid      not      not     hid        not      forb      hid       hid    forb
start          answered     forb   hid      not      not     hid        not      forb      hid       hid    forb
start          rejected     forb   hid      not      not     hid        not      forb      hid       hid    forb
start          withdrawn    forb   hid      not      not     hid        not      forb      hid       hid    forb

transfer       submitted    forb   hid      ok       ok      hid        ok       ok        hid       hid    forb
transfer       received     forb   hid      ok       ok      hid        ok       ok        hid       hid    forb
transfer       in_progress  forb   hid      ok       ok      hid        ok       ok        hid       hid    forb
transfer       answered     forb   hid      not      not     hid        not      not       hid       hid    forb
transfer       rejected     forb   hid      not      not     hid        not      not       hid       hid    forb
transfer       withdrawn    forb   hid      not      not     hid        not      not       hid       hid    forb

return         submitted    forb   hid      ok       ok      hid        forb     forb      hid       hid    forb
return         received     forb   hid      ok       ok      hid        forb     forb      hid       hid    forb
return         in_progress  forb   hid      ok       ok      hid        forb     forb      hid       hid    forb
return         answered     forb   hid      not      not     hid        forb     forb      hid       hid    forb
return         rejected     forb   hid      not      not     hid        forb     forb      hid       hid    forb
return         withdrawn    forb   hid      not      not     hid        forb     forb      hid       hid    forb

answer         submitted    forb   hid      not      not     hid        not      forb      hid       hid    forb
answer         received     forb   hid      ok       ok      hid        ok       forb      hid       hid    forb
answer         in_progress  forb   hid      ok       ok      hid        ok       forb      hid       hid    forb
answer         answered     forb   hid      not      not     hid        not      forb      hid       hid    forb
answer         rejected     forb   hid      not      not     hid        not      forb      hid       hid    forb
answer         withdrawn    forb   hid      not      not     hid        not      forb      hid       hid    forb

reject         submitted    forb   hid      forb     forb    hid        ok       ok        hid       hid    forb
reject         received     forb   hid      forb     forb    hid        ok       ok        hid       hid    forb
reject         in_progress  forb   hid      forb     forb    hid        ok       ok        hid       hid    forb
reject         answered     forb   hid      forb     forb    hid        not      not       hid       hid    forb
reject         rejected     forb   hid      forb     forb    hid        not      not       hid       hid    forb
reject         withdrawn    forb   hid      forb     forb    hid        not      not       hid       hid    forb

withdraw       submitted    ok     hid      forb     forb    hid        forb     forb      hid       hid    forb
withdraw       received     ok     hid      forb     forb    hid        forb     forb      hid       hid    forb
withdraw       in_progress  ok     hid      forb     forb    hid        forb     forb      hid       hid    forb
withdraw       answered     not    hid      forb     forb    hid        forb     forb      hid       hid    forb
withdraw       rejected     not    hid      forb     forb    hid        forb     forb      hid       hid    forb
withdraw       withdrawn    not    hid      forb     forb    hid        forb     forb      hid       hid    forb

set-deadlines  submitted    forb   hid      forb     forb    hid        forb     forb      hid       hid    ok
set-deadlines  received     forb   hid      forb     forb    hid        forb     forb      hid       hid    ok
set-deadlines  in_progress  forb   hid      forb     forb    hid        forb     forb      hid       hid    ok
set-deadlines  answered     forb   hid      forb     forb    hid        forb     forb      hid       hid    ok
set-deadlines  rejected     forb   hid      forb     forb    hid        forb     forb      hid       hid    not
set-deadlines  withdrawn    forb   hid      forb     forb    hid        forb     forb      hid       hid    not
";

/// A petition in a status, which real commands have brought it to; its desk is an agency's or the coordinator's.
fn standing(status: &str, coordinator_has_it: bool) -> Petition {
    let mut story =
        Story::begins("2022-03-07 09:00", petition_on(if coordinator_has_it { "khac" } else { "chieu_sang" }, "09163"));
    let way = match status {
        "submitted" => vec![],
        "received" => vec![(Who::Officer, Command::Receive)],
        "in_progress" => vec![(Who::Officer, Command::Receive), (Who::Officer, Command::Start)],
        "answered" => vec![(Who::Officer, Command::Receive), (Who::Officer, answer())],
        "rejected" => vec![(Who::Coordinator, reject())],
        "withdrawn" => vec![(Who::Owner, withdraw())],
        other => panic!("no way to {other}"),
    };
    for (who, command) in way {
        story.then("2022-03-07 10:00", who, command);
    }
    assert_eq!(story.petition.status.as_str(), status);
    story.petition
}

fn in_the_column(column: &str) -> (Who, bool) {
    match column {
        "owner" => (Who::Owner, false),
        "citizen" => (Who::OtherCitizen, false),
        "officer" => (Who::Officer, false),
        "leader" => (Who::Leader, false),
        "elsewhere" => (Who::OfficerOf("ubnd-09166"), false),
        "holding" => (Who::Coordinator, true),
        "watching" => (Who::Coordinator, false),
        "steering" => (Who::Steering, false),
        "admin" => (Who::Admin, false),
        "system" => (Who::System, false),
        other => panic!("who is {other}?"),
    }
}

fn command(kind: CommandKind) -> Command {
    match kind {
        CommandKind::Submit => Command::Submit(Box::new(petition_on("chieu_sang", "09163"))),
        CommandKind::Receive => Command::Receive,
        CommandKind::Start => Command::Start,
        CommandKind::Transfer => transfer_to("ubnd-258"),
        CommandKind::Return => give_back(),
        CommandKind::Answer => answer(),
        CommandKind::Reject => reject(),
        CommandKind::Withdraw => withdraw(),
        CommandKind::SetDeadlines => Command::SetDeadlines,
    }
}

fn word(outcome: &Result<Decision, Refusal>) -> &'static str {
    match outcome {
        Ok(_) => "ok",
        Err(Refusal::Hidden) => "hid",
        Err(Refusal::Forbidden(_)) => "forb",
        Err(Refusal::NotAllowed { .. }) => "not",
        Err(
            Refusal::UnknownCategory(_)
            | Refusal::UnknownAgency(_)
            | Refusal::AgencyWithoutStaff(_)
            | Refusal::SameAgency(_),
        ) => "wrong in its details",
    }
}

#[test]
fn the_table_holds_in_every_cell() {
    let mut lines =
        TABLE.lines().filter(|line| !line.is_empty()).map(|line| line.split_whitespace().collect::<Vec<_>>());
    let columns = lines.next().unwrap().split_off(2);
    let mut cells = BTreeMap::new();
    for line in lines {
        assert_eq!(line.len(), columns.len() + 2, "{line:?}");
        let kind = CommandKind::parse(line[0]).unwrap();
        for (column, expected) in columns.iter().zip(&line[2..]) {
            assert_eq!(cells.insert((*column, line[1], kind), *expected), None, "twice: {line:?}");
        }
    }
    assert_eq!(cells.len(), CommandKind::ALL.len() * 6 * columns.len(), "every command, every status, everybody");

    for ((column, status, kind), expected) in &cells {
        let (who, coordinator_has_it) = in_the_column(column);
        let petition = standing(status, coordinator_has_it);
        let actor = who.actor(&petition);
        let outcome = decide(Some(&petition), command(*kind), &actor, province(), at("2022-03-08 09:00"));
        assert_eq!(word(&outcome), *expected, "{kind} by {column} while {status}");
        match outcome {
            Err(Refusal::Forbidden(named)) => assert_eq!(named, *kind),
            Err(Refusal::NotAllowed { command, status: named, allowed }) => {
                let open = CommandKind::ALL.iter().copied().filter(|open| cells[&(*column, *status, *open)] == "ok");
                assert_eq!(allowed, open.collect::<Vec<_>>(), "what is left to {column} while {status}");
                assert_eq!((command, named.as_str()), (*kind, *status));
            }
            Ok(decision) => assert_eq!(decision.event.seq, petition.version + 1),
            Err(_) => {}
        }
    }
}

#[test]
fn only_a_citizen_sends_a_petition_and_nothing_else_begins_one() {
    let begin = |kind, actor: &Actor| word(&decide(None, command(kind), actor, province(), at("2022-03-07 09:00")));
    let somebody = standing("submitted", false);
    for who in [Who::Officer, Who::Leader, Who::Coordinator, Who::Steering, Who::Admin, Who::System] {
        assert_eq!(begin(CommandKind::Submit, &who.actor(&somebody)), "forb", "{who:?}");
    }
    for kind in CommandKind::ALL {
        let expected = if *kind == CommandKind::Submit { "ok" } else { "hid" };
        assert_eq!(begin(*kind, &citizen()), expected, "{kind}");
    }
}

#[test]
fn what_has_ended_takes_no_command_of_anybody() {
    for status in Status::ALL {
        // An answer is judged by its deadline even where the calendar says it later; nobody else has anything left to do.
        let others = CommandKind::ALL.iter().filter(|kind| **kind != CommandKind::SetDeadlines);
        assert_eq!(others.into_iter().any(|kind| status.allows(*kind)), status.is_open(), "{status}");
    }
}

#[test]
fn a_petition_passed_on_is_hidden_from_the_desk_it_left() {
    let mut story = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", "09163"));
    story.then("2022-03-07 10:00", Who::Officer, transfer_to("ubnd-256"));
    assert_eq!(story.refused("2022-03-07 11:00", Who::OfficerOf("ubnd-09163"), Command::Receive), Refusal::Hidden);
    story.then("2022-03-07 11:00", Who::OfficerOf("ubnd-256"), Command::Receive);
}
