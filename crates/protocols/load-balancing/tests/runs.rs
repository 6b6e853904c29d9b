//! Runs under faults: every promise holds, whatever the policy, and what was lost comes back once the faults cease.

mod support;

use load_balancing::{Node, Policy};
use protocol::{Chance, Name, NodeId, Purpose, Verdict};
use sim::measure::{Bare, Recording};
use sim::{Action, Edit, Run};
use support::{at, crash, play, run, set, verdict, violations};

/// Faults end here, and the network is well again.
const FAULTS_END_US: u64 = 20_000_000;
const END_US: u64 = 60_000_000;

/// 4 clients, 2 balancers, 5 servers.
const NODES: u64 = 11;

fn faults(seed: u64) -> Vec<Edit> {
    let chance = Chance::new(seed, Name(77));
    let mut edits = Vec::new();
    for fault in 0..8 {
        let draw = |what: &str, n| chance.below(Purpose::new(what).nth(fault), n);
        let start_us = 500_000 + draw("start", 14_000_000);
        let end_us = start_us + 200_000 + draw("length", 4_000_000);
        let node = NodeId(draw("node", NODES) as u16);
        let (begin, end) = match draw("kind", 4) {
            0 | 1 => (crash(node), Action::Restart(node)),
            2 => (Action::Pause(node), Action::Resume(node)),
            _ => {
                let others = (0..NODES as u16).map(NodeId).filter(|other| *other != node);
                let cut = Action::Cut {
                    from: vec![node],
                    to: others.collect(),
                    both: draw("both", 2) == 0,
                };
                (cut, Action::Heal)
            }
        };
        edits.push(at(start_us, begin));
        edits.push(at(end_us, end));
    }
    for node in 0..NODES as u16 {
        edits.push(at(FAULTS_END_US, Action::Restart(NodeId(node))));
        edits.push(at(FAULTS_END_US, Action::Resume(NodeId(node))));
    }
    edits.push(at(FAULTS_END_US, Action::Heal));
    edits.push(at(FAULTS_END_US, set("loss_permille", "0")));
    edits.push(at(FAULTS_END_US, set("duplicate_permille", "0")));
    edits.push(at(FAULTS_END_US, set("failing_server", "0")));
    edits.push(at(FAULTS_END_US, set("slow_server", "0")));
    // A key that is too hot for its server is no fault that ends.
    edits.push(at(FAULTS_END_US, set("hot_permille", "0")));
    edits.sort_by_key(|edit| edit.at_us);
    edits
}

fn stormy(seed: u64, policy: Policy) -> Run {
    let view = if seed.is_multiple_of(2) {
        "own"
    } else {
        "reported"
    };
    Run {
        edits: faults(seed),
        ..run(
            seed,
            &[
                ("clients", "4"),
                ("balancers", "2"),
                ("servers", "5"),
                ("policy", policy.id()),
                ("load_view", view),
                ("report_us", "300000"),
                ("weights", "4 2 1"),
                ("speeds", "100 100 50"),
                ("workers", "2"),
                ("queue_limit", "5"),
                ("gap_us", "60000"),
                ("hot_permille", "200"),
                ("loss_permille", "30"),
                ("duplicate_permille", "30"),
                ("failing_server", "2"),
                ("failing_permille", "500"),
                ("slow_server", "3"),
            ],
        )
    }
}

#[test]
fn promises_hold_under_faults_and_the_rest_comes_back() {
    for policy in Policy::ALL {
        for seed in 1..=6 {
            let bare = play(&stormy(seed, policy), END_US);
            let place = format!("{} seed {seed}", policy.id());
            assert_eq!(violations(&bare), [], "{place}");
            assert_eq!(*verdict(&bare, "request-answered"), Verdict::Met, "{place}");
            assert_eq!(
                *verdict(&bare, "accepted-answered"),
                Verdict::Met,
                "{place}"
            );
            assert_eq!(*verdict(&bare, "back-in-service"), Verdict::Met, "{place}");
            assert!(bare.tally().answered() > 1000, "{place}");
        }
    }
}

#[test]
fn the_same_run_is_the_same() {
    for policy in Policy::ALL {
        let one = play(&stormy(9, policy), 15_000_000);
        let other = play(&stormy(9, policy), 15_000_000);
        assert_eq!(one.digest(), other.digest(), "{}", policy.id());
        assert_eq!(one.steps(), other.steps());
    }
}

/// The k-th pause, key and demand of a client do not depend on what the balancers do with them.
#[test]
fn two_policies_meet_identical_arrivals() {
    let arrivals = |policy: Policy| -> Vec<(u64, String, String)> {
        let mut bare: Bare<Node> = Bare::open(&run(5, &[("policy", policy.id())])).unwrap();
        while bare.now_us() < 10_000_000 {
            bare.advance(64, Recording::Summary, false);
        }
        let mut asked: Vec<_> = bare
            .events()
            .into_iter()
            .filter(|event| event.at_us < 10_000_000)
            .filter_map(|event| match &event.stimulus {
                trace::Stimulus::Asked { op, .. } => {
                    Some((event.at_us, format!("{:?}", event.node), format!("{op:?}")))
                }
                _ => None,
            })
            .collect();
        asked.sort();
        asked
    };
    let first = arrivals(Policy::RoundRobin);
    assert!(first.len() > 200);
    for policy in Policy::ALL {
        assert_eq!(arrivals(policy), first, "{}", policy.id());
    }
}

/// Everything that can be changed while it runs: policies one after the other, checks on and off.
#[test]
fn policies_change_while_requests_are_on_their_way() {
    let mut edits = Vec::new();
    for (place, policy) in (1..).zip(Policy::ALL.iter().rev().chain(&Policy::ALL)) {
        edits.push(at(place * 700_000, set("policy", policy.id())));
    }
    let run = Run {
        edits,
        ..run(4, &[("gap_us", "80000"), ("balancers", "2")])
    };
    let bare = play(&run, 20_000_000);
    assert_eq!(violations(&bare), []);
    let tally = bare.tally();
    assert_eq!(tally.refused() + tally.gave_up(), 0);
    assert!(tally.answered() > 600);
    let in_flight = tally.requests() - tally.answered();
    assert!(in_flight < 40, "{in_flight} requests wait");
}

/// A closed loop asks nothing while its last request is open.
#[test]
fn a_closed_loop_waits_for_its_answer() {
    let config = [
        ("arrivals", "closed"),
        ("clients", "10"),
        ("servers", "1"),
        ("gap_us", "1000"),
        ("queue_limit", "0"),
    ];
    let bare = play(&run(2, &config), 20_000_000);
    let tally = bare.tally();
    assert!(tally.requests() - tally.answered() <= 10);
    assert!(
        tally.mean_in_system() > 9.0,
        "all of them wait nearly always"
    );
    assert!(tally.utilisation(1) > 0.95);
}

/// A stage as large as it gets.
#[test]
fn a_hundred_clients_and_fifty_servers() {
    for policy in ["power-of-d", "consistent-hash", "maglev", "join-idle-queue"] {
        let config = [
            ("clients", "100"),
            ("balancers", "3"),
            ("servers", "50"),
            ("policy", policy),
            ("keys", "10000"),
            ("gap_us", "200000"),
        ];
        let bare = play(&run(1, &config), 10_000_000);
        assert_eq!(violations(&bare), [], "{policy}");
        let tally = bare.tally();
        assert!(tally.answered() > 4_500, "{policy}: {}", tally.answered());
    }
}
