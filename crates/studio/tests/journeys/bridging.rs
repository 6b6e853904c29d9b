//! A bridge is joined: its messages are held, delivered, dropped and doubled by commands, and its answers are said.

use crate::reader::Reader;
use protocol::NodeId;
use serde_json::{Value, json};
use studio::{AskMsg, Command, CutMsg, JoinMsg, Lever, Menu, Msg, SocketCommand};
use trace::NodeStatus;
use wire::journal::{Entry, FORMAT, Fault, Frame, Hello, Member, NodeState, Record};
use wire::{Envelope, journal::Done};

struct Bridge {
    reader: Reader,
    socket: u32,
    seq: u64,
    now_us: u64,
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
    fn joined() -> Self {
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
        bridge.reader.does(Msg::Join(JoinMsg::Opened(socket)));
        bridge.says(text(&Frame::Hello(hello())));
        bridge
    }

    fn says(&mut self, text: String) {
        let socket = self.socket;
        self.reader.does(Msg::Join(JoinMsg::Text { socket, text }));
    }

    /// Something happens there, a millisecond later.
    fn tells(&mut self, entry: Entry) {
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

    fn sends(&mut self, id: u64, src: &str, dest: &str, held: bool) {
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
    fn commands(&mut self) -> Vec<Value> {
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
    fn does(&mut self, command: &Value) -> String {
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

fn bare(mut command: Value) -> Value {
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
    let cut = |src: &str, dest: &str| json!({"cmd": "cut", "src": src, "dest": dest});
    assert_eq!(commands, [cut("n0", "n1"), cut("x", "n1")]);
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
    let report = json!({"valid": "invalid", "workload": "broadcast", "operations": {"read": {"ok": 3, "fail": 1, "info": 2}}});
    bridge.says(json!({"type": "report", "report": report}).to_string());
    let said = bridge.reader.model.join().report;
    assert!(
        said.starts_with("✗ broadcast") && said.contains("3 operations"),
        "{said}"
    );
}

#[test]
fn a_bridge_that_ends_leaves_what_was_seen_and_one_that_comes_back_is_joined_anew() {
    let mut bridge = Bridge::joined();
    bridge.sends(7, "n0", "n1", false);
    let steps = bridge.reader.model.transport().steps;
    bridge.reader.commands.clear();
    bridge.reader.does(Msg::Join(JoinMsg::Closed {
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
        .does(Msg::Join(JoinMsg::Opened(bridge.socket)));
    bridge.says(text(&Frame::Hello(hello())));
    assert_eq!(
        bridge.reader.model.transport().steps,
        0,
        "its journal begins anew"
    );
    assert_eq!(bridge.reader.model.header().variant, "live");
}
