//! What can be asked of `synod bridge`. Knows nothing of how it is answered.

use clap::{Args, ValueEnum};
use maelstrom::check::txn::Level;
use maelstrom::nemesis::Nemesis;
use maelstrom::workload::{Topology, Workload};
use protocol::Distribution;
use std::net::SocketAddr;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  synod bridge --workload echo -- ./my-node              one test, a report, an exit code
  synod bridge --workload broadcast --nodes 25 --topology tree4 --latency 100 -- python3 node.py
  synod bridge --workload lin-kv --time-limit 10 --nemesis partition -- ./my-node --verbose
  synod bridge --workload kafka --journal run.jsonl --json -- ./my-node
  synod bridge --nodes 3 --page dist -- ./my-node        serves pages and nodes until it is interrupted
  synod bridge                                           nodes join by WebSocket alone
  synod bridge --nats nats://127.0.0.1 --hubs 3 --nodes 2 -- ./my-node    one of three hubs that are one cluster
  synod bridge --page dist --listen 0.0.0.0:7400         a class room: followers see what the presenter shows

A node reads messages from its standard input and writes messages to its standard output, one JSON object a line, as Maelstrom has
them; its standard error is shown. It may build upon the services lin-kv, seq-kv, lww-kv and lin-tso. docs/real-nodes.md has the rest.
Only the command behind -- is ever started.

Exit code: 0 when the test is valid, 1 when it is not, 2 when it could not be begun, 3 when it has shown nothing.";

/// Connect nodes in any language that speak Maelstrom's protocol, and test them.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct BridgeArgs {
    /// How many nodes to start: n0, n1, …; 5 unless something else is said.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=256))]
    nodes: Option<u16>,
    /// Test the nodes: echo, unique-ids, broadcast, g-set, g-counter, pn-counter, lin-kv, txn-list-append or kafka. Without it they are
    /// served until you interrupt.
    #[arg(long, value_name = "NAME")]
    pub(crate) workload: Option<Workload>,
    /// For how long operations begin, in seconds.
    #[arg(long, value_name = "S", default_value_t = 10.0, value_parser = seconds)]
    pub(crate) time_limit: f64,
    /// How many operations begin in a second, on the average.
    #[arg(long, value_name = "N", default_value_t = 100.0, value_parser = rate)]
    pub(crate) rate: f64,
    /// How many clients ask at a time: a number, or 4n for four a node.
    #[arg(long, value_name = "N|Nn", default_value = "1n", value_parser = concurrency)]
    pub(crate) concurrency: (u32, bool),
    /// How long nodes have after the last fault before everything is read once more, in seconds.
    #[arg(long, value_name = "S", default_value_t = 10.0, value_parser = seconds)]
    pub(crate) recovery: f64,
    /// Faults during the test: partition, kill, pause.
    #[arg(long, value_name = "KIND,…", value_delimiter = ',', value_parser = nemesis)]
    pub(crate) nemesis: Vec<Nemesis>,
    /// How long a fault lasts, and how long it is quiet until the next one, in seconds.
    #[arg(long, value_name = "S", default_value_t = 3.0, value_parser = seconds)]
    pub(crate) nemesis_interval: f64,
    /// How long a message between nodes or services takes on the average, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=3_600_000))]
    latency: u64,
    /// How latencies differ.
    #[arg(long, value_enum, default_value_t = LatencyDist::Constant)]
    latency_dist: LatencyDist,
    /// The part of the messages between nodes that is lost: 0.05 is one of twenty.
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = share)]
    loss: f64,
    /// Who is whose neighbour in a broadcast: grid, line, total, tree2, tree3, tree4.
    #[arg(long, value_name = "SHAPE", default_value = "grid", value_parser = topology)]
    pub(crate) topology: Topology,
    /// What transactions promise: read-uncommitted, read-committed, read-atomic, snapshot-isolation, serializable or
    /// strict-serializable.
    #[arg(long, value_name = "LEVEL", default_value = "strict-serializable", value_parser = level)]
    pub(crate) consistency_model: Level,
    /// The seed of all chance; without it, one that the report tells.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// The report as JSON, for other programs.
    #[arg(long)]
    pub(crate) json: bool,
    /// Write everything that happens to this file, a JSON object a line.
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
    /// Do not show what nodes write to their standard error.
    #[arg(long)]
    pub(crate) quiet: bool,
    /// Where pages and nodes connect; 127.0.0.1:7400 unless there is a workload. Port 0 takes any that is free.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// The folder of the built page, to serve it.
    #[arg(long, value_name = "DIR", value_parser = folder)]
    pub(crate) page: Option<PathBuf>,
    /// What pages and nodes must know to connect; without it, one that is told at the start.
    #[arg(long, value_name = "TEXT", value_parser = token)]
    pub(crate) token: Option<String>,
    /// What followers of a room must know, and no more; without it, one that is told at the start.
    #[arg(long, value_name = "TEXT", value_parser = token)]
    pub(crate) room_token: Option<String>,
    /// Be one cluster with other hubs, over this NATS server: nodes and pages at any of them are as if they were at one.
    #[arg(
        long,
        value_name = "nats://HOST:PORT",
        env = "SYNOD_NATS",
        hide_env_values = true
    )]
    pub(crate) nats: Option<String>,
    /// Which cluster at that server: its subjects begin so.
    #[arg(long, value_name = "NAME", default_value = "synod", value_parser = cluster, requires = "nats")]
    pub(crate) cluster: String,
    /// Begin when so many hubs are there, this one included: then each node hears the names of all.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "nats")]
    pub(crate) hubs: u16,
    /// Pages of this origin may connect as well; those of this machine and of this address always may. May be given several times.
    #[arg(long, value_name = "ORIGIN", alias = "allow-origin")]
    pub(crate) origin: Vec<String>,
    /// A node's command, behind --.
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum LatencyDist {
    /// All the same.
    Constant,
    /// Anything from none to twice the average.
    Uniform,
    /// Mostly short, now and then long.
    Exponential,
}

impl BridgeArgs {
    /// How many nodes are started.
    pub(crate) fn nodes(&self) -> u16 {
        let otherwise = if self.command.is_empty() { 0 } else { 5 };
        self.nodes.unwrap_or(otherwise)
    }

    /// How many clients ask so many nodes at a time.
    pub(crate) fn clients(&self, nodes: usize) -> u32 {
        let (number, for_each) = self.concurrency;
        let nodes = u32::try_from(nodes.max(1)).unwrap_or(u32::MAX);
        number.saturating_mul(if for_each { nodes } else { 1 })
    }

    /// The average latency, in microseconds.
    pub(crate) const fn latency_us(&self) -> u64 {
        self.latency * 1_000
    }

    /// How the network behaves.
    pub(crate) fn weather(&self) -> maelstrom::network::Weather {
        let mean = self.latency_us();
        maelstrom::network::Weather {
            latency_us: match self.latency_dist {
                LatencyDist::Constant => Distribution::Constant(mean),
                LatencyDist::Uniform => Distribution::Uniform {
                    min: 0,
                    max: mean * 2,
                },
                LatencyDist::Exponential => Distribution::Exponential { min: 0, mean },
            },
            loss_permille: (self.loss * 1_000.0).round() as u64,
        }
    }
}

/// Seconds as microseconds.
pub(crate) fn micros(seconds: f64) -> u64 {
    (seconds * 1e6) as u64
}

fn number(text: &str, max: f64, what: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok();
    let number = number.filter(|number| (0.0..=max).contains(number));
    number.ok_or_else(|| format!("write {what} from 0 to {max}"))
}

fn seconds(text: &str) -> Result<f64, String> {
    number(text, 1_000_000.0, "a number of seconds")
}

fn share(text: &str) -> Result<f64, String> {
    number(text, 1.0, "a part")
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = number(text, 1_000_000.0, "a number")?;
    if rate > 0.0 {
        Ok(rate)
    } else {
        Err("at a rate of 0 nothing is ever asked".into())
    }
}

fn concurrency(text: &str) -> Result<(u32, bool), String> {
    let (digits, for_each) = match text.strip_suffix('n') {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    let number = digits.parse::<u32>().ok();
    let number = number.filter(|number| (1..=10_000).contains(number));
    let number =
        number.ok_or("write a number from 1 to 10000, with an n behind it for so many a node")?;
    Ok((number, for_each))
}

/// One of several names.
fn named<T: Copy>(text: &str, what: &str, all: &[(&str, T)]) -> Result<T, String> {
    let found = all.iter().find(|(name, _)| *name == text);
    found.map(|(_, it)| *it).ok_or_else(|| {
        let known: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        format!("no {what} is called so; there are {}", known.join(", "))
    })
}

fn nemesis(text: &str) -> Result<Nemesis, String> {
    let all = [
        ("partition", Nemesis::Partition),
        ("kill", Nemesis::Kill),
        ("pause", Nemesis::Pause),
    ];
    named(text, "nemesis", &all)
}

fn topology(text: &str) -> Result<Topology, String> {
    let all = [
        ("grid", Topology::Grid),
        ("line", Topology::Line),
        ("total", Topology::Total),
        ("tree2", Topology::Tree(2)),
        ("tree3", Topology::Tree(3)),
        ("tree4", Topology::Tree(4)),
    ];
    named(text, "shape", &all)
}

fn level(text: &str) -> Result<Level, String> {
    named(
        text,
        "level",
        &Level::ALL.map(|level| (level.name(), level)),
    )
}

fn folder(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.join("index.html").is_file() {
        Ok(path)
    } else {
        Err("there is no index.html in it; `cargo xtask dist` makes `dist`".into())
    }
}

fn cluster(text: &str) -> Result<String, String> {
    if wire::room::is_name(text) {
        Ok(text.to_owned())
    } else {
        Err("take 1 to 64 letters, digits, - and _".into())
    }
}

fn token(text: &str) -> Result<String, String> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.~".contains(letter);
    if text.len() >= 8 && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("take at least 8 letters, digits, -, _, . and ~".into())
    }
}
