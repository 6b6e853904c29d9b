//! Texts become recordings: which format it is, and what is wrong where it is none.

mod document;
mod fressian;
mod journal;
mod maelstrom;
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
    /// The journal of a bridge: see `docs/real-nodes.md`.
    Journal,
    /// The journal that Maelstrom keeps of its network, in Fressian.
    Maelstrom,
}

/// What was read.
#[derive(Clone, Debug)]
pub struct Read {
    /// In which format it came.
    pub format: Format,
    /// What happened.
    pub recording: Recording,
    /// What whoever opened it should know beside: that something is missing.
    pub remark: Option<Phrase>,
}

/// Why a text is no recording, with the sentence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unread(pub Phrase);

impl Unread {
    /// Whether the text is such a thing, but for what is wrong with it.
    pub fn is_it(&self) -> bool {
        ![
            "error.no-recording",
            "error.no-binary",
            "error.trace-without-format",
        ]
        .contains(&&*self.0.key)
    }

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
pub fn read(text: &str, about: &dyn Fn(&str) -> Option<&'static About>) -> Result<Read, Unread> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let whole = |format, recording| Read {
        format,
        recording,
        remark: None,
    };
    if journal::begins(text) {
        let (recording, remark) = journal::read(text)?;
        return Ok(Read {
            remark,
            ..whole(Format::Journal, recording)
        });
    }
    if text.trim_start().starts_with('{') {
        let recording = document::read(text, about)?;
        return Ok(whole(Format::Trace, recording));
    }
    Ok(whole(Format::Shiviz, shiviz::read(text)?))
}

/// Reads what is no text: the journal of Maelstrom's network.
///
/// # Errors
/// What is wrong with it, and at which byte or event.
pub fn read_bytes(bytes: &[u8]) -> Result<Read, Unread> {
    let (recording, remark) = maelstrom::read(bytes)?;
    Ok(Read {
        format: Format::Maelstrom,
        recording,
        remark,
    })
}
