//! Moving the cursor: step, back, moments, seeking, and running until something is true, in bounded portions.

use crate::{Model, Target, Until};
use protocol::{NodeId, Phrase, Ring};
use sim::{Link, Stepped};
use std::collections::BTreeSet;
use trace::{MarkKind, Outcome, Stimulus};

/// How many events one portion of a run takes: a few milliseconds.
const PORTION_EVENTS: u32 = 4_000;
/// The same where every event or frame must be looked at.
const PORTION_EVENTS_READ: u32 = 300;
/// After so many events a goal is given up.
pub(crate) const GOAL_EVENTS_MAX: u64 = 100_000;

/// A run that is under way.
#[derive(Clone, Debug)]
pub(crate) struct Goal {
    pub(crate) until: Until,
    /// How many events it has taken.
    pub(crate) events: u64,
    /// Who led at its start, in which epoch: another leader is what "a leader" waits for.
    leaders: BTreeSet<(NodeId, Option<u64>)>,
    epoch: Option<u64>,
    /// The link that is being opened: checked at the end.
    pub(crate) opening: Option<Box<Link>>,
}

impl Model {
    pub(crate) fn step_forward(&mut self) {
        self.pause(true);
        let watched = self.watched();
        if self.session.advance(watched).is_none() {
            self.refuse(Phrase::new("ui.refused.nothing-waits"));
            return;
        }
        self.stepped();
    }

    pub(crate) fn step_back(&mut self) {
        let step = self.session.step();
        if step > 0 {
            self.seek(step - 1);
        } else {
            self.pause(true);
        }
    }

    /// Moves the cursor of the branch, at most to its end.
    pub(crate) fn seek(&mut self, step: u64) {
        self.pause(false);
        let step = step.min(self.session.playable.len());
        if self.session.playable.seek(step).is_ok() {
            self.stepped();
        }
    }

    pub(crate) fn seek_time(&mut self, at_us: u64) {
        self.seek(self.session.playable.step_at(at_us));
        // Between two events the head stands where it was put.
        let next_us = self.session.playable.next_us();
        if let Some(next_us) = next_us {
            let at_us = (at_us.min(next_us)) as f64;
            self.head.at_us = self.head.at_us.max(at_us);
        }
    }

    /// The cursor was moved by hand: the caption and the screen reader say the event here.
    pub(crate) fn stepped(&mut self) {
        self.jumped();
        self.tell_here();
        self.announce_here();
        self.address.dirty();
    }

    pub(crate) fn previous_moment(&mut self) {
        let here = self.session.step();
        let marks = self.session.marks();
        let before = marks.iter().rev().find(|mark| mark.step < here);
        self.seek(before.map_or(0, |mark| mark.step));
    }

    pub(crate) fn previous_of_node(&mut self) {
        let Some(node) = self.look.node else {
            self.refuse(Phrase::new("ui.refused.no-node"));
            return;
        };
        let here = self.session.step();
        let first = here.saturating_sub(GOAL_EVENTS_MAX / 50);
        let found = (first + 1..here).rev().find(|step| {
            self.event_at(*step)
                .is_some_and(|event| event.node == Some(node))
        });
        match found {
            Some(step) => self.seek(step),
            None => self.refuse(Phrase::new("ui.refused.no-event-before").node("node", node)),
        }
    }

    pub(crate) fn next_of_node(&mut self) {
        match self.look.node {
            Some(node) => self.run_until(Until::NodeEvent(node)),
            None => self.refuse(Phrase::new("ui.refused.no-node")),
        }
    }

    /// Runs until something is true: at once as far as one portion goes, the rest with the coming ticks.
    pub(crate) fn run_until(&mut self, until: Until) {
        self.pause(true);
        if self.jump_within_record(until) {
            return;
        }
        self.goal = Some(self.goal(until));
        self.pursue();
    }

    pub(crate) fn goal(&self, until: Until) -> Goal {
        Goal {
            until,
            events: 0,
            leaders: self.leaders(),
            epoch: self.epoch(),
            opening: None,
        }
    }

    /// What is recorded already need not be run: true if the goal was found there.
    fn jump_within_record(&mut self, until: Until) -> bool {
        let playable = &self.session.playable;
        let (here, len) = (playable.step(), playable.len());
        let kind = |wanted: MarkKind| {
            let mut marks = self.session.marks().iter();
            marks.find(|mark| mark.step > here && mark.kind == wanted)
        };
        let found = match until {
            Until::Step(step) if step <= len => Some(step),
            Until::Time(at_us) if len > 0 && at_us <= playable.time_of(len) => {
                Some(playable.step_at(at_us))
            }
            Until::Moment => {
                let mut marks = self.session.marks().iter();
                marks.find(|mark| mark.step > here).map(|mark| mark.step)
            }
            Until::Crash => kind(MarkKind::Crash).map(|mark| mark.step),
            Until::Violation => kind(MarkKind::Violation).map(|mark| mark.step),
            _ => None,
        };
        if let Some(step) = found {
            self.seek(step);
            return true;
        }
        let beyond = matches!(
            until,
            Until::Step(_) | Until::Time(_) | Until::Moment | Until::Crash | Until::Violation
        );
        if beyond && here < len && self.session.playable.seek(len).is_ok() {
            self.jumped();
        }
        false
    }

    /// One portion of the run towards the goal.
    pub(crate) fn pursue(&mut self) {
        let Some(mut goal) = self.goal.take() else {
            return;
        };
        let watched = self.watched();
        let (portion, most) = match goal.until {
            // These end by themselves, however far they are.
            Until::Step(_) | Until::Time(_) => (PORTION_EVENTS, u64::MAX),
            Until::Violation | Until::Moment | Until::Leader | Until::Crash => {
                (PORTION_EVENTS, GOAL_EVENTS_MAX)
            }
            Until::Epoch | Until::Answer | Until::NodeEvent(_) => {
                (PORTION_EVENTS_READ, GOAL_EVENTS_MAX)
            }
        };
        for _ in 0..portion {
            if self.is_there(goal.until) || goal.events >= most {
                self.arrive(goal, false);
                return;
            }
            let Some(stepped) = self.session.advance(watched) else {
                self.arrive(goal, false);
                return;
            };
            goal.events += 1;
            if self.reached(&goal, stepped) || (stepped.violated && goal.opening.is_none()) {
                self.arrive(goal, true);
                return;
            }
        }
        self.goal = Some(goal);
        self.jumped();
    }

    /// Whether a goal in steps or in time is reached: the next event would go beyond.
    fn is_there(&self, until: Until) -> bool {
        match until {
            Until::Time(at_us) => {
                let next_us = self.session.playable.next_us();
                next_us.is_none_or(|next_us| next_us > at_us)
            }
            Until::Step(step) => self.session.step() >= step,
            _ => false,
        }
    }

    fn arrive(&mut self, goal: Goal, found: bool) {
        self.goal = None;
        self.stepped();
        let reached = match goal.until {
            Until::Time(at_us) => {
                self.seek_time(at_us);
                true
            }
            Until::Step(step) => self.session.step() == step,
            _ => found,
        };
        if let Some(link) = goal.opening {
            self.opened(&link);
        } else if !reached {
            let phrase = Phrase::new("ui.refused.not-found").int("events", goal.events);
            self.refuse(phrase);
        }
    }

    fn reached(&mut self, goal: &Goal, stepped: Stepped) -> bool {
        match goal.until {
            Until::Violation => stepped.violated,
            Until::Moment => stepped.moment,
            Until::Step(step) => stepped.step >= step,
            Until::Time(_) => false,
            Until::Leader => {
                // To lead is told, so that frames are read at turning points only.
                stepped.moment && {
                    self.session.read();
                    !self.leaders().is_subset(&goal.leaders)
                }
            }
            Until::Epoch => {
                self.session.read();
                self.epoch() > goal.epoch
            }
            Until::Crash => {
                stepped.moment
                    && self
                        .event_at(stepped.step)
                        .is_some_and(|event| matches!(event.stimulus, Stimulus::Crashed { .. }))
            }
            Until::Answer => self.event_at(stepped.step).is_some_and(|event| {
                let answered = |outcome: &Outcome| matches!(outcome, Outcome::Answered { .. });
                event.outcomes.iter().any(answered)
            }),
            Until::NodeEvent(node) => self
                .event_at(stepped.step)
                .is_some_and(|event| event.node == Some(node)),
        }
    }

    fn leaders(&self) -> BTreeSet<(NodeId, Option<u64>)> {
        let nodes = self.session.frame.nodes.iter();
        nodes
            .filter(|node| node.view.ring == Ring::Double && node.status == trace::NodeStatus::Up)
            .map(|node| (node.id, node.view.epoch))
            .collect()
    }

    fn epoch(&self) -> Option<u64> {
        let nodes = self.session.frame.nodes.iter();
        nodes.filter_map(|node| node.view.epoch).max()
    }

    pub(crate) fn stop_run(&mut self) {
        if let Some(goal) = self.goal.take() {
            self.stepped();
            if let Some(link) = goal.opening {
                self.opened(&link);
            }
        }
    }

    /// Undoes the last action; the undone future stays as a branch. Without one, the run before this one comes back.
    pub(crate) fn undo(&mut self) {
        self.pause(false);
        let playable = &mut self.session.playable;
        let from = (playable.branch(), playable.step());
        if let Some((step, _)) = playable.last_edit()
            && playable.seek(step.saturating_sub(1)).is_ok()
        {
            playable.fork();
            self.redo = Some(from);
            self.session.read_marks();
            self.stepped();
            self.say_done(Phrase::new("ui.did.undo"), false);
        } else if let Some(session) = self.earlier.pop() {
            self.show_session(session);
            self.say_done(Phrase::new("ui.did.undo-run"), false);
        } else {
            self.refuse(Phrase::new("ui.refused.nothing-to-undo"));
        }
    }

    pub(crate) fn redo(&mut self) {
        match self.redo.take() {
            Some((branch, step)) => self.switch(branch, Some(step)),
            None => self.refuse(Phrase::new("ui.refused.nothing-to-redo")),
        }
    }

    pub(crate) fn switch(&mut self, branch: u32, step: Option<u64>) {
        self.pause(false);
        if self.session.playable.switch(branch, step).is_ok() {
            self.redo = None;
            self.session.read_marks();
            self.stepped();
            self.out.push(crate::Command::Focus(Target::Stage));
        }
    }

    /// The goals of *Run until…* that need no number, with the keys of their words.
    pub(crate) const GOALS: [(Until, &'static str); 6] = [
        (Until::Leader, "ui.until.leader"),
        (Until::Epoch, "ui.until.epoch"),
        (Until::Answer, "ui.until.answer"),
        (Until::Moment, "ui.until.moment"),
        (Until::Crash, "ui.until.crash"),
        (Until::Violation, "ui.until.violation"),
    ];
}
