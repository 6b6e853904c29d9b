//! Every broken variant is caught by the property that it names, and the sound protocol passes the same schedule.

mod lab;

use lab::{Lab, append_to, plain, s};
use protocol::{Look, NodeId, NodeSet, Protocol, Verdict, Verdicts};
use raft::{Change, Message, Order, Raft, RaftConfig, Variant};

/// Runs a schedule under a broken variant and under the sound protocol.
fn check(id: &str, schedule: impl Fn(Variant) -> Lab) {
    let spec = Raft::VARIANTS
        .iter()
        .find(|variant| variant.id == id)
        .expect("a variant of the table");
    let property = spec.breaks.expect("a broken one");
    let broken = schedule(spec.value).violations;
    assert!(
        broken.contains_key(property),
        "{id} breaks {property}: {broken:?}"
    );
    schedule(Variant::Sound).assert_sound();
    // The breach has its sentence, in both languages.
    let labels = vec![String::from("S"); 9];
    for language in trace::Language::ALL {
        let mut words = trace::Words::new(language);
        words.add(Raft::words(language.code())).expect("good words");
        for how in broken.values() {
            let sentence = words.say(how, &labels);
            assert!(words.has(&how.key), "{}", how.key);
            assert!(!sentence.contains('{'), "{sentence}");
        }
    }
}

/// Elections and nothing else.
fn vote(packet: &lab::Packet) -> bool {
    matches!(
        packet.message,
        Message::RequestVote(_) | Message::RequestVoteReply(_)
    )
}

/// S1 leads term 1 and everybody has its first entry.
fn led_by_s1(servers: u64, variant: Variant) -> Lab {
    let mut lab = Lab::new(plain(servers), variant);
    lab.campaign(s(1));
    lab.settle();
    assert!(lab.leads(s(1)));
    lab
}

#[test]
fn vote_not_saved_breaks_election_safety() {
    check("vote-not-saved", |variant| {
        let mut lab = Lab::new(plain(3), variant);
        lab.campaign(s(1));
        lab.lose(|packet| packet.to == s(2));
        lab.settle_where(vote);
        assert!(lab.leads(s(1)), "with the vote of S3");
        lab.lose_all();
        lab.crash(s(3));
        lab.restart(s(3));
        lab.cut(s(1), s(2));
        lab.campaign(s(2));
        lab.settle();
        lab
    });
}

#[test]
fn no_election_restriction_breaks_leader_completeness() {
    check("no-election-restriction", |variant| {
        let mut lab = Lab::new(plain(3), variant);
        lab.campaign(s(1));
        lab.settle_among(&[s(1), s(2)]);
        assert_eq!(lab.commit(s(1)), 1);
        lab.lose_all();
        lab.crash(s(1));
        for _ in 0..2 {
            lab.campaign(s(3));
            lab.settle();
        }
        lab
    });
}

#[test]
fn no_consistency_check_breaks_log_matching() {
    check("no-consistency-check", |variant| {
        let mut lab = led_by_s1(3, variant);
        lab.propose(s(1), "lost");
        lab.lose(|packet| packet.to == s(3));
        lab.propose(s(1), "delivered");
        lab.settle();
        lab.converge(s(1));
        lab
    });
}

#[test]
fn truncate_always_breaks_leader_completeness() {
    check("truncate-always", |variant| {
        let mut lab = led_by_s1(3, variant);
        lab.cut(s(1), s(3));
        lab.propose(s(1), "a");
        let old = lab.packets.clone();
        lab.settle();
        lab.propose(s(1), "b");
        lab.settle();
        assert_eq!(lab.commit(s(1)), 3, "S2 has acknowledged all");
        // A copy of the first append comes late.
        lab.packets.extend(old);
        lab.settle();
        lab.crash(s(1));
        lab.campaign(s(2));
        lab.settle();
        assert!(lab.leads(s(2)));
        lab
    });
}

#[test]
fn minority_commit_breaks_leader_completeness() {
    check("minority-commit", |variant| {
        let mut lab = led_by_s1(5, variant);
        lab.propose(s(1), "a");
        lab.settle_among(&[s(1), s(2)]);
        lab.lose_all();
        lab.crash(s(1));
        lab.crash(s(2));
        lab.campaign(s(5));
        lab.settle();
        assert!(lab.leads(s(5)));
        lab
    });
}

#[test]
fn ack_before_save_breaks_leader_completeness() {
    check("ack-before-save", |variant| {
        let mut lab = led_by_s1(3, variant);
        lab.slow_disks.extend([s(1), s(2)]);
        lab.cut(s(1), s(3));
        lab.propose(s(1), "a");
        lab.settle();
        let sound = variant == Variant::Sound;
        assert_eq!(lab.commit(s(1)), if sound { 1 } else { 2 });
        // Both lose power before their disks have written.
        lab.crash(s(1));
        lab.crash(s(2));
        lab.slow_disks.clear();
        lab.restart(s(2));
        lab.campaign(s(2));
        lab.settle();
        assert!(lab.leads(s(2)));
        lab
    });
}

/// Raft, figure 8: the schedule is in `figures.rs`, driven there to (d).
#[test]
fn commit_older_term_breaks_leader_completeness() {
    check("commit-older-term", |variant| {
        let disks = vec![
            lab::disk(3, None, &[1, 2]),
            lab::disk(3, None, &[1, 2]),
            lab::disk(3, None, &[1]),
            lab::disk(3, None, &[1]),
            lab::disk(3, None, &[1, 3]),
        ];
        let config = RaftConfig {
            entries_per_append_max: 1,
            ..plain(5)
        };
        let mut lab = Lab::with_disks(config, variant, disks);
        lab.isolate(&[s(5)]);
        lab.campaign(s(1));
        lab.settle_where(vote);
        assert!(lab.leads(s(1)));
        let own = |packet: &lab::Packet| match &packet.message {
            Message::AppendEntries(append) => append.entries().iter().any(|entry| entry.term == 4),
            _ => false,
        };
        lab.lose(own);
        lab.heartbeat(s(1));
        lab.settle_where(|packet| !own(packet));
        assert_eq!(lab.terms(s(3)), [1, 2]);
        lab.lose_all();
        lab.crash(s(1));
        lab.heal();
        for _ in 0..2 {
            lab.campaign(s(5));
            lab.settle_where(vote);
        }
        assert!(lab.leads(s(5)));
        lab
    });
}

/// The order to lead comes late, when another has been elected in the next term.
#[test]
fn transfer_without_votes_breaks_election_safety() {
    check("transfer-without-votes", |variant| {
        let mut lab = led_by_s1(3, variant);
        lab.converge(s(1));
        let client = protocol::NodeId(3);
        lab.order(client, s(1), raft::Order::Transfer(s(2)));
        let late = |packet: &lab::Packet| matches!(packet.message, Message::TimeoutNow { .. });
        assert_eq!(lab.packets.iter().filter(|packet| late(packet)).count(), 1);
        lab.cut(s(2), s(3));
        lab.campaign(s(3));
        lab.settle_where(|packet| !late(packet) && packet.to != s(2));
        assert!(lab.leads(s(3)), "with the vote of S1");
        lab.settle_where(late);
        lab
    });
}

/// A client reads, at this server, and the others go on without it.
fn read_at_a_deposed_leader(config: RaftConfig, variant: Variant) -> Lab {
    let client = |number: u16| protocol::NodeId(2 + number);
    let config = RaftConfig {
        clients: 2,
        ..config
    };
    let mut lab = Lab::new(config, variant);
    lab.campaign(s(1));
    lab.settle();
    lab.ask(client(1), lab::put("x", "1"));
    lab.settle();
    lab.heartbeat(s(1));
    lab.settle();
    lab.isolate(&[s(1), client(1)]);
    // The leader's clock is slow, as far as is relied upon.
    let heard_us = lab.now_us;
    lab.now_us = heard_us + lab.config.election_timeout_min_us;
    lab.campaign(s(2));
    lab.settle();
    lab.ask(client(2), lab::put("x", "2"));
    lab.settle();
    assert_eq!(lab.answers.len(), 2);
    lab.now_us = heard_us + lab.config.election_timeout_min_us * 2 / 3;
    lab.ask(client(1), replicated::KvCommand::Get { key: "x".into() });
    lab.settle();
    lab
}

#[test]
fn read_without_round_breaks_reads_current() {
    check("read-without-round", |variant| {
        let config = RaftConfig {
            reads: "read-index",
            ..plain(3)
        };
        read_at_a_deposed_leader(config, variant)
    });
}

#[test]
fn lease_without_allowance_breaks_lease_reads_current() {
    check("lease-without-allowance", |variant| {
        let config = RaftConfig {
            reads: "lease",
            check_quorum: true,
            ..plain(3)
        };
        read_at_a_deposed_leader(config, variant)
    });
}

/// Ongaro 2014, §6.3: without sessions a retry is applied twice.
#[test]
fn without_sessions_a_retry_breaks_exactly_once() {
    let run = |sessions| {
        let config = RaftConfig {
            clients: 1,
            sessions,
            ..plain(3)
        };
        let client = protocol::NodeId(3);
        let mut lab = Lab::new(config, Variant::Sound);
        lab.campaign(s(1));
        lab.settle();
        for value in ["a", "b"] {
            lab.ask(client, append_to("x", value));
            lab.settle_where(|packet| {
                !matches!(
                    packet.message,
                    Message::ClientReply(replicated::ClientReply::Done { .. })
                )
            });
            // The answer is lost; the client asks the others, and comes back to S1.
            lab.lose_all();
            lab.fire(client, raft::Timer::Retry);
            lab.settle();
        }
        assert_eq!(lab.answers.len(), 2);
        lab
    };
    let without = run(false);
    assert!(without.violations.contains_key("exactly-once"));
    assert_eq!(without.contents(s(1))[0].1, "aabb");
    let with = run(true);
    with.assert_sound();
    assert_eq!(with.contents(s(1))[0].1, "ab");
}

/// A checker that never failed is untested: a leader that rewrites its log, as no variant does.
#[test]
fn leader_append_only_is_broken_by_a_leader_that_rewrites_its_log() {
    let leader_with = |values: &[&str]| {
        let mut lab = led_by_s1(3, Variant::Sound);
        for value in values {
            lab.propose(s(1), value);
            lab.settle();
        }
        lab
    };
    let (one, other) = (leader_with(&["a"]), leader_with(&["b", "c"]));
    let mut memory = one.memory.clone();
    let mut verdicts = Verdicts::default();
    let look = Look {
        config: &one.config,
        nodes: &other.nodes,
        changed: Some(s(1)),
        booted: false,
        facts: &[],
        now_us: 0,
        loss_permille: 0,
    };
    Raft::observe(&mut memory, &look, &mut verdicts);
    let broken: Vec<_> = verdicts
        .drain()
        .filter(|(_, verdict)| matches!(verdict, Verdict::Violated(_)))
        .map(|(index, _)| Raft::PROPERTIES[index].id)
        .collect();
    assert_eq!(
        broken,
        [
            "leader-append-only",
            "log-matching",
            "state-machine-safety",
            "state-machine-safety"
        ],
        "the last in what it commits and in what it applies"
    );
}

/// The promises that something happens come true in a run in which it does, and only then.
#[test]
fn what_should_happen_is_seen_to_happen() {
    let lab = Lab::new(plain(3), Variant::Sound);
    assert!(lab.met.is_empty());
    let mut lab = led_by_s1(3, Variant::Sound);
    for id in ["leader-elected", "entry-committed", "has-leader"] {
        assert!(lab.met.contains(id), "{id}");
    }
    lab.crash(s(1));
    assert!(!lab.met.contains("has-leader"), "owed again");
    lab.campaign(s(2));
    lab.settle();
    assert!(lab.met.contains("has-leader"));
}

/// The order of a change, as another client gives it.
fn orders(lab: &mut Lab, server: u16, change: Change) {
    let client = NodeId(lab.config.servers_in_all());
    lab.order(client, s(server), Order::Change(change));
}

/// Ongaro, raft-dev, July 2015: one server is added in term 1, another removed in term 2.
#[test]
fn change_without_noop_breaks_leader_completeness() {
    check("change-without-noop", |variant| {
        let config = RaftConfig {
            standby: 1,
            ..plain(4)
        };
        let mut lab = Lab::new(config, variant);
        lab.campaign(s(1));
        lab.settle();
        lab.converge(s(1));
        orders(&mut lab, 1, Change::Add(s(5)));
        lab.settle_among(&[s(1), s(5)]);
        lab.lose_all();
        lab.crash(s(1));
        lab.campaign(s(2));
        lab.settle_where(vote);
        lab.lose(|packet| packet.to == s(4));
        orders(&mut lab, 2, Change::Remove(s(4)));
        lab.settle_among(&[s(2), s(3)]);
        lab.lose_all();
        lab.isolate(&[s(2), s(3)]);
        lab.restart(s(1));
        for _ in 0..2 {
            lab.campaign(s(1));
            lab.settle();
        }
        lab
    });
}

/// S1 goes from three servers to five, and reaches the new ones alone; S2 and S3 go on as three.
#[test]
fn joint_one_majority_breaks_leader_completeness() {
    check("joint-one-majority", |variant| {
        let config = RaftConfig {
            standby: 2,
            ..plain(3)
        };
        let mut lab = Lab::new(config, variant);
        lab.campaign(s(1));
        lab.settle();
        lab.converge(s(1));
        lab.isolate(&[s(2), s(3)]);
        orders(&mut lab, 1, Change::To(NodeSet::first(5)));
        lab.settle();
        lab.campaign(s(2));
        lab.settle();
        lab
    });
}
