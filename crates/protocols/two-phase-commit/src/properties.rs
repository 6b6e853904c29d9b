//! What atomic commitment promises (Bernstein, Hadzilacos and Goodman 1987, §7.3), looked at from outside.
//!
//! Decisions count once they are durable: as they are told, or as a restarted node finds them on its disk. Three phases assume
//! more of the world than two, so that what they promise stands apart.

use crate::Fact;
use crate::config::DELTA_US;
use crate::coordinator::Phase;
use crate::disk::Outcome;
use crate::node::Node;
use protocol::{Assumptions, Look, NodeId, Phrase, Property, PropertyKind, Verdicts};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What three phases assume: crashes, a network without faults, and bounded delays.
const SYNCHRONOUS: Assumptions = Assumptions {
    crashes: true,
    bad_network: false,
    bad_disks: false,
    drift_ppm_max: Some(50_000),
    delay_us_max: Some(DELTA_US),
};

/// The promises, in the order of the indices below.
pub(crate) const PROPERTIES: &[Property] = &[
    two("atomicity", "Bernstein 1987, §7.3"),
    two("conservation", "Gray 1978, §5.8"),
    two("mind-kept", "Bernstein 1987, §7.3"),
    two("locks-held", "Bernstein 1987, §3"),
    three("three-phase-atomicity", "Skeen 1981"),
    three("three-phase-conservation", "Skeen 1981"),
    three("non-blocking", "Skeen 1981; Bernstein 1987, §7.5"),
    property(
        "commits",
        PropertyKind::Sometimes,
        Assumptions::ASYNCHRONOUS,
        "Bernstein 1987, §7.3",
    ),
    property(
        "blocks",
        PropertyKind::Sometimes,
        Assumptions::ASYNCHRONOUS,
        "Bernstein 1987, §7.4",
    ),
    property(
        "decided",
        PropertyKind::Eventually,
        Assumptions::ASYNCHRONOUS,
        "Bernstein 1987, §7.3",
    ),
];

const ATOMICITY: usize = 0;
const CONSERVATION: usize = 1;
const MIND_KEPT: usize = 2;
const LOCKS_HELD: usize = 3;
/// How far the promises of three phases stand behind those of two.
const THREE_PHASE: usize = 4;
const NON_BLOCKING: usize = 6;
const COMMITS: usize = 7;
const BLOCKS: usize = 8;
const DECIDED: usize = 9;

const fn two(id: &'static str, source: &'static str) -> Property {
    property(id, PropertyKind::Always, Assumptions::ASYNCHRONOUS, source)
}

const fn three(id: &'static str, source: &'static str) -> Property {
    property(id, PropertyKind::Always, SYNCHRONOUS, source)
}

const fn property(
    id: &'static str,
    kind: PropertyKind,
    assumes: Assumptions,
    source: &'static str,
) -> Property {
    Property {
        id,
        kind,
        assumes,
        source,
    }
}

/// What is known of a transaction's end: nodes as bits.
#[derive(Clone, Copy, Hash, Debug, Default)]
struct End {
    prepared: u64,
    committed: u64,
    aborted: u64,
    /// Whether an abort can follow: the coordinator decided or presumed it, somebody refused, or the others decided so.
    grounds: bool,
}

/// What the properties remember.
#[derive(Clone, Hash, Debug, Default)]
pub struct Memory {
    ends: Arc<BTreeMap<u64, End>>,
    /// What each node has open: in doubt, waiting, or not forgotten.
    open: BTreeMap<NodeId, u64>,
    decided: bool,
    /// Since when a participant that was not down since is in doubt.
    in_doubt: BTreeMap<(NodeId, u64), u64>,
}

/// Updates the memory after a step, and reports what changed.
pub(crate) fn observe(memory: &mut Memory, look: &Look<'_, Node>, verdicts: &mut Verdicts) {
    // What an abort can stand on comes first: a participant in the coordinator's place tells its decision and its end at once.
    for (_, fact) in look.facts {
        if let Fact::DecidedAbort { tx, .. }
        | Fact::PresumedAbort { tx, .. }
        | Fact::Refused { tx, .. }
        | Fact::Terminated {
            tx, commit: false, ..
        } = fact
        {
            memory.end(*tx).grounds = true;
        }
    }
    for (node, fact) in look.facts {
        match fact {
            Fact::Prepared { tx } => memory.end(*tx).prepared |= bit(*node),
            Fact::DecidedCommit { tx, .. } | Fact::Committed { tx, .. } => {
                verdicts.met(COMMITS);
                memory.ended(look, *node, *tx, true, verdicts);
            }
            // A presumption is no decision: an inquiry that the last acknowledgement overtook is answered so after a commit, to
            // somebody who has committed.
            Fact::DecidedAbort { tx, .. } | Fact::Refused { tx, .. } | Fact::Aborted { tx, .. } => {
                memory.ended(look, *node, *tx, false, verdicts)
            }
            Fact::Blocked { .. } => verdicts.met(BLOCKS),
            _ => {}
        }
    }
    let Some(changed) = look.changed else { return };
    match &look.nodes[changed.index()] {
        Some(Node::Participant(participant)) => {
            if look.booted {
                memory.in_doubt.retain(|(node, _), _| *node != changed);
                for (tx, outcome) in participant.outcomes() {
                    memory.end(*tx).grounds |= *outcome == Outcome::Refused;
                    memory.ended(look, changed, *tx, *outcome == Outcome::Committed, verdicts);
                }
                participant
                    .doubts()
                    .keys()
                    .for_each(|tx| memory.end(*tx).prepared |= bit(changed));
            }
            for (tx, doubt) in participant.doubts() {
                let changes = doubt.work.at(changed);
                let free = changes
                    .iter()
                    .find(|(slot, _)| participant.locks().owner(*slot) != Some(*tx));
                if let Some((slot, _)) = free {
                    let how = Phrase::new("violation.locks-held")
                        .node("node", changed)
                        .int("tx", *tx)
                        .text("account", crate::bank::letter(*slot).to_string());
                    verdicts.violated(LOCKS_HELD, how);
                }
                if !doubt.recovered {
                    memory.in_doubt.entry((changed, *tx)).or_insert(look.now_us);
                }
            }
            memory
                .in_doubt
                .retain(|(node, tx), _| *node != changed || participant.doubts().contains_key(tx));
            let open = participant.doubts().len() + participant.waiting().len();
            memory.opened(changed, open as u64, verdicts);
            memory.count_money(look, verdicts);
        }
        Some(Node::Coordinator(coordinator)) => {
            if look.booted {
                for (tx, open) in coordinator.open() {
                    if matches!(open.phase, Phase::Committing(_)) {
                        memory.ended(look, changed, *tx, true, verdicts);
                    }
                }
            }
            memory.opened(changed, coordinator.open().len() as u64, verdicts);
        }
        Some(Node::Client(_)) => {}
        None => memory.in_doubt.retain(|(node, _), _| *node != changed),
    }
    if look.config.three_phase() {
        memory.look_at_clocks(look, verdicts);
    }
}

const fn bit(node: NodeId) -> u64 {
    1 << (node.0 % 64)
}

/// The first of the nodes in a set.
const fn first(nodes: u64) -> NodeId {
    NodeId(nodes.trailing_zeros() as u16)
}

impl Memory {
    fn end(&mut self, tx: u64) -> &mut End {
        Arc::make_mut(&mut self.ends).entry(tx).or_default()
    }

    /// A node has decided.
    fn ended(
        &mut self,
        look: &Look<'_, Node>,
        node: NodeId,
        tx: u64,
        commit: bool,
        verdicts: &mut Verdicts,
    ) {
        let bit = bit(node);
        let participant = look.config.place(node).is_some();
        let end = self.end(tx);
        if participant && !commit && end.prepared & bit != 0 && !end.grounds {
            let how = Phrase::new("violation.mind-kept")
                .node("node", node)
                .int("tx", tx);
            verdicts.violated(MIND_KEPT, how);
        }
        if commit {
            end.committed |= bit;
        } else {
            end.aborted |= bit;
        }
        let both = end.committed & end.aborted;
        if both != 0 {
            let how = Phrase::new("violation.reversed")
                .node("node", first(both))
                .int("tx", tx);
            verdicts.violated(MIND_KEPT, how);
        }
        if end.committed != 0 && end.aborted != 0 {
            let how = Phrase::new("violation.atomicity")
                .int("tx", tx)
                .node("committed", first(end.committed))
                .node("aborted", first(end.aborted));
            verdicts.violated(ATOMICITY + self.shift(look), how);
        }
    }

    fn shift(&self, look: &Look<'_, Node>) -> usize {
        if look.config.three_phase() {
            THREE_PHASE
        } else {
            0
        }
    }

    fn opened(&mut self, node: NodeId, open: u64, verdicts: &mut Verdicts) {
        if open == 0 {
            self.open.remove(&node);
        } else {
            self.open.insert(node, open);
        }
        let decided = self.open.is_empty();
        if decided && !self.decided && !self.ends.is_empty() {
            self.decided = true;
            verdicts.met(DECIDED);
        } else if !decided && self.decided {
            self.decided = false;
            verdicts.owed(DECIDED);
        }
    }

    /// What is in the accounts, with what is committed and has not arrived yet. Only while every participant is up: what a
    /// node that is down has cannot be seen.
    fn count_money(&self, look: &Look<'_, Node>, verdicts: &mut Verdicts) {
        let participants = (0..look.config.participants).map(|place| {
            match look.nodes.get(look.config.participant(place).index()) {
                Some(Some(Node::Participant(participant))) => Some(participant),
                _ => None,
            }
        });
        let Some(participants) = participants.collect::<Option<Vec<_>>>() else {
            return;
        };
        let committed = |tx: &u64| {
            self.ends.get(tx).is_some_and(|end| end.committed != 0)
                || participants
                    .iter()
                    .any(|participant| participant.outcomes().get(tx) == Some(&Outcome::Committed))
        };
        let mut now = 0;
        for (place, participant) in participants.iter().enumerate() {
            now += participant.balances().iter().sum::<i64>();
            let me = look.config.participant(place as u64);
            for (_, doubt) in participant.doubts().iter().filter(|(tx, _)| committed(tx)) {
                now += doubt
                    .work
                    .at(me)
                    .iter()
                    .map(|(_, change)| change)
                    .sum::<i64>();
            }
        }
        let before = look.config.money();
        if now != before {
            let how = Phrase::new("violation.conservation")
                .int("before", before.unsigned_abs())
                .int("now", now.unsigned_abs());
            verdicts.violated(CONSERVATION + self.shift(look), how);
        }
    }

    /// Three phases: nobody that stays up is in doubt for long.
    fn look_at_clocks(&self, look: &Look<'_, Node>, verdicts: &mut Verdicts) {
        let most_us = look.config.undecided_us_max();
        for ((node, tx), since_us) in &self.in_doubt {
            let waited_us = look.now_us.saturating_sub(*since_us);
            if waited_us > most_us {
                let how = Phrase::new("violation.non-blocking")
                    .node("node", *node)
                    .int("tx", *tx)
                    .us("waited", waited_us);
                verdicts.violated(NON_BLOCKING, how);
            }
        }
    }
}
