//! What MapReduce promises, looked at from outside: the output of a job is that of a sequential run, whatever fails (§3.3).

use crate::config::MapReduceConfig;
use crate::fact::Fact;
use crate::files::{Files, Output};
use crate::job::{JobKind, OutputRow};
use crate::master::Tables;
use crate::node::Node;
use crate::sequential::sequential;
use crate::task::{AttemptId, JobId, TaskId};
use crate::worker::Worker;
use protocol::{Assumptions, Look, NodeId, Phrase, Property, PropertyKind, Verdicts};

const EQUALS_SEQUENTIAL: usize = 0;
const COMMITTED_ONCE: usize = 1;
const COUNTED_ONCE: usize = 2;
const IN_ORDER: usize = 3;
const REDONE: usize = 4;
const BACKUP_WON: usize = 5;
const COMPLETED: usize = 6;

/// Workers, the master and messages may fail at any time; what a disk acknowledged stays.
const ASSUMES: Assumptions = Assumptions::ASYNCHRONOUS;

/// The promises, in the order in which they are reported.
pub(crate) const PROPERTIES: &[Property] = &[
    property(
        "equals-sequential",
        PropertyKind::Always,
        "Dean & Ghemawat 2004, §3.3",
    ),
    property(
        "committed-once",
        PropertyKind::Always,
        "Dean & Ghemawat 2004, §3.3",
    ),
    property(
        "counted-once",
        PropertyKind::Always,
        "Dean & Ghemawat 2004, §3.3",
    ),
    property(
        "in-order",
        PropertyKind::Always,
        "Dean & Ghemawat 2004, §4.2",
    ),
    property(
        "task-redone",
        PropertyKind::Sometimes,
        "Dean & Ghemawat 2004, §3.3",
    ),
    property(
        "backup-won",
        PropertyKind::Sometimes,
        "Dean & Ghemawat 2004, §3.6",
    ),
    property(
        "job-completed",
        PropertyKind::Eventually,
        "Dean & Ghemawat 2004, §3.3",
    ),
];

const fn property(id: &'static str, kind: PropertyKind, source: &'static str) -> Property {
    Property {
        id,
        kind,
        assumes: ASSUMES,
        source,
    }
}

/// What the properties remember.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Memory {
    /// Jobs that the master holds for done.
    finished: Vec<JobId>,
    /// The newest of each client that it ever held for done.
    newest: Vec<JobId>,
    /// Those of them that were not compared yet: the file system was down.
    unseen: Vec<(JobId, JobKind)>,
    /// Whether a job is in progress or waits.
    owed: bool,
    /// Which execution committed which partition, of the newest job of each client.
    commits: Vec<(JobId, u16, AttemptId)>,
    /// Tasks that have lost an execution, and were assigned again.
    again: Vec<TaskId>,
    /// Which of the promises that need to come true once have.
    redone: bool,
    backup_won: bool,
}

/// Looks after a step.
pub(crate) fn observe(memory: &mut Memory, look: &Look<'_, Node>, verdicts: &mut Verdicts) {
    for (_, fact) in look.facts {
        memory.hear(fact, verdicts);
    }
    if let Some(node) = look.changed {
        match look.nodes.get(node.index()) {
            Some(Some(Node::Master(master))) => memory.look_at(master.tables(), verdicts),
            Some(Some(Node::Worker(worker))) => counted_once(worker, node, verdicts),
            _ => {}
        }
    }
    compare(memory, look, verdicts);
}

impl Memory {
    fn hear(&mut self, fact: &Fact, verdicts: &mut Verdicts) {
        match *fact {
            Fact::JobStarted { .. } => self.again.clear(),
            Fact::Committed {
                job,
                partition,
                attempt,
                ..
            } => self.committed(job, partition, attempt, verdicts),
            Fact::Redone { task, .. } if !self.again.contains(&task) => self.again.push(task),
            Fact::MapCompleted { task, .. } | Fact::ReduceCompleted { task, .. } => {
                let before = self.again.len();
                self.again.retain(|again| *again != task);
                if self.again.len() < before && !self.redone {
                    self.redone = true;
                    verdicts.met(REDONE);
                }
            }
            Fact::BackupWon { .. } if !self.backup_won => {
                self.backup_won = true;
                verdicts.met(BACKUP_WON);
            }
            _ => {}
        }
    }

    /// A job is done as soon as the master's tables say so: a master that crashes just then never tells it, and knows it from its
    /// checkpoint all the same.
    fn look_at(&mut self, tables: &Tables, verdicts: &mut Verdicts) {
        for done in &tables.finished {
            // A master that lost its last checkpoint holds an older job for the last one again; its files have made room.
            if !self.finished.contains(&done.job) && self.is_newest(done.job) {
                self.unseen.push((done.job, done.kind));
                self.owed = false;
                verdicts.met(COMPLETED);
            }
        }
        self.finished = tables.finished.iter().map(|done| done.job).collect();
        let busy = tables.job.is_some() || !tables.waiting.is_empty();
        if busy && !self.owed {
            self.owed = true;
            verdicts.owed(COMPLETED);
        }
    }

    /// Whether no newer job of its client was ever done; then it is the newest.
    fn is_newest(&mut self, job: JobId) -> bool {
        match self
            .newest
            .iter_mut()
            .find(|known| known.client == job.client)
        {
            Some(known) if known.number > job.number => return false,
            Some(known) => *known = job,
            None => self.newest.push(job),
        }
        true
    }

    fn committed(
        &mut self,
        job: JobId,
        partition: u16,
        attempt: AttemptId,
        verdicts: &mut Verdicts,
    ) {
        let older = |other: &JobId| other.client == job.client && other.number < job.number;
        self.commits.retain(|(other, _, _)| !older(other));
        let mut commits = self.commits.iter();
        if commits.any(|commit| (commit.0, commit.1) == (job, partition) && commit.2 != attempt) {
            verdicts.violated(
                COMMITTED_ONCE,
                Phrase::new("violation.committed-once").int("partition", u64::from(partition) + 1),
            );
        }
        self.commits.push((job, partition, attempt));
    }
}

/// The output of a job that is done is what a sequential run makes of the text, and each file is in order.
fn compare(memory: &mut Memory, look: &Look<'_, Node>, verdicts: &mut Verdicts) {
    if memory.unseen.is_empty() {
        return;
    }
    let place = MapReduceConfig::FILES.index();
    let Some(Some(Node::Files(files))) = look.nodes.get(place) else {
        return;
    };
    for (job, kind) in std::mem::take(&mut memory.unseen) {
        in_order(files.files().finished(job), verdicts);
        let expected = sequential(kind, &look.config.text);
        if let Some(row) = difference(files.files(), job, kind, &expected) {
            verdicts.violated(
                EQUALS_SEQUENTIAL,
                Phrase::new("violation.equals-sequential")
                    .word("job", kind.word())
                    .text("key", protocol::beginning(&row.key, 40))
                    .text("got", found(files.files(), job, row))
                    .text("expected", found_in(expected.iter(), row)),
            );
        }
    }
}

/// The rows of each file are in order of their keys.
fn in_order(files: &[Output], verdicts: &mut Verdicts) {
    for file in files {
        let mut pairs = file.rows().zip(file.rows().skip(1));
        if let Some((before, after)) = pairs.find(|(one, next)| one.key > next.key) {
            verdicts.violated(
                IN_ORDER,
                Phrase::new("violation.in-order")
                    .int("partition", u64::from(file.partition) + 1)
                    .text("before", protocol::beginning(&before.key, 40))
                    .text("after", protocol::beginning(&after.key, 40)),
            );
            return;
        }
    }
}

/// The first row that only one of the two has. The files of a sort are in order from the first to the last; of the other jobs each
/// is in order by itself.
fn difference<'a>(
    files: &'a Files,
    job: JobId,
    kind: JobKind,
    expected: &'a [OutputRow],
) -> Option<&'a OutputRow> {
    let mut rows: Vec<&OutputRow> = files
        .finished(job)
        .iter()
        .flat_map(|file| file.rows())
        .collect();
    if kind != JobKind::Sort {
        rows.sort();
    }
    let mut pairs = rows.iter().copied().zip(expected);
    match pairs.find(|(row, expected)| row != expected) {
        // The lesser one is missing at the other side.
        Some((row, expected)) => Some(row.min(expected)),
        None => {
            let common = rows.len().min(expected.len());
            rows.get(common).copied().or_else(|| expected.get(common))
        }
    }
}

fn found(files: &Files, job: JobId, row: &OutputRow) -> String {
    found_in(files.finished(job).iter().flat_map(|file| file.rows()), row)
}

/// What rows say under the key of `row`: what a person compares.
fn found_in<'a>(rows: impl Iterator<Item = &'a OutputRow>, row: &OutputRow) -> String {
    let values: Vec<&str> = rows
        .filter(|other| other.key == row.key)
        .map(|other| other.value.as_str())
        .collect();
    if values.is_empty() {
        return "–".into();
    }
    protocol::beginning(&values.join("; "), 60)
}

/// No reduce task has taken a map task's output twice.
fn counted_once(worker: &Worker, node: NodeId, verdicts: &mut Verdicts) {
    let Some(work) = &worker.reduce else { return };
    let fetched = work.fetched.iter().enumerate();
    for (place, one) in fetched {
        if work.fetched[..place]
            .iter()
            .any(|other| other.map == one.map)
        {
            verdicts.violated(
                COUNTED_ONCE,
                Phrase::new("violation.counted-once")
                    .node("worker", node)
                    .int("partition", u64::from(work.partition) + 1)
                    .text("task", TaskId::Map(one.map).label()),
            );
            return;
        }
    }
}
