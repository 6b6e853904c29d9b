//! The parameters of remote procedure calls.

use crate::Jitter;
use protocol::Phrase;

protocol::config! {
    /// The parameters of clients, front tier and back tier.
    pub struct RpcConfig {
        /// How many clients there are.
        clients: Int(1..=6) = 2, Count, fixed;
        /// How many frontends there are: they relay calls, and keep nothing.
        frontends: Int(1..=3) = 1, Count, fixed;
        /// How many backends there are: they execute calls on their accounts.
        backends: Int(1..=3) = 1, Count, fixed;
        /// How often a call may run (Birrell and Nelson 1984, §3.1).
        semantics: Choice["maybe", "at-least-once", "at-most-once", "idempotency-key"] = "at-most-once", Count, fixed;
        /// How long a caller waits for an answer to one attempt.
        timeout_us: Int(1_000..=60_000_000) = 150_000, Us, live;
        /// How long a call may take in all; what is left of it travels with the call (SRE, chapter 22).
        deadline_us: Int(1_000..=600_000_000) = 1_000_000, Us, fixed;
        /// The most attempts of one call, the first included.
        attempts_max: Int(1..=20) = 4, Count, live;
        /// Who sends a call again: the client alone, or every tier for the hop behind it (SRE, chapter 22).
        retry_at: Choice["client", "every-tier"] = "client", Count, live;
        /// What the pause before the first retry is at most; it doubles with each retry.
        backoff_base_us: Int(0..=10_000_000) = 50_000, Us, live;
        /// What the pause before a retry never exceeds.
        backoff_cap_us: Int(0..=60_000_000) = 400_000, Us, live;
        /// How chance spreads the pauses (AWS Architecture Blog 2015).
        jitter: Choice["none", "full", "equal", "decorrelated"] = "full", Count, live;
        /// Whether retries need a token of the budget (SRE, chapter 21).
        retry_budget: Switch() = false, Count, live;
        /// What each call adds to the budget, in thousandths of a retry.
        retry_budget_permille: Int(0..=1000) = 100, Permille, fixed;
        /// How many retries the budget holds at most, and at first.
        retry_budget_burst: Int(0..=100) = 5, Count, fixed;
        /// Whether a caller stops calling who fails again and again (Nygard, Release It!).
        breaker: Switch() = false, Count, live;
        /// After how many failures in a row the breaker opens.
        breaker_threshold: Int(1..=100) = 5, Count, live;
        /// How long an open breaker refuses, before it lets trials through.
        breaker_open_us: Int(1_000..=60_000_000) = 500_000, Us, live;
        /// How many trials a half-open breaker lets through; all have to succeed.
        breaker_probes: Int(1..=20) = 2, Count, live;
        /// How long a backend remembers the answer to a call.
        dedup_retention_us: Int(1_000..=3_600_000_000) = 10_000_000, Us, fixed;
        /// Whether a caller that gives up says so, so that nobody works in vain.
        cancellation: Switch() = true, Count, live;
        /// How many calls a backend works on at a time.
        workers: Int(1..=16) = 1, Count, live;
        /// How many calls a frontend has at the backends at a time.
        frontend_workers: Int(1..=256) = 64, Count, live;
        /// How many calls wait at a server at most; more are refused.
        queue_max: Int(1..=1000) = 32, Count, live;
        /// How long a backend works on a call, on average.
        service_us: Int(0..=10_000_000) = 20_000, Us, live;
        /// How the time of work varies.
        service: Choice["constant", "exponential"] = "constant", Count, live;
        /// The mean pause between two calls of a client.
        request_gap_us: Int(1_000..=60_000_000) = 300_000, Us, fixed;
        /// What the pause counts from: the last call (open) or the last answer (closed); or nothing is called unless somebody asks.
        arrivals: Choice["open", "closed", "never"] = "open", Count, fixed;
        /// Over how many accounts the calls spread.
        accounts: Int(1..=8) = 2, Count, fixed;
    }
}

impl RpcConfig {
    /// How many nodes are not clients.
    pub const fn servers(&self) -> u64 {
        self.frontends + self.backends
    }

    /// Whether servers recognise a call that they had before.
    pub fn recognises(&self) -> bool {
        self.semantics == "at-most-once" || self.semantics == "idempotency-key"
    }

    /// Whether a client keeps its calls on its disk, and takes them up again after a crash.
    pub fn resumes(&self) -> bool {
        self.semantics == "idempotency-key"
    }

    /// How chance spreads the pauses.
    pub fn jitter(&self) -> Jitter {
        match self.jitter {
            "none" => Jitter::None,
            "equal" => Jitter::Equal,
            "decorrelated" => Jitter::Decorrelated,
            _ => Jitter::Full,
        }
    }

    /// Whether the values fit each other.
    pub(crate) fn validate(&self) -> Result<(), Phrase> {
        if self.timeout_us > self.deadline_us {
            return Err(Phrase::new("error.timeout")
                .us("timeout", self.timeout_us)
                .us("deadline", self.deadline_us));
        }
        if self.backoff_base_us > self.backoff_cap_us {
            return Err(Phrase::new("error.backoff")
                .us("base", self.backoff_base_us)
                .us("cap", self.backoff_cap_us));
        }
        if self.recognises() && self.dedup_retention_us < 2 * self.deadline_us {
            return Err(Phrase::new("error.retention")
                .us("retention", self.dedup_retention_us)
                .us("need", 2 * self.deadline_us));
        }
        Ok(())
    }
}
