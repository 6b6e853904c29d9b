//! What a node keeps on disk (Lamport 1998, §2.3, the notes in the ledger; Lamport 2001, §2.5).

use crate::Ballot;
use crate::decree::Vote;
use serde::{Deserialize, Serialize};

/// One piece of writing.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Write {
    /// A proposer begins a ballot: it never begins the same one again.
    Tried(Ballot),
    /// An acceptor promises.
    Promised(Ballot),
    /// An acceptor accepts, which promises as well.
    Accepted(Vote),
    /// A learner has learned.
    Learned(Vote),
}

/// The fold of the writes. A node uses what belongs to its roles.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct Disk {
    /// A proposer's greatest ballot.
    pub tried: Ballot,
    /// An acceptor's promise: it accepts nothing below.
    pub promised: Ballot,
    /// What the acceptor accepted last.
    pub accepted: Option<Vote>,
    /// What a learner has learned.
    pub learned: Option<Vote>,
}

impl Disk {
    /// Folds one write in.
    pub fn persist(&mut self, write: &Write) {
        match write {
            Write::Tried(ballot) => self.tried = *ballot,
            Write::Promised(ballot) => self.promised = *ballot,
            Write::Accepted(vote) => {
                self.promised = vote.ballot;
                self.accepted = Some(vote.clone());
            }
            Write::Learned(vote) => self.learned = Some(vote.clone()),
        }
    }
}
