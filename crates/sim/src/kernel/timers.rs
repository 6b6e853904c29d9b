//! Timers. One that is set again stays where it is in the queue, and when it is due is drawn only once that matters: most of a
//! cluster's timers never fire.

use super::*;

const DELAY: Purpose = Purpose::new("delay");
/// What a timer is called in the queue until it is drawn: before all names.
const NAMELESS: Name = Name(0);

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

/// The same as long as nobody has asked when it is due: most timers are set again before that matters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Undrawn {
    cause: Name,
    set_us: u64,
    pub earliest_us: u64,
    /// Its delay on the node's clock lies between these.
    delay_us: (u64, u64),
    /// When it is due, and when it would be at the latest, if a change of the clock has moved that.
    pub moved_us: Option<(u64, u64)>,
}

impl Undrawn {
    /// The timer as number `index` of a node whose clock gains `drift_ppm`.
    pub(super) fn drawn(&self, seed: u64, index: u8, drift_ppm: i32) -> Timer {
        let name = self.cause.firing(index);
        let (due_us, latest_us) = self.moved_us.unwrap_or_else(|| {
            let (min_us, max_us) = self.delay_us;
            let delay_us = Chance::new(seed, name).between(DELAY, min_us, max_us);
            let at = |us| self.set_us + unscale(us, drift_ppm.into());
            (at(delay_us), at(max_us.max(min_us)))
        });
        Timer {
            name,
            cause: self.cause,
            set_us: self.set_us,
            earliest_us: self.earliest_us,
            due_us,
            latest_us,
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TimerSlot {
    pub timer: Option<Undrawn>,
    /// The time and name of its one valid entry in the queue. It stands at the earliest that the timer may fire, without a name,
    /// until that time has come, and only then where the timer is due. A timer that is set again later leaves its entry where it
    /// is; the entry moves when it comes up, so that resetting costs nothing.
    pub queued: Option<(u64, Name)>,
    /// Whether that entry stands where the timer is due, as drawn.
    pub settled: bool,
}

impl TimerSlot {
    /// The timer, which is not set any more. Its entry goes when it comes up.
    pub(super) fn clear(&mut self) -> Option<Undrawn> {
        self.settled = false;
        self.timer.take()
    }

    /// Its entry at `at_us` has come up: it moves to where it belongs, or goes if the timer is not set.
    pub(super) fn look_at(&mut self, at_us: u64, seed: u64, index: u8, drift_ppm: i32) {
        self.queued = self.timer.map(|timer| {
            if timer.earliest_us > at_us {
                return (timer.earliest_us, NAMELESS);
            }
            self.settled = true;
            let timer = timer.drawn(seed, index, drift_ppm);
            (timer.due_us, timer.name)
        });
    }
}

impl Kernel {
    /// Sets a timer of `node` by the event `cause`.
    #[inline(always)]
    pub(crate) fn set_timer(
        &mut self,
        node: NodeId,
        index: u8,
        cause: Name,
        min_us: u64,
        max_us: u64,
    ) {
        let host = &mut self.hosts[node.index()];
        let earliest_us = self.now_us + unscale(min_us, host.drift_ppm.into());
        let slot = &mut host.timers[index as usize];
        slot.timer = Some(Undrawn {
            cause,
            set_us: self.now_us,
            earliest_us,
            delay_us: (min_us, max_us),
            moved_us: None,
        });
        slot.settled = false;
        if slot
            .queued
            .is_none_or(|queued| (earliest_us, NAMELESS) < queued)
        {
            // There is nothing to draw where the delay is fixed.
            slot.settled = min_us >= max_us;
            let name = if slot.settled {
                cause.firing(index)
            } else {
                NAMELESS
            };
            slot.queued = Some((earliest_us, name));
            self.queue.push(Entry {
                due_us: earliest_us,
                name,
                what: Due::Timer(node, index),
            });
        }
    }

    /// A timer of a node, if it is set.
    pub(crate) fn timer(&self, node: NodeId, index: u8) -> Option<Timer> {
        let host = self.hosts.get(node.index())?;
        let timer = host.timers.get(index as usize)?.timer?;
        Some(timer.drawn(self.seed, index, host.drift_ppm))
    }

    /// Cancels a timer; returns the event that had set it, if it was set.
    #[inline]
    pub(crate) fn cancel_timer(&mut self, node: NodeId, index: u8) -> Option<Name> {
        let slot = &mut self.hosts[node.index()].timers[index as usize];
        slot.clear().map(|timer| timer.cause)
    }

    /// The timers of a node that are set, by index.
    pub(crate) fn timers(&self, node: NodeId) -> impl Iterator<Item = (u8, Timer)> + '_ {
        let set = self.timers_from(node);
        set.filter_map(move |(index, _)| Some((index, self.timer(node, index)?)))
    }

    /// Which timers of a node are set, and the earliest that each may fire.
    pub(crate) fn timers_from(&self, node: NodeId) -> impl Iterator<Item = (u8, u64)> + '_ {
        let slots = self.hosts[node.index()].timers.iter().enumerate();
        slots.filter_map(|(index, slot)| Some((index as u8, slot.timer?.earliest_us)))
    }
}
