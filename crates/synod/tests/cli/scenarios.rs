//! Scenario files: what the schema says, what the guide says, and what the program reads are the same.

use crate::common::{file, synod, well};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(root().join(path)).expect("the file is there")
}

fn schema() -> Value {
    serde_json::from_str(&read("docs/schema/scenario.schema.json")).expect("JSON")
}

fn complaints(text: &str) -> Vec<String> {
    let value: Value = toml::from_str(text).expect("TOML");
    crate::schema::complaints(&schema(), &value)
}

/// Everything that can be said, once.
const EVERYTHING: &str = r#"#:schema ../../docs/schema/scenario.schema.json
protocol = "raft"
variant = "sound"
topic = "elections"
order = 3
title = { en = "Everything", zh = "一切" }
summary = { en = "One of each.", zh = "每样一个。" }
seed = 25
expect = [{ met = "leader-elected" }, { not = { violated = "log-matching" } }]

[config]
save_us = 2000
arrivals = "closed"

[[beat]]
say = { en = "{S1}", zh = "{S1}。" }
let = { one = "S1" }
do = [
  { at = { step = 0, us = 0 } }, { fire = { timer = "election", node = "one" } },
  { until = { in_flight = { kind = "PreVote", to = "S2", epoch = 1, content = "vote", with = { index = 0 } } } },
  { hold = { kind = "PreVote", to = "S2" } },
  { release = { kind = "PreVote", to = "S2" } },
  { duplicate = { kind = "PreVote", to = "S2" } },
  { drop = { kind = "PreVote", to = "S2", every = true } },
  { deliver = { kind = "PreVote", to = "S3" } },
  { choose = { of = { deliver = "PreVote" }, purpose = "nothing", outcome = 0 } },
  { until = { role = "candidate", node = "one" } },
  { save = "one" },
  { until = { fact = "became-leader", node = "one", with = { term = 1 }, count = 1 } },
  { let = { two = "a follower" } },
  { crash = { node = "two", keep = 1, torn = true } },
  { erase = "two" },
  { restart = "two" },
  { pause = ["two"] },
  { resume = "two" },
  { cut = ["one", "others"] },
  { cut = { from = "S4", to = ["S5"] } },
  { heal = true },
  { skew = { node = "S3", drift_ppm = -10, offset_us = -5 } },
  { set = { loss_permille = 0, pre_vote = true } },
  { ask = { client = "C1", op = "put", fields = ["x", 1] } },
  { arrive = "C2" },
  { add = "client" },
  { remove = "C3" },
]
steps = 4000
until = { all = [
  { answer = "done", node = "C1" },
  { reason = "appended", count = ">= 1" },
  { event = "delivered", node = "S3", message = "AppendEntries" },
  { event = "fired", timer = "heartbeat", node = "one" },
  { sent = { kind = "AppendEntries", from = "one" } },
  { any = [{ quiet = true }, { not = { quiet = true } }] },
] }
expect = [
  { role = "leader", node = "one", count = 1 },
  { status = "up", node = ["S1", "every server"] },
  { epoch = "= 1", node = "one" },
  { entry = { index = 1, epoch = 1 }, node = "one" },
  { committed = "> 1", node = "one" },
  { row = ["x"], node = "one" },
  { not = { log = [1, 1], node = "one" } },
]
note = { en = "{one} leads.", zh = "{one} 领导。" }

[beat.ask]
say = { en = "Who leads?", zh = "谁领导？" }

[[beat.ask.choice]]
right = true
say = { en = "{one}", zh = "{one}。" }
why = { en = "Its timer fires.", zh = "它的定时器触发。" }
holds = { role = "leader", node = "one" }

[[beat.ask.choice]]
say = { en = "Nobody", zh = "无人。" }
why = { en = "A majority hears it.", zh = "多数听到它。" }
holds = [{ role = "leader", count = 0 }]

[[grade]]
say = { en = "Somebody leads.", zh = "有领导者。" }
expect = { fact = "became-leader" }
"#;

#[test]
fn everything_that_can_be_said_is_read_and_played() {
    assert_eq!(complaints(EVERYTHING), [""; 0]);
    let path = file("everything.toml", EVERYTHING);
    let said = synod(&["run", &path]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    for (keys, list) in [("act", "oneOf"), ("predicate", "oneOf")] {
        for choice in schema()["$defs"][keys][list].as_array().expect("a list") {
            let key = choice["required"][0].as_str().expect("a key");
            assert!(
                EVERYTHING.contains(&format!("{{ {key} ="))
                    || EVERYTHING.contains(&format!("{key} = {{")),
                "{key} is missing above"
            );
        }
    }
}

/// What a message says can stand at a place is what the schema says can.
#[test]
fn the_schema_names_what_the_reader_takes() {
    let schema = schema();
    let check = |wrong: &str, known: BTreeSet<String>| {
        let text = EVERYTHING.replacen("[[beat]]\n", &format!("[[beat]]\n{wrong}\n[[beat]]\n"), 1);
        let said = synod(&["run", &file("wrong.toml", text)]).err;
        let list = said
            .lines()
            .find_map(|line| line.rsplit_once("can stand here is ").map(|(_, list)| list))
            .unwrap_or_else(|| panic!("{wrong}: {said}"));
        let said: BTreeSet<String> = list.split(", ").map(str::to_owned).collect();
        assert_eq!(said, known, "{wrong}");
    };
    let keys = |value: &Value| -> BTreeSet<String> {
        value
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect()
    };
    let first_keys = |value: &Value| -> BTreeSet<String> {
        let choices = value["oneOf"].as_array().expect("a list");
        let key = |choice: &Value| choice["required"][0].as_str().expect("a key").to_owned();
        choices.iter().map(key).collect()
    };
    let defs = &schema["$defs"];
    check("zz = 1", keys(&defs["beat"]["properties"]));
    check("ask = { zz = 1 }", keys(&defs["ask"]["properties"]));
    check(
        "ask = { choice = [{ zz = 1 }, {}] }",
        keys(&defs["choice"]["properties"]),
    );
    check("do = { zz = 1 }", first_keys(&defs["act"]));
    check("until = { zz = 1 }", first_keys(&defs["predicate"]));
    check(
        "do = { drop = { zz = 1 } }",
        keys(&defs["messages"]["oneOf"][1]["properties"]),
    );
    for choice in defs["predicate"]["oneOf"].as_array().expect("a list") {
        let key = choice["required"][0].as_str().expect("a key");
        check(
            &format!("until = {{ {key} = 1, zz = 1 }}"),
            keys(&choice["properties"]),
        );
    }
    let text = EVERYTHING.replace("order = 3", "order = 3\nzz = 1");
    let said = synod(&["run", &file("wrong.toml", text)]).err;
    for key in keys(&schema["properties"]) {
        assert!(said.contains(&key), "{key}: {said}");
    }
}

#[test]
fn every_scenario_is_as_the_schema_says() {
    for entry in catalog::entries() {
        for scenario in entry.scenarios() {
            let path = format!("scenarios/{}/{}.toml", scenario.protocol, scenario.id);
            let text = read(&path);
            assert_eq!(complaints(&text), [""; 0], "{path}");
            let first = text.lines().next();
            assert_eq!(
                first,
                Some("#:schema ../../docs/schema/scenario.schema.json"),
                "{path}"
            );
            // A file of the catalogue plays as a file, too.
            let whole = root().join(&path);
            let whole = whole.to_str().expect("a path");
            let full = format!("{}/{}", scenario.protocol, scenario.id);
            assert_eq!(
                synod(&["run", whole]).out,
                synod(&["run", &full]).out,
                "{path}"
            );
        }
    }
}

#[test]
fn the_guides_example_plays() {
    let guide = read("docs/writing-a-scenario.md");
    let blocks = guide.split("```toml\n").skip(1);
    let blocks: Vec<&str> = blocks
        .filter_map(|rest| rest.split_once("```"))
        .map(|(block, _)| block)
        .collect();
    let said = well(&["run", &file("guide.toml", blocks[0])]);
    assert!(said.contains("S1 comes back, and follows."), "{said}");
    assert_eq!(complaints(blocks[0]), [""; 0]);
    // What the tables of the guide do not name, nobody finds.
    for choice in ["act", "predicate"] {
        for choice in schema()["$defs"][choice]["oneOf"]
            .as_array()
            .expect("a list")
        {
            let key = choice["required"][0].as_str().expect("a key");
            assert!(
                guide.contains(&format!("{key} =")) || guide.contains(&format!("`{key}`")),
                "the guide does not name {key}"
            );
        }
    }
}

/// Who reads a transcript is asked before, and answered after; notes are for whoever wants them.
#[test]
fn a_transcript_asks_before_the_beat_and_answers_behind_it() {
    let path = file("asks.toml", EVERYTHING);
    let said = well(&["run", &path]);
    let place = |part: &str| said.find(part).unwrap_or_else(|| panic!("{part}: {said}"));
    let asked = place("Before it plays: Who leads?\n  1. S1\n  2. Nobody\n");
    let led = place("★ S1 leads term 1");
    let answered =
        place("Answer 1 is right. Its timer fires.\nAnswer 2 is wrong. A majority hears it.\n");
    assert!(asked < led && led < answered, "{said}");
    assert!(!said.contains("S1 leads.\n") && !said.contains("Somebody leads."));
    let noted = well(&["run", &path, "--notes"]);
    assert!(noted.contains("For the presenter: S1 leads.\n"), "{noted}");
    let chinese = well(&["run", &path, "--lang", "zh", "--notes"]);
    assert!(chinese.contains("播放之前先想一想：谁领导？"), "{chinese}");
    assert!(chinese.contains("讲者备注：S1 领导。"), "{chinese}");
}

#[test]
fn a_handout_is_a_page_to_print() {
    let path = file("handout.toml", EVERYTHING);
    let html = well(&["run", &path, "--handout"]);
    assert!(html.starts_with("<!doctype html>") && html.contains("<h1>Everything</h1>"));
    assert!(
        html.contains("<p class=\"ask\">Who leads?</p>\n<ol>\n<li>A. S1</li>"),
        "{html}"
    );
    assert!(html.contains("✓ <b>A. S1</b> — Its timer fires.") && !html.contains("S1 leads.<"));
    let noted = well(&["run", &path, "--handout", "--notes", "--lang", "zh"]);
    assert!(noted.contains("<p class=\"note\">S1 领导。</p>"), "{noted}");
    let said = synod(&["run", "raft", "--handout"]);
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("--handout: only a scenario has that"),
        "{}",
        said.err
    );
}

#[test]
fn a_mistake_is_said_with_its_place_in_the_language_asked_for() {
    let wrong = EVERYTHING.replace("\"became-leader\"", "\"becomes-leader\"");
    let path = file("mistake.toml", wrong);
    let said = synod(&["run", &path]);
    assert_eq!(said.code, 2);
    let expected = format!(
        "error: {path}:29:22: there is no fact `becomes-leader`; did you mean `became-leader`?"
    );
    assert!(said.err.starts_with(&expected), "{}\n{expected}", said.err);
    assert!(said.err.contains("docs/writing-a-scenario.md"));
    let said = synod(&["run", &path, "--lang", "zh"]).err;
    assert!(
        said.starts_with(&format!(
            "错误：{path}:29:22：没有名为 `becomes-leader` 的事实"
        )),
        "{said}"
    );
}

#[test]
fn a_beat_that_fails_names_its_line() {
    let wrong = EVERYTHING.replace("committed = \"> 1\"", "committed = \"> 100\"");
    let path = file("fails.toml", wrong);
    let said = synod(&["run", &path]);
    assert_eq!(said.code, 2);
    let expected = format!("error: {path}:15: beat 1 of 1: this should be so, and is not");
    assert!(said.err.starts_with(&expected), "{}", said.err);
    assert!(
        said.out.contains("★ S1 leads term 1"),
        "what was played is told"
    );
}

#[test]
fn a_scenario_that_breaks_a_promise_says_so_with_its_exit_code() {
    assert_eq!(synod(&["run", "figure-8-counted"]).code, 1);
    assert_eq!(synod(&["run", "figure-8"]).code, 0);
    // The same story without the rule: it does not go as it is told.
    let other = synod(&["run", "figure-8", "--variant", "commit-older-term"]);
    assert_eq!(other.code, 2);
    assert!(other.err.contains("figure-8: beat"), "{}", other.err);
}
