//! What a cluster does, case by case: networks, saves, decisions, workloads, branches, links.

mod toy;

use proptest::prelude::*;
use protocol::{Name, NodeId, NodeKind, Verdict};
use sim::{Action, Edit, Link, Playable, Run, SimError, decode_link, encode_link, open_link};
use std::collections::{BTreeMap, BTreeSet};
use toy::play::{cases, config, moves, open, play, run_of, snap};
use trace::{Cause, Event, MarkKind, NodeStatus, Outcome, Stimulus};

fn run_with(seed: u64, config: &[(&str, &str)]) -> Run {
    let config = config
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    run_of(seed, &config.collect())
}

fn advance(cluster: &mut dyn Playable, steps: u64) {
    for _ in 0..steps {
        cluster.advance().expect("something waits");
    }
}

/// Plays on until an event is so.
fn until(cluster: &mut dyn Playable, wanted: impl Fn(&Event) -> bool) -> Event {
    for _ in 0..20_000 {
        let stepped = cluster.advance().expect("something waits");
        let event = cluster.event(stepped.step).expect("the last event");
        if wanted(&event) {
            return event;
        }
    }
    panic!("it never happens");
}

fn act(cluster: &mut dyn Playable, action: Action) -> Event {
    let stepped = cluster.act(&action, cluster.now_us()).expect("a legal act");
    cluster.event(stepped.step).expect("the last event")
}

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
    assert_eq!(refused, Err(SimError::NodeState(server, "is paused")));
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
    assert!(matches!(refused, Err(SimError::Refused(why)) if why.contains("fixed")));
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

#[test]
fn an_edit_whose_name_is_gone_is_reported_and_bound_to_nothing_else() {
    let mut cluster = open(&run_with(8, &[]));
    advance(&mut *cluster, 20);
    let message = |cluster: &dyn Playable| {
        cluster
            .pending()
            .iter()
            .rev()
            .find_map(|row| row.message)
            .unwrap()
    };
    let crash = Action::Crash {
        node: NodeId(0),
        keep: 0,
        torn: false,
    };
    act(&mut *cluster, crash.clone());
    act(&mut *cluster, Action::Restart(NodeId(0)));
    // What node 0 sends after its restart is only there because of the crash.
    let fired = until(&mut *cluster, |event| {
        event.node == Some(NodeId(0)) && matches!(event.stimulus, Stimulus::Fired { .. })
    });
    let sent = fired
        .outcomes
        .iter()
        .find_map(|o| match o {
            Outcome::Sent { message, .. } => Some(message.name),
            _ => None,
        })
        .unwrap();
    act(&mut *cluster, Action::Drop(sent));
    let kept = message(&*cluster);
    act(&mut *cluster, Action::Hold(kept));
    let run = cluster.run();
    let without = run
        .edits
        .iter()
        .filter(|edit| edit.action != crash && !matches!(edit.action, Action::Restart(_)));
    let mut other = open(&Run {
        edits: without.cloned().collect(),
        ..run
    });
    while other.now_us() < cluster.now_us() + 1 {
        other.advance();
    }
    let unmet = other.unmet_edits();
    assert!(
        unmet
            .iter()
            .any(|(edit, why)| edit.action == Action::Drop(sent)
                && *why == SimError::NoMessage(sent)),
        "{unmet:?}"
    );
    let dropped = (1..=other.len())
        .filter(|s| matches!(other.event(*s).unwrap().stimulus, Stimulus::Dropped(_)));
    assert_eq!(dropped.count(), 0);
    // It is said of the branch, wherever in it one looks.
    other.seek(0).unwrap();
    assert_eq!(other.unmet_edits(), unmet);
}

#[test]
fn undo_leaves_a_branch_without_a_future_and_loses_none() {
    let mut cluster = open(&run_with(8, &[]));
    advance(&mut *cluster, 30);
    act(
        &mut *cluster,
        Action::Crash {
            node: NodeId(1),
            keep: 0,
            torn: false,
        },
    );
    advance(&mut *cluster, 30);
    let (step, action) = cluster.last_edit().unwrap();
    assert_eq!(step, 31);
    assert!(matches!(action, Action::Crash { .. }));
    cluster.seek(step - 1).unwrap();
    let undone = snap(&*cluster);
    let branch = cluster.fork();
    assert_eq!((branch, cluster.len()), (1, 30));
    assert_eq!(snap(&*cluster), undone);
    assert_eq!(cluster.fork(), 1, "no other is made at its end");
    cluster.switch(0, Some(30)).unwrap();
    assert_eq!(cluster.fork(), 1, "nor where there is one already");
    advance(&mut *cluster, 5);
    assert_eq!(
        cluster.frame().nodes[1].status,
        NodeStatus::Up,
        "Play does not do again what was undone"
    );
    cluster.switch(0, None).unwrap();
    assert_eq!(cluster.len(), 61);
    assert_eq!(cluster.frame().nodes[1].status, NodeStatus::Crashed);
}

#[test]
fn the_stage_has_room_for_so_many() {
    let mut cluster = open(&run_with(8, &[]));
    let labels = cluster.labels().len();
    while cluster
        .act(&Action::Add(NodeKind::Client), cluster.now_us())
        .is_ok()
    {}
    assert_eq!(cluster.labels().len(), 256);
    assert_eq!(
        cluster.labels()[labels..][..2],
        ["C3".to_owned(), "C4".to_owned()]
    );
    cluster.seek(0).unwrap();
    assert_eq!(cluster.labels().len(), labels);
    cluster.switch(0, Some(0)).unwrap();
    assert_eq!(cluster.labels().len(), labels);
}

#[test]
fn a_long_run_can_be_entered_anywhere() {
    let mut cluster = open(&run_with(6, &[("save_us", "3000")]));
    let mut digests = vec![cluster.digest()];
    for n in 0..4_500u64 {
        if n % 700 == 350 {
            let node = NodeId((n / 700 % 3) as u16);
            act(
                &mut *cluster,
                Action::Crash {
                    node,
                    keep: 0,
                    torn: false,
                },
            );
            digests.push(cluster.digest());
            act(&mut *cluster, Action::Restart(node));
        } else {
            cluster.advance();
        }
        digests.push(cluster.digest());
    }
    let mut place = 12_345u64;
    for _ in 0..60 {
        place = place
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let step = (place >> 33) % digests.len() as u64;
        cluster.seek(step).unwrap();
        assert_eq!(cluster.digest(), digests[step as usize]);
        assert_eq!(
            cluster.step_at(cluster.time_of(step)).max(step),
            cluster.step_at(cluster.time_of(step))
        );
    }
    // An event told from what was kept is the event told by a replay.
    let mut again = open(&cluster.run());
    while again.advance().is_some() && again.len() < cluster.len() {}
    for step in [1, 999, 1000, 1001, 2500, cluster.len()] {
        let told = again.event(step);
        for other in [3900, 10, 2000, 3000, 1500, 4100, 700, 3500, 2700] {
            cluster.event(other);
        }
        assert_eq!(told, cluster.event(step));
        assert_eq!(told.unwrap().step, step);
    }
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn a_link_opens_where_it_was_made(
        seed: u64, config in config(), moves in moves(40), at: u16, more in moves(12), back: u16,
    ) {
        let mut cluster = open(&run_of(seed, &config));
        for m in &moves {
            play(&mut *cluster, m);
        }
        // A branch or two, so that there are others.
        let step = u64::from(back) % (cluster.len() + 1);
        cluster.seek(step).unwrap();
        cluster.fork();
        for m in &more {
            play(&mut *cluster, m);
        }
        cluster.seek(u64::from(at) % (cluster.len() + 1)).unwrap();
        let link = Link {
            run: cluster.run(),
            step: cluster.step(),
            digest: Some(cluster.digest()),
            branches: cluster.other_edits(),
        };
        let text = encode_link(&link);
        prop_assert_eq!(&decode_link(&text).unwrap(), &link);
        prop_assert_eq!(&decode_link(&format!("https://example.org/#{text}")).unwrap(), &link);
        let read = decode_link(&text).unwrap();
        let mut opened = open(&read.run);
        let remarks = open_link(&mut *opened, &read).unwrap();
        prop_assert_eq!(remarks, Vec::<String>::new());
        prop_assert_eq!(&snap(&*opened), &snap(&*cluster));
        prop_assert_eq!(opened.run(), cluster.run());
        let all = |cluster: &dyn Playable| -> BTreeSet<Vec<Edit>> {
            let mut all: BTreeSet<_> = cluster.other_edits().into_iter().collect();
            all.insert(cluster.run().edits);
            all
        };
        prop_assert_eq!(all(&*opened), all(&*cluster));
        // Every edit of every branch has been taken, and the branches are as the first cluster had them.
        for branch in opened.branches() {
            opened.switch(branch.id, None).unwrap();
            prop_assert_eq!(opened.unmet_edits(), Vec::new());
            let run = opened.run();
            let acts = (1..=opened.len()).filter(|s| opened.event(*s).unwrap().cause == Cause::Choice).count();
            prop_assert_eq!(acts, run.edits.len());
        }
    }

    #[test]
    fn a_damaged_link_is_refused_with_a_sentence(text in "\\PC*", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for text in [text.clone(), format!("1.{text}"), format!("#1.{text}"), format!("{{{text}"), String::from_utf8_lossy(&bytes).into_owned()] {
            if let Err(error) = decode_link(&text) {
                prop_assert!(error.to_string().len() > 10);
            }
        }
    }

    #[test]
    fn a_changed_link_opens_or_says_why_not(
        seed: u64, moves in moves(20), place: u16, with: u8, number: u64, inside: bool,
    ) {
        let mut cluster = open(&run_with(seed, &[("save_us", "3000")]));
        for m in &moves {
            play(&mut *cluster, m);
        }
        let link = Link { run: cluster.run(), step: cluster.step(), digest: Some(cluster.digest()), branches: vec![cluster.run().edits] };
        let text = if inside {
            // Within the JSON: a byte, or a number as a whole.
            let mut json = serde_json::to_vec(&link).unwrap();
            let place = usize::from(place) % json.len();
            if with % 2 == 0 {
                json[place] = with;
            } else if let Some(digit) = (place..json.len()).find(|at| json[*at].is_ascii_digit()) {
                let end = (digit..json.len()).find(|at| !json[*at].is_ascii_digit()).unwrap();
                json.splice(digit..end, number.to_string().into_bytes());
            }
            String::from_utf8_lossy(&json).into_owned()
        } else {
            let mut text = encode_link(&link).into_bytes();
            let place = usize::from(place) % text.len();
            text[place] = with % 128;
            String::from_utf8(text).unwrap()
        };
        let Ok(read) = decode_link(&text) else { return Ok(()) };
        // Longer runs are allowed, but not waited for here.
        let latest = read.run.edits.iter().chain(read.branches.iter().flatten()).map(|edit| edit.at_us).max();
        if let Ok(mut opened) = sim::open::<toy::Toy>(&read.run)
            && (read.step < 5000 || read.step > 20_000_000)
            && latest.is_none_or(|at_us| at_us < 5_000_000 || at_us > 1 << 50)
        {
            if let Err(error) = open_link(&mut *opened, &read) {
                prop_assert!(error.to_string().len() > 10);
            }
        }
    }
}
