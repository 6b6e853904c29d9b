//! A cluster as a model: everything that can be done to it, in any order, with so many faults.
//!
//! Play is untimed: whatever waits may come next, so that no schedule is left out for being unlikely. Knows a cluster by its
//! moments, and no particular protocol. Chance is that of the names that a way gives (a decision has one outcome there, as in
//! the run that the way is), and states are one when [`Moment::identity`] says so.

use super::Exhaustive;
use crate::model::{Model, Step, Swaps, fingerprint};
use protocol::{Assumptions, PropertyKind, Verdict};
use serde::{Deserialize, Serialize};
use sim::{About, Action, Edit, Moment, Playable};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// How many faults a way may have.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Faults {
    /// Messages that are lost.
    pub drops: u32,
    /// Messages that get a second copy.
    pub duplicates: u32,
    /// Crashes, with any part of what was not durable surviving. Restarts are free.
    pub crashes: u32,
}

/// A cluster at one moment, and the faults that are left.
#[derive(Clone)]
pub struct State {
    moment: Rc<dyn Moment>,
    left: Faults,
}

impl State {
    /// The cluster.
    pub fn moment(&self) -> &dyn Moment {
        &*self.moment
    }
}

impl Hash for State {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.moment.identity(), self.left).hash(state);
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("identity", &self.moment.identity())
            .field("left", &self.left)
            .finish()
    }
}

/// A cluster from its present on, in untimed play.
#[derive(Clone, Debug)]
pub struct Untimed {
    about: &'static About,
    start: State,
    faults: Faults,
}

impl Untimed {
    /// What can become of `cluster` from its cursor on, with so many `faults`.
    ///
    /// # Panics
    /// If nobody can act upon it: see [`sim::Source::fixed`].
    pub fn from_here(cluster: &dyn Playable, faults: Faults) -> Self {
        Self {
            about: cluster.about(),
            start: State {
                moment: cluster.moment().expect("a simulated cluster"),
                left: faults,
            },
            faults,
        }
    }

    /// A search that asks for every property that untimed play can judge: what holds *always* must, what happens *sometimes* is
    /// sought. A property is not judged where its assumptions are broken: untimed play reorders messages and lets them take
    /// any time, and a way has the faults that it has.
    pub fn properties(&self) -> Exhaustive<'_, Self> {
        self.properties_in(self)
    }

    /// The same in another model of these states.
    pub fn properties_in<'a, M: Model<State = State>>(&'a self, model: &'a M) -> Exhaustive<'a, M> {
        let mut search = Exhaustive::new(model);
        for (index, property) in self.about.properties.iter().enumerate() {
            let assumes = property.assumes;
            if !assumes.bad_network || assumes.delay_us_max.is_some() {
                continue;
            }
            search = match property.kind {
                PropertyKind::Always => search.always(property.id, move |_, state| {
                    !matches!(state.moment.verdicts()[index], Verdict::Violated(_))
                        || !self.is_within(state, assumes)
                }),
                PropertyKind::Sometimes => search.sometimes(property.id, move |_, state| {
                    *state.moment.verdicts()[index] == Verdict::Met
                }),
                PropertyKind::Eventually => search,
            };
        }
        search
    }

    /// The edits that make a run take the way `path`: put behind those that led to the present, they are an ordinary run.
    ///
    /// # Errors
    /// The place of the first action that is not possible there.
    pub fn edits(&self, path: &[Action]) -> Result<Vec<Edit>, usize> {
        let mut moment = self.start.moment.clone();
        let mut edits = Vec::new();
        for (place, action) in path.iter().enumerate() {
            edits.push(moment.edit(action));
            moment = moment.after(action).map_err(|_| place)?;
        }
        Ok(edits)
    }

    /// Whether the faults on the way to `state` are among those that a property assumes.
    const fn is_within(&self, state: &State, assumes: Assumptions) -> bool {
        assumes.crashes || state.left.crashes == self.faults.crashes
    }
}

impl Model for Untimed {
    type State = State;
    type Action = Action;

    fn initial(&self) -> Vec<State> {
        vec![self.start.clone()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let left = state.left;
        let all = state.moment.enabled().into_iter();
        actions.extend(all.filter(|action| match action {
            Action::Drop(_) => left.drops > 0,
            Action::Duplicate(_) => left.duplicates > 0,
            Action::Crash { .. } => left.crashes > 0,
            Action::Restart(_) => true,
            other => other.is_pick(),
        }));
    }

    fn next(&self, state: &State, action: Action) -> Option<State> {
        let moment = state.moment.after(&action).ok()?;
        let mut left = state.left;
        match action {
            Action::Drop(_) => left.drops -= 1,
            Action::Duplicate(_) => left.duplicates -= 1,
            Action::Crash { .. } => left.crashes -= 1,
            _ => {}
        }
        Some(State { moment, left })
    }
}

/// The same cluster, whose nodes that are alike are not told apart: states that differ in their names alone are searched once.
/// Steps have names of nodes in them, so it is searched in every order of steps.
#[derive(Clone, Copy, Debug)]
pub struct Alike<'a>(pub &'a Untimed);

impl Alike<'_> {
    /// As [`Untimed::properties`].
    pub fn properties(&self) -> Exhaustive<'_, Self> {
        self.0.properties_in(self)
    }
}

impl Model for Alike<'_> {
    type State = State;
    type Action = Action;

    fn initial(&self) -> Vec<State> {
        self.0.initial()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.0.actions(state, actions);
    }

    fn next(&self, state: &State, action: Action) -> Option<State> {
        self.0.next(state, action)
    }

    fn identity(&self, state: &State) -> u64 {
        fingerprint(&(state.moment.likeness(), state.left))
    }
}

/// Two steps may change places unless they happen at one node, take one message, or need the same faults, of which only so many
/// are left. A timer that fires or an operation that arrives may with none, as they may move time, and how far is no matter of
/// identity. Nor may a step that tells something or changes what the properties remember: in which order they hear of things may
/// matter to them, and what one of them makes of a step may depend on what it remembers.
impl Swaps for Untimed {
    fn step(&self, state: &State, action: &Action) -> Step {
        let touches = state.moment.touches(action);
        // What a step is called does not depend on the way: equal messages are one.
        let (kind, detail) = match action {
            Action::Deliver(_) => (1u8, 0),
            Action::Drop(_) => (2, 0),
            Action::Duplicate(_) => (3, 0),
            other => (4, fingerprint(other)),
        };
        let scarce = match action {
            Action::Drop(_) => 1,
            Action::Duplicate(_) => 2,
            Action::Crash { .. } => 3,
            _ => 0,
        };
        let node = touches.node.map_or(0, |node| fingerprint(&(1u8, node)));
        let message = touches.message.unwrap_or(0);
        let moves_time = matches!(action, Action::Fire { .. } | Action::Arrive(_));
        Step {
            id: fingerprint(&(kind, detail, message)),
            may_swap: !moves_time && (touches.node.is_some() || touches.message.is_some()),
            touches: [node, message, scarce],
        }
    }

    fn is_quiet(&self, before: &State, after: &State) -> bool {
        !after.moment.has_told() && before.moment.remembered() == after.moment.remembered()
    }
}
