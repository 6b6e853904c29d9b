//! The ring, the star and the chain.

use super::grid::Grid;
use super::{APART, LABEL_AWAY, Measures, NODE_REACH, Places, Spot, Who, nearest, size_of};
use crate::{Point, Rect, Size};
use std::f64::consts::TAU;

/// How large the ring of those in the middle is, in parts of the outer one.
const CORE: f64 = 0.4;
/// Below this radius a ring is folded into several, in pixels.
const FOLD: f64 = 11.0;

impl Places {
    /// Nodes on a ring, the first at the top, clockwise; those of the middle within.
    pub(super) fn ring(&mut self, round: &[Who], middle: &[Who], room: Rect) {
        let measures = self.measures;
        let node = measures.node;
        let count = round.len();
        // Labels stand above the upper nodes and beneath the lower ones.
        let above = measures.label_height() + LABEL_AWAY * node;
        let inner = Rect::new(room.x, room.y + above, room.w, room.h - 2.0 * above);
        // A ring of five is flatter below than above: the room is filled by what stands in it, not by the circle.
        let unit = |place: usize| Point::default().towards(TAU * place as f64 / count as f64, 1.0);
        let least = if middle.is_empty() { 0.0 } else { CORE };
        let low = (0..count).map(|place| unit(place).y).fold(least, f64::max);
        let ry = (inner.h / (1.0 + low)).max(1.0);
        let rx = (inner.w / 2.0 - (NODE_REACH * node).max(measures.remark * 3.2)).max(1.0);
        let (rx, ry) = match (count, middle.len()) {
            (0 | 1, 0) => (0.0, 0.0),
            _ => (rx.min(1.45 * ry), ry.min(1.3 * rx)),
        };
        let spare = inner.h - ry * (1.0 + low);
        self.centre = Point::new(inner.centre().x, inner.y + spare / 2.0 + ry);
        let centre = self.centre;
        let on = |way: Point, part: f64| centre + Point::new(part * rx * way.x, part * ry * way.y);
        let core = |place: usize, all: usize| match all {
            1 => centre,
            _ => on(
                Point::default().towards(TAU * place as f64 / all as f64, 1.0),
                CORE,
            ),
        };
        // Neighbours must not touch: a crowded ring has smaller nodes, and is folded so that they are not too small.
        let folded = |levels: usize| -> Vec<Point> {
            let inward = if middle.is_empty() { 0.24 } else { 0.16 };
            let place_of = |place: usize| on(unit(place), 1.0 - inward * (place % levels) as f64);
            let middle = (0..middle.len()).map(|place| core(place, middle.len()));
            (0..count).map(place_of).chain(middle).collect()
        };
        let radius = |points: &[Point]| node.min(nearest(points) / APART);
        let mut points = folded(1);
        let mut r = radius(&points);
        for levels in [2, 3] {
            let more = folded(levels);
            let wider = radius(&more);
            if r < FOLD && wider > 1.2 * r {
                (points, r) = (more, wider);
            }
        }
        if r < node {
            self.measures = Measures::of(r.max(8.0), measures.compact);
        }
        for (who, at) in round.iter().chain(middle).zip(points) {
            let inside = middle.iter().any(|other| other.id == who.id);
            let label_above = at.y < centre.y + 1e-6 && !inside;
            self.put(who.id, Spot::new(at, r, label_above));
        }
    }

    /// Nodes in a line; a long one turns back at the edge, so that neighbours stay neighbours.
    pub(super) fn chain(&mut self, chain: &[Who], room: Rect) {
        if chain.is_empty() {
            return;
        }
        let measures = self.measures;
        let cell = |r: f64| {
            let own = Measures::of(r, measures.compact);
            let label = if r < FOLD { 0.0 } else { own.label_height() };
            Size::new(3.4 * r, (NODE_REACH + LABEL_AWAY) * r + label)
        };
        let count = chain.len();
        // One line while the nodes stay large enough to be read; else as many as make them largest.
        let r = measures.node.min(room.w / cell(1.0).w / count as f64);
        let grid = if r >= 1.2 * FOLD {
            Grid {
                r,
                lines: 1,
                per_line: count,
                cell: cell(r),
            }
        } else {
            Grid::fit(count, size_of(room), measures.node, cell)
        };
        self.measures = Measures::of(grid.r.max(8.0), measures.compact);
        let step = (room.w / grid.per_line as f64).min(9.0 * grid.r.max(14.0));
        let rise = (room.h / grid.lines as f64).min(1.7 * grid.cell.h);
        let label = if grid.r < FOLD {
            0.0
        } else {
            self.measures.label_height()
        };
        for (place, who) in chain.iter().enumerate() {
            let (line, nth) = (place / grid.per_line, place % grid.per_line);
            let nth = if line % 2 == 0 {
                nth
            } else {
                grid.per_line - 1 - nth
            };
            let x = nth as f64 - (grid.per_line as f64 - 1.0) / 2.0;
            let y = line as f64 - (grid.lines as f64 - 1.0) / 2.0;
            let at = room.centre() + Point::new(x * step, y * rise - label / 2.0);
            self.put(who.id, Spot::new(at, grid.r, false));
        }
        self.centre = room.centre();
    }
}
