//! What reads lines, logs and files of others, driven with any bytes: one function for each, the same for `cargo fuzz` and for the
//! tests of the stable compiler.
//!
//! Each panics where something is wrong, and otherwise says what it came to, so that seeds can be held to reach everything.

use maelstrom::hub::{Effect, Hub};
use maelstrom::journal::{Entry, Record};
use maelstrom::network::Weather;
use protocol::Distribution;
use recording::{Read, Unread};
use sim::Source;
use std::collections::BTreeSet;
use trace::Event;
use wire::Malformed;

/// What some bytes came to: keys of errors, kinds of records, events and effects.
pub type Reached = BTreeSet<String>;

/// A function that takes any bytes.
pub type Target = fn(&[u8]) -> Reached;

/// Every target by its name: that of its seeds in `fuzz/corpus`, too.
pub const TARGETS: [(&str, Target); 5] = [
    ("line", line),
    ("record", record),
    ("journal", journal),
    ("fressian", fressian),
    ("shiviz", shiviz),
];

/// Lines of a node, whatever they hold: each is a message or is refused in words.
pub fn line(bytes: &[u8]) -> Reached {
    let weather = Weather {
        latency_us: Distribution::Uniform { min: 0, max: 10 },
        loss_permille: 100,
    };
    let mut reached = Reached::new();
    let mut hub = Hub::new(1, weather, vec!["n0".into(), "n1".into()], 10_000);
    hub.joined(0, "n0");
    let mut lines = 0;
    for (line, now_us) in bytes.split(|byte| *byte == b'\n').zip(0..) {
        if let Err(wrong) = hub.line(now_us, "n0", line) {
            let kind = match wrong {
                Malformed::TooLong { .. } => "too-long",
                Malformed::NotAnEnvelope { .. } => "not-an-envelope",
                Malformed::NoType => "no-type",
            };
            reached.insert(format!("refused: {kind}"));
        }
        hub.advance(now_us);
        while let Some(effect) = hub.next_effect() {
            let kind = match effect {
                Effect::Deliver { .. } => "deliver",
                Effect::Answer { .. } => "answer",
                Effect::Ready { .. } => "ready",
                Effect::NotReady { .. } => "not-ready",
                Effect::Left { .. } => "left",
                Effect::Warn(_) => "warn",
            };
            reached.insert(format!("effect: {kind}"));
        }
        lines = now_us;
    }
    hub.advance(lines + 1_000);
    let (_, records) = hub.network.journal.since(0);
    reached.extend(records.map(|record| kind(&record.entry)));
    reached
}

/// A record of a journal: it is written as it was read, or refused.
pub fn record(bytes: &[u8]) -> Reached {
    let Ok(record) = serde_json::from_slice::<Record>(bytes) else {
        return Reached::from(["refused".to_owned()]);
    };
    let line = serde_json::to_string(&record).expect("what was read is written");
    let again: Record = serde_json::from_str(&line).expect("what was written is read");
    assert_eq!(serde_json::to_string(&again).expect("likewise"), line);
    Reached::from([kind(&record.entry)])
}

/// A text, as the page opens it.
pub fn journal(bytes: &[u8]) -> Reached {
    let text = String::from_utf8_lossy(bytes);
    looked_at(recording::read(&text, &|_| None))
}

/// What is no text, as the page opens it.
pub fn fressian(bytes: &[u8]) -> Reached {
    looked_at(recording::read_bytes(bytes))
}

/// A log with vector clocks.
pub fn shiviz(bytes: &[u8]) -> Reached {
    journal(bytes)
}

/// Goes through a recording as a reader does: to its end, back into it, and to its beginning.
fn looked_at(read: Result<Read, Unread>) -> Reached {
    let mut recording = match read {
        Err(unread) => return Reached::from([unread.0.key.into_owned()]),
        Ok(Read {
            recording, remark, ..
        }) => {
            let remark = remark.map(|remark| remark.key.into_owned());
            let events = recording.events().iter().map(happened);
            let reached: Reached = events.chain(remark).collect();
            (recording, reached)
        }
    };
    let (recording, reached) = (&mut recording.0, recording.1);
    for step in [recording.len(), recording.len() / 2, 0] {
        recording.seek(step).expect("a step of it");
        let frame = recording.frame();
        assert_eq!(frame.step, step);
        assert_eq!(frame.nodes.len(), recording.labels().len());
    }
    reached
}

/// What sort of event it is.
fn happened(event: &Event) -> String {
    let stimulus = serde_json::to_value(&event.stimulus).unwrap_or_default();
    let kind = match (&stimulus, stimulus.as_object()) {
        (serde_json::Value::String(plain), _) => plain.clone(),
        (_, Some(map)) => map.keys().next().cloned().unwrap_or_default(),
        _ => String::new(),
    };
    format!("event: {kind}")
}

/// What sort of entry it is, of a fault and of a loss also which.
fn kind(entry: &Entry) -> String {
    let entry = serde_json::to_value(entry).unwrap_or_default();
    let texts = ["type", "fault", "why", "now"];
    let texts = texts.iter().filter_map(|key| entry.get(key)?.as_str());
    match entry["type"].as_str() {
        // Why a line is malformed is a sentence.
        Some("malformed") => "record: malformed".to_owned(),
        _ => format!("record: {}", texts.collect::<Vec<_>>().join(" ")),
    }
}
