//! Multi-Paxos: one instance of Paxos for every slot of a log, and a leader that goes through phase 1 once for all of them
//! (Lamport 2001, §3; Chandra et al. 2007; van Renesse and Altinbuken 2015).
//!
//! Start with `server` (the state and the dispatch), then `phase_one`, `leader`, `voter`, `service`. Every server is proposer,
//! acceptor and learner; a leader proposes within a window, so that the log can have gaps, which the next leader fills. The
//! clients, their sessions and the state machine are those of everything that replicates.

mod config;
mod disk;
mod fact;
mod leader;
mod log;
mod message;
mod node;
mod phase_one;
mod properties;
mod reason;
mod rules;
mod server;
mod service;
mod variant;
mod view;
mod voter;
mod why_not;

pub use config::MultiConfig;
pub use disk::{Disk, Write};
pub use fact::Fact;
pub use log::{Log, Slot};
pub use message::{Message, Report, Reported};
pub use node::{Node, Timer};
pub use properties::Memory;
pub use reason::Reason;
pub use server::{Candidate, Leader, Role, Server};
pub use variant::Variant;
