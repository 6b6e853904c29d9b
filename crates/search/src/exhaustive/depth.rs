//! Depth first: one way at a time, with the least depth of each state noted where there is a bound, so that it hides nothing.

use super::visited::{Met, Seen};
use super::way::walked;
use super::{Ended, Exhaustive, PROGRESS_EVERY, Progress, Report};
use crate::model::Model;
use std::ops::ControlFlow;

pub(super) fn search<M: Model>(
    search: Exhaustive<'_, M>,
    watch: impl FnMut(&Progress) -> ControlFlow<()>,
) -> Report<M::Action> {
    if search.depth_max == u32::MAX {
        // Without a bound, no way is too long: it is enough to know a state again.
        walk::<M, ()>(search, watch)
    } else {
        walk::<M, u32>(search, watch)
    }
}

/// What is noted of a state: the least depth at which it was met, or nothing.
trait Note: Copy {
    fn of(depth: u32) -> Self;
    /// Whether a state with this note, met again at `depth`, is to be searched again.
    fn is_deeper(self, depth: u32) -> bool;
}

impl Note for () {
    fn of(_: u32) {}

    fn is_deeper(self, _: u32) -> bool {
        false
    }
}

impl Note for u32 {
    fn of(depth: u32) -> Self {
        depth
    }

    fn is_deeper(self, depth: u32) -> bool {
        self > depth
    }
}

fn walk<M: Model, N: Note>(
    search: Exhaustive<'_, M>,
    watch: impl FnMut(&Progress) -> ControlFlow<()>,
) -> Report<M::Action> {
    let mut walk = Walk::<M, N> {
        search,
        seen: Seen::default(),
        frames: Vec::new(),
        left: Vec::new(),
        actions: Vec::new(),
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
    walk.report.distinct = walk.seen.len();
    walk.report
}

/// A state on the way.
struct Frame<M: Model> {
    state: M::State,
    /// Where the actions that are left to take in it begin.
    first: usize,
    /// How many were taken, that on the way included.
    taken: u32,
}

struct Walk<'a, M: Model, N> {
    search: Exhaustive<'a, M>,
    seen: Seen<N>,
    frames: Vec<Frame<M>>,
    /// What is left to be done in the states on the way, those of the last one behind all others, and the next one last.
    left: Vec<M::Action>,
    /// Room for the actions of one state.
    actions: Vec<M::Action>,
    /// The initial state of the way.
    start: usize,
    report: Report<M::Action>,
    expanded: u64,
    /// How many states at the bound were not expanded, and not met by a shorter way since.
    cut: u64,
}

impl<M: Model, N: Note> Walk<'_, M, N> {
    fn all(&mut self, mut watch: impl FnMut(&Progress) -> ControlFlow<()>) -> ControlFlow<Ended> {
        let model = self.search.model;
        for (start, state) in model.initial().into_iter().enumerate() {
            self.start = start;
            self.come_to(state)?;
            while let Some(frame) = self.frames.last_mut() {
                if self.left.len() == frame.first {
                    self.frames.pop();
                    continue;
                }
                let Some(action) = self.left.pop() else { break };
                frame.taken += 1;
                let Some(next) = model.next(&frame.state, action) else {
                    continue;
                };
                let before = self.expanded;
                self.come_to(next)?;
                if self.expanded > before && self.expanded.is_multiple_of(PROGRESS_EVERY) {
                    let progress = Progress {
                        distinct: self.seen.len(),
                        generated: self.report.generated,
                        depth: self.frames.len() as u32,
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
        let depth = self.frames.len() as u32;
        let model = self.search.model;
        let again = match self.seen.see(model.identity(&state), N::of(depth)) {
            Met::New => None,
            Met::Before(note) if note.is_deeper(depth) => {
                Some(std::mem::replace(note, N::of(depth)))
            }
            Met::Before(_) => return ControlFlow::Continue(()),
        };
        if again.is_none() {
            let (start, frames) = (self.start, &self.frames);
            self.search.judge(&state, &mut self.report, || {
                walked(model, start, frames.iter().map(|frame| frame.taken - 1))
            })?;
            self.report.depth = self.report.depth.max(depth);
            if self.seen.len() >= self.search.states_max {
                return ControlFlow::Break(Ended::States);
            }
        }
        let first = self.left.len();
        self.actions.clear();
        model.actions(&state, &mut self.actions);
        let is_end = self.actions.is_empty();
        if depth >= self.search.depth_max {
            self.cut += u64::from(!is_end);
            return ControlFlow::Continue(());
        }
        // Met at the bound before, and above it now.
        let was_cut = again.is_some_and(|before| before.is_deeper(self.search.depth_max - 1));
        self.cut -= u64::from(was_cut && !is_end);
        self.left.extend(self.actions.drain(..).rev());
        self.expanded += 1;
        self.frames.push(Frame {
            state,
            first,
            taken: 0,
        });
        self.report.waiting_max = self.report.waiting_max.max(self.frames.len() as u64);
        ControlFlow::Continue(())
    }
}
