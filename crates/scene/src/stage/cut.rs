//! Cuts: where the line between two groups runs, and where a message meets it.

use super::Pen;
use super::flight::Lane;
use crate::layout::LABEL_AWAY;
use crate::{Dash, HitArea, Ink, Paint, Places, Point, Rect, Spot, Subject};
use protocol::NodeId;
use std::f64::consts::PI;
use std::ops::Range;
use trace::{Cut, Frame};

/// How many directions are tried for a straight line.
const DIRECTIONS: u32 = 60;
/// How much free room a straight line needs, in radii of a node; else the line bends round the nodes.
const STRIP: f64 = 1.4;
/// The same where the nodes' labels are left their room as well.
const STRIP_LABELS: f64 = 0.4;
/// With more nodes a bent line heeds their discs alone: it is found anew for each picture, at a cost that grows with the cube of
/// their number.
const LABELS_MAX: usize = 20;

/// The lines of all cuts of a frame, kept to be reused.
#[derive(Clone, Debug, Default)]
pub(super) struct Divides {
    edges: Vec<Edge>,
    /// For each cut its edges; one edge is a straight line through everything.
    cuts: Vec<Range<usize>>,
}

/// A straight piece of a line between groups.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Edge {
    from: Point,
    to: Point,
    /// The way across it, from the group [`Cut::from`] to [`Cut::to`], one pixel long.
    across: Point,
}

impl Divides {
    /// Finds the lines of all cuts of `frame`.
    pub(super) fn find(&mut self, frame: &Frame, places: &Places) {
        self.edges.clear();
        self.cuts.clear();
        for cut in &frame.cuts {
            let start = self.edges.len();
            let line = straight(cut, places, true).or_else(|| straight(cut, places, false));
            match line {
                Some(edge) => self.edges.push(edge),
                None => self.bent(cut, places),
            }
            self.cuts.push(start..self.edges.len());
        }
    }

    /// The border between the places that are nearer to one group, discs and labels, and those nearer to the other: the edges of
    /// their power diagram. It exists however the groups are interwoven.
    #[inline(never)]
    fn bent(&mut self, cut: &Cut, places: &Places) {
        let both = spots(&cut.from, places).chain(spots(&cut.to, places));
        let Some(room) = around(both, places) else {
            return;
        };
        let [one, other] = sites(cut, places);
        for a in one.iter().copied() {
            for b in other.iter().copied() {
                let across = (b.at - a.at).unit();
                let middle = a.border(b);
                let along = across.right() * (room.w + room.h);
                let Some((mut from, mut to)) = clip(middle - along, middle + along, room) else {
                    continue;
                };
                // Of the line half way between the two, what is not nearer to a third.
                let mut left = true;
                for c in one
                    .iter()
                    .chain(&other)
                    .filter(|c| c.at != a.at && c.at != b.at)
                {
                    let (way, border) = (c.at - a.at, a.border(*c));
                    let beyond = |point: Point| (point - border).dot(way);
                    let (start, end) = (beyond(from), beyond(to));
                    match (start > 0.0, end > 0.0) {
                        (true, true) => left = false,
                        (true, false) => from = from.part_way(to, start / (start - end)),
                        (false, true) => to = from.part_way(to, start / (start - end)),
                        (false, false) => {}
                    }
                }
                if left && from.distance(to) > 0.5 {
                    self.edges.push(Edge { from, to, across });
                }
            }
        }
    }
}

fn spots<'a>(nodes: &'a [NodeId], places: &'a Places) -> impl Iterator<Item = Spot> + Clone + 'a {
    nodes.iter().filter_map(|node| places.spot(*node))
}

/// What a border keeps away from: a circle.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Site {
    at: Point,
    r: f64,
}

impl Site {
    /// Where the border to `other` crosses the way there: half way between equals, nearer to the smaller of two. It is their
    /// radical axis, so that the borders of any three meet in one point.
    fn border(self, other: Self) -> Point {
        let way = other.at - self.at;
        let apart = way.dot(way);
        let part = 0.5 + (self.r * self.r - other.r * other.r) / (2.0 * apart);
        self.at.part_way(other.at, part)
    }
}

/// The discs and the labels on either side of a cut. Where they reach into each other, all count as points: each then still has
/// its own middle on its side.
fn sites(cut: &Cut, places: &Places) -> [Vec<Site>; 2] {
    let labels = cut.from.len() + cut.to.len() <= LABELS_MAX;
    let mut sites = [&cut.from, &cut.to].map(|nodes| {
        let of = |spot: Spot| {
            let disc = Site {
                at: spot.at,
                r: spot.r,
            };
            let label = labels.then(|| label_of(spot, places)).map(|label| Site {
                at: label.centre(),
                r: label.h / 2.0,
            });
            std::iter::once(disc).chain(label)
        };
        let all: Vec<Site> = spots(nodes, places).flat_map(of).collect();
        all
    });
    let apart = sites[0].iter().all(|a| {
        let mut others = sites[1].iter();
        others.all(|b| a.at.distance(b.at) > a.r + b.r)
    });
    if !apart {
        sites.iter_mut().flatten().for_each(|site| site.r = 0.0);
    }
    sites
}

/// The part of the stage that these nodes take, and a little more.
fn around(spots: impl Iterator<Item = Spot>, places: &Places) -> Option<Rect> {
    let all = spots.map(|spot| Rect::around(spot.at, 1.9 * spot.r));
    let union = all.reduce(|one, other| {
        let (x, y) = (one.x.min(other.x), one.y.min(other.y));
        let (right, bottom) = (
            one.right().max(other.right()),
            one.bottom().max(other.bottom()),
        );
        Rect::new(x, y, right - x, bottom - y)
    })?;
    let stage = places.size().rect().inset(8.0);
    let (x, y) = (union.x.max(stage.x), union.y.max(stage.y));
    let (right, bottom) = (
        union.right().min(stage.right()),
        union.bottom().min(stage.bottom()),
    );
    Some(Rect::new(x, y, right - x, bottom - y))
}

/// The straight line with the broadest free strip on both sides, if any is broad enough; if `labels`, one that crosses no label.
fn straight(cut: &Cut, places: &Places, labels: bool) -> Option<Edge> {
    let (from, to) = (spots(&cut.from, places), spots(&cut.to, places));
    let nearest = |spots: &mut dyn Iterator<Item = Spot>, way: Point| {
        let nearest = |spot: Spot| {
            let disc = spot.at.dot(way) - spot.r;
            if labels {
                let corners = label_of(spot, places).corners().into_iter();
                corners.map(|corner| corner.dot(way)).fold(disc, f64::min)
            } else {
                disc
            }
        };
        spots.map(nearest).fold(f64::INFINITY, f64::min)
    };
    // Between labels less room will do than between discs.
    let strip = if labels { STRIP_LABELS } else { STRIP };
    let mut best = (strip * places.measures().node, None);
    for k in 0..2 * DIRECTIONS {
        let way = Point::default().towards(PI * f64::from(k) / f64::from(DIRECTIONS), 1.0);
        let behind = -nearest(&mut from.clone(), way * -1.0);
        let ahead = nearest(&mut to.clone(), way);
        if ahead.is_finite() && behind.is_finite() && ahead - behind > best.0 {
            best = (ahead - behind, Some((way, (ahead + behind) / 2.0)));
        }
    }
    let (across, middle) = best.1?;
    let along = across.right();
    let reach = |way: Point| {
        let far = from.clone().chain(to.clone());
        far.map(|spot| spot.at.dot(way) + 1.5 * spot.r)
            .fold(f64::NEG_INFINITY, f64::max)
    };
    let base = across * middle;
    let ends = (
        base - along * reach(along * -1.0),
        base + along * reach(along),
    );
    let (from, to) = clip(ends.0, ends.1, places.size().rect().inset(8.0))?;
    Some(Edge { from, to, across })
}

/// About where a node's label stands.
fn label_of(spot: Spot, places: &Places) -> Rect {
    let measures = places.measures();
    // Half of a long role's width: "pre-candidate".
    let half = 3.4 * measures.remark;
    let (away, height) = (LABEL_AWAY * spot.r, measures.label_height());
    let y = if spot.label_above {
        spot.at.y - away - height
    } else {
        spot.at.y + away
    };
    Rect::new(spot.at.x - half, y, 2.0 * half, height)
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

/// The part of a convex region that lies beyond the line through `on`, in the direction `across` (Sutherland and Hodgman 1974).
fn beyond(region: Vec<Point>, on: Point, across: Point) -> Vec<Point> {
    let depth = |point: Point| (point - on).dot(across);
    let mut kept = Vec::with_capacity(region.len() + 1);
    for (place, corner) in region.iter().enumerate() {
        let next = region[(place + 1) % region.len()];
        let (here, there) = (depth(*corner), depth(next));
        if here >= 0.0 {
            kept.push(*corner);
        }
        if (here < 0.0) != (there < 0.0) {
            kept.push(corner.part_way(next, here / (here - there)));
        }
    }
    kept
}

/// Whether two straight pieces cross, and at which part of the first.
fn meeting(from: Point, to: Point, edge: &Edge) -> Option<f64> {
    let (way, other) = (to - from, edge.to - edge.from);
    let area = way.dot(other.right());
    if area.abs() < 1e-9 {
        return None;
    }
    let apart = edge.from - from;
    let part = apart.dot(other.right()) / area;
    let there = apart.dot(way.right()) / area;
    ((0.0..=1.0).contains(&part) && (0.0..=1.0).contains(&there)).then_some(part)
}

/// Whether `cut` stops what goes from `from` to `to`.
pub(crate) fn stops(cut: &Cut, from: NodeId, to: NodeId) -> bool {
    let one_way = |a: &[NodeId], b: &[NodeId]| a.contains(&from) && b.contains(&to);
    one_way(&cut.from, &cut.to) || (cut.both && one_way(&cut.to, &cut.from))
}

impl Pen<'_> {
    /// At which part of its lane a message from `from` to `to` meets a cut; half way if it meets none.
    pub(super) fn crossing(&self, from: NodeId, to: NodeId, lane: &Lane) -> f64 {
        const PIECES: u32 = 12;
        let cuts = self.input.frame.cuts.iter().zip(&self.divides.cuts);
        let edges = cuts
            .filter(|(cut, _)| stops(cut, from, to))
            .flat_map(|(_, range)| &self.divides.edges[range.clone()]);
        let mut first = None::<f64>;
        for edge in edges {
            // The lane is bent a little: it is crossed piece by piece.
            for piece in 0..PIECES {
                let part = |k: u32| f64::from(k) / f64::from(PIECES);
                let (start, end) = (lane.at(part(piece)), lane.at(part(piece + 1)));
                if let Some(within) = meeting(start, end, edge) {
                    let at = part(piece) + within / f64::from(PIECES);
                    first = Some(first.map_or(at, |other| other.min(at)));
                    break;
                }
            }
        }
        first.unwrap_or(0.5).clamp(0.05, 0.95)
    }

    /// A faint tint of the smaller side's region: these are on one side.
    #[inline(never)]
    fn tint(&mut self, cut: &Cut, edges: &[Edge]) {
        let places = self.places;
        let smaller_is_to = cut.to.len() <= cut.from.len();
        let room = places.size().rect().inset(8.0);
        self.scene.group(None, HitArea::None);
        let paint = Paint::fill(Ink::PaleNeutral);
        if let [edge] = edges {
            let across = if smaller_is_to {
                edge.across
            } else {
                edge.across * -1.0
            };
            let region = beyond(room.corners().to_vec(), edge.from, across);
            self.scene.path(region, true, paint);
            return;
        }
        // The places that are nearer to one of the few than to any of the many, one after the other.
        let [from, to] = sites(cut, places);
        let (few, many) = if smaller_is_to {
            (to, from)
        } else {
            (from, to)
        };
        for one in few {
            let others = many.iter().filter(|other| other.at != one.at);
            let cell = others.fold(room.corners().to_vec(), |region, other| {
                beyond(region, one.border(*other), (one.at - other.at).unit())
            });
            if cell.len() > 2 {
                self.scene.path(cell, true, paint);
            }
        }
    }

    /// The cuts: double lines, as maps draw a border, and unlike any message's way.
    pub(super) fn cuts(&mut self) {
        let divides = self.divides;
        let cuts = self.input.frame.cuts.iter().zip(&divides.cuts);
        for (place, (cut, range)) in cuts.enumerate() {
            let subject = Some(Subject::Cut(place as u32));
            self.tint(cut, &divides.edges[range.clone()]);
            self.cut(&divides.edges[range.clone()], cut.both, subject);
        }
    }

    #[inline(never)]
    fn cut(&mut self, edges: &[Edge], both: bool, subject: Option<Subject>) {
        let line = self.places.measures().line;
        let (broad, narrow) = (5.0 * line, 2.4 * line);
        let dash = if both { Dash::Solid } else { Dash::Dashed };
        for edge in edges {
            let (from, to) = (edge.from, edge.to);
            let picked = self.input.selected == subject || self.input.focused == subject;
            self.scene
                .group(subject, HitArea::Segment { from, to, r: 4.0 });
            if picked {
                self.scene
                    .line(from, to, Paint::stroke(Ink::Focus, broad + 6.0));
            }
            let ink = Paint::stroke(Ink::Ink, broad);
            self.scene.line(from, to, ink.dash(dash));
            // Where pieces meet at an angle, the corner is filled.
            if edges.len() > 1 && both {
                for end in [from, to] {
                    self.scene.disc(end, broad / 2.0, Paint::fill(Ink::Ink));
                }
            }
        }
        self.scene.group(subject, HitArea::None);
        for edge in edges {
            let paper = Paint::stroke(Ink::Paper, narrow);
            self.scene.line(edge.from, edge.to, paper);
            if edges.len() > 1 {
                for end in [edge.from, edge.to] {
                    self.scene.disc(end, narrow / 2.0, Paint::fill(Ink::Paper));
                }
            }
        }
        if !both {
            edges.iter().for_each(|edge| self.way_back(edge));
        }
    }

    /// An arrow across a one-way cut, on the way that still works.
    #[inline(never)]
    fn way_back(&mut self, edge: &Edge) {
        let measures = self.places.measures();
        let half = 0.5 * measures.node;
        if edge.from.distance(edge.to) < 1.5 * half {
            return;
        }
        let along = edge.across * -1.0;
        let middle = edge.from.part_way(edge.to, 0.5);
        let (start, tip) = (middle - along * half, middle + along * half);
        let shaft = Paint::stroke(Ink::Ink, 1.6 * measures.line);
        self.scene.line(start, tip - along * (0.3 * half), shaft);
        self.scene.arrowhead(tip, along, 0.75 * half, Ink::Ink);
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
        let above = clip(Point::new(-5.0, 20.0), Point::new(20.0, 20.0), room);
        assert_eq!(above, None);
    }

    #[test]
    fn what_is_beyond_a_line_is_cut_out() {
        let room = Rect::new(0.0, 0.0, 10.0, 10.0).corners().to_vec();
        let right = beyond(room.clone(), Point::new(4.0, 3.0), Point::new(1.0, 0.0));
        let all = right.iter().all(|corner| corner.x >= 4.0);
        assert!(all && right.len() == 4, "{right:?}");
        let none = beyond(room, Point::new(11.0, 0.0), Point::new(1.0, 0.0));
        assert_eq!(none, []);
    }

    #[test]
    fn pieces_meet_where_they_cross() {
        let edge = Edge {
            from: Point::new(4.0, -1.0),
            to: Point::new(4.0, 1.0),
            across: Point::new(1.0, 0.0),
        };
        let part = meeting(Point::new(0.0, 0.0), Point::new(10.0, 0.0), &edge);
        assert!((part.unwrap() - 0.4).abs() < 1e-12);
        assert_eq!(
            meeting(Point::new(0.0, 2.0), Point::new(10.0, 2.0), &edge),
            None
        );
        assert_eq!(
            meeting(Point::new(0.0, 0.0), Point::new(0.0, 9.0), &edge),
            None
        );
    }
}
