//! The portable scenarios of etcd's `testdata`. Each test names its case; the schedules are told in the bench's own words.

mod lab;

use lab::scenarios::{config, lab, led, progress};
use lab::{Lab, append, plain, s};
use raft::{Fact, Message, Pace, RaftConfig, Reason, Timer, Variant};

/// etcd `campaign.txt`.
#[test]
fn etcd_campaign() {
    let mut lab = lab(3, false, false);
    lab.campaign(s(1));
    lab.settle();
    lab.heartbeat(s(1));
    lab.settle();
    for server in 1..=3 {
        assert_eq!(lab.term(s(server)), 1);
        assert_eq!(lab.server(s(server)).voted_for(), Some(s(1)));
        assert_eq!(lab.commit(s(server)), 1);
        assert_eq!(lab.server(s(server)).leader(), Some(s(1)));
    }
    lab.assert_sound();
}

/// etcd `single_node.txt`.
#[test]
fn etcd_single_node() {
    for pre_vote in [false, true] {
        let mut lab = lab(1, pre_vote, true);
        lab.campaign(s(1));
        assert!(lab.leads(s(1)));
        assert_eq!(lab.commit(s(1)), 1);
        assert_eq!(lab.sent, 0, "without a message");
        // Its own vote and entries count only once they are durable.
        let mut slow = Lab::new(config(1, pre_vote, true), Variant::Sound);
        slow.slow_disks.insert(s(1));
        slow.campaign(s(1));
        assert!(!slow.leads(s(1)));
        slow.flush(s(1));
        assert!(slow.leads(s(1)));
        assert_eq!(slow.commit(s(1)), 0);
        slow.flush(s(1));
        assert_eq!(slow.commit(s(1)), 1);
    }
}

/// etcd `prevote.txt`.
#[test]
fn etcd_prevote() {
    let mut lab = led(3, true, false);
    lab.cut(s(1), s(3));
    lab.propose(s(1), "a");
    lab.settle();
    lab.heal();
    lab.campaign(s(3));
    lab.settle();
    assert!(lab.told(|fact| matches!(fact, Fact::LostElection { term: 2, .. })));
    assert!(lab.leads(s(1)), "1 still leads");
    for server in 1..=3 {
        assert_eq!(lab.term(s(server)), 1, "no term was raised");
    }
    lab.campaign(s(2));
    lab.settle();
    lab.converge(s(2));
    assert!(lab.leads(s(2)));
    for server in 1..=3 {
        assert_eq!(lab.term(s(server)), 2);
        assert_eq!(lab.terms(s(server)), [1, 1, 2]);
        assert_eq!(lab.commit(s(server)), 3);
    }
    lab.assert_sound();
}

/// etcd `checkquorum.txt`.
#[test]
fn etcd_checkquorum() {
    let mut lab = led(3, false, true);
    lab.campaign(s(2));
    lab.settle();
    assert!(lab.leads(s(1)));
    assert_eq!(lab.server(s(3)).voted_for(), Some(s(1)), "3 stands by 1");
    assert!(lab.says(|reason| matches!(reason, Reason::LeaderIsAlive { .. })));
    // The leader hears from nobody for two of its looks.
    lab.fire(s(1), Timer::Quorum);
    assert!(lab.leads(s(1)));
    lab.fire(s(1), Timer::Quorum);
    assert!(lab.follows(s(1)));
    assert_eq!(lab.term(s(1)), 1, "in its own term");
    assert!(lab.told(|fact| matches!(
        fact,
        Fact::LostQuorum {
            term: 1,
            heard: 1,
            ..
        }
    )));
    // 2 is in term 2 since its first try.
    lab.campaign(s(2));
    lab.settle();
    assert!(lab.leads(s(2)));
    assert_eq!(lab.term(s(2)), 3);
    lab.converge(s(2));
    for server in 1..=3 {
        assert_eq!(lab.commit(s(server)), 2);
    }
    lab.assert_sound();
}

/// etcd `prevote_checkquorum.txt`.
#[test]
fn etcd_prevote_checkquorum() {
    let mut lab = led(3, true, true);
    lab.campaign(s(2));
    lab.settle();
    assert!(lab.leads(s(1)), "everybody heard from 1");
    assert_eq!(lab.term(s(2)), 1);
    // 2 and 3 have not heard from 1 for the least election timeout: they no longer stand by it.
    lab.now_us += lab.config.election_timeout_min_us;
    lab.campaign(s(3));
    lab.settle();
    assert!(lab.leads(s(3)));
    assert_eq!(lab.term(s(3)), 2);
    // A quorum that asks replaces a leader that is alive: 1 and 2 have both given it up.
    lab.campaign(s(1));
    lab.settle();
    assert!(lab.leads(s(3)), "1 alone is no quorum");
    lab.campaign(s(2));
    lab.settle();
    assert!(lab.leads(s(2)));
    assert_eq!(lab.term(s(2)), 3);
    lab.assert_sound();
}

/// etcd `lagging_commit.txt`.
#[test]
fn etcd_lagging_commit() {
    let mut lab = led(3, false, false);
    lab.propose(s(1), "a");
    lab.propose(s(1), "b");
    lab.settle_where(|packet| matches!(packet.message, Message::AppendEntries(_)));
    lab.lose(|packet| packet.from == s(3));
    lab.settle();
    assert_eq!(lab.commit(s(1)), 3);
    assert_eq!(lab.commit(s(3)), 1, "3 has the entries and does not know");
    lab.heartbeat(s(1));
    lab.settle();
    assert_eq!(lab.commit(s(3)), 3);
    // A heartbeat that speaks of more than a follower is known to have commits only what is known.
    lab.message(s(1), s(3), append(1, (2, 1), &[], 9));
    assert_eq!(lab.commit(s(3)), 3);
    let mut behind = led(3, false, false);
    behind.propose(s(1), "a");
    behind.lose(|packet| packet.to == s(3));
    behind.settle();
    behind.message(s(1), s(3), append(1, (1, 1), &[], 2));
    assert_eq!(behind.commit(s(3)), 1);
    lab.assert_sound();
}

/// etcd `replicate_pause.txt`.
#[test]
fn etcd_replicate_pause() {
    let mut lab = Lab::new(
        RaftConfig {
            window: 3,
            ..plain(3)
        },
        Variant::Sound,
    );
    lab.campaign(s(1));
    lab.settle();
    for value in ["a", "b", "c", "d", "e", "f"] {
        lab.propose(s(1), value);
        assert!(progress(&lab, 1, 3).in_flight.len() <= 3, "the window");
        lab.settle_among(&[s(1), s(2)]);
    }
    assert_eq!(
        lab.lose(|packet| packet.to == s(3)),
        3,
        "no more than the window is on its way"
    );
    assert!(lab.says(|reason| matches!(reason, Reason::WindowFull { in_flight: 3, .. })));
    assert_eq!(lab.commit(s(1)), 7);
    lab.heartbeat(s(1));
    lab.settle();
    assert!(lab.says(|reason| matches!(reason, Reason::PrevMissing { .. })));
    assert_eq!(lab.terms(s(3)).len(), 7, "everything caught up");
    assert_eq!(progress(&lab, 1, 3).match_index, 7);
    lab.assert_sound();
}

/// etcd `heartbeat_resp_recovers_from_probing.txt`.
#[test]
fn etcd_heartbeat_resp_recovers_from_probing() {
    let mut lab = led(3, false, false);
    lab.propose(s(1), "a");
    lab.lose(|packet| packet.to == s(2));
    lab.heartbeat(s(1));
    // 2 refuses, and the probe that follows is lost: nothing more is sent until a heartbeat is answered.
    lab.settle_where(|packet| {
        packet.to != s(2)
            || matches!(&packet.message, Message::AppendEntries(append) if append.entries.is_none())
    });
    lab.lose_all();
    assert_eq!(progress(&lab, 1, 2).pace, Pace::Probe { waits: true });
    lab.heartbeat(s(1));
    lab.settle();
    assert_eq!(progress(&lab, 1, 2).pace, Pace::Replicate);
    assert_eq!(progress(&lab, 1, 2).match_index, 2);
    lab.assert_sound();
}

/// etcd `async_storage_writes_append_aba_race.txt`, the hazard itself: a notice of the own disk from an earlier leadership counts
/// nothing.
#[test]
fn etcd_stale_own_disk_notice_counts_nothing() {
    let mut lab = led(3, false, false);
    lab.slow_disks.insert(s(1));
    lab.propose(s(1), "a");
    lab.lose_all();
    lab.crash(s(2));
    lab.restart(s(2));
    lab.campaign(s(2));
    lab.settle();
    assert!(lab.leads(s(2)), "with the vote of 3");
    // The notice for index 2 of term 1 comes after index 2 was replaced by that of term 2.
    lab.flush(s(1));
    assert_eq!(lab.terms(s(1)), [1, 2]);
    lab.settle();
    assert_eq!(lab.disks[0].log, *lab.server(s(1)).log());
    lab.assert_sound();
}
