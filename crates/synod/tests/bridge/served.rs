//! A bridge that serves, and connections to it.

use crate::common::SYNOD;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub(crate) const TOKEN: &str = "test-token";

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A bridge that serves, until it is dropped.
pub(crate) struct Bridge {
    pub(crate) child: Child,
    pub(crate) address: String,
}

impl Bridge {
    pub(crate) async fn start(args: &[&str]) -> Self {
        Self::at("127.0.0.1:0", args).await
    }

    /// One that listens at this address.
    pub(crate) async fn at(listen: &str, args: &[&str]) -> Self {
        let mut child = Command::new(SYNOD)
            .args(["bridge", "--listen", listen, "--token", TOKEN])
            .args(args)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines.next_line().await.unwrap();
            let line = line.expect("it ended before it listened");
            if let Some(address) = line.strip_prefix("listening on http://") {
                break address.split('/').next().unwrap().to_owned();
            }
        };
        // What it says is drained, as whoever starts it must.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { child, address }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        let sep = if path.contains('?') { '&' } else { '?' };
        format!("ws://{}{path}{sep}token={TOKEN}", self.address)
    }

    pub(crate) async fn connect(&self, path: &str) -> Socket {
        connect_async(self.url(path)).await.unwrap().0
    }
}

pub(crate) async fn say(socket: &mut Socket, value: &Value) {
    socket.send(Message::text(value.to_string())).await.unwrap();
}

/// The next JSON that comes.
pub(crate) async fn hear(socket: &mut Socket) -> Value {
    loop {
        let message = tokio::time::timeout(Duration::from_secs(10), socket.next()).await;
        match message.expect("something was to come").unwrap().unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Close(why) => panic!("closed: {why:?}"),
            _ => {}
        }
    }
}

/// The next JSON for which this holds.
pub(crate) async fn hear_that(socket: &mut Socket, holds: impl Fn(&Value) -> bool) -> Value {
    loop {
        let value = hear(socket).await;
        if holds(&value) {
            return value;
        }
    }
}

/// Joins as a node, and answers `init`.
pub(crate) async fn join(bridge: &Bridge, name: &str) -> Socket {
    let mut node = bridge.connect(&format!("/node?id={name}")).await;
    let init = hear(&mut node).await;
    assert_eq!(
        (&init["body"]["type"], &init["body"]["node_id"]),
        (&json!("init"), &json!(name))
    );
    let body = json!({"type": "init_ok", "in_reply_to": init["body"]["msg_id"]});
    say(
        &mut node,
        &json!({"src": name, "dest": init["src"], "body": body}),
    )
    .await;
    node
}

/// What a page gets for this command.
pub(crate) async fn ask(page: &mut Socket, mut command: Value) -> Value {
    command["ref"] = "mine".into();
    say(page, &command).await;
    hear_that(page, |value| value["ref"] == "mine").await
}

/// What a bridge with these arguments says, until one line begins so or it ends.
async fn says(args: &[&str], last: &str) -> Vec<String> {
    let mut child = Command::new(SYNOD)
        .arg("bridge")
        .args(args)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        let is_last = line.trim_start().starts_with(last);
        said.push(line);
        if is_last {
            break;
        }
    }
    said
}

#[tokio::test]
async fn what_is_given_away_can_be_opened_elsewhere() {
    let page = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("given-away");
    std::fs::create_dir_all(&page).unwrap();
    std::fs::write(page.join("index.html"), "<p>the page</p>").unwrap();
    let page = page.display().to_string();
    let args = ["--listen", "0.0.0.0:0", "--token", TOKEN, "--page", &page];
    let said = says(&args, "to give away").await;
    let (_, given) = said.last().unwrap().split_once("http://").unwrap();
    let (place, _) = given.split_once("/#follow=").unwrap();
    let (host, port) = place.rsplit_once(':').unwrap();
    assert_ne!(host, "0.0.0.0", "{said:?}");
    assert!(port.parse::<u16>().is_ok_and(|port| port > 0), "{said:?}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_said_with_what_to_do() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = taken.local_addr().unwrap().to_string();
    let said = says(&["--listen", &place, "--token", TOKEN], "error").await;
    let said = said.join(" ");
    assert!(said.contains(&place), "{said}");
    assert!(said.contains("--listen 127.0.0.1:0"), "{said}");
}
