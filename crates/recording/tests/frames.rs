//! A recording shows of every run what the cluster itself shows.

use protocol::{NodeSpec, NodeView};
use recording::{Recording, Told};
use serde_json::Value;
use sim::{Action, Playable, Run, Source};
use std::collections::BTreeMap;
use trace::{Frame, NodeStatus, Stimulus};

/// Plays a run in which something goes wrong again and again: every so many steps one of the faults that are possible.
fn played(protocol: &str, seed: u64) -> Box<dyn Playable> {
    let entry = catalog::find(protocol).expect("a protocol");
    let run = Run {
        protocol: protocol.into(),
        behaviour: entry.about.behaviour,
        seed,
        config: BTreeMap::from([("duplicate_permille".into(), "50".into())]),
        ..Run::default()
    };
    let mut cluster = (entry.open)(&run).expect("a run");
    for round in 0..60 {
        for _ in 0..10 {
            cluster.advance();
        }
        let faults: Vec<Action> = cluster
            .enabled()
            .into_iter()
            .filter(|action| !action.is_pick())
            .collect();
        if !faults.is_empty() {
            let place = (round * 7919 + seed as usize * 31) % faults.len();
            let now_us = cluster.now_us();
            cluster.act(&faults[place], now_us).expect("enabled");
        }
    }
    cluster
}

/// What of a frame is a matter of what happened: everything but what the future holds for what is on its way.
fn seen(mut frame: Frame) -> Frame {
    for flight in &mut frame.flights {
        flight.next = false;
        flight.copy = 0;
    }
    frame
        .flights
        .sort_by_key(|flight| (flight.name, flight.due_us));
    for node in &mut frame.nodes {
        node.waiting = 0;
        node.timers.sort_by_key(|timer| timer.timer.to_string());
    }
    frame.next_us = None;
    frame.next_node = None;
    frame
}

fn recorded(cluster: &mut dyn Playable) -> Recording {
    cluster.seek(0).expect("the beginning");
    let frame = cluster.frame();
    let mut views: Vec<NodeView> = frame.nodes.iter().map(|node| node.view.clone()).collect();
    let mut recording = Recording::new(Told {
        about: Some(cluster.about()),
        start: frame,
        origin: Value::Null,
    });
    let mut step = 0;
    while step < cluster.len() {
        cluster.advance();
        step += 1;
        let mut event = cluster.event(step).expect("a recorded step");
        let after = cluster.frame();
        while let Some(node) = after.nodes.get(recording.labels().len()) {
            let (label, kind, tier) = (node.label.clone(), node.kind, node.tier);
            recording.add(NodeSpec { label, kind, tier }, node.view.clone());
            views.push(node.view.clone());
        }
        event.view = event.node.and_then(|node| {
            let view = &after.nodes[node.index()].view;
            let booted = matches!(event.stimulus, Stimulus::Booted { .. });
            let news = booted || views[node.index()] != *view;
            views[node.index()].clone_from(view);
            news.then(|| Box::new(view.clone()))
        });
        recording.push(event);
    }
    recording
}

#[test]
fn every_frame_is_that_of_the_cluster() {
    for entry in catalog::entries() {
        for seed in 1..4 {
            let mut cluster = played(entry.about.id, seed);
            let mut recording = recorded(&mut *cluster);
            assert_eq!(recording.len(), cluster.len());
            for step in (1..=cluster.len()).chain([300, 17, 260, 1]) {
                cluster.seek(step).expect("a step");
                recording.seek(step).expect("a step");
                let (theirs, mut ours) = (seen(cluster.frame()), seen(recording.frame()));
                // Who will join later is known to it, and not on its stage.
                for later in ours.nodes.drain(theirs.nodes.len()..) {
                    assert_eq!(later.status, NodeStatus::Removed);
                }
                let place = format!("{} seed {seed} step {step}", entry.about.id);
                for (ours, theirs) in ours.flights.iter().zip(&theirs.flights) {
                    assert_eq!(ours, theirs, "{place}");
                }
                for (ours, theirs) in ours.nodes.iter().zip(&theirs.nodes) {
                    assert_eq!(ours, theirs, "{place}");
                }
                assert_eq!(ours, theirs, "{place}");
            }
        }
    }
}
