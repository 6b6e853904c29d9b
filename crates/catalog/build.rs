//! Finds the scenarios of every protocol in `scenarios/<protocol>/*.toml`, reads them, and leaves them packed: nothing
//! need be parsed to list them. A file that cannot be read fails the build, with line, column and cure.

use protocol::Phrase;
use scenario::Scenario;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use trace::{Language, Words};

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut mistakes = 0;
    let mut all: BTreeMap<String, Vec<Scenario>> = BTreeMap::new();
    for folder in listing(&root) {
        let protocol = stem(&folder);
        for file in listing(&folder) {
            if file.extension().is_none_or(|extension| extension != "toml") {
                continue;
            }
            let text = std::fs::read_to_string(&file).expect("a scenario can be read");
            match scenario::read(&stem(&file), &text) {
                Ok(draft) if draft.scenario.protocol == protocol => {
                    all.entry(protocol.clone())
                        .or_default()
                        .push(draft.scenario);
                }
                Ok(draft) => {
                    mistakes += 1;
                    println!(
                        "cargo::error={}: the protocol is `{}`, and the folder `{protocol}`: move the file",
                        file.display(),
                        draft.scenario.protocol
                    );
                }
                Err(found) => {
                    mistakes += found.len();
                    for mistake in found {
                        let place = mistake.place;
                        println!(
                            "cargo::error={}:{}:{}: {}",
                            file.display(),
                            place.line,
                            place.column,
                            say(&mistake.what)
                        );
                    }
                }
            }
        }
    }
    if mistakes > 0 {
        return ExitCode::FAILURE;
    }
    let mut code = String::from("&[");
    for (protocol, mut scenarios) in all {
        scenarios.sort_by(|a, b| (a.order, &a.id).cmp(&(b.order, &b.id)));
        let packed = postcard::to_allocvec(&scenarios).expect("scenarios are plain data");
        let _ = write!(code, "({protocol:?}, &{packed:?}),");
    }
    code.push(']');
    let out = PathBuf::from(env("OUT_DIR")).join("scenarios.rs");
    std::fs::write(out, code).expect("the build's own folder can be written");
    ExitCode::SUCCESS
}

/// What is in a folder, by name.
fn listing(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("a folder can be listed").path())
        .collect();
    paths.sort();
    paths
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default()
}

#[expect(clippy::disallowed_methods, reason = "Cargo tells a build script so")]
fn env(key: &str) -> String {
    std::env::var(key).expect("Cargo sets it")
}

fn say(phrase: &Phrase) -> String {
    let mut words = Words::new(Language::English);
    words
        .add(scenario::words(Language::English))
        .expect("the words of scenarios are lines of `key = template`");
    words.say(phrase, &[])
}
