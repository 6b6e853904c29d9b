//! The record with its cursor: what the views read.

use crate::about::{FOREIGN, FOREIGN_EPOCHS};
use crate::fold::State;
use protocol::{Name, NodeId, NodeSpec, NodeView, Phrase, Picture, Verdict, WhyNot};
use serde_json::Value;
use sim::{About, CallEvent, SimError, Source};
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;
use trace::{
    Brought, Cause, Event, Fate, Frame, Language, Mark, MarkKind, NodeFrame, NodeStatus, Outcome,
    PropertyStatus, Stimulus,
};

/// As many words as are kept that came along, in each language, and as long.
const WORDS_MAX: usize = 2_000;
const WORDS_BYTES_MAX: usize = 1_000;
/// A state is kept every so many steps: going anywhere costs no more than so many events.
const CHECKPOINT: usize = 256;
/// Of nodes that tell of themselves: a message of which nobody has told for so long is no longer shown as on its way, in
/// microseconds. Its addressee may not be watched, or the network lost it.
const UNHEARD_US: u64 = 2_000_000;

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
    /// How many of the oldest events are no longer kept: a multiple of [`CHECKPOINT`].
    forgotten: usize,
    events: Vec<Event>,
    marks: Vec<Mark>,
    /// Where each message was sent: the place of the event, and among its outcomes.
    sent: BTreeMap<Name, (u32, u32)>,
    /// The states after 0, 256, 512, … events, from the first that is kept on; some may be missing at the end.
    checkpoints: Vec<State>,
    /// At the cursor.
    state: State,
    /// What its views say in other words, by language.
    brought: Brought,
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
        let unheard_us = told.origin.get("joined").map(|_| UNHEARD_US);
        let state = State::new(&told.start, unheard_us);
        let nodes = told.start.nodes.iter();
        let flights = told.start.flights.iter();
        let epochs = nodes.map(|node| node.view.epoch);
        let mut epochs = epochs.chain(flights.map(|flight| flight.view.epoch));
        let foreign = if epochs.any(|epoch| epoch.is_some()) {
            &FOREIGN_EPOCHS
        } else {
            &FOREIGN
        };
        Self {
            about: told.about.map_or(foreign, without_levers),
            labels: told
                .start
                .nodes
                .iter()
                .map(|node| node.label.clone())
                .collect(),
            told,
            forgotten: 0,
            events: Vec::new(),
            marks: Vec::new(),
            sent: BTreeMap::new(),
            checkpoints: vec![state.clone()],
            state,
            brought: Brought::new(),
        }
    }

    /// Takes words that came along, as far as they are no more and no longer than anybody needs; whether any of them was new.
    pub fn learn(&mut self, words: Brought) -> bool {
        let mut new = false;
        for (language, words) in words {
            if Language::ALL.iter().all(|known| known.code() != language) {
                continue;
            }
            let known = self.brought.entry(language).or_default();
            for (key, template) in words {
                let fits = key.len().max(template.len()) <= WORDS_BYTES_MAX;
                if fits && known.len() < WORDS_MAX && known.get(&key) != Some(&template) {
                    known.insert(key, template);
                    new = true;
                }
            }
        }
        new
    }

    /// Adds what happened next. Its step is the next one whatever it says; a time before the last one's is taken for the last one's,
    /// since clocks of several machines do not agree. The cursor stays where it is.
    pub fn push(&mut self, mut event: Event) {
        let place = self.forgotten + self.events.len();
        event.step = place as u64 + 1;
        event.at_us = event.at_us.max(self.end_us());
        self.settle(&event);
        if self.told.about.is_none() && has_epoch(&event) {
            self.about = &FOREIGN_EPOCHS;
        }
        for (nth, outcome) in event.outcomes.iter().enumerate() {
            if let Outcome::Sent { message, .. } = outcome {
                self.sent.insert(message.name, (place as u32, nth as u32));
            }
        }
        if let Some(kind) = mark(&event) {
            self.marks.push(Mark {
                step: event.step,
                at_us: event.at_us,
                kind,
                node: event.node,
                epoch: event.view.as_ref().and_then(|view| view.epoch),
            });
        }
        self.events.push(event);
        if (place + 1).is_multiple_of(CHECKPOINT) {
            let last = (place + 1 - self.forgotten) / CHECKPOINT;
            while self.checkpoints.len() <= last {
                let state = self.state_at(self.forgotten + self.checkpoints.len() * CHECKPOINT);
                self.checkpoints.push(state);
            }
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
        let place = place as usize;
        let sender = &mut self.events[place - self.forgotten];
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
        let arrives = !matches!(fate, Fate::Lost | Fate::Cut);
        if *due_us <= message.sent_us {
            // Whoever sent it could not know when it would arrive.
            *due_us = at_us;
        } else if arrives {
            return;
        }
        // What flew in the states since then flies otherwise now.
        let name = message.name;
        let heard = arrives && at_us - message.sent_us.min(at_us) < UNHEARD_US;
        let since = (place + 1 - self.forgotten).div_ceil(CHECKPOINT);
        let kept = self.checkpoints.len().min(since);
        if heard {
            for state in &mut self.checkpoints[kept..] {
                state.arrives(name, at_us);
            }
            if self.state.step > place as u64 {
                self.state.arrives(name, at_us);
            }
            return;
        }
        // It may have gone from them already, or ends otherwise.
        self.checkpoints.truncate(kept);
        if self.state.step > place as u64 {
            self.state = self.state_at(self.state.step as usize);
        }
    }

    /// Whether the message was sent in an event that is kept.
    pub fn has_sent(&self, message: Name) -> bool {
        self.sent.contains_key(&message)
    }

    /// Forgets about so many of the oldest events, for what goes on has no end. Steps and times stay what they were; the cursor
    /// is moved on if it stood among them. Answers with how many there are to forget no longer.
    pub fn forget(&mut self, events: usize) -> usize {
        let events = (events.min(self.events.len()) / CHECKPOINT) * CHECKPOINT;
        if events == 0 {
            return 0;
        }
        let first = self.forgotten + events;
        let start = self.state_at(first);
        self.events.drain(..events);
        self.checkpoints
            .drain(..(events / CHECKPOINT).min(self.checkpoints.len()));
        if self.checkpoints.is_empty() {
            self.checkpoints.push(start.clone());
        }
        self.forgotten = first;
        self.sent.retain(|_, (place, _)| *place as usize >= first);
        self.marks.retain(|mark| mark.step > first as u64);
        let layout = self.told.start.layout;
        self.told.start = start.frame(layout, None);
        if self.state.step < first as u64 {
            self.state = start;
        }
        events
    }

    /// How many of the oldest events are no longer kept.
    pub const fn forgotten(&self) -> u64 {
        self.forgotten as u64
    }

    /// The state after so many events, none of them forgotten but those before the first that is kept.
    fn state_at(&self, events: usize) -> State {
        let events = events.max(self.forgotten) - self.forgotten;
        let kept = (events / CHECKPOINT).min(self.checkpoints.len() - 1);
        let mut state = self.checkpoints[kept].clone();
        for event in &self.events[kept * CHECKPOINT..events] {
            state.apply(event);
        }
        state
    }

    /// The place among the events that are kept of the one of this step.
    fn place(&self, step: u64) -> Option<usize> {
        (step as usize).checked_sub(self.forgotten + 1)
    }

    /// The event after the cursor.
    fn next(&self) -> Option<&Event> {
        self.events.get(self.place(self.state.step + 1)?)
    }

    fn end_us(&self) -> u64 {
        let start_us = self.told.start.now_us;
        self.events.last().map_or(start_us, |event| event.at_us)
    }

    /// The events that are kept, in order.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// What was known before the first of them.
    pub const fn told(&self) -> &Told {
        &self.told
    }

    /// One step on in what is recorded; `false` at the end.
    pub(crate) fn forward(&mut self) -> bool {
        let place = self.place(self.state.step + 1);
        let next = place.and_then(|place| self.events.get(place));
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

/// Whether a node or a message tells an epoch at this event.
fn has_epoch(event: &Event) -> bool {
    let sent = |outcome: &Outcome| matches!(outcome, Outcome::Sent { message, .. } if message.view.epoch.is_some());
    event.view.as_ref().is_some_and(|view| view.epoch.is_some()) || event.outcomes.iter().any(sent)
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
        (self.forgotten + self.events.len()) as u64
    }

    fn now_us(&self) -> u64 {
        self.state.now_us
    }

    fn next_us(&self) -> Option<u64> {
        self.next().map(|next| next.at_us)
    }

    fn frame(&self) -> Frame {
        self.state.frame(self.told.start.layout, self.next())
    }

    fn event(&mut self, step: u64) -> Option<Event> {
        self.events.get(self.place(step)?).cloned()
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
        let kept = self.events.partition_point(|event| event.at_us <= at_us);
        (self.forgotten + kept) as u64
    }

    fn time_of(&self, step: u64) -> u64 {
        let event = self.place(step).and_then(|place| self.events.get(place));
        event.map_or(self.told.start.now_us, |event| event.at_us)
    }

    fn name_of(&self, step: u64) -> Option<Name> {
        self.events.get(self.place(step)?).map(|event| event.name)
    }

    fn step_of(&self, name: Name, before: u64) -> Option<u64> {
        let last = self.place(before)?.min(self.events.len());
        let place = self.events[..last]
            .iter()
            .rposition(|event| event.name == name)?;
        Some((self.forgotten + place) as u64 + 1)
    }

    fn seek(&mut self, step: u64) -> Result<(), SimError> {
        if step > self.len() {
            return Err(SimError::BeyondEnd(step, self.len()));
        }
        let step = step.max(self.forgotten());
        if step != self.state.step {
            self.state = self.state_at(step as usize);
        }
        Ok(())
    }

    fn recorded(&self) -> Option<(Frame, Value)> {
        let mut origin = self.told.origin.clone();
        if let (Some(origin), false) = (origin.as_object_mut(), self.brought.is_empty()) {
            origin.insert("words".into(), serde_json::json!(self.brought));
        }
        Some((self.told.start.clone(), origin))
    }

    fn brought(&self) -> Option<&Brought> {
        (!self.brought.is_empty()).then_some(&self.brought)
    }

    fn fixed(&self) -> Option<Phrase> {
        Some(Phrase::new("error.recorded"))
    }

    fn growing(&mut self) -> Option<&mut dyn Any> {
        Some(self)
    }
}
