//! Causal names: 64-bit running hashes without counters, so that removing an action renames only its causal future.

use crate::NodeId;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The name of an event, a message or a save: a running 64-bit hash of what caused it.
///
/// Written as sixteen hexadecimal digits, since JSON readers lose integers above 2^53.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Name(pub u64);

impl Name {
    /// The name that follows from this one and `part`: order matters.
    #[inline]
    #[must_use]
    pub const fn mix(self, part: u64) -> Self {
        // The finalizer of SplitMix64 (Steele, Lea, Flood 2014) over the sum: full avalanche, no wide multiplication.
        let mut z = self
            .0
            .rotate_left(23)
            .wrapping_add(part)
            .wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Self(z ^ (z >> 31))
    }
}

/// What follows from what: every driver of a protocol names alike.
impl Name {
    /// The event that a node's `incarnation`-th boot is, from 1.
    pub const fn boot(node: NodeId, incarnation: u64) -> Self {
        Self(0xb0).mix(node.0 as u64).mix(incarnation)
    }

    /// The event that the `number`-th operation of a client's workload is.
    #[inline]
    pub const fn arrival(client: NodeId, number: u64) -> Self {
        Self(0xa1).mix(client.0 as u64).mix(number)
    }

    /// Of an event: the message that it sends to `to`, the `nth` of this kind, from 0.
    #[inline(always)]
    #[must_use]
    pub const fn message(self, to: NodeId, kind: u8, nth: u32) -> Self {
        self.mix(to.0 as u64 | (kind as u64) << 16 | (nth as u64) << 32)
    }

    /// Of a message: the event that its delivery is.
    #[inline(always)]
    #[must_use]
    pub const fn delivery(self) -> Self {
        self.mix(0xd1)
    }

    /// Of an event: the event in which timer number `index`, which it set, fires.
    #[inline(always)]
    #[must_use]
    pub const fn firing(self, index: u8) -> Self {
        self.mix(0xf1).mix(index as u64)
    }

    /// Of an event: the event in which what it saved is durable.
    #[inline(always)]
    #[must_use]
    pub const fn saved(self) -> Self {
        self.mix(0x51)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map(Name).map_err(|_| {
            serde::de::Error::custom(format!(
                "`{text}` is not a name of sixteen hexadecimal digits"
            ))
        })
    }
}
