//! Why not: in every state of eventful runs what has not come about has its reason, all of it is said in whole sentences, and
//! what is said to be missing is what comes before a job is done, and what helps a worker.

mod bench;

use bench::{Bench, MASTER, open, w};
use map_reduce::Node;
use protocol::{NodeKind, Protocol, WhyNot};
use sim::{Action, Run};
use testing::{Answers, trouble};
use trace::NodeStatus;

fn asks(all: &[WhyNot], question: &str) -> bool {
    all.iter().any(|why| why.question.key == question)
}

/// The guards that do not hold, of all answers.
fn missing(all: &[WhyNot]) -> Vec<&str> {
    let guards = all.iter().flat_map(|why| &why.guards);
    let missing = guards.filter(|guard| !guard.holds);
    missing.map(|guard| &*guard.says.key).collect()
}

fn eventful(seed: u64) -> Bench {
    let switch = |key: &str, value: &str| Action::Set {
        key: key.into(),
        value: value.into(),
    };
    let mut edits = trouble(seed, 6);
    // A second client, and backups that come and go.
    let join = Action::Add(NodeKind::Client);
    let mut at = |at_us, action| {
        edits.push(sim::Edit {
            at_us,
            rank: 0,
            after: Vec::new(),
            action,
        });
    };
    at(10_000, join);
    for (round, every) in (1..).zip([700_000, 900_000, 1_300_000]) {
        at(every, switch("backups", "false"));
        at(every + 100_000 + round, switch("backups", "true"));
    }
    let checkpoint = if seed.is_multiple_of(3) { "0" } else { "50000" };
    // Fewer splits than workers: there is nothing to reduce yet, and nothing left to map.
    let split_bytes = if seed.is_multiple_of(4) { "700" } else { "200" };
    let config = [
        ("split_bytes", split_bytes),
        ("arrivals", "closed"),
        ("job_gap_us", "20000"),
        ("straggler_permille", "200"),
        ("loss_permille", "80"),
        ("checkpoint_us", checkpoint),
        ("us_per_byte", "100"),
        ("client_timeout_us", "150000"),
    ];
    let run = Run {
        protocol: Node::ID.into(),
        behaviour: Node::BEHAVIOUR,
        variant: sim::SOUND.into(),
        config: config.map(|(key, value)| (key.into(), value.into())).into(),
        seed,
        edits,
    };
    Bench {
        sim: sim::open::<Node>(&run).expect("a sensible run"),
        clock_us: 0,
        told: Vec::new(),
    }
}

#[test]
fn whatever_has_not_come_about_has_its_reason() {
    let mut answers = Answers::default();
    let mut done = 0;
    for seed in 1..=16 {
        let mut bench = eventful(seed);
        let mut before: Vec<Vec<String>> = Vec::new();
        let mut fell = false;
        while bench.clock_us < 4_000_000 && bench.step() {
            let nodes = bench.sim.frame().nodes;
            before.resize(nodes.len(), Vec::new());
            for (node, before) in nodes.iter().zip(&mut before) {
                let all = answers.ask::<Node>(&*bench.sim, node.id);
                let up = node.status != NodeStatus::Crashed;
                let state = bench.sim.node_state(node.id).unwrap_or_default();
                let place = format!("seed {seed}, {} at {}", node.label, bench.clock_us);
                if node.id == MASTER {
                    fell |= !up;
                    let works = !state["master"]["tables"]["job"].is_null();
                    assert_eq!(all.is_empty(), up && !works, "{place}");
                } else if node.kind == NodeKind::Server {
                    let idle = !up || &*node.view.role == "role.idle";
                    assert_eq!(asks(&all, "question.idle"), idle, "{place}");
                } else if node.kind == NodeKind::Client {
                    let waits = !state["client"]["waits"].is_null();
                    assert_eq!(asks(&all, "question.job-not-done"), waits, "{place}");
                    // A job is answered when nothing but the answer is missing; a master that falls may have sent it before.
                    if !waits && up && !fell && !before.is_empty() {
                        assert_eq!(before[..], ["guard.answer-on-its-way"], "{place}");
                        done += 1;
                    }
                    let now = missing(&all).into_iter().map(String::from);
                    *before = now.collect();
                }
            }
        }
    }
    assert!(done > 20, "only {done} jobs");
    answers.are_all::<Node>();
}

/// A worker that falls with a task: each thing that is said to be missing goes when what it names happens.
#[test]
fn what_is_named_is_what_helps() {
    let mut bench = open("sound", 1, &[("backups", "false")]);
    let idle = |bench: &Bench, key: &str| missing(&bench.sim.why_not(w(1))).contains(&key);
    assert!(idle(&bench, "guard.no-job"));
    bench.submit("");
    assert!(bench.until(1_000_000, |bench| idle(
        bench,
        "guard.assignment-on-its-way"
    )));
    assert!(bench.until(1_000_000, |bench| !idle(
        bench,
        "guard.assignment-on-its-way"
    )));
    let master = |bench: &Bench, key: &str| missing(&bench.sim.why_not(MASTER)).contains(&key);
    // There are more splits than workers: some wait until others are done.
    assert!(master(&bench, "guard.all-map"));
    assert!(bench.until(5_000_000, |bench| !master(bench, "guard.all-map")));
    assert!(bench.count("map-completed") > 0);
    bench.crash(w(1));
    assert!(idle(&bench, "guard.down") && master(&bench, "guard.worker-down"));
    bench.until_told("worker-failed", 1);
    assert!(
        !master(&bench, "guard.worker-down"),
        "its task is assigned anew"
    );
    bench.restart(w(1));
    assert!(!idle(&bench, "guard.down") && idle(&bench, "guard.counts-as-failed"));
    bench.until_told("worker-back", 1);
    assert!(!idle(&bench, "guard.counts-as-failed"));
    bench.until_told("job-completed", 1);
    assert!(idle(&bench, "guard.no-job"));
}
