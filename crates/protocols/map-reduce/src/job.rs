//! What is computed: map, combine, partition and reduce of the four jobs, as pure functions. Knows nothing of tasks and workers.

use crate::text::{Split, cut, words};
use crate::variant::Variant;
use protocol::{SmolStr, digest_of};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The key of a sort is so much of a line: the paper's is of ten bytes (§5.3), and no character of ours is cut.
const SORT_KEY_CHARS: usize = 10;
/// A join takes lines that begin so for its left relation.
pub(crate) const LEFT: &str = "left:";
/// And so for its right one.
pub(crate) const RIGHT: &str = "right:";

/// Which job.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobKind {
    /// How often each word occurs.
    WordCount,
    /// In which lines each word occurs.
    InvertedIndex,
    /// The pairs of lines of two relations that have the same key: lines `left: KEY VALUE` and `right: KEY VALUE`; others are
    /// passed over.
    Join,
    /// The lines in order.
    Sort,
}

impl JobKind {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 4] = [Self::WordCount, Self::InvertedIndex, Self::Join, Self::Sort];

    /// Its id, and the parameter's value.
    pub const fn id(self) -> &'static str {
        match self {
            Self::WordCount => "word-count",
            Self::InvertedIndex => "inverted-index",
            Self::Join => "join",
            Self::Sort => "sort",
        }
    }

    /// The key of its name in the words.
    pub const fn word(self) -> &'static str {
        match self {
            Self::WordCount => "job.word-count",
            Self::InvertedIndex => "job.inverted-index",
            Self::Join => "job.join",
            Self::Sort => "job.sort",
        }
    }

    /// The job of this id.
    pub fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// Whether a record is a line, not a word.
    pub const fn by_lines(self) -> bool {
        matches!(self, Self::Join | Self::Sort)
    }

    /// Whether pairs of one key can be combined before they travel.
    pub const fn combines(self) -> bool {
        matches!(self, Self::WordCount | Self::InvertedIndex)
    }
}

/// A value that a map emits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// So many occurrences.
    Count(u64),
    /// Numbers of lines, growing.
    Lines(Vec<u32>),
    /// What the left relation has for the key.
    Left(SmolStr),
    /// What the right relation has for it.
    Right(SmolStr),
    /// A line.
    Line(SmolStr),
}

impl Value {
    /// As text: what an output row says.
    pub(crate) fn text(&self) -> SmolStr {
        match self {
            Self::Count(count) => count.to_string().into(),
            Self::Lines(lines) => listed(lines).into(),
            Self::Left(text) | Self::Right(text) | Self::Line(text) => text.clone(),
        }
    }

    /// How many bytes it takes on its way, as text.
    fn bytes(&self) -> u64 {
        match self {
            Self::Count(count) => digits(*count),
            Self::Lines(lines) => lines.iter().map(|line| 1 + digits((*line).into())).sum(),
            Self::Left(text) | Self::Right(text) => 1 + text.len() as u64,
            Self::Line(line) => line.len() as u64,
        }
    }
}

fn digits(number: u64) -> u64 {
    u64::from(number.checked_ilog10().unwrap_or(0)) + 1
}

/// An intermediate pair.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Pair {
    /// The key.
    pub key: SmolStr,
    /// The value.
    pub value: Value,
}

impl Pair {
    /// How many bytes it takes on its way.
    pub fn bytes(&self) -> u64 {
        self.key.len() as u64 + self.value.bytes() + 2
    }
}

/// How many bytes these pairs take on their way.
pub(crate) fn bytes(pairs: &[Pair]) -> u64 {
    pairs.iter().map(Pair::bytes).sum()
}

/// A row of an output file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct OutputRow {
    /// The key; of a sort, what it compares first.
    pub key: SmolStr,
    /// What reduce made of its values.
    pub value: SmolStr,
}

/// How a job is divided: its splits, and which partition a key belongs to.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// The job.
    pub kind: JobKind,
    /// The inputs of the map tasks.
    pub splits: Arc<[Split]>,
    /// How many reduce tasks there are: R.
    pub partitions: u16,
    /// Of a sort: the least key of every partition but the first.
    pub bounds: Arc<[SmolStr]>,
}

impl Plan {
    /// Divides a job over `text` into splits of about `split_bytes` and `partitions` reduce tasks.
    ///
    /// A sort knows its keys before it begins, from a pass that samples them (§5.3): here a sample of all.
    pub fn new(kind: JobKind, text: &str, split_bytes: u64, partitions: u64) -> Self {
        let mut bounds = Vec::new();
        if kind == JobKind::Sort {
            let mut keys: Vec<SmolStr> = lines(text).map(sort_key).collect();
            keys.sort();
            bounds.extend((1..partitions).filter_map(|partition| {
                let place = partition * keys.len() as u64 / partitions;
                keys.get(place as usize).cloned()
            }));
        }
        Self {
            kind,
            splits: cut(text, split_bytes, kind.by_lines()).into(),
            partitions: partitions as u16,
            bounds: bounds.into(),
        }
    }

    /// The partition of a key, from 0: hash(key) mod R, or for a sort the range that it lies in.
    pub fn partition(&self, key: &SmolStr) -> u16 {
        match self.kind {
            JobKind::Sort => self.bounds.iter().filter(|bound| *bound <= key).count() as u16,
            _ => (digest_of(key.as_str()) % u64::from(self.partitions)) as u16,
        }
    }

    /// The output of the map task over `split`: how many pairs map emits, and a region for each partition, its pairs in order of
    /// their keys.
    pub fn regions(
        &self,
        text: &str,
        split: &Split,
        combiner: bool,
        variant: Variant,
    ) -> (u32, Vec<Arc<[Pair]>>) {
        let mut regions = vec![Vec::new(); usize::from(self.partitions)];
        let emitted = map(self.kind, split.of(text), split.line);
        let count = emitted.len() as u32;
        for pair in emitted {
            regions[usize::from(self.partition(&pair.key))].push(pair);
        }
        let finish = |mut pairs: Vec<Pair>| {
            pairs.sort();
            if combiner && self.kind.combines() {
                pairs = combine(pairs, variant);
            }
            pairs.into()
        };
        (count, regions.into_iter().map(finish).collect())
    }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
}

/// The beginning of a line.
fn sort_key(line: &str) -> SmolStr {
    let end = line.char_indices().nth(SORT_KEY_CHARS);
    line[..end.map_or(line.len(), |(end, _)| end)].into()
}

/// The pairs of one split, in the order of the text; `line` is the number of its first line.
pub fn map(kind: JobKind, text: &str, line: u32) -> Vec<Pair> {
    let pair = |key: SmolStr, value| Pair { key, value };
    match kind {
        JobKind::WordCount => words(text)
            .map(|word| pair(word.into(), Value::Count(1)))
            .collect(),
        JobKind::InvertedIndex => (line..)
            .zip(text.split('\n'))
            .flat_map(|(number, line)| words(line).map(move |word| (word, number)))
            .map(|(word, number)| pair(word.into(), Value::Lines(vec![number])))
            .collect(),
        JobKind::Join => lines(text).filter_map(relation).collect(),
        JobKind::Sort => lines(text)
            .map(|line| pair(sort_key(line), Value::Line(line.into())))
            .collect(),
    }
}

/// Reads a line of a relation: its key is the first word, its value the rest.
fn relation(line: &str) -> Option<Pair> {
    let line = line.trim_start();
    let side = |prefix| line.strip_prefix(prefix).map(str::trim);
    let (row, of): (&str, fn(SmolStr) -> Value) = match (side(LEFT), side(RIGHT)) {
        (Some(row), _) => (row, Value::Left),
        (None, Some(row)) => (row, Value::Right),
        (None, None) => return None,
    };
    let (key, value) = row.split_once(char::is_whitespace).unwrap_or((row, ""));
    (!key.is_empty()).then(|| Pair {
        key: key.into(),
        value: of(value.trim_start().into()),
    })
}

/// Makes one pair of those that have the same key. `pairs` are in order of their keys.
pub fn combine(pairs: Vec<Pair>, variant: Variant) -> Vec<Pair> {
    let join = |group: &[Pair]| Pair {
        key: group[0].key.clone(),
        value: merge(group, variant),
    };
    grouped(&pairs).map(join).collect()
}

/// The pairs of each key, where those of one key stand side by side.
pub(crate) fn grouped(pairs: &[Pair]) -> impl Iterator<Item = &[Pair]> {
    pairs.chunk_by(|one, other| one.key == other.key)
}

/// Adds counts up, or puts lists of lines together: the same for a combiner and for reduce, since a sum of sums is a sum, and a
/// union of unions is a union.
fn merge(group: &[Pair], variant: Variant) -> Value {
    if let Value::Lines(_) = group[0].value {
        let lines = group.iter().flat_map(|pair| match &pair.value {
            Value::Lines(lines) => lines.as_slice(),
            _ => &[],
        });
        let mut lines: Vec<u32> = lines.copied().collect();
        lines.sort_unstable();
        lines.dedup();
        return Value::Lines(lines);
    }
    // How many values there are is right once, and wrong as soon as one of them stands for several already.
    if variant == Variant::CountsInsteadOfAdding {
        return Value::Count(group.len() as u64);
    }
    Value::Count(group.iter().map(count).sum())
}

fn count(pair: &Pair) -> u64 {
    match pair.value {
        Value::Count(count) => count,
        _ => 0,
    }
}

/// The rows of one partition, in order: `pairs` are all of its pairs, in order.
pub fn reduce(kind: JobKind, pairs: &[Pair], variant: Variant) -> Vec<OutputRow> {
    let mut rows = Vec::new();
    for group in grouped(pairs) {
        let mut row = |value: SmolStr| {
            rows.push(OutputRow {
                key: group[0].key.clone(),
                value,
            });
        };
        match kind {
            JobKind::WordCount | JobKind::InvertedIndex => row(merge(group, variant).text()),
            JobKind::Join => {
                for left in group {
                    let Value::Left(left) = &left.value else {
                        continue;
                    };
                    for right in group {
                        if let Value::Right(right) = &right.value {
                            row(format!("{left} | {right}").into());
                        }
                    }
                }
            }
            JobKind::Sort => {
                for pair in group {
                    if let Value::Line(line) = &pair.value {
                        row(line.clone());
                    }
                }
            }
        }
    }
    rows
}

fn listed(lines: &[u32]) -> String {
    let mut text = String::new();
    for line in lines {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(&line.to_string());
    }
    text
}

/// How many rows a join over `text` has.
pub(crate) fn joined_rows(text: &str) -> u64 {
    let mut keys: BTreeMap<SmolStr, (u64, u64)> = BTreeMap::new();
    for pair in lines(text).filter_map(relation) {
        let (left, right) = keys.entry(pair.key).or_default();
        match pair.value {
            Value::Left(_) => *left += 1,
            _ => *right += 1,
        }
    }
    keys.values().map(|(left, right)| left * right).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sort_puts_every_key_into_the_range_that_it_lies_in() {
        let text = "pear\napple\nquince\nfig\nbanana\ncherry\n";
        let plan = Plan::new(JobKind::Sort, text, 10, 3);
        let place = |key: &str| plan.partition(&key.into());
        assert_eq!([place("apple"), place("banana")], [0, 0]);
        assert_eq!([place("cherry"), place("fig")], [1, 1]);
        assert_eq!([place("pear"), place("quince")], [2, 2]);
    }

    #[test]
    fn a_key_has_one_partition_and_hashes_spread() {
        let plan = Plan::new(JobKind::WordCount, "", 10, 4);
        let mut seen = [0; 4];
        for number in 0..400 {
            seen[usize::from(plan.partition(&number.to_string().into()))] += 1;
        }
        assert!(
            seen.iter().all(|count| (60..140).contains(count)),
            "{seen:?}"
        );
    }

    #[test]
    fn relations_are_read_by_their_labels() {
        let pair = |key: &str, value| {
            Some(Pair {
                key: key.into(),
                value,
            })
        };
        let check = |line: &str, expected| assert_eq!(relation(line), expected, "{line}");
        check("left: a b c", pair("a", Value::Left("b c".into())));
        check("  right:k  v", pair("k", Value::Right("v".into())));
        check("left: alone", pair("alone", Value::Left("".into())));
        check("left:", None);
        check("lefty: a b", None);
    }

    #[test]
    fn combining_changes_nothing_but_the_number_of_pairs() {
        let text = "a rose is a rose is a rose\na daisy is not";
        for kind in [JobKind::WordCount, JobKind::InvertedIndex] {
            let mut pairs = map(kind, text, 1);
            pairs.sort();
            let combined = combine(pairs.clone(), Variant::Sound);
            assert!(combined.len() < pairs.len());
            assert_eq!(
                reduce(kind, &combined, Variant::Sound),
                reduce(kind, &pairs, Variant::Sound)
            );
        }
    }

    #[test]
    fn a_count_of_counts_is_wrong() {
        let mut pairs = map(JobKind::WordCount, "a a a", 1);
        pairs.sort();
        let broken = Variant::CountsInsteadOfAdding;
        let value = |pairs: &[Pair]| reduce(JobKind::WordCount, pairs, broken)[0].value.clone();
        assert_eq!(value(&pairs), "3", "right without a combiner");
        assert_eq!(value(&combine(pairs, broken)), "1");
    }
}
