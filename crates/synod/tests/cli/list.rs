//! `synod list` and the other commands that play nothing.

use crate::common::{synod, well};
use serde_json::Value;

#[test]
fn the_list_is_complete_for_a_program() {
    let list: Value = serde_json::from_str(&well(&["list", "--json"])).unwrap();
    let protocols = list["protocols"].as_array().unwrap();
    let raft = protocols.iter().find(|protocol| protocol["id"] == "raft");
    let raft = raft.expect("Raft is there");
    assert_eq!(raft["title"], "Raft");
    let variants = raft["variants"].as_array().unwrap();
    assert_eq!(variants[0]["id"], "sound");
    assert!(variants[0].get("breaks").is_none());
    assert!(
        variants[1..]
            .iter()
            .all(|variant| variant["breaks"].is_string())
    );
    assert!(variants.len() > 5);
    assert!(!raft["scenarios"].as_array().unwrap().is_empty());
    let has = |key: &str| {
        raft["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .any(|p| p["key"] == key)
    };
    assert!(has("servers") && has("loss_permille"));
}

#[test]
fn every_word_of_the_list_is_there_in_both_languages() {
    for language in ["en", "zh"] {
        let list = well(&["list", "raft", "--json", "--lang", language]);
        let list: Value = serde_json::from_str(&list).unwrap();
        let raft = &list["protocols"][0];
        for (family, key) in [
            ("variants", "title"),
            ("scenarios", "title"),
            ("properties", "title"),
            ("parameters", "title"),
            ("parameters", "help"),
        ] {
            for item in raft[family].as_array().unwrap() {
                let word = item[key].as_str().unwrap();
                // A key that has no words is shown as it stands: a family, a dot, an id.
                let gap = word.contains('.') && !word.contains(' ') && word.is_ascii();
                assert!(!gap && !word.is_empty(), "{language}: {word} has no words");
            }
        }
    }
}

#[test]
fn the_list_reads_well() {
    let all = well(&["list"]);
    assert!(all.starts_with("raft  Raft\n"), "{all}");
    assert!(all.contains("vote-not-saved") && !all.contains("election_timeout_min_us"));
    let one = well(&["list", "raft"]);
    assert!(one.contains("election_timeout_min_us=150000") && one.contains("election-safety"));
}

#[test]
fn help_shows_examples_and_codes() {
    assert!(well(&["--help"]).contains("Exit codes:\n  0  done"));
    for command in ["run", "replay", "url", "completions"] {
        let help = well(&[command, "--help"]);
        assert!(
            help.contains(&format!("Examples:\n  synod {command}")),
            "{help}"
        );
    }
    assert!(well(&["--version"]).starts_with("synod "));
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = synod(&["completions", shell]);
        assert_eq!(script.code, 0);
        for command in ["list", "run", "replay", "url"] {
            assert!(
                script.out.contains(command),
                "{shell} does not know {command}"
            );
        }
    }
}
