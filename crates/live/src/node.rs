//! A node without its types: what a driver sees of one, whatever its protocol.

use crate::{Kept, Live, OpenError, Refusal};
use protocol::{MessageView, NodeId, NodeSpec, NodeView, OperationId, Phrase, Protocol};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use wire::Envelope;
use wire::watch::Hello;

/// Parameters by key, as text.
pub type Parameters = BTreeMap<String, String>;

/// A protocol whose messages and writes can be read back.
pub trait Wired: Protocol<Message: DeserializeOwned, Write: DeserializeOwned> {}

impl<P: Protocol<Message: DeserializeOwned, Write: DeserializeOwned>> Wired for P {}

/// Which node of which cluster it is to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setup {
    /// Its label in the roster: `S1`.
    pub label: String,
    /// The variant's id: `sound`.
    pub variant: String,
    /// The parameters that differ from their defaults. All nodes of a cluster must have the same.
    pub parameters: Parameters,
    /// The seed of its chance. Names of events tell nodes and starts apart, so that all may have the same.
    pub seed: u64,
}

/// What a node wants of the world, in order.
#[derive(Clone, PartialEq, Debug)]
pub enum Output {
    /// Send this. The network may lose it, repeat it, and let others overtake it.
    Send {
        /// To whom; never to itself.
        to: NodeId,
        /// What. Its line goes over the wire.
        envelope: Envelope,
    },
    /// Append these records to the disk, behind all earlier ones and all together, and call [`Node::durable`] once they would
    /// survive a loss of power.
    Persist {
        /// The number to report; the first is 1, and none is left out.
        number: u64,
        /// The records.
        records: Vec<Vec<u8>>,
    },
    /// An operation that was asked of this client is answered.
    Answered {
        /// Which.
        id: OperationId,
        /// The answer.
        answer: Phrase,
    },
    /// Something happened. Only while it is watched.
    Happened(Box<Happened>),
}

/// Something that happened at a node.
#[derive(Clone, PartialEq, Debug)]
pub struct Happened {
    /// When, on its Lamport clock.
    pub clock: u64,
    /// What.
    pub event: trace::Event,
    /// What the node shows of itself after it.
    pub view: NodeView,
}

/// A real node. Times are microseconds on one axis that never goes back, and are best counted from 1970, so that those of several
/// machines can be compared; a reading below an earlier one counts as that one.
pub trait Node {
    /// Who it is, and how it stands.
    fn hello(&self) -> Hello<NodeView>;
    /// Which node it is.
    fn me(&self) -> NodeId;
    /// Everyone, by id.
    fn roster(&self) -> &[NodeSpec];
    /// Whether it tells what happens. At the beginning it does not: that costs more than the protocol.
    fn watch(&mut self, watched: bool);
    /// A message arrived.
    ///
    /// # Errors
    /// Why it is not taken.
    fn message(&mut self, now_us: u64, envelope: &Envelope) -> Result<(), Refusal>;
    /// What a message of the protocol shows of itself.
    ///
    /// # Errors
    /// It is none.
    fn message_view(&self, envelope: &Envelope) -> Result<MessageView, Refusal>;
    /// Somebody asks this client for an operation.
    ///
    /// # Errors
    /// Why it cannot be asked.
    fn ask(&mut self, now_us: u64, op: &str, fields: &[String]) -> Result<OperationId, Refusal>;
    /// All records up to [`Output::Persist`] number `number` are durable.
    fn durable(&mut self, now_us: u64, number: u64);
    /// What is due by now happens.
    fn wake(&mut self, now_us: u64);
    /// When [`Node::wake`] has something to do; `None`: not before something else happens.
    fn wake_at_us(&self) -> Option<u64>;
    /// What it wants next. All of it is to be carried out before anything else is handed in.
    fn next_output(&mut self) -> Option<Output>;
}

/// A node of protocol `P` that starts from these records, in the order in which they were made durable; none at the first time.
/// It boots once its first [`Output::Persist`] is durable.
///
/// # Errors
/// No such node or variant, parameters that are refused, or a record that cannot be read.
pub fn open<P: Wired>(
    setup: &Setup,
    records: &mut dyn Iterator<Item = Vec<u8>>,
) -> Result<Box<dyn Node>, OpenError> {
    let kept = Kept::<P>::fold(records)?;
    Ok(Box::new(Live::<P>::open(setup, kept)?))
}
