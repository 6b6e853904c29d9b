//! Everything that can happen next, as data: what can be clicked is exactly what can be searched, scripted, shared and replayed.

use protocol::{Name, NodeId, NodeKind};
use serde::{Deserialize, Serialize};

/// One thing that can happen.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A message in flight arrives now.
    Deliver(Name),
    /// A message in flight is dropped.
    Drop(Name),
    /// A message in flight gets a second copy.
    Duplicate(Name),
    /// A message is pinned: it does not arrive until it is released.
    Hold(Name),
    /// A held message goes on.
    Release(Name),
    /// A timer fires; never before the least of its range, so `now` moves there if need be.
    Fire {
        /// At which node.
        node: NodeId,
        /// Which timer: its index.
        timer: u8,
    },
    /// The oldest unsaved write of a node becomes durable now.
    Save(NodeId),
    /// A client's next operation of the workload arrives now.
    Arrive(NodeId),
    /// A node crashes; the oldest `keep` of its unsaved writes reach the disk, the next one possibly in part.
    Crash {
        /// Which node.
        node: NodeId,
        /// How many of its unsaved writes survive.
        #[serde(default)]
        keep: u32,
        /// Whether the next one is torn: as much of it survives as the protocol says.
        #[serde(default)]
        torn: bool,
    },
    /// A node that is down boots from its disk.
    Restart(NodeId),
    /// A node stands still and keeps its memory.
    Pause(NodeId),
    /// A paused node goes on.
    Resume(NodeId),
    /// The disk of a node that is down is lost.
    Erase(NodeId),
    /// Links are cut, and what is in flight on them is lost.
    Cut {
        /// From these nodes.
        from: Vec<NodeId>,
        /// To these.
        to: Vec<NodeId>,
        /// And back.
        both: bool,
    },
    /// Every cut is healed.
    Heal,
    /// A node's clock drifts and its wall clock jumps.
    Skew {
        /// Which node.
        node: NodeId,
        /// Parts per million that its clock gains; from -500,000 to 1,000,000.
        drift_ppm: i32,
        /// What its wall clock is off by, in microseconds.
        offset_us: i64,
    },
    /// A live parameter changes.
    Set {
        /// Its key.
        key: String,
        /// Its value, as text.
        value: String,
    },
    /// A person asks a client for an operation.
    Ask {
        /// Which client.
        client: NodeId,
        /// The operation's id.
        op: String,
        /// Its fields, in order.
        fields: Vec<String>,
    },
    /// A decision of an event to come is overridden.
    Choose {
        /// The event.
        event: Name,
        /// What it decides.
        purpose: u64,
        /// The outcome, from 0.
        outcome: u32,
    },
    /// A client joins the stage.
    Add(NodeKind),
    /// A node leaves for good.
    Remove(NodeId),
}

impl Action {
    /// Whether it takes something that waits to happen anyway, at another place in the order.
    pub const fn is_pick(&self) -> bool {
        matches!(
            self,
            Self::Deliver(_) | Self::Fire { .. } | Self::Save(_) | Self::Arrive(_)
        )
    }
}
