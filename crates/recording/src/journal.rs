//! The journal of a bridge becomes a recording, record by record: what was sent is an event at its sender, what was received one
//! at its receiver, and bodies are not looked into beyond what every message of Maelstrom's protocol has,
//! but for a `view` that tells how the message is shown.

mod acts;
mod again;
mod links;
mod start;
mod summary;

use crate::{Names, Recording};
use protocol::{
    Arg, MessageShape, MessageView, Name, NodeId, NodeKind, NodeSpec, NodeView, Phrase,
};
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use summary::{few, summary};
use trace::{Brought, Cause, Event, Fate, MessageRef, Outcome, Stimulus};
use wire::Envelope;
use wire::journal::{Entry, Loss, Record, SERVICES};

/// More nodes, clients and services than this are refused.
pub const NODES_MAX: usize = 4_096;
/// How long a message stays on the stage that was lost at once, in microseconds.
const LOST_US: u64 = 2_000;

/// What is told where records are missing.
const MISSED: &str = "recorded.missed";

/// Whether records are missing at this event.
pub(crate) fn is_gap(event: &Event) -> bool {
    let missed = |outcome: &Outcome| matches!(outcome, Outcome::Told(told) if told.key == MISSED);
    event.node.is_none() && event.outcomes.iter().any(missed)
}

/// There are more than [`NODES_MAX`] nodes, clients and services.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooMany;

/// What has to be remembered of a journal to go on reading it.
#[derive(Clone, Debug)]
pub struct Journal {
    events: Names,
    messages: Names,
    nodes: BTreeMap<String, NodeId>,
    /// The messages that are under way, with the events that sent them.
    flying: BTreeMap<u64, (MessageRef, Cause)>,
    /// Those of them that left the stage when records were missed.
    unseen: BTreeSet<u64>,
    /// When those that do not wait are due, in microseconds.
    due_us: BTreeMap<u64, u64>,
    /// Requests that wait for an answer: who was asked, by whom, under which number; and the event of hearing it.
    open: BTreeMap<(NodeId, NodeId, u64), Name>,
    /// What each client was asked last, until it asks for it: the event.
    asked: BTreeMap<NodeId, Name>,
    /// The operations of each client: how many, and the answer that it heard last.
    ops: BTreeMap<NodeId, (u64, Option<Name>)>,
    /// How many times each node that runs or ran was started; and those that are down.
    lives: BTreeMap<NodeId, u64>,
    down: BTreeSet<NodeId>,
    /// Those that somebody has killed, until they are down.
    killed: BTreeSet<NodeId>,
    paused: BTreeSet<NodeId>,
    cuts: BTreeSet<(NodeId, NodeId)>,
    /// The role that each node showed last.
    roles: BTreeMap<NodeId, Cow<'static, str>>,
    /// How many events were made: they are named by it.
    made: u64,
}

impl Journal {
    fn empty() -> Self {
        Self {
            events: Names::of("record"),
            messages: Names::of("envelope"),
            nodes: BTreeMap::new(),
            flying: BTreeMap::new(),
            unseen: BTreeSet::new(),
            due_us: BTreeMap::new(),
            open: BTreeMap::new(),
            asked: BTreeMap::new(),
            ops: BTreeMap::new(),
            lives: BTreeMap::new(),
            down: BTreeSet::new(),
            killed: BTreeSet::new(),
            paused: BTreeSet::new(),
            cuts: BTreeSet::new(),
            roles: BTreeMap::new(),
            made: 0,
        }
    }

    /// The node of this name, if it has been heard of.
    pub fn node(&self, name: &str) -> Option<NodeId> {
        self.nodes.get(name).copied()
    }

    /// The number by which the bridge knows a message that is under way: what its commands name it by.
    pub fn number(&self, message: Name) -> Option<u64> {
        let mut flying = self.flying.iter();
        flying.find_map(|(id, (flies, _))| (flies.name == message).then_some(*id))
    }

    /// The messages that are under way, and when each is due, in microseconds, as far as that is known.
    pub fn under_way(&self) -> impl Iterator<Item = (Name, Option<u64>)> {
        let flying = self.flying.iter();
        flying.map(|(id, (flies, _))| (flies.name, self.due_us.get(id).copied()))
    }

    /// Adds what a record says to the recording: mostly one event, or none.
    ///
    /// # Errors
    /// Too many nodes: then the record adds nothing.
    pub fn push(&mut self, record: &Record, recording: &mut Recording) -> Result<(), TooMany> {
        let mut adds = Adds {
            at_us: record.time_us,
            recording,
        };
        match &record.entry {
            Entry::Send {
                message, due_us, ..
            } => self.sent(message, *due_us, &mut adds)?,
            Entry::Receive { id, src, dest, .. } => self.received(*id, src, dest, &mut adds)?,
            Entry::Lost { id, why, .. } => self.lost(*id, *why, &mut adds),
            Entry::Copied { id, of } => self.copied(*id, *of, &mut adds),
            Entry::Held { id } => self.handled(*id, Stimulus::Held, &mut adds),
            Entry::Released { id, due_us } => {
                self.due_us.insert(*id, *due_us);
                self.handled(*id, Stimulus::Released, &mut adds);
            }
            Entry::Fault(fault) => self.fault(fault, &mut adds)?,
            Entry::Node { node, now, said } => {
                self.changed(node, *now, said.as_deref(), &mut adds)?
            }
            Entry::View { node, view } => {
                let node = self.known(node, &mut adds)?;
                self.showed(node, view, &mut adds);
            }
            Entry::Malformed { node, why, line } => {
                let node = self.known(node, &mut adds)?;
                let told = Phrase::new("recorded.malformed")
                    .node("node", node)
                    .text("why", &**why)
                    .text("line", &**line);
                self.notes(node, Outcome::Noted(told), Cause::ProgramOrder, &mut adds);
            }
            Entry::Missed { records } => self.left_out(*records, &mut adds),
            Entry::Op { op } => self.op(op, &mut adds)?,
        }
        Ok(())
    }

    /// So many records are missing here: what became of the messages under way is not known.
    pub fn missed(&mut self, records: u64, recording: &mut Recording) {
        let mut adds = Adds {
            at_us: 0,
            recording,
        };
        self.left_out(records, &mut adds);
    }

    fn left_out(&mut self, records: u64, adds: &mut Adds<'_>) {
        self.unseen.extend(self.flying.keys());
        let told = Outcome::Told(Phrase::new(MISSED).int("n", records));
        let (nobody, cause) = (None, Cause::ProgramOrder);
        self.event(nobody, Stimulus::Internal, cause, vec![told], adds);
    }

    fn name(&mut self, name: &str) -> Result<NodeId, TooMany> {
        if let Some(node) = self.node(name) {
            return Ok(node);
        }
        if self.nodes.len() == NODES_MAX {
            return Err(TooMany);
        }
        let node = NodeId(self.nodes.len() as u16);
        self.nodes.insert(name.to_owned(), node);
        Ok(node)
    }

    /// The node of this name: one that nobody has heard of joins.
    fn known(&mut self, name: &str, adds: &mut Adds<'_>) -> Result<NodeId, TooMany> {
        if let Some(node) = self.node(name) {
            return Ok(node);
        }
        let node = self.name(name)?;
        let (kind, role) = kind_of(name);
        let added = adds.recording.add(NodeSpec::new(name, kind), shows(role));
        debug_assert_eq!(node, added, "one numbering");
        self.event(
            Some(node),
            Stimulus::Added,
            Cause::ProgramOrder,
            Vec::new(),
            adds,
        );
        Ok(node)
    }

    /// Adds an event; its name.
    fn event(
        &mut self,
        node: Option<NodeId>,
        stimulus: Stimulus,
        cause: Cause,
        outcomes: Vec<Outcome>,
        adds: &mut Adds<'_>,
    ) -> Name {
        self.made += 1;
        let name = self.events.name(self.made);
        // Who does not run shows nothing.
        let is_down = matches!(stimulus, Stimulus::Crashed { .. });
        adds.recording.push(Event {
            step: 0,
            name,
            at_us: adds.at_us,
            node,
            view: is_down.then(|| Box::new(plain())),
            stimulus,
            cause,
            outcomes,
        });
        name
    }

    fn notes(&mut self, node: NodeId, outcome: Outcome, cause: Cause, adds: &mut Adds<'_>) {
        self.event(Some(node), Stimulus::Internal, cause, vec![outcome], adds);
    }

    fn message(
        &self,
        id: u64,
        message: &Envelope,
        from: NodeId,
        to: NodeId,
        sent_us: u64,
    ) -> MessageRef {
        let kind = message.kind().unwrap_or("message");
        let mut body = message.body.clone();
        let shown = body.remove("view").and_then(shown).unwrap_or_default();
        let shape = match (kind, message.in_reply_to()) {
            ("error", _) => MessageShape::Refused,
            (_, Some(_)) => MessageShape::Granted,
            _ => MessageShape::Request,
        };
        let said = summary(&body);
        let said = (!said.is_empty()).then(|| Phrase::new("recorded.text").text("text", said));
        MessageRef {
            name: self.messages.name(id),
            from,
            to,
            sent_us,
            view: MessageView {
                kind: few(kind).into(),
                shape: shown.shape.unwrap_or(shape),
                epoch: shown.epoch,
                label: if shown.shape.is_some() {
                    shown.label
                } else {
                    said
                },
            },
            body: Some(Value::Object(body)),
        }
    }

    fn sent(
        &mut self,
        envelope: &Envelope,
        due_us: Option<u64>,
        adds: &mut Adds<'_>,
    ) -> Result<(), TooMany> {
        // Nobody is there who could be shown to have sent it, or to whom.
        let there = |name: &str| self.node(name).is_some() || kind_of(name).0 != NodeKind::Server;
        let (src, dest) = (&*envelope.src, &*envelope.dest);
        let kind = few(envelope.kind().unwrap_or("message"));
        if !there(src) {
            return Ok(());
        }
        if !there(dest) {
            let from = self.known(src, adds)?;
            let told = Phrase::new("recorded.to-nobody")
                .node("from", from)
                .text("kind", kind)
                .text("to", few(dest));
            self.notes(from, Outcome::Noted(told), Cause::ProgramOrder, adds);
            return Ok(());
        }
        let (from, to) = (self.known(src, adds)?, self.known(dest, adds)?);
        let id = envelope.id.unwrap_or_default();
        adds.recording
            .learn(envelope.body.get("view").map(words_of).unwrap_or_default());
        let message = self.message(id, envelope, from, to, adds.at_us);
        let answers = envelope.in_reply_to();
        let request = answers.and_then(|number| self.open.remove(&(from, to, number)));
        let cause = match request.or_else(|| self.asked.remove(&from)) {
            Some(event) => Cause::Event(event),
            None => Cause::ProgramOrder,
        };
        let reason = Phrase::new(match message.view.label {
            Some(_) => "recorded.sends",
            None => "recorded.sends-bare",
        });
        let reason = reason.node("from", from).node("to", to).text("kind", kind);
        let sent = Outcome::Sent {
            message: message.clone(),
            due_us: due_us.unwrap_or(adds.at_us),
            fate: Fate::Flying,
            reason: match &message.view.label {
                Some(label) => reason.with("content", Arg::Phrase(Box::new(label.clone()))),
                None => reason,
            },
        };
        let event = self.event(Some(from), Stimulus::Internal, cause, vec![sent], adds);
        self.flying.insert(id, (message, Cause::Event(event)));
        self.due_us.extend(due_us.map(|due_us| (id, due_us)));
        Ok(())
    }

    fn received(
        &mut self,
        id: u64,
        src: &str,
        dest: &str,
        adds: &mut Adds<'_>,
    ) -> Result<(), TooMany> {
        let to = self.known(dest, adds)?;
        if self.down.contains(&to) {
            // It reaches nobody, and the next record says so.
            return Ok(());
        }
        self.due_us.remove(&id);
        let (message, cause) = match self.flying.remove(&id) {
            Some(flying) => flying,
            None => {
                // It was sent before anybody looked.
                let from = self.known(src, adds)?;
                let blank = Envelope::new(src, dest, "message");
                let message = self.message(id, &blank, from, to, adds.at_us);
                let body = None;
                (MessageRef { body, ..message }, Cause::ProgramOrder)
            }
        };
        let number = message
            .body
            .as_ref()
            .and_then(|body| body.get("msg_id")?.as_u64());
        let from = message.from;
        let event = self.event(
            Some(to),
            Stimulus::Delivered(message),
            cause,
            Vec::new(),
            adds,
        );
        if let Some(number) = number {
            self.open.insert((to, from, number), event);
        }
        if let Some((_, heard)) = self.ops.get_mut(&to) {
            *heard = Some(event);
        }
        Ok(())
    }

    fn lost(&mut self, id: u64, why: Loss, adds: &mut Adds<'_>) {
        self.due_us.remove(&id);
        let Some((message, cause)) = self.flying.remove(&id) else {
            return;
        };
        let fate = match why {
            Loss::Dropped => {
                self.event(
                    None,
                    Stimulus::Dropped(message),
                    Cause::Choice,
                    Vec::new(),
                    adds,
                );
                return;
            }
            Loss::Down => {
                let to = message.to;
                self.event(
                    Some(to),
                    Stimulus::Bounced(message),
                    cause,
                    Vec::new(),
                    adds,
                );
                return;
            }
            Loss::Cut => Fate::Cut,
            Loss::Chance
            | Loss::Overflow
            | Loss::UnknownDestination
            | Loss::UnknownSource
            | Loss::NotPassed
            | Loss::TooLong => Fate::Lost,
        };
        let gone_us = adds.at_us.max(message.sent_us + LOST_US);
        adds.recording.comes_to(message.name, fate, gone_us);
    }

    fn copied(&mut self, id: u64, of: u64, adds: &mut Adds<'_>) {
        let Some((first, cause)) = self.flying.get(&of).cloned() else {
            return;
        };
        let copy = MessageRef {
            name: self.messages.name(id),
            ..first.clone()
        };
        let sent = Outcome::Sent {
            message: copy.clone(),
            due_us: adds.at_us,
            fate: Fate::Flying,
            reason: Phrase::new("outcome.copied"),
        };
        self.event(
            None,
            Stimulus::Duplicated(first),
            Cause::Choice,
            vec![sent],
            adds,
        );
        self.flying.insert(id, (copy, cause));
        if let Some(due_us) = self.due_us.get(&of).copied() {
            self.due_us.insert(id, due_us);
        }
    }

    fn handled(&mut self, id: u64, how: fn(MessageRef) -> Stimulus, adds: &mut Adds<'_>) {
        if let Some((message, _)) = self.flying.get(&id).cloned() {
            self.event(None, how(message), Cause::Choice, Vec::new(), adds);
        }
    }
}

/// Where what a record says is added, and when it was.
struct Adds<'a> {
    at_us: u64,
    recording: &'a mut Recording,
}

/// The role of a node that has told nothing of itself.
const NODE: &str = "role.node";

fn shows(role: &'static str) -> NodeView {
    NodeView {
        role: role.into(),
        ..NodeView::default()
    }
}

fn plain() -> NodeView {
    shows(NODE)
}

/// What a node told of itself; `None` where it is no view: a bridge lets none pass.
fn view_of(view: &Value) -> Option<NodeView> {
    let mut view = NodeView::deserialize(view).ok()?;
    if view.role.is_empty() {
        view.role = NODE.into();
    }
    Some(view)
}

/// The words that a view brings along for what it says, by language.
fn words_of(view: &Value) -> Brought {
    let words = view.get("words");
    let words = words.and_then(|words| Brought::deserialize(words).ok());
    words.unwrap_or_default()
}

/// What a message tells of how it is shown.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Shown {
    /// Without it the message is shown as any other: `label` belongs to it.
    shape: Option<MessageShape>,
    epoch: Option<u64>,
    label: Option<Phrase>,
}

/// As many letters as the label of a message may have, with its values.
const LABEL_MAX: usize = 1_000;

fn shown(view: Value) -> Option<Shown> {
    let mut shown = Shown::deserialize(view).ok()?;
    shown.label = shown.label.filter(|label| length(label) <= LABEL_MAX);
    Some(shown)
}

/// How many letters it takes to say a phrase, about.
fn length(phrase: &Phrase) -> usize {
    let args = phrase.args.iter().map(|(_, arg)| match arg {
        Arg::Text(text) => text.len(),
        Arg::Phrase(inner) => length(inner),
        Arg::Nodes(nodes) => nodes.len(),
        _ => 1,
    });
    phrase.key.len() + args.sum::<usize>()
}

/// What whoever has this name is, and its role.
fn kind_of(name: &str) -> (NodeKind, &'static str) {
    let number = name.strip_prefix(['c', 'C']).map(str::parse::<u64>);
    if SERVICES.contains(&name) {
        (NodeKind::Store, "role.service")
    } else if number.is_some_and(|number| number.is_ok()) {
        (NodeKind::Client, "role.client")
    } else {
        (NodeKind::Server, NODE)
    }
}
