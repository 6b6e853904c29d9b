//! Texts become recordings: which format it is, and what is wrong where it is none.

mod document;
mod shiviz;

use crate::Recording;
use protocol::Phrase;
use sim::About;
use std::fmt;
use trace::{Language, Words};

/// In which format a recording came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// The project's own JSON: see `docs/trace-format.md`.
    Trace,
    /// A log with vector clocks, as ShiViz reads it.
    Shiviz,
}

/// Why a text is no recording, with the sentence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unread(pub Phrase);

impl Unread {
    fn new(key: &'static str) -> Self {
        Self(Phrase::new(key))
    }

    fn line(key: &'static str, line: usize) -> Self {
        Self(Phrase::new(key).int("line", line as u64))
    }
}

/// In English.
impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Words::new(Language::English).say(&self.0, &[]))
    }
}

impl std::error::Error for Unread {}

/// Reads a recording; its format is found out by its beginning. `about` knows the protocols of the catalogue by their ids.
///
/// # Errors
/// What is wrong with it, and in which line, where it can be said.
pub fn read(
    text: &str,
    about: &dyn Fn(&str) -> Option<&'static About>,
) -> Result<(Format, Recording), Unread> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().starts_with('{') {
        return document::read(text, about).map(|recording| (Format::Trace, recording));
    }
    shiviz::read(text).map(|recording| (Format::Shiviz, recording))
}
