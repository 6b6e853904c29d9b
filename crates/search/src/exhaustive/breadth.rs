//! Breadth first: layer by layer, with the parent of each state noted, so that a shortest way can be walked again.

use super::visited::Visited;
use super::way::walked;
use super::{Ended, Exhaustive, PROGRESS_EVERY, Progress, Report};
use crate::model::Model;
use std::collections::VecDeque;
use std::ops::ControlFlow;

/// How a state was come to first.
#[derive(Clone, Copy, Debug)]
struct Link {
    /// From which state; [`NONE`]: it is an initial one.
    parent: u32,
    /// By which of the actions there, or as which of the initial states.
    nth: u32,
}

const NONE: u32 = u32::MAX;

pub(super) fn search<M: Model>(
    search: Exhaustive<'_, M>,
    watch: impl FnMut(&Progress) -> ControlFlow<()>,
) -> Report<M::Action> {
    let mut walk = Walk {
        search,
        visited: Visited::default(),
        waiting: VecDeque::new(),
        report: Report::new(),
    };
    walk.report.ended = match walk.all(watch) {
        ControlFlow::Break(ended) => ended,
        ControlFlow::Continue(()) => Ended::Complete,
    };
    walk.report.distinct = walk.visited.len();
    walk.report
}

struct Walk<'a, M: Model> {
    search: Exhaustive<'a, M>,
    visited: Visited<Link>,
    /// States that wait to be expanded, with their numbers, in the order in which they were seen.
    waiting: VecDeque<(u32, M::State)>,
    report: Report<M::Action>,
}

impl<M: Model> Walk<'_, M> {
    fn all(&mut self, mut watch: impl FnMut(&Progress) -> ControlFlow<()>) -> ControlFlow<Ended> {
        let model = self.search.model;
        for (nth, state) in (0..).zip(model.initial()) {
            self.come_to(Link { parent: NONE, nth }, state)?;
        }
        let mut actions = Vec::new();
        let mut expanded = 0u64;
        let mut depth = 0;
        let mut ended = ControlFlow::Continue(());
        while !self.waiting.is_empty() {
            self.report.depth = depth;
            // One layer: what it leads to waits behind it.
            for _ in 0..self.waiting.len() {
                let Some((id, state)) = self.waiting.pop_front() else {
                    break;
                };
                model.actions(&state, &mut actions);
                if depth >= self.search.depth_max {
                    if !actions.is_empty() {
                        ended = ControlFlow::Break(Ended::Depth);
                    }
                    actions.clear();
                    continue;
                }
                for (nth, action) in (0..).zip(actions.drain(..)) {
                    if let Some(next) = model.next(&state, action) {
                        self.come_to(Link { parent: id, nth }, next)?;
                    }
                }
                expanded += 1;
                if expanded.is_multiple_of(PROGRESS_EVERY) {
                    let progress = Progress {
                        distinct: self.visited.len(),
                        generated: self.report.generated,
                        depth,
                        waiting: self.waiting.len() as u64,
                    };
                    if watch(&progress).is_break() {
                        return ControlFlow::Break(Ended::Cancelled);
                    }
                }
            }
            depth += 1;
        }
        ended
    }

    /// A state was come to by `link`.
    #[inline]
    fn come_to(&mut self, link: Link, state: M::State) -> ControlFlow<Ended> {
        self.report.generated += 1;
        let identity = self.search.model.identity(&state);
        let (id, is_new) = self.visited.see(identity, link);
        if !is_new {
            return ControlFlow::Continue(());
        }
        let (model, visited) = (self.search.model, &self.visited);
        self.search
            .judge(&state, &mut self.report, || way(model, visited, id))?;
        self.waiting.push_back((id, state));
        self.report.waiting_max = self.report.waiting_max.max(self.waiting.len() as u64);
        if self.visited.len() >= self.search.states_max {
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
