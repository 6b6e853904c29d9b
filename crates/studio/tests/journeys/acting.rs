//! Choosing, breaking, mending, going back and choosing otherwise.

use crate::reader::Reader;
use protocol::{NodeId, NodeKind};
use sim::Action;
use studio::show::UpNextRow;
use studio::{AskMsg, CutMsg, Lever, Msg, Until};
use trace::NodeStatus;

fn with_a_leader() -> Reader {
    let mut reader = Reader::at_home();
    reader.does(Msg::Pause).runs_until(Until::Leader);
    reader
}

/// The rows of messages that are no heartbeats, with what delivers them.
fn deliveries(reader: &Reader) -> Vec<(UpNextRow, Msg)> {
    let rows = reader.model.up_next().rows.into_iter();
    rows.filter_map(|row| {
        let (_, pick) = row
            .buttons
            .iter()
            .find(|(lever, _)| *lever == Lever::Pick)?;
        let msg = pick.msg.clone();
        matches!(msg, Msg::Act(Action::Deliver(_))).then_some((row, msg))
    })
    .collect()
}

fn toast(reader: &Reader) -> String {
    reader
        .model
        .toast()
        .map(|toast| toast.sentence)
        .unwrap_or_default()
}

#[test]
fn a_message_chosen_is_delivered_before_another() {
    let mut reader = with_a_leader();
    let waiting = deliveries(&reader);
    assert!(waiting.len() >= 2, "the new leader has sent to all");
    let (first, last) = (&waiting[0].0, waiting.last().unwrap().clone());
    reader.does(last.1);
    let keys: Vec<String> = deliveries(&reader)
        .into_iter()
        .map(|(row, _)| row.key)
        .collect();
    assert!(keys.contains(&first.key), "the one before still waits");
    assert!(!keys.contains(&last.0.key), "the chosen one has arrived");
    assert!(toast(&reader).starts_with("You chose: "));
}

#[test]
fn held_messages_wait_for_their_release() {
    let mut reader = with_a_leader();
    let row = deliveries(&reader)[0].0.clone();
    reader
        .does(Msg::UpNextSelect(row.key.clone()))
        .does(Msg::Lever(Lever::Hold));
    let find = |reader: &Reader| {
        let rows = reader.model.up_next().rows.into_iter();
        rows.filter(|other| other.key == row.key)
            .collect::<Vec<_>>()
    };
    assert!(find(&reader)[0].held);
    reader.does(Msg::PlayPause).waits(4_000).does(Msg::Pause);
    let held = find(&reader);
    assert!(
        held.len() == 1 && held[0].held,
        "neither Play nor Step moves it"
    );
    reader
        .does(Msg::UpNextSelect(row.key.clone()))
        .does(Msg::Lever(Lever::Hold));
    assert!(!find(&reader)[0].held);
    reader.does(Msg::Step);
    assert!(find(&reader).is_empty(), "it was late, and came first");
}

#[test]
fn dropping_and_duplicating() {
    let mut reader = with_a_leader();
    let before = deliveries(&reader);
    reader
        .does(Msg::UpNextSelect(before[0].0.key.clone()))
        .does(Msg::Lever(Lever::Duplicate));
    assert_eq!(deliveries(&reader).len(), before.len() + 1);
    reader
        .does(Msg::UpNextSelect(before[1].0.key.clone()))
        .does(Msg::Lever(Lever::Drop));
    assert_eq!(deliveries(&reader).len(), before.len());
    assert!(toast(&reader).starts_with("You dropped "));
}

#[test]
fn the_leader_crashes_and_another_leads() {
    let mut reader = Reader::at_home();
    reader.waits_until(16_000, |model| model.caption().invite.is_some());
    let (old, epoch) = reader.leader().expect("somebody leads");
    let label = reader.model.frame().nodes[old.index()].label.clone();
    let invite = reader
        .model
        .caption()
        .invite
        .expect("the reader is invited");
    reader.does(invite.msg);
    assert_eq!(toast(&reader), format!("You crashed {label}"));
    assert!(reader.model.is_playing(), "a fault does not stop the play");
    assert!(reader.model.caption().invite.is_none());
    let other = reader.waits_until(30_000, |model| crate::reader::leader(model).is_some());
    assert!(other.is_some(), "another leads within 30 s of watching");
    let (new, newer) = reader.leader().unwrap();
    assert!(new != old && newer > epoch);
    reader.does(Msg::CrashOrRestart(old));
    assert_eq!(
        reader.model.frame().nodes[old.index()].status,
        NodeStatus::Up
    );
}

#[test]
fn a_minority_cut_off_stalls_until_the_network_heals() {
    let mut reader = with_a_leader();
    let (old, epoch) = reader.leader().unwrap();
    let servers = reader
        .model
        .frame()
        .nodes
        .iter()
        .filter(|node| node.kind == NodeKind::Server);
    let other = servers
        .map(|node| node.id)
        .find(|node| *node != old)
        .unwrap();
    reader.does(Msg::Cut(CutMsg::Toggle));
    assert!(reader.model.is_cutting());
    let mode = reader.model.tools().cutting.unwrap();
    assert!(!mode.apply.enabled, "nobody is on the other side yet");
    reader
        .does(Msg::Cut(CutMsg::Choose(old)))
        .does(Msg::Cut(CutMsg::Choose(other)));
    let apply = reader.model.tools().cutting.unwrap().apply;
    assert!(apply.enabled);
    reader.does(apply.msg);
    assert_eq!(reader.model.frame().cuts.len(), 1);
    let label = |node: NodeId| reader.model.frame().nodes[node.index()].label.clone();
    let mut few = [old, other];
    few.sort();
    let begins = format!("You cut {} and {} off from ", label(few[0]), label(few[1]));
    assert!(toast(&reader).starts_with(&begins), "{}", toast(&reader));
    let now_us = reader.model.frame().now_us;
    reader.runs_until(Until::Time(now_us + 2_000_000));
    let (new, newer) = reader.leader().expect("the majority elects");
    assert!(![old, other].contains(&new) && newer > epoch);
    let heal = reader.model.tools().heal.expect("a cut can be healed");
    reader.does(heal.msg);
    assert!(reader.model.frame().cuts.is_empty());
    let now_us = reader.model.frame().now_us;
    reader.runs_until(Until::Time(now_us + 2_000_000));
    let epochs = reader
        .model
        .frame()
        .nodes
        .iter()
        .filter(|node| node.kind == NodeKind::Server);
    let epochs: Vec<_> = epochs.map(|node| node.view.epoch).collect();
    assert!(
        epochs.windows(2).all(|pair| pair[0] == pair[1]),
        "{epochs:?}"
    );
}

#[test]
fn a_tool_closes_the_answer_to_why() {
    for tool in [Msg::Cut(CutMsg::Toggle), Msg::Open(studio::Menu::Ask)] {
        let mut reader = with_a_leader();
        reader.does(Msg::Why);
        assert!(reader.model.caption().why_open);
        reader.does(tool);
        assert!(!reader.model.caption().why_open);
    }
}

#[test]
fn what_is_not_yet_due_is_not_counted_as_failed() {
    let mut reader = Reader::at_home();
    let said = reader.model.header().properties;
    let waits = |chip: &&studio::show::Chip| chip.standing == studio::show::Standing::Waits;
    let to_come = reader.model.header().chips.iter().filter(waits).count();
    assert!(to_come > 0);
    assert!(
        said.ends_with(&format!("hold, {to_come} to come")),
        "{said}"
    );
    reader.does(Msg::SetLanguage(trace::Language::Chinese));
    let said = reader.model.header().properties;
    assert!(said.ends_with(&format!("，{to_come} 条待实现")), "{said}");
}

#[test]
fn a_one_way_cut_says_so() {
    let mut reader = with_a_leader();
    reader
        .does(Msg::Cut(CutMsg::Drawn(vec![NodeId(0)])))
        .does(Msg::Cut(CutMsg::OneWay(true)));
    let mode = reader.model.tools().cutting.unwrap();
    assert!(
        mode.sentence.starts_with("One-way cut"),
        "{}",
        mode.sentence
    );
    reader.does(Msg::Cut(CutMsg::Apply));
    assert!(!reader.model.frame().cuts[0].both);
}

#[test]
fn acting_in_the_past_starts_a_branch_and_keeps_the_other() {
    let mut reader = with_a_leader();
    let now_us = reader.model.frame().now_us;
    reader.runs_until(Until::Time(now_us + 300_000));
    let (end, digest) = (reader.step(), reader.model.digest());
    let (leader, _) = reader.leader().unwrap();
    reader.does(Msg::SeekStep(end - 20));
    let warning = reader.model.up_next().warning;
    assert_eq!(warning, "Deliver instead: starts branch B; A stays");
    reader.does(Msg::CrashOrRestart(leader));
    assert!(
        toast(&reader).ends_with(" · branch B; A stays"),
        "{}",
        toast(&reader)
    );
    let branches = reader.model.branches();
    let letters: Vec<_> = branches
        .tracks
        .iter()
        .map(|track| track.letter.as_str())
        .collect();
    assert_eq!(letters, ["A", "B"]);
    assert!(branches.tracks[1].current);
    let said = toast(&reader);
    let deed = said.split(" · ").next().unwrap();
    assert_eq!(branches.tracks[1].sentence, deed, "named as it was said");
    reader.runs_until(Until::Leader);
    assert_ne!(reader.leader().unwrap().0, leader);
    reader.does(branches.tracks[0].msg.clone());
    assert_eq!((reader.step(), reader.model.digest()), (end, digest));
    assert!(reader.model.branches().tracks[0].current);
}

#[test]
fn undo_returns_to_before_the_action_and_play_does_not_repeat_it() {
    let mut reader = with_a_leader();
    let (leader, _) = reader.leader().unwrap();
    let (step, digest) = (reader.step(), reader.model.digest());
    reader.does(Msg::CrashOrRestart(leader));
    let undo = reader
        .model
        .toast()
        .and_then(|toast| toast.undo)
        .expect("Undo is offered");
    let crashed = reader.model.digest();
    reader.does(undo.msg);
    assert_eq!((reader.step(), reader.model.digest()), (step, digest));
    reader.does(Msg::Step).does(Msg::Step);
    assert_eq!(
        reader.model.frame().nodes[leader.index()].status,
        NodeStatus::Up
    );
    let branches = reader.model.branches().tracks;
    assert_eq!(branches.len(), 2, "what was undone stays: {branches:#?}");
    reader.does(Msg::SeekStep(step)).does(Msg::Redo);
    assert_eq!(reader.model.digest(), crashed, "and can be returned to");
}

#[test]
fn a_live_parameter_acts_and_a_fixed_one_starts_anew() {
    let mut reader = with_a_leader();
    let step = reader.step();
    reader.does(Msg::SetParameter {
        key: "heartbeat_us".into(),
        value: "20000".into(),
    });
    assert_eq!(reader.step(), step + 1);
    let parameters = reader.model.parameters();
    let control = parameters
        .protocol
        .iter()
        .find(|control| control.key == "heartbeat_us")
        .unwrap();
    assert_eq!((control.value.as_str(), control.changed), ("20 ms", true));
    reader.does(Msg::TypeParameter {
        key: "heartbeat_us".into(),
        text: "12.5".into(),
    });
    let parameters = reader.model.parameters();
    let mut controls = parameters.protocol.into_iter();
    let control = controls
        .find(|control| control.key == "heartbeat_us")
        .unwrap();
    assert_eq!(control.value, "12.5 ms");
    match control.kind {
        studio::show::ControlKind::Number { value, unit, .. } => {
            assert_eq!((value, unit.as_str()), (12.5, "ms"));
        }
        other => panic!("{other:?}"),
    }
    let digest = reader.model.digest();
    reader.does(Msg::SetParameter {
        key: "servers".into(),
        value: "3".into(),
    });
    assert_eq!(reader.model.header().servers, "3 servers");
    assert_eq!(reader.step(), 0);
    reader.does(Msg::Undo);
    assert_eq!(reader.model.header().servers, "5 servers");
    assert_eq!(
        reader.model.digest(),
        digest,
        "the run before is as it was left"
    );
    reader.does(Msg::SetParameter {
        key: "servers".into(),
        value: "77".into(),
    });
    assert!(reader.model.toast().unwrap().refusal);
}

#[test]
fn a_client_can_be_asked() {
    let mut reader = with_a_leader();
    let form = reader.model.ask();
    let put = form
        .operations
        .iter()
        .find(|choice| choice.value == "put")
        .unwrap();
    reader.does(put.msg.clone());
    let fields: Vec<&str> = reader
        .model
        .ask()
        .fields
        .iter()
        .map(|field| field.id)
        .collect();
    assert_eq!(fields.len(), 2, "{fields:?}");
    reader
        .does(studio::show::Ask::field(0, "teapot".into()))
        .does(studio::show::Ask::field(1, "418".into()))
        .does(Msg::Ask(AskMsg::Send));
    let said = toast(&reader);
    assert!(said.contains("teapot") && said.contains("418"), "{said}");
    assert!(!reader.model.toast().unwrap().refusal);
    let now_us = reader.model.frame().now_us;
    reader.runs_until(Until::Time(now_us + 2_000_000));
    let holds = |picture: &protocol::Picture| match picture {
        protocol::Picture::Table { rows, .. } => rows
            .iter()
            .any(|row| row.cells[0] == protocol::Arg::Text("teapot".into())),
        _ => false,
    };
    let mut nodes = reader.model.frame().nodes.iter();
    assert!(
        nodes.any(|node| node.view.pictures.iter().any(holds)),
        "the write is in a state machine"
    );
}

#[test]
fn a_broken_variant_is_caught_and_pauses_the_play() {
    let variants = Reader::at_home().model.parameters().variants;
    let broken: Vec<&str> = variants
        .iter()
        .skip(1)
        .map(|variant| variant.value.as_str())
        .collect();
    assert!(broken.len() >= 5);
    let mut caught = 0;
    for id in broken {
        let mut reader = Reader::at_home();
        reader.does(Msg::SelectVariant(id.into()));
        assert!(!reader.model.header().variant.is_empty());
        for _ in 0..20 {
            reader.does(Msg::Faster);
        }
        reader.does(Msg::SetParameter {
            key: "loss_permille".into(),
            value: "200".into(),
        });
        reader.does(Msg::PlayPause);
        if !reader.model.is_playing() {
            reader.does(Msg::PlayPause);
        }
        reader.waits_until(4_000, |model| !model.is_playing());
        if reader.model.caption().violation {
            caught += 1;
            assert!(!reader.model.is_playing());
            let header = reader.model.header();
            assert_eq!(header.standing, studio::show::Standing::Violated);
            assert!(
                header
                    .chips
                    .iter()
                    .any(|chip| chip.sign == "✗" && !chip.how.is_empty())
            );
        }
    }
    assert!(
        caught > 0,
        "no variant was caught in 40 s of its time under loss"
    );
}

#[test]
fn a_clock_can_be_skewed_and_set_right() {
    let mut reader = with_a_leader();
    let (leader, _) = reader.leader().unwrap();
    reader.does(Msg::SelectNode(Some(leader)));
    let press = |reader: &mut Reader, label: &str| {
        let buttons = reader.model.node_tab().panel.unwrap().buttons;
        let button = buttons
            .into_iter()
            .find(|button| button.label.contains(label));
        reader.does(button.unwrap_or_else(|| panic!("no button {label}")).msg);
    };
    press(&mut reader, "fast");
    assert_eq!(
        reader.model.frame().nodes[leader.index()].drift_ppm,
        200_000
    );
    press(&mut reader, "right again");
    assert_eq!(reader.model.frame().nodes[leader.index()].drift_ppm, 0);
}

#[test]
fn a_node_that_saves_can_crash_in_the_middle_of_it() {
    let mut reader = Reader::at_home();
    reader.does(Msg::Pause).does(Msg::SetParameter {
        key: "save_us".into(),
        value: "40000".into(),
    });
    let labels = |reader: &Reader| -> Vec<String> {
        let panel = reader.model.node_tab().panel.expect("a node is selected");
        panel
            .buttons
            .into_iter()
            .map(|button| button.label)
            .collect()
    };
    let saving = |reader: &Reader, least: u32| {
        let nodes = reader.model.frame().nodes.iter();
        nodes
            .clone()
            .find(|node| node.unsaved >= least)
            .map(|node| (node.id, node.unsaved))
    };
    let node = reader.model.frame().nodes[0].id;
    reader.does(Msg::SelectNode(Some(node)));
    assert_eq!(saving(&reader, 1), None);
    assert!(
        labels(&reader)
            .iter()
            .all(|label| !label.contains("unsaved")),
        "nothing is unsaved"
    );
    for _ in 0..3_000 {
        if saving(&reader, 2).is_some() {
            break;
        }
        reader.does(Msg::Step);
    }
    let (node, n) = saving(&reader, 2).expect("a node that saves twice");
    reader.does(Msg::SelectNode(Some(node)));
    let panel = reader.model.node_tab().panel.unwrap();
    let wanted = format!("Crash {}: 1 of {n} unsaved kept", panel.label);
    let button = panel.buttons.iter().find(|button| button.label == wanted);
    let button = button.unwrap_or_else(|| panic!("{wanted}: {:?}", labels(&reader)));
    assert!(!button.help.is_empty());
    reader.does(button.msg.clone());
    let event = reader.model.caption().sentence;
    let said = format!(
        "1 of its unsaved writes reached the disk, {} are lost",
        n - 1
    );
    assert!(event.contains(&said), "{event}");
}

#[test]
fn a_node_says_why_not() {
    let mut reader = Reader::at_home();
    reader.does(Msg::Pause);
    let asked = |reader: &mut Reader, node: NodeId| {
        reader.does(Msg::SelectNode(Some(node)));
        reader.model.node_tab().panel.unwrap().why_not
    };
    let before = asked(&mut reader, NodeId(1));
    assert_eq!(before[0].question, "Why is S2 not leader?");
    let missing = before[0].guards.iter().find(|guard| !guard.holds).unwrap();
    assert_eq!(
        (
            &*missing.verdict,
            missing.sentence.contains("election timer")
        ),
        ("missing", true)
    );
    reader.runs_until(Until::Leader);
    let (leader, _) = reader.leader().unwrap();
    let now = asked(&mut reader, leader);
    assert!(now.iter().all(|why| !why.question.contains("not leader")));
    let other = NodeId(u16::from(leader == NodeId(0)));
    let now = asked(&mut reader, other);
    let first = &now[0].guards[0];
    assert!(
        !first.holds && first.sentence.contains("leads term 1"),
        "{first:?}"
    );
    reader.does(Msg::SetLanguage(trace::Language::Chinese));
    assert!(asked(&mut reader, other)[0].question.contains("为什么"));
}
