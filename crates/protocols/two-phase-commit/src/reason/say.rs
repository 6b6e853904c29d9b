//! The sentence of each reason: its key in the words, its values, and the rule that it follows.

use super::Reason;
use protocol::{NodeId, Phrase, Say};

impl Say for Reason {
    fn phrase(&self, me: NodeId) -> Phrase {
        let say = |key| Phrase::new(key).node("me", me);
        match *self {
            Self::Asks { to, number } => say("reason.asks")
                .node("to", to)
                .operation("number", number)
                .by("client-repeats"),
            Self::Repeats { to, number } => say("reason.repeats")
                .node("to", to)
                .operation("number", number)
                .by("client-repeats"),
            Self::AwaitsAnswer { number } => {
                say("reason.awaits-answer").operation("number", number)
            }
            Self::Queued { ahead } => say("reason.queued").int("ahead", ahead),
            Self::LateReply { number } => say("reason.late-reply").operation("number", number),
            Self::NoAccount { account } => {
                say("reason.no-account").text("account", account.to_string())
            }
            Self::Prepares { tx, to } => say("reason.prepares")
                .int("tx", tx)
                .node("to", to)
                .by("prepare"),
            Self::AwaitsVotes { tx, voted, parties } => say("reason.awaits-votes")
                .int("tx", tx)
                .int("voted", voted)
                .int("parties", parties)
                .by("vote-timeout"),
            Self::CountsVote {
                tx,
                from,
                voted,
                parties,
            } => say("reason.counts-vote")
                .int("tx", tx)
                .node("from", from)
                .int("voted", voted)
                .int("parties", parties)
                .by("prepare"),
            Self::TellsCommit { tx, to } => say("reason.tells-commit")
                .int("tx", tx)
                .node("to", to)
                .by("force-commit"),
            Self::TellsCommitAgain {
                tx,
                to,
                have,
                parties,
            } => say("reason.tells-commit-again")
                .int("tx", tx)
                .node("to", to)
                .int("have", have)
                .int("parties", parties)
                .by("acknowledge"),
            Self::TellsAbort { tx, to, why } => say("reason.tells-abort")
                .int("tx", tx)
                .node("to", to)
                .word("why", why.word())
                .by("abort-not-forced"),
            Self::SaysAllVotedYes { tx, to } => say("reason.says-all-voted-yes")
                .int("tx", tx)
                .node("to", to)
                .by("pre-commit"),
            Self::AwaitsAcks { tx, have, parties } => say("reason.awaits-acks")
                .int("tx", tx)
                .int("have", have)
                .int("parties", parties)
                .by("acknowledge"),
            Self::CountsAck {
                tx,
                from,
                have,
                parties,
            } => say("reason.counts-ack")
                .int("tx", tx)
                .node("from", from)
                .int("have", have)
                .int("parties", parties)
                .by("acknowledge"),
            Self::Answers { tx, client, number } => say("reason.answers")
                .int("tx", tx)
                .node("client", client)
                .operation("number", number),
            Self::AnswersAgain { client, number } => say("reason.answers-again")
                .node("client", client)
                .operation("number", number)
                .by("client-repeats"),
            Self::UnderWay { client, number } => say("reason.under-way")
                .node("client", client)
                .operation("number", number)
                .by("client-repeats"),
            Self::OldRequest {
                client,
                number,
                newest,
            } => say("reason.old-request")
                .node("client", client)
                .operation("number", number)
                .operation("newest", newest)
                .by("client-repeats"),
            Self::KnowsCommit { tx, to } => say("reason.knows-commit")
                .int("tx", tx)
                .node("to", to)
                .by("inquire"),
            Self::KnowsNothing { tx, to } => say("reason.knows-nothing")
                .int("tx", tx)
                .node("to", to)
                .by("presume-abort"),
            Self::NotDecided { tx, to } => say("reason.not-decided")
                .int("tx", tx)
                .node("to", to)
                .by("inquire"),
            Self::AsksDecision { tx, to } => say("reason.asks-decision")
                .int("tx", tx)
                .node("to", to)
                .by("recover-from-log"),
            Self::AwaitsDecision { tx } => say("reason.awaits-decision")
                .int("tx", tx)
                .by("recover-from-log"),
            Self::PassesOver { tx, missing } => say("reason.passes-over")
                .int("tx", tx)
                .int("missing", missing)
                .by("pre-commit"),
            Self::NoUse { tx, from } => say("reason.no-use").int("tx", tx).node("from", from),
            Self::VotesYes { tx, to } => say("reason.votes-yes")
                .int("tx", tx)
                .node("to", to)
                .by("force-prepared"),
            Self::VotesYesAgain { tx, to } => say("reason.votes-yes-again")
                .int("tx", tx)
                .node("to", to)
                .by("force-prepared"),
            Self::TooLittle {
                tx,
                account,
                balance,
                needs,
            } => say("reason.too-little")
                .int("tx", tx)
                .text("account", account.to_string())
                .int("balance", balance)
                .int("needs", needs)
                .by("unilateral-abort"),
            Self::LockTaken { tx, owner } => say("reason.lock-taken")
                .int("tx", tx)
                .int("owner", owner)
                .by("two-phase-locking"),
            Self::Dies { tx, owner } => say("reason.dies")
                .int("tx", tx)
                .int("owner", owner)
                .by("wait-die"),
            Self::WaitedTooLong { tx, waited_us } => say("reason.waited-too-long")
                .int("tx", tx)
                .us("waited", waited_us)
                .by("two-phase-locking"),
            Self::WillNot { tx } => say("reason.will-not").int("tx", tx).by("unilateral-abort"),
            Self::AlreadyOver { tx } => say("reason.already-over")
                .int("tx", tx)
                .by("unilateral-abort"),
            Self::ReadsOnly { tx, value } => say("reason.reads-only")
                .int("tx", tx)
                .int("value", value)
                .by("read-only"),
            Self::WaitsForLock { tx, owner } => say("reason.waits-for-lock")
                .int("tx", tx)
                .int("owner", owner)
                .by("two-phase-locking"),
            Self::AwaitsLock { tx } => say("reason.awaits-lock")
                .int("tx", tx)
                .by("two-phase-locking"),
            Self::InDoubt { tx, coordinator } => say("reason.in-doubt")
                .int("tx", tx)
                .node("coordinator", coordinator)
                .by("blocking"),
            Self::AsksCoordinator { tx, to } => say("reason.asks-coordinator")
                .int("tx", tx)
                .node("to", to)
                .by("inquire"),
            Self::AsksPeer { tx, to } => say("reason.asks-peer")
                .int("tx", tx)
                .node("to", to)
                .by("cooperative-termination"),
            Self::Acknowledges { tx, to } => say("reason.acknowledges")
                .int("tx", tx)
                .node("to", to)
                .by("acknowledge"),
            Self::TellsPeer { tx, to, commit } => say("reason.tells-peer")
                .int("tx", tx)
                .node("to", to)
                .word("commit", decision(commit))
                .by("cooperative-termination"),
            Self::InDoubtToo { tx, to } => say("reason.in-doubt-too")
                .int("tx", tx)
                .node("to", to)
                .by("cooperative-termination"),
            Self::RefusesFor { tx, to } => say("reason.refuses-for")
                .int("tx", tx)
                .node("to", to)
                .by("cooperative-termination"),
            Self::KnowsAlready { tx, from } => {
                say("reason.knows-already").int("tx", tx).node("from", from)
            }
            Self::HearsNothingNew { tx, from } => say("reason.hears-nothing-new")
                .int("tx", tx)
                .node("from", from)
                .by("cooperative-termination"),
            Self::StillWaiting { tx } => say("reason.still-waiting")
                .int("tx", tx)
                .by("two-phase-locking"),
            Self::AcksPreCommit { tx, to } => say("reason.acks-pre-commit")
                .int("tx", tx)
                .node("to", to)
                .by("pre-commit"),
            Self::Elects { tx, to, silent } => say("reason.elects")
                .int("tx", tx)
                .node("to", to)
                .node("silent", silent)
                .by("elect-backup"),
            Self::AsksState { tx, to } => say("reason.asks-state")
                .int("tx", tx)
                .node("to", to)
                .by("elect-backup"),
            Self::AwaitsStates { tx } => say("reason.awaits-states")
                .int("tx", tx)
                .by("termination-rules"),
            Self::Reports {
                tx,
                to,
                pre_committed,
            } => say("reason.reports")
                .int("tx", tx)
                .node("to", to)
                .word(
                    "state",
                    if pre_committed {
                        "state.sure"
                    } else {
                        "state.unsure"
                    },
                )
                .by("termination-rules"),
            Self::CountsState { tx, from, have, of } => say("reason.counts-state")
                .int("tx", tx)
                .node("from", from)
                .int("have", have)
                .int("of", of)
                .by("termination-rules"),
            Self::Follows { tx, leader } => say("reason.follows")
                .int("tx", tx)
                .node("leader", leader)
                .by("elect-backup"),
            Self::FollowsAnother { tx, from, leader } => say("reason.follows-another")
                .int("tx", tx)
                .node("from", from)
                .node("leader", leader)
                .by("elect-backup"),
            Self::MakesSure { tx, to } => say("reason.makes-sure")
                .int("tx", tx)
                .node("to", to)
                .by("termination-rules"),
            Self::TellsDecision { tx, to, commit } => say("reason.tells-decision")
                .int("tx", tx)
                .node("to", to)
                .word("commit", decision(commit))
                .by("termination-rules"),
            Self::TakesNoPart { tx, from } => say("reason.takes-no-part")
                .int("tx", tx)
                .node("from", from)
                .by("termination-rules"),
            Self::NotAllBack { tx, back, of } => say("reason.not-all-back")
                .int("tx", tx)
                .int("back", back)
                .int("of", of)
                .by("total-failure"),
            Self::Misdirected { from } => say("reason.misdirected").node("from", from),
        }
    }
}

/// The key of a decision's name.
const fn decision(commit: bool) -> &'static str {
    if commit {
        "decision.commit"
    } else {
        "decision.abort"
    }
}
