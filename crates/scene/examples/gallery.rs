//! Renders sample frames into SVG files, to be looked at: `cargo run -p scene --example gallery [FOLDER]`.
//!
//! The frames are made by hand, so that each shows a part of the visual language at its busiest; no run stands behind them.

#![allow(
    clippy::disallowed_methods,
    reason = "an example: it reads its arguments and a clock"
)]

use protocol::{
    Ballot, Layout, LogCell, MessageShape, MessageView, Name, NodeId, NodeKind, NodeView, Phrase,
    Picture, Ring,
};
use scene::{
    Band, LogInput, Options, Scale, Scene, Size, StageInput, Subject, SvgText, Theme,
    TimelineInput, Track,
};
use std::path::PathBuf;
use trace::{
    Cut, Flight, FlightEnd, Frame, Language, Mark, MarkKind, NodeFrame, NodeStatus, TimerFrame,
    Words,
};

fn main() {
    let folder = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "target/gallery".into());
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let mut gallery = Gallery {
        folder,
        scene: Scene::new(),
    };
    gallery.stages();
    gallery.logs();
    gallery.timelines();
    gallery.measure();
}

struct Gallery {
    folder: PathBuf,
    scene: Scene,
}

const LAPTOP: Size = Size::new(800.0, 600.0);
const PHONE: Size = Size::new(360.0, 300.0);

impl Gallery {
    fn save(&self, name: &str, theme: &Theme, language: Language) {
        let text = SvgText {
            title: name,
            description: name,
            language: language.tag(),
        };
        let path = self.folder.join(format!("{name}.svg"));
        std::fs::write(&path, scene::svg(&self.scene, theme, text))
            .expect("the file can be written");
    }

    fn stages(&mut self) {
        let (en, zh) = (words(Language::English), words(Language::Chinese));
        let standalone = Options {
            legend: true,
            ..Options::default()
        };
        let samples: [(&str, Frame); 8] = [
            ("idle", idle()),
            ("election", election()),
            ("partition", partition()),
            ("one-way", one_way()),
            ("interwoven", interwoven()),
            ("crash", crash()),
            ("endings", endings()),
            ("busy", busy(100)),
        ];
        for (name, frame) in &samples {
            let labels = labels(frame);
            let actors = [NodeId(2)];
            let input = StageInput {
                labels: &labels,
                actors: if *name == "election" { &actors } else { &[] },
                selected: (*name == "crash").then_some(Subject::Node(NodeId(0))),
                in_past: *name == "crash",
                options: standalone,
                ..StageInput::new(frame, &en, LAPTOP)
            };
            self.scene.stage(&input);
            self.save(name, &Theme::LIGHT, Language::English);
            self.save(&format!("{name}-dark"), &Theme::DARK, Language::English);
            self.scene.stage(&StageInput {
                size: PHONE,
                ..input
            });
            self.save(&format!("{name}-phone"), &Theme::LIGHT, Language::English);
            self.scene.stage(&StageInput {
                words: &zh,
                ..input
            });
            self.save(&format!("{name}-zh"), &Theme::LIGHT, Language::Chinese);
            self.scene.stage(&StageInput {
                size: Size::new(1400.0, 560.0),
                ..input
            });
            self.save(&format!("{name}-wide"), &Theme::LIGHT, Language::English);
        }
        let frame = election();
        let input = StageInput::new(&frame, &en, Size::new(3840.0, 2000.0));
        self.scene.stage(&input);
        self.save("projector", &Theme::DARK, Language::English);
        let reduced = Options {
            reduced_motion: true,
            ..standalone
        };
        let frame = endings();
        self.scene.stage(&StageInput {
            options: reduced,
            ..StageInput::new(&frame, &en, LAPTOP)
        });
        self.save("reduced", &Theme::LIGHT, Language::English);
        let frame = busy(900);
        self.scene.stage(&StageInput::new(&frame, &en, LAPTOP));
        self.save("flows", &Theme::LIGHT, Language::English);
    }

    fn logs(&mut self) {
        let en = words(Language::English);
        for (name, frame, width) in [("log", crash(), 520.0), ("log-narrow", busy(3), 340.0)] {
            self.scene.log_matrix(&LogInput {
                selected: Some(NodeId(2)),
                ..LogInput::new(&frame, &en, width)
            });
            self.save(name, &Theme::LIGHT, Language::English);
            self.save(&format!("{name}-dark"), &Theme::DARK, Language::English);
        }
    }

    fn timelines(&mut self) {
        let mark = |step: u64, kind| Mark {
            step,
            at_us: step * 10_000,
            kind,
            node: None,
            epoch: None,
        };
        let marks = [
            mark(12, MarkKind::Fact),
            mark(30, MarkKind::Act),
            mark(60, MarkKind::Crash),
            mark(85, MarkKind::Fact),
            mark(110, MarkKind::Restart),
            mark(130, MarkKind::Cut),
            mark(160, MarkKind::Heal),
            mark(200, MarkKind::Violation),
        ];
        let band = |from: u64, to: u64, epoch| Band {
            from_step: from,
            from_us: from * 10_000,
            to_step: to,
            to_us: to * 10_000,
            epoch,
        };
        let bands = [
            band(12, 60, Some(2)),
            band(60, 85, None),
            band(85, 140, Some(3)),
            band(140, 220, Some(10)),
        ];
        let track = |label, from: u64, to: u64, current| Track {
            label,
            from_step: from,
            from_us: from * 10_000,
            to_step: to,
            to_us: to * 10_000,
            current,
        };
        let tracks = [
            track("A", 0, 220, true),
            track("B", 60, 150, false),
            track("C", 110, 180, false),
        ];
        let input = TimelineInput {
            size: Size::new(720.0, TimelineInput::height_for(36.0, 3)),
            scale: Scale::Time,
            len_step: 220,
            len_us: 2_200_000,
            cursor_step: 120,
            cursor_us: 1_200_000.0,
            in_past: true,
            marks: &marks,
            bands: &bands,
            tracks: &tracks,
            focused: None,
        };
        self.scene.timeline(&input);
        self.save("timeline", &Theme::LIGHT, Language::English);
        self.save("timeline-dark", &Theme::DARK, Language::English);
        self.scene.timeline(&TimelineInput {
            size: Size::new(340.0, 32.0),
            tracks: &[],
            in_past: false,
            cursor_step: 220,
            cursor_us: 2_200_000.0,
            ..input
        });
        self.save("timeline-phone", &Theme::LIGHT, Language::English);
    }

    /// What a rebuild costs, on this machine and in this build.
    fn measure(&mut self) {
        let words = words(Language::English);
        for count in [0, 20, 100, 300] {
            let frame = busy(count);
            let mut shapes = 0;
            let rounds = 2_000;
            let start = std::time::Instant::now();
            for round in 0..rounds {
                self.scene.stage(&StageInput {
                    play_us: 50_000.0 + f64::from(round),
                    ..StageInput::new(&frame, &words, LAPTOP)
                });
                shapes += self.scene.items().len();
            }
            let each = start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds);
            let items = shapes / rounds as usize;
            println!("{count:>4} messages: {each:7.1} µs a scene, {items} shapes");
        }
    }
}

/// The shared words and those that the samples use; a protocol brings its own.
fn words(language: Language) -> Words {
    let mut words = Words::new(language);
    let own = match language {
        Language::English => {
            "hue.term = term\nrole.leader = leader\nrole.follower = follower\nrole.candidate = candidate\n\
             role.client = client\nbadge.voted = voted for {who}\ntimer.election = election\ncontent = term {term}, {n} entries\n\
             badge.asks = put x = 3"
        }
        Language::Chinese => {
            "hue.term = 任期\nrole.leader = 领导者\nrole.follower = 跟随者\nrole.candidate = 候选人\n\
             role.client = 客户端\nbadge.voted = 已投票给 {who}\ntimer.election = 选举\ncontent = 任期 {term}，{n} 个条目\n\
             badge.asks = 写入 x = 3"
        }
    };
    words
        .add(own)
        .expect("the samples' words are lines of `key = template`");
    words
}

fn labels(frame: &Frame) -> Vec<String> {
    frame.nodes.iter().map(|node| node.label.clone()).collect()
}

fn node(id: u16, label: &str, role: &'static str, ring: Ring, epoch: u64) -> NodeFrame {
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

fn client(id: u16, label: &str) -> NodeFrame {
    let mut client = node(id, label, "role.client", Ring::Thin, 0);
    client.kind = NodeKind::Client;
    client.view.epoch = None;
    client.timers.clear();
    client
}

fn log(cells: &[(u64, &str)], committed: u64, followers: &[(u16, u64, u64)]) -> Picture {
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
fn cluster(leader: Option<u16>, term: u64) -> Frame {
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

fn flight(
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

fn idle() -> Frame {
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

fn election() -> Frame {
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

fn partition() -> Frame {
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

fn one_way() -> Frame {
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
fn interwoven() -> Frame {
    let mut frame = cluster(Some(0), 3);
    frame.cuts.push(Cut {
        from: vec![NodeId(0), NodeId(2)],
        to: vec![NodeId(1), NodeId(3), NodeId(4), NodeId(5), NodeId(6)],
        both: true,
    });
    frame
}

fn crash() -> Frame {
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

fn endings() -> Frame {
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

fn busy(count: u32) -> Frame {
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
