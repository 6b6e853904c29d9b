//! What a reader does in a room, where a class follows a presenter's cursor.

/// What the reader does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RoomMsg {
    /// The address of the hub, as it was typed.
    Hub(String),
    /// The name of the room, as it was typed.
    Name(String),
    /// The token, as it was typed.
    Token(String),
    /// Presents: who follows is shown what is shown here.
    Present,
    /// Follows whoever presents.
    Follow,
    /// After looking around alone: back to where the presenter is.
    ComeBack,
    /// Leaves the room; the run stays as it is.
    Leave,
}
