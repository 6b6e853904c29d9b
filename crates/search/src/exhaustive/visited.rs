//! The states that were seen, as fingerprints: sixty-four bits of identity and a note each. Knows no model.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// Seen states, numbered from 0 in the order in which they were first seen.
///
/// The table holds numbers alone, and what is known of a state stands in rows: 8 bytes a state and the note, and some 6 to 11
/// of the table.
#[derive(Debug)]
pub(super) struct Visited<N> {
    table: HashTable<u32>,
    prints: Vec<u64>,
    notes: Vec<N>,
}

/// The most states that can be numbered.
pub(super) const STATES_MAX: u64 = u32::MAX as u64;

impl<N> Default for Visited<N> {
    fn default() -> Self {
        Self {
            table: HashTable::new(),
            prints: Vec::new(),
            notes: Vec::new(),
        }
    }
}

impl<N: Copy> Visited<N> {
    /// The number of the state of this identity, and whether it is new; `note` is kept if it is.
    #[inline]
    pub(super) fn see(&mut self, identity: u64, note: N) -> (u32, bool) {
        let prints = &self.prints;
        let known = |id: &u32| prints[*id as usize] == identity;
        let print = |id: &u32| prints[*id as usize];
        match self.table.entry(identity, known, print) {
            Entry::Occupied(entry) => (*entry.get(), false),
            Entry::Vacant(entry) => {
                let id = self.prints.len() as u32;
                entry.insert(id);
                self.prints.push(identity);
                self.notes.push(note);
                (id, true)
            }
        }
    }

    /// How many there are.
    pub(super) const fn len(&self) -> u64 {
        self.prints.len() as u64
    }

    /// What was noted of a state.
    pub(super) fn note(&self, id: u32) -> N {
        self.notes[id as usize]
    }
}

/// Seen states without numbers: identity and note stand in the table itself, so that a look at it is one look at memory.
#[derive(Debug)]
pub(super) struct Seen<N> {
    table: HashTable<(u64, N)>,
}

impl<N> Default for Seen<N> {
    fn default() -> Self {
        Self {
            table: HashTable::new(),
        }
    }
}

/// Whether a state was seen before, and what was noted of it then.
pub(super) enum Met<'a, N> {
    New,
    Before(&'a mut N),
}

impl<N> Seen<N> {
    /// The state of this identity is met; `note` is kept if it is new.
    #[inline]
    pub(super) fn see(&mut self, identity: u64, note: N) -> Met<'_, N> {
        let known = |seen: &(u64, N)| seen.0 == identity;
        match self.table.entry(identity, known, |seen| seen.0) {
            Entry::Occupied(entry) => Met::Before(&mut entry.into_mut().1),
            Entry::Vacant(entry) => {
                entry.insert((identity, note));
                Met::New
            }
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> u64 {
        self.table.len() as u64
    }
}
