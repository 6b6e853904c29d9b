//! Several `synod node`s as one cluster: who they say they are, and the frames of each as events of one recording.

use super::merge::Merge;
use super::stream::Stream;
use protocol::{Name, NodeId, NodeKind, NodeSpec, NodeView, Phrase};
use recording::{Names, Recording, Told};
use serde_json::json;
use sim::Run;
use trace::{Cause, Event, NodeStatus, Outcome, Stimulus};
use wire::watch::Hello;

/// A frame of a node.
pub(crate) type Frame = wire::watch::Frame<Event, NodeView>;

/// What is known of a cluster of nodes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nodes {
    /// What the first of them said; the others must be of the same cluster.
    pub(crate) first: Option<Hello<NodeView>>,
    pub(crate) merge: Merge,
    /// What each shows, to tell only what has changed.
    views: Vec<Option<NodeView>>,
    /// The time of the real axis at which the recording begins.
    base_us: u64,
    /// How many events were made up here, of nodes that came and went.
    own: u64,
}

impl Nodes {
    /// Somebody says hello; `Err`: it is of another cluster.
    pub(crate) fn greet(
        &mut self,
        hello: &Hello<NodeView>,
        stream: &Stream,
    ) -> Result<NodeId, Phrase> {
        let node = NodeId(hello.node);
        let Some(label) = hello.nodes.get(node.index()) else {
            return Err(stream.phrase("ui.join.no-synod"));
        };
        match &self.first {
            None => {
                self.views = vec![None; hello.nodes.len()];
                self.base_us = hello.at_us;
                self.first = Some(hello.clone());
            }
            Some(first) => {
                let same = (
                    &first.protocol,
                    &first.nodes,
                    &first.variant,
                    &first.parameters,
                ) == (
                    &hello.protocol,
                    &hello.nodes,
                    &hello.variant,
                    &hello.parameters,
                );
                if !same {
                    let phrase = stream.phrase("ui.join.other-cluster");
                    return Err(phrase.text("node", label.clone()));
                }
            }
        }
        self.views[node.index()].clone_from(&hello.view);
        self.merge.open(hello.node, hello.clock);
        Ok(node)
    }

    /// The recording at its beginning: everybody who has said hello as it stands.
    pub(crate) fn begin(
        &self,
        entries: &[catalog::Entry],
        joined: Vec<String>,
    ) -> Option<Recording> {
        let hello = self.first.as_ref()?;
        let entry = entries
            .iter()
            .find(|entry| entry.about.id == hello.protocol);
        let run = Run {
            protocol: hello.protocol.clone(),
            behaviour: hello.behaviour,
            variant: hello.variant.clone(),
            config: hello.parameters.clone(),
            ..Run::default()
        };
        // How the nodes stand, and of which kind each is, the simulated cluster of these parameters knows.
        let alike = entry.and_then(|entry| (entry.open)(&run).ok());
        let alike = alike.filter(|alike| alike.labels() == hello.nodes);
        let specs = hello.nodes.iter();
        let specs = specs.map(|label| NodeSpec::new(label.clone(), NodeKind::Server));
        let mut told = Told::of(specs.map(|spec| (spec, NodeStatus::Up)));
        if let Some(alike) = alike {
            let frame = alike.frame();
            told.start.layout = frame.layout;
            for (node, like) in told.start.nodes.iter_mut().zip(frame.nodes) {
                (node.kind, node.tier) = (like.kind, like.tier);
            }
        }
        for (node, view) in told.start.nodes.iter_mut().zip(&self.views) {
            match view {
                Some(view) => node.view.clone_from(view),
                None => node.view.role = "role.unwatched".into(),
            }
        }
        told.about = entry.map(|entry| entry.about);
        told.origin = json!({
            "protocol": hello.protocol,
            "behaviour": hello.behaviour,
            "variant": hello.variant,
            "config": hello.parameters,
            "joined": joined,
        });
        Some(Recording::new(told))
    }

    /// The time of the recording that a node's own is.
    fn time(&self, at_us: u64) -> u64 {
        at_us.saturating_sub(self.base_us)
    }

    /// Something happened at `node`; `false`: it speaks of nodes that are not there.
    pub(crate) fn happened(
        &mut self,
        node: NodeId,
        clock: u64,
        mut event: Event,
        view: NodeView,
        now_us: u64,
    ) -> bool {
        if !self.knows(&event) {
            return false;
        }
        event.at_us = self.time(event.at_us);
        let message = match &mut event.stimulus {
            Stimulus::Delivered(message)
            | Stimulus::Bounced(message)
            | Stimulus::Dropped(message)
            | Stimulus::Duplicated(message)
            | Stimulus::Held(message)
            | Stimulus::Released(message) => Some(message),
            _ => None,
        };
        if let Some(message) = message {
            message.sent_us = message.sent_us.saturating_sub(self.base_us);
        }
        for outcome in &mut event.outcomes {
            match outcome {
                Outcome::Sent {
                    message, due_us, ..
                } => {
                    message.sent_us = message.sent_us.saturating_sub(self.base_us);
                    *due_us = due_us.saturating_sub(self.base_us);
                }
                Outcome::TimerSet { due_us, .. } | Outcome::Saved { due_us, .. } => {
                    *due_us = due_us.saturating_sub(self.base_us);
                }
                _ => {}
            }
        }
        event.view = self.changed(node, view);
        self.merge.push(node.0, Some(clock), event, now_us);
        true
    }

    /// What a node shows, if it is not what it showed before.
    fn changed(&mut self, node: NodeId, view: NodeView) -> Option<Box<NodeView>> {
        let known = &mut self.views[node.index()];
        if known.as_ref() == Some(&view) {
            return None;
        }
        *known = Some(view.clone());
        Some(Box::new(view))
    }

    /// Whether all nodes that the event names are there.
    fn knows(&self, event: &Event) -> bool {
        let sent = event.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Sent { message, .. } => Some(message),
            _ => None,
        });
        let messages = event.stimulus.message().into_iter().chain(sent);
        let ends = messages.flat_map(|message| [message.from, message.to]);
        let mut named = event.node.into_iter().chain(ends);
        named.all(|node| node.index() < self.views.len())
    }

    /// A node came or went, as its connection tells: an event that it could not tell itself.
    pub(crate) fn turned(&mut self, node: NodeId, stimulus: Stimulus, at_us: u64, now_us: u64) {
        self.own += 1;
        let (said, view) = match stimulus {
            Stimulus::Crashed { .. } => ("joined.gone", None),
            Stimulus::Added => ("joined.added", self.views[node.index()].clone()),
            _ => ("joined.back", self.views[node.index()].clone()),
        };
        let event = Event {
            step: 0,
            name: self.name(node),
            at_us,
            node: Some(node),
            stimulus,
            cause: Cause::ProgramOrder,
            outcomes: vec![Outcome::Told(Phrase::new(said).node("node", node))],
            view: view.map(Box::new),
        };
        self.merge.push(node.0, None, event, now_us);
    }

    fn name(&self, node: NodeId) -> Name {
        Names::of("joined").name((self.base_us, node.0, self.own))
    }
}
