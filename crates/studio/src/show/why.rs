//! The answer to *Why?*: what led to something, newest first.

use super::Button;
use crate::Msg;

/// A question and its answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Why {
    /// What is asked about, in a sentence.
    pub question: String,
    /// What led to it, newest first; the first is the event itself, where it has happened.
    pub links: Vec<WhyLink>,
    /// That there is more than is told, or what is said where nothing led to it; may be empty.
    pub note: String,
    /// Back to where it was asked; absent there.
    pub back: Option<Button>,
    /// Whether the events list is of these alone; opens it.
    pub only: Option<Button>,
    /// Closes it.
    pub close: Button,
}

/// An event that led to what is asked about.
#[derive(Clone, PartialEq, Debug)]
pub struct WhyLink {
    /// Its step.
    pub step: u64,
    /// "step 35".
    pub place: String,
    /// When, "12.3 ms".
    pub time: String,
    /// How it led to a later one: "because it was sent this message here:"; empty for what is asked about.
    pub tie: String,
    /// Its sentence.
    pub sentence: String,
    /// The rule that its reason follows, as a sentence; may be empty.
    pub rule: String,
    /// Where the source states that rule; may be empty.
    pub source: String,
    /// Where reasons begin: "because somebody chose it."; may be empty.
    pub origin: String,
    /// Whether the cursor stands there.
    pub current: bool,
    /// Goes there.
    pub msg: Msg,
}
