//! The recording grows, and the cursor goes along with it as long as the reader stands at its end.

use super::stream::Link;
use super::{EVENTS_PER_TICK_MAX, KEPT_CHARS_MAX, KEPT_EVENTS_MAX, SLOW_US, TOLD_US};
use crate::Model;
use protocol::{NodeId, Phrase};
use recording::Recording;

impl Model {
    /// To the end; of what goes on, along with it from there.
    pub(crate) fn go_live(&mut self) {
        self.seek(self.session.playable.len());
        if let Some(joined) = self
            .join
            .joined
            .as_deref_mut()
            .filter(|joined| joined.shown)
        {
            joined.follows = true;
            self.head.playing = true;
            self.read_under_way();
            self.touch();
        }
    }

    /// The end was reached; `false`: there is nothing to go along with.
    pub(crate) fn follow_from_here(&mut self) -> bool {
        match self.join.joined.as_deref_mut() {
            Some(joined) if joined.shown => {
                joined.follows = true;
                self.read_under_way();
                self.touch();
                true
            }
            _ => false,
        }
    }

    /// The cursor stays where it is from now on.
    pub(crate) fn stop_following(&mut self) {
        if let Some(joined) = self.join.joined.as_deref_mut() {
            joined.follows = false;
        }
    }

    /// Puts what has come in order, and behind what there is.
    pub(super) fn take_in(&mut self) {
        let real_us = self.real_us;
        let Some(joined) = self
            .join
            .joined
            .as_deref_mut()
            .filter(|joined| joined.shown)
        else {
            return;
        };
        let growing = self.session.playable.growing();
        let Some(recording) = growing.and_then(|growing| growing.downcast_mut::<Recording>())
        else {
            return;
        };
        let len = sim::Source::len(recording);
        while let Some(next) = joined
            .nodes
            .merge
            .next(real_us, &|name| recording.has_sent(name))
        {
            if let Some(slow) = next.slow {
                joined.slow = Some((NodeId(slow), real_us));
            }
            recording.push(next.event);
        }
        self.grown(len);
    }

    /// The recording is longer than it was: its end is now, and of what is too long the oldest part goes.
    pub(super) fn grown(&mut self, was: u64) {
        let real_us = self.real_us;
        let growing = self.session.playable.growing();
        let recording = growing.and_then(|growing| growing.downcast_mut::<Recording>());
        let (Some(joined), Some(recording)) = (self.join.joined.as_deref_mut(), recording) else {
            return;
        };
        let len = sim::Source::len(recording);
        if len == was {
            return;
        }
        joined.end_us = (sim::Source::time_of(recording, len), real_us);
        let kept = recording.events().len();
        if kept > KEPT_EVENTS_MAX || joined.chars > KEPT_CHARS_MAX {
            let gone = recording.forget(kept / 4);
            let weights = joined.weights.drain(..gone.min(joined.weights.len()));
            let chars: usize = weights.map(|weight| weight as usize).sum();
            joined.chars -= chars;
            joined.forgotten = recording.forgotten();
            self.session.read_marks();
            self.jumped();
        }
    }

    /// While the reader looks at something else, the panels tell now and then how far it has come.
    pub(super) fn tell_what_came(&mut self) {
        let (len, real_us) = (self.session.playable.len(), self.real_us);
        let Some(joined) = self
            .join
            .joined
            .as_deref_mut()
            .filter(|joined| joined.shown)
        else {
            return;
        };
        if joined
            .slow
            .is_some_and(|(_, since_us)| real_us - since_us > SLOW_US)
        {
            joined.slow = None;
        }
        let (told, told_us) = joined.told;
        let flies = self.session.pending.iter().any(|row| !row.held);
        if (len != told || flies) && real_us - told_us >= TOLD_US {
            joined.told = (len, real_us);
            self.session.read_marks();
            self.touch();
        }
    }

    /// The cursor goes along with what has happened.
    #[inline(never)]
    pub(crate) fn follow(&mut self) {
        let mut events = 0;
        while events < EVENTS_PER_TICK_MAX {
            let Some(stepped) = self.session.advance(None) else {
                break;
            };
            events += 1;
            self.played(stepped, events);
            self.tell_handled(stepped.step);
        }
        let len = self.session.playable.len();
        if self.session.step() < len {
            let left = len - self.session.step();
            self.speech.others += left;
            let _ = self.session.playable.seek(len);
        }
        let Some(joined) = self.join.joined.as_deref() else {
            return;
        };
        self.head.at_us = joined.now_us(self.real_us) as f64;
        if events > 0 {
            self.moved();
        }
    }

    /// What became of the message that somebody handled is told, and no turning point.
    pub(super) fn tell_handled(&mut self, step: u64) {
        let joined = self.join.joined.as_deref();
        let Some(handled) = joined.and_then(|joined| joined.handled) else {
            return;
        };
        let event = self.event_at(step);
        let about = event.filter(|event| {
            let message = event.stimulus.message();
            message.is_some_and(|message| message.name == handled)
        });
        if let Some(event) = about {
            self.tell(Some(event));
            self.announce_here();
            if let Some(joined) = self.join.joined.as_deref_mut() {
                joined.handled = None;
            }
        }
    }

    /// What is wrong with the connections, or with what came over them, in a few words; `None` where all is well.
    pub(crate) fn join_trouble(&self) -> Option<Phrase> {
        let joined = self.join.joined.as_deref().filter(|joined| joined.shown)?;
        let real_us = self.real_us;
        let mut lost = joined
            .streams
            .iter()
            .filter_map(|stream| match &stream.link {
                Link::Lost { again_us, .. } => Some(stream.phrase("ui.join.note-lost").int(
                    "seconds",
                    again_us.saturating_sub(real_us).div_ceil(1_000_000),
                )),
                Link::Ended(why) => Some(why.clone()),
                _ => None,
            });
        let slow = joined
            .slow
            .map(|(node, _)| Phrase::new("ui.join.slow").node("node", node));
        lost.next().or(slow)
    }
}
