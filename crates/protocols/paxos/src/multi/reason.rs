//! Why a server does, refuses or ignores something: plain values, turned into a sentence only when shown.

use crate::Ballot;
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
    /// The heartbeat timer waits for the next heartbeat.
    AwaitsHeartbeat,

    // Phase 1.
    /// Phase 1a.
    AsksPromise {
        /// Whom.
        to: NodeId,
        /// For which ballot.
        ballot: Ballot,
        /// From which slot on.
        from: u64,
    },
    /// Phase 1b.
    Promises {
        /// To whom.
        to: NodeId,
        /// Which ballot.
        ballot: Ballot,
        /// From which slot on.
        from: u64,
    },
    /// A promise is counted.
    CountsPromise {
        /// Whose.
        from: NodeId,
        /// For which ballot.
        ballot: Ballot,
        /// How many there are, its own included.
        have: u64,
        /// How many it takes.
        need: u64,
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
    /// An answer is of no use any more.
    LateAnswer {
        /// From whom.
        from: NodeId,
        /// In which ballot.
        ballot: Ballot,
    },

    // Phase 2, the leader's side.
    /// Phase 2a.
    AsksAccept {
        /// Whom.
        to: NodeId,
        /// In which ballot.
        ballot: Ballot,
        /// The first slot.
        first: u64,
        /// The last slot.
        last: u64,
    },
    /// What was not acknowledged is sent again.
    Repeats {
        /// To whom.
        to: NodeId,
        /// The first slot.
        first: u64,
        /// The last slot.
        last: u64,
    },
    /// The window is full.
    WindowFull {
        /// How many commands wait.
        waiting: u64,
        /// How wide it is.
        window: u64,
    },
    /// A vote is counted.
    CountsAccepted {
        /// Whose.
        from: NodeId,
        /// In which slot.
        slot: u64,
        /// How many there are, its own included.
        have: u64,
        /// How many it takes.
        need: u64,
    },
    /// A slot is chosen, but one before it is not.
    ChosenBehindGap {
        /// Which.
        slot: u64,
        /// The first one that is not.
        gap: u64,
    },
    /// A vote comes for what is chosen already.
    ChosenBefore {
        /// Whose.
        from: NodeId,
        /// In which slot.
        slot: u64,
    },
    /// A leader shows that it is there.
    Heartbeat {
        /// To whom.
        to: NodeId,
        /// Its ballot.
        ballot: Ballot,
    },

    // Voting and learning.
    /// Phase 2b.
    Accepts {
        /// To whom it says so.
        to: NodeId,
        /// In which ballot.
        ballot: Ballot,
        /// The first slot.
        first: u64,
        /// The last slot.
        last: u64,
    },
    /// It had accepted this before.
    AcceptsAgain {
        /// To whom it says so.
        to: NodeId,
        /// The first slot.
        first: u64,
        /// The last slot.
        last: u64,
    },
    /// A server has heard from the leader, and lacks nothing.
    HeardLeader {
        /// The leader.
        leader: NodeId,
        /// Up to which slot it knows what is chosen.
        chosen: u64,
    },
    /// A server learns what is chosen.
    LearnsChosen {
        /// From this slot.
        first: u64,
        /// To this one.
        last: u64,
    },
    /// A server lags, and asks.
    AsksCatchUp {
        /// Whom.
        to: NodeId,
        /// The first slot that it does not know.
        from: u64,
        /// Up to which slot the other knows.
        chosen: u64,
    },
    /// A server that has caught up with part asks whether there is more.
    AsksForMore {
        /// Whom.
        to: NodeId,
        /// The first slot that it does not know.
        from: u64,
    },
    /// A server that lags is told what is chosen.
    Teaches {
        /// Whom.
        to: NodeId,
        /// From this slot.
        first: u64,
        /// To this one.
        last: u64,
    },
    /// What a server lacks is compacted: it is sent the snapshot.
    SendsSnapshot {
        /// To whom.
        to: NodeId,
        /// The first slot that it lacks.
        from: u64,
        /// The slot of the snapshot.
        slot: u64,
    },
    /// A server is asked for more than it knows.
    NothingToTeach {
        /// By whom.
        to: NodeId,
        /// From which slot on.
        from: u64,
    },
    /// What arrives is known.
    KnowsAlready {
        /// From whom.
        from: NodeId,
        /// Up to which slot it knows.
        slot: u64,
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
    /// A leader takes a request.
    TakesRequest {
        /// Whose.
        client: NodeId,
        /// Its operation.
        sequence: u64,
    },
    /// The same request is under way.
    UnderWay {
        /// Whose.
        client: NodeId,
        /// Its operation.
        sequence: u64,
    },
    /// A leader answers what is chosen and applied.
    AnswersApplied {
        /// Whom.
        client: NodeId,
        /// Its operation.
        sequence: u64,
        /// Where it stands.
        slot: u64,
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
        let slots = |one, several, first: u64, last: u64| {
            if first == last {
                say(one).int("slot", last)
            } else {
                say(several).int("first", first).int("last", last)
            }
        };
        match *self {
            Self::AwaitsLeader => say("reason.awaits-leader").by("failure-detection"),
            Self::AwaitsHeartbeat => say("reason.awaits-heartbeat").by("failure-detection"),
            Self::AsksPromise { to, ballot, from } => say("reason.asks-promise")
                .node("to", to)
                .with("ballot", ballot.arg())
                .int("from", from)
                .by("phase-one-once"),
            Self::Promises { to, ballot, from } => say("reason.promises")
                .node("to", to)
                .with("ballot", ballot.arg())
                .int("from", from)
                .by("promise"),
            Self::CountsPromise {
                from,
                ballot,
                have,
                need,
            } => say("reason.counts-promise")
                .node("from", from)
                .with("ballot", ballot.arg())
                .int("have", have)
                .int("need", need)
                .by("phase-one-once"),
            Self::Refuses {
                to,
                ballot,
                promised,
            } => say("reason.refuses")
                .node("to", to)
                .with("ballot", ballot.arg())
                .with("promised", promised.arg())
                .by("refuse"),
            Self::LateAnswer { from, ballot } => say("reason.late-answer")
                .node("from", from)
                .with("ballot", ballot.arg()),
            Self::AsksAccept {
                to,
                ballot,
                first,
                last,
            } => slots(
                "reason.asks-accept",
                "reason.asks-accept-range",
                first,
                last,
            )
            .node("to", to)
            .with("ballot", ballot.arg())
            .by("propose"),
            Self::Repeats { to, first, last } => {
                slots("reason.repeats", "reason.repeats-range", first, last)
                    .node("to", to)
                    .by("repeat")
            }
            Self::WindowFull { waiting, window } => say("reason.window-full")
                .int("waiting", waiting)
                .int("window", window)
                .by("window"),
            Self::CountsAccepted {
                from,
                slot,
                have,
                need,
            } => say("reason.counts-accepted")
                .node("from", from)
                .int("slot", slot)
                .int("have", have)
                .int("need", need)
                .by("chosen"),
            Self::ChosenBehindGap { slot, gap } => say("reason.chosen-behind-gap")
                .int("slot", slot)
                .int("gap", gap)
                .by("in-order"),
            Self::ChosenBefore { from, slot } => say("reason.chosen-before")
                .node("from", from)
                .int("slot", slot),
            Self::Heartbeat { to, ballot } => say("reason.heartbeat")
                .node("to", to)
                .with("ballot", ballot.arg())
                .by("failure-detection"),
            Self::Accepts {
                to,
                ballot,
                first,
                last,
            } => slots("reason.accepts", "reason.accepts-range", first, last)
                .node("to", to)
                .with("ballot", ballot.arg())
                .by("accept"),
            Self::AcceptsAgain { to, first, last } => slots(
                "reason.accepts-again",
                "reason.accepts-again-range",
                first,
                last,
            )
            .node("to", to)
            .by("repeat"),
            Self::HeardLeader { leader, chosen } => say("reason.heard-leader")
                .node("leader", leader)
                .int("chosen", chosen)
                .by("failure-detection"),
            Self::LearnsChosen { first, last } => slots(
                "reason.learns-chosen",
                "reason.learns-chosen-range",
                first,
                last,
            )
            .by("chosen"),
            Self::AsksCatchUp { to, from, chosen } => say("reason.asks-catch-up")
                .node("to", to)
                .int("from", from)
                .int("chosen", chosen)
                .by("catch-up"),
            Self::AsksForMore { to, from } => say("reason.asks-for-more")
                .node("to", to)
                .int("from", from)
                .by("catch-up"),
            Self::Teaches { to, first, last } => {
                slots("reason.teaches", "reason.teaches-range", first, last)
                    .node("to", to)
                    .by("catch-up")
            }
            Self::SendsSnapshot { to, from, slot } => say("reason.sends-snapshot")
                .node("to", to)
                .int("from", from)
                .int("slot", slot)
                .by("snapshot"),
            Self::NothingToTeach { to, from } => say("reason.nothing-to-teach")
                .node("to", to)
                .int("from", from),
            Self::KnowsAlready { from, slot } => say("reason.knows-already")
                .node("from", from)
                .int("slot", slot),
            Self::NamesLeader { client, leader } => say("reason.names-leader")
                .node("client", client)
                .node("leader", leader)
                .by("client-finds-leader"),
            Self::KnowsNoLeader { client } => say("reason.knows-no-leader")
                .node("client", client)
                .by("client-finds-leader"),
            Self::TakesRequest { client, sequence } => say("reason.takes-request")
                .node("client", client)
                .operation("sequence", sequence)
                .by("propose"),
            Self::UnderWay { client, sequence } => say("reason.under-way")
                .node("client", client)
                .operation("sequence", sequence)
                .by("client-session"),
            Self::AnswersApplied {
                client,
                sequence,
                slot,
            } => say("reason.answers-applied")
                .node("client", client)
                .operation("sequence", sequence)
                .int("slot", slot)
                .by("in-order"),
            Self::AnswersAgain { client, sequence } => say("reason.answers-again")
                .node("client", client)
                .operation("sequence", sequence)
                .by("client-session"),
            Self::SessionOpen { client, session } => say("reason.session-open")
                .node("client", client)
                .int("session", session)
                .by("client-session"),
            Self::SessionUnknown { client } => say("reason.session-unknown")
                .node("client", client)
                .by("client-session"),
            Self::CommandOutdated { client, sequence } => say("reason.command-outdated")
                .node("client", client)
                .operation("sequence", sequence)
                .by("client-session"),
            Self::Misdirected { from } => say("reason.misdirected").node("from", from),
            Self::Client(reason) => reason.phrase(me),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_small_to_copy() {
        assert!(size_of::<Reason>() <= 32);
    }
}
