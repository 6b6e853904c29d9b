//! The protocol of the guide `docs/adding-a-protocol.md`: its code blocks are cut from this file, and a test holds them to it.

#![allow(missing_docs, reason = "the guide's own text is the documentation")]

use protocol::{
    Arrival, Arrivals, Assumptions, Chance, Context, Distribution, Hue, Input, Layout, Look,
    MessageKind, MessageShape, MessageView, NodeId, NodeKind, NodeSpec, NodeView, OperationId,
    OperationSpec, Phrase, Picture, Property, PropertyKind, Protocol, Purpose, Rule, Say,
    TimerName, Variant, Verdicts,
};
use serde::Serialize;
use sim::Run;

protocol::config! {
    /// The parameters of the counter.
    pub struct CounterConfig {
        /// How many clients there are.
        clients: Int(1..=5) = 2, Count, fixed;
        /// How long a client waits before it asks again.
        timeout_us: Int(1000..=1000000) = 50000, Us, live;
        /// How long a client thinks between two operations, on average.
        gap_us: Int(0..=1000000) = 200000, Us, live;
    }
}

/// What travels: a request with the client's own number for it, and the answer.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub enum Message {
    Add { number: u64 },
    Sum { number: u64, sum: u64 },
}

/// What is saved in one piece: a client's operation was counted.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Counted {
    client: NodeId,
    number: u64,
}

/// What a crash leaves: the sum, and the last number of each client.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize)]
pub struct Disk {
    sum: u64,
    last: Vec<(NodeId, u64)>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub enum Timer {
    Retry,
}

impl TimerName for Timer {
    const ALL: &'static [Self] = &[Self::Retry];
    fn index(self) -> u8 {
        0
    }
    fn id(self) -> &'static str {
        "retry"
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub enum Reason {
    Asked,
    NoAnswer { waited_us: u64 },
    Added { client: NodeId, sum: u64 },
    AddedBefore { client: NodeId, number: u64 },
    Stale { number: u64 },
}

impl Say for Reason {
    fn phrase(&self, me: NodeId) -> Phrase {
        match self {
            Self::Asked => Phrase::new("reason.asked").node("me", me),
            Self::NoAnswer { waited_us } => Phrase::new("reason.no-answer")
                .node("me", me)
                .us("waited", *waited_us),
            Self::Added { client, sum } => Phrase::new("reason.added")
                .node("client", *client)
                .int("sum", *sum)
                .by("count-once"),
            Self::AddedBefore { client, number } => Phrase::new("reason.added-before")
                .node("client", *client)
                .int("number", *number)
                .by("count-once"),
            Self::Stale { number } => Phrase::new("reason.stale")
                .node("me", me)
                .int("number", *number),
        }
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Reached(pub u64);

impl Say for Reached {
    fn phrase(&self, me: NodeId) -> Phrase {
        Phrase::new("fact.reached")
            .node("me", me)
            .int("sum", self.0)
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Add;

impl Say for Add {
    fn phrase(&self, _me: NodeId) -> Phrase {
        Phrase::new("op.add.say")
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Sum(pub u64);

impl Say for Sum {
    fn phrase(&self, _me: NodeId) -> Phrase {
        Phrase::new("answer.sum").int("sum", self.0)
    }
}

/// The sound protocol, and one that counts a retry again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Kind {
    #[default]
    Sound,
    CountsTwice,
}

/// What the property remembers: how many operations were asked, and the greatest sum.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Memory {
    asked: Vec<(NodeId, u64)>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub enum Node {
    Server {
        disk: Disk,
    },
    Client {
        number: u64,
        waits: Option<OperationId>,
        queue: Vec<OperationId>,
    },
}

const SERVER: NodeId = NodeId(0);
const GAP: Purpose = Purpose::new("gap");

impl Node {
    fn ask(&mut self, cx: &mut Context<'_, Self>, reason: Reason) {
        let Self::Client { number, .. } = self else {
            return;
        };
        cx.send(SERVER, Message::Add { number: *number }, reason);
        let timeout_us = cx.config().timeout_us;
        cx.set_timer(Timer::Retry, timeout_us, timeout_us, Reason::Asked);
    }

    fn next(&mut self, cx: &mut Context<'_, Self>) {
        let Self::Client {
            number,
            waits,
            queue,
        } = self
        else {
            return;
        };
        if waits.is_none() && !queue.is_empty() {
            *waits = Some(queue.remove(0));
            *number += 1;
            self.ask(cx, Reason::Asked);
        }
    }

    fn add(&mut self, cx: &mut Context<'_, Self>, client: NodeId, number: u64) {
        let Self::Server { disk } = self else { return };
        let last = disk
            .last
            .iter()
            .find(|(id, _)| *id == client)
            .map_or(0, |(_, last)| *last);
        let again = number <= last && cx.variant() == Kind::Sound;
        if !again {
            let write = Counted { client, number };
            Self::persist(disk, &write);
            cx.save(write);
            cx.tell(Reached(disk.sum));
        }
        let sum = disk.sum;
        let reason = if again {
            Reason::AddedBefore { client, number }
        } else {
            Reason::Added { client, sum }
        };
        cx.send(client, Message::Sum { number, sum }, reason);
    }

    fn answered(&mut self, cx: &mut Context<'_, Self>, number: u64, sum: u64) {
        let Self::Client {
            number: current,
            waits,
            ..
        } = self
        else {
            return;
        };
        match waits.take_if(|_| *current == number) {
            Some(id) => {
                cx.cancel_timer(Timer::Retry);
                cx.answer(id, Sum(sum));
                self.next(cx);
            }
            None => cx.note(Reason::Stale { number }),
        }
    }
}

impl Protocol for Node {
    const ID: &'static str = "counter";
    const TITLE: [&'static str; 2] = ["Counter", "计数器"];
    const BEHAVIOUR: u32 = 1;
    const HUE: Hue = Hue::Neutral;
    const PACE_US: u64 = 10_000;
    const MESSAGES: &'static [MessageKind] =
        &[MessageKind { name: "Add" }, MessageKind { name: "Sum" }];
    const PROPERTIES: &'static [Property] = &[Property {
        id: "counted-once",
        kind: PropertyKind::Always,
        assumes: Assumptions::ASYNCHRONOUS,
        source: "this guide",
    }];
    const VARIANTS: &'static [Variant<Kind>] = &[
        Variant {
            id: "sound",
            value: Kind::Sound,
            breaks: None,
        },
        Variant {
            id: "counts-twice",
            value: Kind::CountsTwice,
            breaks: Some("counted-once"),
        },
    ];
    const RULES: &'static [Rule] = &[Rule {
        id: "count-once",
        source: "this guide",
    }];
    const OPERATIONS: &'static [OperationSpec] = &[OperationSpec {
        id: "add",
        fields: &[],
    }];

    type Config = CounterConfig;
    type Variant = Kind;
    type Message = Message;
    type Timer = Timer;
    type Write = Counted;
    type Disk = Disk;
    type Op = Add;
    type Answer = Sum;
    type Fact = Reached;
    type Reason = Reason;
    type Memory = Memory;
    type Tally = ();

    fn roster(config: &CounterConfig) -> Vec<NodeSpec> {
        NodeSpec::many(1, 'S', NodeKind::Server)
            .chain(NodeSpec::many(config.clients, 'C', NodeKind::Client))
            .collect()
    }

    fn layout(_config: &CounterConfig) -> Layout {
        Layout::Ring
    }

    fn validate(_config: &CounterConfig) -> Result<(), Phrase> {
        Ok(())
    }

    fn boot(cx: &mut Context<'_, Self>, disk: &Disk) -> Self {
        match cx.roster()[cx.me().index()].kind {
            NodeKind::Client => Self::Client {
                number: 0,
                waits: None,
                queue: Vec::new(),
            },
            _ => Self::Server { disk: disk.clone() },
        }
    }

    fn on(&mut self, cx: &mut Context<'_, Self>, input: Input<Self>) {
        match input {
            Input::Request { id, .. } => {
                if let Self::Client { queue, .. } = self {
                    queue.push(id);
                }
                self.next(cx);
            }
            Input::Timer(Timer::Retry) => {
                let waited_us = cx.config().timeout_us;
                self.ask(cx, Reason::NoAnswer { waited_us });
            }
            Input::Message {
                from,
                message: Message::Add { number },
            } => self.add(cx, from, number),
            Input::Message {
                message: Message::Sum { number, sum },
                ..
            } => self.answered(cx, number, sum),
            Input::Saved(_) => {}
        }
    }

    fn persist(disk: &mut Disk, write: &Counted) {
        disk.sum += 1;
        match disk.last.iter_mut().find(|(id, _)| *id == write.client) {
            Some((_, last)) => *last = write.number,
            None => disk.last.push((write.client, write.number)),
        }
    }

    fn message_kind(message: &Message) -> u8 {
        match message {
            Message::Add { .. } => 0,
            Message::Sum { .. } => 1,
        }
    }

    fn message_view(message: &Message) -> MessageView {
        let (kind, shape) = match message {
            Message::Add { .. } => ("Add", MessageShape::Request),
            Message::Sum { .. } => ("Sum", MessageShape::Granted),
        };
        MessageView {
            kind: kind.into(),
            shape,
            epoch: None,
            label: None,
        }
    }

    fn view(&self, _config: &CounterConfig, _me: NodeId) -> NodeView {
        match self {
            Self::Server { disk } => NodeView {
                role: "role.server".into(),
                pictures: vec![Picture::pairs(
                    "picture.sum",
                    [("sum", disk.sum.to_string())],
                )],
                ..NodeView::default()
            },
            Self::Client { .. } => NodeView {
                role: "role.client".into(),
                ..NodeView::default()
            },
        }
    }

    fn observe(memory: &mut Memory, look: &Look<'_, Self>, verdicts: &mut Verdicts) {
        // Every client has asked as often as its number says; the server must not have counted more.
        for (index, node) in look.nodes.iter().enumerate() {
            let id = NodeId(index as u16);
            if let Some(Self::Client { number, .. }) = node {
                match memory.asked.iter_mut().find(|(client, _)| *client == id) {
                    Some((_, asked)) => *asked = (*asked).max(*number),
                    None => memory.asked.push((id, *number)),
                }
            }
        }
        let asked: u64 = memory.asked.iter().map(|(_, asked)| asked).sum();
        if let Some(Some(Self::Server { disk })) = look.nodes.first()
            && disk.sum > asked
        {
            verdicts.violated(
                0,
                Phrase::new("violation.counted-once")
                    .int("sum", disk.sum)
                    .int("asked", asked),
            );
        }
    }

    fn arrivals(_config: &CounterConfig, node: NodeId) -> Arrivals {
        if node == SERVER {
            Arrivals::Never
        } else {
            Arrivals::Closed
        }
    }

    fn arrival(
        config: &CounterConfig,
        _client: NodeId,
        _number: u64,
        chance: Chance,
    ) -> Arrival<Add> {
        let gap = Distribution::Exponential {
            min: 0,
            mean: config.gap_us,
        };
        Arrival {
            gap_us: chance.sample(GAP, &gap),
            op: Add,
        }
    }

    fn operation(id: &str, _fields: &[String]) -> Result<Add, Phrase> {
        if id == "add" {
            Ok(Add)
        } else {
            Err(Phrase::new("error.no-operation")
                .text("id", id)
                .text("known", "add"))
        }
    }

    fn words(language: &str) -> &'static str {
        if language == "zh" { ZH } else { EN }
    }
}

const EN: &str = "
title = Counter
role.server = server
role.client = client
timer.retry = retry
op.add = add
op.add.say = add one
answer.sum = the sum is {sum}
reason.asked = {me} asks the server to add one.
reason.no-answer = {me} has heard nothing for {waited}, and asks again.
reason.added = The sum is now {sum}: {client}'s request is new.
reason.added-before = Request {number} of {client} was counted before: it is answered and not counted again.
reason.stale = {me} waits for no answer to request {number} any more.
fact.reached = {me} has counted to {sum}.
rule.count-once = A request is counted once, however often it arrives.
property.counted-once = No request is counted twice.
violation.counted-once = The sum is {sum}, but only {asked} {asked:request was|requests were} made.
variant.sound = Sound
variant.counts-twice = Counts retries again
picture.sum = Sum
";
const ZH: &str = "
title = 计数器
role.server = 服务器
role.client = 客户端
timer.retry = 重试
op.add = 加一
op.add.say = 加一
answer.sum = 总和为 {sum}
reason.asked = {me} 请求服务器加一。
reason.no-answer = {me} 已有 {waited} 没有收到答复，于是再次请求。
reason.added = 总和现在为 {sum}：{client} 的请求是新的。
reason.added-before = {client} 的请求 {number} 已计过：给予答复，但不再计入。
reason.stale = {me} 已不再等待请求 {number} 的答复。
fact.reached = {me} 已计到 {sum}。
rule.count-once = 一个请求无论到达多少次，只计一次。
property.counted-once = 任何请求都不会被计两次。
violation.counted-once = 总和为 {sum}，但只有 {asked} 个请求。
variant.sound = 正确
variant.counts-twice = 重试时重复计数
picture.sum = 总和
";

#[test]
fn a_retry_is_counted_twice_only_by_the_broken_variant() {
    let run = Run {
        protocol: "counter".into(),
        behaviour: 1,
        variant: "counts-twice".into(),
        // Half of the messages are lost: there will be retries.
        config: [("loss_permille".to_owned(), "500".to_owned())].into(),
        seed: 7,
        ..Run::default()
    };
    let broken = |run: &Run| {
        let mut cluster = sim::open::<Node>(run).unwrap();
        (0..2_000).any(|_| cluster.advance().is_some_and(|stepped| stepped.violated))
    };
    assert!(broken(&run), "a retry is counted twice");
    assert!(
        !broken(&Run {
            variant: sim::SOUND.into(),
            ..run
        }),
        "the sound protocol keeps its promise"
    );
}

#[test]
fn the_guide_shows_this_code() {
    let code = include_str!("guide.rs");
    let guide = include_str!("../../../docs/adding-a-protocol.md");
    let blocks: Vec<&str> = guide
        .split("```rust\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert_eq!(blocks.len(), 5, "the guide has its five blocks of code");
    for block in blocks {
        assert!(
            code.contains(block.trim()),
            "the guide shows code that is not in this file:\n{block}"
        );
    }
}

#[test]
fn both_languages_of_the_guide_say_the_same_things() {
    let keys = |words: &'static str| -> Vec<&str> {
        words
            .lines()
            .filter_map(|line| line.split_once(" = "))
            .map(|(key, _)| key)
            .collect()
    };
    assert_eq!(keys(EN), keys(ZH));
}
