//! A cluster under a network, disks, clocks and faults; actions; runs; the tree of timelines.
//!
//! Knows no particular protocol and no page. `Cluster<P>` is a typed shell round one untyped kernel; [`Playable`] is what
//! everything above sees of it.

// The toy protocol of the tests names this crate from outside and from inside.
#[cfg(test)]
extern crate self as sim;

mod about;
mod action;
mod calls;
mod cluster;
mod error;
mod kernel;
mod link;
pub mod measure;
mod moment;
mod named;
mod network;
mod parting;
mod playable;
mod record;
mod run;
mod tell;
mod timeline;
mod trial;
pub mod why;
mod world;

pub use action::Action;
pub use calls::{CallEvent, Called};
pub use error::SimError;
pub use link::{Remark, decode_link, encode_link, open_link};
pub use moment::{Moment, Touches};
pub use network::{Network, Packet, Rule, separates};
pub use parting::{Parting, parting};
pub use playable::{About, Branch, Pending, Playable, Source, Stepped};
pub use run::{Difference, Edit, Link, Run, SOUND};
/// Of a list or a map that somebody looks at so many are made.
pub use trace::LISTED_MAX;
pub use trial::{Opened, Stretch, Struck, Target, Trial, Waiting};
pub use world::WorldConfig;

/// What `P` says of itself, without its types.
pub fn about<P: protocol::Protocol>() -> &'static About {
    about::of::<P>()
}

/// Opens `run` of protocol `P`, with the cursor before its first step and its edits still to come.
///
/// # Errors
/// Another protocol's run, an unknown variant, or a configuration that is refused.
pub fn open<P: protocol::Protocol>(run: &Run) -> Result<Box<dyn Playable>, SimError> {
    Ok(Box::new(timeline::Timeline::<P>::open(about::<P>(), run)?))
}

/// Opens `run` of protocol `P` to be tried, behind the first `steps` steps of it.
///
/// # Errors
/// Another protocol's run, an unknown variant, a configuration that is refused, or a run of fewer steps.
pub fn trial<P: protocol::Protocol>(run: &Run, steps: u64) -> Opened {
    trial::open::<P>(about::<P>(), run, steps)
}
