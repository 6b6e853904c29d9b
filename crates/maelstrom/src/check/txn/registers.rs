//! One register whose values are each written once: the order of its versions, as far as transactions show it that read and wrote it,
//! and the dependencies that follow.

use super::Found;
use super::graph::{Edge, Graph};
use super::steps::{Seen, Step, Txn, told};
use std::collections::{BTreeMap, BTreeSet};

/// A version: `None` is the register before anybody wrote it.
type Version<'a> = Option<&'a str>;

/// What a transaction's first step at the register saw, if that was a read.
fn external<'a>(txn: &'a Txn<'_>, key: &str) -> Option<&'a Seen> {
    let first = txn.steps.iter().find(|step| step.key() == key)?;
    match first {
        Step::Read(_, seen) => seen.as_ref(),
        Step::Append(..) | Step::Write(..) => None,
    }
}

fn version(seen: &Seen) -> Version<'_> {
    match seen {
        Seen::Value(value) => Some(value),
        Seen::Nothing | Seen::List(_) => None,
    }
}

/// Everything about one key.
pub(super) fn study(key: &str, txns: &[Txn<'_>], graph: &mut Graph, found: &mut Vec<Found>) {
    let mut writers: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, txn) in txns.iter().enumerate() {
        for value in txn.writes(key) {
            writers.insert(value, place);
        }
    }
    for (reader, txn) in txns.iter().enumerate() {
        for seen in txn.reads(key) {
            wrong_read(key, txns, &writers, reader, seen, found);
        }
    }
    // Which version came directly after which, as far as somebody read the one and wrote the other.
    let mut after: BTreeMap<Version<'_>, BTreeSet<&str>> = BTreeMap::new();
    let mut updates: BTreeMap<Version<'_>, BTreeSet<usize>> = BTreeMap::new();
    for (place, txn) in txns.iter().enumerate().filter(|(_, txn)| txn.call.ok()) {
        let Some(last) = txn.writes(key).last() else {
            continue;
        };
        after.entry(None).or_default().insert(last);
        if let Some(seen) = external(txn, key) {
            after.entry(version(seen)).or_default().insert(last);
            updates.entry(version(seen)).or_default().insert(place);
        }
    }
    for (version, txns) in updates.iter().filter(|(_, txns)| txns.len() > 1) {
        found.push(Found {
            anomaly: "lost-update",
            text: format!(
                "{} transactions read key {key} as {} and wrote it",
                txns.len(),
                version.unwrap_or("nothing")
            ),
            about: txns.iter().copied().collect(),
        });
    }
    let writer = |value: &str| {
        let place = writers.get(value).copied()?;
        txns[place].call.possible().then_some(place)
    };
    for (before, values) in &after {
        for later in values.iter().filter_map(|value| writer(value)) {
            if let Some(earlier) = before.and_then(writer) {
                graph.add(earlier, later, Edge::WriteWrite, key);
            }
        }
    }
    for (reader, txn) in txns.iter().enumerate().filter(|(_, txn)| txn.call.ok()) {
        let Some(seen) = external(txn, key) else {
            continue;
        };
        let seen = version(seen);
        if let Some(earlier) = seen.and_then(writer) {
            graph.add(earlier, reader, Edge::WriteRead, key);
        }
        for later in after.get(&seen).into_iter().flatten() {
            if let Some(later) = writer(later) {
                graph.add(reader, later, Edge::ReadWrite, key);
            }
        }
    }
    if let Some(value) = on_a_circle(&after) {
        let about = writers.get(value).copied().into_iter().collect();
        found.push(Found {
            anomaly: "cyclic-versions",
            text: format!("the versions of key {key} have no order: {value} comes before itself"),
            about,
        });
    }
}

fn wrong_read(
    key: &str,
    txns: &[Txn<'_>],
    writers: &BTreeMap<&str, usize>,
    reader: usize,
    seen: &Seen,
    found: &mut Vec<Found>,
) {
    let value = match seen {
        Seen::Nothing => return,
        Seen::Value(value) => value,
        Seen::List(_) => &told(seen),
    };
    let Some(writer) = writers.get(&**value) else {
        found.push(Found {
            anomaly: "garbage-read",
            text: format!("a read of key {key} saw {value}, which nobody wrote"),
            about: vec![reader],
        });
        return;
    };
    let about = vec![reader, *writer];
    if !txns[*writer].call.possible() {
        found.push(Found {
            anomaly: "G1a",
            text: format!("a read of key {key} saw {value}, which an aborted transaction wrote"),
            about,
        });
    } else if *writer != reader && txns[*writer].writes(key).last() != Some(value) {
        found.push(Found {
            anomaly: "G1b",
            text: format!(
                "a read of key {key} saw {value}, in the midst of a transaction that wrote it again"
            ),
            about,
        });
    }
}

/// A version that comes after itself.
fn on_a_circle<'a>(after: &BTreeMap<Version<'a>, BTreeSet<&'a str>>) -> Option<&'a str> {
    // What has nothing before it is taken away until nothing can be (Kahn 1962).
    let mut before: BTreeMap<&str, u32> = BTreeMap::new();
    for value in after.values().flatten() {
        *before.entry(value).or_default() += 1;
    }
    let mut free: Vec<Version<'_>> = after
        .keys()
        .copied()
        .filter(|version| version.is_none_or(|value| !before.contains_key(value)))
        .collect();
    while let Some(version) = free.pop() {
        for value in after.get(&version).into_iter().flatten() {
            if let Some(count) = before.get_mut(value) {
                *count -= 1;
                if *count == 0 {
                    before.remove(value);
                    free.push(Some(value));
                }
            }
        }
    }
    before.into_keys().next()
}
