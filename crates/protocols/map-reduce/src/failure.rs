//! Whose work is done again (§3.3): pings, workers that are silent or start anew, and assignments that were lost on their way.

use crate::master::{Master, digest};
use crate::message::Message;
use crate::node::{Node, Timer};
use crate::schedule::assignment;
use crate::task::{Attempt, AttemptId, TaskId};
use crate::variant::Variant;
use crate::{Fact, Reason};
use protocol::{Context, NodeId};

impl Master {
    /// Pings all workers, those marked as failed too: they may come back.
    pub(crate) fn ping(&mut self, cx: &mut Context<'_, Node>) {
        let tick = self.next_tick();
        let settled = std::mem::replace(&mut self.pinged, tick);
        let job = self.tables.job.as_ref().map(|job| job.id);
        for worker in &mut self.tables.workers {
            worker.silent += 1;
            let to = worker.node;
            let message = Message::Ping { tick, settled, job };
            cx.send(to, message, Reason::Pings { to });
        }
        let every = cx.config().ping_us;
        cx.set_timer(Timer::Ping, every, every, Reason::AwaitsPing);
    }

    /// There is nothing more to do: workers may clear their disks.
    pub(crate) fn dismiss(&mut self, cx: &mut Context<'_, Node>) {
        let tick = self.next_tick();
        for worker in &self.tables.workers {
            let to = worker.node;
            let message = Message::Ping {
                tick,
                settled: self.pinged,
                job: None,
            };
            cx.send(to, message, Reason::Dismisses { to });
        }
    }

    /// It is time for the next pings; whoever left too many unanswered is marked as failed.
    pub(crate) fn on_ping_timer(&mut self, cx: &mut Context<'_, Node>) {
        let (every, timeout) = (cx.config().ping_us, cx.config().worker_timeout_us);
        let workers = self.tables.workers.iter();
        let silent: Vec<NodeId> = workers
            .filter(|worker| worker.alive && u64::from(worker.silent) * every >= timeout)
            .map(|worker| worker.node)
            .collect();
        for worker in silent {
            if let Some(entry) = self.entry(worker) {
                entry.alive = false;
            }
            let (running, lost) = self.reset(cx, worker);
            cx.tell(Fact::WorkerFailed {
                worker,
                silent_us: timeout,
                running,
                lost,
            });
        }
        self.ping(cx);
        self.schedule(cx);
    }

    fn entry(&mut self, node: NodeId) -> Option<&mut crate::WorkerEntry> {
        let mut workers = self.tables.workers.iter_mut();
        workers.find(|worker| worker.node == node)
    }

    /// Whether a message comes from the present process of a worker. A new process has neither the tasks nor the map output of
    /// the one before it.
    pub(crate) fn hear(&mut self, cx: &mut Context<'_, Node>, from: NodeId, starts: u64) -> bool {
        let Some(entry) = self.entry(from) else {
            cx.note(Reason::Misdirected { from });
            return false;
        };
        if starts < entry.starts {
            cx.note(Reason::OldProcess { from });
            return false;
        }
        let anew = entry.starts > 0 && starts > entry.starts;
        let back = !entry.alive;
        *entry = crate::WorkerEntry {
            node: from,
            alive: true,
            starts,
            silent: 0,
        };
        if anew && !back {
            let (running, lost) = self.reset(cx, from);
            cx.tell(Fact::WorkerStartedAnew {
                worker: from,
                running,
                lost,
            });
        } else if back {
            cx.tell(Fact::WorkerBack { worker: from });
        }
        if anew || back {
            self.schedule(cx);
        }
        true
    }

    /// Sets back to idle what a worker has in progress, and the map tasks that it completed: their output lies on its disk. Completed
    /// reduce tasks stay: theirs is in the global file system. Says how many of each.
    fn reset(&mut self, cx: &mut Context<'_, Node>, worker: NodeId) -> (u64, u64) {
        let trusts = cx.variant() == Variant::TrustsDeadOutput;
        let Some(job) = &mut self.tables.job else {
            return (0, 0);
        };
        self.unsaved = true;
        let (mut running, mut lost) = (0, 0);
        let mut leave = |attempts: &mut Vec<Attempt>, was: &mut Option<NodeId>| {
            let before = attempts.len();
            attempts.retain(|attempt| attempt.worker != worker);
            if attempts.len() < before {
                running += 1;
                *was = Some(worker);
            }
        };
        for task in &mut job.maps {
            leave(&mut task.attempts, &mut task.lost);
            if !trusts && task.output.is_some_and(|output| output.worker == worker) {
                task.output = None;
                task.lost = Some(worker);
                lost += 1;
            }
        }
        for task in &mut job.reduces {
            leave(&mut task.attempts, &mut task.lost);
        }
        (running, lost)
    }

    /// A worker answers. What it was told long enough before, and does not know, was lost on its way; or its report that it is done
    /// was.
    pub(crate) fn on_pong(
        &mut self,
        cx: &mut Context<'_, Node>,
        from: NodeId,
        settled: u64,
        starts: u64,
        (map, reduce): (Option<AttemptId>, Option<(AttemptId, u64)>),
    ) {
        if !self.hear(cx, from, starts) {
            return;
        }
        let now = self.next_tick();
        let Some(job) = &self.tables.job else { return };
        let here = job.running().filter(|(_, attempt)| attempt.worker == from);
        let mut again = Vec::new();
        for (task, attempt) in here.filter(|(_, attempt)| attempt.told <= settled) {
            let id = attempt.id;
            let (works, informed) = match (task, reduce) {
                (TaskId::Map(_), _) => (map == Some(id), true),
                (TaskId::Reduce(_), Some((other, known))) if other == id => {
                    (true, known == digest(job.outputs(), settled))
                }
                (TaskId::Reduce(_), _) => (false, true),
            };
            let to = from;
            let reason = match (works, informed) {
                (true, true) => continue,
                (false, _) => Reason::AssignsAgain { to, task },
                (true, false) => Reason::TellsOutputs { to, task },
            };
            cx.send(to, assignment(job, now, task, id), reason);
            again.push(id);
        }
        self.told_again(&again, now);
        self.schedule(cx);
    }

    /// Notes that these executions' workers were told of them again.
    fn told_again(&mut self, again: &[AttemptId], now: u64) {
        let Some(job) = &mut self.tables.job else {
            return;
        };
        let maps = job.maps.iter_mut().flat_map(|task| &mut task.attempts);
        let reduces = job.reduces.iter_mut().flat_map(|task| &mut task.attempts);
        for attempt in maps.chain(reduces) {
            if again.contains(&attempt.id) {
                attempt.told = now;
            }
        }
    }
}
