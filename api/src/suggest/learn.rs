//! Learning from what staff decide, beside the requests: a cursor follows the log, and counts are kept; a restart goes on where it was.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{
    code::CategoryCode,
    id::PetitionId,
    petition::{Petition, Slot},
    suggest::{WordKey, counted_forms},
};
use persistence::{Consumer, StoreError};
use tokio::time::{Instant, MissedTickBehavior};

use super::{Held, word_key};
use crate::{
    app::App,
    petition::{Texts, joined},
};

/// How many events are looked at in one pass.
const BATCH: u32 = 500;

/// How often a server looks whether there is something to learn, or another catalogue.
const LOOK: Duration = Duration::from_secs(5);

/// How often what was learned is read again at the most: a proposal may be a minute behind.
const READ_AGAIN: Duration = Duration::from_secs(60);

impl App {
    /// Learns from the next events of the log; whether there may be more.
    ///
    /// # Errors
    /// As the store says; repeating the call goes on where it was.
    pub async fn learn(&self) -> Result<bool, StoreError> {
        let turn = self.store.turn(Consumer::Suggestion).await?;
        let news = self.store.log_after(turn.upto, BATCH).await?;
        let Some(last) = news.last() else { return Ok(false) };
        let upto = last.cursor;
        let mut ids: Vec<PetitionId> =
            news.iter().filter(|news| news.data.decides_field()).map(|news| news.petition).collect();
        ids.sort_unstable();
        ids.dedup();
        let petitions = self.store.petitions(&ids).await?;
        let texts = Texts::new(self.store.words_in(&ids, &[Slot::Title, Slot::Content]).await?);
        let mut unit = self.store.begin().await?;
        if !unit.take_log_turn(turn, upto).await? {
            return Ok(true);
        }
        let before = unit.learned_before(&ids).await?;
        let (mut learned, mut counts): (Vec<_>, HashMap<(WordKey, CategoryCode), i64>) = (Vec::new(), HashMap::new());
        for stored in petitions {
            let Petition { id, category, .. } = &stored.petition;
            let told = joined(texts.own(stored.petition.id, Slot::Title), texts.own(stored.petition.id, Slot::Content));
            // What was erased teaches nothing, and stays where it was counted.
            if told.trim().is_empty() || before.get(id) == Some(category) {
                continue;
            }
            for form in counted_forms(&told) {
                let word = word_key(&self.vault, &form);
                *counts.entry((word, category.clone())).or_default() += 1;
                if let Some(before) = before.get(id) {
                    *counts.entry((word, before.clone())).or_default() -= 1;
                }
            }
            learned.push((*id, category.clone()));
        }
        let counts: Vec<_> = counts.into_iter().map(|((word, category), by)| (word, category, by)).collect();
        unit.learn_petitions(&learned).await?;
        unit.count_words(&counts).await?;
        unit.commit().await?;
        Ok(u32::try_from(news.len()) == Ok(BATCH))
    }

    /// Takes what was learned and the fields of the catalogue into the model in memory, where either has changed.
    ///
    /// # Errors
    /// As the store says; the model in memory then stays.
    pub async fn refresh_suggestions(&self) -> Result<(), StoreError> {
        let lesson = self.store.turn(Consumer::Suggestion).await?.revision;
        let (held, catalogue) = (self.suggester.0.load_full(), self.catalogue());
        let (of_catalogue, of_lesson) = held.made_of;
        if (of_catalogue, of_lesson) == (catalogue.revision, lesson) {
            return Ok(());
        }
        let learned =
            if of_lesson == lesson { Arc::clone(&held.learned) } else { Arc::new(self.store.learned().await?) };
        self.suggester.0.store(Arc::new(Held::new(&catalogue, learned, lesson, &self.vault)));
        Ok(())
    }

    /// Learns and keeps the model fresh, until the task is ended.
    pub async fn keep_learning(self: Arc<Self>) {
        let mut next_look = tokio::time::interval(LOOK);
        next_look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut read_at = Instant::now();
        loop {
            next_look.tick().await;
            let learned = async {
                while self.learn().await? {}
                let other_fields = self.suggester.0.load().made_of.0 != self.catalogue().revision;
                if other_fields || read_at.elapsed() >= READ_AGAIN {
                    self.refresh_suggestions().await?;
                    read_at = Instant::now();
                }
                Ok::<_, StoreError>(())
            };
            if let Err(error) = learned.await {
                tracing::warn!(%error, "nothing could be learned for the suggestion of fields; tried again soon");
            }
        }
    }
}
