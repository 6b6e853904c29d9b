//! The log matrix: servers as rows, indices as columns. Pale means not committed, full under a bar means committed,
//! dashed means missing.

use crate::epochs::{fill_of, pale_of};
use crate::{Align, Dash, Epochs, Face, HitArea, Ink, Paint, Point, Rect, Scene, Size, Subject};
use protocol::{LogCell, NodeId, Picture};
use std::fmt::Write;
use trace::{Frame, NodeFrame, NodeStatus, Words};

/// What the log matrix is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct LogInput<'a> {
    /// The moment.
    pub frame: &'a Frame,
    /// The words of the page's language.
    pub words: &'a Words,
    /// How wide it may be, in CSS pixels; how high it is follows.
    pub width: f64,
    /// The node that is selected: its row is highlighted.
    pub selected: Option<NodeId>,
    /// What has the keyboard's focus.
    pub focused: Option<Subject>,
    /// How many columns the window is moved back from the newest index.
    pub back: u64,
}

impl<'a> LogInput<'a> {
    /// The newest entries of `frame`, with nothing selected.
    pub const fn new(frame: &'a Frame, words: &'a Words, width: f64) -> Self {
        Self {
            frame,
            words,
            width,
            selected: None,
            focused: None,
            back: 0,
        }
    }
}

/// A node's log, as its view shows it.
#[derive(Clone, Copy)]
struct Row<'a> {
    node: &'a NodeFrame,
    first: u64,
    cells: &'a [LogCell],
    committed: u64,
    followers: &'a [(NodeId, u64, u64)],
}

impl Row<'_> {
    /// The index after the last entry.
    const fn end(&self) -> u64 {
        self.first + self.cells.len() as u64
    }

    fn cell(&self, index: u64) -> Option<&LogCell> {
        self.cells
            .get(usize::try_from(index.checked_sub(self.first)?).ok()?)
            .filter(|cell| !cell.is_gap())
    }
}

const TYPE: f64 = 12.0;
const ROW: f64 = 38.0;
const HEAD: f64 = 22.0;
const CELL: f64 = 24.0;
const COLUMN_MIN: f64 = 30.0;
const COLUMN_MAX: f64 = 64.0;

impl Scene {
    /// Draws the log matrix anew: as many of the newest columns as fit. A frame without logs gives an empty scene of height 0.
    #[inline(never)]
    pub fn log_matrix(&mut self, input: &LogInput<'_>) {
        self.clear(Size::new(input.width, 0.0));
        let rows: Vec<Row<'_>> = input.frame.nodes.iter().filter_map(row).collect();
        if rows.is_empty() {
            self.epochs.collect([]);
            return;
        }
        let labels = 14.0
            + rows
                .iter()
                .map(|row| TYPE * crate::draw::ems(&row.node.label))
                .fold(0.0, f64::max);
        let room = input.width - labels - 10.0;
        // One column beyond the last entry shows where the leader's next index points.
        let end = rows.iter().map(Row::end).max().unwrap_or(1) + 1;
        let least = rows.iter().map(|row| row.first).min().unwrap_or(1).max(1);
        let fit = ((room / COLUMN_MIN) as u64).max(1);
        let oldest_end = (least + fit).min(end);
        let end = end.saturating_sub(input.back).max(oldest_end);
        let start = end.saturating_sub(fit).max(least);
        let column = (room / (end - start).max(1) as f64).min(COLUMN_MAX);

        let mut epochs = std::mem::take(&mut self.epochs);
        let shown = rows
            .iter()
            .flat_map(|row| (start..end).filter_map(|index| row.cell(index)));
        epochs.collect(shown.map(|cell| cell.epoch));
        self.set_height(HEAD + ROW * rows.len() as f64 + 4.0);
        let mut grid = Grid {
            scene: self,
            input,
            epochs: &epochs,
            left: labels,
            column,
            start,
            end,
        };
        grid.heads();
        let leader = leader(&rows);
        for (place, row) in rows.iter().enumerate() {
            let top = HEAD + ROW * place as f64;
            grid.row(row, top, leader);
        }
        self.epochs = epochs;
    }
}

fn row(node: &NodeFrame) -> Option<Row<'_>> {
    if node.status == NodeStatus::Removed {
        return None;
    }
    node.view.pictures.iter().find_map(|picture| match picture {
        Picture::Log {
            first,
            cells,
            committed,
            followers,
            ..
        } => Some(Row {
            node,
            first: *first,
            cells,
            committed: *committed,
            followers,
        }),
        _ => None,
    })
}

/// Whoever knows of followers; of several (one may be deposed and not know it) the one with the newest epoch.
fn leader<'a>(rows: &[Row<'a>]) -> Option<Row<'a>> {
    rows.iter()
        .filter(|row| !row.followers.is_empty() && row.node.status != NodeStatus::Crashed)
        .max_by_key(|row| row.node.view.epoch)
        .copied()
}

struct Grid<'a> {
    scene: &'a mut Scene,
    input: &'a LogInput<'a>,
    epochs: &'a Epochs,
    left: f64,
    column: f64,
    start: u64,
    end: u64,
}

impl Grid<'_> {
    fn x(&self, index: u64) -> f64 {
        self.left + self.column * (index - self.start) as f64
    }

    /// The indices above the columns.
    fn heads(&mut self) {
        self.scene.group(None, HitArea::None);
        let last = self.end - 1;
        // Wide numbers need room: then only every second or fifth is printed.
        let digits = f64::from(last.max(1).ilog10() + 1);
        let every = match (digits * 7.0 + 6.0) / self.column {
            ratio if ratio <= 1.0 => 1,
            ratio if ratio <= 2.0 => 2,
            _ => 5,
        };
        for index in (self.start..last).filter(|index| index % every == 0) {
            let text = self.scene.texts.written(|out| {
                let _ = write!(out, "{index}");
            });
            let at = Point::new(self.x(index) + 0.5 * self.column, 0.5 * HEAD);
            let paint = Paint::fill(Ink::Soft);
            self.scene
                .label(at, text, 11.0, Align::Middle, Face::Text, paint);
        }
    }

    fn row(&mut self, row: &Row<'_>, top: f64, leader: Option<Row<'_>>) {
        let node = row.node.id;
        let whole = Rect::new(2.0, top, self.input.width - 4.0, ROW);
        self.scene
            .group(Some(Subject::Node(node)), HitArea::Box(whole));
        if self.input.selected == Some(node) {
            self.scene.rect(whole, 4.0, Paint::fill(Ink::PaleNeutral));
        }
        let middle = top + 0.5 * ROW;
        let name = self.scene.texts.text(&row.node.label);
        let down = row.node.status == NodeStatus::Crashed;
        let ink = if down { Ink::Soft } else { Ink::Ink };
        let face = if row.followers.is_empty() {
            Face::Text
        } else {
            Face::Strong
        };
        self.scene.label(
            Point::new(8.0, middle),
            name,
            TYPE,
            Align::Start,
            face,
            Paint::fill(ink),
        );
        if self.input.focused == Some(Subject::Node(node)) {
            let paint = Paint::stroke(Ink::Focus, 2.0).dash(Dash::Dashed);
            self.scene.rect(whole.inset(1.0), 4.0, paint);
        }
        for index in self.start..self.end - 1 {
            self.cell(row, index, top, down);
        }
        // The bar under what is committed.
        let committed = row.committed.min(row.end().saturating_sub(1));
        if committed >= self.start {
            let to = self.x(committed.min(self.end - 2) + 1) - 2.0;
            let y = top + 0.5 * (ROW + CELL) + 2.5;
            self.scene.group(None, HitArea::None);
            let bar = Rect::new(self.left + 1.0, y, (to - self.left - 1.0).max(0.0), 2.5);
            self.scene.rect(bar, 1.25, Paint::fill(ink));
        }
        if let Some((_, matched, next)) = leader.and_then(|leader| known(&leader, node)) {
            self.markers(top, matched, next);
        }
    }

    fn cell(&mut self, row: &Row<'_>, index: u64, top: f64, down: bool) {
        let rect = Rect::new(
            self.x(index) + 1.5,
            top + 0.5 * (ROW - CELL),
            self.column - 3.0,
            CELL,
        );
        let subject = Subject::Cell {
            node: row.node.id,
            index,
        };
        self.scene.group(Some(subject), HitArea::Box(rect));
        if index < row.first {
            // Not missing, only not shown here: the log of this node begins further on.
            let paint = Paint::fill(Ink::PaleNeutral).outlined(Ink::Line, 1.0);
            self.scene.rect(rect, 3.0, paint);
            return;
        }
        let Some(cell) = row.cell(index) else {
            let paint = Paint::stroke(Ink::Soft, 1.0).dash(Dash::Dashed);
            self.scene.rect(rect, 3.0, paint.faded(0.7));
            return;
        };
        let committed = index <= row.committed;
        let epoch = Some(cell.epoch);
        let paint = if committed {
            Paint::fill(fill_of(epoch)).outlined(Ink::Ink, 1.3)
        } else {
            Paint::fill(pale_of(epoch)).outlined(Ink::Soft, 1.0)
        };
        let paint = if down { paint.faded(0.6) } else { paint };
        self.scene.rect(rect, 3.0, paint);
        let hatched = self.epochs.hatched(epoch);
        if hatched {
            self.scene
                .hatch_rect(rect, 6.0, Paint::stroke(Ink::Ink, 0.8).faded(0.6));
        }
        self.cell_text(cell, rect, paint, hatched);
        if self.input.focused == Some(subject) {
            let ring = Paint::stroke(Ink::Focus, 2.5).dash(Dash::Dashed);
            self.scene.rect(rect.inset(-1.0), 4.0, ring);
        }
    }

    /// The entry's few characters, and its epoch before them where there is room; the epoch alone where there is not.
    fn cell_text(&mut self, cell: &LogCell, rect: Rect, ground: Paint, hatched: bool) {
        let size = 11.0;
        let room = rect.w - 6.0;
        let fits = !cell.label.is_empty() && size * crate::draw::ems(&cell.label) <= room;
        let text = self.scene.texts.written(|out| {
            if fits {
                out.push_str(&cell.label);
            } else {
                let _ = write!(out, "{}", cell.epoch);
            }
        });
        let mut paint = Paint::fill(Ink::Ink);
        if let Some(fill) = ground.fill.filter(|_| hatched) {
            paint = paint.outlined(fill, 3.0);
        }
        self.scene
            .label(rect.centre(), text, size, Align::Middle, Face::Mono, paint);
    }

    /// What the leader knows of this follower: a dot under its match index, a caret before its next index.
    fn markers(&mut self, top: f64, matched: u64, next: u64) {
        self.scene.group(None, HitArea::None);
        let y = top + 2.5;
        if (self.start..self.end - 1).contains(&matched) {
            let at = Point::new(self.x(matched) + 0.5 * self.column, y + 0.5);
            self.scene
                .disc(at, 2.6, Paint::fill(Ink::Ink).outlined(Ink::Paper, 1.0));
        }
        if (self.start..self.end).contains(&next) {
            let x = self.x(next);
            let caret = [
                Point::new(x - 4.0, y - 2.5),
                Point::new(x + 4.0, y - 2.5),
                Point::new(x, y + 4.5),
            ];
            let paint = Paint::fill(Ink::Paper).outlined(Ink::Ink, 1.1);
            self.scene.path(caret, true, paint);
        }
    }
}

fn known(leader: &Row<'_>, node: NodeId) -> Option<(NodeId, u64, u64)> {
    leader
        .followers
        .iter()
        .find(|(id, ..)| *id == node)
        .copied()
}
