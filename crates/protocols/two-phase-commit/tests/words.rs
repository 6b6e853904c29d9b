//! The words: both languages say the same things with the same values, and everything that the tables and runs say has its
//! sentence.

use protocol::{Config, NodeId, Protocol, Say, TimerName};
use sim::{Action, Run};
use std::collections::{BTreeMap, BTreeSet};
use trace::{Language, Words};
use two_phase_commit::{CommitConfig, Node, Timer};

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
    assert!(en.keys().eq(zh.keys()));
    for (key, template) in &en {
        assert_eq!(values(template), values(zh[key]), "{key}");
    }
}

#[test]
fn everything_that_the_tables_name_has_its_words() {
    let words = catalogue("en");
    let mut wanted: Vec<String> = ["about", "invite", "hue.transaction"]
        .map(String::from)
        .into();
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
    for parameter in CommitConfig::PARAMETERS {
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

/// Runs with every kind of trouble: each sentence that comes up is there, with all its values, in both languages. What comes up
/// covers most of the catalogue, so that a sentence nobody says any more is noticed.
#[test]
fn what_runs_say_has_its_sentence() {
    let mut said = BTreeSet::new();
    for (number, (mode, locks)) in [
        ("two-phase", "wait-die"),
        ("two-phase", "no-wait"),
        ("two-phase", "wait-timeout"),
        ("three-phase", "wait-die"),
    ]
    .into_iter()
    .enumerate()
    {
        let config = [
            ("mode", mode),
            ("locks", locks),
            ("clients", "4"),
            ("parties", "3"),
            ("balance", "30"),
            ("request_gap_us", "30000"),
            ("loss_permille", "60"),
            ("duplicate_permille", "60"),
        ];
        let run = Run {
            protocol: Node::ID.into(),
            behaviour: Node::BEHAVIOUR,
            variant: sim::SOUND.into(),
            config: config.map(|(key, value)| (key.into(), value.into())).into(),
            seed: number as u64,
            ..Run::default()
        };
        let mut cluster = sim::open::<Node>(&run).expect("a sensible run");
        let mut down = None;
        for step in 1..4_000u64 {
            if cluster.advance().is_none() {
                break;
            }
            if step % 150 == 0 {
                let now_us = cluster.now_us();
                let action = match down.take() {
                    Some(node) => Action::Restart(node),
                    None => {
                        let node = NodeId((step / 300 % 4) as u16);
                        down = Some(node);
                        Action::Crash {
                            node,
                            keep: 0,
                            torn: false,
                        }
                    }
                };
                cluster.act(&action, now_us).expect("it can be done");
            }
        }
        let labels = cluster.labels().to_vec();
        for step in 1..=cluster.len() {
            let event = cluster.event(step).expect("it happened");
            let tree = serde_json::to_value(&event).expect("an event is plain data");
            collect(&tree, &labels, &mut said);
        }
    }
    let counted = |key: &&&str| key.starts_with("reason.") || key.starts_with("fact.");
    let words = catalogue("en");
    let all: BTreeSet<&str> = words.keys().filter(counted).copied().collect();
    let unsaid: Vec<_> = all.iter().filter(|key| !said.contains(**key)).collect();
    assert!(
        unsaid.len() * 4 < all.len(),
        "{} of {} are never said: {unsaid:?}",
        unsaid.len(),
        all.len()
    );
}

/// Finds the phrases in an event, and says them.
fn collect(tree: &serde_json::Value, labels: &[String], said: &mut BTreeSet<String>) {
    if let Some(key) = tree.get("key").and_then(|key| key.as_str())
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
