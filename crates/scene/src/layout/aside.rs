//! Clients that have no tier stand apart: beneath the others, or at both sides of a wide stage.

use super::grid::Grid;
use super::{Beside, CLIENT, LABEL_AWAY, Measures, NODE_REACH, Places, Spot, Who, size_of};
use crate::{Point, Rect, Size};
use protocol::NodeId;

/// Smaller than this, clients stand in several lines and have no label, in pixels.
const LINE_MIN: f64 = 9.0;
/// How much of the stage they may take in lines.
const PART_MAX: f64 = 0.34;

/// The clients that stand apart, and the strips that are theirs.
pub(super) struct Aside {
    clients: Vec<NodeId>,
    /// Beneath, or at the left and at the right.
    strips: Vec<Rect>,
    r: f64,
    /// From which radius on every client's name has room within.
    r_named: f64,
    pad: f64,
    /// The height of a client's label.
    label: f64,
    /// What the others lose: at either side, and beneath.
    taken: Size,
}

impl Aside {
    pub(super) fn new(clients: &[Who], size: Size, pad: f64, measures: Measures) -> Self {
        let Size { w, h } = size;
        let count = clients.len();
        let node = measures.node;
        // A client without an epoch has its name inside.
        let label = if clients.iter().any(|client| client.numbered) {
            measures.label_height()
        } else {
            1.5 * measures.remark
        };
        let mut aside = Self {
            clients: clients.iter().map(|client| client.id).collect(),
            strips: Vec::new(),
            r: (CLIENT * node).max(11.0),
            r_named: clients
                .iter()
                .map(|client| client.r_named)
                .fold(0.0, f64::max),
            pad,
            label,
            taken: Size::default(),
        };
        if count == 0 {
            return aside;
        }
        if w > 1.7 * h {
            aside.beside(size, node);
        } else {
            aside.beneath(size, node);
        }
        aside
    }

    fn beside(&mut self, size: Size, node: f64) {
        let Size { w, h } = size;
        let per_side = self.clients.len().div_ceil(2);
        let fits = h / (per_side as f64 * 4.2);
        let column = if fits >= LINE_MIN {
            self.r = self.r.min(fits);
            2.0 * self.r * NODE_REACH
        } else {
            self.label = 0.0;
            let room = Size::new(h - 2.0 * self.pad, PART_MAX / 2.0 * w);
            let grid = Grid::fit(per_side, room, self.r, |r| cell(r, 0.0));
            self.r = grid.r;
            grid.depth()
        };
        let rest = w - column - self.pad;
        self.strips = vec![
            Rect::new(self.pad, 0.0, column, h),
            Rect::new(rest, 0.0, column, h),
        ];
        self.taken.w = column + 2.0 * node - self.pad;
    }

    fn beneath(&mut self, size: Size, node: f64) {
        let Size { w, h } = size;
        let fits = w / (self.clients.len() as f64 * 3.0);
        let depth = if fits >= LINE_MIN {
            self.r = self.r.min(fits);
            self.r * (1.2 + LABEL_AWAY) + self.label
        } else {
            self.label = 0.0;
            let room = Size::new(w - 2.0 * self.pad, PART_MAX * h);
            let grid = Grid::fit(self.clients.len(), room, self.r, |r| cell(r, 0.0));
            self.r = grid.r;
            grid.depth()
        };
        let top = h - self.pad - depth;
        self.strips = vec![Rect::new(0.0, top, w, depth)];
        self.taken.h = depth + 0.5 * node;
    }

    /// What is left of `room` for the others.
    pub(super) fn left(&self, room: Rect) -> Rect {
        Rect::new(
            room.x + self.taken.w,
            room.y,
            room.w - 2.0 * self.taken.w,
            room.h - self.taken.h,
        )
    }
}

/// What a client takes along a line and across, with a label of this height.
fn cell(r: f64, label: f64) -> Size {
    Size::new(3.0 * r, 3.0 * r + label)
}

impl Places {
    pub(super) fn put_aside(&mut self, mut aside: Aside) {
        // Beside small nodes they are small as well.
        aside.r = aside.r.min((1.2 * CLIENT * self.measures.node).max(11.0));
        let aside = &aside;
        let mut clients = aside.clients.as_slice();
        for (place, strip) in aside.strips.iter().enumerate() {
            let here = clients.len().div_ceil(aside.strips.len() - place);
            let (these, others) = clients.split_at(here);
            clients = others;
            if aside.strips.len() == 1 {
                self.client_rows(aside, *strip, these);
            } else {
                self.client_columns(aside, *strip, these);
            }
        }
    }

    fn client_rows(&mut self, aside: &Aside, strip: Rect, clients: &[NodeId]) {
        let count = clients.len();
        let r = aside.r;
        if aside.label > 0.0 {
            let step = (strip.w / count as f64).min(8.0 * r.max(22.0));
            let y = strip.bottom() - aside.label - r * LABEL_AWAY;
            for (place, client) in clients.iter().enumerate() {
                let off = place as f64 - (count as f64 - 1.0) / 2.0;
                let at = Point::new(strip.centre().x + off * step, y);
                self.put(*client, Spot::new(at, r, false));
            }
            return;
        }
        let room = strip;
        let along = Size::new(room.w - 2.0 * aside.pad, room.h + 0.1);
        let grid = Grid::fit(count, along, r, |r| cell(r, 0.0));
        for (place, client) in clients.iter().enumerate() {
            let (line, nth) = (place / grid.per_line, place % grid.per_line);
            let off = nth as f64 - (grid.in_line(line, count) as f64 - 1.0) / 2.0;
            let at = Point::new(
                room.centre().x + off * grid.cell.w,
                room.y + (line as f64 + 0.5) * grid.cell.h,
            );
            self.put_in_lines(*client, at, aside);
        }
    }

    /// Where clients stand in several lines, there is no room for labels.
    fn put_in_lines(&mut self, client: NodeId, at: Point, aside: &Aside) {
        let mut spot = Spot::new(at, aside.r, false);
        if aside.label <= 0.0 {
            // All have their names, or none.
            spot.label = if aside.r >= aside.r_named {
                Beside::Nothing
            } else {
                Beside::Nameless
            };
        }
        self.put(client, spot);
    }

    fn client_columns(&mut self, aside: &Aside, strip: Rect, clients: &[NodeId]) {
        let count = clients.len();
        if count == 0 {
            return;
        }
        let r = aside.r;
        let room = strip;
        let along = Size::new(room.h - 2.0 * aside.pad, size_of(room).w + 0.1);
        let grid = if aside.label > 0.0 {
            Grid {
                r,
                lines: 1,
                per_line: count,
                cell: Size::new(0.0, room.w),
            }
        } else {
            Grid::fit(count, along, r, |r| cell(r, 0.0))
        };
        let top = aside.pad + NODE_REACH * r;
        let bottom = self.size.h - aside.pad - aside.label - LABEL_AWAY * r;
        for (place, client) in clients.iter().enumerate() {
            let (line, nth) = (place / grid.per_line, place % grid.per_line);
            let gaps = grid.in_line(line, count).saturating_sub(1) as f64;
            let step = ((bottom - top) / gaps.max(1.0)).min(6.0 * r + aside.label);
            let first = (self.centre.y - gaps * step / 2.0)
                .min(bottom - gaps * step)
                .max(top);
            let across = (line as f64 + 0.5) * room.w / grid.lines as f64;
            // The first line of either side is the outer one.
            let x = if room.x < self.size.w / 2.0 {
                room.x + across
            } else {
                room.right() - across
            };
            let at = Point::new(x, first + nth as f64 * step);
            self.put_in_lines(*client, at, aside);
        }
    }
}
