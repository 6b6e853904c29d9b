//! Who does what: idle workers get tasks (§3.1), near their data (§3.4), and near the end of a phase a second execution of what is
//! still in progress (§3.6).

use crate::config::MapReduceConfig;
use crate::master::{Job, Master, Tables};
use crate::message::Message;
use crate::node::Node;
use crate::task::{Attempt, AttemptId, Progress, TaskId};
use crate::{Fact, Reason};
use protocol::{Context, NodeId};

/// An assignment to come: which task, to whom, of which execution it is a backup, and why.
struct Pick {
    task: TaskId,
    worker: NodeId,
    backup_of: Option<NodeId>,
    reason: Reason,
}

impl Master {
    /// Gives every idle worker something to do, as long as there is something.
    pub(crate) fn schedule(&mut self, cx: &mut Context<'_, Node>) {
        while let Some(pick) = self.tables.pick(cx.config()) {
            self.assign(cx, pick);
        }
    }

    fn assign(&mut self, cx: &mut Context<'_, Node>, pick: Pick) {
        let id = AttemptId(self.next_tick());
        let Some(job) = &mut self.tables.job else {
            return;
        };
        let attempt = Attempt {
            id,
            worker: pick.worker,
            backup: pick.backup_of.is_some(),
            told: id.0,
        };
        let lost = match pick.task {
            TaskId::Map(number) => {
                let task = &mut job.maps[usize::from(number)];
                task.attempts.push(attempt);
                task.runs += 1;
                task.lost
            }
            TaskId::Reduce(number) => {
                let task = &mut job.reduces[usize::from(number)];
                task.attempts.push(attempt);
                task.runs += 1;
                task.lost
            }
        };
        let (task, worker) = (pick.task, pick.worker);
        if let Some(slow) = pick.backup_of {
            cx.tell(Fact::BackupStarted { task, worker, slow });
        } else if let Some(lost) = lost {
            cx.tell(Fact::Redone { task, worker, lost });
        }
        cx.send(worker, assignment(job, id.0, task, id), pick.reason);
        self.unsaved = true;
    }
}

/// The message that assigns an execution of a task, for the first time or again.
pub(crate) fn assignment(job: &Job, tick: u64, task: TaskId, attempt: AttemptId) -> Message {
    match task {
        TaskId::Map(map) => Message::AssignMap {
            tick,
            job: job.id,
            kind: job.plan.kind,
            map,
            attempt,
        },
        TaskId::Reduce(partition) => Message::AssignReduce {
            tick,
            job: job.id,
            kind: job.plan.kind,
            partition,
            attempt,
            maps: job.maps.len() as u16,
            outputs: job.outputs().collect(),
        },
    }
}

impl Tables {
    /// Whether there is an assignment to make.
    pub(crate) fn has_pick(&self, config: &MapReduceConfig) -> bool {
        self.pick(config).is_some()
    }

    /// The next assignment: map tasks first, then reduce tasks, then backups.
    fn pick(&self, config: &MapReduceConfig) -> Option<Pick> {
        let job = self.job.as_ref()?;
        let has = |node: NodeId, reduce: bool| {
            job.running().any(|(task, attempt)| {
                attempt.worker == node && matches!(task, TaskId::Reduce(_)) == reduce
            })
        };
        // Who has nothing at all to do comes first.
        let free = |reduce: bool| {
            let alive = self.workers.iter().filter(|worker| worker.alive);
            let nodes = alive.map(|worker| worker.node);
            let mut free: Vec<NodeId> = nodes.filter(|node| !has(*node, reduce)).collect();
            free.sort_by_key(|node| has(*node, !reduce));
            free.into_iter()
        };
        pick_map(job, config, || free(false))
            .or_else(|| pick_reduce(job, free(true).next()?))
            .or_else(|| pick_backup(job, config, free(false), free(true)))
    }
}

/// An idle map task: first for a worker whose disk holds its split, then for any.
fn pick_map<I: Iterator<Item = NodeId>>(
    job: &Job,
    config: &MapReduceConfig,
    free: impl Fn() -> I,
) -> Option<Pick> {
    let idle = || {
        let tasks = (0..).zip(&job.maps);
        tasks.filter(|(_, task)| task.progress() == Progress::Idle)
    };
    let near = config.locality.then(|| {
        let mut pairs = free().flat_map(|worker| idle().map(move |(number, _)| (worker, number)));
        pairs.find(|(worker, number)| config.holds(*worker, *number))
    });
    let (worker, number) = match near.flatten() {
        Some(found) => found,
        None => (free().next()?, idle().next()?.0),
    };
    let task = TaskId::Map(number);
    let holds = config.holds(worker, number);
    let reason = match job.maps[usize::from(number)].lost {
        Some(lost) => Reason::AssignsAnew {
            to: worker,
            task,
            lost,
        },
        None if holds => Reason::AssignsNear { to: worker, task },
        None if config.locality => Reason::AssignsFar { to: worker, task },
        None => Reason::AssignsAny { to: worker, task },
    };
    Some(Pick {
        task,
        worker,
        backup_of: None,
        reason,
    })
}

/// An idle reduce task, once there is something to fetch.
fn pick_reduce(job: &Job, worker: NodeId) -> Option<Pick> {
    if !job.has_output() {
        return None;
    }
    let mut tasks = (0..).zip(&job.reduces);
    let (number, idle) = tasks.find(|(_, task)| task.progress() == Progress::Idle)?;
    let task = TaskId::Reduce(number);
    let reason = match idle.lost {
        Some(lost) => Reason::AssignsAnew {
            to: worker,
            task,
            lost,
        },
        None => Reason::AssignsReduce { to: worker, task },
    };
    Some(Pick {
        task,
        worker,
        backup_of: None,
        reason,
    })
}

/// A second execution of a task that is still in progress when its phase is close to its end.
fn pick_backup(
    job: &Job,
    config: &MapReduceConfig,
    for_maps: impl Iterator<Item = NodeId>,
    for_reduces: impl Iterator<Item = NodeId>,
) -> Option<Pick> {
    if !config.backups {
        return None;
    }
    let maps = (0..).zip(&job.maps);
    let maps = maps.map(|(number, task)| (TaskId::Map(number), task.progress(), &task.attempts));
    let reduces = (0..).zip(&job.reduces);
    let reduces =
        reduces.map(|(number, task)| (TaskId::Reduce(number), task.progress(), &task.attempts));
    second(maps.collect(), config, for_maps)
        .or_else(|| second(reduces.collect(), config, for_reduces))
}

/// How many tasks of a phase of so many must be completed before there are backups.
pub(crate) const fn backup_from(of: u64, config: &MapReduceConfig) -> u64 {
    (of * config.backup_permille).div_ceil(1000)
}

fn second(
    phase: Vec<(TaskId, Progress, &Vec<Attempt>)>,
    config: &MapReduceConfig,
    mut free: impl Iterator<Item = NodeId>,
) -> Option<Pick> {
    let of = phase.len() as u64;
    let with = |state| {
        phase
            .iter()
            .filter(move |(_, progress, _)| *progress == state)
    };
    let done = with(Progress::Completed).count() as u64;
    if with(Progress::Idle).next().is_some() || done < backup_from(of, config) {
        return None;
    }
    let (task, _, attempts) = with(Progress::InProgress).find(|(_, _, all)| all.len() == 1)?;
    let slow = attempts[0].worker;
    let worker = free.find(|worker| *worker != slow)?;
    Some(Pick {
        task: *task,
        worker,
        backup_of: Some(slow),
        reason: Reason::AssignsBackup {
            to: worker,
            task: *task,
            slow,
            done,
            of,
        },
    })
}
