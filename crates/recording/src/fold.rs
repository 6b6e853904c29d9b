//! The frame after each event: what is up, what flies, what is cut, folded over the events alone.

use protocol::{Layout, Name, NodeId};
use std::sync::Arc;
use trace::{
    Cut, Event, Fate, Flight, FlightEnd, Frame, MessageRef, NodeFrame, NodeStatus, Outcome,
    Stimulus, TimerFrame,
};

/// How long what ended stays on the stage, in microseconds, as in a simulated cluster.
const LINGER_US: u64 = 4_000;

/// What the views show at one step. Shared parts make a copy cheap.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) step: u64,
    pub(crate) now_us: u64,
    nodes: Vec<Arc<NodeFrame>>,
    /// When what each node saved is durable, while it is not.
    unsaved: Vec<Vec<u64>>,
    flights: Vec<Flight>,
    cuts: Vec<Cut>,
    /// After how long a message is no longer shown of which nobody has told.
    unheard_us: Option<u64>,
}

impl State {
    /// Before the first event.
    pub(crate) fn new(start: &Frame, unheard_us: Option<u64>) -> Self {
        Self {
            unheard_us,
            step: 0,
            now_us: start.now_us,
            nodes: start.nodes.iter().cloned().map(Arc::new).collect(),
            unsaved: vec![Vec::new(); start.nodes.len()],
            flights: start.flights.clone(),
            cuts: start.cuts.clone(),
        }
    }

    /// Somebody who is not on the stage yet.
    pub(crate) fn add(&mut self, node: Arc<NodeFrame>) {
        self.nodes.push(node);
        self.unsaved.push(Vec::new());
    }

    fn node(&mut self, node: Option<NodeId>) -> Option<&mut NodeFrame> {
        self.nodes.get_mut(node?.index()).map(Arc::make_mut)
    }

    /// Folds one event in.
    pub(crate) fn apply(&mut self, event: &Event) {
        self.step = event.step;
        self.now_us = event.at_us;
        let now_us = self.now_us;
        let unheard_us = self.unheard_us;
        self.flights.retain(|flight| {
            let until = shown_until_us(flight).or_else(|| unheard_until_us(flight, unheard_us?));
            until.is_none_or(|until| until > now_us)
        });
        self.stimulus(event);
        for outcome in &event.outcomes {
            self.outcome(event, outcome);
        }
        if crate::journal::is_gap(event) {
            // What became of them is not known. Those that are still under way are told anew.
            self.flights.clear();
        }
        if let (Some(view), Some(node)) = (&event.view, self.node(event.node)) {
            node.view.clone_from(view);
        }
    }

    fn stimulus(&mut self, event: &Event) {
        let node = event.node;
        match &event.stimulus {
            Stimulus::Booted { .. } | Stimulus::Resumed | Stimulus::Added => {
                self.stands(node, NodeStatus::Up);
            }
            Stimulus::Paused => self.stands(node, NodeStatus::Paused),
            Stimulus::Crashed { .. } => self.stands(node, NodeStatus::Crashed),
            Stimulus::Removed => self.stands(node, NodeStatus::Removed),
            Stimulus::Delivered(message) => {
                if let Some(place) = self.flight(message) {
                    self.flights.remove(place);
                }
            }
            Stimulus::Bounced(message) => self.ends(message, FlightEnd::Bounced, event.at_us),
            Stimulus::Dropped(message) => self.ends(message, FlightEnd::Dropped, event.at_us),
            Stimulus::Held(message) | Stimulus::Released(message) => {
                let held = matches!(event.stimulus, Stimulus::Held(_));
                if let Some(place) = self.flight(message) {
                    self.flights[place].held = held;
                }
            }
            Stimulus::Fired { timer } => self.timer_is_gone(node, timer),
            Stimulus::Cut { from, to, both } => {
                let cut = Cut {
                    from: from.clone(),
                    to: to.clone(),
                    both: *both,
                };
                // What is in flight on it ends as well.
                for flight in &mut self.flights {
                    let flies = flight.ended_us.is_none() && flight.end == FlightEnd::Arrives;
                    if flies && parts(&cut, flight.from, flight.to) {
                        (flight.end, flight.ended_us) = (FlightEnd::Cut, Some(event.at_us));
                    }
                }
                self.cuts.push(cut);
            }
            Stimulus::Healed => self.cuts.clear(),
            &Stimulus::Skewed {
                drift_ppm,
                offset_us,
            } => {
                if let Some(node) = self.node(node) {
                    (node.drift_ppm, node.offset_us) = (drift_ppm, offset_us);
                }
            }
            Stimulus::Asked { .. }
            | Stimulus::Saved
            | Stimulus::Set { .. }
            | Stimulus::Duplicated(_)
            | Stimulus::Erased
            | Stimulus::Internal
            | Stimulus::Decided { .. } => {}
        }
    }

    fn outcome(&mut self, event: &Event, outcome: &Outcome) {
        match outcome {
            Outcome::Sent {
                message,
                due_us,
                fate,
                ..
            } => self.flights.push(Flight {
                name: message.name,
                copy: u32::from(matches!(event.stimulus, Stimulus::Duplicated(_))),
                from: message.from,
                to: message.to,
                view: message.view.clone(),
                sent_us: message.sent_us,
                due_us: *due_us,
                end: match fate {
                    Fate::Lost => FlightEnd::Lost,
                    Fate::Cut if self.is_cut(message) => FlightEnd::Cut,
                    // Until something else happens to it, it flies like any other.
                    Fate::Cut
                    | Fate::Flying
                    | Fate::Delivered(_)
                    | Fate::Bounced(_)
                    | Fate::Dropped(_) => FlightEnd::Arrives,
                },
                ended_us: None,
                held: false,
                next: false,
            }),
            Outcome::TimerSet {
                timer,
                min_us,
                max_us,
                due_us,
                ..
            } => {
                self.timer_is_gone(event.node, timer);
                let at_us = event.at_us;
                if let Some(node) = self.node(event.node) {
                    node.timers.push(TimerFrame {
                        timer: timer.clone(),
                        set_us: at_us,
                        earliest_us: at_us + min_us,
                        due_us: *due_us,
                        latest_us: at_us + max_us,
                    });
                    node.timers.sort_by_key(|timer| timer.due_us);
                }
            }
            Outcome::TimerCancelled { timer } => self.timer_is_gone(event.node, timer),
            Outcome::Saved { due_us, .. } => {
                if let Some(node) = event.node
                    && let Some(unsaved) = self.unsaved.get_mut(node.index())
                {
                    unsaved.push(*due_us);
                }
            }
            Outcome::Answered { .. }
            | Outcome::Told(_)
            | Outcome::Noted(_)
            | Outcome::Chose { .. }
            | Outcome::Judged { .. } => {}
        }
    }

    fn is_cut(&self, message: &MessageRef) -> bool {
        let mut cuts = self.cuts.iter();
        cuts.any(|cut| parts(cut, message.from, message.to))
    }

    fn stands(&mut self, node: Option<NodeId>, status: NodeStatus) {
        let Some(frame) = self.node(node) else {
            return;
        };
        if matches!(status, NodeStatus::Crashed | NodeStatus::Removed) {
            frame.timers.clear();
        }
        frame.status = status;
        if status != NodeStatus::Up
            && status != NodeStatus::Paused
            && let Some(node) = node
        {
            self.unsaved[node.index()].clear();
        }
    }

    fn timer_is_gone(&mut self, node: Option<NodeId>, timer: &str) {
        if let Some(node) = self.node(node) {
            node.timers.retain(|set| set.timer != timer);
        }
    }

    /// When the message arrives is known now.
    pub(crate) fn arrives(&mut self, message: Name, at_us: u64) {
        let flights = self.flights.iter_mut();
        for flight in flights.filter(|flight| flight.name == message) {
            if flight.due_us <= flight.sent_us {
                flight.due_us = at_us;
            }
        }
    }

    /// The place of the message among those on their way.
    fn flight(&self, message: &MessageRef) -> Option<usize> {
        self.flights
            .iter()
            .position(|flight| flight.name == message.name && flight.ended_us.is_none())
    }

    fn ends(&mut self, message: &MessageRef, end: FlightEnd, at_us: u64) {
        if let Some(place) = self.flight(message) {
            let flight = &mut self.flights[place];
            (flight.end, flight.ended_us) = (end, Some(at_us));
        }
    }

    /// Everything that the views show, `next` being the event that follows.
    pub(crate) fn frame(&self, layout: Layout, next: Option<&Event>) -> Frame {
        let arrives = match next.map(|event| &event.stimulus) {
            Some(Stimulus::Delivered(message)) => Some(message.name),
            _ => None,
        };
        let nodes = self.nodes.iter().zip(&self.unsaved).map(|(node, unsaved)| {
            let open = unsaved.iter().filter(|due_us| **due_us > self.now_us);
            NodeFrame {
                unsaved: open.count() as u32,
                ..NodeFrame::clone(node)
            }
        });
        let flights = self.flights.iter().map(|flight| Flight {
            next: arrives == Some(flight.name),
            ..flight.clone()
        });
        Frame {
            step: self.step,
            now_us: self.now_us,
            next_us: next.map(|event| event.at_us),
            next_node: next.and_then(|event| event.node),
            layout,
            nodes: nodes.collect(),
            flights: flights.collect(),
            cuts: self.cuts.clone(),
        }
    }
}

/// Whether nothing gets from the one node to the other.
fn parts(cut: &Cut, from: NodeId, to: NodeId) -> bool {
    let crosses = |one: NodeId, other: NodeId| cut.from.contains(&one) && cut.to.contains(&other);
    crosses(from, to) || (cut.both && crosses(to, from))
}

/// Until when a message is on the stage of which nobody has told what became of it.
const fn unheard_until_us(flight: &Flight, unheard_us: u64) -> Option<u64> {
    let unknown = flight.due_us <= flight.sent_us && !flight.held;
    if unknown {
        return Some(flight.sent_us + unheard_us);
    }
    None
}

/// Until when a message that does not arrive, or has ended, is on the stage; `None`: as long as it flies.
fn shown_until_us(flight: &Flight) -> Option<u64> {
    match (flight.ended_us, flight.end) {
        (Some(ended_us), _) => Some(ended_us + LINGER_US),
        (None, FlightEnd::Lost | FlightEnd::Cut) => Some(flight.due_us),
        (None, _) => None,
    }
}
