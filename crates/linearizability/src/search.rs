//! The search for an order, for one part of a history: a walk without recursion over configurations that were not yet visited.
//!
//! Calls and returns stand in a list by time. Operations that are called before the first return in it may come next; one that is
//! chosen leaves the list with its return. Reaching a return means that its operation should have been chosen: the last choice
//! is taken back. Lowe's memoisation skips what was reached before in another order.

use crate::seen::{Interned, Seen, share};
use crate::{Operation, Partial, Specification, Verdict};

/// The most partial linearizations that are told.
pub const PARTIALS_MAX: usize = 8;

/// The list's end, before the first and behind the last entry.
const END: u32 = 0;

/// Searches an order of the operations at `places` of `history`; takes what it visits from `left`.
pub(crate) fn search<S: Specification>(
    spec: &S,
    history: &[Operation<S::Op>],
    places: &[u32],
    left: &mut u64,
) -> Verdict {
    let of = |number: u32| &history[places[number as usize] as usize];
    let mut list = List::new((0..places.len() as u32).map(|number| {
        let operation = of(number);
        (operation.invoked, operation.returned)
    }));
    let mut states = Interned::new();
    let mut done = Done::new(places.len());
    let mut seen = Seen::new(done.set.len());
    let mut partials = Partials::default();
    let mut state = states.number(spec.initial());
    // Each choice: the call's entry, and the state before it.
    let mut choices: Vec<(u32, u32)> = Vec::new();
    let order = |list: &List, choices: &[(u32, u32)]| {
        let chosen = choices.iter();
        chosen
            .map(|&(entry, _)| places[list.number(entry) as usize])
            .collect()
    };
    let mut entry = list.next(END);
    while list.returns_left > 0 {
        let number = list.number(entry);
        if list.is_return(entry) {
            let explained = list.returns - list.returns_left;
            if partials.wants(explained) {
                partials.note(
                    explained,
                    Partial {
                        order: order(&list, &choices),
                        stuck: places[number as usize],
                    },
                );
            }
            let Some((call, before)) = choices.pop() else {
                return Verdict::Illegal {
                    partials: partials.partials,
                };
            };
            state = before;
            done.flip(list.number(call));
            list.put_back(call);
            entry = list.next(call);
            continue;
        }
        let after = spec.step(states.value(state), &of(number).op);
        if let Some(after) = after.map(|after| states.number(after)) {
            // What need not happen is left out where it would change nothing.
            let idle = after == state && !list.returns_ever(entry);
            if !idle {
                done.flip(number);
                if seen.note(&done.set, done.hash, after) {
                    if *left == 0 {
                        return Verdict::GaveUp;
                    }
                    *left -= 1;
                    choices.push((entry, state));
                    state = after;
                    list.take_out(entry);
                    entry = list.next(END);
                    continue;
                }
                done.flip(number);
            }
        }
        entry = list.next(entry);
    }
    Verdict::Linearizable {
        order: order(&list, &choices),
    }
}

/// The operations that were chosen.
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

    /// Puts an operation in, or takes it out.
    fn flip(&mut self, number: u32) {
        self.set[number as usize / 64] ^= 1 << (number % 64);
        self.hash ^= share(number as usize);
    }
}

/// The longest partial linearizations so far.
#[derive(Default)]
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

/// An entry: a call or a return.
#[derive(Clone, Copy)]
struct Entry {
    next: u32,
    before: u32,
    /// The operation, by its number in this part.
    number: u32,
    /// For a call, the entry of its return, if it has one.
    ret: Option<u32>,
    is_return: bool,
}

/// Calls and returns that no choice has taken out, by time, linked both ways.
struct List {
    entries: Vec<Entry>,
    /// How many operations returned.
    returns: u32,
    /// How many of them are still in the list.
    returns_left: u32,
}

impl List {
    fn new(times: impl Iterator<Item = (u32, Option<u32>)>) -> Self {
        let mut events: Vec<(u32, bool, u32)> = Vec::new();
        let mut operations = 0;
        for (number, (invoked, returned)) in (0..).zip(times) {
            events.push((invoked, false, number));
            events.extend(returned.map(|returned| (returned, true, number)));
            operations += 1;
        }
        events.sort_unstable();
        let end = Entry {
            next: END,
            before: END,
            number: 0,
            ret: None,
            is_return: false,
        };
        let mut entries = vec![end];
        let mut call_of = vec![END; operations];
        let mut returns = 0;
        for (place, (_, is_return, number)) in (1..).zip(events) {
            entries.push(Entry {
                next: END,
                before: place - 1,
                number,
                ret: None,
                is_return,
            });
            entries[place as usize - 1].next = place;
            if is_return {
                entries[call_of[number as usize] as usize].ret = Some(place);
                returns += 1;
            } else {
                call_of[number as usize] = place;
            }
        }
        entries[END as usize].before = entries.len() as u32 - 1;
        Self {
            entries,
            returns,
            returns_left: returns,
        }
    }

    fn next(&self, entry: u32) -> u32 {
        self.entries[entry as usize].next
    }

    fn number(&self, entry: u32) -> u32 {
        self.entries[entry as usize].number
    }

    fn is_return(&self, entry: u32) -> bool {
        self.entries[entry as usize].is_return
    }

    /// Whether the operation of this call returns.
    fn returns_ever(&self, call: u32) -> bool {
        self.entries[call as usize].ret.is_some()
    }

    /// Takes a call out, and its return.
    fn take_out(&mut self, call: u32) {
        self.unlink(call);
        if let Some(ret) = self.entries[call as usize].ret {
            self.unlink(ret);
            self.returns_left -= 1;
        }
    }

    /// Puts back the call that was taken out last, and its return.
    fn put_back(&mut self, call: u32) {
        if let Some(ret) = self.entries[call as usize].ret {
            self.link(ret);
            self.returns_left += 1;
        }
        self.link(call);
    }

    fn unlink(&mut self, entry: u32) {
        let Entry { next, before, .. } = self.entries[entry as usize];
        self.entries[before as usize].next = next;
        self.entries[next as usize].before = before;
    }

    fn link(&mut self, entry: u32) {
        let Entry { next, before, .. } = self.entries[entry as usize];
        self.entries[before as usize].next = entry;
        self.entries[next as usize].before = entry;
    }
}
