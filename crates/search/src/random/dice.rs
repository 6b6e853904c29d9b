//! The chance of a schedule: a sequence that follows from its number alone, the same on every platform.

use rand::RngExt;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// Draws, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Dice(Xoshiro256PlusPlus);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// From 0 to `n` - 1; 0 if `n` is.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        if n == 0 { 0 } else { self.0.random_range(0..n) }
    }

    /// From `min` to `max`.
    pub(crate) fn between(&mut self, min: u64, max: u64) -> u64 {
        self.0.random_range(min..=max.max(min))
    }

    /// From `min`, at least 1, to `max`, every order of magnitude as often: what has no scale of its own.
    pub(crate) fn of_any_scale(&mut self, min: u64, max: u64) -> u64 {
        let (least, most) = (min.max(1).ilog2(), max.max(1).ilog2());
        let scale = self.between(least.into(), most.into());
        self.between(1 << scale, (2 << scale) - 1).clamp(min, max)
    }

    /// Once in `n` times.
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of them; `None` if there is none.
    pub(crate) fn one_of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len() as u64) as usize)
    }
}
