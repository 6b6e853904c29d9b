//! What nodes show of themselves.

use crate::balancer::Balancer;
use crate::client::Client;
use crate::config::LoadBalancingConfig;
use crate::decision::{Decision, Looked, Standing};
use crate::policy::Policy;
use crate::reason::{standing_word, units};
use crate::server::Server;
use protocol::{
    Arg, Load, NodeId, NodeView, OperationId, Phrase, Picture, QueueItem, RingPoint, Row, Tone,
    Unit,
};

/// A queue without bound counts as full here.
const LOAD_FULL: u64 = 20;

/// So many points of a ring are shown: more cannot be told apart.
const POINTS_MAX: usize = 400;

/// So many of those that wait are shown.
const WAITING_MAX: usize = 40;

/// A client: how many requests wait for an answer.
pub(crate) fn client(client: &Client) -> NodeView {
    let waits = client.waits();
    NodeView {
        role: "role.client".into(),
        badges: (waits > 0)
            .then(|| Phrase::new("badge.waits").int("count", waits))
            .into_iter()
            .collect(),
        ..NodeView::default()
    }
}

/// A balancer: its last decision, what it knows of its servers, its ring, its queue, its budget.
pub(crate) fn balancer(balancer: &Balancer, config: &LoadBalancingConfig) -> NodeView {
    let mut badges = Vec::new();
    let mut pictures = Vec::new();
    if let Some(decision) = balancer.last_decision() {
        badges.push(
            Phrase::new("badge.decided")
                .node("client", decision.job.client)
                .operation("number", decision.job.number)
                .node("server", config.server(decision.chosen)),
        );
        pictures.push(last_decision(decision, config));
    }
    pictures.push(servers(balancer, config));
    let held = balancer.held().len() as u64;
    if config.policy() == Policy::CentralQueue || held > 0 {
        pictures.push(Picture::Queue {
            title: "picture.held".into(),
            items: balancer
                .held()
                .take(WAITING_MAX)
                .map(|id| item(config, id, None))
                .collect(),
            room: (config.queue_limit > 0).then(|| config.queue_limit * config.servers),
        });
    }
    if config.policy() == Policy::ConsistentHash {
        pictures.extend(ring(balancer, config));
    }
    pictures.push(Picture::Gauge {
        title: "picture.budget".into(),
        value: balancer.budget().retries(),
        max: Some(config.retry_burst.max(1)),
        unit: Unit::Count,
    });
    NodeView {
        role: if balancer.panics() {
            "role.balancer-panics"
        } else {
            "role.balancer"
        }
        .into(),
        load: (held > 0).then(|| Load {
            value: held,
            max: (config.queue_limit * config.servers).max(LOAD_FULL),
        }),
        badges,
        pictures,
        ..NodeView::default()
    }
}

/// The last decision: who was looked at, with what values; the one that was taken stands out.
fn last_decision(decision: &Decision, config: &LoadBalancingConfig) -> Picture {
    let compared = match decision.policy {
        Policy::WeightedRoundRobin => "column.turn",
        Policy::PeakEwma => "column.cost",
        _ if decision.policy.compares_loads() && config.load_view == "reported" => {
            "column.reported-since"
        }
        _ => "column.open",
    };
    let row = |looked: &Looked| {
        let value = match decision.policy {
            Policy::WeightedRoundRobin => Arg::Text(units(looked.value)),
            Policy::PeakEwma => Arg::Us(looked.value.max(0) as u64),
            _ => Arg::Int(looked.value.max(0) as u64),
        };
        let taken = looked.server == decision.chosen && looked.standing == Standing::Fits;
        let (tone, word) = match looked.standing {
            _ if taken => (Tone::Strong, "standing.taken"),
            Standing::Fits => (Tone::Plain, "standing.looked-at"),
            standing => (Tone::Faint, standing_word(standing)),
        };
        Row {
            cells: vec![
                Arg::Node(config.server(looked.server)),
                value,
                Arg::Text(units(looked.weight as i64)),
                Arg::Word(word.into()),
            ],
            tone,
        }
    };
    Picture::Table {
        title: "picture.decision".into(),
        head: vec![
            "column.server".into(),
            compared.into(),
            "column.weight".into(),
            "column.standing".into(),
        ],
        rows: decision.looked.iter().map(row).collect(),
    }
}

/// What the balancer knows of its servers.
fn servers(balancer: &Balancer, config: &LoadBalancingConfig) -> Picture {
    let row = |(number, peer): (u16, &crate::peer::Peer)| {
        let (state, tone) = if balancer.down().contains(number) {
            ("standing.down", Tone::Faint)
        } else if balancer.ejected().contains(number) {
            ("standing.ejected", Tone::Faint)
        } else if balancer.warming().contains(number) {
            ("standing.warming", Tone::Plain)
        } else {
            ("standing.fits", Tone::Plain)
        };
        Row {
            cells: vec![
                Arg::Node(config.server(number)),
                Arg::Int(peer.open.into()),
                Arg::Int(peer.reported.into()),
                Arg::Us(peer.last_latency_us()),
                Arg::Word(state.into()),
            ],
            tone,
        }
    };
    Picture::Table {
        title: "picture.servers".into(),
        head: vec![
            "column.server".into(),
            "column.open".into(),
            "column.reported".into(),
            "column.latency".into(),
            "column.standing".into(),
        ],
        rows: (0..).zip(balancer.peers()).map(row).collect(),
    }
}

/// The ring of hashes, with the last key on it.
fn ring(balancer: &Balancer, config: &LoadBalancingConfig) -> Option<Picture> {
    let ring = balancer.ring()?;
    let decision = balancer
        .last_decision()
        .filter(|decision| decision.policy == Policy::ConsistentHash);
    let out = |number| balancer.down().contains(number) || balancer.ejected().contains(number);
    let chosen_at = decision.and_then(|decision| {
        let points = ring.points();
        let first = points.partition_point(|(at, _)| *at < decision.place);
        let (before, after) = points.split_at(first);
        let mut clockwise = after.iter().chain(before);
        clockwise.find(|(_, server)| *server == decision.chosen)
    });
    let step = ring.points().len().div_ceil(POINTS_MAX).max(1);
    let mut points: Vec<RingPoint> = ring
        .points()
        .iter()
        .enumerate()
        .filter(|(place, point)| place % step == 0 || Some(*point) == chosen_at)
        .map(|(_, point)| RingPoint {
            at: point.0,
            label: format!("S{}", point.1 + 1),
            node: Some(config.server(point.1)),
            tone: if Some(point) == chosen_at {
                Tone::Strong
            } else if out(point.1) {
                Tone::Faint
            } else {
                Tone::Plain
            },
        })
        .collect();
    if let Some(decision) = decision {
        points.push(RingPoint {
            at: decision.place,
            label: decision.key.to_string(),
            node: None,
            tone: Tone::Strong,
        });
    }
    Some(Picture::Ring {
        title: "picture.ring".into(),
        points,
    })
}

/// A server: what it works on and what waits.
pub(crate) fn server(server: &Server, config: &LoadBalancingConfig) -> NodeView {
    let working = server.running().iter().map(|running| {
        let takes_us = (running.ends_us - running.began_us).max(1);
        let done_us = server.seen_us().saturating_sub(running.began_us);
        let done = (done_us * 1000 / takes_us).min(1000) as u16;
        item(config, running.task.id, Some(done))
    });
    let waiting = server.queue().iter().take(WAITING_MAX);
    let waiting = waiting.map(|task| item(config, task.id, None));
    let max = if config.queue_limit > 0 {
        config.queue_limit
    } else {
        LOAD_FULL
    };
    NodeView {
        role: "role.server".into(),
        load: Some(Load {
            value: server.load().into(),
            max: max + config.workers,
        }),
        pictures: vec![Picture::Queue {
            title: "picture.queue".into(),
            items: working.chain(waiting).collect(),
            room: (config.queue_limit > 0).then(|| config.queue_limit + config.workers),
        }],
        ..NodeView::default()
    }
}

fn item(config: &LoadBalancingConfig, id: OperationId, done_permille: Option<u16>) -> QueueItem {
    let number = match OperationId::shown(id.number) {
        Arg::Text(number) => number,
        _ => id.number.to_string(),
    };
    QueueItem {
        label: format!("{}·{number}", client_label(config, id.client)),
        epoch: None,
        done_permille,
    }
}

/// The label of a client: those that joined follow those of the beginning.
fn client_label(config: &LoadBalancingConfig, client: NodeId) -> String {
    let number = u64::from(client.0);
    let joined = number.checked_sub(config.nodes());
    let place = joined.map_or(number, |joined| config.clients + joined);
    format!("C{}", place + 1)
}
