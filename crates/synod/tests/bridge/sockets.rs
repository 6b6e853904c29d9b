//! Connections: nodes and pages by WebSocket, who may come in, what a page can do, and a great many at once.

use crate::common::rust_node;
use crate::served::{Bridge, Socket, TOKEN, ask, hear, hear_that, join, say};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

#[tokio::test]
async fn only_who_knows_the_token_and_comes_from_here_is_let_in() {
    let bridge = Bridge::start(&["--allow-origin", "https://example.org"]).await;
    let status = async |path: &str, origin: Option<&str>| {
        let mut request = format!("ws://{}{path}", bridge.address)
            .into_client_request()
            .unwrap();
        if let Some(origin) = origin {
            request
                .headers_mut()
                .insert("Origin", origin.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((_, response)) => response.status().as_u16(),
            Err(Error::Http(response)) => response.status().as_u16(),
            Err(error) => panic!("{error}"),
        }
    };
    let right = format!("/watch?token={TOKEN}");
    assert_eq!(status("/watch", None).await, 401);
    assert_eq!(status("/node?token=test-tokem", None).await, 401);
    assert_eq!(status(&right, Some("http://evil.example")).await, 403);
    assert_eq!(status(&right, Some("https://example.org")).await, 101);
    assert_eq!(
        status(&right, Some(&format!("http://{}", bridge.address))).await,
        101
    );
    assert_eq!(status(&right, None).await, 101);
}

#[tokio::test]
async fn nodes_join_speak_and_leave() {
    let bridge = Bridge::start(&[]).await;
    let mut page = bridge.connect("/watch").await;
    assert_eq!(hear(&mut page).await["type"], "hello");
    let mut one = join(&bridge, "n0").await;
    let mut other = join(&bridge, "n1").await;
    let body = json!({"type": "hi", "any": [1, null]});
    say(&mut one, &json!({"src": "n0", "dest": "n1", "body": body})).await;
    let heard = hear(&mut other).await;
    assert_eq!((&heard["src"], &heard["body"]), (&json!("n0"), &body));
    // A service answers over the same connection.
    let body = json!({"type": "ts", "msg_id": 0});
    say(
        &mut one,
        &json!({"src": "n0", "dest": "lin-tso", "body": body}),
    )
    .await;
    assert_eq!(hear(&mut one).await["body"]["in_reply_to"], 0);
    // What is no message is answered, and the next one is read.
    one.send(Message::text("hello")).await.unwrap();
    let error = hear(&mut one).await;
    assert_eq!(
        (&error["body"]["type"], &error["body"]["code"]),
        (&json!("error"), &json!(12))
    );
    one.send(Message::binary(vec![0xff, 0x00])).await.unwrap();
    assert_eq!(hear(&mut one).await["body"]["code"], 12);
    // A name that is taken, or a client's, is refused.
    for name in ["n1", "c3", "lin-kv", "a%20b"] {
        let refused = connect_async(bridge.url(&format!("/node?id={name}"))).await;
        assert!(
            matches!(refused, Err(Error::Http(it)) if it.status() == 409),
            "{name}"
        );
    }
    // The page hears of it when a node leaves; its name is free again.
    other.close(None).await.unwrap();
    hear_that(&mut page, |value| {
        value.to_string().contains(r#""now":"down""#)
    })
    .await;
    join(&bridge, "n1").await;
}

#[tokio::test]
async fn a_page_holds_messages_and_lets_them_go_in_any_order() {
    let bridge = Bridge::start(&[]).await;
    let mut one = join(&bridge, "n0").await;
    let mut other = join(&bridge, "n1").await;
    let mut page = bridge.connect("/watch").await;
    hear(&mut page).await;
    assert_eq!(
        ask(&mut page, json!({"cmd": "hold-all"})).await["type"],
        "done"
    );
    for number in 0..5 {
        let body = json!({"type": "x", "number": number});
        say(&mut one, &json!({"src": "n0", "dest": "n1", "body": body})).await;
    }
    let mut ids = Vec::new();
    while ids.len() < 5 {
        let hello = ask(&mut page, json!({"cmd": "hello"})).await;
        assert_eq!(hello["holding"], true);
        let flights = hello["flights"].as_array().unwrap().iter();
        ids = flights
            .map(|flight| flight["message"]["id"].clone())
            .collect();
    }
    let mut act = async |cmd: &str, place: usize| {
        let command = json!({"cmd": cmd, "id": ids[place], "us": 1000});
        let mut command = command.as_object().cloned().unwrap();
        if cmd != "delay" {
            command.remove("us");
        }
        let said = ask(&mut page, command.into()).await;
        assert_eq!(said["type"], "done", "{cmd}: {said}");
    };
    act("deliver", 3).await;
    act("drop", 0).await;
    act("duplicate", 1).await;
    act("delay", 4).await;
    let mut heard = Vec::new();
    for _ in 0..2 {
        heard.push(hear(&mut other).await["body"]["number"].as_u64().unwrap());
    }
    assert_eq!(heard, [3, 4]);
    assert_eq!(
        ask(&mut page, json!({"cmd": "release-all"})).await["type"],
        "done"
    );
    let mut rest = Vec::new();
    for _ in 0..3 {
        rest.push(hear(&mut other).await["body"]["number"].as_u64().unwrap());
    }
    rest.sort_unstable();
    assert_eq!(rest, [1, 1, 2]);
    let none = ask(&mut page, json!({"cmd": "deliver", "id": 999_999})).await;
    assert_eq!(none["type"], "error");
}

#[tokio::test]
async fn a_page_cuts_links_and_asks_nodes() {
    let bridge = Bridge::start(&[]).await;
    let mut one = join(&bridge, "n0").await;
    let mut other = join(&bridge, "n1").await;
    let mut page = bridge.connect("/watch").await;
    hear(&mut page).await;
    ask(&mut page, json!({"cmd": "cut", "src": "n0", "dest": "n1"})).await;
    say(
        &mut one,
        &json!({"src": "n0", "dest": "n1", "body": {"type": "lost"}}),
    )
    .await;
    hear_that(&mut page, |value| {
        value.to_string().contains(r#""why":"cut""#)
    })
    .await;
    ask(&mut page, json!({"cmd": "heal"})).await;
    say(
        &mut one,
        &json!({"src": "n0", "dest": "n1", "body": {"type": "heard"}}),
    )
    .await;
    assert_eq!(hear(&mut other).await["body"]["type"], "heard");
    let sent = json!({"cmd": "send", "dest": "n1", "body": {"type": "read"}});
    let msg_id = ask(&mut page, sent).await["msg_id"].clone();
    assert_eq!(hear(&mut other).await["body"]["msg_id"], msg_id);
    // Neither of them was started here.
    let killed = ask(&mut page, json!({"cmd": "kill", "node": "n0"})).await;
    assert!(
        killed["text"]
            .as_str()
            .unwrap()
            .contains("was not started here"),
        "{killed}"
    );
    let started = ask(&mut page, json!({"cmd": "start", "command": ["sh"]})).await;
    assert!(
        started["text"]
            .as_str()
            .unwrap()
            .starts_with("this is no command"),
        "{started}"
    );
}

#[tokio::test]
async fn a_page_kills_pauses_and_restarts_what_the_bridge_started_and_tests_it() {
    let bridge = Bridge::start(&["--nodes", "2", "--", &rust_node()]).await;
    let mut page = bridge.connect("/watch").await;
    let ready = |hello: &Value| {
        let nodes = hello["nodes"].as_array().unwrap().iter();
        nodes.filter(|node| node["now"] == "ready").count()
    };
    let mut hello = hear(&mut page).await;
    while ready(&hello) < 2 {
        hello = ask(&mut page, json!({"cmd": "hello"})).await;
    }
    for cmd in ["pause", "resume", "kill"] {
        let said = ask(&mut page, json!({"cmd": cmd, "node": "n0"})).await;
        assert_eq!(said["type"], "done", "{cmd}: {said}");
    }
    while ready(&hello) != 1 {
        hello = ask(&mut page, json!({"cmd": "hello"})).await;
    }
    ask(&mut page, json!({"cmd": "restart", "node": "n0"})).await;
    while ready(&hello) < 2 {
        hello = ask(&mut page, json!({"cmd": "hello"})).await;
    }
    let test = json!({"cmd": "test", "workload": "echo", "time_limit_us": 500_000, "rate": 50.0});
    assert_eq!(ask(&mut page, test.clone()).await["type"], "done");
    assert_eq!(ask(&mut page, test).await["type"], "error");
    let report = hear_that(&mut page, |value| value["type"] == "report").await;
    assert_eq!(report["report"]["valid"], "valid", "{report}");
}

#[tokio::test]
async fn the_page_is_served_and_nothing_beside_it() {
    let folder = std::env::temp_dir().join(format!("synod-page-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("dist")).unwrap();
    std::fs::write(folder.join("dist/index.html"), "<p>the page</p>").unwrap();
    std::fs::write(folder.join("secret.txt"), "a secret").unwrap();
    let dist = folder.join("dist").display().to_string();
    let bridge = Bridge::start(&["--page", &dist]).await;
    let get = async |path: &str| {
        let mut stream = TcpStream::connect(&bridge.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    };
    assert!(get("/").await.contains("the page"));
    assert!(get("/../secret.txt").await.starts_with("HTTP/1.1 404"));
    assert!(get("/%2e%2e/secret.txt").await.starts_with("HTTP/1.1 404"));
    std::fs::remove_dir_all(folder).unwrap();
}

/// How many nodes, and how many messages each sends to the next one.
const CROWD: usize = 200;
const EACH: u64 = 100;
/// How many a node sends before it waits for an answer to each.
const AT_ONCE: u64 = 10;

/// Sends numbers to the next node, takes those of the one before and answers them; ends when it has all answers and all numbers.
async fn be_one_of_many(mut node: Socket, place: usize) {
    let name = |place: usize| format!("n{}", place % CROWD);
    let (me, next) = (name(place), name(place + 1));
    let (mut sent, mut answered, mut got) = (0, BTreeSet::new(), BTreeSet::new());
    while (answered.len() as u64) < EACH || (got.len() as u64) < EACH {
        while sent < EACH && sent < answered.len() as u64 + AT_ONCE {
            let body = json!({"type": "number", "msg_id": sent});
            say(&mut node, &json!({"src": me, "dest": next, "body": body})).await;
            sent += 1;
        }
        let message = hear(&mut node).await;
        match message["body"]["type"].as_str() {
            Some("number") => {
                let number = message["body"]["msg_id"].as_u64().unwrap();
                assert!(got.insert(number), "{me} got {number} twice");
                let body = json!({"type": "number_ok", "in_reply_to": number});
                say(
                    &mut node,
                    &json!({"src": me, "dest": message["src"], "body": body}),
                )
                .await;
            }
            _ => {
                let number = message["body"]["in_reply_to"].as_u64().unwrap();
                assert!(
                    answered.insert(number),
                    "{me} got an answer to {number} twice"
                );
            }
        }
    }
    assert!((0..EACH).all(|number| got.contains(&number) && answered.contains(&number)));
    // Nothing more comes: not a copy, not a stranger's message.
    let more = tokio::time::timeout(Duration::from_millis(300), node.next()).await;
    assert!(more.is_err(), "{me} got {more:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_of_connections_lose_and_double_nothing_while_a_page_is_dead() {
    let bridge = Bridge::start(&[]).await;
    // One page that watches and reads nothing, and one that does and counts.
    let _dead = bridge.connect("/watch").await;
    let mut page = bridge.connect("/watch").await;
    hear(&mut page).await;
    let mut nodes = Vec::new();
    for place in 0..CROWD {
        nodes.push(join(&bridge, &format!("n{place}")).await);
    }
    let began = std::time::Instant::now();
    let all: Vec<_> = nodes
        .into_iter()
        .enumerate()
        .map(|(place, node)| tokio::spawn(be_one_of_many(node, place)))
        .collect();
    let watches = tokio::spawn(async move {
        let (mut sends, mut missed) = (0u64, 0u64);
        while sends + missed < 2 * EACH * CROWD as u64 {
            let frame = hear(&mut page).await;
            missed += frame["missed"].as_u64().unwrap_or(0);
            let records = frame["records"].as_array().into_iter().flatten();
            let new = records.filter(|it| {
                it["type"] == "send"
                    && it["body"]["type"]
                        .as_str()
                        .is_some_and(|kind| kind.starts_with("number"))
            });
            sends += new.count() as u64;
        }
    });
    for node in all {
        node.await.unwrap();
    }
    let seconds = began.elapsed().as_secs_f64();
    let messages = 2 * EACH * CROWD as u64;
    eprintln!("{messages} messages in {seconds:.1} s");
    tokio::time::timeout(Duration::from_secs(60), watches)
        .await
        .unwrap()
        .unwrap();
}
