//! Atomic commitment: two-phase commit with presumed abort, and three-phase commit beside it.
//!
//! Gray, *Notes on Data Base Operating Systems*, 1978; Mohan, Lindsay and Obermarck, *Transaction Management in the R\*
//! Distributed Database Management System*, 1986 (presumed abort, read-only votes); Bernstein, Hadzilacos and Goodman,
//! *Concurrency Control and Recovery in Database Systems*, 1987, chapter 7 (cooperative termination, 3PC); Skeen,
//! *Nonblocking Commit Protocols*, 1981. The workload is a bank: clients have money moved between accounts that lie at
//! different participants.
//!
//! Start with `coordinator` and `participant`; `termination` is what a participant in doubt does, `three_phase` what it does
//! where there are three phases. Knows nothing of how it is driven, nor of other protocols.
//!
//! What the sources leave open is decided thus. The work travels in the request to prepare, so that a participant has its
//! locks, its vote and its record in one step. Deadlocks between transfers are prevented by wait-die (Rosenkrantz, Stearns
//! and Lewis 1978), the younger being the one with the greater number; or nobody waits; or waiting ends by a timeout. The
//! coordinator numbers transactions and reserves numbers in tens, so that a restarted coordinator never gives one twice. A
//! client repeats its request until it is answered; the record of a commit names the request, so that nothing is done twice.
//! A participant that tells another that it has not voted forces a record of its refusal first: a late request to prepare
//! must not find it willing. Three phases count only participants that never were down since they voted; once all were down,
//! they wait until all are back, and decide together.

mod bank;
mod client;
mod config;
mod coordinator;
mod disk;
mod fact;
mod locks;
mod message;
mod node;
mod participant;
mod properties;
mod reason;
mod rules;
mod tally;
mod termination;
mod three_phase;
mod variant;
mod view;
mod why_not;

pub use bank::{Account, Answer, Op, Party, Refusal, Work};
pub use client::Client;
pub use config::{CommitConfig, DELTA_US};
pub use coordinator::Coordinator;
pub use disk::{Disk, Outcome, Record};
pub use fact::Fact;
pub use locks::Locks;
pub use message::{Message, Vote};
pub use node::{Node, Timer};
pub use participant::{InDoubt, Participant};
pub use properties::Memory;
pub use reason::Reason;
pub use tally::Tally;
pub use variant::Variant;
