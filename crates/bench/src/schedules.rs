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

/// Who tries schedules.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Searcher {
    /// The yardstick.
    Handwritten,
    /// Raft in the simulator, opened to be tried, under the same faults.
    Trial,
    /// The random search as people start it, which draws its own faults and asks for liveness too.
    Swarm,
}

impl Searcher {
    /// All of them; their places are their numbers.
    pub const ALL: [Self; 3] = [Self::Handwritten, Self::Trial, Self::Swarm];

    /// Tries the schedules of these numbers; returns how many events they had.
    ///
    /// # Panics
    /// If sound Raft breaks a promise: what follows would not be measured.
    pub fn search(self, seeds: Range<u64>) -> u64 {
        match self {
            Self::Handwritten => seeds.map(handwritten).sum(),
            Self::Trial => seeds.map(trial).sum(),
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

fn handwritten(seed: u64) -> u64 {
    let mut all = Handwritten::lossy(seed, LOSS_PERMILLE);
    let mut events = 0;
    for (at_us, server) in crashes(seed) {
        events += all.run_to(at_us);
        all.crash(server);
        events += all.run_to(at_us + DOWN_US);
        all.restart(server);
    }
    events + all.run_to(SPAN_US)
}

fn trial(seed: u64) -> u64 {
    let mut run: Run = workload(seed);
    run.config
        .insert("loss_permille".into(), LOSS_PERMILLE.to_string());
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
        let events = |searcher: Searcher| searcher.search(0..20);
        let (plain, real) = (events(Searcher::Handwritten), events(Searcher::Trial));
        assert!(plain.abs_diff(real) * 4 < plain, "{plain} {real}");
        // Ten seconds of heartbeats and of twenty operations a second.
        assert!(real / 20 > 2_000, "{real}");
    }
}
