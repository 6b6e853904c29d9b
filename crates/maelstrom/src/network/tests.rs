//! The network, message by message.

use super::*;

const MS: u64 = 1_000;

fn network(latency_us: Distribution) -> Network {
    let weather = Weather {
        latency_us,
        loss_permille: 0,
    };
    let mut network = Network::new(1, weather, 1_000);
    for node in ["n0", "n1", "n2"] {
        network.add(node, Role::Node);
    }
    network.add("c1", Role::Client);
    network
}

fn message(src: &str, dest: &str) -> Envelope {
    Envelope::new(src, dest, "x")
}

fn arrived(network: &mut Network, now_us: u64) -> Vec<u64> {
    std::iter::from_fn(|| network.next_due(now_us))
        .filter_map(|flight| flight.message.id)
        .collect()
}

#[test]
fn a_message_takes_its_latency_and_none_with_a_client() {
    let mut network = network(Distribution::Constant(10 * MS));
    network.send(0, message("n0", "n1")).unwrap();
    network.send(0, message("c1", "n1")).unwrap();
    network.send(0, message("n1", "c1")).unwrap();
    assert_eq!(arrived(&mut network, 0), [1, 2]);
    assert_eq!(network.wake_us(), Some(10 * MS));
    assert!(arrived(&mut network, 10 * MS - 1).is_empty());
    assert_eq!(arrived(&mut network, 10 * MS), [0]);
    assert_eq!(network.flights().count(), 0);
}

#[test]
fn random_latency_reorders() {
    let mut network = network(Distribution::Uniform {
        min: 0,
        max: 100 * MS,
    });
    for _ in 0..50 {
        network.send(0, message("n0", "n1")).unwrap();
    }
    let ids = arrived(&mut network, 100 * MS);
    assert_eq!(ids.len(), 50);
    assert!(!ids.is_sorted());
}

#[test]
fn a_cut_is_judged_at_delivery_and_by_direction() {
    let mut network = network(Distribution::Constant(10 * MS));
    network.send(0, message("n0", "n1")).unwrap();
    network.send(0, message("n1", "n0")).unwrap();
    network.disturb(
        5 * MS,
        Fault::Cut {
            src: "n0".into(),
            dest: "n1".into(),
        },
    );
    assert_eq!(arrived(&mut network, 10 * MS), [1]);
    network.send(10 * MS, message("n0", "n1")).unwrap();
    network.disturb(15 * MS, Fault::Heal);
    assert_eq!(arrived(&mut network, 20 * MS), [2]);
}

#[test]
fn nobody_of_that_name_is_there() {
    let mut network = network(Distribution::Constant(0));
    assert_eq!(
        network.send(0, message("n0", "n9")),
        Err(Loss::UnknownDestination)
    );
    assert_eq!(
        network.send(0, message("n9", "n0")),
        Err(Loss::UnknownSource)
    );
    // In a client's name.
    assert!(network.send(0, message("c1", "n0")).is_ok());
}

#[test]
fn loss_takes_its_share_and_spares_clients() {
    let mut network = network(Distribution::Constant(0));
    network.set_weather(Weather {
        latency_us: Distribution::Constant(0),
        loss_permille: 500,
    });
    let lost = (0..1_000)
        .filter(|_| network.send(0, message("n0", "n1")).is_err())
        .count();
    assert!((400..600).contains(&lost), "{lost}");
    assert!((0..100).all(|_| network.send(0, message("c1", "n1")).is_ok()));
}

#[test]
fn what_is_held_goes_one_by_one_in_any_order() {
    let mut network = network(Distribution::Constant(0));
    network.disturb(0, Fault::HoldAll);
    for _ in 0..5 {
        network.send(0, message("n0", "n1")).unwrap();
    }
    assert!(arrived(&mut network, MS).is_empty());
    assert!(network.deliver(MS, 3).is_some());
    assert!(network.drop_message(MS, 0));
    assert_eq!(network.duplicate(MS, 1), Some(5));
    assert!(network.release(MS, 2));
    assert!(network.delay(MS, 4, 9 * MS));
    assert!(!network.release(MS, 99) && !network.hold(MS, 99));
    assert_eq!(arrived(&mut network, MS), [2]);
    assert_eq!(arrived(&mut network, 10 * MS), [4]);
    network.disturb(11 * MS, Fault::ReleaseAll);
    assert_eq!(arrived(&mut network, 11 * MS), [1, 5]);
    assert_eq!(network.bytes, 0);
}

#[test]
fn what_is_under_way_is_held_as_well_but_no_clients_message() {
    let mut network = network(Distribution::Constant(10 * MS));
    network.send(0, message("n0", "n1")).unwrap();
    network.disturb(MS, Fault::HoldAll);
    network.send(MS, message("c1", "n1")).unwrap();
    assert_eq!(arrived(&mut network, 20 * MS), [1]);
    network.disturb(21 * MS, Fault::ReleaseAll);
    assert_eq!(arrived(&mut network, 21 * MS), [0]);
}

#[test]
fn a_receiver_that_does_not_read_stalls_nobody_and_loses_nothing_up_to_a_limit() {
    let mut network = network(Distribution::Constant(0));
    network.park("n1");
    for dest in ["n1", "n2", "n1"] {
        network.send(0, message("n0", dest)).unwrap();
    }
    assert_eq!(arrived(&mut network, 0), [1]);
    network.unpark("n1");
    assert_eq!(arrived(&mut network, 0), [0, 2]);
    network.park("n1");
    let long = message("n0", "n1").with("text", "a".repeat(PARKED_BYTES_MAX / 2));
    for _ in 0..3 {
        network.send(0, long.clone()).unwrap();
    }
    assert!(arrived(&mut network, 0).is_empty());
    network.unpark("n1");
    assert_eq!(arrived(&mut network, 0).len(), 1);
    assert_eq!(network.bytes, 0);
}

#[test]
fn what_is_sent_beyond_the_memory_for_all_messages_under_way_is_lost_and_told() {
    let mut network = network(Distribution::Constant(0));
    network.disturb(0, Fault::HoldAll);
    // As if so much were held already that one more message fits.
    let bytes = weight(&message("n0", "n1"));
    network.bytes = FLIGHT_BYTES_MAX - bytes;
    let id = network.send(0, message("n0", "n1")).unwrap();
    assert_eq!(network.send(0, message("n0", "n1")), Err(Loss::Overflow));
    assert_eq!(network.duplicate(0, id), None);
    let last = network.journal.since(0).1.last().unwrap().entry.clone();
    assert!(
        matches!(
            last,
            Entry::Lost {
                why: Loss::Overflow,
                ..
            }
        ),
        "{last:?}"
    );
    // What ends makes room.
    assert!(network.drop_message(0, id));
    assert!(network.send(0, message("n0", "n1")).is_ok());
}
