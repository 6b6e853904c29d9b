//! `--picture diagram`: the space-time diagram up to the cursor, as the page draws it, in a picture that stands alone.

use super::Drawn;
use protocol::{Hue, Phrase};
use scene::diagram::{DiagramInput, Lane, Plane, Row, Sign, Span, gaps};
use scene::{Scene, Size};
use sim::Playable;
use std::collections::BTreeSet;
use trace::{NodeStatus, Words};

/// At most so many events are drawn: the last ones.
const EVENTS_MAX: u64 = 400;
/// So many pixels are a second of play at the protocol's own pace.
const PACE_PX: f64 = 64.0;
/// The narrowest and the widest picture, in CSS pixels.
const WIDTH: (f64, f64) = (960.0, 4_800.0);
/// What each line takes.
const LINE: f64 = 64.0;

/// The diagram of `world` up to its cursor.
pub(crate) fn diagram(world: &mut dyn Playable, words: &Words) -> Drawn {
    let step = world.step();
    let labels = world.labels().to_vec();
    let first = step.saturating_sub(EVENTS_MAX) + 1;
    let events: Vec<_> = (first..=step)
        .filter_map(|step| world.event(step))
        .collect();
    let rows: Vec<Row> = events
        .iter()
        .map(|event| Row::of(event, |step| world.time_of(step)))
        .collect();
    let about = world.about();
    let frame = world.frame();
    let has_hue = about.hue != Hue::Neutral;
    let lanes: Vec<Lane> = frame
        .nodes
        .iter()
        .map(|node| Lane {
            node: node.id,
            label: node.label.clone(),
            kind: node.kind,
            epoch: node.view.epoch.filter(|_| has_hue),
            ring: node.view.ring,
            down: matches!(node.status, NodeStatus::Crashed | NodeStatus::Removed),
            selected: false,
        })
        .collect();
    let now_us = world.now_us();
    let first_us = rows.first().map_or(0, |row| row.at_us);
    // A little room before the first event, and none for the quiet before it.
    let from_us = first_us.saturating_sub((now_us - first_us) / 40);
    let long = (now_us - from_us).max(1) as f64;
    let width = (long * PACE_PX / about.pace_us as f64 + 120.0).clamp(WIDTH.0, WIDTH.1);
    let size = Size::new(width.round(), 60.0 + LINE * lanes.len() as f64);
    let length = Plane::of(size, lanes.len(), 0.0).length();
    // A little room behind the last event.
    let span = Span::new(from_us as f64, 1.02 * long / length, length, &[]);
    let legend = match about.hue {
        Hue::Epoch(word) => words.say(&Phrase::new("stage.legend").word("hue", word), &labels),
        Hue::Neutral => String::new(),
    };
    let mut scene = Scene::new();
    scene.diagram(&DiagramInput {
        size,
        lanes: &lanes,
        across: 0.0,
        span: &span,
        rows: &rows,
        counts: &[],
        note: "",
        gaps: &gaps(world.marks()),
        head_us: now_us as f64,
        end_us: now_us,
        cursor: 0,
        light: None,
        found: None,
        hidden: &BTreeSet::new(),
        timers: true,
        hue: about.hue,
        legend: &legend,
        moving: None,
        focused: false,
    });
    let title = Phrase::new("picture.diagram")
        .text("title", about.title(words.language()))
        .us("from", from_us)
        .us("to", now_us);
    let arrived = rows.iter().filter(|row| row.sign == Sign::Arrived).count();
    let counted = Phrase::new("picture.diagram-holds")
        .int("nodes", lanes.len() as u64)
        .int("events", rows.len() as u64)
        .int("arrived", arrived as u64);
    // The turning points in words; the transcript tells the rest.
    let told = events.iter().filter(|event| event.is_moment());
    let sentences: Vec<String> = std::iter::once(words.say(&counted, &labels))
        .chain(told.map(|event| words.say(&event.headline(), &labels)))
        .collect();
    Drawn {
        scene,
        title: words.say(&title, &labels),
        description: sentences.join(" "),
        language: words.language().tag(),
    }
}
