//! Histories of transactions with known verdicts: `transactions/verdicts.tsv` says which anomalies each has, and by whose word.

use maelstrom::check::txn::Level;
use maelstrom::check::{Validity, Verdict, check};
use maelstrom::history::Event;
use maelstrom::workload::Workload;
use std::fs;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transactions");

fn verdict(file: &str, level: Level) -> Verdict {
    let text = fs::read_to_string(format!("{FOLDER}/{file}")).unwrap();
    let events: Vec<Event> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    check(Workload::TxnListAppend, &events, level)
}

#[test]
fn every_history_gets_its_known_verdict() {
    let table = fs::read_to_string(format!("{FOLDER}/verdicts.tsv")).unwrap();
    let mut checked = 0;
    for line in table.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let verdict = verdict(columns[0], Level::default());
        let valid = columns[1] == "true";
        assert_eq!(
            verdict.valid == Validity::Valid,
            valid,
            "{line}: {verdict:#?}"
        );
        // What Elle says of a graph without edges is no anomaly of the history.
        let expected = columns[2].split(',').filter(|it| !it.is_empty());
        for anomaly in expected.filter(|it| *it != "empty-transaction-graph") {
            assert!(verdict.counts.contains_key(anomaly), "{line}: {verdict:#?}");
        }
        for finding in &verdict.findings {
            assert!(!finding.operations.is_empty(), "{finding:?}");
        }
        checked += 1;
    }
    assert_eq!(checked, 10);
}

#[test]
fn a_level_forbids_what_it_promises_and_no_more() {
    let valid = |file, level| verdict(file, level).valid == Validity::Valid;
    for (file, weakest) in [
        ("append-g1a-aborted-read.jsonl", Level::ReadCommitted),
        ("rw-g1c.jsonl", Level::ReadCommitted),
        ("append-internal-own-write-lost.jsonl", Level::ReadAtomic),
        ("append-lost-update.jsonl", Level::SnapshotIsolation),
        ("append-long-fork.jsonl", Level::SnapshotIsolation),
        ("append-g2-write-skew.jsonl", Level::Serializable),
    ] {
        for level in Level::ALL {
            assert_eq!(valid(file, level), level < weakest, "{file} {level:?}");
        }
    }
}
