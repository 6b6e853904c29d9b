//! The learner: counts votes by ballot until a majority has accepted the same one (Lamport 2001, §2.3).

use crate::decree::desk::Desk;
use crate::decree::{Disk, Fact, Message, Reason, Timer, Variant, Vote, Write};
use protocol::{NodeId, NodeSet};
use serde::Serialize;

/// Who has cast a vote.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Cast {
    /// The vote.
    pub vote: Vote,
    /// By whom it was cast.
    pub by: NodeSet,
}

/// A learner.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Learner {
    /// The votes that it has heard of, until it has learned.
    pub(crate) votes: Vec<Cast>,
    /// What it has learned. On disk.
    pub(crate) learned: Option<Vote>,
    /// How often it has asked.
    pub(crate) asked: u64,
}

impl Learner {
    /// From its disk.
    pub(crate) fn boot(desk: &mut Desk<'_, '_>, disk: &Disk) -> Self {
        if disk.learned.is_none() {
            wait(desk);
        }
        Self {
            votes: Vec::new(),
            learned: disk.learned.clone(),
            asked: 0,
        }
    }

    /// What it has learned.
    pub const fn learned(&self) -> Option<&Vote> {
        self.learned.as_ref()
    }

    /// The votes that it has heard of; none once it has learned.
    pub fn votes(&self) -> &[Cast] {
        &self.votes
    }

    /// An acceptor says what it has accepted.
    pub(crate) fn on_accepted(&mut self, desk: &mut Desk<'_, '_>, from: NodeId, vote: &Vote) {
        if self.learned.is_some() {
            desk.note(Reason::LearnedAlready { from });
            return;
        }
        let place = match self.votes.iter().position(|cast| cast.vote == *vote) {
            Some(place) => place,
            None => {
                self.votes.push(Cast {
                    vote: vote.clone(),
                    by: NodeSet::EMPTY,
                });
                self.votes.len() - 1
            }
        };
        let by = &mut self.votes[place].by;
        by.insert(from);
        let by = *by;
        let need = match desk.variant() {
            Variant::LearnsFirst => 1,
            _ => desk.quorum(),
        };
        if by.len() < need {
            desk.note(Reason::CountsVote {
                from,
                vote: vote.clone(),
                have: by.len(),
                need,
            });
            return;
        }
        self.learn(desk, vote.clone(), by);
        if desk.config().learning == "distinguished" && desk.config().distinguished() == desk.me() {
            for to in desk.config().learner_ids().map(NodeId) {
                if to != desk.me() {
                    self.tell(desk, to);
                }
            }
        }
    }

    /// Somebody who knows says what is chosen.
    pub(crate) fn on_chosen(&mut self, desk: &mut Desk<'_, '_>, from: NodeId, vote: Vote) {
        if self.learned.is_some() {
            desk.note(Reason::LearnedAlready { from });
        } else {
            let by: NodeSet = [from].into_iter().collect();
            self.learn(desk, vote, by);
        }
    }

    fn learn(&mut self, desk: &mut Desk<'_, '_>, vote: Vote, by: NodeSet) {
        self.votes.clear();
        self.learned = Some(vote.clone());
        desk.save(Write::Learned(vote.clone()));
        desk.cancel_timer(Timer::Learn);
        desk.tell(Fact::Learned {
            vote: vote.clone(),
            by,
        });
        // The node's own proposer, if it has one, need not go on.
        desk.send_own(Message::Chosen(vote));
    }

    fn tell(&self, desk: &mut Desk<'_, '_>, to: NodeId) {
        if let Some(vote) = self.learned.clone() {
            let reason = Reason::TellsLearner {
                to,
                value: vote.value.clone(),
            };
            desk.send(to, Message::Chosen(vote), reason);
        }
    }

    /// It has waited long enough: it asks the acceptors what they have accepted. If their votes have not settled it before, it
    /// asks a proposer as well, each in turn (Lamport 2001, end of §2.3).
    pub(crate) fn on_learn_timer(&mut self, desk: &mut Desk<'_, '_>) {
        if self.learned.is_some() {
            return;
        }
        desk.send_acceptors(&Message::Query { find_out: false }, |to| {
            Reason::AsksAcceptor { to }
        });
        if !self.votes.is_empty() {
            let proposers = desk.config().proposer_ids();
            let turn = (u64::from(desk.me().0) + self.asked) % proposers.len() as u64;
            let to = NodeId(turn as u16);
            self.asked += 1;
            desk.send(
                to,
                Message::Query { find_out: true },
                Reason::AsksProposer { to },
            );
        }
        wait(desk);
    }
}

fn wait(desk: &mut Desk<'_, '_>) {
    let learn_us = desk.config().learn_us;
    desk.set_timer(Timer::Learn, (learn_us, learn_us), Reason::AwaitsNews);
}
