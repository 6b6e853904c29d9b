//! What is ordered of a cluster's configuration, and what comes of it: catching up, refusals, one change at a time (Ongaro 2014, §4.1
//! and §4.2.1).

mod lab;

use lab::changes::{
    answered, change_told, changes, client, config, led, members, noted, orders, outcome, set,
    voters,
};
use lab::{Lab, s};
use protocol::{Chance, Name, NodeId, Protocol};
use raft::{
    Change, ChangeFact, ChangeOutcome, ChangeReason, Fact, Message, Op, Order, ROUNDS_MAX, Raft,
    RaftConfig, Reason, Role, Timer, Variant,
};
use replicated::KvCommand;

const fn is_append(packet: &lab::Packet) -> bool {
    matches!(packet.message, Message::AppendEntries(_))
}

fn change_lasts(lab: &Lab) -> bool {
    match lab.server(s(1)).role() {
        Role::Leader(leader) => leader.undertaking.get().is_some(),
        _ => false,
    }
}

#[test]
fn a_server_catches_up_and_then_votes() {
    let mut lab = led(3, 1, Variant::Sound);
    for value in ["a", "b", "c"] {
        lab.propose(s(1), value);
        lab.settle();
    }
    let id = orders(&mut lab, Change::Add(s(4)));
    assert_eq!(
        members(&lab, 1),
        voters(&[1, 2, 3]),
        "not before it has caught up"
    );
    let servers = set(&[4]);
    assert!(change_told(&lab, 1, |fact| *fact
        == ChangeFact::CatchUpBegins { servers }));
    lab.settle_among(&[s(1), s(4)]);
    assert_eq!(
        lab.server(s(4)).log().last_index(),
        5,
        "the entries, and the configuration"
    );
    assert_eq!(
        members(&lab, 1),
        voters(&[1, 2, 3, 4]),
        "at once, committed or not"
    );
    assert_eq!(members(&lab, 4), voters(&[1, 2, 3, 4]));
    assert_eq!(
        members(&lab, 2),
        voters(&[1, 2, 3]),
        "S2 has not heard of it"
    );
    assert_eq!(lab.commit(s(1)), 4, "two of four are no majority");
    assert_eq!(outcome(&lab, id), None);
    lab.settle();
    assert_eq!(lab.commit(s(1)), 5);
    assert_eq!(outcome(&lab, id), Some(ChangeOutcome::Stands(5)));
    assert!(lab.timers[s(4).index()].contains_key(&Timer::Election));
    lab.assert_sound();
}

#[test]
fn a_cluster_of_one_grows_to_three_server_by_server() {
    let mut lab = led(1, 2, Variant::Sound);
    assert_eq!(
        changes(&mut lab, 1, Change::Add(s(2))),
        ChangeOutcome::Stands(2)
    );
    lab.isolate(&[s(2)]);
    lab.propose(s(1), "a");
    lab.settle();
    assert_eq!(lab.commit(s(1)), 2, "both of two are needed");
    lab.heal();
    lab.converge(s(1));
    assert_eq!(lab.commit(s(1)), 3);
    assert_eq!(
        changes(&mut lab, 1, Change::Add(s(3))),
        ChangeOutcome::Stands(4)
    );
    lab.crash(s(1));
    lab.campaign(s(2));
    lab.settle();
    assert!(lab.leads(s(2)), "two of three are a majority");
    assert_eq!(lab.contents(s(2)), [("x".into(), "a".into())]);
    lab.assert_sound();
}

#[test]
fn a_server_that_is_silent_is_not_waited_for() {
    let mut lab = led(3, 1, Variant::Sound);
    lab.crash(s(4));
    let id = orders(&mut lab, Change::Add(s(4)));
    lab.settle();
    let look = |lab: &mut Lab| {
        lab.converge(s(1));
        lab.fire(s(1), Timer::Quorum);
        lab.settle();
    };
    look(&mut lab);
    assert_eq!(outcome(&lab, id), None, "it had no time to answer");
    look(&mut lab);
    assert_eq!(outcome(&lab, id), Some(ChangeOutcome::NotCaughtUp(s(4))));
    assert!(change_told(&lab, 1, |fact| *fact
        == ChangeFact::GivenUp { server: s(4) }));
    assert_eq!(members(&lab, 1), voters(&[1, 2, 3]));
    assert!(lab.leads(s(1)));
    lab.propose(s(1), "a");
    assert!(
        lab.packets.iter().all(|packet| packet.to != s(4)),
        "it is sent nothing"
    );
    lab.assert_sound();
}

/// Otherwise it would wait for an answer that nobody has to give.
#[test]
fn a_round_that_has_nothing_left_to_copy_is_over_at_once() {
    let mut lab = led(3, 1, Variant::Sound);
    let id = orders(&mut lab, Change::Add(s(4)));
    lab.lose(|packet| packet.to == s(4));
    lab.propose(s(1), "a");
    lab.settle();
    lab.now_us += 200_000;
    lab.converge(s(1));
    assert_eq!(outcome(&lab, id), Some(ChangeOutcome::Stands(3)));
    let rounds = |reason: &ChangeReason| matches!(reason, ChangeReason::CaughtUp { rounds: 2, .. });
    assert!(noted(&lab, 1, rounds));
}

/// Ongaro 2014, §4.2.1: each round takes longer than an election timeout, while the log grows.
#[test]
fn a_server_that_is_slow_has_so_many_rounds() {
    for slow_rounds in [1, 3, ROUNDS_MAX] {
        let mut lab = led(3, 1, Variant::Sound);
        let id = orders(&mut lab, Change::Add(s(4)));
        let another = |lab: &Lab| {
            let reasons = lab.reasons.iter().map(|(_, reason)| reason);
            let another = reasons.filter(|reason| {
                matches!(reason, Reason::Change(ChangeReason::AnotherRound { .. }))
            });
            another.count() as u32
        };
        let of_s4 = |packet: &lab::Packet| packet.from == s(4) || packet.to == s(4);
        for round in 0..slow_rounds {
            assert_eq!(outcome(&lab, id), None);
            lab.propose(s(1), &round.to_string());
            lab.settle_among(&[s(1), s(2), s(3)]);
            lab.now_us += 200_000;
            // What the log had when the round began comes at last, and not what has been added since.
            while another(&lab) == round && change_lasts(&lab) {
                let answer = lab.packets.iter().position(|packet| packet.from == s(4));
                let next = answer.or_else(|| lab.packets.iter().position(of_s4));
                lab.deliver(next.expect("something is on its way"));
            }
        }
        assert_eq!(another(&lab), slow_rounds.min(ROUNDS_MAX - 1));
        lab.converge(s(1));
        if slow_rounds < ROUNDS_MAX {
            assert!(matches!(outcome(&lab, id), Some(ChangeOutcome::Stands(_))));
            assert_eq!(members(&lab, 4), voters(&[1, 2, 3, 4]));
        } else {
            assert_eq!(outcome(&lab, id), Some(ChangeOutcome::NotCaughtUp(s(4))));
        }
        lab.assert_sound();
    }
}

#[test]
fn a_change_is_refused_before_the_leader_has_committed_in_its_term() {
    let mut lab = led(3, 1, Variant::Sound);
    lab.crash(s(1));
    lab.campaign(s(2));
    lab.settle_where(|packet| !is_append(packet));
    assert!(lab.leads(s(2)));
    let refused = Some(ChangeOutcome::TermNotBegun);
    assert_eq!(answered(&mut lab, 2, 1, Change::Remove(s(3))), refused);
    assert_eq!(members(&lab, 2), voters(&[1, 2, 3]));
    lab.settle();
    assert_eq!(lab.commit(s(2)), 2);
    assert_eq!(
        answered(&mut lab, 2, 2, Change::Remove(s(3))),
        None,
        "it is taken on"
    );
    assert_eq!(members(&lab, 2), voters(&[1, 2]));
    lab.assert_sound();
}

#[test]
fn there_is_one_change_at_a_time() {
    let mut lab = led(3, 2, Variant::Sound);
    let first = orders(&mut lab, Change::Add(s(4)));
    let under_way = Some(ChangeOutcome::UnderWay);
    assert_eq!(
        answered(&mut lab, 1, 1, Change::Add(s(5))),
        under_way,
        "while S4 catches up"
    );
    lab.settle_among(&[s(1), s(4)]);
    assert_eq!(members(&lab, 1), voters(&[1, 2, 3, 4]));
    assert_eq!(
        answered(&mut lab, 1, 2, Change::Remove(s(2))),
        under_way,
        "not committed yet"
    );
    // The same order again is nothing new.
    let again = client(&lab);
    lab.fire(again, Timer::Retry);
    lab.settle_where(|packet| packet.from == again || packet.to == again);
    assert_eq!(outcome(&lab, first), None);
    lab.settle();
    assert_eq!(outcome(&lab, first), Some(ChangeOutcome::Stands(2)));
    assert_eq!(
        answered(&mut lab, 1, 3, Change::Remove(s(2))),
        None,
        "now it is taken on"
    );
    assert_eq!(members(&lab, 1), voters(&[1, 3, 4]));
    lab.settle();
    lab.assert_sound();
}

#[test]
fn the_same_order_again_is_only_noted() {
    let mut lab = led(3, 1, Variant::Sound);
    let (client, sequence) = (client(&lab), 9);
    for _ in 0..2 {
        let order = Order::Change(Change::Add(s(4)));
        let request = replicated::ClientRequest::Order { sequence, order };
        lab.message(client, s(1), Message::ClientRequest(request));
    }
    assert!(noted(&lab, 1, |reason| *reason
        == ChangeReason::UnderWay { client, sequence }));
    let began = |(_, fact): &&(NodeId, Fact<_>)| {
        matches!(fact, Fact::Change(ChangeFact::CatchUpBegins { .. }))
    };
    assert_eq!(lab.facts.iter().filter(began).count(), 1);
}

#[test]
fn what_makes_no_sense_is_refused_in_words() {
    let mut lab = led(1, 1, Variant::Sound);
    assert_eq!(
        changes(&mut lab, 1, Change::Remove(s(1))),
        ChangeOutcome::NobodyLeft
    );
    assert_eq!(
        changes(&mut lab, 1, Change::Add(s(3))),
        ChangeOutcome::NoSuchServer
    );
    assert_eq!(
        changes(&mut lab, 1, Change::AddLearner(s(1))),
        ChangeOutcome::Votes(s(1))
    );
    assert_eq!(
        changes(&mut lab, 1, Change::Remove(s(2))),
        ChangeOutcome::Stands(0)
    );
    assert_eq!(
        changes(&mut lab, 1, Change::To(set(&[1]))),
        ChangeOutcome::Stands(0)
    );
    assert_eq!(
        changes(&mut lab, 1, Change::To(set(&[1, 9]))),
        ChangeOutcome::NoSuchServer
    );
    assert_eq!(
        lab.server(s(1)).log().last_index(),
        1,
        "nothing was appended"
    );
    // An order that comes a second time, after it was carried out, is as good as done.
    assert_eq!(
        changes(&mut lab, 1, Change::Add(s(2))),
        ChangeOutcome::Stands(2)
    );
    assert_eq!(
        changes(&mut lab, 1, Change::Add(s(2))),
        ChangeOutcome::Stands(2)
    );
    lab.assert_sound();
}

/// A change that its leader did not bring to its end is taken over with the log, and so is who waits for it.
#[test]
fn a_new_leader_takes_over_what_its_log_has() {
    let mut lab = led(3, 0, Variant::Sound);
    let id = orders(&mut lab, Change::Remove(s(3)));
    lab.settle_among(&[s(1), s(2)]);
    lab.crash(s(1));
    lab.lose_all();
    assert_eq!(members(&lab, 2), voters(&[1, 2]));
    lab.restart(s(1));
    lab.campaign(s(2));
    lab.settle();
    assert!(lab.leads(s(2)));
    lab.fire(client(&lab), Timer::Retry);
    lab.settle();
    assert_eq!(outcome(&lab, id), Some(ChangeOutcome::Stands(2)));
    lab.assert_sound();
}

#[test]
fn orders_are_drawn_only_where_they_are_wanted() {
    let asked = |orders_permille: u64, number| {
        let config = RaftConfig {
            orders_permille,
            ..config(3, 2, RaftConfig::default())
        };
        let chance = Chance::new(7, Name(number));
        let asked = Raft::asked(&config, NodeId(5), number, chance);
        assert_eq!(asked, Raft::arrival(&config, NodeId(5), number, chance).op);
        asked
    };
    let plain: Vec<Op<KvCommand>> = (0..400).map(|number| asked(0, number)).collect();
    assert!(plain.iter().all(|op| matches!(op, Op::Command(_))));
    // Some are orders; the others are what they were.
    let some: Vec<_> = (0..400).map(|number| asked(250, number)).collect();
    let orders = some.iter().filter(|op| matches!(op, Op::Order(_))).count();
    assert!((60..140).contains(&orders), "{orders}");
    let rest = some
        .iter()
        .zip(&plain)
        .filter(|(op, _)| matches!(op, Op::Command(_)));
    assert!(rest.into_iter().all(|(op, before)| op == before));
    for number in 0..400 {
        let Op::Order(Order::Change(change)) = asked(1000, number) else {
            panic!("all are orders");
        };
        if let Change::To(servers) = change {
            assert!(!servers.is_empty());
        }
    }
}

#[test]
fn a_person_writes_servers_as_they_are_called() {
    let read = |id: &str, field: &str| Raft::operation(id, &[field.to_owned()]);
    let order = |change| Ok(Op::Order(Order::Change(change)));
    assert_eq!(read("add-server", " s4 "), order(Change::Add(s(4))));
    assert_eq!(read("add-learner", "S4"), order(Change::AddLearner(s(4))));
    assert_eq!(read("remove-server", "S1"), order(Change::Remove(s(1))));
    let to = order(Change::To(set(&[1, 3])));
    for text in ["S1, S3", "S3 S1", "S1，S3", "S1、S3,S1"] {
        assert_eq!(read("change-servers", text), to, "{text}");
    }
    for text in ["", "S1, 4", "S10", "S0"] {
        assert!(read("change-servers", text).is_err(), "{text}");
    }
}
