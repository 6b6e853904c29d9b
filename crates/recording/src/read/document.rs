//! The project's own JSON, of what was recorded elsewhere.

use super::Unread;
use crate::{Recording, Told};
use protocol::{NodeId, NodeKind, NodeSpec, Phrase};
use serde::Deserialize;
use serde_json::Value;
use sim::About;
use trace::{Brought, Event, FORMAT, Frame, NodeStatus, Outcome, Stimulus};

/// What is read of a [`trace::Document`]: whoever writes one by hand need not know of runs and digests.
#[derive(Deserialize)]
struct Written {
    format: u32,
    #[serde(default)]
    run: Value,
    #[serde(default)]
    nodes: Vec<String>,
    #[serde(default)]
    start: Option<Frame>,
    events: Vec<Event>,
}

/// Only the number of the format: what is newer may differ in everything else.
#[derive(Deserialize)]
struct Version {
    format: Option<u32>,
}

pub(super) fn read(
    text: &str,
    about: &dyn Fn(&str) -> Option<&'static About>,
) -> Result<Recording, Unread> {
    let broken = |error: &serde_json::Error| {
        Unread(
            Phrase::new("error.trace-broken")
                .int("line", error.line() as u64)
                .text("why", said(error)),
        )
    };
    let version: Version = serde_json::from_str(text).map_err(|error| broken(&error))?;
    match version.format {
        None => return Err(Unread::new("error.trace-without-format")),
        Some(newer) if newer > FORMAT => {
            let phrase = Phrase::new("error.trace-newer")
                .int("format", newer.into())
                .int("known", FORMAT.into());
            return Err(Unread(phrase));
        }
        Some(_) => {}
    }
    let written: Written = serde_json::from_str(text).map_err(|error| broken(&error))?;
    if written.format == 0 || written.events.is_empty() {
        return Err(Unread::new("error.trace-empty"));
    }
    let nodes = written
        .start
        .as_ref()
        .map_or(written.nodes.len(), |start| start.nodes.len());
    let protocol = written.run.get("protocol").and_then(Value::as_str);
    let mut boots = vec![NodeStatus::Up; nodes];
    for event in &written.events {
        if let Some(strange) = strange(event, nodes) {
            let phrase = Phrase::new("error.trace-node")
                .int("step", event.step)
                .int("node", strange.0.into())
                .int("nodes", nodes as u64);
            return Err(Unread(phrase));
        }
        if let (Stimulus::Booted { .. }, Some(node)) = (&event.stimulus, event.node) {
            // It is down until then.
            boots[node.index()] = NodeStatus::Crashed;
        }
    }
    let specs = written.nodes.into_iter();
    let specs = specs.map(|label| NodeSpec::new(label, NodeKind::Server));
    let blank = Told::of(specs.zip(boots));
    let words = written.run.get("words");
    let brought = words.and_then(|words| Brought::deserialize(words).ok());
    let brought = brought.unwrap_or_default();
    let mut recording = Recording::new(Told {
        about: protocol.and_then(about),
        start: written.start.unwrap_or(blank.start),
        origin: written.run,
    });
    recording.learn(brought);
    for event in written.events {
        recording.push(event);
    }
    Ok(recording)
}

/// A node that the event names and the list has not.
fn strange(event: &Event, nodes: usize) -> Option<NodeId> {
    let sent = event.outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::Sent { message, .. } => Some(message),
        _ => None,
    });
    let messages = event.stimulus.message().into_iter().chain(sent);
    let ends = messages.flat_map(|message| [message.from, message.to]);
    let mut named = event.node.into_iter().chain(ends);
    named.find(|node| node.index() >= nodes)
}

/// What the reader says, without its own line and column.
pub(super) fn said(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}
