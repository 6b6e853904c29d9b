//! Workloads: what clients ask, how a request is worded, and what an answer means (Maelstrom, `doc/workloads.md`).
//!
//! Knows nothing of when something is asked, nor of how a history is judged.

mod generate;
mod speak;
mod topology;

pub use generate::Generator;
pub use speak::{Body, Memory, Next, begin, go_on};
pub use topology::Topology;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::str::FromStr;

/// A workload.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Workload {
    /// What is said comes back.
    Echo,
    /// Nobody gets a number twice.
    UniqueIds,
    /// What one node hears all nodes know in the end.
    Broadcast,
    /// A set that only grows, the same everywhere in the end.
    GSet,
    /// A counter that only grows.
    GCounter,
    /// A counter that grows and shrinks.
    PnCounter,
    /// A linearizable key-value store.
    LinKv,
    /// Transactions over lists.
    TxnListAppend,
    /// Logs with offsets, as Kafka has them.
    Kafka,
}

impl Workload {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Echo,
        Self::UniqueIds,
        Self::Broadcast,
        Self::GSet,
        Self::GCounter,
        Self::PnCounter,
        Self::LinKv,
        Self::TxnListAppend,
        Self::Kafka,
    ];

    /// Its name, as Maelstrom spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::UniqueIds => "unique-ids",
            Self::Broadcast => "broadcast",
            Self::GSet => "g-set",
            Self::GCounter => "g-counter",
            Self::PnCounter => "pn-counter",
            Self::LinKv => "lin-kv",
            Self::TxnListAppend => "txn-list-append",
            Self::Kafka => "kafka",
        }
    }

    /// Whether nodes have to hold nothing when a test begins: what was there before would be in its reads. Keys and lists
    /// can be new ones instead.
    pub const fn begins_with_nothing(self) -> bool {
        matches!(
            self,
            Self::Broadcast | Self::GSet | Self::GCounter | Self::PnCounter | Self::Kafka
        )
    }

    /// Whether everything is read once more at the end, when the network is whole again.
    pub const fn reads_at_the_end(self) -> bool {
        matches!(
            self,
            Self::Broadcast | Self::GSet | Self::GCounter | Self::PnCounter | Self::Kafka
        )
    }

    /// The functions of which at least one call must succeed, or a run has shown nothing.
    pub const fn must_succeed(self) -> &'static [&'static str] {
        match self {
            Self::Echo => &["echo"],
            Self::UniqueIds => &["generate"],
            Self::Broadcast => &["broadcast", "read"],
            Self::GSet | Self::GCounter | Self::PnCounter => &["add", "read"],
            Self::LinKv => &["read", "write"],
            Self::TxnListAppend => &["txn"],
            Self::Kafka => &["send", "poll"],
        }
    }

    /// How long a client waits for an answer, in microseconds, when a message takes `latency_us` on the average.
    pub const fn patience_us(self, latency_us: u64) -> u64 {
        match self {
            Self::LinKv => {
                let slow = latency_us.saturating_mul(10);
                if slow > 1_000_000 { slow } else { 1_000_000 }
            }
            _ => 5_000_000,
        }
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Workload {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|workload| workload.name() == name);
        found.copied().ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|workload| workload.name()).collect();
            format!(
                "no workload is called {name}; there are {}",
                known.join(", ")
            )
        })
    }
}

/// An operation that a client is to carry out.
#[derive(Clone, PartialEq, Debug)]
pub struct Asked {
    /// The function.
    pub f: &'static str,
    /// What it is called with.
    pub value: Value,
}

impl Asked {
    /// An operation.
    pub const fn new(f: &'static str, value: Value) -> Self {
        Self { f, value }
    }

    /// Whether it changes nothing, so that one of which nothing is heard has certainly not done anything.
    pub fn reads(&self) -> bool {
        matches!(self.f, "read" | "echo" | "poll" | "assign")
    }
}
