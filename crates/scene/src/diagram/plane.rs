//! Where time and the nodes' lines go: to the right and beneath each other, or on a narrow page downwards and side by side.

use super::lane::HEAD;
use crate::{Align, Point, Rect, Size};

/// The narrowest page on which time goes to the right.
const NARROW: f64 = 480.0;
/// What the ruler takes.
const RULER: f64 = 26.0;
/// What the heads of the lines take beside them, where time goes to the right.
const GUTTER: f64 = 72.0;
/// The least and the most room between lines.
const SPACING: (f64, f64) = (26.0, 104.0);
/// The margin at the far side of the time.
const PAD: f64 = 10.0;
/// What is left beneath, for the legend.
const FOOT: f64 = 22.0;

/// The plane of a diagram.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Plane {
    /// Whether time goes downwards.
    down: bool,
    area: Rect,
    spacing: f64,
    /// Where the first line is, from the area's edge.
    first: f64,
}

impl Plane {
    /// The plane for so many lines, scrolled by `across` pixels as far as they have no room.
    pub fn of(size: Size, lanes: usize, across: f64) -> Self {
        let down = size.w < NARROW;
        let (left, top) = if down {
            (54.0, HEAD + 12.0)
        } else {
            (GUTTER, RULER)
        };
        let area = Rect::new(
            left,
            top,
            (size.w - left - PAD).max(1.0),
            (size.h - top - FOOT).max(1.0),
        );
        let room = if down { area.w } else { area.h };
        let count = lanes.max(1) as f64;
        let spacing = (room / count).clamp(SPACING.0, SPACING.1);
        let whole = spacing * count;
        let scrolled = across.clamp(0.0, (whole - room).max(0.0));
        Self {
            down,
            area,
            spacing,
            first: (0.5 * (room - whole)).max(0.0) + 0.5 * spacing - scrolled,
        }
    }

    /// Where things are drawn, without the ruler and the heads of the lines.
    pub const fn area(&self) -> Rect {
        self.area
    }

    /// Whether time goes downwards.
    pub const fn is_down(&self) -> bool {
        self.down
    }

    /// How long time is on it, in pixels.
    pub const fn length(&self) -> f64 {
        if self.down { self.area.h } else { self.area.w }
    }

    /// How far `lanes` lines can be scrolled.
    pub fn scroll_max(&self, lanes: usize) -> f64 {
        let room = if self.down { self.area.w } else { self.area.h };
        (self.spacing * lanes as f64 - room).max(0.0)
    }

    /// The place of a pixel of time on a line, by its place in the order; between two lines for what is between.
    pub fn point(&self, px: f64, lane: f64) -> Point {
        let across = self.first + lane * self.spacing;
        self.place(px, across)
    }

    /// How far along the time a point is, in pixels.
    pub fn along(&self, point: Point) -> f64 {
        if self.down {
            point.y - self.area.y
        } else {
            point.x - self.area.x
        }
    }

    /// The part of the way between two points that lies in sight along the time.
    pub(super) fn within(&self, from: Point, to: Point) -> (Point, Point) {
        let (a, b) = (self.along(from), self.along(to));
        let part = |px: f64| ((px - a) / (b - a).max(1e-9)).clamp(0.0, 1.0);
        let (first, last) = (part(0.0), part(self.length()));
        (from.part_way(to, first), from.part_way(to, last))
    }

    /// Between two lines.
    pub(super) const fn spacing(&self) -> f64 {
        self.spacing
    }

    fn place(&self, px: f64, across: f64) -> Point {
        if self.down {
            Point::new(self.area.x + across, self.area.y + px)
        } else {
            Point::new(self.area.x + px, self.area.y + across)
        }
    }

    fn breadth(&self) -> f64 {
        if self.down { self.area.w } else { self.area.h }
    }

    /// Where a line across all begins: at the ruler.
    pub(super) fn edge(&self, px: f64) -> Point {
        self.place(px, -4.0)
    }

    /// Where it ends.
    pub(super) fn far(&self, px: f64) -> Point {
        self.place(px, self.breadth())
    }

    /// `by` pixels away from a line towards the ruler, from a point on it.
    pub(super) fn above(&self, at: Point, by: f64) -> Point {
        if self.down {
            Point::new(at.x - by, at.y)
        } else {
            Point::new(at.x, at.y - by)
        }
    }

    /// `by` pixels later than a point.
    pub(super) fn later(&self, at: Point, by: f64) -> Point {
        if self.down {
            Point::new(at.x, at.y + by)
        } else {
            Point::new(at.x + by, at.y)
        }
    }

    /// Where the text of a tick stands.
    pub(super) fn tick(&self, px: f64) -> (Point, Align) {
        if self.down {
            (Point::new(self.area.x - 8.0, self.area.y + px), Align::End)
        } else {
            (Point::new(self.area.x + px, 12.0), Align::Middle)
        }
    }

    /// Everything between two moments.
    pub(super) fn band(&self, px: f64, long: f64) -> Rect {
        let (from, to) = (px.max(0.0), (px + long).min(self.length()));
        let long = (to - from).max(0.0);
        if self.down {
            Rect::new(self.area.x, self.area.y + from, self.area.w, long)
        } else {
            Rect::new(self.area.x + from, self.area.y, long, self.area.h)
        }
    }

    /// A bar of `part` of a third of the breadth, standing on the far side.
    pub(super) fn bar(&self, px: f64, wide: f64, part: f64) -> Rect {
        let high = part * self.breadth() / 3.0;
        let band = self.band(px, wide);
        if self.down {
            Rect::new(band.right() - high, band.y, high, band.h)
        } else {
            Rect::new(band.x, band.bottom() - high, band.w, high)
        }
    }

    /// The handle of the play head, at the ruler.
    pub(super) fn handle(&self, px: f64) -> [Point; 3] {
        let tip = self.edge(px);
        if self.down {
            [(-7.0, -5.0), (-7.0, 5.0), (0.0, 0.0)].map(|(x, y)| tip + Point::new(x, y))
        } else {
            [(-5.0, -7.0), (5.0, -7.0), (0.0, 0.0)].map(|(x, y)| tip + Point::new(x, y))
        }
    }

    /// Where the text of a fold stands.
    pub(super) fn of_fold(&self, rect: Rect) -> Point {
        if self.down {
            rect.centre()
        } else {
            Point::new(rect.centre().x, rect.bottom() - 10.0)
        }
    }

    /// Where the head of a line is.
    pub(super) fn lane_head(&self, lane: f64) -> Point {
        let at = self.point(0.0, lane);
        if self.down {
            Point::new(at.x, 0.5 * HEAD)
        } else {
            Point::new(26.0, at.y)
        }
    }

    /// Where a legend of this width begins.
    pub(super) fn legend(&self, wide: f64) -> Point {
        Point::new(
            (self.area.right() - wide).max(self.area.x),
            self.area.bottom() + 0.5 * FOOT,
        )
    }
}
