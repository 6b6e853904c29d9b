//! Whole tests in virtual time, with nodes that are values: every workload with nodes that are right, and with nodes that are wrong in the
//! ways that its checker is there to find.

mod nodes;
mod world;

use maelstrom::check::Validity;
use maelstrom::nemesis::Nemesis;
use maelstrom::workload::Workload;
use nodes::{Counter, Echo, Fault, Gossip, Kafka, Proxy, Store, Transactions, UniqueIds};
use world::{Node, World};

fn right(report: &maelstrom::report::Report) {
    assert_eq!(report.valid, Validity::Valid, "{report}");
}

fn wrong(report: &maelstrom::report::Report, anomalies: &[&str]) {
    assert_eq!(report.valid, Validity::Invalid, "{report}");
    let found = |anomaly: &&&str| report.verdict.counts.contains_key(**anomaly);
    assert!(anomalies.iter().any(|it| found(&it)), "{report}");
}

fn run<N: Node + 'static>(workload: Workload, make: impl Fn() -> N) -> maelstrom::report::Report {
    World::new(workload, 5, make).run()
}

#[test]
fn echo() {
    right(&run(Workload::Echo, || Echo(Fault::None)));
    wrong(
        &run(Workload::Echo, || Echo(Fault::Sometimes)),
        &["other-echo"],
    );
    wrong(
        &run(Workload::Echo, || Echo(Fault::Malformed)),
        &["malformed-answer"],
    );
}

#[test]
fn unique_ids() {
    right(&run(Workload::UniqueIds, || UniqueIds::new(Fault::None)));
    let wrong_ids = run(Workload::UniqueIds, || UniqueIds::new(Fault::Sometimes));
    wrong(&wrong_ids, &["duplicate-id"]);
}

#[test]
fn broadcast_and_sets() {
    for workload in [Workload::Broadcast, Workload::GSet] {
        right(&run(workload, || Gossip::new(Fault::None)));
        wrong(&run(workload, || Gossip::new(Fault::Loses)), &["lost"]);
        wrong(
            &run(workload, || Gossip::new(Fault::Twice)),
            &["duplicated"],
        );
    }
}

#[test]
fn a_broadcast_without_repetition_does_not_survive_a_partition() {
    let mut world = World::new(Workload::Broadcast, 5, || Gossip::new(Fault::None));
    world.settings.nemesis = vec![Nemesis::Partition];
    right(&world.run());
    let mut world = World::new(Workload::Broadcast, 5, || Gossip::new(Fault::Once));
    world.settings.nemesis = vec![Nemesis::Partition];
    wrong(&world.run(), &["lost"]);
}

#[test]
fn counters() {
    for workload in [Workload::GCounter, Workload::PnCounter] {
        right(&run(workload, || Counter::new(Fault::None)));
        let lossy = run(workload, || Counter::new(Fault::Loses));
        wrong(&lossy, &["wrong-sum"]);
    }
}

#[test]
fn a_linearizable_store_by_the_service() {
    right(&run(Workload::LinKv, || Proxy::new("lin-kv")));
    let sequential = run(Workload::LinKv, || Proxy::new("seq-kv"));
    wrong(&sequential, &["not-linearizable"]);
    let last_write_wins = run(Workload::LinKv, || Proxy::new("lww-kv"));
    wrong(&last_write_wins, &["not-linearizable"]);
}

#[test]
fn a_store_of_ones_own_is_no_store_of_all() {
    let own = run(Workload::LinKv, || Store::new(Fault::None));
    wrong(&own, &["not-linearizable"]);
    let mut world = World::new(Workload::LinKv, 1, || Store::new(Fault::None));
    right(&world.run());
    let mut world = World::new(Workload::LinKv, 1, || Store::new(Fault::Aborts));
    wrong(&world.run(), &["not-linearizable"]);
}

#[test]
fn transactions() {
    let one = |fault| World::new(Workload::TxnListAppend, 1, || Transactions::new(fault)).run();
    right(&one(Fault::None));
    wrong(&one(Fault::Aborts), &["G1a"]);
    wrong(
        &one(Fault::Stale),
        &[
            "G-single-item-realtime",
            "G-single-item",
            "lost-update",
            "G2-item",
        ],
    );
    wrong(&one(Fault::Reorders), &["incompatible-order"]);
    let five = run(Workload::TxnListAppend, || Transactions::new(Fault::None));
    assert_eq!(five.valid, Validity::Invalid, "{five}");
}

#[test]
fn logs() {
    let one = |fault| World::new(Workload::Kafka, 1, || Kafka::new(fault)).run();
    right(&one(Fault::None));
    wrong(&one(Fault::Loses), &["lost-write"]);
    wrong(&one(Fault::Twice), &["duplicate"]);
    wrong(&one(Fault::Stale), &["inconsistent-offsets"]);
    wrong(&one(Fault::Reorders), &["int-nonmonotonic-poll"]);
}

#[test]
fn the_same_seed_makes_the_same_history() {
    let history = |seed| {
        let mut world = World::new(Workload::Broadcast, 5, || Gossip::new(Fault::None));
        world.settings.seed = seed;
        world.settings.nemesis = vec![Nemesis::Partition];
        serde_json::to_string(&world.run()).unwrap()
    };
    assert_eq!(history(1), history(1));
    assert_ne!(history(1), history(2));
}

#[test]
fn a_node_that_does_not_start_is_the_end_of_the_test() {
    let report = run(Workload::Echo, || nodes::Mute);
    assert_eq!(report.valid, Validity::Unknown, "{report}");
    assert!(report.verdict.counts.contains_key("not-carried-out"));
}

#[test]
fn a_node_that_never_answers_shows_nothing() {
    let report = run(Workload::UniqueIds, || Echo(Fault::None));
    assert_eq!(report.valid, Validity::Unknown, "{report}");
    assert!(report.operations["generate"].fail > 0, "{report}");
}
