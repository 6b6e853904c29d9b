//! The paper's figures 7 and 8, and the two elections of `data/raft_vectors.json` that are whole schedules.

mod lab;

use lab::{Lab, disk, plain, s};
use raft::{Message, RaftConfig, Reason, Variant};
use serde_json::Value;

fn vectors(group: &str) -> Value {
    let text = include_str!("data/raft_vectors.json");
    let all: Value = serde_json::from_str(text).expect("the file is JSON");
    all[group].clone()
}

fn numbers(value: &Value) -> Vec<u64> {
    let list = value.as_array().expect("a list");
    list.iter().map(|n| n.as_u64().expect("a number")).collect()
}

/// Raft, figure 7; raft-rs `test_leader_sync_follower_log`, etcd `testdata/probe_and_replicate.txt`.
#[test]
fn figure_7_every_follower_ends_with_the_leaders_log() {
    let case = vectors("fig7");
    let leader_log = numbers(&case["leader_log"]);
    let followers = case["followers"].as_object().unwrap();
    let mut disks = vec![disk(7, None, &leader_log)];
    disks.extend(followers.values().map(|log| disk(7, None, &numbers(log))));
    let mut lab = Lab::with_disks(plain(7), Variant::Sound, disks);
    lab.campaign(s(1));

    lab.settle_where(|packet| matches!(packet.message, Message::RequestVote(_)));
    let votes = case["votes_for_leader_at_term_8"].as_object().unwrap();
    for (server, name) in (2..).zip(followers.keys()) {
        let granted = lab.packets.iter().any(|packet| {
            packet.from == s(server)
                && matches!(packet.message, Message::RequestVoteReply(reply) if reply.granted)
        });
        assert_eq!(
            granted,
            votes[name].as_bool().unwrap(),
            "the vote of {name}"
        );
    }
    lab.settle_where(|packet| matches!(packet.message, Message::RequestVoteReply(_)));
    assert!(lab.leads(s(1)));
    assert_eq!(lab.term(s(1)), case["leader_term"].as_u64().unwrap());
    assert_eq!(
        lab.commit(s(1)),
        0,
        "nothing is committed by counting old entries"
    );

    lab.settle();
    lab.converge(s(1));
    let mut whole = leader_log;
    whole.push(8);
    for server in 1..=7 {
        assert_eq!(lab.terms(s(server)), whole, "the log of S{server}");
        assert_eq!(lab.commit(s(server)), 11);
        assert_eq!(
            lab.disks[s(server).index()].log,
            *lab.server(s(server)).log()
        );
    }
    lab.assert_sound();
    // Fast backtracking: one refusal for each term that differs, not one for each entry.
    let refusals = lab.reasons.iter().filter(|(_, reason)| {
        matches!(
            reason,
            Reason::PrevMissing { .. } | Reason::PrevConflicts { .. }
        )
    });
    assert!(refusals.count() <= 8, "few refusals find the place");
}

/// Five servers with the entry of index 1 of term 1, up to (c) of figure 8; which variant, and whether S1 appends in (c).
fn figure_8_until_c(variant: Variant) -> Lab {
    let disks = vec![disk(1, None, &numbers(&vectors("fig8")["initial_log"])); 5];
    let mut lab = Lab::with_disks(plain(5), variant, disks);
    // (a) S1 leads term 2, and its entry at index 2 reaches S2 only.
    lab.campaign(s(1));
    lab.settle_where(|packet| !matches!(packet.message, Message::AppendEntries(_)));
    assert!(lab.leads(s(1)) && lab.term(s(1)) == 2);
    lab.settle_among(&[s(1), s(2)]);
    lab.lose_all();
    assert_eq!(lab.terms(s(2)), [1, 2]);
    // (b) S1 crashes; S5 leads term 3 with the votes of S3 and S4, and appends at index 2 by itself.
    lab.crash(s(1));
    lab.campaign(s(5));
    lab.settle_where(|packet| !matches!(packet.message, Message::AppendEntries(_)));
    assert!(lab.leads(s(5)) && lab.term(s(5)) == 3);
    assert!(
        lab.says(|reason| matches!(
            reason,
            Reason::CandidateLogOlder {
                candidate,
                ..
            } if *candidate == s(5)
        )),
        "S2 has the newer log"
    );
    lab.lose_all();
    assert_eq!(lab.terms(s(5)), [1, 3]);
    // (c) S5 crashes; S1 restarts, leads term 4, and its entry of term 2 reaches S3: a majority has it.
    lab.crash(s(5));
    lab.restart(s(1));
    lab.campaign(s(1));
    lab.settle_where(|packet| !matches!(packet.message, Message::AppendEntries(_)));
    assert!(
        !lab.leads(s(1)),
        "S2 to S4 are in term 3, so it hears of it first"
    );
    lab.campaign(s(1));
    lab.settle_where(|packet| !matches!(packet.message, Message::AppendEntries(_)));
    assert!(lab.leads(s(1)) && lab.term(s(1)) == 4);
    lab
}

/// S1's entry of term 2, and not that of term 4, reaches S2 and S3: the first append of two is cut short, as if its batch
/// had been limited to one entry.
fn replicate_index_2(lab: &mut Lab) {
    lab.config.entries_per_append_max = 1;
    lab.settle_where(|packet| {
        [s(2), s(3)].contains(&packet.to) || [s(2), s(3)].contains(&packet.from)
    });
    while lab.server(s(3)).log().last_index() < 2 {
        lab.heartbeat(s(1));
        lab.settle_where(|packet| {
            ([s(2), s(3)].contains(&packet.to) || [s(2), s(3)].contains(&packet.from))
                && !carries_term_4(packet)
        });
    }
    lab.lose_all();
}

fn carries_term_4(packet: &lab::Packet) -> bool {
    match &packet.message {
        Message::AppendEntries(append) => append.entries().iter().any(|entry| entry.term == 4),
        _ => false,
    }
}

/// A figure 8 in which S1's entry of term 2 is on S1, S2, S3 and its entry of term 4 on S1 alone.
fn figure_8_c(variant: Variant) -> Lab {
    let mut lab = figure_8_until_c(variant);
    lab.lose(carries_term_4);
    replicate_index_2(&mut lab);
    assert_eq!(lab.terms(s(1)), [1, 2, 4]);
    assert_eq!(lab.terms(s(2)), [1, 2]);
    assert_eq!(lab.terms(s(3)), [1, 2]);
    lab
}

/// Raft, figure 8 (c): index 2 is on three of five servers, and yet not committed.
#[test]
fn figure_8_c_an_old_entry_on_a_majority_is_not_committed() {
    let lab = figure_8_c(Variant::Sound);
    assert_eq!(lab.commit(s(1)), 0);
    assert!(
        lab.says(|reason| *reason
            == Reason::OlderTerm {
                index: 2,
                holders: 3,
                servers: 5,
                entry_term: 2,
                term: 4
            }),
        "it says why: {:?}",
        lab.reasons
    );
    lab.assert_sound();
}

/// Figure 8 (d): S1 crashes, S5 leads and replaces index 2 everywhere. Nothing committed is lost.
fn figure_8_d(variant: Variant) -> Lab {
    let mut lab = figure_8_c(variant);
    lab.crash(s(1));
    lab.restart(s(5));
    // It comes back in term 3; the others are in term 4, so its first try only tells it so.
    for _ in 0..2 {
        lab.campaign(s(5));
        lab.settle_where(|packet| !matches!(packet.message, Message::AppendEntries(_)));
    }
    assert!(lab.leads(s(5)) && lab.term(s(5)) == 5);
    lab.settle();
    lab.converge(s(5));
    for server in 2..=5 {
        assert_eq!(lab.terms(s(server)), [1, 3, 5], "the log of S{server}");
    }
    lab
}

/// Raft, figure 8 (d).
#[test]
fn figure_8_d_a_later_leader_may_replace_what_was_not_committed() {
    figure_8_d(Variant::Sound).assert_sound();
}

/// Raft, figure 8: without the rule of §5.4.2 the same schedule loses a committed entry.
#[test]
fn figure_8_d_breaks_leader_completeness_where_old_terms_are_counted() {
    let lab = figure_8_d(Variant::CommitOlderTerm);
    assert!(lab.violations.contains_key("leader-completeness"));
    assert!(lab.violations.contains_key("state-machine-safety"));
}

/// Raft, figure 8 (e): with its entry of term 4 on a majority, S1 commits both, and S5 cannot win.
#[test]
fn figure_8_e_an_entry_of_the_own_term_commits_what_came_before() {
    let mut lab = figure_8_until_c(Variant::Sound);
    lab.settle_among(&[s(1), s(2), s(3)]);
    assert_eq!(
        lab.commit(s(1)),
        3,
        "indices 2 and 3 are committed together"
    );
    lab.crash(s(1));
    lab.restart(s(5));
    for _ in 0..2 {
        lab.campaign(s(5));
        lab.settle_where(|packet| !matches!(packet.message, Message::AppendEntries(_)));
    }
    assert!(!lab.leads(s(5)));
    assert!(lab.says(|reason| matches!(
        reason,
        Reason::CandidateLogOlder { candidate, theirs: 3, mine: 4 } if *candidate == s(5)
    )));
    lab.assert_sound();
}

/// raft-rs `test_leader_election_overwrite_newer_logs`.
#[test]
fn overwrite_newer() {
    let case = vectors("overwrite_newer");
    let disks = (1..=5).map(|server| {
        let name = server.to_string();
        let voted = case["voted"][&name].as_u64();
        disk(
            case["terms"][&name].as_u64().unwrap(),
            voted.map(|n| s(n as u16)),
            &numbers(&case["logs"][&name]),
        )
    });
    let mut lab = Lab::with_disks(plain(5), Variant::Sound, disks.collect());
    lab.campaign(s(1));
    lab.settle();
    assert!(lab.follows(s(1)), "3, 4 and 5 are in term 2 already");
    assert_eq!(lab.term(s(1)), 2);
    lab.campaign(s(1));
    lab.settle();
    assert!(lab.leads(s(1)));
    assert_eq!(lab.term(s(1)), 3);
    lab.converge(s(1));
    for server in 1..=5 {
        assert_eq!(lab.terms(s(server)), [1, 3], "the log of S{server}");
    }
    lab.assert_sound();
}

/// raft-rs `test_dueling_candidates`; with PreVote `test_dueling_pre_candidates`.
fn dueling(pre_vote: bool) -> Lab {
    let config = RaftConfig {
        pre_vote,
        ..plain(3)
    };
    let mut lab = Lab::new(config, Variant::Sound);
    lab.cut(s(1), s(3));
    lab.campaign(s(1));
    lab.settle();
    assert!(lab.leads(s(1)), "with the votes of 1 and 2");
    lab.campaign(s(3));
    lab.settle();
    if !pre_vote {
        let role = lab.server(s(3)).role();
        assert!(
            matches!(role, raft::Role::Candidate(_)),
            "its own vote and one refusal decide nothing"
        );
        assert_eq!(lab.term(s(3)), 1);
    }
    lab.heal();
    lab.campaign(s(3));
    lab.settle();
    lab
}

#[test]
fn dueling_candidates() {
    let lab = dueling(false);
    for server in 1..=3 {
        assert!(lab.follows(s(server)), "S{server}");
        assert_eq!(lab.term(s(server)), 2, "S{server}");
    }
    assert_eq!(lab.terms(s(1)), [1]);
    assert_eq!(lab.terms(s(2)), [1]);
    assert_eq!(lab.commit(s(1)), 1);
    assert_eq!(lab.terms(s(3)), [0; 0]);
    lab.assert_sound();
}

#[test]
fn dueling_candidates_with_pre_vote() {
    let lab = dueling(true);
    assert!(lab.leads(s(1)), "3 does not disturb");
    assert!(lab.follows(s(3)));
    for server in 1..=3 {
        assert_eq!(lab.term(s(server)), 1, "S{server}");
    }
    lab.assert_sound();
}
