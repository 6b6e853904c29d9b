//! Real nodes are joined, followed, looked back at, lost and found again: sockets are told of, and none is opened.

use crate::reader::Reader;
use protocol::{Name, NodeView};
use sim::Run;
use std::collections::BTreeMap;
use studio::{Command, FileKind, JoinMsg, Menu, Msg, SocketCommand, SocketMsg};
use trace::{Event, NodeStatus, Outcome, Stimulus};
use wire::watch::{CLOSED_TOKEN, FORMAT, Hello};

type Frame = wire::watch::Frame<Event, NodeView>;

/// Microseconds since 1970 at which the nodes began.
const BEGAN_US: u64 = 1_790_000_000_000_000;

/// What a watcher of each node of a cluster is sent.
struct Elsewhere {
    hellos: Vec<Hello<NodeView>>,
    happened: Vec<Vec<String>>,
    /// The names of all events in the order in which they happened.
    order: Vec<Name>,
}

/// A cluster of Raft that runs for so many events, as its nodes would tell of it.
fn elsewhere(events: usize) -> Elsewhere {
    let entry = catalog::find("raft").expect("Raft is there");
    let config = [("servers", "3"), ("clients", "1")];
    let config: BTreeMap<_, _> = config.map(|(key, value)| (key.into(), value.into())).into();
    let run = Run {
        protocol: "raft".into(),
        behaviour: entry.about.behaviour,
        config: config.clone(),
        seed: 3,
        ..Run::default()
    };
    let mut cluster = (entry.open)(&run).expect("a cluster");
    let labels = cluster.labels().to_vec();
    let start = cluster.frame();
    let hello = |node: usize| Hello {
        format: FORMAT,
        protocol: "raft".into(),
        behaviour: run.behaviour,
        variant: sim::SOUND.into(),
        parameters: config.clone(),
        nodes: labels.clone(),
        node: node as u16,
        incarnation: 1,
        clock: 0,
        at_us: BEGAN_US,
        view: Some(start.nodes[node].view.clone()),
    };
    let hellos = (0..labels.len()).map(hello).collect();
    let mut happened = vec![Vec::new(); labels.len()];
    let (mut clocks, mut stamps) = (vec![0; labels.len()], BTreeMap::new());
    let mut order = Vec::new();
    while order.len() < events {
        let stepped = cluster.advance().expect("it goes on");
        let mut event = cluster.event(stepped.step).expect("an event");
        let Some(node) = event.node else { continue };
        order.push(event.name);
        let stamp = match &event.stimulus {
            Stimulus::Delivered(message) => stamps.get(&message.name).copied(),
            _ => None,
        };
        let clock = clocks[node.index()].max(stamp.unwrap_or(0)) + 1;
        clocks[node.index()] = clock;
        event.at_us += BEGAN_US;
        if let Stimulus::Delivered(message) = &mut event.stimulus {
            message.sent_us += BEGAN_US;
        }
        for outcome in &mut event.outcomes {
            if let Outcome::Sent {
                message,
                due_us,
                fate,
                ..
            } = outcome
            {
                stamps.insert(message.name, clock);
                message.sent_us += BEGAN_US;
                (*due_us, *fate) = (message.sent_us, trace::Fate::Flying);
            }
        }
        let view = cluster.frame().nodes[node.index()].view.clone();
        let frame = Frame::Happened { clock, event, view };
        happened[node.index()].push(frame.line().expect("JSON"));
    }
    Elsewhere {
        hellos,
        happened,
        order,
    }
}

/// The sockets that were to be opened since this was asked last: number and address.
fn opened(reader: &mut Reader) -> Vec<(u32, String)> {
    let commands = std::mem::take(&mut reader.commands);
    let opened = commands.into_iter().filter_map(|command| match command {
        Command::Socket(SocketCommand::Open { socket, address }) => Some((socket, address)),
        _ => None,
    });
    opened.collect()
}

fn says(reader: &mut Reader, socket: u32, text: impl Into<String>) {
    let text = text.into();
    reader.does(Msg::Socket(SocketMsg::Text { socket, text }));
}

fn closes(reader: &mut Reader, socket: u32, code: u16) {
    reader.does(Msg::Socket(SocketMsg::Closed { socket, code }));
}

/// Joins these addresses; the sockets that are opened.
fn joins(reader: &mut Reader, addresses: &str) -> Vec<u32> {
    reader.does(Msg::Open(Menu::Join));
    reader.does(Msg::Join(JoinMsg::Addresses(addresses.into())));
    reader.commands.clear();
    reader.does(Msg::Join(JoinMsg::Start));
    let sockets = opened(reader).into_iter();
    sockets.map(|(socket, _)| socket).collect()
}

/// A page that has joined all nodes, and heard nothing but their hellos.
fn joined(there: &Elsewhere) -> (Reader, Vec<u32>) {
    let mut reader = Reader::at_home();
    let sockets = joins(&mut reader, "h:1, h:2, h:3, h:4");
    for (socket, hello) in sockets.iter().zip(&there.hellos) {
        reader.does(Msg::Socket(SocketMsg::Opened(*socket)));
        says(
            &mut reader,
            *socket,
            Frame::Hello(hello.clone()).line().unwrap(),
        );
    }
    (reader, sockets)
}

/// How the connections stand.
fn stands(reader: &Reader) -> Vec<String> {
    let rows = reader.model.join().rows.into_iter();
    rows.map(|row| format!("{} {}: {}", row.sign, row.name, row.sentence))
        .collect()
}

#[test]
fn streams_of_several_nodes_become_one_run_in_its_order() {
    let there = elsewhere(400);
    let (mut reader, sockets) = joined(&there);
    assert_eq!(reader.model.menu(), None, "the dialog has done its work");
    assert_eq!(reader.model.header().variant, "live");
    assert_eq!(reader.model.transport().place, "● Live");
    // The last node's stream comes first, whole, and so on: none waits for its turn.
    for (node, lines) in there.happened.iter().enumerate().rev() {
        for line in lines {
            says(&mut reader, sockets[node], line.clone());
        }
    }
    reader.waits(100);
    assert_eq!(
        reader.model.join().notes,
        [""; 0],
        "nobody was waited for in vain"
    );
    assert_eq!(
        reader.step(),
        there.order.len() as u64,
        "the cursor goes along"
    );
    let trace = saved(&mut reader);
    let recorded: serde_json::Value = serde_json::from_str(&trace).expect("JSON");
    let events: Vec<Event> = serde_json::from_value(recorded["events"].clone()).expect("events");
    let mut sent = std::collections::BTreeSet::new();
    for event in &events {
        if let Stimulus::Delivered(message) = &event.stimulus {
            assert!(
                sent.contains(&message.name),
                "step {} came before its sending",
                event.step
            );
        }
        for outcome in &event.outcomes {
            if let Outcome::Sent { message, .. } = outcome {
                sent.insert(message.name);
            }
        }
    }
    let mut names: Vec<_> = events.iter().map(|event| event.name).collect();
    let mut all = there.order.clone();
    names.sort_unstable();
    all.sort_unstable();
    assert_eq!(names, all, "nothing is lost, and nothing is there twice");
}

fn saved(reader: &mut Reader) -> String {
    reader.commands.clear();
    reader.does(Msg::SaveFile(FileKind::Trace));
    let files = reader.commands.iter().filter_map(|command| match command {
        Command::Download { text, .. } => Some(text.clone()),
        _ => None,
    });
    let files: Vec<String> = files.collect();
    files.last().cloned().expect("a file is saved")
}

/// Tells what happened at all nodes from here to there, in its order; answers with where it stopped in each.
fn tells(
    reader: &mut Reader,
    there: &Elsewhere,
    sockets: &[u32],
    from: &[usize],
    lines: usize,
) -> Vec<usize> {
    let mut from = from.to_vec();
    for (node, told) in there.happened.iter().enumerate() {
        let end = (from[node] + lines).min(told.len());
        for line in &told[from[node]..end] {
            says(reader, sockets[node], line.clone());
        }
        from[node] = end;
    }
    from
}

#[test]
fn the_cursor_follows_until_the_reader_looks_back_and_returns() {
    let there = elsewhere(600);
    let (mut reader, sockets) = joined(&there);
    let at = tells(&mut reader, &there, &sockets, &[0; 4], 40);
    reader.waits(1_000);
    let first = reader.step();
    assert!(first > 60, "{first}");
    reader.does(Msg::Back).does(Msg::Back);
    let transport = reader.model.transport();
    assert!(!transport.live && transport.go_live.is_some() && !transport.playing);
    let at = tells(&mut reader, &there, &sockets, &at, 40);
    reader.waits(1_000);
    assert_eq!(
        reader.step(),
        first - 2,
        "whoever looks back is left where they are"
    );
    assert!(
        reader.model.transport().steps > first + 60,
        "and is told how far it has come"
    );
    // It was played there at the reader's own speed, and goes along from the end.
    reader.does(Msg::GoLive).waits(100);
    let second = reader.step();
    assert_eq!(second, reader.model.transport().steps);
    tells(&mut reader, &there, &sockets, &at, 40);
    reader.waits(1_000);
    assert!(reader.step() > second && reader.model.transport().live);
    for greyed in [
        Msg::Open(Menu::Find),
        Msg::CrashLeader,
        Msg::NewRun { seed: None },
    ] {
        reader.does(greyed);
        let toast = reader.model.toast().expect("it is said why");
        assert!(
            toast.refusal && toast.sentence.contains("real nodes"),
            "{}",
            toast.sentence
        );
    }
    assert!(!reader.model.tools().crash.enabled);
}

#[test]
fn what_was_joined_is_saved_and_opens_again() {
    let there = elsewhere(300);
    let (mut reader, sockets) = joined(&there);
    tells(&mut reader, &there, &sockets, &[0; 4], 1_000);
    reader.waits(1_000);
    let (step, stage) = (reader.step(), reader.model.frame().clone());
    let text = saved(&mut reader);
    assert!(!text.contains("token"), "no token is saved");
    let mut other = Reader::at_home();
    other.does(Msg::OpenFile {
        name: "live.trace.json".into(),
        text,
    });
    assert!(other.model.notice().is_none());
    other.does(Msg::GoLive);
    assert_eq!(other.step(), step);
    assert_eq!(other.model.frame().nodes, stage.nodes);
    assert_eq!(other.model.header().variant, "read-only");
}

#[test]
fn a_node_that_is_gone_is_down_and_one_that_comes_back_is_up() {
    let there = elsewhere(300);
    let (mut reader, sockets) = joined(&there);
    let at = tells(&mut reader, &there, &sockets, &[0; 4], 20);
    reader.waits(1_000);
    opened(&mut reader);
    closes(&mut reader, sockets[1], 1_006);
    let status = |reader: &Reader| reader.model.frame().nodes[1].status;
    assert_eq!(
        status(&reader),
        NodeStatus::Up,
        "a connection may break for other reasons"
    );
    let lost = reader.model.caption().note;
    assert!(
        lost.contains("ws://h:2/watch") && lost.contains("again in 1 s"),
        "{lost}"
    );
    assert_eq!(opened(&mut reader), []);
    reader.waits(600);
    let [(again, _)] = opened(&mut reader)[..] else {
        panic!("it is dialled again")
    };
    closes(&mut reader, again, 1_006);
    reader.waits(100);
    assert_eq!(status(&reader), NodeStatus::Crashed, "nobody answers there");
    reader.waits(1_100);
    let [(back, _)] = opened(&mut reader)[..] else {
        panic!("with a longer pause")
    };
    reader.does(Msg::Socket(SocketMsg::Opened(back)));
    let hello = Hello {
        incarnation: 2,
        clock: 1_000,
        ..there.hellos[1].clone()
    };
    says(&mut reader, back, Frame::Hello(hello).line().unwrap());
    reader.waits(100);
    assert_eq!(status(&reader), NodeStatus::Up);
    assert!(
        stands(&reader).iter().all(|row| row.starts_with('●')),
        "{:?}",
        stands(&reader)
    );
    let told = |model: &studio::Model| model.caption().sentence.contains("S2 is back");
    assert!(reader.waits_until(10_000, told).is_some());
    // The others were not waited for meanwhile.
    let before = reader.step();
    tells(
        &mut reader,
        &there,
        &[sockets[0], back, sockets[2], sockets[3]],
        &at,
        10,
    );
    reader.waits(1_000);
    assert!(reader.step() > before);
}

#[test]
fn what_is_wrong_with_a_connection_is_said() {
    let there = elsewhere(1);
    let hello = &there.hellos[0];
    let mut reader = Reader::at_home();
    let said = |reader: &Reader| stands(reader).join("\n");
    // Not an address.
    assert!(joins(&mut reader, "ws://h:1/watch, h:x").is_empty());
    assert!(reader.model.join().refusal.contains("“h:x” is no address"));
    // The token.
    let socket = joins(&mut reader, "h:1")[0];
    assert_eq!(reader.model.join().refusal, "");
    assert!(
        said(&reader).starts_with("… : Connecting to ws://h:1/watch"),
        "{}",
        said(&reader)
    );
    reader.does(Msg::Socket(SocketMsg::Opened(socket)));
    closes(&mut reader, socket, CLOSED_TOKEN);
    assert!(
        said(&reader).contains("wants another token"),
        "{}",
        said(&reader)
    );
    reader.does(Msg::Join(JoinMsg::Token("se cret".into())));
    reader.commands.clear();
    reader.does(Msg::Join(JoinMsg::Start));
    assert_eq!(opened(&mut reader)[0].1, "ws://h:1/watch?token=se%20cret");
    // Nobody there, or somebody else.
    for (answers, says) in [
        (false, "Nobody answers at ws://h:1"),
        (true, "does not let this page watch"),
    ] {
        let socket = joins(&mut reader, "h:1")[0];
        closes(&mut reader, socket, 1_006);
        reader.does(Msg::Socket(SocketMsg::Probed { socket, answers }));
        assert!(said(&reader).contains(says), "{}", said(&reader));
    }
    let newer = Hello {
        format: FORMAT + 1,
        ..hello.clone()
    };
    let other = Hello {
        parameters: BTreeMap::new(),
        node: 1,
        ..hello.clone()
    };
    let line = |hello: Hello<NodeView>| Frame::Hello(hello).line().unwrap();
    for (text, says) in [
        ("<html>".to_owned(), "is no Synod"),
        (r#"{"type":"missed","events":1}"#.to_owned(), "is no Synod"),
        (line(newer), "speaks version 2"),
    ] {
        let socket = joins(&mut reader, "h:1")[0];
        reader.does(Msg::Socket(SocketMsg::Opened(socket)));
        self::says(&mut reader, socket, text);
        assert!(said(&reader).contains(says), "{}", said(&reader));
    }
    // Silence.
    joins(&mut reader, "h:1");
    reader.waits(9_000);
    assert!(
        said(&reader).contains("does not answer"),
        "{}",
        said(&reader)
    );
    // Another cluster, and the same node twice.
    let sockets = joins(&mut reader, "h:1 h:2 h:3");
    for socket in &sockets {
        reader.does(Msg::Socket(SocketMsg::Opened(*socket)));
    }
    for (socket, text) in
        sockets
            .iter()
            .zip([line(hello.clone()), line(other), line(hello.clone())])
    {
        self::says(&mut reader, *socket, text);
    }
    assert!(
        said(&reader).contains("S2 of another cluster"),
        "{}",
        said(&reader)
    );
    assert!(
        said(&reader).contains("S1, which is joined already"),
        "{}",
        said(&reader)
    );
    assert_eq!(
        reader.model.header().variant,
        "live",
        "the one that is right is shown"
    );
    // What comes later and is no frame ends that connection, and loses nothing.
    self::says(&mut reader, sockets[0], "{}");
    assert!(
        said(&reader).contains("cannot be understood"),
        "{}",
        said(&reader)
    );
    reader.does(Msg::Join(JoinMsg::Leave));
    assert_eq!(reader.model.header().variant, "read-only");
}

#[test]
fn only_some_of_what_goes_on_for_ever_is_kept() {
    let there = elsewhere(50);
    let (mut reader, sockets) = joined(&there);
    let event = |n: u64| Event {
        step: 0,
        name: Name(n),
        at_us: BEGAN_US + n * 100,
        node: Some(protocol::NodeId(0)),
        stimulus: Stimulus::Saved,
        cause: trace::Cause::ProgramOrder,
        outcomes: Vec::new(),
        view: None,
    };
    for n in 1..=61_000 {
        let view = there.hellos[0].view.clone().unwrap();
        let frame = Frame::Happened {
            clock: n,
            event: event(n),
            view,
        };
        says(&mut reader, sockets[0], frame.line().unwrap());
    }
    reader.waits(200);
    assert_eq!(reader.step(), 61_000, "steps stay what they were");
    let notes = reader.model.join().notes;
    assert!(notes[0].starts_with("The oldest 14848 events"), "{notes:?}");
    reader.does(Msg::ToStart);
    assert_eq!(reader.step(), 14_848);
    reader.does(Msg::Step);
    assert_eq!(reader.step(), 14_849);
}
