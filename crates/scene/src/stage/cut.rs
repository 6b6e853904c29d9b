//! Cuts: where the line between two groups runs, and where a message meets it.

use super::Pen;
use crate::{Dash, HitArea, Ink, Paint, Places, Point, Rect, Subject};
use protocol::NodeId;
use std::f64::consts::PI;
use trace::{Cut, Frame};

/// How a cut is shown.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Divide {
    /// One straight line keeps the groups apart.
    Line {
        /// Its one end.
        from: Point,
        /// Its other end.
        to: Point,
        /// The way across it, from the group [`Cut::from`] to [`Cut::to`], one pixel long.
        across: Point,
    },
    /// No straight line does: each link has its own bar.
    Links,
}

/// How many directions are tried for the line.
const DIRECTIONS: u32 = 60;

/// Finds the lines of all cuts of `frame`.
pub(super) fn divide_all(divides: &mut Vec<Divide>, frame: &Frame, places: &Places) {
    divides.clear();
    divides.extend(frame.cuts.iter().map(|cut| divide(cut, places)));
}

/// The line with the broadest free strip on both sides.
fn divide(cut: &Cut, places: &Places) -> Divide {
    let spots = |nodes: &[NodeId]| {
        nodes
            .iter()
            .filter_map(|node| places.spot(*node))
            .collect::<Vec<_>>()
    };
    let (from, to) = (spots(&cut.from), spots(&cut.to));
    if from.is_empty() || to.is_empty() {
        return Divide::Links;
    }
    let low = |spots: &[crate::Spot], way: Point| {
        let nearest = spots.iter().map(|spot| spot.at.dot(way) - spot.r);
        nearest.fold(f64::INFINITY, f64::min)
    };
    let mut best = (0.0, None);
    for k in 0..2 * DIRECTIONS {
        let way = Point::default().towards(PI * f64::from(k) / f64::from(DIRECTIONS), 1.0);
        let (high, ahead) = (-low(&from, way * -1.0), low(&to, way));
        if ahead - high > best.0 {
            best = (ahead - high, Some((way, (ahead + high) / 2.0)));
        }
    }
    let (_, Some((across, middle))) = best else {
        return Divide::Links;
    };
    let along = across.right();
    let all = || from.iter().chain(&to);
    let reach = |way: Point| {
        let far = all().map(|spot| spot.at.dot(way) + 1.5 * spot.r);
        far.fold(f64::NEG_INFINITY, f64::max)
    };
    let base = across * middle;
    let ends = (
        base - along * reach(along * -1.0),
        base + along * reach(along),
    );
    match clip(ends.0, ends.1, places.size().rect().inset(8.0)) {
        Some((from, to)) => Divide::Line { from, to, across },
        None => Divide::Links,
    }
}

/// The part of a line within a rectangle (Liang and Barsky 1984).
fn clip(from: Point, to: Point, room: Rect) -> Option<(Point, Point)> {
    let way = to - from;
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (step, space) in [
        (-way.x, from.x - room.x),
        (way.x, room.right() - from.x),
        (-way.y, from.y - room.y),
        (way.y, room.bottom() - from.y),
    ] {
        if step.abs() < 1e-9 {
            if space < 0.0 {
                return None;
            }
        } else if step < 0.0 {
            enter = enter.max(space / step);
        } else {
            leave = leave.min(space / step);
        }
    }
    (enter < leave).then(|| (from.part_way(to, enter), from.part_way(to, leave)))
}

/// Whether `cut` stops what goes from `from` to `to`.
fn stops(cut: &Cut, from: NodeId, to: NodeId) -> bool {
    let one_way = |a: &[NodeId], b: &[NodeId]| a.contains(&from) && b.contains(&to);
    one_way(&cut.from, &cut.to) || (cut.both && one_way(&cut.to, &cut.from))
}

impl Pen<'_> {
    /// At which part of the way a message from `from` to `to` meets a cut; half way if no line is drawn for it.
    pub(super) fn crossing(&self, from: NodeId, to: NodeId, start: Point, end: Point) -> f64 {
        let cuts = self.input.frame.cuts.iter().zip(self.divides);
        let line =
            cuts.filter(|(cut, _)| stops(cut, from, to))
                .find_map(|(_, divide)| match divide {
                    Divide::Line { from, across, .. } => Some((*from, *across)),
                    Divide::Links => None,
                });
        line.map_or(0.5, |(on, across)| {
            let speed = (end - start).dot(across);
            if speed.abs() < 1e-6 {
                0.5
            } else {
                ((on - start).dot(across) / speed).clamp(0.1, 0.9)
            }
        })
    }

    /// The cuts, each as one line, or as bars across links where no line can be.
    pub(super) fn cuts(&mut self) {
        for (place, (cut, divide)) in self.input.frame.cuts.iter().zip(self.divides).enumerate() {
            let subject = Some(Subject::Cut(place as u32));
            match *divide {
                Divide::Line { from, to, across } => {
                    let hit = HitArea::Segment { from, to, r: 4.0 };
                    self.scene.group(subject, hit);
                    self.cut_line(from, to, across, cut.both);
                }
                Divide::Links => self.cut_links(cut, subject),
            }
        }
    }

    fn cut_line(&mut self, from: Point, to: Point, across: Point, both: bool) {
        let measures = self.places.measures();
        let width = 2.0 * measures.line;
        let gap = across * (1.6 * width);
        let paint = Paint::stroke(Ink::Ink, width * 0.6);
        let dash = if both { Dash::Solid } else { Dash::Dashed };
        // Two parallel lines: as maps draw a border, and unlike any message's way.
        for side in [gap * -0.5, gap * 0.5] {
            self.scene.line(from + side, to + side, paint.dash(dash));
        }
        if !both {
            // What still works is the way back.
            let along = across * -1.0;
            for part in [0.25, 0.75] {
                let middle = from.part_way(to, part);
                let half = along * (0.55 * measures.node);
                self.scene.line(
                    middle - half,
                    middle + half,
                    Paint::stroke(Ink::Ink, width * 0.6),
                );
                self.scene
                    .arrowhead(middle + half, along, 0.28 * measures.node, Ink::Ink);
            }
        }
    }

    fn cut_links(&mut self, cut: &Cut, subject: Option<Subject>) {
        let measures = self.places.measures();
        let half = 0.4 * measures.node;
        let paint = Paint::stroke(Ink::Ink, 1.6 * measures.line);
        for a in &cut.from {
            for b in &cut.to {
                let (Some(a), Some(b)) = (self.spot(*a), self.spot(*b)) else {
                    continue;
                };
                let along = (b.at - a.at).unit();
                let side = along.right() * half;
                let middle = a.at.part_way(b.at, 0.5);
                let hit = HitArea::Segment {
                    from: middle - side,
                    to: middle + side,
                    r: 4.0,
                };
                self.scene.group(subject, hit);
                let hair = Paint::stroke(Ink::Line, measures.line).dash(Dash::Dashed);
                self.scene
                    .line(a.at + along * a.r, b.at - along * b.r, hair);
                self.scene.line(middle - side, middle + side, paint);
                if !cut.both {
                    self.scene
                        .arrowhead(middle - along * half, along * -1.0, half * 0.8, Ink::Ink);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_clipped_to_its_room() {
        let room = Rect::new(0.0, 0.0, 10.0, 10.0);
        let cut = clip(Point::new(-5.0, 5.0), Point::new(20.0, 5.0), room);
        assert_eq!(cut, Some((Point::new(0.0, 5.0), Point::new(10.0, 5.0))));
        assert_eq!(
            clip(Point::new(-5.0, 20.0), Point::new(20.0, 20.0), room),
            None
        );
    }
}
