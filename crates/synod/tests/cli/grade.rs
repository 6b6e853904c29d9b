//! `synod grade`: solutions of the shipped exercises pass, what falls short is named, and what is no run of the exercise is refused.

use crate::common::{Said, file, synod, well};
use serde_json::Value;
use std::path::PathBuf;

fn exercise(id: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    std::fs::read_to_string(root.join(format!("{id}.toml"))).expect("the exercise is there")
}

/// The exercises with a solution each: what is done in them, and the property that it violates, if any.
const SOLVED: [(&str, &str, &str); 3] = [
    (
        "raft/exercise-two-leaders",
        "",
        r#"[[beat]]
until = { fact = "became-leader" }
[[beat]]
let = { old = "leader", mate = "a follower" }
do = [
  { cut = [["old", "mate", "C1"], "others"] },
  { until = { fact = "became-leader" } },
  { ask = { client = "C2", op = "put", fields = ["x", "2"] } },
]
until = { answer = "done", node = "C2" }
"#,
    ),
    (
        "two-phase-commit/exercise-block",
        "",
        r#"[[beat]]
do = { ask = { client = "C1", op = "transfer", fields = ["P1a", "P2a", "10"] } }
until = [{ fact = "prepared", node = "P1" }, { fact = "prepared", node = "P2" }]
[[beat]]
do = { crash = "K1" }
until = [{ fact = "blocked-together", node = "P1" }, { fact = "blocked-together", node = "P2" }]
"#,
    ),
    (
        "paxos/exercise-two-values",
        r#"expect = [{ violated = "promise-kept" }, { violated = "agreement" }]"#,
        r#"[[beat]]
do = [
  { ask = { client = "C1", op = "propose", fields = ["tea"] } },
  { deliver = "Propose" },
  { ask = { client = "C2", op = "propose", fields = ["milk"] } },
  { deliver = "Propose" },
  { deliver = { kind = "Prepare", epoch = 11, to = "A1" } },
  { deliver = { kind = "Prepare", epoch = 11, to = "A2" } },
  { deliver = { kind = "Prepare", epoch = 12, to = "A2" } },
  { deliver = { kind = "Prepare", epoch = 12, to = "A3" } },
  { crash = "A2" },
  { restart = "A2" },
  { deliver = { kind = "Promise", to = "P1", every = true } },
  { deliver = { kind = "Accept", epoch = 11, to = "A1" } },
  { deliver = { kind = "Accept", epoch = 11, to = "A2" } },
  { deliver = { kind = "Promise", to = "P2", every = true } },
  { deliver = { kind = "Accept", epoch = 12, to = "A2" } },
  { deliver = { kind = "Accept", epoch = 12, to = "A3" } },
]
"#,
    ),
];

/// What a student hands in who does this in the exercise: a saved run.
fn hand_in(id: &str, expect: &str, beats: &str) -> (String, String) {
    let text = exercise(id);
    let head = text.split("[[beat]]").next().expect("a head");
    let name = id.replace('/', "-");
    let head = head.replacen("seed =", &format!("{expect}\nseed ="), 1);
    let story = file(&format!("{name}.toml"), format!("{head}{beats}"));
    let said = synod(&["run", &story, "--format", "run"]);
    assert_eq!(said.err, "", "{id}");
    (file(&format!("{name}.json"), &said.out), said.out)
}

/// The exercise, the path of its solution, and its text.
fn solution(place: usize) -> (&'static str, String, String) {
    let (id, expect, beats) = SOLVED[place];
    let (path, text) = hand_in(id, expect, beats);
    (id, path, text)
}

#[test]
fn every_exercise_of_the_catalogue_has_a_solution_and_its_own_run_is_none() {
    let mut exercises = Vec::new();
    for entry in catalog::entries() {
        let stories = entry.scenarios().iter();
        for story in stories.filter(|story| !story.grade.is_empty()) {
            exercises.push(format!("{}/{}", story.protocol, story.id));
        }
    }
    let mut solved: Vec<&str> = SOLVED.iter().map(|(id, ..)| *id).collect();
    solved.sort_unstable();
    exercises.sort_unstable();
    assert_eq!(exercises, solved, "each has a solution here");
    for place in 0..SOLVED.len() {
        let (id, run, _) = solution(place);
        let said = synod(&["grade", id, &run]);
        assert_eq!(
            (said.code, said.err.as_str()),
            (0, ""),
            "{id}: {}",
            said.out
        );
        assert!(
            said.out.contains('✓') && !said.out.contains('✗'),
            "{}",
            said.out
        );
        // As a link it is the same.
        let link = well(&["url", &run, "--base", "https://example.org/synod/"]);
        assert_eq!(synod(&["grade", id, link.trim()]).out, said.out, "{id}");
        // Whoever only watches the story has not solved it.
        let watched = well(&["run", id, "--format", "run"]);
        let said = synod(&["grade", id, &file("watched.json", watched)]);
        assert_eq!(said.code, 1, "{id}: {}", said.out);
        assert!(
            said.out.contains("✗ ") && said.out.contains("\n  not so: "),
            "{}",
            said.out
        );
    }
}

#[test]
fn each_criterion_is_told_for_people_and_for_programs() {
    let (id, run, _) = solution(0);
    let said = well(&["grade", id, &run]);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "Exercise: two leaders at once");
    assert_eq!(lines[1], "✓ Two servers hold themselves to be leader");
    assert!(lines[5].starts_with("4 of 4 at step "), "{said}");
    let chinese = well(&["grade", id, &run, "--lang", "zh"]);
    assert!(chinese.contains("✓ 两台服务器自认为是领导者"), "{chinese}");
    let crashed = format!("{}[[beat]]\ndo = {{ crash = \"S5\" }}\n", SOLVED[0].2);
    let (run, _) = hand_in(id, "", &crashed);
    let said = synod(&["grade", id, &run, "--json"]);
    assert_eq!(said.code, 1);
    let told: Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!(told["scenario"], id);
    assert_eq!(told["passed"], false);
    let marks = told["marks"].as_array().expect("a list");
    let met: Vec<bool> = marks
        .iter()
        .filter_map(|mark| mark["met"].as_bool())
        .collect();
    assert_eq!(met, [true, true, false, true], "{}", said.out);
    assert!(marks[0].get("why").is_none());
    let why = marks[2]["why"].as_str().expect("a reason");
    assert!(
        why.starts_with("not so: the event `crashed` has happened, and the count is 0"),
        "{why}"
    );
}

fn refused(said: &Said, why: &str) {
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{}", said.err);
    assert!(said.err.contains(why), "{}\n{why}", said.err);
}

#[test]
fn what_is_no_run_of_the_exercise_is_refused_and_said() {
    let (id, run, text) = solution(0);
    let other = |change: &dyn Fn(&mut Value)| {
        let mut value: Value = serde_json::from_str(&text).expect("JSON");
        change(&mut value);
        file("other.json", value.to_string())
    };
    let grade = |path: &str| synod(&["grade", id, path]);
    let seed = || other(&|value| value["run"]["seed"] = 26.into());
    refused(
        &grade(&seed()),
        "its seed is `26`, and the exercise has `25`",
    );
    let servers = other(&|value| value["run"]["config"]["servers"] = "3".into());
    refused(
        &grade(&servers),
        "its parameter `servers` is 3, and the exercise has 5",
    );
    let variant = other(&|value| value["run"]["variant"] = "minority-commit".into());
    refused(
        &grade(&variant),
        "its variant is `minority-commit`, and the exercise has `sound`",
    );
    let behaviour = other(&|value| value["run"]["behaviour"] = 99.into());
    refused(
        &grade(&behaviour),
        "its version of the protocol's behaviour is `99`",
    );
    let digest = other(&|value| value["digest"] = "00000000000000ab".into());
    refused(
        &grade(&digest),
        "the link was changed, or made by another version",
    );
    let beginning = other(&|value| value["step"] = 0.into());
    refused(&grade(&beginning), "go to the end of your run");
    let parted = other(&|value| value["run"]["edits"] = Value::Array(Vec::new()));
    refused(&grade(&parted), "does not come to step");
    // A parameter that says what is so anyway is no difference.
    let same = other(&|value| value["run"]["config"]["servers"] = "5".into());
    assert_eq!(grade(&same).code, 0);
    let (_, elsewhere, _) = solution(1);
    refused(
        &grade(&elsewhere),
        "its protocol is `two-phase-commit`, and the exercise has `raft`",
    );
    refused(&grade("no-such-file.json"), "no-such-file.json");
    refused(
        &synod(&["grade", "raft/first-election", &run]),
        "add `[[grade]]`",
    );
    refused(
        &synod(&["grade", "raft/exercise-two-leader", &run]),
        "did you mean `raft/exercise-two-leaders`",
    );
    let chinese = synod(&["grade", id, &seed(), "--lang", "zh"]);
    refused(
        &chinese,
        "它不是这道练习的运行：其种子为 `26`，而练习为 `25`",
    );
}

/// What a solution is marked by is nowhere in what the story tells.
#[test]
fn what_is_hidden_is_not_told() {
    for (id, ..) in SOLVED {
        let story = exercise(id);
        let hidden = story.split("[[grade]]").skip(1);
        let told = well(&["run", id, "--notes"]);
        let mut criteria = 0;
        for criterion in hidden {
            let say = criterion
                .split("say.en = \"")
                .nth(1)
                .and_then(|rest| rest.split('"').next());
            assert!(!told.contains(say.expect("it says what is wanted")), "{id}");
            criteria += 1;
        }
        assert!(criteria >= 3, "{id}");
    }
}
