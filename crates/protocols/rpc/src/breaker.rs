//! A circuit breaker: closed, open, half-open (Nygard, *Release It!*, "Circuit Breaker"). Knows nothing of calls.

use serde::Serialize;

/// Where a breaker stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Everything passes.
    #[default]
    Closed,
    /// Nothing passes until then.
    Open {
        /// When trials may begin, on the caller's clock.
        until_us: u64,
    },
    /// A few trials pass.
    HalfOpen {
        /// How many trials may still leave.
        left: u64,
        /// How many came back well.
        well: u64,
        /// When trials are given out anew if nothing comes of these.
        until_us: u64,
    },
}

/// What came of a look at the breaker.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Change {
    /// It is as it was.
    None,
    /// It has opened.
    Opened,
    /// It lets trials through.
    HalfOpened,
    /// It has closed.
    Closed,
}

/// The breaker of one caller towards one server.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct Breaker {
    /// Where it stands.
    pub state: State,
    /// Failures in a row, while closed.
    pub failures: u64,
    /// How often it has opened: what left before that says nothing of how the callee is now.
    pub opened: u64,
    /// How many attempts it has let through.
    pub passed: u64,
}

impl Breaker {
    /// Whether an attempt may leave now; a trial is counted.
    pub fn admit(&mut self, now_us: u64, open_us: u64, probes: u64) -> (bool, Change) {
        let (admitted, change) = self.look(now_us, open_us, probes);
        self.passed += u64::from(admitted);
        (admitted, change)
    }

    /// An answer came to an attempt that left when it had opened `opened` times: the callee is well.
    pub fn success(&mut self, opened: u64, probes: u64) -> Change {
        if opened != self.opened {
            return Change::None;
        }
        match &mut self.state {
            State::Closed => {
                self.failures = 0;
                Change::None
            }
            State::Open { .. } => Change::None,
            State::HalfOpen { well, .. } => {
                *well += 1;
                if *well >= probes {
                    self.state = State::Closed;
                    self.failures = 0;
                    Change::Closed
                } else {
                    Change::None
                }
            }
        }
    }

    /// No answer came, or a refusal, to an attempt that left when it had opened `opened` times.
    pub fn failure(&mut self, opened: u64, now_us: u64, threshold: u64, open_us: u64) -> Change {
        if opened != self.opened {
            return Change::None;
        }
        self.failures = match self.state {
            State::Closed => self.failures + 1,
            State::Open { .. } => return Change::None,
            State::HalfOpen { .. } => threshold,
        };
        if self.failures < threshold {
            return Change::None;
        }
        self.opened += 1;
        self.state = State::Open {
            until_us: now_us + open_us,
        };
        Change::Opened
    }

    fn look(&mut self, now_us: u64, open_us: u64, probes: u64) -> (bool, Change) {
        let half_open = State::HalfOpen {
            left: probes - 1,
            well: 0,
            until_us: now_us + open_us,
        };
        match &mut self.state {
            State::Closed => (true, Change::None),
            State::Open { until_us }
            | State::HalfOpen {
                left: 0, until_us, ..
            } if now_us < *until_us => (false, Change::None),
            State::HalfOpen { left, .. } if *left > 0 => {
                *left -= 1;
                (true, Change::None)
            }
            State::Open { .. } => {
                self.state = half_open;
                (true, Change::HalfOpened)
            }
            State::HalfOpen { .. } => {
                self.state = half_open;
                (true, Change::None)
            }
        }
    }
}
