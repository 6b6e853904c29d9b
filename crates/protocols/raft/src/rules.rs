//! The rules that reasons cite: all of figure 2, and what the dissertation adds. Their sentences are in the words.

use protocol::Rule;

/// Every rule, in the order of figure 2.
pub(crate) const RULES: &[Rule] = &[
    rule("persist", "Raft, figure 2, persistent state"),
    rule("vote-stale-term", "Raft, figure 2, RequestVote rule 1"),
    rule("vote-once", "Raft, figure 2, RequestVote rule 2"),
    rule("vote-up-to-date", "Raft, figure 2, RequestVote rule 2"),
    rule("append-stale-term", "Raft, figure 2, AppendEntries rule 1"),
    rule("append-consistency", "Raft, figure 2, AppendEntries rule 2"),
    rule("append-conflict", "Raft, figure 2, AppendEntries rule 3"),
    rule("append-new-entries", "Raft, figure 2, AppendEntries rule 4"),
    rule("append-commit", "Raft, figure 2, AppendEntries rule 5"),
    rule("apply-committed", "Raft, figure 2, all servers, rule 1"),
    rule("newer-term", "Raft, figure 2, all servers, rule 2"),
    rule("follower-responds", "Raft, figure 2, followers, rule 1"),
    rule("election-timeout", "Raft, figure 2, followers, rule 2"),
    rule("candidate-starts", "Raft, figure 2, candidates, rule 1"),
    rule("candidate-wins", "Raft, figure 2, candidates, rule 2"),
    rule("candidate-gives-way", "Raft, figure 2, candidates, rule 3"),
    rule("candidate-again", "Raft, figure 2, candidates, rule 4"),
    rule("leader-heartbeat", "Raft, figure 2, leaders, rule 1"),
    rule("leader-appends", "Raft, figure 2, leaders, rule 2"),
    rule("leader-replicates", "Raft, figure 2, leaders, rule 3"),
    rule("leader-backs-up", "Raft, figure 2, leaders, rule 3; §5.3"),
    rule("leader-commits", "Raft, figure 2, leaders, rule 4; §5.4.2"),
    rule("leader-noop", "Raft, §8"),
    rule("pipelining", "Ongaro 2014, §10.2.1"),
    rule("parallel-write", "Ongaro 2014, §10.2.1"),
    rule("pre-vote", "Ongaro 2014, §9.6"),
    rule("check-quorum", "Ongaro 2014, §6.2"),
    rule("leader-stickiness", "Ongaro 2014, §4.2.3"),
    rule("client-finds-leader", "Ongaro 2014, §6.2"),
    rule("client-session", "Ongaro 2014, §6.3"),
    rule("compaction", "Raft §7; Ongaro 2014, §5.1"),
    rule("snapshot-contents", "Ongaro 2014, §5.1 and §6.3"),
    rule("snapshot-sent", "Raft §7"),
    rule("snapshot-chunks", "Raft, figure 13, rules 2 to 4"),
    rule("snapshot-replaces", "Raft, figure 13, rules 5 to 8"),
    rule("transfer", "Ongaro 2014, §3.10"),
    rule("transfer-vote", "Ongaro 2014, §4.2.3"),
    rule("read-own-term", "Ongaro 2014, §6.4"),
    rule("read-index", "Ongaro 2014, §6.4"),
    rule("lease-read", "Ongaro 2014, §6.4.1"),
    rule("lease-restart", "Ongaro 2014, §6.4.1"),
    rule("lease-waived", "Ongaro 2014, §6.4.1"),
];

const fn rule(id: &'static str, source: &'static str) -> Rule {
    Rule { id, source }
}
