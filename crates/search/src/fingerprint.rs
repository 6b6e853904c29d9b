//! Fingerprints of states: sixty-four bits, the same on every platform, in a few multiplications. Knows no model.

use std::hash::Hasher;

/// Odd and without pattern: the first digits of the fractions of the square roots of 2 and 3.
const SEED: u64 = 0x6a09_e667_f3bc_c909;
const FACTOR: u64 = 0xbb67_ae85_84ca_a73b;

/// A [`Hasher`] that multiplies each word into 128 bits and folds the halves together, as wyhash does (Wang Yi). Small integers
/// share a word until it is full, so that a state of many small fields costs few multiplications; one that does not fit any
/// more starts the next word. Lengths and the places of variants, which are small, take a byte, or 255 and then a word.
///
/// Faster than [`protocol::Digest`], whose words are a part of every link; nothing keeps a fingerprint.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fingerprint {
    folded: u64,
    /// What is not multiplied in yet, and how many bits of it there are.
    word: u64,
    bits: u32,
}

impl Default for Fingerprint {
    fn default() -> Self {
        Self {
            folded: SEED,
            word: 0,
            bits: 0,
        }
    }
}

#[inline]
const fn fold(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    product as u64 ^ (product >> 64) as u64
}

impl Fingerprint {
    #[inline]
    fn part(&mut self, value: u64, bits: u32) {
        if self.bits + bits > u64::BITS {
            self.flush();
        }
        // A full word was flushed, so that the shift is less than 64.
        self.word |= value << self.bits;
        self.bits += bits;
    }

    #[inline]
    fn small(&mut self, value: u64) {
        if value < 255 {
            self.part(value, 8);
        } else {
            self.part(255, 8);
            self.part(value, 64);
        }
    }

    #[inline]
    fn flush(&mut self) {
        self.folded = fold(self.word ^ self.folded, FACTOR);
        (self.word, self.bits) = (0, 0);
    }
}

impl Hasher for Fingerprint {
    #[inline]
    fn finish(&self) -> u64 {
        let mut last = *self;
        let bits = u64::from(self.bits);
        last.flush();
        fold(last.folded ^ bits, SEED)
    }

    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.part(u64::from_le_bytes(*word), 64);
        }
        for byte in rest {
            self.part((*byte).into(), 8);
        }
    }

    #[inline]
    fn write_u8(&mut self, i: u8) {
        self.part(i.into(), 8);
    }
    #[inline]
    fn write_u16(&mut self, i: u16) {
        self.part(i.into(), 16);
    }
    #[inline]
    fn write_u32(&mut self, i: u32) {
        self.part(i.into(), 32);
    }
    #[inline]
    fn write_u64(&mut self, i: u64) {
        self.part(i, 64);
    }
    #[inline]
    fn write_usize(&mut self, i: usize) {
        self.small(i as u64);
    }
    #[inline]
    fn write_i8(&mut self, i: i8) {
        self.write_u8(i as u8);
    }
    #[inline]
    fn write_i16(&mut self, i: i16) {
        self.write_u16(i as u16);
    }
    #[inline]
    fn write_i32(&mut self, i: i32) {
        self.write_u32(i as u32);
    }
    #[inline]
    fn write_i64(&mut self, i: i64) {
        self.write_u64(i as u64);
    }
    #[inline]
    fn write_isize(&mut self, i: isize) {
        self.small(i as i64 as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::hash::Hash;

    fn print(value: impl Hash) -> u64 {
        let mut fingerprint = Fingerprint::default();
        value.hash(&mut fingerprint);
        fingerprint.finish()
    }

    #[test]
    fn different_values_have_different_fingerprints() {
        // Plain grids, as states of small counters are; half of the bits must do for a few thousand of them.
        let mut whole = BTreeSet::new();
        let mut halves = [BTreeSet::new(), BTreeSet::new()];
        for a in 0..40u8 {
            for b in 0..40u16 {
                for c in 0..40u64 {
                    let each = print((a, b, c, 7u32));
                    whole.insert(each);
                    halves[0].insert(each as u32);
                    halves[1].insert((each >> 32) as u32);
                }
            }
        }
        assert_eq!(whole.len(), 64_000);
        // Of 64,000 even draws from 2^32, 0.5 pairs are alike on average.
        assert!(halves.iter().all(|half| half.len() > 63_990));
    }

    #[test]
    fn where_a_part_ends_matters() {
        let same = [
            print((vec![0u8; 3], vec![0u8; 4])),
            print((vec![0u8; 4], vec![0u8; 3])),
            print((vec![0u8; 7], vec![0u8; 0])),
            print((0u64, 0u64)),
            print(0u64),
            print((0u8, 0u8)),
            print(0u8),
            print(254usize),
            print(255usize),
            print(256usize),
            print((255u8, 0usize)),
        ];
        assert_eq!(same.iter().collect::<BTreeSet<_>>().len(), same.len());
    }

    #[test]
    fn the_encoding_is_fixed() {
        let folded = fold(0x0001_0203 ^ SEED, FACTOR);
        assert_eq!(print((3u8, 2u8, 1u16)), fold(folded ^ 32, SEED));
        assert_eq!(print(5usize), print(5isize));
        assert_eq!(print(5usize), print(5u8));
    }
}
