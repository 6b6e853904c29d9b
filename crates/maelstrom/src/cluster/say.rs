//! What hubs say to each other, and what they ask of whoever runs them. Data alone.

use crate::network::{Fault, Weather};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wire::Envelope;
use wire::journal::{Flight, NodeState, Record};

/// How a node came to be down or silent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct End {
    /// In which words.
    pub said: String,
    /// Whether somebody wanted it so.
    pub expected: bool,
}

/// A node at a hub.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Seat {
    /// Its name.
    pub node: String,
    /// What it is doing.
    pub now: NodeState,
    /// How it came to that, if it is down or silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<End>,
    /// Whether the hub started it.
    pub own: bool,
    /// Whether it stands still.
    pub paused: bool,
}

/// A hub as it describes itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Here {
    /// [`FORMAT`](super::FORMAT).
    pub format: u32,
    /// Its number, from 1 to [`PLACE_MAX`](super::PLACE_MAX).
    pub hub: u64,
    /// A number that no other hub ever has.
    pub id: u64,
    /// When it began, in microseconds since 1970 on its own clock.
    pub began_us: u64,
    /// Whether its nodes have the names that they will be started with.
    pub named: bool,
    /// How many records it has said.
    pub said: u64,
    /// Its nodes.
    pub nodes: Vec<Seat>,
    /// Whether all messages between nodes wait.
    pub holding: bool,
    /// Who is not heard, by whom.
    pub cuts: Vec<(String, String)>,
}

/// What hubs say to each other.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Say {
    /// To all: this hub is there.
    Here(Here),
    /// To all: this hub ends.
    Bye {
        /// Which.
        hub: u64,
    },
    /// To one: a message for somebody there.
    Pass {
        /// From which hub.
        hub: u64,
        /// How many records that hub had said before: what the message follows from is among them.
        after: u64,
        /// The sender's clock.
        lamport: u64,
        /// The message, with its number.
        message: Envelope,
    },
    /// To one: these messages have come.
    Got {
        /// Their numbers.
        ids: Vec<u64>,
    },
    /// To all: this has been noted.
    Records {
        /// By which hub.
        hub: u64,
        /// How many it had noted before.
        first: u64,
        /// What.
        records: Vec<Record>,
    },
    /// To all: the network behaves so from now on.
    Weather(Weather),
    /// To all: tell how it stands with you.
    Ask,
    /// To all: so it stands here; there may be more such frames.
    Stands {
        /// At which hub.
        hub: u64,
        /// The messages that are under way there.
        flights: Vec<Flight>,
        /// What its nodes last told of themselves.
        views: Vec<(String, Value)>,
    },
    /// Something between those who run the hubs.
    Errand(Errand),
}

/// What the cluster only carries.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Errand {
    /// To all: a page wants this done to a message. Whoever has the message does it.
    Act {
        /// At which hub the page is.
        hub: u64,
        /// Which of its wishes.
        number: u64,
        /// What, as the page said it.
        command: Value,
    },
    /// To one: it is done.
    Done {
        /// Which wish.
        number: u64,
        /// What the page is told.
        said: Value,
    },
    /// To all: what is new in a room.
    Room {
        /// At which hub.
        hub: u64,
        /// What.
        news: Value,
    },
}

/// To whom.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum To {
    /// Every other hub.
    All,
    /// This one.
    Hub(u64),
}

/// What whoever runs a hub has to do for others.
#[derive(Clone, PartialEq, Debug)]
pub enum Heard {
    /// This is to be done to a process here.
    Fault(Fault),
    /// Another hub said this to whoever runs this one.
    Errand(Errand),
    /// Another hub is there: it knows nothing yet.
    Came {
        /// Which.
        hub: u64,
    },
    /// Another hub is gone.
    Gone {
        /// Which.
        hub: u64,
    },
    /// A node of this name is at an elder hub: the one here must go.
    Evict {
        /// The name.
        node: String,
    },
    /// This is worth a line.
    Warn(String),
    /// This hub cannot go on, and why.
    Fatal(String),
}
