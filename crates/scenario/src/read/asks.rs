//! What a beat asks before it plays, and what an exercise is marked by.

use super::Reader;
use super::table::Val;
use crate::{Ask, Choice, Criterion, Family, Mistake};
use protocol::Phrase;

/// So many choices are the most: each has a key of its own, and who must read more than that does not predict.
const CHOICES_MAX: usize = 6;

impl Reader<'_> {
    /// A question with its choices, of which one is right.
    pub(super) fn question(&mut self, value: Val<'_>) -> Option<Ask> {
        let fields = self.fields(value, &["say", "choice"])?;
        let say = self.needed(&fields, "say");
        let say = say.and_then(|value| self.naming_words(value));
        let given = self.needed(&fields, "choice")?;
        let list = super::listed(given);
        if list.len() < 2 || list.len() > CHOICES_MAX {
            self.wrong(given, "choices");
            return None;
        }
        let choices: Vec<Choice> = list.iter().filter_map(|one| self.choice(one)).collect();
        // A choice that could not be read is a mistake already.
        let right = choices.iter().filter(|choice| choice.right).count();
        if right != 1 && choices.len() == list.len() {
            let what = Phrase::new("scenario.mistake.right").int("n", right as u64);
            self.mistakes.push(Mistake::new(fields.place, what));
        }
        Some(Ask { say: say?, choices })
    }

    fn choice(&mut self, value: Val<'_>) -> Option<Choice> {
        let fields = self.fields(value, &["say", "why", "right", "holds"])?;
        let say = self.needed(&fields, "say");
        let say = say.and_then(|value| self.naming_words(value));
        let why = self.needed(&fields, "why");
        let why = why.and_then(|value| self.naming_words(value));
        let right = fields.get("right").map(|value| self.switch(value));
        let holds = fields.get("holds").map(|value| self.predicates(value));
        Some(Choice {
            say: say?,
            why: why?,
            right: right.unwrap_or(Some(false))?,
            holds: holds.unwrap_or_default(),
        })
    }

    /// What an exercise is marked by.
    pub(super) fn criteria(&mut self, value: Val<'_>) -> Vec<Criterion> {
        let list = self.one_or_more(value);
        list.into_iter()
            .filter_map(|one| self.criterion(one))
            .collect()
    }

    fn criterion(&mut self, value: Val<'_>) -> Option<Criterion> {
        let fields = self.fields(value, &["say", "expect"])?;
        let say = self.needed(&fields, "say");
        let say = say.and_then(|value| self.words(value));
        let expect = self.needed(&fields, "expect");
        let before = self.mentions.len();
        let expect = expect.map(|value| self.predicates(value));
        // The run that is marked is not the scenario's own: it has given nobody a name.
        let mentions = self.mentions[before..].iter_mut();
        for mention in mentions.filter(|mention| mention.family == Family::Node) {
            mention.family = Family::Outside;
        }
        Some(Criterion {
            say: say?,
            expect: expect?,
        })
    }
}
