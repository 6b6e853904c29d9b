//! The history of what clients called: checked as it grows, from the record alone, while somebody looks at it. Another branch is
//! another history. Knows nothing of how it is drawn.

use crate::{HistoryMsg, Model, Tab};
use linearizability::{Explanation, Incremental, Now, Specification};
use protocol::{Access, Heard, NodeId, Phrase, SmolStr};
use sim::{CallEvent, Called};
use std::collections::BTreeMap;
use std::rc::Rc;
use trace::{Event, MarkKind, Stimulus};

/// So many calls are shown at once.
pub(crate) const WINDOW: usize = 24;
/// Of these, so many come before the cursor where there are later ones.
const BEFORE: usize = 18;
/// How many configurations may be visited for one answer: a few milliseconds.
const BUDGET: u64 = 50_000;

/// The object that all clients share, as their answers should tell of it: a value by key.
struct Shared;

impl Specification for Shared {
    type State = Option<SmolStr>;
    type Op = Access;
    type Key = SmolStr;

    fn initial(&self) -> Option<SmolStr> {
        None
    }

    fn step(&self, state: &Option<SmolStr>, op: &Access) -> Option<Option<SmolStr>> {
        let (after, truth) = op.act.on(state.as_ref());
        let fits = op.heard.as_ref().is_none_or(|heard| *heard == truth);
        fits.then_some(after)
    }

    fn key(&self, op: &Access) -> SmolStr {
        op.key.clone()
    }

    fn reads(&self, op: &Access) -> bool {
        op.reads()
    }
}

/// When something was: its step in the branch.
pub(crate) type Step = u64;

/// How a call stands.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum End {
    /// Its client waits.
    Open,
    /// Its client had this answer; one without anything heard leaves open what came of it.
    Answered(Step, Phrase),
    /// Its client went down.
    Lost(Step),
}

impl End {
    /// When that was.
    pub(crate) const fn step(&self) -> Option<Step> {
        match self {
            Self::Open => None,
            Self::Answered(step, _) | Self::Lost(step) => Some(*step),
        }
    }
}

/// A call.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Call {
    pub(crate) client: NodeId,
    pub(crate) step: Step,
    pub(crate) says: Phrase,
    /// What it does, with what was heard.
    pub(crate) access: Access,
    pub(crate) end: End,
}

impl Call {
    /// Whether its client knows what came of it.
    pub(crate) const fn is_known(&self) -> bool {
        self.access.heard.is_some()
    }
}

/// What holds of all calls together.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Verdict {
    Linearizable,
    /// Answers about this key cannot all be right.
    Illegal(SmolStr, Explanation),
    GaveUp,
}

/// Where a call takes effect.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Point {
    /// Behind which event of the history, and how far on to the next: 3.5 is half-way from the event 3, counted from 0, to the event 4.
    pub(crate) at: f64,
    /// As which of all, from 1.
    pub(crate) number: u32,
}

/// The history of a branch.
pub(crate) struct History {
    branch: u32,
    /// How many entries of the record were taken over.
    taken: usize,
    pub(crate) calls: Vec<Call>,
    /// The step of each event that the checker was told.
    pub(crate) events: Vec<Step>,
    checker: Incremental<Shared>,
    pub(crate) verdict: Verdict,
    /// Of each call, where it takes effect, if it does in the order that was found.
    pub(crate) points: Vec<Option<Point>>,
    /// The first call that is shown.
    pub(crate) first: usize,
    /// Whether that stays so when the cursor moves.
    pub(crate) held: bool,
    /// What was read at noteworthy steps: the event, where it is a fault or the end of one.
    faults: BTreeMap<Step, Option<Rc<Event>>>,
}

impl History {
    fn new(branch: u32) -> Self {
        Self {
            branch,
            taken: 0,
            calls: Vec::new(),
            events: Vec::new(),
            checker: Incremental::new(Shared, BUDGET),
            verdict: Verdict::Linearizable,
            points: Vec::new(),
            first: 0,
            held: false,
            faults: BTreeMap::new(),
        }
    }

    /// Takes over what was recorded since.
    fn take(&mut self, entries: Vec<CallEvent>) {
        if entries.is_empty() {
            return;
        }
        for entry in entries {
            self.taken += 1;
            let told = match entry.what {
                Called::Asked {
                    client,
                    says,
                    access,
                } => {
                    let place = self.checker.call(access.clone());
                    debug_assert_eq!(place, entry.call);
                    self.calls.push(Call {
                        client,
                        step: entry.step,
                        says,
                        access,
                        end: End::Open,
                    });
                    true
                }
                Called::Answered { says, heard } => {
                    self.end(entry.call, End::Answered(entry.step, says), heard)
                }
                Called::Lost => self.end(entry.call, End::Lost(entry.step), None),
            };
            if told {
                self.events.push(entry.step);
            }
        }
        self.judge();
    }

    /// A call has ended. Says whether the checker took it as an event.
    fn end(&mut self, place: u32, end: End, heard: Option<Heard>) -> bool {
        let Some(call) = self.calls.get_mut(place as usize) else {
            return false;
        };
        call.end = end;
        call.access.heard = heard;
        let told = if call.is_known() {
            self.checker.answer(place, call.access.clone())
        } else {
            self.checker.lose(place)
        };
        told.is_ok()
    }

    /// What holds now, and where each call takes effect.
    fn judge(&mut self) {
        self.points = vec![None; self.calls.len()];
        self.verdict = Verdict::Linearizable;
        let mut all: Vec<(f64, u32)> = Vec::new();
        // Of several keys that fail, the one that failed first is told.
        let mut failed: Option<u32> = None;
        for key in self.checker.keys() {
            match self.checker.now(key) {
                Some(Now::Linearizable { order }) => all.extend(self.placed(&order)),
                Some(Now::Illegal(explanation)) => {
                    let broken = &self.checker.history()[explanation.broken_by as usize];
                    let at = broken.returned.unwrap_or(u32::MAX);
                    if failed.is_none_or(|earlier| at < earlier) {
                        failed = Some(at);
                        self.verdict = Verdict::Illegal(key.clone(), explanation);
                    }
                }
                Some(Now::GaveUp) if failed.is_none() => self.verdict = Verdict::GaveUp,
                Some(Now::GaveUp) | None => {}
            }
        }
        all.sort_by(|one, other| one.0.total_cmp(&other.0));
        for (number, (at, call)) in (1..).zip(all) {
            self.points[call as usize] = Some(Point { at, number });
        }
    }

    /// The calls of an order with a place in time for each: half-way through the time that the order leaves it, or, where its end
    /// is not known, as soon as it can be.
    fn placed(&self, order: &[u32]) -> Vec<(f64, u32)> {
        let history = self.checker.history();
        let of = |call: &u32| &history[*call as usize];
        let mut latest = vec![0.0; order.len()];
        let mut bound = self.events.len() as f64;
        for (place, call) in order.iter().enumerate().rev() {
            bound = of(call)
                .returned
                .map_or(bound, |at| bound.min(f64::from(at)));
            latest[place] = bound;
        }
        let (mut earliest, mut before) = (0.0f64, 0.0f64);
        let placed = order.iter().zip(latest).map(|(call, latest)| {
            earliest = earliest.max(f64::from(of(call).invoked));
            let wish = match of(call).returned {
                Some(_) => f64::midpoint(earliest, latest),
                None => earliest,
            };
            before = before.max(wish);
            (before, *call)
        });
        placed.collect()
    }

    /// Moves what is shown to where the cursor is, unless it is there, or was put elsewhere.
    fn follow(&mut self, step: Step, live: bool) {
        let so_far = self.calls.partition_point(|call| call.step <= step);
        let last = self.calls.len().saturating_sub(WINDOW);
        let seen = self.first < so_far && so_far <= self.first + WINDOW;
        if !self.held && (live || !seen) {
            self.first = so_far.saturating_sub(BEFORE);
        }
        self.first = self.first.min(last);
        if live && !self.held {
            self.first = last;
        }
    }

    /// One past the last call that is shown.
    pub(crate) fn end_of_window(&self) -> usize {
        (self.first + WINDOW).min(self.calls.len())
    }

    /// The steps that are shown: from the first call's on, to before that of the first call which is not.
    pub(crate) fn steps(&self) -> std::ops::Range<Step> {
        let from = match self.first {
            0 => 0,
            first => self.calls[first].step,
        };
        let next = self.calls.get(self.end_of_window());
        from..next.map_or(Step::MAX, |call| call.step)
    }

    /// The faults among the steps that are shown.
    pub(crate) fn faults(&self) -> impl Iterator<Item = &Rc<Event>> {
        self.faults
            .range(self.steps())
            .filter_map(|(_, event)| event.as_ref())
    }

    /// The calls of which it is known that their answers cannot all be right.
    pub(crate) fn wrong(&self) -> &[u32] {
        match &self.verdict {
            Verdict::Illegal(_, explanation) => &explanation.operations,
            Verdict::Linearizable | Verdict::GaveUp => &[],
        }
    }

    /// Shows the answers that cannot all be right, or the last of them where they are far apart.
    fn show_failure(&mut self) {
        let wrong = self.wrong();
        let (Some(&first), Some(&last)) = (wrong.first(), wrong.last()) else {
            return;
        };
        let (first, last) = (first as usize, last as usize);
        let span = last + 1 - first;
        self.first = match WINDOW.checked_sub(span) {
            Some(room) => first.saturating_sub(room / 2),
            None => (last + 1).saturating_sub(WINDOW),
        };
        self.held = true;
    }
}

impl Model {
    /// The history takes over what has happened, while it is looked at.
    #[inline(never)]
    pub(crate) fn follow_history(&mut self) {
        let playable = &self.session.playable;
        let (branch, step) = (playable.branch(), playable.step());
        let known = self.session.history.take();
        let known = known.filter(|history| history.branch == branch);
        let mut history = known.unwrap_or_else(|| Box::new(History::new(branch)));
        let failed_before = !history.wrong().is_empty();
        history.take(playable.calls(history.taken));
        history.follow(step, self.session.is_live());
        let shown = history.steps();
        let marks = self.session.playable.marks().iter();
        let noteworthy: Vec<Step> = marks
            .filter(|mark| mark.kind != MarkKind::Fact && shown.contains(&mark.step))
            .map(|mark| mark.step)
            .filter(|step| !history.faults.contains_key(step))
            .collect();
        for step in noteworthy {
            let event = self
                .event_at(step)
                .filter(|event| is_fault(&event.stimulus));
            history.faults.insert(step, event);
        }
        let failed = !history.wrong().is_empty();
        self.session.history = Some(history);
        if failed && !failed_before {
            let said = self.history_verdict();
            self.announce(said);
        }
    }

    #[inline(never)]
    pub(crate) fn handle_history(&mut self, msg: HistoryMsg) {
        self.look.tab = Tab::History;
        if let Some(history) = &mut self.session.history {
            match msg {
                HistoryMsg::Earlier => {
                    history.first = history.first.saturating_sub(WINDOW);
                    history.held = true;
                }
                HistoryMsg::Later => {
                    history.first += WINDOW;
                    history.held = true;
                }
                HistoryMsg::Follow => history.held = false,
                HistoryMsg::Failure => history.show_failure(),
            }
        }
        self.touch();
    }
}

/// Whether it is a fault, or the end of one.
const fn is_fault(stimulus: &Stimulus) -> bool {
    !matches!(
        stimulus,
        Stimulus::Delivered(_)
            | Stimulus::Bounced(_)
            | Stimulus::Fired { .. }
            | Stimulus::Asked { .. }
            | Stimulus::Saved
            | Stimulus::Decided { .. }
            | Stimulus::Held(_)
            | Stimulus::Released(_)
    )
}

#[cfg(test)]
mod tests;
