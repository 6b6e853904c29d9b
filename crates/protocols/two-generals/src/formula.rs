//! What the formula says: see the derivation in the crate's header. Knows nothing of battles that were fought.

/// The probability that all `copies` messengers of a message are captured, each with probability `captured`: `q = pⁿ`.
pub fn lost(captured: f64, copies: u64) -> f64 {
    power(captured, copies)
}

/// The probability that a battle with `acks` acknowledgements divides the generals: `q·(1 − q)^k`.
pub fn divided(captured: f64, copies: u64, acks: u64) -> f64 {
    let q = lost(captured, copies);
    q * power(1.0 - q, acks)
}

/// The same among those battles in which somebody attacks: `q`, whatever the number of acknowledgements.
pub fn divided_of_attacks(captured: f64, copies: u64) -> f64 {
    lost(captured, copies)
}

fn power(base: f64, exponent: u64) -> f64 {
    (0..exponent).fold(1.0, |product, _| product * base)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ACKS_MAX, COPIES_MAX};

    /// Every way in which messages of a chain arrive or not, weighed: the sum over those that divide is what the formula says.
    #[test]
    fn the_formula_is_the_sum_over_all_schedules() {
        for acks in 0..=ACKS_MAX {
            for (captured, copies) in [(0.5, 1), (0.3, 2), (0.9, 3), (0.01, 1)] {
                let q = lost(captured, copies);
                let weigh = |schedule: u64| {
                    let one = |message: u64| match schedule >> message & 1 {
                        0 => 1.0 - q,
                        _ => q,
                    };
                    (0..=acks).map(one).product::<f64>()
                };
                // A general attacks if nothing up to the last message that it is to receive was lost.
                let clear = |schedule: u64, messages: u64| schedule & ((1 << messages) - 1) == 0;
                let divides = |s: &u64| clear(*s, acks + 1) != clear(*s, acks);
                let sum: f64 = (0..1 << (acks + 1)).filter(divides).map(weigh).sum();
                assert!((sum - divided(captured, copies, acks)).abs() < 1e-12);
                let somebody = |s: &u64| clear(*s, acks);
                let attacks: f64 = (0..1 << (acks + 1)).filter(somebody).map(weigh).sum();
                let part = sum / attacks;
                assert!((part - divided_of_attacks(captured, copies)).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn nothing_makes_it_zero() {
        for acks in 0..=ACKS_MAX {
            for copies in 1..=COPIES_MAX {
                assert!(divided(0.001, copies, acks) > 0.0);
                assert!(divided(0.999, copies, acks) > 0.0);
            }
        }
        assert_eq!(divided(0.0, 1, 3), 0.0, "unless nothing is captured");
    }
}
