//! Exhaustive search beside Stateright, over one model in one run: both are given the very same functions, those of Stateright's
//! own examples. Each contender searches in a process of its own, in turn; CPU time and memory are what Linux says of it.
//!
//! `cargo xtask bench -- exhaustive [two-phase RESOURCE_MANAGERS | paxos CLIENTS] [ROUNDS]`

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::exit,
    reason = "an example that measures: it prints, and starts itself for each contender"
)]

#[cfg(not(target_arch = "wasm32"))]
mod contest;
#[cfg(not(target_arch = "wasm32"))]
mod paxos;
#[cfg(not(target_arch = "wasm32"))]
mod two_phase;

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    if let Err(why) = contest::run() {
        eprintln!("search: {why}");
        std::process::exit(1);
    }
}

#[cfg(target_arch = "wasm32")]
fn main() {}
