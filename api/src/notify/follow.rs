//! Following the log: what happened to a petition becomes notices to those who have to do with it.
//!
//! A batch goes into inboxes and onto its way in the unit of work that moves the cursor. Of a petition that thousands follow it does
//! so in parts, the cursor with the last: whoever is cut off in between does it again, and ids that are made from what is told of
//! leave what is there as it is.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use domain::{
    account::Role,
    code::AgencyCode,
    id::{AccountId, PetitionId},
    notice::{Audience, NoticeKind, Source, TOLD_FOR_DAYS, tellings},
    petition::{Petition, PetitionCode},
    time::Instant,
};
use persistence::{Consumer, Letter, LoggedNews, StoreError};
use tokio::time::MissedTickBehavior;

use super::tell::Told;
use crate::{app::App, clock};

/// How many events are looked at in one pass.
const BATCH: u32 = 200;

/// How many people's notices are written in one unit of work.
const PART: usize = 500;

/// How often a server looks whether there is something to tell.
const LOOK: Duration = Duration::from_secs(1);

/// Somebody who is told of an event.
struct Recipient {
    account: AccountId,
    kind: NoticeKind,
    code: PetitionCode,
}

/// The members of desks, looked up once in a pass.
#[derive(Default)]
struct Members(HashMap<(AgencyCode, bool), Vec<AccountId>>);

impl Members {
    async fn of(&mut self, app: &App, desk: &AgencyCode, leaders_only: bool) -> Result<&[AccountId], StoreError> {
        let key = (desk.clone(), leaders_only);
        if !self.0.contains_key(&key) {
            let roles: &[Role] = if leaders_only { &[Role::Leader] } else { &[Role::Officer, Role::Leader] };
            let found = app.store.desk_members(desk, roles).await?;
            self.0.insert(key.clone(), found);
        }
        Ok(self.0.get(&key).map(Vec::as_slice).unwrap_or_default())
    }
}

impl App {
    /// Tells people of the next events of the log; whether there may be more.
    ///
    /// # Errors
    /// As the store says; repeating the call goes on where it was, and tells nobody twice.
    pub async fn tell_news(&self, now: Instant) -> Result<bool, StoreError> {
        let turn = self.store.turn(Consumer::Notices).await?;
        let news = self.store.log_after(turn.upto, BATCH).await?;
        let Some(last) = news.last() else { return Ok(false) };
        let upto = last.cursor;
        let mut ids: Vec<PetitionId> = news.iter().map(|news| news.petition).collect();
        ids.sort_unstable();
        ids.dedup();
        let petitions = self.store.petitions(&ids).await?.into_iter();
        let petitions: HashMap<PetitionId, Petition> =
            petitions.map(|stored| (stored.petition.id, stored.petition)).collect();
        let oldest = now.plus(-chrono::Duration::days(TOLD_FOR_DAYS));
        let (mut members, mut letters) = (Members::default(), Vec::new());
        for one in news.iter().filter(|one| one.at >= oldest) {
            let Some(petition) = petitions.get(&one.petition) else { continue };
            let recipients = self.recipients(petition, one, &mut members).await?;
            for part in recipients.chunks(PART) {
                if letters.len() >= PART {
                    self.post(std::mem::take(&mut letters)).await?;
                }
                letters.extend(self.letters_of(one, part, now).await?);
            }
        }
        let mut unit = self.store.begin().await?;
        if !unit.take_log_turn(turn, upto).await? {
            return Ok(true);
        }
        unit.post(&letters).await?;
        unit.commit().await?;
        Ok(u32::try_from(news.len()) == Ok(BATCH))
    }

    /// A part that the cursor does not move with.
    async fn post(&self, letters: Vec<Letter>) -> Result<(), StoreError> {
        let mut unit = self.store.begin().await?;
        unit.post(&letters).await?;
        unit.commit().await
    }

    /// Who is told of an event, each once, and never who did it.
    async fn recipients(
        &self,
        petition: &Petition,
        news: &LoggedNews,
        members: &mut Members,
    ) -> Result<Vec<Recipient>, StoreError> {
        let mut seen: HashSet<AccountId> = news.actor.into_iter().collect();
        let mut recipients = Vec::new();
        for telling in tellings(petition, &news.data) {
            let own = |accounts: Vec<AccountId>| accounts.into_iter().map(|account| (account, petition.code.clone()));
            let found: Vec<(AccountId, PetitionCode)> = match &telling.audience {
                Audience::Sender => own(vec![petition.submitter]).collect(),
                Audience::SharedSenders if petition.absorbed == 0 => Vec::new(),
                Audience::SharedSenders => self.store.shared_senders(petition.id).await?,
                Audience::Followers => own(self.store.followers(petition.id).await?).collect(),
                Audience::Desk(desk) => own(members.of(self, desk, false).await?.to_vec()).collect(),
                Audience::Leaders(desk) => own(members.of(self, desk, true).await?.to_vec()).collect(),
                Audience::Coordinators => {
                    own(members.of(self, &AgencyCode::coordinator(), true).await?.to_vec()).collect()
                }
                Audience::One(account) => own(vec![*account]).collect(),
            };
            for (account, code) in found {
                if seen.insert(account) {
                    recipients.push(Recipient { account, kind: telling.kind, code });
                }
            }
        }
        Ok(recipients)
    }

    async fn letters_of(
        &self,
        news: &LoggedNews,
        recipients: &[Recipient],
        now: Instant,
    ) -> Result<Vec<Letter>, StoreError> {
        let accounts: Vec<AccountId> = recipients.iter().map(|recipient| recipient.account).collect();
        let addressees = self.store.addressees(&accounts).await?;
        let by_account: HashMap<AccountId, &Recipient> =
            recipients.iter().map(|recipient| (recipient.account, recipient)).collect();
        let letters = addressees.iter().filter_map(|addressee| {
            let Recipient { kind, code, .. } = by_account.get(&addressee.account.id)?;
            let source = Source::Event(news.petition, news.seq);
            let told = Told { source, kind: *kind, code: Some(code), about: None, at: news.at };
            Some(self.letter(addressee, &told, now))
        });
        Ok(letters.collect())
    }

    /// Tells people what happens, until the task is ended.
    pub async fn keep_people_told(self: Arc<Self>) {
        let mut next_look = tokio::time::interval(LOOK);
        next_look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            next_look.tick().await;
            let told = async {
                while self.tell_news(clock::now()).await? {}
                Ok::<_, StoreError>(())
            };
            if let Err(error) = told.await {
                tracing::warn!(%error, "people could not be told what happened; tried again soon");
            }
        }
    }
}
