//! The sound protocol, and variants that are broken on purpose: each leaves out one thing that the sources demand.

use protocol::Variant as Spec;

/// Which protocol runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Variant {
    /// As the sources say.
    #[default]
    Sound,
    /// A server does not save its promise (against Lamport 2001, §2.5).
    PromiseForgotten,
    /// A server does not save its votes (against Lamport 2001, §2.5).
    VoteForgotten,
    /// A new leader does not propose again what was accepted before it (against Lamport 2001, §3).
    IgnoresAccepted,
    /// A new leader skips gaps instead of filling them (against Lamport 2001, §3).
    GapSkipped,
    /// Half of the servers, rounded down, are taken for a quorum (against Lamport 2001, §2.2).
    HalfQuorum,
}

/// The table of variants; the first is the sound one.
pub(crate) const VARIANTS: &[Spec<Variant>] = &[
    spec("sound", Variant::Sound, None),
    spec(
        "promise-forgotten",
        Variant::PromiseForgotten,
        Some("promise-kept"),
    ),
    spec("vote-forgotten", Variant::VoteForgotten, Some("agreement")),
    spec(
        "ignores-accepted",
        Variant::IgnoresAccepted,
        Some("agreement"),
    ),
    spec("gap-skipped", Variant::GapSkipped, Some("agreement")),
    spec("half-quorum", Variant::HalfQuorum, Some("agreement")),
];

const fn spec(id: &'static str, value: Variant, breaks: Option<&'static str>) -> Spec<Variant> {
    Spec { id, value, breaks }
}
