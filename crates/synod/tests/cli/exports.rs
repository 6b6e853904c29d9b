//! What other programs read: logs for ShiViz, pictures for LaTeX.

use crate::common::{file, synod, well};
use crate::run::EVENTFUL;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn a_log_for_shiviz_holds_every_event_with_its_clock() {
    let run = file("eventful.json", EVENTFUL);
    let args = ["replay", &run, "--until-us", "1500000", "--format"];
    let said = synod(&[&args[..], &["shiviz"]].concat());
    let mut lines = said.out.lines();
    // The expression, and a second line that parts no executions.
    assert_eq!(lines.next(), Some(trace::SHIVIZ_PARSER));
    assert_eq!(lines.next(), Some(""));
    let trace: Value =
        serde_json::from_str(&synod(&[&args[..], &["json"]].concat()).out).expect("JSON");
    let digest = trace["digest"].as_str().expect("a digest");
    assert!(
        said.err.contains(&format!("digest {digest}")),
        "{}",
        said.err
    );
    // What each host knew after each of its events.
    let mut known: BTreeMap<&str, Vec<BTreeMap<String, usize>>> = BTreeMap::new();
    for event in trace["events"].as_array().expect("events") {
        let head = lines.next().expect("a line for each event");
        assert!(!lines.next().expect("its sentence").is_empty());
        let fields: Vec<&str> = head.splitn(4, ' ').collect();
        assert_eq!(fields[0], event["step"].to_string());
        assert_eq!(fields[1], event["at_us"].to_string());
        let (host, clock) = (fields[2], fields[3]);
        let clock: BTreeMap<String, usize> = serde_json::from_str(clock).expect("a clock");
        let mine = known.entry(host).or_default();
        assert_eq!(clock[host], mine.len() + 1, "{head}");
        let mut expected = mine.last().cloned().unwrap_or_default();
        mine.push(clock.clone());
        // Of another host it knows all that was known there, and nothing of what is still to come.
        for (other, time) in &clock {
            for (third, seen) in &known[other.as_str()][time - 1] {
                let most = expected.entry(third.clone()).or_default();
                *most = (*most).max(*seen);
            }
        }
        assert_eq!(clock, expected, "{head}");
    }
    assert_eq!(lines.next(), None);
    let hosts: Vec<&str> = known.keys().copied().collect();
    assert_eq!(hosts, ["C1", "C2", "S1", "S2", "S3", "network"]);
    assert_eq!(
        known["S1"].last().map(BTreeMap::len),
        Some(5),
        "what is received is learnt"
    );
    assert!(
        known["network"].iter().any(|clock| clock.len() > 1),
        "so is what is sent to a node that is down"
    );
}

#[test]
fn both_pictures_are_tikz_for_a_paper() {
    for picture in ["stage", "diagram"] {
        let args = [
            "run",
            "raft",
            "--steps",
            "120",
            "--format",
            "tikz",
            "--picture",
            picture,
        ];
        let drawn = well(&args);
        let body = drawn
            .split_once("\\begin{tikzpicture}")
            .expect("it begins")
            .1;
        let body = body.strip_suffix("\\end{tikzpicture}\n").expect("it ends");
        for label in ["{S1}", "{S5}", "{C1}"] {
            assert!(body.contains(label), "{label} is not in the {picture}");
        }
        // Every colour that is named is defined, once, and before it is used.
        let mut defined = BTreeSet::new();
        for line in body.lines() {
            if let Some(rest) = line.strip_prefix("\\definecolor{") {
                assert!(
                    defined.insert(rest.split('}').next().expect("a name")),
                    "{line}"
                );
            } else {
                for used in line.split("synod").skip(1) {
                    let end = used.find(|c: char| !c.is_ascii_alphanumeric());
                    let name = format!("synod{}", &used[..end.expect("an end")]);
                    assert!(
                        defined.contains(name.as_str()),
                        "{name} is used without being defined"
                    );
                }
            }
            // What LaTeX would stumble over: a sign that no text font has.
            let foreign = line.chars().find(|c| !c.is_ascii());
            assert!(
                line.starts_with('%') || foreign.is_none(),
                "{foreign:?} in {line}"
            );
        }
        let open = body.matches('{').count() - body.matches("\\{").count();
        let closed = body.matches('}').count() - body.matches("\\}").count();
        assert_eq!(open, closed, "braces meet");
        let chinese = well(&[&args[..], &["--lang", "zh"]].concat());
        assert!(chinese.contains("XeLaTeX") || picture == "diagram");
    }
}
