//! Petitions that came another way: who enters them, and that nobody gains by saying that they came at another time.

use domain::{
    account::Actor,
    catalogue::Channel,
    code::SourceCode,
    petition::{CameAt, Command, CommandKind, Entry, Petition, Refusal, Submission, decide},
    rate::spans,
    time::Instant,
};

use crate::world::{Who, account, answer, at, citizen, petition_on, province, sealed};

/// Entered at nine on a Monday.
const NOW: &str = "2022-08-15 09:00";

fn came(channel: Channel, at_instant: Instant) -> Submission {
    let entry = Entry {
        source: SourceCode::parse("hotline-1022").unwrap(),
        sender: account(77),
        came_at: CameAt::new(at_instant, at(NOW)).unwrap(),
        reference: Some(sealed("1022-4711")),
    };
    Submission { channel, entry: Some(entry), ..petition_on("chieu_sang", "09163") }
}

fn entered(submission: Submission, actor: &Actor) -> Result<Petition, Refusal> {
    let decision = decide(None, Command::Submit(Box::new(submission)), actor, province(), at(NOW))?;
    let named: Vec<_> = decision.words.iter().map(|(slot, text)| (*slot, text.digest())).collect();
    assert_eq!(named, decision.event.data.digests());
    Ok(Petition::begin(&decision.event).unwrap())
}

fn coordinator() -> Actor {
    Actor::Coordinator(account(9))
}

#[test]
fn the_clock_to_answer_counts_from_when_it_came_and_all_else_from_when_it_was_entered() {
    let on_time = entered(came(Channel::Phone, at(NOW)), &coordinator()).unwrap();
    let late = entered(came(Channel::Phone, at("2022-08-08 10:00")), &coordinator()).unwrap();
    assert_eq!((late.submitted_at, late.held_since), (at(NOW), at(NOW)));
    assert_eq!(late.deadlines.receive, on_time.deadlines.receive);
    assert!(late.deadlines.answer < on_time.deadlines.answer, "{:?}", late.deadlines);
    assert_eq!(late.clock.began_at, at("2022-08-08 10:00"));
    assert_eq!(late.submitter, account(77));
    // The earlier it came, the earlier it is due: nobody gains a minute.
    let due = |text: &str| entered(came(Channel::Paper, at(text)), &coordinator()).unwrap().deadlines.answer.unwrap();
    let days = ["2022-06-01 08:00", "2022-07-01 08:00", "2022-08-01 08:00", "2022-08-12 16:00", NOW];
    assert!(days.windows(2).all(|pair| due(pair[0]) <= due(pair[1])));
}

#[test]
fn a_past_figure_knows_nothing_of_it() {
    let submission = came(Channel::Phone, at("2022-07-01 08:00"));
    let decision = decide(None, Command::Submit(Box::new(submission)), &coordinator(), province(), at(NOW)).unwrap();
    let spans = spans(&[decision.event]).unwrap();
    assert_eq!(spans.first().unwrap().since, at(NOW));
    // Its deadline had passed when it was entered: it is overdue at once, and an answer is late.
    let petition = entered(came(Channel::Phone, at("2022-07-01 08:00")), &coordinator()).unwrap();
    assert!(petition.overdue_at(at("2022-08-15 09:01")));
}

#[test]
fn what_is_entered_never_counts_as_sent_by_phone() {
    for channel in Channel::ALL {
        let entered = entered(came(*channel, at(NOW)), &coordinator());
        match channel {
            Channel::Mobile | Channel::Web => assert_eq!(entered, Err(Refusal::Forbidden(CommandKind::Submit))),
            Channel::Phone | Channel::Paper | Channel::Email | Channel::Portal => {
                assert_eq!(entered.unwrap().channel, *channel);
            }
        }
    }
}

#[test]
fn the_coordinator_enters_and_a_portal_hands_over_for_its_citizen_alone() {
    let of = |actor: &Actor| entered(came(Channel::Portal, at(NOW)), actor).map(|petition| petition.submitter);
    assert_eq!(of(&coordinator()), Ok(account(77)));
    assert_eq!(of(&Actor::Citizen(account(77))), Ok(account(77)));
    let forbidden = Err(Refusal::Forbidden(CommandKind::Submit));
    assert_eq!(of(&citizen()), forbidden, "nobody sends in another's name");
    for actor in [Actor::Admin(account(9)), Actor::Steering(account(9)), Actor::System] {
        assert_eq!(of(&actor), forbidden);
    }
    // Nor does the coordinator send petitions of their own.
    let own = decide(
        None,
        Command::Submit(Box::new(petition_on("chieu_sang", "09163"))),
        &coordinator(),
        province(),
        at(NOW),
    );
    assert_eq!(own.unwrap_err(), Refusal::Forbidden(CommandKind::Submit));
}

#[test]
fn it_lives_on_like_any_other() {
    let decision = decide(
        None,
        Command::Submit(Box::new(came(Channel::Email, at("2022-08-12 15:00")))),
        &coordinator(),
        province(),
        at(NOW),
    )
    .unwrap();
    let mut story =
        crate::world::Story { petition: Petition::begin(&decision.event).unwrap(), events: vec![decision.event] };
    story.then("2022-08-15 10:00", Who::Officer, Command::Receive);
    story.then("2022-08-16 10:00", Who::Officer, answer());
    assert!(story.petition.answered_on_time());
    // As the log has it, and back.
    let text = serde_json::to_string(&story.events[0]).unwrap();
    assert!(text.contains("\"intake\":{\"source\":\"hotline-1022\""), "{text}");
    assert_eq!(serde_json::from_str::<domain::petition::Event>(&text).unwrap(), story.events[0]);
}
