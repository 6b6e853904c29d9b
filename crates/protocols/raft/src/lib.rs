//! Raft: Ongaro and Ousterhout, *In Search of an Understandable Consensus Algorithm* (extended version), 2014; with what
//! Ongaro's dissertation *Consensus: Bridging Theory and Practice* (2014) adds: PreVote, CheckQuorum, pipelining, sessions.
//!
//! Start with `server` (the state and the dispatch), then `election`, `replication`, `follower`, `service`. Knows nothing of
//! how it is driven, nor of other protocols.
//!
//! What comes later, and where: snapshots move [`Log::first_index`] and are sent from `replication` where a follower needs an
//! older entry; membership change replaces the roster in `server::others` and `RaftConfig::majority` by a configuration from
//! the log; leadership transfer starts an election in `election` that does not mind stickiness; reads without log entries
//! join `service`, and rest on what the quorum timer knows.

mod config;
mod disk;
mod election;
mod fact;
mod follower;
mod log;
mod message;
mod node;
mod properties;
mod reason;
mod replication;
mod rules;
mod server;
mod service;
mod variant;
mod view;
mod why_not;

pub use config::{RaftConfig, SERVERS_MAX};
pub use disk::{Disk, Write};
pub use fact::Fact;
pub use log::{Content, Entry, Log};
pub use message::{AppendEntries, AppendReply, AppendResult, Message, VoteReply, VoteRequest};
pub use node::{Node, Timer};
pub use properties::Memory;
pub use reason::Reason;
pub use replicated::Payload;
pub use replication::{Leader, Pace, Progress};
pub use server::{Ballots, Role, Server};
pub use variant::Variant;

/// Raft that replicates the key-value machine.
pub type Raft = Node<replicated::KeyValue>;
