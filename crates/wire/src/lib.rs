//! What travels between real nodes: lines of JSON in Maelstrom's envelope, so that a node in any language can join.
//!
//! Knows nothing of sockets, processes, clocks or any particular protocol: text in, values out, and back.

mod envelope;
mod error;
pub mod journal;
pub mod room;
pub mod watch;

pub use envelope::{Envelope, Malformed};
pub use error::ErrorCode;
