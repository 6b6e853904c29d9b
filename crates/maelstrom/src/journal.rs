//! The record of everything that passed: sends and receives with Lamport's clocks, faults, nodes, operations.
//!
//! Keeps the latest part in memory; whoever wants all of it takes it as it grows.

use crate::history;
use crate::network::Fault;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use wire::Envelope;

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
        op: history::Event,
    },
}

/// How much of the journal stays in memory, in bytes.
const KEPT_BYTES_MAX: usize = 128 << 20;

impl Entry {
    /// About how much memory it takes, in bytes.
    pub(crate) fn weight(&self) -> usize {
        const PLAIN: usize = 200;
        PLAIN
            + match self {
                Self::Send { message, .. } => weight(message),
                Self::Op { op } => weight_of(&op.value),
                Self::Malformed { why, line, .. } => why.len() + line.len(),
                Self::Fault(Fault::Partition { links, .. }) => links.len() * PLAIN,
                _ => 0,
            }
    }
}

/// About how much memory a message takes, in bytes.
pub(crate) fn weight(message: &Envelope) -> usize {
    let fields = message.body.iter();
    let body: usize = fields.map(|(key, it)| key.len() + weight_of(it)).sum();
    message.src.len() + message.dest.len() + body
}

/// About how much memory a value takes, in bytes.
fn weight_of(value: &Value) -> usize {
    16 + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight_of).sum(),
        Value::Object(map) => map.iter().map(|(key, it)| key.len() + weight_of(it)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
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

/// The latest part of the journal, and the clocks.
#[derive(Clone, Debug)]
pub struct Journal {
    records: VecDeque<Arc<Record>>,
    next: u64,
    kept_max: usize,
    bytes: usize,
    clocks: BTreeMap<String, u64>,
}

impl Journal {
    /// An empty journal that keeps this many records.
    pub fn new(kept_max: usize) -> Self {
        Self {
            records: VecDeque::new(),
            next: 0,
            kept_max: kept_max.max(1),
            bytes: 0,
            clocks: BTreeMap::new(),
        }
    }

    /// Notes an entry.
    pub fn note(&mut self, time_us: u64, entry: Entry) {
        self.put(time_us, None, entry);
    }

    /// Notes what another hub has noted.
    pub fn adopt(&mut self, time_us: u64, hub: u64, entry: Entry) {
        self.put(time_us, Some(hub), entry);
    }

    fn put(&mut self, time_us: u64, hub: Option<u64>, entry: Entry) {
        let record = Record {
            seq: self.next,
            time_us,
            hub,
            entry,
        };
        self.next += 1;
        self.bytes += record.entry.weight();
        self.records.push_back(Arc::new(record));
        while self.records.len() > self.kept_max || self.bytes > KEPT_BYTES_MAX {
            match self.records.pop_front() {
                Some(gone) => self.bytes -= gone.entry.weight(),
                None => break,
            }
        }
    }

    /// The place that the next record will have.
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// What came from place `seq` on, as far as it is kept: `(missed, records)`.
    pub fn since(&self, seq: u64) -> (u64, impl Iterator<Item = &Arc<Record>>) {
        let first = self.next - self.records.len() as u64;
        let missed = first.saturating_sub(seq);
        let from = usize::try_from(seq.saturating_sub(first)).unwrap_or(usize::MAX);
        (missed, self.records.iter().skip(from))
    }

    /// The clock of `who` at a send (Lamport 1978, rule IR1).
    pub(crate) fn sends(&mut self, who: &str) -> u64 {
        self.advance(who, 0)
    }

    /// The clock of `who` when a message with this stamp arrives (rule IR2).
    pub(crate) fn receives(&mut self, who: &str, stamp: u64) -> u64 {
        self.advance(who, stamp)
    }

    fn advance(&mut self, who: &str, at_least: u64) -> u64 {
        if let Some(clock) = self.clocks.get_mut(who) {
            *clock = (*clock).max(at_least) + 1;
            return *clock;
        }
        self.clocks.insert(who.to_owned(), at_least + 1);
        at_least + 1
    }

    /// Forgets the clock of a participant that will not come back.
    pub(crate) fn forget(&mut self, who: &str) {
        self.clocks.remove(who);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_longer_kept_is_counted() {
        let mut journal = Journal::new(3);
        for id in 0..5 {
            journal.note(id, Entry::Held { id });
        }
        let (missed, records) = journal.since(1);
        let seqs: Vec<u64> = records.map(|record| record.seq).collect();
        assert_eq!((missed, seqs), (1, vec![2, 3, 4]));
        assert_eq!(journal.since(5).1.count(), 0);
        assert_eq!(journal.since(99).1.count(), 0);
    }

    #[test]
    fn few_long_messages_are_as_much_as_many_short_ones() {
        let mut journal = Journal::new(1_000_000);
        for _ in 0..5 {
            let text = "a".repeat(KEPT_BYTES_MAX / 4);
            let message = Arc::new(Envelope::new("a", "b", "x").with("text", text));
            journal.note(
                0,
                Entry::Send {
                    lamport: 1,
                    message,
                },
            );
        }
        assert_eq!(journal.since(0).0, 2);
    }

    #[test]
    fn clocks_keep_lamports_rules() {
        let mut journal = Journal::new(1);
        assert_eq!(journal.sends("a"), 1);
        assert_eq!(journal.receives("b", 1), 2);
        assert_eq!(journal.receives("b", 1), 3);
        assert_eq!(journal.sends("b"), 4);
        assert_eq!(journal.receives("a", 4), 5);
    }

    #[test]
    fn a_record_is_a_line_that_is_read_again() {
        let record = Record {
            seq: 4,
            time_us: 17,
            hub: None,
            entry: Entry::Send {
                lamport: 2,
                message: Arc::new(Envelope {
                    id: Some(1),
                    ..Envelope::new("a", "b", "x").with("msg_id", 0)
                }),
            },
        };
        let line = serde_json::to_string(&record).unwrap();
        assert!(
            line.contains(r#""type":"send","lamport":2,"id":1,"src":"a""#),
            "{line}"
        );
        assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), record);
    }
}
