//! Cycles of dependencies, each as short as possible, named by its edges (Adya 1999, chapter 3; Elle's names).

use super::Found;
use super::graph::{Edge, Graph};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How many edges of a component are tried as the beginning of a cycle.
const TRIES_MAX: usize = 3_000;

/// A sort of cycle: which edges it may have beside the one that it must have, and how they may follow each other.
struct Sort {
    name: &'static str,
    /// The edge that it begins with.
    first: Edge,
    /// Whether another read-write edge may be in it: none, not next to one, or anywhere.
    read_writes: ReadWrites,
    real_time: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ReadWrites {
    None,
    Apart,
    Any,
}

/// The sorts, the gravest first.
const SORTS: [Sort; 10] = {
    const fn sort(name: &'static str, first: Edge, read_writes: ReadWrites) -> Sort {
        Sort {
            name,
            first,
            read_writes,
            real_time: false,
        }
    }
    const fn timed(name: &'static str, first: Edge, read_writes: ReadWrites) -> Sort {
        Sort {
            real_time: true,
            ..sort(name, first, read_writes)
        }
    }
    use Edge::{ReadWrite, WriteRead, WriteWrite};
    use ReadWrites::{Any, Apart, None};
    [
        sort("G0", WriteWrite, None),
        sort("G1c", WriteRead, None),
        sort("G-single-item", ReadWrite, None),
        sort("G-nonadjacent-item", ReadWrite, Apart),
        sort("G2-item", ReadWrite, Any),
        timed("G0-realtime", WriteWrite, None),
        timed("G1c-realtime", WriteRead, None),
        timed("G-single-item-realtime", ReadWrite, None),
        timed("G-nonadjacent-item-realtime", ReadWrite, Apart),
        timed("G2-item-realtime", ReadWrite, Any),
    ]
};

/// Adds the gravest cycle of each component.
pub(super) fn find(graph: &Graph, found: &mut Vec<Found>) {
    let mut told: BTreeSet<usize> = BTreeSet::new();
    for real_time in [false, true] {
        for component in graph.components(|edge| real_time || edge != Edge::RealTime) {
            // What is a cycle without real time is told as one.
            if component.iter().any(|node| told.contains(node)) {
                continue;
            }
            let members: BTreeSet<usize> = component.iter().copied().collect();
            let sorts = SORTS.iter().filter(|sort| sort.real_time == real_time);
            let cycle = sorts
                .filter_map(|sort| Some((sort, cycle(graph, &members, sort)?)))
                .next();
            if let Some((sort, cycle)) = cycle {
                told.extend(component);
                found.push(tell(graph, sort.name, &cycle));
            }
        }
    }
}

/// A step of a cycle: from where, by which edge.
type Path = Vec<(usize, Edge)>;

/// The shortest cycle of this sort that begins with some edge of the component; of all beginnings the first that has one.
fn cycle(graph: &Graph, members: &BTreeSet<usize>, sort: &Sort) -> Option<Path> {
    let firsts = members.iter().flat_map(|from| {
        let edges = graph.from(*from);
        edges
            .filter(|(to, edge)| *edge == sort.first && members.contains(to))
            .map(|(to, _)| (*from, to))
    });
    let mut best: Option<Path> = None;
    for (from, to) in firsts.take(TRIES_MAX) {
        if let Some(rest) = way(graph, members, sort, to, from) {
            let mut path = vec![(from, sort.first)];
            path.extend(rest);
            if best.as_ref().is_none_or(|best| path.len() < best.len()) {
                let shortest = path.len() == 2;
                best = Some(path);
                if shortest {
                    break;
                }
            }
        }
    }
    best
}

/// The shortest way by edges of this sort, breadth first over transactions and whether one came there by a read-write edge.
fn way(
    graph: &Graph,
    members: &BTreeSet<usize>,
    sort: &Sort,
    from: usize,
    to: usize,
) -> Option<Path> {
    let start = (from, sort.first == Edge::ReadWrite);
    let mut came: BTreeMap<(usize, bool), ((usize, bool), Edge)> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        let (node, after_read_write) = at;
        // A cycle closes at its first edge, which is a read-write edge where they must stand apart.
        let closes = !(sort.read_writes == ReadWrites::Apart && after_read_write);
        if node == to && closes {
            let mut path = Vec::new();
            let mut back = at;
            while back != start {
                let (before, edge) = came[&back];
                path.push((before.0, edge));
                back = before;
            }
            path.reverse();
            return Some(path);
        }
        if node == to {
            continue;
        }
        for (next, edge) in graph.from(node) {
            let fits = match edge {
                Edge::WriteWrite => true,
                Edge::WriteRead => sort.first != Edge::WriteWrite,
                Edge::ReadWrite => match sort.read_writes {
                    ReadWrites::None => false,
                    ReadWrites::Apart => !after_read_write,
                    ReadWrites::Any => true,
                },
                Edge::RealTime => sort.real_time,
            };
            let there = (next, edge == Edge::ReadWrite);
            if fits && members.contains(&next) && there != start && !came.contains_key(&there) {
                came.insert(there, (at, edge));
                queue.push_back(there);
            }
        }
    }
    None
}

fn tell(graph: &Graph, anomaly: &'static str, cycle: &Path) -> Found {
    let mut parts = Vec::new();
    for (place, (node, edge)) in cycle.iter().enumerate() {
        let (next, _) = cycle[(place + 1) % cycle.len()];
        let key = graph.about(*node, next, *edge);
        let (one, other) = (name(place), name((place + 1) % cycle.len()));
        parts.push(match edge {
            Edge::WriteWrite => format!("{other} wrote key {key} after {one}"),
            Edge::WriteRead => format!("{other} read key {key} as {one} wrote it"),
            Edge::ReadWrite => format!("{other} wrote key {key} after what {one} read of it"),
            Edge::RealTime => format!("{other} began when {one} had ended"),
        });
    }
    Found {
        anomaly,
        text: format!(
            "each of these (T1 is the first, T2 the second, …) comes before the next one, and the last before the first: {}",
            parts.join(", "),
        ),
        about: cycle.iter().map(|(node, _)| *node).collect(),
    }
}

fn name(place: usize) -> String {
    format!("T{}", place + 1)
}
