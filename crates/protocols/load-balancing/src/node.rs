//! Load balancing as a protocol: its nodes are clients, balancers and servers.

use crate::balancer::Balancer;
use crate::client::Client;
use crate::config::LoadBalancingConfig;
use crate::fact::Fact;
use crate::message::{self, Answer, Message};
use crate::properties::{self, Memory};
use crate::reason::Reason;
use crate::server::Server;
use crate::tally::Tally;
use crate::variant::{self, Variant};
use crate::workload::{self, Job};
use crate::{figures, rules, view, why_not};
use protocol::{
    Arrival, Arrivals, Chance, Context, Hue, Input, Layout, Look, MessageKind, MessageView, NodeId,
    NodeKind, NodeSpec, NodeView, OperationSpec, Phrase, Picture, Property, Protocol, Rule,
    TimerName, Variant as VariantSpec, Verdicts, WhyNot,
};
use serde::Serialize;

/// The timers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timer {
    /// A client: its patience with the oldest request.
    Patience,
    /// A balancer: the time of the oldest try.
    Attempt,
    /// A balancer: time for a round of probes.
    Probe,
    /// A balancer: the probes of the round should be answered.
    ProbeTimeout,
    /// A balancer: time to compare success rates.
    Rates,
    /// A balancer: an ejection ends.
    Return,
    /// A server: the first of the requests in work is done.
    Work,
    /// A server: time to report its load.
    Report,
}

impl TimerName for Timer {
    const ALL: &'static [Self] = &[
        Self::Patience,
        Self::Attempt,
        Self::Probe,
        Self::ProbeTimeout,
        Self::Rates,
        Self::Return,
        Self::Work,
        Self::Report,
    ];

    fn index(self) -> u8 {
        self as u8
    }

    fn id(self) -> &'static str {
        match self {
            Self::Patience => "patience",
            Self::Attempt => "attempt",
            Self::Probe => "probe",
            Self::ProbeTimeout => "probe-timeout",
            Self::Rates => "rates",
            Self::Return => "return",
            Self::Work => "work",
            Self::Report => "report",
        }
    }
}

/// A node.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Node {
    /// It asks.
    Client(Client),
    /// It chooses.
    Balancer(Balancer),
    /// It works.
    Server(Server),
}

impl Node {
    /// The client, if it is one.
    pub const fn client(&self) -> Option<&Client> {
        match self {
            Self::Client(client) => Some(client),
            _ => None,
        }
    }

    /// The balancer, if it is one.
    pub const fn balancer(&self) -> Option<&Balancer> {
        match self {
            Self::Balancer(balancer) => Some(balancer),
            _ => None,
        }
    }

    /// The server, if it is one.
    pub const fn server(&self) -> Option<&Server> {
        match self {
            Self::Server(server) => Some(server),
            _ => None,
        }
    }
}

impl Protocol for Node {
    const ID: &'static str = "load-balancing";
    const TITLE: [&'static str; 2] = ["Load balancing", "负载均衡"];
    const BEHAVIOUR: u32 = 1;
    const HUE: Hue = Hue::Neutral;
    const PACE_US: u64 = 20_000;
    const MESSAGES: &'static [MessageKind] = message::KINDS;
    const PROPERTIES: &'static [Property] = properties::PROPERTIES;
    const VARIANTS: &'static [VariantSpec<Variant>] = variant::VARIANTS;
    const RULES: &'static [Rule] = rules::RULES;
    const OPERATIONS: &'static [OperationSpec] = workload::OPERATIONS;

    type Config = LoadBalancingConfig;
    type Variant = Variant;
    type Message = Message;
    type Timer = Timer;
    type Write = ();
    type Disk = ();
    type Op = Job;
    type Answer = Answer;
    type Fact = Fact;
    type Reason = Reason;
    type Memory = Memory;
    type Tally = Tally;

    fn roster(config: &LoadBalancingConfig) -> Vec<NodeSpec> {
        NodeSpec::many(config.clients, 'C', NodeKind::Client)
            .chain(
                NodeSpec::many(config.balancers, 'B', NodeKind::Balancer).map(|spec| spec.tier(1)),
            )
            .chain(NodeSpec::many(config.servers, 'S', NodeKind::Server).map(|spec| spec.tier(2)))
            .collect()
    }

    fn layout(_config: &LoadBalancingConfig) -> Layout {
        Layout::Tiers
    }

    fn validate(config: &LoadBalancingConfig) -> Result<(), Phrase> {
        config.validate()
    }

    fn boot(cx: &mut Context<'_, Self>, _disk: &()) -> Self {
        let (config, me) = (cx.config(), cx.me());
        if config.balancer_number(me).is_some() {
            Self::Balancer(Balancer::boot(cx))
        } else if config.server_number(me).is_some() {
            Self::Server(Server::boot(cx))
        } else {
            Self::Client(Client::default())
        }
    }

    #[inline]
    fn on(&mut self, cx: &mut Context<'_, Self>, input: Input<Self>) {
        match (self, input) {
            (Self::Client(client), Input::Request { id, op }) => client.on_ask(cx, id, op),
            (Self::Client(client), Input::Message { from, message }) => {
                client.on_message(cx, from, message);
            }
            (Self::Client(client), Input::Timer(Timer::Patience)) => client.on_patience(cx),
            (Self::Balancer(balancer), Input::Message { from, message }) => {
                balancer.on_message(cx, from, message);
            }
            (Self::Balancer(balancer), Input::Timer(timer)) => balancer.on_timer(cx, timer),
            (Self::Server(server), Input::Message { from, message }) => {
                server.on_message(cx, from, message);
            }
            (Self::Server(server), Input::Timer(timer)) => server.on_timer(cx, timer),
            (_, Input::Request { .. } | Input::Timer(_) | Input::Saved(_)) => {}
        }
    }

    fn persist(_disk: &mut (), _write: &()) {}

    #[inline]
    fn message_kind(message: &Message) -> u8 {
        message::kind(message)
    }

    fn message_view(message: &Message) -> MessageView {
        message::view(message)
    }

    fn view(&self, config: &LoadBalancingConfig, _me: NodeId) -> NodeView {
        match self {
            Self::Client(client) => view::client(client),
            Self::Balancer(balancer) => view::balancer(balancer, config),
            Self::Server(server) => view::server(server, config),
        }
    }

    fn epoch(&self, _: &LoadBalancingConfig, _: NodeId) -> Option<u64> {
        None
    }

    #[inline]
    fn observe(memory: &mut Memory, look: &Look<'_, Self>, verdicts: &mut Verdicts) {
        properties::observe(memory, look, verdicts);
    }

    #[inline]
    fn count(tally: &mut Tally, look: &Look<'_, Self>) {
        tally.count(look);
    }

    fn pictures(config: &LoadBalancingConfig, _memory: &Memory, tally: &Tally) -> Vec<Picture> {
        figures::pictures(config, tally)
    }

    fn why_not(config: &LoadBalancingConfig, nodes: &[Option<Self>], node: NodeId) -> Vec<WhyNot> {
        why_not::why_not(config, nodes, node)
    }

    fn arrivals(config: &LoadBalancingConfig, node: NodeId) -> Arrivals {
        if !config.is_client(node) {
            return Arrivals::Never;
        }
        match config.arrivals {
            "open" => Arrivals::Open,
            "closed" => Arrivals::Closed,
            _ => Arrivals::Never,
        }
    }

    #[inline]
    fn arrival(config: &LoadBalancingConfig, _: NodeId, _: u64, chance: Chance) -> Arrival<Job> {
        workload::arrival(config, chance)
    }

    fn gap_us(config: &LoadBalancingConfig, _: NodeId, _: u64, chance: Chance) -> u64 {
        workload::gap_us(config, chance)
    }

    fn operation(id: &str, fields: &[String]) -> Result<Job, Phrase> {
        workload::operation(id, fields)
    }

    fn words(language: &str) -> &'static str {
        match language {
            "zh" => include_str!("../words/zh.txt"),
            _ => include_str!("../words/en.txt"),
        }
    }
}
