//! What a connection may bring, crossed: how long a message is, how long a command, how many of them in a second.

use crate::served::{Bridge, ask, hear, hear_that, join, say};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::Message;

fn long(bytes: usize) -> Value {
    let body = json!({"type": "long", "text": "a".repeat(bytes)});
    json!({"src": "n0", "dest": "n1", "body": body})
}

#[tokio::test]
async fn a_message_of_a_node_has_four_mebibytes_at_most() {
    let bridge = Bridge::start(&[]).await;
    let mut page = bridge.connect("/watch").await;
    hear(&mut page).await;
    let mut one = join(&bridge, "n0").await;
    let mut other = join(&bridge, "n1").await;
    let bytes = (4 << 20) - 100;
    say(&mut one, &long(bytes)).await;
    let heard = hear(&mut other).await;
    assert_eq!(heard["body"]["text"].as_str().unwrap().len(), bytes);
    // A longer one ends the connection of whoever sent it, and nobody else's.
    let _ = one.send(Message::text(long(4 << 20).to_string())).await;
    let down = |it: &Value| it["type"] == "node" && it["node"] == "n0" && it["now"] == "down";
    hear_that(&mut page, |frame| {
        frame["records"].as_array().into_iter().flatten().any(down)
    })
    .await;
    let mut again = join(&bridge, "n0").await;
    say(&mut again, &long(1)).await;
    assert_eq!(hear(&mut other).await["body"]["text"], "a");
}

#[tokio::test]
async fn a_command_of_a_page_has_64_kibibytes_at_most() {
    let bridge = Bridge::start(&[]).await;
    let mut node = join(&bridge, "n1").await;
    let mut page = bridge.connect("/watch").await;
    let command = |bytes: usize| {
        let body = json!({"type": "long", "text": "a".repeat(bytes)});
        json!({"cmd": "send", "dest": "n1", "body": body})
    };
    let said = ask(&mut page, command(65_000)).await;
    assert_eq!(said["type"], "done", "{said}");
    hear_that(&mut node, |it| it["body"]["type"] == "long").await;
    let _ = page.send(Message::text(command(66_000).to_string())).await;
    let closed = async {
        while let Some(Ok(frame)) = page.next().await {
            if frame.is_close() {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), closed)
        .await
        .expect("the connection was to end");
    let mut again = bridge.connect("/watch").await;
    assert_eq!(hear(&mut again).await["type"], "hello");
}

#[tokio::test]
async fn a_page_has_200_commands_a_second_and_what_comes_beyond_waits() {
    let bridge = Bridge::start(&[]).await;
    let mut page = bridge.connect("/watch").await;
    let began = Instant::now();
    for _ in 0..500 {
        let hello = ask(&mut page, json!({"cmd": "hello"})).await;
        assert_eq!(hello["type"], "hello", "none is lost");
    }
    // Those of a second may come at once; the other 300 take a second and a half at least.
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(1_490), "{took:?}");
}
