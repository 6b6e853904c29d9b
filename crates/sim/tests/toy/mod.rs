//! A small real protocol for the simulator's laws: servers that copy a register and hand a token round a ring, and clients that
//! write. Every node counts what the laws ask about: its writes, its inputs, and timers that were early.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "each test binary uses its own part; the names say what they are"
)]

pub mod play;
mod words;

pub use words::{Held, Put, Reason, Timer, ToyVariant, Written};

use protocol::{
    Access, Act, Arrival, Arrivals, Assumptions, Chance, Context, Distribution, Heard, Hue, Input,
    Layout, Look, MessageKind, MessageShape, MessageView, NodeId, NodeKind, NodeSpec, NodeView,
    OperationId, OperationSpec, Phrase, Property, PropertyKind, Protocol, Purpose, ReadAccess,
    Rule, SmolStr, Variant, Verdicts,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

pub const SERVER: Purpose = Purpose::new("server");
pub const GREET: Purpose = Purpose::new("greet");

protocol::config! {
    /// The parameters of the toy.
    pub struct ToyConfig {
        /// How many servers there are.
        servers: Int(2..=5) = 3, Count, fixed;
        /// How many clients there are.
        clients: Int(0..=3) = 2, Count, fixed;
        /// How clients ask.
        arrivals: Choice["open", "closed", "never"] = "closed", Count, live;
        /// The mean gap between operations.
        gap_us: Int(1000..=1000000) = 30000, Us, live;
        /// The least that a client waits for its answer.
        retry_us: Int(1000..=1000000) = 60000, Us, live;
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub enum Body {
    Put { number: u64, value: u64 },
    Done { number: u64 },
    Copy { stamp: (u64, u16), value: u64 },
    Have { stamp: (u64, u16) },
    Pass { epoch: u64 },
    Got { epoch: u64 },
    Beat { stamp: (u64, u16) },
}

/// A message says how many writes its sender had asked for before it, and whether it may overtake them.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Message {
    pub after: u64,
    pub eager: bool,
    pub body: Body,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub enum Write {
    Set {
        stamp: (u64, u16),
        value: u64,
    },
    Epoch(u64),
    Session(u64),
    /// What is left of a torn `Set`.
    Scrap,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct Disk {
    /// How many writes it is the fold of.
    pub writes: u64,
    pub stamp: (u64, u16),
    pub value: u64,
    pub epoch: u64,
    pub session: u64,
    pub scraps: u64,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Memory {
    holders: BTreeMap<u64, NodeId>,
    held: BTreeSet<NodeId>,
    agreed: bool,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Toy {
    pub server: bool,
    /// Writes asked for, those of earlier lives included.
    pub written: u64,
    /// Inputs handled in this life.
    pub heard: u64,
    /// Timers that fired before the least of their range on this node's clock.
    pub early: u64,
    pub armed: BTreeMap<Timer, (u64, u64)>,
    pub stamp: (u64, u16),
    pub value: u64,
    pub epoch: u64,
    /// To whom the next epoch is on its way.
    pub passing: Option<NodeId>,
    pub queue: Vec<(OperationId, u64)>,
    pub greeting: BTreeMap<u64, (NodeId, u64)>,
    /// The last outcomes of its decisions.
    pub chose: Vec<u32>,
}

impl Toy {
    fn say(&self, cx: &mut Context<'_, Self>, to: NodeId, body: Body, reason: Reason) {
        let message = Message {
            after: self.written,
            eager: false,
            body,
        };
        cx.send(to, message, reason);
    }

    fn save(&mut self, cx: &mut Context<'_, Self>, write: Write) {
        self.written += 1;
        cx.save(write);
    }

    fn arm(&mut self, cx: &mut Context<'_, Self>, timer: Timer, min_us: u64, max_us: u64) {
        self.armed.insert(timer, (cx.now_us(), min_us));
        cx.set_timer(timer, min_us, max_us, Reason::Routine);
    }

    fn servers(cx: &Context<'_, Self>) -> u16 {
        cx.config().servers as u16
    }

    fn peers(cx: &Context<'_, Self>) -> Vec<NodeId> {
        let me = cx.me();
        (0..Self::servers(cx))
            .map(NodeId)
            .filter(|id| *id != me)
            .collect()
    }

    fn ask(&mut self, cx: &mut Context<'_, Self>) {
        let Some((id, value)) = self.queue.first().cloned() else {
            cx.cancel_timer(Timer::Retry);
            return;
        };
        let servers = u32::from(Self::servers(cx));
        let server = cx.choose(SERVER, servers);
        self.chose.push(server);
        if self.chose.len() > 4 {
            self.chose.remove(0);
        }
        let put = Body::Put {
            number: id.number,
            value,
        };
        self.say(cx, NodeId(server as u16), put, Reason::Asked);
        let retry_us = cx.config().retry_us;
        self.arm(cx, Timer::Retry, retry_us, 2 * retry_us);
    }

    fn set(&mut self, cx: &mut Context<'_, Self>, stamp: (u64, u16), value: u64) {
        (self.stamp, self.value) = (stamp, value);
        self.save(cx, Write::Set { stamp, value });
    }

    fn message(&mut self, cx: &mut Context<'_, Self>, from: NodeId, body: Body) {
        match body {
            Body::Put { number, value } if self.server => {
                let stamp = (self.stamp.0 + 1, cx.me().0);
                self.set(cx, stamp, value);
                for peer in Self::peers(cx) {
                    let message = Message {
                        after: self.written,
                        eager: true,
                        body: Body::Copy { stamp, value },
                    };
                    cx.send_before_save(peer, message, Reason::Known);
                }
                self.greeting.insert(stamp.0, (from, number));
                cx.notify_saved(stamp.0);
            }
            Body::Copy { stamp, value } if self.server => {
                if stamp > self.stamp {
                    self.set(cx, stamp, value);
                    self.say(cx, from, Body::Have { stamp }, Reason::Known);
                } else {
                    cx.note(Reason::Stale);
                }
            }
            Body::Beat { stamp } if self.server && stamp < self.stamp => {
                let (stamp, value) = (self.stamp, self.value);
                self.say(cx, from, Body::Copy { stamp, value }, Reason::Known);
            }
            Body::Pass { epoch } if self.server => {
                if epoch > self.epoch {
                    self.epoch = epoch;
                    self.save(cx, Write::Epoch(epoch));
                    cx.tell(Held {
                        epoch,
                        after: self.written,
                    });
                    self.passing = None;
                    self.arm(cx, Timer::Token, 20_000, 30_000);
                } else {
                    cx.note(Reason::Stale);
                }
                self.say(cx, from, Body::Got { epoch }, Reason::Known);
            }
            Body::Got { epoch } if self.server && epoch == self.epoch + 1 => {
                self.passing = None;
                cx.cancel_timer(Timer::Token);
            }
            Body::Done { number } if self.queue.first().is_some_and(|q| q.0.number == number) => {
                let (id, _) = self.queue.remove(0);
                self.save(cx, Write::Session(number));
                cx.answer(id, Written(self.written));
                self.ask(cx);
            }
            _ => cx.note(Reason::Stale),
        }
    }
}

impl Protocol for Toy {
    const ID: &'static str = "toy";
    const TITLE: [&'static str; 2] = ["Toy", "玩具"];
    const BEHAVIOUR: u32 = 7;
    const HUE: Hue = Hue::Epoch("hue.epoch");
    const PACE_US: u64 = 50_000;
    const MESSAGES: &'static [MessageKind] = &[
        MessageKind { name: "Put" },
        MessageKind { name: "Done" },
        MessageKind { name: "Copy" },
        MessageKind { name: "Have" },
        MessageKind { name: "Pass" },
        MessageKind { name: "Got" },
        MessageKind { name: "Beat" },
    ];
    const PROPERTIES: &'static [Property] = &[
        Property {
            id: "one-holder",
            kind: PropertyKind::Always,
            assumes: Assumptions::ASYNCHRONOUS,
            source: "the test",
        },
        Property {
            id: "all-held",
            kind: PropertyKind::Sometimes,
            assumes: Assumptions::ASYNCHRONOUS,
            source: "the test",
        },
        Property {
            id: "agreed",
            kind: PropertyKind::Eventually,
            assumes: Assumptions::ASYNCHRONOUS,
            source: "the test",
        },
    ];
    const VARIANTS: &'static [Variant<ToyVariant>] = &[
        Variant {
            id: "sound",
            value: ToyVariant::Sound,
            breaks: None,
        },
        Variant {
            id: "retry-elsewhere",
            value: ToyVariant::RetryElsewhere,
            breaks: Some("one-holder"),
        },
    ];
    const RULES: &'static [Rule] = &[];
    const OPERATIONS: &'static [OperationSpec] = &[OperationSpec {
        id: "put",
        fields: &[protocol::Field {
            id: "value",
            default: "1",
        }],
    }];
    const ACCESS: Option<ReadAccess<Put, Written>> = Some(|op, answer| {
        Some(Access {
            key: SmolStr::default(),
            act: Act::Write(op.0.to_string().into()),
            heard: answer.map(|_| Heard::Done),
        })
    });

    type Config = ToyConfig;
    type Variant = ToyVariant;
    type Message = Message;
    type Timer = Timer;
    type Write = Write;
    type Disk = Disk;
    type Op = Put;
    type Answer = Written;
    type Fact = Held;
    type Reason = Reason;
    type Memory = Memory;
    type Tally = ();

    fn roster(config: &ToyConfig) -> Vec<NodeSpec> {
        NodeSpec::many(config.servers, 'S', NodeKind::Server)
            .chain(NodeSpec::many(config.clients, 'C', NodeKind::Client))
            .collect()
    }

    fn layout(_config: &ToyConfig) -> Layout {
        Layout::Ring
    }

    fn validate(config: &ToyConfig) -> Result<(), Phrase> {
        if config.retry_us < config.gap_us / 1000 {
            return Err(Phrase::new("error.toy-retry"));
        }
        Ok(())
    }

    fn boot(cx: &mut Context<'_, Self>, disk: &Disk) -> Self {
        let server = cx.roster()[cx.me().index()].kind == NodeKind::Server;
        let mut me = Self {
            server,
            written: disk.writes,
            heard: 0,
            early: 0,
            armed: BTreeMap::new(),
            stamp: disk.stamp,
            value: disk.value,
            epoch: disk.epoch,
            passing: None,
            queue: Vec::new(),
            greeting: BTreeMap::new(),
            chose: Vec::new(),
        };
        if server {
            me.arm(cx, Timer::Beat, 40_000, 60_000);
            if cx.me() == NodeId(0) || disk.epoch > 0 {
                me.arm(cx, Timer::Token, 20_000, 30_000);
            }
        }
        me
    }

    fn on(&mut self, cx: &mut Context<'_, Self>, input: Input<Self>) {
        self.heard += 1;
        match input {
            Input::Message { from, message } => self.message(cx, from, message.body),
            Input::Timer(timer) => {
                let (set_us, min_us) = self.armed.remove(&timer).expect("a timer that was set");
                if cx.now_us() < set_us + min_us {
                    self.early += 1;
                }
                match timer {
                    Timer::Beat => {
                        for peer in Self::peers(cx) {
                            let stamp = self.stamp;
                            self.say(cx, peer, Body::Beat { stamp }, Reason::Routine);
                        }
                        self.arm(cx, Timer::Beat, 40_000, 60_000);
                    }
                    Timer::Retry => self.ask(cx),
                    Timer::Token => {
                        let elsewhere =
                            self.passing.is_some() && cx.variant() == ToyVariant::RetryElsewhere;
                        let next = cx.me().0 + 1 + u16::from(elsewhere);
                        let to = NodeId(next % Self::servers(cx));
                        self.passing = Some(to);
                        let epoch = self.epoch + 1;
                        self.say(cx, to, Body::Pass { epoch }, Reason::Routine);
                        self.arm(cx, Timer::Token, 20_000, 30_000);
                    }
                }
            }
            Input::Request { id, op } => {
                self.queue.push((id, op.0));
                if self.queue.len() == 1 {
                    self.ask(cx);
                }
            }
            Input::Saved(token) => {
                let Some((client, number)) = self.greeting.remove(&token) else {
                    return;
                };
                let greets = cx.choose(GREET, 2);
                self.chose.push(greets);
                if self.chose.len() > 4 {
                    self.chose.remove(0);
                }
                self.say(cx, client, Body::Done { number }, Reason::Known);
                if greets == 1 {
                    // A second save, so that a save within what a save caused is tried too.
                    let epoch = self.epoch;
                    self.save(cx, Write::Epoch(epoch));
                    for peer in Self::peers(cx) {
                        let stamp = self.stamp;
                        self.say(cx, peer, Body::Have { stamp }, Reason::Known);
                    }
                }
            }
        }
    }

    fn persist(disk: &mut Disk, write: &Write) {
        disk.writes += 1;
        match *write {
            Write::Set { stamp, value } => (disk.stamp, disk.value) = (stamp, value),
            Write::Epoch(epoch) => disk.epoch = epoch,
            Write::Session(number) => disk.session = number,
            Write::Scrap => disk.scraps += 1,
        }
    }

    fn torn(write: &Write) -> Option<Write> {
        matches!(write, Write::Set { .. }).then_some(Write::Scrap)
    }

    fn message_kind(message: &Message) -> u8 {
        match message.body {
            Body::Put { .. } => 0,
            Body::Done { .. } => 1,
            Body::Copy { .. } => 2,
            Body::Have { .. } => 3,
            Body::Pass { .. } => 4,
            Body::Got { .. } => 5,
            Body::Beat { .. } => 6,
        }
    }

    fn message_view(message: &Message) -> MessageView {
        let kind = Self::MESSAGES[usize::from(Self::message_kind(message))].name;
        MessageView {
            kind: kind.into(),
            shape: match message.body {
                Body::Beat { .. } => MessageShape::Heartbeat,
                Body::Done { .. } | Body::Have { .. } | Body::Got { .. } => MessageShape::Granted,
                _ => MessageShape::Request,
            },
            epoch: match message.body {
                Body::Pass { epoch } | Body::Got { epoch } => Some(epoch),
                _ => None,
            },
            label: None,
        }
    }

    fn view(&self, _config: &ToyConfig, _me: NodeId) -> NodeView {
        NodeView {
            role: if self.server {
                "role.server"
            } else {
                "role.client"
            }
            .into(),
            epoch: self.server.then_some(self.epoch),
            ..NodeView::default()
        }
    }

    fn observe(memory: &mut Memory, look: &Look<'_, Self>, verdicts: &mut Verdicts) {
        for (node, fact) in look.facts {
            let holder = *memory.holders.entry(fact.epoch).or_insert(*node);
            if holder != *node {
                let how = Phrase::new("violated.one-holder").nodes("holders", [holder, *node]);
                verdicts.violated(0, how);
            }
            let servers = look.config.servers as usize;
            if memory.held.insert(*node) && memory.held.len() == servers {
                verdicts.met(1);
            }
        }
        if look.changed.is_some() {
            let mut stamps = look
                .nodes
                .iter()
                .flatten()
                .filter(|node| node.server)
                .map(|node| node.stamp);
            let first = stamps.next();
            let agreed = stamps.all(|stamp| Some(stamp) == first) && first > Some((0, 0));
            if agreed != memory.agreed {
                memory.agreed = agreed;
                if agreed {
                    verdicts.met(2);
                } else {
                    verdicts.owed(2);
                }
            }
        }
    }

    fn arrivals(config: &ToyConfig, node: NodeId) -> Arrivals {
        if u64::from(node.0) < config.servers {
            return Arrivals::Never;
        }
        match config.arrivals {
            "open" => Arrivals::Open,
            "closed" => Arrivals::Closed,
            _ => Arrivals::Never,
        }
    }

    fn arrival(config: &ToyConfig, _client: NodeId, number: u64, chance: Chance) -> Arrival<Put> {
        let gap = Distribution::Exponential {
            min: 500,
            mean: config.gap_us,
        };
        Arrival {
            gap_us: chance.sample(Purpose::new("gap"), &gap),
            op: Put(number * 10 + chance.below(Purpose::new("value"), 10)),
        }
    }

    fn operation(id: &str, fields: &[String]) -> Result<Put, Phrase> {
        match (id, fields) {
            ("put", [value]) => value
                .parse()
                .map(Put)
                .map_err(|_| Phrase::new("error.toy-number").text("value", value.clone())),
            _ => Err(Phrase::new("error.toy-put")),
        }
    }

    fn words(_language: &str) -> &'static str {
        ""
    }
}
