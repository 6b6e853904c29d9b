//! Why something cannot be done: a sentence in every language, with every value in its place.

mod toy;

use protocol::{Config, ConfigError, Name, NodeId, Phrase};
use sim::{Remark, Run, SimError, WorldConfig, decode_link};
use std::collections::BTreeSet;
use trace::{Language, Words};

/// The keys of the family `error.` that stand as text in the sources under `folder`.
fn keys_in_sources(folder: &std::path::Path, keys: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            keys_in_sources(&path, keys);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(path).unwrap();
            let quoted = text.split('"').filter(|text| text.starts_with("error."));
            keys.extend(quoted.map(str::to_owned));
        }
    }
}

#[test]
fn every_error_of_the_sources_has_its_words() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut keys = BTreeSet::new();
    for folder in [
        "src",
        "../protocol/src",
        "../replicated/src",
        "../catalog/src",
        "../search/src",
        "../recording/src",
    ] {
        keys_in_sources(&root.join(folder), &mut keys);
    }
    assert!(keys.len() > 30, "only {}: the search is broken", keys.len());
    for language in Language::ALL {
        let words = Words::new(language);
        let missing: Vec<_> = keys.iter().filter(|key| !words.has(key)).collect();
        assert!(missing.is_empty(), "{language:?}: {missing:?}");
        let unused: Vec<_> = words
            .keys()
            .filter(|key| key.starts_with("error.") && !keys.contains(*key))
            .collect();
        assert!(unused.is_empty(), "{language:?}: {unused:?} are never said");
    }
}

#[test]
fn every_value_has_its_place_in_every_language() {
    let mut world = WorldConfig::default();
    let parse = |text: &str| decode_link(text).unwrap_err();
    let refused = |key: &str, value: &str| {
        let config = [(key.to_owned(), value.to_owned())].into();
        sim::open::<toy::Toy>(&Run {
            config,
            ..toy::play::run_of(1, &[].into())
        })
        .err()
        .unwrap()
    };
    let unknown = ConfigError::Unknown {
        key: "los".into(),
        known: vec!["loss_permille", "fifo"],
    };
    let errors = [
        SimError::NoMessage(Name(7)),
        SimError::NotHeld(Name(7)),
        SimError::NoTimer(NodeId(2), 1),
        SimError::NoNode(NodeId(9)),
        SimError::NodeState(NodeId(2), "error.node-paused"),
        SimError::Nothing("error.nothing-waits"),
        SimError::from(unknown),
        SimError::from(world.set("loss_permille", "many").unwrap_err()),
        SimError::from(world.set("fifo", "maybe").unwrap_err()),
        SimError::from(world.set("latency_shape", "round").unwrap_err()),
        SimError::OtherProtocol("zab".into()),
        SimError::UnknownVariant("wishful".into(), vec!["sound"]),
        SimError::BeyondEnd(9, 8),
        SimError::NoBranch(3),
        refused("latency_min_us", "90000"),
        parse("nonsense"),
        parse("x.nonsense"),
        parse("9.abc"),
        parse("1.%%%"),
        parse("1.abcd"),
        parse("{\"run\": 1}"),
    ];
    let labels: Vec<String> = (1..=3).map(|number| format!("S{number}")).collect();
    let mut remarks: Vec<Phrase> = vec![
        Remark::Behaviour {
            protocol: "toy".into(),
            made: 1,
            now: 2,
        }
        .phrase(),
        Remark::Digest {
            step: 3,
            expected: Name(1),
            found: Name(2),
        }
        .phrase(),
    ];
    for error in &errors {
        remarks.push(error.phrase());
        let why = error.clone();
        remarks.push(Remark::Unmet { at_us: 5, why }.phrase());
        assert!(!error.to_string().contains(['{', '?']), "{error}");
    }
    for language in Language::ALL {
        let words = Words::new(language);
        for phrase in &remarks {
            let said = words.say(phrase, &labels);
            // JSON's own message, quoted, may name a brace.
            assert!(
                phrase.key == "error.no-run" || !said.contains('{'),
                "{said}"
            );
            assert!(!said.ends_with(['.', '。']), "{said}");
            if language == Language::Chinese {
                let han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
                assert!(said.contains(han), "{said}");
            }
        }
    }
}

#[test]
fn an_error_reads_well_in_english() {
    let paused = SimError::NodeState(NodeId(2), "error.node-paused");
    assert_eq!(paused.to_string(), "node 2 is paused");
    let newer = decode_link("9.abc").unwrap_err();
    assert_eq!(newer, SimError::NewerLink(9, 1));
    let mut world = WorldConfig::default();
    let value = SimError::from(world.set("fifo", "maybe").unwrap_err());
    assert_eq!(
        value.to_string(),
        "`maybe` does not fit `fifo`, which takes true or false"
    );
}

#[test]
fn a_run_names_its_variant() {
    let nameless = Run {
        variant: String::new(),
        ..toy::play::run_of(1, &[].into())
    };
    let refused = sim::open::<toy::Toy>(&nameless).err();
    assert!(matches!(refused, Some(SimError::UnknownVariant(name, _)) if name.is_empty()));
    assert_eq!(Run::default().variant, sim::SOUND);
}
