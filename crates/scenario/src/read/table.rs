//! Tables and plain values of a file: what is there, what is unknown, what is of another type. Knows nothing of scenarios.

use super::{Reader, listed};
use crate::{Group, Mistake, Number, Place, nearest};
use protocol::Phrase;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value of the file.
pub(super) type Val<'a> = &'a Spanned<DeValue<'a>>;

/// The fields of a table.
pub(super) struct Fields<'a> {
    /// Where the table stands.
    pub(super) place: Place,
    all: Vec<(&'a str, Val<'a>)>,
}

impl<'a> Fields<'a> {
    /// The value of `key`.
    pub(super) fn get(&self, key: &str) -> Option<Val<'a>> {
        let found = self.all.iter().find(|(known, _)| *known == key);
        found.map(|(_, value)| *value)
    }

    /// Every key with its value, in the order of the file.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'a str, Val<'a>)> + '_ {
        self.all.iter().copied()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

impl Reader<'_> {
    /// The fields of `table`, of which all must be `known`.
    pub(super) fn fields_of<'a>(
        &mut self,
        table: &'a DeTable<'a>,
        place: Place,
        known: &[&str],
    ) -> Fields<'a> {
        let mut all: Vec<_> = table.iter().collect();
        all.sort_by_key(|(key, _)| key.span().start);
        for (key, _) in &all {
            let given = key.get_ref().as_ref();
            if !known.is_empty() && !known.contains(&given) {
                let place = self.place(key.span().start);
                let phrase = match nearest(given, known.iter().copied()) {
                    Some(meant) => Phrase::new("scenario.mistake.field-meant").text("meant", meant),
                    None => Phrase::new("scenario.mistake.field"),
                };
                let phrase = phrase.text("given", given).text("known", known.join(", "));
                self.mistakes.push(Mistake::new(place, phrase));
            }
        }
        let all = all
            .into_iter()
            .map(|(key, value)| (key.get_ref().as_ref(), value));
        Fields {
            place,
            all: all.collect(),
        }
    }

    /// The fields of a value that must be a table.
    pub(super) fn fields<'a>(&mut self, value: Val<'a>, known: &[&str]) -> Option<Fields<'a>> {
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong(value, "table");
            return None;
        };
        let place = self.place(value.span().start);
        Some(self.fields_of(table, place, known))
    }

    /// The fields of a value that must be a table, whatever they are.
    pub(super) fn any_fields<'a>(&mut self, value: Val<'a>) -> Option<Fields<'a>> {
        self.fields(value, &[])
    }

    /// The values of a list that must not be empty, or the only one.
    pub(super) fn one_or_more<'a>(&mut self, value: Val<'a>) -> Vec<Val<'a>> {
        let list = listed(value);
        if list.is_empty() {
            self.wrong(value, "more");
        }
        list
    }

    pub(super) fn text(&mut self, value: Val<'_>) -> Option<String> {
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.wrong(value, "text");
        }
        text
    }

    /// A whole number from 0.
    pub(super) fn number(&mut self, value: Val<'_>) -> Option<u64> {
        let number = match value.get_ref() {
            DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        if number.is_none() {
            self.wrong(value, "number");
        }
        number
    }

    /// A whole number, which may be negative.
    pub(super) fn signed(&mut self, value: Val<'_>) -> Option<i64> {
        let number = match value.get_ref() {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        if number.is_none() {
            self.wrong(value, "signed");
        }
        number
    }

    pub(super) fn switch(&mut self, value: Val<'_>) -> Option<bool> {
        let switch = value.get_ref().as_bool();
        if switch.is_none() {
            self.wrong(value, "switch");
        }
        switch
    }

    /// `true`, where nothing else makes sense.
    pub(super) fn only_true(&mut self, value: Val<'_>) -> Option<()> {
        let only = value.get_ref().as_bool() == Some(true);
        if !only {
            self.wrong(value, "true");
        }
        only.then_some(())
    }

    /// A number, or a comparison with one.
    pub(super) fn comparison(&mut self, value: Val<'_>) -> Option<Number> {
        let text = match value.get_ref() {
            DeValue::Integer(number) => Some(number.as_str().to_owned()),
            DeValue::String(text) => Some(text.as_ref().to_owned()),
            _ => None,
        };
        let number = text.and_then(|text| text.parse().ok());
        if number.is_none() {
            self.wrong(value, "comparison");
        }
        number
    }

    /// A text, a number or a switch, as text.
    pub(super) fn scalar(&mut self, value: Val<'_>) -> Option<String> {
        match value.get_ref() {
            DeValue::String(text) => Some(text.as_ref().to_owned()),
            DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
            DeValue::Boolean(switch) => Some(switch.to_string()),
            _ => {
                self.wrong(value, "scalar");
                None
            }
        }
    }

    /// A list of texts, numbers or switches, or the only one.
    pub(super) fn scalars(&mut self, value: Val<'_>) -> Vec<String> {
        let list = listed(value);
        list.into_iter()
            .filter_map(|one| self.scalar(one))
            .collect()
    }

    /// One node or several.
    pub(super) fn group(&mut self, value: Val<'_>) -> Option<Group> {
        let mut group = Vec::new();
        for who in self.one_or_more(value) {
            group.push(self.name(who, crate::Family::Node)?);
        }
        (!group.is_empty()).then_some(group)
    }
}
