//! Simulated nodes that serve real clients: `synod run raft --bridge` under a workload, over two processes, one of which is killed.

use crate::common::SYNOD;
use crate::served::{Bridge, TOKEN, ask, hear, hear_that, say};
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};

/// Some nodes of a cluster of Raft in a process of their own, until it is dropped.
fn run(bridge: &Bridge, nodes: &str) -> Child {
    Command::new(SYNOD)
        .args(["run", "raft", "--nodes", nodes, "--bridge"])
        .arg(format!("ws://{}/node?token={TOKEN}", bridge.address))
        .args(["servers=3", "clients=2", "arrivals=never"].map(|set| format!("--set={set}")))
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// Whether any record of a frame is like this.
fn has_record(frame: &Value, is: impl Fn(&Value) -> bool) -> bool {
    frame["records"].as_array().into_iter().flatten().any(is)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn simulated_nodes_in_two_processes_are_a_linearizable_store_for_foreign_clients() {
    let bridge = Bridge::start(&[]).await;
    let mut page = bridge.connect("/watch").await;
    hear(&mut page).await;
    let mut one = run(&bridge, "S1,C1");
    let _other = run(&bridge, "s2,s3,c2");
    loop {
        let hello = ask(&mut page, json!({"cmd": "hello"})).await;
        let nodes = hello["nodes"].as_array().unwrap().iter();
        if nodes.filter(|node| node["now"] == "ready").count() == 5 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // They tell how they stand: in the end one of them leads.
    let shows = |it: &Value| {
        let view = if it["type"] == "view" {
            it
        } else {
            &it["body"]
        };
        view["view"]["role"] == "leader"
    };
    hear_that(&mut page, |frame| has_record(frame, shows)).await;
    let test = json!({"cmd": "test", "workload": "lin-kv", "time_limit_us": 3_000_000, "rate": 30.0,
        "concurrency": 10, "seed": 7});
    assert_eq!(ask(&mut page, test).await["type"], "done");
    let report = hear_that(&mut page, |value| value["type"] == "report").await;
    assert_eq!(report["report"]["valid"], "valid", "{report}");
    // What a foreign client asks of a server is answered with Maelstrom's numbers.
    for (body, answered) in [
        (
            json!({"type": "read", "key": "nobody"}),
            json!({"type": "error", "code": 20}),
        ),
        (
            json!({"type": "write", "key": "k", "value": {"a": 1}}),
            json!({"type": "write_ok"}),
        ),
        (
            json!({"type": "cas", "key": "k", "from": 2, "to": 3}),
            json!({"type": "error", "code": 22}),
        ),
        (
            json!({"type": "cas", "key": "k", "from": {"a": 1}, "to": 3}),
            json!({"type": "cas_ok"}),
        ),
        (
            json!({"type": "read", "key": "k"}),
            json!({"type": "read_ok", "value": 3}),
        ),
        (
            json!({"type": "write", "key": "k"}),
            json!({"type": "error", "code": 12}),
        ),
        (
            json!({"type": "dance"}),
            json!({"type": "error", "code": 10}),
        ),
    ] {
        let sent = json!({"cmd": "send", "dest": "S2", "body": body, "ref": 1});
        say(&mut page, &sent).await;
        let is_answer = |it: &Value| {
            let fields = answered.as_object().unwrap().iter();
            it["type"] == "send"
                && it["src"] == "S2"
                && it["body"]["in_reply_to"].is_u64()
                && fields.clone().all(|(key, value)| it["body"][key] == *value)
        };
        hear_that(&mut page, |frame| has_record(frame, is_answer)).await;
    }
    // One process is killed: its nodes are gone, and the others are a majority still.
    one.start_kill().unwrap();
    let is_down = |it: &Value| it["node"] == "S1" && it["now"] == "down";
    hear_that(&mut page, |frame| has_record(frame, is_down)).await;
    let sent = json!({"cmd": "send", "dest": "S3", "body": {"type": "read", "key": "k"}});
    say(&mut page, &sent).await;
    let still = |it: &Value| it["src"] == "S3" && it["body"]["value"] == 3;
    hear_that(&mut page, |frame| has_record(frame, still)).await;
}

#[tokio::test]
async fn what_cannot_join_is_said() {
    let bridge = Bridge::start(&[]).await;
    let refused = async |address: &str, more: &[&str]| {
        let output = Command::new(SYNOD)
            .args(["run", "raft", "--bridge", address])
            .args(more)
            .output();
        let output = output.await.unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let right = format!("ws://{}/node?token={TOKEN}", bridge.address);
    let wrong = format!("ws://{}/node?token=another-one", bridge.address);
    assert!(
        refused(&wrong, &[])
            .await
            .contains("the token is another one")
    );
    assert!(
        refused("ws://127.0.0.1:1", &[])
            .await
            .contains("ws://HOST:PORT")
    );
    assert!(
        refused("ws://127.0.0.1:1/?token=x", &[])
            .await
            .contains("refused")
    );
    let said = refused(&right, &["--nodes", "S9"]).await;
    assert!(said.contains("no node S9; there are S1"), "{said}");
    let said = refused(&right, &["--set", "loss_permille=5"]).await;
    assert!(said.contains("simulated network"), "{said}");
}
