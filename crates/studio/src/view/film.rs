//! The dialog of an animation.

use super::moment;
use crate::film::LENGTH_MS_MAX;
use crate::show::{Button, Choice, Choices, Film};
use crate::{FilmMsg, Model, Msg};
use protocol::{Arg, Phrase};

impl Model {
    /// The animation: what it will be, and how far it is.
    pub fn film(&self) -> Film {
        let send = |msg| Msg::Film(msg);
        let making = self.film.making.as_ref();
        let note = self.film_note();
        let make = Button {
            enabled: (1..=LENGTH_MS_MAX).contains(&self.film_length_ms()),
            ..self.button("ui.film.make", send(FilmMsg::Make))
        };
        let progress = making.map(|making| {
            let (drawn, all) = (making.drawn as u64, making.len() as u64);
            let phrase = Phrase::new("ui.film.progress")
                .int("n", drawn)
                .int("all", all);
            (drawn, all, self.say(&phrase))
        });
        Film {
            about: self.word("ui.film.about"),
            from: Choices {
                label: self.word("ui.film.from"),
                choices: self.film_beginnings(),
            },
            pictures: Choices {
                label: self.word("ui.film.pictures"),
                choices: [("ui.film.evenly", false), ("ui.film.by-step", true)]
                    .map(|(key, by_step)| Choice {
                        value: key.to_owned(),
                        label: self.word(key),
                        help: String::new(),
                        chosen: self.film.by_step == by_step,
                        msg: send(FilmMsg::ByStep(by_step)),
                    })
                    .into(),
            },
            note,
            make: making.is_none().then_some(make),
            cancel: making.map(|_| self.button("ui.film.cancel", send(FilmMsg::Cancel))),
            mark: making
                .is_none()
                .then(|| self.button("ui.film.mark", send(FilmMsg::Mark))),
            progress,
            end: self
                .film
                .end
                .as_ref()
                .map_or_else(String::new, |end| self.say(end)),
        }
    }

    fn film_beginnings(&self) -> Vec<Choice> {
        let choice = |step: u64, label: String| Choice {
            value: step.to_string(),
            label,
            help: String::new(),
            chosen: self.film.from == step,
            msg: Msg::Film(FilmMsg::From(step)),
        };
        let mark = self.film_mark();
        let mut all = vec![choice(0, self.word("ui.film.beginning"))];
        all.extend(mark.filter(|step| *step > 0).map(|step| {
            choice(
                step,
                self.say(&Phrase::new("ui.film.at-mark").int("step", step)),
            )
        }));
        let moments = self
            .film
            .moments
            .iter()
            .filter(|(step, _)| Some(*step) != mark);
        all.extend(moments.map(|(step, what)| {
            let phrase = Phrase::new("ui.film.at-step")
                .int("step", *step)
                .with("what", Arg::Phrase(Box::new(what.clone())));
            choice(*step, self.say(&phrase))
        }));
        all
    }

    fn film_note(&self) -> String {
        let (from, to) = (self.film.from, self.session.step());
        let seconds = |ms: u64| {
            let tenths = (ms + 50) / 100;
            format!("{}.{}", tenths / 10, tenths % 10)
        };
        let length_ms = self.film_length_ms();
        let phrase = if to <= from {
            Phrase::new("ui.film.nothing")
        } else if length_ms == 0 {
            Phrase::new("ui.film.too-many").int("n", to - from)
        } else if length_ms > LENGTH_MS_MAX {
            Phrase::new("ui.film.too-long")
                .text("seconds", seconds(length_ms))
                .int("most", LENGTH_MS_MAX / 1_000)
        } else {
            let at = |step| moment(self.session.playable.time_of(step));
            Phrase::new("ui.film.holds")
                .int("from", from)
                .text("from_at", at(from))
                .int("to", to)
                .text("to_at", at(to))
                .int("n", self.film_len() as u64)
                .text("seconds", seconds(length_ms))
        };
        self.say(&phrase)
    }
}
