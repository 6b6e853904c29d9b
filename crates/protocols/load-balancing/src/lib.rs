//! Load balancing: clients, one or several balancers, and servers with queues and service times.
//!
//! Start with `balancer` (a request's way through), then `policy` (who gets it: from round robin to consistent hashing with
//! bounded loads), `hashing`, `health` (probes, ejection, slow start), `budget` (retries), and `server` (the queue). Every
//! choice is a [`Decision`]: which servers were looked at, with what values, and which one was taken.
//!
//! Knows nothing of how it is driven, nor of other protocols. A job carries its demand and a server divides it by its speed,
//! so that two policies meet identical arrivals.

mod balancer;
mod budget;
mod client;
mod config;
mod decision;
mod fact;
mod figures;
mod hashing;
mod health;
mod message;
mod node;
mod peer;
mod policy;
mod properties;
mod reason;
mod rules;
mod server;
mod set;
mod tally;
mod variant;
mod view;
mod why_not;
mod workload;

pub use balancer::Balancer;
pub use budget::Budget;
pub use client::{Client, Ended};
pub use config::{LoadBalancingConfig, MAGLEV_SIZES, SERVERS_MAX};
pub use decision::{Decision, Looked, Standing};
pub use fact::Fact;
pub use hashing::{Maglev, Ring, jump, key_hash};
pub use message::{Answer, Message, Outcome, Refusal};
pub use node::{Node, Timer};
pub use peer::Peer;
pub use policy::Policy;
pub use properties::Memory;
pub use reason::{Because, Reason};
pub use server::Server;
pub use set::ServerSet;
pub use tally::{Tally, Window};
pub use variant::Variant;
pub use workload::Job;
