//! Why not: in every state of eventful runs each question has an answer, that answer has a reason that does not hold, and all
//! of it is said in whole sentences.

use protocol::{NodeId, Protocol, WhyNot};
use raft::Raft;
use sim::{Action, Edit, Playable, Run};
use std::collections::BTreeSet;
use trace::{Language, NodeStatus, Words};

const SERVERS: u16 = 5;

/// A run in which servers fall and start again, messages get lost, and the network splits for a while.
fn eventful(seed: u64) -> Box<dyn Playable> {
    let config = [
        ("loss_permille", "100"),
        ("clients", "2"),
        (
            "sessions",
            if seed.is_multiple_of(2) {
                "true"
            } else {
                "false"
            },
        ),
        ("save_us", "20000"),
    ];
    let mut edits = Vec::new();
    let mut at = |at_us: u64, action: Action| {
        edits.push(Edit {
            at_us,
            action,
            rank: 0,
            after: Vec::new(),
        });
    };
    for round in 0..6 {
        let begin = 400_000 + round * 500_000;
        let node = NodeId(((seed + round * 2) % u64::from(SERVERS)) as u16);
        at(
            begin,
            Action::Crash {
                node,
                keep: 0,
                torn: false,
            },
        );
        at(begin + 300_000, Action::Restart(node));
        // A client is with the few: a leader among them takes what will never be committed.
        let few = [seed + round, seed + round + 1, 5].map(|n| NodeId((n % 6) as u16));
        let few = few.to_vec();
        let rest = (0..7)
            .map(NodeId)
            .filter(|node| !few.contains(node))
            .collect();
        at(
            begin + 50_000,
            Action::Cut {
                from: few,
                to: rest,
                both: true,
            },
        );
        at(begin + 400_000, Action::Heal);
    }
    let run = Run {
        protocol: "raft".into(),
        behaviour: Raft::BEHAVIOUR,
        variant: sim::SOUND.into(),
        config: config
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        seed,
        edits,
    };
    sim::open::<Raft>(&run).expect("a sensible run")
}

fn ask<'w>(all: &'w [WhyNot], question: &str) -> Option<&'w WhyNot> {
    all.iter().find(|why| why.question.key == question)
}

#[test]
fn whatever_has_not_come_about_has_its_reason() {
    let mut said = BTreeSet::new();
    let words = Language::ALL.map(|language| {
        let mut words = Words::new(language);
        words.add(Raft::words(language.code())).expect("good words");
        words
    });
    for seed in 1..=24 {
        let mut sim = eventful(seed);
        while sim.now_us() < 4_000_000 && sim.advance().is_some() {
            let frame = sim.frame();
            for node in &frame.nodes {
                let all = sim.why_not(node.id);
                for why in &all {
                    assert!(
                        why.guards.iter().any(|guard| !guard.holds),
                        "seed {seed}: {why:?}"
                    );
                    for phrase in std::iter::once(&why.question)
                        .chain(why.guards.iter().map(|guard| &guard.says))
                    {
                        if said.insert(phrase.key.to_string()) {
                            for words in &words {
                                let sentence = words.say(phrase, sim.labels());
                                assert!(
                                    !sentence.contains(['{', '}']) && words.has(&phrase.key),
                                    "{sentence}"
                                );
                            }
                        }
                    }
                }
                let server = node.id.0 < SERVERS;
                let leads = &*node.view.role == "role.leader" && node.status != NodeStatus::Crashed;
                assert_eq!(
                    ask(&all, "question.not-leader").is_some(),
                    server && !leads,
                    "seed {seed}, {}",
                    node.label
                );
                if node.status == NodeStatus::Crashed {
                    continue;
                }
                let state = sim.node_state(node.id).expect("it is up");
                let waits = !server && !state["client"]["outstanding"].is_null();
                assert_eq!(
                    ask(&all, "question.no-answer").is_some(),
                    waits,
                    "seed {seed}, {}",
                    node.label
                );
            }
        }
    }
    let unsaid: Vec<_> = words[0]
        .keys()
        .filter(|key| key.starts_with("guard.") || key.starts_with("question."))
        .filter(|key| !said.contains(*key))
        .collect();
    assert!(unsaid.is_empty(), "never said: {unsaid:?}");
}
