//! Sleep sets (Godefroid 1996, *Partial-Order Methods*): in a state, the steps that need not be taken there, for where they lead
//! another order of the same steps leads too.
//!
//! They leave out ways and no state: each state is still come to in the fewest steps that lead to it. Of all its shortest ways take
//! that whose steps come first in the one order that all states take theirs in. Were a step of it asleep, it would have been
//! awake in an earlier state of the way, before the step that was taken there, and could change places with all between: a way
//! to the same state, as short, that comes before the first. Where a state is come to from several of the layer before, only what
//! all of them let sleep may. Knows no model.

use crate::model::Step;
use std::collections::VecDeque;

/// A step to be taken, and which of the actions of its state it is.
pub(super) struct Taken<A> {
    pub(super) step: Step,
    pub(super) nth: u32,
    pub(super) action: A,
}

/// What sleeps in each state that waits, in the order in which they wait.
#[derive(Debug, Default)]
pub(super) struct Asleep {
    waiting: VecDeque<Box<[Step]>>,
}

impl Asleep {
    /// One more state waits, in which these sleep.
    pub(super) fn push(&mut self, sleeps: &[Step]) {
        self.waiting.push_back(sleeps.into());
    }

    /// What sleeps in the state that waited longest; it waits no longer.
    pub(super) fn wake_first(&mut self) -> Vec<Step> {
        self.waiting.pop_front().map_or_else(Vec::new, Vec::from)
    }

    /// State `id` is come to again, by a way that lets only these sleep; `first` is the one that has waited longest, and all
    /// that wait are numbered in one line.
    pub(super) fn meet_again(&mut self, id: u32, first: u32, sleeps: &[Step]) {
        let place = id.checked_sub(first);
        let Some(asleep) = place.and_then(|place| self.waiting.get_mut(place as usize)) else {
            return;
        };
        if asleep.iter().any(|step| !sleeps.contains(step)) {
            let both = asleep.iter().filter(|step| sleeps.contains(step));
            *asleep = both.copied().collect();
        }
    }
}
