//! How a node is driven: what may be handed in, and when it wants to be woken.

use crate::Refusal;
use crate::letter::Letter;
use crate::machine::Live;
use crate::node::{Node, Output, Wired};
use protocol::{MessageView, NodeId, NodeKind, NodeSpec, NodeView, OperationId};
use trace::Cause;
use wire::Envelope;
use wire::watch::{FORMAT, Hello};

/// Of the event that somebody's operation is.
const BY_HAND: u64 = 0xed;
/// At most so many timers, arrivals and messages to itself happen before whoever drives the node looks at the rest again.
const AT_ONCE_MAX: usize = 256;

impl<P: Wired> Live<P> {
    /// The first thing that is due by now: a timer, by time and name, or an operation of the workload.
    fn next_due(&self) -> Option<(u64, Option<usize>)> {
        let timers = self.host.timers.iter().enumerate();
        let timer = timers
            .filter_map(|(index, timer)| Some((timer.as_ref()?, index)))
            .min_by_key(|(timer, _)| (timer.due_us, timer.name))
            .map(|(timer, index)| (timer.due_us, Some(index)));
        let arrival = self.host.arrival.map(|due_us| (due_us, None));
        match (timer, arrival) {
            (Some(timer), Some(arrival)) if arrival.0 < timer.0 => Some(arrival),
            (timer, arrival) => timer.or(arrival),
        }
    }
}

impl<P: Wired> Node for Live<P> {
    fn hello(&self) -> Hello<NodeView> {
        let setting = &self.setting;
        Hello {
            format: FORMAT,
            protocol: P::ID.into(),
            behaviour: P::BEHAVIOUR,
            variant: setting.variant_id.into(),
            parameters: setting.parameters.clone(),
            nodes: setting.labels.clone(),
            node: setting.me.0,
            incarnation: self.state.as_ref().map_or(0, |_| self.host.incarnation),
            clock: self.host.clock,
            at_us: self.host.now_us,
            view: self
                .state
                .as_ref()
                .map(|state| state.view(&setting.config, setting.me)),
        }
    }

    fn me(&self) -> NodeId {
        self.setting.me
    }

    fn roster(&self) -> &[NodeSpec] {
        &self.setting.roster
    }

    fn watch(&mut self, watched: bool) {
        self.host.watched = watched;
    }

    fn message(&mut self, now_us: u64, envelope: &Envelope) -> Result<(), Refusal> {
        self.is_up()?;
        let labels = &self.setting.labels;
        let me = &labels[self.setting.me.index()];
        if envelope.dest != *me {
            return Err(Refusal::NotForMe {
                dest: envelope.dest.clone(),
                me: me.clone(),
            });
        }
        let place = labels.iter().position(|label| *label == envelope.src);
        let from = place.ok_or_else(|| Refusal::NoSender {
            src: envelope.src.clone(),
        })?;
        let letter = Letter::open(envelope)?;
        self.at(now_us);
        self.delivered(NodeId(from as u16), letter);
        Ok(())
    }

    fn message_view(&self, envelope: &Envelope) -> Result<MessageView, Refusal> {
        Letter::open(envelope).map(|letter| P::message_view(&letter.message))
    }

    fn ask(&mut self, now_us: u64, op: &str, fields: &[String]) -> Result<OperationId, Refusal> {
        self.is_up()?;
        let client = self.setting.me;
        let is_client = |spec: &&NodeSpec| spec.kind == NodeKind::Client;
        if !is_client(&&self.setting.roster[client.index()]) {
            let clients = self.setting.roster.iter().filter(is_client);
            return Err(Refusal::NoClient {
                me: self.setting.labels[client.index()].clone(),
                clients: clients.map(|spec| spec.label.clone()).collect(),
            });
        }
        let op = P::operation(op, fields).map_err(Refusal::Operation)?;
        self.at(now_us);
        self.host.by_hand += 1;
        let by_hand = self.host.by_hand;
        let id = OperationId {
            client,
            number: OperationId::BY_HAND + by_hand,
        };
        let boot = self.host.boot_name(client);
        self.asked(boot.mix(BY_HAND).mix(by_hand), id, op, Cause::Choice);
        Ok(id)
    }

    fn durable(&mut self, now_us: u64, number: u64) {
        self.at(now_us);
        // What was never handed out is not durable, whatever is said.
        for number in self.host.durable + 1..=number.min(self.host.save) {
            self.host.durable = number;
            self.saved(number);
            self.boot();
        }
    }

    fn wake(&mut self, now_us: u64) {
        self.at(now_us);
        if self.state.is_none() {
            return;
        }
        for _ in 0..AT_ONCE_MAX {
            if let Some(letter) = self.host.inbox.pop_front() {
                self.delivered(self.setting.me, letter);
                continue;
            }
            match self.next_due() {
                Some((due_us, timer)) if due_us <= self.host.now_us => match timer {
                    Some(index) => self.fired(index),
                    None => self.arrived(),
                },
                _ => return,
            }
        }
    }

    fn wake_at_us(&self) -> Option<u64> {
        self.state.as_ref()?;
        if self.host.inbox.is_empty() {
            self.next_due().map(|(due_us, _)| due_us)
        } else {
            Some(self.host.now_us)
        }
    }

    fn next_output(&mut self) -> Option<Output> {
        self.host.outputs.pop_front()
    }
}
