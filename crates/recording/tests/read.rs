//! What is read, what comes of it, and what is said of what cannot be read.

use protocol::Phrase;
use recording::{Format, Read, Recording, read};
use sim::{About, Playable, Run, Source};
use std::collections::BTreeMap;
use trace::{Event, Language, NodeStatus, Outcome, Stimulus, Words};

const NOBODY: &dyn Fn(&str) -> Option<&'static About> = &|_| None;

fn catalogue(id: &str) -> Option<&'static About> {
    catalog::find(id).map(|entry| entry.about)
}

fn wrong(text: &str) -> String {
    read(text, NOBODY).expect_err(text).to_string()
}

fn texts(recording: &Recording) -> Vec<String> {
    let noted = |event: &Event| {
        event.outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Noted(Phrase { args, .. }) => match &args[0].1 {
                protocol::Arg::Text(text) => Some(text.clone()),
                _ => None,
            },
            _ => None,
        })
    };
    recording.events().iter().filter_map(noted).collect()
}

/// Who heard from whom: (from, to), in the order of hearing.
fn heard(recording: &Recording) -> Vec<(String, String)> {
    let label = |node: protocol::NodeId| recording.labels()[node.index()].clone();
    let events = recording.events().iter();
    let delivered = events.filter_map(|event| match &event.stimulus {
        Stimulus::Delivered(message) => Some((label(message.from), label(message.to))),
        _ => None,
    });
    delivered.collect()
}

/// The log that ShiViz's own documentation shows, with its expression.
const LOG: &str = r#"(?<event>.*)\n(?<host>\S*) (?<clock>{.*})

A writes
a {"a":1}
A sends
a {"a":2}
B hears
b {"a":2,"b":1}
B answers
b {"a":2,"b":2}
A hears
a {"a":3,"b":2}
"#;

#[test]
fn a_log_of_shiviz_has_its_messages() {
    let Read {
        format,
        mut recording,
        ..
    } = read(LOG, NOBODY).expect("a log");
    assert_eq!(format, Format::Shiviz);
    assert_eq!(recording.labels(), ["a", "b"]);
    assert_eq!(
        texts(&recording),
        ["A writes", "A sends", "B hears", "B answers", "A hears"]
    );
    let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(heard(&recording), [pair("a", "b"), pair("b", "a")]);
    // In between the message flies.
    recording.seek(2).expect("a step");
    assert_eq!(recording.frame().flights.len(), 1);
    recording.seek(3).expect("a step");
    assert!(recording.frame().flights.is_empty());
}

#[test]
fn a_log_without_its_expression_and_out_of_order_is_put_in_order() {
    let lines: Vec<&str> = LOG.lines().skip(2).collect();
    let mut events: Vec<_> = lines.chunks(2).map(|pair| pair.join("\n")).collect();
    events.rotate_left(2);
    let Read { recording, .. } = read(&events.join("\n"), NOBODY).expect("a log");
    assert_eq!(
        texts(&recording),
        ["A writes", "A sends", "B hears", "B answers", "A hears"]
    );
}

#[test]
fn news_by_way_of_another_is_no_message_of_its_own() {
    let log = "a {\"a\":1}\nsends\nb {\"a\":1,\"b\":1}\nhears, sends\nc {\"a\":1,\"b\":1,\"c\":1}\nhears of both";
    let Read { recording, .. } = read(log, NOBODY).expect("a log");
    let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(heard(&recording), [pair("a", "b"), pair("b", "c")]);
    // Of two that know nothing of each other it hears separately.
    let log = "a {\"a\":1}\nsends\nb {\"b\":1}\nsends\nc {\"a\":1,\"b\":1,\"c\":1}\nhears of both";
    let Read { recording, .. } = read(log, NOBODY).expect("a log");
    assert_eq!(heard(&recording), [pair("a", "c"), pair("b", "c")]);
}

/// A run of Raft, and its log for ShiViz.
fn raft() -> (Vec<Event>, Vec<String>, String) {
    let run = Run {
        protocol: "raft".into(),
        behaviour: catalogue("raft").expect("raft").behaviour,
        seed: 25,
        ..Run::default()
    };
    let mut cluster: Box<dyn Playable> = catalog::open(&run).expect("a run");
    for _ in 0..700 {
        cluster.advance();
    }
    let events: Vec<Event> = (1..=cluster.len())
        .filter_map(|step| cluster.event(step))
        .collect();
    let mut words = Words::new(Language::English);
    words.add((cluster.about().words)("en")).expect("words");
    let log = trace::shiviz(&events, &words, cluster.labels());
    (events, cluster.labels().to_vec(), log)
}

#[test]
fn a_log_that_was_exported_has_the_messages_of_its_run() {
    let (events, labels, log) = raft();
    let Read { recording, .. } = read(&log, NOBODY).expect("our own log");
    let arrived = |events: &[Event], name: &dyn Fn(protocol::NodeId) -> String| {
        let mut counts: BTreeMap<(String, String), u32> = BTreeMap::new();
        for event in events {
            if let Stimulus::Delivered(message) = &event.stimulus {
                *counts
                    .entry((name(message.from), name(message.to)))
                    .or_default() += 1;
            }
        }
        counts
    };
    let theirs = arrived(&events, &|node| labels[node.index()].clone());
    let ours = arrived(recording.events(), &|node| {
        recording.labels()[node.index()].clone()
    });
    // A message that tells nothing new is not in the clocks: the log has no more than there were, and of most links all.
    assert!(!ours.is_empty());
    for (link, count) in &ours {
        assert!(theirs[link] >= *count, "{link:?}");
    }
    let (all, found): (u32, u32) = (theirs.values().sum(), ours.values().sum());
    assert!(found * 10 >= all * 9, "{found} of {all}");
    // Times are those of the log.
    assert_eq!(
        recording.events().last().map(|event| event.at_us),
        events.last().map(|event| event.at_us)
    );
}

#[test]
fn a_trace_by_hand_needs_little() {
    let text = r#"{"format": 1, "nodes": ["left", "right"], "events": [
        {"step": 1, "name": "0000000000000001", "at_us": 5, "node": 0, "stimulus": {"booted": {"incarnation": 1}}, "cause": "start"},
        {"step": 2, "name": "0000000000000002", "at_us": 9, "node": 1, "stimulus": "internal", "cause": "program-order"},
        {"step": 3, "name": "0000000000000003", "at_us": 7, "node": 0, "stimulus": {"crashed": {"kept": 0, "lost": 0}}, "cause": "program-order"}
    ]}"#;
    let Read {
        format,
        mut recording,
        ..
    } = read(text, NOBODY).expect("a trace");
    assert_eq!((format, recording.len()), (Format::Trace, 3));
    let status = |recording: &Recording| {
        let nodes = recording.frame().nodes;
        [nodes[0].status, nodes[1].status]
    };
    assert_eq!(status(&recording), [NodeStatus::Crashed, NodeStatus::Up]);
    recording.seek(1).expect("a step");
    assert_eq!(status(&recording), [NodeStatus::Up; 2]);
    recording.seek(3).expect("a step");
    assert_eq!(status(&recording), [NodeStatus::Crashed, NodeStatus::Up]);
    assert_eq!(recording.now_us(), 9, "time does not run backwards");
    assert!(recording.fixed().is_some());
    assert!(recording.act(&sim::Action::Heal, 9).is_err());
}

#[test]
fn what_is_written_is_read_again() {
    let (events, labels, _) = raft();
    let document = trace::Document {
        format: trace::FORMAT,
        run: serde_json::json!({"protocol": "raft", "live": true}),
        nodes: labels,
        start: None,
        digest: protocol::Name(1),
        properties: Vec::new(),
        events,
    };
    let text = serde_json::to_string(&document).expect("plain data");
    let Read { recording, .. } = read(&text, &catalogue).expect("a trace");
    assert_eq!(recording.about().id, "raft");
    assert_eq!(recording.len(), document.events.len() as u64);
    let at = |events: &[Event]| events.iter().map(|e| (e.step, e.at_us)).collect::<Vec<_>>();
    assert_eq!(at(recording.events()), at(&document.events));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let line = |clock: &str| format!("x {clock}\ndoes");
    assert!(wrong("hello").contains("no trace in JSON and no log"));
    assert!(wrong("{").starts_with("line 1: "));
    assert!(wrong("{\n\"format\": 1, \"events\": 3}").starts_with("line 2: invalid type"));
    assert!(wrong("{\"events\": []}").contains("no \"format\""));
    assert!(wrong("{\"format\": 9}").contains("format 9"));
    assert!(wrong("{\"format\": 1, \"events\": []}").contains("without events"));
    let strange = r#"{"format": 1, "nodes": ["a"], "events": [
        {"step": 1, "name": "0000000000000001", "at_us": 5, "node": 3, "stimulus": "internal", "cause": "start"}
    ]}"#;
    assert!(wrong(strange).starts_with("step 1 names node 3, and there are 1 node"));
    let with = |log: &str| format!("(?<host>\\S*) (?<clock>{{.*}})\\n(?<event>.*)\n\n{log}");
    assert!(wrong(&with(&line("{x}"))).starts_with("line 3: the clock"));
    assert!(wrong(&with(&line("{\"y\": 1}"))).starts_with("line 3: the clock has no count"));
    let twice = format!("{}\n{}", line("{\"x\": 1}"), line("{\"x\": 1}"));
    assert!(wrong(&with(&twice)).starts_with("line 5: event 1 of this host stands in line 3"));
    assert!(wrong(&with(&line("{\"x\": 2}"))).contains("begins at 1"));
    assert!(wrong(&with("nothing")).contains("finds no event"));
    assert!(wrong("(?<host>(?<clock>\n\n").contains("line 1 cannot be read"));
    assert!(wrong("(?<host>.)(?<clock>.)\nparts\n").contains("several executions"));
}
