//! What the caption tells, and when it changes.

use crate::Model;
use protocol::{NodeId, Phrase, Verdict};
use sim::Stepped;
use std::collections::VecDeque;
use std::rc::Rc;
use trace::{Event, Outcome};

/// While playing, a turning point stays for at least this long, in real microseconds.
const STAYS_US_REAL: u64 = 2_000_000;
/// So many turning points wait to be told: an election's follow each other faster than they can be read, and none should be
/// swallowed. Where more come, the oldest that waits is left out: what is told must not fall far behind what is seen.
const WAITING_MAX: usize = 2;
/// What was told of real nodes gives way after this long, in real microseconds, if nothing of note comes after it.
const OLD_US_REAL: u64 = 10_000_000;

/// What the caption tells.
#[derive(Clone, Debug, Default)]
pub(crate) struct Telling {
    /// The event that is told; `None` before the first.
    pub(crate) now: Option<Rc<Event>>,
    /// Turning points that wait until the one before has stood long enough, at most [`WAITING_MAX`].
    waiting: VecDeque<Rc<Event>>,
    /// Since when, in real time.
    since_us: u64,
    /// Whom the caption names: they are haloed.
    pub(crate) actors: Vec<NodeId>,
}

impl Telling {
    pub(crate) fn phrase(&self) -> Option<Phrase> {
        self.now.as_ref().map(|event| event.headline())
    }
}

/// Whom the caption of an event names, and where it happened.
pub(crate) fn actors(event: &Event) -> Vec<NodeId> {
    let mut actors = event.headline().actors();
    if let Some(node) = event.node.filter(|node| !actors.contains(node)) {
        actors.push(node);
    }
    actors
}

pub(crate) fn tells_violation(event: &Event) -> bool {
    let violated = |outcome: &Outcome| {
        let verdict = match outcome {
            Outcome::Judged { verdict, .. } => verdict,
            _ => return false,
        };
        matches!(verdict, Verdict::Violated(_))
    };
    event.outcomes.iter().any(violated)
}

impl Model {
    /// The caption tells the event at the cursor, at once.
    pub(crate) fn tell_here(&mut self) {
        let step = self.session.step();
        let event = (step > 0).then(|| self.event_at(step)).flatten();
        self.tell(event);
    }

    /// On pausing, the caption keeps the last turning point: most readers stop because of it. The next step tells its own event.
    pub(crate) fn tell_latest(&mut self) {
        match self.telling.waiting.pop_back() {
            Some(event) => self.tell(Some(event)),
            None if self.telling.now.is_none() => self.tell_here(),
            None => {}
        }
    }

    pub(crate) fn tell(&mut self, event: Option<Rc<Event>>) {
        self.tell_and_keep(event, VecDeque::new());
    }

    fn tell_and_keep(&mut self, event: Option<Rc<Event>>, waiting: VecDeque<Rc<Event>>) {
        self.telling = Telling {
            actors: event.as_deref().map(actors).unwrap_or_default(),
            now: event,
            waiting,
            since_us: self.real_us,
        };
        self.touch();
    }

    /// The turning point that waited is told once the one before has stood long enough.
    pub(crate) fn tell_if_due(&mut self) {
        let stood_us = self.real_us - self.telling.since_us;
        let due = stood_us >= STAYS_US_REAL;
        if due && let Some(event) = self.telling.waiting.pop_front() {
            let waiting = std::mem::take(&mut self.telling.waiting);
            self.tell_and_keep(Some(event), waiting);
        }
        let now = self.telling.now.as_deref();
        let old = stood_us >= OLD_US_REAL && now.is_some_and(|event| !tells_violation(event));
        if old && self.follows() {
            self.tell(None);
        }
    }

    /// An event was played: told and announced if it is a turning point. `nth` of this tick; when many go by in one frame,
    /// nobody could read the small ones.
    pub(crate) fn played(&mut self, stepped: Stepped, nth: u32) {
        if !stepped.moment && !stepped.violated && nth > 16 {
            self.speech.others += 1;
            return;
        }
        let Some(event) = self.event_at(stepped.step) else {
            self.speech.others += 1;
            return;
        };
        let answered = |outcome: &Outcome| matches!(outcome, Outcome::Answered { .. });
        if event.outcomes.iter().any(answered) && !self.session.answered {
            self.session.answered = true;
            self.touch();
        }
        if stepped.violated {
            let text = self.say(&event.headline());
            self.announce(text);
            self.tell(Some(event));
        } else if stepped.moment {
            self.announce_moment(&event);
            let due = self.real_us - self.telling.since_us >= STAYS_US_REAL;
            let waiting = &mut self.telling.waiting;
            if (due && waiting.is_empty()) || self.telling.now.is_none() {
                self.tell(Some(event));
            } else {
                waiting.push_back(event);
                if waiting.len() > WAITING_MAX {
                    waiting.pop_front();
                }
            }
        } else {
            self.speech.count(&event);
        }
    }
}
