//! What both kinds of server share: a bounded queue of calls, and workers who take from it. Knows nothing of what the work is.

use crate::node::Cx;
use crate::{Fact, Message, Op, Outcome, Reason, Tag};
use protocol::NodeId;
use serde::Serialize;
use std::collections::VecDeque;

/// A call at a server.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Job {
    /// Which attempt.
    pub tag: Tag,
    /// Its key.
    pub key: u64,
    /// What it asks.
    pub op: Op,
    /// Who waits for the answer.
    pub from: NodeId,
    /// When it came, on the server's clock.
    pub came_us: u64,
    /// When nobody waits any more, on the server's clock.
    pub deadline_us: u64,
    /// Which job this server has started, from 1; 0: it waits.
    pub started: u64,
    /// When the work began, on the server's clock.
    pub began_us: u64,
    /// When it will be done, on the server's clock.
    pub done_us: u64,
}

/// The queue and the workers.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct Station {
    /// What waits, the next one first.
    pub waiting: VecDeque<Job>,
    /// What is worked on, in the order in which it was started.
    pub running: Vec<Job>,
    /// How many jobs were started.
    pub started: u64,
}

impl Station {
    /// Whether some attempt of the call with this key is here.
    fn has(&self, client: NodeId, key: u64) -> bool {
        let mut jobs = self.waiting.iter().chain(&self.running);
        jobs.any(|job| job.tag.call.client == client && job.key == key)
    }

    /// A request arrives: it is taken, or refused, or recognised as being here already.
    pub(crate) fn admit(&mut self, cx: &mut Cx<'_>, job: Job) {
        let (tag, from, call) = (job.tag, job.from, job.tag.call);
        let config = cx.config();
        if config.recognises() && self.has(call.client, job.key) {
            cx.send(from, Message::Working { tag }, Reason::InProgress { call });
            return;
        }
        let room = config.queue_max;
        if self.waiting.len() as u64 >= room {
            let outcome = Outcome::Busy;
            let reason = Reason::QueueFull { call, room };
            cx.send(from, Message::Reply { tag, outcome }, reason);
            return;
        }
        self.waiting.push_back(job);
        let waiting = self.waiting.len() as u64;
        cx.note(Reason::Takes {
            call,
            waiting,
            room,
        });
    }

    /// The next job, if one of `workers` is free. What came too late is left out.
    pub(crate) fn next(&mut self, cx: &mut Cx<'_>, workers: u64) -> Option<Job> {
        let now = cx.now_us();
        while (self.running.len() as u64) < workers {
            let mut job = self.waiting.pop_front()?;
            let call = job.tag.call;
            if now >= job.deadline_us {
                let over_us = now - job.deadline_us;
                cx.note(Reason::TooLate { call, over_us });
                cx.tell(Fact::Expired { call });
                continue;
            }
            self.started += 1;
            job.started = self.started;
            job.began_us = now;
            cx.note(Reason::Starts {
                call,
                waited_us: now - job.came_us,
                left_us: job.deadline_us - now,
            });
            return Some(job);
        }
        None
    }

    /// Whether somebody works, or will work, on the call: the answer to a probe.
    pub(crate) fn on_probe(&self, cx: &mut Cx<'_>, from: NodeId, tag: Tag) {
        let call = tag.call;
        let mut jobs = self.waiting.iter().chain(&self.running);
        if jobs.any(|job| job.tag.call == call) {
            cx.send(from, Message::Working { tag }, Reason::InProgress { call });
        } else {
            let outcome = Outcome::Unknown;
            let reason = Reason::KnowsNothing { call };
            cx.send(from, Message::Reply { tag, outcome }, reason);
        }
    }

    /// Nobody waits for the call any more: all its attempts leave. Returns those that were worked on, or nothing if there was none.
    pub(crate) fn abandon(&mut self, cx: &mut Cx<'_>, from: NodeId, tag: Tag) -> Vec<Job> {
        let call = tag.call;
        let before = self.waiting.len() + self.running.len();
        // A frontend speaks for one attempt of the client, a client for all of them.
        let is_it =
            |job: &Job| job.tag.call == call && (tag.hop == 0 || job.tag.attempt == tag.attempt);
        self.waiting.retain(|job| !is_it(job));
        let (gone, stay) = std::mem::take(&mut self.running)
            .into_iter()
            .partition(is_it);
        self.running = stay;
        cx.note(if before == self.waiting.len() + self.running.len() {
            Reason::NothingToAbandon { call }
        } else {
            Reason::Abandons { call, from }
        });
        gone
    }
}
