//! `synod bridge` from outside: real processes and connections, tested, disturbed and watched.

mod common;
mod examples;
mod processes;
mod sockets;
mod wrong;
