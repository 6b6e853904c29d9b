//! The bodies of nodes: a shape for each kind, which its ring, its hatching and its outline follow.

use super::Pen;
use crate::epochs::fill_of;
use crate::{Dash, Ink, Paint, Point, Rect, Spot};
use protocol::{NodeKind, Ring};
use std::f64::consts::{FRAC_PI_2, PI, TAU};
use trace::NodeFrame;

/// The outer ring of a role, in radii.
const RING: f64 = 1.15;
/// How far a cylinder reaches to either side, how high its rims are, and where their middles are, in radii.
const CYLINDER: (f64, f64, f64) = (0.85, 0.28, 0.7);

impl Pen<'_> {
    pub(super) fn body(&mut self, node: &NodeFrame, spot: Spot) {
        let line = self.places.measures().line;
        let down = Self::is_down(node.status);
        let epoch = self.input.epoch(node.view.epoch);
        let client = node.kind == NodeKind::Client;
        let fill = match (down, epoch) {
            (true, _) => Ink::Neutral,
            (false, None) if client => Ink::PaleNeutral,
            (false, epoch) => fill_of(epoch),
        };
        let ink = if down { Ink::Soft } else { Ink::Ink };
        let paint = Paint::fill(fill).outlined(ink, 1.3 * line);
        self.shape(node.kind, spot.at, spot.r, paint);
        if down || self.epochs.hatched(epoch) {
            let paint = Paint::stroke(ink, 0.8 * line).faded(if down { 0.55 } else { 0.8 });
            self.hatch(node.kind, spot, paint);
        }
        let ring = Paint::stroke(Ink::Ink, 1.3 * line);
        match node.view.ring {
            Ring::Double if !down => self.outline(node.kind, spot.at, RING * spot.r, ring),
            Ring::Dashed if !down => {
                self.outline(node.kind, spot.at, RING * spot.r, ring.dash(Dash::Dashed));
            }
            _ => {}
        }
    }

    /// The shape of a kind of node, of radius `r`.
    fn shape(&mut self, kind: NodeKind, at: Point, r: f64, paint: Paint) {
        self.outline(kind, at, r, paint);
        if kind == NodeKind::Store {
            self.rim(at, r, paint);
        }
    }

    /// Its outline alone: what a ring follows.
    fn outline(&mut self, kind: NodeKind, at: Point, r: f64, paint: Paint) {
        match kind {
            NodeKind::Server => self.scene.disc(at, r, paint),
            NodeKind::Client => self.scene.rect(client_box(at, r), 0.3 * r, paint),
            NodeKind::Balancer => {
                let corners = (0..6).map(|k| at.towards(TAU * f64::from(k) / 6.0, r));
                self.scene.path(corners, true, paint);
            }
            NodeKind::Store => {
                let (_, _, half) = CYLINDER;
                // Round the far rim from left to right, down, and back along the near rim of the bottom.
                let top = ellipse(at, r, -half * r, -FRAC_PI_2, FRAC_PI_2);
                let bottom = ellipse(at, r, half * r, FRAC_PI_2, 1.5 * PI);
                self.scene.path(top.chain(bottom), true, paint);
            }
        }
    }

    #[inline(never)]
    pub(super) fn cylinder(&mut self, at: Point, r: f64, paint: Paint) {
        self.shape(NodeKind::Store, at, r, paint);
    }

    /// The near side of a cylinder's upper rim.
    fn rim(&mut self, at: Point, r: f64, paint: Paint) {
        let (_, _, half) = CYLINDER;
        let rim = Paint {
            fill: None,
            ..paint
        };
        let near = ellipse(at, r, -half * r, FRAC_PI_2, 1.5 * PI);
        self.scene.path(near, false, rim);
    }

    /// Hatching that stays within the shape.
    #[inline(never)]
    fn hatch(&mut self, kind: NodeKind, spot: Spot, paint: Paint) {
        let gap = (0.2 * spot.r).max(4.0);
        let (at, r) = (spot.at, spot.r);
        match kind {
            NodeKind::Client => self.scene.hatch_rect(client_box(at, r), gap, paint),
            NodeKind::Server => self.scene.hatch_disc(at, 0.97 * r, gap, paint),
            // A hexagon holds a disc of √3/2 of its radius.
            NodeKind::Balancer => self.scene.hatch_disc(at, 0.86 * r, gap, paint),
            NodeKind::Store => {
                let (wide, rim, half) = CYLINDER;
                let top = at.y - (half - rim) * r;
                let rect = Rect::new(
                    at.x - wide * r,
                    top,
                    2.0 * wide * r,
                    2.0 * half * r - rim * r,
                );
                self.scene.hatch_rect(rect, gap, paint);
            }
        }
    }
}

/// A part of a cylinder's rim whose middle is `off` beneath `at`; angles are clockwise from twelve o'clock.
fn ellipse(at: Point, r: f64, off: f64, from: f64, to: f64) -> impl Iterator<Item = Point> {
    let (wide, high, _) = CYLINDER;
    (0..=12).map(move |k| {
        let (sin, cos) = libm::sincos(from + (to - from) * f64::from(k) / 12.0);
        Point::new(at.x + wide * r * sin, at.y + off - high * r * cos)
    })
}

/// A client's rounded square: about as large to the eye as a disc of the same radius.
fn client_box(at: Point, r: f64) -> Rect {
    Rect::around(at, 0.9 * r)
}
