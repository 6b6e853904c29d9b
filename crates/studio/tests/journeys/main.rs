//! What a reader does at the page, at the level of the update: real Raft, no browser.

mod acting;
mod beside;
mod bridging;
mod compare;
mod diagram;
mod film;
mod find;
mod from_here;
mod history;
mod joining;
mod opening;
mod pictures;
mod presenting;
mod reader;
mod real_nodes;
mod recordings;
mod rooms;
mod sharing;
mod stories;
mod travelling;
mod why;
mod words;
