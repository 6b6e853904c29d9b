//! Single-decree Paxos as a protocol: a node is a client, or a server with one of the three roles, or with all of them.

use crate::decree::config::DecreeConfig;
use crate::decree::desk::Desk;
use crate::decree::{
    Acceptor, Client, Disk, Fact, Learner, Memory, Message, Proposer, Reason, Value, Variant,
    Write, message, properties, rules, variant, view, why_not,
};
use protocol::{
    Access, Act, Arrival, Arrivals, Chance, Context, Field, Heard, Hue, Input, Layout, Look,
    MessageKind, MessageView, NodeId, NodeKind, NodeSet, NodeSpec, NodeView, OperationSpec, Phrase,
    Picture, Property, Protocol, Purpose, ReadAccess, Rule, Say, SmolStr, TimerName,
    Variant as VariantSpec, Verdicts, WhyNot,
};
use serde::Serialize;

/// The timers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timer {
    /// A proposer: time to give up waiting for a majority.
    Quorum,
    /// A proposer: time to try again after a refusal.
    BackOff,
    /// A learner: time to ask.
    Learn,
    /// A client: time to ask another proposer.
    Retry,
}

impl TimerName for Timer {
    const ALL: &'static [Self] = &[Self::Quorum, Self::BackOff, Self::Learn, Self::Retry];

    fn index(self) -> u8 {
        self as u8
    }

    fn id(self) -> &'static str {
        match self {
            Self::Quorum => "quorum",
            Self::BackOff => "back-off",
            Self::Learn => "learn",
            Self::Retry => "retry",
        }
    }
}

/// What a client is asked: to get a value chosen.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Proposal {
    /// The value.
    pub value: Value,
}

impl Say for Proposal {
    fn phrase(&self, _me: NodeId) -> Phrase {
        Phrase::new("op.propose.say").text("value", self.value.as_str())
    }
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Outcome {
    /// What was chosen.
    pub chosen: Value,
    /// What the client had wanted.
    pub own: Value,
}

impl Say for Outcome {
    fn phrase(&self, _me: NodeId) -> Phrase {
        if self.chosen == self.own {
            Phrase::new("answer.own").text("value", self.chosen.as_str())
        } else {
            Phrase::new("answer.other")
                .text("value", self.chosen.as_str())
                .text("own", self.own.as_str())
        }
    }
}

/// A node with one role, or with all three.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Server {
    /// Its proposer.
    pub(crate) proposer: Option<Proposer>,
    /// Its acceptor.
    pub(crate) acceptor: Option<Acceptor>,
    /// Its learner.
    pub(crate) learner: Option<Learner>,
}

impl Server {
    /// Its proposer.
    pub const fn proposer(&self) -> Option<&Proposer> {
        self.proposer.as_ref()
    }

    /// Its acceptor.
    pub const fn acceptor(&self) -> Option<&Acceptor> {
        self.acceptor.as_ref()
    }

    /// Its learner.
    pub const fn learner(&self) -> Option<&Learner> {
        self.learner.as_ref()
    }

    fn boot(desk: &mut Desk<'_, '_>, disk: &Disk) -> Self {
        let (me, config) = (desk.me().0, desk.config());
        if *disk != Disk::default() {
            desk.tell(Fact::Restarted {
                promised: disk.promised,
                accepted: disk.accepted.clone(),
            });
        }
        let mut server = Self {
            proposer: config
                .proposer_ids()
                .contains(&me)
                .then(|| Proposer::boot(disk)),
            acceptor: config
                .acceptor_ids()
                .contains(&me)
                .then(|| Acceptor::boot(disk)),
            learner: config
                .learner_ids()
                .contains(&me)
                .then(|| Learner::boot(desk, disk)),
        };
        // A combined server knows as a proposer what it has learned.
        if let (Some(proposer), Some(vote)) = (&mut server.proposer, &disk.learned) {
            proposer.finish(desk, vote.clone());
        }
        server
    }

    fn on_message(&mut self, desk: &mut Desk<'_, '_>, from: NodeId, message: Message) {
        let Self {
            proposer,
            acceptor,
            learner,
        } = self;
        let heard = match message {
            Message::Propose { value } => proposer
                .as_mut()
                .map(|proposer| proposer.on_propose(desk, from, value)),
            Message::Prepare { ballot } => acceptor
                .as_mut()
                .map(|acceptor| acceptor.on_prepare(desk, from, ballot)),
            Message::Promise { ballot, accepted } => proposer
                .as_mut()
                .map(|proposer| proposer.on_promise(desk, from, ballot, accepted)),
            Message::Accept(vote) => acceptor
                .as_mut()
                .map(|acceptor| acceptor.on_accept(desk, from, vote)),
            Message::Accepted(vote) => {
                let counted = proposer
                    .as_mut()
                    .map(|proposer| proposer.on_accepted(desk, from, &vote));
                let learned = learner
                    .as_mut()
                    .map(|learner| learner.on_accepted(desk, from, &vote));
                counted.or(learned)
            }
            Message::Refused { ballot, promised } => proposer
                .as_mut()
                .map(|proposer| proposer.on_refused(desk, from, ballot, promised)),
            Message::Chosen(vote) => {
                if let Some(proposer) = proposer {
                    proposer.finish(desk, vote.clone());
                }
                if from != desk.me()
                    && let Some(learner) = learner
                {
                    learner.on_chosen(desk, from, vote);
                }
                Some(())
            }
            Message::Query { find_out: false } => acceptor
                .as_ref()
                .map(|acceptor| acceptor.on_query(desk, from)),
            Message::Query { find_out: true } => proposer
                .as_mut()
                .map(|proposer| proposer.on_query(desk, from)),
            Message::Outcome { .. } => None,
        };
        if heard.is_none() {
            desk.note(Reason::Misdirected { from });
        }
    }

    fn on_timer(&mut self, desk: &mut Desk<'_, '_>, timer: Timer) {
        match (timer, &mut self.proposer, &mut self.learner) {
            (Timer::Quorum, Some(proposer), _) => proposer.on_quorum_timer(desk),
            (Timer::BackOff, Some(proposer), _) => proposer.on_back_off_timer(desk),
            (Timer::Learn, _, Some(learner)) => learner.on_learn_timer(desk),
            _ => {}
        }
    }

    /// What the node said to itself, until it has nothing more to say.
    fn settle(&mut self, desk: &mut Desk<'_, '_>) {
        let me = desk.me();
        while let Some(message) = desk.next_own() {
            self.on_message(desk, me, message);
        }
    }
}

/// A node.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Node {
    /// A server.
    Server(Server),
    /// A client.
    Client(Client),
}

impl Node {
    /// The server, if it is one.
    pub const fn server(&self) -> Option<&Server> {
        match self {
            Self::Server(server) => Some(server),
            Self::Client(_) => None,
        }
    }

    /// The client, if it is one.
    pub const fn client(&self) -> Option<&Client> {
        match self {
            Self::Client(client) => Some(client),
            Self::Server(_) => None,
        }
    }
}

const GAP: Purpose = Purpose::new("proposal gap");
/// The most characters of a value that a person types.
const VALUE_CHARS_MAX: usize = 32;

impl Protocol for Node {
    const ID: &'static str = "paxos";
    const TITLE: [&'static str; 2] = ["Paxos", "Paxos"];
    const BEHAVIOUR: u32 = 1;
    const HUE: Hue = Hue::Epoch("hue.ballot");
    const PACE_US: u64 = 10_000;
    const MESSAGES: &'static [MessageKind] = message::KINDS;
    const PROPERTIES: &'static [Property] = properties::PROPERTIES;
    const VARIANTS: &'static [VariantSpec<Variant>] = variant::VARIANTS;
    const RULES: &'static [Rule] = rules::RULES;
    const OPERATIONS: &'static [OperationSpec] = &[OperationSpec {
        id: "propose",
        fields: &[Field {
            id: "value",
            default: "tea",
        }],
    }];
    const ACCESS: Option<ReadAccess<Proposal, Outcome>> = Some(|op, answer| {
        Some(Access {
            key: SmolStr::default(),
            act: Act::Decide(op.value.clone()),
            heard: answer.map(|outcome| Heard::Value(outcome.chosen.clone())),
        })
    });

    type Config = DecreeConfig;
    type Variant = Variant;
    type Message = Message;
    type Timer = Timer;
    type Write = Write;
    type Disk = Disk;
    type Op = Proposal;
    type Answer = Outcome;
    type Fact = Fact;
    type Reason = Reason;
    type Memory = Memory;
    type Tally = ();

    fn roster(config: &DecreeConfig) -> Vec<NodeSpec> {
        let many = |count, letter, kind, tier| {
            NodeSpec::many(count, letter, kind).map(move |spec| spec.tier(tier))
        };
        let clients = many(config.clients, 'C', NodeKind::Client, 0);
        if config.combined() {
            let servers = NodeSpec::many(config.servers, 'S', NodeKind::Server);
            return servers.chain(clients).collect();
        }
        many(config.proposers, 'P', NodeKind::Server, 1)
            .chain(many(config.acceptors, 'A', NodeKind::Server, 2))
            .chain(many(config.learners, 'L', NodeKind::Server, 3))
            .chain(clients)
            .collect()
    }

    /// The acceptors, where they are nothing else: ballots are in the order of their proposers, and learners ask by number.
    fn alike(config: &DecreeConfig) -> Vec<NodeSet> {
        if config.combined() {
            return Vec::new();
        }
        vec![config.acceptor_ids().map(NodeId).collect()]
    }

    fn renamed(memory: &Memory, name: &dyn Fn(NodeId) -> NodeId) -> Memory {
        memory.renamed(name)
    }

    fn layout(config: &DecreeConfig) -> Layout {
        if config.combined() {
            Layout::Ring
        } else {
            Layout::Tiers
        }
    }

    fn validate(config: &DecreeConfig) -> Result<(), Phrase> {
        config.validate()
    }

    fn boot(cx: &mut Context<'_, Self>, disk: &Disk) -> Self {
        let (me, config) = (cx.me().0, cx.config());
        match me.checked_sub(config.servers_all()) {
            Some(client) => Self::Client(Client::new(NodeId(client % config.proposer_ids().end))),
            None => {
                let mut desk = Desk::new(cx);
                let mut server = Server::boot(&mut desk, disk);
                server.settle(&mut desk);
                Self::Server(server)
            }
        }
    }

    fn on(&mut self, cx: &mut Context<'_, Self>, input: Input<Self>) {
        match self {
            Self::Server(server) => {
                let mut desk = Desk::new(cx);
                match input {
                    Input::Message { from, message } => {
                        server.on_message(&mut desk, from, message);
                    }
                    Input::Timer(timer) => server.on_timer(&mut desk, timer),
                    Input::Request { .. } | Input::Saved(_) => {}
                }
                server.settle(&mut desk);
            }
            Self::Client(client) => match input {
                Input::Request { id, op } => client.on_ask(cx, id, op.value),
                Input::Timer(Timer::Retry) => client.on_retry(cx),
                Input::Message {
                    from,
                    message: Message::Outcome { value },
                } => client.on_outcome(cx, from, value),
                Input::Message { from, .. } => cx.note(Reason::Misdirected { from }),
                Input::Timer(_) | Input::Saved(_) => {}
            },
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

    fn view(&self, config: &DecreeConfig, _me: NodeId) -> NodeView {
        match self {
            Self::Server(server) => view::server(server, config),
            Self::Client(client) => view::client(client),
        }
    }

    fn observe(memory: &mut Memory, look: &Look<'_, Self>, verdicts: &mut Verdicts) {
        properties::observe(memory, look, verdicts);
    }

    fn pictures(config: &DecreeConfig, memory: &Memory, _tally: &()) -> Vec<Picture> {
        vec![view::votes(config, memory)]
    }

    fn why_not(config: &DecreeConfig, nodes: &[Option<Self>], node: NodeId) -> Vec<WhyNot> {
        why_not::why_not(config, nodes, node)
    }

    fn arrivals(config: &DecreeConfig, node: NodeId) -> Arrivals {
        match config.arrivals {
            _ if node.0 < config.servers_all() => Arrivals::Never,
            "open" => Arrivals::Open,
            "closed" => Arrivals::Closed,
            _ => Arrivals::Never,
        }
    }

    fn arrival(
        config: &DecreeConfig,
        client: NodeId,
        number: u64,
        chance: Chance,
    ) -> Arrival<Proposal> {
        // The client as a letter, and the number: no two proposals are the same.
        let letter = char::from(b'a' + (client.0.saturating_sub(config.servers_all()) % 26) as u8);
        Arrival {
            gap_us: chance.sample(GAP, &config.gap()),
            op: Proposal {
                value: Value::new(format!("{letter}{number}")),
            },
        }
    }

    fn operation(id: &str, fields: &[String]) -> Result<Proposal, Phrase> {
        if id != "propose" {
            return Err(Phrase::new("error.no-operation")
                .text("id", id)
                .text("known", "propose"));
        }
        match fields {
            [value] if (1..=VALUE_CHARS_MAX).contains(&value.chars().count()) => Ok(Proposal {
                value: Value::new(value),
            }),
            _ => Err(Phrase::new("error.value").int("max", VALUE_CHARS_MAX as u64)),
        }
    }

    fn words(language: &str) -> &'static str {
        match language {
            "zh" => concat!(
                include_str!("../../words/paxos.zh.txt"),
                include_str!("../../words/decree.zh.txt")
            ),
            _ => concat!(
                include_str!("../../words/paxos.en.txt"),
                include_str!("../../words/decree.en.txt")
            ),
        }
    }
}
