//! A node's desk: what it does during one input. What one of its roles says to another role of the same node takes no network.

use crate::decree::config::DecreeConfig;
use crate::decree::{Fact, Message, Node, Reason, Timer, Variant, Write};
use protocol::{Context, NodeId};
use std::collections::VecDeque;

/// The context, and the messages of the node to itself.
///
/// A message to oneself does not wait for the disk. That is sound: whatever follows from it leaves the node after the saves
/// before it, or not at all.
pub(crate) struct Desk<'a, 'b> {
    cx: &'a mut Context<'b, Node>,
    own: VecDeque<Message>,
}

impl<'a, 'b> Desk<'a, 'b> {
    pub(crate) const fn new(cx: &'a mut Context<'b, Node>) -> Self {
        Self {
            cx,
            own: VecDeque::new(),
        }
    }

    /// The oldest message of the node to itself.
    pub(crate) fn next_own(&mut self) -> Option<Message> {
        self.own.pop_front()
    }

    pub(crate) const fn me(&self) -> NodeId {
        self.cx.me()
    }

    pub(crate) const fn config(&self) -> &'b DecreeConfig {
        self.cx.config()
    }

    pub(crate) const fn variant(&self) -> Variant {
        self.cx.variant()
    }

    /// How many acceptors are taken for a quorum.
    pub(crate) fn quorum(&self) -> u64 {
        match self.variant() {
            Variant::HalfQuorum => (self.config().acceptor_ids().len() as u64 / 2).max(1),
            _ => self.config().majority(),
        }
    }

    pub(crate) fn send(&mut self, to: NodeId, message: Message, reason: Reason) {
        if to == self.me() {
            self.own.push_back(message);
        } else {
            self.cx.send(to, message, reason);
        }
    }

    /// Tells the node's other roles.
    pub(crate) fn send_own(&mut self, message: Message) {
        self.own.push_back(message);
    }

    /// Sends to every acceptor.
    pub(crate) fn send_acceptors(&mut self, message: &Message, reason: impl Fn(NodeId) -> Reason) {
        for to in self.config().acceptor_ids().map(NodeId) {
            self.send(to, message.clone(), reason(to));
        }
    }

    pub(crate) fn note(&mut self, reason: Reason) {
        self.cx.note(reason);
    }

    pub(crate) fn tell(&mut self, fact: Fact) {
        self.cx.tell(fact);
    }

    pub(crate) fn save(&mut self, write: Write) {
        self.cx.save(write);
    }

    pub(crate) fn set_timer(&mut self, timer: Timer, (min, max): (u64, u64), reason: Reason) {
        self.cx.set_timer(timer, min, max, reason);
    }

    pub(crate) fn cancel_timer(&mut self, timer: Timer) {
        self.cx.cancel_timer(timer);
    }
}
