//! Two runs side by side: what tells them apart, and the form in which the second is chosen.

use super::{Button, Choice, ControlKind};

/// Two runs side by side.
#[derive(Clone, PartialEq, Debug)]
pub struct Beside {
    /// What the first has where they differ: "Policy: random".
    pub here: String,
    /// What the second has there.
    pub there: String,
    /// What is violated in the second: "1 property is violated"; empty where nothing is.
    pub violated: String,
    /// That the second is still on its way to where the first stands; may be empty.
    pub note: String,
    /// Ends the comparison.
    pub end: Button,
}

/// The form in which a second run is chosen.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Compare {
    /// What it is for.
    pub about: String,
    /// In what the second may differ.
    pub parameters: Vec<Choice>,
    /// What the list of them is called.
    pub parameter: String,
    /// What the value's control is called: "Policy in the second run".
    pub label: String,
    /// What this run has: "Here: random".
    pub here: String,
    /// The value: send [`crate::CompareMsg::Value`]. Absent where there is nothing to choose.
    pub kind: Option<ControlKind>,
    /// Why the value does not do, or was refused; may be empty.
    pub note: String,
    /// Shows both.
    pub start: Option<Button>,
    /// What stands beside this run now; may be empty.
    pub now: String,
    /// Ends that.
    pub end: Option<Button>,
}
