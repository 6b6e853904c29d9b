//! One real node of any protocol, sans-IO: clock readings, messages, requests and "this is durable" come in; messages to send,
//! records to make durable, answers and the trace of what happened come out.
//!
//! It keeps the laws that a protocol may count on, as the simulator does: what follows a save leaves when the save is durable;
//! chance is keyed by the names of events; a restart is a boot from the disk and nothing else. It knows no socket, file, thread
//! or clock: whoever drives it brings those. With the feature `store` there is one such thing, a real disk ([`store`]).
//!
//! ```text
//! open(setup, records)  ─▶  Persist 1  ─▶  durable(1): it boots
//!      ▲                                        │
//!      └── records, after a crash ◀── a disk ◀──┤ Persist n, Send, Answered, Happened
//!                                               ▼
//!                 message · ask · wake · durable(n)
//! ```

mod drive;
mod error;
mod hand;
mod kept;
mod letter;
mod machine;
mod node;
#[cfg(feature = "store")]
pub mod store;
mod told;

pub use error::{OpenError, Refusal};
pub use kept::Kept;
pub use letter::{CLOCK_MAX, Letter};
pub use machine::Live;
pub use node::{Node, Output, Parameters, Setup, Wired, open};

/// What a watcher of a node is sent.
pub type Frame = wire::watch::Frame<trace::Event, protocol::NodeView>;
