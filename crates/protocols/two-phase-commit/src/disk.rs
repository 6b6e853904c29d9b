//! What nodes keep on disk: their logs, and what the logs amount to.
//!
//! Presumed abort (Mohan, Lindsay and Obermarck 1986, §3): a commit is forced at the coordinator and at the participants, a
//! yes vote is forced, an abort is never forced, and ends are not. A record that is not forced delays nobody by itself: no
//! message waits for it.

use crate::bank::Work;
use protocol::{NodeId, SharedVec};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One record of a log.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Record {
    /// A coordinator may give numbers up to this, counted by itself.
    Reserved {
        /// The last of them.
        last: u64,
    },
    /// A coordinator collected every vote, and is about to send PreCommit (three phases).
    PreCommitting {
        /// The transaction.
        tx: u64,
        /// What it does.
        work: Arc<Work>,
        /// For whom, and which of its requests.
        request: (NodeId, u64),
    },
    /// A coordinator decided to commit.
    CommitDecided {
        /// The transaction.
        tx: u64,
        /// What it does.
        work: Arc<Work>,
        /// For whom, and which of its requests.
        request: (NodeId, u64),
    },
    /// A coordinator has every acknowledgement, or learned that what it had begun was aborted: it forgets the transaction.
    End {
        /// The transaction.
        tx: u64,
    },
    /// A participant is ready for either outcome: its yes vote.
    Prepared {
        /// The transaction.
        tx: u64,
        /// What it does.
        work: Arc<Work>,
    },
    /// A participant knows that everybody voted yes (three phases).
    PreCommitted {
        /// The transaction.
        tx: u64,
    },
    /// A participant committed: the money is moved.
    Committed {
        /// The transaction.
        tx: u64,
        /// What it adds to the accounts here.
        changes: Vec<(u8, i64)>,
    },
    /// A participant aborted what it had prepared.
    Aborted {
        /// The transaction.
        tx: u64,
    },
    /// A participant that has not voted promised never to vote yes.
    Refused {
        /// The transaction.
        tx: u64,
    },
}

impl Record {
    /// The transaction it is about.
    pub const fn tx(&self) -> Option<u64> {
        match self {
            Self::Reserved { .. } => None,
            Self::PreCommitting { tx, .. }
            | Self::CommitDecided { tx, .. }
            | Self::End { tx }
            | Self::Prepared { tx, .. }
            | Self::PreCommitted { tx }
            | Self::Committed { tx, .. }
            | Self::Aborted { tx }
            | Self::Refused { tx } => Some(*tx),
        }
    }

    /// Whether speech waits for it.
    pub const fn forced(&self) -> bool {
        !matches!(self, Self::End { .. } | Self::Aborted { .. })
    }

    /// Its key in the words.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Reserved { .. } => "record.reserved",
            Self::PreCommitting { .. } => "record.pre-committing",
            Self::CommitDecided { .. } => "record.commit-decided",
            Self::End { .. } => "record.end",
            Self::Prepared { .. } => "record.prepared",
            Self::PreCommitted { .. } => "record.pre-committed",
            Self::Committed { .. } => "record.committed",
            Self::Aborted { .. } => "record.aborted",
            Self::Refused { .. } => "record.refused",
        }
    }
}

/// How a transaction ended at a participant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Committed.
    Committed,
    /// Aborted after a yes vote, or on the word of the coordinator.
    Aborted,
    /// Refused before it voted, for another participant that asked.
    Refused,
}

/// A transaction that a coordinator must see through: what it does, and (client, request).
pub(crate) type Open = (Arc<Work>, (NodeId, u64));

/// The fold of the records: what a crash leaves.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct Disk {
    /// All records, in order.
    pub log: SharedVec<Record>,
    /// Coordinator: the last number that it may give.
    pub reserved: u64,
    /// Coordinator: transactions that all voted yes to, without a decision.
    pub pre_committing: BTreeMap<u64, Open>,
    /// Coordinator: commits that not everybody has acknowledged.
    pub commits: BTreeMap<u64, Open>,
    /// Coordinator: the last request of each client that was committed, and as which transaction.
    pub done: BTreeMap<NodeId, (u64, u64)>,
    /// Participant: yes votes without a decision, and whether everybody is known to have voted yes.
    pub prepared: BTreeMap<u64, (Arc<Work>, bool)>,
    /// Participant: what was added to each account since the beginning.
    pub moved: BTreeMap<u8, i64>,
    /// Participant: how transactions ended.
    pub outcomes: Arc<BTreeMap<u64, Outcome>>,
}

impl Disk {
    /// Folds one record in.
    pub fn persist(&mut self, record: &Record) {
        self.log.push(record.clone());
        match record {
            Record::Reserved { last } => self.reserved = *last,
            Record::PreCommitting { tx, work, request } => {
                self.pre_committing.insert(*tx, (work.clone(), *request));
            }
            Record::CommitDecided { tx, work, request } => {
                self.pre_committing.remove(tx);
                self.commits.insert(*tx, (work.clone(), *request));
                self.done.insert(request.0, (request.1, *tx));
            }
            Record::End { tx } => {
                self.pre_committing.remove(tx);
                self.commits.remove(tx);
            }
            Record::Prepared { tx, work } => {
                self.prepared.insert(*tx, (work.clone(), false));
            }
            Record::PreCommitted { tx } => {
                if let Some((_, all)) = self.prepared.get_mut(tx) {
                    *all = true;
                }
            }
            Record::Committed { tx, changes } => {
                for (slot, change) in changes {
                    *self.moved.entry(*slot).or_default() += change;
                }
                self.ended(*tx, Outcome::Committed);
            }
            Record::Aborted { tx } => self.ended(*tx, Outcome::Aborted),
            Record::Refused { tx } => self.ended(*tx, Outcome::Refused),
        }
    }

    fn ended(&mut self, tx: u64, outcome: Outcome) {
        self.prepared.remove(&tx);
        Arc::make_mut(&mut self.outcomes).insert(tx, outcome);
    }
}
