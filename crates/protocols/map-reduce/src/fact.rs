//! Turning points worth telling.

use crate::job::JobKind;
use crate::task::{AttemptId, JobId, TaskId};
use protocol::{NodeId, Phrase, Say};
use serde::Serialize;

/// A turning point.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// A job begins.
    JobStarted {
        /// Whose.
        client: NodeId,
        /// What it computes.
        kind: JobKind,
        /// How many map tasks it has: M.
        maps: u64,
        /// How many reduce tasks: R.
        reduces: u64,
    },
    /// A map task is completed.
    MapCompleted {
        /// Which.
        task: TaskId,
        /// By whom.
        worker: NodeId,
        /// How many pairs its output has.
        pairs: u64,
        /// How many are completed now.
        done: u64,
        /// Of how many.
        of: u64,
    },
    /// A reduce task is completed.
    ReduceCompleted {
        /// Which.
        task: TaskId,
        /// By whom.
        worker: NodeId,
        /// How many rows its file has.
        rows: u64,
        /// How many are completed now.
        done: u64,
        /// Of how many.
        of: u64,
    },
    /// A worker left too many pings unanswered.
    WorkerFailed {
        /// Which.
        worker: NodeId,
        /// For how long it was silent at least.
        silent_us: u64,
        /// How many tasks it had in progress.
        running: u64,
        /// How many completed map tasks' output is lost.
        lost: u64,
    },
    /// A worker that was not missed is another process now.
    WorkerStartedAnew {
        /// Which.
        worker: NodeId,
        /// How many tasks the old one had in progress.
        running: u64,
        /// How many completed map tasks' output is lost.
        lost: u64,
    },
    /// A worker that was marked as failed answers again.
    WorkerBack {
        /// Which.
        worker: NodeId,
    },
    /// A task is executed again, because an execution was lost.
    Redone {
        /// Which.
        task: TaskId,
        /// By whom now.
        worker: NodeId,
        /// Whose was lost.
        lost: NodeId,
    },
    /// A second execution of a task in progress begins.
    BackupStarted {
        /// Which.
        task: TaskId,
        /// By whom.
        worker: NodeId,
        /// Who has the first one.
        slow: NodeId,
    },
    /// A backup was faster.
    BackupWon {
        /// Which task.
        task: TaskId,
        /// Who has completed it.
        worker: NodeId,
        /// Who is still at it.
        beaten: NodeId,
    },
    /// An output file has its final name.
    Committed {
        /// Of which job.
        job: JobId,
        /// Of which partition.
        partition: u16,
        /// By which execution.
        attempt: AttemptId,
        /// How many rows it has.
        rows: u64,
    },
    /// A temporary file is thrown away: there is a final one.
    Discarded {
        /// Of which partition.
        partition: u16,
        /// Whose.
        worker: NodeId,
    },
    /// All is done.
    JobCompleted {
        /// Which job.
        job: JobId,
        /// What it computes.
        kind: JobKind,
        /// How many files.
        files: u64,
        /// How many rows.
        rows: u64,
    },
    /// The master is back, with the job as its last checkpoint has it.
    Recovered {
        /// How many tasks are completed by that.
        done: u64,
        /// Of how many.
        of: u64,
    },
    /// The master is back, and knows of no job in progress.
    RestartedEmpty,
}

impl Say for Fact {
    fn phrase(&self, me: NodeId) -> Phrase {
        let on = |key, task: TaskId, worker| {
            Phrase::new(key)
                .node("me", me)
                .text("task", task.label())
                .node("worker", worker)
        };
        let gone = |key, worker, running, lost| {
            Phrase::new(key)
                .node("worker", worker)
                .int("running", running)
                .int("lost", lost)
                .by("redo")
        };
        match *self {
            Self::JobStarted {
                client,
                kind,
                maps,
                reduces,
            } => Phrase::new("fact.job-started")
                .node("me", me)
                .node("client", client)
                .word("job", kind.word())
                .int("maps", maps)
                .int("reduces", reduces)
                .by("split"),
            Self::MapCompleted {
                task,
                worker,
                pairs,
                done,
                of,
            } => on("fact.map-completed", task, worker)
                .int("pairs", pairs)
                .int("done", done)
                .int("of", of)
                .by("local-disk"),
            Self::ReduceCompleted {
                task,
                worker,
                rows,
                done,
                of,
            } => on("fact.reduce-completed", task, worker)
                .int("rows", rows)
                .int("done", done)
                .int("of", of)
                .by("reduce"),
            Self::WorkerFailed {
                worker,
                silent_us,
                running,
                lost,
            } => gone("fact.worker-failed", worker, running, lost)
                .node("me", me)
                .us("silent", silent_us),
            Self::WorkerStartedAnew {
                worker,
                running,
                lost,
            } => gone("fact.worker-started-anew", worker, running, lost),
            Self::WorkerBack { worker } => Phrase::new("fact.worker-back")
                .node("me", me)
                .node("worker", worker),
            Self::Redone { task, worker, lost } => on("fact.redone", task, worker)
                .node("lost", lost)
                .by("redo"),
            Self::BackupStarted { task, worker, slow } => on("fact.backup-started", task, worker)
                .node("slow", slow)
                .by("backup"),
            Self::BackupWon {
                task,
                worker,
                beaten,
            } => on("fact.backup-won", task, worker)
                .node("beaten", beaten)
                .by("backup"),
            Self::Committed {
                partition, rows, ..
            } => Phrase::new("fact.committed")
                .node("me", me)
                .int("partition", u64::from(partition) + 1)
                .int("rows", rows)
                .by("rename"),
            Self::Discarded { partition, worker } => Phrase::new("fact.discarded")
                .node("me", me)
                .int("partition", u64::from(partition) + 1)
                .node("worker", worker)
                .by("rename"),
            Self::JobCompleted {
                job,
                kind,
                files,
                rows,
            } => Phrase::new("fact.job-completed")
                .node("me", me)
                .node("client", job.client)
                .word("job", kind.word())
                .int("files", files)
                .int("rows", rows)
                .by("wake-client"),
            Self::Recovered { done, of } => Phrase::new("fact.recovered")
                .node("me", me)
                .int("done", done)
                .int("of", of)
                .by("checkpoint"),
            Self::RestartedEmpty => Phrase::new("fact.restarted-empty")
                .node("me", me)
                .by("abort"),
        }
    }
}
