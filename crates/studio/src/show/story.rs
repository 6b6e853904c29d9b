//! Stories: the gallery, and the guide beside the caption.

use super::{Button, Choice};
use crate::Msg;
use serde::Serialize;

/// All stories, by protocol and topic.
#[derive(Clone, PartialEq, Debug)]
pub struct Gallery {
    /// What is searched for: send [`crate::StoryMsg::Search`].
    pub query: String,
    /// What the search field is called.
    pub search: String,
    /// What the choice of topics is called.
    pub topics_label: String,
    /// The topics, all of them first.
    pub topics: Vec<Choice>,
    /// "18 stories", or that there are none like this.
    pub found: String,
    /// "12 of 15 questions right", as far as any was answered; empty if none was.
    pub score: String,
    /// Forgets how questions were answered.
    pub clear: Option<Button>,
    /// The protocols.
    pub shelves: Vec<Shelf>,
    /// The label of the picker for a file of one's own.
    pub open_file: String,
    /// What such a file is.
    pub own: String,
}

/// A protocol with its stories.
#[derive(Clone, PartialEq, Debug)]
pub struct Shelf {
    /// Its id.
    pub id: &'static str,
    /// What it is called.
    pub title: String,
    /// What it is, in a few sentences.
    pub about: String,
    /// Opens its sandbox.
    pub sandbox: Button,
    /// Its topics.
    pub topics: Vec<Topic>,
}

/// A topic with its stories.
#[derive(Clone, PartialEq, Debug)]
pub struct Topic {
    /// What it is called.
    pub title: String,
    /// The stories, in order.
    pub stories: Vec<StoryCard>,
}

/// A story to choose.
#[derive(Clone, PartialEq, Debug)]
pub struct StoryCard {
    /// Its id within its protocol.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What it shows.
    pub summary: String,
    /// "8 beats".
    pub beats: String,
    /// "1 of 2 right", if any of its questions was answered; empty otherwise.
    pub score: String,
    /// Whether it is the one that is on.
    pub current: bool,
    /// Opens it.
    pub msg: Msg,
}

/// Where a story stands, and the ways on: beside the caption, always in the same place.
#[derive(Clone, PartialEq, Debug)]
pub struct Guide {
    /// What the story is called.
    pub title: String,
    /// "3 of 8", "Left at beat 4", "The end".
    pub place: String,
    /// Whether the reader has left it.
    pub left: bool,
    /// The answers to choose from, while the beat asks: the caption's sentence is the question.
    pub choices: Vec<Button>,
    /// What came of the question.
    pub reveal: Option<Reveal>,
    /// To where the beat began, or to the beat before.
    pub back: Button,
    /// The next beat; while one plays, its end; where the story was left, the way back to it.
    pub next: Button,
    /// Behind the end: what to do next, the nearest first.
    pub then: Vec<Button>,
}

/// What came of a question: what the reader said while the beat plays, whether it was right and why when it is over.
#[derive(Clone, PartialEq, Debug)]
pub struct Reveal {
    /// Whether they were right; none if they had it revealed, or while the beat plays.
    pub right: Option<bool>,
    /// The sentences, the one about their own choice first.
    pub lines: Vec<String>,
}

impl Reveal {
    /// All of it as one text, to be heard.
    pub fn text(&self) -> String {
        self.lines.join(" ")
    }
}

/// What the presenter's window shows. It is told as JSON.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Speaker {
    /// The language's tag.
    pub lang: &'static str,
    /// What the story is called; without one, the protocol.
    pub title: String,
    /// "3 of 8".
    pub place: String,
    /// What the audience reads: the words of the beat, or its question.
    pub now: String,
    /// The answers to choose from while it asks, the right one marked.
    pub answers: Vec<String>,
    /// The presenter's note.
    pub note: String,
    /// The words of the beat that comes next.
    pub next: String,
    /// Its headings.
    pub words: SpeakerWords,
    /// Its buttons: the key that each sends, and its label.
    pub buttons: Vec<(&'static str, String)>,
}

impl Speaker {
    /// Itself as JSON.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("texts alone can be told")
    }
}

/// The headings of the presenter's window.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct SpeakerWords {
    /// What the window is.
    pub window: String,
    /// Over what the audience reads.
    pub now: String,
    /// Over the note.
    pub note: String,
    /// Over what comes next.
    pub next: String,
    /// What its clock counts.
    pub elapsed: String,
}
