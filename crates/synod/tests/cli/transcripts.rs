//! The scenarios as transcripts, reviewed like code. `UPDATE=1 cargo nextest run -p synod` writes them anew, and the digests
//! in the scenarios' files.

use crate::common::{file, synod};
use std::path::PathBuf;

fn kept(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/transcripts")
        .join(name)
}

/// The transcript of `scenario` is the kept one; a change is shown from the first line that differs.
fn check(protocol: &str, scenario: &catalog::Scenario, language: &str) {
    let id = scenario.id;
    let path = file(&format!("{protocol}-{id}-{language}.json"), scenario.file);
    let said = synod(&["replay", &path, "--lang", language]);
    let suffix = if language == "en" { "" } else { ".zh" };
    let kept = kept(&format!("{protocol}-{id}{suffix}.txt"));
    #[expect(clippy::disallowed_methods, reason = "a person asks for the update")]
    if std::env::var_os("UPDATE").is_some() {
        let saved = synod(&["replay", &path, "--format", "run"]).out;
        let scenario = format!("../catalog/scenarios/{protocol}/{id}.json");
        let scenario = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(scenario);
        std::fs::write(scenario, saved).expect("the scenarios can be written");
        return std::fs::write(&kept, said.out).expect("the transcripts can be written");
    }
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{protocol} {id}");
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
        for scenario in entry.scenarios {
            check(entry.about.id, scenario, "en");
        }
    }
}

#[test]
fn the_first_scenario_reads_as_it_did_in_chinese() {
    for entry in catalog::entries() {
        if let Some(first) = entry.scenarios.first() {
            check(entry.about.id, first, "zh");
        }
    }
}
