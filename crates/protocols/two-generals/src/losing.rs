//! The search for the schedule that divides: the machine itself is played with one message of the chain lost.
//!
//! Knows no network and no time: every other message arrives, then the deadlines come.

use crate::config::{ACKS_MAX, GeneralsConfig};
use crate::fact::Attack;
use crate::general::{A, B, other};
use crate::message::Message;
use crate::node::{Node, Variant};
use protocol::{
    Chance, Context, Effect, Input, Name, NodeId, NodeSpec, OperationId, Protocol, Surroundings,
};
use std::collections::VecDeque;
use std::sync::OnceLock;

/// How a battle ended: whether A attacked, and B.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct End {
    /// A attacked.
    pub a: bool,
    /// B attacked.
    pub b: bool,
}

impl End {
    /// Whether one attacked alone.
    pub const fn is_divided(self) -> bool {
        self.a != self.b
    }

    /// Who attacked alone.
    pub const fn alone(self) -> Option<NodeId> {
        match (self.a, self.b) {
            (true, false) => Some(A),
            (false, true) => Some(B),
            _ => None,
        }
    }
}

/// One battle of `variant` under `config`, in which all messengers of message `lost` are captured and all others arrive.
pub fn play(config: &GeneralsConfig, variant: Variant, lost: Option<u64>) -> End {
    let mut table = Table::new(config, variant);
    let id = OperationId {
        client: A,
        number: 1,
    };
    table.step(A, Input::Request { id, op: Attack });
    while let Some((to, message)) = table.flying.pop_front() {
        if lost != Some(message.number) {
            let from = other(to);
            table.step(to, Input::Message { from, message });
        }
    }
    // B waits no longer than A.
    for node in [B, A] {
        if let Some(timer) = table.timers[node.index()].take() {
            table.step(node, Input::Timer(timer));
        }
    }
    let attacked = |node: NodeId| {
        let battle = table.nodes[node.index()].battle.as_ref();
        battle.and_then(|battle| battle.attacks) == Some(true)
    };
    End {
        a: attacked(A),
        b: attacked(B),
    }
}

/// For each number of acknowledgements from 0 to [`ACKS_MAX`]: the messages whose loss divides the generals, each with how the
/// battle ends. Found by losing every message in turn.
pub fn dividing() -> &'static [Vec<(u64, End)>] {
    static FOUND: OnceLock<Vec<Vec<(u64, End)>>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let of = |acks| {
            let config = GeneralsConfig {
                acks,
                ..GeneralsConfig::default()
            };
            let ends = (0..=acks).map(|lost| (lost, play(&config, Variant::Sound, Some(lost))));
            ends.filter(|(_, end)| end.is_divided()).collect()
        };
        (0..=ACKS_MAX).map(of).collect()
    })
}

/// Both generals, what is under way, and their deadlines.
struct Table<'a> {
    config: &'a GeneralsConfig,
    variant: Variant,
    roster: Vec<NodeSpec>,
    nodes: [Node; 2],
    flying: VecDeque<(NodeId, Message)>,
    timers: [Option<crate::node::Timer>; 2],
}

impl<'a> Table<'a> {
    fn new(config: &'a GeneralsConfig, variant: Variant) -> Self {
        Self {
            config,
            variant,
            roster: Node::roster(config),
            nodes: Default::default(),
            flying: VecDeque::new(),
            timers: [None, None],
        }
    }

    /// An input, and what comes of it; a save is durable at once.
    fn step(&mut self, me: NodeId, input: Input<Node>) {
        let around = Surroundings {
            me,
            roster: &self.roster,
            config: self.config,
            variant: self.variant,
            now_us: 0,
            wall_us: 0,
            chance: Chance::new(0, Name(0)),
            decisions: &[],
        };
        let mut effects: Vec<Effect<Node>> = Vec::new();
        self.nodes[me.index()].on(&mut Context::new(&around, &mut effects), input);
        for effect in effects {
            match effect {
                Effect::Send { to, message, .. } => self.flying.push_back((to, message)),
                Effect::SetTimer { timer, .. } => self.timers[me.index()] = Some(timer),
                Effect::CancelTimer(_) => self.timers[me.index()] = None,
                Effect::NotifySaved(token) => self.step(me, Input::Saved(token)),
                Effect::Answer { .. }
                | Effect::Tell(_)
                | Effect::Save(_)
                | Effect::Note(_)
                | Effect::Chose { .. } => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::general::sender;

    #[test]
    fn for_every_k_the_loss_of_the_last_message_divides_and_no_other() {
        for (acks, found) in (0..).zip(dividing()) {
            let lost: Vec<u64> = found.iter().map(|(lost, _)| *lost).collect();
            assert_eq!(lost, [acks], "k = {acks}");
            assert_eq!(found[0].1.alone(), Some(sender(acks)), "k = {acks}");
        }
        assert_eq!(dividing().len() as u64, ACKS_MAX + 1);
    }

    #[test]
    fn the_machine_agrees_on_what_remains() {
        for acks in 0..=ACKS_MAX {
            for copies in [1, 3] {
                let config = GeneralsConfig {
                    acks,
                    copies,
                    ..GeneralsConfig::default()
                };
                let end = |lost| play(&config, Variant::Sound, lost);
                let both = |attacks| End {
                    a: attacks,
                    b: attacks,
                };
                assert_eq!(end(None), both(true), "k = {acks}: nothing is lost");
                for lost in 0..acks {
                    assert_eq!(end(Some(lost)), both(false), "k = {acks}: {lost} is lost");
                }
                assert!(end(Some(acks)).is_divided(), "k = {acks}");
            }
        }
    }

    #[test]
    fn a_commander_who_does_not_wait_is_alone_more_often() {
        let config = GeneralsConfig::default();
        let divides = |variant, lost| play(&config, variant, lost).is_divided();
        assert!(divides(Variant::AttacksAtOnce, Some(0)));
        assert!(divides(Variant::BelievesSilence, Some(0)));
        assert!(!divides(Variant::Sound, Some(0)));
    }
}
