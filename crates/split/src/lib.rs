//! Divides a wasm module in two: what ran while the page opened, and the rest, which comes when the page is already alive.
//!
//! [`mark()`] makes a copy that notes which functions ran; [`divide()`] takes those notes apart into modules; [`shorten()`] gives
//! imports short names. It knows nothing of the page: a module, a list of functions, and texts.

mod divide;
mod mark;
mod module;
mod short;

pub use divide::{Apart, Divided, divide};
pub use mark::{MARKS, Marked, mark};
pub use short::{Shortened, shorten};

use std::fmt;

/// Why a module cannot be divided.
#[derive(Debug)]
pub enum SplitError {
    /// It is no wasm module, or one that cannot be read.
    Unreadable(String),
    /// It holds something that this crate cannot move.
    Unfit(&'static str),
    /// The notes say something of another number of functions.
    OtherModule {
        /// How many the module has.
        functions: usize,
        /// How many the notes speak of.
        noted: usize,
    },
    /// A text that is to stand apart is not in the module.
    NoSuchText(String),
    /// A script does not provide what the module imports.
    NotProvided(String),
}

impl fmt::Display for SplitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => write!(f, "the module cannot be read: {why}"),
            Self::Unfit(what) => write!(f, "the module cannot be divided: it has {what}"),
            Self::OtherModule { functions, noted } => write!(
                f,
                "the notes are of another module: it has {functions} functions, they speak of {noted}"
            ),
            Self::NoSuchText(name) => write!(
                f,
                "the module holds no text of `{name}`: give the texts as they stand in the sources it was built from"
            ),
            Self::NotProvided(name) => write!(
                f,
                "the script does not name `{name}`, which the module imports: give the script that wasm-bindgen wrote with it"
            ),
        }
    }
}

impl std::error::Error for SplitError {}

impl From<wasmparser::BinaryReaderError> for SplitError {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self::Unreadable(error.to_string())
    }
}

impl From<wasm_encoder::reencode::Error> for SplitError {
    fn from(error: wasm_encoder::reencode::Error) -> Self {
        Self::Unreadable(error.to_string())
    }
}
