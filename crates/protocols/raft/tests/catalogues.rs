//! The catalogues of words: both languages have the same keys and values, and everything that the tables name has its words.

use protocol::{Config, Protocol, TimerName};
use raft::{Raft, RaftConfig, Timer};
use std::collections::{BTreeMap, BTreeSet};

fn catalogue(language: &str) -> BTreeMap<&'static str, &'static str> {
    let lines = Raft::words(language).lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(" = ").expect("`key = template`"))
        .collect()
}

fn slots(template: &str) -> BTreeSet<&str> {
    let parts = template.split('{').skip(1);
    parts
        .map(|part| part.split_once('}').expect("a closed brace").0)
        .map(|slot| slot.split(':').next().expect("a name"))
        .collect()
}

#[test]
fn both_languages_have_the_same_keys_and_values() {
    let (en, zh) = (catalogue("en"), catalogue("zh"));
    // English names the sources as the tables do.
    let keys = |words: &BTreeMap<&'static str, _>| -> BTreeSet<&'static str> {
        let keys = words.keys().copied();
        keys.filter(|key| !key.starts_with("source.")).collect()
    };
    let (en_keys, zh_keys) = (keys(&en), keys(&zh));
    assert_eq!(
        en_keys.symmetric_difference(&zh_keys).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "keys of one language only"
    );
    for (key, template) in &en {
        // A count may serve only to choose the English plural.
        let plural = |template: &str| -> BTreeSet<String> {
            let parts = template.split('{').skip(1);
            parts
                .filter_map(|part| part.split_once('}')?.0.split_once(':'))
                .map(|(name, _)| name.to_owned())
                .collect()
        };
        let without_plurals = |template: &'static str| -> BTreeSet<&str> {
            let chosen = plural(en[key]);
            let all = slots(template);
            all.into_iter()
                .filter(|slot| !chosen.contains(*slot))
                .collect()
        };
        assert_eq!(without_plurals(template), without_plurals(zh[key]), "{key}");
    }
}

#[test]
fn everything_that_the_tables_name_has_its_words() {
    let words = catalogue("en");
    let mut wanted: Vec<String> = ["about", "invite", "hue.term", "picture.machine"]
        .map(String::from)
        .into();
    let families = |family: &str, ids: &[&str]| -> Vec<String> {
        ids.iter().map(|id| format!("{family}.{id}")).collect()
    };
    wanted.extend(families(
        "role",
        &["follower", "pre-candidate", "candidate", "leader", "client"],
    ));
    wanted.extend(
        Timer::ALL
            .iter()
            .map(|timer| format!("timer.{}", timer.id())),
    );
    wanted.extend(Raft::RULES.iter().map(|rule| format!("rule.{}", rule.id)));
    wanted.extend(
        Raft::PROPERTIES
            .iter()
            .map(|p| format!("property.{}", p.id)),
    );
    wanted.extend(
        Raft::MESSAGES
            .iter()
            .map(|kind| format!("message.{}", kind.name)),
    );
    for variant in Raft::VARIANTS {
        wanted.extend([
            format!("variant.{}", variant.id),
            format!("variant.{}.help", variant.id),
        ]);
    }
    for parameter in RaftConfig::PARAMETERS {
        let key = parameter.key;
        wanted.extend([format!("param.{key}"), format!("param.{key}.help")]);
    }
    for operation in Raft::OPERATIONS {
        let id = operation.id;
        wanted.extend([format!("op.{id}"), format!("op.{id}.say")]);
        wanted.extend(
            operation
                .fields
                .iter()
                .map(|field| format!("field.{}", field.id)),
        );
    }
    let missing: Vec<_> = wanted
        .iter()
        .filter(|key| !words.contains_key(key.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn chinese_names_every_source() {
    let zh = catalogue("zh");
    let named: BTreeSet<String> = zh
        .keys()
        .filter(|key| key.starts_with("source."))
        .map(|key| (*key).to_owned())
        .collect();
    let rules = Raft::RULES
        .iter()
        .map(|rule| (format!("source.rule.{}", rule.id), rule.source));
    let properties = Raft::PROPERTIES
        .iter()
        .map(|property| (format!("source.property.{}", property.id), property.source));
    let wanted: BTreeMap<String, &str> = rules.chain(properties).collect();
    assert!(named.iter().eq(wanted.keys()), "{named:?}");
    let numbers = |text: &str| -> Vec<String> {
        let parts = text.split(|c: char| !c.is_ascii_digit());
        let parts = parts.filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    };
    for (key, source) in &wanted {
        let chinese = zh[key.as_str()];
        assert_eq!(numbers(chinese), numbers(source), "{key}: {chinese}");
        let english = ["figure", "rule", "servers", "state"];
        assert!(!english.iter().any(|word| chinese.contains(word)), "{key}");
    }
}
