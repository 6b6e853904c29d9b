//! The workload: the k-th operation of a client is a pure function of its chance, which is that of (seed, client, k).

use crate::StateMachine;
use protocol::{Arrival, Chance, Distribution, NodeId, Purpose};
use smol_str::{SmolStr, format_smolstr};

/// What clients ask for when nobody tells them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Workload {
    /// The mean of the exponential gap between operations, in microseconds; 0: no gap.
    pub gap_us: u64,
    /// Over how many keys the operations spread.
    pub keys: u64,
}

impl Workload {
    /// The gap before the operation that has this chance.
    pub fn gap_us(self, chance: Chance) -> u64 {
        let gap = Distribution::Exponential {
            min: 0,
            mean: self.gap_us,
        };
        chance.sample(GAP, &gap)
    }
}

/// The `number`-th operation (from 1) of `client`.
#[inline]
pub fn arrival<S: StateMachine>(
    workload: Workload,
    client: NodeId,
    number: u64,
    chance: Chance,
) -> Arrival<S::Command> {
    Arrival {
        gap_us: workload.gap_us(chance),
        op: S::draw(workload.keys, &tag(client, number), chance),
    }
}

const GAP: Purpose = Purpose::new("workload gap");

/// A short text that no other operation has: the client as a letter, and the number.
fn tag(client: NodeId, number: u64) -> SmolStr {
    format_smolstr!("{}{number}", char::from(b'a' + (client.0 % 26) as u8))
}
