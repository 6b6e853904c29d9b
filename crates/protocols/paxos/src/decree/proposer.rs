//! The proposer: phase 1 asks for promises, phase 2 asks for acceptance of the only value that may be proposed (Lamport 2001,
//! §2.2; Lamport 1998, §2.3). A refused ballot is abandoned; after a pause a greater one begins.

use crate::Ballot;
use crate::decree::desk::Desk;
use crate::decree::{Disk, Fact, Message, Reason, Timer, Value, Variant, Vote, Write};
use protocol::{NodeId, NodeSet};
use serde::Serialize;

/// What a proposer is at.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Nothing.
    Idle,
    /// Phase 1 of its ballot.
    Preparing {
        /// Who promised.
        promises: NodeSet,
        /// Of what they have accepted, the vote of the greatest ballot.
        highest: Option<Vote>,
    },
    /// Phase 2 of its ballot.
    Accepting {
        /// What it asks them to accept.
        vote: Vote,
        /// Who accepted.
        accepted: NodeSet,
    },
    /// Its ballot was refused: it waits before it tries again.
    BackingOff,
    /// It knows what is chosen.
    Done(Vote),
}

/// A proposer.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Proposer {
    /// The greatest ballot that it has begun. On disk.
    pub(crate) ballot: Ballot,
    /// The greatest ballot that it has heard of.
    pub(crate) seen: Ballot,
    /// What it wants to be chosen: the first value that a client asked it to propose.
    pub(crate) value: Option<Value>,
    /// The clients that wait for the outcome.
    pub(crate) clients: NodeSet,
    /// How many of its ballots were refused in a row.
    pub(crate) refused: u64,
    /// What it is at.
    pub(crate) phase: Phase,
}

impl Proposer {
    /// From its disk.
    pub(crate) const fn boot(disk: &Disk) -> Self {
        Self {
            ballot: disk.tried,
            seen: disk.tried,
            value: None,
            clients: NodeSet::EMPTY,
            refused: 0,
            phase: Phase::Idle,
        }
    }

    /// The greatest ballot that it has begun.
    pub const fn ballot(&self) -> Ballot {
        self.ballot
    }

    /// What it is at.
    pub const fn phase(&self) -> &Phase {
        &self.phase
    }

    /// A client wants a value to be chosen.
    pub(crate) fn on_propose(&mut self, desk: &mut Desk<'_, '_>, client: NodeId, value: Value) {
        if let Phase::Done(vote) = &self.phase {
            let value = vote.value.clone();
            tell_outcome(desk, client, value);
            return;
        }
        self.clients.insert(client);
        match &self.value {
            Some(own) => {
                let own = own.clone();
                desk.note(Reason::HasValue { client, own });
            }
            None => {
                desk.note(Reason::TakesValue {
                    client,
                    value: value.clone(),
                });
                self.value = Some(value);
            }
        }
        if self.phase == Phase::Idle {
            self.begin(desk);
        }
    }

    /// A learner asks: the proposer answers what it knows, or finds out by a ballot (Lamport 2001, end of §2.3).
    pub(crate) fn on_query(&mut self, desk: &mut Desk<'_, '_>, learner: NodeId) {
        match &self.phase {
            Phase::Done(vote) => {
                let vote = vote.clone();
                let reason = Reason::TellsLearner {
                    to: learner,
                    value: vote.value.clone(),
                };
                desk.send(learner, Message::Chosen(vote), reason);
            }
            Phase::Idle => {
                desk.note(Reason::FindsOut { learner });
                self.begin(desk);
            }
            _ => desk.note(Reason::IsAtIt {
                from: learner,
                ballot: self.ballot,
            }),
        }
    }

    /// Phase 1a: a ballot of its own, greater than all it knows, and saved so that it is never used again.
    fn begin(&mut self, desk: &mut Desk<'_, '_>) {
        let ballot = self.ballot.max(self.seen).next(desk.me());
        self.ballot = ballot;
        self.seen = ballot;
        if desk.variant() != Variant::BallotForgotten {
            desk.save(Write::Tried(ballot));
        }
        self.phase = Phase::Preparing {
            promises: NodeSet::EMPTY,
            highest: None,
        };
        desk.tell(Fact::Began { ballot });
        desk.send_acceptors(&Message::Prepare { ballot }, |to| Reason::AsksPromise {
            to,
            ballot,
        });
        self.await_quorum(desk);
    }

    fn await_quorum(&self, desk: &mut Desk<'_, '_>) {
        let timeout_us = desk.config().timeout_us;
        let ballot = self.ballot;
        let reason = Reason::AwaitsQuorum { ballot };
        desk.set_timer(Timer::Quorum, (timeout_us, timeout_us), reason);
    }

    /// Phase 1b arrives.
    pub(crate) fn on_promise(
        &mut self,
        desk: &mut Desk<'_, '_>,
        from: NodeId,
        ballot: Ballot,
        accepted: Option<Vote>,
    ) {
        let Phase::Preparing { promises, highest } = &mut self.phase else {
            desk.note(Reason::LateAnswer { from, ballot });
            return;
        };
        if ballot != self.ballot {
            desk.note(Reason::LateAnswer { from, ballot });
            return;
        }
        promises.insert(from);
        if let Some(vote) = accepted
            && highest
                .as_ref()
                .is_none_or(|highest| vote.ballot > highest.ballot)
        {
            *highest = Some(vote);
        }
        let (promises, need) = (*promises, desk.quorum());
        if promises.len() < need {
            desk.note(Reason::CountsPromise {
                from,
                ballot,
                have: promises.len(),
                need,
            });
            return;
        }
        let highest = highest.take();
        self.propose(desk, promises, highest);
    }

    /// Phase 2a: the value of the greatest ballot among what a quorum has accepted; only if there is none, its own.
    fn propose(&mut self, desk: &mut Desk<'_, '_>, promises: NodeSet, highest: Option<Vote>) {
        let ballot = self.ballot;
        let own = self.value.clone();
        let highest = match &own {
            Some(_) if desk.variant() == Variant::IgnoresAccepted => None,
            _ => highest,
        };
        let value = match (highest, own) {
            (Some(vote), own) => {
                desk.tell(Fact::Adopts {
                    ballot,
                    vote: vote.clone(),
                    own: own.filter(|own| *own != vote.value),
                });
                vote.value
            }
            (None, Some(own)) => {
                desk.tell(Fact::ProposesOwn {
                    ballot,
                    value: own.clone(),
                    promises,
                });
                own
            }
            (None, None) => {
                desk.cancel_timer(Timer::Quorum);
                desk.note(Reason::NothingToPropose { ballot });
                self.phase = Phase::Idle;
                return;
            }
        };
        let vote = Vote { ballot, value };
        self.phase = Phase::Accepting {
            vote: vote.clone(),
            accepted: NodeSet::EMPTY,
        };
        self.await_quorum(desk);
        desk.send_acceptors(&Message::Accept(vote.clone()), |to| Reason::AsksAccept {
            to,
            vote: vote.clone(),
        });
    }

    /// Phase 2b arrives: what a majority accepted in one ballot is chosen.
    pub(crate) fn on_accepted(&mut self, desk: &mut Desk<'_, '_>, from: NodeId, cast: &Vote) {
        let ballot = cast.ballot;
        let (vote, accepted) = match &mut self.phase {
            Phase::Accepting { vote, accepted } if vote.ballot == ballot => (vote, accepted),
            Phase::Done(_) => return,
            _ => {
                // Combined servers see the votes of others' ballots as learners.
                if ballot.proposer() == desk.me() {
                    desk.note(Reason::LateAnswer { from, ballot });
                }
                return;
            }
        };
        accepted.insert(from);
        let (by, need, vote) = (*accepted, desk.quorum(), vote.clone());
        if by.len() < need {
            desk.note(Reason::CountsAccepted {
                from,
                ballot,
                have: by.len(),
                need,
            });
            return;
        }
        desk.tell(Fact::Chosen {
            vote: vote.clone(),
            by,
        });
        if desk.config().learning == "proposer" {
            for to in desk.config().learner_ids().map(NodeId) {
                let reason = Reason::TellsLearner {
                    to,
                    value: vote.value.clone(),
                };
                desk.send(to, Message::Chosen(vote.clone()), reason);
            }
        }
        self.finish(desk, vote);
    }

    /// It knows what is chosen.
    pub(crate) fn finish(&mut self, desk: &mut Desk<'_, '_>, vote: Vote) {
        if matches!(self.phase, Phase::Done(_)) {
            return;
        }
        desk.cancel_timer(Timer::Quorum);
        desk.cancel_timer(Timer::BackOff);
        for client in std::mem::take(&mut self.clients).iter() {
            tell_outcome(desk, client, vote.value.clone());
        }
        self.phase = Phase::Done(vote);
    }

    /// An acceptor has promised a greater ballot: this one is given up.
    pub(crate) fn on_refused(
        &mut self,
        desk: &mut Desk<'_, '_>,
        from: NodeId,
        ballot: Ballot,
        promised: Ballot,
    ) {
        let current = matches!(
            self.phase,
            Phase::Preparing { .. } | Phase::Accepting { .. }
        );
        self.seen = self.seen.max(promised);
        if !current || ballot != self.ballot {
            desk.note(Reason::LateAnswer { from, ballot });
            return;
        }
        desk.tell(Fact::Overtaken {
            ballot,
            promised,
            acceptor: from,
        });
        self.refused += 1;
        self.phase = Phase::BackingOff;
        desk.cancel_timer(Timer::Quorum);
        let range = desk.config().backoff_us(self.refused);
        let reason = Reason::BacksOff {
            refused: self.refused,
        };
        desk.set_timer(Timer::BackOff, range, reason);
    }

    /// No majority answered in time.
    pub(crate) fn on_quorum_timer(&mut self, desk: &mut Desk<'_, '_>) {
        let have = match &self.phase {
            Phase::Preparing { promises, .. } => promises.len(),
            Phase::Accepting { accepted, .. } => accepted.len(),
            _ => return,
        };
        desk.note(Reason::NoQuorum {
            ballot: self.ballot,
            have,
            need: desk.quorum(),
        });
        self.begin(desk);
    }

    /// The pause after a refusal is over.
    pub(crate) fn on_back_off_timer(&mut self, desk: &mut Desk<'_, '_>) {
        if self.phase == Phase::BackingOff {
            self.begin(desk);
        }
    }
}

fn tell_outcome(desk: &mut Desk<'_, '_>, client: NodeId, value: Value) {
    let reason = Reason::TellsOutcome {
        client,
        value: value.clone(),
    };
    desk.send(client, Message::Outcome { value }, reason);
}
