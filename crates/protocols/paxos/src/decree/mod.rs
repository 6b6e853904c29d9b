//! Single-decree Paxos: a set of acceptors chooses one value, whoever proposes, whatever is lost, whoever crashes (Lamport,
//! *Paxos Made Simple*, 2001; the same algorithm is the basic protocol of *The Part-Time Parliament*, 1998).
//!
//! Start with `proposer`, `acceptor` and `learner`, the three roles, each as the papers state it; `node` puts them together:
//! a node has one of them, or all three.

mod acceptor;
mod client;
mod config;
mod desk;
mod disk;
mod fact;
mod learner;
mod message;
mod node;
mod properties;
mod proposer;
mod reason;
mod rules;
mod variant;
mod view;
mod why_not;

pub use acceptor::Acceptor;
pub use client::Client;
pub use config::DecreeConfig;
pub use disk::{Disk, Write};
pub use fact::Fact;
pub use learner::{Cast, Learner};
pub use message::{Message, Vote};
pub use node::{Node, Outcome, Proposal, Server, Timer};
pub use properties::Memory;
pub use proposer::{Phase, Proposer};
pub use reason::Reason;
pub use variant::Variant;

/// What is chosen: a short text.
pub type Value = protocol::SmolStr;
