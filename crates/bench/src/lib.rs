//! What the design costs, measured beside a hand-written loop; and runs to compare natively and in wasm.
//!
//! The library holds what is measured and knows no clock. The binary `bench` measures and prints, `digest` prints the
//! reports of all runs, and as a wasm module it offers both to node and to a browser.

pub mod cases;
pub mod contender;
pub mod crowd;
#[cfg(target_arch = "wasm32")]
pub mod exports;
pub mod handwritten;
pub mod histories;
pub mod picture;
pub mod schedules;
