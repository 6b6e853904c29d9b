//! A frontend: it takes calls, calls a backend for each, and passes the answer on. It keeps nothing: a crash loses what is under way.

use crate::caller::{Caller, End, Ended, Open};
use crate::node::Cx;
use crate::station::{Job, Station};
use crate::{Failure, Message, Outcome, Reason, Variant};
use protocol::NodeId;
use serde::Serialize;

/// A frontend.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Frontend {
    pub(crate) station: Station,
    pub(crate) caller: Caller,
}

impl Frontend {
    pub(crate) fn new(burst: u64) -> Self {
        Self {
            station: Station::default(),
            caller: Caller::new(true, burst),
        }
    }

    /// What waits and what is under way.
    pub const fn station(&self) -> &Station {
        &self.station
    }

    /// The calling side.
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    pub(crate) fn on_timer(&mut self, cx: &mut Cx<'_>) {
        let ended = self.caller.on_timer(cx);
        self.end(cx, ended);
    }

    pub(crate) fn on_message(&mut self, cx: &mut Cx<'_>, from: NodeId, message: Message) {
        match message {
            Message::Request {
                tag,
                key,
                op,
                remaining_us,
            } => {
                let now = cx.now_us();
                let job = Job {
                    tag,
                    key,
                    op,
                    from,
                    came_us: now,
                    deadline_us: now.saturating_add(remaining_us),
                    started: 0,
                    began_us: 0,
                    done_us: 0,
                };
                self.station.admit(cx, job);
                self.relay(cx);
            }
            Message::Reply { tag, outcome } => {
                let ended = self.caller.on_reply(cx, from, tag, outcome);
                self.end(cx, ended);
            }
            Message::Working { tag } => self.caller.on_working(cx, from, tag),
            Message::Probe { tag } => self.station.on_probe(cx, from, tag),
            Message::Cancel { tag } => {
                for job in self.station.abandon(cx, from, tag) {
                    self.caller.give_up(cx, (job.tag.call, job.tag.attempt));
                }
                self.relay(cx);
            }
        }
    }

    /// Calls the backends for what waits, as far as there are workers.
    fn relay(&mut self, cx: &mut Cx<'_>) {
        let workers = cx.config().frontend_workers;
        while let Some(job) = self.station.next(cx, workers) {
            let config = cx.config();
            let base = NodeId(config.frontends as u16);
            let backend = NodeId(base.0 + (u64::from(job.op.account()) % config.backends) as u16);
            let deadline_us = match cx.variant() {
                Variant::FreshDeadline => cx.now_us() + config.deadline_us,
                _ => job.deadline_us,
            };
            let ticket = (job.tag.call, job.tag.attempt);
            // An account lives at one backend: there is no other to turn to.
            let open = Open::new(job.op, job.key, backend, (backend, 1), deadline_us);
            self.station.running.push(job);
            let ended = self.caller.begin(cx, ticket, open);
            self.pass_on(cx, ended);
        }
    }

    fn end(&mut self, cx: &mut Cx<'_>, ended: impl IntoIterator<Item = Ended>) {
        self.pass_on(cx, ended);
        self.relay(cx);
    }

    fn pass_on(&mut self, cx: &mut Cx<'_>, ended: impl IntoIterator<Item = Ended>) {
        for Ended { ticket, open, end } in ended {
            if matches!(end, End::Failed(_)) {
                Caller::cancel(cx, ticket, &open, true);
            }
            let mut jobs = self.station.running.iter();
            let Some(place) = jobs.position(|job| (job.tag.call, job.tag.attempt) == ticket) else {
                continue;
            };
            let Job { tag, from, .. } = self.station.running.remove(place);
            let call = tag.call;
            let (outcome, reason) = match end {
                End::Done(balance) => {
                    let backend = open.first;
                    let from = backend;
                    (Outcome::Done(balance), Reason::PassesOn { call, from })
                }
                // The client has given up by the same deadline: silence.
                End::Failed(Failure::Deadline) => continue,
                End::Failed(Failure::KeyReused) => (Outcome::KeyReused, Reason::FailsTo { call }),
                End::Failed(Failure::Forgotten) => (Outcome::Forgotten, Reason::FailsTo { call }),
                End::Failed(_) => (Outcome::Busy, Reason::FailsTo { call }),
            };
            cx.send(from, Message::Reply { tag, outcome }, reason);
        }
    }
}
