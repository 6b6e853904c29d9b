//! Log compaction: what Raft's figure 13 demands, rule by rule, and the portable scenarios of etcd and MIT's 6.5840 (2D).

mod lab;

use lab::scenarios::progress;
use lab::{Lab, append_to, plain, put, s};
use protocol::NodeId;
use raft::{Fact, InstallSnapshot, Message, Op, Order, Outcome, Pace, RaftConfig, Reason, Variant};
use replicated::Answer;

const C1: NodeId = NodeId(3);

fn config(snapshot_entries: u64, snapshot_chunk_rows: u64) -> RaftConfig {
    RaftConfig {
        snapshot_entries,
        snapshot_chunk_rows,
        ..plain(3)
    }
}

/// S1 leads; S3 hears nothing; S1 and S2 have written `count` values, and S1 has taken a snapshot of them.
fn lagging(config: RaftConfig, variant: Variant, count: u64) -> Lab {
    let mut lab = Lab::new(config, variant);
    lab.campaign(s(1));
    lab.settle();
    lab.converge(s(1));
    lab.isolate(&[s(3)]);
    for value in 0..count {
        lab.propose(s(1), &value.to_string());
        lab.settle();
    }
    lab.converge(s(1));
    let clients = NodeId(lab.config.servers as u16);
    if lab.server(s(1)).snapshot().is_none() {
        lab.order(clients, s(1), Order::Snapshot(s(1)));
    }
    lab
}

const fn is_chunk(packet: &lab::Packet) -> bool {
    matches!(packet.message, Message::InstallSnapshot(_))
}

#[test]
fn a_server_compacts_after_so_many_entries_and_restarts_from_the_snapshot() {
    let mut lab = Lab::new(config(4, 8), Variant::Sound);
    lab.campaign(s(1));
    lab.settle();
    for value in ["a", "b", "c", "d", "e"] {
        lab.propose(s(1), value);
        lab.settle();
        lab.converge(s(1));
    }
    for server in 1..=3 {
        let server = lab.server(s(server));
        assert_eq!(server.log().compacted(), 4);
        assert_eq!(server.log().last_index(), 6);
        assert_eq!(server.snapshot().map(raft::Snapshot::index), Some(4));
    }
    let before = lab.contents(s(2));
    for server in 1..=3 {
        lab.crash(s(server));
        lab.restart(s(server));
    }
    assert_eq!(lab.commit(s(2)), 4, "what the snapshot stands for");
    assert!(lab.told(|fact| *fact == Fact::Restored { index: 4 }));
    lab.campaign(s(2));
    lab.settle();
    lab.converge(s(2));
    assert_eq!(lab.contents(s(2)), before);
    lab.assert_sound();
}

/// etcd `slow_follower_after_compaction`; 6.5840 2D "install snapshots (disconnect)".
#[test]
fn a_lagging_follower_is_sent_the_snapshot_and_then_entries() {
    let mut lab = lagging(config(0, 8), Variant::Sound, 3);
    lab.propose(s(1), "after");
    lab.settle();
    lab.heal();
    lab.converge(s(1));
    assert!(lab.told(|fact| *fact
        == Fact::Installed {
            index: 4,
            kept: 0,
            leader: s(1)
        }));
    assert_eq!(lab.server(s(3)).log().compacted(), 4);
    assert_eq!(lab.terms(s(3)), [1], "the entry after it came as an entry");
    assert_eq!(lab.contents(s(3)), lab.contents(s(1)));
    assert_eq!(progress(&lab, 1, 3).match_index, 5);
    assert_eq!(progress(&lab, 1, 3).pace, Pace::Replicate);
    lab.assert_sound();
}

#[test]
fn a_snapshot_comes_in_chunks_and_goes_on_where_it_stopped() {
    let mut lab = lagging(config(0, 1), Variant::Sound, 2);
    let rows = lab.server(s(1)).snapshot().unwrap().rows;
    assert_eq!(rows, 2, "a key, and the configuration");
    lab.heal();
    lab.heartbeat(s(1));
    lab.settle_where(|packet| !is_chunk(packet));
    let chunk = lab.packets.iter().position(is_chunk).expect("a chunk");
    lab.deliver(chunk);
    assert_eq!(lab.server(s(3)).partial().map(|p| p.stored), Some(1));
    assert_eq!(lab.commit(s(3)), 1, "half a snapshot is none");
    // The answer says how far it is; the next chunk is lost, and is sent again after a heartbeat without an answer.
    lab.settle_where(|packet| !is_chunk(packet));
    assert_eq!(lab.lose(is_chunk), 1);
    lab.heartbeat(s(1));
    lab.settle_where(|packet| !is_chunk(packet));
    assert_eq!(lab.packets.iter().filter(|p| is_chunk(p)).count(), 0);
    lab.heartbeat(s(1));
    let again = lab.packets.iter().find(|p| is_chunk(p)).expect("again");
    assert!(matches!(&again.message, Message::InstallSnapshot(i) if i.offset == 1 && i.done));
    lab.settle();
    assert!(lab.server(s(3)).partial().is_none());
    assert_eq!(lab.contents(s(3)), lab.contents(s(1)));
    lab.assert_sound();
}

#[test]
fn a_follower_that_restarts_begins_the_snapshot_again() {
    let mut lab = lagging(config(0, 1), Variant::Sound, 2);
    lab.heal();
    lab.heartbeat(s(1));
    lab.settle_where(|packet| !is_chunk(packet));
    let chunk = lab.packets.iter().position(is_chunk).expect("a chunk");
    lab.deliver(chunk);
    lab.crash(s(3));
    lab.settle();
    lab.restart(s(3));
    assert!(lab.server(s(3)).partial().is_none());
    for _ in 0..3 {
        lab.converge(s(1));
    }
    assert!(lab.says(|reason| matches!(reason, Reason::ChunkOutOfPlace { stored: 0, .. })));
    assert_eq!(lab.contents(s(3)), lab.contents(s(1)));
    lab.assert_sound();
}

/// Figure 13, rules 1 and 6, and chunks that come twice or late.
#[test]
fn old_leaders_and_known_snapshots_are_told_so() {
    let mut lab = lagging(config(0, 8), Variant::Sound, 2);
    let snapshot = std::sync::Arc::new(lab.server(s(1)).snapshot().unwrap().clone());
    let install = |term| {
        Message::InstallSnapshot(InstallSnapshot {
            term,
            offset: 0,
            rows: snapshot.rows as u32,
            done: true,
            snapshot: snapshot.clone(),
        })
    };
    lab.message(s(1), s(2), install(0));
    assert!(matches!(lab.last_reason(), Reason::LeaderInOldTerm { .. }));
    lab.message(s(1), s(2), install(1));
    assert!(matches!(
        lab.last_reason(),
        Reason::SnapshotKnown { index: 3, .. }
    ));
    assert_eq!(lab.server(s(2)).log().compacted(), 0, "its log stays");
    lab.message(s(1), s(3), install(1));
    lab.message(s(1), s(3), install(1));
    assert!(matches!(
        lab.last_reason(),
        Reason::SnapshotKnown { index: 3, .. }
    ));
    lab.lose_all();
    lab.assert_sound();
}

/// First the snapshot is durable, then entries go: a crash between the two leaves both, and nothing is missing.
#[test]
fn a_crash_between_snapshot_and_compaction_leaves_no_gap() {
    let mut lab = lagging(config(0, 8), Variant::Sound, 2);
    let writes = [
        raft::Write::Snapshot(std::sync::Arc::new(
            lab.server(s(1)).snapshot().unwrap().clone(),
        )),
        raft::Write::Discard { all: false },
    ];
    // What S2 would write, cut short at every place.
    for kept in 0..=2 {
        let mut disk = lab.disks[s(2).index()].clone();
        writes[..kept].iter().for_each(|write| disk.persist(write));
        let server = raft::Server::from_disk(&disk);
        assert_eq!(server.log().last_index(), 3);
        let compacted = if kept == 0 { 0 } else { 3 };
        assert_eq!(server.log().compacted(), compacted);
        assert_eq!(server.commit_index(), compacted);
    }
    lab.heal();
    lab.converge(s(1));
    lab.assert_sound();
}

/// The leader keeps the snapshot that it is sending: one that always had a newer one would never come to an end.
#[test]
fn no_new_snapshot_is_taken_while_one_is_sent() {
    let mut lab = lagging(config(2, 1), Variant::Sound, 4);
    let index = lab.server(s(1)).log().compacted();
    lab.heal();
    lab.heartbeat(s(1));
    lab.settle_where(|packet| !is_chunk(packet));
    for value in ["p", "q", "r"] {
        lab.propose(s(1), value);
        lab.settle_where(|packet| !is_chunk(packet));
        lab.heartbeat(s(1));
        lab.settle_where(|packet| !is_chunk(packet));
    }
    assert_eq!(lab.server(s(1)).log().compacted(), index);
    lab.settle();
    lab.converge(s(1));
    assert!(lab.server(s(1)).log().compacted() > index);
    assert_eq!(lab.contents(s(3)), lab.contents(s(1)));
    lab.assert_sound();
}

#[test]
fn a_server_takes_a_snapshot_when_it_is_told_to() {
    let config = RaftConfig {
        clients: 1,
        ..plain(3)
    };
    let mut lab = Lab::new(config, Variant::Sound);
    lab.campaign(s(1));
    lab.settle();
    lab.converge(s(1));
    let order = Op::Order(Order::Snapshot(s(2)));
    let first = lab.wish(C1, order.clone());
    // The order is lost once: only S2 can carry it out, and is asked again.
    lab.lose_all();
    lab.fire(C1, raft::Timer::Retry);
    lab.settle();
    let again = lab.wish(C1, order);
    lab.settle();
    assert_eq!(
        lab.answers,
        [
            (first, Answer::Ordered(Outcome::Snapshot(1))),
            (again, Answer::Ordered(Outcome::NothingToCompact)),
        ]
    );
    assert_eq!(lab.server(s(2)).log().compacted(), 1);
    assert_eq!(lab.server(s(1)).log().compacted(), 0);
    // Commands go on through the session as ever.
    lab.ask(C1, put("x", "1"));
    lab.settle();
    assert_eq!(lab.answers.len(), 3);
    lab.assert_sound();
}

/// Broken: a server that begins with the snapshot applies a retry again.
fn retry_after_a_snapshot(variant: Variant) -> Lab {
    let config = RaftConfig {
        clients: 1,
        ..plain(3)
    };
    let mut lab = Lab::new(config, variant);
    lab.campaign(s(1));
    lab.settle();
    lab.ask(C1, append_to("x", "a"));
    lab.settle_where(|packet| packet.to != C1 || !is_done(packet));
    lab.lose_all();
    lab.converge(s(1));
    lab.order(C1, s(2), Order::Snapshot(s(2)));
    lab.crash(s(2));
    lab.restart(s(2));
    lab.campaign(s(2));
    lab.settle();
    assert!(lab.leads(s(2)));
    lab.fire(C1, raft::Timer::Retry);
    lab.settle();
    lab
}

const fn is_done(packet: &lab::Packet) -> bool {
    matches!(
        packet.message,
        Message::ClientReply(replicated::ClientReply::Done { .. })
    )
}

#[test]
fn a_retry_after_a_snapshot_is_recognised() {
    let lab = retry_after_a_snapshot(Variant::Sound);
    lab.assert_sound();
    assert_eq!(lab.answers.len(), 1);
    assert_eq!(lab.contents(s(2)), [("x".to_owned(), "a".to_owned())]);
    let broken = retry_after_a_snapshot(Variant::SnapshotForgetsSessions);
    assert!(broken.violations.contains_key("exactly-once"));
    assert_eq!(broken.contents(s(2))[0].1, "aa");
}

/// A snapshot that comes late finds entries after it that the follower has acknowledged: they are part of a majority.
fn late_snapshot(variant: Variant) -> Lab {
    let mut lab = Lab::new(config(0, 8), variant);
    lab.campaign(s(1));
    lab.settle();
    lab.converge(s(1));
    // What goes to S3 is slow, and entry 4 is lost on its way to S2.
    let slow = |packet: &lab::Packet| packet.to == s(3);
    lab.propose(s(1), "a");
    lab.propose(s(1), "b");
    let before = lab.packets.len();
    lab.propose(s(1), "c");
    let to_s2 = (before..lab.packets.len()).find(|at| lab.packets[*at].to == s(2));
    lab.packets.remove(to_s2.expect("entry 4"));
    lab.settle_where(|packet| !slow(packet));
    assert_eq!(lab.commit(s(1)), 3);
    lab.order(C1, s(1), Order::Snapshot(s(1)));
    // S3 refuses a heartbeat that overtakes the entries: S1 believes that it needs the snapshot.
    let held = std::mem::take(&mut lab.packets);
    lab.heartbeat(s(1));
    lab.lose(|packet| packet.to == s(2));
    lab.settle_where(|packet| !is_chunk(packet));
    let late = std::mem::take(&mut lab.packets);
    assert!(late.len() == 1 && is_chunk(&late[0]));
    // Now the entries come after all, and S1 commits the last with S3.
    for packet in held {
        lab.message(packet.from, packet.to, packet.message);
    }
    lab.settle_where(|packet| packet.to == s(1));
    assert_eq!((lab.commit(s(1)), lab.commit(s(3))), (4, 1));
    lab.packets = late;
    lab.deliver(0);
    lab.lose_all();
    lab.crash(s(1));
    lab.campaign(s(3));
    lab.settle();
    assert!(lab.leads(s(3)));
    lab
}

#[test]
fn an_installed_snapshot_leaves_what_follows_it() {
    let lab = late_snapshot(Variant::Sound);
    lab.assert_sound();
    assert!(lab.told(|fact| *fact
        == Fact::Installed {
            index: 3,
            kept: 1,
            leader: s(1)
        }));
    assert_eq!(lab.server(s(3)).log().compacted(), 3);
    let broken = late_snapshot(Variant::InstallDiscardsLog);
    assert!(broken.violations.contains_key("leader-completeness"));
}
