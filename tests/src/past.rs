//! Petitions of the past: decided by the domain at instants of a test's choice, since the server's own clock cannot be set.

use domain::{
    account::Actor,
    catalogue::{Channel, Priority},
    chain::SealedText,
    code::{CategoryCode, UnitCode},
    id::PetitionId,
    petition::{Command, Decision, Petition, PetitionCode, Place, Submission, decide},
    time::Instant,
};
use persistence::{CatalogueDay, PlayedPetition, UnitOfWork};

use crate::{Person, TestApp};

/// Words under lock and key.
pub fn sealed(words: &str) -> SealedText {
    SealedText::new(words.to_owned(), api::clock::salt())
}

/// The instant that RFC 3339, or a date, names.
pub fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

/// A petition about a street lamp in Phường Vũ Ninh, a matter of `ubnd-256`, on its way.
#[derive(Debug)]
pub struct Past {
    /// As it stands.
    pub petition: Petition,
    number: u64,
    decisions: Vec<Decision>,
}

impl Past {
    /// Sent then.
    pub fn begins(catalogue: &CatalogueDay, citizen: &Person<'_>, number: u64, when: Instant) -> Self {
        let submission = Submission {
            id: PetitionId::new(when, &api::clock::id_randomness()),
            code: PetitionCode::new(when.local_date(), number),
            category: CategoryCode::parse("chieu_sang").unwrap(),
            priority: Priority::Normal,
            channel: Channel::Mobile,
            place: Place::Unit { unit: UnitCode::parse("09163").unwrap() },
            title: sealed("Đèn đường hỏng"),
            content: sealed("Đèn trước số 5 không sáng."),
            address: None,
            attributes: None,
            attachments: Vec::new(),
            hide_identity: false,
            entry: None,
        };
        let sender = citizen.account.as_ref().unwrap().actor.clone();
        let command = Command::Submit(Box::new(submission));
        let decision = decide(None, command, &sender, &catalogue.catalogue, when).unwrap();
        Self { petition: Petition::begin(&decision.event).unwrap(), number, decisions: vec![decision] }
    }

    /// What must succeed, then.
    pub fn then(&mut self, catalogue: &CatalogueDay, when: Instant, actor: &Actor, command: Command) {
        let decision = decide(Some(&self.petition), command, actor, &catalogue.catalogue, when).unwrap();
        self.petition.apply(&decision.event).unwrap();
        self.decisions.push(decision);
    }

    /// The whole of it.
    pub fn played(self) -> PlayedPetition {
        PlayedPetition { number: self.number, decisions: self.decisions }
    }
}

/// A petition of now that has its place in the log and is not committed: the unit of work that has it, and its code.
pub async fn held_open(app: &TestApp, citizen: &Person<'_>) -> (UnitOfWork, String) {
    let mut unit = app.app.store.begin().await.unwrap();
    let number = unit.next_number().await.unwrap();
    let petition = Past::begins(&app.app.catalogue(), citizen, number, api::clock::now());
    unit.submit(&petition.decisions[0], number).await.unwrap();
    (unit, petition.petition.code.to_string())
}

/// Stores them.
pub async fn store(app: &TestApp, played: &[PlayedPetition]) {
    let mut unit = app.app.store.begin().await.unwrap();
    unit.record_all(played).await.unwrap();
    unit.commit().await.unwrap();
}
