//! How a cluster changes who takes part in it (Raft §6; Ongaro 2014, chapter 4): what can be ordered, and what the leader does
//! about it, in `steps`.
//!
//! A configuration is an entry of the log, and a server goes by the newest one in its log, committed or not. Adding or removing
//! one server goes there in one step, for majorities of the two configurations overlap (§4.1); any other change goes through
//! joint consensus, in which it takes a majority of the old and of the new voters (§4.3). Servers that are to vote catch up
//! first (§4.2.1).

mod said;
mod steps;

use crate::membership::Members;
use protocol::{NodeId, NodeSet, Phrase, Say};
use serde::{Deserialize, Serialize};

pub use said::{ChangeFact, ChangeReason};

/// In at most so many rounds a server has to catch up (Ongaro 2014, §4.2.1).
pub const ROUNDS_MAX: u32 = 10;

/// A change of the configuration, as it is ordered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// This server learns: it is sent all entries, and does not vote.
    AddLearner(NodeId),
    /// This server votes as well; it may have been a learner.
    Add(NodeId),
    /// This server takes part no more.
    Remove(NodeId),
    /// These servers vote, and no others: by joint consensus.
    To(NodeSet),
}

impl Change {
    /// What it makes of a configuration that is not joint.
    pub(crate) const fn target(self, from: Members) -> Members {
        let Members {
            voters, learners, ..
        } = from;
        let (voters, learners) = match self {
            Self::AddLearner(server) => (voters, learners.with(server)),
            Self::Add(server) => (voters.with(server), learners.without(server)),
            Self::Remove(server) => (voters.without(server), learners.without(server)),
            Self::To(servers) => (servers, learners.minus(servers)),
        };
        Members {
            voters,
            old: NodeSet::EMPTY,
            learners,
        }
    }

    /// The first configuration on the way to `target`.
    pub(crate) const fn first_step(self, from: Members, target: Members) -> Members {
        match self {
            Self::To(_) => Members {
                old: from.voters,
                ..target
            },
            Self::AddLearner(_) | Self::Add(_) | Self::Remove(_) => target,
        }
    }

    /// The servers that it names.
    pub(crate) const fn servers(self) -> NodeSet {
        match self {
            Self::AddLearner(server) | Self::Add(server) | Self::Remove(server) => {
                NodeSet::EMPTY.with(server)
            }
            Self::To(servers) => servers,
        }
    }

    /// A few characters that stand for it, the same in every language: `+S4`.
    pub(crate) fn label(self) -> String {
        match self {
            Self::AddLearner(server) => format!("(+){}", label(server)),
            Self::Add(server) => format!("+{}", label(server)),
            Self::Remove(server) => format!("−{}", label(server)),
            Self::To(voters) => format!("→{}", Members::of(voters).label()),
        }
    }
}

/// The label of a server.
fn label(server: NodeId) -> String {
    format!("S{}", u32::from(server.0) + 1)
}

impl Say for Change {
    fn phrase(&self, _: NodeId) -> Phrase {
        match *self {
            Self::AddLearner(server) => Phrase::new("op.add-learner.say").node("server", server),
            Self::Add(server) => Phrase::new("op.add-server.say").node("server", server),
            Self::Remove(server) => Phrase::new("op.remove-server.say").node("server", server),
            Self::To(servers) => {
                Phrase::new("op.change-servers.say").nodes("servers", servers.iter())
            }
        }
    }
}

/// What came of a change that was ordered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeOutcome {
    /// The configuration with this index is committed, and is as ordered.
    Stands(u64),
    /// There is no such server.
    NoSuchServer,
    /// This server votes: it does not become a learner.
    Votes(NodeId),
    /// Somebody must vote.
    NobodyLeft,
    /// The leader has not committed an entry of its own term yet.
    TermNotBegun,
    /// Another change is under way.
    UnderWay,
    /// This server did not catch up.
    NotCaughtUp(NodeId),
}

impl Say for ChangeOutcome {
    fn phrase(&self, _: NodeId) -> Phrase {
        match *self {
            Self::Stands(0) => Phrase::new("answer.configured-from-the-start"),
            Self::Stands(index) => Phrase::new("answer.configured").int("index", index),
            Self::NoSuchServer => Phrase::new("answer.unknown-server"),
            Self::Votes(server) => Phrase::new("answer.votes-already").node("server", server),
            Self::NobodyLeft => Phrase::new("answer.nobody-left"),
            Self::TermNotBegun => Phrase::new("answer.term-not-begun").by("noop-before-change"),
            Self::UnderWay => Phrase::new("answer.change-under-way").by("one-change-at-a-time"),
            Self::NotCaughtUp(server) => Phrase::new("answer.not-caught-up").node("server", server),
        }
    }
}

/// A change that a leader has taken on, and for whom.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Undertaking {
    /// Who ordered it.
    pub client: NodeId,
    /// Which of its operations that is.
    pub sequence: u64,
    /// What was ordered.
    pub change: Change,
    /// How the servers that are to vote catch up; `None` once the change is in the log.
    pub catch_up: Option<CatchUp>,
}

/// Servers that are brought up to date before they vote, in rounds: in each, what the log had at its beginning is copied
/// (Ongaro 2014, §4.2.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct CatchUp {
    /// Who.
    pub servers: NodeSet,
    /// Which round it is, from 1.
    pub round: u32,
    /// What the log had when the round began: its last index.
    pub until: u64,
    /// When the round began, on the leader's clock.
    pub since_us: u64,
}
