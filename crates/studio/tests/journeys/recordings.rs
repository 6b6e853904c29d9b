//! What happened elsewhere is opened, looked at, and left alone.

use crate::reader::Reader;
use protocol::NodeId;
use studio::{Command, FileKind, LinkForm, Menu, Msg, Tab};

fn open(reader: &mut Reader, name: &str, text: &str) {
    reader.does(Msg::OpenFile {
        name: name.into(),
        text: text.into(),
    });
}

fn saved(reader: &mut Reader, kind: FileKind) -> (String, String) {
    reader.commands.clear();
    reader.does(Msg::SaveFile(kind));
    let files = reader.commands.iter().filter_map(|command| match command {
        Command::Download { name, text, .. } => Some((name.clone(), text.clone())),
        _ => None,
    });
    files.collect::<Vec<_>>().pop().expect("a file is saved")
}

/// The log of a run that has come some way, as ShiViz reads it.
fn log() -> String {
    let mut reader = Reader::at_home();
    reader.waits(20_000);
    saved(&mut reader, FileKind::Shiviz).1
}

#[test]
fn a_log_is_played_sought_and_read_like_a_run() {
    let mut reader = Reader::at_home();
    open(&mut reader, "raft.shiviz.log", &log());
    assert!(reader.model.notice().is_none());
    assert!(
        reader
            .model
            .toast()
            .unwrap()
            .sentence
            .contains("raft.shiviz.log")
    );
    assert_eq!(reader.step(), 0);
    assert_eq!(reader.model.frame().nodes.len(), 7);
    let header = reader.model.header();
    assert_eq!(header.variant, "read-only");
    assert!(header.protocols[0].chosen && header.protocols[0].label == "Recording");
    // What is on its way is on the stage, and arrives.
    reader.does(Msg::PlayPause).waits(4_000).does(Msg::Pause);
    let step = reader.step();
    assert!(step > 0);
    let mut flew = false;
    for _ in 0..20 {
        reader.does(Msg::Step);
        flew |= !reader.model.frame().flights.is_empty();
    }
    assert!(flew);
    assert_eq!(reader.step(), step + 20);
    let caption = reader.model.caption();
    assert!(!caption.sentence.is_empty() && caption.can_why);
    reader.does(Msg::Back).does(Msg::Tab(Tab::Events));
    assert_eq!(reader.step(), step + 19);
    reader.does(Msg::GoLive);
    assert_eq!(reader.model.transport().place, "end of the recording");
    assert!(!reader.model.transport().step.enabled);
}

#[test]
fn nobody_acts_in_what_happened_elsewhere_and_is_told_why() {
    let mut reader = Reader::at_home();
    open(&mut reader, "raft.log", &log());
    reader
        .does(Msg::SeekStep(40))
        .does(Msg::SelectNode(Some(NodeId(0))));
    let tools = reader.model.tools();
    for tool in [&tools.cut, &tools.crash, &tools.pause, &tools.ask] {
        assert!(!tool.enabled && tool.help.contains("recording"), "{tool:?}");
    }
    assert!(reader.model.up_next().empty.contains("recording"));
    for msg in [
        Msg::CrashOrRestart(NodeId(0)),
        Msg::Act(sim::Action::Heal),
        Msg::Open(Menu::Find),
        Msg::NewRun { seed: None },
        Msg::CopyLink(LinkForm::Address),
    ] {
        reader.does(Msg::DismissToast).does(msg.clone());
        let toast = reader.model.toast().expect("it is refused");
        assert!(
            toast.sentence.contains("recording"),
            "{msg:?}: {}",
            toast.sentence
        );
        assert_eq!(reader.step(), 40, "{msg:?}");
    }
    // No address stands for it, and the run before is an undo away.
    reader.waits(1_100);
    assert!(reader.addresses().iter().all(|address| address.is_empty()));
    assert!(reader.model.share().link.is_empty());
    reader.does(Msg::Undo);
    assert_eq!(reader.model.header().variant, "");
}

#[test]
fn a_recording_is_saved_and_opens_again() {
    let mut reader = Reader::at_home();
    open(&mut reader, "raft.log", &log());
    reader.does(Msg::GoLive);
    let (name, text) = saved(&mut reader, FileKind::Trace);
    let mut friend = Reader::at_home();
    open(&mut friend, &name, &text);
    friend.does(Msg::GoLive);
    assert!(
        friend.model.notice().is_none(),
        "{:?}",
        friend.model.notice()
    );
    assert_eq!(friend.model.digest(), reader.model.digest());
    assert_eq!(friend.model.frame(), reader.model.frame());
}

#[test]
fn what_cannot_be_read_is_said_with_its_place_and_nothing_is_lost() {
    let mut reader = Reader::at_home();
    reader
        .does(Msg::Pause)
        .does(Msg::Step)
        .does(Msg::Step)
        .does(Msg::Step);
    let head = "(?<host>\\S*) (?<clock>{.*})\\n(?<event>.*)\n\n";
    for (name, text, wanted) in [
        ("a.log", format!("{head}x {{y}}\ndoes"), "line 3"),
        ("a.json", "{\"format\": 7}".into(), "format 7"),
        (
            "a.json",
            "{\"format\": 1, \"nodes\": [], \"events\": []}".into(),
            "without events",
        ),
    ] {
        open(&mut reader, name, &text);
        let notice = reader.model.notice().expect("it is said");
        assert!(notice.detail.contains(wanted), "{}", notice.detail);
        reader.does(Msg::DismissNotice);
        assert_eq!(reader.step(), 3);
    }
}

/// What a bridge with two nodes writes, of which one tells how it stands.
const JOURNAL: &str = r#"{"type":"journal","format":1,"nodes":["n0","n1"],"seed":1,"workload":null}
{"seq":0,"time_us":0,"type":"node","node":"n0","now":"starting"}
{"seq":1,"time_us":0,"type":"node","node":"n1","now":"starting"}
{"seq":2,"time_us":10000,"type":"send","lamport":1,"due_us":30000,"id":0,"src":"n0","dest":"n1","body":{"type":"gossip","messages":[7]}}
{"seq":3,"time_us":20000,"type":"view","node":"n0","view":{"role":"primary","badges":[{"key":"1 message"}]}}
{"seq":4,"time_us":30000,"type":"receive","id":0,"lamport":2,"src":"n0","dest":"n1"}
{"seq":5,"time_us":40000,"type":"no"#;

#[test]
fn a_journal_of_the_bridge_is_opened_and_what_is_missing_is_said() {
    let mut reader = Reader::at_home();
    open(&mut reader, "run.jsonl", JOURNAL);
    let notice = reader.model.notice().expect("a notice");
    assert!(notice.detail.contains("line 7"), "{}", notice.detail);
    assert_eq!(reader.model.header().variant, "read-only");
    for _ in 0..4 {
        reader.does(Msg::Step);
    }
    let frame = reader.model.frame();
    assert_eq!(frame.flights.len(), 1);
    assert_eq!(frame.nodes[0].view.role, "primary");
    let caption = reader.model.caption();
    assert_eq!(caption.sentence, "n0 tells how it stands.");
    reader.does(Msg::Step);
    assert!(reader.model.frame().flights.is_empty());
}

#[test]
fn a_journal_opens_at_the_pace_of_its_clock_and_its_events_are_listed_at_once() {
    let mut reader = Reader::at_home();
    let pace = |reader: &Reader| reader.model.transport().speed;
    let before = pace(&reader);
    reader.does(Msg::Tab(studio::Tab::Events));
    open(&mut reader, "run.jsonl", JOURNAL);
    assert!(pace(&reader).contains("real time"), "{}", pace(&reader));
    assert!(!reader.model.events().rows.is_empty());
    // A simulation has a pace of its own.
    reader.does(Msg::Home);
    assert_eq!(pace(&reader), before);
}

#[test]
fn a_journal_with_a_wrong_line_is_refused_and_nothing_is_lost() {
    let mut reader = Reader::at_home();
    reader.waits(3_000);
    let step = reader.step();
    let wrong = JOURNAL.replacen("\"receive\"", "\"recieve\"", 1);
    open(&mut reader, "run.jsonl", &wrong);
    let notice = reader.model.notice().expect("a notice");
    assert!(
        notice.detail.contains("line 6 is no record"),
        "{}",
        notice.detail
    );
    assert_eq!(reader.step(), step);
}

#[test]
fn the_journal_of_maelstroms_network_is_opened_from_its_bytes() {
    let bytes = include_bytes!("../../../recording/tests/data/net-journal.fressian");
    let open = |reader: &mut Reader, name: &str, bytes: &[u8]| {
        reader.does(Msg::OpenBytes {
            name: name.into(),
            bytes: bytes.into(),
        });
    };
    let mut reader = Reader::at_home();
    open(&mut reader, "net-journal.fressian", bytes);
    assert!(reader.model.notice().is_none());
    assert_eq!(reader.model.header().variant, "read-only");
    reader.does(Msg::Step);
    reader.does(Msg::Step);
    assert_eq!(reader.model.frame().flights.len(), 1);
    // What is no such thing is refused, and what there was stays.
    let step = reader.step();
    open(&mut reader, "cat.png", b"\x89PNG\xff");
    assert!(
        reader
            .model
            .notice()
            .expect("a notice")
            .detail
            .contains("cat.png: it is no text")
    );
    assert_eq!(reader.step(), step);
}
