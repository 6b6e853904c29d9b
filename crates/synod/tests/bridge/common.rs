//! Running `synod bridge`, and what stands beside it: examples in other languages, the example in Rust.

use maelstrom::journal::Record;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub(crate) const SYNOD: &str = env!("CARGO_BIN_EXE_synod");

/// The top of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of the workspace as a text.
pub(crate) fn at(path: &str) -> String {
    root().join(path).display().to_string()
}

/// The example node in Rust, which is built with the tests.
pub(crate) fn rust_node() -> String {
    let binaries = Path::new(SYNOD).parent().unwrap();
    binaries.join("examples/node").display().to_string()
}

/// Whether this program is there; a test that needs it and has it not says so and ends.
pub(crate) fn there(program: &str) -> bool {
    let found = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let there = found.is_ok_and(|status| status.success());
    if !there {
        eprintln!("skipped: no {program}");
    }
    there
}

/// `synod bridge` with these arguments and this node.
pub(crate) fn bridge(args: &str, node: &[&str]) -> Output {
    let mut command = Command::new(SYNOD);
    command.arg("bridge").args(args.split_whitespace());
    command.arg("--").args(node).stdin(Stdio::null());
    command.output().unwrap()
}

/// A test of a workload with a JSON report: the exit code, the report, and the standard error.
pub(crate) fn test(args: &str, node: &[&str]) -> (i32, Value, String) {
    let output = bridge(&format!("{args} --json --seed 7"), node);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {output:?}"));
    (output.status.code().unwrap_or(-1), report, errors)
}

/// A wrong node of this sort.
pub(crate) fn wrong_node() -> String {
    at("crates/synod/tests/bridge/nodes/wrong.py")
}

/// A file for a journal, of this test alone.
pub(crate) fn journal(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("synod-{name}-{}.jsonl", std::process::id()))
}

/// The records of a journal, which then is removed.
pub(crate) fn records(file: &Path) -> Vec<Record> {
    let text = std::fs::read_to_string(file).unwrap();
    std::fs::remove_file(file).unwrap();
    let mut lines = text.lines();
    let head: serde_json::Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    assert_eq!(
        (&head["type"], &head["format"]),
        (&"journal".into(), &1.into())
    );
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
