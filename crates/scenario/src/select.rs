//! Nodes and messages by what they are: "the leader", "every follower", "AppendEntries from S1". They are looked up at the
//! moment at which they are needed.

use crate::sight::Sight;
use crate::{Number, Trouble};
use protocol::{Arg, MessageView, Name, NodeId, NodeKind, Phrase};
use serde::{Deserialize, Serialize};
use sim::Pending;
use trace::{FlightEnd, MessageRef, NodeStatus};

/// A node: a label (`S1`), a name that a `let` gave, or a role (`leader`, `a follower`): the first node that is up and has it,
/// those of the newest epoch before others.
pub type Who = String;

/// Nodes: each a [`Who`], or `every follower`, `every server`, `others`.
pub type Group = Vec<String>;

/// Everybody who is not in the other group of a cut.
pub const OTHERS: &str = "others";

/// Messages, by what they show.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Messages {
    /// Its own name: this one message and its copies.
    pub name: Option<Name>,
    /// The kind, as the source spells it.
    pub kind: Option<String>,
    /// The sender.
    pub from: Option<Who>,
    /// The addressee.
    pub to: Option<Who>,
    /// The epoch that it carries.
    pub epoch: Option<Number>,
    /// What it carries: `append` for the words `message.append.label`.
    pub content: Option<String>,
    /// The values of what it carries.
    pub with: Vec<(String, Vec<String>)>,
    /// All of them, not only the first to arrive.
    pub every: bool,
}

/// Roles and kinds read better with an article: it means nothing.
pub(crate) fn without_article(who: &str) -> &str {
    ["the ", "a ", "an "]
        .iter()
        .find_map(|article| who.strip_prefix(article))
        .unwrap_or(who)
        .trim()
}

/// The kinds of node that `every server` names.
pub(crate) const KINDS: &[(&str, NodeKind)] = &[
    ("server", NodeKind::Server),
    ("client", NodeKind::Client),
    ("balancer", NodeKind::Balancer),
    ("store", NodeKind::Store),
];

impl Sight<'_> {
    /// The node that `who` names now.
    pub(crate) fn node(&self, who: &str) -> Result<NodeId, Trouble> {
        if let Some(node) = self.names.get(who) {
            return Ok(*node);
        }
        if let Some(place) = self.labels().iter().position(|label| label == who) {
            return Ok(NodeId(place as u16));
        }
        let role = without_article(who);
        let frame = self.frame();
        let nodes = frame
            .nodes
            .iter()
            .filter(|node| node.status == NodeStatus::Up);
        let mut found: Option<(u64, NodeId)> = None;
        for node in nodes.filter(|node| is_role(&node.view.role, role)) {
            let epoch = node.view.epoch.unwrap_or(0);
            if found.is_none_or(|(newest, _)| epoch > newest) {
                found = Some((epoch, node.id));
            }
        }
        found
            .map(|(_, node)| node)
            .ok_or_else(|| Trouble::Nobody(who.into()))
    }

    /// The nodes that `group` names now, each once, in the order of their naming.
    pub(crate) fn nodes(&self, group: &[String]) -> Result<Vec<NodeId>, Trouble> {
        let mut nodes = Vec::new();
        for who in group {
            let Some(of) = who.strip_prefix("every ") else {
                let node = self.node(who)?;
                if !nodes.contains(&node) {
                    nodes.push(node);
                }
                continue;
            };
            let kind = KINDS
                .iter()
                .find(|(id, _)| *id == of)
                .map(|(_, kind)| *kind);
            let frame = self.frame();
            let all = frame.nodes.iter().filter(|node| match kind {
                Some(kind) => node.kind == kind && node.status != NodeStatus::Removed,
                None => node.status == NodeStatus::Up && is_role(&node.view.role, of),
            });
            let before = nodes.len();
            for node in all {
                if !nodes.contains(&node.id) {
                    nodes.push(node.id);
                }
            }
            if nodes.len() == before {
                return Err(Trouble::Nobody(who.clone()));
            }
        }
        Ok(nodes)
    }

    /// The two groups of a cut; one of them may be [`OTHERS`].
    pub(crate) fn sides(
        &self,
        from: &[String],
        to: &[String],
    ) -> Result<(Vec<NodeId>, Vec<NodeId>), Trouble> {
        let is_rest = |group: &[String]| group.iter().any(|who| who == OTHERS);
        let rest = |of: &[NodeId]| {
            let nodes = self.frame().nodes.iter();
            nodes
                .filter(|node| node.status != NodeStatus::Removed && !of.contains(&node.id))
                .map(|node| node.id)
                .collect()
        };
        if is_rest(to) {
            let from = self.nodes(from)?;
            let to = rest(&from);
            Ok((from, to))
        } else if is_rest(from) {
            let to = self.nodes(to)?;
            Ok((rest(&to), to))
        } else {
            Ok((self.nodes(from)?, self.nodes(to)?))
        }
    }

    /// Whether a message is one of `wanted`.
    pub(crate) fn is_one(
        &self,
        wanted: &Messages,
        name: Name,
        (from, to): (NodeId, NodeId),
        view: &MessageView,
    ) -> Result<bool, Trouble> {
        let is = |who: &Option<Who>, node| match who {
            Some(who) => self.node(who).map(|found| found == node),
            None => Ok(true),
        };
        if wanted.name.is_some_and(|wanted| wanted != name)
            || wanted.kind.as_ref().is_some_and(|kind| *kind != view.kind)
            || !is(&wanted.from, from)?
            || !is(&wanted.to, to)?
        {
            return Ok(false);
        }
        if let Some(epoch) = wanted.epoch
            && !view.epoch.is_some_and(|carried| epoch.fits(carried))
        {
            return Ok(false);
        }
        let Some(content) = &wanted.content else {
            return Ok(true);
        };
        let carried = view.label.as_ref();
        Ok(carried.is_some_and(|label| {
            is_content(&label.key, content) && self.has_values(label, &wanted.with)
        }))
    }

    /// Whether a message of the trace is one of `wanted`.
    pub(crate) fn is_message(
        &self,
        wanted: &Messages,
        message: &MessageRef,
    ) -> Result<bool, Trouble> {
        let ends = (message.from, message.to);
        self.is_one(wanted, message.name, ends, &message.view)
    }

    /// The flights that are `wanted`, the first to arrive first; without the copies that have the same name.
    pub(crate) fn flights(&self, wanted: &Messages) -> Result<Vec<Name>, Trouble> {
        let mut flights: Vec<_> = self.frame().flights.iter().collect();
        flights.retain(|flight| flight.end == FlightEnd::Arrives && flight.ended_us.is_none());
        flights.sort_by_key(|flight| (flight.due_us, flight.name));
        let mut names = Vec::new();
        for flight in flights {
            if self.is_one(wanted, flight.name, (flight.from, flight.to), &flight.view)?
                && !names.contains(&flight.name)
            {
                names.push(flight.name);
            }
        }
        if !wanted.every {
            names.truncate(1);
        }
        Ok(names)
    }

    /// The row of what waits that `action` would take.
    pub(crate) fn waiting(&self, action: &sim::Action) -> Option<Pending> {
        let rows = self.pending();
        rows.into_iter().find(|row| row.action == *action)
    }

    /// Whether `phrase` has these values.
    pub(crate) fn has_values(&self, phrase: &Phrase, wanted: &[(String, Vec<String>)]) -> bool {
        wanted.iter().all(|(name, values)| {
            let found = phrase.args.iter().find(|(key, _)| key == name);
            found.is_some_and(|(_, arg)| self.is_value(arg, values))
        })
    }

    pub(crate) fn is_value(&self, arg: &Arg, values: &[String]) -> bool {
        if let Arg::Nodes(nodes) = arg {
            return self.nodes(values).is_ok_and(|wanted| {
                wanted.len() == nodes.len() && wanted.iter().all(|node| nodes.contains(node))
            });
        }
        let [value] = values else { return false };
        match arg {
            Arg::Node(node) => self.node(value).is_ok_and(|wanted| wanted == *node),
            Arg::Int(number) | Arg::Us(number) => value
                .parse::<Number>()
                .is_ok_and(|wanted| wanted.fits(*number)),
            Arg::Text(text) => text == value,
            Arg::Word(key) => is_last(key, value),
            Arg::Phrase(inner) => is_last(&inner.key, value),
            Arg::Nodes(_) => false,
        }
    }
}

/// Whether `key` is `role.<role>`; blanks may stand for hyphens.
pub(crate) fn is_role(key: &str, role: &str) -> bool {
    key.strip_prefix("role.")
        .is_some_and(|id| id == role || id == role.replace(' ', "-"))
}

fn is_content(key: &str, content: &str) -> bool {
    key.strip_prefix("message.")
        .and_then(|rest| rest.strip_suffix(".label"))
        == Some(content)
}

fn is_last(key: &str, value: &str) -> bool {
    key == value || key.rsplit_once('.').is_some_and(|(_, last)| last == value)
}
