//! Shapes as plain data: seven primitives, a paint of theme tokens, and handles to interned texts and stored points.

use crate::{Point, Rect};

/// A colour by its meaning; a [`crate::Theme`] resolves it. [`Ink::index`] is small, so that a painter can keep a table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Ink {
    /// The ground that everything stands on.
    Paper,
    /// Text, outlines: what must be read.
    Ink,
    /// Secondary text and lines; still 4.5:1 on paper.
    Soft,
    /// Hairlines and guides that decorate: may be missed.
    Line,
    /// The fill of what has no epoch, and of what is stopped.
    Neutral,
    /// The same, paler: what has no epoch and is not certain yet.
    PaleNeutral,
    /// The broad ring round the caption's actors.
    Halo,
    /// Selection and keyboard focus.
    Focus,
    /// A property's violation, and nothing else.
    Violation,
    /// The fill of an epoch, by its hue from 0 to 7.
    Hue(u8),
    /// The paler fill of an epoch: not committed.
    Pale(u8),
}

impl Ink {
    /// How many hues there are before they repeat.
    pub const HUES: u8 = 8;
    /// How many tokens there are: [`Ink::index`] is below.
    pub const COUNT: usize = 9 + 2 * Self::HUES as usize;

    /// A small number for tables.
    pub const fn index(self) -> usize {
        match self {
            Self::Paper => 0,
            Self::Ink => 1,
            Self::Soft => 2,
            Self::Line => 3,
            Self::Neutral => 4,
            Self::PaleNeutral => 5,
            Self::Halo => 6,
            Self::Focus => 7,
            Self::Violation => 8,
            Self::Hue(hue) => 9 + (hue % Self::HUES) as usize,
            Self::Pale(hue) => 9 + (Self::HUES + hue % Self::HUES) as usize,
        }
    }
}

/// How a line is broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Dash {
    /// Not at all.
    #[default]
    Solid,
    /// Into dashes.
    Dashed,
    /// Into dots.
    Dotted,
}

impl Dash {
    /// Lengths of ink and gap for a line of this width; nothing for a solid one.
    pub fn pattern(self, width: f64) -> Option<[f64; 2]> {
        match self {
            Self::Solid => None,
            Self::Dashed => Some([(3.5 * width).max(3.5), (2.5 * width).max(3.0)]),
            Self::Dotted => Some([width.max(1.0), (2.5 * width).max(2.5)]),
        }
    }
}

/// How a shape is painted: first filled, then stroked; a text is stroked first, so that the stroke becomes its halo.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Paint {
    /// The inside.
    pub fill: Option<Ink>,
    /// The outline.
    pub stroke: Option<Ink>,
    /// The outline's width in pixels.
    pub width: f64,
    /// How the outline is broken.
    pub dash: Dash,
    /// From 0 (invisible) to 1.
    pub opacity: f64,
}

impl Paint {
    /// Filled, without outline.
    pub const fn fill(ink: Ink) -> Self {
        Self {
            fill: Some(ink),
            stroke: None,
            width: 0.0,
            dash: Dash::Solid,
            opacity: 1.0,
        }
    }

    /// Stroked, without filling.
    pub const fn stroke(ink: Ink, width: f64) -> Self {
        Self {
            fill: None,
            stroke: Some(ink),
            width,
            dash: Dash::Solid,
            opacity: 1.0,
        }
    }

    /// With an outline.
    #[must_use]
    pub const fn outlined(mut self, ink: Ink, width: f64) -> Self {
        self.stroke = Some(ink);
        self.width = width;
        self
    }

    /// With its outline broken.
    #[must_use]
    pub const fn dash(mut self, dash: Dash) -> Self {
        self.dash = dash;
        self
    }

    /// Faded: `opacity` from 0 to 1, upon what there is.
    #[must_use]
    pub fn faded(mut self, opacity: f64) -> Self {
        self.opacity *= opacity.clamp(0.0, 1.0);
        self
    }
}

/// A text by its number: the same text keeps its number until [`crate::Scene::text_generation`] changes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TextId(pub u32);

/// Points of a scene: see [`crate::Scene::points`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// The first.
    pub start: u32,
    /// One past the last.
    pub end: u32,
}

/// On which side of its point a text stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Align {
    /// It begins there.
    Start,
    /// It is centred there.
    Middle,
    /// It ends there.
    End,
}

/// The typeface of a text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Face {
    /// The text face, regular: [`crate::FONT_TEXT`], weight 400.
    Text,
    /// The text face, strong: weight 600.
    Strong,
    /// The monospaced face: [`crate::FONT_MONO`], weight 400.
    Mono,
}

impl Face {
    /// The weight as CSS has it.
    pub const fn weight(self) -> u16 {
        match self {
            Self::Text | Self::Mono => 400,
            Self::Strong => 600,
        }
    }

    /// The families as CSS has them.
    pub const fn family(self) -> &'static str {
        match self {
            Self::Text | Self::Strong => crate::FONT_TEXT,
            Self::Mono => crate::FONT_MONO,
        }
    }
}

/// What is drawn. Hexagons, cylinders and arrowheads are paths; a ring is a disc without filling.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Shape {
    /// A circle.
    Disc {
        /// Its centre.
        at: Point,
        /// Its radius.
        r: f64,
    },
    /// A rectangle with rounded corners.
    Box {
        /// Where.
        rect: Rect,
        /// The radius of its corners.
        radius: f64,
    },
    /// A straight line.
    Line {
        /// From here.
        from: Point,
        /// To there.
        to: Point,
    },
    /// A line through several points.
    Path {
        /// The points.
        points: Span,
        /// Whether the last is joined to the first.
        closed: bool,
    },
    /// Separate straight lines, as one stroke: each pair of points is one. Hatching, mostly.
    Lines {
        /// The points, an even number.
        points: Span,
    },
    /// A part of a circle's line.
    Arc {
        /// The circle's centre.
        at: Point,
        /// Its radius.
        r: f64,
        /// Where it begins: radians, clockwise from twelve o'clock.
        start: f64,
        /// How far it goes, clockwise: from 0 to 2π.
        sweep: f64,
    },
    /// One line of text.
    Text {
        /// Where its baseline begins, is centred or ends.
        at: Point,
        /// Which text.
        text: TextId,
        /// The size of the type in pixels.
        size: f64,
        /// On which side of `at` it stands.
        align: Align,
        /// Its typeface.
        face: Face,
    },
}

/// A shape and its paint.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Item {
    /// What.
    pub shape: Shape,
    /// How.
    pub paint: Paint,
}
