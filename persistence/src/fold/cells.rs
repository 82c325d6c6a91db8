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

/// Sums as they are packed. Most headings have many standings: each is written, and read, once.
#[derive(Serialize, Deserialize)]
struct Packed {
    /// The headings in order, their standing zero, and how many of the standings are whose.
    headings: Vec<(Cell, u32)>,
    /// How many petitions stand how, heading by heading.
    standings: Vec<(u8, i64)>,
}

/// Packs sums; `None` where nothing is left.
pub(super) fn pack(cells: Cells) -> Result<Option<Vec<u8>>, StoreError> {
    let mut cells: Vec<(Cell, i64)> = cells.into_iter().filter(|(_, count)| *count != 0).collect();
    if cells.is_empty() {
        return Ok(None);
    }
    cells.sort_unstable();
    let mut packed = Packed { headings: Vec::new(), standings: Vec::with_capacity(cells.len()) };
    for (cell, count) in cells {
        let heading = Cell { standing: 0, ..cell };
        match packed.headings.last_mut() {
            Some((last, standings)) if *last == heading => *standings += 1,
            Some(_) | None => packed.headings.push((heading, 1)),
        }
        packed.standings.push((cell.standing, count));
    }
    let packed = postcard::to_allocvec(&packed);
    packed.map(Some).map_err(|error| StoreError::inconsistent("rate_sum", "cells", "new", error))
}

/// Unpacks sums, in the order of their headings.
pub(super) fn unpack(key: SumKey, packed: &[u8]) -> Result<impl Iterator<Item = (Cell, i64)> + use<>, StoreError> {
    let wrong =
        |problem: &dyn std::fmt::Display| StoreError::inconsistent("rate_sum", "cells", format!("{key:?}"), problem);
    let Packed { headings, standings } = postcard::from_bytes(packed).map_err(|error| wrong(&error))?;
    let named = headings.iter().map(|(_, standings)| u64::from(*standings)).sum::<u64>();
    if u64::try_from(standings.len()) != Ok(named) {
        return Err(wrong(&"not as many standings as its headings have"));
    }
    let of_each = headings.into_iter().flat_map(|(heading, standings)| (0..standings).map(move |_| heading));
    Ok(of_each.zip(standings).map(|(heading, (standing, count))| (Cell { standing, ..heading }, count)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::block::Block;

    #[test]
    fn sums_unpack_to_themselves_in_order() {
        let key = SumKey { grain: Grain::Whole, block: Block { scale: 1, index: 19_000 }, part: 24_272 };
        let cell = |agency, category, standing| Cell { agency, category, standing, ..Cell::default() };
        let sums = [(cell(2, 1, 7), 3), (cell(1, 4, 0), -1), (cell(1, 4, 111), 1 << 40), (cell(1, 5, 3), 2)];
        let packed = pack(sums.into_iter().chain([(cell(9, 9, 9), 0)]).collect()).unwrap().unwrap();
        let mut sorted = sums;
        sorted.sort_unstable();
        assert_eq!(unpack(key, &packed).unwrap().collect::<Vec<_>>(), sorted);
        assert_eq!(pack([(cell(9, 9, 9), 0)].into_iter().collect()).unwrap(), None);
        assert!(unpack(key, &packed[..packed.len() - 1]).is_err());
        let lacking = Packed { headings: vec![(cell(1, 1, 0), 2)], standings: vec![(1, 1)] };
        assert!(unpack(key, &postcard::to_allocvec(&lacking).unwrap()).is_err());
    }
}
