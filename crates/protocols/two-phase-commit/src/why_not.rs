//! Why not: why a transaction has not committed, why a participant has not voted or does not know the outcome, why a client has
//! no answer. Everything is read off the nodes as they stand, as an observer sees them; nothing here is known to a node.

use crate::client::Client;
use crate::config::CommitConfig;
use crate::coordinator::{Coordinator, Phase, Transaction};
use crate::node::Node;
use crate::participant::{InDoubt, Participant, Waiting};
use protocol::{NodeId, Phrase, Say, WhyNot};
use std::collections::BTreeSet;

/// The nodes of a cluster, as an observer sees them.
struct Sight<'a> {
    config: &'a CommitConfig,
    nodes: &'a [Option<Node>],
}

/// What may be asked of `node`.
pub(crate) fn why_not(config: &CommitConfig, nodes: &[Option<Node>], node: NodeId) -> Vec<WhyNot> {
    let sight = Sight { config, nodes };
    match nodes.get(node.index()).and_then(Option::as_ref) {
        Some(Node::Coordinator(coordinator)) => {
            let open = coordinator.open().iter();
            let asked = open.filter_map(|(tx, open)| sight.not_committed(node, *tx, open));
            asked.collect()
        }
        Some(Node::Participant(participant)) => {
            let waiting = participant.waiting().iter();
            let waiting =
                waiting.map(|(tx, waiting)| sight.not_voted(node, participant, *tx, waiting));
            let doubts = participant.doubts().iter();
            let doubts = doubts.map(|(tx, doubt)| sight.in_doubt(node, *tx, doubt));
            waiting.chain(doubts).collect()
        }
        Some(Node::Client(client)) => sight.no_answer(node, client).into_iter().collect(),
        None => Vec::new(),
    }
}

impl Sight<'_> {
    fn coordinator(&self, node: NodeId) -> Option<&Coordinator> {
        match self.nodes.get(node.index())?.as_ref()? {
            Node::Coordinator(coordinator) => Some(coordinator),
            _ => None,
        }
    }

    fn participant(&self, node: NodeId) -> Option<&Participant> {
        match self.nodes.get(node.index())?.as_ref()? {
            Node::Participant(participant) => Some(participant),
            _ => None,
        }
    }

    // ---- the coordinator ----

    fn not_committed(&self, me: NodeId, tx: u64, open: &Transaction) -> Option<WhyNot> {
        let of = |key| Phrase::new(key).node("node", me).int("tx", tx);
        let why = WhyNot::new(of("question.not-committed"));
        let need = open.work.parties.len() as u64;
        let count = |key, counted: &BTreeSet<NodeId>| {
            of(key)
                .nodes("counted", counted.iter().copied())
                .int("have", counted.len() as u64)
                .int("need", need)
        };
        match &open.phase {
            Phase::Committing(_) => None,
            Phase::Voting(yes) => {
                let why = why.guard(false, count("guard.votes", yes).by("unilateral-abort"));
                Some(self.missing(why, tx, open, yes, |party| {
                    let prepared = party.doubts().contains_key(&tx);
                    let waits = party.waiting().contains_key(&tx);
                    match (prepared, waits) {
                        (true, _) => "guard.vote-on-its-way",
                        (_, true) => "guard.party-waits",
                        _ => "guard.party-has-not-voted",
                    }
                }))
            }
            Phase::PreCommitting(sure) => {
                let why = why.guard(true, of("guard.all-voted-yes").int("need", need));
                let why = why.guard(false, count("guard.sure", sure).by("pre-commit"));
                Some(
                    self.missing(why, tx, open, sure, |party| match party.doubts().get(&tx) {
                        Some(doubt) if doubt.pre_committed => "guard.ack-on-its-way",
                        Some(_) => "guard.pre-commit-on-its-way",
                        None => "guard.party-decided",
                    }),
                )
            }
            Phase::Recovering => {
                let why = why.guard(true, of("guard.all-voted-yes").int("need", need));
                let asks = of("guard.recovers").nodes("parties", open.work.nodes());
                Some(why.guard(false, asks.by("termination-rules")))
            }
        }
    }

    /// What is missing at each party that is not counted yet; `far` says how far one that is up has come.
    fn missing(
        &self,
        why: WhyNot,
        tx: u64,
        open: &Transaction,
        counted: &BTreeSet<NodeId>,
        far: impl Fn(&Participant) -> &'static str,
    ) -> WhyNot {
        let parties = open.work.nodes().filter(|party| !counted.contains(party));
        parties.fold(why, |why, party| {
            let key = self.participant(party).map_or("guard.party-down", &far);
            let says = Phrase::new(key).int("tx", tx).node("party", party);
            why.guard(false, says)
        })
    }

    // ---- the participant ----

    fn not_voted(
        &self,
        me: NodeId,
        participant: &Participant,
        tx: u64,
        waiting: &Waiting,
    ) -> WhyNot {
        let of = |key| Phrase::new(key).node("node", me).int("tx", tx);
        let why = WhyNot::new(of("question.not-voted"));
        let mut owners = participant.locks().rivals(tx, waiting.work.at(me));
        owners.sort_unstable();
        owners.dedup();
        owners.into_iter().fold(why, |why, owner| {
            let taken = of("guard.lock-taken").int("owner", owner);
            why.guard(false, taken.by("two-phase-locking"))
        })
    }

    fn in_doubt(&self, me: NodeId, tx: u64, doubt: &InDoubt) -> WhyNot {
        let coordinator = doubt.work.coordinator;
        let of = |key| {
            Phrase::new(key)
                .node("node", me)
                .int("tx", tx)
                .node("coordinator", coordinator)
        };
        let asked = Phrase::new("question.in-doubt")
            .node("node", me)
            .int("tx", tx);
        let why = WhyNot::new(asked).guard(true, of("guard.voted-yes").by("blocking"));
        let Some(at) = self.coordinator(coordinator) else {
            let why = why.guard(false, of("guard.coordinator-down"));
            return self.without_coordinator(why, of, me, tx, doubt);
        };
        match at.open().get(&tx).map(|open| &open.phase) {
            Some(Phase::Committing(_)) => why
                .guard(true, of("guard.coordinator-commits").by("force-commit"))
                .guard(false, of("guard.commit-on-its-way").by("acknowledge")),
            Some(_) => why.guard(false, of("guard.coordinator-undecided")),
            None => why
                .guard(true, of("guard.coordinator-forgot").by("presume-abort"))
                .guard(false, of("guard.abort-on-its-way").by("inquire")),
        }
    }

    /// The coordinator is down: who else could tell.
    fn without_coordinator(
        &self,
        why: WhyNot,
        of: impl Fn(&'static str) -> Phrase,
        me: NodeId,
        tx: u64,
        doubt: &InDoubt,
    ) -> WhyNot {
        let three = self.config.three_phase();
        if three && !doubt.recovered {
            return why.guard(false, of("guard.takes-its-place").by("elect-backup"));
        }
        if !three && !self.config.cooperative {
            return why.guard(false, of("guard.asks-nobody-else").by("blocking"));
        }
        let others = doubt.work.others(me);
        let knows = |party: &NodeId| {
            self.participant(*party)
                .is_some_and(|party| !party.doubts().contains_key(&tx))
        };
        let (knowing, ignorant): (Vec<NodeId>, Vec<NodeId>) = others.partition(knows);
        if knowing.is_empty() {
            let nobody = of("guard.nobody-knows").nodes("others", ignorant);
            why.guard(false, nobody.by("blocking"))
        } else {
            let known = of("guard.others-know").nodes("others", knowing);
            why.guard(false, known.by("cooperative-termination"))
        }
    }

    // ---- the client ----

    fn no_answer(&self, me: NodeId, client: &Client) -> Option<WhyNot> {
        let (number, op) = client.waits_for()?;
        let coordinator = self.config.coordinator_of(me);
        let asked = Phrase::new("question.no-answer").node("node", me);
        let op = protocol::Arg::Phrase(Box::new(op.phrase(me)));
        let why = WhyNot::new(asked.with("op", op));
        let of = |key| {
            Phrase::new(key)
                .node("node", me)
                .node("coordinator", coordinator)
        };
        let Some(at) = self.coordinator(coordinator) else {
            return Some(why.guard(false, of("guard.coordinator-down-for")));
        };
        Some(match at.request(me) {
            Some((newest, true)) if newest == number => why
                .guard(true, of("guard.answered"))
                .guard(false, of("guard.answer-on-its-way").by("client-repeats")),
            Some((newest, false)) if newest == number => {
                let mut open = at.open().iter();
                let found = open.find(|(_, open)| open.request == (me, number));
                let tx = found.map_or(0, |(tx, _)| *tx);
                why.guard(true, of("guard.under-way").int("tx", tx))
                    .guard(false, of("guard.not-over").int("tx", tx))
            }
            _ => why.guard(false, of("guard.request-on-its-way").by("client-repeats")),
        })
    }
}
