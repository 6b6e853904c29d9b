//! Reading a scenario from TOML, with the place of everything that is wrong. The form is `docs/writing-a-scenario.md`.
//!
//! Knows no protocol: what only one can know is collected as mentions, for [`crate::check`].

mod acts;
mod asks;
mod predicates;
mod table;

use crate::{Beat, Draft, Family, Mention, Mistake, Move, Place, Predicate, STEPS, Scenario, Text};
use protocol::{Arg, Phrase};
use sim::SOUND;
use std::collections::BTreeMap;
use table::{Fields, Val};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The keys of a file's root.
const ROOT: &[&str] = &[
    "protocol", "variant", "topic", "order", "title", "summary", "seed", "config", "expect",
    "grade", "beat",
];
/// The keys of a beat.
const BEAT: &[&str] = &[
    "say", "note", "ask", "let", "do", "until", "steps", "expect",
];

/// Reads the text of a file; `id` is the file's name without `.toml`.
///
/// # Errors
/// Every mistake of form, in the order of the file.
pub fn read(id: &str, text: &str) -> Result<Draft, Vec<Mistake>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::new(text);
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let place = reader.place(error.span().map_or(0, |span| span.start));
        let what = Phrase::new("scenario.mistake.syntax").text("detail", error.message());
        reader.mistakes.push(Mistake::new(place, what));
    }
    // What follows from a syntax error is noise.
    let scenario = if reader.mistakes.is_empty() {
        reader.scenario(id, &document)
    } else {
        None
    };
    reader.mistakes.sort_by_key(|mistake| mistake.place);
    match scenario {
        Some(scenario) if reader.mistakes.is_empty() => Ok(Draft {
            scenario,
            mentions: reader.mentions,
        }),
        _ => Err(reader.mistakes),
    }
}

/// Reads one predicate, as it stands behind `until`; the braces round a single one may be left out.
///
/// # Errors
/// Every mistake of form, in the order of the text.
pub fn read_predicate(text: &str) -> Result<(Predicate, Vec<Mention>), Vec<Mistake>> {
    let is_bare = !text.trim_start().starts_with(['{', '[']);
    let whole = if is_bare {
        format!("{{{text}}}")
    } else {
        text.to_owned()
    };
    let mut reader = Reader::new(&whole);
    let (value, errors) = DeValue::parse_recoverable(&whole);
    for error in errors {
        let place = reader.place(error.span().map_or(0, |span| span.start));
        let what = Phrase::new("scenario.mistake.syntax").text("detail", error.message());
        reader.mistakes.push(Mistake::new(place, what));
    }
    let predicate = if reader.mistakes.is_empty() {
        reader.predicate(&value)
    } else {
        None
    };
    let (mut mistakes, mut mentions) = (reader.mistakes, reader.mentions);
    // The brace that nobody typed has no column.
    let places = mistakes.iter_mut().map(|one| &mut one.place);
    for place in places.chain(mentions.iter_mut().map(|one| &mut one.place)) {
        place.column -= u32::from(is_bare && place.line == 1 && place.column > 1);
    }
    match predicate {
        Some(predicate) if mistakes.is_empty() => Ok((predicate, mentions)),
        _ => Err(mistakes),
    }
}

/// A reader in the middle of a file.
struct Reader<'t> {
    text: &'t str,
    /// Where each line begins.
    lines: Vec<usize>,
    mistakes: Vec<Mistake>,
    mentions: Vec<Mention>,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        let behind = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            lines: [0].into_iter().chain(behind).collect(),
            mistakes: Vec::new(),
            mentions: Vec::new(),
        }
    }

    fn place(&self, at: usize) -> Place {
        let line = self.lines.partition_point(|start| *start <= at);
        let before = self.text.get(self.lines[line - 1]..at).unwrap_or("");
        Place {
            line: line as u32,
            column: before.chars().count() as u32 + 1,
        }
    }

    fn scenario(&mut self, id: &str, document: &Spanned<DeTable<'_>>) -> Option<Scenario> {
        let root = self.fields_of(document.get_ref(), Place { line: 1, column: 1 }, ROOT);
        let protocol = self
            .needed(&root, "protocol")
            .and_then(|value| self.name(value, Family::Protocol));
        let variant = root
            .get("variant")
            .and_then(|value| self.name(value, Family::Variant));
        let topic = self
            .needed(&root, "topic")
            .and_then(|value| self.name(value, Family::Topic));
        let order = root.get("order").and_then(|value| self.number(value));
        let title = self
            .needed(&root, "title")
            .and_then(|value| self.words(value));
        let summary = self
            .needed(&root, "summary")
            .and_then(|value| self.words(value));
        let seed = root.get("seed").and_then(|value| self.number(value));
        let config = root
            .get("config")
            .map(|value| self.pairs(value, Family::Parameter));
        let expect = root.get("expect").map(|value| self.predicates(value));
        let grade = root.get("grade").map(|value| self.criteria(value));
        let beats = self.needed(&root, "beat").map(|value| self.beats(value));
        Some(Scenario {
            id: id.to_owned(),
            protocol: protocol?,
            variant: variant.unwrap_or_else(|| SOUND.into()),
            topic: topic?,
            order: order.unwrap_or(0) as u32,
            title: title?,
            summary: summary?,
            seed: seed.unwrap_or(1),
            config: config
                .unwrap_or_default()
                .into_iter()
                .collect::<BTreeMap<_, _>>(),
            beats: beats?,
            expect: expect.unwrap_or_default(),
            grade: grade.unwrap_or_default(),
        })
    }

    fn beats(&mut self, value: Val<'_>) -> Vec<Beat> {
        let Some(list) = value.get_ref().as_array().filter(|list| !list.is_empty()) else {
            self.wrong(value, "beats");
            return Vec::new();
        };
        list.iter().filter_map(|beat| self.beat(beat)).collect()
    }

    fn beat(&mut self, value: Val<'_>) -> Option<Beat> {
        let fields = self.fields(value, BEAT)?;
        if fields.is_empty() {
            self.wrong(value, "beat");
        }
        let mut moves = Vec::new();
        if let Some(names) = fields.get("let") {
            moves.push(Move::Let(self.names(names)));
        }
        if let Some(acts) = fields.get("do") {
            for act in self.one_or_more(acts) {
                moves.extend(self.moves(act));
            }
        }
        if let Some(until) = fields.get("until") {
            moves.extend(self.predicate(until).map(Move::Until));
        }
        let said = |reader: &mut Self, key| {
            let value = fields.get(key);
            value.and_then(|value| reader.naming_words(value))
        };
        let (say, note) = (said(self, "say"), said(self, "note"));
        let ask = fields.get("ask").and_then(|value| self.question(value));
        let steps = fields.get("steps").and_then(|value| self.number(value));
        let expect = fields.get("expect").map(|value| self.predicates(value));
        Some(Beat {
            line: fields.place.line,
            ask,
            say,
            note,
            moves,
            steps: steps.unwrap_or(STEPS),
            expect: expect.unwrap_or_default(),
        })
    }

    /// Words in both languages.
    fn words(&mut self, value: Val<'_>) -> Option<Text> {
        let fields = self.fields(value, &["en", "zh"])?;
        let mut word = |language: &str| {
            let word = fields.get(language).and_then(|value| self.text(value));
            let word = word.map(|word| word.trim().to_owned());
            if word.as_ref().is_none_or(String::is_empty) {
                let what = Phrase::new("scenario.mistake.language")
                    .with(
                        "language",
                        Arg::Word(format!("scenario.language.{language}").into()),
                    )
                    .text("key", language);
                self.mistakes.push(Mistake::new(fields.place, what));
                return None;
            }
            word
        };
        let (en, zh) = (word("en"), word("zh"));
        Some(Text { en: en?, zh: zh? })
    }

    /// Words in both languages that may name nodes in braces.
    fn naming_words(&mut self, value: Val<'_>) -> Option<Text> {
        let text = self.words(value)?;
        self.mention_names(value, &text);
        Some(text)
    }

    /// Names in braces are nodes; both languages must name the same ones.
    fn mention_names(&mut self, value: Val<'_>, text: &Text) {
        let place = self.place(value.span().start);
        let names = |text: &str| {
            let parts = text.split('{').skip(1);
            let names = parts.filter_map(|part| part.split_once('}'));
            let mut names: Vec<String> = names.map(|(name, _)| name.to_owned()).collect();
            names.sort();
            names.dedup();
            names
        };
        let (en, zh) = (names(&text.en), names(&text.zh));
        if en != zh {
            let what = Phrase::new("scenario.mistake.braces");
            self.mistakes.push(Mistake::new(place, what));
        }
        for name in en {
            self.mention(Family::Node, name, place);
        }
    }

    /// `let`: names for nodes.
    fn names(&mut self, value: Val<'_>) -> Vec<(String, String)> {
        let Some(fields) = self.any_fields(value) else {
            return Vec::new();
        };
        let mut names = Vec::new();
        for (name, who) in fields.all() {
            names.extend(
                self.name(who, Family::Node)
                    .map(|who| (name.to_owned(), who)),
            );
        }
        names
    }

    /// Keys and values of any type, as text.
    fn pairs(&mut self, value: Val<'_>, family: fn(String) -> Family) -> Vec<(String, String)> {
        let Some(fields) = self.any_fields(value) else {
            return Vec::new();
        };
        let mut pairs = Vec::new();
        for (key, value) in fields.all() {
            if let Some(text) = self.scalar(value) {
                let place = self.place(value.span().start);
                self.mention(family(text.clone()), key, place);
                pairs.push((key.to_owned(), text));
            }
        }
        pairs
    }

    fn mention(&mut self, family: Family, name: impl Into<String>, place: Place) {
        self.mentions.push(Mention {
            family,
            name: name.into(),
            place,
        });
    }

    /// A text that names something.
    fn name(&mut self, value: Val<'_>, family: Family) -> Option<String> {
        let name = self.text(value)?;
        self.mention(family, name.clone(), self.place(value.span().start));
        Some(name)
    }

    /// What must be there.
    fn needed<'a>(&mut self, fields: &Fields<'a>, key: &str) -> Option<Val<'a>> {
        let found = fields.get(key);
        if found.is_none() {
            let what = Phrase::new("scenario.mistake.missing").text("key", key);
            self.mistakes.push(Mistake::new(fields.place, what));
        }
        found
    }

    /// The value is not what it should be: `wanted` is the id of a sentence that says what is.
    fn wrong(&mut self, value: Val<'_>, wanted: &'static str) {
        let what = Phrase::new("scenario.mistake.wrong").with(
            "wanted",
            Arg::Word(format!("scenario.wanted.{wanted}").into()),
        );
        let place = self.place(value.span().start);
        self.mistakes.push(Mistake::new(place, what));
    }
}

/// A value of a list, or the only one.
fn listed<'a>(value: Val<'a>) -> Vec<Val<'a>> {
    match value.get_ref() {
        DeValue::Array(list) => list.iter().collect(),
        _ => vec![value],
    }
}
