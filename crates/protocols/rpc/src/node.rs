//! Remote procedure calls as a protocol: its nodes are frontends, backends and clients.

use crate::call::OPERATIONS;
use crate::disk::{Disk, Write};
use crate::{
    Answer, Backend, Client, Fact, Frontend, Memory, Message, Op, Reason, RpcConfig, Tally,
    Variant, message, properties, rules, tally, variant, view, why_not,
};
use protocol::{
    Arrival, Arrivals, Chance, Context, Distribution, Hue, Input, Layout, Look, MessageKind,
    MessageView, NodeId, NodeKind, NodeSpec, NodeView, OperationSpec, Phrase, Picture, Property,
    Protocol, Purpose, Rule, TimerName, Variant as VariantSpec, Verdicts, WhyNot,
};
use serde::Serialize;

/// What a node sees and does.
pub(crate) type Cx<'a> = Context<'a, Node>;

/// The timers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timer {
    /// A caller: the first of its open calls is due.
    Calls,
    /// A backend: the first of its workers is done.
    Work,
}

impl TimerName for Timer {
    const ALL: &'static [Self] = &[Self::Calls, Self::Work];

    fn index(self) -> u8 {
        self as u8
    }

    fn id(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Work => "work",
        }
    }
}

/// A node.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Node {
    /// A client.
    Client(Client),
    /// A frontend.
    Frontend(Frontend),
    /// A backend.
    Backend(Backend),
}

impl Node {
    /// The calling side, if it has one.
    pub const fn caller(&self) -> Option<&crate::Caller> {
        match self {
            Self::Client(client) => Some(client.caller()),
            Self::Frontend(frontend) => Some(frontend.caller()),
            Self::Backend(_) => None,
        }
    }

    /// How many calls wait in its queue.
    pub fn waiting(&self) -> u64 {
        let station = match self {
            Self::Client(_) => return 0,
            Self::Frontend(frontend) => frontend.station(),
            Self::Backend(backend) => backend.station(),
        };
        station.waiting.len() as u64
    }
}

const GAP: Purpose = Purpose::new("gap");

impl Protocol for Node {
    const ID: &'static str = "rpc";
    const TITLE: [&'static str; 2] = ["Remote procedure calls", "远程过程调用"];
    const BEHAVIOUR: u32 = 1;
    const HUE: Hue = Hue::Epoch("hue.call");
    const PACE_US: u64 = 10_000;
    const MESSAGES: &'static [MessageKind] = message::KINDS;
    const PROPERTIES: &'static [Property] = properties::PROPERTIES;
    const VARIANTS: &'static [VariantSpec<Variant>] = variant::VARIANTS;
    const RULES: &'static [Rule] = rules::RULES;
    const OPERATIONS: &'static [OperationSpec] = OPERATIONS;

    type Config = RpcConfig;
    type Variant = Variant;
    type Message = Message;
    type Timer = Timer;
    type Write = Write;
    type Disk = Disk;
    type Op = Op;
    type Answer = Answer;
    type Fact = Fact;
    type Reason = Reason;
    type Memory = Memory;
    type Tally = Tally;

    fn roster(config: &RpcConfig) -> Vec<NodeSpec> {
        let frontends = NodeSpec::many(config.frontends, 'F', NodeKind::Server);
        let backends = NodeSpec::many(config.backends, 'B', NodeKind::Server);
        let clients = NodeSpec::many(config.clients, 'C', NodeKind::Client);
        frontends
            .map(|node| node.tier(1))
            .chain(backends.map(|node| node.tier(2)))
            .chain(clients)
            .collect()
    }

    fn layout(_config: &RpcConfig) -> Layout {
        Layout::Tiers
    }

    fn validate(config: &RpcConfig) -> Result<(), Phrase> {
        config.validate()
    }

    fn boot(cx: &mut Context<'_, Self>, disk: &Disk) -> Self {
        let (me, config) = (u64::from(cx.me().0), cx.config());
        if me < config.frontends {
            Self::Frontend(Frontend::new(config.retry_budget_burst))
        } else if me < config.servers() {
            Self::Backend(Backend::boot(cx, disk))
        } else {
            Self::Client(Client::boot(cx, disk))
        }
    }

    fn on(&mut self, cx: &mut Context<'_, Self>, input: Input<Self>) {
        match (self, input) {
            (Self::Client(client), Input::Request { id, op }) => client.on_request(cx, id, op),
            (Self::Client(client), Input::Saved(number)) => client.on_saved(cx, number),
            (Self::Client(client), Input::Timer(Timer::Calls)) => client.on_timer(cx),
            (Self::Client(client), Input::Message { from, message }) => {
                client.on_message(cx, from, message);
            }
            (Self::Frontend(frontend), Input::Timer(Timer::Calls)) => frontend.on_timer(cx),
            (Self::Frontend(frontend), Input::Message { from, message }) => {
                frontend.on_message(cx, from, message);
            }
            (Self::Backend(backend), Input::Timer(Timer::Work)) => backend.on_timer(cx),
            (Self::Backend(backend), Input::Message { from, message }) => {
                backend.on_message(cx, from, message);
            }
            (_, Input::Request { .. } | Input::Timer(_) | Input::Saved(_)) => {}
        }
    }

    fn persist(disk: &mut Disk, write: &Write) {
        disk.persist(write);
    }

    fn message_kind(message: &Message) -> u8 {
        message::kind(message)
    }

    fn message_view(message: &Message) -> MessageView {
        message::view(message)
    }

    fn view(&self, config: &RpcConfig, _me: NodeId) -> NodeView {
        match self {
            Self::Client(client) => view::client(client, config),
            Self::Frontend(frontend) => view::frontend(frontend, config),
            Self::Backend(backend) => view::backend(backend, config),
        }
    }

    fn observe(memory: &mut Memory, look: &Look<'_, Self>, verdicts: &mut Verdicts) {
        properties::observe(memory, look, verdicts);
    }

    fn count(tally: &mut Tally, look: &Look<'_, Self>) {
        tally::count(tally, look);
    }

    fn pictures(config: &RpcConfig, memory: &Memory, tally: &Tally) -> Vec<Picture> {
        let mut pictures = vec![memory.picture()];
        pictures.extend(tally.pictures(config));
        pictures
    }

    fn why_not(config: &RpcConfig, nodes: &[Option<Self>], node: NodeId) -> Vec<WhyNot> {
        why_not::why_not(config, nodes, node)
    }

    fn arrivals(config: &RpcConfig, node: NodeId) -> Arrivals {
        if u64::from(node.0) < config.servers() {
            return Arrivals::Never;
        }
        match config.arrivals {
            "open" => Arrivals::Open,
            "closed" => Arrivals::Closed,
            _ => Arrivals::Never,
        }
    }

    fn arrival(config: &RpcConfig, _client: NodeId, _number: u64, chance: Chance) -> Arrival<Op> {
        let gap = Distribution::Exponential {
            min: 0,
            mean: config.request_gap_us,
        };
        Arrival {
            gap_us: chance.sample(GAP, &gap),
            op: Op::draw(config.accounts, chance),
        }
    }

    fn operation(id: &str, fields: &[String]) -> Result<Op, Phrase> {
        Op::parse(id, fields)
    }

    fn words(language: &str) -> &'static str {
        match language {
            "zh" => include_str!("../words/zh.txt"),
            _ => include_str!("../words/en.txt"),
        }
    }
}
