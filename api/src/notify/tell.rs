//! Notices and the messages that take them to people, by what each of them chose.

use domain::{
    account::Login,
    id::AccountId,
    notice::{Carrier, Dispatch, NoticeKind, Source, delivery_id, digest_id, notice_id},
    petition::PetitionCode,
    time::Instant,
};
use persistence::{Addressee, Letter, NewDelivery, Notice, StoreError};

use crate::{app::App, clock};

/// Something to tell people.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// What it comes from: of one source a person has one notice, however often it is told.
    pub source: Source<'a>,
    /// What it is about.
    pub kind: NoticeKind,
    /// The petition.
    pub code: Option<&'a PetitionCode>,
    /// What else its text names. It goes to carriers too: nothing personal, and nothing that a stranger could have written.
    pub about: Option<&'a str>,
    /// When it happened.
    pub at: Instant,
}

impl App {
    /// The notices to those people and the messages that take them there, to be put on their way by [`persistence::UnitOfWork::post`].
    /// Whoever may not sign in gets none.
    ///
    /// # Errors
    /// As the store says.
    pub async fn letters(&self, accounts: &[AccountId], told: &Told<'_>) -> Result<Vec<Letter>, StoreError> {
        let now = clock::now();
        let addressees = self.store.addressees(accounts).await?;
        Ok(addressees.iter().map(|addressee| self.letter(addressee, told, now)).collect())
    }

    /// Tells those people something, in a unit of work of its own.
    ///
    /// # Errors
    /// As the store says; repeating the call tells nobody twice.
    pub async fn tell(&self, accounts: &[AccountId], told: &Told<'_>) -> Result<(), StoreError> {
        let letters = self.letters(accounts, told).await?;
        let mut unit = self.store.begin().await?;
        unit.post(&letters).await?;
        unit.commit().await
    }

    /// One person's notice, and the messages that take it there.
    pub(super) fn letter(&self, addressee: &Addressee, told: &Told<'_>, now: Instant) -> Letter {
        let Addressee { account, preferences, phones } = addressee;
        let id = notice_id(told.source, account.id, told.at);
        let mut notice = Notice {
            id,
            account: account.id,
            kind: told.kind,
            code: told.code.cloned(),
            about: told.about.map(str::to_owned),
            at: told.at,
            read_at: None,
            digest: None,
        };
        // Nobody else is told what is a person's: an address counts when its owner has proved it.
        let own_address = match (&account.login, account.verified_at) {
            (Login::Email(_), Some(_)) => Some(Carrier::Email),
            (Login::Phone(_), Some(_)) => Some(Carrier::Sms),
            (Login::Email(_) | Login::Phone(_), None) | (Login::Name(_), _) => None,
        };
        let ways = phones.iter().map(|phone| (phone.carrier, Some(phone.id))).chain(own_address.map(|way| (way, None)));
        let mut deliveries = Vec::new();
        for (carrier, phone) in ways.filter(|(carrier, _)| self.gateways.carries(*carrier)) {
            match preferences.dispatch(carrier.way(), told.kind, now) {
                Some(Dispatch::At(due_at)) => deliveries.push(NewDelivery {
                    id: delivery_id(id, told.at, carrier, phone),
                    notice: Some(id),
                    carrier,
                    phone,
                    due_at,
                }),
                Some(Dispatch::Digest(due_at)) => {
                    let digest = digest_id(account.id, due_at);
                    notice.digest = Some(digest);
                    deliveries.push(NewDelivery { id: digest, notice: None, carrier, phone, due_at });
                }
                None => {}
            }
        }
        Letter { notice, deliveries }
    }
}
