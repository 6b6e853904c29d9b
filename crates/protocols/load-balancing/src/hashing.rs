//! Hashing keys to servers: a ring of virtual nodes (Karger 1997), jump consistent hash (Lamping and Veach 2014), Maglev's table
//! (Eisenbud 2016). Knows nothing of loads, nor of who is well.

use crate::set::ServerSet;
use serde::{Serialize, Serializer};
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use xxhash_rust::xxh64::xxh64;

/// The hash of a key: `xxh64` of its eight bytes, little-endian, seed 0.
pub fn key_hash(key: u64) -> u64 {
    xxh64(&key.to_le_bytes(), 0)
}

/// The name by which server number `number` is hashed: the label that people see.
fn name(number: u16) -> String {
    format!("S{}", number + 1)
}

/// Jump consistent hash (Lamping and Veach 2014, figure 1): the bucket of `key` among `buckets`, which is at least 1. When a
/// bucket is added at the end, one key in `buckets + 1` moves, all of them to the new one.
pub fn jump(mut key: u64, buckets: u32) -> u32 {
    let (mut bucket, mut next) = (0i64, 0i64);
    while next < i64::from(buckets) {
        bucket = next;
        key = key.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
        let ratio = (1u64 << 31) as f64 / ((key >> 33) + 1) as f64;
        next = ((bucket + 1) as f64 * ratio) as i64;
    }
    bucket as u32
}

/// Servers on a circle of 2^64 points, each at several places; a key belongs to the first server clockwise from its hash.
///
/// It follows from how many servers and places there are: equal if these are, and copied by reference.
#[derive(Clone, Debug)]
pub struct Ring {
    servers: u16,
    places: u32,
    points: Arc<Vec<(u64, u16)>>,
}

impl Ring {
    /// So many servers, each at so many places: `xxh64` of `S1#0`, `S1#1`, ….
    pub fn new(servers: u16, places: u32) -> Self {
        Self::salted(servers, places, 0)
    }

    /// The same with another seed of the hash: another ring.
    pub fn salted(servers: u16, places: u32, salt: u64) -> Self {
        let mut points: Vec<_> = (0..servers)
            .flat_map(|number| {
                let name = name(number);
                (0..places)
                    .map(move |place| (xxh64(format!("{name}#{place}").as_bytes(), salt), number))
            })
            .collect();
        points.sort_unstable();
        Self {
            servers,
            places,
            points: Arc::new(points),
        }
    }

    /// Where the servers stand: (place, server), by place.
    pub fn points(&self) -> &[(u64, u16)] {
        &self.points
    }

    /// The servers clockwise from `at`, each once.
    pub fn clockwise(&self, at: u64) -> impl Iterator<Item = u16> + '_ {
        let first = self.points.partition_point(|(place, _)| *place < at);
        let mut seen = ServerSet::default();
        let (before, after) = self.points.split_at(first);
        after.iter().chain(before).filter_map(move |(_, server)| {
            let new = !seen.contains(*server);
            seen.insert(*server);
            new.then_some(*server)
        })
    }
}

impl PartialEq for Ring {
    fn eq(&self, other: &Self) -> bool {
        (self.servers, self.places) == (other.servers, other.places)
    }
}

impl Eq for Ring {}

impl Hash for Ring {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.servers, self.places).hash(state);
    }
}

impl Serialize for Ring {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.points.len() as u64)
    }
}

/// Maglev's lookup table (Eisenbud 2016, §3.4): every server fills it by its own permutation, taking turns, so that all have
/// almost equal shares and few entries change when a server leaves.
///
/// It follows from its size and its servers: equal if these are, and copied by reference.
#[derive(Clone, Debug)]
pub struct Maglev {
    servers: ServerSet,
    size: u64,
    entries: Arc<Vec<u16>>,
}

impl Maglev {
    /// The table of `size` entries, a prime, for these servers. The offset of a server's permutation is `xxh64` of its name
    /// with seed 0, the skip that with seed 1.
    pub fn new(servers: ServerSet, size: u64) -> Self {
        let walks: Vec<_> = servers
            .iter()
            .map(|number| {
                let name = name(number);
                let offset = xxh64(name.as_bytes(), 0) % size;
                let skip = xxh64(name.as_bytes(), 1) % (size - 1) + 1;
                (number, offset, skip)
            })
            .collect();
        Self {
            servers,
            size,
            entries: Arc::new(populate(&walks, size)),
        }
    }

    /// Whether this is the table for these servers.
    pub fn is_for(&self, servers: ServerSet, size: u64) -> bool {
        (self.servers, self.size) == (servers, size)
    }

    /// The place of a hash in the table, and the server there; `None` if no server was given.
    pub fn get(&self, hash: u64) -> Option<(u64, u16)> {
        let place = hash % self.size;
        self.entries
            .get(place as usize)
            .map(|server| (place, *server))
    }

    /// The entries: whose each is.
    pub fn entries(&self) -> &[u16] {
        &self.entries
    }
}

/// Fills a table of `size` entries (Eisenbud 2016, pseudocode 1). Each walk is (server, offset, skip): the permutation
/// `(offset + j · skip) mod size`.
pub(crate) fn populate(walks: &[(u16, u64, u64)], size: u64) -> Vec<u16> {
    if walks.is_empty() {
        return Vec::new();
    }
    let mut entries = vec![None; size as usize];
    let mut at: Vec<u64> = walks.iter().map(|(_, offset, _)| *offset).collect();
    let mut left = size;
    loop {
        for ((server, _, skip), at) in walks.iter().zip(&mut at) {
            while entries[*at as usize].is_some() {
                *at = (*at + skip) % size;
            }
            entries[*at as usize] = Some(*server);
            left -= 1;
            if left == 0 {
                return entries.into_iter().flatten().collect();
            }
        }
    }
}

impl PartialEq for Maglev {
    fn eq(&self, other: &Self) -> bool {
        self.is_for(other.servers, other.size)
    }
}

impl Eq for Maglev {}

impl Hash for Maglev {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.servers, self.size).hash(state);
    }
}

impl Serialize for Maglev {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn read(text: &str) -> Value {
        serde_json::from_str(text).expect("test data is JSON")
    }

    fn number(value: &Value) -> u64 {
        value
            .as_u64()
            .or_else(|| value.as_str()?.parse().ok())
            .expect("a number, or one in quotes")
    }

    #[test]
    fn the_hash_is_xxh64() {
        let vectors = read(include_str!("../tests/data/hashes.json"));
        let cases = vectors["xxh64_seed0"].as_object().unwrap();
        assert!(cases.len() > 5);
        for (text, hash) in cases {
            assert_eq!(xxh64(text.as_bytes(), 0), number(hash), "{text}");
        }
    }

    #[test]
    fn jump_agrees_with_the_published_values() {
        let vectors = read(include_str!("../tests/data/hashes.json"));
        let cases = vectors["jump_hash"]["cases"].as_array().unwrap();
        assert!(cases.len() > 50);
        for case in cases {
            let [key, buckets, bucket] = [0, 1, 2].map(|place| number(&case[place]));
            assert_eq!(u64::from(jump(key, buckets as u32)), bucket, "{case}");
        }
        let golden = read(include_str!("../tests/data/jump_golden.json"));
        for (key, row) in golden["table"].as_object().unwrap() {
            for (buckets, bucket) in (1..).zip(row.as_array().unwrap()) {
                let key = key.parse().unwrap();
                assert_eq!(
                    u64::from(jump(key, buckets)),
                    number(bucket),
                    "{key} {buckets}"
                );
            }
        }
        for (key, bucket) in (0..).zip(golden["golden100"].as_array().unwrap()) {
            assert_eq!(u64::from(jump(key, 100)), number(bucket), "{key}");
        }
        for case in golden["guava"].as_array().unwrap() {
            let [key, buckets, bucket] = [0, 1, 2].map(|place| number(&case[place]));
            assert_eq!(u64::from(jump(key, buckets as u32)), bucket, "{case}");
        }
    }

    /// Lamping and Veach 2014: a new bucket takes one key in so many, and nothing else moves.
    #[test]
    fn a_new_bucket_takes_its_share_and_no_more() {
        for buckets in [10u32, 100] {
            let keys = 100_000u64;
            let mut moved = 0u64;
            for key in 0..keys {
                let (before, after) = (
                    jump(key_hash(key), buckets),
                    jump(key_hash(key), buckets + 1),
                );
                assert!(before == after || after == buckets);
                moved += u64::from(before != after);
            }
            // Within four standard deviations of the binomial distribution.
            let share = 1.0 / f64::from(buckets + 1);
            let deviation = (keys as f64 * share * (1.0 - share)).sqrt();
            let expected = keys as f64 * share;
            assert!((moved as f64 - expected).abs() < 4.0 * deviation, "{moved}");
        }
    }

    #[test]
    fn maglev_fills_the_table_of_the_paper() {
        let golden = read(include_str!("../tests/data/maglev.json"));
        let size = number(&golden["M"]);
        let list = |key: &str| -> Vec<u16> {
            let values = golden[key].as_array().unwrap();
            values.iter().map(|value| number(value) as u16).collect()
        };
        let walks: Vec<_> = (0..)
            .zip(golden["permutations"].as_array().unwrap())
            .map(|(server, walk)| {
                let offset = number(&walk[0]);
                (server, offset, (number(&walk[1]) + size - offset) % size)
            })
            .collect();
        assert_eq!(populate(&walks, size), list("lookup_before"));
        let without_one: Vec<_> = walks.iter().filter(|walk| walk.0 != 1).copied().collect();
        assert_eq!(
            populate(&without_one, size),
            list("lookup_after_B1_removed")
        );
    }

    /// Eisenbud 2016, §5.3: shares differ by less than a hundredth of themselves where the table is a hundred times larger than
    /// the servers are many, and few entries move when a server leaves.
    #[test]
    fn maglev_is_even_and_moves_little() {
        let all = ServerSet::first(50);
        let mut fewer = all;
        fewer.remove(17);
        let (before, after) = (Maglev::new(all, 5003), Maglev::new(fewer, 5003));
        let shares = |table: &Maglev| {
            let mut shares = [0u32; 50];
            table
                .entries()
                .iter()
                .for_each(|server| shares[usize::from(*server)] += 1);
            shares
        };
        let even = shares(&before);
        assert!(even.iter().max().unwrap() - even.iter().min().unwrap() <= 1);
        assert_eq!(shares(&after)[17], 0);
        let moved = before
            .entries()
            .iter()
            .zip(after.entries())
            .filter(|(one, other)| one != other)
            .count();
        // At least the hundred that have to; the paper's figure 12 has a few percent more.
        assert!((100..400).contains(&moved), "{moved} of 5003 entries moved");
    }

    /// How uneven a ring is: the standard deviation of a share over its mean is √((n - 1) / (n v + 1)).
    #[test]
    fn a_ring_is_as_even_as_theory_says() {
        for (servers, places) in [(10u16, 1u32), (10, 10), (10, 100)] {
            let rings = 400;
            let mut sum_of_squares = 0.0;
            for salt in 1..=rings {
                let ring = Ring::salted(servers, places, salt);
                let mut share = vec![0f64; usize::from(servers)];
                let mut last = ring.points()[ring.points().len() - 1].0;
                for (place, server) in ring.points() {
                    share[usize::from(*server)] += place.wrapping_sub(last) as f64;
                    last = *place;
                }
                let mean = u64::MAX as f64 / f64::from(servers);
                sum_of_squares += share
                    .iter()
                    .map(|share| (share / mean - 1.0) * (share / mean - 1.0))
                    .sum::<f64>();
            }
            let found = (sum_of_squares / rings as f64 / f64::from(servers)).sqrt();
            let (n, v) = (f64::from(servers), f64::from(places));
            let theory = ((n - 1.0) / (n * v + 1.0)).sqrt();
            assert!((found / theory - 1.0).abs() < 0.1, "{found} {theory}");
        }
    }

    /// Karger 1997: only the keys of the server that leaves move.
    #[test]
    fn a_server_that_leaves_takes_only_its_own_keys() {
        let ring = Ring::new(10, 100);
        let owner = |key, gone| {
            ring.clockwise(key_hash(key))
                .find(|server| Some(*server) != gone)
        };
        let mut moved = 0;
        for key in 0..10_000 {
            let (before, after) = (owner(key, None), owner(key, Some(3)));
            assert!(before == after || before == Some(3));
            moved += u32::from(before != after);
        }
        // A tenth, within four standard deviations of the share of one server among ten with a hundred places.
        assert!((1000.0 - f64::from(moved)).abs() < 4.0 * 95.0, "{moved}");
    }
}
