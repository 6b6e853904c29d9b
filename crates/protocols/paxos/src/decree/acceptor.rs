//! The acceptor: promises, accepts, refuses (Lamport 2001, §2.2). It saves both before it speaks.

use crate::Ballot;
use crate::decree::desk::Desk;
use crate::decree::{Disk, Fact, Message, Reason, Variant, Vote, Write};
use protocol::NodeId;
use serde::Serialize;

/// An acceptor.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Acceptor {
    /// It accepts nothing below this ballot. On disk.
    pub(crate) promised: Ballot,
    /// What it accepted last. On disk.
    pub(crate) accepted: Option<Vote>,
}

impl Acceptor {
    /// From its disk.
    pub(crate) fn boot(disk: &Disk) -> Self {
        Self {
            promised: disk.promised,
            accepted: disk.accepted.clone(),
        }
    }

    /// It accepts nothing below this ballot.
    pub const fn promised(&self) -> Ballot {
        self.promised
    }

    /// What it accepted last.
    pub const fn accepted(&self) -> Option<&Vote> {
        self.accepted.as_ref()
    }

    /// Phase 1b.
    pub(crate) fn on_prepare(&mut self, desk: &mut Desk<'_, '_>, from: NodeId, ballot: Ballot) {
        if ballot < self.promised {
            self.refuse(desk, from, ballot);
            return;
        }
        if ballot > self.promised {
            self.promised = ballot;
            if desk.variant() != Variant::PromiseForgotten {
                desk.save(Write::Promised(ballot));
            }
            desk.tell(Fact::Promised {
                ballot,
                accepted: self.accepted.clone(),
            });
        }
        let accepted = self.accepted.clone();
        let reason = Reason::Promises { to: from, ballot };
        desk.send(from, Message::Promise { ballot, accepted }, reason);
    }

    /// Phase 2b.
    pub(crate) fn on_accept(&mut self, desk: &mut Desk<'_, '_>, from: NodeId, vote: Vote) {
        if vote.ballot < self.promised && desk.variant() != Variant::PromiseIgnored {
            self.refuse(desk, from, vote.ballot);
            return;
        }
        if self.accepted.as_ref() != Some(&vote) {
            self.promised = vote.ballot;
            self.accepted = Some(vote.clone());
            desk.save(Write::Accepted(vote.clone()));
            desk.tell(Fact::Accepted(vote.clone()));
        }
        let config = desk.config();
        let learners = match config.learning {
            "all" => config.learner_ids(),
            "distinguished" => {
                let first = config.distinguished().0;
                first..first + 1
            }
            _ => 0..0,
        };
        let others = learners.map(NodeId).filter(|learner| *learner != from);
        for to in [from].into_iter().chain(others) {
            let reason = Reason::SaysAccepted {
                to,
                vote: vote.clone(),
            };
            desk.send(to, Message::Accepted(vote.clone()), reason);
        }
    }

    fn refuse(&self, desk: &mut Desk<'_, '_>, to: NodeId, ballot: Ballot) {
        let promised = self.promised;
        let reason = Reason::Refuses {
            to,
            ballot,
            promised,
        };
        desk.send(to, Message::Refused { ballot, promised }, reason);
    }

    /// A learner asks what it has accepted.
    pub(crate) fn on_query(&self, desk: &mut Desk<'_, '_>, learner: NodeId) {
        match &self.accepted {
            Some(vote) => {
                let reason = Reason::SaysAccepted {
                    to: learner,
                    vote: vote.clone(),
                };
                desk.send(learner, Message::Accepted(vote.clone()), reason);
            }
            None => desk.note(Reason::NothingAccepted { learner }),
        }
    }
}
