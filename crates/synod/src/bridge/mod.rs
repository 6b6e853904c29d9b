//! `synod bridge`: processes and connections that speak Maelstrom's protocol, the network between them, tests of them, pages that watch.
//!
//! What is decided is decided in the crate `maelstrom`; here are its clock, its processes and its sockets.

mod args;
mod class;
mod commands;
mod drive;
mod hubs;
mod nats;
mod pages;
mod process;
mod rooms;
mod web;

pub(crate) use args::BridgeArgs;

use crate::error::{Ended, Error};
use crate::guard::Guard;
use crate::output::{Output, tell};
use crate::socket::unbound;
use args::micros;
use drive::Driver;
use maelstrom::check::Validity;
use maelstrom::report::Report;
use maelstrom::test::Settings;
use protocol::Arg;
use rustix::process::{Resource, getrlimit, setrlimit};
use std::io::IsTerminal;
use std::io::Read;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use wire::Envelope;

/// How many inputs wait for the hub before whoever brings them has to.
const INPUTS_MAX: usize = 4_096;
/// How many files and connections this process may have open: more than the guards let in.
const FILES_MAX: u64 = 16_384;
/// Where pages and nodes connect unless something else is said.
const LISTEN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 7400);

/// What comes to the hub.
#[derive(Debug)]
enum Input {
    /// A node said a line.
    Line {
        /// The node.
        node: String,
        /// Which of its lives.
        number: u64,
        /// The line.
        line: Vec<u8>,
    },
    /// A node's process ended, or its connection closed.
    Ended {
        /// The node.
        node: String,
        /// Which of its lives.
        number: u64,
        /// In which words.
        said: String,
    },
    /// A node that did not read has room again.
    Writable {
        /// The node.
        node: String,
        /// Which of its lives.
        number: u64,
    },
    /// A node wants to join by WebSocket.
    Join {
        /// By which name; `None`: any.
        name: Option<String>,
        /// Where its messages go.
        outbox: mpsc::Sender<Arc<Envelope>>,
        /// Its name and which of its lives it is, or why not.
        answer: oneshot::Sender<Result<(String, u64), String>>,
    },
    /// A page wants to watch.
    Watch {
        /// Where what it is told goes.
        frames: mpsc::Sender<Arc<str>>,
        /// Its number.
        answer: oneshot::Sender<u64>,
    },
    /// A page no longer watches.
    Unwatch {
        /// Its number.
        page: u64,
    },
    /// A page asks for something.
    Command {
        /// Its number.
        page: u64,
        /// What, as JSON.
        text: String,
    },
    /// Something came from other hubs, or befell the way to them.
    Nats(nats::FromNats),
}

/// Connects nodes, and tests them or serves them until it is interrupted.
pub(crate) fn bridge(args: &BridgeArgs) -> Result<Ended, Error> {
    if args.nodes() > 0 && args.command.is_empty() {
        return Err(refused(
            "--nodes",
            "write the command of a node behind --: `synod bridge -- ./my-node`",
        ));
    }
    if args.workload.is_some() && args.nodes() == 0 {
        return Err(refused(
            "--workload",
            "a test needs nodes that the bridge starts: write their command behind --",
        ));
    }
    logs();
    open_many_files();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| refused("synod bridge", error))?;
    let report = runtime.block_on(serve(args));
    // Nobody waits for a page that does not close.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    match report? {
        None => Ok(Ended::Well),
        Some(report) => {
            let mut output = Output::open(None)?;
            if args.json {
                output.json(&report)?;
            } else {
                output.text(&report.to_string())?;
            }
            output.finish()?;
            Ok(match report.valid {
                Validity::Valid => Ended::Well,
                Validity::Invalid => Ended::Violated,
                Validity::Unknown => Ended::Differs,
            })
        }
    }
}

async fn serve(args: &BridgeArgs) -> Result<Option<Report>, Error> {
    let seed = match args.seed {
        Some(seed) => seed,
        None => u64::from_le_bytes(random()?) >> 32,
    };
    let (to, inputs) = mpsc::channel(INPUTS_MAX);
    let listens = match (args.listen, args.workload) {
        (None, Some(_)) => None,
        (listen, _) => Some(listen.unwrap_or(LISTEN)),
    };
    let rooms = rooms::Rooms::default();
    let hubs = hubs::Hubs::connect(args, &rooms, &to).await?;
    if let Some(address) = listens {
        listen(args, address, rooms.clone(), to.clone()).await?;
    }
    let driver = Driver::new(args, seed, hubs, to)?;
    let test = args
        .workload
        .map(|workload| move |nodes| settings(args, workload, seed, nodes));
    driver.run(inputs, test).await
}

/// Opens the door, and tells where it is and who may come in.
async fn listen(
    args: &BridgeArgs,
    address: SocketAddr,
    rooms: rooms::Rooms,
    inputs: mpsc::Sender<Input>,
) -> Result<(), Error> {
    let given = |token: &Option<String>| token.clone().map_or_else(new_token, Ok);
    let (token, room) = (given(&args.token)?, given(&args.room_token)?);
    if token == room {
        let why = "followers would be let in everywhere; take another one than for --token";
        return Err(refused("--room-token", why));
    }
    let door = web::Door {
        guard: Guard::new(Some(&token), &args.origin, web::CONNECTIONS_MAX),
        followers: Guard::new(Some(&room), &args.origin, web::FOLLOWERS_MAX),
        rooms,
        inputs,
    };
    let bound = web::listen(address, door, args.page.as_deref()).await;
    let bound = bound.map_err(|error| refused(&address.to_string(), unbound(&error)))?;
    let place = reached(bound);
    tell(&format!(
        "listening on http://{bound}/ with the token {token}"
    ));
    if args.page.is_some() {
        let watched = format!("ws://{place}/watch?token={token}");
        tell(&format!("  the page: http://{place}/?join={watched}"));
    }
    tell(&format!("  nodes join at ws://{place}/node?token={token}"));
    tell(&format!(
        "  pages watch at ws://{place}/watch?token={token}"
    ));
    tell(&format!(
        "  a class follows at ws://{place}/room/class?token={room}, and whoever has the other token presents there"
    ));
    if args.page.is_some() {
        tell(&format!(
            "  to present: http://{place}/#present=class&token={token}"
        ));
        tell(&format!(
            "  to give away: http://{place}/#follow=class&token={room}"
        ));
    }
    Ok(())
}

/// Where others reach what listens at `bound`: an address that stands for all of this machine's leads nowhere from another one.
fn reached(bound: SocketAddr) -> String {
    if !bound.ip().is_unspecified() {
        return bound.to_string();
    }
    // Nothing is sent: the system says which of its addresses it would send from. These are kept for documentation.
    let (any, far) = match bound {
        SocketAddr::V4(_) => ("0.0.0.0:0", "192.0.2.1:9"),
        SocketAddr::V6(_) => ("[::]:0", "[2001:db8::1]:9"),
    };
    let own = std::net::UdpSocket::bind(any).and_then(|socket| {
        socket.connect(far)?;
        socket.local_addr()
    });
    match own {
        Ok(own) => SocketAddr::new(own.ip(), bound.port()).to_string(),
        Err(_) => format!("ADDRESS-OF-THIS-MACHINE:{}", bound.port()),
    }
}

/// The test of so many nodes that the command line asks for.
fn settings(
    args: &BridgeArgs,
    workload: maelstrom::workload::Workload,
    seed: u64,
    nodes: usize,
) -> Settings {
    Settings {
        workload,
        rate: args.rate,
        concurrency: args.clients(nodes),
        time_limit_us: micros(args.time_limit),
        recovery_us: micros(args.recovery),
        latency_us: args.latency_us(),
        seed,
        nemesis: args.nemesis.clone(),
        nemesis_interval_us: micros(args.nemesis_interval),
        topology: args.topology,
        level: args.consistency_model,
    }
}

fn refused(place: &str, why: impl ToString) -> Error {
    Error::Plain {
        place: Arg::Text(place.to_owned()),
        why: why.to_string(),
    }
}

/// A token that nobody can guess.
fn new_token() -> Result<String, Error> {
    Ok(random::<16>()?.map(|byte| format!("{byte:02x}")).concat())
}

/// Bytes that nobody can guess, from the system.
fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    let source = "/dev/urandom";
    std::fs::File::open(source)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(|error| Error::Read(Arg::Text(source.to_owned()), error))?;
    Ok(bytes)
}

/// Lets this process have as many connections as its limits speak of, where the system does.
fn open_many_files() {
    let mut limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.map_or(FILES_MAX, |most| most.min(FILES_MAX));
    if limit.current.is_some_and(|now| now < most) {
        limit.current = Some(most);
        // What the system refuses is told when a connection cannot be taken.
        let _ = setrlimit(Resource::Nofile, limit);
    }
}

/// What is logged goes to the standard error; `SYNOD_LOG=debug` tells more.
fn logs() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("SYNOD_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,async_nats=warn"));
    // A second one in the same process is refused, and the first goes on.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .without_time()
        .try_init();
}
