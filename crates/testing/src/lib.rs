//! What the tests of protocols share: whatever is said has its words in every language, and whatever has words is said.
//!
//! Nothing that ships depends on it. It knows no protocol by name.

pub mod why_not;

pub use why_not::{Answers, trouble};

use protocol::{Arg, Config, NodeId, Phrase, Picture, Protocol, Say, TimerName, Verdict};
use sim::Playable;
use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use trace::{Event, Language, Outcome, Stimulus, Words};

/// Everything that was heard of a protocol, one of each kind.
#[derive(Debug)]
pub struct Heard<P> {
    /// By key, names of the values, and rule.
    phrases: BTreeMap<(String, Vec<String>), Phrase>,
    protocol: PhantomData<P>,
}

impl<P: Protocol> Default for Heard<P> {
    fn default() -> Self {
        Self {
            phrases: BTreeMap::new(),
            protocol: PhantomData,
        }
    }
}

impl<P: Protocol> Heard<P> {
    /// Plays up to `steps` steps, and listens to what is said, shown and drawn.
    ///
    /// # Panics
    /// Where a step that was taken has no event.
    pub fn play(&mut self, run: &mut dyn Playable, steps: u64) {
        for _ in 0..steps {
            if run.advance().is_none() {
                return;
            }
            self.listen(run);
        }
    }

    /// Listens to the step that `run` took last, and looks at what it shows.
    ///
    /// # Panics
    /// Where a step that was taken has no event.
    pub fn listen(&mut self, run: &mut dyn Playable) {
        if run.step() > 0 {
            let event = run.event(run.step());
            self.event(&event.expect("the step was taken"));
        }
        for node in run.frame().nodes {
            self.word(&node.view.role);
            node.view.badges.iter().for_each(|badge| self.hear(badge));
            node.view.pictures.iter().for_each(|one| self.picture(one));
        }
        run.pictures().iter().for_each(|one| self.picture(one));
    }

    /// A phrase, with those within it.
    pub fn hear(&mut self, phrase: &Phrase) {
        phrase.args.iter().for_each(|(_, arg)| self.value(arg));
        let names = phrase.args.iter().map(|(name, _)| name.to_string());
        let rule = phrase.rule.iter().map(|rule| rule.to_string());
        let kind = (phrase.key.to_string(), names.chain(rule).collect());
        self.phrases.entry(kind).or_insert_with(|| phrase.clone());
    }

    fn word(&mut self, key: &str) {
        self.hear(&Phrase {
            key: key.to_owned().into(),
            args: Vec::new(),
            rule: None,
        });
    }

    fn value(&mut self, arg: &Arg) {
        match arg {
            Arg::Phrase(inner) => self.hear(inner),
            Arg::Word(key) => self.word(key),
            _ => {}
        }
    }

    fn event(&mut self, event: &Event) {
        if let Stimulus::Asked { op, .. } = &event.stimulus {
            self.hear(op);
        }
        for outcome in &event.outcomes {
            match outcome {
                Outcome::Sent {
                    message, reason, ..
                } => {
                    self.hear(reason);
                    message.view.label.iter().for_each(|label| self.hear(label));
                }
                Outcome::Answered { answer: said, .. }
                | Outcome::Told(said)
                | Outcome::Noted(said)
                | Outcome::TimerSet { reason: said, .. }
                | Outcome::Judged {
                    verdict: Verdict::Violated(said),
                    ..
                } => self.hear(said),
                _ => {}
            }
        }
    }

    fn picture(&mut self, picture: &Picture) {
        match picture {
            Picture::Table { title, head, rows } => {
                self.word(title);
                head.iter().for_each(|key| self.word(key));
                let cells = rows.iter().flat_map(|row| &row.cells);
                cells.for_each(|cell| self.value(cell));
            }
            Picture::Queue { title, .. }
            | Picture::Ring { title, .. }
            | Picture::Tree { title, .. }
            | Picture::Gauge { title, .. } => self.word(title),
            Picture::Chart {
                title,
                x,
                y,
                series,
            } => {
                for key in [title, &x.name, &y.name] {
                    self.word(key);
                }
                series.iter().for_each(|curve| self.value(&curve.name));
            }
            Picture::Log { .. } | Picture::Votes(_) => {}
        }
    }

    /// The languages say the same with the same values; whatever the tables name or was heard has its words; whatever has
    /// words was heard, but for the keys of `elsewhere` (with `*` at the end: all that begin like that); every rule was cited.
    ///
    /// # Panics
    /// Where it is not so: it says which keys are to blame.
    pub fn check(&self, labels: &[String], elsewhere: &[&str]) {
        let [en, zh] = Language::ALL.map(catalogue::<P>);
        let same = |key: &&&str| {
            zh.get(**key)
                .is_some_and(|t| values(t) == values(en[**key]))
        };
        let differ: Vec<_> = en.keys().filter(|key| !same(key)).collect();
        assert!(differ.is_empty(), "not alike in both languages: {differ:?}");
        let more: Vec<_> = zh.keys().filter(|key| !en.contains_key(*key)).collect();
        assert!(more.is_empty(), "in one language alone: {more:?}");
        let mut known = tables::<P>();
        let missing: Vec<_> = known
            .iter()
            .filter(|key| !en.contains_key(key.as_str()))
            .collect();
        assert!(
            missing.is_empty(),
            "the tables name what has no words: {missing:?}"
        );

        for language in Language::ALL {
            let mut words = Words::new(language);
            words.add(P::words(language.code())).expect("good words");
            for phrase in self.phrases.values() {
                let sentence = words.say(phrase, labels);
                assert!(
                    words.has(&phrase.key),
                    "{} is said without words",
                    phrase.key
                );
                assert!(
                    phrase.args.is_empty() || !sentence.contains(['{', '}']),
                    "{}: {sentence}",
                    phrase.key
                );
            }
        }
        let cited: BTreeSet<&str> = self
            .phrases
            .values()
            .filter_map(|phrase| phrase.rule.as_deref())
            .collect();
        assert_eq!(
            cited,
            P::RULES.iter().map(|rule| rule.id).collect(),
            "the rules that are cited"
        );

        known.extend(self.phrases.keys().map(|(key, _)| key.clone()));
        let excused = |key: &str| {
            let all = elsewhere
                .iter()
                .chain(&["about", "invite", "hue.*", "source.*", "topic.*"]);
            all.into_iter()
                .any(|wanted| match wanted.strip_suffix('*') {
                    Some(start) => key.starts_with(start),
                    None => key == *wanted,
                })
        };
        let never = en
            .keys()
            .filter(|key| !known.contains(**key) && !excused(key));
        let never: Vec<_> = never.collect();
        assert!(never.is_empty(), "these are never said: {never:?}");
    }
}

type Catalogue = BTreeMap<&'static str, &'static str>;

fn catalogue<P: Protocol>(language: Language) -> Catalogue {
    let lines = P::words(language.code()).lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| line.split_once(" = ").expect("`key = template`"))
        .collect()
}

/// The values that a template names; `{n:one|many}` alone is the business of a language with plurals.
fn values(template: &str) -> BTreeSet<&str> {
    let parts = template.split('{').skip(1);
    let slots = parts.map(|part| part.split_once('}').expect("a closed brace").0);
    slots.filter(|slot| !slot.contains(':')).collect()
}

/// The keys that the protocol's own tables name.
fn tables<P: Protocol>() -> BTreeSet<String> {
    let mut keys: BTreeSet<String> = ["about", "invite"].map(String::from).into();
    let mut both = |family: &str, id: &str, more: &str| {
        keys.insert(format!("{family}.{id}"));
        keys.insert(format!("{family}.{id}{more}"));
    };
    P::Timer::ALL
        .iter()
        .for_each(|timer| both("timer", timer.id(), ""));
    P::RULES.iter().for_each(|rule| both("rule", rule.id, ""));
    P::PROPERTIES
        .iter()
        .for_each(|one| both("property", one.id, ""));
    P::MESSAGES
        .iter()
        .for_each(|kind| both("message", kind.name, ""));
    P::VARIANTS
        .iter()
        .for_each(|one| both("variant", one.id, ".help"));
    let parameters = P::Config::PARAMETERS.iter();
    parameters.for_each(|one| both("param", one.key, ".help"));
    let fields = P::OPERATIONS.iter().flat_map(|operation| operation.fields);
    fields.for_each(|field| both("field", field.id, ""));
    P::OPERATIONS.iter().for_each(|one| both("op", one.id, ""));
    for operation in P::OPERATIONS {
        let defaults: Vec<String> = operation.fields.iter().map(|f| f.default.into()).collect();
        let op = P::operation(operation.id, &defaults).expect("its defaults make sense");
        keys.insert(op.phrase(NodeId(0)).key.into());
    }
    keys
}
