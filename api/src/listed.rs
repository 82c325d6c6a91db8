//! A page of a list whose items are in the order of their ids.

use serde::Serialize;
use utoipa::ToSchema;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listed<T> {
    /// The items.
    items: Vec<T>,
    /// For the next page; `null` on the last.
    next_cursor: Option<String>,
}

impl<T> Listed<T> {
    /// A page of so many, from what was found of one more.
    pub fn of(mut found: Vec<T>, limit: u64, id: impl Fn(&T) -> String) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = found.len() > limit;
        found.truncate(limit);
        let next_cursor = found.last().filter(|_| more).map(id);
        Self { items: found, next_cursor }
    }

    /// The same page, shown all at once: what is shown of one item may be looked up for all of them together.
    ///
    /// # Errors
    /// As showing them does.
    pub async fn show<U, E>(self, show: impl AsyncFnOnce(Vec<T>) -> Result<Vec<U>, E>) -> Result<Listed<U>, E> {
        Ok(Listed { items: show(self.items).await?, next_cursor: self.next_cursor })
    }

    /// The same page, shown.
    pub fn map<U>(self, show: impl FnMut(T) -> U) -> Listed<U> {
        Listed { items: self.items.into_iter().map(show).collect(), next_cursor: self.next_cursor }
    }
}
