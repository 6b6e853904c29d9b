//! What happens to the network, to nodes and to clients, beside messages.

use super::summary;
use super::{Adds, Journal, TooMany, links::sides, view_of};
use protocol::{Arg, NodeId, OperationId, Phrase};
use serde_json::Value;
use std::collections::BTreeSet;
use trace::{Cause, Cut, Event, Outcome, Stimulus};
use wire::journal::{Fault, NodeState, Op, Phase};

impl Journal {
    pub(super) fn fault(&mut self, fault: &Fault, adds: &mut Adds<'_>) -> Result<(), TooMany> {
        let act = |node, stimulus, adds: &mut Adds<'_>, journal: &mut Self| {
            journal.event(node, stimulus, Cause::Choice, Vec::new(), adds);
        };
        match fault {
            Fault::Cut { src, dest } => {
                let link = (self.known(src, adds)?, self.known(dest, adds)?);
                self.cut(BTreeSet::from([link]), adds);
            }
            Fault::Partition { links, .. } => {
                let mut cut = BTreeSet::new();
                for (src, dest) in links {
                    cut.insert((self.known(src, adds)?, self.known(dest, adds)?));
                }
                self.cut(cut, adds);
            }
            Fault::Mend { src, dest } => {
                let link = (self.known(src, adds)?, self.known(dest, adds)?);
                let mut left = std::mem::take(&mut self.cuts);
                left.remove(&link);
                // A trace knows only that everything is whole again: what is not is cut anew, and told as what it is.
                let told = |key| Phrase::new(key).node("from", link.0).node("to", link.1);
                let mended = vec![Outcome::Told(told("recorded.mended"))];
                self.event(None, Stimulus::Healed, Cause::ProgramOrder, mended, adds);
                for Cut { from, to, both } in sides(&left) {
                    let key = match both {
                        true => "recorded.still-cut",
                        false => "recorded.still-cut-one-way",
                    };
                    let still = Phrase::new(key)
                        .nodes("from", from.iter().copied())
                        .nodes("to", to.iter().copied());
                    let cut = Stimulus::Cut { from, to, both };
                    let still = vec![Outcome::Told(still)];
                    self.event(None, cut, Cause::ProgramOrder, still, adds);
                }
                self.cuts = left;
            }
            Fault::Heal => {
                self.cuts.clear();
                act(None, Stimulus::Healed, adds, self);
            }
            Fault::HoldAll | Fault::ReleaseAll => {
                let set = Stimulus::Set {
                    key: "holding".into(),
                    value: if *fault == Fault::HoldAll {
                        "on"
                    } else {
                        "off"
                    }
                    .into(),
                };
                act(None, set, adds, self);
            }
            Fault::Kill { node } => {
                let node = self.known(node, adds)?;
                self.killed.insert(node);
            }
            // When it runs again the next record of the node says.
            Fault::Restart { .. } => {}
            Fault::Pause { node } => {
                let node = self.known(node, adds)?;
                self.paused.insert(node);
                act(Some(node), Stimulus::Paused, adds, self);
            }
            Fault::Resume { node } => {
                let node = self.known(node, adds)?;
                self.paused.remove(&node);
                act(Some(node), Stimulus::Resumed, adds, self);
            }
        }
        Ok(())
    }

    pub(super) fn cut(&mut self, links: BTreeSet<(NodeId, NodeId)>, adds: &mut Adds<'_>) {
        for Cut { from, to, both } in sides(&links) {
            let cut = Stimulus::Cut { from, to, both };
            self.event(None, cut, Cause::Choice, Vec::new(), adds);
        }
        self.cuts.extend(links);
    }

    pub(super) fn changed(
        &mut self,
        name: &str,
        now: NodeState,
        said: Option<&str>,
        adds: &mut Adds<'_>,
    ) -> Result<(), TooMany> {
        let node = self.known(name, adds)?;
        let told = |key| Phrase::new(key).node("node", node);
        match now {
            NodeState::Starting => {
                let lives = self.lives.entry(node).or_default();
                *lives += 1;
                let stimulus = Stimulus::Booted {
                    incarnation: *lives,
                };
                self.down.remove(&node);
                self.killed.remove(&node);
                self.paused.remove(&node);
                self.event(Some(node), stimulus, Cause::Start, Vec::new(), adds);
            }
            NodeState::Ready => {
                let ready = Outcome::Told(told("recorded.ready"));
                self.notes(node, ready, Cause::ProgramOrder, adds);
            }
            NodeState::Silent => {
                let silent = told("recorded.silent").text("why", said.unwrap_or_default());
                self.notes(node, Outcome::Told(silent), Cause::ProgramOrder, adds);
            }
            NodeState::Down => {
                if !self.down.insert(node) {
                    return Ok(());
                }
                let (cause, outcomes) = match (self.killed.remove(&node), said) {
                    (true, _) => (Cause::Choice, Vec::new()),
                    (false, None) => (Cause::ProgramOrder, Vec::new()),
                    (false, Some(said)) => {
                        let ended = told("recorded.ended").text("said", said);
                        (Cause::ProgramOrder, vec![Outcome::Told(ended)])
                    }
                };
                let crashed = Stimulus::Crashed { kept: 0, lost: 0 };
                self.event(Some(node), crashed, cause, outcomes, adds);
            }
        }
        Ok(())
    }

    pub(super) fn showed(&mut self, node: NodeId, view: &Value, adds: &mut Adds<'_>) {
        let words = super::words_of(view);
        let Some(view) = view_of(view) else {
            return;
        };
        adds.recording.learn(words);
        self.made += 1;
        let before = self.roles.insert(node, view.role.clone());
        let outcome = match before {
            Some(before) if before != view.role => Outcome::Told(
                Phrase::new("recorded.role")
                    .node("node", node)
                    .with("role", Arg::Word(view.role.clone())),
            ),
            _ => Outcome::Noted(Phrase::new("recorded.shows").node("node", node)),
        };
        adds.recording.push(Event {
            step: 0,
            name: self.events.name(self.made),
            at_us: adds.at_us,
            node: Some(node),
            stimulus: Stimulus::Internal,
            cause: Cause::ProgramOrder,
            outcomes: vec![outcome],
            view: Some(Box::new(view)),
        });
    }

    pub(super) fn op(&mut self, op: &Op, adds: &mut Adds<'_>) -> Result<(), TooMany> {
        // Clients are counted from 0, and their names from 1.
        let client = self.known(&format!("c{}", op.client.saturating_add(1)), adds)?;
        let (count, heard) = self.ops.entry(client).or_default();
        let heard = heard.take();
        if op.phase == Phase::Invoke {
            *count += 1;
            let id = OperationId {
                client,
                number: *count,
            };
            let asked = Stimulus::Asked {
                id,
                op: value("recorded.op", op),
            };
            let event = self.event(Some(client), asked, Cause::Workload, Vec::new(), adds);
            self.asked.insert(client, event);
            return Ok(());
        }
        let id = OperationId {
            client,
            number: (*count).max(1),
        };
        let why = op.error.as_ref().map_or("", |problem| &problem.text);
        let answer = match op.phase {
            Phase::Invoke | Phase::Ok => value("recorded.ok", op),
            Phase::Fail => Phrase::new("recorded.failed")
                .text("f", &*op.f)
                .text("why", why),
            Phase::Info => Phrase::new("recorded.unknown")
                .text("f", &*op.f)
                .text("why", why),
        };
        self.asked.remove(&client);
        let answered = Outcome::Answered { id, answer };
        let cause = heard.map_or(Cause::ProgramOrder, Cause::Event);
        self.notes(client, answered, cause, adds);
        if op.phase == Phase::Info {
            // Its name is not used again: another client takes its place.
            self.event(
                Some(client),
                Stimulus::Removed,
                Cause::ProgramOrder,
                Vec::new(),
                adds,
            );
        }
        Ok(())
    }
}

/// An operation with its value, as part of a sentence.
fn value(key: &'static str, op: &Op) -> Phrase {
    let value = if op.value.is_null() {
        String::new()
    } else {
        format!(" {}", summary::value(&op.value))
    };
    Phrase::new(key).text("f", &*op.f).text("value", value)
}
