//! Turning points worth telling: who goes out of service, who comes back, where requests are turned away.

use protocol::{Arg, NodeId, OperationId, Phrase, Say};
use serde::Serialize;

/// Why a server is ejected.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EjectedFor {
    /// So many requests in a row failed there.
    InARow {
        /// How many.
        failures: u64,
    },
    /// Fewer of its requests succeed than elsewhere.
    Rate {
        /// Its success rate, in thousandths.
        rate: u64,
        /// The mean of all.
        mean: u64,
        /// The least that would do.
        least: u64,
    },
}

/// A turning point.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// A balancer takes a server to be down.
    Down {
        /// Which.
        server: NodeId,
        /// How many probes in a row failed.
        failed: u64,
    },
    /// A balancer takes a server to be up again.
    Up {
        /// Which.
        server: NodeId,
    },
    /// A balancer ejects a server.
    Ejected {
        /// Which.
        server: NodeId,
        /// Why.
        why: EjectedFor,
        /// For how long.
        for_us: u64,
    },
    /// An ejection is over.
    Returned {
        /// Whose.
        server: NodeId,
    },
    /// So few servers are well that a balancer uses all of them.
    Panics {
        /// How many are well.
        well: u64,
        /// Of how many.
        servers: u64,
    },
    /// A balancer trusts its checks again.
    PanicOver {
        /// How many are well.
        well: u64,
        /// Of how many.
        servers: u64,
    },
    /// A retry was wanted, and the budget was spent.
    BudgetSpent {
        /// How many retries each thousand of requests pay for.
        share: u64,
    },
    /// A server's queue is full: it begins to reject.
    QueueFull {
        /// How many wait.
        waiting: u64,
        /// How many may.
        limit: u64,
    },
    /// A request of a client fails, after others succeeded.
    RequestFailed {
        /// Which.
        id: OperationId,
    },
}

impl Say for Fact {
    fn phrase(&self, me: NodeId) -> Phrase {
        let say = |key| Phrase::new(key).node("me", me);
        match self {
            Self::Down { server, failed } => say("fact.down")
                .node("server", *server)
                .int("failed", *failed)
                .by("probe"),
            Self::Up { server } => say("fact.up").node("server", *server).by("slow-start"),
            Self::Ejected {
                server,
                why,
                for_us,
            } => {
                let why = match why {
                    EjectedFor::InARow { failures } => {
                        Phrase::new("ejected.in-a-row").int("failures", *failures)
                    }
                    EjectedFor::Rate { rate, mean, least } => Phrase::new("ejected.rate")
                        .text("rate", percent(*rate))
                        .text("mean", percent(*mean))
                        .text("least", percent(*least)),
                };
                say("fact.ejected")
                    .node("server", *server)
                    .us("for", *for_us)
                    .with("why", Arg::Phrase(Box::new(why)))
                    .by("eject")
            }
            Self::Returned { server } => say("fact.returned")
                .node("server", *server)
                .by("slow-start"),
            Self::Panics { well, servers } => say("fact.panics")
                .int("well", *well)
                .int("servers", *servers)
                .by("panic"),
            Self::PanicOver { well, servers } => say("fact.panic-over")
                .int("well", *well)
                .int("servers", *servers)
                .by("panic"),
            Self::BudgetSpent { share } => say("fact.budget-spent")
                .text("share", percent(*share))
                .by("retry-budget"),
            Self::QueueFull { waiting, limit } => say("fact.queue-full")
                .int("waiting", *waiting)
                .int("limit", *limit)
                .by("reject"),
            Self::RequestFailed { id } => say("fact.request-failed").operation("number", id.number),
        }
    }
}

/// Thousandths as percent: `71.3 %`.
pub(crate) fn percent(permille: u64) -> String {
    if permille.is_multiple_of(10) {
        format!("{} %", permille / 10)
    } else {
        format!("{}.{} %", permille / 10, permille % 10)
    }
}
