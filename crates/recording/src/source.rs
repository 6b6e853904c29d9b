//! The record with its cursor: what the views read.

use crate::about::FOREIGN;
use crate::fold::State;
use protocol::{Name, NodeId, NodeSpec, NodeView, Phrase, Picture, Verdict, WhyNot};
use serde_json::Value;
use sim::{About, CallEvent, SimError, Source};
use std::collections::BTreeMap;
use std::sync::Arc;
use trace::{
    Cause, Event, Fate, Frame, Mark, MarkKind, NodeFrame, NodeStatus, Outcome, PropertyStatus,
    Stimulus,
};

/// A state is kept every so many steps: going anywhere costs no more than so many events.
const CHECKPOINT: usize = 256;

/// What is known of a recording before its first event.
#[derive(Clone, Debug)]
pub struct Told {
    /// What its protocol says of itself, where it is one of the catalogue.
    pub about: Option<&'static About>,
    /// What the views show before it: who takes part, how they stand, which of them are up.
    pub start: Frame,
    /// What the file says of where it came from; null if nothing.
    pub origin: Value,
}

/// What happened elsewhere, as far as it is known: it can be looked at and go on growing, and nobody can act upon it.
#[derive(Clone, Debug)]
pub struct Recording {
    pub(crate) about: &'static About,
    told: Told,
    labels: Vec<String>,
    events: Vec<Event>,
    marks: Vec<Mark>,
    /// Where each message was sent: the place of the event, and among its outcomes.
    sent: BTreeMap<Name, (u32, u32)>,
    /// The states after 0, 256, 512, … events; some may be missing at the end.
    checkpoints: Vec<State>,
    /// At the cursor.
    state: State,
}

impl Told {
    /// Nodes of which nothing is known yet but whether they are up.
    pub fn of(roster: impl IntoIterator<Item = (NodeSpec, NodeStatus)>) -> Self {
        let nodes = roster.into_iter().zip(0..).map(|((spec, status), id)| {
            let view = NodeView {
                role: "role.recorded".into(),
                ..NodeView::default()
            };
            blank(NodeId(id), spec, status, view)
        });
        Self {
            about: None,
            start: Frame {
                nodes: nodes.collect(),
                ..Frame::default()
            },
            origin: Value::Null,
        }
    }
}

/// A node of which no more is known.
fn blank(id: NodeId, spec: NodeSpec, status: NodeStatus, view: NodeView) -> NodeFrame {
    let NodeSpec { label, kind, tier } = spec;
    NodeFrame {
        id,
        label,
        kind,
        tier,
        status,
        view,
        timers: Vec::new(),
        unsaved: 0,
        waiting: 0,
        drift_ppm: 0,
        offset_us: 0,
    }
}

impl Recording {
    /// Nothing has happened yet.
    pub fn new(told: Told) -> Self {
        let state = State::new(&told.start);
        Self {
            about: told.about.map_or(&FOREIGN, without_levers),
            labels: told
                .start
                .nodes
                .iter()
                .map(|node| node.label.clone())
                .collect(),
            told,
            events: Vec::new(),
            marks: Vec::new(),
            sent: BTreeMap::new(),
            checkpoints: vec![state.clone()],
            state,
        }
    }

    /// Adds what happened next. Its step is the next one whatever it says; a time before the last one's is taken for the last one's,
    /// since clocks of several machines do not agree. The cursor stays where it is.
    pub fn push(&mut self, mut event: Event) {
        let place = self.events.len();
        event.step = place as u64 + 1;
        event.at_us = event.at_us.max(self.end_us());
        self.settle(&event);
        for (nth, outcome) in event.outcomes.iter().enumerate() {
            if let Outcome::Sent { message, .. } = outcome {
                self.sent.insert(message.name, (place as u32, nth as u32));
            }
        }
        self.events.push(event);
        if (place + 1).is_multiple_of(CHECKPOINT) {
            while self.checkpoints.len() * CHECKPOINT <= place + 1 {
                let state = self.state_at(self.checkpoints.len() * CHECKPOINT);
                self.checkpoints.push(state);
            }
        }
        let last = &self.events[place];
        if let Some(kind) = mark(last) {
            self.marks.push(Mark {
                step: last.step,
                at_us: last.at_us,
                kind,
                node: last.node,
                epoch: last.view.as_ref().and_then(|view| view.epoch),
            });
        }
    }

    /// Somebody takes part of whom nothing was known: they are on the stage from the next [`Stimulus::Added`] of theirs on.
    pub fn add(&mut self, spec: NodeSpec, view: NodeView) -> NodeId {
        let id = NodeId(self.labels.len() as u16);
        self.labels.push(spec.label.clone());
        let node = blank(id, spec, NodeStatus::Removed, view);
        let shared = Arc::new(node.clone());
        self.told.start.nodes.push(node);
        for state in self.checkpoints.iter_mut().chain([&mut self.state]) {
            state.add(shared.clone());
        }
        id
    }

    /// What became of a message is known where it was sent from now on.
    fn settle(&mut self, event: &Event) {
        let (message, fate) = match &event.stimulus {
            Stimulus::Delivered(message) => (message, Fate::Delivered(event.step)),
            Stimulus::Bounced(message) => (message, Fate::Bounced(event.step)),
            Stimulus::Dropped(message) => (message, Fate::Dropped(event.step)),
            _ => return,
        };
        self.comes_to(message.name, fate, event.at_us);
    }

    /// A message comes to this at `at_us`: its sender's event says so from now on. Where it becomes an event that is pushed, no more
    /// need be said; what the network loses, or a cut stops, is no event.
    pub fn comes_to(&mut self, message: Name, fate: Fate, at_us: u64) {
        let Some((place, nth)) = self.sent.get(&message).copied() else {
            return;
        };
        let sender = &mut self.events[place as usize];
        let Outcome::Sent {
            message,
            due_us,
            fate: was,
            ..
        } = &mut sender.outcomes[nth as usize]
        else {
            return;
        };
        *was = fate;
        if *due_us <= message.sent_us {
            // Whoever sent it could not know when it would arrive.
            *due_us = at_us;
        } else if !matches!(fate, Fate::Lost | Fate::Cut) {
            return;
        }
        // What flew in the states since then flies otherwise now.
        let since = (place as usize + 1).div_ceil(CHECKPOINT);
        self.checkpoints.truncate(since);
        if self.state.step > u64::from(place) {
            self.state = self.state_at(self.state.step as usize);
        }
    }

    /// The state after so many events.
    fn state_at(&self, events: usize) -> State {
        let kept = (events / CHECKPOINT).min(self.checkpoints.len() - 1);
        let mut state = self.checkpoints[kept].clone();
        for event in &self.events[kept * CHECKPOINT..events] {
            state.apply(event);
        }
        state
    }

    fn end_us(&self) -> u64 {
        self.events
            .last()
            .map_or(self.told.start.now_us, |event| event.at_us)
    }

    /// The events, in order.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// What was known before the first of them.
    pub const fn told(&self) -> &Told {
        &self.told
    }

    /// One step on in what is recorded; `false` at the end.
    pub(crate) fn forward(&mut self) -> bool {
        let next = self.events.get(self.state.step as usize);
        next.is_some_and(|event| {
            self.state.apply(event);
            true
        })
    }
}

/// The same protocol where nothing can be asked, set or judged: of a recording nobody holds the promises to what the nodes know.
fn without_levers(about: &'static About) -> &'static About {
    Box::leak(Box::new(About {
        parameters: &[],
        properties: &[],
        variants: &[],
        operations: &[],
        shares: false,
        ..*about
    }))
}

/// What the timeline paints of an event, if anything.
fn mark(event: &Event) -> Option<MarkKind> {
    let violated = |outcome: &Outcome| {
        matches!(
            outcome,
            Outcome::Judged {
                verdict: Verdict::Violated(_),
                ..
            }
        )
    };
    if event.outcomes.iter().any(violated) {
        return Some(MarkKind::Violation);
    }
    match event.stimulus {
        Stimulus::Crashed { .. } => Some(MarkKind::Crash),
        Stimulus::Booted { incarnation } if incarnation > 1 => Some(MarkKind::Restart),
        Stimulus::Cut { .. } => Some(MarkKind::Cut),
        Stimulus::Healed => Some(MarkKind::Heal),
        _ if event.cause == Cause::Choice => Some(MarkKind::Act),
        _ if event.is_moment() => Some(MarkKind::Fact),
        _ => None,
    }
}

impl Source for Recording {
    fn about(&self) -> &'static About {
        self.about
    }

    fn labels(&self) -> &[String] {
        &self.labels
    }

    fn step(&self) -> u64 {
        self.state.step
    }

    fn len(&self) -> u64 {
        self.events.len() as u64
    }

    fn now_us(&self) -> u64 {
        self.state.now_us
    }

    fn next_us(&self) -> Option<u64> {
        let next = self.events.get(self.state.step as usize)?;
        Some(next.at_us)
    }

    fn frame(&self) -> Frame {
        let next = self.events.get(self.state.step as usize);
        self.state.frame(self.told.start.layout, next)
    }

    fn event(&mut self, step: u64) -> Option<Event> {
        let place = (step as usize).checked_sub(1)?;
        self.events.get(place).cloned()
    }

    fn marks(&self) -> &[Mark] {
        &self.marks
    }

    fn properties(&self) -> Vec<PropertyStatus> {
        Vec::new()
    }

    fn pictures(&self) -> Vec<Picture> {
        Vec::new()
    }

    fn calls(&self, _: usize) -> Vec<CallEvent> {
        Vec::new()
    }

    fn why_not(&self, _: NodeId) -> Vec<WhyNot> {
        Vec::new()
    }

    fn node_state(&self, _: NodeId) -> Option<Value> {
        None
    }

    fn disk_state(&self, _: NodeId) -> Option<Value> {
        None
    }

    fn step_at(&self, at_us: u64) -> u64 {
        self.events.partition_point(|event| event.at_us <= at_us) as u64
    }

    fn time_of(&self, step: u64) -> u64 {
        let place = (step as usize).checked_sub(1);
        place
            .and_then(|place| self.events.get(place))
            .map_or(self.told.start.now_us, |event| event.at_us)
    }

    fn name_of(&self, step: u64) -> Option<Name> {
        let place = (step as usize).checked_sub(1)?;
        self.events.get(place).map(|event| event.name)
    }

    fn step_of(&self, name: Name, before: u64) -> Option<u64> {
        let last = (before.saturating_sub(1) as usize).min(self.events.len());
        let place = self.events[..last]
            .iter()
            .rposition(|event| event.name == name)?;
        Some(place as u64 + 1)
    }

    fn seek(&mut self, step: u64) -> Result<(), SimError> {
        if step > self.len() {
            return Err(SimError::BeyondEnd(step, self.len()));
        }
        if step != self.state.step {
            self.state = self.state_at(step as usize);
        }
        Ok(())
    }

    fn recorded(&self) -> Option<(Frame, Value)> {
        Some((self.told.start.clone(), self.told.origin.clone()))
    }

    fn fixed(&self) -> Option<Phrase> {
        Some(Phrase::new("error.recorded"))
    }
}
