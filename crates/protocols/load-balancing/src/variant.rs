//! The sound balancer, and variants that are broken on purpose: each leaves out one thing that its source demands.

use protocol::Variant as Spec;

/// Which balancers and servers run.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Variant {
    /// As the sources say.
    #[default]
    Sound,
    /// Balancers probe, and pay no heed to what comes of it.
    HealthCheckOff,
    /// Balancers take reported loads as they are, and do not add what they sent since (against Dahlin 2000).
    HerdOnStaleLoad,
    /// Consistent hashing without its bound on loads (against Mirrokni 2018).
    NoLoadBound,
    /// Failed requests are tried again however many there are (against Google SRE 2016, chapter 21).
    NoRetryBudget,
    /// Smooth weighted round robin that does not pay for its turns: the heaviest server gets everything.
    TurnsNotPaid,
    /// Servers take in more than their queues have room for.
    NoQueueLimit,
    /// Servers begin work on everything at once, at full speed.
    NoWorkerLimit,
    /// Clients count every answer, also one to a request that was answered.
    AnswersTwice,
    /// Balancers eject whoever fails, however few are left.
    EjectsAll,
}

/// The table of variants; the first is the sound one.
pub(crate) const VARIANTS: &[Spec<Variant>] = &[
    spec("sound", Variant::Sound, None),
    spec(
        "health-check-off",
        Variant::HealthCheckOff,
        Some("no-dead-server"),
    ),
    spec(
        "herd-on-stale-load",
        Variant::HerdOnStaleLoad,
        Some("least-of-those-known"),
    ),
    spec("no-load-bound", Variant::NoLoadBound, Some("bounded-loads")),
    spec(
        "no-retry-budget",
        Variant::NoRetryBudget,
        Some("retry-budget"),
    ),
    spec(
        "turns-not-paid",
        Variant::TurnsNotPaid,
        Some("smooth-weights"),
    ),
    spec("no-queue-limit", Variant::NoQueueLimit, Some("queue-limit")),
    spec(
        "no-worker-limit",
        Variant::NoWorkerLimit,
        Some("within-workers"),
    ),
    spec(
        "answers-twice",
        Variant::AnswersTwice,
        Some("answered-once"),
    ),
    spec("ejects-all", Variant::EjectsAll, Some("ejection-limit")),
];

const fn spec(id: &'static str, value: Variant, breaks: Option<&'static str>) -> Spec<Variant> {
    Spec { id, value, breaks }
}
