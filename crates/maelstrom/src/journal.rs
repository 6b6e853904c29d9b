//! The record of everything that passed: sends and receives with Lamport's clocks, faults, nodes, operations.
//!
//! Keeps the latest part in memory; whoever wants all of it takes it as it grows.

use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use wire::Envelope;
pub use wire::journal::{Entry, Fault, Loss, NodeState, Record};

/// How much of the journal stays in memory, in bytes.
const KEPT_BYTES_MAX: usize = 128 << 20;

/// About how much memory an entry takes, in bytes.
pub(crate) fn weight_of_entry(entry: &Entry) -> usize {
    const PLAIN: usize = 200;
    PLAIN
        + match entry {
            Entry::Send { message, .. } => weight(message),
            Entry::Op { op } => weight_of(&op.value),
            Entry::View { view, .. } => weight_of(view),
            Entry::Malformed { why, line, .. } => why.len() + line.len(),
            Entry::Fault(Fault::Partition { links, .. }) => links.len() * PLAIN,
            _ => 0,
        }
}

/// About how much memory a message takes, in bytes.
pub(crate) fn weight(message: &Envelope) -> usize {
    let fields = message.body.iter();
    let body: usize = fields.map(|(key, it)| key.len() + weight_of(it)).sum();
    message.src.len() + message.dest.len() + body
}

/// About how much memory a value takes, in bytes.
pub(crate) fn weight_of(value: &Value) -> usize {
    16 + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight_of).sum(),
        Value::Object(map) => map.iter().map(|(key, it)| key.len() + weight_of(it)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
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
        self.bytes += weight_of_entry(&record.entry);
        self.records.push_back(Arc::new(record));
        while self.records.len() > self.kept_max || self.bytes > KEPT_BYTES_MAX {
            match self.records.pop_front() {
                Some(gone) => self.bytes -= weight_of_entry(&gone.entry),
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
    use wire::Envelope;

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
                    due_us: None,
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
                due_us: None,
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
