//! `synod node`: one real node of a protocol as a process, over WebSockets: to its peers, or to a bridge that stands between them.
//!
//! What a node does is the protocol's business, and how it is driven that of `live`; here are sockets, threads, signals and clocks.

pub(crate) mod args;
pub(crate) mod disk;
pub(crate) mod driver;
mod lin_kv;
pub(crate) mod links;
pub(crate) mod metrics;
pub(crate) mod seat;
mod serve;
pub(crate) mod tongue;

use crate::error::{Ended, Error};
use crate::guard::Guard;
use crate::run::{entry, settings};
use crate::socket::unbound;
use crate::words::words_of;
use args::NodeArgs;
use disk::Disk;
use driver::{Driver, Order};
use links::{Links, Peer};
use live::store::{FileStore, Owner, Store, StoreError};
use live::{Node, OpenError, Setup};
use metrics::Metrics;
use protocol::{Arg, NodeKind};
use seat::{Clients, Seat, Way};
use serve::{Cluster, Desk};
use sim::About;
use std::fmt::Display;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tongue::Tongue;
use trace::Language;
use tracing_subscriber::EnvFilter;

/// So many orders wait for the node; whoever brings more waits.
pub(crate) const ORDERS_MAX: usize = 4_096;
/// How long an operation that is asked on the command line may take.
const ANSWER: Duration = Duration::from_secs(60);

/// Runs the node until it is told to stop.
pub(crate) fn node(args: &NodeArgs) -> Result<Ended, Error> {
    logs();
    let about = entry(&args.protocol)?.about;
    let mut setup = setup(args, about)?;
    let mut data = args.data.clone();
    let mut way = None;
    let labels = if args.stdio {
        let started = seat::init().map_err(|why| refused("--stdio".into(), why))?;
        let (init, me, names) = started;
        let labels = roster(about, &setup)?;
        if labels.len() != names.len() {
            let count = labels.len();
            let why = format!(
                "the bridge has {} nodes, and with these parameters there are {count}: {}; start them with --nodes {count}",
                names.len(),
                labels.join(", ")
            );
            return Err(refused("--stdio".into(), why));
        }
        setup.label.clone_from(&labels[me]);
        data.push(&labels[me]);
        way = Some((Way::Pipes(init), names));
        labels
    } else {
        // Without its disk first: it says who takes part, and whether the parameters make sense.
        labels(&*opened(about, &setup, Vec::new())?)
    };
    for (label, _) in &args.peers {
        if !labels.contains(label) {
            let why = format!("there is no node {label}; there are {}", labels.join(", "));
            return Err(refused(format!("--peers {label}=…"), why));
        }
    }
    let listen = listen(args, &setup.label)?;
    if let Some(bridge) = &args.bridge {
        let address = seat::address(bridge).map_err(|why| refused("--bridge".into(), why))?;
        way = Some((Way::Bridge(address), labels.clone().into()));
    }
    let owner = Owner {
        protocol: about.id.into(),
        behaviour: about.behaviour,
        label: setup.label.clone(),
        nodes: labels,
    };
    let place = format!("--data {}", data.display());
    let broken = |error: StoreError| refused(place.clone(), error);
    let store = FileStore::open(&data, &owner).map_err(broken)?;
    let records = store.records().map_err(broken)?;
    let node = opened(about, &setup, records)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| refused("the runtime".into(), error))?;
    let ended = runtime.block_on(serve_node(args, about, node, store, listen, way));
    // Connections that do not end by themselves end here.
    runtime.shutdown_timeout(Duration::from_millis(200));
    ended
}

/// What is logged goes to the standard error; `RUST_LOG=debug` tells more.
pub(crate) fn logs() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}

/// An error with its place.
pub(crate) fn refused(place: String, why: impl Display) -> Error {
    Error::Node {
        place: Arg::Text(place),
        why: why.to_string(),
    }
}

/// The parameters of a protocol that real nodes have.
pub(crate) fn parameters(
    about: &'static About,
    set: &[(String, String)],
) -> Result<live::Parameters, Error> {
    let parameters = settings(about, set)?;
    for key in parameters.keys() {
        if !about
            .parameters
            .iter()
            .any(|parameter| parameter.key == key)
        {
            let why = "it is a parameter of the simulated network, and this one is real";
            return Err(refused(format!("--set {key}=…"), why));
        }
    }
    Ok(parameters)
}

fn setup(args: &NodeArgs, about: &'static About) -> Result<Setup, Error> {
    Ok(Setup {
        label: args.id.as_deref().unwrap_or_default().to_uppercase(),
        variant: args.variant.clone(),
        parameters: parameters(about, &args.set)?,
        seed: args.seed.unwrap_or_else(new_seed),
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "a real node's chance is new each time, unless it is given a seed"
)]
pub(crate) fn new_seed() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let nanos = since.map_or(0, |since| since.as_nanos() as u64);
    nanos ^ u64::from(std::process::id()) << 32
}

pub(crate) fn opened(
    about: &'static About,
    setup: &Setup,
    records: Vec<Vec<u8>>,
) -> Result<Box<dyn Node>, Error> {
    let opened = catalog::node(about.id, setup, &mut records.into_iter());
    // Every protocol of the catalogue has one: a test of it goes through them.
    let opened = opened.ok_or_else(|| refused(about.id.into(), "it cannot be a real node"))?;
    opened.map_err(|error| match error {
        OpenError::Parameters(why) => Error::Refused {
            place: Arg::Text("--set".into()),
            why,
            about,
        },
        OpenError::NoVariant { .. } => refused(format!("--variant {}", setup.variant), error),
        OpenError::NoNode { .. } => refused(format!("--id {}", setup.label), error),
        OpenError::Record { .. } => refused("--data".into(), error),
    })
}

/// The labels of everyone who takes part.
pub(crate) fn roster(about: &'static About, setup: &Setup) -> Result<Vec<String>, Error> {
    let nobody = Setup {
        label: String::new(),
        ..setup.clone()
    };
    // Nobody is called "": so it says who there is.
    match catalog::node(about.id, &nobody, &mut std::iter::empty()) {
        Some(Err(OpenError::NoNode { known, .. })) => Ok(known),
        _ => opened(about, &nobody, Vec::new()).map(|_| Vec::new()),
    }
}

/// Whether operations can be asked of it.
pub(crate) fn is_client(node: &dyn Node) -> bool {
    node.roster()[node.me().index()].kind == NodeKind::Client
}

fn labels(node: &dyn Node) -> Vec<String> {
    let specs = node.roster().iter();
    specs.map(|spec| spec.label.clone()).collect()
}

/// Where it listens.
fn listen(args: &NodeArgs, label: &str) -> Result<SocketAddr, Error> {
    let own = args.peers.iter().find(|(peer, _)| peer == label);
    let address = match (args.listen, own) {
        (Some(address), _) => address,
        (None, Some((_, place))) => place.parse().map_err(|_| {
            let why = "it is a name, not an address; say with --listen where to listen";
            refused(format!("--peers {label}={place}"), why)
        })?,
        (None, None) => SocketAddr::from(([127, 0, 0, 1], 0)),
    };
    if !address.ip().is_loopback() && args.token.is_none() {
        let why = "whoever reaches this address could ask and watch; set a --token, or listen on 127.0.0.1";
        return Err(refused(format!("--listen {address}"), why));
    }
    Ok(address)
}

async fn serve_node(
    args: &NodeArgs,
    about: &'static About,
    node: Box<dyn Node>,
    store: FileStore,
    listen: SocketAddr,
    way: Option<(Way, Arc<[String]>)>,
) -> Result<Ended, Error> {
    let place = format!("--listen {listen}");
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| refused(place.clone(), unbound(&error)))?;
    let address = listener
        .local_addr()
        .map_err(|error| refused(place, error))?;
    let metrics = Arc::new(Metrics::default());
    let (disk, durable) = Disk::start(store, metrics.clone())
        .map_err(|error| refused("the thread of the disk".into(), error))?;
    let hello = node.hello();
    let me = usize::from(hello.node);
    let label = hello.nodes[me].clone();
    let place_of = |label: &String| {
        let peer = args.peers.iter().find(|(peer, _)| peer == label);
        peer.map(|(_, place)| place.clone())
    };
    let dialled = hello.nodes.iter().enumerate();
    let links = match &way {
        Some((_, names)) => Links::by_bridge(names.clone()),
        None => Links::new(
            dialled
                .map(|(node, label)| node != me && place_of(label).is_some())
                .collect(),
        ),
    };
    let cluster = Cluster {
        protocol: hello.protocol,
        behaviour: hello.behaviour,
        variant: hello.variant,
        nodes: hello.nodes.clone(),
        parameters: hello.parameters,
    };
    let (orders, next) = mpsc::channel(ORDERS_MAX);
    let (up, is_up) = oneshot::channel();
    for (node, peer) in hello.nodes.iter().enumerate() {
        if let Some(place) = place_of(peer).filter(|_| node != me) {
            let peer = Peer {
                hello: cluster.hello(&label, peer),
                label: peer.clone(),
                place,
                token: args.token.clone(),
            };
            let queue = links.queue(node);
            tokio::spawn(links::dial(peer, queue, orders.clone(), metrics.clone()));
        }
    }
    let clients = Vec::from_iter(is_client(&*node).then(|| orders.clone()));
    let words = words_of(about, Language::English);
    let mut driver = Driver::new(node, links.clone(), disk, words, metrics.clone(), up);
    let by_bridge = way.is_some();
    let seat = way.map(|(way, names)| Seat {
        me,
        way,
        tongue: driver.speaks(Tongue::new(about, names.clone())),
        names,
        links: links.clone(),
        orders: orders.clone(),
        stirred: driver.stirred(),
        clients: Clients::new(clients),
        labels: hello.nodes.clone().into(),
        metrics: metrics.clone(),
    });
    let desk = Desk {
        by_bridge,
        orders: orders.clone(),
        links: links.clone(),
        labels: hello.nodes.into(),
        me,
        cluster: Arc::new(cluster),
        guard: Guard::new(args.token.as_deref(), &args.origin, serve::CONNECTIONS_MAX),
        metrics: metrics.clone(),
    };
    let app = serve::router(desk);
    let stdio = args.stdio;
    let line = format!("{label} of {} listens on http://{address}", about.id);
    let (asks, orders_of_asks) = (args.ask.clone(), orders.clone());
    let asking = tokio::spawn(async move {
        // Until it has booted it has nothing to say; whoever connects earlier waits.
        if is_up.await.is_err() {
            return Ok(());
        }
        // Whoever started it may read where it listens; nobody may be there to.
        if stdio {
            tracing::info!("{line}");
        } else {
            crate::output::say(&line);
        }
        tokio::spawn(async move { axum::serve(listener, app).await });
        ask_all(asks, orders_of_asks).await
    });
    tokio::spawn(async move {
        told_to_stop().await;
        tracing::info!("shutting down");
        let _ = orders.send(Order::Stop).await;
    });
    let driven = async {
        let ended = driver.run(next, durable).await;
        ended.map_err(|error| refused(format!("--data {}", args.data.display()), error))
    };
    let seated = async {
        match seat {
            Some(seat) => seat.keep().await,
            None => Ok(()),
        }
    };
    tokio::try_join!(driven, seated)?;
    if args.ask.is_empty() {
        return Ok(Ended::Well);
    }
    match asking.await {
        Ok(asked) => asked.map(|()| Ended::Well),
        Err(error) => Err(refused("--ask".into(), error)),
    }
}

/// Waits until somebody ends the process.
pub(crate) async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

/// Asks what the command line wants to know, one after the other, and ends the node then.
async fn ask_all(asks: Vec<String>, orders: mpsc::Sender<Order>) -> Result<(), Error> {
    if asks.is_empty() {
        return Ok(());
    }
    let mut asked = Ok(());
    for text in asks {
        asked = ask(&text, &orders).await;
        if asked.is_err() {
            break;
        }
    }
    let _ = orders.send(Order::Stop).await;
    asked
}

async fn ask(text: &str, orders: &mpsc::Sender<Order>) -> Result<(), Error> {
    let cannot = |why: String| refused(format!("--ask '{text}'"), why);
    let mut parts = text.split_whitespace().map(str::to_owned);
    let op = parts
        .next()
        .ok_or_else(|| cannot("write an operation and its fields: `put x 1`".into()))?;
    let fields: Vec<String> = parts.collect();
    let (answer, answered) = oneshot::channel();
    let over = || cannot("the node is over".into());
    let order = Order::Ask { op, fields, answer };
    orders.send(order).await.map_err(|_| over())?;
    match tokio::time::timeout(ANSWER, answered).await {
        Ok(Ok(Ok(answered))) => {
            crate::output::say(&answered.sentence);
            Ok(())
        }
        Ok(Ok(Err((_, why)))) => Err(cannot(why)),
        Ok(Err(_)) => Err(over()),
        Err(_) => {
            let seconds = ANSWER.as_secs();
            Err(cannot(format!("no answer came in {seconds} seconds")))
        }
    }
}
