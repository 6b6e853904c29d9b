//! The dialog in which real nodes are joined.

use super::{Button, Choice};

/// A field of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct JoinField {
    /// What it is called.
    pub label: String,
    /// What stands there.
    pub value: String,
    /// What belongs there.
    pub help: String,
}

/// A connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JoinRow {
    /// `●` where all is well, `…` while it is waited for, `✗` where it is not.
    pub sign: &'static str,
    /// Who speaks there, once that is known; may be empty.
    pub name: String,
    /// How it stands.
    pub sentence: String,
}

/// Something that a test found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JoinFinding {
    /// What sort of anomaly it is, by the name that the field knows it by, and how many of the sort there are where that is more than one.
    pub name: String,
    /// What is wrong, as the bridge says it: in English.
    pub sentence: String,
    /// The operations that it is about, in a few words each.
    pub operations: Vec<String>,
}

/// The dialog.
#[derive(Clone, PartialEq, Debug)]
pub struct Join {
    /// What it is about.
    pub about: String,
    /// Where the nodes are.
    pub addresses: JoinField,
    /// Their token.
    pub token: JoinField,
    /// Why it cannot be joined; may be empty.
    pub refusal: String,
    /// Joins.
    pub start: Button,
    /// Dials what was lost.
    pub again: Option<Button>,
    /// Leaves.
    pub leave: Option<Button>,
    /// The connections.
    pub rows: Vec<JoinRow>,
    /// A test of a bridge's nodes: the workloads and what they are called together.
    pub workloads: Option<(String, Vec<Choice>)>,
    /// Begins a test, or ends it.
    pub test: Option<Button>,
    /// How far the test has come that goes on; may be empty.
    pub progress: String,
    /// What the last test came to; may be empty.
    pub report: String,
    /// What it found: of each sort the first.
    pub findings: Vec<JoinFinding>,
    /// What these are called together.
    pub found: String,
    /// What was missed or is kept no longer.
    pub notes: Vec<String>,
}
