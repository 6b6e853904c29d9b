//! What must hold of the log matrix and the timeline.

mod frames;

use frames::{frames, words};
use proptest::prelude::*;
use protocol::{LogCell, NodeId, Picture};
use scene::{Band, Dash, Ink, LogInput, Scale, Scene, Shape, Size, Subject, TimelineInput, Track};
use trace::{Frame, Language, Mark, MarkKind};

/// A frame of servers with these logs: the epochs of the cells, and how many are committed.
fn with_logs(logs: &[(&[u64], u64)]) -> Frame {
    let nodes = logs.iter().zip(0..).map(|((epochs, committed), id)| {
        let cell = |epoch: &u64| LogCell {
            epoch: *epoch,
            label: String::new(),
        };
        let picture = Picture::Log {
            first: 1,
            cells: epochs.iter().map(cell).collect(),
            committed: *committed,
            applied: *committed,
            followers: vec![],
        };
        frames::server(id, vec![picture])
    });
    Frame {
        nodes: nodes.collect(),
        ..Frame::default()
    }
}

/// The paint of a cell's box.
fn cell(scene: &Scene, node: u16, index: u64) -> Option<scene::Paint> {
    let group = scene.find(Subject::Cell {
        node: NodeId(node),
        index,
    })?;
    let first = scene.items_of(group).first()?;
    assert!(matches!(first.shape, Shape::Box { .. }));
    Some(first.paint)
}

#[test]
fn a_cell_shows_its_term_and_whether_it_is_committed() {
    let frame = with_logs(&[(&[1, 1, 3], 2), (&[1, 2], 1)]);
    let words = words(Language::English);
    let mut scene = Scene::new();
    scene.log_matrix(&LogInput::new(&frame, &words, 400.0));
    let fill = |node, index| cell(&scene, node, index).unwrap().fill;
    assert_eq!(
        [1, 2, 3].map(|index| fill(0, index)),
        [Ink::Hue(1), Ink::Hue(1), Ink::Pale(3)].map(Some)
    );
    assert_eq!(
        [1, 2].map(|index| fill(1, index)),
        [Ink::Hue(1), Ink::Pale(2)].map(Some)
    );
    let missing = cell(&scene, 1, 3).unwrap();
    assert_eq!((missing.fill, missing.dash), (None, Dash::Dashed));
    assert_eq!(cell(&scene, 0, 4), None, "no column has nothing in it");
}

#[test]
fn the_window_keeps_the_newest_and_moves_back() {
    let epochs: Vec<u64> = (0..200).map(|index| index / 30).collect();
    let frame = with_logs(&[(&epochs, 150), (&epochs[..199], 150)]);
    let words = words(Language::English);
    let mut scene = Scene::new();
    let input = LogInput::new(&frame, &words, 500.0);
    scene.log_matrix(&input);
    assert!(cell(&scene, 0, 200).is_some() && cell(&scene, 0, 100).is_none());
    scene.log_matrix(&LogInput { back: 95, ..input });
    assert!(cell(&scene, 0, 200).is_none() && cell(&scene, 0, 100).is_some());
    scene.log_matrix(&LogInput {
        back: 9_999,
        ..input
    });
    assert!(
        cell(&scene, 0, 1).is_some(),
        "beyond the oldest there is nothing to see"
    );
}

#[test]
fn logs_that_begin_late_and_differ_in_length_share_their_columns() {
    let log = |id, first, len, committed| {
        let cell = LogCell {
            epoch: 2,
            label: String::new(),
        };
        let picture = Picture::Log {
            first,
            cells: vec![cell; len],
            committed,
            applied: committed,
            followers: vec![],
        };
        frames::server(id, vec![picture])
    };
    let frame = Frame {
        nodes: vec![log(0, 90, 11, 99), log(1, 1, 95, 94), log(2, 98, 0, 97)],
        ..Frame::default()
    };
    let words = words(Language::English);
    let mut scene = Scene::new();
    scene.log_matrix(&LogInput::new(&frame, &words, 900.0));
    let paint = |node, index| cell(&scene, node, index).unwrap();
    assert_eq!(paint(0, 100).fill, Some(Ink::Pale(2)));
    assert_eq!(paint(0, 99).fill, Some(Ink::Hue(2)));
    assert_eq!(
        (paint(0, 89).fill, paint(0, 89).dash),
        (Some(Ink::PaleNeutral), Dash::Solid),
        "not shown is not missing"
    );
    assert_eq!(paint(1, 95).fill, Some(Ink::Pale(2)));
    assert_eq!((paint(1, 96).fill, paint(1, 96).dash), (None, Dash::Dashed));
    assert_eq!(paint(2, 97).fill, Some(Ink::PaleNeutral));
    assert_eq!(paint(2, 98).dash, Dash::Dashed);
}

#[test]
fn where_two_runs_part_is_marked_on_the_bar_and_on_both_lines() {
    let track = |label, parts| Track {
        label,
        from_step: 0,
        from_us: 0,
        to_step: 500,
        to_us: 500_000,
        current: label == "A",
        parts,
    };
    let at = Some((200, 200_000));
    let draw = |parts| {
        let tracks = [track("A", parts), track("B", parts), track("C", None)];
        let input = TimelineInput {
            parts,
            ..input(&[], &[], &tracks, Scale::Time)
        };
        let mut scene = Scene::new();
        scene.timeline(&input);
        let x = input.x_of(200, 200_000.0);
        let discs = scene.items().iter().filter(|item| match item.shape {
            Shape::Disc { at, .. } => (at.x - x).abs() < 0.5,
            _ => false,
        });
        discs.count()
    };
    assert_eq!((draw(None), draw(at)), (0, 3));
}

#[test]
fn the_letters_of_branches_stand_where_their_lines_begin() {
    let track = |label, from_us, current| Track {
        label,
        from_step: from_us / 1_000,
        from_us,
        to_step: 400,
        to_us: 400_000,
        current,
        parts: None,
    };
    let tracks = [track("A", 0, false), track("B", 200_000, true)];
    let input = input(&[], &[], &tracks, Scale::Time);
    let mut scene = Scene::new();
    scene.timeline(&input);
    for (place, track) in tracks.iter().enumerate() {
        let group = scene.find(Subject::Branch(place as u32)).unwrap();
        let mut items = scene.items_of(group).iter();
        let text = items.find_map(|item| match item.shape {
            Shape::Text { at, .. } => Some(at),
            _ => None,
        });
        let away = text.unwrap().x - input.x_of(track.from_step, track.from_us as f64);
        assert!(away.abs() < 20.0, "{} stands {away} away", track.label);
    }
}

fn marks() -> impl Strategy<Value = Vec<Mark>> {
    let kinds = prop_oneof![
        Just(MarkKind::Fact),
        Just(MarkKind::Crash),
        Just(MarkKind::Cut),
        Just(MarkKind::Violation)
    ];
    let mark = (0..500u64, kinds).prop_map(|(step, kind)| Mark {
        step,
        at_us: step * 1000,
        kind,
        node: None,
        epoch: None,
    });
    prop::collection::vec(mark, 0..60).prop_map(|mut marks| {
        marks.sort_by_key(|mark| mark.step);
        marks
    })
}

fn input<'a>(
    marks: &'a [Mark],
    bands: &'a [Band],
    tracks: &'a [Track<'a>],
    scale: Scale,
) -> TimelineInput<'a> {
    TimelineInput {
        size: Size::new(700.0, TimelineInput::height_for(36.0, tracks.len())),
        scale,
        start_us: 0,
        len_step: 500,
        len_us: 500_000,
        cursor_step: 250,
        cursor_us: 250_000.0,
        in_past: true,
        marks,
        led: &[],
        parts: None,
        bands,
        tracks,
        focused: None,
    }
}

proptest! {
    #[test]
    fn the_log_fits_its_width(frame in frames(0), width in 200.0..1600.0f64, back in 0..60u64) {
        let words = words(Language::English);
        let mut scene = Scene::new();
        scene.log_matrix(&LogInput { back, ..LogInput::new(&frame, &words, width) });
        for item in scene.items() {
            if let Shape::Box { rect, .. } = item.shape {
                prop_assert!(rect.x >= 0.0 && rect.right() <= width + 0.1, "{rect:?} in {width}");
                prop_assert!(rect.bottom() <= scene.size().h);
            }
        }
    }

    #[test]
    fn a_place_on_the_timeline_means_its_moment(step in 0..=500u64, time in any::<bool>()) {
        let (scale, value) = if time { (Scale::Time, step as f64 * 1000.0) } else { (Scale::Step, step as f64) };
        let input = input(&[], &[], &[], scale);
        let found = input.value_at(input.x_of(step, step as f64 * 1000.0));
        prop_assert!((found - value).abs() < 1e-6, "{found} is not {value}");
    }

    #[test]
    fn the_timeline_keeps_to_its_room_and_shows_what_is_grave(marks in marks()) {
        let band = Band { from_step: 100, from_us: 100_000, to_step: 400, to_us: 400_000, epoch: Some(3) };
        let track = |label, current| Track { label, from_step: 90, from_us: 90_000, to_step: 480, to_us: 480_000, current, parts: None };
        let tracks = [track("A", true), track("B", false)];
        let bands = [band];
        let input = input(&marks, &bands, &tracks, Scale::Time);
        let mut scene = Scene::new();
        scene.timeline(&input);
        for item in scene.items() {
            if let Shape::Box { rect, .. } = item.shape {
                prop_assert!(rect.x >= 0.0 && rect.right() <= 700.0 && rect.y >= 0.0 && rect.bottom() <= input.size.h, "{rect:?}");
            }
        }
        for (place, mark) in marks.iter().enumerate() {
            if mark.kind == MarkKind::Violation {
                let x = input.x_of(mark.step, mark.at_us as f64);
                let near = |subject: Subject| {
                    matches!(subject, Subject::Mark(other) if marks[other as usize].kind == MarkKind::Violation)
                        && scene.centre_of(subject).is_some_and(|at| (at.x - x).abs() < 3.0)
                };
                prop_assert!(scene.subjects().any(near), "violation {place} is hidden");
            }
        }
        let branches = scene.subjects().filter(|subject| matches!(subject, Subject::Branch(_)));
        prop_assert_eq!(branches.count(), 2);
    }
}
