//! Texts by number, so that a repaint allocates none and a painter converts each only once.

use crate::TextId;
use protocol::Phrase;
use std::collections::BTreeMap;
use std::rc::Rc;
use trace::{Language, Words};

/// How many texts are kept before all are forgotten: a long run passes through many epochs and keys.
const TEXTS_MAX: usize = 4096;
/// How many sentences are kept beside their texts; they are found by comparison.
const PHRASES_MAX: usize = 64;

/// The texts of a scene.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interner {
    texts: Vec<Rc<str>>,
    ids: BTreeMap<Rc<str>, TextId>,
    phrases: Vec<(Phrase, Language, TextId)>,
    generation: u32,
    scratch: String,
}

impl Interner {
    /// Forgets everything if too much was kept. Only between two pictures: handles of the last one become void.
    pub(crate) fn tidy(&mut self) {
        if self.texts.len() > TEXTS_MAX {
            self.texts.clear();
            self.ids.clear();
            self.phrases.clear();
            self.generation += 1;
        }
    }

    pub(crate) const fn generation(&self) -> u32 {
        self.generation
    }

    pub(crate) fn get(&self, id: TextId) -> &str {
        self.texts.get(id.0 as usize).map_or("", AsRef::as_ref)
    }

    pub(crate) fn text(&mut self, text: &str) -> TextId {
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        let id = TextId(self.texts.len() as u32);
        let text: Rc<str> = Rc::from(text);
        self.texts.push(Rc::clone(&text));
        self.ids.insert(text, id);
        id
    }

    /// The text that `write` makes, in a buffer that is reused.
    pub(crate) fn written(&mut self, write: impl FnOnce(&mut String)) -> TextId {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        write(&mut scratch);
        let id = self.text(&scratch);
        self.scratch = scratch;
        id
    }

    /// The sentence of `phrase`, said once and then remembered.
    pub(crate) fn phrase(&mut self, phrase: &Phrase, words: &Words, labels: &[String]) -> TextId {
        let language = words.language();
        let known = self
            .phrases
            .iter()
            .find(|(known, tongue, _)| *tongue == language && known == phrase);
        if let Some((_, _, id)) = known {
            return *id;
        }
        let id = self.text(&words.say(phrase, labels));
        if self.phrases.len() >= PHRASES_MAX {
            self.phrases.clear();
        }
        self.phrases.push((phrase.clone(), language, id));
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_number_until_there_are_too_many() {
        let mut interner = Interner::default();
        let first = interner.text("S1");
        assert_eq!(interner.text("S1"), first);
        assert_eq!(interner.written(|out| out.push_str("S1")), first);
        assert_ne!(interner.text("S2"), first);
        interner.tidy();
        assert_eq!(interner.generation(), 0);
        for number in 0..=TEXTS_MAX {
            interner.written(|out| out.push_str(&number.to_string()));
        }
        assert_eq!(interner.get(first), "S1", "handles hold within a picture");
        interner.tidy();
        assert_eq!(interner.generation(), 1);
        assert_eq!(interner.text("S3"), TextId(0));
    }
}
