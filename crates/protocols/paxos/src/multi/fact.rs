//! Turning points worth telling: who leads, what is chosen, how gaps are filled.

use crate::Ballot;
use protocol::{Arg, NodeId, NodeSet, Phrase, Say};
use replicated::StateMachine;
use serde::Serialize;
use std::sync::Arc;

/// A turning point at a server.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact<S: StateMachine> {
    /// A server is back, from its disk.
    Restarted {
        /// Its promise.
        promised: Ballot,
        /// The last slot with a vote.
        last: u64,
        /// The slot of its snapshot; 0: none.
        snapshot: u64,
    },
    /// A server hears from no leader and prepares a ballot.
    Campaigns {
        /// The ballot.
        ballot: Ballot,
        /// The first slot that it does not know to be chosen.
        from: u64,
    },
    /// A server promises a ballot.
    Promised {
        /// The ballot.
        ballot: Ballot,
        /// How many votes it reports.
        votes: u64,
    },
    /// A quorum has promised.
    BecameLeader {
        /// The ballot.
        ballot: Ballot,
        /// Who promised, itself included.
        promises: NodeSet,
        /// The first slot that is free for new commands.
        next: u64,
    },
    /// A new leader proposes again what was accepted before it.
    ProposesAgain {
        /// In its ballot.
        ballot: Ballot,
        /// How many entries.
        count: u64,
        /// From this slot.
        first: u64,
        /// To this one.
        last: u64,
    },
    /// A new leader fills a gap with an empty entry.
    FillsGap {
        /// Which slot.
        slot: u64,
        /// In its ballot.
        ballot: Ballot,
    },
    /// A candidate's ballot is overtaken.
    Overtaken {
        /// Its ballot.
        ballot: Ballot,
        /// Who promised a greater one.
        acceptor: NodeId,
        /// Which.
        promised: Ballot,
    },
    /// A leader's ballot is overtaken.
    Deposed {
        /// Its ballot.
        ballot: Ballot,
        /// In whose message it saw the greater one.
        by: NodeId,
        /// Which.
        promised: Ballot,
    },
    /// A leader knows that slots are chosen.
    Chosen {
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
        /// Who has accepted it, in the leader's ballot.
        by: NodeSet,
    },
    /// A leader applied a command, for which a client waits.
    Applied {
        /// Where it stands.
        slot: u64,
        /// Whose it is.
        client: NodeId,
        /// What it is.
        command: Arc<S::Command>,
    },
    /// A leader recognised a retry, and did not apply it again.
    RecognisedRetry {
        /// Where the retry stands.
        slot: u64,
        /// Whose it is.
        client: NodeId,
        /// Its operation.
        sequence: u64,
    },
    /// A server took a snapshot, and forgot what came well before it.
    Compacted {
        /// The slot of the snapshot.
        slot: u64,
        /// The first slot that is kept.
        first: u64,
    },
    /// A server that lagged put a snapshot in the place of its state.
    Installed {
        /// Whose.
        from: NodeId,
        /// The slot of the snapshot.
        slot: u64,
    },
}

impl<S: StateMachine> Say for Fact<S> {
    fn phrase(&self, me: NodeId) -> Phrase {
        let say = |key| Phrase::new(key).node("me", me);
        match self {
            Self::Restarted {
                promised,
                last,
                snapshot,
            } => if *snapshot == 0 {
                say("fact.restarted")
            } else {
                say("fact.restarted-snapshot").int("snapshot", *snapshot)
            }
            .with("promised", promised.arg())
            .int("last", *last)
            .by("stable-storage"),
            Self::Campaigns { ballot, from } => say("fact.campaigns")
                .with("ballot", ballot.arg())
                .int("from", *from)
                .by("failure-detection"),
            Self::Promised { ballot, votes: 0 } => say("fact.promised-none")
                .with("ballot", ballot.arg())
                .by("promise"),
            Self::Promised { ballot, votes } => say("fact.promised")
                .with("ballot", ballot.arg())
                .int("count", *votes)
                .by("promise"),
            Self::BecameLeader {
                ballot,
                promises,
                next,
            } => say("fact.became-leader")
                .with("ballot", ballot.arg())
                .nodes("promises", promises.iter())
                .int("next", *next)
                .by("phase-one-once"),
            Self::ProposesAgain {
                ballot,
                count,
                first,
                last,
            } => say("fact.proposes-again")
                .with("ballot", ballot.arg())
                .int("count", *count)
                .int("first", *first)
                .int("last", *last)
                .by("highest-accepted"),
            Self::FillsGap { slot, ballot } => say("fact.fills-gap")
                .int("slot", *slot)
                .with("ballot", ballot.arg())
                .by("fill-gaps"),
            Self::Overtaken {
                ballot,
                acceptor,
                promised,
            } => say("fact.overtaken")
                .with("ballot", ballot.arg())
                .node("acceptor", *acceptor)
                .with("promised", promised.arg())
                .by("refuse"),
            Self::Deposed {
                ballot,
                by,
                promised,
            } => say("fact.deposed")
                .with("ballot", ballot.arg())
                .node("by", *by)
                .with("promised", promised.arg())
                .by("refuse"),
            Self::Chosen { first, last, by } => if first == last {
                say("fact.chosen").int("slot", *last)
            } else {
                say("fact.chosen-range")
                    .int("first", *first)
                    .int("last", *last)
            }
            .nodes("by", by.iter())
            .by("chosen"),
            Self::Applied {
                slot,
                client,
                command,
            } => say("fact.applied")
                .int("slot", *slot)
                .node("client", *client)
                .with("op", Arg::Phrase(Box::new(command.phrase(me))))
                .by("in-order"),
            Self::RecognisedRetry {
                slot,
                client,
                sequence,
            } => say("fact.recognised-retry")
                .int("slot", *slot)
                .node("client", *client)
                .operation("sequence", *sequence)
                .by("client-session"),
            Self::Compacted { slot, first } => say("fact.compacted")
                .int("slot", *slot)
                .int("first", *first)
                .by("snapshot"),
            Self::Installed { from, slot } => say("fact.installed")
                .node("from", *from)
                .int("slot", *slot)
                .by("snapshot"),
        }
    }
}
