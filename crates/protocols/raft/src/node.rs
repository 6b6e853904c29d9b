//! Raft as a protocol: its nodes are servers and clients.

use crate::config::RaftConfig;
use crate::disk::{Disk, Write};
use crate::message::{self, Message};
use crate::order::{self, Op, Operations, Order, Outcome};
use crate::properties::{self, Memory};
use crate::server::Server;
use crate::{Fact, Reason, Variant, rules, variant, view, why_not};
use protocol::{
    Arrival, Arrivals, Chance, Context, Hue, Input, Layout, Look, MessageKind, MessageView, NodeId,
    NodeKind, NodeSet, NodeSpec, NodeView, OperationSpec, Phrase, Property, Protocol, Purpose,
    ReadAccess, Rule, TimerName, Variant as VariantSpec, Verdicts, WhyNot,
};
use replicated::{
    Answer, Carrier, Client, ClientReason, ClientRequest, ClientSettings, StateMachine,
};
use serde::Serialize;

/// The timers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timer {
    /// A server that is not the leader: time for an election.
    Election,
    /// A leader: time for heartbeats.
    Heartbeat,
    /// A leader: time to look who answered.
    Quorum,
    /// A client: time to try again.
    Retry,
    /// A leader that hands over: time to take up its work again.
    Transfer,
}

impl TimerName for Timer {
    const ALL: &'static [Self] = &[
        Self::Election,
        Self::Heartbeat,
        Self::Quorum,
        Self::Retry,
        Self::Transfer,
    ];

    fn index(self) -> u8 {
        self as u8
    }

    fn id(self) -> &'static str {
        match self {
            Self::Election => "election",
            Self::Heartbeat => "heartbeat",
            Self::Quorum => "quorum",
            Self::Retry => "retry",
            Self::Transfer => "transfer",
        }
    }
}

const TRANSFERS: Purpose = Purpose::new("workload transfer");
const SUCCESSOR: Purpose = Purpose::new("workload successor");

/// A node of a Raft cluster.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Node<S: StateMachine> {
    /// A server.
    Server(Server<S>),
    /// A client.
    Client(Client<S, Order>),
}

impl<S: StateMachine> Node<S> {
    /// The server, if it is one.
    #[inline]
    pub const fn server(&self) -> Option<&Server<S>> {
        match self {
            Self::Server(server) => Some(server),
            Self::Client(_) => None,
        }
    }

    /// The client, if it is one.
    #[inline]
    pub const fn client(&self) -> Option<&Client<S, Order>> {
        match self {
            Self::Client(client) => Some(client),
            Self::Server(_) => None,
        }
    }
}

impl<S: StateMachine> Protocol for Node<S> {
    const ID: &'static str = "raft";
    const TITLE: [&'static str; 2] = ["Raft", "Raft"];
    const BEHAVIOUR: u32 = 2;
    const HUE: Hue = Hue::Epoch("hue.term");
    const PACE_US: u64 = 10_000;
    const MESSAGES: &'static [MessageKind] = message::KINDS;
    const PROPERTIES: &'static [Property] = properties::PROPERTIES;
    const PROPERTIES_LATER: usize = properties::LATER;
    const VARIANTS: &'static [VariantSpec<Variant>] = variant::VARIANTS;
    const RULES: &'static [Rule] = rules::RULES;
    const OPERATIONS: &'static [OperationSpec] = Operations::<S>::ALL;
    const ACCESS: Option<ReadAccess<Self::Op, Self::Answer>> = Some(|op, answer| match op {
        Op::Command(command) => Some(S::access(command, answer.and_then(Answer::output))),
        Op::Order(_) => None,
    });

    type Config = RaftConfig;
    type Variant = Variant;
    type Message = Message<S>;
    type Timer = Timer;
    type Write = Write<S>;
    type Disk = Disk<S>;
    type Op = Op<S::Command>;
    type Answer = Answer<S::Output, Outcome>;
    type Fact = Fact<S>;
    type Reason = Reason;
    type Memory = Memory<S>;
    type Tally = ();

    fn roster(config: &RaftConfig) -> Vec<NodeSpec> {
        NodeSpec::many(config.servers_in_all().into(), 'S', NodeKind::Server)
            .chain(NodeSpec::many(config.clients, 'C', NodeKind::Client))
            .collect()
    }

    fn layout(_config: &RaftConfig) -> Layout {
        Layout::Ring
    }

    fn validate(config: &RaftConfig) -> Result<(), Phrase> {
        config.validate()
    }

    fn boot(cx: &mut Context<'_, Self>, disk: &Disk<S>) -> Self {
        let (me, servers) = (cx.me(), cx.config().servers as u16);
        match me.0.checked_sub(cx.config().servers_in_all()) {
            None => Self::Server(Server::boot(cx, disk)),
            Some(client) => Self::Client(Client::new(NodeId(client % servers))),
        }
    }

    #[inline]
    fn on(&mut self, cx: &mut Context<'_, Self>, input: Input<Self>) {
        match self {
            Self::Server(server) => server.on(cx, input),
            Self::Client(client) => match input {
                Input::Request { id, op } => match op {
                    Op::Command(command) => client.on_ask(cx, id, command),
                    Op::Order(order) => client.on_order(cx, id, order),
                },
                Input::Timer(Timer::Retry) => client.on_retry(cx),
                Input::Message {
                    from,
                    message: Message::ClientReply(reply),
                } => client.on_reply(cx, from, reply),
                Input::Message { from, .. } => cx.note(Reason::Misdirected { from }),
                Input::Timer(_) | Input::Saved(_) => {}
            },
        }
    }

    #[inline]
    fn persist(disk: &mut Disk<S>, write: &Write<S>) {
        disk.persist(write);
    }

    fn torn(write: &Write<S>) -> Option<Write<S>> {
        write.torn()
    }

    #[inline]
    fn message_kind(message: &Message<S>) -> u8 {
        message::kind(message)
    }

    fn message_view(message: &Message<S>) -> MessageView {
        message::view(message)
    }

    fn view(&self, config: &RaftConfig, me: NodeId) -> NodeView {
        match self {
            Self::Server(server) => view::server(server, config, me),
            Self::Client(client) => client.view(),
        }
    }

    fn epoch(&self, _: &RaftConfig, _: NodeId) -> Option<u64> {
        self.server().map(Server::term)
    }

    #[inline]
    fn observe(memory: &mut Memory<S>, look: &Look<'_, Self>, verdicts: &mut Verdicts) {
        properties::observe(memory, look, verdicts);
    }

    /// The servers, where there are no clients: a client's first server goes by its number, and the next one by order. Those that
    /// wait to be added are alike among themselves.
    fn alike(config: &RaftConfig) -> Vec<NodeSet> {
        if config.clients > 0 {
            return Vec::new();
        }
        let members = NodeSet::first(config.servers as u16);
        let mut alike = vec![members];
        if config.standby > 0 {
            alike.push(config.everybody().minus(members));
        }
        alike
    }

    fn renamed(memory: &Memory<S>, name: &dyn Fn(NodeId) -> NodeId) -> Memory<S> {
        memory.renamed(name)
    }

    fn why_not(config: &RaftConfig, nodes: &[Option<Self>], node: NodeId) -> Vec<WhyNot> {
        why_not::why_not(config, nodes, node)
    }

    fn arrivals(config: &RaftConfig, node: NodeId) -> Arrivals {
        if node.0 < config.servers_in_all() {
            return Arrivals::Never;
        }
        match config.arrivals {
            "open" => Arrivals::Open,
            "closed" => Arrivals::Closed,
            _ => Arrivals::Never,
        }
    }

    #[inline]
    fn arrival(
        config: &RaftConfig,
        client: NodeId,
        number: u64,
        chance: Chance,
    ) -> Arrival<Op<S::Command>> {
        Arrival {
            gap_us: config.workload().gap_us(chance),
            op: Self::asked(config, client, number, chance),
        }
    }

    #[inline]
    fn asked(config: &RaftConfig, client: NodeId, number: u64, chance: Chance) -> Op<S::Command> {
        if let Some(order) = order::drawn(config, chance) {
            return Op::Order(order);
        }
        if chance.permille(TRANSFERS, config.transfers_permille) {
            let to = chance.below(SUCCESSOR, config.servers_in_all().into()) as u16;
            return Op::Order(Order::Transfer(NodeId(to)));
        }
        Op::Command(replicated::asked::<S>(
            config.workload(),
            client,
            number,
            chance,
        ))
    }

    fn gap_us(config: &RaftConfig, _: NodeId, _: u64, chance: Chance) -> u64 {
        config.workload().gap_us(chance)
    }

    fn operation(id: &str, fields: &[String]) -> Result<Op<S::Command>, Phrase> {
        order::parse::<S>(id, fields)
    }

    fn words(language: &str) -> &'static str {
        match language {
            "zh" => concat!(
                include_str!("../words/zh.txt"),
                include_str!("../../../replicated/words/zh.txt"),
                include_str!("../../../replicated/words/orders.zh.txt"),
                include_str!("../../../replicated/words/queries.zh.txt")
            ),
            _ => concat!(
                include_str!("../words/en.txt"),
                include_str!("../../../replicated/words/en.txt"),
                include_str!("../../../replicated/words/orders.en.txt"),
                include_str!("../../../replicated/words/queries.en.txt")
            ),
        }
    }
}

impl<S: StateMachine> Carrier for Node<S> {
    type Machine = S;
    type Order = Order;
    const RETRY: Timer = Timer::Retry;

    fn client_settings(config: &RaftConfig) -> ClientSettings {
        ClientSettings {
            servers: config.servers_in_all(),
            timeout_us: config.client_timeout_us,
            sessions: config.sessions,
            queries: config.reads_without_log(),
        }
    }

    fn client_request(request: ClientRequest<S::Command, Order>) -> Message<S> {
        Message::ClientRequest(request)
    }

    fn client_reason(reason: ClientReason) -> Reason {
        Reason::Client(reason)
    }
}
