//! From the protocol's own types to plain data: events, frames, and what waits. Done on demand, never while running.

use crate::cluster::Cluster;
use crate::kernel::Due;
use crate::record::{Glance, Handling, Header, Record, Rows, Travel, What};
use crate::{Action, Pending};
use protocol::{Name, NodeId, Phrase, Protocol, Say, TimerName};
use std::borrow::Cow;
use trace::{
    Event, Fate, Flight, FlightEnd, Frame, MessageRef, NodeFrame, NodeStatus, Outcome, Stimulus,
    TimerFrame, tree,
};

fn timer_id<P: Protocol>(index: u8) -> Cow<'static, str> {
    Cow::Borrowed(P::Timer::ALL[index as usize].id())
}

fn message<P: Protocol>(travel: &Travel, body: &P::Message, labels: &[String]) -> MessageRef {
    MessageRef {
        name: travel.name,
        from: travel.from,
        to: travel.to,
        sent_us: travel.sent_us,
        view: P::message_view(body),
        body: Some(tree(body, labels)),
    }
}

/// The event at `place` of `record`. Fates are as known when the message left; the caller looks ahead.
pub(crate) fn event<P: Protocol, const DETAIL: bool>(
    record: &Rows<P, DETAIL>,
    place: usize,
    labels: &[String],
) -> Event {
    let header = record.header(place);
    Event {
        step: header.step,
        name: header.name,
        at_us: header.at_us,
        node: header.node,
        stimulus: stimulus(header, &record.glance(place), labels),
        cause: header.cause,
        outcomes: record
            .outcomes_of(place)
            .map(|outcome| outcome_of(header, &outcome, labels))
            .collect(),
        view: None,
    }
}

/// A message in flight.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Flying {
    pub name: Name,
    pub from: NodeId,
    pub to: NodeId,
}

/// How the event at `place` ends the flight of a message, if it does.
pub(crate) fn ending<P: Protocol, const DETAIL: bool>(
    record: &Rows<P, DETAIL>,
    place: usize,
    message: &Flying,
) -> Option<Fate> {
    let header = record.header(place);
    if let Some(name) = record.arrival(place) {
        return (name == message.name).then_some(Fate::Delivered(header.step));
    }
    let Glance::Other(what) = record.glance(place) else {
        return None;
    };
    match what {
        What::Bounced(travel, _) if travel.name == message.name => Some(Fate::Bounced(header.step)),
        What::Handled(travel, _, Handling::Dropped) if travel.name == message.name => {
            Some(Fate::Dropped(header.step))
        }
        What::Acted(action) => match &**action {
            Action::Cut { from, to, both } => {
                let cut = trace::Cut {
                    from: from.clone(),
                    to: to.clone(),
                    both: *both,
                };
                crate::separates(&cut, message.from, message.to).then_some(Fate::Cut)
            }
            _ => None,
        },
        _ => None,
    }
}

fn stimulus<P: Protocol>(header: &Header, glance: &Glance<'_, P>, labels: &[String]) -> Stimulus {
    let client = header.node.unwrap_or(NodeId(0));
    let what = match glance {
        Glance::Delivered(travel, body) => {
            return Stimulus::Delivered(message::<P>(travel, body, labels));
        }
        Glance::Fired(timer) => &What::Fired(*timer),
        Glance::Saved => &What::Saved,
        Glance::Other(what) => *what,
    };
    match what {
        What::Bounced(travel, body) => Stimulus::Bounced(message::<P>(travel, body, labels)),
        What::Fired(timer) => Stimulus::Fired {
            timer: timer_id::<P>(*timer),
        },
        What::Asked(id, op) => Stimulus::Asked {
            id: *id,
            op: op.phrase(client),
        },
        What::Saved => Stimulus::Saved,
        What::Booted(incarnation) => Stimulus::Booted {
            incarnation: *incarnation,
        },
        What::Crashed { kept, lost } => Stimulus::Crashed {
            kept: *kept,
            lost: *lost,
        },
        What::Handled(travel, body, handling) => {
            let message = message::<P>(travel, body, labels);
            match handling {
                Handling::Dropped => Stimulus::Dropped(message),
                Handling::Duplicated => Stimulus::Duplicated(message),
                Handling::Held => Stimulus::Held(message),
                Handling::Released => Stimulus::Released(message),
            }
        }
        What::Acted(action) => acted(action),
    }
}

fn acted(action: &Action) -> Stimulus {
    match action {
        Action::Pause(_) => Stimulus::Paused,
        Action::Resume(_) => Stimulus::Resumed,
        Action::Cut { from, to, both } => Stimulus::Cut {
            from: from.clone(),
            to: to.clone(),
            both: *both,
        },
        Action::Heal => Stimulus::Healed,
        Action::Skew {
            drift_ppm,
            offset_us,
            ..
        } => Stimulus::Skewed {
            drift_ppm: *drift_ppm,
            offset_us: *offset_us,
        },
        Action::Set { key, value } => Stimulus::Set {
            key: key.clone(),
            value: value.clone(),
        },
        Action::Erase(_) => Stimulus::Erased,
        Action::Choose { outcome, .. } => Stimulus::Decided { outcome: *outcome },
        Action::Add(_) => Stimulus::Added,
        Action::Remove(_) => Stimulus::Removed,
        other => unreachable!("{other:?} is recorded in a form of its own"),
    }
}

fn outcome_of<P: Protocol>(header: &Header, record: &Record<P>, labels: &[String]) -> Outcome {
    let me = header.node.unwrap_or(NodeId(0));
    match record {
        Record::Sent {
            name,
            to,
            due_us,
            end,
            message: body,
            reason,
        } => Outcome::Sent {
            message: message::<P>(
                &Travel {
                    name: *name,
                    from: me,
                    to: *to,
                    sent_us: header.at_us,
                },
                body,
                labels,
            ),
            due_us: *due_us,
            fate: match end {
                FlightEnd::Lost => Fate::Lost,
                FlightEnd::Cut => Fate::Cut,
                FlightEnd::Arrives | FlightEnd::Dropped | FlightEnd::Bounced => Fate::Flying,
            },
            reason: reason.phrase(me),
        },
        Record::Copied(travel, due_us, body) => Outcome::Sent {
            message: message::<P>(travel, body, labels),
            due_us: *due_us,
            fate: Fate::Flying,
            reason: Phrase::new("outcome.copied"),
        },
        Record::Answered(id, answer) => Outcome::Answered {
            id: *id,
            answer: answer.phrase(me),
        },
        Record::Told(fact) => Outcome::Told(fact.phrase(me)),
        Record::Saved(write, due_us) => Outcome::Saved {
            write: tree(write, labels),
            due_us: *due_us,
        },
        Record::TimerSet {
            timer,
            min_us,
            max_us,
            due_us,
            reason,
        } => Outcome::TimerSet {
            timer: timer_id::<P>(*timer),
            min_us: *min_us,
            max_us: *max_us,
            due_us: *due_us,
            reason: reason.phrase(me),
        },
        Record::TimerCancelled(timer) => Outcome::TimerCancelled {
            timer: timer_id::<P>(*timer),
        },
        Record::Noted(reason) => Outcome::Noted(reason.phrase(me)),
        Record::Chose(purpose, outcomes, chosen) => Outcome::Chose {
            purpose: purpose.word(),
            outcomes: *outcomes,
            chosen: *chosen,
        },
        Record::Judged(index, verdict) => Outcome::Judged {
            property: Cow::Borrowed(P::PROPERTIES[*index as usize].id),
            verdict: verdict.clone(),
        },
    }
}

impl<P: Protocol> Cluster<P> {
    /// Everything that the views show now; `next_us` and `next` are what happens next.
    pub(crate) fn frame(&self, next_us: Option<u64>, next: Option<&Action>) -> Frame {
        let kernel = self.kernel();
        let next_flight = match next {
            Some(Action::Deliver(name)) => Some(*name),
            _ => None,
        };
        let flights = kernel.on_stage().filter_map(|(slot, flight)| {
            let body = self.body(slot)?;
            Some(Flight {
                name: flight.name,
                copy: flight.copy.into(),
                from: flight.from,
                to: flight.to,
                view: P::message_view(body),
                sent_us: flight.sent_us,
                due_us: flight.due_us,
                end: flight.end,
                ended_us: flight.ended_us,
                held: flight.held,
                next: next_flight == Some(flight.name),
            })
        });
        Frame {
            step: kernel.steps,
            now_us: kernel.now_us,
            next_us,
            next_node: next.and_then(|action| self.place_of(action)),
            layout: P::layout(self.config()),
            nodes: (0..self.roster().len())
                .map(|index| self.node_frame(NodeId(index as u16)))
                .collect(),
            flights: flights.collect(),
            cuts: kernel.cuts.clone(),
        }
    }

    fn node_frame(&self, node: NodeId) -> NodeFrame {
        let kernel = self.kernel();
        let host = &kernel.hosts[node.index()];
        let spec = &self.roster()[node.index()];
        let view = match self.node(node) {
            Some(state) => state.view(self.config(), node),
            None => protocol::NodeView {
                role: Cow::Borrowed("role.down"),
                ..Default::default()
            },
        };
        let mut timers: Vec<TimerFrame> = kernel
            .timers(node)
            .map(|(index, timer)| TimerFrame {
                timer: timer_id::<P>(index),
                set_us: timer.set_us,
                earliest_us: timer.earliest_us,
                due_us: timer.due_us,
                latest_us: timer.latest_us,
            })
            .collect();
        timers.sort_by_key(|timer| timer.due_us);
        let (unsaved, waiting) = self.unsaved(node);
        NodeFrame {
            id: node,
            label: spec.label.clone(),
            kind: spec.kind,
            tier: spec.tier,
            status: host.status,
            view,
            timers,
            unsaved,
            waiting,
            drift_ppm: host.drift_ppm,
            offset_us: host.offset_us,
        }
    }

    /// The node at which a pick happens.
    fn place_of(&self, action: &Action) -> Option<NodeId> {
        match action {
            Action::Deliver(name) => {
                let slot = self.kernel().find_flight(*name).ok()?;
                Some(self.kernel().flights[slot as usize].to)
            }
            Action::Fire { node, .. } | Action::Save(node) | Action::Arrive(node) => Some(*node),
            _ => None,
        }
    }

    /// What waits, earliest first; what is held comes last, and so does what waits for a paused node.
    pub(crate) fn pending(&self) -> Vec<Pending> {
        let kernel = self.kernel();
        let mut all: Vec<(bool, Pending)> = Vec::new();
        for next in kernel.waiting() {
            let late = next.at_us < kernel.now_us;
            let row = |action, node, due_us, phrase| Pending {
                action,
                event: next.name,
                message: None,
                due_us,
                earliest_us: kernel.now_us,
                late,
                held: false,
                node,
                phrase,
                epoch: None,
                faint: false,
            };
            let pending = match next.what {
                Due::Flight(slot) => {
                    let flight = kernel.flights[slot as usize];
                    let Some(body) = self.body(slot) else {
                        continue;
                    };
                    let view = P::message_view(body);
                    let phrase = Phrase::new("pending.deliver")
                        .node("from", flight.from)
                        .node("to", flight.to)
                        .text("kind", view.kind.clone());
                    Pending {
                        message: Some(flight.name),
                        held: flight.held,
                        epoch: view.epoch,
                        faint: view.shape == protocol::MessageShape::Heartbeat,
                        ..row(Action::Deliver(flight.name), flight.to, next.at_us, phrase)
                    }
                }
                Due::Timer(node, timer) => {
                    let id = timer_id::<P>(timer);
                    let phrase = Phrase::new("pending.fire").node("node", node).with(
                        "timer",
                        protocol::Arg::Word(Cow::Owned(format!("timer.{id}"))),
                    );
                    let earliest = kernel
                        .timer(node, timer)
                        .map_or(0, |timer| timer.earliest_us);
                    Pending {
                        earliest_us: earliest.max(kernel.now_us),
                        ..row(Action::Fire { node, timer }, node, next.at_us, phrase)
                    }
                }
                Due::Save(node) => {
                    let (writes, _) = self.unsaved(node);
                    let phrase = Phrase::new("pending.save")
                        .node("node", node)
                        .int("writes", writes.into());
                    row(Action::Save(node), node, next.at_us, phrase)
                }
                Due::Arrival(node) => {
                    let number = kernel.hosts[node.index()]
                        .arrival
                        .map_or(0, |(_, number)| number);
                    let op = self.next_op(node, number).phrase(node);
                    let phrase = Phrase::new("pending.arrive")
                        .node("node", node)
                        .with("op", protocol::Arg::Phrase(Box::new(op)));
                    Pending {
                        earliest_us: next.at_us.max(kernel.now_us),
                        ..row(Action::Arrive(node), node, next.at_us, phrase)
                    }
                }
            };
            let paused = kernel.hosts[pending.node.index()].status == NodeStatus::Paused;
            all.push((paused || pending.held, pending));
        }
        // What stands still comes last; the order by (due, name) stays within each part.
        let (still, going): (Vec<_>, Vec<_>) = all.into_iter().partition(|(stands, _)| *stands);
        going
            .into_iter()
            .chain(still)
            .map(|(stands, pending)| Pending {
                held: stands,
                ..pending
            })
            .collect()
    }

    /// Everything that can be done, in a stable order: what waits, then what can be done to messages, nodes and links.
    pub(crate) fn enabled(&self) -> Vec<Action> {
        let kernel = self.kernel();
        let waiting = self.pending();
        let status = |node: NodeId| kernel.hosts[node.index()].status;
        let mut all: Vec<Action> = waiting
            .iter()
            .filter(|row| status(row.node) != NodeStatus::Paused)
            .map(|row| row.action.clone())
            .collect();
        for row in &waiting {
            let Some(name) = row.message else { continue };
            let held = kernel
                .find_flight(name)
                .is_ok_and(|slot| kernel.flights[slot as usize].held);
            all.push(Action::Drop(name));
            all.push(Action::Duplicate(name));
            all.push(if held {
                Action::Release(name)
            } else {
                Action::Hold(name)
            });
        }
        let nodes = || (0..kernel.hosts.len()).map(|index| NodeId(index as u16));
        for node in nodes() {
            match status(node) {
                up @ (NodeStatus::Up | NodeStatus::Paused) => {
                    let (unsaved, _) = self.unsaved(node);
                    for keep in 0..=unsaved {
                        all.push(Action::Crash {
                            node,
                            keep,
                            torn: false,
                        });
                        if self.can_tear(node, keep) {
                            all.push(Action::Crash {
                                node,
                                keep,
                                torn: true,
                            });
                        }
                    }
                    all.push(match up {
                        NodeStatus::Up => Action::Pause(node),
                        _ => Action::Resume(node),
                    });
                }
                NodeStatus::Crashed => {
                    all.push(Action::Restart(node));
                    all.push(Action::Erase(node));
                }
                NodeStatus::Removed => {}
            }
        }
        for node in nodes() {
            let others: Vec<NodeId> = nodes().filter(|other| *other != node).collect();
            if !others.is_empty() {
                all.push(Action::Cut {
                    from: vec![node],
                    to: others,
                    both: true,
                });
            }
        }
        if !kernel.cuts.is_empty() {
            all.push(Action::Heal);
        }
        all
    }
}
