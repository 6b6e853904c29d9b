//! The history of what clients called: the verdict and the picture with its sentences, while the run goes on, and where it fails.

use crate::reader::Reader;
use scene::Theme;
use studio::show::History;
use studio::{HistoryMsg, Msg, Setup, StoryMsg, Tab, Until};
use trace::Language;

fn history(reader: &Reader) -> History {
    let shown = reader.model.history(420.0, &Theme::LIGHT);
    shown.expect("the history is looked at")
}

/// What the parts of the picture say, in order.
fn told(history: &History) -> Vec<String> {
    let svg = &history.figure.as_ref().expect("a picture").svg;
    let parts = svg.split("<title>").skip(1);
    parts
        .map(|rest| rest.split("</title>").next().unwrap().to_owned())
        .collect()
}

/// The home run, with its history in sight.
fn looks() -> Reader {
    let mut reader = Reader::at_home();
    reader.does(Msg::Pause).does(Msg::Tab(Tab::History));
    reader
}

#[test]
fn it_grows_with_the_run_and_each_part_is_told() {
    let mut reader = looks();
    let before = history(&reader);
    assert!(before.figure.is_none() && before.answers.is_empty());
    reader.runs_until(Until::Leader).runs_until(Until::Answer);
    let one = history(&reader);
    assert!(!one.broken && one.verdict.starts_with("Linearizable so far"));
    reader.does(Msg::CrashLeader).runs_until(Until::Leader);
    reader.runs_until(Until::Answer).runs_until(Until::Answer);
    let later = history(&reader);
    assert!(!later.broken);
    let said = told(&later);
    assert_eq!(said.len(), later.parts.len());
    assert!(said.len() > told(&one).len());
    assert!(said.iter().any(|line| line.contains("crash")), "{said:?}");
    assert!(
        said.iter()
            .any(|line| line.contains("It takes effect as number 2.")),
        "{said:?}"
    );
    // A part leads to its event, and a bar from its call on to its answer.
    let first = later.parts[0].clone();
    reader.does(first.clone());
    let Msg::SeekStep(step) = first else {
        panic!("{first:?}");
    };
    assert_eq!(reader.step(), step);
    let again = history(&reader).parts[0].clone();
    reader.does(again);
    assert!(reader.step() > step);
    assert!(history(&reader).cursor < 1.0);
}

#[test]
fn earlier_calls_are_shown_again_and_it_follows_when_told_to() {
    let mut reader = looks();
    reader.does(Msg::ToStart).runs_until(Until::Leader);
    for _ in 0..40 {
        reader.runs_until(Until::Answer);
    }
    let end = history(&reader);
    let press = |button: &Option<studio::show::Button>| button.as_ref().unwrap().msg.clone();
    assert!(end.later.is_none() && end.follow.is_none());
    reader.does(press(&end.earlier));
    let earlier = history(&reader);
    assert_ne!(earlier.range, end.range);
    assert!(earlier.later.is_some());
    // It stays there while the run goes on, until it is to follow.
    reader.runs_until(Until::Answer);
    assert_eq!(told(&history(&reader))[0], told(&earlier)[0]);
    reader.does(press(&earlier.follow));
    assert!(history(&reader).later.is_none());
}

#[test]
fn a_command_that_is_carried_out_twice_is_a_wrong_answer() {
    let mut reader = Reader::with(Setup {
        story: "raft/client-retry".into(),
        ..Setup::default()
    });
    reader.does(Msg::Tab(Tab::History));
    for _ in 0..40 {
        if history(&reader).broken {
            break;
        }
        reader.does(Msg::Story(StoryMsg::Next)).waits(400);
    }
    let shown = history(&reader);
    assert!(shown.broken, "{}", shown.verdict);
    assert_eq!(shown.answers.len(), 1, "{shown:?}");
    assert!(shown.answers[0].sentence.contains("aa"), "{shown:?}");
    let said = told(&shown);
    assert!(
        said.iter()
            .any(|line| line.ends_with("This cannot be right.")),
        "{said:?}"
    );
    let announced = reader.announced();
    assert!(
        announced.iter().any(|said| **said == shown.verdict),
        "{announced:?}"
    );
    // In the other language too.
    reader.does(Msg::SetLanguage(Language::Chinese));
    assert!(history(&reader).verdict.starts_with("不可线性化"));
    let step = reader.step();
    reader.does(Msg::ToStart).does(shown.answers[0].msg.clone());
    assert!(reader.step() <= step && history(&reader).answers[0].current);
}

#[test]
fn what_shows_the_failure_is_offered_where_it_is_not_in_sight() {
    let mut reader = Reader::with(Setup {
        story: "raft/client-retry".into(),
        ..Setup::default()
    });
    reader.does(Msg::Tab(Tab::History));
    for _ in 0..40 {
        if history(&reader).broken {
            break;
        }
        reader.does(Msg::Story(StoryMsg::Next)).waits(400);
    }
    assert!(history(&reader).failure.is_none(), "it is in sight");
    reader.does(Msg::History(HistoryMsg::Failure));
    assert!(history(&reader).follow.is_some());
}

#[test]
fn only_where_clients_share_an_object_there_is_a_tab() {
    let mut reader = Reader::at_home();
    let has = |reader: &Reader| {
        let tabs = reader.model.tabs();
        tabs.iter().any(|tab| tab.tab == Tab::History)
    };
    assert!(has(&reader));
    for (id, shares) in [
        ("multi-paxos", true),
        ("paxos", true),
        ("load-balancing", false),
        ("two-generals", false),
    ] {
        reader.does(Msg::SelectProtocol(id.into()));
        assert_eq!(has(&reader), shares, "{id}");
        reader.does(Msg::Tab(Tab::History));
        assert_eq!(reader.model.tab() == Tab::History, shares, "{id}");
        if shares {
            reader.does(Msg::Pause).runs_until(Until::Answer);
            assert!(!history(&reader).parts.is_empty(), "{id}");
        }
    }
}
