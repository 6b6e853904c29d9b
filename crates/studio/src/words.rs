//! The page's own words, in both languages, over those of the trace, of scenarios and of the protocol.

use crate::session::Session;
use protocol::Arg;
use sim::About;
use trace::{Language, Words};

const EN: &str = include_str!("../words/en.txt");
const ZH: &str = include_str!("../words/zh.txt");

/// The words of the page for one protocol.
pub(crate) fn of(language: Language, about: &About) -> Words {
    let mut words = Words::new(language);
    let own = match language {
        Language::English => EN,
        Language::Chinese => ZH,
    };
    for catalogue in [
        scenario::words(language),
        own,
        (about.words)(language.code()),
    ] {
        let added = words.add(catalogue);
        assert!(added.is_ok(), "built-in words: {added:?}");
    }
    words
}

/// The words for what a session shows: those of its protocol, and those that came along with it.
pub(crate) fn for_session(language: Language, session: &Session) -> Words {
    let mut words = of(language, session.about());
    if let Some(brought) = session.playable.brought() {
        words.learn(brought);
    }
    words
}

/// The template of a key in a text of words, where all the others are of no interest.
pub(crate) fn line<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let mut lines = text.lines();
    lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "))
}

/// A small number as a word, where a sentence reads better so.
pub(crate) fn number(value: u64) -> Arg {
    let key = match value {
        1 => "ui.number.1",
        2 => "ui.number.2",
        3 => "ui.number.3",
        4 => "ui.number.4",
        5 => "ui.number.5",
        6 => "ui.number.6",
        7 => "ui.number.7",
        8 => "ui.number.8",
        9 => "ui.number.9",
        _ => return Arg::Int(value),
    };
    Arg::Word(key.into())
}
