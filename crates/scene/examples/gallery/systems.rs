//! Frames of systems of every shape: star, chain, tiers, tree; small ones, and a crowd.

use crate::samples::{flight, node};
use protocol::{Layout, Load, MessageShape, Name, NodeId, NodeKind, Picture, QueueItem, Ring};
use trace::{Flight, Frame, NodeFrame, NodeStatus};

/// Every system, with its name.
pub(crate) fn all() -> Vec<(&'static str, Frame)> {
    vec![
        ("star", star()),
        ("chain", chain(5)),
        ("chain-long", chain(23)),
        ("tiers", tiers(4, 1, 5, 12)),
        ("crowd", tiers(100, 3, 50, 3000)),
        ("tree", tree()),
        ("ring-crowd", ring(40)),
    ]
}

fn of(id: u16, label: String, kind: NodeKind, tier: u8) -> NodeFrame {
    let role = match kind {
        NodeKind::Client => "role.client",
        NodeKind::Balancer => "role.balancer",
        NodeKind::Store => "role.store",
        NodeKind::Server => "role.server",
    };
    let mut made = node(id, &label, role, Ring::Thin, 0);
    made.kind = kind;
    made.tier = tier;
    made.view.epoch = None;
    made.timers.clear();
    made
}

fn frame(layout: Layout, nodes: Vec<NodeFrame>, flights: Vec<Flight>) -> Frame {
    Frame {
        now_us: 50_000,
        next_us: Some(51_000),
        layout,
        nodes,
        flights,
        ..Frame::default()
    }
}

/// A few thousandths that look like chance.
fn part(of: u64) -> f64 {
    (Name(11).mix(of).0 % 900) as f64 / 1000.0 + 0.05
}

fn star() -> Frame {
    let mut nodes = vec![of(0, "K".into(), NodeKind::Store, 0)];
    nodes[0].view.ring = Ring::Double;
    nodes.extend((1..8).map(|id| of(id, format!("P{id}"), NodeKind::Server, 1)));
    nodes[3].status = NodeStatus::Crashed;
    nodes.extend((8..10).map(|id| of(id, format!("C{}", id - 7), NodeKind::Client, 0)));
    let flights = (1..8)
        .map(|to| {
            flight(
                0,
                to,
                "Prepare",
                MessageShape::Request,
                None,
                part(to.into()),
            )
        })
        .collect();
    frame(Layout::Star, nodes, flights)
}

fn chain(count: u16) -> Frame {
    let mut nodes: Vec<_> = (0..count)
        .map(|id| of(id, format!("S{}", id + 1), NodeKind::Server, 0))
        .collect();
    nodes[0].view.ring = Ring::Double;
    nodes[0].view.role = "role.primary".into();
    for node in &mut nodes[1..] {
        node.view.role = "role.replica".into();
    }
    let clients = count..count + 3;
    nodes.extend(clients.map(|id| of(id, format!("C{}", id - count + 1), NodeKind::Client, 0)));
    let mut flights: Vec<_> = (0..count - 1)
        .map(|id| {
            flight(
                id,
                id + 1,
                "Update",
                MessageShape::Request,
                None,
                part(id.into()),
            )
        })
        .collect();
    flights.push(flight(count, 0, "Write", MessageShape::Request, None, 0.5));
    flights.push(flight(
        count - 1,
        count + 2,
        "Reply",
        MessageShape::Granted,
        None,
        0.4,
    ));
    frame(Layout::Chain, nodes, flights)
}

fn queue(items: u64, done: u16) -> Picture {
    let item = |place: u64| QueueItem {
        label: format!("r{place}"),
        epoch: None,
        done_permille: (place == 0).then_some(done),
    };
    Picture::Queue {
        title: "queue".into(),
        items: (0..items).map(item).collect(),
        room: Some(12),
    }
}

fn tiers(clients: u16, balancers: u16, servers: u16, messages: u64) -> Frame {
    let mut nodes: Vec<_> = (0..clients)
        .map(|id| of(id, format!("C{}", id + 1), NodeKind::Client, 0))
        .collect();
    let first = clients;
    nodes.extend(
        (0..balancers).map(|id| of(first + id, format!("B{}", id + 1), NodeKind::Balancer, 1)),
    );
    let second = clients + balancers;
    for id in 0..servers {
        let mut server = of(second + id, format!("S{}", id + 1), NodeKind::Server, 2);
        let waiting = Name(5).mix(id.into()).0 % 13;
        server.view.load = Some(Load {
            value: waiting,
            max: 11,
        });
        let done = (part(id.into()) * 1000.0) as u16;
        server.view.pictures.push(queue(waiting, done));
        nodes.push(server);
    }
    nodes[usize::from(second) + 1].status = NodeStatus::Crashed;
    let mut flights = Vec::new();
    for k in 0..messages {
        let chance = Name(3).mix(k).0;
        let client = (chance % u64::from(clients)) as u16;
        let balancer = first + (chance / 1000 % u64::from(balancers)) as u16;
        let server = second + (chance / 77_000 % u64::from(servers)) as u16;
        let (from, to, kind, shape) = match chance / 7 % 4 {
            0 => (client, balancer, "Request", MessageShape::Request),
            1 => (balancer, server, "Request", MessageShape::Request),
            2 => (server, balancer, "Response", MessageShape::Granted),
            _ => (balancer, client, "Response", MessageShape::Granted),
        };
        let mut message = flight(from, to, kind, shape, None, part(k + 100));
        message.name = Name(17).mix(k);
        flights.push(message);
    }
    frame(Layout::Tiers, nodes, flights)
}

fn tree() -> Frame {
    let mut nodes = vec![of(0, "M".into(), NodeKind::Server, 0)];
    nodes[0].view.role = "role.master".into();
    nodes[0].view.ring = Ring::Double;
    nodes.extend((1..4).map(|id| of(id, format!("A{id}"), NodeKind::Server, 1)));
    nodes.extend((4..13).map(|id| of(id, format!("W{}", id - 3), NodeKind::Server, 2)));
    for node in &mut nodes[1..] {
        node.view.role = "role.worker".into();
        node.view.load = Some(Load {
            value: 1 + u64::from(node.id.0) % 4,
            max: 5,
        });
    }
    nodes.push(of(13, "C1".into(), NodeKind::Client, 0));
    let parent = |id: u16| if id < 4 { 0 } else { 1 + (id - 4) / 3 };
    let flights = (1..13)
        .map(|id| {
            flight(
                parent(id),
                id,
                "Map",
                MessageShape::Request,
                None,
                part(id.into()),
            )
        })
        .collect();
    frame(Layout::Tree, nodes, flights)
}

fn ring(count: u16) -> Frame {
    let nodes: Vec<_> = (0..count)
        .map(|id| of(id, format!("S{}", id + 1), NodeKind::Server, 0))
        .chain(
            (count..count + 20)
                .map(|id| of(id, format!("C{}", id - count + 1), NodeKind::Client, 0)),
        )
        .collect();
    let ids = nodes.len() as u64;
    let flights = (0..2000)
        .map(|k| {
            let chance = Name(23).mix(k).0;
            let (from, to) = ((chance % ids) as u16, (chance / 100 % ids) as u16);
            let mut message = flight(from, to, "Gossip", MessageShape::Request, None, part(k));
            message.name = Name(29).mix(k);
            message.to = NodeId(if to == from {
                (to + 1) % ids as u16
            } else {
                to
            });
            message
        })
        .collect();
    frame(Layout::Ring, nodes, flights)
}
