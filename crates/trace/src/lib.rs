//! What happened, as plain data: events with causes, messages with fates, frames for the views, and the words for all of it.
//!
//! The same whether it was simulated in the page, run natively, or streamed from real processes. Knows nothing of how it
//! came about: no queue, no protocol's types, no drawing.

mod event;
mod frame;
mod shiviz;
mod transcript;
mod tree;
mod words;

pub use event::{
    Cause, Document, Event, FORMAT, Fate, Mark, MarkKind, MessageRef, Outcome, PropertyStatus,
    Stimulus,
};
pub use frame::{Cut, Flight, FlightEnd, Frame, NodeFrame, NodeStatus, TimerFrame};
pub use shiviz::{SHIVIZ_PARSER, Shiviz, shiviz};
pub use transcript::{Detail, Transcript, transcript};
pub use tree::{LISTED_MAX, glimpse, tree};
pub use words::{Brought, Language, Words, WordsError, duration};
