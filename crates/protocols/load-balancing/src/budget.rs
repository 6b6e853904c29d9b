//! The budget of retries: a bucket of tokens that requests fill and retries empty, so that retries cannot multiply an overload.
//!
//! Google SRE 2016, chapter 21; Finagle's `RetryBudget`. Knows nothing of requests.

use serde::Serialize;

/// A token is a thousand parts.
const TOKEN: u64 = 1000;

/// A bucket of retries.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Budget {
    /// In thousandths of a retry.
    level: u64,
    /// Whether a retry was refused, and less than half of what can be saved has come together since.
    spent: bool,
}

impl Budget {
    /// A bucket that is full.
    pub const fn new(burst: u64) -> Self {
        Self {
            level: burst * TOKEN,
            spent: false,
        }
    }

    /// A request pays in, up to the most that can be saved.
    pub fn deposit(&mut self, permille: u64, burst: u64) {
        self.level = (self.level + permille).min(burst * TOKEN);
        self.spent &= self.level * 2 < burst * TOKEN;
    }

    /// Takes one retry out, if there is one.
    pub const fn withdraw(&mut self) -> bool {
        let enough = self.level >= TOKEN;
        if enough {
            self.level -= TOKEN;
        } else {
            self.spent = true;
        }
        enough
    }

    /// How many retries there are.
    pub const fn retries(self) -> u64 {
        self.level / TOKEN
    }

    /// Whether a retry was refused, and the bucket has not been half full since.
    pub const fn is_spent(self) -> bool {
        self.spent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// However requests and failures follow each other: retries ≤ burst + share · requests.
        #[test]
        fn retries_stay_within_the_budget(
            wishes in prop::collection::vec(any::<bool>(), 0..500),
            permille in 0..1000u64,
            burst in 0..20u64,
        ) {
            let mut budget = Budget::new(burst);
            let (mut requests, mut retries) = (0, 0);
            for retry in wishes {
                if retry {
                    retries += u64::from(budget.withdraw());
                } else {
                    requests += 1;
                    budget.deposit(permille, burst);
                }
                prop_assert!(retries * TOKEN <= burst * TOKEN + requests * permille);
            }
        }
    }
}
