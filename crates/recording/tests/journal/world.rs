//! A hub in virtual time, and its journal as a recording.

use maelstrom::hub::{Effect, Hub};
use maelstrom::journal::Record;
use maelstrom::network::{Fault, Weather};
use protocol::Distribution;
use recording::{Format, Read, Recording, read};
use sim::{About, Source};
use trace::{Language, Words};
use wire::Envelope;
use wire::journal::{Head, Remark};

pub(crate) const NOBODY: &dyn Fn(&str) -> Option<&'static About> = &|_| None;

/// A hub in virtual time, whose nodes answer `init` and do what the test makes them do.
pub(crate) struct World {
    pub(crate) hub: Hub,
    pub(crate) now_us: u64,
}

impl World {
    pub(crate) fn new(nodes: &[&str]) -> Self {
        let weather = Weather {
            latency_us: Distribution::Constant(5_000),
            loss_permille: 0,
        };
        let names = nodes.iter().map(|node| (*node).to_owned()).collect();
        let mut world = Self {
            hub: Hub::new(1, weather, names, 100_000),
            now_us: 0,
        };
        for node in nodes {
            world.hub.joined(world.now_us, node);
        }
        world.pass(1_000);
        world
    }

    /// Time passes; who is told its name answers.
    pub(crate) fn pass(&mut self, us: u64) {
        let until_us = self.now_us + us;
        loop {
            self.hub.advance(self.now_us);
            let mut answers = Vec::new();
            while let Some(effect) = self.hub.next_effect() {
                if let Effect::Deliver { message, .. } = effect
                    && message.kind() == Some("init")
                {
                    answers.push(message.reply("init_ok"));
                }
            }
            for answer in answers {
                self.says(answer);
            }
            match self.hub.wake_us() {
                Some(wake_us) if wake_us <= until_us => self.now_us = wake_us.max(self.now_us),
                _ => break,
            }
        }
        self.now_us = until_us;
    }

    pub(crate) fn says(&mut self, message: Envelope) {
        let node = message.src.clone();
        let line = message.line();
        self.hub
            .line(self.now_us, &node, line.as_bytes())
            .expect("a message");
    }

    pub(crate) fn disturb(&mut self, fault: Fault) {
        self.hub.network.disturb(self.now_us, fault);
    }

    pub(crate) fn records(&self) -> Vec<Record> {
        let (missed, records) = self.hub.network.journal.since(0);
        assert_eq!(missed, 0);
        records.map(|record| Record::clone(record)).collect()
    }

    /// The number of the message that is under way.
    pub(crate) fn flying(&self) -> u64 {
        let mut flights = self.hub.network.flights();
        let (id, _) = flights.next().expect("a message under way");
        assert!(flights.next().is_none());
        id
    }

    pub(crate) fn text(&self) -> String {
        let head = Remark::Journal(Head {
            format: 1,
            nodes: self.hub.names().to_vec(),
            seed: 1,
            workload: None,
        });
        let mut text = serde_json::to_string(&head).expect("JSON") + "\n";
        for record in self.records() {
            text += &serde_json::to_string(&record).expect("JSON");
            text += "\n";
        }
        text
    }

    pub(crate) fn recording(&self) -> Recording {
        let Read {
            format,
            recording,
            remark,
        } = read(&self.text(), NOBODY).expect("a journal");
        assert_eq!((format, remark), (Format::Journal, None));
        recording
    }
}

/// What the caption says of each event.
pub(crate) fn sentences(recording: &Recording) -> Vec<String> {
    let mut words = Words::new(Language::English);
    words.add((recording.about().words)("en")).expect("words");
    let says = |event: &trace::Event| words.say(&event.headline(), recording.labels());
    recording.events().iter().map(says).collect()
}

/// The last event, and what stands on the stage after it.
pub(crate) fn last(recording: &mut Recording) -> (trace::Event, trace::Frame) {
    recording.seek(recording.len()).expect("the end");
    let event = recording.events().last().expect("an event").clone();
    (event, recording.frame())
}
