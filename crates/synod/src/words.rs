//! The words of a protocol in a language, and the lines with which a transcript opens.

use protocol::{Arg, Phrase};
use sim::{About, Run, SOUND};
use std::borrow::Cow;
use trace::{Language, Words};

/// The shared words, those of scenarios, of handouts and of the command line.
pub(crate) fn own(language: Language) -> Words {
    let mut words = Words::new(language);
    let catalogue = match language {
        Language::English => include_str!("../words/en.txt"),
        Language::Chinese => include_str!("../words/zh.txt"),
    };
    words
        .add(scenario::words(language))
        .and_then(|()| words.add(handout::words(language)))
        .and_then(|()| words.add(catalogue))
        .expect("lines of `key = template`: the tests read them");
    words
}

/// The same, and those of the protocol.
pub(crate) fn words_of(about: &About, language: Language) -> Words {
    let mut words = own(language);
    words
        .add((about.words)(language.code()))
        .expect("a protocol's words are lines of `key = template`: its tests read them");
    words
}

/// Which run this is: the protocol, the seed, the variant and the parameters that were set.
pub(crate) fn opening(words: &Words, about: &About, run: &Run) -> String {
    let word = |family: &str, id: &str| Arg::Word(Cow::Owned(format!("{family}.{id}")));
    let mut lines = vec![
        Phrase::new("transcript.title")
            .text("title", about.title(words.language()))
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

#[cfg(test)]
mod tests {
    use super::own;
    use trace::Language;

    #[test]
    fn both_languages_say_the_same_with_the_same_values() {
        let read = |catalogue: &'static str| -> Vec<(&str, Vec<&str>)> {
            let lines = catalogue.lines().filter(|line| !line.starts_with('#'));
            lines
                .map(|line| {
                    let (key, template) = line.split_once(" = ").expect("key = template");
                    let values = template.split('{').skip(1);
                    let mut values: Vec<_> = values
                        .map(|rest| rest.split(['}', ':']).next().unwrap_or(rest))
                        .collect();
                    values.sort_unstable();
                    // A plural names its number twice, and Chinese has none.
                    values.dedup();
                    (key, values)
                })
                .collect()
        };
        let [english, chinese] = [
            read(include_str!("../words/en.txt")),
            read(include_str!("../words/zh.txt")),
        ];
        assert_eq!(english, chinese);
        for language in Language::ALL {
            let words = own(language);
            assert!(english.iter().all(|(key, _)| words.has(key)));
        }
    }
}
