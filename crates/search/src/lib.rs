//! Searching the schedules of a system: every one of them, up to a bound.
//!
//! Knows no particular protocol and no page.

pub mod exhaustive;
mod fingerprint;
pub mod found;
pub mod from_here;
pub mod model;
pub mod random;
pub mod shrink;
