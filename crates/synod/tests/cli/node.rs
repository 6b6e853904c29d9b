//! Real processes: three servers and a client on this machine, killed, restarted, watched, asked and ended.
#![expect(
    clippy::disallowed_methods,
    reason = "real processes take real time, and a test of them must not take for ever"
)]

use futures_util::{SinkExt, StreamExt};
use live::Frame;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::Message;
use trace::Stimulus;
use wire::Envelope;

/// Whatever is waited for comes within this time, or not at all.
const PATIENCE: Duration = Duration::from_secs(60);

fn synod() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_synod"));
    command.env("RUST_LOG", "warn").env_remove("SYNOD_TOKEN");
    command
}

/// A folder of this test's own, empty.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("node-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

/// A process, killed when the test is over, however it ends.
struct Process {
    child: Child,
    /// Where it listens: `127.0.0.1:43211`.
    place: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    /// Starts a node, and waits until it listens.
    fn start(arguments: &[String]) -> Self {
        let mut child = synod()
            .arg("node")
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut line = String::new();
        let out = child.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let (_, place) = line.trim().split_once("http://").expect("where it listens");
        Self {
            child,
            place: place.into(),
        }
    }

    /// Ends it as an administrator does; it ends well.
    fn terminate(mut self) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(sent.expect("kill is there").success());
        let end = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a process") {
                break status;
            }
            assert!(Instant::now() < end, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        };
        assert_eq!(status.code(), Some(0));
    }

    /// A request, and its answer: status and body.
    fn http(&self, head: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.place).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        let length = body.len();
        write!(
            stream,
            "{head}\r\nHost: {}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}",
            self.place
        )
        .expect("it takes it");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let status = answer.split(' ').nth(1).expect("a status");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        (status.parse().expect("a number"), body.into())
    }

    fn ask(&self, op: &str, fields: &[&str]) -> String {
        let body = serde_json::json!({"op": op, "fields": fields, "timeout_ms": 50_000});
        let (status, body) = self.http("POST /ask HTTP/1.1", &body.to_string());
        assert_eq!(status, 200, "{body}");
        let answer: Value = serde_json::from_str(&body).expect("JSON");
        answer["answer"].as_str().expect("a sentence").into()
    }

    /// What it counts under this name.
    fn metric(&self, name: &str) -> f64 {
        let (status, text) = self.http("GET /metrics HTTP/1.1", "");
        assert_eq!(status, 200);
        let row = text.lines().find_map(|line| line.strip_prefix(name));
        let row = row.unwrap_or_else(|| panic!("{name} is not in {text}"));
        row.trim().parse().expect("a number")
    }

    /// What it shows a watcher until `is` has seen enough.
    async fn watch(&self, mut is: impl FnMut(&Frame) -> bool) {
        let watched = async {
            let address = format!("ws://{}/watch", self.place);
            let (mut socket, _) = tokio_tungstenite::connect_async(address)
                .await
                .expect("it listens");
            while let Some(Ok(message)) = socket.next().await {
                if let Message::Text(line) = message
                    && is(&Frame::read(&line).expect("a frame"))
                {
                    return;
                }
            }
            panic!("the stream ends early");
        };
        tokio::time::timeout(PATIENCE, watched)
            .await
            .expect("it is shown in time");
    }

    /// Its incarnation, and its role.
    async fn hello(&self) -> (u64, String) {
        let mut said = None;
        self.watch(|frame| {
            if let Frame::Hello(hello) = frame {
                let role = hello.view.as_ref().map(|view| view.role.to_string());
                said = Some((hello.incarnation, role.unwrap_or_default()));
            }
            true
        })
        .await;
        said.expect("the first frame is a hello")
    }
}

/// Addresses that were free a moment ago.
fn free(count: usize) -> Vec<String> {
    let bound: Vec<_> = (0..count)
        .map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port"))
        .collect();
    let places = bound.iter().map(|listener| listener.local_addr());
    places
        .map(|place| place.expect("a port").to_string())
        .collect()
}

/// The arguments of a node of this cluster.
fn arguments(label: &str, servers: &[String], data: &Path) -> Vec<String> {
    let peers = servers.iter().enumerate();
    let peers: Vec<_> = peers
        .map(|(place, address)| format!("S{}=ws://{address}", place + 1))
        .collect();
    let data = data.join(label).display().to_string();
    let peers = peers.join(",");
    let all = [
        "raft",
        "--id",
        label,
        "--peers",
        &peers,
        "--data",
        &data,
        "--set",
        "servers=3",
        "--set",
        "clients=1",
        "--set",
        "arrivals=never",
    ];
    all.map(String::from).into()
}

async fn leader(servers: &[Option<Process>]) -> usize {
    let end = Instant::now() + PATIENCE;
    loop {
        for (place, server) in servers.iter().enumerate() {
            if let Some(server) = server
                && server.hello().await.1 == "role.leader"
            {
                return place;
            }
        }
        assert!(Instant::now() < end, "nobody leads");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_processes_elect_commit_and_bear_kill_9() {
    let data = folder("cluster");
    let places = free(3);
    let start = |label: &str| Process::start(&arguments(label, &places, &data));
    let mut servers: Vec<_> = ["S1", "S2", "S3"].map(|label| Some(start(label))).into();
    let client = start("C1");
    assert_eq!(client.ask("put", &["x", "1"]), "done");
    let first = leader(&servers).await;

    // Killed without a word, and another one leads.
    let mut killed = servers[first].take().expect("it runs");
    killed.child.kill().expect("SIGKILL");
    drop(killed);
    assert_eq!(client.ask("append", &["x", "2"]), "“12”");
    let second = leader(&servers).await;
    assert_ne!(first, second);

    // It comes back with what it had saved, and takes part.
    let label = format!("S{}", first + 1);
    let again = start(&label);
    assert_eq!(again.hello().await.0, 2);
    let mut received = 0;
    let mut clock = 0;
    again
        .watch(|frame| {
            if let Frame::Happened {
                clock: now,
                event,
                view,
            } = frame
            {
                assert!(*now > clock, "Lamport's clock goes on");
                clock = *now;
                assert!(!view.role.is_empty());
                received += usize::from(matches!(event.stimulus, Stimulus::Delivered(_)));
            }
            received == 5
        })
        .await;
    assert_eq!(again.metric("synod_incarnation"), 2.0);
    assert!(again.metric("synod_messages_received_total") >= 5.0);
    assert!(again.metric("synod_records_total") >= 1.0);
    servers[first] = Some(again);
    assert_eq!(client.ask("append", &["x", "3"]), "“123”");

    // The client ends, and its next start asks on the command line.
    client.terminate();
    let mut asked = arguments("C1", &places, &data);
    asked.extend(["--ask", "get x", "--ask", "put y 5"].map(String::from));
    let output = synod().arg("node").args(asked).output().expect("a process");
    let text = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<_> = text.lines().skip(1).collect();
    assert_eq!(lines, ["“123”", "done"], "{output:?}");
    assert_eq!(output.status.code(), Some(0));

    // Whoever watches is told that it is over.
    let (mut socket, _) =
        tokio_tungstenite::connect_async(format!("ws://{}/watch", places[second]))
            .await
            .expect("it listens");
    socket.next().await.expect("a hello").expect("a frame");
    for server in servers.into_iter().flatten() {
        server.terminate();
    }
    let mut last = String::new();
    while let Some(Ok(message)) = socket.next().await {
        if let Message::Text(line) = message {
            last = line.to_string();
        }
    }
    assert_eq!(Frame::read(&last), Ok(Frame::Closing));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_makes_no_sense_is_answered_with_an_error() {
    let data = folder("refused");
    let mut own = arguments("S1", &free(1), &data);
    own.extend(["--listen", "127.0.0.1:0", "--token", "secret"].map(String::from));
    let node = Process::start(&own);
    let place = &node.place;
    let get = |path: &str, headers: &str| node.http(&format!("GET {path} HTTP/1.1{headers}"), "");
    let (status, body) = get("/metrics", "");
    assert!(
        status == 401 && body.contains("a token is wanted"),
        "{body}"
    );
    assert_eq!(get("/metrics?token=secret", "").0, 200);
    assert_eq!(get("/metrics", "\r\nAuthorization: Bearer secret").0, 200);
    let (status, body) = get("/metrics?token=secret", "\r\nOrigin: https://evil.example");
    assert!(status == 403 && body.contains("--origin"), "{body}");
    let post = |body: &str| node.http("POST /ask?token=secret HTTP/1.1", body);
    for (body, says) in [
        ("x", "expected value"),
        (r#"{"op": "put", "who": 1}"#, "unknown field `who`"),
        (
            r#"{"op": "put", "fields": ["x", "1"]}"#,
            "S1 is no client; ask C1",
        ),
    ] {
        let (status, answer) = post(body);
        assert!(status == 400 && answer.contains(says), "{answer}");
    }
    assert_eq!(post(&"x".repeat(100_000)).0, 413);

    let hear = async |frames: &[&str]| {
        let address = format!("ws://{place}/peer?token=secret");
        let (mut socket, _) = tokio_tungstenite::connect_async(address)
            .await
            .expect("it listens");
        for frame in frames {
            socket
                .send(Message::text(*frame))
                .await
                .expect("it takes it");
        }
        // Whoever said hello is a peer, and may be asked for a vote before the error comes.
        let error = loop {
            let next = tokio::time::timeout(PATIENCE, socket.next())
                .await
                .expect("an answer");
            let line = next
                .expect("a frame")
                .expect("a text")
                .into_text()
                .expect("a text");
            let heard = Envelope::read(line.as_bytes(), 10_000).expect("an envelope");
            if heard.kind() == Some("error") {
                break heard;
            }
        };
        error.body["text"].as_str().expect("a sentence").to_owned()
    };
    let hello = r#"{"src":"S2","dest":"S1","body":{"type":"hello","protocol":"raft","behaviour":BEHAVIOUR,
        "variant":"sound","nodes":["S1","S2","S3","C1"],
        "parameters":{"arrivals":"never","clients":"1","servers":"3"}}}"#;
    let behaviour = catalog::find("raft").expect("it is there").about.behaviour;
    let hello = hello.replace("BEHAVIOUR", &behaviour.to_string());
    let other = hello.replace("\"servers\":\"3\"", "\"servers\":\"5\"");
    assert!(hear(&["hi"]).await.contains("expected value"));
    assert!(hear(&[&other]).await.contains("parameters"));
    assert!(
        hear(&[&hello.replace("S2\",\"dest", "S9\",\"dest")])
            .await
            .contains("no node S9")
    );
    assert!(hear(&[&hello, "{"]).await.contains("EOF"));
    let message = |from: &str, to: &str| {
        format!(r#"{{"src":"{from}","dest":"{to}","body":{{"type":"Shout","message":1}}}}"#)
    };
    assert!(
        hear(&[&hello, &message("S3", "S1")])
            .await
            .contains("S2 speaks here")
    );
    assert!(
        hear(&[&hello, &message("S2", "S3")])
            .await
            .contains("is for S3")
    );
    assert!(
        hear(&[&hello, &message("S2", "S1")])
            .await
            .contains("no message of the protocol")
    );
    let (_, counted) = get("/metrics?token=secret", "");
    assert!(
        counted.contains("synod_frames_refused_total 9\n"),
        "{counted}"
    );
    node.terminate();
}

#[test]
fn a_command_line_that_makes_no_sense_is_refused() {
    let data = folder("command-line");
    let places = free(1);
    let with = |change: &dyn Fn(&mut Vec<String>)| -> Output {
        let mut all = arguments("S1", &places, &data);
        change(&mut all);
        synod().arg("node").args(all).output().expect("a process")
    };
    let refused = |output: Output, says: &str| {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.code() == Some(2) && text.contains(says),
            "{text}"
        );
    };
    refused(
        with(&|all| all[2] = "S9".into()),
        "there are S1, S2, S3, C1",
    );
    refused(
        with(&|all| all[4] = "S8=ws://h:1".into()),
        "there is no node S8",
    );
    refused(with(&|all| all[0] = "rafd".into()), "raft");
    refused(
        with(&|all| all.extend(["--listen", "0.0.0.0:0"].map(String::from))),
        "set a --token",
    );
    refused(
        with(&|all| all.extend(["--set", "loss_permille=5"].map(String::from))),
        "simulated network",
    );
    let running = Process::start(&arguments("S1", &places, &data));
    refused(
        with(&|all| all.extend(["--listen", "127.0.0.1:0"].map(String::from))),
        "another process has it open",
    );
    running.terminate();
    let other = with(&|all| all.extend(["--set", "servers=4"].map(String::from)));
    refused(other, "another cluster");
}
