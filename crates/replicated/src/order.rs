//! What clients order of the servers themselves, beside commands to the machine: a change of who replicates, a snapshot.
//!
//! Knows no order: a protocol declares its own, or none ([`NoOrder`]).

use protocol::{NodeId, Phrase, Say};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// An order to the servers.
pub trait Order: Clone + Eq + Hash + Debug + Serialize + DeserializeOwned + Say + 'static {
    /// What comes of one.
    type Outcome: Clone + Eq + Hash + Debug + Serialize + DeserializeOwned + Say + 'static;

    /// The one server that can carry it out; `None`: whoever leads.
    fn of(&self) -> Option<NodeId>;

    /// A few characters that stand for it, the same in every language: `+S4`.
    fn label(&self) -> String;
}

/// The orders, and their outcomes, of a protocol that has none.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum NoOrder {}

impl Say for NoOrder {
    fn phrase(&self, _: NodeId) -> Phrase {
        match *self {}
    }
}

impl Order for NoOrder {
    type Outcome = Self;

    fn of(&self) -> Option<NodeId> {
        match *self {}
    }

    fn label(&self) -> String {
        match *self {}
    }
}

/// What a client wants: a command to the machine, or an order to the servers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wish<C, O> {
    /// A command.
    Command(Arc<C>),
    /// An order.
    Order(O),
}

/// A command is hashed as itself: who never orders anything has the digests of a client that cannot.
impl<C: Hash, O: Hash> Hash for Wish<C, O> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Command(command) => command.hash(state),
            Self::Order(order) => ("order", order).hash(state),
        }
    }
}

impl<C: Serialize, O: Serialize> Serialize for Wish<C, O> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        match self {
            Self::Command(command) => command.serialize(serializer),
            Self::Order(order) => order.serialize(serializer),
        }
    }
}
