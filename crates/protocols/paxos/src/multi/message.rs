//! What servers and clients send each other.

use crate::Ballot;
use protocol::{MessageKind, MessageShape, MessageView, Phrase};
use replicated::{ClientReply, ClientRequest, Payload, Replica, StateMachine};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A vote that a promise reports.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = ""))]
pub struct Reported<S: StateMachine> {
    /// The slot.
    pub slot: u64,
    /// The ballot of the vote.
    pub ballot: Ballot,
    /// What it is for.
    pub payload: Payload<S>,
}

/// Phase 1b, for all slots at once.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = ""))]
pub struct Report<S: StateMachine> {
    /// The votes from the asked slot on, in order.
    pub votes: Vec<Reported<S>>,
    /// Those up to here are known to be chosen.
    pub chosen: u64,
    /// What came before the votes, if some of it was asked for and is compacted.
    pub snapshot: Option<Arc<Replica<S>>>,
}

/// A message.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = ""))]
pub enum Message<S: StateMachine> {
    /// Phase 1a, for every slot from one on: promise to accept nothing below this ballot, and say what you have accepted.
    Prepare {
        /// The ballot.
        ballot: Ballot,
        /// The first slot that the sender does not know to be chosen.
        from: u64,
    },
    /// Phase 1b.
    Promise {
        /// The ballot that was prepared.
        ballot: Ballot,
        /// What the acceptor has accepted.
        report: Arc<Report<S>>,
    },
    /// Phase 2a: accept these in consecutive slots.
    Accept {
        /// The ballot.
        ballot: Ballot,
        /// The first slot.
        first: u64,
        /// What to accept.
        entries: Arc<[Payload<S>]>,
        /// Everything up to here is chosen.
        chosen: u64,
    },
    /// Phase 2b: they are accepted.
    Accepted {
        /// In which ballot.
        ballot: Ballot,
        /// The first slot.
        first: u64,
        /// The last slot.
        last: u64,
    },
    /// A greater ballot was promised.
    Refused {
        /// The ballot that comes too late.
        ballot: Ballot,
        /// What was promised.
        promised: Ballot,
    },
    /// The leader is there.
    Heartbeat {
        /// Its ballot.
        ballot: Ballot,
        /// Everything up to here is chosen.
        chosen: u64,
    },
    /// A server that lags asks what was chosen.
    CatchUp {
        /// From which slot on.
        from: u64,
    },
    /// This is chosen in consecutive slots.
    Learn {
        /// The first slot.
        first: u64,
        /// The ballots, and what is chosen.
        entries: Arc<[(Ballot, Payload<S>)]>,
    },
    /// What a server that lags asks for is compacted: this is what it came to.
    Snapshot(Arc<Replica<S>>),
    /// A client asks.
    ClientRequest(ClientRequest<S::Command>),
    /// A server answers a client.
    ClientReply(ClientReply<S::Output>),
}

/// The kinds, in the order of [`kind`].
pub(crate) const KINDS: &[MessageKind] = &[
    MessageKind { name: "Prepare" },
    MessageKind { name: "Promise" },
    MessageKind { name: "Accept" },
    MessageKind { name: "Accepted" },
    MessageKind { name: "Refused" },
    MessageKind { name: "Heartbeat" },
    MessageKind { name: "CatchUp" },
    MessageKind { name: "Learn" },
    MessageKind { name: "Snapshot" },
    MessageKind {
        name: "RegisterClient",
    },
    MessageKind {
        name: "ClientRequest",
    },
    MessageKind {
        name: "ClientReply",
    },
];

/// The place of a message's kind in [`KINDS`].
#[inline]
pub(crate) const fn kind<S: StateMachine>(message: &Message<S>) -> u8 {
    match message {
        Message::Prepare { .. } => 0,
        Message::Promise { .. } => 1,
        Message::Accept { .. } => 2,
        Message::Accepted { .. } => 3,
        Message::Refused { .. } => 4,
        Message::Heartbeat { .. } => 5,
        Message::CatchUp { .. } => 6,
        Message::Learn { .. } => 7,
        Message::Snapshot(_) => 8,
        Message::ClientRequest(ClientRequest::Register { .. }) => 9,
        // No client of this protocol queries.
        Message::ClientRequest(ClientRequest::Command { .. } | ClientRequest::Query { .. }) => 10,
        Message::ClientRequest(ClientRequest::Order { order, .. }) => match *order {},
        Message::ClientReply(_) => 11,
    }
}

/// What a message shows of itself.
pub(crate) fn view<S: StateMachine>(message: &Message<S>) -> MessageView {
    let (shape, epoch, label) = match message {
        Message::Prepare { ballot, from } => (
            MessageShape::Request,
            ballot.epoch(),
            Phrase::new("message.prepare.label")
                .with("ballot", ballot.arg())
                .int("from", *from),
        ),
        Message::Promise { ballot, report } => (
            MessageShape::Granted,
            ballot.epoch(),
            Phrase::new("message.promise.label")
                .with("ballot", ballot.arg())
                .int("count", report.votes.len() as u64),
        ),
        Message::Accept {
            ballot,
            first,
            entries,
            ..
        } => (
            MessageShape::Request,
            ballot.epoch(),
            match &**entries {
                [one] => Phrase::new("message.accept-one.label").text("entry", one.label()),
                _ => Phrase::new("message.accept.label").int("count", entries.len() as u64),
            }
            .int("first", *first),
        ),
        Message::Accepted {
            ballot,
            first,
            last,
        } => (
            MessageShape::Granted,
            ballot.epoch(),
            if first == last {
                Phrase::new("message.accepted.label").int("slot", *first)
            } else {
                Phrase::new("message.accepted-range.label")
                    .int("first", *first)
                    .int("last", *last)
            },
        ),
        Message::Refused { ballot, promised } => (
            MessageShape::Refused,
            promised.epoch(),
            Phrase::new("message.refused.label")
                .with("ballot", ballot.arg())
                .with("promised", promised.arg()),
        ),
        Message::Heartbeat { ballot, chosen } => (
            MessageShape::Heartbeat,
            ballot.epoch(),
            Phrase::new("message.heartbeat.label").int("chosen", *chosen),
        ),
        Message::CatchUp { from } => (
            MessageShape::Request,
            None,
            Phrase::new("message.catch-up.label").int("from", *from),
        ),
        Message::Learn { first, entries } => (
            MessageShape::Granted,
            None,
            Phrase::new("message.learn.label")
                .int("first", *first)
                .int("count", entries.len() as u64),
        ),
        Message::Snapshot(replica) => (
            MessageShape::Granted,
            None,
            Phrase::new("message.snapshot.label").int("slot", replica.index),
        ),
        Message::ClientRequest(request) => {
            let (shape, label) = request.shown::<S>();
            (shape, None, label)
        }
        Message::ClientReply(reply) => {
            let (shape, label) = reply.shown();
            (shape, None, label)
        }
    };
    MessageView {
        kind: KINDS[kind(message) as usize].name.into(),
        shape,
        epoch,
        label: Some(label),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_small_to_copy() {
        assert!(size_of::<Message<replicated::KeyValue>>() <= 64);
    }
}
