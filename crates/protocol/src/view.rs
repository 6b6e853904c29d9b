//! What a node and a message look like, as meaning: roles, epochs, logs, votes. Never pixels, never colours.

use crate::{NodeId, Phrase};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The ring round a node's shape: its role, for the eye.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ring {
    /// Thin: follower, replica, plain.
    #[default]
    Thin,
    /// Dashed: candidate, proposer, would-be.
    Dashed,
    /// Double: leader, primary, coordinator.
    Double,
}

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
    /// Rows of keys and values: a state machine's contents.
    Table {
        /// The key of the title in the word catalogue.
        title: Cow<'static, str>,
        /// The rows.
        rows: Vec<(String, String)>,
    },
}

/// What a node shows of itself.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct NodeView {
    /// The key of its role in the word catalogue (`role.leader`).
    pub role: Cow<'static, str>,
    /// The ring of that role.
    pub ring: Ring,
    /// The epoch (term, ballot) that the node is in: printed in the shape, and its hue. `None` where there is none.
    pub epoch: Option<u64>,
    /// Small remarks beside the node.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub badges: Vec<Phrase>,
    /// The protocol's own pictures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pictures: Vec<Picture>,
}

/// What a message is, for the eye.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MessageShape {
    /// Asks for something: a filled disc.
    Request,
    /// Says yes: a ring with a tick.
    Granted,
    /// Says no: a ring with a cross.
    Refused,
    /// Keeps alive and carries nothing new: small and faint.
    Heartbeat,
}

/// What a message shows of itself.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct MessageView {
    /// Its kind as the source spells it: `AppendEntries`.
    pub kind: Cow<'static, str>,
    /// Its shape.
    pub shape: MessageShape,
    /// The epoch it carries: its hue.
    pub epoch: Option<u64>,
    /// A few characters of content, or nothing: `term 2, 3 entries`.
    pub label: Option<Phrase>,
}
