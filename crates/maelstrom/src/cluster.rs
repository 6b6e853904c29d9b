//! Several hubs that are one: who is at which of them, what they say to each other, what becomes of what cannot be passed on.
//!
//! The hub where the receiver lives judges a message: it is late, held, cut off, lost or handed over there. The journal of each goes to all,
//! and a fault in one's journal is done by all. The eldest has the services. Knows neither NATS nor the clock.

use crate::hub::Hub;
use crate::journal::{Entry, Loss, NodeState, Record};
use crate::network::{Fault, Weather};
use crate::services::SERVICES;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wire::Envelope;

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

/// A node at a hub.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Seat {
    /// Its name.
    pub node: String,
    /// What it is doing.
    pub now: NodeState,
    /// Whether the hub started it.
    pub own: bool,
    /// Whether it stands still.
    pub paused: bool,
}

/// A hub as it describes itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Here {
    /// [`FORMAT`].
    pub format: u32,
    /// Its number, from 1 to [`PLACE_MAX`].
    pub hub: u64,
    /// A number that no other hub ever has.
    pub id: u64,
    /// When it began, in microseconds since 1970 on its own clock.
    pub began_us: u64,
    /// Its nodes.
    pub nodes: Vec<Seat>,
    /// Whether all messages between nodes wait.
    pub holding: bool,
    /// Who is not heard, by whom.
    pub cuts: Vec<(String, String)>,
    /// Whether the nodes that it starts have their names.
    #[serde(default)]
    pub named: bool,
}

/// What hubs say to each other.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Say {
    /// To all: this hub is there.
    Here(Here),
    /// To all: this hub ends.
    Bye {
        /// Which.
        hub: u64,
    },
    /// To one: a message for somebody there.
    Pass {
        /// From which hub.
        hub: u64,
        /// The sender's clock.
        lamport: u64,
        /// The message, with its number.
        message: Envelope,
    },
    /// To one: these messages have come.
    Got {
        /// Their numbers.
        ids: Vec<u64>,
    },
    /// To all: this has been noted.
    Records {
        /// By which hub.
        hub: u64,
        /// How many it had noted before.
        first: u64,
        /// What.
        records: Vec<Record>,
    },
    /// To all: the network behaves so from now on.
    Weather(Weather),
    /// To all: a page wants this done to a message. Whoever has the message does it.
    Act {
        /// At which hub the page is.
        hub: u64,
        /// Which of its wishes.
        number: u64,
        /// What, as the page said it.
        command: Value,
    },
    /// To one: it is done.
    Done {
        /// Which wish.
        number: u64,
        /// What the page is told.
        said: Value,
    },
    /// To all: what is new in a room.
    Room {
        /// At which hub.
        hub: u64,
        /// What.
        news: Value,
    },
}

/// To whom.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum To {
    /// Every other hub.
    All,
    /// This one.
    Hub(u64),
}

/// What whoever runs a hub has to do for others.
#[derive(Clone, PartialEq, Debug)]
pub enum Heard {
    /// This is to be done to a process here.
    Fault(Fault),
    /// A page at another hub wants this.
    Act {
        /// At which.
        hub: u64,
        /// Which of its wishes.
        number: u64,
        /// What.
        command: Value,
    },
    /// Another hub did what a page here wanted.
    Done {
        /// Which wish.
        number: u64,
        /// What the page is told.
        said: Value,
    },
    /// This is new in a room at another hub.
    Room {
        /// At which.
        hub: u64,
        /// What.
        news: Value,
    },
    /// Another hub is there: it knows nothing yet.
    Came {
        /// Which.
        hub: u64,
    },
    /// Another hub is gone.
    Gone {
        /// Which.
        hub: u64,
    },
    /// A node of this name is at an elder hub: the one here must go.
    Evict {
        /// The name.
        node: String,
    },
    /// This is worth a line.
    Warn(String),
    /// This hub cannot go on, and why.
    Fatal(String),
}

#[derive(Clone, Debug)]
struct Other {
    here: Here,
    until_us: u64,
    /// How many of its records have come.
    records: Option<u64>,
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
    /// The first record of the journal that has not been looked at, and how many of this hub's own were said.
    seen: u64,
    said: u64,
    here_us: u64,
    open: bool,
    keeper: u64,
}

impl Cluster {
    /// A hub with this number, one that no other hub ever has, and when it began, in microseconds since 1970.
    pub fn new(place: u64, id: u64, began_us: u64) -> Self {
        Self {
            me: Here {
                format: FORMAT,
                hub: place,
                id,
                began_us,
                nodes: Vec::new(),
                holding: false,
                cuts: Vec::new(),
                named: false,
            },
            others: BTreeMap::new(),
            passed: BTreeMap::new(),
            got: BTreeMap::new(),
            out: Vec::new(),
            heard: Vec::new(),
            seen: 0,
            said: 0,
            here_us: 0,
            open: true,
            keeper: place,
        }
    }

    /// Its number.
    pub const fn place(&self) -> u64 {
        self.me.hub
    }

    /// How many hubs there are, this one included.
    pub fn hubs(&self) -> usize {
        self.others.len() + 1
    }

    /// The nodes at other hubs: whether those started them, and whether they stand still.
    pub fn seats(&self) -> impl Iterator<Item = &Seat> {
        self.others.values().flat_map(|other| &other.here.nodes)
    }

    /// The nodes to be started here have names, maybe other ones than before: that is said at once.
    pub const fn name(&mut self) {
        (self.me.named, self.here_us) = (true, 0);
    }

    /// Whether all hubs have names for their nodes.
    pub fn have_names(&self) -> bool {
        self.me.named && self.others.values().all(|other| other.here.named)
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
        let mut batch = (self.said, Vec::new(), 0);
        let mut batches = Vec::new();
        for record in journal.since(self.seen).1.filter(|it| it.hub.is_none()) {
            changed |= matches!(record.entry, Entry::Node { .. } | Entry::Fault(_));
            let bytes = crate::journal::weight_of_entry(&record.entry);
            if bytes > PASS_BYTES_MAX || batch.2 + bytes > RECORDS_BYTES_MAX && batch.2 > 0 {
                let next = (self.said, Vec::new(), 0);
                batches.push(std::mem::replace(&mut batch, next));
            }
            self.said += 1;
            if bytes > PASS_BYTES_MAX {
                batch.0 = self.said;
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

    /// Another hub said something.
    pub fn hear(&mut self, now_us: u64, hub: &mut Hub, say: Say) {
        match say {
            Say::Here(here) => self.here(now_us, hub, here),
            Say::Bye { hub: place } => self.gone(now_us, hub, place, "its hub ended"),
            Say::Pass {
                hub: place,
                lamport,
                message,
            } => {
                self.got.entry(place).or_default().extend(message.id.iter());
                // What becomes of it is in the journal.
                let _ = hub.network.accept(now_us, message, lamport);
            }
            Say::Got { ids } => {
                for id in ids {
                    self.passed.remove(&id);
                }
            }
            Say::Records {
                hub: place,
                first,
                records,
            } => self.records(now_us, hub, place, first, records),
            Say::Weather(weather) => hub.network.set_weather(weather),
            Say::Act {
                hub,
                number,
                command,
            } => self.heard.push(Heard::Act {
                hub,
                number,
                command,
            }),
            Say::Done { number, said } => self.heard.push(Heard::Done { number, said }),
            Say::Room { hub, news } => self.heard.push(Heard::Room { hub, news }),
        }
    }

    fn here(&mut self, now_us: u64, hub: &mut Hub, here: Here) {
        let place = here.hub;
        if here.format != FORMAT {
            let format = here.format;
            let text = format!(
                "hub {place} speaks version {format} between hubs, and this one {FORMAT}: it is passed over; take the same Synod for all"
            );
            self.heard.push(Heard::Warn(text));
            return;
        }
        if place == self.me.hub && here.id != self.me.id {
            if (self.me.began_us, self.me.id) > (here.began_us, here.id) {
                let text =
                    format!("another hub has the number {place} as well; start this one again");
                self.heard.push(Heard::Fatal(text));
            }
            return;
        }
        let elder = (here.began_us, place) < (self.me.began_us, self.me.hub);
        let known = self.others.get(&place).filter(|it| it.here.id == here.id);
        let came = known.is_none();
        if came {
            self.heard.push(Heard::Came { hub: place });
            // It is told who is here at once.
            self.here_us = now_us;
        }
        if came && elder {
            // Whoever comes, for the first time or again, finds the network as it is.
            hub.network.align(now_us, here.holding, here.cuts.clone());
        }
        let before: BTreeSet<&str> = known
            .iter()
            .flat_map(|other| &other.here.nodes)
            .map(|seat| &*seat.node)
            .collect();
        let now: BTreeSet<&str> = here.nodes.iter().map(|seat| &*seat.node).collect();
        for node in before.difference(&now) {
            // What another hub gave up may be here meanwhile, or have been all along.
            if hub.network.away(node) == Some(place) {
                hub.elsewhere(now_us, node, place, NodeState::Down, None);
                hub.forget(node);
            }
        }
        for seat in &here.nodes {
            let own = hub.names().contains(&seat.node);
            if own && hub.network.away(&seat.node).is_none() {
                if !elder {
                    continue;
                }
                let node = seat.node.clone();
                self.heard.push(Heard::Evict { node });
                continue;
            }
            hub.elsewhere(now_us, &seat.node, place, seat.now, None);
        }
        let records = known.and_then(|other| other.records);
        let other = Other {
            here,
            until_us: now_us.saturating_add(GONE_AFTER_US),
            records,
        };
        self.others.insert(place, other);
        self.settle(hub);
    }

    /// A hub is gone, and all its nodes with it.
    fn gone(&mut self, now_us: u64, hub: &mut Hub, place: u64, why: &str) {
        let Some(other) = self.others.remove(&place) else {
            return;
        };
        for seat in other.here.nodes {
            if hub.network.away(&seat.node) == Some(place) {
                let said = Some(why.to_owned());
                hub.elsewhere(now_us, &seat.node, place, NodeState::Down, said);
                hub.forget(&seat.node);
            }
        }
        let lost: Vec<u64> = self
            .passed
            .iter()
            .filter(|(_, passed)| passed.hub == place)
            .map(|(id, _)| *id)
            .collect();
        for id in lost {
            if let Some(passed) = self.passed.remove(&id) {
                hub.network.lose(now_us, &passed.message, Loss::NotPassed);
            }
        }
        self.heard.push(Heard::Gone { hub: place });
        let text = format!("hub {place} is gone: {why}");
        self.heard.push(Heard::Warn(text));
        self.settle(hub);
    }

    /// The eldest hub has the services.
    fn settle(&mut self, hub: &mut Hub) {
        let here = self
            .others
            .values()
            .map(|other| &other.here)
            .chain([&self.me]);
        let eldest = here.min_by_key(|here| (here.began_us, here.hub));
        let keeper = eldest.map_or(self.me.hub, |here| here.hub);
        let mine = keeper == self.me.hub;
        for service in SERVICES {
            hub.network.send_away(service, (!mine).then_some(keeper));
        }
        if mine && self.keeper != keeper {
            let text =
                "the hub that had the services is gone: they begin anew here, with nothing in them";
            self.heard.push(Heard::Warn(text.into()));
        }
        self.keeper = keeper;
    }

    fn records(
        &mut self,
        now_us: u64,
        hub: &mut Hub,
        place: u64,
        first: u64,
        records: Vec<Record>,
    ) {
        let Some(other) = self.others.get_mut(&place) else {
            return;
        };
        let missed = other.records.map_or(0, |next| first.saturating_sub(next));
        other.records = Some(first + records.len() as u64);
        if missed > 0 {
            let entry = Entry::Missed { records: missed };
            hub.network.journal.adopt(now_us, place, entry);
        }
        // From its time to this hub's, as far as their clocks agree.
        let since_1970 = other.here.began_us;
        for record in records {
            let time_us = (since_1970 + record.time_us).saturating_sub(self.me.began_us);
            if let Entry::Fault(fault) = &record.entry {
                hub.network.follow(now_us, fault);
                self.heard.push(Heard::Fault(fault.clone()));
            }
            // What nodes do is told by `Here`.
            if !matches!(record.entry, Entry::Node { .. }) {
                hub.network.journal.adopt(time_us, place, record.entry);
            }
        }
    }
}

#[cfg(test)]
mod tests;
