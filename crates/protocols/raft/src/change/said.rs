//! What is said of changes: reasons and facts, and their sentences.

use crate::membership::{Halves, Members};
use protocol::{Arg, NodeId, NodeSet, Phrase, Say};
use serde::Serialize;
use std::sync::Arc;

/// Why a server does or refuses something, where it is a matter of the configuration.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeReason {
    /// The election timer of a server without a vote waits for silence.
    AwaitsLeader,
    /// A server that has no vote does not stand for election.
    DoesNotStand,
    /// A server that a configuration leaves out stands all the same: that configuration may not be committed.
    StillNeeded {
        /// The index of that configuration.
        index: u64,
    },
    /// A candidate of joint consensus counts a vote, or what would be one.
    CountsJointVote {
        /// Whose.
        from: NodeId,
        /// How it stands.
        halves: Halves,
    },
    /// Not committed in joint consensus: one of the majorities is missing.
    NotYetBoth {
        /// The newest acknowledged entry.
        index: u64,
        /// How it stands.
        halves: Halves,
    },
    /// An entry is on a server that does not count.
    DoesNotCount {
        /// Which server.
        from: NodeId,
        /// The entry.
        index: u64,
    },
    /// A leader heard from enough servers, in joint consensus or without counting itself.
    QuorumHeard {
        /// How many of the voters it heard from; in joint consensus of the old and the new.
        halves: Halves,
    },
    /// A round is over, and took so long that there is much to catch up again.
    AnotherRound {
        /// The round that begins.
        round: u32,
        /// How long the last one took, in microseconds.
        took_us: u64,
        /// How long it may take.
        limit_us: u64,
    },
    /// The servers that are to vote have caught up.
    CaughtUp {
        /// In how many rounds.
        rounds: u32,
        /// How long the last one took, in microseconds.
        took_us: u64,
    },
    /// An order has come again, and is being carried out.
    UnderWay {
        /// Whose.
        client: NodeId,
        /// Its operation.
        sequence: u64,
    },
}

impl Say for ChangeReason {
    fn phrase(&self, me: NodeId) -> Phrase {
        let say = |key| Phrase::new(key).node("me", me);
        match *self {
            Self::AwaitsLeader => say("reason.awaits-leader-without-vote").by("left-out-stands"),
            Self::DoesNotStand => say("reason.does-not-stand").by("left-out-stands"),
            Self::StillNeeded { index } => say("reason.still-needed")
                .int("index", index)
                .by("left-out-stands"),
            Self::CountsJointVote { from, halves } => {
                halved(say("reason.counts-joint-vote"), halves)
                    .node("from", from)
                    .by("joint-majorities")
            }
            Self::NotYetBoth { index, halves } => halved(say("reason.not-yet-both"), halves)
                .int("index", index)
                .by("joint-majorities"),
            Self::DoesNotCount { from, index } => say("reason.does-not-count")
                .node("from", from)
                .int("index", index)
                .by("learners-do-not-vote"),
            Self::QuorumHeard { halves } if halves.old_need == 0 => {
                say("reason.quorum-heard-outside")
                    .int("heard", halves.new.into())
                    .int("need", halves.new_need.into())
                    .by("check-quorum")
            }
            Self::QuorumHeard { halves } => {
                halved(say("reason.quorum-heard-joint"), halves).by("check-quorum")
            }
            Self::AnotherRound {
                round,
                took_us,
                limit_us,
            } => say("reason.another-round")
                .int("round", round.into())
                .us("took", took_us)
                .us("limit", limit_us)
                .by("catch-up-first"),
            Self::CaughtUp { rounds, took_us } => say("reason.caught-up")
                .int("rounds", rounds.into())
                .us("took", took_us)
                .by("catch-up-first"),
            Self::UnderWay { client, sequence } => say("reason.order-under-way")
                .node("client", client)
                .operation("sequence", sequence)
                .by("one-change-at-a-time"),
        }
    }
}

fn halved(phrase: Phrase, halves: Halves) -> Phrase {
    phrase
        .int("old", halves.old.into())
        .int("old_need", halves.old_need.into())
        .int("new", halves.new.into())
        .int("new_need", halves.new_need.into())
}

/// A turning point of a change.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeFact {
    /// A leader brings servers up to date before they vote.
    CatchUpBegins {
        /// Whom.
        servers: NodeSet,
    },
    /// A leader gives up a change: a server does not catch up.
    GivenUp {
        /// Which server.
        server: NodeId,
    },
    /// A server goes by a new configuration from now on.
    GoesBy {
        /// The index of its entry.
        index: u64,
        /// The configuration.
        members: Arc<Members>,
    },
    /// A server goes by an older configuration again: the entry of the newer one is gone.
    GoesBack {
        /// The configuration.
        members: Arc<Members>,
    },
    /// A leader has committed a configuration.
    Stands {
        /// The index of its entry.
        index: u64,
        /// The configuration.
        members: Arc<Members>,
    },
    /// A leader that is not in the committed configuration leads no more.
    SteppedDown {
        /// The term that it led.
        term: u64,
    },
    /// A leader lost touch with one of the majorities, in joint consensus or without counting itself.
    LostQuorum {
        /// The term that it led.
        term: u64,
        /// From how many it heard.
        halves: Halves,
    },
}

impl Say for ChangeFact {
    fn phrase(&self, me: NodeId) -> Phrase {
        let say = |key| Phrase::new(key).node("me", me);
        let with = |phrase: Phrase, members: &Members| {
            phrase.with("members", Arg::Phrase(Box::new(members.phrase(me))))
        };
        match self {
            Self::CatchUpBegins { servers } => say("fact.catch-up-begins")
                .nodes("servers", servers.iter())
                .by("catch-up-first"),
            Self::GivenUp { server } => say("fact.change-given-up")
                .node("server", *server)
                .by("catch-up-first"),
            Self::GoesBy { index, members } => with(say("fact.goes-by"), members)
                .int("index", *index)
                .by(if members.is_joint() {
                    "joint-majorities"
                } else {
                    "config-newest"
                }),
            Self::GoesBack { members } => with(say("fact.goes-back"), members).by("config-newest"),
            Self::Stands { index, members } => with(say("fact.configuration-stands"), members)
                .int("index", *index)
                .by(if members.is_joint() {
                    "joint-then-new"
                } else {
                    "one-change-at-a-time"
                }),
            Self::SteppedDown { term } => say("fact.stepped-down")
                .int("term", *term)
                .by("left-out-leads"),
            Self::LostQuorum { term, halves } if halves.old_need == 0 => {
                say("fact.lost-quorum-outside")
                    .int("term", *term)
                    .int("heard", halves.new.into())
                    .int("need", halves.new_need.into())
                    .by("check-quorum")
            }
            Self::LostQuorum { term, halves } => halved(say("fact.lost-quorum-joint"), *halves)
                .int("term", *term)
                .by("check-quorum"),
        }
    }
}
