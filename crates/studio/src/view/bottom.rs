//! The caption and the transport.

use super::{join, letter, moment};
use crate::caption::tells_violation;
use crate::play::LADDER_US;
use crate::show::{Button, Caption, Transport};
use crate::travel::Goal;
use crate::{FindMsg, Model, Msg, Until};
use protocol::Phrase;

use trace::{Cause, Event, Stimulus};

impl Model {
    /// The band that says what just happened, and why.
    pub fn caption(&self) -> Caption {
        let told = self.event_caption();
        if let Some(says) = self.presenter_says() {
            return Caption {
                sentence: says.to_owned(),
                actors: told.actors,
                note: told.note,
                ..Caption::default()
            };
        }
        if self.session.story.is_none() {
            return told;
        }
        self.story_caption(told)
    }

    /// The story's words in place of the event's, as long as it is followed.
    #[inline(never)]
    fn story_caption(&self, told: Caption) -> Caption {
        let guide = self.guide();
        match self.guide_sentence() {
            Some(sentence) => Caption {
                sentence,
                actors: told.actors,
                note: told.note,
                guide,
                ..Caption::default()
            },
            None => Caption { guide, ..told },
        }
    }

    fn event_caption(&self) -> Caption {
        let event = self.telling.now.as_deref();
        let Some(event) = event else {
            return Caption {
                sentence: self.beginning(),
                invite: self.invite(),
                note: self.note(),
                ..Caption::default()
            };
        };
        let phrase = event.headline();
        let rule = phrase.rule.as_deref();
        Caption {
            sentence: self.say(&phrase),
            rule: rule.map_or(String::new(), |rule| {
                self.word_or_nothing(&format!("rule.{rule}"))
            }),
            source: self.source(&phrase),
            can_why: true,
            why_open: self.asks_about_told(),
            actors: self.telling.actors.clone(),
            violation: tells_violation(event),
            invite: self.invite(),
            guide: None,
            note: self.note(),
        }
    }

    /// What is said before the first event.
    pub(crate) fn beginning(&self) -> String {
        if self.is_joined() {
            let under_way = self.session.pending.len() as u64;
            if under_way > 0 {
                return self.say(&Phrase::new("ui.caption.under-way").int("n", under_way));
            }
            return self.word("ui.caption.joined");
        }
        if self.session.playable.fixed().is_some() {
            return self.word("ui.caption.recorded");
        }
        match self.session.pending.first() {
            Some(next) => {
                let next = protocol::Arg::Phrase(Box::new(next.phrase.clone()));
                self.say(&Phrase::new("ui.caption.next").with("next", next))
            }
            None => self.word("ui.caption.start"),
        }
    }

    /// Where the source states the rule of a phrase.
    pub(super) fn source(&self, phrase: &Phrase) -> String {
        let rule = phrase.rule.as_deref();
        let mut rules = self.session.about().rules.iter();
        let found = rule.and_then(|rule| rules.find(|known| known.id == rule));
        found.map_or(String::new(), |rule| {
            self.words.rule_source(rule).to_owned()
        })
    }

    /// What happened, then what was made of it.
    pub(crate) fn with_stimulus(&self, event: &Event, reason: &Phrase) -> String {
        let stimulus = event.stimulus_phrase();
        // That something happened goes without saying where it is said what.
        let bare = match event.stimulus {
            Stimulus::Internal => true,
            // Of a link that is mended the reason says all: what the trace knows is that all are whole, and others cut.
            Stimulus::Cut { .. } | Stimulus::Healed => event.cause == Cause::ProgramOrder,
            _ => false,
        };
        if bare || stimulus == *reason {
            return self.say(reason);
        }
        self.say(&join(stimulus, reason.clone()))
    }

    /// Where a promise was just broken, the reader is invited to see it broken with less. Once the home run has shown its first
    /// answer, to break something.
    fn invite(&self) -> Option<Button> {
        let back = self.room_invite();
        if back.is_some() {
            return back;
        }
        let broken = self.telling.now.as_deref().is_some_and(tells_violation);
        if broken && self.can_shrink() {
            return Some(Button {
                help: self.word("ui.invite.shrink.help"),
                ..self.button("ui.invite.shrink", Msg::Find(FindMsg::Shrink))
            });
        }
        let invited = self.session.home && self.session.answered;
        let leads = self.session.leader().is_some();
        (invited && leads).then(|| Button {
            help: self.word("ui.invite.crash-leader.help"),
            ..self.button("ui.invite.crash-leader", Msg::CrashLeader)
        })
    }

    fn note(&self) -> String {
        match (&self.goal, &self.head.skip) {
            (Some(goal), _) => self.progress(goal),
            (None, Some(_)) => self.skipping(),
            (None, None) => self
                .join_trouble()
                .map_or_else(String::new, |trouble| self.say(&trouble)),
        }
    }

    pub(crate) fn progress(&self, goal: &Goal) -> String {
        let key = match goal.until {
            Until::Step(_) if goal.opening.is_some() => "ui.progress.opening",
            _ => "ui.progress.running",
        };
        self.say(
            &Phrase::new(key)
                .int("events", goal.events)
                .int("step", self.session.step()),
        )
    }

    fn skipping(&self) -> String {
        let skip = self.head.skip;
        skip.map_or(String::new(), |skip| {
            self.say(&Phrase::new("ui.transport.skip").us("us", skip.length_us()))
        })
    }

    /// The transport's words and buttons.
    pub fn transport(&self) -> Transport {
        let (step, steps) = self.steps();
        let live = self.is_now();
        let playing = self.head.playing;
        let at_us = self.head.at_us as u64;
        let pace = self.head.pace_us();
        let with = |enabled: bool, button: Button| Button { enabled, ..button };
        // Of what goes on elsewhere more may come at any time.
        let joined = self.is_joined();
        let waits = self.session.frame.next_us.is_some();
        let play = if playing {
            self.keyed(
                "ui.transport.pause",
                "ui.transport.pause.help",
                "Space",
                Msg::PlayPause,
            )
        } else {
            self.keyed(
                "ui.transport.play",
                "ui.transport.play.help",
                "Space",
                Msg::PlayPause,
            )
        };
        let lost = self.follows() && !self.is_told();
        let place = if lost {
            Phrase::new("ui.transport.lost")
        } else if live && !joined && self.session.playable.fixed().is_some() {
            Phrase::new("ui.transport.recorded-end")
        } else if live {
            Phrase::new("ui.transport.live")
        } else if joined {
            Phrase::new("ui.transport.past-joined")
                .int("step", step)
                .int("steps", steps)
        } else {
            let branch = letter(self.session.playable.branch());
            Phrase::new("ui.transport.past")
                .text("branch", branch)
                .int("step", step)
                .int("steps", steps)
        };
        // Whoever goes along with what happens elsewhere goes at its speed.
        let pace = if self.follows() { 1_000_000 } else { pace };
        let value = Phrase::new("ui.transport.value")
            .int("step", step)
            .int("steps", steps)
            .us("at", at_us);
        Transport {
            playing,
            back: with(
                step > 0,
                self.keyed(
                    "ui.transport.back",
                    "ui.transport.back.help",
                    "←",
                    Msg::Back,
                ),
            ),
            play: with(playing || waits || joined, play),
            step: with(
                waits,
                self.keyed(
                    "ui.transport.step",
                    "ui.transport.step.help",
                    "→",
                    Msg::Step,
                ),
            ),
            previous_moment: with(
                step > 0,
                self.keyed(
                    "ui.transport.previous",
                    "ui.transport.previous.help",
                    "Shift ←",
                    Msg::PreviousMoment,
                ),
            ),
            next_moment: with(
                waits,
                self.keyed(
                    "ui.transport.next",
                    "ui.transport.next.help",
                    "Shift →",
                    Msg::NextMoment,
                ),
            ),
            start: with(
                step > 0,
                self.keyed(
                    "ui.transport.start",
                    "ui.transport.start.help",
                    "Home",
                    Msg::ToStart,
                ),
            ),
            slower: with(
                self.head.speed > 0,
                self.keyed(
                    "ui.transport.slower",
                    "ui.transport.slower.help",
                    "-",
                    Msg::Slower,
                ),
            ),
            faster: with(
                self.head.speed + 1 < LADDER_US.len(),
                self.keyed(
                    "ui.transport.faster",
                    "ui.transport.faster.help",
                    "+",
                    Msg::Faster,
                ),
            ),
            ratio: ratio(pace),
            speed: self.speed_text(pace),
            now: moment(at_us),
            skipping: self.skipping(),
            live: live && !lost,
            place: self.say(&place),
            go_live: (!live && !lost).then(|| {
                self.keyed(
                    "ui.transport.go-live",
                    "ui.transport.go-live.help",
                    "End",
                    Msg::GoLive,
                )
            }),
            step_now: step,
            steps,
            value_text: self.say(&value),
        }
    }

    fn speed_text(&self, pace_us: u64) -> String {
        let phrase = if pace_us < 1_000_000 {
            Phrase::new("ui.speed.slower").int("n", 1_000_000 / pace_us)
        } else if pace_us == 1_000_000 {
            Phrase::new("ui.speed.real")
        } else {
            Phrase::new("ui.speed.faster").int("n", pace_us / 1_000_000)
        };
        self.say(&phrase.us("pace", pace_us))
    }
}

/// "1:100": shown 100 times slower.
fn ratio(pace_us: u64) -> String {
    if pace_us <= 1_000_000 {
        format!("1:{}", 1_000_000 / pace_us)
    } else {
        format!("{}:1", pace_us / 1_000_000)
    }
}
