//! Curves of a chart: lines, steps, dots, bars and what a formula says. No more is drawn than pixels can show.

use super::chart::Plot;
use super::{PictureInput, SMALL};
use crate::{Align, Dash, Face, HitArea, Ink, Paint, Point, Rect, Scene, Subject};
use protocol::{Phrase, Series, Stroke};
use std::collections::BTreeSet;

/// More points than this are not told one by one.
const TOLD_MAX: usize = 60;
/// How many marks a curve with many points has.
const MARKS: usize = 8;
/// From this distance on every point has its mark, in pixels.
const MARK_APART: f64 = 14.0;
const MARK: f64 = 3.4;
/// A dot among many.
const DOT: f64 = 1.5;

/// How a curve differs from the others.
#[derive(Clone, Copy)]
pub(super) struct Look {
    nth: usize,
    stroke: Stroke,
}

impl Look {
    pub(super) const fn of(nth: usize, stroke: Stroke) -> Self {
        Self { nth, stroke }
    }

    fn ink(self) -> Ink {
        if self.stroke == Stroke::Theory || self.nth % 2 == 1 {
            Ink::Soft
        } else {
            Ink::Ink
        }
    }

    fn line(self) -> Paint {
        let dash = match self.stroke {
            Stroke::Theory => Dash::Dashed,
            _ if self.nth % 4 >= 2 => Dash::Dotted,
            _ => Dash::Solid,
        };
        let width = if self.stroke == Stroke::Theory {
            1.4
        } else {
            1.6
        };
        Paint::stroke(self.ink(), width).dash(dash)
    }

    fn has_marks(self) -> bool {
        matches!(self.stroke, Stroke::Line | Stroke::Steps | Stroke::Dots)
    }

    /// Filled and hollow discs, squares, triangles and diamonds, one after the other.
    fn mark(self, scene: &mut Scene, at: Point) {
        let hollow = self.nth % 2 == 1;
        let fill = if hollow { Ink::Paper } else { self.ink() };
        let paint = Paint::fill(fill).outlined(self.ink(), 1.3);
        let point = |x: f64, y: f64| at + Point::new(x * MARK, y * MARK);
        match self.nth % 8 / 2 {
            0 if !hollow => scene.disc(at, MARK, paint),
            0 => scene.rect(Rect::around(at, 0.9 * MARK), 0.0, paint),
            1 => {
                let corners = [point(0.0, -1.3), point(1.2, 0.9), point(-1.2, 0.9)];
                scene.path(corners, true, paint);
            }
            2 => {
                let corners = [
                    point(0.0, -1.4),
                    point(1.2, 0.0),
                    point(0.0, 1.4),
                    point(-1.2, 0.0),
                ];
                scene.path(corners, true, paint);
            }
            _ => {
                let corners = [point(0.0, 1.3), point(1.2, -0.9), point(-1.2, -0.9)];
                scene.path(corners, true, paint);
            }
        }
    }

    fn bar(self, scene: &mut Scene, rect: Rect) {
        let fill = if self.nth.is_multiple_of(2) {
            Ink::Neutral
        } else {
            Ink::Paper
        };
        scene.rect(rect, 0.0, Paint::fill(fill).outlined(self.ink(), 1.0));
        if self.nth % 4 >= 2 {
            scene.hatch_rect(rect, 4.0, Paint::stroke(self.ink(), 0.8));
        }
    }
}

/// The curve's look in the legend, from `at` to the right.
pub(super) fn sample(scene: &mut Scene, look: Look, at: Point, width: f64) {
    if look.stroke == Stroke::Bars {
        let rect = Rect::new(at.x + 6.0, at.y - 5.0, width - 12.0, 10.0);
        look.bar(scene, rect);
        return;
    }
    if look.stroke != Stroke::Dots {
        scene.line(at, at + Point::new(width, 0.0), look.line());
    }
    if look.has_marks() {
        look.mark(scene, at + Point::new(width / 2.0, 0.0));
    }
}

/// The least distance between two bars' points; 2 where there are not two.
pub(super) fn spacing(series: &[Series]) -> u64 {
    let bars = series.iter().filter(|series| series.stroke == Stroke::Bars);
    let xs: BTreeSet<u64> = bars
        .flat_map(|series| series.points.iter().map(|point| point.0))
        .collect();
    let apart = xs
        .iter()
        .zip(xs.iter().skip(1))
        .map(|(one, next)| next - one);
    apart.min().unwrap_or(2)
}

pub(super) fn draw(scene: &mut Scene, plot: &Plot<'_>, nth: usize) {
    let series = &plot.series[nth];
    let look = Look::of(nth, series.stroke);
    scene.group(None, HitArea::None);
    match series.stroke {
        Stroke::Line | Stroke::Theory => {
            let line = thinned(plot, series);
            scene.path(line, false, look.line());
        }
        Stroke::Steps => {
            let line = thinned(plot, series);
            let steps = line.iter().enumerate().flat_map(|(place, point)| {
                let before = line[place.saturating_sub(1)].y;
                [Point::new(point.x, before), *point]
            });
            scene.path(steps, false, look.line());
        }
        Stroke::Dots | Stroke::Bars => {}
    }
    let told = told(series.points.len());
    let mut bars = Bars::of(plot, nth);
    let many = series.points.len() > 3 * TOLD_MAX;
    let mut seen = BTreeSet::new();
    for (place, point) in series.points.iter().enumerate() {
        let at = plot.at(*point);
        let is_told = told.is_none_or(|every| place % every == 0);
        let subject = Subject::Datum {
            series: nth as u32,
            point: place as u32,
        };
        if is_told {
            scene.group(Some(subject), HitArea::Disc { at, r: 6.0 });
        } else if series.stroke == Stroke::Bars || series.stroke == Stroke::Dots {
            scene.group(None, HitArea::None);
        }
        match series.stroke {
            Stroke::Bars => bars.bar(scene, look, at),
            // Of a cloud the shape is to be seen: two dots in one place are one.
            Stroke::Dots if many => {
                let new = seen.insert(((at.x / 3.0) as i64, (at.y / 3.0) as i64));
                let opacity = if new { 0.6 } else { 0.0 };
                scene.disc(at, DOT, Paint::fill(look.ink()).faded(opacity));
            }
            Stroke::Dots => look.mark(scene, at),
            Stroke::Line | Stroke::Steps if marked(plot, series, place) => look.mark(scene, at),
            _ => {}
        }
    }
}

/// Which points can be pointed at: all (`None`), or every so many.
fn told(count: usize) -> Option<usize> {
    (count > TOLD_MAX).then(|| count.div_ceil(TOLD_MAX))
}

/// Whether this point of a line has a mark: each while they are far apart, else a few.
fn marked(plot: &Plot<'_>, series: &Series, place: usize) -> bool {
    let count = series.points.len();
    let apart = plot.rect.w / count.max(1) as f64;
    let every = if apart >= MARK_APART {
        1
    } else {
        count.div_ceil(MARKS)
    };
    place % every == every / 2
}

/// The points of a line, of those in one column of pixels the lowest and the highest.
fn thinned(plot: &Plot<'_>, series: &Series) -> Vec<Point> {
    let mut line: Vec<Point> = Vec::new();
    let all = series.points.iter().map(|point| plot.at(*point));
    if series.points.len() as f64 <= 2.0 * plot.rect.w {
        return all.collect();
    }
    let mut column: Option<(i64, Point, Point)> = None;
    for at in all {
        let here = at.x as i64;
        column = match column {
            Some((x, low, high)) if x == here => {
                let low = if at.y < low.y { at } else { low };
                let high = if at.y > high.y { at } else { high };
                Some((x, low, high))
            }
            before => {
                line.extend(
                    before
                        .into_iter()
                        .flat_map(|(_, low, high)| in_order(low, high)),
                );
                Some((here, at, at))
            }
        };
    }
    line.extend(
        column
            .into_iter()
            .flat_map(|(_, low, high)| in_order(low, high)),
    );
    line
}

fn in_order(one: Point, other: Point) -> [Point; 2] {
    if one.x <= other.x {
        [one, other]
    } else {
        [other, one]
    }
}

/// How the bars of several series stand beside each other.
struct Bars {
    left: f64,
    wide: f64,
    foot: f64,
}

impl Bars {
    fn of(plot: &Plot<'_>, nth: usize) -> Self {
        let is_bars = |series: &&Series| series.stroke == Stroke::Bars;
        let all = plot.series.iter().filter(is_bars).count().max(1);
        let before = plot.series[..nth].iter().filter(is_bars).count();
        let apart = spacing(plot.series) as f64 / (plot.x.high - plot.x.low) * plot.rect.w;
        let group = (0.8 * apart).min(64.0 * all as f64);
        let wide = (group / all as f64).max(1.0);
        Self {
            left: before as f64 * wide - group / 2.0,
            wide,
            foot: plot.rect.bottom(),
        }
    }

    fn bar(&mut self, scene: &mut Scene, look: Look, at: Point) {
        let rect = Rect::new(at.x + self.left, at.y, self.wide, self.foot - at.y);
        look.bar(scene, rect);
    }
}

/// A point in words: "p99: 12 ms at 40 a second".
pub(super) fn said(
    input: &PictureInput<'_>,
    axes: (protocol::Unit, protocol::Unit),
    series: &Series,
    point: (u64, u64),
) -> String {
    let name = input.words.value(&series.name, input.labels);
    let phrase = Phrase::new("drawn.datum")
        .text("series", name)
        .text("y", input.words.amount(point.1, axes.1))
        .text("x", input.words.amount(point.0, axes.0));
    input.words.say(&phrase, input.labels)
}

/// The point that has the focus, with its values.
pub(super) fn focus(scene: &mut Scene, plot: &Plot<'_>) {
    let Some(Subject::Datum { series, point }) = plot.input.focused else {
        return;
    };
    let curve = plot.series.get(series as usize);
    let Some((curve, datum)) =
        curve.and_then(|curve| Some((curve, *curve.points.get(point as usize)?)))
    else {
        return;
    };
    let at = plot.at(datum);
    scene.group(None, HitArea::None);
    let foot = Point::new(at.x, plot.rect.bottom());
    let guide = Paint::stroke(Ink::Soft, 1.0).dash(Dash::Dotted);
    scene.line(at, foot, guide);
    scene.focus_ring(at, 8.0, true);
    let units = (plot.axes.0.unit, plot.axes.1.unit);
    let text = scene.texts.text(&said(plot.input, units, curve, datum));
    let half = 0.5 * scene.width_of(text, SMALL);
    let x = plot.rect.clamp(at, half + 6.0).x;
    let y = if at.y - plot.rect.y > 30.0 {
        at.y - 18.0
    } else {
        at.y + 18.0
    };
    let plate = Rect::new(
        x - half - 6.0,
        y - 0.85 * SMALL,
        2.0 * half + 12.0,
        1.7 * SMALL,
    );
    scene.rect(plate, 3.0, Paint::fill(Ink::Paper).outlined(Ink::Soft, 1.0));
    let (at, ink) = (Point::new(x, y), Paint::fill(Ink::Ink));
    scene.label(at, text, SMALL, Align::Middle, Face::Text, ink);
}
