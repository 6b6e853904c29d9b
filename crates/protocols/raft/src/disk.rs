//! What a server keeps on disk (Raft, figure 2, persistent state): term, vote and log.

use crate::log::{Entry, Log};
use protocol::NodeId;
use replicated::StateMachine;
use serde::Serialize;
use std::sync::Arc;

/// One piece of writing.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
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
}

impl<S: StateMachine> Write<S> {
    /// What is left when a crash tears it: the first half of several entries; a term and its vote are one sector.
    pub(crate) fn torn(&self) -> Option<Self> {
        match self {
            Self::Append { after, entries } if entries.len() > 1 => Some(Self::Append {
                after: *after,
                entries: entries[..entries.len() / 2].into(),
            }),
            Self::Term { .. } | Self::Append { .. } => None,
        }
    }
}

impl<S: StateMachine> Default for Disk<S> {
    fn default() -> Self {
        Self {
            term: 0,
            voted_for: None,
            log: Log::default(),
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
        }
    }
}
