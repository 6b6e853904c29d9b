//! The events list: one page of sentences, or the hits of a search; heartbeats fold.

use super::moment;
use crate::caption::tells_violation;
use crate::events::HITS_MAX;
use crate::show::{EventRow, Events};
use crate::speech::is_heartbeat;
use crate::{EventsMsg, Model, Msg};
use protocol::Phrase;

use trace::Event;

/// So many heartbeats in a row fold.
const RUN_MIN: usize = 2;

impl Model {
    /// The events list.
    pub fn events(&self) -> Events {
        if !self.events.query.trim().is_empty() {
            return self.hits();
        }
        let page = self.page();
        let (from, to, len) = (*page.start(), *page.end(), self.session.playable.len());
        let mut rows = Vec::new();
        let mut run: Vec<&Event> = Vec::new();
        for step in page {
            let Some(event) = self.event_read(step) else {
                continue;
            };
            if is_heartbeat(event) {
                run.push(event);
            } else {
                self.fold(&mut run, &mut rows);
                rows.push(self.event_row(event));
            }
        }
        self.fold(&mut run, &mut rows);
        let button = |key, msg| self.button(key, Msg::Events(msg));
        Events {
            rows,
            range: self.say(
                &Phrase::new("ui.events.range")
                    .int("from", from.min(to))
                    .int("to", to)
                    .int("len", len),
            ),
            earlier: (from > 1).then(|| button("ui.events.earlier", EventsMsg::Earlier)),
            later: (to < len).then(|| button("ui.events.later", EventsMsg::Later)),
            follow: (self.events.from.is_some())
                .then(|| button("ui.events.follow", EventsMsg::Follow)),
            query: self.events.query.clone(),
            found: String::new(),
        }
    }

    fn hits(&self) -> Events {
        let mut hits = self.events.hits.clone();
        hits.sort_unstable();
        let n = hits.len() as u64;
        let rows = hits.iter().filter_map(|step| self.event_read(*step));
        let found = if self.events.searching() {
            Phrase::new("ui.events.searching").int("n", n)
        } else if hits.len() == HITS_MAX {
            Phrase::new("ui.events.newest").int("n", n)
        } else {
            Phrase::new("ui.events.found").int("n", n)
        };
        Events {
            rows: rows.map(|event| self.event_row(event)).collect(),
            query: self.events.query.clone(),
            found: self.say(&found),
            ..Events::default()
        }
    }

    fn event_row(&self, event: &Event) -> EventRow {
        EventRow {
            step: event.step,
            time: moment(event.at_us),
            sentence: self.event_text(event),
            moment: event.is_moment(),
            violation: tells_violation(event),
            current: event.step == self.session.step(),
            fold: None,
            msg: Msg::SeekStep(event.step),
        }
    }

    /// A run of heartbeats as one row, or as itself where it is short, open, or holds the cursor.
    fn fold(&self, run: &mut Vec<&Event>, rows: &mut Vec<EventRow>) {
        let run = std::mem::take(run);
        let Some(first) = run.first() else {
            return;
        };
        if run.len() < RUN_MIN {
            rows.extend(run.iter().map(|event| self.event_row(event)));
            return;
        }
        let open = self.events.open_folds.contains(&first.step);
        let current = run.iter().any(|event| event.step == self.session.step());
        rows.push(EventRow {
            step: first.step,
            time: moment(first.at_us),
            sentence: self.say(&Phrase::new("ui.events.heartbeats").int("n", run.len() as u64)),
            moment: false,
            violation: false,
            current: current && !open,
            fold: Some(open),
            msg: Msg::Events(EventsMsg::Fold(first.step)),
        });
        if open {
            rows.extend(run.iter().map(|event| self.event_row(event)));
        }
    }
}
