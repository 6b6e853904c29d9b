//! Who is whose neighbour in a broadcast. A suggestion: nodes may speak with anybody.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A shape.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topology {
    /// Rows of about as many nodes as there are rows; neighbours are left, right, above and below.
    #[default]
    Grid,
    /// One after the other.
    Line,
    /// Everybody with everybody.
    Total,
    /// A tree in which each node has up to this many children.
    Tree(u8),
}

impl Topology {
    /// The neighbours of each node.
    pub fn neighbours(self, nodes: &[String]) -> BTreeMap<String, Vec<String>> {
        let mut all: BTreeMap<String, Vec<String>> = nodes
            .iter()
            .map(|node| (node.clone(), Vec::new()))
            .collect();
        let mut join = |a: usize, b: usize| {
            for (one, other) in [(a, b), (b, a)] {
                all.entry(nodes[one].clone())
                    .or_default()
                    .push(nodes[other].clone());
            }
        };
        match self {
            Self::Grid => {
                let mut width = 1;
                while width * width < nodes.len() {
                    width += 1;
                }
                for place in 0..nodes.len() {
                    if place % width != 0 {
                        join(place - 1, place);
                    }
                    if place >= width {
                        join(place - width, place);
                    }
                }
            }
            Self::Line => (1..nodes.len()).for_each(|place| join(place - 1, place)),
            Self::Total => {
                for b in 0..nodes.len() {
                    (0..b).for_each(|a| join(a, b));
                }
            }
            Self::Tree(branches) => {
                let branches = usize::from(branches.max(1));
                (1..nodes.len()).for_each(|place| join((place - 1) / branches, place));
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn shape(topology: Topology, n: usize) -> BTreeMap<String, Vec<String>> {
        let nodes: Vec<String> = (0..n).map(|i| format!("n{i}")).collect();
        topology.neighbours(&nodes)
    }

    #[test]
    fn every_shape_is_connected_and_goes_both_ways() {
        for topology in [
            Topology::Grid,
            Topology::Line,
            Topology::Total,
            Topology::Tree(3),
        ] {
            for n in 1..26 {
                let map = shape(topology, n);
                assert_eq!(map.len(), n);
                let (mut seen, mut rest) = (BTreeSet::new(), vec!["n0".to_owned()]);
                while let Some(node) = rest.pop() {
                    for other in &map[&node] {
                        assert!(map[other].contains(&node), "{topology:?} {n}");
                        assert_ne!(*other, node);
                    }
                    if seen.insert(node.clone()) {
                        rest.extend(map[&node].iter().cloned());
                    }
                }
                assert_eq!(seen.len(), n, "{topology:?} {n}");
            }
        }
    }

    #[test]
    fn five_nodes_as_a_grid() {
        let map = shape(Topology::Grid, 5);
        assert_eq!(map["n0"], ["n1", "n3"]);
        assert_eq!(map["n1"], ["n0", "n2", "n4"]);
        assert_eq!(map["n4"], ["n3", "n1"]);
    }
}
