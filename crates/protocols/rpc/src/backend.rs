//! A backend: it executes calls on its accounts, and remembers the answers, so that a call that comes again is not executed again.

use crate::call::series;
use crate::disk::{Disk, Kept, Key, Write};
use crate::node::{Cx, Timer};
use crate::station::{Job, Station};
use crate::{Fact, Message, Outcome, Reason, Variant};
use protocol::{Distribution, NodeId, Purpose};
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::Arc;

const SERVICE: Purpose = Purpose::new("service");

/// A backend.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Backend {
    pub(crate) station: Station,
    pub(crate) disk: Disk,
    /// When each answer was learnt, on this node's clock; after a restart, all of them anew.
    ages: VecDeque<(u64, Key)>,
    /// When this node last did anything, on its clock: what a picture of work under way is drawn from.
    pub(crate) seen_us: u64,
}

impl Backend {
    pub(crate) fn boot(cx: &mut Cx<'_>, disk: &Disk) -> Self {
        let now = cx.now_us();
        if !disk.table.is_empty() {
            let answers = disk.table.len() as u64;
            cx.tell(Fact::Restarted { answers });
        }
        Self {
            station: Station::default(),
            disk: disk.clone(),
            ages: disk.table.keys().map(|key| (now, *key)).collect(),
            seen_us: now,
        }
    }

    /// What waits and what is worked on.
    pub const fn station(&self) -> &Station {
        &self.station
    }

    /// Accounts and answers, as the disk will have them.
    pub const fn disk(&self) -> &Disk {
        &self.disk
    }

    pub(crate) fn on_message(&mut self, cx: &mut Cx<'_>, from: NodeId, message: Message) {
        self.seen_us = cx.now_us();
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
                self.forget(cx);
                if !self.recognise(cx, &job) {
                    self.station.admit(cx, job);
                    self.work(cx);
                }
            }
            Message::Probe { tag } => self.station.on_probe(cx, from, tag),
            Message::Cancel { tag } => {
                self.station.abandon(cx, from, tag);
                self.work(cx);
            }
            Message::Reply { .. } | Message::Working { .. } => {
                cx.note(Reason::Misdirected { from });
            }
        }
    }

    /// A worker is done with something.
    pub(crate) fn on_timer(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now_us();
        self.seen_us = now;
        while let Some(place) = self
            .station
            .running
            .iter()
            .position(|job| job.done_us <= now)
        {
            let job = self.station.running.remove(place);
            self.execute(cx, &job);
        }
        self.work(cx);
    }

    /// Answers what is a retry of an executed call, or too old to tell.
    fn recognise(&self, cx: &mut Cx<'_>, job: &Job) -> bool {
        if !cx.config().recognises() {
            return false;
        }
        let (tag, call, key) = (job.tag, job.tag.call, job.key);
        let (outcome, reason) = if let Some(kept) = self.disk.table.get(&(call.client, key)) {
            if kept.op == job.op {
                let balance = match cx.variant() {
                    Variant::AnswersAnew => self.balance(job),
                    _ => kept.balance,
                };
                cx.tell(Fact::Recognised { call, balance });
                (
                    Outcome::Done(balance),
                    Reason::AnswersAgain { call, balance },
                )
            } else {
                let first = kept.call.id;
                (
                    Outcome::KeyReused,
                    Reason::OtherOperation { call, key, first },
                )
            }
        } else {
            match self.disk.forgotten.get(&(call.client, series(key).0)) {
                Some(&forgotten) if key <= forgotten => (
                    Outcome::Forgotten,
                    Reason::IsForgotten {
                        call,
                        key,
                        forgotten,
                    },
                ),
                _ => return false,
            }
        };
        cx.send(job.from, Message::Reply { tag, outcome }, reason);
        true
    }

    fn balance(&self, job: &Job) -> u64 {
        let account = usize::from(job.op.account());
        self.disk.accounts.get(account).copied().unwrap_or(0)
    }

    /// The work is done: effect and answer are saved in one piece, then the answer leaves.
    fn execute(&mut self, cx: &mut Cx<'_>, job: &Job) {
        let (tag, op, call) = (job.tag, job.op, job.tag.call);
        let mut balance = self.balance(job);
        op.apply(&mut balance);
        let recognises = cx.config().recognises();
        let kept = Kept { op, balance, call };
        let write = Write::Executed {
            key: job.key,
            kept,
            remembered: recognises && cx.variant() != Variant::VolatileTable,
        };
        if recognises {
            let key = (call.client, job.key);
            Arc::make_mut(&mut self.disk.table).insert(key, kept);
            self.ages.push_back((cx.now_us(), key));
        }
        if op.changes() || recognises {
            self.disk.persist(&write);
            cx.save(write);
        }
        cx.tell(Fact::Executed { call, op, balance });
        let outcome = Outcome::Done(balance);
        let reason = Reason::Answers { call, balance };
        cx.send(job.from, Message::Reply { tag, outcome }, reason);
    }

    /// Forgets answers that nobody can ask for any more.
    fn forget(&mut self, cx: &mut Cx<'_>) {
        let (now, retention_us) = (cx.now_us(), cx.config().dedup_retention_us);
        while let Some(&(at, key)) = self.ages.front()
            && at + retention_us <= now
        {
            self.ages.pop_front();
            let Some(kept) = self.disk.table.get(&key) else {
                continue;
            };
            let id = kept.call.id;
            let write = Write::Forgot {
                client: key.0,
                key: key.1,
            };
            self.disk.persist(&write);
            cx.save(write);
            cx.note(Reason::Forgets { id, retention_us });
        }
    }

    /// Workers take what waits; the timer stands on the next who is done.
    fn work(&mut self, cx: &mut Cx<'_>) {
        let config = cx.config();
        while let Some(mut job) = self.station.next(cx, config.workers) {
            let mean = config.service_us;
            let time = match config.service {
                "exponential" => Distribution::Exponential { min: 0, mean },
                _ => Distribution::Constant(mean),
            };
            job.done_us = cx.now_us() + cx.sample(SERVICE.nth(job.started), &time);
            self.station.running.push(job);
        }
        let running = &self.station.running;
        match running.iter().map(|job| job.done_us).min() {
            Some(done) => {
                let wait = done.saturating_sub(cx.now_us());
                let reason = Reason::Works {
                    running: running.len() as u64,
                    waiting: self.station.waiting.len() as u64,
                };
                cx.set_timer(Timer::Work, wait, wait, reason);
            }
            None => cx.cancel_timer(Timer::Work),
        }
    }
}
