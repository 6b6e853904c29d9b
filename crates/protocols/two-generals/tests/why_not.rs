//! Why not: in every state of eventful runs a general who does not attack has its reason, all of it is said in whole sentences,
//! and what is said to be missing is what comes before an attack.

use protocol::{Arg, NodeId, Protocol, WhyNot};
use sim::{Action, Playable, Run};
use testing::{Answers, trouble};
use two_generals::{A, B, Node};

fn open(seed: u64, config: &[(&str, &str)]) -> Box<dyn Playable> {
    let config = config
        .iter()
        .map(|(key, value)| ((*key).into(), (*value).into()));
    let run = Run {
        protocol: Node::ID.into(),
        behaviour: Node::BEHAVIOUR,
        variant: sim::SOUND.into(),
        config: config.collect(),
        seed,
        edits: if seed > 0 {
            trouble(seed, 2)
        } else {
            Vec::new()
        },
    };
    sim::open::<Node>(&run).expect("a sensible run")
}

fn battle(run: &dyn Playable, node: NodeId) -> u64 {
    let state = run.node_state(node).unwrap_or_default();
    state["battle"]["number"].as_u64().unwrap_or(0)
}

fn attacks(run: &dyn Playable, node: NodeId) -> bool {
    let state = run.node_state(node).unwrap_or_default();
    state["battle"]["attacks"] == true
}

fn of<'a>(all: &'a [WhyNot], question: &str) -> Option<&'a WhyNot> {
    all.iter().find(|why| why.question.key == question)
}

/// The keys of the guards that do not hold.
fn missing(why: &WhyNot) -> Vec<&str> {
    let failing = why.guards.iter().filter(|guard| !guard.holds);
    failing.map(|guard| &*guard.says.key).collect()
}

#[test]
fn who_does_not_attack_has_its_reason_and_who_attacks_had_none_but_the_time() {
    let mut answers = Answers::default();
    let mut attacked = 0;
    for seed in 1..=24 {
        let acks = (seed % 4).to_string();
        let mut sim = open(
            seed,
            &[
                ("acks", &acks),
                ("copies", if seed.is_multiple_of(2) { "1" } else { "2" }),
                ("loss_permille", "200"),
                ("save_us", "2000"),
            ],
        );
        // Of which battle, and what was missing.
        let mut before: [(u64, Vec<String>); 2] = Default::default();
        while sim.now_us() < 4_000_000 && sim.advance().is_some() {
            if sim.step().is_multiple_of(97) {
                let ask = Action::Ask {
                    client: A,
                    op: "attack".into(),
                    fields: Vec::new(),
                };
                // A commander who is down cannot be asked.
                let now_us = sim.now_us();
                let _ = sim.act(&ask, now_us);
            }
            let latest = battle(&*sim, A).max(battle(&*sim, B));
            for (node, before) in [A, B].into_iter().zip(&mut before) {
                let all = answers.ask::<Node>(&*sim, node);
                let place = format!("seed {seed}, {node:?} at {}", sim.now_us());
                let has_attacked = attacks(&*sim, node) && battle(&*sim, node) == latest;
                let why = of(&all, "question.not-attacking").or(of(&all, "question.no-battle"));
                assert_eq!(why.is_none(), has_attacked, "{place}");
                let now = why.map(missing).unwrap_or_default();
                let (was, lacked) = &*before;
                if has_attacked && *was == latest && !lacked.is_empty() {
                    // Without acknowledgements B attacks as soon as it has the plan.
                    let plan = node == B && acks == "0" && *lacked == ["guard.no-plan"];
                    assert!(plan || *lacked == ["guard.deadline"], "{place}: {lacked:?}");
                    attacked += 1;
                }
                *before = (latest, now.into_iter().map(String::from).collect());
            }
            let queued = sim.node_state(A).unwrap_or_default()["queue"]
                .as_array()
                .is_some_and(|queue| !queue.is_empty());
            let all = sim.why_not(A);
            assert_eq!(of(&all, "question.not-proposed").is_some(), queued);
        }
    }
    assert!(attacked > 100, "only {attacked} attacks");
    answers.are_all::<Node>();
}

/// The message that is said to be missing comes, and then it is the next one, until nothing but the time is missing.
#[test]
fn the_message_that_is_named_is_the_one_that_comes() {
    let mut sim = open(0, &[("acks", "3"), ("leg_us", "50000")]);
    let mut named = Vec::new();
    while !attacks(&*sim, A) && sim.advance().is_some() {
        let all = sim.why_not(A);
        let Some(why) = of(&all, "question.not-attacking") else {
            continue;
        };
        let says = &why.guards[0].says;
        let next = says.args.iter().find(|(name, _)| *name == "next");
        let says = match next {
            Some((_, Arg::Int(next))) => format!("{} {next}", says.key),
            _ => says.key.to_string(),
        };
        if named.last() != Some(&says) {
            named.push(says);
        }
    }
    let chain = (0..4).map(|next| format!("guard.last-missing {next}"));
    let expected: Vec<String> = chain.chain(["guard.last-came".to_owned()]).collect();
    assert_eq!(named, expected);
    assert!(attacks(&*sim, A) && attacks(&*sim, B));
}

#[test]
fn others_have_no_part_in_it() {
    let mut sim = open(0, &[]);
    let now_us = sim.now_us();
    sim.act(&Action::Add(protocol::NodeKind::Client), now_us)
        .expect("it can join");
    assert_eq!(sim.why_not(NodeId(2)), []);
}
