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
    told: Vec<Do>,
}

impl Session {
    /// A session without a test.
    pub const fn new(hub: Hub) -> Self {
        Self {
            hub,
            test: None,
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
            self.test = Some(Test::new(settings));
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
        self.hub.left(now_us, node, said);
        let Some(test) = &mut self.test else {
            return;
        };
        if test.stage() == Stage::Starting {
            let why = format!("{node} ended before the test began: {said}");
            test.fail(now_us, &mut self.hub, why);
        } else if !expected {
            test.ended(node, said);
        }
    }
}
