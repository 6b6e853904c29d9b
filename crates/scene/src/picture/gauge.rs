//! Gauges: one value on a scale.

use super::amount::Scale;
use super::{EDGE, PictureInput, SMALL, TYPE};
use crate::{Align, Face, HitArea, Ink, Paint, Point, Rect, Scene};
use protocol::Unit;

const BAR: f64 = 14.0;

pub(super) fn draw(
    scene: &mut Scene,
    input: &PictureInput<'_>,
    value: u64,
    max: Option<u64>,
    unit: Unit,
) {
    let end = max.unwrap_or(value).max(1);
    let scale = Scale::new(0, end, unit, 5.0, max.is_none());
    let top = EDGE + 1.7 * TYPE;
    let bar = Rect::new(2.0 * EDGE, top, input.width - 4.0 * EDGE, BAR);
    scene.set_height(top + BAR + 2.4 * SMALL + EDGE);
    scene.group(None, HitArea::None);
    let part = scale.part(value as f64).clamp(0.0, 1.0);
    scene.rect(bar, 2.0, Paint::fill(Ink::PaleNeutral));
    let full = Rect::new(bar.x, bar.y, part * bar.w, bar.h);
    scene.rect(full, 2.0, Paint::fill(Ink::Soft));
    scene.rect(bar, 2.0, Paint::stroke(Ink::Soft, 1.0));
    if value as f64 > scale.high {
        let x = bar.right() + 3.5;
        let (from, to) = (
            Point::new(x, bar.y - 3.0),
            Point::new(x, bar.bottom() + 3.0),
        );
        scene.line(from, to, Paint::stroke(Ink::Ink, 2.5));
    }
    let mut free = f64::NEG_INFINITY;
    for (at, number) in scale.ticks() {
        let x = bar.x + scale.part(at) * bar.w;
        let foot = bar.bottom();
        let (from, to) = (Point::new(x, foot), Point::new(x, foot + 4.0));
        scene.line(from, to, Paint::stroke(Ink::Soft, 1.0));
        let half = 0.5 * SMALL * crate::draw::ems(&number);
        if x - half > free {
            let at = Point::new(x, foot + 4.0 + 0.9 * SMALL);
            scene.note(at, &number, SMALL, Align::Middle, Ink::Soft);
            free = x + half + 6.0;
        }
    }
    let said = input.words.amount(value, unit);
    let said = scene.texts.text(&said);
    let half = 0.5 * scene.width_of(said, TYPE);
    let room = Rect::new(EDGE, 0.0, input.width - 2.0 * EDGE, top);
    let x = room.clamp(Point::new(bar.x + part * bar.w, 0.0), half).x;
    let at = Point::new(x, EDGE + 0.6 * TYPE);
    scene.label(
        at,
        said,
        TYPE,
        Align::Middle,
        Face::Strong,
        Paint::fill(Ink::Ink),
    );
}
