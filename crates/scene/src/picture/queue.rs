//! Queues: cells in the order in which their turn comes; the first leaves at the left. What is worked on fills from below.

use super::{EDGE, PictureInput, SMALL, TYPE};
use crate::epochs::{fill_of, pale_of};
use crate::{Align, Dash, Face, HitArea, Ink, Paint, Point, Rect, Scene, Subject};
use protocol::{Phrase, QueueItem};

const HIGH: f64 = 28.0;
const GAP: f64 = 3.0;
const WIDE: (f64, f64) = (30.0, 110.0);
const HEAD: f64 = 14.0;
/// More than these are counted, not drawn.
const LINES_MAX: usize = 6;
/// Of more free places than this only the number is told.
const FREE_MAX: u64 = 48;

pub(super) fn draw(
    scene: &mut Scene,
    input: &PictureInput<'_>,
    items: &[QueueItem],
    room: Option<u64>,
) {
    scene
        .epochs
        .collect(items.iter().filter_map(|item| input.epoch(item.epoch)));
    let widest = items
        .iter()
        .map(|item| TYPE * crate::draw::ems(&item.label));
    let wide = (widest.fold(0.0, f64::max) + 14.0).clamp(WIDE.0, WIDE.1);
    let left = EDGE + HEAD;
    let line = (((input.width - left - EDGE + GAP) / (wide + GAP)) as usize).max(1);
    let most = line * LINES_MAX;
    let drawn = if items.len() > most {
        most - 1
    } else {
        items.len()
    };
    let free = room.filter(|room| *room <= FREE_MAX);
    let free = free.map_or(0, |room| (room as usize).saturating_sub(items.len()));
    let free = free.min(most - drawn);
    let cell = |place: usize| {
        let (x, y) = ((place % line) as f64, (place / line) as f64);
        let at = Point::new(left + x * (wide + GAP), EDGE + y * (HIGH + 2.0 * GAP));
        Rect::new(at.x, at.y, wide, HIGH)
    };
    scene.group(None, HitArea::None);
    // The way out.
    let tip = Point::new(EDGE, EDGE + HIGH / 2.0);
    let mark = [tip, tip + Point::new(8.0, -5.0), tip + Point::new(8.0, 5.0)];
    scene.path(mark, true, Paint::fill(Ink::Soft));
    for place in drawn..drawn + free {
        let paint = Paint::stroke(Ink::Soft, 1.0).dash(Dash::Dotted);
        scene.rect(cell(place), 3.0, paint);
    }
    for (place, item) in items.iter().take(drawn).enumerate() {
        one(scene, input, item, cell(place), Subject::Part(place as u32));
    }
    scene.group(None, HitArea::None);
    if drawn < items.len() {
        let more = format!("+{}", items.len() - drawn);
        scene.note(cell(drawn).centre(), &more, TYPE, Align::Middle, Ink::Ink);
    }
    let last = (drawn + free).max(1) - usize::from(drawn == items.len());
    let bottom = cell(last).bottom();
    let count = match room {
        Some(room) => Phrase::new("drawn.of").int("max", room),
        None => Phrase::new("drawn.count"),
    };
    let count = count.int("value", items.len() as u64);
    let count = scene.texts.phrase(&count, input.words, input.labels);
    let at = Point::new(left, bottom + 1.4 * SMALL);
    scene.label(
        at,
        count,
        SMALL,
        Align::Start,
        Face::Text,
        Paint::fill(Ink::Soft),
    );
    scene.set_height(bottom + 2.4 * SMALL + EDGE);
}

fn one(
    scene: &mut Scene,
    input: &PictureInput<'_>,
    item: &QueueItem,
    rect: Rect,
    subject: Subject,
) {
    scene.group(Some(subject), HitArea::Box(rect));
    let epoch = input.epoch(item.epoch);
    let working = item.done_permille.is_some();
    let fill = match epoch {
        Some(epoch) => fill_of(Some(epoch)),
        None if working => Ink::Paper,
        None => pale_of(None),
    };
    let line = if working { 1.6 } else { 1.0 };
    scene.rect(rect, 3.0, Paint::fill(fill).outlined(Ink::Ink, line));
    if scene.epochs.hatched(epoch) {
        scene.hatch_rect(rect, 6.0, Paint::stroke(Ink::Ink, 0.8).faded(0.6));
    }
    if let Some(done) = item.done_permille {
        let part = (f64::from(done) / 1000.0).clamp(0.0, 1.0);
        let bar = Rect::new(
            rect.x + 2.0,
            rect.bottom() - 6.0,
            part * (rect.w - 4.0),
            4.0,
        );
        scene.rect(bar, 1.0, Paint::fill(Ink::Ink));
    }
    let text = scene.texts.text(&item.label);
    let size = TYPE.min((rect.w - 8.0) / crate::draw::ems(&item.label).max(0.1));
    if size >= 0.75 * TYPE {
        let up = if working { 2.5 } else { 0.0 };
        let at = rect.centre() - Point::new(0.0, up);
        let paint = Paint::fill(Ink::Ink).outlined(fill, 2.5);
        scene.label(at, text, size.max(SMALL), Align::Middle, Face::Text, paint);
    }
    if input.focused == Some(subject) {
        let paint = Paint::stroke(Ink::Focus, 2.5).dash(Dash::Dashed);
        scene.rect(rect.inset(-2.0), 4.0, paint);
    }
}
