//! What can be searched exhaustively: states, and the actions that lead from one to the next.
//!
//! A published specification is written down here as it stands; a cluster is one more instance. Knows nothing of how the states
//! are visited.

use crate::fingerprint::Fingerprint;
use std::fmt::Debug;
use std::hash::{Hash, Hasher};

/// A transition system. Every answer is a pure function of the arguments, so that a path can be played again.
pub trait Model {
    /// One state, as a value.
    type State: Clone + Hash;
    /// One step that may be taken in a state.
    type Action: Clone + Debug;

    /// The states in which the system may begin, in a stable order.
    fn initial(&self) -> Vec<Self::State>;

    /// Puts every action that is enabled in `state` into `actions`, which is empty, in a stable order. What lies outside the
    /// part that is to be searched has none.
    fn actions(&self, state: &Self::State, actions: &mut Vec<Self::Action>);

    /// The state that `action`, one of those enabled in `state`, leads to; `None` if it turns out to lead nowhere.
    fn next(&self, state: &Self::State, action: Self::Action) -> Option<Self::State>;

    /// Who the state is: two states of one identity are searched once. By default the fingerprint of all that the state hashes.
    ///
    /// A model with symmetry answers with the [`fingerprint`] of a representative instead: one state of each set of states that differ
    /// only in which of several identical parts plays which role. Then every predicate must hold of all of such a set or of
    /// none.
    fn identity(&self, state: &Self::State) -> u64 {
        fingerprint(state)
    }
}

/// Sixty-four bits of all that `state` hashes, the same on every platform.
#[inline]
pub fn fingerprint<S: Hash>(state: &S) -> u64 {
    let mut fingerprint = Fingerprint::default();
    state.hash(&mut fingerprint);
    fingerprint.finish()
}

/// Who a step is, and what it has to do with.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Step {
    /// The same in every state in which the step can be taken, and another for every other step. Steps of one state that have
    /// one number are twins: what is promised of one is promised of each.
    pub id: u64,
    /// Whether it may change places with others at all.
    pub may_swap: bool,
    /// What it reads or changes, each by a number that is not 0: a node, a message, what is left of something scarce. 0 is
    /// nothing.
    pub touches: [u64; 3],
}

impl Step {
    /// Whether nothing of what one has to do with is the other's too.
    #[inline]
    pub fn is_apart(&self, other: &Self) -> bool {
        let shared = |one: &u64| *one != 0 && other.touches.contains(one);
        !self.touches.iter().any(shared)
    }
}

/// A model that knows which of its steps may change places, so that of the ways that differ in their order alone one is enough.
///
/// The promise: where two steps that are apart and may swap can be taken in one state, and each is quiet there, either order of
/// them leads to the same identity, and neither keeps the other from being taken or makes it loud. All of this goes by identity:
/// it holds in one state as in another of the same identity.
pub trait Swaps: Model {
    /// Who `action` is in `state`.
    fn step(&self, state: &Self::State, action: &Self::Action) -> Step;

    /// Whether the step from `before` to `after` left alone what all steps have in common, such as what properties remember.
    fn is_quiet(&self, before: &Self::State, after: &Self::State) -> bool;
}
