//! Nodes: shape by kind, ring by role, fill by epoch, the arc of the next timer, votes, labels and marks.

use super::Pen;
use crate::epochs::fill_of;
use crate::layout::{LABEL_AWAY, Spot, TYPE_MIN, half_pixels};
use crate::{Align, Dash, Face, HitArea, Ink, Paint, Point, Rect, Subject};
use protocol::{Ballot, Hue, NodeKind, Picture, Ring};
use std::f64::consts::{FRAC_PI_2, PI, TAU};
use std::fmt::Write;
use trace::{NodeFrame, NodeStatus, Words};

/// The outer ring of a role, in radii.
const RING: f64 = 1.15;
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
        self.epoch_number(node, spot);
        self.votes(node, spot);
        // Votes are groups of their own; what follows belongs to the node again, and must not cover them for a pointer.
        self.scene.group(Some(subject), HitArea::None);
        if node.status == NodeStatus::Paused {
            self.pause_mark(spot);
        }
        if node.unsaved > 0 {
            self.unsaved_mark(spot);
        }
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

    fn body(&mut self, node: &NodeFrame, spot: Spot) {
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
        self.outline(
            node.kind,
            spot.at,
            spot.r,
            Paint::fill(fill).outlined(ink, 1.3 * line),
        );
        if down || self.epochs.hatched(epoch) {
            let paint = Paint::stroke(ink, 0.8 * line).faded(if down { 0.55 } else { 0.8 });
            let gap = (0.2 * spot.r).max(4.0);
            match node.kind {
                NodeKind::Client => self.scene.hatch_rect(client_box(spot), gap, paint),
                _ => self.scene.hatch_disc(spot.at, 0.97 * spot.r, gap, paint),
            }
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
    fn outline(&mut self, kind: NodeKind, at: Point, r: f64, paint: Paint) {
        match kind {
            NodeKind::Server => self.scene.disc(at, r, paint),
            NodeKind::Client => {
                let rect = client_box(Spot {
                    at,
                    r,
                    label_above: false,
                });
                self.scene.rect(rect, 0.3 * r, paint);
            }
            NodeKind::Balancer => {
                let corners = (0..6).map(|k| at.towards(TAU * f64::from(k) / 6.0, r));
                self.scene.path(corners, true, paint);
            }
            NodeKind::Store => self.cylinder(at, r, paint),
        }
    }

    fn cylinder(&mut self, at: Point, r: f64, paint: Paint) {
        let (rx, ry, top, bottom) = (0.85 * r, 0.28 * r, at.y - 0.7 * r, at.y + 0.7 * r);
        let ellipse = |y: f64, from: f64, to: f64| {
            (0..=12).map(move |k| {
                let (sin, cos) = libm::sincos(from + (to - from) * f64::from(k) / 12.0);
                Point::new(at.x + rx * sin, y - ry * cos)
            })
        };
        // Round the far rim from left to right, down, and back along the near rim of the bottom.
        let body = ellipse(top, -FRAC_PI_2, FRAC_PI_2).chain(ellipse(bottom, FRAC_PI_2, 1.5 * PI));
        self.scene.path(body, true, paint);
        let rim = Paint {
            fill: None,
            ..paint
        };
        self.scene
            .path(ellipse(top, FRAC_PI_2, 1.5 * PI), false, rim);
    }

    /// Whether the name stands beside the node: where its epoch has the place within, or would have it were the node up.
    fn named_beside(&self, node: &NodeFrame) -> bool {
        let would = self.input.hue != Hue::Neutral && node.kind != NodeKind::Client;
        node.view.epoch.is_some() || (Self::is_down(node.status) && would)
    }

    fn epoch_number(&mut self, node: &NodeFrame, spot: Spot) {
        let Some(epoch) = node.view.epoch else {
            if !self.named_beside(node) {
                self.name_inside(node, spot);
            }
            return;
        };
        let text = self.scene.texts.written(|out| {
            let _ = write!(out, "{epoch}");
        });
        let width = self.scene.width_of(text, 1.0);
        let size = (0.72 * spot.r).min(1.35 * spot.r / width.max(0.1));
        let size = half_pixels(size.max(TYPE_MIN));
        let down = Self::is_down(node.status);
        let hatched = down || self.epochs.hatched(self.input.epoch(node.view.epoch));
        let mut paint = Paint::fill(Ink::Ink);
        if hatched {
            // A ground for the digits, or the hatching would cross them.
            let ground = if down {
                Ink::Neutral
            } else {
                fill_of(self.input.epoch(node.view.epoch))
            };
            paint = paint.outlined(ground, 0.3 * size);
        }
        self.scene
            .label(spot.at, text, size, Align::Middle, Face::Strong, paint);
    }

    /// Where there is no epoch, the name has its place.
    fn name_inside(&mut self, node: &NodeFrame, spot: Spot) {
        let text = self.scene.texts.text(&node.label);
        let width = self.scene.width_of(text, 1.0);
        let size = self
            .places
            .measures()
            .name
            .min(1.6 * spot.r / width.max(0.1));
        let size = half_pixels(size.max(TYPE_MIN));
        let mut paint = Paint::fill(Ink::Ink);
        if Self::is_down(node.status) {
            paint = paint.outlined(Ink::Neutral, 0.3 * size);
        }
        self.scene
            .label(spot.at, text, size, Align::Middle, Face::Strong, paint);
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

    /// Identity and role in words, and the badges beneath.
    fn node_label(&mut self, node: &NodeFrame, spot: Spot) {
        let measures = self.places.measures();
        let (name_size, remark) = (measures.name, measures.remark);
        let away = LABEL_AWAY * spot.r + 0.55 * name_size;
        let up = spot.label_above;
        let x = spot.at.x;
        let named = self.named_beside(node);
        if measures.compact {
            // Little room: the thin ring of a node that is well says its role already.
            let plain = node.view.ring == Ring::Thin && node.status == NodeStatus::Up;
            let text = self.scene.texts.written(|out| {
                if named {
                    out.push_str(&node.label);
                }
                if named && !plain {
                    out.push(' ');
                }
                if !named || !plain {
                    write_role(out, node, self.input.words);
                }
            });
            let y = spot.at.y + if up { -away } else { away };
            self.remark(x, y, text, name_size.min(14.0), Face::Text, Ink::Ink);
            return;
        }
        let role = self
            .scene
            .texts
            .written(|out| write_role(out, node, self.input.words));
        let (first, step) = if named {
            let step = 0.6 * name_size + 0.65 * remark;
            let first = if up { -away - step } else { away };
            let name = self.scene.texts.text(&node.label);
            self.remark(
                x,
                spot.at.y + first,
                name,
                name_size,
                Face::Strong,
                Ink::Ink,
            );
            self.remark(
                x,
                spot.at.y + first + step,
                role,
                remark,
                Face::Text,
                Ink::Soft,
            );
            (first, step)
        } else {
            let first = if up { -away } else { away };
            self.remark(x, spot.at.y + first, role, remark, Face::Text, Ink::Soft);
            (first, 0.65 * remark)
        };
        // Badges go to the side that is free: further out beneath, and beside the name above.
        let mut y = if up { first - step } else { first + 2.0 * step };
        for badge in node.view.badges.iter().take(2) {
            let (words, labels) = (self.input.words, self.input.labels);
            let text = self.scene.texts.phrase(badge, words, labels);
            let inside = spot.at.y + y > remark && spot.at.y + y < self.input.size.h - remark;
            if inside {
                self.remark(x, spot.at.y + y, text, remark, Face::Text, Ink::Soft);
            }
            y += if up { -1.25 * remark } else { 1.25 * remark };
        }
    }

    fn remark(&mut self, x: f64, y: f64, text: crate::TextId, size: f64, face: Face, ink: Ink) {
        let half = 0.5 * self.scene.width_of(text, size);
        let room = self.input.size.rect().inset(4.0);
        let x = room.clamp(Point::new(x, y), half).x;
        let paint = Paint::fill(ink).outlined(Ink::Paper, 3.0);
        self.taken
            .push(Rect::new(x - half, y - 0.5 * size, 2.0 * half, size));
        self.scene
            .label(Point::new(x, y), text, size, Align::Middle, face, paint);
    }
}

/// The role in words, or that the node does not play it just now.
fn write_role(out: &mut String, node: &NodeFrame, words: &Words) {
    if Pen::is_down(node.status) {
        out.push_str(words.word("stage.down"));
        return;
    }
    out.push_str(words.word(&node.view.role));
    if node.status == NodeStatus::Paused {
        out.push_str(" · ");
        out.push_str(words.word("stage.paused"));
    }
}

/// A client's rounded square: about as large to the eye as a disc of the same radius.
fn client_box(spot: Spot) -> Rect {
    Rect::around(spot.at, 0.9 * spot.r)
}
