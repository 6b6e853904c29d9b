//! A client: wants a value to be chosen, asks one proposer after the other, and hears what was chosen.

use crate::decree::{Message, Node, Outcome, Reason, Timer, Value};
use protocol::{Context, NodeId, OperationId};
use serde::Serialize;
use std::collections::VecDeque;

/// A proposal that waits for its outcome.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
struct Proposal {
    id: OperationId,
    value: Value,
}

/// A client. It keeps nothing on disk.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Client {
    target: NodeId,
    open: Option<Proposal>,
    attempts: u64,
    queue: VecDeque<Proposal>,
}

impl Client {
    pub(crate) const fn new(target: NodeId) -> Self {
        Self {
            target,
            open: None,
            attempts: 0,
            queue: VecDeque::new(),
        }
    }

    /// The value that it wants to be chosen, the proposer that it asks, and how often it asked.
    pub fn open(&self) -> Option<(&Value, NodeId, u64)> {
        let open = self.open.as_ref()?;
        Some((&open.value, self.target, self.attempts))
    }

    /// How many proposals wait behind the open one.
    pub fn queued(&self) -> u64 {
        self.queue.len() as u64
    }

    pub(crate) fn on_ask(&mut self, cx: &mut Context<'_, Node>, id: OperationId, value: Value) {
        let proposal = Proposal { id, value };
        if self.open.is_some() {
            cx.note(Reason::ClientQueues {
                ahead: self.queued() + 1,
            });
            self.queue.push_back(proposal);
        } else {
            self.start(cx, proposal);
        }
    }

    fn start(&mut self, cx: &mut Context<'_, Node>, proposal: Proposal) {
        let (to, value) = (self.target, proposal.value.clone());
        self.open = Some(proposal);
        self.attempts = 0;
        self.send(cx, Reason::ClientAsks { to, value });
    }

    fn send(&mut self, cx: &mut Context<'_, Node>, reason: Reason) {
        let Some(open) = &self.open else { return };
        self.attempts += 1;
        let value = open.value.clone();
        cx.send(self.target, Message::Propose { value }, reason);
        let timeout_us = cx.config().client_timeout_us;
        cx.set_timer(Timer::Retry, timeout_us, timeout_us, Reason::ClientWaits);
    }

    pub(crate) fn on_retry(&mut self, cx: &mut Context<'_, Node>) {
        let Some(open) = &self.open else { return };
        let value = open.value.clone();
        let silent = self.target;
        let next = NodeId((silent.0 + 1) % cx.config().proposer_ids().end);
        self.target = next;
        self.send(
            cx,
            Reason::ClientAsksAgain {
                silent,
                next,
                value,
            },
        );
    }

    pub(crate) fn on_outcome(&mut self, cx: &mut Context<'_, Node>, from: NodeId, value: Value) {
        let Some(open) = self.open.take() else {
            cx.note(Reason::ClientLate { by: from });
            return;
        };
        cx.cancel_timer(Timer::Retry);
        cx.answer(
            open.id,
            Outcome {
                chosen: value,
                own: open.value,
            },
        );
        if let Some(next) = self.queue.pop_front() {
            self.start(cx, next);
        }
    }
}
