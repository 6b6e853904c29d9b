//! Words: catalogues of sentence templates, one per language, and how a [`Phrase`] becomes a sentence.
//!
//! A catalogue is lines of `key = template`. `{name}` inserts a value; `{name:one|many}` picks by how many there are.

use protocol::{Arg, Phrase, Property, Rule, Unit};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// A language of the page.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Simplified Chinese, 简体中文.
    #[serde(rename = "zh")]
    Chinese,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// Its code, as catalogues and links use it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// Its BCP 47 tag, for the `lang` attribute.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-Hans",
        }
    }
}

/// What is wrong with a catalogue.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WordsError {
    /// A line without ` = `.
    NotALine {
        /// Its number, from 1.
        line: u32,
    },
    /// A key that stands twice.
    Twice {
        /// The number of the second line.
        line: u32,
        /// The key.
        key: String,
    },
}

impl fmt::Display for WordsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotALine { line } => {
                write!(f, "line {line} of the words is not `key = template`")
            }
            Self::Twice { line, key } => {
                write!(f, "line {line} of the words says `{key}` a second time")
            }
        }
    }
}

impl std::error::Error for WordsError {}

/// Templates that came along with what happened elsewhere: by the code of the language, and by the text that each stands for.
pub type Brought = BTreeMap<String, BTreeMap<String, String>>;

/// The words of one language: several catalogues as one.
#[derive(Clone, Debug, Default)]
pub struct Words {
    language: Language,
    templates: BTreeMap<Cow<'static, str>, Cow<'static, str>>,
}

impl Words {
    /// The words of `language` that every protocol shares: events, outcomes, durations.
    pub fn new(language: Language) -> Self {
        let mut words = Self {
            language,
            templates: BTreeMap::new(),
        };
        let core = match language {
            Language::English => include_str!("../words/en.txt"),
            Language::Chinese => include_str!("../words/zh.txt"),
        };
        words
            .add(core)
            .expect("the built-in words are lines of `key = template`");
        words
    }

    /// Which language.
    pub const fn language(&self) -> Language {
        self.language
    }

    /// Adds a catalogue; a key that is there already is replaced, so that a protocol can sharpen a shared sentence.
    ///
    /// # Errors
    /// A line that is none, or a key that stands twice in `catalogue`.
    pub fn add(&mut self, catalogue: &'static str) -> Result<(), WordsError> {
        let mut added = std::collections::BTreeSet::new();
        for (line, text) in (1..).zip(catalogue.lines()) {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let (key, template) = text
                .split_once(" = ")
                .ok_or(WordsError::NotALine { line })?;
            if !added.insert(key) {
                return Err(WordsError::Twice {
                    line,
                    key: key.into(),
                });
            }
            self.templates
                .insert(Cow::Borrowed(key), Cow::Borrowed(template));
        }
        Ok(())
    }

    /// Adds what came along in this language. What is known already stays as it is.
    pub fn learn(&mut self, brought: &Brought) {
        for (key, template) in brought.get(self.language.code()).into_iter().flatten() {
            if !self.has(key) {
                let (key, template) = (key.clone().into(), template.clone().into());
                self.templates.insert(key, template);
            }
        }
    }

    /// Whether `key` has a template.
    pub fn has(&self, key: &str) -> bool {
        self.templates.contains_key(key)
    }

    /// Every key, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> + '_ {
        self.templates.keys().map(AsRef::as_ref)
    }

    /// The template of `key` without values; the key itself where there is none, so that a gap is seen and not hidden.
    pub fn word<'a>(&'a self, key: &'a str) -> &'a str {
        self.templates.get(key).map_or(key, AsRef::as_ref)
    }

    /// Where `rule` stands: `source.rule.<id>` in the catalogue, or [`Rule::source`] as the source itself spells it.
    pub fn rule_source(&self, rule: &Rule) -> &str {
        let key = format!("source.rule.{}", rule.id);
        self.templates
            .get(key.as_str())
            .map_or(rule.source, AsRef::as_ref)
    }

    /// Where `property` is stated: `source.property.<id>` in the catalogue, or [`Property::source`].
    pub fn property_source(&self, property: &Property) -> &str {
        let key = format!("source.property.{}", property.id);
        self.templates
            .get(key.as_str())
            .map_or(property.source, AsRef::as_ref)
    }

    /// The sentence of `phrase`, with nodes by their labels.
    pub fn say(&self, phrase: &Phrase, labels: &[String]) -> String {
        let mut out = String::new();
        let mut rest = self.word(&phrase.key);
        while let Some(open) = rest.find('{') {
            out.push_str(&rest[..open]);
            let Some(close) = rest[open..].find('}') else {
                break;
            };
            self.place(&mut out, &rest[open + 1..open + close], phrase, labels);
            rest = &rest[open + close + 1..];
        }
        out.push_str(rest);
        out
    }

    fn place(&self, out: &mut String, slot: &str, phrase: &Phrase, labels: &[String]) {
        let (name, forms) = slot
            .split_once(':')
            .map_or((slot, None), |(name, forms)| (name, Some(forms)));
        let Some((_, arg)) = phrase.args.iter().find(|(key, _)| key == name) else {
            out.push('{');
            out.push_str(slot);
            out.push('}');
            return;
        };
        match (arg, forms.and_then(|forms| forms.split_once('|'))) {
            (Arg::Int(1) | Arg::Node(_), Some((one, _))) => out.push_str(one),
            (Arg::Int(_), Some((_, many))) => out.push_str(many),
            (Arg::Nodes(nodes), Some((one, many))) => {
                out.push_str(if nodes.len() == 1 { one } else { many })
            }
            _ => self.put(out, arg, labels),
        }
    }

    /// A value by itself, as in a cell of a table.
    pub fn value(&self, arg: &Arg, labels: &[String]) -> String {
        let mut out = String::new();
        self.put(&mut out, arg, labels);
        out
    }

    /// A number with what it counts: `12 ms`, `40 a second`.
    pub fn amount(&self, value: u64, unit: Unit) -> String {
        let key = match unit {
            Unit::Count => return value.to_string(),
            Unit::Us => return duration(value),
            Unit::Permille => "amount.permille",
            Unit::Ppm => "amount.ppm",
            Unit::PerSecond => "amount.per-second",
        };
        let phrase = match unit {
            // Thousandths read best as hundredths.
            Unit::Permille if value.is_multiple_of(10) => Phrase::new(key).int("n", value / 10),
            Unit::Permille => Phrase::new(key).text("n", format!("{}.{}", value / 10, value % 10)),
            _ => Phrase::new(key).int("n", value),
        };
        self.say(&phrase, &[])
    }

    fn put(&self, out: &mut String, arg: &Arg, labels: &[String]) {
        let label = |node: protocol::NodeId| labels.get(node.index()).map_or("?", String::as_str);
        match arg {
            Arg::Int(value) => out.push_str(&value.to_string()),
            Arg::Us(value) => out.push_str(&duration(*value)),
            Arg::Text(text) => out.push_str(text),
            Arg::Word(key) if !self.has(key) => out.push_str(setting_of(key)),
            Arg::Word(key) => out.push_str(self.word(key)),
            Arg::Phrase(inner) => out.push_str(&self.say(inner, labels)),
            Arg::Node(node) => out.push_str(label(*node)),
            Arg::Nodes(nodes) => {
                if nodes.is_empty() {
                    out.push_str(self.word("list.none"));
                }
                for (place, node) in nodes.iter().enumerate() {
                    if place > 0 {
                        let last = place + 1 == nodes.len();
                        let key = if last { "list.last" } else { "list.next" };
                        // Templates are trimmed, so the separators carry their spaces as `_`.
                        out.push_str(&self.word(key).replace('_', " "));
                    }
                    out.push_str(label(*node));
                }
            }
        }
    }
}

/// What a key without a word reads: of a parameter's value the value, else the key, so that a gap is seen.
fn setting_of(key: &str) -> &str {
    let rest = key.strip_prefix("param.");
    let value = rest.and_then(|rest| rest.split_once('.'));
    value.map_or(key, |(_, value)| value)
}

/// A duration in the unit that reads best: `800 µs`, `12 ms`, `1.25 s`.
pub fn duration(us: u64) -> String {
    let trimmed = |value: f64, unit: &str| {
        let digits = if value < 10.0 {
            2
        } else {
            usize::from(value < 100.0)
        };
        let text = format!("{value:.digits$}");
        let text = if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.')
        } else {
            &text
        };
        format!("{text} {unit}")
    };
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => trimmed(us as f64 / 1e3, "ms"),
        _ => trimmed(us as f64 / 1e6, "s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::NodeId;

    fn say(language: Language, template: &'static str, phrase: &Phrase) -> String {
        let mut words = Words::new(language);
        words.add(template).unwrap();
        words.say(phrase, &["S1".into(), "S2".into(), "S3".into()])
    }

    #[test]
    fn values_are_placed_and_plurals_picked() {
        let phrase = |n| {
            Phrase::new("k")
                .node("who", NodeId(1))
                .int("n", n)
                .us("t", 12_000)
        };
        let template = "k = {who} sends {n} {n:entry|entries} after {t}";
        assert_eq!(
            say(Language::English, template, &phrase(1)),
            "S2 sends 1 entry after 12 ms"
        );
        assert_eq!(
            say(Language::English, template, &phrase(3)),
            "S2 sends 3 entries after 12 ms"
        );
    }

    #[test]
    fn a_choice_is_told_by_its_word_and_other_values_as_they_stand() {
        let template = "param.policy.random = 随机\nk = 策略为 {value}";
        let set = |value: &str| {
            let set = crate::Stimulus::Set {
                key: "policy".into(),
                value: value.into(),
            };
            Phrase {
                key: "k".into(),
                ..event_of(set).stimulus_phrase()
            }
        };
        let said = |value| say(Language::Chinese, template, &set(value));
        assert_eq!(said("random"), "策略为 随机");
        assert_eq!(said("12500"), "策略为 12500");
        assert_eq!(said("a.b"), "策略为 a.b");
    }

    fn event_of(stimulus: crate::Stimulus) -> crate::Event {
        crate::Event {
            step: 1,
            name: protocol::Name(1),
            at_us: 0,
            node: None,
            stimulus,
            cause: crate::Cause::Choice,
            outcomes: Vec::new(),
            view: None,
        }
    }

    #[test]
    fn lists_read_as_their_language_does() {
        let phrase = Phrase::new("k").nodes("all", [NodeId(0), NodeId(1), NodeId(2)]);
        assert_eq!(
            say(Language::English, "k = {all}", &phrase),
            "S1, S2 and S3"
        );
        assert_eq!(say(Language::Chinese, "k = {all}", &phrase), "S1、S2 和 S3");
        assert_eq!(
            say(
                Language::English,
                "k = {all}",
                &Phrase::new("k").nodes("all", [])
            ),
            "nobody"
        );
    }

    #[test]
    fn nodes_have_a_number_too() {
        let template = "k = {all} {all:starts|start}";
        let one = Phrase::new("k").node("all", NodeId(0));
        let two = Phrase::new("k").nodes("all", [NodeId(0), NodeId(1)]);
        assert_eq!(say(Language::English, template, &one), "S1 starts");
        assert_eq!(say(Language::English, template, &two), "S1 and S2 start");
    }

    #[test]
    fn a_gap_is_seen() {
        assert_eq!(say(Language::English, "k = {n}", &Phrase::new("k")), "{n}");
        assert_eq!(
            say(Language::English, "k = x", &Phrase::new("missing")),
            "missing"
        );
    }

    #[test]
    fn a_source_is_named_as_the_language_does_where_it_does() {
        let rule = |id| Rule {
            id,
            source: "Raft §5.2",
        };
        let property = Property {
            id: "vote-once",
            kind: protocol::PropertyKind::Always,
            assumes: protocol::Assumptions::ASYNCHRONOUS,
            source: "Raft §5.4",
        };
        let mut words = Words::new(Language::Chinese);
        assert_eq!(words.property_source(&property), "Raft §5.4");
        words
            .add("source.rule.vote-once = Raft 论文 §5.2\nsource.property.vote-once = Raft 论文 §5.4")
            .unwrap();
        assert_eq!(words.rule_source(&rule("vote-once")), "Raft 论文 §5.2");
        assert_eq!(words.rule_source(&rule("vote-twice")), "Raft §5.2");
        assert_eq!(words.property_source(&property), "Raft 论文 §5.4");
    }

    #[test]
    fn a_bad_catalogue_says_where() {
        let mut words = Words::default();
        assert_eq!(
            words.add("# fine\nnonsense").unwrap_err(),
            WordsError::NotALine { line: 2 }
        );
        let twice = words.add("a = 1\na = 2").unwrap_err();
        assert_eq!(
            twice,
            WordsError::Twice {
                line: 2,
                key: "a".into()
            }
        );
    }

    #[test]
    fn durations_read_well() {
        let all = [5, 999, 1_000, 1_250, 12_345, 123_456, 1_250_000, 90_000_000].map(duration);
        assert_eq!(
            all,
            [
                "5 µs", "999 µs", "1 ms", "1.25 ms", "12.3 ms", "123 ms", "1.25 s", "90 s"
            ]
        );
    }

    #[test]
    fn both_languages_say_the_same_things() {
        let slots = |template: &str| {
            let mut slots: Vec<String> = template
                .split('{')
                .skip(1)
                .filter_map(|rest| {
                    rest.split_once('}')
                        .map(|(slot, _)| slot.split(':').next().unwrap().to_owned())
                })
                .collect();
            slots.sort();
            slots.dedup();
            slots
        };
        let (en, zh) = (Words::new(Language::English), Words::new(Language::Chinese));
        assert!(en.keys().eq(zh.keys()), "the catalogues have the same keys");
        for key in en.keys() {
            assert_eq!(
                slots(en.word(key)),
                slots(zh.word(key)),
                "the values of {key}"
            );
        }
    }
}
