//! *What can still happen?*: questions that follow from the protocol's words, answers with their numbers, and the way there as a branch.

use super::find::work_off;
use super::reader::Reader;
use protocol::NodeId;
use studio::show::FromHere;
use studio::{Command, CrewCommand, FindMsg, FromHereMsg, HereKind, HereLimit, Menu, Msg, Until};

fn asks(reader: &mut Reader, msg: FromHereMsg) -> Vec<Command> {
    reader.model.update(Msg::FromHere(msg))
}

/// Asks what the form says, and works until there is an answer.
fn answered(reader: &mut Reader, workers: u32) -> FromHere {
    let commands = asks(reader, FromHereMsg::Start);
    assert!(reader.model.from_here().cancel.is_some());
    work_off(reader, commands, workers);
    let here = reader.model.from_here();
    assert!(here.start.is_some() && here.cancel.is_none() && here.progress.is_empty());
    here
}

fn labels(here: &FromHere, part: usize) -> Vec<&str> {
    let choices = here.parts[part].choices.iter();
    choices.map(|choice| choice.label.as_str()).collect()
}

/// Three servers, the first elected by hand, and its cluster quiet.
fn small() -> Reader {
    let mut reader = Reader::at_home();
    for (key, value) in [("servers", "3"), ("clients", "1"), ("arrivals", "never")] {
        reader.does(Msg::SetParameter {
            key: key.into(),
            value: value.into(),
        });
    }
    reader.runs_until(Until::Leader);
    reader
}

fn leads(reader: &Reader) -> NodeId {
    reader.leader().expect("a leader").0
}

#[test]
fn a_node_that_can_still_win_is_seen_winning() {
    let mut reader = small();
    let leader = leads(&reader);
    reader.does(Msg::CrashLeader);
    let (branches, step) = (reader.model.branches().tracks.len(), reader.step());
    let other = NodeId((leader.0 + 1) % 3);
    reader.does(Msg::SelectNode(Some(other)));
    reader.does(Msg::Open(Menu::FromHere));
    let here = reader.model.from_here();
    assert_eq!(
        labels(&here, 3),
        ["follower", "pre-candidate", "candidate", "leader"]
    );
    asks(&mut reader, FromHereMsg::Role("leader".into()));
    let name = format!("S{}", other.0 + 1);
    let question = format!("Can {name} still become leader?");
    assert_eq!(reader.model.from_here().sentence, question);
    let answer = answered(&mut reader, 2).answer.expect("an answer");
    assert!(answer.headline.starts_with("Yes, in "), "{answer:?}");
    assert!(
        answer
            .detail
            .contains("No schedule gets there in fewer steps"),
        "{answer:?}"
    );
    assert!(
        answer.steps.len() > 3 && answer.steps[0].contains(&name),
        "{answer:?}"
    );

    reader.does(answer.watch.expect("a way").msg);
    assert_eq!(reader.model.menu(), None);
    assert_eq!(reader.step(), step, "the present, with the way behind it");
    reader.runs_until(Until::Leader);
    assert_eq!(leads(&reader), other);
    assert!(reader.step() <= step + answer.steps.len() as u64);
    assert!(reader.model.branches().tracks.len() >= branches);
}

#[test]
fn without_a_majority_it_says_no_with_its_numbers() {
    let mut reader = small();
    let leader = leads(&reader);
    let [down, other] = [1, 2].map(|more| NodeId((leader.0 + more) % 3));
    for node in [down, leader] {
        reader.does(Msg::CrashOrRestart(node));
    }
    reader.does(Msg::Open(Menu::FromHere));
    for msg in [
        FromHereMsg::Node(other),
        FromHereMsg::Role("leader".into()),
        FromHereMsg::Limit(HereLimit::Steps, 6),
        FromHereMsg::Limit(HereLimit::Repairs, 0),
    ] {
        asks(&mut reader, msg);
    }
    let here = answered(&mut reader, 3);
    assert_eq!(
        here.limits_summary,
        "up to 6 steps, 1 crash, 0 repairs, 0 losses, 0 copies"
    );
    let answer = here.answer.expect("an answer");
    assert_eq!(
        (answer.sign, answer.headline.as_str()),
        ("✗", "Not within 6 steps.")
    );
    for part in [
        "In no schedule of up to 6 steps",
        "1 crash, 0 repairs",
        "500 longer schedules",
    ] {
        assert!(answer.detail.contains(part), "{}", answer.detail);
    }
    assert!(answer.watch.is_none() && answer.steps.is_empty());
}

#[test]
fn what_is_asked_follows_from_what_there_is() {
    let mut reader = small();
    let kinds = |reader: &Reader| reader.model.from_here().parts[0].choices.len();
    // Nothing is in a log yet but what the leader put there.
    let before = kinds(&reader);
    assert!((4..=5).contains(&before));
    reader.does(Msg::Act(sim_ask()));
    reader.runs_until(Until::Answer);
    assert_eq!(kinds(&reader), 5);
    asks(&mut reader, FromHereMsg::Kind(HereKind::Entry));
    let here = reader.model.from_here();
    assert!(here.sentence.starts_with("Can entry "), "{}", here.sentence);
    assert!(labels(&here, 2).last().unwrap().contains("x"), "{here:?}");
    asks(&mut reader, FromHereMsg::Committed(true));
    asks(&mut reader, FromHereMsg::Limit(HereLimit::Steps, 4));
    let answer = answered(&mut reader, 1).answer.unwrap();
    assert_eq!(answer.headline, "Not within 4 steps.");

    asks(&mut reader, FromHereMsg::Kind(HereKind::Answer));
    assert!(reader.model.from_here().sentence.contains("C1"));
    asks(&mut reader, FromHereMsg::Kind(HereKind::Property));
    assert!(
        reader
            .model
            .from_here()
            .sentence
            .contains("promise be broken")
    );

    // Where there are no logs, nothing is asked about them.
    reader.does(Msg::SelectProtocol("two-phase-commit".into()));
    assert_eq!(kinds(&reader), 4);
    reader.does(Msg::SelectProtocol("map-reduce".into()));
    assert_eq!(kinds(&reader), 4);
}

fn sim_ask() -> sim::Action {
    sim::Action::Ask {
        client: NodeId(3),
        op: "put".into(),
        fields: vec!["x".into(), "1".into()],
    }
}

#[test]
fn any_predicate_is_asked_and_what_is_wrong_with_it_is_said() {
    let mut reader = small();
    asks(&mut reader, FromHereMsg::Kind(HereKind::Predicate));
    let typed = |reader: &mut Reader, text: &str| {
        asks(reader, FromHereMsg::Predicate(text.into()));
        let commands = asks(reader, FromHereMsg::Start);
        work_off(reader, commands, 1);
        reader.model.from_here()
    };
    let here = typed(&mut reader, "role = \"leder\"");
    assert!(
        here.note.starts_with("Column 8: ") && here.note.contains("leader"),
        "{}",
        here.note
    );
    let here = typed(&mut reader, "role =");
    assert!(here.note.starts_with("Column "), "{}", here.note);
    let here = typed(&mut reader, "");
    assert!(here.note.contains("predicate"), "{}", here.note);
    let here = typed(&mut reader, "event = \"fired\", count = 2");
    assert_eq!(here.note, "");
    let answer = here.answer.expect("an answer");
    assert_eq!(answer.headline, "Yes, in 2 steps.");
    assert!(
        answer.question.starts_with("Can this come about: "),
        "{answer:?}"
    );
}

#[test]
fn a_question_is_stopped_and_a_search_ends_it() {
    let mut reader = small();
    reader.does(Msg::Open(Menu::FromHere));
    asks(&mut reader, FromHereMsg::Start);
    reader.model.update(Msg::Find(FindMsg::Ready(0)));
    let progress = r#"{"looking":{"distinct":1200,"generated":5000,"depth":3,"waiting":9}}"#;
    let told = FindMsg::Told {
        worker: 0,
        text: progress.into(),
    };
    reader.model.update(Msg::Find(told));
    let here = reader.model.from_here();
    assert!(
        here.progress
            .contains("up to 4 steps: 1200 different states"),
        "{}",
        here.progress
    );
    let stopped = asks(&mut reader, FromHereMsg::Cancel);
    assert!(stopped.contains(&Command::Crew(CrewCommand::Dismiss)));
    let answer = reader.model.from_here().answer.expect("what is known");
    assert_eq!(
        (answer.sign, answer.headline.as_str()),
        ("?", "Stopped: not found so far.")
    );
    assert!(answer.detail.contains("up to 3 steps"), "{}", answer.detail);

    asks(&mut reader, FromHereMsg::Start);
    reader.does(Msg::Find(FindMsg::Start));
    assert!(reader.model.from_here().cancel.is_none() && reader.model.find().cancel.is_some());
    asks(&mut reader, FromHereMsg::Start);
    assert!(reader.model.from_here().cancel.is_some() && reader.model.find().cancel.is_none());
    let dead = FindMsg::Failed {
        worker: 0,
        why: "no workers here".into(),
    };
    reader.model.update(Msg::Find(dead));
    assert!(reader.model.from_here().note.contains("no workers here"));
}
