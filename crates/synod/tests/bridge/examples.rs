//! The examples in every language pass the tests that they are examples for.

use crate::common::{at, rust_node, test, there};

fn passes(args: &str, node: &[&str]) {
    let (code, report, errors) = test(args, node);
    assert_eq!(code, 0, "{report:#}\n{errors}");
    assert_eq!(report["valid"], "valid");
}

const SHORT: &str = "--time-limit 1.5 --recovery 1.5";

#[test]
fn the_node_in_python_has_forty_lines_and_broadcasts() {
    let node = at("examples/python/node.py");
    let lines = std::fs::read_to_string(&node).unwrap().lines().count();
    assert!(lines <= 40, "{lines} lines");
    if there("python3") {
        passes(&format!("--workload echo {SHORT}"), &["python3", &node]);
        let broadcast = format!("--workload broadcast {SHORT} --latency 5 --loss 0.1");
        passes(&broadcast, &["python3", &node]);
    }
}

#[test]
fn a_broadcast_in_python_survives_partitions() {
    if there("python3") {
        let node = at("examples/python/node.py");
        let args = "--workload broadcast --time-limit 3 --recovery 2 --nemesis partition --nemesis-interval 0.5";
        passes(args, &["python3", &node]);
    }
}

#[test]
fn the_proxy_in_python_is_linearizable() {
    if there("python3") {
        let node = at("examples/python/lin_kv.py");
        let args = format!(
            "--workload lin-kv {SHORT} --concurrency 2n --latency 5 --latency-dist exponential"
        );
        passes(&args, &["python3", &node]);
    }
}

#[test]
fn the_nodes_in_javascript() {
    if there("node") {
        let node = at("examples/javascript/node.mjs");
        passes(&format!("--workload echo {SHORT}"), &["node", &node]);
        passes(&format!("--workload broadcast {SHORT}"), &["node", &node]);
        let proxy = at("examples/javascript/lin_kv.mjs");
        passes(&format!("--workload lin-kv {SHORT}"), &["node", &proxy]);
    }
}

#[test]
fn the_node_in_rust() {
    let node = rust_node();
    passes(&format!("--workload echo {SHORT}"), &[&node]);
    passes(
        &format!("--workload unique-ids {SHORT} --rate 1000"),
        &[&node],
    );
    let faults = "--nemesis partition,pause --nemesis-interval 0.3";
    passes(
        &format!("--workload lin-kv {SHORT} --latency 2 {faults}"),
        &[&node],
    );
}
