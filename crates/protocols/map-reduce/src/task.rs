//! The master's tables: tasks, their attempts, and where map output lies (§3.2). Knows nothing of who decides.

use protocol::{NodeId, OperationId};
use serde::{Deserialize, Serialize};

/// Names a task: its number from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskId {
    /// A map task: the number of its split.
    Map(u16),
    /// A reduce task: the number of its partition.
    Reduce(u16),
}

impl TaskId {
    /// As people see it, from 1: `m3`, `r1`.
    pub fn label(self) -> String {
        match self {
            Self::Map(number) => format!("m{}", number + 1),
            Self::Reduce(number) => format!("r{}", number + 1),
        }
    }
}

/// Names one execution of a task: the master's tick when it was assigned. Later ones are greater, also after a restart.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct AttemptId(pub u64);

/// One execution of a task that the master knows to be running.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Attempt {
    /// Its name.
    pub id: AttemptId,
    /// Where.
    pub worker: NodeId,
    /// Whether it is a backup of another one.
    pub backup: bool,
    /// The master's tick when its worker was told of it last.
    pub told: u64,
}

/// Where the output of a map task lies.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Location {
    /// The number of the map task.
    pub map: u16,
    /// By which execution.
    pub attempt: AttemptId,
    /// On whose disk.
    pub worker: NodeId,
    /// The master's tick when it learned so: of two places of one map task the later one counts.
    pub since: u64,
}

/// The state of a task (§3.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Progress {
    /// Nobody has it.
    Idle,
    /// At least one worker has it.
    InProgress,
    /// It is done.
    Completed,
}

/// A map task.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct MapTask {
    /// Who executes it.
    pub attempts: Vec<Attempt>,
    /// Where its output lies, once it is completed.
    pub output: Option<Location>,
    /// How often it was assigned.
    pub runs: u32,
    /// Whose execution was lost last: the next one is a re-execution.
    pub lost: Option<NodeId>,
}

/// A reduce task.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct ReduceTask {
    /// Who executes it.
    pub attempts: Vec<Attempt>,
    /// The execution that completed it, where, and how many rows its file has.
    pub done: Option<(AttemptId, NodeId, u64)>,
    /// How often it was assigned.
    pub runs: u32,
    /// Whose execution was lost last.
    pub lost: Option<NodeId>,
}

const fn progress(done: bool, attempts: &[Attempt]) -> Progress {
    if done {
        Progress::Completed
    } else if attempts.is_empty() {
        Progress::Idle
    } else {
        Progress::InProgress
    }
}

impl MapTask {
    /// Its state.
    pub const fn progress(&self) -> Progress {
        progress(self.output.is_some(), self.attempts.as_slice())
    }
}

impl ReduceTask {
    /// Its state.
    pub const fn progress(&self) -> Progress {
        progress(self.done.is_some(), self.attempts.as_slice())
    }
}

/// The name of a job: that of the client's operation.
pub(crate) type JobId = OperationId;
