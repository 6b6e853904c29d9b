//! The only crate that names every protocol.
