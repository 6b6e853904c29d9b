//! What a crash leaves: a backend's accounts and its table of answers, a client's open calls.

use crate::call::{ACCOUNTS_MAX, series};
use crate::{Call, Op};
use protocol::NodeId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// So many of the latest executions are on a disk.
const LATEST_MAX: usize = 16;

/// An execution: what was asked, and the answer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// What was asked.
    pub op: Op,
    /// The balance afterwards.
    pub balance: u64,
    /// The call that was executed.
    pub call: Call,
}

/// A key: whose, and which.
pub type Key = (NodeId, u64);

/// What is saved in one piece.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Write {
    /// A backend: a call's effect, and with it, in one piece, its answer.
    Executed {
        /// The call's key.
        key: u64,
        /// What was executed, and what came of it.
        kept: Kept,
        /// Whether the table keeps it.
        remembered: bool,
    },
    /// A backend: an answer is forgotten, and everything of its client and series up to its key with it.
    Forgot {
        /// Whose.
        client: NodeId,
        /// Which.
        key: u64,
    },
    /// A client: a call begins.
    Begun {
        /// Which.
        call: Call,
        /// Its key.
        key: u64,
        /// What it asks.
        op: Op,
    },
    /// A client: a call has ended.
    Ended {
        /// Which.
        call: Call,
    },
}

/// What is on a disk.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct Disk {
    /// The balances, by account.
    pub accounts: [u64; ACCOUNTS_MAX as usize],
    /// How many executions were saved.
    pub executed: u64,
    /// The last of them: what an operator reads in the journal after a crash. No node decides by it.
    pub latest: VecDeque<Kept>,
    /// The answers, by client and key.
    pub table: Arc<BTreeMap<Key, Kept>>,
    /// The greatest key of each client, and each series of its keys, whose answer was forgotten.
    pub forgotten: BTreeMap<(NodeId, u64), u64>,
    /// A client's open calls, with their keys.
    pub open: BTreeMap<Call, (u64, Op)>,
}

impl Disk {
    /// Folds one write in.
    pub fn persist(&mut self, write: &Write) {
        match write {
            Write::Executed {
                key,
                kept,
                remembered,
            } => {
                self.accounts[usize::from(kept.op.account() % ACCOUNTS_MAX)] = kept.balance;
                self.executed += 1;
                if self.latest.len() == LATEST_MAX {
                    self.latest.pop_front();
                }
                self.latest.push_back(*kept);
                if *remembered {
                    Arc::make_mut(&mut self.table).insert((kept.call.client, *key), *kept);
                }
            }
            Write::Forgot { client, key } => {
                Arc::make_mut(&mut self.table).remove(&(*client, *key));
                let greatest = self.forgotten.entry((*client, series(*key).0)).or_default();
                *greatest = (*greatest).max(*key);
            }
            Write::Begun { call, key, op } => {
                self.open.insert(*call, (*key, *op));
            }
            Write::Ended { call } => {
                self.open.remove(call);
            }
        }
    }
}
