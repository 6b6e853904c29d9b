//! The acceptor's and learner's side: voting, learning what is chosen, catching up, snapshots.

use crate::Ballot;
use crate::multi::server::{Cx, Role, Server, set_election_timer};
use crate::multi::{Fact, Message, Reason, Write};
use protocol::NodeId;
use replicated::{Payload, Replica, StateMachine};
use std::sync::Arc;

impl<S: StateMachine> Server<S> {
    /// Phase 2b.
    pub(crate) fn on_accept(
        &mut self,
        cx: &mut Cx<'_, S>,
        from: NodeId,
        ballot: Ballot,
        first: u64,
        entries: &Arc<[Payload<S>]>,
        chosen: u64,
    ) {
        if ballot < self.promised {
            self.refuse(cx, from, ballot);
            return;
        }
        self.hear_leader(cx, from, ballot);
        let last = first + entries.len() as u64 - 1;
        let mut new = false;
        for (slot, payload) in (first..).zip(entries.iter()) {
            // What is chosen is not voted on again: it can only be the same.
            let settled = slot <= self.log.chosen()
                || self
                    .log
                    .get(slot)
                    .is_some_and(|known| known.chosen || known.ballot == ballot);
            if !settled {
                self.log.put(slot, ballot, payload.clone());
                new = true;
            }
        }
        if new {
            self.voted = ballot;
            // Slots that were settled before are written again as they are: the ballot may be newer, the value is the same.
            self.save_votes(cx, ballot, first, entries.clone());
        }
        let reason = if new {
            Reason::Accepts {
                to: from,
                ballot,
                first,
                last,
            }
        } else {
            Reason::AcceptsAgain {
                to: from,
                first,
                last,
            }
        };
        let message = Message::Accepted {
            ballot,
            first,
            last,
        };
        cx.send(from, message, reason);
        self.learn_prefix(cx, ballot, chosen);
    }

    /// The leader is there.
    pub(crate) fn on_heartbeat(
        &mut self,
        cx: &mut Cx<'_, S>,
        from: NodeId,
        ballot: Ballot,
        chosen: u64,
    ) {
        if ballot < self.promised {
            self.refuse(cx, from, ballot);
            return;
        }
        self.hear_leader(cx, from, ballot);
        self.compact(cx);
        self.learn_prefix(cx, ballot, chosen);
        if self.log.chosen() < chosen {
            self.ask_to_catch_up(cx, from, chosen);
        } else {
            cx.note(Reason::HeardLeader {
                leader: from,
                chosen: self.log.chosen(),
            });
        }
    }

    /// A leader of a ballot that is not below its promise.
    fn hear_leader(&mut self, cx: &mut Cx<'_, S>, from: NodeId, ballot: Ballot) {
        if ballot > self.promised {
            if self.leads() {
                cx.tell(Fact::Deposed {
                    ballot: self.promised,
                    by: from,
                    promised: ballot,
                });
            }
            self.promised = ballot;
            self.seen = self.seen.max(ballot);
            self.save_promise(cx);
        }
        self.leader = Some(from);
        if matches!(self.role, Role::Follower) {
            set_election_timer(cx);
        } else {
            self.follow(cx);
        }
    }

    /// Everything up to `chosen` is chosen, says the leader of `ballot`: a vote in that very ballot is for what was chosen.
    fn learn_prefix(&mut self, cx: &mut Cx<'_, S>, ballot: Ballot, chosen: u64) {
        let before = self.log.chosen();
        for slot in before + 1..=chosen {
            match self.log.get(slot) {
                Some(vote) if vote.chosen || vote.ballot == ballot => self.log.mark_chosen(slot),
                _ => break,
            }
        }
        if self.log.chosen() > before {
            cx.note(Reason::LearnsChosen {
                first: before + 1,
                last: self.log.chosen(),
            });
            self.apply(cx);
        }
    }

    fn ask_to_catch_up(&self, cx: &mut Cx<'_, S>, to: NodeId, chosen: u64) {
        let from = self.log.chosen() + 1;
        let reason = Reason::AsksCatchUp { to, from, chosen };
        cx.send(to, Message::CatchUp { from }, reason);
    }

    fn ask_for_more(&self, cx: &mut Cx<'_, S>, to: NodeId) {
        let from = self.log.chosen() + 1;
        cx.send(
            to,
            Message::CatchUp { from },
            Reason::AsksForMore { to, from },
        );
    }

    /// Somebody lags.
    pub(crate) fn on_catch_up(&mut self, cx: &mut Cx<'_, S>, to: NodeId, from: u64) {
        if from < self.log.first() {
            let slot = self.snapshot.index;
            let reason = Reason::SendsSnapshot { to, from, slot };
            cx.send(to, Message::Snapshot(self.snapshot.clone()), reason);
            return;
        }
        let last = self
            .log
            .chosen()
            .min(from + cx.config().entries_per_accept_max - 1);
        let entries: Vec<_> = (from..=last)
            .filter_map(|slot| self.log.get(slot))
            .map(|vote| (vote.ballot, vote.payload.clone()))
            .collect();
        if entries.is_empty() {
            cx.note(Reason::NothingToTeach { to, from });
            return;
        }
        let reason = Reason::Teaches {
            to,
            first: from,
            last,
        };
        let message = Message::Learn {
            first: from,
            entries: entries.into(),
        };
        cx.send(to, message, reason);
    }

    /// What it asked for arrives.
    pub(crate) fn on_learn(
        &mut self,
        cx: &mut Cx<'_, S>,
        from: NodeId,
        first: u64,
        entries: &Arc<[(Ballot, Payload<S>)]>,
    ) {
        let before = self.log.chosen();
        self.learn(cx, first, entries);
        if self.log.chosen() == before {
            cx.note(Reason::KnowsAlready { from, slot: before });
        } else if entries.len() as u64 == cx.config().entries_per_accept_max {
            // There may be more.
            self.ask_for_more(cx, from);
        }
    }

    /// Learns what is chosen in consecutive slots.
    pub(crate) fn learn(
        &mut self,
        cx: &mut Cx<'_, S>,
        first: u64,
        entries: &Arc<[(Ballot, Payload<S>)]>,
    ) {
        let before = self.log.chosen();
        let last = first + entries.len() as u64 - 1;
        if first > before + 1 || last <= before {
            return;
        }
        for (slot, (ballot, payload)) in (first..).zip(entries.iter()) {
            if slot > before {
                self.log.put(slot, *ballot, payload.clone());
                self.log.mark_chosen(slot);
            }
        }
        let skip = (before + 1 - first) as usize;
        cx.save(Write::Learned {
            first: before + 1,
            entries: entries[skip..].into(),
        });
        cx.note(Reason::LearnsChosen {
            first: before + 1,
            last: self.log.chosen(),
        });
        self.apply(cx);
    }

    /// A snapshot arrives.
    pub(crate) fn on_snapshot(
        &mut self,
        cx: &mut Cx<'_, S>,
        from: NodeId,
        replica: &Arc<Replica<S>>,
    ) {
        if self.install(cx, from, replica) {
            self.ask_for_more(cx, from);
        } else {
            cx.note(Reason::KnowsAlready {
                from,
                slot: self.log.chosen(),
            });
        }
    }

    /// Puts a snapshot in the place of its own state, if it knows more.
    pub(crate) fn install(
        &mut self,
        cx: &mut Cx<'_, S>,
        from: NodeId,
        replica: &Arc<Replica<S>>,
    ) -> bool {
        if replica.index <= self.replica.index {
            return false;
        }
        self.replica = (**replica).clone();
        self.snapshot = replica.clone();
        self.log.compact(replica.index);
        cx.save(Write::Snapshot {
            replica: replica.clone(),
            base: replica.index,
        });
        cx.tell(Fact::Installed {
            from,
            slot: replica.index,
        });
        self.apply(cx);
        true
    }

    /// Takes a snapshot where enough was applied since the last one, and forgets what came well before it. There is no hurry: it
    /// is looked at with each heartbeat.
    pub(crate) fn compact(&mut self, cx: &mut Cx<'_, S>) {
        let (every, retained) = (cx.config().compaction, cx.config().retained);
        if every == 0 || self.replica.index < self.snapshot.index + every {
            return;
        }
        self.snapshot = Arc::new(self.replica.clone());
        let slot = self.snapshot.index;
        let base = slot.saturating_sub(retained).max(self.log.base());
        self.log.compact(base);
        cx.save(Write::Snapshot {
            replica: self.snapshot.clone(),
            base,
        });
        cx.tell(Fact::Compacted {
            slot,
            first: base + 1,
        });
    }
}
