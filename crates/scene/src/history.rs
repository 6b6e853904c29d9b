//! The history of what clients called: a column a client, time downwards and each event a row, bars from call to answer, the
//! points of an order that explains the answers, faults on the same axis. Knows neither who checks it nor how.

use crate::draw::ems;
use crate::{Align, Dash, Face, HitArea, Ink, Paint, Point, Rect, Scene, Size, Subject};

/// What the history is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct HistoryInput<'a> {
    /// How wide it is, in CSS pixels, from 200; how high follows.
    pub width: f64,
    /// The clients' labels: a column each.
    pub columns: &'a [&'a str],
    /// How many rows there are: an event each.
    pub rows: u32,
    /// What stands in the margin of a row: when it was.
    pub times: &'a [(u32, String)],
    /// Bars and faults, in the order of the keyboard: each is the [`Subject::Part`] of its place.
    pub items: &'a [HistoryItem],
    /// How many rows have happened at the cursor.
    pub cursor: u32,
}

/// Something in a history.
#[derive(Clone, PartialEq, Debug)]
pub enum HistoryItem {
    /// A call.
    Bar(HistoryBar),
    /// A fault, or its end.
    Fault {
        /// Its row.
        row: u32,
        /// A few characters that stand for it.
        label: String,
    },
}

/// A call.
#[derive(Clone, PartialEq, Debug)]
pub struct HistoryBar {
    /// The column of its client.
    pub column: usize,
    /// The row in which it was made; `None`: above the first.
    pub from: Option<u32>,
    /// Where it ends.
    pub to: BarEnd,
    /// A few characters that stand for the operation.
    pub label: String,
    /// A few that stand for the answer; may be empty.
    pub answer: String,
    /// Whether it was answered that nothing was done.
    pub refused: bool,
    /// Where it takes effect, in rows from the first row's middle, and as which of all.
    pub point: Option<(f64, u32)>,
    /// Whether its answer cannot be right.
    pub wrong: Wrong,
}

/// How a bar ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BarEnd {
    /// With the answer, in this row.
    Answered(u32),
    /// In this row nobody could be answered any more: what came of it is unknown.
    Unknown(u32),
    /// Below the last row, or not yet.
    Open,
}

/// Whether an answer has a part in why a history cannot be explained.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wrong {
    /// It has not.
    No,
    /// It cannot be right together with others.
    Together,
    /// It is the one at which that was found.
    Found,
}

/// The height of a row.
const ROW: f64 = 16.0;
/// The room for the clients' labels.
const HEAD: f64 = 24.0;
/// The margin with times and faults.
const MARGIN: f64 = 58.0;
/// The free edge at the right.
const EDGE: f64 = 8.0;
/// Between the bars of neighbours: numbers hang into it.
const GAP: f64 = 26.0;
/// How far a bar reaches beyond the middle of its first and last row.
const REACH: f64 = 6.0;
/// After so many rows the labels stand below as well.
const LONG: u32 = 16;
const TYPE: f64 = 12.0;
const SMALL: f64 = 11.0;

/// The middle of a row, counted in rows.
fn middle(row: f64) -> f64 {
    HEAD + (row + 0.5) * ROW
}

impl HistoryInput<'_> {
    fn bottom(&self) -> f64 {
        HEAD + f64::from(self.rows) * ROW
    }

    fn column(&self, column: usize) -> Rect {
        let wide = (self.width - MARGIN - EDGE) / self.columns.len().max(1) as f64;
        let gap = GAP.min(0.4 * wide);
        let x = MARGIN + column as f64 * wide + 0.6 * gap;
        Rect::new(x, HEAD, wide - gap, self.bottom() - HEAD)
    }

    fn rect(&self, bar: &HistoryBar) -> Rect {
        let column = self.column(bar.column);
        let top = bar
            .from
            .map_or(HEAD - 2.0, |row| middle(f64::from(row)) - REACH);
        let bottom = match bar.to {
            BarEnd::Answered(row) => middle(f64::from(row)) + REACH,
            BarEnd::Unknown(row) => (middle(f64::from(row)) + ROW).min(self.bottom() + 4.0),
            BarEnd::Open => self.bottom() + 4.0,
        };
        Rect::new(column.x, top, column.w, bottom - top)
    }

    /// How far down the cursor has come: a part of the height, from 0 to 1.
    pub fn cursor_part(&self) -> f64 {
        let at = HEAD + f64::from(self.cursor.min(self.rows)) * ROW;
        at / self.height()
    }

    fn height(&self) -> f64 {
        let foot = if self.rows > LONG { HEAD } else { 8.0 };
        self.bottom() + foot
    }
}

impl Scene {
    /// Draws a history anew.
    pub fn history(&mut self, input: &HistoryInput<'_>) {
        self.clear(Size::new(input.width, input.height()));
        self.ground(input);
        self.order(input);
        for (place, item) in input.items.iter().enumerate() {
            let subject = Some(Subject::Part(place as u32));
            match item {
                HistoryItem::Bar(bar) => self.bar_of_call(input, bar, subject),
                HistoryItem::Fault { row, label } => self.fault(input, *row, label, subject),
            }
        }
        self.group(None, HitArea::None);
        let y = HEAD + f64::from(input.cursor.min(input.rows)) * ROW;
        let now = Paint::stroke(Ink::Ink, 1.5);
        let (from, to) = (Point::new(10.0, y), Point::new(input.width - EDGE / 2.0, y));
        self.line(from, to, now);
        self.next_mark(Point::new(10.0, y), 8.0);
    }

    /// Labels, times, the clients' lines, and what is still to come.
    fn ground(&mut self, input: &HistoryInput<'_>) {
        self.group(None, HitArea::None);
        let bottom = input.bottom();
        for (place, label) in input.columns.iter().enumerate() {
            let column = input.column(place);
            let x = column.centre().x;
            let (top, end) = (Point::new(x, HEAD), Point::new(x, bottom));
            self.line(top, end, Paint::stroke(Ink::Line, 1.0));
            let foot = (input.rows > LONG).then_some(bottom + 0.5 * HEAD);
            for y in std::iter::once(0.5 * HEAD - 2.0).chain(foot) {
                self.written(Point::new(x, y), label, column.w + GAP, Face::Strong);
            }
        }
        for (row, time) in input.times {
            let text = self.texts.text(time);
            let at = Point::new(MARGIN - 8.0, middle(f64::from(*row)));
            let paint = Paint::fill(Ink::Soft);
            self.label(at, text, SMALL, Align::End, Face::Text, paint);
        }
        if input.cursor < input.rows {
            let y = HEAD + f64::from(input.cursor) * ROW;
            let coming = Rect::new(
                MARGIN,
                y,
                (input.width - MARGIN - EDGE / 2.0).max(0.0),
                bottom - y,
            );
            self.hatch_rect(coming, 9.0, Paint::stroke(Ink::Line, 1.0));
        }
    }

    /// The order, as a line from point to point beneath the bars.
    fn order(&mut self, input: &HistoryInput<'_>) {
        let mut points: Vec<(u32, Point)> = Vec::new();
        for item in input.items {
            if let HistoryItem::Bar(bar) = item
                && let Some((row, number)) = bar.point
            {
                let x = input.column(bar.column).x;
                points.push((number, Point::new(x, middle(row))));
            }
        }
        if points.len() < 2 {
            return;
        }
        points.sort_by_key(|(number, _)| *number);
        self.group(None, HitArea::None);
        let way = points.into_iter().map(|(_, point)| point);
        self.path(way, false, Paint::stroke(Ink::Soft, 1.0).faded(0.6));
    }

    fn bar_of_call(
        &mut self,
        input: &HistoryInput<'_>,
        bar: &HistoryBar,
        subject: Option<Subject>,
    ) {
        let rect = input.rect(bar);
        self.group(subject, HitArea::Box(rect));
        let answered = matches!(bar.to, BarEnd::Answered(_));
        let (fill, line) = match (bar.wrong, answered) {
            _ if bar.refused => (Ink::Paper, Ink::Ink),
            (Wrong::No, true) => (Ink::Neutral, Ink::Ink),
            (Wrong::No, false) => (Ink::PaleNeutral, Ink::Soft),
            _ => (Ink::PaleNeutral, Ink::Ink),
        };
        let (line, wide) = match bar.wrong {
            Wrong::No => (line, 1.2),
            Wrong::Together | Wrong::Found => (Ink::Violation, 2.2),
        };
        let paint = Paint::stroke(line, wide);
        self.rect(rect, 2.0, Paint::fill(fill));
        let (left, right) = (rect.x, rect.x + rect.w);
        match (bar.from, bar.to) {
            (Some(_), BarEnd::Answered(_)) => self.rect(rect, 2.0, paint),
            (from, to) => {
                // An end that is not there, or that nobody knows, has no line.
                let dash = match to {
                    BarEnd::Unknown(_) => Dash::Dashed,
                    BarEnd::Answered(_) | BarEnd::Open => Dash::Solid,
                };
                let (top, low) = (rect.y, rect.bottom());
                let [a, b, c, d] = [(left, low), (left, top), (right, top), (right, low)]
                    .map(|(x, y)| Point::new(x, y));
                let paint = paint.dash(dash);
                match (from, answered) {
                    (Some(_), _) => self.path([a, b, c, d], false, paint),
                    (None, true) => self.path([b, a, d, c], false, paint),
                    (None, false) => self.lines([a, b, c, d], paint),
                }
            }
        }
        self.bar_texts(bar, rect);
        if let Some((row, number)) = bar.point {
            self.point(Point::new(left, middle(row)), number);
        }
        if bar.wrong == Wrong::Found {
            let text = self.texts.text("✗");
            let at = Point::new(right, rect.bottom() - 3.0);
            let paint = Paint::fill(Ink::Violation).outlined(Ink::Paper, 4.0);
            self.label(at, text, 17.0, Align::Middle, Face::Strong, paint);
        }
    }

    /// What was asked at the top, what was answered at the bottom; where there is one line, both in it.
    fn bar_texts(&mut self, bar: &HistoryBar, rect: Rect) {
        // Numbers hang over the left edge.
        let within = Rect::new(rect.x + 12.0, rect.y, rect.w - 16.0, rect.h);
        let x = within.x + within.w / 2.0;
        let at = |y: f64| Point::new(x, y);
        let two = rect.h >= 2.0 * TYPE + 4.0;
        if bar.answer.is_empty() {
            self.written(at(rect.y + 9.0), &bar.label, within.w, Face::Mono);
        } else if two {
            let head = rect.y + 8.0;
            self.written(at(head), &bar.label, within.w, Face::Mono);
            let foot = match bar.to {
                BarEnd::Answered(_) => rect.bottom() - 8.0,
                BarEnd::Unknown(row) => middle(f64::from(row)),
                BarEnd::Open => rect.bottom() - 12.0,
            };
            if foot >= head + TYPE {
                self.written(at(foot), &bar.answer, within.w, Face::Mono);
            }
        } else {
            let both = format!("{} {}", bar.label, bar.answer);
            self.written(at(rect.y + rect.h / 2.0), &both, within.w, Face::Mono);
        }
    }

    /// A numbered point of the order.
    fn point(&mut self, at: Point, number: u32) {
        let number = number.to_string();
        let size = 10.0;
        let wide = (number.len() as f64 * 0.62 * size + 7.0).max(15.0);
        let pill = Rect::new(at.x - wide / 2.0, at.y - 7.5, wide, 15.0);
        self.rect(pill, 7.5, Paint::fill(Ink::Ink).outlined(Ink::Paper, 1.5));
        let text = self.texts.text(&number);
        let paint = Paint::fill(Ink::Paper);
        self.label(at, text, size, Align::Middle, Face::Strong, paint);
    }

    fn fault(&mut self, input: &HistoryInput<'_>, row: u32, label: &str, subject: Option<Subject>) {
        let y = middle(f64::from(row));
        let target = Rect::new(12.0, y - ROW / 2.0, MARGIN - 16.0, ROW);
        self.group(subject, HitArea::Box(target));
        let (from, to) = (
            Point::new(MARGIN - 4.0, y),
            Point::new(input.width - EDGE, y),
        );
        self.line(from, to, Paint::stroke(Ink::Ink, 1.0).dash(Dash::Dashed));
        self.written(target.centre(), label, target.w, Face::Strong);
    }

    /// A text round `at`, as long as there is room.
    fn written(&mut self, at: Point, text: &str, room: f64, face: Face) {
        let wide = |text: &str| {
            let each = text.chars().count() as f64 * 0.62;
            let ems = if face == Face::Mono {
                each.max(ems(text))
            } else {
                ems(text)
            };
            SMALL * ems
        };
        let mut fits = text.to_owned();
        let mut cut = fits.clone();
        while wide(&fits) > room && cut.pop().is_some() {
            fits = format!("{}…", cut.trim_end());
        }
        if fits.is_empty() || (fits == "…" && text != "…") {
            return;
        }
        let size = if wide(text) * TYPE / SMALL <= room {
            TYPE
        } else {
            SMALL
        };
        let text = self.texts.text(&fits);
        self.label(at, text, size, Align::Middle, face, Paint::fill(Ink::Ink));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Shape;

    fn bar(column: usize, from: Option<u32>, to: BarEnd) -> HistoryBar {
        HistoryBar {
            column,
            from,
            to,
            label: "x←3".into(),
            answer: "✓".into(),
            refused: false,
            point: None,
            wrong: Wrong::No,
        }
    }

    fn drawn(width: f64, items: &[HistoryItem], rows: u32) -> Scene {
        let columns = ["C1", "C2"];
        let mut scene = Scene::new();
        scene.history(&HistoryInput {
            width,
            columns: &columns,
            rows,
            times: &[(0, "12.3 ms".into())],
            items,
            cursor: rows,
        });
        scene
    }

    fn target(scene: &Scene, place: u32) -> Rect {
        match scene.find(Subject::Part(place)).map(|group| group.hit) {
            Some(HitArea::Box(rect)) => rect,
            other => panic!("no target: {other:?}"),
        }
    }

    #[test]
    fn what_was_answered_before_another_call_ends_above_it() {
        let items = [
            HistoryItem::Bar(bar(0, Some(0), BarEnd::Answered(1))),
            HistoryItem::Bar(bar(1, Some(2), BarEnd::Answered(4))),
            HistoryItem::Bar(bar(0, Some(3), BarEnd::Open)),
        ];
        for width in [220.0, 344.0, 640.0] {
            let scene = drawn(width, &items, 5);
            let [one, two, three] = [0, 1, 2].map(|place| target(&scene, place));
            assert!(one.bottom() < two.y, "{width}");
            assert!(two.bottom() > three.y, "{width}: they overlap");
            assert!(one.x + one.w < two.x, "{width}: columns");
            assert!(two.x + two.w <= width, "{width}");
            assert!(three.bottom() >= two.bottom(), "{width}: still open");
        }
    }

    #[test]
    fn points_stand_in_their_rows_and_red_is_for_what_is_wrong() {
        let mut one = bar(0, Some(0), BarEnd::Answered(3));
        one.point = Some((1.5, 12));
        let right = drawn(344.0, &[HistoryItem::Bar(one.clone())], 4);
        let red = |scene: &Scene| {
            let paints = scene.items().iter().map(|item| item.paint);
            paints
                .filter(|paint| [paint.fill, paint.stroke].contains(&Some(Ink::Violation)))
                .count()
        };
        assert_eq!(red(&right), 0);
        let number = right.items().iter().find_map(|item| match item.shape {
            Shape::Text { at, text, .. } if right.text(text) == "12" => Some(at.y),
            _ => None,
        });
        let y = number.expect("the point's number");
        assert!((y - middle(1.5)).abs() < 5.0, "{y}");
        one.wrong = Wrong::Found;
        let wrong = drawn(344.0, &[HistoryItem::Bar(one)], 4);
        assert_eq!(red(&wrong), 2, "the outline and the cross");
    }

    #[test]
    fn texts_never_leave_their_bars() {
        let mut long = bar(0, Some(0), BarEnd::Answered(1));
        long.label = "counter:a long text→another".into();
        let scene = drawn(230.0, &[HistoryItem::Bar(long)], 2);
        let rect = target(&scene, 0);
        let mut seen = 0;
        for item in scene.items_of(scene.find(Subject::Part(0)).unwrap()) {
            if let Shape::Text { text, size, .. } = item.shape {
                seen += 1;
                assert!(
                    size * ems(scene.text(text)) <= rect.w,
                    "{}",
                    scene.text(text)
                );
            }
        }
        assert!(seen > 0);
    }
}
