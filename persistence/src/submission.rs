//! Submissions as they were, from the log: what was sent, where it was about, and where it went at first.

use domain::{
    id::PetitionId,
    petition::{Event, EventData, Submitted},
    time::Instant,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{entity::event, error::StoreError, history::LoggedEvent, store::Snapshot};

/// A submission of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedSubmission {
    /// The petition.
    pub petition: PetitionId,
    /// When it was sent.
    pub at: Instant,
    /// What was sent.
    pub submitted: Submitted,
}

impl Snapshot {
    /// The next submissions of a period `[from, to)` after a petition, in the order of ids, which is that of time to the millisecond.
    ///
    /// # Errors
    /// As the database says.
    pub async fn submissions(
        &self,
        (from, to): (Instant, Instant),
        after: Option<PetitionId>,
        limit: u64,
    ) -> Result<Vec<LoggedSubmission>, StoreError> {
        // An id begins with the millisecond it was made in.
        let first = PetitionId::new(from, &[0; 10]);
        let end = PetitionId::new(to.plus(chrono::Duration::milliseconds(1)), &[0; 10]);
        let mut query = event::Entity::find()
            .filter(event::Column::PetitionId.gte(first.0))
            .filter(event::Column::PetitionId.lt(end.0))
            .filter(event::Column::Seq.eq(1))
            .filter(event::Column::At.gte(from.micros()))
            .filter(event::Column::At.lt(to.micros()));
        if let Some(after) = after {
            query = query.filter(event::Column::PetitionId.gt(after.0));
        }
        let rows = query.order_by_asc(event::Column::PetitionId).limit(limit).all(&self.0).await?;
        rows.into_iter()
            .map(|row| {
                let Event { petition, at, data, .. } = LoggedEvent::try_from(row)?.event;
                let EventData::Submitted(submitted) = data else {
                    return Err(StoreError::inconsistent("event", "type", petition, "the first is no submission"));
                };
                Ok(LoggedSubmission { petition, at, submitted: *submitted })
            })
            .collect()
    }
}
