//! The calling side, which clients and frontends share: attempts, timeouts, backoff, probes, budget and breakers.
//!
//! Knows nothing of who asked for a call: it says how a call ended, and its owner does the rest.

use crate::backoff::delay_us;
use crate::breaker::Change;
use crate::node::Cx;
use crate::{
    Breaker, Budget, Call, Fact, Failure, Message, Op, Outcome, Reason, State, Tag, Timer, Variant,
};
use protocol::{Distribution, NodeId};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a caller has done since it started.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct Counters {
    /// Calls that began.
    pub calls: u64,
    /// Attempts that left, retries included.
    pub sent: u64,
    /// Retries that left.
    pub retries: u64,
    /// Calls that were answered.
    pub answered: u64,
    /// Calls that failed.
    pub failed: u64,
}

/// What an open call waits for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The answer to an attempt.
    Waiting,
    /// The end of a pause, before the next attempt.
    Pausing,
    /// The answer of a callee that said that it works on it.
    Promised,
    /// The answer to a probe.
    Probing,
}

impl Phase {
    /// The key of its word.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Waiting => "phase.waiting",
            Self::Pausing => "phase.pausing",
            Self::Promised => "phase.promised",
            Self::Probing => "phase.probing",
        }
    }
}

/// A call by the caller's own name for it: a frontend has one for each attempt of a client.
pub type Ticket = (Call, u32);

/// An open call.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Open {
    /// What it asks.
    pub op: Op,
    /// Its key.
    pub key: u64,
    /// The first server that may be asked; a retry asks the next one.
    pub first: NodeId,
    /// How many servers there are, from a first one on: (the first one, how many).
    pub servers: (NodeId, u64),
    /// When it ends at last, on the caller's clock.
    pub deadline_us: u64,
    /// How many attempts have left.
    pub attempts: u32,
    /// What it waits for.
    pub phase: Phase,
    /// When that is over, on the caller's clock.
    pub due_us: u64,
    /// The last pause.
    pub pause_us: u64,
    /// How often the breaker had opened when the last attempt left.
    pub opened: u64,
}

impl Open {
    /// A call that has not left yet.
    pub(crate) const fn new(
        op: Op,
        key: u64,
        first: NodeId,
        servers: (NodeId, u64),
        deadline_us: u64,
    ) -> Self {
        Self {
            op,
            key,
            first,
            servers,
            deadline_us,
            attempts: 0,
            phase: Phase::Waiting,
            due_us: deadline_us,
            pause_us: 0,
            opened: 0,
        }
    }

    /// The server that attempt number `attempt` (from 1) asks.
    pub(crate) fn target(&self, attempt: u32) -> NodeId {
        let (base, count) = self.servers;
        let place = u64::from(self.first.0 - base.0) + u64::from(attempt.max(1) - 1);
        NodeId(base.0 + (place % count.max(1)) as u16)
    }
}

/// How a call ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    Done(u64),
    Failed(Failure),
}

/// A call that ended, with what was known of it.
#[derive(Debug)]
pub(crate) struct Ended {
    pub ticket: Ticket,
    pub open: Open,
    pub end: End,
}

/// The calling side of a node.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Caller {
    /// Whether it calls for others: a frontend.
    relays: bool,
    open: BTreeMap<Ticket, Open>,
    breakers: BTreeMap<NodeId, Breaker>,
    budget: Budget,
    counters: Counters,
    /// How many attempts left, by callee.
    sent_to: BTreeMap<NodeId, u64>,
}

impl Caller {
    pub(crate) const fn new(relays: bool, burst: u64) -> Self {
        Self {
            relays,
            open: BTreeMap::new(),
            breakers: BTreeMap::new(),
            budget: Budget::full(burst),
            counters: Counters {
                calls: 0,
                sent: 0,
                retries: 0,
                answered: 0,
                failed: 0,
            },
            sent_to: BTreeMap::new(),
        }
    }

    /// The open calls, oldest identifier first.
    pub const fn open(&self) -> &BTreeMap<Ticket, Open> {
        &self.open
    }

    /// The breakers, by callee.
    pub const fn breakers(&self) -> &BTreeMap<NodeId, Breaker> {
        &self.breakers
    }

    /// The retry budget.
    pub const fn budget(&self) -> Budget {
        self.budget
    }

    /// What it has done since it started.
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// How many attempts left, by callee.
    pub const fn sent_to(&self) -> &BTreeMap<NodeId, u64> {
        &self.sent_to
    }

    /// A call begins; it may end at once, when the breaker is open.
    pub(crate) fn begin(&mut self, cx: &mut Cx<'_>, ticket: Ticket, open: Open) -> Option<Ended> {
        let config = cx.config();
        self.counters.calls += 1;
        if config.retry_budget {
            self.budget
                .earn(config.retry_budget_permille, config.retry_budget_burst);
        } else {
            self.budget = Budget::full(config.retry_budget_burst);
        }
        self.open.insert(ticket, open);
        let ended = self.attempt(cx, ticket);
        self.set_timer(cx);
        ended
    }

    /// The owner no longer wants a call: whoever works on it hears so.
    pub(crate) fn give_up(&mut self, cx: &mut Cx<'_>, ticket: Ticket) {
        if let Some(open) = self.open.remove(&ticket) {
            Self::cancel(cx, ticket, &open, self.relays);
            self.set_timer(cx);
        }
    }

    /// Tells everybody who was asked that nobody waits any more.
    pub(crate) fn cancel(cx: &mut Cx<'_>, ticket: Ticket, open: &Open, relays: bool) {
        if !cx.config().cancellation || (relays && cx.variant() == Variant::FreshDeadline) {
            return;
        }
        let asked = u64::from(open.attempts).min(open.servers.1) as u32;
        for attempt in 1..=asked {
            let to = open.target(attempt);
            let tag = Self::tag(relays, ticket, open.attempts);
            let call = ticket.0;
            cx.send(to, Message::Cancel { tag }, Reason::GivesUp { to, call });
        }
    }

    const fn tag(relays: bool, ticket: Ticket, attempt: u32) -> Tag {
        let (call, of_client) = ticket;
        if relays {
            Tag {
                call,
                attempt: of_client,
                hop: attempt,
            }
        } else {
            Tag {
                call,
                attempt,
                hop: 0,
            }
        }
    }

    /// The caller's own name for the call of this tag, and which of its attempts it is.
    const fn ticket(&self, tag: Tag) -> (Ticket, u32) {
        if self.relays {
            ((tag.call, tag.attempt), tag.hop)
        } else {
            ((tag.call, 0), tag.attempt)
        }
    }

    /// Whether it sends calls again by itself.
    fn retries(&self, cx: &Cx<'_>) -> bool {
        !self.relays || cx.config().retry_at == "every-tier"
    }

    /// Sends the next attempt, if time, budget and breaker allow it.
    fn attempt(&mut self, cx: &mut Cx<'_>, ticket: Ticket) -> Option<Ended> {
        let (now, config, variant) = (cx.now_us(), cx.config(), cx.variant());
        let open = self.open.get(&ticket)?;
        let (call, retry) = (ticket.0, open.attempts > 0);
        let to = open.target(open.attempts + 1);
        if now >= open.deadline_us {
            return self.end(cx, ticket, Failure::Deadline);
        }
        let pays = retry && config.retry_budget && variant != Variant::BudgetIgnored;
        if pays && !self.budget.pays() {
            cx.note(Reason::NoToken {
                call,
                tokens_permille: self.budget.tokens_permille,
            });
            return self.end(cx, ticket, Failure::Budget);
        }
        if config.breaker && !(retry && variant == Variant::BreakerIgnored) {
            let breaker = self.breakers.entry(to).or_default();
            let (admitted, change) =
                breaker.admit(now, config.breaker_open_us, config.breaker_probes);
            if !admitted {
                cx.note(match breaker.state {
                    State::Open { until_us } => Reason::BreakerOpen {
                        to,
                        call,
                        left_us: until_us.saturating_sub(now),
                    },
                    _ => Reason::TrialsOut { to, call },
                });
                return self.end(cx, ticket, Failure::Breaker);
            }
            tell(cx, to, change, 0);
        }
        if pays {
            self.budget.spend();
        }
        let relays = self.relays;
        // Who neither retries nor asks has nothing to do before the deadline.
        let acts = self.retries(cx) || config.recognises();
        let opened = self.breakers.get(&to).map_or(0, |breaker| breaker.opened);
        let open = self.open.get_mut(&ticket)?;
        open.attempts += 1;
        open.phase = Phase::Waiting;
        open.opened = opened;
        open.due_us = if acts {
            (now + config.timeout_us).min(open.deadline_us)
        } else {
            open.deadline_us
        };
        let left_us = open.deadline_us - now;
        let request = Message::Request {
            tag: Self::tag(relays, ticket, open.attempts),
            key: open.key,
            op: open.op,
            remaining_us: left_us,
        };
        let reason = if retry {
            Reason::Retries {
                to,
                call,
                attempt: open.attempts,
                attempts_max: config.attempts_max,
            }
        } else if relays {
            Reason::Relays { to, call, left_us }
        } else {
            let op = open.op;
            Reason::Calls {
                to,
                call,
                op,
                left_us,
            }
        };
        self.counters.sent += 1;
        self.counters.retries += u64::from(retry);
        *self.sent_to.entry(to).or_default() += 1;
        // What has to be on a client's disk for this call is there: another call's save does not hold it up.
        cx.send_before_save(to, request, reason);
        None
    }

    /// An attempt has failed: a pause before the next one, or the end.
    fn attempt_failed(&mut self, cx: &mut Cx<'_>, ticket: Ticket, refused: bool) -> Option<Ended> {
        let (now, config) = (cx.now_us(), cx.config());
        let (jitter, chance_key) = (config.jitter(), ticket.0.id);
        let open = self.open.get(&ticket)?;
        let (call, attempts, by) = (ticket.0, open.attempts, open.target(open.attempts));
        let opened = open.opened;
        self.breaker_failure(cx, by, opened);
        if config.semantics == "maybe" {
            cx.note(Reason::OnlyOne { call });
            return self.end(cx, ticket, Failure::NoAnswer);
        }
        if !self.retries(cx) || u64::from(attempts) >= config.attempts_max {
            cx.note(Reason::NoMoreAttempts { call, attempts });
            return self.end(cx, ticket, Failure::Attempts);
        }
        let open = self.open.get_mut(&ticket)?;
        let pause_us = delay_us(
            jitter,
            (config.backoff_base_us, config.backoff_cap_us),
            (chance_key, attempts),
            open.pause_us,
            |purpose, min, max| cx.sample(purpose, &Distribution::Uniform { min, max }),
        );
        open.pause_us = pause_us;
        open.phase = Phase::Pausing;
        open.due_us = (now + pause_us).min(open.deadline_us);
        cx.note(if refused {
            Reason::Refused { by, call, pause_us }
        } else {
            let waited_us = config.timeout_us;
            Reason::TimedOut {
                by,
                call,
                waited_us,
                pause_us,
            }
        });
        None
    }

    fn end(&mut self, cx: &mut Cx<'_>, ticket: Ticket, failure: Failure) -> Option<Ended> {
        if failure == Failure::Deadline {
            cx.note(Reason::DeadlinePassed { call: ticket.0 });
        }
        self.counters.failed += 1;
        let open = self.open.remove(&ticket)?;
        Some(Ended {
            ticket,
            open,
            end: End::Failed(failure),
        })
    }

    fn breaker_failure(&mut self, cx: &mut Cx<'_>, to: NodeId, opened: u64) {
        let (now, config) = (cx.now_us(), cx.config());
        if config.breaker {
            let breaker = self.breakers.entry(to).or_default();
            let (threshold, open_us) = (config.breaker_threshold, config.breaker_open_us);
            let change = breaker.failure(opened, now, threshold, open_us);
            let failures = breaker.failures;
            tell(cx, to, change, failures);
        }
    }

    fn breaker_success(&mut self, cx: &mut Cx<'_>, to: NodeId, opened: u64) {
        let config = cx.config();
        if config.breaker {
            let breaker = self.breakers.entry(to).or_default();
            let change = breaker.success(opened, config.breaker_probes);
            tell(cx, to, change, 0);
        }
    }

    /// Time to look after the calls: what is due is done.
    pub(crate) fn on_timer(&mut self, cx: &mut Cx<'_>) -> Vec<Ended> {
        let now = cx.now_us();
        let due = self.open.iter().filter(|(_, open)| open.due_us <= now);
        let due: Vec<Ticket> = due.map(|(ticket, _)| *ticket).collect();
        let ended = due.into_iter().filter_map(|ticket| self.due(cx, ticket));
        let ended = ended.collect();
        self.set_timer(cx);
        ended
    }

    fn due(&mut self, cx: &mut Cx<'_>, ticket: Ticket) -> Option<Ended> {
        let (now, timeout_us) = (cx.now_us(), cx.config().timeout_us);
        let retries = self.retries(cx);
        let open = self.open.get_mut(&ticket)?;
        let (call, to) = (ticket.0, open.target(open.attempts));
        if now >= open.deadline_us {
            let (phase, opened) = (open.phase, open.opened);
            if phase != Phase::Pausing {
                self.breaker_failure(cx, to, opened);
            }
            return self.end(cx, ticket, Failure::Deadline);
        }
        let reason = match open.phase {
            // Who may not send it again asks: what it says to others has to be true.
            Phase::Waiting if !retries => Reason::AsksAfter {
                to,
                call,
                waited_us: timeout_us,
            },
            Phase::Promised => Reason::Probes { to, call },
            Phase::Waiting | Phase::Probing => return self.attempt_failed(cx, ticket, false),
            Phase::Pausing => return self.attempt(cx, ticket),
        };
        open.phase = Phase::Probing;
        open.due_us = (now + timeout_us).min(open.deadline_us);
        let tag = Self::tag(self.relays, ticket, open.attempts);
        cx.send(to, Message::Probe { tag }, reason);
        None
    }

    /// An answer came.
    pub(crate) fn on_reply(
        &mut self,
        cx: &mut Cx<'_>,
        from: NodeId,
        tag: Tag,
        outcome: Outcome,
    ) -> Option<Ended> {
        let (ticket, attempt) = self.ticket(tag);
        let Some(open) = self.open.get(&ticket) else {
            cx.note(Reason::Late {
                by: from,
                call: tag.call,
            });
            return None;
        };
        let current = attempt == open.attempts;
        let probing = open.phase == Phase::Probing;
        // A refusal also takes a promise back.
        let refused = match open.phase {
            Phase::Waiting => current,
            Phase::Promised | Phase::Probing => from == open.target(open.attempts),
            Phase::Pausing => false,
        };
        // Of an earlier attempt nobody remembers how the breaker stood when it left.
        let opened = open.opened;
        if current && !matches!(outcome, Outcome::Busy | Outcome::Unknown) {
            self.breaker_success(cx, from, opened);
        }
        let ended = match outcome {
            Outcome::Done(balance) => {
                self.counters.answered += 1;
                let open = self.open.remove(&ticket)?;
                Some(Ended {
                    ticket,
                    open,
                    end: End::Done(balance),
                })
            }
            Outcome::KeyReused => self.end(cx, ticket, Failure::KeyReused),
            Outcome::Forgotten => self.end(cx, ticket, Failure::Forgotten),
            Outcome::Busy if refused => self.attempt_failed(cx, ticket, true),
            Outcome::Unknown if current && probing => self.attempt_failed(cx, ticket, true),
            Outcome::Busy | Outcome::Unknown => {
                let call = tag.call;
                cx.note(Reason::Late { by: from, call });
                None
            }
        };
        self.set_timer(cx);
        ended
    }

    /// Somebody works on a call: no need to send it again, but to ask from time to time.
    pub(crate) fn on_working(&mut self, cx: &mut Cx<'_>, from: NodeId, tag: Tag) {
        let (now, timeout_us) = (cx.now_us(), cx.config().timeout_us);
        let (ticket, _) = self.ticket(tag);
        let call = tag.call;
        let Some(open) = self.open.get_mut(&ticket) else {
            cx.note(Reason::Late { by: from, call });
            return;
        };
        open.phase = Phase::Promised;
        open.due_us = (now + timeout_us).min(open.deadline_us);
        cx.note(Reason::Promised { by: from, call });
        self.set_timer(cx);
    }

    fn set_timer(&self, cx: &mut Cx<'_>) {
        match self.open.values().map(|open| open.due_us).min() {
            Some(due) => {
                let wait = due.saturating_sub(cx.now_us()).max(1);
                let open = self.open.len() as u64;
                cx.set_timer(Timer::Calls, wait, wait, Reason::LooksAfter { open });
            }
            None => cx.cancel_timer(Timer::Calls),
        }
    }
}

/// Tells what a breaker did.
fn tell(cx: &mut Cx<'_>, to: NodeId, change: Change, failures: u64) {
    match change {
        Change::None => {}
        Change::Opened => cx.tell(Fact::BreakerOpened { to, failures }),
        Change::HalfOpened => cx.tell(Fact::BreakerHalfOpened { to }),
        Change::Closed => cx.tell(Fact::BreakerClosed { to }),
    }
}
