//! The page opens, and something is moving.

use crate::reader::{Reader, leader};
use protocol::{Picture, Ring};
use studio::{Model, Msg};

fn has_candidate(model: &Model) -> bool {
    let mut nodes = model.frame().nodes.iter();
    nodes.any(|node| node.view.ring == Ring::Dashed)
}

/// Whether a client's write is committed and in the leader's state machine.
fn has_committed_a_write(model: &Model) -> bool {
    let mut nodes = model.frame().nodes.iter();
    nodes.any(|node| {
        node.view.ring == Ring::Double
            && node.view.pictures.iter().any(|picture| match picture {
                Picture::Table { rows, .. } => !rows.is_empty(),
                _ => false,
            })
    })
}

#[test]
fn the_home_run_opens_by_itself_and_soon_has_a_leader_and_a_write() {
    let mut reader = Reader::at_home();
    assert!(reader.model.is_playing());
    assert_eq!(
        reader.announced(),
        ["A five-server Raft cluster is running. Pause: Space."]
    );
    let candidate = reader.waits_until(3_000, has_candidate);
    assert!(candidate.is_some(), "a candidate within 3 s");
    let elected = reader.waits_until(6_000 - reader.us / 1_000, |model| leader(model).is_some());
    assert!(elected.is_some(), "a leader within 6 s");
    let written = reader.waits_until(12_000 - reader.us / 1_000, has_committed_a_write);
    assert!(written.is_some(), "a committed write within 12 s");
    let invited = reader.waits_until(4_000, |model| model.caption().invite.is_some());
    assert!(
        invited.is_some(),
        "then the caption invites to crash the leader"
    );
}

#[test]
fn the_caption_tells_of_the_candidate_the_leader_and_the_write() {
    let mut reader = Reader::at_home();
    let mut told = Vec::new();
    for _ in 0..800 {
        reader.waits(17);
        let caption = reader.model.caption();
        if caption.can_why && told.last() != Some(&caption.sentence) {
            told.push(caption.sentence);
        }
    }
    let mut sentences = told.iter();
    for what in ["becomes a candidate", "leads term 1", "commits index"] {
        let found = sentences.any(|sentence| sentence.contains(what));
        assert!(found, "not told: {what}, in {told:#?}");
    }
}

#[test]
fn quiet_time_is_passed_over_visibly() {
    let mut reader = Reader::at_home();
    let skipping = reader.waits_until(1_000, |model| !model.transport().skipping.is_empty());
    assert!(skipping.is_some());
    let said = reader.model.transport().skipping;
    assert!(said.starts_with("≫ ") && said.ends_with("ms"), "{said}");
    assert_eq!(reader.model.caption().note, said);
}

#[test]
fn while_playing_announcements_keep_their_distance() {
    let mut reader = Reader::at_home();
    reader.commands.clear();
    reader.waits(12_000);
    let said = reader.announced().len();
    assert!((2..=4).contains(&said), "{:?}", reader.announced());
}

#[test]
fn while_playing_a_turning_point_stays_for_two_seconds() {
    let mut reader = Reader::at_home();
    reader.waits_until(8_000, |model| model.caption().can_why);
    let mut last = (reader.model.caption().sentence, reader.us);
    for _ in 0..1_000 {
        reader.waits(17);
        let sentence = reader.model.caption().sentence;
        if sentence != last.0 {
            let stood_us = reader.us - last.1;
            assert!(
                stood_us >= 1_980_000,
                "`{}` stood for {stood_us} µs",
                last.0
            );
            last = (sentence, reader.us);
        }
    }
}

#[test]
fn ticks_between_events_change_no_panel() {
    let mut reader = Reader::at_home();
    let mut still = 0;
    for _ in 0..600 {
        let (revision, step) = (reader.model.revision(), reader.step());
        let play_us = reader.model.play_us();
        reader.waits(16);
        if reader.step() == step && reader.model.revision() == revision {
            still += 1;
            assert!(reader.model.play_us() >= play_us);
        }
    }
    assert!(
        still > 300,
        "only {still} of 600 frames left the panels alone"
    );
}

#[test]
fn faster_and_slower_change_the_speed_and_say_it() {
    let mut reader = Reader::at_home();
    assert_eq!(reader.model.transport().ratio, "1:100");
    let said = reader.model.transport().speed;
    assert_eq!(said, "10 ms a second: 100 times slower");
    reader.does(Msg::Slower);
    assert_eq!(reader.model.transport().ratio, "1:200");
    for _ in 0..20 {
        reader.does(Msg::Faster);
    }
    assert_eq!(reader.model.transport().ratio, "10:1");
    assert!(!reader.model.transport().faster.enabled);
    // At ten times real time a tick has much to do, and bounds it.
    reader.waits(2_000);
    assert!(reader.step() > 500);
}
