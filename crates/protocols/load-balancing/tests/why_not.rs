//! Why not: in every state of eventful runs what has not come about has its reason, all of it is said in whole sentences, and
//! the server that is said to come next is the one that is chosen.

mod support;

use load_balancing::{Node, Policy};
use protocol::{Arg, Guard, NodeId, WhyNot};
use sim::{Action, Playable};
use support::{at, crash, run, set};
use testing::{Answers, trouble};
use trace::NodeStatus;

fn asks(all: &[WhyNot], question: &str) -> bool {
    all.iter().any(|why| why.question.key == question)
}

/// The guards that do not hold, of the first answer.
fn missing(all: &[WhyNot]) -> Vec<&str> {
    let guards = all.first().into_iter().flat_map(|why| &why.guards);
    let missing = guards.filter(|guard| !guard.holds);
    missing.map(|guard| &*guard.says.key).collect()
}

fn is_empty(value: &serde_json::Value) -> bool {
    value.as_array().is_none_or(Vec::is_empty)
}

#[test]
fn whatever_has_not_come_about_has_its_reason() {
    let mut answers = Answers::default();
    for (seed, policy) in (1u64..).zip(Policy::ALL.into_iter().chain(Policy::ALL)) {
        let config = [
            ("policy", policy.id()),
            ("clients", "2"),
            ("balancers", "2"),
            ("gap_us", "50000"),
            ("loss_permille", "50"),
            ("queue_limit", "1"),
            ("failing_server", "3"),
            (
                "attempt_timeout_us",
                if seed.is_multiple_of(4) {
                    "0"
                } else {
                    "300000"
                },
            ),
            ("client_timeout_us", "900000"),
            ("probe_us", "100000"),
            ("probe_timeout_us", "50000"),
            ("eject_us", "400000"),
            (
                "panic_percent",
                if seed.is_multiple_of(3) { "80" } else { "30" },
            ),
        ];
        let mut eventful = run(seed, &config);
        // The roster: two clients, two balancers, four servers, all but two of which fall.
        eventful.edits = trouble(seed, 6);
        // Both balancers fall, and a central queue comes and goes.
        eventful.edits.extend([
            at(3_600_000, crash(NodeId(2))),
            at(3_600_000, crash(NodeId(3))),
            at(3_800_000, Action::Restart(NodeId(2))),
            at(3_800_000, Action::Restart(NodeId(3))),
            at(3_900_000, set("policy", "central-queue")),
            at(4_300_000, set("policy", policy.id())),
        ]);
        let mut sim = sim::open::<Node>(&eventful).expect("a sensible run");
        while sim.now_us() < 4_500_000 && sim.advance().is_some() {
            for node in &sim.frame().nodes {
                let all = answers.ask::<Node>(&*sim, node.id);
                let up = node.status != NodeStatus::Crashed;
                let state = sim.node_state(node.id).unwrap_or_default();
                let place = format!("seed {seed}, {} at {}", node.label, sim.now_us());
                let expected = match node.id.0 {
                    0..2 => {
                        let waits = state["client"]["waits"].as_object();
                        let waits = waits.is_some_and(|waits| !waits.is_empty());
                        ("question.no-answer", up && waits)
                    }
                    2..4 => {
                        let holds = !is_empty(&state["balancer"]["held"]);
                        ("question.hands-out-nothing", !up || holds)
                    }
                    _ => {
                        let server = &state["server"];
                        let idle = is_empty(&server["running"]) && is_empty(&server["queue"]);
                        ("question.no-requests", idle)
                    }
                };
                assert_eq!(asks(&all, expected.0), expected.1, "{place}");
            }
        }
    }
    answers.are_all::<Node>();
}

/// The node that a guard names as the next one.
fn next(guard: &Guard) -> Option<NodeId> {
    let named = |name| guard.says.args.iter().find(|(arg, _)| *arg == name);
    let (_, arg) = match &*guard.says.key {
        "guard.comes-next" => named("server")?,
        _ => named("next")?,
    };
    match arg {
        Arg::Node(node) => Some(*node),
        _ => None,
    }
}

const POLICIES: [Policy; 5] = [
    Policy::RoundRobin,
    Policy::WeightedRoundRobin,
    Policy::LeastConnections,
    Policy::JoinIdleQueue,
    Policy::CentralQueue,
];

/// With one balancer and no slow start: whoever is said to come next gets the request that comes next.
#[test]
fn who_is_said_to_come_next_does() {
    for policy in POLICIES {
        let config = [
            ("policy", policy.id()),
            ("weights", "5 1 2 1"),
            ("slow_start_us", "0"),
            ("retries_max", "0"),
            ("failing_server", "2"),
            ("eject_us", "300000"),
        ];
        let mut eventful = run(7, &config);
        eventful.edits = vec![
            at(2_000_000, crash(NodeId(5))),
            at(6_000_000, Action::Restart(NodeId(5))),
        ];
        let mut sim = sim::open::<Node>(&eventful).expect("a sensible run");
        let mut said: Option<(u64, NodeId)> = None;
        let mut right = 0;
        while sim.now_us() < 20_000_000 && sim.advance().is_some() {
            let state = sim.node_state(NodeId(3)).unwrap_or_default();
            let balancer = &state["balancer"];
            let decisions = balancer["decisions"].as_u64().expect("a count");
            if let Some((before, next)) = said
                && decisions == before + 1
            {
                let chosen = balancer["decided"][0]["chosen"].as_u64().expect("one");
                let place = format!("{} at {}", policy.id(), sim.now_us());
                assert_eq!(NodeId(chosen as u16 + 4), next, "{place}");
                right += 1;
            }
            let servers = (4..8).map(NodeId);
            let guards = servers
                .flat_map(|server| sim.why_not(server))
                .flat_map(|why| why.guards);
            let named: Vec<NodeId> = guards.filter_map(|guard| next(&guard)).collect();
            assert!(named.windows(2).all(|two| two[0] == two[1]), "{named:?}");
            said = named.first().map(|next| (decisions, *next));
        }
        assert!(right > 50, "{}: {right}", policy.id());
    }
}

/// A server that falls and comes back: each thing that is said to be missing goes when what it names happens.
#[test]
fn what_is_named_is_what_helps() {
    let config = [("slow_start_us", "1000000"), ("panic_percent", "0")];
    let mut sim = sim::open::<Node>(&run(1, &config)).expect("a sensible run");
    let server = NodeId(4);
    let act = |action: Action, sim: &mut Box<dyn Playable>| {
        let now_us = sim.now_us();
        sim.act(&action, now_us).expect("it can be done");
    };
    act(set("gap_us", "300000"), &mut sim);
    let until = |sim: &mut Box<dyn Playable>, key: &str, there: bool| {
        while missing(&sim.why_not(server)).contains(&key) != there {
            assert!(sim.now_us() < 30_000_000, "{key}");
            sim.advance().expect("there is always a probe");
        }
    };
    act(crash(server), &mut sim);
    assert!(missing(&sim.why_not(server)).contains(&"guard.server-is-down"));
    until(&mut sim, "guard.counts-as-down", true);
    act(Action::Restart(server), &mut sim);
    let all = sim.why_not(server);
    assert!(!missing(&all).contains(&"guard.server-is-down"));
    assert!(missing(&all).contains(&"guard.counts-as-down"));
    until(&mut sim, "guard.counts-as-down", false);
    let all = sim.why_not(server);
    let holding = all
        .iter()
        .flat_map(|why| &why.guards)
        .filter(|guard| guard.holds);
    assert!(
        holding
            .map(|guard| &*guard.says.key)
            .any(|key| key == "guard.in-service")
    );
    assert!(missing(&all).contains(&"guard.warming"));
    until(&mut sim, "guard.no-request", false);
    until(&mut sim, "guard.no-request", true);
}
