//! The leader's phase 2: it proposes within its window, counts votes by slot, repeats what was lost, and tells what is chosen.

use crate::Ballot;
use crate::multi::server::{Cx, Leader, Role, Server, others, quorum};
use crate::multi::{Fact, Message, Reason, Timer, Variant, Write};
use protocol::{NodeId, NodeSet};
use replicated::{Payload, StateMachine};
use std::sync::Arc;

/// What [`protocol::Input::Saved`] carries: the ballot, and the last slot that was voted for; 0: the promise alone.
const fn token(ballot: Ballot, slot: u64) -> u64 {
    ballot.number() << 32 | (slot & 0xffff_ffff)
}

impl<S: StateMachine> Server<S> {
    /// Takes `payload` into the next free slot, or lets it wait.
    pub(crate) fn take(&mut self, cx: &mut Cx<'_, S>, payload: Payload<S>) {
        if let Role::Leader(leader) = &mut self.role {
            leader.queue.push_back(payload);
            self.propose_queued(cx);
        }
    }

    /// Proposes what waits, as far as the window goes.
    pub(crate) fn propose_queued(&mut self, cx: &mut Cx<'_, S>) {
        let (window, most) = (cx.config().window, cx.config().entries_per_accept_max);
        loop {
            let Role::Leader(leader) = &mut self.role else {
                return;
            };
            let room = (self.log.chosen() + window + 1).saturating_sub(leader.next);
            let count = room.min(most).min(leader.queue.len() as u64);
            if count == 0 {
                if !leader.queue.is_empty() {
                    cx.note(Reason::WindowFull {
                        waiting: leader.queue.len() as u64,
                        window,
                    });
                }
                return;
            }
            let first = leader.next;
            leader.next += count;
            let entries = leader.queue.drain(..count as usize).collect();
            self.propose(cx, first, entries);
        }
    }

    /// Phase 2a for consecutive slots, its own vote included.
    pub(crate) fn propose(&mut self, cx: &mut Cx<'_, S>, first: u64, entries: Vec<Payload<S>>) {
        let ballot = self.promised;
        let last = first + entries.len() as u64 - 1;
        let alone = quorum(cx) == 1;
        self.voted = ballot;
        for (slot, payload) in (first..).zip(&entries) {
            if self.log.get(slot).is_some_and(|slot| slot.chosen) {
                continue;
            }
            self.log.put(slot, ballot, payload.clone());
            let mut votes = NodeSet::EMPTY;
            if !alone {
                votes.insert(cx.me());
            }
            if let Role::Leader(leader) = &mut self.role {
                leader.votes.insert(slot, votes);
            }
        }
        let entries: Arc<[_]> = entries.into();
        self.save_votes(cx, ballot, first, entries.clone());
        if alone {
            // Nobody else's answer proves that its own vote is durable: it counts itself once told.
            cx.notify_saved(token(ballot, last));
        }
        let most = cx.config().entries_per_accept_max as usize;
        for (part, chunk) in entries.chunks(most).enumerate() {
            let entries: Arc<[_]> = if chunk.len() == entries.len() {
                entries.clone()
            } else {
                chunk.into()
            };
            let first = first + (part * most) as u64;
            for to in others(cx) {
                self.send_accept(cx, to, first, entries.clone(), false);
            }
        }
    }

    /// Saves votes.
    pub(crate) fn save_votes(
        &self,
        cx: &mut Cx<'_, S>,
        ballot: Ballot,
        first: u64,
        entries: Arc<[Payload<S>]>,
    ) {
        if cx.variant() != Variant::VoteForgotten {
            cx.save(Write::Accepted {
                ballot,
                first,
                entries,
            });
        }
    }

    fn send_accept(
        &self,
        cx: &mut Cx<'_, S>,
        to: NodeId,
        first: u64,
        entries: Arc<[Payload<S>]>,
        again: bool,
    ) {
        let ballot = self.promised;
        let last = first + entries.len() as u64 - 1;
        let reason = if again {
            Reason::Repeats { to, first, last }
        } else {
            Reason::AsksAccept {
                to,
                ballot,
                first,
                last,
            }
        };
        let message = Message::Accept {
            ballot,
            first,
            entries,
            chosen: self.log.chosen(),
        };
        cx.send(to, message, reason);
    }

    /// Everything saved before is durable.
    pub(crate) fn on_saved(&mut self, cx: &mut Cx<'_, S>, saved: u64) {
        let ballot = self.promised;
        if saved == ballot.number() {
            self.on_promise_saved(cx);
        } else if self.leads() && saved >> 32 == ballot.number() {
            let last = saved & 0xffff_ffff;
            let first = self.log.chosen() + 1;
            self.count(cx, cx.me(), first, last);
        }
    }

    /// Phase 2b arrives.
    pub(crate) fn on_accepted(
        &mut self,
        cx: &mut Cx<'_, S>,
        from: NodeId,
        ballot: Ballot,
        first: u64,
        last: u64,
    ) {
        if ballot != self.promised || !self.leads() {
            cx.note(Reason::LateAnswer { from, ballot });
            return;
        }
        self.count(cx, from, first, last);
    }

    fn count(&mut self, cx: &mut Cx<'_, S>, from: NodeId, first: u64, last: u64) {
        let need = quorum(cx);
        let before = self.log.chosen();
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        if let Some(slot) = leader.acknowledged.get_mut(from.index()) {
            *slot = last.max(*slot);
        }
        let mut by = NodeSet::EMPTY;
        let mut newest = None;
        let mut short = None;
        let counted: Vec<u64> = leader
            .votes
            .range(first..=last)
            .map(|(slot, _)| *slot)
            .collect();
        for slot in counted {
            let Some(votes) = leader.votes.get_mut(&slot) else {
                continue;
            };
            votes.insert(from);
            if votes.len() >= need {
                by = *votes;
                newest = Some(slot);
                leader.votes.remove(&slot);
                self.log.mark_chosen(slot);
            } else {
                short = Some((slot, votes.len()));
            }
        }
        let chosen = self.log.chosen();
        if chosen > before {
            cx.tell(Fact::Chosen {
                first: before + 1,
                last: chosen,
                by,
            });
            self.apply(cx);
            self.propose_queued(cx);
        }
        match (newest, short) {
            (Some(slot), _) if slot > chosen => cx.note(Reason::ChosenBehindGap {
                slot,
                gap: chosen + 1,
            }),
            (_, Some((slot, have))) => cx.note(Reason::CountsAccepted {
                from,
                slot,
                have,
                need,
            }),
            (None, None) => cx.note(Reason::ChosenBefore { from, slot: last }),
            (Some(_), None) => {}
        }
    }

    /// It shows that it is there, and repeats what has not been acknowledged since the last time.
    pub(crate) fn on_heartbeat_timer(&mut self, cx: &mut Cx<'_, S>) {
        if self.leads() {
            self.compact(cx);
        }
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        let below = std::mem::replace(&mut leader.overdue, leader.next);
        let open: Vec<(u64, NodeSet)> = leader
            .votes
            .range(..below)
            .map(|(slot, votes)| (*slot, *votes))
            .collect();
        self.send_heartbeats(cx);
        let most = cx.config().entries_per_accept_max;
        for to in others(cx) {
            let missing = open.iter().filter(|(_, votes)| !votes.contains(to));
            let mut run: Option<(u64, Vec<Payload<S>>)> = None;
            for (slot, _) in missing {
                let Some(vote) = self.log.get(*slot) else {
                    continue;
                };
                let payload = vote.payload.clone();
                match &mut run {
                    Some((first, entries))
                        if *first + entries.len() as u64 == *slot
                            && (entries.len() as u64) < most =>
                    {
                        entries.push(payload);
                    }
                    _ => {
                        if let Some((first, entries)) = run.replace((*slot, vec![payload])) {
                            self.send_accept(cx, to, first, entries.into(), true);
                        }
                    }
                }
            }
            if let Some((first, entries)) = run {
                self.send_accept(cx, to, first, entries.into(), true);
            }
        }
    }

    pub(crate) fn send_heartbeats(&self, cx: &mut Cx<'_, S>) {
        let (ballot, chosen) = (self.promised, self.log.chosen());
        for to in others(cx) {
            let reason = Reason::Heartbeat { to, ballot };
            cx.send(to, Message::Heartbeat { ballot, chosen }, reason);
        }
        let every = cx.config().heartbeat_us;
        cx.set_timer(Timer::Heartbeat, every, every, Reason::AwaitsHeartbeat);
    }
}

impl<S: StateMachine> Leader<S> {
    /// Whether this operation waits for room in the window.
    pub(crate) fn queues(&self, operation: (NodeId, u64)) -> bool {
        let mut queue = self.queue.iter();
        queue.any(|payload| payload.operation() == Some(operation))
    }
}
