//! The sound protocol, and variants that are broken on purpose: each leaves out one thing that the papers demand.

use protocol::Variant as Spec;

/// Which protocol runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Variant {
    /// As the papers say.
    #[default]
    Sound,
    /// An acceptor does not save its promise (against Lamport 2001, §2.5).
    PromiseForgotten,
    /// An acceptor accepts whatever comes, whatever it promised (against Lamport 2001, §2.2, P1a).
    PromiseIgnored,
    /// A proposer proposes its own value whatever was accepted before (against Lamport 2001, §2.2, P2c).
    IgnoresAccepted,
    /// Half of the acceptors, rounded down, are taken for a quorum (against Lamport 2001, §2.2).
    HalfQuorum,
    /// A proposer does not save its ballot, and uses it again after a crash (against Lamport 2001, §2.5).
    BallotForgotten,
    /// A learner takes the first vote for the outcome (against Lamport 2001, §2.3).
    LearnsFirst,
}

/// The table of variants; the first is the sound one.
pub(crate) const VARIANTS: &[Spec<Variant>] = &[
    spec("sound", Variant::Sound, None),
    spec(
        "promise-forgotten",
        Variant::PromiseForgotten,
        Some("promise-kept"),
    ),
    spec(
        "promise-ignored",
        Variant::PromiseIgnored,
        Some("agreement"),
    ),
    spec(
        "ignores-accepted",
        Variant::IgnoresAccepted,
        Some("agreement"),
    ),
    spec("half-quorum", Variant::HalfQuorum, Some("learned-chosen")),
    spec(
        "ballot-forgotten",
        Variant::BallotForgotten,
        Some("one-value"),
    ),
    spec("learns-first", Variant::LearnsFirst, Some("learned-chosen")),
];

const fn spec(id: &'static str, value: Variant, breaks: Option<&'static str>) -> Spec<Variant> {
    Spec { id, value, breaks }
}
