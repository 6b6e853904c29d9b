//! Connections: nodes and pages by WebSocket, who may come in, what a page can do, and a great many at once.

use crate::common::rust_node;
use crate::served::{Bridge, Socket, TOKEN, ask, hear, hear_that, join, say};
use futures_util::SinkExt;
use serde_json::{Value, json};
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
async fn nodes_that_hold_something_are_not_tested_as_if_they_held_nothing() {
    if !crate::common::there("python3") {
        return;
    }
    let node = crate::common::at("examples/python/node.py");
    let bridge = Bridge::start(&["--nodes", "1", "--", "python3", &node]).await;
    let mut page = bridge.connect("/watch").await;
    let ready = async |page: &mut Socket| loop {
        let hello = ask(page, json!({"cmd": "hello"})).await;
        if hello["nodes"][0]["now"] == "ready" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    ready(&mut page).await;
    let test = json!({"cmd": "test", "workload": "broadcast", "time_limit_us": 300_000,
        "recovery_us": 100_000, "rate": 50.0, "concurrency": 1});
    for _ in 0..2 {
        assert_eq!(ask(&mut page, test.clone()).await["type"], "done");
        let report = hear_that(&mut page, |value| value["type"] == "report").await;
        assert_eq!(report["report"]["valid"], "valid", "{report}");
        let again = ask(&mut page, test.clone()).await;
        let why = again["text"].as_str().unwrap_or_default();
        assert!(why.contains("n0 may hold what was asked"), "{again}");
        for cmd in ["kill", "restart"] {
            ask(&mut page, json!({"cmd": cmd, "node": "n0"})).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        ready(&mut page).await;
    }
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
