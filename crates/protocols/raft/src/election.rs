//! Elections: PreVote, RequestVote, votes and their refusals (Raft §5.2, §5.4.1; Ongaro 2014, §9.6, §4.2.3).

use crate::change::ChangeReason;
use crate::membership::Quorum;
use crate::message::{Message, VoteReply, VoteRequest};
use crate::rare::Mark;
use crate::replication::token;
use crate::server::{Ballots, Cx, Role, Server, set_election_timer};
use crate::{Fact, Reason, Variant};
use protocol::{NodeId, NodeSet};
use replicated::StateMachine;

impl<S: StateMachine> Server<S> {
    /// The election timer fires: followers, rule 2; candidates, rule 4.
    pub(crate) fn on_election_timer(&mut self, cx: &mut Cx<'_, S>) {
        if self.leads() {
            return;
        }
        self.leader = None;
        self.heard_us = None;
        if !self.may_stand(cx.config(), cx.me()) {
            self.role = Role::Follower;
            cx.note(Reason::Change(ChangeReason::DoesNotStand));
            return;
        }
        if self.is_still_needed(cx.config(), cx.me()) {
            let index = self.configured_at();
            cx.note(Reason::Change(ChangeReason::StillNeeded { index }));
        }
        if cx.config().pre_vote {
            self.ask_pre_votes(cx);
        } else {
            self.campaign(cx, Mark(false));
        }
    }

    /// Asks everyone whether it could win the next term, without touching its own.
    fn ask_pre_votes(&mut self, cx: &mut Cx<'_, S>) {
        let term = self.term + 1;
        let mut ballots = Ballots::default();
        ballots.granted.insert(cx.me());
        self.role = Role::PreCandidate(ballots);
        cx.tell(Fact::AsksPreVotes { term });
        if self.quorum(cx).is_reached(ballots.granted) {
            self.campaign(cx, Mark(false));
            return;
        }
        let request = self.vote_request(term, Mark(false));
        for to in self.electors(cx).iter() {
            let reason = Reason::AsksPreVote { to, term };
            cx.send(to, Message::PreVote(request), reason);
        }
        set_election_timer(cx, Reason::AwaitsVotes);
    }

    /// Candidates, rule 1: raises the term, votes for itself, asks everyone for a vote; `transfer`: because the leader wants it to.
    pub(crate) fn campaign(&mut self, cx: &mut Cx<'_, S>, transfer: Mark) {
        self.term += 1;
        self.voted_for = Some(cx.me());
        self.leader = None;
        self.heard_us = None;
        let term = self.term;
        let mut ballots = Ballots::default();
        cx.tell(Fact::BecameCandidate { term });
        self.save_term(cx);
        if self.quorum(cx).is_reached(NodeSet::EMPTY.with(cx.me())) {
            // Nobody else's answer proves that its own vote is durable: it counts itself once told.
            cx.notify_saved(token(term, 0));
        } else {
            ballots.granted.insert(cx.me());
        }
        self.role = Role::Candidate(ballots);
        let request = self.vote_request(term, transfer);
        for to in self.electors(cx).iter() {
            let reason = Reason::AsksVote { to, term };
            cx.send(to, Message::RequestVote(request), reason);
        }
        set_election_timer(cx, Reason::AwaitsVotes);
    }

    fn vote_request(&self, term: u64, transfer: Mark) -> VoteRequest {
        VoteRequest {
            term,
            last_log_index: self.log.last_index(),
            last_log_term: self.log.last_term(),
            transfer,
        }
    }

    /// Its own vote is durable.
    pub(crate) fn on_vote_saved(&mut self, cx: &mut Cx<'_, S>) {
        let quorum = self.quorum(cx);
        if let Role::Candidate(ballots) = &mut self.role {
            ballots.granted.insert(cx.me());
            if quorum.is_reached(ballots.granted) {
                self.win(cx);
            }
        }
    }

    /// Somebody asks whether it could win.
    pub(crate) fn on_pre_vote(&mut self, cx: &mut Cx<'_, S>, from: NodeId, request: VoteRequest) {
        let refusal = self
            .stands_by_leader(cx, from)
            .or_else(|| self.refusal(cx, from, request));
        let reply = VoteReply {
            term: self.term,
            asked: request.term,
            granted: refusal.is_none(),
        };
        let reason = refusal.unwrap_or(Reason::WouldVote {
            candidate: from,
            term: request.term,
        });
        cx.send(from, Message::PreVoteReply(reply), reason);
    }

    /// Somebody asks for a vote.
    pub(crate) fn on_request_vote(
        &mut self,
        cx: &mut Cx<'_, S>,
        from: NodeId,
        request: VoteRequest,
    ) {
        let before = self.term;
        let newer = request.term > before;
        // With leases a server keeps what it promised in whatever term it is.
        let stands = newer || request.term == before && cx.config().reads == "lease";
        if stands && let Some(reason) = self.stands_by_leader(cx, from) {
            if request.transfer.is_off() {
                // Neither the vote nor the term: the request is as good as not received.
                self.reply_vote(cx, from, request.term, false, reason);
                return;
            }
            cx.note(Reason::LeaderWantsIt { candidate: from });
        }
        if newer {
            self.take_over_term(cx, from, request.term);
        }
        if let Some(reason) = self.refusal(cx, from, request) {
            if newer {
                self.save_term(cx);
            }
            self.reply_vote(cx, from, request.term, false, reason);
            return;
        }
        let again = self.voted_for == Some(from);
        let (candidate, term) = (from, request.term);
        self.voted_for = Some(from);
        if !again {
            self.save_term(cx);
        }
        let reason = if newer {
            Reason::VotesInNewerTerm {
                candidate,
                term,
                before,
            }
        } else if again {
            Reason::VotesAgain { candidate, term }
        } else {
            Reason::VoteWasFree { candidate, term }
        };
        self.reply_vote(cx, from, term, true, reason);
        self.await_leader(cx);
    }

    fn reply_vote(
        &self,
        cx: &mut Cx<'_, S>,
        to: NodeId,
        asked: u64,
        granted: bool,
        reason: Reason,
    ) {
        let reply = VoteReply {
            term: self.term,
            asked,
            granted,
        };
        cx.send(to, Message::RequestVoteReply(reply), reason);
    }

    /// Why this request gets no vote, by figure 2, RequestVote.
    fn refusal(&self, cx: &Cx<'_, S>, candidate: NodeId, request: VoteRequest) -> Option<Reason> {
        let VoteRequest {
            term,
            last_log_index,
            last_log_term,
            ..
        } = request;
        if term < self.term {
            return Some(Reason::CandidateInOldTerm {
                candidate,
                term,
                current: self.term,
            });
        }
        let given = self.voted_for.filter(|_| term == self.term);
        if let Some(voted_for) = given.filter(|voted_for| *voted_for != candidate) {
            return Some(Reason::VotedAlready {
                candidate,
                voted_for,
                term,
            });
        }
        if cx.variant() == Variant::NoElectionRestriction {
            return None;
        }
        let (last_term, last_index) = (self.log.last_term(), self.log.last_index());
        if last_log_term < last_term {
            Some(Reason::CandidateLogOlder {
                candidate,
                theirs: last_log_term,
                mine: last_term,
            })
        } else if last_log_term == last_term && last_log_index < last_index {
            Some(Reason::CandidateLogShorter {
                candidate,
                theirs: last_log_index,
                mine: last_index,
            })
        } else {
            None
        }
    }

    /// Ongaro 2014, §4.2.3: who heard from a leader within the least election timeout stands by it.
    fn stands_by_leader(&self, cx: &Cx<'_, S>, candidate: NodeId) -> Option<Reason> {
        let config = cx.config();
        if !config.check_quorum {
            return None;
        }
        if self.leads() {
            return Some(Reason::LeadsItself {
                candidate,
                term: self.term,
            });
        }
        let Some(leader) = self.leader.filter(|leader| *leader != candidate) else {
            return self.may_have_promised(cx, candidate);
        };
        let heard_us = cx.now_us().saturating_sub(self.heard_us?);
        let lease_us = config.election_timeout_min_us;
        (heard_us < lease_us).then_some(Reason::LeaderIsAlive {
            candidate,
            leader,
            heard_us,
            lease_us,
        })
    }

    /// A voter says whether it would vote.
    pub(crate) fn on_pre_vote_reply(&mut self, cx: &mut Cx<'_, S>, from: NodeId, reply: VoteReply) {
        if self.superseded(cx, from, reply) {
            return;
        }
        let quorum = self.quorum(cx);
        match &mut self.role {
            Role::PreCandidate(ballots) if reply.asked == self.term + 1 => {
                let reason = match count(ballots, from, reply.granted, quorum) {
                    Counted::For(have, need) => Reason::CountsPreVote { from, have, need },
                    Counted::Against(refused, servers) => Reason::CountsPreRefusal {
                        from,
                        refused,
                        servers,
                    },
                    Counted::Jointly(reason) => Reason::Change(reason),
                };
                cx.note(reason);
                let ballots = *ballots;
                if quorum.is_reached(ballots.granted) {
                    self.campaign(cx, Mark(false));
                } else {
                    self.give_up_if_refused(cx, ballots, reply.asked);
                }
            }
            _ => cx.note(Reason::LateReply {
                from,
                term: reply.asked,
            }),
        }
    }

    /// A voter votes, or does not.
    pub(crate) fn on_vote_reply(&mut self, cx: &mut Cx<'_, S>, from: NodeId, reply: VoteReply) {
        if self.superseded(cx, from, reply) {
            return;
        }
        let quorum = self.quorum(cx);
        match &mut self.role {
            Role::Candidate(ballots) if reply.asked == self.term => {
                let reason = match count(ballots, from, reply.granted, quorum) {
                    Counted::For(have, need) => Reason::CountsVote { from, have, need },
                    Counted::Against(refused, servers) => Reason::CountsRefusal {
                        from,
                        refused,
                        servers,
                    },
                    Counted::Jointly(reason) => Reason::Change(reason),
                };
                cx.note(reason);
                let ballots = *ballots;
                if quorum.is_reached(ballots.granted) {
                    self.win(cx);
                } else {
                    self.give_up_if_refused(cx, ballots, reply.asked);
                }
            }
            _ => cx.note(Reason::LateReply {
                from,
                term: reply.asked,
            }),
        }
    }

    /// Whether a reply shows a newer term, which is then taken over.
    fn superseded(&mut self, cx: &mut Cx<'_, S>, from: NodeId, reply: VoteReply) -> bool {
        let newer = reply.term > self.term;
        if newer {
            self.take_over_term(cx, from, reply.term);
            self.save_term(cx);
        }
        newer
    }

    /// A majority that refuses cannot be won over in this term: back to following, the election timer runs on.
    fn give_up_if_refused(&mut self, cx: &mut Cx<'_, S>, ballots: Ballots, term: u64) {
        if self.quorum(cx).is_refused(ballots.refused) {
            let refused = ballots.refused;
            cx.tell(Fact::LostElection { term, refused });
            self.role = Role::Follower;
        }
    }

    fn win(&mut self, cx: &mut Cx<'_, S>) {
        if let Role::Candidate(ballots) = self.role {
            cx.tell(Fact::BecameLeader {
                term: self.term,
                votes: ballots.granted,
            });
            self.lead(cx);
        }
    }
}

/// How it stands once an answer is counted.
enum Counted {
    /// So many for, and so many needed.
    For(u64, u64),
    /// So many against, of so many.
    Against(u64, u64),
    /// Two majorities are needed.
    Jointly(ChangeReason),
}

/// Counts a voter's answer.
fn count(ballots: &mut Ballots, from: NodeId, granted: bool, quorum: Quorum) -> Counted {
    let votes = if granted {
        &mut ballots.granted
    } else {
        &mut ballots.refused
    };
    votes.insert(from);
    let votes = votes.and(quorum.all());
    match (granted, quorum.is_joint()) {
        (true, false) => Counted::For(votes.len(), quorum.need()),
        (true, true) => {
            let halves = quorum.halves(votes);
            Counted::Jointly(ChangeReason::CountsJointVote { from, halves })
        }
        (false, _) => Counted::Against(votes.len(), quorum.all().len()),
    }
}
