//! The rules that reasons cite. Their sentences are in the words.

use protocol::Rule;

/// Every rule, in the order of the algorithm.
pub(crate) const RULES: &[Rule] = &[
    rule("failure-detection", "Lamport 2001, §3"),
    rule("phase-one-once", "Lamport 2001, §3"),
    rule("promise", "Lamport 2001, §2.2, phase 1b"),
    rule("highest-accepted", "Lamport 2001, §2.2, phase 2a; §3"),
    rule("fill-gaps", "Lamport 2001, §3"),
    rule("propose", "Lamport 2001, §3"),
    rule("window", "Lamport 2001, §3"),
    rule("accept", "Lamport 2001, §2.2, phase 2b"),
    rule("refuse", "Lamport 2001, §2.2, end"),
    rule("chosen", "Lamport 2001, §2.1"),
    rule("in-order", "Lamport 2001, §3"),
    rule("repeat", "van Renesse & Altinbuken 2015, §2"),
    rule("catch-up", "Chandra 2007, §4.2"),
    rule("snapshot", "Chandra 2007, §5.5"),
    rule("stable-storage", "Lamport 2001, §2.5"),
    rule("client-finds-leader", "Ongaro 2014, §6.2"),
    rule("client-session", "Ongaro 2014, §6.3"),
];

const fn rule(id: &'static str, source: &'static str) -> Rule {
    Rule { id, source }
}
