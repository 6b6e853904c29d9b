//! Links and files: the same step, the same digest, in a profile that has never seen the run.

use crate::reader::Reader;
use studio::{Command, FileKind, LinkForm, Msg, Setup, Until};

fn eventful() -> Reader {
    let mut reader = Reader::at_home();
    reader.does(Msg::Pause).runs_until(Until::Leader);
    let (leader, _) = reader.leader().unwrap();
    reader
        .does(Msg::CrashOrRestart(leader))
        .runs_until(Until::Leader);
    reader
        .does(Msg::CrashOrRestart(leader))
        .runs_until(Until::Answer);
    reader
}

fn opened(address: &str) -> Reader {
    let mut reader = Reader::with_address(address);
    reader.waits_until(10_000, |model| model.run_until_menu().running.is_none());
    reader
}

#[test]
fn a_link_opens_at_the_same_step_with_the_same_digest() {
    let reader = eventful();
    let link = reader.fragment();
    assert!(!link.is_empty());
    for address in [link.clone(), format!("#{link}")] {
        let friend = opened(&address);
        assert!(
            friend.model.notice().is_none(),
            "{:?}",
            friend.model.notice()
        );
        assert_eq!(friend.step(), reader.step());
        assert_eq!(friend.model.digest(), reader.model.digest());
        assert!(!friend.model.is_playing());
    }
}

#[test]
fn a_link_into_the_past_keeps_the_future() {
    let mut reader = eventful();
    let (end, digest) = (reader.step(), reader.model.digest());
    reader.does(Msg::SeekStep(10));
    let mut friend = opened(&reader.fragment());
    assert_eq!(friend.step(), 10);
    assert!(
        !friend.model.transport().live,
        "the edits to come are there"
    );
    friend.runs_until(Until::Step(end));
    assert_eq!(friend.model.digest(), digest);
}

#[test]
fn a_link_with_all_branches_has_them() {
    let mut reader = eventful();
    let node = reader.leader().unwrap().0;
    reader
        .does(Msg::SeekStep(10))
        .does(Msg::PauseOrResume(node));
    assert_eq!(reader.model.branches().tracks.len(), 2);
    assert_eq!(opened(&reader.fragment()).model.branches().tracks.len(), 1);
    reader.does(Msg::ShareAll(true));
    let friend = opened(&reader.fragment());
    assert_eq!(friend.model.branches().tracks.len(), 2);
    assert_eq!(friend.model.digest(), reader.model.digest());
    // The friend sees each branch under the letter that it has here, and the same one is open.
    let seen = |reader: &Reader| -> Vec<_> {
        let tracks = reader.model.branches().tracks.into_iter();
        tracks
            .map(|track| (track.letter, track.sentence, track.current))
            .collect()
    };
    assert_eq!(seen(&friend), seen(&reader));
    assert_eq!(
        reader.model.transport().place,
        friend.model.transport().place
    );
}

#[test]
fn the_address_is_written_on_pause_and_action_at_most_once_a_second() {
    let mut reader = Reader::at_home();
    reader.waits(3_000);
    assert!(
        reader.addresses().is_empty(),
        "playing alone writes nothing"
    );
    reader.does(Msg::Pause);
    assert_eq!(reader.addresses().len(), 1);
    for _ in 0..50 {
        reader.does(Msg::Step);
    }
    assert_eq!(reader.addresses().len(), 1);
    assert!(
        reader.model.wants_ticks(),
        "what waits to be written needs a tick"
    );
    reader.waits(1_100);
    assert_eq!(reader.addresses().len(), 2);
    assert!(!reader.model.wants_ticks());
    let last = reader.addresses().last().copied().unwrap().to_owned();
    assert_eq!(last, reader.fragment());
}

#[test]
fn bad_links_are_said_and_the_home_run_goes_on() {
    let good = eventful().fragment();
    let cut = &good[..good.len() / 2];
    let newer = good.replacen("1.", "9.", 1);
    for (address, said) in [
        ("nonsense", "not a link of Synod"),
        (cut, "damaged"),
        (&newer, "newer version"),
    ] {
        let mut reader = Reader::with_address(address);
        let notice = reader.model.notice().expect("it is said");
        assert!(notice.detail.contains(said), "{}", notice.detail);
        assert!(!notice.cure.is_empty());
        assert!(reader.model.is_playing());
        reader.waits(2_000);
        assert!(reader.step() > 0);
        reader.does(Msg::DismissNotice);
        assert!(reader.model.notice().is_none());
    }
}

#[test]
fn a_link_that_does_not_agree_is_opened_and_said() {
    let reader = eventful();
    let check = |change: &dyn Fn(&mut sim::Link), said: &str| {
        let mut link = reader.model.link();
        change(&mut link);
        let friend = opened(&sim::encode_link(&link));
        let notice = friend.model.notice().expect("it is said");
        assert!(notice.detail.contains(said), "{}", notice.detail);
    };
    check(&|link| link.digest = Some(protocol::Name(1)), "digest");
    check(&|link| link.run.behaviour += 1, "version");
    check(&|link| link.run.protocol = "zab".into(), "protocol");
    check(&|link| link.run.variant = "wishful".into(), "variant");
    check(
        &|link| {
            for edit in &mut link.run.edits {
                edit.action = sim::Action::Drop(protocol::Name(7));
            }
            link.digest = None;
        },
        "came to nothing",
    );
}

#[test]
fn a_run_too_long_for_a_link_becomes_a_file() {
    let mut reader = Reader::at_home();
    reader.does(Msg::Pause).does(Msg::UpNextFold);
    // What compresses badly: names, each once.
    let mut acts = 0;
    while acts < 2_000 && !(acts % 100 == 0 && reader.fragment().is_empty()) {
        let rows = reader.model.up_next().rows;
        let mut messages = rows.iter().skip(1).filter(|row| row.buttons.len() == 4);
        match messages.next_back() {
            Some(row) => {
                reader.does(row.buttons[0].1.msg.clone());
                acts += 1;
            }
            None => {
                reader.does(Msg::Step);
            }
        }
    }
    let share = reader.model.share();
    assert!(share.link.is_empty(), "{}", share.note);
    assert!(share.copies.iter().all(|copy| !copy.enabled));
    assert!(share.note.contains("too long"));
    reader.waits(1_100);
    assert_eq!(reader.addresses().last(), Some(&""));
    reader.commands.clear();
    reader.does(Msg::SaveFile(FileKind::Run));
    let Some(Command::Download { name, text, .. }) = reader.commands.last() else {
        panic!("a file is saved");
    };
    let mut friend = Reader::at_home();
    friend.does(Msg::OpenFile {
        name: name.clone(),
        text: text.clone(),
    });
    friend.waits_until(10_000, |model| model.run_until_menu().running.is_none());
    assert_eq!(friend.model.digest(), reader.model.digest());
    assert!(friend.model.notice().is_none());
}

#[test]
fn the_trace_and_the_transcript_can_be_saved_and_the_trace_opened() {
    let mut reader = eventful();
    reader.commands.clear();
    reader
        .does(Msg::SaveFile(FileKind::Trace))
        .does(Msg::SaveFile(FileKind::Transcript));
    let files = reader.commands.iter().filter_map(|command| match command {
        Command::Download { name, text, .. } => Some((name.clone(), text.clone())),
        _ => None,
    });
    let files = files.collect::<Vec<_>>();
    assert!(files[0].0.ends_with(".trace.json") && files[1].0.ends_with(".txt"));
    let mut friend = Reader::at_home();
    friend.does(Msg::OpenFile {
        name: files[0].0.clone(),
        text: files[0].1.clone(),
    });
    assert_eq!(friend.model.digest(), reader.model.digest());
    friend.does(Msg::OpenFile {
        name: "cat.png".into(),
        text: "meow".into(),
    });
    assert!(friend.model.notice().unwrap().detail.contains("cat.png"));
}

#[test]
fn a_text_that_is_opened_is_what_the_run_works_on() {
    let open = |reader: &mut Reader, name: &str, text: &str| {
        reader.does(Msg::OpenFile {
            name: name.into(),
            text: text.into(),
        });
        reader.model.link().run
    };
    let mut reader = Reader::at_home();
    let run = open(&mut reader, "rose.txt", "a rose is a rose is a rose");
    assert_eq!(run.protocol, "map-reduce");
    assert_eq!(run.config["text"], "a rose is a rose is a rose");
    // Of the run that is shown everything else stays.
    reader.does(Msg::SetParameter {
        key: "job".into(),
        value: "sort".into(),
    });
    let run = open(&mut reader, "long.md", &"word ".repeat(4_000));
    assert_eq!(
        (&*run.config["job"], run.config["text"].len()),
        ("sort", 9_999)
    );
    assert!(
        reader
            .model
            .toast()
            .unwrap()
            .sentence
            .contains("9999 bytes of 20000")
    );
    // A link in a text is a link.
    let link = sim::encode_link(&Reader::at_home().model.link());
    let run = open(&mut reader, "link.txt", &link);
    assert_eq!(run.protocol, "raft");
}

#[test]
fn a_run_of_another_protocol_is_refused_in_its_own_words() {
    let mut reader = Reader::at_home();
    let mut link = reader.model.link();
    link.run.protocol = "load-balancing".into();
    link.run.config = [("speeds".to_owned(), "fast".to_owned())].into();
    reader.does(Msg::OpenFile {
        name: "link.txt".into(),
        text: sim::encode_link(&link),
    });
    let detail = reader.model.notice().unwrap().detail;
    assert!(detail.contains("write numbers from 1 to"), "{detail}");
}

#[test]
fn what_is_copied_is_a_whole_address_or_a_frame_that_waits() {
    let mut reader = Reader::with(Setup {
        page: "https://example.org/synod/".into(),
        ..Setup::default()
    });
    reader.does(Msg::Pause);
    let fragment = reader.fragment();
    let link = format!("https://example.org/synod/#{fragment}");
    assert_eq!(reader.model.share().link, link);
    reader
        .does(Msg::CopyLink(LinkForm::Address))
        .does(Msg::CopyLink(LinkForm::Frame));
    let copied: Vec<&str> = reader
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::Copy(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(copied[0], link);
    let source = format!("src=\"https://example.org/synod/?embed#{fragment}\"");
    assert!(copied[1].contains(&source), "{}", copied[1]);
    assert!(copied[1].contains("title=\"Synod: Raft\""), "{}", copied[1]);

    let mut slide = Reader::with(Setup {
        paused: true,
        ..Setup::default()
    });
    slide.waits(2_000);
    assert_eq!(slide.step(), 0, "within a slide it waits");
    slide.does(Msg::PlayPause).waits(2_000);
    assert!(slide.step() > 0);
}
