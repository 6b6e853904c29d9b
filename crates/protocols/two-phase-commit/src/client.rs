//! The client: it has one request outstanding, repeats it until it is answered, and lets further ones wait.
//!
//! It knows its coordinator and nothing of participants.

use crate::Reason;
use crate::bank::{Answer, Op};
use crate::coordinator::Cx;
use crate::message::Message;
use crate::node::{Node, Timer};
use protocol::{Input, NodeId, OperationId};
use serde::Serialize;
use std::collections::VecDeque;

/// A client. It keeps nothing on disk: its operations' numbers grow over all its lives.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct Client {
    outstanding: Option<(OperationId, Op)>,
    /// How often it was sent.
    attempts: u64,
    queue: VecDeque<(OperationId, Op)>,
}

impl Client {
    /// What it waits for, and how often it asked.
    pub fn outstanding(&self) -> Option<(&Op, u64)> {
        let (_, op) = self.outstanding.as_ref()?;
        Some((op, self.attempts))
    }

    /// The number of the request that it waits for, and what it asks.
    pub fn waits_for(&self) -> Option<(u64, &Op)> {
        let (id, op) = self.outstanding.as_ref()?;
        Some((id.number, op))
    }

    /// How many operations wait behind the outstanding one.
    pub fn queued(&self) -> u64 {
        self.queue.len() as u64
    }

    pub(crate) fn on(&mut self, cx: &mut Cx<'_>, input: Input<Node>) {
        match input {
            Input::Request { id, op } => {
                if self.outstanding.is_some() {
                    cx.note(Reason::Queued {
                        ahead: self.queued() + 1,
                    });
                }
                self.queue.push_back((id, op));
                self.next(cx);
            }
            Input::Timer(_) => self.ask(cx),
            Input::Message {
                message: Message::Reply { number, answer },
                ..
            } => {
                let found = self.outstanding.take_if(|(id, _)| id.number == number);
                match found {
                    Some((id, _)) => {
                        cx.cancel_timer(Timer::Retry);
                        cx.answer(id, answer);
                        self.next(cx);
                    }
                    None => cx.note(Reason::LateReply { number }),
                }
            }
            Input::Message { from, .. } => cx.note(Reason::Misdirected { from }),
            Input::Saved(_) => {}
        }
    }

    fn next(&mut self, cx: &mut Cx<'_>) {
        while self.outstanding.is_none() {
            let Some((id, op)) = self.queue.pop_front() else {
                return;
            };
            let missing = op.accounts().find(|account| !account.exists(cx.config()));
            if let Some(account) = missing {
                cx.note(Reason::NoAccount { account });
                cx.answer(id, Answer::NoAccount { account });
                continue;
            }
            self.outstanding = Some((id, op));
            self.attempts = 0;
            self.ask(cx);
        }
    }

    fn ask(&mut self, cx: &mut Cx<'_>) {
        let Some((id, op)) = &self.outstanding else {
            return;
        };
        let number = id.number;
        let to: NodeId = cx.config().coordinator_of(cx.me());
        let reason = if self.attempts == 0 {
            Reason::Asks { to, number }
        } else {
            Reason::Repeats { to, number }
        };
        self.attempts += 1;
        cx.send(
            to,
            Message::Request {
                number,
                op: op.clone(),
            },
            reason,
        );
        let wait_us = cx.config().client_timeout_us;
        cx.set_timer(
            Timer::Retry,
            wait_us,
            wait_us,
            Reason::AwaitsAnswer { number },
        );
    }
}
