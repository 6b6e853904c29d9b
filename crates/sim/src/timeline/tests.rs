//! Time travel with few, wide checkpoints and short pieces: the bounds themselves, over runs many times as long.

use super::*;
use crate::{CallEvent, Called, about};
use proptest::prelude::*;
use protocol::{Access, Heard, OperationId};
use trace::Stimulus;

#[path = "../../tests/toy/mod.rs"]
mod toy;

use toy::Toy;
use toy::play::{cases, config, moves, play, run_of};

fn open(run: &Run) -> Timeline<Toy> {
    Timeline::open(about::<Toy>(), run).expect("a run that opens")
}

#[test]
fn checkpoints_and_pieces_stay_few_however_long_the_run() {
    let mut timeline = open(&run_of(1, &std::collections::BTreeMap::new()));
    let long = SPACING * CHECKPOINTS_MAX as u64 * 20;
    let mut digests = vec![timeline.digest()];
    for _ in 0..long {
        timeline.advance().expect("something waits");
        digests.push(timeline.digest());
        let line = timeline.line();
        assert!(line.checkpoints.len() <= CHECKPOINTS_MAX);
        assert!(line.pieces.len() <= PIECES_MAX);
        assert_eq!(line.checkpoints[0].0, 0);
    }
    let line = timeline.line();
    assert!(line.spacing >= SPACING * 16 && line.checkpoints.len() >= CHECKPOINTS_MAX / 2);
    // They are spread evenly, so that no replay is longer than the spacing.
    let steps: Vec<u64> = line.checkpoints.iter().map(|(step, _)| *step).collect();
    assert!(steps.windows(2).all(|w| w[1] - w[0] == line.spacing));
    for step in (0..=long).rev().step_by(37) {
        timeline.seek(step).unwrap();
        assert_eq!(timeline.digest(), digests[step as usize]);
    }
    // What the cluster keeps for itself does not grow with the run either.
    let kernel = timeline.cluster.kernel();
    assert!(kernel.flights.len() < 200, "{}", kernel.flights.len());
    assert!(kernel.queued() < 200, "{}", kernel.queued());
}

/// The calls as the events tell of them.
fn called(timeline: &mut Timeline<Toy>) -> Vec<CallEvent> {
    let mut open: Vec<(OperationId, u32, Access)> = Vec::new();
    let (mut calls, mut count) = (Vec::new(), 0);
    for step in 1..=timeline.len() {
        let event = timeline.event(step).unwrap();
        let mut push = |call, what| {
            calls.push(CallEvent {
                step,
                at_us: event.at_us,
                call,
                what,
            });
        };
        if let Stimulus::Asked { id, op } = &event.stimulus {
            let access = Toy::ACCESS.unwrap()(&toy::Put(value_of(op)), None).unwrap();
            push(
                count,
                Called::Asked {
                    client: id.client,
                    says: op.clone(),
                    access: access.clone(),
                },
            );
            open.push((*id, count, access));
            count += 1;
        }
        for outcome in &event.outcomes {
            if let Outcome::Answered { id, answer } = outcome
                && let Some(place) = open.iter().position(|(open, ..)| open == id)
            {
                let (_, call, _) = open.remove(place);
                push(
                    call,
                    Called::Answered {
                        says: answer.clone(),
                        heard: Some(Heard::Done),
                    },
                );
            }
        }
        if matches!(event.stimulus, Stimulus::Crashed { .. } | Stimulus::Removed) {
            let gone = |id: &OperationId| Some(id.client) == event.node;
            for (_, call, _) in open.extract_if(.., |(id, ..)| gone(id)) {
                push(call, Called::Lost);
            }
        }
    }
    calls
}

fn value_of(op: &Phrase) -> u64 {
    let value = op.args.iter().find(|(name, _)| *name == "value");
    match value {
        Some((_, protocol::Arg::Int(value))) => *value,
        other => panic!("no value: {other:?}"),
    }
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn a_branch_seeks_and_tells_as_its_own_replay_does(
        seed: u64, config in config(), first in moves(40), back: u16, second in moves(20), seeks in prop::collection::vec(any::<u16>(), 8),
    ) {
        let mut timeline = open(&run_of(seed, &config));
        for m in &first {
            play(&mut timeline, m);
        }
        let step = u64::from(back) % (timeline.len() + 1);
        timeline.seek(step).unwrap();
        timeline.fork();
        for m in &second {
            play(&mut timeline, m);
        }
        let mut again = open(&timeline.run());
        let mut replayed = vec![(again.digest(), None)];
        let mut calls = Vec::new();
        while again.len() < timeline.len() {
            let stepped = again.advance().unwrap();
            calls.extend(again.calls(calls.len()));
            replayed.push((again.digest(), Some(stepped.step)));
        }
        prop_assert_eq!(timeline.calls(0), calls.clone());
        prop_assert_eq!(calls, called(&mut again));
        for seek in seeks {
            let step = u64::from(seek) % replayed.len() as u64;
            timeline.seek(step).unwrap();
            prop_assert_eq!(timeline.digest(), replayed[step as usize].0);
            // The tail may know fates that a record cut short does not, so both are as long.
            prop_assert_eq!(timeline.event(step), again.event(step));
        }
    }
}
