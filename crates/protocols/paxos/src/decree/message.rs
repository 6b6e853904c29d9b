//! What clients, proposers, acceptors and learners send each other.

use crate::Ballot;
use crate::decree::Value;
use protocol::{MessageKind, MessageShape, MessageView, Phrase};
use serde::{Deserialize, Serialize};

/// A value in a ballot: what a proposer asks acceptors to accept, and what they have accepted (a "proposal" in Lamport 2001).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Vote {
    /// In which ballot.
    pub ballot: Ballot,
    /// For what.
    pub value: Value,
}

impl Vote {
    /// The sentence of `key` with both.
    pub(crate) fn phrase(&self, key: &'static str) -> Phrase {
        Phrase::new(key)
            .with("ballot", self.ballot.arg())
            .text("value", self.value.as_str())
    }
}

/// A message.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Message {
    /// A client wants this value to be chosen.
    Propose {
        /// The value.
        value: Value,
    },
    /// The client hears what was chosen, its own value or another.
    Outcome {
        /// What was chosen.
        value: Value,
    },
    /// Phase 1a: promise to accept nothing below this ballot, and say what you have accepted.
    Prepare {
        /// The ballot.
        ballot: Ballot,
    },
    /// Phase 1b: the promise.
    Promise {
        /// The ballot that was prepared.
        ballot: Ballot,
        /// What the acceptor accepted last, if anything.
        accepted: Option<Vote>,
    },
    /// Phase 2a: accept this value.
    Accept(Vote),
    /// Phase 2b: it is accepted.
    Accepted(Vote),
    /// A greater ballot was promised.
    Refused {
        /// The ballot that comes too late.
        ballot: Ballot,
        /// What was promised.
        promised: Ballot,
    },
    /// This is chosen.
    Chosen(Vote),
    /// A learner asks what was accepted, or chosen.
    Query {
        /// Whether it asks a proposer to find out by a ballot; otherwise it asks what is known.
        find_out: bool,
    },
}

/// The kinds, in the order of [`kind`].
pub(crate) const KINDS: &[MessageKind] = &[
    MessageKind { name: "Propose" },
    MessageKind { name: "Outcome" },
    MessageKind { name: "Prepare" },
    MessageKind { name: "Promise" },
    MessageKind { name: "Accept" },
    MessageKind { name: "Accepted" },
    MessageKind { name: "Refused" },
    MessageKind { name: "Chosen" },
    MessageKind { name: "Query" },
];

/// The place of a message's kind in [`KINDS`].
pub(crate) const fn kind(message: &Message) -> u8 {
    match message {
        Message::Propose { .. } => 0,
        Message::Outcome { .. } => 1,
        Message::Prepare { .. } => 2,
        Message::Promise { .. } => 3,
        Message::Accept(_) => 4,
        Message::Accepted(_) => 5,
        Message::Refused { .. } => 6,
        Message::Chosen(_) => 7,
        Message::Query { .. } => 8,
    }
}

/// What a message shows of itself.
pub(crate) fn view(message: &Message) -> MessageView {
    let ballot_label =
        |key: &'static str, ballot: Ballot| Phrase::new(key).with("ballot", ballot.arg());
    let (shape, epoch, label) = match message {
        Message::Propose { value } => (
            MessageShape::Request,
            None,
            Phrase::new("message.propose.label").text("value", value.as_str()),
        ),
        Message::Outcome { value } => (
            MessageShape::Granted,
            None,
            Phrase::new("message.outcome.label").text("value", value.as_str()),
        ),
        Message::Prepare { ballot } => (
            MessageShape::Request,
            ballot.epoch(),
            ballot_label("message.prepare.label", *ballot),
        ),
        Message::Promise {
            ballot,
            accepted: None,
        } => (
            MessageShape::Granted,
            ballot.epoch(),
            ballot_label("message.promise.label", *ballot),
        ),
        Message::Promise {
            ballot,
            accepted: Some(vote),
        } => (
            MessageShape::Granted,
            ballot.epoch(),
            ballot_label("message.promise-with.label", *ballot)
                .text("value", vote.value.as_str())
                .with("accepted", vote.ballot.arg()),
        ),
        Message::Accept(vote) => (
            MessageShape::Request,
            vote.ballot.epoch(),
            vote.phrase("message.accept.label"),
        ),
        Message::Accepted(vote) => (
            MessageShape::Granted,
            vote.ballot.epoch(),
            vote.phrase("message.accepted.label"),
        ),
        Message::Refused { ballot, promised } => (
            MessageShape::Refused,
            promised.epoch(),
            ballot_label("message.refused.label", *ballot).with("promised", promised.arg()),
        ),
        Message::Chosen(vote) => (
            MessageShape::Granted,
            vote.ballot.epoch(),
            vote.phrase("message.chosen.label"),
        ),
        Message::Query { find_out } => (
            MessageShape::Request,
            None,
            Phrase::new(if *find_out {
                "message.find-out.label"
            } else {
                "message.query.label"
            }),
        ),
    };
    MessageView {
        kind: KINDS[kind(message) as usize].name.into(),
        shape,
        epoch,
        label: Some(label),
    }
}
