//! A crowd to draw: a hundred clients, three balancers, fifty servers, each with its load and its queue, and thousands of messages
//! on their way between them. No run stands behind it, so that it stays the same whatever protocols there are.
//!
//! Knows no clock: whoever calls measures.

use protocol::{
    Hue, Layout, Load, MessageShape, MessageView, Name, NodeId, NodeKind, NodeView, Picture,
    QueueItem,
};
use scene::{Scene, Size, StageInput};
use trace::{Flight, FlightEnd, Frame, Language, NodeFrame, NodeStatus, Words};

const CLIENTS: u16 = 100;
const BALANCERS: u16 = 3;
const SERVERS: u16 = 50;
/// How long each message flies, in microseconds.
const FLIGHT_US: u64 = 20_000;
const NOW_US: u64 = 1_000_000;

/// The crowd's frame, and the scene that is drawn of it again and again.
pub struct Crowd {
    frame: Frame,
    words: Words,
    scene: Scene,
}

impl Crowd {
    /// With so many messages.
    pub fn new(messages: u32) -> Self {
        let tiers = [
            (CLIENTS, 'C', NodeKind::Client),
            (BALANCERS, 'B', NodeKind::Balancer),
            (SERVERS, 'S', NodeKind::Server),
        ];
        let mut nodes = Vec::new();
        for (tier, (count, letter, kind)) in tiers.into_iter().enumerate() {
            for number in 1..=count {
                let id = NodeId(nodes.len() as u16);
                nodes.push(node(id, format!("{letter}{number}"), kind, tier as u8));
            }
        }
        Self {
            frame: Frame {
                now_us: NOW_US,
                next_us: Some(NOW_US + 1),
                layout: Layout::Tiers,
                nodes,
                flights: (0..messages).map(flight).collect(),
                ..Frame::default()
            },
            words: Words::new(Language::English),
            scene: Scene::default(),
        }
    }

    /// Builds the stage, as for every repaint: the `nth` of a second of sixty.
    pub fn stage(&mut self, nth: u32) -> usize {
        let mut input = StageInput::new(&self.frame, &self.words, Size::new(1200.0, 720.0));
        input.hue = Hue::Neutral;
        input.play_us += f64::from(nth % 60) * 10.0;
        self.scene.stage(&input);
        self.scene.items().len()
    }

    /// The last stage.
    pub const fn scene(&self) -> &Scene {
        &self.scene
    }
}

fn node(id: NodeId, label: String, kind: NodeKind, tier: u8) -> NodeFrame {
    let waiting = Name(5).mix(id.0.into()).0 % 13;
    let serves = kind == NodeKind::Server;
    let item = |place: u64| QueueItem {
        label: format!("r{place}"),
        epoch: None,
        done_permille: (place == 0).then_some(400),
    };
    let queue = || Picture::Queue {
        title: "queue".into(),
        items: (0..waiting).map(item).collect(),
        room: None,
    };
    NodeFrame {
        id,
        label,
        kind,
        tier,
        status: NodeStatus::Up,
        view: NodeView {
            load: serves.then_some(Load {
                value: waiting,
                max: 12,
            }),
            pictures: serves.then(queue).into_iter().collect(),
            ..NodeView::default()
        },
        timers: Vec::new(),
        unsaved: 0,
        waiting: 0,
        drift_ppm: 0,
        offset_us: 0,
    }
}

fn flight(nth: u32) -> Flight {
    let chance = Name(3).mix(nth.into());
    let pick = |purpose: u64, count: u16| (chance.mix(purpose).0 % u64::from(count)) as u16;
    let client = NodeId(pick(1, CLIENTS));
    let balancer = NodeId(CLIENTS + pick(2, BALANCERS));
    let server = NodeId(CLIENTS + BALANCERS + pick(3, SERVERS));
    let (from, to, shape) = match pick(4, 4) {
        0 => (client, balancer, MessageShape::Request),
        1 => (balancer, server, MessageShape::Request),
        2 => (server, balancer, MessageShape::Granted),
        _ => (balancer, client, MessageShape::Granted),
    };
    let sent_us = NOW_US - u64::from(pick(5, 18_000));
    Flight {
        name: chance,
        copy: 0,
        from,
        to,
        view: MessageView {
            kind: "Request".into(),
            shape,
            epoch: None,
            label: None,
        },
        sent_us,
        due_us: sent_us + FLIGHT_US,
        end: FlightEnd::Arrives,
        ended_us: None,
        held: false,
        next: false,
    }
}
