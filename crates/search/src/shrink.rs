//! Shrinking: from a run that breaks a promise to one that breaks it with as little as possible. No edit of it can be taken out,
//! nor two at once, and nothing of it moved to its default; then what is left is put at times that read well.
//!
//! First what was picked goes back to the ordinary order. Then by chunks, then one by one (Zeller & Hildebrandt, "Simplifying and
//! isolating failure-inducing input", 2002). Nodes that nobody needs leave, parameters go to their defaults. Names are
//! causal, so that taking an edit out renames nothing but what it caused. Knows a run by trying it, and no particular protocol.

mod nodes;
mod picks;

use crate::random::{CHANCES, DUPLICATION, Finding, Opener, owed};
use protocol::{PropertyKind, Verdict};
use serde::{Deserialize, Serialize};
use sim::{Action, Edit, Run, SimError, Struck, Trial, WorldConfig};
use std::collections::BTreeMap;
use trace::NodeStatus;

/// A run of more steps than this is no longer tried: shrinking makes runs shorter.
const STEPS_BEYOND: u64 = 2_000;
/// Of so many edits at most every two are tried together: of twice as many there are four times as many pairs.
const PAIRED_MAX: usize = 40;
/// How much later than before a promise may break, besides an eighth of the time it took, in microseconds.
const SLACK_US: u64 = 200_000;
/// Times are rounded to the coarsest of these that keeps the promise broken, in microseconds.
const GRIDS_US: [u64; 4] = [500_000, 100_000, 10_000, 1_000];

/// What shrinking came to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Shrunk {
    /// The small run.
    pub finding: Finding,
    /// How many edits the run had that was given.
    pub was: u64,
    /// How many runs were tried.
    pub tries: u64,
    /// Whether nothing more can be taken out or moved to its default; otherwise the tries ran out.
    pub minimal: bool,
}

/// How far shrinking has come.
#[derive(Clone, Copy, Debug)]
pub struct Sofar<'a> {
    /// The smallest run that breaks the promise.
    pub best: &'a Finding,
    /// Whether the last try brought it.
    pub is_new: bool,
    /// How many runs were tried.
    pub tries: u64,
}

/// Shrinks `finding`, trying at most `tries_max` runs.
///
/// # Errors
/// Its run cannot be opened, or does not break what it says it breaks.
pub fn shrink(finding: &Finding, tries_max: u64, open: Opener<'_>) -> Result<Shrunk, SimError> {
    shrink_watched(finding, tries_max, open, &mut |_| {})
}

/// The same; `watch` is told after every try how far it is.
///
/// # Errors
/// As [`shrink`].
pub fn shrink_watched(
    finding: &Finding,
    tries_max: u64,
    open: Opener<'_>,
    watch: &mut dyn FnMut(Sofar<'_>),
) -> Result<Shrunk, SimError> {
    let mut shrinking = Shrinking::new(finding, tries_max, open, watch)?;
    let mut minimal = false;
    while !minimal && !shrinking.is_spent() {
        let before = shrinking.best.clone();
        shrinking.unpick();
        shrinking.remove();
        shrinking.simplify();
        // Behind what chance does: fewer nodes must not make it needed.
        shrinking.default_parameters();
        shrinking.fewer_nodes();
        shrinking.retime();
        // What was moved may let something else be taken out; and what serves only each other goes together.
        minimal =
            shrinking.best.run == before.run && !shrinking.remove_pair() && !shrinking.is_spent();
    }
    Ok(Shrunk {
        was: finding.run.edits.len() as u64,
        tries: shrinking.tries,
        minimal,
        finding: shrinking.best,
    })
}

/// A shrinking under way.
struct Shrinking<'a> {
    open: Opener<'a>,
    best: Finding,
    place: usize,
    eventual: bool,
    /// Until when a run is tried: where the run that was given broke its promise, and some more.
    until_us: u64,
    steps_max: u64,
    tries: u64,
    tries_max: u64,
    watch: &'a mut dyn FnMut(Sofar<'_>),
}

impl<'a> Shrinking<'a> {
    fn new(
        finding: &Finding,
        tries_max: u64,
        open: Opener<'a>,
        watch: &'a mut dyn FnMut(Sofar<'_>),
    ) -> Result<Self, SimError> {
        let trial = open(&finding.run, 0)?;
        let properties = trial.about().properties;
        let place = crate::random::place_of(&finding.property, trial.about())?;
        let eventual = properties[place].kind == PropertyKind::Eventually;
        // What must come about has its time; what must not happen may happen somewhat later.
        let later_us = if eventual {
            1
        } else {
            SLACK_US + finding.at_us / 8
        };
        let mut shrinking = Self {
            open,
            best: finding.clone(),
            place,
            eventual,
            until_us: finding.at_us + later_us,
            steps_max: finding.step + STEPS_BEYOND,
            tries: 0,
            tries_max,
            watch,
        };
        let run = finding.run.clone();
        if shrinking.take(run) {
            Ok(shrinking)
        } else {
            Err(SimError::refused(
                protocol::Phrase::new("error.breaks-nothing").text("id", finding.property.clone()),
            ))
        }
    }

    const fn is_spent(&self) -> bool {
        self.tries >= self.tries_max
    }

    /// Tries `run`: if it breaks the promise, it is the best so far.
    fn take(&mut self, run: Run) -> bool {
        if self.is_spent() {
            return false;
        }
        self.tries += 1;
        let found = self.broken(&run);
        let is_new = found.is_some();
        if let Some(finding) = found {
            self.best = finding;
        }
        (self.watch)(Sofar {
            best: &self.best,
            is_new,
            tries: self.tries,
        });
        is_new
    }

    /// The find that `run` is, if it breaks the promise within its assumptions.
    fn broken(&self, run: &Run) -> Option<Finding> {
        let mut trial = (self.open)(run, 0).ok()?;
        let mut calm_steps = 0;
        if self.eventual {
            // Edits of the very end of the faults still belong to them.
            trial.run_to(self.best.calm_us + 1, self.steps_max, false);
            calm_steps = trial.steps();
        }
        while trial.steps() < self.steps_max {
            let left = self.steps_max - trial.steps();
            let stretch = trial.run_to(self.until_us, left, false);
            let verdict = trial.verdicts()[self.place];
            if matches!(verdict, Verdict::Violated(_)) {
                return self.finding(trial.as_ref());
            }
            if !stretch.violated {
                break;
            }
        }
        let owed = self.eventual && owed(trial.as_ref(), calm_steps)[self.place];
        let edits = run.edits.iter();
        let in_time = edits.map(|edit| edit.at_us).max() <= Some(self.best.calm_us);
        (owed && in_time && trial.steps() < self.steps_max && is_calm(trial.as_ref()))
            .then(|| self.finding(trial.as_ref()))?
    }

    fn finding(&self, trial: &dyn Trial) -> Option<Finding> {
        let mut run = trial.run();
        let unmet = trial.unmet();
        let now_us = trial.now_us();
        let mut place = 0;
        run.edits.retain(|edit| {
            place += 1;
            edit.at_us <= now_us && !unmet.contains(&(place - 1))
        });
        let assumes = trial.about().properties[self.place].assumes;
        if !assumes.covers(&run.met(now_us)) {
            return None;
        }
        let how = match trial.verdicts()[self.place] {
            Verdict::Violated(how) => Some(how.clone()),
            Verdict::Open | Verdict::Met => None,
        };
        Some(Finding {
            how,
            run,
            step: trial.steps(),
            at_us: if self.eventual {
                self.best.at_us
            } else {
                now_us
            },
            ..self.best.clone()
        })
    }

    /// Takes out as many edits as can be.
    fn remove(&mut self) {
        let mut size = self.best.run.edits.len().div_ceil(2).max(1);
        loop {
            let (mut at, mut removed) = (0, false);
            while at < self.best.run.edits.len() && !self.is_spent() {
                let mut run = self.best.run.clone();
                let end = (at + size).min(run.edits.len());
                run.edits.drain(at..end);
                if self.take(run) {
                    removed = true;
                } else {
                    at += size;
                }
            }
            if self.is_spent() || (size == 1 && !removed) {
                return;
            }
            if !removed || size > 1 {
                size = (size / 2).max(1);
            }
        }
    }

    /// Takes out two edits of which neither can go alone, as a cut and its healing; `false` if no two can.
    fn remove_pair(&mut self) -> bool {
        let edits = self.best.run.edits.len();
        let pairs = (0..edits).flat_map(|one| (one + 1..edits).map(move |other| (one, other)));
        let mut pairs = pairs.take_while(|_| edits <= PAIRED_MAX);
        pairs.any(|(one, other)| {
            let mut run = self.best.run.clone();
            run.edits.remove(other);
            run.edits.remove(one);
            self.take(run)
        })
    }

    /// Moves to its default what can be.
    fn simplify(&mut self) {
        let keys: Vec<String> = self.best.run.config.keys().cloned().collect();
        for key in keys.iter().filter(|key| is_of_the_world(key)) {
            let mut run = self.best.run.clone();
            run.config.remove(key);
            if !self.take(run) && CHANCES.contains(&key.as_str()) {
                self.make_explicit(key);
            }
        }
        let mut at = 0;
        while at < self.best.run.edits.len() {
            let mut plainer = plainer(&self.best.run.edits[at].action).into_iter();
            let moved = plainer.any(|action| {
                let mut run = self.best.run.clone();
                run.edits[at].action = action;
                self.take(run)
            });
            // What was made plainer may be made plainer still.
            at += usize::from(!moved);
        }
    }

    /// What chance does to messages becomes edits, one a message, which can then be taken out one by one.
    fn make_explicit(&mut self, key: &str) {
        let Ok(mut trial) = (self.open)(&self.best.run, 0) else {
            return;
        };
        let doubled = key == DUPLICATION;
        let mut struck: BTreeMap<(u64, protocol::Name), Struck> = BTreeMap::new();
        while trial.steps() < self.best.step && trial.run_to(self.until_us, 1, false).steps > 0 {
            let chances = trial.chances().into_iter();
            let of_kind = chances.filter(|one| one.doubled == doubled);
            struck.extend(of_kind.map(|one| ((one.sent_us, one.message), one)));
        }
        let mut run = self.best.run.clone();
        run.config.remove(key);
        run.edits.extend(struck.into_values().map(|one| Edit {
            at_us: one.sent_us + 1,
            rank: 0,
            after: Vec::new(),
            action: if doubled {
                Action::Duplicate(one.message)
            } else {
                Action::Drop(one.message)
            },
        }));
        run.edits.sort_by_key(|edit| (edit.at_us, edit.rank));
        if self.take(run) {
            self.remove();
        }
    }

    /// Puts edits at round times, all at once if that does, otherwise one by one.
    fn retime(&mut self) {
        let whole = |run: &Run, grid_us: u64| {
            let mut run = run.clone();
            for edit in &mut run.edits {
                round(edit, grid_us);
            }
            run.edits.sort_by_key(|edit| (edit.at_us, edit.rank));
            run
        };
        for grid_us in GRIDS_US {
            let run = whole(&self.best.run, grid_us);
            if run == self.best.run || self.take(run) {
                return;
            }
        }
        for at in 0..self.best.run.edits.len() {
            for grid_us in GRIDS_US {
                let mut run = self.best.run.clone();
                let Some(edit) = run.edits.get_mut(at) else {
                    return;
                };
                if !round(edit, grid_us) {
                    break;
                }
                let in_order = run.edits.is_sorted_by_key(|edit| (edit.at_us, edit.rank));
                if in_order && self.take(run) {
                    break;
                }
            }
        }
    }
}

/// Moves an edit to the next round time; `false` if it stands at one.
fn round(edit: &mut Edit, grid_us: u64) -> bool {
    // What was picked among several of one moment stays with them.
    if edit.rank > 0 || edit.action.is_pick() || edit.at_us.is_multiple_of(grid_us) {
        return false;
    }
    edit.at_us = edit.at_us.next_multiple_of(grid_us);
    edit.after.clear();
    true
}

/// Whether nothing keeps the cluster from what must come about.
fn is_calm(trial: &dyn Trial) -> bool {
    let run = trial.run();
    let by_chance = CHANCES.iter().any(|key| {
        let sets = run.edits.iter().rev().find_map(|edit| match &edit.action {
            Action::Set { key: set, value } if set == key => Some(value),
            _ => None,
        });
        sets.or(run.config.get(*key))
            .is_some_and(|value| value != "0")
    });
    !by_chance
        && !trial.is_cut()
        && trial.messages().iter().all(|(_, held)| !held)
        && trial
            .targets()
            .iter()
            .all(|target| target.status == NodeStatus::Up)
}

fn is_of_the_world(key: &str) -> bool {
    use protocol::Config;
    WorldConfig::place(key).is_some()
}

/// The ways in which an action can be nearer to its default.
fn plainer(action: &Action) -> Vec<Action> {
    match action {
        Action::Crash { node, keep, torn } if *keep > 0 || *torn => vec![Action::Crash {
            node: *node,
            keep: 0,
            torn: false,
        }],
        Action::Cut { from, to, both } => {
            let without = |nodes: &Vec<protocol::NodeId>, at: usize| {
                let mut nodes = nodes.clone();
                nodes.remove(at);
                nodes
            };
            let fewer_from = (0..from.len())
                .filter(|_| from.len() > 1)
                .map(|at| Action::Cut {
                    from: without(from, at),
                    to: to.clone(),
                    both: *both,
                });
            let fewer_to = (0..to.len())
                .filter(|_| to.len() > 1)
                .map(|at| Action::Cut {
                    from: from.clone(),
                    to: without(to, at),
                    both: *both,
                });
            fewer_from.chain(fewer_to).collect()
        }
        Action::Skew {
            node,
            drift_ppm,
            offset_us,
        } if *drift_ppm != 0 && *offset_us != 0 => vec![
            Action::Skew {
                node: *node,
                drift_ppm: 0,
                offset_us: *offset_us,
            },
            Action::Skew {
                node: *node,
                drift_ppm: *drift_ppm,
                offset_us: 0,
            },
        ],
        _ => Vec::new(),
    }
}
