//! A node's seat at a bridge: what it says and hears goes there, in place of links to each peer.
//!
//! Between the nodes is the bridge's network then, and so are clients in any language, to whom a protocol that replicates a key-value
//! store is a `lin-kv`. The bridge is told how the node stands.

use crate::error::Error;
use crate::node::driver::Order;
use crate::node::lin_kv::{self, Problem};
use crate::node::links::{LAST, Links, Socket, put};
use crate::node::metrics::Metrics;
use crate::node::refused;
use futures_util::StreamExt;
use protocol::{NodeView, Phrase};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, broadcast, mpsc, oneshot};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::{self, Message};
use trace::Words;
use wire::{Envelope, ErrorCode};

/// To whom a node tells what it shows of itself.
const STAGE: &str = "synod";
/// How often a node tells that, at most.
const VIEW_EVERY: Duration = Duration::from_millis(100);
/// The longest message of the bridge, in bytes.
const MESSAGE_BYTES_MAX: usize = 16 << 20;
/// How long it takes before the bridge is dialled again.
const AGAIN: Duration = Duration::from_millis(500);

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

/// What a seat takes to be kept.
pub(crate) struct Seat {
    /// The node's label.
    pub(crate) label: String,
    /// Where it joins, as [`address`] tells.
    pub(crate) address: String,
    /// What the node says.
    pub(crate) links: Links,
    /// What it hears.
    pub(crate) orders: mpsc::Sender<Order>,
    /// Whenever it may show something new.
    pub(crate) stirred: Arc<Notify>,
    pub(crate) clients: Arc<Clients>,
    pub(crate) words: Words,
    /// The labels of the whole roster.
    pub(crate) labels: Vec<String>,
    pub(crate) metrics: Arc<Metrics>,
}

impl Seat {
    /// Carries the node's messages both ways until it ends, and joins again when the connection breaks.
    ///
    /// # Errors
    /// The bridge does not take it at the start, when somebody waits to hear that; later the bridge may come back.
    pub(crate) async fn keep(self) -> Result<(), Error> {
        let mut queue = self.links.queue(0);
        tokio::select! {
            kept = self.join(&mut queue) => kept,
            // The last words are said by whoever is connected; this one is not.
            () = self.over() => Ok(()),
        }
    }

    /// Waits until the node takes no more orders.
    async fn over(&self) {
        self.orders.closed().await;
    }

    async fn join(&self, queue: &mut broadcast::Receiver<Arc<str>>) -> Result<(), Error> {
        let url = format!("{}&id={}", self.address, self.label);
        let mut first = true;
        loop {
            match connect_async(&url).await {
                Ok((socket, _)) => {
                    first = false;
                    tracing::info!("{} joined the bridge", self.label);
                    self.metrics.dialled.inc();
                    match self.converse(socket, queue).await {
                        Ok(()) => return Ok(()),
                        Err(why) => tracing::info!("{} lost the bridge: {why}", self.label),
                    }
                }
                Err(error) if first => return Err(refused("--bridge".into(), why(&error))),
                Err(error) => tracing::debug!("the bridge does not answer: {}", why(&error)),
            }
            sleep(AGAIN).await;
        }
    }

    /// Brings what is in the queue, and takes what comes, until the connection breaks; `Ok` when the node is over.
    async fn converse(
        &self,
        mut socket: Socket,
        queue: &mut broadcast::Receiver<Arc<str>>,
    ) -> Result<(), String> {
        // Whoever holds the other end knows nothing of it yet.
        let (mut told, mut stirred) = (None, true);
        let mut not_before = Instant::now();
        loop {
            tokio::select! {
                next = queue.recv() => match next {
                    Ok(line) if *line == *LAST => {
                        let _ = socket.close(None).await;
                        return Ok(());
                    }
                    Ok(line) => put(&mut socket, Message::text(line.to_string())).await?,
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
                    if view.is_some() && view != told {
                        if let Some(line) = view.as_ref().and_then(|view| self.shows(view)) {
                            put(&mut socket, Message::text(line)).await?;
                        }
                        told = view;
                    }
                }
                next = socket.next() => match next {
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

    async fn view(&self) -> Option<NodeView> {
        let (reply, view) = oneshot::channel();
        self.orders.send(Order::View(reply)).await.ok()?;
        view.await.ok()?
    }

    /// The line that tells the bridge how the node stands.
    fn shows(&self, view: &NodeView) -> Option<String> {
        let view = serde_json::to_value(spoken(view, &self.words, &self.labels)).ok()?;
        let shows = Envelope::new(&*self.label, STAGE, "view").with("view", view);
        Some(shows.line())
    }

    async fn heard(&self, message: Envelope) {
        match message.kind() {
            Some("init") => self.links.say(&message.reply("init_ok")),
            Some("error") => {
                let text = message.body.get("text").and_then(|text| text.as_str());
                tracing::warn!("{}: {}", self.label, text.unwrap_or("an error"));
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
                if self
                    .orders
                    .send(Order::Message(message, back))
                    .await
                    .is_err()
                {
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

/// A view for those who do not have the protocol's words: its role and remarks as they read.
fn spoken(view: &NodeView, words: &Words, labels: &[String]) -> NodeView {
    let badges = view.badges.iter();
    NodeView {
        role: words.word(&view.role).to_owned().into(),
        badges: badges
            .map(|badge| Phrase {
                key: words.say(badge, labels).into(),
                args: Vec::new(),
                rule: None,
            })
            .collect(),
        ..view.clone()
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
