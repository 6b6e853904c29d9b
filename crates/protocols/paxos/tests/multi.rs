//! Multi-Paxos by hand: phase 1 once, gaps, the window, catching up, snapshots, and each broken variant caught in a schedule
//! that the sound protocol survives.

mod lab;

use lab::{Lab, Packet};
use paxos::Multi;
use paxos::multi::{Message, MultiConfig, Server, Timer};
use protocol::{Input, NodeId, Protocol};
use replicated::{ClientReply, ClientRequest, KeyValue, KvCommand, Payload, Replica, StateMachine};
use std::sync::Arc;

type Bench = Lab<Multi>;

fn config(servers: u64) -> MultiConfig {
    MultiConfig {
        servers,
        clients: 1,
        arrivals: "never",
        compaction: 0,
        ..MultiConfig::default()
    }
}

fn server<'a>(lab: &'a Bench, label: &str) -> &'a Server<KeyValue> {
    lab.node(label).server().expect("a server")
}

/// Hands a server a command as a client without a session would. The client forgets that it asked: several can be under way.
fn propose(lab: &mut Bench, label: &str, sequence: u64, value: &str) {
    let (client, to) = (lab.id("C1"), lab.id(label));
    let command = KvCommand::Put {
        key: "x".into(),
        value: value.into(),
    };
    if sequence > lab.asked {
        lab.ask("C1", command.clone());
        assert_eq!(lab.asked, sequence);
        lab.packets.retain(|packet| packet.from != client);
        lab.crash("C1");
        lab.restart_label("C1");
    }
    let command = Arc::new(command);
    let request = ClientRequest::Command {
        session: 0,
        sequence,
        command,
    };
    let message = Message::ClientRequest(request);
    lab.input(
        to,
        Input::Message {
            from: client,
            message,
        },
    );
}

fn lead(lab: &mut Bench, label: &str) {
    lab.fire(label, Timer::Election);
    lab.settle();
    assert!(server(lab, label).leads());
}

fn led_by_s1(servers: u64, variant: &str) -> Bench {
    let mut lab = Bench::new(config(servers), variant);
    lead(&mut lab, "S1");
    lab
}

/// What a server has in its slots: ballots and labels; a gap is `-`.
fn log(lab: &Bench, label: &str) -> Vec<String> {
    let log = server(lab, label).log();
    let slot = |slot| match log.get(slot) {
        Some(vote) => format!("{} {}", vote.ballot.number(), vote.payload.label()),
        None => "-".into(),
    };
    (log.first()..=log.last()).map(slot).collect()
}

fn accepts(slot: u64) -> impl Fn(&Packet<Multi>) -> bool {
    move |packet| matches!(packet.message, Message::Accept { first, .. } if first == slot)
}

#[test]
fn phase_one_is_done_once_for_all_slots() {
    let mut lab = led_by_s1(3, "sound");
    let prepared = lab.said("reason.asks-promise");
    for (sequence, value) in (1..).zip(["a", "b", "c"]) {
        propose(&mut lab, "S1", sequence, value);
        lab.settle();
    }
    assert_eq!(
        lab.said("reason.asks-promise"),
        prepared,
        "no phase 1 any more"
    );
    assert_eq!(lab.said("reason.asks-accept"), 3 * 2);
    assert_eq!(server(&lab, "S1").log().chosen(), 3);
    lab.fire("S1", Timer::Heartbeat);
    lab.settle();
    assert_eq!(server(&lab, "S3").log().chosen(), 3);
    assert_eq!(log(&lab, "S3"), ["11 x←a", "11 x←b", "11 x←c"]);
    for id in ["leader-elected", "slot-chosen", "has-leader", "all-learn"] {
        assert!(lab.met.contains(id), "{id}");
    }
    lab.assert_sound();
}

/// Lamport 2001, §3: slots 1 is chosen; of 2 only the leader has a vote; 3 and 4 were accepted by others.
fn gaps(lab: &mut Bench) {
    propose(lab, "S1", 1, "a");
    lab.settle();
    for (sequence, value) in (2..).zip(["b", "c", "d"]) {
        propose(lab, "S1", sequence, value);
    }
    let (s2, s3) = (lab.id("S2"), lab.id("S3"));
    lab.settle_where(|packet| accepts(3)(packet) && packet.to == s2);
    lab.settle_where(|packet| accepts(4)(packet) && (packet.to == s2 || packet.to == s3));
    lab.lose_all();
    lab.crash("S1");
}

#[test]
fn a_new_leader_proposes_again_and_fills_gaps() {
    let mut lab = led_by_s1(5, "sound");
    gaps(&mut lab);
    assert_eq!(log(&lab, "S2"), ["11 x←a", "-", "11 x←c", "11 x←d"]);
    assert_eq!(log(&lab, "S3"), ["11 x←a", "-", "-", "11 x←d"]);
    lead(&mut lab, "S2");
    assert_eq!(lab.told("fact.fills-gap"), 1);
    assert_eq!(lab.told("fact.proposes-again"), 1);
    let filled = ["11 x←a", "22 ∅", "22 x←c", "22 x←d"];
    assert_eq!(log(&lab, "S5"), filled, "slot 1 was known to be chosen");
    assert_eq!(server(&lab, "S2").log().chosen(), 4);
    // The old leader comes back with its vote in slot 2, and learns better.
    lab.restart_label("S1");
    lab.fire("S2", Timer::Heartbeat);
    lab.settle();
    assert_eq!(log(&lab, "S1")[1], "22 ∅");
    assert_eq!(server(&lab, "S1").log().chosen(), 4);
    lab.assert_sound();
}

#[test]
fn a_chosen_slot_behind_a_gap_waits() {
    let mut lab = led_by_s1(3, "sound");
    propose(&mut lab, "S1", 1, "a");
    propose(&mut lab, "S1", 2, "b");
    lab.settle_where(accepts(2));
    lab.deliver("Accepted", &["S1"]);
    assert_eq!(lab.said("reason.chosen-behind-gap"), 1);
    assert_eq!(server(&lab, "S1").log().chosen(), 0);
    assert_eq!(server(&lab, "S1").replica().index, 0);
    lab.settle();
    assert_eq!(server(&lab, "S1").replica().index, 2);
    lab.assert_sound();
}

#[test]
fn what_was_lost_is_sent_again_with_the_second_heartbeat() {
    let mut lab = led_by_s1(3, "sound");
    propose(&mut lab, "S1", 1, "a");
    lab.lose_all();
    lab.fire("S1", Timer::Heartbeat);
    assert_eq!(lab.said("reason.repeats"), 0, "it may still be on its way");
    lab.settle();
    lab.fire("S1", Timer::Heartbeat);
    assert_eq!(lab.said("reason.repeats"), 2);
    lab.settle();
    assert_eq!(server(&lab, "S1").log().chosen(), 1);
}

#[test]
fn the_window_bounds_what_is_under_way() {
    let narrow = MultiConfig {
        window: 2,
        ..config(3)
    };
    let mut lab = Bench::new(narrow, "sound");
    lead(&mut lab, "S1");
    for sequence in 1..=5 {
        propose(&mut lab, "S1", sequence, "a");
    }
    assert_eq!(server(&lab, "S1").log().last(), 2);
    assert!(lab.said("reason.window-full") > 0);
    // The same request again is under way already, in a slot or in the queue.
    propose(&mut lab, "S1", 1, "a");
    propose(&mut lab, "S1", 5, "a");
    assert_eq!(lab.said("reason.under-way"), 2);
    lab.settle();
    assert_eq!(server(&lab, "S1").log().chosen(), 5);
    lab.assert_sound();
}

fn compacting() -> Bench {
    let small = MultiConfig {
        compaction: 4,
        retained: 2,
        ..config(3)
    };
    let mut lab = Bench::new(small, "sound");
    lead(&mut lab, "S1");
    lab.isolate(&["S3"]);
    for sequence in 1..=9 {
        propose(&mut lab, "S1", sequence, &sequence.to_string());
        lab.settle();
        lab.fire("S1", Timer::Heartbeat);
        lab.settle();
    }
    assert_eq!(server(&lab, "S1").snapshot().index, 8);
    assert_eq!(server(&lab, "S1").log().first(), 7);
    lab.heal();
    lab
}

#[test]
fn a_server_that_lags_behind_the_snapshot_is_sent_it() {
    let mut lab = compacting();
    lab.fire("S1", Timer::Heartbeat);
    lab.settle();
    assert_eq!(lab.told("fact.installed"), 1);
    assert_eq!(server(&lab, "S3").log().chosen(), 9);
    let contents = |lab: &Bench, label| server(lab, label).replica().machine.rows();
    assert_eq!(contents(&lab, "S3"), contents(&lab, "S1"));
    // What a crash leaves is the snapshot, and the votes behind it.
    lab.crash("S3");
    lab.restart_label("S3");
    assert_eq!(server(&lab, "S3").replica().index, 8);
    lab.fire("S1", Timer::Heartbeat);
    lab.settle();
    assert_eq!(contents(&lab, "S3"), contents(&lab, "S1"));
    lab.assert_sound();
}

#[test]
fn a_server_that_lags_can_lead_with_the_snapshot_of_a_promise() {
    let mut lab = compacting();
    lab.crash("S1");
    lead(&mut lab, "S3");
    assert_eq!(lab.told("fact.installed"), 1);
    assert_eq!(server(&lab, "S3").replica().index, 9);
    propose(&mut lab, "S3", 10, "ten");
    lab.settle();
    assert_eq!(server(&lab, "S3").log().chosen(), 10);
    lab.assert_sound();
}

#[test]
fn a_small_lag_is_made_good_slot_by_slot() {
    let mut lab = led_by_s1(3, "sound");
    lab.isolate(&["S3"]);
    for sequence in 1..=40 {
        propose(&mut lab, "S1", sequence, "a");
        lab.settle();
    }
    lab.heal();
    lab.fire("S1", Timer::Heartbeat);
    lab.settle();
    assert_eq!(server(&lab, "S3").log().chosen(), 40, "in two messages");
    assert_eq!(lab.told("fact.installed"), 0);
    lab.assert_sound();
}

#[test]
fn an_old_leader_is_told_so() {
    let mut lab = led_by_s1(3, "sound");
    lab.isolate(&["S1"]);
    lead(&mut lab, "S2");
    assert!(server(&lab, "S1").leads(), "it does not know");
    lab.heal();
    lab.fire("S1", Timer::Heartbeat);
    lab.settle();
    assert!(!server(&lab, "S1").leads());
    assert_eq!(lab.told("fact.deposed"), 1);
    // It tries again with a ballot above what it was told.
    lead(&mut lab, "S1");
    assert!(
        server(&lab, "S1").promised()
            > server(&lab, "S2")
                .log()
                .get(1)
                .map_or(paxos::Ballot::NONE, |vote| vote.ballot)
    );
    assert!(!server(&lab, "S2").leads());
    lab.assert_sound();
}

#[test]
fn a_single_server_waits_for_its_disk() {
    let mut lab = led_by_s1(1, "sound");
    propose(&mut lab, "S1", 1, "a");
    assert_eq!(server(&lab, "S1").log().chosen(), 1);
    lab.crash("S1");
    lab.restart_label("S1");
    lead(&mut lab, "S1");
    assert_eq!(log(&lab, "S1"), ["21 x←a"]);
    lab.assert_sound();
}

/// Ongaro 2014, §6.3: without sessions a retry is applied twice.
#[test]
fn without_sessions_a_retry_breaks_exactly_once() {
    let run = |sessions| {
        let mut lab = Bench::new(
            MultiConfig {
                sessions,
                ..config(3)
            },
            "sound",
        );
        lead(&mut lab, "S1");
        for value in ["a", "b"] {
            lab.ask(
                "C1",
                KvCommand::Append {
                    key: "x".into(),
                    value: value.into(),
                },
            );
            let done = |packet: &Packet<Multi>| {
                matches!(
                    packet.message,
                    Message::ClientReply(ClientReply::Done { .. })
                )
            };
            lab.settle_where(|packet| !done(packet));
            // The answer is lost; the client asks the others, and comes back to S1.
            lab.lose_all();
            lab.fire("C1", Timer::Retry);
            lab.settle();
        }
        assert_eq!(lab.answers.len(), 2);
        lab
    };
    let without = run(false);
    assert!(without.violations.contains_key("exactly-once"));
    let with = run(true);
    with.assert_sound();
    assert_eq!(server(&with, "S1").replica().machine.rows()[0].1, "ab");
}

/// In a schedule, the broken variant breaks its property, and the sound one does not.
fn check(variant: &str, servers: u64, schedule: impl Fn(&mut Bench)) {
    let mut sound = Bench::new(config(servers), "sound");
    schedule(&mut sound);
    sound.assert_sound();
    let mut broken = Bench::new(config(servers), variant);
    schedule(&mut broken);
    let known = Multi::VARIANTS.iter().find(|known| known.id == variant);
    let breaks = known.and_then(|known| known.breaks).expect("a breach");
    assert!(
        broken.violations.contains_key(breaks),
        "{variant} breaks {breaks}: {:?}",
        broken.violations
    );
}

#[test]
fn a_forgotten_promise_is_broken() {
    check("promise-forgotten", 3, |lab| {
        lead(lab, "S1");
        propose(lab, "S1", 1, "a");
        let s3 = lab.id("S3");
        lab.settle_where(|packet| packet.to != s3);
        let late: Vec<_> = lab.packets.drain(..).collect();
        lab.fire("S2", Timer::Election);
        lab.deliver("Prepare", &["S3"]);
        lab.lose_all();
        lab.crash("S3");
        lab.restart_label("S3");
        lab.packets = late;
        lab.deliver("Accept", &["S3"]);
    });
}

#[test]
fn a_forgotten_vote_loses_what_was_chosen() {
    check("vote-forgotten", 3, |lab| {
        lead(lab, "S1");
        propose(lab, "S1", 1, "a");
        lab.settle();
        for label in ["S1", "S2", "S3"] {
            lab.crash(label);
            lab.restart_label(label);
        }
        lead(lab, "S2");
        propose(lab, "S2", 2, "b");
        lab.settle();
    });
}

#[test]
fn a_leader_that_does_not_propose_again_chooses_twice() {
    check("ignores-accepted", 3, |lab| {
        lead(lab, "S1");
        propose(lab, "S1", 1, "a");
        lab.settle();
        lab.crash("S1");
        lead(lab, "S2");
        propose(lab, "S2", 2, "b");
        lab.settle();
    });
}

/// S2 takes slot 2 for empty, and goes down; S1 comes back with its vote there.
#[test]
fn a_gap_that_is_skipped_is_filled_by_another() {
    check("gap-skipped", 5, |lab| {
        lead(lab, "S1");
        gaps(lab);
        lab.fire("S2", Timer::Election);
        lab.deliver("Prepare", &["S3", "S4"]);
        lab.deliver("Promise", &["S2"]);
        lab.deliver("Accept", &["S3", "S4"]);
        lab.deliver("Accepted", &["S2"]);
        assert_eq!(server(lab, "S2").log().chosen(), 4);
        lab.lose_all();
        lab.crash("S2");
        lab.restart_label("S1");
        for _ in 0..2 {
            lab.fire("S1", Timer::Election);
            lab.settle();
        }
        assert!(server(lab, "S1").leads());
    });
}

#[test]
fn two_halves_choose_two_things() {
    check("half-quorum", 4, |lab| {
        let left = |node: NodeId| node.0 < 2;
        let among = |packet: &Packet<Multi>| left(packet.from) == left(packet.to);
        for (label, value) in [("S1", "a"), ("S3", "b")] {
            lab.fire(label, Timer::Election);
            lab.settle_where(among);
            propose(lab, label, 1, value);
            lab.settle_where(among);
        }
    });
}

/// A checker that never failed is untested: a command that no variant would make up.
#[test]
fn validity_is_broken_by_a_command_from_nowhere() {
    let mut lab = led_by_s1(3, "sound");
    propose(&mut lab, "S1", 1, "a");
    lab.settle();
    lab.assert_sound();
    // The same request of the client, with another command in it.
    let ballot = server(&lab, "S1").promised();
    let command = Arc::new(KvCommand::Put {
        key: "x".into(),
        value: "whisky".into(),
    });
    let payload = Payload::Command {
        client: lab.id("C1"),
        session: 0,
        sequence: 1,
        command,
    };
    let message = Message::Learn {
        first: 2,
        entries: [(ballot, payload)].into(),
    };
    let (s2, s1) = (lab.id("S2"), lab.id("S1"));
    lab.input(s1, Input::Message { from: s2, message });
    assert!(lab.violations.contains_key("validity"));
}

/// A checker that never failed is untested: contents that do not follow from what is chosen, as no variant has them.
#[test]
fn state_machine_safety_is_broken_by_other_contents() {
    let mut lab = led_by_s1(3, "sound");
    propose(&mut lab, "S1", 1, "a");
    lab.settle();
    let mut snapshot = Replica::<KeyValue>::default();
    snapshot.apply(&Payload::Noop);
    lab.crash("S3");
    let disk = &mut lab.disks[2];
    disk.snapshot = Arc::new(snapshot);
    disk.log.compact(1);
    lab.assert_sound();
    lab.restart_label("S3");
    let broken: Vec<_> = lab.violations.keys().copied().collect();
    assert_eq!(broken, ["state-machine-safety"]);
}
