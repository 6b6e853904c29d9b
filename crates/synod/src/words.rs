//! The words of a protocol in a language, and the lines with which a transcript opens.

use protocol::{Arg, Phrase};
use sim::{About, Run, SOUND};
use std::borrow::Cow;
use trace::{Language, Words};

/// The shared words and those of the protocol.
pub(crate) fn words_of(about: &About, language: Language) -> Words {
    let mut words = Words::new(language);
    words
        .add((about.words)(language.code()))
        .expect("a protocol's words are lines of `key = template`: its tests read them");
    words
}

/// A sentence of an error, in English as all errors are.
pub(crate) fn say(phrase: &Phrase, about: &About, labels: &[String]) -> String {
    words_of(about, Language::English).say(phrase, labels)
}

/// What the protocol is called.
pub(crate) fn title<'a>(words: &'a Words, about: &'a About) -> &'a str {
    if words.has("title") {
        words.word("title")
    } else {
        about.id
    }
}

/// Which run this is: the protocol, the seed, the variant and the parameters that were set.
pub(crate) fn opening(words: &Words, about: &About, run: &Run) -> String {
    let word = |family: &str, id: &str| Arg::Word(Cow::Owned(format!("{family}.{id}")));
    let mut lines = vec![
        Phrase::new("transcript.title")
            .text("title", title(words, about))
            .text("seed", run.seed.to_string()),
    ];
    if run.variant != SOUND {
        let breaks = about
            .variants
            .iter()
            .find(|(id, _)| *id == run.variant)
            .and_then(|(_, breaks)| *breaks);
        let phrase =
            Phrase::new("transcript.variant").with("variant", word("variant", &run.variant));
        lines.push(phrase);
        if let Some(breaks) = breaks {
            lines.push(Phrase::new("transcript.breaks").with("property", word("property", breaks)));
        }
    }
    for (key, value) in &run.config {
        lines.push(
            Phrase::new("transcript.parameter")
                .with("parameter", word("param", key))
                .text("value", value.clone()),
        );
    }
    let mut out = String::new();
    for line in lines {
        out.push_str(&words.say(&line, &[]));
        out.push('\n');
    }
    out.push('\n');
    out
}
