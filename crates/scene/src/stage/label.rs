//! What is written at nodes: identity and role in words, remarks; and the names of tiers whose nodes are too small for theirs.
//! Where there is little room less is written, never smaller than can be read.

use super::Pen;
use crate::layout::{Beside, LABEL_AWAY, TYPE_MIN, WITHIN, half_pixels};
use crate::{Align, Face, HitArea, Ink, Paint, Point, Rect, Spot, Subject, TextId};
use protocol::{Hue, NodeKind, Ring};
use std::fmt::Write;
use trace::{NodeFrame, NodeStatus, Words};

impl Pen<'_> {
    /// Whether the epoch has the place within, or would have it were the node up.
    fn numbered(&self, node: &NodeFrame) -> bool {
        let would = self.input.hue != Hue::Neutral && node.kind != NodeKind::Client;
        node.view.epoch.is_some() || (Self::is_down(node.status) && would)
    }

    /// What stands within the shape: the epoch, else the name.
    pub(super) fn within(&mut self, node: &NodeFrame, spot: Spot) {
        if let Some(epoch) = node.view.epoch {
            let text = self.scene.texts.written(|out| {
                let _ = write!(out, "{epoch}");
            });
            self.text_within(node, spot, text, 0.72 * spot.r);
        } else if !self.numbered(node) {
            let text = self.scene.texts.text(&node.label);
            self.text_within(node, spot, text, self.places.measures().name);
        }
    }

    /// The size of a text within a node; `None` where it would be too small to be read.
    fn size_within(&self, spot: Spot, text: TextId, size: f64) -> Option<f64> {
        let width = self.scene.width_of(text, 1.0);
        let fits = WITHIN * spot.r / width.max(0.1);
        (fits >= TYPE_MIN && spot.label != Beside::Nameless)
            .then(|| half_pixels(size.min(fits).max(TYPE_MIN)))
    }

    fn text_within(&mut self, node: &NodeFrame, spot: Spot, text: TextId, size: f64) {
        let Some(size) = self.size_within(spot, text, size) else {
            return;
        };
        let epoch = self.input.epoch(node.view.epoch);
        let down = Self::is_down(node.status);
        let mut paint = Paint::fill(Ink::Ink);
        if down || self.epochs.hatched(epoch) {
            // A ground for the letters, or the hatching would cross them.
            let ground = if down {
                Ink::Neutral
            } else {
                crate::epochs::fill_of(epoch)
            };
            paint = paint.outlined(ground, 0.3 * size);
        }
        self.scene
            .label(spot.at, text, size, Align::Middle, Face::Strong, paint);
    }

    /// Identity and role in words, as much of it as has room.
    pub(super) fn node_label(&mut self, node: &NodeFrame, spot: Spot) {
        let [Some(first), second] = self.lines(node, spot) else {
            return;
        };
        let near = self.label_near(spot);
        let step = second.map_or(0.0, |second| 0.6 * first.size + 0.65 * second.size);
        // The name is over the role, on either side of the node.
        let (name, role) = if spot.label_above {
            (-near - step, -near)
        } else {
            (near, near + step)
        };
        let room = Rect::new(spot.label_from, 0.0, spot.label_room(), self.input.size.h);
        self.remark(spot.at, name, first, room);
        if let Some(second) = second {
            self.remark(spot.at, role, second, room);
        }
    }

    /// How far from its node's centre the nearest line of a label is.
    fn label_near(&self, spot: Spot) -> f64 {
        LABEL_AWAY * spot.r + 0.55 * self.places.measures().name
    }

    /// Name and role, the name with the role beside it, the name alone, or nothing.
    fn lines(&mut self, node: &NodeFrame, spot: Spot) -> [Option<Line>; 2] {
        let measures = self.places.measures();
        let room = spot.label_room();
        let texts = &mut self.scene.texts;
        let words = self.input.words;
        let name = texts.text(&node.label);
        let role = texts.written(|out| write_role(out, node, words));
        let one_line = measures.name.min(14.0);
        let line = |text, size, face, ink| Line {
            text,
            size,
            face,
            ink,
        };
        let fits = |pen: &Self, line: Line| pen.scene.width_of(line.text, line.size) <= room;
        // Little room: the thin ring of a node that is well says its role already.
        let plain = node.view.ring == Ring::Thin && node.status == NodeStatus::Up;
        if self.named_within(node, spot) {
            let role = if measures.compact {
                line(role, one_line, Face::Text, Ink::Ink)
            } else {
                line(role, measures.remark, Face::Text, Ink::Soft)
            };
            let said = !(measures.compact && plain) && fits(self, role);
            return [said.then_some(role), None];
        }
        if !measures.compact {
            let both = [
                line(name, measures.name, Face::Strong, Ink::Ink),
                line(role, measures.remark, Face::Text, Ink::Soft),
            ];
            if both.iter().all(|line| fits(self, *line)) {
                return both.map(Some);
            }
        } else if !plain {
            let joined = line(self.joined(node), one_line, Face::Text, Ink::Ink);
            if fits(self, joined) {
                return [Some(joined), None];
            }
        }
        let name = line(name, one_line, Face::Text, Ink::Ink);
        [fits(self, name).then_some(name), None]
    }

    /// Name and role in one line.
    fn joined(&mut self, node: &NodeFrame) -> TextId {
        let words = self.input.words;
        self.scene.texts.written(|out| {
            out.push_str(&node.label);
            out.push(' ');
            write_role(out, node, words);
        })
    }

    /// Whether the name stands within the shape.
    fn named_within(&mut self, node: &NodeFrame, spot: Spot) -> bool {
        let name = self.scene.texts.text(&node.label);
        let size = self.places.measures().name;
        !self.numbered(node) && self.size_within(spot, name, size).is_some()
    }

    /// Badges stand beyond the labels, where nothing else is.
    pub(super) fn badges(&mut self) {
        let measures = self.places.measures();
        let size = measures.remark;
        let room = self.input.size.rect().inset(4.0);
        let present = |node: &&NodeFrame| !node.view.badges.is_empty() && !measures.compact;
        for node in self.input.frame.nodes.iter().filter(present) {
            let Some(spot) = self.spot(node.id) else {
                continue;
            };
            self.scene
                .group(Some(Subject::Node(node.id)), HitArea::None);
            let lines = self.lines(node, spot);
            let written: f64 = lines.iter().flatten().map(|line| 0.6 * line.size).sum();
            let mut off = self.label_near(spot) + 1.9 * written;
            for badge in node.view.badges.iter().take(2) {
                let (words, labels) = (self.input.words, self.input.labels);
                let text = self.scene.texts.phrase(badge, words, labels);
                let y = if spot.label_above { -off } else { off };
                let half = 0.5 * self.scene.width_of(text, size);
                let at = Point::new(room.clamp(spot.at, half).x, spot.at.y + y);
                let rect = Rect::new(at.x - half, at.y - 0.5 * size, 2.0 * half, size);
                if rect.y > room.y && rect.bottom() < room.bottom() && self.is_free(rect) {
                    let (face, ink) = (Face::Text, Ink::Soft);
                    let line = Line {
                        text,
                        size,
                        face,
                        ink,
                    };
                    self.remark(spot.at, y, line, room);
                }
                off += 1.25 * size;
            }
        }
    }

    /// Whether nothing else stands there: no node, no text.
    pub(super) fn is_free(&self, rect: Rect) -> bool {
        let mut nodes = self.input.frame.nodes.iter();
        let bodies = nodes.all(|node| {
            let spot = self.spot(node.id);
            spot.is_none_or(|spot| rect.distance(spot.at) > super::node::ARC * spot.r)
        });
        bodies && self.taken.iter().all(|taken| rect.gap(*taken) > 0.0)
    }

    /// A text whose middle is `y` beneath a node's centre, moved to the side as far as `room` asks.
    fn remark(&mut self, at: Point, y: f64, line: Line, room: Rect) {
        let Line {
            text,
            size,
            face,
            ink,
        } = line;
        let half = 0.5 * self.scene.width_of(text, size);
        let at = Point::new(room.clamp(at, half).x, at.y + y);
        let paint = Paint::fill(ink).outlined(Ink::Paper, 3.0);
        self.taken
            .push(Rect::new(at.x - half, at.y - 0.5 * size, 2.0 * half, size));
        self.scene.label(at, text, size, Align::Middle, face, paint);
    }

    /// A node that is picked and has no room for its name is named over everything.
    pub(super) fn picked_labels(&mut self) {
        for node in &self.input.frame.nodes {
            let subject = Subject::Node(node.id);
            let Some(spot) = self.spot(node.id).filter(|_| self.picked(subject)) else {
                continue;
            };
            if self.named_within(node, spot) || self.lines(node, spot)[0].is_some() {
                continue;
            }
            self.scene.group(Some(subject), HitArea::None);
            let near = self.label_near(spot);
            let line = Line {
                text: self.joined(node),
                size: self.places.measures().name.min(14.0),
                face: Face::Strong,
                ink: Ink::Ink,
            };
            let room = self.input.size.rect().inset(4.0);
            self.remark(
                spot.at,
                if spot.label_above { -near } else { near },
                line,
                room,
            );
        }
    }

    /// "C1–C100": a tier whose nodes are too small to have their names.
    pub(super) fn tier_names(&mut self) {
        let places = self.places;
        for tier in places.tiers().iter().filter(|tier| tier.nameless) {
            let labels = [tier.ends.0, tier.ends.1].map(|id| {
                let mut nodes = self.input.frame.nodes.iter();
                nodes
                    .find(|node| node.id == id)
                    .map_or("", |node| node.label.as_str())
            });
            let text = self.scene.texts.written(|out| {
                let _ = match labels {
                    [one, other] if one == other => write!(out, "{one}"),
                    [first, last] => write!(out, "{first} – {last}"),
                };
            });
            let size = places.measures().remark.max(12.0);
            let half = 0.5 * self.scene.width_of(text, size);
            let room = self.input.size.rect().inset(4.0);
            let at = Point::new(tier.rect.centre().x, tier.rect.y + 0.9 * size);
            let at = Point::new(room.clamp(at, half).x, at.y.max(room.y + 0.5 * size));
            self.taken
                .push(Rect::new(at.x - half, at.y - 0.5 * size, 2.0 * half, size));
            self.scene.group(None, HitArea::None);
            let paint = Paint::fill(Ink::Soft).outlined(Ink::Paper, 3.0);
            self.scene
                .label(at, text, size, Align::Middle, Face::Text, paint);
        }
    }
}

/// A line of a label.
#[derive(Clone, Copy)]
struct Line {
    text: TextId,
    size: f64,
    face: Face,
    ink: Ink,
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
