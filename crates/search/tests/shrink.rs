//! What is shrunk still breaks its promise, with as little as possible.

use protocol::{NodeId, Verdict};
use search::random::{Finding, Spec, Strategy, explore};
use search::shrink::{Shrunk, shrink};
use sim::{Action, Edit, Opened, Run};

fn open(run: &Run, steps: u64) -> Opened {
    catalog::trial(run, steps)
}

/// The first find of the broken variant.
fn found(protocol: &str, variant: &str) -> Finding {
    let run = Run {
        protocol: protocol.into(),
        variant: variant.into(),
        ..Run::default()
    };
    let report = explore(&Spec::new(run, Strategy::Swarm), 0..200, &open).unwrap();
    let finding = report.found().find(|finding| finding.how.is_some());
    finding.expect("a broken promise").clone()
}

/// Whether `run` breaks the promise, played as everybody plays it, until a second after the find did.
fn breaks(run: &Run, finding: &Finding) -> bool {
    let mut cluster = catalog::open(run).unwrap();
    while cluster.now_us() < finding.at_us + 1_000_000 {
        if cluster.advance().is_none() {
            break;
        }
        let mut all = cluster.properties().into_iter();
        let it = all.find(|status| status.property == finding.property);
        if matches!(it.unwrap().verdict, Verdict::Violated(_)) {
            return true;
        }
    }
    false
}

fn without(run: &Run, place: usize) -> Run {
    let mut run = run.clone();
    run.edits.remove(place);
    run
}

#[test]
fn nothing_can_be_taken_out_of_what_was_shrunk() {
    for (protocol, variant, most) in [
        ("raft", "no-election-restriction", 6),
        ("raft", "no-consistency-check", 4),
        // Two of five have to stand still, one to forget what it promised, and another to lead that has not heard of it.
        ("multi-paxos", "promise-forgotten", 10),
        ("two-phase-commit", "vote-not-logged", 6),
        ("map-reduce", "no-atomic-rename", 6),
        ("rpc", "answers-anew", 6),
    ] {
        let finding = found(protocol, variant);
        let small = shrink(&finding, 3_000, &open).unwrap();
        let run = &small.finding.run;
        assert!(small.minimal, "{variant}: {} tries", small.tries);
        assert_eq!(small.was, finding.run.edits.len() as u64);
        assert!(run.edits.len() <= most, "{variant}: {:?}", run.edits);
        assert_eq!(small.finding.property, finding.property);
        assert!(breaks(run, &small.finding), "{variant}");
        for place in 0..run.edits.len() {
            let broken = shrink_try(&without(run, place), &small.finding);
            assert!(!broken, "{variant}: {:?} does nothing", run.edits[place]);
        }
    }
}

/// Whether `run` breaks it within the time that shrinking gives it.
fn shrink_try(run: &Run, small: &Finding) -> bool {
    let candidate = Finding {
        run: run.clone(),
        ..small.clone()
    };
    shrink(&candidate, 1, &open).is_ok()
}

#[test]
fn what_was_put_in_needlessly_goes_out_again() {
    let finding = found("raft", "no-consistency-check");
    let small = shrink(&finding, 3_000, &open).unwrap();
    let mut padded = small.finding.clone();
    for at_us in (50_000..400_000).step_by(25_000) {
        padded.run.edits.push(Edit {
            at_us,
            rank: 0,
            after: Vec::new(),
            action: Action::Skew {
                node: NodeId((at_us / 25_000 % 5) as u16),
                drift_ppm: 0,
                offset_us: at_us as i64,
            },
        });
    }
    padded.run.edits.sort_by_key(|edit| edit.at_us);
    let again = shrink(&padded, 3_000, &open).unwrap();
    let actions = |small: &Shrunk| -> Vec<Action> {
        let edits = small.finding.run.edits.iter();
        edits.map(|edit| edit.action.clone()).collect()
    };
    assert_eq!(actions(&again), actions(&small));
    assert!(again.minimal && again.was > small.finding.run.edits.len() as u64 + 10);
}

#[test]
fn chance_becomes_edits_and_those_become_few() {
    // Under loss alone: the messages that matter are named.
    let run = Run {
        protocol: "raft".into(),
        variant: "no-consistency-check".into(),
        ..Run::default()
    };
    let mut spec = Spec::new(run, Strategy::Swarm);
    spec.property = Some("log-matching".into());
    spec.faults = search::random::Kinds::NONE;
    spec.faults.allow("loss");
    let report = explore(&spec, 0..300, &open).unwrap();
    let finding = report.found().next().expect("loss suffices");
    assert!(finding.run.config.contains_key("loss_permille") && finding.run.edits.is_empty());
    let small = shrink(finding, 3_000, &open).unwrap();
    let config = &small.finding.run.config;
    assert!(!config.contains_key("loss_permille"), "{config:?}");
    let drops = small.finding.run.edits.iter();
    assert!(
        drops
            .clone()
            .all(|edit| matches!(edit.action, Action::Drop(_)))
    );
    assert!(
        small.minimal && (1..=12).contains(&drops.count()),
        "{small:?}"
    );
    for place in 0..small.finding.run.edits.len() {
        let fewer = without(&small.finding.run, place);
        assert!(!shrink_try(&fewer, &small.finding), "each loss matters");
    }
}

#[test]
fn a_run_that_breaks_nothing_is_refused_and_a_budget_is_kept() {
    let finding = found("raft", "minority-commit");
    let sound = Finding {
        run: Run {
            variant: sim::SOUND.into(),
            ..finding.run.clone()
        },
        ..finding.clone()
    };
    let why = shrink(&sound, 100, &open).unwrap_err().to_string();
    assert!(why.contains(&finding.property), "{why}");
    let Shrunk { tries, minimal, .. } = shrink(&finding, 7, &open).unwrap();
    assert_eq!((tries, minimal), (7, false));
}

/// What was chosen pick by pick becomes small as well, and none of what is left can go.
#[test]
fn runs_that_were_found_by_priorities_become_small() {
    for (protocol, variant, most) in [
        ("raft", "no-election-restriction", 25),
        ("raft", "no-consistency-check", 3),
        ("paxos", "ignores-accepted", 3),
    ] {
        let run = Run {
            protocol: protocol.into(),
            variant: variant.into(),
            ..Run::default()
        };
        let spec = Spec::new(run, Strategy::Priorities { depth: 3 });
        let report = explore(&spec, 0..200, &open).unwrap();
        let finding = report.found().next().expect("a broken promise");
        assert!(finding.run.edits.len() > 10, "{variant}: picks");
        let small = shrink(finding, 20_000, &open).unwrap();
        let run = &small.finding.run;
        assert!(small.minimal, "{variant}: {} tries", small.tries);
        assert!(run.edits.len() <= most, "{variant}: {:?}", run.edits);
        assert!(breaks(run, &small.finding), "{variant}");
        for place in 0..run.edits.len() {
            let broken = shrink_try(&without(run, place), &small.finding);
            assert!(!broken, "{variant}: {:?} does nothing", run.edits[place]);
        }
    }
}

/// Nodes and parameters that the violation does not need are not there.
#[test]
fn no_more_nodes_than_it_takes() {
    let run = Run {
        protocol: "raft".into(),
        variant: "no-consistency-check".into(),
        config: [("servers", "7"), ("clients", "4"), ("window", "3")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        ..Run::default()
    };
    let report = explore(&Spec::new(run, Strategy::Swarm), 0..200, &open).unwrap();
    let count = |run: &Run, key: &str, default: u64| {
        let given = run.config.get(key);
        given.map_or(default, |value| value.parse().unwrap())
    };
    let broken = report.found().filter(|finding| finding.how.is_some());
    let mut least = u64::MAX;
    for finding in broken.take(3) {
        let small = shrink(finding, 3_000, &open).unwrap();
        let run = &small.finding.run;
        assert!(count(run, "servers", 5) < 7, "{run:?}");
        assert!(!run.config.contains_key("window"), "at its default");
        assert!(small.minimal && breaks(run, &small.finding));
        // With one client fewer nothing breaks.
        let clients = count(run, "clients", 2);
        if let Some(fewer) = clients.checked_sub(1) {
            let mut run = run.clone();
            run.config.insert("clients".into(), fewer.to_string());
            assert!(!shrink_try(&run, &small.finding), "{run:?}");
        }
        least = least.min(clients);
    }
    assert!(least < 4, "{least} clients are left of 4 everywhere");

    // Below the defaults as well, where what was done to the others is done to them still.
    let small = shrink(&found("multi-paxos", "vote-forgotten"), 3_000, &open).unwrap();
    let run = &small.finding.run;
    assert!(
        count(run, "servers", 5) < 5 || count(run, "clients", 2) < 2,
        "{run:?}"
    );
    assert!(!run.edits.is_empty() && breaks(run, &small.finding));
}
