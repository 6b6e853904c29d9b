//! A bridge is joined: its messages are held, delivered, dropped and doubled by commands, and its answers are said.

use crate::reader::Reader;
use protocol::NodeId;
use serde_json::{Value, json};
use studio::{AskMsg, Command, CutMsg, JoinMsg, Lever, Menu, Msg, SocketCommand, SocketMsg};
use trace::NodeStatus;
use wire::journal::{Entry, FORMAT, Fault, Frame, Hello, Member, NodeState, Record};
use wire::{Envelope, journal::Done};

pub(crate) struct Bridge {
    pub(crate) reader: Reader,
    socket: u32,
    seq: u64,
    pub(crate) now_us: u64,
}

fn hello() -> Hello {
    let member = |node: &str, own| Member {
        node: node.into(),
        now: NodeState::Ready,
        own,
        paused: false,
        view: None,
        hub: None,
    };
    Hello {
        format: FORMAT,
        now_us: 5_000_000,
        next: 0,
        nodes: vec![member("n0", true), member("n1", true), member("x", false)],
        services: vec!["lin-kv".into()],
        holding: false,
        cuts: Vec::new(),
        flights: Vec::new(),
        flights_all: 0,
        testing: false,
        hub: None,
        hubs: 1,
    }
}

fn text(frame: &Frame) -> String {
    serde_json::to_string(frame).expect("JSON")
}

impl Bridge {
    pub(crate) fn joined() -> Self {
        let mut reader = Reader::at_home();
        reader.does(Msg::Open(Menu::Join));
        reader.does(Msg::Join(JoinMsg::Addresses("h:1?token=t".into())));
        reader.commands.clear();
        reader.does(Msg::Join(JoinMsg::Start));
        let sockets = reader.commands.iter().filter_map(|command| match command {
            Command::Socket(SocketCommand::Open { socket, address }) => {
                assert_eq!(address, "ws://h:1/watch?token=t");
                Some(*socket)
            }
            _ => None,
        });
        let socket = sockets.max().expect("a socket");
        let mut bridge = Self {
            reader,
            socket,
            seq: 0,
            now_us: 5_000_000,
        };
        bridge.reader.does(Msg::Socket(SocketMsg::Opened(socket)));
        bridge.says(text(&Frame::Hello(hello())));
        bridge
    }

    pub(crate) fn says(&mut self, text: String) {
        let socket = self.socket;
        self.reader
            .does(Msg::Socket(SocketMsg::Text { socket, text }));
    }

    /// Something happens there, a millisecond later.
    pub(crate) fn tells(&mut self, entry: Entry) {
        self.now_us += 1_000;
        let record = Record {
            seq: self.seq,
            time_us: self.now_us,
            hub: None,
            entry,
        };
        self.seq += 1;
        let records = vec![record.into()];
        self.says(text(&Frame::Records { missed: 0, records }));
        self.reader.waits(50);
    }

    pub(crate) fn sends(&mut self, id: u64, src: &str, dest: &str, held: bool) {
        let message = Envelope::new(src, dest, "gossip").with("value", id);
        let message = Envelope {
            id: Some(id),
            ..message
        };
        self.tells(Entry::Send {
            lamport: id,
            due_us: (!held).then_some(self.now_us + 3_600_000_000),
            message: message.into(),
        });
        if held {
            self.tells(Entry::Held { id });
        }
    }

    /// The commands that were sent since this was asked last.
    pub(crate) fn commands(&mut self) -> Vec<Value> {
        let commands = std::mem::take(&mut self.reader.commands).into_iter();
        let said = commands.filter_map(|command| match command {
            Command::Socket(SocketCommand::Say { text, .. }) => {
                Some(serde_json::from_str(&text).expect("a command is JSON"))
            }
            _ => None,
        });
        said.collect()
    }

    /// Says that the last of these commands is done; the toast.
    pub(crate) fn does(&mut self, command: &Value) -> String {
        let mut done = serde_json::to_value(Frame::Done(Done::default())).unwrap();
        done["ref"] = command["ref"].clone();
        self.says(done.to_string());
        self.reader.model.toast().expect("it is said").sentence
    }

    fn rows(&self) -> Vec<(String, bool)> {
        let rows = self.reader.model.up_next().rows.into_iter();
        rows.map(|row| (row.sentence, row.held)).collect()
    }
}

pub(crate) fn bare(mut command: Value) -> Value {
    command.as_object_mut().map(|fields| fields.remove("ref"));
    command
}

#[test]
fn everything_is_held_and_delivered_one_by_one() {
    let mut bridge = Bridge::joined();
    assert_eq!(bridge.reader.model.header().variant, "live");
    assert_eq!(bridge.reader.model.frame().nodes.len(), 3);
    assert!(
        bridge
            .reader
            .model
            .up_next()
            .empty
            .contains("Hold everything")
    );
    let hold = bridge.reader.model.up_next().tools.remove(0);
    assert_eq!(hold.label, "Hold everything");
    bridge.reader.commands.clear();
    bridge.reader.does(hold.msg);
    let commands = bridge.commands();
    assert_eq!(bare(commands[0].clone()), json!({"cmd": "hold-all"}));
    assert!(bridge.does(&commands[0]).contains("You hold every message"));
    bridge.tells(Entry::Fault(Fault::HoldAll));
    assert_eq!(
        bridge.reader.model.up_next().tools[0].label,
        "Release everything"
    );

    bridge.sends(7, "n0", "n1", true);
    bridge.sends(8, "n1", "x", true);
    assert_eq!(
        bridge.rows(),
        [
            ("gossip n0 → n1".to_owned(), true),
            ("gossip n1 → x".to_owned(), true)
        ]
    );
    assert!(
        bridge
            .reader
            .model
            .frame()
            .flights
            .iter()
            .all(|flight| flight.held)
    );
    // Choosing does not stop what goes on elsewhere.
    let second = bridge.reader.model.up_next().rows[1].key.clone();
    bridge.reader.does(Msg::UpNextSelect(second));
    assert!(bridge.reader.model.transport().live);
    for (lever, command) in [
        (Lever::Pick, json!({"cmd": "deliver", "id": 8})),
        (Lever::Hold, json!({"cmd": "release", "id": 8})),
        (Lever::Drop, json!({"cmd": "drop", "id": 8})),
        (Lever::Duplicate, json!({"cmd": "duplicate", "id": 8})),
    ] {
        bridge.commands();
        bridge.reader.does(Msg::Lever(lever));
        assert_eq!(bare(bridge.commands().remove(0)), command);
    }
    let row = bridge.reader.model.up_next().rows.remove(1);
    let (_, delay) = row
        .buttons
        .into_iter()
        .find(|(lever, _)| *lever == Lever::Delay)
        .unwrap();
    bridge.reader.does(delay.msg);
    let command = bridge.commands().remove(0);
    assert_eq!(
        bare(command.clone()),
        json!({"cmd": "delay", "id": 8, "us": 1_000_000})
    );
    assert!(
        bridge
            .does(&command)
            .contains("put off gossip from n1 to x")
    );
    let (src, dest) = ("n1".into(), "x".into());
    bridge.tells(Entry::Receive {
        id: 8,
        lamport: 9,
        src,
        dest,
    });
    assert_eq!(bridge.rows().len(), 1);
    let caption = bridge.reader.model.caption().sentence;
    assert!(caption.contains("gossip"), "{caption}");
}

#[test]
fn links_are_cut_and_processes_killed_where_the_bridge_started_them() {
    let mut bridge = Bridge::joined();
    bridge.commands();
    bridge.reader.does(Msg::Cut(CutMsg::Toggle));
    bridge.reader.does(Msg::Cut(CutMsg::Choose(NodeId(1))));
    bridge.reader.does(Msg::Cut(CutMsg::OneWay(true)));
    bridge.reader.does(Msg::Cut(CutMsg::Apply));
    let commands: Vec<_> = bridge.commands().into_iter().map(bare).collect();
    let cut = json!({"cmd": "cut", "src": ["n0", "x"], "dest": ["n1"], "both": false});
    assert_eq!(commands, [cut]);
    bridge.tells(Entry::Fault(Fault::Cut {
        src: "n0".into(),
        dest: "n1".into(),
    }));
    assert_eq!(bridge.reader.model.frame().cuts.len(), 1);
    bridge.reader.does(Msg::Cut(CutMsg::Heal));
    assert_eq!(bare(bridge.commands().remove(0)), json!({"cmd": "heal"}));

    bridge.reader.does(Msg::SelectNode(Some(NodeId(0))));
    assert!(bridge.reader.model.tools().crash.enabled);
    bridge.reader.does(Msg::CrashOrRestart(NodeId(0)));
    assert_eq!(
        bare(bridge.commands().remove(0)),
        json!({"cmd": "kill", "node": "n0"})
    );
    bridge.tells(Entry::Fault(Fault::Kill { node: "n0".into() }));
    bridge.tells(Entry::Node {
        node: "n0".into(),
        now: NodeState::Down,
        said: None,
    });
    assert_eq!(
        bridge.reader.model.frame().nodes[0].status,
        NodeStatus::Crashed
    );
    bridge.reader.does(Msg::CrashOrRestart(NodeId(0)));
    assert_eq!(
        bare(bridge.commands().remove(0)),
        json!({"cmd": "restart", "node": "n0"})
    );
    bridge.reader.does(Msg::PauseOrResume(NodeId(1)));
    assert_eq!(
        bare(bridge.commands().remove(0)),
        json!({"cmd": "pause", "node": "n1"})
    );

    // Nobody here started x.
    bridge.reader.does(Msg::SelectNode(Some(NodeId(2))));
    let crash = bridge.reader.model.tools().crash;
    assert!(
        !crash.enabled && crash.help.contains("x was not started by this bridge"),
        "{}",
        crash.help
    );
    bridge.reader.does(Msg::CrashOrRestart(NodeId(2)));
    assert_eq!(bridge.commands(), [Value::Null; 0]);
    let panel = bridge
        .reader
        .model
        .node_tab()
        .panel
        .expect("it is selected");
    let enabled: Vec<_> = panel
        .buttons
        .iter()
        .filter(|button| button.enabled)
        .collect();
    assert!(
        enabled.iter().any(|button| button.label.contains("Cut")),
        "{enabled:?}"
    );
}

#[test]
fn what_the_bridge_refuses_is_said_and_so_is_what_the_past_does_not_allow() {
    let mut bridge = Bridge::joined();
    bridge.sends(7, "n0", "n1", false);
    bridge.commands();
    bridge.reader.does(Msg::Lever(Lever::Drop));
    let command = bridge.commands().remove(0);
    let why = "no message of this number is under way";
    bridge.says(json!({"type": "error", "text": why, "ref": command["ref"]}).to_string());
    let toast = bridge.reader.model.toast().expect("it is said");
    assert!(
        toast.refusal && toast.sentence.contains(why),
        "{}",
        toast.sentence
    );

    bridge.sends(8, "n0", "n1", false);
    bridge.reader.does(Msg::Back);
    assert_eq!(bridge.rows(), []);
    assert!(bridge.reader.model.up_next().empty.contains("looking back"));
    bridge.reader.does(Msg::CrashOrRestart(NodeId(0)));
    assert_eq!(bridge.commands(), [Value::Null; 0]);
    bridge.reader.does(Msg::GoLive).waits(50);
    assert_eq!(bridge.rows().len(), 2);
    for msg in [Msg::Open(Menu::Find), Msg::NewRun { seed: None }] {
        bridge.reader.does(msg);
        assert!(bridge.reader.model.toast().unwrap().refusal);
    }
}

#[test]
fn a_client_sends_a_request_and_a_test_ends_with_its_report() {
    let mut bridge = Bridge::joined();
    bridge.reader.does(Msg::Open(Menu::Ask));
    let ask = bridge.reader.model.ask();
    assert_eq!(ask.clients.len(), 3);
    bridge.reader.does(Msg::Ask(AskMsg::Client(NodeId(1))));
    bridge.reader.does(Msg::Ask(AskMsg::Field(0, "[1".into())));
    bridge.reader.does(Msg::Ask(AskMsg::Send));
    assert!(bridge.reader.model.ask().note.contains("no JSON"));
    bridge
        .reader
        .does(Msg::Ask(AskMsg::Field(0, r#"{"type": "read"}"#.into())));
    bridge.commands();
    bridge.reader.does(Msg::Ask(AskMsg::Send));
    let command = bridge.commands().remove(0);
    assert_eq!(
        bare(command.clone()),
        json!({"cmd": "send", "dest": "n1", "body": {"type": "read"}})
    );
    assert!(bridge.does(&command).contains("You sent n1 a request"));

    bridge.reader.does(Msg::Open(Menu::Join));
    bridge
        .reader
        .does(Msg::Join(JoinMsg::Workload("broadcast")));
    bridge.reader.does(Msg::Join(JoinMsg::Test(true)));
    let command = bridge.commands().remove(0);
    assert_eq!(
        (&command["cmd"], &command["workload"]),
        (&json!("test"), &json!("broadcast"))
    );
    bridge.does(&command);
    for phase in ["invoke", "invoke", "ok"] {
        let op = json!({"time_us": 1, "client": 0, "node": "n0", "type": phase, "f": "read", "value": null});
        bridge.tells(Entry::Op {
            op: serde_json::from_value(op).expect("an operation"),
        });
    }
    let progress = bridge.reader.model.join().progress;
    assert_eq!(
        progress,
        "Testing: 1 operation has ended, 1 waits for an answer."
    );
    let found = |text: &str| json!({"anomaly": "lost", "valid": "invalid", "text": text, "operations": ["client 1 broadcast 7"], "events": []});
    let verdict = json!({"valid": "invalid", "counts": {"lost": 3}, "findings": [found("7 is lost"), found("8 is lost")]});
    let report = json!({"valid": "invalid", "workload": "broadcast", "verdict": verdict,
        "operations": {"read": {"ok": 3, "fail": 1, "info": 2}}});
    bridge.says(json!({"type": "report", "report": report}).to_string());
    let dialog = bridge.reader.model.join();
    let said = dialog.report;
    assert!(
        said.starts_with("✗ broadcast") && said.contains("3 operations"),
        "{said}"
    );
    assert_eq!(dialog.progress, "");
    let [finding] = &dialog.findings[..] else {
        panic!("of each sort the first: {:?}", dialog.findings);
    };
    assert_eq!(finding.name, "lost, the first of 3");
    assert_eq!(finding.sentence, "7 is lost");
    assert_eq!(finding.operations, ["client 1 broadcast 7"]);
}

#[test]
fn after_records_were_missed_it_is_asked_how_everything_stands_and_goes_on_from_there() {
    let mut bridge = Bridge::joined();
    bridge.sends(7, "n0", "n1", false);
    assert_eq!(bridge.rows().len(), 1);
    bridge.commands();
    bridge.seq += 40;
    bridge.says(r#"{"type": "records", "missed": 40, "records": []}"#.into());
    bridge.reader.waits(50);
    assert_eq!(bridge.commands(), [json!({"cmd": "hello"})]);
    let toast = bridge.reader.model.toast().expect("it is said").sentence;
    assert!(toast.starts_with("40 events were missed"), "{toast}");
    assert!(bridge.rows().is_empty(), "what became of it is not known");
    // How it stands is told as of a record that has not come yet.
    let message = Envelope::new("n1", "n0", "gossip");
    let mut stands = hello();
    (stands.now_us, stands.next) = (bridge.now_us + 9_000, bridge.seq + 1);
    stands.nodes[0].now = NodeState::Down;
    stands.flights_all = 2;
    stands.flights.push(wire::journal::Flight {
        message: Envelope {
            id: Some(91),
            ..message
        }
        .into(),
        sent_us: stands.now_us - 2_000,
        due_us: None,
        lamport: 1,
    });
    let message = Envelope::new("n1", "n0", "gossip");
    stands.flights.push(wire::journal::Flight {
        message: Envelope {
            id: Some(90),
            ..message
        }
        .into(),
        due_us: Some(stands.now_us + 3_600_000_000),
        ..stands.flights[0].clone()
    });
    bridge.says(text(&Frame::Hello(stands)));
    let status = |bridge: &Bridge| bridge.reader.model.frame().nodes[0].status;
    bridge.reader.waits(50);
    assert_eq!(status(&bridge), NodeStatus::Up);
    bridge.now_us += 7_000;
    bridge.sends(90, "n1", "n0", false);
    bridge.reader.waits(50);
    assert_eq!(status(&bridge), NodeStatus::Crashed);
    let rows = [false, true].map(|held| ("gossip n1 → n0".to_owned(), held));
    assert_eq!(bridge.rows(), rows);
    let notes = bridge.reader.model.join().notes;
    assert!(
        notes.iter().any(|note| note.contains("40 events")),
        "{notes:?}"
    );
    assert_eq!(
        bridge.commands(),
        [] as [Value; 0],
        "it is asked no more than once"
    );
}

#[test]
fn what_a_node_says_of_itself_is_said_in_the_readers_language() {
    let mut bridge = Bridge::joined();
    let words = json!({"zh": {"leader": "领导者", "{n} {n:key|keys}": "{n} 个键"}});
    let badge = json!({"key": "{n} {n:key|keys}", "args": [["n", {"int": 2}]]});
    bridge.tells(Entry::View {
        node: "n0".into(),
        view: json!({"role": "leader", "badges": [badge], "words": words}),
    });
    bridge.tells(Entry::View {
        node: "n1".into(),
        view: json!({"role": "primary"}),
    });
    let said = |bridge: &Bridge| {
        let lines = bridge.reader.model.description().into_iter();
        let lines: Vec<String> = lines.map(|(_, line)| line).collect();
        lines.join("\n")
    };
    let english = said(&bridge);
    assert!(
        english.contains("n0: leader.") && english.contains("2 keys"),
        "{english}"
    );
    bridge
        .reader
        .does(Msg::SetLanguage(trace::Language::Chinese));
    let chinese = said(&bridge);
    for words in ["领导者", "2 个键", "primary"] {
        assert!(chinese.contains(words), "{chinese}");
    }
}

#[test]
fn a_bridge_that_ends_leaves_what_was_seen_and_one_that_comes_back_is_joined_anew() {
    let mut bridge = Bridge::joined();
    bridge.sends(7, "n0", "n1", false);
    let steps = bridge.reader.model.transport().steps;
    bridge.reader.commands.clear();
    bridge.reader.does(Msg::Socket(SocketMsg::Closed {
        socket: bridge.socket,
        code: 1_006,
    }));
    assert!(bridge.reader.model.caption().note.contains("No connection"));
    let transport = bridge.reader.model.transport();
    assert!(!transport.live && transport.place == "No connection");
    bridge.reader.does(Msg::CrashOrRestart(NodeId(0)));
    let toast = bridge.reader.model.toast().unwrap();
    assert!(
        toast.refusal && toast.sentence.contains("no connection"),
        "{}",
        toast.sentence
    );
    assert_eq!(bridge.reader.model.transport().steps, steps);
    bridge.reader.waits(700);
    let dialled = bridge
        .reader
        .commands
        .iter()
        .find_map(|command| match command {
            Command::Socket(SocketCommand::Open { socket, .. }) => Some(*socket),
            _ => None,
        });
    bridge.socket = dialled.expect("it is dialled again");
    bridge
        .reader
        .does(Msg::Socket(SocketMsg::Opened(bridge.socket)));
    bridge.says(text(&Frame::Hello(hello())));
    assert_eq!(
        bridge.reader.model.transport().steps,
        0,
        "its journal begins anew"
    );
    assert_eq!(bridge.reader.model.header().variant, "live");
}
