//! The rows of the diagram: what of the record is at hand, and how the rest of a window is read, a portion at a time.

use super::DiagramState;
use crate::Model;
use scene::Size;
use scene::diagram::{Cone, FOLD, Fold, Row};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// So many events are drawn one by one; beyond, the diagram tells how many there are.
pub(crate) const DRAWN_MAX: u64 = 2_500;
/// So many steps before and after the window are read too: messages that fly into it, and what ends those that fly out of it.
const AROUND: u64 = 250;
/// At most so many are read for one frame.
const PORTION: usize = 500;
/// So many are kept, whatever is in sight.
const KEPT_MAX: usize = 3 * DRAWN_MAX as usize;
/// So many quiet events in a row are worth folding.
const FOLD_MIN: usize = 4;

/// Rows of the branch `branch`, in order and without gaps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    branch: u32,
    rows: Vec<Row>,
    /// Whether there is more to be read for what is in sight.
    waits: bool,
    /// Steps whose sentence was compared with what is searched for, and those that hold it.
    query: String,
    tested: BTreeSet<u64>,
    pub(crate) found: BTreeSet<u64>,
}

impl Rows {
    pub(crate) fn all(&self) -> &[Row] {
        &self.rows
    }

    pub(crate) fn get(&self, step: u64) -> Option<&Row> {
        let first = self.rows.first()?.step;
        self.rows
            .get(usize::try_from(step.checked_sub(first)?).ok()?)
    }

    /// The first and the last step; the second is below the first where there are none.
    fn have(&self) -> (u64, u64) {
        match (self.rows.first(), self.rows.last()) {
            (Some(first), Some(last)) => (first.step, last.step),
            _ => (1, 0),
        }
    }

    fn clear(&mut self) {
        *self = Self {
            query: std::mem::take(&mut self.query),
            ..Self::default()
        };
    }
}

impl Model {
    /// Whether the diagram lacks something of what is in sight: then the next frame goes on reading.
    pub fn diagram_waits(&self) -> bool {
        self.has_diagram() && self.diagram.rows.waits
    }

    /// Reads what a diagram of this size shows, or a portion of it.
    pub(crate) fn read_diagram(&mut self, size: Size) {
        self.diagram.size = size;
        self.reveal_cursor();
        let branch = self.session.playable.branch();
        if self.diagram.rows.branch != branch {
            self.diagram.rows.clear();
            self.diagram.rows.branch = branch;
            self.diagram.folds.clear();
        }
        if self.is_crowded() {
            self.diagram.rows.waits = false;
        } else {
            let wanted = self.wanted();
            self.read_rows(&wanted);
        }
        self.diagram.folds = self.folds();
        self.search_rows();
        self.light_cone();
    }

    /// The steps in sight.
    pub(crate) fn steps_in_sight(&self) -> RangeInclusive<u64> {
        let span = self.diagram_span();
        let at = |us: f64| self.session.playable.step_at(us.max(0.0) as u64);
        let before_first = at(span.from_us() - 1.0);
        before_first + 1..=at(span.to_us())
    }

    /// Whether there are too many events in sight to draw each.
    pub(crate) fn is_crowded(&self) -> bool {
        let seen = self.steps_in_sight();
        seen.end().saturating_sub(*seen.start()) > DRAWN_MAX
    }

    fn wanted(&self) -> RangeInclusive<u64> {
        let (seen, len) = (self.steps_in_sight(), self.session.playable.len());
        let first = seen.start().saturating_sub(AROUND).max(1);
        first..=(seen.end() + AROUND).min(len)
    }

    fn read_rows(&mut self, wanted: &RangeInclusive<u64>) {
        let (first, last) = self.diagram.rows.have();
        let apart = last < first || *wanted.start() > last + 1 || wanted.end() + 1 < first;
        let kept = self.diagram.rows.rows.len();
        if apart || kept > KEPT_MAX {
            let branch = self.diagram.rows.branch;
            self.diagram.rows.clear();
            self.diagram.rows.branch = branch;
        }
        let (first, last) = match self.diagram.rows.have() {
            // What is in sight comes first.
            (first, last) if last < first => {
                let start = (*wanted.start()).max(self.steps_in_sight().start().saturating_sub(1));
                (start.max(1), start.max(1) - 1)
            }
            have => have,
        };
        let mut left = PORTION;
        let ahead = last + 1..=*wanted.end();
        let rows = self.rows_of(ahead, &mut left);
        self.diagram.rows.rows.extend(rows);
        // Backwards in pieces, each read forwards: replaying what is no longer kept goes that way.
        let end = first.saturating_sub(1);
        let start = (*wanted.start()).max((end + 1).saturating_sub(left as u64));
        let rows = self.rows_of(start..=end, &mut left);
        self.diagram.rows.rows.splice(0..0, rows);
        let (first, last) = self.diagram.rows.have();
        // What was read is told in the next frame.
        let read = left < PORTION;
        if read {
            self.touch();
        }
        let whole = wanted.is_empty() || (first <= *wanted.start() && last >= *wanted.end());
        self.diagram.rows.waits = read || !whole;
    }

    fn rows_of(&mut self, steps: RangeInclusive<u64>, left: &mut usize) -> Vec<Row> {
        let mut rows = Vec::new();
        for step in steps {
            if *left == 0 {
                break;
            }
            let Some(event) = self.session.playable.event(step) else {
                break;
            };
            *left -= 1;
            rows.push(Row::of(&event, |step| self.session.playable.time_of(step)));
        }
        rows
    }

    /// Runs of quiet events, while they are folded.
    fn folds(&self) -> Vec<Fold> {
        let DiagramState {
            collapse,
            open_folds,
            rows,
            ..
        } = &self.diagram;
        if !collapse {
            return Vec::new();
        }
        let (here, worth) = (self.session.step(), 2.0 * FOLD * self.us_per_px());
        let quiet = |row: &Row| row.is_quiet() && row.step != here;
        let runs = rows
            .all()
            .chunk_by(|one, other| quiet(one) == quiet(other))
            .filter(|run| run.len() >= FOLD_MIN && quiet(&run[0]));
        let folds = runs.map(|run| Fold {
            from_us: run[0].at_us,
            to_us: run[run.len() - 1].at_us,
            events: run.len() as u32,
        });
        folds
            .filter(|fold| (fold.to_us - fold.from_us) as f64 > worth)
            .filter(|fold| !open_folds.contains(&fold.from_us))
            .collect()
    }

    /// Compares the sentences of a portion of the rows with what is searched for in the events.
    fn search_rows(&mut self) {
        let query = self.events.query.trim().to_lowercase();
        if self.diagram.rows.query != query {
            self.diagram.rows.tested.clear();
            self.diagram.rows.found.clear();
            self.diagram.rows.query.clone_from(&query);
        }
        if query.is_empty() {
            return;
        }
        let rows = &self.diagram.rows;
        let untested = rows.rows.iter().map(|row| row.step);
        let portion: Vec<u64> = untested
            .filter(|step| !rows.tested.contains(step))
            .take(PORTION)
            .collect();
        self.diagram.rows.waits |= portion.len() == PORTION;
        for step in portion {
            self.diagram.rows.tested.insert(step);
            let Some(event) = self.event_at(step) else {
                continue;
            };
            if self.event_text(&event).to_lowercase().contains(&query) {
                self.diagram.rows.found.insert(step);
            }
        }
    }

    fn light_cone(&mut self) {
        let step = self.session.step();
        let state = &mut self.diagram;
        state.cone = state
            .picked
            .filter(|picked| *picked == step)
            .and_then(|step| Cone::of(state.rows.all(), step));
    }

    /// The steps whose sentences hold what is searched for; `None` while nothing is.
    pub(crate) fn found_in_diagram(&self) -> Option<&BTreeSet<u64>> {
        let rows = &self.diagram.rows;
        (!rows.query.is_empty()).then_some(&rows.found)
    }
}
