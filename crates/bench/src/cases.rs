//! Runs whose digests must be the same natively and in wasm: every kind of chance, float and fault that a run can hold, and
//! every scenario of the catalogue, played there as here.
//!
//! What is said of each run is text, line by line, so that a difference names the run and the place.

use protocol::{NodeId, digest_of};
use scenario::{Player, Scenario};
use sim::{Action, Edit, Run};
use std::fmt::Write;
use std::sync::Arc;

/// A run to compare.
#[derive(Debug)]
pub struct Case {
    /// Its name.
    pub name: String,
    run: Run,
    course: Course,
}

/// How it is played.
#[derive(Debug)]
enum Course {
    /// So many steps of it.
    Steps(u64),
    /// By this scenario, to its end.
    Beats(Arc<Scenario>),
}

fn case(name: &str, seed: u64, config: &[(&str, &str)], edits: Vec<Edit>) -> Case {
    let pairs = config.iter();
    Case {
        name: name.into(),
        run: Run {
            protocol: "raft".into(),
            seed,
            config: pairs
                .map(|(key, value)| ((*key).into(), (*value).into()))
                .collect(),
            edits,
            ..Run::default()
        },
        course: Course::Steps(6_000),
    }
}

fn stories() -> impl Iterator<Item = Case> {
    let entries = catalog::entries().iter();
    let all = entries.flat_map(|entry| entry.scenarios().iter().map(move |one| (entry, one)));
    all.map(|(entry, scenario)| Case {
        name: format!("{}/{}", scenario.protocol, scenario.id),
        run: scenario.run(entry.about.behaviour),
        course: Course::Beats(Arc::clone(scenario)),
    })
}

/// All of them.
pub fn cases() -> Vec<Case> {
    let broken = |variant: &str, mut case: Case| {
        case.run.variant = variant.into();
        case
    };
    let mut cases = vec![
        case("plain", 1, &[], vec![]),
        case("another-seed", u64::MAX - 5, &[], vec![]),
        case(
            "lossy",
            2,
            &[("loss_permille", "80"), ("duplicate_permille", "50")],
            vec![],
        ),
        case(
            "log-normal",
            3,
            &[
                ("latency_shape", "log-normal"),
                ("latency_min_us", "2000"),
                ("latency_max_us", "30000"),
            ],
            vec![],
        ),
        case(
            "exponential",
            4,
            &[
                ("latency_shape", "exponential"),
                ("arrivals", "open"),
                ("fifo", "true"),
            ],
            vec![],
        ),
        case("slow-disks", 5, &[("save_us", "5000")], faults()),
        case(
            "drift",
            6,
            &[
                ("drift_ppm_max", "50000"),
                ("wall_offset_us_max", "1000000"),
            ],
            vec![edit(
                700_000,
                Action::Skew {
                    node: NodeId(2),
                    drift_ppm: -90_000,
                    offset_us: -5_000,
                },
            )],
        ),
        case("faults", 7, &[("loss_permille", "20")], faults()),
        // Exponentials of averages, roots of variances, and logarithms of demands.
        balancing(case(
            "peak-ewma",
            10,
            &[
                ("policy", "peak-ewma"),
                ("demand", "heavy-tailed"),
                ("slow_server", "2"),
                ("failing_server", "3"),
                ("passive_failures", "0"),
            ],
            vec![],
        )),
        balancing(case(
            "jump-hash",
            11,
            &[("policy", "jump-hash"), ("loss_permille", "20")],
            vec![edit(
                5_000_000,
                Action::Set {
                    key: "policy".into(),
                    value: "consistent-hash".into(),
                },
            )],
        )),
        broken(
            "vote-not-saved",
            case(
                "vote-not-saved",
                8,
                &[("loss_permille", "100"), ("save_us", "2000")],
                faults(),
            ),
        ),
        broken(
            "no-consistency-check",
            case(
                "no-consistency-check",
                9,
                &[("loss_permille", "150")],
                faults(),
            ),
        ),
    ];
    cases.extend(stories());
    cases
}

const fn edit(at_us: u64, action: Action) -> Edit {
    Edit {
        at_us,
        rank: 0,
        after: Vec::new(),
        action,
    }
}

/// Crashes, a cut, a pause, an operation asked by hand, a changed parameter: some of it against the will of the run.
fn faults() -> Vec<Edit> {
    let nodes = |ids: &[u16]| ids.iter().copied().map(NodeId).collect();
    let crash = |node, keep, torn| Action::Crash {
        node: NodeId(node),
        keep,
        torn,
    };
    vec![
        edit(400_000, crash(0, 1, false)),
        edit(500_000, crash(1, 0, true)),
        edit(900_000, Action::Restart(NodeId(0))),
        edit(1_000_000, Action::Restart(NodeId(1))),
        edit(
            1_500_000,
            Action::Cut {
                from: nodes(&[0, 1]),
                to: nodes(&[2, 3, 4]),
                both: true,
            },
        ),
        edit(
            2_200_000,
            Action::Ask {
                client: NodeId(5),
                op: "put".into(),
                fields: vec!["x".into(), "7".into()],
            },
        ),
        edit(2_600_000, Action::Heal),
        edit(2_600_000, Action::Heal),
        edit(3_000_000, Action::Pause(NodeId(3))),
        edit(3_900_000, Action::Resume(NodeId(3))),
        edit(
            4_200_000,
            Action::Set {
                key: "latency_max_us".into(),
                value: "60000".into(),
            },
        ),
        edit(4_300_000, crash(2, 0, false)),
        edit(4_500_000, Action::Erase(NodeId(2))),
        edit(4_600_000, Action::Restart(NodeId(2))),
    ]
}

/// The same of load balancing.
fn balancing(mut case: Case) -> Case {
    case.run.protocol = "load-balancing".into();
    case
}

impl Case {
    /// What is to be equal everywhere: digests along the way, of a state sought again, of the properties, and of the trace
    /// as JSON, byte for byte.
    ///
    /// # Panics
    /// If the run is refused or a scenario fails, which would make the comparison empty.
    pub fn report(&self) -> String {
        let mut cluster = catalog::open(&self.run).expect("a run that is in order");
        let mut report = String::new();
        let mut line = |what: &str, word: String| {
            writeln!(report, "{} {what} {word}", self.name).expect("strings take everything");
        };
        match &self.course {
            Course::Steps(steps) => {
                for step in 1..=*steps {
                    assert!(cluster.advance().is_some(), "a cluster that goes on");
                    if step.is_multiple_of(steps / 4) {
                        line(&format!("step {step}"), cluster.digest().to_string());
                    }
                }
            }
            Course::Beats(scenario) => {
                let mut player = Player::new(Arc::clone(scenario));
                while player.next(cluster.as_mut()).expect("a beat that goes on") {
                    player.finish(cluster.as_mut()).expect("a beat that ends");
                    line(
                        &format!("beat {}", player.beat()),
                        cluster.digest().to_string(),
                    );
                }
            }
        }
        let steps = cluster.step();
        line("end", cluster.digest().to_string());
        let mut trace = 0;
        for step in steps.saturating_sub(400).max(1)..=steps {
            let event = cluster.event(step).expect("a recorded step");
            let json = serde_json::to_string(&event).expect("an event as JSON");
            trace = digest_of(&(trace, json));
        }
        line("trace", format!("{trace:016x}"));
        let unmet = cluster.unmet_edits().len();
        line("time", format!("{} us, {unmet} unmet", cluster.now_us()));
        for status in cluster.properties() {
            line(
                "property",
                serde_json::to_string(&status).expect("a status as JSON"),
            );
        }
        cluster.seek(steps / 3).expect("a step of the run");
        line("sought", cluster.digest().to_string());
        report
    }
}
