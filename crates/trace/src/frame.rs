//! A frame: everything that the views show of one moment, as meaning. One is made per step, not per repaint.

use protocol::{Layout, MessageView, Name, NodeId, NodeKind, NodeView};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Whether a node runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeStatus {
    /// It runs.
    Up,
    /// It is down; its disk remains.
    Crashed,
    /// It stands still and keeps its memory.
    Paused,
    /// It left for good.
    Removed,
}

/// A timer that is set.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TimerFrame {
    /// Its id.
    pub timer: Cow<'static, str>,
    /// When it was set, in virtual time.
    pub set_us: u64,
    /// The earliest it may fire.
    pub earliest_us: u64,
    /// When it will fire.
    pub due_us: u64,
    /// The latest it may fire by itself.
    pub latest_us: u64,
}

/// A node at one moment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NodeFrame {
    /// Which.
    pub id: NodeId,
    /// Its label.
    pub label: String,
    /// Its kind.
    pub kind: NodeKind,
    /// Its tier in the layout.
    #[serde(default)]
    pub tier: u8,
    /// Whether it runs.
    pub status: NodeStatus,
    /// What it shows; while it is down, what it last showed.
    pub view: NodeView,
    /// Its timers, the next one first.
    pub timers: Vec<TimerFrame>,
    /// How many writes are not yet durable.
    pub unsaved: u32,
    /// How many sends and answers wait for them.
    pub waiting: u32,
    /// The drift of its clock, in parts per million.
    pub drift_ppm: i32,
    /// The offset of its wall clock, in microseconds.
    pub offset_us: i64,
}

/// How a flight ends, as far as is known at the cursor.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlightEnd {
    /// It arrives.
    Arrives,
    /// It will be lost: it fades in mid-flight.
    Lost,
    /// It bursts at the cut.
    Cut,
    /// Somebody dropped it: it falls off the stage.
    Dropped,
    /// It reached a node that is down, and bounces.
    Bounced,
}

/// A message on the stage.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Flight {
    /// Its name; copies of one message differ by `copy`.
    pub name: Name,
    /// Which copy, from 0.
    pub copy: u32,
    /// Its sender.
    pub from: NodeId,
    /// Its addressee.
    pub to: NodeId,
    /// What it shows.
    pub view: MessageView,
    /// When it was sent.
    pub sent_us: u64,
    /// When it arrives, or would have.
    pub due_us: u64,
    /// How it ends.
    pub end: FlightEnd,
    /// When it ended, if it has: dropped, bounced, burst or lost.
    pub ended_us: Option<u64>,
    /// Whether it is held back.
    pub held: bool,
    /// Whether it is the very next thing that will happen.
    pub next: bool,
}

/// A cut between two groups.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Cut {
    /// These nodes.
    pub from: Vec<NodeId>,
    /// Cannot reach these.
    pub to: Vec<NodeId>,
    /// Nor the other way round.
    pub both: bool,
}

/// One moment, whole.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Frame {
    /// After this step; 0 is before the first.
    pub step: u64,
    /// Its virtual time, in microseconds.
    pub now_us: u64,
    /// When the next event is due, if there is one: until then nothing changes but positions.
    pub next_us: Option<u64>,
    /// The node of the next event, for the mark on the stage.
    pub next_node: Option<NodeId>,
    /// The shape in which the nodes stand.
    #[serde(default)]
    pub layout: Layout,
    /// The nodes, by id.
    pub nodes: Vec<NodeFrame>,
    /// The messages: in flight, and those that ended a short while ago.
    pub flights: Vec<Flight>,
    /// The cuts.
    pub cuts: Vec<Cut>,
}
