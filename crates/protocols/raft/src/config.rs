//! Raft's parameters.

use protocol::{NodeSet, Phrase};
use replicated::Workload;

/// The most servers that a cluster has.
pub const SERVERS_MAX: u16 = 9;

protocol::config! {
    /// The parameters of a Raft cluster and of the clients beside it.
    pub struct RaftConfig {
        /// How many servers there are.
        servers: Int(1..=9) = 5, Count, fixed;
        /// How many further servers there are at the beginning, to be added: they are in no configuration yet.
        standby: Int(0..=8) = 0, Count, fixed;
        /// How many clients there are.
        clients: Int(0..=5) = 2, Count, fixed;
        /// The least silence after which a server starts an election (Raft §5.2), and how long it stands by a leader that it
        /// heard from (Ongaro 2014, §4.2.3).
        election_timeout_min_us: Int(1_000..=10_000_000) = 150_000, Us, live;
        /// The greatest silence after which a server starts an election.
        election_timeout_max_us: Int(1_000..=20_000_000) = 300_000, Us, live;
        /// How often a leader tells its followers that it is there.
        heartbeat_us: Int(500..=5_000_000) = 50_000, Us, live;
        /// Whether a server asks if it could win before it raises its term (Ongaro 2014, §9.6).
        pre_vote: Switch() = true, Count, live;
        /// Whether a leader steps down when it does not hear from a majority, and servers stand by a leader that they heard
        /// from (Ongaro 2014, §6.2 and §4.2.3).
        check_quorum: Switch() = true, Count, live;
        /// The most entries in one AppendEntries.
        entries_per_append_max: Int(1..=1000) = 32, Count, live;
        /// The most AppendEntries with entries on their way to one follower (Ongaro 2014, §10.2.1).
        window: Int(1..=256) = 16, Count, live;
        /// Whether clients open sessions, so that a retry is applied once (Ongaro 2014, §6.3).
        sessions: Switch() = true, Count, fixed;
        /// How long a client waits for an answer before it tries again.
        client_timeout_us: Int(1_000..=60_000_000) = 400_000, Us, live;
        /// The mean pause between a client's operations; 0: none.
        request_gap_us: Int(0..=60_000_000) = 400_000, Us, fixed;
        /// What the pause counts from: the last arrival (open) or the last answer (closed); or nothing is asked unless somebody asks.
        arrivals: Choice["closed", "open", "never"] = "closed", Count, fixed;
        /// Over how many keys the operations spread.
        keys: Int(1..=8) = 3, Count, fixed;
        /// How many of a thousand operations that clients ask by themselves order a change of the configuration.
        orders_permille: Int(0..=1000) = 0, Permille, fixed;
        /// After how many applied entries a server takes a snapshot and forgets them; 0: never (Raft §7).
        snapshot_entries: Int(0..=1_000_000) = 0, Count, live;
        /// The most rows of a snapshot in one InstallSnapshot.
        snapshot_chunk_rows: Int(1..=1_000_000) = 8, Count, live;
        /// How many in a thousand of the clients' operations only read.
        reads_permille: Int(0..=1000) = 300, Permille, fixed;
        /// How reads are answered: through the log, by a round of heartbeats (Ongaro 2014, §6.4), or by a lease (§6.4.1).
        reads: Choice["log", "read-index", "lease"] = "log", Count, fixed;
        /// With leases: how much each clock may gain or lose, as a leader relies on it.
        clock_drift_permille: Int(200..=900) = 200, Permille, fixed;
        /// How many in a thousand of the clients' operations are orders to hand leadership over.
        transfers_permille: Int(0..=1000) = 0, Permille, fixed;
    }
}

impl RaftConfig {
    /// How many servers there are, in a configuration or not.
    #[inline]
    pub const fn servers_in_all(&self) -> u16 {
        (self.servers + self.standby) as u16
    }

    /// All servers, in a configuration or not.
    #[inline]
    pub const fn everybody(&self) -> NodeSet {
        NodeSet::first(self.servers_in_all())
    }

    /// Whether reads are answered without log entries.
    #[inline]
    pub fn reads_without_log(&self) -> bool {
        self.reads != "log"
    }

    pub(crate) const fn workload(&self) -> Workload {
        Workload {
            gap_us: self.request_gap_us,
            keys: self.keys,
            reads_permille: self.reads_permille,
        }
    }

    /// Whether the values fit each other.
    pub(crate) fn validate(&self) -> Result<(), Phrase> {
        if self.election_timeout_min_us > self.election_timeout_max_us {
            return Err(Phrase::new("error.timeouts")
                .us("min", self.election_timeout_min_us)
                .us("max", self.election_timeout_max_us));
        }
        if self.heartbeat_us >= self.election_timeout_min_us {
            return Err(Phrase::new("error.heartbeat")
                .us("every", self.heartbeat_us)
                .us("min", self.election_timeout_min_us));
        }
        if self.servers_in_all() > SERVERS_MAX {
            return Err(Phrase::new("error.too-many-servers")
                .int("servers", self.servers)
                .int("standby", self.standby)
                .int("max", SERVERS_MAX.into()));
        }
        if self.arrivals == "open" && self.request_gap_us == 0 && self.clients > 0 {
            return Err(Phrase::new("error.no-gap"));
        }
        if self.reads == "lease" && !self.check_quorum {
            return Err(Phrase::new("error.lease-needs-check-quorum"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Config;

    #[test]
    fn the_defaults_fit_each_other() {
        assert_eq!(RaftConfig::default().validate(), Ok(()));
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let with = |changes: &[(&str, &str)]| {
            let mut config = RaftConfig::default();
            for (key, text) in changes {
                config.set(key, text).unwrap();
            }
            config.validate().unwrap_err()
        };
        assert_eq!(
            with(&[("election_timeout_max_us", "100000")]),
            Phrase::new("error.timeouts")
                .us("min", 150_000)
                .us("max", 100_000)
        );
        assert_eq!(
            with(&[("heartbeat_us", "200000")]),
            Phrase::new("error.heartbeat")
                .us("every", 200_000)
                .us("min", 150_000)
        );
        assert_eq!(
            with(&[("servers", "7"), ("standby", "3")]),
            Phrase::new("error.too-many-servers")
                .int("servers", 7)
                .int("standby", 3)
                .int("max", 9)
        );
        assert_eq!(
            with(&[("arrivals", "open"), ("request_gap_us", "0")]),
            Phrase::new("error.no-gap")
        );
        assert_eq!(
            with(&[("reads", "lease"), ("check_quorum", "false")]),
            Phrase::new("error.lease-needs-check-quorum")
        );
    }
}
