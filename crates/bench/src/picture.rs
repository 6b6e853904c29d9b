//! A picture to time: five servers with a hundred messages on their way, as a frame and as the shapes of the stage.
//!
//! Knows no clock: whoever calls measures.

use crate::contender::{open, workload};
use scene::{Scene, Size, StageInput};
use sim::{Action, Playable};
use trace::{Frame, Language, Words};

/// A cluster that stands still, and the scene that is drawn of it again and again.
pub struct Picture {
    cluster: Box<dyn Playable>,
    frame: Frame,
    words: Words,
    scene: Scene,
}

impl Picture {
    /// Raft after a while, its messages duplicated until `messages` are on their way.
    pub fn new(messages: usize) -> Self {
        let mut cluster = open(&workload(1));
        while cluster.frame().flights.len() < 4 {
            assert!(cluster.advance().is_some(), "a cluster that goes on");
        }
        while cluster.frame().flights.len() < messages {
            let message = cluster.pending().into_iter().find_map(|row| row.message);
            let now_us = cluster.now_us();
            cluster
                .act(&Action::Duplicate(message.expect("a message")), now_us)
                .expect("a message can be duplicated");
        }
        let mut words = Words::new(Language::English);
        words
            .add((cluster.about().words)(Language::English.code()))
            .expect("words that are in order");
        Self {
            frame: cluster.frame(),
            cluster,
            words,
            scene: Scene::default(),
        }
    }

    /// Makes the frame, as after every step.
    pub fn frame(&mut self) -> usize {
        self.frame = self.cluster.frame();
        self.frame.flights.len()
    }

    /// Builds the stage, as for every repaint: the `nth` of a second of sixty.
    pub fn stage(&mut self, nth: u32) -> usize {
        let mut input = StageInput::new(&self.frame, &self.words, Size::new(1200.0, 720.0));
        input.play_us += f64::from(nth % 60) * 10.0;
        self.scene.stage(&input);
        self.scene.items().len()
    }
}
