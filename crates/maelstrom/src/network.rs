//! The network between nodes, clients and services: latency, loss, cuts, and what is held, dropped, doubled or delayed by hand.
//!
//! Knows nothing of processes and sockets. Time is given, in microseconds since the beginning; chance is keyed by the seed and the
//! message's number.

mod afar;
mod faults;

use crate::journal::{Entry, Journal, Loss, weight};
use afar::Afar;
use protocol::{Chance, Distribution, Name, Purpose};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wire::Envelope;
pub use wire::journal::Fault;

/// What a participant is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A node: a process or a connection that is under test.
    Node,
    /// A client.
    Client,
    /// A service that the network offers.
    Service,
}

/// How the network behaves by itself.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Weather {
    /// How long a message takes, in microseconds; none at all with a client at either end.
    pub latency_us: Distribution,
    /// How many of a thousand messages are lost; none with a client at either end.
    pub loss_permille: u64,
}

/// A message under way.
#[derive(Clone, PartialEq, Debug)]
pub struct Flight {
    /// The message, with its number.
    pub message: Arc<Envelope>,
    /// When it was sent, in microseconds.
    pub sent_us: u64,
    /// When it is due; `None`: it is held until somebody lets it go.
    pub due_us: Option<u64>,
    /// The sender's clock at the send.
    pub lamport: u64,
    bytes: usize,
}

/// Messages waiting for a receiver that does not read.
#[derive(Clone, Default, Debug)]
struct Parked {
    ids: BTreeSet<(u64, u64)>,
    bytes: usize,
}

/// A message for somebody at another hub, which judges it.
#[derive(Clone, PartialEq, Debug)]
pub struct Pass {
    /// Which hub.
    pub hub: u64,
    /// The message, with its number.
    pub message: Arc<Envelope>,
    /// The sender's clock at the send.
    pub lamport: u64,
}

/// So many clients have names of one hub's own: hub 7 calls its clients from c7000000 on.
const CLIENTS: u64 = 1_000_000;
/// So many numbers has a hub of its own for messages.
const NUMBERS: u64 = 1 << 40;

/// The most that waits for a receiver that does not read, in bytes; what comes beyond is lost.
pub const PARKED_BYTES_MAX: usize = 16 << 20;
/// The most that is held by hand or on its way, in bytes; what is sent beyond is lost.
pub const FLIGHT_BYTES_MAX: usize = 256 << 20;

/// The network.
#[derive(Clone, Debug)]
pub struct Network {
    seed: u64,
    weather: Weather,
    roles: BTreeMap<String, Role>,
    flights: BTreeMap<u64, Flight>,
    due: BTreeSet<(u64, u64)>,
    parked: BTreeMap<String, Parked>,
    cuts: BTreeSet<(String, String)>,
    holding: bool,
    /// This hub's number; 0: there is no other.
    place: u64,
    /// Who is at another hub, and at which.
    away: BTreeMap<String, u64>,
    passes: Vec<Pass>,
    /// What is under way at other hubs.
    pub(crate) afar: Afar,
    next: u64,
    bytes: usize,
    /// How many messages were sent at all hubs with a client at either end, and without.
    sent: (u64, u64),
    /// What passed.
    pub journal: Journal,
}

impl Network {
    /// A network without anybody in it, that remembers so many records.
    pub fn new(seed: u64, weather: Weather, records_max: usize) -> Self {
        Self {
            seed,
            weather,
            roles: BTreeMap::new(),
            flights: BTreeMap::new(),
            due: BTreeSet::new(),
            parked: BTreeMap::new(),
            cuts: BTreeSet::new(),
            holding: false,
            place: 0,
            away: BTreeMap::new(),
            passes: Vec::new(),
            afar: Afar::default(),
            next: 0,
            bytes: 0,
            sent: (0, 0),
            journal: Journal::new(records_max),
        }
    }

    /// It is one of several from now on, with this number: its messages and clients are called so that no other hub's are.
    pub fn settle(&mut self, place: u64) {
        self.place = place;
        self.next = place * NUMBERS;
    }

    /// The name of a client of this hub.
    pub fn client(&self, number: u64) -> String {
        format!("c{}", self.place * CLIENTS + number)
    }

    /// Somebody is at another hub from now on; `None`: no longer.
    pub fn send_away(&mut self, name: &str, hub: Option<u64>) {
        match hub {
            Some(hub) => self.away.insert(name.to_owned(), hub),
            None => self.away.remove(name),
        };
    }

    /// At which other hub somebody is, if at any.
    pub fn away(&self, name: &str) -> Option<u64> {
        if self.place == 0 {
            return None;
        }
        let number = |name: &str| name.strip_prefix('c')?.parse::<u64>().ok();
        let of_client = || number(name).map(|number| number / CLIENTS);
        let hub = self.away.get(name).copied().or_else(of_client)?;
        (hub != self.place).then_some(hub)
    }

    /// Messages that others have to judge.
    pub fn take_passes(&mut self) -> Vec<Pass> {
        std::mem::take(&mut self.passes)
    }

    /// Somebody joins, or comes back.
    pub fn add(&mut self, name: &str, role: Role) {
        self.roles.insert(name.to_owned(), role);
    }

    /// Somebody leaves for good.
    pub fn remove(&mut self, name: &str) {
        self.roles.remove(name);
        self.away.remove(name);
        self.journal.forget(name);
    }

    /// What `name` is, if anybody is called so.
    pub fn role(&self, name: &str) -> Option<Role> {
        let here = self.roles.get(name).copied();
        here.or_else(|| self.away(name).map(|_| Role::Client))
    }

    /// Who is there.
    pub fn participants(&self) -> impl Iterator<Item = (&str, Role)> {
        self.roles.iter().map(|(name, role)| (&**name, *role))
    }

    /// How the network behaves from now on.
    pub const fn set_weather(&mut self, weather: Weather) {
        self.weather = weather;
    }

    /// Whether all messages between nodes wait.
    pub const fn holding(&self) -> bool {
        self.holding
    }

    /// How many messages were sent at all hubs with a client at either end, and without.
    pub const fn sent(&self) -> (u64, u64) {
        self.sent
    }

    /// The messages under way, by number.
    pub fn flights(&self) -> impl Iterator<Item = (u64, &Flight)> {
        self.flights.iter().map(|(id, flight)| (*id, flight))
    }

    /// The messages that are under way at other hubs, as far as this one knows.
    pub fn flights_afar(&self) -> impl Iterator<Item = &wire::journal::Flight> {
        self.afar.flights()
    }

    /// Takes a message in. Only that sender and receiver exist is asked: a node may speak in another's name.
    ///
    /// # Errors
    /// Why it will not arrive, which is in the journal.
    pub fn send(&mut self, now_us: u64, mut message: Envelope) -> Result<u64, Loss> {
        let id = self.next;
        self.next += 1;
        message.id = Some(id);
        let message = Arc::new(message);
        let lamport = self.journal.sends(&message.src);
        // A clock of somebody who is not there is not kept.
        let (Some(src), Some(dest)) = (self.role(&message.src), self.role(&message.dest)) else {
            self.note_sent(now_us, &message, lamport, None);
            let why = if self.role(&message.src).is_none() {
                self.journal.forget(&message.src);
                Loss::UnknownSource
            } else {
                Loss::UnknownDestination
            };
            self.lose(now_us, &message, why);
            return Err(why);
        };
        if let Some(hub) = self.away(&message.dest) {
            // When it will arrive, the other hub judges.
            self.note_sent(now_us, &message, lamport, None);
            self.count(src, dest);
            let flight = wire::journal::Flight {
                message: message.clone(),
                sent_us: now_us,
                due_us: Some(now_us),
                lamport,
            };
            self.afar.add(hub, flight);
            self.passes.push(Pass {
                hub,
                message,
                lamport,
            });
            return Ok(id);
        }
        self.judge(now_us, message, lamport, (src, dest), true)
    }

    /// Takes in what another hub passed on: it is due, lost or held here.
    ///
    /// # Errors
    /// Why it will not arrive, which is in the journal.
    pub fn accept(&mut self, now_us: u64, message: Envelope, lamport: u64) -> Result<u64, Loss> {
        let message = Arc::new(message);
        let src = self.role(&message.src).unwrap_or(Role::Node);
        let dest = self.role(&message.dest);
        match dest.filter(|_| self.away(&message.dest).is_none()) {
            Some(dest) => self.judge(now_us, message, lamport, (src, dest), false),
            None => {
                self.lose(now_us, &message, Loss::UnknownDestination);
                Err(Loss::UnknownDestination)
            }
        }
    }

    /// Takes in what another hub has noted.
    pub(crate) fn adopt(&mut self, time_us: u64, hub: u64, entry: Entry) {
        if let Entry::Send { message, .. } = &entry
            && let Some(dest) = self.role(&message.dest)
        {
            self.count(self.role(&message.src).unwrap_or(Role::Node), dest);
        }
        let at = match &entry {
            Entry::Send { message, .. } => self.away(&message.dest),
            _ => None,
        };
        self.afar.note(time_us, &entry, at);
        self.journal.adopt(time_us, hub, entry);
    }

    fn count(&mut self, src: Role, dest: Role) {
        if src == Role::Client || dest == Role::Client {
            self.sent.0 += 1;
        } else {
            self.sent.1 += 1;
        }
    }

    fn note_sent(
        &mut self,
        now_us: u64,
        message: &Arc<Envelope>,
        lamport: u64,
        due_us: Option<u64>,
    ) {
        let message = message.clone();
        let sent = Entry::Send {
            lamport,
            due_us,
            message,
        };
        self.journal.note(now_us, sent);
    }

    /// What becomes of a message whose receiver is here. That it was sent is noted by whoever had it from its sender.
    fn judge(
        &mut self,
        now_us: u64,
        message: Arc<Envelope>,
        lamport: u64,
        (src, dest): (Role, Role),
        sent_here: bool,
    ) -> Result<u64, Loss> {
        let id = message.id.unwrap_or_default();
        let bytes = weight(&message);
        let fits = self.bytes.saturating_add(bytes) <= FLIGHT_BYTES_MAX;
        let client = src == Role::Client || dest == Role::Client;
        let chance = Chance::new(self.seed, Name(id));
        let held = self.holding && !client;
        let latency_us = if client {
            0
        } else {
            chance.sample(Purpose::new("latency"), &self.weather.latency_us)
        };
        let due_us = (!held).then(|| now_us.saturating_add(latency_us));
        if sent_here {
            self.note_sent(now_us, &message, lamport, due_us.filter(|_| fits));
        }
        if !fits {
            self.lose(now_us, &message, Loss::Overflow);
            return Err(Loss::Overflow);
        }
        if sent_here {
            self.count(src, dest);
        }
        if !client && chance.permille(Purpose::new("loss"), self.weather.loss_permille) {
            self.lose(now_us, &message, Loss::Chance);
            return Err(Loss::Chance);
        }
        let flight = Flight {
            message,
            sent_us: now_us,
            due_us,
            lamport,
            bytes,
        };
        if held {
            self.journal.note(now_us, Entry::Held { id });
        }
        self.put(id, flight);
        Ok(id)
    }

    /// When the next message is due.
    pub fn wake_us(&self) -> Option<u64> {
        self.due.first().map(|(due_us, _)| *due_us)
    }

    /// Takes out the message that is due first, unless that is later than `now_us`. What a cut ends, and what waits for somebody who
    /// does not read, is not given out.
    pub fn next_due(&mut self, now_us: u64) -> Option<Flight> {
        while let Some(&(due_us, id)) = self.due.first() {
            if due_us > now_us {
                return None;
            }
            self.due.remove(&(due_us, id));
            let Some(flight) = self.flights.get(&id) else {
                continue;
            };
            let message = flight.message.clone();
            if self.cut(&message.src, &message.dest) {
                self.take(id);
                self.lose(now_us, &message, Loss::Cut);
                continue;
            }
            if let Some(parked) = self.parked.get_mut(&message.dest) {
                if parked.bytes.saturating_add(flight.bytes) > PARKED_BYTES_MAX {
                    self.take(id);
                    self.lose(now_us, &message, Loss::Overflow);
                } else {
                    parked.bytes += flight.bytes;
                    parked.ids.insert((due_us, id));
                }
                continue;
            }
            return self.arrive(now_us, id);
        }
        None
    }

    /// Hands a message over now, whatever it waits for. A cut does not hinder: whoever watches has decided.
    pub fn deliver(&mut self, now_us: u64, id: u64) -> Option<Flight> {
        self.arrive(now_us, id)
    }

    fn arrive(&mut self, now_us: u64, id: u64) -> Option<Flight> {
        let flight = self.take(id)?;
        let message = &flight.message;
        if self.role(&message.dest).is_none() {
            let message = message.clone();
            self.lose(now_us, &message, Loss::UnknownDestination);
            return None;
        }
        let lamport = self.journal.receives(&message.dest, flight.lamport);
        self.journal.note(
            now_us,
            Entry::Receive {
                id,
                lamport,
                src: message.src.clone(),
                dest: message.dest.clone(),
            },
        );
        Some(flight)
    }

    /// Notes that a message came to nothing.
    pub fn lose(&mut self, now_us: u64, message: &Envelope, why: Loss) {
        self.afar.end(message.id.unwrap_or_default());
        self.journal.note(
            now_us,
            Entry::Lost {
                id: message.id.unwrap_or_default(),
                src: message.src.clone(),
                dest: message.dest.clone(),
                why,
            },
        );
    }

    /// A message waits from now on until it is let go. `false`: there is none of this number.
    pub fn hold(&mut self, now_us: u64, id: u64) -> bool {
        let Some(mut flight) = self.take(id) else {
            return false;
        };
        flight.due_us = None;
        self.put(id, flight);
        self.journal.note(now_us, Entry::Held { id });
        true
    }

    /// A message is due after this time, whether it was held or not. `false`: there is none of this number.
    pub fn delay(&mut self, now_us: u64, id: u64, delay_us: u64) -> bool {
        let Some(mut flight) = self.take(id) else {
            return false;
        };
        let due_us = now_us.saturating_add(delay_us);
        flight.due_us = Some(due_us);
        self.put(id, flight);
        self.journal.note(now_us, Entry::Released { id, due_us });
        true
    }

    /// A held message is due at once. `false`: there is none of this number.
    pub fn release(&mut self, now_us: u64, id: u64) -> bool {
        self.delay(now_us, id, 0)
    }

    /// A message does not arrive. `false`: there is none of this number.
    pub fn drop_message(&mut self, now_us: u64, id: u64) -> bool {
        let Some(flight) = self.take(id) else {
            return false;
        };
        self.lose(now_us, &flight.message, Loss::Dropped);
        true
    }

    /// A message gets a copy, with a number of its own, that waits or is due as the first. `None`: there is none of this number.
    pub fn duplicate(&mut self, now_us: u64, id: u64) -> Option<u64> {
        let mut copy = self.flights.get(&id)?.clone();
        if self.bytes.saturating_add(copy.bytes) > FLIGHT_BYTES_MAX {
            return None;
        }
        let number = self.next;
        self.next += 1;
        let mut message = Envelope::clone(&copy.message);
        message.id = Some(number);
        copy.message = Arc::new(message);
        self.put(number, copy);
        self.journal
            .note(now_us, Entry::Copied { id: number, of: id });
        Some(number)
    }

    /// A receiver does not read for now: what is due for it waits, in its order.
    pub fn park(&mut self, name: &str) {
        self.parked.entry(name.to_owned()).or_default();
    }

    /// It reads again.
    pub fn unpark(&mut self, name: &str) {
        if let Some(parked) = self.parked.remove(name) {
            self.due.extend(parked.ids);
        }
    }

    fn put(&mut self, id: u64, flight: Flight) {
        self.bytes += flight.bytes;
        if let Some(due_us) = flight.due_us {
            self.due.insert((due_us, id));
        }
        self.flights.insert(id, flight);
    }

    fn take(&mut self, id: u64) -> Option<Flight> {
        let flight = self.flights.remove(&id)?;
        self.bytes -= flight.bytes;
        if let Some(due_us) = flight.due_us
            && !self.due.remove(&(due_us, id))
            && let Some(parked) = self.parked.get_mut(&flight.message.dest)
            && parked.ids.remove(&(due_us, id))
        {
            parked.bytes -= flight.bytes;
        }
        Some(flight)
    }
}

#[cfg(test)]
mod tests;
