//! Priorities over chains of events, in untimed play: what waits and has the highest priority happens next, however late the rest
//! becomes. A fault that needs `d` events in one order is met with probability at least 1 / (w² n^(d-1)) among schedules of n
//! events in w chains (PCTCP: Ozkan et al., "Randomized testing of distributed systems with probabilistic guarantees",
//! OOPSLA 2018).
//!
//! A chain is a line of causes: what a delivery or a save brings about first follows it in its chain. A timer begins a chain of its
//! own whenever it is set, so that one that sets itself again does not keep all others waiting. Faults are events of their own.

use super::Schedule;
use super::dice::Dice;
use protocol::{Name, NodeKind};
use sim::{Action, Waiting};
use std::collections::BTreeMap;
use trace::NodeStatus;

/// So many events a schedule has, unless the bound on its steps is lower.
const EVENTS: u64 = 600;
/// The most crashes of a schedule; each is followed by a restart. As many messages are lost and doubled at most.
const FAULTS_MAX: u64 = 3;

/// A chain: the last event in it, and how urgent it is.
#[derive(Clone, Copy, Debug)]
struct Chain {
    last: Name,
    priority: u64,
}

/// Which event belongs to which chain.
#[derive(Debug, Default)]
pub(crate) struct Chains {
    all: Vec<Chain>,
    of: BTreeMap<Name, usize>,
    /// The places, in the order in which events appear, of those whose chain loses its priority.
    changes: Vec<u64>,
}

impl Chains {
    /// None yet, with `depth` - 1 changes among `most` events.
    pub(crate) fn new(depth: u32, most: u64, dice: &mut Dice) -> Self {
        Self {
            changes: (1..depth).map(|_| dice.between(1, most)).collect(),
            ..Self::default()
        }
    }

    /// Takes in an event that has appeared.
    pub(crate) fn join(&mut self, waiting: &Waiting, dice: &mut Dice) {
        if self.of.contains_key(&waiting.event) {
            return;
        }
        let cause = waiting.cause.filter(|_| !waiting.timer);
        let follows = cause.and_then(|cause| self.of.get(&cause).copied());
        let follows = follows.filter(|chain| Some(self.all[*chain].last) == cause);
        let chain = match follows {
            Some(chain) => {
                self.all[chain].last = waiting.event;
                chain
            }
            None => {
                // Above every priority that a change leads to.
                let priority = (1 << 32) + dice.below(1 << 32);
                self.all.push(Chain {
                    last: waiting.event,
                    priority,
                });
                self.all.len() - 1
            }
        };
        self.of.insert(waiting.event, chain);
        let appeared = self.of.len() as u64;
        if let Some(place) = self.changes.iter().position(|at| *at == appeared) {
            self.all[chain].priority = self.changes.len() as u64 - place as u64;
        }
    }

    /// The first of several that are as urgent as can be.
    pub(crate) fn first<'a>(&self, waiting: &'a [Waiting]) -> Option<&'a Waiting> {
        let urgency = |one: &&Waiting| (self.priority(one.event), std::cmp::Reverse(one.event));
        waiting.iter().max_by_key(urgency)
    }

    fn priority(&self, event: Name) -> u64 {
        self.of
            .get(&event)
            .map_or(0, |chain| self.all[*chain].priority)
    }
}

/// Plays one schedule to its end.
pub(super) fn play(schedule: &mut Schedule<'_>, depth: u32) {
    let most = EVENTS.min(schedule.spec.steps_max);
    let mut chains = Chains::new(depth, most, &mut schedule.dice);
    let mut faults = faults(schedule, most);
    for event in 1..=most {
        if schedule.is_over() {
            break;
        }
        if let Some(fault) = faults.remove(&event) {
            disturb(schedule, fault);
        }
        let waiting = schedule.trial.waiting();
        for one in &waiting {
            chains.join(one, &mut schedule.dice);
        }
        let Some(first) = chains.first(&waiting) else {
            break;
        };
        let now_us = schedule.trial.now_us();
        schedule.act(&first.action, now_us);
        if event.is_multiple_of(super::SAMPLED_STEPS / 4) {
            let state = schedule.trial.identity();
            schedule.states.push(state);
        }
    }
    schedule.chains = chains.all.len() as u64;
    schedule.events = chains.of.len() as u64;
}

#[derive(Clone, Copy, Debug)]
enum Disturbance {
    Crash,
    Restart,
    Drop,
    Duplicate,
}

/// Which faults happen, by the number of the event before which they do.
fn faults(schedule: &mut Schedule<'_>, most: u64) -> BTreeMap<u64, Disturbance> {
    let kinds = schedule.kinds;
    let dice = &mut schedule.dice;
    let mut all = BTreeMap::new();
    let mut draw = |allowed: bool, dice: &mut Dice, fault: Disturbance| {
        let count = if allowed {
            dice.below(FAULTS_MAX + 1)
        } else {
            0
        };
        for _ in 0..count {
            all.insert(dice.between(1, most), fault);
        }
    };
    draw(kinds.loss, dice, Disturbance::Drop);
    draw(kinds.duplication, dice, Disturbance::Duplicate);
    draw(kinds.crashes, dice, Disturbance::Crash);
    draw(kinds.crashes, dice, Disturbance::Restart);
    all
}

fn disturb(schedule: &mut Schedule<'_>, fault: Disturbance) {
    let now_us = schedule.trial.now_us();
    let action = match fault {
        Disturbance::Drop | Disturbance::Duplicate => {
            let messages = schedule.trial.messages();
            let Some((name, _)) = schedule.dice.one_of(&messages).copied() else {
                return;
            };
            match fault {
                Disturbance::Drop => Action::Drop(name),
                _ => Action::Duplicate(name),
            }
        }
        Disturbance::Crash | Disturbance::Restart => {
            let crashes = matches!(fault, Disturbance::Crash);
            let wanted = if crashes {
                NodeStatus::Up
            } else {
                NodeStatus::Crashed
            };
            let mut targets = schedule.trial.targets();
            targets.retain(|one| one.status == wanted && one.kind != NodeKind::Client);
            let Some(target) = schedule.dice.one_of(&targets).copied() else {
                return;
            };
            if crashes {
                Action::Crash {
                    node: target.node,
                    keep: schedule.dice.below(u64::from(target.unsaved) + 1) as u32,
                    torn: false,
                }
            } else {
                Action::Restart(target.node)
            }
        }
    };
    schedule.act(&action, now_us);
}
