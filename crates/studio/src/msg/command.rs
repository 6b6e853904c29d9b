//! What the page must do for studio: the commands that [`crate::Model::update`] answers with. Plain data.

use super::{Appearance, FilmCommand, Menu, SocketCommand, Tab};
use trace::Language;

/// What the page must do; nothing else has effects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    /// Replace the address's fragment (without `#`), adding nothing to the browser's history; a story that it named goes.
    ReplaceAddress(String),
    /// Name a story in the address, in place of a run: `protocol/id`, or where its file lies.
    NameStory(String),
    /// Fetch the file that lies there, and answer with [`crate::StoryMsg::Fetched`].
    Fetch(String),
    /// Put text on the clipboard, and report [`crate::Deed`].
    Copy(String),
    /// Save a file.
    Download {
        /// Its name.
        name: String,
        /// Its media type.
        mime: &'static str,
        /// Its text.
        text: String,
    },
    /// Say it to screen readers, politely.
    Announce(String),
    /// The language changed: set `lang` on the root, and remember it.
    SetLanguage(Language),
    /// The appearance changed: set it on the root, and remember it.
    SetAppearance(Appearance),
    /// Whether letters act as keys changed: remember it.
    SetLetters(bool),
    /// How the questions of stories were answered: remember it; nothing to remember if it is empty.
    SetScores(String),
    /// Which real nodes are joined, with their token, as one would type them: remember it in this tab alone, to join them again when
    /// the page is loaded again; nothing to remember if it is empty.
    SetJoined(String),
    /// Put the focus there.
    Focus(Target),
    /// Something for the workers.
    Crew(CrewCommand),
    /// Something for an animation.
    Film(FilmCommand),
    /// Something for the sockets.
    Socket(SocketCommand),
    /// The page is presented, or no longer: stage and caption alone, in large type.
    Present(bool),
    /// Open the presenter's window, and answer with [`crate::PresentMsg::SpeakerBlocked`] if that cannot be; what it shows is
    /// [`crate::Model::speaker`].
    OpenSpeaker,
    /// Show a document of its own, in another tab or as a file.
    Show {
        /// The name of the file.
        name: String,
        /// Its HTML.
        html: String,
    },
}

/// What the page's workers are to do. Each answers with a [`crate::FindMsg`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CrewCommand {
    /// Start as many as the machine has cores to spare, at most so many; those that there were end.
    Hire {
        /// At most so many.
        most: u32,
    },
    /// Have one call [`crate::work`].
    Give {
        /// Which.
        worker: u32,
        /// With this.
        job: String,
    },
    /// End them all, whatever they are doing.
    Dismiss,
}

/// Where the focus can be put.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// The stage.
    Stage,
    /// The space-time diagram.
    Diagram,
    /// The list of a tab.
    Dock(Tab),
    /// The search field of the events.
    Search,
    /// A menu that was opened.
    Menu(Menu),
    /// The button that opened a menu that was closed.
    Opener(Menu),
    /// A row of *Up next*, by its key.
    UpNextRow(String),
    /// The way on in a story, unless something else has the focus.
    Turn,
}
