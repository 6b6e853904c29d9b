//! A protocol's own pictures of its state: logs, tables, queues, rings, trees, gauges, charts. What is in them, never how they are drawn.

use crate::{Arg, NodeId, Unit};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// One voter's answer, as a candidate knows it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ballot {
    /// Granted.
    Got,
    /// Refused.
    Refused,
    /// Not yet heard.
    Waiting,
}

/// One cell of a log.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct LogCell {
    /// The epoch that the entry is from; it gives the cell its hue.
    pub epoch: u64,
    /// A few characters: `x←3`.
    pub label: String,
}

impl LogCell {
    /// A place of the log that this node knows nothing of, though it knows later ones: drawn as missing.
    pub const GAP: Self = Self {
        epoch: 0,
        label: String::new(),
    };

    /// Whether it is [`Self::GAP`].
    pub const fn is_gap(&self) -> bool {
        self.epoch == 0 && self.label.is_empty()
    }
}

/// A protocol's own picture of a node's state.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Picture {
    /// A replicated log.
    Log {
        /// The index of the first cell (entries before it are gone or compacted).
        first: u64,
        /// The entries from `first` on.
        cells: Vec<LogCell>,
        /// Everything up to this index is committed, as the node knows it.
        committed: u64,
        /// Everything up to this index is applied.
        applied: u64,
        /// What the leader knows of each follower: (node, match index, next index). Empty elsewhere.
        followers: Vec<(NodeId, u64, u64)>,
    },
    /// The votes of a candidate, by voter.
    Votes(Vec<(NodeId, Ballot)>),
    /// Rows and columns: a state machine's contents, a table of locks, the servers that a decision looked at.
    Table {
        /// The key of the title in the word catalogue.
        title: Cow<'static, str>,
        /// The keys of the columns' heads; empty where none is needed.
        head: Vec<Cow<'static, str>>,
        /// The rows, each as long as the head where there is one.
        rows: Vec<Row>,
    },
    /// What waits, first come first: jobs, messages, tasks.
    Queue {
        /// The key of the title.
        title: Cow<'static, str>,
        /// What waits, the next one first. What is being worked on has [`QueueItem::done_permille`].
        items: Vec<QueueItem>,
        /// How many there is room for; `None`: without bound.
        room: Option<u64>,
    },
    /// Points on a circle: a ring of hashes, of identifiers.
    Ring {
        /// The key of the title.
        title: Cow<'static, str>,
        /// The points, in any order.
        points: Vec<RingPoint>,
    },
    /// A tree: pages, splits, tasks.
    Tree {
        /// The key of the title.
        title: Cow<'static, str>,
        /// The items; each stands behind its parent.
        items: Vec<TreeItem>,
    },
    /// One value on a scale.
    Gauge {
        /// The key of the title.
        title: Cow<'static, str>,
        /// The value.
        value: u64,
        /// The end of the scale; `None`: it grows with the value.
        max: Option<u64>,
        /// What the value counts.
        unit: Unit,
    },
    /// Curves over a common axis.
    Chart {
        /// The key of the title.
        title: Cow<'static, str>,
        /// The horizontal axis.
        x: Axis,
        /// The vertical axis; it begins at 0.
        y: Axis,
        /// The curves.
        series: Vec<Series>,
    },
}

impl Picture {
    /// A table of names and values without a head.
    pub fn pairs<K: Into<String>, V: Into<String>>(
        title: &'static str,
        rows: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let rows = rows.into_iter();
        let row =
            |(key, value): (K, V)| Row::plain(vec![Arg::Text(key.into()), Arg::Text(value.into())]);
        Self::Table {
            title: title.into(),
            head: Vec::new(),
            rows: rows.map(row).collect(),
        }
    }
}

/// How much something stands out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    /// As the rest.
    #[default]
    Plain,
    /// Less: not in use, over, out of the running.
    Faint,
    /// More: chosen, now.
    Strong,
}

/// A row of a table.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Row {
    /// Its values; a number stands at the right.
    pub cells: Vec<Arg>,
    /// How much it stands out.
    #[serde(default)]
    pub tone: Tone,
}

impl Row {
    /// A row like the rest.
    pub const fn plain(cells: Vec<Arg>) -> Self {
        Self {
            cells,
            tone: Tone::Plain,
        }
    }
}

/// Something in a queue.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct QueueItem {
    /// A few characters.
    pub label: String,
    /// The answer to the question of [`crate::Hue`], if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u64>,
    /// How far the work on it is, in thousandths; `None`: it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_permille: Option<u16>,
}

/// A point on a circle.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct RingPoint {
    /// Where: in parts of the whole circle, which has 2^64.
    pub at: u64,
    /// A few characters.
    pub label: String,
    /// The node that it belongs to; `None`: a key, a request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeId>,
    /// How much it stands out.
    #[serde(default)]
    pub tone: Tone,
}

/// A part of a tree.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct TreeItem {
    /// The place of its parent among the items; `None`: a root.
    pub parent: Option<u32>,
    /// A few characters.
    pub label: String,
    /// The answer to the question of [`crate::Hue`], if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u64>,
    /// How much it stands out.
    #[serde(default)]
    pub tone: Tone,
}

/// An axis of a chart.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Axis {
    /// The key of its name.
    pub name: Cow<'static, str>,
    /// What its numbers count.
    pub unit: Unit,
}

/// A curve of a chart.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Series {
    /// Its name in the legend.
    pub name: Arg,
    /// How it is drawn.
    pub stroke: Stroke,
    /// Its points, by growing x.
    pub points: Vec<(u64, u64)>,
}

/// How a curve is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stroke {
    /// A line from point to point: something measured over time.
    #[default]
    Line,
    /// A value that stays until the next point.
    Steps,
    /// Dots: single measurements.
    Dots,
    /// A dashed line: what a formula says.
    Theory,
    /// Bars from the axis.
    Bars,
}
