//! What comes in and goes out where the page joins real nodes: what the reader does, what becomes of sockets.

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
    /// The other side has taken the connection.
    Opened(u32),
    /// It sent a text.
    Text {
        /// By which socket.
        socket: u32,
        /// What.
        text: String,
    },
    /// The connection ended, or was never made.
    Closed {
        /// Which.
        socket: u32,
        /// The code of the WebSocket protocol.
        code: u16,
    },
    /// Whether anything answers at all where no connection could be made.
    Probed {
        /// The socket that could not be made.
        socket: u32,
        /// Whether something did.
        answers: bool,
    },
}

/// What the page's sockets are to do. Each answers with a [`JoinMsg`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SocketCommand {
    /// Connect.
    Open {
        /// The number that it has from now on.
        socket: u32,
        /// Where.
        address: String,
    },
    /// Send a text.
    Say {
        /// By which.
        socket: u32,
        /// What.
        text: String,
    },
    /// Close it; nothing of it is heard any more.
    Close(u32),
    /// Find out whether anything answers there, by whatever protocol.
    Probe {
        /// The socket that could not be made.
        socket: u32,
        /// Where.
        address: String,
    },
}
