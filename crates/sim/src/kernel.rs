//! The untyped kernel: the queue of what is due, flights, timers, clocks and cuts. It knows names and times, no bodies.

mod flights;
mod hosts;
mod queue;
mod timers;

use crate::network::{Judgement, Network, Packet, separates};
use crate::{SimError, WorldConfig};
use protocol::{Chance, Name, NodeId, Purpose};
use queue::Queue;
use std::cmp::Ordering;
use timers::TimerSlot;
use trace::{FlightEnd, NodeStatus};

/// How long what ended stays on the stage, in microseconds of virtual time.
const LINGER_US: u64 = 4_000;

/// What a queue entry is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Due {
    /// The flight in this slot.
    Flight(u32),
    /// This timer of this node.
    Timer(NodeId, u8),
    /// The node's oldest save.
    Save(NodeId),
    /// The client's next operation.
    Arrival(NodeId),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Entry {
    due_us: u64,
    name: Name,
    what: Due,
}

impl Entry {
    /// Whether it is due first: by time, then by name. Two of one time are rare, so that mostly one comparison says it.
    #[inline(always)]
    const fn is_before(&self, other: &Self) -> bool {
        self.due_us < other.due_us || (self.due_us == other.due_us && self.name.0 < other.name.0)
    }
}

impl Ord for Entry {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        (self.due_us, self.name).cmp(&(other.due_us, other.name))
    }
}

impl PartialOrd for Entry {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A message on its way, but for its body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flight {
    /// The name of this copy.
    pub name: Name,
    /// The event that sent it.
    pub cause: Name,
    pub from: NodeId,
    pub to: NodeId,
    pub copy: u16,
    pub held: bool,
    pub end: FlightEnd,
    pub sent_us: u64,
    pub due_us: u64,
    pub ended_us: Option<u64>,
    live: bool,
}

impl Flight {
    /// Until when one that does not arrive, or has ended, is on the stage.
    fn shown_until_us(&self) -> u64 {
        self.ended_us.map_or(self.due_us, |ended| ended + LINGER_US)
    }
}

/// A node, but for its state.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    pub status: NodeStatus,
    /// How many times it has booted.
    pub incarnation: u64,
    pub drift_ppm: i32,
    pub offset_us: i64,
    /// The monotonic clock read `clock_us` at virtual time `clock_at_us`.
    clock_us: u64,
    clock_at_us: u64,
    timers: Vec<TimerSlot>,
    /// What came due while it was paused.
    parked: Vec<Entry>,
    /// When and under what name its oldest save is durable.
    pub save: Option<(u64, Name)>,
    /// When and as which number its next operation of the workload arrives.
    pub arrival: Option<(u64, u64)>,
    /// The number of the workload's next operation that has not arrived.
    pub next_number: u64,
}

impl Host {
    #[inline(always)]
    fn local(&self, now_us: u64) -> u64 {
        let passed_us = now_us - self.clock_at_us;
        self.clock_us
            + if self.drift_ppm == 0 {
                passed_us
            } else {
                scale(passed_us, i64::from(self.drift_ppm))
            }
    }
}

/// Parts in a million of a clock that keeps time.
const MILLION: u64 = 1_000_000;

/// `us` of true time on a clock that gains `ppm`. Whole seconds apart, so that products fit in a word.
fn scale(us: u64, ppm: i64) -> u64 {
    let rate = MILLION.saturating_add_signed(ppm);
    us / MILLION * rate + us % MILLION * rate / MILLION
}

/// The true time in which a clock that gains `ppm` advances by `us`, rounded up: never early.
#[inline(always)]
fn unscale(us: u64, ppm: i64) -> u64 {
    if ppm == 0 { us } else { unscale_by(us, ppm) }
}

#[inline(never)]
fn unscale_by(us: u64, ppm: i64) -> u64 {
    let rate = MILLION.saturating_add_signed(ppm);
    us / rate * MILLION + (us % rate * MILLION).div_ceil(rate)
}

/// What happens next, taken from the queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Next {
    pub at_us: u64,
    pub name: Name,
    pub what: Due,
}

/// The kernel.
#[derive(Clone, Debug)]
pub(crate) struct Kernel {
    pub seed: u64,
    pub now_us: u64,
    /// How many events have come by themselves at `now_us`: edits do not count, so that taking one out moves no other.
    pub rank: u32,
    /// How many events have happened.
    pub steps: u64,
    /// The running digest of names and times.
    pub chain: Name,
    pub hosts: Vec<Host>,
    pub cuts: Vec<trace::Cut>,
    pub world: WorldConfig,
    network: Network,
    queue: Queue,
    pub flights: Vec<Flight>,
    free: Vec<u32>,
    /// Slots of flights that will not arrive, or have ended: shown for a while, then freed.
    ghosts: Vec<u32>,
    /// When the first of them is to be freed.
    bury_us: u64,
    /// The last arrival on each link, while links are FIFO.
    links: Vec<(NodeId, NodeId, u64)>,
    /// The slots that `advance_to` freed: their bodies can go.
    pub freed: Vec<u32>,
}

impl Kernel {
    pub(crate) fn new(seed: u64, world: WorldConfig) -> Self {
        let network = Network::new(&world, &[]);
        Self {
            seed,
            now_us: 0,
            rank: 0,
            steps: 0,
            chain: Name(seed).mix(1),
            hosts: Vec::new(),
            cuts: Vec::new(),
            world,
            network,
            queue: Queue::default(),
            flights: Vec::new(),
            free: Vec::new(),
            ghosts: Vec::new(),
            bury_us: u64::MAX,
            links: Vec::new(),
            freed: Vec::new(),
        }
    }

    /// A new node with `timers` timers, its clock off as the world says.
    pub(crate) fn add_host(&mut self, timers: usize) -> NodeId {
        let id = NodeId(self.hosts.len() as u16);
        let chance = Chance::new(self.seed, Name(0xc10c).mix(id.0.into()));
        let drift = self.world.drift_ppm_max;
        let offset = self.world.wall_offset_us_max;
        self.hosts.push(Host {
            status: NodeStatus::Up,
            incarnation: 0,
            drift_ppm: chance.between(Purpose::new("drift"), 0, 2 * drift) as i32 - drift as i32,
            offset_us: chance.between(Purpose::new("offset"), 0, 2 * offset) as i64 - offset as i64,
            clock_us: 0,
            clock_at_us: self.now_us,
            timers: vec![TimerSlot::default(); timers],
            parked: Vec::new(),
            save: None,
            arrival: None,
            next_number: 1,
        });
        id
    }

    pub(crate) fn host(&self, node: NodeId) -> Result<&Host, SimError> {
        self.hosts.get(node.index()).ok_or(SimError::NoNode(node))
    }

    /// The node's monotonic clock now.
    #[inline(always)]
    pub(crate) fn clock_us(&self, node: NodeId) -> u64 {
        self.hosts[node.index()].local(self.now_us)
    }

    /// The node's wall clock now.
    #[inline(always)]
    pub(crate) fn wall_us(&self, node: NodeId) -> u64 {
        match self.hosts[node.index()].offset_us {
            0 => self.now_us,
            offset_us => self.now_us.saturating_add_signed(offset_us),
        }
    }

    // ---- the queue ----

    /// What is due first, if anything is. The queue is settled: its head is valid.
    #[inline(always)]
    pub(crate) fn peek(&self) -> Option<Next> {
        self.queue.peek().map(|entry| Next {
            at_us: entry.due_us.max(self.now_us),
            name: entry.name,
            what: entry.what,
        })
    }

    /// Takes off what is due first, to be carried out, if that is before `until_us`.
    #[inline(always)]
    pub(crate) fn take_next(&mut self, until_us: u64) -> Option<Next> {
        let next = self.peek().filter(|next| next.at_us < until_us)?;
        self.queue.pop(next.what);
        if let Due::Timer(node, index) = next.what {
            self.hosts[node.index()].timers[index as usize].queued = None;
        }
        Some(next)
    }

    /// Drops entries that no longer mean anything until the head does. A flight always does: it leaves the queue when it is
    /// held, ends, or its addressee pauses.
    #[inline(always)]
    pub(crate) fn settle(&mut self) {
        while let Some(&head) = self.queue.peek() {
            if matches!(head.what, Due::Flight(_)) || self.stands(&head) {
                return;
            }
        }
    }

    /// Whether a timer, a save or an arrival at the head still means something. If not, it is gone, or moved to where it does.
    #[inline(never)]
    fn stands(&mut self, head: &Entry) -> bool {
        let (Due::Timer(node, _) | Due::Save(node) | Due::Arrival(node)) = head.what else {
            return true;
        };
        let host = &mut self.hosts[node.index()];
        let mut moves_to = None;
        let stands = match head.what {
            Due::Timer(_, index) => {
                let slot = &mut host.timers[index as usize];
                let queued = Some((head.due_us, head.name));
                let is_its_own = slot.queued == queued;
                if is_its_own && !slot.settled {
                    slot.look_at(head.due_us, self.seed, index, host.drift_ppm);
                    // It may have been set again, later, or been cancelled.
                    moves_to = slot.queued.filter(|_| slot.queued != queued);
                }
                is_its_own && slot.queued == queued
            }
            Due::Save(_) => host.save == Some((head.due_us, head.name)),
            _ => host.arrival.is_some_and(|(due_us, number)| {
                due_us == head.due_us && Name::arrival(node, number) == head.name
            }),
        };
        if stands && host.status != NodeStatus::Paused {
            return true;
        }
        self.queue.pop(head.what);
        if stands {
            host.parked.push(*head);
        }
        if let Some((due_us, name)) = moves_to {
            self.queue.push(Entry {
                due_us,
                name,
                what: head.what,
            });
        }
        false
    }

    /// Moves time on to `at_us` (never back), and counts one more event there, which came `by_itself` or by an edit.
    #[inline(always)]
    pub(crate) fn enter(&mut self, at_us: u64, by_itself: bool) {
        if at_us > self.now_us {
            self.now_us = at_us;
            self.rank = 0;
            if self.bury_us <= at_us {
                self.bury();
            }
        }
        self.rank += u32::from(by_itself);
        self.steps += 1;
    }

    /// Takes the event called `name`, which happens now, into the running digest.
    #[inline(always)]
    pub(crate) const fn link(&mut self, name: Name) {
        self.chain = self.chain.mix(name.0).mix(self.now_us);
    }

    /// The flight in `slot` will not arrive, or has ended: it is shown for a while.
    fn haunt(&mut self, slot: u32) {
        self.ghosts.push(slot);
        let until_us = self.flights[slot as usize].shown_until_us();
        self.bury_us = self.bury_us.min(until_us);
    }

    #[inline(never)]
    fn bury(&mut self) {
        let mut ghosts = std::mem::take(&mut self.ghosts);
        self.bury_us = u64::MAX;
        ghosts.retain(|&slot| {
            let until_us = self.flights[slot as usize].shown_until_us();
            let stays = until_us > self.now_us;
            if stays {
                self.bury_us = self.bury_us.min(until_us);
            } else {
                self.release_slot(slot);
                self.freed.push(slot);
            }
            stays
        });
        self.ghosts = ghosts;
    }

    fn release_slot(&mut self, slot: u32) {
        let flight = &mut self.flights[slot as usize];
        flight.live = false;
        self.free.push(slot);
    }

    /// How many entries the queue holds, valid or not.
    #[cfg(test)]
    pub(crate) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Whether an event of one of these names is to come by itself until `until_us`. Whatever comes is either here, or caused by
    /// what is here and comes first: names of all that came before something at one time are awaited until it is its turn.
    #[cold]
    pub(crate) fn awaits(&self, names: &[Name], until_us: u64) -> bool {
        let moves = |next: &Next| {
            let node = match next.what {
                Due::Flight(slot) if self.flights[slot as usize].held => return false,
                Due::Flight(slot) => self.flights[slot as usize].to,
                Due::Timer(node, _) | Due::Save(node) | Due::Arrival(node) => node,
            };
            self.hosts[node.index()].status != NodeStatus::Paused
        };
        let waiting = self.waiting();
        let mut due = waiting.iter().take_while(|next| next.at_us <= until_us);
        due.any(|next| names.contains(&next.name) && moves(next))
    }

    /// Every valid entry: what waits, held flights included, in order of (due, name).
    pub(crate) fn waiting(&self) -> Vec<Next> {
        let mut all: Vec<Entry> = Vec::new();
        for (slot, flight) in self.flights.iter().enumerate() {
            if flight.live && flight.end == FlightEnd::Arrives {
                all.push(Entry {
                    due_us: flight.due_us,
                    name: flight.name.delivery(),
                    what: Due::Flight(slot as u32),
                });
            }
        }
        for (index, host) in self.hosts.iter().enumerate() {
            let node = NodeId(index as u16);
            for (timer, slot) in host.timers.iter().enumerate() {
                if let Some(set) = slot.timer {
                    let set = set.drawn(self.seed, timer as u8, host.drift_ppm);
                    all.push(Entry {
                        due_us: set.due_us,
                        name: set.name,
                        what: Due::Timer(node, timer as u8),
                    });
                }
            }
            if let Some((due_us, name)) = host.save {
                all.push(Entry {
                    due_us,
                    name,
                    what: Due::Save(node),
                });
            }
            if let Some((due_us, number)) = host.arrival {
                all.push(Entry {
                    due_us,
                    name: Name::arrival(node, number),
                    what: Due::Arrival(node),
                });
            }
        }
        all.sort_unstable();
        all.into_iter()
            .map(|e| Next {
                at_us: e.due_us,
                name: e.name,
                what: e.what,
            })
            .collect()
    }
}
