//! The messages of a window as arrows: from where and when each was sent to where and when it ended.
//!
//! An arrival tells where its message comes from, so that a message that left long before the window has its arrow all the same.

use super::{Carried, DiagramInput, Fated, Light, Pen, Row, Side, Sign};
use crate::epochs::fill_of;
use crate::stage::cut::stops;
use crate::{Dash, HitArea, Ink, Paint, Point, Subject};
use protocol::{Hue, MessageShape, Name};
use std::collections::BTreeMap;

/// Which part of its way a message has behind it that was lost, or left when there was a cut already.
const LOST_AT: f64 = 0.62;
const CUT_AT: f64 = 0.5;

/// How an arrow ends.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum How {
    /// It arrived.
    Arrived,
    /// It is on its way.
    Flying,
    /// The network lost it.
    Lost,
    /// It met a cut: at that time, unless the cut was there before it.
    Cut(Option<u64>),
    /// Somebody dropped it.
    Dropped(u64),
    /// It reached a node that was down.
    Bounced,
}

/// A message of the window.
#[derive(Clone, Debug)]
pub(super) struct Arrow<'a> {
    pub(super) message: &'a Carried,
    /// The steps of its sending and of its arrival, where those rows are at hand.
    pub(super) steps: (Option<u64>, Option<u64>),
    /// When it arrived, or would have.
    pub(super) due_us: u64,
    pub(super) how: How,
    pub(super) copy: bool,
    /// Of a copy that somebody made: which message it parted from.
    pub(super) parted: Option<(&'a Carried, u64)>,
}

/// The messages that have a part in the rows, in the order of their sending, as far as that is known.
pub(super) fn arrows<'a>(input: &DiagramInput<'a>) -> Vec<Arrow<'a>> {
    let mut all: Vec<Arrow<'a>> = Vec::new();
    let mut known: BTreeMap<Name, usize> = BTreeMap::new();
    for row in input.rows {
        ended(row, &mut all, &mut known);
        let origin = row
            .message
            .as_ref()
            .filter(|_| row.sign == Sign::Duplicated);
        for sent in &row.sent {
            let (due_us, how) = match sent.fated {
                Fated::Flying => (sent.due_us, How::Flying),
                Fated::Reached(at_us) => (at_us, How::Arrived),
                Fated::Lost => (sent.due_us, How::Lost),
                Fated::Cut => (sent.due_us, How::Cut(None)),
                Fated::Dropped(at_us) => (sent.due_us, How::Dropped(at_us)),
            };
            let parted = origin.map(|origin| {
                let place = known.get(&origin.name);
                (origin, place.map_or(due_us, |place| all[*place].due_us))
            });
            known.insert(sent.message.name, all.len());
            all.push(Arrow {
                message: &sent.message,
                steps: (Some(row.step), None),
                due_us,
                how,
                copy: sent.copy,
                parted,
            });
        }
    }
    let (from, to) = (input.span.from_us(), input.span.to_us());
    all.retain(|arrow| {
        let shown = !input.hidden.contains(&*arrow.message.kind);
        let sent_us = arrow.message.sent_us;
        let last_us = arrow.last_us(input.head_us);
        shown
            && sent_us as f64 <= to
            && last_us >= from
            && !input.span.is_folded(sent_us, last_us as u64)
    });
    all
}

/// What the event of `row` ends.
fn ended<'a>(row: &'a Row, all: &mut Vec<Arrow<'a>>, known: &mut BTreeMap<Name, usize>) {
    if let Sign::Cut(cut) = &row.sign {
        for arrow in all.iter_mut() {
            let message = arrow.message;
            let open = matches!(arrow.how, How::Flying | How::Cut(None));
            let flies = message.sent_us <= row.at_us && row.at_us < arrow.due_us;
            if open && flies && stops(cut, message.from, message.to) {
                arrow.how = How::Cut(Some(row.at_us));
            }
        }
        return;
    }
    let Some(message) = &row.message else { return };
    let (how, ends) = match row.sign {
        Sign::Arrived => (How::Arrived, true),
        Sign::Bounced => (How::Bounced, true),
        Sign::Dropped => (How::Dropped(row.at_us), false),
        _ => return,
    };
    let place = *known.entry(message.name).or_insert_with(|| {
        all.push(Arrow {
            message,
            steps: (None, None),
            due_us: row.at_us,
            how,
            copy: false,
            parted: None,
        });
        all.len() - 1
    });
    let arrow = &mut all[place];
    (arrow.how, arrow.steps.1) = (how, Some(row.step));
    if ends {
        arrow.due_us = row.at_us;
    }
}

impl Arrow<'_> {
    /// Whether it is small and faint: it keeps alive and says nothing new.
    pub(super) fn is_faint(&self) -> bool {
        self.message.shape == MessageShape::Heartbeat
    }

    /// Which part of its way it comes to.
    fn part(&self) -> f64 {
        let whole = self.due_us.saturating_sub(self.message.sent_us).max(1) as f64;
        let at = |us: u64| us.saturating_sub(self.message.sent_us) as f64 / whole;
        match self.how {
            How::Arrived | How::Flying | How::Bounced => 1.0,
            How::Lost => LOST_AT,
            How::Cut(None) => CUT_AT,
            // Where it is held, time goes on and its way does not.
            How::Cut(Some(us)) | How::Dropped(us) => at(us).clamp(0.03, 0.94),
        }
    }

    /// When it ends.
    fn last_us(&self, head_us: f64) -> f64 {
        let (sent, due) = (self.message.sent_us as f64, self.due_us as f64);
        match self.how {
            How::Flying => due.max(head_us),
            How::Arrived | How::Bounced => due,
            How::Lost | How::Cut(None) => sent + (due - sent) * self.part(),
            How::Cut(Some(us)) | How::Dropped(us) => us as f64,
        }
    }
}

impl Pen<'_> {
    /// Where an arrow begins and ends; nothing where one of its nodes is not shown.
    pub(super) fn ends(&self, arrow: &Arrow<'_>) -> Option<(Point, Point)> {
        let message = arrow.message;
        let (from, to) = (self.lane_of(message.from)?, self.lane_of(message.to)?);
        let mut first = from;
        if let Some((origin, due_us)) = arrow.parted {
            // It parts from the other copy, midway.
            let whole = due_us.saturating_sub(origin.sent_us).max(1) as f64;
            let part = message.sent_us.saturating_sub(origin.sent_us) as f64 / whole;
            first = from + (to - from) * part.clamp(0.0, 0.95);
        }
        let start = self.at(message.sent_us as f64, first);
        let last = first + (to - first) * arrow.part();
        let end = self.at(arrow.last_us(self.input.head_us), last);
        Some((start, end))
    }

    /// How much of its strength an arrow keeps.
    pub(super) fn strength_of(&self, arrow: &Arrow<'_>) -> f64 {
        let message = arrow.message;
        let lit = match self.input.light {
            None => true,
            Some(Light::Led { messages, .. }) => messages.contains(&message.name),
            Some(Light::Cone(cone)) => {
                // Before: it arrived before, so that it left before. After: it left after.
                let arrived = arrow.steps.1.filter(|_| arrow.how == How::Arrived);
                let before = arrived.is_some_and(|step| {
                    matches!(cone.side(message.to, step), Side::Before | Side::Itself)
                });
                let after = arrow.steps.0.is_some_and(|step| {
                    matches!(cone.side(message.from, step), Side::After | Side::Itself)
                });
                before || after
            }
        };
        let found = self.input.found.is_none_or(|found| {
            let (sent, ended) = arrow.steps;
            [sent, ended]
                .into_iter()
                .flatten()
                .any(|step| found.contains(&step))
        });
        if lit && found { 1.0 } else { super::RECEDED }
    }

    /// The arrows, heartbeats beneath the others.
    pub(super) fn arrows(&mut self, arrows: &[Arrow<'_>]) {
        for faint in [true, false] {
            for arrow in arrows.iter().filter(|arrow| arrow.is_faint() == faint) {
                self.arrow(arrow);
            }
        }
    }

    fn arrow(&mut self, arrow: &Arrow<'_>) {
        let Some((start, end)) = self.ends(arrow) else {
            return;
        };
        let strength = self.strength_of(arrow);
        let message = arrow.message;
        let subject = Subject::Message {
            name: message.name,
            copy: 0,
        };
        let hit = HitArea::Segment {
            from: start,
            to: end,
            r: 3.0,
        };
        self.scene.group(Some(subject), hit);
        let wide = if arrow.is_faint() { 0.9 } else { 1.4 };
        let ink = if arrow.is_faint() || arrow.how == How::Bounced {
            Ink::Soft
        } else {
            Ink::Ink
        };
        let mut paint = Paint::stroke(ink, wide).faded(strength);
        if arrow.copy {
            paint = paint.dash(Dash::Dashed);
        }
        // What a node sends to itself bows beside its line.
        let turn = if message.from == message.to {
            self.plane
                .above(start.part_way(end, 0.5), 0.3 * self.plane.spacing())
        } else {
            start
        };
        let along = (end - turn).unit();
        if arrow.how == How::Flying {
            // The way behind it is drawn; the way before it is only expected.
            let sent = message.sent_us as f64;
            let whole = (arrow.last_us(self.input.head_us) - sent).max(1.0);
            let part = ((self.input.head_us - sent) / whole).clamp(0.0, 1.0);
            let here = start.part_way(end, part);
            self.scene.line(start, here, paint);
            let expected = Paint::stroke(Ink::Soft, 1.0).dash(Dash::Dotted);
            self.scene.line(here, end, expected.faded(strength));
            let fill = self.fill(message);
            let paint = Paint::fill(fill).outlined(Ink::Ink, 1.0).faded(strength);
            self.scene
                .disc(here, if arrow.is_faint() { 2.4 } else { 4.0 }, paint);
            return;
        }
        if turn == start {
            self.scene.line(start, end, paint);
        } else {
            self.scene.path([start, turn, end], false, paint);
        }
        match arrow.how {
            How::Arrived => self.tip(arrow, end, along, strength),
            How::Bounced => {
                let back = end - along * 9.0;
                let grey = Paint::fill(Ink::Neutral).outlined(Ink::Soft, 1.0);
                self.scene.disc(back, 3.4, grey.faded(strength));
            }
            How::Lost => self.cross(end, strength),
            How::Cut(_) => {
                let side = along.right() * 6.0;
                let bar = Paint::stroke(Ink::Ink, 2.4).faded(strength);
                self.scene.line(end + side, end - side, bar);
            }
            How::Dropped(_) => {
                self.cross(end, strength);
                let away = self.plane.above(end, -9.0);
                let falls = Paint::stroke(Ink::Ink, 1.2).dash(Dash::Dotted);
                self.scene.line(end, away, falls.faded(strength));
            }
            How::Flying => {}
        }
    }

    fn fill(&self, message: &Carried) -> Ink {
        fill_of(message.epoch.filter(|_| self.input.hue != Hue::Neutral))
    }

    /// The tip of an arrow that arrived, filled by its epoch; open for what says no.
    fn tip(&mut self, arrow: &Arrow<'_>, end: Point, along: Point, strength: f64) {
        let long = if arrow.is_faint() { 6.0 } else { 10.0 };
        let back = end - along * long;
        let side = along.right() * (0.42 * long);
        let fill = match arrow.message.shape {
            MessageShape::Refused => Ink::Paper,
            _ => self.fill(arrow.message),
        };
        let ink = if arrow.is_faint() {
            Ink::Soft
        } else {
            Ink::Ink
        };
        let paint = Paint::fill(fill).outlined(ink, 1.0).faded(strength);
        self.scene
            .path([end, back + side, back - side], true, paint);
    }

    fn cross(&mut self, at: Point, strength: f64) {
        let r = 4.4;
        let ends = [(-r, -r), (r, r), (-r, r), (r, -r)];
        let ends = ends.map(|(x, y)| at + Point::new(x, y));
        self.scene
            .disc(at, 1.2 * r, Paint::fill(Ink::Paper).faded(strength));
        self.scene
            .lines(ends, Paint::stroke(Ink::Ink, 1.8).faded(strength));
    }
}
