//! The stage in sentences: the parallel description that a screen reader hears, in the order of the keyboard.

use crate::stage::flow::{Flows, gather};
use crate::{End, Subject};
use protocol::{Arg, Ballot, Hue, NodeId, Phrase, Picture};
use std::borrow::Cow;
use trace::{Flight, FlightEnd, Frame, NodeFrame, NodeStatus, Words};

/// Of more messages than this, none is told by itself: they are counted from where to where.
const MESSAGES_MAX: usize = 320;

/// What stands on the stage at `frame`, subject by subject: nodes, then cuts, then messages.
///
/// `hue` is the protocol's, for the word that epochs have there; `labels` are the nodes', by id.
pub fn describe(
    frame: &Frame,
    hue: Hue,
    words: &Words,
    labels: &[String],
) -> Vec<(Subject, String)> {
    let telling = Telling {
        frame,
        hue,
        words,
        labels,
    };
    let present = |node: &&NodeFrame| node.status != NodeStatus::Removed;
    let nodes = frame.nodes.iter().filter(present);
    let nodes = nodes.map(|node| (Subject::Node(node.id), telling.node(node)));
    let cuts = frame.cuts.iter().enumerate().map(|(place, cut)| {
        let key = if cut.both {
            "event.cut"
        } else {
            "event.cut-one-way"
        };
        let phrase = Phrase::new(key)
            .nodes("from", cut.from.iter().copied())
            .nodes("to", cut.to.iter().copied());
        (Subject::Cut(place as u32), words.say(&phrase, labels))
    });
    let mut told: Vec<_> = nodes.chain(cuts).collect();
    if frame.flights.len() > MESSAGES_MAX {
        let mut flows = Flows::default();
        gather(frame, frame.now_us as f64, &mut flows);
        let flow = |((from, to), count): ((End, End), u32)| {
            (Subject::Flow { from, to }, telling.flow(from, to, count))
        };
        told.extend(flows.bands.into_iter().map(flow));
    } else {
        told.extend(frame.flights.iter().map(|flight| {
            let subject = Subject::Message {
                name: flight.name,
                copy: flight.copy,
            };
            (subject, telling.message(flight))
        }));
    }
    told
}

struct Telling<'a> {
    frame: &'a Frame,
    hue: Hue,
    words: &'a Words,
    labels: &'a [String],
}

impl Telling<'_> {
    fn say(&self, phrase: &Phrase) -> String {
        self.words.say(phrase, self.labels)
    }

    /// Whole sentences, one after the other as the language joins them.
    fn join(&self, sentences: &[Phrase]) -> String {
        let said = sentences.iter().map(|phrase| self.say(phrase));
        let joined = said.reduce(|first, then| {
            let both = Phrase::new("stage.join").text("first", first);
            self.say(&both.text("then", then))
        });
        joined.unwrap_or_default()
    }

    fn node(&self, node: &NodeFrame) -> String {
        let view = &node.view;
        if matches!(node.status, NodeStatus::Crashed | NodeStatus::Removed) {
            return self.say(&Phrase::new("stage.node-down").node("node", node.id));
        }
        let role = Arg::Word(view.role.clone());
        let mut sentences = vec![match (view.epoch, self.hue) {
            (Some(epoch), Hue::Epoch(word)) => Phrase::new("stage.node-epoch")
                .node("node", node.id)
                .with("role", role)
                .word("hue", word)
                .int("epoch", epoch),
            _ => Phrase::new("stage.node")
                .node("node", node.id)
                .with("role", role),
        }];
        if node.status == NodeStatus::Paused {
            sentences.push(Phrase::new("stage.node-paused"));
        }
        sentences.extend(view.pictures.iter().filter_map(votes));
        if let Some(load) = view.load {
            let load = Phrase::new("stage.load")
                .int("value", load.value)
                .int("max", load.max);
            sentences.push(load);
        }
        sentences.extend(view.badges.iter().map(|badge| {
            let inner = Arg::Phrase(Box::new(badge.clone()));
            Phrase::new("stage.badge").with("badge", inner)
        }));
        if let Some(timer) = node
            .timers
            .first()
            .filter(|_| node.status == NodeStatus::Up)
        {
            let word = Arg::Word(Cow::Owned(format!("timer.{}", timer.timer)));
            let left = timer.due_us.saturating_sub(self.frame.now_us);
            let phrase = match left {
                0 => Phrase::new("stage.timer-due"),
                left => Phrase::new("stage.timer").us("left", left),
            };
            sentences.push(phrase.with("timer", word));
        }
        if node.unsaved > 0 {
            sentences.push(Phrase::new("stage.unsaved").int("n", u64::from(node.unsaved)));
        }
        if self.frame.next_node == Some(node.id) {
            sentences.push(Phrase::new("stage.next"));
        }
        self.join(&sentences)
    }

    /// How many messages go from where to where.
    fn flow(&self, from: End, to: End, count: u32) -> String {
        let ids = |end: End| match end {
            End::Node(node) => vec![node],
            End::Tier(tier) => {
                let nodes = self.frame.nodes.iter();
                nodes
                    .filter(|node| node.tier == tier)
                    .map(|node| node.id)
                    .collect()
            }
        };
        let end = |end: End| match ids(end).as_slice() {
            // A whole tier: its first and its last, not a hundred names.
            [first, .., last] if ids(end).len() > 3 => {
                let range = Phrase::new("stage.range").node("first", *first);
                Arg::Phrase(Box::new(range.node("last", *last)))
            }
            few => Arg::Nodes(few.to_vec()),
        };
        self.say(
            &Phrase::new("stage.flow")
                .int("n", count.into())
                .with("from", end(from))
                .with("to", end(to)),
        )
    }

    fn message(&self, flight: &Flight) -> String {
        let now = self.frame.now_us;
        let key = match flight.end {
            FlightEnd::Arrives if flight.held => "stage.message-held",
            FlightEnd::Arrives if flight.due_us < now => "stage.message-late",
            FlightEnd::Arrives => "stage.message",
            FlightEnd::Lost => "stage.message-lost",
            FlightEnd::Cut => "stage.message-cut",
            FlightEnd::Dropped => "stage.message-dropped",
            FlightEnd::Bounced => "stage.message-bounced",
        };
        let mut first = Phrase::new(key)
            .text("kind", flight.view.kind.clone())
            .node("from", flight.from)
            .node("to", flight.to);
        if key == "stage.message" {
            first = first.us("left", flight.due_us.saturating_sub(now));
        }
        let mut sentences = vec![first];
        if let Some(content) = &flight.view.label {
            let inner = Arg::Phrase(Box::new(content.clone()));
            sentences.push(Phrase::new("stage.content").with("content", inner));
        }
        if flight.copy > 0 {
            sentences.push(Phrase::new("stage.copy"));
        }
        if flight.next {
            sentences.push(Phrase::new("stage.next"));
        }
        self.join(&sentences)
    }
}

fn votes(picture: &Picture) -> Option<Phrase> {
    let Picture::Votes(votes) = picture else {
        return None;
    };
    let of = |wanted: Ballot| {
        let voters = votes.iter().filter(move |(_, ballot)| *ballot == wanted);
        voters.map(|(voter, _)| *voter).collect::<Vec<NodeId>>()
    };
    let phrase = Phrase::new("stage.votes")
        .nodes("got", of(Ballot::Got))
        .nodes("refused", of(Ballot::Refused))
        .nodes("waiting", of(Ballot::Waiting));
    Some(phrase)
}
