//! What each command puts into the log and does to the petition, outside of transfers.

use domain::{
    account::Role,
    catalogue::{Channel, Priority},
    code::AgencyCode,
    deadline::Deadlines,
    petition::{
        ActorRecord, Answer, Command, CommandKind, EventData, Place, Refusal, Rejection, RejectionCode, Slot, Status,
        Submission, Unfit, decide, replay,
    },
    place::{Point, Precision},
    routing::{Basis, Routing},
};

use crate::world::*;

fn by(number: u128, role: Role, of: Option<&str>) -> ActorRecord {
    ActorRecord { account: Some(account(number)), role: Some(role), agency: of.map(agency) }
}

#[test]
fn a_submission_is_routed_and_given_both_deadlines() {
    let near_09163 = Point::from_degrees(21.111, 106.01).unwrap();
    let submission = Submission {
        place: Place::Point { point: near_09163, accuracy_m: Some(12) },
        address: Some(sealed("5 Nguyễn Trãi")),
        channel: Channel::Web,
        priority: Priority::Urgent,
        attachments: Vec::new(),
        hide_identity: true,
        entry: None,
        ..petition_on("moi_truong", "")
    };
    let command = Command::Submit(Box::new(submission.clone()));
    let decision = decide(None, command, &citizen(), province(), at("2022-03-07 09:00")).unwrap();

    assert_eq!((decision.event.petition, decision.event.seq), (submission.id, 1));
    assert_eq!(decision.event.at, at("2022-03-07 09:00"));
    assert_eq!(decision.event.actor, by(1, Role::Citizen, None));
    let words = [
        (Slot::Title, submission.title.clone()),
        (Slot::Content, submission.content.clone()),
        (Slot::Address, sealed("5 Nguyễn Trãi")),
    ];
    assert_eq!(decision.words, words);
    assert_eq!(decision.event.data.digests(), words.map(|(slot, words)| (slot, words.digest())));

    let petition = Story::submitted(submission.clone(), at("2022-03-07 09:00"), province()).unwrap().petition;
    assert_eq!((petition.id, petition.code, petition.version), (submission.id, submission.code, 1));
    assert_eq!((petition.status, petition.submitter, petition.hide_identity), (Status::Submitted, account(1), true));
    assert_eq!((petition.channel, petition.priority), (Channel::Web, Priority::Urgent));
    assert_eq!((petition.category, petition.place), (submission.category, submission.place));
    let routing = Routing {
        agency: agency("ubnd-256"),
        unit: Some(unit("09163")),
        district: Some(unit("256")),
        basis: Basis::Competence,
        precision: Some(Precision::NearestCentre),
        distance_m: Some(111),
        intended: None,
        rule_id: None,
    };
    assert_eq!((petition.holder, petition.routing), (agency("ubnd-256"), routing));
    let (receive, answer) = (Some(at("2022-03-07 11:00")), Some(at("2022-03-08 16:30")));
    assert_eq!(petition.deadlines, Deadlines { receive, answer, gap: None }, "two hours, and the end of the next day");
    assert_eq!((petition.submitted_at, petition.updated_at), (at("2022-03-07 09:00"), at("2022-03-07 09:00")));
    assert_eq!((petition.received_at, petition.answer, petition.rejection), (None, None, None));
    assert_eq!((petition.transfers, petition.sent_away_by, petition.travels), (0, vec![], false));
}

#[test]
fn a_field_must_be_one_that_can_be_chosen_that_day() {
    let send = |field, now| Story::submitted(petition_on(field, "09163"), at(now), province());
    let unknown = |field| Some(Refusal::UnknownCategory(category(field)));
    assert_eq!(send("khong_co", "2022-02-28 09:00").err(), unknown("khong_co"));
    assert!(send("gia_cu", "2022-02-28 23:59:59.999999").is_ok(), "its last day, by the clock of Việt Nam");
    assert_eq!(send("gia_cu", "2022-03-01 00:00").err(), unknown("gia_cu"));
}

#[test]
fn where_no_desk_would_see_it_the_coordinator_has_it() {
    for (field, about, basis) in [
        ("chieu_sang", "09172", Basis::NoStaff),
        ("chieu_sang", "256", Basis::UnitTooCoarse),
        ("chieu_sang", "", Basis::NoPlace),
        ("khac", "09163", Basis::CoordinatorCategory),
    ] {
        let petition = Story::begins("2022-03-07 09:00", petition_on(field, about)).petition;
        assert_eq!((&petition.holder, petition.routing.basis), (&AgencyCode::coordinator(), basis), "{field} {about}");
        assert!(petition.deadlines.receive.is_some(), "the coordinator too must acknowledge it in time");
    }
}

#[test]
fn a_petition_is_received_started_and_answered() {
    let mut story = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", "09163"));
    let deadlines = story.petition.deadlines.clone();

    let received = story.then("2022-03-07 10:00", Who::Officer, Command::Receive);
    assert_eq!(received.event.actor, by(2, Role::Officer, Some("ubnd-09163")));
    assert_eq!((received.event.data, received.words), (EventData::Received {}, vec![]));
    assert_eq!((story.petition.status, story.petition.received_at), (Status::Received, Some(at("2022-03-07 10:00"))));

    let started = story.then("2022-03-08 08:00", Who::Officer, start());
    assert_eq!((started.event.data, started.words), (EventData::Started { assignee: Some(account(2)) }, vec![]));
    assert_eq!((story.petition.status, story.petition.assignee), (Status::InProgress, Some(account(2))));

    let answered = story.then("2022-03-10 15:00", Who::Leader, answer());
    assert_eq!(answered.event.actor, by(3, Role::Leader, Some("ubnd-09163")));
    let content = sealed("Đã thay bóng đèn").digest();
    assert_eq!(answered.event.data, EventData::Answered { content, attachments: Vec::new(), resumed: None });
    assert_eq!(answered.words, [(Slot::Answer, sealed("Đã thay bóng đèn"))]);
    let petition = &story.petition;
    assert_eq!(petition.answer, Some(Answer { seq: 4, at: at("2022-03-10 15:00") }));
    assert_eq!((petition.status, petition.version), (Status::Answered, 4));
    assert_eq!((petition.received_at, petition.updated_at), (Some(at("2022-03-07 10:00")), at("2022-03-10 15:00")));
    assert_eq!(petition.deadlines, deadlines);
    assert!(petition.answered_on_time());
}

#[test]
fn a_second_answer_is_refused_and_the_refusal_says_what_is_left_to_do() {
    let mut story = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", "09163"));
    story.then("2022-03-07 10:00", Who::Officer, Command::Receive);
    let allowed = |allowed| move |command, status| Refusal::NotAllowed { command, status, allowed };
    let names = "assign start request-information progress draft-answer transfer return answer note recategorise";
    let still_open = allowed(names.split(' ').map(|name| CommandKind::parse(name).unwrap()).collect());
    let again = story.refused("2022-03-07 11:00", Who::Officer, Command::Receive);
    assert_eq!(again, still_open(CommandKind::Receive, Status::Received));

    story.then("2022-03-08 10:00", Who::Officer, answer());
    let before = story.petition.clone();
    let second = story.refused("2022-03-08 11:00", Who::Leader, answer());
    assert_eq!(second, allowed(vec![CommandKind::Note])(CommandKind::Answer, Status::Answered));
    assert_eq!((story.petition, story.events.len()), (before, 3));
}

#[test]
fn the_last_instant_of_a_deadline_is_still_in_time() {
    let due = at("2022-03-16 16:30");
    let mut story = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", "09163"));
    story.then("2022-03-07 10:00", Who::Officer, Command::Receive);
    assert_eq!(story.petition.deadlines.answer, Some(due));
    assert!(!story.petition.overdue_at(due) && story.petition.overdue_at(just_after(due)));

    let (mut in_time, mut late) = (story.clone(), story);
    in_time.attempt(Who::Officer, answer(), due, province()).unwrap();
    late.attempt(Who::Officer, answer(), just_after(due), province()).unwrap();
    assert!(in_time.petition.answered_on_time() && !late.petition.answered_on_time());
    assert!(!late.petition.overdue_at(at("2022-12-01 00:00")), "nothing more is owed");
}

#[test]
fn the_coordinator_rejects_with_a_code() {
    let mut story = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", "09163"));
    let rejected = story.then("2022-03-07 10:00", Who::Coordinator, reject());
    assert_eq!(rejected.event.actor, by(5, Role::Coordinator, Some("dieu-phoi")));
    let message = sealed("Mời gửi đơn khiếu nại");
    assert_eq!(rejected.event.data, EventData::Rejected { code: RejectionCode::Complaint, message: message.digest() });
    assert_eq!(rejected.words, [(Slot::Message, message)]);
    let rejection = Rejection { seq: 2, code: RejectionCode::Complaint };
    assert_eq!((story.petition.status, story.petition.rejection), (Status::Rejected, Some(rejection)));
    assert_eq!(story.petition.received_at, None, "a rejection is no acknowledgement");
}

#[test]
fn the_citizen_withdraws_with_or_without_a_reason() {
    for reason in [None, Some(sealed("Đã sửa xong"))] {
        let mut story = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", "09163"));
        let withdrawn = story.then("2022-03-07 10:00", Who::Owner, Command::Withdraw { reason: reason.clone() });
        let digest = reason.as_ref().map(|reason| reason.digest());
        assert_eq!(withdrawn.event.data, EventData::Withdrawn { reason: digest });
        assert_eq!(withdrawn.words, reason.map(|reason| (Slot::Reason, reason)).into_iter().collect::<Vec<_>>());
        assert_eq!(story.petition.status, Status::Withdrawn);
        assert!(!story.petition.overdue_at(at("2022-12-01 00:00")));
    }
}

#[test]
fn a_clock_that_jumps_back_breaks_no_order() {
    let mut story = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", "09163"));
    story.then("2022-03-06 12:00", Who::Officer, Command::Receive);
    assert_eq!(story.petition.received_at, Some(at("2022-03-07 09:00")), "not before it was sent");
    story.then("2022-03-09 09:00", Who::Officer, start());
    let passed_on = story.then("2022-03-08 09:00", Who::Officer, transfer_to("ubnd-256"));
    assert_eq!(passed_on.event.at, at("2022-03-09 09:00"));
    assert_eq!(story.petition.deadlines.receive, Some(at("2022-03-10 09:00")), "counted from when it is said to be");
    story.then("2022-03-09 08:59:59.999999", Who::Owner, withdraw());
    let times: Vec<_> = story.events.iter().map(|event| event.at).collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn a_damaged_history_is_refused_and_leaves_the_petition_as_it_was() {
    let mut story = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", "09163"));
    story.then("2022-03-07 10:00", Who::Officer, Command::Receive);
    story.then("2022-03-07 11:00", Who::Officer, start());
    let [sent, received, started] = story.events.as_slice() else { panic!() };
    let foreign = Story::begins("2022-03-07 09:00", numbered(2, "chieu_sang", "09163")).events.remove(0);
    let mut second = sent.clone();
    second.seq = 2;
    let mut nobodys = sent.clone();
    nobodys.actor.account = None;
    let mut another = received.clone();
    another.petition = foreign.petition;

    for (events, unfit) in [
        (vec![], Unfit::Empty),
        (vec![received], Unfit::OutOfPlace(2)),
        (vec![&second], Unfit::Gap { expected: 1, found: 2 }),
        (vec![&nobodys], Unfit::NoSubmitter),
        (vec![sent, sent], Unfit::Gap { expected: 2, found: 1 }),
        (vec![sent, &second], Unfit::OutOfPlace(2)),
        (vec![sent, started], Unfit::Gap { expected: 2, found: 3 }),
        (vec![sent, &another], Unfit::Foreign(2)),
        (vec![sent, received, received], Unfit::Gap { expected: 3, found: 2 }),
    ] {
        assert_eq!(replay(events), Err(unfit));
    }
    let before = story.petition.clone();
    for event in [sent, received, &second, &another] {
        assert!(story.petition.apply(event).is_err());
        assert_eq!(story.petition, before);
    }
}
