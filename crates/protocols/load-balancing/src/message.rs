//! What travels between clients, balancers and servers.

use crate::workload::Job;
use protocol::{MessageKind, MessageShape, MessageView, NodeId, OperationId, Phrase, Say};
use serde::{Deserialize, Serialize};

/// Why a server, or a balancer, did not do a request.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// The queue has no room.
    QueueFull,
    /// The server failed at it.
    Error,
    /// The server did not answer in time.
    Silent,
}

impl Refusal {
    /// The key of its words.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::QueueFull => "refusal.queue-full",
            Self::Error => "refusal.error",
            Self::Silent => "refusal.silent",
        }
    }
}

/// How a request went at a server.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is done.
    Done {
        /// How long it waited at the server.
        waited_us: u64,
        /// How long the server worked on it.
        worked_us: u64,
    },
    /// It is not.
    Refused(Refusal),
}

/// What a client is answered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It is done.
    Done {
        /// By whom.
        server: NodeId,
        /// How long the client waited for it.
        took_us: u64,
    },
    /// The balancer gave up on it.
    Refused {
        /// What the last try came to.
        why: Refusal,
    },
    /// Nobody answered in time.
    GaveUp {
        /// How long the client waited.
        waited_us: u64,
    },
}

impl Say for Answer {
    fn phrase(&self, _: NodeId) -> Phrase {
        match self {
            Self::Done { server, took_us } => Phrase::new("answer.done")
                .node("server", *server)
                .us("took", *took_us),
            Self::Refused { why } => Phrase::new("answer.refused").word("why", why.word()),
            Self::GaveUp { waited_us } => Phrase::new("answer.gave-up").us("waited", *waited_us),
        }
    }
}

/// What travels.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// A client asks a balancer.
    Request {
        /// The request's name.
        id: OperationId,
        /// What is asked.
        job: Job,
    },
    /// A balancer hands a request to a server.
    Dispatch {
        /// The request's name.
        id: OperationId,
        /// The how-manieth try it is, from 1.
        attempt: u8,
        /// What is asked.
        job: Job,
    },
    /// A server tells the balancer what a request came to.
    Reply {
        /// The request's name.
        id: OperationId,
        /// Which try this was.
        attempt: u8,
        /// What it came to.
        outcome: Outcome,
        /// How many requests wait and are worked on at the server now.
        load: u32,
    },
    /// A balancer tells a client what its request came to.
    Answer {
        /// The request's name.
        id: OperationId,
        /// At which server the last try was; `None` if it never left the balancer.
        server: Option<NodeId>,
        /// What it came to.
        outcome: Outcome,
    },
    /// A balancer asks whether a server is well.
    Probe {
        /// The how-manieth round of probes it is.
        round: u64,
    },
    /// The server is.
    Well {
        /// Of which round.
        round: u64,
        /// How many requests wait and are worked on there now.
        load: u32,
    },
    /// A server has nothing to do, and joins the queue of idle servers of a balancer (Lu 2011).
    Idle,
    /// A server reports its load.
    Load {
        /// How many requests wait and are worked on there now.
        load: u32,
    },
}

/// The kinds, in the order of [`kind`].
pub(crate) const KINDS: &[MessageKind] = &[
    MessageKind { name: "Request" },
    MessageKind { name: "Dispatch" },
    MessageKind { name: "Reply" },
    MessageKind { name: "Answer" },
    MessageKind { name: "Probe" },
    MessageKind { name: "Well" },
    MessageKind { name: "Idle" },
    MessageKind { name: "Load" },
];

pub(crate) const fn kind(message: &Message) -> u8 {
    match message {
        Message::Request { .. } => 0,
        Message::Dispatch { .. } => 1,
        Message::Reply { .. } => 2,
        Message::Answer { .. } => 3,
        Message::Probe { .. } => 4,
        Message::Well { .. } => 5,
        Message::Idle => 6,
        Message::Load { .. } => 7,
    }
}

pub(crate) fn view(message: &Message) -> MessageView {
    let named = |key, id: &OperationId| {
        Phrase::new(key)
            .node("client", id.client)
            .operation("number", id.number)
    };
    let answered = |outcome: &Outcome, id: &OperationId| match outcome {
        Outcome::Done { .. } => (MessageShape::Granted, named("message.done.label", id)),
        Outcome::Refused(why) => (
            MessageShape::Refused,
            named("message.refused.label", id).word("why", why.word()),
        ),
    };
    let (shape, label) = match message {
        Message::Request { id, .. } => (MessageShape::Request, named("message.request.label", id)),
        Message::Dispatch { id, attempt: 1, .. } => {
            (MessageShape::Request, named("message.request.label", id))
        }
        Message::Dispatch { id, attempt, .. } => (
            MessageShape::Request,
            named("message.again.label", id).int("attempt", u64::from(*attempt)),
        ),
        Message::Reply { id, outcome, .. } | Message::Answer { id, outcome, .. } => {
            answered(outcome, id)
        }
        Message::Probe { .. } => (MessageShape::Heartbeat, Phrase::new("message.probe.label")),
        Message::Well { load, .. } | Message::Load { load } => (
            MessageShape::Heartbeat,
            Phrase::new("message.load.label").int("load", u64::from(*load)),
        ),
        Message::Idle => (MessageShape::Heartbeat, Phrase::new("message.idle.label")),
    };
    MessageView {
        kind: KINDS[usize::from(kind(message))].name.into(),
        shape,
        epoch: None,
        label: Some(label),
    }
}
