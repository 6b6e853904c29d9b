//! What the charts are made of: tasks completed and bytes shuffled over time, the sizes of the partitions, and the output so far.

use crate::config::MapReduceConfig;
use crate::fact::Fact;
use crate::files::Output;
use crate::job::JobKind;
use crate::node::Node;
use crate::reducer::Stage;
use protocol::{Arg, Axis, Look, Picture, Row, Series, SharedVec, Stroke, Unit};

/// So many of the newest changes are drawn,
const POINTS_MAX: u64 = 400;
/// and so many rows of the output.
const ROWS_MAX: usize = 12;

/// What was counted.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// (time, map tasks completed, reduce tasks completed) at every change.
    progress: SharedVec<(u64, u64, u64)>,
    /// (time, bytes) at every change: the sum over all workers and all their processes.
    shuffled: SharedVec<(u64, u64)>,
    /// What each worker's counter said last.
    counters: Vec<u64>,
    /// How many pairs and bytes each partition of the newest job had when it was reduced; by partition.
    sizes: Vec<(u64, u64)>,
    /// What the newest job computes.
    kind: Option<JobKind>,
    /// Its output files so far.
    output: Vec<Output>,
}

impl Tally {
    /// Looks after a step.
    pub(crate) fn count(&mut self, look: &Look<'_, Node>) {
        for (_, fact) in look.facts {
            if let Fact::JobStarted { kind, .. } = fact {
                self.kind = Some(*kind);
                self.sizes.clear();
                self.output.clear();
            }
        }
        let changed = look.changed.map(|node| node.index());
        let Some(place) = changed else { return };
        match look.nodes.get(place) {
            Some(Some(Node::Master(master))) => {
                if let Some(job) = &master.tables().job {
                    self.at(look.now_us, job.maps_done(), job.reduces_done());
                }
                for (_, fact) in look.facts {
                    if let Fact::JobCompleted { files, .. } = fact {
                        let maps = self.progress.last().map_or(0, |point| point.1);
                        self.at(look.now_us, maps, *files);
                    }
                }
            }
            Some(Some(Node::Worker(worker))) => {
                if self.counters.len() <= place {
                    self.counters.resize(place + 1, 0);
                }
                // A new process counts from zero.
                let before = self.counters[place].min(worker.fetched_bytes);
                self.counters[place] = worker.fetched_bytes;
                if worker.fetched_bytes > before {
                    let sum = self.shuffled.last().map_or(0, |point| point.1);
                    self.shuffled
                        .push((look.now_us, sum + worker.fetched_bytes - before));
                }
                if let Some(work) = &worker.reduce
                    && matches!(work.stage, Stage::Reducing(_))
                {
                    let partition = usize::from(work.partition);
                    if self.sizes.len() <= partition {
                        self.sizes.resize(partition + 1, (0, 0));
                    }
                    self.sizes[partition] = (work.pairs(), work.bytes());
                }
            }
            Some(Some(Node::Files(files))) => {
                if let Some(job) = files.files().jobs().next_back() {
                    let finished = files.files().finished(job);
                    if finished != self.output {
                        self.output = finished.to_vec();
                    }
                }
            }
            _ => {}
        }
    }

    fn at(&mut self, now_us: u64, maps: u64, reduces: u64) {
        let before = self
            .progress
            .last()
            .map(|(_, maps, reduces)| (*maps, *reduces));
        if before != Some((maps, reduces)) {
            self.progress.push((now_us, maps, reduces));
        }
    }
}

/// The charts, and the first rows of the output.
pub(crate) fn pictures(config: &MapReduceConfig, tally: &Tally) -> Vec<Picture> {
    let time = || Axis {
        name: "axis.time".into(),
        unit: Unit::Us,
    };
    let count = |name: &'static str| Axis {
        name: name.into(),
        unit: Unit::Count,
    };
    let series = |name: &'static str, stroke, points| Series {
        name: Arg::Word(name.into()),
        stroke,
        points,
    };
    let progress = |of: fn(&(u64, u64, u64)) -> u64| -> Vec<(u64, u64)> {
        let from = tally.progress.len().saturating_sub(POINTS_MAX);
        let points = tally.progress.iter_from(from);
        points.map(|point| (point.0, of(point))).collect()
    };
    let from = tally.shuffled.len().saturating_sub(POINTS_MAX);
    let shuffled = tally.shuffled.iter_from(from).copied().collect();
    let sizes = (1..).zip(tally.sizes.iter().map(|size| size.1)).collect();
    vec![
        output(tally.kind.unwrap_or_else(|| config.kind()), &tally.output),
        partitions(&tally.sizes),
        Picture::Chart {
            title: "picture.progress".into(),
            x: time(),
            y: count("axis.tasks"),
            series: vec![
                series("series.maps", Stroke::Steps, progress(|point| point.1)),
                series("series.reduces", Stroke::Steps, progress(|point| point.2)),
            ],
        },
        Picture::Chart {
            title: "picture.shuffled".into(),
            x: time(),
            y: count("axis.bytes"),
            series: vec![series("series.shuffled", Stroke::Steps, shuffled)],
        },
        Picture::Chart {
            title: "picture.sizes".into(),
            x: count("axis.partition"),
            y: count("axis.bytes"),
            series: vec![series("series.size", Stroke::Bars, sizes)],
        },
    ]
}

/// What each partition had to reduce.
fn partitions(sizes: &[(u64, u64)]) -> Picture {
    let row = |(number, (pairs, bytes)): (u64, &(u64, u64))| {
        Row::plain(vec![Arg::Int(number), Arg::Int(*pairs), Arg::Int(*bytes)])
    };
    Picture::Table {
        title: "picture.partitions".into(),
        head: vec![
            "head.partition".into(),
            "head.pairs".into(),
            "head.bytes".into(),
        ],
        rows: (1..).zip(sizes).map(row).collect(),
    }
}

/// The first rows of the output: of a word count, the words that are most frequent so far.
fn output(kind: JobKind, files: &[Output]) -> Picture {
    let rows = files.iter().flat_map(|file| {
        let partition = u64::from(file.partition) + 1;
        file.rows().map(move |row| (partition, row))
    });
    let mut rows: Vec<_> = rows.collect();
    match kind {
        // The longer number is the greater one.
        JobKind::WordCount => rows.sort_by(|(_, one), (_, other)| {
            let size = |row: &crate::OutputRow| (row.value.len(), row.value.clone());
            size(other).cmp(&size(one)).then(one.key.cmp(&other.key))
        }),
        JobKind::Sort => {}
        JobKind::InvertedIndex | JobKind::Join => rows.sort_by_key(|(_, row)| *row),
    }
    let row = |(partition, row): &(u64, &crate::OutputRow)| {
        Row::plain(vec![
            Arg::Text(protocol::beginning(&row.key, 24)),
            Arg::Text(protocol::beginning(&row.value, 40)),
            Arg::Int(*partition),
        ])
    };
    Picture::Table {
        title: "picture.output".into(),
        head: vec!["head.key".into(), "head.value".into(), "head.file".into()],
        rows: rows.iter().take(ROWS_MAX).map(row).collect(),
    }
}
