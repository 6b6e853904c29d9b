//! The rules that reasons cite. Their sentences are in the words.

use protocol::Rule;

/// Every rule, in the order of the algorithm.
pub(crate) const RULES: &[Rule] = &[
    rule("distinct-ballots", "Lamport 2001, §2.5"),
    rule("prepare", "Lamport 2001, §2.2, phase 1a"),
    rule("promise", "Lamport 2001, §2.2, phase 1b"),
    rule("highest-accepted", "Lamport 2001, §2.2, phase 2a; P2c"),
    rule("free-choice", "Lamport 2001, §2.2, phase 2a"),
    rule("accept", "Lamport 2001, §2.2, phase 2b; P1a"),
    rule("refuse", "Lamport 2001, §2.2, end"),
    rule("chosen", "Lamport 2001, §2.1"),
    rule("learn", "Lamport 2001, §2.3"),
    rule("announce", "Lamport 1998, §2.3, step 6"),
    rule("stable-storage", "Lamport 2001, §2.5"),
    rule("back-off", "Lamport 2001, §2.4"),
];

const fn rule(id: &'static str, source: &'static str) -> Rule {
    Rule { id, source }
}
