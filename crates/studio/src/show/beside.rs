//! Two runs side by side: what tells them apart, and the form in which the second is chosen.

use super::{Button, Choice, ControlKind, TreeRow};

/// Two runs side by side.
#[derive(Clone, PartialEq, Debug)]
pub struct Beside {
    /// What the first has where they differ: "Policy: random".
    pub here: String,
    /// What the second has there.
    pub there: String,
    /// What is violated in the second: "1 property is violated", how as its help; goes to where it was.
    pub violated: Option<Button>,
    /// Until when the two are the same and what happens then in each, or how far they are the same; empty for another protocol.
    pub parting: String,
    /// Goes to where they part; absent until they do.
    pub to_parting: Option<Button>,
    /// What differs now on the stages; may be empty.
    pub differing: String,
    /// What of the first is not done in the second; may be empty.
    pub passed: String,
    /// That the second is still on its way to where the first stands; may be empty.
    pub note: String,
    /// Ends the comparison.
    pub end: Button,
}

/// A node of the second run.
#[derive(Clone, PartialEq, Debug)]
pub struct NodeThere {
    /// In which run: "In B: You crashed S3".
    pub heading: String,
    /// "S3 is a follower in term 2." and what else there is to say of it.
    pub sentence: String,
    /// Its remarks.
    pub badges: Vec<String>,
    /// Its volatile state; what is marked as changed is otherwise than in the first run.
    pub state: Vec<TreeRow>,
    /// Its disk, marked likewise.
    pub disk: Vec<TreeRow>,
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
