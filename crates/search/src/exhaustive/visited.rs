//! The states that were seen, as fingerprints: sixty-four bits of identity and thirty-two of a note each. Knows no model.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// Seen states, numbered from 0 in the order in which they were first seen.
///
/// The table holds numbers alone, and what is known of a state stands in rows: 12 bytes a state, and some 6 to 11 of the table.
#[derive(Debug, Default)]
pub(super) struct Visited {
    table: HashTable<u32>,
    prints: Vec<u64>,
    notes: Vec<u32>,
}

/// The most states that can be numbered.
pub(super) const STATES_MAX: u64 = u32::MAX as u64;

impl Visited {
    /// The number of the state of this identity, and whether it is new; `note` is kept if it is.
    #[inline]
    pub(super) fn see(&mut self, identity: u64, note: u32) -> (u32, bool) {
        let prints = &self.prints;
        let known = |id: &u32| prints[*id as usize] == identity;
        match self.table.entry(identity, known, |id| prints[*id as usize]) {
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

    /// The identity of a state.
    pub(super) fn identity(&self, id: u32) -> u64 {
        self.prints[id as usize]
    }

    /// What was noted of a state.
    pub(super) fn note(&self, id: u32) -> u32 {
        self.notes[id as usize]
    }

    /// Notes something else.
    pub(super) fn set_note(&mut self, id: u32, note: u32) {
        self.notes[id as usize] = note;
    }
}
