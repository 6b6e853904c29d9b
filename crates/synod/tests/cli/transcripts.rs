//! The scenarios as transcripts, reviewed like code. `UPDATE=1 cargo nextest run -p synod` writes them anew.

use crate::common::synod;
use std::path::PathBuf;

fn kept(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/transcripts")
        .join(name)
}

/// The transcript of `scenario` is the kept one; a change is shown from the first line that differs.
fn check(scenario: &scenario::Scenario, language: &str) {
    let (protocol, id) = (&scenario.protocol, &scenario.id);
    let full = format!("{protocol}/{id}");
    let said = synod(&["run", &full, "--lang", language]);
    let suffix = if language == "en" { "" } else { ".zh" };
    let kept = kept(&format!("{protocol}-{id}{suffix}.txt"));
    assert_eq!(said.err, "", "{full}");
    #[expect(clippy::disallowed_methods, reason = "a person asks for the update")]
    if std::env::var_os("UPDATE").is_some() {
        return std::fs::write(&kept, said.out).expect("the transcripts can be written");
    }
    let expected = std::fs::read_to_string(&kept).unwrap_or_default();
    let lines = || said.out.lines().map(Some).chain([None]);
    let differs = (1..)
        .zip(lines())
        .zip(expected.lines().map(Some).chain([None]));
    let differs = differs.into_iter().find(|((_, now), then)| now != then);
    assert!(
        said.out == expected,
        "{} changes, first at {differs:#?}\nif that is right: UPDATE=1 cargo nextest run -p synod",
        kept.display()
    );
}

#[test]
fn every_scenario_reads_as_it_did() {
    for entry in catalog::entries() {
        for scenario in entry.scenarios() {
            check(scenario, "en");
        }
    }
}

#[test]
fn the_first_scenario_reads_as_it_did_in_chinese() {
    for entry in catalog::entries() {
        if let Some(first) = entry.scenarios().first() {
            check(first, "zh");
        }
    }
}

/// A transcript of a scenario that is gone would be kept for ever.
#[test]
fn every_transcript_has_its_scenario() {
    let there: Vec<String> = catalog::entries()
        .iter()
        .flat_map(|entry| entry.scenarios())
        .map(|scenario| format!("{}-{}", scenario.protocol, scenario.id))
        .collect();
    for entry in std::fs::read_dir(kept("")).expect("the folder is there") {
        let name = entry.expect("it can be listed").file_name();
        let name = name.to_string_lossy();
        let id = name.trim_end_matches(".txt").trim_end_matches(".zh");
        assert!(
            there.iter().any(|known| known == id),
            "{name} belongs to no scenario"
        );
    }
}
