//! The hand that carries out what a node asks for, at the moment it asks: what must wait for a save waits, the rest becomes output.

use crate::letter::{Letter, Stamp};
use crate::machine::{Host, Setting, Speech, Timer};
use crate::node::Wired;
use crate::told;
use crate::{Output, kept::Record};
use protocol::{Arrivals, Chance, Name, NodeId, OperationId, Outlet, Purpose, Say, TimerName};
use trace::Outcome;

const DELAY: Purpose = Purpose::new("delay");

/// Carries out the effects of one event.
pub(crate) struct Hand<'a, P: Wired> {
    pub(crate) setting: &'a Setting<P>,
    pub(crate) host: &'a mut Host<P>,
}

impl<P: Wired> Hand<'_, P> {
    fn waits(&self) -> bool {
        !self.host.speech.is_empty()
    }

    /// Puts a record behind those of this event, and lets what follows wait for it.
    pub(crate) fn keep(&mut self, record: &Record<P::Write>) {
        self.host.records.push(record.packed());
        let own_clock = match record {
            Record::Write(_) => None,
            Record::Booted { clock, .. } | Record::Clock(clock) => Some(*clock),
            Record::Asked { .. } => Some(0),
        };
        self.host.own_waiting += u32::from(own_clock.is_some());
        self.host.speech.push_back(Speech::Save {
            number: self.host.save + 1,
            cause: self.host.name,
            own_clock,
        });
    }

    /// What waited for a save leaves.
    pub(crate) fn leave(&mut self, speech: Speech<P>) {
        match speech {
            Speech::Save { own_clock, .. } => {
                if let Some(clock) = own_clock {
                    self.host.own_waiting -= 1;
                    self.host.clock_kept = self.host.clock_kept.max(clock);
                }
            }
            Speech::Send {
                name,
                cause,
                to,
                message,
                reason,
            } => self.send_now(name, cause, to, message, reason),
            Speech::Answer(id, answer) => self.answer_now(id, &answer),
            Speech::Tell(fact) => self.tell_now(fact),
            Speech::Notify(token) => self.host.notified.push(token),
        }
    }

    fn send_now(
        &mut self,
        name: Name,
        cause: Name,
        to: NodeId,
        message: P::Message,
        reason: P::Reason,
    ) {
        let (setting, host) = (self.setting, &mut *self.host);
        let Some(addressee) = setting.labels.get(to.index()) else {
            return;
        };
        let stamp = Stamp {
            name,
            cause,
            clock: host.clock,
            sent_us: host.now_us,
        };
        if host.watched {
            host.outcomes
                .push(told::sent::<P>(setting, &stamp, to, &message, &reason));
        }
        let letter = Letter {
            message,
            stamp: Some(stamp),
        };
        if to == setting.me {
            host.inbox.push_back(letter);
            return;
        }
        // A message that is no JSON would be a mistake in its type, which a test of the catalogue would have found.
        let envelope = letter
            .seal::<P>(&setting.labels[setting.me.index()], addressee)
            .expect("messages can be written as JSON");
        host.outputs.push_back(Output::Send { to, envelope });
    }

    fn answer_now(&mut self, id: OperationId, answer: &P::Answer) {
        let me = self.setting.me;
        let last = id.client == me && id.number == self.host.workload;
        if last
            && self.host.arrival.is_none()
            && P::arrivals(&self.setting.config, me) == Arrivals::Closed
        {
            self.host.next_arrival(self.setting);
        }
        let answer = answer.phrase(me);
        if self.host.watched {
            self.host.outcomes.push(Outcome::Answered {
                id,
                answer: answer.clone(),
            });
        }
        self.host.outputs.push_back(Output::Answered { id, answer });
    }

    fn tell_now(&mut self, fact: P::Fact) {
        if self.host.watched {
            let phrase = fact.phrase(self.setting.me);
            self.host.outcomes.push(Outcome::Told(phrase));
        }
        if let Some(facts) = &mut self.host.facts {
            facts.push(fact);
        }
    }
}

impl<P: Wired> Outlet<P> for Hand<'_, P> {
    fn send(&mut self, to: NodeId, message: P::Message, reason: P::Reason, before_save: bool) {
        let kind = P::message_kind(&message);
        let nth = self.host.nth_alike(to, kind);
        let cause = self.host.name;
        let name = cause.message(to, kind, nth);
        // What the node keeps for itself is not the protocol's: nothing may overtake that.
        let overtakes = before_save && self.host.own_waiting == 0;
        if self.waits() && !overtakes {
            self.host.speech.push_back(Speech::Send {
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
        if self.waits() {
            self.host.speech.push_back(Speech::Answer(id, answer));
        } else {
            self.answer_now(id, &answer);
        }
    }

    fn tell(&mut self, fact: P::Fact) {
        if self.waits() {
            self.host.speech.push_back(Speech::Tell(fact));
        } else {
            self.tell_now(fact);
        }
    }

    fn save(&mut self, write: P::Write) {
        if self.host.watched {
            self.host.outcomes.push(Outcome::Saved {
                write: trace::tree(&write, &self.setting.labels),
                due_us: self.host.now_us,
            });
        }
        self.keep(&Record::Write(write));
    }

    fn notify_saved(&mut self, token: u64) {
        if self.waits() {
            self.host.speech.push_back(Speech::Notify(token));
        } else {
            self.host.notified.push(token);
        }
    }

    fn set_timer(&mut self, timer: P::Timer, min_us: u64, max_us: u64, reason: P::Reason) {
        let index = timer.index();
        let host = &mut *self.host;
        let name = host.name.firing(index);
        let delay_us = Chance::new(self.setting.seed, name).between(DELAY, min_us, max_us);
        let due_us = host.now_us + delay_us;
        host.timers[usize::from(index)] = Some(Timer {
            name,
            cause: host.name,
            due_us,
        });
        if host.watched {
            host.outcomes.push(Outcome::TimerSet {
                timer: timer.id().into(),
                min_us,
                max_us,
                due_us,
                reason: reason.phrase(self.setting.me),
            });
        }
    }

    fn cancel_timer(&mut self, timer: P::Timer) {
        let was_set = self.host.timers[usize::from(timer.index())]
            .take()
            .is_some();
        if was_set && self.host.watched {
            let timer = timer.id().into();
            self.host.outcomes.push(Outcome::TimerCancelled { timer });
        }
    }

    fn note(&mut self, reason: P::Reason) {
        if self.host.watched {
            let reason = reason.phrase(self.setting.me);
            self.host.outcomes.push(Outcome::Noted(reason));
        }
    }

    fn chose(&mut self, purpose: Purpose, outcomes: u32, chosen: u32) {
        if self.host.watched {
            self.host.outcomes.push(Outcome::Chose {
                purpose: purpose.word(),
                outcomes,
                chosen,
            });
        }
    }
}
