//! The sound protocol, and variants that are broken on purpose: each leaves out one thing that the sources demand.

use protocol::Variant as Spec;

/// Which protocol runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Variant {
    /// As the sources say.
    #[default]
    Sound,
    /// A participant that voted yes aborts by itself when the decision does not come.
    ChangesMind,
    /// The coordinator tells its decision to commit without a record of it.
    DecisionNotLogged,
    /// A participant votes yes without a record of it.
    VoteNotLogged,
    /// A participant gives its locks up as soon as it has voted.
    LocksReleasedEarly,
    /// With three phases: a participant that waits for the second commits when it does not come.
    CommitsOnTimeout,
}

/// The table of variants; the first is the sound one.
pub(crate) const VARIANTS: &[Spec<Variant>] = &[
    spec("sound", Variant::Sound, None),
    spec("changes-mind", Variant::ChangesMind, Some("mind-kept")),
    spec(
        "decision-not-logged",
        Variant::DecisionNotLogged,
        Some("atomicity"),
    ),
    spec(
        "vote-not-logged",
        Variant::VoteNotLogged,
        Some("conservation"),
    ),
    spec(
        "locks-released-early",
        Variant::LocksReleasedEarly,
        Some("locks-held"),
    ),
    spec(
        "commits-on-timeout",
        Variant::CommitsOnTimeout,
        Some("three-phase-atomicity"),
    ),
];

const fn spec(id: &'static str, value: Variant, breaks: Option<&'static str>) -> Spec<Variant> {
    Spec { id, value, breaks }
}
