//! Nodes: what belongs to each, in which order; the arc of the next timer, votes, and marks.

use super::Pen;
use crate::{HitArea, Ink, Paint, Point, Rect, Spot, Subject};
use protocol::{Ballot, NodeKind, Picture};
use std::f64::consts::{PI, TAU};
use trace::{NodeFrame, NodeStatus};

/// The arc of the next timer.
pub(super) const ARC: f64 = 1.32;
/// The halo of the caption's actors.
const HALO: f64 = 1.52;

impl Pen<'_> {
    pub(super) fn node(&mut self, node: &NodeFrame) {
        let Some(spot) = self.spot(node.id) else {
            return;
        };
        let subject = Subject::Node(node.id);
        let hit = match node.kind {
            NodeKind::Client | NodeKind::Store => HitArea::Box(Rect::around(spot.at, spot.r)),
            NodeKind::Server | NodeKind::Balancer => HitArea::Disc {
                at: spot.at,
                r: spot.r,
            },
        };
        self.scene.group(Some(subject), hit);
        if self.input.actors.contains(&node.id) {
            self.scene
                .disc(spot.at, HALO * spot.r, Paint::fill(Ink::Halo));
        }
        self.timer(node, spot);
        self.body(node, spot);
        self.within(node, spot);
        self.votes(node, spot);
        // Votes are groups of their own; what follows belongs to the node again, and must not cover them for a pointer.
        self.scene.group(Some(subject), HitArea::None);
        if node.status == NodeStatus::Paused {
            self.pause_mark(spot);
        }
        if node.unsaved > 0 {
            self.unsaved_mark(spot);
        }
        if self.input.differs(subject) {
            let at = spot.at + Point::new(-0.86 * spot.r, -0.86 * spot.r);
            self.scene.differs_mark(at, (0.36 * spot.r).max(7.0));
        }
        self.load(node, spot);
        self.queue(node, spot);
        self.node_label(node, spot);
        if self.input.frame.next_node == Some(node.id) {
            let tip = Point::new(spot.at.x - 1.42 * spot.r, spot.at.y);
            self.scene.next_mark(tip, (0.3 * spot.r).max(6.0));
        }
        let focused = self.input.focused == Some(subject);
        if focused || self.input.selected == Some(subject) {
            self.scene.focus_ring(spot.at, 1.42 * spot.r, focused);
        }
    }

    /// The time until the next timer: full for the longest that could have been drawn, and shrinking towards twelve o'clock.
    fn timer(&mut self, node: &NodeFrame, spot: Spot) {
        let Some(timer) = node
            .timers
            .first()
            .filter(|_| node.status == NodeStatus::Up)
        else {
            return;
        };
        let line = self.places.measures().line;
        let whole = timer
            .latest_us
            .max(timer.due_us)
            .saturating_sub(timer.set_us)
            .max(1) as f64;
        let left = |from_us: f64| ((timer.due_us as f64 - from_us) / whole).clamp(0.0, 1.0);
        let r = ARC * spot.r;
        self.scene
            .arc(spot.at, r, 0.0, TAU, Paint::stroke(Ink::Line, line));
        let sweep = TAU * left(self.input.head_us());
        if sweep > 0.0 {
            let paint = Paint::stroke(Ink::Soft, 2.0 * line);
            self.scene.arc(spot.at, r, 0.0, sweep, paint);
        }
        // Where the arc will end when the earliest moment is reached: from there on it may fire.
        let earliest = left(timer.earliest_us as f64);
        if timer.earliest_us < timer.latest_us && earliest > 0.0 {
            let angle = TAU * earliest;
            let (from, to) = (
                spot.at.towards(angle, 0.95 * r),
                spot.at.towards(angle, 1.05 * r),
            );
            self.scene.line(from, to, Paint::stroke(Ink::Soft, line));
        }
    }

    /// A candidate's votes, each at the bearing of its voter; its own on the outside.
    fn votes(&mut self, node: &NodeFrame, spot: Spot) {
        let votes = node.view.pictures.iter().find_map(|picture| match picture {
            Picture::Votes(votes) => Some(votes),
            _ => None,
        });
        let Some(votes) = votes.filter(|_| !Self::is_down(node.status)) else {
            return;
        };
        let line = self.places.measures().line;
        let crowd = PI * 0.76 / votes.len().max(1) as f64;
        let r = spot.r * crowd.min(0.13);
        for (voter, ballot) in votes {
            let Some(other) = self.spot(*voter) else {
                continue;
            };
            let bearing = if *voter == node.id {
                self.places.centre().bearing(spot.at)
            } else {
                spot.at.bearing(other.at)
            };
            let at = spot.at.towards(bearing, 0.76 * spot.r);
            let subject = Subject::Vote {
                candidate: node.id,
                voter: *voter,
            };
            self.scene.group(Some(subject), HitArea::Disc { at, r });
            let paint = match ballot {
                Ballot::Got => Paint::fill(Ink::Ink).outlined(Ink::Ink, line),
                Ballot::Refused => Paint::fill(Ink::Paper).outlined(Ink::Ink, line),
                Ballot::Waiting => Paint::stroke(Ink::Ink, line).faded(0.4),
            };
            self.scene.disc(at, r, paint);
        }
    }

    #[inline(never)]
    fn pause_mark(&mut self, spot: Spot) {
        let at = spot.at + Point::new(0.8 * spot.r, -0.8 * spot.r);
        let r = (0.34 * spot.r).max(6.0);
        let line = self.places.measures().line;
        self.scene.disc(
            at,
            r,
            Paint::fill(Ink::Paper).outlined(Ink::Ink, 1.2 * line),
        );
        let bars = [-0.25, 0.25].into_iter().flat_map(|x| {
            [
                at + Point::new(x * r, -0.45 * r),
                at + Point::new(x * r, 0.45 * r),
            ]
        });
        self.scene.lines(bars, Paint::stroke(Ink::Ink, 0.24 * r));
    }

    /// A small disk: writes are on their way to it, and what was to be said waits for them.
    fn unsaved_mark(&mut self, spot: Spot) {
        let at = spot.at + Point::new(0.86 * spot.r, 0.86 * spot.r);
        let line = self.places.measures().line;
        let paint = Paint::fill(Ink::Paper).outlined(Ink::Ink, line);
        self.cylinder(at, (0.24 * spot.r).max(5.0), paint);
    }
}
