//! `synod run PROTOCOL --bridge ws://…`: nodes of a protocol at wall speed in this one process, each a node of a bridge under its label.
//!
//! The code of the nodes is the one that the page simulates, on disks in memory; between them is the bridge's network, and so are clients in
//! any language, to whom a protocol that replicates a key-value store is a `lin-kv`.

mod lin_kv;

use crate::error::{Ended, Error};
use crate::node::{Clock, logs, new_seed, opened, parameters, refused, told_to_stop};
use crate::run::entry;
use crate::words::words_of;
use futures_util::{SinkExt, StreamExt};
use live::{Node, OpenError, Output, Setup};
use protocol::{NodeKind, NodeView, Phrase};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::{self, Message};
use trace::{Language, Words};
use wire::{Envelope, ErrorCode};

/// To whom a node tells what it shows of itself.
const STAGE: &str = "synod";
/// How often a node tells that, at most.
const VIEW_EVERY_US: u64 = 100_000;
/// The longest message of the bridge, in bytes.
const MESSAGE_BYTES_MAX: usize = 16 << 20;
/// So many messages wait for a connection; what comes beyond is lost, as on any network.
const QUEUE_MAX: usize = 4_096;
/// How long it takes before the bridge is dialled again.
const AGAIN: Duration = Duration::from_millis(500);

/// What is to run, and where.
pub(crate) struct Joining<'a> {
    pub(crate) protocol: &'a str,
    pub(crate) bridge: &'a str,
    /// The labels of the nodes to run; empty: all.
    pub(crate) nodes: &'a [String],
    pub(crate) set: &'a [(String, String)],
    pub(crate) variant: &'a str,
    pub(crate) seed: Option<u64>,
}

/// What comes from the connections.
enum Input {
    /// A message for this node, by its place among those that run here.
    Message(usize, Envelope),
    /// It is connected, or no longer.
    Connected(usize, bool),
    /// The bridge does not take it.
    Refused(String),
}

/// A node that runs here.
struct Own {
    node: Box<dyn Node>,
    label: String,
    to: mpsc::Sender<String>,
    /// The last view that was told, and when another may be.
    told: Option<NodeView>,
    next_view_us: u64,
    /// Requests of foreign clients that it asks as a client of the protocol, by operation.
    asked: BTreeMap<u64, Envelope>,
}

/// Runs the nodes until somebody ends them.
pub(crate) fn join(joining: &Joining<'_>) -> Result<Ended, Error> {
    logs();
    let about = entry(joining.protocol)?.about;
    let mut setup = Setup {
        label: String::new(),
        variant: joining.variant.to_owned(),
        parameters: parameters(about, joining.set)?,
        seed: joining.seed.unwrap_or_else(new_seed),
    };
    // Nobody is called "": so it says who there is.
    let known = match catalog::node(about.id, &setup, &mut std::iter::empty()) {
        Some(Err(OpenError::NoNode { known, .. })) => known,
        _ => opened(about, &setup, Vec::new()).map(|_| Vec::new())?,
    };
    let mut labels = known.clone();
    if !joining.nodes.is_empty() {
        labels = joining.nodes.iter().map(|it| it.to_uppercase()).collect();
        if let Some(strange) = labels.iter().find(|label| !known.contains(label)) {
            let why = format!("there is no node {strange}; there are {}", known.join(", "));
            return Err(refused("--nodes".into(), why));
        }
    }
    let address = address(joining.bridge).map_err(|why| refused("--bridge".into(), why))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| refused("the runtime".into(), error))?;
    runtime.block_on(async {
        let (inputs, next) = mpsc::channel(QUEUE_MAX);
        let mut own = Vec::new();
        for label in labels {
            setup.label.clone_from(&label);
            let (to, lines) = mpsc::channel(QUEUE_MAX);
            let url = format!("{address}&id={label}");
            tokio::spawn(connect(own.len(), url, lines, inputs.clone()));
            own.push(Own {
                node: opened(about, &setup, Vec::new())?,
                label,
                to,
                told: None,
                next_view_us: 0,
                asked: BTreeMap::new(),
            });
        }
        let host = Host {
            own,
            clock: Clock::start(),
            words: words_of(about, Language::English),
            labels: known,
            turn: 0,
        };
        host.run(next).await
    })
}

/// Where nodes join, from the address that the bridge told.
fn address(bridge: &str) -> Result<String, String> {
    let form = "write the address that the bridge told at its start: ws://HOST:PORT/node?token=…";
    let (place, query) = bridge.split_once('?').ok_or(form)?;
    let place = place.trim_end_matches('/').trim_end_matches("/node");
    let token = query.split('&').find(|part| part.starts_with("token="));
    if !place.starts_with("ws://") {
        return Err(form.into());
    }
    Ok(format!("{place}/node?{}", token.ok_or(form)?))
}

/// Carries a node's messages both ways, and connects again when the connection breaks.
async fn connect(
    place: usize,
    url: String,
    mut lines: mpsc::Receiver<String>,
    inputs: mpsc::Sender<Input>,
) {
    let mut first = true;
    loop {
        match connect_async(&url).await {
            Ok((socket, _)) => {
                first = false;
                let _ = inputs.send(Input::Connected(place, true)).await;
                let (mut sink, mut stream) = socket.split();
                loop {
                    tokio::select! {
                        line = lines.recv() => match line {
                            None => {
                                let _ = sink.close().await;
                                return;
                            }
                            Some(line) => if sink.send(Message::text(line)).await.is_err() {
                                break;
                            },
                        },
                        next = stream.next() => match next {
                            Some(Ok(Message::Text(text))) => {
                                match Envelope::read(text.as_bytes(), MESSAGE_BYTES_MAX) {
                                    Ok(message) => {
                                        if inputs.send(Input::Message(place, message)).await.is_err() {
                                            return;
                                        }
                                    }
                                    Err(why) => tracing::warn!("the bridge sent no message: {why}"),
                                }
                            }
                            Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                            Some(Ok(_)) => {}
                        },
                    }
                }
                let _ = inputs.send(Input::Connected(place, false)).await;
            }
            // At the start somebody waits to hear what is wrong; later the bridge may come back.
            Err(error) if first => {
                let _ = inputs.send(Input::Refused(why(&error))).await;
                return;
            }
            Err(error) => tracing::debug!("the bridge does not answer: {}", why(&error)),
        }
        tokio::time::sleep(AGAIN).await;
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

/// The nodes that run here.
struct Host {
    own: Vec<Own>,
    clock: Clock,
    words: Words,
    /// The labels of the whole roster.
    labels: Vec<String>,
    /// Whose turn it is to ask for a foreign client.
    turn: usize,
}

impl Host {
    async fn run(mut self, mut next: mpsc::Receiver<Input>) -> Result<Ended, Error> {
        let mut stop = std::pin::pin!(told_to_stop());
        loop {
            self.carry_out();
            let views = self.own.iter().filter(|own| self.waits(own));
            let wakes = self.own.iter().filter_map(|own| own.node.wake_at_us());
            let wake_us = wakes.chain(views.map(|own| own.next_view_us)).min();
            let wake = async {
                match wake_us {
                    Some(at_us) => tokio::time::sleep(self.clock.until(at_us)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = &mut stop => return Ok(Ended::Well),
                () = wake => {
                    let now_us = self.clock.now_us();
                    for own in &mut self.own {
                        own.node.wake(now_us);
                    }
                }
                input = next.recv() => match input {
                    None => return Ok(Ended::Well),
                    Some(Input::Refused(why)) => return Err(refused("--bridge".into(), why)),
                    Some(Input::Connected(place, connected)) => {
                        let own = &mut self.own[place];
                        // Whoever holds the other end knows nothing of it.
                        own.told = None;
                        let now = if connected { "joined the bridge" } else { "lost the bridge" };
                        tracing::info!("{} {now}", own.label);
                    }
                    Some(Input::Message(place, message)) => self.heard(place, message),
                }
            }
        }
    }

    /// Whether a node has something new to show.
    fn waits(&self, own: &Own) -> bool {
        let view = own.node.hello().view;
        view.is_some() && own.told != view
    }

    fn heard(&mut self, place: usize, message: Envelope) {
        let now_us = self.clock.now_us();
        match message.kind() {
            Some("init") => self.say(place, &message.reply("init_ok")),
            Some("error") => {
                let text = message.body.get("text").and_then(|text| text.as_str());
                tracing::warn!("{}: {}", self.own[place].label, text.unwrap_or("an error"));
            }
            _ if lin_kv::is_request(&message) => self.ask(place, message),
            _ => {
                if let Err(refusal) = self.own[place].node.message(now_us, &message) {
                    tracing::debug!("{}: {refusal}", self.own[place].label);
                    if message.msg_id().is_some() {
                        let problem = (ErrorCode::NotSupported, refusal.to_string());
                        self.say(place, &lin_kv::error(&message, &problem));
                    }
                }
            }
        }
    }

    /// A foreign client asks: one of the protocol's clients here asks in its name.
    fn ask(&mut self, place: usize, request: Envelope) {
        let now_us = self.clock.now_us();
        let is_client = |own: &Own| {
            let me = own.node.me().index();
            own.node.roster()[me].kind == NodeKind::Client
        };
        let clients: Vec<usize> = (0..self.own.len())
            .filter(|place| is_client(&self.own[*place]))
            .collect();
        let asked = lin_kv::operation(&request).and_then(|(op, fields)| {
            if clients.is_empty() {
                let why = "no client of the protocol runs here that could ask";
                return Err((ErrorCode::NotSupported, why.to_owned()));
            }
            self.turn = (self.turn + 1) % clients.len();
            let client = clients[self.turn];
            let asked = self.own[client].node.ask(now_us, op, &fields);
            let id = asked.map_err(|refusal| match refusal {
                live::Refusal::Operation(why) => {
                    (ErrorCode::NotSupported, self.words.say(&why, &[]))
                }
                refusal => (ErrorCode::TemporarilyUnavailable, refusal.to_string()),
            })?;
            Ok((client, id.number))
        });
        match asked {
            Ok((client, number)) => {
                self.own[client].asked.insert(number, request);
            }
            Err(problem) => self.say(place, &lin_kv::error(&request, &problem)),
        }
    }

    fn say(&self, place: usize, envelope: &Envelope) {
        // A network may lose messages, and protocols bear that.
        let _ = self.own[place].to.try_send(envelope.line());
    }

    /// Carries out what the nodes want.
    fn carry_out(&mut self) {
        let now_us = self.clock.now_us();
        let mut replies = Vec::new();
        for own in &mut self.own {
            while let Some(output) = own.node.next_output() {
                match output {
                    Output::Send { envelope, .. } => {
                        let _ = own.to.try_send(envelope.line());
                    }
                    // The disk is this process's memory: it is gone when that is.
                    Output::Persist { number, .. } => own.node.durable(now_us, number),
                    Output::Answered { id, answer } => {
                        if let Some(request) = own.asked.remove(&id.number) {
                            let sentence = self.words.say(&answer, &[]);
                            replies.push(lin_kv::reply(&request, &answer, &sentence));
                        }
                    }
                    Output::Happened(_) => {}
                }
            }
            let view = own.node.hello().view;
            if view.is_some() && view != own.told && own.next_view_us <= now_us {
                own.next_view_us = now_us + VIEW_EVERY_US;
                let shown = view
                    .as_ref()
                    .map(|view| spoken(view, &self.words, &self.labels));
                if let Ok(view) = serde_json::to_value(&shown) {
                    let shows = Envelope::new(&*own.label, STAGE, "view").with("view", view);
                    let _ = own.to.try_send(shows.line());
                }
                own.told = view;
            }
        }
        for reply in replies {
            // It goes out where the request came in.
            if let Some(place) = self.own.iter().position(|own| own.label == reply.src) {
                self.say(place, &reply);
            }
        }
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
