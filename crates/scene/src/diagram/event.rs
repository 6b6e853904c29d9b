//! The events on the lines, by what they are, and the acts upon the world across them.

use super::{Pen, Row, Sign};
use crate::{Dash, HitArea, Ink, Paint, Point, Rect, Subject};
use trace::MarkKind;

impl Pen<'_> {
    /// What befell all nodes at once: a line across, with its mark at the ruler.
    pub(super) fn world(&mut self) {
        for row in self.input.rows {
            let kind = match row.sign {
                Sign::Cut(_) => MarkKind::Cut,
                Sign::Healed => MarkKind::Heal,
                Sign::Acted if row.node.is_none() => MarkKind::Act,
                _ => continue,
            };
            let px = self.px(row.at_us as f64);
            if !self.is_in(px) {
                continue;
            }
            let strength = self.strength(row);
            let (edge, far) = (self.plane.edge(px), self.plane.far(px));
            let subject = Subject::Event(row.step);
            self.scene
                .group(Some(subject), HitArea::Disc { at: edge, r: 7.0 });
            let paint = Paint::stroke(Ink::Ink, 1.2).dash(Dash::Dashed);
            self.scene.line(edge, far, paint.faded(0.7 * strength));
            self.scene
                .mark(kind, edge, Rect::new(edge.x, edge.y, 1.0, 1.0));
            if row.step == self.input.cursor {
                self.scene.focus_ring(edge, 9.0, self.input.focused);
            }
        }
    }

    /// The events of the nodes, each on its line.
    pub(super) fn events(&mut self) {
        for row in self.input.rows {
            self.event(row);
        }
    }

    fn is_in(&self, px: f64) -> bool {
        (0.0..=self.input.span.length()).contains(&px)
    }

    fn event(&mut self, row: &Row) {
        let px = self.px(row.at_us as f64);
        let Some(lane) = row.line().and_then(|node| self.lane_of(node)) else {
            return;
        };
        if !self.is_in(px) || self.input.span.is_folded(row.at_us, row.at_us) {
            return;
        }
        let at = self.plane.point(px, lane);
        let strength = self.strength(row);
        let selected = row.step == self.input.cursor;
        let r = if self.seen > super::TIMERS_MAX {
            2.6
        } else {
            4.0
        };
        let hit = HitArea::Disc { at, r: r + 1.5 };
        self.scene.group(Some(Subject::Event(row.step)), hit);
        let ink = Paint::stroke(Ink::Ink, 1.4).faded(strength);
        let open = Paint::fill(Ink::Paper)
            .outlined(Ink::Ink, 1.3)
            .faded(strength);
        let solid = Paint::fill(Ink::Ink).faded(strength);
        let around = |by: f64| Rect::around(at, by);
        match row.sign {
            Sign::Up => {
                let (from, to) = (self.plane.above(at, 8.0), self.plane.above(at, -8.0));
                self.scene
                    .line(from, to, Paint::stroke(Ink::Ink, 2.4).faded(strength));
            }
            Sign::Down => {
                let ends = [(-5.0, -5.0), (5.0, 5.0), (-5.0, 5.0), (5.0, -5.0)];
                self.scene
                    .disc(at, 7.0, Paint::fill(Ink::Paper).faded(strength));
                let paint = Paint::stroke(Ink::Ink, 2.2).faded(strength);
                self.scene
                    .lines(ends.map(|(x, y)| at + Point::new(x, y)), paint);
            }
            Sign::Paused => {
                self.scene.disc(at, 6.0, open);
                let bars = [(-1.8, -2.6), (-1.8, 2.6), (1.8, -2.6), (1.8, 2.6)];
                self.scene
                    .lines(bars.map(|(x, y)| at + Point::new(x, y)), ink);
            }
            Sign::Resumed => {
                self.scene.disc(at, 6.0, open);
                let sides = [(-1.8, -2.8), (-1.8, 2.8), (3.0, 0.0)];
                self.scene
                    .path(sides.map(|(x, y)| at + Point::new(x, y)), true, solid);
            }
            Sign::Fired => {
                self.scene.disc(at, r, open);
                self.scene.line(at, self.plane.above(at, r), ink);
            }
            Sign::Asked => self.scene.rect(around(r), 1.5, open),
            Sign::Saved => self.scene.rect(around(0.55 * r), 0.0, solid),
            Sign::Acted => {
                let corners = [(0.0, -4.6), (4.6, 0.0), (0.0, 4.6), (-4.6, 0.0)];
                self.scene
                    .path(corners.map(|(x, y)| at + Point::new(x, y)), true, open);
            }
            _ => self.scene.disc(at, 0.55 * r, solid),
        }
        self.remarks(row, at, strength);
        if selected {
            self.scene.focus_ring(at, 9.0, self.input.focused);
        }
    }

    /// A flag for what was told, and the red cross of a broken promise.
    fn remarks(&mut self, row: &Row, at: Point, strength: f64) {
        if row.violated {
            let up = self.plane.above(at, 13.0);
            let red = Paint::stroke(Ink::Violation, 2.2);
            let disc = Paint::fill(Ink::Paper).outlined(Ink::Violation, 1.4);
            self.scene.disc(up, 6.5, disc);
            let ends = [(-2.8, -2.8), (2.8, 2.8), (-2.8, 2.8), (2.8, -2.8)];
            self.scene
                .lines(ends.map(|(x, y)| up + Point::new(x, y)), red);
        } else if row.told {
            let (foot, top) = (self.plane.above(at, 3.0), self.plane.above(at, 14.0));
            let middle = self.plane.above(at, 9.0);
            let tip = self.plane.later(self.plane.above(at, 11.5), 8.0);
            self.scene
                .line(foot, top, Paint::stroke(Ink::Ink, 1.3).faded(strength));
            let flag = Paint::fill(Ink::Ink).faded(strength);
            self.scene.path([top, tip, middle], true, flag);
        }
    }
}
