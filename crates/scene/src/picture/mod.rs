//! A protocol's own pictures as scenes: queues, rings, trees, gauges, charts; and their sentences for those who do not see them.
//! Tables are for the page, logs have their matrix, votes stand on the stage. Knows nothing of any protocol.

mod amount;
mod chart;
mod circle;
mod curve;
mod gauge;
mod queue;
mod tell;
mod tree;

pub use tell::{picture_title, tell_picture};

use crate::{Align, Face, Ink, Paint, Point, Scene, Size, Subject};
use protocol::{Hue, Picture};
use trace::Words;

/// What a picture is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct PictureInput<'a> {
    /// The picture.
    pub picture: &'a Picture,
    /// The same picture of another run that stands beside it: a chart's axes then reach as far as both need.
    pub beside: Option<&'a Picture>,
    /// The words of the page's language, the protocol's included.
    pub words: &'a Words,
    /// The nodes' labels, by id.
    pub labels: &'a [String],
    /// How wide it may be, in CSS pixels, from 200; how high it is follows.
    pub width: f64,
    /// The question that hue answers.
    pub hue: Hue,
    /// What has the keyboard's focus.
    pub focused: Option<Subject>,
}

impl PictureInput<'_> {
    /// An epoch, if hue has a meaning here.
    fn epoch(&self, epoch: Option<u64>) -> Option<u64> {
        epoch.filter(|_| self.hue != Hue::Neutral)
    }
}

/// The type of names and values, and of remarks and ticks, in pixels.
const TYPE: f64 = 12.0;
const SMALL: f64 = 11.0;
/// The free edge round a picture.
const EDGE: f64 = 8.0;

impl Scene {
    /// Draws a picture anew. One that has another place (a table, a log, votes) gives an empty scene of height 0.
    pub fn picture(&mut self, input: &PictureInput<'_>) {
        self.clear(Size::new(input.width, 0.0));
        self.epochs.collect([]);
        match input.picture {
            Picture::Queue { items, room, .. } => queue::draw(self, input, items, *room),
            Picture::Ring { points, .. } => circle::draw(self, input, points),
            Picture::Tree { items, .. } => tree::draw(self, input, items),
            Picture::Gauge {
                value, max, unit, ..
            } => gauge::draw(self, input, *value, *max, *unit),
            Picture::Chart { x, y, series, .. } => chart::draw(self, input, x, y, series),
            Picture::Log { .. } | Picture::Votes(_) | Picture::Table { .. } => {}
        }
    }

    /// A text in a picture, without halo.
    fn note(&mut self, at: Point, text: &str, size: f64, align: Align, ink: Ink) {
        let text = self.texts.text(text);
        self.label(at, text, size, align, Face::Text, Paint::fill(ink));
    }
}
