//! Random schedules over the toy, and what can be seen of a cluster at one moment.

use super::Toy;
use proptest::prelude::*;
use protocol::{Name, NodeId, NodeKind};
use sim::{Action, Pending, Playable, Run, SimError, Stepped};
use std::collections::BTreeMap;
use trace::{Event, Frame, PropertyStatus};

/// One move of a schedule: what is drawn before the cluster is known.
#[derive(Clone, Debug)]
pub enum Move {
    /// Timed play for so many steps.
    Advance(u8),
    /// One of what is enabled (by rank), so long after now.
    Enabled(u16, u32),
    /// One of what waits.
    Pick(u16),
    /// What is done to one of the messages: drop, duplicate, hold, release.
    Message(u16, u8),
    /// A crash, with what survives of unsaved writes.
    Crash(u8, u8, bool),
    /// A restart of one that is down.
    Restart(u8),
    Pause(u8),
    Resume(u8),
    Cut(u8, u8, bool),
    Heal,
    Skew(u8, i32, i32),
    Set(u8),
    Ask(u8),
    /// A decision of something that waits.
    Choose(u16, u8),
    Add,
    Remove(u8),
    Erase(u8),
}

pub fn moves(len: usize) -> impl Strategy<Value = Vec<Move>> {
    prop::collection::vec(
        prop_oneof![
            12 => (1..30u8).prop_map(Move::Advance),
            4 => (any::<u16>(), 0..30_000u32).prop_map(|(i, d)| Move::Enabled(i, d)),
            6 => any::<u16>().prop_map(Move::Pick),
            6 => (any::<u16>(), 0..4u8).prop_map(|(i, k)| Move::Message(i, k)),
            3 => (any::<u8>(), 0..4u8, any::<bool>()).prop_map(|(n, k, t)| Move::Crash(n, k, t)),
            4 => any::<u8>().prop_map(Move::Restart),
            2 => any::<u8>().prop_map(Move::Pause),
            3 => any::<u8>().prop_map(Move::Resume),
            2 => (any::<u8>(), any::<u8>(), any::<bool>()).prop_map(|(a, b, c)| Move::Cut(a, b, c)),
            2 => Just(Move::Heal),
            2 => (any::<u8>(), -500_000..1_000_001i32, any::<i32>()).prop_map(|(n, d, o)| Move::Skew(n, d, o)),
            2 => any::<u8>().prop_map(Move::Set),
            2 => any::<u8>().prop_map(Move::Ask),
            2 => (any::<u16>(), 0..4u8).prop_map(|(i, o)| Move::Choose(i, o)),
            1 => Just(Move::Add),
            1 => any::<u8>().prop_map(Move::Remove),
            1 => any::<u8>().prop_map(Move::Erase),
        ],
        1..len,
    )
}

pub fn config() -> impl Strategy<Value = BTreeMap<String, String>> {
    (
        prop::sample::select(vec!["0", "0", "3000", "15000"]),
        prop::sample::select(vec!["open", "closed"]),
        prop::sample::select(vec!["0", "50"]),
        prop::sample::select(vec!["0", "50000"]),
        prop::sample::select(vec!["uniform", "exponential", "log-normal"]),
    )
        .prop_map(|(save, arrivals, bad, drift, shape)| {
            [
                ("save_us", save),
                ("arrivals", arrivals),
                ("loss_permille", bad),
                ("duplicate_permille", bad),
                ("drift_ppm_max", drift),
                ("wall_offset_us_max", drift),
                ("latency_shape", shape),
            ]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into()
        })
}

pub fn run_of(seed: u64, config: &BTreeMap<String, String>) -> Run {
    Run {
        protocol: "toy".into(),
        behaviour: 7,
        variant: "sound".into(),
        config: config.clone(),
        seed,
        edits: Vec::new(),
    }
}

pub fn open(run: &Run) -> Box<dyn Playable> {
    sim::open::<Toy>(run).expect("a run that opens")
}

const SETTINGS: [(&str, &str); 9] = [
    ("gap_us", "9000"),
    ("gap_us", "60000"),
    ("retry_us", "20000"),
    ("arrivals", "open"),
    ("arrivals", "closed"),
    ("arrivals", "never"),
    ("save_us", "4000"),
    ("save_us", "0"),
    ("loss_permille", "100"),
];

/// The action that a move comes to here, and how long after now; `None`: there is nothing of the kind.
pub fn action(play: &dyn Playable, m: &Move) -> Option<(Action, u64)> {
    let nodes = play.labels().len();
    let node = |n: u8| NodeId((usize::from(n) % nodes) as u16);
    let nth = |all: Vec<Action>, i: u16| {
        let len = all.len();
        all.into_iter().nth(usize::from(i).checked_rem(len)?)
    };
    let pending = || play.pending();
    let group = |bits: u8| -> Vec<NodeId> {
        (0..nodes)
            .filter(|n| bits >> (n % 8) & 1 == 1)
            .map(|n| NodeId(n as u16))
            .collect()
    };
    let act = match m {
        Move::Advance(_) => return None,
        Move::Enabled(i, d) => return Some((nth(play.enabled(), *i)?, u64::from(*d))),
        Move::Pick(i) => nth(
            pending()
                .into_iter()
                .filter(|row| !row.held)
                .map(|row| row.action)
                .collect(),
            *i,
        )?,
        Move::Message(i, kind) => {
            let names: Vec<Name> = pending().iter().filter_map(|row| row.message).collect();
            let name = *names.get(usize::from(*i).checked_rem(names.len())?)?;
            match kind {
                0 => Action::Drop(name),
                1 => Action::Duplicate(name),
                2 => Action::Hold(name),
                _ => Action::Release(name),
            }
        }
        Move::Crash(n, keep, torn) => Action::Crash {
            node: node(*n),
            keep: u32::from(*keep),
            torn: *torn,
        },
        Move::Restart(n) => Action::Restart(node(*n)),
        Move::Pause(n) => Action::Pause(node(*n)),
        Move::Resume(n) => Action::Resume(node(*n)),
        Move::Cut(a, b, both) => Action::Cut {
            from: group(*a),
            to: group(*b & !*a),
            both: *both,
        },
        Move::Heal => Action::Heal,
        Move::Skew(n, drift_ppm, offset) => Action::Skew {
            node: node(*n),
            drift_ppm: *drift_ppm,
            offset_us: i64::from(*offset),
        },
        Move::Set(i) => {
            let (key, value) = SETTINGS[usize::from(*i) % SETTINGS.len()];
            Action::Set {
                key: key.into(),
                value: value.into(),
            }
        }
        Move::Ask(n) => Action::Ask {
            client: node(*n),
            op: "put".into(),
            fields: vec![n.to_string()],
        },
        Move::Choose(i, outcome) => {
            let events: Vec<Name> = pending().iter().map(|row| row.event).collect();
            Action::Choose {
                event: *events.get(usize::from(*i).checked_rem(events.len())?)?,
                purpose: [super::SERVER, super::GREET][usize::from(*outcome) % 2].word(),
                outcome: u32::from(*outcome / 2),
            }
        }
        Move::Add => Action::Add(NodeKind::Client),
        Move::Remove(n) => Action::Remove(node(*n)),
        Move::Erase(n) => Action::Erase(node(*n)),
    };
    Some((act, 0))
}

/// Plays a move at the cursor. What is illegal must leave everything as it was.
pub fn play(play: &mut dyn Playable, m: &Move) -> Vec<Stepped> {
    if let Move::Advance(n) = m {
        return (0..*n).map_while(|_| play.advance()).collect();
    }
    let Some((action, later)) = action(play, m) else {
        return Vec::new();
    };
    let before = snap(play);
    let at_us = play.now_us() + later;
    match play.act(&action, at_us) {
        Ok(stepped) => {
            assert_eq!(stepped.step, play.step());
            assert_eq!(play.step(), before.step + 1);
            vec![stepped]
        }
        Err(error) => {
            assert!(!matches!(error, SimError::BeyondEnd(..)), "{error}");
            assert_eq!(snap(play), before, "{action:?} was refused: {error}");
            Vec::new()
        }
    }
}

/// Everything that one can see of a cluster at the cursor, but for what the record says of the future.
#[derive(Clone, PartialEq, Debug)]
pub struct Snap {
    pub step: u64,
    pub now_us: u64,
    pub digest: Name,
    pub frame: Frame,
    pub pending: Vec<Pending>,
    pub enabled: Vec<Action>,
    pub properties: Vec<PropertyStatus>,
    pub states: Vec<Option<serde_json::Value>>,
    pub labels: Vec<String>,
    pub gap: Option<protocol::Value>,
}

pub fn snap(play: &dyn Playable) -> Snap {
    let mut frame = play.frame();
    frame.next_us = None;
    frame.next_node = None;
    frame.flights.iter_mut().for_each(|f| f.next = false);
    let nodes = || (0..frame.nodes.len()).map(|n| NodeId(n as u16));
    let states = nodes().map(|n| play.node_state(n));
    Snap {
        step: play.step(),
        now_us: play.now_us(),
        digest: play.digest(),
        pending: play.pending(),
        enabled: play.enabled(),
        properties: play.properties(),
        states: states.chain(nodes().map(|n| play.disk_state(n))).collect(),
        labels: play.labels().to_vec(),
        gap: play.parameter("gap_us"),
        frame,
    }
}

/// So many cases, the same on every machine, unless the environment asks for another number.
pub fn cases(cases: u32) -> ProptestConfig {
    let asked = ProptestConfig::default();
    let config = ProptestConfig {
        failure_persistence: None,
        ..asked
    };
    if config.cases == 256 {
        ProptestConfig {
            cases,
            rng_seed: proptest::test_runner::RngSeed::Fixed(1),
            ..config
        }
    } else {
        config
    }
}

/// A run with these parameters.
pub fn run_with(seed: u64, config: &[(&str, &str)]) -> Run {
    let config = config
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    run_of(seed, &config.collect())
}

/// So many steps of timed play.
pub fn advance(cluster: &mut dyn Playable, steps: u64) {
    for _ in 0..steps {
        cluster.advance().expect("something waits");
    }
}

/// Plays on until an event is so.
pub fn until(cluster: &mut dyn Playable, wanted: impl Fn(&Event) -> bool) -> Event {
    for _ in 0..20_000 {
        let stepped = cluster.advance().expect("something waits");
        let event = cluster.event(stepped.step).expect("the last event");
        if wanted(&event) {
            return event;
        }
    }
    panic!("it never happens");
}

/// Acts now.
pub fn act(cluster: &mut dyn Playable, action: Action) -> Event {
    let stepped = cluster.act(&action, cluster.now_us()).expect("a legal act");
    cluster.event(stepped.step).expect("the last event")
}
