//! Why not: in every state of eventful runs each question has an answer, that answer has a reason that does not hold, and all
//! of it is said in whole sentences.

use paxos::Multi;
use protocol::{Protocol, WhyNot};
use sim::{Playable, Run};
use testing::{Answers, trouble};
use trace::NodeStatus;

const SERVERS: u16 = 5;

fn eventful(seed: u64) -> Box<dyn Playable> {
    let sessions = seed.is_multiple_of(2).to_string();
    let config = [
        ("loss_permille", "100"),
        ("clients", "2"),
        ("sessions", &sessions),
        ("save_us", "20000"),
    ];
    let run = Run {
        protocol: Multi::ID.into(),
        behaviour: Multi::BEHAVIOUR,
        variant: sim::SOUND.into(),
        config: config
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        seed,
        edits: trouble(seed, SERVERS),
    };
    sim::open::<Multi>(&run).expect("a sensible run")
}

fn asks(all: &[WhyNot], question: &str) -> bool {
    all.iter().any(|why| why.question.key == question)
}

#[test]
fn whatever_has_not_come_about_has_its_reason() {
    let mut answers = Answers::default();
    for seed in 1..=24 {
        let mut sim = eventful(seed);
        while sim.now_us() < 4_000_000 && sim.advance().is_some() {
            for node in &sim.frame().nodes {
                let all = answers.ask::<Multi>(sim.as_ref(), node.id);
                let server = node.id.0 < SERVERS;
                let up = node.status != NodeStatus::Crashed;
                let leads = up && &*node.view.role == "role.leader";
                let place = format!("seed {seed}, {} at {}", node.label, sim.now_us());
                assert_eq!(
                    asks(&all, "question.not-leader"),
                    server && !leads,
                    "{place}"
                );
                let state = sim.node_state(node.id).unwrap_or_default();
                let waits = !state["client"]["outstanding"].is_null();
                assert_eq!(asks(&all, "question.no-answer"), waits, "{place}");
            }
        }
    }
    answers.are_all::<Multi>();
}
