//! What clients, their requests and the answers show of themselves, the same in every protocol that carries them.

use crate::{Client, ClientReply, ClientRequest, Order, StateMachine, Wish};
use protocol::{Arg, MessageShape, NodeId, NodeView, Phrase, Say};

impl<C, O: Order> ClientRequest<C, O> {
    /// Its shape and its label.
    pub fn shown<S: StateMachine<Command = C>>(&self) -> (MessageShape, Phrase) {
        let label = match self {
            Self::Register { .. } => Phrase::new("message.register.label"),
            Self::Command {
                sequence, command, ..
            }
            | Self::Query {
                sequence, command, ..
            } => Phrase::new("message.command.label")
                .operation("sequence", *sequence)
                .text("command", S::label(command)),
            Self::Order { sequence, order } => Phrase::new("message.order.label")
                .operation("sequence", *sequence)
                .text("order", order.label()),
        };
        (MessageShape::Request, label)
    }
}

impl<O, R: Say> ClientReply<O, R> {
    /// Its shape and its label.
    pub fn shown(&self) -> (MessageShape, Phrase) {
        match self {
            Self::Registered { session, .. } => (
                MessageShape::Granted,
                Phrase::new("message.registered.label").int("session", *session),
            ),
            Self::Done { sequence, .. } | Self::Queried { sequence, .. } => (
                MessageShape::Granted,
                Phrase::new("message.done.label").operation("sequence", *sequence),
            ),
            Self::NotLeader { hint, .. } => (
                MessageShape::Refused,
                match hint {
                    Some(leader) => {
                        Phrase::new("message.leader-hint.label").node("leader", *leader)
                    }
                    None => Phrase::new("message.no-leader.label"),
                },
            ),
            Self::SessionExpired { .. } => {
                (MessageShape::Refused, Phrase::new("message.expired.label"))
            }
            Self::Ordered { outcome, .. } => (
                MessageShape::Granted,
                // What came of an order names no node as its own.
                Phrase::new("message.ordered.label")
                    .with("outcome", Arg::Phrase(Box::new(outcome.phrase(NodeId(0))))),
            ),
        }
    }
}

impl<S: StateMachine, O: Order> Client<S, O> {
    /// What it waits for.
    pub fn view(&self) -> NodeView {
        let mut badges = Vec::new();
        if let Some((wish, attempts)) = self.outstanding() {
            let (label, server) = match wish {
                Wish::Command(command) => (S::label(command), None),
                Wish::Order(order) => (order.label(), order.of()),
            };
            badges.push(
                Phrase::new("badge.waits")
                    .text("command", label)
                    .node("server", server.unwrap_or(self.target())),
            );
            if attempts > 1 {
                badges.push(Phrase::new("badge.retries").int("count", attempts));
            }
        }
        if self.queued() > 0 {
            badges.push(Phrase::new("badge.queued").int("count", self.queued()));
        }
        NodeView {
            role: "role.client".into(),
            badges,
            ..NodeView::default()
        }
    }
}
