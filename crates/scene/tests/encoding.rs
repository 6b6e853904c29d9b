//! The encoding of `visual-language.md`, item by item: what each carrier means, on a stage of three servers.

mod frames;

use frames::{server, words};
use protocol::{Ballot, MessageShape, MessageView, Name, NodeId, Picture, Ring};
use scene::{Dash, Ink, Item, Options, Point, Scene, Shape, Size, StageInput, Subject};
use trace::{Cut, Flight, FlightEnd, Frame, Language, NodeStatus, TimerFrame};

const SIZE: Size = Size::new(800.0, 600.0);
const SENT_US: u64 = 10_000;
const DUE_US: u64 = 20_000;
const NAME: Name = Name(10);

fn cluster(epochs: [u64; 3]) -> Frame {
    let nodes = epochs.into_iter().zip(0..).map(|(epoch, id)| {
        let mut node = server(id, vec![]);
        node.view.epoch = Some(epoch);
        node
    });
    Frame {
        now_us: SENT_US,
        nodes: nodes.collect(),
        ..Frame::default()
    }
}

fn flight(end: FlightEnd, ended_us: Option<u64>) -> Flight {
    Flight {
        name: NAME,
        copy: 0,
        from: NodeId(0),
        to: NodeId(1),
        view: MessageView {
            kind: "RequestVote".into(),
            shape: MessageShape::Request,
            epoch: Some(2),
            label: None,
        },
        sent_us: SENT_US,
        due_us: DUE_US,
        end,
        ended_us,
        held: false,
        next: false,
    }
}

fn draw(frame: &Frame, play_us: u64) -> Scene {
    let words = words(Language::English);
    let mut scene = Scene::new();
    scene.stage(&StageInput {
        play_us: play_us as f64,
        ..StageInput::new(frame, &words, SIZE)
    });
    scene
}

/// All items of all groups of a subject.
fn items(scene: &Scene, subject: Subject) -> Vec<Item> {
    let groups = scene
        .groups()
        .iter()
        .filter(|group| group.subject == Some(subject));
    groups
        .flat_map(|group| scene.items_of(group))
        .copied()
        .collect()
}

fn node(id: u16) -> Subject {
    Subject::Node(NodeId(id))
}

const MESSAGE: Subject = Subject::Message {
    name: NAME,
    copy: 0,
};

/// Where the message is at `play_us`, and how opaque its disc; nothing if it is gone.
fn message(flight: Flight, cuts: Vec<Cut>, play_us: u64) -> Option<(Point, f64, Option<Ink>)> {
    let frame = Frame {
        flights: vec![flight],
        cuts,
        ..cluster([2, 2, 2])
    };
    let scene = draw(&frame, play_us);
    let at = scene.centre_of(MESSAGE)?;
    let disc = items(&scene, MESSAGE)
        .into_iter()
        .find(|item| matches!(item.shape, Shape::Disc { at: centre, .. } if centre == at));
    Some(disc.map_or((at, 0.0, None), |disc| {
        (at, disc.paint.opacity, disc.paint.fill)
    }))
}

#[test]
fn what_is_otherwise_in_another_run_has_a_sign_of_its_own() {
    let mut frame = cluster([2, 2, 2]);
    frame.flights.push(flight(FlightEnd::Arrives, None));
    let words = words(Language::English);
    let differs = [node(1), MESSAGE];
    let draw = |differs| {
        let mut scene = Scene::new();
        scene.stage(&StageInput {
            play_us: (SENT_US + 4_000) as f64,
            differs,
            ..StageInput::new(&frame, &words, SIZE)
        });
        scene
    };
    let (alone, beside) = (draw(&[]), draw(&differs));
    // A disc and the three strokes of "≠".
    for subject in [node(0), node(1), node(2), MESSAGE] {
        let more = items(&beside, subject).len() - items(&alone, subject).len();
        let wanted = if differs.contains(&subject) { 4 } else { 0 };
        assert_eq!(more, wanted, "{subject:?}");
    }
}

#[test]
fn hue_is_the_epoch_and_a_shared_hue_is_hatched() {
    let scene = draw(&cluster([3, 4, 11]), SENT_US);
    let look = |id| {
        let items = items(&scene, node(id));
        let fill = items.iter().find_map(|item| match item.shape {
            Shape::Disc { .. } => item.paint.fill,
            _ => None,
        });
        let hatched = items
            .iter()
            .any(|item| matches!(item.shape, Shape::Lines { .. }));
        (fill, hatched)
    };
    assert_eq!(look(0), (Some(Ink::Hue(3)), true));
    assert_eq!(look(1), (Some(Ink::Hue(4)), false));
    assert_eq!(look(2), (Some(Ink::Hue(3)), false));
    let legend: Vec<_> = scene
        .legend()
        .iter()
        .map(|entry| (entry.epoch, entry.hatched))
        .collect();
    assert_eq!(legend, [(3, true), (4, false), (11, false)]);
}

#[test]
fn rings_are_roles() {
    let mut frame = cluster([1, 1, 1]);
    for (node, ring) in frame
        .nodes
        .iter_mut()
        .zip([Ring::Thin, Ring::Dashed, Ring::Double])
    {
        node.view.ring = ring;
    }
    let scene = draw(&frame, SENT_US);
    let rings = |id| {
        let mut dashes = items(&scene, node(id));
        dashes.retain(|item| matches!(item.shape, Shape::Disc { .. }) && item.paint.fill.is_none());
        dashes
            .iter()
            .map(|item| item.paint.dash)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        [rings(0), rings(1), rings(2)],
        [vec![], vec![Dash::Dashed], vec![Dash::Solid]]
    );
}

#[test]
fn the_stopped_are_grey_and_say_so() {
    let mut frame = cluster([1, 1, 1]);
    frame.nodes[0].status = NodeStatus::Crashed;
    frame.nodes[1].status = NodeStatus::Paused;
    let scene = draw(&frame, SENT_US);
    let said = |id| {
        let texts = items(&scene, node(id))
            .into_iter()
            .filter_map(|item| match item.shape {
                Shape::Text { text, .. } => Some(scene.text(text).to_owned()),
                _ => None,
            });
        texts.collect::<Vec<_>>().join("|")
    };
    let filled = |id, ink| {
        items(&scene, node(id))
            .iter()
            .any(|item| item.paint.fill == Some(ink))
    };
    assert!(
        filled(0, Ink::Neutral) && said(0).contains("down"),
        "{}",
        said(0)
    );
    assert!(
        filled(1, Ink::Hue(1)) && said(1).contains("paused"),
        "{}",
        said(1)
    );
    assert!(
        filled(2, Ink::Hue(1)) && !said(2).contains("down"),
        "{}",
        said(2)
    );
}

#[test]
fn votes_stand_at_their_voters_bearings() {
    let mut frame = cluster([1, 1, 1]);
    let votes = [Ballot::Got, Ballot::Refused, Ballot::Waiting];
    let voters = (0..).map(NodeId).zip(votes).collect();
    frame.nodes[0].view.pictures.push(Picture::Votes(voters));
    let scene = draw(&frame, SENT_US);
    let candidate = scene.places().spot(NodeId(0)).unwrap().at;
    let vote = |voter: u16| {
        let subject = Subject::Vote {
            candidate: NodeId(0),
            voter: NodeId(voter),
        };
        (
            scene.centre_of(subject).unwrap(),
            items(&scene, subject)[0].paint,
        )
    };
    for voter in [1, 2] {
        let there = scene.places().spot(NodeId(voter)).unwrap().at;
        let turn = candidate.bearing(vote(voter).0) - candidate.bearing(there);
        assert!(turn.abs() < 1e-9, "the vote of {voter} is off by {turn}");
        assert_eq!(
            scene.hit(vote(voter).0, 10.0),
            Some(Subject::Vote {
                candidate: NodeId(0),
                voter: NodeId(voter)
            })
        );
    }
    assert_eq!(vote(0).1.fill, Some(Ink::Ink), "got is filled");
    assert_eq!(vote(1).1.fill, Some(Ink::Paper), "refused is hollow");
    assert!(
        vote(2).1.fill.is_none() && vote(2).1.opacity < 0.5,
        "waiting is faint"
    );
}

#[test]
fn the_arc_shrinks_until_the_timer_is_due() {
    let mut frame = cluster([1, 1, 1]);
    frame.nodes[0].timers.push(TimerFrame {
        timer: "election".into(),
        set_us: SENT_US,
        earliest_us: SENT_US + 150_000,
        due_us: SENT_US + 200_000,
        latest_us: SENT_US + 300_000,
    });
    let sweep = |after_us: u64| {
        let scene = draw(&frame, SENT_US + after_us);
        let arcs = items(&scene, node(0))
            .into_iter()
            .filter_map(|item| match item.shape {
                Shape::Arc { sweep, .. } => Some(sweep / std::f64::consts::TAU),
                _ => None,
            });
        // The full circle beneath is the whole that the arc is a part of.
        arcs.filter(|part| *part < 0.999).fold(0.0, f64::max)
    };
    for (after_us, part) in [
        (0, 2.0 / 3.0),
        (100_000, 1.0 / 3.0),
        (200_000, 0.0),
        (250_000, 0.0),
    ] {
        assert!((sweep(after_us) - part).abs() < 1e-6, "after {after_us} µs");
    }
}

#[test]
fn a_message_goes_from_door_to_door_and_waits_there() {
    let arrives = || flight(FlightEnd::Arrives, None);
    let at = |play_us| message(arrives(), vec![], play_us).map(|(at, ..)| at);
    let scene = draw(&cluster([2, 2, 2]), SENT_US);
    let [from, to] = [0, 1].map(|id| scene.places().spot(NodeId(id)).unwrap());
    assert_eq!(at(SENT_US - 1), None, "it is not yet sent");
    let reach = 1.8;
    assert!(at(SENT_US).unwrap().distance(from.at) < reach * from.r);
    assert!(at(DUE_US).unwrap().distance(to.at) < reach * to.r);
    assert_eq!(at(DUE_US + 5_000), at(DUE_US), "late, it waits at the door");
    let held = |play_us| {
        message(
            Flight {
                held: true,
                ..arrives()
            },
            vec![],
            play_us,
        )
        .unwrap()
        .0
    };
    assert_eq!(
        held(DUE_US),
        held((SENT_US + DUE_US) / 2),
        "held, it waits midway"
    );
    let (there, back) = (at(15_000).unwrap(), {
        let turned = Flight {
            from: NodeId(1),
            to: NodeId(0),
            ..arrives()
        };
        message(turned, vec![], 15_000).unwrap().0
    });
    assert!(there.distance(back) > 16.0, "the two ways do not overlap");
}

#[test]
fn three_deaths_look_different() {
    let lost = |play_us| message(flight(FlightEnd::Lost, None), vec![], play_us);
    let opacity = |play_us| lost(play_us).map_or(0.0, |(_, opacity, _)| opacity);
    assert!(
        opacity(11_000) == 1.0 && opacity(14_500) < 0.8 && opacity(18_000) == 0.0,
        "lost fades in mid-flight"
    );

    let wall = Cut {
        from: vec![NodeId(0)],
        to: vec![NodeId(1), NodeId(2)],
        both: true,
    };
    let cut = |play_us| message(flight(FlightEnd::Cut, None), vec![wall.clone()], play_us);
    let bursting = (SENT_US..DUE_US).step_by(100).find_map(|play_us| {
        let (at, _, fill) = cut(play_us)?;
        fill.is_none().then_some((play_us, at))
    });
    let (burst_us, at) = bursting.expect("it bursts");
    assert_eq!(
        cut(burst_us + 1_000).unwrap().0,
        at,
        "it bursts where it is"
    );
    let frame = Frame {
        cuts: vec![wall.clone()],
        ..cluster([2, 2, 2])
    };
    let scene = draw(&frame, SENT_US);
    let off = scene
        .groups()
        .iter()
        .filter(|group| group.subject == Some(Subject::Cut(0)));
    let off = off
        .map(|group| group.hit.distance(at))
        .fold(f64::INFINITY, f64::min);
    assert!(off < 4.0, "it bursts at the line, not {off} pixels from it");
    assert_eq!(cut(DUE_US + 9_000), None);

    let dropped = |play_us| message(flight(FlightEnd::Dropped, Some(15_000)), vec![], play_us);
    let (one, other) = (dropped(15_500).unwrap(), dropped(19_000).unwrap());
    assert!(
        (one.0.x - other.0.x).abs() < 1e-9 && other.0.y > one.0.y + 40.0,
        "dropped falls off the stage"
    );
}

#[test]
fn what_reaches_the_dead_comes_back_grey() {
    let bounced = |play_us| message(flight(FlightEnd::Bounced, Some(DUE_US)), vec![], play_us);
    let scene = draw(&cluster([2, 2, 2]), SENT_US);
    let dead = scene.places().spot(NodeId(1)).unwrap().at;
    let (near, _, before) = bounced(DUE_US - 1).unwrap();
    let (back, _, after) = bounced(DUE_US + 2_000).unwrap();
    assert_eq!([before, after], [Some(Ink::Hue(2)), Some(Ink::Neutral)]);
    assert!(back.distance(dead) > near.distance(dead) + 5.0);
}

#[test]
fn reduced_motion_stands_still_and_draws_the_way() {
    let frame = Frame {
        flights: vec![flight(FlightEnd::Arrives, None)],
        ..cluster([2, 2, 2])
    };
    let words = words(Language::English);
    let still = |play_us| {
        let mut scene = Scene::new();
        scene.stage(&StageInput {
            play_us,
            options: Options {
                reduced_motion: true,
                ..Options::default()
            },
            ..StageInput::new(&frame, &words, SIZE)
        });
        scene
    };
    let (one, other) = (still(SENT_US as f64), still(SENT_US as f64 + 6_000.0));
    assert_eq!(one.items(), other.items());
    let way = |item: &Item| matches!(item.shape, Shape::Path { closed: false, points } if one.points(points).len() > 4);
    assert!(
        items(&one, MESSAGE).iter().any(way),
        "the way is drawn as an arrow"
    );
}

#[test]
fn a_duplicate_is_tied_to_its_original() {
    let first = flight(FlightEnd::Arrives, None);
    let named = |name| Flight {
        name,
        copy: 1,
        ..first.clone()
    };
    let threads = |flights: Vec<Flight>| {
        let frame = Frame {
            flights,
            ..cluster([2, 2, 2])
        };
        let scene = draw(&frame, 15_000);
        let ends = scene.items().iter().filter_map(|item| match item.shape {
            Shape::Line { from, to } if item.paint.dash == Dash::Dotted => Some(from.distance(to)),
            _ => None,
        });
        ends.collect::<Vec<_>>()
    };
    for copy in [NAME, Name(11)] {
        let apart = threads(vec![first.clone(), named(copy)]);
        assert!(
            apart.len() == 1 && apart[0] > 12.0,
            "one thread, and both are seen: {apart:?}"
        );
    }
    assert_eq!(
        threads(vec![named(Name(11))]),
        [] as [f64; 0],
        "the original is gone"
    );
}

#[test]
fn a_line_that_falls_behind_a_message_stops_it_where_it_is() {
    let wall = Cut {
        from: vec![NodeId(0)],
        to: vec![NodeId(1), NodeId(2)],
        both: true,
    };
    let at = |ended_us: u64, play_us: u64| {
        message(
            flight(FlightEnd::Cut, Some(ended_us)),
            vec![wall.clone()],
            play_us,
        )
        .map(|(at, ..)| at)
    };
    let flying = message(flight(FlightEnd::Arrives, None), vec![], 18_000).map(|(at, ..)| at);
    assert_eq!(
        at(18_000, 18_000),
        flying,
        "it does not jump back to the line"
    );
    assert_eq!(at(18_000, 19_000), flying);
    assert_ne!(
        at(14_000, 14_000),
        at(14_000, 14_500),
        "just before the line it flies on to it"
    );
}
