//! The configurations that were visited: the exact set of operations done, and the state after them. Knows nothing of the search.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::hash::{Hash, Hasher};

/// Numbers for values, by order of appearance: equal values share one.
#[derive(Debug)]
pub(crate) struct Interned<T> {
    values: Vec<T>,
    places: HashTable<u32>,
}

impl<T: Eq + Hash> Interned<T> {
    pub(crate) fn new() -> Self {
        Self {
            values: Vec::new(),
            places: HashTable::new(),
        }
    }

    /// The number of `value`.
    pub(crate) fn number(&mut self, value: T) -> u32 {
        let values = &mut self.values;
        let same = |&place: &u32| values[place as usize] == value;
        let hash_of = |&place: &u32| hash(&values[place as usize]);
        match self.places.entry(hash(&value), same, hash_of) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let number = values.len() as u32;
                entry.insert(number);
                values.push(value);
                number
            }
        }
    }

    /// The value with this number.
    pub(crate) fn value(&self, number: u32) -> &T {
        &self.values[number as usize]
    }
}

/// The configurations.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Words of a set of operations.
    words: usize,
    /// The sets, one behind the other.
    sets: Vec<u64>,
    /// The state of each, and its hash, from which a growing table finds its place.
    states: Vec<(u32, u64)>,
    places: HashTable<u32>,
}

impl Seen {
    /// Nothing yet; the sets will have this many words.
    pub(crate) fn new(words: usize) -> Self {
        Self {
            words,
            sets: Vec::new(),
            states: Vec::new(),
            places: HashTable::new(),
        }
    }

    /// Notes a configuration; whether it is new. `set_hash` is the same for equal sets.
    pub(crate) fn note(&mut self, set: &[u64], set_hash: u64, state: u32) -> bool {
        let Self {
            words,
            sets,
            states,
            places,
        } = self;
        let hash = mix(set_hash ^ u64::from(state));
        let same = |&place: &u32| {
            let start = place as usize * *words;
            states[place as usize] == (state, hash) && sets[start..start + *words] == *set
        };
        match places.entry(hash, same, |&place| states[place as usize].1) {
            Entry::Occupied(_) => false,
            Entry::Vacant(entry) => {
                entry.insert(states.len() as u32);
                states.push((state, hash));
                sets.extend_from_slice(set);
                true
            }
        }
    }
}

/// The share of operation number `place` in the hash of a set: a set's hash is the exclusive or of these.
pub(crate) fn share(place: usize) -> u64 {
    mix((place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

fn hash(value: &impl Hash) -> u64 {
    let mut folder = Folder(0);
    value.hash(&mut folder);
    mix(folder.0)
}

/// Folds what a value is made of, a word at a time, by a multiplication and a turn. It only finds places in a table: what is found is compared.
struct Folder(u64);

impl Hasher for Folder {
    fn write(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..piece.len()].copy_from_slice(piece);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(word.into());
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The finish of SplitMix64 (Steele, Lea & Flood 2014): every bit of the input reaches every bit of the output.
const fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
