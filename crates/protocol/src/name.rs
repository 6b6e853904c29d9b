//! Causal names: 64-bit running hashes without counters, so that removing an action renames only its causal future.

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
