//! The yardstick: a five-server Raft loop written by hand, with clients, and nothing besides.
//!
//! No trait, no trace, no names, no choice: one struct a server, one heap, one stream of random numbers. Faults, where there are
//! any, are a message in so many lost, and servers that crash and restart. It does the
//! same work as the real thing (elections, heartbeats, replication, commitment, at-most-once commands, retrying clients) over the
//! same latencies, as fast as plain code does it. What a simulator costs is its distance from this.
//! Knows nothing of the rest of the workspace.

mod faults;
mod servers;

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

const SERVERS: usize = 5;
const CLIENTS: usize = 2;
const MAJORITY: usize = SERVERS / 2 + 1;
const KEYS: u64 = 8;

const LATENCY_US: (u64, u64) = (8_000, 12_000);
const ELECTION_US: (u64, u64) = (150_000, 300_000);
const HEARTBEAT_US: u64 = 50_000;
const RETRY_US: u64 = 400_000;
/// The mean time between two operations of one client, unless it is said otherwise.
const GAP_US: u64 = 100_000;

/// Timers that are off.
const NEVER: u64 = u64::MAX;

#[derive(Clone, Copy)]
struct Entry {
    term: u64,
    client: u16,
    number: u64,
    key: u8,
    value: u64,
}

enum Message {
    Vote {
        term: u64,
        last: u64,
        last_term: u64,
    },
    Voted {
        term: u64,
        granted: bool,
    },
    Append {
        term: u64,
        previous: u64,
        previous_term: u64,
        commit: u64,
        entries: Vec<Entry>,
    },
    Appended {
        term: u64,
        fits: bool,
        matches: u64,
    },
    Request {
        number: u64,
        key: u8,
        value: u64,
    },
    Reply {
        number: u64,
        done: bool,
        leader: Option<u16>,
    },
}

/// What is due: a message (by slot), a server's election or heartbeat, a client's retry or next operation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Message(u32),
    Election(u16),
    Heartbeat(u16),
    Retry(u16),
    Operation(u16),
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Due {
    at_us: u64,
    sequence: u64,
    what: What,
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at_us, self.sequence).cmp(&(other.at_us, other.sequence))
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Follower,
    Candidate,
    Leader,
}

/// A deadline with its one entry in the queue: a later deadline leaves the entry where it is until it comes up.
#[derive(Clone, Copy)]
struct Timer {
    at_us: u64,
    queued_us: u64,
}

const OFF: Timer = Timer {
    at_us: NEVER,
    queued_us: NEVER,
};

struct Server {
    up: bool,
    role: Role,
    term: u64,
    voted: Option<u16>,
    votes: usize,
    leader: Option<u16>,
    log: Vec<Entry>,
    commit: u64,
    applied: u64,
    next: [u64; SERVERS],
    matches: [u64; SERVERS],
    store: [u64; KEYS as usize],
    done: [u64; CLIENTS],
    election: Timer,
    heartbeat: Timer,
}

struct Client {
    target: u16,
    number: u64,
    outstanding: bool,
    waiting: u64,
    retry: Timer,
}

/// The loop.
pub struct Handwritten {
    now_us: u64,
    sequence: u64,
    chance: u64,
    /// How many messages in a thousand are lost.
    loss_permille: u64,
    /// The mean time between two operations of one client.
    gap_us: u64,
    queue: BinaryHeap<Reverse<Due>>,
    flights: Vec<(u16, u16, Option<Message>)>,
    free: Vec<u32>,
    servers: Vec<Server>,
    clients: Vec<Client>,
}

impl Handwritten {
    /// The loop at its beginning.
    pub fn new(seed: u64) -> Self {
        Self::with(seed, 0, GAP_US)
    }

    /// The same over a network that loses so many messages in a thousand, with clients that ask every `gap_us` on average.
    pub fn with(seed: u64, loss_permille: u64, gap_us: u64) -> Self {
        let server = |_| Server {
            up: true,
            role: Role::Follower,
            term: 0,
            voted: None,
            votes: 0,
            leader: None,
            log: Vec::new(),
            commit: 0,
            applied: 0,
            next: [1; SERVERS],
            matches: [0; SERVERS],
            store: [0; KEYS as usize],
            done: [0; CLIENTS],
            election: OFF,
            heartbeat: OFF,
        };
        let client = |_| Client {
            target: 0,
            number: 0,
            outstanding: false,
            waiting: 0,
            retry: OFF,
        };
        let mut all = Self {
            now_us: 0,
            sequence: 0,
            chance: seed,
            loss_permille,
            gap_us,
            queue: BinaryHeap::new(),
            flights: Vec::new(),
            free: Vec::new(),
            servers: (0..SERVERS).map(server).collect(),
            clients: (0..CLIENTS).map(client).collect(),
        };
        for me in 0..SERVERS as u16 {
            all.expect_leader(me);
        }
        for client in 0..CLIENTS as u16 {
            all.expect_operation(client);
        }
        all
    }

    /// Runs until `events` more messages were delivered or timers fired; a timer that was set anew meanwhile is none.
    pub fn run(&mut self, events: u64) {
        let mut count = 0;
        while count < events {
            let Some(Reverse(due)) = self.queue.pop() else {
                return;
            };
            count += u64::from(self.happen(due));
        }
    }

    /// Takes what came up; whether it was an event.
    fn happen(&mut self, due: Due) -> bool {
        self.now_us = due.at_us;
        match due.what {
            What::Message(slot) => {
                let (from, to, message) = &mut self.flights[slot as usize];
                let (from, to) = (*from, *to);
                let message = message.take().expect("a message in its slot");
                self.free.push(slot);
                self.deliver(from, to, message);
                true
            }
            What::Election(me) => {
                self.due(due, |all| &mut all.servers[me as usize].election) && self.campaign(me)
            }
            What::Heartbeat(me) => {
                self.due(due, |all| &mut all.servers[me as usize].heartbeat) && self.beat(me)
            }
            What::Retry(client) => {
                self.due(due, |all| &mut all.clients[client as usize].retry) && self.retry(client)
            }
            What::Operation(client) => {
                self.clients[client as usize].waiting += 1;
                self.expect_operation(client);
                self.ask(client);
                true
            }
        }
    }

    /// A word that depends on everything that happened.
    pub fn digest(&self) -> u64 {
        let server = |sum: u64, server: &Server| {
            let log = server.log.len() as u64;
            sum.rotate_left(9) ^ server.term ^ (server.commit << 20) ^ (log << 40)
        };
        self.servers.iter().fold(self.now_us, server)
    }

    /// How many entries the most advanced server has committed.
    pub fn committed(&self) -> u64 {
        self.servers
            .iter()
            .map(|server| server.commit)
            .max()
            .unwrap_or(0)
    }

    // ---- the queue ----

    fn random(&mut self) -> u64 {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.chance;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn between(&mut self, (min, max): (u64, u64)) -> u64 {
        min + (((self.random() >> 32) * (max - min + 1)) >> 32)
    }

    fn push(&mut self, at_us: u64, what: What) {
        self.sequence += 1;
        let sequence = self.sequence;
        self.queue.push(Reverse(Due {
            at_us,
            sequence,
            what,
        }));
    }

    fn send(&mut self, from: u16, to: u16, message: Message) {
        if self.loss_permille > 0 && self.between((0, 999)) < self.loss_permille {
            return;
        }
        let at_us = self.now_us + self.between(LATENCY_US);
        let flight = (from, to, Some(message));
        let slot = match self.free.pop() {
            Some(slot) => {
                self.flights[slot as usize] = flight;
                slot
            }
            None => {
                self.flights.push(flight);
                (self.flights.len() - 1) as u32
            }
        };
        self.push(at_us, What::Message(slot));
    }

    fn set(&mut self, at_us: u64, what: What, timer: impl Fn(&mut Self) -> &mut Timer) {
        let timer = timer(self);
        timer.at_us = at_us;
        if timer.queued_us > at_us {
            timer.queued_us = at_us;
            self.push(at_us, what);
        }
    }

    /// Whether the timer whose entry came up is due; if it was set anew, its entry moves there.
    fn due(&mut self, due: Due, timer: impl Fn(&mut Self) -> &mut Timer) -> bool {
        let timer = timer(self);
        if timer.queued_us != due.at_us {
            return false;
        }
        if timer.at_us == due.at_us {
            *timer = OFF;
            return true;
        }
        timer.queued_us = timer.at_us;
        let at_us = timer.at_us;
        if at_us != NEVER {
            self.push(at_us, due.what);
        }
        false
    }

    fn expect_leader(&mut self, me: u16) {
        let at_us = self.now_us + self.between(ELECTION_US);
        self.set(at_us, What::Election(me), |all| {
            &mut all.servers[me as usize].election
        });
    }

    fn expect_operation(&mut self, client: u16) {
        let unit = (self.random() >> 11) as f64 / (1u64 << 53) as f64;
        let gap_us = (-libm::log(1.0 - unit) * self.gap_us as f64) as u64;
        self.push(self.now_us + gap_us, What::Operation(client));
    }

    // ---- clients ----

    fn ask(&mut self, client: u16) {
        let this = &mut self.clients[client as usize];
        if this.outstanding || this.waiting == 0 {
            return;
        }
        this.outstanding = true;
        this.waiting -= 1;
        this.number += 1;
        self.request(client);
    }

    fn request(&mut self, client: u16) {
        let this = &self.clients[client as usize];
        let (target, number) = (this.target, this.number);
        let message = Message::Request {
            number,
            key: (number % KEYS) as u8,
            value: number,
        };
        self.send(SERVERS as u16 + client, target, message);
        self.set(self.now_us + RETRY_US, What::Retry(client), |all| {
            &mut all.clients[client as usize].retry
        });
    }

    fn retry(&mut self, client: u16) -> bool {
        let this = &mut self.clients[client as usize];
        this.target = (this.target + 1) % SERVERS as u16;
        self.request(client);
        true
    }

    fn reply(&mut self, client: u16, from: u16, number: u64, done: bool, leader: Option<u16>) {
        let this = &mut self.clients[client as usize];
        if !this.outstanding || number != this.number {
            return;
        }
        if done {
            this.target = from;
            this.outstanding = false;
            this.retry.at_us = NEVER;
            self.ask(client);
        } else if let Some(leader) = leader {
            this.target = leader;
            self.request(client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_elects_replicates_and_answers() {
        let mut all = Handwritten::new(1);
        all.run(100_000);
        let leaders = all.servers.iter().filter(|s| s.role == Role::Leader);
        assert_eq!(leaders.count(), 1);
        // Two clients, ten operations a second each, some four hundred events a second.
        assert!(all.committed() > 3_000, "{}", all.committed());
        let oldest = all.clients.iter().map(|client| client.number).min();
        assert!(oldest.is_some_and(|number| number > 1_000));
        let stores: Vec<_> = all.servers.iter().map(|server| server.applied).collect();
        assert!(stores.iter().all(|applied| applied + 10 > all.committed()));
    }

    #[test]
    fn the_same_seed_gives_the_same_run() {
        let run = |seed| {
            let mut all = Handwritten::new(seed);
            all.run(20_000);
            all.digest()
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
    }
}
