//! Breadth first: layer by layer, with the parent of each state noted, so that a shortest way can be walked again. It stops
//! wherever it is told to, and goes on from there.

use super::again::Again;
use super::asleep::{Asleep, Taken};
use super::visited::Visited;
use super::way::walked;
use super::{Ended, Exhaustive, Progress, Report};
use crate::model::{Model, Step};
use std::collections::VecDeque;
use std::fmt;
use std::ops::ControlFlow;

/// How a state was come to first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    /// From which state; [`NONE`]: it is an initial one.
    pub(super) parent: u32,
    /// By which of the actions there, or as which of the initial states.
    pub(super) nth: u32,
}

pub(super) const NONE: u32 = u32::MAX;

/// A search that is under way. What it asks and its bounds are the same at every call.
pub(super) struct Breadth<M: Model> {
    visited: Visited<Link>,
    /// States that wait to be expanded, with their numbers, in the order in which they were seen. None is kept whole that is to be
    /// come to again.
    waiting: VecDeque<(u32, Option<M::State>)>,
    again: Again<M>,
    /// What need not be taken in them, if steps that may change places are told.
    asleep: Asleep,
    report: Report<M::Action>,
    begun: bool,
    depth: u32,
    /// How many states of this depth wait.
    layer: usize,
    /// Whether a state at the bound has actions.
    cut: bool,
}

impl<M: Model> Default for Breadth<M> {
    fn default() -> Self {
        Self {
            visited: Visited::default(),
            waiting: VecDeque::new(),
            again: Again::default(),
            asleep: Asleep::default(),
            report: Report::new(),
            begun: false,
            depth: 0,
            layer: 0,
            cut: false,
        }
    }
}

impl<M: Model> fmt::Debug for Breadth<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Breadth")
            .field("progress", &self.progress())
            .finish_non_exhaustive()
    }
}

impl<M: Model> Breadth<M> {
    /// How far it is.
    pub(super) fn progress(&self) -> Progress {
        Progress {
            distinct: self.visited.len(),
            generated: self.report.generated,
            depth: self.depth,
            waiting: self.waiting.len() as u64,
        }
    }

    /// What it has come to.
    pub(super) fn report(mut self, ended: Ended) -> Report<M::Action> {
        self.report.distinct = self.visited.len();
        self.report.ended = ended;
        self.report
    }

    /// Expands up to so many `states`; breaks when it has ended.
    pub(super) fn go_on(
        &mut self,
        search: &mut Exhaustive<'_, M>,
        states: u64,
    ) -> ControlFlow<Ended> {
        if !self.begun {
            self.begun = true;
            for (nth, state) in (0..).zip(search.model.initial()) {
                self.come_to(search, Link { parent: NONE, nth }, state, &[])?;
            }
            self.layer = self.waiting.len();
        }
        let mut actions = Vec::new();
        let mut taken = Vec::new();
        for _ in 0..states {
            if self.layer == 0 {
                // What this layer led to waits behind it.
                self.layer = self.waiting.len();
                self.depth += 1;
            }
            let Some((id, state)) = self.waiting.pop_front() else {
                return ControlFlow::Break(if self.cut {
                    Ended::Depth
                } else {
                    Ended::Complete
                });
            };
            self.layer -= 1;
            let state = match state {
                Some(state) => state,
                None => self.again.state(search.model, &self.visited, id),
            };
            self.report.depth = self.depth;
            actions.clear();
            search.model.actions(&state, &mut actions);
            if self.depth >= search.depth_max {
                self.cut |= !actions.is_empty();
            } else if search.swaps.is_some() {
                self.expand_some(search, id, &state, &mut actions, &mut taken)?;
            } else {
                for (nth, action) in (0..).zip(actions.drain(..)) {
                    if let Some(next) = search.model.next(&state, action) {
                        self.come_to(search, Link { parent: id, nth }, next, &[])?;
                    }
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Takes those actions that lead where no other order of steps leads.
    fn expand_some(
        &mut self,
        search: &mut Exhaustive<'_, M>,
        parent: u32,
        state: &M::State,
        actions: &mut Vec<M::Action>,
        taken: &mut Vec<Taken<M::Action>>,
    ) -> ControlFlow<Ended> {
        let Some(swaps) = search.swaps else {
            return ControlFlow::Continue(());
        };
        let model = search.model;
        let asleep = self.asleep.wake_first();
        let mut quiet = asleep.clone();
        taken.extend((0..).zip(actions.drain(..)).map(|(nth, action)| Taken {
            step: (swaps.step)(model, state, &action),
            nth,
            action,
        }));
        // One order for all states: of the ways that differ in order alone, it is the first that is walked.
        taken.sort_by_key(|each| (each.step, each.nth));
        let mut loud = None;
        for Taken { step, nth, action } in taken.drain(..) {
            if asleep.contains(&step) {
                continue;
            }
            let Some(next) = model.next(state, action) else {
                continue;
            };
            let is_quiet = step.may_swap && (swaps.is_quiet)(model, state, &next);
            let sleeps: Vec<Step> = if is_quiet {
                let apart = quiet.iter().filter(|other| other.is_apart(&step));
                apart.copied().collect()
            } else {
                Vec::new()
            };
            self.come_to(search, Link { parent, nth }, next, &sleeps)?;
            // Twins sleep together, and only if each is quiet.
            if !is_quiet {
                loud = Some(step);
                quiet.retain(|other| *other != step);
            } else if loud != Some(step) && quiet.last() != Some(&step) {
                quiet.push(step);
            }
        }
        ControlFlow::Continue(())
    }

    /// A state was come to by `link`; what sleeps need not be taken there.
    #[inline]
    fn come_to(
        &mut self,
        search: &mut Exhaustive<'_, M>,
        link: Link,
        state: M::State,
        sleeps: &[Step],
    ) -> ControlFlow<Ended> {
        self.report.generated += 1;
        let identity = search.model.identity(&state);
        let (id, is_new) = self.visited.see(identity, link);
        let reduces = search.swaps.is_some();
        if !is_new {
            if reduces && let Some((first, _)) = self.waiting.front() {
                self.asleep.meet_again(id, *first, sleeps);
            }
            return ControlFlow::Continue(());
        }
        let (model, visited) = (search.model, &self.visited);
        search.judge(&state, &mut self.report, || way(model, visited, id))?;
        self.waiting.push_back((id, search.whole.then_some(state)));
        if reduces {
            self.asleep.push(sleeps);
        }
        self.report.waiting_max = self.report.waiting_max.max(self.waiting.len() as u64);
        if self.visited.len() >= search.states_max {
            return ControlFlow::Break(Ended::States);
        }
        ControlFlow::Continue(())
    }
}

/// The way to state `id`: from parent to parent back, and then forward again by the actions that were taken.
#[cold]
fn way<M: Model>(model: &M, visited: &Visited<Link>, id: u32) -> (usize, Vec<M::Action>) {
    let mut places = Vec::new();
    let mut at = visited.note(id);
    while at.parent != NONE {
        places.push(at.nth);
        at = visited.note(at.parent);
    }
    walked(model, at.nth as usize, places.into_iter().rev())
}
