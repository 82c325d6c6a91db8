//! From numbers to the keys of an answer: each heading is looked at once, however many sums it occurs in.

use domain::{
    rate::{Counts, Dimension, Heading, Key, Month, Question, Standing, Tally},
    routing::Directory,
};
use rustc_hash::FxHashMap;

use super::{
    cells::Cell,
    names::Names,
    spans::{heading, standing},
};
use crate::error::StoreError;

/// How many petitions stand how, by the number of the key they come under.
pub(super) type Sums = FxHashMap<(usize, u8), i64>;

/// The headings that a question came across.
pub(super) struct Headings<'a> {
    question: &'a Question,
    directory: &'a Directory,
    names: Names,
    by_month: bool,
    known: FxHashMap<(i32, Cell), Option<usize>>,
    /// The last one: cells are packed in order, so those of one heading follow each other.
    last: Option<((i32, Cell), Option<usize>)>,
    keys: Vec<Key>,
    /// Every standing by its number, which takes a while to find.
    standings: Vec<Standing>,
    numbers: FxHashMap<Key, usize>,
}

impl<'a> Headings<'a> {
    pub(super) fn new(question: &'a Question, directory: &'a Directory, names: Names) -> Self {
        let by_month = question.group_by.contains(&Dimension::Month) || question.filter.through_heirs;
        let (known, keys, numbers) = (FxHashMap::default(), Vec::new(), FxHashMap::default());
        let standings = Standing::all().collect();
        Self { question, directory, names, by_month, known, last: None, keys, standings, numbers }
    }

    /// Adds petitions of a cell, sent in a month, if they are asked for.
    pub(super) fn add(&mut self, month: i32, cell: Cell, petitions: i64, sums: &mut Sums) -> Result<(), StoreError> {
        let month = if self.by_month { month } else { 0 };
        let under = (month, Cell { day: 0, standing: 0, ..cell });
        let number = match self.last {
            Some((last, number)) if last == under => number,
            Some(_) | None => self.number_under(under)?,
        };
        self.last = Some((under, number));
        if let Some(number) = number {
            *sums.entry((number, cell.standing)).or_default() += petitions;
        }
        Ok(())
    }

    /// The number of the key that a cell's petitions come under.
    fn number_under(&mut self, under: (i32, Cell)) -> Result<Option<usize>, StoreError> {
        if let Some(number) = self.known.get(&under) {
            return Ok(*number);
        }
        let (month, cell) = under;
        let heading = heading(cell, Month::from_number(month), &self.names)?;
        let number = self.number(&heading);
        self.known.insert(under, number);
        Ok(number)
    }

    /// Adds a petition of a heading that stands so, if it is asked for.
    pub(super) fn add_one(&mut self, heading: &Heading, standing: Standing, sums: &mut Sums) {
        if let Some(number) = self.number(heading) {
            *sums.entry((number, standing.number())).or_default() += 1;
        }
    }

    fn number(&mut self, heading: &Heading) -> Option<usize> {
        let key = self.question.key(heading, self.directory)?;
        let number = *self.numbers.entry(key.clone()).or_insert(self.keys.len());
        if number == self.keys.len() {
            self.keys.push(key);
        }
        Some(number)
    }

    /// The answer that sums come to.
    pub(super) fn tally(&self, sums: &Sums) -> Result<Tally, StoreError> {
        let mut counts = vec![Counts::default(); self.keys.len()];
        for ((number, of), petitions) in sums.iter().filter(|(_, petitions)| **petitions != 0) {
            let petitions = u64::try_from(*petitions).map_err(|_| {
                let problem = "fewer than no petitions; see `pakn verify` and `pakn rebuild`";
                StoreError::inconsistent("rate_sum", "cells", format!("{:?}", self.keys.get(*number)), problem)
            })?;
            let known = self.standings.get(usize::from(*of)).copied();
            let standing = known.map_or_else(|| standing(*of), Ok)?;
            if let Some(counts) = counts.get_mut(*number) {
                counts.take(standing, petitions);
            }
        }
        let mut tally = Tally::default();
        for (key, counts) in self.keys.iter().zip(&counts).filter(|(_, counts)| counts.submitted > 0) {
            tally.add(key.clone(), counts);
        }
        Ok(tally)
    }
}
