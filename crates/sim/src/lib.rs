//! A cluster under a network, disks, clocks and faults; actions; runs; the tree of timelines.
//!
//! Knows no particular protocol and no page. `Cluster<P>` is a typed shell round one untyped kernel; [`Playable`] is what
//! everything above sees of it.

mod action;
mod playable;
mod run;
mod world;

pub use action::Action;
pub use playable::{About, Branch, Pending, Playable, SimError, Source, Stepped};
pub use run::{Edit, Link, Run, SOUND};
pub use world::WorldConfig;

/// Opens `run` of protocol `P`, with the cursor before its first step and its edits still to come.
///
/// # Errors
/// Another protocol's run, an unknown variant, or a configuration that is refused.
pub fn open<P: protocol::Protocol>(run: &Run) -> Result<Box<dyn Playable>, SimError> {
    Err(SimError::OtherProtocol(run.protocol.clone()))
}
