//! Events: one input at one node or one act of the world, what caused it, and what came of it.

use crate::Frame;
use protocol::{MessageView, Name, NodeId, NodeView, OperationId, Phrase, Verdict};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;

/// The version of the JSON form: readers refuse what is newer.
pub const FORMAT: u32 = 1;

/// Why an event happened when it did.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The event of this name sent the message, set the timer or made the save.
    Event(Name),
    /// Somebody chose it: a person, a scenario, a search.
    Choice,
    /// The workload: a client's next operation.
    Workload,
    /// The run's own beginning.
    Start,
    /// Known by program order only, as in traces of foreign processes.
    ProgramOrder,
}

/// A message as an event refers to it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MessageRef {
    /// Its name.
    pub name: Name,
    /// Its sender.
    pub from: NodeId,
    /// Its addressee.
    pub to: NodeId,
    /// When it was sent, in microseconds of virtual time.
    pub sent_us: u64,
    /// What it shows of itself.
    pub view: MessageView,
    /// Its body; absent where only the index was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

/// What became of a message, as far as the recorded run goes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// Still on its way when the record ends.
    Flying,
    /// Delivered at this step.
    Delivered(u64),
    /// It reached a node that was down at this step.
    Bounced(u64),
    /// The network lost it.
    Lost,
    /// It met a cut.
    Cut,
    /// Somebody dropped it at this step.
    Dropped(u64),
}

/// What an event is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stimulus {
    /// The node booted, for the `incarnation`-th time (from 1); from 2 on it restarted from its disk.
    Booted {
        /// How many times it has booted, this one included.
        incarnation: u64,
    },
    /// A message arrived.
    Delivered(MessageRef),
    /// A message reached a node that is down.
    Bounced(MessageRef),
    /// A timer fired.
    Fired {
        /// The timer's id.
        timer: Cow<'static, str>,
    },
    /// A client was asked for an operation.
    Asked {
        /// Its name.
        id: OperationId,
        /// What is asked.
        op: Phrase,
    },
    /// A save became durable.
    Saved,
    /// The node crashed; of what it had not saved yet, this many writes reached the disk.
    Crashed {
        /// How many pending writes survived.
        kept: u32,
        /// How many were lost.
        lost: u32,
    },
    /// The node stopped for a while, keeping its memory: a long garbage collection.
    Paused,
    /// The node went on.
    Resumed,
    /// Links were cut.
    Cut {
        /// From these nodes.
        from: Vec<NodeId>,
        /// To these.
        to: Vec<NodeId>,
        /// In both directions.
        both: bool,
    },
    /// All cuts were healed.
    Healed,
    /// The node's clock was changed.
    Skewed {
        /// Its drift in parts per million.
        drift_ppm: i32,
        /// Its wall clock's offset in microseconds.
        offset_us: i64,
    },
    /// A parameter was changed.
    Set {
        /// Which.
        key: String,
        /// To what.
        value: String,
    },
    /// Somebody dropped a message.
    Dropped(MessageRef),
    /// Somebody duplicated a message.
    Duplicated(MessageRef),
    /// Somebody holds a message back.
    Held(MessageRef),
    /// A held message goes on.
    Released(MessageRef),
    /// The disk of a node that is down was lost.
    Erased,
    /// The outcome of a decision to come was laid down.
    Decided {
        /// Which outcome, from 0.
        outcome: u32,
    },
    /// Something within the node, of which no more is known: in logs of other tools.
    Internal,
    /// A node joined the stage.
    Added,
    /// A node left for good.
    Removed,
}

impl Stimulus {
    /// The message that it is about, where it is about one.
    pub const fn message(&self) -> Option<&MessageRef> {
        match self {
            Self::Delivered(message)
            | Self::Bounced(message)
            | Self::Dropped(message)
            | Self::Duplicated(message)
            | Self::Held(message)
            | Self::Released(message) => Some(message),
            _ => None,
        }
    }
}

/// What came of an event, in order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A message left.
    Sent {
        /// Which.
        message: MessageRef,
        /// When it will arrive unless something else happens to it.
        due_us: u64,
        /// What became of it.
        fate: Fate,
        /// Why it was sent.
        reason: Phrase,
    },
    /// A client had its answer.
    Answered {
        /// To which operation.
        id: OperationId,
        /// The answer.
        answer: Phrase,
    },
    /// A turning point.
    Told(Phrase),
    /// Something was appended to the disk, durable at `due_us`.
    Saved {
        /// What, as data.
        write: Value,
        /// When it is durable.
        due_us: u64,
    },
    /// A timer was set.
    TimerSet {
        /// Which.
        timer: Cow<'static, str>,
        /// The least delay on the node's clock.
        min_us: u64,
        /// The greatest.
        max_us: u64,
        /// When it will fire.
        due_us: u64,
        /// Why.
        reason: Phrase,
    },
    /// A timer was cancelled.
    TimerCancelled {
        /// Which.
        timer: Cow<'static, str>,
    },
    /// Why something was done, refused or ignored.
    Noted(Phrase),
    /// A decision was drawn.
    Chose {
        /// What it decides, as a word.
        purpose: u64,
        /// How many outcomes there were.
        outcomes: u32,
        /// Which came.
        chosen: u32,
    },
    /// A property's verdict changed.
    Judged {
        /// Which property.
        property: Cow<'static, str>,
        /// How it stands now.
        verdict: Verdict,
    },
}

/// One event, with everything that is known of it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Event {
    /// Its place in the run, from 1.
    pub step: u64,
    /// Its name.
    pub name: Name,
    /// When, in microseconds of virtual time.
    pub at_us: u64,
    /// At which node; `None` for acts upon the world.
    pub node: Option<NodeId>,
    /// What it is.
    pub stimulus: Stimulus,
    /// What caused it.
    pub cause: Cause,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<Outcome>,
    /// What its node shows of itself afterwards, where it is not what it showed before; absent where the run can be played again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<Box<NodeView>>,
}

impl Event {
    /// Whether it is a turning point: something was told or judged, a client was answered, or somebody acted.
    pub fn is_moment(&self) -> bool {
        self.cause == Cause::Choice
            || self
                .outcomes
                .iter()
                .any(|outcome| matches!(outcome, Outcome::Told(_) | Outcome::Judged { .. }))
    }

    /// The sentence of this event's stimulus alone.
    pub fn stimulus_phrase(&self) -> Phrase {
        let node = self.node.unwrap_or(NodeId(0));
        let message = |key, message: &MessageRef| {
            Phrase::new(key)
                .node("from", message.from)
                .node("to", message.to)
                .text("kind", message.view.kind.clone())
        };
        let at = |key| Phrase::new(key).node("node", node);
        match &self.stimulus {
            Stimulus::Booted { incarnation: 1 } => at("event.booted"),
            Stimulus::Booted { incarnation } => {
                at("event.restarted").int("incarnation", *incarnation)
            }
            Stimulus::Delivered(m) => message("event.delivered", m),
            Stimulus::Bounced(m) => message("event.bounced", m),
            Stimulus::Fired { timer } => at("event.fired").with("timer", word("timer", timer)),
            Stimulus::Asked { op, .. } => {
                // The operation's own sentence part is told by its phrase: said first, then placed.
                at("event.asked").with("op", protocol::Arg::Phrase(Box::new(op.clone())))
            }
            Stimulus::Saved => at("event.saved"),
            Stimulus::Crashed { lost: 0, .. } => at("event.crashed"),
            Stimulus::Crashed { kept, lost } => at("event.crashed-unsaved")
                .int("kept", u64::from(*kept))
                .int("lost", u64::from(*lost)),
            Stimulus::Paused => at("event.paused"),
            Stimulus::Resumed => at("event.resumed"),
            Stimulus::Cut { from, to, both } => {
                let key = if *both {
                    "event.cut"
                } else {
                    "event.cut-one-way"
                };
                Phrase::new(key)
                    .nodes("from", from.iter().copied())
                    .nodes("to", to.iter().copied())
            }
            Stimulus::Healed => Phrase::new("event.healed"),
            Stimulus::Skewed {
                drift_ppm,
                offset_us,
            } => at("event.skewed")
                .text("drift", drift_ppm.to_string())
                .text("offset", format!("{} ms", offset_us / 1000)),
            Stimulus::Set { key, value } => Phrase::new("event.set")
                .with("parameter", word("param", key))
                .with("value", setting(key, value)),
            Stimulus::Dropped(m) => message("event.dropped", m),
            Stimulus::Duplicated(m) => message("event.duplicated", m),
            Stimulus::Held(m) => message("event.held", m),
            Stimulus::Released(m) => message("event.released", m),
            Stimulus::Erased => at("event.erased"),
            Stimulus::Decided { outcome } => {
                Phrase::new("event.decided").int("outcome", u64::from(*outcome))
            }
            Stimulus::Internal => at("event.internal"),
            Stimulus::Added => at("event.added"),
            Stimulus::Removed => at("event.removed"),
        }
    }

    /// What the caption says of this event: the most telling sentence there is. A verdict first, then somebody's act, a fact, a
    /// client's answer, a reason, and the bare stimulus where nothing else was said.
    pub fn headline(&self) -> Phrase {
        let first = |pick: fn(&Outcome) -> Option<Phrase>| self.outcomes.iter().find_map(pick);
        let picked = matches!(
            self.stimulus,
            Stimulus::Delivered(_) | Stimulus::Fired { .. } | Stimulus::Saved
        );
        let acted = self.cause == Cause::Choice && !picked;
        first(|outcome| match outcome {
            Outcome::Judged {
                verdict: Verdict::Violated(how),
                ..
            } => Some(how.clone()),
            _ => None,
        })
        .or_else(|| acted.then(|| self.stimulus_phrase()))
        .or_else(|| {
            first(|outcome| match outcome {
                Outcome::Told(fact) => Some(fact.clone()),
                _ => None,
            })
        })
        .or_else(|| first(Outcome::answer))
        .or_else(|| {
            first(|outcome| match outcome {
                Outcome::Noted(reason) => Some(reason.clone()),
                _ => None,
            })
        })
        .or_else(|| {
            first(|outcome| match outcome {
                Outcome::Sent { reason, .. } => Some(reason.clone()),
                _ => None,
            })
        })
        .unwrap_or_else(|| self.stimulus_phrase())
    }
}

impl Outcome {
    /// The sentence of an answer that a client had.
    pub fn answer(&self) -> Option<Phrase> {
        match self {
            Self::Answered { id, answer } => {
                let answer = protocol::Arg::Phrase(Box::new(answer.clone()));
                Some(
                    Phrase::new("outcome.answered")
                        .node("node", id.client)
                        .with("answer", answer),
                )
            }
            _ => None,
        }
    }
}

fn word(family: &str, id: &str) -> protocol::Arg {
    protocol::Arg::Word(Cow::Owned(format!("{family}.{id}")))
}

/// A parameter's value: a choice by its word, anything else as it stands.
fn setting(key: &str, value: &str) -> protocol::Arg {
    let plain = value.parse::<u64>().is_ok() || value.parse::<bool>().is_ok();
    if plain {
        protocol::Arg::Text(value.to_owned())
    } else {
        word("param", &format!("{key}.{value}"))
    }
}

/// What a mark on the timeline says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkKind {
    /// A turning point was told.
    Fact,
    /// A node crashed.
    Crash,
    /// A node restarted.
    Restart,
    /// Links were cut.
    Cut,
    /// Cuts were healed.
    Heal,
    /// A property was violated.
    Violation,
    /// Another act of a person.
    Act,
}

/// A noteworthy step: what the timeline paints, and what "next moment" stops at.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Mark {
    /// The step.
    pub step: u64,
    /// When.
    pub at_us: u64,
    /// What.
    pub kind: MarkKind,
    /// Where, if at one node.
    pub node: Option<NodeId>,
    /// The node's epoch after the step.
    pub epoch: Option<u64>,
}

/// How a property stands at the cursor.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PropertyStatus {
    /// Which.
    pub property: Cow<'static, str>,
    /// How it stands.
    pub verdict: Verdict,
    /// The step of its last change.
    pub since: Option<u64>,
}

/// A whole run as JSON. See `docs/trace-format.md`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Document {
    /// [`FORMAT`].
    pub format: u32,
    /// The run that made it: protocol, configuration, seed and edits.
    pub run: Value,
    /// The nodes' labels, by id.
    pub nodes: Vec<String>,
    /// What the views show before the first event, in a recording of what ran elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Frame>,
    /// The digest at the end, in sixteen hexadecimal digits.
    pub digest: Name,
    /// How the properties stand at the end.
    pub properties: Vec<PropertyStatus>,
    /// The events, in order.
    pub events: Vec<Event>,
}
