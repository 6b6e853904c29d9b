//! Is a history linearizable against a sequential specification? The checker of Wing & Gong (1993) with the memoisation of
//! Lowe (2017) and the partitioning by key of Horn & Kroening (2015).
//!
//! Knows no protocol, no simulator and no file format. The same history gives the same answer, witness and partial
//! linearizations everywhere: nothing depends on the order of a hash table.

mod explain;
mod incremental;
mod list;
mod models;
mod search;
mod seen;

pub use incremental::{Explanation, Incremental, NotOpen, Now};
pub use models::{
    CasRegister, CasRegisterOp, KeyValue, KeyValueAction, KeyValueOp, Lock, LockOp, Queue, QueueOp,
    Register, RegisterOp,
};
pub use search::PARTIALS_MAX;

use std::collections::BTreeMap;
use std::hash::Hash;

/// What an object does when operations come one after the other.
pub trait Specification {
    /// The object between two operations.
    type State: Clone + Eq + Hash;
    /// A call together with its answer, as far as the client heard it.
    type Op: PartialEq;
    /// What operations must share for one to matter to the other: the key of a map, `()` for an object that is one whole.
    type Key: Ord;

    /// The object before all operations.
    fn initial(&self) -> Self::State;

    /// The object after `op`; `None` if no object in `state` gives that answer. An answer that nobody heard fits always.
    fn step(&self, state: &Self::State, op: &Self::Op) -> Option<Self::State>;

    /// The part of the object that `op` concerns.
    fn key(&self, op: &Self::Op) -> Self::Key;

    /// Whether `op` leaves the object as it is in every state in which its answer fits. Such operations need not be tried in more
    /// than one place; `false` is right for every operation, and slower.
    fn reads(&self, op: &Self::Op) -> bool {
        let _ = op;
        false
    }
}

/// An operation of a history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Operation<O> {
    /// What was called, and what was answered.
    pub op: O,
    /// When it was called: its place among all events of the history. No two events share a place.
    pub invoked: u32,
    /// When the answer came, later than the call. `None`: never, so that it may take effect at any time after the call, or not at all.
    pub returned: Option<u32>,
}

/// The answer for one part of a history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is linearizable.
    Linearizable {
        /// The operations in an order that explains the answers: places in the history. Operations that never returned stand
        /// in it only if they took effect.
        order: Vec<u32>,
    },
    /// It is not.
    Illegal {
        /// How far an explanation gets: those that explain most of the operations that returned, at most [`PARTIALS_MAX`].
        partials: Vec<Partial>,
    },
    /// The budget was spent before there was an answer.
    GaveUp,
}

/// The beginning of an order that cannot be continued.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Partial {
    /// The operations that it explains: places in the history.
    pub order: Vec<u32>,
    /// The operation that had to take effect next, before its answer came, and could not: a place in the history.
    pub stuck: u32,
}

/// One part of a history, and the answer for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part<K> {
    /// What its operations share.
    pub key: K,
    /// Its operations: places in the history, ascending.
    pub operations: Vec<u32>,
    /// The answer.
    pub verdict: Verdict,
}

/// The answer for a whole history.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Overall {
    /// Every part is linearizable, and so the whole is.
    Linearizable,
    /// A part is not, and so the whole is not.
    Illegal,
    /// No part is known not to be linearizable, and for at least one the budget was spent.
    GaveUp,
}

/// Checks a history part by part, in the order of keys. `budget` is how many configurations (sets of operations done, and the
/// state after them) may be visited in all parts together; each costs a bit for every operation of its part.
pub fn check<S: Specification>(
    spec: &S,
    history: &[Operation<S::Op>],
    budget: u64,
) -> Vec<Part<S::Key>> {
    let mut parts: BTreeMap<S::Key, Vec<u32>> = BTreeMap::new();
    for (place, operation) in (0..).zip(history) {
        parts
            .entry(spec.key(&operation.op))
            .or_default()
            .push(place);
    }
    let mut left = budget;
    parts
        .into_iter()
        .map(|(key, operations)| {
            let verdict = search::search(spec, history, &operations, &mut left);
            Part {
                key,
                operations,
                verdict,
            }
        })
        .collect()
}

/// Checks a history as one whole, without parts: the same answer, usually later.
pub fn check_whole<S: Specification>(
    spec: &S,
    history: &[Operation<S::Op>],
    budget: u64,
) -> Verdict {
    let all: Vec<u32> = (0..).zip(history).map(|(place, _)| place).collect();
    let mut left = budget;
    search::search(spec, history, &all, &mut left)
}

/// What the answers for the parts say of the whole.
pub fn overall<K>(parts: &[Part<K>]) -> Overall {
    let mut overall = Overall::Linearizable;
    for part in parts {
        match part.verdict {
            Verdict::Linearizable { .. } => {}
            Verdict::Illegal { .. } => return Overall::Illegal,
            Verdict::GaveUp => overall = Overall::GaveUp,
        }
    }
    overall
}
