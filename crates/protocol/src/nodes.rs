//! A set of nodes as bits: votes, promises, holders of an entry, nodes heard from.

use crate::NodeId;
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A set of nodes, each below [`NodeSet::NODES_MAX`]. Others are never members.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct NodeSet(u64);

impl NodeSet {
    /// The name of the type for serializers: for some the order of members is none.
    pub const NAME: &'static str = "NodeSet";

    /// Nobody.
    pub const EMPTY: Self = Self(0);

    /// How many nodes can be members: those with the ids below it.
    pub const NODES_MAX: u16 = 64;

    /// With one more node.
    pub const fn insert(&mut self, node: NodeId) {
        if node.0 < Self::NODES_MAX {
            self.0 |= 1 << node.0;
        }
    }

    /// Whether `node` is in it.
    pub const fn contains(self, node: NodeId) -> bool {
        node.0 < Self::NODES_MAX && self.0 & 1 << node.0 != 0
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
        if node.0 < Self::NODES_MAX {
            Self(self.0 & !(1 << node.0))
        } else {
            self
        }
    }

    /// Its members, in order.
    pub fn iter(self) -> impl Iterator<Item = NodeId> {
        (0..Self::NODES_MAX)
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
        serializer.serialize_newtype_struct(Self::NAME, &Members(*self))
    }
}

impl<'de> Deserialize<'de> for NodeSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Vec::<NodeId>::deserialize(deserializer)?;
        match members.iter().find(|node| node.0 >= Self::NODES_MAX) {
            Some(node) => Err(serde::de::Error::custom(format!(
                "node {} is beyond the {} that a set can hold",
                node.0,
                Self::NODES_MAX
            ))),
            None => Ok(members.into_iter().collect()),
        }
    }
}

struct Members(NodeSet);

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A packed form wants to know how many there are before they come.
        let mut members = serializer.serialize_seq(Some(self.0.len() as usize))?;
        for node in self.0.iter() {
            members.serialize_element(&node)?;
        }
        members.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_nodes_that_fit_are_members() {
        let set: NodeSet = [5, 0, 63, 64, 5].map(NodeId).into_iter().collect();
        assert_eq!(set.len(), 3);
        assert!(set.iter().eq([0, 5, 63].map(NodeId)));
        assert!(!set.contains(NodeId(64)));
        assert!(!set.without(NodeId(5)).contains(NodeId(5)));
        assert_eq!(set.without(NodeId(64)), set);
    }
}
