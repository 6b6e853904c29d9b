//! Who a state is: what is left out makes no difference, and everything else does.

mod toy;

use proptest::prelude::*;
use protocol::NodeId;
use sim::{Action, Moment, Playable};
use std::collections::BTreeSet;
use std::rc::Rc;
use toy::play::{cases, config, moves, open, play, run_of};

fn after(moment: &Rc<dyn Moment>, actions: &[Action]) -> Rc<dyn Moment> {
    actions.iter().fold(moment.clone(), |at, action| {
        at.after(action).expect("an action that is enabled")
    })
}

/// Where a delivery happens, for those that happen at a node that is up.
fn deliveries(cluster: &dyn Playable) -> Vec<(NodeId, Action)> {
    let rows = cluster.pending().into_iter().filter(|row| !row.held);
    let deliveries = rows.filter(|row| matches!(row.action, Action::Deliver(_)));
    deliveries.map(|row| (row.node, row.action)).collect()
}

proptest! {
    #![proptest_config(cases(60))]

    /// What happens at different nodes may happen in either order.
    #[test]
    fn schedules_that_commute_come_to_one_identity(seed: u64, config in config(), moves in moves(40)) {
        let mut cluster = open(&run_of(seed, &config));
        for m in &moves {
            play(&mut *cluster, m);
        }
        let moment = cluster.moment().expect("a cluster");
        let rows = deliveries(&*cluster);
        for (first, one) in &rows {
            for (second, other) in rows.iter().filter(|(node, _)| node != first) {
                let there = after(&moment, &[one.clone(), other.clone()]);
                let back = after(&moment, &[other.clone(), one.clone()]);
                prop_assert_eq!(there.identity(), back.identity(), "{:?} and {:?}", first, second);
            }
        }
    }

    /// A copy is as good as the original, and what was undone was never done; whatever changes something changes the identity.
    #[test]
    fn names_make_no_difference_and_effects_do(seed: u64, config in config(), moves in moves(40)) {
        let mut cluster = open(&run_of(seed, &config));
        for m in &moves {
            play(&mut *cluster, m);
        }
        let moment = cluster.moment().expect("a cluster");
        let before = moment.identity();
        prop_assert_eq!(before, cluster.moment().expect("a cluster").identity());
        for action in moment.enabled() {
            let next = after(&moment, std::slice::from_ref(&action));
            let undone = match &action {
                Action::Duplicate(name) => {
                    let twice = after(&next, std::slice::from_ref(&action));
                    prop_assert_ne!(twice.identity(), next.identity(), "two copies are more than one");
                    // The copy of a pinned message flies.
                    let held = moment.enabled().contains(&Action::Release(*name));
                    (!held).then_some(Action::Drop(*name))
                }
                Action::Hold(name) => Some(Action::Release(*name)),
                Action::Release(name) => Some(Action::Hold(*name)),
                Action::Pause(node) => Some(Action::Resume(*node)),
                Action::Resume(node) => Some(Action::Pause(*node)),
                // A disk may be empty, and a link cut, already.
                Action::Erase(_) | Action::Cut { .. } => continue,
                _ => None,
            };
            prop_assert_ne!(next.identity(), before, "{:?}", action);
            if let Some(undone) = undone {
                prop_assert_eq!(after(&next, &[undone]).identity(), before, "{:?}", action);
            }
        }
    }

    /// A way through moments is an ordinary run, by its edits.
    #[test]
    fn a_way_is_a_run(seed: u64, config in config(), moves in moves(20), picks in prop::collection::vec(any::<u16>(), 1..12)) {
        let mut cluster = open(&run_of(seed, &config));
        for m in &moves {
            play(&mut *cluster, m);
        }
        let mut moment = cluster.moment().expect("a cluster");
        let taken = cluster.step();
        let mut run = cluster.run();
        let mut seen = BTreeSet::from([moment.identity()]);
        for pick in picks {
            let enabled = moment.enabled();
            let Some(action) = enabled.get(usize::from(pick) % enabled.len().max(1)) else { break };
            run.edits.push(moment.edit(action));
            moment = after(&moment, std::slice::from_ref(action));
            seen.insert(moment.identity());
        }
        prop_assert!(seen.len() > 1);
        let mut again = open(&run);
        let done = run.edits.len();
        while again.step() < taken || again.moment().expect("a cluster").identity() != moment.identity() {
            prop_assert!(again.advance().is_some(), "never the same state; {} edits", done);
            prop_assert!(again.step() < taken + 16);
        }
        prop_assert_eq!(again.unmet_edits().len(), cluster.unmet_edits().len());
    }
}
