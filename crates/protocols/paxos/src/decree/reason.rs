//! Why a node does, refuses or ignores something: plain values, turned into a sentence only when shown.

use crate::Ballot;
use crate::decree::{Value, Vote};
use protocol::{NodeId, Phrase, Say};
use serde::Serialize;

/// A reason. The node whose reason it is is not in it: whoever shows it knows that.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    // Timers.
    /// A proposer waits for a majority.
    AwaitsQuorum {
        /// In this ballot.
        ballot: Ballot,
    },
    /// A proposer gives way for a while.
    BacksOff {
        /// How many of its ballots were refused in a row.
        refused: u64,
    },
    /// A learner waits for votes.
    AwaitsNews,

    // Proposers.
    /// A proposer takes a client's value for its own.
    TakesValue {
        /// Whose.
        client: NodeId,
        /// The value.
        value: Value,
    },
    /// A proposer has a value already: this client hears the outcome.
    HasValue {
        /// Who asked.
        client: NodeId,
        /// The value that it has.
        own: Value,
    },
    /// A proposer answers a client.
    TellsOutcome {
        /// Whom.
        client: NodeId,
        /// What was chosen.
        value: Value,
    },
    /// A proposer begins a ballot because a learner wants to know.
    FindsOut {
        /// Who asked.
        learner: NodeId,
    },
    /// A proposer has a ballot under way, or waits to begin one.
    IsAtIt {
        /// Who asked.
        from: NodeId,
        /// Its ballot.
        ballot: Ballot,
    },
    /// Phase 1a.
    AsksPromise {
        /// Whom.
        to: NodeId,
        /// For which ballot.
        ballot: Ballot,
    },
    /// A promise is counted.
    CountsPromise {
        /// Whose.
        from: NodeId,
        /// For which ballot.
        ballot: Ballot,
        /// How many there are.
        have: u64,
        /// How many it takes.
        need: u64,
    },
    /// Nobody has accepted anything, and the proposer has no value of its own.
    NothingToPropose {
        /// In which ballot.
        ballot: Ballot,
    },
    /// Phase 2a.
    AsksAccept {
        /// Whom.
        to: NodeId,
        /// What to accept.
        vote: Vote,
    },
    /// A proposer counts a vote.
    CountsAccepted {
        /// Whose.
        from: NodeId,
        /// In which ballot.
        ballot: Ballot,
        /// How many there are.
        have: u64,
        /// How many it takes.
        need: u64,
    },
    /// An answer is of no use any more.
    LateAnswer {
        /// From whom.
        from: NodeId,
        /// In which ballot.
        ballot: Ballot,
    },
    /// No majority answered in time.
    NoQuorum {
        /// In which ballot.
        ballot: Ballot,
        /// How many did.
        have: u64,
        /// How many it takes.
        need: u64,
    },

    // Acceptors.
    /// Phase 1b.
    Promises {
        /// To whom.
        to: NodeId,
        /// For which ballot.
        ballot: Ballot,
    },
    /// Phase 2b, or the answer to a learner.
    SaysAccepted {
        /// To whom.
        to: NodeId,
        /// What it accepted.
        vote: Vote,
    },
    /// A greater ballot was promised.
    Refuses {
        /// Whom.
        to: NodeId,
        /// The ballot that comes too late.
        ballot: Ballot,
        /// What was promised.
        promised: Ballot,
    },
    /// A learner asks, and there is nothing to tell.
    NothingAccepted {
        /// Who asked.
        learner: NodeId,
    },

    // Learners.
    /// A learner counts a vote.
    CountsVote {
        /// Whose.
        from: NodeId,
        /// The vote.
        vote: Vote,
        /// How many there are.
        have: u64,
        /// How many it takes.
        need: u64,
    },
    /// A learner knows the outcome already.
    LearnedAlready {
        /// Who told it.
        from: NodeId,
    },
    /// What is chosen is told to a learner.
    TellsLearner {
        /// Whom.
        to: NodeId,
        /// What is chosen.
        value: Value,
    },
    /// A learner asks an acceptor.
    AsksAcceptor {
        /// Whom.
        to: NodeId,
    },
    /// A learner asks a proposer: the votes that it knows settle nothing.
    AsksProposer {
        /// Whom.
        to: NodeId,
    },

    // Clients.
    /// A client asks for its value.
    ClientAsks {
        /// Whom.
        to: NodeId,
        /// The value.
        value: Value,
    },
    /// A client asks another proposer.
    ClientAsksAgain {
        /// Who did not answer.
        silent: NodeId,
        /// Whom it asks now.
        next: NodeId,
        /// The value.
        value: Value,
    },
    /// A client waits for the outcome.
    ClientWaits,
    /// Another proposal of the client's is open.
    ClientQueues {
        /// How many come first.
        ahead: u64,
    },
    /// A client waits for no outcome.
    ClientLate {
        /// Who told it.
        by: NodeId,
    },

    /// A message that this kind of node has no use for.
    Misdirected {
        /// From whom.
        from: NodeId,
    },
}

impl Say for Reason {
    fn phrase(&self, me: NodeId) -> Phrase {
        let say = |key| Phrase::new(key).node("me", me);
        let cast = |vote: &Vote, key| vote.phrase(key).node("me", me);
        match self {
            Self::AwaitsQuorum { ballot } => say("reason.awaits-quorum")
                .with("ballot", ballot.arg())
                .by("prepare"),
            Self::BacksOff { refused } => say("reason.backs-off")
                .int("count", *refused)
                .by("back-off"),
            Self::AwaitsNews => say("reason.awaits-news").by("learn"),

            Self::TakesValue { client, value } => say("reason.takes-value")
                .node("client", *client)
                .text("value", value.as_str()),
            Self::HasValue { client, own } => say("reason.has-value")
                .node("client", *client)
                .text("own", own.as_str()),
            Self::TellsOutcome { client, value } => say("reason.tells-outcome")
                .node("client", *client)
                .text("value", value.as_str()),
            Self::FindsOut { learner } => say("reason.finds-out")
                .node("learner", *learner)
                .by("learn"),
            Self::IsAtIt { from, ballot } => say("reason.is-at-it")
                .node("from", *from)
                .with("ballot", ballot.arg()),
            Self::AsksPromise { to, ballot } => say("reason.asks-promise")
                .node("to", *to)
                .with("ballot", ballot.arg())
                .by("prepare"),
            Self::CountsPromise {
                from,
                ballot,
                have,
                need,
            } => say("reason.counts-promise")
                .node("from", *from)
                .with("ballot", ballot.arg())
                .int("have", *have)
                .int("need", *need)
                .by("free-choice"),
            Self::NothingToPropose { ballot } => say("reason.nothing-to-propose")
                .with("ballot", ballot.arg())
                .by("free-choice"),
            Self::AsksAccept { to, vote } => cast(vote, "reason.asks-accept")
                .node("to", *to)
                .by("highest-accepted"),
            Self::CountsAccepted {
                from,
                ballot,
                have,
                need,
            } => say("reason.counts-accepted")
                .node("from", *from)
                .with("ballot", ballot.arg())
                .int("have", *have)
                .int("need", *need)
                .by("chosen"),
            Self::LateAnswer { from, ballot } => say("reason.late-answer")
                .node("from", *from)
                .with("ballot", ballot.arg()),
            Self::NoQuorum { ballot, have, need } => say("reason.no-quorum")
                .with("ballot", ballot.arg())
                .int("have", *have)
                .int("need", *need)
                .by("distinct-ballots"),

            Self::Promises { to, ballot } => say("reason.promises")
                .node("to", *to)
                .with("ballot", ballot.arg())
                .by("promise"),
            Self::SaysAccepted { to, vote } => cast(vote, "reason.says-accepted")
                .node("to", *to)
                .by("accept"),
            Self::Refuses {
                to,
                ballot,
                promised,
            } => say("reason.refuses")
                .node("to", *to)
                .with("ballot", ballot.arg())
                .with("promised", promised.arg())
                .by("refuse"),
            Self::NothingAccepted { learner } => {
                say("reason.nothing-accepted").node("learner", *learner)
            }

            Self::CountsVote {
                from,
                vote,
                have,
                need,
            } => cast(vote, "reason.counts-vote")
                .node("from", *from)
                .int("have", *have)
                .int("need", *need)
                .by("learn"),
            Self::LearnedAlready { from } => say("reason.learned-already").node("from", *from),
            Self::TellsLearner { to, value } => say("reason.tells-learner")
                .node("to", *to)
                .text("value", value.as_str())
                .by("announce"),
            Self::AsksAcceptor { to } => say("reason.asks-acceptor").node("to", *to).by("learn"),
            Self::AsksProposer { to } => say("reason.asks-proposer").node("to", *to).by("learn"),

            Self::ClientAsks { to, value } => say("reason.client-asks")
                .node("to", *to)
                .text("value", value.as_str()),
            Self::ClientAsksAgain {
                silent,
                next,
                value,
            } => say("reason.client-asks-again")
                .node("silent", *silent)
                .node("next", *next)
                .text("value", value.as_str()),
            Self::ClientWaits => say("reason.client-waits"),
            Self::ClientQueues { ahead } => say("reason.client-queues").int("count", *ahead),
            Self::ClientLate { by } => say("reason.client-late").node("by", *by),
            Self::Misdirected { from } => say("reason.misdirected").node("from", *from),
        }
    }
}
