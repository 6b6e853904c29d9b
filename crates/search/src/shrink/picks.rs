//! Runs whose order was chosen, pick by pick: which of the picks matter. What is left out of them happens in its own time, and what is
//! kept is picked as soon as it can be, so that a pick keeps its meaning when time passes before it.

use super::Shrinking;
use sim::{Action, Edit, Run, Trial};
use std::collections::BTreeSet;
use std::mem::discriminant;

impl Shrinking<'_> {
    /// Leaves picks to the ordinary order: all of one sort, then in ever smaller parts.
    pub(super) fn unpick(&mut self) {
        if !is_picked(&self.best.run) {
            return;
        }
        let picks = self.best.run.edits.iter().map(|edit| &edit.action);
        let mut sorts: Vec<_> = picks
            .filter(|one| one.is_pick())
            .map(discriminant)
            .collect();
        sorts.dedup();
        for sort in sorts {
            self.keep(|_, edit| discriminant(&edit.action) != sort);
        }
        let mut size = self.best.run.edits.len();
        while size > 0 && !self.is_spent() && is_picked(&self.best.run) {
            let mut at = 0;
            while at < self.best.run.edits.len() && !self.is_spent() {
                let part = at..at + size;
                if !self.keep(|place, edit| !(part.contains(&place) && edit.action.is_pick())) {
                    at += size;
                }
            }
            size /= 2;
        }
    }

    /// Tries with these edits alone; answers whether fewer do.
    fn keep(&mut self, kept: impl Fn(usize, &Edit) -> bool) -> bool {
        let edits = self.best.run.edits.iter().enumerate();
        let kept: Vec<Edit> = edits
            .filter(|(place, edit)| kept(*place, edit))
            .map(|(_, edit)| edit.clone())
            .collect();
        if kept.len() == self.best.run.edits.len() {
            return false;
        }
        [true, false].into_iter().any(|at_once| {
            let candidate = self.anew(&kept, at_once);
            candidate.is_some_and(|(run, until_us)| self.take_fewer(run, until_us))
        })
    }

    /// The run in which `edits` are done one after the other, picks as soon as they can be, and until when it is to be tried. Anything
    /// else is done `at_once` behind the one before it, or together with the pick that follows.
    fn anew(&mut self, edits: &[Edit], at_once: bool) -> Option<(Run, u64)> {
        self.tries += 1;
        let mut run = self.best.run.clone();
        run.edits.clear();
        let mut trial = (self.open)(&run, 0).ok()?;
        let mut seen = BTreeSet::new();
        let mut later: Vec<&Action> = Vec::new();
        for edit in edits {
            let action = &edit.action;
            if !action.is_pick() && !at_once {
                later.push(action);
                continue;
            }
            if action.is_pick() && !self.comes(trial.as_mut(), action, &mut seen)? {
                continue;
            }
            for action in later.drain(..).chain([action]) {
                let now_us = trial.now_us();
                // What is not possible here any more is left out.
                let _ = trial.act(action, now_us);
            }
        }
        for action in later {
            let now_us = trial.now_us();
            let _ = trial.act(action, now_us);
        }
        Some((trial.run(), trial.now_us()))
    }

    /// Plays until `action` can be picked. `Some(false)` if it has happened by itself, `None` if it does not come.
    fn comes(
        &self,
        trial: &mut dyn Trial,
        action: &Action,
        seen: &mut BTreeSet<Action>,
    ) -> Option<bool> {
        loop {
            let mut waits = false;
            for one in trial.waiting() {
                waits |= one.action == *action;
                // Only messages have names of their own.
                if matches!(one.action, Action::Deliver(_)) {
                    seen.insert(one.action);
                }
            }
            if waits || seen.contains(action) {
                return Some(waits);
            }
            if trial.steps() >= self.steps_max || trial.run_to(u64::MAX, 1, false).steps == 0 {
                return None;
            }
        }
    }

    /// Tries `run` until some time after `until_us`: if it breaks the promise with fewer edits, it is the best so far.
    fn take_fewer(&mut self, run: Run, until_us: u64) -> bool {
        let (best, before_us) = (self.best.clone(), self.until_us);
        self.until_us = before_us.max(until_us + super::SLACK_US);
        if self.take(run) && self.best.run.edits.len() < best.run.edits.len() {
            return true;
        }
        (self.best, self.until_us) = (best, before_us);
        false
    }
}

fn is_picked(run: &Run) -> bool {
    run.edits.iter().any(|edit| edit.action.is_pick())
}
