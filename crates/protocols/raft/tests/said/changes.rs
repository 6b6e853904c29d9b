//! What is said of configurations and their changes, one of each.

use crate::lab::s;
use protocol::{NodeId, NodeSet, Phrase, Protocol, Say};
use raft::{Change, ChangeFact, ChangeOutcome, ChangeReason, Halves, Members, Raft};
use std::sync::Arc;

/// What nodes show beside themselves.
pub(crate) const BADGES: [&str; 6] = [
    "badge.votes",
    "badge.votes-in-both",
    "badge.votes-in-old",
    "badge.votes-in-new",
    "badge.learns",
    "badge.outside",
];

fn set(servers: &[u16]) -> NodeSet {
    servers.iter().map(|server| s(*server)).collect()
}

/// Everything.
pub(crate) fn phrases(me: NodeId) -> Vec<Phrase> {
    let (from, client, index, sequence) = (s(4), NodeId(5), 6, 1);
    let halves = Halves {
        old: 1,
        old_need: 2,
        new: 3,
        new_need: 3,
    };
    let outside = Halves {
        old: 0,
        old_need: 0,
        ..halves
    };
    let reasons = [
        ChangeReason::AwaitsLeader,
        ChangeReason::DoesNotStand,
        ChangeReason::StillNeeded { index },
        ChangeReason::CountsJointVote { from, halves },
        ChangeReason::NotYetBoth { index, halves },
        ChangeReason::DoesNotCount { from, index },
        ChangeReason::QuorumHeard { halves },
        ChangeReason::QuorumHeard { halves: outside },
        ChangeReason::AnotherRound {
            round: 2,
            took_us: 200_000,
            limit_us: 150_000,
        },
        ChangeReason::CaughtUp {
            rounds: 2,
            took_us: 20_000,
        },
        ChangeReason::UnderWay { client, sequence },
    ];
    let members = |voters: &[u16], old: &[u16], learners: &[u16]| {
        Arc::new(Members {
            voters: set(voters),
            old: set(old),
            learners: set(learners),
        })
    };
    let goes_by = |members| ChangeFact::GoesBy { index, members };
    let facts = [
        ChangeFact::CatchUpBegins {
            servers: set(&[4, 5]),
        },
        ChangeFact::GivenUp { server: from },
        goes_by(members(&[1, 2, 3], &[], &[])),
        goes_by(members(&[1, 2, 3], &[], &[4])),
        goes_by(members(&[3, 4, 5], &[1, 2, 3], &[])),
        goes_by(members(&[3, 4, 5], &[1, 2, 3], &[6, 7])),
        ChangeFact::GoesBack {
            members: members(&[1, 2, 3], &[], &[]),
        },
        ChangeFact::Stands {
            index,
            members: members(&[1, 2], &[], &[]),
        },
        ChangeFact::Stands {
            index,
            members: members(&[1, 2], &[1, 2, 3], &[]),
        },
        ChangeFact::SteppedDown { term: 2 },
        ChangeFact::LostQuorum { term: 2, halves },
        ChangeFact::LostQuorum {
            term: 2,
            halves: outside,
        },
    ];
    let outcomes = [
        ChangeOutcome::Stands(index),
        ChangeOutcome::Stands(0),
        ChangeOutcome::NoSuchServer,
        ChangeOutcome::Votes(from),
        ChangeOutcome::NobodyLeft,
        ChangeOutcome::TermNotBegun,
        ChangeOutcome::UnderWay,
        ChangeOutcome::NotCaughtUp(from),
    ];
    let changes = [
        Change::AddLearner(from),
        Change::Add(from),
        Change::Remove(from),
        Change::To(set(&[1, 2])),
    ];
    let mut all: Vec<Phrase> = reasons.iter().map(|reason| reason.phrase(me)).collect();
    all.extend(facts.iter().map(|fact| fact.phrase(me)));
    all.extend(outcomes.iter().map(|outcome| outcome.phrase(me)));
    all.extend(changes.iter().map(|change| change.phrase(me)));
    all.extend(Raft::operation("change-servers", &[" ".to_owned()]).err());
    all.extend(BADGES.map(Phrase::new));
    all
}
