//! What the page's sockets are to do, and what they tell: joined nodes and rooms have them alike.

/// What a socket tells of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SocketMsg {
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

impl SocketMsg {
    /// Which socket it is.
    pub(crate) const fn socket(&self) -> u32 {
        let (Self::Opened(socket)
        | Self::Text { socket, .. }
        | Self::Closed { socket, .. }
        | Self::Probed { socket, .. }) = self;
        *socket
    }
}

/// What the page's sockets are to do. Each answers with a [`SocketMsg`].
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
