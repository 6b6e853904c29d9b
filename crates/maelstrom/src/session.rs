//! A session: a hub, and the test that goes on in it if one does. One value to hand lines to, and to ask what to do.

use crate::hub::{Effect, Hub};
use crate::network::Fault;
use crate::report::Report;
use crate::test::{Settings, Stage, Test};
use std::sync::Arc;
use wire::Envelope;

/// What whoever runs a session has to do.
#[derive(Clone, PartialEq, Debug)]
pub enum Do {
    /// Hand this message to this node.
    Deliver {
        /// The node.
        node: String,
        /// The message.
        message: Arc<Envelope>,
    },
    /// Tell this.
    Warn(String),
    /// Do this to a process.
    Fault(Fault),
    /// A test is over, with this report.
    Ended(Box<Report>),
}

/// A session.
#[derive(Clone, Debug)]
pub struct Session {
    /// The hub.
    pub hub: Hub,
    test: Option<Test>,
    /// How many tests have begun.
    tests: u64,
    told: Vec<Do>,
}

impl Session {
    /// A session without a test.
    pub const fn new(hub: Hub) -> Self {
        Self {
            hub,
            test: None,
            tests: 0,
            told: Vec::new(),
        }
    }

    /// The test that goes on.
    pub const fn test(&self) -> Option<&Test> {
        self.test.as_ref()
    }

    /// Begins a test. `false`: another goes on.
    pub fn begin(&mut self, settings: Settings) -> bool {
        let free = self.test.is_none();
        if free {
            // Who asked a node before may have used the first keys.
            let used = u64::from(self.tests == 0 && !self.hub.asked().is_empty());
            self.test = Some(Test::new(settings, self.tests + used));
            self.tests += 1 + used;
        }
        free
    }

    /// Ends the test that goes on, as it is; its report is among what there is to do.
    pub fn stop(&mut self, now_us: u64) {
        if let Some(test) = &mut self.test {
            test.stop(now_us, &mut self.hub);
        }
    }

    /// Lets everything happen that is due, and says what there is to do.
    pub fn advance(&mut self, now_us: u64) -> Vec<Do> {
        loop {
            self.hub.advance(now_us);
            let mut quiet = true;
            while let Some(effect) = self.hub.next_effect() {
                quiet = false;
                self.react(now_us, effect);
            }
            let Some(test) = &mut self.test else {
                break;
            };
            let history = test.history().len();
            let stage = test.stage();
            test.advance(now_us, &mut self.hub);
            self.told
                .extend(test.take_faults().into_iter().map(Do::Fault));
            if test.stage() == Stage::Done {
                let report = test.report(&self.hub);
                self.told.push(Do::Ended(Box::new(report)));
                self.test = None;
            } else if quiet && test.history().len() == history && test.stage() == stage {
                break;
            }
        }
        std::mem::take(&mut self.told)
    }

    fn react(&mut self, now_us: u64, effect: Effect) {
        match effect {
            Effect::Deliver { node, message } => self.told.push(Do::Deliver { node, message }),
            Effect::Warn(text) => self.told.push(Do::Warn(text)),
            Effect::Answer { client, message } => {
                if let Some(test) = &mut self.test {
                    test.answered(now_us, &mut self.hub, &client, &message);
                }
            }
            Effect::Ready { .. } => {}
            Effect::Left { node, end } => self.ended(now_us, &node, &end.said, end.expected),
            Effect::NotReady { node, why } => {
                let why = format!("{node}: {why}");
                self.told.push(Do::Warn(why.clone()));
                // One that comes back late after a kill is not the end of the test.
                if let Some(test) = self
                    .test
                    .as_mut()
                    .filter(|it| it.stage() == Stage::Starting)
                {
                    test.fail(now_us, &mut self.hub, why);
                }
            }
        }
    }

    /// When something is due without anybody's doing, in microseconds.
    pub fn wake_us(&self) -> Option<u64> {
        let test = self.test.as_ref().and_then(Test::wake_us);
        [self.hub.wake_us(), test].into_iter().flatten().min()
    }

    /// A node ended or was closed, in these words. While nodes start, that is the end of a test; later one that nobody `expected` is told
    /// in its report.
    pub fn left(&mut self, now_us: u64, node: &str, said: &str, expected: bool) {
        self.hub.left(now_us, node, said, expected);
        self.ended(now_us, node, said, expected);
    }

    fn ended(&mut self, now_us: u64, node: &str, said: &str, expected: bool) {
        let Some(test) = &mut self.test else {
            return;
        };
        match test.stage() {
            Stage::Starting => {
                let why = format!("{node} ended before the test began: {said}");
                test.fail(now_us, &mut self.hub, why);
            }
            // What ends together with the test tells nothing of it.
            Stage::Done => {}
            _ if expected => {}
            _ => test.ended(node, said),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Validity;
    use crate::check::txn::Level;
    use crate::network::Weather;
    use crate::workload::{Topology, Workload};
    use protocol::Distribution;

    #[test]
    fn all_that_end_before_the_test_began_show_nothing() {
        let weather = Weather {
            latency_us: Distribution::Constant(0),
            loss_permille: 0,
        };
        let names = ["n0", "n1"].map(String::from);
        let mut session = Session::new(Hub::new(1, weather, names.to_vec(), 100));
        session.begin(Settings {
            workload: Workload::Echo,
            rate: 1.0,
            concurrency: 1,
            time_limit_us: 1,
            recovery_us: 1,
            latency_us: 0,
            seed: 1,
            nemesis: Vec::new(),
            nemesis_interval_us: 1,
            topology: Topology::Grid,
            level: Level::default(),
        });
        for name in &names {
            session.hub.joined(0, name);
        }
        session.advance(0);
        // Both at once: the second when the first has ended the test already.
        for name in &names {
            session.left(1, name, "exit status: 7", false);
        }
        let told = session.advance(1);
        let Some(Do::Ended(report)) = told.last() else {
            panic!("no report: {told:?}");
        };
        assert_eq!(report.valid, Validity::Unknown, "{report}");
    }
}
