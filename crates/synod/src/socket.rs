//! One connection by WebSocket, from the side that was called: texts out, texts in, both within limits. Knows nothing of what they say.

use crate::guard::{Denied, Rate};
use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How long a closing may take.
const CLOSES: Duration = Duration::from_secs(1);

/// Why nobody can listen there, and what to do.
pub(crate) fn unbound(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => format!(
            "{error}: another program listens there; end it, or take a free port with `--listen 127.0.0.1:0`"
        ),
        _ => error.to_string(),
    }
}

/// No message has more bytes than this.
pub(crate) fn limited(upgrade: WebSocketUpgrade, bytes_max: usize) -> WebSocketUpgrade {
    upgrade
        .max_message_size(bytes_max)
        .max_frame_size(bytes_max)
}

/// Tells a page that its token is not the right one. A browser does not say why a connection could not be made: so it is made, and
/// closed with the reason.
///
/// # Errors
/// Whoever is no page, or has another fault, is told by HTTP.
pub(crate) fn deny(
    upgrade: WebSocketUpgrade,
    headers: &HeaderMap,
    denied: Denied,
) -> Result<Response, Denied> {
    let by_token = matches!(denied, Denied::NoToken | Denied::OtherToken);
    if !by_token || !headers.contains_key(header::ORIGIN) {
        return Err(denied);
    }
    Ok(upgrade.on_upgrade(async move |mut socket| {
        let frame = CloseFrame {
            code: wire::watch::CLOSED_TOKEN,
            reason: denied.why().into(),
        };
        let closing = socket.send(Message::Close(Some(frame)));
        let _ = timeout(CLOSES, closing).await;
    }))
}

/// Takes a connection apart. So many messages are taken a second, and a frame that takes longer than `patience` to leave breaks it.
pub(crate) fn split(socket: WebSocket, per_second: u32, patience: Duration) -> (Mouth, Ear) {
    let (sink, stream) = socket.split();
    let ear = Ear {
        stream,
        rate: Rate::per_second(per_second),
        not_before: None,
        heard: Instant::now(),
    };
    (Mouth { sink, patience }, ear)
}

/// What goes out.
pub(crate) struct Mouth {
    sink: SplitSink<WebSocket, Message>,
    patience: Duration,
}

impl Mouth {
    /// Sends a text.
    ///
    /// # Errors
    /// The connection is dead: why.
    pub(crate) async fn say(&mut self, text: impl Into<Utf8Bytes>) -> Result<(), String> {
        self.put(Message::Text(text.into())).await
    }

    async fn put(&mut self, message: Message) -> Result<(), String> {
        match timeout(self.patience, self.sink.send(message)).await {
            Ok(sent) => sent.map_err(|error| error.to_string()),
            Err(_) => Err("the connection takes nothing".into()),
        }
    }

    /// Asks for a sign of life.
    ///
    /// # Errors
    /// The connection is dead: why.
    pub(crate) async fn ping(&mut self) -> Result<(), String> {
        self.put(Message::Ping(Bytes::new())).await
    }

    /// Closes the connection with a reason, if it still can be.
    pub(crate) async fn close(mut self, why: &str) {
        let frame = CloseFrame {
            code: close_code::NORMAL,
            // A reason has at most 123 bytes.
            reason: why.chars().take(30).collect::<String>().into(),
        };
        let closing = self.sink.send(Message::Close(Some(frame)));
        let _ = timeout(CLOSES, closing).await;
    }
}

/// What comes in.
pub(crate) struct Ear {
    stream: SplitStream<WebSocket>,
    rate: Rate,
    not_before: Option<Instant>,
    /// When the last sign came.
    heard: Instant,
}

impl Ear {
    /// The next message. What is no text is handed on as it is: whoever reads it says what is wrong with it. Whoever stops waiting for
    /// it loses nothing.
    ///
    /// # Errors
    /// Why there is none any more.
    pub(crate) async fn next(&mut self) -> Result<Bytes, String> {
        if let Some(at) = self.not_before {
            tokio::time::sleep_until(at).await;
            self.not_before = None;
        }
        while let Some(message) = self.stream.next().await {
            self.heard = Instant::now();
            let bytes = match message {
                Ok(Message::Text(text)) => text.into(),
                Ok(Message::Binary(bytes)) => bytes,
                Ok(Message::Close(_)) => break,
                Ok(Message::Ping(_) | Message::Pong(_)) => continue,
                Err(error) => return Err(error.to_string()),
            };
            let wait = self.rate.take(self.heard);
            self.not_before = (!wait.is_zero()).then(|| self.heard + wait);
            return Ok(bytes);
        }
        Err("the connection was closed".to_owned())
    }
    /// How long no sign of life has come.
    pub(crate) fn silent_for(&self) -> Duration {
        self.heard.elapsed()
    }
}
