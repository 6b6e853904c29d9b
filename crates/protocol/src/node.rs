//! Who takes part: nodes, their kinds and labels, and the operations that clients ask.

use crate::Arg;
use serde::{Deserialize, Serialize, Serializer};

/// A node's place in the roster, from 0. Never reused within a run.
///
/// It is written as its number; a serializer for people knows it by [`NodeId::NAME`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub u16);

impl NodeId {
    /// The name of the type for serializers: those that write for people put the label in its place.
    pub const NAME: &'static str = "NodeId";

    /// The place as an index into a slice.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl Serialize for NodeId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(Self::NAME, &self.0)
    }
}

/// What kind of node it is; the stage gives each kind its shape.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeKind {
    /// A server: a disc.
    Server,
    /// A client: a rounded square.
    Client,
    /// A balancer: a hexagon.
    Balancer,
    /// A broker, registry or monitor: a cylinder.
    Store,
}

/// One entry of the roster.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct NodeSpec {
    /// The short label that people see: `S1`, `C2`.
    pub label: String,
    /// The kind.
    pub kind: NodeKind,
    /// Which tier of the layout it stands in, from 0: see [`crate::Layout`].
    #[serde(default)]
    pub tier: u8,
}

impl NodeSpec {
    /// A node of tier 0.
    pub fn new(label: impl Into<String>, kind: NodeKind) -> Self {
        Self {
            label: label.into(),
            kind,
            tier: 0,
        }
    }

    /// In this tier.
    #[must_use]
    pub const fn tier(mut self, tier: u8) -> Self {
        self.tier = tier;
        self
    }

    /// So many nodes of a kind: `S1`, `S2`, ….
    pub fn many(count: u64, letter: char, kind: NodeKind) -> impl Iterator<Item = Self> {
        (1..=count).map(move |number| Self::new(format!("{letter}{number}"), kind))
    }
}

/// Names a client's operation: its `number`-th, counted from 1 over the whole run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct OperationId {
    /// Who asked.
    pub client: NodeId,
    /// Which of its operations, from 1.
    pub number: u64,
}

impl OperationId {
    /// Operations that somebody asks for by hand are numbered from here, apart from those of the workload: neither changes the
    /// others' names.
    pub const BY_HAND: u64 = 1 << 32;

    /// The number of an operation as people see it: those asked by hand are `+1`, `+2`, ….
    pub fn shown(number: u64) -> Arg {
        match number.checked_sub(Self::BY_HAND) {
            Some(by_hand) => Arg::Text(format!("+{by_hand}")),
            None => Arg::Int(number),
        }
    }
}

/// How a client's operations follow each other.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arrivals {
    /// The gap counts from the last arrival, whether or not it was answered.
    Open,
    /// The gap counts from the last answer: at most one operation is outstanding.
    Closed,
    /// This node asks nothing by itself.
    Never,
}

/// The k-th operation of a client: a pure function of (seed, client, k).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Arrival<Op> {
    /// Microseconds after what it counts from (see [`Arrivals`]).
    pub gap_us: u64,
    /// What is asked.
    pub op: Op,
}
