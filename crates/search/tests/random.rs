//! Schedules by chance over the protocols of the catalogue: what is broken is found, what is sound survives, and a find is an
//! ordinary run.

use protocol::{NodeId, Verdict};
use search::random::{Finding, Kinds, Report, Spec, Strategy, explore};
use sim::{Action, Playable, Run, SimError, Trial};

fn open(run: &Run, steps: u64) -> Result<Box<dyn Trial>, SimError> {
    catalog::trial(run, steps)
}

fn spec(protocol: &str, variant: &str, strategy: Strategy) -> Spec {
    let run = Run {
        protocol: protocol.into(),
        variant: variant.into(),
        ..Run::default()
    };
    Spec::new(run, strategy)
}

/// The run of a find, played like any other up to where it broke its promise.
fn replayed(finding: &Finding) -> Box<dyn Playable> {
    let mut cluster = catalog::open(&finding.run).expect("a run");
    while cluster.step() < finding.step {
        assert!(cluster.advance().is_some(), "it goes on to its last step");
    }
    assert_eq!(cluster.unmet_edits(), [], "all of it could be done");
    assert_eq!(cluster.now_us(), finding.at_us);
    cluster
}

fn verdict(cluster: &dyn Playable, property: &str) -> Verdict {
    let all = cluster.properties().into_iter();
    let mut of_it = all.filter(|status| status.property == property);
    of_it.next().expect("a property of it").verdict
}

#[test]
fn a_find_is_an_ordinary_run_that_breaks_the_same_promise_at_the_same_step() {
    for (protocol, variant) in [
        ("raft", "no-election-restriction"),
        ("multi-paxos", "vote-forgotten"),
        ("two-phase-commit", "changes-mind"),
        ("map-reduce", "counts-twice"),
        ("load-balancing", "no-retry-budget"),
    ] {
        for strategy in [Strategy::Swarm, Strategy::Priorities { depth: 3 }] {
            let report = explore(&spec(protocol, variant, strategy), 0..20, &open).unwrap();
            let finding = report.found().find(|finding| finding.how.is_some());
            let Some(finding) = finding else {
                assert!(
                    matches!(strategy, Strategy::Priorities { .. }),
                    "{protocol}"
                );
                continue;
            };
            let mut cluster = replayed(finding);
            let found = verdict(cluster.as_ref(), &finding.property);
            assert_eq!(Some(found), finding.how.clone().map(Verdict::Violated));
            cluster.seek(finding.step - 1).unwrap();
            let before = verdict(cluster.as_ref(), &finding.property);
            assert!(
                !matches!(before, Verdict::Violated(_)),
                "not a step earlier"
            );
        }
    }
}

#[test]
fn parts_of_a_search_in_any_order_are_the_search() {
    for strategy in [Strategy::Swarm, Strategy::Priorities { depth: 2 }] {
        let spec = spec("raft", "no-election-restriction", strategy);
        let whole = explore(&spec, 0..60, &open).unwrap();
        assert!(!whole.findings.is_empty());
        let mut parts: Vec<Report> = [40..60, 0..15, 15..40]
            .map(|seeds| explore(&spec, seeds, &open).unwrap())
            .into();
        let mut merged = Report::default();
        while let Some(part) = parts.pop() {
            merged.merge(part);
        }
        assert_eq!(merged, whole);
        assert_eq!(merged.schedules(), 60);
        let text = serde_json::to_string(&whole).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), whole);
    }
}

#[test]
fn what_is_asked_for_is_what_is_found() {
    let mut spec = spec("two-phase-commit", "changes-mind", Strategy::Swarm);
    let any = explore(&spec, 0..10, &open).unwrap();
    assert!(any.findings.len() > 1, "it breaks several: {any:?}");
    spec.property = Some("mind-kept".into());
    let one = explore(&spec, 0..10, &open).unwrap();
    assert_eq!(one.findings.keys().collect::<Vec<_>>(), ["mind-kept"]);
    spec.property = Some("mind".into());
    let refused = explore(&spec, 0..1, &open).unwrap_err().to_string();
    assert!(
        refused.contains("`mind`") && refused.contains("mind-kept"),
        "{refused}"
    );
}

#[test]
fn what_no_schedule_can_find_is_refused() {
    let refused = |protocol: &str, strategy, property: &str, calm_us| {
        let mut spec = spec(protocol, "sound", strategy);
        spec.property = Some(property.into());
        spec.calm_us = calm_us;
        let error = explore(&spec, 0..1, &open).unwrap_err().to_string();
        assert!(error.contains(property), "{error}");
        error
    };
    let untimed = Strategy::Priorities { depth: 2 };
    assert!(refused("raft", Strategy::Swarm, "leader-elected", 1).contains("cannot be broken"));
    assert!(refused("raft", untimed, "has-leader", 1).contains("after the faults"));
    assert!(refused("raft", Strategy::Swarm, "has-leader", 0).contains("without faults"));
    assert!(refused("load-balancing", untimed, "no-dead-server", 1).contains("make them late"));
}

/// A network that loses messages by itself is a fault as well: without faults means without it.
#[test]
fn liveness_is_asked_without_the_chance_of_the_given_network() {
    let mut spec = spec("raft", "sound", Strategy::Swarm);
    spec.run
        .config
        .insert("loss_permille".into(), "1000".into());
    spec.property = Some("has-leader".into());
    spec.faults = Kinds::NONE;
    let report = explore(&spec, 0..3, &open).unwrap();
    assert!(report.findings.is_empty(), "{report:?}");
    assert!(report.facts.contains("fact.became-leader"), "it recovers");
}

#[test]
fn faults_that_are_not_allowed_do_not_happen() {
    let mut spec = spec("raft", "minority-commit", Strategy::Swarm);
    spec.faults = Kinds::NONE;
    assert!(spec.faults.allow("cuts") && !spec.faults.allow("earthquakes"));
    let report = explore(&spec, 0..200, &open).unwrap();
    let found = report.found().next().expect("cuts suffice");
    let cut = |action: &Action| matches!(action, Action::Cut { .. } | Action::Heal);
    assert!(found.run.edits.iter().all(|edit| cut(&edit.action)));
    assert!(found.run.config.is_empty());
    spec.faults = Kinds::NONE;
    let calm = explore(&spec, 0..20, &open).unwrap();
    assert!(
        calm.findings.is_empty(),
        "without a fault it keeps its promises"
    );
    assert!(
        calm.states.count() > 20 && calm.facts.contains("fact.became-leader"),
        "{:?}",
        calm.facts
    );
}

#[test]
fn a_search_from_the_present_keeps_its_past() {
    let run = Run {
        protocol: "raft".into(),
        variant: "minority-commit".into(),
        seed: 25,
        ..Run::default()
    };
    let mut cluster = catalog::open(&run).unwrap();
    while cluster.now_us() < 1_000_000 {
        cluster.advance().unwrap();
    }
    cluster.act(&Action::Pause(NodeId(6)), 1_000_000).unwrap();
    let mut spec = Spec::new(cluster.run(), Strategy::Swarm);
    spec.from = cluster.step();
    let report = explore(&spec, 0..200, &open).unwrap();
    let found = report.found().next().expect("it can be broken from there");
    assert_eq!(found.run.edits[0], cluster.run().edits[0]);
    assert_eq!((found.run.seed, &found.run.config), (25, &run.config));
    let again = replayed(found);
    assert!(matches!(
        verdict(again.as_ref(), &found.property),
        Verdict::Violated(_)
    ));
}

#[test]
fn the_bound_of_priorities_is_that_of_its_source() {
    let spec = spec(
        "two-phase-commit",
        "sound",
        Strategy::Priorities { depth: 2 },
    );
    let mut report = explore(&spec, 0..3, &open).unwrap();
    assert!(report.chains > 1 && report.events >= report.chains);
    (report.chains, report.events) = (4, 10);
    let missed = report.priority_bound(2).unwrap();
    assert!((missed - (1.0 - 1.0 / 160.0)).abs() < 1e-12);
    assert_eq!(Report::default().priority_bound(2), None);
}
