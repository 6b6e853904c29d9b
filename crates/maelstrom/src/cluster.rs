//! Several hubs that are one: who is at which of them, what they say to each other, what becomes of what cannot be passed on.
//!
//! The hub where the receiver lives judges a message: it is late, held, cut off, lost or handed over there. The journal of each goes to all,
//! and a fault in one's journal is done by all. The eldest has the services. Knows neither NATS nor the clock.

mod hear;
mod say;

pub use say::{End, Errand, Heard, Here, Say, Seat, To};

use crate::hub::Hub;
use crate::journal::{Entry, Loss, Record, weight, weight_of};
use crate::services::SERVICES;
use protocol::{Chance, Name, Purpose};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use wire::Envelope;
use wire::journal::Flight;

/// The version of what hubs say to each other: all of a cluster must have the same.
pub const FORMAT: u32 = 1;
/// The greatest number of a hub; the least is 1.
pub const PLACE_MAX: u64 = 4_095;
/// The longest message that passes, in bytes: NATS takes a mebibyte unless it is told otherwise, and there is something round it.
pub const PASS_BYTES_MAX: usize = 900 << 10;
/// How often a hub says that it is there, in microseconds.
const HERE_EVERY_US: u64 = 1_000_000;
/// After how long without a word a hub is gone, in microseconds.
pub const GONE_AFTER_US: u64 = 4_000_000;
/// How long a hub may take to say that it has a message, in microseconds.
pub const PASS_US_MAX: u64 = 5_000_000;
/// About how many bytes of records go in one frame.
const RECORDS_BYTES_MAX: usize = 256 << 10;

#[derive(Clone, Debug)]
struct Other {
    here: Here,
    until_us: u64,
    /// How many of its records have come.
    records: u64,
    /// Messages that came before the records that they follow from, with how many those are.
    early: VecDeque<(u64, Envelope, u64)>,
}

/// A message that another hub has not confirmed.
#[derive(Clone, Debug)]
struct Passed {
    hub: u64,
    until_us: u64,
    message: Arc<Envelope>,
}

/// This hub among others.
#[derive(Clone, Debug)]
pub struct Cluster {
    me: Here,
    others: BTreeMap<u64, Other>,
    passed: BTreeMap<u64, Passed>,
    got: BTreeMap<u64, Vec<u64>>,
    out: Vec<(To, Say)>,
    heard: Vec<Heard>,
    /// The first record of the journal that has not been looked at.
    seen: u64,
    here_us: u64,
    open: bool,
    keeper: u64,
    /// Whether its number has been given out, and how often one was drawn.
    settled: bool,
    drawn: u64,
    /// Whether another hub wants to know how it stands here.
    asked: bool,
}

/// A number for the hub with this id.
fn draw(id: u64, drawn: u64) -> u64 {
    1 + Chance::new(id, Name(drawn)).below(Purpose::new("hub"), PLACE_MAX)
}

impl Cluster {
    /// A hub with an id that no other hub ever has, and when it began, in microseconds since 1970. It draws its number by itself.
    pub fn new(id: u64, began_us: u64) -> Self {
        let place = draw(id, 0);
        Self {
            me: Here {
                format: FORMAT,
                hub: place,
                id,
                began_us,
                named: false,
                said: 0,
                nodes: Vec::new(),
                holding: false,
                cuts: Vec::new(),
            },
            others: BTreeMap::new(),
            passed: BTreeMap::new(),
            got: BTreeMap::new(),
            out: Vec::new(),
            heard: Vec::new(),
            seen: 0,
            here_us: 0,
            open: true,
            keeper: place,
            settled: false,
            drawn: 0,
            asked: false,
        }
    }

    /// Its number is given out from now on: it takes no other.
    pub const fn settle(&mut self) {
        self.settled = true;
    }

    /// Its nodes have the names that they will be started with, for the first time or others: the others hear of it at once.
    pub const fn set_named(&mut self) {
        self.me.named = true;
        self.here_us = 0;
    }

    /// Whether the nodes of all hubs have the names that they will be started with.
    pub fn all_named(&self) -> bool {
        self.me.named && self.others.values().all(|other| other.here.named)
    }

    /// Its number.
    pub const fn place(&self) -> u64 {
        self.me.hub
    }

    /// How many hubs there are, this one included.
    pub fn hubs(&self) -> usize {
        self.others.len() + 1
    }

    /// A node at another hub: whether that one started it, and whether it stands still.
    pub fn seat(&self, node: &str) -> Option<&Seat> {
        let mut seats = self.others.values().flat_map(|other| &other.here.nodes);
        seats.find(|seat| seat.node == node)
    }

    /// A node of this name is here no longer: if one is at another hub, that is the one from now on.
    pub fn give_up(&self, now_us: u64, hub: &mut Hub, node: &str) {
        hub.forget(node);
        let here = self.others.values().map(|other| &other.here);
        let seats = here.filter_map(|here| {
            let seat = here.nodes.iter().find(|seat| seat.node == node)?;
            Some((here, seat))
        });
        if let Some((here, seat)) = seats.min_by_key(|(here, _)| (here.began_us, here.hub)) {
            hub.elsewhere(now_us, node, here.hub, seat.now, seat.end.clone());
        }
    }

    /// Whether what is said now can leave. What cannot is lost, and told.
    pub const fn set_open(&mut self, open: bool) {
        if open && !self.open {
            // The others may think that this one is gone: they hear first that it is not.
            self.here_us = 0;
        }
        self.open = open;
    }

    /// Says something.
    pub fn say(&mut self, to: To, say: Say) {
        self.out.push((to, say));
    }

    /// What there is to say, in order.
    pub fn take_out(&mut self) -> Vec<(To, Say)> {
        std::mem::take(&mut self.out)
    }

    /// What there is to do, in order.
    pub fn take_heard(&mut self) -> Vec<Heard> {
        std::mem::take(&mut self.heard)
    }

    /// When something is due without anybody's doing, in microseconds.
    pub fn wake_us(&self) -> u64 {
        let gone = self.others.values().map(|other| other.until_us);
        let late = self.passed.values().map(|passed| passed.until_us);
        gone.chain(late)
            .min()
            .map_or(self.here_us, |us| us.min(self.here_us))
    }

    /// Says what is new here, and notices who is silent. `seats` are the nodes of this hub.
    pub fn advance(&mut self, now_us: u64, hub: &mut Hub, seats: impl FnOnce(&Hub) -> Vec<Seat>) {
        let silent: Vec<u64> = self
            .others
            .iter()
            .filter(|(_, other)| other.until_us <= now_us)
            .map(|(place, _)| *place)
            .collect();
        for place in silent {
            self.gone(now_us, hub, place, "its hub gives no sign");
        }
        let due = self.here_us <= now_us;
        let changed = hub.network.journal.next() != self.seen;
        if due || changed {
            self.me.nodes = seats(hub);
            self.me.holding = hub.network.holding();
            let cuts = hub.network.cuts();
            self.me.cuts = cuts.map(|(src, dest)| (src.into(), dest.into())).collect();
        }
        if due {
            self.out.push((To::All, Say::Here(self.me.clone())));
            self.here_us = now_us.saturating_add(HERE_EVERY_US);
        }
        if self.tell_records(hub) && !due {
            self.out.push((To::All, Say::Here(self.me.clone())));
        }
        if std::mem::take(&mut self.asked) {
            self.tell_stands(hub);
        }
        self.pass(now_us, hub);
        for (place, ids) in std::mem::take(&mut self.got) {
            self.out.push((To::Hub(place), Say::Got { ids }));
        }
    }

    /// What is new in the journal goes to all, before any message that follows from it. Answers whether nodes or cuts may have changed.
    fn tell_records(&mut self, hub: &Hub) -> bool {
        if !self.open {
            // It stays in the journal until it can leave.
            return false;
        }
        let mut changed = false;
        let journal = &hub.network.journal;
        let mut batch = (self.me.said, Vec::new(), 0);
        let mut batches = Vec::new();
        for record in journal.since(self.seen).1.filter(|it| it.hub.is_none()) {
            changed |= matches!(record.entry, Entry::Node { .. } | Entry::Fault(_));
            let bytes = crate::journal::weight_of_entry(&record.entry);
            if bytes > PASS_BYTES_MAX || batch.2 + bytes > RECORDS_BYTES_MAX && batch.2 > 0 {
                let next = (self.me.said, Vec::new(), 0);
                batches.push(std::mem::replace(&mut batch, next));
            }
            self.me.said += 1;
            if bytes > PASS_BYTES_MAX {
                batch.0 = self.me.said;
            } else {
                batch.1.push(Record::clone(record));
                batch.2 += bytes;
            }
        }
        self.seen = journal.next();
        batches.push(batch);
        for (first, records, _) in batches.into_iter().filter(|it| !it.1.is_empty()) {
            let records = Say::Records {
                hub: self.me.hub,
                first,
                records,
            };
            self.out.push((To::All, records));
        }
        changed
    }

    /// What is under way here, and what nodes show of themselves, goes to all. Whoever has heard every record knows it already.
    fn tell_stands(&mut self, hub: &Hub) {
        let flights = hub.network.flights().map(|(_, flight)| Flight {
            message: flight.message.clone(),
            sent_us: flight.sent_us,
            due_us: flight.due_us,
            lamport: flight.lamport,
        });
        let here = hub.members().map(|(node, _)| node);
        let here = here.filter(|node| hub.network.away(node).is_none());
        let views = here.filter_map(|node| Some((node.to_owned(), hub.view(node)?.clone())));
        let mut frames = vec![(Vec::new(), Vec::new())];
        let mut bytes = 0;
        let mut fits = |frames: &mut Vec<_>, more: usize| {
            if bytes > 0 && bytes + more > RECORDS_BYTES_MAX {
                frames.push((Vec::new(), Vec::new()));
                bytes = 0;
            }
            bytes += more;
        };
        for flight in flights {
            let more = weight(&flight.message);
            if more <= PASS_BYTES_MAX {
                fits(&mut frames, more);
                frames
                    .last_mut()
                    .into_iter()
                    .for_each(|it| it.0.push(flight.clone()));
            }
        }
        for view in views {
            fits(&mut frames, weight_of(&view.1));
            frames
                .last_mut()
                .into_iter()
                .for_each(|it| it.1.push(view.clone()));
        }
        for (flights, views) in frames {
            let hub = self.me.hub;
            let stands = Say::Stands {
                hub,
                flights,
                views,
            };
            self.out.push((To::All, stands));
        }
    }

    /// What is for others goes there, and what cannot is lost.
    fn pass(&mut self, now_us: u64, hub: &mut Hub) {
        let late: Vec<u64> = self
            .passed
            .iter()
            .filter(|(_, passed)| passed.until_us <= now_us)
            .map(|(id, _)| *id)
            .collect();
        for id in late {
            if let Some(passed) = self.passed.remove(&id) {
                hub.network.lose(now_us, &passed.message, Loss::NotPassed);
            }
        }
        for pass in hub.network.take_passes() {
            let there = self.open && self.others.contains_key(&pass.hub);
            if !there {
                hub.network.lose(now_us, &pass.message, Loss::NotPassed);
                continue;
            }
            if pass.message.line().len() > PASS_BYTES_MAX {
                hub.network.lose(now_us, &pass.message, Loss::TooLong);
                continue;
            }
            let say = Say::Pass {
                hub: self.me.hub,
                after: self.me.said,
                lamport: pass.lamport,
                message: Envelope::clone(&pass.message),
            };
            self.out.push((To::Hub(pass.hub), say));
            let passed = Passed {
                hub: pass.hub,
                until_us: now_us.saturating_add(PASS_US_MAX),
                message: pass.message,
            };
            let id = passed.message.id.unwrap_or_default();
            self.passed.insert(id, passed);
        }
    }
}

#[cfg(test)]
mod tests;
