//! Records that a page of a bridge missed: what is not known leaves the stage, and how everything stands is shown again.

use protocol::NodeId;
use recording::{Journal, Recording};
use serde_json::{Value, json};
use sim::Source;
use trace::{Frame, NodeStatus, Stimulus};
use wire::journal::{Hello, Record};

fn hello(now_us: u64, nodes: &[(&str, &str, bool)], cuts: Value, flights: Value) -> Hello {
    let nodes: Vec<Value> = nodes
        .iter()
        .map(|(node, now, paused)| json!({"node": node, "now": now, "own": true, "paused": paused}))
        .collect();
    let all = flights.as_array().expect("a list").len();
    let hello = json!({"format": 1, "now_us": now_us, "next": 0, "nodes": nodes, "services": [], "holding": false,
        "cuts": cuts, "flights": flights, "flights_all": all, "testing": false});
    serde_json::from_value(hello).expect("a hello")
}

fn flight(id: u64, sent_us: u64, due_us: Option<u64>) -> Value {
    let message = json!({"id": id, "src": "n0", "dest": "n1", "body": {"type": "gossip"}});
    json!({"message": message, "sent_us": sent_us, "due_us": due_us, "lamport": 1})
}

struct Page {
    journal: Journal,
    recording: Recording,
}

impl Page {
    fn hears(&mut self, time_us: u64, mut record: Value) {
        (record["seq"], record["time_us"]) = (0.into(), time_us.into());
        let record: Record = serde_json::from_value(record).expect("a record");
        let taken = self.journal.push(&record, &mut self.recording);
        taken.expect("few nodes");
    }

    fn sends(&mut self, time_us: u64, id: u64) {
        self.hears(
            time_us,
            json!({"type": "send", "lamport": 1, "due_us": time_us + 9_000_000, "id": id, "src": "n0", "dest": "n1",
                "body": {"type": "gossip"}}),
        );
    }

    /// What stands on the stage at the end.
    fn stage(&mut self) -> Frame {
        self.recording.seek(self.recording.len()).expect("the end");
        self.recording.frame()
    }
}

#[test]
fn what_stands_after_a_gap_is_what_the_bridge_says() {
    let ready = [
        ("n0", "ready", false),
        ("n1", "ready", false),
        ("n2", "ready", true),
    ];
    let cuts = json!([["n0", "n2"]]);
    let began = hello(1_000, &ready, cuts, json!([flight(1, 500, Some(99_000))]));
    let (journal, recording) = Journal::join(&began).expect("few nodes");
    let mut page = Page { journal, recording };
    for id in 2..5 {
        page.sends(2_000 + id, id);
    }
    assert_eq!(page.stage().flights.len(), 4);

    page.journal.missed(70, &mut page.recording);
    assert!(page.stage().flights.is_empty(), "nobody knows of them");

    // Of four one is still under way, and one waits that nobody had told of. Who stood still goes on, who ran is down.
    let stands = [
        ("n0", "ready", false),
        ("n1", "down", false),
        ("n2", "ready", false),
        ("n3", "ready", false),
    ];
    let flights = json!([flight(3, 2_003, Some(9_002_003)), flight(60, 40_000, None)]);
    let anew = hello(50_000, &stands, json!([["n3", "n0"]]), flights);
    page.journal
        .go_on(&anew, &mut page.recording)
        .expect("few nodes");
    let frame = page.stage();
    let status = |label: &str| {
        let mut nodes = frame.nodes.iter();
        nodes.find(|node| node.label == label).map(|it| it.status)
    };
    let (up, down) = (Some(NodeStatus::Up), Some(NodeStatus::Crashed));
    assert_eq!(
        ["n0", "n1", "n2", "n3"].map(status),
        [up, down, up, up],
        "{:?}",
        frame.nodes
    );
    let flights: Vec<_> = frame
        .flights
        .iter()
        .map(|flight| {
            (
                page.journal.number(flight.name),
                flight.sent_us,
                flight.held,
            )
        })
        .collect();
    assert_eq!(flights, [(Some(3), 2_003, false), (Some(60), 40_000, true)]);
    assert_eq!(frame.cuts.len(), 1);
    assert_eq!(frame.cuts[0].from, [NodeId(3)]);

    // It goes on from there: the one that was under way arrives, and is known by its sending.
    page.hears(
        60_000,
        json!({"type": "receive", "id": 3, "lamport": 2, "src": "n0", "dest": "n1"}),
    );
    let booted = |event: &&trace::Event| matches!(event.stimulus, Stimulus::Booted { .. });
    let booted = page.recording.events().iter().filter(booted);
    let booted: Vec<_> = booted.map(|event| event.node).collect();
    assert_eq!(booted, [Some(NodeId(3))], "nobody was started again");
    let steps = page.recording.len();
    // Who is as the page knows is not told again.
    let same = hello(
        61_000,
        &stands,
        json!([["n3", "n0"]]),
        json!([flight(60, 40_000, None)]),
    );
    let before = page.stage();
    page.journal
        .go_on(&same, &mut page.recording)
        .expect("few nodes");
    let after = page.stage();
    assert_eq!((after.nodes, after.cuts), (before.nodes, before.cuts));
    assert_eq!(page.recording.len(), steps);
}

#[test]
fn words_come_along_with_a_view_and_are_kept_in_bounds() {
    let began = hello(1_000, &[("n0", "ready", false)], json!([]), json!([]));
    let (journal, recording) = Journal::join(&began).expect("few nodes");
    let mut page = Page { journal, recording };
    assert!(page.recording.brought().is_none());
    let words =
        json!({"zh": {"leader": "领导者", "long": "长".repeat(2_000)}, "xx": {"leader": "?"}});
    let view = json!({"role": "leader", "words": words});
    page.hears(2_000, json!({"type": "view", "node": "n0", "view": view}));
    let brought = page.recording.brought().expect("words");
    assert_eq!(json!(brought), json!({"zh": {"leader": "领导者"}}));
    let many = (0..3_000).map(|n| (format!("word {n}"), json!("词")));
    let many: serde_json::Map<_, _> = many.collect();
    let view = json!({"role": "leader", "words": {"zh": many}});
    page.hears(3_000, json!({"type": "view", "node": "n0", "view": view}));
    assert_eq!(page.recording.brought().expect("words")["zh"].len(), 2_000);

    // They are saved with it, and opened again.
    let (start, origin) = page.recording.recorded().expect("a recording");
    let document = trace::Document {
        format: trace::FORMAT,
        run: origin,
        nodes: page.recording.labels().to_vec(),
        start: Some(start),
        digest: protocol::Name(1),
        properties: Vec::new(),
        events: page.recording.events().to_vec(),
    };
    let text = serde_json::to_string(&document).expect("plain data");
    let again = recording::read(&text, &|_| None)
        .expect("a trace")
        .recording;
    assert_eq!(again.brought(), page.recording.brought());
}
