//! Stories: the gallery, and the guide beside the caption.

use super::{Button, Choice};
use crate::Msg;

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
    /// To where the beat began, or to the beat before.
    pub back: Button,
    /// The next beat; while one plays, its end; where the story was left, the way back to it.
    pub next: Button,
    /// Behind the end: what to do next, the nearest first.
    pub then: Vec<Button>,
}
