//! Leadership transfer (Ongaro 2014, §3.10): a leader hands over to a server of somebody's choice.
//!
//! It takes no new requests, brings the other's log up to date and tells it to start an election at once; the others need not
//! stand by the leader in that election. If the other has not taken over within an election timeout, the leader takes up its
//! work again. Who ordered it hears the outcome from whoever knows it: a leader that failed to hand over says so, and one
//! that was deposed does not know by whom, and points to the server that was to lead, which does.

use crate::change::ChangeReason;
use crate::message::Message;
use crate::node::Timer;
use crate::order::Outcome;
use crate::rare::{Mark, Rare};
use crate::server::{Cx, Role, Server};
use crate::{Fact, Reason, Variant};
use protocol::NodeId;
use replicated::{ClientReply, StateMachine};
use serde::Serialize;
use std::sync::Arc;

/// What a leader that hands over knows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Handover {
    /// To whom.
    pub to: NodeId,
    /// Which client ordered it.
    pub client: NodeId,
    /// The client's operation.
    pub sequence: u64,
    /// Whether the other has been told to start an election.
    pub told: bool,
}

impl<S: StateMachine> Server<S> {
    /// A client orders this leader to hand over. Answers with the outcome if that is known at once.
    pub(crate) fn begin_transfer(
        &mut self,
        cx: &mut Cx<'_, S>,
        client: NodeId,
        sequence: u64,
        to: NodeId,
    ) -> Option<Outcome> {
        let (me, term, last) = (cx.me(), self.term, self.log.last_index());
        let votes = self.members(cx.config()).electors().contains(to);
        let Role::Leader(leader) = &mut self.role else {
            return None;
        };
        if to == me {
            return Some(Outcome::Leads(to));
        }
        let Some(progress) = leader.progress.get(to.index()) else {
            return Some(Outcome::NoSuchServer(to));
        };
        if !votes {
            return Some(Outcome::NoVoter(to));
        }
        if let Some(handover) = leader.handover.get_mut() {
            if handover.to != to {
                return Some(Outcome::HandsOverTo(handover.to));
            }
            // Ordered again: whoever asked last hears the outcome.
            (handover.client, handover.sequence) = (client, sequence);
            return None;
        }
        let matched = progress.match_index;
        leader.handover = Rare::from(Handover {
            to,
            client,
            sequence,
            told: false,
        });
        cx.tell(Fact::HandsOver { to, term });
        let config = cx.config();
        let (min, max) = (
            config.election_timeout_min_us,
            config.election_timeout_max_us,
        );
        cx.set_timer(Timer::Transfer, min, max, Reason::AwaitsTransfer { to });
        if matched < last {
            cx.note(Reason::BringsUpToDate { to, matched, last });
            self.replicate(cx, to, None);
        }
        self.hand_over_if_ready(cx, to);
        None
    }

    /// Whether this leader hands over, and so takes no new request: then the client is told to try elsewhere.
    pub(crate) fn takes_nothing_new(
        &self,
        cx: &mut Cx<'_, S>,
        client: NodeId,
        sequence: u64,
    ) -> bool {
        let Some(to) = self.hands_over_to() else {
            return false;
        };
        let hint = None;
        let reply = Message::ClientReply(ClientReply::NotLeader { sequence, hint });
        cx.send(client, reply, Reason::TakesNothingNew { client, to });
        true
    }

    /// To whom this server hands over, if it does.
    pub fn hands_over_to(&self) -> Option<NodeId> {
        match &self.role {
            Role::Leader(leader) => leader.handover.get().map(|handover| handover.to),
            _ => None,
        }
    }

    /// A follower's log may have come up to date: if it is the one that is to lead, it is told to start an election.
    #[inline]
    pub(crate) fn hand_over_if_ready(&mut self, cx: &mut Cx<'_, S>, to: NodeId) {
        if self.hands_over_to() == Some(to) {
            self.hand_over(cx, to);
        }
    }

    #[inline(never)]
    fn hand_over(&mut self, cx: &mut Cx<'_, S>, to: NodeId) {
        let (term, last) = (self.term, self.log.last_index());
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        let ready = leader.progress[to.index()].match_index == last;
        if let Some(handover) = leader.handover.get_mut()
            && ready
            && !handover.told
        {
            handover.told = true;
            self.waive_lease(cx, to);
            let reason = Reason::SendsTimeoutNow { to, last };
            cx.send(to, Message::TimeoutNow { term }, reason);
        }
    }

    /// Nobody has taken over within an election timeout.
    pub(crate) fn on_transfer_timer(&mut self, cx: &mut Cx<'_, S>) {
        let term = self.term;
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        let Some(handover) = leader.handover.take() else {
            return;
        };
        let Handover {
            to,
            client,
            sequence,
            ..
        } = *handover;
        cx.tell(Fact::HandoverFailed { to, term });
        self.answer_order(cx, client, sequence, Outcome::NotTakenOver(to));
    }

    /// The leader wants this server to lead: as if its election timer fired, but nobody is asked first whether it could win.
    pub(crate) fn on_timeout_now(&mut self, cx: &mut Cx<'_, S>, from: NodeId, term: u64) {
        if term < self.term {
            cx.note(Reason::LeaderInOldTerm {
                leader: from,
                term,
                current: self.term,
            });
            return;
        }
        if !self.accept_leader(cx, from, term) {
            return;
        }
        if !self.may_stand(cx.config(), cx.me()) {
            cx.note(Reason::Change(ChangeReason::DoesNotStand));
            return;
        }
        cx.note(Reason::TakesOver { leader: from, term });
        if cx.variant() == Variant::TransferWithoutVotes {
            self.lead_without_votes(cx);
        } else {
            self.campaign(cx, Mark(true));
        }
    }

    /// What no server may do: takes the next term for its own.
    fn lead_without_votes(&mut self, cx: &mut Cx<'_, S>) {
        self.term += 1;
        self.voted_for = Some(cx.me());
        self.heard_us = None;
        self.save_term(cx);
        let votes = [cx.me()].into_iter().collect();
        cx.tell(Fact::BecameLeader {
            term: self.term,
            votes,
        });
        self.lead(cx);
    }
}

/// A leader that handed over leads no longer: who ordered it is to ask the server that was to take over.
pub(crate) fn handed_over<S: StateMachine>(cx: &mut Cx<'_, S>, handover: Option<Arc<Handover>>) {
    let Some(handover) = handover else { return };
    let Handover {
        to,
        client,
        sequence,
        ..
    } = *handover;
    let hint = Some(to);
    let reply = Message::ClientReply(ClientReply::NotLeader { sequence, hint });
    cx.send(client, reply, Reason::PointsToSuccessor { client, to });
    cx.cancel_timer(Timer::Transfer);
}
