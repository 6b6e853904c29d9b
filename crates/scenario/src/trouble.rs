//! Why a scenario cannot go on, as sentences in every language.

use crate::{EventKind, Happening, Messages, Number, Predicate, What};
use protocol::{Arg, NodeId, Phrase};
use sim::SimError;
use std::borrow::Cow;
use trace::{FlightEnd, Frame, NodeStatus};

/// A scenario that cannot go on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// At which beat, from 1.
    pub beat: usize,
    /// Of how many.
    pub beats: usize,
    /// On which line of its file that beat stands.
    pub line: Option<u32>,
    /// Why.
    pub trouble: Trouble,
}

impl Failure {
    /// The sentence, without a full stop, for the shared words, the words of scenarios and those of the protocol.
    pub fn phrase(&self) -> Phrase {
        let why = Arg::Phrase(Box::new(self.trouble.phrase()));
        Phrase::new("scenario.failed")
            .int("beat", self.beat as u64)
            .int("beats", self.beats as u64)
            .with("why", why)
    }
}

/// Why a beat cannot go on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// Nobody is what was named.
    Nobody(String),
    /// No such message is in flight: which was wanted, and the kinds of those that are.
    NoMessage(Box<Messages>, Vec<String>),
    /// The timer is not set there.
    NoTimer(NodeId, String),
    /// What is to be decided does not wait.
    NothingToDecide,
    /// The cluster refuses the action.
    Refused(SimError),
    /// What was waited for did not come within so many steps.
    NotYet(u64, Box<Phrase>),
    /// Nothing waits to happen, and what was waited for has not come.
    Still(Box<Phrase>),
    /// What must hold at the end does not.
    NotSo(Box<Phrase>),
    /// A choice of the beat's question is marked as right, and what it says does not hold: its number, from 1.
    NotRight(usize, Box<Phrase>),
    /// A choice is marked as wrong, and what it says holds.
    NotWrong(usize, Box<Phrase>),
    /// A property is violated that the scenario does not name.
    Violated(String, Phrase),
    /// The run does not come to a place that was recorded.
    Elsewhere {
        /// The step of the place.
        step: u64,
        /// Its virtual time, in microseconds.
        us: u64,
        /// The step to which the run came.
        reached: u64,
    },
}

impl Trouble {
    pub(crate) fn no_message(wanted: &Messages, frame: &Frame) -> Self {
        let flights = frame.flights.iter();
        let flying = flights.filter(|flight| flight.end == FlightEnd::Arrives);
        let mut flying: Vec<String> = flying
            .map(|flight| {
                let label = |node: NodeId| &frame.nodes[node.index()].label;
                let (from, to) = (label(flight.from), label(flight.to));
                format!("{} {from} → {to}", flight.view.kind)
            })
            .collect();
        flying.sort();
        flying.dedup();
        Self::NoMessage(Box::new(wanted.clone()), flying)
    }

    /// The sentence, without a full stop.
    pub fn phrase(&self) -> Phrase {
        match self {
            Self::Nobody(who) => Phrase::new("scenario.trouble.nobody").text("who", who.clone()),
            Self::NoMessage(wanted, flying) if flying.is_empty() => {
                Phrase::new("scenario.trouble.no-message-at-all")
                    .with("message", of_messages(wanted))
            }
            Self::NoMessage(wanted, flying) => Phrase::new("scenario.trouble.no-message")
                .with("message", of_messages(wanted))
                .text("flying", flying.join(", ")),
            Self::NoTimer(node, timer) => Phrase::new("scenario.trouble.no-timer")
                .node("node", *node)
                .with("timer", word("timer", timer)),
            Self::NothingToDecide => Phrase::new("scenario.trouble.nothing-to-decide"),
            Self::Refused(error) => error.phrase(),
            Self::NotYet(steps, what) => Phrase::new("scenario.trouble.not-yet")
                .int("steps", *steps)
                .with("what", Arg::Phrase(what.clone())),
            Self::Still(what) => {
                Phrase::new("scenario.trouble.still").with("what", Arg::Phrase(what.clone()))
            }
            Self::NotSo(what) => {
                Phrase::new("scenario.trouble.not-so").with("what", Arg::Phrase(what.clone()))
            }
            Self::NotRight(choice, what) => Phrase::new("scenario.trouble.not-right")
                .int("choice", *choice as u64)
                .with("what", Arg::Phrase(what.clone())),
            Self::NotWrong(choice, what) => Phrase::new("scenario.trouble.not-wrong")
                .int("choice", *choice as u64)
                .with("what", Arg::Phrase(what.clone())),
            Self::Violated(property, how) => Phrase::new("scenario.trouble.violated")
                .text("id", property.clone())
                .with("how", Arg::Phrase(Box::new(how.clone()))),
            Self::Elsewhere { step, us, reached } => Phrase::new("scenario.trouble.elsewhere")
                .int("step", *step)
                .text("us", us.to_string())
                .int("reached", *reached),
        }
    }
}

/// The sentence of a predicate: what holds when it does.
pub(crate) fn of_predicate(predicate: &Predicate) -> Phrase {
    let phrase = |key| Phrase::new(key);
    let join = |key, parts: &[Predicate]| match parts {
        [] => phrase("scenario.want.nothing"),
        [only] => of_predicate(only),
        [first, rest @ ..] => rest.iter().fold(of_predicate(first), |sofar, part| {
            phrase(key)
                .with("first", Arg::Phrase(Box::new(sofar)))
                .with("then", Arg::Phrase(Box::new(of_predicate(part))))
        }),
    };
    let whose = |key, nodes: &[String]| phrase(key).with("nodes", of_group(nodes));
    match predicate {
        Predicate::All(parts) => join("scenario.want.and", parts),
        Predicate::Any(parts) => join("scenario.want.or", parts),
        Predicate::Not(inner) => {
            phrase("scenario.want.not").with("what", Arg::Phrase(Box::new(of_predicate(inner))))
        }
        Predicate::Happened(happening, count) => {
            let what = Arg::Phrase(Box::new(of_happening(happening)));
            if *count == Number::SOME {
                phrase("scenario.want.happened").with("what", what)
            } else {
                phrase("scenario.want.happened-often")
                    .with("what", what)
                    .text("count", count.to_string())
            }
        }
        Predicate::Role { role, nodes, count } => {
            let of = if nodes.is_empty() {
                phrase("scenario.want.role")
            } else {
                whose("scenario.want.role-of", nodes)
            };
            of.with("role", word("role", role))
                .text("count", count.to_string())
        }
        Predicate::Status { nodes, status } => whose("scenario.want.status", nodes)
            .with("status", word("scenario.status", status_id(*status))),
        Predicate::Epoch { nodes, epoch } if nodes.is_empty() => {
            phrase("scenario.want.epoch").text("epoch", epoch.to_string())
        }
        Predicate::Epoch { nodes, epoch } => {
            whose("scenario.want.epoch-of", nodes).text("epoch", epoch.to_string())
        }
        Predicate::Log { nodes, log } => {
            let log: Vec<String> = log.iter().map(u64::to_string).collect();
            whose("scenario.want.log", nodes).text("log", log.join(" "))
        }
        Predicate::Entry {
            nodes,
            index,
            epoch,
        } => whose("scenario.want.entry", nodes)
            .int("index", *index)
            .text("epoch", epoch.to_string()),
        Predicate::Committed { nodes, committed } => {
            whose("scenario.want.committed", nodes).text("committed", committed.to_string())
        }
        Predicate::Row { nodes, cells } if nodes.is_empty() => {
            phrase("scenario.want.row-of-all").text("cells", cells.join(" "))
        }
        Predicate::Row { nodes, cells } => {
            whose("scenario.want.row", nodes).text("cells", cells.join(" "))
        }
        Predicate::InFlight(messages, count) => phrase("scenario.want.in-flight")
            .text("count", count.to_string())
            .with("message", of_messages(messages)),
        Predicate::Quiet => phrase("scenario.want.quiet"),
        Predicate::Violated(id) => phrase("scenario.want.violated").text("id", id.clone()),
        Predicate::Met(id) => phrase("scenario.want.met").text("id", id.clone()),
    }
}

fn of_happening(happening: &Happening) -> Phrase {
    let (key, id) = match &happening.what {
        What::Fact(id) => ("scenario.what.fact", id.clone()),
        What::Reason(id) => ("scenario.what.reason", id.clone()),
        What::Answer(Some(id)) => ("scenario.what.answer", id.clone()),
        What::Answer(None) => ("scenario.what.any-answer", String::new()),
        What::Event { kind, .. } => ("scenario.what.event", EventKind::id(*kind).to_owned()),
        What::Sent(messages) => {
            let sent = Phrase::new("scenario.what.sent").with("message", of_messages(messages));
            return at(sent, happening);
        }
    };
    let with: Vec<String> = happening
        .with
        .iter()
        .map(|(key, values)| format!(" {key}={}", values.join("+")))
        .collect();
    at(Phrase::new(key).text("id", id + &with.concat()), happening)
}

fn at(what: Phrase, happening: &Happening) -> Phrase {
    match &happening.node {
        None => what,
        Some(node) => Phrase::new("scenario.what.at")
            .with("what", Arg::Phrase(Box::new(what)))
            .text("node", node.clone()),
    }
}

fn of_messages(messages: &Messages) -> Arg {
    let kind = messages.kind.clone().unwrap_or_else(|| "*".into());
    let mut text = kind;
    if let Some(name) = messages.name {
        text = format!("{text} #{name}");
    }
    if let Some(content) = &messages.content {
        text = format!("{text} ({content})");
    }
    if messages.from.is_some() || messages.to.is_some() {
        let end = |who: &Option<String>| who.clone().unwrap_or_else(|| "*".into());
        text = format!("{text} {} → {}", end(&messages.from), end(&messages.to));
    }
    Arg::Text(text)
}

fn of_group(nodes: &[String]) -> Arg {
    Arg::Text(nodes.join(", "))
}

fn word(family: &str, id: &str) -> Arg {
    Arg::Word(Cow::Owned(format!("{family}.{id}")))
}

/// The ids of statuses in files.
pub(crate) const STATUSES: &[(&str, NodeStatus)] = &[
    ("up", NodeStatus::Up),
    ("crashed", NodeStatus::Crashed),
    ("paused", NodeStatus::Paused),
    ("removed", NodeStatus::Removed),
];

fn status_id(status: NodeStatus) -> &'static str {
    STATUSES
        .iter()
        .find(|(_, known)| *known == status)
        .map_or("", |(id, _)| id)
}
