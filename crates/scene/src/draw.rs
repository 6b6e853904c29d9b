//! The scene: shapes in drawing order, grouped by what they stand for, in buffers that are reused from picture to picture.

use crate::epochs::Epochs;
use crate::intern::Interner;
use crate::{
    Align, Dash, Face, Ink, Item, LegendEntry, Paint, Places, Point, Rect, Shape, Size, Span,
    Subject, TextId,
};
use std::f64::consts::{FRAC_1_SQRT_2, TAU};
use std::rc::Rc;

/// What is left of the strength of what recedes.
const RECEDED: f64 = 0.28;

/// Where a group answers to a pointer.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum HitArea {
    /// Nowhere.
    None,
    /// Within a circle.
    Disc {
        /// Its centre.
        at: Point,
        /// Its radius.
        r: f64,
    },
    /// Within a distance of a line.
    Segment {
        /// The line's one end.
        from: Point,
        /// Its other end.
        to: Point,
        /// The distance.
        r: f64,
    },
    /// Within a rectangle.
    Box(Rect),
}

impl HitArea {
    /// How far `point` is outside; 0 inside, infinite for [`HitArea::None`].
    pub fn distance(self, point: Point) -> f64 {
        match self {
            Self::None => f64::INFINITY,
            Self::Disc { at, r } => (at.distance(point) - r).max(0.0),
            Self::Segment { from, to, r } => (point.distance_to_segment(from, to) - r).max(0.0),
            Self::Box(rect) => rect.distance(point),
        }
    }

    /// How far it reaches from its middle, on its narrow side.
    pub fn half_width(self) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Disc { r, .. } | Self::Segment { r, .. } => r,
            Self::Box(rect) => rect.w.min(rect.h) / 2.0,
        }
    }

    /// Its middle, where a focus ring or a menu belongs.
    pub fn centre(self) -> Option<Point> {
        match self {
            Self::None => None,
            Self::Disc { at, .. } => Some(at),
            Self::Segment { from, to, .. } => Some(from.part_way(to, 0.5)),
            Self::Box(rect) => Some(rect.centre()),
        }
    }
}

/// Shapes that stand for one thing, contiguous in drawing order.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Group {
    /// What they stand for; nothing for what merely decorates.
    pub subject: Option<Subject>,
    /// The first of its items.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// Where it answers to a pointer.
    pub hit: HitArea,
}

/// A picture as data. Keep one per view and rebuild it for each repaint.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    size: Size,
    items: Vec<Item>,
    points: Vec<Point>,
    groups: Vec<Group>,
    pub(crate) texts: Interner,
    pub(crate) epochs: Epochs,
    pub(crate) places: Places,
    pub(crate) stage: crate::stage::Buffers,
    /// What keeps its strength, if anything recedes.
    pub(crate) lit: Option<Rc<crate::Lit>>,
    /// Whether the group that is being drawn recedes.
    receding: bool,
}

impl Scene {
    /// An empty scene.
    pub fn new() -> Self {
        Self::default()
    }

    /// How large it is, in CSS pixels.
    pub const fn size(&self) -> Size {
        self.size
    }

    /// The shapes, in drawing order.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The groups, in drawing order. Every item belongs to exactly one; a subject may have several, of which some only draw.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The items of a group.
    pub fn items_of(&self, group: &Group) -> &[Item] {
        &self.items[group.start as usize..group.end as usize]
    }

    /// The points of a path.
    pub fn points(&self, span: Span) -> &[Point] {
        &self.points[span.start as usize..span.end as usize]
    }

    /// An interned text. Empty for a handle of another generation.
    pub fn text(&self, id: TextId) -> &str {
        self.texts.get(id)
    }

    /// Changes when handles of texts became void: a painter then drops what it kept by [`TextId`].
    pub const fn text_generation(&self) -> u32 {
        self.texts.generation()
    }

    /// The visible epochs, oldest first, with their hues: the legend.
    pub fn legend(&self) -> &[LegendEntry] {
        self.epochs.entries()
    }

    /// Where the nodes stand, after [`Scene::stage`].
    pub const fn places(&self) -> &Places {
        &self.places
    }

    /// What is at `point`. What is drawn later wins where things overlap; where nothing is exactly there, the nearest
    /// whose target, made `reach` pixels wide from its middle, is there: 22 gives fingers targets of at least 44 pixels,
    /// 10 suits a mouse.
    pub fn hit(&self, point: Point, reach: f64) -> Option<Subject> {
        let mut nearest: Option<(f64, Subject)> = None;
        for group in &self.groups {
            let Some(subject) = group.subject else {
                continue;
            };
            let distance = group.hit.distance(point);
            if distance > (reach - group.hit.half_width()).max(0.0) {
                continue;
            }
            if nearest.is_none_or(|(least, _)| distance <= least) {
                nearest = Some((distance, subject));
            }
        }
        nearest.map(|(_, subject)| subject)
    }

    /// The group of a subject that answers to a pointer; the last drawn if there are several.
    pub fn find(&self, subject: Subject) -> Option<&Group> {
        self.groups
            .iter()
            .rev()
            .find(|group| group.subject == Some(subject) && group.hit != HitArea::None)
    }

    /// The centre of a subject, if it is in the picture.
    pub fn centre_of(&self, subject: Subject) -> Option<Point> {
        self.find(subject)?.hit.centre()
    }

    /// The subjects in the picture that answer to a pointer, in drawing order: the order of the keyboard.
    pub fn subjects(&self) -> impl Iterator<Item = Subject> + '_ {
        self.groups
            .iter()
            .filter(|group| group.hit != HitArea::None)
            .filter_map(|group| group.subject)
    }

    /// Starts a new picture.
    pub(crate) fn clear(&mut self, size: Size) {
        self.size = size;
        self.items.clear();
        self.points.clear();
        self.groups.clear();
        (self.lit, self.receding) = (None, false);
        self.texts.tidy();
    }

    /// Sets the height afterwards, where it follows from the content.
    pub(crate) const fn set_height(&mut self, h: f64) {
        self.size.h = h;
    }

    /// Ends the group begun before and starts one.
    pub(crate) fn group(&mut self, subject: Option<Subject>, hit: HitArea) {
        let at = self.items.len() as u32;
        self.receding = match (&self.lit, subject) {
            (Some(lit), Some(subject)) => !lit.holds(subject),
            _ => false,
        };
        self.groups.push(Group {
            subject,
            start: at,
            end: at,
            hit,
        });
    }

    pub(crate) fn push(&mut self, shape: Shape, paint: Paint) {
        if paint.opacity <= 0.0 {
            return;
        }
        let paint = if self.receding {
            paint.faded(RECEDED)
        } else {
            paint
        };
        self.items.push(Item { shape, paint });
        if let Some(group) = self.groups.last_mut() {
            group.end = self.items.len() as u32;
        }
    }

    pub(crate) fn disc(&mut self, at: Point, r: f64, paint: Paint) {
        self.push(Shape::Disc { at, r: r.max(0.0) }, paint);
    }

    pub(crate) fn rect(&mut self, rect: Rect, radius: f64, paint: Paint) {
        self.push(Shape::Box { rect, radius }, paint);
    }

    pub(crate) fn line(&mut self, from: Point, to: Point, paint: Paint) {
        self.push(Shape::Line { from, to }, paint);
    }

    pub(crate) fn arc(&mut self, at: Point, r: f64, start: f64, sweep: f64, paint: Paint) {
        self.push(
            Shape::Arc {
                at,
                r,
                start,
                sweep,
            },
            paint,
        );
    }

    pub(crate) fn path(
        &mut self,
        points: impl IntoIterator<Item = Point>,
        closed: bool,
        paint: Paint,
    ) {
        let points = self.store(points);
        self.push(Shape::Path { points, closed }, paint);
    }

    pub(crate) fn lines(&mut self, points: impl IntoIterator<Item = Point>, paint: Paint) {
        let points = self.store(points);
        if points.start < points.end {
            self.push(Shape::Lines { points }, paint);
        }
    }

    fn store(&mut self, points: impl IntoIterator<Item = Point>) -> Span {
        let start = self.points.len() as u32;
        self.points.extend(points);
        Span {
            start,
            end: self.points.len() as u32,
        }
    }

    /// A text whose middle height is at `at`.
    pub(crate) fn label(
        &mut self,
        at: Point,
        text: TextId,
        size: f64,
        align: Align,
        face: Face,
        paint: Paint,
    ) {
        // Digits and capitals of common faces are about 0.7 em high.
        let at = Point::new(at.x, at.y + 0.35 * size);
        self.push(
            Shape::Text {
                at,
                text,
                size,
                align,
                face,
            },
            paint,
        );
    }

    /// About how wide a text is: for making room, not for aligning.
    pub(crate) fn width_of(&self, text: TextId, size: f64) -> f64 {
        size * ems(self.text(text))
    }

    /// Diagonal lines across a disc.
    pub(crate) fn hatch_disc(&mut self, at: Point, r: f64, gap: f64, paint: Paint) {
        let along = Point::new(FRAC_1_SQRT_2, -FRAC_1_SQRT_2);
        let across = along.right();
        let count = (r / gap) as i32;
        let points = (-count..=count).flat_map(move |k| {
            let off = f64::from(k) * gap;
            let half = (r * r - off * off).max(0.0).sqrt();
            let mid = at + across * off;
            [mid - along * half, mid + along * half]
        });
        self.lines(points, paint);
    }

    /// Diagonal lines across a rectangle.
    pub(crate) fn hatch_rect(&mut self, rect: Rect, gap: f64, paint: Paint) {
        // The lines x - left + y - top = k·step, rising to the right.
        let step = gap / FRAC_1_SQRT_2;
        let count = ((rect.w + rect.h) / step) as i32;
        let points = (1..=count).flat_map(move |k| {
            let sum = f64::from(k) * step;
            let low_x = (sum - rect.h).max(0.0);
            let high_x = sum.min(rect.w);
            [
                Point::new(rect.x + low_x, rect.y + sum - low_x),
                Point::new(rect.x + high_x, rect.y + sum - high_x),
            ]
        });
        self.lines(points, paint);
    }

    /// A small solid triangle that points to the right: the mark of what comes next, as in the list.
    pub(crate) fn next_mark(&mut self, tip: Point, size: f64) {
        let points = [
            tip,
            Point::new(tip.x - size, tip.y - 0.62 * size),
            Point::new(tip.x - size, tip.y + 0.62 * size),
        ];
        self.path(points, true, Paint::fill(Ink::Ink));
    }

    /// "≠" on a disc of radius `r`: otherwise than in the run that is compared with this one.
    pub(crate) fn differs_mark(&mut self, at: Point, r: f64) {
        let stroke = Paint::stroke(Ink::Ink, (0.2 * r).max(1.2));
        self.disc(at, r, Paint::fill(Ink::Paper).outlined(Ink::Ink, 1.0));
        let line = |x: f64, y: f64| at + Point::new(x * r, y * r);
        for y in [-0.22, 0.22] {
            self.line(line(-0.5, y), line(0.5, y), stroke);
        }
        self.line(line(0.3, -0.58), line(-0.3, 0.58), stroke);
    }

    /// An arrowhead whose tip is at `tip`, pointing along the unit way `along`.
    pub(crate) fn arrowhead(&mut self, tip: Point, along: Point, size: f64, ink: Ink) {
        let back = tip - along * size;
        let side = along.right() * (0.45 * size);
        self.path([tip, back + side, back - side], true, Paint::fill(ink));
    }

    /// A ring of selection (thin) or keyboard focus (broad, broken).
    pub(crate) fn focus_ring(&mut self, at: Point, r: f64, focused: bool) {
        let paint = Paint::stroke(Ink::Focus, if focused { 3.0 } else { 2.0 });
        let dash = if focused { Dash::Dashed } else { Dash::Solid };
        self.arc(at, r, 0.0, TAU, paint.dash(dash));
    }
}

/// About how many ems wide a text is.
pub(crate) fn ems(text: &str) -> f64 {
    text.chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | '.' | ',' | ':' | '\'' | '|' => 0.32,
            ' ' | 'f' | 't' | 'r' | 'I' | '(' | ')' | '-' => 0.4,
            'm' | 'w' | 'M' | 'W' => 0.88,
            'A'..='Z' => 0.68,
            '\0'..='\u{2e7f}' => 0.58,
            _ => 1.0,
        })
        .sum()
}
