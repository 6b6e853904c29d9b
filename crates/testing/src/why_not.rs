//! What every answer to "why not?" owes: a reason that does not hold, in whole sentences of both languages.

use protocol::{NodeId, Protocol, WhyNot};
use sim::{Action, Edit, Playable};
use std::collections::BTreeSet;
use trace::{Language, Words};

/// The answers of a protocol, as its runs give them.
#[derive(Debug, Default)]
pub struct Answers {
    said: BTreeSet<String>,
}

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
