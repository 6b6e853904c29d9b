//! Random frames, sizes and play heads: everything that the stage may be asked to draw.

#![allow(dead_code, reason = "each test file uses its part")]

use proptest::prelude::*;
use protocol::{
    Ballot, Layout, LogCell, MessageShape, MessageView, Name, NodeId, NodeKind, NodeView, Phrase,
    Picture, Ring,
};
use scene::Size;
use trace::{Cut, Flight, FlightEnd, Frame, Language, NodeFrame, NodeStatus, TimerFrame, Words};

/// The time of every frame here.
pub(crate) const NOW_US: u64 = 100_000;

/// The shared words and those that the frames use.
pub(crate) fn words(language: Language) -> Words {
    let mut words = Words::new(language);
    let own = "hue.term = term\nrole.leader = leader\nrole.follower = a rather long role\ntimer.election = election\nremark = note {n}";
    words.add(own).expect("these are lines of `key = template`");
    words
}

pub(crate) fn labels(frame: &Frame) -> Vec<String> {
    frame.nodes.iter().map(|node| node.label.clone()).collect()
}

pub(crate) fn sizes() -> impl Strategy<Value = Size> {
    (320.0..3840.0, 300.0..2000.0).prop_map(|(w, h): (f64, f64)| Size::new(w.round(), h.round()))
}

fn kinds() -> impl Strategy<Value = NodeKind> {
    prop_oneof![
        Just(NodeKind::Server),
        Just(NodeKind::Balancer),
        Just(NodeKind::Store)
    ]
}

fn statuses() -> impl Strategy<Value = NodeStatus> {
    prop_oneof![
        6 => Just(NodeStatus::Up),
        1 => Just(NodeStatus::Crashed),
        1 => Just(NodeStatus::Paused),
        1 => Just(NodeStatus::Removed)
    ]
}

fn rings() -> impl Strategy<Value = Ring> {
    prop_oneof![Just(Ring::Thin), Just(Ring::Dashed), Just(Ring::Double)]
}

fn pictures(all: u16) -> impl Strategy<Value = Vec<Picture>> {
    let votes = prop::collection::vec(0..3u8, all as usize).prop_map(|votes| {
        let ballot = |vote| match vote {
            0 => Ballot::Got,
            1 => Ballot::Refused,
            _ => Ballot::Waiting,
        };
        let voters = (0..).map(NodeId);
        Picture::Votes(voters.zip(votes.into_iter().map(ballot)).collect())
    });
    let log = (1..9u64, prop::collection::vec(0..20u64, 0..40), 0..50u64).prop_map(
        |(first, epochs, committed)| {
            let cell = |epoch| LogCell {
                epoch,
                label: format!("x←{epoch}"),
            };
            Picture::Log {
                first,
                cells: epochs.into_iter().map(cell).collect(),
                committed,
                applied: committed,
                followers: vec![(NodeId(0), committed, committed + 1)],
            }
        },
    );
    (prop::option::of(votes), prop::option::of(log))
        .prop_map(|(votes, log)| votes.into_iter().chain(log).collect())
}

fn node(id: u16, kind: NodeKind, all: u16) -> impl Strategy<Value = NodeFrame> {
    let looks = (
        statuses(),
        rings(),
        prop::option::of(0..2000u64),
        pictures(all),
    );
    let time = (0..NOW_US, 0..200_000u64, 0..100_000u64, 0..100_000u64);
    (
        looks,
        prop::option::of(time),
        0..2u32,
        prop::option::of(0..99u64),
    )
        .prop_map(
            move |((status, ring, epoch, pictures), timer, unsaved, badge)| NodeFrame {
                id: NodeId(id),
                label: format!(
                    "{}{}",
                    if kind == NodeKind::Client { 'C' } else { 'S' },
                    id + 1
                ),
                kind,
                tier: 0,
                status,
                view: NodeView {
                    role: if id == 0 {
                        "role.leader"
                    } else {
                        "role.follower"
                    }
                    .into(),
                    ring,
                    epoch,
                    badges: badge
                        .map(|n| Phrase::new("remark").int("n", n))
                        .into_iter()
                        .collect(),
                    pictures,
                    ..NodeView::default()
                },
                timers: timer
                    .map(|(set_us, min, more, beyond)| TimerFrame {
                        timer: "election".into(),
                        set_us,
                        earliest_us: set_us + min,
                        due_us: set_us + min + more,
                        latest_us: set_us + min + more + beyond,
                    })
                    .into_iter()
                    .collect(),
                unsaved,
                waiting: 0,
                drift_ppm: 0,
                offset_us: 0,
            },
        )
}

/// A server that shows only these pictures.
pub(crate) fn server(id: u16, pictures: Vec<Picture>) -> NodeFrame {
    NodeFrame {
        id: NodeId(id),
        label: format!("S{}", id + 1),
        kind: NodeKind::Server,
        tier: 0,
        status: NodeStatus::Up,
        view: NodeView {
            pictures,
            ..NodeView::default()
        },
        timers: vec![],
        unsaved: 0,
        waiting: 0,
        drift_ppm: 0,
        offset_us: 0,
    }
}

fn shapes() -> impl Strategy<Value = MessageShape> {
    prop_oneof![
        Just(MessageShape::Request),
        Just(MessageShape::Granted),
        Just(MessageShape::Refused),
        Just(MessageShape::Heartbeat)
    ]
}

fn ends() -> impl Strategy<Value = FlightEnd> {
    prop_oneof![
        4 => Just(FlightEnd::Arrives),
        1 => Just(FlightEnd::Lost),
        1 => Just(FlightEnd::Cut),
        1 => Just(FlightEnd::Dropped),
        1 => Just(FlightEnd::Bounced)
    ]
}

fn flight(all: u16) -> impl Strategy<Value = Flight> {
    let way = (any::<u64>(), 0..3u32, 0..all, 0..all);
    let time = (0..30_000u64, 1..20_000u64, prop::option::of(0.0..1.5f64));
    (
        way,
        time,
        shapes(),
        ends(),
        prop::option::of(0..30u64),
        any::<(bool, bool)>(),
    )
        .prop_map(
            |((name, copy, from, to), (ago, duration, ended), shape, end, epoch, (held, next))| {
                let sent_us = NOW_US - ago;
                Flight {
                    name: Name(name),
                    copy,
                    from: NodeId(from),
                    to: NodeId(to),
                    view: MessageView {
                        kind: "AppendEntries".into(),
                        shape,
                        epoch,
                        label: None,
                    },
                    sent_us,
                    due_us: sent_us + duration,
                    end,
                    ended_us: ended.map(|part| sent_us + (part * duration as f64) as u64),
                    held,
                    next,
                }
            },
        )
}

fn cut(all: u16) -> impl Strategy<Value = Cut> {
    (
        prop::collection::vec(any::<bool>(), all as usize),
        any::<bool>(),
    )
        .prop_map(move |(sides, both)| {
            let side = |wanted: bool| {
                let of = sides
                    .iter()
                    .zip(0..)
                    .filter(move |(side, _)| **side == wanted);
                of.map(|(_, id)| NodeId(id)).collect()
            };
            Cut {
                from: side(true),
                to: side(false),
                both,
            }
        })
}

/// From one to nine servers, up to six clients, up to `flights` messages.
pub(crate) fn frames(flights: usize) -> impl Strategy<Value = Frame> {
    (1..10u16, 0..7u16, prop::collection::vec(kinds(), 9)).prop_flat_map(
        move |(servers, clients, kinds)| {
            let all = servers + clients;
            let nodes: Vec<_> = (0..all)
                .map(|id| {
                    let kind = if id < servers {
                        kinds[id as usize]
                    } else {
                        NodeKind::Client
                    };
                    node(id, kind, all)
                })
                .collect();
            (
                nodes,
                prop::collection::vec(flight(all), 0..=flights),
                prop::collection::vec(cut(all), 0..3),
                prop::option::of(0..all),
            )
                .prop_map(|(nodes, flights, cuts, next)| Frame {
                    step: 7,
                    now_us: NOW_US,
                    next_us: Some(NOW_US + 500),
                    next_node: next.map(NodeId),
                    layout: Layout::Ring,
                    nodes,
                    flights,
                    cuts,
                })
        },
    )
}
