//! What a cluster does, case by case: networks, saves, decisions, workloads.

mod toy;

use protocol::{Name, NodeId, Verdict};
use sim::{Action, Playable, Run, SimError};
use std::collections::{BTreeMap, BTreeSet};
use toy::play::{act, advance, open, run_with, until};
use trace::{Cause, Event, MarkKind, Outcome, Stimulus};

#[test]
fn fifo_links_keep_their_order() {
    let wild = [
        ("latency_min_us", "1000"),
        ("latency_max_us", "90000"),
        ("save_us", "2000"),
    ];
    let overtaken = |fifo: &str| {
        let mut cluster = open(&run_with(3, &[&wild[..], &[("fifo", fifo)]].concat()));
        advance(&mut *cluster, 3000);
        let mut sent: BTreeMap<(NodeId, NodeId), Vec<Name>> = BTreeMap::new();
        let mut arrived: BTreeMap<(NodeId, NodeId), Vec<Name>> = BTreeMap::new();
        for step in 1..=cluster.len() {
            let event = cluster.event(step).unwrap();
            if let Stimulus::Delivered(m) = &event.stimulus {
                arrived.entry((m.from, m.to)).or_default().push(m.name);
            }
            for outcome in &event.outcomes {
                if let Outcome::Sent { message: m, .. } = outcome {
                    sent.entry((m.from, m.to)).or_default().push(m.name);
                }
            }
        }
        let links = arrived.iter();
        links
            .filter(|(link, names)| {
                let order = |name: &Name| sent[link].iter().position(|n| n == name);
                !names.iter().map(order).is_sorted()
            })
            .count()
    };
    assert_eq!(overtaken("true"), 0);
    assert!(overtaken("false") > 0, "the latencies do not tempt anybody");
}

#[test]
fn a_save_that_takes_no_time_is_one_step() {
    let mut cluster = open(&run_with(5, &[]));
    let mut saved = 0;
    for _ in 0..2000 {
        let step = cluster.advance().unwrap().step;
        let frame = cluster.frame();
        assert!(frame.nodes.iter().all(|n| (n.unsaved, n.waiting) == (0, 0)));
        let event = cluster.event(step).unwrap();
        assert_ne!(event.stimulus, Stimulus::Saved);
        let saves = event.outcomes.iter();
        saved += saves
            .filter(|o| matches!(o, Outcome::Saved { due_us, .. } if *due_us == event.at_us))
            .count();
    }
    assert!(saved > 100);
}

#[test]
fn speech_waits_for_the_disk_and_a_crash_loses_both() {
    let mut cluster = open(&run_with(5, &[("save_us", "5000")]));
    let sends = |event: &Event, eager: bool| {
        let sent = event.outcomes.iter().filter(|outcome| {
            matches!(outcome, Outcome::Sent { message, .. }
                if message.body.as_ref().unwrap()["eager"] == eager)
        });
        sent.count()
    };
    let put = until(
        &mut *cluster,
        |event| matches!(&event.stimulus, Stimulus::Delivered(m) if m.view.kind == "Put"),
    );
    let server = put.node.unwrap();
    assert_eq!(
        (sends(&put, true), sends(&put, false)),
        (2, 0),
        "copies overtake"
    );
    let at_put = cluster.step();
    let unsaved = |cluster: &dyn Playable| cluster.frame().nodes[server.index()].unsaved;
    let writes = |cluster: &dyn Playable| cluster.disk_state(server).unwrap()["writes"].as_u64();
    assert_eq!((unsaved(&*cluster), writes(&*cluster)), (1, Some(0)));
    let saved = until(&mut *cluster, |event| {
        event.stimulus == Stimulus::Saved && event.node == Some(server)
    });
    assert_eq!(saved.at_us, put.at_us + 5000);
    assert_eq!(saved.cause, Cause::Event(put.name));
    assert!(
        sends(&saved, false) >= 1,
        "the answer leaves with the save: {saved:?}"
    );
    assert_eq!(writes(&*cluster), Some(1));
    // The same moment once more: the node crashes first.
    for (keep, torn, kept, left) in [
        (0, false, 0, 0),
        (0, true, 0, 1),
        (1, false, 1, 1),
        (9, true, 1, 1),
    ] {
        cluster.switch(0, Some(at_put)).unwrap();
        let crash = act(
            &mut *cluster,
            Action::Crash {
                node: server,
                keep,
                torn,
            },
        );
        assert_eq!(
            crash.stimulus,
            Stimulus::Crashed {
                kept,
                lost: 1 - kept
            }
        );
        assert_eq!(writes(&*cluster), Some(left));
        let nothing_of = |event: &Event| {
            let of_it = event.outcomes.iter();
            of_it.clone().all(|outcome| {
                !matches!(outcome, Outcome::Sent { message, .. } if message.from == server)
            })
        };
        for _ in 0..200 {
            let step = cluster.advance().unwrap().step;
            assert!(
                nothing_of(&cluster.event(step).unwrap()),
                "the dead do not speak"
            );
        }
        let boot = act(&mut *cluster, Action::Restart(server));
        assert_eq!(boot.stimulus, Stimulus::Booted { incarnation: 2 });
        let state = cluster.node_state(server).unwrap();
        assert_eq!(state["written"].as_u64(), Some(left));
        assert_eq!(state["stamp"][0].as_u64(), Some(u64::from(kept)));
    }
}

#[test]
fn a_paused_node_keeps_silent_even_when_its_save_is_due_and_catches_up_at_once() {
    let mut cluster = open(&run_with(5, &[("save_us", "5000")]));
    let put = until(
        &mut *cluster,
        |event| matches!(&event.stimulus, Stimulus::Delivered(m) if m.view.kind == "Put"),
    );
    let server = put.node.unwrap();
    act(&mut *cluster, Action::Pause(server));
    let state = (cluster.node_state(server), cluster.disk_state(server));
    until(&mut *cluster, |event| event.at_us > put.at_us + 200_000);
    assert_eq!(
        state,
        (cluster.node_state(server), cluster.disk_state(server))
    );
    let refused = cluster.act(&Action::Save(server), cluster.now_us());
    assert_eq!(
        refused,
        Err(SimError::NodeState(server, "error.node-paused"))
    );
    let now_us = cluster.now_us();
    act(&mut *cluster, Action::Resume(server));
    let overdue: Vec<_> = cluster
        .pending()
        .into_iter()
        .filter(|row| row.late)
        .collect();
    assert!(overdue.len() > 3 && overdue.iter().all(|row| row.node == server));
    for row in overdue {
        let step = cluster.advance().unwrap().step;
        let event = cluster.event(step).unwrap();
        assert_eq!((event.name, event.at_us), (row.event, now_us));
    }
}

#[test]
fn a_decision_can_be_overridden_wherever_it_is_drawn() {
    // With instant saves the greeting is drawn by what follows a save within the event, otherwise in an event of its own.
    for save_us in ["0", "5000"] {
        for purpose in [toy::SERVER, toy::GREET] {
            let mut cluster = open(&run_with(9, &[("save_us", save_us)]));
            let chosen = |event: &Event| {
                event.outcomes.iter().find_map(|outcome| match outcome {
                    Outcome::Chose {
                        purpose: p,
                        outcomes,
                        chosen,
                    } if *p == purpose.word() => Some((*outcomes, *chosen)),
                    _ => None,
                })
            };
            let event = until(&mut *cluster, |event| chosen(event).is_some());
            let (outcomes, was) = chosen(&event).unwrap();
            for outcome in 0..outcomes {
                cluster.switch(0, Some(event.step - 1)).unwrap();
                act(
                    &mut *cluster,
                    Action::Choose {
                        event: event.name,
                        purpose: purpose.word(),
                        outcome,
                    },
                );
                let again = until(&mut *cluster, |e| e.name == event.name);
                assert_eq!(
                    chosen(&again),
                    Some((outcomes, outcome)),
                    "{was} before, save {save_us}"
                );
                let state = cluster.node_state(event.node.unwrap()).unwrap();
                let last = state["chose"].as_array().unwrap().last().unwrap().as_u64();
                assert_eq!(last, Some(u64::from(outcome)));
            }
        }
    }
}

#[test]
fn what_follows_a_save_within_an_event_is_caused_by_that_event() {
    let mut cluster = open(&run_with(9, &[]));
    let done = until(
        &mut *cluster,
        |event| matches!(&event.stimulus, Stimulus::Delivered(m) if m.view.kind == "Done"),
    );
    let Cause::Event(cause) = done.cause else {
        panic!("{done:?}")
    };
    let sender = (1..done.step)
        .map(|step| cluster.event(step).unwrap())
        .find(|event| event.name == cause)
        .expect("the event that sent it");
    assert!(matches!(&sender.stimulus, Stimulus::Delivered(m) if m.view.kind == "Put"));
}

#[test]
fn copies_made_by_hand_have_names_of_their_own() {
    let mut cluster = open(&run_with(2, &[]));
    until(&mut *cluster, |event| {
        matches!(event.stimulus, Stimulus::Fired { .. })
    });
    let name = cluster
        .pending()
        .iter()
        .find_map(|row| row.message)
        .unwrap();
    let flying = |cluster: &dyn Playable| -> BTreeSet<Name> {
        cluster
            .pending()
            .iter()
            .filter_map(|row| row.message)
            .collect()
    };
    let mut names = flying(&*cluster);
    for _ in 0..4 {
        // Each copy is delivered before the next is made.
        act(&mut *cluster, Action::Duplicate(name));
        let copy: Vec<Name> = flying(&*cluster).difference(&names).copied().collect();
        assert_eq!(copy.len(), 1, "a name that was not there before");
        names.extend(&copy);
        act(&mut *cluster, Action::Deliver(copy[0]));
        names.extend(flying(&*cluster));
    }
    assert!(flying(&*cluster).contains(&name), "the original flies on");
}

#[test]
fn a_cut_ends_what_is_in_flight_and_the_record_says_so() {
    let mut cluster = open(&run_with(4, &[]));
    let beat = until(
        &mut *cluster,
        |event| matches!(&event.stimulus, Stimulus::Fired { timer } if timer == "beat"),
    );
    let from = beat.node.unwrap();
    let sent = |event: &Event| -> Vec<(NodeId, trace::Fate)> {
        let sent = event.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Sent { message, fate, .. } => Some((message.to, *fate)),
            _ => None,
        });
        sent.collect()
    };
    let to: Vec<NodeId> = sent(&beat).iter().map(|(to, _)| *to).collect();
    assert_eq!(to.len(), 2);
    act(
        &mut *cluster,
        Action::Cut {
            from: vec![from],
            to: vec![to[0]],
            both: false,
        },
    );
    let before = cluster.frame();
    let ended = before
        .flights
        .iter()
        .filter(|f| f.end == trace::FlightEnd::Cut);
    assert!(ended.clone().count() >= 1 && ended.clone().all(|f| (f.from, f.to) == (from, to[0])));
    advance(&mut *cluster, 30);
    let fates = sent(&cluster.event(beat.step).unwrap());
    assert_eq!(fates[0], (to[0], trace::Fate::Cut));
    assert!(matches!(fates[1], (_, trace::Fate::Delivered(_))));
    // What comes back passes; what goes there does not, until it is healed.
    let one_way = |event: &Event, a, b| {
        event.outcomes.iter().any(|outcome| {
            matches!(outcome, Outcome::Sent { message, fate, .. }
            if (message.from, message.to) == (a, b) && *fate == trace::Fate::Cut)
        })
    };
    let events: Vec<Event> = (beat.step + 1..=cluster.len())
        .map(|s| cluster.event(s).unwrap())
        .collect();
    assert!(!events.iter().any(|event| one_way(event, to[0], from)));
    until(&mut *cluster, |event| one_way(event, from, to[0]));
    act(&mut *cluster, Action::Heal);
    until(
        &mut *cluster,
        |event| matches!(&event.stimulus, Stimulus::Delivered(m) if (m.from, m.to) == (from, to[0])),
    );
    let marks: Vec<MarkKind> = cluster.marks().iter().map(|mark| mark.kind).collect();
    assert!(marks.contains(&MarkKind::Cut) && marks.contains(&MarkKind::Heal));
}

#[test]
fn workloads_follow_their_kind_even_when_it_changes() {
    let asked = |cluster: &mut dyn Playable, from: u64| {
        let all = (from + 1..=cluster.len()).map(|step| cluster.event(step).unwrap().stimulus);
        all.filter(|stimulus| matches!(stimulus, Stimulus::Asked { .. }))
            .count()
    };
    let play_for = |cluster: &mut dyn Playable, us: u64| {
        let end_us = cluster.now_us() + us;
        while cluster.next_us().is_some_and(|at_us| at_us <= end_us) {
            cluster.advance();
        }
    };
    let mut cluster = open(&run_with(
        1,
        &[
            ("arrivals", "never"),
            ("gap_us", "5000"),
            ("retry_us", "1000000"),
        ],
    ));
    play_for(&mut *cluster, 300_000);
    assert_eq!(asked(&mut *cluster, 0), 0);
    for (kind, least, most) in [
        ("closed", 4, 40),
        ("open", 80, 200),
        ("closed", 0, 40),
        ("never", 0, 0),
        ("open", 80, 200),
    ] {
        act(
            &mut *cluster,
            Action::Set {
                key: "arrivals".into(),
                value: kind.into(),
            },
        );
        let from = cluster.len();
        play_for(&mut *cluster, 300_000);
        let count = asked(&mut *cluster, from);
        assert!((least..=most).contains(&count), "{kind}: {count}");
    }
    let refused = cluster.act(
        &Action::Set {
            key: "servers".into(),
            value: "4".into(),
        },
        0,
    );
    assert!(matches!(refused, Err(SimError::Refused(why)) if why.key == "error.fixed"));
}

#[test]
fn the_broken_variant_is_caught_and_the_sound_one_is_not() {
    let faults = |seed| {
        run_with(
            seed,
            &[("loss_permille", "200"), ("duplicate_permille", "100")],
        )
    };
    let mut caught = 0;
    for seed in 0..10 {
        for variant in ["sound", "retry-elsewhere"] {
            let mut cluster = open(&Run {
                variant: variant.into(),
                ..faults(seed)
            });
            let violated = (0..1500).find_map(|_| cluster.advance().filter(|step| step.violated));
            let status = cluster.properties().swap_remove(0);
            assert_eq!(
                violated.is_some(),
                matches!(status.verdict, Verdict::Violated(_))
            );
            if variant == "sound" {
                assert_eq!(violated, None);
            } else if let Some(stepped) = violated {
                caught += 1;
                assert_eq!(status.since, Some(stepped.step));
                assert_eq!(cluster.marks().last().unwrap().kind, MarkKind::Violation);
                advance(&mut *cluster, 300);
                assert_eq!(
                    cluster.properties()[0],
                    status,
                    "a breach is not taken back"
                );
            }
        }
    }
    assert!(caught >= 8, "{caught} of 10");
}
