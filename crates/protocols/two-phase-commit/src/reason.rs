//! Why a node does, refuses or ignores something: plain values, turned into a sentence only when shown.

mod say;

use crate::bank::{Account, Refusal};
use protocol::NodeId;
use serde::Serialize;

/// A reason. The node whose reason it is is not in it: whoever shows it knows that.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    // Clients.
    /// It asks its coordinator.
    Asks {
        /// To whom.
        to: NodeId,
        /// Which request.
        number: u64,
    },
    /// No answer came: it repeats the request.
    Repeats {
        /// To whom.
        to: NodeId,
        /// Which request.
        number: u64,
    },
    /// It waits for an answer.
    AwaitsAnswer {
        /// Which request.
        number: u64,
    },
    /// Another operation is outstanding.
    Queued {
        /// How many come first.
        ahead: u64,
    },
    /// The answer belongs to a request that is over.
    LateReply {
        /// Which request.
        number: u64,
    },
    /// There is no such account.
    NoAccount {
        /// Which account.
        account: Account,
    },

    // Coordinators.
    /// It asks a participant to prepare.
    Prepares {
        /// The transaction.
        tx: u64,
        /// To whom.
        to: NodeId,
    },
    /// It waits for votes.
    AwaitsVotes {
        /// The transaction.
        tx: u64,
        /// How many voted yes.
        voted: u64,
        /// How many take part.
        parties: u64,
    },
    /// It counts a vote.
    CountsVote {
        /// The transaction.
        tx: u64,
        /// From whom.
        from: NodeId,
        /// How many voted yes.
        voted: u64,
        /// How many take part.
        parties: u64,
    },
    /// It tells the commit to a participant.
    TellsCommit {
        /// The transaction.
        tx: u64,
        /// To whom.
        to: NodeId,
    },
    /// It tells the commit again: no acknowledgement came.
    TellsCommitAgain {
        /// The transaction.
        tx: u64,
        /// To whom.
        to: NodeId,
        /// How many there are.
        have: u64,
        /// How many take part.
        parties: u64,
    },
    /// It tells the abort to a participant.
    TellsAbort {
        /// The transaction.
        tx: u64,
        /// To whom.
        to: NodeId,
        /// Why.
        why: Refusal,
    },
    /// It tells everybody that all voted yes.
    SaysAllVotedYes {
        /// The transaction.
        tx: u64,
        /// To whom.
        to: NodeId,
    },
    /// It waits for acknowledgements.
    AwaitsAcks {
        /// The transaction.
        tx: u64,
        /// How many there are.
        have: u64,
        /// How many take part.
        parties: u64,
    },
    /// It counts an acknowledgement.
    CountsAck {
        /// The transaction.
        tx: u64,
        /// From whom.
        from: NodeId,
        /// How many there are.
        have: u64,
        /// How many take part.
        parties: u64,
    },
    /// It answers a client.
    Answers {
        /// The transaction.
        tx: u64,
        /// For whom.
        client: NodeId,
        /// Which request.
        number: u64,
    },
    /// It answers a client again.
    AnswersAgain {
        /// For whom.
        client: NodeId,
        /// Which request.
        number: u64,
    },
    /// It is at work on this request already.
    UnderWay {
        /// For whom.
        client: NodeId,
        /// Which request.
        number: u64,
    },
    /// The request is older than one that it has seen.
    OldRequest {
        /// For whom.
        client: NodeId,
        /// Which request.
        number: u64,
        /// The newest request of that client.
        newest: u64,
    },
    /// It answers an inquiry: the transaction is committed.
    KnowsCommit {
        /// The transaction.
        tx: u64,
        /// To whom.
        to: NodeId,
    },
    /// It answers an inquiry: it knows nothing, so it is aborted.
    KnowsNothing {
        /// The transaction.
        tx: u64,
        /// To whom.
        to: NodeId,
    },
    /// It answers an inquiry: it has not decided.
    NotDecided {
        /// The transaction.
        tx: u64,
        /// To whom.
        to: NodeId,
    },
    /// It asks the participants what they decided without it.
    AsksDecision {
        /// The transaction.
        tx: u64,
        /// To whom.
        to: NodeId,
    },
    /// It asks again when this time is over.
    AwaitsDecision {
        /// The transaction.
        tx: u64,
    },
    /// Participants that do not acknowledge are taken for crashed (three phases).
    PassesOver {
        /// The transaction.
        tx: u64,
        /// How many.
        missing: u64,
    },
    /// It has no use for this message.
    NoUse {
        /// The transaction.
        tx: u64,
        /// From whom.
        from: NodeId,
    },

    // Participants.
    /// It votes yes: the locks are its own, and the money is there.
    VotesYes {
        /// The transaction.
        tx: u64,
        /// To whom.
        to: NodeId,
    },
    /// It votes yes again.
    VotesYesAgain {
        /// The transaction.
        tx: u64,
        /// To whom.
        to: NodeId,
    },
    /// It votes no: there is too little in the account.
    TooLittle {
        /// The transaction.
        tx: u64,
        /// Which account.
        account: Account,
        /// What is there.
        balance: u64,
        /// What is to be paid.
        needs: u64,
    },
    /// It votes no: another transaction has the lock, and nobody waits.
    LockTaken {
        /// The transaction.
        tx: u64,
        /// The transaction that has the lock.
        owner: u64,
    },
    /// It votes no: a younger transaction does not wait for an older one.
    Dies {
        /// The transaction.
        tx: u64,
        /// The transaction that has the lock.
        owner: u64,
    },
    /// It votes no: it waited too long for a lock.
    WaitedTooLong {
        /// The transaction.
        tx: u64,
        /// How long, in microseconds.
        waited_us: u64,
    },
    /// It votes no for reasons of its own.
    WillNot {
        /// The transaction.
        tx: u64,
    },
    /// It votes no: it is aborted here already.
    AlreadyOver {
        /// The transaction.
        tx: u64,
    },
    /// It only reads, and is done.
    ReadsOnly {
        /// The transaction.
        tx: u64,
        /// What is there.
        value: u64,
    },
    /// It waits for a lock.
    WaitsForLock {
        /// The transaction.
        tx: u64,
        /// The transaction that has the lock.
        owner: u64,
    },
    /// Waiting for a lock ends by a timeout.
    AwaitsLock {
        /// The transaction.
        tx: u64,
    },
    /// In doubt, it waits for the decision.
    InDoubt {
        /// The transaction.
        tx: u64,
        /// Whose decision.
        coordinator: NodeId,
    },
    /// In doubt, it asks the coordinator.
    AsksCoordinator {
        /// The transaction.
        tx: u64,
        /// To whom.
        to: NodeId,
    },
    /// In doubt, it asks another participant.
    AsksPeer {
        /// The transaction.
        tx: u64,
        /// To whom.
        to: NodeId,
    },
    /// It acknowledges a commit.
    Acknowledges {
        /// The transaction.
        tx: u64,
        /// To whom.
        to: NodeId,
    },
    /// It tells another participant the decision.
    TellsPeer {
        /// The transaction.
        tx: u64,
        /// To whom.
        to: NodeId,
        /// Whether it is a commit.
        commit: bool,
    },
    /// It does not know either.
    InDoubtToo {
        /// The transaction.
        tx: u64,
        /// To whom.
        to: NodeId,
    },
    /// It has refused, so that the other can abort.
    RefusesFor {
        /// The transaction.
        tx: u64,
        /// To whom.
        to: NodeId,
    },
    /// It is told what it knows.
    KnowsAlready {
        /// The transaction.
        tx: u64,
        /// From whom.
        from: NodeId,
    },
    /// The other does not know.
    HearsNothingNew {
        /// The transaction.
        tx: u64,
        /// From whom.
        from: NodeId,
    },
    /// It is still waiting for locks.
    StillWaiting {
        /// The transaction.
        tx: u64,
    },

    // Three phases.
    /// It acknowledges that everybody voted yes.
    AcksPreCommit {
        /// The transaction.
        tx: u64,
        /// To whom.
        to: NodeId,
    },
    /// It asks the first in line to decide.
    Elects {
        /// The transaction.
        tx: u64,
        /// To whom.
        to: NodeId,
        /// Who is silent.
        silent: NodeId,
    },
    /// In the coordinator's place, it asks for states.
    AsksState {
        /// The transaction.
        tx: u64,
        /// To whom.
        to: NodeId,
    },
    /// It waits for states.
    AwaitsStates {
        /// The transaction.
        tx: u64,
    },
    /// It reports its state.
    Reports {
        /// The transaction.
        tx: u64,
        /// To whom.
        to: NodeId,
        /// Whether it knows that everybody voted yes.
        pre_committed: bool,
    },
    /// It counts a state.
    CountsState {
        /// The transaction.
        tx: u64,
        /// From whom.
        from: NodeId,
        /// How many there are.
        have: u64,
        /// Of how many.
        of: u64,
    },
    /// It follows another in the coordinator's place.
    Follows {
        /// The transaction.
        tx: u64,
        /// Whom.
        leader: NodeId,
    },
    /// It follows somebody further down the line already.
    FollowsAnother {
        /// The transaction.
        tx: u64,
        /// From whom.
        from: NodeId,
        /// Whom.
        leader: NodeId,
    },
    /// In the coordinator's place, it makes the others sure before it commits.
    MakesSure {
        /// The transaction.
        tx: u64,
        /// To whom.
        to: NodeId,
    },
    /// In the coordinator's place, it tells its decision.
    TellsDecision {
        /// The transaction.
        tx: u64,
        /// To whom.
        to: NodeId,
        /// Whether it is a commit.
        commit: bool,
    },
    /// It was down since it voted, and takes no part in the decision.
    TakesNoPart {
        /// The transaction.
        tx: u64,
        /// From whom.
        from: NodeId,
    },
    /// All were down, and not all are back.
    NotAllBack {
        /// The transaction.
        tx: u64,
        /// How many are back.
        back: u64,
        /// Of how many.
        of: u64,
    },

    /// A message that this node has no use for.
    Misdirected {
        /// From whom.
        from: NodeId,
    },
}
