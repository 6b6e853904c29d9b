//! The map side of a worker (§3.1, steps 3 and 4): it reads its split, maps, partitions, combines, sorts, and writes to its disk.

use crate::Reason;
use crate::config::MapReduceConfig;
use crate::disk::Write;
use crate::job::JobKind;
use crate::message::Message;
use crate::node::{Node, Timer};
use crate::task::{AttemptId, TaskId};
use crate::worker::{MapOutput, PIECES, Worker};
use protocol::{Context, SmolStr};
use serde::Serialize;
use std::sync::Arc;

/// A map task in progress.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub(crate) struct MapWork {
    /// What the job computes.
    pub(crate) kind: JobKind,
    /// Which split.
    pub(crate) map: u16,
    /// The name of this execution.
    pub(crate) attempt: AttemptId,
    /// Whether the worker has its input.
    pub(crate) ready: bool,
    /// Whether that lay on its own disk.
    pub(crate) near: bool,
    /// How many pieces are done.
    pub(crate) done: u8,
    /// How many times longer than usual it takes.
    pub(crate) slowness: u64,
}

impl Worker {
    pub(crate) fn on_assign_map(
        &mut self,
        cx: &mut Context<'_, Node>,
        kind: JobKind,
        map: u16,
        attempt: AttemptId,
    ) {
        let task = TaskId::Map(map);
        if self.outputs.iter().any(|output| output.attempt == attempt) {
            self.report_map(cx, attempt);
            return;
        }
        if self
            .map
            .as_ref()
            .is_some_and(|work| work.attempt == attempt)
        {
            cx.note(Reason::WorksAlready { task });
            return;
        }
        if usize::from(map) >= cx.config().plan(kind).splits.len() {
            let from = MapReduceConfig::MASTER;
            cx.note(Reason::NoSuchTask { from, task });
            return;
        }
        if let Some(old) = &self.map {
            let old = TaskId::Map(old.map);
            cx.note(Reason::GivesUp { old, task });
            cx.cancel_timer(Timer::Map);
            cx.cancel_timer(Timer::Read);
        }
        let near = cx.config().holds(cx.me(), map);
        self.map = Some(MapWork {
            kind,
            map,
            attempt,
            ready: near,
            near,
            done: 0,
            slowness: self.draw_slowness(cx, task),
        });
        if near {
            self.reads.0 += 1;
            self.set_map_timer(cx);
        } else {
            self.read_split(cx);
        }
    }

    /// Reads a split that lies elsewhere, for the first time or again.
    pub(crate) fn read_split(&mut self, cx: &mut Context<'_, Node>) {
        let (Some(job), Some(work)) = (self.job, &self.map) else {
            return;
        };
        let message = Message::ReadSplit {
            job,
            attempt: work.attempt,
            kind: work.kind,
            map: work.map,
        };
        let reason = Reason::ReadsSplit { map: work.map };
        cx.send(MapReduceConfig::FILES, message, reason);
        let retry = cx.config().retry_us;
        let reason = Reason::AwaitsSplit { map: work.map };
        cx.set_timer(Timer::Read, retry, retry, reason);
    }

    pub(crate) fn on_split(
        &mut self,
        cx: &mut Context<'_, Node>,
        attempt: AttemptId,
        map: u16,
        text: SmolStr,
    ) {
        match &mut self.map {
            Some(work) if work.attempt == attempt && !work.ready => {
                work.ready = true;
                self.reads.1 += 1;
                let bytes = text.len() as u64;
                cx.note(Reason::HasSplit { map, bytes });
                cx.cancel_timer(Timer::Read);
                self.set_map_timer(cx);
            }
            _ => cx.note(Reason::Outdated {
                task: TaskId::Map(map),
            }),
        }
    }

    fn set_map_timer(&self, cx: &mut Context<'_, Node>) {
        let Some(work) = &self.map else { return };
        let config = cx.config();
        let splits = config.plan(work.kind).splits;
        let bytes = splits
            .get(usize::from(work.map))
            .map_or(0, |split| split.bytes());
        let far = if work.near {
            0
        } else {
            config.remote_us_per_byte
        };
        let us = bytes * (config.us_per_byte + far) * work.slowness;
        set_work_timer(cx, Timer::Map, us, TaskId::Map(work.map), bytes);
    }

    pub(crate) fn on_map_timer(&mut self, cx: &mut Context<'_, Node>) {
        let Some(work) = &mut self.map else { return };
        work.done += 1;
        if work.done < PIECES {
            self.set_map_timer(cx);
            return;
        }
        let (Some(job), Some(work)) = (self.job, self.map.take()) else {
            return;
        };
        let config = cx.config();
        let plan = config.plan(work.kind);
        let Some(split) = plan.splits.get(usize::from(work.map)) else {
            return;
        };
        let (emitted, regions) = plan.regions(&config.text, split, config.combiner, cx.variant());
        let output = Arc::new(MapOutput {
            job,
            map: work.map,
            attempt: work.attempt,
            emitted,
            regions,
        });
        self.outputs.push(output.clone());
        cx.save(Write::Output(output));
        self.report_map(cx, work.attempt);
    }

    /// Tells the master where a map output lies: the disk has it by then.
    fn report_map(&self, cx: &mut Context<'_, Node>, attempt: AttemptId) {
        let mut outputs = self.outputs.iter();
        let Some(output) = outputs.find(|output| output.attempt == attempt) else {
            return;
        };
        let pairs: Arc<[u32]> = output.regions.iter().map(|r| r.len() as u32).collect();
        let reason = Reason::Mapped {
            map: output.map,
            emitted: output.emitted.into(),
            pairs: pairs.iter().map(|n| u64::from(*n)).sum(),
            regions: pairs.len() as u64,
        };
        let message = Message::MapDone {
            job: output.job,
            map: output.map,
            attempt,
            starts: self.starts,
            pairs,
        };
        cx.send(MapReduceConfig::MASTER, message, reason);
    }
}

/// Sets the timer of the next piece of a task that takes `us` on the whole.
pub(crate) fn set_work_timer(
    cx: &mut Context<'_, Node>,
    timer: Timer,
    us: u64,
    task: TaskId,
    bytes: u64,
) {
    let piece = us / u64::from(PIECES);
    let spread = piece * cx.config().spread_permille / 1000;
    let reason = Reason::Works { task, bytes };
    cx.set_timer(timer, piece - spread, piece + spread, reason);
}
