//! What the caption tells, when it changes, and why it happened: the chain of causes behind the event that is told.

use crate::Model;
use protocol::{Name, NodeId, Phrase, Verdict};
use sim::Stepped;
use std::collections::VecDeque;
use std::rc::Rc;
use trace::{Cause, Event, MessageRef, Outcome, Stimulus};

/// While playing, a turning point stays for at least this long, in real microseconds.
const STAYS_US_REAL: u64 = 2_000_000;
/// So many turning points wait to be told: an election's follow each other faster than they can be read, and none should be
/// swallowed. Where more come, the oldest that waits is left out: what is told must not fall far behind what is seen.
const WAITING_MAX: usize = 2;
/// How many causes the answer to *Why?* goes back.
const WHY_LINKS_MAX: usize = 12;
/// How many steps are looked through for the event that set a timer.
const WHY_STEPS_MAX: u64 = 3_000;

/// What the caption tells.
#[derive(Clone, Debug, Default)]
pub(crate) struct Telling {
    /// The event that is told; `None` before the first.
    pub(crate) now: Option<Rc<Event>>,
    /// Turning points that wait until the one before has stood long enough, at most [`WAITING_MAX`].
    waiting: VecDeque<Rc<Event>>,
    /// Since when, in real time.
    since_us: u64,
    /// The answer to *Why?*, while it is open.
    pub(crate) why: Vec<Link>,
    /// Whom the caption names: they are haloed.
    pub(crate) actors: Vec<NodeId>,
}

/// A link of the chain of causes.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// The event; `None` where the chain begins with somebody's choice, the workload or the start.
    pub(crate) event: Option<Rc<Event>>,
    /// The key of how the link before follows from this one.
    pub(crate) tie: &'static str,
    /// What the event gave as its reason for the link before.
    pub(crate) reason: Option<Phrase>,
}

impl Telling {
    pub(crate) fn phrase(&self) -> Option<Phrase> {
        self.now.as_ref().map(|event| event.headline())
    }
}

/// Whom the caption of an event names, and where it happened.
fn actors(event: &Event) -> Vec<NodeId> {
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

    fn tell(&mut self, event: Option<Rc<Event>>) {
        self.tell_and_keep(event, VecDeque::new());
    }

    fn tell_and_keep(&mut self, event: Option<Rc<Event>>, waiting: VecDeque<Rc<Event>>) {
        self.telling = Telling {
            actors: event.as_deref().map(actors).unwrap_or_default(),
            now: event,
            waiting,
            since_us: self.real_us,
            why: Vec::new(),
        };
        self.look.why = false;
        self.touch();
    }

    /// The turning point that waited is told once the one before has stood long enough.
    pub(crate) fn tell_if_due(&mut self) {
        let due = self.real_us - self.telling.since_us >= STAYS_US_REAL;
        if due && let Some(event) = self.telling.waiting.pop_front() {
            let waiting = std::mem::take(&mut self.telling.waiting);
            self.tell_and_keep(Some(event), waiting);
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

    /// Opens or closes the answer to *Why?*; opening pauses.
    pub(crate) fn toggle_why(&mut self) {
        if self.look.why {
            self.look.why = false;
        } else if let Some(event) = self.telling.now.clone() {
            if self.head.playing {
                // The question is about what is being read, not about where the pause happens to fall.
                self.pause(false);
                self.tell(Some(event.clone()));
            }
            self.telling.why = self.causes(event);
            self.look.why = true;
        }
        self.touch();
    }

    /// From `event` back to its beginning.
    fn causes(&mut self, event: Rc<Event>) -> Vec<Link> {
        let mut links = vec![Link {
            event: Some(event.clone()),
            tie: "",
            reason: None,
        }];
        let mut event = event;
        let end = |tie| Link {
            event: None,
            tie,
            reason: None,
        };
        loop {
            if links.len() == WHY_LINKS_MAX {
                links.push(end("ui.why.further"));
                break;
            }
            let name = match event.cause {
                Cause::Event(name) => name,
                Cause::Choice => {
                    // A message that somebody chose to deliver was still sent by somebody.
                    links.push(end("ui.why.choice"));
                    break;
                }
                Cause::Workload => {
                    links.push(end("ui.why.workload"));
                    break;
                }
                Cause::Start => {
                    links.push(end("ui.why.start"));
                    break;
                }
                Cause::ProgramOrder => break,
            };
            let message = match &event.stimulus {
                Stimulus::Delivered(message) | Stimulus::Bounced(message) => Some(message),
                _ => None,
            };
            let Some(cause) = self.find_event(name, event.step, message.map(|m| m.sent_us)) else {
                links.push(end("ui.why.further"));
                break;
            };
            let (tie, reason) = tie(&event, &cause, message);
            links.push(Link {
                event: Some(cause.clone()),
                tie,
                reason,
            });
            event = cause;
        }
        links
    }

    /// The event of this name, before `step`; at `at_us` if that is known.
    fn find_event(&mut self, name: Name, step: u64, at_us: Option<u64>) -> Option<Rc<Event>> {
        let from = match at_us {
            Some(at_us) => self.session.playable.step_at(at_us).min(step - 1),
            None => step - 1,
        };
        let least = from.saturating_sub(WHY_STEPS_MAX);
        (least + 1..=from)
            .rev()
            .map_while(|step| self.event_at(step))
            .take_while(|event| at_us.is_none_or(|at_us| event.at_us >= at_us))
            .find(|event| event.name == name)
    }
}

/// How `event` follows from `cause`, and the reason that the cause gave.
fn tie(
    event: &Event,
    cause: &Event,
    message: Option<&MessageRef>,
) -> (&'static str, Option<Phrase>) {
    let mut outcomes = cause.outcomes.iter();
    match (&event.stimulus, message) {
        (_, Some(message)) => {
            let reason = outcomes.find_map(|outcome| match outcome {
                Outcome::Sent {
                    message: sent,
                    reason,
                    ..
                } if sent.name == message.name => Some(reason.clone()),
                _ => None,
            });
            ("ui.why.sent", reason)
        }
        (Stimulus::Fired { timer: fired }, None) => {
            let reason = outcomes.find_map(|outcome| match outcome {
                Outcome::TimerSet { timer, reason, .. } if timer == fired => Some(reason.clone()),
                _ => None,
            });
            ("ui.why.timer", reason)
        }
        (Stimulus::Saved, None) => ("ui.why.saved", None),
        _ => ("ui.why.followed", None),
    }
}
