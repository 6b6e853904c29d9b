//! The timeline of the transport: bands of leadership, marks, the play head, and branches beneath. Knows nothing of how a
//! run is kept: steps and times are given.

use crate::epochs::{fill_of, hue_of};
use crate::{Align, Dash, Face, HitArea, Ink, Paint, Point, Rect, Scene, Size, Subject};
use std::fmt::Write;
use trace::{Mark, MarkKind};

/// What the timeline's length stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Scale {
    /// Steps: each event has the same room.
    Step,
    /// Virtual time.
    #[default]
    Time,
}

/// A stretch of the run under one epoch's leader.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Band {
    /// Its first step.
    pub from_step: u64,
    /// When it begins, in microseconds.
    pub from_us: u64,
    /// The step at which it ends.
    pub to_step: u64,
    /// When it ends.
    pub to_us: u64,
    /// The epoch; `None` leaves the ground neutral.
    pub epoch: Option<u64>,
}

/// A branch of the run.
#[derive(Clone, PartialEq, Debug)]
pub struct Track<'a> {
    /// Its name.
    pub label: &'a str,
    /// The step at which it leaves its parent; 0 for the root.
    pub from_step: u64,
    /// When that is, in microseconds.
    pub from_us: u64,
    /// Its last step.
    pub to_step: u64,
    /// When that is.
    pub to_us: u64,
    /// Whether it is the branch on the stage.
    pub current: bool,
    /// Where it parts from the run that it is compared with: step and time, if that is known.
    pub parts: Option<(u64, u64)>,
}

/// What the timeline is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct TimelineInput<'a> {
    /// Its size in CSS pixels; at least 24 high. Tracks are drawn where there is room beneath the bar.
    pub size: Size,
    /// Steps or time.
    pub scale: Scale,
    /// When it begins, in microseconds: of what has gone on for long, not at 0.
    pub start_us: u64,
    /// The last step of the branch.
    pub len_step: u64,
    /// Its time.
    pub len_us: u64,
    /// The cursor's step.
    pub cursor_step: u64,
    /// The play head, in microseconds.
    pub cursor_us: f64,
    /// Whether the cursor stands before the end: what is to the right is hatched.
    pub in_past: bool,
    /// The noteworthy steps, in order.
    pub marks: &'a [Mark],
    /// What led to what somebody asks about: steps with their times, that which is asked about first; empty where nobody asks.
    pub led: &'a [(u64, u64)],
    /// Where this run parts from the one that it is compared with: step and time, if that is known.
    pub parts: Option<(u64, u64)>,
    /// The leaders' epochs.
    pub bands: &'a [Band],
    /// The branches; none are drawn if there are fewer than two.
    pub tracks: &'a [Track<'a>],
    /// What has the keyboard's focus.
    pub focused: Option<Subject>,
}

/// The margin at both ends.
const PAD: f64 = 8.0;
/// The height of one branch's line.
const TRACK: f64 = 12.0;
/// Between the bar and the first branch.
const TRACK_GAP: f64 = 4.0;

impl TimelineInput<'_> {
    /// Where a moment is, in pixels from the left.
    pub fn x_of(&self, step: u64, us: f64) -> f64 {
        let (value, len) = match self.scale {
            Scale::Step => (step as f64, self.longest_step() as f64),
            Scale::Time => (us - self.start_us as f64, self.room_us()),
        };
        PAD + (self.size.w - 2.0 * PAD).max(1.0) * (value / len.max(1.0)).clamp(0.0, 1.0)
    }

    /// What a pointer at `x` means: a step, or microseconds, as the scale has it; from the beginning to the end of this branch.
    pub fn value_at(&self, x: f64) -> f64 {
        let part = ((x - PAD) / (self.size.w - 2.0 * PAD).max(1.0)).clamp(0.0, 1.0);
        match self.scale {
            Scale::Step => (part * self.longest_step() as f64)
                .round()
                .min(self.len_step as f64),
            Scale::Time => (self.start_us as f64 + part * self.room_us()).min(self.len_us as f64),
        }
    }

    /// All branches share one scale, or they could not be compared.
    fn longest_step(&self) -> u64 {
        let tracks = self.tracks.iter().map(|track| track.to_step);
        tracks.fold(self.len_step, u64::max)
    }

    /// How much time has its place on the bar.
    fn room_us(&self) -> f64 {
        self.longest_us().saturating_sub(self.start_us) as f64
    }

    fn longest_us(&self) -> u64 {
        self.tracks
            .iter()
            .map(|track| track.to_us)
            .fold(self.len_us, u64::max)
    }

    /// How high a timeline of so many branches wants to be, if the bar alone takes `bar` pixels.
    pub fn height_for(bar: f64, tracks: usize) -> f64 {
        if tracks < 2 {
            bar
        } else {
            bar + TRACK_GAP + TRACK * tracks as f64
        }
    }
}

impl Scene {
    /// Draws the timeline anew.
    pub fn timeline(&mut self, input: &TimelineInput<'_>) {
        self.clear(input.size);
        let mut epochs = std::mem::take(&mut self.epochs);
        epochs.collect(input.bands.iter().filter_map(|band| band.epoch));
        self.epochs = epochs;

        let tracks = if input.tracks.len() < 2 {
            0
        } else {
            input.tracks.len()
        };
        let beneath = (TRACK * tracks as f64 + TRACK_GAP)
            .min(input.size.h - 24.0)
            .max(0.0);
        let beneath = if tracks == 0 { 0.0 } else { beneath };
        let bar = Rect::new(
            PAD,
            9.0,
            input.size.w - 2.0 * PAD,
            input.size.h - beneath - 13.0,
        );
        self.bar(input, bar);
        self.marks(input, bar);
        self.led(input, bar);
        self.tracks(
            input,
            bar.bottom() + TRACK_GAP + 4.0,
            (beneath / TRACK) as usize,
        );
        self.parts(input, bar);
        self.play_head(input, bar);
    }

    /// Where two runs part: "≠" on a line through the bar.
    fn parts(&mut self, input: &TimelineInput<'_>, bar: Rect) {
        let Some((step, at_us)) = input.parts else {
            return;
        };
        self.group(None, HitArea::None);
        let x = input.x_of(step, at_us as f64);
        let (top, bottom) = (Point::new(x, bar.y), Point::new(x, bar.bottom()));
        self.line(top, bottom, Paint::stroke(Ink::Paper, 4.0));
        self.line(top, bottom, Paint::stroke(Ink::Ink, 1.6));
        self.differs_mark(Point::new(x, bar.centre().y), 6.5);
    }

    fn bar(&mut self, input: &TimelineInput<'_>, bar: Rect) {
        self.group(None, HitArea::None);
        let end = input.x_of(input.len_step, input.len_us as f64);
        let whole = Rect::new(bar.x, bar.y, end - bar.x, bar.h);
        self.rect(whole, 2.0, Paint::fill(Ink::PaleNeutral));
        for band in input.bands {
            let Some(epoch) = band.epoch else {
                continue;
            };
            let (from, to) = (
                input.x_of(band.from_step, band.from_us as f64),
                input.x_of(band.to_step, band.to_us as f64),
            );
            let rect = Rect::new(from, bar.y, (to - from).max(1.0), bar.h);
            self.group(Some(Subject::Epoch(epoch)), HitArea::None);
            self.rect(rect, 0.0, Paint::fill(fill_of(Some(epoch))));
            let crowded = self
                .epochs
                .entries()
                .iter()
                .any(|entry| entry.epoch > epoch && hue_of(entry.epoch) == hue_of(epoch));
            if crowded {
                self.hatch_rect(rect, 5.0, Paint::stroke(Ink::Ink, 0.8).faded(0.5));
            }
            let text = self.texts.written(|out| {
                let _ = write!(out, "{epoch}");
            });
            let size = 11.0;
            if self.width_of(text, size) + 6.0 < rect.w && bar.h >= size {
                let mut paint = Paint::fill(Ink::Ink);
                if crowded {
                    paint = paint.outlined(fill_of(Some(epoch)), 3.0);
                }
                let at = Point::new(rect.x + 4.0, rect.centre().y);
                self.label(at, text, size, Align::Start, Face::Strong, paint);
            }
        }
        self.group(None, HitArea::None);
        if input.in_past {
            let now = input.x_of(input.cursor_step, input.cursor_us);
            let future = Rect::new(now, bar.y, (end - now).max(0.0), bar.h);
            self.rect(future, 0.0, Paint::fill(Ink::Paper).faded(0.55));
            self.hatch_rect(future, 7.0, Paint::stroke(Ink::Soft, 0.8).faded(0.7));
        }
        self.rect(whole, 2.0, Paint::stroke(Ink::Soft, 1.0));
    }

    /// Marks stand on the bar's upper edge; a violation crosses it.
    fn marks(&mut self, input: &TimelineInput<'_>, bar: Rect) {
        // Where several fall on the same pixels, the gravest is kept: it is drawn last.
        let rank = |kind: MarkKind| match kind {
            MarkKind::Fact => 0,
            MarkKind::Act => 1,
            MarkKind::Restart | MarkKind::Heal => 2,
            MarkKind::Crash | MarkKind::Cut => 3,
            MarkKind::Violation => 4,
        };
        for wanted in 0..5 {
            let mut last_x = f64::NEG_INFINITY;
            for (place, mark) in input.marks.iter().enumerate() {
                if rank(mark.kind) != wanted {
                    continue;
                }
                let x = input.x_of(mark.step, mark.at_us as f64);
                if (x - last_x).abs() < 3.0 {
                    continue;
                }
                last_x = x;
                let subject = Subject::Mark(place as u32);
                let at = Point::new(x, bar.y);
                self.group(Some(subject), HitArea::Disc { at, r: 5.0 });
                self.mark(mark.kind, at, bar);
                if input.focused == Some(subject) {
                    self.focus_ring(at, 7.0, true);
                }
            }
        }
    }

    /// What led to something stands on the bar's lower edge; what is asked about crosses it.
    fn led(&mut self, input: &TimelineInput<'_>, bar: Rect) {
        self.group(None, HitArea::None);
        for (place, (step, at_us)) in input.led.iter().enumerate().rev() {
            let at = Point::new(input.x_of(*step, *at_us as f64), bar.bottom());
            let paint = Paint::fill(Ink::Ink).outlined(Ink::Paper, 1.2);
            if place == 0 {
                let ink = Paint::stroke(Ink::Ink, 1.6);
                self.line(Point::new(at.x, bar.y), at, ink);
            }
            self.disc(at, if place == 0 { 4.2 } else { 3.0 }, paint);
        }
    }

    /// The sign of a mark; that of a violation goes down through `bar`.
    pub(crate) fn mark(&mut self, kind: MarkKind, at: Point, bar: Rect) {
        let ink = Paint::stroke(Ink::Ink, 1.4);
        let filled = Paint::fill(Ink::Paper).outlined(Ink::Ink, 1.4);
        let cross = |at: Point, r: f64| {
            [(-r, -r), (r, r), (-r, r), (r, -r)].map(|(x, y)| at + Point::new(x, y))
        };
        let bars = |x: f64| {
            [(-x, -4.5), (-x, 4.5), (x, -4.5), (x, 4.5)].map(|(x, y)| at + Point::new(x, y))
        };
        match kind {
            MarkKind::Fact => {
                let up = Point::new(at.x, at.y - 4.0);
                self.line(
                    up,
                    Point::new(at.x, at.y + 3.0),
                    Paint::stroke(Ink::Soft, 1.4),
                );
            }
            MarkKind::Act => {
                let corners = [(0.0, -4.5), (4.5, 0.0), (0.0, 4.5), (-4.5, 0.0)];
                self.path(corners.map(|(x, y)| at + Point::new(x, y)), true, filled);
            }
            MarkKind::Crash => {
                self.disc(at, 5.5, Paint::fill(Ink::Paper));
                self.lines(cross(at, 3.4), Paint::stroke(Ink::Ink, 2.0));
            }
            MarkKind::Restart => self.disc(at, 3.6, filled),
            MarkKind::Cut => {
                self.rect(Rect::around(at, 4.5), 0.0, Paint::fill(Ink::Paper));
                self.lines(bars(1.8), Paint::stroke(Ink::Ink, 1.6));
            }
            MarkKind::Heal => {
                self.rect(Rect::around(at, 4.5), 0.0, Paint::fill(Ink::Paper));
                self.lines(bars(2.4), ink);
                let (from, to) = (Point::new(at.x - 2.4, at.y), Point::new(at.x + 2.4, at.y));
                self.line(from, to, ink);
            }
            MarkKind::Violation => {
                let red = Paint::stroke(Ink::Violation, 2.4);
                self.line(at, Point::new(at.x, bar.bottom()), red);
                self.disc(
                    at,
                    6.5,
                    Paint::fill(Ink::Paper).outlined(Ink::Violation, 1.4),
                );
                self.lines(cross(at, 2.8), red);
            }
        }
    }

    /// A thin line for each branch, from where it leaves its parent.
    fn tracks(&mut self, input: &TimelineInput<'_>, top: f64, fit: usize) {
        if input.tracks.len() < 2 {
            return;
        }
        for (place, track) in input.tracks.iter().enumerate().take(fit) {
            let y = top + TRACK * place as f64;
            let (from, to) = (
                Point::new(input.x_of(track.from_step, track.from_us as f64), y),
                Point::new(input.x_of(track.to_step, track.to_us as f64), y),
            );
            let subject = Subject::Branch(place as u32);
            self.group(
                Some(subject),
                HitArea::Segment {
                    from,
                    to,
                    r: 0.5 * TRACK,
                },
            );
            let paint = if track.current {
                Paint::stroke(Ink::Ink, 2.4)
            } else {
                Paint::stroke(Ink::Soft, 1.2)
            };
            self.line(from, to, paint);
            self.disc(from, 2.6, Paint::fill(Ink::Paper).outlined(Ink::Ink, 1.2));
            if let Some((step, at_us)) = track.parts {
                self.differs_mark(Point::new(input.x_of(step, at_us as f64), y), 5.0);
            }
            let text = self.texts.text(track.label);
            let width = self.width_of(text, 11.0);
            // At the beginning of its line: before it, or where there is no room, upon it.
            let beside = if from.x - width - 8.0 > 0.0 {
                from.x - 6.0
            } else {
                from.x + 6.0 + width
            };
            let ink = if track.current { Ink::Ink } else { Ink::Soft };
            let at = Point::new(beside.min(input.size.w - 2.0), y);
            let halo = Paint::fill(ink).outlined(Ink::Paper, 3.0);
            self.label(at, text, 11.0, Align::End, Face::Text, halo);
            if input.focused == Some(subject) {
                let paint = Paint::stroke(Ink::Focus, 2.0).dash(Dash::Dashed);
                let rect = Rect::new(from.x - 3.0, y - 5.0, to.x - from.x + 6.0, 10.0);
                self.rect(rect, 3.0, paint);
            }
        }
    }

    fn play_head(&mut self, input: &TimelineInput<'_>, bar: Rect) {
        self.group(None, HitArea::None);
        let x = input.x_of(input.cursor_step, input.cursor_us);
        let top = Point::new(x, 1.0);
        let bottom = Point::new(x, bar.bottom() + 3.0);
        self.line(top, bottom, Paint::stroke(Ink::Paper, 5.0));
        self.line(top, bottom, Paint::stroke(Ink::Ink, 2.0));
        let handle = [(-5.0, 1.0), (5.0, 1.0), (0.0, 8.0)];
        self.path(
            handle.map(|(dx, y)| Point::new(x + dx, y)),
            true,
            Paint::fill(Ink::Ink),
        );
    }
}
