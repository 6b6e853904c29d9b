//! From event to event: along a node's line, and along messages.

use super::DiagramMsg;
use crate::Model;
use protocol::{Name, Phrase};
use scene::diagram::{Row, Sign};

/// Where to go from the selected event.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Way {
    /// The event before it at its node.
    Before,
    /// The event after it at its node.
    After,
    /// What sent the message that arrived, or set the timer that fired, or made the save.
    Cause,
    /// What comes of it: where the first of its messages arrives, or the timer that it set fires.
    Effect,
}

/// How far a way is looked for, in steps.
const REACH: u64 = 2_000;

impl Model {
    /// Goes to an event, which is lit from then on.
    pub(super) fn pick_event(&mut self, step: u64) {
        // What was pointed at must not run away.
        self.pin_window();
        self.seek(step);
        self.diagram.picked = Some(self.session.step());
        self.diagram.shown = self.session.step();
    }

    pub(super) fn pick_message(&mut self, name: Name) {
        let rows = self.diagram.rows.all();
        let about = |row: &&Row| {
            row.message
                .as_ref()
                .is_some_and(|message| message.name == name)
        };
        let sent = |row: &&Row| row.sent.iter().any(|sent| sent.message.name == name);
        let end = rows.iter().rev().find(about);
        let row = end.or_else(|| rows.iter().find(sent));
        if let Some(step) = row.map(|row| row.step) {
            self.pick_event(step);
        }
    }

    pub(super) fn go(&mut self, way: Way) {
        let here = self.session.step();
        let found = match way {
            Way::Before => self.along(here, false),
            Way::After => self.along(here, true),
            Way::Cause => self.cause_of(here),
            Way::Effect => self.effect_of(here),
        };
        match found {
            Some(step) => {
                self.pin_window();
                self.seek(step);
                self.diagram.picked = Some(step);
                // The window moves only if it must.
                self.diagram.shown = here;
            }
            None => self.refuse(Phrase::new(match way {
                Way::Before => "ui.refused.no-before",
                Way::After => "ui.refused.no-after",
                Way::Cause => "ui.refused.no-cause",
                Way::Effect => "ui.refused.no-effect",
            })),
        }
    }

    /// A row at hand, or read now.
    pub(super) fn row_at(&mut self, step: u64) -> Option<Row> {
        if let Some(row) = self.diagram.rows.get(step) {
            return Some(row.clone());
        }
        let event = self.session.playable.event(step)?;
        let playable = &self.session.playable;
        Some(Row::of(&event, |step| playable.time_of(step)))
    }

    /// The next or the previous event on the line of the event of `step`; of the next event at all where that stands on none.
    pub(super) fn along(&mut self, step: u64, later: bool) -> Option<u64> {
        let len = self.session.playable.len();
        let line = self.row_at(step).and_then(|row| row.line());
        let is = |row: &Row| row.line().is_some() && (line.is_none() || row.line() == line);
        let mut found = |step: u64| self.row_at(step).is_some_and(|row| is(&row));
        if later {
            (step + 1..=len.min(step + REACH)).find(|step| found(*step))
        } else {
            (step.saturating_sub(REACH).max(1)..step)
                .rev()
                .find(|step| found(*step))
        }
    }

    /// The event that caused the one of `step`.
    pub(super) fn cause_of(&mut self, step: u64) -> Option<u64> {
        let row = self.row_at(step)?;
        match (row.cause, &row.message) {
            (Some(cause), _) => self.session.playable.step_of(cause, step),
            // What somebody picked was sent all the same.
            (None, Some(message)) => {
                let playable = self.session.playable.as_mut();
                sim::why::sender(playable, message.name, message.sent_us)
            }
            (None, None) => None,
        }
    }

    fn effect_of(&mut self, step: u64) -> Option<u64> {
        let row = self.row_at(step)?;
        let sent: Vec<Name> = row.sent.iter().map(|sent| sent.message.name).collect();
        let len = self.session.playable.len();
        let arrives = |row: &Row| {
            let message = row.message.as_ref().filter(|_| row.sign == Sign::Arrived);
            message.is_some_and(|message| sent.contains(&message.name))
        };
        let follows = |other: &Row| sent.is_empty() && other.cause == Some(row.name);
        (step + 1..=len.min(step + REACH)).find(|step| {
            let other = self.row_at(*step);
            other.is_some_and(|other| arrives(&other) || follows(&other))
        })
    }
}

impl DiagramMsg {
    /// Whether it only moves what is seen.
    pub const fn is_view(&self) -> bool {
        matches!(
            self,
            Self::Pan { .. } | Self::Zoom { .. } | Self::In | Self::Out | Self::Drag { .. }
        )
    }
}
