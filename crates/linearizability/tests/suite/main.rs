//! The checker against brute force, by hand, and against published histories.

mod brute;
mod by_hand;
mod cases;
mod common;
mod live;
