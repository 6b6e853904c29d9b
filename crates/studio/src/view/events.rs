//! The events list: one page of sentences, or the hits of a search; heartbeats fold.

use super::moment;
use crate::caption::tells_violation;
use crate::events::HITS_MAX;
use crate::show::{EventRow, Events};
use crate::speech::is_heartbeat;
use crate::why::WhyState;
use crate::{EventsMsg, Model, Msg, WhyOf};
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
        if let Some(why) = self.session.why.as_ref().filter(|why| why.only) {
            return self.led(why);
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
            only: self.only(),
        }
    }

    fn only(&self) -> Option<crate::show::Button> {
        self.session.why.as_ref().map(|why| self.only_led(why))
    }

    /// Only what led to what is asked about, in order.
    #[inline(never)]
    fn led(&self, why: &WhyState) -> Events {
        let reasons = &why.cone.reasons;
        let n = Phrase::new("ui.events.led-only").int("n", reasons.len() as u64);
        let rows = reasons.iter().rev();
        Events {
            rows: rows.map(|reason| self.event_row(&reason.event)).collect(),
            found: self.say(&n),
            only: self.only(),
            ..Events::default()
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
            only: self.only(),
            ..Events::default()
        }
    }

    /// That something led to what is asked about, if it did.
    fn led_word(&self, did: impl Fn(&WhyState) -> bool) -> String {
        let led = self.session.why.as_ref().is_some_and(did);
        if led {
            self.word("ui.events.led")
        } else {
            String::new()
        }
    }

    fn event_row(&self, event: &Event) -> EventRow {
        let current = event.step == self.session.step();
        EventRow {
            step: event.step,
            time: moment(event.at_us),
            sentence: self.event_text(event),
            moment: event.is_moment(),
            violation: tells_violation(event),
            current,
            led: self.led_word(|why| why.cone.has(event.step)),
            why: current.then(|| {
                self.keyed(
                    "ui.page.why",
                    "ui.why.help",
                    "w",
                    Msg::WhyOf(WhyOf::Event(event.step)),
                )
            }),
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
            led: self.led_word(|why| run.iter().any(|event| why.cone.has(event.step))),
            why: None,
            fold: Some(open),
            msg: Msg::Events(EventsMsg::Fold(first.step)),
        });
        if open {
            rows.extend(run.iter().map(|event| self.event_row(event)));
        }
    }
}
