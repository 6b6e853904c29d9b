//! The ways to the other nodes. Each has a queue of its own, from which the oldest fall when it is full: the network may lose
//! messages, and nobody waits for a peer.
//!
//! A node dials every peer whose address it knows and sends there; whoever has no address is answered on the connection that it
//! has made itself.

use crate::node::driver::Order;
use crate::node::metrics::Metrics;
use crate::node::serve::{MESSAGE_BYTES_MAX, PATIENCE};
use futures_util::{Sink, SinkExt, StreamExt};
use protocol::NodeId;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderValue, header};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};
use wire::Envelope;

/// So many messages wait for a peer.
const QUEUE_MAX: usize = 1_024;
/// So many wait for a bridge, behind which are all peers.
const BRIDGE_QUEUE_MAX: usize = 4_096;
/// How long it takes before a peer is dialled again: the first time, and at the most.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// What stands at the end of a queue when the node shuts down: no message is empty.
pub(crate) const LAST: &str = "";

/// One queue a node, by id.
#[derive(Clone, Debug)]
pub(crate) struct Links {
    queues: Vec<broadcast::Sender<Arc<str>>>,
    /// Whether its address is known, so that it is dialled.
    dialled: Vec<bool>,
    /// What the nodes are called behind the bridge; none where there is no bridge.
    names: Arc<[String]>,
}

impl Links {
    /// Queues to so many nodes; `dialled` says of each whether its address is known.
    pub(crate) fn new(dialled: Vec<bool>) -> Self {
        let queues = dialled.iter().map(|_| broadcast::channel(QUEUE_MAX).0);
        Self {
            queues: queues.collect(),
            dialled,
            names: Arc::new([]),
        }
    }

    /// One queue for all nodes: a bridge, which calls them so, knows the way.
    pub(crate) fn by_bridge(names: Arc<[String]>) -> Self {
        Self {
            queues: vec![broadcast::channel(BRIDGE_QUEUE_MAX).0; names.len()],
            dialled: vec![true; names.len()],
            names,
        }
    }

    /// Puts a message to whoever is behind the bridge into its queue.
    pub(crate) fn say(&self, envelope: &Envelope) {
        // A network may lose messages, and protocols bear that.
        let _ = self.queues[0].send(envelope.line().into());
    }

    /// Puts a message of `me` into the queue of `to`; whether there is a way there.
    pub(crate) fn send(&self, me: NodeId, to: NodeId, mut envelope: Envelope) -> bool {
        if let (Some(src), Some(dest)) = (self.names.get(me.index()), self.names.get(to.index())) {
            envelope.src.clone_from(src);
            envelope.dest.clone_from(dest);
        }
        let queue = &self.queues[to.index()];
        queue.receiver_count() > 0 && queue.send(envelope.line().into()).is_ok()
    }

    /// The last that goes to anybody: whoever has sent what was before it closes the connection.
    pub(crate) fn close(&self) {
        for queue in &self.queues {
            let _ = queue.send(LAST.into());
        }
    }

    /// The queue of a node: everything that is sent there from now on.
    pub(crate) fn queue(&self, node: usize) -> broadcast::Receiver<Arc<str>> {
        self.queues[node].subscribe()
    }

    /// Whether the node is dialled, so that nothing goes to it on connections that it made.
    pub(crate) fn is_dialled(&self, node: usize) -> bool {
        self.dialled[node]
    }
}

/// A peer to be dialled.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    /// Its label.
    pub(crate) label: String,
    /// Its address: `127.0.0.1:7002`.
    pub(crate) place: String,
    /// What is said first on a connection: who dials, and of which cluster it is.
    pub(crate) hello: String,
    /// The token that the cluster shares, if it has one.
    pub(crate) token: Option<String>,
}

/// A connection that was made from here.
pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Dials a peer, again and again, and brings it what is in its queue.
pub(crate) async fn dial(
    peer: Peer,
    mut queue: broadcast::Receiver<Arc<str>>,
    orders: mpsc::Sender<Order>,
    metrics: Arc<Metrics>,
) {
    let (first, most) = BACKOFF;
    let mut wait = first;
    // Those that start together miss each other at first: that is no news.
    let mut told = false;
    loop {
        let why = match timeout(PATIENCE, connect(&peer)).await {
            Ok(Ok(socket)) => {
                tracing::info!(peer = %peer.label, "connected");
                metrics.dialled.inc();
                let began = Instant::now();
                match converse(socket, &peer, &mut queue, &orders, &metrics).await {
                    Ok(()) => return,
                    Err(why) => tracing::info!(peer = %peer.label, "disconnected: {why}"),
                }
                // Who only says why it refuses is not asked again at once.
                if began.elapsed() > most {
                    wait = first;
                }
                told = false;
                None
            }
            Ok(Err(why)) => Some(why.to_string()),
            Err(_) => Some("nobody answers".to_owned()),
        };
        if let Some(why) = why {
            if wait == most && !told {
                told = true;
                let place = &peer.place;
                tracing::warn!(peer = %peer.label, "cannot connect to {place}, and tries on: {why}");
            } else {
                tracing::debug!(peer = %peer.label, "cannot connect: {why}");
            }
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(most);
    }
}

async fn connect(peer: &Peer) -> Result<Socket, tungstenite::Error> {
    let mut request = format!("ws://{}/peer", peer.place).into_client_request()?;
    if let Some(token) = &peer.token
        && let Ok(value) = HeaderValue::from_str(&format!("Bearer {token}"))
    {
        request.headers_mut().insert(header::AUTHORIZATION, value);
    }
    let config = WebSocketConfig::default()
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX));
    let (mut socket, _) = connect_async_with_config(request, Some(config), true).await?;
    socket.send(Message::text(peer.hello.clone())).await?;
    Ok(socket)
}

/// Brings what is in the queue, and takes what comes back, until the connection breaks; `Ok` when the node is over.
async fn converse(
    mut socket: Socket,
    peer: &Peer,
    queue: &mut broadcast::Receiver<Arc<str>>,
    orders: &mpsc::Sender<Order>,
    metrics: &Metrics,
) -> Result<(), String> {
    let (refusals, mut refused) = mpsc::channel::<String>(16);
    loop {
        tokio::select! {
            next = queue.recv() => match next {
                Ok(line) if *line == *LAST => {
                    let _ = timeout(PATIENCE, socket.close(None)).await;
                    return Ok(());
                }
                Ok(line) => put(&mut socket, Message::text(line.to_string())).await?,
                Err(RecvError::Lagged(count)) => {
                    metrics.lost.inc_by(count);
                }
                Err(RecvError::Closed) => return Ok(()),
            },
            why = refused.recv() => if let Some(why) = why {
                put(&mut socket, Message::text(super::serve::error_line(&peer.label, &why))).await?;
            },
            next = socket.next() => match next {
                None | Some(Ok(Message::Close(_))) => return Err("the peer closed it".into()),
                Some(Err(error)) => return Err(error.to_string()),
                Some(Ok(Message::Text(line))) => {
                    let envelope = Envelope::read(line.as_bytes(), MESSAGE_BYTES_MAX)
                        .map_err(|error| error.to_string())?;
                    if envelope.kind() == Some("error") {
                        let why = envelope.body.get("text").and_then(|text| text.as_str());
                        tracing::warn!(peer = %peer.label, "{}", why.unwrap_or("an error without a text"));
                        continue;
                    }
                    let order = Order::Message(envelope, refusals.clone());
                    if orders.send(order).await.is_err() {
                        return Ok(());
                    }
                }
                Some(Ok(_)) => {}
            },
        }
    }
}

/// Sends within the time that a peer has.
pub(crate) async fn put(
    socket: &mut (impl Sink<Message, Error: Display> + Unpin),
    message: Message,
) -> Result<(), String> {
    match timeout(PATIENCE, socket.send(message)).await {
        Ok(sent) => sent.map_err(|error| error.to_string()),
        Err(_) => Err("it takes nothing".into()),
    }
}
