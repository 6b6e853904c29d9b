//! The typed shell round the kernel: nodes, disks and message bodies. One step takes one thing that waits, or one edit.

mod act;
mod alike;
mod hand;
mod identity;
mod step;
mod world;

use crate::kernel::{Due, Flight, Kernel, Next};
use crate::record::{Handling, Header, Record, Recorder, Travel, What};
use crate::{Action, Edit, Run, SimError, WorldConfig};
use protocol::{
    Arrivals, Chance, Config, Context, Digest, Input, Look, Name, NodeId, NodeKind, NodeSpec,
    OperationId, Phrase, Protocol, Surroundings, TimerName, Verdict, Verdicts, digest_of,
};
use std::collections::{BTreeMap, VecDeque};
use std::hash::{Hash, Hasher};
use std::rc::Rc;
use trace::{Cause, FlightEnd, NodeStatus};

const EDIT: u64 = 0xed;
/// So many nodes at most: those of the roster, and those that joined, whether or not they left again.
const NODES_MAX: usize = 256;

/// What waits for a save, in order.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Speech<P: Protocol> {
    /// A write, and the event that saved it: all writes of one event are one save.
    Save(Name, P::Write),
    Send {
        name: Name,
        cause: Name,
        to: NodeId,
        message: P::Message,
        reason: P::Reason,
    },
    Answer(OperationId, P::Answer),
    Tell(P::Fact),
    Notify(u64),
}

/// What one step came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Outcome {
    pub name: Name,
    pub at_us: u64,
    pub node: Option<NodeId>,
    /// Something was told, or a verdict changed.
    pub moment: bool,
    pub violated: bool,
    /// The edit that this step was, by its place.
    pub edit: Option<u32>,
}

/// What stands still while a node reacts: only somebody's act changes it.
#[derive(Clone, Debug)]
struct Setting<P: Protocol> {
    roster: Rc<Vec<NodeSpec>>,
    config: Rc<P::Config>,
    variant: P::Variant,
    decisions: Rc<BTreeMap<Name, Vec<(u64, u32)>>>,
}

/// The outside world: everything that a step changes besides the volatile states.
#[derive(Clone, Debug)]
struct World<P: Protocol> {
    kernel: Kernel,
    disks: Vec<P::Disk>,
    bodies: Vec<Option<P::Message>>,
    speech: Vec<VecDeque<Speech<P>>>,
    /// When the last save of each node is durable: the disk serves one after the other.
    disk_free_us: Vec<u64>,
    /// How many operations each client was asked by hand.
    asked: Vec<u64>,
}

/// What a step uses and forgets.
#[derive(Debug)]
struct Scratch<P: Protocol> {
    facts: Vec<(NodeId, P::Fact)>,
    verdicts: Verdicts,
    notified: Vec<u64>,
    /// Who was sent what kind in this event, as one word each, for the `nth` of names.
    sent: Vec<u32>,
    /// When what this event saves is durable, once it has saved something.
    saved_us: Option<u64>,
}

impl<P: Protocol> Default for Scratch<P> {
    fn default() -> Self {
        Self {
            facts: Vec::new(),
            verdicts: Verdicts::default(),
            notified: Vec::new(),
            sent: Vec::new(),
            saved_us: None,
        }
    }
}

/// Scratch room is nobody's state: a copy of a cluster starts with none.
impl<P: Protocol> Clone for Scratch<P> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// A cluster at one moment. Cloning it is a checkpoint.
#[derive(Clone, Debug)]
pub(crate) struct Cluster<P: Protocol> {
    nodes: Vec<Option<P>>,
    setting: Setting<P>,
    world: World<P>,
    memory: P::Memory,
    tally: P::Tally,
    verdicts: Vec<(Verdict, Option<u64>)>,
    /// How many edits of the run have been taken.
    pub edits_taken: u32,
    /// Edits that came to nothing: their places and why.
    pub unmet: Vec<(u32, SimError)>,
    scratch: Scratch<P>,
}

impl<P: Protocol> Cluster<P> {
    /// The cluster at the beginning of `run`: every node has booted.
    pub(crate) fn new(run: &Run) -> Result<Self, SimError> {
        if run.protocol != P::ID {
            return Err(SimError::OtherProtocol(run.protocol.clone()));
        }
        let variant = P::VARIANTS
            .iter()
            .find(|variant| variant.id == run.variant)
            .ok_or_else(|| {
                SimError::UnknownVariant(
                    run.variant.clone(),
                    P::VARIANTS.iter().map(|variant| variant.id).collect(),
                )
            })?;
        let (config, world) = world::configure::<P>(run)?;
        let roster = P::roster(&config);
        let count = roster.len();
        let mut cluster = Self {
            nodes: Vec::new(),
            setting: Setting {
                roster: Rc::new(roster),
                config: Rc::new(config),
                variant: variant.value,
                decisions: Rc::default(),
            },
            world: World {
                kernel: Kernel::new(run.seed, world),
                disks: Vec::new(),
                bodies: Vec::new(),
                speech: Vec::new(),
                disk_free_us: Vec::new(),
                asked: Vec::new(),
            },
            memory: P::Memory::default(),
            tally: P::Tally::default(),
            verdicts: vec![(Verdict::Open, None); P::PROPERTIES.len()],
            edits_taken: 0,
            unmet: Vec::new(),
            scratch: Scratch::default(),
        };
        for _ in 0..count {
            cluster.host();
        }
        for index in 0..count {
            cluster.boot(NodeId(index as u16), &mut crate::record::Nothing);
        }
        cluster.world.kernel.settle();
        Ok(cluster)
    }

    /// Room for one more node of the roster.
    fn host(&mut self) -> NodeId {
        let node = self.world.kernel.add_host(P::Timer::ALL.len());
        self.nodes.push(None);
        self.world.disks.push(P::Disk::default());
        self.world.speech.push(VecDeque::new());
        self.world.disk_free_us.push(0);
        self.world.asked.push(0);
        node
    }

    // ---- looking ----

    pub(crate) const fn kernel(&self) -> &Kernel {
        &self.world.kernel
    }

    pub(crate) fn node(&self, node: NodeId) -> Option<&P> {
        self.nodes.get(node.index())?.as_ref()
    }

    pub(crate) fn disk(&self, node: NodeId) -> Option<&P::Disk> {
        self.world.disks.get(node.index())
    }

    pub(crate) fn body(&self, slot: u32) -> Option<&P::Message> {
        self.world.bodies.get(slot as usize)?.as_ref()
    }

    pub(crate) fn config(&self) -> &P::Config {
        &self.setting.config
    }

    pub(crate) fn roster(&self) -> &[NodeSpec] {
        &self.setting.roster
    }

    pub(crate) fn verdicts(&self) -> &[(Verdict, Option<u64>)] {
        &self.verdicts
    }

    /// How many writes of a node are not durable yet, and how much speech waits for them.
    pub(crate) fn unsaved(&self, node: NodeId) -> (u32, u32) {
        let speech = &self.world.speech[node.index()];
        let saves = speech
            .iter()
            .filter(|item| matches!(item, Speech::Save(..)))
            .count();
        (saves as u32, (speech.len() - saves) as u32)
    }

    /// Whether a crash that keeps `keep` unsaved writes of a node may leave a part of the next one.
    pub(crate) fn can_tear(&self, node: NodeId, keep: u32) -> bool {
        let writes = self.world.speech[node.index()].iter();
        writes
            .filter_map(|item| match item {
                Speech::Save(_, write) => Some(write),
                _ => None,
            })
            .nth(keep as usize)
            .is_some_and(|write| P::torn(write).is_some())
    }

    /// Whether this is the name of the first boot of one of the nodes that are there: an event without a step if they are those
    /// of the beginning.
    pub(crate) fn booted_first(&self, name: Name) -> bool {
        (0..self.nodes.len()).any(|index| Name::boot(NodeId(index as u16), 1) == name)
    }

    /// The operation that a client's next arrival asks.
    pub(crate) fn next_op(&self, client: NodeId, number: u64) -> P::Op {
        self.setting.asked(self.world.kernel.seed, client, number)
    }

    pub(crate) const fn tally(&self) -> &P::Tally {
        &self.tally
    }

    /// What the cluster as a whole shows of itself.
    pub(crate) fn why_not(&self, node: NodeId) -> Vec<protocol::WhyNot> {
        P::why_not(&self.setting.config, &self.nodes, node)
    }

    pub(crate) fn pictures(&self) -> Vec<protocol::Picture> {
        P::pictures(&self.setting.config, &self.memory, &self.tally)
    }

    /// The digest of everything so far: names and times of all events, the present state, and what the properties remember.
    pub(crate) fn digest(&self) -> Name {
        let mut digest = Digest::default();
        self.world.kernel.chain.hash(&mut digest);
        self.nodes.hash(&mut digest);
        self.world.disks.hash(&mut digest);
        self.world.speech.hash(&mut digest);
        self.memory.hash(&mut digest);
        let first = self.verdicts.len() - P::PROPERTIES_LATER;
        for (place, (verdict, since)) in self.verdicts.iter().enumerate() {
            if place < first || since.is_some() {
                (matches!(verdict, Verdict::Violated(_)), since).hash(&mut digest);
            }
        }
        Name(digest.finish())
    }
}
