//! What clients, their requests and the answers show of themselves, the same in every protocol that carries them.

use crate::{Client, ClientReply, ClientRequest, StateMachine};
use protocol::{MessageShape, NodeView, Phrase};

impl<C> ClientRequest<C> {
    /// Its shape and its label.
    pub fn shown<S: StateMachine<Command = C>>(&self) -> (MessageShape, Phrase) {
        let label = match self {
            Self::Register { .. } => Phrase::new("message.register.label"),
            Self::Command {
                sequence, command, ..
            } => Phrase::new("message.command.label")
                .operation("sequence", *sequence)
                .text("command", S::label(command)),
        };
        (MessageShape::Request, label)
    }
}

impl<O> ClientReply<O> {
    /// Its shape and its label.
    pub fn shown(&self) -> (MessageShape, Phrase) {
        match self {
            Self::Registered { session, .. } => (
                MessageShape::Granted,
                Phrase::new("message.registered.label").int("session", *session),
            ),
            Self::Done { sequence, .. } => (
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
        }
    }
}

impl<S: StateMachine> Client<S> {
    /// What it waits for.
    pub fn view(&self) -> NodeView {
        let mut badges = Vec::new();
        if let Some((_, command, attempts)) = self.outstanding() {
            badges.push(
                Phrase::new("badge.waits")
                    .text("command", S::label(command))
                    .node("server", self.target()),
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
