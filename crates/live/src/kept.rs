//! What a node's disk holds: records in the order of their making, of the protocol's writes and of what the node must not
//! forget for itself. A disk is their fold.

use crate::OpenError;
use crate::node::Wired;
use protocol::OperationId;
use serde::{Deserialize, Serialize};

/// So far a Lamport clock may go on before it is written down again.
pub(crate) const CLOCK_AHEAD: u64 = 1 << 16;

/// One record. Packed as JSON, in which what is not there need not be written: protocols may add to their writes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "W: Deserialize<'de>"))]
pub(crate) enum Record<W> {
    /// The node starts, for this many times, and its Lamport clock may go on up to this.
    Booted { incarnation: u64, clock: u64 },
    /// Its Lamport clock may go on up to this.
    Clock(u64),
    /// The numbers of a client's last operation of the workload, and of the last one that somebody asked for.
    Asked { workload: u64, by_hand: u64 },
    /// A write of the protocol.
    Write(W),
}

impl<W: Serialize> Record<W> {
    pub(crate) fn packed(&self) -> Vec<u8> {
        // A record holds plain data, whose maps have texts or numbers as keys: nothing in it can fail to be written.
        serde_json::to_vec(self).expect("plain data")
    }
}

/// The fold of a node's records.
#[derive(Clone, Debug)]
pub struct Kept<P: Wired> {
    /// The protocol's disk.
    pub disk: P::Disk,
    /// How many times the node has started.
    pub incarnation: u64,
    /// Its Lamport clock never read more.
    pub clock: u64,
    /// The number of a client's last operation of the workload.
    pub workload: u64,
    /// The number of the last operation that somebody asked for, less [`OperationId::BY_HAND`].
    pub by_hand: u64,
    /// How many records there are.
    pub records: u64,
}

impl<P: Wired> Default for Kept<P> {
    fn default() -> Self {
        Self {
            disk: P::Disk::default(),
            incarnation: 0,
            clock: 0,
            workload: 0,
            by_hand: 0,
            records: 0,
        }
    }
}

impl<P: Wired> Kept<P> {
    /// Folds the records of a disk, in the order in which they were made durable.
    ///
    /// # Errors
    /// The first record that cannot be read.
    pub fn fold<R: AsRef<[u8]>>(records: impl IntoIterator<Item = R>) -> Result<Self, OpenError> {
        let mut kept = Self::default();
        for bytes in records {
            kept.records += 1;
            let unreadable = |why: String| OpenError::Record {
                number: kept.records,
                why,
            };
            let record: Record<P::Write> = serde_json::from_slice(bytes.as_ref())
                .map_err(|error| unreadable(error.to_string()))?;
            match record {
                Record::Booted { incarnation, clock } => {
                    (kept.incarnation, kept.clock) = (incarnation, clock);
                }
                Record::Clock(clock) => kept.clock = clock,
                Record::Asked { workload, by_hand } => {
                    (kept.workload, kept.by_hand) = (workload, by_hand);
                }
                Record::Write(write) => P::persist(&mut kept.disk, &write),
            }
        }
        Ok(kept)
    }

    /// The number of the next operation that somebody asks for.
    pub(crate) const fn next_by_hand(&self) -> u64 {
        OperationId::BY_HAND + self.by_hand + 1
    }
}
