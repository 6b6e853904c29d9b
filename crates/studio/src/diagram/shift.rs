//! An arrival comes at another time: a branch by ordinary actions, or the relation that forbids it.
//!
//! Earlier, the message is delivered as soon as that is; later, it is held and delivered then. Nothing arrives before it is sent
//! (Lamport 1978, section "The partial ordering", condition 2). What followed from the arrival follows again, later or otherwise.

use super::rows::DRAWN_MAX;
use crate::Model;
use crate::acts::refusal;
use protocol::{Arg, Phrase};
use scene::diagram::{Carried, Sign};
use sim::{Action, SimError};

impl Model {
    /// An arrival that was dragged is let go.
    pub(super) fn drop_arrival(&mut self) {
        if let Some((step, at_us)) = self.diagram.moving.take() {
            let at_us = at_us.max(0.0) as u64;
            if at_us < self.session.playable.time_of(step) {
                self.shift_earlier(step, at_us, None);
            } else {
                self.shift_later(step, at_us);
            }
        }
    }

    /// The selected arrival changes places with what happened at its node before or after it.
    pub(super) fn shift_past_neighbour(&mut self, later: bool) {
        let step = self.session.step();
        if self.arrival(step).is_none() {
            self.refuse(Phrase::new("ui.refused.no-arrival"));
            return;
        }
        match self.along(step, later) {
            Some(neighbour) if later => {
                let at_us = self.session.playable.time_of(neighbour);
                self.shift_later(step, at_us);
            }
            Some(neighbour) => {
                let at_us = self.session.playable.time_of(neighbour);
                self.shift_earlier(step, at_us, Some(neighbour));
            }
            None => self.refuse(Phrase::new(if later {
                "ui.refused.no-after"
            } else {
                "ui.refused.no-before"
            })),
        }
    }

    /// Whether the event of `step` is an arrival, which can be moved.
    pub fn is_arrival(&self, step: u64) -> bool {
        self.arrival(step).is_some()
    }

    /// The message whose arrival the event of `step` is.
    pub(crate) fn arrival(&self, step: u64) -> Option<&Carried> {
        let row = self.diagram.rows.get(step)?;
        row.message.as_ref().filter(|_| row.sign == Sign::Arrived)
    }

    /// Delivers the message at `at_us`, before the event `neighbour` of its node where one is named.
    fn shift_earlier(&mut self, step: u64, at_us: u64, neighbour: Option<u64>) {
        let Some(message) = self.arrival(step).cloned() else {
            self.refuse(Phrase::new("ui.refused.no-arrival"));
            return;
        };
        let Some(sent) = self.cause_of(step) else {
            self.refuse(Phrase::new("ui.refused.no-cause"));
            return;
        };
        let too_early = match neighbour {
            Some(neighbour) => neighbour <= sent,
            None => at_us < message.sent_us,
        };
        if too_early {
            self.refuse(
                Phrase::new("ui.refused.before-sent")
                    .text("kind", message.kind)
                    .node("from", message.from)
                    .node("to", message.to)
                    .int("step", sent)
                    .us("sent", message.sent_us),
            );
            return;
        }
        let cursor = match neighbour {
            Some(neighbour) => neighbour - 1,
            None => self.session.playable.step_at(at_us),
        };
        let cursor = cursor.clamp(sent, step - 1);
        self.branch_with(step, &message, |model| {
            model.session.playable.seek(cursor)?;
            let deliver = Action::Deliver(message.name);
            model.session.playable.act(&deliver, at_us).map(|_| ())
        });
    }

    /// Holds the message before it arrives, and delivers it once everything up to `at_us` has happened.
    fn shift_later(&mut self, step: u64, at_us: u64) {
        let Some(message) = self.arrival(step).cloned() else {
            self.refuse(Phrase::new("ui.refused.no-arrival"));
            return;
        };
        self.branch_with(step, &message, |model| {
            let playable = &mut model.session.playable;
            playable.seek(step - 1)?;
            let now_us = playable.now_us();
            playable.act(&Action::Hold(message.name), now_us)?;
            for _ in 0..DRAWN_MAX {
                if playable.next_us().is_none_or(|next_us| next_us > at_us) {
                    break;
                }
                playable.advance();
            }
            let deliver = Action::Deliver(message.name);
            playable.act(&deliver, at_us).map(|_| ())
        });
    }

    /// Does something in the past of the event of `step`, and says so; where it cannot be done, the cursor is back there.
    fn branch_with(
        &mut self,
        step: u64,
        message: &Carried,
        act: impl FnOnce(&mut Self) -> Result<(), SimError>,
    ) {
        self.pause(false);
        self.pin_window();
        let old = self.session.playable.branch();
        if let Err(error) = act(self) {
            // The step is one that was there before.
            let _ = self.session.playable.switch(old, Some(step));
            self.jumped();
            self.refuse(refusal(&error));
            return;
        }
        let new = self.session.playable.branch();
        let did = Phrase::new("ui.did.moved")
            .text("kind", message.kind.clone())
            .node("from", message.from)
            .node("to", message.to)
            .us("at", self.session.playable.now_us());
        self.session.deeds.insert(new, did.clone());
        self.session.read_marks();
        self.session.home = false;
        self.redo = None;
        self.stepped();
        self.diagram.picked = Some(self.session.step());
        let did = Phrase::new("ui.did.branched")
            .with("did", Arg::Phrase(Box::new(did)))
            .text("new", crate::view::letter(new))
            .text("old", crate::view::letter(old));
        self.say_done(did, true);
    }
}
