//! MapReduce: Dean and Ghemawat, *MapReduce: Simplified Data Processing on Large Clusters*, OSDI 2004, §3 and §4.1–4.3.
//!
//! A text is cut into splits; map tasks turn each split into pairs, partitioned by key; reduce tasks fetch their partition from
//! every map's output, sort it, and write one output file each. Start with `job` (what is computed), then `master` (the tables,
//! and what comes in), `schedule` (who does what), `failure` (whose work is done again), `mapper`, `reducer`, `files`. Knows
//! nothing of how it is driven, nor of other protocols.
//!
//! What the paper leaves open, and what is done here:
//! - A worker has room for one map task and one reduce task at a time, so that a reduce task that waits for a map task to be done
//!   again never stands in its way.
//! - The global file system is one node, `F`, that stands for a replicated one: it is where a split is read from that no replica
//!   nearby has, and where output files appear by an atomic rename.
//! - A worker's local disk is scratch space: a new process of a worker begins with an empty one, so that the map output of a
//!   failed worker is lost even if the machine comes back.
//! - Backup tasks are scheduled for the map phase and the reduce phase alike, each when it is close to its end.
//! - Left out: skipping of bad records (§4.6), counters (§4.9), more than one job at a time.

mod client;
mod config;
mod disk;
mod fact;
mod failure;
mod files;
mod job;
mod mapper;
mod master;
mod message;
mod node;
mod properties;
mod reason;
mod reducer;
mod rules;
mod schedule;
mod sequential;
mod tally;
mod task;
mod text;
mod variant;
mod view;
mod why_not;
mod worker;

pub use client::{Answer, Client, Op};
pub use config::MapReduceConfig;
pub use disk::{Disk, Write};
pub use fact::Fact;
pub use files::{FileSystem, FileWrite, Files, Output};
pub use job::{JobKind, OutputRow, Pair, Plan, Value, combine, map, reduce};
pub use master::{Finished, Job, Master, Request, Tables, WorkerEntry};
pub use message::Message;
pub use node::{Node, Timer};
pub use properties::Memory;
pub use reason::Reason;
pub use sequential::sequential;
pub use tally::Tally;
pub use task::{Attempt, AttemptId, Location, MapTask, Progress, ReduceTask, TaskId};
pub use text::{Split, cut, words};
pub use variant::Variant;
pub use worker::{MapOutput, Worker};
