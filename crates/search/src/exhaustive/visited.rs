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

    /// Notes something else.
    pub(super) fn set_note(&mut self, id: u32, note: N) {
        self.notes[id as usize] = note;
    }
}
