//! The two generals' problem: two camps, a valley between them, and messengers who may be captured there.
//!
//! Akkoyunlu, Ekanadham and Huber, *Some Constraints and Tradeoffs in the Design of Network Communications*, 1975; Gray, *Notes on
//! Data Base Operating Systems*, 1978 (the generals paradox).
//!
//! # The protocol
//!
//! Message 0 is the plan to attack; message `i` acknowledges message `i − 1`, so that the even ones go from the commander A to B and
//! the odd ones back. The last is message `k`, the plan says which. Each message is carried by `n` messengers who leave at once; one
//! that arrives is enough, and nothing is sent again. At the deadline each general attacks if it has received the last message that
//! it is to receive, and stands down otherwise. So whoever receives message `k` attacks if it came, and whoever sends it attacks on
//! having sent it, which it does when message `k − 1` has come. B, who has never heard of the battle, does not attack.
//!
//! A message is allowed one *leg* of time. A decides `k + 1` legs after the plan has left, B `k` legs after it heard of it: not later
//! than A if no message takes longer than a leg, and neither misses a message that is on its way.
//!
//! # The formula
//!
//! A messenger is captured with probability `p`, each for itself. All `n` of a message are captured with probability `q = pⁿ`.
//! Message `i` is sent if and only if messages `0 … i − 1` have all arrived. Hence:
//!
//! - messages `0 … k` all arrive with probability `(1 − q)^(k+1)`: both attack;
//! - message `i < k` is the first to be lost: message `k` is never sent, its receiver lacks it, and its sender lacks message
//!   `k − 1`: both stand down;
//! - message `k` is the first to be lost, with probability **`q·(1 − q)^k`**: its sender attacks, alone. This is the only way to be
//!   divided.
//!
//! For `0 < q < 1` it is never zero, whatever `k` and `n`. It shrinks as `k` grows only because fewer battles are fought: somebody
//! attacks with probability `(1 − q)^k`, and of those battles the part `q` is divided, for *every* `k`. Acknowledgements gain
//! nothing, messengers gain much, and nothing gains certainty.
//!
//! The valley is the network: what it loses, what a reader drops or cuts is captured. A node does not see the network's parameters,
//! so the curve takes `p` from the messengers that were counted: sent, and not arrived when the battle was decided.
//!
//! Start with `general`; `losing` plays the machine with one message lost and finds the schedule that divides. Knows nothing of how
//! it is driven.

mod config;
mod fact;
mod formula;
mod general;
mod losing;
mod message;
mod node;
mod properties;
mod reason;
mod tally;
mod view;
mod why_not;

pub use config::{ACKS_MAX, COPIES_MAX, DELAY_US, GeneralsConfig};
pub use fact::{Answer, Attack, Fact, Grounds};
pub use formula::{divided, divided_of_attacks, lost};
pub use general::{A, B, Battle, General, other, sender};
pub use losing::{End, dividing, play};
pub use message::Message;
pub use node::{Node, Timer, Variant};
pub use properties::Memory;
pub use reason::Reason;
pub use tally::Tally;
