//! A graph of transactions: who depends on whom, and why; and its strongly connected components (Tarjan 1972).

use std::collections::BTreeMap;

/// Why one transaction comes before another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Edge {
    /// The other overwrote what it wrote.
    WriteWrite,
    /// The other read what it wrote.
    WriteRead,
    /// The other overwrote what it read.
    ReadWrite,
    /// It had ended before the other began.
    RealTime,
}

/// The graph. Between two transactions there is at most one edge of each sort.
pub(super) struct Graph {
    next: Vec<BTreeMap<(usize, Edge), String>>,
}

impl Graph {
    pub(super) fn new(nodes: usize) -> Self {
        Self {
            next: vec![BTreeMap::new(); nodes],
        }
    }

    /// `from` comes before `to`; `about` says over which key.
    pub(super) fn add(&mut self, from: usize, to: usize, edge: Edge, about: &str) {
        if from != to {
            let edges = &mut self.next[from];
            edges.entry((to, edge)).or_insert_with(|| about.to_owned());
        }
    }

    pub(super) fn edges(&self) -> usize {
        let drawn = self.next.iter().flat_map(|edges| edges.keys());
        drawn.filter(|(_, edge)| *edge != Edge::RealTime).count()
    }

    /// The edges that leave a transaction.
    pub(super) fn from(&self, node: usize) -> impl Iterator<Item = (usize, Edge)> + '_ {
        self.next[node].keys().copied()
    }

    /// Over which key an edge goes.
    pub(super) fn about(&self, from: usize, to: usize, edge: Edge) -> &str {
        self.next[from].get(&(to, edge)).map_or("", |it| it)
    }

    /// The components with more than one transaction, using only edges that `uses` allows. Each is sorted.
    pub(super) fn components(&self, uses: impl Fn(Edge) -> bool) -> Vec<Vec<usize>> {
        const NEW: u32 = u32::MAX;
        let all = self.next.len();
        let (mut index, mut low) = (vec![NEW; all], vec![NEW; all]);
        let (mut stack, mut on_stack) = (Vec::new(), vec![false; all]);
        let (mut count, mut components) = (0u32, Vec::new());
        for root in 0..all {
            if index[root] != NEW {
                continue;
            }
            // (transaction, its followers that are still to be visited)
            let followers = |node: usize| {
                let all = self.from(node).filter(|(_, edge)| uses(*edge));
                all.map(|(to, _)| to).collect::<Vec<usize>>()
            };
            let mut path = vec![(root, followers(root))];
            (index[root], low[root]) = (count, count);
            count += 1;
            stack.push(root);
            on_stack[root] = true;
            while let Some((node, rest)) = path.last_mut() {
                let node = *node;
                match rest.pop() {
                    Some(to) if index[to] == NEW => {
                        (index[to], low[to]) = (count, count);
                        count += 1;
                        stack.push(to);
                        on_stack[to] = true;
                        path.push((to, followers(to)));
                    }
                    Some(to) if on_stack[to] => low[node] = low[node].min(index[to]),
                    Some(_) => {}
                    None => {
                        path.pop();
                        if let Some((parent, _)) = path.last() {
                            low[*parent] = low[*parent].min(low[node]);
                        }
                        if low[node] == index[node] {
                            let from = stack.iter().rposition(|it| *it == node).unwrap_or(0);
                            let mut component = stack.split_off(from);
                            for member in &component {
                                on_stack[*member] = false;
                            }
                            if component.len() > 1 {
                                component.sort_unstable();
                                components.push(component);
                            }
                        }
                    }
                }
            }
        }
        components.sort();
        components
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_those_that_reach_each_other() {
        let mut graph = Graph::new(7);
        for (from, to) in [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 3), (5, 6)] {
            graph.add(from, to, Edge::WriteWrite, "x");
        }
        graph.add(6, 5, Edge::ReadWrite, "y");
        let narrow = graph.components(|edge| edge == Edge::WriteWrite);
        assert_eq!(narrow, [vec![0, 1, 2], vec![3, 4]]);
        assert_eq!(graph.components(|_| true).len(), 3);
        assert_eq!(graph.about(6, 5, Edge::ReadWrite), "y");
    }
}
