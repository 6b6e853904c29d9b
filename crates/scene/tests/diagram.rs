//! What must hold of the space-time diagram: every message has its arrow, which ends where and when the message did.

use protocol::{Hue, MessageShape, MessageView, Name, NodeId, NodeKind, Ring};
use scene::diagram::{Cone, DiagramInput, Fold, Gap, Lane, Light, Plane, Row, Side, Span, gaps};
use scene::{HitArea, Point, Scene, Shape, Size, Subject};
use std::collections::BTreeSet;
use trace::{Cause, Event, Fate, Mark, MarkKind, MessageRef, Outcome, Stimulus};

const SIZE: Size = Size { w: 900.0, h: 420.0 };
const NODES: [NodeId; 3] = [NodeId(0), NodeId(1), NodeId(2)];
/// When the window ends.
const END_US: u64 = 10_000;

fn message(name: u64, from: u16, to: u16, sent_us: u64) -> MessageRef {
    MessageRef {
        name: Name(name),
        from: NodeId(from),
        to: NodeId(to),
        sent_us,
        view: MessageView {
            kind: "Ping".into(),
            shape: MessageShape::Request,
            epoch: Some(2),
            label: None,
        },
        body: None,
    }
}

fn event(step: u64, at_us: u64, node: Option<u16>, stimulus: Stimulus, cause: Cause) -> Event {
    Event {
        step,
        name: Name(1_000 + step),
        at_us,
        node: node.map(NodeId),
        stimulus,
        cause,
        outcomes: Vec::new(),
        view: None,
    }
}

fn sends(mut event: Event, message: MessageRef, due_us: u64, fate: Fate) -> Event {
    event.outcomes.push(Outcome::Sent {
        message,
        due_us,
        fate,
        reason: protocol::Phrase::new("reason"),
    });
    event
}

fn fired(step: u64, at_us: u64, node: u16) -> Event {
    let timer = Stimulus::Fired {
        timer: "tick".into(),
    };
    event(step, at_us, Some(node), timer, Cause::Start)
}

fn arrives(step: u64, at_us: u64, message: MessageRef) -> Event {
    let to = message.to.0;
    let cause = Cause::Event(Name(0));
    event(step, at_us, Some(to), Stimulus::Delivered(message), cause)
}

fn rows(events: &[Event]) -> Vec<Row> {
    let time_of = |step: u64| {
        let found = events.iter().find(|event| event.step == step);
        found.map_or(END_US, |event| event.at_us)
    };
    events.iter().map(|event| Row::of(event, time_of)).collect()
}

fn lanes() -> Vec<Lane> {
    let lane = |node: NodeId| Lane {
        node,
        label: format!("S{}", node.0 + 1),
        kind: NodeKind::Server,
        epoch: Some(1),
        ring: Ring::Thin,
        down: false,
        selected: false,
    };
    NODES.map(lane).into()
}

struct Shown {
    scene: Scene,
    plane: Plane,
    span: Span,
}

impl Shown {
    /// Where a moment is on a node's line.
    fn at(&self, us: f64, lane: f64) -> Point {
        self.plane.point(self.span.px(us), lane)
    }

    /// Where the arrow of a message begins and ends.
    fn arrow(&self, name: u64) -> Option<(Point, Point)> {
        let subject = Subject::Message {
            name: Name(name),
            copy: 0,
        };
        match self.scene.find(subject)?.hit {
            HitArea::Segment { from, to, .. } => Some((from, to)),
            other => panic!("an arrow is a line: {other:?}"),
        }
    }
}

/// What every diagram here is drawn from, unless a test says otherwise.
struct Setup {
    lanes: Vec<Lane>,
    span: Span,
    hidden: BTreeSet<String>,
}

impl Setup {
    fn new(folds: &[Fold]) -> Self {
        let length = Plane::of(SIZE, NODES.len(), 0.0).length();
        Self {
            lanes: lanes(),
            span: Span::new(0.0, END_US as f64 / length, length, folds),
            hidden: BTreeSet::new(),
        }
    }

    fn input<'a>(&'a self, rows: &'a [Row]) -> DiagramInput<'a> {
        DiagramInput {
            size: SIZE,
            lanes: &self.lanes,
            across: 0.0,
            span: &self.span,
            rows,
            counts: &[],
            note: "",
            gaps: &[],
            head_us: END_US as f64,
            end_us: END_US,
            cursor: 0,
            light: None,
            found: None,
            hidden: &self.hidden,
            timers: true,
            hue: Hue::Epoch("hue.term"),
            legend: "",
            moving: None,
            focused: false,
        }
    }
}

fn draw(input: &DiagramInput<'_>) -> Shown {
    let mut scene = Scene::new();
    scene.diagram(input);
    Shown {
        scene,
        plane: Plane::of(SIZE, input.lanes.len(), input.across),
        span: input.span.clone(),
    }
}

fn drawn(rows: &[Row]) -> Shown {
    draw(&Setup::new(&[]).input(rows))
}

/// Without events, with these gaps.
fn with_gaps(gaps: &[Gap]) -> Shown {
    let setup = Setup::new(&[]);
    draw(&DiagramInput {
        gaps,
        ..setup.input(&[])
    })
}

fn near(one: Point, other: Point) {
    assert!(one.distance(other) < 0.5, "{one:?} is not {other:?}");
}

#[test]
fn every_message_has_its_arrow_to_where_and_when_it_ended() {
    let cut = Stimulus::Cut {
        from: vec![NodeId(0)],
        to: vec![NodeId(2)],
        both: true,
    };
    let first = fired(1, 1_000, 0);
    let first = sends(first, message(1, 0, 1, 1_000), 3_000, Fate::Delivered(4));
    let first = sends(first, message(2, 0, 2, 1_000), 5_000, Fate::Cut);
    let first = sends(first, message(3, 0, 1, 1_000), 3_000, Fate::Lost);
    let first = sends(first, message(4, 0, 1, 1_000), 9_000, Fate::Dropped(3));
    let dropped = Stimulus::Dropped(message(4, 0, 1, 1_000));
    let events = [
        first,
        event(2, 2_000, None, cut, Cause::Choice),
        event(3, 2_600, Some(1), dropped, Cause::Choice),
        arrives(4, 3_000, message(1, 0, 1, 1_000)),
        // Sent before the window: its arrival says where from.
        arrives(5, 3_500, message(5, 2, 0, 200)),
        sends(
            fired(6, 4_000, 1),
            message(6, 1, 0, 4_000),
            20_000,
            Fate::Flying,
        ),
        event(
            7,
            6_000,
            Some(2),
            Stimulus::Bounced(message(7, 1, 2, 5_000)),
            Cause::Event(Name(0)),
        ),
    ];
    let shown = drawn(&rows(&events));
    let ends = |name| {
        shown
            .arrow(name)
            .unwrap_or_else(|| panic!("no arrow of {name}"))
    };
    let (start, end) = ends(1);
    near(start, shown.at(1_000.0, 0.0));
    near(end, shown.at(3_000.0, 1.0));
    // Cut after a quarter of its way: half way to the middle line of the three, at the time of the cut.
    near(ends(2).1, shown.at(2_000.0, 0.5));
    let (_, lost) = ends(3);
    assert!(lost.x > start.x && lost.x < shown.at(3_000.0, 0.0).x);
    assert!(
        (lost.y - shown.at(0.0, 1.0).y).abs() > 5.0,
        "it never came there"
    );
    near(ends(4).1, shown.at(2_600.0, 0.2));
    let (early, _) = ends(5);
    near(early, shown.at(200.0, 2.0));
    assert!(ends(6).1.x > shown.at(END_US as f64, 0.0).x, "it flies on");
    near(ends(7).1, shown.at(6_000.0, 2.0));
    assert_eq!(
        shown.scene.hit(shown.at(3_000.0, 1.0), 10.0),
        Some(Subject::Event(4)),
        "an event lies over the arrows that end there"
    );
}

#[test]
fn a_copy_parts_from_its_message_midway() {
    let original = message(1, 0, 2, 1_000);
    let copied = message(2, 0, 2, 2_000);
    let duplicated = Stimulus::Duplicated(original.clone());
    let twin = Name(1).mix(1).0;
    let both = sends(
        fired(1, 1_000, 0),
        original.clone(),
        5_000,
        Fate::Delivered(3),
    );
    let both = sends(both, message(twin, 0, 2, 1_000), 6_000, Fate::Flying);
    let events = [
        both,
        sends(
            event(2, 2_000, Some(2), duplicated, Cause::Choice),
            copied,
            7_000,
            Fate::Flying,
        ),
        arrives(3, 5_000, original),
    ];
    let rows = rows(&events);
    assert!(
        rows[0].sent[1].copy && !rows[0].sent[0].copy,
        "the network's own copy"
    );
    let shown = drawn(&rows);
    let (start, _) = shown.arrow(2).expect("an arrow");
    near(start, shown.at(2_000.0, 0.5));
    near(
        shown.arrow(twin).expect("an arrow").0,
        shown.at(1_000.0, 0.0),
    );
}

#[test]
fn a_node_that_is_down_has_a_gap_in_its_line() {
    let mark = |at_us, kind| Mark {
        step: at_us,
        at_us,
        kind,
        node: Some(NodeId(1)),
        epoch: None,
    };
    let marks = [
        mark(2_000, MarkKind::Crash),
        mark(6_000, MarkKind::Restart),
        mark(8_000, MarkKind::Violation),
    ];
    let gaps = gaps(&marks);
    assert_eq!(
        gaps.iter()
            .map(|gap| (gap.from_us, gap.to_us))
            .collect::<Vec<_>>(),
        [(2_000, 6_000)]
    );
    let shown = with_gaps(&gaps);
    let lines: Vec<(f64, f64)> = shown
        .scene
        .groups()
        .iter()
        .filter(|group| group.subject == Some(Subject::Node(NodeId(1))))
        .flat_map(|group| shown.scene.items_of(group))
        .filter(|item| item.paint.dash == scene::Dash::Solid)
        .filter_map(|item| match item.shape {
            Shape::Line { from, to } => Some((from.x, to.x)),
            _ => None,
        })
        .collect();
    let [before, after] = lines[..] else {
        panic!("two pieces: {lines:?}");
    };
    assert!((before.1 - shown.at(2_000.0, 1.0).x).abs() < 0.5);
    assert!((after.0 - shown.at(6_000.0, 1.0).x).abs() < 0.5);
}

#[test]
fn a_node_that_joins_has_no_line_before() {
    let joined = Mark {
        step: 9,
        at_us: 5_000,
        kind: MarkKind::Restart,
        node: Some(NodeId(2)),
        epoch: None,
    };
    let gaps = gaps(&[joined]);
    let of_third = |shown: &Shown| {
        let groups = shown.scene.groups().iter();
        let own = groups.filter(|group| {
            group.subject == Some(Subject::Node(NodeId(2))) && group.hit == HitArea::None
        });
        own.flat_map(|group| shown.scene.items_of(group)).count()
    };
    assert_eq!(of_third(&with_gaps(&gaps)), 1);
}

/// Three nodes: 1 tells 2 (steps 1 and 3), 2 tells 3 (4 and 6); 3 has done something before (2), and 1 after (5).
fn relay() -> Vec<Event> {
    vec![
        sends(
            fired(1, 1_000, 0),
            message(1, 0, 1, 1_000),
            2_000,
            Fate::Delivered(3),
        ),
        fired(2, 1_500, 2),
        arrives(3, 2_000, message(1, 0, 1, 1_000)),
        sends(
            fired(4, 3_000, 1),
            message(2, 1, 2, 3_000),
            4_000,
            Fate::Delivered(6),
        ),
        fired(5, 3_500, 0),
        arrives(6, 4_000, message(2, 1, 2, 3_000)),
        fired(7, 5_000, 2),
    ]
}

#[test]
fn past_and_future_are_those_of_lamport() {
    let rows = rows(&relay());
    let sides = |step: u64| {
        let cone = Cone::of(&rows, step).expect("an event of a node");
        rows.iter()
            .map(|row| cone.side(row.line().expect("a line"), row.step))
            .collect::<Vec<_>>()
    };
    use Side::{After, Before, Beside, Itself};
    assert_eq!(
        sides(3),
        [Before, Beside, Itself, After, Beside, After, After]
    );
    assert_eq!(
        sides(2),
        [Beside, Itself, Beside, Beside, Beside, After, After]
    );
    assert_eq!(
        sides(6),
        [Before, Before, Before, Before, Beside, Itself, After]
    );
    assert_eq!(Cone::of(&rows, 99), None);
}

#[test]
fn what_is_neither_before_nor_after_recedes() {
    let rows = rows(&relay());
    let light = Light::Cone(Cone::of(&rows, 3).expect("an event"));
    let setup = Setup::new(&[]);
    let shown = draw(&DiagramInput {
        light: Some(&light),
        ..setup.input(&rows)
    });
    let strength = |step| {
        let group = shown.scene.find(Subject::Event(step)).expect("an event");
        let items = shown.scene.items_of(group).iter();
        items.map(|item| item.paint.opacity).fold(0.0, f64::max)
    };
    assert!([1, 3, 4, 6, 7].iter().all(|step| strength(*step) > 0.99));
    assert!([2, 5].iter().all(|step| strength(*step) < 0.5));
}

#[test]
fn hidden_nodes_and_kinds_leave_no_arrow_behind() {
    let rows = rows(&relay());
    let hidden = BTreeSet::from(["Ping".to_owned()]);
    let setup = Setup::new(&[]);
    let without = draw(&DiagramInput {
        hidden: &hidden,
        ..setup.input(&rows)
    });
    assert_eq!((without.arrow(1), without.arrow(2)), (None, None));
    assert!(without.scene.find(Subject::Event(3)).is_some());
    let fewer = draw(&DiagramInput {
        lanes: &setup.lanes[..2],
        ..setup.input(&rows)
    });
    assert!(fewer.arrow(1).is_some() && fewer.arrow(2).is_none());
    assert!(fewer.scene.find(Subject::Event(7)).is_none());
}

#[test]
fn what_a_fold_holds_is_not_drawn() {
    let rows = rows(&relay());
    let fold = Fold {
        from_us: 1_500,
        to_us: 4_500,
        events: 5,
    };
    let setup = Setup::new(&[fold]);
    let shown = draw(&setup.input(&rows));
    assert!(shown.scene.find(Subject::Fold(1_500)).is_some());
    assert!(
        [2, 4, 6]
            .iter()
            .all(|step| shown.scene.find(Subject::Event(*step)).is_none())
    );
    assert!(
        [1, 7]
            .iter()
            .all(|step| shown.scene.find(Subject::Event(*step)).is_some())
    );
    assert!(shown.arrow(2).is_none() && shown.arrow(1).is_some());
}

#[test]
fn on_a_narrow_page_time_goes_downwards() {
    let narrow = Size::new(360.0, 420.0);
    let wide = Plane::of(SIZE, 3, 0.0);
    let tall = Plane::of(narrow, 3, 0.0);
    assert!(!wide.is_down() && tall.is_down());
    let (one, later) = (tall.point(10.0, 0.0), tall.point(60.0, 0.0));
    assert!(later.y > one.y && (later.x - one.x).abs() < 1e-9);
    assert!((tall.along(later) - 60.0).abs() < 1e-9);
    assert!(tall.point(0.0, 2.0).x <= narrow.w);
}
