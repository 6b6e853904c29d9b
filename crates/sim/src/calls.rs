//! Calls: what clients asked, what they heard, and what they will never hear, in the order in which it happened. Noted as a
//! branch grows, so that a history can be checked while the run goes on. Knows no checker.

use crate::Action;
use crate::record::{Full, What};
use protocol::{Access, Heard, NodeId, OperationId, Phrase, Protocol, ReadAccess, Say};

/// A call, or its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallEvent {
    /// The step of the branch.
    pub step: u64,
    /// Its virtual time, in microseconds.
    pub at_us: u64,
    /// Which call: how many there were before it.
    pub call: u32,
    /// What happened.
    pub what: Called,
}

/// What happened to a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Called {
    /// It was made.
    Asked {
        /// By whom.
        client: NodeId,
        /// In words.
        says: Phrase,
        /// What it does to the object that all clients share.
        access: Access,
    },
    /// Its client heard something.
    Answered {
        /// In words.
        says: Phrase,
        /// What that says of the object; `None` if it leaves open whether the operation was carried out, and when.
        heard: Option<Heard>,
    },
    /// Its client went down and has forgotten it: nobody will hear whether it was carried out, nor when.
    Lost,
}

/// The same with the protocol's types, and with calls by their places in the list.
#[derive(Clone, Debug)]
enum Entry<P: Protocol> {
    Asked(OperationId, P::Op),
    Answered(u32, P::Answer),
    Lost(u32),
}

/// The calls of a branch.
#[derive(Debug)]
pub(crate) struct Calls<P: Protocol> {
    /// With the step of each.
    entries: Vec<(u64, Entry<P>)>,
    /// Where each call stands among them.
    asked: Vec<u32>,
    /// The calls that may yet be answered, by number.
    open: Vec<(OperationId, u32)>,
}

impl<P: Protocol> Default for Calls<P> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            asked: Vec::new(),
            open: Vec::new(),
        }
    }
}

impl<P: Protocol> Calls<P> {
    /// Takes over what the newest event of `record`, that of `step`, has to do with calls.
    #[inline]
    pub(crate) fn note(
        &mut self,
        step: u64,
        record: &Full<P>,
        access: ReadAccess<P::Op, P::Answer>,
    ) {
        let place = record.len() - 1;
        let gone = match record.other(place) {
            Some(What::Asked(id, op)) => {
                // What does not concern the object is no part of its history.
                if access(op, None).is_some() {
                    self.push(step, Entry::Asked(*id, op.clone()));
                }
                None
            }
            Some(What::Crashed { .. }) => record.header(place).node,
            Some(What::Acted(action)) => match **action {
                Action::Remove(node) => Some(node),
                _ => None,
            },
            _ => None,
        };
        for (id, answer) in record.answers_of(place) {
            // A second answer to the same call tells nothing more.
            let open = self.open.iter().find(|(open, _)| *open == id);
            if let Some(&(_, call)) = open {
                self.push(step, Entry::Answered(call, answer.clone()));
            }
        }
        if let Some(gone) = gone {
            let open = self.open.iter().filter(|(id, _)| id.client == gone);
            let lost: Vec<u32> = open.map(|(_, call)| *call).collect();
            for call in lost {
                self.push(step, Entry::Lost(call));
            }
        }
    }

    fn push(&mut self, step: u64, entry: Entry<P>) {
        match &entry {
            Entry::Asked(id, _) => {
                self.open.push((*id, self.asked.len() as u32));
                self.asked.push(self.entries.len() as u32);
            }
            Entry::Answered(ended, _) | Entry::Lost(ended) => {
                self.open.retain(|(_, call)| call != ended);
            }
        }
        self.entries.push((step, entry));
    }

    /// The calls up to `step`.
    pub(crate) fn until(&self, step: u64) -> Self {
        let mut calls = Self::default();
        let entries = self.entries.iter().take_while(|(at, _)| *at <= step);
        for (at, entry) in entries {
            calls.push(*at, entry.clone());
        }
        calls
    }

    /// All but the first `from`, without the protocol's types.
    pub(crate) fn told(&self, from: usize, time_of: impl Fn(u64) -> u64) -> Vec<CallEvent> {
        let Some(access) = P::ACCESS else {
            return Vec::new();
        };
        let entries = self.entries.get(from..).unwrap_or_default();
        let told = entries.iter().filter_map(|(step, entry)| {
            let (call, what) = match entry {
                Entry::Asked(id, op) => {
                    let here = self
                        .asked
                        .partition_point(|place| self.entries[*place as usize].0 < *step);
                    let what = Called::Asked {
                        client: id.client,
                        says: op.phrase(id.client),
                        access: access(op, None)?,
                    };
                    (here as u32, what)
                }
                Entry::Answered(call, answer) => {
                    let asked = &self.entries[self.asked[*call as usize] as usize].1;
                    let Entry::Asked(id, op) = asked else {
                        unreachable!("only what was asked is answered")
                    };
                    let what = Called::Answered {
                        says: answer.phrase(id.client),
                        heard: access(op, Some(answer))?.heard,
                    };
                    (*call, what)
                }
                Entry::Lost(call) => (*call, Called::Lost),
            };
            Some(CallEvent {
                step: *step,
                at_us: time_of(*step),
                call,
                what,
            })
        });
        told.collect()
    }
}
