//! What can become of a cluster from its present on, as a model: whatever waits, in any order, with so many faults and repairs, and
//! with what has happened of what is asked. Knows a cluster by its moments.

use super::{Question, asked};
use crate::exhaustive::cluster::Faults;
use crate::model::Model;
use scenario::Asked;
use sim::{Action, Moment, Playable};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// A cluster at one moment, what is left of the budget, and how often what is asked has happened.
#[derive(Clone)]
pub struct State {
    moment: Rc<dyn Moment>,
    left: Left,
    counts: Rc<[u64]>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Left {
    faults: Faults,
    repairs: u32,
}

impl Left {
    /// What `action` takes of it; `None` if it takes something that is no matter of a budget, and cannot be done here.
    const fn of(&mut self, action: &Action) -> Option<&mut u32> {
        match action {
            Action::Drop(_) => Some(&mut self.faults.drops),
            Action::Duplicate(_) => Some(&mut self.faults.duplicates),
            // A write that is torn is more than a crash: the disk is bad.
            Action::Crash { torn: false, .. } => Some(&mut self.faults.crashes),
            Action::Restart(_) | Action::Resume(_) | Action::Heal => Some(&mut self.repairs),
            _ => None,
        }
    }
}

impl State {
    /// The cluster.
    pub fn moment(&self) -> &dyn Moment {
        &*self.moment
    }
}

impl Hash for State {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.moment.identity(), self.left, &self.counts).hash(state);
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("identity", &self.moment.identity())
            .field("left", &self.left)
            .field("counts", &self.counts)
            .finish()
    }
}

/// A cluster from its present on, and what is asked of it.
#[derive(Clone, Debug)]
pub struct FromHere {
    asked: Asked,
    start: State,
}

impl FromHere {
    /// What can become of `world`, which stands at the present of `question`.
    ///
    /// # Panics
    /// If nobody can act upon it: see [`sim::Source::fixed`].
    pub fn new(question: &Question, world: &dyn Playable) -> Self {
        let asked = asked(question, world);
        let start = State {
            moment: world.moment().expect("a simulated cluster"),
            left: Left {
                faults: question.budget.faults,
                repairs: question.budget.repairs,
            },
            counts: vec![0; asked.counts()].into(),
        };
        Self { asked, start }
    }

    /// Whether what is asked holds there.
    pub fn holds(&self, state: &State) -> bool {
        self.asked.holds(state.moment(), &state.counts)
    }

    /// What is asked.
    pub(super) const fn asked(&self) -> &Asked {
        &self.asked
    }

    /// The present.
    pub(super) const fn start(&self) -> &State {
        &self.start
    }
}

impl Model for FromHere {
    type State = State;
    type Action = Action;

    fn initial(&self) -> Vec<State> {
        vec![self.start.clone()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let mut left = state.left;
        let all = state.moment.enabled().into_iter();
        actions.extend(
            all.filter(|action| action.is_pick() || left.of(action).is_some_and(|left| *left > 0)),
        );
    }

    fn next(&self, state: &State, action: Action) -> Option<State> {
        let mut left = state.left;
        if !action.is_pick() {
            let left = left.of(&action)?;
            *left = left.checked_sub(1)?;
        }
        if state.counts.is_empty() {
            return Some(State {
                moment: state.moment.after(&action).ok()?,
                left,
                counts: state.counts.clone(),
            });
        }
        let (moment, event) = state.moment.told_after(&action).ok()?;
        let mut counts = state.counts.to_vec();
        self.asked.count(&event, &*moment, &mut counts);
        Some(State {
            moment,
            left,
            counts: counts.into(),
        })
    }
}
