//! Presenting: the stage and the caption alone, in large type, turned by a clicker; and what the presenter's own window shows.
//!
//! The time since it began is counted by whoever has a clock: the window.

use crate::keys::{Focus, Press};
use crate::show::{Button, Speaker};
use crate::{Command, Model, Msg, StoryMsg};
use protocol::Phrase;

/// What somebody did while presenting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PresentMsg {
    /// Begins.
    Begin,
    /// Ends; the run stays as it is.
    End,
    /// Blanks the screen, or shows it again.
    Blank,
    /// What comes next: a story's beat, or a turning point where none is on.
    Next,
    /// What was before.
    Previous,
    /// Opens the presenter's window.
    OpenSpeaker,
    /// The browser did not let it open.
    SpeakerBlocked,
    /// It was closed.
    SpeakerClosed,
    /// A key was pressed in it.
    SpeakerKey(String),
    /// A clicker's key that would load the page again, or leave it: nothing happens.
    Stay,
}

/// A presentation.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Presenting {
    pub(crate) blank: bool,
    /// Whether the presenter's window is open.
    pub(crate) speaker: bool,
}

impl Model {
    /// Whether the page is presented.
    pub const fn is_presenting(&self) -> bool {
        self.presenting.is_some()
    }

    /// Whether the screen is blank.
    pub fn is_blank(&self) -> bool {
        self.presenting.is_some_and(|presenting| presenting.blank)
    }

    #[inline(never)]
    pub(crate) fn handle_present(&mut self, msg: PresentMsg) {
        match msg {
            PresentMsg::Begin => self.begin_presenting(),
            PresentMsg::End => {
                if self.presenting.take().is_some() {
                    self.out.push(Command::Present(false));
                }
            }
            PresentMsg::Blank => {
                if let Some(presenting) = &mut self.presenting {
                    presenting.blank = !presenting.blank;
                }
            }
            PresentMsg::Next | PresentMsg::Previous => self.turn(msg == PresentMsg::Next),
            PresentMsg::OpenSpeaker => {
                self.begin_presenting();
                if let Some(presenting) = &mut self.presenting {
                    presenting.speaker = true;
                }
                self.out.push(Command::OpenSpeaker);
            }
            PresentMsg::SpeakerBlocked => {
                self.speaker_closed();
                self.warn(
                    Phrase::new("ui.present.blocked"),
                    Phrase::new("ui.present.blocked-detail"),
                    Phrase::new("ui.present.blocked-cure"),
                );
            }
            PresentMsg::SpeakerClosed => self.speaker_closed(),
            PresentMsg::SpeakerKey(key) => {
                let press = Press {
                    key: &key,
                    ..Press::default()
                };
                if let Some(msg) = crate::key(press, Focus::Page, self.mode()) {
                    self.handle(msg);
                }
            }
            PresentMsg::Stay => {}
        }
        self.touch();
    }

    fn begin_presenting(&mut self) {
        self.look.menu = None;
        self.look.sheet = false;
        if self.presenting.is_none() {
            self.presenting = Some(Presenting::default());
            self.out.push(Command::Present(true));
        }
    }

    fn speaker_closed(&mut self) {
        if let Some(presenting) = &mut self.presenting {
            presenting.speaker = false;
        }
    }

    /// Shows the screen again if it is blank: whoever goes on wants to be seen.
    fn turn(&mut self, forward: bool) {
        if let Some(presenting) = &mut self.presenting {
            presenting.blank = false;
        }
        self.handle(match (self.has_story(), forward) {
            (true, true) => Msg::Story(StoryMsg::Next),
            (true, false) => Msg::Story(StoryMsg::Previous),
            (false, true) => Msg::NextMoment,
            (false, false) => Msg::PreviousMoment,
        });
    }

    /// Escape: the screen is shown again, or the presentation ends. False if there is none.
    pub(crate) fn escape_presenting(&mut self) -> bool {
        let Some(presenting) = &mut self.presenting else {
            return false;
        };
        if !std::mem::take(&mut presenting.blank) {
            self.handle_present(PresentMsg::End);
        }
        true
    }

    /// The buttons of a presentation, while one is on; else the one that begins it.
    pub fn presenting(&self) -> Vec<Button> {
        let button = |key, help, shortcut, msg| self.keyed(key, help, shortcut, Msg::Present(msg));
        if self.presenting.is_none() {
            let begin = PresentMsg::Begin;
            return vec![button(
                "ui.present.begin",
                "ui.present.begin.help",
                "",
                begin,
            )];
        }
        vec![
            button(
                "ui.present.speaker",
                "ui.present.speaker.help",
                "",
                PresentMsg::OpenSpeaker,
            ),
            button(
                "ui.present.blank",
                "ui.present.blank.help",
                "B",
                PresentMsg::Blank,
            ),
            button(
                "ui.present.end",
                "ui.present.end.help",
                "Esc",
                PresentMsg::End,
            ),
        ]
    }

    /// Makes the handout of the story, where one is on.
    pub fn handout(&self) -> Option<Button> {
        self.has_story().then(|| Button {
            help: self.word("ui.story.handout.help"),
            ..self.button("ui.story.handout", Msg::Handout)
        })
    }

    /// What the presenter's window shows, while it is open.
    pub fn speaker(&self) -> Option<Speaker> {
        self.presenting.filter(|presenting| presenting.speaker)?;
        let word = |key: &'static str| self.word(key);
        let caption = self.caption();
        let story = self.session.story.as_ref();
        let language = self.language();
        let said = |text: &scenario::Text| text.get(language).to_owned();
        let asks = self.has_question();
        let next = match story {
            Some(story) if asks => story.words.as_ref(),
            Some(story) => story.coming.as_ref(),
            None => None,
        };
        let ask = story.and_then(|story| story.asking.ask.as_ref());
        let answers = ask.filter(|_| asks).map_or(&[][..], |ask| &ask.choices);
        let guide = caption.guide.as_ref();
        let note = story.and_then(|story| story.note.as_ref()).map(said);
        let key = |key, button| (key, word(button));
        Some(Speaker {
            lang: language.tag(),
            title: match story {
                Some(story) => said(&story.scenario().title),
                None => self.session.about().title(language).to_owned(),
            },
            place: guide.map_or(String::new(), |guide| guide.place.clone()),
            now: caption.sentence.clone(),
            answers: answers
                .iter()
                .zip(1..)
                .map(|(answer, n)| {
                    let sign = if answer.right { "✓" } else { "·" };
                    format!("{sign} {n}. {}", said(&answer.say))
                })
                .collect(),
            note: note.unwrap_or_else(|| word("ui.present.no-note")),
            next: next.map_or_else(|| word("ui.present.no-next"), said),
            words: crate::show::SpeakerWords {
                window: word("ui.present.speaker"),
                now: word("ui.present.now"),
                note: word("ui.present.note"),
                next: word("ui.present.next"),
                elapsed: word("ui.present.elapsed"),
            },
            buttons: vec![
                key("PageUp", "ui.present.back"),
                key("PageDown", "ui.present.on"),
                key("b", "ui.present.blank"),
                key("Escape", "ui.present.end"),
            ],
        })
    }
}
