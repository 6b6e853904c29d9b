//! Nodes of a protocol at a bridge: simulated ones that serve real clients, real ones with disks of their own, and both in one cluster.

use crate::common::SYNOD;
use crate::served::{Bridge, Socket, TOKEN, ask, hear, hear_that, say};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio_tungstenite::connect_async;

/// The cluster of Raft of these tests.
const SET: [&str; 3] = ["--set=servers=3", "--set=clients=2", "--set=arrivals=never"];

/// Some nodes of a cluster of Raft in a process of their own, until it is dropped.
fn run(bridge: &Bridge, nodes: &str) -> Child {
    Command::new(SYNOD)
        .args(["run", "raft", "--nodes", nodes, "--bridge"])
        .arg(format!("ws://{}/node?token={TOKEN}", bridge.address))
        .args(SET)
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// A real node of that cluster with a disk in this folder, and where it listens; until it is dropped.
async fn node(bridge: &Bridge, label: &str, data: &Path) -> (Child, String) {
    let mut child = Command::new(SYNOD)
        .args(["node", "raft", "--id", label, "--bridge"])
        .arg(bridge.url("/node"))
        .arg("--data")
        .arg(data.join(label))
        .args(SET)
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().expect("a line");
    let (_, place) = line.split_once("http://").expect("where it listens");
    (child, place.to_owned())
}

/// Waits until so many nodes are there.
async fn ready(page: &mut Socket, count: usize) {
    loop {
        let hello = ask(page, json!({"cmd": "hello"})).await;
        let nodes = hello["nodes"].as_array().unwrap().iter();
        if nodes.filter(|node| node["now"] == "ready").count() == count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Asks a node as a foreign client, until what comes back is like this.
async fn comes_to(page: &mut Socket, dest: &str, body: &Value, answered: &Value) {
    for _ in 0..100 {
        say(page, &json!({"cmd": "send", "dest": dest, "body": body})).await;
        let is_answer = |it: &Value| {
            it["type"] == "send" && it["src"] == dest && it["body"]["in_reply_to"].is_u64()
        };
        let frame = hear_that(page, |frame| has_record(frame, is_answer)).await;
        let mut records = frame["records"].as_array().unwrap().iter();
        let answer = &records.find(|it| is_answer(it)).unwrap()["body"];
        if answered
            .as_object()
            .unwrap()
            .iter()
            .all(|(key, value)| answer[key] == *value)
        {
            return;
        }
        // Before somebody leads, or when nobody knows whether it happened.
        assert!(
            [&json!(11), &json!(13)].contains(&&answer["code"]),
            "{answer}"
        );
    }
    panic!("{body} never came to {answered}");
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
    ready(&mut page, 5).await;
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
    // Their messages tell what they are, of which term.
    let heartbeat = |it: &Value| {
        let view = &it["body"]["view"];
        view["shape"] == "heartbeat" && view["kind"] == "AppendEntries" && view["epoch"].is_u64()
    };
    hear_that(&mut page, |frame| has_record(frame, heartbeat)).await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_of_simulated_and_real_nodes_keeps_what_the_disks_of_the_real_ones_hold() {
    let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mixed-cluster");
    let _ = std::fs::remove_dir_all(&data);
    let bridge = Bridge::start(&[]).await;
    let mut page = bridge.connect("/watch").await;
    hear(&mut page).await;
    let mut simulated = run(&bridge, "S1,C1");
    let (mut second, place) = node(&bridge, "S2", &data).await;
    let (mut third, _) = node(&bridge, "S3", &data).await;
    let _client = node(&bridge, "C2", &data).await;
    ready(&mut page, 5).await;
    let test = json!({"cmd": "test", "workload": "lin-kv", "time_limit_us": 2_000_000, "rate": 30.0,
        "concurrency": 10, "seed": 7});
    assert_eq!(ask(&mut page, test).await["type"], "done");
    let report = hear_that(&mut page, |value| value["type"] == "report").await;
    assert_eq!(report["report"]["valid"], "valid", "{report}");
    let write = json!({"type": "write", "key": "kept", "value": 7});
    comes_to(&mut page, "C2", &write, &json!({"type": "write_ok"})).await;
    // A server alone cannot ask for anybody; and who dials it past the bridge is told.
    let read = json!({"type": "read", "key": "kept"});
    comes_to(
        &mut page,
        "S2",
        &read,
        &json!({"type": "error", "code": 10}),
    )
    .await;
    let mut peer = connect_async(format!("ws://{place}/peer")).await.unwrap().0;
    say(
        &mut peer,
        &json!({"src": "S3", "dest": "S2", "body": {"type": "hello"}}),
    )
    .await;
    let said = hear(&mut peer).await;
    assert!(
        said["body"]["text"]
            .as_str()
            .unwrap()
            .contains("by a bridge"),
        "{said}"
    );
    // All servers are killed. The simulated one forgets, and stays away.
    for process in [&mut simulated, &mut second, &mut third] {
        process.start_kill().unwrap();
        process.wait().await.unwrap();
    }
    let _second = node(&bridge, "S2", &data).await;
    let _third = node(&bridge, "S3", &data).await;
    comes_to(
        &mut page,
        "C2",
        &read,
        &json!({"type": "read_ok", "value": 7}),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_node_tells_a_bridge_that_came_again_how_it_stands_and_ends_well_without_one() {
    let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bridge-again");
    let _ = std::fs::remove_dir_all(&data);
    let bridge = Bridge::start(&[]).await;
    let listen = bridge.address.clone();
    let (mut child, _) = node(&bridge, "S1", &data).await;
    let shows = |it: &Value| it["type"] == "view" && !it["view"].is_null();
    let mut page = bridge.connect("/watch").await;
    let hello = hear(&mut page).await;
    let shown = hello["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .any(|node| !node["view"].is_null());
    if !shown {
        hear_that(&mut page, |frame| has_record(frame, shows)).await;
    }
    drop(bridge);
    let bridge = Bridge::at(&listen, &[]).await;
    let mut page = bridge.connect("/watch").await;
    hear_that(&mut page, |frame| {
        let nodes = frame["nodes"].as_array().into_iter().flatten();
        has_record(frame, shows) || nodes.clone().any(|node| !node["view"].is_null())
    })
    .await;
    drop(bridge);
    let pid = child.id().unwrap().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    let ended = tokio::time::timeout(Duration::from_secs(10), child.wait()).await;
    assert_eq!(ended.unwrap().unwrap().code(), Some(0));
}

/// A test of five processes of Raft that a bridge starts, and kills; their disks are in a folder of this name.
fn under_the_bridge(name: &str, args: &str) -> (i32, Value, String) {
    let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&data);
    let data = data.display().to_string();
    let node = [
        &[SYNOD, "node", "raft", "--stdio", "--data", &*data][..],
        &SET,
    ]
    .concat();
    crate::common::test(args, &node)
}

#[test]
fn real_servers_that_the_bridge_kills_are_a_linearizable_store_on_their_disks() {
    let (code, report, errors) = under_the_bridge(
        "killed-servers",
        "--nodes 5 --workload lin-kv --rate 40 --concurrency 10 --time-limit 6 --nemesis kill --nemesis-interval 0.4 --latency 10",
    );
    assert_eq!(
        (code, &report["valid"]),
        (0, &json!("valid")),
        "{report}\n{errors}"
    );
    let operations = report["operations"].as_object().unwrap();
    for op in ["read", "write", "cas"] {
        assert!(operations[op]["ok"].as_u64() > Some(0), "{report}");
    }
    let is_killed = |node: &str| errors.contains(&format!("{node} ended: signal: 9"));
    assert!(["n0", "n1", "n2"].into_iter().any(is_killed), "{errors}");
    // Each comes up again, whatever was on its way to it.
    assert!(!errors.contains("exit status"), "{errors}");
}

#[test]
fn what_comes_before_init_reaches_nobody_and_stops_nobody() {
    use std::io::{BufRead, Write};
    let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join("before-init");
    let _ = std::fs::remove_dir_all(&data);
    let talk = |lines: &[Value]| {
        let mut child = std::process::Command::new(SYNOD)
            .args(["node", "raft", "--stdio", "--data"])
            .arg(&data)
            .args(SET)
            .env("RUST_LOG", "warn")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take();
        for line in lines {
            writeln!(stdin.as_mut().unwrap(), "{line}").unwrap();
        }
        // Whoever is not told who it is waits for that until nothing more can come.
        if lines.iter().all(|line| line["body"]["type"] != "init") {
            stdin = None;
        }
        let mut said = String::new();
        let stdout = child.stdout.take().unwrap();
        std::io::BufReader::new(stdout)
            .read_line(&mut said)
            .unwrap();
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        (said, output.status.code(), errors)
    };
    let early = json!({"src": "n0", "dest": "n1", "body": {"type": "AppendEntries"}});
    let names = ["n0", "n1", "n2", "n3", "n4"];
    let init = json!({"id": 1, "src": "c0", "dest": "n1",
        "body": {"type": "init", "msg_id": 7, "node_id": "n1", "node_ids": names}});
    let (said, code, errors) = talk(&[early.clone(), init]);
    assert!(
        said.contains("init_ok") && said.contains("\"in_reply_to\":7"),
        "{said}{errors}"
    );
    assert_eq!(code, Some(0), "{errors}");
    assert!(data.join("S2").is_dir());
    // Who never hears it, or hears that it is nobody, says so.
    let nobody = json!({"src": "c0", "dest": "n9",
        "body": {"type": "init", "msg_id": 7, "node_id": "n9", "node_ids": names}});
    for (lines, says) in [
        (vec![early], "start this node as"),
        (vec![nobody], "no node_id of"),
    ] {
        let (_, code, errors) = talk(&lines);
        assert_eq!(code, Some(2), "{errors}");
        assert!(errors.contains(says), "{errors}");
    }
}

#[test]
fn a_bridge_with_another_number_of_nodes_is_told() {
    let (code, _, errors) = under_the_bridge("too-few", "--nodes 3 --workload echo --time-limit 1");
    assert_eq!(code, 3, "{errors}");
    assert!(errors.contains("start them with --nodes 5"), "{errors}");
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
    let output = Command::new(SYNOD)
        .args(["node", "raft", "--id", "S1", "--bridge", &wrong, "--data"])
        .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("wrong-token"))
        .output();
    let output = output.await.unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("the token is another one"), "{said}");
    let said = refused(&right, &["--nodes", "S9"]).await;
    assert!(said.contains("no node S9; there are S1"), "{said}");
    let said = refused(&right, &["--set", "loss_permille=5"]).await;
    assert!(said.contains("simulated network"), "{said}");
}
