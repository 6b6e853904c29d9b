//! The rules that reasons cite. Their sentences are in the words.

use protocol::Rule;

pub(crate) const RULES: &[Rule] = &[
    rule("call-identifier", "Birrell and Nelson 1984, §3.2"),
    rule("retransmission", "Birrell and Nelson 1984, §3.2"),
    rule("duplicate", "Birrell and Nelson 1984, §3.2"),
    rule("probe", "Birrell and Nelson 1984, §3.3"),
    rule("deadline", "Google SRE 2016, chapter 22"),
    rule("cancellation", "Google SRE 2016, chapter 22"),
    rule("load-shedding", "Google SRE 2016, chapter 22"),
    rule("retry-budget", "Google SRE 2016, chapter 21"),
    rule(
        "backoff",
        "AWS Architecture Blog 2015, Exponential Backoff And Jitter",
    ),
    rule("breaker", "Nygard, Release It!, Circuit Breaker"),
    rule(
        "idempotency-key",
        "IETF draft, Idempotency-Key header field",
    ),
];

const fn rule(id: &'static str, source: &'static str) -> Rule {
    Rule { id, source }
}
