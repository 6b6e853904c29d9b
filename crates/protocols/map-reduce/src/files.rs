//! The global file system (§3.1, §3.3): it hands out splits, takes temporary output files, and renames them atomically. One node
//! that stands for a replicated system: what it acknowledged is on its disk.

use crate::config::MapReduceConfig;
use crate::disk::{Disk, Write};
use crate::job::OutputRow;
use crate::message::Message;
use crate::node::Node;
use crate::task::{AttemptId, JobId, TaskId};
use crate::variant::Variant;
use crate::{Fact, Reason};
use protocol::{Context, Input, NodeId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A file of one partition: temporary under the name of its execution, or final.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Output {
    /// Which partition.
    pub partition: u16,
    /// By which execution.
    pub attempt: AttemptId,
    /// Its pieces, in order.
    pub pieces: Vec<Arc<[OutputRow]>>,
}

impl Output {
    /// Its rows, in order.
    pub fn rows(&self) -> impl Iterator<Item = &OutputRow> {
        self.pieces.iter().flat_map(|piece| piece.iter())
    }
}

/// A change of a file.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileWrite {
    /// A client's newest job begins to write: the files of its earlier ones are removed.
    Begun(JobId),
    /// A piece is appended to a temporary file.
    Appended {
        /// Of which job.
        job: JobId,
        /// Of which partition.
        partition: u16,
        /// Of which execution.
        attempt: AttemptId,
        /// The piece.
        rows: Arc<[OutputRow]>,
        /// Whether it is the final file, without a temporary one.
        finished: bool,
    },
    /// A temporary file becomes the final one.
    Renamed {
        /// Of which job.
        job: JobId,
        /// Of which partition.
        partition: u16,
        /// Of which execution.
        attempt: AttemptId,
    },
    /// A temporary file is removed, since there is a final one.
    Discarded {
        /// Of which job.
        job: JobId,
        /// Of which execution.
        attempt: AttemptId,
    },
}

/// The files of one job.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
struct Folder {
    job: JobId,
    temporary: Vec<Output>,
    finished: Vec<Output>,
}

/// All files: of each client those of its newest job.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct Files {
    folders: Vec<Folder>,
}

impl Files {
    fn folder(&self, job: JobId) -> Option<&Folder> {
        self.folders.iter().find(|folder| folder.job == job)
    }

    /// The job of `job`'s client whose files there are.
    fn newest(&self, job: JobId) -> Option<JobId> {
        let mut jobs = self.folders.iter().map(|folder| folder.job);
        jobs.find(|other| other.client == job.client)
    }

    /// The final files of a job, by partition.
    pub fn finished(&self, job: JobId) -> &[Output] {
        self.folder(job).map_or(&[], |folder| &folder.finished)
    }

    /// The temporary files of a job.
    pub fn temporary(&self, job: JobId) -> &[Output] {
        self.folder(job).map_or(&[], |folder| &folder.temporary)
    }

    /// The jobs that have files, the newest last.
    pub fn jobs(&self) -> impl DoubleEndedIterator<Item = JobId> {
        self.folders.iter().map(|folder| folder.job)
    }

    /// The file of an execution, under whatever name.
    fn written(&self, job: JobId, attempt: AttemptId) -> Option<&Output> {
        let mut files = self.temporary(job).iter().chain(self.finished(job));
        files.find(|file| file.attempt == attempt)
    }

    fn of_partition(&self, job: JobId, partition: u16) -> Option<&Output> {
        let mut files = self.finished(job).iter();
        files.find(|file| file.partition == partition)
    }

    /// Folds one write in.
    pub(crate) fn persist(&mut self, write: &FileWrite) {
        let job = match write {
            FileWrite::Begun(job) => {
                self.folders
                    .retain(|folder| folder.job.client != job.client);
                self.folders.push(Folder {
                    job: *job,
                    temporary: Vec::new(),
                    finished: Vec::new(),
                });
                return;
            }
            FileWrite::Appended { job, .. }
            | FileWrite::Renamed { job, .. }
            | FileWrite::Discarded { job, .. } => *job,
        };
        let Some(folder) = self.folders.iter_mut().find(|folder| folder.job == job) else {
            return;
        };
        match write {
            FileWrite::Begun(_) => {}
            FileWrite::Appended {
                partition,
                attempt,
                rows,
                finished,
                ..
            } => {
                let files = if *finished {
                    &mut folder.finished
                } else {
                    &mut folder.temporary
                };
                match files.iter_mut().find(|file| file.attempt == *attempt) {
                    Some(file) => file.pieces.push(rows.clone()),
                    None => insert(
                        files,
                        Output {
                            partition: *partition,
                            attempt: *attempt,
                            pieces: vec![rows.clone()],
                        },
                    ),
                }
            }
            FileWrite::Renamed { attempt, .. } => {
                let place = folder.temporary.iter().position(|f| f.attempt == *attempt);
                let Some(place) = place else { return };
                insert(&mut folder.finished, folder.temporary.remove(place));
            }
            FileWrite::Discarded { attempt, .. } => {
                folder.temporary.retain(|file| file.attempt != *attempt);
            }
        }
    }
}

/// Files stand in order of their partitions; those of one partition, in order of their coming.
fn insert(files: &mut Vec<Output>, file: Output) {
    let place = files.partition_point(|other| other.partition <= file.partition);
    files.insert(place, file);
}

/// The node of the file system.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct FileSystem {
    files: Files,
}

impl FileSystem {
    /// Starts from its disk.
    pub(crate) fn boot(disk: &Disk) -> Self {
        Self {
            files: disk.files.clone(),
        }
    }

    /// Its files.
    pub const fn files(&self) -> &Files {
        &self.files
    }

    fn save(&mut self, cx: &mut Context<'_, Node>, write: FileWrite) {
        self.files.persist(&write);
        cx.save(Write::File(write));
    }

    /// Something happens to it.
    pub(crate) fn on(&mut self, cx: &mut Context<'_, Node>, input: Input<Node>) {
        let Input::Message { from, message } = input else {
            return;
        };
        match message {
            Message::ReadSplit {
                attempt, kind, map, ..
            } => read(cx, from, attempt, kind, map),
            Message::WriteOutput {
                job,
                partition,
                attempt,
                piece,
                rows,
            } => {
                if self.is_current(cx, job) {
                    let reason = Reason::Wrote {
                        partition,
                        rows: rows.len() as u64,
                        from,
                    };
                    self.append(cx, (job, partition, attempt), piece, rows);
                    cx.send(from, Message::Written { attempt, piece }, reason);
                } else {
                    cx.note(Reason::JobOver { from });
                }
            }
            Message::Rename {
                job,
                partition,
                attempt,
                pieces,
            } => self.rename(cx, from, (job, partition, attempt), pieces),
            _ => cx.note(Reason::Misdirected { from }),
        }
    }

    /// Whether a job is its client's newest; begins its folder if it is new.
    fn is_current(&mut self, cx: &mut Context<'_, Node>, job: JobId) -> bool {
        match self.files.newest(job) {
            Some(newest) if newest.number > job.number => false,
            Some(newest) if newest.number == job.number => true,
            _ => {
                self.save(cx, FileWrite::Begun(job));
                true
            }
        }
    }

    /// A piece that comes again is there already.
    fn append(
        &mut self,
        cx: &mut Context<'_, Node>,
        (job, partition, attempt): (JobId, u16, AttemptId),
        piece: u16,
        rows: Arc<[OutputRow]>,
    ) {
        // The broken variant knows no temporary files: whoever writes, writes into the final one.
        let finished = cx.variant() == Variant::NoAtomicRename;
        let has = self
            .files
            .written(job, attempt)
            .map_or(0, |file| file.pieces.len());
        if has != usize::from(piece) {
            return;
        }
        let count = rows.len() as u64;
        self.save(
            cx,
            FileWrite::Appended {
                job,
                partition,
                attempt,
                rows,
                finished,
            },
        );
        if finished && piece == 0 {
            cx.tell(Fact::Committed {
                job,
                partition,
                attempt,
                rows: count,
            });
        }
    }

    /// The first execution that asks for a partition's final name has it; the files of all are alike.
    fn rename(
        &mut self,
        cx: &mut Context<'_, Node>,
        from: NodeId,
        (job, partition, attempt): (JobId, u16, AttemptId),
        pieces: u16,
    ) {
        if !self.is_current(cx, job) {
            cx.note(Reason::JobOver { from });
            return;
        }
        if let Some(there) = self.files.of_partition(job, partition) {
            let first = there.attempt == attempt;
            if !first && self.files.written(job, attempt).is_some() {
                self.save(cx, FileWrite::Discarded { job, attempt });
                cx.tell(Fact::Discarded {
                    partition,
                    worker: from,
                });
            }
            let reason = if first {
                Reason::RenamesAgain { partition }
            } else {
                Reason::RenamedBefore { partition, from }
            };
            cx.send(from, Message::Renamed { attempt, first }, reason);
            return;
        }
        let written = self.files.written(job, attempt);
        let Some(file) = written.filter(|file| file.pieces.len() == usize::from(pieces)) else {
            cx.note(Reason::Incomplete { partition, from });
            return;
        };
        let rows = file.rows().count() as u64;
        self.save(
            cx,
            FileWrite::Renamed {
                job,
                partition,
                attempt,
            },
        );
        cx.tell(Fact::Committed {
            job,
            partition,
            attempt,
            rows,
        });
        let first = true;
        let reason = Reason::RenamesFirst { partition, from };
        cx.send(from, Message::Renamed { attempt, first }, reason);
    }
}

/// A split for a worker whose disk does not hold it.
fn read(
    cx: &mut Context<'_, Node>,
    from: NodeId,
    attempt: AttemptId,
    kind: crate::JobKind,
    map: u16,
) {
    let config: &MapReduceConfig = cx.config();
    let plan = config.plan(kind);
    match plan.splits.get(usize::from(map)) {
        Some(split) => {
            let text = split.of(&config.text).into();
            let reason = Reason::HandsSplit {
                to: from,
                map,
                bytes: split.bytes(),
            };
            cx.send(from, Message::SplitData { attempt, map, text }, reason);
        }
        None => cx.note(Reason::NoSuchTask {
            from,
            task: TaskId::Map(map),
        }),
    }
}
