//! The two generals as a protocol.

use crate::config::GeneralsConfig;
use crate::fact::{self, Answer, Attack, Fact};
use crate::general::{A, General};
use crate::message::{self, Message};
use crate::properties::{self, Memory};
use crate::reason::Reason;
use crate::tally::{self, Tally};
use crate::{view, why_not};
use protocol::{
    Arrival, Arrivals, Chance, Context, Hue, Input, Layout, Look, MessageKind, MessageView, NodeId,
    NodeKind, NodeSpec, NodeView, OperationSpec, Phrase, Picture, Property, Protocol, Rule,
    TimerName, Variant as Spec, Verdicts, WhyNot,
};
use serde::Serialize;

/// A node is a general.
pub type Node = General;

/// The timers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timer {
    /// The general decides.
    Deadline,
}

impl TimerName for Timer {
    const ALL: &'static [Self] = &[Self::Deadline];

    fn index(self) -> u8 {
        self as u8
    }

    fn id(self) -> &'static str {
        "deadline"
    }
}

/// Which protocol runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Variant {
    /// As the crate's header says.
    #[default]
    Sound,
    /// The commander attacks as soon as its plan has left, and waits for no acknowledgement.
    AttacksAtOnce,
    /// Whoever lacks an answer at the deadline takes it for granted.
    BelievesSilence,
    /// Whoever has decided takes the next messenger of the same plan for a new one.
    AttacksTwice,
}

const fn spec(id: &'static str, value: Variant, breaks: Option<&'static str>) -> Spec<Variant> {
    Spec { id, value, breaks }
}

const fn rule(id: &'static str, source: &'static str) -> Rule {
    Rule { id, source }
}

impl Protocol for General {
    const ID: &'static str = "two-generals";
    const TITLE: [&'static str; 2] = ["Two generals", "两将军问题"];
    const BEHAVIOUR: u32 = 1;
    const HUE: Hue = Hue::Neutral;
    const PACE_US: u64 = 10_000;
    const MESSAGES: &'static [MessageKind] = message::KINDS;
    const PROPERTIES: &'static [Property] = properties::PROPERTIES;
    const VARIANTS: &'static [Spec<Variant>] = &[
        spec("sound", Variant::Sound, None),
        spec("attacks-at-once", Variant::AttacksAtOnce, Some("agreement")),
        spec(
            "believes-silence",
            Variant::BelievesSilence,
            Some("last-alone-divides"),
        ),
        spec("attacks-twice", Variant::AttacksTwice, Some("validity")),
    ];
    const RULES: &'static [Rule] = &[
        rule("acknowledge", "Akkoyunlu 1975"),
        rule("messengers", "Gray 1978, the generals paradox"),
        rule("attack-on-last", "Gray 1978, the generals paradox"),
    ];
    const OPERATIONS: &'static [OperationSpec] = fact::OPERATIONS;

    type Config = GeneralsConfig;
    type Variant = Variant;
    type Message = Message;
    type Timer = Timer;
    type Write = u64;
    type Disk = u64;
    type Op = Attack;
    type Answer = Answer;
    type Fact = Fact;
    type Reason = Reason;
    type Memory = Memory;
    type Tally = Tally;

    /// Only the commander is a client, for only it can be asked; in a tier of its own, so that it stands in line with B.
    fn roster(_config: &GeneralsConfig) -> Vec<NodeSpec> {
        vec![
            NodeSpec::new("A", NodeKind::Client),
            NodeSpec::new("B", NodeKind::Server).tier(1),
        ]
    }

    fn layout(_config: &GeneralsConfig) -> Layout {
        Layout::Chain
    }

    fn validate(_config: &GeneralsConfig) -> Result<(), Phrase> {
        Ok(())
    }

    fn boot(_cx: &mut Context<'_, Self>, disk: &u64) -> Self {
        Self::boot(*disk)
    }

    fn on(&mut self, cx: &mut Context<'_, Self>, input: Input<Self>) {
        Self::on(self, cx, input);
    }

    fn persist(disk: &mut u64, last: &u64) {
        *disk = *last;
    }

    fn message_kind(message: &Message) -> u8 {
        message::kind(message)
    }

    fn message_view(message: &Message) -> MessageView {
        message::view(message)
    }

    fn view(&self, _config: &GeneralsConfig, me: NodeId) -> NodeView {
        view::general(self, me)
    }

    fn epoch(&self, _config: &GeneralsConfig, _me: NodeId) -> Option<u64> {
        None
    }

    fn observe(memory: &mut Memory, look: &Look<'_, Self>, verdicts: &mut Verdicts) {
        properties::observe(memory, look, verdicts);
    }

    fn count(tally: &mut Tally, look: &Look<'_, Self>) {
        tally.count(look);
    }

    fn pictures(config: &GeneralsConfig, _memory: &Memory, tally: &Tally) -> Vec<Picture> {
        tally::pictures(config, tally)
    }

    fn why_not(_config: &GeneralsConfig, nodes: &[Option<Self>], node: NodeId) -> Vec<WhyNot> {
        why_not::why_not(nodes, node)
    }

    fn arrivals(config: &GeneralsConfig, node: NodeId) -> Arrivals {
        if node == A && config.arrivals == "closed" {
            Arrivals::Closed
        } else {
            Arrivals::Never
        }
    }

    fn arrival(config: &GeneralsConfig, _: NodeId, _: u64, _: Chance) -> Arrival<Attack> {
        Arrival {
            gap_us: config.gap_us,
            op: Attack,
        }
    }

    fn operation(id: &str, fields: &[String]) -> Result<Attack, Phrase> {
        fact::parse(id, fields)
    }

    fn words(language: &str) -> &'static str {
        match language {
            "zh" => include_str!("../words/zh.txt"),
            _ => include_str!("../words/en.txt"),
        }
    }
}
