//! The nodes' lines: their heads, where they are broken because the node was down, and the waits of timers beneath them.

use super::{Light, Pen, Sign};
use crate::epochs::fill_of;
use crate::{Align, Dash, Face, HitArea, Ink, Paint, Point, Rect, Subject};
use protocol::{Name, NodeId, NodeKind, Ring};
use std::collections::BTreeMap;
use std::fmt::Write;
use trace::{Mark, MarkKind};

/// How high a head is where lines go downwards.
pub(super) const HEAD: f64 = 44.0;

/// A node's line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lane {
    /// Whose.
    pub node: NodeId,
    /// Its label.
    pub label: String,
    /// Its kind.
    pub kind: NodeKind,
    /// Its epoch at the play head, if hue has a meaning.
    pub epoch: Option<u64>,
    /// The ring of its role at the play head.
    pub ring: Ring,
    /// Whether it is down at the play head.
    pub down: bool,
    /// Whether it is selected.
    pub selected: bool,
}

/// A time in which a node was not there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gap {
    /// Which.
    pub node: NodeId,
    /// Since when, in microseconds; 0 for a node that joined at the end of it.
    pub from_us: u64,
    /// Until when; the greatest number where it has not come back.
    pub to_us: u64,
}

/// When nodes were down, or not there yet, by the marks of a run.
pub fn gaps(marks: &[Mark]) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = Vec::new();
    let mut violated: BTreeMap<NodeId, u64> = BTreeMap::new();
    for mark in marks {
        let Some(node) = mark.node else { continue };
        let open = gaps
            .iter_mut()
            .rev()
            .find(|gap| gap.node == node && gap.to_us == u64::MAX);
        match (mark.kind, open) {
            (MarkKind::Crash, None) => gaps.push(Gap {
                node,
                from_us: mark.at_us,
                to_us: u64::MAX,
            }),
            (MarkKind::Restart, Some(gap)) => gap.to_us = mark.at_us,
            // Without a crash before it, the node joined; but a crash that broke a promise is marked as that.
            (MarkKind::Restart, None) => gaps.push(Gap {
                node,
                from_us: violated.remove(&node).unwrap_or(0),
                to_us: mark.at_us,
            }),
            (MarkKind::Violation, _) => {
                violated.insert(node, mark.at_us);
            }
            _ => {}
        }
    }
    gaps
}

impl Pen<'_> {
    /// The lines, broken where their nodes were down; dashed there, faintly, so that the eye finds on.
    pub(super) fn lanes(&mut self) {
        let end = self.input.span.to_us();
        let begin = self.input.span.from_us();
        let recedes = matches!(self.input.light, Some(Light::Cone(_)));
        for (place, lane) in self.input.lanes.iter().enumerate() {
            let lane_at = place as f64;
            self.scene
                .group(Some(Subject::Node(lane.node)), HitArea::None);
            let gaps = self.input.gaps.iter().filter(|gap| gap.node == lane.node);
            let mut up_from = begin.max(0.0);
            let mut pieces: Vec<(f64, f64, bool)> = Vec::new();
            for gap in gaps {
                let (from, to) = (gap.from_us as f64, gap.to_us as f64);
                if to < begin || from > end {
                    continue;
                }
                pieces.push((up_from, from, true));
                // Before it joined there is nothing at all.
                if gap.from_us > 0 {
                    pieces.push((from.max(begin), to.min(end), false));
                }
                up_from = to;
            }
            pieces.push((up_from, end, true));
            let (past, future) = self.lit_until(lane.node);
            for (from, to, up) in pieces {
                if to <= from {
                    continue;
                }
                let (first, last) = (self.at(from, lane_at), self.at(to.min(end), lane_at));
                if up {
                    let wide = if lane.selected { 2.6 } else { 1.6 };
                    let strength = if recedes { 0.45 } else { 1.0 };
                    let paint = Paint::stroke(Ink::Soft, wide).faded(strength);
                    self.scene.line(first, last, paint);
                    // What is before or after the event that is lit stays strong.
                    let lit = [(from, to.min(past)), (from.max(future), to.min(end))];
                    for (from, to) in lit.into_iter().filter(|(from, to)| to > from) {
                        let (from, to) = (self.at(from, lane_at), self.at(to, lane_at));
                        self.scene.line(from, to, Paint::stroke(Ink::Ink, 2.6));
                    }
                } else {
                    let paint = Paint::stroke(Ink::Soft, 1.0).dash(Dash::Dotted).faded(0.7);
                    self.scene.line(first, last, paint);
                }
            }
        }
    }

    /// Until when and from when a node's line is in the past and in the future of the event that is lit; nothing of it otherwise.
    fn lit_until(&self, node: NodeId) -> (f64, f64) {
        let Some(Light::Cone(cone)) = self.input.light else {
            return (f64::NEG_INFINITY, f64::INFINITY);
        };
        let at = |place: Option<&(u64, u64)>| place.map(|(_, at_us)| *at_us as f64);
        (
            at(cone.past.get(&node)).unwrap_or(f64::NEG_INFINITY),
            at(cone.future.get(&node)).unwrap_or(f64::INFINITY),
        )
    }

    /// From where a timer was set to where it fired: a dotted rail beneath the line.
    pub(super) fn timers(&mut self) {
        if !self.input.timers || self.seen > super::TIMERS_MAX {
            return;
        }
        let rows = self.input.rows;
        let times: BTreeMap<Name, u64> = rows.iter().map(|row| (row.name, row.at_us)).collect();
        let mut rails: Vec<Point> = Vec::new();
        let by = (0.16 * self.plane.spacing()).clamp(4.0, 9.0);
        for row in rows.iter().filter(|row| row.sign == Sign::Fired) {
            let Some(lane) = row.node.and_then(|node| self.lane_of(node)) else {
                continue;
            };
            let set = row.cause.and_then(|cause| times.get(&cause));
            // What was set before the window comes from its edge.
            let edge_us = self.input.span.from_us().max(0.0);
            let from_us = set.map_or(edge_us, |at_us| *at_us as f64);
            if (row.at_us as f64) < self.input.span.from_us() || from_us > self.input.span.to_us() {
                continue;
            }
            let (from, to) = (self.at(from_us, lane), self.at(row.at_us as f64, lane));
            let (below, end) = (self.plane.above(from, -by), self.plane.above(to, -by));
            if set.is_some() {
                rails.extend([from, below]);
            }
            rails.extend([below, end, end, to]);
        }
        self.scene.group(None, HitArea::None);
        let paint = Paint::stroke(Ink::Soft, 1.0).dash(Dash::Dotted);
        self.scene.lines(rails, paint);
    }

    /// At the beginning of each line: the node as it stands at the play head.
    pub(super) fn heads_of_lanes(&mut self) {
        let area = self.plane.area();
        // What was drawn beyond the edge is covered.
        self.scene.group(None, HitArea::None);
        let size = self.input.size;
        let cover = if self.plane.is_down() {
            Rect::new(0.0, 0.0, size.w, area.y - 6.0)
        } else {
            Rect::new(0.0, 0.0, area.x - 6.0, size.h)
        };
        self.scene.rect(cover, 0.0, Paint::fill(Ink::Paper));
        for (place, lane) in self.input.lanes.iter().enumerate() {
            let at = self.plane.lane_head(place as f64);
            let r = (0.32 * self.plane.spacing()).clamp(7.0, 11.0);
            let hit = Rect::around(at, 2.0 * r);
            let subject = Subject::Node(lane.node);
            self.scene.group(Some(subject), HitArea::Box(hit));
            let fill = match (lane.down, lane.epoch) {
                (true, _) => Ink::Neutral,
                (false, None) if lane.kind == NodeKind::Client => Ink::PaleNeutral,
                (false, epoch) => fill_of(epoch),
            };
            let ink = if lane.down { Ink::Soft } else { Ink::Ink };
            let (disc, label) = if self.plane.is_down() {
                (at + Point::new(0.0, -8.0), at + Point::new(0.0, 12.0))
            } else {
                (at + Point::new(-6.0, 0.0), at + Point::new(12.0, 0.0))
            };
            let paint = Paint::fill(fill).outlined(ink, 1.3);
            if lane.kind == NodeKind::Client {
                self.scene.rect(Rect::around(disc, 0.9 * r), 3.0, paint);
            } else {
                self.scene.disc(disc, r, paint);
            }
            if lane.down {
                self.scene
                    .hatch_disc(disc, r, 4.0, Paint::stroke(Ink::Soft, 0.8));
            }
            let ring = Paint::stroke(Ink::Ink, 1.2);
            match lane.ring {
                Ring::Double if !lane.down => self.scene.disc(disc, r + 2.6, ring),
                Ring::Dashed if !lane.down => {
                    self.scene.disc(disc, r + 2.6, ring.dash(Dash::Dashed));
                }
                _ => {}
            }
            if let Some(epoch) = lane.epoch.filter(|_| !lane.down) {
                let text = self.scene.texts.written(|out| {
                    let _ = write!(out, "{epoch}");
                });
                let ink = Paint::fill(Ink::Ink);
                self.scene
                    .label(disc, text, 10.0, Align::Middle, Face::Strong, ink);
            }
            let text = self.scene.texts.text(&lane.label);
            let face = if lane.selected {
                Face::Strong
            } else {
                Face::Text
            };
            let align = if self.plane.is_down() {
                Align::Middle
            } else {
                Align::Start
            };
            self.scene
                .label(label, text, 12.0, align, face, Paint::fill(ink));
        }
    }
}
