//! The space-time diagram (Lamport 1978): a line for each node, time along it, and an arrow for each message from where and when
//! it was sent to where and when it ended.
//!
//! A pure function of a window of rows, which somebody has read from a record, and of how they are looked at. It knows nothing of
//! how a record is kept, and reads none.

mod arrow;
mod event;
mod lane;
mod light;
mod plane;
mod row;
mod scale;

pub use lane::{Gap, Lane, gaps};
pub use light::{Cone, Light, Side};
pub use plane::Plane;
pub use row::{Carried, Fated, Row, Sent, Sign};
pub use scale::{FOLD, Fold, Span, before};

use crate::epochs::fill_of;
use crate::{Align, Dash, Face, HitArea, Ink, Paint, Point, Rect, Scene, Size, Subject};
use arrow::Arrow;
use protocol::Hue;
use std::collections::BTreeSet;
use std::fmt::Write;

/// So many events in the window may have their messages named.
const NAMED_MAX: usize = 120;
/// So many may have their timers drawn.
const TIMERS_MAX: usize = 500;

/// Everything that the diagram is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct DiagramInput<'a> {
    /// Its size in CSS pixels.
    pub size: Size,
    /// The nodes' lines, in order.
    pub lanes: &'a [Lane],
    /// How far the lines are scrolled, in pixels, where they have no room; 0 where they have.
    pub across: f64,
    /// The time that is shown.
    pub span: &'a Span,
    /// The events of that time and some before and after it, in order and without gaps; empty where there are too many to draw.
    pub rows: &'a [Row],
    /// In place of rows: how many events there are in each of as many equal parts of the length.
    pub counts: &'a [u32],
    /// What is said where counts stand in place of messages.
    pub note: &'a str,
    /// When each node was not there.
    pub gaps: &'a [Gap],
    /// The play head, in microseconds.
    pub head_us: f64,
    /// When the record ends.
    pub end_us: u64,
    /// The cursor's step: the event that is selected.
    pub cursor: u64,
    /// What keeps its strength; without it nothing recedes.
    pub light: Option<&'a Light>,
    /// What somebody searches for: all but these steps recedes.
    pub found: Option<&'a BTreeSet<u64>>,
    /// Kinds of messages that are left out.
    pub hidden: &'a BTreeSet<String>,
    /// Whether timers are drawn.
    pub timers: bool,
    /// The question that hue answers.
    pub hue: Hue,
    /// The title of the legend; without one there is none.
    pub legend: &'a str,
    /// An arrival that is being dragged: its step, and to when.
    pub moving: Option<(u64, f64)>,
    /// Whether the keyboard's focus is here.
    pub focused: bool,
}

impl Scene {
    /// Draws the diagram anew.
    pub fn diagram(&mut self, input: &DiagramInput<'_>) {
        self.clear(input.size);
        let plane = Plane::of(input.size, input.lanes.len(), input.across);
        let arrows = arrow::arrows(input);
        let mut epochs = std::mem::take(&mut self.epochs);
        let carried = arrows.iter().filter_map(|arrow| arrow.message.epoch);
        let nodes = input.lanes.iter().filter_map(|lane| lane.epoch);
        match input.hue {
            Hue::Epoch(_) => epochs.collect(carried.chain(nodes)),
            Hue::Neutral => epochs.collect([]),
        }
        self.epochs = epochs;
        let seen =
            |row: &&Row| (input.span.from_us()..=input.span.to_us()).contains(&(row.at_us as f64));
        let mut pen = Pen {
            seen: input.rows.iter().filter(seen).count(),
            scene: self,
            input,
            plane,
            taken: Vec::new(),
        };
        pen.ground();
        pen.folds();
        pen.counts();
        pen.lanes();
        pen.timers();
        pen.world();
        pen.arrows(&arrows);
        pen.events();
        pen.head();
        pen.names(&arrows);
        pen.heads_of_lanes();
        pen.moving();
        pen.legend();
    }
}

/// The scene that is drawn into, and what it is drawn from.
struct Pen<'a> {
    scene: &'a mut Scene,
    input: &'a DiagramInput<'a>,
    plane: Plane,
    /// How many events are in the window.
    seen: usize,
    /// Where texts stand already.
    taken: Vec<Rect>,
}

impl Pen<'_> {
    /// Where a moment is along the diagram, in pixels.
    fn px(&self, us: f64) -> f64 {
        self.input.span.px(us)
    }

    /// The place of a moment on the line of `lane`.
    fn at(&self, us: f64, lane: f64) -> Point {
        self.plane.point(self.px(us), lane)
    }

    /// The place in the order of the lines, of a node that has one.
    fn lane_of(&self, node: protocol::NodeId) -> Option<f64> {
        let place = self.input.lanes.iter().position(|lane| lane.node == node);
        place.map(|place| place as f64)
    }

    /// How much of its strength an event keeps.
    fn strength(&self, row: &Row) -> f64 {
        let lit = self.input.light.is_none_or(|light| light.holds(row));
        let found = self
            .input
            .found
            .is_none_or(|found| found.contains(&row.step));
        if lit && found { 1.0 } else { RECEDED }
    }

    /// The ruler: ticks with their times, and the lines that go down from them.
    fn ground(&mut self) {
        let plane = self.plane;
        self.scene.group(None, HitArea::None);
        let ticks = self.input.span.ticks();
        let lines = ticks.iter().flat_map(|at| {
            let px = self.input.span.px(*at as f64);
            [plane.edge(px), plane.far(px)]
        });
        let lines: Vec<Point> = lines.collect();
        self.scene
            .lines(lines, Paint::stroke(Ink::Line, 1.0).faded(0.7));
        for at in ticks {
            let text = self.scene.texts.written(|out| {
                let _ = write!(out, "{}", trace::duration(at));
            });
            let px = self.input.span.px(at as f64);
            if !plane.is_down() && px > plane.length() - 0.5 * self.scene.width_of(text, 11.0) {
                continue;
            }
            let (place, align) = plane.tick(px);
            self.scene
                .label(place, text, 11.0, align, Face::Text, Paint::fill(Ink::Soft));
        }
    }

    /// Stretches that are passed over: hatched, with how many events they hold.
    fn folds(&mut self) {
        let folds: Vec<Fold> = self.input.span.folds().copied().collect();
        for fold in folds {
            let rect = self.plane.band(self.px(fold.from_us as f64), scale::FOLD);
            let subject = Subject::Fold(fold.from_us);
            self.scene.group(Some(subject), HitArea::Box(rect));
            self.scene.rect(rect, 0.0, Paint::fill(Ink::PaleNeutral));
            self.scene
                .hatch_rect(rect, 7.0, Paint::stroke(Ink::Line, 1.0));
            let text = self.scene.texts.written(|out| {
                let _ = write!(out, "≫ {}", fold.events);
            });
            let halo = Paint::fill(Ink::Soft).outlined(Ink::PaleNeutral, 3.0);
            let at = self.plane.of_fold(rect);
            self.scene
                .label(at, text, 11.0, Align::Middle, Face::Text, halo);
        }
    }

    /// Where there are too many events to draw: how many, along the time.
    fn counts(&mut self) {
        let most = self.input.counts.iter().max().copied().unwrap_or(0);
        if most == 0 {
            return;
        }
        self.scene.group(None, HitArea::None);
        let length = self.input.span.length();
        let wide = length / self.input.counts.len() as f64;
        for (place, count) in self.input.counts.iter().enumerate() {
            let part = f64::from(*count) / f64::from(most);
            let bar = self.plane.bar(wide * place as f64, wide, part);
            self.scene.rect(bar, 0.0, Paint::fill(Ink::Neutral));
        }
        let text = self.scene.texts.text(self.input.note);
        let size = 14.0;
        let at = self.plane.area().centre();
        let half = 0.5 * self.scene.width_of(text, size) + 12.0;
        let plate = Rect::new(at.x - half, at.y - 16.0, 2.0 * half, 32.0);
        self.taken.push(plate);
        self.scene
            .rect(plate, 4.0, Paint::fill(Ink::Paper).outlined(Ink::Soft, 1.0));
        self.scene.label(
            at,
            text,
            size,
            Align::Middle,
            Face::Text,
            Paint::fill(Ink::Ink),
        );
    }

    /// Whether what lies behind the play head recedes: unless light shows what follows from an event.
    const fn is_veiled(&self) -> bool {
        self.input.light.is_none() && self.input.found.is_none()
    }

    /// The play head; what lies behind it in the record recedes under a veil.
    fn head(&mut self) {
        let px = self.px(self.input.head_us);
        let length = self.input.span.length();
        self.scene.group(None, HitArea::None);
        let recorded = self.px(self.input.end_us as f64).min(length);
        if recorded > px.max(0.0) + 1.0 && self.is_veiled() {
            let veil = self.plane.band(px.max(0.0), recorded - px.max(0.0));
            self.scene
                .rect(veil, 0.0, Paint::fill(Ink::Paper).faded(0.5));
        }
        if (0.0..=length).contains(&px) {
            let (from, to) = (self.plane.edge(px), self.plane.far(px));
            self.scene.line(from, to, Paint::stroke(Ink::Paper, 4.0));
            self.scene.line(from, to, Paint::stroke(Ink::Ink, 1.6));
            let handle = self.plane.handle(px);
            self.scene.path(handle, true, Paint::fill(Ink::Ink));
        }
    }

    /// An arrival on its way to another time.
    fn moving(&mut self) {
        let Some((step, at_us)) = self.input.moving else {
            return;
        };
        let row = self.input.rows.iter().find(|row| row.step == step);
        let Some(message) = row.and_then(|row| row.message.as_ref()) else {
            return;
        };
        let (Some(from), Some(to)) = (self.lane_of(message.from), self.lane_of(message.to)) else {
            return;
        };
        self.scene.group(None, HitArea::None);
        let (start, end) = (self.at(message.sent_us as f64, from), self.at(at_us, to));
        let paint = Paint::stroke(Ink::Focus, 2.4).dash(Dash::Dashed);
        self.scene.line(start, end, paint);
        self.scene
            .disc(end, 7.0, Paint::fill(Ink::Paper).outlined(Ink::Focus, 2.4));
    }

    /// "Colour: term ■3 ■4", at the end of the ruler.
    fn legend(&mut self) {
        if self.input.legend.is_empty() || self.scene.legend().is_empty() {
            return;
        }
        let size = 11.0;
        let entries = self.scene.legend().to_vec();
        let title = self.scene.texts.text(self.input.legend);
        let numbers: Vec<_> = entries
            .iter()
            .map(|entry| {
                self.scene.texts.written(|out| {
                    let _ = write!(out, "{}", entry.epoch);
                })
            })
            .collect();
        let width = |text| self.scene.width_of(text, size) + 6.0;
        let all: f64 = width(title) + numbers.iter().map(|text| width(*text) + 18.0).sum::<f64>();
        let widths: Vec<f64> = numbers.iter().map(|text| width(*text)).collect();
        let title_wide = width(title);
        let mut at = self.plane.legend(all);
        self.scene.group(None, HitArea::None);
        let plate = Rect::new(at.x - 6.0, at.y - 10.0, all + 8.0, 20.0);
        self.scene.rect(plate, 3.0, Paint::fill(Ink::Paper));
        let soft = Paint::fill(Ink::Soft);
        self.scene
            .label(at, title, size, Align::Start, Face::Text, soft);
        at.x += title_wide;
        for ((entry, number), wide) in entries.iter().zip(numbers).zip(widths) {
            let swatch = Rect::new(at.x, at.y - 5.5, 11.0, 11.0);
            let paint = Paint::fill(fill_of(Some(entry.epoch))).outlined(Ink::Ink, 1.0);
            self.scene.rect(swatch, 2.0, paint);
            if entry.hatched {
                self.scene
                    .hatch_rect(swatch, 4.0, Paint::stroke(Ink::Ink, 1.0));
            }
            at.x += 16.0;
            self.scene.label(
                at,
                number,
                size,
                Align::Start,
                Face::Text,
                Paint::fill(Ink::Ink),
            );
            at.x += wide + 2.0;
        }
    }

    /// The names of messages, while there are few enough, where there is room.
    fn names(&mut self, arrows: &[Arrow<'_>]) {
        if self.seen > NAMED_MAX {
            return;
        }
        self.scene.group(None, HitArea::None);
        let size = 11.0;
        for arrow in arrows.iter().filter(|arrow| !arrow.is_faint()) {
            let Some((start, end)) = self.ends(arrow) else {
                continue;
            };
            let (start, end) = self.plane.within(start, end);
            let text = self.scene.texts.text(&arrow.message.kind);
            let half = 0.5 * self.scene.width_of(text, size) + 3.0;
            if start.distance(end) < 36.0 || self.strength_of(arrow) < 1.0 {
                continue;
            }
            // Nearer to the end, where arrows that leave together have parted.
            let middle = start.part_way(end, 0.62);
            let veiled = self.is_veiled() && arrow.message.sent_us as f64 > self.input.head_us;
            let room = Rect::new(middle.x - half, middle.y - 8.0, 2.0 * half, 16.0);
            let fits = room.x >= self.plane.area().x && room.right() <= self.plane.area().right();
            if !fits || veiled || self.taken.iter().any(|taken| taken.gap(room) == 0.0) {
                continue;
            }
            self.taken.push(room);
            let halo = Paint::fill(Ink::Ink).outlined(Ink::Paper, 4.0);
            self.scene
                .label(middle, text, size, Align::Middle, Face::Text, halo);
        }
    }
}

/// What is left of the strength of what recedes.
const RECEDED: f64 = 0.22;
