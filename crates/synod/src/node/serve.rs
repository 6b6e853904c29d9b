//! What a node answers to whoever connects: peers, watchers, whoever asks a client, and Prometheus.

use crate::guard::{Denied, Guard};
use crate::node::driver::Order;
use crate::node::links::{LAST, Links};
use crate::node::metrics::Metrics;
use crate::socket::{self, Ear, Mouth};
use axum::extract::ws::WebSocketUpgrade;
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
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::timeout;
use wire::watch::Frame;
use wire::{Envelope, ErrorCode};

/// The most bytes of one message.
pub(crate) const MESSAGE_BYTES_MAX: usize = 4 << 20;
/// The most connections at a time, of peers and of watchers alike.
pub(crate) const CONNECTIONS_MAX: usize = 256;
/// The most operations that are open at a time.
pub(crate) const ASKED_MAX: usize = 1_024;
/// The most messages that one connection brings in a second; more is read later.
const MESSAGES_PER_SECOND: u32 = 20_000;
/// How long a connection may take to be made, and to take a message.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// How long an operation may take unless whoever asks says otherwise, and at the most.
const ANSWER_MS: (u64, u64) = (10_000, 600_000);
/// The most bytes of a request that asks for an operation.
const ASK_BYTES_MAX: usize = 64 << 10;

/// What all answers are made of.
#[derive(Clone)]
pub(crate) struct Desk {
    /// Whether a bridge stands between the node and its peers.
    pub(crate) by_bridge: bool,
    pub(crate) orders: mpsc::Sender<Order>,
    pub(crate) links: Links,
    pub(crate) labels: Arc<[String]>,
    pub(crate) me: usize,
    /// What a peer of this cluster says first, but for who it is.
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) guard: Guard,
    pub(crate) metrics: Arc<Metrics>,
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

impl From<Denied> for Refused {
    fn from(denied: Denied) -> Self {
        let code = match denied {
            Denied::Full => ErrorCode::TemporarilyUnavailable,
            _ => ErrorCode::Abort,
        };
        refuse(denied.status(), code, denied.why())
    }
}

impl Desk {
    fn admit(&self, headers: &HeaderMap, token: &Token) -> Result<(), Denied> {
        let admitted = self.guard.admit(headers, token.token.as_deref());
        admitted.inspect_err(|denied| self.tell(*denied))
    }

    fn tell(&self, denied: Denied) {
        self.metrics.refused.inc();
        tracing::warn!("a connection is refused: {}", denied.why());
    }

    /// A place for a connection, if whoever wants it may have one.
    fn enter(&self, headers: &HeaderMap, token: &Token) -> Result<Place, Denied> {
        let entered = self.guard.enter(headers, token.token.as_deref());
        let permit = entered.inspect_err(|denied| self.tell(*denied))?;
        self.metrics.connections.inc();
        Ok(Place {
            _permit: permit,
            metrics: self.metrics.clone(),
        })
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
    let place = desk.enter(&headers, &token)?;
    let upgrade = socket::limited(upgrade, MESSAGE_BYTES_MAX);
    Ok(upgrade.on_upgrade(async move |socket| {
        let (mut mouth, mut ear) = socket::split(socket, MESSAGES_PER_SECOND, PATIENCE);
        let heard = hear(&desk, &mut mouth, &mut ear).await;
        if let Err(why) = &heard {
            desk.metrics.refused.inc();
            tracing::warn!("a peer is refused: {why}");
            let _ = mouth.say(error_line("", why)).await;
        }
        mouth.close("").await;
        drop(place);
    }))
}

/// Takes what a peer sends, and answers it here if it is not dialled.
async fn hear(desk: &Desk, mouth: &mut Mouth, ear: &mut Ear) -> Result<(), String> {
    let line = match timeout(PATIENCE, ear.next()).await {
        Ok(Ok(line)) => line,
        Ok(Err(_)) => return Ok(()),
        Err(_) => return Err("no hello came in time".into()),
    };
    let hello = Envelope::read(&line, MESSAGE_BYTES_MAX).map_err(|error| error.to_string())?;
    let from = desk.introduced(&hello)?;
    tracing::debug!(peer = %hello.src, "is connected");
    let mut answers = (!desk.links.is_dialled(from)).then(|| desk.links.queue(from));
    let (back, mut refusals) = mpsc::channel::<String>(16);
    loop {
        let answer = async {
            match &mut answers {
                Some(queue) => queue.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            answer = answer => match answer {
                Ok(line) if *line == *LAST => return Ok(()),
                Ok(line) => mouth.say(line.to_string()).await?,
                Err(RecvError::Lagged(count)) => {
                    desk.metrics.lost.inc_by(count);
                }
                Err(RecvError::Closed) => return Ok(()),
            },
            why = refusals.recv() => if let Some(why) = why {
                mouth.say(error_line(&hello.src, &why)).await?;
            },
            next = ear.next() => {
                let Ok(line) = next else {
                    return Ok(());
                };
                match desk.order(&hello.src, &line, &back) {
                    Ok(None) => {}
                    Ok(Some(order)) => {
                        if desk.orders.send(order).await.is_err() {
                            return Ok(());
                        }
                    }
                    Err(why) => {
                        desk.metrics.refused.inc();
                        tracing::warn!(peer = %hello.src, "a frame is refused: {why}");
                        mouth.say(error_line(&hello.src, &why)).await?;
                    }
                }
            },
        }
    }
}

impl Desk {
    /// What the node is to do with a line of this peer.
    fn order(
        &self,
        peer: &str,
        line: &[u8],
        back: &mpsc::Sender<String>,
    ) -> Result<Option<Order>, String> {
        let envelope = Envelope::read(line, MESSAGE_BYTES_MAX).map_err(|why| why.to_string())?;
        if envelope.kind() == Some("error") {
            let text = envelope.body.get("text").and_then(Value::as_str);
            tracing::warn!(%peer, "{}", text.unwrap_or("an error"));
            return Ok(None);
        }
        if envelope.src != peer {
            return Err(format!("{peer} speaks here, and not {}", envelope.src));
        }
        Ok(Some(Order::Message(envelope, back.clone())))
    }

    /// Which node says hello.
    fn introduced(&self, hello: &Envelope) -> Result<usize, String> {
        if self.by_bridge {
            return Err("this node speaks to its peers by a bridge alone; join that".into());
        }
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

// ---- watchers ----

async fn watch(
    State(desk): State<Desk>,
    Query(token): Query<Token>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refused> {
    let place = match desk.enter(&headers, &token) {
        Ok(place) => place,
        Err(denied) => return Ok(socket::deny(upgrade, &headers, denied)?),
    };
    let upgrade = socket::limited(upgrade, MESSAGE_BYTES_MAX);
    Ok(upgrade.on_upgrade(async move |socket| {
        desk.metrics.watchers.inc();
        let (mut mouth, mut ear) = socket::split(socket, MESSAGES_PER_SECOND, PATIENCE);
        if let Err(why) = show(&desk, &mut mouth, &mut ear).await {
            tracing::debug!("a watcher is gone: {why}");
        }
        mouth.close("").await;
        desk.metrics.watchers.dec();
        drop(place);
    }))
}

/// Shows everything that happens, as fast as the watcher takes it.
async fn show(desk: &Desk, mouth: &mut Mouth, ear: &mut Ear) -> Result<(), String> {
    let (reply, begins) = oneshot::channel();
    let sent = desk.orders.send(Order::Watch(reply)).await;
    sent.map_err(|_| "the node is over".to_owned())?;
    let (hello, mut frames) = begins.await.map_err(|_| "the node is over".to_owned())?;
    mouth.say(hello.to_string()).await?;
    loop {
        tokio::select! {
            next = frames.recv() => match next {
                Ok(line) => mouth.say(line.to_string()).await?,
                Err(RecvError::Lagged(events)) => {
                    desk.metrics.missed.inc_by(events);
                    let missed = Frame::<(), ()>::Missed { events }.line();
                    mouth.say(missed.map_err(|error| error.to_string())?).await?;
                }
                Err(RecvError::Closed) => return Ok(()),
            },
            next = ear.next() => {
                if next.is_err() {
                    return Ok(());
                }
                desk.metrics.refused.inc();
                mouth.say(error_line("", "a watcher sends nothing")).await?;
                return Err("it sent something".into());
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
        Ok(Ok(Err((code, why)))) => {
            let status = match code {
                ErrorCode::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::BAD_REQUEST,
            };
            Err(refuse(status, code, &why))
        }
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
