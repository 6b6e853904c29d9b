//! The sentences of the reasons.

use super::{Because, Reason};
use crate::decision::{Decision, Looked, Standing};
use crate::fact::percent;
use crate::policy::Policy;
use protocol::{Arg, NodeId, OperationId, Phrase, Say};

/// A sentence names so many servers one by one.
const NAMED_MAX: usize = 6;

impl Say for Reason {
    fn phrase(&self, me: NodeId) -> Phrase {
        let say = |key| Phrase::new(key).node("me", me);
        let about = |key, id: &OperationId| {
            say(key)
                .node("client", id.client)
                .operation("number", id.number)
        };
        match self {
            Self::Asks { id, balancer } => say("reason.asks")
                .operation("number", id.number)
                .node("balancer", *balancer),
            Self::AwaitsAnswer { id } => say("reason.awaits-answer").operation("number", id.number),
            Self::LateAnswer { id } => say("reason.late-answer").operation("number", id.number),
            Self::GivesUp { id, waited_us } => say("reason.gives-up")
                .operation("number", id.number)
                .us("waited", *waited_us),
            Self::Chooses {
                first_server,
                decision,
                because,
                retries_left,
            } => chooses(me, *first_server, decision, *because, *retries_left),
            Self::Holds { id, waiting } => about("reason.holds", id)
                .int("waiting", *waiting)
                .by("central-queue"),
            Self::NoRoom { id, limit } => about("reason.no-room", id)
                .int("limit", *limit)
                .by("reject"),
            Self::HasAlready { id } => about("reason.has-already", id),
            Self::PassesOn {
                id,
                server,
                took_us,
            } => about("reason.passes-on", id)
                .node("server", *server)
                .us("took", *took_us),
            Self::LateReply { id, server } => {
                about("reason.late-reply", id).node("server", *server)
            }
            Self::AwaitsReply { id } => about("reason.awaits-reply", id),
            Self::TriesUsedUp {
                id,
                server,
                why,
                tries,
            } => about("reason.tries-used-up", id)
                .node("server", *server)
                .word("why", why.word())
                .int("tries", *tries),
            Self::NoBudget {
                id,
                server,
                why,
                share,
            } => about("reason.no-budget", id)
                .node("server", *server)
                .word("why", why.word())
                .text("share", percent(*share))
                .by("retry-budget"),
            Self::HearsIdle { server, waiting } => say("reason.hears-idle")
                .node("server", *server)
                .int("waiting", *waiting)
                .by("idle-queue"),
            Self::HearsLoad { server, load } => say("reason.hears-load")
                .node("server", *server)
                .int("load", *load)
                .by("stale-load"),
            Self::AwaitsProbe => say("reason.awaits-probe"),
            Self::Probes { to, round } => say("reason.probes")
                .node("to", *to)
                .int("round", *round)
                .by("probe"),
            Self::AwaitsWell { round, within_us } => say("reason.awaits-well")
                .int("round", *round)
                .us("within", *within_us),
            Self::StaysUp { server } => say("reason.stays-up").node("server", *server),
            Self::StaysDown { server } => say("reason.stays-down").node("server", *server),
            Self::WellAgain { server, good, need } => say("reason.well-again")
                .node("server", *server)
                .int("good", *good)
                .int("need", *need)
                .by("probe"),
            Self::ProbeFailed {
                server,
                failed,
                need,
            } => say("reason.probe-failed")
                .node("server", *server)
                .int("failed", *failed)
                .int("need", *need)
                .by("probe"),
            Self::LateWell { server, round } => say("reason.late-well")
                .node("server", *server)
                .int("round", *round),
            Self::CountsFailure {
                server,
                failures,
                limit: 0,
            } => say("reason.counts-failure-only")
                .node("server", *server)
                .int("failures", *failures),
            Self::CountsFailure {
                server,
                failures,
                limit,
            } => say("reason.counts-failure")
                .node("server", *server)
                .int("failures", *failures)
                .int("limit", *limit)
                .by("eject"),
            Self::MayNotEject {
                server,
                ejected,
                max,
            } => say("reason.may-not-eject")
                .node("server", *server)
                .int("ejected", *ejected)
                .int("max", *max)
                .by("eject"),
            Self::AwaitsReturn { server } => say("reason.awaits-return").node("server", *server),
            Self::EndsWhileDown { server } => say("reason.ends-while-down").node("server", *server),
            Self::AwaitsRates => say("reason.awaits-rates"),
            Self::TooFewRates { counted, need } => say("reason.too-few-rates")
                .int("counted", *counted)
                .int("need", *need),
            Self::ComparesRates { mean, least } => say("reason.compares-rates")
                .text("mean", percent(*mean))
                .text("least", percent(*least))
                .by("eject"),
            Self::Begins {
                id,
                waited_us: 0,
                takes_us,
            } => about("reason.begins", id).us("takes", *takes_us),
            Self::Begins {
                id,
                waited_us,
                takes_us,
            } => about("reason.begins-waited", id)
                .us("waited", *waited_us)
                .us("takes", *takes_us),
            Self::Queues { id, waiting } => about("reason.queues", id).int("waiting", *waiting),
            Self::Rejects { id, waiting, limit } => about("reason.rejects", id)
                .int("waiting", *waiting)
                .int("limit", *limit)
                .by("reject"),
            Self::Fails { id, permille } => {
                about("reason.fails", id).text("share", percent(*permille))
            }
            Self::AwaitsWork { id } => about("reason.awaits-work", id),
            Self::Finishes { id, worked_us } => {
                about("reason.finishes", id).us("worked", *worked_us)
            }
            Self::IsWell { load } => say("reason.is-well").int("load", *load),
            Self::IsIdle { balancer } => say("reason.is-idle")
                .node("balancer", *balancer)
                .by("idle-queue"),
            Self::AwaitsReport => say("reason.awaits-report"),
            Self::Reports { load } => say("reason.reports").int("load", *load).by("stale-load"),
            Self::Misdirected { from } => say("reason.misdirected").node("from", *from),
        }
    }
}

fn chooses(
    me: NodeId,
    first: NodeId,
    decision: &Decision,
    because: Option<Because>,
    retries_left: u64,
) -> Phrase {
    let server = NodeId(first.0 + decision.chosen);
    let (key, rule) = match (because, decision.panic) {
        (Some(_), _) => ("reason.retries", "retry-elsewhere"),
        (None, true) => ("reason.chooses-in-panic", "panic"),
        (None, false) => ("reason.chooses", rule(decision)),
    };
    let mut phrase = Phrase::new(key)
        .node("me", me)
        .node("client", decision.job.client)
        .operation("number", decision.job.number)
        .node("server", server)
        .with("choice", Arg::Phrase(Box::new(choice(first, decision))))
        .by(rule);
    if let Some(because) = because {
        phrase = phrase
            .node("failed", because.server)
            .word("why", because.why.word())
            .int("attempt", because.attempt)
            .int("left", retries_left);
    }
    phrase
}

fn rule(decision: &Decision) -> &'static str {
    match decision.policy {
        Policy::RoundRobin => "turn",
        Policy::WeightedRoundRobin => "smooth-weights",
        Policy::Random => "chance",
        Policy::LeastConnections => "least",
        Policy::PowerOfD => "choices",
        Policy::JoinIdleQueue => "idle-queue",
        Policy::PeakEwma => "peak-ewma",
        Policy::ConsistentHash => {
            let is_full = |looked: &Looked| looked.standing == Standing::Full;
            if decision.looked.iter().any(is_full) {
                "bounded-loads"
            } else {
                "ring"
            }
        }
        Policy::JumpHash => "jump",
        Policy::Maglev => "maglev",
        Policy::CentralQueue => "central-queue",
    }
}

/// The policy's own part of the sentence, with the values that it compared.
fn choice(first: NodeId, decision: &Decision) -> Phrase {
    let candidates = u64::from(decision.candidates.len());
    let looked = |us: bool| {
        let rows = decision
            .looked
            .iter()
            .filter(|looked| !matches!(looked.standing, Standing::Down | Standing::Ejected));
        let rows: Vec<_> = rows.collect();
        let value = move |looked: &Looked| {
            let value = looked.value.max(0) as u64;
            if us { Arg::Us(value) } else { Arg::Int(value) }
        };
        list(&LOOKED, first, &rows, &value)
    };
    let drawn = decision.looked.len() as u64;
    match decision.policy {
        Policy::RoundRobin => skipping(first, decision, "choice.turn", "choice.turn-past"),
        Policy::WeightedRoundRobin => {
            let owed = move |looked: &Looked| Arg::Text(units(looked.value));
            let rows: Vec<_> = decision
                .looked
                .iter()
                .filter(|looked| looked.standing == Standing::Fits)
                .collect();
            let list = list(&LOOKED, first, &rows, &owed);
            Phrase::new("choice.weights").with("looked", list)
        }
        Policy::Random => skipping(first, decision, "choice.chance", "choice.chance-past")
            .int("count", candidates),
        Policy::LeastConnections => Phrase::new("choice.least").with("looked", looked(false)),
        Policy::PowerOfD => Phrase::new("choice.drawn")
            .int("count", drawn)
            .with("looked", looked(false)),
        Policy::JoinIdleQueue if decision.fallback => {
            Phrase::new("choice.nobody-idle").int("count", candidates)
        }
        Policy::JoinIdleQueue => Phrase::new("choice.idle"),
        Policy::PeakEwma => Phrase::new("choice.latency")
            .int("count", drawn)
            .with("looked", looked(true)),
        Policy::ConsistentHash => Phrase::new("choice.ring")
            .int("key", decision.key)
            .int("bound", decision.bound)
            .int("open", decision.open)
            .with("looked", looked(false)),
        Policy::JumpHash => skipping(first, decision, "choice.bucket", "choice.bucket-past")
            .int("key", decision.key)
            .int("bucket", decision.place),
        Policy::Maglev => skipping(first, decision, "choice.entry", "choice.entry-past")
            .int("key", decision.key)
            .int("place", decision.place),
        Policy::CentralQueue => Phrase::new("choice.free-worker").with("looked", looked(false)),
    }
}

/// `past` with those that were passed over, if any were, or else `plain`.
fn skipping(first: NodeId, decision: &Decision, plain: &'static str, past: &'static str) -> Phrase {
    let skipped: Vec<_> = decision
        .looked
        .iter()
        .filter(|looked| looked.standing != Standing::Fits)
        .collect();
    if skipped.is_empty() {
        return Phrase::new(plain);
    }
    let standing = |looked: &Looked| Arg::Word(standing_word(looked.standing).into());
    Phrase::new(past).with("skipped", list(&SKIPPED, first, &skipped, &standing))
}

/// The word for how a server stood.
pub(crate) const fn standing_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Fits => "standing.fits",
        Standing::Down => "standing.down",
        Standing::Ejected => "standing.ejected",
        Standing::Tried => "standing.tried",
        Standing::Warming => "standing.warming",
        Standing::Full => "standing.full",
    }
}

/// What weighted turns are worth: thousandths of weight, as a number with a sign.
pub(crate) fn units(thousandths: i64) -> String {
    let sign = if thousandths < 0 { "−" } else { "" };
    let size = thousandths.unsigned_abs();
    match size % 1000 {
        0 => format!("{sign}{}", size / 1000),
        part => format!("{sign}{}.{}", size / 1000, part / 100),
    }
}

/// The keys of a list: its last part, one before it, and what stands for many.
struct List {
    last: &'static str,
    more: &'static str,
    others: &'static str,
}

const LOOKED: List = List {
    last: "looked.last",
    more: "looked.more",
    others: "looked.others",
};

const SKIPPED: List = List {
    last: "skipped.last",
    more: "skipped.more",
    others: "skipped.others",
};

/// "S1 3, S2 1 and 4 others", as phrases within each other.
fn list(keys: &List, first: NodeId, rows: &[&Looked], value: &dyn Fn(&Looked) -> Arg) -> Arg {
    let named = if rows.len() > NAMED_MAX + 1 {
        NAMED_MAX
    } else {
        rows.len()
    };
    let mut tail = (rows.len() > named)
        .then(|| Phrase::new(keys.others).int("count", (rows.len() - named) as u64));
    for looked in rows[..named].iter().rev() {
        let key = if tail.is_some() { keys.more } else { keys.last };
        let mut phrase = Phrase::new(key)
            .node("server", NodeId(first.0 + looked.server))
            .with("value", value(looked));
        if let Some(tail) = tail {
            phrase = phrase.with("rest", Arg::Phrase(Box::new(tail)));
        }
        tail = Some(phrase);
    }
    match tail {
        Some(phrase) => Arg::Phrase(Box::new(phrase)),
        None => Arg::Word("looked.none".into()),
    }
}
