//! A vector in structurally shared chunks: a clone is one reference count, and a later change copies only what it touches.

use serde::ser::{Serialize, SerializeSeq, Serializer};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

const LEAF: usize = 32;
const BRANCH: usize = 32;
const SPAN: usize = LEAF * BRANCH;

type Leaf<T> = Arc<Vec<T>>;
type Branch<T> = Arc<Vec<Leaf<T>>>;

/// A growing sequence that checkpoints share: three levels of chunks of 32. The last, unfinished chunk is each copy's own, so
/// that appending and reading near the end cost what they cost in a plain vector.
#[derive(Clone)]
pub struct SharedVec<T> {
    root: Arc<Vec<Branch<T>>>,
    /// What follows the full chunks of `root`: fewer than a chunk.
    tail: Vec<T>,
    len: u64,
}

impl<T> Default for SharedVec<T> {
    fn default() -> Self {
        Self {
            root: Arc::default(),
            tail: Vec::new(),
            len: 0,
        }
    }
}

impl<T> SharedVec<T> {
    /// How many elements there are.
    #[inline]
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are none.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many elements lie in full chunks.
    #[inline]
    const fn full(&self) -> u64 {
        self.len - self.tail.len() as u64
    }

    /// The element at `index`, from 0.
    #[inline]
    pub fn get(&self, index: u64) -> Option<&T> {
        match index.checked_sub(self.full()) {
            Some(place) => self.tail.get(usize::try_from(place).ok()?),
            None => self.get_shared(index as usize),
        }
    }

    fn get_shared(&self, index: usize) -> Option<&T> {
        self.root
            .get(index / SPAN)?
            .get(index % SPAN / LEAF)?
            .get(index % LEAF)
    }

    /// The last element.
    #[inline]
    pub fn last(&self) -> Option<&T> {
        self.get(self.len.checked_sub(1)?)
    }

    /// The elements from `from` (from 0) on.
    pub fn iter_from(&self, from: u64) -> impl Iterator<Item = &T> + '_ {
        (from..self.len).filter_map(|index| self.get(index))
    }

    /// All elements, in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> + '_ {
        self.root
            .iter()
            .flat_map(|branch| branch.iter())
            .flat_map(|leaf| leaf.iter())
            .chain(&self.tail)
    }
}

impl<T: Clone> SharedVec<T> {
    /// Appends `value`.
    #[inline]
    pub fn push(&mut self, value: T) {
        if self.tail.capacity() == 0 {
            self.tail.reserve_exact(LEAF);
        }
        self.tail.push(value);
        self.len += 1;
        if self.tail.len() == LEAF {
            self.share_tail();
        }
    }

    /// The tail is a whole chunk: the root takes it.
    fn share_tail(&mut self) {
        let leaf = Arc::new(std::mem::take(&mut self.tail));
        let root = Arc::make_mut(&mut self.root);
        if (self.len as usize - LEAF).is_multiple_of(SPAN) {
            root.push(Arc::new(Vec::with_capacity(BRANCH)));
        }
        Arc::make_mut(root.last_mut().expect("a branch for the last chunk")).push(leaf);
    }

    /// Keeps the first `len` elements.
    pub fn truncate(&mut self, len: u64) {
        if len >= self.len {
            return;
        }
        if len >= self.full() {
            self.tail.truncate((len - self.full()) as usize);
            self.len = len;
            return;
        }
        let keep = len as usize;
        // What is left of the chunk that is cut becomes the tail.
        let start = keep / LEAF * LEAF;
        self.tail = (start..keep)
            .filter_map(|index| self.get_shared(index).cloned())
            .collect();
        self.len = len;
        let root = Arc::make_mut(&mut self.root);
        root.truncate(start.div_ceil(SPAN));
        if let Some(branch) = root.last_mut().filter(|_| !start.is_multiple_of(SPAN)) {
            Arc::make_mut(branch).truncate(start % SPAN / LEAF);
        }
    }

    /// The element at `index`, to be changed.
    pub fn get_mut(&mut self, index: u64) -> Option<&mut T> {
        if let Some(place) = index.checked_sub(self.full()) {
            return self.tail.get_mut(usize::try_from(place).ok()?);
        }
        let index = index as usize;
        let branch = Arc::make_mut(Arc::make_mut(&mut self.root).get_mut(index / SPAN)?);
        Arc::make_mut(branch.get_mut(index % SPAN / LEAF)?).get_mut(index % LEAF)
    }
}

impl<T: Clone> Extend<T> for SharedVec<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.push(value));
    }
}

impl<T: Clone> FromIterator<T> for SharedVec<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut all = Self::default();
        all.extend(values);
        all
    }
}

impl<T: PartialEq> PartialEq for SharedVec<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len
            && (if Arc::ptr_eq(&self.root, &other.root) {
                self.tail == other.tail
            } else {
                self.iter().eq(other.iter())
            })
    }
}

impl<T: Eq> Eq for SharedVec<T> {}

impl<T: Hash> Hash for SharedVec<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.len.hash(state);
        self.iter().for_each(|value| value.hash(state));
    }
}

impl<T: fmt::Debug> fmt::Debug for SharedVec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T: Serialize> Serialize for SharedVec<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        for value in self.iter() {
            seq.serialize_element(value)?;
        }
        seq.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Change {
        Push(u16),
        Truncate(u64),
        Set(u64, u16),
        Keep,
    }

    fn change() -> impl Strategy<Value = Change> {
        prop_oneof![
            40 => any::<u16>().prop_map(Change::Push),
            1 => (0..3000u64).prop_map(Change::Truncate),
            5 => (0..3000u64, any::<u16>()).prop_map(|(index, value)| Change::Set(index, value)),
            1 => Just(Change::Keep),
        ]
    }

    proptest! {
        #[test]
        fn it_is_a_vector_and_clones_share_nothing_visible(changes in prop::collection::vec(change(), 0..3000)) {
            let mut shared = SharedVec::default();
            let mut plain: Vec<u16> = Vec::new();
            let mut kept = Vec::new();
            for change in changes {
                match change {
                    Change::Push(value) => {
                        shared.push(value);
                        plain.push(value);
                    }
                    Change::Truncate(len) => {
                        shared.truncate(len);
                        plain.truncate(len as usize);
                    }
                    Change::Set(index, value) => {
                        let there = shared.get_mut(index).map(|slot| *slot = value).is_some();
                        prop_assert_eq!(there, plain.get_mut(index as usize).map(|slot| *slot = value).is_some());
                    }
                    Change::Keep => kept.push((shared.clone(), plain.clone())),
                }
            }
            kept.push((shared, plain));
            for (shared, plain) in kept {
                prop_assert_eq!(shared.len(), plain.len() as u64);
                prop_assert!(shared.iter().eq(plain.iter()));
                prop_assert!(shared.iter_from(7).eq(plain.iter().skip(7)));
                prop_assert_eq!(shared.last(), plain.last());
                prop_assert_eq!(shared, plain.into_iter().collect::<SharedVec<_>>());
            }
        }
    }
}
