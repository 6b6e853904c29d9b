//! Configurations, rule by rule: when a server goes by which, who counts, who leads and who stands (Raft §6; Ongaro 2014, chapter 4).

mod lab;

use lab::changes::{
    answered, change_told, changes, client, config, joint, led, members, noted, orders, outcome,
    set, voters,
};
use lab::scenarios::progress;
use lab::{Lab, disk, plain, s, vote};
use protocol::Input;
use raft::{
    Change, ChangeFact, ChangeOutcome, ChangeReason, Entry, Fact, Members, Message, Order, Payload,
    RaftConfig, Role, Timer, Variant,
};

#[test]
fn who_is_in_no_configuration_waits_and_does_not_stand() {
    let lab = led(3, 2, Variant::Sound);
    assert_eq!(lab.nodes.len(), 6, "five servers and a client");
    for server in [4, 5] {
        assert_eq!(lab.server(s(server)).log().last_index(), 0);
        assert!(!lab.timers[s(server).index()].contains_key(&Timer::Election));
        assert_eq!(members(&lab, server), voters(&[1, 2, 3]));
    }
    // If its timer fires all the same, nothing comes of it.
    let mut lab = lab;
    lab.input(s(4), Input::Timer(Timer::Election));
    assert!(lab.follows(s(4)));
    assert!(noted(&lab, 4, |reason| *reason == ChangeReason::DoesNotStand));
    assert_eq!(lab.term(s(4)), 0);
}

#[test]
fn a_learner_has_all_entries_and_counts_for_nothing() {
    let mut lab = led(3, 1, Variant::Sound);
    let done = changes(&mut lab, 1, Change::AddLearner(s(4)));
    assert_eq!(done, ChangeOutcome::Stands(2));
    let learns = Members {
        learners: set(&[4]),
        ..voters(&[1, 2, 3])
    };
    assert!((1..=4).all(|server| members(&lab, server) == learns));
    assert_eq!(lab.commit(s(4)), 2);
    lab.isolate(&[s(2), s(3)]);
    lab.propose(s(1), "a");
    lab.settle();
    assert_eq!(progress(&lab, 1, 4).match_index, 3);
    assert_eq!(
        lab.commit(s(1)),
        2,
        "S1 and a learner are no majority of three"
    );
    let (from, index) = (s(4), 3);
    assert!(noted(&lab, 1, |reason| *reason
        == ChangeReason::DoesNotCount { from, index }));
    // Nor does it keep a leader in office.
    lab.config.check_quorum = true;
    for _ in 0..2 {
        lab.heartbeat(s(1));
        lab.settle();
        lab.fire(s(1), Timer::Quorum);
    }
    assert!(!lab.leads(s(1)));
    lab.campaign(s(4));
    assert!(lab.follows(s(4)), "nor does it stand");
    assert_eq!(
        lab.server(s(4)).leader(),
        None,
        "it knows of no leader any more"
    );
    assert!(!lab.timers[s(4).index()].contains_key(&Timer::Election));
    lab.assert_sound();
}

#[test]
fn a_crashed_server_is_removed_and_no_longer_needed() {
    let mut lab = led(3, 0, Variant::Sound);
    lab.crash(s(3));
    assert_eq!(
        changes(&mut lab, 1, Change::Remove(s(3))),
        ChangeOutcome::Stands(2)
    );
    assert_eq!(members(&lab, 2), voters(&[1, 2]));
    let sent = lab.packets.len();
    lab.heartbeat(s(1));
    assert!(lab.packets[sent..].iter().all(|packet| packet.to != s(3)));
    lab.lose_all();
    // Now both are needed; S3 and its old configuration do not help.
    lab.restart(s(3));
    lab.crash(s(2));
    lab.propose(s(1), "a");
    lab.settle();
    assert_eq!(lab.commit(s(1)), 2);
    lab.restart(s(2));
    lab.converge(s(1));
    assert_eq!(lab.commit(s(1)), 3);
    lab.assert_sound();
}

#[test]
fn with_fewer_voters_what_waited_may_be_committed() {
    let mut lab = led(4, 0, Variant::Sound);
    lab.isolate(&[s(3), s(4)]);
    lab.propose(s(1), "a");
    lab.settle();
    assert_eq!(lab.commit(s(1)), 1, "two of four");
    orders(&mut lab, Change::Remove(s(4)));
    assert_eq!(lab.commit(s(1)), 2, "two of three");
    lab.assert_sound();
}

/// Ongaro 2014, §4.2.2.
#[test]
fn a_leader_that_is_left_out_leads_until_that_is_committed_and_does_not_count_itself() {
    let mut lab = led(3, 0, Variant::Sound);
    let id = orders(&mut lab, Change::Remove(s(1)));
    assert_eq!(members(&lab, 1), voters(&[2, 3]));
    lab.settle_among(&[s(1), s(2)]);
    assert_eq!(
        lab.commit(s(1)),
        1,
        "S1 and S2 have it, and S1 counts for nothing"
    );
    assert!(lab.leads(s(1)));
    lab.settle_among(&[s(1), s(3)]);
    assert_eq!(lab.commit(s(1)), 2);
    assert!(lab.follows(s(1)));
    assert!(change_told(&lab, 1, |fact| *fact == ChangeFact::SteppedDown { term: 1 }));
    assert!(!lab.timers[s(1).index()].contains_key(&Timer::Election));
    lab.settle();
    assert_eq!(outcome(&lab, id), Some(ChangeOutcome::Stands(2)));
    lab.campaign(s(2));
    assert!(lab.packets.iter().all(|packet| packet.to == s(3)));
    lab.settle();
    assert!(lab.leads(s(2)));
    lab.assert_sound();
}

#[test]
fn a_leader_that_is_left_out_watches_the_majority_of_the_others() {
    for reaches in [true, false] {
        let mut lab = led(3, 0, Variant::Sound);
        lab.config.check_quorum = true;
        orders(&mut lab, Change::Remove(s(1)));
        lab.lose_all();
        lab.fire(s(1), Timer::Quorum);
        if reaches {
            // Their answers come, but not for the entry.
            for to in [s(2), s(3)] {
                lab.heartbeat(s(1));
                let carries = |packet: &lab::Packet| match &packet.message {
                    Message::AppendEntries(append) => append.entries.is_some(),
                    _ => false,
                };
                let of = |packet: &lab::Packet| packet.to == to || packet.from == to;
                lab.settle_where(|packet| of(packet) && !carries(packet));
                lab.lose_all();
            }
        }
        lab.isolate(&[s(1)]);
        lab.fire(s(1), Timer::Quorum);
        if reaches {
            assert!(noted(&lab, 1, |reason| matches!(
                reason,
                ChangeReason::QuorumHeard { .. }
            )));
        }
        assert_eq!(lab.leads(s(1)), reaches);
        let lost = |fact: &ChangeFact| matches!(fact, ChangeFact::LostQuorum { .. });
        assert_eq!(change_told(&lab, 1, lost), !reaches);
        lab.assert_sound();
    }
}

/// Ongaro 2014, figure 4.6: until the new configuration is committed, a server that it leaves out may be needed.
#[test]
fn who_is_left_out_stands_while_that_is_not_committed() {
    let mut lab = led(2, 0, Variant::Sound);
    orders(&mut lab, Change::Remove(s(1)));
    lab.lose_all();
    lab.crash(s(1));
    lab.restart(s(1));
    // S2 goes by the old configuration, needs the vote of S1, and does not get it: its log is shorter.
    lab.campaign(s(2));
    lab.settle();
    assert!(!lab.leads(s(2)));
    lab.campaign(s(1));
    assert!(noted(&lab, 1, |reason| *reason
        == ChangeReason::StillNeeded { index: 2 }));
    lab.settle();
    assert!(change_told(&lab, 1, |fact| matches!(
        fact,
        ChangeFact::SteppedDown { .. }
    )));
    assert!(
        lab.follows(s(1)),
        "S1 has led, and has committed that it leads no more"
    );
    assert!(
        !lab.timers[s(1).index()].contains_key(&Timer::Election),
        "now it is not needed"
    );
    lab.campaign(s(2));
    assert!(lab.leads(s(2)), "the only voter");
    lab.assert_sound();
}

#[test]
fn with_the_entry_of_a_configuration_the_old_rules_come_back() {
    let mut lab = led(3, 1, Variant::Sound);
    orders(&mut lab, Change::Add(s(4)));
    lab.settle_among(&[s(1), s(4)]);
    assert_eq!(members(&lab, 1), voters(&[1, 2, 3, 4]));
    assert_eq!(members(&lab, 4), voters(&[1, 2, 3, 4]));
    lab.lose_all();
    lab.isolate(&[s(1), s(4)]);
    lab.campaign(s(2));
    lab.settle();
    assert!(lab.leads(s(2)), "by the old configuration");
    lab.propose(s(2), "a");
    lab.settle();
    lab.heal();
    lab.converge(s(2));
    assert_eq!(members(&lab, 1), voters(&[1, 2, 3]));
    assert!(change_told(&lab, 1, |fact| matches!(
        fact,
        ChangeFact::GoesBack { .. }
    )));
    assert_eq!(
        members(&lab, 4),
        voters(&[1, 2, 3, 4]),
        "nobody sends S4 anything"
    );
    // It stands, but its log is older: nobody votes for it.
    lab.campaign(s(4));
    lab.settle();
    assert!(!lab.leads(s(4)));
    lab.assert_sound();
}

#[test]
fn joint_consensus_takes_a_majority_of_each() {
    let mut lab = led(3, 2, Variant::Sound);
    let id = orders(&mut lab, Change::To(set(&[1, 2, 3, 4, 5])));
    lab.settle_among(&[s(1), s(4), s(5)]);
    let both = joint(&[1, 2, 3], &[1, 2, 3, 4, 5]);
    assert!(
        [1, 4, 5]
            .iter()
            .all(|server| members(&lab, *server) == both)
    );
    assert_eq!(
        lab.commit(s(1)),
        1,
        "three of five, but one of the old three"
    );
    assert!(noted(&lab, 1, |reason| matches!(
        reason,
        ChangeReason::NotYetBoth { index: 2, halves } if (halves.old, halves.new) == (1, 3)
    )));
    lab.settle_among(&[s(1), s(2)]);
    assert!(lab.commit(s(1)) >= 2);
    assert_eq!(
        members(&lab, 1),
        voters(&[1, 2, 3, 4, 5]),
        "and then the new one alone"
    );
    lab.settle();
    assert_eq!(outcome(&lab, id), Some(ChangeOutcome::Stands(3)));
    lab.converge(s(1));
    assert!((1..=5).all(|server| members(&lab, server) == voters(&[1, 2, 3, 4, 5])));
    lab.assert_sound();
}

#[test]
fn joint_consensus_leads_to_other_servers_altogether() {
    let mut lab = led(3, 3, Variant::Sound);
    lab.propose(s(1), "a");
    lab.settle();
    let id = orders(&mut lab, Change::To(set(&[4, 5, 6])));
    lab.settle();
    assert_eq!(outcome(&lab, id), Some(ChangeOutcome::Stands(4)));
    assert!(lab.follows(s(1)));
    for old in 1..=3 {
        lab.crash(s(old));
    }
    lab.campaign(s(5));
    lab.settle();
    assert!(lab.leads(s(5)));
    lab.converge(s(5));
    assert_eq!(lab.contents(s(6)), [("x".into(), "a".into())]);
    lab.assert_sound();
}

/// Everybody has the joint configuration, committed or not, and starts again from the disk.
#[test]
fn a_restart_in_the_joint_phase_goes_on_with_it() {
    let mut lab = led(3, 2, Variant::Sound);
    let id = orders(&mut lab, Change::To(set(&[3, 4, 5])));
    let is_joint = |packet: &lab::Packet| match &packet.message {
        Message::AppendEntries(append) => append
            .entries()
            .iter()
            .all(|entry| entry.members.get().is_none_or(|members| members.is_joint())),
        _ => true,
    };
    lab.settle_where(is_joint);
    lab.lose_all();
    for server in 1..=5 {
        lab.crash(s(server));
    }
    for server in 2..=5 {
        lab.restart(s(server));
        assert_eq!(members(&lab, server), joint(&[1, 2, 3], &[3, 4, 5]));
    }
    lab.campaign(s(4));
    lab.settle_among(&[s(3), s(4), s(5)]);
    assert!(!lab.leads(s(4)), "all of the new, one of the old");
    assert!(noted(&lab, 4, |reason| matches!(
        reason,
        ChangeReason::CountsJointVote { halves, .. } if (halves.old, halves.new) == (1, 3)
    )));
    lab.settle();
    assert!(lab.leads(s(4)));
    lab.converge(s(4));
    assert_eq!(
        members(&lab, 4),
        voters(&[3, 4, 5]),
        "the new leader brings it to its end"
    );
    // The client asks again, and hears that it is done.
    lab.restart(s(1));
    for _ in 0..4 {
        if outcome(&lab, id).is_none() {
            lab.fire(client(&lab), Timer::Retry);
            lab.settle();
        }
    }
    assert!(matches!(outcome(&lab, id), Some(ChangeOutcome::Stands(_))));
    lab.assert_sound();
}

#[test]
fn a_snapshot_has_the_configuration_as_of_its_index() {
    let mut lab = led(3, 2, Variant::Sound);
    assert_eq!(
        changes(&mut lab, 1, Change::Remove(s(3))),
        ChangeOutcome::Stands(2)
    );
    assert_eq!(
        changes(&mut lab, 1, Change::AddLearner(s(4))),
        ChangeOutcome::Stands(3)
    );
    let with_learner = Members {
        learners: set(&[4]),
        ..voters(&[1, 2])
    };
    // An entry that is not applied yet is not in it, though the server goes by it.
    lab.isolate(&[s(2)]);
    assert_eq!(answered(&mut lab, 1, 1, Change::Remove(s(4))), None);
    assert_eq!(members(&lab, 1), voters(&[1, 2]));
    lab.order(client(&lab), s(1), Order::Snapshot(s(1)));
    let snapshot = lab.server(s(1)).snapshot().expect("it took one").clone();
    assert_eq!((snapshot.index(), snapshot.members), (3, with_learner));
    assert_eq!(members(&lab, 1), voters(&[1, 2]), "what follows it stays");
    lab.crash(s(1));
    lab.restart(s(1));
    assert_eq!(members(&lab, 1), voters(&[1, 2]));
    lab.heal();
    lab.campaign(s(2));
    lab.settle();
    assert!(!lab.leads(s(2)), "the log of S1 is longer");
    lab.campaign(s(1));
    lab.settle();
    lab.converge(s(1));
    assert_eq!(members(&lab, 2), voters(&[1, 2]));
    lab.order(client(&lab), s(1), Order::Snapshot(s(1)));
    // A server that needs the snapshot has the configuration from there.
    let done = changes(&mut lab, 1, Change::Add(s(5)));
    assert!(matches!(done, ChangeOutcome::Stands(_)));
    assert!(lab.told(|fact| matches!(fact, Fact::Installed { leader, .. } if *leader == s(1))));
    assert_eq!(members(&lab, 5), voters(&[1, 2, 5]));
    lab.crash(s(5));
    lab.restart(s(5));
    assert_eq!(members(&lab, 5), voters(&[1, 2, 5]));
    lab.assert_sound();
}

#[test]
fn a_server_starts_with_the_configuration_of_its_log() {
    let mut with = disk(3, None, &[1, 2]);
    with.log.push(Entry::configuration(3, voters(&[2, 3])));
    with.log.push(Entry::new(3, Payload::Noop));
    let lab = Lab::with_disks(plain(3), Variant::Sound, vec![with.clone(), with]);
    assert_eq!(lab.server(s(2)).configured_at(), 3);
    assert_eq!(members(&lab, 2), voters(&[2, 3]));
    assert_eq!(members(&lab, 3), voters(&[1, 2, 3]));
}

/// Ongaro 2014, §4.1: whether the sender is in one's own configuration does not matter.
#[test]
fn votes_and_entries_are_taken_from_anybody() {
    let mut lab = Lab::new(config(3, 2, plain(3)), Variant::Sound);
    lab.message(s(5), s(2), Message::RequestVote(vote(4, 0, 0)));
    assert_eq!(lab.server(s(2)).voted_for(), Some(s(5)));
    lab.message(s(1), s(4), Message::RequestVote(vote(4, 0, 0)));
    assert_eq!(
        lab.server(s(4)).voted_for(),
        Some(s(1)),
        "and given by anybody"
    );
    lab.message(s(5), s(2), lab::append(4, (0, 0), &[4], 0));
    assert_eq!(lab.terms(s(2)), [4]);
    assert_eq!(lab.server(s(2)).leader(), Some(s(5)));
}

#[test]
fn who_was_removed_disturbs_nobody() {
    let mut lab = Lab::new(
        RaftConfig {
            pre_vote: true,
            check_quorum: true,
            ..config(3, 0, plain(3))
        },
        Variant::Sound,
    );
    lab.campaign(s(1));
    lab.settle();
    lab.converge(s(1));
    // S3 never hears that it is removed.
    lab.isolate(&[s(3)]);
    assert_eq!(
        changes(&mut lab, 1, Change::Remove(s(3))),
        ChangeOutcome::Stands(2)
    );
    lab.heal();
    lab.campaign(s(3));
    assert!(matches!(lab.server(s(3)).role(), Role::PreCandidate(_)));
    lab.settle();
    assert!(lab.leads(s(1)));
    assert_eq!((lab.term(s(1)), lab.term(s(3))), (1, 1));
    lab.assert_sound();
}

#[test]
fn nobody_goes_on_sending_to_who_was_removed() {
    let mut lab = led(3, 0, Variant::Sound);
    lab.propose(s(1), "a");
    // The answer of S3 comes when it is removed.
    lab.settle_where(|packet| packet.to == s(3));
    orders(&mut lab, Change::Remove(s(3)));
    lab.settle_where(|packet| packet.from == s(3) || packet.to == s(3));
    assert_eq!(lab.server(s(3)).log().last_index(), 2);
    assert_eq!(
        lab.packets
            .iter()
            .filter(|packet| packet.to == s(3))
            .count(),
        0
    );
    lab.settle();
    lab.assert_sound();
}
