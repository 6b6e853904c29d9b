//! Flows: where there are too many messages to tell apart, a band for each link or, where links are too many as well, between
//! a node and a whole tier; as broad as there are messages on it, with their number.

use super::Pen;
use crate::layout::NODE_REACH;
use crate::subject::End;
use crate::{Align, Face, HitArea, Ink, Paint, Point, Rect, Subject};
use protocol::NodeId;
use std::f64::consts::PI;
use std::fmt::Write;
use trace::{Flight, Frame};

/// How much of the stage messages may cover before they become flows.
const COVERED_MAX: f64 = 0.1;
/// More links than this are drawn tier by tier.
const LINKS_MAX: usize = 48;

/// The flows of a frame: from where to where, and how many messages; in buffers that are reused.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flows {
    /// A link for each message: its sender in the upper half, its addressee in the lower.
    links: Vec<u32>,
    pub(crate) bands: Vec<Band>,
}

/// From where to where, and how many.
pub(crate) type Band = ((End, End), u32);

/// Whether so many messages of radius `r` are too many to tell apart on a stage of this area.
pub(super) fn crowded(count: usize, r: f64, area: f64, single_max: u32) -> bool {
    let covered = count as f64 * PI * r * r;
    count > single_max as usize || covered > COVERED_MAX * area
}

/// Gathers the messages that are underway at `head_us`.
pub(crate) fn gather(frame: &Frame, head_us: f64, flows: &mut Flows) {
    let underway = |flight: &&Flight| flight.ended_us.is_none_or(|ended| ended as f64 > head_us);
    let Flows { links, bands } = flows;
    links.clear();
    let messages = frame.flights.iter().filter(underway);
    links.extend(messages.map(|flight| u32::from(flight.from.0) << 16 | u32::from(flight.to.0)));
    links.sort_unstable();
    bands.clear();
    bands.extend(links.chunk_by(|one, other| one == other).map(|link| {
        let [from, to] = [link[0] >> 16, link[0] & 0xffff].map(|id| NodeId(id as u16));
        ((End::Node(from), End::Node(to)), link.len() as u32)
    }));
    if bands.len() <= LINKS_MAX {
        return;
    }
    let last = frame.nodes.iter().map(|node| node.id.index() + 1).max();
    let mut tiers = vec![0u8; last.unwrap_or(0)];
    for node in &frame.nodes {
        tiers[node.id.index()] = node.tier;
    }
    let mut sizes = [0u32; 256];
    for tier in &tiers {
        sizes[*tier as usize] += 1;
    }
    let tier = |end: End| match end {
        End::Node(node) => tiers.get(node.index()).copied().unwrap_or(0),
        End::Tier(tier) => tier,
    };
    for ((from, to), _) in bands.iter_mut() {
        // The larger tier is drawn as one: few bands, and each ends at a node.
        let (one, other) = (tier(*from), tier(*to));
        if sizes[one as usize] > sizes[other as usize] {
            *from = End::Tier(one);
        } else {
            *to = End::Tier(other);
        }
    }
    merge(bands);
}

/// Adds up what has the same ends.
#[inline(never)]
fn merge(bands: &mut Vec<Band>) {
    bands.sort_unstable();
    bands.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
}

impl Pen<'_> {
    /// Whether there are too many messages to tell apart.
    pub(super) fn crowded(&self) -> bool {
        let size = self.input.size;
        let r = self.places.measures().message;
        let single_max = self.input.options.single_max;
        crowded(
            self.input.frame.flights.len(),
            r,
            size.w * size.h,
            single_max,
        )
    }

    /// In a crowd: bands with the number of messages on them, beneath the nodes.
    pub(super) fn flows(&mut self, flows: &mut Flows) {
        if !self.crowded() {
            return;
        }
        gather(self.input.frame, self.input.head_us(), flows);
        for tier in self.places.tiers() {
            let whole =
                |((from, to), _): &((End, End), u32)| [from, to].contains(&&End::Tier(tier.tier));
            if flows.bands.iter().any(whole) {
                self.scene.group(None, HitArea::None);
                let paint = Paint::stroke(Ink::Line, self.places.measures().line);
                self.scene.rect(tier.rect.inset(-3.0), 6.0, paint);
            }
        }
        for ((from, to), count) in &flows.bands {
            self.flow(*from, *to, *count);
        }
    }

    /// Where a band between `end` and `other` begins: beyond the rings of a node, at the edge of a tier.
    fn mouth(&self, end: End, other: End) -> Option<Point> {
        let node = |end: End| match end {
            End::Node(node) => self.spot(node),
            End::Tier(_) => None,
        };
        if let Some(spot) = node(end) {
            let towards = match node(other) {
                Some(other) => other.at,
                None => self.edge(other, spot.at)?,
            };
            let along = (towards - spot.at).unit();
            return Some(spot.at + along * (NODE_REACH * spot.r));
        }
        self.edge(end, node(other)?.at)
    }

    /// The nearest point of a tier's edge to a node outside; where the layout has no tiers, the stage's middle.
    fn edge(&self, end: End, from: Point) -> Option<Point> {
        let End::Tier(tier) = end else {
            return None;
        };
        let tier = self.places.tiers().iter().find(|known| known.tier == tier);
        let middle = self.places.centre();
        let Some(tier) = tier.filter(|tier| tier.rect.distance(from) > 0.0) else {
            // The node is one of them: a short way towards the middle of all.
            let away = from.distance(middle);
            let short = (9.0 * self.places.measures().message).min(0.5 * away);
            return Some(from.part_way(middle, (short + 0.3 * away) / away.max(1.0)));
        };
        let room = tier.rect.inset(-3.0);
        Some(room.clamp(from, 0.0))
    }

    #[inline(never)]
    fn flow(&mut self, from: End, to: End, count: u32) {
        let (Some(a), Some(b)) = (self.mouth(from, to), self.mouth(to, from)) else {
            return;
        };
        let measures = self.places.measures();
        let r = measures.message;
        let along = (b - a).unit();
        // On the right of the way, as messages fly, so that both directions stay apart.
        let width = (measures.line * f64::from(count).sqrt()).clamp(1.5, 2.4 * r.max(6.0));
        let side = along.right() * (0.5 * width + 2.0).max(1.6 * r);
        let (start, end) = (a + side, b + side);
        let subject = Subject::Flow { from, to };
        // Nearer to the sender than the middle, so that both directions' counts stay apart.
        let middle = start.part_way(end, 0.38);
        let text = self.scene.texts.written(|out| {
            let _ = write!(out, "{count}");
        });
        let size = measures.remark;
        let half = (0.5 * self.scene.width_of(text, size)).max(0.5 * size) + 4.0;
        let pill = Rect::new(
            middle.x - half,
            middle.y - 0.75 * size,
            2.0 * half,
            1.5 * size,
        );
        // Where bands are close, the number falls away and the band remains.
        let free = self.is_free(pill) && start.distance(end) > 2.0 * half;
        let hit = HitArea::Segment {
            from: start,
            to: end,
            r: 0.5 * width,
        };
        let hit = if free { HitArea::Box(pill) } else { hit };
        self.scene.group(Some(subject), hit);
        let head = (1.1 * width + 4.0).min(0.5 * start.distance(end));
        let paint = Paint::stroke(Ink::Soft, width).faded(0.4);
        self.scene.line(start, end - along * (0.9 * head), paint);
        self.scene.arrowhead(end, along, head, Ink::Soft);
        if free || self.picked(subject) {
            self.taken.push(pill);
            let plate = Paint::fill(Ink::Paper).outlined(Ink::Soft, measures.line);
            self.scene.rect(pill, 0.75 * size, plate);
            let ink = Paint::fill(Ink::Ink);
            self.scene
                .label(middle, text, size, Align::Middle, Face::Text, ink);
        }
        if self.picked(subject) {
            let focused = self.input.focused == Some(subject);
            self.scene.focus_ring(middle, half + 4.0, focused);
        }
    }
}
