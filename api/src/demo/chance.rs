//! Chance, seeded. Whole numbers only, so that every machine draws the same.

use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

pub(super) type Chance = ChaCha8Rng;

/// What chance is drawn for: each has a stream of its own, so that a change in one does not stir the others.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    People,
    Desks,
    Arrivals,
    Author,
    Life,
    Plan,
    Afterwards,
    HardCase,
}

/// The stream of one purpose.
pub(super) fn chance(seed: u64, purpose: Purpose) -> Chance {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    chance.set_stream(match purpose {
        Purpose::People => 1,
        Purpose::Desks => 2,
        Purpose::Arrivals => 3,
        Purpose::Author => 4,
        Purpose::Life => 5,
        Purpose::Plan => 6,
        Purpose::Afterwards => 7,
        Purpose::HardCase => 8,
    });
    chance
}

/// From the first to the second, both included; the first where the second is below it.
pub(super) fn between(chance: &mut Chance, least: i64, most: i64) -> i64 {
    if most <= least { least } else { chance.random_range(least..=most) }
}

/// Below a number; 0 below 0.
pub(super) fn below(chance: &mut Chance, bound: u64) -> u64 {
    if bound == 0 { 0 } else { chance.random_range(0..bound) }
}

/// Whether it happens, of a hundred times so many.
pub(super) fn percent(chance: &mut Chance, times: u32) -> bool {
    chance.random_ratio(times.min(100), 100)
}

/// One of them.
pub(super) fn one<'a, T>(chance: &mut Chance, of: &'a [T]) -> Option<&'a T> {
    if of.is_empty() { None } else { of.get(chance.random_range(0..of.len())) }
}

/// `whole · part / of`, up or down by chance so that the mean is right.
pub(super) fn share(chance: &mut Chance, whole: i64, part: i64, of: i64) -> i64 {
    if of <= 0 {
        return 0;
    }
    let product = whole * part;
    product.div_euclid(of) + i64::from(between(chance, 0, of - 1) < product.rem_euclid(of))
}

/// Cards that are drawn to the last and then shuffled again: shares that hold in a small year as in a great one.
#[derive(Debug)]
pub(super) struct Deck<T> {
    cards: Vec<T>,
    next: usize,
}

impl<T: Copy> Deck<T> {
    /// So many of each.
    pub(super) fn new(cards: &[(usize, T)]) -> Self {
        let cards: Vec<T> = cards.iter().flat_map(|(count, card)| std::iter::repeat_n(*card, *count)).collect();
        Self { next: cards.len(), cards }
    }

    /// The next card; none of an empty deck.
    pub(super) fn draw(&mut self, chance: &mut Chance) -> Option<T> {
        if self.next >= self.cards.len() {
            self.cards.shuffle(chance);
            self.next = 0;
        }
        self.next += 1;
        self.cards.get(self.next - 1).copied()
    }
}

/// Things that are drawn by their weights.
#[derive(Debug)]
pub(super) struct Weighted<T> {
    /// Each with the sum of the weights up to and with its own.
    items: Vec<(u64, T)>,
}

impl<T> Weighted<T> {
    pub(super) fn new(items: impl IntoIterator<Item = (u64, T)>) -> Self {
        let mut sum = 0;
        let items = items.into_iter().map(|(weight, item)| {
            sum += weight;
            (sum, item)
        });
        Self { items: items.collect() }
    }

    pub(super) fn total(&self) -> u64 {
        self.items.last().map_or(0, |(sum, _)| *sum)
    }

    /// What lies at a height below the total, and how high in it that is, with its weight.
    pub(super) fn at(&self, height: u64) -> Option<(&T, u64, u64)> {
        let index = self.items.partition_point(|(sum, _)| *sum <= height);
        let (sum, item) = self.items.get(index)?;
        let below = index.checked_sub(1).and_then(|index| self.items.get(index)).map_or(0, |(sum, _)| *sum);
        Some((item, height - below, sum - below))
    }

    pub(super) fn draw(&self, chance: &mut Chance) -> Option<&T> {
        self.at(below(chance, self.total())).map(|(item, _, _)| item)
    }
}
