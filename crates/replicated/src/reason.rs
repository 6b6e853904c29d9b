//! Why a client does something, and the sentences of it.

use protocol::{NodeId, Phrase, Say};
use serde::Serialize;

/// Why a client does something.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientReason {
    /// It needs a session first.
    Registers {
        /// Whom it asks.
        to: NodeId,
    },
    /// It asks the server that it believes to lead.
    Asks {
        /// Whom.
        to: NodeId,
        /// The sequence number.
        sequence: u64,
    },
    /// A server named another as the leader.
    Redirected {
        /// Who answered.
        by: NodeId,
        /// Whom it named.
        to: NodeId,
        /// The sequence number.
        sequence: u64,
    },
    /// A server does not lead and knows nobody who does: ask the next one after a pause.
    NobodyLeads {
        /// Who answered.
        by: NodeId,
        /// Whom to ask next.
        next: NodeId,
    },
    /// The pause is over after a server knew nobody who leads: the next one is asked.
    AsksNext {
        /// Whom.
        next: NodeId,
        /// The sequence number, the same as before.
        sequence: u64,
    },
    /// No answer came in time: perhaps the request was lost, perhaps only the answer.
    TimedOut {
        /// Who did not answer.
        silent: NodeId,
        /// Whom it asks now.
        next: NodeId,
        /// The sequence number, the same as before.
        sequence: u64,
    },
    /// It waits this long for an answer.
    Waits {
        /// The sequence number.
        sequence: u64,
    },
    /// Another operation is outstanding.
    Queued {
        /// How many operations come before this one.
        ahead: u64,
    },
    /// The answer belongs to an operation that is over.
    Late {
        /// Who answered.
        by: NodeId,
        /// To which operation.
        sequence: u64,
    },
    /// The session expired while the outcome was open: nobody can say whether the operation was carried out.
    Expired {
        /// Which operation.
        sequence: u64,
    },
    /// It orders something of a server.
    Orders {
        /// Of whom.
        to: NodeId,
        /// The sequence number.
        sequence: u64,
    },
    /// No answer to a query came in time.
    QueriesAgain {
        /// Who did not answer.
        silent: NodeId,
        /// Whom it asks now.
        next: NodeId,
        /// The sequence number, the same as before.
        sequence: u64,
    },
    /// The one server that can carry the order out has not answered: it is ordered again.
    OrdersAgain {
        /// Of whom.
        to: NodeId,
        /// The sequence number, the same as before.
        sequence: u64,
    },
}

impl Say for ClientReason {
    fn phrase(&self, me: NodeId) -> Phrase {
        let say = |key| Phrase::new(key).node("me", me);
        match *self {
            Self::Registers { to } => say("reason.client-registers")
                .node("to", to)
                .by("client-session"),
            Self::Asks { to, sequence } => say("reason.client-asks")
                .operation("sequence", sequence)
                .node("to", to)
                .by("client-finds-leader"),
            Self::Redirected { by, to, sequence } => say("reason.client-redirected")
                .node("by", by)
                .node("to", to)
                .operation("sequence", sequence)
                .by("client-finds-leader"),
            Self::NobodyLeads { by, next } => say("reason.client-nobody-leads")
                .node("by", by)
                .node("next", next)
                .by("client-finds-leader"),
            Self::AsksNext { next, sequence } => say("reason.client-asks-next")
                .node("next", next)
                .operation("sequence", sequence)
                .by("client-finds-leader"),
            Self::TimedOut {
                silent,
                next,
                sequence,
            } => say("reason.client-timed-out")
                .node("silent", silent)
                .node("next", next)
                .operation("sequence", sequence)
                .by("client-session"),
            Self::QueriesAgain {
                silent,
                next,
                sequence,
            } => say("reason.client-queries-again")
                .node("silent", silent)
                .node("next", next)
                .operation("sequence", sequence),
            Self::Waits { sequence } => say("reason.client-waits").operation("sequence", sequence),
            Self::Queued { ahead } => say("reason.client-queued").int("count", ahead),
            Self::Late { by, sequence } => say("reason.client-late")
                .node("by", by)
                .operation("sequence", sequence),
            Self::Expired { sequence } => say("reason.client-expired")
                .operation("sequence", sequence)
                .by("client-session"),
            Self::Orders { to, sequence } => say("reason.client-orders")
                .operation("sequence", sequence)
                .node("to", to),
            Self::OrdersAgain { to, sequence } => say("reason.client-orders-again")
                .operation("sequence", sequence)
                .node("to", to),
        }
    }
}
