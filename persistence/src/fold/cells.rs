//! Sums: how many petitions more or less stand under which heading, and how they are packed.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::block::{Grain, SumKey};
use crate::error::StoreError;

/// A heading and a standing by their numbers. What a grain does not tell apart is zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct Cell {
    /// The day of the month of submission.
    pub day: u8,
    pub agency: u32,
    pub unit: u32,
    pub category: u32,
    pub channel: u8,
    pub standing: u8,
}

impl Cell {
    /// What a grain tells apart of it.
    pub(super) fn seen_by(self, grain: Grain) -> Self {
        match grain {
            Grain::AgencyYear | Grain::AgencyMonth => Self { day: 0, unit: 0, category: 0, ..self },
            Grain::CategoryYear => Self { day: 0, unit: 0, ..self },
            Grain::UnitYear => Self { day: 0, category: 0, ..self },
            Grain::Whole => self,
        }
    }
}

/// Sums by cell; a sum of zero is as good as none.
pub(super) type Cells = FxHashMap<Cell, i64>;

/// Packs sums; `None` where nothing is left.
pub(super) fn pack(cells: Cells) -> Result<Option<Vec<u8>>, StoreError> {
    let mut cells: Vec<(Cell, i64)> = cells.into_iter().filter(|(_, count)| *count != 0).collect();
    if cells.is_empty() {
        return Ok(None);
    }
    cells.sort_unstable();
    let packed = postcard::to_allocvec(&cells);
    packed.map(Some).map_err(|error| StoreError::inconsistent("rate_sum", "cells", "new", error))
}

/// Unpacks sums.
pub(super) fn unpack(key: SumKey, packed: &[u8]) -> Result<Vec<(Cell, i64)>, StoreError> {
    postcard::from_bytes(packed)
        .map_err(|error| StoreError::inconsistent("rate_sum", "cells", format!("{key:?}"), error))
}
