//! What tells two runs apart: branches of one tree, the first difference, another protocol, and what breaks in the second.

use crate::reader::Reader;
use protocol::{NodeId, Ring};
use scene::{Size, Subject};
use sim::{Action, Playable, Run};
use studio::show::{Beside, ControlKind};
use studio::{CompareMsg, Msg, Setup, Tab, Until};
use trace::{Language, NodeStatus, Stimulus};

const SIZE: Size = Size { w: 600.0, h: 400.0 };

fn beside(reader: &Reader) -> Beside {
    reader.model.beside().expect("two runs")
}

/// How many steps are the same, as the page says it.
fn same_steps(reader: &Reader) -> u64 {
    let said = beside(reader).parting;
    let digits = said.chars().skip_while(|c| !c.is_ascii_digit());
    let digits: String = digits.take_while(char::is_ascii_digit).collect();
    digits
        .parse()
        .unwrap_or_else(|_| panic!("no number: {said}"))
}

/// A step and its time, if there is one.
type Place = Option<(u64, u64)>;

/// Where the timeline marks the first difference: on the bar, and on each line by its label.
fn marked(reader: &Reader) -> (Place, Vec<(String, Place)>) {
    reader.model.timeline(SIZE, |input| {
        let tracks = input.tracks.iter();
        let tracks = tracks.map(|track| (track.label.to_owned(), track.parts));
        (input.parts, tracks.collect())
    })
}

/// Two branches: in A there was a leader; in B it crashed four steps before the end, and time went on.
fn crashed_in_b() -> (Reader, NodeId, u64) {
    let mut reader = Reader::at_home();
    reader.does(Msg::Pause).runs_until(Until::Leader);
    for _ in 0..30 {
        reader.does(Msg::Step);
    }
    for _ in 0..24 {
        reader.does(Msg::Back);
    }
    let (leader, _) = reader.leader().expect("a leader");
    let fork = reader.step();
    reader.does(Msg::CrashOrRestart(leader));
    for _ in 0..20 {
        reader.does(Msg::Step);
    }
    (reader, leader, fork)
}

#[test]
fn two_branches_stand_side_by_side_and_part_where_one_was_acted_upon() {
    let (mut reader, leader, fork) = crashed_in_b();
    let tracks = reader.model.branches().tracks;
    assert!(tracks[1].compare.is_none(), "nothing is beside itself");
    let compare = tracks[0].compare.clone().expect("A can stand beside B");
    reader.does(compare.msg);
    let told = beside(&reader);
    assert!(told.here.starts_with("B · "), "{}", told.here);
    assert!(told.there.starts_with("A · "), "{}", told.there);
    assert_eq!(same_steps(&reader), fork);
    let label = reader.model.frame().nodes[leader.index()].label.clone();
    assert!(
        told.parting.contains(&format!(": {label} crashes")) && told.parting.contains(" In A, at "),
        "{}",
        told.parting
    );

    // It is marked on the timeline: on the bar, and on the lines of both.
    let (bar, tracks) = marked(&reader);
    assert_eq!(bar.map(|(step, _)| step), Some(fork + 1));
    assert_eq!(tracks.len(), 2);
    assert!(
        tracks
            .iter()
            .all(|(_, parts)| parts.map(|(step, _)| step) == Some(fork + 1)),
        "{tracks:?}"
    );

    // The button goes there: in the one the node is down, in the other it leads.
    reader.does(told.to_parting.expect("there is a first difference").msg);
    assert_eq!(reader.step(), fork + 1);
    assert_eq!(
        reader.model.frame().nodes[leader.index()].status,
        NodeStatus::Crashed
    );
    let input = reader.model.beside_input(SIZE).unwrap();
    let there = &input.frame.nodes[leader.index()];
    assert_eq!(
        (there.status, there.view.ring),
        (NodeStatus::Up, Ring::Double)
    );
    assert!(input.differs.contains(&Subject::Node(leader)));
    assert!(
        reader
            .model
            .stage_input(SIZE)
            .differs
            .contains(&Subject::Node(leader))
    );
    assert!(beside(&reader).differing.contains(&label));
    let told = |all: Vec<String>| all.iter().filter(|line| line.contains("otherwise")).count();
    assert!(told(reader.model.beside_description()) > 0);

    // One step before, they are the same.
    reader.does(Msg::Back);
    assert!(reader.model.stage_input(SIZE).differs.is_empty());
    assert_eq!(
        beside(&reader).differing,
        "Nothing that is seen differs now."
    );
    assert_eq!(same_steps(&reader), fork, "what is known stays known");
}

#[test]
fn who_goes_into_the_branch_beside_has_the_one_that_was_left_beside() {
    let (mut reader, ..) = crashed_in_b();
    reader.does(Msg::Compare(CompareMsg::Branch(0)));
    let before = beside(&reader);
    reader.does(Msg::SwitchBranch(0));
    let after = beside(&reader);
    assert_eq!((&after.here, &after.there), (&before.there, &before.here));
    let on = |track: &studio::show::Track| {
        let compare = track.compare.as_ref();
        compare.and_then(|button| button.pressed)
    };
    let tracks = reader.model.branches().tracks;
    assert_eq!(
        tracks.iter().map(on).collect::<Vec<_>>(),
        [None, Some(true)]
    );
    // The same switch ends it.
    let end = tracks[1].compare.clone().unwrap();
    reader.does(end.msg);
    assert!(reader.model.beside().is_none());
}

#[test]
fn a_link_keeps_both_branches() {
    let (mut reader, _, fork) = crashed_in_b();
    reader.does(Msg::Compare(CompareMsg::Branch(0)));
    reader.does(Msg::Compare(CompareMsg::Parting));
    let share = reader.model.share();
    let mut friend = Reader::with_address(&share.link);
    friend.waits_until(10_000, |model| !model.wants_ticks());
    assert!(
        friend.model.notice().is_none(),
        "{:?}",
        friend.model.notice()
    );
    assert_eq!(friend.step(), fork + 1);
    assert_eq!(same_steps(&friend), fork);
    let (one, other) = (beside(&friend), beside(&reader));
    assert_eq!((one.here, one.differing), (other.here, other.differing));
    assert_eq!(
        friend.model.beside_description(),
        reader.model.beside_description()
    );
}

#[test]
fn the_form_offers_what_there_is() {
    let mut reader = Reader::at_home();
    let offered = |reader: &Reader| -> Vec<String> {
        let form = reader.model.compare();
        form.parameters.into_iter().map(|one| one.value).collect()
    };
    assert!(!offered(&reader).contains(&"branch".to_owned()));
    reader.does(Msg::Compare(CompareMsg::Parameter("protocol".into())));
    let form = reader.model.compare();
    let Some(ControlKind::Choice(protocols)) = form.kind else {
        panic!("protocols")
    };
    let protocols: Vec<&str> = protocols.iter().map(|one| &*one.value).collect();
    assert_eq!(
        protocols,
        ["multi-paxos"],
        "who is asked for the same, with the same nodes"
    );
    for alone in ["load-balancing", "two-generals", "map-reduce", "paxos"] {
        reader.does(Msg::SelectProtocol(alone.into()));
        assert!(
            !offered(&reader).contains(&"protocol".to_owned()),
            "{alone}"
        );
    }
    let (mut reader, ..) = crashed_in_b();
    let form = reader.model.compare();
    assert!(form.start.as_ref().unwrap().enabled);
    let Some(ControlKind::Choice(branches)) = form.kind else {
        panic!("branches")
    };
    assert_eq!(branches.len(), 1);
    assert!(branches[0].label.starts_with("A · ") && branches[0].chosen);
    reader.does(Msg::Compare(CompareMsg::Start));
    assert!(beside(&reader).there.starts_with("A · "));
    // A branch that is not there is refused.
    reader.does(Msg::Compare(CompareMsg::Branch(9)));
    assert!(reader.model.toast().expect("it is said").refusal);
    // A new run has no such branch.
    reader.does(Msg::NewRun { seed: Some(4) });
    assert!(reader.model.beside().is_none());
}

/// Step, time and name of every event up to `until_us`, as the events say it, but for changes of the policy.
fn history(run: &Run, until_us: u64) -> Vec<(u64, u64, protocol::Name)> {
    let mut playable: Box<dyn Playable> = catalog::open(run).unwrap();
    while playable
        .next_us()
        .is_some_and(|next_us| next_us <= until_us)
    {
        playable.advance();
    }
    let events = (1..=playable.len()).map(|step| playable.event(step).unwrap());
    events
        .filter(|event| !matches!(&event.stimulus, Stimulus::Set { key, .. } if key == "policy"))
        .map(|event| (event.step, event.at_us, event.name))
        .collect()
}

#[test]
fn a_parameter_parts_two_runs_at_the_first_event_that_differs() {
    let mut reader = Reader::at_home();
    reader
        .does(Msg::SelectProtocol("load-balancing".into()))
        .does(Msg::SetParameter {
            key: "policy".into(),
            value: "random".into(),
        })
        .does(Msg::Pause)
        .does(Msg::Compare(CompareMsg::Value("round-robin".into())))
        .does(Msg::Compare(CompareMsg::Start));
    let told = beside(&reader).parting;
    assert!(told.starts_with("The same so far: 0"), "{told}");
    assert!(beside(&reader).to_parting.is_none());
    reader.does(Msg::RunUntil(Until::Time(3_000_000)));
    reader.waits_until(20_000, |model| !model.wants_ticks());
    let run = reader.model.link().run;
    let other = reader.model.link().beside.unwrap().of(&run);
    let (one, other) = (history(&run, 3_000_000), history(&other, 3_000_000));
    let both = one.iter().zip(&other);
    let same = both.take_while(|(a, b)| (a.1, a.2) == (b.1, b.2)).count();
    assert!(same > 0 && same < one.len());
    assert_eq!(same_steps(&reader), same as u64);
    let at_us = one[same].1.min(other[same].1);
    let (bar, tracks) = marked(&reader);
    assert_eq!(bar, Some((one[same].0, one[same].1)));
    assert_eq!(
        tracks.last().map(|(_, parts)| *parts),
        Some(Some((other[same].0, other[same].1))),
        "the second run has a line of its own: {tracks:?}"
    );
    reader.does(Msg::Compare(CompareMsg::Parting));
    assert!((reader.model.play_us() - at_us as f64).abs() < 1.0);
}

#[test]
fn multi_paxos_stands_beside_raft_with_the_same_nodes_and_faults() {
    let mut reader = Reader::at_home();
    reader
        .does(Msg::Pause)
        .does(Msg::SetParameter {
            key: "servers".into(),
            value: "3".into(),
        })
        .does(Msg::SetParameter {
            key: "pre_vote".into(),
            value: "false".into(),
        })
        .does(Msg::Pause)
        .does(Msg::Compare(CompareMsg::Parameter("protocol".into())))
        .does(Msg::Compare(CompareMsg::Start));
    let told = beside(&reader);
    assert_eq!((&*told.here, &*told.there), ("Raft", "Multi-Paxos"));
    assert_eq!((&*told.parting, &*told.differing), ("", ""));
    let nodes = |frame: &trace::Frame| -> Vec<String> {
        frame.nodes.iter().map(|node| node.label.clone()).collect()
    };
    let there = |reader: &Reader| reader.model.beside_input(SIZE).unwrap().frame.clone();
    assert_eq!(nodes(&there(&reader)), nodes(reader.model.frame()));
    assert_eq!(
        nodes(&there(&reader)).len(),
        5,
        "three servers, two clients"
    );
    reader.runs_until(Until::Time(2_000_000));
    reader.waits_until(10_000, |model| !model.wants_ticks());
    let led = |frame: &trace::Frame| {
        frame
            .nodes
            .iter()
            .any(|node| node.view.ring == Ring::Double)
    };
    assert!(led(&there(&reader)) && led(reader.model.frame()));
    // Words and hues are the other's own.
    let words = reader.model.beside_description().join(" ");
    assert!(
        words.contains("ballot") && !words.contains("term"),
        "{words}"
    );
    // What names a node is done in both; what names a message of the first is passed over, and said.
    reader.does(Msg::CrashOrRestart(NodeId(1)));
    assert_eq!(there(&reader).nodes[1].status, NodeStatus::Crashed);
    let heal = Action::Cut {
        from: vec![NodeId(0)],
        to: vec![NodeId(2)],
        both: true,
    };
    reader.does(Msg::Act(heal));
    assert_eq!(there(&reader).cuts.len(), 1);
    let before = beside(&reader).passed;
    let flight = (0..200).find_map(|_| {
        reader.does(Msg::Step);
        reader
            .model
            .frame()
            .flights
            .first()
            .map(|flight| flight.name)
    });
    reader.does(Msg::Act(Action::Drop(flight.expect("a message flies"))));
    let passed = beside(&reader).passed;
    assert!(
        passed != before && passed.starts_with("2 acts "),
        "{passed}"
    );
    // The charts and tables of another protocol keep their own words.
    reader.does(Msg::SetLanguage(Language::Chinese));
    let words = reader.model.beside_description().join("");
    assert!(
        words.contains("投票轮次") && !words.contains("stage."),
        "{words}"
    );
    // The link opens it again.
    let fragment = reader.fragment();
    let mut friend = Reader::with(Setup {
        address: fragment,
        language: Language::Chinese,
        ..Setup::default()
    });
    friend.waits_until(10_000, |model| !model.wants_ticks());
    assert_eq!(friend.model.beside_description().join(""), words);
}

#[test]
fn parameters_that_the_other_protocol_does_not_have_are_told() {
    let mut reader = Reader::at_home();
    let mut run = reader.model.link().run;
    run.config.insert("check_quorum".into(), "false".into());
    run.config.insert("servers".into(), "3".into());
    let link = sim::Link {
        run,
        ..sim::Link::default()
    };
    reader.does(Msg::Address(sim::encode_link(&link)));
    reader
        .does(Msg::Compare(CompareMsg::Parameter("protocol".into())))
        .does(Msg::Compare(CompareMsg::Start));
    let passed = beside(&reader).passed;
    assert!(
        passed.starts_with("The second run has nothing like: "),
        "{passed}"
    );
    let servers = reader.model.beside_input(SIZE).unwrap().frame.nodes.len();
    assert_eq!(servers, 5, "three servers and two clients");
}

#[test]
fn a_node_of_the_second_stage_tells_its_state() {
    let (mut reader, leader, _) = crashed_in_b();
    reader
        .does(Msg::Compare(CompareMsg::Branch(0)))
        .does(Msg::Compare(CompareMsg::Parting))
        .does(Msg::Compare(CompareMsg::Node(leader)));
    assert_eq!(reader.model.tab(), Tab::Node);
    assert_eq!(reader.model.selected_node(), Some(leader));
    let tab = reader.model.node_tab();
    assert!(
        tab.panel.expect("the first's").state.is_empty(),
        "it is down here"
    );
    let there = tab.there.expect("the second's");
    assert!(there.heading.starts_with("A · "));
    assert!(there.sentence.contains("leader"), "{}", there.sentence);
    assert!(!there.state.is_empty());
    // Of another node, what is otherwise is marked.
    for _ in 0..200 {
        reader.does(Msg::Step);
    }
    let other = NodeId((leader.0 + 1) % 5);
    reader.does(Msg::SelectNode(Some(other)));
    let there = reader.model.node_tab().there.expect("the second's");
    assert!(there.state.iter().any(|row| row.changed));
    assert!(there.state.iter().all(|row| row.before.is_empty()));
    let hint = reader
        .model
        .beside_hint(leader)
        .expect("what is under the pointer");
    assert!(hint.contains("leader"), "{hint}");
}

#[test]
fn a_node_that_only_the_second_run_has_can_be_looked_at() {
    let mut reader = Reader::at_home();
    reader
        .does(Msg::Pause)
        .does(Msg::Compare(CompareMsg::Parameter("servers".into())))
        .does(Msg::Compare(CompareMsg::Value("7".into())))
        .does(Msg::Compare(CompareMsg::Start));
    reader.runs_until(Until::Time(1_000_000));
    let frame = reader.model.beside_input(SIZE).unwrap().frame.clone();
    let seventh = frame.nodes.iter().find(|node| node.label == "S7");
    let seventh = seventh.expect("seven servers").id;
    reader.does(Msg::Compare(CompareMsg::Node(seventh)));
    let tab = reader.model.node_tab();
    assert!(tab.panel.is_none());
    assert!(tab.there.expect("its state").sentence.contains("S7"));
    let input = reader.model.beside_input(SIZE).unwrap();
    assert_eq!(input.selected, Some(Subject::Node(seventh)));
    assert!(
        input.differs.contains(&Subject::Node(seventh)),
        "nobody is its like"
    );
    // A client has another number there, and is the same one.
    let client = frame
        .nodes
        .iter()
        .find(|node| node.label == "C1")
        .unwrap()
        .id;
    reader.does(Msg::Compare(CompareMsg::Node(client)));
    let panel = reader.model.node_tab().panel.expect("the first's");
    assert_eq!(panel.label, "C1");
    assert_ne!(panel.node, client);
}

#[test]
fn with_nothing_beside_it_the_key_of_the_first_difference_says_so() {
    let mut reader = Reader::at_home();
    reader
        .does(Msg::Pause)
        .does(Msg::Compare(CompareMsg::Parting));
    assert!(reader.model.toast().expect("it is said").refusal);
    reader
        .does(Msg::Compare(CompareMsg::Parameter("variant".into())))
        .does(Msg::Compare(CompareMsg::Start))
        .does(Msg::Compare(CompareMsg::Parting));
    assert!(reader.model.toast().expect("it is said").refusal);
}

/// Hashing with bounded loads beside the same without the bound, which breaks what it promises.
fn without_a_bound() -> Reader {
    let mut reader = Reader::at_home();
    reader
        .does(Msg::SelectProtocol("load-balancing".into()))
        .does(Msg::SetParameter {
            key: "policy".into(),
            value: "consistent-hash".into(),
        })
        .does(Msg::Pause)
        .does(Msg::Compare(CompareMsg::Parameter("variant".into())))
        .does(Msg::Compare(CompareMsg::Value("no-load-bound".into())))
        .does(Msg::Compare(CompareMsg::Start));
    reader
}

#[test]
fn a_promise_that_breaks_in_the_second_run_pauses_and_is_said() {
    let mut reader = without_a_bound();
    assert!(beside(&reader).violated.is_none());
    for _ in 0..4 {
        reader.does(Msg::Faster);
    }
    reader.does(Msg::PlayPause);
    let paused = reader.waits_until(60_000, |model| !model.is_playing());
    assert!(paused.is_some(), "it pauses by itself");
    let chip = beside(&reader).violated.expect("it is broken there");
    assert_eq!(chip.label, "✗ 1 property is violated");
    assert!(
        reader
            .announced()
            .iter()
            .any(|said| { said.starts_with("In the second run: ") && said.ends_with(&chip.help) })
    );
    assert!(
        !reader.model.header().properties.contains("violated"),
        "not here"
    );
    // The chip goes to where it was, and Play goes on from there.
    let Msg::SeekTime(at_us) = chip.msg else {
        panic!("{:?}", chip.msg)
    };
    reader.does(Msg::ToStart);
    assert!(beside(&reader).violated.is_none(), "not yet");
    reader.does(chip.msg);
    assert!((reader.model.play_us() - at_us as f64).abs() < 1.0);
    assert!(beside(&reader).violated.is_some());
    reader.does(Msg::PlayPause).waits(500);
    assert!(reader.model.is_playing());
}

#[test]
fn a_run_to_a_goal_stops_where_the_second_run_breaks() {
    let mut reader = without_a_bound();
    reader.does(Msg::RunUntil(Until::Time(60_000_000)));
    let ended =
        |model: &studio::Model| model.run_until_menu().running.is_none() && !model.wants_ticks();
    reader.waits_until(60_000, ended).expect("it ends");
    let chip = beside(&reader).violated.expect("it is broken there");
    assert_eq!(chip.msg, Msg::SeekTime(reader.model.play_us() as u64));
}
