//! The events list: which page of it is shown, the search in it, and the events read so far.

use crate::{EventsMsg, Model, Target};

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use trace::Event;

/// Steps a page.
pub(crate) const PAGE_STEPS: u64 = 100;
/// Hits a search stops at.
pub(crate) const HITS_MAX: usize = 200;
/// Steps a search looks through in one tick.
const SEARCH_STEPS: u64 = 250;
/// Events kept at hand.
const KEPT_MAX: usize = 4_000;

/// The list's state.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventsState {
    /// Events read, by step, of `branch`.
    kept: BTreeMap<u64, Rc<Event>>,
    branch: u32,
    /// The first step of the page; `None` follows the cursor.
    pub(crate) from: Option<u64>,
    pub(crate) open_folds: BTreeSet<u64>,
    pub(crate) query: String,
    pub(crate) hits: Vec<u64>,
    /// Where the search goes on, to the beginning; 0 when it has ended.
    search_from: u64,
}

impl EventsState {
    pub(crate) const fn searching(&self) -> bool {
        self.search_from > 0
    }

    /// Another run: nothing that was read holds any more.
    pub(crate) fn forget(&mut self) {
        *self = Self {
            query: std::mem::take(&mut self.query),
            ..Self::default()
        };
    }
}

impl Model {
    /// The event of `step` of the current branch.
    pub(crate) fn event_at(&mut self, step: u64) -> Option<Rc<Event>> {
        let branch = self.session.playable.branch();
        if self.events.branch != branch {
            self.events.forget();
            self.events.branch = branch;
        }
        if let Some(event) = self.events.kept.get(&step) {
            return Some(event.clone());
        }
        let event = Rc::new(self.session.playable.event(step)?);
        if self.events.kept.len() >= KEPT_MAX {
            self.events.kept.clear();
        }
        self.events.kept.insert(step, event.clone());
        Some(event)
    }

    /// An event that was read before.
    pub(crate) fn event_read(&self, step: u64) -> Option<&Rc<Event>> {
        let current = self.events.branch == self.session.playable.branch();
        self.events.kept.get(&step).filter(|_| current)
    }

    /// The steps of the page that is shown.
    pub(crate) fn page(&self) -> std::ops::RangeInclusive<u64> {
        let len = self.session.playable.len();
        let following = self.session.step().saturating_sub(PAGE_STEPS * 3 / 4) + 1;
        let from = self.events.from.unwrap_or(following).max(1);
        from..=(from + PAGE_STEPS - 1).min(len)
    }

    pub(crate) fn handle_events(&mut self, msg: EventsMsg) {
        let from = *self.page().start();
        match msg {
            EventsMsg::Earlier => {
                self.events.from = Some(from.saturating_sub(PAGE_STEPS).max(1));
            }
            EventsMsg::Later => {
                let last = self.session.playable.len().saturating_sub(PAGE_STEPS) + 1;
                self.events.from = Some((from + PAGE_STEPS).min(last));
            }
            EventsMsg::Follow => self.events.from = None,
            EventsMsg::Search(query) => {
                if self.events.query.is_empty() && !query.is_empty() {
                    self.pause(false);
                }
                self.events.query = query;
                self.search_anew();
            }
            EventsMsg::Fold(step) => {
                if !self.events.open_folds.remove(&step) {
                    self.events.open_folds.insert(step);
                }
            }
            EventsMsg::Only(only) => {
                if let Some(why) = &mut self.session.why {
                    why.only = only;
                    self.look.tab = crate::Tab::Events;
                }
            }
        }
        self.read_page();
        self.touch();
    }

    /// Reads the events of the page, while the list is looked at.
    pub(crate) fn read_page(&mut self) {
        if self.look.tab == crate::Tab::Events {
            for step in self.page() {
                self.event_at(step);
            }
        }
    }

    pub(crate) fn follow_events(&mut self) {
        self.read_page();
    }

    fn search_anew(&mut self) {
        self.events.hits.clear();
        self.events.search_from = 0;
        if !self.events.query.trim().is_empty() {
            self.events.search_from = self.session.playable.len();
            self.search_on();
        }
    }

    /// A portion of the search, from the newest event towards the first.
    pub(crate) fn search_on(&mut self) {
        if !self.events.searching() {
            return;
        }
        let query = self.events.query.trim().to_ascii_lowercase();
        let to = self.events.search_from;
        let from = to.saturating_sub(SEARCH_STEPS);
        for step in from + 1..=to {
            // Read forwards: replaying what is no longer kept goes that way.
            self.event_at(step);
        }
        let mut ended = from;
        for step in (from + 1..=to).rev() {
            let Some(event) = self.event_at(step) else {
                continue;
            };
            if self
                .event_text(&event)
                .to_ascii_lowercase()
                .contains(&query)
            {
                self.events.hits.push(step);
            }
            if self.events.hits.len() == HITS_MAX {
                ended = 0;
                break;
            }
        }
        self.events.search_from = ended;
        self.touch();
    }

    /// What the list says of an event: what happened, and what is most telling about it.
    pub(crate) fn event_text(&self, event: &Event) -> String {
        self.with_stimulus(event, &event.headline())
    }

    pub(crate) fn focus_search(&mut self) {
        self.pause(false);
        self.look.tab = crate::Tab::Events;
        self.look.sheet = true;
        self.read_page();
        self.out.push(crate::Command::Focus(Target::Search));
        self.touch();
    }
}
