//! The parameters of Multi-Paxos.

use protocol::Phrase;
use replicated::Workload;

protocol::config! {
    /// The parameters of a Multi-Paxos cluster and of the clients beside it. Those that Raft has too mean the same there.
    pub struct MultiConfig {
        /// How many servers there are; each is proposer, acceptor and learner.
        servers: Int(1..=9) = 5, Count, fixed;
        /// How many clients there are.
        clients: Int(0..=5) = 2, Count, fixed;
        /// The least silence after which a server tries to lead.
        election_timeout_min_us: Int(1_000..=10_000_000) = 150_000, Us, live;
        /// The greatest silence after which a server tries to lead.
        election_timeout_max_us: Int(1_000..=20_000_000) = 300_000, Us, live;
        /// How often a leader tells the others that it is there, and repeats what was not acknowledged.
        heartbeat_us: Int(500..=5_000_000) = 50_000, Us, live;
        /// The window α: a leader proposes for a slot once all slots α before it are chosen (Lamport 2001, §3).
        window: Int(1..=256) = 16, Count, live;
        /// The most slots in one Accept.
        entries_per_accept_max: Int(1..=1000) = 32, Count, live;
        /// After how many applied entries a server takes a snapshot and forgets older entries; 0: never.
        compaction: Int(0..=100_000) = 64, Count, live;
        /// How many entries before a snapshot are kept, for those that lag a little.
        retained: Int(0..=100_000) = 16, Count, live;
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
    }
}

impl MultiConfig {
    /// How many servers make a majority.
    #[inline]
    pub const fn majority(&self) -> u64 {
        self.servers / 2 + 1
    }

    pub(crate) const fn workload(&self) -> Workload {
        Workload {
            gap_us: self.request_gap_us,
            keys: self.keys,
            reads_permille: Workload::READS_PERMILLE,
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
        if self.arrivals == "open" && self.request_gap_us == 0 && self.clients > 0 {
            return Err(Phrase::new("error.no-gap"));
        }
        Ok(())
    }
}
