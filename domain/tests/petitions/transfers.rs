//! How a petition passes from desk to desk, and how it comes to rest.

use domain::{
    calendar::CalendarGap,
    code::AgencyCode,
    petition::{Command, EventData, Refusal, Slot, Status},
    routing::Basis,
};

use crate::world::*;

/// A petition at the commune 09163, sent on a Monday at nine.
fn a_lamp() -> Story {
    Story::begins("2022-03-07 09:00", petition_on("chieu_sang", "09163"))
}

fn at_the_coordinator() -> AgencyCode {
    AgencyCode::coordinator()
}

#[test]
fn a_transfer_restarts_the_clock_to_receive_and_keeps_the_promise_of_an_answer() {
    let mut story = a_lamp();
    let promised = story.petition.deadlines.answer;
    story.then("2022-03-07 10:00", Who::Officer, Command::Receive);
    story.then("2022-03-07 11:00", Who::Officer, start());
    let passed_on = story.then("2022-03-10 14:00", Who::Officer, transfer_to("ubnd-256"));

    let (reason, receive_due_at) = (sealed("Không thuộc địa bàn"), Some(at("2022-03-11 14:00")));
    let (to, asked) = (agency("ubnd-256"), None);
    let expected = EventData::Transferred { to, asked, reason: reason.digest(), receive_due_at, resumed: None };
    assert_eq!((passed_on.event.data, passed_on.words), (expected, vec![(Slot::Reason, reason)]));
    let petition = &story.petition;
    assert_eq!((petition.status, &petition.holder), (Status::Submitted, &agency("ubnd-256")));
    assert_eq!((petition.deadlines.receive, petition.deadlines.answer), (receive_due_at, promised));
    assert_eq!((petition.transfers, petition.travels), (1, false));
    assert_eq!(petition.sent_away_by, [agency("ubnd-09163")]);
    assert_eq!(petition.routing.agency, agency("ubnd-09163"), "the desk it first went to stays on record");

    story.then("2022-03-11 08:00", Who::Officer, Command::Receive);
    assert_eq!(story.petition.received_at, Some(at("2022-03-07 10:00")), "it was acknowledged once already");
}

#[test]
fn what_an_agency_gives_back_goes_to_the_coordinator() {
    let mut story = a_lamp();
    let promised = story.petition.deadlines.answer;
    story.then("2022-03-07 10:00", Who::Officer, Command::Receive);
    let returned = story.then("2022-03-10 14:00", Who::Officer, give_back());

    let (reason, receive_due_at) = (sealed("Không thuộc thẩm quyền"), Some(at("2022-03-11 14:00")));
    assert_eq!(returned.event.data, EventData::Returned { reason: reason.digest(), receive_due_at, resumed: None });
    assert_eq!(returned.words, [(Slot::Reason, reason)]);
    let petition = &story.petition;
    assert_eq!((petition.status, &petition.holder), (Status::Submitted, &at_the_coordinator()));
    assert_eq!((petition.deadlines.receive, petition.deadlines.answer), (receive_due_at, promised));
    assert_eq!((petition.transfers, petition.travels), (0, false), "to give back is not to pass on");
    assert_eq!(petition.sent_away_by, [agency("ubnd-09163")]);
}

#[test]
fn a_third_transfer_goes_to_the_coordinator() {
    let mut story = a_lamp();
    story.then("2022-03-07 10:00", Who::Officer, transfer_to("ubnd-09166"));
    story.then("2022-03-07 11:00", Who::Officer, transfer_to("ubnd-256"));
    assert!(!story.petition.travels);
    let third = story.then("2022-03-07 14:00", Who::Officer, transfer_to("ubnd-258"));

    let EventData::Transferred { to, asked, receive_due_at, .. } = third.event.data else { panic!() };
    assert_eq!((to, asked), (at_the_coordinator(), Some(agency("ubnd-258"))));
    assert_eq!(receive_due_at, Some(at("2022-03-08 14:00")), "the coordinator's time to acknowledge");
    assert_eq!((&story.petition.holder, story.petition.travels), (&at_the_coordinator(), true));
    assert_eq!(story.petition.transfers, 3);
    assert_eq!(story.petition.sent_away_by, ["ubnd-09163", "ubnd-09166", "ubnd-256"].map(agency));
}

#[test]
fn what_goes_back_to_an_agency_that_sent_it_away_goes_to_the_coordinator() {
    let mut story = a_lamp();
    story.then("2022-03-07 10:00", Who::Officer, transfer_to("ubnd-256"));
    let back = story.then("2022-03-07 11:00", Who::Officer, transfer_to("ubnd-09163"));
    let EventData::Transferred { to, asked, .. } = back.event.data else { panic!() };
    assert_eq!((to, asked), (at_the_coordinator(), Some(agency("ubnd-09163"))));
    assert!(story.petition.travels);

    let mut given_back = a_lamp();
    given_back.then("2022-03-07 10:00", Who::Officer, give_back());
    given_back.then("2022-03-07 11:00", Who::Coordinator, transfer_to("ubnd-256"));
    given_back.then("2022-03-07 14:00", Who::Officer, transfer_to("ubnd-09163"));
    assert_eq!(given_back.petition.holder, at_the_coordinator(), "to give it back is to send it away");
    assert!(given_back.petition.travels);
}

#[test]
fn where_the_coordinator_sends_a_travelling_petition_there_it_rests() {
    let mut story = a_lamp();
    story.then("2022-03-07 10:00", Who::Officer, transfer_to("ubnd-256"));
    story.then("2022-03-07 11:00", Who::Officer, transfer_to("ubnd-09163"));
    let decided = story.then("2022-03-07 14:00", Who::Coordinator, transfer_to("ubnd-09163"));
    let EventData::Transferred { to, asked, .. } = decided.event.data else { panic!() };
    assert_eq!((to, asked), (agency("ubnd-09163"), None), "though it sent it away before");
    assert_eq!(story.petition.holder, agency("ubnd-09163"));
    assert!(story.petition.travels, "it stays flagged");

    story.then("2022-03-07 15:00", Who::Coordinator, transfer_to("so-xd"));
    story.then("2022-03-07 16:00", Who::Coordinator, transfer_to("ubnd-258"));
    assert_eq!(story.petition.holder, agency("ubnd-258"), "also out of an agency's hands, as often as need be");
    story.then("2022-03-08 09:00", Who::Officer, transfer_to("ubnd-09166"));
    assert_eq!(story.petition.holder, at_the_coordinator(), "an agency that passes it on once more gives it back");
}

#[test]
fn a_transfer_needs_another_agency_that_exists_today_and_has_staff() {
    let mut story = a_lamp();
    let before = story.petition.clone();
    for (when, to, refusal) in [
        ("2022-03-08 09:00", "ubnd-09163", Refusal::SameAgency(agency("ubnd-09163"))),
        ("2022-03-08 09:00", "so-khong-co", Refusal::UnknownAgency(agency("so-khong-co"))),
        ("2022-03-08 09:00", "so-cu", Refusal::UnknownAgency(agency("so-cu"))),
        ("2022-09-30 23:59", "so-moi", Refusal::UnknownAgency(agency("so-moi"))),
        ("2022-03-08 09:00", "ubnd-09172", Refusal::AgencyWithoutStaff(agency("ubnd-09172"))),
        ("2022-03-08 09:00", "so-vang", Refusal::AgencyWithoutStaff(agency("so-vang"))),
    ] {
        for who in [Who::Officer, Who::Leader, Who::Coordinator] {
            assert_eq!(story.refused(when, who, transfer_to(to)), refusal, "{who:?} to {to}");
        }
    }
    assert_eq!((&story.petition, story.events.len()), (&before, 1));

    let mut on_its_first_day = story.clone();
    on_its_first_day.then("2022-10-01 00:00", Who::Officer, transfer_to("so-moi"));
    assert_eq!(on_its_first_day.petition.holder, agency("so-moi"));

    story.then("2022-03-08 09:00", Who::Coordinator, transfer_to("dieu-phoi"));
    assert_eq!(story.petition.holder, at_the_coordinator(), "the coordinator takes it; of whom no staff is asked");
    let again = story.refused("2022-03-08 10:00", Who::Coordinator, transfer_to("dieu-phoi"));
    assert_eq!(again, Refusal::SameAgency(at_the_coordinator()));
}

#[test]
fn the_status_comes_before_the_details() {
    let mut story = a_lamp();
    story.then("2022-03-07 10:00", Who::Coordinator, reject());
    let refusal = story.refused("2022-03-08 09:00", Who::Officer, transfer_to("so-khong-co"));
    assert!(matches!(refusal, Refusal::NotAllowed { .. }), "{refusal:?}");
}

#[test]
fn the_coordinator_hands_out_what_came_without_a_desk() {
    let mut story = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", ""));
    assert_eq!(story.petition.routing.basis, Basis::NoPlace);
    story.then("2022-03-07 10:00", Who::Coordinator, transfer_to("ubnd-09166"));
    story.then("2022-03-07 11:00", Who::Officer, Command::Receive);
    story.then("2022-03-07 14:00", Who::Officer, answer());
    assert_eq!((story.petition.status, story.petition.travels), (Status::Answered, false));
}

#[test]
fn what_the_coordinator_decides_is_no_travelling() {
    let mut story = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", ""));
    story.then("2022-03-07 10:00", Who::Coordinator, transfer_to("ubnd-09163"));
    assert_eq!((story.petition.transfers, &story.petition.sent_away_by), (0, &vec![]), "no agency passed it on");
    story.then("2022-03-07 11:00", Who::Officer, transfer_to("ubnd-09166"));
    story.then("2022-03-07 14:00", Who::Officer, transfer_to("ubnd-256"));
    assert_eq!((&story.petition.holder, story.petition.travels), (&agency("ubnd-256"), false), "a second transfer");
    story.then("2022-03-07 15:00", Who::Officer, transfer_to("ubnd-258"));
    assert_eq!((&story.petition.holder, story.petition.travels), (&at_the_coordinator(), true), "a third");
}

#[test]
fn an_agency_that_lost_it_to_the_coordinator_did_not_send_it_away() {
    let mut story = a_lamp();
    story.then("2022-03-07 10:00", Who::Coordinator, transfer_to("ubnd-256"));
    story.then("2022-03-07 11:00", Who::Officer, transfer_to("ubnd-09163"));
    assert_eq!((&story.petition.holder, story.petition.travels), (&agency("ubnd-09163"), false));
    assert_eq!(story.petition.sent_away_by, [agency("ubnd-256")]);
}

#[test]
fn what_an_agency_passes_to_the_coordinator_is_not_travelling() {
    let mut story = Story::begins("2022-03-07 09:00", petition_on("chieu_sang", ""));
    story.then("2022-03-07 10:00", Who::Coordinator, transfer_to("ubnd-09163"));
    let passed_on = story.then("2022-03-07 11:00", Who::Officer, transfer_to("dieu-phoi"));
    let EventData::Transferred { to, asked, .. } = passed_on.event.data else { panic!() };
    assert_eq!((to, asked, story.petition.travels), (at_the_coordinator(), None, false));
}

#[test]
fn a_desk_without_a_time_to_acknowledge_is_told_why() {
    let gap = Some(CalendarGap::Projected { year: 2023 });
    let mut story = Story::begins("2022-12-20 09:00", petition_on("chieu_sang", "09163"));
    assert!(story.petition.deadlines.answer.is_some());
    assert_eq!(story.petition.calendar_gap(province()), None);
    for command in [transfer_to("ubnd-256"), give_back()] {
        let mut moved = story.clone();
        moved.then("2022-12-30 16:15", Who::Officer, command);
        assert_eq!(
            (moved.petition.deadlines.receive, moved.petition.deadlines.gap),
            (None, None),
            "the log has no reason"
        );
        assert_eq!(moved.petition.calendar_gap(province()), gap);
    }
    // Nor does an old reason stand where nothing is missing any more.
    let mut late = Story::begins("2022-12-30 16:15", petition_on("chieu_sang", "09163"));
    assert_eq!((late.petition.deadlines.gap, late.petition.calendar_gap(province())), (gap, gap));
    late.attempt(Who::System, Command::SetDeadlines, at("2023-01-03 09:00"), with_2023()).unwrap();
    assert_eq!(late.petition.calendar_gap(with_2023()), None);
    story.then("2022-12-21 09:00", Who::Officer, transfer_to("ubnd-256"));
    assert_eq!(story.petition.calendar_gap(province()), None);
}
