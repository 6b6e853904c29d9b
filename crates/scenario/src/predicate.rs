//! What a scenario waits for and insists on. Read from what the trace and the frame show, so that it means the same for every
//! protocol.

use crate::{Group, Messages, Who};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Something that holds or does not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Predicate {
    /// Every one of these.
    All(Vec<Self>),
    /// At least one of these.
    Any(Vec<Self>),
    /// Not this.
    Not(Box<Self>),
    /// Something happened, so often.
    Happened(Happening, Number),
    /// So many nodes (of these, if some are named) have a role.
    Role {
        /// The role: `leader` for the word `role.leader`.
        role: String,
        /// Among these; empty: among all. Named ones must all have it, unless a count is given.
        nodes: Group,
        /// How many.
        count: Number,
    },
    /// These nodes are up, crashed, paused or removed.
    Status {
        /// Which.
        nodes: Group,
        /// What they are.
        status: trace::NodeStatus,
    },
    /// The epochs of these nodes; of at least one node where none is named.
    Epoch {
        /// Which.
        nodes: Group,
        /// What it is.
        epoch: Number,
    },
    /// The epochs of the entries in these nodes' logs.
    Log {
        /// Which.
        nodes: Group,
        /// From the first entry on.
        log: Vec<u64>,
    },
    /// In these nodes' logs stands an entry at this index, of this epoch. What was compacted counts as there.
    Entry {
        /// Which.
        nodes: Group,
        /// Its index.
        index: u64,
        /// Its epoch.
        epoch: Number,
    },
    /// Up to where these nodes know their logs to be committed.
    Committed {
        /// Which.
        nodes: Group,
        /// The index.
        committed: Number,
    },
    /// A row of a table that these nodes show, or the cluster as a whole, has these cells, among others.
    Row {
        /// Which; empty: the cluster's own tables.
        nodes: Group,
        /// The cells.
        cells: Vec<String>,
    },
    /// So many messages are in flight.
    InFlight(Messages, Number),
    /// Nothing is in flight that will arrive, and nothing waits for a disk.
    Quiet,
    /// A property is violated.
    Violated(String),
    /// A property has come true.
    Met(String),
}

/// What can happen, as the events of a trace tell it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Happening {
    /// What.
    pub what: What,
    /// At which node; anywhere if it is not said.
    pub node: Option<Who>,
    /// The values that it must have, by their names in the sentence.
    pub with: Vec<(String, Vec<String>)>,
}

/// Sorts of what can happen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum What {
    /// A turning point is told: `became-leader` for the words `fact.became-leader`.
    Fact(String),
    /// A reason is given: why something was sent, refused or ignored.
    Reason(String),
    /// A client has its answer; `None`: whatever it is.
    Answer(Option<String>),
    /// An event of a kind.
    Event {
        /// Its kind.
        kind: EventKind,
        /// The timer that fired.
        timer: Option<String>,
        /// The message that it is about.
        message: Option<Messages>,
    },
    /// A message leaves.
    Sent(Messages),
}

macro_rules! event_kinds {
    ($($kind:ident = $id:literal,)*) => {
        /// Kinds of events, as the trace has them.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
        #[allow(missing_docs, reason = "the ids say it, and the words of `event.<id>` do in sentences")]
        pub enum EventKind {
            $($kind,)*
        }

        impl EventKind {
            /// All of them, with the ids that files use.
            pub const ALL: &'static [(&'static str, Self)] = &[$(($id, Self::$kind),)*];
        }
    };
}

event_kinds! {
    Booted = "booted",
    Restarted = "restarted",
    Delivered = "delivered",
    Bounced = "bounced",
    Fired = "fired",
    Asked = "asked",
    Saved = "saved",
    Crashed = "crashed",
    Paused = "paused",
    Resumed = "resumed",
    Cut = "cut",
    Healed = "healed",
    Skewed = "skewed",
    Set = "set",
    Dropped = "dropped",
    Duplicated = "duplicated",
    Held = "held",
    Released = "released",
    Erased = "erased",
    Decided = "decided",
    Added = "added",
    Removed = "removed",
}

impl EventKind {
    /// Its id.
    pub fn id(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, kind)| *kind == self)
            .map_or("", |(id, _)| id)
    }
}

/// How a number is compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Compare {
    /// `3`.
    Equal,
    /// `!= 3`.
    Unequal,
    /// `>= 3`.
    AtLeast,
    /// `> 3`.
    More,
    /// `<= 3`.
    AtMost,
    /// `< 3`.
    Less,
}

/// A number, or a comparison with one: `3`, `>= 3`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Number(pub Compare, pub u64);

impl Number {
    /// At least once: what is meant where no count is given.
    pub const SOME: Self = Self(Compare::AtLeast, 1);

    /// Whether `value` is such a number.
    pub const fn fits(self, value: u64) -> bool {
        match self.0 {
            Compare::Equal => value == self.1,
            Compare::Unequal => value != self.1,
            Compare::AtLeast => value >= self.1,
            Compare::More => value > self.1,
            Compare::AtMost => value <= self.1,
            Compare::Less => value < self.1,
        }
    }
}

const COMPARISONS: [(&str, Compare); 6] = [
    (">=", Compare::AtLeast),
    ("<=", Compare::AtMost),
    ("!=", Compare::Unequal),
    (">", Compare::More),
    ("<", Compare::Less),
    ("=", Compare::Equal),
];

impl FromStr for Number {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let found = COMPARISONS
            .iter()
            .find_map(|(sign, compare)| Some((*compare, text.strip_prefix(sign)?)));
        let (compare, number) = found.unwrap_or((Compare::Equal, text));
        Ok(Self(compare, number.trim().parse()?))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 != Compare::Equal {
            let sign = COMPARISONS.iter().find(|(_, compare)| *compare == self.0);
            write!(f, "{} ", sign.map_or("", |(sign, _)| sign))?;
        }
        write!(f, "{}", self.1)
    }
}
