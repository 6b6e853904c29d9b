//! A question to the present: its form, how far the search for an answer is, and the answer.

use super::{Button, Choices};

/// The dialog *From here*.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct FromHere {
    /// What it is for.
    pub about: String,
    /// What is asked, and of what: the first decides which others there are.
    pub parts: Vec<Choices>,
    /// The text of a predicate, where that is what is asked.
    pub predicate: Option<HerePredicate>,
    /// The question, in a sentence; empty where it cannot be asked.
    pub sentence: String,
    /// The heading of what bounds the search.
    pub limits_title: String,
    /// In a few words, how far it is looked.
    pub limits_summary: String,
    /// What bounds it.
    pub limits: Vec<Choices>,
    /// What those mean, and what they leave out.
    pub limits_note: String,
    /// Asks; absent while it runs.
    pub start: Option<Button>,
    /// Ends it; only while it runs.
    pub cancel: Option<Button>,
    /// How far it is; empty unless it runs.
    pub progress: String,
    /// What is wrong; may be empty.
    pub note: String,
    /// The answer, as far as it is known.
    pub answer: Option<HereAnswer>,
}

/// The field of a predicate.
#[derive(Clone, PartialEq, Debug)]
pub struct HerePredicate {
    /// What it is called.
    pub label: String,
    /// How it is written.
    pub help: String,
    /// What stands there.
    pub text: String,
}

/// An answer.
#[derive(Clone, PartialEq, Debug)]
pub struct HereAnswer {
    /// The question that it answers.
    pub question: String,
    /// `✓`, `✗` or `?`: colour is never the only carrier.
    pub sign: &'static str,
    /// "Yes, in 6 steps."
    pub headline: String,
    /// What is known, with its numbers.
    pub detail: String,
    /// The steps of the way, in order.
    pub steps: Vec<String>,
    /// Plays the way.
    pub watch: Option<Button>,
}
