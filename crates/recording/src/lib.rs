//! What happened elsewhere, to be looked at like a run: a trace of real nodes, a log that another tool wrote, a saved recording.
//!
//! A [`Recording`] is a [`sim::Source`] over plain events: it scrubs, and has no levers. Knows formats, and nothing of files,
//! sockets or pages.

mod about;
mod fold;
pub mod journal;
mod levers;
mod names;
mod read;
mod source;

pub use journal::Journal;
pub use names::Names;
pub use read::{Format, Read, Unread, read, read_bytes};
pub use source::{Recording, Told};
