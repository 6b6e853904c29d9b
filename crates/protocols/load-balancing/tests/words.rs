//! The words: both languages say the same with the same values, everything that can be said has its sentence, and every sentence
//! is said. What is said is gathered from runs, in which everything happens sooner or later.

mod support;

use load_balancing::{LoadBalancingConfig, Node, Policy, Timer};
use protocol::{Arg, Config, NodeId, Phrase, Picture, Protocol, TimerName};
use sim::{Action, Edit, Run};
use std::collections::{BTreeMap, BTreeSet};
use support::{at, crash, run, set};
use trace::{Language, Outcome, Stimulus, Words};

fn catalogue(language: &str) -> BTreeMap<&'static str, &'static str> {
    let lines = Node::words(language).lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(" = ").expect("`key = template`"))
        .collect()
}

/// The values that a template asks for, and those of them that only choose a plural.
fn slots(template: &str) -> (BTreeSet<&str>, BTreeSet<&str>) {
    let (mut values, mut plurals) = (BTreeSet::new(), BTreeSet::new());
    for part in template.split('{').skip(1) {
        let slot = part.split_once('}').expect("a closed brace").0;
        match slot.split_once(':') {
            Some((name, _)) => plurals.insert(name),
            None => values.insert(slot),
        };
    }
    (values, plurals)
}

#[test]
fn both_languages_have_the_same_keys_and_values() {
    let (en, zh) = (catalogue("en"), catalogue("zh"));
    let english: BTreeSet<_> = en.keys().collect();
    let others = zh.keys().filter(|key| !key.starts_with("source."));
    assert_eq!(english, others.collect());
    for (key, template) in &en {
        let ((values, _), (theirs, _)) = (slots(template), slots(zh[key]));
        assert_eq!(values, theirs, "{key}");
    }
}

#[test]
fn everything_that_the_tables_name_has_its_words() {
    let words = catalogue("en");
    let mut wanted: Vec<String> = ["about", "invite"].map(String::from).into();
    wanted.extend(
        Timer::ALL
            .iter()
            .map(|timer| format!("timer.{}", timer.id())),
    );
    wanted.extend(
        Node::MESSAGES
            .iter()
            .map(|kind| format!("message.{}", kind.name)),
    );
    wanted.extend(
        Node::PROPERTIES
            .iter()
            .map(|property| format!("property.{}", property.id)),
    );
    wanted.extend(Node::RULES.iter().map(|rule| format!("rule.{}", rule.id)));
    for operation in Node::OPERATIONS {
        wanted.push(format!("op.{}", operation.id));
        wanted.extend(
            operation
                .fields
                .iter()
                .map(|field| format!("field.{}", field.id)),
        );
    }
    for variant in Node::VARIANTS {
        wanted.push(format!("variant.{}", variant.id));
        wanted.push(format!("variant.{}.help", variant.id));
        let known = |id| Node::PROPERTIES.iter().any(|property| property.id == id);
        assert!(variant.breaks.is_none_or(known), "{}", variant.id);
    }
    for parameter in LoadBalancingConfig::PARAMETERS {
        wanted.push(format!("param.{}", parameter.key));
        wanted.push(format!("param.{}.help", parameter.key));
    }
    for key in wanted {
        assert!(words.contains_key(key.as_str()), "{key}");
    }
}

#[test]
fn every_policy_is_a_choice() {
    for policy in Policy::ALL {
        let mut config = LoadBalancingConfig::default();
        config.set("policy", policy.id()).expect("a choice");
        assert_eq!(config.policy(), policy);
        let name = format!("param.policy.{}", policy.id());
        assert!(catalogue("en").contains_key(name.as_str()), "{name}");
    }
}

/// Runs in which, together, everything happens that can be told.
fn eventful() -> Vec<(Run, u64)> {
    let mut runs = Vec::new();
    let edits = || -> Vec<Edit> {
        vec![
            at(1_500_000, crash(NodeId(5))),
            at(2_000_000, set("slow_server", "3")),
            at(5_000_000, Action::Restart(NodeId(5))),
            at(6_000_000, set("failing_server", "2")),
            at(9_000_000, set("failing_server", "0")),
            at(11_000_000, set("latency_max_us", "350000")),
            at(13_000_000, set("latency_max_us", "12000")),
            at(14_000_000, crash(NodeId(6))),
            at(14_000_000, crash(NodeId(7))),
            at(14_000_000, crash(NodeId(8))),
            at(18_000_000, Action::Restart(NodeId(6))),
            at(18_000_000, Action::Restart(NodeId(7))),
            at(18_000_000, Action::Restart(NodeId(8))),
        ]
    };
    for (seed, policy) in (1..).zip(Policy::ALL) {
        for (view, passive) in [("own", "3"), ("reported", "0")] {
            let config = [
                ("balancers", "2"),
                ("policy", policy.id()),
                ("load_view", view),
                ("passive_failures", passive),
                ("report_us", "400000"),
                ("queue_limit", "3"),
                ("gap_us", "60000"),
                ("hot_permille", "300"),
                ("loss_permille", "20"),
                ("duplicate_permille", "50"),
                ("failing_permille", "700"),
                ("attempt_timeout_us", "500000"),
                ("client_timeout_us", "700000"),
                ("eject_percent_max", "25"),
                ("outlier_deviations_permille", "1000"),
            ];
            let run = Run {
                edits: edits(),
                ..run(seed, &config)
            };
            runs.push((run, 24_000_000));
        }
    }
    // Many servers: not all of them are named.
    let many = [("servers", "12"), ("policy", "least-connections")];
    runs.push((run(1, &many), 2_000_000));
    // And not all of those that are passed over.
    let few = [
        ("servers", "12"),
        ("panic_percent", "0"),
        ("passive_failures", "0"),
    ];
    let few = Run {
        edits: (4..14)
            .map(|node| at(10_000, crash(NodeId(node))))
            .collect(),
        ..run(1, &few)
    };
    runs.push((few, 4_000_000));
    // Nobody lasts for more than one try, and a central queue overflows.
    let crowded = [
        ("policy", "central-queue"),
        ("queue_limit", "1"),
        ("gap_us", "20000"),
        ("retries_max", "0"),
        ("failing_server", "1"),
    ];
    runs.push((run(1, &crowded), 4_000_000));
    for variant in Node::VARIANTS {
        let run = Run {
            variant: variant.id.into(),
            edits: edits(),
            ..run(
                3,
                &[
                    ("gap_us", "50000"),
                    ("queue_limit", "4"),
                    ("retry_budget_permille", "20"),
                    ("retry_burst", "1"),
                    ("passive_failures", "2"),
                    ("eject_percent_max", "0"),
                    ("duplicate_permille", "50"),
                    ("load_view", "reported"),
                    ("attempt_timeout_us", "400000"),
                    ("hot_permille", "600"),
                    ("weights", "5 1 1 3"),
                    ("policy", policy_of(variant.id)),
                ],
            )
        };
        runs.push((run, 20_000_000));
    }
    runs
}

/// The policy with which a variant does its harm.
fn policy_of(variant: &str) -> &'static str {
    match variant {
        "turns-not-paid" => "weighted-round-robin",
        "herd-on-stale-load" => "least-connections",
        "no-load-bound" => "consistent-hash",
        _ => "power-of-d",
    }
}

/// A phrase with those within it.
fn gather(phrase: &Phrase, into: &mut Vec<Phrase>) {
    into.push(phrase.clone());
    for (_, arg) in &phrase.args {
        match arg {
            Arg::Phrase(inner) => gather(inner, into),
            Arg::Word(key) => into.push(Phrase {
                key: key.clone(),
                args: Vec::new(),
                rule: None,
            }),
            _ => {}
        }
    }
}

fn word(key: &str) -> Phrase {
    Phrase {
        key: key.to_owned().into(),
        args: Vec::new(),
        rule: None,
    }
}

fn of_picture(picture: &Picture, into: &mut Vec<Phrase>) {
    match picture {
        Picture::Table { title, head, rows } => {
            into.push(word(title));
            into.extend(head.iter().map(|key| word(key)));
            for cell in rows.iter().flat_map(|row| &row.cells) {
                if let Arg::Word(key) = cell {
                    into.push(word(key));
                }
            }
        }
        Picture::Queue { title, .. }
        | Picture::Ring { title, .. }
        | Picture::Gauge { title, .. } => {
            into.push(word(title));
        }
        Picture::Chart {
            title,
            x,
            y,
            series,
        } => {
            into.extend([title, &x.name, &y.name].map(|key| word(key)));
            for series in series {
                if let Arg::Word(key) = &series.name {
                    into.push(word(key));
                }
            }
        }
        Picture::Log { .. } | Picture::Votes(_) | Picture::Tree { .. } => {}
    }
}

/// Everything that is said in those runs, one of each kind.
fn said() -> BTreeMap<(String, Vec<String>), Phrase> {
    let mut all = BTreeMap::new();
    for (run, until_us) in eventful() {
        let mut world = sim::open::<Node>(&run).expect("a run");
        let mut found = Vec::new();
        while world.now_us() < until_us && world.advance().is_some() {
            let step = world.step();
            let event = world.event(step).expect("the event of this step");
            if let Stimulus::Asked { op, .. } = &event.stimulus {
                gather(op, &mut found);
            }
            for outcome in &event.outcomes {
                match outcome {
                    Outcome::Sent {
                        message, reason, ..
                    } => {
                        gather(reason, &mut found);
                        if let Some(label) = &message.view.label {
                            gather(label, &mut found);
                        }
                    }
                    Outcome::Answered { answer, .. } => gather(answer, &mut found),
                    Outcome::Told(phrase) | Outcome::Noted(phrase) => gather(phrase, &mut found),
                    Outcome::TimerSet { reason, .. } => gather(reason, &mut found),
                    Outcome::Judged {
                        verdict: protocol::Verdict::Violated(how),
                        ..
                    } => gather(how, &mut found),
                    _ => {}
                }
            }
            if step.is_multiple_of(97) {
                for node in &world.frame().nodes {
                    found.push(word(&node.view.role));
                    node.view
                        .badges
                        .iter()
                        .for_each(|badge| gather(badge, &mut found));
                    node.view
                        .pictures
                        .iter()
                        .for_each(|picture| of_picture(picture, &mut found));
                }
                world
                    .pictures()
                    .iter()
                    .for_each(|picture| of_picture(picture, &mut found));
            }
            for phrase in found.drain(..) {
                let names = phrase.args.iter().map(|(name, _)| name.to_string());
                let args = names
                    .chain(phrase.rule.as_ref().map(|rule| rule.to_string()))
                    .collect();
                all.entry((phrase.key.to_string(), args)).or_insert(phrase);
            }
        }
    }
    all
}

#[test]
fn what_is_said_has_its_words_and_what_has_words_is_said() {
    let said = said();
    let labels: Vec<String> = Node::roster(&LoadBalancingConfig::default())
        .into_iter()
        .map(|node| node.label)
        .collect();
    for language in Language::ALL {
        let mut words = Words::new(language);
        words.add(Node::words(language.code())).expect("good words");
        for phrase in said.values() {
            assert!(words.has(&phrase.key), "{}", phrase.key);
            let sentence = words.say(phrase, &labels);
            assert!(
                phrase.args.is_empty() || !sentence.contains(['{', '}']),
                "{}: {sentence}",
                phrase.key
            );
            if let Some(rule) = &phrase.rule {
                assert!(Node::RULES.iter().any(|known| known.id == rule), "{rule}");
            }
        }
    }
    let mut keys: BTreeSet<&str> = said.keys().map(|(key, _)| key.as_str()).collect();
    // Refusals of configurations and operations, and what no run brings about: the crate's own tests reach these.
    keys.extend([
        "error.numbers",
        "error.probe-timeout",
        "error.no-server",
        "error.number",
    ]);
    keys.extend([
        "looked.none",
        "reason.misdirected",
        "violation.answered-by-other",
    ]);
    let families = [
        "reason.",
        "fact.",
        "answer.",
        "badge.",
        "error.",
        "choice.",
        "looked.",
        "skipped.",
        "standing.",
        "refusal.",
        "ejected.",
        "violation.",
        "picture.",
        "column.",
        "axis.",
        "series.",
        "figure.",
        "role.",
    ];
    let never: Vec<&str> = catalogue("en")
        .into_keys()
        .filter(|key| {
            families.iter().any(|family| key.starts_with(family))
                || key.starts_with("message.") && key.ends_with(".label")
        })
        .filter(|key| !keys.contains(key))
        .collect();
    assert_eq!(never, Vec::<&str>::new(), "these are never said");
    let cited: BTreeSet<_> = said
        .values()
        .filter_map(|phrase| phrase.rule.as_deref())
        .collect();
    for rule in Node::RULES {
        assert!(cited.contains(rule.id), "rule {} is never cited", rule.id);
    }
}
