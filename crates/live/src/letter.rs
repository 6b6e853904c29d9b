//! A message as it travels: Maelstrom's envelope, whose body holds the protocol's message as JSON and what the trace must know.
//!
//! ```json
//! {"src": "S1", "dest": "S2", "body": {
//!   "type": "RequestVote", "message": {"RequestVote": {"term": 2, "last_log_index": 0, "last_log_term": 0}},
//!   "name": "83a1…", "cause": "19fe…", "clock": 41, "sent_us": 1790000000000000}}
//! ```
//!
//! `message` is all that a node in another language has to write; without the rest the trace knows less.

use crate::Refusal;
use crate::node::Wired;
use protocol::Name;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wire::Envelope;

/// The greatest reading of a Lamport clock that is taken from others: JSON readers lose integers above it.
pub const CLOCK_MAX: u64 = 1 << 53;

/// What a body holds beside its type.
#[derive(Clone, PartialEq, Debug)]
pub struct Letter<M> {
    /// The protocol's message.
    pub message: M,
    /// What the trace knows of it; `None`: its sender keeps no trace.
    pub stamp: Option<Stamp>,
}

/// What a sender's trace says of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stamp {
    /// Its name.
    pub name: Name,
    /// The event that sent it.
    pub cause: Name,
    /// When it left, on its sender's Lamport clock.
    pub clock: u64,
    /// When it left, on the axis of its sender's events.
    pub sent_us: u64,
}

impl<M> Letter<M> {
    /// The envelope from `src` to `dest`.
    pub(crate) fn seal<P: Wired<Message = M>>(
        &self,
        src: &str,
        dest: &str,
    ) -> Result<Envelope, serde_json::Error>
    where
        M: Serialize,
    {
        let kind = P::MESSAGES[usize::from(P::message_kind(&self.message))].name;
        let mut envelope = Envelope::new(src, dest, kind);
        let content = serde_json::to_value(&self.message)?;
        envelope.body.insert("message".into(), content);
        if let Some(stamp) = &self.stamp
            && let Value::Object(fields) = serde_json::to_value(stamp)?
        {
            envelope.body.extend(fields);
        }
        Ok(envelope)
    }

    /// Reads what an envelope holds.
    pub(crate) fn open(envelope: &Envelope) -> Result<Self, Refusal>
    where
        M: for<'de> Deserialize<'de>,
    {
        let no_message = |why: String| Refusal::NoMessage {
            kind: envelope.kind().unwrap_or_default().into(),
            why,
        };
        let content = envelope
            .body
            .get("message")
            .ok_or_else(|| no_message("there is no field \"message\"".into()))?;
        let message = M::deserialize(content).map_err(|error| no_message(error.to_string()))?;
        let stamp = if envelope.body.contains_key("name") {
            let stamp = Stamp::deserialize(&envelope.body);
            let stamp = stamp.map_err(|error| no_message(error.to_string()))?;
            if stamp.clock > CLOCK_MAX {
                return Err(no_message(format!(
                    "a clock of {} is beyond {CLOCK_MAX}",
                    stamp.clock
                )));
            }
            Some(stamp)
        } else {
            None
        };
        Ok(Self { message, stamp })
    }
}
