//! Why a server does, refuses or ignores something: plain values, turned into a sentence only when shown.

use crate::nodes::NodeSet;
use protocol::{NodeId, Phrase, Say};
use replicated::ClientReason;
use serde::Serialize;

/// A reason. The server whose reason it is is not in it: whoever shows it knows that.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    // Timers.
    /// The election timer waits for silence.
    AwaitsLeader,
    /// The election timer waits for votes.
    AwaitsVotes,
    /// The heartbeat timer waits for the next heartbeat.
    AwaitsHeartbeat,
    /// The quorum timer waits for the next look at who answered.
    AwaitsQuorum,
    /// A leader heard from enough servers since it last looked.
    QuorumHeard {
        /// How many, itself included.
        heard: u64,
        /// Of how many.
        servers: u64,
    },

    // Elections.
    /// A server asks whether it could win.
    AsksPreVote {
        /// Whom.
        to: NodeId,
        /// The term it would lead.
        term: u64,
    },
    /// A candidate asks for a vote.
    AsksVote {
        /// Whom.
        to: NodeId,
        /// The term it wants to lead.
        term: u64,
    },
    /// A voter says that it would vote.
    WouldVote {
        /// For whom.
        candidate: NodeId,
        /// In which term.
        term: u64,
    },
    /// A voter grants, in a term newer than its own.
    VotesInNewerTerm {
        /// For whom.
        candidate: NodeId,
        /// The new term.
        term: u64,
        /// The voter's term before.
        before: u64,
    },
    /// A voter grants: its vote in this term was free.
    VoteWasFree {
        /// For whom.
        candidate: NodeId,
        /// In which term.
        term: u64,
    },
    /// A voter grants again: it voted for this candidate already.
    VotesAgain {
        /// For whom.
        candidate: NodeId,
        /// In which term.
        term: u64,
    },
    /// A voter refuses: the request is of an old term.
    CandidateInOldTerm {
        /// Whom.
        candidate: NodeId,
        /// The term that was asked for.
        term: u64,
        /// The voter's term.
        current: u64,
    },
    /// A voter refuses: its vote is given.
    VotedAlready {
        /// Whom it refuses.
        candidate: NodeId,
        /// For whom it voted.
        voted_for: NodeId,
        /// In which term.
        term: u64,
    },
    /// A voter refuses: the candidate's last entry is of an older term.
    CandidateLogOlder {
        /// Whom it refuses.
        candidate: NodeId,
        /// The term of the candidate's last entry.
        theirs: u64,
        /// The term of the voter's last entry.
        mine: u64,
    },
    /// A voter refuses: the last terms are equal, and the candidate's log is shorter.
    CandidateLogShorter {
        /// Whom it refuses.
        candidate: NodeId,
        /// The index of the candidate's last entry.
        theirs: u64,
        /// The index of the voter's last entry.
        mine: u64,
    },
    /// A voter refuses: it heard from a leader a moment ago.
    LeaderIsAlive {
        /// Whom it refuses.
        candidate: NodeId,
        /// The leader.
        leader: NodeId,
        /// How long ago, in microseconds.
        heard_us: u64,
        /// How long it stands by the leader, in microseconds.
        lease_us: u64,
    },
    /// A leader refuses: it leads, and looks after its majority by itself.
    LeadsItself {
        /// Whom it refuses.
        candidate: NodeId,
        /// The term it leads.
        term: u64,
    },
    /// A pre-candidate counts who would vote for it.
    CountsPreVote {
        /// Who would.
        from: NodeId,
        /// How many would, itself included.
        have: u64,
        /// How many it needs.
        need: u64,
    },
    /// A pre-candidate counts who would not.
    CountsPreRefusal {
        /// Who would not.
        from: NodeId,
        /// How many would not.
        refused: u64,
        /// Of how many servers.
        servers: u64,
    },
    /// A candidate counts a vote.
    CountsVote {
        /// Whose.
        from: NodeId,
        /// How many it has, its own included.
        have: u64,
        /// How many it needs.
        need: u64,
    },
    /// A candidate counts a refusal.
    CountsRefusal {
        /// Whose.
        from: NodeId,
        /// How many refused.
        refused: u64,
        /// Of how many servers.
        servers: u64,
    },
    /// A reply is of no use any more.
    LateReply {
        /// From whom.
        from: NodeId,
        /// Its term.
        term: u64,
    },
    /// A server sees a newer term and takes it over.
    SeesNewerTerm {
        /// In whose message.
        from: NodeId,
        /// The newer term.
        term: u64,
        /// Its own term before.
        before: u64,
    },

    // Replication, the leader's side.
    /// A new leader begins its term in the log.
    FirstOfTerm {
        /// Where.
        index: u64,
        /// Its term.
        term: u64,
    },
    /// A leader does not count itself yet.
    OwnDisk {
        /// For which entry.
        index: u64,
    },
    /// A leader tells that it is there.
    Heartbeat {
        /// Whom.
        to: NodeId,
        /// Its term.
        term: u64,
    },
    /// A leader sends entries.
    Replicates {
        /// To whom.
        to: NodeId,
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
    },
    /// A leader backs up after a refusal.
    BacksUp {
        /// In whose log.
        to: NodeId,
        /// No later entry of the follower's can agree.
        hint: u64,
        /// What it sends next.
        next: u64,
    },
    /// A refusal says nothing new.
    LateRefusal {
        /// From whom.
        from: NodeId,
        /// The previous index that was refused.
        prev: u64,
        /// How far that follower's log is known to agree.
        matched: u64,
    },
    /// The leader sends no more until acknowledgements come.
    WindowFull {
        /// To whom.
        to: NodeId,
        /// How many appends are on their way.
        in_flight: u64,
    },
    /// Not yet committed: too few copies.
    NotYetMajority {
        /// The newest acknowledged entry.
        index: u64,
        /// How many servers have it durably.
        holders: u64,
        /// Of how many.
        servers: u64,
        /// How many it takes.
        need: u64,
    },
    /// Not committed: enough copies, but the entry is of an older term.
    OlderTerm {
        /// Which entry.
        index: u64,
        /// How many servers have it durably.
        holders: u64,
        /// Of how many.
        servers: u64,
        /// The entry's term.
        entry_term: u64,
        /// The leader's term.
        term: u64,
    },

    // Replication, the follower's side.
    /// A follower answers a heartbeat.
    HeardLeader {
        /// From whom.
        leader: NodeId,
        /// How far its log agrees with the leader's.
        match_index: u64,
    },
    /// A follower acknowledges entries.
    Appended {
        /// From whom.
        leader: NodeId,
        /// How many entries came.
        carried: u64,
        /// How many of them were new.
        new: u64,
        /// How far its log agrees now.
        match_index: u64,
    },
    /// A follower refuses: the sender is of an old term.
    LeaderInOldTerm {
        /// Whom.
        leader: NodeId,
        /// The sender's term.
        term: u64,
        /// Its own.
        current: u64,
    },
    /// A follower refuses: its log ends before the previous entry.
    PrevMissing {
        /// Whom.
        leader: NodeId,
        /// The previous index that was named.
        prev: u64,
        /// Where its log ends.
        last: u64,
    },
    /// A follower refuses: the previous entry is of another term.
    PrevConflicts {
        /// Whom.
        leader: NodeId,
        /// The previous index that was named.
        prev: u64,
        /// The term that was named.
        theirs: u64,
        /// The term that stands there.
        mine: u64,
    },
    /// A follower learns that more is committed.
    LearnsCommit {
        /// From whom.
        leader: NodeId,
        /// Up to which index it commits now.
        index: u64,
        /// The leader's commit index.
        leader_commit: u64,
    },
    /// A leader hears of another leader in its own term: impossible unless a rule is broken.
    TwoLeaders {
        /// The other.
        other: NodeId,
        /// The term.
        term: u64,
    },

    // Clients.
    /// A server does not lead, and names the leader.
    NamesLeader {
        /// To which client.
        client: NodeId,
        /// Whom.
        leader: NodeId,
    },
    /// A server does not lead, and knows nobody who does.
    KnowsNoLeader {
        /// Which client asked.
        client: NodeId,
    },
    /// A leader takes a request into its log.
    TakesRequest {
        /// Whose.
        client: NodeId,
        /// Its operation.
        sequence: u64,
        /// Where it stands.
        index: u64,
    },
    /// A leader takes the opening of a session into its log.
    TakesRegistration {
        /// Whose.
        client: NodeId,
        /// Where it stands: the session's number to be.
        index: u64,
    },
    /// A leader answers what is committed and applied.
    AnswersApplied {
        /// Whom.
        client: NodeId,
        /// Its operation.
        sequence: u64,
        /// Where it stands.
        index: u64,
    },
    /// A leader answers a retry from the session.
    AnswersAgain {
        /// Whom.
        client: NodeId,
        /// Its operation.
        sequence: u64,
    },
    /// A leader tells a client that its session is open.
    SessionOpen {
        /// Whom.
        client: NodeId,
        /// The session.
        session: u64,
    },
    /// A leader tells a client that its session is not known.
    SessionUnknown {
        /// Whom.
        client: NodeId,
        /// The session.
        session: u64,
    },
    /// A client's command is older than one that was applied: nobody waits for it.
    CommandOutdated {
        /// Whose.
        client: NodeId,
        /// Its operation.
        sequence: u64,
    },
    /// A message that this kind of node has no use for.
    Misdirected {
        /// From whom.
        from: NodeId,
    },
    /// A client's own reason.
    Client(ClientReason),
}

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
                .int("holders", holders)
                .int("servers", servers)
                .int("need", need)
                .by("leader-commits"),
            Self::OlderTerm {
                index,
                holders,
                servers,
                entry_term,
                term,
            } => say("reason.older-term")
                .int("index", index)
                .int("holders", holders)
                .int("servers", servers)
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
                say("reason.had-already").int("count", carried)
            } else {
                say("reason.appended").int("count", new)
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
                .int("sequence", sequence)
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
                .int("sequence", sequence)
                .int("index", index)
                .by("leader-appends"),
            Self::AnswersAgain { client, sequence } => say("reason.answers-again")
                .node("client", client)
                .int("sequence", sequence)
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
                .int("sequence", sequence)
                .by("client-session"),
            Self::Misdirected { from } => say("reason.misdirected").node("from", from),
            Self::Client(reason) => reason.phrase(me),
        }
    }
}

/// Servers in a sentence.
pub(crate) fn with_nodes(phrase: Phrase, name: &'static str, nodes: NodeSet) -> Phrase {
    phrase.nodes(name, nodes.iter())
}
