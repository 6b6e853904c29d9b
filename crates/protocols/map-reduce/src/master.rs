//! The master (§3.1, §3.2): its tables, the jobs that clients hand in, and the tasks that workers complete.

use crate::config::MapReduceConfig;
use crate::disk::{Disk, Write};
use crate::job::{JobKind, Plan};
use crate::message::Message;
use crate::node::{Node, Timer};
use crate::task::{Attempt, AttemptId, JobId, Location, MapTask, ReduceTask, TaskId};
use crate::{Fact, Reason};
use protocol::{Context, Input, NodeId, digest_of};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A job that waits for its turn.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Request {
    /// Its name.
    pub job: JobId,
    /// What it computes.
    pub kind: JobKind,
}

/// The job in progress.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Job {
    /// Its name.
    pub id: JobId,
    /// How it is divided.
    pub plan: Plan,
    /// Its map tasks, by split.
    pub maps: Vec<MapTask>,
    /// Its reduce tasks, by partition.
    pub reduces: Vec<ReduceTask>,
}

/// A job that is done: of each client the last one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Finished {
    /// Its name.
    pub job: JobId,
    /// What it computed.
    pub kind: JobKind,
    /// How many output files it has.
    pub files: u16,
    /// How many rows they have together.
    pub rows: u64,
}

/// What the master knows of a worker.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct WorkerEntry {
    /// Which.
    pub node: NodeId,
    /// Whether it is not marked as failed.
    pub alive: bool,
    /// Which process of it was heard last; 0: none yet.
    pub starts: u64,
    /// How many pings it has not answered in a row.
    pub silent: u32,
}

/// The master's data structures (§3.2): what a checkpoint holds.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Tables {
    /// Jobs that wait.
    pub waiting: Vec<Request>,
    /// The job in progress.
    pub job: Option<Job>,
    /// Jobs that are done.
    pub finished: Vec<Finished>,
    /// The workers.
    pub workers: Vec<WorkerEntry>,
}

/// The master.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Master {
    pub(crate) tables: Tables,
    /// Grows with every ping, assignment and report, and lies above all ticks of earlier processes.
    pub(crate) tick: u64,
    /// The tick of the last round of pings; before the first one of a process, what lies above all ticks of the checkpoint.
    pub(crate) pinged: u64,
    /// Whether the tables differ from the last checkpoint.
    pub(crate) unsaved: bool,
}

impl Job {
    fn new(request: Request, config: &MapReduceConfig) -> Self {
        let plan = config.plan(request.kind);
        Self {
            id: request.job,
            maps: vec![MapTask::default(); plan.splits.len()],
            reduces: vec![ReduceTask::default(); usize::from(plan.partitions)],
            plan,
        }
    }

    /// Where map output lies, by map task.
    pub fn outputs(&self) -> impl Iterator<Item = Location> {
        self.maps.iter().filter_map(|task| task.output)
    }

    /// How many map tasks are completed.
    pub fn maps_done(&self) -> u64 {
        self.outputs().count() as u64
    }

    /// How many reduce tasks are completed.
    pub fn reduces_done(&self) -> u64 {
        self.reduces
            .iter()
            .filter(|task| task.done.is_some())
            .count() as u64
    }

    /// Everything that runs: (task, attempt).
    pub fn running(&self) -> impl Iterator<Item = (TaskId, Attempt)> {
        let maps = (0..).zip(&self.maps).flat_map(|(number, task)| {
            let attempts = task.attempts.iter();
            attempts.map(move |attempt| (TaskId::Map(number), *attempt))
        });
        let reduces = (0..).zip(&self.reduces).flat_map(|(number, task)| {
            let attempts = task.attempts.iter();
            attempts.map(move |attempt| (TaskId::Reduce(number), *attempt))
        });
        maps.chain(reduces)
    }

    /// What runs of the tasks that are not completed.
    pub(crate) fn incomplete(&self) -> impl Iterator<Item = (TaskId, Attempt)> {
        self.running().filter(|(task, _)| match *task {
            TaskId::Map(number) => self.maps[usize::from(number)].output.is_none(),
            TaskId::Reduce(number) => self.reduces[usize::from(number)].done.is_none(),
        })
    }

    /// Whether a reduce task has something to fetch, or nothing to wait for.
    pub(crate) fn has_output(&self) -> bool {
        self.maps.is_empty() || self.maps_done() > 0
    }
}

/// A digest of where outputs lie that were known up to the tick `settled`, to compare what two nodes know; in order of the map tasks.
pub(crate) fn digest(outputs: impl Iterator<Item = Location>, settled: u64) -> u64 {
    let outputs: Vec<Location> = outputs.filter(|place| place.since <= settled).collect();
    digest_of(outputs.as_slice())
}

impl Master {
    /// Starts: from the last checkpoint, if there is one (§3.3).
    pub(crate) fn boot(cx: &mut Context<'_, Node>, disk: &Disk) -> Self {
        cx.save(Write::Started);
        let mut tables = disk.checkpoint.as_deref().cloned().unwrap_or_default();
        if tables.workers.is_empty() {
            let entry = |id| WorkerEntry {
                node: NodeId(id),
                alive: true,
                starts: 0,
                silent: 0,
            };
            tables.workers = cx.config().worker_ids().map(entry).collect();
        }
        let tick = (disk.starts + 1) << 32;
        let mut master = Self {
            tables,
            tick,
            pinged: tick,
            unsaved: false,
        };
        if disk.starts > 0 {
            cx.tell(match &master.tables.job {
                Some(job) => Fact::Recovered {
                    done: job.maps_done() + job.reduces_done(),
                    of: (job.maps.len() + job.reduces.len()) as u64,
                },
                None => Fact::RestartedEmpty,
            });
        }
        if master.tables.job.is_some() {
            master.resume(cx);
        } else {
            master.start_next(cx);
        }
        master
    }

    /// Its tables.
    pub const fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The next tick.
    pub(crate) const fn next_tick(&mut self) -> u64 {
        self.tick += 1;
        self.tick
    }

    /// Something happens to it.
    pub(crate) fn on(&mut self, cx: &mut Context<'_, Node>, input: Input<Node>) {
        match input {
            Input::Timer(Timer::Ping) => self.on_ping_timer(cx),
            Input::Timer(Timer::Checkpoint) => self.on_checkpoint_timer(cx),
            Input::Message { from, message } => self.on_message(cx, from, message),
            Input::Timer(_) | Input::Request { .. } | Input::Saved(_) => {}
        }
    }

    fn on_message(&mut self, cx: &mut Context<'_, Node>, from: NodeId, message: Message) {
        match message {
            Message::Submit { job, kind } => self.on_submit(cx, from, Request { job, kind }),
            Message::Status { job } => self.report(cx, from, job),
            Message::Pong {
                settled,
                starts,
                map,
                reduce,
            } => self.on_pong(cx, from, settled, starts, (map, reduce)),
            Message::MapDone {
                job,
                map,
                attempt,
                starts,
                pairs,
            } => {
                if self.hear(cx, from, starts) && self.works_on(cx, from, job) {
                    let location = Location {
                        map,
                        attempt,
                        worker: from,
                        since: self.next_tick(),
                    };
                    self.on_map_done(cx, location, &pairs);
                }
            }
            Message::ReduceDone {
                job,
                partition,
                attempt,
                starts,
                rows,
            } => {
                if self.hear(cx, from, starts) && self.works_on(cx, from, job) {
                    self.on_reduce_done(cx, from, partition, attempt, rows);
                }
            }
            _ => cx.note(Reason::Misdirected { from }),
        }
    }

    fn works_on(&self, cx: &mut Context<'_, Node>, from: NodeId, job: JobId) -> bool {
        let works = self.tables.job.as_ref().is_some_and(|mine| mine.id == job);
        if !works {
            cx.note(Reason::JobOver { from });
        }
        works
    }

    // Jobs.

    fn on_submit(&mut self, cx: &mut Context<'_, Node>, from: NodeId, request: Request) {
        let over = self.tables.finished.iter().any(|finished| {
            finished.job.client == request.job.client && finished.job.number >= request.job.number
        });
        if !over && !self.knows(request.job) {
            self.tables.waiting.push(request);
            self.start_next(cx);
            // An accepted job outlives the master, unless nothing does.
            self.checkpoint(cx);
        }
        self.report(cx, from, request.job);
    }

    fn knows(&self, job: JobId) -> bool {
        let waits = self.tables.waiting.iter().any(|waits| waits.job == job);
        waits || self.tables.job.as_ref().is_some_and(|mine| mine.id == job)
    }

    /// Tells a client how its job stands.
    fn report(&self, cx: &mut Context<'_, Node>, client: NodeId, job: JobId) {
        if let Some(done) = self.tables.finished.iter().find(|done| done.job == job) {
            let message = Message::JobDone {
                job,
                files: done.files,
                rows: done.rows,
            };
            cx.send(client, message, Reason::AnswersDone { client });
        } else if self.knows(job) {
            cx.send(client, Message::Accepted { job }, Reason::HasJob { client });
        } else {
            let reason = Reason::KnowsNoJob { client };
            cx.send(client, Message::Unknown { job }, reason);
        }
    }

    /// Begins the next job, if none is in progress.
    fn start_next(&mut self, cx: &mut Context<'_, Node>) {
        if self.tables.job.is_some() || self.tables.waiting.is_empty() {
            return;
        }
        let request = self.tables.waiting.remove(0);
        let job = Job::new(request, cx.config());
        cx.tell(Fact::JobStarted {
            client: job.id.client,
            kind: request.kind,
            maps: job.maps.len() as u64,
            reduces: job.reduces.len() as u64,
        });
        self.tables.job = Some(job);
        self.unsaved = true;
        self.resume(cx);
    }

    /// Takes up the job in progress: nobody is silent before the first ping.
    fn resume(&mut self, cx: &mut Context<'_, Node>) {
        for worker in &mut self.tables.workers {
            worker.silent = 0;
        }
        self.ping(cx);
        self.set_checkpoint_timer(cx);
        self.schedule(cx);
    }

    fn set_checkpoint_timer(&self, cx: &mut Context<'_, Node>) {
        let every = cx.config().checkpoint_us;
        if every > 0 {
            cx.set_timer(Timer::Checkpoint, every, every, Reason::AwaitsCheckpoint);
        }
    }

    fn on_checkpoint_timer(&mut self, cx: &mut Context<'_, Node>) {
        if self.unsaved {
            self.checkpoint(cx);
        }
        if self.tables.job.is_some() {
            self.set_checkpoint_timer(cx);
        }
    }

    /// Writes the tables to disk (§3.3).
    fn checkpoint(&mut self, cx: &mut Context<'_, Node>) {
        if cx.config().checkpoint_us > 0 {
            cx.save(Write::Checkpoint(Arc::new(self.tables.clone())));
            self.unsaved = false;
        }
    }

    // Tasks that are completed.

    fn on_map_done(&mut self, cx: &mut Context<'_, Node>, location: Location, pairs: &[u32]) {
        let Location {
            map,
            attempt,
            worker,
            ..
        } = location;
        let task_id = TaskId::Map(map);
        let Some(job) = &mut self.tables.job else {
            return;
        };
        let Some(task) = job.maps.get_mut(usize::from(map)) else {
            cx.note(Reason::NoSuchTask {
                from: worker,
                task: task_id,
            });
            return;
        };
        let Some(done) = take(&mut task.attempts, attempt) else {
            cx.note(Reason::NotAssigned {
                from: worker,
                task: task_id,
            });
            return;
        };
        self.unsaved = true;
        if let Some(output) = task.output {
            cx.note(Reason::CompletedBefore {
                from: worker,
                task: task_id,
                by: output.worker,
            });
            self.schedule(cx);
            return;
        }
        task.output = Some(location);
        task.lost = None;
        let beaten = task.attempts.first().copied();
        cx.tell(Fact::MapCompleted {
            task: task_id,
            worker,
            pairs: pairs.iter().map(|n| u64::from(*n)).sum(),
            done: job.maps_done(),
            of: job.maps.len() as u64,
        });
        tell_backup_won(cx, task_id, done, beaten);
        let to: Vec<NodeId> = job
            .reduces
            .iter()
            .filter(|task| task.done.is_none())
            .flat_map(|task| task.attempts.iter().map(|attempt| attempt.worker))
            .collect();
        let id = job.id;
        for to in to {
            let message = Message::MapReady {
                job: id,
                output: location,
            };
            let task = task_id;
            cx.send(to, message, Reason::TellsOutput { to, task, worker });
        }
        self.schedule(cx);
    }

    fn on_reduce_done(
        &mut self,
        cx: &mut Context<'_, Node>,
        worker: NodeId,
        partition: u16,
        attempt: AttemptId,
        rows: u64,
    ) {
        let task_id = TaskId::Reduce(partition);
        let Some(job) = &mut self.tables.job else {
            return;
        };
        let Some(task) = job.reduces.get_mut(usize::from(partition)) else {
            cx.note(Reason::NoSuchTask {
                from: worker,
                task: task_id,
            });
            return;
        };
        let Some(done) = take(&mut task.attempts, attempt) else {
            cx.note(Reason::NotAssigned {
                from: worker,
                task: task_id,
            });
            return;
        };
        self.unsaved = true;
        if let Some((_, by, _)) = task.done {
            cx.note(Reason::CompletedBefore {
                from: worker,
                task: task_id,
                by,
            });
            self.schedule(cx);
            return;
        }
        task.done = Some((attempt, worker, rows));
        task.lost = None;
        let beaten = task.attempts.first().copied();
        cx.tell(Fact::ReduceCompleted {
            task: task_id,
            worker,
            rows,
            done: job.reduces_done(),
            of: job.reduces.len() as u64,
        });
        tell_backup_won(cx, task_id, done, beaten);
        if job.reduces.iter().all(|task| task.done.is_some()) {
            self.complete(cx);
        } else {
            self.schedule(cx);
        }
    }

    /// All reduce tasks are completed: the job is done.
    fn complete(&mut self, cx: &mut Context<'_, Node>) {
        let Some(job) = self.tables.job.take() else {
            return;
        };
        let done = Finished {
            job: job.id,
            kind: job.plan.kind,
            files: job.plan.partitions,
            rows: job
                .reduces
                .iter()
                .filter_map(|task| Some(task.done?.2))
                .sum(),
        };
        let finished = &mut self.tables.finished;
        finished.retain(|other| other.job.client != job.id.client);
        finished.push(done);
        self.checkpoint(cx);
        cx.tell(Fact::JobCompleted {
            job: job.id,
            kind: job.plan.kind,
            files: done.files.into(),
            rows: done.rows,
        });
        self.report(cx, job.id.client, job.id);
        cx.cancel_timer(Timer::Ping);
        cx.cancel_timer(Timer::Checkpoint);
        self.start_next(cx);
        if self.tables.job.is_none() {
            self.dismiss(cx);
        }
    }
}

/// Takes an attempt off the list.
fn take(attempts: &mut Vec<Attempt>, id: AttemptId) -> Option<Attempt> {
    let place = attempts.iter().position(|attempt| attempt.id == id)?;
    Some(attempts.remove(place))
}

fn tell_backup_won(
    cx: &mut Context<'_, Node>,
    task: TaskId,
    done: Attempt,
    beaten: Option<Attempt>,
) {
    if let Some(beaten) = beaten.filter(|_| done.backup) {
        cx.tell(Fact::BackupWon {
            task,
            worker: done.worker,
            beaten: beaten.worker,
        });
    }
}
