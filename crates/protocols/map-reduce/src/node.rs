//! MapReduce as a protocol: its nodes are a master, the global file system, workers and a client.

use crate::client::{self, Answer, Client, Op};
use crate::config::MapReduceConfig;
use crate::disk::{Disk, Write};
use crate::files::FileSystem;
use crate::master::Master;
use crate::message::{self, Message};
use crate::properties::{self, Memory};
use crate::tally::{self, Tally};
use crate::worker::Worker;
use crate::{Fact, Reason, Variant, rules, variant, view, why_not};
use protocol::{
    Arrival, Arrivals, Chance, Context, Hue, Input, Layout, Look, MessageKind, MessageView, NodeId,
    NodeKind, NodeSpec, NodeView, OperationSpec, Phrase, Picture, Property, Protocol, Rule,
    TimerName, Variant as VariantSpec, Verdicts, WhyNot,
};
use serde::Serialize;

/// Before the first job: time to see the cluster.
const FIRST_GAP_US: u64 = 10_000;

/// The timers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timer {
    /// The master's next pings.
    Ping,
    /// The master's next checkpoint.
    Checkpoint,
    /// A worker is at a map task.
    Map,
    /// It waits for its split.
    Read,
    /// A worker is at a reduce task.
    Reduce,
    /// It waits for regions.
    Fetch,
    /// It waits for the file system to write its output.
    Commit,
    /// A client waits for its job.
    Retry,
}

impl TimerName for Timer {
    const ALL: &'static [Self] = &[
        Self::Ping,
        Self::Checkpoint,
        Self::Map,
        Self::Read,
        Self::Reduce,
        Self::Fetch,
        Self::Commit,
        Self::Retry,
    ];

    fn index(self) -> u8 {
        self as u8
    }

    fn id(self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::Checkpoint => "checkpoint",
            Self::Map => "map",
            Self::Read => "read",
            Self::Reduce => "reduce",
            Self::Fetch => "fetch",
            Self::Commit => "commit",
            Self::Retry => "retry",
        }
    }
}

/// A node.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Node {
    /// It assigns tasks.
    Master(Master),
    /// It keeps the input and the output.
    Files(FileSystem),
    /// It executes tasks.
    Worker(Worker),
    /// It hands jobs in.
    Client(Client),
}

impl Protocol for Node {
    const ID: &'static str = "map-reduce";
    const TITLE: [&'static str; 2] = ["MapReduce", "MapReduce"];
    const BEHAVIOUR: u32 = 1;
    const HUE: Hue = Hue::Epoch("hue.partition");
    const PACE_US: u64 = 10_000;
    const MESSAGES: &'static [MessageKind] = message::KINDS;
    const PROPERTIES: &'static [Property] = properties::PROPERTIES;
    const VARIANTS: &'static [VariantSpec<Variant>] = variant::VARIANTS;
    const RULES: &'static [Rule] = rules::RULES;
    const OPERATIONS: &'static [OperationSpec] = client::OPERATIONS;

    type Config = MapReduceConfig;
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

    fn roster(config: &MapReduceConfig) -> Vec<NodeSpec> {
        let workers = NodeSpec::many(config.workers, 'W', NodeKind::Server);
        let clients = NodeSpec::many(1, 'C', NodeKind::Client);
        [
            NodeSpec::new("M", NodeKind::Balancer),
            NodeSpec::new("F", NodeKind::Store).tier(1),
        ]
        .into_iter()
        .chain(workers.map(|spec| spec.tier(1)))
        .chain(clients.map(|spec| spec.tier(2)))
        .collect()
    }

    fn layout(_config: &MapReduceConfig) -> Layout {
        Layout::Star
    }

    fn validate(config: &MapReduceConfig) -> Result<(), Phrase> {
        config.validate()
    }

    fn boot(cx: &mut Context<'_, Self>, disk: &Disk) -> Self {
        match cx.me() {
            MapReduceConfig::MASTER => Self::Master(Master::boot(cx, disk)),
            MapReduceConfig::FILES => Self::Files(FileSystem::boot(disk)),
            me if cx.config().worker_number(me).is_some() => Self::Worker(Worker::boot(cx, disk)),
            _ => Self::Client(Client::default()),
        }
    }

    fn on(&mut self, cx: &mut Context<'_, Self>, input: Input<Self>) {
        match self {
            Self::Master(master) => master.on(cx, input),
            Self::Files(files) => files.on(cx, input),
            Self::Worker(worker) => worker.on(cx, input),
            Self::Client(client) => client.on(cx, input),
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

    fn view(&self, config: &MapReduceConfig, me: NodeId) -> NodeView {
        match self {
            Self::Master(master) => view::master(master),
            Self::Files(files) => view::files(files),
            Self::Worker(worker) => view::worker(worker, config, me),
            Self::Client(client) => view::client(client),
        }
    }

    fn epoch(&self, _config: &MapReduceConfig, _me: NodeId) -> Option<u64> {
        match self {
            Self::Worker(worker) => view::partition(worker),
            _ => None,
        }
    }

    fn observe(memory: &mut Memory, look: &Look<'_, Self>, verdicts: &mut Verdicts) {
        properties::observe(memory, look, verdicts);
    }

    fn count(tally: &mut Tally, look: &Look<'_, Self>) {
        tally.count(look);
    }

    fn pictures(config: &MapReduceConfig, _memory: &Memory, tally: &Tally) -> Vec<Picture> {
        tally::pictures(config, tally)
    }

    fn why_not(config: &MapReduceConfig, nodes: &[Option<Self>], node: NodeId) -> Vec<WhyNot> {
        why_not::why_not(config, nodes, node)
    }

    fn arrivals(config: &MapReduceConfig, node: NodeId) -> Arrivals {
        let is_client = node.0 >= config.worker_ids().end;
        if is_client && config.arrivals == "closed" {
            Arrivals::Closed
        } else {
            Arrivals::Never
        }
    }

    fn arrival(
        config: &MapReduceConfig,
        client: NodeId,
        number: u64,
        chance: Chance,
    ) -> Arrival<Op> {
        Arrival {
            gap_us: Self::gap_us(config, client, number, chance),
            op: Op { kind: None },
        }
    }

    fn gap_us(config: &MapReduceConfig, _: NodeId, number: u64, _: Chance) -> u64 {
        if number == 1 {
            FIRST_GAP_US
        } else {
            config.job_gap_us
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
