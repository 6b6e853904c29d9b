//! Hosts: saves, arrivals, clocks and cuts.

use super::*;

impl Kernel {
    /// Says when the node's oldest save is durable; `None`: it has none.
    pub(crate) fn schedule_save(&mut self, node: NodeId, save: Option<(u64, Name)>) {
        self.hosts[node.index()].save = save;
        if let Some((due_us, name)) = save {
            self.queue.push(Entry {
                due_us,
                name,
                what: Due::Save(node),
            });
        }
    }

    /// Says when the client's operation `number` arrives.
    pub(crate) fn schedule_arrival(&mut self, node: NodeId, due_us: u64, number: u64) {
        self.hosts[node.index()].arrival = Some((due_us, number));
        let name = Name::arrival(node, number);
        self.queue.push(Entry {
            due_us,
            name,
            what: Due::Arrival(node),
        });
    }

    // ---- nodes, clocks, cuts ----

    /// The node's timers and whatever waited for it are gone; arrivals stay.
    pub(crate) fn silence(&mut self, node: NodeId, status: NodeStatus) {
        let host = &mut self.hosts[node.index()];
        host.status = status;
        for slot in &mut host.timers {
            slot.clear();
        }
        host.save = None;
        self.unpark(node);
    }

    /// The node stands still: what flies to it waits with it.
    pub(crate) fn pause(&mut self, node: NodeId) {
        let flights = &self.flights;
        let waiting = self.queue.take_flights(|entry| match entry.what {
            Due::Flight(slot) => flights[slot as usize].to == node,
            _ => false,
        });
        let host = &mut self.hosts[node.index()];
        host.status = NodeStatus::Paused;
        host.parked.extend(waiting);
    }

    /// The node runs on: what came due meanwhile is due now.
    pub(crate) fn wake(&mut self, node: NodeId) {
        self.hosts[node.index()].status = NodeStatus::Up;
        self.unpark(node);
    }

    pub(super) fn unpark(&mut self, node: NodeId) {
        for entry in std::mem::take(&mut self.hosts[node.index()].parked) {
            self.queue.push(entry);
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
        let (now_us, seed) = (self.now_us, self.seed);
        let host = &mut self.hosts[node.index()];
        let before = host.clone();
        let local = before.local(now_us);
        (host.clock_us, host.clock_at_us) = (local, now_us);
        (host.drift_ppm, host.offset_us) = (drift_ppm, offset_us);
        // What the clock would have read then, it must read now: counted from the clock itself, so that rounding never adds up
        // to a timer that is early. What has passed stays where it is.
        let moved = |at_us: u64| {
            if at_us <= now_us {
                at_us
            } else {
                now_us + unscale(before.local(at_us) - local, i64::from(drift_ppm))
            }
        };
        for (index, slot) in host.timers.iter_mut().enumerate() {
            let Some(timer) = &mut slot.timer else {
                continue;
            };
            let drawn = timer.drawn(seed, index as u8, before.drift_ppm);
            let due_us = moved(drawn.due_us);
            timer.earliest_us = moved(timer.earliest_us);
            timer.moved_us = Some((due_us, moved(drawn.latest_us)));
            slot.queued = Some((due_us, drawn.name));
            slot.settled = true;
            self.queue.push(Entry {
                due_us,
                name: drawn.name,
                what: Due::Timer(node, index as u8),
            });
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
            self.unqueue_flight(slot);
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
