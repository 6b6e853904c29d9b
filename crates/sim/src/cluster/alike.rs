//! Who a state is when nodes that are alike are not told apart: the least of the digests that it has under all their names.
//!
//! Who has which name is settled as far as it can be by what each of them is without regard to names; only those that are the
//! same so far are tried in every order.

use super::*;
use crate::named::named;
use protocol::NodeSet;

/// What a node is called while it is looked at by itself.
const SELF: u16 = u16::MAX;

impl<P: Protocol> Cluster<P> {
    /// The identity, but for which of the nodes that are alike is which.
    pub(crate) fn likeness(&self) -> u64 {
        let sets = P::alike(&self.setting.config);
        let own: Vec<u16> = (0..self.world.kernel.hosts.len() as u16).collect();
        let mut all = vec![own.clone()];
        for set in &sets {
            let orders = self.orders(*set, &sets, &own);
            all = all
                .iter()
                .flat_map(|names| {
                    orders.iter().map(|order| {
                        let mut names = names.clone();
                        for (place, node) in set.iter().zip(order) {
                            names[node.index()] = place.0;
                        }
                        names
                    })
                })
                .collect();
        }
        let digests = all.iter().map(|names| self.under(names));
        digests.min().unwrap_or(0)
    }

    /// The orders in which the nodes of a set may take its names.
    fn orders(&self, set: NodeSet, sets: &[NodeSet], own: &[u16]) -> Vec<Vec<NodeId>> {
        let mut signs: Vec<(u64, NodeId)> = set
            .iter()
            .map(|node| (self.sign(node, sets, own), node))
            .collect();
        signs.sort_unstable();
        let mut orders = vec![Vec::new()];
        for same in signs.chunk_by(|one, other| one.0 == other.0) {
            let mut longer = Vec::new();
            for order in &orders {
                let nodes: Vec<NodeId> = same.iter().map(|(_, node)| *node).collect();
                every_order(&nodes, order, &mut longer);
            }
            orders = longer;
        }
        orders
    }

    /// What a node is, and what flies from it and to it, where of all that are alike it alone has a name.
    fn sign(&self, node: NodeId, sets: &[NodeSet], own: &[u16]) -> u64 {
        let mut names = own.to_vec();
        for (index, set) in (1..).zip(sets) {
            set.iter()
                .for_each(|node| names[node.index()] = SELF - index);
        }
        names[node.index()] = SELF;
        let mut digest = Digest::default();
        digest.word(self.node_under(node, &names));
        let touches = |flight: &Flight| flight.from == node || flight.to == node;
        self.flights_under(&names, touches).hash(&mut digest);
        digest.finish()
    }

    /// The digest of everything, under other names.
    fn under(&self, names: &[u16]) -> u64 {
        let mut digest = Digest::default();
        let mut places = vec![NodeId(0); names.len()];
        for (node, name) in (0..).zip(names) {
            places[usize::from(*name)] = NodeId(node);
        }
        for node in places {
            digest.word(self.node_under(node, names));
        }
        self.flights_under(names, |_| true).hash(&mut digest);
        let cuts = self.world.kernel.cuts.iter();
        let mut cuts: Vec<u64> = cuts.map(|cut| named(cut, names)).collect();
        cuts.sort_unstable();
        cuts.hash(&mut digest);
        self.world.kernel.world.hash(&mut digest);
        self.setting.config.hash(&mut digest);
        self.setting.decisions.hash(&mut digest);
        let name = |node: NodeId| NodeId(names.get(node.index()).copied().unwrap_or(node.0));
        P::renamed(&self.memory, &name).hash(&mut digest);
        for (verdict, _) in &self.verdicts {
            std::mem::discriminant(verdict).hash(&mut digest);
        }
        digest.finish()
    }

    fn node_under(&self, node: NodeId, names: &[u16]) -> u64 {
        let index = node.index();
        let mut digest = Digest::default();
        digest.word(named(&self.nodes[index], names));
        digest.word(named(&self.world.disks[index], names));
        self.world.asked.get(index).hash(&mut digest);
        Self::speech_under(&self.world.speech[index], names, &mut digest);
        self.identify_host(node, &self.world.kernel.hosts[index], &mut digest);
        digest.finish()
    }

    /// As [`Self::identify_speech`] has it, but that what is sent between two saves is sent in no order: the nodes that are
    /// alike are often sent to in that of their names.
    fn speech_under(speech: &VecDeque<Speech<P>>, names: &[u16], digest: &mut Digest) {
        let mut saved_by = None;
        let mut sent = Vec::new();
        let send = |sent: &mut Vec<u64>, digest: &mut Digest| {
            sent.sort_unstable();
            std::mem::take(sent).hash(digest);
        };
        for item in speech {
            if let Speech::Send { to, message, .. } = item {
                sent.push(digest_of(&(named(to, names), named(message, names))));
                continue;
            }
            send(&mut sent, digest);
            std::mem::discriminant(item).hash(digest);
            match item {
                Speech::Save(event, write) => {
                    (saved_by == Some(*event)).hash(digest);
                    saved_by = Some(*event);
                    digest.word(named(write, names));
                }
                Speech::Send { .. } => {}
                Speech::Answer(id, answer) => {
                    digest.word(named(id, names));
                    digest.word(named(answer, names));
                }
                Speech::Tell(fact) => digest.word(named(fact, names)),
                Speech::Notify(token) => token.hash(digest),
            }
        }
        send(&mut sent, digest);
    }

    fn flights_under(&self, names: &[u16], wanted: impl Fn(&Flight) -> bool) -> Vec<u64> {
        let flights = self.world.kernel.on_stage();
        let arriving =
            flights.filter(|(_, flight)| flight.end == FlightEnd::Arrives && wanted(flight));
        let mut all: Vec<u64> = arriving
            .map(|(slot, flight)| {
                let way = named(&(flight.from, flight.to), names);
                digest_of(&(way, flight.held, named(&self.body(slot), names)))
            })
            .collect();
        all.sort_unstable();
        all
    }
}

/// Puts every order of `nodes` behind `before`.
fn every_order(nodes: &[NodeId], before: &[NodeId], orders: &mut Vec<Vec<NodeId>>) {
    if nodes.is_empty() {
        orders.push(before.to_vec());
    }
    for (place, node) in nodes.iter().enumerate() {
        let mut rest = nodes.to_vec();
        rest.remove(place);
        every_order(&rest, &[before, &[*node]].concat(), orders);
    }
}
