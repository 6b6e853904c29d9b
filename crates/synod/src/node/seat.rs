//! A node's seat at a bridge: what it says and hears goes there, in place of links to each peer.
//!
//! Between the nodes is the bridge's network then, and so are clients in any language, to whom a protocol that replicates a key-value
//! store is a `lin-kv`. The bridge is told how the node stands.

use crate::error::Error;
use crate::node::driver::Order;
use crate::node::lin_kv::{self, Problem};
use crate::node::links::{LAST, Links, put};
use crate::node::metrics::Metrics;
use crate::node::refused;
use crate::node::tongue::Tongue;
use futures_util::{Sink, SinkExt, Stream, StreamExt, sink, stream};
use protocol::NodeView;
use serde::Deserialize;
use serde_json::Value;
use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, broadcast, mpsc, oneshot};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::{self, Message};
use wire::{Envelope, ErrorCode};

/// To whom a node tells what it shows of itself.
const STAGE: &str = "synod";
/// How often a node tells that, at most.
const VIEW_EVERY: Duration = Duration::from_millis(100);
/// The longest message of the bridge, in bytes.
const MESSAGE_BYTES_MAX: usize = 16 << 20;
/// How long it takes before the bridge is dialled again: the first time, and at the most.
const AGAIN: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(4));

/// Where nodes join, from the address that the bridge told.
///
/// # Errors
/// It is none that a bridge tells.
pub(crate) fn address(bridge: &str) -> Result<String, &'static str> {
    let form = "write the address that the bridge told at its start: ws://HOST:PORT/node?token=…";
    let found = bridge.split_once('?').and_then(|(place, query)| {
        let place = place.trim_end_matches('/').trim_end_matches("/node");
        let token = query.split('&').find(|part| part.starts_with("token="))?;
        place
            .starts_with("ws://")
            .then(|| format!("{place}/node?{token}"))
    });
    found.ok_or(form)
}

/// What a bridge says to a process that it has started: who the node is, its place among all, and what they are called. Messages that were
/// on their way to the node before it was started may come earlier: they reach nobody.
///
/// # Errors
/// It never says so, or something else.
pub(crate) fn init() -> Result<(Envelope, usize, Arc<[String]>), String> {
    let form = "the standard input is to bring `init`: start this node as `synod bridge -- synod node … --stdio`";
    for line in std::io::stdin().lines() {
        let line = line.map_err(|error| format!("{form}: {error}"))?;
        let message = Envelope::read(line.as_bytes(), MESSAGE_BYTES_MAX)
            .map_err(|error| format!("{form}: {error}"))?;
        if message.kind() != Some("init") {
            continue;
        }
        let names = message
            .body
            .get("node_ids")
            .and_then(|names| Vec::<String>::deserialize(names).ok())
            .ok_or("`init` has no node_ids")?;
        let name = message.body.get("node_id").and_then(Value::as_str);
        let me = names.iter().position(|it| Some(&**it) == name);
        return Ok((
            message,
            me.ok_or("`init` has no node_id of node_ids")?,
            names.into(),
        ));
    }
    Err(form.into())
}

/// The clients of the protocol that run in this process: they ask in the name of foreign ones, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    orders: Vec<mpsc::Sender<Order>>,
    turn: AtomicUsize,
}

impl Clients {
    pub(crate) fn new(orders: Vec<mpsc::Sender<Order>>) -> Arc<Self> {
        let turn = AtomicUsize::new(0);
        Arc::new(Self { orders, turn })
    }

    /// What a foreign client's request came to, when it is answered; `None`: the node ended before.
    async fn ask(&self, request: &Envelope) -> Option<Result<Envelope, Problem>> {
        let (op, fields) = match lin_kv::operation(request) {
            Ok((op, fields)) => (op.to_owned(), fields),
            Err(problem) => return Some(Err(problem)),
        };
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let Some(client) = self.orders.get(turn % self.orders.len().max(1)) else {
            let why = "no client of the protocol runs here that could ask";
            return Some(Err((ErrorCode::NotSupported, why.into())));
        };
        let (answer, answered) = oneshot::channel();
        let order = Order::Ask { op, fields, answer };
        client.send(order).await.ok()?;
        let answered = answered.await.ok()?;
        Some(answered.map(|it| lin_kv::reply(request, &it.phrase, &it.sentence)))
    }
}

/// How the bridge is reached.
pub(crate) enum Way {
    /// By this address, as [`address`] tells it.
    Bridge(String),
    /// By standard input and output: the bridge has started this process, and said this first.
    Pipes(Envelope),
}

/// What a seat takes to be kept.
pub(crate) struct Seat {
    /// The node's place in the roster.
    pub(crate) me: usize,
    pub(crate) way: Way,
    /// What the node says.
    pub(crate) links: Links,
    /// What it hears.
    pub(crate) orders: mpsc::Sender<Order>,
    /// Whenever it may show something new.
    pub(crate) stirred: Arc<Notify>,
    pub(crate) clients: Arc<Clients>,
    pub(crate) tongue: Arc<Tongue>,
    /// The labels of the whole roster, and what the bridge calls them.
    pub(crate) labels: Arc<[String]>,
    pub(crate) names: Arc<[String]>,
    pub(crate) metrics: Arc<Metrics>,
}

impl Seat {
    /// Carries the node's messages both ways until it ends, and joins again when the connection breaks.
    ///
    /// # Errors
    /// The bridge does not take it at the start, when somebody waits to hear that; later the bridge may come back.
    pub(crate) async fn keep(self) -> Result<(), Error> {
        let mut queue = self.links.queue(0);
        let carried = async {
            match &self.way {
                Way::Bridge(address) => self.join(address, &mut queue).await,
                Way::Pipes(init) => {
                    self.serve(init, &mut queue).await;
                    Ok(())
                }
            }
        };
        tokio::select! {
            carried = carried => carried,
            // Whoever is connected has said the last words before; this one is not.
            () = self.orders.closed() => Ok(()),
        }
    }

    fn name(&self) -> &str {
        &self.names[self.me]
    }

    /// Speaks by standard input and output; the node ends with them.
    async fn serve(&self, init: &Envelope, queue: &mut broadcast::Receiver<Arc<str>>) {
        let lines = BufReader::new(tokio::io::stdin()).lines();
        let lines = stream::unfold(lines, async |mut lines| {
            let line = lines.next_line().await.transpose()?;
            Some((
                line.map(Message::text).map_err(tungstenite::Error::Io),
                lines,
            ))
        });
        let out = sink::unfold(tokio::io::stdout(), async |mut out, message: Message| {
            let line = message.into_text().unwrap_or_default();
            out.write_all(line.as_bytes()).await?;
            out.write_all(b"\n").await?;
            out.flush().await?;
            Ok::<_, std::io::Error>(out)
        });
        self.heard(init.clone()).await;
        let ended = self.converse(Box::pin(out), Box::pin(lines), queue).await;
        if ended.is_err() {
            let _ = self.orders.send(Order::Stop).await;
        }
    }

    async fn join(
        &self,
        address: &str,
        queue: &mut broadcast::Receiver<Arc<str>>,
    ) -> Result<(), Error> {
        let name = self.name();
        let url = format!("{address}&id={name}");
        let mut first = true;
        let mut wait = AGAIN.0;
        loop {
            match connect_async(&url).await {
                Ok((socket, _)) => {
                    (first, wait) = (false, AGAIN.0);
                    tracing::info!("{name} joined the bridge");
                    self.metrics.dialled.inc();
                    let (sink, stream) = socket.split();
                    match self.converse(sink, stream, queue).await {
                        Ok(()) => return Ok(()),
                        Err(why) => tracing::info!("{name} lost the bridge: {why}"),
                    }
                }
                Err(error) if first => return Err(refused("--bridge".into(), why(&error))),
                Err(error) => tracing::debug!("the bridge does not answer: {}", why(&error)),
            }
            sleep(wait).await;
            wait = (wait * 2).min(AGAIN.1);
        }
    }

    /// Brings what is in the queue, and takes what comes, until the connection breaks; `Ok` when the node is over.
    async fn converse(
        &self,
        mut sink: impl Sink<Message, Error: Display> + Unpin,
        mut stream: impl Stream<Item = Result<Message, tungstenite::Error>> + Unpin,
        queue: &mut broadcast::Receiver<Arc<str>>,
    ) -> Result<(), String> {
        // Whoever holds the other end knows nothing of it yet.
        let (mut told, mut stirred) = (None, true);
        let mut not_before = Instant::now();
        loop {
            tokio::select! {
                next = queue.recv() => match next {
                    Ok(line) if *line == *LAST => {
                        let _ = sink.close().await;
                        return Ok(());
                    }
                    Ok(line) => put(&mut sink, Message::text(line.to_string())).await?,
                    Err(RecvError::Lagged(count)) => {
                        self.metrics.lost.inc_by(count);
                    }
                    Err(RecvError::Closed) => return Ok(()),
                },
                () = self.stirred.notified(), if !stirred => stirred = true,
                () = sleep_until(not_before), if stirred => {
                    stirred = false;
                    not_before = Instant::now() + VIEW_EVERY;
                    let view = self.view().await;
                    if let Some(view) = view.filter(|view| told.as_ref() != Some(view)) {
                        put(&mut sink, Message::text(self.shows(&view))).await?;
                        told = Some(view);
                    }
                }
                next = stream.next() => match next {
                    None | Some(Ok(Message::Close(_))) => return Err("the bridge closed it".into()),
                    Some(Err(error)) => return Err(error.to_string()),
                    Some(Ok(Message::Text(text))) => {
                        match Envelope::read(text.as_bytes(), MESSAGE_BYTES_MAX) {
                            Ok(message) => self.heard(message).await,
                            Err(why) => tracing::warn!("the bridge sent no message: {why}"),
                        }
                    }
                    Some(Ok(_)) => {}
                },
            }
        }
    }

    /// A message whose sender and addressee stand under their labels.
    fn labelled(&self, mut message: Envelope) -> Envelope {
        for name in [&mut message.src, &mut message.dest] {
            if let Some(place) = self.names.iter().position(|it| it == name) {
                name.clone_from(&self.labels[place]);
            }
        }
        message
    }

    async fn view(&self) -> Option<NodeView> {
        let (reply, view) = oneshot::channel();
        self.orders.send(Order::View(reply)).await.ok()?;
        view.await.ok()?
    }

    /// The line that tells the bridge how the node stands.
    fn shows(&self, view: &NodeView) -> String {
        let view = self.tongue.node(view.clone());
        let shows = Envelope::new(self.name(), STAGE, "view").with("view", view);
        shows.line()
    }

    async fn heard(&self, message: Envelope) {
        match message.kind() {
            Some("init") => self.links.say(&message.reply("init_ok")),
            Some("error") => {
                let text = message.body.get("text").and_then(Value::as_str);
                tracing::warn!("{}: {}", self.name(), text.unwrap_or("an error"));
            }
            _ if lin_kv::is_request(&message) => {
                let (clients, links) = (self.clients.clone(), self.links.clone());
                tokio::spawn(async move {
                    match clients.ask(&message).await {
                        Some(Ok(reply)) => links.say(&reply),
                        Some(Err(problem)) => links.say(&lin_kv::error(&message, &problem)),
                        None => {}
                    }
                });
            }
            _ => {
                let (back, mut refused) = mpsc::channel(1);
                let asked = message.msg_id().is_some().then(|| message.clone());
                let order = Order::Message(self.labelled(message), back);
                if self.orders.send(order).await.is_err() {
                    return;
                }
                // Whoever waits for an answer gets one.
                if let Some(asked) = asked {
                    let links = self.links.clone();
                    tokio::spawn(async move {
                        if let Some(why) = refused.recv().await {
                            let problem = (ErrorCode::NotSupported, why);
                            links.say(&lin_kv::error(&asked, &problem));
                        }
                    });
                }
            }
        }
    }
}

/// Why the bridge does not take a node; what it says itself if it says something.
fn why(error: &tungstenite::Error) -> String {
    match error {
        tungstenite::Error::Http(response) => {
            let body = response.body().as_deref().unwrap_or_default();
            format!("{}: {}", response.status(), String::from_utf8_lossy(body))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn the_address_is_one_that_the_bridge_tells() {
        for given in [
            "ws://h:1/node?token=abc",
            "ws://h:1/?token=abc",
            "ws://h:1?token=abc&id=S1",
        ] {
            assert_eq!(
                address(given),
                Ok("ws://h:1/node?token=abc".to_owned()),
                "{given}"
            );
        }
        for wrong in ["ws://h:1", "http://h:1/?token=abc", "ws://h:1/?id=S1"] {
            assert!(
                address(wrong).unwrap_err().contains("ws://HOST:PORT"),
                "{wrong}"
            );
        }
    }
}
