//! A participant's exclusive locks, one an account. Knows nothing of votes and outcomes.

use serde::Serialize;

/// Who has the lock of each account.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct Locks {
    owners: Vec<Option<u64>>,
}

impl Locks {
    /// Locks for so many accounts, all free.
    pub fn new(accounts: u64) -> Self {
        Self {
            owners: vec![None; accounts as usize],
        }
    }

    /// The transaction that has the lock of an account.
    pub fn owner(&self, slot: u8) -> Option<u64> {
        self.owners.get(usize::from(slot)).copied().flatten()
    }

    /// The other transactions that stand in the way of one.
    pub fn rivals(&self, tx: u64, changes: &[(u8, i64)]) -> Vec<u64> {
        let owners = changes.iter().filter_map(|(slot, _)| self.owner(*slot));
        owners.filter(|owner| *owner != tx).collect()
    }

    /// Takes the locks; nobody stands in the way.
    pub(crate) fn take(&mut self, tx: u64, changes: &[(u8, i64)]) {
        for (slot, _) in changes {
            if let Some(owner) = self.owners.get_mut(usize::from(*slot)) {
                *owner = Some(tx);
            }
        }
    }

    /// Gives up all locks of a transaction.
    pub(crate) fn release(&mut self, tx: u64) {
        for owner in &mut self.owners {
            owner.take_if(|owner| *owner == tx);
        }
    }

    /// Each account's owner, by account.
    pub fn iter(&self) -> impl Iterator<Item = Option<u64>> + '_ {
        self.owners.iter().copied()
    }
}
