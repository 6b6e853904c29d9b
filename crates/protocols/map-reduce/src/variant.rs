//! The sound protocol, and variants that are broken on purpose: each leaves out one thing that the paper demands.

use protocol::Variant as Spec;

/// Which protocol runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Variant {
    /// As the paper says.
    #[default]
    Sound,
    /// A reduce task takes the output of a map task once more when that was executed again.
    CountsTwice,
    /// The output of a failed worker's map tasks is taken as still there, and what is missing as empty.
    TrustsDeadOutput,
    /// A reduce task writes into its final file at once, piece by piece.
    NoAtomicRename,
    /// A reduce task does not sort what it has read.
    NoSort,
    /// Reduce and the combiner of a word count count values instead of adding them up.
    CountsInsteadOfAdding,
}

/// The table of variants; the first is the sound one.
pub(crate) const VARIANTS: &[Spec<Variant>] = &[
    spec("sound", Variant::Sound, None),
    spec("counts-twice", Variant::CountsTwice, Some("counted-once")),
    spec(
        "trusts-dead-output",
        Variant::TrustsDeadOutput,
        Some("equals-sequential"),
    ),
    spec(
        "no-atomic-rename",
        Variant::NoAtomicRename,
        Some("committed-once"),
    ),
    spec("no-sort", Variant::NoSort, Some("in-order")),
    spec(
        "counts-instead-of-adding",
        Variant::CountsInsteadOfAdding,
        Some("equals-sequential"),
    ),
];

const fn spec(id: &'static str, value: Variant, breaks: Option<&'static str>) -> Spec<Variant> {
    Spec { id, value, breaks }
}
