//! The space-time diagram: what it shows of a real run, how it moves, what it lights, and how arrivals come at another time.

use crate::reader::Reader;
use protocol::{Name, NodeId};
use scene::diagram::{Light, Sign};
use scene::{Scene, Size, Subject};
use std::collections::BTreeSet;
use studio::{
    Command, CompareMsg, DiagramMsg, EventsMsg, FileKind, Focus, Mode, Msg, Press, Until, Way,
    WhyOf, key,
};
use trace::{Document, Event, Outcome, Stimulus};

const SIZE: Size = Size { w: 840.0, h: 480.0 };

fn does(reader: &mut Reader, msg: DiagramMsg) {
    reader.does(Msg::Diagram(msg));
}

/// Draws until nothing in sight is missing.
fn drawn(reader: &mut Reader) -> Scene {
    let mut scene = Scene::new();
    for _ in 0..200 {
        reader
            .model
            .draw_diagram(SIZE, false, |input| scene.diagram(input));
        if !reader.model.diagram_waits() {
            return scene;
        }
    }
    panic!("the diagram never has what it shows");
}

/// The cluster paused after a crash of the leader and all that followed in 300 milliseconds, with the diagram open.
fn crashed() -> Reader {
    let mut reader = Reader::at_home();
    reader.does(Msg::Pause).runs_until(Until::Answer);
    reader.does(Msg::CrashLeader);
    let (now, _) = times(&mut reader);
    reader.runs_until(Until::Time(now + 300_000));
    does(&mut reader, DiagramMsg::Toggle);
    reader
}

/// The time of the play head, and the window.
fn times(reader: &mut Reader) -> (u64, (f64, f64)) {
    let window = reader.model.draw_diagram(SIZE, false, |input| {
        (input.span.from_us(), input.span.to_us())
    });
    (reader.model.play_us() as u64, window)
}

/// Everything that happened, by way of the file.
fn record(reader: &mut Reader) -> Vec<Event> {
    reader.does(Msg::SaveFile(FileKind::Trace));
    let text = reader
        .commands
        .iter()
        .rev()
        .find_map(|command| match command {
            Command::Download { text, .. } => Some(text),
            _ => None,
        });
    let document: Document = serde_json::from_str(text.expect("a file")).expect("a trace");
    document.events
}

fn arrow(scene: &Scene, name: Name) -> bool {
    scene.find(Subject::Message { name, copy: 0 }).is_some()
}

#[test]
fn every_message_of_the_window_has_its_arrow() {
    let mut reader = crashed();
    does(&mut reader, DiagramMsg::Whole);
    let scene = drawn(&mut reader);
    let events = record(&mut reader);
    let sent = |event: &Event| {
        let names = event.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Sent { message, .. } => Some(message.name),
            _ => None,
        });
        names.collect::<Vec<Name>>()
    };
    let all: Vec<Name> = events.iter().flat_map(sent).collect();
    assert!(all.len() > 100, "a run with many messages: {}", all.len());
    let missing: Vec<&Name> = all.iter().filter(|name| !arrow(&scene, **name)).collect();
    assert!(
        missing.is_empty(),
        "{} of {} lack an arrow",
        missing.len(),
        all.len()
    );
    for event in &events {
        let on_line = !matches!(event.stimulus, Stimulus::Bounced(_));
        let there = scene.find(Subject::Event(event.step)).is_some();
        assert_eq!(
            there,
            on_line && event.node.is_some(),
            "step {}",
            event.step
        );
    }
}

#[test]
fn the_window_follows_the_head_until_it_is_moved() {
    let mut reader = crashed();
    drawn(&mut reader);
    let (now, (from, to)) = times(&mut reader);
    assert!(from < now as f64 && to > now as f64);
    assert!(
        reader.model.diagram().view[3].pressed == Some(true),
        "it follows"
    );
    does(
        &mut reader,
        DiagramMsg::Pan {
            along: -300.0,
            across: 0.0,
        },
    );
    let (_, (moved, _)) = times(&mut reader);
    assert!(moved < from);
    assert!(reader.model.diagram().view[3].pressed == Some(false));
    // About a place, which stays where it is.
    let kept = reader.model.diagram_us(200.0);
    does(
        &mut reader,
        DiagramMsg::Zoom {
            factor: 2.0,
            at: 200.0,
        },
    );
    assert!((reader.model.diagram_us(200.0) - kept).abs() < 1.0);
    let (_, (near, far)) = times(&mut reader);
    assert!(((far - near) - (to - from) / 2.0).abs() < 1.0);
    // A step that is out of sight brings the window there; one in sight leaves it.
    reader.does(Msg::SeekStep(1));
    let (now, (first, last)) = times(&mut reader);
    assert!(first < now as f64 && (now as f64) < last && last < moved);
    reader.does(Msg::Step);
    assert_eq!(times(&mut reader).1, (first, last));
    does(&mut reader, DiagramMsg::Follow);
    reader.does(Msg::GoLive);
    let (now, (from, to)) = times(&mut reader);
    assert!(from < now as f64 && to > now as f64);
}

#[test]
fn what_is_selected_in_the_diagram_is_selected_everywhere() {
    let mut reader = crashed();
    does(&mut reader, DiagramMsg::Whole);
    drawn(&mut reader);
    let events = record(&mut reader);
    let fact = events
        .iter()
        .find(|event| event.is_moment() && event.node.is_some());
    let step = fact.expect("a turning point").step;
    does(&mut reader, DiagramMsg::Select(step));
    assert_eq!(reader.step(), step);
    reader.does(Msg::Tab(studio::Tab::Events));
    let rows = reader.model.events().rows;
    assert!(rows.iter().any(|row| row.current && row.step == step));
    assert_eq!(reader.model.frame().step, step);
    let scene_of = |reader: &mut Reader| {
        drawn(reader);
        reader
            .model
            .draw_diagram(SIZE, false, |input| input.light.cloned())
    };
    assert!(matches!(scene_of(&mut reader), Some(Light::Cone(cone)) if cone.step == step));
    assert!(!reader.model.diagram().note.is_empty());
    // A step elsewhere, or Escape, puts it out.
    reader.does(Msg::Step);
    assert_eq!(scene_of(&mut reader), None);
    does(&mut reader, DiagramMsg::Select(step));
    reader.does(Msg::Close);
    assert_eq!(scene_of(&mut reader), None);
    assert!(reader.model.has_diagram(), "Escape leaves the diagram open");
}

#[test]
fn what_led_to_what_is_asked_about_is_lit() {
    let mut reader = Reader::at_home();
    reader.does(Msg::Pause).runs_until(Until::Leader);
    does(&mut reader, DiagramMsg::Toggle);
    let step = reader.step();
    reader.does(Msg::WhyOf(WhyOf::Event(step)));
    let told: BTreeSet<u64> = reader
        .model
        .why()
        .unwrap()
        .links
        .iter()
        .map(|link| link.step)
        .collect();
    let light = reader
        .model
        .draw_diagram(SIZE, false, |input| input.light.cloned());
    match light {
        Some(Light::Led { steps, messages }) => {
            assert_eq!(steps, told);
            assert_eq!(messages.len() % 2, 0, "requests and their answers");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn arrows_lead_along_a_node_and_along_messages() {
    let mut reader = crashed();
    does(&mut reader, DiagramMsg::Whole);
    drawn(&mut reader);
    let events = record(&mut reader);
    let arrival = events
        .iter()
        .rev()
        .find(|event| matches!(event.stimulus, Stimulus::Delivered(_)))
        .expect("an arrival");
    does(&mut reader, DiagramMsg::Select(arrival.step));
    let by_key = |name| {
        let press = Press {
            key: name,
            ..Press::default()
        };
        key(
            press,
            Focus::Diagram,
            Mode {
                letters: true,
                ..Mode::default()
            },
        )
        .expect("a key of the diagram")
    };
    reader.does(by_key("ArrowUp"));
    let sender = &events[reader.step() as usize - 1];
    let Stimulus::Delivered(message) = &arrival.stimulus else {
        unreachable!("it was found as one");
    };
    assert_eq!(
        (sender.node, sender.at_us),
        (Some(message.from), message.sent_us)
    );
    reader.does(by_key("ArrowDown"));
    let effect = &events[reader.step() as usize - 1];
    assert_eq!(effect.cause, trace::Cause::Event(sender.name));
    reader.does(by_key("ArrowLeft"));
    let before = &events[reader.step() as usize - 1];
    assert_eq!(before.node, effect.node);
    assert!(before.step < effect.step);
    reader.does(by_key("ArrowRight"));
    assert_eq!(reader.step(), effect.step);
    does(&mut reader, DiagramMsg::Select(1));
    does(&mut reader, DiagramMsg::Go(Way::Before));
    assert!(
        reader
            .announced()
            .last()
            .unwrap()
            .contains("Nothing happened here before it")
    );
}

#[test]
fn only_what_is_in_sight_is_read() {
    let mut reader = Reader::at_home();
    reader.does(Msg::Pause).runs_until(Until::Step(20_000));
    does(&mut reader, DiagramMsg::Toggle);
    drawn(&mut reader);
    let (rows, seen) = reader.model.draw_diagram(SIZE, false, |input| {
        let seen = input
            .rows
            .iter()
            .filter(|row| row.at_us as f64 >= input.span.from_us());
        (input.rows.len(), seen.count())
    });
    assert!(
        seen > 0 && rows <= seen + 2 * 250,
        "{rows} rows for {seen} in sight"
    );
    // All of them are counted, and none is read for it.
    does(&mut reader, DiagramMsg::Whole);
    let (rows, counted, note) = reader.model.draw_diagram(SIZE, false, |input| {
        (
            input.rows.len(),
            input.counts.iter().sum::<u32>(),
            input.note.to_owned(),
        )
    });
    assert_eq!((rows, counted), (0, 20_000));
    assert!(note.contains("zoom in"), "{note}");
    // Far back, only a window's worth is read again.
    reader.does(Msg::SeekStep(5_000));
    does(&mut reader, DiagramMsg::Follow);
    for _ in 0..30 {
        does(&mut reader, DiagramMsg::In);
    }
    drawn(&mut reader);
    let steps = reader.model.draw_diagram(SIZE, false, |input| {
        input
            .rows
            .first()
            .map(|row| row.step)
            .zip(input.rows.last().map(|row| row.step))
    });
    let (first, last) = steps.expect("rows");
    assert!(first >= 4_000 && last <= 6_000, "{first} to {last}");
}

#[test]
fn an_arrival_moves_only_as_far_as_its_sending_allows() {
    let mut reader = crashed();
    does(&mut reader, DiagramMsg::Whole);
    drawn(&mut reader);
    let events = record(&mut reader);
    let arrivals: Vec<&Event> = events
        .iter()
        .filter(|event| matches!(event.stimulus, Stimulus::Delivered(_)))
        .collect();
    let (mut moved, mut refused) = (0, 0);
    for arrival in arrivals.iter().rev().take(60) {
        let Stimulus::Delivered(message) = &arrival.stimulus else {
            unreachable!("they were found as such");
        };
        let here = reader.model.branches().tracks.len();
        does(&mut reader, DiagramMsg::Select(arrival.step));
        drawn(&mut reader);
        does(&mut reader, DiagramMsg::Earlier);
        let neighbour = events[..arrival.step as usize - 1]
            .iter()
            .rev()
            .find(|event| event.node == arrival.node)
            .expect("its boot at least");
        let sent = events
            .iter()
            .position(|event| event.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Sent { message: sent, .. } if sent.name == message.name)))
            .expect("it was sent") as u64
            + 1;
        if neighbour.step <= sent {
            refused += 1;
            assert!(
                reader
                    .announced()
                    .last()
                    .unwrap()
                    .contains("sending happens before arriving")
            );
            assert_eq!(reader.step(), arrival.step, "nothing has changed");
        } else {
            moved += 1;
            assert_eq!(reader.model.branches().tracks.len(), here + 1, "a branch");
            let other = record(&mut reader);
            let place = |wanted: Name| other.iter().position(|event| event.name == wanted);
            let delivered = place(arrival.name).expect("it arrives there too");
            assert_eq!(delivered as u64 + 1, reader.step());
            assert!(place(neighbour.name).is_none_or(|neighbour| delivered < neighbour));
            reader.does(Msg::SwitchBranch(0));
        }
        drawn(&mut reader);
    }
    assert!(moved > 3 && refused > 3, "{moved} moved, {refused} refused");
}

#[test]
fn an_arrival_can_be_put_off() {
    let mut reader = crashed();
    does(&mut reader, DiagramMsg::Whole);
    drawn(&mut reader);
    let events = record(&mut reader);
    let arrival = events
        .iter()
        .find(|event| matches!(event.stimulus, Stimulus::Delivered(_)))
        .expect("an arrival");
    does(&mut reader, DiagramMsg::Select(arrival.step));
    drawn(&mut reader);
    let at_us = (arrival.at_us + 40_000) as f64;
    does(
        &mut reader,
        DiagramMsg::Drag {
            step: arrival.step,
            at_us,
        },
    );
    assert!(reader.model.diagram().note.contains("Arrives at"));
    does(&mut reader, DiagramMsg::Drop);
    let other = record(&mut reader);
    let delivered = other
        .iter()
        .find(|event| event.name == arrival.name)
        .expect("it arrives");
    assert_eq!(delivered.at_us, arrival.at_us + 40_000);
    assert_eq!(reader.step(), delivered.step);
    // Not before it was sent: that is said while it is dragged, and when it is let go.
    reader.does(Msg::SwitchBranch(0));
    drawn(&mut reader);
    does(&mut reader, DiagramMsg::Select(arrival.step));
    does(
        &mut reader,
        DiagramMsg::Drag {
            step: arrival.step,
            at_us: 0.0,
        },
    );
    assert!(reader.model.diagram().note.starts_with("Not before"));
    does(&mut reader, DiagramMsg::Drop);
    assert!(
        reader
            .announced()
            .last()
            .unwrap()
            .contains("sending happens before arriving")
    );
}

#[test]
fn filters_leave_out_nodes_kinds_and_timers_and_the_search_dims_the_rest() {
    let mut reader = crashed();
    does(&mut reader, DiagramMsg::Whole);
    drawn(&mut reader);
    let filter = reader.model.filter();
    assert!(
        filter.kinds.iter().any(|kind| kind.label == "RequestVote"),
        "{filter:?}"
    );
    assert!(filter.kinds.iter().all(|kind| kind.pressed == Some(true)));
    does(&mut reader, DiagramMsg::Kind("RequestVote".into()));
    does(&mut reader, DiagramMsg::Node(NodeId(0)));
    let scene = drawn(&mut reader);
    let events = record(&mut reader);
    for event in &events {
        for outcome in &event.outcomes {
            if let Outcome::Sent { message, .. } = outcome {
                let shown = message.view.kind != "RequestVote"
                    && ![message.from, message.to].contains(&NodeId(0));
                assert_eq!(arrow(&scene, message.name), shown, "{}", message.view.kind);
            }
        }
    }
    assert_eq!(reader.model.diagram().filter.pressed, Some(true));
    does(&mut reader, DiagramMsg::All);
    reader.does(Msg::Events(EventsMsg::Search("crashes".into())));
    drawn(&mut reader);
    let found = reader.model.draw_diagram(SIZE, false, |input| {
        let rows = input
            .rows
            .iter()
            .filter(|row| input.found.is_some_and(|found| found.contains(&row.step)));
        rows.map(|row| row.sign.clone()).collect::<Vec<_>>()
    });
    assert_eq!(found, [Sign::Down]);
}

#[test]
fn runs_of_heartbeats_fold_and_open() {
    let mut reader = Reader::at_home();
    reader.does(Msg::Pause).runs_until(Until::Step(2_000));
    does(&mut reader, DiagramMsg::Toggle);
    drawn(&mut reader);
    let before = times(&mut reader).1;
    does(&mut reader, DiagramMsg::Collapse);
    drawn(&mut reader);
    drawn(&mut reader);
    let folds = |reader: &mut Reader| {
        reader.model.draw_diagram(SIZE, false, |input| {
            input.span.folds().copied().collect::<Vec<_>>()
        })
    };
    let all = folds(&mut reader);
    assert!(!all.is_empty(), "an idle leader sends heartbeats");
    let after = times(&mut reader).1;
    assert!(
        after.1 - after.0 > before.1 - before.0,
        "more time has room"
    );
    does(&mut reader, DiagramMsg::Fold(all[0].from_us));
    assert!(
        !folds(&mut reader)
            .iter()
            .any(|fold| fold.from_us == all[0].from_us)
    );
}

#[test]
fn two_runs_side_by_side_have_no_diagram_and_the_first_gets_its_own_back() {
    let mut reader = Reader::at_home();
    reader.does(Msg::Pause);
    reader.runs_until(Until::Leader);
    let (leader, _) = reader.leader().unwrap();
    does(&mut reader, DiagramMsg::Toggle);
    reader.does(Msg::PreviousMoment);
    reader.does(Msg::CrashOrRestart(leader));
    assert!(reader.model.has_diagram());
    reader.does(Msg::Compare(CompareMsg::Branch(0)));
    assert!(reader.model.has_beside() && !reader.model.has_diagram());
    does(&mut reader, DiagramMsg::Toggle);
    assert!(!reader.model.has_diagram());
    let said = reader.model.toast().expect("why not is said");
    assert!(said.sentence.contains("one run"), "{}", said.sentence);
    reader.does(Msg::Compare(CompareMsg::End));
    assert!(reader.model.has_diagram());
}
