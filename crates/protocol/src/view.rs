//! What a node and a message look like, as meaning: roles, epochs, loads. Never pixels, never colours.

use crate::{Phrase, Picture};
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

/// How full something is: a queue, a server, a job's progress.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Load {
    /// So much.
    pub value: u64,
    /// Of so much; the bar is full there. At least 1.
    pub max: u64,
}

/// What a node shows of itself.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NodeView {
    /// The key of its role in the word catalogue (`role.leader`).
    pub role: Cow<'static, str>,
    /// The ring of that role.
    pub ring: Ring,
    /// The epoch (term, ballot) that the node is in, or whatever number answers the question of [`crate::Hue`]: printed in the
    /// shape, and its hue. `None` where there is none.
    pub epoch: Option<u64>,
    /// How full it is: a bar beside the node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<Load>,
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
