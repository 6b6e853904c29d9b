//! Transactions over lists and registers: anomalies after Adya (1999), found as Elle finds them (Kingsbury & Alvaro, VLDB 2020).
//!
//! What a list shows tells the order of its versions, and that order tells which transaction depends on which: a cycle of dependencies
//! is an anomaly, named by its edges. Knows nothing of who carries transactions out.

mod cycles;
mod graph;
mod lists;
mod registers;
mod steps;

use super::{Validity, Verdict};
use crate::history::Call;
use graph::{Edge, Graph};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use steps::{Step, Txn};

/// How isolated transactions are promised to be, from the weakest on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// No cycle of writes alone (PL-1).
    ReadUncommitted,
    /// Nothing is read that was aborted or not final, no circle of information (PL-2).
    ReadCommitted,
    /// A transaction sees its own writes, and others' whole or not at all.
    ReadAtomic,
    /// Reads from one moment; no update is lost (Berenson et al. 1995; PL-SI).
    SnapshotIsolation,
    /// An order explains everything.
    Serializable,
    /// An order explains everything, and agrees with real time.
    #[default]
    StrictSerializable,
}

impl Level {
    /// All of them, from the weakest on.
    pub const ALL: [Self; 6] = [
        Self::ReadUncommitted,
        Self::ReadCommitted,
        Self::ReadAtomic,
        Self::SnapshotIsolation,
        Self::Serializable,
        Self::StrictSerializable,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadUncommitted => "read-uncommitted",
            Self::ReadCommitted => "read-committed",
            Self::ReadAtomic => "read-atomic",
            Self::SnapshotIsolation => "snapshot-isolation",
            Self::Serializable => "serializable",
            Self::StrictSerializable => "strict-serializable",
        }
    }

    /// The weakest level that forbids this anomaly.
    fn forbids(anomaly: &str) -> Self {
        match anomaly {
            "G0" | "duplicate-elements" | "garbage-read" | "cyclic-versions" => {
                Self::ReadUncommitted
            }
            "G1a" | "G1b" | "G1c" | "incompatible-order" => Self::ReadCommitted,
            "internal" => Self::ReadAtomic,
            "G-single-item" | "G-nonadjacent-item" | "lost-update" => Self::SnapshotIsolation,
            "G2-item" => Self::Serializable,
            _ => Self::StrictSerializable,
        }
    }
}

/// What a checker of one sort of object says of it.
pub(super) struct Found {
    anomaly: &'static str,
    text: String,
    /// Places in the list of transactions.
    about: Vec<usize>,
}

/// Judges a history of transactions.
pub(super) fn check(calls: &[Call], level: Level) -> Verdict {
    let mut verdict = Verdict::default();
    let txns: Vec<Txn<'_>> = calls.iter().filter_map(Txn::read).collect();
    let mut found = internal(&txns);
    let mut graph = Graph::new(txns.len());
    let mut keys: BTreeSet<&str> = BTreeSet::new();
    let mut registers: BTreeSet<&str> = BTreeSet::new();
    for step in txns.iter().flat_map(|txn| &txn.steps) {
        keys.insert(step.key());
        if matches!(step, Step::Write(..)) {
            registers.insert(step.key());
        }
    }
    for key in &keys {
        if registers.contains(key) {
            registers::study(key, &txns, &mut graph, &mut found);
        } else {
            lists::study(key, &txns, &mut graph, &mut found);
        }
    }
    if level == Level::StrictSerializable {
        real_time(&txns, &mut graph);
    }
    cycles::find(&graph, &mut found);
    verdict.figure("transactions", txns.len());
    verdict.figure("keys", keys.len());
    verdict.figure("dependencies", graph.edges());
    verdict.figure("level", level.name());
    let mut beyond = BTreeSet::new();
    for Found {
        anomaly,
        text,
        about,
    } in found
    {
        if Level::forbids(anomaly) > level {
            beyond.insert(anomaly);
            continue;
        }
        let about: Vec<&Call> = about.iter().map(|place| txns[*place].call).collect();
        verdict.wrong(anomaly, || text, &about);
    }
    if !beyond.is_empty() {
        let beyond: Vec<&str> = beyond.into_iter().collect();
        verdict.figure("allowed-anomalies", beyond);
    }
    if !txns.iter().any(|txn| txn.call.ok()) && verdict.valid == Validity::Valid {
        verdict.unknown("empty", || "no transaction succeeded".into(), &[]);
    }
    verdict
}

/// What one transaction sees must agree with what it did and saw itself before.
fn internal(txns: &[Txn<'_>]) -> Vec<Found> {
    let mut found = Vec::new();
    for (place, txn) in txns.iter().enumerate().filter(|(_, txn)| txn.call.ok()) {
        if let Some(text) = steps::contradiction(&txn.steps) {
            found.push(Found {
                anomaly: "internal",
                text,
                about: vec![place],
            });
        }
    }
    found
}

/// Whoever ended before another began comes before it. Only the edges from which all others follow are drawn.
fn real_time(txns: &[Txn<'_>], graph: &mut Graph) {
    let mut events: Vec<(u32, usize, bool)> = Vec::new();
    for (place, txn) in txns.iter().enumerate() {
        events.push((txn.call.invoked, place, false));
        if let Some(returned) = txn.call.returned.filter(|_| txn.call.ok()) {
            events.push((returned, place, true));
        }
    }
    events.sort_unstable();
    // Those that ended, of which nobody that began after them has ended.
    let mut latest: BTreeSet<usize> = BTreeSet::new();
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); txns.len()];
    for (_, place, ends) in events {
        if ends {
            for earlier in std::mem::take(&mut before[place]) {
                latest.remove(&earlier);
            }
            latest.insert(place);
        } else {
            for earlier in &latest {
                graph.add(*earlier, place, Edge::RealTime, "");
            }
            before[place] = latest.iter().copied().collect();
        }
    }
}
