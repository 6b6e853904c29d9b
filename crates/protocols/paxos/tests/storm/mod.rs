//! Runs under faults that are drawn from their seeds: crashes with torn disks, cuts, a bad network.

#![allow(dead_code, reason = "every test file uses another part of it")]

use protocol::{Chance, Name, NodeId, PropertyKind, Protocol, Purpose, Verdict};
use sim::{Action, Playable, Run};
use trace::NodeStatus;

pub(crate) const SECOND: u64 = 1_000_000;

pub(crate) type Config<'a> = &'a [(&'a str, &'a str)];

pub(crate) const UNRELIABLE: Config<'_> = &[
    ("loss_permille", "100"),
    ("duplicate_permille", "50"),
    ("latency_min_us", "1000"),
    ("latency_max_us", "27000"),
    ("save_us", "3000"),
];

/// A run under faults drawn from its seed.
pub(crate) struct Storm {
    pub(crate) sim: Box<dyn Playable>,
    /// Nodes that are not clients.
    pub(crate) servers: u16,
    chance: Chance,
    draws: u64,
    clock_us: u64,
    /// Whether a server is cut off.
    cut: bool,
}

impl Storm {
    pub(crate) fn new<P: Protocol>(seed: u64, variant: &str, configs: &[Config<'_>]) -> Self {
        let all = configs.iter().flat_map(|config| config.iter());
        let run = Run {
            protocol: P::ID.into(),
            behaviour: P::BEHAVIOUR,
            variant: variant.into(),
            config: all
                .map(|(key, value)| ((*key).into(), (*value).into()))
                .collect(),
            seed,
            ..Run::default()
        };
        let sim = sim::open::<P>(&run).expect("a sensible run");
        let labels = sim.labels();
        let servers = labels
            .iter()
            .filter(|label| !label.starts_with('C'))
            .count() as u16;
        Self {
            sim,
            servers,
            chance: Chance::new(seed, Name(2)),
            draws: 0,
            clock_us: 0,
            cut: false,
        }
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.draws += 1;
        self.chance.below(Purpose::new("storm").nth(self.draws), n)
    }

    /// Lets `us` pass; tells whether a promise was broken.
    pub(crate) fn pass(&mut self, us: u64) -> bool {
        self.clock_us += us;
        let mut broken = false;
        while self.sim.next_us().is_some_and(|next| next <= self.clock_us) {
            match self.sim.advance() {
                Some(stepped) => broken |= stepped.violated,
                None => break,
            }
        }
        broken
    }

    pub(crate) fn act(&mut self, action: &Action) {
        self.sim.act(action, self.clock_us).expect("it can be done");
    }

    pub(crate) fn up(&self, server: u16) -> bool {
        self.sim.frame().nodes[usize::from(server)].status == NodeStatus::Up
    }

    pub(crate) fn mend(&mut self) {
        if std::mem::take(&mut self.cut) {
            self.act(&Action::Heal);
        }
    }

    pub(crate) fn heal(&mut self) {
        self.mend();
        for server in 0..self.servers {
            if !self.up(server) {
                self.act(&Action::Restart(NodeId(server)));
            }
        }
        for key in ["loss_permille", "duplicate_permille"] {
            self.act(&Action::Set {
                key: key.into(),
                value: "0".into(),
            });
        }
    }

    /// Crashes, restarts, cuts and heals, so many of them; tells whether a promise was broken.
    pub(crate) fn rage(&mut self, turns: u64, pause_us_max: u64) -> bool {
        for _ in 0..turns {
            let pause = self.below(pause_us_max);
            if self.pass(pause) {
                return true;
            }
            let server = self.below(self.servers.into()) as u16;
            match self.below(5) {
                0..3 if self.up(server) => {
                    let (keep, torn) = (self.below(3) as u32, self.below(2) == 0);
                    let node = NodeId(server);
                    self.act(&Action::Crash { node, keep, torn });
                }
                0..3 => self.act(&Action::Restart(NodeId(server))),
                3 if !self.cut && self.servers > 1 => {
                    self.cut = true;
                    let others = (0..self.servers).filter(|other| *other != server);
                    let to = others.map(NodeId).collect();
                    self.act(&Action::Cut {
                        from: vec![NodeId(server)],
                        to,
                        both: true,
                    });
                }
                _ => self.mend(),
            }
        }
        false
    }

    pub(crate) fn broken(&self) -> Vec<String> {
        let all = self.sim.properties().into_iter();
        all.filter(|status| matches!(status.verdict, Verdict::Violated(_)))
            .map(|status| format!("{}: {:?}", status.property, status.verdict))
            .collect()
    }

    /// Without faults, each of these comes true within `bound_us`.
    pub(crate) fn calm<P: Protocol>(&mut self, bound_us: u64) {
        self.heal();
        let owed: Vec<_> = P::PROPERTIES
            .iter()
            .filter(|property| property.kind == PropertyKind::Eventually)
            .map(|property| property.id)
            .collect();
        let mut open = owed;
        let end = self.clock_us + bound_us;
        while self.clock_us < end {
            assert!(!self.pass(SECOND / 50), "{:?}", self.broken());
            let statuses = self.sim.properties();
            let met = |id: &str| {
                statuses
                    .iter()
                    .any(|status| status.property == id && status.verdict == Verdict::Met)
            };
            open.retain(|id| !met(id));
            if open.is_empty() {
                return;
            }
        }
        panic!("{open:?} did not come true in peace");
    }
}
