//! What the diagram keeps of an event: enough to draw it and to follow its messages, and no more, as a window holds thousands.

use protocol::{MessageShape, MessageView, Name, NodeId, Verdict};
use std::borrow::Cow;
use trace::{Cause, Cut, Event, Fate, MessageRef, Outcome, Stimulus};

/// What an event is, for the eye.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sign {
    /// The node booted, or came up again.
    Up,
    /// The node crashed, or left.
    Down,
    /// The node stands still.
    Paused,
    /// The node goes on.
    Resumed,
    /// A message arrived.
    Arrived,
    /// A message reached a node that was down.
    Bounced,
    /// A timer fired.
    Fired,
    /// A client was asked.
    Asked,
    /// A save became durable.
    Saved,
    /// Somebody dropped a message.
    Dropped,
    /// Somebody duplicated a message.
    Duplicated,
    /// Another act: upon a message, a clock, a parameter.
    Acted,
    /// Links were cut.
    Cut(Cut),
    /// All cuts were healed.
    Healed,
}

/// A message as the diagram knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Carried {
    /// Its name.
    pub name: Name,
    /// Its sender.
    pub from: NodeId,
    /// Its addressee.
    pub to: NodeId,
    /// When it was sent, in microseconds of virtual time.
    pub sent_us: u64,
    /// Its kind as the source spells it.
    pub kind: Cow<'static, str>,
    /// Its shape.
    pub shape: MessageShape,
    /// The epoch it carries.
    pub epoch: Option<u64>,
}

/// What became of a message that was sent, as far as was known when its row was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fated {
    /// It was on its way.
    Flying,
    /// It arrived, or reached a node that was down, at this time.
    Reached(u64),
    /// The network lost it.
    Lost,
    /// It met a cut.
    Cut,
    /// Somebody dropped it, at this time.
    Dropped(u64),
}

/// A message that left.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sent {
    /// Which.
    pub message: Carried,
    /// When it would arrive by itself.
    pub due_us: u64,
    /// What became of it.
    pub fated: Fated,
    /// Whether it is a further copy of a message.
    pub copy: bool,
}

/// An event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Its step.
    pub step: u64,
    /// Its name.
    pub name: Name,
    /// When, in microseconds of virtual time.
    pub at_us: u64,
    /// At which node; `None` for acts upon the world.
    pub node: Option<NodeId>,
    /// What it is.
    pub sign: Sign,
    /// The event that caused it, where one did.
    pub cause: Option<Name>,
    /// The message that it is about.
    pub message: Option<Carried>,
    /// The messages that left.
    pub sent: Vec<Sent>,
    /// Whether something was told or answered.
    pub told: bool,
    /// Whether a property was violated.
    pub violated: bool,
    /// Whether somebody chose it.
    pub chosen: bool,
}

impl Row {
    /// What the diagram keeps of `event`; `time_of` says when a step of the record was.
    pub fn of(event: &Event, time_of: impl Fn(u64) -> u64) -> Self {
        let told =
            |outcome: &Outcome| matches!(outcome, Outcome::Told(_) | Outcome::Answered { .. });
        let violated = |outcome: &Outcome| {
            matches!(
                outcome,
                Outcome::Judged {
                    verdict: Verdict::Violated(_),
                    ..
                }
            )
        };
        Self {
            step: event.step,
            name: event.name,
            at_us: event.at_us,
            node: event.node,
            sign: sign(&event.stimulus),
            cause: match event.cause {
                Cause::Event(name) => Some(name),
                Cause::Choice | Cause::Workload | Cause::Start | Cause::ProgramOrder => None,
            },
            message: event.stimulus.message().map(carried),
            sent: sent(event, time_of),
            told: event.outcomes.iter().any(told),
            violated: event.outcomes.iter().any(violated),
            chosen: event.cause == Cause::Choice,
        }
    }

    /// Whether it is of the sort of which runs say nothing new: heartbeats and what answers them, and saves, of which nothing came
    /// but more of the same.
    pub fn is_quiet(&self) -> bool {
        let plain = !self.told && !self.violated && !self.chosen;
        let keeps_alive = |shape| shape == MessageShape::Heartbeat;
        let only_heartbeats = || self.sent.iter().all(|sent| keeps_alive(sent.message.shape));
        plain
            && match self.sign {
                Sign::Saved => self.sent.is_empty(),
                Sign::Fired => only_heartbeats(),
                Sign::Arrived => {
                    let message = self.message.as_ref();
                    message.is_some_and(|message| keeps_alive(message.shape)) && only_heartbeats()
                }
                _ => false,
            }
    }
}

fn carried(message: &MessageRef) -> Carried {
    let MessageView {
        kind, shape, epoch, ..
    } = &message.view;
    Carried {
        name: message.name,
        from: message.from,
        to: message.to,
        sent_us: message.sent_us,
        kind: kind.clone(),
        shape: *shape,
        epoch: *epoch,
    }
}

fn sent(event: &Event, time_of: impl Fn(u64) -> u64) -> Vec<Sent> {
    let mut all: Vec<Sent> = Vec::new();
    let duplicated = matches!(event.stimulus, Stimulus::Duplicated(_));
    for outcome in &event.outcomes {
        let Outcome::Sent {
            message,
            due_us,
            fate,
            ..
        } = outcome
        else {
            continue;
        };
        // The network's own copy of a message leaves with it and is named after it.
        let twin = all
            .last()
            .is_some_and(|last| last.message.name.mix(1) == message.name);
        all.push(Sent {
            message: carried(message),
            due_us: *due_us,
            fated: match fate {
                Fate::Flying => Fated::Flying,
                Fate::Delivered(step) | Fate::Bounced(step) => Fated::Reached(time_of(*step)),
                Fate::Lost => Fated::Lost,
                Fate::Cut => Fated::Cut,
                Fate::Dropped(step) => Fated::Dropped(time_of(*step)),
            },
            copy: duplicated || twin,
        });
    }
    all
}

fn sign(stimulus: &Stimulus) -> Sign {
    match stimulus {
        Stimulus::Booted { .. } | Stimulus::Added => Sign::Up,
        Stimulus::Crashed { .. } | Stimulus::Removed => Sign::Down,
        Stimulus::Paused => Sign::Paused,
        Stimulus::Resumed => Sign::Resumed,
        Stimulus::Delivered(_) => Sign::Arrived,
        Stimulus::Bounced(_) => Sign::Bounced,
        Stimulus::Fired { .. } => Sign::Fired,
        Stimulus::Asked { .. } => Sign::Asked,
        Stimulus::Saved => Sign::Saved,
        Stimulus::Dropped(_) => Sign::Dropped,
        Stimulus::Duplicated(_) => Sign::Duplicated,
        Stimulus::Cut { from, to, both } => Sign::Cut(Cut {
            from: from.clone(),
            to: to.clone(),
            both: *both,
        }),
        Stimulus::Healed => Sign::Healed,
        Stimulus::Held(_)
        | Stimulus::Released(_)
        | Stimulus::Skewed { .. }
        | Stimulus::Set { .. }
        | Stimulus::Erased
        | Stimulus::Internal
        | Stimulus::Decided { .. } => Sign::Acted,
    }
}
