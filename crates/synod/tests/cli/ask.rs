//! `synod ask`: answers and their exit codes, the way as a run that replays, and what cannot be asked.

use crate::common::{folder, synod};

const RAFT: [&str; 4] = ["ask", "raft", "--set", "servers=3"];

fn raft(more: &[&str]) -> crate::common::Said {
    synod(&[&RAFT[..], more].concat())
}

#[test]
fn what_can_come_about_is_told_step_by_step_and_plays_again() {
    let out = folder().join("way.json");
    let out = out.to_str().unwrap();
    let said = raft(&["event = \"fired\", count = 2", "--out", out]);
    assert_eq!(said.code, 1, "{said:?}");
    let lines: Vec<&str> = said.out.lines().collect();
    assert!(
        lines[0].starts_with("Behind step 0: can this come about: "),
        "{}",
        said.out
    );
    assert!(
        lines[1].starts_with("Yes, in 2 steps, and in no fewer"),
        "{}",
        said.out
    );
    assert!(
        lines[2].starts_with("  1. ") && lines[3].starts_with("  2. "),
        "{}",
        said.out
    );
    let link = lines[4];
    assert!(link.starts_with("1."), "{link}");
    for source in [link, out] {
        let again = synod(&["replay", source]);
        assert_eq!(again.code, 0, "{again:?}");
    }
    let json = raft(&["event = \"fired\", count = 2", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(json["answer"], "yes-shortest");
    assert_eq!(
        json["looked"]["way"]["deeds"].as_array().map(Vec::len),
        Some(2)
    );

    // From where a link shows its run, and from the end of a story.
    let now = synod(&[
        "ask",
        link,
        "event = \"fired\"",
        "--steps",
        "1",
        "--lang",
        "zh",
    ]);
    assert_eq!(now.code, 1, "{now:?}");
    assert!(now.out.contains("第 2 步之后"), "{}", now.out);
    let story = synod(&["ask", "raft/first-election", "role = \"leader\""]);
    assert!(
        story.code == 1 && story.out.contains("It is so now."),
        "{story:?}"
    );
}

#[test]
fn what_cannot_says_how_far_was_looked() {
    let few = ["event = \"fired\", count = 9", "--schedules", "0"];
    let no = raft(&[&few[..], &["--steps", "3"]].concat());
    assert_eq!(no.code, 0, "{no:?}");
    assert!(no.out.contains("No, in no schedule of up to 3 steps with at most 1 crash, 1 repair, 0 losses and 0 copies"), "{}", no.out);
    let unknown = raft(&[&few[..], &["--states", "30"]].concat());
    assert_eq!(unknown.code, 3, "{unknown:?}");
    assert!(
        unknown.out.contains("That settles nothing beyond."),
        "{}",
        unknown.out
    );
}

#[test]
fn what_cannot_be_asked_is_said_with_its_place() {
    for (args, expected) in [
        (
            &["ask", "raft", "role = \"leder\""][..],
            "the predicate:1:8: there is no role `leder`",
        ),
        (&["ask", "raft", "role ="], "the predicate:1:"),
        (
            &["ask", "raft", "{ rolle = \"leader\" }"],
            "the predicate:1:3: ",
        ),
        (&["ask", "raftt", "quiet = true"], "did you mean"),
        (
            &["ask", "raft/first-election", "quiet = true", "--seed", "3"],
            "--seed",
        ),
        (
            &["ask", "raft", "violated = \"nothing\""],
            "there is no property",
        ),
    ] {
        let said = synod(args);
        assert_eq!(said.code, 2, "{said:?}");
        assert!(said.err.contains(expected), "{args:?}: {}", said.err);
    }
}
