//! A network, services, workloads and checkers for nodes in any language that speak Maelstrom's protocol: JSON lines.
//!
//! Sans-IO: lines and the clock's readings go in; messages, warnings and reports come out. Knows no socket, no process and no thread.

pub mod check;
pub mod cluster;
pub mod history;
pub mod hub;
pub mod journal;
pub mod nemesis;
pub mod network;
pub mod report;
pub mod services;
pub mod session;
pub mod test;
mod view;
pub mod workload;
