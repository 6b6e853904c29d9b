//! What a scenario does, in the words of its author: `sim`'s actions with nodes and messages by what they are, not by number
//! or hash.

use crate::{Group, Messages, Who};
use protocol::NodeKind;
use serde::{Deserialize, Serialize};

/// Something that a user could do. Each becomes one or more [`sim::Action`]s when it is played.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Act {
    /// Messages in flight arrive now.
    Deliver(Messages),
    /// Messages in flight are dropped.
    Drop(Messages),
    /// Messages in flight get a second copy.
    Duplicate(Messages),
    /// Messages are held back.
    Hold(Messages),
    /// Held messages go on.
    Release(Messages),
    /// A timer fires, as early as its range allows.
    Fire {
        /// The timer's id.
        timer: String,
        /// At which node.
        node: Who,
    },
    /// The oldest unsaved write of each becomes durable now.
    Save(Group),
    /// The next operation of each client's workload arrives now.
    Arrive(Group),
    /// Nodes crash.
    Crash {
        /// Which.
        nodes: Group,
        /// How many of the unsaved writes of each survive.
        keep: u32,
        /// Whether the next one survives in part.
        torn: bool,
    },
    /// Nodes that are down boot from their disks.
    Restart(Group),
    /// Nodes stand still and keep their memory.
    Pause(Group),
    /// Paused nodes go on.
    Resume(Group),
    /// The disks of nodes that are down are lost.
    Erase(Group),
    /// Nodes leave for good.
    Remove(Group),
    /// Links are cut.
    Cut {
        /// From these.
        from: Group,
        /// To these.
        to: Group,
        /// And back.
        both: bool,
    },
    /// Every cut is healed.
    Heal,
    /// A clock is put wrong.
    Skew {
        /// Whose.
        node: Who,
        /// Parts per million that it gains.
        drift_ppm: i32,
        /// What its wall clock is off by, in microseconds.
        offset_us: i64,
    },
    /// Live parameters change: (key, value).
    Set(Vec<(String, String)>),
    /// A client is asked for an operation.
    Ask {
        /// Which client.
        client: Who,
        /// The operation's id.
        op: String,
        /// Its fields, in order; those left out have their defaults.
        fields: Vec<String>,
    },
    /// A decision of what waits is laid down.
    Choose {
        /// What waits: a delivery, a timer, a save or an arrival.
        of: Box<Self>,
        /// What is decided, as the protocol names it.
        purpose: String,
        /// The outcome, from 0.
        outcome: u32,
    },
    /// A node joins.
    Add(NodeKind),
}
