//! Why not: in every state of eventful runs each question has an answer, that answer has a reason that does not hold, and all
//! of it is said in whole sentences.

use raft::Raft;
use testing::why_not::{asks, eventful};
use testing::{Answers, trouble};
use trace::NodeStatus;

const SERVERS: u16 = 5;

#[test]
fn whatever_has_not_come_about_has_its_reason() {
    let mut answers = Answers::default();
    for seed in 1..=24_u64 {
        let sessions = seed.is_multiple_of(2).to_string();
        let reads = if seed.is_multiple_of(3) {
            "read-index"
        } else {
            "log"
        };
        let config = [
            ("reads", reads),
            ("loss_permille", "100"),
            ("clients", "2"),
            ("sessions", &sessions),
            ("save_us", "20000"),
        ];
        ask_through(&mut answers, &config, seed);
    }
    // Who takes part changes: why not, of changes and under them.
    for seed in 1..=12_u64 {
        let config = [
            ("servers", "3"),
            ("standby", "2"),
            ("clients", "2"),
            ("orders_permille", "500"),
            ("request_gap_us", "50000"),
            ("save_us", "20000"),
        ];
        ask_through(&mut answers, &config, seed);
    }
    answers.are_all::<Raft>();
}

/// Asks every node everything after each step of an eventful run.
fn ask_through(answers: &mut Answers, config: &[(&str, &str)], seed: u64) {
    let mut sim = eventful::<Raft>(sim::SOUND, config, seed, trouble(seed, SERVERS));
    while sim.now_us() < 4_000_000 && sim.advance().is_some() {
        for node in &sim.frame().nodes {
            let all = answers.ask::<Raft>(sim.as_ref(), node.id);
            let server = node.id.0 < SERVERS;
            let up = node.status != NodeStatus::Crashed;
            let leads = up && &*node.view.role == "role.leader";
            let place = format!("seed {seed}, {} at {}", node.label, sim.now_us());
            let not_leader = asks(&all, "question.not-leader");
            assert_eq!(not_leader, server && !leads, "{place}");
            let state = sim.node_state(node.id).unwrap_or_default();
            let wish = &state["client"]["outstanding"]["command"];
            let change = !wish["change"].is_null();
            assert_eq!(asks(&all, "question.not-changed"), change, "{place}");
            let command = !wish.is_null() && !change;
            assert_eq!(asks(&all, "question.no-answer"), command, "{place}");
        }
    }
}
