//! How a journal begins: with its head, or with how everything stands when somebody begins to watch.

use super::{Journal, NODE, TooMany, kind_of, links::sides, plain, shows, view_of, words_of};
use crate::{Recording, Told};
use protocol::{NodeKind, NodeSpec};
use trace::{Cause, Flight, FlightEnd, NodeStatus};
use wire::journal::{Head, Hello, NodeState};

impl Journal {
    /// A journal from its beginning, and the recording that it becomes.
    ///
    /// # Errors
    /// Too many nodes.
    pub fn begin(head: &Head) -> Result<(Self, Recording), TooMany> {
        let mut journal = Self::empty();
        let mut roster = Vec::new();
        for node in &head.nodes {
            let id = journal.name(node)?;
            if id.index() == roster.len() {
                roster.push((NodeSpec::new(node, NodeKind::Server), NodeStatus::Crashed));
                journal.down.insert(id);
            }
        }
        let mut told = Told::of(roster);
        for node in &mut told.start.nodes {
            node.view.role = NODE.into();
        }
        told.origin = serde_json::json!({ "bridge": head });
        Ok((journal, Recording::new(told)))
    }

    /// A journal from here on, and the recording that it becomes: whoever watches a bridge is told first how everything stands.
    ///
    /// # Errors
    /// Too many nodes.
    pub fn join(hello: &Hello) -> Result<(Self, Recording), TooMany> {
        let mut journal = Self::empty();
        let mut roster = Vec::new();
        let mut views = Vec::new();
        for member in &hello.nodes {
            let id = journal.name(&member.node)?;
            let status = match (member.now, member.paused) {
                (NodeState::Down, _) => NodeStatus::Crashed,
                (_, true) => NodeStatus::Paused,
                _ => NodeStatus::Up,
            };
            if status == NodeStatus::Crashed {
                journal.down.insert(id);
            } else {
                journal.lives.insert(id, 1);
            }
            if status == NodeStatus::Paused {
                journal.paused.insert(id);
            }
            roster.push((NodeSpec::new(&member.node, NodeKind::Server), status));
            let view = member
                .view
                .as_ref()
                .filter(|_| member.now != NodeState::Down);
            views.push(view.and_then(view_of).unwrap_or_else(plain));
        }
        let ends = hello.flights.iter().map(|flight| &flight.message);
        for end in ends.flat_map(|message| [&message.src, &message.dest]) {
            if !journal.nodes.contains_key(end) {
                journal.name(end)?;
                let (kind, role) = kind_of(end);
                roster.push((NodeSpec::new(end, kind), NodeStatus::Up));
                views.push(shows(role));
            }
        }
        let mut told = Told::of(roster);
        for (node, view) in told.start.nodes.iter_mut().zip(views) {
            if view.role != NODE {
                journal.roles.insert(node.id, view.role.clone());
            }
            node.view = view;
        }
        for (src, dest) in &hello.cuts {
            if let (Some(src), Some(dest)) = (journal.node(src), journal.node(dest)) {
                journal.cuts.insert((src, dest));
            }
        }
        told.start.now_us = hello.now_us;
        told.start.cuts = sides(&journal.cuts);
        for flight in &hello.flights {
            let ends = (
                journal.node(&flight.message.src),
                journal.node(&flight.message.dest),
            );
            let (Some(from), Some(to), Some(id)) = (ends.0, ends.1, flight.message.id) else {
                continue;
            };
            let message = journal.message(id, &flight.message, from, to, flight.sent_us);
            told.start.flights.push(Flight {
                name: message.name,
                copy: 0,
                from,
                to,
                view: message.view.clone(),
                sent_us: flight.sent_us,
                due_us: flight.due_us.unwrap_or(flight.sent_us),
                end: FlightEnd::Arrives,
                ended_us: None,
                held: flight.due_us.is_none(),
                next: false,
            });
            journal.flying.insert(id, (message, Cause::Start));
            let due_us = flight.due_us.map(|due_us| (id, due_us));
            journal.due_us.extend(due_us);
        }
        told.origin = serde_json::json!({ "bridge": { "format": hello.format } });
        let mut recording = Recording::new(told);
        for view in hello.nodes.iter().filter_map(|member| member.view.as_ref()) {
            recording.learn(words_of(view));
        }
        Ok((journal, recording))
    }
}
