//! What comes in and goes out where the page joins real nodes: what the reader does.

use protocol::Name;

/// The joining of real nodes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum JoinMsg {
    /// The addresses that were typed, between commas or spaces.
    Addresses(String),
    /// The token that was typed.
    Token(String),
    /// Joins.
    Start,
    /// Leaves; what was seen stays, as a recording.
    Leave,
    /// Dials now whatever was lost.
    Again,
    /// Every message between nodes waits from now on, or none does any longer.
    HoldAll(bool),
    /// A message arrives a second later.
    Delay(Name),
    /// Which workload a test has.
    Workload(&'static str),
    /// A test begins, or ends as it is.
    Test(bool),
}
