//! What a client can be asked: a command to the state machine, or an order to the servers, as an administrator gives it.

use protocol::{Field, NodeId, OperationSpec, Phrase, Say};
use replicated::StateMachine;
use serde::{Deserialize, Serialize};

/// What a client is asked.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(untagged)]
pub enum Op<C> {
    /// A command to the state machine.
    Command(C),
    /// An order to the servers.
    Order(Order),
}

impl<C: Say> Say for Op<C> {
    fn phrase(&self, me: NodeId) -> Phrase {
        match self {
            Self::Command(command) => command.phrase(me),
            Self::Order(order) => order.phrase(me),
        }
    }
}

/// An order to the servers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// This server takes a snapshot.
    Snapshot(NodeId),
}

impl Say for Order {
    fn phrase(&self, _: NodeId) -> Phrase {
        match *self {
            Self::Snapshot(server) => Phrase::new("op.snapshot.say").node("server", server),
        }
    }
}

impl replicated::Order for Order {
    type Outcome = Outcome;

    fn of(&self) -> Option<NodeId> {
        match *self {
            Self::Snapshot(server) => Some(server),
        }
    }

    fn label(&self) -> String {
        match *self {
            Self::Snapshot(server) => format!("⤓{}", label(server)),
        }
    }
}

/// What came of an order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The snapshot stands for the log up to this index.
    Snapshot(u64),
    /// Nothing has been applied since the last snapshot.
    NothingToCompact,
}

impl Say for Outcome {
    fn phrase(&self, _: NodeId) -> Phrase {
        match *self {
            Self::Snapshot(index) => Phrase::new("answer.snapshot").int("index", index),
            Self::NothingToCompact => Phrase::new("answer.nothing-to-compact"),
        }
    }
}

const SERVER: Field = Field {
    id: "server",
    default: "S1",
};

/// The orders that a person can give, after the commands.
const ORDERS: &[OperationSpec] = &[OperationSpec {
    id: "snapshot",
    fields: &[SERVER],
}];

/// So many operations there can be.
const ROOM: usize = 24;

/// The machine's operations and the orders.
pub(crate) struct Operations<S>(std::marker::PhantomData<S>);

impl<S: StateMachine> Operations<S> {
    const COUNT: usize = S::OPERATIONS.len() + ORDERS.len();
    const ROW: &'static [OperationSpec; ROOM] = &{
        assert!(Self::COUNT <= ROOM, "room for all operations");
        let mut row = [ORDERS[0]; ROOM];
        let mut place = 0;
        while place < Self::COUNT {
            row[place] = match place.checked_sub(S::OPERATIONS.len()) {
                Some(order) => ORDERS[order],
                None => S::OPERATIONS[place],
            };
            place += 1;
        }
        row
    };
    /// All of them.
    pub(crate) const ALL: &'static [OperationSpec] = Self::ROW.split_at(Self::COUNT).0;
}

/// Reads what a person asks for.
pub(crate) fn parse<S: StateMachine>(
    id: &str,
    fields: &[String],
) -> Result<Op<S::Command>, Phrase> {
    let Some(spec) = ORDERS.iter().find(|spec| spec.id == id) else {
        return S::parse(id, fields).map(Op::Command);
    };
    if fields.len() != spec.fields.len() {
        let names: Vec<_> = spec.fields.iter().map(|field| field.id).collect();
        return Err(Phrase::new("error.fields")
            .text("id", id)
            .text("fields", names.join(", ")));
    }
    Ok(Op::Order(Order::Snapshot(server(&fields[0])?)))
}

/// Reads the label of a server: `S2`.
fn server(text: &str) -> Result<NodeId, Phrase> {
    text.trim()
        .strip_prefix(['S', 's'])
        .and_then(|number| number.parse::<u16>().ok())
        .filter(|number| (1..=crate::SERVERS_MAX).contains(number))
        .map(|number| NodeId(number - 1))
        .ok_or_else(|| Phrase::new("error.no-server").text("given", text))
}

/// The label of a server.
fn label(server: NodeId) -> String {
    format!("S{}", u32::from(server.0) + 1)
}
