//! What an operator keeps, with how often it was set: by that two who change it at once are told apart.

/// A thing with its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The thing.
    pub value: T,
    /// How often it was set; 1 at first.
    pub version: u32,
}

impl<T> Versioned<T> {
    /// A thing that was not there before.
    pub fn first(value: T) -> Self {
        Self { value, version: 1 }
    }

    /// What takes its place.
    #[must_use]
    pub fn next(&self, value: T) -> Self {
        Self { value, version: self.version.saturating_add(1) }
    }
}
