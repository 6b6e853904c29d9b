//! Presenting: a clicker turns beats, the screen is blanked, the presenter's window shows what nobody else sees; and the handout.

use crate::reader::Reader;
use studio::show::Speaker;
use studio::{Command, Focus, Msg, PresentMsg, Press, Setup, StoryMsg, key};
use trace::Language;

fn story() -> Reader {
    Reader::with(Setup {
        story: "raft/first-election".into(),
        ..Setup::default()
    })
}

/// A key of the clicker.
fn clicks(reader: &mut Reader, pressed: &str) {
    let press = Press {
        key: pressed,
        ..Press::default()
    };
    let msg = key(press, Focus::Page, reader.model.mode()).expect("the key does something");
    reader.does(msg);
}

fn place(reader: &Reader) -> String {
    reader.model.caption().guide.expect("a story is on").place
}

fn speaker(reader: &Reader) -> Speaker {
    reader.model.speaker().expect("the window is open")
}

#[test]
fn a_clicker_turns_beats_reveals_blanks_and_never_loses_the_run() {
    let mut reader = story();
    assert!(!reader.model.is_presenting());
    let begin = reader.model.presenting();
    assert_eq!(begin.len(), 1);
    reader.does(begin[0].msg.clone());
    assert!(reader.model.is_presenting());
    assert!(reader.commands.contains(&Command::Present(true)));
    for (pressed, beat) in [
        ("PageDown", "2 of 6"),
        ("ArrowRight", "2 of 6"),
        (" ", "3 of 6"),
    ] {
        clicks(&mut reader, pressed);
        assert_eq!(place(&reader), beat, "{pressed}");
    }
    for (pressed, beat) in [("PageUp", "2 of 6"), ("ArrowUp", "1 of 6")] {
        clicks(&mut reader, pressed);
        assert_eq!(place(&reader), beat, "{pressed}");
    }
    while !reader.model.has_question() {
        clicks(&mut reader, "PageDown");
    }
    clicks(&mut reader, "PageDown");
    assert!(!reader.model.has_question(), "the next press reveals");
    clicks(&mut reader, "b");
    assert!(reader.model.is_blank());
    clicks(&mut reader, "F5");
    assert!(reader.model.is_presenting() && reader.model.is_blank());
    clicks(&mut reader, "Escape");
    assert!(reader.model.is_presenting() && !reader.model.is_blank());
    clicks(&mut reader, ".");
    clicks(&mut reader, "PageDown");
    assert!(!reader.model.is_blank(), "whoever goes on wants to be seen");
    let (step, digest) = (reader.step(), reader.model.digest());
    clicks(&mut reader, "Escape");
    assert!(!reader.model.is_presenting());
    assert!(reader.commands.contains(&Command::Present(false)));
    assert_eq!((reader.step(), reader.model.digest()), (step, digest));
}

#[test]
fn without_a_story_a_clicker_goes_from_moment_to_moment() {
    let mut reader = Reader::at_home();
    reader
        .does(Msg::Pause)
        .does(Msg::Present(PresentMsg::Begin));
    let before = reader.step();
    clicks(&mut reader, "PageDown");
    reader.waits(3_000);
    let after = reader.step();
    assert!(after > before);
    clicks(&mut reader, "PageUp");
    reader.waits(500);
    assert!(reader.step() < after);
}

#[test]
fn the_presenters_window_shows_the_note_the_answers_and_what_comes_next() {
    let mut reader = story();
    assert_eq!(reader.model.speaker(), None);
    reader.does(Msg::Present(PresentMsg::OpenSpeaker));
    assert!(reader.model.is_presenting(), "whoever wants notes presents");
    assert!(reader.commands.contains(&Command::OpenSpeaker));
    let shown = speaker(&reader);
    assert_eq!(
        (shown.title.as_str(), shown.place.as_str()),
        ("The first election", "1 of 6")
    );
    assert!(shown.now.starts_with("Five servers, and nobody leads."));
    assert!(
        shown
            .note
            .starts_with("Let the class look before anything moves")
    );
    assert!(shown.next.starts_with("Each waits for a time of its own"));
    while !reader.model.has_question() {
        reader.does(Msg::Present(PresentMsg::SpeakerKey("PageDown".into())));
    }
    let shown = speaker(&reader);
    assert!(shown.now.starts_with("Five servers. How many must vote"));
    assert_eq!(shown.answers[1], "✓ 2. Three");
    assert!(shown.answers[0].starts_with("· 1. Two"));
    assert!(
        shown.next.starts_with("A majority would."),
        "{}",
        shown.next
    );
    assert!(!shown.note.contains('{') && !shown.next.contains('{'));
    let json = shown.json();
    assert!(
        json.contains(r#""lang":"en""#) && json.contains(r#"["PageDown","Next"]"#),
        "{json}"
    );
    reader.does(Msg::SetLanguage(Language::Chinese));
    assert_eq!(speaker(&reader).words.elapsed, "已用时间");
    assert_eq!(speaker(&reader).lang, "zh-Hans");
    // A digit there is an answer here.
    reader.does(Msg::Present(PresentMsg::SpeakerKey("2".into())));
    assert!(!reader.model.has_question());
    assert!(speaker(&reader).answers.is_empty());
    reader.does(Msg::Present(PresentMsg::SpeakerClosed));
    assert_eq!(reader.model.speaker(), None);
    assert!(reader.model.is_presenting(), "the presentation goes on");
}

#[test]
fn a_window_that_the_browser_blocks_is_said_and_the_presentation_goes_on() {
    let mut reader = story();
    reader.does(Msg::Present(PresentMsg::OpenSpeaker));
    reader.does(Msg::Present(PresentMsg::SpeakerBlocked));
    let notice = reader.model.notice().expect("it is said");
    assert!(notice.cure.contains("pop-up"), "{}", notice.cure);
    assert!(reader.model.is_presenting() && reader.model.speaker().is_none());
}

#[test]
fn the_handout_is_the_whole_story_wherever_one_stands_in_it() {
    let mut reader = Reader::at_home();
    assert_eq!(
        reader.model.handout(),
        None,
        "there is none without a story"
    );
    reader.does(Msg::Story(StoryMsg::Open {
        protocol: "raft".into(),
        id: "split-vote".into(),
    }));
    reader.does(Msg::Story(StoryMsg::Next));
    let (step, digest) = (reader.step(), reader.model.digest());
    let button = reader.model.handout().expect("there is one");
    reader.does(button.msg);
    let shown = reader.commands.iter().find_map(|command| match command {
        Command::Show { name, html } => Some((name.as_str(), html.as_str())),
        _ => None,
    });
    let (name, html) = shown.expect("a document");
    assert_eq!(name, "raft-split-vote.html");
    let stages = html.matches("alt=\"The stage at the end").count();
    assert_eq!(stages, 7, "a picture for each beat");
    assert_eq!(
        (reader.step(), reader.model.digest()),
        (step, digest),
        "the run stays as it is"
    );
}
