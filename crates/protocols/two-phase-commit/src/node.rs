//! Atomic commitment as a protocol: its nodes are coordinators, participants and clients.

use crate::bank::{self, Answer, Op};
use crate::client::Client;
use crate::config::CommitConfig;
use crate::coordinator::Coordinator;
use crate::disk::{Disk, Record};
use crate::message::{self, Message};
use crate::participant::Participant;
use crate::properties::{self, Memory};
use crate::tally::{self, Tally};
use crate::{Fact, Reason, Variant, rules, variant, view, why_not};
use protocol::{
    Arrival, Arrivals, Chance, Context, Distribution, Hue, Input, Layout, Look, MessageKind,
    MessageView, NodeId, NodeKind, NodeSpec, NodeView, OperationSpec, Phrase, Picture, Property,
    Protocol, Purpose, Rule, TimerName, Variant as VariantSpec, Verdicts, WhyNot,
};
use serde::Serialize;

/// The timers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timer {
    /// A coordinator waits for votes.
    Votes,
    /// A coordinator waits for acknowledgements, or for a decision made without it.
    Acks,
    /// A participant has transactions that wait for locks.
    Lock,
    /// A participant is in doubt.
    Decision,
    /// A client waits for an answer.
    Retry,
}

impl TimerName for Timer {
    const ALL: &'static [Self] = &[
        Self::Votes,
        Self::Acks,
        Self::Lock,
        Self::Decision,
        Self::Retry,
    ];

    fn index(self) -> u8 {
        self as u8
    }

    fn id(self) -> &'static str {
        match self {
            Self::Votes => "votes",
            Self::Acks => "acks",
            Self::Lock => "lock",
            Self::Decision => "decision",
            Self::Retry => "retry",
        }
    }
}

/// A node.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Node {
    /// It decides.
    Coordinator(Coordinator),
    /// It keeps accounts.
    Participant(Participant),
    /// It asks.
    Client(Client),
}

const GAP: Purpose = Purpose::new("workload gap");

impl Protocol for Node {
    const ID: &'static str = "two-phase-commit";
    const TITLE: [&'static str; 2] = ["Two-phase commit", "两阶段提交"];
    const BEHAVIOUR: u32 = 1;
    const HUE: Hue = Hue::Epoch("hue.transaction");
    const PACE_US: u64 = 10_000;
    const MESSAGES: &'static [MessageKind] = message::KINDS;
    const PROPERTIES: &'static [Property] = properties::PROPERTIES;
    const VARIANTS: &'static [VariantSpec<Variant>] = variant::VARIANTS;
    const RULES: &'static [Rule] = rules::RULES;
    const OPERATIONS: &'static [OperationSpec] = bank::OPERATIONS;

    type Config = CommitConfig;
    type Variant = Variant;
    type Message = Message;
    type Timer = Timer;
    type Write = Record;
    type Disk = Disk;
    type Op = Op;
    type Answer = Answer;
    type Fact = Fact;
    type Reason = Reason;
    type Memory = Memory;
    type Tally = Tally;

    fn roster(config: &CommitConfig) -> Vec<NodeSpec> {
        let tier = |tier| move |spec: NodeSpec| spec.tier(tier);
        NodeSpec::many(config.coordinators, 'K', NodeKind::Server)
            .map(tier(1))
            .chain(NodeSpec::many(config.participants, 'P', NodeKind::Store).map(tier(2)))
            .chain(NodeSpec::many(config.clients, 'C', NodeKind::Client).map(tier(0)))
            .collect()
    }

    fn layout(_config: &CommitConfig) -> Layout {
        Layout::Tiers
    }

    fn validate(config: &CommitConfig) -> Result<(), Phrase> {
        config.validate()
    }

    fn boot(cx: &mut Context<'_, Self>, disk: &Disk) -> Self {
        let (me, config) = (cx.me(), cx.config());
        if config.is_coordinator(me) {
            Self::Coordinator(Coordinator::boot(cx, disk))
        } else if config.place(me).is_some() {
            Self::Participant(Participant::boot(cx, disk))
        } else {
            Self::Client(Client::default())
        }
    }

    fn on(&mut self, cx: &mut Context<'_, Self>, input: Input<Self>) {
        match self {
            Self::Coordinator(coordinator) => coordinator.on(cx, input),
            Self::Participant(participant) => participant.on(cx, input),
            Self::Client(client) => client.on(cx, input),
        }
    }

    fn persist(disk: &mut Disk, record: &Record) {
        disk.persist(record);
    }

    fn message_kind(message: &Message) -> u8 {
        message::kind(message)
    }

    fn message_view(message: &Message) -> MessageView {
        message::view(message)
    }

    fn view(&self, config: &CommitConfig, me: NodeId) -> NodeView {
        match self {
            Self::Coordinator(coordinator) => view::coordinator(coordinator),
            Self::Participant(participant) => view::participant(participant, config, me),
            Self::Client(client) => view::client(client, config, me),
        }
    }

    fn epoch(&self, _config: &CommitConfig, _me: NodeId) -> Option<u64> {
        match self {
            Self::Coordinator(coordinator) => coordinator.open().keys().next().copied(),
            Self::Participant(participant) => participant.shown(),
            Self::Client(_) => None,
        }
    }

    fn observe(memory: &mut Memory, look: &Look<'_, Self>, verdicts: &mut Verdicts) {
        properties::observe(memory, look, verdicts);
    }

    fn count(tally: &mut Tally, look: &Look<'_, Self>) {
        tally.count(look);
    }

    fn pictures(_config: &CommitConfig, _memory: &Memory, tally: &Tally) -> Vec<Picture> {
        tally::pictures(tally)
    }

    fn why_not(config: &CommitConfig, nodes: &[Option<Self>], node: NodeId) -> Vec<WhyNot> {
        why_not::why_not(config, nodes, node)
    }

    fn arrivals(config: &CommitConfig, node: NodeId) -> Arrivals {
        if config.is_coordinator(node) || config.place(node).is_some() {
            return Arrivals::Never;
        }
        match config.arrivals {
            "open" => Arrivals::Open,
            "closed" => Arrivals::Closed,
            _ => Arrivals::Never,
        }
    }

    fn arrival(config: &CommitConfig, client: NodeId, number: u64, chance: Chance) -> Arrival<Op> {
        Arrival {
            gap_us: Self::gap_us(config, client, number, chance),
            op: bank::draw(config, chance),
        }
    }

    fn gap_us(config: &CommitConfig, _: NodeId, _: u64, chance: Chance) -> u64 {
        let gap = Distribution::Exponential {
            min: 0,
            mean: config.request_gap_us,
        };
        chance.sample(GAP, &gap)
    }

    fn operation(id: &str, fields: &[String]) -> Result<Op, Phrase> {
        bank::parse(id, fields)
    }

    fn words(language: &str) -> &'static str {
        match language {
            "zh" => include_str!("../words/zh.txt"),
            _ => include_str!("../words/en.txt"),
        }
    }
}
