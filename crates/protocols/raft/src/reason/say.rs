//! The sentence of each reason: its key in the words, its values, and the rule that it follows.

use super::Reason;
use protocol::{NodeId, Phrase, Say};

impl Say for Reason {
    fn phrase(&self, me: NodeId) -> Phrase {
        let say = |key| Phrase::new(key).node("me", me);
        match *self {
            Self::AwaitsLeader => say("reason.awaits-leader").by("election-timeout"),
            Self::AwaitsVotes => say("reason.awaits-votes").by("candidate-again"),
            Self::AwaitsHeartbeat => say("reason.awaits-heartbeat").by("leader-heartbeat"),
            Self::AwaitsQuorum => say("reason.awaits-quorum").by("check-quorum"),
            Self::QuorumHeard { heard, servers } => say("reason.quorum-heard")
                .int("heard", heard)
                .int("servers", servers)
                .by("check-quorum"),

            Self::AsksPreVote { to, term } => say("reason.asks-pre-vote")
                .node("to", to)
                .int("term", term)
                .by("pre-vote"),
            Self::AsksVote { to, term } => say("reason.asks-vote")
                .node("to", to)
                .int("term", term)
                .by("candidate-starts"),
            Self::WouldVote { candidate, term } => say("reason.would-vote")
                .node("candidate", candidate)
                .int("term", term)
                .by("pre-vote"),
            Self::VotesInNewerTerm {
                candidate,
                term,
                before,
            } => say("reason.votes-in-newer-term")
                .node("candidate", candidate)
                .int("term", term)
                .int("before", before)
                .by("vote-up-to-date"),
            Self::VoteWasFree { candidate, term } => say("reason.vote-was-free")
                .node("candidate", candidate)
                .int("term", term)
                .by("vote-up-to-date"),
            Self::VotesAgain { candidate, term } => say("reason.votes-again")
                .node("candidate", candidate)
                .int("term", term)
                .by("vote-once"),
            Self::CandidateInOldTerm {
                candidate,
                term,
                current,
            } => say("reason.candidate-in-old-term")
                .node("candidate", candidate)
                .int("term", term)
                .int("current", current)
                .by("vote-stale-term"),
            Self::VotedAlready {
                candidate,
                voted_for,
                term,
            } if voted_for == me => say("reason.voted-for-itself")
                .node("candidate", candidate)
                .int("term", term)
                .by("vote-once"),
            Self::VotedAlready {
                candidate,
                voted_for,
                term,
            } => say("reason.voted-already")
                .node("candidate", candidate)
                .node("other", voted_for)
                .int("term", term)
                .by("vote-once"),
            Self::CandidateLogOlder {
                candidate,
                theirs,
                mine,
            } => say("reason.candidate-log-older")
                .node("candidate", candidate)
                .int("theirs", theirs)
                .int("mine", mine)
                .by("vote-up-to-date"),
            Self::CandidateLogShorter {
                candidate,
                theirs,
                mine,
            } => say("reason.candidate-log-shorter")
                .node("candidate", candidate)
                .int("theirs", theirs)
                .int("mine", mine)
                .by("vote-up-to-date"),
            Self::LeaderIsAlive {
                candidate,
                leader,
                heard_us,
                lease_us,
            } => say("reason.leader-is-alive")
                .node("candidate", candidate)
                .node("leader", leader)
                .us("heard", heard_us)
                .us("lease", lease_us)
                .by("leader-stickiness"),
            Self::LeadsItself { candidate, term } => say("reason.leads-itself")
                .node("candidate", candidate)
                .int("term", term)
                .by("leader-stickiness"),
            Self::CountsPreVote { from, have, need } => say("reason.counts-pre-vote")
                .node("from", from)
                .int("have", have)
                .int("need", need)
                .by("pre-vote"),
            Self::CountsPreRefusal {
                from,
                refused,
                servers,
            } => say("reason.counts-pre-refusal")
                .node("from", from)
                .int("refused", refused)
                .int("servers", servers)
                .by("pre-vote"),
            Self::CountsVote { from, have, need } => say("reason.counts-vote")
                .node("from", from)
                .int("have", have)
                .int("need", need)
                .by("candidate-wins"),
            Self::CountsRefusal {
                from,
                refused,
                servers,
            } => say("reason.counts-refusal")
                .node("from", from)
                .int("refused", refused)
                .int("servers", servers)
                .by("candidate-wins"),
            Self::LateReply { from, term } => say("reason.late-reply")
                .node("from", from)
                .int("term", term),
            Self::SeesNewerTerm { from, term, before } => say("reason.sees-newer-term")
                .node("from", from)
                .int("term", term)
                .int("before", before)
                .by("newer-term"),

            Self::Heartbeat { to, term } => say("reason.heartbeat")
                .node("to", to)
                .int("term", term)
                .by("leader-heartbeat"),
            Self::Replicates { to, first, last } => if first == last {
                say("reason.replicates")
            } else {
                say("reason.replicates-range").int("last", last)
            }
            .node("to", to)
            .int("first", first)
            .by("leader-replicates"),
            Self::FirstOfTerm { index, term } => say("reason.first-of-term")
                .int("index", index)
                .int("term", term)
                .by("leader-noop"),
            Self::OwnDisk { index } => say("reason.own-disk")
                .int("index", index)
                .by("parallel-write"),
            Self::BacksUp { to, hint, next } => say("reason.backs-up")
                .node("to", to)
                .int("hint", hint)
                .int("next", next)
                .by("leader-backs-up"),
            Self::LateRefusal {
                from,
                prev,
                matched,
            } => say("reason.late-refusal")
                .node("from", from)
                .int("prev", prev)
                .int("matched", matched),
            Self::WindowFull { to, in_flight } => say("reason.window-full")
                .node("to", to)
                .int("count", in_flight)
                .by("pipelining"),
            Self::NotYetMajority {
                index,
                holders,
                servers,
                need,
            } => say("reason.not-yet-majority")
                .int("index", index)
                .int("holders", holders.into())
                .int("servers", servers.into())
                .int("need", need.into())
                .by("leader-commits"),
            Self::OlderTerm {
                index,
                holders,
                servers,
                entry_term,
                term,
            } => say("reason.older-term")
                .int("index", index)
                .int("holders", holders.into())
                .int("servers", servers.into())
                .int("entry_term", entry_term)
                .int("term", term)
                .by("leader-commits"),

            Self::HeardLeader {
                leader,
                match_index,
            } => say("reason.heard-leader")
                .node("leader", leader)
                .int("index", match_index)
                .by("follower-responds"),
            Self::Appended {
                leader,
                carried,
                new,
                match_index,
            } => if new == 0 {
                say("reason.had-already").int("count", carried.into())
            } else {
                say("reason.appended").int("count", new.into())
            }
            .node("leader", leader)
            .int("index", match_index)
            .by("append-new-entries"),
            Self::LeaderInOldTerm {
                leader,
                term,
                current,
            } => say("reason.leader-in-old-term")
                .node("leader", leader)
                .int("term", term)
                .int("current", current)
                .by("append-stale-term"),
            Self::PrevMissing { leader, prev, last } => say("reason.prev-missing")
                .node("leader", leader)
                .int("prev", prev)
                .int("last", last)
                .by("append-consistency"),
            Self::PrevConflicts {
                leader,
                prev,
                theirs,
                mine,
            } => say("reason.prev-conflicts")
                .node("leader", leader)
                .int("prev", prev)
                .int("theirs", theirs)
                .int("mine", mine)
                .by("append-consistency"),
            Self::LearnsCommit {
                leader,
                index,
                leader_commit,
            } => say("reason.learns-commit")
                .node("leader", leader)
                .int("index", index)
                .int("leader_commit", leader_commit)
                .by("append-commit"),
            Self::TwoLeaders { other, term } => say("reason.two-leaders")
                .node("other", other)
                .int("term", term),

            Self::NamesLeader { client, leader } => say("reason.names-leader")
                .node("client", client)
                .node("leader", leader)
                .by("client-finds-leader"),
            Self::KnowsNoLeader { client } => say("reason.knows-no-leader")
                .node("client", client)
                .by("client-finds-leader"),
            Self::TakesRequest {
                client,
                sequence,
                index,
            } => say("reason.takes-request")
                .node("client", client)
                .operation("sequence", sequence)
                .int("index", index)
                .by("leader-appends"),
            Self::TakesRegistration { client, index } => say("reason.takes-registration")
                .node("client", client)
                .int("index", index)
                .by("client-session"),
            Self::AnswersApplied {
                client,
                sequence,
                index,
            } => say("reason.answers-applied")
                .node("client", client)
                .operation("sequence", sequence)
                .int("index", index)
                .by("leader-appends"),
            Self::AnswersAgain { client, sequence } => say("reason.answers-again")
                .node("client", client)
                .operation("sequence", sequence)
                .by("client-session"),
            Self::SessionOpen { client, session } => say("reason.session-open")
                .node("client", client)
                .int("session", session)
                .by("client-session"),
            Self::SessionUnknown { client, session } => say("reason.session-unknown")
                .node("client", client)
                .int("session", session)
                .by("client-session"),
            Self::CommandOutdated { client, sequence } => say("reason.command-outdated")
                .node("client", client)
                .operation("sequence", sequence)
                .by("client-session"),
            Self::Misdirected { from } => say("reason.misdirected").node("from", from),
            Self::Client(reason) => reason.phrase(me),

            Self::NeedsSnapshot { to, next, first } => say("reason.needs-snapshot")
                .node("to", to)
                .int("next", next)
                .int("first", first)
                .by("snapshot-sent"),
            Self::SendsChunk {
                to,
                index,
                first,
                last,
                rows,
            } => say("reason.sends-chunk")
                .node("to", to)
                .int("index", index)
                .int("first", first.into())
                .int("last", last.into())
                .int("rows", rows.into())
                .by("snapshot-chunks"),
            Self::StoresChunk {
                leader,
                index,
                stored,
                rows,
            } => say("reason.stores-chunk")
                .node("leader", leader)
                .int("index", index)
                .int("stored", stored.into())
                .int("rows", rows.into())
                .by("snapshot-chunks"),
            Self::ChunkOutOfPlace {
                leader,
                first,
                stored,
            } => say("reason.chunk-out-of-place")
                .node("leader", leader)
                .int("first", first)
                .int("stored", stored)
                .by("snapshot-chunks"),
            Self::SnapshotKnown {
                leader,
                index,
                commit,
            } => say("reason.snapshot-known")
                .node("leader", leader)
                .int("index", index)
                .int("commit", commit)
                .by("snapshot-replaces"),
            Self::SnapshotStands { leader, index } => say("reason.snapshot-stands")
                .node("leader", leader)
                .int("index", index)
                .by("snapshot-replaces"),
            Self::SnapshotArrived { from, index } => say("reason.snapshot-arrived")
                .node("from", from)
                .int("index", index)
                .by("snapshot-sent"),
            Self::Change(reason) => reason.phrase(me),
            Self::AnswersOrder { client, sequence } => say("reason.answers-order")
                .node("client", client)
                .operation("sequence", sequence),

            Self::AwaitsTransfer { to } => {
                say("reason.awaits-transfer").node("to", to).by("transfer")
            }
            Self::TakesNothingNew { client, to } => say("reason.takes-nothing-new")
                .node("client", client)
                .node("to", to)
                .by("transfer"),
            Self::BringsUpToDate { to, matched, last } => say("reason.brings-up-to-date")
                .node("to", to)
                .int("matched", matched)
                .int("last", last)
                .by("transfer"),
            Self::SendsTimeoutNow { to, last } => say("reason.sends-timeout-now")
                .node("to", to)
                .int("last", last)
                .by("transfer"),
            Self::TakesOver { leader, term } => say("reason.takes-over")
                .node("leader", leader)
                .int("term", term)
                .by("transfer"),
            Self::LeaderWantsIt { candidate } => say("reason.leader-wants-it")
                .node("candidate", candidate)
                .by("transfer-vote"),
            Self::PointsToSuccessor { client, to } => say("reason.points-to-successor")
                .node("client", client)
                .node("to", to)
                .by("transfer"),

            Self::Read(reason) => reason.phrase(me),
        }
    }
}
