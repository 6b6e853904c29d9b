//! Every variant that is broken on purpose is found by the search: a checker that never failed is untested. What was found within how many
//! schedules stands in `docs/sensitivity.md`, which this test makes: `UPDATE=1 cargo nextest run -p search` writes it anew.
//!
//! And what is sound survives as many schedules of each kind.
#![allow(
    clippy::disallowed_methods,
    reason = "a test asks whether it is to write its table anew"
)]

use protocol::Range;
use search::random::{Finding, Spec, Strategy, explore};
use search::shrink::shrink;
use sim::{About, Opened, Run, SOUND};
use std::collections::BTreeMap;
use std::fmt::Write;

/// How many schedules of each strategy a variant is given under the default parameters or at its aim, and under each of the others.
const TRIES: [(Strategy, &str, u64, u64); 2] = [
    (Strategy::Swarm, "swarm", 2_000, 200),
    (
        Strategy::Priorities { depth: 3 },
        "priorities, depth 3",
        60,
        20,
    ),
];
/// Parameters and their values.
type Aim = &'static [(&'static str, &'static str)];

/// Variants whose rule the default parameters hardly ever put to the test: where they are sought, and why there.
const AIMED: [(&str, &str, Aim); 10] = [
    // An older entry has to be sent again before one of the present term: few servers, one entry a message, leaders that change often.
    (
        "raft",
        "commit-older-term",
        &[
            ("servers", "3"),
            ("entries_per_append_max", "1"),
            ("window", "1"),
            ("pre_vote", "false"),
            ("check_quorum", "false"),
            ("request_gap_us", "100000"),
        ],
    ),
    // There have to be snapshots.
    (
        "raft",
        "snapshot-forgets-sessions",
        &[("snapshot_entries", "4")],
    ),
    // A snapshot has to overtake the entries that it stands for, on a slow network.
    (
        "raft",
        "install-discards-log",
        &[
            ("servers", "3"),
            ("clients", "5"),
            ("sessions", "false"),
            ("request_gap_us", "20000"),
            ("entries_per_append_max", "1"),
            ("heartbeat_us", "5000"),
            ("latency_max_us", "100000"),
            ("snapshot_entries", "2"),
        ],
    ),
    // Two leaders have to change an even number of voters, the second before its first entry is committed: nothing but orders, and
    // elections all the time.
    (
        "raft",
        "change-without-noop",
        &[
            ("servers", "4"),
            ("clients", "5"),
            ("sessions", "false"),
            ("election_timeout_min_us", "20000"),
            ("election_timeout_max_us", "40000"),
            ("heartbeat_us", "10000"),
            ("pre_vote", "false"),
            ("check_quorum", "false"),
            ("client_timeout_us", "10000"),
            ("request_gap_us", "0"),
            ("orders_permille", "1000"),
        ],
    ),
    // There have to be changes by joint consensus, and servers to be added.
    (
        "raft",
        "joint-one-majority",
        &[
            ("servers", "3"),
            ("standby", "2"),
            ("request_gap_us", "100000"),
            ("orders_permille", "400"),
        ],
    ),
    // Somebody has to hand over.
    (
        "raft",
        "transfer-without-votes",
        &[("transfers_permille", "300")],
    ),
    // Somebody has to read without the log, and often.
    (
        "raft",
        "read-without-round",
        &[
            ("reads", "read-index"),
            ("clients", "5"),
            ("keys", "1"),
            ("reads_permille", "500"),
            ("request_gap_us", "20000"),
        ],
    ),
    // The difference that drift makes has to be longer than it takes to elect a leader, to find it and to write.
    (
        "raft",
        "lease-without-allowance",
        &[
            ("reads", "lease"),
            ("servers", "3"),
            ("clients", "5"),
            ("keys", "1"),
            ("reads_permille", "650"),
            ("request_gap_us", "200000"),
            ("client_timeout_us", "10000"),
            ("election_timeout_min_us", "300000"),
            ("election_timeout_max_us", "300000"),
            ("latency_min_us", "100"),
            ("latency_max_us", "500"),
            ("drift_ppm_max", "200000"),
        ],
    ),
    // A gap takes several slots under way at once, one of them on the disk of the leader alone.
    (
        "multi-paxos",
        "gap-skipped",
        &[
            ("servers", "3"),
            ("clients", "5"),
            ("request_gap_us", "0"),
            ("sessions", "false"),
        ],
    ),
    // Stale loads have to be what is compared.
    (
        "load-balancing",
        "herd-on-stale-load",
        &[("policy", "least-connections"), ("load_view", "reported")],
    ),
];
/// Schedules that are tried at a time.
const PORTION: u64 = 20;
/// How many schedules of the sound protocol are tried at the aim of each variant.
const AIMED_TRIES: u64 = 200;
/// How many of the sound variants' schedules are tried.
const SOUND_TRIES: [(Strategy, u64); 2] = [
    (Strategy::Swarm, 400),
    (Strategy::Priorities { depth: 3 }, 60),
];

fn open(run: &Run, steps: u64) -> Opened {
    catalog::trial(run, steps)
}

type Config = BTreeMap<String, String>;

/// Where the variant is sought: at its aim if it has one; otherwise under the default parameters, then under those of the protocol's
/// own stories, its own first.
fn configs(entry: &catalog::Entry, variant: &str) -> Vec<Config> {
    let aimed = AIMED
        .iter()
        .find(|(protocol, aimed, _)| *protocol == entry.about.id && *aimed == variant);
    if let Some((_, _, config)) = aimed {
        let pairs = config.iter().map(|(key, value)| (*key, *value));
        return vec![
            pairs
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        ];
    }
    let mut configs = vec![Config::new()];
    let runs = entry.scenarios().iter();
    let mut runs: Vec<Run> = runs.map(|one| one.run(entry.about.behaviour)).collect();
    runs.sort_by_key(|run| run.variant != variant);
    for run in runs {
        let own = entry.about.parameters.iter();
        let own: Config = own
            .filter_map(|parameter| {
                let value = run.config.get(parameter.key)?;
                Some((parameter.key.to_owned(), value.clone()))
            })
            .collect();
        if !configs.contains(&own) {
            configs.push(own);
        }
    }
    // What no story has: each choice and each switch by itself.
    for parameter in entry.about.parameters {
        let values: Vec<String> = match parameter.range {
            Range::Choice(choices) => choices.iter().map(ToString::to_string).collect(),
            Range::Bool => vec!["true".into(), "false".into()],
            Range::Int { .. } | Range::Text { .. } => Vec::new(),
        };
        let default = parameter.default.to_string();
        let others = values.into_iter().filter(|value| *value != default);
        configs.extend(others.map(|value| Config::from([(parameter.key.to_owned(), value)])));
    }
    configs
}

/// The first find, and among how many schedules.
fn found(
    about: &About,
    variant: &str,
    property: &str,
    configs: &[Config],
) -> Option<(Finding, &'static str, u64)> {
    for (strategy, name, by_default, otherwise) in TRIES {
        for config in configs {
            let tries = if config.is_empty() || configs.len() == 1 {
                by_default
            } else {
                otherwise
            };
            let run = Run {
                protocol: about.id.into(),
                variant: variant.into(),
                config: config.clone(),
                ..Run::default()
            };
            let mut spec = Spec::new(run, strategy);
            spec.property = Some(property.to_owned());
            spec.calm_us = 0;
            for from in (0..tries).step_by(PORTION as usize) {
                let report = explore(&spec, from..from + PORTION, &open).unwrap();
                if let Some(finding) = report.found().next() {
                    return Some((finding.clone(), name, finding.seed + 1));
                }
            }
        }
    }
    None
}

#[test]
fn every_broken_variant_is_found() {
    let mut table = String::from(
        "# What the search finds\n\n\
         Each variant that is broken on purpose, the promise that it breaks, and the first schedule that shows it: how schedules are drawn,\n\
         under which parameters (those of a story of the protocol or of an aim, where the default ones do not exercise the rule), after how\n\
         many schedules, and how small the run became. `crates/search/tests/sensitivity.rs` makes this table.\n\n\
         | protocol | variant | promise | schedules | parameters | found after | actions |\n\
         |---|---|---|---|---|--:|--:|\n",
    );
    let (mut all, mut shown) = (0, 0);
    for entry in catalog::entries() {
        let about = entry.about;
        for (variant, breaks) in about.variants {
            let Some(property) = breaks else { continue };
            all += 1;
            let configs = configs(entry, variant);
            let row = match found(about, variant, property, &configs) {
                Some((finding, strategy, after)) => {
                    shown += 1;
                    let small = shrink(&finding, 2_000, &open).unwrap().finding.run;
                    let parameters = about.parameters.iter();
                    let parameters: Vec<String> = parameters
                        .filter_map(|one| {
                            Some(format!(
                                "`{}={}`",
                                one.key,
                                finding.run.config.get(one.key)?
                            ))
                        })
                        .map(|text| text.replace(['\n', '|'], " "))
                        .filter(|text| text.len() < 60)
                        .collect();
                    format!(
                        "{strategy} | {} | {after} | {}",
                        parameters.join(" "),
                        small.edits.len()
                    )
                }
                None => "not found | | – | –".into(),
            };
            writeln!(table, "| {} | {variant} | {property} | {row} |", about.id).unwrap();
        }
    }
    writeln!(table, "\nFound: {shown} of {all}.").unwrap();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sensitivity.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        known == table,
        "docs/sensitivity.md differs: if that is right, run again with UPDATE=1\n{table}"
    );
}

#[test]
fn what_is_sound_survives() {
    for entry in catalog::entries() {
        for (strategy, tries) in SOUND_TRIES {
            let run = Run {
                protocol: entry.about.id.into(),
                variant: SOUND.into(),
                ..Run::default()
            };
            let report = explore(&Spec::new(run, strategy), 0..tries, &open).unwrap();
            assert_eq!(report.schedules(), tries);
            let found: Vec<_> = report.found().collect();
            assert!(
                found.is_empty(),
                "{} {strategy:?}: {found:?}",
                entry.about.id
            );
            assert!(report.facts.len() > 1, "something happened");
        }
    }
}

/// Where a variant is sought at an aim, the sound protocol keeps the same promise: neither the aim nor the judge is to blame.
#[test]
fn what_is_sound_survives_where_variants_fail() {
    for (protocol, variant, aim) in AIMED {
        let entry = catalog::entries()
            .iter()
            .find(|entry| entry.about.id == protocol)
            .expect("a protocol of the catalogue");
        let mut variants = entry.about.variants.iter();
        let (_, breaks) = variants
            .find(|(id, _)| *id == variant)
            .expect("one of its variants");
        let pairs = aim.iter();
        let run = Run {
            protocol: protocol.into(),
            variant: SOUND.into(),
            config: pairs
                .map(|(key, value)| ((*key).into(), (*value).into()))
                .collect(),
            ..Run::default()
        };
        let mut spec = Spec::new(run, Strategy::Swarm);
        spec.property = breaks.map(str::to_owned);
        spec.calm_us = 0;
        let report = explore(&spec, 0..AIMED_TRIES, &open).unwrap();
        let found: Vec<_> = report.found().collect();
        assert!(found.is_empty(), "{protocol} {variant}: {found:?}");
    }
}
