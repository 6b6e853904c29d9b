//! Events become calls with what came of them. Knows no form of file and no model.

use super::Mistake;
use super::events::{Event, Kind};
use protocol::Phrase;
use serde_json::Value;
use std::collections::BTreeMap;

/// A call, and what its client learned of it.
#[derive(Debug)]
pub(crate) struct Call {
    /// The client, by order of appearance.
    pub(crate) client: u32,
    /// Its beginning.
    pub(crate) begun: Event,
    /// When it began: which event of the history.
    pub(crate) invoked: u32,
    /// Its end, unless nobody knows it.
    pub(crate) end: Option<End>,
}

/// An end that is known.
#[derive(Debug)]
pub(crate) struct End {
    /// When: which event of the history.
    pub(crate) at: u32,
    /// The line, from 1.
    pub(crate) line: u32,
    /// Whether it did what was asked.
    pub(crate) done: bool,
    /// What was answered.
    pub(crate) value: Option<Value>,
}

/// The calls of a history, and the names of its clients.
#[derive(Debug)]
pub(crate) struct Calls {
    pub(crate) calls: Vec<Call>,
    pub(crate) clients: Vec<String>,
    /// How many events there are.
    pub(crate) events: u32,
}

/// Finds to each call its end.
pub(crate) fn pair(events: Vec<Event>) -> Result<Calls, Mistake> {
    let mut calls: Vec<Call> = Vec::new();
    let mut clients = Vec::new();
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    // Of each client, the call that is open.
    let mut open: Vec<Option<usize>> = Vec::new();
    let count = events.len() as u32;
    for (at, event) in (0..).zip(events) {
        let client = *numbers.entry(event.client.clone()).or_insert_with(|| {
            clients.push(event.client.clone());
            open.push(None);
            open.len() as u32 - 1
        });
        let slot = &mut open[client as usize];
        let wrong = |key| {
            let phrase = Phrase::new(key).text("client", event.client.clone());
            phrase.text("function", event.function.clone())
        };
        if event.kind == Kind::Invoke {
            if let Some(earlier) = slot {
                let earlier = calls[*earlier].begun.line.to_string();
                let phrase = wrong("history.busy").text("earlier", earlier);
                return Err(Mistake::at(event.line, phrase));
            }
            *slot = Some(calls.len());
            calls.push(Call {
                client,
                begun: event,
                invoked: at,
                end: None,
            });
            continue;
        }
        let Some(place) = slot.take() else {
            return Err(Mistake::at(event.line, wrong("history.not-called")));
        };
        let call = &mut calls[place];
        if call.begun.function != event.function || differs(&call.begun.key, &event.key) {
            let called = call.begun.function.clone();
            let phrase = wrong("history.other-call").text("called", called);
            let phrase = phrase.text("earlier", call.begun.line.to_string());
            return Err(Mistake::at(event.line, phrase));
        }
        if event.kind != Kind::Info {
            call.end = Some(End {
                at,
                line: event.line,
                done: event.kind == Kind::Ok,
                value: event.value,
            });
        }
    }
    Ok(Calls {
        calls,
        clients,
        events: count,
    })
}

/// Whether the end names another key than the call; it need not name one.
fn differs(called: &Option<String>, ended: &Option<String>) -> bool {
    ended.is_some() && called != ended
}
