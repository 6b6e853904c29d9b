//! Why something happened: the events that led to one, found by walking a record back from it.
//!
//! What led to an event is less than what came before it. It is what sent the message, set the timer or made the save; the other
//! answers to the same question, where a node waited for several; of whoever spoke by a timer, what had come about there; and where
//! a timer fired because somebody fell silent, what had silenced them.
//! Pure functions over a [`Source`]; they know no protocol, and no page.

use crate::{SimError, Source};
use protocol::{MessageShape, Name, NodeId, Phrase};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use trace::{Cause, Event, Frame, MarkKind, Outcome, Stimulus};

/// At most so many reasons are told of one event.
pub const REASONS_MAX: usize = 200;
/// At most so many events are read to find them.
pub const READ_MAX: u32 = 4_000;
/// An answer goes through at most so many events before it is back with whoever asked.
const HOPS_MAX: u32 = 12;

/// How an event led to a later one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tie {
    /// It sent the message that arrived.
    Sent,
    /// It set the timer that fired, which has renewed itself so many times since.
    Set(u64),
    /// It made the save.
    Saved,
    /// It took another answer to the same question.
    Joined,
    /// It is what had come about at the node that spoke.
    Known,
    /// It took down the node that the message reached.
    Down,
    /// It kept from a node what it waited for, until its timer fired.
    Silenced,
    /// It gave the node what the later one is about.
    Had,
}

impl Tie {
    /// Whether the later event could not have been without it.
    const fn is_strong(self) -> bool {
        matches!(self, Self::Sent | Self::Set(_) | Self::Saved)
    }
}

/// Where reasons begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// Somebody chose it.
    Choice,
    /// A client's workload.
    Workload,
    /// The run's beginning.
    Start,
}

/// An event that led to the one that was asked about, or that one.
#[derive(Clone, PartialEq, Debug)]
pub struct Reason {
    /// The event.
    pub event: Rc<Event>,
    /// The step that it led to, and how; `None` for what was asked about.
    pub led_to: Option<(u64, Tie)>,
    /// What the event gave as its reason for leading there, where it gave one.
    pub why: Option<Phrase>,
    /// What there was before it, where that is no event.
    pub origin: Option<Origin>,
}

/// Everything that led to an event.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Cone {
    /// The events, newest first.
    pub reasons: Vec<Reason>,
    /// Whether there is more than [`REASONS_MAX`] reasons, or [`READ_MAX`] events read, allow.
    pub cut: bool,
}

impl Cone {
    /// Whether the event of `step` is in it.
    pub fn has(&self, step: u64) -> bool {
        let by_age = |reason: &Reason| step.cmp(&reason.event.step);
        self.reasons.binary_search_by(by_age).is_ok()
    }

    /// The messages whose arrival led there.
    pub fn messages(&self) -> BTreeSet<Name> {
        let stimuli = self.reasons.iter().map(|reason| &reason.event.stimulus);
        stimuli
            .filter_map(Stimulus::message)
            .map(|m| m.name)
            .collect()
    }

    /// The nodes that had a part in it up to `step`.
    pub fn nodes(&self, step: u64) -> BTreeSet<NodeId> {
        let events = self.reasons.iter().map(|reason| &reason.event);
        let past = events.filter(|event| event.step <= step);
        past.filter_map(|event| event.node).collect()
    }
}

/// What led to the event of `step` of the current branch; `had` is a step that gave its node what the event is about. `None` if
/// there is no such event.
pub fn cone(source: &mut dyn Source, step: u64, had: Option<u64>) -> Option<Cone> {
    let mut walk = Walk {
        source,
        read: BTreeMap::new(),
        left: READ_MAX,
    };
    walk.event(step)?;
    let mut open: BTreeMap<u64, Lead> = BTreeMap::from([(step, None)]);
    if let Some(had) = had.filter(|had| *had < step && *had > 0) {
        open.insert(had, Some((step, Tie::Had, None)));
    }
    let mut cone = Cone::default();
    while let Some((step, lead)) = open.pop_last() {
        let event = (cone.reasons.len() < REASONS_MAX)
            .then(|| walk.event(step))
            .flatten();
        let Some(event) = event else {
            cone.cut = true;
            break;
        };
        for (before, tie, why) in walk.leads(&event) {
            let better = |old: &Lead| matches!(old, Some((_, old, _)) if !old.is_strong());
            let old = open.get(&before);
            if old.is_none_or(|old| tie.is_strong() && better(old)) {
                open.insert(before, Some((step, tie, why)));
            }
        }
        let (led_to, why) = lead.map_or((None, None), |(to, tie, why)| (Some((to, tie)), why));
        cone.reasons.push(Reason {
            origin: origin(&event),
            event,
            led_to,
            why,
        });
    }
    cone.cut |= walk.left == 0;
    Some(cone)
}

/// The step that sent the message `name`, at `sent_us`.
pub fn sender(source: &mut dyn Source, name: Name, sent_us: u64) -> Option<u64> {
    let last = source.step_at(sent_us);
    let sent = |outcome: &Outcome| matches!(outcome, Outcome::Sent { message, .. } if message.name == name);
    (1..=last)
        .rev()
        .take_while(|step| source.time_of(*step) == sent_us)
        .collect::<Vec<u64>>()
        .into_iter()
        .find(|step| {
            let event = source.event(*step);
            event.is_some_and(|event| event.outcomes.iter().any(sent))
        })
}

/// The last step up to `step` of which `is` is true, at `node`; looks at no more than [`READ_MAX`] steps.
pub fn last_of(
    source: &mut dyn Source,
    node: NodeId,
    step: u64,
    is: impl Fn(&Event) -> bool,
) -> Option<u64> {
    let first = step.saturating_sub(READ_MAX.into()) + 1;
    (first..=step).rev().find(|step| {
        let event = source.event(*step);
        event.is_some_and(|event| event.node == Some(node) && is(&event))
    })
}

/// The step that brought about what `is` true at the cursor: the last found before which it was not. 0 where it was so from the
/// beginning on. The cursor comes back to where it stands.
///
/// The past is searched in steps that double, then by halves: what came, went and came again within one of them may be
/// told of its earlier coming.
///
/// # Errors
/// The record cannot be gone back in.
pub fn came(source: &mut dyn Source, is: impl Fn(&Frame) -> bool) -> Result<u64, SimError> {
    let here = source.step();
    let found = came_before(source, here, is);
    source.seek(here)?;
    found
}

fn came_before(
    source: &mut dyn Source,
    here: u64,
    is: impl Fn(&Frame) -> bool,
) -> Result<u64, SimError> {
    let mut was = |step: u64| -> Result<bool, SimError> {
        source.seek(step)?;
        Ok(is(&source.frame()))
    };
    let (mut since, mut stride) = (here, 1);
    let mut not_yet = loop {
        if since == 0 {
            return Ok(0);
        }
        let before = since.saturating_sub(stride);
        if !was(before)? {
            break before;
        }
        (since, stride) = (before, stride * 2);
    };
    while since - not_yet > 1 {
        let middle = not_yet + (since - not_yet) / 2;
        if was(middle)? {
            since = middle;
        } else {
            not_yet = middle;
        }
    }
    Ok(since)
}

/// The later step, how, and why.
type Lead = Option<(u64, Tie, Option<Phrase>)>;

struct Walk<'a> {
    source: &'a mut dyn Source,
    read: BTreeMap<u64, Rc<Event>>,
    /// How many events may still be read.
    left: u32,
}

impl Walk<'_> {
    fn event(&mut self, step: u64) -> Option<Rc<Event>> {
        if let Some(event) = self.read.get(&step) {
            return Some(event.clone());
        }
        self.left = self.left.checked_sub(1)?;
        let event = Rc::new(self.source.event(step)?);
        self.read.insert(step, event.clone());
        Some(event)
    }

    /// What led to `event` directly.
    fn leads(&mut self, event: &Event) -> Vec<(u64, Tie, Option<Phrase>)> {
        let mut leads = Vec::new();
        if let Some((cause, tie)) = self.cause(event) {
            let (first, times) = self.renewed(&cause, tie);
            let tie = match tie {
                Tie::Set(_) => Tie::Set(times),
                tie => tie,
            };
            leads.push((first.step, tie, reason(event, &first)));
            if tells(event) {
                leads.extend(self.known(&cause).map(|step| (step, Tie::Known, None)));
            }
            leads.extend(
                self.silenced(event, &cause)
                    .map(|step| (step, Tie::Silenced, None)),
            );
        }
        if counts(event) {
            let joined = self.joined(event).into_iter();
            leads.extend(joined.map(|step| (step, Tie::Joined, None)));
        }
        if let (Stimulus::Bounced(message), marks) = (&event.stimulus, self.source.marks()) {
            let mut marks = marks.iter().rev().filter(|mark| mark.step < event.step);
            let down =
                marks.find(|mark| mark.kind == MarkKind::Crash && mark.node == Some(message.to));
            leads.extend(down.map(|mark| (mark.step, Tie::Down, None)));
        }
        leads
    }

    /// The event without which `event` could not have been.
    fn cause(&mut self, event: &Event) -> Option<(Rc<Event>, Tie)> {
        let tie = match &event.stimulus {
            Stimulus::Fired { .. } => Tie::Set(0),
            Stimulus::Saved => Tie::Saved,
            stimulus if stimulus.message().is_some() => Tie::Sent,
            _ => return None,
        };
        let step = match event.cause {
            Cause::Event(name) => self.source.step_of(name, event.step)?,
            // What somebody picked, or did to a message, was still brought about by an event.
            Cause::Choice | Cause::ProgramOrder => match event.stimulus.message() {
                Some(message) => sender(self.source, message.name, message.sent_us)?,
                None => self.before(event)?,
            },
            Cause::Workload | Cause::Start => return None,
        };
        Some((self.event(step)?, tie))
    }

    /// The last event of the same node that set the timer, or made a save.
    fn before(&mut self, event: &Event) -> Option<u64> {
        let made = |outcome: &Outcome| match (&event.stimulus, outcome) {
            (Stimulus::Fired { timer: fired }, Outcome::TimerSet { timer, .. }) => timer == fired,
            (Stimulus::Saved, Outcome::Saved { .. }) => true,
            _ => false,
        };
        (1..event.step)
            .rev()
            .map_while(|step| self.event(step))
            .find_map(|before| {
                let is = before.node == event.node && before.outcomes.iter().any(made);
                is.then_some(before.step)
            })
    }

    /// Where a timer that renews itself was set first, and how often it has renewed itself since.
    fn renewed(&mut self, cause: &Rc<Event>, tie: Tie) -> (Rc<Event>, u64) {
        let (mut first, mut times) = (cause.clone(), 0);
        let fired = |event: &Event| match &event.stimulus {
            Stimulus::Fired { timer } => Some(timer.clone()),
            _ => None,
        };
        let Tie::Set(_) = tie else {
            return (first, times);
        };
        // What was made of a firing is told; only those that did no more than go on are passed over.
        while let Some(timer) = fired(&first)
            && !tells(&first)
            && let Some((before, _)) = self.cause(&first)
        {
            let sets = |outcome: &Outcome| matches!(outcome, Outcome::TimerSet { timer: set, .. } if *set == timer);
            if !first.outcomes.iter().any(sets) {
                break;
            }
            (first, times) = (before, times + 1);
        }
        (first, times)
    }

    /// Of a node that spoke because a timer fired: the last turning point there since that timer was set first.
    fn known(&mut self, cause: &Rc<Event>) -> Option<u64> {
        let Stimulus::Fired { .. } = cause.stimulus else {
            return None;
        };
        let (set, tie) = self.cause(cause)?;
        let (first, _) = self.renewed(&set, tie);
        let marks = self.source.marks().iter().rev();
        let mut between = marks
            .skip_while(|mark| mark.step >= cause.step)
            .take_while(|mark| mark.step > first.step);
        let known = between.find(|mark| mark.kind == MarkKind::Fact && mark.node == cause.node);
        known.map(|mark| mark.step)
    }

    /// What silenced the one whose message set the timer that now fired: its crash or pause, or a cut between the two.
    fn silenced(&mut self, event: &Event, set: &Event) -> Option<u64> {
        let (Stimulus::Fired { .. }, Stimulus::Delivered(last)) = (&event.stimulus, &set.stimulus)
        else {
            return None;
        };
        let marks = self.source.marks();
        let from = marks.partition_point(|mark| mark.at_us < last.sent_us);
        let acts: Vec<u64> = marks[from..]
            .iter()
            .take_while(|mark| mark.step < event.step)
            .filter(|mark| matches!(mark.kind, MarkKind::Crash | MarkKind::Cut | MarkKind::Act))
            .map(|mark| mark.step)
            .collect();
        acts.into_iter().find(|step| {
            let act = self.event(*step);
            act.is_some_and(|act| match &act.stimulus {
                Stimulus::Crashed { .. } | Stimulus::Paused | Stimulus::Removed => {
                    act.node == Some(last.from)
                }
                Stimulus::Cut { from, to, both } => {
                    let (from, to, both) = (from.clone(), to.clone(), *both);
                    crate::separates(&trace::Cut { from, to, both }, last.from, last.to)
                }
                _ => false,
            })
        })
    }

    /// The other answers to the question that `event` took an answer to: those that had come before, from others, and said the same.
    fn joined(&mut self, event: &Event) -> Vec<u64> {
        let Some(node) = event.node else {
            return Vec::new();
        };
        let Some(asked) = self.asked(event, node) else {
            return Vec::new();
        };
        let mut heard: BTreeSet<NodeId> = answerer(event).into_iter().collect();
        let mut joined = Vec::new();
        for step in asked + 1..event.step {
            let Some(other) = self.event(step) else {
                break;
            };
            if other.node == Some(node)
                && alike(event, &other)
                && let Some(from) = answerer(&other)
                && !heard.contains(&from)
                && self.asked(&other, node) == Some(asked)
            {
                heard.insert(from);
                joined.push(step);
            }
        }
        joined
    }

    /// The event of `node` that asked for what `event` brings: the nearest at that node from which messages and saves led here.
    fn asked(&mut self, event: &Event, node: NodeId) -> Option<u64> {
        answerer(event)?;
        let mut here: Option<Rc<Event>> = None;
        for _ in 0..HOPS_MAX {
            let (before, tie) = self.cause(here.as_deref().unwrap_or(event))?;
            if !matches!(tie, Tie::Sent | Tie::Saved) {
                return None;
            }
            if before.node == Some(node) {
                return Some(before.step);
            }
            here = Some(before);
        }
        None
    }
}

const fn origin(event: &Event) -> Option<Origin> {
    match event.cause {
        Cause::Choice => Some(Origin::Choice),
        Cause::Workload => Some(Origin::Workload),
        Cause::Start => Some(Origin::Start),
        Cause::Event(_) | Cause::ProgramOrder => None,
    }
}

/// Whether something was made of the event that is worth telling.
fn tells(event: &Event) -> bool {
    event.outcomes.iter().any(|outcome| {
        matches!(
            outcome,
            Outcome::Told(_) | Outcome::Judged { .. } | Outcome::Answered { .. }
        )
    })
}

/// Whether the event may have taken the last of several answers: something was made of it, or it speaks.
fn counts(event: &Event) -> bool {
    let sent = |outcome: &Outcome| matches!(outcome, Outcome::Sent { .. });
    tells(event) || event.outcomes.iter().any(sent)
}

/// Whose answer an event brings: the sender's, or that of the node's own disk.
const fn answerer(event: &Event) -> Option<NodeId> {
    match &event.stimulus {
        Stimulus::Delivered(message) => Some(message.from),
        Stimulus::Saved => event.node,
        _ => None,
    }
}

/// Whether two answers say the same: a yes joins a yes, and a no a no.
fn alike(one: &Event, other: &Event) -> bool {
    match (one.stimulus.message(), other.stimulus.message()) {
        (Some(one), Some(other)) => one.view.shape == other.view.shape,
        (Some(message), None) | (None, Some(message)) => {
            message.view.shape != MessageShape::Refused
        }
        (None, None) => true,
    }
}

/// What `cause` gave as its reason for what led to `event`.
fn reason(event: &Event, cause: &Event) -> Option<Phrase> {
    cause
        .outcomes
        .iter()
        .find_map(|outcome| match (&event.stimulus, outcome) {
            (Stimulus::Fired { timer: fired }, Outcome::TimerSet { timer, reason, .. })
                if timer == fired =>
            {
                Some(reason.clone())
            }
            (
                stimulus,
                Outcome::Sent {
                    message, reason, ..
                },
            ) if stimulus.message().is_some_and(|m| m.name == message.name) => Some(reason.clone()),
            _ => None,
        })
}
