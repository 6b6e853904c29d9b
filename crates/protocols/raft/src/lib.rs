//! Raft: Ongaro and Ousterhout, *In Search of an Understandable Consensus Algorithm* (extended version), 2014; with what
//! Ongaro's dissertation *Consensus: Bridging Theory and Practice* (2014) adds: PreVote, CheckQuorum, pipelining, sessions,
//! leadership transfer, reads by a read index or a lease.
//!
//! Start with `server` (the state and the dispatch), then `election`, `replication`, `follower`, `service`. Knows nothing of
//! how it is driven, nor of other protocols.
//!
//! `snapshot` compacts the log, and sends what came of it to those who need what is gone. `transfer` hands leadership over,
//! `reads` answers reads without log entries.
//!
//! `membership` says who takes part, and counts every majority; `change` leads from one configuration to another.

mod change;
mod config;
mod disk;
mod election;
mod fact;
mod follower;
mod log;
mod membership;
mod message;
mod node;
mod order;
mod properties;
mod rare;
mod reads;
mod reason;
mod replication;
mod rules;
mod server;
mod service;
mod snapshot;
mod transfer;
mod variant;
mod view;
mod why_not;

pub use change::{
    CatchUp, Change, ChangeFact, ChangeOutcome, ChangeReason, ROUNDS_MAX, Undertaking,
};
pub use config::{RaftConfig, SERVERS_MAX};
pub use disk::{Disk, Write};
pub use fact::Fact;
pub use log::{Content, Entry, Log};
pub use membership::{Configured, Halves, Members, Quorum};
pub use message::{
    AppendEntries, AppendReply, AppendResult, Heartbeat, Message, VoteReply, VoteRequest,
};
pub use node::{Node, Timer};
pub use order::{Op, Order, Outcome};
pub use properties::Memory;
pub use rare::{Mark, Rare};
pub use reads::{Begun, Reads, Waiting};
pub use reason::{ReadReason, Reason};
pub use replicated::Payload;
pub use replication::{Leader, Pace, Progress};
pub use server::{Ballots, Role, Server};
pub use snapshot::{InstallReply, InstallSnapshot, Partial, Snapshot};
pub use transfer::Handover;
pub use variant::Variant;

/// Raft that replicates the key-value machine.
pub type Raft = Node<replicated::KeyValue>;
