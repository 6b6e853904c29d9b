//! What a message costs through `synod bridge`, watched and not, beside the same nodes connected directly, in the same rounds.
//!
//! Started by `cargo xtask bench -- bridge`, which builds the command line and says where it is. All nodes and pages are tasks here: what they
//! cost is in every figure, and in the yardstick's.
#![allow(
    clippy::disallowed_methods,
    reason = "measuring needs a clock, and the surroundings say where the command line is"
)]

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, accept_async, connect_async_with_config};

const NODES: usize = 5;
const PAGES: usize = 20;
/// How many messages go round at once, a node, where throughput is measured.
const ROUND_EACH: usize = 20;
/// Round trips of a round, after a tenth of that to warm up.
const TRIPS: usize = 2_000;
/// How long throughput is measured in a round.
const FLOW: Duration = Duration::from_secs(2);
const TOKEN: &str = "bench-token";

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A node's way to the next one, and from the one before.
struct Node {
    name: String,
    next: String,
    sink: SplitSink<Socket, Message>,
    stream: SplitStream<Socket>,
}

/// What was measured of one way of connecting.
#[derive(Default)]
struct Figures {
    /// Of one message, in microseconds.
    latency_us: Vec<f64>,
    a_second: Vec<f64>,
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let rounds = std::env::args().nth(1).map_or(Ok(5), |arg| arg.parse())?;
    let synod = std::env::var("SYNOD_BENCH_CLI").map_err(
        |_| "SYNOD_BENCH_CLI must name the command line: use `cargo xtask bench -- bridge`",
    )?;
    let mut all: BTreeMap<&str, Figures> = BTreeMap::new();
    let (mut frames, mut missed) = (0, 0);
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        measure(direct().await?, all.entry("1 directly").or_default()).await?;
        for (way, pages) in [("2 bridge", 0), ("3 bridge, watched", PAGES)] {
            let bridge = Bridge::start(&synod).await?;
            let stop = Arc::new(AtomicBool::new(false));
            let mut watching = Vec::new();
            for _ in 0..pages {
                watching.push(watch(bridge.connect("/watch").await?, stop.clone()));
            }
            measure(bridge.ring().await?, all.entry(way).or_default()).await?;
            stop.store(true, Ordering::Relaxed);
            drop(bridge);
            for page in watching {
                let (told, left_out) = page.await?;
                (frames, missed) = (frames + told, missed + left_out);
            }
        }
    }
    println!(
        "{NODES} nodes; watched: {PAGES} pages, told {frames} frames in all, {missed} records left out; {rounds} rounds"
    );
    println!(
        "{:20}{:>12}{:>12}{:>12}{:>14}",
        "", "median µs", "90 % µs", "99 % µs", "messages/s"
    );
    for (way, figures) in &mut all {
        figures.latency_us.sort_by(f64::total_cmp);
        figures.a_second.sort_by(f64::total_cmp);
        let at = |part: f64| quantile(&figures.latency_us, part);
        let flow = quantile(&figures.a_second, 0.5);
        let [half, most, nearly_all] = [0.5, 0.9, 0.99].map(at);
        println!(
            "{:20}{half:>12.0}{most:>12.0}{nearly_all:>12.0}{flow:>14.0}",
            &way[2..]
        );
    }
    Ok(())
}

fn quantile(sorted: &[f64], part: f64) -> f64 {
    let place = (part * (sorted.len().saturating_sub(1)) as f64).round() as usize;
    sorted.get(place).copied().unwrap_or(f64::NAN)
}

/// Latency first, while nothing else is under way; then as much as goes round.
async fn measure(ring: Vec<Node>, figures: &mut Figures) -> Outcome<()> {
    let stop = Arc::new(AtomicBool::new(false));
    let received = Arc::new(AtomicU64::new(0));
    let mut ring = ring.into_iter();
    let mut first = ring.next().ok_or("no node")?;
    let others: Vec<JoinHandle<Outcome<()>>> = ring
        .map(|node| tokio::spawn(pass_on(node, stop.clone(), received.clone())))
        .collect();
    for trip in 0..TRIPS + TRIPS / 10 {
        let began = Instant::now();
        first.say(trip).await?;
        first.hear().await?;
        if trip >= TRIPS / 10 {
            // All nodes have passed it on: so many messages, one after the other.
            let us = began.elapsed().as_secs_f64() * 1e6 / NODES as f64;
            figures.latency_us.push(us);
        }
    }
    for number in 0..NODES * ROUND_EACH {
        first.say(number).await?;
    }
    let first = tokio::spawn(pass_on(first, stop.clone(), received.clone()));
    tokio::time::sleep(FLOW / 4).await;
    let (before, began) = (received.load(Ordering::Relaxed), Instant::now());
    tokio::time::sleep(FLOW).await;
    let passed = received.load(Ordering::Relaxed) - before;
    figures
        .a_second
        .push(passed as f64 / began.elapsed().as_secs_f64());
    stop.store(true, Ordering::Relaxed);
    for node in others.into_iter().chain([first]) {
        node.abort();
        let _ = node.await;
    }
    Ok(())
}

async fn pass_on(mut node: Node, stop: Arc<AtomicBool>, received: Arc<AtomicU64>) -> Outcome<()> {
    while !stop.load(Ordering::Relaxed) {
        let number = node.hear().await?;
        received.fetch_add(1, Ordering::Relaxed);
        node.say(number).await?;
    }
    Ok(())
}

impl Node {
    async fn say(&mut self, number: usize) -> Outcome<()> {
        let body = json!({"type": "gossip", "number": number, "text": "as long as a usual message of a broadcast is"});
        let line = json!({"src": self.name, "dest": self.next, "body": body}).to_string();
        Ok(self.sink.send(Message::text(line)).await?)
    }

    async fn hear(&mut self) -> Outcome<usize> {
        loop {
            let message = self.stream.next().await.ok_or("the connection ended")??;
            if let Message::Text(text) = message {
                let line: Value = serde_json::from_str(&text)?;
                if let Some(number) = line["body"]["number"].as_u64() {
                    return Ok(number as usize);
                }
            }
        }
    }
}

/// A connection on which small messages wait for nothing.
async fn dial(url: String) -> Outcome<Socket> {
    Ok(connect_async_with_config(url, None, true).await?.0)
}

/// The yardstick: each node with a connection of its own to the next.
async fn direct() -> Outcome<Vec<Node>> {
    let mut sinks = Vec::new();
    let mut streams = Vec::new();
    for _ in 0..NODES {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("ws://{}", listener.local_addr()?);
        let (dialled, accepted) = tokio::join!(dial(url), async {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(
                accept_async(MaybeTlsStream::Plain(stream)).await?,
            )
        });
        sinks.push(dialled?.split().0);
        streams.push(accepted?.split().1);
    }
    // The last one's connection leads to the first.
    streams.rotate_right(1);
    let nodes = sinks.into_iter().zip(streams).enumerate();
    Ok(nodes
        .map(|(place, (sink, stream))| Node {
            name: format!("n{place}"),
            next: format!("n{}", (place + 1) % NODES),
            sink,
            stream,
        })
        .collect())
}

/// A bridge that serves, until it is dropped.
struct Bridge {
    _child: Child,
    address: String,
}

impl Bridge {
    async fn start(synod: &str) -> Outcome<Self> {
        let mut child = Command::new(synod)
            .args(["bridge", "--listen", "127.0.0.1:0", "--token", TOKEN])
            .env("SYNOD_LOG", "error")
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(child.stderr.take().ok_or("no stderr")?).lines();
        let first = lines.next_line().await?.ok_or("the bridge says nothing")?;
        let address = first
            .strip_prefix("listening on http://")
            .and_then(|rest| rest.split('/').next())
            .ok_or_else(|| format!("the bridge says: {first}"))?
            .to_owned();
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self {
            _child: child,
            address,
        })
    }

    async fn connect(&self, path: &str) -> Outcome<Socket> {
        let sep = if path.contains('?') { '&' } else { '?' };
        let url = format!("ws://{}{path}{sep}token={TOKEN}", self.address);
        dial(url).await
    }

    async fn ring(&self) -> Outcome<Vec<Node>> {
        let mut nodes = Vec::new();
        for place in 0..NODES {
            let name = format!("n{place}");
            let socket = self.connect(&format!("/node?id={name}")).await?;
            let (mut sink, mut stream) = socket.split();
            let init = stream.next().await.ok_or("no init")??;
            let init: Value = serde_json::from_str(init.to_text()?)?;
            let body = json!({"type": "init_ok", "in_reply_to": init["body"]["msg_id"]});
            let answer = json!({"src": name, "dest": init["src"], "body": body});
            sink.send(Message::text(answer.to_string())).await?;
            nodes.push(Node {
                name,
                next: format!("n{}", (place + 1) % NODES),
                sink,
                stream,
            });
        }
        Ok(nodes)
    }
}

/// A page that reads everything: how many frames of records it was told, and how many records were left out.
fn watch(mut page: Socket, stop: Arc<AtomicBool>) -> JoinHandle<(u64, u64)> {
    tokio::spawn(async move {
        let (mut frames, mut missed) = (0, 0);
        while let Some(Ok(message)) = page.next().await {
            if let Message::Text(text) = message
                && let Some(rest) = text.strip_prefix(r#"{"type":"records","missed":"#)
            {
                let digits = rest.split(',').next().unwrap_or_default();
                missed += digits.parse::<u64>().unwrap_or_default();
                frames += 1;
            }
            if stop.load(Ordering::Relaxed) {
                break;
            }
        }
        (frames, missed)
    })
}
