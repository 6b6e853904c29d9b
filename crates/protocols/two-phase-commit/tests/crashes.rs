//! Crashes at every point of a transfer, lossy networks, broken variants, and the partition that breaks three phases.

use protocol::{NodeId, Verdict};
use sim::{Action, Playable, Run};
use std::ops::{Deref, DerefMut};
use two_phase_commit::Node;

const K1: NodeId = NodeId(0);
const P1: NodeId = NodeId(1);
const P2: NodeId = NodeId(2);
const C1: NodeId = NodeId(4);
/// Long enough for every timeout to run out several times.
const LONG_US: u64 = 3_000_000;

/// A run, and up to when time has passed: the last event may lie before it.
struct Bench {
    run: Box<dyn Playable>,
    clock_us: u64,
}

impl Deref for Bench {
    type Target = dyn Playable;
    fn deref(&self) -> &Self::Target {
        &*self.run
    }
}

impl DerefMut for Bench {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut *self.run
    }
}

fn open(variant: &str, seed: u64, config: &[(&str, &str)]) -> Bench {
    let config = config.iter().map(|(k, v)| ((*k).into(), (*v).into()));
    let run = Run {
        protocol: "two-phase-commit".into(),
        behaviour: 1,
        variant: variant.into(),
        config: config.collect(),
        seed,
        ..Run::default()
    };
    Bench {
        run: sim::open::<Node>(&run).expect("a sensible run"),
        clock_us: 0,
    }
}

/// A cluster in which only what a test asks for happens.
fn quiet(variant: &str, mode: &str, more: &[(&str, &str)]) -> Bench {
    let mut config = vec![
        ("mode", mode),
        ("arrivals", "never"),
        ("vote_no_permille", "0"),
    ];
    config.extend(more);
    open(variant, 1, &config)
}

fn act(run: &mut Bench, action: &Action) {
    let at_us = run.clock_us.max(run.now_us());
    run.run.act(action, at_us).expect("it can be done");
}

fn pass(run: &mut Bench, us: u64) {
    let end_us = run.clock_us.max(run.now_us()) + us;
    run.clock_us = end_us;
    while run.next_us().is_some_and(|next| next <= end_us) {
        run.advance();
    }
}

fn transfer(run: &mut Bench) {
    let fields = ["P1a", "P2a P3a", "10"].map(String::from).to_vec();
    act(
        run,
        &Action::Ask {
            client: C1,
            op: "transfer".into(),
            fields,
        },
    );
}

fn crash(run: &mut Bench, node: NodeId, keep: u32) {
    act(
        run,
        &Action::Crash {
            node,
            keep,
            torn: false,
        },
    );
}

fn broken(run: &Bench) -> Vec<String> {
    let all = run.properties().into_iter();
    let bad = all.filter(|status| matches!(status.verdict, Verdict::Violated(_)));
    bad.map(|status| status.property.to_string()).collect()
}

fn met(run: &Bench, id: &str) -> bool {
    let all = run.properties();
    all.iter()
        .any(|status| status.property == id && status.verdict == Verdict::Met)
}

/// Plays until something is so.
fn until(run: &mut Bench, done: impl Fn(&Bench) -> bool) {
    for _ in 0..2_000 {
        if done(run) {
            return;
        }
        run.advance().expect("something waits");
    }
    panic!("it does not come");
}

fn role(run: &Bench, node: NodeId) -> String {
    run.frame().nodes[node.index()].view.role.to_string()
}

/// Every step of a transfer, every node, with and without unsaved writes: the promises hold, and all is decided in the end.
fn crash_everywhere(mode: &str, save_us: &str) {
    let more = [("save_us", save_us)];
    let mut length = quiet("sound", mode, &more);
    transfer(&mut length);
    pass(&mut length, 200_000);
    let steps = length.step();
    assert!(steps > 10, "the transfer takes {steps} steps");
    for node in [K1, P1, P2] {
        for step in 0..steps {
            for keep in [0, 1] {
                for down_us in [40_000, LONG_US] {
                    let mut run = quiet("sound", mode, &more);
                    transfer(&mut run);
                    for _ in 0..step {
                        run.advance();
                    }
                    crash(&mut run, node, keep);
                    pass(&mut run, down_us);
                    act(&mut run, &Action::Restart(node));
                    pass(&mut run, LONG_US);
                    let place =
                        format!("{mode}: {node:?} after step {step}, keep {keep}, down {down_us}");
                    assert_eq!(broken(&run), Vec::<String>::new(), "{place}");
                    assert!(met(&run, "decided"), "{place}");
                }
            }
        }
    }
}

#[test]
fn a_crash_at_every_point_of_two_phases() {
    crash_everywhere("two-phase", "0");
    crash_everywhere("two-phase", "3000");
}

#[test]
fn a_crash_at_every_point_of_three_phases() {
    crash_everywhere("three-phase", "0");
    crash_everywhere("three-phase", "3000");
}

/// Everybody crashes at every point: three phases wait until all are back.
#[test]
fn all_crash_at_every_point() {
    for mode in ["two-phase", "three-phase"] {
        for step in 0..24 {
            let mut run = quiet("sound", mode, &[]);
            transfer(&mut run);
            for _ in 0..step {
                run.advance();
            }
            let all = [K1, P1, P2, NodeId(3)];
            all.into_iter().for_each(|node| crash(&mut run, node, 0));
            for node in all {
                pass(&mut run, 700_000);
                act(&mut run, &Action::Restart(node));
            }
            pass(&mut run, LONG_US);
            assert_eq!(broken(&run), Vec::<String>::new(), "{mode}, step {step}");
            assert!(met(&run, "decided"), "{mode}, step {step}");
        }
    }
}

/// A workload over a bad network with crashes: two phases keep every promise, and come to an end when it heals.
#[test]
fn two_phases_bear_a_bad_network() {
    for locks in ["wait-die", "no-wait", "wait-timeout"] {
        for seed in 0..6 {
            let config = [
                ("locks", locks),
                ("loss_permille", "100"),
                ("duplicate_permille", "100"),
                ("coordinators", "2"),
                ("clients", "4"),
                ("parties", "3"),
                ("request_gap_us", "50000"),
                ("save_us", "2000"),
            ];
            let mut run = open("sound", seed, &config);
            for round in 0..12u16 {
                pass(&mut run, 250_000);
                let node = NodeId((round + seed as u16) % 5);
                crash(&mut run, node, u32::from(round % 2));
                pass(&mut run, 100_000);
                act(&mut run, &Action::Restart(node));
            }
            for key in ["loss_permille", "duplicate_permille"] {
                act(
                    &mut run,
                    &Action::Set {
                        key: key.into(),
                        value: "0".into(),
                    },
                );
            }
            pass(&mut run, LONG_US);
            assert_eq!(broken(&run), Vec::<String>::new(), "{locks}, seed {seed}");
            assert!(met(&run, "commits"), "{locks}, seed {seed}");
            // No transaction may be left over once nobody asks any more.
            (0..4).for_each(|client| crash(&mut run, NodeId(5 + client), 0));
            pass(&mut run, LONG_US);
            assert!(met(&run, "decided"), "{locks}, seed {seed}");
        }
    }
}

/// A workload with crashes and a whole network: three phases keep every promise, and nobody that stays up waits for long.
#[test]
fn three_phases_bear_crashes() {
    for seed in 0..20 {
        let config = [
            ("mode", "three-phase"),
            ("coordinators", "2"),
            ("clients", "4"),
            ("parties", "3"),
            ("request_gap_us", "50000"),
            ("save_us", "2000"),
        ];
        let mut run = open("sound", seed, &config);
        for round in 0..16u16 {
            pass(&mut run, 170_000 + 7_000 * seed);
            let node = NodeId((round + seed as u16) % 5);
            crash(&mut run, node, u32::from(round % 2));
            pass(&mut run, 500_000);
            act(&mut run, &Action::Restart(node));
        }
        (0..4).for_each(|client| crash(&mut run, NodeId(5 + client), 0));
        pass(&mut run, LONG_US);
        assert_eq!(broken(&run), Vec::<String>::new(), "seed {seed}");
        assert!(met(&run, "commits") && met(&run, "decided"), "seed {seed}");
        assert!(!met(&run, "blocks"), "seed {seed}");
    }
}

/// All have voted yes, and the coordinator is down before it tells its decision.
fn in_the_window(variant: &str, mode: &str) -> Bench {
    let mut run = quiet(variant, mode, &[]);
    transfer(&mut run);
    let in_doubt = |run: &Bench| {
        [P1, P2, NodeId(3)]
            .iter()
            .all(|p| role(run, *p) == "role.in-doubt")
    };
    until(&mut run, in_doubt);
    crash(&mut run, K1, 0);
    run
}

#[test]
fn two_phases_block_and_three_do_not() {
    let mut two = in_the_window("sound", "two-phase");
    pass(&mut two, LONG_US);
    assert!(met(&two, "blocks"));
    assert_eq!(role(&two, P1), "role.blocked");
    act(&mut two, &Action::Restart(K1));
    pass(&mut two, LONG_US);
    assert!(met(&two, "decided") && broken(&two).is_empty());

    let mut three = in_the_window("sound", "three-phase");
    pass(&mut three, LONG_US);
    assert_eq!(
        role(&three, P1),
        "role.participant",
        "decided without the coordinator"
    );
    assert_eq!(broken(&three), Vec::<String>::new());
}

#[test]
fn a_partition_breaks_three_phases() {
    let mut run = quiet("sound", "three-phase", &[]);
    transfer(&mut run);
    // One participant hears that all voted yes; then everybody is alone.
    until(&mut run, |run| {
        let log = run.disk_state(P1).unwrap_or_default().to_string();
        log.contains("pre-committed\":{")
    });
    for (from, to) in [(K1, vec![P1, P2, NodeId(3)]), (P1, vec![P2, NodeId(3)])] {
        act(
            &mut run,
            &Action::Cut {
                from: vec![from],
                to,
                both: true,
            },
        );
    }
    pass(&mut run, LONG_US);
    assert!(
        broken(&run).contains(&"three-phase-atomicity".to_owned()),
        "{:?}",
        broken(&run)
    );
}

fn caught(variant: &str, schedule: impl Fn(&str) -> Bench) {
    let about = sim::about::<Node>();
    let (_, breaks) = about
        .variants
        .iter()
        .find(|(id, _)| *id == variant)
        .expect("a variant");
    let property = breaks.expect("a broken one").to_owned();
    let found = broken(&schedule(variant));
    assert!(
        found.contains(&property),
        "{variant} breaks {property}: {found:?}"
    );
    assert_eq!(
        broken(&schedule("sound")),
        Vec::<String>::new(),
        "the sound protocol passes"
    );
}

#[test]
fn every_broken_variant_is_caught() {
    caught("changes-mind", |variant| {
        let mut run = in_the_window(variant, "two-phase");
        pass(&mut run, LONG_US);
        run
    });
    caught("decision-not-logged", |variant| {
        let mut run = quiet(variant, "two-phase", &[]);
        transfer(&mut run);
        until(&mut run, |run| {
            [P1, P2, NodeId(3)]
                .iter()
                .any(|p| role(run, *p) == "role.in-doubt")
                && met(run, "commits")
        });
        // The commit reaches P1 alone.
        act(
            &mut run,
            &Action::Cut {
                from: vec![K1],
                to: vec![P2, NodeId(3)],
                both: true,
            },
        );
        act(
            &mut run,
            &Action::Set {
                key: "cooperative".into(),
                value: "false".into(),
            },
        );
        pass(&mut run, 50_000);
        crash(&mut run, K1, 0);
        act(&mut run, &Action::Heal);
        act(&mut run, &Action::Restart(K1));
        pass(&mut run, LONG_US);
        run
    });
    caught("vote-not-logged", |variant| {
        let mut run = quiet(variant, "two-phase", &[]);
        transfer(&mut run);
        until(&mut run, |run| role(run, P2) == "role.in-doubt");
        crash(&mut run, P2, 0);
        act(&mut run, &Action::Restart(P2));
        pass(&mut run, LONG_US);
        run
    });
    caught("locks-released-early", |variant| {
        let mut run = quiet(variant, "two-phase", &[]);
        transfer(&mut run);
        pass(&mut run, LONG_US);
        run
    });
    caught("commits-on-timeout", |variant| {
        // All are uncertain. P2 goes down too, and asks the coordinator when both are back: it knows nothing.
        let mut run = in_the_window(variant, "three-phase");
        crash(&mut run, P2, 0);
        pass(&mut run, LONG_US);
        let to = vec![P1, NodeId(3)];
        act(
            &mut run,
            &Action::Cut {
                from: vec![P2],
                to,
                both: true,
            },
        );
        act(&mut run, &Action::Restart(K1));
        act(&mut run, &Action::Restart(P2));
        pass(&mut run, LONG_US);
        run
    });
}

#[test]
fn an_uncertain_participant_learns_from_one_that_knows() {
    let mut run = quiet("sound", "two-phase", &[]);
    transfer(&mut run);
    until(&mut run, |run| met(run, "commits"));
    act(
        &mut run,
        &Action::Cut {
            from: vec![K1],
            to: vec![P2, NodeId(3)],
            both: true,
        },
    );
    pass(&mut run, 50_000);
    crash(&mut run, K1, 0);
    pass(&mut run, LONG_US);
    assert_eq!(role(&run, P2), "role.participant", "P1 told it");
    assert!(!met(&run, "blocks"), "nobody was blocked");
    assert_eq!(broken(&run), Vec::<String>::new());
}

/// The kinds of record in a node's log.
fn records(run: &Bench, node: NodeId) -> Vec<String> {
    let disk = run.disk_state(node).expect("there is such a node");
    let log = disk["log"].as_array().expect("a log").clone();
    let kind = |record: &serde_json::Value| {
        let fields = record.as_object().expect("a record");
        fields.keys().next().expect("its kind").clone()
    };
    log.iter().map(kind).collect()
}

/// Presumed abort writes what Mohan, Lindsay and Obermarck say, and no more.
#[test]
fn records_are_those_of_presumed_abort() {
    let after = |amount: &str| {
        let mut run = quiet("sound", "two-phase", &[]);
        let fields = ["P1a", "P2a", amount].map(String::from).to_vec();
        let op = "transfer".into();
        act(
            &mut run,
            &Action::Ask {
                client: C1,
                op,
                fields,
            },
        );
        pass(&mut run, LONG_US);
        run
    };
    let committed = after("10");
    assert_eq!(
        records(&committed, K1),
        ["reserved", "commit-decided", "end"]
    );
    assert_eq!(records(&committed, P1), ["prepared", "committed"]);
    let aborted = after("1000");
    assert_eq!(records(&aborted, K1), ["reserved"], "no record of an abort");
    assert_eq!(records(&aborted, P1), Vec::<String>::new(), "it voted no");
    assert_eq!(records(&aborted, P2), ["prepared", "aborted"]);
}

#[test]
fn the_same_run_twice_is_the_same() {
    let digest = || {
        let mut run = open("sound", 9, &[("loss_permille", "50")]);
        pass(&mut run, LONG_US);
        run.digest()
    };
    assert_eq!(digest(), digest());
}
