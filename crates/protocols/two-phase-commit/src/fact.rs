//! Turning points worth telling: votes, decisions, blocked participants, recoveries.

use crate::bank::Refusal;
use protocol::{NodeId, Phrase, Say};
use serde::Serialize;

/// A turning point.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// A coordinator begins a transaction.
    Began {
        /// Its number.
        tx: u64,
        /// For whom.
        client: NodeId,
        /// Who takes part.
        parties: Vec<NodeId>,
    },
    /// A participant is prepared: its yes vote is on disk.
    Prepared {
        /// The transaction.
        tx: u64,
    },
    /// A participant votes no.
    VotedNo {
        /// The transaction.
        tx: u64,
        /// Why.
        why: Refusal,
    },
    /// A coordinator knows that everybody voted yes, and says so before it commits (three phases).
    PreCommits {
        /// The transaction.
        tx: u64,
    },
    /// A coordinator decides to commit.
    DecidedCommit {
        /// The transaction.
        tx: u64,
        /// Who voted yes.
        parties: Vec<NodeId>,
    },
    /// A coordinator decides to abort.
    DecidedAbort {
        /// The transaction.
        tx: u64,
        /// Why.
        why: Refusal,
    },
    /// A coordinator is asked about a transaction that it knows nothing of.
    PresumedAbort {
        /// The transaction.
        tx: u64,
        /// Who asks.
        by: NodeId,
    },
    /// A coordinator forgets a transaction: everybody has acknowledged.
    Ended {
        /// The transaction.
        tx: u64,
    },
    /// A participant committed.
    Committed {
        /// The transaction.
        tx: u64,
        /// Who told it; itself, where it decided.
        by: NodeId,
    },
    /// A participant aborted what it had prepared.
    Aborted {
        /// The transaction.
        tx: u64,
        /// Who told it; itself, where it decided.
        by: NodeId,
    },
    /// A participant that had not voted refuses, so that another that asks can abort.
    Refused {
        /// The transaction.
        tx: u64,
        /// Who asks.
        by: NodeId,
    },
    /// A participant is blocked.
    Blocked {
        /// The transaction.
        tx: u64,
        /// Who does not answer.
        coordinator: NodeId,
        /// Which others answered that they do not know.
        ignorant: Vec<NodeId>,
    },
    /// A participant goes on after it was blocked.
    Unblocked {
        /// The transaction.
        tx: u64,
    },
    /// Three phases: a participant takes the coordinator's place.
    Leads {
        /// The transaction.
        tx: u64,
        /// Who is believed to be down.
        silent: NodeId,
    },
    /// Three phases: a participant decides without the coordinator.
    Terminated {
        /// The transaction.
        tx: u64,
        /// Whether to commit.
        commit: bool,
        /// Whose states it knows, itself included.
        known: u64,
    },
    /// A participant or coordinator is back, with open transactions.
    Recovered {
        /// How many.
        open: u64,
    },
    /// Two nodes decided differently.
    Contradicted {
        /// The transaction.
        tx: u64,
        /// Who says the contrary.
        by: NodeId,
    },
}

impl Say for Fact {
    fn phrase(&self, me: NodeId) -> Phrase {
        let say = |key, tx: u64| Phrase::new(key).node("me", me).int("tx", tx);
        match self {
            Self::Began {
                tx,
                client,
                parties,
            } => say("fact.began", *tx)
                .node("client", *client)
                .nodes("parties", parties.iter().copied())
                .by("prepare"),
            Self::Prepared { tx } => say("fact.prepared", *tx).by("force-prepared"),
            Self::VotedNo { tx, why } => say("fact.voted-no", *tx)
                .word("why", why.word())
                .by("unilateral-abort"),
            Self::PreCommits { tx } => say("fact.pre-commits", *tx).by("pre-commit"),
            Self::DecidedCommit { tx, parties } => say("fact.decided-commit", *tx)
                .nodes("parties", parties.iter().copied())
                .by("force-commit"),
            Self::DecidedAbort { tx, why } => say("fact.decided-abort", *tx)
                .word("why", why.word())
                .by("abort-not-forced"),
            Self::PresumedAbort { tx, by } => say("fact.presumed-abort", *tx)
                .node("by", *by)
                .by("presume-abort"),
            Self::Ended { tx } => say("fact.ended", *tx).by("forget"),
            Self::Committed { tx, by } => {
                told(say, "fact.committed", "fact.committed-itself", me, *tx, *by).by("obey")
            }
            Self::Aborted { tx, by } => {
                told(say, "fact.aborted", "fact.aborted-itself", me, *tx, *by).by("obey")
            }
            Self::Refused { tx, by } => say("fact.refused", *tx)
                .node("by", *by)
                .by("cooperative-termination"),
            Self::Blocked {
                tx,
                coordinator,
                ignorant,
            } if ignorant.is_empty() => say("fact.blocked", *tx)
                .node("coordinator", *coordinator)
                .by("blocking"),
            Self::Blocked {
                tx,
                coordinator,
                ignorant,
            } => say("fact.blocked-together", *tx)
                .node("coordinator", *coordinator)
                .nodes("others", ignorant.iter().copied())
                .by("blocking"),
            Self::Unblocked { tx } => say("fact.unblocked", *tx).by("blocking"),
            Self::Leads { tx, silent } => say("fact.leads", *tx)
                .node("silent", *silent)
                .by("elect-backup"),
            Self::Terminated { tx, commit, known } => {
                let key = if *commit {
                    "fact.terminated-commit"
                } else {
                    "fact.terminated-abort"
                };
                say(key, *tx).int("known", *known).by("termination-rules")
            }
            Self::Recovered { open } => Phrase::new("fact.recovered")
                .node("me", me)
                .int("open", *open)
                .by("recover-from-log"),
            Self::Contradicted { tx, by } => {
                say("fact.contradicted", *tx).node("by", *by).by("obey")
            }
        }
    }
}

fn told(
    say: impl Fn(&'static str, u64) -> Phrase,
    other: &'static str,
    itself: &'static str,
    me: NodeId,
    tx: u64,
    by: NodeId,
) -> Phrase {
    if by == me {
        say(itself, tx)
    } else {
        say(other, tx).node("by", by)
    }
}
