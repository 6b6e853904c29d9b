//! What must hold of the stage for every frame, size and play head.

mod frames;

use frames::{NOW_US, frames, labels, sizes, words};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use protocol::{Hue, NodeId, NodeKind};
use scene::{
    Align, HitArea, Ink, Item, Options, Point, Rect, Scene, Shape, Size, StageInput, Subject,
    SvgText, Theme, describe, svg,
};
use std::collections::BTreeMap;
use trace::{Frame, Language, NodeStatus};

/// The rectangle that an item covers, its line's width included. Text is measured as roughly as the scene itself does it.
fn bounds(scene: &Scene, item: &Item) -> Rect {
    let of = |points: &[Point]| {
        let low = |value: fn(&Point) -> f64| points.iter().map(value).fold(f64::INFINITY, f64::min);
        let high =
            |value: fn(&Point) -> f64| points.iter().map(value).fold(f64::NEG_INFINITY, f64::max);
        let (x, y) = (low(|p| p.x), low(|p| p.y));
        Rect::new(x, y, high(|p| p.x) - x, high(|p| p.y) - y)
    };
    let rect = match item.shape {
        Shape::Disc { at, r } | Shape::Arc { at, r, .. } => Rect::around(at, r),
        Shape::Box { rect, .. } => rect,
        Shape::Line { from, to } => of(&[from, to]),
        Shape::Path { points, .. } | Shape::Lines { points } => of(scene.points(points)),
        Shape::Text {
            at,
            text,
            size,
            align,
            ..
        } => {
            // The narrowest that any face sets it: what is outside then is outside for everyone.
            let w = 0.3 * size * scene.text(text).chars().count() as f64;
            let x = match align {
                Align::Start => at.x,
                Align::Middle => at.x - w / 2.0,
                Align::End => at.x - w,
            };
            return Rect::new(x, at.y - 0.75 * size, w, 0.75 * size);
        }
    };
    if item.paint.stroke.is_some() {
        rect.inset(-item.paint.width / 2.0)
    } else {
        rect
    }
}

fn is_message(subject: &Subject) -> bool {
    matches!(subject, Subject::Message { .. })
}

fn is_flow(subject: &Subject) -> bool {
    matches!(subject, Subject::Flow { .. })
}

/// Frames in which no message has another's name, as in every run.
fn distinct(mut frame: Frame) -> Frame {
    let mut seen = std::collections::BTreeSet::new();
    frame
        .flights
        .retain(|flight| seen.insert((flight.name, flight.copy)));
    frame
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn everything_is_inside_and_readable(
        frame in frames(30),
        size in sizes(),
        ahead in 0.0..20_000.0f64,
        past in any::<bool>(),
        reduced_motion in any::<bool>(),
        drag in prop::option::of((0..9u16, 0.0..1.0f64, 0.0..1.0f64)),
    ) {
        let words = words(Language::English);
        let labels = labels(&frame);
        let actors = [NodeId(0)];
        let moved: BTreeMap<NodeId, Point> = drag.map(|(id, x, y)| (NodeId(id), Point::new(x, y))).into_iter().collect();
        let mut scene = Scene::new();
        scene.stage(&StageInput {
            play_us: NOW_US as f64 + ahead,
            labels: &labels,
            actors: &actors,
            moved: &moved,
            focused: Some(Subject::Node(NodeId(0))),
            in_past: past,
            options: Options { reduced_motion, legend: true, ..Options::default() },
            ..StageInput::new(&frame, &words, size)
        });
        let room = size.rect().inset(-1.0);
        for group in scene.groups() {
            // The legend alone is as long as there are epochs.
            if matches!(group.subject, Some(Subject::Epoch(_))) {
                continue;
            }
            for item in scene.items_of(group) {
                let rect = bounds(&scene, item);
                let inside = rect.x >= room.x && rect.y >= room.y && rect.right() <= room.right() && rect.bottom() <= room.bottom();
                prop_assert!(inside, "{:?} of {:?} covers {rect:?} of {size:?}", item.shape, group.subject);
                prop_assert!((0.0..=1.0).contains(&item.paint.opacity));
                if let Shape::Text { size, .. } = item.shape {
                    prop_assert!(size >= 11.0, "type of {size} pixels");
                }
            }
        }
    }

    #[test]
    fn nodes_keep_apart(frame in frames(0), size in sizes()) {
        let words = words(Language::English);
        let mut scene = Scene::new();
        scene.stage(&StageInput::new(&frame, &words, size));
        let spots: Vec<_> = frame.nodes.iter().filter_map(|node| scene.places().spot(node.id)).collect();
        let present = frame.nodes.iter().filter(|node| node.status != NodeStatus::Removed).count();
        prop_assert_eq!(spots.len(), present);
        for (place, one) in spots.iter().enumerate() {
            for other in &spots[..place] {
                let gap = one.at.distance(other.at) - one.r - other.r;
                prop_assert!(gap > 0.2 * one.r.min(other.r), "{one:?} and {other:?} at {size:?}");
            }
        }
    }

    #[test]
    fn messages_move_without_jumps(frame in frames(12).prop_map(distinct), size in sizes(), from in 0.0..1.2f64) {
        let words = words(Language::English);
        let (mut before, mut after) = (Scene::new(), Scene::new());
        let diagonal = Point::new(size.w, size.h).length();
        for flight in &frame.flights {
            let duration = (flight.due_us - flight.sent_us) as f64;
            let step_us = duration / 400.0;
            let play_us = flight.sent_us as f64 + from * duration;
            let input = StageInput { play_us, ..StageInput::new(&frame, &words, size) };
            before.stage(&input);
            after.stage(&StageInput { play_us: play_us + step_us, ..input });
            let subject = Subject::Message { name: flight.name, copy: flight.copy };
            let (Some(one), Some(other)) = (before.centre_of(subject), after.centre_of(subject)) else {
                continue;
            };
            // Four stages' lengths in the time of one flight is the fastest: what falls off.
            let allowed = 4.0 * diagonal / 400.0;
            prop_assert!(one.distance(other) <= allowed, "{flight:?} jumps from {one:?} to {other:?}");
        }
    }

    #[test]
    fn a_pointer_finds_what_is_drawn(frame in frames(20).prop_map(distinct), size in sizes(), ahead in 0.0..5_000.0f64) {
        let words = words(Language::English);
        let mut scene = Scene::new();
        scene.stage(&StageInput { play_us: NOW_US as f64 + ahead, ..StageInput::new(&frame, &words, size) });
        for (place, group) in scene.groups().iter().enumerate() {
            let (Some(subject), Some(centre)) = (group.subject, group.hit.centre()) else {
                continue;
            };
            let covered = scene.groups()[place + 1..]
                .iter()
                .filter(|later| later.subject.is_some() && later.subject != Some(subject))
                .any(|later| later.hit.distance(centre) == 0.0);
            if !covered {
                prop_assert_eq!(scene.hit(centre, 22.0), Some(subject));
            }
        }
        prop_assert_eq!(scene.hit(Point::new(-500.0, -500.0), 22.0), None);
    }

    #[test]
    fn labels_of_messages_leave_nodes_and_each_other_their_room(
        frame in frames(6).prop_map(distinct), size in sizes(), ahead in 0.0..20_000.0f64,
    ) {
        let words = words(Language::English);
        let mut scene = Scene::new();
        scene.stage(&StageInput { play_us: NOW_US as f64 + ahead, ..StageInput::new(&frame, &words, size) });
        let labels: Vec<Rect> = scene.groups().iter().filter(|group| group.subject.as_ref().is_some_and(is_message))
            .flat_map(|group| scene.items_of(group))
            .filter(|item| matches!(item.shape, Shape::Text { .. }))
            .map(|item| bounds(&scene, item))
            .collect();
        for (place, one) in labels.iter().enumerate() {
            for other in &labels[..place] {
                prop_assert!(one.gap(*other) > 0.0, "{one:?} lies on {other:?}");
            }
            for spot in frame.nodes.iter().filter_map(|node| scene.places().spot(node.id)) {
                prop_assert!(one.distance(spot.at) > spot.r, "{one:?} lies on the node at {spot:?}");
            }
        }
    }

    #[test]
    fn a_used_scene_draws_what_a_new_one_does(one in frames(10), other in frames(40), size in sizes(), ahead in 0.0..9_000.0f64) {
        let words = words(Language::Chinese);
        let text = SvgText { title: "", description: "", language: "zh-Hans" };
        let input = StageInput { play_us: NOW_US as f64 + ahead, ..StageInput::new(&other, &words, size) };
        let (mut used, mut new) = (Scene::new(), Scene::new());
        used.stage(&StageInput::new(&one, &words, Size::new(700.0, 500.0)));
        used.stage(&input);
        new.stage(&input);
        prop_assert_eq!(svg(&used, &Theme::DARK, text), svg(&new, &Theme::DARK, text));
    }

    #[test]
    fn a_cut_lies_between_its_groups(mut frame in frames(0), size in sizes()) {
        let words = words(Language::English);
        frame.cuts.truncate(1);
        let mut scene = Scene::new();
        scene.stage(&StageInput::new(&frame, &words, size));
        for cut in &frame.cuts {
            let edges: Vec<(Point, Point)> = scene.groups().iter().filter_map(|group| match (group.subject, group.hit) {
                (Some(Subject::Cut(0)), HitArea::Segment { from, to, .. }) => Some((from, to)),
                _ => None,
            }).collect();
            for a in cut.from.iter().filter_map(|id| scene.places().spot(*id)) {
                for b in cut.to.iter().filter_map(|id| scene.places().spot(*id)) {
                    // Where three meet, the way may pass through a corner: a little to the side it must not.
                    let side = (b.at - a.at).unit().right() * 0.5;
                    let met = [side * -1.0, side].into_iter().any(|side| {
                        edges.iter().any(|(from, to)| cross(a.at + side, b.at + side, *from, *to))
                    });
                    prop_assert!(met, "the way from {:?} to {:?} is open: {edges:?}", a.at, b.at);
                }
            }
        }
    }

    #[test]
    fn every_subject_is_described_in_both_languages(frame in frames(20)) {
        let labels = labels(&frame);
        for language in Language::ALL {
            let told = describe(&frame, Hue::Epoch("hue.term"), &words(language), &labels);
            let present = frame.nodes.iter().filter(|node| node.status != NodeStatus::Removed).count();
            prop_assert_eq!(told.len(), present + frame.cuts.len() + frame.flights.len());
            prop_assert_eq!(told.iter().filter(|(subject, _)| is_message(subject)).count(), frame.flights.len());
            for (_, sentence) in told {
                prop_assert!(!sentence.contains(['{', '}']) && !sentence.contains("stage."), "{sentence}");
            }
        }
    }
}

/// Whether two straight ways cross.
fn cross(a: Point, b: Point, c: Point, d: Point) -> bool {
    let side = |p: Point, q: Point, r: Point| (q - p).right().dot(r - p);
    side(a, b, c) * side(a, b, d) <= 0.0 && side(c, d, a) * side(c, d, b) <= 0.0
}

#[test]
fn a_crowd_of_messages_becomes_flows() {
    let words = words(Language::English);
    let mut runner = TestRunner::deterministic();
    let (mut flows, mut singles, mut few) = (0, 0, 0);
    let mut scene = Scene::new();
    let count = |scene: &Scene, what: fn(&Subject) -> bool| scene.subjects().filter(what).count();
    for _ in 0..20 {
        let frame = distinct(frames(40).new_tree(&mut runner).unwrap().current());
        let input = StageInput::new(&frame, &words, Size::new(800.0, 600.0));
        scene.stage(&input);
        assert_eq!(
            count(&scene, is_flow),
            0,
            "{} messages can be told apart",
            frame.flights.len()
        );
        singles += count(&scene, is_message);
        let options = Options {
            single_max: 0,
            ..Options::default()
        };
        scene.stage(&StageInput { options, ..input });
        flows += count(&scene, is_flow);
        few += count(&scene, is_message);
    }
    assert!(
        flows > 50 && few < singles,
        "{flows} flows, {few} of {singles} messages"
    );
}

/// The texts of a node's own groups.
fn texts_of(scene: &Scene, node: NodeId) -> Vec<&str> {
    let groups = scene.groups().iter();
    let own = groups.filter(|group| group.subject == Some(Subject::Node(node)));
    let items = own.flat_map(|group| scene.items_of(group));
    items
        .filter_map(|item| match item.shape {
            Shape::Text { text, .. } => Some(scene.text(text)),
            _ => None,
        })
        .collect()
}

#[test]
fn a_crash_leaves_the_label_in_its_place() {
    let words = words(Language::English);
    let mut node = frames::server(0, vec![]);
    node.view.role = "role.leader".into();
    node.view.epoch = Some(3);
    let mut frame = Frame {
        nodes: vec![node, frames::server(1, vec![])],
        ..Frame::default()
    };
    let mut scene = Scene::new();
    let place = |scene: &Scene| {
        let mut items = scene.items().iter();
        items.find_map(|item| match item.shape {
            Shape::Text { at, text, .. } if scene.text(text) == "S1" => Some(at),
            _ => None,
        })
    };
    scene.stage(&StageInput::new(&frame, &words, Size::new(800.0, 600.0)));
    let up = place(&scene);
    frame.nodes[0].status = NodeStatus::Crashed;
    frame.nodes[0].view = protocol::NodeView::default();
    scene.stage(&StageInput::new(&frame, &words, Size::new(800.0, 600.0)));
    assert!(up.is_some());
    assert_eq!(place(&scene), up);
    assert_eq!(texts_of(&scene, NodeId(0)), ["S1", "down"]);
}

#[test]
fn on_a_phone_a_plain_follower_has_its_name_alone() {
    let words = words(Language::English);
    let mut leader = frames::server(0, vec![]);
    leader.view.role = "role.leader".into();
    leader.view.ring = protocol::Ring::Double;
    let mut follower = frames::server(1, vec![]);
    follower.view.role = "role.follower".into();
    let mut nodes = vec![leader, follower];
    nodes.iter_mut().for_each(|node| node.view.epoch = Some(1));
    let frame = Frame {
        nodes,
        ..Frame::default()
    };
    let mut scene = Scene::new();
    scene.stage(&StageInput::new(&frame, &words, Size::new(360.0, 300.0)));
    assert!(texts_of(&scene, NodeId(0)).contains(&"S1 leader"));
    assert!(texts_of(&scene, NodeId(1)).contains(&"S2"));
}

#[test]
fn the_smaller_side_of_a_cut_is_tinted() {
    let words = words(Language::English);
    let frame = Frame {
        nodes: (0..5).map(|id| frames::server(id, vec![])).collect(),
        cuts: vec![trace::Cut {
            from: [1, 2, 4].map(NodeId).to_vec(),
            to: [0, 3].map(NodeId).to_vec(),
            both: true,
        }],
        ..Frame::default()
    };
    let mut scene = Scene::new();
    scene.stage(&StageInput::new(&frame, &words, Size::new(800.0, 600.0)));
    let parts: Vec<&[Point]> = scene
        .items()
        .iter()
        .filter(|item| item.paint.fill == Some(Ink::PaleNeutral) && item.paint.stroke.is_none())
        .filter_map(|item| match item.shape {
            Shape::Path { points, .. } => Some(scene.points(points)),
            _ => None,
        })
        .collect();
    // Convex, and walked clockwise: inside is to the right of every side.
    let tinted = |at: Point| {
        parts.iter().any(|part| {
            (0..part.len()).all(|place| {
                let (one, other) = (part[place], part[(place + 1) % part.len()]);
                (other - one).right().dot(at - one) >= 0.0
            })
        })
    };
    for id in 0..5 {
        let at = scene.places().spot(NodeId(id)).unwrap().at;
        assert_eq!(tinted(at), [0, 3].contains(&id), "S{}", id + 1);
    }
}

#[test]
fn a_bent_cut_runs_through_no_disc_and_no_label() {
    let words = words(Language::English);
    for (from, to) in [
        ([0, 2].as_slice(), [1, 3, 4, 5, 6].as_slice()),
        (&[0, 3], &[1, 2, 4, 5, 6]),
    ] {
        let node = |id: u16| trace::NodeFrame {
            kind: if id < 5 {
                NodeKind::Server
            } else {
                NodeKind::Client
            },
            ..frames::server(id, vec![])
        };
        let nodes = |ids: &[u16]| ids.iter().copied().map(NodeId).collect();
        let frame = Frame {
            nodes: (0..7).map(node).collect(),
            cuts: vec![trace::Cut {
                from: nodes(from),
                to: nodes(to),
                both: true,
            }],
            ..Frame::default()
        };
        for size in [Size::new(800.0, 600.0), Size::new(360.0, 300.0)] {
            let mut scene = Scene::new();
            scene.stage(&StageInput::new(&frame, &words, size));
            let edges: Vec<HitArea> = scene
                .groups()
                .iter()
                .filter(|group| matches!(group.subject, Some(Subject::Cut(_))))
                .map(|group| group.hit)
                .filter(|hit| matches!(hit, HitArea::Segment { .. }))
                .collect();
            assert!(edges.len() > 2, "it is bent");
            let texts = scene
                .groups()
                .iter()
                .filter(|group| matches!(group.subject, Some(Subject::Node(_))));
            for item in texts.flat_map(|group| scene.items_of(group)) {
                let kept_free = match item.shape {
                    Shape::Disc { at, r } => vec![(at, r)],
                    // The middle of its line.
                    Shape::Text { at, size, .. } => {
                        vec![(Point::new(at.x, at.y - 0.35 * size), 0.3 * size)]
                    }
                    _ => continue,
                };
                for (at, room) in kept_free {
                    let near = edges
                        .iter()
                        .map(|edge| edge.distance(at))
                        .fold(f64::INFINITY, f64::min);
                    assert!(near > room, "{size:?}: {near} from {:?}", item.shape);
                }
            }
        }
    }
}

#[test]
fn red_is_for_violations_alone() {
    let words = words(Language::English);
    let mut runner = TestRunner::deterministic();
    let mut scene = Scene::new();
    for _ in 0..50 {
        let frame = frames(40).new_tree(&mut runner).unwrap().current();
        scene.stage(&StageInput::new(&frame, &words, Size::new(800.0, 600.0)));
        let red =
            |item: &&Item| [item.paint.fill, item.paint.stroke].contains(&Some(Ink::Violation));
        assert_eq!(scene.items().iter().find(red), None);
    }
}
