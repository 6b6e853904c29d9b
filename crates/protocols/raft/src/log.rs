//! The log: entries in shared chunks, with a running digest of everything up to each of them.
//!
//! The digest makes two logs comparable at any index in one step (Log Matching says that they then agree up to there), and the
//! log hashable without reading it. Knows nothing of roles or of disks.

use crate::membership::{Configured, Members};
use crate::rare::Rare;
use protocol::{Name, SharedVec, digest_of};
use replicated::{Payload, StateMachine};
use serde::{Serialize, Serializer};
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// One entry, shared by every log and message that has it: a clone is one reference count. Its place in the log is not part
/// of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(transparent)]
pub struct Entry<S: StateMachine>(Arc<Content<S>>);

/// What an entry says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Content<S: StateMachine> {
    /// The term of the leader that made it.
    pub term: u64,
    /// What it is for.
    pub payload: Payload<S>,
    /// The configuration that begins with it. To the machine such an entry is nothing.
    #[serde(skip_serializing_if = "Rare::is_none")]
    pub members: Rare<Members>,
    /// The digest of term, payload and configuration.
    #[serde(skip)]
    identity: u64,
}

impl<S: StateMachine> Entry<S> {
    /// An entry of `term`.
    pub fn new(term: u64, payload: Payload<S>) -> Self {
        Self(Arc::new(Content {
            term,
            identity: Name(term).mix(digest_of(&payload)).0,
            payload,
            members: Rare::default(),
        }))
    }

    /// An entry of `term` with which a configuration begins.
    pub fn configuration(term: u64, members: Members) -> Self {
        let payload = Payload::Noop;
        let identity = Name(term).mix(digest_of(&payload));
        Self(Arc::new(Content {
            term,
            identity: identity.mix(digest_of(&members)).0,
            payload,
            members: members.into(),
        }))
    }

    /// A few characters that stand for it, the same in every language: `x←3`, `C123`.
    pub fn label(&self) -> String {
        match self.members.get() {
            Some(members) => members.label(),
            None => self.payload.label(),
        }
    }
}

impl<S: StateMachine> Deref for Entry<S> {
    type Target = Content<S>;

    #[inline]
    fn deref(&self) -> &Content<S> {
        &self.0
    }
}

impl<S: StateMachine> Hash for Entry<S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.identity);
    }
}

/// An entry in its place.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Slot<S: StateMachine> {
    entry: Entry<S>,
    /// The entry's term: asked for at every append.
    term: u64,
    /// The digest of the log up to here.
    digest: u64,
}

/// What lies before the first entry: the beginning of time, or what a snapshot stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
struct Base {
    index: u64,
    term: u64,
    digest: u64,
}

/// The entries from [`Log::first_index`] on. Indices count from 1, as in the paper.
#[derive(Clone, Debug)]
pub struct Log<S: StateMachine> {
    base: Base,
    slots: SharedVec<Slot<S>>,
    /// The digest of all of it, which is that of the last slot: asked for after every step.
    digest: u64,
    /// The configurations in it, in order, behind the one that a snapshot stands for: they follow from the rest. Mostly there
    /// are none.
    configurations: Option<Arc<Vec<Configured>>>,
}

impl<S: StateMachine> Default for Log<S> {
    fn default() -> Self {
        Self {
            base: Base::default(),
            slots: SharedVec::default(),
            digest: Base::default().digest,
            configurations: None,
        }
    }
}

impl<S: StateMachine> Log<S> {
    /// The index of the last entry that is compacted: a snapshot stands for everything up to it. 0: none is.
    #[inline]
    pub const fn compacted(&self) -> u64 {
        self.base.index
    }

    /// The index of the first entry that is kept: 1 as long as nothing is compacted.
    #[inline]
    pub const fn first_index(&self) -> u64 {
        self.base.index + 1
    }

    /// The index of the last entry; 0 for an empty log.
    #[inline]
    pub const fn last_index(&self) -> u64 {
        self.base.index + self.slots.len()
    }

    /// The term of the last entry; 0 for an empty log.
    #[inline]
    pub fn last_term(&self) -> u64 {
        self.slots.last().map_or(self.base.term, |slot| slot.term)
    }

    #[inline]
    fn slot(&self, index: u64) -> Option<&Slot<S>> {
        self.slots.get(index.checked_sub(self.first_index())?)
    }

    /// The entry at `index`, if it is kept.
    #[inline]
    pub fn get(&self, index: u64) -> Option<&Entry<S>> {
        self.slot(index).map(|slot| &slot.entry)
    }

    /// The term of the entry at `index`; 0 at index 0; `None` beyond the end or before what is kept.
    #[inline]
    pub fn term_at(&self, index: u64) -> Option<u64> {
        if index == self.base.index {
            Some(self.base.term)
        } else {
            self.slot(index).map(|slot| slot.term)
        }
    }

    /// The digest of everything up to `index`: equal in two logs exactly if they agree up to there.
    #[inline]
    pub fn digest_at(&self, index: u64) -> Option<u64> {
        if index == self.base.index {
            Some(self.base.digest)
        } else {
            self.slot(index).map(|slot| slot.digest)
        }
    }

    /// The term of the entry at `index`, and the digest of everything up to it.
    #[inline]
    pub(crate) fn mark_at(&self, index: u64) -> Option<(u64, u64)> {
        if index == self.base.index {
            Some((self.base.term, self.base.digest))
        } else {
            self.slot(index).map(|slot| (slot.term, slot.digest))
        }
    }

    /// The digest of the whole log.
    #[inline]
    pub const fn digest(&self) -> u64 {
        self.digest
    }

    /// The newest configuration; `None`: the one that the cluster started with.
    #[inline]
    pub fn configuration(&self) -> Option<&Configured> {
        self.configurations.as_ref()?.last()
    }

    /// The one before it.
    pub(crate) fn configuration_before(&self) -> Option<&Configured> {
        self.configurations.as_ref()?.iter().nth_back(1)
    }

    /// The configuration as of `index`.
    pub(crate) fn configuration_at(&self, index: u64) -> Option<Members> {
        let all = self.configurations.as_ref()?;
        let then = all.iter().rfind(|there| there.index <= index);
        then.map(|there| there.members)
    }

    /// The entries, in order, with their indices.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Entry<S>)> {
        (self.first_index()..).zip(self.slots.iter().map(|slot| &slot.entry))
    }

    /// At most `max` entries from `from` on.
    pub fn slice(&self, from: u64, max: u64) -> Arc<[Entry<S>]> {
        let from = from.saturating_sub(self.first_index());
        self.slots
            .iter_from(from)
            .take(max as usize)
            .map(|slot| slot.entry.clone())
            .collect()
    }

    /// The last index at or before `index` whose term is at most `term`, with its term: no later entry can agree with a log
    /// that has `term` there. Terms never fall along a log.
    ///
    /// Of what is compacted no term is known: an index in it is itself the answer.
    pub fn last_of_term_at_most(&self, index: u64, term: u64) -> (u64, u64) {
        if index < self.base.index {
            return (index, 0);
        }
        let (mut low, mut high) = (self.base.index, index.min(self.last_index()));
        // Mostly the end is already it: looking through an old log costs more than it seems.
        if let Some(there) = self.term_at(high).filter(|there| *there <= term) {
            return (high, there);
        }
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            if self.term_at(middle).is_some_and(|there| there <= term) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        (low, self.term_at(low).unwrap_or(0))
    }

    /// Appends one entry.
    #[inline]
    pub fn push(&mut self, entry: Entry<S>) {
        self.digest = Name(self.digest).mix(entry.identity).0;
        if let Some(members) = entry.members.get() {
            let index = self.last_index() + 1;
            let all = self.configurations.get_or_insert_default();
            Arc::make_mut(all).push(Configured {
                index,
                members: *members,
            });
        }
        self.slots.push(Slot {
            term: entry.term,
            digest: self.digest,
            entry,
        });
    }

    /// Begins after the entry at `index`, of `term`, for which a snapshot stands with all before it. What follows that entry is
    /// kept if the log has it, unless `all` is to go (Raft, figure 13, rules 6 and 7). `digest` is that of the log up to it,
    /// `members` the configuration then.
    pub fn begin_after(&mut self, index: u64, term: u64, digest: u64, members: Members, all: bool) {
        let kept: SharedVec<Slot<S>> = if !all && self.term_at(index) == Some(term) {
            let from = index.saturating_sub(self.base.index);
            self.slots.iter_from(from).cloned().collect()
        } else {
            SharedVec::default()
        };
        let mut configurations = vec![Configured { index, members }];
        if let Some(there) = self.configurations.take().filter(|_| !kept.is_empty()) {
            configurations.extend(there.iter().filter(|there| there.index > index));
        }
        self.configurations = Some(Arc::new(configurations));
        self.digest = kept.last().map_or(digest, |slot| slot.digest);
        self.slots = kept;
        self.base = Base {
            index,
            term,
            digest,
        };
    }

    /// Removes everything after `index`.
    pub fn truncate_after(&mut self, index: u64) {
        if index >= self.last_index() {
            return;
        }
        self.slots.truncate(index.saturating_sub(self.base.index));
        let last = self.slots.last();
        self.digest = last.map_or(self.base.digest, |slot| slot.digest);
        if let Some(all) = &mut self.configurations {
            let index = index.max(self.base.index);
            Arc::make_mut(all).retain(|there| there.index <= index);
            if all.is_empty() {
                self.configurations = None;
            }
        }
    }
}

impl<S: StateMachine> PartialEq for Log<S> {
    fn eq(&self, other: &Self) -> bool {
        self.base == other.base
            && self.slots.len() == other.slots.len()
            && self.digest() == other.digest()
            && self.slots == other.slots
    }
}

impl<S: StateMachine> Eq for Log<S> {}

/// Equal logs hash alike, by the running digest, which covers every entry.
impl<S: StateMachine> Hash for Log<S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.base.hash(state);
        state.write_u64(self.slots.len());
        state.write_u64(self.digest());
    }
}

/// Entries by their index, which counts from 1.
impl<S: StateMachine> Serialize for Log<S> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        serializer.collect_map(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::NodeSet;
    use replicated::KeyValue;

    fn log(terms: &[u64]) -> Log<KeyValue> {
        let mut log = Log::default();
        for term in terms {
            log.push(Entry::new(*term, Payload::Noop));
        }
        log
    }

    #[test]
    fn digests_agree_exactly_as_far_as_the_logs() {
        let (a, b) = (log(&[1, 1, 2, 2]), log(&[1, 1, 3]));
        let agree: Vec<_> = (0..=4)
            .map(|index| a.digest_at(index) == b.digest_at(index))
            .collect();
        assert_eq!(agree, [true, true, true, false, false]);
        let mut c = b.clone();
        c.truncate_after(2);
        c.push(Entry::new(2, Payload::Noop));
        c.push(Entry::new(2, Payload::Noop));
        assert_eq!(a, c);
        assert_eq!(digest_of(&a), digest_of(&c));
        assert_ne!(digest_of(&a), digest_of(&b));
    }

    #[test]
    fn the_last_index_of_a_term_at_most_is_found() {
        let log = log(&[1, 1, 1, 4, 4, 5, 5, 6, 6, 6]);
        let find = |index, term| log.last_of_term_at_most(index, term);
        assert_eq!(find(10, 6), (10, 6));
        assert_eq!(find(11, 3), (3, 1));
        assert_eq!(find(7, 4), (5, 4));
        assert_eq!(find(4, 0), (0, 0));
        assert_eq!(find(0, 9), (0, 0));
    }

    #[test]
    fn a_log_that_begins_later_is_the_same_from_there_on() {
        let whole = log(&[1, 1, 2, 2, 3]);
        let mut cut = whole.clone();
        let begin = |log: &mut Log<KeyValue>, index, term, all| {
            let digest = whole.digest_at(index).unwrap();
            log.begin_after(index, term, digest, Members::of(NodeSet::first(3)), all);
        };
        begin(&mut cut, 3, 2, false);
        assert_eq!(
            (cut.first_index(), cut.last_index(), cut.last_term()),
            (4, 5, 3)
        );
        for index in 3..=5 {
            assert_eq!(cut.mark_at(index), whole.mark_at(index));
        }
        assert_eq!((cut.term_at(2), cut.get(3)), (None, None));
        assert_eq!(cut.digest(), whole.digest());
        assert_eq!(cut.slice(4, 9).len(), 2);
        assert_eq!(cut.last_of_term_at_most(2, 9), (2, 0));
        assert_eq!(cut.last_of_term_at_most(5, 2), (4, 2));
        assert_ne!(cut, whole);
        begin(&mut cut, 5, 3, false);
        assert_eq!(
            (cut.first_index(), cut.last_index(), cut.last_term()),
            (6, 5, 3)
        );
        assert_eq!(cut.digest(), whole.digest());
        cut.push(Entry::new(3, Payload::Noop));
        assert_eq!(cut.last_index(), 6);
        cut.truncate_after(2);
        assert_eq!((cut.last_index(), cut.digest()), (5, whole.digest()));
        // Another entry stands there: nothing after it can be the leader's.
        let mut other = log(&[1, 1, 1, 1, 1, 1]);
        begin(&mut other, 4, 2, false);
        assert_eq!(
            (other.first_index(), other.last_index(), other.last_term()),
            (5, 4, 2)
        );
        let mut all = whole.clone();
        begin(&mut all, 3, 2, true);
        assert_eq!((all.first_index(), all.last_index()), (4, 3));
    }

    #[test]
    fn a_log_knows_its_configurations_as_far_as_it_goes() {
        let members = |count| Members::of(NodeSet::first(count));
        let configure = |log: &mut Log<KeyValue>, count| {
            log.push(Entry::configuration(3, members(count)));
        };
        let newest = |log: &Log<KeyValue>| log.configuration().map(|c| (c.index, c.members));
        let mut whole = log(&[1, 1]);
        assert_eq!(newest(&whole), None);
        configure(&mut whole, 4);
        whole.push(Entry::new(3, Payload::Noop));
        configure(&mut whole, 5);
        assert_eq!(newest(&whole), Some((5, members(5))));
        assert_eq!(whole.configuration_before().unwrap().index, 3);
        let at: Vec<_> = (2..=5).map(|index| whole.configuration_at(index)).collect();
        let (four, five) = (Some(members(4)), Some(members(5)));
        assert_eq!(at, [None, four, four, five]);
        assert_ne!(whole.digest(), log(&[1, 1, 3, 3, 3]).digest());
        let mut cut = whole.clone();
        cut.truncate_after(4);
        assert_eq!(newest(&cut), Some((3, members(4))));
        cut.truncate_after(2);
        assert_eq!(newest(&cut), None);
        // A snapshot in the place of the first four entries knows the configuration then.
        let mut later = whole.clone();
        later.begin_after(4, 3, whole.digest_at(4).unwrap(), members(4), false);
        assert_eq!(newest(&later), Some((5, members(5))));
        later.truncate_after(1);
        assert_eq!(newest(&later), Some((4, members(4))));
        // Where the log is another one, what follows in it is gone.
        let mut other = whole.clone();
        other.begin_after(4, 9, 0, members(7), false);
        assert_eq!(newest(&other), Some((4, members(7))));
    }

    #[test]
    fn a_slice_is_cut_at_the_end() {
        let log = log(&[1, 2, 3]);
        let terms =
            |from, max| -> Vec<u64> { log.slice(from, max).iter().map(|e| e.term).collect() };
        assert_eq!(terms(2, 9), [2, 3]);
        assert_eq!(terms(1, 2), [1, 2]);
        assert!(terms(4, 2).is_empty());
    }
}
