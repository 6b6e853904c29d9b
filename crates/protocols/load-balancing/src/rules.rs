//! The rules that reasons cite. Their sentences are in the words.

use protocol::Rule;

/// Every rule: the policies first, then what guards the servers.
pub(crate) const RULES: &[Rule] = &[
    rule("turn", "RFC 1794"),
    rule("smooth-weights", "nginx 1.3.1, smooth weighted round robin"),
    rule("chance", "Mitzenmacher 2001, §1"),
    rule("least", "Zhang 2000, Linux Virtual Server, §4"),
    rule("choices", "Mitzenmacher 2001, §1"),
    rule("stale-load", "Dahlin 2000, §3"),
    rule("idle-queue", "Lu 2011, §3"),
    rule("peak-ewma", "Finagle, PeakEwma"),
    rule("ring", "Karger 1997, §4"),
    rule("bounded-loads", "Mirrokni 2018, §1"),
    rule("jump", "Lamping and Veach 2014, figure 1"),
    rule("maglev", "Eisenbud 2016, §3.4"),
    rule("central-queue", "Kleinrock 1975, §3.5"),
    rule("retry-elsewhere", "Envoy, retries: previous hosts"),
    rule("retry-budget", "Google SRE 2016, chapter 21"),
    rule("reject", "Google SRE 2016, chapter 22"),
    rule("probe", "Envoy, health checking"),
    rule("eject", "Envoy, outlier detection"),
    rule("panic", "Envoy, panic threshold"),
    rule("slow-start", "Envoy, slow start mode"),
];

const fn rule(id: &'static str, source: &'static str) -> Rule {
    Rule { id, source }
}
