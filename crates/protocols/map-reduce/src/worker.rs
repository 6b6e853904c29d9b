//! A worker (§3.1): what it holds and how it takes what it is told. The map side is in `mapper`, the reduce side in `reducer`.

use crate::config::MapReduceConfig;
use crate::disk::{Disk, Write};
use crate::job::Pair;
use crate::mapper::MapWork;
use crate::master::digest;
use crate::message::Message;
use crate::node::{Node, Timer};
use crate::reducer::ReduceWork;
use crate::task::{AttemptId, JobId, Location, TaskId};
use crate::{Reason, variant::Variant};
use protocol::{Context, Distribution, Input, NodeId, Purpose};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// In how many pieces a worker works through a task.
pub(crate) const PIECES: u8 = 4;
/// Whether an execution is a straggler.
const STRAGGLES: Purpose = Purpose::new("straggles");

/// The output of a map task, on its worker's disk.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct MapOutput {
    /// Of which job.
    pub job: JobId,
    /// Which map task.
    pub map: u16,
    /// By which execution.
    pub attempt: AttemptId,
    /// How many pairs map emitted; a combiner leaves fewer.
    pub emitted: u32,
    /// Its regions, by partition.
    pub regions: Vec<Arc<[Pair]>>,
}

/// A reduce task that a worker has completed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub(crate) struct ReducedPart {
    pub(crate) partition: u16,
    pub(crate) attempt: AttemptId,
    pub(crate) rows: u64,
}

/// A worker.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Worker {
    /// How often it has started: names its present process.
    pub(crate) starts: u64,
    /// The job that it works for.
    pub(crate) job: Option<JobId>,
    /// The greatest tick of the master's that told it so.
    heard: u64,
    /// The map task in progress.
    pub(crate) map: Option<MapWork>,
    /// The reduce task in progress.
    pub(crate) reduce: Option<ReduceWork>,
    /// Where map output of the job lies, by map task.
    pub(crate) places: Vec<Location>,
    /// Map output on its disk.
    pub(crate) outputs: Vec<Arc<MapOutput>>,
    /// What it has reduced.
    pub(crate) reduced: Vec<ReducedPart>,
    /// The ticks of the newest assignments of a map task and of a reduce task: older ones that come late are void.
    pub(crate) newest: (u64, u64),
    /// How many bytes of pairs came to it from other workers.
    pub(crate) fetched_bytes: u64,
    /// How many splits it read from its own disk, and how many over the network.
    pub(crate) reads: (u64, u64),
}

impl Worker {
    /// A process starts: with nothing in memory, and scratch space that is empty.
    pub(crate) fn boot(cx: &mut Context<'_, Node>, disk: &Disk) -> Self {
        let worker = Self {
            starts: disk.starts + 1,
            job: None,
            heard: 0,
            map: None,
            reduce: None,
            places: Vec::new(),
            outputs: Vec::new(),
            reduced: Vec::new(),
            newest: (0, 0),
            fetched_bytes: 0,
            reads: (0, 0),
        };
        cx.save(Write::Started);
        worker.pong(cx, 0, Reason::Starts);
        worker
    }

    /// Something happens to it.
    pub(crate) fn on(&mut self, cx: &mut Context<'_, Node>, input: Input<Node>) {
        match input {
            Input::Message { from, message } => self.on_message(cx, from, message),
            Input::Timer(Timer::Map) => self.on_map_timer(cx),
            Input::Timer(Timer::Read) => self.read_split(cx),
            Input::Timer(Timer::Reduce) => self.on_reduce_timer(cx),
            Input::Timer(Timer::Fetch) => self.on_fetch_timer(cx),
            Input::Timer(Timer::Commit) => self.write_on(cx),
            Input::Timer(_) | Input::Request { .. } | Input::Saved(_) => {}
        }
    }

    fn on_message(&mut self, cx: &mut Context<'_, Node>, from: NodeId, message: Message) {
        match message {
            Message::Ping { tick, settled, job } => {
                if tick > self.heard {
                    self.heard = tick;
                    self.enter(cx, job);
                }
                self.pong(cx, settled, Reason::IsThere);
            }
            Message::AssignMap {
                tick,
                job,
                kind,
                map,
                attempt,
            } => {
                if self.joins(cx, job, tick, TaskId::Map(map)) {
                    self.on_assign_map(cx, kind, map, attempt);
                }
            }
            Message::AssignReduce {
                tick,
                job,
                kind,
                partition,
                attempt,
                maps,
                outputs,
            } => {
                if self.joins(cx, job, tick, TaskId::Reduce(partition)) {
                    self.learn_places(tick, &outputs);
                    self.on_assign_reduce(cx, ReduceWork::new(kind, partition, attempt, maps));
                }
            }
            Message::MapReady { job, output } => {
                if self.job == Some(job) {
                    self.learn_place(output);
                    self.fetch(cx);
                } else {
                    cx.note(Reason::JobOver { from });
                }
            }
            Message::SplitData { attempt, map, text } => {
                self.on_split(cx, attempt, map, text);
            }
            Message::ReadRegion {
                job,
                map,
                attempt,
                partition,
            } => self.on_read_region(cx, from, job, (map, attempt, partition)),
            Message::Region {
                job,
                map,
                attempt,
                partition,
                pairs,
            } => {
                if self.job == Some(job) {
                    self.on_region(cx, from, (map, attempt, partition), pairs);
                } else {
                    cx.note(Reason::JobOver { from });
                }
            }
            Message::NoRegion { map, .. } => cx.note(Reason::RegionMissing { map, from }),
            Message::Written { attempt, piece } => self.on_written(cx, attempt, piece),
            Message::Renamed { attempt, .. } => self.on_renamed(cx, attempt),
            _ => cx.note(Reason::Misdirected { from }),
        }
    }

    fn pong(&self, cx: &mut Context<'_, Node>, settled: u64, reason: Reason) {
        let reduce = self.reduce.as_ref();
        let message = Message::Pong {
            settled,
            starts: self.starts,
            map: self.map.as_ref().map(|work| work.attempt),
            reduce: reduce.map(|work| (work.attempt, digest(self.places.iter().copied(), settled))),
        };
        cx.send(MapReduceConfig::MASTER, message, reason);
    }

    /// Works for `job` from now on; what belongs to another one goes.
    fn enter(&mut self, cx: &mut Context<'_, Node>, job: Option<JobId>) {
        if self.job == job {
            return;
        }
        self.job = job;
        if !self.outputs.is_empty() {
            self.outputs.clear();
            cx.save(Write::Cleared);
        }
        self.reduced.clear();
        self.places.clear();
        if self.map.take().is_some() {
            cx.cancel_timer(Timer::Map);
            cx.cancel_timer(Timer::Read);
        }
        self.drop_reduce(cx);
    }

    pub(crate) fn drop_reduce(&mut self, cx: &mut Context<'_, Node>) {
        if self.reduce.take().is_some() {
            cx.cancel_timer(Timer::Reduce);
            cx.cancel_timer(Timer::Fetch);
            cx.cancel_timer(Timer::Commit);
        }
    }

    /// Whether an assignment is newer than the one before it, and than what the worker knows of jobs.
    fn joins(&mut self, cx: &mut Context<'_, Node>, job: JobId, tick: u64, task: TaskId) -> bool {
        let newest = match task {
            TaskId::Map(_) => &mut self.newest.0,
            TaskId::Reduce(_) => &mut self.newest.1,
        };
        let other = self.job != Some(job);
        if tick <= *newest || other && tick < self.heard {
            cx.note(Reason::Outdated { task });
            return false;
        }
        *newest = tick;
        if other {
            self.heard = tick;
            self.enter(cx, Some(job));
        }
        true
    }

    /// How many times longer than others this worker will take for a task that it begins: drawn once an execution.
    pub(crate) fn draw_slowness(&self, cx: &mut Context<'_, Node>, task: TaskId) -> u64 {
        let config = cx.config();
        let purpose = match task {
            TaskId::Map(_) => STRAGGLES.nth(0),
            TaskId::Reduce(_) => STRAGGLES.nth(1),
        };
        let draw = cx.sample(purpose, &Distribution::Uniform { min: 0, max: 999 });
        let number = config.worker_number(cx.me());
        let always = number.is_some_and(|n| u64::from(n) + 1 == config.slow_worker);
        if !always && draw >= config.straggler_permille {
            return 1;
        }
        let factor = config.straggler_factor;
        if factor > 1 {
            cx.note(Reason::Straggles { task, factor });
        }
        factor
    }

    // The map output that others read.

    fn on_read_region(
        &self,
        cx: &mut Context<'_, Node>,
        to: NodeId,
        job: JobId,
        (map, attempt, partition): (u16, AttemptId, u16),
    ) {
        let region = self.region(job, attempt, partition);
        let pairs = match region {
            Some(pairs) => pairs,
            // The broken variant takes no file for an empty one.
            None if cx.variant() == Variant::TrustsDeadOutput => Arc::from([]),
            None => {
                let message = Message::NoRegion {
                    job,
                    map,
                    attempt,
                    partition,
                };
                cx.send(to, message, Reason::LacksOutput { to, map });
                return;
            }
        };
        let reason = Reason::HandsRegion {
            to,
            map,
            partition,
            pairs: pairs.len() as u64,
        };
        let message = Message::Region {
            job,
            map,
            attempt,
            partition,
            pairs,
        };
        cx.send(to, message, reason);
    }

    /// A region of its own output.
    pub(crate) fn region(
        &self,
        job: JobId,
        attempt: AttemptId,
        partition: u16,
    ) -> Option<Arc<[Pair]>> {
        let mut outputs = self.outputs.iter();
        let output = outputs.find(|output| output.job == job && output.attempt == attempt)?;
        output.regions.get(usize::from(partition)).cloned()
    }
}
