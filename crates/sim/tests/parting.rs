//! Where two runs part, and a branch as a tree of its own.

mod toy;

use proptest::prelude::*;
use protocol::NodeId;
use sim::{Action, Parting, Playable, Run, parting};
use std::collections::BTreeMap;
use toy::play::{act, advance, cases, config, moves, open, play, run_of, run_with, snap};

fn crash(node: u16) -> Action {
    Action::Crash {
        node: NodeId(node),
        keep: 0,
        torn: false,
    }
}

/// Time and name of every recorded step, as the events themselves say it.
fn history(run: &mut dyn Playable) -> Vec<(u64, protocol::Name)> {
    let events = (1..=run.len()).map(|step| run.event(step).expect("a recorded event"));
    events.map(|event| (event.at_us, event.name)).collect()
}

#[test]
fn branches_part_at_the_act_that_made_one() {
    let mut tree = open(&run_with(8, &[]));
    advance(&mut *tree, 60);
    tree.seek(20).unwrap();
    act(&mut *tree, crash(1));
    advance(&mut *tree, 30);
    let crashed_us = tree.time_of(21);
    let other = tree.alone(0).unwrap();
    let (same, found) = parting(tree.as_ref(), other.as_ref(), [0, 0]);
    assert_eq!(same, [20, 20]);
    let found = found.expect("they differ");
    assert_eq!(found.steps, [21, 21]);
    assert_eq!(found.times_us, [crashed_us, other.time_of(21)].map(Some));
    assert_eq!(found.at_us(), crashed_us.min(other.time_of(21)));
    // What is known to be the same need not be compared again.
    assert_eq!(
        parting(tree.as_ref(), other.as_ref(), [20, 20]),
        ([20, 20], Some(found))
    );
}

#[test]
fn a_run_and_itself_never_part_and_one_that_lags_is_not_judged() {
    let mut one = open(&run_with(8, &[]));
    let mut other = open(&run_with(8, &[]));
    advance(&mut *one, 30);
    advance(&mut *other, 12);
    assert_eq!(
        parting(one.as_ref(), other.as_ref(), [0, 0]),
        ([12, 12], None)
    );
    advance(&mut *other, 18);
    assert_eq!(
        parting(one.as_ref(), other.as_ref(), [0, 0]),
        ([30, 30], None)
    );
}

#[test]
fn what_one_has_done_and_the_other_will_not_do_in_time_is_a_difference() {
    let mut one = open(&run_with(8, &[]));
    let mut other = open(&run_with(8, &[]));
    advance(&mut *one, 12);
    advance(&mut *other, 12);
    act(&mut *one, crash(0));
    let (same, found) = parting(one.as_ref(), other.as_ref(), [0, 0]);
    let here = Parting {
        steps: [13, 13],
        times_us: [Some(one.time_of(13)), None],
    };
    assert_eq!((same, found), ([12, 12], Some(here)));
    // What one has done alone can be left out: then they are the same again.
    assert_eq!(
        parting(one.as_ref(), other.as_ref(), [13, 12]),
        ([13, 12], None)
    );
    let (_, mirrored) = parting(other.as_ref(), one.as_ref(), [0, 0]);
    let there = Parting {
        times_us: [None, here.times_us[0]],
        ..here
    };
    assert_eq!(mirrored, Some(there));
    // Before the end of its record nothing is known of what it does next.
    other.seek(5).unwrap();
    assert_eq!(
        parting(one.as_ref(), other.as_ref(), [0, 0]),
        ([12, 12], None)
    );
}

#[test]
fn a_branch_alone_is_the_branch_and_goes_on_by_itself() {
    let mut tree = open(&run_with(8, &[]));
    advance(&mut *tree, 50);
    tree.seek(20).unwrap();
    act(&mut *tree, crash(1));
    advance(&mut *tree, 30);
    let run = tree.run();
    let mut alone = tree.alone(1).unwrap();
    assert_eq!((alone.step(), alone.len()), (0, tree.len()));
    assert_eq!((alone.branch(), alone.branches().len()), (0, 1));
    assert_eq!(alone.run(), run);
    for step in [0, 1, 20, 21, 37, 51] {
        alone.seek(step).unwrap();
        tree.seek(step).unwrap();
        assert_eq!(snap(&*alone), snap(&*tree), "step {step}");
    }
    // Beyond its record it goes on as the branch would.
    alone.seek(alone.len()).unwrap();
    advance(&mut *alone, 25);
    act(&mut *alone, Action::Restart(NodeId(1)));
    assert_eq!((tree.len(), tree.run()), (51, run.clone()));
    assert_eq!(tree.branches().len(), 2);
    tree.seek(51).unwrap();
    advance(&mut *tree, 25);
    alone.seek(76).unwrap();
    assert_eq!(snap(&*alone), snap(&*tree));
    assert!(tree.alone(2).is_err(), "no such branch");
}

#[test]
fn a_parameter_parts_runs_where_it_first_matters() {
    let mut one = open(&run_with(8, &[]));
    let mut other = open(&run_with(8, &[("gap_us", "31000")]));
    for run in [&mut one, &mut other] {
        while run.next_us().is_some_and(|next_us| next_us <= 400_000) {
            run.advance();
        }
    }
    let all = [history(&mut *one), history(&mut *other)];
    let first = (0..).find(|place| all[0].get(*place) != all[1].get(*place));
    let (same, found) = parting(one.as_ref(), other.as_ref(), [0, 0]);
    assert_eq!(Some(same[0] as usize), first);
    assert_eq!(
        found.map(|found| found.steps),
        Some(same.map(|step| step + 1))
    );
}

proptest! {
    #![proptest_config(cases(40))]

    /// The same as comparing what the events say of themselves, one by one.
    #[test]
    fn it_is_the_first_event_that_differs(
        seed in 0u64..50,
        config in config(),
        before in moves(24),
        (one, other) in (moves(12), moves(12)),
        back in 0u64..40,
    ) {
        let run: Run = run_of(seed, &config);
        let mut tree = open(&run);
        for m in &before {
            play(&mut *tree, m);
        }
        for m in &one {
            play(&mut *tree, m);
        }
        let fork = tree.len().saturating_sub(back);
        tree.seek(fork).unwrap();
        tree.fork();
        for m in &other {
            play(&mut *tree, m);
        }
        let branches = tree.branches().len() as u32;
        let mut all: Vec<_> = (0..branches).map(|id| tree.alone(id).unwrap()).collect();
        for run in &mut all {
            run.seek(run.len()).unwrap();
        }
        let told: BTreeMap<usize, _> = all.iter_mut().map(|run| history(run.as_mut())).enumerate().collect();
        for (place, a) in all.iter().enumerate() {
            for (next, b) in all.iter().enumerate() {
                let both = told[&place].iter().zip(&told[&next]);
                let expected = both.take_while(|(a, b)| a == b).count();
                let (same, found) = parting(a.as_ref(), b.as_ref(), [0, 0]);
                prop_assert_eq!(same, [expected as u64; 2]);
                let recorded = [a, b].map(|run| run.len() > same[0]);
                if recorded == [true, true] {
                    prop_assert_eq!(found.map(|found| found.steps), Some(same.map(|step| step + 1)));
                }
                if recorded == [false, false] {
                    prop_assert_eq!(found, None);
                }
            }
        }
    }
}
