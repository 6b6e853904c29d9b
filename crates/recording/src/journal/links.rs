//! Links that are cut become groups that do not hear each other, as a trace has them.

use protocol::NodeId;
use std::collections::{BTreeMap, BTreeSet};
use trace::Cut;

/// As few cuts as say the same: senders who are unheard by the same receivers are one side; two sides that are cut both ways are one cut.
pub(super) fn sides(links: &BTreeSet<(NodeId, NodeId)>) -> Vec<Cut> {
    let mut unheard: BTreeMap<NodeId, Vec<NodeId>> = BTreeMap::new();
    for (from, to) in links {
        unheard.entry(*from).or_default().push(*to);
    }
    let mut groups: BTreeMap<Vec<NodeId>, Vec<NodeId>> = BTreeMap::new();
    for (from, to) in unheard {
        groups.entry(to).or_default().push(from);
    }
    let mut cuts: Vec<Cut> = Vec::new();
    for (to, from) in groups {
        let other = cuts.iter_mut().find(|cut| cut.from == to && cut.to == from);
        match other {
            Some(cut) => cut.both = true,
            None => cuts.push(Cut {
                from,
                to,
                both: false,
            }),
        }
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(links: &[(u16, u16)]) -> Vec<(Vec<u16>, Vec<u16>, bool)> {
        let links = links.iter().map(|(from, to)| (NodeId(*from), NodeId(*to)));
        let plain = |nodes: Vec<NodeId>| nodes.into_iter().map(|node| node.0).collect();
        let cuts = sides(&links.collect()).into_iter();
        cuts.map(|cut| (plain(cut.from), plain(cut.to), cut.both))
            .collect()
    }

    #[test]
    fn halves_are_one_cut() {
        let halves = [(0, 2), (2, 0), (1, 2), (2, 1)];
        assert_eq!(cut(&halves), [(vec![2], vec![0, 1], true)]);
    }

    #[test]
    fn one_way_is_one_way_and_nothing_is_nothing() {
        assert_eq!(cut(&[(0, 1)]), [(vec![0], vec![1], false)]);
        assert_eq!(cut(&[]), []);
    }

    #[test]
    fn a_ring_in_which_each_hears_a_majority_has_each_link_once() {
        let ring = [(0, 2), (2, 0), (1, 3), (3, 1), (0, 3), (3, 0)];
        let links: BTreeSet<(u16, u16)> = ring.into();
        let mut told = BTreeSet::new();
        for (from, to, both) in cut(&ring) {
            for (from, to) in from
                .iter()
                .flat_map(|from| to.iter().map(move |to| (*from, *to)))
            {
                assert!(told.insert((from, to)));
                assert!(!both || told.insert((to, from)));
            }
        }
        assert_eq!(told, links);
    }
}
