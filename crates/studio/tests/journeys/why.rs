//! *Why?*: what led to something is told, visited and lit, until the question is closed.

use crate::reader::Reader;
use protocol::{NodeId, Picture};
use scene::Size;
use std::collections::BTreeSet;
use studio::show::Why;
use studio::{Command, EventsMsg, Msg, Setup, Tab, Target, Until, WhyOf};
use trace::Language;

const SIZE: Size = Size { w: 800.0, h: 500.0 };

fn paused_with_a_leader() -> (Reader, NodeId) {
    let mut reader = Reader::at_home();
    reader.does(Msg::Pause).runs_until(Until::Leader);
    let (leader, _) = reader.leader().unwrap();
    (reader, leader)
}

fn why(reader: &Reader) -> Why {
    reader.model.why().expect("a question is open")
}

fn steps(why: &Why) -> Vec<u64> {
    why.links.iter().map(|link| link.step).collect()
}

fn lit(reader: &Reader) -> Option<BTreeSet<NodeId>> {
    let input = reader.model.stage_input(SIZE);
    input.lit.map(|lit| lit.nodes.clone())
}

#[test]
fn what_led_to_a_leader_is_told_newest_first_with_its_rules() {
    let (mut reader, leader) = paused_with_a_leader();
    reader.does(Msg::Why);
    let why = why(&reader);
    assert_eq!(why.question, reader.model.caption().sentence);
    assert!(reader.model.caption().why_open);
    assert_eq!(reader.model.tab(), Tab::Why);
    let told = steps(&why);
    assert_eq!(told[0], reader.step());
    assert!(told.is_sorted_by(|one, other| one > other), "{told:?}");
    assert!(why.links[0].tie.is_empty());
    assert!(why.links[1..].iter().all(|link| !link.tie.is_empty()));
    // A majority of five: its own vote and two more, each with what it was granted by.
    let grants = |link: &&studio::show::WhyLink| link.sentence.contains("grants its vote");
    assert_eq!(why.links.iter().filter(grants).count(), 2);
    assert!(
        why.links
            .iter()
            .filter(grants)
            .all(|link| !link.source.is_empty())
    );
    assert!(
        why.links
            .last()
            .unwrap()
            .sentence
            .contains("election timer")
    );
    assert!(!why.links.last().unwrap().origin.is_empty());
    let said = reader.announced().last().unwrap().to_string();
    assert!(
        said.contains(&why.question) && said.contains("newest first"),
        "{said}"
    );
    let focused = Command::Focus(Target::Dock(Tab::Why));
    assert!(reader.commands.contains(&focused));
    // The clients had no part in it, and recede.
    let lit = lit(&reader).unwrap();
    assert!(lit.len() >= 3 && lit.contains(&leader));
    assert!(lit.iter().all(|node| node.0 < 5), "{lit:?}");
}

#[test]
fn a_cause_is_gone_to_and_come_back_from() {
    let (mut reader, leader) = paused_with_a_leader();
    let end = reader.step();
    reader.does(Msg::Why);
    let asked = why(&reader);
    assert!(asked.back.is_none());
    let first = asked.links.last().unwrap();
    reader.does(first.msg.clone());
    assert_eq!(reader.step(), first.step);
    let there = why(&reader);
    assert_eq!(there.question, asked.question);
    assert!(there.links.last().unwrap().current);
    // Only the one whose timer fired has had a part in it by then.
    assert_eq!(lit(&reader), Some(BTreeSet::from([leader])));
    reader.does(there.back.expect("a way back").msg);
    assert_eq!(reader.step(), end);
    // The caption asks anew about what it tells now.
    reader.does(there.links[1].msg.clone());
    assert!(!reader.model.caption().why_open);
    reader.does(Msg::Why);
    assert_eq!(steps(&why(&reader))[0], there.links[1].step);
    reader.does(Msg::Why);
    assert!(reader.model.why().is_none());
    assert_eq!(reader.model.tab(), Tab::UpNext);
    assert_eq!(lit(&reader), None);
}

#[test]
fn the_timeline_and_the_events_list_mark_what_led_there() {
    let (mut reader, _) = paused_with_a_leader();
    let only = |reader: &Reader| reader.model.events().only;
    assert!(only(&reader).is_none());
    reader.does(Msg::Tab(Tab::Events)).does(Msg::Why);
    let told = steps(&why(&reader));
    let marked = reader.model.timeline(SIZE, |input| input.led.to_vec());
    let marked: Vec<u64> = marked.into_iter().map(|(step, _)| step).collect();
    assert_eq!(marked, told);
    reader.does(Msg::Tab(Tab::Events));
    let rows = reader.model.events().rows;
    let led = rows.iter().filter(|row| !row.led.is_empty());
    let mut led: Vec<u64> = led.map(|row| row.step).collect();
    led.reverse();
    assert_eq!(led, told);
    assert!(rows.len() > told.len());
    reader.does(only(&reader).unwrap().msg);
    let alone: Vec<u64> = reader
        .model
        .events()
        .rows
        .iter()
        .rev()
        .map(|row| row.step)
        .collect();
    assert_eq!(alone, told);
    assert_eq!(only(&reader).unwrap().pressed, Some(true));
    reader.does(Msg::Events(EventsMsg::Only(false)));
    assert_eq!(reader.model.events().rows.len(), rows.len());
    // From the list, too, the question is asked.
    let here = reader
        .model
        .events()
        .rows
        .into_iter()
        .find(|row| row.current)
        .unwrap();
    reader.does(Msg::WhyClose).does(here.why.unwrap().msg);
    assert_eq!(steps(&why(&reader)), told);
}

#[test]
fn what_waits_comes_from_what_sent_it_or_set_it() {
    let (mut reader, leader) = paused_with_a_leader();
    let step = reader.step();
    let rows = reader.model.up_next().rows;
    let message = rows
        .iter()
        .find(|row| row.sentence.contains("AppendEntries"))
        .unwrap();
    reader.does(message.why.clone().unwrap().msg);
    let asked = why(&reader);
    assert_eq!(
        steps(&asked)[0],
        step,
        "the leader sent it when it was elected"
    );
    assert!(
        asked.links[0].tie.contains("message"),
        "{}",
        asked.links[0].tie
    );
    assert!(lit(&reader).unwrap().contains(&leader));
    let flying = reader.model.stage_input(SIZE).lit.unwrap().messages.clone();
    let name = reader
        .model
        .frame()
        .flights
        .iter()
        .find(|f| flying.contains(&f.name))
        .unwrap()
        .name;
    let timer = rows
        .iter()
        .find(|row| row.sentence.contains("election timer"))
        .unwrap();
    reader.does(timer.why.clone().unwrap().msg);
    assert!(why(&reader).links[0].tie.contains("timer"));
    assert!(
        why(&reader).links[0]
            .sentence
            .contains("hears from no leader")
    );
    // By the keyboard: the message that is selected, and the row with the cursor.
    reader
        .does(Msg::SelectMessage(Some(name)))
        .does(Msg::WhyOf(WhyOf::Selected));
    assert_eq!(why(&reader).question, asked.question);
    reader
        .does(Msg::UpNextSelect(timer.key.clone()))
        .does(Msg::WhyOf(WhyOf::Row));
    assert!(why(&reader).question.contains("election"));
    let client = rows.iter().find(|row| row.sentence.starts_with('C'));
    if let Some(client) = client {
        reader.does(client.why.clone().unwrap().msg);
        assert!(why(&reader).links.is_empty() && !why(&reader).note.is_empty());
    }
}

#[test]
fn a_node_is_what_it_is_because_of_one_event() {
    let (mut reader, leader) = paused_with_a_leader();
    let elected = reader.step();
    reader
        .runs_until(Until::Answer)
        .does(Msg::SelectNode(Some(leader)));
    let here = reader.step();
    let panel = reader.model.node_tab().panel.unwrap();
    reader.does(panel.buttons[0].msg.clone());
    assert_eq!(steps(&why(&reader))[0], elected);
    assert!(why(&reader).question.contains("leader"));
    assert_eq!(reader.step(), here, "asking moves nothing");
    // An entry is there, and committed, because a majority has it.
    let entry = panel.entries.last().unwrap().msg.clone();
    let Msg::WhyOf(WhyOf::Entry { index, .. }) = entry else {
        panic!("{entry:?}")
    };
    reader.does(entry);
    let asked = why(&reader);
    assert!(asked.question.contains("committed"), "{}", asked.question);
    let first = &asked.links[0];
    assert!(first.sentence.contains("commits ind"), "{}", first.sentence);
    reader.does(first.msg.clone()).does(Msg::Back);
    let committed = |reader: &Reader| {
        let node = &reader.model.frame().nodes[leader.index()];
        let logs = node
            .view
            .pictures
            .iter()
            .filter_map(|picture| match picture {
                Picture::Log { committed, .. } => Some(*committed),
                _ => None,
            });
        logs.max().unwrap()
    };
    assert!(committed(&reader) < index);
    reader.does(Msg::Step);
    assert!(committed(&reader) >= index);
    assert!(asked.links.iter().any(|link| link.step == elected));
    // Whoever learns of a commit got the entry before that, with an event that need not have led to the commit.
    reader.does(Msg::SeekStep(here));
    let followers = (0..5).map(NodeId).filter(|node| *node != leader);
    let had = followers.filter(|node| {
        let node = *node;
        reader.does(Msg::WhyOf(WhyOf::Entry { node, index }));
        let links = why(&reader).links;
        links
            .iter()
            .any(|link| link.tie.contains("came into the log"))
    });
    assert!(had.count() > 0);
}

#[test]
fn a_question_ends_with_what_it_was_about() {
    let (mut reader, leader) = paused_with_a_leader();
    reader.does(Msg::Why);
    let early = why(&reader).links[3].clone();
    // In what comes later nothing is lit: none of it led there.
    reader.does(Msg::Step);
    assert!(lit(&reader).is_none() && reader.model.why().is_some());
    reader.does(early.msg);
    assert!(lit(&reader).is_some());
    reader.does(Msg::CrashOrRestart(leader));
    assert!(
        reader.model.why().is_none(),
        "another branch has other events"
    );
    reader.does(Msg::Why).does(Msg::Close);
    assert!(reader.model.why().is_none());
    assert!(reader.commands.ends_with(&[Command::Focus(Target::Stage)]));
}

#[test]
fn why_is_told_in_chinese_too() {
    let mut reader = Reader::with(Setup {
        language: Language::Chinese,
        ..Setup::default()
    });
    reader
        .does(Msg::Pause)
        .runs_until(Until::Leader)
        .does(Msg::Why);
    let latin = |text: &str| {
        text.split(|c: char| !c.is_ascii_alphabetic())
            .any(|word| word == "because")
    };
    let told = why(&reader);
    assert!(
        told.links
            .iter()
            .all(|link| !latin(&link.tie) && !link.place.contains("step"))
    );
}
