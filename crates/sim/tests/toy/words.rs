//! The small words of the toy: timers, what is asked and answered, facts, reasons, variants.

use protocol::{NodeId, Phrase, Say, TimerName};
use serde::Serialize;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub enum Timer {
    Beat,
    Retry,
    Token,
}

impl TimerName for Timer {
    const ALL: &'static [Self] = &[Self::Beat, Self::Retry, Self::Token];
    fn index(self) -> u8 {
        self as u8
    }
    fn id(self) -> &'static str {
        match self {
            Self::Beat => "beat",
            Self::Retry => "retry",
            Self::Token => "token",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum ToyVariant {
    #[default]
    Sound,
    /// A token that was not acknowledged is handed to somebody else.
    RetryElsewhere,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Put(pub u64);

impl Say for Put {
    fn phrase(&self, _me: NodeId) -> Phrase {
        Phrase::new("op.put.say").int("value", self.0)
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Written(pub u64);

impl Say for Written {
    fn phrase(&self, _me: NodeId) -> Phrase {
        Phrase::new("answer.written").int("after", self.0)
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Held {
    pub epoch: u64,
    pub after: u64,
}

impl Say for Held {
    fn phrase(&self, me: NodeId) -> Phrase {
        Phrase::new("fact.held")
            .node("me", me)
            .int("epoch", self.epoch)
            .int("after", self.after)
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub enum Reason {
    Asked,
    Known,
    Routine,
    Stale,
}

impl Say for Reason {
    fn phrase(&self, _me: NodeId) -> Phrase {
        Phrase::new(match self {
            Self::Asked => "reason.asked",
            Self::Known => "reason.known",
            Self::Routine => "reason.routine",
            Self::Stale => "reason.stale",
        })
    }
}
