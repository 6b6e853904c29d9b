//! Turning points worth telling: elections, commits, what was lost.

use crate::change::ChangeFact;
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
        /// Its term.
        term: u64,
        /// The index of its last entry.
        last_index: u64,
    },
    /// A server heard from no leader and asks whether it could win.
    AsksPreVotes {
        /// The term it would lead.
        term: u64,
    },
    /// A server became a candidate.
    BecameCandidate {
        /// The term it wants to lead.
        term: u64,
    },
    /// A candidate won.
    BecameLeader {
        /// The term it leads.
        term: u64,
        /// Who voted for it, itself included.
        votes: NodeSet,
    },
    /// A majority refused.
    LostElection {
        /// The term that was asked for.
        term: u64,
        /// Who refused.
        refused: NodeSet,
    },
    /// A candidate gives way to a leader.
    GaveWay {
        /// The term.
        term: u64,
        /// Who leads it.
        leader: NodeId,
    },
    /// A leader saw a newer term.
    Deposed {
        /// The term it led.
        term: u64,
        /// In whose message it saw the newer one.
        by: NodeId,
        /// The newer term.
        newer: u64,
    },
    /// A leader lost touch with the majority.
    LostQuorum {
        /// The term it led.
        term: u64,
        /// From how many servers it heard, itself included.
        heard: u64,
        /// Of how many.
        servers: u64,
    },
    /// A leader committed entries.
    Committed {
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
        /// Who has the last of them.
        holders: NodeSet,
    },
    /// A follower removed entries that conflict with the leader's.
    Truncated {
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
        /// The leader.
        leader: NodeId,
    },
    /// A leader applied a command, for which a client waits.
    Applied {
        /// Where it stands.
        index: u64,
        /// Whose it is.
        client: NodeId,
        /// What it is.
        command: Arc<S::Command>,
    },
    /// A leader recognised a retry, and did not apply it again.
    RecognisedRetry {
        /// Where the retry stands.
        index: u64,
        /// Whose it is.
        client: NodeId,
        /// Its operation.
        sequence: u64,
    },
    /// A server compacted its log.
    TookSnapshot {
        /// What it applied last: the snapshot stands for the log up to here.
        index: u64,
        /// How many entries go.
        entries: u64,
    },
    /// A follower put a snapshot in the place of its state.
    Installed {
        /// The snapshot stands for the log up to here.
        index: u64,
        /// How many entries of its own after it stay.
        kept: u64,
        /// Whose snapshot it is.
        leader: NodeId,
    },
    /// A server that starts begins with its snapshot.
    Restored {
        /// The snapshot stands for the log up to here.
        index: u64,
    },
    /// A turning point of a change of the configuration.
    Change(ChangeFact),
    /// A leader begins to hand over.
    HandsOver {
        /// To whom.
        to: NodeId,
        /// The term that it leads.
        term: u64,
    },
    /// A leader takes up its work again: the other did not take over.
    HandoverFailed {
        /// Who.
        to: NodeId,
        /// The term that it leads.
        term: u64,
    },
    /// A leader answered a read without a log entry.
    AnsweredRead {
        /// Whose.
        client: NodeId,
        /// Its operation.
        sequence: u64,
        /// What tells it from what the client asked before it restarted.
        nonce: u64,
        /// What was read.
        command: Arc<S::Command>,
        /// The answer.
        output: Arc<S::Output>,
        /// Everything up to here was applied.
        index: u64,
        /// Whether it rested on a lease.
        by_lease: bool,
    },
}

impl<S: StateMachine> Say for Fact<S> {
    fn phrase(&self, me: NodeId) -> Phrase {
        let say = |key| Phrase::new(key).node("me", me);
        match self {
            Self::Restarted { term, last_index } => say("fact.restarted")
                .int("term", *term)
                .int("index", *last_index)
                .by("persist"),
            Self::AsksPreVotes { term } => {
                say("fact.asks-pre-votes").int("term", *term).by("pre-vote")
            }
            Self::BecameCandidate { term } => say("fact.became-candidate")
                .int("term", *term)
                .by("candidate-starts"),
            Self::BecameLeader { term, votes } => {
                let others = votes.without(me);
                if others.is_empty() {
                    say("fact.became-leader-alone").int("term", *term)
                } else {
                    with_nodes(
                        say("fact.became-leader").int("term", *term),
                        "votes",
                        others,
                    )
                }
            }
            .by("candidate-wins"),
            Self::LostElection { term, refused } => with_nodes(
                say("fact.lost-election").int("term", *term),
                "refused",
                *refused,
            )
            .by("candidate-wins"),
            Self::GaveWay { term, leader } => say("fact.gave-way")
                .int("term", *term)
                .node("leader", *leader)
                .by("candidate-gives-way"),
            Self::Deposed { term, by, newer } => say("fact.deposed")
                .int("term", *term)
                .node("other", *by)
                .int("newer", *newer)
                .by("newer-term"),
            Self::LostQuorum {
                term,
                heard,
                servers,
            } => say("fact.lost-quorum")
                .int("term", *term)
                .int("heard", *heard)
                .int("servers", *servers)
                .by("check-quorum"),
            Self::Committed {
                first,
                last,
                holders,
            } => with_nodes(
                if first == last {
                    say("fact.committed").int("index", *last)
                } else {
                    say("fact.committed-range")
                        .int("first", *first)
                        .int("last", *last)
                },
                "holders",
                *holders,
            )
            .by("leader-commits"),
            Self::Truncated {
                first,
                last,
                leader,
            } => say("fact.truncated")
                .int("count", last + 1 - first)
                .int("first", *first)
                .node("leader", *leader)
                .by("append-conflict"),
            Self::Applied {
                index,
                client,
                command,
            } => say("fact.applied")
                .int("index", *index)
                .node("client", *client)
                .with("op", Arg::Phrase(Box::new(command.phrase(me))))
                .by("apply-committed"),
            Self::RecognisedRetry {
                index,
                client,
                sequence,
            } => say("fact.recognised-retry")
                .int("index", *index)
                .node("client", *client)
                .operation("sequence", *sequence)
                .by("client-session"),
            Self::TookSnapshot { index, entries } => say("fact.took-snapshot")
                .int("index", *index)
                .int("count", *entries)
                .by("compaction"),
            Self::Installed {
                index,
                kept,
                leader,
            } => if *kept == 0 {
                say("fact.installed")
            } else {
                say("fact.installed-kept").int("count", *kept)
            }
            .int("index", *index)
            .node("leader", *leader)
            .by("snapshot-replaces"),
            Self::Change(fact) => fact.phrase(me),
            Self::Restored { index } => say("fact.restored")
                .int("index", *index)
                .by("snapshot-contents"),
            Self::HandsOver { to, term } => say("fact.hands-over")
                .node("to", *to)
                .int("term", *term)
                .by("transfer"),
            Self::HandoverFailed { to, term } => say("fact.handover-failed")
                .node("to", *to)
                .int("term", *term)
                .by("transfer"),
            Self::AnsweredRead {
                client,
                command,
                output,
                index,
                by_lease,
                ..
            } => say(if *by_lease {
                "fact.answered-by-lease"
            } else {
                "fact.answered-read"
            })
            .node("client", *client)
            .with("op", Arg::Phrase(Box::new(command.phrase(me))))
            .with("output", Arg::Phrase(Box::new(output.phrase(me))))
            .int("index", *index)
            .by(if *by_lease {
                "lease-read"
            } else {
                "read-index"
            }),
        }
    }
}

/// Servers in a sentence.
fn with_nodes(phrase: Phrase, name: &'static str, nodes: NodeSet) -> Phrase {
    phrase.nodes(name, nodes.iter())
}
