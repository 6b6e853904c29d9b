//! A set of servers as one word. Knows nothing of what a server is.

use serde::Serialize;

/// Servers by number, from 0; at most 64.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct ServerSet(u64);

impl ServerSet {
    /// The first `count` servers.
    pub const fn first(count: u64) -> Self {
        if count >= 64 {
            Self(u64::MAX)
        } else {
            Self((1 << count) - 1)
        }
    }

    /// Whether it holds this server.
    #[inline]
    pub const fn contains(self, server: u16) -> bool {
        self.0 >> server & 1 == 1
    }

    /// Puts a server in.
    #[inline]
    pub const fn insert(&mut self, server: u16) {
        self.0 |= 1 << server;
    }

    /// Takes a server out.
    #[inline]
    pub const fn remove(&mut self, server: u16) {
        self.0 &= !(1 << server);
    }

    /// What is in this set and not in `other`.
    #[inline]
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// How many there are.
    #[inline]
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether there are none.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members, by number.
    #[inline]
    pub fn iter(self) -> impl Iterator<Item = u16> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let next = (rest != 0).then(|| rest.trailing_zeros() as u16)?;
            rest &= rest - 1;
            Some(next)
        })
    }

    /// The `place`-th member, from 0.
    #[inline]
    pub fn nth(self, place: u32) -> Option<u16> {
        self.iter().nth(place as usize)
    }

    /// The members from `start` on, and then those before it: a turn.
    pub fn turn_from(self, start: u16) -> impl Iterator<Item = u16> {
        let before = Self::first(start.into());
        self.without(before)
            .iter()
            .chain(Self(self.0 & before.0).iter())
    }

    /// The members as bits.
    pub const fn bits(self) -> u64 {
        self.0
    }
}

impl FromIterator<u16> for ServerSet {
    fn from_iter<I: IntoIterator<Item = u16>>(servers: I) -> Self {
        let mut set = Self::default();
        servers.into_iter().for_each(|server| set.insert(server));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_what_was_put_in() {
        let mut set: ServerSet = [1, 4, 49].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [1, 4, 49]);
        assert_eq!(set.turn_from(4).collect::<Vec<_>>(), [4, 49, 1]);
        assert_eq!(set.turn_from(50).collect::<Vec<_>>(), [1, 4, 49]);
        assert_eq!((set.len(), set.nth(1), set.nth(3)), (3, Some(4), None));
        set.remove(4);
        assert!(!set.contains(4) && set.contains(49));
        assert_eq!(ServerSet::first(50).without(set).len(), 48);
    }
}
