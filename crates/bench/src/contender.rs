//! What runs against the yardstick: Raft through the simulator, with more or less recorded and kept.
//!
//! Everybody has five servers, two clients of ten operations a second each, a heartbeat every 50 ms and latencies of 8 to 12 ms.
//! Knows no clock: whoever calls measures.

use crate::handwritten::Handwritten;
use raft::Raft;
use sim::measure::{Bare, Recording};
use sim::{Playable, Run};

/// Something that runs events.
pub trait Runner {
    /// Runs `events` more: deliveries, and timers that fire.
    fn run(&mut self, events: u64);
    /// A word that depends on what happened.
    fn digest(&self) -> u64;
}

/// Who runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Contender {
    /// The yardstick.
    Handwritten,
    /// Raft in the simulator, nothing recorded.
    Plain,
    /// The same, with checkpoints.
    PlainCheckpoints,
    /// Raft with the full causal trace.
    Full,
    /// The same, with checkpoints.
    FullCheckpoints,
    /// Raft as the page runs it: a timeline, which does all of that and keeps marks too.
    Timeline,
}

impl Contender {
    /// All of them; their places are their numbers.
    pub const ALL: [Self; 6] = [
        Self::Handwritten,
        Self::Plain,
        Self::PlainCheckpoints,
        Self::Full,
        Self::FullCheckpoints,
        Self::Timeline,
    ];

    /// The contender at its beginning.
    pub fn start(self, seed: u64) -> Box<dyn Runner> {
        let bare = |recording, checkpoints| {
            Box::new(BareRunner {
                bare: Bare::open(&workload(seed)).expect("a run that is in order"),
                recording,
                checkpoints,
            })
        };
        match self {
            Self::Handwritten => Box::new(Handwritten::new(seed)),
            Self::Plain => bare(Recording::Nothing, false),
            Self::PlainCheckpoints => bare(Recording::Nothing, true),
            Self::Full => bare(Recording::Full, false),
            Self::FullCheckpoints => bare(Recording::Full, true),
            Self::Timeline => Box::new(TimelineRunner(open(&workload(seed)))),
        }
    }
}

/// The run that everybody measures.
pub fn workload(seed: u64) -> Run {
    let config = [("arrivals", "open"), ("request_gap_us", "100000")];
    Run {
        protocol: "raft".into(),
        seed,
        config: config.map(|(key, value)| (key.into(), value.into())).into(),
        ..Run::default()
    }
}

/// Opens a run with a timeline round it.
pub fn open(run: &Run) -> Box<dyn Playable> {
    sim::open::<Raft>(run).expect("a run that is in order")
}

/// A timeline of the measured run with so many steps, to seek in.
pub fn recorded(steps: u64) -> Box<dyn Playable> {
    let mut cluster = open(&workload(1));
    while cluster.len() < steps && cluster.advance().is_some() {}
    cluster
}

/// A link to a cluster of five servers with about a hundred messages on their way at any time.
pub fn crowded() -> String {
    let config = [
        ("clients", "5"),
        ("duplicate_permille", "1000"),
        ("heartbeat_us", "2000"),
        ("request_gap_us", "0"),
    ];
    let mut run = workload(1);
    run.config = config.map(|(key, value)| (key.into(), value.into())).into();
    let mut cluster = open(&run);
    while cluster.step() < 4_000 && cluster.advance().is_some() {}
    sim::encode_link(&sim::Link {
        run: cluster.run(),
        step: cluster.step(),
        digest: Some(cluster.digest()),
        branches: Vec::new(),
        place: 0,
        beside: None,
    })
}

struct BareRunner {
    bare: Bare<Raft>,
    recording: Recording,
    checkpoints: bool,
}

impl Runner for BareRunner {
    fn run(&mut self, events: u64) {
        self.bare.advance(events, self.recording, self.checkpoints);
    }

    fn digest(&self) -> u64 {
        self.bare.digest().0
    }
}

struct TimelineRunner(Box<dyn Playable>);

impl Runner for TimelineRunner {
    fn run(&mut self, events: u64) {
        for _ in 0..events {
            self.0.advance();
        }
    }

    fn digest(&self) -> u64 {
        self.0.digest().0
    }
}

impl Runner for Handwritten {
    fn run(&mut self, events: u64) {
        Self::run(self, events);
    }

    fn digest(&self) -> u64 {
        Self::digest(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recording_and_checkpoints_change_nothing() {
        let digest = |contender: Contender| {
            let mut runner = contender.start(3);
            runner.run(5_000);
            runner.digest()
        };
        let plain = digest(Contender::Plain);
        for contender in &Contender::ALL[2..] {
            assert_eq!(digest(*contender), plain, "{contender:?}");
        }
    }
}
