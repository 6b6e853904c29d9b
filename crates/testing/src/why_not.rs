//! What every answer to "why not?" owes: a reason that does not hold, in whole sentences of both languages; and that it holds as
//! soon as what its sentence names has happened.

use protocol::{Arg, NodeId, Phrase, Protocol, WhyNot};
use sim::{Action, Edit, Playable, Run};
use std::collections::BTreeSet;
use trace::{Event, Language, MessageRef, NodeFrame, Outcome, Stimulus, Words};

/// The answers of a protocol, as its runs give them.
#[derive(Debug, Default)]
pub struct Answers {
    said: BTreeSet<String>,
    /// The guards that were seen not to hold.
    missing: BTreeSet<String>,
    /// The guards of which what their sentences name was seen to happen, whereupon they held.
    healed: BTreeSet<String>,
}

/// Whether an event is what the sentence of a guard names that does not hold at a node.
pub type Heals = fn(&Phrase, NodeId, &Event) -> bool;

impl Answers {
    /// Asks `node` everything that can be asked of it.
    ///
    /// # Panics
    /// Where an answer gives no reason, or a sentence is missing or lacks a value.
    pub fn ask<P: Protocol>(&mut self, run: &dyn Playable, node: NodeId) -> Vec<WhyNot> {
        let all = run.why_not(node);
        for why in &all {
            let missing = why.guards.iter().any(|guard| !guard.holds);
            assert!(missing, "what keeps it? {why:?}");
            let guards = why.guards.iter().map(|guard| &guard.says);
            for phrase in std::iter::once(&why.question).chain(guards) {
                if !self.said.insert(phrase.key.to_string()) {
                    continue;
                }
                for language in Language::ALL {
                    let mut words = Words::new(language);
                    words.add(P::words(language.code())).expect("good words");
                    let sentence = words.say(phrase, run.labels());
                    let whole = words.has(&phrase.key) && !sentence.contains(['{', '}']);
                    assert!(whole, "{}: {sentence}", phrase.key);
                    let rule = phrase.rule.as_deref();
                    let known = |rule| P::RULES.iter().any(|known| known.id == rule);
                    assert!(rule.is_none_or(known), "{rule:?} is no rule");
                }
            }
        }
        all
    }

    /// Plays `run` up to `until_us`, asks every node everything after each step, and has `look` see the answers. A guard that does
    /// not hold must do so after the event that `heals` it: the question is over, or its answer no longer has that guard.
    ///
    /// # Panics
    /// As [`Self::ask`] does, and where a guard still does not hold after that event.
    pub fn follow<P: Protocol>(
        &mut self,
        run: &mut dyn Playable,
        until_us: u64,
        heals: Heals,
        mut look: impl FnMut(&dyn Playable, &NodeFrame, &[WhyNot]),
    ) {
        let mut before: Vec<(NodeId, Vec<WhyNot>)> = Vec::new();
        while run.now_us() < until_us && run.advance().is_some() {
            let event = run.event(run.step()).expect("the step was taken");
            let nodes = run.frame().nodes.into_iter();
            let now: Vec<(NodeId, Vec<WhyNot>)> = nodes
                .map(|node| {
                    let all = self.ask::<P>(run, node.id);
                    look(run, &node, &all);
                    (node.id, all)
                })
                .collect();
            for (node, question, guard) in missing(&before) {
                self.missing.insert(guard.key.to_string());
                if !heals(guard, node, &event) {
                    continue;
                }
                let still = missing(&now).find(|(at, asked, still)| {
                    *at == node && *asked == question && is_same(still, guard)
                });
                assert!(
                    still.is_none(),
                    "{guard:?} at {node:?} holds not after step {} ({:?}): {still:?}",
                    event.step,
                    event.stimulus
                );
                self.healed.insert(guard.key.to_string());
            }
            before = now;
        }
    }

    /// That of every guard that was seen not to hold, what its sentence names was seen to happen, but for those of `elsewhere`.
    ///
    /// # Panics
    /// Where it was not.
    pub fn are_healed(&self, elsewhere: &[&str]) {
        let never = self.missing.difference(&self.healed);
        let never: Vec<_> = never
            .filter(|key| !elsewhere.contains(&key.as_str()))
            .collect();
        assert!(never.is_empty(), "never healed: {never:?}");
    }

    /// That every question and every guard that has words was said.
    ///
    /// # Panics
    /// Where one was not.
    pub fn are_all<P: Protocol>(&self) {
        let mut words = Words::default();
        words.add(P::words("en")).expect("good words");
        let keys = words.keys();
        let asked = keys.filter(|key| key.starts_with("guard.") || key.starts_with("question."));
        let unsaid: Vec<_> = asked.filter(|key| !self.said.contains(*key)).collect();
        assert!(unsaid.is_empty(), "never said: {unsaid:?}");
    }
}

/// The guards that do not hold, with the node and the question.
fn missing(all: &[(NodeId, Vec<WhyNot>)]) -> impl Iterator<Item = (NodeId, &Phrase, &Phrase)> {
    all.iter().flat_map(|(node, all)| {
        all.iter().flat_map(move |why| {
            let missing = why.guards.iter().filter(|guard| !guard.holds);
            missing.map(move |guard| (*node, &why.question, &guard.says))
        })
    })
}

/// Whether two guards say the same of the same; who is counted may differ.
fn is_same(one: &Phrase, other: &Phrase) -> bool {
    let firm = |phrase: &Phrase| -> Vec<_> {
        let args = phrase.args.iter();
        args.filter(|(name, arg)| name != "have" && !matches!(arg, Arg::Nodes(_)))
            .cloned()
            .collect()
    };
    one.key == other.key && firm(one) == firm(other)
}

/// Whether one of `all` asks `question`.
pub fn asks(all: &[WhyNot], question: &str) -> bool {
    all.iter().any(|why| why.question.key == question)
}

/// The value of this name, if the phrase has one.
pub fn value<'a>(phrase: &'a Phrase, name: &str) -> Option<&'a Arg> {
    let mut args = phrase.args.iter();
    args.find_map(|(key, arg)| (key == name).then_some(arg))
}

/// The node of this name in a phrase.
pub fn node(phrase: &Phrase, name: &str) -> Option<NodeId> {
    match value(phrase, name) {
        Some(Arg::Node(node)) => Some(*node),
        _ => None,
    }
}

/// The nodes that a phrase lists under this name.
pub fn listed<'a>(phrase: &'a Phrase, name: &str) -> &'a [NodeId] {
    match value(phrase, name) {
        Some(Arg::Nodes(nodes)) => nodes,
        _ => &[],
    }
}

/// Whether one more is enough of those that a phrase counts: it `need`s one more than it `have`s.
pub fn lacks_one(phrase: &Phrase) -> bool {
    match (value(phrase, "have"), value(phrase, "need")) {
        (Some(Arg::Int(have)), Some(Arg::Int(need))) => have + 1 == *need,
        _ => false,
    }
}

/// The sender and the label of the message of this kind that `event` delivers.
pub fn delivered<'a>(event: &'a Event, kind: &str) -> Option<(NodeId, &'a Phrase)> {
    match &event.stimulus {
        Stimulus::Delivered(message) if message.view.kind == kind => {
            Some((message.from, message.view.label.as_ref()?))
        }
        _ => None,
    }
}

/// The messages of this kind that `event` sends.
pub fn sent<'a>(event: &'a Event, kind: &'a str) -> impl Iterator<Item = &'a MessageRef> {
    let outcomes = event.outcomes.iter();
    outcomes.filter_map(move |outcome| match outcome {
        Outcome::Sent { message, .. } if message.view.kind == kind => Some(message),
        _ => None,
    })
}

/// The fact of this key that `event` tells.
pub fn told<'a>(event: &'a Event, key: &str) -> Option<&'a Phrase> {
    let mut outcomes = event.outcomes.iter();
    outcomes.find_map(|outcome| match outcome {
        Outcome::Told(fact) if fact.key == key => Some(fact),
        _ => None,
    })
}

/// The reason of this key that `event` notes.
pub fn noted<'a>(event: &'a Event, key: &str) -> Option<&'a Phrase> {
    let mut outcomes = event.outcomes.iter();
    outcomes.find_map(|outcome| match outcome {
        Outcome::Noted(reason) if reason.key == key => Some(reason),
        _ => None,
    })
}

/// Whether `event` is the start of `node`.
pub fn boots(event: &Event, node: Option<NodeId>) -> bool {
    matches!(event.stimulus, Stimulus::Booted { .. }) && event.node == node
}

/// Whether `event` is the firing of this timer.
pub fn fires(event: &Event, timer: &str) -> bool {
    matches!(&event.stimulus, Stimulus::Fired { timer: fired } if fired == timer)
}

/// A run of protocol `P` that is not there yet: its variant, what differs from the defaults, a seed and what is done to it.
///
/// # Panics
/// Where it is refused.
pub fn eventful<P: Protocol>(
    variant: &str,
    config: &[(&str, &str)],
    seed: u64,
    edits: Vec<Edit>,
) -> Box<dyn Playable> {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    let run = Run {
        protocol: P::ID.into(),
        behaviour: P::BEHAVIOUR,
        variant: variant.into(),
        config: config.iter().map(owned).collect(),
        seed,
        edits,
    };
    sim::open::<P>(&run).expect("a sensible run")
}

/// Three seconds in which the servers fall and start again, and the network splits for a while, a client with the few: for
/// `servers` servers, then two clients.
pub fn trouble(seed: u64, servers: u16) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut at = |at_us: u64, action: Action| {
        edits.push(Edit {
            at_us,
            rank: 0,
            after: Vec::new(),
            action,
        });
    };
    for round in 0..6 {
        let begin = 400_000 + round * 500_000;
        let server = |n: u64| NodeId((n % u64::from(servers)) as u16);
        let node = server(seed + round * 2);
        let (keep, torn) = (0, false);
        at(begin, Action::Crash { node, keep, torn });
        at(begin + 300_000, Action::Restart(node));
        let from = vec![
            server(seed + round),
            server(seed + round + 1),
            NodeId(servers),
        ];
        let nodes = (0..servers + 2).map(NodeId);
        let to = nodes.filter(|node| !from.contains(node)).collect();
        at(
            begin + 50_000,
            Action::Cut {
                from,
                to,
                both: true,
            },
        );
        at(begin + 400_000, Action::Heal);
    }
    edits
}
