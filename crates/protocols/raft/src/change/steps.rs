//! What the leader does about a change that is ordered, step by step; and what every server does when its configuration is
//! another one.

use super::{CatchUp, Change, ChangeFact, ChangeOutcome, ChangeReason, ROUNDS_MAX, Undertaking};
use crate::log::Entry;
use crate::membership::{Configured, Members};
use crate::order::Outcome;
use crate::replication::{Leader, Pace, Progress};
use crate::server::{Cx, Role, Server};
use crate::{Fact, Reason, Variant};
use protocol::{NodeId, NodeSet};
use replicated::StateMachine;
use std::collections::VecDeque;
use std::sync::Arc;

impl Leader {
    /// Who is brought up to date before it votes.
    #[inline]
    pub(crate) fn catching_up(&self) -> NodeSet {
        let catch_up = self.undertaking.get().and_then(|one| one.catch_up);
        catch_up.map_or(NodeSet::EMPTY, |catch_up| catch_up.servers)
    }
}

impl<S: StateMachine> Server<S> {
    /// A client orders a change.
    #[inline(never)]
    pub(crate) fn on_change(
        &mut self,
        cx: &mut Cx<'_, S>,
        client: NodeId,
        sequence: u64,
        change: Change,
    ) {
        let Role::Leader(leader) = &self.role else {
            self.point_to_leader(cx, client, sequence);
            return;
        };
        let undertaken = leader.undertaking.get();
        if undertaken
            .is_some_and(|one| (one.client, one.sequence, one.change) == (client, sequence, change))
        {
            let reason = ChangeReason::UnderWay { client, sequence };
            cx.note(Reason::Change(reason));
            return;
        }
        let current = self.members(cx.config());
        let from = current.settled();
        let target = change.target(from);
        if let Some(outcome) = self.refusal_of_change(cx, change, target) {
            self.answer_order(cx, client, sequence, Outcome::Change(outcome));
            return;
        }
        if target == from && !current.is_joint() && self.configured_at() <= self.commit_index {
            let outcome = ChangeOutcome::Stands(self.configured_at());
            self.answer_order(cx, client, sequence, Outcome::Change(outcome));
            return;
        }
        let mut undertaking = Undertaking {
            client,
            sequence,
            change,
            catch_up: None,
        };
        // Who votes for the first time has to catch up; what is ordered a second time only waits.
        let new = target.voters.minus(from.voters);
        if !new.is_empty() {
            undertaking.catch_up = Some(CatchUp {
                servers: new,
                round: 1,
                until: self.log.last_index(),
                since_us: cx.now_us(),
            });
            let servers = new;
            cx.tell(Fact::Change(ChangeFact::CatchUpBegins { servers }));
            self.welcome(new.minus(current.all()));
        }
        self.undertake(undertaking);
        if !new.is_empty() {
            for to in new.iter() {
                self.replicate(cx, to, None);
            }
            self.catch_up(cx);
        } else if target != from {
            let first = change.first_step(from, target);
            self.welcome(first.all().minus(current.all()));
            self.configure(cx, first);
        }
    }

    /// Why this change is not made, now or at all.
    fn refusal_of_change(
        &self,
        cx: &Cx<'_, S>,
        change: Change,
        target: Members,
    ) -> Option<ChangeOutcome> {
        let current = self.members(cx.config());
        let Role::Leader(leader) = &self.role else {
            return None;
        };
        if !change.servers().minus(cx.config().everybody()).is_empty() {
            return Some(ChangeOutcome::NoSuchServer);
        }
        if let Change::AddLearner(server) = change
            && current.electors().contains(server)
        {
            return Some(ChangeOutcome::Votes(server));
        }
        if target.voters.is_empty() {
            return Some(ChangeOutcome::NobodyLeft);
        }
        // Until then a configuration of an older term may be alive that is not in this log, and whose majorities need not overlap
        // with those of the next one.
        let began = self.log.term_at(self.commit_index) == Some(self.term);
        if !began && cx.variant() != Variant::ChangeWithoutNoop {
            return Some(ChangeOutcome::TermNotBegun);
        }
        let settled = self.configured_at() <= self.commit_index && !current.is_joint();
        let same = target == current.settled();
        if leader.undertaking.get().is_some() || !settled && !same {
            return Some(ChangeOutcome::UnderWay);
        }
        None
    }

    fn undertake(&mut self, undertaking: Undertaking) {
        if let Role::Leader(leader) = &mut self.role {
            leader.undertaking = undertaking.into();
        }
    }

    /// Knows nothing of these servers' logs yet: begins with its own last entry.
    fn welcome(&mut self, servers: NodeSet) {
        let fresh = Progress {
            match_index: 0,
            next_index: self.log.last_index().max(1),
            pace: Pace::Probe { waits: false },
            in_flight: VecDeque::new(),
            active: true,
        };
        if let Role::Leader(leader) = &mut self.role {
            for server in servers.iter() {
                leader.progress[server.index()] = fresh.clone();
            }
        }
    }

    /// Appends a configuration, and goes by it from now on.
    fn configure(&mut self, cx: &mut Cx<'_, S>, members: Members) {
        let before = self.log.configuration().copied();
        let entry = Entry::configuration(self.term, members);
        // To those that it leaves out it is not sent.
        let index = self.append_entry(cx, entry);
        self.note_configuration(cx, before, index - 1);
        // What a majority of fewer voters has may be more.
        self.advance_commit(cx, index - 1);
    }

    /// Whoever catches up has more of the log: perhaps a round is over.
    pub(crate) fn catch_up(&mut self, cx: &mut Cx<'_, S>) {
        let last = self.log.last_index();
        let from = self.members(cx.config());
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        let matched = |server: NodeId| leader.progress[server.index()].match_index;
        let Some(undertaking) = leader.undertaking.get_mut() else {
            return;
        };
        let Some(round) = undertaking.catch_up.as_mut() else {
            return;
        };
        let slowest = round.servers.iter().min_by_key(|server| matched(*server));
        let slowest = slowest.filter(|server| matched(*server) >= round.until);
        let Some(slowest) = slowest else { return };
        let mut took_us = cx.now_us().saturating_sub(round.since_us);
        let limit_us = cx.config().election_timeout_min_us;
        if took_us > limit_us && round.round < ROUNDS_MAX && matched(slowest) >= last {
            // What has been added since is there as well: the next round is over as it begins.
            round.round += 1;
            took_us = 0;
        }
        if took_us <= limit_us {
            let rounds = round.round;
            cx.note(Reason::Change(ChangeReason::CaughtUp { rounds, took_us }));
            undertaking.catch_up = None;
            let change = undertaking.change;
            self.configure(cx, change.first_step(from, change.target(from)));
        } else if round.round >= ROUNDS_MAX {
            self.give_up(cx, Some(slowest));
        } else {
            round.round += 1;
            round.until = last;
            round.since_us = cx.now_us();
            let round = round.round;
            let reason = ChangeReason::AnotherRound {
                round,
                took_us,
                limit_us,
            };
            cx.note(Reason::Change(reason));
        }
    }

    /// The quorum timer looks who answered: who is to catch up and does not is not waited for.
    pub(crate) fn give_up_on_silent(&mut self, cx: &mut Cx<'_, S>) {
        let Role::Leader(leader) = &self.role else {
            return;
        };
        let mut catching = leader.catching_up().iter();
        let silent = catching.find(|server| !leader.progress[server.index()].active);
        if silent.is_some() {
            self.give_up(cx, silent);
        }
    }

    fn give_up(&mut self, cx: &mut Cx<'_, S>, server: Option<NodeId>) {
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        let (Some(one), Some(server)) = (leader.undertaking.take(), server) else {
            return;
        };
        cx.tell(Fact::Change(ChangeFact::GivenUp { server }));
        let outcome = Outcome::Change(ChangeOutcome::NotCaughtUp(server));
        self.answer_order(cx, one.client, one.sequence, outcome);
    }

    /// The leader has committed more than up to `before`: perhaps a configuration, and then the next step is due.
    #[inline(never)]
    pub(crate) fn configuration_committed(&mut self, cx: &mut Cx<'_, S>, before: u64) {
        let Some(&Configured { index, members }) = self.log.configuration() else {
            return;
        };
        if index > self.commit_index {
            return;
        }
        if index > before {
            let members = Arc::new(members);
            cx.tell(Fact::Change(ChangeFact::Stands { index, members }));
        }
        if members.is_joint() {
            self.configure(cx, members.settled());
            return;
        }
        let Role::Leader(leader) = &mut self.role else {
            return;
        };
        let done = leader
            .undertaking
            .get()
            .is_some_and(|one| one.catch_up.is_none());
        if done && let Some(one) = leader.undertaking.take() {
            let outcome = Outcome::Change(ChangeOutcome::Stands(index));
            self.answer_order(cx, one.client, one.sequence, outcome);
        }
        if !members.voters.contains(cx.me()) {
            let term = self.term;
            cx.tell(Fact::Change(ChangeFact::SteppedDown { term }));
            self.follow(cx, term);
        }
    }

    /// Its log has other entries after `kept`: perhaps another configuration than `before`, by which it goes at once.
    #[inline]
    pub(crate) fn note_configuration(
        &mut self,
        cx: &mut Cx<'_, S>,
        before: Option<Configured>,
        kept: u64,
    ) {
        if self.log.configuration().copied() != before {
            self.goes_by_another(cx, before, kept);
        }
    }

    #[inline(never)]
    fn goes_by_another(&mut self, cx: &mut Cx<'_, S>, before: Option<Configured>, kept: u64) {
        let members = self.members(cx.config());
        let then = before.map_or_else(|| Members::initial(cx.config()), |before| before.members);
        if members == then {
            return;
        }
        let index = self.configured_at();
        let members = Arc::new(members);
        cx.tell(Fact::Change(if index > kept {
            ChangeFact::GoesBy { index, members }
        } else {
            ChangeFact::GoesBack { members }
        }));
        if !self.leads() {
            self.await_leader(cx);
        }
    }
}
