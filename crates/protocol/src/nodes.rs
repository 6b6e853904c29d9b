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

    /// The nodes with the ids below `count`, which is at most [`Self::NODES_MAX`].
    #[inline]
    pub const fn first(count: u16) -> Self {
        match 1_u64.checked_shl(count as u32) {
            Some(next) => Self(next - 1),
            None => Self(u64::MAX),
        }
    }

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

    /// With `node`.
    #[must_use]
    pub const fn with(mut self, node: NodeId) -> Self {
        self.insert(node);
        self
    }

    /// Who is in this set or in `other`.
    #[inline]
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Who is in this set and in `other`.
    #[inline]
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Who is in this set and not in `other`.
    #[inline]
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Its members, in order.
    #[inline]
    pub fn iter(self) -> impl Iterator<Item = NodeId> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let node = rest.trailing_zeros();
            // Takes the lowest bit away.
            rest &= rest.checked_sub(1)?;
            Some(NodeId(node as u16))
        })
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
        assert_eq!(set.with(NodeId(64)), set);
        assert!(set.with(NodeId(1)).iter().eq([0, 1, 5, 63].map(NodeId)));
    }

    #[test]
    fn sets_are_put_together_and_taken_apart() {
        let of = |ids: &[u16]| -> NodeSet { ids.iter().copied().map(NodeId).collect() };
        let (a, b) = (of(&[0, 1, 63]), of(&[1, 2]));
        assert_eq!(a.or(b), of(&[0, 1, 2, 63]));
        assert_eq!(a.and(b), of(&[1]));
        assert_eq!(a.minus(b), of(&[0, 63]));
        assert_eq!(NodeSet::first(0), NodeSet::EMPTY);
        assert_eq!(NodeSet::first(3), of(&[0, 1, 2]));
        assert_eq!(NodeSet::first(64).len(), 64);
    }
}
