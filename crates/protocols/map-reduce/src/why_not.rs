//! Why not: why a job is not done, why a task is assigned to nobody or not completed, why a worker has nothing to do. Everything is
//! read off the nodes as they stand, as an observer sees them; nothing here is known to a node.

use crate::client::Client;
use crate::config::MapReduceConfig;
use crate::master::{Job, Master, Tables};
use crate::node::Node;
use crate::reducer::Stage;
use crate::schedule::backup_from;
use crate::task::{Attempt, Progress, TaskId};
use crate::worker::{PIECES, Worker};
use protocol::{NodeId, Phrase, WhyNot};

/// What may be asked of `node`.
pub(crate) fn why_not(
    config: &MapReduceConfig,
    nodes: &[Option<Node>],
    node: NodeId,
) -> Vec<WhyNot> {
    let sight = Sight { config, nodes };
    let is_worker = config.worker_number(node).is_some();
    match sight.node(node) {
        Some(Node::Master(master)) => sight.not_completed(&master.tables),
        Some(Node::Worker(worker)) => sight.of_worker(node, worker),
        Some(Node::Client(client)) => sight.job_not_done(node, client).into_iter().collect(),
        None if is_worker => vec![down("question.idle", node)],
        None if node == MapReduceConfig::MASTER => vec![down("question.assigns-nothing", node)],
        Some(Node::Files(_)) | None => Vec::new(),
    }
}

fn down(question: &'static str, node: NodeId) -> WhyNot {
    let of = |key| Phrase::new(key).node("node", node);
    WhyNot::new(of(question)).guard(false, of("guard.down"))
}

/// With a guard that holds if so many are as many as there have to be.
fn so_many(phrase: Phrase, done: u64, of: u64) -> (bool, Phrase) {
    (done >= of, phrase.int("done", done).int("of", of))
}

/// The nodes, as an observer sees them.
#[derive(Clone, Copy)]
struct Sight<'a> {
    config: &'a MapReduceConfig,
    nodes: &'a [Option<Node>],
}

impl<'a> Sight<'a> {
    fn node(self, id: NodeId) -> Option<&'a Node> {
        self.nodes.get(id.index())?.as_ref()
    }

    fn master(self) -> Option<&'a Master> {
        match self.node(MapReduceConfig::MASTER)? {
            Node::Master(master) => Some(master),
            _ => None,
        }
    }

    fn worker(self, id: NodeId) -> Option<&'a Worker> {
        match self.node(id)? {
            Node::Worker(worker) => Some(worker),
            _ => None,
        }
    }

    // ---- a client's job ----

    fn job_not_done(self, me: NodeId, client: &Client) -> Option<WhyNot> {
        let (id, accepted) = client.awaited()?;
        let of = |key| {
            Phrase::new(key)
                .node("node", me)
                .node("master", MapReduceConfig::MASTER)
        };
        let why = WhyNot::new(of("question.job-not-done"));
        let Some(master) = self.master() else {
            return Some(why.guard(false, of("guard.master-down")));
        };
        let tables = &master.tables;
        let in_progress = tables.job.as_ref();
        if tables.finished.iter().any(|finished| finished.job == id) {
            let answer = of("guard.answer-on-its-way").us("timeout", self.config.client_timeout_us);
            return Some(why.guard(true, of("guard.job-done")).guard(false, answer));
        }
        if let Some(job) = in_progress.filter(|job| job.id == id) {
            return Some(phases(why.guard(true, of("guard.job-in-progress")), job));
        }
        let place = tables.waiting.iter().position(|waits| waits.job == id);
        Some(match (place, in_progress) {
            (Some(place), Some(job)) => {
                let waits = of("guard.job-waits").int("place", place as u64 + 1);
                why.guard(false, waits.node("other", job.id.client))
            }
            _ if accepted => why.guard(false, of("guard.job-lost")),
            _ => why.guard(false, of("guard.job-not-here")),
        })
    }

    // ---- the master's tasks ----

    /// The first task that nobody has, and the first in progress.
    fn not_completed(self, tables: &Tables) -> Vec<WhyNot> {
        let Some(job) = &tables.job else {
            return Vec::new();
        };
        let maps = (0..)
            .map(TaskId::Map)
            .zip(job.maps.iter().map(|task| task.progress()));
        let reduces = job.reduces.iter().map(|task| task.progress());
        let mut tasks = maps.chain((0..).map(TaskId::Reduce).zip(reduces));
        let idle = tasks.find(|(_, progress)| *progress == Progress::Idle);
        let running = job.incomplete().next();
        let idle = idle.map(|(task, _)| self.assigned_to_nobody(tables, job, task));
        let running = running.map(|(task, attempt)| self.task_not_completed(job, task, attempt));
        idle.into_iter().chain(running).collect()
    }

    fn assigned_to_nobody(self, tables: &Tables, job: &Job, task: TaskId) -> WhyNot {
        let of = |key| {
            Phrase::new(key)
                .text("task", task.label())
                .node("master", MapReduceConfig::MASTER)
        };
        let why = WhyNot::new(of("question.task-idle"));
        let is_reduce = matches!(task, TaskId::Reduce(_));
        if is_reduce && !job.has_output() {
            return why.guard(false, of("guard.nothing-to-fetch").by("fetch"));
        }
        // Whoever has room gets a task at once: if there is an idle one, nobody has.
        let of_kind = |alive| {
            let entries = tables
                .workers
                .iter()
                .filter(move |entry| entry.alive == alive);
            entries.map(|entry| entry.node).collect::<Vec<_>>()
        };
        let (busy, failed) = (of_kind(true), of_kind(false));
        let mut why = why;
        if !busy.is_empty() {
            let key = if is_reduce {
                "guard.all-reduce"
            } else {
                "guard.all-map"
            };
            why = why.guard(false, of(key).nodes("workers", busy).by("idle-workers"));
        }
        if !failed.is_empty() {
            let failed = of("guard.marked-as-failed").nodes("workers", failed);
            why = why.guard(false, failed.by("ping"));
        }
        why
    }

    /// How far an execution is at its worker.
    fn task_not_completed(self, job: &Job, task: TaskId, attempt: Attempt) -> WhyNot {
        let at = attempt.worker;
        let of = |key| {
            Phrase::new(key)
                .text("task", task.label())
                .node("worker", at)
        };
        let why = WhyNot::new(of("question.task-not-completed"));
        let Some(worker) = self.worker(at) else {
            let fallen = of("guard.worker-down").us("timeout", self.config.worker_timeout_us);
            return why.guard(false, fallen.by("ping"));
        };
        let why = why.guard(true, of("guard.worker-up"));
        let map = worker
            .map
            .as_ref()
            .filter(|work| work.attempt == attempt.id);
        if let Some(work) = map {
            let why = why.guard(true, of("guard.has-task"));
            if !work.ready {
                return self.with_files(why.guard(false, of("guard.reads-split")));
            }
            let maps = if work.slowness > 1 {
                let slowly = of("guard.maps-slowly").int("slowness", work.slowness);
                slowly.by("straggler")
            } else {
                of("guard.maps").by("map")
            };
            let (done, says) = so_many(maps, work.done.into(), PIECES.into());
            return why.guard(done, says);
        }
        let reduce = worker
            .reduce
            .as_ref()
            .filter(|work| work.attempt == attempt.id);
        let Some(work) = reduce else {
            return why.guard(false, of("guard.does-not-have-task"));
        };
        let why = why.guard(true, of("guard.has-task"));
        match &work.stage {
            Stage::Fetching => {
                let maps = (job.maps_done(), job.maps.len() as u64);
                let (all, says) = so_many(of("guard.map-phase"), maps.0, maps.1);
                let (here, fetched) = so_many(of("guard.fetches"), work.have(), maps.1);
                why.guard(all, says).guard(here, fetched.by("fetch"))
            }
            Stage::Reducing(done) => {
                let (done, says) = so_many(of("guard.reduces"), (*done).into(), PIECES.into());
                why.guard(done, says)
            }
            Stage::Writing { pieces, written } => {
                let written = of("guard.writes")
                    .int("done", (*written).into())
                    .int("of", pieces.len() as u64);
                self.with_files(why.guard(false, written.by("rename")))
            }
        }
    }

    /// What waits for the file system waits for it to be up.
    fn with_files(self, why: WhyNot) -> WhyNot {
        if self.node(MapReduceConfig::FILES).is_some() {
            return why;
        }
        let files = Phrase::new("guard.files-down").node("files", MapReduceConfig::FILES);
        why.guard(false, files)
    }

    // ---- a worker ----

    fn of_worker(self, me: NodeId, worker: &Worker) -> Vec<WhyNot> {
        if worker.map.is_none() && worker.reduce.is_none() {
            return vec![self.idle(me)];
        }
        let job = self.master().and_then(|master| master.tables.job.as_ref());
        let mine = job.into_iter().flat_map(|job| {
            let mine = job.incomplete().filter(|(_, attempt)| attempt.worker == me);
            mine.map(|(task, attempt)| self.task_not_completed(job, task, attempt))
        });
        mine.collect()
    }

    fn idle(self, me: NodeId) -> WhyNot {
        let of = |key| {
            Phrase::new(key)
                .node("node", me)
                .node("master", MapReduceConfig::MASTER)
        };
        let why = WhyNot::new(of("question.idle"));
        let Some(master) = self.master() else {
            return why.guard(false, of("guard.master-down"));
        };
        let tables = &master.tables;
        let Some(job) = &tables.job else {
            return why.guard(false, of("guard.no-job"));
        };
        if let Some((task, _)) = job.running().find(|(_, attempt)| attempt.worker == me) {
            let on_its_way = of("guard.assignment-on-its-way").text("task", task.label());
            return why.guard(false, on_its_way.us("every", self.config.ping_us));
        }
        let failed = tables
            .workers
            .iter()
            .any(|entry| entry.node == me && !entry.alive);
        if failed {
            return why.guard(false, of("guard.counts-as-failed").by("ping"));
        }
        self.nothing_for(
            why.guard(true, of("guard.counts-as-alive")),
            tables,
            job,
            &of,
        )
    }

    /// Why there is no task for somebody who has room for any.
    fn nothing_for(
        self,
        why: WhyNot,
        tables: &Tables,
        job: &Job,
        of: &impl Fn(&'static str) -> Phrase,
    ) -> WhyNot {
        if tables.has_pick(self.config) {
            return why.guard(false, of("guard.assigns-next"));
        }
        let maps: Vec<Progress> = job.maps.iter().map(|task| task.progress()).collect();
        let reduces: Vec<Progress> = job.reduces.iter().map(|task| task.progress()).collect();
        let idle = |phase: &[Progress]| phase.contains(&Progress::Idle);
        let (maps_done, maps_all) = (job.maps_done(), maps.len() as u64);
        let mut why = why;
        if !idle(&maps) {
            let (_, none) = so_many(of("guard.no-map-idle"), maps_done, maps_all);
            why = why.guard(false, none);
        }
        if !idle(&reduces) {
            let (_, none) = so_many(
                of("guard.no-reduce-idle"),
                job.reduces_done(),
                reduces.len() as u64,
            );
            why = why.guard(false, none);
        } else if !job.has_output() {
            why = why.guard(false, of("guard.nothing-to-fetch").by("fetch"));
        }
        let (done, all) = if maps_done < maps_all {
            (maps_done, maps_all)
        } else {
            (job.reduces_done(), reduces.len() as u64)
        };
        let need = backup_from(all, self.config);
        let says = if !self.config.backups {
            of("guard.backups-off")
        } else if done < need {
            let early = of("guard.too-early-for-backups").int("need", need);
            so_many(early, done, all).1
        } else {
            of("guard.no-backup-for")
        };
        why.guard(false, says.by("backup"))
    }
}

/// How far the phases of a job are.
fn phases(why: WhyNot, job: &Job) -> WhyNot {
    let maps = (job.maps_done(), job.maps.len() as u64);
    let reduces = (job.reduces_done(), job.reduces.len() as u64);
    let master = |key| Phrase::new(key).node("master", MapReduceConfig::MASTER);
    let (mapped, says) = so_many(master("guard.maps-completed"), maps.0, maps.1);
    let why = why.guard(mapped, says.by("map"));
    let (reduced, says) = so_many(master("guard.reduces-completed"), reduces.0, reduces.1);
    why.guard(reduced, says.by("reduce"))
}
