//! A set of servers as bits: votes, holders of an entry, servers heard from.

use protocol::NodeId;
use serde::{Serialize, Serializer};
use std::fmt;

/// The most servers that a cluster has.
pub const SERVERS_MAX: u16 = 9;

/// A set of servers, each below [`SERVERS_MAX`]. Others are never members.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct NodeSet(u16);

impl NodeSet {
    /// With one more server.
    pub const fn insert(&mut self, node: NodeId) {
        if node.0 < SERVERS_MAX {
            self.0 |= 1 << node.0;
        }
    }

    /// Whether `node` is in it.
    pub const fn contains(self, node: NodeId) -> bool {
        node.0 < SERVERS_MAX && self.0 & 1 << node.0 != 0
    }

    /// How many there are.
    pub const fn len(self) -> u64 {
        self.0.count_ones() as u64
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Without `node`.
    #[must_use]
    pub const fn without(self, node: NodeId) -> Self {
        if node.0 < SERVERS_MAX {
            Self(self.0 & !(1 << node.0))
        } else {
            self
        }
    }

    /// Its members, in order.
    pub fn iter(self) -> impl Iterator<Item = NodeId> {
        (0..SERVERS_MAX)
            .map(NodeId)
            .filter(move |node| self.contains(*node))
    }
}

impl FromIterator<NodeId> for NodeSet {
    fn from_iter<I: IntoIterator<Item = NodeId>>(nodes: I) -> Self {
        let mut set = Self::default();
        nodes.into_iter().for_each(|node| set.insert(node));
        set
    }
}

impl fmt::Debug for NodeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(|node| node.0))
            .finish()
    }
}

impl Serialize for NodeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
