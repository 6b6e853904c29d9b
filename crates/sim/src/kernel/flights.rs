//! Flights: how messages leave, end, are held and are duplicated.

use super::*;

impl Kernel {
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

    #[inline(always)]
    pub(super) fn judge(&self, name: Name, from: NodeId, to: NodeId) -> Judgement {
        self.network.judge(&Packet {
            from,
            to,
            chance: Chance::new(self.seed, name),
        })
    }

    #[inline]
    pub(super) fn launch(
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
    pub(super) fn place(&mut self, mut flight: Flight) -> u32 {
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
    pub(super) fn enqueue_flight(&mut self, slot: u32) {
        let flight = &self.flights[slot as usize];
        self.queue.push(Entry {
            due_us: flight.due_us,
            name: flight.name.mix(DELIVER),
            what: Due::Flight(slot, flight.generation),
        });
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
