//! Histories of a real store under faults (Jepsen with etcd, 52 of them with their verdicts), and two who judge them: the checker,
//! and the yardstick, a short exact search that knows this one object.

use hashbrown::HashTable;
use linearizability::{CasRegister, CasRegisterOp, Operation, Overall, check, overall};
use std::collections::BTreeMap;

/// A history a line: `1` if it is linearizable or `0`, then each event as client, sign (`?` call, `+` done, `-` not done, `!` unknown),
/// function (read, write, cas) and digits.
const PACKED: &str = include_str!("../data/etcd.txt");

/// The packed nil.
const NIL: u8 = 255;

/// Operations on a register of small numbers.
pub type History = Vec<Operation<CasRegisterOp<u8>>>;

/// Who judges.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Judge {
    /// The crate `linearizability`.
    Checker,
    /// Depth first over sets as bits of one word, for histories of at most 128 operations on a register of small numbers.
    Bits,
}

impl Judge {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Checker, Self::Bits];

    /// Whether the history is linearizable.
    pub fn judges(self, history: &[Operation<CasRegisterOp<u8>>]) -> bool {
        match self {
            Self::Checker => {
                let parts = check(&CasRegister { initial: NIL }, history, u64::MAX);
                overall(&parts) == Overall::Linearizable
            }
            Self::Bits => bits(history),
        }
    }
}

/// All histories, each with its verdict.
pub fn histories() -> Vec<(bool, History)> {
    let line = |line: &str| {
        let mut words = line.split(' ');
        let legal = words.next() == Some("1");
        (legal, unpacked(words))
    };
    PACKED.lines().map(line).collect()
}

fn unpacked<'a>(events: impl Iterator<Item = &'a str>) -> History {
    let mut history = History::new();
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, event) in (0..).zip(events) {
        let sign = event.find(['?', '+', '-', '!']).expect("a packed event");
        let (client, rest) = event.split_at(sign);
        let (what, digits) = rest.split_at(2);
        let mut digits = digits.bytes().map(|digit| digit - b'0');
        let mut value = || digits.next().unwrap_or(NIL);
        match what {
            "?r" | "?w" | "?c" => {
                open.insert(client, history.len());
                history.push(Operation {
                    op: match what {
                        "?r" => CasRegisterOp::Read(None),
                        "?w" => CasRegisterOp::Write(value()),
                        _ => CasRegisterOp::Cas {
                            from: value(),
                            to: value(),
                            swapped: None,
                        },
                    },
                    invoked: at,
                    returned: None,
                });
            }
            // A read that failed saw nothing, and what nobody knows stays open.
            "-r" | "!r" | "!w" | "!c" => {}
            _ => {
                let operation = &mut history[open[client]];
                operation.returned = Some(at);
                match &mut operation.op {
                    CasRegisterOp::Read(seen) => *seen = Some(value()),
                    CasRegisterOp::Write(_) => {}
                    CasRegisterOp::Cas { swapped, .. } => *swapped = Some(what == "+c"),
                }
            }
        }
    }
    history
}

fn bits(history: &[Operation<CasRegisterOp<u8>>]) -> bool {
    let set = |wants: &dyn Fn(&Operation<_>) -> bool| {
        let members = history.iter().enumerate().filter(|(_, other)| wants(other));
        members.fold(0u128, |set, (nth, _)| set | 1 << nth)
    };
    // Of each operation, those that returned before it was called.
    let before: Vec<u128> = history
        .iter()
        .map(|one| set(&|other| other.returned.is_some_and(|at| at < one.invoked)))
        .collect();
    let returned = set(&|other| other.returned.is_some());
    let hash = |&(done, value): &(u128, u8)| {
        let fold = |hash: u64, word: u64| {
            let product = u128::from(hash ^ word) * 0x9e37_79b9_7f4a_7c15;
            product as u64 ^ (product >> 64) as u64
        };
        fold(fold(done as u64, (done >> 64) as u64), value.into())
    };
    let mut seen: HashTable<(u128, u8)> = HashTable::new();
    let mut waiting = vec![(0u128, NIL)];
    while let Some((done, value)) = waiting.pop() {
        if done & returned == returned {
            return true;
        }
        let first = (!done).trailing_zeros() as usize;
        // What is called later than one that waits for a return waits for it, too. What was called first is tried first.
        let ready = first + before[first..].partition_point(|before| before & !done == 0);
        for nth in (first..ready).rev().filter(|&nth| done & 1 << nth == 0) {
            let after = match &history[nth].op {
                CasRegisterOp::Read(Some(seen)) if *seen != value => continue,
                CasRegisterOp::Read(_) => value,
                CasRegisterOp::Write(written) => *written,
                CasRegisterOp::Cas { from, swapped, .. } if *swapped == Some(*from != value) => {
                    continue;
                }
                CasRegisterOp::Cas { from, to, .. } if *from == value => *to,
                CasRegisterOp::Cas { .. } => value,
            };
            let next = (done | 1 << nth, after);
            let known = seen.find(hash(&next), |other| *other == next).is_some();
            if !known {
                seen.insert_unique(hash(&next), next, hash);
                waiting.push(next);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{Judge, histories};

    #[test]
    fn both_give_every_verdict() {
        let histories = histories();
        assert_eq!(histories.len(), 52);
        for (nth, (legal, history)) in histories.iter().enumerate() {
            assert!(history.len() <= 128, "history {nth}");
            for judge in Judge::ALL {
                assert_eq!(judge.judges(history), *legal, "history {nth}, {judge:?}");
            }
        }
    }
}
