//! The shortest explanation of a part that is not linearizable: the answers that cannot all be right. Knows nothing of how the
//! failure was found.
//!
//! An operation cannot simply be left out: a read that is right because of a write would be wrong without it. Its answer can be
//! forgotten: then the operation may take effect at any time after its call, or not at all, which explains whatever it explained
//! before and more. So answers are forgotten, many at once and then one by one, as long as no order explains the others.

use crate::search::{Outcome, Walk};
use crate::{Operation, Specification};

/// One attempt may take the budget divided by this.
const ATTEMPT: u64 = 8;

/// The least budget of an attempt.
const ATTEMPT_MIN: u64 = 100;

/// How many times the budget all attempts may take together.
const TOGETHER: u64 = 16;

/// Operations whose answers cannot all be right, and whether it is known that all are needed.
pub(crate) struct Core {
    /// Places in the history, ascending.
    pub(crate) operations: Vec<u32>,
    /// Whether each attempt to do without one of them had an answer.
    pub(crate) minimal: bool,
}

/// The core of the operations of `places`, which are not linearizable. `called` has each operation of the history as it was called,
/// with no answer.
pub(crate) fn core<S: Specification>(
    spec: &S,
    history: &[Operation<S::Op>],
    called: &[S::Op],
    places: &[u32],
    budget: u64,
) -> Core
where
    S::Op: Clone,
{
    let of = |number: u32| &history[places[number as usize] as usize];
    let numbers: Vec<u32> = (0..places.len() as u32).collect();
    let mut kept = numbers.clone();
    kept.retain(|&number| of(number).returned.is_some());
    kept.sort_unstable_by_key(|&number| of(number).returned);
    let mut left = budget.saturating_mul(TOGETHER);
    let mut orders = |heard: &[u32]| {
        let unheard = places.iter().map(|&place| Operation {
            op: called[place as usize].clone(),
            invoked: history[place as usize].invoked,
            returned: None,
        });
        let mut part: Vec<Operation<S::Op>> = unheard.collect();
        for &number in heard {
            part[number as usize] = of(number).clone();
        }
        let share = left.min((budget / ATTEMPT).max(ATTEMPT_MIN));
        let mut unspent = share;
        let outcome = Walk::new(spec, &part, &numbers, spec.initial()).next(&mut unspent);
        left -= share - unspent;
        outcome
    };
    // What was answered last has the most to do with an answer that failed now.
    let mut size = 1;
    while size < kept.len() {
        let latest = &kept[kept.len() - size..];
        if orders(latest) == Outcome::Exhausted {
            kept = latest.to_vec();
            break;
        }
        size *= 2;
    }
    let mut minimal = true;
    let mut size = kept.len();
    while size > 0 {
        let mut begin = 0;
        while begin < kept.len() {
            let end = kept.len().min(begin + size);
            let others = [&kept[..begin], &kept[end..]].concat();
            let outcome = orders(&others);
            if outcome == Outcome::Exhausted {
                kept = others;
            } else {
                minimal &= size > 1 || outcome != Outcome::GaveUp;
                begin = end;
            }
        }
        size /= 2;
    }
    let mut operations: Vec<u32> = kept.iter().map(|&n| places[n as usize]).collect();
    operations.sort_unstable();
    Core {
        operations,
        minimal,
    }
}
