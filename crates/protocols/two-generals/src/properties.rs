//! What is promised, looked at from outside, and how a battle ended: the count of the charts uses the same judgement.

use crate::config::DELAY_US;
use crate::fact::Fact;
use crate::general::{A, B, Battle};
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
const VALIDITY: usize = 2;
const ATTACK_TOGETHER: usize = 3;
const DECIDED: usize = 4;

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
    /// A's battle.
    pub(crate) a: &'a Battle,
    /// The same battle as B knows it; `None`: it has not heard of it, or is down.
    pub(crate) b: Option<&'a Battle>,
    /// How it ended.
    pub(crate) end: End,
    /// How it seemed to have ended before, if it was judged before: B was late.
    pub(crate) before: Option<End>,
}

/// Judges each battle when A decides, and again where B comes too late.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Judge {
    last: Option<(u64, End)>,
}

impl Judge {
    /// A battle that this step decided.
    pub(crate) fn judge<'a>(&mut self, look: &Look<'a, Node>) -> Option<Judged<'a>> {
        look.changed.filter(|node| node.0 <= B.0)?;
        let nodes: &'a [Option<Node>] = look.nodes;
        let battle = |node: NodeId| nodes[node.index()].as_ref()?.battle.as_ref();
        let a = battle(A).filter(|battle| battle.attacks.is_some())?;
        let b = battle(B).filter(|battle| battle.number == a.number);
        let attacks = |battle: &Battle| battle.attacks == Some(true);
        let end = End {
            a: attacks(a),
            b: b.is_some_and(attacks),
        };
        let before = self.last.filter(|(number, _)| *number == a.number);
        // Whoever attacked has attacked, even if it forgets it in a crash.
        let same = before.is_some_and(|(_, was)| was == end || (was.b && !end.b));
        if same {
            return None;
        }
        self.last = Some((a.number, end));
        Some(Judged {
            a,
            b,
            end,
            before: before.map(|(_, was)| was),
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
    together: bool,
    owed: bool,
}

/// Updates the memory after a step, and reports what changed.
pub(crate) fn observe(memory: &mut Memory, look: &Look<'_, Node>, verdicts: &mut Verdicts) {
    for (node, fact) in look.facts {
        match *fact {
            Fact::Proposes { battle, .. } => memory.commanded = battle,
            Fact::Attacks(battle, _) if node.0 <= B.0 => {
                let last = &mut memory.attacked[node.index()];
                let said = |key| {
                    Phrase::new(key)
                        .node("general", *node)
                        .int("battle", battle)
                };
                if battle > memory.commanded {
                    verdicts.violated(VALIDITY, said("violation.no-plan"));
                } else if battle <= *last {
                    verdicts.violated(VALIDITY, said("violation.attacks-twice"));
                }
                *last = battle.max(*last);
            }
            Fact::Attacks(..) | Fact::StandsDown(..) => {}
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
    fn judged(&mut self, judged: &Judged<'_>, verdicts: &mut Verdicts) {
        if judged.end.a && judged.end.b && !self.together {
            self.together = true;
            verdicts.met(ATTACK_TOGETHER);
        }
        let Some(alone) = judged.end.alone() else {
            return;
        };
        let (other, last) = (if alone == A { B } else { A }, judged.a.acks);
        let said = |key| {
            Phrase::new(key)
                .node("alone", alone)
                .node("other", other)
                .int("battle", judged.a.number)
                .int("last", last)
        };
        verdicts.violated(AGREEMENT, said("violation.agreement"));
        // The last message was sent if its sender has the one before it.
        let sends_last = if last % 2 == 0 { A } else { B };
        let heard = |node: NodeId| {
            let battle = if node == A { Some(judged.a) } else { judged.b };
            battle.and_then(|battle| battle.heard)
        };
        let receives_last = if sends_last == A { B } else { A };
        let was_sent = last == 0 || heard(sends_last) == Some(last - 1);
        let has_come = heard(receives_last) == Some(last);
        if !was_sent || has_come {
            verdicts.violated(LAST_ALONE_DIVIDES, said("violation.last-alone-divides"));
        }
    }
}
