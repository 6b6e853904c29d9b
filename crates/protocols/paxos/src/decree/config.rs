//! The parameters of a single decree: who takes part in which role, and how patient everybody is.

use crate::PROPOSERS_MAX;
use protocol::{Distribution, NodeId, Phrase};
use std::ops::Range;

protocol::config! {
    /// The parameters of Paxos for one value.
    pub struct DecreeConfig {
        /// Whether proposers, acceptors and learners are nodes of their own, or every server is all three (Lamport 2001, §2.2).
        roles: Choice["separate", "combined"] = "separate", Count, fixed;
        /// How many servers there are when the roles are combined.
        servers: Int(1..=9) = 3, Count, fixed;
        /// How many proposers there are when the roles are separate.
        proposers: Int(1..=5) = 2, Count, fixed;
        /// How many acceptors there are when the roles are separate.
        acceptors: Int(1..=9) = 3, Count, fixed;
        /// How many learners there are when the roles are separate.
        learners: Int(1..=5) = 2, Count, fixed;
        /// How many clients there are.
        clients: Int(0..=5) = 2, Count, fixed;
        /// Whom acceptors tell what they accept (Lamport 2001, §2.3; Lamport 1998, §2.3 step 6): all learners, a distinguished
        /// learner that tells the others, or only the proposer, which announces what is chosen.
        learning: Choice["all", "distinguished", "proposer"] = "all", Count, live;
        /// How long a proposer waits for a majority before it tries a greater ballot.
        timeout_us: Int(1_000..=60_000_000) = 60_000, Us, live;
        /// How a proposer waits after its ballot was refused: always as long, or a random time in a range that doubles with
        /// every refusal.
        backoff: Choice["exponential", "fixed"] = "exponential", Count, live;
        /// How long it waits at least; with a fixed back-off, exactly.
        backoff_min_us: Int(0..=60_000_000) = 10_000, Us, live;
        /// How far the range of an exponential back-off can grow.
        backoff_max_us: Int(1_000..=60_000_000) = 640_000, Us, live;
        /// How often a learner that has learned nothing asks.
        learn_us: Int(1_000..=60_000_000) = 400_000, Us, live;
        /// How long a client waits for the outcome before it tries another proposer.
        client_timeout_us: Int(1_000..=60_000_000) = 600_000, Us, live;
        /// The mean pause between a client's proposals; 0: none.
        request_gap_us: Int(0..=60_000_000) = 200_000, Us, fixed;
        /// What the pause counts from: the last proposal (open) or the last outcome (closed); or nothing is proposed unless
        /// somebody asks.
        arrivals: Choice["closed", "open", "never"] = "closed", Count, fixed;
    }
}

impl DecreeConfig {
    /// Whether every server has all three roles.
    pub fn combined(&self) -> bool {
        self.roles == "combined"
    }

    /// The nodes that propose, by id.
    pub fn proposer_ids(&self) -> Range<u16> {
        let count = if self.combined() {
            self.servers
        } else {
            self.proposers
        };
        0..count as u16
    }

    /// The nodes that accept, by id.
    pub fn acceptor_ids(&self) -> Range<u16> {
        if self.combined() {
            self.proposer_ids()
        } else {
            let first = self.proposers as u16;
            first..first + self.acceptors as u16
        }
    }

    /// The nodes that learn, by id.
    pub fn learner_ids(&self) -> Range<u16> {
        if self.combined() {
            self.proposer_ids()
        } else {
            let first = (self.proposers + self.acceptors) as u16;
            first..first + self.learners as u16
        }
    }

    /// How many nodes come before the first client.
    pub fn servers_all(&self) -> u16 {
        self.learner_ids().end
    }

    /// How many acceptors make a majority.
    pub fn majority(&self) -> u64 {
        self.acceptor_ids().len() as u64 / 2 + 1
    }

    /// The learner that acceptors tell what they accept where learning is `distinguished`.
    pub fn distinguished(&self) -> NodeId {
        NodeId(self.learner_ids().start)
    }

    /// The pause before a client's next proposal.
    pub(crate) const fn gap(&self) -> Distribution {
        Distribution::Exponential {
            min: 0,
            mean: self.request_gap_us,
        }
    }

    /// How long a proposer waits after the `attempt`-th refusal in a row, from 1: the least and the greatest.
    pub(crate) fn backoff_us(&self, attempt: u64) -> (u64, u64) {
        let least = self.backoff_min_us;
        if self.backoff == "fixed" {
            return (least, least);
        }
        let doubled = least
            .max(1_000)
            .saturating_mul(1 << attempt.min(16))
            .min(self.backoff_max_us);
        (least.min(doubled), doubled)
    }

    /// Whether the values fit each other.
    pub(crate) fn validate(&self) -> Result<(), Phrase> {
        debug_assert!(self.proposer_ids().end <= PROPOSERS_MAX);
        if self.backoff != "fixed" && self.backoff_min_us > self.backoff_max_us {
            return Err(Phrase::new("error.backoff")
                .us("min", self.backoff_min_us)
                .us("max", self.backoff_max_us));
        }
        if self.arrivals == "open" && self.request_gap_us == 0 && self.clients > 0 {
            return Err(Phrase::new("error.no-gap"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_back_off_doubles_up_to_its_end() {
        let config = DecreeConfig::default();
        assert_eq!(config.validate(), Ok(()));
        assert_eq!(config.backoff_us(1), (10_000, 20_000));
        assert_eq!(config.backoff_us(3), (10_000, 80_000));
        assert_eq!(config.backoff_us(60), (10_000, 640_000));
        let fixed = DecreeConfig {
            backoff: "fixed",
            ..config
        };
        assert_eq!(fixed.backoff_us(7), (10_000, 10_000));
    }

    #[test]
    fn roles_have_their_nodes() {
        let separate = DecreeConfig::default();
        assert_eq!(separate.proposer_ids(), 0..2);
        assert_eq!(separate.acceptor_ids(), 2..5);
        assert_eq!(separate.learner_ids(), 5..7);
        let combined = DecreeConfig {
            roles: "combined",
            servers: 4,
            ..separate
        };
        assert_eq!(combined.acceptor_ids(), 0..4);
        assert_eq!(combined.servers_all(), 4);
        assert_eq!(combined.majority(), 3);
    }
}
