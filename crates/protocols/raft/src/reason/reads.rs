//! Why reads without log entries are answered, wait or are refused.

use protocol::{NodeId, Phrase, Say};
use serde::Serialize;

/// A reason that concerns reads without log entries.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadReason {
    /// A leader tells that it is there, in a round with a number.
    HeartbeatRound {
        /// Whom.
        to: NodeId,
        /// Its term.
        term: u64,
        /// Which round.
        round: u64,
    },
    /// A follower answers a heartbeat of a round.
    HeardRound {
        /// From whom.
        leader: NodeId,
        /// How far its log agrees with the leader's.
        match_index: u64,
        /// Which round.
        round: u64,
    },
    /// A leader counts who has answered a round.
    CountsRound {
        /// Who.
        from: NodeId,
        /// Which round.
        round: u64,
        /// How many have, itself included.
        have: u16,
        /// How many it takes.
        need: u16,
    },
    /// A read waits until the leader has committed an entry of its own term.
    WaitsForOwnTerm {
        /// Whose.
        client: NodeId,
        /// Its operation.
        sequence: u64,
        /// The leader's term.
        term: u64,
    },
    /// A read waits for a round.
    WaitsForRound {
        /// Whose.
        client: NodeId,
        /// Its operation.
        sequence: u64,
        /// The read index.
        index: u64,
        /// Which round.
        round: u32,
    },
    /// A leader without a lease has to ask the others.
    NoLease {
        /// Who reads.
        client: NodeId,
        /// Its operation.
        sequence: u64,
    },
    /// A leader answers a read: a majority has answered the round.
    ReadsByRound {
        /// Whom.
        client: NodeId,
        /// Its operation.
        sequence: u64,
        /// Everything up to here is applied.
        index: u64,
        /// Which round.
        round: u32,
    },
    /// A leader answers a read: it has a lease.
    ReadsByLease {
        /// Whom.
        client: NodeId,
        /// Its operation.
        sequence: u64,
        /// Everything up to here is applied.
        index: u64,
        /// For how long it still has it, in microseconds.
        left_us: u32,
    },
    /// A leader gives up its lease for the rest of its term.
    WaivesLease {
        /// Who is to take over.
        to: NodeId,
    },
    /// A voter refuses: a leader may rest on what it said before it restarted or saw a newer term.
    MayHavePromised {
        /// Whom it refuses.
        candidate: NodeId,
        /// How long ago that may have been, in microseconds.
        since_us: u64,
        /// For how long it counts, in microseconds.
        lease_us: u64,
    },
}

impl Say for ReadReason {
    fn phrase(&self, me: NodeId) -> Phrase {
        let say = |key| Phrase::new(key).node("me", me);
        match *self {
            Self::HeartbeatRound { to, term, round } => say("reason.heartbeat-round")
                .node("to", to)
                .int("term", term)
                .int("round", round)
                .by("leader-heartbeat"),
            Self::HeardRound {
                leader,
                match_index,
                round,
            } => say("reason.heard-round")
                .node("leader", leader)
                .int("index", match_index)
                .int("round", round)
                .by("follower-responds"),
            Self::CountsRound {
                from,
                round,
                have,
                need,
            } => say("reason.counts-round")
                .node("from", from)
                .int("round", round)
                .int("have", have.into())
                .int("need", need.into())
                .by("read-index"),
            Self::WaitsForOwnTerm {
                client,
                sequence,
                term,
            } => say("reason.waits-for-own-term")
                .node("client", client)
                .operation("sequence", sequence)
                .int("term", term)
                .by("read-own-term"),
            Self::WaitsForRound {
                client,
                sequence,
                index,
                round,
            } => say("reason.waits-for-round")
                .node("client", client)
                .operation("sequence", sequence)
                .int("index", index)
                .int("round", round.into())
                .by("read-index"),
            Self::NoLease { client, sequence } => say("reason.no-lease")
                .node("client", client)
                .operation("sequence", sequence)
                .by("lease-read"),
            Self::ReadsByRound {
                client,
                sequence,
                index,
                round,
            } => say("reason.reads-by-round")
                .node("client", client)
                .operation("sequence", sequence)
                .int("index", index)
                .int("round", round.into())
                .by("read-index"),
            Self::ReadsByLease {
                client,
                sequence,
                index,
                left_us,
            } => say("reason.reads-by-lease")
                .node("client", client)
                .operation("sequence", sequence)
                .int("index", index)
                .us("left", left_us.into())
                .by("lease-read"),
            Self::WaivesLease { to } => {
                say("reason.waives-lease").node("to", to).by("lease-waived")
            }
            Self::MayHavePromised {
                candidate,
                since_us,
                lease_us,
            } => say("reason.may-have-promised")
                .node("candidate", candidate)
                .us("since", since_us)
                .us("lease", lease_us)
                .by("lease-restart"),
        }
    }
}
