//! What travels, and what it shows of itself.

use crate::bank::{Answer, Op, Refusal, Work};
use protocol::{MessageKind, MessageShape, MessageView, Phrase, Say};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A participant's vote.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Vote {
    /// Ready for either outcome.
    Yes,
    /// Aborted.
    No(Refusal),
    /// It only had to read, and takes no part in the second phase (Mohan, Lindsay and Obermarck 1986, §3).
    Read(i64),
}

/// A message.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// A client asks for an operation: its `number`-th. A repetition has the same number.
    Request {
        /// Which of its requests.
        number: u64,
        /// What.
        op: Op,
    },
    /// A client is answered.
    Reply {
        /// Which of its requests.
        number: u64,
        /// What came of it.
        answer: Answer,
    },
    /// First phase: do this work, and vote.
    Prepare {
        /// The transaction.
        tx: u64,
        /// What it does, and who takes part.
        work: Arc<Work>,
    },
    /// A participant votes.
    Vote {
        /// The transaction.
        tx: u64,
        /// How.
        vote: Vote,
    },
    /// Three phases: everybody voted yes.
    PreCommit {
        /// The transaction.
        tx: u64,
    },
    /// Three phases: the participant knows it.
    PreCommitAck {
        /// The transaction.
        tx: u64,
    },
    /// The transaction is committed.
    Commit {
        /// The transaction.
        tx: u64,
    },
    /// The transaction is aborted.
    Abort {
        /// The transaction.
        tx: u64,
    },
    /// The participant has committed, and will not ask again.
    Ack {
        /// The transaction.
        tx: u64,
    },
    /// What became of it?
    Inquiry {
        /// The transaction.
        tx: u64,
    },
    /// The one asked does not know either.
    Undecided {
        /// The transaction.
        tx: u64,
        /// Whether it was down since it voted.
        recovered: bool,
        /// Whether it knows that everybody voted yes.
        pre_committed: bool,
    },
    /// Three phases: you are the first in line to decide without the coordinator.
    Elect {
        /// The transaction.
        tx: u64,
    },
    /// Three phases: the one elected asks how far the others are.
    StateRequest {
        /// The transaction.
        tx: u64,
    },
    /// Three phases: the answer.
    StateReport {
        /// The transaction.
        tx: u64,
        /// Whether the participant knows that everybody voted yes.
        pre_committed: bool,
    },
}

/// The kinds, in the order of [`kind`].
pub(crate) const KINDS: &[MessageKind] = &[
    MessageKind { name: "Request" },
    MessageKind { name: "Reply" },
    MessageKind { name: "Prepare" },
    MessageKind { name: "Vote" },
    MessageKind { name: "PreCommit" },
    MessageKind {
        name: "PreCommitAck",
    },
    MessageKind { name: "Commit" },
    MessageKind { name: "Abort" },
    MessageKind { name: "Ack" },
    MessageKind { name: "Inquiry" },
    MessageKind { name: "Undecided" },
    MessageKind { name: "Elect" },
    MessageKind {
        name: "StateRequest",
    },
    MessageKind {
        name: "StateReport",
    },
];

/// The place of a message's kind in [`KINDS`].
pub(crate) const fn kind(message: &Message) -> u8 {
    match message {
        Message::Request { .. } => 0,
        Message::Reply { .. } => 1,
        Message::Prepare { .. } => 2,
        Message::Vote { .. } => 3,
        Message::PreCommit { .. } => 4,
        Message::PreCommitAck { .. } => 5,
        Message::Commit { .. } => 6,
        Message::Abort { .. } => 7,
        Message::Ack { .. } => 8,
        Message::Inquiry { .. } => 9,
        Message::Undecided { .. } => 10,
        Message::Elect { .. } => 11,
        Message::StateRequest { .. } => 12,
        Message::StateReport { .. } => 13,
    }
}

impl Message {
    /// The transaction it is about, where its sender knows one.
    pub const fn tx(&self) -> Option<u64> {
        match self {
            Self::Request { .. } => None,
            Self::Reply { answer, .. } => match answer {
                Answer::Committed { tx } | Answer::Aborted { tx, .. } => Some(*tx),
                Answer::Balance { .. } | Answer::NoAccount { .. } => None,
            },
            Self::Prepare { tx, .. }
            | Self::Vote { tx, .. }
            | Self::PreCommit { tx }
            | Self::PreCommitAck { tx }
            | Self::Commit { tx }
            | Self::Abort { tx }
            | Self::Ack { tx }
            | Self::Inquiry { tx }
            | Self::Undecided { tx, .. }
            | Self::Elect { tx }
            | Self::StateRequest { tx }
            | Self::StateReport { tx, .. } => Some(*tx),
        }
    }
}

/// What a message shows.
pub(crate) fn view(message: &Message) -> MessageView {
    use MessageShape::{Granted, Refused, Request};
    let tx = message.tx();
    let plain = |key| tx.map(|tx| Phrase::new(key).int("tx", tx));
    let nobody = protocol::NodeId(0);
    let (shape, label) = match message {
        Message::Request { op, .. } => (Request, Some(op.phrase(nobody))),
        Message::Reply { answer, .. } => {
            let shape = match answer {
                Answer::Committed { .. } | Answer::Balance { .. } => Granted,
                Answer::Aborted { .. } | Answer::NoAccount { .. } => Refused,
            };
            (shape, Some(answer.phrase(nobody)))
        }
        Message::Prepare { tx, work } => {
            let key = if work.read {
                "message.read.label"
            } else {
                "message.prepare.label"
            };
            let label = Phrase::new(key).int("tx", *tx);
            (Request, Some(label.int("count", work.parties.len() as u64)))
        }
        Message::Vote { tx, vote } => match vote {
            Vote::Yes => (Granted, plain("message.yes.label")),
            Vote::Read(value) => {
                let label = Phrase::new("message.value.label").int("tx", *tx);
                (Granted, Some(label.int("value", value.unsigned_abs())))
            }
            Vote::No(why) => {
                let label = Phrase::new("message.no.label").int("tx", *tx);
                (Refused, Some(label.word("why", why.word())))
            }
        },
        Message::PreCommit { .. } => (Request, plain("message.pre-commit.label")),
        Message::PreCommitAck { .. } => (Granted, plain("message.pre-commit-ack.label")),
        Message::Commit { .. } => (Granted, plain("message.commit.label")),
        Message::Abort { .. } => (Refused, plain("message.abort.label")),
        Message::Ack { .. } => (Granted, plain("message.ack.label")),
        Message::Inquiry { .. } => (Request, plain("message.inquiry.label")),
        Message::Undecided { .. } => (Refused, plain("message.undecided.label")),
        Message::Elect { .. } => (Request, plain("message.elect.label")),
        Message::StateRequest { .. } => (Request, plain("message.state-request.label")),
        Message::StateReport {
            pre_committed: true,
            ..
        } => (Granted, plain("message.sure.label")),
        Message::StateReport { .. } => (Refused, plain("message.unsure.label")),
    };
    MessageView {
        kind: KINDS[usize::from(kind(message))].name.into(),
        shape,
        epoch: tx,
        label,
    }
}
