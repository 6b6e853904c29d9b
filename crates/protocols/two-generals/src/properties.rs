//! What is promised, looked at from outside, and how a battle ended: the count of the charts uses the same judgement.

use crate::config::DELAY_US;
use crate::fact::Fact;
use crate::general::{A, B, Battle, other, sender};
use crate::losing::End;
use crate::node::Node;
use protocol::{Assumptions, Look, NodeId, Phrase, Property, PropertyKind, Verdicts};

/// Messages may be lost, but none is slow, no clock is far off, and no general falls.
const TIMELY: Assumptions = Assumptions {
    crashes: false,
    bad_network: true,
    bad_disks: false,
    drift_ppm_max: Some(5_000),
    delay_us_max: Some(DELAY_US),
};

/// Besides, nothing is lost.
const NO_LOSS: Assumptions = Assumptions {
    bad_network: false,
    ..TIMELY
};

/// The promises, in the order of the indices below.
pub(crate) const PROPERTIES: &[Property] = &[
    property("agreement", PropertyKind::Always, NO_LOSS),
    property("last-alone-divides", PropertyKind::Always, TIMELY),
    property(
        "whole-chain",
        PropertyKind::Always,
        Assumptions::ASYNCHRONOUS,
    ),
    property("validity", PropertyKind::Always, Assumptions::ASYNCHRONOUS),
    property(
        "attack-together",
        PropertyKind::Sometimes,
        Assumptions::ASYNCHRONOUS,
    ),
    property(
        "decided",
        PropertyKind::Eventually,
        Assumptions::ASYNCHRONOUS,
    ),
];

const AGREEMENT: usize = 0;
const LAST_ALONE_DIVIDES: usize = 1;
const WHOLE_CHAIN: usize = 2;
const VALIDITY: usize = 3;
const ATTACK_TOGETHER: usize = 4;
const DECIDED: usize = 5;

const fn property(id: &'static str, kind: PropertyKind, assumes: Assumptions) -> Property {
    Property {
        id,
        kind,
        assumes,
        source: "Gray 1978, the generals paradox",
    }
}

/// A battle as both saw it.
#[derive(Debug)]
pub(crate) struct Judged<'a> {
    /// The battle, as one who decided it knows it.
    pub(crate) battle: &'a Battle,
    /// As each knows it; `None`: it has not heard of it, or has forgotten it.
    seen: [Option<&'a Battle>; 2],
    /// How it ended.
    pub(crate) end: End,
    /// How it seemed to have ended before, if it was judged before: B was late.
    pub(crate) before: Option<End>,
}

impl Judged<'_> {
    /// The last message that this general has received.
    fn heard(&self, general: NodeId) -> Option<u64> {
        self.seen[general.index()].and_then(|battle| battle.heard)
    }
}

/// Judges each battle when A has decided it or can decide it no more, and again where B comes too late.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Judge {
    last: Option<(u64, End)>,
}

impl Judge {
    /// A battle that this step decided.
    pub(crate) fn judge<'a>(&mut self, look: &Look<'a, Node>) -> Option<Judged<'a>> {
        let changed = look.changed.filter(|node| node.0 <= B.0)?;
        let nodes: &'a [Option<Node>] = look.nodes;
        let known = |node: NodeId| nodes[node.index()].as_ref()?.battle.as_ref();
        // What A has forgotten it decides no more: how B decided is all there is.
        let shown = known(changed).or_else(|| known(B).filter(|_| changed == A));
        let battle = shown.filter(|battle| battle.attacks.is_some())?;
        let of = |node: NodeId| known(node).filter(|other| other.number == battle.number);
        let seen = [of(A), of(B)];
        if seen[A.index()].is_some_and(|battle| battle.attacks.is_none()) {
            return None;
        }
        let before = self.last.filter(|(number, _)| *number >= battle.number);
        if before.is_some_and(|(number, _)| number > battle.number) {
            return None;
        }
        let before = before.map(|(_, end)| end);
        let attacks = |node: NodeId| {
            let battle = seen[node.index()];
            battle.is_some_and(|battle| battle.attacks == Some(true))
        };
        // Whoever attacked has attacked, even if it forgets it in a crash.
        let end = End {
            a: attacks(A) || before.is_some_and(|end| end.a),
            b: attacks(B) || before.is_some_and(|end| end.b),
        };
        if before == Some(end) {
            return None;
        }
        self.last = Some((battle.number, end));
        Some(Judged {
            battle,
            seen,
            end,
            before,
        })
    }
}

/// What the properties remember.
#[derive(Clone, Hash, Debug, Default)]
pub struct Memory {
    judge: Judge,
    /// The last battle that A was asked for.
    commanded: u64,
    /// The last battle in which each attacked.
    attacked: [u64; 2],
    /// The battles of each in which it has all messages that it is to receive, until it has told what it does.
    complete: [Vec<u64>; 2],
    together: bool,
    owed: bool,
}

/// Updates the memory after a step, and reports what changed.
pub(crate) fn observe(memory: &mut Memory, look: &Look<'_, Node>, verdicts: &mut Verdicts) {
    memory.completes(look);
    for (node, fact) in look.facts {
        if node.0 > B.0 {
            continue;
        }
        match *fact {
            Fact::Proposes { battle, .. } => memory.commanded = battle,
            Fact::Attacks(battle, _) => memory.attacks(*node, battle, verdicts),
            Fact::StandsDown(battle, _) => memory.forget(*node, battle),
        }
    }
    if let Some(judged) = memory.judge.judge(look) {
        memory.judged(&judged, verdicts);
    }
    let undecided = |node: &Node| node.undecided().is_some();
    let owed = look.nodes.iter().flatten().any(undecided);
    if owed != memory.owed {
        memory.owed = owed;
        if owed {
            verdicts.owed(DECIDED);
        } else {
            verdicts.met(DECIDED);
        }
    }
}

impl Memory {
    /// Notes that a general has all messages that it is to receive.
    fn completes(&mut self, look: &Look<'_, Node>) {
        let Some(node) = look.changed.filter(|node| node.0 <= B.0) else {
            return;
        };
        let shown = look.nodes[node.index()].as_ref();
        if let Some(battle) = shown.and_then(|general| general.battle.as_ref())
            && battle.has_all(node)
            && self.attacked[node.index()] < battle.number
            && self.complete[node.index()].last() != Some(&battle.number)
        {
            self.complete[node.index()].push(battle.number);
        }
    }

    fn attacks(&mut self, node: NodeId, battle: u64, verdicts: &mut Verdicts) {
        let said = |key| Phrase::new(key).node("general", node).int("battle", battle);
        let last = self.attacked[node.index()];
        if battle > self.commanded {
            verdicts.violated(VALIDITY, said("violation.no-plan"));
        } else if battle <= last {
            verdicts.violated(VALIDITY, said("violation.attacks-twice"));
        } else if !self.complete[node.index()].contains(&battle) {
            verdicts.violated(WHOLE_CHAIN, said("violation.whole-chain"));
        }
        self.attacked[node.index()] = battle.max(last);
        self.forget(node, battle);
    }

    /// What it does in this battle is told.
    fn forget(&mut self, node: NodeId, battle: u64) {
        self.complete[node.index()].retain(|complete| *complete > battle);
    }

    fn judged(&mut self, judged: &Judged<'_>, verdicts: &mut Verdicts) {
        if judged.end.a && judged.end.b && !self.together {
            self.together = true;
            verdicts.met(ATTACK_TOGETHER);
        }
        let Some(alone) = judged.end.alone() else {
            return;
        };
        let last = judged.battle.acks;
        let said = |key| {
            Phrase::new(key)
                .node("alone", alone)
                .node("other", other(alone))
                .int("battle", judged.battle.number)
                .int("last", last)
        };
        // The last message was sent if its sender has the one before it.
        let from = sender(last);
        let was_sent = last == 0 || judged.heard(from) == Some(last - 1);
        let has_come = judged.heard(other(from)) == Some(last);
        if was_sent && !has_come {
            verdicts.violated(AGREEMENT, said("violation.agreement-last"));
        } else {
            verdicts.violated(AGREEMENT, said("violation.agreement"));
            verdicts.violated(LAST_ALONE_DIVIDES, said("violation.last-alone-divides"));
        }
    }
}
