//! The answer to *Why?*: the question, and what led to it as sentences that refer to each other by their steps.

use super::moment;
use crate::show::{Button, Why, WhyLink};
use crate::why::WhyState;
use crate::{EventsMsg, Model, Msg};
use protocol::Phrase;
use sim::why::{Origin, Reason, Tie};

impl Model {
    /// The question that is open, with its answer.
    #[inline(never)]
    pub fn why(&self) -> Option<Why> {
        let why = self.session.why.as_ref()?;
        let reasons = &why.cone.reasons;
        let mut above = None;
        let mut links = Vec::with_capacity(reasons.len());
        for reason in reasons {
            links.push(self.why_link(why, reason, above));
            above = Some(reason.event.step);
        }
        let note = if links.is_empty() {
            self.word(why.instead)
        } else if why.cone.cut {
            self.word("ui.why.further")
        } else {
            String::new()
        };
        let elsewhere = self.session.step() != why.from.1;
        let back = Phrase::new("ui.why.back").int("step", why.from.1);
        Some(Why {
            question: self.say(&why.question),
            note,
            back: elsewhere.then(|| self.button_of(&back, Msg::WhyBack)),
            only: (!links.is_empty()).then(|| self.only_led(why)),
            close: self.button("ui.why.close", Msg::WhyClose),
            links,
        })
    }

    /// The switch that leaves in the events list only what led to what is asked about.
    pub(super) fn only_led(&self, why: &WhyState) -> Button {
        Button {
            pressed: Some(why.only),
            ..self.button("ui.events.only", Msg::Events(EventsMsg::Only(!why.only)))
        }
    }

    fn why_link(&self, why: &WhyState, reason: &Reason, above: Option<u64>) -> WhyLink {
        let event = &reason.event;
        let ahead = why.ahead.as_ref().filter(|_| above.is_none());
        let tie = match (ahead, reason.led_to) {
            (Some((tie, _)), _) => self.tie(*tie, None),
            (None, Some((step, tie))) => self.tie(tie, (above != Some(step)).then_some(step)),
            (None, None) => String::new(),
        };
        let given = ahead.map_or(reason.why.as_ref(), |(_, why)| why.as_ref());
        let told = given.cloned().unwrap_or_else(|| event.headline());
        let rule = told.rule.as_deref();
        WhyLink {
            step: event.step,
            place: self.say(&Phrase::new("ui.why.step").int("step", event.step)),
            time: moment(event.at_us),
            tie,
            sentence: self.with_stimulus(event, &told),
            rule: rule.map_or(String::new(), |rule| {
                self.word_or_nothing(&format!("rule.{rule}"))
            }),
            source: self.source(&told),
            origin: reason.origin.map_or(String::new(), |origin| {
                self.word(match origin {
                    Origin::Choice => "ui.why.choice",
                    Origin::Workload => "ui.why.workload",
                    Origin::Start => "ui.why.start",
                })
            }),
            current: event.step == self.session.step(),
            msg: Msg::SeekStep(event.step),
        }
    }

    /// How an event led to a later one: the one told just before, or that of step `of`.
    fn tie(&self, tie: Tie, of: Option<u64>) -> String {
        let (key, key_of) = match tie {
            Tie::Sent => ("ui.why.sent", "ui.why.sent-of"),
            Tie::Set(0) => ("ui.why.timer", "ui.why.timer-of"),
            Tie::Set(_) => ("ui.why.renewed", "ui.why.renewed-of"),
            Tie::Saved => ("ui.why.saved", "ui.why.saved-of"),
            Tie::Joined => ("ui.why.joined", "ui.why.joined-of"),
            Tie::Known => ("ui.why.known", "ui.why.known-of"),
            Tie::Down => ("ui.why.down", "ui.why.down-of"),
            Tie::Silenced => ("ui.why.silenced", "ui.why.silenced-of"),
            Tie::Had => ("ui.why.had", "ui.why.had-of"),
        };
        let phrase = match of {
            Some(step) => Phrase::new(key_of).int("step", step),
            None => Phrase::new(key),
        };
        let times = match tie {
            Tie::Set(times) => times,
            _ => 0,
        };
        self.say(&phrase.int("n", times))
    }
}
