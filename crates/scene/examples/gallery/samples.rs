//! Frames of a small cluster, each of which shows a part of the visual language at its busiest.

use protocol::{
    Ballot, Layout, LogCell, MessageShape, MessageView, Name, NodeId, NodeKind, NodeView, Phrase,
    Picture, Ring,
};
use trace::{Cut, Flight, FlightEnd, Frame, NodeFrame, NodeStatus, TimerFrame};

pub(crate) fn node(id: u16, label: &str, role: &'static str, ring: Ring, epoch: u64) -> NodeFrame {
    NodeFrame {
        id: NodeId(id),
        label: label.into(),
        kind: NodeKind::Server,
        tier: 0,
        status: NodeStatus::Up,
        view: NodeView {
            role: role.into(),
            ring,
            epoch: Some(epoch),
            ..NodeView::default()
        },
        timers: vec![TimerFrame {
            timer: "election".into(),
            set_us: 0,
            earliest_us: 150_000,
            due_us: 160_000 + 30_000 * u64::from(id),
            latest_us: 300_000,
        }],
        unsaved: 0,
        waiting: 0,
        drift_ppm: 0,
        offset_us: 0,
    }
}

pub(crate) fn client(id: u16, label: &str) -> NodeFrame {
    let mut client = node(id, label, "role.client", Ring::Thin, 0);
    client.kind = NodeKind::Client;
    client.view.epoch = None;
    client.timers.clear();
    client
}

pub(crate) fn log(cells: &[(u64, &str)], committed: u64, followers: &[(u16, u64, u64)]) -> Picture {
    let cell = |(epoch, label): &(u64, &str)| LogCell {
        epoch: *epoch,
        label: (*label).into(),
    };
    Picture::Log {
        first: 1,
        cells: cells.iter().map(cell).collect(),
        committed,
        applied: committed,
        followers: followers
            .iter()
            .map(|(id, matched, next)| (NodeId(*id), *matched, *next))
            .collect(),
    }
}

/// Five servers and two clients; `leader` leads `term`.
pub(crate) fn cluster(leader: Option<u16>, term: u64) -> Frame {
    let mut nodes: Vec<NodeFrame> = (0..5)
        .map(|id| {
            let label = format!("S{}", id + 1);
            if leader == Some(id) {
                node(id, &label, "role.leader", Ring::Double, term)
            } else {
                node(id, &label, "role.follower", Ring::Thin, term)
            }
        })
        .collect();
    nodes.push(client(5, "C1"));
    nodes.push(client(6, "C2"));
    Frame {
        step: 42,
        now_us: 50_000,
        next_us: Some(51_000),
        next_node: None,
        layout: Layout::Ring,
        nodes,
        flights: vec![],
        cuts: vec![],
    }
}

pub(crate) fn flight(
    from: u16,
    to: u16,
    kind: &'static str,
    shape: MessageShape,
    epoch: Option<u64>,
    part: f64,
) -> Flight {
    let duration = 10_000.0;
    let sent = 50_000.0 - part * duration;
    Flight {
        name: Name(u64::from(from) * 64 + u64::from(to)).mix((part * 1000.0) as u64),
        copy: 0,
        from: NodeId(from),
        to: NodeId(to),
        view: MessageView {
            kind: kind.into(),
            shape,
            epoch,
            label: Some(
                Phrase::new("content")
                    .int("term", epoch.unwrap_or(0))
                    .int("n", 2),
            ),
        },
        sent_us: sent as u64,
        due_us: (sent + duration) as u64,
        end: FlightEnd::Arrives,
        ended_us: None,
        held: false,
        next: false,
    }
}

pub(crate) fn idle() -> Frame {
    let mut frame = cluster(Some(1), 2);
    for to in [0, 2, 3, 4] {
        let part = 0.5 + 0.04 * f64::from(to);
        frame.flights.push(flight(
            1,
            to,
            "AppendEntries",
            MessageShape::Heartbeat,
            Some(2),
            part,
        ));
    }
    let mut request = flight(5, 1, "Request", MessageShape::Request, None, 0.35);
    request.next = true;
    frame.flights.push(request);
    frame
}

pub(crate) fn election() -> Frame {
    let mut frame = cluster(None, 2);
    let candidate = &mut frame.nodes[2];
    *candidate = node(2, "S3", "role.candidate", Ring::Dashed, 3);
    candidate.view.pictures.push(Picture::Votes(vec![
        (NodeId(0), Ballot::Got),
        (NodeId(1), Ballot::Refused),
        (NodeId(2), Ballot::Got),
        (NodeId(3), Ballot::Waiting),
        (NodeId(4), Ballot::Waiting),
    ]));
    frame.nodes[0].view.epoch = Some(3);
    frame.nodes[0]
        .view
        .badges
        .push(Phrase::new("badge.voted").node("who", NodeId(2)));
    frame.nodes[3].unsaved = 1;
    frame.flights = vec![
        flight(2, 4, "RequestVote", MessageShape::Request, Some(3), 0.7),
        flight(2, 3, "RequestVote", MessageShape::Request, Some(3), 0.55),
        flight(1, 2, "VoteReply", MessageShape::Refused, Some(2), 0.45),
        flight(0, 2, "VoteReply", MessageShape::Granted, Some(3), 0.5),
    ];
    frame.next_node = Some(NodeId(3));
    frame
}

pub(crate) fn partition() -> Frame {
    let mut frame = cluster(Some(0), 3);
    frame.cuts.push(Cut {
        from: vec![NodeId(0), NodeId(1)],
        to: vec![NodeId(2), NodeId(3), NodeId(4), NodeId(5), NodeId(6)],
        both: true,
    });
    frame.nodes[3] = node(3, "S4", "role.leader", Ring::Double, 4);
    frame.nodes[2].view.epoch = Some(4);
    frame.nodes[4].view.epoch = Some(11);
    for to in [2, 3, 4] {
        let mut cut = flight(
            0,
            to,
            "AppendEntries",
            MessageShape::Request,
            Some(3),
            0.46 + 0.05 * f64::from(to),
        );
        cut.end = FlightEnd::Cut;
        frame.flights.push(cut);
    }
    frame.flights.push(flight(
        3,
        2,
        "AppendEntries",
        MessageShape::Request,
        Some(4),
        0.5,
    ));
    frame.flights.push(flight(
        3,
        4,
        "AppendEntries",
        MessageShape::Request,
        Some(4),
        0.5,
    ));
    frame
}

pub(crate) fn one_way() -> Frame {
    let mut frame = cluster(Some(0), 3);
    frame.cuts.push(Cut {
        from: vec![NodeId(0)],
        to: vec![NodeId(1), NodeId(2), NodeId(3), NodeId(4)],
        both: false,
    });
    frame.cuts.push(Cut {
        from: vec![NodeId(1), NodeId(4)],
        to: vec![NodeId(2), NodeId(3)],
        both: true,
    });
    frame
}

/// Sides that no straight line parts.
pub(crate) fn interwoven() -> Frame {
    let mut frame = cluster(Some(0), 3);
    frame.cuts.push(Cut {
        from: vec![NodeId(0), NodeId(2)],
        to: vec![NodeId(1), NodeId(3), NodeId(4), NodeId(5), NodeId(6)],
        both: true,
    });
    frame
}

pub(crate) fn crash() -> Frame {
    let mut frame = cluster(Some(2), 4);
    frame.nodes[1].status = NodeStatus::Crashed;
    frame.nodes[1].view.epoch = Some(3);
    frame.nodes[4].status = NodeStatus::Paused;
    let old = [(1, "x←1"), (1, "y←7"), (2, "x←2"), (3, "z←4"), (3, "x←5")];
    frame.nodes[0].view.pictures.push(log(&old, 4, &[]));
    frame.nodes[1].view.pictures.push(log(&old[..3], 3, &[]));
    let full = [&old[..], &[(4, "no-op"), (4, "y←9")]].concat();
    let followers = [(0, 4, 6), (1, 3, 4), (3, 7, 8), (4, 5, 6)];
    frame.nodes[2].view.pictures.push(log(&full, 5, &followers));
    frame.nodes[3].view.pictures.push(log(&full, 4, &[]));
    frame.nodes[4].view.pictures.push(log(&old[..4], 3, &[]));
    let mut bounced = flight(2, 1, "AppendEntries", MessageShape::Request, Some(4), 0.98);
    bounced.end = FlightEnd::Bounced;
    bounced.ended_us = Some(48_500);
    frame.flights = vec![
        bounced,
        flight(2, 0, "AppendEntries", MessageShape::Request, Some(4), 0.4),
        flight(3, 2, "AppendReply", MessageShape::Granted, Some(4), 0.6),
    ];
    frame
}

pub(crate) fn endings() -> Frame {
    let mut frame = cluster(Some(0), 5);
    let request = |to, part| flight(0, to, "AppendEntries", MessageShape::Request, Some(5), part);
    let mut lost = request(1, 0.48);
    lost.end = FlightEnd::Lost;
    let mut dropped = request(2, 0.7);
    dropped.end = FlightEnd::Dropped;
    dropped.ended_us = Some(47_500);
    let mut held = request(3, 0.8);
    held.held = true;
    let mut late = flight(3, 4, "AppendReply", MessageShape::Granted, Some(5), 1.6);
    late.next = true;
    let first = flight(2, 3, "AppendEntries", MessageShape::Request, Some(4), 0.5);
    let second = Flight {
        copy: 1,
        ..first.clone()
    };
    let mut bounced = request(4, 1.0);
    bounced.end = FlightEnd::Bounced;
    bounced.ended_us = Some(48_800);
    frame.nodes[4].status = NodeStatus::Crashed;
    frame.flights = vec![lost, dropped, held, late, first, second, bounced];
    frame
}

pub(crate) fn busy(count: u32) -> Frame {
    let mut frame = cluster(Some(1), 7);
    frame.nodes[3].view.epoch = Some(6);
    for (place, node) in frame.nodes.iter_mut().take(5).enumerate() {
        let cells: Vec<(u64, &str)> = (0..40 - 2 * place as u64)
            .map(|index| (1 + index / 6, "x←3"))
            .collect();
        node.view.pictures.push(log(&cells, 30, &[]));
    }
    let mut name = Name(7);
    for k in 0..count {
        name = name.mix(u64::from(k));
        let (from, to) = ((name.0 % 7) as u16, (name.0 / 7 % 7) as u16);
        let to = if to == from { (to + 1) % 7 } else { to };
        let part = (name.0 / 49 % 1000) as f64 / 1000.0;
        let (kind, shape) = match name.0 / 49_000 % 4 {
            0 => ("AppendEntries", MessageShape::Request),
            1 => ("AppendReply", MessageShape::Granted),
            2 => ("AppendReply", MessageShape::Refused),
            _ => ("AppendEntries", MessageShape::Heartbeat),
        };
        let mut message = flight(from, to, kind, shape, Some(6 + u64::from(k % 2)), part);
        message.name = name;
        frame.flights.push(message);
    }
    frame
}
