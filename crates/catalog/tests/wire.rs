//! Everything that the nodes of every scenario send and save comes back equal from the wire and from the disk.

use live::Wired;
use protocol::{NodeId, OperationId};
use scenario::Player;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sim::Run;
use sim::measure::said;
use std::collections::BTreeSet;
use std::fmt::Debug;

/// So many steps of a run are looked at, beyond the end of a short scenario.
const STEPS: u64 = 4_000;

fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let text = serde_json::to_string(value).expect("it can be written");
    let read: T = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(&read, value, "{text}");
    // As the body of an envelope it is a value first.
    let value_of = serde_json::to_value(value).expect("it can be written");
    assert_eq!(T::deserialize(&value_of).ok().as_ref(), Some(value));
}

/// Everything of one run: the kinds of message that were sent, and how much was saved.
fn heard<P: Wired>(run: &Run, steps: u64, kinds: &mut BTreeSet<&'static str>) -> usize {
    let said = said::<P>(run, steps).expect("it opens");
    for message in &said.messages {
        kinds.insert(P::MESSAGES[usize::from(P::message_kind(message))].name);
        comes_back(message);
    }
    said.writes.iter().for_each(comes_back);
    said.writes.len()
}

/// Goes through the scenarios of `P`, and through a run of its own over a network that loses much, with each of `settings`, which
/// bring what no scenario does. No kind of message is left out: `rare` are some of those that only a crash brings about.
fn all_come_back<P: Wired>(settings: &[&[(&str, &str)]], rare: &[P::Message]) {
    let entry = catalog::find(P::ID).expect("it is in the catalogue");
    let mut kinds = BTreeSet::new();
    let mut writes = 0;
    for message in rare {
        kinds.insert(P::MESSAGES[usize::from(P::message_kind(message))].name);
        comes_back(message);
    }
    for scenario in entry.scenarios() {
        let mut player = Player::new(scenario.clone());
        let mut world = catalog::open(&scenario.run(P::BEHAVIOUR)).expect("it opens");
        player.play_out(world.as_mut()).expect("it can be played");
        writes += heard::<P>(&world.run(), world.len().max(STEPS), &mut kinds);
    }
    for settings in settings {
        let lossy = [("loss_permille", "200")];
        let config = settings.iter().chain(&lossy);
        let run = Run {
            protocol: P::ID.into(),
            behaviour: P::BEHAVIOUR,
            config: config
                .map(|(key, value)| ((*key).into(), (*value).into()))
                .collect(),
            seed: 1,
            ..Run::default()
        };
        writes += heard::<P>(&run, STEPS, &mut kinds);
    }
    let silent = P::MESSAGES.iter().map(|kind| kind.name);
    let silent: Vec<_> = silent.filter(|kind| !kinds.contains(kind)).collect();
    assert!(silent.is_empty(), "nobody sends {silent:?}");
    assert_eq!(writes > 0, size_of::<P::Write>() > 0, "what is saved");
}

#[test]
fn of_raft() {
    all_come_back::<raft::Raft>(&[], &[]);
}

#[test]
fn of_paxos_for_one_value() {
    all_come_back::<paxos::Decree>(
        &[&[("learning", "distinguished")]],
        &[paxos::decree::Message::Query { find_out: true }],
    );
}

#[test]
fn of_multi_paxos() {
    all_come_back::<paxos::Multi>(&[&[]], &[]);
}

#[test]
fn of_atomic_commitment() {
    all_come_back::<two_phase_commit::Node>(&[], &[]);
}

#[test]
fn of_load_balancing() {
    all_come_back::<load_balancing::Node>(&[&[("policy", "join-idle-queue")]], &[]);
}

#[test]
fn of_remote_procedure_calls() {
    all_come_back::<rpc::Node>(&[&[("service", "exponential")]], &[]);
}

#[test]
fn of_the_two_generals() {
    all_come_back::<two_generals::Node>(&[], &[]);
}

#[test]
fn of_map_reduce() {
    let job = OperationId {
        client: NodeId(7),
        number: OperationId::BY_HAND,
    };
    let missing = map_reduce::Message::NoRegion {
        job,
        map: 1,
        attempt: map_reduce::AttemptId(2),
        partition: 3,
    };
    let unknown = map_reduce::Message::Unknown { job };
    all_come_back::<map_reduce::Node>(&[], &[missing, unknown]);
}
