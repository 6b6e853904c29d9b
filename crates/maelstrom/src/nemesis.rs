//! The nemesis: which faults come when. Knows nothing of how they are carried out.

use crate::network::Fault;
use protocol::{Chance, Name, Purpose};
use serde::{Deserialize, Serialize};

/// A sort of fault.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nemesis {
    /// Nodes stop hearing each other: random halves, one alone, or each hears another majority.
    Partition,
    /// A process is killed, and started again.
    Kill,
    /// A process is stopped, and goes on.
    Pause,
}

/// A plan of faults: each begins, lasts an interval, and ends; after another interval the next one begins.
#[derive(Clone, Debug)]
pub struct Plan {
    kinds: Vec<Nemesis>,
    interval_us: u64,
    seed: u64,
    next_us: u64,
    done: u64,
    /// What ends the fault that lasts.
    cure: Vec<Fault>,
}

impl Plan {
    /// A plan of these sorts. The first fault begins after one interval.
    pub fn new(kinds: Vec<Nemesis>, interval_us: u64, seed: u64, begins_us: u64) -> Self {
        let interval_us = interval_us.max(1);
        Self {
            kinds,
            interval_us,
            seed,
            next_us: begins_us.saturating_add(interval_us),
            done: 0,
            cure: Vec::new(),
        }
    }

    /// When the next fault begins or ends; `None`: there are none.
    pub fn wake_us(&self) -> Option<u64> {
        (!self.kinds.is_empty()).then_some(self.next_us)
    }

    /// The faults that are due.
    pub fn advance(&mut self, now_us: u64, nodes: &[String]) -> Vec<Fault> {
        if self.kinds.is_empty() || now_us < self.next_us || nodes.is_empty() {
            return Vec::new();
        }
        self.next_us = now_us.saturating_add(self.interval_us);
        if !self.cure.is_empty() {
            return std::mem::take(&mut self.cure);
        }
        let chance = Chance::new(self.seed, Name(self.done).mix(3));
        self.done += 1;
        let kind = self.kinds[chance.below(Purpose::new("kind"), self.kinds.len() as u64) as usize];
        let victim = &nodes[chance.below(Purpose::new("victim"), nodes.len() as u64) as usize];
        let node = victim.clone();
        let (fault, cure) = match kind {
            Nemesis::Partition => (partition(chance, nodes), Fault::Heal),
            Nemesis::Kill => (Fault::Kill { node: node.clone() }, Fault::Restart { node }),
            Nemesis::Pause => (Fault::Pause { node: node.clone() }, Fault::Resume { node }),
        };
        self.cure = vec![cure];
        vec![fault]
    }

    /// What makes everything whole again: the faults are over.
    pub fn finish(&mut self) -> Vec<Fault> {
        if self.kinds.is_empty() {
            return Vec::new();
        }
        self.kinds.clear();
        let mut last = std::mem::take(&mut self.cure);
        if !last.contains(&Fault::Heal) {
            last.push(Fault::Heal);
        }
        last
    }
}

/// The nodes in an order that chance chooses (Fisher and Yates).
fn shuffled(chance: Chance, nodes: &[String]) -> Vec<String> {
    let mut nodes = nodes.to_vec();
    for i in (1..nodes.len()).rev() {
        let other = chance.below(Purpose::new("order").nth(i as u64), i as u64 + 1) as usize;
        nodes.swap(i, other);
    }
    nodes
}

/// Nodes that stop hearing each other.
fn partition(chance: Chance, nodes: &[String]) -> Fault {
    let nodes = shuffled(chance, nodes);
    // Up to three nodes a majority ring is no more than one that is alone.
    let sorts = if nodes.len() > 3 { 3 } else { 2 };
    let (how, links) = match chance.below(Purpose::new("partition"), sorts) {
        0 => ("random halves", between(&nodes, nodes.len() / 2)),
        1 => ("one alone", between(&nodes, 1)),
        _ => ("majorities ring", ring(&nodes)),
    };
    Fault::Partition {
        how: how.into(),
        links,
    }
}

/// The links between the first `at` nodes and the others, both ways.
fn between(nodes: &[String], at: usize) -> Vec<(String, String)> {
    let (left, right) = nodes.split_at(at.min(nodes.len()));
    let pairs = left.iter().flat_map(|a| right.iter().map(move |b| (a, b)));
    pairs
        .flat_map(|(a, b)| [(a.clone(), b.clone()), (b.clone(), a.clone())])
        .collect()
}

/// Around a ring each node hears those next to it, as many as make a majority with itself: each another one.
fn ring(nodes: &[String]) -> Vec<(String, String)> {
    let (all, majority) = (nodes.len(), nodes.len() / 2 + 1);
    let (behind, ahead) = ((majority - 1) / 2, majority / 2);
    let mut links = Vec::new();
    for (place, dest) in nodes.iter().enumerate() {
        for step in ahead + 1..all - behind {
            links.push((nodes[(place + step) % all].clone(), dest.clone()));
        }
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|i| format!("n{i}")).collect()
    }

    #[test]
    fn around_a_ring_each_hears_another_majority() {
        for n in 4..10 {
            let nodes = names(n);
            let links = ring(&nodes);
            let mut majorities = BTreeSet::new();
            for dest in &nodes {
                let deaf: Vec<&String> = links
                    .iter()
                    .filter(|(_, d)| d == dest)
                    .map(|(s, _)| s)
                    .collect();
                assert_eq!(n - deaf.len(), n / 2 + 1, "{n} nodes");
                assert!(!deaf.contains(&dest));
                let heard: Vec<&String> = nodes.iter().filter(|it| !deaf.contains(it)).collect();
                majorities.insert(heard);
            }
            assert_eq!(majorities.len(), n);
        }
    }

    #[test]
    fn faults_begin_and_end_in_turn_and_all_sorts_come() {
        let nodes = names(5);
        let kinds = vec![Nemesis::Partition, Nemesis::Kill, Nemesis::Pause];
        let mut plan = Plan::new(kinds, 10, 7, 0);
        assert!(plan.advance(9, &nodes).is_empty());
        let (mut seen, mut now) = (BTreeSet::new(), 10);
        for _ in 0..60 {
            let begins = plan.advance(now, &nodes);
            let ends = plan.advance(now + 10, &nodes);
            now += 20;
            seen.insert(match (&begins[..], &ends[..]) {
                ([Fault::Partition { how, links }], [Fault::Heal]) => {
                    assert!(!links.is_empty());
                    how.clone()
                }
                ([Fault::Kill { node }], [Fault::Restart { node: again }]) if node == again => {
                    "kill".into()
                }
                ([Fault::Pause { node }], [Fault::Resume { node: again }]) if node == again => {
                    "pause".into()
                }
                other => panic!("{other:?}"),
            });
        }
        assert_eq!(seen.len(), 5, "{seen:?}");
    }

    #[test]
    fn what_lasts_at_the_end_is_cured() {
        let nodes = names(3);
        let mut plan = Plan::new(vec![Nemesis::Kill], 10, 7, 0);
        plan.advance(10, &nodes);
        let last = plan.finish();
        assert!(matches!(&last[..], [Fault::Restart { .. }, Fault::Heal]));
        assert_eq!(plan.wake_us(), None);
        assert!(plan.finish().is_empty());
    }
}
