//! One specified digest for every platform: a hasher whose bytes do not depend on the width of `usize` or on endianness.

use crate::Name;
use std::hash::{Hash, Hasher};

/// A [`Hasher`] over a specified byte encoding: integers as 64-bit words, `usize` and `isize` widened, bytes little-endian.
///
/// Not for tables that an adversary fills: it is fast and well mixed, and nothing more.
#[derive(Clone, Copy, Debug, Default)]
pub struct Digest(Name);

impl Digest {
    /// Takes one word in.
    #[inline]
    pub fn word(&mut self, word: u64) {
        self.0 = self.0.mix(word);
    }
}

impl Hasher for Digest {
    fn finish(&self) -> u64 {
        self.0.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.word(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let word = rest
                .iter()
                .rev()
                .fold(0, |word, byte| word << 8 | u64::from(*byte));
            self.word(word);
        }
    }

    fn write_u8(&mut self, i: u8) {
        self.word(i.into());
    }
    fn write_u16(&mut self, i: u16) {
        self.word(i.into());
    }
    fn write_u32(&mut self, i: u32) {
        self.word(i.into());
    }
    fn write_u64(&mut self, i: u64) {
        self.word(i);
    }
    fn write_usize(&mut self, i: usize) {
        self.word(i as u64);
    }
    fn write_i8(&mut self, i: i8) {
        self.word(i64::from(i) as u64);
    }
    fn write_i16(&mut self, i: i16) {
        self.word(i64::from(i) as u64);
    }
    fn write_i32(&mut self, i: i32) {
        self.word(i64::from(i) as u64);
    }
    fn write_i64(&mut self, i: i64) {
        self.word(i as u64);
    }
    fn write_isize(&mut self, i: isize) {
        self.word(i as i64 as u64);
    }
}

/// The digest of one value, the same on every platform.
pub fn digest_of<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut digest = Digest::default();
    value.hash(&mut digest);
    digest.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_fixed() {
        // A change of these words changes every digest in every link: bump the behaviour versions with it.
        assert_eq!(digest_of(&1u64), Name(0).mix(1).0);
        assert_eq!(digest_of(&1usize), digest_of(&1u64));
        assert_eq!(
            digest_of("ab"),
            Name(0)
                .mix(u64::from_le_bytes(*b"ab\0\0\0\0\0\0"))
                .mix(0xff)
                .0
        );
        assert_ne!(digest_of(&(1u8, 2u8)), digest_of(&(2u8, 1u8)));
    }
}
