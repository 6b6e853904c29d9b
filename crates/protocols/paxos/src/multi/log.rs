//! The log of one server: for each slot the last vote, and whether it is known to be chosen. Slots may be missing: unlike
//! Raft's, this log has gaps.

use crate::Ballot;
use protocol::{Name, SharedVec, digest_of};
use replicated::{Payload, StateMachine};
use serde::{Serialize, Serializer};
use std::hash::{Hash, Hasher};

/// What a server has in a slot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Slot<S: StateMachine> {
    /// The ballot of its last vote there.
    pub ballot: Ballot,
    /// What it voted for.
    pub payload: Payload<S>,
    /// Whether it knows that this is chosen.
    pub chosen: bool,
    /// The digest of the payload.
    #[serde(skip)]
    identity: u64,
}

impl<S: StateMachine> Slot<S> {
    /// The digest of the payload: equal payloads have equal ones.
    #[inline]
    pub const fn identity(&self) -> u64 {
        self.identity
    }

    fn digest(&self, index: u64) -> u64 {
        Name(index)
            .mix(self.ballot.number())
            .mix(self.identity)
            .mix(u64::from(self.chosen))
            .0
    }
}

/// The slots from [`Log::first`] on. They count from 1.
#[derive(Clone, Debug)]
pub struct Log<S: StateMachine> {
    /// Everything up to here is compacted: only a snapshot knows it.
    base: u64,
    slots: SharedVec<Option<Slot<S>>>,
    /// Everything up to here is known to be chosen.
    chosen: u64,
    /// The sum of the slots' digests, kept as they change: a log is hashed without reading it.
    digest: u64,
}

impl<S: StateMachine> Default for Log<S> {
    fn default() -> Self {
        Self {
            base: 0,
            slots: SharedVec::default(),
            chosen: 0,
            digest: 0,
        }
    }
}

impl<S: StateMachine> Log<S> {
    /// Everything up to here is compacted.
    pub const fn base(&self) -> u64 {
        self.base
    }

    /// The first slot that is kept.
    pub const fn first(&self) -> u64 {
        self.base + 1
    }

    /// The last slot with a vote; [`Self::base`] if there is none.
    #[inline]
    pub const fn last(&self) -> u64 {
        self.base + self.slots.len()
    }

    /// Everything up to here is known to be chosen.
    #[inline]
    pub const fn chosen(&self) -> u64 {
        self.chosen
    }

    /// The slot, if there is a vote in it and it is kept.
    #[inline]
    pub fn get(&self, slot: u64) -> Option<&Slot<S>> {
        self.slots.get(slot.checked_sub(self.base + 1)?)?.as_ref()
    }

    /// A vote. What is chosen stays chosen; the caller does not vote for anything else there.
    pub fn put(&mut self, index: u64, ballot: Ballot, payload: Payload<S>) {
        let chosen = self.get(index).is_some_and(|slot| slot.chosen);
        let identity = digest_of(&payload);
        let slot = Slot {
            ballot,
            payload,
            chosen,
            identity,
        };
        self.set(index, slot);
    }

    /// The slot, in which there is a vote, is chosen.
    pub fn mark_chosen(&mut self, index: u64) {
        if let Some(slot) = self.get(index).filter(|slot| !slot.chosen) {
            let slot = Slot {
                chosen: true,
                ..slot.clone()
            };
            self.set(index, slot);
        }
        while self.get(self.chosen + 1).is_some_and(|slot| slot.chosen) {
            self.chosen += 1;
        }
    }

    fn set(&mut self, index: u64, slot: Slot<S>) {
        let Some(place) = index.checked_sub(self.base + 1) else {
            return;
        };
        while self.slots.len() <= place {
            self.slots.push(None);
        }
        if let Some(old) = self.get(index) {
            self.digest = self.digest.wrapping_sub(old.digest(index));
        }
        self.digest = self.digest.wrapping_add(slot.digest(index));
        if let Some(there) = self.slots.get_mut(place) {
            *there = Some(slot);
        }
    }

    /// Forgets everything up to `base`, for which a snapshot stands. What comes before it counts as chosen.
    pub fn compact(&mut self, base: u64) {
        if base > self.base {
            let kept: SharedVec<Option<Slot<S>>> =
                self.slots.iter_from(base - self.base).cloned().collect();
            self.base = base;
            self.slots = kept;
            let slots = (self.base + 1..).zip(self.slots.iter());
            self.digest = slots
                .filter_map(|(index, slot)| Some(slot.as_ref()?.digest(index)))
                .fold(0, u64::wrapping_add);
        }
        self.chosen = self.chosen.max(base);
        while self.get(self.chosen + 1).is_some_and(|slot| slot.chosen) {
            self.chosen += 1;
        }
    }

    /// A snapshot stands for everything up to here: it is chosen, where it is still kept.
    pub fn settle(&mut self, index: u64) {
        let kept = self.first()..=index.min(self.last());
        if kept.clone().all(|slot| self.get(slot).is_some()) && index <= self.last() {
            kept.for_each(|slot| self.mark_chosen(slot));
        } else {
            self.compact(index);
        }
    }
}

impl<S: StateMachine> PartialEq for Log<S> {
    fn eq(&self, other: &Self) -> bool {
        (self.base, self.chosen, self.digest) == (other.base, other.chosen, other.digest)
            && self.slots == other.slots
    }
}

impl<S: StateMachine> Eq for Log<S> {}

impl<S: StateMachine> Hash for Log<S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for word in [self.base, self.slots.len(), self.chosen, self.digest] {
            state.write_u64(word);
        }
    }
}

impl<S: StateMachine> Serialize for Log<S> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        let slots = (self.first()..).zip(self.slots.iter());
        serializer.collect_map(slots.filter_map(|(index, slot)| Some((index, slot.as_ref()?))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::NodeId;
    use replicated::KeyValue;

    fn log(slots: &[u64]) -> Log<KeyValue> {
        let mut log = Log::default();
        for slot in slots {
            log.put(*slot, Ballot::new(1, NodeId(0)), Payload::Noop);
        }
        log
    }

    #[test]
    fn what_is_chosen_counts_up_to_the_first_gap() {
        let mut log = log(&[1, 2, 4]);
        log.mark_chosen(4);
        assert_eq!((log.chosen(), log.last()), (0, 4));
        log.mark_chosen(1);
        log.mark_chosen(2);
        assert_eq!(log.chosen(), 2);
        assert!(log.get(3).is_none());
        log.put(3, Ballot::new(2, NodeId(1)), Payload::Noop);
        log.mark_chosen(3);
        assert_eq!(log.chosen(), 4);
    }

    #[test]
    fn equal_logs_hash_alike_however_they_came_about() {
        let mut one = log(&[1, 2, 3]);
        one.mark_chosen(1);
        one.compact(1);
        let mut other = log(&[3, 2]);
        other.compact(1);
        assert_eq!(one, other);
        assert_eq!(digest_of(&one), digest_of(&other));
        other.mark_chosen(2);
        assert_ne!(digest_of(&one), digest_of(&other));
    }

    #[test]
    fn a_snapshot_settles_what_is_kept_or_replaces_it() {
        let mut kept = log(&[1, 2, 3]);
        kept.settle(2);
        assert_eq!((kept.base(), kept.chosen()), (0, 2));
        let mut behind = log(&[1, 5]);
        behind.settle(4);
        assert_eq!((behind.base(), behind.chosen(), behind.last()), (4, 4, 5));
    }
}
