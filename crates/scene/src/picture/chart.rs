//! Charts: axes with round steps and their units, a legend, and the curves within. Curves differ by mark and dash; their inks
//! are neutral, for hue answers another question.

use super::amount::Scale;
use super::curve::{self, Look};
use super::{EDGE, PictureInput, SMALL, TYPE};
use crate::{Align, Face, HitArea, Ink, Paint, Point, Rect, Scene};
use protocol::{Axis, Phrase, Picture, Series, Stroke};

/// The height of the plot beside its width, and its ends in pixels.
const HIGH: f64 = 0.52;
const HIGHS: (f64, f64) = (130.0, 300.0);
/// How much lower each of two is that stand beside each other, so that both are in sight.
const LOWER: f64 = 0.6;

/// The plot: where it is, and what its edges mean.
pub(super) struct Plot<'a> {
    pub(super) rect: Rect,
    pub(super) x: Scale,
    pub(super) y: Scale,
    pub(super) input: &'a PictureInput<'a>,
    pub(super) axes: (&'a Axis, &'a Axis),
    pub(super) series: &'a [Series],
}

impl Plot<'_> {
    pub(super) fn at(&self, (x, y): (u64, u64)) -> Point {
        Point::new(
            self.rect.x + self.x.part(x as f64) * self.rect.w,
            self.rect.bottom() - self.y.part(y as f64) * self.rect.h,
        )
    }
}

pub(super) fn draw(
    scene: &mut Scene,
    input: &PictureInput<'_>,
    x: &Axis,
    y: &Axis,
    series: &[Series],
) {
    let points = || series.iter().flat_map(|series| &series.points);
    // Two charts that are compared are read at the same axes.
    let beside = match input.beside {
        Some(Picture::Chart { series, .. }) => series.as_slice(),
        _ => &[],
    };
    let all = || points().chain(beside.iter().flat_map(|series| &series.points));
    let xs = || all().map(|point| point.0);
    let highest = all().map(|point| point.1).max().unwrap_or(0);
    let (first, last) = (xs().min().unwrap_or(0), xs().max().unwrap_or(0));
    let lower = if input.beside.is_some() { LOWER } else { 1.0 };
    let high = lower * (HIGH * input.width).clamp(HIGHS.0, HIGHS.1);
    let y_scale = Scale::new(0, highest, y.unit, high / (44.0 * lower), true);
    // Bars stand with their whole breadth within the plot.
    let bars = series.iter().any(|series| series.stroke == Stroke::Bars);
    let half = if bars { curve::spacing(series) / 2 } else { 0 };
    let (first, last) = (first.saturating_sub(half), last + half.max(u64::from(bars)));
    let x_scale = Scale::new(first, last, x.unit, input.width / 70.0, false);

    let widest = y_scale
        .ticks()
        .map(|(_, text)| SMALL * crate::draw::ems(&text));
    let left = EDGE + widest.fold(0.0, f64::max) + 8.0;
    let top = legend(scene, input, series) + 1.9 * SMALL;
    let rect = Rect::new(left, top, input.width - left - 2.0 * EDGE, high);
    scene.set_height(rect.bottom() + 3.4 * SMALL + EDGE);
    let plot = Plot {
        rect,
        x: x_scale,
        y: y_scale,
        input,
        axes: (x, y),
        series,
    };
    axes(scene, &plot);
    for nth in 0..series.len() {
        curve::draw(scene, &plot, nth);
    }
    curve::focus(scene, &plot);
    if points().next().is_none() {
        scene.group(None, HitArea::None);
        let none = scene.texts.text(input.words.word("drawn.no-data"));
        let paint = Paint::fill(Ink::Soft);
        scene.label(rect.centre(), none, TYPE, Align::Middle, Face::Text, paint);
    }
}

/// The curves' names with their marks, in lines; answers where they end.
fn legend(scene: &mut Scene, input: &PictureInput<'_>, series: &[Series]) -> f64 {
    scene.group(None, HitArea::None);
    let mut at = Point::new(EDGE, EDGE + 0.6 * TYPE);
    for (nth, curve) in series.iter().enumerate() {
        let name = input.words.value(&curve.name, input.labels);
        let wide = 34.0 + TYPE * crate::draw::ems(&name);
        if at.x > EDGE && at.x + wide > input.width - EDGE {
            at = Point::new(EDGE, at.y + 1.6 * TYPE);
        }
        curve::sample(scene, Look::of(nth, curve.stroke), at, 26.0);
        let beside = at + Point::new(32.0, 0.0);
        scene.note(beside, &name, TYPE, Align::Start, Ink::Ink);
        at.x += wide + 16.0;
    }
    at.y + if series.is_empty() { 0.0 } else { 1.5 * TYPE }
}

fn axes(scene: &mut Scene, plot: &Plot<'_>) {
    let rect = plot.rect;
    let (words, labels) = (plot.input.words, plot.input.labels);
    scene.group(None, HitArea::None);
    let hair = Paint::stroke(Ink::Line, 1.0);
    let line = Paint::stroke(Ink::Soft, 1.0);
    for (value, number) in plot.y.ticks() {
        let y = rect.bottom() - plot.y.part(value) * rect.h;
        let (from, to) = (Point::new(rect.x, y), Point::new(rect.right(), y));
        scene.line(from, to, hair);
        let at = Point::new(rect.x - 6.0, y);
        scene.note(at, &number, SMALL, Align::End, Ink::Soft);
    }
    let foot = rect.bottom();
    let mut free = f64::NEG_INFINITY;
    for (value, number) in plot.x.ticks() {
        let x = rect.x + plot.x.part(value) * rect.w;
        let (from, to) = (Point::new(x, foot), Point::new(x, foot + 4.0));
        scene.line(from, to, line);
        let half = 0.5 * SMALL * crate::draw::ems(&number);
        if x - half > free && x + half < plot.input.width {
            let at = Point::new(x, foot + 4.0 + 0.85 * SMALL);
            scene.note(at, &number, SMALL, Align::Middle, Ink::Soft);
            free = x + half + 8.0;
        }
    }
    let (from, to) = (Point::new(rect.x, foot), Point::new(rect.right(), foot));
    scene.line(from, to, line);
    let name = |axis: &Axis, scale: &Scale| {
        let unit = scale.unit(words);
        if unit.is_empty() {
            return words.word(&axis.name).to_owned();
        }
        let name = protocol::Arg::Word(axis.name.clone());
        words.say(
            &Phrase::new("drawn.axis")
                .with("name", name)
                .text("unit", unit),
            labels,
        )
    };
    let above = Point::new(EDGE, rect.y - 1.3 * SMALL);
    scene.note(
        above,
        &name(plot.axes.1, &plot.y),
        SMALL,
        Align::Start,
        Ink::Soft,
    );
    let beneath = Point::new(rect.right(), foot + 2.7 * SMALL);
    scene.note(
        beneath,
        &name(plot.axes.0, &plot.x),
        SMALL,
        Align::End,
        Ink::Soft,
    );
}
