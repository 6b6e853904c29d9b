//! An animation of a stretch of the branch: where it begins, what it is cut into, and the making of it, picture by picture.
//!
//! The pictures are drawn from a second look at the same record, so that the reader's cursor stays where it is. It knows nothing of
//! how pictures are painted, compressed or put together.

mod cut;

use crate::model::ToastState;
use crate::speech::is_heartbeat;
use crate::{Command, FilmCommand, FilmMsg, Model};
pub(crate) use cut::LENGTH_MS_MAX;
use cut::{Beat, Picture, by_step, evenly, length_ms};
use protocol::{NodeId, Phrase};
use scene::{Options, Size, StageInput};
use sim::Playable;
use std::rc::Rc;
use trace::{Event, Frame, Stimulus};

/// A stretch of more steps is not looked at.
const STEPS_MAX: u64 = 4_000;
/// So many turning points before the cursor can be chosen as the beginning.
const MOMENTS_MAX: usize = 40;
/// An animation that nobody has chosen the beginning of is at most so long, in milliseconds, if it can be.
const USUAL_MS: u64 = 20_000;
/// What an animation shows is told anew after so many hundredths.
const TOLD: usize = 2;

/// The form, and the animation that is being made.
#[derive(Default)]
pub(crate) struct FilmState {
    /// Where the reader marked the beginning: branch and step.
    mark: Option<(u32, u64)>,
    /// The step after which it begins.
    pub(crate) from: u64,
    pub(crate) by_step: bool,
    /// The turning points before the cursor, and what they are.
    pub(crate) moments: Vec<(u64, Phrase)>,
    /// The steps from the beginning to the cursor.
    stretch: Vec<Read>,
    pub(crate) making: Option<Making>,
    /// What came of the last one.
    pub(crate) end: Option<Phrase>,
}

/// What was read of a step.
struct Read {
    beat: Beat,
    /// What the caption tells from here on, if it is something new.
    told: Option<Rc<Event>>,
}

/// An animation in the making.
pub(crate) struct Making {
    source: Box<dyn Playable>,
    from: u64,
    pictures: Vec<Picture>,
    /// How many pictures are drawn.
    pub(crate) drawn: usize,
    /// The stage of the picture that is drawn next, and after which step it is.
    frame: Option<(usize, Frame)>,
    told: Vec<(usize, Rc<Event>)>,
}

impl Making {
    /// How many pictures there are.
    pub(crate) fn len(&self) -> usize {
        self.pictures.len()
    }
}

/// What stands beneath the stage in a picture, and how long the picture is seen.
#[derive(Clone, PartialEq, Debug)]
pub struct FilmCaption {
    /// The sentence of the moment.
    pub sentence: String,
    /// The virtual time.
    pub clock: String,
    /// How long it is seen, in milliseconds.
    pub ms: u32,
}

impl Model {
    #[inline(never)]
    pub(crate) fn handle_film(&mut self, msg: FilmMsg) {
        match msg {
            FilmMsg::Mark => self.mark_film(),
            FilmMsg::From(step) => {
                self.film.from = step;
                self.read_film();
            }
            FilmMsg::ByStep(by_step) => self.film.by_step = by_step,
            FilmMsg::Make => self.make_film(),
            FilmMsg::Cancel => self.drop_film(),
            FilmMsg::Next => return self.film_on(),
            FilmMsg::Kept(bytes) => {
                if let Some(made) = self.film.making.take() {
                    let said = Phrase::new("ui.film.kept")
                        .text("size", megabytes(bytes))
                        .int("n", made.len() as u64);
                    self.end_film(said);
                }
            }
            FilmMsg::Failed(why) => {
                if self.film.making.take().is_some() {
                    self.out.push(Command::Film(FilmCommand::Drop));
                    self.end_film(Phrase::new("ui.film.failed").text("why", why));
                }
            }
        }
        self.touch();
    }

    fn end_film(&mut self, said: Phrase) {
        let text = self.say(&said);
        self.announce(text);
        self.film.end = Some(said);
    }

    /// The animation begins at the cursor, which may go on now.
    fn mark_film(&mut self) {
        let playable = &self.session.playable;
        self.film.mark = Some((playable.branch(), playable.step()));
        let said = Phrase::new("ui.film.marked").int("step", playable.step());
        self.close_menu();
        let text = self.say(&said);
        self.announce(text);
        self.toast = Some(ToastState {
            phrase: said,
            refusal: false,
            undo: false,
            opens: None,
        });
    }

    /// The dialog opens: what can be chosen is read, and a beginning is.
    #[inline(never)]
    pub(crate) fn open_film(&mut self) {
        let playable = &mut self.session.playable;
        let (branch, here) = (playable.branch(), playable.step());
        let marks = playable.marks().iter().rev();
        let steps = marks.map(|mark| mark.step).filter(|step| *step < here);
        let mut steps: Vec<u64> = steps.collect();
        steps.dedup();
        steps.truncate(MOMENTS_MAX);
        let moments = steps
            .into_iter()
            .rev()
            .filter_map(|step| Some((step, playable.event(step)?.headline())));
        let moments: Vec<_> = moments.collect();
        self.film = FilmState {
            mark: self.film.mark.filter(|(there, _)| *there == branch),
            by_step: self.reduced_motion,
            moments,
            ..FilmState::default()
        };
        if let Some(step) = self.film_mark() {
            self.film.from = step;
            return self.read_film();
        }
        // The longest that is not too long to be looked at; all of them end alike, and are read once.
        let all = std::iter::once(0).chain(self.film.moments.iter().map(|(step, _)| *step));
        let all: Vec<u64> = all.filter(|step| here - step <= STEPS_MAX).collect();
        let Some(first) = all.first() else { return };
        self.film.from = *first;
        self.read_film();
        let beats: Vec<Beat> = self.film.stretch.iter().map(|read| read.beat).collect();
        let usual = |step: &&u64| {
            let beats = beats.get((**step - first) as usize..).unwrap_or_default();
            (1..=USUAL_MS).contains(&length_ms(&self.pictures_of(beats)))
        };
        let from = all.iter().find(usual).or(all.last());
        if let Some(from) = from.filter(|from| *from != first) {
            self.film.from = *from;
            self.read_film();
        }
    }

    /// Where the reader marked the beginning, if that is before the cursor in this branch.
    pub(crate) fn film_mark(&self) -> Option<u64> {
        let here = self.session.step();
        let mark = self.film.mark.map(|(_, step)| step);
        mark.filter(|step| *step < here)
    }

    /// Reads the steps from the beginning to the cursor.
    fn read_film(&mut self) {
        self.film.end = None;
        self.film.stretch.clear();
        let playable = &self.session.playable;
        let (from, here) = (self.film.from, playable.step());
        if here <= from || here - from > STEPS_MAX {
            return;
        }
        let Ok(mut source) = playable.alone(playable.branch()) else {
            return;
        };
        // What the caption tells where it begins is older than its beginning.
        let before = source.marks().iter().rev();
        let before = before.map(|mark| mark.step).find(|step| *step <= from);
        let mut told = before.and_then(|step| source.event(step)).map(Rc::new);
        for step in from..=here {
            if source.seek(step).is_err() {
                return self.film.stretch.clear();
            }
            let event = if step > 0 { source.event(step) } else { None };
            let moment = event.as_ref().is_some_and(Event::is_moment);
            let faint = event.as_ref().is_none_or(|event| {
                is_heartbeat(event) || matches!(event.stimulus, Stimulus::Fired { .. })
            });
            let answered = |event: &Event| event.outcomes.iter().any(|one| one.answer().is_some());
            if moment || event.as_ref().is_some_and(answered) {
                told = event.map(Rc::new);
            }
            self.film.stretch.push(Read {
                beat: Beat {
                    at_us: source.now_us(),
                    flies: crate::play::flies(&source.frame()),
                    moment,
                    faint: faint && !moment,
                },
                told: told.take(),
            });
        }
    }

    /// The pictures that it would be.
    fn film_pictures(&self) -> Vec<Picture> {
        let beats: Vec<Beat> = self.film.stretch.iter().map(|read| read.beat).collect();
        self.pictures_of(&beats)
    }

    fn pictures_of(&self, beats: &[Beat]) -> Vec<Picture> {
        if self.film.by_step {
            by_step(beats)
        } else {
            evenly(beats, self.head.pace_us())
        }
    }

    /// How long it would be, in milliseconds; 0 if nothing was read.
    pub(crate) fn film_length_ms(&self) -> u64 {
        length_ms(&self.film_pictures())
    }

    /// How many pictures it would have.
    pub(crate) fn film_len(&self) -> usize {
        self.film_pictures().len()
    }

    fn make_film(&mut self) {
        let pictures = self.film_pictures();
        let playable = &self.session.playable;
        let length_ms = length_ms(&pictures);
        let source = playable.alone(playable.branch());
        let Ok(source) = source else { return };
        if self.film.making.is_some() || !(1..=LENGTH_MS_MAX).contains(&length_ms) {
            return;
        }
        let stretch = self.film.stretch.iter().enumerate();
        let told =
            stretch.filter_map(|(place, read)| Some((place, Rc::clone(read.told.as_ref()?))));
        self.film.end = None;
        self.film.making = Some(Making {
            source,
            from: self.film.from,
            pictures,
            drawn: 0,
            frame: None,
            told: told.collect(),
        });
        let text = self.word("ui.film.begun");
        self.announce(text);
        self.out.push(Command::Film(FilmCommand::Begin));
    }

    /// Whether an animation is being made.
    pub(crate) const fn makes_film(&self) -> bool {
        self.film.making.is_some()
    }

    /// Gives up what is being made.
    pub(crate) fn drop_film(&mut self) {
        if self.film.making.take().is_some() {
            self.out.push(Command::Film(FilmCommand::Drop));
            self.end_film(Phrase::new("ui.film.cancelled"));
            self.touch();
        }
    }

    /// The page is ready for the next picture.
    fn film_on(&mut self) {
        let run = self.session.playable.run();
        let step = self.session.step();
        let Some(making) = &mut self.film.making else {
            return;
        };
        let part = |drawn: usize| 100 * drawn / making.pictures.len() / TOLD;
        if making.frame.is_some() {
            making.drawn += 1;
            if part(making.drawn) != part(making.drawn - 1) {
                self.revision += 1;
            }
        }
        let Some(next) = making.pictures.get(making.drawn) else {
            let from = making.from;
            let name = format!("synod-{}-{}-{from}-{step}.png", run.protocol, run.seed);
            self.out.push(Command::Film(FilmCommand::Finish(name)));
            return;
        };
        if making
            .frame
            .as_ref()
            .is_none_or(|(beat, _)| *beat != next.beat)
        {
            let _ = making.source.seek(making.from + next.beat as u64);
            making.frame = Some((next.beat, making.source.frame()));
        }
        self.out.push(Command::Film(FilmCommand::Draw));
    }

    /// The picture of an animation that is to be drawn: the stage is handed to `draw`.
    pub fn film_picture<R>(
        &self,
        size: Size,
        draw: impl FnOnce(&StageInput<'_>) -> R,
    ) -> Option<(FilmCaption, R)> {
        let making = self.film.making.as_ref()?;
        let picture = making.pictures.get(making.drawn)?;
        let (_, frame) = making.frame.as_ref()?;
        let told = making.told.iter().rev();
        let told = told.map(|(beat, event)| (*beat <= picture.beat).then_some(event));
        let told = told.flatten().next();
        let actors: Vec<NodeId> = told
            .map(|event| crate::caption::actors(event))
            .unwrap_or_default();
        let caption = FilmCaption {
            sentence: told.map_or_else(String::new, |event| self.say(&event.headline())),
            clock: trace::duration(picture.at_us as u64),
            ms: picture.ms,
        };
        let drawn = draw(&StageInput {
            play_us: picture.at_us,
            hue: self.session.about().hue,
            labels: making.source.labels(),
            actors: &actors,
            moved: &self.moved,
            options: Options {
                reduced_motion: self.film.by_step,
                legend: true,
                ..Options::default()
            },
            ..StageInput::new(frame, &self.words, size)
        });
        Some((caption, drawn))
    }
}

/// "3.2 MB".
fn megabytes(bytes: u64) -> String {
    let tenths = (bytes + 50_000) / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}
