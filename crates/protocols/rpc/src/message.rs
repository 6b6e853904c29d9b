//! What travels between callers and callees, and what it shows of itself.

use crate::{Call, Op};
use protocol::{MessageKind, MessageShape, MessageView, Phrase};
use serde::{Deserialize, Serialize};

/// Which attempt of which call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Tag {
    /// The call.
    pub call: Call,
    /// The client's attempt, from 1.
    pub attempt: u32,
    /// The frontend's attempt, from 1; 0 between client and frontend.
    pub hop: u32,
}

/// What came of a request.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was executed: the balance afterwards.
    Done(u64),
    /// It was not taken: too much waits.
    Busy,
    /// Its key stands for another operation.
    KeyReused,
    /// It is older than what is remembered, so that nobody can tell whether it was executed.
    Forgotten,
    /// Nobody here works on it: an answer to a probe.
    Unknown,
}

/// What travels.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// A call, or a retry of it.
    Request {
        /// Which attempt.
        tag: Tag,
        /// The key by which it is recognised, among those of its client.
        key: u64,
        /// What is asked.
        op: Op,
        /// What is left of the deadline when it leaves, in microseconds.
        remaining_us: u64,
    },
    /// An answer.
    Reply {
        /// To which attempt.
        tag: Tag,
        /// The answer.
        outcome: Outcome,
    },
    /// Asks whether somebody still works on a call.
    Probe {
        /// Which.
        tag: Tag,
    },
    /// Says that somebody works on a call.
    Working {
        /// Which.
        tag: Tag,
    },
    /// Nobody waits for a call any more.
    Cancel {
        /// Which; every attempt of it.
        tag: Tag,
    },
}

pub(crate) const KINDS: &[MessageKind] = &[
    MessageKind { name: "Request" },
    MessageKind { name: "Reply" },
    MessageKind { name: "Probe" },
    MessageKind { name: "Working" },
    MessageKind { name: "Cancel" },
];

pub(crate) const fn kind(message: &Message) -> u8 {
    match message {
        Message::Request { .. } => 0,
        Message::Reply { .. } => 1,
        Message::Probe { .. } => 2,
        Message::Working { .. } => 3,
        Message::Cancel { .. } => 4,
    }
}

pub(crate) fn view(message: &Message) -> MessageView {
    let label = |key, tag: &Tag| Phrase::new(key).int("call", tag.call.id);
    let (tag, shape, label) = match message {
        Message::Request {
            tag,
            op,
            remaining_us,
            ..
        } => {
            let key = if tag.attempt > 1 || tag.hop > 1 {
                "message.retry.label"
            } else {
                "message.request.label"
            };
            let label = label(key, tag)
                .with("op", op.arg())
                .us("left", *remaining_us);
            (tag, MessageShape::Request, label)
        }
        Message::Reply { tag, outcome } => match outcome {
            Outcome::Done(balance) => {
                let label = label("message.done.label", tag).int("balance", *balance);
                (tag, MessageShape::Granted, label)
            }
            Outcome::Busy => (tag, MessageShape::Refused, label("message.busy.label", tag)),
            Outcome::KeyReused => {
                let label = label("message.key-reused.label", tag);
                (tag, MessageShape::Refused, label)
            }
            Outcome::Forgotten => {
                let label = label("message.forgotten.label", tag);
                (tag, MessageShape::Refused, label)
            }
            Outcome::Unknown => {
                let label = label("message.unknown.label", tag);
                (tag, MessageShape::Refused, label)
            }
        },
        Message::Probe { tag } => (
            tag,
            MessageShape::Request,
            label("message.probe.label", tag),
        ),
        Message::Working { tag } => {
            let label = label("message.working.label", tag);
            (tag, MessageShape::Heartbeat, label)
        }
        Message::Cancel { tag } => (
            tag,
            MessageShape::Request,
            label("message.cancel.label", tag),
        ),
    };
    MessageView {
        kind: KINDS[usize::from(kind(message))].name.into(),
        shape,
        epoch: Some(tag.call.id),
        label: Some(label),
    }
}
