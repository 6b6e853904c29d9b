//! The seeds of `fuzz/corpus` and many thousand changes of them: nothing panics, and the seeds reach what there is to reach.
//!
//! The same functions as under `cargo fuzz`, with as many inputs each time, drawn by a seed.

use fuzzing::{Reached, TARGETS, Target};
use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How many changes of seeds each target is given.
const CHANGES: u64 = 20_000;
/// The longest input that is made, in bytes.
const BYTES_MAX: usize = 20_000;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The seeds of a target, by name.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = root().join("fuzz/corpus").join(name);
    let entries = std::fs::read_dir(&folder).expect("seeds");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let seeds = paths
        .iter()
        .map(|path| std::fs::read(path).expect("a seed"));
    seeds.collect()
}

/// Shows the input at which something panicked.
struct Input<'a>(&'a [u8]);

impl Drop for Input<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the input was: \"{}\"", self.0.escape_ascii());
        }
    }
}

fn run(target: Target, bytes: &[u8]) -> Reached {
    let input = Input(bytes);
    target(input.0)
}

/// What the seeds reach by themselves.
fn reached(name: &str) -> Reached {
    let (_, target) = TARGETS
        .iter()
        .find(|(own, _)| *own == name)
        .expect("a target");
    corpus(name)
        .iter()
        .flat_map(|seed| run(*target, seed))
        .collect()
}

/// What is written into inputs beside single bytes: what begins and ends things in these formats.
const PIECES: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\n",
    b",",
    b":",
    b"null",
    b"-1",
    b"18446744073709551615",
    b"1e999",
    b"\\u0000",
    b"\xff",
    b"\xcd",
    b"\xed",
    b"\xfd",
    b"\xef",
    b"\xec\x7f",
    b"\xf8\x7f\xff\xff\xff\xff\xff\xff\xff",
    b"n0",
    b"n1",
    b"c1",
    b"lin-kv",
    b"synod",
];

/// A seed with a few changes: bytes set, taken out, repeated; pieces put in; the rest of another seed behind it.
fn changed(seeds: &[Vec<u8>], dice: &mut SplitMix64) -> Vec<u8> {
    let mut below = |most: usize| (dice.next_u64() % most.max(1) as u64) as usize;
    let mut bytes = seeds[below(seeds.len())].clone();
    for _ in 0..1 + below(6) {
        let place = below(bytes.len());
        let end = (place + 1 + below(12)).min(bytes.len());
        match below(6) {
            0 => {
                if let Some(byte) = bytes.get_mut(place) {
                    *byte = below(256) as u8;
                }
            }
            1 => {
                if let Some(byte) = bytes.get_mut(place) {
                    *byte ^= 1 << below(8);
                }
            }
            2 => drop(bytes.drain(place..end)),
            3 => {
                let again = bytes[place..end].to_vec();
                bytes.splice(place..place, again);
            }
            4 => drop(bytes.splice(place..place, PIECES[below(PIECES.len())].iter().copied())),
            _ => {
                let other = &seeds[below(seeds.len())];
                bytes.truncate(place);
                bytes.extend_from_slice(&other[below(other.len())..]);
            }
        }
    }
    bytes.truncate(BYTES_MAX);
    bytes
}

fn tried(name: &str) {
    let (number, (_, target)) = (0..)
        .zip(&TARGETS)
        .find(|(_, (own, _))| *own == name)
        .expect("a target");
    let seeds = corpus(name);
    let mut dice = SplitMix64::seed_from_u64(number);
    let mut all = BTreeSet::new();
    for _ in 0..CHANGES {
        all.extend(run(*target, &changed(&seeds, &mut dice)));
    }
    // Were each of them refused at once, nothing would have been tried.
    assert!(all.len() > 1, "{all:?}");
}

#[test]
fn changed_lines_are_read_or_refused() {
    tried("line");
}

#[test]
fn changed_records_are_read_or_refused() {
    tried("record");
}

#[test]
fn changed_journals_are_read_or_refused() {
    tried("journal");
}

#[test]
fn changed_fressian_is_read_or_refused() {
    tried("fressian");
}

#[test]
fn changed_logs_are_read_or_refused() {
    tried("shiviz");
}

#[test]
fn every_target_has_its_file_for_cargo_fuzz() {
    for (name, _) in TARGETS {
        let file = root().join(format!("fuzz/fuzz_targets/{name}.rs"));
        let text = std::fs::read_to_string(&file).expect("a target of cargo fuzz");
        assert!(text.contains(&format!("fuzzing::{name}(")), "{name}");
        let manifest = std::fs::read_to_string(root().join("fuzz/Cargo.toml")).expect("a manifest");
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
}

/// Holds that a seed reaches each of these, and names those that none reaches.
fn all_reached(name: &str, expected: impl IntoIterator<Item = String>) {
    let reached = reached(name);
    let missing: Vec<String> = expected
        .into_iter()
        .filter(|key| !reached.contains(key))
        .collect();
    assert!(
        missing.is_empty(),
        "{name}: no seed reaches {missing:#?}; they reach {reached:#?}"
    );
}

fn keys(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

#[test]
fn seeds_of_lines_reach_everything_that_a_line_can_do() {
    let expected = [
        "refused: not-an-envelope",
        "refused: no-type",
        "effect: deliver",
        "effect: answer",
        "effect: ready",
        "effect: warn",
        "record: send",
        "record: receive",
        "record: lost unknown-destination",
        "record: lost unknown-source",
        "record: lost chance",
        "record: lost down",
        "record: node ready",
        "record: node starting",
        "record: malformed",
        "record: view",
    ];
    all_reached("line", keys(&expected));
}

#[test]
fn seeds_of_records_reach_every_kind() {
    let expected = [
        "refused",
        "record: send",
        "record: receive",
        "record: lost cut",
        "record: lost dropped",
        "record: copied",
        "record: held",
        "record: released",
        "record: fault cut",
        "record: fault mend",
        "record: fault partition",
        "record: fault heal",
        "record: fault hold-all",
        "record: fault release-all",
        "record: fault kill",
        "record: fault restart",
        "record: fault pause",
        "record: fault resume",
        "record: node down",
        "record: malformed",
        "record: view",
        "record: op",
    ];
    all_reached("record", keys(&expected));
}

/// The keys of errors and remarks in a reader's source.
fn keys_of(sources: &[&str]) -> Vec<String> {
    let mut keys = BTreeSet::new();
    for source in sources {
        let file = root().join("crates/recording/src/read").join(source);
        let text = std::fs::read_to_string(&file).expect("a source");
        for quoted in text.split('"').skip(1).step_by(2) {
            if quoted.starts_with("error.") || quoted.starts_with("remark.") {
                keys.insert(quoted.to_owned());
            }
        }
    }
    // Those of size want more than a seed has, and have tests of their own.
    let large = ["error.log-too-long", "error.log-hosts"];
    keys.retain(|key| !large.contains(&&**key));
    assert!(keys.len() > 2, "{sources:?}: only {keys:?}");
    keys.into_iter().collect()
}

fn events(kinds: &[&str]) -> Vec<String> {
    kinds.iter().map(|kind| format!("event: {kind}")).collect()
}

#[test]
fn seeds_of_journals_reach_every_error_and_every_kind_of_event() {
    let kinds = [
        "booted",
        "delivered",
        "bounced",
        "asked",
        "crashed",
        "paused",
        "resumed",
        "cut",
        "healed",
        "set",
        "dropped",
        "duplicated",
        "held",
        "released",
        "internal",
        "added",
        "removed",
    ];
    all_reached(
        "journal",
        events(&kinds).into_iter().chain(keys_of(&["journal.rs"])),
    );
}

#[test]
fn seeds_of_fressian_reach_every_error_and_every_kind_of_event() {
    let kinds = ["internal", "delivered", "added"];
    all_reached(
        "fressian",
        events(&kinds).into_iter().chain(keys_of(&["maelstrom.rs"])),
    );
}

#[test]
fn seeds_of_logs_reach_every_error_and_every_kind_of_event() {
    let kinds = ["internal", "delivered"];
    let expected = events(&kinds)
        .into_iter()
        .chain(keys_of(&["shiviz.rs", "document.rs"]));
    all_reached("shiviz", expected);
}
