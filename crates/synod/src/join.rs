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
use protocol::{Arg, NodeId, NodeKind, NodeView, Phrase};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::{self, Message};
use trace::{Brought, Language, Words};
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
            words: Language::ALL.map(|language| words_of(about, language)),
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

/// A view for those who do not have the protocol's words: what it says stands there in English, with the other languages' words for it
/// beside.
fn spoken(view: &NodeView, words: &[Words], labels: &[String]) -> Value {
    let mut view = view.clone();
    for badge in &mut view.badges {
        name_nodes(badge, labels);
    }
    let mut brought = Brought::new();
    let mut said = serde_json::to_value(&view).unwrap_or_default();
    say_in_english(&mut said, words, &mut brought);
    said["words"] = serde_json::json!(brought);
    said
}

/// Whoever watches numbers nodes in another way: they stand here by their labels.
fn name_nodes(phrase: &mut Phrase, labels: &[String]) {
    let label = |node: &NodeId| labels.get(node.index()).map_or("?", String::as_str);
    phrase.rule = None;
    for (_, arg) in &mut phrase.args {
        match arg {
            Arg::Node(node) => *arg = Arg::Text(label(node).to_owned()),
            Arg::Nodes(nodes) => {
                let labels: Vec<_> = nodes.iter().map(label).collect();
                *arg = Arg::Text(labels.join(", "));
            }
            Arg::Phrase(inner) => name_nodes(inner, labels),
            _ => {}
        }
    }
}

/// Puts the template of the first words in the place of every key, and those of the others into `brought`. What is text already
/// stays as it is.
fn say_in_english(said: &mut Value, words: &[Words], brought: &mut Brought) {
    match said {
        Value::String(key) => {
            let Some((english, others)) = words.split_first() else {
                return;
            };
            // A text of somebody's own is no key.
            if !key.contains('.') || !english.has(key) {
                return;
            }
            let template = english.word(key).to_owned();
            for other in others {
                let known = brought.entry(other.language().code().to_owned());
                let theirs = other.word(key).to_owned();
                known.or_default().insert(template.clone(), theirs);
            }
            *key = template;
        }
        Value::Array(all) => {
            for one in all {
                say_in_english(one, words, brought);
            }
        }
        Value::Object(fields) => {
            for (_, field) in fields.iter_mut().filter(|(name, _)| *name != "text") {
                say_in_english(field, words, brought);
            }
        }
        _ => {}
    }
}

/// The nodes that run here.
struct Host {
    own: Vec<Own>,
    clock: Clock,
    /// In every language, English first.
    words: [Words; 2],
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
                    (ErrorCode::NotSupported, self.words[0].say(&why, &[]))
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
                            let sentence = self.words[0].say(&answer, &[]);
                            replies.push(lin_kv::reply(&request, &answer, &sentence));
                        }
                    }
                    Output::Happened(_) => {}
                }
            }
            let view = own.node.hello().view;
            if view.is_some() && view != own.told && own.next_view_us <= now_us {
                own.next_view_us = now_us + VIEW_EVERY_US;
                if let Some(view) = &view {
                    let said = spoken(view, &self.words, &self.labels);
                    let shows = Envelope::new(&*own.label, STAGE, "view").with("view", said);
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
    use super::{address, spoken};
    use crate::words::words_of;
    use protocol::{NodeId, NodeView, Phrase, Picture};
    use serde_json::json;
    use trace::Language;

    #[test]
    fn a_view_is_said_in_english_with_the_chinese_beside() {
        let raft = crate::run::entry("raft").unwrap().about;
        let words = Language::ALL.map(|language| words_of(raft, language));
        let view = NodeView {
            role: "role.leader".into(),
            badges: vec![Phrase::new("badge.hands-over").node("to", NodeId(1))],
            pictures: vec![Picture::pairs("picture.machine", [("role.leader", "x")])],
            ..NodeView::default()
        };
        let said = spoken(&view, &words, &["S1".into(), "S2".into()]);
        assert_eq!(said["role"], "leader");
        let [english, chinese] = &words;
        let key = "badge.hands-over";
        let badge = json!({"key": english.word(key), "args": [["to", {"text": "S2"}]]});
        assert_eq!(said["badges"][0], badge, "{said:#}");
        let table = &said["pictures"][0]["table"];
        assert_eq!(table["title"], english.word("picture.machine"));
        assert_eq!(table["rows"][0]["cells"][0], json!({"text": "role.leader"}));
        let zh = &said["words"]["zh"];
        assert_eq!(zh["leader"], chinese.word("role.leader"));
        assert_eq!(zh[english.word(key)], chinese.word(key));
        assert_eq!(zh.as_object().unwrap().len(), 3, "{zh:#}");
        assert!(serde_json::from_value::<NodeView>(said).is_ok());
    }

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
