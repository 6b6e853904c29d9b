//! Nodes that are wrong, each in a way that a checker is there to find.

use crate::common::{test, there, wrong_node};

fn caught(fault: &str, workload: &str, anomalies: &[&str]) {
    if !there("python3") {
        return;
    }
    let node = wrong_node();
    let args = format!("--workload {workload} --time-limit 1.5 --recovery 0.5 --rate 150");
    let (code, report, errors) = test(&args, &["python3", &node, fault]);
    assert_eq!(code, 1, "{fault}: {report:#}\n{errors}");
    assert_eq!(report["valid"], "invalid");
    let counts = &report["verdict"]["counts"];
    assert!(
        anomalies.iter().any(|anomaly| counts[*anomaly].is_u64()),
        "{fault}: {counts}"
    );
    let named = report["verdict"]["findings"].as_array().unwrap().iter();
    assert!(named.clone().count() > 0);
    for finding in named {
        assert!(
            !finding["operations"].as_array().unwrap().is_empty(),
            "{finding}"
        );
    }
}

#[test]
fn without_its_fault_and_alone_the_same_node_is_right() {
    if !there("python3") {
        return;
    }
    let node = wrong_node();
    for (fault, workload) in [
        ("none", "echo"),
        ("none", "unique-ids"),
        ("none", "broadcast"),
        ("none", "g-set"),
        ("counter", "g-counter"),
        ("counter", "pn-counter"),
        ("none", "lin-kv"),
        ("none", "txn-list-append"),
        ("none", "kafka"),
    ] {
        let args =
            format!("--workload {workload} --nodes 1 --concurrency 4 --time-limit 1 --recovery 0");
        let (code, report, errors) = test(&args, &["python3", &node, fault]);
        assert_eq!(code, 0, "{workload}: {report:#}\n{errors}");
    }
}

#[test]
fn another_echo() {
    caught("echo", "echo", &["other-echo"]);
}

#[test]
fn ids_that_others_gave_out_too() {
    caught("ids", "unique-ids", &["duplicate-id"]);
}

#[test]
fn a_broadcast_that_is_lost() {
    caught("loses", "broadcast", &["lost"]);
}

#[test]
fn a_set_that_nobody_else_learns_of() {
    caught("set", "g-set", &["lost"]);
}

#[test]
fn a_counter_that_nobody_else_learns_of() {
    caught("counter", "g-counter", &["wrong-sum"]);
    caught("counter", "pn-counter", &["wrong-sum"]);
}

#[test]
fn reads_that_are_stale() {
    caught("stale", "lin-kv", &["not-linearizable"]);
}

#[test]
fn a_transaction_that_was_aborted_and_is_seen() {
    caught("aborts", "txn-list-append", &["G1a"]);
}

#[test]
fn a_log_that_gives_an_offset_twice() {
    caught("log", "kafka", &["inconsistent-offsets", "lost-write"]);
}
