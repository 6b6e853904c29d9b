//! Ballots: numbers that no two proposers share, in one order.

use protocol::{Arg, NodeId, Phrase};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// A ballot (Lamport 1998, §2.1; a "proposal number" in Lamport 2001): a round and the proposer whose it is. Rounds count first;
/// within a round the proposers' places decide.
///
/// It is one number, so that a ballot can have a hue: ten times the round, plus the place of the proposer, from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Ballot(u64);

/// The most proposers, or servers that propose: their places are one decimal digit.
pub const PROPOSERS_MAX: u16 = 9;

const PLACES: u64 = 10;

impl Ballot {
    /// Before every ballot.
    pub const NONE: Self = Self(0);

    /// The ballot of `proposer` (below [`PROPOSERS_MAX`]) in `round`, from 1.
    pub const fn new(round: u64, proposer: NodeId) -> Self {
        Self(round * PLACES + (proposer.0 % PROPOSERS_MAX) as u64 + 1)
    }

    /// The number that it is: its hue.
    #[inline]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// Its round; 0 for [`Self::NONE`].
    pub const fn round(self) -> u64 {
        self.0 / PLACES
    }

    /// Whose it is.
    pub const fn proposer(self) -> NodeId {
        NodeId((self.0 % PLACES).saturating_sub(1) as u16)
    }

    /// Whether it is [`Self::NONE`].
    #[inline]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Reads round and place: `3.2`, and `0.0` for [`Self::NONE`].
    fn parse(text: &str) -> Option<Self> {
        let (round, place) = text.split_once('.')?;
        let (round, place): (u64, u64) = (round.parse().ok()?, place.parse().ok()?);
        let is_one = (1..=u64::from(PROPOSERS_MAX)).contains(&place) && round > 0;
        if !is_one && (round, place) != (0, 0) {
            return None;
        }
        round.checked_mul(PLACES)?.checked_add(place).map(Self)
    }

    /// The number, unless it is [`Self::NONE`].
    pub fn epoch(self) -> Option<u64> {
        (!self.is_none()).then_some(self.0)
    }

    /// The first ballot of `proposer` that is greater than this one, whoever's this is.
    #[must_use]
    pub const fn next(self, proposer: NodeId) -> Self {
        Self::new(self.round() + 1, proposer)
    }

    /// As people read it: `3.S2`.
    pub fn phrase(self) -> Phrase {
        if self.is_none() {
            Phrase::new("ballot.none")
        } else {
            Phrase::new("ballot")
                .int("round", self.round())
                .node("proposer", self.proposer())
        }
    }

    /// [`Self::phrase`] as a value in a sentence or a table.
    pub fn arg(self) -> Arg {
        Arg::Phrase(Box::new(self.phrase()))
    }
}

impl fmt::Debug for Ballot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.round(), self.0 % PLACES)
    }
}

/// Round and place: `3.2`.
impl Serialize for Ballot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{self:?}"))
    }
}

/// As it is written.
impl<'de> Deserialize<'de> for Ballot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "`{text}` is no ballot: it is a round and the place of its proposer, as in `3.2`"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_order_is_that_of_rounds_and_then_of_places(
            a in (1u64..1000, 0..PROPOSERS_MAX),
            b in (1u64..1000, 0..PROPOSERS_MAX),
        ) {
            let ballot = |(round, place)| Ballot::new(round, NodeId(place));
            prop_assert_eq!(ballot(a).cmp(&ballot(b)), a.cmp(&b));
            prop_assert_eq!((ballot(a).round(), ballot(a).proposer().0), a);
        }

        #[test]
        fn the_next_one_is_greater_and_ones_own(a in 0u64..1000, b in 0..PROPOSERS_MAX, me in 0..PROPOSERS_MAX) {
            let seen = if a == 0 { Ballot::NONE } else { Ballot::new(a, NodeId(b)) };
            let next = seen.next(NodeId(me));
            prop_assert!(next > seen);
            prop_assert_eq!(next.proposer(), NodeId(me));
        }
    }

    #[test]
    fn it_is_written_as_round_and_place() {
        assert_eq!(Ballot::new(3, NodeId(1)).number(), 32);
        assert_eq!(
            serde_json::to_string(&Ballot::new(3, NodeId(1))).unwrap(),
            "\"3.2\""
        );
        for ballot in [
            Ballot::NONE,
            Ballot::new(3, NodeId(1)),
            Ballot::new(1, NodeId(8)),
        ] {
            let text = serde_json::to_string(&ballot).unwrap();
            assert_eq!(serde_json::from_str::<Ballot>(&text).unwrap(), ballot);
        }
        for wrong in ["3", "3.0", "0.1", "x.1", "18446744073709551615.1"] {
            let error = serde_json::from_value::<Ballot>(wrong.into()).unwrap_err();
            assert!(error.to_string().contains("is no ballot"), "{wrong}");
        }
    }
}
