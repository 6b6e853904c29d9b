//! What everything that replicates shares: a state machine, the key-value machine, client sessions and the client node.
//!
//! Knows nothing of any consensus algorithm: how commands get into an agreed order is the business of the protocol that
//! carries them (see [`Carrier`]).

mod client;
mod key_value;
mod machine;
mod order;
mod reason;
mod replica;
mod sessions;
mod shown;
mod why_not;
mod workload;

pub use client::{Carrier, Client, ClientReply, ClientRequest, ClientSettings};
pub use key_value::{KeyValue, KvAnswer, KvCommand};
pub use machine::{Answer, StateMachine};
pub use order::{NoOrder, Order, Wish};
pub use reason::ClientReason;
pub use replica::{Applied, Payload, Replica};
pub use sessions::{Execution, SESSIONS_MAX, Sessions};
pub use why_not::{AtLeader, is_awaited, no_answer};
pub use workload::{Workload, arrival, asked};
