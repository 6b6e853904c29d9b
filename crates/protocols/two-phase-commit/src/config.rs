//! The parameters, and whether they fit each other.

use protocol::{NodeId, Phrase};

/// Δ of three-phase commit: what a message and the save before it take together, at most, in microseconds.
pub const DELTA_US: u64 = 20_000;

protocol::config! {
    /// The parameters of coordinators, participants and the clients before them.
    pub struct CommitConfig {
        /// How a decision is reached: two phases with presumed abort, or three.
        mode: Choice["two-phase", "three-phase"] = "two-phase", Count, fixed;
        /// How many coordinators there are.
        coordinators: Int(1..=3) = 1, Count, fixed;
        /// How many participants there are.
        participants: Int(2..=6) = 3, Count, fixed;
        /// How many clients there are.
        clients: Int(0..=5) = 2, Count, fixed;
        /// How many participants take part in a transfer of the workload: one pays, the others receive.
        parties: Int(2..=6) = 2, Count, fixed;
        /// How many accounts each participant keeps.
        accounts: Int(1..=8) = 2, Count, fixed;
        /// What is in each account at the beginning.
        balance: Int(0..=1_000_000) = 100, Count, fixed;
        /// The most that a transfer of the workload moves to one account.
        amount_max: Int(1..=1_000_000) = 20, Count, fixed;
        /// How often a participant votes no for reasons of its own.
        vote_no_permille: Int(0..=1000) = 50, Permille, live;
        /// What happens to a transaction that needs a lock that another one has.
        locks: Choice["wait-die", "no-wait", "wait-timeout"] = "wait-die", Count, fixed;
        /// How long a transaction waits for a lock at most, where waiting ends by a timeout.
        lock_timeout_us: Int(1_000..=60_000_000) = 80_000, Us, live;
        /// How long a coordinator waits for votes.
        vote_timeout_us: Int(1_000..=60_000_000) = 150_000, Us, live;
        /// How long a participant that voted yes waits for the decision before it does something.
        decision_timeout_us: Int(1_000..=60_000_000) = 250_000, Us, live;
        /// How long a node waits for an answer or an acknowledgement before it asks or sends again.
        answer_timeout_us: Int(1_000..=60_000_000) = 60_000, Us, live;
        /// Whether participants in doubt ask each other (Bernstein, Hadzilacos and Goodman 1987, §7.4).
        cooperative: Switch() = true, Count, live;
        /// How long a client waits for an answer before it repeats its request.
        client_timeout_us: Int(1_000..=60_000_000) = 600_000, Us, live;
        /// The mean pause between a client's operations; 0: none.
        request_gap_us: Int(0..=60_000_000) = 300_000, Us, fixed;
        /// What the pause counts from: the last arrival (open) or the last answer (closed); or nothing is asked unless somebody asks.
        arrivals: Choice["closed", "open", "never"] = "closed", Count, fixed;
    }
}

impl CommitConfig {
    /// Whether there are three phases.
    pub fn three_phase(&self) -> bool {
        self.mode == "three-phase"
    }

    /// The participant of this place, from 0.
    pub const fn participant(&self, place: u64) -> NodeId {
        NodeId((self.coordinators + place) as u16)
    }

    /// Whether `node` is a coordinator.
    pub const fn is_coordinator(&self, node: NodeId) -> bool {
        (node.0 as u64) < self.coordinators
    }

    /// The place of `node` among the participants, from 0, if it is one.
    pub const fn place(&self, node: NodeId) -> Option<u64> {
        match (node.0 as u64).checked_sub(self.coordinators) {
            Some(place) if place < self.participants => Some(place),
            _ => None,
        }
    }

    /// The coordinator of a client: clients spread over them and stay.
    pub const fn coordinator_of(&self, client: NodeId) -> NodeId {
        NodeId(((client.0 as u64) % self.coordinators) as u16)
    }

    /// All the money there is.
    pub const fn money(&self) -> i64 {
        (self.participants * self.accounts * self.balance) as i64
    }

    /// Within this time a participant that stays up has decided, with three phases: both timeouts, and a round of
    /// termination for each that may have failed.
    pub const fn undecided_us_max(&self) -> u64 {
        2 * self.decision_timeout_us + 4 * self.participants * self.answer_timeout_us + 4 * DELTA_US
    }

    pub(crate) fn validate(&self) -> Result<(), Phrase> {
        if self.parties > self.participants {
            return Err(Phrase::new("error.parties")
                .int("parties", self.parties)
                .int("participants", self.participants));
        }
        if self.arrivals == "open" && self.request_gap_us == 0 && self.clients > 0 {
            return Err(Phrase::new("error.no-gap"));
        }
        if self.three_phase() {
            let needs = [
                ("param.vote_timeout_us", self.vote_timeout_us, 2 * DELTA_US),
                (
                    "param.answer_timeout_us",
                    self.answer_timeout_us,
                    2 * DELTA_US,
                ),
                (
                    "param.decision_timeout_us",
                    self.decision_timeout_us,
                    self.vote_timeout_us.max(self.answer_timeout_us) + DELTA_US,
                ),
            ];
            for (parameter, value, least) in needs {
                // A tenth more than the bound, for clocks that drift.
                let least = least + least / 10;
                if value < least {
                    return Err(Phrase::new("error.too-hasty")
                        .word("parameter", parameter)
                        .us("value", value)
                        .us("least", least)
                        .us("delta", DELTA_US));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Config;

    fn with(changes: &[(&str, &str)]) -> Result<(), Phrase> {
        let mut config = CommitConfig::default();
        for (key, text) in changes {
            config.set(key, text).unwrap();
        }
        config.validate()
    }

    #[test]
    fn the_defaults_fit_each_other_in_both_modes() {
        assert_eq!(with(&[]), Ok(()));
        assert_eq!(with(&[("mode", "three-phase")]), Ok(()));
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let key = |changes: &[(&str, &str)]| with(changes).unwrap_err().key;
        assert_eq!(key(&[("parties", "4")]), "error.parties");
        assert_eq!(
            key(&[("arrivals", "open"), ("request_gap_us", "0")]),
            "error.no-gap"
        );
        let hasty = ("decision_timeout_us", "180000");
        assert_eq!(key(&[("mode", "three-phase"), hasty]), "error.too-hasty");
        assert_eq!(with(&[hasty]), Ok(()), "two phases assume no timing");
    }
}
