//! Schedules from the present that are drawn by chance, longer than those that can all be looked at: by priorities over chains of
//! events, as in [`crate::random`], with faults strewn in. What is found is made short. A schedule follows from its number alone.

use super::model::{FromHere, State};
use super::way::{self, Way};
use super::{Opener, Question, present};
use crate::model::Model;
use crate::random::dice::Dice;
use crate::random::priorities::Chains;
use protocol::NodeId;
use serde::{Deserialize, Serialize};
use sim::{Action, SimError};
use std::borrow::Cow;
use std::ops::Range;
use trace::FlightEnd;

/// How many events must come in one order, at most, for what is sought to be met with a bounded probability.
const DEPTH: u32 = 4;

/// So many faults of one sort, or repairs, a schedule has at most.
const OTHERS_MAX: u32 = 4;

/// What came of schedules that were drawn.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Drawn {
    /// How many.
    pub schedules: u64,
    /// Steps that they took.
    pub taken: u64,
    /// The way to what was sought, of which no step can be left out.
    pub way: Option<Way>,
    /// The number of the schedule that it came from.
    pub seed: u64,
}

impl Drawn {
    /// Takes over what others came to; of two ways the one from the schedule of the lower number.
    pub fn merge(&mut self, other: Self) {
        self.schedules += other.schedules;
        self.taken += other.taken;
        let first = self.way.is_none() || other.seed < self.seed;
        if other.way.is_some() && first {
            (self.way, self.seed) = (other.way, other.seed);
        }
    }
}

/// Draws the schedules of these numbers, until one comes to what is sought.
///
/// # Errors
/// The run cannot be opened, or has fewer steps than lie before the present.
pub fn draw(question: &Question, seeds: Range<u64>, open: Opener<'_>) -> Result<Drawn, SimError> {
    let mut world = present(question, open)?;
    let model = FromHere::new(question, world.as_ref());
    let mut drawn = Drawn::default();
    for seed in seeds {
        let (path, found) = schedule(&model, question, seed);
        drawn.schedules += 1;
        drawn.taken += path.len() as u64;
        if found {
            let short = shortened(&model, &path);
            drawn.way = Some(way::timed(world.as_mut(), model.asked(), &short));
            drawn.seed = seed;
            break;
        }
    }
    Ok(drawn)
}

/// A step, and which sort of message it takes, if it takes one.
#[derive(Clone, Debug)]
struct Taken {
    action: Action,
    sort: Option<Sort>,
}

/// From whom, to whom, of which kind.
type Sort = (NodeId, NodeId, Cow<'static, str>);

impl Taken {
    /// The step `action` in `state`.
    fn new(action: Action, state: &State) -> Self {
        let Action::Deliver(name) = action else {
            return Self { action, sort: None };
        };
        let flights = state.moment().frame().flights.into_iter();
        let mut named = flights.filter(|flight| flight.name == name);
        let sort = named.next();
        Self {
            action,
            sort: sort.map(|flight| (flight.from, flight.to, flight.view.kind)),
        }
    }

    /// What takes a message of the same sort in `state`.
    fn like(&self, state: &State) -> Option<Action> {
        let (from, to, kind) = self.sort.as_ref()?;
        let flights = state.moment().frame().flights.into_iter();
        let mut alike = flights.filter(|flight| {
            flight.end == FlightEnd::Arrives
                && (flight.from, flight.to) == (*from, *to)
                && flight.view.kind == *kind
        });
        alike.next().map(|flight| Action::Deliver(flight.name))
    }
}

/// One schedule, and whether it ended at what is sought.
fn schedule(model: &FromHere, question: &Question, seed: u64) -> (Vec<Action>, bool) {
    let mut dice = Dice::new(seed);
    let most = u64::from(question.budget.events);
    let mut chains = Chains::new(DEPTH, most, &mut dice);
    // Before which steps something else happens than what waits: early ones have more to spoil.
    let faults = &question.budget.faults;
    let others = [
        faults.drops,
        faults.duplicates,
        faults.crashes,
        question.budget.repairs,
    ];
    let others: u64 = others
        .into_iter()
        .map(|count| u64::from(count.min(OTHERS_MAX)))
        .sum();
    let others: Vec<u64> = (0..dice.below(others + 1))
        .map(|_| dice.of_any_scale(1, most))
        .collect();
    let mut state = model.start().clone();
    let mut path = Vec::new();
    let mut actions = Vec::new();
    while (path.len() as u64) < most {
        let is_other = others.contains(&(path.len() as u64 + 1));
        let action = if is_other {
            actions.clear();
            model.actions(&state, &mut actions);
            actions.retain(|action| !action.is_pick());
            dice.one_of(&actions).cloned()
        } else {
            None
        };
        let action = action.or_else(|| {
            let waiting = state.moment().waiting();
            waiting.iter().for_each(|one| chains.join(one, &mut dice));
            chains.first(&waiting).map(|first| first.action.clone())
        });
        let Some((action, next)) =
            action.and_then(|action| Some((action.clone(), model.next(&state, action)?)))
        else {
            return (path, false);
        };
        path.push(action);
        state = next;
        if model.holds(&state) {
            return (path, true);
        }
    }
    (path, false)
}

/// A way to the same end without any step that it does not need.
fn shortened(model: &FromHere, path: &[Action]) -> Vec<Action> {
    let mut best = sorted(model, path);
    let mut size = best.len().div_ceil(2).max(1);
    loop {
        let (mut at, mut removed) = (0, false);
        while at < best.len() {
            let end = (at + size).min(best.len());
            let rest = best[..at].iter().chain(&best[end..]);
            match come_to(model, rest) {
                Some(shorter) if shorter.len() < best.len() => {
                    (best, removed) = (shorter, true);
                }
                _ => at += size,
            }
        }
        if size == 1 && !removed {
            return best.into_iter().map(|step| step.action).collect();
        }
        size = (size / 2).max(1);
    }
}

/// The steps of `path`, each with the sort of message that it takes.
fn sorted(model: &FromHere, path: &[Action]) -> Vec<Taken> {
    let mut state: State = model.start().clone();
    let mut steps = Vec::new();
    for action in path {
        steps.push(Taken::new(action.clone(), &state));
        match model.next(&state, action.clone()) {
            Some(next) => state = next,
            None => break,
        }
    }
    steps
}

/// What of `path` can still be done leads to what is sought: the steps up to there.
fn come_to<'a>(model: &FromHere, path: impl Iterator<Item = &'a Taken>) -> Option<Vec<Taken>> {
    let mut state: State = model.start().clone();
    let mut taken = Vec::new();
    for step in path {
        let same = model.next(&state, step.action.clone());
        let same = same.map(|next| (step.clone(), next));
        // Names follow from causes: without one of them, what comes of another stands for the same message.
        let next = same.or_else(|| {
            let action = step.like(&state)?;
            let next = model.next(&state, action.clone())?;
            let sort = step.sort.clone();
            Some((Taken { action, sort }, next))
        });
        let Some((step, next)) = next else { continue };
        taken.push(step);
        state = next;
        if model.holds(&state) {
            return Some(taken);
        }
    }
    None
}
