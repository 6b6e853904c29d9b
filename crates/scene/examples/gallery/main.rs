//! Renders sample frames into SVG files, to be looked at: `cargo run -p scene --example gallery [FOLDER]`.
//!
//! The frames are made by hand, so that each shows a part of the visual language at its busiest; no run stands behind them.

#![allow(
    clippy::disallowed_methods,
    reason = "an example: it reads its arguments and a clock"
)]

mod pictures;
mod samples;
mod systems;

use protocol::{Hue, NodeId};
use samples::{busy, crash, election, endings, idle, interwoven, one_way, partition};
use scene::{
    Band, LogInput, Options, PictureInput, Scale, Scene, Size, StageInput, Subject, SvgText, Theme,
    TimelineInput, Track,
};
use std::path::PathBuf;
use trace::{Frame, Language, Mark, MarkKind, Words};

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
    gallery.systems();
    gallery.pictures();
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

    /// Systems of every shape, in the light and in the dark, on a laptop and on a phone.
    fn systems(&mut self) {
        let en = words(Language::English);
        for (name, frame) in systems::all() {
            let labels = labels(&frame);
            let input = StageInput {
                labels: &labels,
                hue: Hue::Neutral,
                selected: (name == "crowd").then_some(Subject::Node(NodeId(41))),
                ..StageInput::new(&frame, &en, Size::new(840.0, 600.0))
            };
            self.scene.stage(&input);
            self.save(name, &Theme::LIGHT, Language::English);
            self.save(&format!("{name}-dark"), &Theme::DARK, Language::English);
            self.scene.stage(&StageInput {
                size: PHONE,
                ..input
            });
            self.save(&format!("{name}-phone"), &Theme::LIGHT, Language::English);
        }
    }

    /// Every picture, wide and narrow.
    fn pictures(&mut self) {
        let (en, zh) = (words(Language::English), words(Language::Chinese));
        let labels: Vec<String> = (1..9).map(|id| format!("S{id}")).collect();
        for (name, picture, focused) in pictures::all() {
            let input = PictureInput {
                picture: &picture,
                beside: None,
                words: &en,
                labels: &labels,
                width: 400.0,
                hue: Hue::Epoch("hue.term"),
                focused,
            };
            self.scene.picture(&input);
            self.save(name, &Theme::LIGHT, Language::English);
            self.save(&format!("{name}-dark"), &Theme::DARK, Language::English);
            self.scene.picture(&PictureInput {
                words: &zh,
                width: 300.0,
                ..input
            });
            self.save(&format!("{name}-narrow"), &Theme::LIGHT, Language::Chinese);
        }
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
            parts: None,
        };
        let tracks = [
            track("A", 0, 220, true),
            track("B", 60, 150, false),
            track("C", 110, 180, false),
        ];
        let input = TimelineInput {
            size: Size::new(720.0, TimelineInput::height_for(36.0, 3)),
            scale: Scale::Time,
            start_us: 0,
            len_step: 220,
            len_us: 2_200_000,
            cursor_step: 120,
            cursor_us: 1_200_000.0,
            in_past: true,
            marks: &marks,
            led: &[],
            parts: Some((72, 720_000)),
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
        let few = [0, 20, 100, 300].map(busy);
        let crowds = systems::all().into_iter().map(|(_, frame)| frame);
        for frame in few.into_iter().chain(crowds) {
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
            let (nodes, messages) = (frame.nodes.len(), frame.flights.len());
            println!(
                "{nodes:>4} nodes, {messages:>5} messages: {each:7.1} µs a scene, {items} shapes"
            );
        }
    }
}

/// The shared words and those that the samples use; a protocol brings its own.
fn words(language: Language) -> Words {
    let mut words = Words::new(language);
    let own = match language {
        Language::English => include_str!("en.txt"),
        Language::Chinese => include_str!("zh.txt"),
    };
    words
        .add(own)
        .expect("the samples' words are lines of `key = template`");
    words
}

fn labels(frame: &Frame) -> Vec<String> {
    frame.nodes.iter().map(|node| node.label.clone()).collect()
}
