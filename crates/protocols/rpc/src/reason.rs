//! Why something was done, refused or ignored: plain values, which become sentences when somebody reads them.

use crate::call::series;
use crate::{Call, Op};
use protocol::{NodeId, Phrase, Say};
use serde::Serialize;

/// A reason.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// A client begins a call.
    Calls {
        /// Whom.
        to: NodeId,
        /// Which call.
        call: Call,
        /// What it asks.
        op: Op,
        /// What is left, in microseconds.
        left_us: u64,
    },
    /// A frontend passes a call on.
    Relays {
        /// Whom.
        to: NodeId,
        /// Which call.
        call: Call,
        /// What is left, in microseconds.
        left_us: u64,
    },
    /// A caller sends a call again.
    Retries {
        /// Whom.
        to: NodeId,
        /// Which call.
        call: Call,
        /// Which attempt, from 1.
        attempt: u32,
        /// The most attempts.
        attempts_max: u64,
    },
    /// An attempt was not answered in time: a pause begins.
    TimedOut {
        /// Who it was.
        by: NodeId,
        /// Which call.
        call: Call,
        /// How long it waited, in microseconds.
        waited_us: u64,
        /// The pause, in microseconds.
        pause_us: u64,
    },
    /// An attempt was refused: a pause begins.
    Refused {
        /// Who it was.
        by: NodeId,
        /// Which call.
        call: Call,
        /// The pause, in microseconds.
        pause_us: u64,
    },
    /// The next time a caller looks after its calls.
    LooksAfter {
        /// How many calls are open.
        open: u64,
    },
    /// The next time a worker is done.
    Works {
        /// How many are worked on.
        running: u64,
        /// How many wait.
        waiting: u64,
    },
    /// A server takes a call into its queue.
    Takes {
        /// Which call.
        call: Call,
        /// How many wait.
        waiting: u64,
        /// How many may wait.
        room: u64,
    },
    /// A server starts to work on a call.
    Starts {
        /// Which call.
        call: Call,
        /// How long it waited, in microseconds.
        waited_us: u64,
        /// What is left, in microseconds.
        left_us: u64,
    },
    /// A server refuses: its queue is full.
    QueueFull {
        /// Which call.
        call: Call,
        /// How many may wait.
        room: u64,
    },
    /// A call that waited too long is not started.
    TooLate {
        /// Which call.
        call: Call,
        /// By how much, in microseconds.
        over_us: u64,
    },
    /// A duplicate of a call that is being worked on.
    InProgress {
        /// Which call.
        call: Call,
    },
    /// A duplicate of a call that was executed.
    AnswersAgain {
        /// Which call.
        call: Call,
        /// The balance.
        balance: u64,
    },
    /// A server answers what it executed.
    Answers {
        /// Which call.
        call: Call,
        /// The balance.
        balance: u64,
    },
    /// A frontend passes an answer on.
    PassesOn {
        /// Which call.
        call: Call,
        /// From whom.
        from: NodeId,
    },
    /// The key stands for another operation.
    OtherOperation {
        /// Which call.
        call: Call,
        /// Its key.
        key: u64,
        /// The call that had the key first.
        first: u64,
    },
    /// A request as old as what was forgotten.
    IsForgotten {
        /// Which call.
        call: Call,
        /// Its key.
        key: u64,
        /// The greatest key that was forgotten.
        forgotten: u64,
    },
    /// A server forgets an answer.
    Forgets {
        /// Which call.
        id: u64,
        /// How long answers are kept, in microseconds.
        retention_us: u64,
    },
    /// A caller asks whether somebody works on a call.
    Probes {
        /// Whom.
        to: NodeId,
        /// Which call.
        call: Call,
    },
    /// A caller that may not send a call again asks after it.
    AsksAfter {
        /// Whom.
        to: NodeId,
        /// Which call.
        call: Call,
        /// How long it waited, in microseconds.
        waited_us: u64,
    },
    /// A server works on no such call.
    KnowsNothing {
        /// Which call.
        call: Call,
    },
    /// A callee works on it: no retry.
    Promised {
        /// Who it was.
        by: NodeId,
        /// Which call.
        call: Call,
    },
    /// A caller says that it no longer waits.
    GivesUp {
        /// Whom.
        to: NodeId,
        /// Which call.
        call: Call,
    },
    /// A server stops working for nobody.
    Abandons {
        /// Which call.
        call: Call,
        /// From whom.
        from: NodeId,
    },
    /// A cancellation of a call that nobody works on.
    NothingToAbandon {
        /// Which call.
        call: Call,
    },
    /// There is no token for a retry.
    NoToken {
        /// Which call.
        call: Call,
        /// What the budget holds, in thousandths of a retry.
        tokens_permille: u64,
    },
    /// The breaker is open.
    BreakerOpen {
        /// Whom.
        to: NodeId,
        /// Which call.
        call: Call,
        /// What is left, in microseconds.
        left_us: u64,
    },
    /// The breaker is half-open, and its trials are on the way.
    TrialsOut {
        /// Whom.
        to: NodeId,
        /// Which call.
        call: Call,
    },
    /// There is no answer in the time of the whole call.
    DeadlinePassed {
        /// Which call.
        call: Call,
    },
    /// The last attempt has failed.
    NoMoreAttempts {
        /// Which call.
        call: Call,
        /// How many attempts there were.
        attempts: u32,
    },
    /// The only attempt has failed.
    OnlyOne {
        /// Which call.
        call: Call,
    },
    /// An answer that nobody waits for.
    Late {
        /// Who it was.
        by: NodeId,
        /// Which call.
        call: Call,
    },
    /// A message that was not meant for a node of this kind.
    Misdirected {
        /// From whom.
        from: NodeId,
    },
    /// A frontend fails a call, as the call behind it failed.
    FailsTo {
        /// Which call.
        call: Call,
    },
}

impl Say for Reason {
    fn phrase(&self, me: NodeId) -> Phrase {
        let say = |key| Phrase::new(key).node("me", me);
        let of = |key, call: &Call| say(key).int("call", call.id);
        match self {
            Self::Calls {
                to,
                call,
                op,
                left_us,
            } => of("reason.calls", call)
                .node("to", *to)
                .with("op", op.arg())
                .us("left", *left_us)
                .by("call-identifier"),
            Self::Relays { to, call, left_us } => of("reason.relays", call)
                .node("to", *to)
                .us("left", *left_us)
                .by("deadline"),
            Self::Retries {
                to,
                call,
                attempt,
                attempts_max,
            } => of("reason.retries", call)
                .node("to", *to)
                .int("attempt", u64::from(*attempt))
                .int("max", *attempts_max)
                .by("retransmission"),
            Self::TimedOut {
                by,
                call,
                waited_us,
                pause_us,
            } => of("reason.timed-out", call)
                .node("by", *by)
                .us("waited", *waited_us)
                .us("pause", *pause_us)
                .by("backoff"),
            Self::Refused { by, call, pause_us } => of("reason.refused", call)
                .node("by", *by)
                .us("pause", *pause_us)
                .by("backoff"),
            Self::LooksAfter { open } => say("reason.looks-after").int("open", *open),
            Self::Works { running, waiting } => say("reason.works")
                .int("running", *running)
                .int("waiting", *waiting),
            Self::Takes {
                call,
                waiting,
                room,
            } => of("reason.takes", call)
                .node("client", call.client)
                .int("waiting", *waiting)
                .int("room", *room),
            Self::Starts {
                call,
                waited_us,
                left_us,
            } if *waited_us == 0 => of("reason.starts-at-once", call)
                .node("client", call.client)
                .us("left", *left_us),
            Self::Starts {
                call,
                waited_us,
                left_us,
            } => of("reason.starts", call)
                .node("client", call.client)
                .us("waited", *waited_us)
                .us("left", *left_us),
            Self::QueueFull { call, room } => of("reason.queue-full", call)
                .node("client", call.client)
                .int("room", *room)
                .by("load-shedding"),
            Self::TooLate { call, over_us } => of("reason.too-late", call)
                .node("client", call.client)
                .us("over", *over_us)
                .by("deadline"),
            Self::InProgress { call } => of("reason.in-progress", call)
                .node("client", call.client)
                .by("probe"),
            Self::AnswersAgain { call, balance } => of("reason.answers-again", call)
                .node("client", call.client)
                .int("balance", *balance)
                .by("duplicate"),
            Self::Answers { call, balance } => of("reason.answers", call)
                .node("client", call.client)
                .int("balance", *balance),
            Self::PassesOn { call, from } => of("reason.passes-on", call)
                .node("client", call.client)
                .node("from", *from),
            Self::OtherOperation { call, key, first } => of("reason.other-operation", call)
                .node("client", call.client)
                .int("key", series(*key).1)
                .int("first", *first)
                .by("idempotency-key"),
            Self::IsForgotten {
                call,
                key,
                forgotten,
            } => of("reason.is-forgotten", call)
                .node("client", call.client)
                .int("key", series(*key).1)
                .int("forgotten", series(*forgotten).1)
                .by("duplicate"),
            Self::Forgets { id, retention_us } => say("reason.forgets")
                .int("call", *id)
                .us("retention", *retention_us),
            Self::Probes { to, call } => of("reason.probes", call).node("to", *to).by("probe"),
            Self::AsksAfter {
                to,
                call,
                waited_us,
            } => of("reason.asks-after", call)
                .node("to", *to)
                .us("waited", *waited_us)
                .by("probe"),
            Self::KnowsNothing { call } => of("reason.knows-nothing", call)
                .node("client", call.client)
                .by("probe"),
            Self::Promised { by, call } => of("reason.promised", call).node("by", *by).by("probe"),
            Self::GivesUp { to, call } => of("reason.gives-up", call)
                .node("to", *to)
                .by("cancellation"),
            Self::Abandons { call, from } => of("reason.abandons", call)
                .node("from", *from)
                .by("cancellation"),
            Self::NothingToAbandon { call } => of("reason.nothing-to-abandon", call),
            Self::NoToken {
                call,
                tokens_permille,
            } => of("reason.no-token", call)
                .int("tokens", *tokens_permille)
                .by("retry-budget"),
            Self::BreakerOpen { to, call, left_us } => of("reason.breaker-open", call)
                .node("to", *to)
                .us("left", *left_us)
                .by("breaker"),
            Self::TrialsOut { to, call } => {
                of("reason.trials-out", call).node("to", *to).by("breaker")
            }
            Self::DeadlinePassed { call } => of("reason.deadline-passed", call).by("deadline"),
            Self::NoMoreAttempts { call, attempts } => {
                of("reason.no-more-attempts", call).int("attempts", u64::from(*attempts))
            }
            Self::OnlyOne { call } => of("reason.only-one", call),
            Self::Late { by, call } => of("reason.late", call).node("by", *by),
            Self::Misdirected { from } => say("reason.misdirected").node("from", *from),
            Self::FailsTo { call } => of("reason.fails-to", call).node("client", call.client),
        }
    }
}
