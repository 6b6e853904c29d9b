//! The map of `docs/ARCHITECTURE.md`, enforced: who may depend on whom, and what the deterministic crates never touch.
//!
//! Reads manifests through cargo and sources as text; it compiles nothing.

mod workspace;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use workspace::{Package, code_lines, members, root, rust_files};

/// The crates that face a machine: a terminal, a browser, a clock. All others are deterministic.
const FACING_A_MACHINE: [&str; 5] = ["synod", "web", "xtask", "bench", "split"];

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
    let mut wrong = Vec::new();
    for package in members()
        .iter()
        .filter(|package| !FACING_A_MACHINE.contains(&package.name.as_str()))
    {
        let reached = linked(&package.name);
        assert!(
            reached.contains(&package.name),
            "cargo tree no longer lists the crate itself"
        );
        for (foreign, what) in FOREIGN {
            if reached.contains(foreign) {
                wrong.push(format!("{} reaches {what} through {foreign}", package.name));
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
            // A real node's disk: behind a feature that only native programs ask for.
            if file.ends_with("crates/live/src/store.rs") {
                continue;
            }
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

/// The names of all crates that `package` is linked with in the page, itself included; not what its tests use.
fn linked(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--package", package, "--edges", "normal"])
        .args(["--target", "wasm32-unknown-unknown"])
        .args(["--prefix", "none", "--no-dedupe"])
        .current_dir(root())
        .output()
        .expect("cargo starts");
    assert!(
        output.status.success(),
        "cargo tree: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8(output.stdout).expect("crates have plain names");
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    names.map(str::to_owned).collect()
}
