//! Timed play under faults. Every schedule draws which kinds of faults it has and how often: one that has all of them a little
//! hides what shows only under much of one (Groce et al., ISSTA 2012).

use super::dice::Dice;
use super::{CHANCES, Kinds, Schedule};
use protocol::{Assumptions, Config, NodeId, NodeKind};
use sim::{Action, Run, WorldConfig};
use std::collections::BTreeMap;
use trace::NodeStatus;

/// Drift that is drawn where a property bounds none, in parts per million.
const DRIFT_PPM: u64 = 100_000;
/// The longest latency that is drawn, in microseconds.
const LATENCY_US_MAX: u64 = 500_000;
/// The longest save, in microseconds.
const SAVE_US_MAX: u64 = 50_000;
/// How far a wall clock jumps at most, in microseconds.
const JUMP_US: u64 = 5_000_000;

/// For so long a turning point is fresh, in microseconds.
const AFTERMATH_US: u64 = 40_000;
/// How often it is looked, while all is calm, whether what must come about has.
const LOOKS: u64 = 16;

/// What is done to a running cluster, besides what its network does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    Crash,
    Cut,
    Pause,
    Hold,
    Skew,
}

/// The network, disks and clocks of a schedule: the parameters that differ from those of `run`.
pub(super) fn network(
    dice: &mut Dice,
    kinds: Kinds,
    assumes: Assumptions,
    run: &Run,
) -> BTreeMap<String, String> {
    let mut config = BTreeMap::new();
    let mut set = |key: &str, value: String| {
        config.insert(key.to_owned(), value);
    };
    if kinds.loss && dice.one_in(2) {
        set("loss_permille", dice.of_any_scale(5, 300).to_string());
    }
    if kinds.duplication && dice.one_in(2) {
        set("duplicate_permille", dice.of_any_scale(5, 300).to_string());
    }
    if kinds.delay && dice.one_in(2) {
        let least = run.config.get("latency_min_us");
        let least = least
            .and_then(|text| text.parse().ok())
            .unwrap_or(WorldConfig::default().latency_min_us);
        let most = dice.of_any_scale(10_000, LATENCY_US_MAX);
        set("latency_max_us", most.max(least).to_string());
        let shapes = ["uniform", "exponential", "log-normal"];
        let shape = dice.one_of(&shapes).copied().unwrap_or(shapes[0]);
        set("latency_shape", shape.to_owned());
    }
    if kinds.slow_disks && dice.one_in(2) {
        set("save_us", dice.of_any_scale(100, SAVE_US_MAX).to_string());
    }
    if kinds.clocks && dice.one_in(3) {
        let most = assumes.drift_ppm_max.map_or(DRIFT_PPM, u64::from);
        if most > 0 {
            set("drift_ppm_max", dice.between(1, most).to_string());
        }
        set("wall_offset_us_max", dice.between(0, JUMP_US).to_string());
    }
    config
}

/// What is to happen later, by its time and the order in which it was planned.
#[derive(Debug, Default)]
struct Agenda {
    later: BTreeMap<(u64, u64), Action>,
    planned: u64,
}

impl Agenda {
    fn plan(&mut self, at_us: u64, action: Action) {
        self.planned += 1;
        self.later.insert((at_us, self.planned), action);
    }

    fn next_us(&self) -> u64 {
        let first = self.later.keys().next();
        first.map_or(u64::MAX, |(at_us, _)| *at_us)
    }
}

/// The faults of one schedule.
struct Play<'s, 'a> {
    schedule: &'s mut Schedule<'a>,
    faults: Vec<Fault>,
    agenda: Agenda,
    /// The mean time between two faults, in microseconds.
    gap_us: u64,
    /// One in so many turning points is followed by a fault where it was; 0: none is.
    keen: u64,
    end_us: u64,
    drift_ppm: u64,
}

/// Plays one schedule to its end.
pub(super) fn play(schedule: &mut Schedule<'_>) {
    let span_us = schedule.spec.span_us;
    let end_us = schedule.trial.now_us() + span_us;
    let kinds = schedule.kinds;
    let dice = &mut schedule.dice;
    let all = [
        (Fault::Crash, kinds.crashes),
        (Fault::Cut, kinds.cuts),
        (Fault::Pause, kinds.pauses),
        (Fault::Hold, kinds.delay),
        (Fault::Skew, kinds.clocks),
    ];
    let allowed = all.into_iter().filter(|(_, allowed)| *allowed);
    let faults = allowed.filter(|_| dice.one_in(2)).map(|(fault, _)| fault);
    let faults: Vec<Fault> = faults.collect();
    let gap_us = dice.of_any_scale((span_us / 200).max(1), (span_us / 5).max(2));
    let keen = if dice.one_in(2) {
        dice.between(1, 6)
    } else {
        0
    };
    let drift_ppm = schedule.drift_ppm_max().unwrap_or(DRIFT_PPM);
    let calm = schedule.asks_for_liveness();
    let mut play = Play {
        schedule,
        faults,
        agenda: Agenda::default(),
        gap_us,
        keen,
        end_us,
        drift_ppm,
    };
    play.trouble();
    if calm {
        play.calm();
    }
}

impl Play<'_, '_> {
    /// Faults, until their time is over.
    fn trouble(&mut self) {
        let mut fault_us = self.next_fault_us(self.schedule.trial.now_us());
        let mut aim = None;
        while !self.schedule.is_over() {
            let until_us = fault_us.min(self.agenda.next_us()).min(self.end_us);
            let keen = self.keen > 0 && !self.faults.is_empty();
            let turned = self.schedule.run_to(until_us, keen);
            if self.schedule.is_over() {
                return;
            }
            if let Some(node) = turned.filter(|_| keen) {
                let dice = &mut self.schedule.dice;
                if dice.one_in(self.keen) {
                    // Where it was, or elsewhere; at once, or while what it brings about is on its way.
                    aim = Some(node).filter(|_| dice.one_in(2));
                    let after_us = dice.of_any_scale(1, AFTERMATH_US);
                    fault_us = fault_us.min(self.schedule.trial.now_us() + after_us);
                }
                continue;
            }
            if until_us == self.end_us {
                return;
            }
            if until_us == fault_us {
                self.fault(until_us, aim.take());
                fault_us = self.next_fault_us(until_us);
            } else if let Some(((at_us, _), action)) = self.agenda.later.pop_first() {
                self.schedule.act(&action, at_us);
            }
        }
    }

    fn next_fault_us(&mut self, now_us: u64) -> u64 {
        if self.faults.is_empty() {
            return u64::MAX;
        }
        now_us + self.schedule.dice.between(1, 2 * self.gap_us)
    }

    /// One fault, at or near `node` where it can be.
    fn fault(&mut self, at_us: u64, near: Option<NodeId>) {
        let Some(fault) = self.schedule.dice.one_of(&self.faults).copied() else {
            return;
        };
        match fault {
            Fault::Crash => self.crash(at_us, near),
            Fault::Cut => self.cut(at_us, near),
            Fault::Pause => {
                let node = self.target(near, |status| status == NodeStatus::Up);
                if let Some((node, _)) = node
                    && self.schedule.act(&Action::Pause(node), at_us)
                {
                    self.later(at_us, Action::Resume(node));
                }
            }
            Fault::Hold => {
                let messages = self.schedule.trial.messages();
                let free = messages.into_iter().filter(|(_, held)| !held);
                let free: Vec<_> = free.map(|(name, _)| name).collect();
                if let Some(name) = self.schedule.dice.one_of(&free).copied()
                    && self.schedule.act(&Action::Hold(name), at_us)
                {
                    self.later(at_us, Action::Release(name));
                }
            }
            Fault::Skew => {
                let Some((node, _)) = self.target(near, |_| true) else {
                    return;
                };
                let dice = &mut self.schedule.dice;
                let drift = dice.between(0, 2 * self.drift_ppm) as i64 - self.drift_ppm as i64;
                let skew = Action::Skew {
                    node,
                    drift_ppm: drift as i32,
                    offset_us: dice.between(0, 2 * JUMP_US) as i64 - JUMP_US as i64,
                };
                self.schedule.act(&skew, at_us);
            }
        }
    }

    /// A node, and how many of its writes are not durable. Clients are taken seldom: they are many, and keep little.
    fn target(
        &mut self,
        near: Option<NodeId>,
        fits: impl Fn(NodeStatus) -> bool,
    ) -> Option<(NodeId, u32)> {
        let all = self.schedule.trial.targets();
        let mut all: Vec<_> = all.into_iter().filter(|one| fits(one.status)).collect();
        let dice = &mut self.schedule.dice;
        let others = all.iter().any(|one| one.kind != NodeKind::Client);
        if others && !dice.one_in(8) {
            all.retain(|one| one.kind != NodeKind::Client);
        }
        let near = all.iter().find(|one| Some(one.node) == near);
        let one = near.or_else(|| dice.one_of(&all))?;
        Some((one.node, one.unsaved))
    }

    fn crash(&mut self, at_us: u64, near: Option<NodeId>) {
        let running = |status| matches!(status, NodeStatus::Up | NodeStatus::Paused);
        let Some((node, unsaved)) = self.target(near, running) else {
            return;
        };
        let crash = Action::Crash {
            node,
            keep: self.schedule.dice.below(u64::from(unsaved) + 1) as u32,
            torn: false,
        };
        if self.schedule.act(&crash, at_us) {
            // Many are back before anybody has missed them.
            if self.schedule.dice.one_in(2) {
                let after_us = self.schedule.dice.of_any_scale(100, AFTERMATH_US);
                self.agenda.plan(at_us + after_us, Action::Restart(node));
            } else {
                self.later(at_us, Action::Restart(node));
            }
        }
    }

    /// A random part of the nodes, or one of them alone, from the rest.
    fn cut(&mut self, at_us: u64, near: Option<NodeId>) {
        let all = self.schedule.trial.targets();
        let dice = &mut self.schedule.dice;
        let alone = dice.one_in(2);
        let lonely = near.or_else(|| dice.one_of(&all).map(|one| one.node));
        let (from, to): (Vec<_>, Vec<_>) =
            all.iter()
                .map(|one| one.node)
                .partition(|node| match alone {
                    true => Some(*node) == lonely,
                    false => dice.one_in(2),
                });
        if from.is_empty() || to.is_empty() {
            return;
        }
        let both = !dice.one_in(3);
        let (from, to) = if both || dice.one_in(2) {
            (from, to)
        } else {
            (to, from)
        };
        if self.schedule.act(&Action::Cut { from, to, both }, at_us) {
            self.later(at_us, Action::Heal);
        }
    }

    /// Ends what began at `at_us` some time after it.
    fn later(&mut self, at_us: u64, action: Action) {
        let most = (self.schedule.spec.span_us / 2).max(2_000);
        let after_us = self.schedule.dice.of_any_scale(1_000, most);
        self.agenda.plan(at_us + after_us, action);
    }

    /// No fault any more: what must come about has so much time for it.
    fn calm(&mut self) {
        if self.schedule.is_over() {
            return;
        }
        mend(self.schedule, self.end_us);
        self.schedule.calm_us = self.end_us;
        self.schedule.calm_steps = self.schedule.trial.steps();
        let calm_us = self.schedule.spec.calm_us;
        for part in 1..=LOOKS {
            let until_us = self.end_us + calm_us * part / LOOKS;
            self.schedule.run_to(until_us, false);
            if self.schedule.is_over() {
                return;
            }
            if !self.schedule.owes() {
                return;
            }
        }
        self.schedule.demand();
    }
}

/// Ends every fault at `at_us`, those of the network too.
pub(super) fn mend(schedule: &mut Schedule<'_>, at_us: u64) {
    if schedule.trial.is_cut() {
        schedule.act(&Action::Heal, at_us);
    }
    for (name, held) in schedule.trial.messages() {
        if held {
            schedule.act(&Action::Release(name), at_us);
        }
    }
    for target in schedule.trial.targets() {
        match target.status {
            NodeStatus::Crashed => schedule.act(&Action::Restart(target.node), at_us),
            NodeStatus::Paused => schedule.act(&Action::Resume(target.node), at_us),
            NodeStatus::Up | NodeStatus::Removed => false,
        };
    }
    // No chance any more; the rest is as the given run has it, or as it is by default.
    let given = &schedule.spec.run.config;
    let drawn = &schedule.network;
    let mended: Vec<Action> = WorldConfig::PARAMETERS
        .iter()
        .filter(|parameter| parameter.live)
        .filter_map(|parameter| {
            let key = parameter.key;
            let value = if CHANCES.contains(&key) {
                (drawn.contains_key(key) || given.contains_key(key)).then(|| "0".to_owned())?
            } else {
                drawn.get(key)?;
                let default = || parameter.default.to_string();
                given.get(key).cloned().unwrap_or_else(default)
            };
            let key = key.to_owned();
            Some(Action::Set { key, value })
        })
        .collect();
    for set in mended {
        schedule.act(&set, at_us);
    }
}
