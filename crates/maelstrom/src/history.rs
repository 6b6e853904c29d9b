//! What clients did and heard: events as they came, and calls, each an invocation with what came of it.
//!
//! Knows nothing of what an operation means.

use serde_json::Value;
use std::collections::BTreeMap;
pub use wire::journal::{Op as Event, Phase, Problem};

/// An operation from its call to what came of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Call {
    /// Which client.
    pub client: u64,
    /// The node that was asked.
    pub node: String,
    /// The function.
    pub f: String,
    /// What it was called with.
    pub input: Value,
    /// What came of it; null unless it is `ok`, or as far as it is known.
    pub output: Value,
    /// [`Phase::Ok`], [`Phase::Fail`] or [`Phase::Info`]; without an end it is `Info`.
    pub outcome: Phase,
    /// The place of its call among the events.
    pub invoked: u32,
    /// The place of its end; `None`: nobody heard of one.
    pub returned: Option<u32>,
    /// When it was called, in microseconds.
    pub invoked_us: u64,
    /// When it ended, in microseconds.
    pub returned_us: Option<u64>,
    /// Whether it is one of the reads at the end.
    pub last: bool,
    /// Why it did not end well.
    pub error: Option<Problem>,
}

impl Call {
    /// Whether it is known to have taken effect.
    pub fn ok(&self) -> bool {
        self.outcome == Phase::Ok
    }

    /// Whether it may have taken effect.
    pub fn possible(&self) -> bool {
        self.outcome != Phase::Fail
    }

    /// Whether it had ended before the other began.
    pub fn before(&self, other: &Self) -> bool {
        self.returned.is_some_and(|end| end < other.invoked)
    }

    /// The call in a few words: `c3 read → [1,2]`.
    pub fn told(&self) -> String {
        let mut told = format!("client {} {}", self.client, self.f);
        // A transaction comes back with its steps.
        let comes_back = self.f == "txn" && self.ok();
        if !self.input.is_null() && !comes_back {
            told += &format!(" {}", short(&self.input));
        }
        if !self.node.is_empty() {
            told += &format!(" at {}", self.node);
        }
        match self.outcome {
            Phase::Ok if self.output == self.input => told += " (ok)",
            Phase::Ok => told += &format!(" → {}", short(&self.output)),
            Phase::Fail => told += " → failed",
            Phase::Invoke | Phase::Info => told += " → ?",
        }
        told
    }
}

/// How many letters of a value a sentence shows.
const LETTERS_MAX: usize = 120;

/// The value as JSON, shortened.
pub(crate) fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= LETTERS_MAX {
        return text;
    }
    let start: String = text.chars().take(LETTERS_MAX).collect();
    format!("{start}…")
}

/// The calls of a history in the order in which they began. An end without a beginning is left out.
pub fn calls(events: &[Event]) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    let mut open: BTreeMap<u64, usize> = BTreeMap::new();
    for (place, event) in (0..).zip(events) {
        if event.phase == Phase::Invoke {
            open.insert(event.client, calls.len());
            calls.push(Call {
                client: event.client,
                node: event.node.clone(),
                f: event.f.clone(),
                input: event.value.clone(),
                output: Value::Null,
                outcome: Phase::Info,
                invoked: place,
                returned: None,
                invoked_us: event.time_us,
                returned_us: None,
                last: event.last,
                error: None,
            });
        } else if let Some(call) = open.remove(&event.client) {
            let call = &mut calls[call];
            call.outcome = event.phase;
            call.error = event.error.clone();
            call.output = event.value.clone();
            // What ended without being known may still happen: for its effects it has no end.
            if event.phase != Phase::Info {
                call.returned = Some(place);
                call.returned_us = Some(event.time_us);
            }
        }
    }
    calls
}

/// A text that equal values share, whatever the order of their keys.
pub fn canonical(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(map) => {
            let sorted: BTreeMap<&String, String> = map
                .iter()
                .map(|(key, value)| (key, canonical(value)))
                .collect();
            let fields: Vec<String> = sorted
                .iter()
                .map(|(key, value)| format!("{}:{value}", Value::from(key.as_str())))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        plain => plain.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(client: u64, phase: Phase, value: Value) -> Event {
        Event {
            client,
            phase,
            f: "read".into(),
            value,
            time_us: 0,
            node: String::new(),
            last: false,
            error: None,
        }
    }

    #[test]
    fn ends_find_their_beginnings() {
        let events = [
            event(1, Phase::Invoke, json!(null)),
            event(2, Phase::Invoke, json!(7)),
            event(1, Phase::Ok, json!(3)),
            event(2, Phase::Info, json!(null)),
            event(3, Phase::Invoke, json!(null)),
            event(9, Phase::Ok, json!(1)),
        ];
        let calls = calls(&events);
        assert_eq!(calls.len(), 3);
        assert_eq!((calls[0].invoked, calls[0].returned), (0, Some(2)));
        assert_eq!(calls[0].output, json!(3));
        assert_eq!((calls[1].outcome, calls[1].returned), (Phase::Info, None));
        assert!(calls[2].possible() && !calls[2].ok());
        assert!(calls[0].before(&calls[2]) && !calls[1].before(&calls[2]));
    }

    #[test]
    fn a_call_is_told_with_what_came_of_it() {
        let told = |f: &str, phase, end: Value| {
            let mut events = [
                event(1, Phase::Invoke, json!([1, null])),
                event(1, phase, end),
            ];
            for event in &mut events {
                event.f = f.into();
                event.node = "n0".into();
            }
            calls(&events)[0].told()
        };
        let read = told("read", Phase::Ok, json!([1, 7]));
        assert_eq!(read, "client 1 read [1,null] at n0 → [1,7]");
        let txn = told("txn", Phase::Ok, json!([1, 7]));
        assert_eq!(txn, "client 1 txn at n0 → [1,7]");
        let open = told("txn", Phase::Info, Value::Null);
        assert_eq!(open, "client 1 txn [1,null] at n0 → ?");
    }

    #[test]
    fn equal_values_have_one_text() {
        assert_eq!(
            canonical(&json!({"b": [1, {"d": 1, "c": null}], "a": "x"})),
            canonical(&json!({"a": "x", "b": [1, {"c": null, "d": 1}]}))
        );
        assert_ne!(canonical(&json!("1")), canonical(&json!(1)));
    }
}
