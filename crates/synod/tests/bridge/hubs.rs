//! Several hubs over NATS: nodes and pages at each are one cluster; a hub is killed; NATS goes and comes back.

use crate::common::rust_node;
use crate::served::{Bridge, Socket, TOKEN, hear, hear_that, join, say};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::{Error, Message};

/// A NATS server of this test's own, until it is dropped.
pub(crate) struct Nats {
    child: Child,
    pub(crate) port: u16,
}

impl Nats {
    pub(crate) async fn start(port: u16) -> Self {
        let mut command = Command::new("nats-server");
        command
            .args(["--addr", "127.0.0.1", "--port", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let child = command.spawn().unwrap_or_else(|error| {
            panic!("these tests need nats-server ({error}): `cargo xtask test` installs it, and so does `apt-get install nats-server`")
        });
        while tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .is_err()
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self { child, port }
    }

    pub(crate) async fn anywhere() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        Self::start(port).await
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// A hub at this server.
    pub(crate) async fn hub(&self, args: &[&str]) -> Bridge {
        let url = self.url();
        let own = ["--nats", &url, "--cluster", "class-7"];
        Bridge::start(&[&own, args].concat()).await
    }
}

/// A page, with the records that it has been told and nobody has asked for.
pub(crate) struct Page {
    pub(crate) socket: Socket,
    pub(crate) records: Vec<Value>,
}

impl Page {
    pub(crate) async fn at(bridge: &Bridge) -> Self {
        let mut socket = bridge.connect("/watch").await;
        assert_eq!(hear(&mut socket).await["type"], "hello");
        Self {
            socket,
            records: Vec::new(),
        }
    }

    pub(crate) async fn frame(&mut self) -> Value {
        let frame = hear(&mut self.socket).await;
        let records = frame["records"].as_array().into_iter().flatten();
        self.records.extend(records.cloned());
        frame
    }

    /// The first record for which this holds.
    pub(crate) async fn record(&mut self, holds: impl Fn(&Value) -> bool) -> Value {
        loop {
            if let Some(place) = self.records.iter().position(&holds) {
                return self.records.remove(place);
            }
            self.frame().await;
        }
    }

    /// What is answered to this command.
    pub(crate) async fn ask(&mut self, mut command: Value) -> Value {
        command["ref"] = "mine".into();
        say(&mut self.socket, &command).await;
        loop {
            let frame = self.frame().await;
            if frame["ref"] == "mine" {
                return frame;
            }
        }
    }

    pub(crate) async fn does(&mut self, command: Value) {
        let said = self.ask(command.clone()).await;
        assert_eq!(said["type"], "done", "{command}: {said}");
    }

    /// Waits until its hub is so.
    pub(crate) async fn hello(&mut self, is: impl Fn(&Value) -> bool) -> Value {
        let limit = tokio::time::Instant::now() + Duration::from_secs(20);
        loop {
            let hello = self.ask(json!({"cmd": "hello"})).await;
            if is(&hello) {
                return hello;
            }
            assert!(tokio::time::Instant::now() < limit, "{hello:#}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until its hub knows so many nodes that are ready.
    pub(crate) async fn ready(&mut self, nodes: usize) -> Value {
        self.hello(|hello| {
            let all = hello["nodes"].as_array().unwrap().iter();
            all.filter(|node| node["now"] == "ready").count() == nodes
        })
        .await
    }
}

async fn send(from: &mut Socket, src: &str, dest: &str, number: u64) {
    let body = json!({"type": "number", "number": number});
    say(from, &json!({"src": src, "dest": dest, "body": body})).await;
}

async fn number(at: &mut Socket) -> u64 {
    let message = hear_that(at, |it| it["body"]["type"] == "number").await;
    message["body"]["number"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hubs_are_one_cluster_and_go_on_when_one_is_killed() {
    let nats = Nats::anywhere().await;
    let (a, b, mut c) = tokio::join!(
        nats.hub(&["--hubs", "3"]),
        nats.hub(&["--hubs", "3"]),
        nats.hub(&["--hubs", "3"])
    );
    let mut page = Page::at(&a).await;
    let mut at_a = join(&a, "a1").await;
    let mut at_b = join(&b, "b1").await;
    let mut at_c = join(&c, "d1").await;
    let hello = page.ready(3).await;
    assert_eq!(hello["hubs"], 3, "{hello}");
    // Messages pass between hubs, in order, and a page at the third sees them.
    for number in 0..50 {
        send(&mut at_b, "b1", "d1", number).await;
    }
    for expected in 0..50 {
        assert_eq!(number(&mut at_c).await, expected);
    }
    let sent = page
        .record(|it| it["type"] == "send" && it["body"]["number"] == 49)
        .await;
    assert!(sent["hub"].is_u64(), "{sent}");
    let id = sent["id"].clone();
    page.record(|it| it["type"] == "receive" && it["id"] == id)
        .await;
    // Names are one's own over all hubs.
    let taken = connect_async(c.url("/node?id=b1")).await;
    assert!(matches!(taken, Err(Error::Http(it)) if it.status() == 409));
    // What a page holds at its hub is held at all, and it lets go single messages that wait at another.
    assert_eq!(page.ask(json!({"cmd": "hold-all"})).await["type"], "done");
    send(&mut at_b, "b1", "d1", 100).await;
    send(&mut at_b, "b1", "d1", 101).await;
    let later = page
        .record(|it| it["type"] == "send" && it["body"]["number"] == 101)
        .await;
    page.record(|it| it["type"] == "held" && it["id"] == later["id"])
        .await;
    // Whoever looks only now sees both, although they wait elsewhere.
    let mut late = Page::at(&a).await;
    let late = late.hello(|hello| hello["flights_all"] == 2).await;
    let flights = late["flights"].as_array().unwrap().iter();
    let numbers: Vec<_> = flights
        .map(|it| (&it["message"]["body"]["number"], &it["due_us"]))
        .collect();
    let held = &Value::Null;
    assert_eq!(numbers, [(&json!(100), held), (&json!(101), held)]);
    let let_go = json!({"cmd": "deliver", "id": later["id"]});
    page.does(let_go.clone()).await;
    assert_eq!(number(&mut at_c).await, 101);
    assert_eq!(
        page.ask(let_go).await["type"],
        "error",
        "it is there no longer"
    );
    assert_eq!(
        page.ask(json!({"cmd": "release-all"})).await["type"],
        "done"
    );
    assert_eq!(number(&mut at_c).await, 100);
    // Cuts hold where the receiver lives.
    page.ask(json!({"cmd": "cut", "src": "d1", "dest": "b1"}))
        .await;
    page.record(|it| it["fault"] == "cut").await;
    let mut there = Page::at(&b).await;
    let cut = json!([["d1", "b1"]]);
    there.hello(|hello| hello["cuts"] == cut).await;
    send(&mut at_c, "d1", "b1", 200).await;
    let lost = page.record(|it| it["type"] == "lost").await;
    assert_eq!((&lost["why"], &lost["src"]), (&json!("cut"), &json!("d1")));
    there.ask(json!({"cmd": "heal"})).await;
    page.record(|it| it["fault"] == "heal").await;
    // There is one of each service: no two hubs give the same time.
    let mut times = Vec::new();
    for (socket, name) in [(&mut at_a, "a1"), (&mut at_b, "b1"), (&mut at_c, "d1")] {
        let body = json!({"type": "ts", "msg_id": 1});
        say(
            socket,
            &json!({"src": name, "dest": "lin-tso", "body": body}),
        )
        .await;
        let answer = hear_that(socket, |it| it["body"]["type"] == "ts_ok").await;
        times.push(answer["body"]["ts"].as_u64().unwrap());
    }
    assert_eq!(times, [0, 1, 2]);
    // A client at one hub asks a node at another, and hears its answer.
    let asked = json!({"cmd": "send", "dest": "d1", "body": {"type": "read"}});
    let msg_id = page.ask(asked).await["msg_id"].clone();
    let request = hear_that(&mut at_c, |it| it["body"]["type"] == "read").await;
    let body = json!({"type": "read_ok", "in_reply_to": msg_id});
    say(
        &mut at_c,
        &json!({"src": "d1", "dest": request["src"], "body": body}),
    )
    .await;
    let answer = page.record(|it| it["body"]["type"] == "read_ok").await;
    page.record(|it| it["type"] == "receive" && it["id"] == answer["id"])
        .await;
    // A hub is killed: its nodes are gone and said to be, what is for them is lost, and the others go on.
    c.child.start_kill().unwrap();
    let gone = page.record(|it| it["now"] == "down").await;
    assert_eq!(gone["node"], "d1");
    assert!(
        gone["said"].as_str().unwrap().contains("gives no sign"),
        "{gone}"
    );
    send(&mut at_b, "b1", "d1", 300).await;
    let lost = page.record(|it| it["type"] == "lost").await;
    assert_eq!(
        (&lost["why"], &lost["dest"]),
        (&json!("unknown-destination"), &json!("d1"))
    );
    send(&mut at_b, "b1", "a1", 301).await;
    assert_eq!(number(&mut at_a).await, 301);
    let _again = join(&b, "d1").await;
    page.ready(3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_have_names_of_their_own_and_are_killed_tested_and_presented_to_from_any_hub() {
    let nats = Nats::anywhere().await;
    let node = rust_node();
    let own = ["--hubs", "2", "--nodes", "2", "--", &node];
    let (a, b) = tokio::join!(nats.hub(&own), nats.hub(&own));
    let mut page = Page::at(&a).await;
    let hello = page.ready(4).await;
    let all = hello["nodes"].as_array().unwrap();
    let mut names: Vec<_> = all
        .iter()
        .map(|node| node["node"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["n0", "n1", "n2", "n3"]);
    let there = all.iter().find(|node| node["hub"].is_u64()).unwrap();
    assert_eq!(there["own"], true);
    let node = there["node"].clone();
    for cmd in ["kill", "restart"] {
        let state = if cmd == "kill" { "down" } else { "ready" };
        page.records.clear();
        let said = page.ask(json!({"cmd": cmd, "node": node})).await;
        assert_eq!(said["type"], "done", "{said}");
        page.record(|it| it["node"] == node && it["now"] == state)
            .await;
    }
    // A test at one hub asks the nodes of both.
    page.ready(4).await;
    let test = json!({"cmd": "test", "workload": "echo", "time_limit_us": 1_000_000, "rate": 50.0,
        "concurrency": 4, "recovery_us": 2_000_000});
    let said = page.ask(test).await;
    assert_eq!(said["type"], "done", "{said}");
    let report = hear_that(&mut page.socket, |value| value["type"] == "report").await;
    assert_eq!(report["report"]["valid"], "valid", "{report}");
    // A presenter at one hub is followed at the other.
    let enter = async |bridge: &Bridge, says: &str| {
        let url = format!("ws://{}/room/class?token={TOKEN}", bridge.address);
        let mut socket = connect_async(url).await.unwrap().0;
        socket.send(Message::text(says.to_owned())).await.unwrap();
        assert_eq!(hear(&mut socket).await["type"], "welcome");
        socket
    };
    let mut presenter = enter(&a, r#"{"type":"present"}"#).await;
    let mut follower = enter(&b, r#"{"type":"follow"}"#).await;
    hear_that(&mut presenter, |it| it["followers"] == 1).await;
    say(
        &mut presenter,
        &json!({"type": "cursor", "link": "x", "step": 3, "playing": true}),
    )
    .await;
    let cursor = hear_that(&mut follower, |it| it["type"] == "cursor").await;
    assert_eq!((&cursor["step"], &cursor["link"]), (&json!(3), &json!("x")));
    drop(presenter);
    hear_that(&mut follower, |it| it["presenter"] == false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_of_hubs_that_start_together_hear_the_names_of_all() {
    let nats = Nats::anywhere().await;
    let node = rust_node();
    let own = ["--hubs", "3", "--nodes", "2", "--", &node];
    let first = nats.hub(&own).await;
    // Not quite together: what one says at its start the next does not hear.
    tokio::time::sleep(Duration::from_millis(350)).await;
    let second = nats.hub(&own).await;
    let mut page = Page::at(&first).await;
    tokio::time::sleep(Duration::from_millis(750)).await;
    let third = nats.hub(&own).await;
    let all = ["n0", "n1", "n2", "n3", "n4", "n5"];
    let mut told = std::collections::BTreeSet::new();
    while told.len() < 6 {
        let init = page
            .record(|it| it["type"] == "send" && it["body"]["type"] == "init")
            .await;
        let ids = init["body"]["node_ids"].as_array().unwrap();
        let mut ids: Vec<_> = ids.iter().map(|id| id.as_str().unwrap()).collect();
        ids.sort_unstable();
        assert_eq!(ids, all, "{init}");
        told.insert(init["dest"].to_string());
    }
    page.ready(6).await;
    drop((second, third));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nats_cannot_carry_is_told_to_be_lost_and_it_comes_back() {
    let mut nats = Nats::anywhere().await;
    let (a, b) = tokio::join!(nats.hub(&["--hubs", "2"]), nats.hub(&["--hubs", "2"]));
    let mut page = Page::at(&a).await;
    let mut at_a = join(&a, "a1").await;
    let mut at_b = join(&b, "b1").await;
    page.ready(2).await;
    // Longer than what passes between hubs.
    let body = json!({"type": "long", "text": "a".repeat(1 << 20)});
    say(&mut at_a, &json!({"src": "a1", "dest": "b1", "body": body})).await;
    let lost = page.record(|it| it["type"] == "lost").await;
    assert_eq!(lost["why"], "too-long");
    nats.child.kill().await.unwrap();
    send(&mut at_a, "a1", "b1", 1).await;
    let lost = page.record(|it| it["type"] == "lost").await;
    assert_eq!(
        (&lost["why"], &lost["dest"]),
        (&json!("not-passed"), &json!("b1"))
    );
    let gone = page.record(|it| it["now"] == "down").await;
    assert_eq!(gone["node"], "b1");
    // Nodes at the same hub still hear each other.
    let mut too = join(&a, "a2").await;
    send(&mut at_a, "a1", "a2", 2).await;
    assert_eq!(number(&mut too).await, 2);
    nats = Nats::start(nats.port).await;
    page.ready(3).await;
    send(&mut at_b, "b1", "a1", 3).await;
    assert_eq!(number(&mut at_a).await, 3);
    send(&mut at_a, "a1", "b1", 4).await;
    assert_eq!(number(&mut at_b).await, 4);
    drop(nats);
    // Without a server at the start it says what to do.
    let output = std::process::Command::new(crate::common::SYNOD)
        .args([
            "bridge",
            "--listen",
            "127.0.0.1:0",
            "--nats",
            "nats://127.0.0.1:1",
        ])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(
        errors.contains("--nats nats://127.0.0.1:1") && errors.contains("nats-server"),
        "{errors}"
    );
    // Nothing more came to anybody.
    let more = tokio::time::timeout(Duration::from_millis(200), at_b.next()).await;
    assert!(more.is_err(), "{more:?}");
}
