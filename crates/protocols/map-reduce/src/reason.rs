//! Why something is done, refused or ignored: plain values, turned into a sentence only when shown.

mod say;

use crate::job::JobKind;
use crate::task::TaskId;
use protocol::NodeId;
use serde::Serialize;

/// A reason. The node whose reason it is is not in it. Partitions and map tasks are numbered from 0.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(
    missing_docs,
    reason = "the fields are the values of the sentence, which is the documentation"
)]
pub enum Reason {
    // Timers.
    /// The master's next pings.
    AwaitsPing,
    /// Its next checkpoint.
    AwaitsCheckpoint,
    /// The next piece of a task is done.
    Works { task: TaskId, bytes: u64 },
    /// A split has not come.
    AwaitsSplit { map: u16 },
    /// Regions are missing.
    AwaitsRegions { have: u64, of: u64 },
    /// The file system has not answered.
    AwaitsFiles { partition: u16 },
    /// The job is not done.
    AwaitsJob,

    // Clients and their jobs.
    /// A client hands a job in.
    Submits { kind: JobKind },
    /// It has no answer.
    SubmitsAgain { kind: JobKind },
    /// It asks after a job that the master has.
    AsksStatus,
    /// It has a job out already.
    Queues { ahead: u64 },
    /// The master has the job.
    HasJob { client: NodeId },
    /// It is done.
    AnswersDone { client: NodeId },
    /// The master knows no such job.
    KnowsNoJob { client: NodeId },

    // The master and its workers.
    /// It asks whether a worker is there.
    Pings { to: NodeId },
    /// There is nothing more to do.
    Dismisses { to: NodeId },
    /// A worker starts.
    Starts,
    /// It answers a ping.
    IsThere,
    /// The split lies on the worker's disk.
    AssignsNear { to: NodeId, task: TaskId },
    /// No idle task's split does.
    AssignsFar { to: NodeId, task: TaskId },
    /// Locality is switched off.
    AssignsAny { to: NodeId, task: TaskId },
    /// A reduce task.
    AssignsReduce { to: NodeId, task: TaskId },
    /// An execution was lost.
    AssignsAnew {
        to: NodeId,
        task: TaskId,
        lost: NodeId,
    },
    /// A backup.
    AssignsBackup {
        to: NodeId,
        task: TaskId,
        slow: NodeId,
        done: u64,
        of: u64,
    },
    /// The worker does not seem to know.
    AssignsAgain { to: NodeId, task: TaskId },
    /// A reduce worker learns of one more output.
    TellsOutput {
        to: NodeId,
        task: TaskId,
        worker: NodeId,
    },
    /// It seems to have missed something.
    TellsOutputs { to: NodeId, task: TaskId },
    /// The task is completed already.
    CompletedBefore {
        from: NodeId,
        task: TaskId,
        by: NodeId,
    },
    /// The execution is not on the list any more.
    NotAssigned { from: NodeId, task: TaskId },
    /// There is no such task.
    NoSuchTask { from: NodeId, task: TaskId },
    /// The message is of a process that is gone.
    OldProcess { from: NodeId },
    /// It belongs to a job that is over.
    JobOver { from: NodeId },

    // Map workers.
    /// The disk does not hold the split.
    ReadsSplit { map: u16 },
    /// The file system hands a split out.
    HandsSplit { to: NodeId, map: u16, bytes: u64 },
    /// It has come.
    HasSplit { map: u16, bytes: u64 },
    /// The execution is slow.
    Straggles { task: TaskId, factor: u64 },
    /// The output is on disk: so many pairs came from map, so many are left.
    Mapped {
        map: u16,
        emitted: u64,
        pairs: u64,
        regions: u64,
    },
    /// A newer assignment takes the place of what was in progress.
    GivesUp { old: TaskId, task: TaskId },
    /// The worker is at it.
    WorksAlready { task: TaskId },
    /// The assignment, or what came for it, is older than the present one.
    Outdated { task: TaskId },

    // Reduce workers.
    /// It reads a region.
    ReadsRegion {
        to: NodeId,
        map: u16,
        partition: u16,
    },
    /// From its own disk.
    ReadsOwnRegion { map: u16, have: u64, of: u64 },
    /// A map worker hands one out.
    HandsRegion {
        to: NodeId,
        map: u16,
        partition: u16,
        pairs: u64,
    },
    /// It has no such output.
    LacksOutput { to: NodeId, map: u16 },
    /// One has come.
    HasRegion {
        map: u16,
        from: NodeId,
        pairs: u64,
        have: u64,
        of: u64,
    },
    /// All have: their pairs are sorted.
    Sorts {
        partition: u16,
        pairs: u64,
        keys: u64,
    },
    /// That map task's was read, or nobody waits for it.
    ReadBefore { map: u16, from: NodeId },
    /// A region is not where it should be.
    RegionMissing { map: u16, from: NodeId },
    /// A piece of the temporary file.
    WritesPiece { partition: u16, piece: u64, of: u64 },
    /// It is complete.
    AsksRename { partition: u16 },
    /// The output is there.
    Reduced { partition: u16, rows: u64 },
    /// Nobody waits for the answer.
    LateAnswer,

    // The file system.
    /// A piece is written.
    Wrote {
        partition: u16,
        rows: u64,
        from: NodeId,
    },
    /// The first execution has the name.
    RenamesFirst { partition: u16, from: NodeId },
    /// It had it before.
    RenamesAgain { partition: u16 },
    /// Another one has.
    RenamedBefore { partition: u16, from: NodeId },
    /// The temporary file is not complete.
    Incomplete { partition: u16, from: NodeId },

    // Everyone.
    /// The message was not meant for this kind of node.
    Misdirected { from: NodeId },
}
