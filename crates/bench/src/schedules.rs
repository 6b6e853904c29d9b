//! Schedules of Raft as a search tries them: ten seconds of virtual time, one message in twenty lost, four crashes with their
//! restarts. The yardstick has the same faults and judges nothing; the simulator judges every property after every step.
//!
//! Knows no clock: whoever calls measures.

use crate::contender::workload;
use crate::handwritten::Handwritten;
use protocol::{NodeId, digest_of};
use search::random::{Spec, Strategy, explore};
use sim::{Action, Run};
use std::ops::Range;

/// How long a schedule is, in microseconds of virtual time.
const SPAN_US: u64 = 10_000_000;
const LOSS_PERMILLE: u64 = 50;
const SERVERS: u64 = 5;
const CRASHES: u64 = 4;
/// For how long a server is down, in microseconds of virtual time.
const DOWN_US: u64 = 500_000;

/// How much the clients ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Load {
    /// An operation of each client in five seconds: nearly all messages are heartbeats, at about 1,700 events a schedule.
    Light,
    /// Ten operations of each client a second, at about 3,700 events a schedule.
    Heavy,
}

impl Load {
    /// The mean time between two operations of one client, in microseconds of virtual time.
    const fn gap_us(self) -> u64 {
        match self {
            Self::Light => 5_000_000,
            Self::Heavy => 100_000,
        }
    }
}

/// Who tries schedules.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Searcher {
    /// The yardstick.
    Handwritten(Load),
    /// Raft in the simulator, opened to be tried, under the same faults.
    Trial(Load),
    /// The random search as people start it, which draws its own faults and asks for liveness too, under a heavy load.
    Swarm,
}

impl Searcher {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Handwritten(Load::Light),
        Self::Trial(Load::Light),
        Self::Handwritten(Load::Heavy),
        Self::Trial(Load::Heavy),
        Self::Swarm,
    ];

    /// Tries the schedules of these numbers; returns how many events they had.
    ///
    /// # Panics
    /// If sound Raft breaks a promise: what follows would not be measured.
    pub fn search(self, seeds: Range<u64>) -> u64 {
        match self {
            Self::Handwritten(load) => seeds.map(|seed| handwritten(seed, load)).sum(),
            Self::Trial(load) => seeds.map(|seed| trial(seed, load)).sum(),
            Self::Swarm => {
                let spec = Spec::new(workload(0), Strategy::Swarm);
                let report =
                    explore(&spec, seeds, &catalog::trial).expect("a run that is in order");
                assert_eq!(report.broken, 0, "sound Raft keeps its promises");
                report.steps
            }
        }
    }
}

/// When a server crashes, and which.
fn crashes(seed: u64) -> impl Iterator<Item = (u64, u16)> {
    (0..CRASHES).map(move |nth| {
        let at_us = SPAN_US * (2 * nth + 1) / (2 * CRASHES);
        (at_us, (digest_of(&(seed, nth)) % SERVERS) as u16)
    })
}

fn handwritten(seed: u64, load: Load) -> u64 {
    let mut all = Handwritten::with(seed, LOSS_PERMILLE, load.gap_us());
    let mut events = 0;
    for (at_us, server) in crashes(seed) {
        events += all.run_to(at_us);
        all.crash(server);
        events += all.run_to(at_us + DOWN_US);
        all.restart(server);
    }
    events + all.run_to(SPAN_US)
}

fn trial(seed: u64, load: Load) -> u64 {
    let mut run: Run = workload(seed);
    let changed = [
        ("loss_permille", LOSS_PERMILLE),
        ("request_gap_us", load.gap_us()),
    ];
    let changed = changed.map(|(key, value)| (key.into(), value.to_string()));
    run.config.extend(changed);
    let mut trial = catalog::trial(&run, 0).expect("a run that is in order");
    let run_to = |trial: &mut dyn sim::Trial, until_us| {
        let stretch = trial.run_to(until_us, u64::MAX, false);
        assert!(!stretch.violated, "sound Raft keeps its promises");
    };
    for (at_us, server) in crashes(seed) {
        let node = NodeId(server);
        let crash = Action::Crash {
            node,
            keep: 0,
            torn: false,
        };
        run_to(trial.as_mut(), at_us);
        trial.act(&crash, at_us).expect("a server that runs");
        run_to(trial.as_mut(), at_us + DOWN_US);
        let restart = trial.act(&Action::Restart(node), at_us + DOWN_US);
        restart.expect("a server that is down");
    }
    run_to(trial.as_mut(), SPAN_US);
    trial.steps()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_yardstick_and_the_simulator_do_about_the_same() {
        for (load, least) in [(Load::Light, 1_500), (Load::Heavy, 2_000)] {
            let events = |searcher: Searcher| searcher.search(0..20);
            let plain = events(Searcher::Handwritten(load));
            let real = events(Searcher::Trial(load));
            assert!(plain.abs_diff(real) * 4 < plain, "{plain} {real}");
            // Ten seconds of heartbeats, and of the operations.
            assert!(real / 20 > least, "{real}");
        }
    }
}
