//! Loads and queues at a node: a bar beside it, and over it what waits, one cell for each.

use super::Pen;
use crate::epochs::fill_of;
use crate::layout::{Beside, NODE_REACH, TYPE_MIN};
use crate::{Align, Face, Ink, Paint, Point, Rect, Spot};
use protocol::{Picture, QueueItem};
use std::fmt::Write;
use trace::NodeFrame;

/// Where the bar stands: beyond the arc of the timer and the focus ring, in radii.
const BAR_AWAY: f64 = 1.5;
/// The height of the bar, in radii.
const BAR: f64 = 1.7;
/// Below this radius there is no room for the cells of a queue, in pixels.
const CELLS_MIN: f64 = 13.0;
/// From the node's centre to the lower edge of its queue, in radii.
const QUEUE_AWAY: f64 = 1.44;
/// The side of a queue's cell, in radii.
const CELL: f64 = 0.3;
/// How many cells are drawn at most; the number says how many more there are.
const CELLS_MAX: usize = 7;

impl Pen<'_> {
    /// How full the node is: a bar at its right side, which rises.
    pub(super) fn load(&mut self, node: &NodeFrame, spot: Spot) {
        let Some(load) = node.view.load.filter(|_| !Self::is_down(node.status)) else {
            return;
        };
        let line = self.places.measures().line;
        let width = (0.2 * spot.r).max(2.5);
        let height = BAR * spot.r;
        let left = spot.at.x + BAR_AWAY * spot.r;
        let outer = Rect::new(left, spot.at.y - height / 2.0, width, height);
        let part = (load.value as f64 / load.max.max(1) as f64).clamp(0.0, 1.0);
        let paint = Paint::fill(Ink::Paper).outlined(Ink::Soft, line);
        self.scene.rect(outer, 0.0, paint);
        if part > 0.0 {
            let fill = Rect::new(left, outer.bottom() - part * height, width, part * height);
            let paint = Paint::fill(Ink::Soft).outlined(Ink::Soft, line);
            self.scene.rect(fill, 0.0, paint);
        }
        // Over the brim: a lid, so that full and overfull differ.
        if load.value > load.max {
            let y = outer.y - 2.5 * line;
            let (from, to) = (
                Point::new(left - line, y),
                Point::new(left + width + line, y),
            );
            self.scene
                .line(from, to, Paint::stroke(Ink::Ink, 2.0 * line));
        }
    }

    /// What waits at the node: the first is worked on, its cell fills; the number says how many there are if not all are drawn.
    pub(super) fn queue(&mut self, node: &NodeFrame, spot: Spot) {
        let items = node.view.pictures.iter().find_map(|picture| match picture {
            Picture::Queue { items, .. } => Some(items),
            _ => None,
        });
        let Some(items) = items.filter(|_| !Self::is_down(node.status)) else {
            return;
        };
        let roomy = spot.r >= CELLS_MIN && spot.label == Beside::Anything;
        if items.is_empty() || !roomy {
            return;
        }
        let side = CELL * spot.r;
        // The label has the one side of the node, the queue the other.
        let top = if spot.label_above {
            spot.at.y + QUEUE_AWAY * spot.r
        } else {
            spot.at.y - QUEUE_AWAY * spot.r - side
        };
        let step = side + 1.5;
        let fit = ((2.0 * NODE_REACH * spot.r / step) as usize).clamp(1, CELLS_MAX);
        let drawn = if items.len() > fit {
            fit - 2
        } else {
            items.len()
        };
        let number = (drawn < items.len()).then(|| {
            self.scene.texts.written(|out| {
                let _ = write!(out, "+{}", items.len() - drawn);
            })
        });
        let size = TYPE_MIN.max(0.9 * side);
        let tail = number.map_or(0.0, |text| self.scene.width_of(text, size) + 2.0);
        let left = spot.at.x - (drawn as f64 * step - 1.5 + tail) / 2.0;
        for (place, item) in items.iter().take(drawn).enumerate() {
            let rect = Rect::new(left + place as f64 * step, top, side, side);
            self.cell(item, rect);
        }
        if let Some(text) = number {
            let at = Point::new(left + drawn as f64 * step + 1.0, top + side / 2.0);
            let paint = Paint::fill(Ink::Ink).outlined(Ink::Paper, 2.0);
            self.scene
                .label(at, text, size, Align::Start, Face::Text, paint);
        }
    }

    #[inline(never)]
    fn cell(&mut self, item: &QueueItem, rect: Rect) {
        let line = self.places.measures().line;
        let fill = match self.input.epoch(item.epoch) {
            Some(epoch) => fill_of(Some(epoch)),
            None if item.done_permille.is_some() => Ink::Paper,
            None => Ink::Neutral,
        };
        self.scene
            .rect(rect, 1.0, Paint::fill(fill).outlined(Ink::Ink, 0.8 * line));
        if let Some(done) = item.done_permille {
            let part = (f64::from(done) / 1000.0).clamp(0.0, 1.0);
            let done = Rect::new(rect.x, rect.y, part * rect.w, rect.h);
            self.scene.rect(done, 1.0, Paint::fill(Ink::Ink));
        }
    }
}
