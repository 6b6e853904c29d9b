//! The sound protocol, and variants that are broken on purpose: each leaves out one thing that the paper demands.

use protocol::Variant as Spec;

/// Which protocol runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Variant {
    /// As the paper says.
    #[default]
    Sound,
    /// A vote is not saved: a restarted server may vote twice in one term (against figure 2, persistent state).
    VoteNotSaved,
    /// Votes do not compare logs (against §5.4.1).
    NoElectionRestriction,
    /// The leader commits entries of older terms by counting copies (against §5.4.2).
    CommitOlderTerm,
    /// Followers append without comparing the previous entry (against §5.3).
    NoConsistencyCheck,
    /// Followers drop everything after the previous entry, conflict or not (against figure 2, AppendEntries rule 3).
    TruncateAlways,
    /// The leader commits with half of the servers, rounded down (against figure 2, leaders).
    MinorityCommit,
    /// Entries are acknowledged, and counted by the leader itself, before they are durable (against figure 2, persistent state).
    AckBeforeSave,
    /// A snapshot has the sessions' names, and not what they have asked (against Ongaro 2014, §6.3).
    SnapshotForgetsSessions,
    /// An installed snapshot takes the whole log away, whatever follows it there (against figure 13, rule 6).
    InstallDiscardsLog,
    /// A leader changes the configuration before it has committed an entry of its own term (against what Ongaro added to Ongaro
    /// 2014, §4.1, in July 2015).
    ChangeWithoutNoop,
    /// In joint consensus a majority of the new voters is enough (against Raft §6).
    JointOneMajority,
    /// Whom the leader hands over to leads at once, without an election (against Ongaro 2014, §3.10).
    TransferWithoutVotes,
    /// A leader answers reads without showing first that it still leads (against Ongaro 2014, §6.4).
    ReadWithoutRound,
    /// A lease is as long as the election timeout, with nothing for clocks that drift (against Ongaro 2014, §6.4.1).
    LeaseWithoutAllowance,
}

/// The table of variants; the first is the sound one.
pub(crate) const VARIANTS: &[Spec<Variant>] = &[
    spec("sound", Variant::Sound, None),
    spec(
        "vote-not-saved",
        Variant::VoteNotSaved,
        Some("election-safety"),
    ),
    spec(
        "no-election-restriction",
        Variant::NoElectionRestriction,
        Some("leader-completeness"),
    ),
    spec(
        "commit-older-term",
        Variant::CommitOlderTerm,
        Some("leader-completeness"),
    ),
    spec(
        "no-consistency-check",
        Variant::NoConsistencyCheck,
        Some("log-matching"),
    ),
    spec(
        "truncate-always",
        Variant::TruncateAlways,
        Some("leader-completeness"),
    ),
    spec(
        "minority-commit",
        Variant::MinorityCommit,
        Some("leader-completeness"),
    ),
    spec(
        "ack-before-save",
        Variant::AckBeforeSave,
        Some("leader-completeness"),
    ),
    spec(
        "snapshot-forgets-sessions",
        Variant::SnapshotForgetsSessions,
        Some("exactly-once"),
    ),
    spec(
        "install-discards-log",
        Variant::InstallDiscardsLog,
        Some("leader-completeness"),
    ),
    spec(
        "change-without-noop",
        Variant::ChangeWithoutNoop,
        Some("leader-completeness"),
    ),
    spec(
        "joint-one-majority",
        Variant::JointOneMajority,
        Some("leader-completeness"),
    ),
    spec(
        "transfer-without-votes",
        Variant::TransferWithoutVotes,
        Some("election-safety"),
    ),
    spec(
        "read-without-round",
        Variant::ReadWithoutRound,
        Some("reads-current"),
    ),
    spec(
        "lease-without-allowance",
        Variant::LeaseWithoutAllowance,
        Some("lease-reads-current"),
    ),
];

const fn spec(id: &'static str, value: Variant, breaks: Option<&'static str>) -> Spec<Variant> {
    Spec { id, value, breaks }
}
