//! A bench to drive nodes of any protocol by hand: every message and timer moves when the test says so, disks are fast, and the
//! properties are checked after every step. Time stands still.

#![allow(dead_code, reason = "every test file uses another part of the bench")]

use protocol::{
    Chance, Context, Effect, Input, Look, Name, NodeId, NodeSpec, OperationId, Phrase, Protocol,
    Say, Surroundings, Verdict, Verdicts,
};
use std::collections::{BTreeMap, BTreeSet};

/// A message on its way.
#[derive(Clone, Debug)]
pub(crate) struct Packet<P: Protocol> {
    pub(crate) from: NodeId,
    pub(crate) to: NodeId,
    pub(crate) message: P::Message,
}

impl<P: Protocol> Packet<P> {
    /// The name of its kind.
    pub(crate) fn kind(&self) -> &'static str {
        P::MESSAGES[usize::from(P::message_kind(&self.message))].name
    }
}

pub(crate) struct Lab<P: Protocol> {
    pub(crate) config: P::Config,
    pub(crate) variant: P::Variant,
    pub(crate) roster: Vec<NodeSpec>,
    pub(crate) nodes: Vec<Option<P>>,
    pub(crate) disks: Vec<P::Disk>,
    pub(crate) timers: Vec<BTreeMap<P::Timer, (u64, u64)>>,
    /// In the order of sending.
    pub(crate) packets: Vec<Packet<P>>,
    /// Nodes that hear and are heard by nobody.
    pub(crate) apart: BTreeSet<NodeId>,
    pub(crate) facts: Vec<(NodeId, P::Fact)>,
    pub(crate) reasons: Vec<(NodeId, P::Reason)>,
    pub(crate) answers: Vec<(OperationId, P::Answer)>,
    pub(crate) memory: P::Memory,
    /// The first breach of each property, by id.
    pub(crate) violations: BTreeMap<&'static str, Phrase>,
    pub(crate) met: BTreeSet<&'static str>,
    /// How many operations were asked for; the next one has the next number.
    pub(crate) asked: u64,
    events: u64,
}

impl<P: Protocol> Lab<P> {
    pub(crate) fn new(config: P::Config, variant: &str) -> Self {
        P::validate(&config).expect("a sensible configuration");
        let roster = P::roster(&config);
        let count = roster.len();
        let known = P::VARIANTS.iter().find(|known| known.id == variant);
        let mut lab = Self {
            config,
            variant: known.expect("there is such a variant").value,
            roster,
            nodes: vec![None; count],
            disks: vec![P::Disk::default(); count],
            timers: vec![BTreeMap::new(); count],
            packets: Vec::new(),
            apart: BTreeSet::new(),
            facts: Vec::new(),
            reasons: Vec::new(),
            answers: Vec::new(),
            memory: P::Memory::default(),
            violations: BTreeMap::new(),
            met: BTreeSet::new(),
            events: 0,
            asked: 0,
        };
        for node in 0..count as u16 {
            lab.restart(NodeId(node));
        }
        lab
    }

    /// The node of this label.
    pub(crate) fn id(&self, label: &str) -> NodeId {
        let place = self.roster.iter().position(|node| node.label == label);
        NodeId(place.expect("there is such a node") as u16)
    }

    pub(crate) fn node(&self, label: &str) -> &P {
        let node = self.id(label);
        self.nodes[node.index()].as_ref().expect("it is up")
    }

    // ---- doing ----

    fn step(
        &mut self,
        node: NodeId,
        booted: bool,
        run: impl FnOnce(&mut Context<'_, P>, Option<P>, &P::Disk) -> P,
    ) {
        self.events += 1;
        let mut effects = Vec::new();
        let around = Surroundings {
            me: node,
            roster: &self.roster,
            config: &self.config,
            variant: self.variant,
            now_us: 1_000_000,
            wall_us: 1_000_000,
            chance: Chance::new(7, Name(self.events)),
            decisions: &[],
        };
        let before = self.nodes[node.index()].take();
        let mut cx = Context::new(&around, &mut effects);
        let after = run(&mut cx, before, &self.disks[node.index()]);
        self.nodes[node.index()] = Some(after);
        let (mut told, mut tokens) = (Vec::new(), Vec::new());
        for effect in effects {
            match effect {
                Effect::Send {
                    to,
                    message,
                    reason,
                    ..
                } => {
                    self.reasons.push((node, reason));
                    if !self.apart.contains(&node) && !self.apart.contains(&to) {
                        self.packets.push(Packet {
                            from: node,
                            to,
                            message,
                        });
                    }
                }
                Effect::Answer { id, answer } => self.answers.push((id, answer)),
                Effect::Tell(fact) => told.push((node, fact)),
                Effect::Save(write) => P::persist(&mut self.disks[node.index()], &write),
                Effect::NotifySaved(token) => tokens.push(token),
                Effect::SetTimer {
                    timer,
                    min_us,
                    max_us,
                    reason,
                } => {
                    assert!(min_us <= max_us);
                    self.reasons.push((node, reason));
                    self.timers[node.index()].insert(timer, (min_us, max_us));
                }
                Effect::CancelTimer(timer) => {
                    self.timers[node.index()].remove(&timer);
                }
                Effect::Note(reason) => self.reasons.push((node, reason)),
                Effect::Chose { .. } => {}
            }
        }
        self.observe(node, booted, &told);
        self.facts.extend(told);
        for token in tokens {
            self.input(node, Input::Saved(token));
        }
    }

    fn observe(&mut self, changed: NodeId, booted: bool, facts: &[(NodeId, P::Fact)]) {
        let mut verdicts = Verdicts::default();
        let look = Look {
            config: &self.config,
            nodes: &self.nodes,
            changed: Some(changed),
            booted,
            facts,
            now_us: 0,
            loss_permille: 0,
        };
        P::observe(&mut self.memory, &look, &mut verdicts);
        for (index, verdict) in verdicts.drain() {
            let id = P::PROPERTIES[index].id;
            match verdict {
                Verdict::Violated(how) => {
                    self.violations.entry(id).or_insert(how);
                }
                Verdict::Met => {
                    self.met.insert(id);
                }
                Verdict::Open => {
                    self.met.remove(id);
                }
            }
        }
    }

    /// Hands an input to a node; one that is down does not hear it.
    pub(crate) fn input(&mut self, node: NodeId, input: Input<P>) {
        if self.nodes[node.index()].is_none() {
            return;
        }
        self.step(node, false, |cx, before, _| {
            let mut state = before.expect("it is up");
            state.on(cx, input);
            state
        });
    }

    /// Fires a timer that is set.
    pub(crate) fn fire(&mut self, label: &str, timer: P::Timer) {
        let node = self.id(label);
        let set = self.timers[node.index()].remove(&timer);
        assert!(set.is_some(), "{label} has set {timer:?}");
        self.input(node, Input::Timer(timer));
    }

    /// Asks a client for an operation.
    pub(crate) fn ask(&mut self, label: &str, op: P::Op) {
        self.asked += 1;
        let client = self.id(label);
        let number = self.asked;
        let id = OperationId { client, number };
        self.input(client, Input::Request { id, op });
    }

    /// Delivers everything that fits, in order, with what follows from it, until nothing fits.
    pub(crate) fn settle_where(&mut self, fits: impl Fn(&Packet<P>) -> bool) {
        for _ in 0..100_000 {
            let Some(place) = self.packets.iter().position(&fits) else {
                return;
            };
            let packet = self.packets.remove(place);
            let (from, message) = (packet.from, packet.message);
            self.input(packet.to, Input::Message { from, message });
        }
        panic!("the cluster does not come to rest");
    }

    /// Delivers everything.
    pub(crate) fn settle(&mut self) {
        self.settle_where(|_| true);
    }

    /// Delivers what has this kind and goes to one of these nodes.
    pub(crate) fn deliver(&mut self, kind: &str, to: &[&str]) {
        let to: Vec<NodeId> = to.iter().map(|label| self.id(label)).collect();
        self.settle_where(|packet| packet.kind() == kind && to.contains(&packet.to));
    }

    /// Delivers what goes to one of these nodes, whatever it is.
    pub(crate) fn settle_to(&mut self, to: &[&str]) {
        let to: Vec<NodeId> = to.iter().map(|label| self.id(label)).collect();
        self.settle_where(|packet| to.contains(&packet.to));
    }

    /// Loses everything on its way.
    pub(crate) fn lose_all(&mut self) {
        self.packets.clear();
    }

    /// The node loses its memory; what is on its way to it is lost as well.
    pub(crate) fn crash(&mut self, label: &str) {
        let node = self.id(label);
        self.nodes[node.index()] = None;
        self.timers[node.index()].clear();
        self.packets.retain(|packet| packet.to != node);
        self.observe(node, false, &[]);
    }

    pub(crate) fn restart(&mut self, node: NodeId) {
        self.step(node, true, |cx, _, disk| P::boot(cx, disk));
    }

    pub(crate) fn restart_label(&mut self, label: &str) {
        self.restart(self.id(label));
    }

    /// Nobody hears these nodes any more, nor they anybody.
    pub(crate) fn isolate(&mut self, labels: &[&str]) {
        self.apart = labels.iter().map(|label| self.id(label)).collect();
        let apart = &self.apart;
        self.packets
            .retain(|packet| !apart.contains(&packet.from) && !apart.contains(&packet.to));
    }

    pub(crate) fn heal(&mut self) {
        self.apart.clear();
    }

    // ---- looking ----

    /// Nothing promised is broken.
    pub(crate) fn assert_sound(&self) {
        assert!(self.violations.is_empty(), "{:?}", self.violations);
    }

    /// The keys of everything told so far.
    pub(crate) fn told(&self, key: &str) -> usize {
        let facts = self.facts.iter();
        facts
            .filter(|(node, fact)| fact.phrase(*node).key == key)
            .count()
    }

    /// How often this was said.
    pub(crate) fn said(&self, key: &str) -> usize {
        let reasons = self.reasons.iter();
        reasons
            .filter(|(node, reason)| reason.phrase(*node).key == key)
            .count()
    }
}
