//! The rules that reasons cite. Their sentences are in the words.

use protocol::Rule;

/// Every rule.
pub(crate) const RULES: &[Rule] = &[
    rule("split", "Dean & Ghemawat 2004, §3.1 (1)"),
    rule("idle-workers", "Dean & Ghemawat 2004, §3.1 (2)"),
    rule("map", "Dean & Ghemawat 2004, §3.1 (3)"),
    rule("local-disk", "Dean & Ghemawat 2004, §3.1 (4)"),
    rule("fetch", "Dean & Ghemawat 2004, §3.1 (5)"),
    rule("reduce", "Dean & Ghemawat 2004, §3.1 (6)"),
    rule("wake-client", "Dean & Ghemawat 2004, §3.1 (7)"),
    rule("locations", "Dean & Ghemawat 2004, §3.2"),
    rule("ping", "Dean & Ghemawat 2004, §3.3"),
    rule("redo", "Dean & Ghemawat 2004, §3.3"),
    rule("checkpoint", "Dean & Ghemawat 2004, §3.3"),
    rule("abort", "Dean & Ghemawat 2004, §3.3"),
    rule("complete-once", "Dean & Ghemawat 2004, §3.3"),
    rule("rename", "Dean & Ghemawat 2004, §3.3"),
    rule("locality", "Dean & Ghemawat 2004, §3.4"),
    rule("straggler", "Dean & Ghemawat 2004, §3.6"),
    rule("backup", "Dean & Ghemawat 2004, §3.6"),
    rule("partition", "Dean & Ghemawat 2004, §4.1"),
    rule("order", "Dean & Ghemawat 2004, §4.2"),
    rule("combine", "Dean & Ghemawat 2004, §4.3"),
];

const fn rule(id: &'static str, source: &'static str) -> Rule {
    Rule { id, source }
}
