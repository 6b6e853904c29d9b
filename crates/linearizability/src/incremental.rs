//! The checker beside a run that goes on: told of calls, answers and losses as they come, it has an answer at each moment. Knows
//! nothing of where the events come from.
//!
//! Each key is settled whenever none of its operations is open: what is kept are the states in which it can be, each with the
//! operations that explain it and those of unknown outcome that have taken effect in it. What happens later begins there. In
//! between, a witness is carried on as long as it explains the next answer, and only when it does not is another one searched.

use crate::explain;
use crate::search::{Outcome, Walk};
use crate::{Operation, Overall, Specification};
use std::collections::BTreeMap;

/// The most states that are kept where a key is settled. Where there are more, it is settled later.
const ENDS_MAX: usize = 64;

/// A history that grows, and what holds of it now.
pub struct Incremental<S: Specification> {
    spec: S,
    budget: u64,
    /// How many events there were.
    events: u32,
    history: Vec<Operation<S::Op>>,
    /// Each operation as it was called, and the key to which it belongs.
    called: Vec<S::Op>,
    keys: Vec<S::Key>,
    parts: BTreeMap<S::Key, Part<S::State>>,
}

/// What holds of the operations of a key at this moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Now {
    /// They are linearizable.
    Linearizable {
        /// An order that explains the answers so far: places in the history. What has no answer yet stands in it only if it took effect.
        order: Vec<u32>,
    },
    /// They are not, and will not be.
    Illegal(Explanation),
    /// The budget was spent before there was an answer. A later answer may bring one.
    GaveUp,
}

/// Why a key is not linearizable: answers that cannot all be right, even if nobody had heard the other answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Explanation {
    /// The operations that were answered so: places in the history, ascending.
    pub operations: Vec<u32>,
    /// The operation at whose answer that was found: a place in the history.
    pub broken_by: u32,
    /// Whether it is known that each is needed: without the answer of any one of them, the others can be explained.
    pub minimal: bool,
}

/// There is no operation at this place, or it has been answered or lost before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotOpen(
    /// The place.
    pub u32,
);

impl std::fmt::Display for NotOpen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "operation {} is not open", self.0)
    }
}

impl std::error::Error for NotOpen {}

/// The operations of a key.
struct Part<T> {
    /// All of them: places in the history.
    operations: Vec<u32>,
    /// Those that may yet be answered.
    open: Vec<u32>,
    /// Those whose outcome nobody will hear.
    lost: Vec<u32>,
    /// Those that were called since it was settled.
    present: Vec<u32>,
    /// What can have been at each moment of settling, oldest first.
    settled: Vec<Vec<End<T>>>,
    standing: Standing<T>,
}

/// A way in which a key can have come to a moment of settling.
struct End<T> {
    state: T,
    /// Lost operations that took effect, ascending.
    used: Vec<u32>,
    /// The order since the moment before.
    order: Vec<u32>,
    /// Which of the ways to that moment it continues.
    from: usize,
}

enum Standing<T> {
    /// A witness: the way on which it goes on, the order since, and the state after it.
    Witness {
        from: usize,
        order: Vec<u32>,
        state: T,
    },
    Illegal(Explanation),
    GaveUp,
}

impl<S: Specification> Incremental<S>
where
    S::Op: Clone,
    S::Key: Clone,
{
    /// An object of which nothing is known yet. `budget` is how many configurations may be visited for one event; an explanation may
    /// take sixteen times as many.
    pub fn new(spec: S, budget: u64) -> Self {
        Self {
            spec,
            budget,
            events: 0,
            history: Vec::new(),
            called: Vec::new(),
            keys: Vec::new(),
            parts: BTreeMap::new(),
        }
    }

    /// An operation is called; `op` has no answer yet, and so allows whatever any answer to it allows. Its place in the history.
    pub fn call(&mut self, op: S::Op) -> u32 {
        let place = self.history.len() as u32;
        let key = self.spec.key(&op);
        let initial = || Part::new(self.spec.initial());
        let part = self.parts.entry(key.clone()).or_insert_with(initial);
        part.operations.push(place);
        part.open.push(place);
        part.present.push(place);
        self.keys.push(key);
        self.called.push(op.clone());
        self.history.push(Operation {
            op,
            invoked: self.events,
            returned: None,
        });
        self.events += 1;
        place
    }

    /// The operation at `place` is answered: `op` is the same call with its answer.
    pub fn answer(&mut self, place: u32, op: S::Op) -> Result<(), NotOpen> {
        let part = open_part(&mut self.parts, &self.keys, place)?;
        let operation = &mut self.history[place as usize];
        operation.op = op;
        operation.returned = Some(self.events);
        self.events += 1;
        if matches!(part.standing, Standing::Illegal(_)) {
            return Ok(());
        }
        let (spec, history) = (&self.spec, &self.history);
        let mut left = self.budget;
        if !part.goes_on(spec, history, place) {
            part.standing = part.search(spec, history, &mut left).unwrap_or_else(|| {
                let places = &part.operations;
                let core = explain::core(spec, history, &self.called, places, self.budget);
                Standing::Illegal(Explanation {
                    operations: core.operations,
                    broken_by: place,
                    minimal: core.minimal,
                })
            });
        }
        part.settle(spec, history, &mut left);
        Ok(())
    }

    /// Nobody will hear the outcome of the operation at `place`: it may take effect at any time, or not at all.
    pub fn lose(&mut self, place: u32) -> Result<(), NotOpen> {
        let part = open_part(&mut self.parts, &self.keys, place)?;
        self.events += 1;
        part.lost.push(place);
        part.lost.sort_unstable();
        let mut left = self.budget;
        part.settle(&self.spec, &self.history, &mut left);
        Ok(())
    }

    /// The operations so far, by call; places are places in it, times are counted in events.
    pub fn history(&self) -> &[Operation<S::Op>] {
        &self.history
    }

    /// The keys that were met, ascending.
    pub fn keys(&self) -> impl Iterator<Item = &S::Key> {
        self.parts.keys()
    }

    /// What holds of a key; `None` if it was never met. A witness is put together anew by each call.
    pub fn now(&self, key: &S::Key) -> Option<Now> {
        let part = self.parts.get(key)?;
        Some(match &part.standing {
            Standing::Witness { from, order, .. } => Now::Linearizable {
                order: part.witness(*from, order),
            },
            Standing::Illegal(explanation) => Now::Illegal(explanation.clone()),
            Standing::GaveUp => Now::GaveUp,
        })
    }

    /// What that says of the whole.
    pub fn overall(&self) -> Overall {
        let mut overall = Overall::Linearizable;
        for part in self.parts.values() {
            match part.standing {
                Standing::Witness { .. } => {}
                Standing::Illegal(_) => return Overall::Illegal,
                Standing::GaveUp => overall = Overall::GaveUp,
            }
        }
        overall
    }
}

/// The part of the operation at `place`, in which it is not open any more.
fn open_part<'a, K: Ord, T>(
    parts: &'a mut BTreeMap<K, Part<T>>,
    keys: &[K],
    place: u32,
) -> Result<&'a mut Part<T>, NotOpen> {
    let part = keys.get(place as usize).and_then(|key| parts.get_mut(key));
    let part = part.ok_or(NotOpen(place))?;
    let nth = part.open.iter().position(|&open| open == place);
    part.open.remove(nth.ok_or(NotOpen(place))?);
    Ok(part)
}

impl<T: Clone + Eq> Part<T> {
    fn new(initial: T) -> Self {
        Self {
            operations: Vec::new(),
            open: Vec::new(),
            lost: Vec::new(),
            present: Vec::new(),
            settled: vec![vec![End {
                state: initial.clone(),
                used: Vec::new(),
                order: Vec::new(),
                from: 0,
            }]],
            standing: Standing::Witness {
                from: 0,
                order: Vec::new(),
                state: initial,
            },
        }
    }

    fn ends(&self) -> &[End<T>] {
        self.settled.last().map_or(&[], Vec::as_slice)
    }

    /// The whole order of a way and what follows on it.
    fn witness(&self, from: usize, order: &[u32]) -> Vec<u32> {
        let mut pieces = vec![order];
        let mut from = from;
        for ends in self.settled.iter().rev() {
            let end = &ends[from];
            pieces.push(&end.order);
            from = end.from;
        }
        pieces.reverse();
        pieces.concat()
    }

    /// Carries the witness on over the answer of the operation at `place`, if that can be done without a search.
    fn goes_on<S: Specification<State = T>>(
        &mut self,
        spec: &S,
        history: &[Operation<S::Op>],
        place: u32,
    ) -> bool {
        let ends = self.settled.last().map_or(&[][..], Vec::as_slice);
        let Standing::Witness { from, order, state } = &mut self.standing else {
            return false;
        };
        let op = |place: u32| &history[place as usize].op;
        if order.contains(&place) {
            let mut states = order.iter();
            let begin = ends[*from].state.clone();
            let end = states.try_fold(begin, |state, &place| spec.step(&state, op(place)));
            let explained = end.is_some();
            if let Some(end) = end {
                *state = end;
            }
            explained
        } else if let Some(after) = spec.step(state, op(place)) {
            order.push(place);
            *state = after;
            true
        } else {
            false
        }
    }

    /// What may take effect on the way of `end`: what was lost before and has not, and what was called since.
    fn choices(&self, end: &End<T>) -> Vec<u32> {
        let begin = self.present.first().copied().unwrap_or(u32::MAX);
        let earlier = self.lost.iter().filter(|&&lost| lost < begin);
        let unused = earlier.filter(|lost| end.used.binary_search(lost).is_err());
        unused.chain(&self.present).copied().collect()
    }

    /// Another witness, or that the budget was spent; `None`: there is none.
    fn search<S: Specification<State = T>>(
        &self,
        spec: &S,
        history: &[Operation<S::Op>],
        left: &mut u64,
    ) -> Option<Standing<T>> {
        let mut gave_up = None;
        for (from, end) in self.ends().iter().enumerate() {
            let places = self.choices(end);
            let mut walk = Walk::new(spec, history, &places, end.state.clone());
            match walk.next(left) {
                Outcome::Explained => {
                    return Some(Standing::Witness {
                        from,
                        order: walk.order(),
                        state: walk.state().clone(),
                    });
                }
                Outcome::Exhausted => {}
                Outcome::GaveUp => gave_up = Some(Standing::GaveUp),
            }
        }
        gave_up
    }

    /// If nothing is open: keeps where the key can be, and forgets how many ways lead there.
    fn settle<S: Specification<State = T>>(
        &mut self,
        spec: &S,
        history: &[Operation<S::Op>],
        left: &mut u64,
    ) {
        let illegal = matches!(self.standing, Standing::Illegal(_));
        if illegal || !self.open.is_empty() {
            return;
        }
        let mut ends: Vec<End<T>> = Vec::new();
        for (from, begin) in self.ends().iter().enumerate() {
            let places = self.choices(begin);
            let mut walk = Walk::new(spec, history, &places, begin.state.clone());
            loop {
                match walk.next(left) {
                    Outcome::Explained => {
                        let order = walk.order();
                        let lost = order.iter().filter(|&p| self.lost.binary_search(p).is_ok());
                        let mut used: Vec<u32> = lost.chain(&begin.used).copied().collect();
                        used.sort_unstable();
                        let state = walk.state().clone();
                        note(
                            &mut ends,
                            End {
                                state,
                                used,
                                order,
                                from,
                            },
                        );
                        if ends.len() > ENDS_MAX {
                            return;
                        }
                    }
                    Outcome::Exhausted => break,
                    Outcome::GaveUp => return,
                }
            }
        }
        let Some(first) = ends.first() else {
            return;
        };
        self.standing = Standing::Witness {
            from: 0,
            order: Vec::new(),
            state: first.state.clone(),
        };
        self.settled.push(ends);
        self.present.clear();
    }
}

/// Notes a way unless one is known that leads to the same state with no other lost operation; forgets those of which it is so.
fn note<T: Eq>(ends: &mut Vec<End<T>>, end: End<T>) {
    let within = |few: &End<T>, many: &End<T>| {
        few.state == many.state && few.used.iter().all(|p| many.used.binary_search(p).is_ok())
    };
    if !ends.iter().any(|known| within(known, &end)) {
        ends.retain(|known| !within(&end, known));
        ends.push(end);
    }
}
