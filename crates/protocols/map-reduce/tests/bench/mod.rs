//! A run to play with: what the tests of runs, variants and schedules share.
#![allow(dead_code, reason = "each test binary uses a part of what is shared")]

use map_reduce::Node;
use protocol::{NodeId, Phrase, Picture, Protocol, Verdict};
use sim::{Action, Playable, Run};
use trace::{NodeStatus, Outcome};

pub(crate) const MASTER: NodeId = NodeId(0);
pub(crate) const FILES: NodeId = NodeId(1);

/// The worker of this number, from 1.
pub(crate) const fn w(number: u16) -> NodeId {
    NodeId(1 + number)
}

pub(crate) struct Bench {
    pub(crate) sim: Box<dyn Playable>,
    /// Up to when time has passed: the last event may lie before it.
    pub(crate) clock_us: u64,
    pub(crate) told: Vec<(String, Phrase)>,
}

/// One job over `text`, and only what a test asks for.
pub(crate) fn open(variant: &str, seed: u64, config: &[(&str, &str)]) -> Bench {
    let quiet = [("arrivals", "never"), ("straggler_permille", "0")];
    let all = quiet.iter().chain(config);
    let run = Run {
        protocol: Node::ID.into(),
        behaviour: Node::BEHAVIOUR,
        variant: variant.into(),
        config: all.map(|(k, v)| ((*k).into(), (*v).into())).collect(),
        seed,
        ..Run::default()
    };
    Bench {
        sim: sim::open::<Node>(&run).expect("a sensible run"),
        clock_us: 0,
        told: Vec::new(),
    }
}

impl Bench {
    /// Takes one step; whether there was one.
    pub(crate) fn step(&mut self) -> bool {
        if self.sim.advance().is_none() {
            return false;
        }
        self.clock_us = self.clock_us.max(self.sim.now_us());
        self.listen();
        true
    }

    /// Notes what the last step told.
    fn listen(&mut self) {
        let step = self.sim.step();
        let event = self.sim.event(step).expect("it happened");
        for outcome in &event.outcomes {
            match outcome {
                Outcome::Told(phrase) => self.told.push((phrase.key.to_string(), phrase.clone())),
                Outcome::Answered { answer, .. } => {
                    self.told.push((answer.key.to_string(), answer.clone()));
                }
                _ => {}
            }
        }
    }

    /// Plays until `holds`, within `us` from now.
    pub(crate) fn until(&mut self, us: u64, mut holds: impl FnMut(&Self) -> bool) -> bool {
        let end = self.clock_us + us;
        while !holds(self) {
            if self.sim.next_us().is_none_or(|next| next > end) || !self.step() {
                self.clock_us = end;
                return holds(self);
            }
        }
        true
    }

    /// Plays until this fact has been told `count` times.
    pub(crate) fn until_told(&mut self, fact: &str, count: usize) {
        let key = format!("fact.{fact}");
        let told = |bench: &Self| bench.told.iter().filter(|(k, _)| *k == key).count() >= count;
        assert!(
            self.until(20_000_000, told),
            "{fact}, {count} times: {:?}",
            self.told
        );
    }

    /// How often this fact was told.
    pub(crate) fn count(&self, fact: &str) -> usize {
        let key = format!("fact.{fact}");
        self.told.iter().filter(|(told, _)| *told == key).count()
    }

    pub(crate) fn act(&mut self, action: &Action) {
        self.sim.act(action, self.clock_us).expect("it can be done");
        self.listen();
    }

    pub(crate) fn crash(&mut self, node: NodeId) {
        self.act(&Action::Crash {
            node,
            keep: 0,
            torn: false,
        });
    }

    pub(crate) fn restart(&mut self, node: NodeId) {
        self.act(&Action::Restart(node));
    }

    /// Hands a job in; empty: the configured one.
    pub(crate) fn submit(&mut self, job: &str) {
        let client = NodeId(self.sim.labels().len() as u16 - 1);
        self.act(&Action::Ask {
            client,
            op: "submit".into(),
            fields: vec![job.into()],
        });
    }

    pub(crate) fn is_up(&self, node: NodeId) -> bool {
        self.sim.frame().nodes[node.index()].status == NodeStatus::Up
    }

    pub(crate) fn violated(&self) -> Vec<&'static str> {
        self.with(|verdict| matches!(verdict, Verdict::Violated(_)))
    }

    pub(crate) fn met(&self) -> Vec<&'static str> {
        self.with(|verdict| *verdict == Verdict::Met)
    }

    fn with(&self, holds: impl Fn(&Verdict) -> bool) -> Vec<&'static str> {
        let all = self.sim.properties().into_iter();
        all.filter(|status| holds(&status.verdict))
            .map(|status| {
                let mut known = Node::PROPERTIES.iter().map(|property| property.id);
                known
                    .find(|id| *id == status.property)
                    .expect("it is declared")
            })
            .collect()
    }

    /// The rows of a table of the cluster as a whole.
    pub(crate) fn table(&self, wanted: &str) -> Vec<Vec<String>> {
        let all = self.sim.pictures();
        let found = all.into_iter().find_map(|picture| match picture {
            Picture::Table { title, rows, .. } if title == wanted => Some(rows),
            _ => None,
        });
        let rows = found.expect("such a table").into_iter();
        let text = |arg: &protocol::Arg| match arg {
            protocol::Arg::Text(text) => text.clone(),
            protocol::Arg::Int(number) => number.to_string(),
            other => format!("{other:?}"),
        };
        rows.map(|row| row.cells.iter().map(text).collect())
            .collect()
    }
}
