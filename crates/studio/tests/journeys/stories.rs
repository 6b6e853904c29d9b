//! Stories: the gallery, beat by beat, one's own try and the way back, files and addresses.

use crate::reader::Reader;
use scene::Theme;
use studio::show::{Guide, StoryCard};
use studio::{Command, Msg, Setup, StoryMsg, Tab};
use trace::Language;

const NEXT: Msg = Msg::Story(StoryMsg::Next);
const PREVIOUS: Msg = Msg::Story(StoryMsg::Previous);

/// A story in which somebody acts, and whose first beat plays.
const OWN: &str = r#"
protocol = "raft"
topic = "failures"
title.en = "Mine"
title.zh = "我的"
summary.en = "The leader crashes."
summary.zh = "领导者崩溃。"
seed = 25

[[beat]]
say.en = "Five servers elect a leader."
say.zh = "五台服务器选出一个领导者 (leader)。"
until = { fact = "became-leader" }

[[beat]]
let = { old = "leader" }
say.en = "{old} crashes."
say.zh = "{old} 崩溃。"
do = { crash = "old" }

[[beat]]
say.en = "Another is elected."
say.zh = "另选一台。"
until = { fact = "became-leader" }
"#;

fn open(protocol: &str, id: &str) -> Msg {
    Msg::Story(StoryMsg::Open {
        protocol: protocol.into(),
        id: id.into(),
    })
}

fn guide(reader: &Reader) -> Guide {
    reader.model.caption().guide.expect("a story is on")
}

fn sentence(reader: &Reader) -> String {
    reader.model.caption().sentence
}

fn cards(reader: &Reader) -> Vec<StoryCard> {
    let shelves = reader.model.gallery().shelves.into_iter();
    let topics = shelves.flat_map(|shelf| shelf.topics);
    topics.flat_map(|topic| topic.stories).collect()
}

/// Watches the present beat to its end.
fn beat_ends(reader: &mut Reader) {
    reader
        .waits_until(120_000, |model| !model.is_playing())
        .expect("the beat comes to its end by itself");
}

#[test]
fn every_story_of_every_protocol_plays_to_its_end_and_says_its_beats() {
    let mut reader = Reader::at_home();
    let all = cards(&reader);
    assert!(all.len() >= 18, "{} stories", all.len());
    for card in all {
        reader.commands.clear();
        reader.does(card.msg.clone());
        let mut said = 1;
        let first = sentence(&reader);
        assert!(reader.announced().contains(&first.as_str()), "{first}");
        while guide(&reader).then.is_empty() {
            // The second press skips what the first began to play.
            reader.does(NEXT);
            said += 1;
            assert!(said < 60, "{}: {}", card.id, sentence(&reader));
        }
        assert_eq!(guide(&reader).place, "The end");
        assert!(sentence(&reader).contains(&card.title));
        assert!(!reader.model.is_playing());
        let on = cards(&reader);
        let here = on.iter().find(|card| card.current).expect("it is marked");
        assert_eq!(here.msg, card.msg);
    }
}

#[test]
fn the_first_election_plays_at_its_pace_and_can_be_skipped() {
    let mut reader = Reader::at_home();
    reader.does(open("raft", "first-election"));
    assert_eq!(
        (guide(&reader).place.as_str(), reader.step()),
        ("1 of 6", 0)
    );
    assert!(
        !reader.model.is_playing(),
        "the first beat only says something"
    );
    reader.does(NEXT);
    assert!(reader.model.is_playing());
    assert_eq!(guide(&reader).place, "2 of 6");
    reader.waits(300);
    assert!(reader.model.is_playing(), "it takes its time");
    beat_ends(&mut reader);
    let step = reader.step();
    assert!(step > 0);
    assert!(guide(&reader).next.enabled && !guide(&reader).left);
    reader.does(NEXT).does(NEXT);
    assert!(!reader.model.is_playing() && reader.step() > step);
    assert_eq!(guide(&reader).place, "3 of 6");
    // Back to where the beat began, and to the one before.
    reader.does(PREVIOUS);
    assert_eq!(
        (guide(&reader).place.as_str(), reader.step()),
        ("3 of 6", step)
    );
    reader.does(PREVIOUS);
    assert_eq!(
        (guide(&reader).place.as_str(), reader.step()),
        ("2 of 6", 0)
    );
    reader.does(Msg::SetLanguage(Language::Chinese));
    assert_eq!(guide(&reader).place, "第 2 幕，共 6 幕");
    assert!(sentence(&reader).contains("随机"));
}

/// A story that asks who is elected before it shows it.
const ASKS: &str = r#"
protocol = "raft"
topic = "elections"
title.en = "Asked"
title.zh = "提问"
summary.en = "Who leads?"
summary.zh = "谁领导？"
seed = 25

[[beat]]
say.en = "One is elected."
say.zh = "一台当选。"
until = { fact = "became-leader" }

[beat.ask]
say.en = "How many will lead?"
say.zh = "几台领导？"

[[beat.ask.choice]]
say.en = "Two"
say.zh = "两台"
why.en = "A server votes once."
why.zh = "每台只投一票。"
holds = { role = "leader", count = 2 }

[[beat.ask.choice]]
right = true
say.en = "One"
say.zh = "一台"
why.en = "Two majorities meet."
why.zh = "两个多数相交。"
holds = { role = "leader", count = 1 }

[[beat]]
say.en = "It leads."
say.zh = "它在领导。"
until = { event = "fired", timer = "heartbeat" }
"#;

fn asked() -> Reader {
    let mut reader = Reader::at_home();
    reader.does(Msg::OpenFile {
        name: "asked.toml".into(),
        text: ASKS.into(),
    });
    reader
}

const fn choose(choice: usize) -> Msg {
    Msg::Story(StoryMsg::Choose(choice))
}

#[test]
fn a_beat_that_asks_waits_for_an_answer_and_says_why_it_was_right_or_wrong() {
    for (choice, right, says) in [
        (
            0,
            false,
            "✗ Not so: “Two”. A server votes once. It is: One. Two majorities meet.",
        ),
        (1, true, "✓ Right. Two majorities meet."),
    ] {
        let mut reader = asked();
        assert_eq!(sentence(&reader), "How many will lead?");
        assert!(reader.announced().contains(&"How many will lead?"));
        let choices = guide(&reader).choices;
        let labels: Vec<&str> = choices.iter().map(|choice| choice.label.as_str()).collect();
        assert_eq!(labels, ["Two", "One"]);
        reader.waits(3_000);
        assert_eq!(
            (reader.step(), reader.model.is_playing()),
            (0, false),
            "it waits"
        );
        reader.does(choices[choice].msg.clone());
        assert_eq!(sentence(&reader), "One is elected.");
        let so_far = guide(&reader).reveal.expect("what was said stands there");
        assert_eq!(so_far.right, None, "the run has not answered yet");
        beat_ends(&mut reader);
        let reveal = guide(&reader).reveal.expect("it was answered");
        assert_eq!((reveal.right, reveal.text().as_str()), (Some(right), says));
        assert!(
            reader.announced().contains(&says),
            "whoever listens hears it"
        );
        // Whoever goes back is not asked again.
        reader.does(PREVIOUS);
        assert!(guide(&reader).choices.is_empty());
        assert_eq!(sentence(&reader), "One is elected.");
    }
}

#[test]
fn a_question_may_be_passed_and_one_that_is_not_open_takes_no_answer() {
    for pass in [NEXT, Msg::PlayPause] {
        let mut reader = asked();
        assert!(reader.model.has_question() && reader.model.mode().asks);
        reader.does(choose(5));
        assert!(reader.model.has_question(), "there is no sixth answer");
        assert_eq!(guide(&reader).next.label, "Reveal");
        reader.does(pass);
        assert!(!reader.model.has_question() && reader.model.is_playing());
        beat_ends(&mut reader);
        let reveal = guide(&reader).reveal.expect("it is revealed");
        assert_eq!(reveal.right, None);
        assert_eq!(reveal.text(), "It is: One. Two majorities meet.");
        reader.does(choose(1));
        assert_eq!(guide(&reader).reveal, Some(reveal), "too late");
        reader.does(NEXT);
        assert_eq!(guide(&reader).reveal, None);
        assert_eq!(sentence(&reader), "It leads.");
    }
}

#[test]
fn whoever_leaves_a_question_finds_it_again() {
    let mut reader = asked();
    reader.does(Msg::Step);
    assert!(guide(&reader).left && guide(&reader).choices.is_empty());
    reader.does(choose(1));
    assert!(guide(&reader).left, "nothing is asked out there");
    reader.does(NEXT);
    assert_eq!(sentence(&reader), "How many will lead?");
    assert_eq!(guide(&reader).choices.len(), 2);
}

#[test]
fn scores_stay_on_the_machine_are_shown_and_can_be_forgotten() {
    let kept = |reader: &Reader| {
        let mut commands = reader.commands.iter().rev();
        commands.find_map(|command| match command {
            Command::SetScores(scores) => Some(scores.clone()),
            _ => None,
        })
    };
    let mut reader = Reader::at_home();
    assert_eq!(reader.model.gallery().clear, None);
    reader.does(open("raft", "split-vote"));
    while !reader.model.has_question() {
        reader.does(NEXT);
    }
    reader.does(choose(0));
    assert_eq!(kept(&reader).as_deref(), Some("raft/split-vote x\n"));
    let score = |reader: &Reader| {
        let mut cards = cards(reader).into_iter();
        cards
            .find(|card| card.id == "split-vote")
            .map(|card| card.score)
    };
    assert_eq!(score(&reader).as_deref(), Some("0 of 1 right"));
    // The next visit knows it; a better answer takes its place.
    let mut again = Reader::with(Setup {
        scores: kept(&reader).unwrap_or_default(),
        ..Setup::default()
    });
    assert_eq!(score(&again).as_deref(), Some("0 of 1 right"));
    again.does(open("raft", "split-vote"));
    while !again.model.has_question() {
        again.does(NEXT);
    }
    again.does(choose(1));
    assert_eq!(
        again.model.gallery().score,
        "1 of 1 question answered right"
    );
    let clear = again.model.gallery().clear.expect("it can be forgotten");
    again.does(clear.msg);
    assert_eq!(kept(&again).as_deref(), Some(""));
    assert_eq!(score(&again).as_deref(), Some(""));
    // A file of one's own is nobody's to keep.
    let mut own = asked();
    own.does(choose(1));
    assert_eq!(kept(&own), None);
}

#[test]
fn what_came_of_a_beat_is_announced_whether_it_was_watched_or_skipped() {
    let mut reader = Reader::at_home();
    reader.does(open("raft", "first-election"));
    // Nobody leads yet; then the first asks; it becomes a candidate; it leads.
    for (skips, what) in [
        (false, "asks whether it could win term 1"),
        (true, "becomes a candidate for term 1 and votes for itself"),
        (false, "leads term 1: S2 and S4 voted for it"),
    ] {
        let mut before = reader.announced().len();
        reader.does(NEXT);
        let asks = reader.model.has_question();
        if asks {
            assert_eq!(reader.announced()[before..], [sentence(&reader)]);
            before += 1;
            reader.does(NEXT);
        }
        let words = sentence(&reader);
        if skips {
            reader.does(NEXT);
        } else {
            beat_ends(&mut reader);
        }
        let said = &reader.announced()[before..];
        assert!(
            words.starts_with(said[0]),
            "the words of the beat come first: {said:?}"
        );
        // Behind a question, what the answer was comes before what came.
        assert_eq!(said.len(), 2 + usize::from(asks), "{said:?}");
        assert!(said[said.len() - 1].contains(what), "{said:?}");
    }
    // A beat of words alone is said once.
    let before = reader.announced().len();
    reader.does(NEXT);
    beat_ends(&mut reader);
    assert_eq!(reader.announced()[before..].len(), 1);
    // Several turning points are told one after the other, and of all else how much there was.
    reader.does(NEXT);
    beat_ends(&mut reader);
    let said = &reader.announced()[before + 1..];
    assert_eq!(said.len(), 2, "{said:?}");
    for what in ["commits index 1", "commits index 2", "28 other events"] {
        assert!(said[1].contains(what), "{said:?}");
    }
}

#[test]
fn whoever_acts_in_a_story_leaves_it_and_comes_back() {
    let mut reader = Reader::at_home();
    reader.does(open("raft", "log-replication")).does(NEXT);
    let (words, step, digest) = (sentence(&reader), reader.step(), reader.model.digest());
    reader.does(Msg::CrashLeader);
    let left = guide(&reader);
    assert!(
        left.left && left.place == "Left at beat 1",
        "{}",
        left.place
    );
    assert_eq!(left.next.label, "Back to the story");
    assert_ne!(sentence(&reader), words, "the try is told as any run is");
    for _ in 0..5 {
        reader.does(Msg::Step);
    }
    reader.does(NEXT);
    assert!(!guide(&reader).left);
    assert_eq!((sentence(&reader), reader.step()), (words, step));
    assert_eq!(reader.model.digest(), digest);
    assert_eq!(reader.model.branches().tracks.len(), 2, "the try is kept");
    while guide(&reader).then.is_empty() {
        reader.does(NEXT);
    }
    assert!(
        reader
            .model
            .frame()
            .nodes
            .iter()
            .all(|node| node.status == trace::NodeStatus::Up)
    );
}

#[test]
fn the_address_names_a_story_until_it_is_left() {
    let mut reader = Reader::with(Setup {
        story: "raft/leader-crash".into(),
        ..Setup::default()
    });
    assert!(guide(&reader).title.starts_with("The leader crashes"));
    reader.waits(1_500);
    let named = Command::NameStory("raft/leader-crash".into());
    assert!(reader.commands.contains(&named));
    assert!(reader.addresses().is_empty());
    reader.does(NEXT).does(NEXT).does(Msg::Step);
    reader.waits(1_500);
    let link = reader
        .addresses()
        .last()
        .expect("left, it is a run")
        .to_string();
    let (step, digest) = (reader.step(), reader.model.digest());
    let there = Reader::with_address(&link);
    assert!(there.model.caption().guide.is_none(), "an ordinary run");
    assert_eq!((there.step(), there.model.digest()), (step, digest));
}

#[test]
fn what_the_address_names_and_is_not_there_is_said() {
    for (name, says) in [("raft/no-such", "first-election"), ("zab/first", "raft")] {
        let reader = Reader::with(Setup {
            story: name.into(),
            ..Setup::default()
        });
        let notice = reader.model.notice().expect("a notice");
        assert!(notice.cure.contains(says), "{name}: {}", notice.cure);
        assert!(reader.model.is_playing(), "the home run goes on");
    }
}

#[test]
fn a_story_is_fetched_from_where_its_file_lies() {
    let address = "lecture/my-story.toml";
    let mut reader = Reader::with(Setup {
        story: address.into(),
        ..Setup::default()
    });
    assert!(reader.commands.contains(&Command::Fetch(address.into())));
    let fetched = |text: Result<&str, &str>| {
        Msg::Story(StoryMsg::Fetched {
            address: address.into(),
            text: text.map(str::to_owned).map_err(str::to_owned),
        })
    };
    reader.does(fetched(Err("404")));
    let notice = reader.model.notice().expect("a notice");
    assert!(notice.detail.contains(address) && notice.detail.contains("404"));
    reader.does(fetched(Ok(OWN)));
    assert!(reader.model.notice().is_none());
    assert_eq!(guide(&reader).title, "Mine");
    reader.waits(1_500);
    assert!(
        reader
            .commands
            .contains(&Command::NameStory(address.into()))
    );
}

#[test]
fn a_file_of_ones_own_is_told_and_its_mistakes_are_said() {
    let mut reader = Reader::at_home();
    let file = |text: &str| Msg::OpenFile {
        name: "mine.toml".into(),
        text: text.into(),
    };
    reader.does(file(&OWN.replace("became-leader", "became-laeder")));
    let notice = reader.model.notice().expect("a notice");
    assert!(notice.detail.contains("mine.toml") && notice.list.len() == 2);
    let first = &notice.list[0];
    assert!(
        first.starts_with("Line 13, column ") && first.contains("became-leader"),
        "{first}"
    );
    reader.does(file("protocol = "));
    assert!(reader.model.notice().expect("a notice").list[0].starts_with("Line 1, "));
    reader.does(file(OWN));
    assert!(reader.model.notice().is_none() && reader.model.is_playing());
    beat_ends(&mut reader);
    let down = |reader: &Reader| {
        let mut nodes = reader.model.frame().nodes.iter();
        nodes.any(|node| node.status == trace::NodeStatus::Crashed)
    };
    reader.does(NEXT);
    assert!(down(&reader) && !sentence(&reader).contains('{'));
    beat_ends(&mut reader);
    reader.does(NEXT);
    beat_ends(&mut reader);
    reader.does(NEXT);
    assert_eq!(
        guide(&reader).then.len(),
        1,
        "no story follows one's own, only the sandbox"
    );
    // One that cannot go on says why, and can be left by going back.
    reader.does(file(&OWN.replace("crash = \"old\"", "restart = \"old\"")));
    reader.does(NEXT).does(NEXT);
    assert!(sentence(&reader).contains("cannot go on") && !guide(&reader).next.enabled);
    reader.does(PREVIOUS);
    assert!(guide(&reader).next.enabled);
}

#[test]
fn the_gallery_is_searched_in_the_language_that_is_shown() {
    let mut reader = Reader::at_home();
    let all = cards(&reader).len();
    let search = |text: &str| Msg::Story(StoryMsg::Search(text.into()));
    reader.does(search("  HERD "));
    let found: Vec<String> = cards(&reader).into_iter().map(|card| card.id).collect();
    assert_eq!(found, ["herd"]);
    reader.does(Msg::SetLanguage(Language::Chinese));
    assert!(cards(&reader).is_empty() && !reader.model.gallery().found.is_empty());
    reader.does(search("羊群"));
    assert_eq!(cards(&reader).len(), 1);
    reader.does(search("Raft"));
    assert!(
        cards(&reader).len() > 5,
        "the name of a protocol brings all of it"
    );
    reader
        .does(search(""))
        .does(Msg::Story(StoryMsg::Topic(Some("elections".into()))));
    let elections = cards(&reader).len();
    assert!(elections > 0 && elections < all);
    reader.does(Msg::Story(StoryMsg::Topic(None)));
    let shelves = reader.model.gallery().shelves;
    let titles: Vec<&str> = shelves.iter().map(|shelf| shelf.title.as_str()).collect();
    assert!(titles.contains(&"两阶段提交"), "{titles:?}");
    for shelf in &shelves {
        reader.does(shelf.sandbox.msg.clone());
        assert_eq!(reader.model.header().protocol, shelf.title);
        assert!(reader.model.is_playing() && reader.model.caption().guide.is_none());
    }
}

#[test]
fn a_protocol_with_charts_has_a_tab_that_draws_them() {
    let mut reader = Reader::at_home();
    reader.does(Msg::SelectProtocol("load-balancing".into()));
    reader.waits(8_000).does(Msg::Tab(Tab::Charts));
    assert!(
        reader
            .model
            .tabs()
            .iter()
            .any(|tab| tab.tab == Tab::Charts && tab.open)
    );
    let charts = reader.model.charts(400.0, &Theme::LIGHT);
    assert!(charts.len() >= 3, "{}", charts.len());
    let words = reader.announced();
    let first = words.iter().find(|text| text.starts_with("Load balancing"));
    assert!(
        first.is_some_and(|text| text.contains("nodes")),
        "{words:?}"
    );
}
