//! What a protocol is: the trait, its context, effects, names, chance, virtual time and properties.
//!
//! Knows nothing of how a protocol is driven: no queue, no network, no clock, no page. A driver (the simulator, a real
//! node, a test) hands a node one [`Input`] at a time and carries out the [`Effect`]s it leaves behind.

mod access;
mod chance;
mod config;
mod context;
mod digest;
mod name;
mod node;
mod nodes;
mod phrase;
mod picture;
mod property;
mod shared;
mod traits;
mod view;
mod why_not;

pub use access::{Access, Act, Heard, ReadAccess};
pub use chance::{Chance, Distribution, Purpose};
pub use config::{Config, ConfigError, Parameter, Range, Unit, Value, beginning};
pub use context::{Context, Decisions, Effect, Input, Outlet, Surroundings};
pub use digest::{Digest, digest_of};
pub use name::Name;
pub use node::{Arrival, Arrivals, NodeId, NodeKind, NodeSpec, OperationId};
pub use nodes::NodeSet;
pub use phrase::{Arg, Phrase, Say};
pub use picture::{
    Axis, Ballot, LogCell, Picture, QueueItem, RingPoint, Row, Series, Stroke, Tone, TreeItem,
};
pub use property::{Assumptions, Look, Property, PropertyKind, Verdict, Verdicts};
pub use shared::SharedVec;
/// The type of text parameters.
pub use smol_str::SmolStr;
pub use traits::{
    Field, Hue, Layout, MessageKind, OperationSpec, Protocol, Rule, TimerName, Variant,
};
pub use view::{Load, MessageShape, MessageView, NodeView, Ring};
pub use why_not::{Guard, WhyNot};
