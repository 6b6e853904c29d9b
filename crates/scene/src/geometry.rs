//! Points, sizes and rectangles in CSS pixels: x to the right, y down, angles clockwise from twelve o'clock.

use std::ops::{Add, Mul, Sub};

/// A place, or the way from one place to another.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

impl Point {
    /// The point at these coordinates.
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    /// The point at `distance` from this one, in the direction of `angle` (radians, clockwise from twelve o'clock).
    pub fn towards(self, angle: f64, distance: f64) -> Self {
        let (sin, cos) = libm::sincos(angle);
        Self::new(self.x + distance * sin, self.y - distance * cos)
    }

    /// The direction from here to `other` (radians, clockwise from twelve o'clock, from -π to π).
    pub fn bearing(self, other: Self) -> f64 {
        libm::atan2(other.x - self.x, self.y - other.y)
    }

    /// How far from the origin: the length of a way.
    pub fn length(self) -> f64 {
        (self.x * self.x + self.y * self.y).sqrt()
    }

    /// How far it is from here to `other`.
    pub fn distance(self, other: Self) -> f64 {
        (other - self).length()
    }

    /// The point at `part` (0 here, 1 there) of the way to `other`.
    pub fn part_way(self, other: Self, part: f64) -> Self {
        self + (other - self) * part
    }

    /// This way turned a quarter clockwise: to the right of a traveller.
    pub const fn right(self) -> Self {
        Self::new(-self.y, self.x)
    }

    /// This way, one pixel long; to the right where it has no length.
    pub fn unit(self) -> Self {
        let length = self.length();
        if length > 1e-9 {
            self * (1.0 / length)
        } else {
            Self::new(1.0, 0.0)
        }
    }

    /// The scalar product.
    pub const fn dot(self, other: Self) -> f64 {
        self.x * other.x + self.y * other.y
    }

    /// How far this point is from the straight way between `from` and `to`.
    pub fn distance_to_segment(self, from: Self, to: Self) -> f64 {
        let way = to - from;
        let square = way.dot(way);
        let part = if square > 1e-9 {
            ((self - from).dot(way) / square).clamp(0.0, 1.0)
        } else {
            0.0
        };
        self.distance(from.part_way(to, part))
    }
}

impl Add for Point {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y)
    }
}

impl Sub for Point {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y)
    }
}

impl Mul<f64> for Point {
    type Output = Self;
    fn mul(self, factor: f64) -> Self {
        Self::new(self.x * factor, self.y * factor)
    }
}

/// How large a view is.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Size {
    /// Its width.
    pub w: f64,
    /// Its height.
    pub h: f64,
}

impl Size {
    /// This width and height.
    pub const fn new(w: f64, h: f64) -> Self {
        Self { w, h }
    }

    /// The whole view as a rectangle.
    pub const fn rect(self) -> Rect {
        Rect {
            x: 0.0,
            y: 0.0,
            w: self.w,
            h: self.h,
        }
    }
}

/// A rectangle along the axes.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Rect {
    /// Its left side.
    pub x: f64,
    /// Its upper side.
    pub y: f64,
    /// Its width.
    pub w: f64,
    /// Its height.
    pub h: f64,
}

impl Rect {
    /// The rectangle with this left upper corner, width and height.
    pub const fn new(x: f64, y: f64, w: f64, h: f64) -> Self {
        Self { x, y, w, h }
    }

    /// The square around `at` that reaches `r` in each direction.
    pub const fn around(at: Point, r: f64) -> Self {
        Self::new(at.x - r, at.y - r, 2.0 * r, 2.0 * r)
    }

    /// Its centre.
    pub const fn centre(self) -> Point {
        Point::new(self.x + self.w / 2.0, self.y + self.h / 2.0)
    }

    /// Its right side.
    pub const fn right(self) -> f64 {
        self.x + self.w
    }

    /// Its lower side.
    pub const fn bottom(self) -> f64 {
        self.y + self.h
    }

    /// Its corners, clockwise from the left upper one.
    pub const fn corners(self) -> [Point; 4] {
        let (right, bottom) = (self.right(), self.bottom());
        [
            Point::new(self.x, self.y),
            Point::new(right, self.y),
            Point::new(right, bottom),
            Point::new(self.x, bottom),
        ]
    }

    /// The rectangle smaller by `by` on every side; larger where `by` is negative.
    pub const fn inset(self, by: f64) -> Self {
        Self::new(
            self.x + by,
            self.y + by,
            self.w - 2.0 * by,
            self.h - 2.0 * by,
        )
    }

    /// How far `point` is outside; 0 inside.
    pub fn distance(self, point: Point) -> f64 {
        let x = (self.x - point.x).max(point.x - self.right()).max(0.0);
        let y = (self.y - point.y).max(point.y - self.bottom()).max(0.0);
        Point::new(x, y).length()
    }

    /// How far apart two rectangles are; 0 where they touch or overlap.
    pub fn gap(self, other: Self) -> f64 {
        let x = (self.x - other.right()).max(other.x - self.right());
        let y = (self.y - other.bottom()).max(other.y - self.bottom());
        Point::new(x.max(0.0), y.max(0.0)).length()
    }

    /// The least rectangle that covers both.
    pub const fn union(self, other: Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let (right, bottom) = (
            self.right().max(other.right()),
            self.bottom().max(other.bottom()),
        );
        Self::new(x, y, right - x, bottom - y)
    }

    /// The nearest point to `point` that is at least `margin` inside; the centre where there is no room.
    pub fn clamp(self, point: Point, margin: f64) -> Point {
        let within = |value: f64, low: f64, high: f64| {
            if low > high {
                (low + high) / 2.0
            } else {
                value.clamp(low, high)
            }
        };
        Point::new(
            within(point.x, self.x + margin, self.right() - margin),
            within(point.y, self.y + margin, self.bottom() - margin),
        )
    }
}
