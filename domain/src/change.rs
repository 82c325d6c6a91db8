//! What an operator changed: who, when, why, what it was before and what it is now. A list beside the catalogue, never changed itself.

use serde_json::Value;

use crate::{
    id::{AccountId, ChangeId, Randomness},
    time::Instant,
    vocabulary::vocabulary,
};

vocabulary! {
    /// What was changed. The words lie in the list for good: add, never rename.
    ChangeKind {
        /// An agency; its key is its code.
        Agency = "agency",
        /// A field of petitions, with its questions and deadlines; its key is its code.
        Category = "category",
        /// A group of fields; its key is its code.
        CategoryGroup = "category_group",
        /// A routing rule; its key is its number.
        Rule = "rule",
        /// A year of the working calendar; its key is the year.
        Calendar = "calendar",
        /// A target; its key is its code.
        Target = "target",
        /// An account of staff; its key is its id.
        Account = "account",
        /// A text that people read; its key is its name.
        Wording = "wording",
        /// An administrative unit; its key is its code.
        Unit = "unit",
        /// Boundaries; the key says which.
        Boundary = "boundary",
        /// A reform of units and agencies; its key is its name.
        Reform = "reform",
    }
}

/// One change of one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Its id, in the order of time.
    pub id: ChangeId,
    /// When.
    pub at: Instant,
    /// Who; `None`: a command line, or pakn itself.
    pub author: Option<AccountId>,
    /// What kind of thing.
    pub kind: ChangeKind,
    /// Which one.
    pub key: String,
    /// What it was; `None`: it was not there.
    pub before: Option<Value>,
    /// What it is now; `None`: it is gone.
    pub after: Option<Value>,
    /// Why, as its author says.
    pub reason: Option<String>,
}

impl Change {
    /// A change of that thing, by that author, with nothing before and after it yet.
    pub fn new(
        at: Instant,
        randomness: &Randomness,
        author: Option<AccountId>,
        kind: ChangeKind,
        key: impl ToString,
    ) -> Self {
        let id = ChangeId::new(at, randomness);
        Self { id, at, author, kind, key: key.to_string(), before: None, after: None, reason: None }
    }

    /// The same, from one value to another.
    #[must_use]
    pub fn between(self, before: Option<Value>, after: Option<Value>) -> Self {
        Self { before, after, ..self }
    }

    /// The same, for that reason.
    #[must_use]
    pub fn because(self, reason: Option<String>) -> Self {
        Self { reason, ..self }
    }
}
