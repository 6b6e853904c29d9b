//! The hand that carries out what a node asks for, at the moment it asks: sends, saves, timers, answers, facts.
//!
//! Effects go from the node's own code into the kernel, the disks and the record without a list between them.

use super::*;
use protocol::{Outlet, Purpose};

/// Carries out the effects of one node in one event.
pub(super) struct Hand<'a, P: Protocol, R> {
    setting: &'a Setting<P>,
    world: &'a mut World<P>,
    scratch: &'a mut Scratch<P>,
    recorder: &'a mut R,
    node: NodeId,
    name: Name,
    /// Whether a write is not durable yet: what follows waits with it.
    waits: bool,
}

impl<'a, P: Protocol, R: Recorder<P>> Hand<'a, P, R> {
    /// The hand of `node` in the event `name`.
    #[inline(always)]
    pub(super) fn new(
        setting: &'a Setting<P>,
        world: &'a mut World<P>,
        scratch: &'a mut Scratch<P>,
        recorder: &'a mut R,
        node: NodeId,
        name: Name,
    ) -> Self {
        let waits = !world.speech[node.index()].is_empty();
        Self {
            setting,
            world,
            scratch,
            recorder,
            node,
            name,
            waits,
        }
    }

    /// What waits for the writes before it, if any do.
    #[inline(never)]
    fn hush(&mut self, speech: Speech<P>) {
        self.world.speech[self.node.index()].push_back(speech);
    }

    /// What waited for a save leaves.
    pub(super) fn leave(&mut self, speech: Speech<P>) {
        match speech {
            Speech::Save(_, write) => {
                P::persist(&mut self.world.disks[self.node.index()], &write);
            }
            Speech::Send {
                name,
                cause,
                to,
                message,
                reason,
            } => self.send_now(name, cause, to, message, reason),
            Speech::Answer(id, answer) => self.answer_now(id, answer),
            Speech::Tell(fact) => self.tell_now(fact),
            Speech::Notify(token) => self.scratch.notified.push(token),
        }
    }

    /// The name of a message of this event: by addressee, kind and place among those alike.
    #[inline(always)]
    fn message_name(&mut self, to: NodeId, kind: u8) -> Name {
        let alike = u32::from(to.0) | u32::from(kind) << 16;
        let sent = &mut self.scratch.sent;
        let nth = sent.iter().filter(|other| **other == alike).count() as u32;
        sent.push(alike);
        self.name.message(to, kind, nth)
    }

    #[inline(always)]
    fn send_now(
        &mut self,
        name: Name,
        cause: Name,
        to: NodeId,
        message: P::Message,
        reason: P::Reason,
    ) {
        let world = &mut *self.world;
        if to.index() >= world.kernel.hosts.len() {
            return;
        }
        let (first, second) = world.kernel.transmit(name, cause, self.node, to);
        match second {
            None => self.sent_as(first, message, reason),
            Some(second) => self.sent_twice([first, second], message, reason),
        }
    }

    #[cold]
    fn sent_twice(&mut self, slots: [u32; 2], message: P::Message, reason: P::Reason) {
        for slot in slots {
            self.sent_as(slot, message.clone(), reason.clone());
        }
    }

    /// The message is on its way in `slot`.
    #[inline(always)]
    fn sent_as(&mut self, slot: u32, message: P::Message, reason: P::Reason) {
        if R::DETAIL {
            let flight = &self.world.kernel.flights[slot as usize];
            self.recorder.sent(flight, &message, reason);
        }
        self.world.put_body(slot, message);
    }

    #[inline(never)]
    fn answer_now(&mut self, id: OperationId, answer: P::Answer) {
        // An answer to something else, or a second one to the same, asks for nothing more.
        let node = self.node;
        let host = &self.world.kernel.hosts[node.index()];
        let last = id.client == node && id.number.checked_add(1) == Some(host.next_number);
        if last
            && host.arrival.is_none()
            && P::arrivals(&self.setting.config, node) == Arrivals::Closed
        {
            self.setting.next_arrival(&mut self.world.kernel, node);
        }
        if R::ON {
            self.recorder.outcome(Record::Answered(id, answer));
        }
    }

    #[inline(always)]
    fn tell_now(&mut self, fact: P::Fact) {
        if R::ON {
            self.recorder.outcome(Record::Told(fact.clone()));
        }
        self.scratch.facts.push((self.node, fact));
    }

    /// A write that takes time: what follows waits for it.
    #[inline(never)]
    fn save_later(&mut self, write: P::Write, save_us: u64) {
        let (node, name) = (self.node, self.name);
        let due_us = *self.scratch.saved_us.get_or_insert_with(|| {
            let free = &mut self.world.disk_free_us[node.index()];
            *free = (*free).max(self.world.kernel.now_us) + save_us;
            *free
        });
        if R::DETAIL {
            self.recorder.saved(write.clone(), due_us);
        }
        self.hush(Speech::Save(name, write));
        self.waits = true;
        if self.world.kernel.hosts[node.index()].save.is_none() {
            let save = name.saved();
            self.world.kernel.schedule_save(node, Some((due_us, save)));
        }
    }
}

impl<P: Protocol, R: Recorder<P>> Outlet<P> for Hand<'_, P, R> {
    #[inline]
    fn send(&mut self, to: NodeId, message: P::Message, reason: P::Reason, before_save: bool) {
        let name = self.message_name(to, P::message_kind(&message));
        let cause = self.name;
        if self.waits && !before_save {
            self.hush(Speech::Send {
                name,
                cause,
                to,
                message,
                reason,
            });
        } else {
            self.send_now(name, cause, to, message, reason);
        }
    }

    fn answer(&mut self, id: OperationId, answer: P::Answer) {
        if self.waits {
            self.hush(Speech::Answer(id, answer));
        } else {
            self.answer_now(id, answer);
        }
    }

    fn tell(&mut self, fact: P::Fact) {
        if self.waits {
            self.hush(Speech::Tell(fact));
        } else {
            self.tell_now(fact);
        }
    }

    fn save(&mut self, write: P::Write) {
        let save_us = self.world.kernel.world.save_us;
        if save_us > 0 || self.waits {
            return self.save_later(write, save_us);
        }
        P::persist(&mut self.world.disks[self.node.index()], &write);
        if R::DETAIL {
            let now_us = self.world.kernel.now_us;
            self.recorder.saved(write, now_us);
        }
    }

    fn notify_saved(&mut self, token: u64) {
        if self.waits {
            self.hush(Speech::Notify(token));
        } else {
            self.scratch.notified.push(token);
        }
    }

    #[inline]
    fn set_timer(&mut self, timer: P::Timer, min_us: u64, max_us: u64, reason: P::Reason) {
        let timer = timer.index();
        let kernel = &mut self.world.kernel;
        kernel.set_timer(self.node, timer, self.name, min_us, max_us);
        if R::DETAIL
            && let Some(set) = kernel.timer(self.node, timer)
        {
            let range_us = (min_us, max_us);
            self.recorder.timer_set(timer, range_us, set.due_us, reason);
        }
    }

    fn cancel_timer(&mut self, timer: P::Timer) {
        let timer = timer.index();
        let was_set = self.world.kernel.cancel_timer(self.node, timer).is_some();
        if was_set && R::DETAIL {
            self.recorder.outcome(Record::TimerCancelled(timer));
        }
    }

    fn note(&mut self, reason: P::Reason) {
        if R::DETAIL {
            self.recorder.noted(reason);
        }
    }

    fn chose(&mut self, purpose: Purpose, outcomes: u32, chosen: u32) {
        if R::DETAIL {
            self.recorder
                .outcome(Record::Chose(purpose, outcomes, chosen));
        }
    }
}
