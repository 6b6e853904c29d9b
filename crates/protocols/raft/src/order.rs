//! What a client can be asked: a command to the state machine, or an order to the servers, as an administrator gives it.

use crate::RaftConfig;
use crate::change::{Change, ChangeOutcome};
use protocol::{Chance, Field, NodeId, NodeSet, OperationSpec, Phrase, Purpose, Say};
use replicated::StateMachine;
use serde::{Deserialize, Serialize};
use std::hash::{Hash, Hasher};

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
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// This server takes a snapshot.
    Snapshot(NodeId),
    /// Whoever leads changes the configuration.
    Change(Change),
    /// The leader hands over to this server.
    Transfer(NodeId),
}

/// The order to take a snapshot is hashed as its server, as if there were no other: the digests of older runs stay as they are.
impl Hash for Order {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Snapshot(server) => server.hash(state),
            Self::Change(change) => ("change", change).hash(state),
            Self::Transfer(server) => ("transfer", server).hash(state),
        }
    }
}

impl Say for Order {
    fn phrase(&self, me: NodeId) -> Phrase {
        match *self {
            Self::Snapshot(server) => Phrase::new("op.snapshot.say").node("server", server),
            Self::Change(change) => change.phrase(me),
            Self::Transfer(server) => Phrase::new("op.transfer.say").node("server", server),
        }
    }
}

impl replicated::Order for Order {
    type Outcome = Outcome;

    fn of(&self) -> Option<NodeId> {
        match *self {
            Self::Snapshot(server) => Some(server),
            Self::Change(_) => None,
            Self::Transfer(_) => None,
        }
    }

    fn label(&self) -> String {
        match *self {
            Self::Snapshot(server) => format!("⤓{}", label(server)),
            Self::Change(change) => change.label(),
            Self::Transfer(server) => format!("→{}", label(server)),
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
    /// What came of a change of the configuration.
    Change(ChangeOutcome),
    /// The server that was to lead leads.
    Leads(NodeId),
    /// There is no such server.
    NoSuchServer(NodeId),
    /// The server has no vote, and cannot lead.
    NoVoter(NodeId),
    /// The leader hands over to another already.
    HandsOverTo(NodeId),
    /// The server did not take over within an election timeout.
    NotTakenOver(NodeId),
}

impl Say for Outcome {
    fn phrase(&self, me: NodeId) -> Phrase {
        match *self {
            Self::Change(outcome) => outcome.phrase(me),
            Self::Snapshot(index) => Phrase::new("answer.snapshot").int("index", index),
            Self::NothingToCompact => Phrase::new("answer.nothing-to-compact"),
            Self::Leads(server) => Phrase::new("answer.leads").node("server", server),
            Self::NoSuchServer(server) => {
                Phrase::new("answer.no-such-server").text("server", label(server))
            }
            Self::NoVoter(server) => Phrase::new("answer.no-voter").node("server", server),
            Self::HandsOverTo(server) => Phrase::new("answer.hands-over").node("server", server),
            Self::NotTakenOver(server) => {
                Phrase::new("answer.not-taken-over").node("server", server)
            }
        }
    }
}

const SERVER: Field = Field {
    id: "server",
    default: "S1",
};

const SERVERS: Field = Field {
    id: "servers",
    default: "S1, S2, S3",
};

/// The orders that a person can give, after the commands.
const ORDERS: &[OperationSpec] = &[
    order("snapshot", &[SERVER]),
    order("add-learner", &[SERVER]),
    order("add-server", &[SERVER]),
    order("remove-server", &[SERVER]),
    order("change-servers", &[SERVERS]),
    order("transfer", &[SERVER]),
];

const fn order(id: &'static str, fields: &'static [Field]) -> OperationSpec {
    OperationSpec { id, fields }
}

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
    let given = &fields[0];
    Ok(Op::Order(match id {
        "add-learner" => Order::Change(Change::AddLearner(server(given)?)),
        "add-server" => Order::Change(Change::Add(server(given)?)),
        "remove-server" => Order::Change(Change::Remove(server(given)?)),
        "change-servers" => Order::Change(Change::To(servers(given)?)),
        "transfer" => Order::Transfer(server(given)?),
        _ => Order::Snapshot(server(given)?),
    }))
}

/// Reads the labels of servers: `S1, S2`.
fn servers(text: &str) -> Result<NodeSet, Phrase> {
    let labels = text
        .split([',', ' ', '、', '，'])
        .filter(|label| !label.is_empty());
    let servers = labels.map(server).collect::<Result<NodeSet, _>>()?;
    if servers.is_empty() {
        return Err(Phrase::new("error.no-servers"));
    }
    Ok(servers)
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

const ORDERS_AT_ALL: Purpose = Purpose::new("orders a change");
const WHICH_CHANGE: Purpose = Purpose::new("which change");
const OF_WHOM: Purpose = Purpose::new("change of whom");

/// The order in the place of a client's command, if chance has it that there is one. Where none are wanted nothing is drawn.
pub(crate) fn drawn(config: &RaftConfig, chance: Chance) -> Option<Order> {
    if !chance.permille(ORDERS_AT_ALL, config.orders_permille) {
        return None;
    }
    let one = NodeId(chance.below(OF_WHOM, config.servers_in_all().into()) as u16);
    Some(Order::Change(match chance.below(WHICH_CHANGE, 8) {
        0 => Change::AddLearner(one),
        1..=3 => Change::Add(one),
        4..=5 => Change::Remove(one),
        _ => {
            let bits = chance.bits(OF_WHOM.nth(1));
            let some = config.everybody().iter();
            Change::To(
                some.filter(|node| *node == one || bits >> node.0 & 1 == 1)
                    .collect(),
            )
        }
    }))
}
