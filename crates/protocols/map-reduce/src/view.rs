//! What nodes show of themselves.

use crate::client::Client;
use crate::config::MapReduceConfig;
use crate::files::{FileSystem, Output};
use crate::job::{Pair, grouped};
use crate::mapper::MapWork;
use crate::master::{Job, Master};
use crate::reducer::{ReduceWork, Stage};
use crate::task::{Attempt, Progress, TaskId};
use crate::worker::{PIECES, Worker};
use protocol::{
    Arg, Load, NodeId, NodeView, Phrase, Picture, QueueItem, Ring, Row, Tone, TreeItem,
};

/// So many rows of a table of data are shown,
const ROWS_MAX: usize = 12;
/// and so much of a text.
const TEXT_MAX: usize = 40;

/// The master: its table of tasks.
pub(crate) fn master(master: &Master) -> NodeView {
    let tables = master.tables();
    let mut badges = Vec::new();
    let dead: Vec<NodeId> = tables
        .workers
        .iter()
        .filter(|worker| !worker.alive)
        .map(|worker| worker.node)
        .collect();
    if !dead.is_empty() {
        badges.push(Phrase::new("badge.failed").nodes("workers", dead));
    }
    if !tables.waiting.is_empty() {
        badges.push(Phrase::new("badge.jobs-wait").int("count", tables.waiting.len() as u64));
    }
    let job = tables.job.as_ref();
    NodeView {
        role: "role.master".into(),
        ring: Ring::Double,
        load: job.map(|job| Load {
            value: job.maps_done() + job.reduces_done(),
            max: (job.maps.len() + job.reduces.len()) as u64,
        }),
        badges,
        pictures: job.map(tasks).into_iter().collect(),
        ..NodeView::default()
    }
}

fn tasks(job: &Job) -> Picture {
    let maps = (0..).zip(&job.maps).map(|(number, task)| {
        let done = task.output.map(|output| output.worker);
        row(
            TaskId::Map(number),
            task.progress(),
            done,
            &task.attempts,
            task.runs,
        )
    });
    let reduces = (0..).zip(&job.reduces).map(|(number, task)| {
        let done = task.done.map(|(_, worker, _)| worker);
        row(
            TaskId::Reduce(number),
            task.progress(),
            done,
            &task.attempts,
            task.runs,
        )
    });
    Picture::Table {
        title: "picture.tasks".into(),
        head: vec![
            "head.task".into(),
            "head.state".into(),
            "head.worker".into(),
            "head.runs".into(),
        ],
        rows: maps.chain(reduces).collect(),
    }
}

fn row(
    task: TaskId,
    progress: Progress,
    done: Option<NodeId>,
    attempts: &[Attempt],
    runs: u32,
) -> Row {
    let (state, tone) = match progress {
        Progress::Idle => ("state.idle", Tone::Plain),
        Progress::InProgress => ("state.in-progress", Tone::Strong),
        Progress::Completed => ("state.completed", Tone::Faint),
    };
    let who = match done {
        Some(worker) => Arg::Node(worker),
        None if attempts.is_empty() => Arg::Text("–".into()),
        None => Arg::Nodes(attempts.iter().map(|attempt| attempt.worker).collect()),
    };
    Row {
        cells: vec![
            Arg::Text(task.label()),
            Arg::Word(state.into()),
            who,
            Arg::Int(runs.into()),
        ],
        tone,
    }
}

/// The partition that a worker reduces, from 1: its hue.
pub(crate) fn partition(worker: &Worker) -> Option<u64> {
    let work = worker.reduce.as_ref()?;
    Some(u64::from(work.partition) + 1)
}

/// A worker: what it is at, and the map output on its disk.
pub(crate) fn worker(worker: &Worker, config: &MapReduceConfig, me: NodeId) -> NodeView {
    let (map, reduce) = (worker.map.as_ref(), worker.reduce.as_ref());
    let mut badges = Vec::new();
    let mut items = Vec::new();
    let mut load = Load { value: 0, max: 0 };
    let mut add = |task: TaskId, epoch, done: u64, of: u64| {
        load.value += done * 100 / of.max(1);
        load.max += 100;
        items.push(QueueItem {
            label: task.label(),
            epoch,
            done_permille: Some((done * 1000 / of.max(1)) as u16),
        });
    };
    if let Some(work) = map {
        add(TaskId::Map(work.map), None, work.done.into(), PIECES.into());
        let task = TaskId::Map(work.map).label();
        badges.push(match (work.ready, work.slowness > 1) {
            (false, _) => Phrase::new("badge.reads").text("task", task),
            (true, true) => Phrase::new("badge.maps-slowly").text("task", task),
            (true, false) => Phrase::new("badge.maps").text("task", task),
        });
    }
    if let Some(work) = reduce {
        let task = TaskId::Reduce(work.partition);
        let part = |key| Phrase::new(key).text("task", task.label());
        // Fetching, reducing and writing are a third of the task each.
        let (badge, done) = match &work.stage {
            Stage::Fetching => {
                let of = u64::from(work.maps);
                let badge = part("badge.fetches").int("have", work.have()).int("of", of);
                (badge, work.have() * 100 / of.max(1))
            }
            Stage::Reducing(done) => (
                part("badge.reduces"),
                100 + u64::from(*done) * 100 / u64::from(PIECES),
            ),
            Stage::Writing { pieces, written } => {
                let of = pieces.len() as u64 + 1;
                (part("badge.writes"), 200 + u64::from(*written) * 100 / of)
            }
        };
        badges.push(badge);
        add(task, partition(worker), done, 300);
    }
    let role = match (map.is_some(), reduce.is_some()) {
        (false, false) => "role.idle",
        (true, false) => "role.mapper",
        (false, true) => "role.reducer",
        (true, true) => "role.both",
    };
    let (near, far) = worker.reads;
    let mut pictures = vec![Picture::Queue {
        title: "picture.work".into(),
        items,
        room: Some(2),
    }];
    pictures.extend(map.map(|work| split(work, config)));
    pictures.extend(reduce.map(pairs));
    pictures.push(outputs(worker));
    pictures.push(Picture::Table {
        title: "picture.disk".into(),
        head: Vec::new(),
        rows: vec![
            figure("figure.replicas", Arg::Text(replicas(config, me))),
            figure("figure.near", Arg::Int(near)),
            figure("figure.far", Arg::Int(far)),
            figure("figure.fetched", Arg::Int(worker.fetched_bytes)),
        ],
    });
    NodeView {
        role: role.into(),
        epoch: partition(worker),
        load: (load.max > 0).then_some(load),
        badges,
        pictures,
        ..NodeView::default()
    }
}

fn figure(name: &'static str, value: Arg) -> Row {
    Row::plain(vec![Arg::Word(name.into()), value])
}

/// The splits that lie on a worker's disk.
fn replicas(config: &MapReduceConfig, me: NodeId) -> String {
    let splits = config.plan(config.kind()).splits.len() as u16;
    let held = (0..splits).filter(|split| config.holds(me, *split));
    let labels: Vec<String> = held.map(|split| TaskId::Map(split).label()).collect();
    labels.join(" ")
}

/// The text that a map task has before it, by lines.
fn split(work: &MapWork, config: &MapReduceConfig) -> Picture {
    let plan = config.plan(work.kind);
    let split = plan.splits.get(usize::from(work.map));
    let (first, text) = match split.filter(|_| work.ready) {
        Some(split) => (split.line, split.of(&config.text)),
        None => (1, ""),
    };
    let lines = (u64::from(first)..).zip(text.lines());
    let row = |(number, line)| {
        let line = Arg::Text(protocol::beginning(line, TEXT_MAX));
        Row::plain(vec![Arg::Int(number), line])
    };
    Picture::Table {
        title: "picture.split".into(),
        head: vec!["head.line".into(), "head.text".into()],
        rows: lines.take(ROWS_MAX).map(row).collect(),
    }
}

/// The pairs that a reduce task has: as they come at first, and side by side by key once they are sorted.
fn pairs(work: &ReduceWork) -> Picture {
    let text = |text: &str| Arg::Text(protocol::beginning(text, TEXT_MAX));
    let (title, last, rows) = if work.stage == Stage::Fetching {
        let fetched = work.fetched.iter();
        let pairs = fetched.flat_map(|f| f.pairs.iter().map(move |pair| (f.map, pair)));
        let row = |(map, pair): (u16, &Pair)| {
            let from = TaskId::Map(map).label();
            Row::plain(vec![
                text(&pair.key),
                text(&pair.value.text()),
                Arg::Text(from),
            ])
        };
        (
            "picture.fetched",
            "head.task",
            pairs.take(ROWS_MAX).map(row).collect(),
        )
    } else {
        let row = |group: &[Pair]| {
            let values: Vec<_> = group.iter().map(|pair| pair.value.text()).collect();
            Row::plain(vec![
                text(&group[0].key),
                text(&values.join("; ")),
                Arg::Int(group.len() as u64),
            ])
        };
        let groups = grouped(&work.sorted).take(ROWS_MAX);
        ("picture.sorted", "head.pairs", groups.map(row).collect())
    };
    Picture::Table {
        title: title.into(),
        head: vec!["head.key".into(), "head.value".into(), last.into()],
        rows,
    }
}

/// The map output on a worker's disk: under each map task its regions.
fn outputs(worker: &Worker) -> Picture {
    let mut items = Vec::new();
    for output in &worker.outputs {
        let parent = items.len() as u32;
        items.push(TreeItem {
            parent: None,
            label: TaskId::Map(output.map).label(),
            epoch: None,
            tone: Tone::Strong,
        });
        let regions = (1..).zip(&output.regions);
        items.extend(regions.map(|(partition, pairs)| TreeItem {
            parent: Some(parent),
            label: format!("{}", pairs.len()),
            epoch: Some(partition),
            tone: if pairs.is_empty() {
                Tone::Faint
            } else {
                Tone::Plain
            },
        }));
    }
    Picture::Tree {
        title: "picture.map-output".into(),
        items,
    }
}

/// The file system: the output files of the newest job.
pub(crate) fn files(files: &FileSystem) -> NodeView {
    let newest = files.files().jobs().next_back();
    let mut rows = Vec::new();
    if let Some(job) = newest {
        let row = |file: &Output, state: &'static str, tone| Row {
            cells: vec![
                Arg::Int(u64::from(file.partition) + 1),
                Arg::Word(state.into()),
                Arg::Int(file.rows().count() as u64),
            ],
            tone,
        };
        let finished = files.files().finished(job).iter();
        rows.extend(finished.map(|file| row(file, "state.final", Tone::Strong)));
        let temporary = files.files().temporary(job).iter();
        rows.extend(temporary.map(|file| row(file, "state.temporary", Tone::Faint)));
    }
    NodeView {
        role: "role.files".into(),
        pictures: vec![Picture::Table {
            title: "picture.files".into(),
            head: vec!["head.file".into(), "head.state".into(), "head.rows".into()],
            rows,
        }],
        ..NodeView::default()
    }
}

/// A client: what it waits for.
pub(crate) fn client(client: &Client) -> NodeView {
    let mut badges = Vec::new();
    if let Some((kind, accepted)) = client.waits() {
        let key = if accepted {
            "badge.waits"
        } else {
            "badge.submits"
        };
        badges.push(Phrase::new(key).word("job", kind.word()));
    }
    if client.queued() > 0 {
        badges.push(Phrase::new("badge.queued").int("count", client.queued()));
    }
    NodeView {
        role: "role.client".into(),
        badges,
        ..NodeView::default()
    }
}
