//! What a node answers to whoever connects: peers, watchers, whoever asks a client, and Prometheus.

use crate::node::driver::Order;
use crate::node::guard::{
    CONNECTIONS_MAX, Denied, Guard, MESSAGE_BYTES_MAX, MESSAGES_PER_SECOND, PATIENCE, Rate,
};
use crate::node::links::{LAST, Links};
use crate::node::metrics::Metrics;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::{Instant, timeout};
use wire::watch::{CLOSED_TOKEN, Frame};
use wire::{Envelope, ErrorCode};

/// How long an operation may take unless whoever asks says otherwise, and at the most.
const ANSWER_MS: (u64, u64) = (10_000, 600_000);
/// The most bytes of a request that asks for an operation.
const ASK_BYTES_MAX: usize = 64 << 10;

/// What all answers are made of.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) orders: mpsc::Sender<Order>,
    pub(crate) links: Links,
    pub(crate) labels: Arc<[String]>,
    pub(crate) me: usize,
    /// What a peer of this cluster says first, but for who it is.
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) guard: Arc<Guard>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) room: Arc<Semaphore>,
}

/// Which cluster a node is of: all of one must agree in everything.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Cluster {
    pub(crate) protocol: String,
    pub(crate) behaviour: u32,
    pub(crate) variant: String,
    pub(crate) nodes: Vec<String>,
    pub(crate) parameters: live::Parameters,
}

impl Cluster {
    /// What `label` says first to a peer.
    pub(crate) fn hello(&self, label: &str, to: &str) -> String {
        let mut envelope = Envelope::new(label, to, "hello");
        if let Ok(Value::Object(fields)) = serde_json::to_value(self) {
            envelope.body.extend(fields);
        }
        envelope.line()
    }

    /// In what another cluster differs, if it does.
    fn differs(&self, other: &Self) -> Option<String> {
        let parameters = |cluster: &Self| {
            let rows = cluster.parameters.iter();
            let rows: Vec<_> = rows.map(|(key, value)| format!("{key}={value}")).collect();
            if rows.is_empty() {
                "none".to_owned()
            } else {
                rows.join(" ")
            }
        };
        let rows = [
            ("protocol", self.protocol.clone(), other.protocol.clone()),
            (
                "version of the protocol",
                self.behaviour.to_string(),
                other.behaviour.to_string(),
            ),
            ("variant", self.variant.clone(), other.variant.clone()),
            ("parameters", parameters(self), parameters(other)),
            ("nodes", self.nodes.join(" "), other.nodes.join(" ")),
        ];
        let row = rows.into_iter().find(|(_, own, theirs)| own != theirs);
        row.map(|(what, own, theirs)| {
            format!("this is another cluster: its {what}: {own}; yours: {theirs}")
        })
    }
}

/// The room for connections.
pub(crate) fn room() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(CONNECTIONS_MAX))
}

/// All that a node answers.
pub(crate) fn router(desk: Desk) -> Router {
    Router::new()
        .route("/peer", get(peer))
        .route("/watch", get(watch))
        .route("/ask", post(ask))
        .route("/metrics", get(metrics))
        .layer(DefaultBodyLimit::max(ASK_BYTES_MAX))
        .with_state(desk)
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
}

/// Why a request is not done.
struct Refused {
    status: StatusCode,
    code: ErrorCode,
    text: String,
}

fn refuse(status: StatusCode, code: ErrorCode, text: &str) -> Refused {
    let text = text.to_owned();
    Refused { status, code, text }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let error = json!({"error": {"code": self.code.number(), "text": self.text}});
        (self.status, Json(error)).into_response()
    }
}

impl Desk {
    fn admit(&self, headers: &HeaderMap, token: &Token) -> Result<(), Refused> {
        let admitted = self.allows(headers, token);
        admitted.map_err(|denied| refuse(StatusCode::FORBIDDEN, ErrorCode::Abort, denied.why()))
    }

    fn allows(&self, headers: &HeaderMap, token: &Token) -> Result<(), Denied> {
        let admitted = self.guard.admit(headers, token.token.as_deref());
        admitted.inspect_err(|denied| {
            self.metrics.refused.inc();
            tracing::warn!("a connection is refused: {}", denied.why());
        })
    }

    /// A place for one more connection.
    fn place(&self) -> Result<Place, Refused> {
        match self.room.clone().try_acquire_owned() {
            Ok(permit) => {
                self.metrics.connections.inc();
                Ok(Place {
                    _permit: permit,
                    metrics: self.metrics.clone(),
                })
            }
            Err(_) => Err(refuse(
                StatusCode::SERVICE_UNAVAILABLE,
                ErrorCode::TemporarilyUnavailable,
                "too many connections; close some, or try again later",
            )),
        }
    }
}

/// A connection that is open: it gives its place back.
struct Place {
    _permit: OwnedSemaphorePermit,
    metrics: Arc<Metrics>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.metrics.connections.dec();
    }
}

fn limited(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX)
}

/// An error as a peer is sent it.
pub(crate) fn error_line(to: &str, why: &str) -> String {
    Envelope::new("", to, "error")
        .with("code", ErrorCode::MalformedRequest.number())
        .with("text", why)
        .line()
}

// ---- peers ----

async fn peer(
    State(desk): State<Desk>,
    Query(token): Query<Token>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refused> {
    desk.admit(&headers, &token)?;
    let place = desk.place()?;
    Ok(limited(upgrade).on_upgrade(async move |mut socket| {
        if let Err(why) = hear(&desk, &mut socket).await {
            desk.metrics.refused.inc();
            tracing::warn!("a peer is refused: {why}");
            let _ = put(&mut socket, error_line("", &why)).await;
            let _ = timeout(PATIENCE, socket.send(Message::Close(None))).await;
        }
        drop(place);
    }))
}

/// Takes what a peer sends, and answers it here if it is not dialled.
async fn hear(desk: &Desk, socket: &mut WebSocket) -> Result<(), String> {
    let line = match timeout(PATIENCE, socket.recv()).await {
        Ok(Some(Ok(Message::Text(line)))) => line,
        Ok(Some(Ok(_))) => return Err("the first frame must be a text: hello".into()),
        Ok(_) => return Ok(()),
        Err(_) => return Err("no hello came in time".into()),
    };
    let hello = Envelope::read(line.as_bytes(), MESSAGE_BYTES_MAX).map_err(|e| e.to_string())?;
    let from = desk.introduced(&hello)?;
    tracing::debug!(peer = %hello.src, "is connected");
    let answers = (!desk.links.is_dialled(from)).then(|| desk.links.queue(from));
    let (back, mut refusals) = mpsc::channel::<String>(16);
    let mut rate = Rate::per_second(MESSAGES_PER_SECOND);
    let mut answers = answers;
    loop {
        let answer = async {
            match &mut answers {
                Some(queue) => queue.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            answer = answer => match answer {
                Ok(line) if *line == *LAST => {
                    let _ = timeout(PATIENCE, socket.send(Message::Close(None))).await;
                    return Ok(());
                }
                Ok(line) => put(socket, line.to_string()).await?,
                Err(RecvError::Lagged(count)) => {
                    desk.metrics.lost.inc_by(count);
                }
                Err(RecvError::Closed) => return Ok(()),
            },
            why = refusals.recv() => if let Some(why) = why {
                put(socket, error_line(&hello.src, &why)).await?;
            },
            next = socket.recv() => match next {
                Some(Ok(Message::Text(line))) => {
                    tokio::time::sleep(rate.take(Instant::now())).await;
                    match Envelope::read(line.as_bytes(), MESSAGE_BYTES_MAX) {
                        Ok(envelope) if envelope.kind() == Some("error") => {
                            let text = envelope.body.get("text").and_then(Value::as_str);
                            tracing::warn!(peer = %hello.src, "{}", text.unwrap_or("an error"));
                        }
                        Ok(envelope) if envelope.src != hello.src => {
                            desk.metrics.refused.inc();
                            let why = format!("{} speaks here, and not {}", hello.src, envelope.src);
                            put(socket, error_line(&hello.src, &why)).await?;
                        }
                        Ok(envelope) => {
                            let order = Order::Message(envelope, back.clone());
                            if desk.orders.send(order).await.is_err() {
                                return Ok(());
                            }
                        }
                        Err(why) => {
                            desk.metrics.refused.inc();
                            tracing::warn!(peer = %hello.src, "a malformed frame: {why}");
                            put(socket, error_line(&hello.src, &why.to_string())).await?;
                        }
                    }
                }
                Some(Ok(Message::Binary(_))) => {
                    desk.metrics.refused.inc();
                    put(socket, error_line(&hello.src, "frames are texts, not binary")).await?;
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(()),
            },
        }
    }
}

impl Desk {
    /// Which node says hello.
    fn introduced(&self, hello: &Envelope) -> Result<usize, String> {
        if hello.kind() != Some("hello") {
            return Err("the first message must be of type hello".into());
        }
        let cluster: Cluster = serde_json::from_value(Value::Object(hello.body.clone()))
            .map_err(|error| format!("the hello is incomplete: {error}"))?;
        if let Some(why) = self.cluster.differs(&cluster) {
            return Err(why);
        }
        let place = self.labels.iter().position(|label| *label == hello.src);
        match place {
            Some(place) if place != self.me => Ok(place),
            Some(_) => Err(format!("{} is this node itself", hello.src)),
            None => Err(format!("there is no node {} in this cluster", hello.src)),
        }
    }
}

/// A frame that takes too long to leave breaks the connection.
async fn put(socket: &mut WebSocket, line: String) -> Result<(), String> {
    match timeout(PATIENCE, socket.send(Message::Text(line.into()))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the connection takes nothing".into()),
    }
}

// ---- watchers ----

async fn watch(
    State(desk): State<Desk>,
    Query(token): Query<Token>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refused> {
    let admitted = desk.allows(&headers, &token);
    let place = desk.place()?;
    if let Err(denied) = admitted {
        if denied == Denied::Origin || !headers.contains_key(header::ORIGIN) {
            return Err(refuse(
                StatusCode::FORBIDDEN,
                ErrorCode::Abort,
                denied.why(),
            ));
        }
        // A browser does not tell a page why it could not connect: it is let in to be told.
        return Ok(upgrade.on_upgrade(async move |mut socket| {
            let close = CloseFrame {
                code: CLOSED_TOKEN,
                reason: denied.why().into(),
            };
            let _ = timeout(PATIENCE, socket.send(Message::Close(Some(close)))).await;
            drop(place);
        }));
    }
    Ok(limited(upgrade).on_upgrade(async move |mut socket| {
        desk.metrics.watchers.inc();
        if let Err(why) = show(&desk, &mut socket).await {
            tracing::debug!("a watcher is gone: {why}");
        }
        let _ = timeout(PATIENCE, socket.send(Message::Close(None))).await;
        desk.metrics.watchers.dec();
        drop(place);
    }))
}

/// Shows everything that happens, as fast as the watcher takes it.
async fn show(desk: &Desk, socket: &mut WebSocket) -> Result<(), String> {
    let (reply, begins) = oneshot::channel();
    let sent = desk.orders.send(Order::Watch(reply)).await;
    sent.map_err(|_| "the node is over".to_owned())?;
    let (hello, mut frames) = begins.await.map_err(|_| "the node is over".to_owned())?;
    put(socket, hello.to_string()).await?;
    loop {
        tokio::select! {
            next = frames.recv() => match next {
                Ok(line) => put(socket, line.to_string()).await?,
                Err(RecvError::Lagged(events)) => {
                    desk.metrics.missed.inc_by(events);
                    let missed = Frame::<(), ()>::Missed { events }.line();
                    put(socket, missed.map_err(|error| error.to_string())?).await?;
                }
                Err(RecvError::Closed) => return Ok(()),
            },
            next = socket.recv() => match next {
                Some(Ok(Message::Text(_) | Message::Binary(_))) => {
                    desk.metrics.refused.inc();
                    put(socket, error_line("", "a watcher sends nothing")).await?;
                    return Err("it sent something".into());
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(()),
            },
        }
    }
}

// ---- operations ----

/// An operation that somebody asks for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    op: String,
    #[serde(default)]
    fields: Vec<String>,
    timeout_ms: Option<u64>,
}

async fn ask(
    State(desk): State<Desk>,
    Query(token): Query<Token>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Result<Response, Refused> {
    desk.admit(&headers, &token)?;
    let bad = |why: &str| refuse(StatusCode::BAD_REQUEST, ErrorCode::MalformedRequest, why);
    // Whatever its type says: `curl -d` calls everything a form.
    let asked: Asked = serde_json::from_slice(&body).map_err(|error| {
        bad(&format!(
            "{error}; ask with {{\"op\": \"put\", \"fields\": [\"x\", \"1\"]}}"
        ))
    })?;
    let (usual, most) = ANSWER_MS;
    let patience = Duration::from_millis(asked.timeout_ms.unwrap_or(usual).min(most));
    let (answer, answered) = oneshot::channel();
    let order = Order::Ask {
        op: asked.op,
        fields: asked.fields,
        answer,
    };
    let over = || {
        let why = "the node shuts down";
        refuse(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Crash, why)
    };
    desk.orders.send(order).await.map_err(|_| over())?;
    match timeout(patience, answered).await {
        Ok(Ok(Ok(answered))) => Ok(Json(json!({
            "number": answered.number,
            "answer": answered.sentence,
            "phrase": answered.phrase,
        }))
        .into_response()),
        Ok(Ok(Err(why))) => Err(bad(&why)),
        Ok(Err(_)) => Err(over()),
        Err(_) => Err(refuse(
            StatusCode::GATEWAY_TIMEOUT,
            ErrorCode::Timeout,
            "no answer came in time; the operation may still be carried out",
        )),
    }
}

// ---- metrics ----

async fn metrics(
    State(desk): State<Desk>,
    Query(token): Query<Token>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    desk.admit(&headers, &token)?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], desk.metrics.text()).into_response())
}
