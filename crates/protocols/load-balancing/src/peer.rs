//! What a balancer knows of one server: its loads and latencies. Knows nothing of requests.

use crate::health::Health;
use serde::Serialize;

/// What a balancer knows of a server.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Peer {
    /// How many requests of this balancer are open there.
    pub open: u32,
    /// What the server reported last: how many requests waited and were worked on.
    pub reported: u32,
    /// How many requests this balancer sent there since.
    pub since: u32,
    /// Its weight.
    pub weight: u64,
    /// What smooth weighted round robin owes it, in thousandths of weight.
    pub(crate) turn: i64,
    /// A moving average of its latency that jumps up at once and comes down slowly, and when it was last updated.
    pub(crate) average_us: (u64, u64),
    pub(crate) health: Health,
}

impl Peer {
    /// A server of this weight, of which nothing is known yet.
    pub(crate) fn new(weight: u64) -> Self {
        Self {
            open: 0,
            reported: 0,
            since: 0,
            weight,
            turn: 0,
            average_us: (0, 0),
            health: Health::default(),
        }
    }

    /// The peak-EWMA latency at `now_us`; 0: never measured.
    pub fn latency_us(&self, now_us: u64, decay_us: u64) -> u64 {
        let (average_us, at_us) = self.average_us;
        if average_us == 0 {
            return 0;
        }
        ((average_us as f64 * fading(now_us.saturating_sub(at_us), decay_us)) as u64).max(1)
    }

    /// The peak-EWMA latency as it was when last measured; 0: never.
    pub const fn last_latency_us(&self) -> u64 {
        self.average_us.0
    }

    /// A request took so long (Finagle's `PeakEwma`: a peak counts at once, what is lower only by and by).
    pub(crate) fn measure(&mut self, took_us: u64, now_us: u64, decay_us: u64) {
        let (average_us, at_us) = self.average_us;
        let kept = fading(now_us.saturating_sub(at_us), decay_us);
        let average = if took_us > average_us {
            took_us as f64
        } else {
            average_us as f64 * kept + took_us as f64 * (1.0 - kept)
        };
        self.average_us = ((average as u64).max(1), now_us);
    }

    /// The server says how much it has to do.
    pub(crate) fn reports(&mut self, load: u32) {
        self.reported = load;
        self.since = 0;
    }
}

/// What is left of an average after so long: 1/e after `decay_us`.
fn fading(after_us: u64, decay_us: u64) -> f64 {
    libm::exp(-(after_us as f64) / decay_us as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_counts_at_once_and_fades() {
        let mut peer = Peer::new(1);
        assert_eq!(peer.latency_us(5, 1_000_000), 0, "never measured");
        peer.measure(1000, 0, 1_000_000);
        peer.measure(9000, 10, 1_000_000);
        assert_eq!(peer.last_latency_us(), 9000);
        // A lower one that follows at once changes next to nothing, and much later nearly everything.
        peer.measure(1000, 10, 1_000_000);
        assert_eq!(peer.last_latency_us(), 9000);
        peer.measure(1000, 5_000_010, 1_000_000);
        assert!((1000..1100).contains(&peer.last_latency_us()));
        // Unmeasured for the time of decay, it is worth 1/e.
        let faded = peer.latency_us(6_000_010, 1_000_000);
        let expected = peer.last_latency_us() as f64 / core::f64::consts::E;
        assert!((faded as f64 - expected).abs() < 2.0, "{faded} {expected}");
    }
}
