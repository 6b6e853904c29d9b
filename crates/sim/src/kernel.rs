//! The untyped kernel: the queue of what is due, flights, timers, clocks and cuts. It knows names and times, no bodies.

use crate::network::{Judgement, Network, Packet, separates};
use crate::{SimError, WorldConfig};
use protocol::{Chance, Name, NodeId, Purpose};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use trace::{FlightEnd, NodeStatus};

const DELAY: Purpose = Purpose::new("delay");
const DELIVER: u64 = 0xd1;
const FIRE: u64 = 0xf1;
const ARRIVE: u64 = 0xa1;
const SAVE: u64 = 0x51;

/// How long what ended stays on the stage, in microseconds of virtual time.
const LINGER_US: u64 = 4_000;

/// What a queue entry is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Due {
    /// The flight in this slot, of this generation.
    Flight(u32, u32),
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
    generation: u32,
    live: bool,
}

/// A timer that is set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timer {
    /// The name of the event that its firing will be.
    pub name: Name,
    /// The event that set it.
    pub cause: Name,
    pub set_us: u64,
    pub earliest_us: u64,
    pub due_us: u64,
    pub latest_us: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct TimerSlot {
    timer: Option<Timer>,
    /// The due time and name of its one valid entry in the queue. A timer that is set again later leaves its entry where it
    /// is; the entry moves when it comes up, so that resetting costs nothing.
    queued: Option<(u64, Name)>,
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
    fn local(&self, now_us: u64) -> u64 {
        self.clock_us + scale(now_us - self.clock_at_us, i64::from(self.drift_ppm))
    }
}

/// `us` of true time on a clock that gains `ppm`.
fn scale(us: u64, ppm: i64) -> u64 {
    if ppm == 0 {
        us
    } else {
        (us as i128 * (1_000_000 + i128::from(ppm)) / 1_000_000) as u64
    }
}

/// The true time in which a clock that gains `ppm` advances by `us`, rounded up: never early.
fn unscale(us: u64, ppm: i64) -> u64 {
    if ppm == 0 {
        return us;
    }
    let rate = 1_000_000 + i128::from(ppm);
    ((us as i128 * 1_000_000 + rate - 1) / rate) as u64
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
    /// How many events have happened at `now_us`.
    pub rank: u32,
    /// How many events have happened.
    pub steps: u64,
    /// The running digest of names and times.
    pub chain: Name,
    pub hosts: Vec<Host>,
    pub cuts: Vec<trace::Cut>,
    pub world: WorldConfig,
    network: Network,
    queue: BinaryHeap<Reverse<Entry>>,
    pub flights: Vec<Flight>,
    free: Vec<u32>,
    /// Slots of flights that will not arrive, or have ended: shown for a while, then freed.
    ghosts: Vec<u32>,
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
            queue: BinaryHeap::new(),
            flights: Vec::new(),
            free: Vec::new(),
            ghosts: Vec::new(),
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
    #[inline]
    pub(crate) fn clock_us(&self, node: NodeId) -> u64 {
        self.hosts[node.index()].local(self.now_us)
    }

    /// The node's wall clock now.
    #[inline]
    pub(crate) fn wall_us(&self, node: NodeId) -> u64 {
        self.now_us
            .saturating_add_signed(self.hosts[node.index()].offset_us)
    }

    // ---- the queue ----

    /// What is due first, if anything is. The queue is settled: its head is valid.
    #[inline]
    pub(crate) fn peek(&self) -> Option<Next> {
        self.queue.peek().map(|Reverse(entry)| Next {
            at_us: entry.due_us.max(self.now_us),
            name: entry.name,
            what: entry.what,
        })
    }

    /// Takes the head off, once it is carried out.
    #[inline]
    pub(crate) fn pop(&mut self) {
        if let Some(Reverse(Entry {
            what: Due::Timer(node, index),
            ..
        })) = self.queue.pop()
        {
            self.hosts[node.index()].timers[index as usize].queued = None;
        }
    }

    /// Drops entries that no longer mean anything until the head does.
    #[inline]
    pub(crate) fn settle(&mut self) {
        while let Some(Reverse(head)) = self.queue.peek() {
            let head = *head;
            match head.what {
                Due::Flight(slot, generation) => {
                    let flight = &self.flights[slot as usize];
                    if flight.live
                        && flight.generation == generation
                        && !flight.held
                        && flight.end == FlightEnd::Arrives
                    {
                        if self.hosts[flight.to.index()].status == NodeStatus::Paused {
                            self.park(flight.to);
                            continue;
                        }
                        return;
                    }
                    self.queue.pop();
                }
                Due::Timer(node, index) => {
                    let host = &mut self.hosts[node.index()];
                    let slot = &mut host.timers[index as usize];
                    if slot.queued != Some((head.due_us, head.name)) {
                        self.queue.pop();
                        continue;
                    }
                    match slot.timer {
                        Some(timer) if (timer.due_us, timer.name) == (head.due_us, head.name) => {
                            if host.status == NodeStatus::Paused {
                                self.park(node);
                                continue;
                            }
                            return;
                        }
                        Some(timer) => {
                            // It was set again, later: its entry moves.
                            slot.queued = Some((timer.due_us, timer.name));
                            let mut top =
                                self.queue.peek_mut().expect("the head that was just seen");
                            top.0.due_us = timer.due_us;
                            top.0.name = timer.name;
                        }
                        None => {
                            slot.queued = None;
                            self.queue.pop();
                        }
                    }
                }
                Due::Save(node) => {
                    if self.hosts[node.index()].save == Some((head.due_us, head.name)) {
                        return;
                    }
                    self.queue.pop();
                }
                Due::Arrival(node) => {
                    let host = &self.hosts[node.index()];
                    let valid = host.arrival.is_some_and(|(due_us, number)| {
                        due_us == head.due_us && arrival_name(node, number) == head.name
                    });
                    if !valid {
                        self.queue.pop();
                    } else if host.status == NodeStatus::Paused {
                        self.park(node);
                    } else {
                        return;
                    }
                }
            }
        }
    }

    fn park(&mut self, node: NodeId) {
        let Reverse(entry) = self.queue.pop().expect("the head that was just seen");
        self.hosts[node.index()].parked.push(entry);
    }

    /// Moves time on to `at_us` (never back), and counts one more event called `name` there.
    #[inline]
    pub(crate) fn enter(&mut self, at_us: u64, name: Name) {
        if at_us > self.now_us {
            self.now_us = at_us;
            self.rank = 0;
            if !self.ghosts.is_empty() {
                self.bury();
            }
        }
        self.rank += 1;
        self.steps += 1;
        self.chain = self.chain.mix(name.0).mix(self.now_us);
    }

    fn bury(&mut self) {
        let mut ghosts = std::mem::take(&mut self.ghosts);
        ghosts.retain(|&slot| {
            let flight = &self.flights[slot as usize];
            let until = flight
                .ended_us
                .map_or(flight.due_us, |ended| ended + LINGER_US);
            let stays = until > self.now_us;
            if !stays {
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
        flight.generation = flight.generation.wrapping_add(1);
        self.free.push(slot);
    }

    /// Every valid entry: what waits, held flights included, in order of (due, name).
    pub(crate) fn waiting(&self) -> Vec<Next> {
        let mut all: Vec<Entry> = Vec::new();
        for (slot, flight) in self.flights.iter().enumerate() {
            if flight.live && flight.end == FlightEnd::Arrives {
                all.push(Entry {
                    due_us: flight.due_us,
                    name: flight.name.mix(DELIVER),
                    what: Due::Flight(slot as u32, flight.generation),
                });
            }
        }
        for (index, host) in self.hosts.iter().enumerate() {
            let node = NodeId(index as u16);
            for (timer, slot) in host.timers.iter().enumerate() {
                if let Some(set) = slot.timer {
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
                    name: arrival_name(node, number),
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

    // ---- flights ----

    /// Sends a message called `name`: the slots of its copies, the second one being a duplicate.
    #[inline]
    pub(crate) fn transmit(
        &mut self,
        name: Name,
        cause: Name,
        from: NodeId,
        to: NodeId,
    ) -> (u32, Option<u32>) {
        let judged = self.judge(name, from, to);
        let first = self.launch(name, cause, from, to, 0, judged);
        let second = (judged.twice && judged.end == FlightEnd::Arrives).then(|| {
            let copy = name.mix(1);
            let judged = self.judge(copy, from, to);
            self.launch(copy, cause, from, to, 1, judged)
        });
        (first, second)
    }

    #[inline]
    fn judge(&self, name: Name, from: NodeId, to: NodeId) -> Judgement {
        self.network.judge(&Packet {
            from,
            to,
            chance: Chance::new(self.seed, name),
        })
    }

    #[inline]
    fn launch(
        &mut self,
        name: Name,
        cause: Name,
        from: NodeId,
        to: NodeId,
        copy: u16,
        judged: Judgement,
    ) -> u32 {
        let mut due_us = self.now_us + judged.delay_us;
        if self.world.fifo && judged.end == FlightEnd::Arrives {
            match self
                .links
                .iter_mut()
                .find(|(f, t, _)| (*f, *t) == (from, to))
            {
                Some((_, _, last)) => {
                    due_us = due_us.max(*last + 1);
                    *last = due_us;
                }
                None => self.links.push((from, to, due_us)),
            }
        }
        self.place(Flight {
            name,
            cause,
            from,
            to,
            copy,
            held: false,
            end: judged.end,
            sent_us: self.now_us,
            due_us,
            ended_us: None,
            generation: 0,
            live: true,
        })
    }

    #[inline]
    fn place(&mut self, mut flight: Flight) -> u32 {
        let slot = match self.free.pop() {
            Some(slot) => {
                flight.generation = self.flights[slot as usize].generation;
                self.flights[slot as usize] = flight;
                slot
            }
            None => {
                self.flights.push(flight);
                (self.flights.len() - 1) as u32
            }
        };
        if flight.end == FlightEnd::Arrives {
            self.enqueue_flight(slot);
        } else {
            self.ghosts.push(slot);
        }
        slot
    }

    #[inline]
    fn enqueue_flight(&mut self, slot: u32) {
        let flight = &self.flights[slot as usize];
        self.queue.push(Reverse(Entry {
            due_us: flight.due_us,
            name: flight.name.mix(DELIVER),
            what: Due::Flight(slot, flight.generation),
        }));
    }

    /// The name of the event that the arrival of the flight in `slot` is.
    #[inline]
    pub(crate) fn delivery_name(&self, slot: u32) -> Name {
        self.flights[slot as usize].name.mix(DELIVER)
    }

    /// The slot of the flight of this name that can still arrive.
    pub(crate) fn find_flight(&self, name: Name) -> Result<u32, SimError> {
        self.flights
            .iter()
            .position(|flight| {
                flight.live && flight.name == name && flight.end == FlightEnd::Arrives
            })
            .map(|slot| slot as u32)
            .ok_or(SimError::NoMessage(name))
    }

    /// Takes an arriving flight off the stage: its slot is free once the caller has the body.
    #[inline]
    pub(crate) fn land(&mut self, slot: u32) -> Flight {
        let flight = self.flights[slot as usize];
        self.release_slot(slot);
        flight
    }

    /// Ends a flight now; it stays on the stage for a while.
    pub(crate) fn end_flight(&mut self, slot: u32, how: FlightEnd) {
        let now_us = self.now_us;
        let flight = &mut self.flights[slot as usize];
        flight.end = how;
        flight.ended_us = Some(now_us);
        self.ghosts.push(slot);
    }

    /// Pins a flight, or lets it go on.
    pub(crate) fn hold(&mut self, slot: u32, held: bool) -> Result<(), SimError> {
        let flight = &mut self.flights[slot as usize];
        if flight.held == held {
            return Err(SimError::NotHeld(flight.name));
        }
        flight.held = held;
        if !held {
            // Its old entry may still be queued: a new generation makes that one stale.
            flight.generation = flight.generation.wrapping_add(1);
            self.enqueue_flight(slot);
        }
        Ok(())
    }

    /// A second copy of a flight, due with a latency of its own; returns its slot.
    pub(crate) fn duplicate(&mut self, slot: u32) -> u32 {
        let original = self.flights[slot as usize];
        let copies = self
            .flights
            .iter()
            .filter(|f| f.live && f.cause == original.cause)
            .map(|f| f.copy)
            .max();
        let copy = copies.unwrap_or(0) + 1;
        let name = original.name.mix(u64::from(copy));
        let judged = self.judge(name, original.from, original.to);
        let judged = Judgement {
            end: FlightEnd::Arrives,
            ..judged
        };
        self.launch(
            name,
            original.cause,
            original.from,
            original.to,
            copy,
            judged,
        )
    }

    /// Flights on the stage, with their slots: those that arrive, and those that ended a short while ago.
    pub(crate) fn on_stage(&self) -> impl Iterator<Item = (u32, &Flight)> + '_ {
        self.flights
            .iter()
            .enumerate()
            .filter(|(_, flight)| flight.live)
            .map(|(slot, flight)| (slot as u32, flight))
    }

    // ---- timers ----

    /// Sets a timer of `node` by the event `cause`.
    #[inline]
    pub(crate) fn set_timer(
        &mut self,
        node: NodeId,
        index: u8,
        cause: Name,
        min_us: u64,
        max_us: u64,
    ) {
        let name = cause.mix(FIRE).mix(index.into());
        let delay = Chance::new(self.seed, name).between(DELAY, min_us, max_us);
        let host = &mut self.hosts[node.index()];
        let ppm = i64::from(host.drift_ppm);
        let at = |us| self.now_us + unscale(us, ppm);
        let timer = Timer {
            name,
            cause,
            set_us: self.now_us,
            earliest_us: at(min_us),
            due_us: at(delay),
            latest_us: at(max_us),
        };
        let slot = &mut host.timers[index as usize];
        slot.timer = Some(timer);
        if slot
            .queued
            .is_none_or(|queued| (timer.due_us, timer.name) < queued)
        {
            slot.queued = Some((timer.due_us, timer.name));
            self.queue.push(Reverse(Entry {
                due_us: timer.due_us,
                name,
                what: Due::Timer(node, index),
            }));
        }
    }

    #[inline]
    pub(crate) fn timer(&self, node: NodeId, index: u8) -> Option<Timer> {
        self.hosts
            .get(node.index())?
            .timers
            .get(index as usize)?
            .timer
    }

    #[inline]
    pub(crate) fn cancel_timer(&mut self, node: NodeId, index: u8) -> Option<Timer> {
        self.hosts[node.index()].timers[index as usize].timer.take()
    }

    /// The timers of a node that are set, by index.
    pub(crate) fn timers(&self, node: NodeId) -> impl Iterator<Item = (u8, Timer)> + '_ {
        let slots = self.hosts[node.index()].timers.iter();
        slots
            .enumerate()
            .filter_map(|(index, slot)| slot.timer.map(|timer| (index as u8, timer)))
    }

    // ---- saves and arrivals ----

    /// The name of a save made by the event `cause`.
    pub(crate) const fn save_name(cause: Name) -> Name {
        cause.mix(SAVE)
    }

    /// Says when the node's oldest save is durable; `None`: it has none.
    pub(crate) fn schedule_save(&mut self, node: NodeId, save: Option<(u64, Name)>) {
        self.hosts[node.index()].save = save;
        if let Some((due_us, name)) = save {
            self.queue.push(Reverse(Entry {
                due_us,
                name,
                what: Due::Save(node),
            }));
        }
    }

    /// Says when the client's operation `number` arrives.
    pub(crate) fn schedule_arrival(&mut self, node: NodeId, due_us: u64, number: u64) {
        self.hosts[node.index()].arrival = Some((due_us, number));
        let name = arrival_name(node, number);
        self.queue.push(Reverse(Entry {
            due_us,
            name,
            what: Due::Arrival(node),
        }));
    }

    // ---- nodes, clocks, cuts ----

    /// The node's timers and whatever waited for it are gone; arrivals stay.
    pub(crate) fn silence(&mut self, node: NodeId, status: NodeStatus) {
        let host = &mut self.hosts[node.index()];
        host.status = status;
        host.timers.iter_mut().for_each(|slot| slot.timer = None);
        host.save = None;
        self.unpark(node);
    }

    /// The node runs on: what came due meanwhile is due now.
    pub(crate) fn wake(&mut self, node: NodeId) {
        self.hosts[node.index()].status = NodeStatus::Up;
        self.unpark(node);
    }

    fn unpark(&mut self, node: NodeId) {
        for entry in std::mem::take(&mut self.hosts[node.index()].parked) {
            self.queue.push(Reverse(entry));
        }
    }

    /// A node boots: its monotonic clock starts again.
    pub(crate) fn boot_clock(&mut self, node: NodeId) {
        let now_us = self.now_us;
        let host = &mut self.hosts[node.index()];
        host.status = NodeStatus::Up;
        host.incarnation += 1;
        (host.clock_us, host.clock_at_us) = (0, now_us);
    }

    /// Changes a node's clocks; its timers keep what is left of them on its own clock.
    pub(crate) fn skew(&mut self, node: NodeId, drift_ppm: i32, offset_us: i64) {
        let now_us = self.now_us;
        let host = &mut self.hosts[node.index()];
        let local = host.local(now_us);
        let old = i64::from(host.drift_ppm);
        (host.clock_us, host.clock_at_us) = (local, now_us);
        (host.drift_ppm, host.offset_us) = (drift_ppm, offset_us);
        let moved = |at_us: u64| {
            now_us
                + unscale(
                    scale(at_us.saturating_sub(now_us), old),
                    i64::from(drift_ppm),
                )
        };
        for (index, slot) in host.timers.iter_mut().enumerate() {
            let Some(timer) = &mut slot.timer else {
                continue;
            };
            timer.earliest_us = moved(timer.earliest_us);
            timer.due_us = moved(timer.due_us);
            timer.latest_us = moved(timer.latest_us);
            slot.queued = Some((timer.due_us, timer.name));
            self.queue.push(Reverse(Entry {
                due_us: timer.due_us,
                name: timer.name,
                what: Due::Timer(node, index as u8),
            }));
        }
    }

    /// Cuts links; what is in flight on them ends there. Returns the slots that ended.
    pub(crate) fn cut(&mut self, cut: trace::Cut) -> Vec<u32> {
        let crossing: Vec<u32> = self
            .on_stage()
            .filter(|(_, flight)| {
                flight.end == FlightEnd::Arrives && separates(&cut, flight.from, flight.to)
            })
            .map(|(slot, _)| slot)
            .collect();
        for &slot in &crossing {
            self.end_flight(slot, FlightEnd::Cut);
        }
        self.cuts.push(cut);
        self.remake_network();
        crossing
    }

    pub(crate) fn heal(&mut self) {
        self.cuts.clear();
        self.remake_network();
    }

    /// After a change of `world` or `cuts`.
    pub(crate) fn remake_network(&mut self) {
        self.network = Network::new(&self.world, &self.cuts);
    }
}

/// The name of the event that a client's `number`-th operation is.
pub(crate) const fn arrival_name(node: NodeId, number: u64) -> Name {
    Name(ARRIVE).mix(node.0 as u64).mix(number)
}
