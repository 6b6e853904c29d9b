//! What must hold of a protocol's own pictures: each is drawn in its width, readable, told in sentences, and the same as SVG.

mod frames;

use frames::words;
use proptest::prelude::*;
use protocol::{
    Arg, Axis, Hue, NodeId, Picture, QueueItem, RingPoint, Series, Stroke, Tone, TreeItem, Unit,
};
use scene::{
    Align, Dash, Ink, PictureInput, Point, Rect, Scene, Shape, Subject, Theme, contrast,
    picture_title, svg_figure, tell_picture,
};
use trace::{Language, Words};

fn own(language: Language) -> Words {
    let mut words = words(language);
    words
        .add("title = Title\naxis.x = load\naxis.y = latency")
        .expect("lines of `key = template`");
    words
}

fn draw(picture: &Picture, width: f64, focused: Option<Subject>) -> Scene {
    let words = own(Language::English);
    let labels = ["S1", "S2", "S3"].map(String::from);
    let mut scene = Scene::new();
    scene.picture(&PictureInput {
        picture,
        beside: None,
        words: &words,
        labels: &labels,
        width,
        hue: Hue::Epoch("hue.term"),
        focused,
    });
    scene
}

fn told(picture: &Picture, language: Language) -> Vec<(Option<Subject>, String)> {
    let labels = ["S1", "S2", "S3"].map(String::from);
    tell_picture(&PictureInput {
        picture,
        beside: None,
        words: &own(language),
        labels: &labels,
        width: 400.0,
        hue: Hue::Neutral,
        focused: None,
    })
}

fn tones() -> impl Strategy<Value = Tone> {
    prop_oneof![Just(Tone::Plain), Just(Tone::Faint), Just(Tone::Strong)]
}

fn units() -> impl Strategy<Value = Unit> {
    prop_oneof![
        Just(Unit::Count),
        Just(Unit::Us),
        Just(Unit::Permille),
        Just(Unit::Ppm),
        Just(Unit::PerSecond)
    ]
}

fn strokes() -> impl Strategy<Value = Stroke> {
    prop_oneof![
        Just(Stroke::Line),
        Just(Stroke::Steps),
        Just(Stroke::Dots),
        Just(Stroke::Theory),
        Just(Stroke::Bars)
    ]
}

fn queues() -> impl Strategy<Value = Picture> {
    let item = (
        "[a-z0-9]{0,12}",
        prop::option::of(0..30u64),
        prop::option::of(0..1200u16),
    );
    (
        prop::collection::vec(item, 0..120),
        prop::option::of(0..200u64),
    )
        .prop_map(|(items, room)| Picture::Queue {
            title: "title".into(),
            items: items
                .into_iter()
                .map(|(label, epoch, done_permille)| QueueItem {
                    label,
                    epoch,
                    done_permille,
                })
                .collect(),
            room,
        })
}

fn rings() -> impl Strategy<Value = Picture> {
    let point = (
        any::<u64>(),
        "[a-z]{0,6}",
        prop::option::of(0..3u16),
        tones(),
    );
    prop::collection::vec(point, 0..80).prop_map(|points| Picture::Ring {
        title: "title".into(),
        points: points
            .into_iter()
            .map(|(at, label, node, tone)| RingPoint {
                at,
                label,
                node: node.map(NodeId),
                tone,
            })
            .collect(),
    })
}

fn trees() -> impl Strategy<Value = Picture> {
    let item = (
        prop::option::of(0..60u32),
        "[a-z]{0,9}",
        prop::option::of(0..20u64),
        tones(),
    );
    prop::collection::vec(item, 0..60).prop_map(|items| Picture::Tree {
        title: "title".into(),
        items: items
            .into_iter()
            .map(|(parent, label, epoch, tone)| TreeItem {
                parent,
                label,
                epoch,
                tone,
            })
            .collect(),
    })
}

fn gauges() -> impl Strategy<Value = Picture> {
    (0..10_000_000u64, prop::option::of(0..5_000_000u64), units()).prop_map(|(value, max, unit)| {
        Picture::Gauge {
            title: "title".into(),
            value,
            max,
            unit,
        }
    })
}

fn charts() -> impl Strategy<Value = Picture> {
    let points = prop::collection::vec((0..100_000u64, 0..9_000_000u64), 0..200);
    let series = ("[a-z]{1,12}", strokes(), points).prop_map(|(name, stroke, mut points)| {
        points.sort_unstable();
        Series {
            name: Arg::Text(name),
            stroke,
            points,
        }
    });
    (prop::collection::vec(series, 0..9), units(), units()).prop_map(|(series, x, y)| {
        Picture::Chart {
            title: "title".into(),
            x: Axis {
                name: "axis.x".into(),
                unit: x,
            },
            y: Axis {
                name: "axis.y".into(),
                unit: y,
            },
            series,
        }
    })
}

fn pictures() -> impl Strategy<Value = Picture> {
    prop_oneof![queues(), rings(), trees(), gauges(), charts()]
}

/// The rectangle that a shape covers at least; of a text, in the narrowest face.
fn covers(scene: &Scene, shape: Shape) -> Rect {
    let of = |points: &[Point]| {
        let first = points[0];
        let rect = Rect::new(first.x, first.y, 0.0, 0.0);
        points.iter().fold(rect, |rect, point| {
            rect.union(Rect::new(point.x, point.y, 0.0, 0.0))
        })
    };
    match shape {
        Shape::Disc { at, r } | Shape::Arc { at, r, .. } => Rect::around(at, r),
        Shape::Box { rect, .. } => rect,
        Shape::Line { from, to } => of(&[from, to]),
        Shape::Path { points, .. } | Shape::Lines { points } if points.start == points.end => {
            Rect::new(20.0, 0.0, 0.0, 0.0)
        }
        Shape::Path { points, .. } | Shape::Lines { points } => of(scene.points(points)),
        Shape::Text {
            at,
            text,
            size,
            align,
            ..
        } => {
            let w = 0.3 * size * scene.text(text).chars().count() as f64;
            let x = match align {
                Align::Start => at.x,
                Align::Middle => at.x - w / 2.0,
                Align::End => at.x - w,
            };
            Rect::new(x, at.y - 0.7 * size, w, 0.7 * size)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn everything_is_inside_readable_and_told(picture in pictures(), width in 200.0..900.0f64) {
        let scene = draw(&picture, width, None);
        let room = scene.size().rect().inset(-1.5);
        for item in scene.items() {
            let rect = covers(&scene, item.shape);
            let inside = rect.x >= room.x && rect.right() <= room.right() && rect.y >= room.y && rect.bottom() <= room.bottom();
            // Names are the protocol's own: one that is longer than the picture is broad cannot be helped.
            let long = matches!(item.shape, Shape::Text { .. });
            prop_assert!(inside || long, "{:?} covers {rect:?} of {:?}", item.shape, scene.size());
            if let Shape::Text { size, .. } = item.shape {
                prop_assert!(size >= 11.0);
            }
            // Hue and red have other meanings; here only what has an epoch has a hue.
            let inks = [item.paint.fill, item.paint.stroke];
            prop_assert!(!inks.contains(&Some(Ink::Violation)));
        }
        for language in Language::ALL {
            let told = told(&picture, language);
            prop_assert!(told.iter().all(|(_, said)| !said.contains(['{', '}']) && !said.contains("drawn.")), "{told:?}");
            prop_assert_eq!(told.iter().filter(|(subject, _)| subject.is_none()).count(), 1);
            // Whatever can be pointed at has its sentence.
            for subject in scene.subjects() {
                prop_assert!(told.iter().any(|(of, _)| *of == Some(subject)), "{subject:?}");
            }
        }
    }

    #[test]
    fn a_figure_holds_what_its_scene_does(picture in pictures(), width in 200.0..900.0f64) {
        let scene = draw(&picture, width, None);
        let told = told(&picture, Language::English);
        let drawn = svg_figure(&scene, &Theme::DARK, "a <name>", &told, false);
        prop_assert!(drawn.starts_with("<svg class=\"figure\"") && drawn.contains("aria-label=\"a &lt;name&gt;\""));
        let parts = scene.subjects().count();
        prop_assert_eq!(drawn.matches("<title>").count(), parts);
        prop_assert_eq!(drawn.matches("class=\"hit\"").count(), parts);
        prop_assert_eq!(drawn.matches("tabindex=\"0\"").count(), parts.min(1));
        let elements: usize = ["<circle", "<rect", "<path", "<text"].iter().map(|name| drawn.matches(name).count()).sum();
        prop_assert_eq!(elements, scene.items().len() + parts);
    }

    #[test]
    fn the_focused_part_is_ringed(picture in pictures(), nth in 0..200usize) {
        let scene = draw(&picture, 400.0, None);
        let subjects: Vec<Subject> = scene.subjects().collect();
        prop_assume!(!subjects.is_empty());
        let focused = draw(&picture, 400.0, Some(subjects[nth % subjects.len()]));
        let rings = |scene: &Scene| scene.items().iter().filter(|item| item.paint.stroke == Some(Ink::Focus)).count();
        prop_assert_eq!((rings(&scene), rings(&focused)), (0, 1));
    }
}

fn series(stroke: Stroke, points: &[(u64, u64)]) -> Series {
    Series {
        name: Arg::Text("curve".into()),
        stroke,
        points: points.to_vec(),
    }
}

fn chart(series: Vec<Series>) -> Picture {
    Picture::Chart {
        title: "title".into(),
        x: Axis {
            name: "axis.x".into(),
            unit: Unit::PerSecond,
        },
        y: Axis {
            name: "axis.y".into(),
            unit: Unit::Us,
        },
        series,
    }
}

fn written(scene: &Scene) -> Vec<&str> {
    let items = scene.items().iter();
    let text = |item: &scene::Item| match item.shape {
        Shape::Text { text, .. } => Some(text),
        _ => None,
    };
    items
        .filter_map(text)
        .map(|text| scene.text(text))
        .collect()
}

#[test]
fn axes_have_round_steps_names_and_units() {
    let picture = chart(vec![series(Stroke::Line, &[(0, 0), (400, 48_000)])]);
    let scene = draw(&picture, 400.0, None);
    let texts = written(&scene);
    for expected in [
        "latency (ms)",
        "load (per second)",
        "0",
        "20",
        "40",
        "60",
        "100",
        "400",
        "curve",
    ] {
        assert!(texts.contains(&expected), "{expected} in {texts:?}");
    }
    let at = |nth: u32| {
        let subject = Subject::Datum {
            series: 0,
            point: nth,
        };
        scene.centre_of(subject).unwrap()
    };
    assert!(at(0).x < at(1).x && at(0).y > at(1).y);
    let said = told(&picture, Language::English);
    assert_eq!(said[2].1, "curve: 48 ms at 400 a second");
}

#[test]
fn curves_differ_by_more_than_their_ink() {
    let points = [(0, 1), (10, 5), (20, 2)];
    let line = |stroke| series(stroke, &points);
    let scene = draw(
        &chart((0..6).map(|_| line(Stroke::Line)).collect()),
        500.0,
        None,
    );
    // The mark of a curve: what shape, and whether it is filled.
    let look = |nth: u32| {
        let subject = Some(Subject::Datum {
            series: nth,
            point: 1,
        });
        let group = scene
            .groups()
            .iter()
            .find(|group| group.subject == subject)
            .unwrap();
        let item = scene.items_of(group)[0];
        let at = group.hit.centre().unwrap();
        let outline = match item.shape {
            Shape::Path { points, .. } => {
                let points = scene.points(points).iter();
                points
                    .map(|point| format!("{:.1} {:.1};", point.x - at.x, point.y - at.y))
                    .collect()
            }
            Shape::Disc { .. } => "disc".to_owned(),
            _ => "square".to_owned(),
        };
        (outline, item.paint.fill)
    };
    let looks: Vec<_> = (0..6).map(look).collect();
    for (place, one) in looks.iter().enumerate() {
        assert!(
            !looks[..place].contains(one),
            "{one:?} comes twice in {looks:?}"
        );
    }
    // What a formula says is dashed and has no marks.
    let theory = draw(&chart(vec![line(Stroke::Theory)]), 500.0, None);
    assert!(
        theory
            .items()
            .iter()
            .any(|item| item.paint.dash == Dash::Dashed)
    );
    assert!(
        !theory
            .items()
            .iter()
            .any(|item| matches!(item.shape, Shape::Disc { .. }))
    );
}

#[test]
fn inks_of_curves_stand_out() {
    for theme in [Theme::LIGHT, Theme::DARK] {
        for picture in [
            chart(
                (0..4)
                    .map(|_| series(Stroke::Line, &[(0, 1), (9, 4)]))
                    .collect(),
            ),
            chart(
                (0..4)
                    .map(|_| series(Stroke::Bars, &[(1, 1), (9, 4)]))
                    .collect(),
            ),
        ] {
            let scene = draw(&picture, 400.0, None);
            let data = scene
                .groups()
                .iter()
                .filter(|group| group.subject.is_some());
            for item in data.flat_map(|group| scene.items_of(group)) {
                let ink = item.paint.stroke.unwrap();
                let ratio = contrast(theme.colour(ink), theme.colour(Ink::Paper));
                assert!(ratio >= 3.0, "{ink:?} has {ratio:.2}");
            }
        }
    }
}

#[test]
fn bars_begin_at_the_axis_and_stand_side_by_side() {
    let points = [(10, 4), (20, 8), (30, 1)];
    let picture = chart(vec![
        series(Stroke::Bars, &points),
        series(Stroke::Bars, &points),
    ]);
    let scene = draw(&picture, 400.0, None);
    let bar = |series: u32, point: u32| {
        let subject = Some(Subject::Datum { series, point });
        let group = scene
            .groups()
            .iter()
            .find(|group| group.subject == subject)
            .unwrap();
        match scene.items_of(group)[0].shape {
            Shape::Box { rect, .. } => rect,
            other => panic!("{other:?} is no bar"),
        }
    };
    assert!((bar(0, 0).bottom() - bar(0, 1).bottom()).abs() < 1e-9);
    assert!(
        (bar(0, 1).h - 2.0 * bar(0, 0).h).abs() < 1e-6,
        "length is the value"
    );
    assert!(bar(0, 0).right() <= bar(1, 0).x + 1e-9 && bar(1, 0).right() < bar(0, 1).x);
}

#[test]
fn a_hundred_thousand_points_are_as_few_as_can_be_seen() {
    let points: Vec<(u64, u64)> = (0..100_000).map(|k| (k, 5_000 + k * k % 997)).collect();
    for stroke in [Stroke::Line, Stroke::Steps, Stroke::Dots] {
        let scene = draw(&chart(vec![series(stroke, &points)]), 400.0, None);
        let drawn: usize = scene
            .items()
            .iter()
            .map(|item| match item.shape {
                Shape::Path { points, .. } => scene.points(points).len(),
                _ => 1,
            })
            .sum();
        assert!(drawn < 8_000, "{stroke:?}: {drawn}");
        assert!(scene.subjects().count() <= 60);
    }
}

#[test]
fn a_key_falls_to_the_next_point_and_a_stretch_to_its_node() {
    let point = |at: u64, node: Option<u16>| RingPoint {
        at,
        label: format!("p{}", at >> 62),
        node: node.map(NodeId),
        tone: Tone::Plain,
    };
    let quarter = 1 << 62;
    let picture = Picture::Ring {
        title: "title".into(),
        points: vec![
            point(3 * quarter, Some(2)),
            point(quarter, Some(0)),
            point(2 * quarter, None),
            point(3 * quarter + 5, None),
            point(quarter, None),
        ],
    };
    let said: Vec<String> = told(&picture, Language::English)
        .into_iter()
        .map(|(_, said)| said)
        .collect();
    assert_eq!(
        said,
        [
            "Title: 2 points of nodes and 3 keys.",
            "p3: belongs to S3; 50 % of the circle falls to it.",
            "p1: belongs to S1; 50 % of the circle falls to it.",
            "p2: falls to S3.",
            "p3: falls to S1.",
            "p1: falls to S1.",
        ]
    );
    let scene = draw(&picture, 400.0, None);
    let at = |nth: u32| scene.centre_of(Subject::Part(nth)).unwrap();
    let centre = Point::new(200.0, scene.size().h / 2.0);
    assert!(
        (centre.bearing(at(1)) - std::f64::consts::FRAC_PI_2).abs() < 1e-6,
        "a quarter is at three o'clock"
    );
    assert!(
        centre.distance(at(2)) < centre.distance(at(1)),
        "keys stand within"
    );
}

#[test]
fn a_small_tree_stands_upright_and_a_broad_one_is_an_outline() {
    let tree = |leaves: u32| Picture::Tree {
        title: "title".into(),
        items: (0..=leaves)
            .map(|place| TreeItem {
                parent: (place > 0).then_some(0),
                label: format!("task {place}"),
                epoch: None,
                tone: Tone::Plain,
            })
            .collect(),
    };
    let at = |scene: &Scene, nth: u32| scene.centre_of(Subject::Part(nth)).unwrap();
    let small = draw(&tree(3), 400.0, None);
    assert!((at(&small, 2).x - at(&small, 0).x).abs() < 1e-6);
    assert!((1..=3).all(|nth| at(&small, nth).y == at(&small, 1).y));
    let broad = draw(&tree(30), 400.0, None);
    assert!(
        at(&broad, 30).y > at(&broad, 1).y,
        "leaves go on in the next line"
    );
    assert_eq!(
        told(&tree(3), Language::English)[2].1,
        "task 1, under task 0"
    );
}

#[test]
fn what_has_another_place_is_not_drawn() {
    let table = Picture::pairs("title", [("x", "3")]);
    let scene = draw(&table, 400.0, None);
    assert!(scene.items().is_empty() && scene.size().h == 0.0);
    assert!(told(&table, Language::English).is_empty());
    let words = own(Language::English);
    let input = PictureInput {
        picture: &table,
        beside: None,
        words: &words,
        labels: &[],
        width: 400.0,
        hue: Hue::Neutral,
        focused: None,
    };
    assert_eq!(picture_title(&input), "Title");
}
