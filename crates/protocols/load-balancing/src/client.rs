//! A client: it asks a balancer, waits for an answer, and gives up at some time. It asks no second time: retries are the
//! balancer's, so that one budget holds them.

use crate::fact::Fact;
use crate::message::{Answer, Message, Outcome};
use crate::node::{Node, Timer};
use crate::reason::Reason;
use crate::variant::Variant;
use crate::workload::Job;
use protocol::{Context, NodeId, OperationId};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// After so many good answers a failure is told again.
const GOOD_UNTIL_NEWS: u8 = 10;

/// What became of a request.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Ended {
    /// Which one.
    pub number: u64,
    /// At which server it was last, if any.
    pub server: Option<NodeId>,
    /// What it came to; `None`: nobody answered in time.
    pub outcome: Option<Outcome>,
    /// How long the client waited.
    pub took_us: u64,
}

/// A request that waits for an answer.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
struct Waiting {
    asked_us: u64,
    /// Until when the client waits; 0: for ever.
    deadline_us: u64,
}

/// A client. All of it is lost in a crash.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct Client {
    waits: BTreeMap<u64, Waiting>,
    deadlines: BTreeSet<(u64, u64)>,
    armed_us: Option<u64>,
    /// How many requests it has asked.
    asked: u64,
    /// Which one it asked last.
    last: u64,
    /// How many good answers it takes until a failure is news again.
    good_until_news: u8,
    /// What became of requests in the last event that ended any, and how many there were in all.
    ended: Vec<Ended>,
    ends: u64,
    ends_before: u64,
}

impl Client {
    /// Somebody wants something done.
    pub(crate) fn on_ask(&mut self, cx: &mut Context<'_, Node>, id: OperationId, job: Job) {
        self.ends_before = self.ends;
        let config = cx.config();
        // Clients take turns among balancers, each beginning at another.
        let turn = u64::from(cx.me().0).wrapping_add(self.asked) % config.balancers;
        let balancer = config.balancer(turn as u16);
        self.asked += 1;
        self.last = id.number;
        let asked_us = cx.now_us();
        let deadline_us = match config.client_timeout_us {
            0 => 0,
            timeout_us => asked_us + timeout_us,
        };
        if deadline_us > 0 {
            self.deadlines.insert((deadline_us, id.number));
        }
        let waiting = Waiting {
            asked_us,
            deadline_us,
        };
        self.waits.insert(id.number, waiting);
        let reason = Reason::Asks { id, balancer };
        cx.send(balancer, Message::Request { id, job }, reason);
        self.arm(cx);
    }

    /// A message came.
    pub(crate) fn on_message(
        &mut self,
        cx: &mut Context<'_, Node>,
        from: NodeId,
        message: Message,
    ) {
        self.ends_before = self.ends;
        let Message::Answer {
            id,
            server,
            outcome,
        } = message
        else {
            cx.note(Reason::Misdirected { from });
            return;
        };
        let waiting = self.waits.remove(&id.number);
        if waiting.is_none() && cx.variant() != Variant::AnswersTwice {
            cx.note(Reason::LateAnswer { id });
            return;
        }
        let mut took_us = 0;
        if let Some(waiting) = waiting {
            self.deadlines.remove(&(waiting.deadline_us, id.number));
            took_us = cx.now_us().saturating_sub(waiting.asked_us);
        }
        let answer = match (outcome, server) {
            (Outcome::Done { .. }, Some(server)) => Answer::Done { server, took_us },
            (Outcome::Done { .. }, None) => {
                cx.note(Reason::Misdirected { from });
                return;
            }
            (Outcome::Refused(why), _) => {
                self.fails(cx, id);
                Answer::Refused { why }
            }
        };
        if matches!(answer, Answer::Done { .. }) {
            self.good_until_news = self.good_until_news.saturating_sub(1);
        }
        cx.answer(id, answer);
        self.ends(Ended {
            number: id.number,
            server,
            outcome: Some(outcome),
            took_us,
        });
        self.arm(cx);
    }

    /// The patience with some requests is at its end.
    pub(crate) fn on_patience(&mut self, cx: &mut Context<'_, Node>) {
        self.ends_before = self.ends;
        self.armed_us = None;
        while let Some(&(deadline_us, number)) = self.deadlines.first() {
            if deadline_us > cx.now_us() {
                break;
            }
            self.deadlines.remove(&(deadline_us, number));
            let Some(waiting) = self.waits.remove(&number) else {
                continue;
            };
            let waited_us = cx.now_us().saturating_sub(waiting.asked_us);
            let id = OperationId {
                client: cx.me(),
                number,
            };
            self.fails(cx, id);
            cx.note(Reason::GivesUp { id, waited_us });
            cx.answer(id, Answer::GaveUp { waited_us });
            self.ends(Ended {
                number,
                server: None,
                outcome: None,
                took_us: waited_us,
            });
        }
        self.arm(cx);
    }

    /// The first failure after a row of good answers is worth telling.
    fn fails(&mut self, cx: &mut Context<'_, Node>, id: OperationId) {
        if self.good_until_news == 0 {
            cx.tell(Fact::RequestFailed { id });
        }
        self.good_until_news = GOOD_UNTIL_NEWS;
    }

    fn ends(&mut self, ended: Ended) {
        if self.ends == self.ends_before {
            self.ended.clear();
        }
        self.ends += 1;
        self.ended.push(ended);
    }

    fn arm(&mut self, cx: &mut Context<'_, Node>) {
        let first = self.deadlines.first().copied();
        let due_us = first.map(|(due_us, _)| due_us);
        if due_us == self.armed_us {
            return;
        }
        self.armed_us = due_us;
        match first {
            None => cx.cancel_timer(Timer::Patience),
            Some((due_us, number)) => {
                let left = due_us.saturating_sub(cx.now_us());
                let id = OperationId {
                    client: cx.me(),
                    number,
                };
                cx.set_timer(Timer::Patience, left, left, Reason::AwaitsAnswer { id });
            }
        }
    }

    /// How many requests wait for an answer.
    pub fn waits(&self) -> u64 {
        self.waits.len() as u64
    }

    /// The number of the request that has waited longest.
    pub fn oldest(&self) -> Option<u64> {
        self.waits.keys().next().copied()
    }

    /// How many requests it has asked since it started.
    pub const fn asked(&self) -> u64 {
        self.asked
    }

    /// The number of the request that it asked last.
    pub const fn last_asked(&self) -> u64 {
        self.last
    }

    /// How many requests have ended since it started.
    pub const fn ended(&self) -> u64 {
        self.ends
    }

    /// What became of the requests after the first `seen`, as far as the last event ended them.
    pub fn ended_since(&self, seen: u64) -> &[Ended] {
        let new = (self.ends - seen.min(self.ends)).min(self.ended.len() as u64);
        &self.ended[self.ended.len() - new as usize..]
    }
}

#[cfg(test)]
impl Client {
    /// A client that has asked `asked` requests, of which the last ended as `ended` says, just now.
    pub(crate) fn in_test(asked: u64, ended: Vec<Ended>) -> Self {
        Self {
            asked,
            last: asked,
            ends: ended.len() as u64,
            ended,
            ..Self::default()
        }
    }
}
