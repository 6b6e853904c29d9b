//! What a server keeps on disk: its promise, its votes, and a snapshot in place of old ones.

use crate::Ballot;
use crate::multi::Log;
use replicated::{Payload, Replica, StateMachine};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One piece of writing.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = ""))]
#[serde(rename_all = "kebab-case")]
pub enum Write<S: StateMachine> {
    /// It promises a ballot.
    Promised(Ballot),
    /// It votes for these in consecutive slots, which promises as well.
    Accepted {
        /// In which ballot.
        ballot: Ballot,
        /// The first slot.
        first: u64,
        /// What it votes for.
        entries: Arc<[Payload<S>]>,
    },
    /// It learns what is chosen in consecutive slots, and in which ballots.
    Learned {
        /// The first slot.
        first: u64,
        /// What is chosen.
        entries: Arc<[(Ballot, Payload<S>)]>,
    },
    /// A snapshot, and what is forgotten with it.
    Snapshot {
        /// The snapshot.
        replica: Arc<Replica<S>>,
        /// Up to here nothing is kept.
        base: u64,
    },
}

/// The fold of the writes.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Disk<S: StateMachine> {
    /// It accepts nothing below this ballot.
    pub promised: Ballot,
    /// Its votes.
    pub log: Log<S>,
    /// What the slots up to its index came to.
    pub snapshot: Arc<Replica<S>>,
}

impl<S: StateMachine> Default for Disk<S> {
    fn default() -> Self {
        Self {
            promised: Ballot::NONE,
            log: Log::default(),
            snapshot: Arc::default(),
        }
    }
}

impl<S: StateMachine> Write<S> {
    /// What is left when a crash tears it: the first half of several votes.
    pub(crate) fn torn(&self) -> Option<Self> {
        match self {
            Self::Accepted {
                ballot,
                first,
                entries,
            } if entries.len() > 1 => Some(Self::Accepted {
                ballot: *ballot,
                first: *first,
                entries: entries[..entries.len() / 2].into(),
            }),
            _ => None,
        }
    }
}

impl<S: StateMachine> Disk<S> {
    /// Folds one write in.
    pub fn persist(&mut self, write: &Write<S>) {
        match write {
            Write::Promised(ballot) => self.promised = *ballot,
            Write::Accepted {
                ballot,
                first,
                entries,
            } => {
                self.promised = self.promised.max(*ballot);
                for (slot, payload) in (*first..).zip(entries.iter()) {
                    self.log.put(slot, *ballot, payload.clone());
                }
            }
            Write::Learned { first, entries } => {
                for (slot, (ballot, payload)) in (*first..).zip(entries.iter()) {
                    self.log.put(slot, *ballot, payload.clone());
                }
            }
            Write::Snapshot { replica, base } => {
                self.snapshot = replica.clone();
                self.log.compact(*base);
            }
        }
    }
}
