//! Remote procedure calls: clients call a front tier, which calls a back tier that executes.
//!
//! Call identifiers, retransmission, probes and duplicate suppression are those of Birrell and Nelson (1984); deadlines that
//! propagate and retry budgets those of Google's *Site Reliability Engineering* (chapters 21 and 22); backoff with jitter that of
//! the AWS Architecture Blog (2015); the circuit breaker that of Nygard's *Release It!*. Knows nothing of what drives it.

mod backend;
mod backoff;
mod breaker;
mod budget;
mod call;
mod caller;
mod client;
mod config;
mod disk;
mod fact;
mod frontend;
mod message;
mod node;
mod properties;
mod reason;
mod rules;
mod station;
mod tally;
mod variant;
mod view;
mod why_not;

pub use backend::Backend;
pub use backoff::{Jitter, ceiling_us, delay_us};
pub use breaker::{Breaker, Change, State};
pub use budget::Budget;
pub use call::{Answer, Call, Failure, Op};
pub use caller::{Caller, Counters, Open, Phase, Ticket};
pub use client::Client;
pub use config::RpcConfig;
pub use disk::{Disk, Kept, Key, Write};
pub use fact::Fact;
pub use frontend::Frontend;
pub use message::{Message, Outcome, Tag};
pub use node::{Node, Timer};
pub use properties::Memory;
pub use reason::Reason;
pub use station::{Job, Station};
pub use tally::Tally;
pub use variant::Variant;
