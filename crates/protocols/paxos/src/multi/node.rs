//! Multi-Paxos as a protocol: its nodes are servers and clients.

use crate::multi::{
    Disk, Fact, Memory, Message, MultiConfig, Reason, Server, Variant, Write, message, properties,
    rules, variant, view, why_not,
};
use protocol::{
    Arrival, Arrivals, Chance, Context, Hue, Input, Layout, Look, MessageKind, MessageView, NodeId,
    NodeKind, NodeSpec, NodeView, OperationSpec, Phrase, Property, Protocol, ReadAccess, Rule,
    TimerName, Variant as VariantSpec, Verdicts, WhyNot,
};
use replicated::{
    Answer, Carrier, Client, ClientReason, ClientRequest, ClientSettings, NoOrder, StateMachine,
    arrival,
};
use serde::Serialize;

/// The timers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timer {
    /// A server that does not lead: time to try to.
    Election,
    /// A leader: time for heartbeats.
    Heartbeat,
    /// A client: time to try again.
    Retry,
}

impl TimerName for Timer {
    const ALL: &'static [Self] = &[Self::Election, Self::Heartbeat, Self::Retry];

    fn index(self) -> u8 {
        self as u8
    }

    fn id(self) -> &'static str {
        match self {
            Self::Election => "election",
            Self::Heartbeat => "heartbeat",
            Self::Retry => "retry",
        }
    }
}

/// A node of a Multi-Paxos cluster.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Node<S: StateMachine> {
    /// A server.
    Server(Server<S>),
    /// A client.
    Client(Client<S>),
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
    pub const fn client(&self) -> Option<&Client<S>> {
        match self {
            Self::Client(client) => Some(client),
            Self::Server(_) => None,
        }
    }
}

impl<S: StateMachine> Protocol for Node<S> {
    const ID: &'static str = "multi-paxos";
    const TITLE: [&'static str; 2] = ["Multi-Paxos", "Multi-Paxos"];
    const BEHAVIOUR: u32 = 2;
    const HUE: Hue = Hue::Epoch("hue.ballot");
    const PACE_US: u64 = 10_000;
    const MESSAGES: &'static [MessageKind] = message::KINDS;
    const PROPERTIES: &'static [Property] = properties::PROPERTIES;
    const VARIANTS: &'static [VariantSpec<Variant>] = variant::VARIANTS;
    const RULES: &'static [Rule] = rules::RULES;
    const OPERATIONS: &'static [OperationSpec] = S::OPERATIONS;
    const ACCESS: Option<ReadAccess<S::Command, Answer<S::Output>>> =
        Some(|op, answer| Some(S::access(op, answer.and_then(Answer::output))));

    type Config = MultiConfig;
    type Variant = Variant;
    type Message = Message<S>;
    type Timer = Timer;
    type Write = Write<S>;
    type Disk = Disk<S>;
    type Op = S::Command;
    type Answer = Answer<S::Output>;
    type Fact = Fact<S>;
    type Reason = Reason;
    type Memory = Memory<S>;
    type Tally = ();

    fn roster(config: &MultiConfig) -> Vec<NodeSpec> {
        NodeSpec::many(config.servers, 'S', NodeKind::Server)
            .chain(NodeSpec::many(config.clients, 'C', NodeKind::Client))
            .collect()
    }

    fn layout(_config: &MultiConfig) -> Layout {
        Layout::Ring
    }

    fn validate(config: &MultiConfig) -> Result<(), Phrase> {
        config.validate()
    }

    fn boot(cx: &mut Context<'_, Self>, disk: &Disk<S>) -> Self {
        let (me, servers) = (cx.me(), cx.config().servers as u16);
        if me.0 < servers {
            Self::Server(Server::boot(cx, disk))
        } else {
            Self::Client(Client::new(NodeId((me.0 - servers) % servers)))
        }
    }

    #[inline]
    fn on(&mut self, cx: &mut Context<'_, Self>, input: Input<Self>) {
        match self {
            Self::Server(server) => server.on(cx, input),
            Self::Client(client) => match input {
                Input::Request { id, op } => client.on_ask(cx, id, op),
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

    fn view(&self, config: &MultiConfig, me: NodeId) -> NodeView {
        match self {
            Self::Server(server) => view::server(server, config, me),
            Self::Client(client) => client.view(),
        }
    }

    fn epoch(&self, _: &MultiConfig, _: NodeId) -> Option<u64> {
        self.server()?.promised().epoch()
    }

    #[inline]
    fn observe(memory: &mut Memory<S>, look: &Look<'_, Self>, verdicts: &mut Verdicts) {
        properties::observe(memory, look, verdicts);
    }

    fn why_not(config: &MultiConfig, nodes: &[Option<Self>], node: NodeId) -> Vec<WhyNot> {
        why_not::why_not(config, nodes, node)
    }

    fn arrivals(config: &MultiConfig, node: NodeId) -> Arrivals {
        if u64::from(node.0) < config.servers {
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
        config: &MultiConfig,
        client: NodeId,
        number: u64,
        chance: Chance,
    ) -> Arrival<S::Command> {
        arrival::<S>(config.workload(), client, number, chance)
    }

    fn asked(config: &MultiConfig, client: NodeId, number: u64, chance: Chance) -> S::Command {
        replicated::asked::<S>(config.workload(), client, number, chance)
    }

    fn gap_us(config: &MultiConfig, _: NodeId, _: u64, chance: Chance) -> u64 {
        config.workload().gap_us(chance)
    }

    fn operation(id: &str, fields: &[String]) -> Result<S::Command, Phrase> {
        S::parse(id, fields)
    }

    fn words(language: &str) -> &'static str {
        match language {
            "zh" => concat!(
                include_str!("../../words/paxos.zh.txt"),
                include_str!("../../words/multi.zh.txt"),
                include_str!("../../../../replicated/words/zh.txt")
            ),
            _ => concat!(
                include_str!("../../words/paxos.en.txt"),
                include_str!("../../words/multi.en.txt"),
                include_str!("../../../../replicated/words/en.txt")
            ),
        }
    }
}

impl<S: StateMachine> Carrier for Node<S> {
    type Machine = S;
    type Order = NoOrder;
    const RETRY: Timer = Timer::Retry;

    fn client_settings(config: &MultiConfig) -> ClientSettings {
        ClientSettings {
            servers: config.servers as u16,
            timeout_us: config.client_timeout_us,
            sessions: config.sessions,
            queries: false,
        }
    }

    fn client_request(request: ClientRequest<S::Command>) -> Message<S> {
        Message::ClientRequest(request)
    }

    fn client_reason(reason: ClientReason) -> Reason {
        Reason::Client(reason)
    }
}
