//! Style that matters, as tests: see `docs/STYLE.md`.
//!
//! Reads sources as text; it compiles nothing.

mod workspace;

use std::path::{Path, PathBuf};
use workspace::{read, root, rust_files};

const FILE_LINES_MAX: usize = 600;
const LINE_CHARS_MAX: usize = 160;

/// Every Rust file of the workspace.
fn sources() -> Vec<PathBuf> {
    let files: Vec<_> = ["crates", "web"]
        .iter()
        .flat_map(|folder| rust_files(&root().join(folder)))
        .collect();
    assert!(
        files.len() > 20,
        "only {} Rust files were found: the search is broken",
        files.len()
    );
    files
}

/// Fail with everything that `wrong` says about any file.
fn every_source(wrong: impl Fn(&str) -> Vec<String>) {
    let complaints: Vec<String> = sources()
        .iter()
        .flat_map(|file| {
            let place = place(file);
            wrong(&read(file))
                .into_iter()
                .map(move |complaint| format!("{place}{complaint}"))
        })
        .collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

fn place(file: &Path) -> String {
    file.strip_prefix(root())
        .unwrap_or(file)
        .display()
        .to_string()
}

/// The numbers of the lines of which `is` holds, as complaints.
fn lines_where(text: &str, complaint: &str, is: impl Fn(&str) -> bool) -> Vec<String> {
    let numbered = text.lines().enumerate().filter(|(_, line)| is(line));
    numbered
        .map(|(index, _)| format!(":{}: {complaint}", index + 1))
        .collect()
}

#[test]
fn every_file_says_what_it_is() {
    every_source(|text| {
        let opens = text.starts_with("//! ");
        if opens {
            vec![]
        } else {
            vec![": must open with `//!`: what it is, and what it must not know".into()]
        }
    });
}

#[test]
fn no_file_is_too_long() {
    every_source(|text| {
        let lines = text.lines().count();
        let long = lines > FILE_LINES_MAX;
        if long {
            vec![format!(
                ": has {lines} lines (at most {FILE_LINES_MAX}): split it by concept"
            )]
        } else {
            vec![]
        }
    });
}

#[test]
fn no_line_is_too_long() {
    every_source(|text| {
        lines_where(text, "is too long to read", |line| {
            line.chars().count() > LINE_CHARS_MAX
        })
    });
}

#[test]
fn nothing_is_left_for_later() {
    // Spelt apart, or this file would find itself.
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
        concat!("to", "do!("),
    ];
    every_source(|text| {
        lines_where(text, "finish it, or leave it out", |line| {
            marks.iter().any(|mark| line.contains(mark))
        })
    });
}

#[test]
fn no_test_is_switched_off() {
    let mark = concat!("#[", "ignore");
    every_source(|text| {
        lines_where(text, "a test that does not run proves nothing", |line| {
            line.contains(mark)
        })
    });
}

#[test]
fn every_exception_to_a_lint_gives_its_reason() {
    let marks = [
        concat!("allow", "(clippy::"),
        concat!("allow", "(unsafe_code"),
    ];
    every_source(|text| {
        lines_where(text, "say why: reason = \"…\"", |line| {
            // An attribute that spans lines has its reason on a later one.
            marks.iter().any(|mark| line.contains(mark))
                && line.contains(")]")
                && !line.contains("reason")
        })
    });
}

#[test]
fn every_dependency_is_explained() {
    let manifest = read(&root().join("Cargo.toml"));
    let explained = read(&root().join("docs/DEPENDENCIES.md"));
    let section = manifest
        .split("[workspace.dependencies]")
        .nth(1)
        .expect("the workspace declares its dependencies");
    let section = section.split("\n[").next().unwrap_or_default();
    let names: Vec<&str> = section
        .lines()
        .filter(|line| !line.starts_with('#') && !line.contains("path = "))
        .filter_map(|line| Some(line.split_once('=')?.0.trim()))
        .collect();
    assert!(
        names.len() > 5,
        "only {names:?} were found: the search is broken"
    );
    let missing: Vec<&&str> = names
        .iter()
        .filter(|name| !explained.contains(&format!("`{name}`")))
        .collect();
    assert!(
        missing.is_empty(),
        "docs/DEPENDENCIES.md does not say why these are used: {missing:?}"
    );
}

#[test]
fn every_member_inherits_what_the_workspace_declares() {
    for manifest in workspace::members().iter().map(|package| &package.manifest) {
        let text = read(Path::new(manifest));
        assert!(
            text.contains("[lints]\nworkspace = true"),
            "{manifest} does not inherit the workspace's lints"
        );
        assert!(
            !text.contains("version = \""),
            "{manifest} names a version: the workspace's Cargo.toml is the place for it"
        );
    }
}
