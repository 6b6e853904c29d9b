//! The page's state: one run with its play head, what is looked at, and what is being said.
//!
//! [`Model::new`] opens it, [`Model::update`] changes it. The view methods live beside what they show, under `view`.

use crate::asking::Scores;
use crate::caption::Telling;
use crate::diagram::DiagramState;
use crate::events::EventsState;
use crate::film::FilmState;
use crate::find::FindState;
use crate::from_here::FromHereState;
use crate::join::JoinState;
use crate::play::Head;
use crate::present::Presenting;
use crate::room::RoomState;
use crate::session::Session;
use crate::share::AddressState;
use crate::speech::Speech;
use crate::story::GalleryState;
use crate::travel::Goal;
use crate::{Appearance, Command, Menu, Mode, Msg, Tab};
use catalog::Entry;
use protocol::{Name, NodeId, Phrase};
use sim::{Run, SimError};
use std::collections::{BTreeMap, BTreeSet};
use trace::{Language, Words};

/// What the page opens with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The protocols there are.
    pub entries: &'static [Entry],
    /// The run that opens when no link says otherwise.
    pub home: Run,
    /// The language.
    pub language: Language,
    /// Light or dark.
    pub appearance: Appearance,
    /// Whether letters act as keys.
    pub letters: bool,
    /// How the questions of stories were answered before, as [`Command::SetScores`] said it.
    pub scores: String,
    /// Whether the reader's system asks for less motion.
    pub reduced_motion: bool,
    /// The fragment of the address, with or without `#`; empty opens the home run.
    pub address: String,
    /// The story that the address names, unless it has a fragment: `protocol/id`, or where a file lies. Empty for none.
    pub story: String,
    /// Which real nodes the address wants joined: addresses between commas. Empty for none.
    pub join: String,
    /// Where the page lies: its address without query and fragment, with which links begin.
    pub page: String,
    /// Whether it waits for the reader instead of playing at once, as within a slide.
    pub paused: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            entries: catalog::entries(),
            home: catalog::home(),
            language: Language::English,
            appearance: Appearance::System,
            letters: true,
            scores: String::new(),
            reduced_motion: false,
            address: String::new(),
            story: String::new(),
            join: String::new(),
            page: String::new(),
            paused: false,
        }
    }
}

/// The page's state.
pub struct Model {
    pub(crate) entries: &'static [Entry],
    pub(crate) home: Run,
    /// Where the page lies.
    pub(crate) page: String,
    pub(crate) words: Words,
    pub(crate) appearance: Appearance,
    pub(crate) letters: bool,
    pub(crate) reduced_motion: bool,
    /// The run that is shown.
    pub(crate) session: Session,
    /// The runs before it, for undo, the last one last.
    pub(crate) earlier: Vec<Session>,
    pub(crate) head: Head,
    pub(crate) telling: Telling,
    pub(crate) speech: Speech,
    pub(crate) address: AddressState,
    pub(crate) goal: Option<Goal>,
    pub(crate) look: Look,
    /// Nodes that somebody dragged, in parts of the stage.
    pub(crate) moved: BTreeMap<NodeId, scene::Point>,
    pub(crate) cutting: Option<Cutting>,
    pub(crate) ask: AskState,
    pub(crate) compare: CompareState,
    pub(crate) diagram: DiagramState,
    pub(crate) find: FindState,
    pub(crate) from_here: FromHereState,
    pub(crate) film: FilmState,
    pub(crate) join: JoinState,
    pub(crate) room: RoomState,
    pub(crate) gallery: GalleryState,
    pub(crate) scores: Scores,
    /// The presentation that is on.
    pub(crate) presenting: Option<Presenting>,
    pub(crate) events: EventsState,
    pub(crate) toast: Option<ToastState>,
    pub(crate) notice: Option<NoticeState>,
    /// Where the last undo left from: branch and step.
    pub(crate) redo: Option<(u32, u64)>,
    /// Real time since the opening.
    pub(crate) real_us: u64,
    pub(crate) revision: u64,
    pub(crate) out: Vec<Command>,
}

/// What is looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Look {
    pub(crate) tab: Tab,
    pub(crate) sheet: bool,
    pub(crate) menu: Option<Menu>,
    pub(crate) node: Option<NodeId>,
    pub(crate) message: Option<Name>,
    /// The row of *Up next* with the cursor, by its key.
    pub(crate) row: Option<String>,
    /// Whether the heartbeats of *Up next* are unfolded.
    pub(crate) unfolded: bool,
    /// Rows of state that differ from how they stand unless touched.
    pub(crate) toggled: BTreeSet<String>,
    /// Whether the futures in which nobody acted are listed.
    pub(crate) all_branches: bool,
}

/// The cut mode.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cutting {
    pub(crate) other_side: BTreeSet<NodeId>,
    pub(crate) one_way: bool,
}

/// The form in which a client is asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct AskState {
    pub(crate) client: Option<NodeId>,
    pub(crate) operation: Option<String>,
    /// What was typed, by field id.
    pub(crate) fields: BTreeMap<&'static str, String>,
    pub(crate) refusal: Option<Phrase>,
}

/// The form in which a second run is chosen.
#[derive(Clone, Debug, Default)]
pub(crate) struct CompareState {
    pub(crate) key: Option<String>,
    /// What was chosen or typed, in the unit that is shown.
    pub(crate) value: Option<String>,
    pub(crate) refusal: Option<Phrase>,
}

/// What was just done, or could not be.
#[derive(Clone, Debug)]
pub(crate) struct ToastState {
    pub(crate) phrase: Phrase,
    pub(crate) refusal: bool,
    pub(crate) undo: bool,
    /// Where there is more to read of it.
    pub(crate) opens: Option<Menu>,
}

/// Something that must be said before all else.
#[derive(Clone, Debug)]
pub(crate) struct NoticeState {
    pub(crate) title: Phrase,
    pub(crate) detail: Phrase,
    pub(crate) cure: Phrase,
    /// What is wrong, one after the other, where there is more to say than a sentence.
    pub(crate) list: Vec<Phrase>,
}

impl Model {
    /// Opens the page's state: the run of the address, or the home run. A bad address opens the home run under a notice.
    ///
    /// # Errors
    /// The home run itself cannot be opened.
    pub fn new(setup: Setup) -> Result<(Self, Vec<Command>), SimError> {
        let session = Session::open(setup.entries, &setup.home, true)?;
        let mut model = Self {
            entries: setup.entries,
            words: crate::words::of(setup.language, session.about()),
            home: setup.home,
            page: setup.page,
            appearance: setup.appearance,
            letters: setup.letters,
            reduced_motion: setup.reduced_motion,
            head: Head::new(session.about().pace_us),
            session,
            earlier: Vec::new(),
            telling: Telling::default(),
            speech: Speech::default(),
            address: AddressState::default(),
            goal: None,
            look: Look::default(),
            moved: BTreeMap::new(),
            cutting: None,
            ask: AskState::default(),
            compare: CompareState::default(),
            diagram: DiagramState::default(),
            find: FindState::default(),
            from_here: FromHereState::default(),
            film: FilmState::default(),
            join: JoinState::default(),
            room: RoomState::default(),
            gallery: GalleryState::default(),
            scores: Scores::read(&setup.scores),
            presenting: None,
            events: EventsState::default(),
            toast: None,
            notice: None,
            redo: None,
            real_us: 0,
            revision: 0,
            out: Vec::new(),
        };
        let address = setup.address.trim_start_matches('#').to_owned();
        if address.is_empty() {
            model.head.playing = !setup.paused;
            if !setup.join.is_empty() {
                model.join_named(&setup.join);
            } else if setup.story.is_empty() {
                model.say_first_words();
            } else {
                model.open_named(&setup.story);
            }
        } else {
            model.open_address(&address);
            if (model.notice.is_some() || model.is_in_room()) && model.session.home {
                // Beneath a notice, and on the way into a room, the home run goes on by itself, as it would have without the link.
                model.head.playing = !setup.paused;
            }
        }
        let commands = model.settle();
        Ok((model, commands))
    }

    /// Takes what happened; answers with what the page must do.
    pub fn update(&mut self, msg: Msg) -> Vec<Command> {
        self.handle(msg);
        self.settle()
    }

    fn settle(&mut self) -> Vec<Command> {
        if self.has_beside() {
            self.follow_beside();
        }
        if self.makes_film() && self.look.menu != Some(crate::Menu::Film) {
            self.drop_film();
        }
        if self.asks_why() {
            self.follow_why();
        }
        if self.tab() == Tab::History {
            self.follow_history();
        }
        self.write_address_if_due();
        self.speak_if_due();
        std::mem::take(&mut self.out)
    }

    /// Changes whenever a panel might show something else. Ticks between events leave it: only the stage moves.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether [`Msg::Tick`] has anything to do: without need the page may stop asking for animation frames.
    pub fn wants_ticks(&self) -> bool {
        self.head.playing
            || self.goal.is_some()
            || self.address.waits()
            || self.speech.waits()
            || self.events.searching()
            || self.find.is_on()
            || self.from_here.is_on()
            || self.diagram_waits()
            || self.join.waits()
            || self.is_in_room()
            || self
                .session
                .beside
                .as_ref()
                .is_some_and(|beside| beside.waits)
    }

    /// The language.
    pub const fn language(&self) -> Language {
        self.words.language()
    }

    /// Light or dark.
    pub const fn appearance(&self) -> Appearance {
        self.appearance
    }

    /// Whether flight is replaced by drawn arrows.
    pub const fn reduced_motion(&self) -> bool {
        self.reduced_motion
    }

    /// Whether a story is on: then the keys that clickers send turn its beats.
    pub const fn has_story(&self) -> bool {
        self.session.story.is_some()
    }

    /// What the page is at, as far as keys care.
    pub fn mode(&self) -> Mode {
        Mode {
            letters: self.letters,
            story: self.has_story(),
            asks: self.has_question(),
            presents: self.is_presenting(),
        }
    }

    /// Whether letters act as keys.
    pub const fn letters(&self) -> bool {
        self.letters
    }

    /// The tab of the dock that is open.
    pub const fn tab(&self) -> Tab {
        match self.look.tab {
            // Another protocol may have none.
            Tab::Charts if !self.session.has_charts => Tab::UpNext,
            Tab::History if !self.session.has_history => Tab::UpNext,
            Tab::Why if !self.asks_why() => Tab::UpNext,
            tab => tab,
        }
    }

    /// Whether the half sheet is open, on a phone.
    pub const fn sheet(&self) -> bool {
        self.look.sheet
    }

    /// The menu that is open.
    pub const fn menu(&self) -> Option<Menu> {
        self.look.menu
    }

    /// The selected node.
    pub const fn selected_node(&self) -> Option<NodeId> {
        self.look.node
    }

    /// The selected message.
    pub const fn selected_message(&self) -> Option<Name> {
        self.look.message
    }

    /// Whether the cut mode is on: a drag over the stage then draws a cut.
    pub const fn is_cutting(&self) -> bool {
        self.cutting.is_some()
    }

    /// The sentence of a phrase, in the page's language.
    pub fn say(&self, phrase: &Phrase) -> String {
        self.words.say(phrase, self.session.labels())
    }

    /// A word or a sentence without values, by its key in the words.
    pub fn word(&self, key: &str) -> String {
        self.words.word(key).to_owned()
    }

    pub(crate) fn touch(&mut self) {
        self.revision += 1;
    }
}
