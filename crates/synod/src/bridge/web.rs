//! The sockets: nodes and pages by WebSocket, the page's files by HTTP.

use super::Input;
use super::guard::{Denied, Guard, Pace};
use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::ListenerExt;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tower_http::services::ServeDir;

/// The longest message of a node, in bytes.
const NODE_BYTES_MAX: usize = 4 << 20;
/// The longest command of a page, in bytes.
const PAGE_BYTES_MAX: usize = 64 << 10;
/// How many messages of a node are taken a second; it waits beyond.
const NODE_RATE: f64 = 20_000.0;
/// How many commands of a page are taken a second.
const PAGE_RATE: f64 = 200.0;
/// How many frames wait for a page before it begins to miss something.
const FRAMES_MAX: usize = 16;
/// How long a frame may take to be sent before the connection counts as dead.
const DEAD_AFTER: Duration = Duration::from_secs(30);

/// What the sockets know.
#[derive(Clone)]
struct Door {
    guard: Guard,
    inputs: mpsc::Sender<Input>,
}

/// What an address may ask.
#[derive(Deserialize)]
struct Asked {
    token: Option<String>,
    id: Option<String>,
}

/// Listens, and serves until the process ends; answers with the address.
pub(super) async fn listen(
    address: SocketAddr,
    guard: Guard,
    page: Option<&Path>,
    inputs: mpsc::Sender<Input>,
) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(address).await?;
    let bound = listener.local_addr()?;
    // A message is small, and nothing else is on its way that it could wait for.
    let listener = listener.tap_io(|connection| {
        let _ = connection.set_nodelay(true);
    });
    let mut router = Router::new()
        .route("/node", get(node))
        .route("/watch", get(watch))
        .with_state(Door { guard, inputs });
    if let Some(page) = page {
        router = router.fallback_service(ServeDir::new(page));
    }
    tokio::spawn(async move {
        let served = axum::serve(listener, router).await;
        if let Err(error) = served {
            tracing::error!("no more connections are taken: {error}");
        }
    });
    Ok(bound)
}

/// Lets somebody in, or says why not.
fn admit(door: &Door, asked: &Asked, headers: &HeaderMap) -> Result<OwnedSemaphorePermit, Denied> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let origin = text(header::ORIGIN);
    let permit = door
        .guard
        .admit(asked.token.as_deref(), origin, text(header::HOST));
    permit.inspect_err(|denied| {
        tracing::warn!(
            "a connection is refused (origin {origin:?}): {}",
            denied.why()
        );
    })
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Token => StatusCode::UNAUTHORIZED,
            Self::Origin => StatusCode::FORBIDDEN,
            Self::Full => StatusCode::SERVICE_UNAVAILABLE,
        };
        (status, self.why()).into_response()
    }
}

async fn node(
    upgrade: WebSocketUpgrade,
    State(door): State<Door>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Denied> {
    let permit = admit(&door, &asked, &headers)?;
    let (outbox, messages) = mpsc::channel(super::process::OUTBOX_MAX);
    let (answer, joined) = oneshot::channel();
    let join = Input::Join {
        name: asked.id,
        outbox,
        answer,
    };
    let gone = || (StatusCode::SERVICE_UNAVAILABLE, "the bridge ends").into_response();
    if door.inputs.send(join).await.is_err() {
        return Ok(gone());
    }
    let (name, number) = match joined.await {
        Ok(Ok(joined)) => joined,
        Ok(Err(why)) => return Ok((StatusCode::CONFLICT, why).into_response()),
        Err(_) => return Ok(gone()),
    };
    let inputs = door.inputs.clone();
    let (lost, never) = (name.clone(), door.inputs.clone());
    let upgraded = upgrade
        .max_message_size(NODE_BYTES_MAX)
        .max_frame_size(NODE_BYTES_MAX)
        .on_failed_upgrade(move |error: axum::Error| {
            tokio::spawn(async move {
                let said = error.to_string();
                let ended = Input::Ended {
                    node: lost,
                    number,
                    said,
                };
                let _ = never.send(ended).await;
            });
        })
        .on_upgrade(async move |socket| {
            let said = be_node(socket, &name, number, &inputs, messages).await;
            let ended = Input::Ended {
                node: name,
                number,
                said,
            };
            let _ = inputs.send(ended).await;
            drop(permit);
        });
    Ok(upgraded)
}

/// Carries messages both ways until one side ends; answers why.
async fn be_node(
    socket: WebSocket,
    name: &str,
    number: u64,
    inputs: &mpsc::Sender<Input>,
    mut messages: mpsc::Receiver<Arc<wire::Envelope>>,
) -> String {
    let (mut sink, stream) = socket.split();
    let hears = async {
        while let Some(message) = messages.recv().await {
            if !say(&mut sink, message.line().into()).await {
                return "the connection does not take messages any more".to_owned();
            }
        }
        "the bridge ended the connection".to_owned()
    };
    let speaks = async {
        let mut ear = Ear::new(stream, NODE_RATE);
        loop {
            let line = match ear.next().await {
                Ok(bytes) => bytes.to_vec(),
                Err(why) => return why,
            };
            let node = name.to_owned();
            if inputs
                .send(Input::Line { node, number, line })
                .await
                .is_err()
            {
                return "the bridge ends".to_owned();
            }
        }
    };
    let said = tokio::select! {
        said = hears => said,
        said = speaks => said,
    };
    close(sink, &said).await;
    said
}

async fn watch(
    upgrade: WebSocketUpgrade,
    State(door): State<Door>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Denied> {
    let permit = admit(&door, &asked, &headers)?;
    let upgraded = upgrade
        .max_message_size(PAGE_BYTES_MAX)
        .max_frame_size(PAGE_BYTES_MAX)
        .on_upgrade(async move |socket| {
            be_page(socket, &door.inputs).await;
            drop(permit);
        });
    Ok(upgraded)
}

/// Tells a page what happens and takes its commands, until one side ends.
async fn be_page(socket: WebSocket, inputs: &mpsc::Sender<Input>) {
    let (frames, mut told) = mpsc::channel::<Arc<str>>(FRAMES_MAX);
    let (answer, number) = oneshot::channel();
    if inputs.send(Input::Watch { frames, answer }).await.is_err() {
        return;
    }
    let Ok(page) = number.await else {
        return;
    };
    let (mut sink, stream) = socket.split();
    let tells = async {
        while let Some(frame) = told.recv().await {
            if !say(&mut sink, (&*frame).into()).await {
                return "the page does not read".to_owned();
            }
        }
        "the bridge ends".to_owned()
    };
    let asks = async {
        let mut ear = Ear::new(stream, PAGE_RATE);
        loop {
            let text = match ear.next().await {
                Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                Err(why) => return why,
            };
            if inputs.send(Input::Command { page, text }).await.is_err() {
                return "the bridge ends".to_owned();
            }
        }
    };
    let said = tokio::select! {
        said = tells => said,
        said = asks => said,
    };
    let _ = inputs.send(Input::Unwatch { page }).await;
    close(sink, &said).await;
}

/// Sends a text; `false`: the connection is dead.
async fn say(sink: &mut SplitSink<WebSocket, Message>, text: Utf8Bytes) -> bool {
    let sent = tokio::time::timeout(DEAD_AFTER, sink.send(Message::Text(text))).await;
    matches!(sent, Ok(Ok(())))
}

/// What comes over a connection, no faster than so many a second.
struct Ear {
    stream: SplitStream<WebSocket>,
    pace: Pace,
}

impl Ear {
    fn new(stream: SplitStream<WebSocket>, rate: f64) -> Self {
        Self {
            stream,
            pace: Pace::new(rate),
        }
    }

    /// The next message, or why there is none any more. What is no text is handed on as it is: whoever reads it says what is wrong
    /// with it.
    async fn next(&mut self) -> Result<Bytes, String> {
        while let Some(message) = self.stream.next().await {
            let bytes = match message {
                Ok(Message::Text(text)) => text.into(),
                Ok(Message::Binary(bytes)) => bytes,
                Ok(Message::Close(_)) => break,
                Ok(Message::Ping(_) | Message::Pong(_)) => continue,
                Err(error) => {
                    tracing::warn!("a connection failed: {error}");
                    return Err(error.to_string());
                }
            };
            if let Some(wait) = self.pace.next() {
                tokio::time::sleep(wait).await;
            }
            return Ok(bytes);
        }
        Err("the connection was closed".to_owned())
    }
}

/// Closes a connection with a reason, if it still can be.
async fn close(mut sink: SplitSink<WebSocket, Message>, why: &str) {
    let frame = CloseFrame {
        code: close_code::NORMAL,
        // A reason has at most 123 bytes.
        reason: why.chars().take(60).collect::<String>().into(),
    };
    let closing = sink.send(Message::Close(Some(frame)));
    let _ = tokio::time::timeout(Duration::from_secs(1), closing).await;
}
