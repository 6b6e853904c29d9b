//! Going on after records were missed: how everything stands, as the bridge says it anew, becomes events of that moment.

use super::{Adds, Journal, TooMany};
use crate::Recording;
use protocol::Phrase;
use std::collections::BTreeSet;
use trace::{Cause, Fate, Outcome, Stimulus};
use wire::journal::{Fault, Flight, Hello, NodeState};

impl Journal {
    /// Goes on from how everything stands: what differs from what was told until now is told.
    ///
    /// # Errors
    /// Too many nodes.
    pub fn go_on(&mut self, hello: &Hello, recording: &mut Recording) -> Result<(), TooMany> {
        let mut adds = Adds {
            at_us: hello.now_us,
            recording,
        };
        self.nodes_stand(hello, &mut adds)?;
        let mut cuts = BTreeSet::new();
        for (src, dest) in &hello.cuts {
            cuts.insert((self.known(src, &mut adds)?, self.known(dest, &mut adds)?));
        }
        if cuts != self.cuts {
            if !self.cuts.is_empty() {
                self.fault(&Fault::Heal, &mut adds)?;
            }
            self.cut(cuts, &mut adds);
        }
        let mut under_way = BTreeSet::new();
        for flight in &hello.flights {
            self.flies(flight, &mut adds)?;
            under_way.extend(flight.message.id);
        }
        if hello.flights.len() as u64 == hello.flights_all {
            self.flying.retain(|id, _| under_way.contains(id));
            self.due_us.retain(|id, _| under_way.contains(id));
        }
        self.unseen.clear();
        Ok(())
    }

    fn nodes_stand(&mut self, hello: &Hello, adds: &mut Adds<'_>) -> Result<(), TooMany> {
        for member in &hello.nodes {
            let node = self.known(&member.node, adds)?;
            if member.now == NodeState::Down {
                self.changed(&member.node, NodeState::Down, None, adds)?;
                continue;
            }
            if self.down.contains(&node) || !self.lives.contains_key(&node) {
                self.changed(&member.node, NodeState::Starting, None, adds)?;
            }
            if member.paused != self.paused.contains(&node) {
                let node = member.node.clone();
                let fault = match member.paused {
                    true => Fault::Pause { node },
                    false => Fault::Resume { node },
                };
                self.fault(&fault, adds)?;
            }
            if let Some(view) = &member.view {
                self.showed(node, view, adds);
            }
        }
        let there: BTreeSet<&str> = hello.nodes.iter().map(|it| &*it.node).collect();
        let ran = self
            .nodes
            .iter()
            .filter(|(name, node)| self.lives.contains_key(node) && !there.contains(name.as_str()));
        let gone: Vec<String> = ran.map(|(name, _)| name.clone()).collect();
        for name in gone {
            self.changed(&name, NodeState::Down, None, adds)?;
        }
        Ok(())
    }

    /// A message is under way, whether its sending was told or not.
    fn flies(&mut self, flight: &Flight, adds: &mut Adds<'_>) -> Result<(), TooMany> {
        let envelope = &flight.message;
        let (from, to) = (
            self.known(&envelope.src, adds)?,
            self.known(&envelope.dest, adds)?,
        );
        let Some(id) = envelope.id else {
            return Ok(());
        };
        if self.flying.contains_key(&id) && !self.unseen.contains(&id) {
            // It was sent since then, and is on the stage.
            return Ok(());
        }
        let known = self.flying.remove(&id);
        let message = match &known {
            Some((message, _)) => message.clone(),
            None => self.message(id, envelope, from, to, flight.sent_us),
        };
        let told = Phrase::new("recorded.under-way")
            .node("from", from)
            .node("to", to)
            .text("kind", message.view.kind.clone());
        let sent = Outcome::Sent {
            message: message.clone(),
            due_us: flight.due_us.unwrap_or(flight.sent_us),
            fate: Fate::Flying,
            reason: told,
        };
        let cause = known.map_or(Cause::ProgramOrder, |(_, cause)| cause);
        let event = self.event(Some(from), Stimulus::Internal, cause, vec![sent], adds);
        self.flying.insert(id, (message, Cause::Event(event)));
        self.due_us.extend(flight.due_us.map(|due_us| (id, due_us)));
        if flight.due_us.is_none() {
            self.handled(id, Stimulus::Held, adds);
        }
        Ok(())
    }
}
