//! What is due, ordered by due time and then by name. Flights stand apart from timers, saves and arrivals: a new flight is
//! among the last of its own row, before most timers.
//!
//! Every message passes through here. A cluster that a person can follow fits in the rows, where taking the next entry off is
//! free and a new one costs a few comparisons from the back; what does not fit waits in a heap, so that a crowd stays cheap.

use super::{Due, Entry};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// So many entries fit in a row.
const NEAR_MAX: usize = if cfg!(test) { 8 } else { 64 };

/// Entries by due time and name, the first one ready.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    flights: Row,
    others: Row,
}

impl Queue {
    /// The entry that is due first.
    #[inline(always)]
    pub(super) fn peek(&self) -> Option<&Entry> {
        match (self.flights.first(), self.others.first()) {
            (Some(flight), Some(other)) if other.is_before(flight) => Some(other),
            (None, other) => other,
            (flight, _) => flight,
        }
    }

    #[inline(always)]
    pub(super) fn push(&mut self, entry: Entry) {
        match entry.what {
            Due::Flight(_) => self.flights.push(entry),
            _ => self.others.push(entry),
        }
    }

    /// Takes off the entry that is due first, which is `what`.
    #[inline(always)]
    pub(super) fn pop(&mut self, what: Due) {
        match what {
            Due::Flight(_) => self.flights.pop(),
            _ => self.others.pop(),
        }
    }

    /// Takes out all flights that `goes` picks, in no order.
    pub(super) fn take_flights(&mut self, goes: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        let Row { near, taken, far } = std::mem::take(&mut self.flights);
        let all = near.into_iter().skip(taken);
        let all = all.chain(far.into_iter().map(|Reverse(entry)| entry));
        let (gone, stays) = all.partition(goes);
        let stays: Vec<Entry> = stays;
        stays.into_iter().for_each(|entry| self.flights.push(entry));
        gone
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.flights.len() + self.others.len()
    }
}

/// Entries in order: a short sorted row, and a heap behind it.
#[derive(Clone, Debug, Default)]
struct Row {
    /// The next ones, in order, behind those that are taken.
    near: Vec<Entry>,
    /// How many at the beginning of `near` were taken off.
    taken: usize,
    /// The others, none of them before any in `near`; empty while nothing is left in `near`.
    far: BinaryHeap<Reverse<Entry>>,
}

impl Row {
    #[inline]
    fn first(&self) -> Option<&Entry> {
        self.near.get(self.taken)
    }

    #[inline]
    fn push(&mut self, entry: Entry) {
        if !self.far.is_empty() && self.near.last().is_some_and(|last| last.is_before(&entry)) {
            self.far.push(Reverse(entry));
            return;
        }
        // What is due later moves one place on.
        self.near.push(entry);
        let mut waiting = &mut self.near[self.taken..];
        while let [.., before, place] = waiting
            && entry.is_before(before)
        {
            *place = *before;
            let rest = waiting.len() - 1;
            waiting = &mut waiting[..rest];
        }
        if let [.., place] = waiting {
            *place = entry;
        }
        if self.near.len() >= 2 * NEAR_MAX {
            self.tidy();
        }
    }

    /// Makes room: those that were taken go, and if the row is full still, its later half goes to the heap.
    #[cold]
    fn tidy(&mut self) {
        self.near.drain(..self.taken);
        self.taken = 0;
        if self.near.len() > NEAR_MAX {
            let later = self.near.drain(NEAR_MAX / 2..);
            self.far.extend(later.map(Reverse));
        }
    }

    #[inline(always)]
    fn pop(&mut self) {
        self.taken += 1;
        if self.taken >= self.near.len() {
            self.near.clear();
            self.taken = 0;
            if !self.far.is_empty() {
                self.refill();
            }
        }
    }

    /// The row is empty: the heap gives it half a row.
    #[cold]
    fn refill(&mut self) {
        let next = std::iter::from_fn(|| self.far.pop());
        self.near
            .extend(next.take(NEAR_MAX / 2).map(|Reverse(entry)| entry));
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.near.len() - self.taken + self.far.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use protocol::{Name, NodeId};

    fn entry(due_us: u64, name: u64, flies: bool) -> Entry {
        let what = if flies {
            Due::Flight(name as u32)
        } else {
            Due::Save(NodeId(0))
        };
        Entry {
            due_us,
            name: Name(name),
            what,
        }
    }

    proptest! {
        /// Entries come in order, however they were put in: `None` takes one off, `Some` adds one; now and then flights of one
        /// name are taken out.
        #[test]
        fn what_is_due_first_comes_first(
            changes in prop::collection::vec(prop::option::weighted(0.6, (0..9u64, 0..9u64, any::<bool>())), 0..400),
            leaves in prop::option::of(0..9u64),
        ) {
            let mut queue = Queue::default();
            let mut plain: Vec<(u64, u64, bool)> = Vec::new();
            for (turn, change) in changes.into_iter().enumerate() {
                match change {
                    Some((due_us, name, flies)) => {
                        queue.push(entry(due_us, name, flies));
                        plain.push((due_us, name, flies));
                    }
                    None => {
                        let first = queue.peek().copied();
                        if let Some(first) = first {
                            queue.pop(first.what);
                        }
                        let first = first.map(|entry| (entry.due_us, entry.name.0));
                        let place = (0..plain.len()).min_by_key(|place| (plain[*place].0, plain[*place].1, !plain[*place].2));
                        let plainly = place.map(|place| plain.remove(place));
                        prop_assert_eq!(first, plainly.map(|(due_us, name, _)| (due_us, name)));
                    }
                }
                if turn % 90 == 60 && let Some(leaves) = leaves {
                    let goes = |(_, name, flies): &(u64, u64, bool)| *flies && *name == leaves;
                    let gone = queue.take_flights(|entry| entry.name.0 == leaves).len();
                    prop_assert_eq!(gone, plain.iter().filter(|entry| goes(entry)).count());
                    plain.retain(|entry| !goes(entry));
                }
                prop_assert_eq!(queue.len(), plain.len());
                let first = plain.iter().map(|(due_us, name, _)| (*due_us, *name)).min();
                prop_assert_eq!(queue.peek().map(|entry| (entry.due_us, entry.name.0)), first);
            }
        }
    }
}
