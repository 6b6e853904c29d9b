//! A server: a queue, workers, and how long a request takes.

use crate::config::LoadBalancingConfig;
use crate::fact::Fact;
use crate::message::{Message, Outcome, Refusal};
use crate::node::{Node, Timer};
use crate::policy::Policy;
use crate::reason::Reason;
use crate::variant::Variant;
use crate::workload::Job;
use protocol::{Context, Distribution, NodeId, OperationId, Purpose};
use serde::Serialize;
use std::collections::VecDeque;

const FAILS: Purpose = Purpose::new("fails");
const JOINS: Purpose = Purpose::new("joins");

/// A request at a server.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub(crate) struct Task {
    /// Who sent it.
    pub balancer: NodeId,
    pub id: OperationId,
    pub attempt: u8,
    pub demand_us: u64,
    pub came_us: u64,
}

/// A request that is worked on.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub(crate) struct Running {
    pub ends_us: u64,
    pub began_us: u64,
    pub task: Task,
}

/// A server. All of it is lost in a crash.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct Server {
    /// What is worked on, what ends first at the front.
    running: Vec<Running>,
    queue: VecDeque<Task>,
    /// In whose queue of idle servers it stands.
    idle_at: Option<NodeId>,
    /// Whether the queue was full when the last request came.
    full: bool,
    /// Whether the timer of reports is set.
    reports: bool,
    /// When it last did anything.
    seen_us: u64,
    /// Whom it took in the last event that brought anything, and how many there were in all.
    took: Option<OperationId>,
    accepted: u64,
}

impl Server {
    /// A server with nothing to do.
    pub(crate) fn boot(cx: &mut Context<'_, Node>) -> Self {
        let mut server = Self::default();
        server.keep_reporting(cx);
        server.says_idle(cx);
        server
    }

    /// A message came.
    pub(crate) fn on_message(
        &mut self,
        cx: &mut Context<'_, Node>,
        from: NodeId,
        message: Message,
    ) {
        self.begin(cx);
        match message {
            Message::Dispatch { id, attempt, job } => self.on_dispatch(cx, from, id, attempt, job),
            Message::Probe { round } => {
                let load = self.load();
                cx.send(
                    from,
                    Message::Well { round, load },
                    Reason::IsWell { load: load.into() },
                );
            }
            _ => cx.note(Reason::Misdirected { from }),
        }
    }

    /// A timer fired.
    pub(crate) fn on_timer(&mut self, cx: &mut Context<'_, Node>, timer: Timer) {
        self.begin(cx);
        match timer {
            Timer::Work => self.on_work_done(cx),
            Timer::Report => {
                self.reports = false;
                self.keep_reporting(cx);
                let load = self.load();
                for number in 0..cx.config().balancers as u16 {
                    cx.send(
                        cx.config().balancer(number),
                        Message::Load { load },
                        Reason::Reports { load: load.into() },
                    );
                }
            }
            _ => {}
        }
    }

    fn begin(&mut self, cx: &mut Context<'_, Node>) {
        self.seen_us = cx.now_us();
        self.keep_reporting(cx);
    }

    fn keep_reporting(&mut self, cx: &mut Context<'_, Node>) {
        let every = cx.config().report_us;
        if every > 0 && !self.reports {
            self.reports = true;
            cx.set_timer(Timer::Report, every, every, Reason::AwaitsReport);
        }
    }

    fn on_dispatch(
        &mut self,
        cx: &mut Context<'_, Node>,
        from: NodeId,
        id: OperationId,
        attempt: u8,
        job: Job,
    ) {
        let config = cx.config();
        let is_same = |task: &Task| (task.balancer, task.id, task.attempt) == (from, id, attempt);
        if self.running.iter().any(|running| is_same(&running.task))
            || self.queue.iter().any(is_same)
        {
            cx.note(Reason::HasAlready { id });
            return;
        }
        if self.idle_at == Some(from) {
            self.idle_at = None;
        }
        if fails(cx) {
            let permille = config.failing_permille;
            let reason = Reason::Fails { id, permille };
            self.reply(
                cx,
                from,
                id,
                attempt,
                Outcome::Refused(Refusal::Error),
                reason,
            );
            self.says_idle(cx);
            return;
        }
        let limit = config.queue_limit;
        let waiting = self.queue.len() as u64;
        let room = limit == 0 || waiting < limit || cx.variant() == Variant::NoQueueLimit;
        let free =
            (self.running.len() as u64) < config.workers || cx.variant() == Variant::NoWorkerLimit;
        if !free && !room {
            if !self.full {
                self.full = true;
                cx.tell(Fact::QueueFull { waiting, limit });
            }
            let reason = Reason::Rejects { id, waiting, limit };
            self.reply(
                cx,
                from,
                id,
                attempt,
                Outcome::Refused(Refusal::QueueFull),
                reason,
            );
            return;
        }
        let task = Task {
            balancer: from,
            id,
            attempt,
            demand_us: job.demand_us,
            came_us: cx.now_us(),
        };
        self.took = Some(id);
        self.accepted += 1;
        if free {
            self.begin_work(cx, task);
        } else {
            self.queue.push_back(task);
            cx.note(Reason::Queues {
                id,
                waiting: waiting + 1,
            });
        }
    }

    fn begin_work(&mut self, cx: &mut Context<'_, Node>, task: Task) {
        let number = cx.config().server_number(cx.me()).unwrap_or(0);
        let speed = cx.config().speed_permille(number);
        let takes_us = (task.demand_us * 1000 / speed).max(1);
        let now_us = cx.now_us();
        cx.note(Reason::Begins {
            id: task.id,
            waited_us: now_us - task.came_us,
            takes_us,
        });
        self.running.push(Running {
            ends_us: now_us + takes_us,
            began_us: now_us,
            task,
        });
        self.running.sort_by_key(|running| running.ends_us);
        self.await_work(cx);
    }

    fn await_work(&mut self, cx: &mut Context<'_, Node>) {
        if let Some(first) = self.running.first() {
            let left = first.ends_us.saturating_sub(cx.now_us());
            let id = first.task.id;
            cx.set_timer(Timer::Work, left, left, Reason::AwaitsWork { id });
        }
    }

    fn on_work_done(&mut self, cx: &mut Context<'_, Node>) {
        let now_us = cx.now_us();
        while self
            .running
            .first()
            .is_some_and(|first| first.ends_us <= now_us)
        {
            let done = self.running.remove(0);
            let next = self.queue.pop_front();
            if self.queue.len() as u64 * 2 <= cx.config().queue_limit {
                self.full = false;
            }
            let task = done.task;
            let outcome = Outcome::Done {
                waited_us: done.began_us - task.came_us,
                worked_us: done.ends_us - done.began_us,
            };
            if let Some(next) = next {
                self.begin_work(cx, next);
            }
            let reason = Reason::Finishes {
                id: task.id,
                worked_us: done.ends_us - done.began_us,
            };
            self.reply(cx, task.balancer, task.id, task.attempt, outcome, reason);
        }
        self.await_work(cx);
        self.says_idle(cx);
    }

    fn reply(
        &self,
        cx: &mut Context<'_, Node>,
        to: NodeId,
        id: OperationId,
        attempt: u8,
        outcome: Outcome,
        reason: Reason,
    ) {
        let load = self.load();
        let message = Message::Reply {
            id,
            attempt,
            outcome,
            load,
        };
        cx.send(to, message, reason);
    }

    /// A server with nothing to do joins the queue of idle servers of one balancer (Lu 2011, §3): the one where it stands
    /// already, or else any.
    fn says_idle(&mut self, cx: &mut Context<'_, Node>) {
        let config = cx.config();
        if config.policy() != Policy::JoinIdleQueue || self.load() > 0 {
            return;
        }
        let balancer = match self.idle_at {
            Some(balancer) => balancer,
            None if config.balancers == 1 => config.balancer(0),
            None => config.balancer(cx.choose(JOINS, config.balancers as u32) as u16),
        };
        self.idle_at = Some(balancer);
        cx.send(balancer, Message::Idle, Reason::IsIdle { balancer });
    }

    /// How many requests wait and are worked on.
    pub fn load(&self) -> u32 {
        (self.running.len() + self.queue.len()) as u32
    }

    /// How many are worked on.
    pub fn working(&self) -> u32 {
        self.running.len() as u32
    }

    /// How many wait.
    pub fn waiting(&self) -> u32 {
        self.queue.len() as u32
    }

    /// How many requests it has taken since it started.
    pub const fn accepted(&self) -> u64 {
        self.accepted
    }

    /// Which request it took last.
    pub const fn took(&self) -> Option<OperationId> {
        self.took
    }

    pub(crate) fn running(&self) -> &[Running] {
        &self.running
    }

    pub(crate) const fn queue(&self) -> &VecDeque<Task> {
        &self.queue
    }

    pub(crate) const fn seen_us(&self) -> u64 {
        self.seen_us
    }

    /// The requests that are here.
    pub fn jobs(&self) -> impl Iterator<Item = OperationId> + '_ {
        let running = self.running.iter().map(|running| running.task.id);
        running.chain(self.queue.iter().map(|task| task.id))
    }
}

/// Whether this request meets the failing server, and fails there.
fn fails(cx: &Context<'_, Node>) -> bool {
    let config: &LoadBalancingConfig = cx.config();
    let is_failing = config
        .server_number(cx.me())
        .is_some_and(|number| u64::from(number) + 1 == config.failing_server);
    is_failing
        && cx.sample(FAILS, &Distribution::Uniform { min: 0, max: 999 }) < config.failing_permille
}
