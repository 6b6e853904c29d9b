//! What the dialog *What can still happen?* sends. Plain data.

use protocol::NodeId;

/// A question to the present: its form, and its answer. What workers say of it comes as a [`crate::FindMsg`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FromHereMsg {
    /// What is asked.
    Kind(HereKind),
    /// Of which node it is asked.
    Node(NodeId),
    /// Whether the node is to become something, or to be it no longer.
    Ends(bool),
    /// Which role, by its id.
    Role(String),
    /// Which entry of the node's log, by its index.
    Entry(u64),
    /// Whether the entry is to give way to one that is committed anywhere, or to be gone from the node's log.
    Committed(bool),
    /// Which answer, by its id; any without one.
    Answer(Option<String>),
    /// Which property, by its id.
    Property(String),
    /// The text of a predicate, as scenarios have it.
    Predicate(String),
    /// How far the answer is looked for.
    Limit(HereLimit, u64),
    /// Asks.
    Start,
    /// Ends it; what is known stays.
    Cancel,
    /// Puts the way that was found behind the present, and plays it.
    Watch,
}

/// What can be asked of the present.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum HereKind {
    /// Whether a node can still become something.
    #[default]
    Role,
    /// Whether an entry of a log can be lost.
    Entry,
    /// Whether a client can still get an answer.
    Answer,
    /// Whether a property can be violated, or come true.
    Property,
    /// Any predicate.
    Predicate,
}

/// What bounds the search for an answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum HereLimit {
    /// Steps of a schedule.
    Steps,
    /// Different states.
    States,
    /// Nodes that crash.
    Crashes,
    /// Messages that are lost.
    Drops,
    /// Messages that come twice.
    Duplicates,
    /// Nodes that come back, cuts that heal.
    Repairs,
}
