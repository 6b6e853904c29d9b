//! What a server keeps on disk (Raft, figure 2, persistent state): term, vote and log; and a snapshot, in the place of entries.

use crate::log::{Entry, Log};
use crate::rare::Rare;
use crate::snapshot::Snapshot;
use protocol::NodeId;
use replicated::StateMachine;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One piece of writing.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = ""))]
#[serde(rename_all = "kebab-case")]
pub enum Write<S: StateMachine> {
    /// The term, and the vote in it.
    Term {
        /// currentTerm.
        term: u64,
        /// votedFor.
        voted_for: Option<NodeId>,
    },
    /// Remove everything after an index, then append.
    Append {
        /// The index after which the entries stand.
        after: u64,
        /// The entries.
        entries: Arc<[Entry<S>]>,
    },
    /// A snapshot, in the place of an older one (Raft, figure 13, rule 5).
    Snapshot(Arc<Snapshot<S>>),
    /// Remove the entries that the snapshot stands for.
    Discard {
        /// And all that follow, as a broken variant has it.
        all: bool,
    },
}

/// The fold of the writes.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Disk<S: StateMachine> {
    /// currentTerm: the newest term that the server has seen.
    pub term: u64,
    /// votedFor: whom it voted for in that term.
    pub voted_for: Option<NodeId>,
    /// The log.
    pub log: Log<S>,
    /// The newest snapshot.
    #[serde(skip_serializing_if = "Rare::is_none")]
    pub snapshot: Rare<Snapshot<S>>,
}

impl<S: StateMachine> Write<S> {
    /// What is left when a crash tears it: the first half of several entries; a term and its vote are one sector, and a snapshot
    /// counts once its file is whole.
    pub(crate) fn torn(&self) -> Option<Self> {
        match self {
            Self::Append { after, entries } if entries.len() > 1 => Some(Self::Append {
                after: *after,
                entries: entries[..entries.len() / 2].into(),
            }),
            Self::Term { .. } | Self::Append { .. } | Self::Snapshot(_) | Self::Discard { .. } => {
                None
            }
        }
    }
}

impl<S: StateMachine> Default for Disk<S> {
    fn default() -> Self {
        Self {
            term: 0,
            voted_for: None,
            log: Log::default(),
            snapshot: Rare::default(),
        }
    }
}

impl<S: StateMachine> Disk<S> {
    /// Folds one write in.
    pub fn persist(&mut self, write: &Write<S>) {
        match write {
            Write::Term { term, voted_for } => {
                self.term = *term;
                self.voted_for = *voted_for;
            }
            Write::Append { after, entries } => {
                self.log.truncate_after(*after);
                entries
                    .iter()
                    .for_each(|entry| self.log.push(entry.clone()));
            }
            Write::Snapshot(snapshot) => self.snapshot = snapshot.clone().into(),
            Write::Discard { all } => self.discard(*all),
        }
    }

    /// Removes the entries that the snapshot stands for.
    fn discard(&mut self, all: bool) {
        if let Some(snapshot) = self.snapshot.get() {
            snapshot.begin(&mut self.log, all);
        }
    }

    /// The log as a server starts with it: without what the snapshot stands for, whether or not a crash left it there.
    pub(crate) fn log_after_snapshot(&self) -> Log<S> {
        let mut log = self.log.clone();
        if let Some(snapshot) = self.snapshot.get().filter(|s| s.index() > log.compacted()) {
            snapshot.begin(&mut log, false);
        }
        log
    }
}
