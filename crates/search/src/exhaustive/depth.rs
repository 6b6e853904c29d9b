//! Depth first: one way at a time, with the least depth of each state noted, so that a bound hides nothing.

use super::visited::Visited;
use super::{Ended, Exhaustive, PROGRESS_EVERY, Progress, Report};
use crate::model::Model;
use std::ops::ControlFlow;

pub(super) fn search<M: Model>(
    search: Exhaustive<'_, M>,
    watch: impl FnMut(&Progress) -> ControlFlow<()>,
) -> Report<M::Action> {
    let mut walk = Walk {
        search,
        visited: Visited::default(),
        frames: Vec::new(),
        path: Vec::new(),
        start: 0,
        report: Report::new(),
        expanded: 0,
        cut: 0,
    };
    walk.report.ended = match walk.all(watch) {
        ControlFlow::Break(ended) => ended,
        ControlFlow::Continue(()) if walk.cut > 0 => Ended::Depth,
        ControlFlow::Continue(()) => Ended::Complete,
    };
    walk.report.distinct = walk.visited.len();
    walk.report
}

/// A state on the way, and the actions that are left to take in it, the next one last.
struct Frame<M: Model> {
    state: M::State,
    left: Vec<M::Action>,
}

struct Walk<'a, M: Model> {
    search: Exhaustive<'a, M>,
    /// The least depth of each state.
    visited: Visited<u32>,
    frames: Vec<Frame<M>>,
    /// The actions that led from frame to frame.
    path: Vec<M::Action>,
    /// The initial state of the way.
    start: usize,
    report: Report<M::Action>,
    expanded: u64,
    /// How many states at the bound were not expanded, and not met by a shorter way since.
    cut: u64,
}

impl<M: Model> Walk<'_, M> {
    fn all(&mut self, mut watch: impl FnMut(&Progress) -> ControlFlow<()>) -> ControlFlow<Ended> {
        let model = self.search.model;
        for (start, state) in model.initial().into_iter().enumerate() {
            self.start = start;
            self.come_to(state)?;
            while let Some(frame) = self.frames.last_mut() {
                let Some(action) = frame.left.pop() else {
                    self.frames.pop();
                    self.path.pop();
                    continue;
                };
                let Some(next) = model.next(&frame.state, &action) else {
                    continue;
                };
                self.path.push(action);
                let deeper = self.frames.len();
                self.come_to(next)?;
                if self.frames.len() == deeper {
                    self.path.pop();
                } else if self.expanded.is_multiple_of(PROGRESS_EVERY) {
                    let progress = Progress {
                        distinct: self.visited.len(),
                        generated: self.report.generated,
                        depth: self.path.len() as u32,
                        waiting: self.frames.len() as u64,
                    };
                    if watch(&progress).is_break() {
                        return ControlFlow::Break(Ended::Cancelled);
                    }
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// The way has led to `state`: it becomes a frame if it is to be expanded.
    #[inline]
    fn come_to(&mut self, state: M::State) -> ControlFlow<Ended> {
        self.report.generated += 1;
        let depth = self.path.len() as u32;
        let model = self.search.model;
        let (id, is_new) = self.visited.see(model.identity(&state), depth);
        if is_new {
            let (start, path) = (self.start, &self.path);
            self.search
                .judge(&state, &mut self.report, || (start, path.clone()))?;
            self.report.depth = self.report.depth.max(depth);
        } else if self.search.depth_max == u32::MAX || self.visited.note(id) <= depth {
            // Without a bound, no way is too long.
            return ControlFlow::Continue(());
        }
        let before = self.visited.note(id);
        self.visited.set_note(id, depth);
        if is_new && self.visited.len() >= self.search.states_max {
            return ControlFlow::Break(Ended::States);
        }
        let mut left = Vec::new();
        model.actions(&state, &mut left);
        if depth >= self.search.depth_max {
            self.cut += u64::from(!left.is_empty());
            return ControlFlow::Continue(());
        }
        if before == self.search.depth_max && !is_new && !left.is_empty() {
            self.cut -= 1;
        }
        left.reverse();
        self.expanded += 1;
        self.frames.push(Frame { state, left });
        self.report.waiting_max = self.report.waiting_max.max(self.frames.len() as u64);
        ControlFlow::Continue(())
    }
}
