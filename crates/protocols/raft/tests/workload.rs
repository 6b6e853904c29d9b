//! The workload: how many of the clients' operations read, and how many are orders.

use protocol::{Chance, Name, NodeId, Protocol};
use raft::{Op, Raft, RaftConfig};
use replicated::KvCommand;

fn asked(config: &RaftConfig) -> Vec<Op<KvCommand>> {
    let number = |number: u64| Raft::asked(config, NodeId(5), number, Chance::new(5, Name(number)));
    (1..=300).map(number).collect()
}

#[test]
fn so_many_of_the_operations_read() {
    let reads = |reads_permille| {
        let config = RaftConfig {
            reads_permille,
            ..RaftConfig::default()
        };
        let reads = |op: &&Op<_>| matches!(op, Op::Command(KvCommand::Get { .. }));
        asked(&config).iter().filter(reads).count()
    };
    assert_eq!((reads(0), reads(1000)), (0, 300));
    assert!((120..180).contains(&reads(500)), "{}", reads(500));
    assert!((60..120).contains(&reads(300)), "{}", reads(300));
}

#[test]
fn so_many_of_the_operations_hand_over() {
    let with = |transfers_permille| {
        asked(&RaftConfig {
            transfers_permille,
            ..RaftConfig::default()
        })
    };
    let orders = |ops: &[Op<_>]| ops.iter().filter(|op| matches!(op, Op::Order(_))).count();
    assert_eq!(orders(&with(0)), 0);
    assert_eq!(orders(&with(1000)), 300);
    let some = with(100);
    assert!((10..60).contains(&orders(&some)));
    // What is asked of the machine is what it would have been.
    let unlike = with(0)
        .into_iter()
        .zip(some)
        .filter(|(one, other)| one != other);
    assert!(
        unlike
            .clone()
            .all(|(_, other)| matches!(other, Op::Order(_)))
    );
}
