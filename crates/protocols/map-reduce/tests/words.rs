//! The words: both languages say the same with the same values, what the tables name has its words, and every reason and fact is
//! said by some run, in full.

mod bench;

use bench::{Bench, FILES, MASTER, open, w};
use map_reduce::{MapReduceConfig, Node, Timer};
use protocol::{Config, NodeKind, Phrase, Protocol, TimerName};
use sim::Action;
use std::collections::{BTreeMap, BTreeSet};
use trace::{Language, Words};

fn entries(language: &str) -> BTreeMap<&'static str, &'static str> {
    let lines = Node::words(language).lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| line.split_once(" = ").expect("`key = template`"))
        .collect()
}

/// The values that a template names, plurals apart.
fn values(template: &str) -> BTreeSet<&str> {
    let slots = template.split('{').skip(1);
    let slots = slots.filter_map(|slot| Some(slot.split_once('}')?.0));
    slots.filter(|slot| !slot.contains(':')).collect()
}

#[test]
fn both_languages_say_the_same() {
    let (en, zh) = (entries("en"), entries("zh"));
    assert!(en.keys().eq(zh.keys()));
    for (key, template) in en {
        assert_eq!(values(template), values(zh[key]), "{key}");
    }
}

#[test]
fn what_the_tables_name_has_its_words() {
    let named = |family: &str, ids: Vec<&'static str>| -> Vec<String> {
        ids.iter().map(|id| format!("{family}.{id}")).collect()
    };
    let helped = |family: &str, ids: Vec<&'static str>| -> Vec<String> {
        let ids = ids.iter();
        ids.flat_map(|id| [format!("{family}.{id}"), format!("{family}.{id}.help")])
            .collect()
    };
    let wanted = [
        named("timer", Timer::ALL.iter().map(|timer| timer.id()).collect()),
        named("rule", Node::RULES.iter().map(|rule| rule.id).collect()),
        named("property", Node::PROPERTIES.iter().map(|p| p.id).collect()),
        named(
            "message",
            Node::MESSAGES.iter().map(|kind| kind.name).collect(),
        ),
        helped("variant", Node::VARIANTS.iter().map(|v| v.id).collect()),
        helped(
            "param",
            MapReduceConfig::PARAMETERS.iter().map(|p| p.key).collect(),
        ),
        ["about", "invite", "hue.partition"]
            .map(String::from)
            .into(),
    ];
    let words = entries("en");
    for key in wanted.concat() {
        assert!(words.contains_key(key.as_str()), "{key}");
    }
}

/// Everything that is said in some runs, each sentence made in full in both languages.
struct Heard {
    words: Vec<Words>,
    keys: BTreeSet<String>,
    rules: BTreeSet<String>,
}

impl Heard {
    fn new() -> Self {
        let words = Language::ALL.into_iter().map(|language| {
            let mut words = Words::new(language);
            words.add(Node::words(language.code())).expect("good words");
            words
        });
        Self {
            words: words.collect(),
            keys: BTreeSet::new(),
            rules: BTreeSet::new(),
        }
    }

    fn phrase(&mut self, phrase: &Phrase, labels: &[String]) {
        if !self.keys.insert(phrase.key.to_string()) {
            return;
        }
        self.rules
            .extend(phrase.rule.iter().map(ToString::to_string));
        for words in &self.words {
            assert!(words.has(&phrase.key), "{}", phrase.key);
            let sentence = words.say(phrase, labels);
            assert!(!sentence.contains(['{', '}']), "{}: {sentence}", phrase.key);
        }
    }

    /// The phrases, and the words that stand alone, in a tree of plain data.
    fn tree(&mut self, tree: &serde_json::Value, labels: &[String]) {
        // A pair of a job has a key too, and a value.
        if tree.get("key").is_some()
            && tree.get("value").is_none()
            && let Ok(phrase) = serde_json::from_value::<Phrase>(tree.clone())
        {
            self.phrase(&phrase, labels);
        }
        match tree {
            serde_json::Value::Array(items) => {
                items.iter().for_each(|item| self.tree(item, labels));
            }
            serde_json::Value::Object(fields) => {
                fields.values().for_each(|field| self.tree(field, labels));
            }
            serde_json::Value::String(text) if self.words[0].has(text) => {
                self.keys.insert(text.clone());
            }
            _ => {}
        }
    }

    /// Plays `config` on, with a fault every so many steps, and takes down what is said and shown.
    fn run(&mut self, variant: &str, seed: u64, config: &[(&str, &str)]) {
        let mut bench = open(variant, seed, config);
        let labels = bench.sim.labels().to_vec();
        let mut down = None;
        for step in 1..2_500u64 {
            if !bench.step() {
                break;
            }
            if step % 8 == 0 {
                let frame = serde_json::to_value(bench.sim.frame()).expect("plain data");
                self.tree(&frame, &labels);
            }
            let node = match down.take_if(|_| step % 40 == 0) {
                Some(node) => Action::Restart(node),
                None if down.is_none() && step % (110 + seed % 7 * 20) == 0 => {
                    let nodes = [w(1), MASTER, w(2), w(3), FILES, w(4)];
                    let node = nodes[((step / 110 + seed) % 6) as usize];
                    down = Some(node);
                    Action::Crash {
                        node,
                        keep: 0,
                        torn: false,
                    }
                }
                None => continue,
            };
            bench.act(&node);
        }
        self.record(&mut bench);
    }

    /// A second client has to wait for its turn, and its own second job for the first.
    fn two_clients(&mut self) {
        let mut bench = open("sound", 1, &[]);
        bench.submit("");
        bench.submit("sort");
        bench.act(&Action::Add(NodeKind::Client));
        bench.submit("join");
        bench.until(60_000, |_| false);
        self.record(&mut bench);
    }

    /// What an old process has sent arrives when the new one is known.
    fn quick_restarts(&mut self) {
        let config = [("latency_min_us", "1000"), ("latency_max_us", "90000")];
        let mut bench = open("sound", 1, &config);
        bench.submit("");
        for _ in 0..30 {
            bench.until(15_000, |_| false);
            bench.crash(w(1));
            bench.restart(w(1));
        }
        self.record(&mut bench);
    }

    /// Takes down what is shown now, and what has been said.
    fn record(&mut self, bench: &mut Bench) {
        let labels = bench.sim.labels().to_vec();
        let frame = serde_json::to_value(bench.sim.frame()).expect("plain data");
        self.tree(&frame, &labels);
        let pictures = serde_json::to_value(bench.sim.pictures()).expect("plain data");
        self.tree(&pictures, &labels);
        let properties = serde_json::to_value(bench.sim.properties()).expect("plain data");
        self.tree(&properties, &labels);
        for step in 1..=bench.sim.len() {
            let event = bench.sim.event(step).expect("it happened");
            let event = serde_json::to_value(&event).expect("plain data");
            self.tree(&event, &labels);
        }
    }
}

/// What no run says: breaches of the protocol between its own nodes, which the code bears with all the same.
const UNHEARD: &[&str] = &[
    "reason.misdirected",
    "reason.no-such-task",
    "reason.incomplete",
];

#[test]
fn every_sentence_is_said_and_whole() {
    let mut heard = Heard::new();
    for seed in 0..20 {
        let checkpoint = if seed % 3 == 0 { "0" } else { "50000" };
        let locality = if seed % 2 == 0 { "true" } else { "false" };
        let jobs = ["word-count", "inverted-index", "join", "sort"];
        let latency = if seed % 3 == 1 { "150000" } else { "40000" };
        let bad = if seed % 5 == 4 { "0" } else { "70" };
        let config = [
            ("arrivals", "closed"),
            ("job_gap_us", "20000"),
            ("job", jobs[(seed % 4) as usize]),
            ("checkpoint_us", checkpoint),
            ("locality", locality),
            ("loss_permille", bad),
            ("duplicate_permille", bad),
            ("straggler_permille", "150"),
            ("latency_max_us", latency),
        ];
        heard.run("sound", seed, &config);
    }
    for variant in Node::VARIANTS {
        for seed in 0..5 {
            let config = [("arrivals", "closed"), ("straggler_permille", "300")];
            heard.run(variant.id, seed, &config);
        }
    }
    heard.two_clients();
    heard.quick_restarts();
    let labels = open("sound", 1, &[]).sim.labels().to_vec();
    for fields in [&[][..], &["grep".into()]] {
        if let Err(error) = Node::operation("submit", fields) {
            heard.phrase(&error, &labels);
        }
    }

    let families = [
        "reason.",
        "fact.",
        "answer.",
        "violation.",
        "badge.",
        "role.",
        "state.",
        "picture.",
        "head.",
        "figure.",
        "series.",
        "axis.",
    ];
    let words = entries("en");
    let silent: Vec<_> = words
        .keys()
        .filter(|key| {
            let label = key.starts_with("message.") && key.ends_with(".label");
            label || families.iter().any(|family| key.starts_with(family))
        })
        .filter(|key| !heard.keys.contains(**key) && !UNHEARD.contains(key))
        .collect();
    assert!(silent.is_empty(), "never said: {silent:?}");
    let cited: Vec<_> = Node::RULES.iter().map(|rule| rule.id).collect();
    let uncited: Vec<_> = cited
        .iter()
        .filter(|id| !heard.rules.contains(**id))
        .collect();
    assert!(uncited.is_empty(), "never cited: {uncited:?}");
}
