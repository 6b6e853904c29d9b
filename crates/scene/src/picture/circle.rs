//! Rings: points on a circle. The stretch before a node's point, clockwise, is that node's; a key falls to the next point.

use super::{EDGE, PictureInput, SMALL, TYPE};
use crate::{Align, Face, HitArea, Ink, Paint, Point, Scene, Subject};
use protocol::{NodeId, RingPoint, Tone};
use std::f64::consts::{PI, TAU};

/// The radius of the circle, in pixels.
const RADIUS: (f64, f64) = (60.0, 150.0);
/// How broad the band of owners is.
const BAND: f64 = 10.0;
/// From the band to the keys within.
const WITHIN: f64 = 16.0;

/// Where a point is, in radians clockwise from twelve o'clock.
pub(super) fn angle(at: u64) -> f64 {
    at as f64 / 18_446_744_073_709_551_616.0 * TAU
}

/// The places of the nodes' points, clockwise.
pub(super) fn owners(points: &[RingPoint]) -> Vec<usize> {
    let mut owners: Vec<usize> = (0..points.len())
        .filter(|place| points[*place].node.is_some())
        .collect();
    owners.sort_by_key(|place| points[*place].at);
    owners
}

/// To whom a place on the circle falls: the point at it, or the next one clockwise.
pub(super) fn owner(points: &[RingPoint], owners: &[usize], at: u64) -> Option<usize> {
    let next = owners.iter().find(|place| points[**place].at >= at);
    next.or(owners.first()).copied()
}

pub(super) fn draw(scene: &mut Scene, input: &PictureInput<'_>, points: &[RingPoint]) {
    let margin = points
        .iter()
        .filter(|point| point.node.is_some())
        .map(|point| SMALL * crate::draw::ems(&point.label))
        .fold(0.0, f64::max)
        .min(0.25 * input.width)
        + BAND
        + EDGE
        + 8.0;
    let r = (input.width / 2.0 - margin).clamp(RADIUS.0, RADIUS.1);
    let around = r + BAND + 2.0 * SMALL + EDGE;
    let centre = Point::new(input.width / 2.0, around);
    scene.set_height(2.0 * around);
    let owners = owners(points);
    stretches(scene, points, &owners, centre, r);
    let mut circle = Circle {
        scene,
        input,
        points,
        owners: &owners,
        centre,
        r,
        outside: Vec::new(),
        inside: Vec::new(),
    };
    // What stands out is labelled first, where not all have room.
    for tone in [Tone::Strong, Tone::Plain, Tone::Faint] {
        for (place, point) in points.iter().enumerate() {
            if point.tone == tone {
                circle.point(place, point);
            }
        }
    }
}

/// Whose each stretch is: neighbours differ in shade, and a line parts them.
fn stretches(scene: &mut Scene, points: &[RingPoint], owners: &[usize], centre: Point, r: f64) {
    scene.group(None, HitArea::None);
    let shade = |node: Option<NodeId>| {
        let even = node.is_some_and(|node| node.0.is_multiple_of(2));
        if even { Ink::Neutral } else { Ink::PaleNeutral }
    };
    for (nth, place) in owners.iter().enumerate() {
        let before = owners[(nth + owners.len() - 1) % owners.len()];
        let (from, to) = (angle(points[before].at), angle(points[*place].at));
        let sweep = match to - from {
            _ if owners.len() == 1 => TAU,
            part if part < 0.0 => part + TAU,
            part => part,
        };
        if sweep > 0.0 {
            let paint = Paint::stroke(shade(points[*place].node), BAND);
            scene.arc(centre, r, from, sweep, paint);
        }
    }
    for edge in [r - BAND / 2.0, r + BAND / 2.0] {
        scene.arc(centre, edge, 0.0, TAU, Paint::stroke(Ink::Soft, 1.0));
    }
}

struct Circle<'a> {
    scene: &'a mut Scene,
    input: &'a PictureInput<'a>,
    points: &'a [RingPoint],
    owners: &'a [usize],
    centre: Point,
    r: f64,
    /// Where labels stand already, by their angle.
    outside: Vec<f64>,
    inside: Vec<f64>,
}

impl Circle<'_> {
    fn point(&mut self, place: usize, point: &RingPoint) {
        let subject = Subject::Part(place as u32);
        let angle = angle(point.at);
        let strong = point.tone == Tone::Strong;
        let ink = if point.tone == Tone::Faint {
            Ink::Soft
        } else {
            Ink::Ink
        };
        let line = if strong { 2.4 } else { 1.2 };
        let at = if point.node.is_some() {
            let (from, to) = (
                self.centre.towards(angle, self.r - BAND / 2.0),
                self.centre.towards(angle, self.r + BAND / 2.0 + 4.0),
            );
            let hit = HitArea::Disc {
                at: self.centre.towards(angle, self.r),
                r: 6.0,
            };
            self.scene.group(Some(subject), hit);
            self.scene.line(from, to, Paint::stroke(ink, line));
            self.label(point, angle, true);
            self.centre.towards(angle, self.r)
        } else {
            let at = self.centre.towards(angle, self.r - WITHIN);
            self.scene
                .group(Some(subject), HitArea::Disc { at, r: 6.0 });
            if strong {
                self.way(point.at, angle);
            }
            let foot = self.centre.towards(angle, self.r - BAND / 2.0);
            self.scene.line(at, foot, Paint::stroke(ink, 1.0));
            let fill = if strong { Ink::Ink } else { Ink::Paper };
            self.scene
                .disc(at, 3.6, Paint::fill(fill).outlined(ink, 1.2));
            self.label(point, angle, false);
            at
        };
        if self.input.focused == Some(subject) {
            self.scene.focus_ring(at, 9.0, true);
        }
    }

    /// From a key clockwise to the point that it falls to.
    fn way(&mut self, at: u64, from: f64) {
        let Some(owner) = owner(self.points, self.owners, at) else {
            return;
        };
        let to = angle(self.points[owner].at);
        let sweep = if to < from {
            to - from + TAU
        } else {
            to - from
        };
        let r = self.r - WITHIN;
        self.scene
            .arc(self.centre, r, from, sweep, Paint::stroke(Ink::Ink, 1.2));
        let tip = self.centre.towards(from + sweep, r);
        let out = self.centre.towards(from + sweep, self.r - BAND / 2.0);
        self.scene.line(tip, out, Paint::stroke(Ink::Ink, 1.2));
        self.scene.arrowhead(out, (out - tip).unit(), 6.0, Ink::Ink);
    }

    /// A label at its point, outside or inside, where it has room.
    fn label(&mut self, point: &RingPoint, angle: f64, outside: bool) {
        let away = if outside {
            self.r + BAND / 2.0 + 8.0
        } else {
            self.r - WITHIN - 8.0
        };
        let taken = if outside {
            &mut self.outside
        } else {
            &mut self.inside
        };
        let room = 1.35 * TYPE / away.max(1.0);
        let near = |other: &f64| {
            let apart = (angle - other).abs();
            apart.min(TAU - apart) < room
        };
        if point.label.is_empty() || taken.iter().any(near) {
            return;
        }
        taken.push(angle);
        let right = angle < PI;
        let steep = (angle % PI - PI / 2.0).abs() > 1.35;
        let align = match (steep, right == outside) {
            (true, _) => Align::Middle,
            (false, true) => Align::Start,
            (false, false) => Align::End,
        };
        let mut at = self.centre.towards(angle, away);
        if steep {
            let up = (libm::cos(angle) > 0.0) == outside;
            at.y += if up { -2.0 } else { 2.0 };
        }
        let strong = point.tone == Tone::Strong;
        let (face, ink) = match point.tone {
            Tone::Strong => (Face::Strong, Ink::Ink),
            Tone::Plain => (Face::Text, Ink::Ink),
            Tone::Faint => (Face::Text, Ink::Soft),
        };
        let size = if strong { TYPE } else { SMALL };
        let text = self.scene.texts.text(&point.label);
        let paint = Paint::fill(ink).outlined(Ink::Paper, 2.5);
        self.scene.label(at, text, size, align, face, paint);
    }
}
