//! `synod bridge` from outside: real processes and connections, tested, disturbed and watched.
#![allow(
    clippy::disallowed_methods,
    reason = "these tests wait for real processes, and say how fast they were"
)]

mod common;
mod crowd;
mod examples;
mod hubs;
mod joined;
mod limits;
mod nemesis;
mod processes;
mod rooms;
mod served;
mod sockets;
mod wrong;
