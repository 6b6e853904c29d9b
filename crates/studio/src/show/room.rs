//! The dialog of a room.

use super::{Button, JoinField};

/// The dialog.
#[derive(Clone, PartialEq, Debug)]
pub struct Room {
    /// What it is about.
    pub about: String,
    /// Where the hub is.
    pub hub: JoinField,
    /// What the room is called.
    pub name: JoinField,
    /// Its token.
    pub token: JoinField,
    /// Why it cannot be entered; may be empty.
    pub refusal: String,
    /// How it stands; may be empty.
    pub status: String,
    /// The address that leads followers here; empty unless the reader presents and knows it.
    pub invitation: String,
    /// Presents.
    pub present: Button,
    /// Follows.
    pub follow: Button,
    /// Leaves.
    pub leave: Option<Button>,
}
