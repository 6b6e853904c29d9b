//! What must hold of every layout for every roster: nodes apart, everything inside, labels that do not meet, targets for fingers.

mod frames;

use frames::{labels, words};
use proptest::prelude::*;
use protocol::{Hue, Layout, Load, MessageShape, MessageView, Name, NodeId, NodeKind, Phrase};
use scene::{
    Align, End, HitArea, Ink, Point, Rect, Scene, Shape, Size, StageInput, Subject, SvgText, Theme,
    describe, svg,
};
use std::collections::BTreeMap;
use trace::{Flight, FlightEnd, Frame, Language, NodeFrame};

const LAYOUTS: [Layout; 5] = [
    Layout::Ring,
    Layout::Star,
    Layout::Chain,
    Layout::Tiers,
    Layout::Tree,
];

/// A phone, a laptop's stage and its whole screen, a large screen.
const SIZES: [Size; 5] = [
    Size::new(360.0, 300.0),
    Size::new(360.0, 640.0),
    Size::new(840.0, 600.0),
    Size::new(1280.0, 800.0),
    Size::new(1920.0, 1080.0),
];

fn node(id: u16, kind: NodeKind, tier: u8, epoch: Option<u64>) -> NodeFrame {
    let mut node = frames::server(id, vec![]);
    node.kind = kind;
    node.tier = tier;
    node.view.role = "role.follower".into();
    node.view.epoch = epoch;
    node
}

/// A roster of so many nodes of each tier; the first tier asks.
fn roster(counts: &[u16], first: NodeKind, epoch: Option<u64>) -> Vec<NodeFrame> {
    let mut nodes = Vec::new();
    for (tier, count) in counts.iter().enumerate() {
        for _ in 0..*count {
            let kind = match tier {
                0 => first,
                1 => NodeKind::Balancer,
                2 => NodeKind::Server,
                _ => NodeKind::Store,
            };
            let epoch = epoch.filter(|_| kind != NodeKind::Client);
            nodes.push(node(nodes.len() as u16, kind, tier as u8, epoch));
        }
    }
    nodes
}

fn frame(layout: Layout, nodes: Vec<NodeFrame>) -> Frame {
    Frame {
        layout,
        nodes,
        ..Frame::default()
    }
}

fn draw(frame: &Frame, size: Size) -> Scene {
    let words = words(Language::English);
    let labels = labels(frame);
    let mut scene = Scene::new();
    scene.stage(&StageInput {
        labels: &labels,
        ..StageInput::new(frame, &words, size)
    });
    scene
}

/// Where the texts of nodes stand, as wide as the narrowest face sets them.
fn texts(scene: &Scene) -> Vec<(String, Rect)> {
    let items = scene.items().iter();
    let text = |item: &scene::Item| match item.shape {
        Shape::Text {
            at,
            text,
            size,
            align,
            ..
        } => {
            let text = scene.text(text);
            let w = 0.45 * size * text.chars().count() as f64;
            let x = match align {
                Align::Start => at.x,
                Align::Middle => at.x - w / 2.0,
                Align::End => at.x - w,
            };
            let rect = Rect::new(x, at.y - 0.7 * size, w, 0.7 * size);
            Some((text.to_owned(), rect))
        }
        _ => None,
    };
    items.filter_map(text).collect()
}

fn check(frame: &Frame, size: Size) {
    let scene = draw(frame, size);
    let of = |what: &str| {
        format!(
            "{what}: {:?} of {} at {size:?}",
            frame.layout,
            frame.nodes.len()
        )
    };
    let ids: Vec<NodeId> = frame.nodes.iter().map(|node| node.id).collect();
    let spots: Vec<_> = ids
        .iter()
        .filter_map(|id| scene.places().spot(*id))
        .collect();
    assert_eq!(spots.len(), ids.len(), "{}", of("all stand somewhere"));
    for (place, one) in spots.iter().enumerate() {
        assert!(one.r >= 2.0, "{}: {one:?}", of("to be seen"));
        let round = Rect::around(one.at, one.r);
        let inside =
            round.x >= 0.0 && round.y >= 0.0 && round.right() <= size.w && round.bottom() <= size.h;
        assert!(inside, "{}: {one:?}", of("inside"));
        for other in &spots[..place] {
            let gap = one.at.distance(other.at) - one.r - other.r;
            assert!(
                gap > 0.2 * one.r.min(other.r),
                "{}: {one:?} {other:?}",
                of("apart")
            );
        }
    }
    let texts = texts(&scene);
    for (place, (one, rect)) in texts.iter().enumerate() {
        for (other, there) in &texts[..place] {
            assert!(
                rect.gap(*there) > 0.0,
                "{}: {one} {rect:?}, {other} {there:?}",
                of("labels apart")
            );
        }
    }
}

#[test]
fn every_roster_has_its_room_in_every_layout() {
    for layout in LAYOUTS {
        for count in 1..=60u16 {
            // All in one tier; a few clients; clients by half; four tiers.
            let quarter = count / 4;
            let rosters = [
                roster(&[count], NodeKind::Server, Some(3)),
                roster(&[count], NodeKind::Server, None),
                roster(&[count], NodeKind::Client, None),
                roster(&[count / 5, 1, count - count / 5], NodeKind::Client, None),
                roster(&[count - count / 2, count / 2], NodeKind::Client, Some(2)),
                roster(
                    &[quarter + 1, quarter, quarter, quarter],
                    NodeKind::Server,
                    None,
                ),
            ];
            for nodes in rosters {
                let frame = frame(layout, nodes);
                for size in SIZES {
                    check(&frame, size);
                }
            }
        }
    }
}

#[test]
fn clients_without_a_tier_stand_beneath_or_beside() {
    for layout in [Layout::Ring, Layout::Star, Layout::Chain, Layout::Tree] {
        let mut nodes = roster(&[1, 4], NodeKind::Server, None);
        nodes.extend((5..8).map(|id| node(id, NodeKind::Client, 0, None)));
        let frame = frame(layout, nodes);
        let scene = draw(&frame, Size::new(840.0, 600.0));
        let at = |id: u16| scene.places().spot(NodeId(id)).unwrap().at;
        let lowest = (0..5).map(|id| at(id).y).fold(0.0, f64::max);
        assert!((5..8).all(|id| at(id).y > lowest), "{layout:?}");
        let scene = draw(&frame, Size::new(1400.0, 560.0));
        let at = |id: u16| scene.places().spot(NodeId(id)).unwrap().at.x;
        let (left, right) = (at(5).min(at(7)), at(5).max(at(7)));
        assert!(
            (0..5).all(|id| left < at(id) && at(id) < right),
            "{layout:?}"
        );
    }
}

#[test]
fn each_layout_has_its_shape() {
    let size = Size::new(840.0, 600.0);
    let at = |scene: &Scene, id: u16| scene.places().spot(NodeId(id)).unwrap().at;

    let star = draw(
        &frame(Layout::Star, roster(&[1, 6], NodeKind::Store, None)),
        size,
    );
    let middle = at(&star, 0);
    assert!(middle.distance(star.places().centre()) < 1.0);
    assert!((1..7).all(|id| at(&star, id).distance(middle) > 100.0));

    let chain = draw(
        &frame(Layout::Chain, roster(&[5], NodeKind::Server, None)),
        size,
    );
    assert!((1..5).all(|id| at(&chain, id).x > at(&chain, id - 1).x));
    assert!((1..5).all(|id| (at(&chain, id).y - at(&chain, 0).y).abs() < 1e-6));
    // A long chain turns back at the edge: neighbours stay neighbours.
    let long = draw(
        &frame(Layout::Chain, roster(&[40], NodeKind::Server, None)),
        size,
    );
    let step = at(&long, 0).distance(at(&long, 1));
    assert!((1..40).all(|id| at(&long, id - 1).distance(at(&long, id)) < 2.5 * step));

    let nodes = roster(&[4, 1, 5], NodeKind::Client, None);
    let tiers = draw(&frame(Layout::Tiers, nodes.clone()), size);
    assert!((0..4).all(|id| at(&tiers, id).x < at(&tiers, 4).x));
    assert!((5..10).all(|id| at(&tiers, id).x > at(&tiers, 4).x));
    // On a phone they are rows, from the top.
    let phone = draw(
        &frame(Layout::Tiers, nodes.clone()),
        Size::new(360.0, 300.0),
    );
    assert!((0..4).all(|id| at(&phone, id).y < at(&phone, 4).y));
    assert!((5..10).all(|id| at(&phone, id).y > at(&phone, 4).y));

    let tree = draw(
        &frame(Layout::Tree, roster(&[1, 2, 4], NodeKind::Server, None)),
        size,
    );
    assert!((1..3).all(|id| at(&tree, id).y > at(&tree, 0).y));
    // Each under its own parent.
    assert!((at(&tree, 1).x - (at(&tree, 3).x + at(&tree, 4).x) / 2.0).abs() < 1.0);
    assert!((at(&tree, 0).x - (at(&tree, 1).x + at(&tree, 2).x) / 2.0).abs() < 1.0);
}

#[test]
fn what_can_be_moved_has_a_target_for_a_finger() {
    for layout in LAYOUTS {
        let frame = frame(layout, roster(&[2, 1, 3], NodeKind::Client, None));
        for size in SIZES {
            let scene = draw(&frame, size);
            for node in &frame.nodes {
                let spot = scene.places().spot(node.id).unwrap();
                let mut others = frame.nodes.iter().filter(|other| other.id != node.id);
                let alone = others.all(|other| {
                    scene.places().spot(other.id).unwrap().at.distance(spot.at) > 60.0
                });
                for angle in (0..8).map(|eighth| f64::from(eighth) * std::f64::consts::TAU / 8.0) {
                    let point = spot.at.towards(angle, 21.9);
                    if alone {
                        assert_eq!(
                            scene.hit(point, 22.0),
                            Some(Subject::Node(node.id)),
                            "{layout:?} {size:?}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_node_can_be_moved_in_every_layout() {
    let words = words(Language::English);
    for layout in LAYOUTS {
        let frame = frame(layout, roster(&[2, 1, 3], NodeKind::Client, None));
        let moved: BTreeMap<_, _> = [(NodeId(3), Point::new(0.5, 0.3))].into();
        let mut scene = Scene::new();
        let input = StageInput::new(&frame, &words, Size::new(840.0, 600.0));
        scene.stage(&input);
        let before = scene.places().clone();
        scene.stage(&StageInput {
            moved: &moved,
            ..input
        });
        let at = scene.places().spot(NodeId(3)).unwrap().at;
        assert!(
            at.distance(Point::new(420.0, 180.0)) < 1.0,
            "{layout:?}: {at:?}"
        );
        for id in [0, 1, 2, 4, 5].map(NodeId) {
            assert_eq!(
                scene.places().spot(id).unwrap().at,
                before.spot(id).unwrap().at
            );
        }
        // And stands where it stood when it is let go.
        scene.stage(&input);
        assert_eq!(scene.places(), &before);
    }
}

/// A hundred clients, three balancers, fifty servers, and as many messages.
fn crowd(messages: u64) -> Frame {
    let mut crowd = frame(Layout::Tiers, roster(&[100, 3, 50], NodeKind::Client, None));
    crowd.now_us = 50_000;
    for k in 0..messages {
        let chance = Name(3).mix(k).0;
        let (client, balancer) = ((chance % 100) as u16, 100 + (chance / 100 % 3) as u16);
        let server = 103 + (chance / 1000 % 50) as u16;
        let (from, to) = match chance / 100_000 % 4 {
            0 => (client, balancer),
            1 => (balancer, server),
            2 => (server, balancer),
            _ => (balancer, client),
        };
        crowd.flights.push(Flight {
            name: Name(17).mix(k),
            copy: 0,
            from: NodeId(from),
            to: NodeId(to),
            view: MessageView {
                kind: "Request".into(),
                shape: MessageShape::Request,
                epoch: None,
                label: None,
            },
            sent_us: 45_000,
            due_us: 55_000,
            end: FlightEnd::Arrives,
            ended_us: None,
            held: k == 0,
            next: k == 1,
        });
    }
    crowd
}

#[test]
fn a_crowd_fits_a_laptop_and_says_who_it_is() {
    let mut crowd = crowd(0);
    let scene = draw(&crowd, Size::new(1280.0, 800.0));
    check(&crowd, Size::new(1280.0, 800.0));
    let written: Vec<String> = texts(&scene).into_iter().map(|(text, _)| text).collect();
    assert!(
        written.contains(&"S101".to_owned()),
        "few have their names: {written:?}"
    );
    let r = |id: u16| scene.places().spot(NodeId(id)).unwrap().r;
    assert!(
        r(0) >= 8.0 && r(100) >= 14.0 && r(110) >= 8.0,
        "{} {} {}",
        r(0),
        r(100),
        r(110)
    );
    // Whoever is selected is named, however crowded it is.
    crowd.nodes[41].label = "C42".into();
    let words = words(Language::English);
    let mut scene = Scene::new();
    scene.stage(&StageInput {
        selected: Some(Subject::Node(NodeId(41))),
        ..StageInput::new(&crowd, &words, Size::new(1280.0, 800.0))
    });
    assert!(
        texts(&scene)
            .iter()
            .any(|(text, _)| text.starts_with("C42"))
    );
}

#[test]
fn thousands_of_messages_are_bands_between_tiers() {
    let crowd = crowd(4000);
    let scene = draw(&crowd, Size::new(1280.0, 800.0));
    let flows: Vec<(End, End)> = scene
        .subjects()
        .filter_map(|subject| match subject {
            Subject::Flow { from, to } => Some((from, to)),
            _ => None,
        })
        .collect();
    // Each balancer has one band to the clients and one to the servers, there and back.
    assert_eq!(flows.len(), 12, "{flows:?}");
    assert!(flows.contains(&(End::Tier(0), End::Node(NodeId(101)))));
    assert!(flows.contains(&(End::Node(NodeId(102)), End::Tier(2))));
    // What is held and what comes next stay to be seen and moved.
    let singles = scene
        .subjects()
        .filter(|subject| matches!(subject, Subject::Message { .. }));
    assert_eq!(singles.count(), 2);
    assert!(scene.items().len() < 1200, "{} shapes", scene.items().len());
    // The numbers add up, and the sentences say the same.
    let numbers: u64 = scene
        .groups()
        .iter()
        .filter(|group| matches!(group.subject, Some(Subject::Flow { .. })))
        .flat_map(|group| scene.items_of(group))
        .filter_map(|item| match item.shape {
            Shape::Text { text, .. } => scene.text(text).parse::<u64>().ok(),
            _ => None,
        })
        .sum();
    assert_eq!(numbers, 4000);
    for language in Language::ALL {
        let told = describe(&crowd, Hue::Neutral, &words(language), &labels(&crowd));
        let flows = told
            .iter()
            .filter(|(subject, _)| matches!(subject, Subject::Flow { .. }));
        assert_eq!(flows.count(), 12);
        assert!(
            told.iter()
                .all(|(_, said)| !said.contains(['{', '}']) && !said.contains("stage."))
        );
    }
}

#[test]
fn a_broad_band_has_more_messages() {
    let few = crowd(400);
    let many = crowd(4000);
    let width = |frame: &Frame| {
        let scene = draw(frame, Size::new(1280.0, 800.0));
        let bands = scene
            .groups()
            .iter()
            .filter(|group| matches!(group.subject, Some(Subject::Flow { .. })));
        let lines = bands.flat_map(|group| scene.items_of(group).to_vec());
        lines
            .filter(|item| matches!(item.shape, Shape::Line { .. }))
            .map(|item| item.paint.width)
            .fold(0.0, f64::max)
    };
    assert!(
        width(&many) > 1.5 * width(&few),
        "{} {}",
        width(&many),
        width(&few)
    );
}

#[test]
fn each_kind_has_its_shape_and_its_ring_follows_it() {
    let shapes = |kind: NodeKind, ring: protocol::Ring| {
        let mut one = node(0, kind, 0, None);
        one.view.ring = ring;
        let scene = draw(&frame(Layout::Star, vec![one]), Size::new(840.0, 600.0));
        let group = scene
            .groups()
            .iter()
            .find(|group| group.subject.is_some())
            .unwrap();
        let items = scene.items_of(group).iter();
        let name = |item: &scene::Item| match item.shape {
            Shape::Disc { .. } => Some("disc"),
            Shape::Box { .. } => Some("box"),
            Shape::Path { points, closed } => Some(match scene.points(points).len() {
                6 => "hexagon",
                _ if closed => "cylinder",
                _ => "rim",
            }),
            _ => None,
        };
        items.filter_map(name).collect::<Vec<_>>()
    };
    use protocol::Ring::{Double, Thin};
    assert_eq!(shapes(NodeKind::Server, Thin), ["disc"]);
    assert_eq!(shapes(NodeKind::Client, Thin), ["box"]);
    assert_eq!(shapes(NodeKind::Balancer, Thin), ["hexagon"]);
    assert_eq!(shapes(NodeKind::Store, Thin), ["cylinder", "rim"]);
    assert_eq!(shapes(NodeKind::Server, Double), ["disc", "disc"]);
    assert_eq!(shapes(NodeKind::Client, Double), ["box", "box"]);
    assert_eq!(shapes(NodeKind::Balancer, Double), ["hexagon", "hexagon"]);
    assert_eq!(
        shapes(NodeKind::Store, Double),
        ["cylinder", "rim", "cylinder"]
    );
}

#[test]
fn length_is_the_load() {
    let bar = |value: u64, max: u64| {
        let mut one = node(0, NodeKind::Server, 0, None);
        one.view.load = Some(Load { value, max });
        let frame = frame(Layout::Star, vec![one]);
        let told = describe(
            &frame,
            Hue::Neutral,
            &words(Language::English),
            &labels(&frame),
        );
        assert!(
            told[0].1.contains(&format!("{value} of {max}")),
            "{}",
            told[0].1
        );
        let scene = draw(&frame, Size::new(840.0, 600.0));
        let boxes: Vec<Rect> = scene
            .items()
            .iter()
            .filter_map(|item| match item.shape {
                Shape::Box { rect, .. } => Some(rect),
                _ => None,
            })
            .collect();
        let lids = scene
            .items()
            .iter()
            .filter(|item| matches!(item.shape, Shape::Line { .. }));
        (
            boxes.get(1).map_or(0.0, |full| full.h / boxes[0].h),
            lids.count(),
        )
    };
    assert_eq!(bar(0, 8), (0.0, 0));
    assert!((bar(2, 8).0 - 0.25).abs() < 1e-9);
    assert_eq!(bar(8, 8), (1.0, 0));
    assert_eq!(bar(9, 8), (1.0, 1), "overfull has a lid");
}

#[test]
fn a_queue_at_its_node_is_as_long_as_it_is() {
    let boxes = |count: u64, label: &str| {
        let item = |place: u64| protocol::QueueItem {
            label: "r".into(),
            epoch: None,
            done_permille: (place == 0).then_some(500),
        };
        let queue = protocol::Picture::Queue {
            title: "queue".into(),
            items: (0..count).map(item).collect(),
            room: None,
        };
        let mut one = node(0, NodeKind::Server, 0, None);
        one.view.pictures.push(queue);
        let scene = draw(&frame(Layout::Star, vec![one]), Size::new(840.0, 600.0));
        let cells = scene.items().iter().filter(|item| {
            matches!(item.shape, Shape::Box { .. }) && item.paint.stroke == Some(Ink::Ink)
        });
        let number = texts(&scene).iter().any(|(text, _)| text == label);
        (cells.count(), number)
    };
    assert_eq!(boxes(0, "+"), (0, false));
    assert_eq!(boxes(3, "+"), (3, false));
    assert_eq!(boxes(20, "+15"), (5, true));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_layout_draws_inside_and_alike(
        mut frame in frames::frames(40),
        layout in prop::sample::select(LAYOUTS.to_vec()),
        tiers in prop::collection::vec(0..5u8, 16),
        size in frames::sizes(),
    ) {
        frame.layout = layout;
        for (node, tier) in frame.nodes.iter_mut().zip(tiers) {
            node.tier = tier;
            node.view.badges = vec![Phrase::new("remark").int("n", 3)];
        }
        let scene = draw(&frame, size);
        for group in scene.groups() {
            if let HitArea::Disc { at, .. } = group.hit {
                prop_assert!(size.rect().distance(at) == 0.0, "{:?} at {at:?} of {size:?}", group.subject);
            }
        }
        let text = SvgText { title: "", description: "", language: "en" };
        let drawn = svg(&scene, &Theme::LIGHT, text);
        let elements = ["<circle", "<rect", "<path", "<text"].map(|name| drawn.matches(name).count());
        // The ground is one more.
        prop_assert_eq!(elements.iter().sum::<usize>(), scene.items().len() + 1);
        prop_assert_eq!(svg(&draw(&frame, size), &Theme::LIGHT, text), drawn);
    }
}
