//! The words: both languages say the same things with the same values, and everything that the tables and runs say has its
//! sentence.

mod support;

use protocol::{Config, NodeId, Protocol, Say, TimerName};
use rpc::{Node, RpcConfig, Timer};
use sim::{Edit, Run};
use std::collections::{BTreeMap, BTreeSet};
use support::{Params, outage, run, set, trap};
use trace::{Language, Words};

fn catalogue(language: &str) -> BTreeMap<&'static str, &'static str> {
    let lines = Node::words(language).lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(" = ").expect("`key = template`"))
        .collect()
}

/// The values that a template names; `{n:one|many}` alone is the English plural's business.
fn values(template: &str) -> BTreeSet<&str> {
    let parts = template.split('{').skip(1);
    let slots = parts.map(|part| part.split_once('}').expect("a closed brace").0);
    slots.filter(|slot| !slot.contains(':')).collect()
}

#[test]
fn both_languages_have_the_same_keys_and_values() {
    let (en, zh) = (catalogue("en"), catalogue("zh"));
    assert!(
        en.keys()
            .eq(zh.keys().filter(|key| !key.starts_with("source.")))
    );
    for (key, template) in &en {
        assert_eq!(values(template), values(zh[key]), "{key}");
    }
}

#[test]
fn everything_that_the_tables_name_has_its_words() {
    let words = catalogue("en");
    let mut wanted: Vec<String> = ["about", "invite", "hue.call"].map(String::from).into();
    wanted.extend(
        Timer::ALL
            .iter()
            .map(|timer| format!("timer.{}", timer.id())),
    );
    wanted.extend(Node::RULES.iter().map(|rule| format!("rule.{}", rule.id)));
    wanted.extend(
        Node::PROPERTIES
            .iter()
            .map(|p| format!("property.{}", p.id)),
    );
    wanted.extend(
        Node::MESSAGES
            .iter()
            .map(|kind| format!("message.{}", kind.name)),
    );
    for variant in Node::VARIANTS {
        wanted.extend([
            format!("variant.{}", variant.id),
            format!("variant.{}.help", variant.id),
        ]);
    }
    for parameter in RpcConfig::PARAMETERS {
        wanted.extend([
            format!("param.{}", parameter.key),
            format!("param.{}.help", parameter.key),
        ]);
    }
    for operation in Node::OPERATIONS {
        wanted.extend([
            format!("op.{}", operation.id),
            format!("op.{}.say", operation.id),
        ]);
        wanted.extend(
            operation
                .fields
                .iter()
                .map(|field| format!("field.{}", field.id)),
        );
        let fields: Vec<String> = operation
            .fields
            .iter()
            .map(|field| field.default.into())
            .collect();
        let op = Node::operation(operation.id, &fields).expect("its defaults make sense");
        wanted.push(op.phrase(NodeId(0)).key.into());
    }
    let missing: Vec<_> = wanted
        .iter()
        .filter(|key| !words.contains_key(key.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Runs with every kind of trouble: each sentence that comes up is there, with all its values, in both languages, and every
/// sentence of the catalogue comes up.
#[test]
fn what_runs_say_has_its_sentence() {
    let mut said = BTreeSet::new();
    for (run, until_us) in eventful() {
        let mut cluster = sim::open::<Node>(&run).expect("a sensible run");
        let labels = cluster.labels().to_vec();
        while cluster.now_us() < until_us && cluster.advance().is_some() {
            let event = cluster.event(cluster.step()).expect("it happened");
            let tree = serde_json::to_value(&event).expect("an event is plain data");
            collect(&tree, &labels, &mut said);
            if cluster.step().is_multiple_of(61) {
                for node in &cluster.frame().nodes {
                    let tree = serde_json::to_value(&node.view).expect("a view is plain data");
                    collect(&tree, &labels, &mut said);
                }
                let tree = serde_json::to_value(cluster.pictures()).expect("plain data");
                collect(&tree, &labels, &mut said);
            }
        }
    }
    let spoken = ["reason.", "fact.", "answer.", "badge.", "violation."];
    let words = catalogue("en");
    let unsaid: Vec<_> = words
        .keys()
        .filter(|key| spoken.iter().any(|family| key.starts_with(family)))
        // Nobody sends what is not meant for its addressee.
        .filter(|key| !said.contains(**key) && **key != "reason.misdirected")
        .collect();
    assert!(unsaid.is_empty(), "never said: {unsaid:?}");
    let labels: Vec<_> = words
        .keys()
        .filter(|key| key.ends_with(".label") && !said.contains(**key))
        .collect();
    assert!(labels.is_empty(), "never said: {labels:?}");
}

/// Runs in which, together, everything happens that can be told.
fn eventful() -> Vec<(Run, u64)> {
    let busy: Params<'_> = &[
        ("clients", "3"),
        ("frontends", "2"),
        ("request_gap_us", "60000"),
        ("loss_permille", "100"),
        ("duplicate_permille", "100"),
        ("save_us", "2000"),
        ("queue_max", "4"),
        ("retry_budget", "true"),
        ("breaker", "true"),
        ("breaker_threshold", "3"),
        ("dedup_retention_us", "2000000"),
    ];
    let faults: Vec<Edit> = (0..6u64)
        .flat_map(|turn| outage(500_000 + turn * 700_000, NodeId(turn as u16), 0))
        .chain([set(5_000_000, "latency_max_us", "600000")])
        .chain([set(7_000_000, "latency_max_us", "12000")])
        .collect();
    let mut runs = Vec::new();
    for (seed, semantics) in
        (1..).zip(["maybe", "at-least-once", "at-most-once", "idempotency-key"])
    {
        for retry_at in ["client", "every-tier"] {
            let more = [("semantics", semantics), ("retry_at", retry_at)];
            let run = Run {
                edits: faults.clone(),
                ..run(sim::SOUND, seed, &[busy, &more].concat())
            };
            runs.push((run, 9_000_000));
        }
    }
    // Without a budget and a breaker, attempts run out; and slow work is promised, asked after, abandoned.
    let patient: Params<'_> = &[
        ("loss_permille", "300"),
        ("service_us", "250000"),
        ("queue_max", "8"),
    ];
    runs.push((run(sim::SOUND, 5, patient), 6_000_000));
    // A client that is down for longer than answers are kept.
    let keyed: Params<'_> = &[
        ("semantics", "idempotency-key"),
        ("clients", "3"),
        ("request_gap_us", "80000"),
        ("deadline_us", "500000"),
        ("dedup_retention_us", "1000000"),
    ];
    for seed in 1..=4 {
        let mut run = run(sim::SOUND, seed, keyed);
        run.edits = outage(1_000_000, support::C1, 0).into();
        run.edits[1].at_us = 4_000_000;
        runs.push((run, 5_000_000));
    }
    for variant in Node::VARIANTS {
        let (config, edits) = trap(variant.id);
        let run = Run {
            edits,
            ..run(variant.id, 1, config)
        };
        runs.push((run, 8_000_000));
    }
    runs
}

/// Finds the phrases in an event, and says them.
fn collect(tree: &serde_json::Value, labels: &[String], said: &mut BTreeSet<String>) {
    if let Some(key) = tree.get("key").and_then(|key| key.as_str())
        && key.contains('.')
        && let Ok(phrase) = serde_json::from_value::<protocol::Phrase>(tree.clone())
        && said.insert(key.to_owned())
    {
        for language in Language::ALL {
            let mut words = Words::new(language);
            words.add(Node::words(language.code())).expect("good words");
            assert!(words.has(key), "{key}");
            let sentence = words.say(&phrase, labels);
            assert!(!sentence.contains(['{', '}']), "{key}: {sentence}");
        }
    }
    match tree {
        serde_json::Value::Array(items) => {
            items.iter().for_each(|item| collect(item, labels, said))
        }
        serde_json::Value::Object(fields) => fields
            .values()
            .for_each(|field| collect(field, labels, said)),
        _ => {}
    }
}
