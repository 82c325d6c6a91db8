//! Figures from the log.

use domain::{
    petition::Event,
    rate::{Question, Tally, at_each},
    routing::Directory,
    time::Instant,
};

use crate::{
    error::StoreError,
    history::{Histories, LoggedEvent},
    store::Snapshot,
};

impl Snapshot {
    /// The answer to a question at each of the instants, which ascend.
    ///
    /// Every history is replayed, so the answer is exact for any past instant; its cost grows with the log.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] on a damaged log; otherwise as the database says.
    pub async fn tallies(
        &self,
        question: &Question,
        instants: &[Instant],
        directory: &Directory,
    ) -> Result<Vec<Tally>, StoreError> {
        let mut tallies = vec![Tally::default(); instants.len()];
        let Some(last) = instants.last() else { return Ok(tallies) };
        let mut histories = Histories::new(self, *last);
        loop {
            let rows = histories.next().await?;
            if rows.is_empty() {
                return Ok(tallies);
            }
            let events: Vec<Event> = rows
                .into_iter()
                .map(|row| LoggedEvent::try_from(row).map(|logged| logged.event))
                .collect::<Result<_, _>>()?;
            for history in events.chunk_by(|one, next| one.petition == next.petition) {
                let Some(first) = history.first().filter(|first| question.covers(first.at)) else { continue };
                at_each(history, instants, |index, instant, petition| {
                    if let Some(tally) = tallies.get_mut(index) {
                        tally.take(petition, instant, question, directory);
                    }
                })
                .map_err(|unfit| StoreError::inconsistent("event", "seq", first.petition, unfit))?;
            }
        }
    }
}
