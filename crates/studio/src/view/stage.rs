//! What the stage and the painted timeline are drawn from, the legend, and the parallel description.

use super::letter;
use crate::show::{Legend, LegendRow};
use crate::{Appearance, Model};
use protocol::{Hue, Phrase};
use scene::{
    Epochs, LogInput, Options, Scale, Size, StageInput, Subject, Theme, TimelineInput, Track,
};

use std::rc::Rc;
use trace::{Frame, Words};

impl Model {
    /// The moment at the cursor.
    pub fn frame(&self) -> &Rc<Frame> {
        &self.session.frame
    }

    /// The words of the page's language, the protocol's included.
    pub const fn words(&self) -> &Words {
        &self.words
    }

    /// What the stage is drawn from; the page adds what has the keyboard's focus.
    pub fn stage_input(&self, size: Size) -> StageInput<'_> {
        let about = self.session.about();
        StageInput {
            play_us: self.head.at_us,
            hue: about.hue,
            labels: self.session.labels(),
            actors: &self.telling.actors,
            moved: &self.moved,
            selected: self.selected(),
            lit: self.lit(),
            differs: self.differs_here(),
            in_past: !self.is_now(),
            options: Options {
                reduced_motion: self.reduced_motion,
                ..Options::default()
            },
            ..StageInput::new(&self.session.frame, &self.words, size)
        }
    }

    /// What is selected on the stage: the message, else the node.
    pub fn selected(&self) -> Option<Subject> {
        let message = self.look.message.and_then(|name| {
            let mut flights = self.session.frame.flights.iter();
            let flight = flights.find(|flight| flight.name == name)?;
            Some(Subject::Message {
                name,
                copy: flight.copy,
            })
        });
        message.or_else(|| self.look.node.map(Subject::Node))
    }

    /// What the log matrix is drawn from.
    pub fn log_input(&self, width: f64) -> LogInput<'_> {
        LogInput {
            selected: self.look.node,
            ..LogInput::new(&self.session.frame, &self.words, width)
        }
    }

    /// What the painted timeline is drawn from, handed to `draw`.
    pub fn timeline<R>(&self, size: Size, draw: impl FnOnce(&TimelineInput<'_>) -> R) -> R {
        let playable = &self.session.playable;
        let [here, there] = self.partings();
        let beside = self.session.beside.as_ref();
        let beside = beside.and_then(|beside| beside.difference.branch);
        let branches = self.branches_shown();
        let letters: Vec<String> = branches.iter().map(|branch| letter(branch.id)).collect();
        let track = |(branch, label)| {
            let branch: &sim::Branch = branch;
            let label: &String = label;
            let from_step = branch.parent.map_or(0, |(_, step)| step);
            Track {
                label,
                from_step,
                from_us: self.leaving_us(branch),
                to_step: branch.len,
                to_us: branch.end_us,
                current: branch.id == playable.branch(),
                parts: match Some(branch.id) {
                    id if id == beside => there,
                    id if id == Some(playable.branch()) => here,
                    _ => None,
                },
            }
        };
        let mut tracks: Vec<Track<'_>> = branches.iter().zip(&letters).map(track).collect();
        tracks.extend(self.second_track(there));
        let len = playable.len();
        let len_us = playable.time_of(len).max(self.head.at_us as u64);
        // What was true at the last mark is true to the end.
        let mut bands = self.session.bands.clone();
        if let Some(last) = bands.last_mut() {
            (last.to_step, last.to_us) = (len, len_us);
        }
        draw(&TimelineInput {
            size,
            scale: Scale::Time,
            start_us: playable.time_of(0),
            len_step: len,
            len_us,
            cursor_step: playable.step(),
            cursor_us: self.head.at_us,
            in_past: !self.is_now(),
            marks: self.session.marks(),
            parts: here,
            led: self.session.why.as_ref().map_or(&[], |why| &why.steps),
            bands: &bands,
            tracks: &tracks,
            focused: None,
        })
    }

    /// When a branch leaves its parent: exact on the current branch's line, else in proportion.
    fn leaving_us(&self, branch: &sim::Branch) -> u64 {
        let Some((parent, step)) = branch.parent else {
            return 0;
        };
        let playable = &self.session.playable;
        if parent == playable.branch() || branch.id == playable.branch() {
            return playable.time_of(step);
        }
        (branch.end_us * step).checked_div(branch.len).unwrap_or(0)
    }

    /// What stands on the stage, subject by subject, for those who do not see it.
    pub fn description(&self) -> Vec<(Subject, String)> {
        let hue = self.session.about().hue;
        let told = scene::describe(&self.session.frame, hue, &self.words, self.session.labels());
        if self.has_beside() {
            return self.told_apart(told, self.differs_here());
        }
        told
    }

    /// The legend of hues.
    pub fn legend(&self) -> Legend {
        let Hue::Epoch(word) = self.session.about().hue else {
            return Legend::default();
        };
        let epochs = Epochs::of(&self.session.frame);
        let row = |entry: &scene::LegendEntry| LegendRow {
            epoch: entry.epoch,
            hue: entry.hue,
            hatched: entry.hatched,
        };
        Legend {
            title: self.say(&Phrase::new("stage.legend").word("hue", word)),
            rows: epochs.entries().iter().map(row).collect(),
        }
    }

    /// The colours of the stage.
    pub const fn theme(&self, system_is_dark: bool) -> Theme {
        match self.appearance {
            Appearance::Light => Theme::LIGHT,
            Appearance::Dark => Theme::DARK,
            Appearance::System if system_is_dark => Theme::DARK,
            Appearance::System => Theme::LIGHT,
        }
    }
}
