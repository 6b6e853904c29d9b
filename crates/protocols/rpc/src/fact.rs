//! Turning points worth telling: executions, ends of calls, breakers.

use crate::{Answer, Call, Op};
use protocol::{Arg, NodeId, Phrase, Say};
use serde::Serialize;

/// A turning point.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// A backend has executed a call, durably.
    Executed {
        /// Which.
        call: Call,
        /// What.
        op: Op,
        /// The balance afterwards.
        balance: u64,
    },
    /// A backend has recognised a call that it executed before.
    Recognised {
        /// Which.
        call: Call,
        /// What it is answered.
        balance: u64,
    },
    /// A call has ended.
    Ended {
        /// Which.
        call: Call,
        /// What it asked.
        op: Op,
        /// How.
        answer: Answer,
        /// After how many attempts.
        attempts: u32,
    },
    /// A call's deadline passed while it waited: it is not executed.
    Expired {
        /// Which.
        call: Call,
    },
    /// A breaker has opened.
    BreakerOpened {
        /// Towards whom.
        to: NodeId,
        /// After how many failures in a row.
        failures: u64,
    },
    /// A breaker lets trials through.
    BreakerHalfOpened {
        /// Towards whom.
        to: NodeId,
    },
    /// A breaker has closed.
    BreakerClosed {
        /// Towards whom.
        to: NodeId,
    },
    /// A client is back, and takes up its calls.
    Resumed {
        /// How many.
        count: u64,
    },
    /// A backend is back, with the answers on its disk.
    Restarted {
        /// How many answers it remembers.
        answers: u64,
    },
}

impl Say for Fact {
    fn phrase(&self, me: NodeId) -> Phrase {
        let say = |key| Phrase::new(key).node("me", me);
        match self {
            Self::Executed { call, op, balance } => say("fact.executed")
                .node("client", call.client)
                .int("call", call.id)
                .with("op", op.arg())
                .int("balance", *balance),
            Self::Recognised { call, balance } => say("fact.recognised")
                .node("client", call.client)
                .int("call", call.id)
                .int("balance", *balance),
            Self::Ended {
                call,
                op,
                answer,
                attempts,
            } => {
                let key = match answer {
                    Answer::Balance(_) => "fact.answered",
                    Answer::Failed(_) => "fact.failed",
                };
                say(key)
                    .int("call", call.id)
                    .with("op", op.arg())
                    .with("answer", Arg::Phrase(Box::new(answer.say())))
                    .int("attempts", u64::from(*attempts))
            }
            Self::Expired { call } => say("fact.expired")
                .node("client", call.client)
                .int("call", call.id),
            Self::BreakerOpened { to, failures } => say("fact.breaker-opened")
                .node("to", *to)
                .int("failures", *failures),
            Self::BreakerHalfOpened { to } => say("fact.breaker-half-opened").node("to", *to),
            Self::BreakerClosed { to } => say("fact.breaker-closed").node("to", *to),
            Self::Resumed { count } => say("fact.resumed").int("count", *count),
            Self::Restarted { answers } => say("fact.restarted").int("answers", *answers),
        }
    }
}
