//! The laws of a run: time travel, forks, names, enabled actions, and the record.

mod toy;

use proptest::prelude::*;
use protocol::{Name, NodeId, Verdict};
use sim::{Action, Edit, Playable, Run};
use std::collections::{BTreeMap, BTreeSet};
use toy::play::{Move, Snap, action, cases, config, moves, open, play, run_of, run_with, snap};
use trace::{Cause, Event, Fate, Outcome, Stimulus};

/// Plays `moves` at the end, and looks after every step; the first look is before the first step.
fn play_all(cluster: &mut dyn Playable, moves: &[Move]) -> Vec<Snap> {
    let mut snaps = vec![snap(cluster)];
    for m in moves {
        let single = [Move::Advance(1)];
        let parts: Vec<&Move> = match m {
            Move::Advance(n) => std::iter::repeat_n(&single[0], usize::from(*n)).collect(),
            other => vec![other],
        };
        for part in parts {
            if !play(cluster, part).is_empty() {
                snaps.push(snap(cluster));
            }
        }
    }
    snaps
}

fn events(cluster: &mut dyn Playable) -> Vec<Event> {
    (1..=cluster.len())
        .map(|step| cluster.event(step).expect("a recorded event"))
        .collect()
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn seeking_equals_replaying(
        seed: u64, config in config(), moves in moves(60), seeks in prop::collection::vec(any::<u16>(), 12),
    ) {
        let mut cluster = open(&run_of(seed, &config));
        let snaps = play_all(&mut *cluster, &moves);
        prop_assert_eq!(cluster.len(), snaps.len() as u64 - 1);
        for seek in seeks {
            let step = usize::from(seek) % snaps.len();
            cluster.seek(step as u64).unwrap();
            prop_assert_eq!(&snap(&*cluster), &snaps[step]);
        }
        // The same run, opened again and played on by itself.
        let mut again = open(&cluster.run());
        prop_assert_eq!(&snap(&*again), &snaps[0]);
        for expected in &snaps[1..] {
            prop_assert!(again.advance().is_some());
            prop_assert_eq!(&snap(&*again), expected);
        }
        prop_assert_eq!(again.run(), cluster.run());
        prop_assert_eq!(again.marks(), cluster.marks());
        // In the past, the recorded goes next.
        cluster.seek(0).unwrap();
        for expected in &snaps[1..] {
            let went = cluster.went_next();
            prop_assert!(went.is_some());
            prop_assert_eq!(cluster.next_us(), Some(expected.now_us));
            let stepped = cluster.act(&went.unwrap(), cluster.now_us()).unwrap();
            prop_assert!(!stepped.branched);
            prop_assert_eq!(cluster.digest(), expected.digest);
        }
        prop_assert_eq!(cluster.branches().len(), 1);
    }

    #[test]
    fn forks_share_nothing_that_one_can_see(
        seed: u64, config in config(), first in moves(30), at: u16, second in moves(20), third in moves(10),
    ) {
        let mut cluster = open(&run_of(seed, &config));
        let snaps = play_all(&mut *cluster, &first);
        let (record, marks, run) = (events(&mut *cluster), cluster.marks().to_vec(), cluster.run());
        prop_assume!(snaps.len() > 1);
        let step = u64::from(at) % (snaps.len() as u64 - 1);
        cluster.seek(step).unwrap();
        cluster.fork();
        let own = play_all(&mut *cluster, &second);
        prop_assert_eq!(&own[0], &snaps[step as usize]);
        let branch = cluster.branch();
        let branch_run = cluster.run();
        // Another one, right out of the past, without forking first.
        cluster.switch(0, Some(step)).unwrap();
        for m in &third {
            let at_end = cluster.branch() == 0 && cluster.step() == cluster.len();
            if !(at_end || matches!(m, Move::Advance(_))) {
                play(&mut *cluster, m);
            }
        }
        cluster.switch(0, None).unwrap();
        prop_assert_eq!(cluster.len(), snaps.len() as u64 - 1);
        prop_assert_eq!(cluster.run(), run);
        prop_assert_eq!(cluster.marks(), &marks[..]);
        prop_assert_eq!(events(&mut *cluster), record);
        for expected in &snaps {
            cluster.seek(expected.step).unwrap();
            prop_assert_eq!(&snap(&*cluster), expected);
        }
        cluster.switch(branch, None).unwrap();
        prop_assert_eq!(cluster.run(), branch_run);
        for expected in snaps[..step as usize].iter().chain(&own) {
            cluster.seek(expected.step).unwrap();
            prop_assert_eq!(&snap(&*cluster), expected);
        }
    }

    #[test]
    fn what_is_enabled_can_be_done(seed: u64, config in config(), moves in moves(30)) {
        let mut cluster = open(&run_of(seed, &config));
        play_all(&mut *cluster, &moves);
        let (branch, step, here) = (cluster.branch(), cluster.step(), snap(&*cluster));
        let enabled = cluster.enabled();
        prop_assert_eq!(&open_at_end(&*cluster).enabled(), &enabled);
        let distinct: BTreeSet<_> = enabled.iter().collect();
        prop_assert_eq!(distinct.len(), enabled.len());
        for action in enabled {
            cluster.switch(branch, Some(step)).unwrap();
            prop_assert_eq!(&snap(&*cluster), &here);
            let now_us = cluster.now_us();
            let stepped = cluster.act(&action, now_us);
            prop_assert!(stepped.is_ok(), "{:?}: {:?}", action, stepped);
            prop_assert_eq!(cluster.step(), step + 1);
        }
    }

    #[test]
    fn taking_an_edit_out_renames_nothing_outside_its_causal_future(
        seed: u64, config in config(), even: bool, moves in moves(60), which: u16,
    ) {
        let mut config = config;
        if even {
            // Messages all take alike, so that many events share their time, and edits stand among them.
            for key in ["latency_min_us", "latency_max_us", "save_us"] {
                config.insert(key.into(), "10000".into());
            }
        }
        let mut cluster = open(&run_of(seed, &config));
        for m in &moves {
            match m {
                Move::Enabled(..) => continue,
                Move::Pick(_) => match action(&*cluster, m) {
                    // What is picked before its time moves time for everybody.
                    Some((Action::Deliver(_) | Action::Save(_), _)) => {}
                    _ => continue,
                },
                _ => {}
            }
            play(&mut *cluster, m);
        }
        nothing_else_changes_without(&mut *cluster, which)?;
    }

    /// Messages that all take alike arrive together, and what somebody does between two arrivals stays between them, though
    /// what was done before it is taken out, and an arrival with it.
    #[test]
    fn edits_among_events_of_one_time_stay_where_they_were(seed: u64, moves in crowded(60), which: u16) {
        let config = [
            ("servers", "5"),
            ("arrivals", "open"),
            ("gap_us", "5000"),
            ("latency_min_us", "10000"),
            ("latency_max_us", "10000"),
        ];
        let mut cluster = open(&run_with(seed, &config));
        for m in &moves {
            play(&mut *cluster, m);
        }
        nothing_else_changes_without(&mut *cluster, which)?;
    }

    #[test]
    fn the_record_is_true(seed: u64, config in config(), moves in moves(60)) {
        let mut cluster = open(&run_of(seed, &config));
        let snaps = play_all(&mut *cluster, &moves);
        let record = events(&mut *cluster);
        prop_assert_eq!(&events(&mut *open_at_end(&*cluster)), &record);
        let names: BTreeSet<Name> = record.iter().map(|event| event.name).collect();
        prop_assert_eq!(names.len(), record.len(), "two events of one name");
        let marked: Vec<u64> = cluster.marks().iter().map(|mark| mark.step).collect();
        let moments: Vec<u64> = record.iter().filter(|e| e.is_moment()).map(|e| e.step).collect();
        prop_assert_eq!(marked, moments);
        let mut sent: BTreeMap<Name, (u64, u64, Fate)> = BTreeMap::new();
        let mut seen: BTreeSet<Name> = BTreeSet::new();
        let skewed = record.iter().any(|e| matches!(e.stimulus, Stimulus::Skewed { .. }));
        let mut timers = BTreeMap::new();
        let mut acts = 0;
        for (event, snap) in record.iter().zip(&snaps[1..]) {
            prop_assert_eq!((event.step, event.at_us), (snap.step, snap.now_us));
            match event.cause {
                Cause::Event(name) => prop_assert!(seen.contains(&name), "{:?} of nothing", event),
                Cause::Choice => acts += 1,
                Cause::Workload => prop_assert!(matches!(event.stimulus, Stimulus::Asked { .. }), "{:?}", event),
                Cause::Start => {}
                Cause::ProgramOrder => prop_assert!(false, "{:?} without a cause", event),
            }
            seen.insert(event.name);
            match &event.stimulus {
                Stimulus::Delivered(m) | Stimulus::Bounced(m) => {
                    prop_assert!(event.at_us >= m.sent_us);
                    if let Some((due_us, _, fate)) = sent.get(&m.name) {
                        prop_assert!(event.cause == Cause::Choice || event.at_us >= *due_us);
                        let bounced = matches!(event.stimulus, Stimulus::Bounced(_));
                        let expected = if bounced { Fate::Bounced(event.step) } else { Fate::Delivered(event.step) };
                        prop_assert_eq!(*fate, expected);
                    }
                }
                Stimulus::Dropped(m) => if let Some((_, _, fate)) = sent.get(&m.name) {
                    prop_assert_eq!(*fate, Fate::Dropped(event.step));
                }
                Stimulus::Fired { timer } if !skewed => if let Some((min, due)) = timers.get(&(event.node, timer.clone())) {
                    let early = event.at_us < if event.cause == Cause::Choice { *min } else { *due };
                    prop_assert!(!early, "{:?}", event);
                }
                _ => {}
            }
            for outcome in &event.outcomes {
                match outcome {
                    Outcome::Sent { message, due_us, fate, .. } => {
                        let twice = sent.insert(message.name, (*due_us, event.step, *fate));
                        prop_assert!(twice.is_none(), "two messages of one name");
                        // Nothing leaves before what it stands on is durable.
                        let body = message.body.as_ref().unwrap();
                        // A copy by hand leaves when somebody wants it, whatever became of the sender's disk since.
                        let by_hand = matches!(event.stimulus, Stimulus::Duplicated(_));
                        if body["eager"] == false && !by_hand {
                            let disk = &snap.states[snap.frame.nodes.len() + message.from.index()].as_ref().unwrap();
                            prop_assert!(disk["writes"].as_u64() >= body["after"].as_u64(), "{:?}", event);
                        }
                    }
                    Outcome::Told(phrase) | Outcome::Answered { answer: phrase, .. } => {
                        let node = event.node.unwrap();
                        let disk = &snap.states[snap.frame.nodes.len() + node.index()].as_ref().unwrap();
                        let after = phrase.args.iter().find_map(|(name, arg)| match arg {
                            protocol::Arg::Int(n) if name == "after" => Some(*n),
                            _ => None,
                        });
                        prop_assert!(disk["writes"].as_u64() >= after, "{:?}", event);
                    }
                    Outcome::TimerSet { timer, min_us, due_us, .. } => {
                        // On this node's clock, which gains at most a twentieth unless somebody skews it.
                        let least = event.at_us + min_us * 100 / 106;
                        timers.insert((event.node, timer.clone()), (least, *due_us));
                    }
                    _ => {}
                }
            }
        }
        prop_assert_eq!(acts + cluster.unmet_edits().len(), cluster.run().edits.len());
        // What is said to fly is on the stage, and the other way round.
        for (name, (_, _, fate)) in &sent {
            let frame = &snaps.last().unwrap().frame;
            let flies = frame.flights.iter().any(|f| f.name == *name && f.end == trace::FlightEnd::Arrives);
            prop_assert_eq!(flies, *fate == Fate::Flying, "{:?} {:?}", name, fate);
        }
        let frame = &snaps.last().unwrap().frame;
        for flight in frame.flights.iter().filter(|flight| flight.end == trace::FlightEnd::Arrives) {
            let due_us = sent.get(&flight.name).map(|(due_us, ..)| *due_us);
            prop_assert_eq!(due_us, Some(flight.due_us), "{:?}", flight);
        }
        // Verdicts change when the record says so.
        let mut stands: BTreeMap<String, (Verdict, Option<u64>)> = BTreeMap::new();
        for status in &snaps[0].properties {
            stands.insert(status.property.to_string(), (status.verdict.clone(), status.since));
        }
        for (event, snap) in record.iter().zip(&snaps[1..]) {
            for outcome in &event.outcomes {
                if let Outcome::Judged { property, verdict } = outcome {
                    stands.insert(property.to_string(), (verdict.clone(), Some(event.step)));
                }
            }
            for status in &snap.properties {
                prop_assert_eq!(&stands[&*status.property], &(status.verdict.clone(), status.since));
            }
        }
    }

    #[test]
    fn nodes_behave_as_the_laws_say(seed: u64, config in config(), moves in moves(80)) {
        let mut cluster = open(&run_of(seed, &config));
        let snaps = play_all(&mut *cluster, &moves);
        let record = events(&mut *cluster);
        for (event, pair) in record.iter().zip(snaps.windows(2)) {
            let (before, after) = (&pair[0], &pair[1]);
            let count = after.frame.nodes.len();
            for node in 0..count {
                let disk = |snap: &Snap| snap.states.get(snap.frame.nodes.len() + node).cloned().flatten();
                let state = |snap: &Snap| snap.states.get(node).cloned().flatten();
                if let Some(state) = state(after) {
                    prop_assert_eq!(state["early"].as_u64(), Some(0), "a timer was early");
                    let written = state["written"].as_u64().unwrap();
                    let saved = disk(after).unwrap()["writes"].as_u64().unwrap();
                    prop_assert_eq!(written - saved, u64::from(after.frame.nodes[node].unsaved));
                }
                let status = |snap: &Snap| snap.frame.nodes.get(node).map(|n| n.status);
                if status(before) == Some(trace::NodeStatus::Paused) && status(after) == Some(trace::NodeStatus::Paused) {
                    prop_assert_eq!(state(before), state(after));
                    prop_assert_eq!(disk(before), disk(after));
                }
                if event.node.is_some_and(|at| at.index() != node) && count == before.frame.nodes.len() {
                    prop_assert_eq!(state(before), state(after), "{:?} changed another node", event);
                    prop_assert_eq!(disk(before), disk(after));
                }
                if event.node != Some(NodeId(node as u16)) { continue; }
                match &event.stimulus {
                    Stimulus::Booted { .. } | Stimulus::Added => {
                        let (state, disk) = (state(after).unwrap(), disk(after).unwrap());
                        prop_assert_eq!(&state["stamp"], &disk["stamp"]);
                        prop_assert_eq!(&state["epoch"], &disk["epoch"]);
                        prop_assert_eq!(&state["written"], &disk["writes"]);
                        prop_assert_eq!(state["heard"].as_u64(), Some(0));
                    }
                    Stimulus::Crashed { kept, lost } => {
                        prop_assert_eq!(kept + lost, before.frame.nodes[node].unsaved);
                        let (was, is) = (disk(before).unwrap(), disk(after).unwrap());
                        let scraps = is["scraps"].as_u64().unwrap() - was["scraps"].as_u64().unwrap();
                        prop_assert!(scraps <= 1 && (scraps == 0 || *lost > 0));
                        prop_assert_eq!(is["writes"].as_u64(), was["writes"].as_u64().map(|n| n + u64::from(*kept) + scraps));
                        prop_assert_eq!(state(after), None);
                        prop_assert!(after.frame.nodes[node].timers.is_empty());
                        prop_assert_eq!(after.frame.nodes[node].unsaved + after.frame.nodes[node].waiting, 0);
                    }
                    _ => {}
                }
            }
            // What ended stays on the stage for a moment only.
            for flight in &after.frame.flights {
                let until_us = match (flight.end, flight.ended_us) {
                    (trace::FlightEnd::Arrives, ended) => {
                        prop_assert!(ended.is_none());
                        prop_assert!(after.pending.iter().any(|row| row.message == Some(flight.name)));
                        continue;
                    }
                    (_, None) => flight.due_us,
                    (_, Some(ended_us)) => ended_us + 4_000,
                };
                prop_assert!(until_us > after.now_us, "{:?} lingers", flight);
            }
            // What is due is taken in order, and never before its time.
            if event.cause != Cause::Choice {
                let first = before.pending.iter().find(|row| !row.held).unwrap();
                prop_assert_eq!(first.event, event.name);
                prop_assert_eq!(event.at_us, first.due_us.max(before.now_us));
            }
            let live: Vec<_> = after.pending.iter().filter(|row| !row.held).collect();
            prop_assert!(live.windows(2).all(|w| (w[0].due_us, w[0].event) < (w[1].due_us, w[1].event)));
            prop_assert!(live.iter().all(|row| row.late == (row.due_us < after.now_us)));
        }
        let mut asked = BTreeSet::new();
        for event in &record {
            if let Stimulus::Asked { id, .. } = event.stimulus {
                prop_assert!(asked.insert(id), "{id:?} was asked twice");
            }
        }
    }
}

/// Advances by little, and acts at single nodes and on single messages in between.
fn crowded(len: usize) -> impl Strategy<Value = Vec<Move>> {
    prop::collection::vec(
        prop_oneof![
            6 => (1..4u8).prop_map(Move::Advance),
            4 => (any::<u16>(), prop::sample::select(vec![0, 2])).prop_map(|(i, kind)| Move::Message(i, kind)),
            2 => any::<u8>().prop_map(|n| Move::Crash(n, 0, false)),
            2 => any::<u8>().prop_map(Move::Restart),
            2 => any::<u8>().prop_map(Move::Pause),
            2 => any::<u8>().prop_map(Move::Resume),
        ],
        1..len,
    )
}

/// Law 5: without one of the edits that concern a node or a message, the histories of all nodes are as they were, but for its
/// causal future.
fn nothing_else_changes_without(
    cluster: &mut dyn Playable,
    which: u16,
) -> Result<(), TestCaseError> {
    let run = cluster.run();
    let local: Vec<usize> = (0..run.edits.len())
        .filter(|place| {
            !matches!(
                run.edits[*place].action,
                Action::Cut { .. } | Action::Heal | Action::Set { .. } | Action::Add(_)
            )
        })
        .collect();
    prop_assume!(!local.is_empty());
    let place = local[usize::from(which) % local.len()];
    let removed = run.edits[place].clone();
    let with = events(cluster);
    let acted = with[step_of_edit(&run, place) as usize - 1].clone();
    let mut edits = run.edits.clone();
    edits.remove(place);
    let mut other = open(&Run { edits, ..run });
    while other
        .next_us()
        .is_some_and(|at_us| at_us <= cluster.now_us())
        && other.advance().is_some()
    {}
    let without = events(&mut *other);
    // What is missing in one of the two counts as reached in both.
    let mut reached = BTreeMap::new();
    loop {
        let before = reached.clone();
        reach(&mut reached, &with, &acted, &removed);
        reach(&mut reached, &without, &acted, &removed);
        if reached == before {
            break;
        }
    }
    let end_us = cluster.now_us();
    for node in 0..cluster.labels().len() {
        let node = NodeId(node as u16);
        let until = reached.get(&node).map_or(end_us, |from| end_us.min(*from));
        let history = |events: &[Event]| -> Vec<Event> {
            events
                .iter()
                .filter(|event| event.node == Some(node) && event.at_us < until)
                .filter(|event| event.name != acted.name)
                .map(bare)
                .collect()
        };
        let (with, without) = (history(&with), history(&without));
        let differ = with.iter().zip(&without).find(|(a, b)| a != b);
        prop_assert!(
            differ.is_none(),
            "{:?} without {:?}: {:#?}",
            node,
            removed,
            differ
        );
        prop_assert_eq!(
            with.len(),
            without.len(),
            "{:?} without {:?}",
            node,
            removed
        );
    }
    Ok(())
}

/// The same run, opened again and played to the same step.
fn open_at_end(cluster: &dyn Playable) -> Box<dyn Playable> {
    let mut again = open(&cluster.run());
    while again.step() < cluster.step() {
        again.advance().expect("a step that was there before");
    }
    again
}

/// The step at which an edit of `run`, none of which came to nothing, is taken.
fn step_of_edit(run: &Run, place: usize) -> u64 {
    let mut cluster = open(run);
    let mut taken = 0;
    loop {
        let stepped = cluster.advance().expect("a step that takes the edit");
        if cluster
            .last_edit()
            .is_some_and(|(step, _)| step == stepped.step)
        {
            if taken == place {
                return stepped.step;
            }
            taken += 1;
        }
    }
}

/// From when on each node lies in the causal future of the edit that was taken as `acted`, and of what is reached already.
fn reach(nodes: &mut BTreeMap<NodeId, u64>, events: &[Event], acted: &Event, removed: &Edit) {
    let mut messages: BTreeSet<Name> = BTreeSet::new();
    let chosen = match removed.action {
        Action::Choose { event, .. } => Some(event),
        _ => {
            let node = acted.node.expect("an act at a node");
            nodes.entry(node).or_insert(acted.at_us);
            None
        }
    };
    for event in events {
        let Some(node) = event.node else { continue };
        let carried = match &event.stimulus {
            Stimulus::Delivered(m)
            | Stimulus::Bounced(m)
            | Stimulus::Dropped(m)
            | Stimulus::Duplicated(m)
            | Stimulus::Held(m)
            | Stimulus::Released(m) => messages.contains(&m.name),
            _ => false,
        };
        let reached = nodes.get(&node).is_some_and(|from| *from <= event.at_us);
        if carried || reached || chosen == Some(event.name) {
            let from = nodes.entry(node).or_insert(event.at_us);
            *from = event.at_us.min(*from);
            for outcome in &event.outcomes {
                if let Outcome::Sent { message, .. } = outcome {
                    messages.insert(message.name);
                }
            }
        }
    }
}

/// An event without its place in the run and the fates of its messages.
fn bare(event: &Event) -> Event {
    let mut event = event.clone();
    event.step = 0;
    for outcome in &mut event.outcomes {
        if let Outcome::Sent { fate, .. } = outcome {
            *fate = Fate::Flying;
        }
    }
    event
        .outcomes
        .retain(|outcome| !matches!(outcome, Outcome::Judged { .. }));
    event
}
