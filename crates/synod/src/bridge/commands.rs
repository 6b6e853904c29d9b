//! What pages are told first, and what they may ask. Nothing that a page asks starts anything but the command that stood on the
//! bridge's own command line.

use super::drive::Driver;
use maelstrom::check::txn::Level;
use maelstrom::cluster::{Say, To};
use maelstrom::nemesis::Nemesis;
use maelstrom::network::{Fault, Weather};
use maelstrom::services::SERVICES;
use maelstrom::test::Settings;
use maelstrom::workload::{Topology, Workload};
use protocol::Distribution;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use wire::Envelope;
use wire::journal::{Done, FORMAT, Flight, Frame, Hello, Member};

/// How many messages under way a page is told at once.
const FLIGHTS_MAX: usize = 2_000;

/// What is said of a message that is not there.
pub(super) const NO_MESSAGE: &str = "no message of this number is under way";

/// What a page asks. Messages are named by their numbers.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(tag = "cmd", rename_all = "kebab-case", deny_unknown_fields)]
enum Command {
    /// Tell everything again.
    Hello,
    /// Every message between nodes waits from now on.
    HoldAll,
    /// None does any longer.
    ReleaseAll,
    /// A message waits.
    Hold { id: u64 },
    /// A message that waited is due now.
    Release { id: u64 },
    /// A message is handed over now.
    Deliver { id: u64 },
    /// A message does not arrive.
    Drop { id: u64 },
    /// A message gets a copy.
    Duplicate { id: u64 },
    /// A message is due in so many microseconds.
    Delay { id: u64, us: u64 },
    /// `dest` no longer hears `src`; with `both`, nor the other way round.
    Cut {
        src: Names,
        dest: Names,
        #[serde(default)]
        both: bool,
    },
    /// It hears it again.
    Mend { src: String, dest: String },
    /// Everybody hears everybody.
    Heal,
    /// A process is killed, started again, stopped, let go on.
    Kill { node: String },
    /// A process is started again.
    Restart { node: String },
    /// A process stands still.
    Pause { node: String },
    /// It goes on.
    Resume { node: String },
    /// A client sends a request; the answer is in the journal.
    Send {
        dest: String,
        body: Map<String, Value>,
    },
    /// The network behaves so from now on.
    Weather {
        latency_us: Distribution,
        #[serde(default)]
        loss_permille: u64,
    },
    /// A test begins.
    Test(Box<Asked>),
    /// The test that goes on ends as it is.
    Stop,
}

/// One name, or several.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Several(Vec<String>),
}

impl Names {
    fn all(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

/// A test that a page asks for.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    workload: Workload,
    #[serde(default = "rate")]
    rate: f64,
    #[serde(default = "concurrency")]
    concurrency: u32,
    time_limit_us: u64,
    #[serde(default = "recovery_us")]
    recovery_us: u64,
    #[serde(default)]
    latency_us: u64,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    nemesis: Vec<Nemesis>,
    #[serde(default = "interval_us")]
    nemesis_interval_us: u64,
    #[serde(default)]
    topology: Topology,
    #[serde(default)]
    level: Level,
}

const fn rate() -> f64 {
    20.0
}

const fn concurrency() -> u32 {
    5
}

const fn recovery_us() -> u64 {
    5_000_000
}

const fn interval_us() -> u64 {
    3_000_000
}

/// An hour: no test of a page lasts longer, and no message is put off for longer.
const LONG_US: u64 = 3_600_000_000;

/// How many pairs of a sender and a receiver are cut by one command.
const LINKS_MAX: usize = 100_000;

/// Everything as it stands.
pub(super) fn hello(driver: &Driver) -> Hello {
    let hub = &driver.session.hub;
    let network = &hub.network;
    let nodes = driver.states().into_iter().map(|(node, now)| {
        let (own, paused) = driver.started(&node);
        let (view, hub) = (hub.view(&node).cloned(), network.away(&node));
        Member {
            node,
            now,
            own,
            paused,
            view,
            hub,
        }
    });
    let hubs = driver.hubs.as_ref().map(|hubs| &hubs.cluster);
    let here = network.flights().map(|(_, flight)| Flight {
        message: flight.message.clone(),
        sent_us: flight.sent_us,
        due_us: flight.due_us,
        lamport: flight.lamport,
    });
    let flights = here.chain(network.flights_afar().cloned());
    let owned = |(src, dest): (&str, &str)| (src.to_owned(), dest.to_owned());
    Hello {
        format: FORMAT,
        now_us: driver.now_us(),
        next: network.journal.next(),
        nodes: nodes.collect(),
        services: SERVICES.map(str::to_owned).into(),
        holding: network.holding(),
        cuts: network.cuts().map(owned).collect(),
        flights: flights.take(FLIGHTS_MAX).collect(),
        flights_all: (network.flights().count() + network.flights_afar().count()) as u64,
        testing: driver.session.test().is_some(),
        hub: hubs.map(|cluster| cluster.place()),
        hubs: hubs.map_or(1, |cluster| cluster.hubs() as u64),
    }
}

/// Does what a page asks, and says what came of it, if that is known at once. A `ref` in the command comes back.
pub(super) fn carry_out(driver: &mut Driver, page: u64, text: &str) -> Option<Value> {
    let (reference, done) = match read(text) {
        Ok((reference, command, value)) => match act(driver, command) {
            Err(why) if why == NO_MESSAGE && driver.wish(page, reference.clone(), value) => {
                return None;
            }
            done => (reference, done),
        },
        Err((reference, why)) => (reference, Err(why)),
    };
    let said = done.unwrap_or_else(|text| {
        tracing::warn!("a page asked for something that cannot be done: {text}");
        Frame::Error { text }
    });
    let said = serde_json::to_value(said).unwrap_or_default();
    Some(with_reference(said, reference))
}

/// What a page is told, with what it wants it to be called.
pub(super) fn with_reference(mut said: Value, reference: Option<Value>) -> Value {
    if let Some(reference) = reference {
        said["ref"] = reference;
    }
    said
}

/// Does what a page at another hub wants of a message, if the message is here.
pub(super) fn act_for(driver: &mut Driver, command: Value) -> Option<Value> {
    let command = serde_json::from_value(command).ok()?;
    let of_a_message = matches!(
        command,
        Command::Hold { .. }
            | Command::Release { .. }
            | Command::Deliver { .. }
            | Command::Drop { .. }
            | Command::Delay { .. }
            | Command::Duplicate { .. }
    );
    let done = of_a_message.then(|| act(driver, command).ok()).flatten()?;
    serde_json::to_value(done).ok()
}

/// A command with what it wants to be called and as it came, or why it is none.
type Read = Result<(Option<Value>, Command, Value), (Option<Value>, String)>;

/// Reads a command.
fn read(text: &str) -> Read {
    let wrong = |error: serde_json::Error| format!("this is no command: {error}");
    let mut value: Value = serde_json::from_str(text).map_err(|error| (None, wrong(error)))?;
    let reference = value.as_object_mut().and_then(|map| map.remove("ref"));
    match serde_json::from_value(value.clone()) {
        Ok(command) => Ok((reference, command, value)),
        Err(error) => Err((reference, wrong(error))),
    }
}

fn act(driver: &mut Driver, command: Command) -> Result<Frame, String> {
    let now_us = driver.now_us();
    let hub = &mut driver.session.hub;
    let done = |found: bool| {
        if found {
            Ok(Frame::Done(Done::default()))
        } else {
            Err(NO_MESSAGE.into())
        }
    };
    match command {
        Command::Hello => Ok(Frame::Hello(hello(driver))),
        Command::Hold { id } => done(hub.network.hold(now_us, id)),
        Command::Release { id } => done(hub.network.release(now_us, id)),
        Command::Deliver { id } => done(hub.deliver(now_us, id)),
        Command::Drop { id } => done(hub.network.drop_message(now_us, id)),
        Command::Delay { id, us } => done(hub.network.delay(now_us, id, us.min(LONG_US))),
        Command::Duplicate { id } => match hub.network.duplicate(now_us, id) {
            Some(copy) => Ok(Frame::Done(Done {
                id: Some(copy),
                msg_id: None,
            })),
            None => done(false),
        },
        Command::HoldAll => disturb(driver, Fault::HoldAll),
        Command::ReleaseAll => disturb(driver, Fault::ReleaseAll),
        Command::Cut { src, dest, both } => disturb(driver, cut(src.all(), dest.all(), both)?),
        Command::Mend { src, dest } => disturb(driver, Fault::Mend { src, dest }),
        Command::Heal => disturb(driver, Fault::Heal),
        Command::Kill { node } => disturb(driver, Fault::Kill { node }),
        Command::Restart { node } => disturb(driver, Fault::Restart { node }),
        Command::Pause { node } => disturb(driver, Fault::Pause { node }),
        Command::Resume { node } => disturb(driver, Fault::Resume { node }),
        Command::Send { dest, body } => {
            let mut message = Envelope::new(hub.host(), dest, "");
            message.body.extend(body);
            if message.kind().is_none_or(str::is_empty) {
                return Err("the body has no \"type\" that is a text".into());
            }
            if message.msg_id().is_none() {
                message = message.with("msg_id", hub.msg_id());
            }
            let msg_id = message.msg_id();
            match hub.send(now_us, message) {
                Some(id) => Ok(Frame::Done(Done {
                    id: Some(id),
                    msg_id,
                })),
                None => Err("the message cannot be sent: nobody is called so".into()),
            }
        }
        Command::Weather {
            latency_us,
            loss_permille,
        } => {
            let weather = Weather {
                latency_us,
                loss_permille,
            };
            hub.network.set_weather(weather);
            if let Some(hubs) = &mut driver.hubs {
                hubs.cluster.say(To::All, Say::Weather(weather));
            }
            done(true)
        }
        Command::Test(asked) => begin(driver, *asked),
        Command::Stop => {
            driver.session.stop(now_us);
            done(true)
        }
    }
}

/// What is cut at once is one fault: whoever reads the journal is told of it once.
fn cut(src: &[String], dest: &[String], both: bool) -> Result<Fault, String> {
    if src.len().saturating_mul(dest.len()) > LINKS_MAX {
        return Err(format!("at most {LINKS_MAX} links are cut at once"));
    }
    let pairs = src.iter().flat_map(|a| dest.iter().map(move |b| (a, b)));
    let pairs = pairs.filter(|(a, b)| a != b);
    let ways = pairs.flat_map(|(a, b)| [Some((a, b)), both.then_some((b, a))]);
    let links: BTreeSet<(String, String)> = ways
        .flatten()
        .map(|(src, dest)| (src.clone(), dest.clone()))
        .collect();
    let mut links: Vec<_> = links.into_iter().collect();
    match links.pop() {
        None => Err("a cut needs two that differ, as src and as dest".into()),
        Some((src, dest)) if links.is_empty() => Ok(Fault::Cut { src, dest }),
        Some(last) => {
            links.push(last);
            Ok(Fault::Partition {
                how: "by hand".into(),
                links,
            })
        }
    }
}

/// Disturbs the network or a process; what cannot be done to a process is not noted as done.
fn disturb(driver: &mut Driver, fault: Fault) -> Result<Frame, String> {
    driver.fault(&fault)?;
    let now_us = driver.now_us();
    driver.session.hub.network.disturb(now_us, fault);
    Ok(Frame::Done(Done::default()))
}

fn begin(driver: &mut Driver, asked: Asked) -> Result<Frame, String> {
    if driver.states().is_empty() {
        return Err("a test needs nodes, and there are none".into());
    }
    if !driver.session.hub.all_ready() {
        return Err("a test needs every node, and not all are ready".into());
    }
    if !(0.0..=100_000.0).contains(&asked.rate) || asked.concurrency > 10_000 {
        return Err("a test has a rate up to 100000 and up to 10000 clients".into());
    }
    let asked_before = driver.session.hub.asked();
    if asked.workload.begins_with_nothing() && !asked_before.is_empty() {
        let (all, workload) = (asked_before.join(", "), asked.workload);
        return Err(format!(
            "{all} may hold what was asked of them before, and a test of {workload} begins with nodes that hold nothing: start them anew first"
        ));
    }
    let settings = Settings {
        workload: asked.workload,
        rate: asked.rate,
        concurrency: asked.concurrency,
        time_limit_us: asked.time_limit_us.min(LONG_US),
        recovery_us: asked.recovery_us.min(LONG_US),
        latency_us: asked.latency_us,
        seed: asked.seed,
        nemesis: asked.nemesis,
        nemesis_interval_us: asked.nemesis_interval_us,
        topology: asked.topology,
        level: asked.level,
    };
    if driver.begin(settings) {
        Ok(Frame::Done(Done::default()))
    } else {
        Err("another test goes on; stop it first".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn commands_are_read_with_their_reference() {
        let (reference, command, _) = read(r#"{"cmd":"delay","id":3,"us":5,"ref":"a"}"#).unwrap();
        assert_eq!(reference, Some(json!("a")));
        assert_eq!(command, Command::Delay { id: 3, us: 5 });
        let text =
            r#"{"cmd":"test","workload":"lin-kv","time_limit_us":1000000,"nemesis":["partition"]}"#;
        let (_, command, _) = read(text).unwrap();
        assert!(matches!(command, Command::Test(asked) if asked.workload == Workload::LinKv));
    }

    #[test]
    fn what_is_cut_at_once_is_one_fault() {
        let fault = |text: &str| {
            let (_, command, _) = read(text).unwrap();
            let Command::Cut { src, dest, both } = command else {
                panic!("{command:?}")
            };
            cut(src.all(), dest.all(), both)
        };
        let link = |src: &str, dest: &str| (src.to_owned(), dest.to_owned());
        let one = Fault::Cut {
            src: "n0".into(),
            dest: "n1".into(),
        };
        assert_eq!(
            fault(r#"{"cmd":"cut","src":"n0","dest":"n1"}"#),
            Ok(one.clone())
        );
        assert_eq!(
            fault(r#"{"cmd":"cut","src":["n0"],"dest":["n1","n0"]}"#),
            Ok(one)
        );
        let several = fault(r#"{"cmd":"cut","src":["n0"],"dest":["n1","n2"],"both":true}"#);
        let Ok(Fault::Partition { links, .. }) = several else {
            panic!("{several:?}")
        };
        assert_eq!(
            links,
            [
                link("n0", "n1"),
                link("n0", "n2"),
                link("n1", "n0"),
                link("n2", "n0")
            ]
        );
        let nobody = fault(r#"{"cmd":"cut","src":[],"dest":["n1"]}"#);
        assert!(nobody.unwrap_err().contains("src and as dest"));
    }

    #[test]
    fn what_is_no_command_is_said_to_be_none() {
        for text in [
            "hello",
            "[]",
            "{}",
            r#"{"cmd":"start","command":["sh"]}"#,
            r#"{"cmd":"kill"}"#,
            r#"{"cmd":"kill","node":"n0","signal":9}"#,
        ] {
            let (_, why) = read(text).unwrap_err();
            assert!(why.starts_with("this is no command: "), "{text}: {why}");
        }
        let (reference, _) = read(r#"{"cmd":"fly","ref":7}"#).unwrap_err();
        assert_eq!(reference, Some(json!(7)));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_command_or_is_said_to_be_none(text: String) {
            let _ = read(&text);
        }

        #[test]
        fn any_fields_are_a_command_or_are_said_to_be_none(
            cmd in "(hold|release|deliver|drop|delay|cut|send|test|weather|x)",
            key in "(id|us|src|dest|body|node|ref)",
            value in proptest::arbitrary::any::<Option<i64>>(),
        ) {
            let _ = read(&json!({"cmd": cmd, key: value}).to_string());
        }
    }
}
