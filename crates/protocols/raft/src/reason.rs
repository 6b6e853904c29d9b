//! Why a server does, refuses or ignores something: plain values, turned into a sentence only when shown.

mod reads;
mod say;

pub use reads::ReadReason;

use crate::change::ChangeReason;
use protocol::NodeId;
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
        holders: u16,
        /// Of how many.
        servers: u16,
        /// How many it takes.
        need: u16,
    },
    /// Not committed: enough copies, but the entry is of an older term.
    OlderTerm {
        /// Which entry.
        index: u64,
        /// How many servers have it durably.
        holders: u16,
        /// Of how many.
        servers: u16,
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
        carried: u32,
        /// How many of them were new.
        new: u32,
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

    // Snapshots.
    /// A follower needs an entry that is compacted.
    NeedsSnapshot {
        /// Who.
        to: NodeId,
        /// Which entry it needs.
        next: u64,
        /// The first that is kept.
        first: u64,
    },
    /// A leader sends a chunk of its snapshot.
    SendsChunk {
        /// To whom.
        to: NodeId,
        /// The index that the snapshot stands for.
        index: u64,
        /// The first row of the chunk, from 1.
        first: u32,
        /// The last.
        last: u32,
        /// How many rows the snapshot has.
        rows: u32,
    },
    /// A follower has stored a chunk, and waits for more.
    StoresChunk {
        /// From whom.
        leader: NodeId,
        /// The index that the snapshot stands for.
        index: u64,
        /// How many rows it has now.
        stored: u32,
        /// Of how many.
        rows: u32,
    },
    /// A follower has no use for a chunk here: it says how many rows it has.
    ChunkOutOfPlace {
        /// From whom.
        leader: NodeId,
        /// The chunk's first row, from 1.
        first: u64,
        /// How many rows it has.
        stored: u64,
    },
    /// A follower knows more than the snapshot that it is sent.
    SnapshotKnown {
        /// From whom.
        leader: NodeId,
        /// The index that the snapshot stands for.
        index: u64,
        /// Up to where it has committed.
        commit: u64,
    },
    /// A follower acknowledges a whole snapshot.
    SnapshotStands {
        /// From whom.
        leader: NodeId,
        /// The index that it stands for.
        index: u64,
    },
    /// A leader goes on with entries.
    SnapshotArrived {
        /// At whom.
        from: NodeId,
        /// The index that the snapshot stands for.
        index: u64,
    },
    /// A server tells what came of an order.
    AnswersOrder {
        /// Whom.
        client: NodeId,
        /// Its operation.
        sequence: u64,
    },
    /// A matter of the configuration.
    Change(ChangeReason),

    // Leadership transfer.
    /// A leader waits for another to take over.
    AwaitsTransfer {
        /// Whom.
        to: NodeId,
    },
    /// A leader that hands over takes no new requests.
    TakesNothingNew {
        /// Whose request.
        client: NodeId,
        /// To whom it hands over.
        to: NodeId,
    },
    /// A leader brings the one that is to take over up to date first.
    BringsUpToDate {
        /// Whom.
        to: NodeId,
        /// How far that log is known to agree.
        matched: u64,
        /// Where the leader's ends.
        last: u64,
    },
    /// A leader tells the one that is to take over to start an election.
    SendsTimeoutNow {
        /// Whom.
        to: NodeId,
        /// Where both logs end.
        last: u64,
    },
    /// A server starts an election because its leader wants it to.
    TakesOver {
        /// The leader.
        leader: NodeId,
        /// Its term.
        term: u64,
    },
    /// A voter does not stand by its leader: the leader wants the candidate.
    LeaderWantsIt {
        /// Whom.
        candidate: NodeId,
    },
    /// A leader that was deposed does not know who leads: the client is to ask the one that was to take over.
    PointsToSuccessor {
        /// Which client.
        client: NodeId,
        /// Whom.
        to: NodeId,
    },

    /// What concerns reads without log entries.
    Read(ReadReason),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_small_to_copy() {
        assert!(size_of::<Reason>() <= 32);
    }
}
