//! The page's state and its update, without a browser.
//!
//! [`Model::update`] takes a [`Msg`] and answers with the [`Command`]s that the page must carry out; between updates, the
//! view methods of [`Model`] say what the panels show, as the plain structs of [`show`]. Knows nothing of web-sys, Yew or
//! canvas, reads no clock (real time comes in with [`Msg::Tick`]), and names no protocol.

mod acts;
mod asking;
mod beside;
mod caption;
mod deeds;
mod diagram;
mod events;
mod film;
mod find;
mod from_here;
mod history;
mod join;
mod keys;
mod model;
mod msg;
mod play;
mod present;
mod room;
mod session;
mod share;
pub mod show;
mod speech;
mod story;
mod text;
mod travel;
mod update;
mod view;
mod why;
mod words;
mod work;

pub use diagram::{DiagramMsg, Way};
pub use film::FilmCaption;
pub use keys::{Focus, Mode, Press, key};
pub use model::{Model, Setup};
pub use msg::{
    Appearance, AskMsg, Command, CompareMsg, CrewCommand, CutMsg, Deed, EventsMsg, FileKind,
    FilmCommand, FilmMsg, FindMsg, FoundForm, FromHereMsg, HereKind, HereLimit, HistoryMsg,
    JoinMsg, Lever, Menu, Msg, RoomMsg, SocketCommand, SocketMsg, StoryMsg, Tab, Target, Until,
    WhyOf,
};
pub use present::PresentMsg;
pub use share::LinkForm;
pub use work::work;
