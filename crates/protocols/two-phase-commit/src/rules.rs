//! The rules that reasons cite. Their sentences are in the words.

use protocol::Rule;

/// Every rule.
pub(crate) const RULES: &[Rule] = &[
    rule("prepare", "Gray 1978, §5.8.3.3"),
    rule("force-prepared", "Mohan 1986, §2.1"),
    rule("unilateral-abort", "Bernstein 1987, §7.3"),
    rule("read-only", "Mohan 1986, §3"),
    rule("force-commit", "Mohan 1986, §3"),
    rule("abort-not-forced", "Mohan 1986, §3"),
    rule("presume-abort", "Mohan 1986, §3"),
    rule("acknowledge", "Mohan 1986, §3"),
    rule("forget", "Mohan 1986, §2.1"),
    rule("obey", "Bernstein 1987, §7.3"),
    rule("vote-timeout", "Bernstein 1987, §7.4"),
    rule("inquire", "Mohan 1986, §2.2"),
    rule("blocking", "Bernstein 1987, §7.4"),
    rule("cooperative-termination", "Bernstein 1987, §7.4"),
    rule("recover-from-log", "Mohan 1986, §2.2"),
    rule("two-phase-locking", "Bernstein 1987, §3"),
    rule("wait-die", "Rosenkrantz 1978"),
    rule("pre-commit", "Skeen 1981; Bernstein 1987, §7.5"),
    rule("elect-backup", "Skeen 1981; Bernstein 1987, §7.5"),
    rule("termination-rules", "Skeen 1981; Bernstein 1987, §7.5"),
    rule("total-failure", "Bernstein 1987, §7.5"),
    rule("client-repeats", "Birrell & Nelson 1984"),
];

const fn rule(id: &'static str, source: &'static str) -> Rule {
    Rule { id, source }
}
