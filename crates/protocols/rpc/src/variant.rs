//! The sound protocol, and those that are broken on purpose.

use protocol::Variant as Spec;

/// Which one runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Variant {
    /// As the sources say.
    #[default]
    Sound,
    /// The table of answers is in memory only. Birrell and Nelson's is, too; but there a callee that restarts is another one, and
    /// refuses what was bound to the one before (1984, §2).
    VolatileTable,
    /// A client's key names the account instead of the call.
    KeyReused,
    /// A frontend gives the call behind it a fresh deadline (against SRE, chapter 22).
    FreshDeadline,
    /// A retry is recognised, but answered with what is so now.
    AnswersAnew,
    /// Retries leave without a token (against SRE, chapter 21).
    BudgetIgnored,
    /// Retries do not ask the breaker (against Nygard).
    BreakerIgnored,
}

pub(crate) const VARIANTS: &[Spec<Variant>] = &[
    spec("sound", Variant::Sound, None),
    spec(
        "volatile-table",
        Variant::VolatileTable,
        Some("at-most-once"),
    ),
    spec("key-reused", Variant::KeyReused, Some("answered-ran")),
    spec(
        "fresh-deadline",
        Variant::FreshDeadline,
        Some("no-late-start"),
    ),
    spec("answers-anew", Variant::AnswersAnew, Some("answers-agree")),
    spec(
        "budget-ignored",
        Variant::BudgetIgnored,
        Some("budget-kept"),
    ),
    spec(
        "breaker-ignored",
        Variant::BreakerIgnored,
        Some("breaker-holds"),
    ),
];

const fn spec(id: &'static str, value: Variant, breaks: Option<&'static str>) -> Spec<Variant> {
    Spec { id, value, breaks }
}
