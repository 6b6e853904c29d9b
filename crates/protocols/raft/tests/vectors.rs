//! The decision cases of `data/raft_vectors.json`: what one server decides in a given state. Every case cites the paper or the
//! test suite that it was taken from, in its `ref`.

mod lab;

use lab::{Lab, append, disk, plain, s, vote};
use protocol::{Input, NodeId};
use raft::{AppendReply, AppendResult, Message, Variant};
use serde_json::Value;

fn vectors(group: &str) -> Value {
    let text = include_str!("data/raft_vectors.json");
    let all: Value = serde_json::from_str(text).expect("the file is JSON");
    all[group].clone()
}

fn cases(group: &str) -> Vec<Value> {
    let cases = vectors(group)["cases"].as_array().cloned();
    cases.expect("a list of cases")
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a number")
}

fn numbers(value: &Value) -> Vec<u64> {
    let list = value.as_array().expect("a list");
    list.iter().map(number).collect()
}

fn pair(value: &Value) -> (u64, u64) {
    let pair = numbers(value);
    (pair[0], pair[1])
}

fn node(value: &Value) -> Option<NodeId> {
    value.as_u64().map(|number| s(number as u16))
}

/// Whether server 1, started from `disk`, grants the vote (and the pre-vote) of `candidate`.
fn grants(disk: &lab::KvDisk, candidate: NodeId, request: raft::VoteRequest) -> bool {
    let answer = |message: Message<_>| {
        let disks = vec![disk.clone()];
        let mut lab = Lab::with_disks(plain(3), Variant::Sound, disks);
        lab.message(candidate, s(1), message);
        match lab.packets.pop().expect("an answer").message {
            Message::RequestVoteReply(reply) | Message::PreVoteReply(reply) => reply.granted,
            other => panic!("{other:?} is no answer to a candidate"),
        }
    };
    let granted = answer(Message::RequestVote(request));
    assert_eq!(answer(Message::PreVote(request)), granted, "PreVote agrees");
    granted
}

/// Raft §5.2; raft-rs `test_follower_vote`.
#[test]
fn vote_by_vote_state() {
    for case in cases("vote_by_vote_state") {
        let candidate = node(&case["candidate"]).expect("a candidate");
        // The case's voter is none of the two candidates, so they are servers 1 and 2, and the voter is 3.
        let mut disks = vec![disk(0, None, &[]); 3];
        disks[2] = disk(1, node(&case["voted_for"]), &[]);
        let mut lab = Lab::with_disks(plain(3), Variant::Sound, disks);
        lab.message(candidate, s(3), Message::RequestVote(vote(1, 0, 0)));
        let Some(Message::RequestVoteReply(reply)) = lab.packets.pop().map(|p| p.message) else {
            panic!("no answer to {case}");
        };
        assert_eq!(reply.granted, case["granted"].as_bool().unwrap(), "{case}");
        assert_eq!(reply.term, 1);
        if reply.granted {
            assert_eq!(lab.disks[2].voted_for, Some(candidate), "the vote is saved");
        }
    }
}

/// Raft §5.4.1; raft-rs `test_voter`.
#[test]
fn vote_by_log() {
    for case in cases("vote_by_log") {
        let log = numbers(&case["log"]);
        let disk = disk(*log.last().unwrap(), None, &log);
        let request = vote(3, number(&case["last_term"]), number(&case["last_index"]));
        assert_eq!(
            grants(&disk, s(2), request),
            case["granted"].as_bool().unwrap(),
            "{case}"
        );
    }
}

/// raft-rs `test_recv_msg_request_vote`, also for PreVote.
#[test]
fn vote_by_log_grid() {
    for case in cases("vote_by_log_grid") {
        let (last_term, last_index) = (number(&case["last_term"]), number(&case["last_index"]));
        let term = last_term.max(2);
        let request = vote(term, last_term, last_index);
        let granted = match case["role"].as_str() {
            None => {
                let voted_for = match case["voted_for"].as_str() {
                    None => None,
                    Some("candidate(2)") => Some(s(2)),
                    Some("self(1)") => Some(s(1)),
                    Some(other) => panic!("a vote for {other}"),
                };
                grants(&disk(term, voted_for, &[2, 2]), s(2), request)
            }
            Some(role) => {
                // A candidate or leader of the same term: it campaigns from the term before.
                let disks = vec![disk(term - 1, None, &[2, 2])];
                let mut lab = Lab::with_disks(plain(3), Variant::Sound, disks);
                lab.campaign(s(1));
                if role == "leader" {
                    let yes = lab::vote_reply(term, true);
                    lab.message(s(2), s(1), Message::RequestVoteReply(yes));
                }
                assert_eq!(lab.leads(s(1)), role == "leader");
                lab.lose_all();
                lab.message(s(2), s(1), Message::RequestVote(request));
                match lab.packets.pop().expect("an answer").message {
                    Message::RequestVoteReply(reply) => reply.granted,
                    other => panic!("{other:?} is no answer to a candidate"),
                }
            }
        };
        assert_eq!(granted, case["granted"].as_bool().unwrap(), "{case}");
    }
}

/// Hands server 1 an append and returns the answer.
fn append_reply(lab: &mut Lab, message: lab::KvMessage) -> AppendReply {
    lab.message(s(2), s(1), message);
    match lab.packets.pop().expect("an answer").message {
        Message::AppendEntriesReply(reply) => reply,
        other => panic!("{other:?} is no answer to AppendEntries"),
    }
}

/// Raft §5.3; raft-rs `test_follower_check_msg_append`.
#[test]
fn append_consistency_check() {
    for case in cases("append_consistency_check") {
        let disks = vec![disk(2, None, &[1, 2])];
        let mut lab = Lab::with_disks(plain(3), Variant::Sound, disks);
        append_reply(&mut lab, append(2, (1, 1), &[], 1));
        assert_eq!(lab.commit(s(1)), 1, "the case's commit index");
        let reply = append_reply(&mut lab, append(2, pair(&case["prev"]), &[], 0));
        let success = matches!(reply.result, AppendResult::Matches { .. });
        assert_eq!(success, case["success"].as_bool().unwrap(), "{case}");
        assert_eq!(lab.commit(s(1)), 1, "the commit index never falls");
    }
}

/// Raft §5.3; raft-rs `test_follower_append_entries`.
#[test]
fn append_conflict() {
    for case in cases("append_conflict") {
        let disks = vec![disk(2, None, &[1, 2])];
        let mut lab = Lab::with_disks(plain(3), Variant::Sound, disks);
        let message = append(2, pair(&case["prev"]), &numbers(&case["entries"]), 0);
        append_reply(&mut lab, message);
        assert_eq!(lab.terms(s(1)), numbers(&case["log"]), "{case}");
        assert_eq!(
            lab.disks[0].log,
            *lab.server(s(1)).log(),
            "the disk has the same log"
        );
    }
}

/// Raft, figure 2, AppendEntries rule 5; raft-rs `test_handle_msg_append`.
#[test]
fn append_commit() {
    for case in cases("append_commit") {
        let disks = vec![disk(2, None, &[1, 2])];
        let mut lab = Lab::with_disks(plain(3), Variant::Sound, disks);
        let message = append(
            2,
            pair(&case["prev"]),
            &numbers(&case["entries"]),
            number(&case["leader_commit"]),
        );
        let reply = append_reply(&mut lab, message);
        let success = matches!(reply.result, AppendResult::Matches { .. });
        assert_eq!(success, case["success"].as_bool().unwrap(), "{case}");
        assert_eq!(
            lab.server(s(1)).log().last_index(),
            number(&case["last"]),
            "{case}"
        );
        assert_eq!(lab.commit(s(1)), number(&case["commit"]), "{case}");
    }
}

/// Raft §5.3; raft-rs `test_leader_acknowledge_commit`.
#[test]
fn commit_quorum() {
    for case in cases("commit_quorum") {
        let (size, acks) = (number(&case["size"]) as u16, number(&case["acks"]) as u16);
        let mut lab = Lab::new(plain(size.into()), Variant::Sound);
        lab.campaign(s(1));
        // Votes arrive, appends do not.
        lab.settle_where(|p| !matches!(p.message, Message::AppendEntries(_)));
        assert!(lab.leads(s(1)), "{case}");
        for follower in 2..2 + acks {
            lab.settle_among(&[s(1), s(follower)]);
        }
        assert_eq!(lab.commit(s(1)), number(&case["committed"]), "{case}");
    }
}

/// Raft §5.4.2, figure 8; raft-rs `test_leader_only_commits_log_from_current_term`.
#[test]
fn commit_rule_current_term() {
    for case in cases("commit_rule_current_term") {
        // Elected at term 3 with the log [1, 2], the leader appends its first entry of term 3 at index 3.
        let disks = vec![disk(2, None, &[1, 2]); 2];
        let mut lab = Lab::with_disks(plain(2), Variant::Sound, disks);
        lab.campaign(s(1));
        lab.settle_where(|p| !matches!(p.message, Message::AppendEntries(_)));
        assert!(lab.leads(s(1)));
        let match_index = number(&case["match"]);
        let reply = AppendReply {
            term: 3,
            result: AppendResult::Matches {
                match_index,
                carried: 0,
            },
        };
        lab.message(s(2), s(1), Message::AppendEntriesReply(reply));
        assert_eq!(lab.commit(s(1)), number(&case["commit"]), "{case}");
    }
}

/// raft-rs `test_commit`: match indices of all servers, the leader's own first.
#[test]
fn commit_table() {
    for case in cases("commit_table") {
        let (matched, log) = (numbers(&case["match"]), numbers(&case["log"]));
        let term = number(&case["term"]);
        let servers = matched.len() as u64;
        // The leader won `term` with what the case's log has from older terms; its first entry of `term` follows. Where the
        // case has none, that entry is not durable anywhere yet, which is just what the match indices say.
        let before: Vec<u64> = log.iter().copied().take_while(|t| *t < term).collect();
        let disks = vec![disk(term - 1, None, &before); matched.len()];
        let mut lab = Lab::with_disks(plain(servers), Variant::Sound, disks);
        lab.slow_disks.insert(s(1));
        lab.campaign(s(1));
        lab.flush(s(1));
        lab.settle_where(|p| {
            matches!(
                p.message,
                Message::RequestVote(_) | Message::RequestVoteReply(_)
            )
        });
        assert!(lab.leads(s(1)), "{case}");
        // Two rows have an entry of a later term than the leader's, which cannot come about; it is beyond what they commit.
        lab.lose_all();
        // What the case's leader has durably: everything up to its own match index.
        let own = matched[0].min(lab.server(s(1)).log().last_index());
        lab.input(s(1), Input::Saved(term << 32 | own));
        for (server, match_index) in (2u16..).zip(&matched[1..]) {
            let reply = AppendReply {
                term,
                result: AppendResult::Matches {
                    match_index: *match_index,
                    carried: 0,
                },
            };
            lab.message(s(server), s(1), Message::AppendEntriesReply(reply));
        }
        assert_eq!(lab.commit(s(1)), number(&case["commit"]), "{case}");
    }
}

/// The file has as many cases as the tests above go through.
#[test]
fn every_case_is_gone_through() {
    let all: Value = serde_json::from_str(include_str!("data/raft_vectors.json")).unwrap();
    let groups = all.as_object().unwrap();
    let count: usize = groups
        .values()
        .filter_map(|group| group["cases"].as_array())
        .map(Vec::len)
        .sum();
    assert_eq!(count, 79);
    let without: Vec<_> = groups
        .iter()
        .filter(|(_, group)| group["cases"].is_null())
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(
        without,
        ["fig7", "fig8", "overwrite_newer", "dueling_candidates"],
        "these are in `figures.rs`"
    );
}
