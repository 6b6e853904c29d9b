//! What Paxos promises for one value, looked at from outside.
//!
//! The memory folds what acceptors told once it was durable: their promises and their votes. A value is chosen when a majority
//! has voted for it in one ballot, whether anybody knows it or not.

use crate::Ballot;
use crate::decree::{Acceptor, Cast, Fact, Node, Value, Vote};
use protocol::{Assumptions, Look, NodeId, NodeSet, Property, PropertyKind, SharedVec, Verdicts};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The promises, in the order of the indices below.
pub(crate) const PROPERTIES: &[Property] = &[
    property("agreement", PropertyKind::Always, "Lamport 2001, §2.1"),
    property("validity", PropertyKind::Always, "Lamport 2001, §2.1"),
    property("one-value", PropertyKind::Always, "Lamport 2001, §2.2"),
    property(
        "promise-kept",
        PropertyKind::Always,
        "Lamport 2001, §2.2, P1a",
    ),
    property("learned-chosen", PropertyKind::Always, "Lamport 2001, §2.1"),
    property(
        "value-chosen",
        PropertyKind::Sometimes,
        "Lamport 2001, §2.1",
    ),
    property("duel", PropertyKind::Sometimes, "Lamport 2001, §2.4"),
    property("all-learn", PropertyKind::Eventually, "Lamport 2001, §2.3"),
    property(
        "all-answered",
        PropertyKind::Eventually,
        "Lamport 2001, §2.4",
    ),
];

const AGREEMENT: usize = 0;
const VALIDITY: usize = 1;
const ONE_VALUE: usize = 2;
const PROMISE_KEPT: usize = 3;
const LEARNED_CHOSEN: usize = 4;
const VALUE_CHOSEN: usize = 5;
const DUEL: usize = 6;
const ALL_LEARN: usize = 7;
const ALL_ANSWERED: usize = 8;

const fn property(id: &'static str, kind: PropertyKind, source: &'static str) -> Property {
    Property {
        id,
        kind,
        assumes: Assumptions::ASYNCHRONOUS,
        source,
    }
}

/// What an acceptor has told, durably.
#[derive(Clone, Hash, Debug, Default)]
pub(crate) struct Told {
    /// Its greatest promise, a vote included.
    pub(crate) promised: Ballot,
    /// Its last vote.
    pub(crate) accepted: Option<Vote>,
}

/// What the properties remember.
#[derive(Clone, Hash, Debug, Default)]
pub struct Memory {
    /// By acceptor.
    pub(crate) told: Arc<BTreeMap<NodeId, Told>>,
    /// Every vote that was cast, by whom.
    votes: SharedVec<Cast>,
    /// What is chosen, by the first majority.
    pub(crate) chosen: Option<Vote>,
    /// What clients have asked for.
    proposed: SharedVec<Value>,
    /// Clients that wait for an outcome.
    waiting: NodeSet,
    learned: bool,
    answered: bool,
}

/// Updates the memory after a step, and reports what changed.
pub(crate) fn observe(memory: &mut Memory, look: &Look<'_, Node>, verdicts: &mut Verdicts) {
    if let Some(changed) = look.changed {
        match &look.nodes[changed.index()] {
            Some(Node::Client(client)) => {
                let open = client.open().map(|(value, ..)| value);
                if let Some(value) = open {
                    memory.see_proposed(value);
                }
                memory.client_waits(changed, open.is_some(), verdicts);
            }
            None => memory.client_waits(changed, false, verdicts),
            // What a crash kept it from telling is on its disk, and counts.
            Some(Node::Server(server)) if look.booted => {
                let acceptor = server.acceptor();
                if let Some(vote) = acceptor.and_then(Acceptor::accepted)
                    && !memory.has_cast(changed, vote)
                {
                    memory.accepted(look, changed, vote, verdicts);
                }
            }
            Some(Node::Server(_)) => {}
        }
    }
    for (node, fact) in look.facts {
        match fact {
            Fact::Promised { ballot, .. } => {
                let told = Arc::make_mut(&mut memory.told).entry(*node).or_default();
                told.promised = told.promised.max(*ballot);
            }
            Fact::Accepted(vote) => memory.accepted(look, *node, vote, verdicts),
            Fact::Chosen { vote, .. } | Fact::Learned { vote, .. } => {
                memory.claimed(*node, vote, verdicts);
            }
            Fact::Overtaken { .. } => verdicts.met(DUEL),
            Fact::Restarted { .. }
            | Fact::Began { .. }
            | Fact::Adopts { .. }
            | Fact::ProposesOwn { .. } => {}
        }
    }
    memory.look_at_learners(look, verdicts);
}

impl Memory {
    /// The same of acceptors with other names.
    pub(crate) fn renamed(&self, name: &dyn Fn(NodeId) -> NodeId) -> Self {
        let told = self.told.iter();
        let votes = self.votes.iter().map(|cast| Cast {
            vote: cast.vote.clone(),
            by: cast.by.iter().map(name).collect(),
        });
        Self {
            told: Arc::new(
                told.map(|(node, told)| (name(*node), told.clone()))
                    .collect(),
            ),
            votes: votes.collect(),
            ..self.clone()
        }
    }

    fn see_proposed(&mut self, value: &Value) {
        if !self.proposed.iter().any(|known| known == value) {
            self.proposed.push(value.clone());
        }
    }

    /// Whether it is known that an acceptor has cast a vote.
    fn has_cast(&self, acceptor: NodeId, vote: &Vote) -> bool {
        let mut votes = self.votes.iter();
        votes.any(|cast| cast.vote == *vote && cast.by.contains(acceptor))
    }

    /// An acceptor has cast a vote.
    fn accepted(
        &mut self,
        look: &Look<'_, Node>,
        acceptor: NodeId,
        vote: &Vote,
        verdicts: &mut Verdicts,
    ) {
        let told = Arc::make_mut(&mut self.told).entry(acceptor).or_default();
        let promised = told.promised;
        told.promised = promised.max(vote.ballot);
        told.accepted = Some(vote.clone());
        if vote.ballot < promised {
            let how = vote
                .phrase("violation.promise-kept")
                .node("acceptor", acceptor)
                .with("promised", promised.arg());
            verdicts.violated(PROMISE_KEPT, how);
        }
        if !self.proposed.iter().any(|value| *value == vote.value) {
            let how = vote.phrase("violation.validity").node("acceptor", acceptor);
            verdicts.violated(VALIDITY, how);
        }
        let other = self
            .votes
            .iter()
            .find(|cast| cast.vote.ballot == vote.ballot && cast.vote.value != vote.value);
        if let Some(other) = other {
            let how = vote
                .phrase("violation.one-value")
                .node("acceptor", acceptor)
                .nodes("others", other.by.iter())
                .text("other", other.vote.value.as_str());
            verdicts.violated(ONE_VALUE, how);
        }
        let known = (0..self.votes.len()).find(|place| {
            let cast = self.votes.get(*place);
            cast.is_some_and(|cast| cast.vote == *vote)
        });
        let place = known.unwrap_or_else(|| {
            self.votes.push(Cast {
                vote: vote.clone(),
                by: NodeSet::EMPTY,
            });
            self.votes.len() - 1
        });
        let Some(cast) = self.votes.get_mut(place) else {
            return;
        };
        cast.by.insert(acceptor);
        let by = cast.by;
        if by.len() < look.config.majority() {
            return;
        }
        match &self.chosen {
            None => {
                self.chosen = Some(vote.clone());
                verdicts.met(VALUE_CHOSEN);
            }
            Some(first) if first.value != vote.value => {
                let how = vote
                    .phrase("violation.agreement")
                    .nodes("by", by.iter())
                    .text("first", first.value.as_str())
                    .with("before", first.ballot.arg());
                verdicts.violated(AGREEMENT, how);
            }
            Some(_) => {}
        }
    }

    /// Somebody says that a value is chosen.
    fn claimed(&self, node: NodeId, vote: &Vote, verdicts: &mut Verdicts) {
        match &self.chosen {
            Some(chosen) if chosen.value == vote.value => {}
            Some(chosen) => {
                let how = vote
                    .phrase("violation.learned-other")
                    .node("node", node)
                    .text("chosen", chosen.value.as_str());
                verdicts.violated(LEARNED_CHOSEN, how);
            }
            None => {
                let how = vote.phrase("violation.learned-early").node("node", node);
                verdicts.violated(LEARNED_CHOSEN, how);
            }
        }
    }

    /// Whether, once something is chosen, every learner that is up knows it.
    fn look_at_learners(&mut self, look: &Look<'_, Node>, verdicts: &mut Verdicts) {
        if self.chosen.is_none() {
            return;
        }
        let knows = |id: u16| {
            let server = look.nodes[usize::from(id)].as_ref().and_then(Node::server);
            let learner = server.and_then(|server| server.learner());
            learner.is_none_or(|learner| learner.learned().is_some())
        };
        let learned = look.config.learner_ids().all(knows);
        if learned != self.learned {
            self.learned = learned;
            if learned {
                verdicts.met(ALL_LEARN);
            } else {
                verdicts.owed(ALL_LEARN);
            }
        }
    }

    fn client_waits(&mut self, client: NodeId, waits: bool, verdicts: &mut Verdicts) {
        let before = self.waiting;
        if waits {
            self.waiting.insert(client);
        } else {
            self.waiting = before.without(client);
        }
        if before == self.waiting {
            return;
        }
        let answered = self.waiting.is_empty();
        if answered != self.answered {
            self.answered = answered;
            if answered {
                verdicts.met(ALL_ANSWERED);
            } else {
                verdicts.owed(ALL_ANSWERED);
            }
        }
    }
}
