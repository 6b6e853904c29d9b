//! Turning points worth telling: each step of a ballot, a duel, the choice.

use crate::Ballot;
use crate::decree::{Value, Vote};
use protocol::{NodeId, NodeSet, Phrase, Say};
use serde::Serialize;

/// A turning point.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// A node is back, with what its disk holds.
    Restarted {
        /// An acceptor's promise.
        promised: Ballot,
        /// Its vote.
        accepted: Option<Vote>,
    },
    /// A proposer begins a ballot.
    Began {
        /// Which.
        ballot: Ballot,
    },
    /// An acceptor promises.
    Promised {
        /// To accept nothing below this.
        ballot: Ballot,
        /// What it has accepted, and says so.
        accepted: Option<Vote>,
    },
    /// A proposer must propose what was accepted before.
    Adopts {
        /// In its ballot.
        ballot: Ballot,
        /// The vote of the greatest ballot that a quorum reported.
        vote: Vote,
        /// The value that it had wanted, if it is another.
        own: Option<Value>,
    },
    /// A proposer is free to propose its own value.
    ProposesOwn {
        /// In its ballot.
        ballot: Ballot,
        /// What it proposes.
        value: Value,
        /// Who has promised, and has accepted nothing.
        promises: NodeSet,
    },
    /// An acceptor accepts.
    Accepted(Vote),
    /// A proposer has heard from a quorum that accepted.
    Chosen {
        /// The vote.
        vote: Vote,
        /// Who cast it.
        by: NodeSet,
    },
    /// A learner has learned.
    Learned {
        /// The vote.
        vote: Vote,
        /// Who cast it, or who said so.
        by: NodeSet,
    },
    /// A proposer's ballot is overtaken: two ballots are in contest.
    Overtaken {
        /// Its ballot.
        ballot: Ballot,
        /// The greater one.
        promised: Ballot,
        /// Who promised it.
        acceptor: NodeId,
    },
}

impl Say for Fact {
    fn phrase(&self, me: NodeId) -> Phrase {
        let say = |key| Phrase::new(key).node("me", me);
        match self {
            Self::Restarted {
                promised,
                accepted: None,
            } => say("fact.restarted")
                .with("promised", promised.arg())
                .by("stable-storage"),
            Self::Restarted {
                promised,
                accepted: Some(vote),
            } => vote
                .phrase("fact.restarted-with")
                .node("me", me)
                .with("promised", promised.arg())
                .by("stable-storage"),
            Self::Began { ballot } => say("fact.began")
                .with("ballot", ballot.arg())
                .by("distinct-ballots"),
            Self::Promised {
                ballot,
                accepted: None,
            } => say("fact.promised")
                .with("ballot", ballot.arg())
                .by("promise"),
            Self::Promised {
                ballot,
                accepted: Some(vote),
            } => say("fact.promised-with")
                .with("ballot", ballot.arg())
                .with("accepted", vote.ballot.arg())
                .text("value", vote.value.as_str())
                .by("promise"),
            Self::Adopts { ballot, vote, own } => match own {
                Some(own) => say("fact.adopts").text("own", own.as_str()),
                None => say("fact.adopts-same"),
            }
            .with("ballot", ballot.arg())
            .with("accepted", vote.ballot.arg())
            .text("value", vote.value.as_str())
            .by("highest-accepted"),
            Self::ProposesOwn {
                ballot,
                value,
                promises,
            } => say("fact.proposes-own")
                .with("ballot", ballot.arg())
                .text("value", value.as_str())
                .nodes("promises", promises.iter())
                .by("free-choice"),
            Self::Accepted(vote) => vote.phrase("fact.accepted").node("me", me).by("accept"),
            Self::Chosen { vote, by } => vote
                .phrase("fact.chosen")
                .node("me", me)
                .nodes("by", by.iter())
                .by("chosen"),
            Self::Learned { vote, by } if by.len() == 1 => vote
                .phrase("fact.learned-from")
                .node("me", me)
                .nodes("by", by.iter())
                .by("learn"),
            Self::Learned { vote, by } => vote
                .phrase("fact.learned")
                .node("me", me)
                .nodes("by", by.iter())
                .by("learn"),
            Self::Overtaken {
                ballot,
                promised,
                acceptor,
            } => say("fact.overtaken")
                .with("ballot", ballot.arg())
                .with("promised", promised.arg())
                .node("acceptor", *acceptor)
                .by("refuse"),
        }
    }
}
