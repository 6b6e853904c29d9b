//! Flights: how messages leave, end, are held and are duplicated.

use super::*;

impl Kernel {
    /// Sends a message called `name`: the slots of its copies, the second one being a duplicate.
    #[inline(always)]
    pub(crate) fn transmit(
        &mut self,
        name: Name,
        cause: Name,
        from: NodeId,
        to: NodeId,
    ) -> (u32, Option<u32>) {
        let judged = self.judge(name, from, to);
        let first = self.launch(name, cause, from, to, 0, judged);
        let twice = judged.twice && judged.end == FlightEnd::Arrives;
        (
            first,
            twice.then(|| self.transmit_again(name, cause, from, to)),
        )
    }

    #[cold]
    fn transmit_again(&mut self, name: Name, cause: Name, from: NodeId, to: NodeId) -> u32 {
        let copy = name.mix(1);
        let judged = self.judge(copy, from, to);
        self.launch(copy, cause, from, to, 1, judged)
    }

    #[inline(always)]
    fn judge(&self, name: Name, from: NodeId, to: NodeId) -> Judgement {
        self.network.judge(&Packet {
            from,
            to,
            chance: Chance::new(self.seed, name),
        })
    }

    #[inline(always)]
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
        let arrives = judged.end == FlightEnd::Arrives;
        if self.world.fifo && arrives {
            due_us = self.behind_others(from, to, due_us);
        }
        let flight = Flight {
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
            live: true,
        };
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
        if arrives {
            self.enqueue_flight(slot, due_us, name, to);
        } else {
            self.haunt(slot);
        }
        slot
    }

    /// When a message of a FIFO link arrives that would be there at `due_us`: behind those before it.
    #[inline(never)]
    fn behind_others(&mut self, from: NodeId, to: NodeId, due_us: u64) -> u64 {
        let mut links = self.links.iter_mut();
        match links.find(|(f, t, _)| (*f, *t) == (from, to)) {
            Some((_, _, last)) => {
                *last = due_us.max(*last + 1);
                *last
            }
            None => {
                self.links.push((from, to, due_us));
                due_us
            }
        }
    }

    #[inline(always)]
    fn enqueue_flight(&mut self, slot: u32, due_us: u64, name: Name, to: NodeId) {
        let entry = Entry {
            due_us,
            name: name.delivery(),
            what: Due::Flight(slot),
        };
        let host = &mut self.hosts[to.index()];
        if host.status == NodeStatus::Paused {
            host.parked.push(entry);
        } else {
            self.queue.push(entry);
        }
    }

    /// The flight in `slot` no longer waits to arrive by itself.
    pub(crate) fn unqueue_flight(&mut self, slot: u32) {
        self.queue
            .take_flights(|entry| entry.what == Due::Flight(slot));
        let to = self.flights[slot as usize].to;
        let parked = &mut self.hosts[to.index()].parked;
        parked.retain(|entry| entry.what != Due::Flight(slot));
    }

    /// The name of the event that the arrival of the flight in `slot` is.
    #[inline]
    pub(crate) fn delivery_name(&self, slot: u32) -> Name {
        self.flights[slot as usize].name.delivery()
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

    /// Takes an arriving flight, which has left the queue, off the stage: its slot is free once the caller has the body.
    #[inline(always)]
    pub(crate) fn land(&mut self, slot: u32) -> Flight {
        self.release_slot(slot);
        self.flights[slot as usize]
    }

    /// Ends a flight, which has left the queue, now; it stays on the stage for a while.
    pub(crate) fn end_flight(&mut self, slot: u32, how: FlightEnd) {
        let now_us = self.now_us;
        let flight = &mut self.flights[slot as usize];
        flight.end = how;
        flight.ended_us = Some(now_us);
        self.haunt(slot);
    }

    /// Pins a flight, or lets it go on.
    pub(crate) fn hold(&mut self, slot: u32, held: bool) -> Result<(), SimError> {
        let flight = &mut self.flights[slot as usize];
        if flight.held == held {
            return Err(SimError::NotHeld(flight.name));
        }
        flight.held = held;
        let Flight {
            due_us, name, to, ..
        } = *flight;
        if held {
            self.unqueue_flight(slot);
        } else {
            self.enqueue_flight(slot, due_us, name, to);
        }
        Ok(())
    }

    /// A second copy of a flight, made by the edit called `by`, due with a latency of its own; returns its slot.
    pub(crate) fn duplicate(&mut self, slot: u32, by: Name) -> u32 {
        let original = self.flights[slot as usize];
        let copies = self
            .flights
            .iter()
            .filter(|f| f.live && (f.cause, f.to) == (original.cause, original.to))
            .map(|f| f.copy)
            .max();
        // The number is for the eye. The name comes from the edit, whatever other copies there are or were.
        let copy = copies.unwrap_or(0).saturating_add(1);
        let name = original.name.mix(by.0);
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
}
