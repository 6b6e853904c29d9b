//! Schedules from the present that are drawn by chance, longer than those that can all be looked at: by priorities over chains of
//! events, as in [`crate::random`], with faults strewn in. What is found is made short. A schedule follows from its number alone.

use super::model::{FromHere, State};
use super::way::{self, Way};
use super::{Opener, Question, present};
use crate::model::Model;
use crate::random::dice::Dice;
use crate::random::priorities::Chains;
use serde::{Deserialize, Serialize};
use sim::{Action, SimError};
use std::ops::Range;

/// How many events must come in one order, at most, for what is sought to be met with a bounded probability.
const DEPTH: u32 = 4;

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
            let short = shortened(&model, path);
            drawn.way = Some(way::timed(world.as_mut(), model.asked(), &short));
            drawn.seed = seed;
            break;
        }
    }
    Ok(drawn)
}

/// One schedule, and whether it ended at what is sought.
fn schedule(model: &FromHere, question: &Question, seed: u64) -> (Vec<Action>, bool) {
    let mut dice = Dice::new(seed);
    let most = u64::from(question.budget.events);
    let mut chains = Chains::new(DEPTH, most, &mut dice);
    // Before which steps something else happens than what waits: early ones have more to spoil.
    let budget = &question.budget;
    let others =
        budget.faults.drops + budget.faults.duplicates + budget.faults.crashes + budget.repairs;
    let others: Vec<u64> = (0..dice.below(u64::from(others) + 1))
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
fn shortened(model: &FromHere, path: Vec<Action>) -> Vec<Action> {
    let mut best = path;
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
            return best;
        }
        size = (size / 2).max(1);
    }
}

/// What of `path` can still be done leads to what is sought: the steps up to there.
fn come_to<'a>(model: &FromHere, path: impl Iterator<Item = &'a Action>) -> Option<Vec<Action>> {
    let mut state: State = model.start().clone();
    let mut taken = Vec::new();
    for action in path {
        let Some(next) = model.next(&state, action.clone()) else {
            continue;
        };
        taken.push(action.clone());
        state = next;
        if model.holds(&state) {
            return Some(taken);
        }
    }
    None
}
