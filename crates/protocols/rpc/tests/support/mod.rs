//! What the tests of remote procedure calls share: runs with faults, and how they end.

#![allow(dead_code, reason = "each test binary uses a part")]

use protocol::{NodeId, Protocol, Verdict};
use rpc::Node;
use sim::measure::{Bare, Recording};
use sim::{Action, Edit, Run};

/// With one frontend and one backend, these are the nodes.
pub(crate) const F1: NodeId = NodeId(0);
pub(crate) const B1: NodeId = NodeId(1);
pub(crate) const C1: NodeId = NodeId(2);

pub(crate) type Params<'a> = &'a [(&'a str, &'a str)];

/// A run with these parameters.
pub(crate) fn run(variant: &str, seed: u64, config: Params<'_>) -> Run {
    let config = config.iter().map(|(key, value)| {
        let (key, value) = (*key, *value);
        (key.into(), value.into())
    });
    Run {
        protocol: Node::ID.into(),
        behaviour: Node::BEHAVIOUR,
        variant: variant.into(),
        config: config.collect(),
        seed,
        ..Run::default()
    }
}

/// Plays `run` up to `until_us` of virtual time.
pub(crate) fn play(run: &Run, until_us: u64) -> Bare<Node> {
    let mut bare = Bare::open(run).expect("a run of remote procedure calls");
    while bare.now_us() < until_us && bare.advance(64, Recording::Nothing, false) > 0 {}
    bare
}

/// The ids of the properties that stand so.
pub(crate) fn standing(bare: &Bare<Node>, is: impl Fn(&Verdict) -> bool) -> Vec<&'static str> {
    let both = Node::PROPERTIES.iter().zip(bare.verdicts());
    both.filter(|(_, verdict)| is(verdict))
        .map(|(property, _)| property.id)
        .collect()
}

/// The ids of the properties that are violated.
pub(crate) fn violated(bare: &Bare<Node>) -> Vec<&'static str> {
    standing(bare, |verdict| matches!(verdict, Verdict::Violated(_)))
}

/// The ids of the properties that came true.
pub(crate) fn met(bare: &Bare<Node>) -> Vec<&'static str> {
    standing(bare, |verdict| matches!(verdict, Verdict::Met))
}

/// An edit at a time.
pub(crate) fn at(at_us: u64, action: Action) -> Edit {
    Edit {
        at_us,
        rank: 0,
        after: Vec::new(),
        action,
    }
}

/// A crash at a time, which lets `keep` unsaved writes reach the disk, and the restart half a second later.
pub(crate) fn outage(at_us: u64, node: NodeId, keep: u32) -> [Edit; 2] {
    let torn = false;
    [
        at(at_us, Action::Crash { node, keep, torn }),
        at(at_us + 500_000, Action::Restart(node)),
    ]
}

pub(crate) fn set(at_us: u64, key: &str, value: &str) -> Edit {
    let (key, value) = (key.into(), value.into());
    at(at_us, Action::Set { key, value })
}

/// Where a variant does its harm: parameters and faults.
pub(crate) fn trap(variant: &str) -> (Params<'static>, Vec<Edit>) {
    let lossy: Params<'static> = &[("loss_permille", "200"), ("request_gap_us", "100000")];
    let crashes = (1..6).flat_map(|turn| outage(turn * 1_000_000, B1, 0));
    match variant {
        "volatile-table" => (
            &[
                ("loss_permille", "200"),
                ("request_gap_us", "60000"),
                ("deadline_us", "3000000"),
                ("attempts_max", "10"),
            ],
            crashes.collect(),
        ),
        "fresh-deadline" => (
            &[
                ("clients", "4"),
                ("request_gap_us", "50000"),
                ("queue_max", "200"),
                ("frontend_workers", "32"),
            ],
            Vec::new(),
        ),
        "budget-ignored" => (
            &[
                ("loss_permille", "300"),
                ("request_gap_us", "100000"),
                ("retry_budget", "true"),
            ],
            Vec::new(),
        ),
        "breaker-ignored" => (
            &[
                ("breaker", "true"),
                ("breaker_threshold", "3"),
                ("request_gap_us", "60000"),
            ],
            vec![set(1_000_000, "loss_permille", "600")],
        ),
        _ => (lossy, Vec::new()),
    }
}
