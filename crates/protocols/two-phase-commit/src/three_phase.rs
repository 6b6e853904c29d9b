//! Three-phase commit at a participant (Skeen 1981; Bernstein, Hadzilacos and Goodman 1987, §7.5): nobody commits while
//! somebody may still be uncertain, so that those that stay up can decide without the coordinator.
//!
//! The line of succession is the order of ids. Who waits in vain asks the next in line to take the coordinator's place; that
//! one collects the states of those that stayed up, and decides: abort if all are uncertain, otherwise commit, once
//! everybody is sure. Participants that were down since they voted are not counted, for they may have missed a decision;
//! if all were down, they wait until all are back, the coordinator too, and the first in line decides.

use crate::coordinator::Cx;
use crate::disk::Record;
use crate::message::Message;
use crate::participant::Participant;
use crate::{Fact, Reason};
use protocol::NodeId;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a participant does in the coordinator's place.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub(crate) struct Lead {
    /// Who reported: whether it knows that everybody voted yes.
    pub states: BTreeMap<NodeId, bool>,
    /// Those that have to be made sure first, once it is decided that this is how it ends.
    pub unsure: Option<BTreeSet<NodeId>>,
}

impl Participant {
    /// Everybody voted yes: the coordinator says so, or whoever is in its place.
    pub(crate) fn on_pre_commit(&mut self, cx: &mut Cx<'_>, from: NodeId, tx: u64) {
        let wait_us = if cx.config().is_coordinator(from) {
            cx.config().decision_timeout_us
        } else {
            2 * cx.config().answer_timeout_us
        };
        let Some(doubt) = self.doubts.get_mut(&tx) else {
            return cx.note(Reason::NoUse { tx, from });
        };
        match doubt.leader {
            Some(leader) if leader > from => {
                return cx.note(Reason::FollowsAnother { tx, from, leader });
            }
            _ => {}
        }
        doubt.deadline_us = cx.now_us() + wait_us;
        self.become_sure(cx, tx);
        let reason = Reason::AcksPreCommit { tx, to: from };
        cx.send(from, Message::PreCommitAck { tx }, reason);
    }

    fn become_sure(&mut self, cx: &mut Cx<'_>, tx: u64) {
        if let Some(doubt) = self.doubts.get_mut(&tx)
            && !doubt.pre_committed
        {
            doubt.pre_committed = true;
            self.save(cx, Record::PreCommitted { tx });
        }
    }

    /// Whom it waited for is silent: the next in line has to decide.
    pub(crate) fn terminate(&mut self, cx: &mut Cx<'_>, tx: u64) {
        let Some(doubt) = self.doubts.get(&tx) else {
            return;
        };
        match &doubt.lead {
            Some(Lead { unsure: None, .. }) => return self.decide(cx, tx),
            // Who has not become sure by now has crashed.
            Some(Lead {
                unsure: Some(_), ..
            }) => return self.end(cx, tx, true),
            None => {}
        }
        let silent = doubt.leader.unwrap_or(doubt.work.coordinator);
        let later = doubt
            .work
            .nodes()
            .find(|node| doubt.leader.is_none_or(|leader| *node > leader));
        let next = later
            .or_else(|| doubt.work.nodes().next())
            .unwrap_or(cx.me());
        if next == cx.me() {
            return self.lead(cx, tx, silent);
        }
        let wait_us = cx.config().answer_timeout_us;
        if let Some(doubt) = self.doubts.get_mut(&tx) {
            doubt.leader = Some(next);
            doubt.deadline_us = cx.now_us() + wait_us;
        }
        let reason = Reason::Elects {
            tx,
            to: next,
            silent,
        };
        cx.send(next, Message::Elect { tx }, reason);
    }

    /// Takes the coordinator's place: asks the others how far they are.
    fn lead(&mut self, cx: &mut Cx<'_>, tx: u64, silent: NodeId) {
        let (me, wait_us) = (cx.me(), cx.config().answer_timeout_us);
        let Some(doubt) = self.doubts.get_mut(&tx) else {
            return;
        };
        doubt.leader = Some(me);
        doubt.lead = Some(Lead::default());
        doubt.deadline_us = cx.now_us() + wait_us;
        let others: Vec<NodeId> = doubt.work.others(me).collect();
        cx.tell(Fact::Leads { tx, silent });
        for to in &others {
            let reason = Reason::AsksState { tx, to: *to };
            cx.send(*to, Message::StateRequest { tx }, reason);
        }
        if others.is_empty() {
            self.decide(cx, tx);
        }
    }

    /// Another participant waits in vain, and asks this one to take the coordinator's place.
    pub(crate) fn on_elect(&mut self, cx: &mut Cx<'_>, from: NodeId, tx: u64) {
        let Some(doubt) = self.doubts.get(&tx) else {
            return self.tell_outcome(cx, from, tx);
        };
        match doubt.leader {
            _ if doubt.recovered => cx.note(Reason::TakesNoPart { tx, from }),
            Some(leader) if leader >= cx.me() => {
                cx.note(Reason::FollowsAnother { tx, from, leader });
            }
            leader => {
                let silent = leader.unwrap_or(doubt.work.coordinator);
                self.lead(cx, tx, silent);
            }
        }
    }

    /// Who is in the coordinator's place asks for this one's state.
    pub(crate) fn on_state_request(&mut self, cx: &mut Cx<'_>, from: NodeId, tx: u64) {
        // The leader waits for states, and for those that are not sure yet, before it tells its decision.
        let wait_us = 3 * cx.config().answer_timeout_us;
        let Some(doubt) = self.doubts.get_mut(&tx) else {
            return self.tell_outcome(cx, from, tx);
        };
        if doubt.recovered {
            return cx.note(Reason::TakesNoPart { tx, from });
        }
        match doubt.leader {
            Some(leader) if leader > from => {
                return cx.note(Reason::FollowsAnother { tx, from, leader });
            }
            _ => {}
        }
        doubt.leader = Some(from);
        doubt.lead = None;
        doubt.deadline_us = cx.now_us() + wait_us;
        let pre_committed = doubt.pre_committed;
        cx.note(Reason::Follows { tx, leader: from });
        let reason = Reason::Reports {
            tx,
            to: from,
            pre_committed,
        };
        cx.send(from, Message::StateReport { tx, pre_committed }, reason);
    }

    /// A state comes in.
    pub(crate) fn on_state_report(
        &mut self,
        cx: &mut Cx<'_>,
        from: NodeId,
        tx: u64,
        pre_committed: bool,
    ) {
        let me = cx.me();
        let doubt = self.doubts.get_mut(&tx);
        let Some((Some(lead), work)) = doubt.map(|doubt| (&mut doubt.lead, &doubt.work)) else {
            return cx.note(Reason::NoUse { tx, from });
        };
        if lead.unsure.is_some() {
            return cx.note(Reason::NoUse { tx, from });
        }
        lead.states.insert(from, pre_committed);
        let (have, of) = (lead.states.len() as u64, work.others(me).count() as u64);
        cx.note(Reason::CountsState { tx, from, have, of });
        if have == of {
            self.decide(cx, tx);
        }
    }

    /// Decides from the states that came in; who has not answered has crashed.
    fn decide(&mut self, cx: &mut Cx<'_>, tx: u64) {
        let wait_us = cx.config().answer_timeout_us;
        let Some(doubt) = self.doubts.get_mut(&tx) else {
            return;
        };
        let Some(lead) = &mut doubt.lead else { return };
        if !doubt.pre_committed && lead.states.values().all(|sure| !sure) {
            return self.end(cx, tx, false);
        }
        let unsure = lead.states.iter().filter(|(_, sure)| !**sure);
        let unsure: BTreeSet<NodeId> = unsure.map(|(node, _)| *node).collect();
        lead.unsure = Some(unsure.clone());
        doubt.deadline_us = cx.now_us() + wait_us;
        self.become_sure(cx, tx);
        for to in &unsure {
            let reason = Reason::MakesSure { tx, to: *to };
            cx.send(*to, Message::PreCommit { tx }, reason);
        }
        if unsure.is_empty() {
            self.end(cx, tx, true);
        }
    }

    /// One more is sure.
    pub(crate) fn on_made_sure(&mut self, cx: &mut Cx<'_>, from: NodeId, tx: u64) {
        let lead = self
            .doubts
            .get_mut(&tx)
            .and_then(|doubt| doubt.lead.as_mut());
        let Some(Lead {
            unsure: Some(unsure),
            states,
        }) = lead
        else {
            return cx.note(Reason::NoUse { tx, from });
        };
        unsure.remove(&from);
        let (of, left) = (states.len() as u64, unsure.len() as u64);
        cx.note(Reason::CountsState {
            tx,
            from,
            have: of.saturating_sub(left),
            of,
        });
        if left == 0 {
            self.end(cx, tx, true);
        }
    }

    /// Decides in the coordinator's place, and tells everybody.
    fn end(&mut self, cx: &mut Cx<'_>, tx: u64, commit: bool) {
        let Some(doubt) = self.doubts.get(&tx) else {
            return;
        };
        let (me, work) = (cx.me(), doubt.work.clone());
        let known = match &doubt.lead {
            Some(lead) => lead.states.len() as u64 + 1,
            None => work.parties.len() as u64,
        };
        // What it decides is on its own disk before anybody hears of it.
        if commit {
            self.commit(cx, tx, me);
        } else {
            self.abort(cx, tx, me);
        }
        cx.tell(Fact::Terminated { tx, commit, known });
        let message = |commit| {
            if commit {
                Message::Commit { tx }
            } else {
                Message::Abort { tx }
            }
        };
        for to in work.others(me).chain([work.coordinator]) {
            cx.send(
                to,
                message(commit),
                Reason::TellsDecision { tx, to, commit },
            );
        }
    }

    /// All were down. Once all are back, the coordinator too, and nobody has decided, the first in line decides.
    pub(crate) fn all_back(&mut self, cx: &mut Cx<'_>, tx: u64) {
        let Some(doubt) = self.doubts.get(&tx) else {
            return;
        };
        if !doubt.recovered || doubt.work.nodes().next() != Some(cx.me()) {
            return;
        }
        let everybody = doubt.work.others(cx.me()).chain([doubt.work.coordinator]);
        let everybody: Vec<NodeId> = everybody.collect();
        let of = everybody.len() as u64;
        let was_down = |node: &NodeId| doubt.ignorant.get(node).is_some_and(|(down, _)| *down);
        let back = everybody.into_iter().filter(was_down).count() as u64;
        if back < of {
            return cx.note(Reason::NotAllBack { tx, back, of });
        }
        let sure = doubt.pre_committed || doubt.ignorant.values().any(|(_, sure)| *sure);
        self.end(cx, tx, sure);
    }
}
