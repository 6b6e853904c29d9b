//! What is due, ordered by due time and then by name: a short sorted row of what comes next, and a heap behind it.
//!
//! Every message passes through it. A cluster that a person can follow fits in the row, where taking the next entry off is
//! free and a new one costs a search in a few cache lines; what does not fit waits in the heap, so that a crowd stays cheap.

use super::Entry;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// So many entries fit in the row.
const NEAR_MAX: usize = if cfg!(test) { 8 } else { 64 };

/// Entries by due time and name, the first one ready.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    /// The next ones, the first at the back.
    near: Vec<Entry>,
    /// The others, none of them before any in `near`; empty while `near` is.
    far: BinaryHeap<Reverse<Entry>>,
}

impl Queue {
    /// The entry that is due first.
    #[inline]
    pub(super) fn peek(&self) -> Option<&Entry> {
        self.near.last()
    }

    #[inline]
    pub(super) fn push(&mut self, entry: Entry) {
        let key = entry.key();
        let place = self.near.partition_point(|other| other.key() > key);
        if place == 0 && !self.far.is_empty() {
            self.far.push(Reverse(entry));
            return;
        }
        self.near.insert(place, entry);
        if self.near.len() > NEAR_MAX {
            self.spill();
        }
    }

    /// The later half of a row that is full goes to the heap.
    #[cold]
    fn spill(&mut self) {
        self.far
            .extend(self.near.drain(..NEAR_MAX / 2).map(Reverse));
    }

    /// Takes off the entry that is due first.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<Entry> {
        let first = self.near.pop();
        if self.near.is_empty() && !self.far.is_empty() {
            self.refill();
        }
        first
    }

    /// The row is empty: the heap gives it half a row.
    #[cold]
    fn refill(&mut self) {
        let next = std::iter::from_fn(|| self.far.pop());
        self.near
            .extend(next.take(NEAR_MAX / 2).map(|Reverse(entry)| entry));
        self.near.reverse();
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.near.len() + self.far.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Due;
    use proptest::prelude::*;
    use protocol::{Name, NodeId};

    fn entry(due_us: u64, name: u64) -> Entry {
        Entry {
            due_us,
            name: Name(name),
            what: Due::Save(NodeId(0)),
        }
    }

    proptest! {
        /// Entries come in order, however they were put in: `None` takes one off, `Some` adds one.
        #[test]
        fn what_is_due_first_comes_first(changes in prop::collection::vec(prop::option::weighted(0.6, (0..9u64, 0..9u64)), 0..400)) {
            let mut queue = Queue::default();
            let mut plain: Vec<(u64, u64)> = Vec::new();
            for change in changes {
                match change {
                    Some((due_us, name)) => {
                        queue.push(entry(due_us, name));
                        plain.push((due_us, name));
                    }
                    None => {
                        let first = queue.pop().map(|entry| (entry.due_us, entry.name.0));
                        prop_assert_eq!(first, (!plain.is_empty()).then(|| plain.remove(0)));
                    }
                }
                plain.sort_unstable();
                prop_assert_eq!(queue.len(), plain.len());
                prop_assert_eq!(queue.peek().map(|entry| (entry.due_us, entry.name.0)), plain.first().copied());
            }
        }
    }
}
