//! What the page tells of real nodes while they run: cuts, requests, roles, times and the verdict of a test.

use crate::bridging::{Bridge, bare};
use protocol::NodeId;
use serde_json::{Value, json};
use studio::{AskMsg, Command, CutMsg, JoinMsg, Lever, Menu, Msg, Target};
use wire::Envelope;
use wire::journal::{Entry, Fault, Frame, NodeState};

impl Bridge {
    fn caption(&self) -> String {
        self.reader.model.caption().sentence
    }

    fn toast(&self) -> String {
        self.reader.model.toast().expect("it is said").sentence
    }

    fn is_down(&mut self, node: &str) {
        self.tells(Entry::Fault(Fault::Kill { node: node.into() }));
        self.tells(Entry::Node {
            node: node.into(),
            now: NodeState::Down,
            said: None,
        });
    }

    fn events(&mut self) -> Vec<String> {
        self.reader.does(Msg::Tab(studio::Tab::Events));
        let events = self.reader.model.events();
        events.rows.into_iter().map(|row| row.sentence).collect()
    }
}

#[test]
fn a_cut_is_one_command_and_one_event_and_parts_no_clients() {
    let mut bridge = Bridge::joined();
    let message = Envelope::new("c1", "n0", "read");
    bridge.tells(Entry::Send {
        lamport: 1,
        due_us: None,
        message: Envelope {
            id: Some(1),
            ..message
        }
        .into(),
    });
    bridge.commands();
    bridge.reader.does(Msg::Cut(CutMsg::Toggle));
    let client = NodeId(3);
    bridge.reader.does(Msg::Cut(CutMsg::Choose(client)));
    bridge.reader.does(Msg::Cut(CutMsg::Apply));
    assert_eq!(bridge.commands(), [Value::Null; 0]);
    assert!(bridge.toast().contains("Clients"), "{}", bridge.toast());
    let cutting = bridge.reader.model.tools().cutting.expect("it goes on");
    assert!(cutting.nodes.iter().all(|(node, _)| *node != client));
    bridge.reader.does(Msg::Cut(CutMsg::Choose(NodeId(0))));
    bridge.reader.does(Msg::Cut(CutMsg::Apply));
    let commands = bridge.commands();
    let cut = json!({"cmd": "cut", "src": ["n1", "x"], "dest": ["n0"], "both": true});
    assert_eq!(
        commands.iter().cloned().map(bare).collect::<Vec<_>>(),
        [cut]
    );
    let links = [("n0", "n1"), ("n0", "x"), ("n1", "n0"), ("x", "n0")];
    bridge.tells(Entry::Fault(Fault::Partition {
        how: "by hand".into(),
        links: links.map(|(src, dest)| (src.into(), dest.into())).into(),
    }));
    let told = "The network is cut: n1 and x on one side, n0 on the other.";
    assert_eq!(bridge.caption(), told);
    let cuts = &bridge.reader.model.frame().cuts;
    assert!(cuts.len() == 1 && cuts[0].both, "{cuts:?}");
    bridge.tells(Entry::Fault(Fault::Mend {
        src: "n0".into(),
        dest: "x".into(),
    }));
    let events = bridge.events();
    assert!(events.contains(&"What n0 sends reaches x again.".to_owned()));
    assert!(
        events.iter().all(|told| !told.contains("whole again")),
        "{events:?}"
    );
    let told = events.iter().filter(|told| told.contains("is cut"));
    assert_eq!(told.count(), 1, "{events:?}");
}

#[test]
fn a_message_that_is_put_off_says_for_how_long() {
    let mut bridge = Bridge::joined();
    bridge.sends(7, "n0", "n1", true);
    let now_us = bridge.now_us + 1_000;
    bridge.tells(Entry::Released {
        id: 7,
        due_us: now_us + 1_000_000,
    });
    let row = bridge.reader.model.up_next().rows.remove(0);
    assert_eq!(
        (row.time.as_str(), row.detail.as_str()),
        ("1 s", "value: 7")
    );
    // Time goes on, whether anything happens or not.
    bridge.reader.waits(500);
    let time = bridge.reader.model.up_next().rows.remove(0).time;
    assert_eq!(time, "500 ms");
}

#[test]
fn the_next_row_has_the_focus_when_a_message_was_handled() {
    let mut bridge = Bridge::joined();
    for id in 1..=3 {
        bridge.sends(id, "n0", "n1", true);
    }
    let keys: Vec<String> = bridge
        .reader
        .model
        .up_next()
        .rows
        .into_iter()
        .map(|row| row.key)
        .collect();
    bridge.reader.does(Msg::UpNextSelect(keys[1].clone()));
    bridge.reader.does(Msg::Lever(Lever::Pick));
    bridge.reader.commands.clear();
    let receive = |id| Entry::Receive {
        id,
        lamport: 9,
        src: "n0".into(),
        dest: "n1".into(),
    };
    bridge.tells(receive(2));
    let focus = |bridge: &Bridge| -> Vec<Target> {
        let commands = bridge.reader.commands.iter();
        let focus = commands.filter_map(|command| match command {
            Command::Focus(target) => Some(target.clone()),
            _ => None,
        });
        focus.collect()
    };
    assert_eq!(focus(&bridge), [Target::UpNextRow(keys[2].clone())]);
    let rows = bridge.reader.model.up_next().rows;
    assert!(rows[1].selected && rows[1].key == keys[2]);
    // What goes by itself takes nobody's focus away.
    bridge.reader.commands.clear();
    bridge.tells(receive(3));
    assert_eq!(focus(&bridge), []);
    assert!(bridge.reader.model.up_next().rows[0].selected);
}

#[test]
fn who_is_down_is_told_so() {
    let mut bridge = Bridge::joined();
    bridge.tells(Entry::View {
        node: "n1".into(),
        view: json!({"role": "primary", "badges": [{"key": "mine", "args": []}]}),
    });
    bridge.reader.does(Msg::SelectNode(Some(NodeId(1))));
    let panel = |bridge: &Bridge| bridge.reader.model.node_tab().panel.expect("selected");
    assert_eq!(panel(&bridge).badges.len(), 1);
    assert!(
        panel(&bridge).no_state.contains("does not tell"),
        "{}",
        panel(&bridge).no_state
    );
    bridge.is_down("n1");
    assert_eq!(panel(&bridge).badges.len(), 0);
    assert_eq!(panel(&bridge).no_state, "It is down.");
    let pause = bridge.reader.model.tools().pause;
    assert!(
        !pause.enabled && pause.help.contains("n1 is down"),
        "{pause:?}"
    );
    let ask = bridge.reader.model.menu_button(Menu::Ask).label;
    assert_eq!(ask, "Ask a node");
    bridge.commands();
    bridge.reader.does(Msg::Ask(AskMsg::Send));
    let commands = bridge.commands();
    let said = bridge.does(&commands[0]);
    assert!(
        said.contains("n1 is down") && said.contains("lost"),
        "{said}"
    );
    bridge.tells(Entry::Node {
        node: "n1".into(),
        now: NodeState::Starting,
        said: None,
    });
    let events = bridge.events();
    assert!(
        events.contains(&"n1 is started again.".to_owned()),
        "{events:?}"
    );
}

#[test]
fn the_caption_tells_what_is_of_note_and_after_a_while_how_it_stands() {
    let mut bridge = Bridge::joined();
    for role in ["backup", "primary"] {
        bridge.reader.waits(3_000);
        bridge.tells(Entry::View {
            node: "n1".into(),
            view: json!({"role": role}),
        });
    }
    let caption = bridge.caption();
    assert!(caption.starts_with("n1 is now"), "{caption}");
    bridge.sends(7, "n0", "n1", false);
    bridge.reader.waits(11_000);
    let caption = bridge.caption();
    assert!(caption.contains("1 message is under way"), "{caption}");
}

#[test]
fn the_note_of_a_test_gives_the_verdict_and_opens_the_report() {
    let mut bridge = Bridge::joined();
    bridge.reader.does(Msg::Join(JoinMsg::Test(true)));
    let report = json!({"valid": "invalid", "workload": "lin-kv"});
    let report = serde_json::to_string(&Frame::Report { report }).expect("JSON");
    bridge.says(report);
    let toast = bridge.reader.model.toast().expect("it is said");
    assert!(toast.sentence.starts_with("✗ lin-kv"), "{}", toast.sentence);
    let opens = toast.opens.expect("it leads to the report");
    assert_eq!(opens.label, toast.sentence);
    bridge.reader.does(opens.msg);
    assert!(bridge.reader.model.menu_button(Menu::Join).open);
}

#[test]
fn what_is_joined_is_kept_for_the_tab_until_it_is_left() {
    let mut bridge = Bridge::joined();
    let kept = |bridge: &mut Bridge| {
        let commands = std::mem::take(&mut bridge.reader.commands);
        let kept = commands.into_iter().filter_map(|command| match command {
            Command::SetJoined(kept) => Some(kept),
            _ => None,
        });
        kept.collect::<Vec<_>>()
    };
    assert_eq!(kept(&mut bridge), ["ws://h:1/watch?token=t"]);
    bridge.reader.does(Msg::Join(JoinMsg::Leave));
    assert_eq!(kept(&mut bridge), [""]);
}
