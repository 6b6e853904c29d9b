//! What Raft promises: the promises with their sources, and the place of each.

use protocol::{Assumptions, Property, PropertyKind};

/// The promises, in the order of the indices below.
pub(crate) const PROPERTIES: &[Property] = &[
    always("election-safety", "Raft §5.2, figure 3"),
    always("leader-append-only", "Raft §5.3, figure 3"),
    always("log-matching", "Raft §5.3, figure 3"),
    always("leader-completeness", "Raft §5.4, figure 3"),
    always("state-machine-safety", "Raft §5.4.3, figure 3"),
    always("exactly-once", "Ongaro 2014, §6.3"),
    property("leader-elected", PropertyKind::Sometimes, "Raft §5.2"),
    property("entry-committed", PropertyKind::Sometimes, "Raft §5.3"),
    property("has-leader", PropertyKind::Eventually, "Raft §5.2, §5.6"),
    property(
        "requests-answered",
        PropertyKind::Eventually,
        "Raft §8; Ongaro 2014, §6.2",
    ),
    always("reads-current", "Ongaro 2014, §6.4"),
    Property {
        id: "lease-reads-current",
        kind: PropertyKind::Always,
        assumes: Assumptions {
            // The least that a cluster can be told to rely on.
            drift_ppm_max: Some(200_000),
            ..Assumptions::ASYNCHRONOUS
        },
        source: "Ongaro 2014, §6.4.1",
    },
];

/// How many of the last of them came later: see [`protocol::Protocol::PROPERTIES_LATER`].
pub(crate) const LATER: usize = 2;

pub(super) const ELECTION_SAFETY: usize = 0;
pub(super) const LEADER_APPEND_ONLY: usize = 1;
pub(super) const LOG_MATCHING: usize = 2;
pub(super) const LEADER_COMPLETENESS: usize = 3;
pub(super) const STATE_MACHINE_SAFETY: usize = 4;
pub(super) const EXACTLY_ONCE: usize = 5;
pub(super) const LEADER_ELECTED: usize = 6;
pub(super) const ENTRY_COMMITTED: usize = 7;
pub(super) const HAS_LEADER: usize = 8;
pub(super) const REQUESTS_ANSWERED: usize = 9;
pub(super) const READS_CURRENT: usize = 10;
pub(super) const LEASE_READS_CURRENT: usize = 11;

const fn always(id: &'static str, source: &'static str) -> Property {
    property(id, PropertyKind::Always, source)
}

const fn property(id: &'static str, kind: PropertyKind, source: &'static str) -> Property {
    Property {
        id,
        kind,
        assumes: Assumptions::ASYNCHRONOUS,
        source,
    }
}
