//! The workspace as the tests of style and layers see it: packages from `cargo metadata`, sources as text.
#![allow(dead_code, reason = "each test file uses its part")]

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One crate of the workspace.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// The path of its Cargo.toml.
    pub(crate) manifest: String,
    /// What `[package.metadata] layer` says.
    pub(crate) layer: Option<u64>,
    pub(crate) dependencies: Vec<Dependency>,
}

/// One line of a manifest's dependencies.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Whether only its tests use it.
    pub(crate) for_tests: bool,
}

impl Package {
    pub(crate) fn folder(&self) -> &Path {
        Path::new(&self.manifest)
            .parent()
            .expect("a manifest lies in a folder")
    }
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("crates/xtask lies two levels below the root")
        .to_owned()
}

/// What `cargo metadata` says, with these arguments.
pub(crate) fn metadata(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1"])
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("cargo starts");
    assert!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON")
}

/// The crates of the workspace.
pub(crate) fn members() -> Vec<Package> {
    let metadata = metadata(&["--no-deps"]);
    let packages = metadata["packages"]
        .as_array()
        .expect("cargo metadata lists packages");
    packages.iter().map(package).collect()
}

fn package(value: &Value) -> Package {
    let text = |value: &Value| {
        value
            .as_str()
            .expect("cargo metadata has a string here")
            .to_owned()
    };
    let dependencies = value["dependencies"]
        .as_array()
        .expect("cargo metadata lists dependencies");
    Package {
        name: text(&value["name"]),
        manifest: text(&value["manifest_path"]),
        layer: value["metadata"]["layer"].as_u64(),
        dependencies: dependencies
            .iter()
            .map(|dependency| Dependency {
                name: text(&dependency["name"]),
                for_tests: dependency["kind"] == "dev",
            })
            .collect(),
    }
}

/// Every Rust file under `folder`, in a stable order; neither build output nor installed packages.
pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let entries = fs::read_dir(folder).into_iter().flatten();
    for path in entries.map(|entry| entry.expect("a folder can be listed").path()) {
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() {
            if name != "target" && name != "node_modules" {
                files.extend(rust_files(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The text of `file`.
pub(crate) fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The numbered lines of `file`, from 1, without line comments.
pub(crate) fn code_lines(file: &Path) -> Vec<(usize, String)> {
    let code = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
    read(file)
        .lines()
        .map(code)
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .collect()
}
