//! A retry budget: retries stay a share of the calls (Google SRE, chapter 21, "Deciding to Retry"), kept as a bucket of tokens that
//! calls fill and retries empty, as Finagle and gRPC do. Knows nothing of calls.

use serde::Serialize;

/// The thousandths in a token, which pays for one retry.
const TOKEN: u64 = 1000;

/// The bucket.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Budget {
    /// What is in it, in thousandths of a retry.
    pub tokens_permille: u64,
}

impl Budget {
    /// A full bucket, for `burst` retries.
    pub const fn full(burst: u64) -> Self {
        Self {
            tokens_permille: burst * TOKEN,
        }
    }

    /// A call adds its share; more than `burst` retries do not fit.
    pub fn earn(&mut self, permille: u64, burst: u64) {
        self.tokens_permille = (self.tokens_permille + permille).min(burst * TOKEN);
    }

    /// Whether the token of one retry is there.
    pub const fn pays(&self) -> bool {
        self.tokens_permille >= TOKEN
    }

    /// Takes the token of one retry.
    pub const fn spend(&mut self) {
        self.tokens_permille = self.tokens_permille.saturating_sub(TOKEN);
    }
}
