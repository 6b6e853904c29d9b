//! `synod run`, `synod replay` and `synod url`: one run, one digest, by whichever way it came.

use crate::common::{digest, file, folder, program, synod, synod_with, well};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

fn parse(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn holds(name: &str, value: &Value) {
    let path = format!(
        "{}/../../docs/schema/{name}.schema.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(path).expect("the schema is there");
    let complaints = crate::schema::complaints(&parse(&text), value);
    assert!(complaints.is_empty(), "{name}: {complaints:#?}");
}

/// A run with something of everything in it: crashes, cuts, losses, questions.
pub(crate) const EVENTFUL: &str = r#"{"protocol": "raft", "behaviour": 1, "seed": 3,
    "config": {"loss_permille": "50", "duplicate_permille": "50", "save_us": "500", "servers": "3"},
    "edits": [
        {"t": 500000, "do": {"cut": {"from": [0], "to": [1, 2], "both": false}}},
        {"t": 600000, "do": {"pause": 2}}, {"t": 620000, "do": {"resume": 2}},
        {"t": 640000, "do": {"skew": {"node": 1, "drift_ppm": -100, "offset_us": -5000}}},
        {"t": 650000, "do": {"set": {"key": "loss_permille", "value": "0"}}},
        {"t": 700000, "do": "heal"},
        {"t": 750000, "do": {"ask": {"client": 3, "op": "put", "fields": ["x", "1"]}}},
        {"t": 800000, "do": {"crash": {"node": 0, "keep": 1}}}, {"t": 950000, "do": {"restart": 0}}
    ]}"#;

#[test]
fn one_run_has_one_digest_by_every_way() {
    let run = ["run", "raft", "--seed", "7", "--steps", "300"];
    let with = |more: &[&str]| well(&[&run[..], more].concat());
    let transcript = with(&[]);
    let expected = digest(&transcript);
    assert_eq!(with(&[]), transcript, "twice the same");
    assert_eq!(digest(&with(&["--lang", "zh", "--verbose"])), expected);

    let trace = with(&["--format", "json"]);
    assert_eq!(parse(&trace)["digest"], expected);
    let saved = with(&["--format", "run"]);
    assert_eq!(parse(&saved)["digest"], expected);
    assert_eq!(parse(&saved)["step"], 300);

    let saved = file("saved.json", saved);
    let link = well(&["url", &saved]);
    let link = link.trim();
    let address = well(&[
        "url",
        &saved,
        "--base",
        "https://example.org/synod/?lang=zh",
    ]);
    assert_eq!(
        address,
        format!("https://example.org/synod/?lang=zh#{link}\n")
    );
    let trace = file("trace.json", trace);
    let text = file("link.txt", &address);
    for source in [
        &saved,
        &trace,
        &text,
        link,
        address.trim(),
        &format!("#{link}"),
    ] {
        assert_eq!(well(&["replay", source]), transcript, "{source}");
    }
    let piped = synod_with(&["replay", "-"], address.as_bytes());
    assert_eq!((piped.code, piped.out), (0, transcript));
}

#[test]
fn a_run_without_a_seed_is_the_one_with_which_the_page_opens() {
    let home = serde_json::to_string(&catalog::home()).unwrap();
    let home = well(&["replay", &file("home.json", home)]);
    assert_eq!(well(&["run", "raft"]), home);
}

#[test]
fn a_scenario_is_a_run_that_can_be_played_again() {
    for entry in catalog::entries() {
        for scenario in entry.scenarios() {
            // What a scenario plays is an ordinary run: saved and played again, it has the same trace.
            let full = format!("{}/{}", scenario.protocol, scenario.id);
            let saved = synod(&["run", &full, "--format", "run"]).out;
            let path = file(&format!("played-{}.json", scenario.id), saved);
            let again = synod(&["replay", &path, "--format", "json"]);
            assert_eq!(again.err, "", "{full}");
            let first = synod(&["run", &full, "--format", "json"]);
            assert!(first.out == again.out, "{full} takes another course again");
        }
    }
}

#[test]
fn what_is_set_is_what_runs() {
    let set = [
        "--set",
        "servers=3",
        "--set",
        "loss_permille=50",
        "--set",
        "keys=3",
    ];
    let trace = parse(&well(
        &[
            &["run", "raft", "--steps", "50", "--format", "json"],
            &set[..],
        ]
        .concat(),
    ));
    // `keys` was set to its default: the run says only what differs.
    assert_eq!(
        trace["run"]["config"],
        json!({"loss_permille": "50", "servers": "3"})
    );
    assert_eq!(trace["nodes"], json!(["S1", "S2", "S3", "C1", "C2"]));
    assert_eq!(trace["events"].as_array().unwrap().len(), 50);
}

#[test]
fn a_run_stops_where_it_is_told() {
    let last = |args: &[&str]| {
        let trace = parse(&well(
            &[&["run", "raft", "--format", "json"], args].concat(),
        ));
        let last = trace["events"].as_array().unwrap().last().cloned().unwrap();
        (
            last["step"].as_u64().unwrap(),
            last["at_us"].as_u64().unwrap(),
        )
    };
    assert_eq!(last(&["--steps", "40"]).0, 40);
    let (step, at_us) = last(&["--until-us", "300000"]);
    assert!(at_us <= 300_000);
    let next = last(&["--steps", &(step + 1).to_string()]);
    assert!(next.1 > 300_000, "the next event was due in time too");
    assert!(
        last(&[]).1 <= 1_000_000,
        "a second, unless something else is said"
    );
    let nothing = parse(&well(&["run", "raft", "--steps", "0", "--format", "json"]));
    assert_eq!(nothing["events"], json!([]));
}

#[test]
fn traces_and_runs_are_as_their_schemas_say() {
    let run = file("eventful.json", EVENTFUL);
    let said = synod(&["replay", &run, "--until-us", "1500000", "--format", "json"]);
    let trace = parse(&said.out);
    holds("trace", &trace);
    let document: trace::Document = serde_json::from_str(&said.out).expect("a document");
    assert_eq!(serde_json::to_value(document).unwrap(), trace);
    // The schema is put to the test only as far as the trace reaches.
    let events = trace["events"].as_array().unwrap();
    let tag = |value: &Value| match value {
        Value::Object(tagged) => tagged.keys().next().cloned(),
        other => other.as_str().map(str::to_owned),
    };
    let stimuli: Vec<_> = events
        .iter()
        .filter_map(|event| tag(&event["stimulus"]))
        .collect();
    for kind in [
        "booted",
        "delivered",
        "fired",
        "asked",
        "saved",
        "crashed",
        "cut",
        "healed",
        "skewed",
        "set",
        "paused",
        "resumed",
    ] {
        assert!(
            stimuli.iter().any(|seen| seen == kind),
            "nothing {kind} happens"
        );
    }
    let outcomes = events
        .iter()
        .filter_map(|event| event["outcomes"].as_array())
        .flatten();
    let outcomes: Vec<_> = outcomes.filter_map(tag).collect();
    for kind in [
        "sent",
        "answered",
        "told",
        "saved",
        "timer-set",
        "noted",
        "judged",
    ] {
        assert!(
            outcomes.iter().any(|seen| seen == kind),
            "nothing is {kind}"
        );
    }
    for (step, event) in (1..).zip(events) {
        assert_eq!(event["step"], step);
    }
    let saved = synod(&["replay", &run, "--until-us", "1500000", "--format", "run"]);
    holds("run", &parse(&saved.out));
}

#[test]
fn the_schemas_refuse_what_they_should() {
    let path = format!(
        "{}/../../docs/schema/run.schema.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let schema = parse(&std::fs::read_to_string(path).unwrap());
    let sound = json!({"run": {"protocol": "raft", "behaviour": 1, "seed": 1}, "step": 0, "digest": "0123456789abcdef"});
    assert_eq!(
        crate::schema::complaints(&schema, &sound),
        Vec::<String>::new()
    );
    for (pointer, wrong) in [
        ("/step", json!(-1)),
        ("/digest", json!("0123")),
        ("/run/seed", json!("1")),
        ("/run", json!({"protocol": "raft"})),
        (
            "/run",
            json!({"protocol": "raft", "behaviour": 1, "seed": 1, "sed": 2}),
        ),
        (
            "/run",
            json!({"protocol": "raft", "behaviour": 1, "seed": 1, "edits": [{"t": 1, "do": "explode"}]}),
        ),
    ] {
        let mut value = sound.clone();
        *value.pointer_mut(pointer).unwrap() = wrong.clone();
        assert!(
            !crate::schema::complaints(&schema, &value).is_empty(),
            "{pointer} may be {wrong}"
        );
    }
}

#[test]
fn a_replay_that_differs_is_said() {
    let saved = parse(&well(&["run", "raft", "--steps", "100", "--format", "run"]));
    let differs = |name: &str, change: &dyn Fn(&mut Value), expected: &str| {
        let mut changed = saved.clone();
        change(&mut changed);
        let said = synod(&["replay", &file(name, changed.to_string())]);
        assert_eq!(said.code, 3, "{name}: {}", said.err);
        assert!(said.err.contains(expected), "{name}: {}", said.err);
        // What ran here is told all the same.
        assert!(!said.out.is_empty());
    };
    let other = json!("0123456789abcdef");
    differs(
        "digest.json",
        &|run| run["digest"] = other.clone(),
        "the record says 0123456789abcdef",
    );
    differs(
        "other-seed.json",
        &|run| run["run"]["seed"] = json!(2),
        "took another course",
    );
    differs(
        "version.json",
        &|run| {
            run["run"]["behaviour"] = json!(0);
            run["run"]["seed"] = json!(2);
        },
        "version 0 of raft's behaviour",
    );
    differs(
        "unmet.json",
        &|run| {
            run["run"]["edits"] = json!([{"t": 1000, "do": {"drop": "00000000000000aa"}}]);
            run.as_object_mut().unwrap().remove("digest");
        },
        "came to nothing: no message 00000000000000aa",
    );
}

#[test]
fn what_cannot_be_compared_is_said() {
    let bare = well(&["run", "raft", "--steps", "100", "--format", "run"]);
    let bare = file("bare.json", parse(&bare)["run"].to_string());
    let said = synod(&["replay", &bare]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert_eq!(
        said.out,
        well(&["run", "raft"]),
        "a bare run is played as a new one"
    );

    let saved = file(
        "early.json",
        well(&["run", "raft", "--steps", "100", "--format", "run"]),
    );
    let said = synod(&["replay", &saved, "--steps", "50"]);
    assert_eq!(said.code, 0);
    assert!(
        said.err.contains("step 100, which was not reached"),
        "{}",
        said.err
    );
    let further = synod(&["replay", &saved, "--steps", "150"]);
    assert_eq!(
        (further.code, further.err.as_str()),
        (0, ""),
        "compared on the way"
    );
    assert_eq!(further.out, well(&["run", "raft", "--steps", "150"]));
}

#[test]
fn a_violation_has_its_own_code() {
    let faults = [
        "--set",
        "loss_permille=150",
        "--set",
        "request_gap_us=20000",
    ];
    let broken = [
        "run",
        "raft",
        "--seed",
        "1",
        "--variant",
        "no-consistency-check",
        "--until-us",
        "3000000",
    ];
    let said = synod(&[&broken[..], &faults[..]].concat());
    assert_eq!(said.code, 1, "{}", said.out);
    assert!(
        said.out.starts_with("Raft, seed 1\nVariant: "),
        "{}",
        said.out
    );
    assert!(
        said.out.contains("✗ Violated: If two logs have an entry"),
        "{}",
        said.out
    );
    let sound = synod(&[&["run", "raft", "--until-us", "3000000"], &faults[..]].concat());
    assert_eq!(sound.code, 0);
    assert!(!sound.out.contains('✗'));
}

#[test]
fn the_stage_is_a_picture() {
    let args = ["run", "raft", "--steps", "120", "--format", "svg"];
    let said = synod(&args);
    assert_eq!(said.code, 0);
    assert!(said.out.starts_with("<svg ") && said.out.trim_end().ends_with("</svg>"));
    for label in ["S1", "S5", "C1", "step 120"] {
        assert!(said.out.contains(label), "{label} is not in the picture");
    }
    let transcript = well(&["run", "raft", "--steps", "120"]);
    assert_eq!(said.err, format!("digest {}\n", digest(&transcript)));
    assert!(well(&[&args[..], &["--lang", "zh"]].concat()).contains("lang=\"zh-Hans\""));
}

#[test]
fn the_diagram_is_a_picture() {
    let args = ["run", "raft", "--steps", "120", "--format", "svg"];
    let args = [&args[..], &["--picture", "diagram"]].concat();
    let drawn = well(&args);
    assert!(drawn.starts_with("<svg ") && drawn.trim_end().ends_with("</svg>"));
    for words in [
        "S1",
        "S5",
        "C1",
        "space-time diagram",
        "120 events",
        " ms</text>",
    ] {
        assert!(drawn.contains(words), "{words} is not in the picture");
    }
    // A tip for each message that came, and more lines than that.
    let (_, counted) = drawn.split_once("120 events, ").expect("what it holds");
    let (arrived, _) = counted.split_once(' ').expect("a number");
    let tips = drawn.matches("Z\" fill=").count();
    assert!(
        tips >= arrived.parse().expect("a number"),
        "{tips} tips for {arrived}"
    );
    assert!(well(&[&args[..], &["--lang", "zh"]].concat()).contains("时空图"));
}

#[test]
fn output_goes_into_a_file() {
    let args = ["run", "raft", "--steps", "60"];
    let said = synod(&[&args[..], &["--out", "out.txt"]].concat());
    assert_eq!(
        (said.code, said.out.as_str(), said.err.as_str()),
        (0, "", "")
    );
    let written = std::fs::read_to_string(folder().join("out.txt")).unwrap();
    assert_eq!(written, well(&args));
}

#[test]
fn a_reader_who_leaves_ends_it_quietly() {
    let everything = [
        &["run", "raft", "--verbose", "--steps", "20000"][..],
        &["run", "raft", "--format", "json", "--steps", "5000"],
        &["completions", "bash"],
    ];
    for args in everything {
        let mut child = program()
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut reader = BufReader::with_capacity(64, child.stdout.take().unwrap());
        reader.read_line(&mut line).unwrap();
        drop(reader);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
    }
}

#[test]
fn a_summary_is_lines_of_names_and_values() {
    let summary = |policy: &str| {
        let policy = format!("policy={policy}");
        let run = ["run", "load-balancing", "--until-us", "20000000"];
        well(&[&run[..], &["--format", "summary", "--set", &policy]].concat())
    };
    let figure = |summary: &str, name: &str| -> f64 {
        let line = summary.lines().find_map(|line| line.strip_prefix(name));
        let value = line.and_then(|rest| rest.strip_prefix('\t'));
        value.expect(name).parse().expect("a number")
    };
    let [chance, two] = ["random", "power-of-d"].map(summary);
    // Two policies meet identical arrivals.
    assert_eq!(
        figure(&chance, "figures/requests"),
        figure(&two, "figures/requests")
    );
    assert!(figure(&chance, "figures/mean-wait") > figure(&two, "figures/mean-wait"));
    assert!(figure(&two, "loads/S4") >= 0.0);
    let chinese = synod(&[
        "run",
        "load-balancing",
        "--format",
        "summary",
        "--lang",
        "zh",
    ]);
    let english = synod(&["run", "load-balancing", "--format", "summary"]);
    assert_eq!(chinese.out, english.out, "names are no words");
    let none = synod(&["run", "raft", "--steps", "10", "--format", "summary"]);
    assert_eq!(none.out, "");
    assert!(none.err.contains("raft shows no figures"), "{}", none.err);
}
