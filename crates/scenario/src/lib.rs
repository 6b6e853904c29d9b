//! Scenarios: stories of a run, beat by beat, that say what is done and what must come of it. Read, checked, played; and written from
//! a run that was recorded.
//!
//! The same file is the story in the page, the exercise, and a test. It plays only what a user could do: [`sim::Action`]s
//! through [`sim::Playable`]. Knows no particular protocol and nothing of the page. Reading TOML is the feature `toml`, so that
//! whoever has scenarios that were read already does not carry the parser.

mod act;
mod asked;
mod check;
mod grade;
mod mistake;
mod model;
mod nearest;
mod player;
mod predicate;
#[cfg(feature = "toml")]
mod read;
mod select;
mod sight;
mod trouble;
mod watch;
mod write;

pub use act::Act;
pub use asked::Asked;
pub use check::{Shelf, check, check_predicate};
pub use grade::{Mark, belongs, grade};
pub use mistake::{Draft, Family, Mention, Mistake, Place};
pub use model::{Ask, Beat, Choice, Criterion, Move, STEPS, Scenario, Text};
pub use nearest::nearest;
pub use player::{Player, Tick};
pub use predicate::{Compare, EventKind, Happening, Number, Predicate, What};
#[cfg(feature = "toml")]
pub use read::{read, read_predicate};
pub use select::{Group, Messages, OTHERS, Who};
pub use trouble::{Failure, Trouble};
pub use write::{Broken, write};

use trace::Language;

/// The words of scenarios: of what is wrong with them, and of their topics.
pub const fn words(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../words/en.txt"),
        Language::Chinese => include_str!("../words/zh.txt"),
    }
}
