//! What travels. Pairs and rows are shared, so that a copy of a message costs no copy of its data.

use crate::job::{JobKind, OutputRow, Pair, bytes};
use crate::task::{AttemptId, JobId, Location, TaskId};
use protocol::{MessageKind, MessageShape, MessageView, Phrase, SmolStr};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A message.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// A client hands a job in.
    Submit {
        /// Its name.
        job: JobId,
        /// What is computed.
        kind: JobKind,
    },
    /// A client asks how its job stands.
    Status {
        /// Which.
        job: JobId,
    },
    /// The master has the job, and works on it or will.
    Accepted {
        /// Which.
        job: JobId,
    },
    /// The master does not know the job.
    Unknown {
        /// Which.
        job: JobId,
    },
    /// The job is done.
    JobDone {
        /// Which.
        job: JobId,
        /// How many output files it has.
        files: u16,
        /// How many rows they have together.
        rows: u64,
    },
    /// The master asks whether a worker is there.
    Ping {
        /// The master's tick.
        tick: u64,
        /// Its tick at the pings before: what a worker was told up to then should have arrived.
        settled: u64,
        /// The job in progress: what belongs to others is no longer needed.
        job: Option<JobId>,
    },
    /// A worker is there.
    Pong {
        /// As in the ping that it answers; 0 where it has just started.
        settled: u64,
        /// How often it has started: another number is another process.
        starts: u64,
        /// The map attempt that it works on.
        map: Option<AttemptId>,
        /// The reduce attempt that it works on, and a digest of the locations of map output that it knows and that were settled.
        reduce: Option<(AttemptId, u64)>,
    },
    /// The master assigns a map task.
    AssignMap {
        /// The master's tick: of two assignments the later one counts.
        tick: u64,
        /// Of which job.
        job: JobId,
        /// What the job computes.
        kind: JobKind,
        /// Which split.
        map: u16,
        /// The name of this execution.
        attempt: AttemptId,
    },
    /// A map task is completed.
    MapDone {
        /// Of which job.
        job: JobId,
        /// Which.
        map: u16,
        /// By which execution.
        attempt: AttemptId,
        /// By which process of the worker.
        starts: u64,
        /// How many pairs each of its R regions has.
        pairs: Arc<[u32]>,
    },
    /// The master assigns a reduce task, or tells its worker anew where all map outputs lie.
    AssignReduce {
        /// The master's tick: of two assignments the later one counts.
        tick: u64,
        /// Of which job.
        job: JobId,
        /// What the job computes.
        kind: JobKind,
        /// Which partition.
        partition: u16,
        /// The name of this execution.
        attempt: AttemptId,
        /// How many map tasks there are.
        maps: u16,
        /// Where map output lies so far.
        outputs: Arc<[Location]>,
    },
    /// The master tells a reduce worker where one more map output lies.
    MapReady {
        /// Of which job.
        job: JobId,
        /// Where.
        output: Location,
    },
    /// A worker reads a split that its disk does not hold.
    ReadSplit {
        /// Of which job.
        job: JobId,
        /// For which execution.
        attempt: AttemptId,
        /// What the job computes: its records decide where splits end.
        kind: JobKind,
        /// Which.
        map: u16,
    },
    /// The split.
    SplitData {
        /// For which execution.
        attempt: AttemptId,
        /// Which.
        map: u16,
        /// Its text.
        text: SmolStr,
    },
    /// A reduce worker reads its region of a map output.
    ReadRegion {
        /// Of which job.
        job: JobId,
        /// Which map task, by which execution.
        map: u16,
        /// See there.
        attempt: AttemptId,
        /// Which region.
        partition: u16,
    },
    /// The region.
    Region {
        /// Of which job.
        job: JobId,
        /// Which map task, by which execution.
        map: u16,
        /// See there.
        attempt: AttemptId,
        /// Which region.
        partition: u16,
        /// Its pairs.
        pairs: Arc<[Pair]>,
    },
    /// The worker does not have such an output.
    NoRegion {
        /// Of which job.
        job: JobId,
        /// Which map task, by which execution.
        map: u16,
        /// See there.
        attempt: AttemptId,
        /// Which region.
        partition: u16,
    },
    /// A reduce worker appends to its temporary file.
    WriteOutput {
        /// Of which job.
        job: JobId,
        /// Of which partition.
        partition: u16,
        /// By which execution: the temporary file is its own.
        attempt: AttemptId,
        /// Which piece, from 0.
        piece: u16,
        /// Its rows.
        rows: Arc<[OutputRow]>,
    },
    /// The piece is written.
    Written {
        /// By which execution.
        attempt: AttemptId,
        /// Which piece.
        piece: u16,
    },
    /// A reduce worker gives its temporary file the final name.
    Rename {
        /// Of which job.
        job: JobId,
        /// Of which partition.
        partition: u16,
        /// By which execution.
        attempt: AttemptId,
        /// How many pieces it has.
        pieces: u16,
    },
    /// There is a final file.
    Renamed {
        /// By which execution it was asked for.
        attempt: AttemptId,
        /// Whether it is that execution's file; otherwise another one came first.
        first: bool,
    },
    /// A reduce task is completed.
    ReduceDone {
        /// Of which job.
        job: JobId,
        /// Which.
        partition: u16,
        /// By which execution.
        attempt: AttemptId,
        /// By which process of the worker.
        starts: u64,
        /// How many rows its file has.
        rows: u64,
    },
}

/// The kinds, in the order of [`kind`].
pub(crate) const KINDS: &[MessageKind] = &[
    MessageKind { name: "Submit" },
    MessageKind { name: "Status" },
    MessageKind { name: "Accepted" },
    MessageKind { name: "Unknown" },
    MessageKind { name: "JobDone" },
    MessageKind { name: "Ping" },
    MessageKind { name: "Pong" },
    MessageKind { name: "AssignMap" },
    MessageKind { name: "MapDone" },
    MessageKind {
        name: "AssignReduce",
    },
    MessageKind { name: "MapReady" },
    MessageKind { name: "ReadSplit" },
    MessageKind { name: "SplitData" },
    MessageKind { name: "ReadRegion" },
    MessageKind { name: "Region" },
    MessageKind { name: "NoRegion" },
    MessageKind {
        name: "WriteOutput",
    },
    MessageKind { name: "Written" },
    MessageKind { name: "Rename" },
    MessageKind { name: "Renamed" },
    MessageKind { name: "ReduceDone" },
];

/// The place of a message's kind in [`KINDS`].
pub(crate) const fn kind(message: &Message) -> u8 {
    match message {
        Message::Submit { .. } => 0,
        Message::Status { .. } => 1,
        Message::Accepted { .. } => 2,
        Message::Unknown { .. } => 3,
        Message::JobDone { .. } => 4,
        Message::Ping { .. } => 5,
        Message::Pong { .. } => 6,
        Message::AssignMap { .. } => 7,
        Message::MapDone { .. } => 8,
        Message::AssignReduce { .. } => 9,
        Message::MapReady { .. } => 10,
        Message::ReadSplit { .. } => 11,
        Message::SplitData { .. } => 12,
        Message::ReadRegion { .. } => 13,
        Message::Region { .. } => 14,
        Message::NoRegion { .. } => 15,
        Message::WriteOutput { .. } => 16,
        Message::Written { .. } => 17,
        Message::Rename { .. } => 18,
        Message::Renamed { .. } => 19,
        Message::ReduceDone { .. } => 20,
    }
}

/// The partition that a message is about, from 0.
const fn partition(message: &Message) -> Option<u16> {
    match message {
        Message::AssignReduce { partition, .. }
        | Message::ReadRegion { partition, .. }
        | Message::Region { partition, .. }
        | Message::NoRegion { partition, .. }
        | Message::WriteOutput { partition, .. }
        | Message::Rename { partition, .. }
        | Message::ReduceDone { partition, .. } => Some(*partition),
        _ => None,
    }
}

/// What a message shows.
pub(crate) fn view(message: &Message) -> MessageView {
    let shape = match message {
        Message::Ping { .. } | Message::Pong { .. } => MessageShape::Heartbeat,
        Message::Unknown { .. }
        | Message::NoRegion { .. }
        | Message::Renamed { first: false, .. } => MessageShape::Refused,
        Message::Accepted { .. }
        | Message::JobDone { .. }
        | Message::MapDone { .. }
        | Message::SplitData { .. }
        | Message::Region { .. }
        | Message::Written { .. }
        | Message::Renamed { .. }
        | Message::ReduceDone { .. } => MessageShape::Granted,
        _ => MessageShape::Request,
    };
    MessageView {
        kind: KINDS[usize::from(kind(message))].name.into(),
        shape,
        epoch: partition(message).map(|partition| u64::from(partition) + 1),
        label: label(message),
    }
}

fn label(message: &Message) -> Option<Phrase> {
    let map = |key, map: u16| Phrase::new(key).text("task", TaskId::Map(map).label());
    let reduce =
        |key, partition: u16| Phrase::new(key).text("task", TaskId::Reduce(partition).label());
    Some(match message {
        Message::Submit { kind, .. } => {
            Phrase::new("message.submit.label").word("job", kind.word())
        }
        Message::JobDone { rows, .. } => Phrase::new("message.job-done.label").int("rows", *rows),
        Message::AssignMap { map: number, .. } => map("message.assign-map.label", *number),
        Message::MapDone {
            map: number, pairs, ..
        } => map("message.map-done.label", *number)
            .int("pairs", pairs.iter().map(|n| u64::from(*n)).sum()),
        Message::AssignReduce {
            partition, outputs, ..
        } => reduce("message.assign-reduce.label", *partition).int("outputs", outputs.len() as u64),
        Message::MapReady { output, .. } => {
            map("message.map-ready.label", output.map).node("worker", output.worker)
        }
        Message::ReadSplit { map: number, .. } => map("message.read-split.label", *number),
        Message::SplitData {
            map: number, text, ..
        } => map("message.split-data.label", *number).int("bytes", text.len() as u64),
        Message::ReadRegion {
            map: number,
            partition,
            ..
        } => map("message.read-region.label", *number).int("partition", u64::from(*partition) + 1),
        Message::Region {
            map: number,
            partition,
            pairs,
            ..
        } => map("message.region.label", *number)
            .int("partition", u64::from(*partition) + 1)
            .int("pairs", pairs.len() as u64)
            .int("bytes", bytes(pairs)),
        Message::NoRegion { map: number, .. } => map("message.no-region.label", *number),
        Message::WriteOutput {
            partition, rows, ..
        } => reduce("message.write-output.label", *partition).int("rows", rows.len() as u64),
        Message::Rename { partition, .. } => reduce("message.rename.label", *partition),
        Message::Renamed { first, .. } => Phrase::new(if *first {
            "message.renamed.label"
        } else {
            "message.renamed-before.label"
        }),
        Message::ReduceDone {
            partition, rows, ..
        } => reduce("message.reduce-done.label", *partition).int("rows", *rows),
        Message::Status { .. }
        | Message::Accepted { .. }
        | Message::Unknown { .. }
        | Message::Ping { .. }
        | Message::Pong { .. }
        | Message::Written { .. } => return None,
    })
}
