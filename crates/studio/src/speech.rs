//! What a screen reader is told: while playing only turning points, at most one in three seconds; while stepping each event.

use crate::{Command, Model};
use protocol::{Arg, MessageShape, Phrase};

use trace::{Event, Stimulus};

/// While playing, announcements are at least this far apart, in real microseconds.
const APART_US_REAL: u64 = 3_000_000;

/// What waits to be announced.
#[derive(Clone, Debug, Default)]
pub(crate) struct Speech {
    waiting: Option<String>,
    last_us: Option<u64>,
    /// Heartbeats since the last announcement.
    heartbeats: u64,
    /// Other events since then that were no turning points.
    pub(crate) others: u64,
}

impl Speech {
    pub(crate) const fn waits(&self) -> bool {
        self.waiting.is_some()
    }

    /// An event that is not announced by itself.
    pub(crate) fn count(&mut self, event: &Event) {
        if is_heartbeat(event) {
            self.heartbeats += 1;
        } else {
            self.others += 1;
        }
    }
}

/// Whether an event is the arrival of a heartbeat, or of the answer to one: rows of them fold.
pub(crate) fn is_heartbeat(event: &Event) -> bool {
    match &event.stimulus {
        Stimulus::Delivered(message) => {
            message.view.shape == MessageShape::Heartbeat && !event.is_moment()
        }
        _ => false,
    }
}

impl Model {
    pub(crate) fn say_first_words(&mut self) {
        let servers = self.session.servers();
        // Where servers are one sort of several, their number says little of the cluster.
        let of_servers = self.session.is_of_servers();
        let phrase = Phrase::new(match (self.head.playing, of_servers) {
            (true, true) => "ui.first-words",
            (true, false) => "ui.first-words-nodes",
            (false, true) => "ui.first-words-paused",
            (false, false) => "ui.first-words-nodes-paused",
        });
        let phrase = phrase
            .int("step", self.session.step())
            .int("nodes", self.session.nodes())
            .with("servers", crate::words::number(servers))
            .with("protocol", self.title());
        let text = self.say(&phrase);
        self.announce(text);
    }

    /// At once.
    pub(crate) fn announce(&mut self, text: String) {
        self.speech = Speech {
            last_us: Some(self.real_us),
            ..Speech::default()
        };
        self.out.push(Command::Announce(text));
    }

    /// The event at the cursor, at once.
    pub(crate) fn announce_here(&mut self) {
        let text = match self.telling.phrase() {
            Some(phrase) => self.say(&phrase),
            None => self.beginning(),
        };
        self.announce(text);
    }

    /// A turning point while playing: as soon as the last one is long enough ago. The newest counts.
    pub(crate) fn announce_moment(&mut self, event: &Event) {
        if self.tells() {
            // Words that come to the ear from two sides are lost: the beat's are said.
            return;
        }
        let text = self.say(&event.headline());
        if self.speech.waiting.replace(text).is_some() {
            self.speech.others += 1;
        }
    }

    pub(crate) fn speak_if_due(&mut self) {
        let last_us = self.speech.last_us;
        if last_us.is_some_and(|last_us| self.real_us - last_us < APART_US_REAL) {
            return;
        }
        let Some(text) = self.speech.waiting.take() else {
            return;
        };
        let text = Arg::Text(text);
        let (heartbeats, others) = (self.speech.heartbeats, self.speech.others);
        let phrase = match (heartbeats, others) {
            (0, 0) => Phrase::new("ui.announce.alone"),
            (_, 0) => Phrase::new("ui.announce.heartbeats").int("n", heartbeats),
            _ => Phrase::new("ui.announce.others").int("n", heartbeats + others),
        };
        let text = self.say(&phrase.with("text", text));
        self.announce(text);
    }

    /// The protocol's title, as a value of a phrase.
    pub(crate) fn title(&self) -> Arg {
        Arg::Text(self.session.about().title(self.language()).to_owned())
    }

    /// How many steps there are, for what is said of the place.
    pub(crate) fn steps(&self) -> (u64, u64) {
        (self.session.step(), self.session.playable.len())
    }
}
