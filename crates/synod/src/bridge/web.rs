//! The sockets: nodes and pages by WebSocket, the page's files by HTTP.

use super::rooms::Rooms;
use super::{Input, class};
use crate::guard::{Denied, Guard};
use crate::socket;
use axum::Router;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::ListenerExt;
use serde::Deserialize;
use std::io;
use std::net::SocketAddr;
use std::path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tower_http::services::ServeDir;

/// How many nodes and pages there may be at once.
pub(super) const CONNECTIONS_MAX: usize = 1_024;
/// The longest message of a node, in bytes.
const NODE_BYTES_MAX: usize = 4 << 20;
/// The longest command of a page, in bytes.
const PAGE_BYTES_MAX: usize = 64 << 10;
/// How many messages of a node are taken a second; it waits beyond.
const NODE_RATE: u32 = 20_000;
/// How many commands of a page are taken a second.
const PAGE_RATE: u32 = 200;
/// How many followers there may be at once, in all rooms.
pub(super) const FOLLOWERS_MAX: usize = 4_096;
/// How many frames of a room's member are taken a second.
const ROOM_RATE: u32 = 50;
/// How many frames wait for a page before it begins to miss something.
const FRAMES_MAX: usize = 16;
/// How long a frame may take to be sent before the connection counts as dead.
const DEAD_AFTER: Duration = Duration::from_secs(30);

/// What the sockets know.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) guard: Guard,
    /// For those who only follow in a room.
    pub(super) followers: Guard,
    pub(super) rooms: Rooms,
    pub(super) inputs: mpsc::Sender<Input>,
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
    door: Door,
    page: Option<&path::Path>,
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
        .route("/room/{name}", get(room))
        .with_state(door);
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
fn enter(
    guard: &Guard,
    asked: &Asked,
    headers: &HeaderMap,
) -> Result<OwnedSemaphorePermit, Denied> {
    let entered = guard.enter(headers, asked.token.as_deref());
    entered.inspect_err(|denied| {
        let origin = headers.get(header::ORIGIN);
        tracing::warn!(
            "a connection is refused (origin {origin:?}): {}",
            denied.why()
        );
    })
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        (self.status(), self.why()).into_response()
    }
}

async fn node(
    upgrade: WebSocketUpgrade,
    State(door): State<Door>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Denied> {
    let permit = enter(&door.guard, &asked, &headers)?;
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
    let upgraded = socket::limited(upgrade, NODE_BYTES_MAX)
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
    let (mut mouth, mut ear) = socket::split(socket, NODE_RATE, DEAD_AFTER);
    let hears = async {
        while let Some(message) = messages.recv().await {
            if let Err(why) = mouth.say(message.line()).await {
                return why;
            }
        }
        "the bridge ended the connection".to_owned()
    };
    let speaks = async {
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
    mouth.close(&said).await;
    said
}

async fn watch(
    upgrade: WebSocketUpgrade,
    State(door): State<Door>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Denied> {
    let permit = match enter(&door.guard, &asked, &headers) {
        Ok(permit) => permit,
        Err(denied) => return socket::deny(upgrade, &headers, denied),
    };
    let upgraded = socket::limited(upgrade, PAGE_BYTES_MAX).on_upgrade(async move |socket| {
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
    let (mut mouth, mut ear) = socket::split(socket, PAGE_RATE, DEAD_AFTER);
    let tells = async {
        while let Some(frame) = told.recv().await {
            if let Err(why) = mouth.say(&*frame).await {
                return why;
            }
        }
        "the bridge ends".to_owned()
    };
    let asks = async {
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
    mouth.close(&said).await;
}

async fn room(
    upgrade: WebSocketUpgrade,
    State(door): State<Door>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Denied> {
    // Whoever knows the bridge's own token may present.
    let whole = door.guard.admit(&headers, asked.token.as_deref());
    let may_present = whole.is_ok();
    let guard = if may_present {
        &door.guard
    } else {
        &door.followers
    };
    let permit = match enter(guard, &asked, &headers) {
        Ok(permit) => permit,
        Err(denied) => return socket::deny(upgrade, &headers, denied),
    };
    if !wire::room::is_name(&name) {
        let why = "a room's name has 1 to 64 letters, digits, - and _";
        return Ok((StatusCode::NOT_FOUND, why).into_response());
    }
    let upgrade = socket::limited(upgrade, wire::room::FRAME_BYTES_MAX);
    Ok(upgrade.on_upgrade(async move |socket| {
        let (mut mouth, mut ear) = socket::split(socket, ROOM_RATE, DEAD_AFTER);
        let give_away = door.followers.token().filter(|_| may_present);
        let served = class::serve(&door.rooms, &name, give_away, &mut mouth, &mut ear).await;
        mouth.close(&served.err().unwrap_or_default()).await;
        drop(permit);
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_tungstenite::connect_async;
    use tokio_tungstenite::tungstenite::Error;

    /// The status with which this address is answered, and the connection if there is one.
    async fn enter<'a>(url: String) -> (u16, Option<impl Sized + use<'a>>) {
        match connect_async(url).await {
            Ok((socket, response)) => (response.status().as_u16(), Some(socket)),
            Err(Error::Http(response)) => (response.status().as_u16(), None),
            Err(error) => panic!("{error}"),
        }
    }

    #[tokio::test]
    async fn there_is_room_for_so_many_and_followers_take_none_from_others() {
        let (to, mut inputs) = mpsc::channel(16);
        tokio::spawn(async move {
            let mut pages = Vec::new();
            while let Some(input) = inputs.recv().await {
                if let Input::Watch { frames, answer } = input {
                    pages.push(frames);
                    let _ = answer.send(1);
                }
            }
        });
        let door = Door {
            guard: Guard::new(Some("the whole"), &[], 2),
            followers: Guard::new(Some("a part of it"), &[], 1),
            rooms: Rooms::default(),
            inputs: to,
        };
        let any = "127.0.0.1:0".parse().unwrap();
        let bound = listen(any, door, None).await.unwrap();
        let watch = || enter(format!("ws://{bound}/watch?token=the%20whole"));
        let follow = || enter(format!("ws://{bound}/room/class?token=a%20part%20of%20it"));
        let (one, other) = (watch().await, watch().await);
        assert_eq!((one.0, other.0), (101, 101));
        assert_eq!(watch().await.0, 503);
        let follower = follow().await;
        assert_eq!((follower.0, follow().await.0), (101, 503));
        // Who leaves makes room.
        drop(one);
        while watch().await.0 == 503 {
            tokio::task::yield_now().await;
        }
    }
}
