//! Runs and their branches, case by case: edits that come to nothing, undo, who joins, long runs.

mod toy;

use protocol::{NodeId, NodeKind};
use sim::{Action, Playable, Run, SimError};
use toy::play::{act, advance, open, run_with, snap, until};
use trace::{NodeStatus, Outcome, Stimulus};

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
