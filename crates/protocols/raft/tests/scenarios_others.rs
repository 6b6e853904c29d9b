//! The portable scenarios of raft-rs, hashicorp/raft, and the agreement labs of MIT's 6.5840; then what the dissertation says of
//! disks, and bad input. Each test names its case.

mod lab;

use lab::scenarios::{lab, led, progress};
use lab::{Lab, append, s};
use raft::{AppendResult, Fact, Message, Reason, Role, Timer};

/// raft-rs `test_disruptive_follower`.
#[test]
fn raft_rs_disruptive_follower() {
    let mut lab = led(3, false, true);
    lab.isolate(&[s(3)]);
    lab.campaign(s(3));
    lab.settle();
    lab.heal();
    // 3 waits in term 2; its answer to the leader's heartbeat deposes the leader.
    lab.heartbeat(s(1));
    lab.settle();
    assert!(lab.follows(s(1)));
    assert!(lab.told(|fact| matches!(
        fact,
        Fact::Deposed {
            term: 1,
            newer: 2,
            ..
        }
    )));
    // Once, and then all is quiet: the next election settles it.
    lab.now_us += lab.config.election_timeout_min_us;
    lab.campaign(s(1));
    lab.settle();
    lab.converge(s(1));
    assert!(lab.leads(s(1)));
    assert!((1..=3).all(|server| lab.term(s(server)) == 3));
    lab.assert_sound();
}

/// raft-rs `test_disruptive_follower_pre_vote`; hashicorp `TestRaft_PreVote_AvoidElectionWithPartition`.
#[test]
fn raft_rs_disruptive_follower_pre_vote() {
    let mut lab = led(3, true, true);
    lab.isolate(&[s(3)]);
    lab.propose(s(1), "a");
    lab.settle();
    for _ in 0..3 {
        lab.campaign(s(3));
        lab.settle();
    }
    lab.heal();
    lab.campaign(s(3));
    lab.settle();
    lab.converge(s(1));
    assert!(lab.leads(s(1)));
    for server in 1..=3 {
        assert_eq!(lab.term(s(server)), 1, "terms are unchanged");
    }
    assert_eq!(lab.terms(s(3)), [1, 1]);
    lab.assert_sound();
}

/// raft-rs `test_free_stuck_candidate_with_check_quorum`.
#[test]
fn raft_rs_free_stuck_candidate_with_check_quorum() {
    let mut lab = led(3, false, true);
    lab.isolate(&[s(1)]);
    lab.campaign(s(3));
    lab.settle();
    assert!(
        lab.follows(s(2)) && lab.term(s(2)) == 1,
        "2 still stands by 1"
    );
    assert_eq!(lab.term(s(3)), 2);
    lab.campaign(s(3));
    lab.settle();
    assert_eq!(lab.term(s(3)), 3);
    lab.heal();
    lab.heartbeat(s(1));
    lab.settle();
    assert!(
        lab.follows(s(1)),
        "the stuck candidate frees itself by its term"
    );
    assert_eq!(lab.term(s(1)), 3);
    // 1 and 3 are in term 3 and would elect a leader of term 4.
    lab.campaign(s(3));
    lab.settle();
    assert!(lab.leads(s(3)));
    lab.assert_sound();
}

/// raft-rs `test_leader_superseding_with_check_quorum`.
#[test]
fn raft_rs_leader_superseding_with_check_quorum() {
    let mut lab = led(3, false, true);
    lab.isolate(&[s(1)]);
    lab.campaign(s(3));
    lab.settle();
    assert!(!lab.leads(s(3)), "2 heard from 1");
    lab.now_us += lab.config.election_timeout_min_us;
    lab.campaign(s(3));
    lab.settle();
    assert!(lab.leads(s(3)));
    lab.heal();
    lab.converge(s(3));
    assert!(lab.follows(s(1)));
    lab.assert_sound();
}

/// raft-rs `test_node_with_smaller_term_can_complete_election`.
#[test]
fn raft_rs_node_with_smaller_term_can_complete_election() {
    let mut lab = lab(3, true, false);
    lab.isolate(&[s(3)]);
    lab.campaign(s(1));
    lab.settle();
    lab.campaign(s(2));
    lab.settle();
    assert!(lab.leads(s(2)) && lab.term(s(2)) == 2);
    lab.heal();
    lab.isolate(&[s(2)]);
    // 3 is in term 0 and its log is empty: it cannot win, but it does not stand in the way.
    lab.campaign(s(3));
    lab.settle();
    assert!(!lab.leads(s(3)));
    lab.campaign(s(1));
    lab.settle();
    assert!(lab.leads(s(1)), "with the vote of 3");
    assert!(lab.term(s(1)) > 2);
    lab.assert_sound();
}

/// raft-rs `test_prevote_with_split_vote`.
#[test]
fn raft_rs_prevote_with_split_vote() {
    let mut lab = led(3, true, false);
    lab.crash(s(1));
    lab.campaign(s(2));
    lab.campaign(s(3));
    lab.settle();
    for server in [2, 3] {
        assert!(
            matches!(lab.server(s(server)).role(), Role::Candidate(_)),
            "S{server}"
        );
        assert_eq!(lab.term(s(server)), 2);
    }
    lab.campaign(s(2));
    lab.settle();
    assert!(lab.leads(s(2)));
    assert_eq!(lab.term(s(2)), 3);
    assert!(lab.follows(s(3)));
    lab.assert_sound();
}

/// hashicorp `TestRaft_BehindFollower`.
#[test]
fn hashicorp_behind_follower() {
    let mut lab = led(3, true, true);
    lab.isolate(&[s(3)]);
    for number in 0..100 {
        lab.propose(s(1), &number.to_string());
        lab.settle();
    }
    lab.heal();
    lab.converge(s(1));
    assert_eq!(lab.terms(s(3)).len(), 101);
    assert_eq!(lab.contents(s(3)), lab.contents(s(1)));
    lab.assert_sound();
}

/// hashicorp `TestRaft_LeaderFail`.
#[test]
fn hashicorp_leader_fail() {
    let mut lab = led(3, true, true);
    lab.propose(s(1), "before");
    lab.settle();
    lab.crash(s(1));
    lab.now_us += lab.config.election_timeout_min_us;
    lab.campaign(s(2));
    lab.settle();
    assert!(lab.leads(s(2)));
    lab.propose(s(2), "after");
    lab.settle();
    lab.restart(s(1));
    lab.converge(s(2));
    for server in 1..=3 {
        assert_eq!(
            lab.contents(s(server)),
            [("x".to_owned(), "after".to_owned())]
        );
    }
    lab.assert_sound();
}

/// hashicorp `TestRaft_LeaderLeaseExpire`.
#[test]
fn hashicorp_leader_lease_expire() {
    let mut lab = led(2, true, true);
    lab.crash(s(2));
    lab.fire(s(1), Timer::Quorum);
    lab.heartbeat(s(1));
    lab.fire(s(1), Timer::Quorum);
    assert!(lab.follows(s(1)));
    assert_eq!(lab.server(s(1)).leader(), None);
    lab.assert_sound();
}

/// MIT 6.5840 2B, agreement despite a disconnected follower, which catches up.
#[test]
fn mit_fail_agree() {
    let mut lab = led(3, true, true);
    lab.isolate(&[s(3)]);
    for value in ["102", "103", "104", "105"] {
        lab.propose(s(1), value);
        lab.settle();
    }
    assert_eq!(lab.commit(s(1)), 5);
    lab.heal();
    lab.converge(s(1));
    lab.propose(s(1), "106");
    lab.settle();
    lab.converge(s(1));
    for server in 1..=3 {
        assert_eq!(lab.commit(s(server)), 6);
    }
    lab.assert_sound();
}

/// MIT 6.5840 2B, no agreement with three of five disconnected.
#[test]
fn mit_fail_no_agree() {
    let mut lab = led(5, true, true);
    lab.isolate(&[s(3), s(4), s(5)]);
    lab.propose(s(1), "20");
    lab.settle();
    lab.heartbeat(s(1));
    lab.settle();
    assert_eq!(lab.commit(s(1)), 1, "no commit in the minority");
    assert!(lab.says(|reason| matches!(
        reason,
        Reason::NotYetMajority {
            index: 2,
            holders: 2,
            servers: 5,
            need: 3
        }
    )));
    // The others choose a leader of their own, and the minority's entry vanishes.
    lab.now_us += lab.config.election_timeout_min_us;
    lab.campaign(s(3));
    lab.settle();
    assert!(lab.leads(s(3)));
    lab.propose(s(3), "30");
    lab.settle();
    lab.heal();
    lab.converge(s(3));
    for server in 1..=5 {
        assert_eq!(lab.contents(s(server)), [("x".to_owned(), "30".to_owned())]);
        assert_eq!(lab.terms(s(server)), [1, 2, 2]);
    }
    assert!(lab.told(|fact| matches!(
        fact,
        Fact::Truncated {
            first: 2,
            last: 2,
            ..
        }
    )));
    lab.assert_sound();
}

/// MIT 6.5840 2B, concurrent starts: many commands before the first acknowledgement.
#[test]
fn mit_concurrent_starts() {
    let mut lab = led(3, true, true);
    for number in 0..5 {
        lab.propose(s(1), &number.to_string());
    }
    lab.settle();
    assert_eq!(lab.commit(s(1)), 6);
    lab.assert_sound();
}

/// MIT 6.5840 2B, rejoin of a partitioned leader: its uncommitted entries vanish.
#[test]
fn mit_rejoin() {
    let mut lab = led(3, true, true);
    lab.propose(s(1), "101");
    lab.settle();
    lab.isolate(&[s(1)]);
    for value in ["102", "103", "104"] {
        lab.propose(s(1), value);
    }
    lab.lose_all();
    lab.now_us += lab.config.election_timeout_min_us;
    lab.campaign(s(2));
    lab.settle();
    lab.propose(s(2), "103");
    lab.settle();
    lab.isolate(&[s(2)]);
    lab.cuts.retain(|(a, b)| *a == s(2) || *b == s(2));
    lab.now_us += lab.config.election_timeout_min_us;
    // The old leader is back, and cannot win with its longer but older log.
    lab.fire(s(1), Timer::Quorum);
    if lab.leads(s(1)) {
        lab.fire(s(1), Timer::Quorum);
    }
    for server in [1, 3] {
        lab.campaign(s(server));
        lab.settle();
    }
    assert!(lab.leads(s(3)));
    lab.propose(s(3), "104");
    lab.settle();
    lab.heal();
    lab.converge(s(3));
    for server in 1..=3 {
        assert_eq!(lab.terms(s(server)), [1, 1, 2, 2, 3, 3], "S{server}");
        assert_eq!(lab.commit(s(server)), 6);
    }
    lab.assert_sound();
}

/// MIT 6.5840 2B, backup: a leader backs up quickly over fifty conflicting entries of each of several terms.
#[test]
fn mit_backup() {
    let fifty = |lab: &mut Lab, leader| {
        for number in 0..50 {
            lab.propose(s(leader), &number.to_string());
        }
        lab.settle();
    };
    let mut lab = led(5, false, false);
    // 1 leads 2 alone with fifty entries that cannot be committed.
    lab.isolate(&[s(1), s(2)]);
    fifty(&mut lab, 1);
    // 3 leads the others, fifty entries are committed.
    lab.campaign(s(3));
    lab.settle();
    assert!(lab.leads(s(3)));
    fifty(&mut lab, 3);
    assert_eq!(lab.commit(s(3)), 52);
    // 3 and 4 alone: fifty more that cannot be committed.
    lab.heal();
    lab.isolate(&[s(3), s(4)]);
    fifty(&mut lab, 3);
    // 1, 2 and 5: 5 has the newest log, and brings the others back over fifty conflicting entries.
    lab.campaign(s(5));
    lab.settle();
    assert!(lab.leads(s(5)), "{:?}", lab.server(s(5)).role());
    let before = lab.sent;
    fifty(&mut lab, 5);
    lab.heal();
    lab.converge(s(5));
    for server in 1..=5 {
        assert_eq!(lab.terms(s(server)).len(), 103, "S{server}");
        assert_eq!(lab.commit(s(server)), 103);
    }
    let refusals = lab.reasons.iter().filter(|(_, reason)| {
        matches!(
            reason,
            Reason::PrevConflicts { .. } | Reason::PrevMissing { .. }
        )
    });
    assert!(
        refusals.count() < 20,
        "a refusal for each term, not for each entry"
    );
    assert!(lab.sent - before < 500);
    lab.assert_sound();
}

/// Ongaro 2014, §10.2.1: a leader sends before its own disk has written, and counts itself only after.
#[test]
fn a_leader_counts_itself_once_its_disk_has_written() {
    let mut lab = led(3, false, false);
    lab.slow_disks.insert(s(1));
    lab.propose(s(1), "a");
    assert_eq!(lab.packets.len(), 2, "the appends do not wait");
    lab.settle_among(&[s(1), s(2)]);
    assert_eq!(lab.commit(s(1)), 1, "S2 alone is no majority");
    assert!(lab.says(|reason| *reason == Reason::OwnDisk { index: 2 }));
    lab.flush(s(1));
    assert_eq!(lab.commit(s(1)), 2);
    // Two followers are a majority without the leader's disk.
    lab.propose(s(1), "b");
    lab.settle();
    assert_eq!(lab.commit(s(1)), 3);
    lab.assert_sound();
}

/// Raft, figure 2, persistent state: a follower's answer waits for its disk.
#[test]
fn answers_wait_for_the_disk() {
    let mut lab = led(3, false, false);
    lab.slow_disks.insert(s(2));
    lab.propose(s(1), "a");
    lab.settle();
    let holds = |lab: &Lab| progress(lab, 1, 2).match_index;
    assert_eq!(holds(&lab), 1);
    assert_eq!(lab.terms(s(2)), [1, 1], "its state has advanced");
    lab.flush(s(2));
    lab.settle();
    assert_eq!(holds(&lab), 2);
    // A vote as well.
    lab.campaign(s(3));
    lab.settle();
    assert!(lab.leads(s(3)), "with the vote of 1");
    assert_eq!(
        lab.disks[1].voted_for,
        Some(s(1)),
        "2 voted, and its disk does not know yet"
    );
    assert_eq!(lab.server(s(2)).voted_for(), Some(s(3)));
    lab.assert_sound();
}

/// Bad input is ignored with a reason, never a panic.
#[test]
fn nonsense_is_ignored() {
    let mut lab = led(3, true, true);
    let reply = |result| Message::AppendEntriesReply(raft::AppendReply { term: 1, result });
    let matches = AppendResult::Matches {
        match_index: 1,
        carried: 0,
    };
    let refused = AppendResult::Refused {
        prev_log_index: 0,
        hint_index: 99,
        hint_term: 99,
    };
    lab.message(protocol::NodeId(77), s(1), reply(matches));
    lab.message(s(2), s(1), reply(refused));
    lab.message(s(2), s(3), reply(matches));
    lab.message(s(2), s(1), append(1, (0, 0), &[], 0));
    lab.message(s(1), s(2), append(1, (u64::MAX, 1), &[], u64::MAX));
    lab.message(
        s(2),
        s(1),
        Message::RequestVoteReply(lab::vote_reply(1, true)),
    );
    lab.input(s(1), protocol::Input::Saved(u64::MAX));
    lab.settle();
    lab.converge(s(1));
    assert!(lab.leads(s(1)));
    lab.assert_sound();
}
