//! Exhaustive search: every state that a model reaches, once each, breadth first or depth first up to a bound.
//!
//! Knows a [`Model`] and predicates over its states, nothing of what the states mean. It judges *always* and *sometimes*;
//! what must come true *eventually* is no matter of single states, and a search that visits each state once cannot judge it.

mod again;
mod asleep;
mod breadth;
pub mod cluster;
mod depth;
mod visited;
mod way;

use crate::model::{Model, Step, Swaps};
use breadth::Breadth;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::ControlFlow;

/// How many states are expanded between two reports of progress.
const PROGRESS_EVERY: u64 = 1 << 12;
/// The same where steps are dear.
const PROGRESS_OFTEN: u64 = 1 << 7;

/// What a predicate is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// It must hold in every state; a state without it is a violation.
    Always,
    /// A state is sought in which it holds.
    Sometimes,
}

/// When a search ends before everything was seen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Until {
    /// At the first violation.
    #[default]
    Violated,
    /// When every predicate is decided: violated, or found.
    Decided,
    /// Not at all: all is counted.
    Seen,
}

/// Why a search ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// Every state that can be reached was seen.
    Complete,
    /// Every state that can be reached within the bound of depth was seen, and some of them have actions that
    /// were not taken.
    Depth,
    /// The budget of states was used up.
    States,
    /// What was sought was found.
    Found,
    /// Whoever watched the progress said so.
    Cancelled,
}

/// How far a search has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Progress {
    /// Different states so far.
    pub distinct: u64,
    /// Steps taken so far, the initial states included.
    pub generated: u64,
    /// The depth that is being searched, in steps from an initial state.
    pub depth: u32,
    /// How many states wait to be expanded.
    pub waiting: u64,
}

/// A state that decides a predicate, by the way to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found<A> {
    /// The predicate's name.
    pub predicate: &'static str,
    /// What it was asked for.
    pub kind: Kind,
    /// The initial state that the way starts from: its place in [`Model::initial`].
    pub start: usize,
    /// The way: breadth first, no other has fewer steps.
    pub path: Vec<A>,
}

/// What a search came to. The same model, predicates and bounds come to the same report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report<A> {
    /// Different states.
    pub distinct: u64,
    /// States that were come to, however often: the initial ones, and one a step.
    pub generated: u64,
    /// The most steps from an initial state to a state that was seen; breadth first it is the length of the longest of all
    /// shortest ways.
    pub depth: u32,
    /// The most states that waited at once: what a search holds in memory besides fingerprints.
    pub waiting_max: u64,
    /// Why it ended.
    pub ended: Ended,
    /// The predicates that were decided, in the order in which they were.
    pub found: Vec<Found<A>>,
}

impl<A> Report<A> {
    /// The first violation, if there is one.
    pub fn violation(&self) -> Option<&Found<A>> {
        self.found.iter().find(|found| found.kind == Kind::Always)
    }

    /// What decided the predicate of this name.
    pub fn decided(&self, predicate: &str) -> Option<&Found<A>> {
        self.found.iter().find(|found| found.predicate == predicate)
    }

    /// How likely at most it is that a state was passed over because another has the same fingerprint, were fingerprints drawn
    /// evenly: the number of pairs over 2^64.
    pub fn omission_chance(&self) -> f64 {
        let distinct = self.distinct as f64;
        distinct * (distinct - 1.0).max(0.0) / 2.0 / 18_446_744_073_709_551_616.0
    }
}

/// Which steps may change places: [`Swaps`] as functions.
struct Reduction<M: Model> {
    step: fn(&M, &M::State, &M::Action) -> Step,
    is_quiet: fn(&M, &M::State, &M::State) -> bool,
}

impl<M: Model> Clone for Reduction<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Model> Copy for Reduction<M> {}

type Holds<'a, M> = Box<dyn Fn(&M, &<M as Model>::State) -> bool + 'a>;

/// A predicate over the states of a model.
struct Predicate<'a, M: Model> {
    name: &'static str,
    kind: Kind,
    holds: Holds<'a, M>,
    decided: bool,
}

/// A search to be made: a model, what is asked, and the bounds.
pub struct Exhaustive<'a, M: Model> {
    model: &'a M,
    predicates: Vec<Predicate<'a, M>>,
    depth_max: u32,
    states_max: u64,
    until: Until,
    swaps: Option<Reduction<M>>,
    /// Whether states that wait are kept whole.
    whole: bool,
}

impl<M: Model> fmt::Debug for Exhaustive<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.predicates.iter().map(|predicate| predicate.name);
        f.debug_struct("Exhaustive")
            .field("predicates", &names.collect::<Vec<_>>())
            .field("depth_max", &self.depth_max)
            .field("states_max", &self.states_max)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

impl<'a, M: Model> Exhaustive<'a, M> {
    /// A search of `model` without bounds, which asks nothing yet.
    pub const fn new(model: &'a M) -> Self {
        Self {
            model,
            predicates: Vec::new(),
            depth_max: u32::MAX,
            states_max: visited::STATES_MAX,
            until: Until::Violated,
            swaps: None,
            whole: true,
        }
    }

    /// `holds` must be true of every state.
    #[must_use]
    pub fn always(self, name: &'static str, holds: impl Fn(&M, &M::State) -> bool + 'a) -> Self {
        self.asks(name, Kind::Always, Box::new(holds))
    }

    /// A state is sought of which `holds` is true.
    #[must_use]
    pub fn sometimes(self, name: &'static str, holds: impl Fn(&M, &M::State) -> bool + 'a) -> Self {
        self.asks(name, Kind::Sometimes, Box::new(holds))
    }

    /// Asks only what `is_asked` says of its name.
    #[must_use]
    pub fn only(mut self, is_asked: impl Fn(&str) -> bool) -> Self {
        self.predicates.retain(|predicate| is_asked(predicate.name));
        self
    }

    fn asks(mut self, name: &'static str, kind: Kind, holds: Holds<'a, M>) -> Self {
        self.predicates.push(Predicate {
            name,
            kind,
            holds,
            decided: false,
        });
        self
    }

    /// No way has more than so many steps.
    #[must_use]
    pub const fn depth_max(mut self, steps: u32) -> Self {
        self.depth_max = steps;
        self
    }

    /// No more than so many different states are seen; 2^32 - 1 in any case.
    #[must_use]
    pub fn states_max(mut self, states: u64) -> Self {
        self.states_max = states.min(visited::STATES_MAX);
        self
    }

    /// When it ends before everything was seen.
    #[must_use]
    pub const fn until(mut self, until: Until) -> Self {
        self.until = until;
        self
    }

    /// Of the ways that differ only in the order of steps that may change places, one is walked. Breadth first sees the same
    /// states as without, each at the same depth, in fewer steps; depth first is not changed by it.
    #[must_use]
    pub fn in_one_order(mut self) -> Self
    where
        M: Swaps,
    {
        self.swaps = Some(Reduction {
            step: M::step,
            is_quiet: M::is_quiet,
        });
        self
    }

    /// Breadth first keeps no state whole: each is come to again by its way. That takes little longer where steps are dear, and of a
    /// state some 35 bytes.
    #[must_use]
    pub const fn by_ways(mut self) -> Self {
        self.whole = false;
        self
    }

    /// Searches in order of depth: what it finds, it finds by a shortest way. Keeps the states of the outermost layers whole,
    /// and a fingerprint of all others.
    pub fn breadth_first(self) -> Report<M::Action> {
        self.breadth_first_watched(|_| ControlFlow::Continue(()))
    }

    /// The same; `watch` is told every few thousand states how far it is, and may end it.
    pub fn breadth_first_watched(
        mut self,
        mut watch: impl FnMut(&Progress) -> ControlFlow<()>,
    ) -> Report<M::Action> {
        let mut walk = Breadth::default();
        let every = if self.whole {
            PROGRESS_EVERY
        } else {
            PROGRESS_OFTEN
        };
        loop {
            match walk.go_on(&mut self, every) {
                ControlFlow::Break(ended) => return walk.report(ended),
                ControlFlow::Continue(()) if watch(&walk.progress()).is_break() => {
                    return walk.report(Ended::Cancelled);
                }
                ControlFlow::Continue(()) => {}
            }
        }
    }

    /// Searches each way to its end or to the bound of depth before the next one. Keeps whole states of one way only. A state
    /// that is met again by a shorter way is searched again, so that everything within the bound is seen.
    pub fn depth_first(self) -> Report<M::Action> {
        self.depth_first_watched(|_| ControlFlow::Continue(()))
    }

    /// The same; `watch` is told every few thousand states how far it is, and may end it.
    pub fn depth_first_watched(
        self,
        watch: impl FnMut(&Progress) -> ControlFlow<()>,
    ) -> Report<M::Action> {
        depth::search(self, watch)
    }

    /// Asks the open predicates of a state that was not seen before; `way` tells how it was come to. Whether that ends the
    /// search.
    #[inline]
    fn judge(
        &mut self,
        state: &M::State,
        report: &mut Report<M::Action>,
        way: impl Fn() -> (usize, Vec<M::Action>),
    ) -> ControlFlow<Ended> {
        let mut violated = false;
        let mut changed = false;
        for predicate in &mut self.predicates {
            if predicate.decided {
                continue;
            }
            let holds = (predicate.holds)(self.model, state);
            if holds == (predicate.kind == Kind::Always) {
                continue;
            }
            (predicate.decided, changed) = (true, true);
            violated |= predicate.kind == Kind::Always;
            let (start, path) = way();
            report.found.push(Found {
                predicate: predicate.name,
                kind: predicate.kind,
                start,
                path,
            });
        }
        let ends = match self.until {
            Until::Violated => violated,
            Until::Decided => changed && self.predicates.iter().all(|each| each.decided),
            Until::Seen => false,
        };
        if ends {
            ControlFlow::Break(Ended::Found)
        } else {
            ControlFlow::Continue(())
        }
    }
}

impl<A> Report<A> {
    const fn new() -> Self {
        Self {
            distinct: 0,
            generated: 0,
            depth: 0,
            waiting_max: 0,
            ended: Ended::Complete,
            found: Vec::new(),
        }
    }
}
