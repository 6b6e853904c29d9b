//! What the design costs, measured beside a hand-written loop.

pub mod handwritten;
