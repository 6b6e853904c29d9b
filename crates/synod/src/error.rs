//! What can go wrong, and what a caller learns of it: a sentence that names the place and the cure, and an exit code.

use sim::SimError;
use std::fmt;
use std::io;

/// How a command ended, for the exit code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Ended {
    /// Done.
    Well = 0,
    /// A property was violated.
    Violated = 1,
    /// A replay differs from its record.
    Differs = 3,
}

/// Why a command could not be carried out.
#[derive(Debug)]
pub(crate) enum Error {
    /// Something was asked for by a name that is not there.
    Unknown {
        /// Where it was asked: `--variant vote-notsaved`.
        place: String,
        /// What it should have named: `protocol`.
        what: &'static str,
        /// What there is.
        known: Vec<String>,
        /// The one that looks most like it.
        meant: Option<String>,
    },
    /// A value or a combination of values is refused, with the sentence why.
    Refused {
        /// Where it was asked.
        place: String,
        /// Why it is refused.
        why: String,
    },
    /// A file cannot be read.
    Read(String, io::Error),
    /// A file is not JSON of a form that is known.
    Json {
        /// The file.
        path: String,
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
        place: Option<String>,
        /// Why.
        error: SimError,
    },
    /// A file comes from a later version.
    Newer {
        /// The file.
        path: String,
        /// Its format.
        format: u64,
        /// The latest format that is known here.
        known: u32,
    },
    /// Something cannot be written.
    Write(String, io::Error),
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

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown {
                place,
                what,
                known,
                meant,
            } => {
                write!(f, "{place}: there is no such {what}")?;
                if let Some(meant) = meant {
                    write!(f, "; did you mean `{meant}`?")?;
                }
                write!(f, "\n  known: {}", known.join(", "))
            }
            Self::Refused { place, why } => write!(f, "{place}: {why}"),
            Self::Read(path, error) => write!(f, "{path} cannot be read: {error}"),
            Self::Json { path, error } => write!(
                f,
                "{path}:{}:{}: {}\n  a run file is described in docs/run-format.md, and a trace in docs/trace-format.md",
                error.line(),
                error.column(),
                sentence(error)
            ),
            Self::Neither { text, link } => write!(
                f,
                "`{text}`: there is no file of that name, and read as a link: {link}\n  \
                 give the path of a file, or a page's address in quotes with everything behind its #; if it is a link, copy it again, whole"
            ),
            Self::Link { place, error } => {
                if let Some(place) = place {
                    write!(f, "{place}: ")?;
                }
                write!(f, "{error}\n  {}", cure(error))
            }
            Self::Newer {
                path,
                format,
                known,
            } => write!(
                f,
                "{path} has format {format}, and this synod reads up to format {known}: use a newer synod"
            ),
            Self::Write(path, error) => write!(
                f,
                "{path} cannot be written: {error}\n  --out names the file; without it, output goes to the terminal"
            ),
            Self::Hangup => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// What to do about a link that does not open.
const fn cure(error: &SimError) -> &'static str {
    match error {
        SimError::NewerLink(..) => "use a newer synod",
        _ => "copy it again, whole, from where you had it",
    }
}

/// What serde says is wrong, without the place, which stands in front of the sentence.
fn sentence(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}
