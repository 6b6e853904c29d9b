//! What a journal of the bridge holds, and what a page that watches it is sent: who sent what to whom, what became of it, what went wrong.
//!
//! Knows nothing of how it came about. A journal is lines of JSON: a [`Head`], and then a [`Record`] for each thing that happened.

use crate::Envelope;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// The version of a journal and of its frames: a reader refuses what is newer. Fields may be added without a new one.
pub const FORMAT: u32 = 1;

/// The services that a bridge offers to nodes.
pub const SERVICES: [&str; 4] = ["lin-kv", "lin-tso", "lww-kv", "seq-kv"];

/// Why a message did not arrive.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// By the network's own chance.
    Chance,
    /// The link was cut when it came.
    Cut,
    /// Whoever watches dropped it.
    Dropped,
    /// Nobody of that name is there.
    UnknownDestination,
    /// Nobody of that name is there to have sent it.
    UnknownSource,
    /// The process was not running.
    Down,
    /// Too much waits for a receiver that does not read.
    Overflow,
    /// The receiver is at another hub, which did not say in time that it has the message: it is gone, or NATS is. The message may have
    /// arrived all the same.
    NotPassed,
    /// The receiver is at another hub, and the message is longer than what passes between hubs.
    TooLong,
}

/// What happened.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Entry {
    /// A message was sent.
    Send {
        /// The sender's clock.
        lamport: u64,
        /// When it would arrive, in microseconds, if nothing else happened to it; absent where it waits, or was not taken.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_us: Option<u64>,
        /// The message, with its number.
        #[serde(flatten)]
        message: Arc<Envelope>,
    },
    /// A message was handed to its receiver.
    Receive {
        /// Its number.
        id: u64,
        /// The receiver's clock.
        lamport: u64,
        /// Who sent it.
        src: String,
        /// Who received it.
        dest: String,
    },
    /// A message came to nothing.
    Lost {
        /// Its number.
        id: u64,
        /// Who sent it.
        src: String,
        /// To whom.
        dest: String,
        /// Why.
        why: Loss,
    },
    /// A second copy of a message is on its way.
    Copied {
        /// The copy's number.
        id: u64,
        /// The message that it is a copy of.
        of: u64,
    },
    /// A message waits until somebody lets it go.
    Held {
        /// Its number.
        id: u64,
    },
    /// A message may go on.
    Released {
        /// Its number.
        id: u64,
        /// When it is due now, in microseconds.
        due_us: u64,
    },
    /// The network or a process was disturbed, or put right.
    Fault(Fault),
    /// A node changed.
    Node {
        /// Which.
        node: String,
        /// How.
        now: NodeState,
        /// With which words: the status of a process that ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        said: Option<String>,
    },
    /// A node told what it shows of itself.
    View {
        /// Which node.
        node: String,
        /// What it shows, as a trace has it.
        view: Value,
    },
    /// A node wrote a line that is no message.
    Malformed {
        /// Which node.
        node: String,
        /// What is wrong.
        why: String,
        /// The line's beginning.
        line: String,
    },
    /// Another hub noted more than reached this one.
    Missed {
        /// How many records.
        records: u64,
    },
    /// A client did or heard something.
    Op {
        /// The event of the history.
        op: Op,
    },
}

/// A disturbance, or its end.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum Fault {
    /// What `src` sends no longer reaches `dest`.
    Cut {
        /// Who is not heard.
        src: String,
        /// By whom.
        dest: String,
    },
    /// It does again.
    Mend {
        /// Who is heard.
        src: String,
        /// By whom.
        dest: String,
    },
    /// Several links are cut at once.
    Partition {
        /// How it came about.
        how: String,
        /// Those who do not hear each other: (from, to).
        links: Vec<(String, String)>,
    },
    /// Every link is whole again.
    Heal,
    /// Messages between nodes and services wait from now on, those under way included.
    HoldAll,
    /// They do no longer, and those that waited go on.
    ReleaseAll,
    /// A process is killed.
    Kill {
        /// Which.
        node: String,
    },
    /// It is started again.
    Restart {
        /// Which.
        node: String,
    },
    /// A process is stopped.
    Pause {
        /// Which.
        node: String,
    },
    /// It goes on.
    Resume {
        /// Which.
        node: String,
    },
}

/// What a node is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeState {
    /// It was told its name and has not answered yet.
    Starting,
    /// It answered.
    Ready,
    /// It does not run.
    Down,
    /// It did not answer in time.
    Silent,
}

/// An entry with its place and time.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Record {
    /// Its place in the whole journal, from 0.
    pub seq: u64,
    /// When, in microseconds since the beginning.
    pub time_us: u64,
    /// Which other hub noted it; absent: this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<u64>,
    /// What happened.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What an event says of its operation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// It begins.
    Invoke,
    /// It took effect.
    Ok,
    /// It did not take effect and never will.
    Fail,
    /// Nobody knows: it may have taken effect, may do so later, or never.
    Info,
}

/// What a client did or heard: a line of a history when it is written.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Op {
    /// Which client. After an `info` it does nothing more: its next operation is another client's.
    pub client: u64,
    /// What the event says.
    #[serde(rename = "type")]
    pub phase: Phase,
    /// The function: `read`, `txn`, …
    pub f: String,
    /// What it was called with, or what came of it.
    #[serde(default)]
    pub value: Value,
    /// When, in microseconds since the beginning.
    #[serde(default)]
    pub time_us: u64,
    /// The node that was asked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub node: String,
    /// Whether it is one of the reads at the end, when the network is whole again.
    #[serde(default, rename = "final", skip_serializing_if = "std::ops::Not::not")]
    pub last: bool,
    /// Why it failed, or why nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Problem>,
}

/// Why an operation did not end well.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Problem {
    /// The number of the error, as nodes write it; `None` for an answer that is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u64>,
    /// What the node said, or what is wrong with its answer.
    pub text: String,
}

/// A line of a journal that is no record.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Remark {
    /// The first line.
    Journal(Head),
    /// So many records came faster than they could be written.
    Missed {
        /// How many.
        records: u64,
    },
}

/// What a journal says first.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Head {
    /// [`FORMAT`].
    pub format: u32,
    /// The nodes that the bridge starts.
    #[serde(default)]
    pub nodes: Vec<String>,
    /// What chance was keyed by.
    #[serde(default)]
    pub seed: u64,
    /// The id of the workload, if there was one from the beginning.
    #[serde(default)]
    pub workload: Option<String>,
}

/// What a page that watches is sent.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Frame {
    /// Everything as it stands: the first frame, and what is answered to `hello`.
    Hello(Hello),
    /// What is new in the journal.
    Records {
        /// So many records before these were not sent to it, since it read too slowly.
        missed: u64,
        /// In order.
        records: Vec<Arc<Record>>,
    },
    /// A command was carried out.
    Done(Done),
    /// A command was not.
    Error {
        /// Why.
        text: String,
    },
    /// A test ended.
    Report {
        /// What came of it.
        report: Value,
    },
}

/// What came of a command.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Done {
    /// The number of the message that it made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// By which its answer will name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msg_id: Option<u64>,
}

/// Everything as it stands.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Hello {
    /// [`FORMAT`].
    pub format: u32,
    /// The present, in microseconds since the beginning.
    pub now_us: u64,
    /// The place of the record that will follow.
    pub next: u64,
    /// The nodes, by name.
    pub nodes: Vec<Member>,
    /// The services that are offered.
    pub services: Vec<String>,
    /// Whether messages between nodes and services wait.
    pub holding: bool,
    /// The links that are cut: who is not heard, by whom.
    pub cuts: Vec<(String, String)>,
    /// The messages under way, the first of them.
    pub flights: Vec<Flight>,
    /// How many are under way in all.
    pub flights_all: u64,
    /// Whether a test goes on.
    pub testing: bool,
    /// Where several hubs are one cluster: which one this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<u64>,
    /// How many hubs there are.
    #[serde(default = "one")]
    pub hubs: u64,
}

const fn one() -> u64 {
    1
}

/// A node as it stands.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Member {
    /// Its name.
    pub node: String,
    /// What it is doing.
    pub now: NodeState,
    /// Whether the bridge started it, and can kill, pause and restart it.
    pub own: bool,
    /// Whether its process stands still.
    pub paused: bool,
    /// What it last told of itself, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<Value>,
    /// At which other hub it is; absent: this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<u64>,
}

/// A message under way.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Flight {
    /// The message, with its number.
    pub message: Arc<Envelope>,
    /// When it was sent, in microseconds.
    pub sent_us: u64,
    /// When it is due; absent while it is held.
    #[serde(default)]
    pub due_us: Option<u64>,
    /// The sender's clock at the send.
    pub lamport: u64,
}
