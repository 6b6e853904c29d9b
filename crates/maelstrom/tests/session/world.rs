//! A session with nodes that are values, in virtual time.

use maelstrom::check::txn::Level;
use maelstrom::hub::Hub;
use maelstrom::network::Weather;
use maelstrom::report::Report;
use maelstrom::session::{Do, Session};
use maelstrom::test::Settings;
use maelstrom::workload::{Topology, Workload};
use protocol::Distribution;
use std::collections::BTreeMap;
use wire::Envelope;

/// A node: messages in, messages out; and a tick now and then.
pub(crate) trait Node {
    fn on(&mut self, message: &Envelope) -> Vec<Envelope>;
    fn tick(&mut self) -> Vec<Envelope> {
        Vec::new()
    }
}

pub(crate) struct World {
    pub(crate) settings: Settings,
    nodes: BTreeMap<String, Box<dyn Node>>,
}

const TICK_US: u64 = 200_000;
const LATENCY_US: u64 = 10_000;

impl World {
    pub(crate) fn new<N: Node + 'static>(
        workload: Workload,
        nodes: usize,
        make: impl Fn() -> N,
    ) -> Self {
        let nodes = (0..nodes).map(|place| {
            let node: Box<dyn Node> = Box::new(make());
            (format!("n{place}"), node)
        });
        Self {
            settings: Settings {
                workload,
                rate: 60.0,
                concurrency: 6,
                time_limit_us: 8_000_000,
                recovery_us: 5_000_000,
                latency_us: LATENCY_US,
                seed: 7,
                nemesis: Vec::new(),
                nemesis_interval_us: 1_000_000,
                topology: Topology::Grid,
                level: Level::default(),
            },
            nodes: nodes.collect(),
        }
    }

    pub(crate) fn run(&mut self) -> Report {
        let weather = Weather {
            latency_us: Distribution::Uniform {
                min: 0,
                max: 2 * LATENCY_US,
            },
            loss_permille: 0,
        };
        let names = self.nodes.keys().cloned().collect();
        let mut session = Session::new(Hub::new(self.settings.seed, weather, names, 1_000));
        assert!(session.begin(self.settings.clone()));
        let mut now_us = 0;
        for name in self.nodes.keys() {
            session.hub.joined(now_us, name);
        }
        let mut tick_us = TICK_US;
        loop {
            let mut said = Vec::new();
            if now_us >= tick_us {
                tick_us = now_us + TICK_US;
                for (name, node) in &mut self.nodes {
                    let ticks = node.tick().into_iter();
                    said.extend(ticks.map(|message| (name.clone(), message)));
                }
            }
            for order in session.advance(now_us) {
                match order {
                    Do::Deliver { node, message } => {
                        let answers = self.nodes.get_mut(&node).unwrap().on(&message);
                        said.extend(answers.into_iter().map(|message| (node.clone(), message)));
                    }
                    Do::Ended(report) => return *report,
                    Do::Warn(_) | Do::Fault(_) => {}
                }
            }
            let quiet = said.is_empty();
            for (name, message) in said {
                let line = message.line();
                session.hub.line(now_us, &name, line.as_bytes()).unwrap();
            }
            if quiet {
                let wake_us = session.wake_us().unwrap_or(u64::MAX).min(tick_us);
                now_us = wake_us.max(now_us + 1);
            }
            assert!(now_us < 200_000_000, "the test does not end");
        }
    }
}
