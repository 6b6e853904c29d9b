//! What can go wrong, and what a caller learns of it: a sentence that names the place and the cure, and an exit code.

use crate::words::{own, words_of};
use protocol::{Arg, Phrase};
use sim::{About, SimError};
use std::io;
use trace::{Language, Words};

/// How a command ended, for the exit code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Ended {
    /// Done.
    Well = 0,
    /// A property was violated, or a history is not linearizable.
    Violated = 1,
    /// One of several files could not be read, which has been told.
    BadInput = 2,
    /// A replay differs from its record, or a budget ran out.
    Differs = 3,
}

/// A mistake in a scenario's file.
#[derive(Debug)]
pub(crate) struct Wrong {
    /// The file.
    pub(crate) file: Arg,
    /// The line, from 1.
    pub(crate) line: u32,
    /// The column, from 1.
    pub(crate) column: u32,
    /// What, and its cure.
    pub(crate) what: Phrase,
}

/// Why a command could not be carried out.
#[derive(Debug)]
pub(crate) enum Error {
    /// Something was asked for by a name that is not there.
    Unknown {
        /// Where it was asked: `--variant vote-notsaved`.
        place: Arg,
        /// The word for what it should have named: `cli.protocol`.
        what: &'static str,
        /// What there is.
        known: Vec<String>,
        /// The one that looks most like it.
        meant: Option<String>,
    },
    /// A value or a combination of values is refused, with the sentence why.
    Refused {
        /// Where it was asked.
        place: Arg,
        /// Why it is refused, in the words of this protocol.
        why: Phrase,
        /// The protocol.
        about: &'static About,
    },
    /// A scenario's file has mistakes: each a line with its place and cure.
    Scenario {
        /// What is wrong, in the order of the file.
        mistakes: Vec<Wrong>,
        /// Its protocol, if it is known: its words may be needed.
        about: Option<&'static About>,
    },
    /// A scenario is asked for with something that it brings itself.
    Brings {
        /// What was asked.
        place: Arg,
    },
    /// Several protocols have a scenario of this name.
    Ambiguous {
        /// The name.
        place: Arg,
        /// Their whole names.
        known: Vec<String>,
    },
    /// A scenario cannot go on, or does not end as it says.
    Story {
        /// The scenario, or its file with the line of the beat.
        place: String,
        /// Why.
        why: Box<Phrase>,
        /// The protocol.
        about: &'static About,
        /// The labels of its nodes.
        labels: Vec<String>,
    },
    /// A file cannot be read.
    Read(Arg, io::Error),
    /// A file is not JSON of a form that is known.
    Json {
        /// The file.
        path: Arg,
        /// Line, column and what is wrong there.
        error: serde_json::Error,
    },
    /// The text is neither a link nor a file.
    Neither {
        /// The text, shortened.
        text: String,
        /// What is wrong with it as a link.
        link: SimError,
    },
    /// A link cannot be opened.
    Link {
        /// In which file it stands; `None`: on the command line.
        place: Option<Arg>,
        /// Why.
        error: SimError,
    },
    /// A history has a mistake.
    History {
        /// The file, with the line if it is in one.
        place: Arg,
        /// What, and its cure.
        why: Phrase,
    },
    /// A report of a search cannot be read.
    Report {
        /// The file.
        place: Arg,
        /// The line, from 1.
        line: u32,
        /// The column, from 1.
        column: u32,
        /// Why, in the reader's own words.
        why: String,
    },
    /// A report of another search than those before it.
    OtherSearch {
        /// The file.
        place: Arg,
    },
    /// A file comes from a later version.
    Newer {
        /// The file.
        path: Arg,
        /// Its format.
        format: u64,
        /// The latest format that is known here.
        known: u32,
    },
    /// A real node cannot be started, or go on; why, in English.
    Node {
        /// What it is about: `--listen 127.0.0.1:7001`.
        place: Arg,
        /// Why.
        why: String,
    },
    /// Something cannot be written.
    Write(Arg, io::Error),
    /// Something of the machine's own is refused: told in English alone.
    Plain {
        /// What.
        place: Arg,
        /// Why.
        why: String,
    },
    /// Whoever read the output has closed it: nobody is left to tell.
    Hangup,
}

impl Error {
    /// The exit code: 2, except that a reader who has seen enough is no failure.
    pub(crate) const fn code(&self) -> u8 {
        match self {
            Self::Hangup => 0,
            _ => 2,
        }
    }
}

impl Error {
    /// What is said of it, each line a sentence: what is the matter, then what to do.
    pub(crate) fn say(&self, language: Language) -> String {
        let words = match self {
            Self::Refused { about, .. }
            | Self::Story { about, .. }
            | Self::Scenario {
                about: Some(about), ..
            } => words_of(about, language),
            _ => own(language),
        };
        let labels = match self {
            Self::Story { labels, .. } => labels.as_slice(),
            _ => &[],
        };
        let lines: Vec<String> = self
            .lines()
            .iter()
            .map(|line| words.say(line, labels))
            .collect();
        let what = Phrase::new("cli.error").text("what", lines.join("\n  "));
        words.say(&what, &[])
    }

    fn lines(&self) -> Vec<Phrase> {
        let of = |key, place: &Arg| Phrase::new(key).with("place", place.clone());
        let because = |why: Phrase| Arg::Phrase(Box::new(why));
        match self {
            Self::Unknown {
                place,
                what,
                known,
                meant,
            } => {
                let unknown = match meant {
                    Some(meant) => of("cli.unknown-meant", place).text("meant", meant.clone()),
                    None => of("cli.unknown", place),
                };
                vec![
                    unknown.with("what", Arg::Word((*what).into())),
                    Phrase::new("cli.known").text("known", known.join(", ")),
                ]
            }
            Self::Scenario { mistakes, .. } => {
                let mut lines: Vec<Phrase> = mistakes
                    .iter()
                    .map(|mistake| {
                        Phrase::new("cli.scenario-mistake")
                            .with("place", mistake.file.clone())
                            .text("line", mistake.line.to_string())
                            .text("column", mistake.column.to_string())
                            .with("why", because(mistake.what.clone()))
                    })
                    .collect();
                lines.push(Phrase::new("cli.scenario-cure"));
                lines
            }
            Self::History { place, why } => vec![
                of("cli.refused", place).with("why", because(why.clone())),
                Phrase::new("cli.history-cure"),
            ],
            Self::Report {
                place,
                line,
                column,
                why,
            } => vec![
                of("cli.json", place)
                    .text("line", line.to_string())
                    .text("column", column.to_string())
                    .text("why", why.clone()),
                Phrase::new("cli.report-cure"),
            ],
            Self::OtherSearch { place } => vec![of("cli.other-search", place)],
            Self::Brings { place } => vec![of("cli.brings", place)],
            Self::Ambiguous { place, known } => {
                vec![of("cli.ambiguous", place).text("known", known.join(", "))]
            }
            Self::Story { place, why, .. } => {
                let said = Phrase::new("cli.refused").text("place", place.clone());
                vec![said.with("why", Arg::Phrase(why.clone()))]
            }
            Self::Refused { place, why, .. } => {
                vec![of("cli.refused", place).with("why", because(why.clone()))]
            }
            Self::Node { place, why } => vec![of("cli.refused", place).text("why", why.clone())],
            Self::Read(place, error) => {
                vec![of("cli.read", place).text("why", error.to_string())]
            }
            Self::Json { path, error } => vec![
                of("cli.json", path)
                    .text("line", error.line().to_string())
                    .text("column", error.column().to_string())
                    .text("why", sentence(error)),
                Phrase::new("cli.json-cure"),
            ],
            Self::Neither { text, link } => vec![
                Phrase::new("cli.neither")
                    .text("text", text.clone())
                    .with("why", because(link.phrase())),
                Phrase::new("cli.neither-cure"),
            ],
            Self::Link { place, error } => {
                let why = because(error.phrase());
                let said = match place {
                    Some(place) => of("cli.refused", place).with("why", why),
                    None => Phrase::new("cli.bad-link").with("why", why),
                };
                let cure = match error {
                    SimError::NewerLink(..) => "cli.link-newer",
                    _ => "cli.link-cure",
                };
                vec![said, Phrase::new(cure)]
            }
            Self::Newer {
                path,
                format,
                known,
            } => vec![
                of("cli.newer", path)
                    .text("format", format.to_string())
                    .text("known", known.to_string()),
            ],
            Self::Write(place, error) => vec![
                of("cli.write", place).text("why", error.to_string()),
                Phrase::new("cli.write-cure"),
            ],
            Self::Plain { place, why } => vec![of("cli.refused", place).text("why", why.clone())],
            Self::Hangup => Vec::new(),
        }
    }
}

/// Something told beside the output: a line of the standard error. Nobody may be there to read it.
pub(crate) fn tell(words: &Words, phrase: &Phrase, labels: &[String]) {
    crate::output::tell(&words.say(phrase, labels));
}

/// What serde says is wrong, without the place, which stands in front of the sentence.
fn sentence(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}
