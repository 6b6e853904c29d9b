//! Dijkstra's notes on rings of machines, as in tlaplus/Examples: a token that mends itself (EWD 426), and what it is to
//! detect that all rest (EWD 840).

use search::model::Model;

/// `TokenRing.tla` of EWD 426: each node holds one of `values`; the first is privileged when it is as the last, any other when
/// it is not as the one before it.
pub(crate) struct TokenRing {
    pub(crate) nodes: u8,
    pub(crate) values: u8,
}

impl Model for TokenRing {
    type State = Vec<u8>;
    type Action = u8;

    fn initial(&self) -> Vec<Vec<u8>> {
        let mut all = vec![Vec::new()];
        for _ in 0..self.nodes {
            let longer = |ring: Vec<u8>| {
                (0..self.values).map(move |value| ring.iter().copied().chain([value]).collect())
            };
            all = all.into_iter().flat_map(longer).collect();
        }
        all
    }

    fn actions(&self, ring: &Vec<u8>, actions: &mut Vec<u8>) {
        if ring.first() == ring.last() {
            actions.push(0);
        }
        actions.extend(
            (1..self.nodes).filter(|at| ring[usize::from(*at)] != ring[usize::from(*at) - 1]),
        );
    }

    fn next(&self, ring: &Vec<u8>, node: u8) -> Option<Vec<u8>> {
        let mut next = ring.clone();
        let at = usize::from(node);
        next[at] = match at.checked_sub(1) {
            None => (ring[ring.len() - 1] + 1) % self.values,
            Some(before) => ring[before],
        };
        Some(next)
    }
}

/// Every row of `count` switches.
fn switches(count: u8) -> impl Iterator<Item = Vec<bool>> {
    (0u32..1 << count).map(move |bits| (0..count).map(|at| bits >> at & 1 == 1).collect())
}

/// `SyncTerminationDetection.tla`: what EWD 840 is to do.
pub(crate) struct SyncTermination {
    pub(crate) nodes: u8,
}

#[derive(Clone, Debug)]
pub(crate) enum Detect {
    /// A node rests; whether the end of all is detected with it.
    Rest(u8, bool),
    Wake(u8),
    Detected,
}

impl Model for SyncTermination {
    /// Who is active, and whether the end was detected.
    type State = (Vec<bool>, bool);
    type Action = Detect;

    fn initial(&self) -> Vec<Self::State> {
        let mut all = Vec::new();
        for active in switches(self.nodes) {
            if !active.contains(&true) {
                all.push((active.clone(), true));
            }
            all.push((active, false));
        }
        all
    }

    fn actions(&self, (active, detected): &Self::State, actions: &mut Vec<Detect>) {
        let count = active.iter().filter(|active| **active).count();
        for node in (0..self.nodes).filter(|node| active[usize::from(*node)]) {
            actions.push(Detect::Rest(node, *detected));
            if count == 1 && !detected {
                actions.push(Detect::Rest(node, true));
            }
            // Any active node may wake any, itself included.
            actions.extend((0..self.nodes).map(Detect::Wake));
        }
        if count == 0 {
            actions.push(Detect::Detected);
        }
    }

    fn next(&self, (active, detected): &Self::State, action: Detect) -> Option<Self::State> {
        let mut next = (active.clone(), *detected);
        match action {
            Detect::Rest(node, detected) => {
                next.0[usize::from(node)] = false;
                next.1 = detected;
            }
            Detect::Wake(node) => next.0[usize::from(node)] = true,
            Detect::Detected => next.1 = true,
        }
        Some(next)
    }
}
