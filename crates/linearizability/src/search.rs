//! The search for an order, for one part of a history: a walk without recursion over configurations that were not yet visited.
//!
//! Calls and returns stand in a list by time. Operations that are called before the first return in it may come next; one that is
//! chosen leaves the list with its return. Reaching a return means that its operation should have been chosen: the last choice
//! is taken back. Lowe's memoisation skips what was reached before in another order, and four rules leave out what another order
//! does as well, with no more operations that need not happen:
//!
//! - An operation that only reads, and whose answer fits, is taken at once: whatever can follow without it can follow with it.
//! - One that never returned is not taken where it would change nothing, nor where several in a row would lead back.
//! - Nor is it where the next operation would leave the same state without it, or without it and those in a row before it.
//! - Of two equal operations, the one that was both called and answered earlier is taken first.

use crate::list::{END, List};
use crate::seen::{Interned, Seen, share};
use crate::{Operation, Partial, Specification, Verdict};

/// The most partial linearizations that are told.
pub const PARTIALS_MAX: usize = 8;

/// How many operations that were open at a call are looked at for one that equals it.
const TWINS_LOOKED_AT: usize = 64;

/// Searches an order of the operations at `places` of `history`; takes what it visits from `left`.
pub(crate) fn search<S: Specification>(
    spec: &S,
    history: &[Operation<S::Op>],
    places: &[u32],
    left: &mut u64,
) -> Verdict {
    let mut walk = Walk::new(spec, history, places, spec.initial());
    match walk.next(left) {
        Outcome::Explained => Verdict::Linearizable {
            order: walk.order(),
        },
        Outcome::Exhausted => Verdict::Illegal {
            partials: walk.partials.partials,
        },
        Outcome::GaveUp => Verdict::GaveUp,
    }
}

/// Where a walk has come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    /// All operations that returned are explained.
    Explained,
    /// There is no further order.
    Exhausted,
    /// The budget is spent.
    GaveUp,
}

/// The walk over the configurations of one part.
pub(crate) struct Walk<'a, S: Specification> {
    spec: &'a S,
    history: &'a [Operation<S::Op>],
    places: &'a [u32],
    /// Of each operation, whether it only reads.
    reads: Vec<bool>,
    twins: Vec<Option<u32>>,
    list: List,
    states: Interned<S::State>,
    seen: Seen,
    partials: Partials,
    /// What was chosen, and the configuration to which that led.
    choices: Vec<Choice>,
    done: Done,
    state: u32,
    /// What is tried next; `None` before the first step.
    entry: Option<u32>,
}

impl<'a, S: Specification> Walk<'a, S> {
    /// A walk that begins with the object in `state`.
    pub(crate) fn new(
        spec: &'a S,
        history: &'a [Operation<S::Op>],
        places: &'a [u32],
        state: S::State,
    ) -> Self {
        let of = |number: u32| &history[places[number as usize] as usize];
        let numbers = 0..places.len() as u32;
        let reads: Vec<bool> = numbers.clone().map(|n| spec.reads(&of(n).op)).collect();
        // What reads and never returned says nothing.
        let speak = numbers.filter(|&n| !reads[n as usize] || of(n).returned.is_some());
        let list = List::new(speak.map(|n| (n, of(n).invoked, of(n).returned)));
        let mut states = Interned::new();
        let done = Done::new(places.len());
        Self {
            twins: twins(&list, places.len(), of),
            spec,
            history,
            places,
            reads,
            list,
            state: states.number(state),
            states,
            seen: Seen::new(done.set.len()),
            partials: Partials::default(),
            choices: Vec::new(),
            done,
            entry: None,
        }
    }

    /// Goes on to the next order that explains all operations that returned; takes what it visits from `left`.
    pub(crate) fn next(&mut self, left: &mut u64) -> Outcome {
        if self.entry.is_none() {
            self.arrive();
        } else if !self.take_back() {
            return Outcome::Exhausted;
        }
        while self.list.returns_left > 0 {
            let entry = self.entry.unwrap_or(END);
            if self.list.is_return(entry) {
                self.note_partial(entry);
                if !self.take_back() {
                    return Outcome::Exhausted;
                }
                continue;
            }
            let Some(after) = self.after(entry) else {
                self.entry = Some(self.list.next(entry));
                continue;
            };
            self.take(entry, false);
            self.state = after;
            self.arrive();
            if !self.seen.note(&self.done.set, self.done.hash, self.state) {
                self.take_back();
            } else if *left == 0 {
                return Outcome::GaveUp;
            } else {
                *left -= 1;
            }
        }
        Outcome::Explained
    }

    /// What was chosen, in order: places in the history.
    pub(crate) fn order(&self) -> Vec<u32> {
        let chosen = self.choices.iter();
        chosen
            .map(|choice| self.places[self.list.number(choice.call) as usize])
            .collect()
    }

    /// The state to which that leads.
    pub(crate) fn state(&self) -> &S::State {
        self.states.value(self.state)
    }

    fn op(&self, entry: u32) -> &'a S::Op {
        let number = self.list.number(entry) as usize;
        &self.history[self.places[number] as usize].op
    }

    /// The state after the operation of this call, if it may be chosen now and need not be left out.
    fn after(&mut self, call: u32) -> Option<u32> {
        let number = self.list.number(call) as usize;
        // A read that fits has been taken.
        if self.reads[number] || self.twins[number].is_some_and(|twin| !self.done.has(twin)) {
            return None;
        }
        let op = self.op(call);
        let after = self.spec.step(self.states.value(self.state), op)?;
        let after = self.states.number(after);
        let spare = !self.list.returns_ever(call);
        if spare && after == self.state {
            return None;
        }
        let latest = self.choices.iter().rev();
        let needless = latest
            .take_while(|choice| !choice.read && !self.list.returns_ever(choice.call))
            .any(|choice| {
                let without = || self.spec.step(self.states.value(choice.before), op);
                (spare && after == choice.before)
                    || without().is_some_and(|without| without == *self.states.value(after))
            });
        if needless {
            return None;
        }
        Some(after)
    }

    fn take(&mut self, call: u32, read: bool) {
        self.choices.push(Choice {
            call,
            before: self.state,
            read,
        });
        self.done.flip(self.list.number(call));
        self.list.take_out(call);
    }

    /// Takes the reads that fit, and begins with what is called first.
    fn arrive(&mut self) {
        let mut entry = self.list.next(END);
        while entry != END && !self.list.is_return(entry) {
            let reads = self.reads[self.list.number(entry) as usize];
            let state = self.states.value(self.state);
            if reads && self.spec.step(state, self.op(entry)).is_some() {
                let before = self.list.before(entry);
                self.take(entry, true);
                entry = self.list.next(before);
            } else {
                entry = self.list.next(entry);
            }
        }
        self.entry = Some(self.list.next(END));
    }

    /// Takes back the last choice, and the reads that were taken since. False if there was none.
    fn take_back(&mut self) -> bool {
        while let Some(choice) = self.choices.pop() {
            self.state = choice.before;
            self.done.flip(self.list.number(choice.call));
            self.list.put_back(choice.call);
            if !choice.read {
                self.entry = Some(self.list.next(choice.call));
                return true;
            }
        }
        false
    }

    fn note_partial(&mut self, stuck: u32) {
        let explained = self.list.returns - self.list.returns_left;
        if self.partials.wants(explained) {
            let stuck = self.places[self.list.number(stuck) as usize];
            let order = self.order();
            self.partials.note(explained, Partial { order, stuck });
        }
    }
}

/// An operation that was chosen.
#[derive(Debug)]
struct Choice {
    /// Its call's entry.
    call: u32,
    /// The state before it.
    before: u32,
    /// Whether it was a read that was taken because it fitted: nothing else need be tried in its place.
    read: bool,
}

/// Of each operation, one that equals it and was both called and answered earlier, though not before its call. Either could stand in
/// the other's place, and so the later is chosen after the earlier only.
fn twins<'a, O: PartialEq + 'a>(
    list: &List,
    operations: usize,
    of: impl Fn(u32) -> &'a Operation<O>,
) -> Vec<Option<u32>> {
    let returned = |number| of(number).returned.unwrap_or(u32::MAX);
    let mut twins = vec![None; operations];
    let mut open: Vec<u32> = Vec::new();
    let mut entry = list.next(END);
    while entry != END {
        let number = list.number(entry);
        if list.is_return(entry) {
            open.retain(|&other| other != number);
        } else {
            let mut latest = open.iter().rev().take(TWINS_LOOKED_AT);
            let twin = latest.find(|&&other| {
                returned(other) <= returned(number) && of(other).op == of(number).op
            });
            twins[number as usize] = twin.copied();
            open.push(number);
        }
        entry = list.next(entry);
    }
    twins
}

/// The operations that were chosen.
#[derive(Debug)]
struct Done {
    set: Vec<u64>,
    hash: u64,
}

impl Done {
    fn new(operations: usize) -> Self {
        Self {
            set: vec![0; operations.div_ceil(64)],
            hash: 0,
        }
    }

    fn has(&self, number: u32) -> bool {
        self.set[number as usize / 64] & (1 << (number % 64)) != 0
    }

    /// Puts an operation in, or takes it out.
    fn flip(&mut self, number: u32) {
        self.set[number as usize / 64] ^= 1 << (number % 64);
        self.hash ^= share(number as usize);
    }
}

/// The longest partial linearizations so far.
#[derive(Default, Debug)]
struct Partials {
    explained: u32,
    partials: Vec<Partial>,
}

impl Partials {
    fn wants(&self, explained: u32) -> bool {
        explained > self.explained
            || (explained == self.explained && self.partials.len() < PARTIALS_MAX)
    }

    fn note(&mut self, explained: u32, partial: Partial) {
        if explained > self.explained {
            self.explained = explained;
            self.partials.clear();
        }
        self.partials.push(partial);
    }
}
