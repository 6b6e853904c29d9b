//! Chance, keyed and never drawn in sequence: a draw is a pure function of (seed, name of the event, purpose).
//!
//! The generator is SplitMix64 of `rand_xoshiro`, the same on every platform.

use crate::Name;
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

/// What a draw is for: two draws of one event differ by their purpose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Purpose(u64);

impl Purpose {
    /// The purpose of this name, by FNV-1a: meant for constants.
    pub const fn new(name: &str) -> Self {
        let bytes = name.as_bytes();
        let mut hash = 0xcbf2_9ce4_8422_2325u64;
        let mut i = 0;
        while i < bytes.len() {
            hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0100_0000_01b3);
            i += 1;
        }
        Self(hash)
    }

    /// The `n`-th purpose of this family, for draws that come in rows.
    #[must_use]
    pub const fn nth(self, n: u64) -> Self {
        Self(Name(self.0).mix(n).0)
    }

    /// The purpose as a word, for records.
    pub const fn word(self) -> u64 {
        self.0
    }
}

/// The chance of one event: every draw from it is named by a [`Purpose`]. It costs nothing until it is drawn from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Chance {
    seed: u64,
    name: Name,
}

impl Chance {
    /// The chance of the event called `name` in a run of this seed.
    #[inline]
    pub const fn new(seed: u64, name: Name) -> Self {
        Self { seed, name }
    }

    /// Sixty-four even bits.
    #[inline]
    pub fn bits(self, purpose: Purpose) -> u64 {
        let event = Name(self.seed).mix(self.name.0);
        SplitMix64::seed_from_u64(event.mix(purpose.0).0).next_u64()
    }

    /// An integer in `0..n`, even to within n / 2^32; `n` in `1..=2^32`.
    #[inline]
    pub fn below(self, purpose: Purpose, n: u64) -> u64 {
        debug_assert!((1..=1 << 32).contains(&n), "a range of 1 to 2^32 outcomes");
        ((self.bits(purpose) >> 32) * n) >> 32
    }

    /// An integer in `min..=max`; the two may be equal, and lie less than 2^32 apart.
    #[inline]
    pub fn between(self, purpose: Purpose, min: u64, max: u64) -> u64 {
        if max <= min {
            min
        } else {
            min + self.below(purpose, max - min + 1)
        }
    }

    /// True with a probability of `permille` in a thousand.
    #[inline]
    pub fn permille(self, purpose: Purpose, permille: u64) -> bool {
        permille > 0 && self.below(purpose, 1000) < permille
    }

    /// A number in `[0, 1)` with 53 bits.
    #[inline]
    pub fn unit(self, purpose: Purpose) -> f64 {
        (self.bits(purpose) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A draw from `distribution`, in its own unit.
    #[inline]
    pub fn sample(self, purpose: Purpose, distribution: &Distribution) -> u64 {
        match *distribution {
            Distribution::Constant(value) => value,
            Distribution::Uniform { min, max } => self.between(purpose, min, max),
            Distribution::Exponential { .. } | Distribution::LogNormal { .. } => {
                self.sample_tail(purpose, distribution)
            }
        }
    }

    /// The distributions that need logarithms, apart so that the others stay small where they are used.
    fn sample_tail(self, purpose: Purpose, distribution: &Distribution) -> u64 {
        match *distribution {
            Distribution::Constant(value) => value,
            Distribution::Uniform { min, .. } => min,
            // Inverse of the distribution function; 1 - u lies in (0, 1].
            Distribution::Exponential { min, mean } => {
                let excess = mean.saturating_sub(min) as f64;
                min + (-libm::log(1.0 - self.unit(purpose)) * excess) as u64
            }
            // Box and Muller 1958.
            Distribution::LogNormal {
                median,
                sigma_permille,
            } => {
                let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit(purpose)));
                let angle = core::f64::consts::TAU * self.unit(purpose.nth(1));
                let normal = radius * libm::cos(angle);
                (median as f64 * libm::exp(normal * f64::from(sigma_permille) / 1000.0)) as u64
            }
        }
    }
}

/// A distribution of durations (µs) or demands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Distribution {
    /// Always this.
    Constant(u64),
    /// Every integer from `min` to `max` alike.
    Uniform {
        /// The least.
        min: u64,
        /// The greatest.
        max: u64,
    },
    /// `min` plus an exponential of mean `mean - min`.
    Exponential {
        /// The least.
        min: u64,
        /// The mean, `min` included.
        mean: u64,
    },
    /// A log-normal: what networks between busy machines look like.
    LogNormal {
        /// The median.
        median: u64,
        /// The standard deviation of the logarithm, in thousandths.
        sigma_permille: u32,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELAY: Purpose = Purpose::new("delay");

    fn mean(distribution: Distribution) -> f64 {
        let draws = 40_000u64;
        let sum: u64 = (0..draws)
            .map(|i| Chance::new(7, Name(i)).sample(DELAY, &distribution))
            .sum();
        sum as f64 / draws as f64
    }

    #[test]
    fn a_draw_depends_on_seed_name_and_purpose() {
        let draw = |seed, name, purpose| Chance::new(seed, Name(name)).bits(purpose);
        assert_eq!(draw(1, 2, DELAY), draw(1, 2, DELAY));
        assert_ne!(draw(1, 2, DELAY), draw(2, 2, DELAY));
        assert_ne!(draw(1, 2, DELAY), draw(1, 3, DELAY));
        assert_ne!(draw(1, 2, DELAY), draw(1, 2, Purpose::new("loss")));
    }

    #[test]
    fn distributions_have_their_means() {
        assert!((mean(Distribution::Uniform { min: 100, max: 300 }) - 200.0).abs() < 2.0);
        assert!(
            (mean(Distribution::Exponential {
                min: 100,
                mean: 500
            }) - 500.0)
                .abs()
                < 10.0
        );
        // The mean of a log-normal is median · exp(σ²/2).
        let expected = 1000.0 * libm::exp(0.5 * 0.3 * 0.3);
        assert!(
            (mean(Distribution::LogNormal {
                median: 1000,
                sigma_permille: 300
            }) - expected)
                .abs()
                < 10.0
        );
    }

    #[test]
    fn ranges_are_closed() {
        let mut seen = [false; 3];
        for i in 0..100 {
            seen[(Chance::new(1, Name(i)).between(DELAY, 5, 7) - 5) as usize] = true;
        }
        assert_eq!(seen, [true; 3]);
        assert_eq!(Chance::new(1, Name(1)).between(DELAY, 9, 9), 9);
    }
}
