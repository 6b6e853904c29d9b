//! The workload: the k-th operation of a client is a pure function of its chance, which is that of (seed, client, k).

use crate::StateMachine;
use protocol::{Arrival, Chance, Distribution, NodeId, Purpose};
use smol_str::SmolStr;

/// What clients ask for when nobody tells them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Workload {
    /// The mean of the exponential gap between operations, in microseconds; 0: no gap.
    pub gap_us: u64,
    /// Over how many keys the operations spread.
    pub keys: u64,
    /// How many in a thousand operations only read.
    pub reads_permille: u64,
}

impl Workload {
    /// How many in a thousand operations only read, where nobody says otherwise.
    pub const READS_PERMILLE: u64 = 300;

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
        op: asked::<S>(workload, client, number, chance),
    }
}

/// What [`arrival`] asks, without the gap before it.
#[inline]
pub fn asked<S: StateMachine>(
    workload: Workload,
    client: NodeId,
    number: u64,
    chance: Chance,
) -> S::Command {
    S::draw(workload, &tag(client, number), chance)
}

const GAP: Purpose = Purpose::new("workload gap");

/// A short text that no other operation has: the client as a letter, and the number.
fn tag(client: NodeId, number: u64) -> SmolStr {
    // Digit by digit from the end: this is drawn for every operation of a run.
    let mut text = [0; 21];
    let mut from = text.len();
    let mut rest = number;
    loop {
        from -= 1;
        text[from] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    from -= 1;
    text[from] = b'a' + (client.0 % 26) as u8;
    SmolStr::new(str::from_utf8(&text[from..]).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_a_letter_and_the_number() {
        let cases = [
            (0, 0, "a0"),
            (1, 7, "b7"),
            (27, 10, "b10"),
            (25, u64::MAX, "z18446744073709551615"),
        ];
        for (client, number, text) in cases {
            assert_eq!(tag(NodeId(client), number), text);
        }
    }
}
