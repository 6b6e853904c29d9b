//! The search for a run that breaks a promise: its form, how far it is, and what it has found.

use super::{Button, Choice};

/// The dialog of *Find a violation*.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Find {
    /// What it is for.
    pub about: String,
    /// Which promise is to break.
    pub properties: Choices,
    /// How schedules are chosen.
    pub strategies: Choices,
    /// What the strategy promises; may be empty.
    pub strategy_note: String,
    /// Where schedules begin.
    pub origins: Choices,
    /// Starts, or goes on; absent while it runs.
    pub start: Option<Button>,
    /// Ends it; only while it runs.
    pub cancel: Option<Button>,
    /// How far it is, or how it ended: "1,240 schedules, 310 a second"; empty before the first.
    pub progress: String,
    /// What was seen on the way: kinds of turning points, states; may be empty.
    pub coverage: String,
    /// What is wrong; may be empty.
    pub note: String,
    /// Said once something was copied; otherwise empty.
    pub copied: String,
    /// What was found, newest first.
    pub cards: Vec<FindCard>,
}

/// A choice with a name.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Choices {
    /// What is chosen.
    pub label: String,
    /// Among these.
    pub choices: Vec<Choice>,
}

/// A run that breaks a promise.
#[derive(Clone, PartialEq, Debug)]
pub struct FindCard {
    /// Its place among all that were found.
    pub place: u32,
    /// The promise.
    pub property: String,
    /// How it is broken, naming the nodes.
    pub how: String,
    /// How small it is, and where it came from: "5 actions of 37, from schedule 12".
    pub size: String,
    /// Opens the shrunk run and plays it; absent until it is shrunk.
    pub watch: Option<Button>,
    /// Opens the run as it was found.
    pub as_found: Button,
    /// Copies it as a scenario, and as a test.
    pub copies: [Button; 2],
}
