//! The history of what clients called: what holds of it, and a picture of a part.

use super::{Button, Figure};
use crate::Msg;

/// The history.
#[derive(Clone, PartialEq, Debug)]
pub struct History {
    /// What holds of all calls together, in a sentence.
    pub verdict: String,
    /// Whether that is a violation.
    pub broken: bool,
    /// The answers that cannot all be right, in the order of their calls.
    pub answers: Vec<HistoryAnswer>,
    /// Which of how many are shown; empty where there are none.
    pub range: String,
    /// Shows earlier ones, if there are any.
    pub earlier: Option<Button>,
    /// Shows later ones.
    pub later: Option<Button>,
    /// Follows the cursor again.
    pub follow: Option<Button>,
    /// Shows where it fails, unless that is seen.
    pub failure: Option<Button>,
    /// The calls that are shown, and the faults between them; absent where there are none.
    pub figure: Option<Figure>,
    /// What each part of the picture sends, in the order of the keyboard.
    pub parts: Vec<Msg>,
    /// How far down in it the cursor stands, from 0 to 1.
    pub cursor: f64,
    /// How it is to be read; empty where there is nothing.
    pub legend: String,
}

/// An answer that cannot be right together with others.
#[derive(Clone, PartialEq, Debug)]
pub struct HistoryAnswer {
    /// Which call it is of.
    pub call: u32,
    /// From when to when.
    pub time: String,
    /// Who called what, and the answer.
    pub sentence: String,
    /// Whether the cursor stands at the answer.
    pub current: bool,
    /// Goes there.
    pub msg: Msg,
}
