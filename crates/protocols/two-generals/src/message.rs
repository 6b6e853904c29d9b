//! What travels, and what it shows of itself.

use protocol::{MessageKind, MessageShape, MessageView, Phrase};
use serde::{Deserialize, Serialize};

/// One messenger with one message of the chain.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Message {
    /// Which battle, from 1.
    pub battle: u64,
    /// Which message of the chain: 0 is the plan, each other one acknowledges the one before it.
    pub number: u64,
    /// The number of the last message of the chain: k.
    pub acks: u64,
    /// Which messenger of this message, from 1.
    pub messenger: u64,
    /// How many carry it: n.
    pub copies: u64,
}

/// The kinds, in the order of [`kind`].
pub(crate) const KINDS: &[MessageKind] = &[
    MessageKind { name: "Plan" },
    MessageKind {
        name: "Acknowledgement",
    },
];

/// The place of a message's kind in [`KINDS`].
pub(crate) const fn kind(message: &Message) -> u8 {
    (message.number > 0) as u8
}

/// What it shows.
pub(crate) fn view(message: &Message) -> MessageView {
    let (shape, label) = match message.number {
        0 => (MessageShape::Request, "message.plan.label"),
        _ => (MessageShape::Granted, "message.ack.label"),
    };
    MessageView {
        kind: KINDS[usize::from(kind(message))].name.into(),
        shape,
        epoch: None,
        label: Some(
            Phrase::new(label)
                .int("battle", message.battle)
                .int("number", message.number)
                .int("acks", message.acks)
                .int("messenger", message.messenger)
                .int("copies", message.copies),
        ),
    }
}
