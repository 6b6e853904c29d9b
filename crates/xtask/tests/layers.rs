//! The map of `docs/ARCHITECTURE.md`, enforced: who may depend on whom, and what the deterministic crates never touch.
//!
//! Reads manifests through `cargo metadata` and sources as text; it compiles nothing.

mod workspace;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use workspace::{Package, code_lines, members, metadata, root, rust_files};

/// The crates that face a machine: a terminal, a browser, a clock. All others are deterministic.
const FACING_A_MACHINE: [&str; 4] = ["synod", "web", "xtask", "bench"];

/// Crates of others that a deterministic crate must not reach, not even through a third one.
const FOREIGN: [(&str, &str); 14] = [
    ("web-sys", "the browser"),
    ("js-sys", "the browser"),
    ("wasm-bindgen", "the browser"),
    ("gloo", "the browser"),
    ("yew", "the browser"),
    ("tokio", "an executor"),
    ("async-std", "an executor"),
    ("smol", "an executor"),
    ("rayon", "threads"),
    ("crossbeam-channel", "threads"),
    ("getrandom", "ambient randomness"),
    ("web-time", "the wall clock"),
    ("chrono", "the wall clock"),
    ("time", "the wall clock"),
];

/// Words that a deterministic crate's source must not hold.
const FORBIDDEN: [(&str, &str); 16] = [
    ("web_sys", "the browser"),
    ("js_sys", "the browser"),
    ("wasm_bindgen", "the browser"),
    ("tokio", "an executor"),
    ("Instant::now", "the wall clock"),
    ("SystemTime", "the wall clock"),
    ("std::time::Instant", "the wall clock"),
    ("std::thread", "threads"),
    ("thread_local!", "state that no run owns"),
    ("thread_rng", "ambient randomness"),
    ("HashMap", "hash order"),
    ("HashSet", "hash order"),
    ("RandomState", "ambient randomness"),
    ("std::fs", "the file system"),
    ("std::net", "the network"),
    ("std::process", "the operating system"),
];

#[test]
fn every_dependency_lies_on_a_lower_layer() {
    let members = members();
    let layers: BTreeMap<&str, u64> = members
        .iter()
        .map(|package| {
            let layer = package.layer.unwrap_or_else(|| {
                panic!(
                    "{} declares no layer: add `[package.metadata] layer = N` to it",
                    package.manifest
                )
            });
            (package.name.as_str(), layer)
        })
        .collect();
    let mut wrong = Vec::new();
    for package in &members {
        // Development dependencies are exempt: a test may stand above the crate it tests (a protocol's tests run it in
        // the simulator), and nothing that ships depends on a test.
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| !dependency.for_tests)
        {
            let Some(below) = layers.get(dependency.name.as_str()) else {
                continue;
            };
            let own = layers[package.name.as_str()];
            if *below >= own {
                wrong.push(format!(
                    "{} (layer {own}) depends on {} (layer {below}): a dependency must lie on a lower layer",
                    package.name, dependency.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn deterministic_crates_reach_no_foreign_world() {
    // Resolved for wasm32, where the page runs.
    let metadata = metadata(&["--filter-platform", "wasm32-unknown-unknown"]);
    let names: BTreeMap<&str, &str> = array(&metadata["packages"])
        .iter()
        .map(|package| (text(&package["id"]), text(&package["name"])))
        .collect();
    let edges: BTreeMap<&str, Vec<&str>> = array(&metadata["resolve"]["nodes"])
        .iter()
        .map(|node| (text(&node["id"]), normal_dependencies(node)))
        .collect();
    let mut wrong = Vec::new();
    for id in array(&metadata["workspace_members"]).iter().map(text) {
        if FACING_A_MACHINE.contains(&names[id]) {
            continue;
        }
        let mut reached = BTreeSet::from([id]);
        let mut next = vec![id];
        while let Some(at) = next.pop() {
            next.extend(edges[at].iter().filter(|to| reached.insert(to)));
        }
        for (foreign, what) in FOREIGN {
            if reached.iter().any(|id| names[id] == foreign) {
                wrong.push(format!("{} reaches {what} through {foreign}", names[id]));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn deterministic_sources_name_no_foreign_world() {
    let mut wrong = Vec::new();
    for package in members()
        .iter()
        .filter(|package| !FACING_A_MACHINE.contains(&package.name.as_str()))
    {
        // Tests beside src/ may read files and measure; what ships may not.
        for file in rust_files(&package.folder().join("src")) {
            for (number, line) in code_lines(&file) {
                for (word, what) in FORBIDDEN.iter().filter(|(word, _)| line.contains(word)) {
                    let place = file.strip_prefix(root()).unwrap_or(&file).display();
                    wrong.push(format!("{place}:{number} names {word} ({what})"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_check_sees_the_crates() {
    let members = members();
    for name in ["protocol", "trace", "sim", "raft", "studio", "web"] {
        assert!(
            members.iter().any(|package: &Package| package.name == name),
            "{name} is not in the workspace"
        );
    }
    let facing: Vec<_> = members
        .iter()
        .filter(|package| FACING_A_MACHINE.contains(&package.name.as_str()))
        .collect();
    assert_eq!(
        facing.len(),
        FACING_A_MACHINE.len(),
        "FACING_A_MACHINE names a crate that is gone"
    );
}

/// The packages that `node` is linked with; not what its tests or its build scripts use.
fn normal_dependencies(node: &Value) -> Vec<&str> {
    array(&node["deps"])
        .iter()
        .filter(|dependency| {
            array(&dependency["dep_kinds"])
                .iter()
                .any(|kind| kind["kind"].is_null())
        })
        .map(|dependency| text(&dependency["pkg"]))
        .collect()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().expect("cargo metadata has an array here")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("cargo metadata has a string here")
}
