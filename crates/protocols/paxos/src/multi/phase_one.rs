//! Phase 1, once for all slots: a server that hears from no leader prepares a ballot of its own, learns what others have
//! accepted, and leads (Lamport 2001, §3).

use crate::Ballot;
use crate::multi::message::{Report, Reported};
use crate::multi::server::{
    Candidate, Cx, Leader, Role, Server, others, quorum, set_election_timer,
};
use crate::multi::{Fact, Message, Reason, Variant};
use protocol::{NodeId, NodeSet};
use replicated::{Payload, StateMachine};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

impl<S: StateMachine> Server<S> {
    /// Nobody leads, as far as it can tell.
    pub(crate) fn on_election_timer(&mut self, cx: &mut Cx<'_, S>) {
        if self.leads() {
            return;
        }
        self.leader = None;
        let ballot = self.promised.max(self.seen).next(cx.me());
        self.promised = ballot;
        self.seen = ballot;
        self.save_promise(cx);
        let from = self.log.chosen() + 1;
        cx.tell(Fact::Campaigns { ballot, from });
        let mut candidate = Candidate {
            promises: NodeSet::EMPTY,
            reported: BTreeMap::new(),
        };
        for vote in self.report(from).votes {
            candidate
                .reported
                .insert(vote.slot, (vote.ballot, vote.payload));
        }
        if quorum(cx) == 1 {
            // Nobody else's answer proves that its own promise is durable: it counts itself once told.
            cx.notify_saved(ballot.number());
        } else {
            candidate.promises.insert(cx.me());
        }
        self.role = Role::Candidate(candidate);
        for to in others(cx) {
            let reason = Reason::AsksPromise { to, ballot, from };
            cx.send(to, Message::Prepare { ballot, from }, reason);
        }
        set_election_timer(cx);
    }

    /// What it has accepted from a slot on.
    fn report(&self, from: u64) -> Report<S> {
        let first = from.max(self.log.first());
        let votes = (first..=self.log.last()).filter_map(|slot| {
            let vote = self.log.get(slot)?;
            Some(Reported {
                slot,
                ballot: vote.ballot,
                payload: vote.payload.clone(),
            })
        });
        Report {
            votes: votes.collect(),
            chosen: self.log.chosen(),
            snapshot: (from < self.log.first()).then(|| self.snapshot.clone()),
        }
    }

    /// Phase 1b.
    pub(crate) fn on_prepare(&mut self, cx: &mut Cx<'_, S>, to: NodeId, ballot: Ballot, from: u64) {
        if ballot < self.promised {
            self.refuse(cx, to, ballot);
            return;
        }
        let report = self.report(from);
        if ballot > self.promised {
            if self.leads() {
                cx.tell(Fact::Deposed {
                    ballot: self.promised,
                    by: to,
                    promised: ballot,
                });
            }
            self.promised = ballot;
            self.seen = self.seen.max(ballot);
            self.save_promise(cx);
            cx.tell(Fact::Promised {
                ballot,
                votes: report.votes.len() as u64,
            });
            self.leader = None;
            self.follow(cx);
        }
        let reason = Reason::Promises { to, ballot, from };
        let report = Arc::new(report);
        cx.send(to, Message::Promise { ballot, report }, reason);
    }

    /// Refuses a ballot that comes too late.
    pub(crate) fn refuse(&self, cx: &mut Cx<'_, S>, to: NodeId, ballot: Ballot) {
        let promised = self.promised;
        let reason = Reason::Refuses {
            to,
            ballot,
            promised,
        };
        cx.send(to, Message::Refused { ballot, promised }, reason);
    }

    /// A promise arrives, with what its server has accepted.
    pub(crate) fn on_promise(
        &mut self,
        cx: &mut Cx<'_, S>,
        from: NodeId,
        ballot: Ballot,
        report: &Report<S>,
    ) {
        if ballot != self.promised || !matches!(self.role, Role::Candidate(_)) {
            cx.note(Reason::LateAnswer { from, ballot });
            return;
        }
        // What the other knows to be chosen is learned at once.
        if let Some(snapshot) = &report.snapshot {
            self.install(cx, from, snapshot);
        }
        let known = report
            .votes
            .iter()
            .filter(|vote| vote.slot <= report.chosen);
        let known: Vec<_> = known
            .map(|vote| (vote.slot, (vote.ballot, vote.payload.clone())))
            .collect();
        if let Some((first, _)) = known.first() {
            let first = *first;
            let entries: Vec<_> = known.into_iter().map(|(_, entry)| entry).collect();
            self.learn(cx, first, &entries.into());
        }
        let Role::Candidate(candidate) = &mut self.role else {
            return;
        };
        for vote in &report.votes {
            let greater = candidate
                .reported
                .get(&vote.slot)
                .is_none_or(|(other, _)| vote.ballot > *other);
            if greater {
                let report = (vote.ballot, vote.payload.clone());
                candidate.reported.insert(vote.slot, report);
            }
        }
        candidate.promises.insert(from);
        let (have, need) = (candidate.promises.len(), quorum(cx));
        if have < need {
            cx.note(Reason::CountsPromise {
                from,
                ballot,
                have,
                need,
            });
        } else {
            self.lead(cx);
        }
    }

    /// Its own promise is durable, where that is a quorum.
    pub(crate) fn on_promise_saved(&mut self, cx: &mut Cx<'_, S>) {
        if let Role::Candidate(candidate) = &mut self.role {
            candidate.promises.insert(cx.me());
            self.lead(cx);
        }
    }

    /// A quorum has promised. For every slot that anybody of it has voted in, the vote of the greatest ballot is proposed again;
    /// the gaps between them are filled with empty entries.
    fn lead(&mut self, cx: &mut Cx<'_, S>) {
        let Role::Candidate(candidate) = std::mem::replace(&mut self.role, Role::Follower) else {
            return;
        };
        let ballot = self.promised;
        let Candidate {
            promises,
            mut reported,
        } = candidate;
        if cx.variant() == Variant::IgnoresAccepted {
            reported.clear();
        }
        let first = self.log.chosen() + 1;
        let last = reported.keys().next_back().copied().unwrap_or(0);
        let skips = cx.variant() == Variant::GapSkipped;
        let mut gaps = Vec::new();
        // Consecutive slots, with what is proposed for them.
        let mut runs: Vec<(u64, Vec<Payload<S>>)> = Vec::new();
        let mut again = 0;
        for slot in first..=last {
            let payload = match reported.remove(&slot) {
                Some((_, payload)) => {
                    again += 1;
                    payload
                }
                None => {
                    gaps.push(slot);
                    if skips {
                        continue;
                    }
                    Payload::Noop
                }
            };
            match runs.last_mut() {
                Some((start, run)) if *start + run.len() as u64 == slot => run.push(payload),
                _ => runs.push((slot, vec![payload])),
            }
        }
        let next = last.max(self.log.chosen()) + 1;
        self.leader = Some(cx.me());
        self.role = Role::Leader(Leader {
            next,
            votes: BTreeMap::new(),
            queue: VecDeque::new(),
            overdue: next,
            acknowledged: vec![0; cx.config().servers as usize],
        });
        cx.cancel_timer(crate::multi::Timer::Election);
        cx.tell(Fact::BecameLeader {
            ballot,
            promises,
            next,
        });
        if again > 0 {
            cx.tell(Fact::ProposesAgain {
                ballot,
                count: again,
                first,
                last,
            });
        }
        for slot in gaps {
            if skips {
                self.log.put(slot, ballot, Payload::Noop);
                self.log.mark_chosen(slot);
            } else {
                cx.tell(Fact::FillsGap { slot, ballot });
            }
        }
        for (first, entries) in runs {
            self.propose(cx, first, entries);
        }
        self.apply(cx);
        self.send_heartbeats(cx);
    }

    /// Somebody has promised a greater ballot: this one is over.
    pub(crate) fn on_refused(
        &mut self,
        cx: &mut Cx<'_, S>,
        from: NodeId,
        ballot: Ballot,
        promised: Ballot,
    ) {
        self.seen = self.seen.max(promised);
        if ballot != self.promised || promised <= ballot {
            cx.note(Reason::LateAnswer { from, ballot });
            return;
        }
        match self.role {
            Role::Leader(_) => cx.tell(Fact::Deposed {
                ballot,
                by: from,
                promised,
            }),
            Role::Candidate(_) => cx.tell(Fact::Overtaken {
                ballot,
                acceptor: from,
                promised,
            }),
            Role::Follower => {
                cx.note(Reason::LateAnswer { from, ballot });
                return;
            }
        }
        self.leader = None;
        self.follow(cx);
    }
}
