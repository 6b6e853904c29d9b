//! What comes in and what goes out: messages from the page, commands to it. Plain data; knows nothing of a browser.

mod command;
mod film;
mod here;
mod join;
mod room;
mod socket;

pub use command::{Command, CrewCommand, Target};
pub use film::{FilmCommand, FilmMsg};
pub use here::{FromHereMsg, HereKind, HereLimit};
pub use join::JoinMsg;
pub use room::RoomMsg;
pub use socket::{SocketCommand, SocketMsg};

use crate::{DiagramMsg, LinkForm, PresentMsg};
use protocol::{Name, NodeId};
use serde::{Deserialize, Serialize};
use sim::Action;
use trace::Language;

/// Something that happened to the page.
#[derive(Clone, PartialEq, Debug)]
pub enum Msg {
    /// An animation frame: this much real time has passed since the last.
    Tick {
        /// In microseconds.
        elapsed_us_real: u64,
    },

    /// Plays if paused, pauses if playing.
    PlayPause,
    /// Pauses.
    Pause,
    /// The next event.
    Step,
    /// Back before the last event.
    Back,
    /// The next turning point.
    NextMoment,
    /// The last turning point before the cursor.
    PreviousMoment,
    /// The next event of the selected node.
    NextOfNode,
    /// The event of the selected node before the cursor.
    PreviousOfNode,
    /// The beginning.
    ToStart,
    /// The end of the branch: live.
    GoLive,
    /// To a step of the branch.
    SeekStep(u64),
    /// To a virtual time of the branch, in microseconds.
    SeekTime(u64),
    /// One speed down the ladder.
    Slower,
    /// One speed up the ladder.
    Faster,
    /// A speed of the ladder, by its place.
    SetSpeed(u32),
    /// Runs until something is true.
    RunUntil(Until),
    /// Stops a run that is under way.
    StopRun,

    /// Does something at the cursor.
    Act(Action),
    /// Does something with the row of *Up next* that has the cursor.
    Lever(Lever),
    /// Moves the cursor in *Up next* by this many rows.
    UpNextMove(i32),
    /// Puts the cursor in *Up next* on the row of this key.
    UpNextSelect(String),
    /// Opens or closes the folded heartbeats of *Up next*.
    UpNextFold,
    /// Crashes a node, or restarts it if it is down.
    CrashOrRestart(NodeId),
    /// Pauses a node, or resumes it if it stands still.
    PauseOrResume(NodeId),
    /// The same for the selected node.
    CrashOrRestartSelected,
    /// The same for the selected node.
    PauseOrResumeSelected,
    /// Crashes the leader: what the opening invites to.
    CrashLeader,
    /// The cutting of links.
    Cut(CutMsg),
    /// A client's operation.
    Ask(AskMsg),
    /// A second run beside the first.
    Compare(CompareMsg),
    /// The space-time diagram.
    Diagram(DiagramMsg),
    /// The search for a run that breaks a promise.
    Find(FindMsg),
    /// A question to the present: whether something can still come about.
    FromHere(FromHereMsg),
    /// An animation of a stretch of the run.
    Film(FilmMsg),
    /// The joining of real nodes.
    Join(JoinMsg),
    /// A room, where a class follows a presenter.
    Room(RoomMsg),
    /// What a socket tells of itself.
    Socket(SocketMsg),
    /// Sets a parameter, from its text. A fixed one starts a new run.
    SetParameter {
        /// Its key.
        key: String,
        /// Its value, as [`protocol::Parameter::parse`] reads it.
        value: String,
    },
    /// Sets a number, from its text in the unit that its control shows: "150" beside "ms".
    TypeParameter {
        /// Its key.
        key: String,
        /// What was typed.
        text: String,
    },
    /// Starts a new run of this variant.
    SelectVariant(String),
    /// Starts a new run with another seed: this one, or the next.
    NewRun {
        /// Which.
        seed: Option<u64>,
    },
    /// Opens another protocol.
    SelectProtocol(String),
    /// Stories: the gallery, and the one that is on.
    Story(StoryMsg),
    /// Presenting.
    Present(PresentMsg),
    /// Makes the handout of the story that is on.
    Handout,
    /// Opens the home run.
    Home,
    /// Returns to before the last action.
    Undo,
    /// Returns to what was undone.
    Redo,
    /// Makes another branch the current one, at its end.
    SwitchBranch(u32),
    /// Shows or folds the futures in which nobody acted.
    FoldBranches,

    /// Selects a node, or none.
    SelectNode(Option<NodeId>),
    /// Selects a message in flight, or none.
    SelectMessage(Option<Name>),
    /// Puts a node elsewhere on the stage, in parts of it from 0 to 1 ([`scene::Places::relative`]).
    MoveNode {
        /// Which.
        node: NodeId,
        /// From the left.
        x: f64,
        /// From the top.
        y: f64,
    },
    /// Opens a tab of the dock.
    Tab(Tab),
    /// Opens or closes the half sheet that holds the dock on a phone.
    Sheet(bool),
    /// Opens a menu; pauses.
    Open(Menu),
    /// Closes the open menu.
    Close,
    /// Opens or closes the question why what the caption tells has happened.
    Why,
    /// Opens or closes another question *Why?*.
    WhyOf(WhyOf),
    /// Back to where the question was asked.
    WhyBack,
    /// Closes the question.
    WhyClose,
    /// Opens or closes a row of the node's state, by its path.
    ToggleRow(String),
    /// The events list.
    Events(EventsMsg),
    /// The history of what clients called.
    History(HistoryMsg),
    /// Opens the events list with the focus in its search field.
    FocusSearch,

    /// Whether the link carries all branches.
    ShareAll(bool),
    /// Copies the link, so written.
    CopyLink(LinkForm),
    /// Saves the run as a file.
    SaveFile(FileKind),
    /// A file was opened: its text.
    OpenFile {
        /// Its name, for what is said if it cannot be read.
        name: String,
        /// Its text.
        text: String,
    },
    /// A file was opened that is no text.
    OpenBytes {
        /// Its name, for what is said if it cannot be read.
        name: String,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// So many files were dropped at once; one run is shown at a time.
    SeveralFiles(u32),
    /// The address has another fragment: a link was pasted there.
    Address(String),

    /// Switches the language.
    SetLanguage(Language),
    /// Switches the appearance.
    SetAppearance(Appearance),
    /// Whether letters act as keys.
    SetLetters(bool),
    /// Whether the reader's system asks for less motion.
    ReducedMotion(bool),
    /// Closes the notice.
    DismissNotice,
    /// Closes the toast.
    DismissToast,
    /// The browser did what a command asked, or could not.
    Done(Deed),
}

impl Msg {
    /// Whether it comes from clocks and sockets, many times a second, and from nobody's hand.
    pub const fn is_machines(&self) -> bool {
        matches!(
            self,
            Self::Tick { .. } | Self::Film(FilmMsg::Next) | Self::Socket(SocketMsg::Text { .. })
        )
    }
}

/// What is asked about by *Why?*.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WhyOf {
    /// The event of this step.
    Event(u64),
    /// A message in flight.
    Message(Name),
    /// A row of *Up next*, by its key.
    Pending(String),
    /// That a node is what it is.
    Role(NodeId),
    /// That an entry is in a node's log, or committed there.
    Entry {
        /// Whose log.
        node: NodeId,
        /// The entry's index.
        index: u64,
    },
    /// The selected message, else what the caption tells.
    Selected,
    /// The row of *Up next* that has the cursor, else what the caption tells.
    Row,
}

/// What can be done with a row of *Up next*.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Lever {
    /// Do it now.
    Pick,
    /// Pin it, or let it go on.
    Hold,
    /// Drop it.
    Drop,
    /// Duplicate it.
    Duplicate,
    /// Put it off: of what real nodes send.
    Delay,
}

/// The cutting of links: a mode in which sides are chosen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CutMsg {
    /// Enters the mode, or leaves it.
    Toggle,
    /// Puts a node on the other side, or back.
    Choose(NodeId),
    /// A line was drawn: these nodes are on the other side of it.
    Drawn(Vec<NodeId>),
    /// Whether only the way towards the other side is cut.
    OneWay(bool),
    /// Cuts.
    Apply,
    /// Heals every cut.
    Heal,
}

/// The form in which a client is asked for an operation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AskMsg {
    /// Which client.
    Client(NodeId),
    /// Which operation, by its id.
    Operation(String),
    /// The text of a field, by its place.
    Field(u32, String),
    /// Asks.
    Send,
}

/// A second run beside the first, and the form in which it is chosen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CompareMsg {
    /// In which parameter it differs, by its key; `variant`, `branch` and `protocol` for these.
    Parameter(String),
    /// Which value it has there, in the unit that the control shows.
    Value(String),
    /// Shows it.
    Start,
    /// Shows this branch beside the current one.
    Branch(u32),
    /// Goes to where the two part.
    Parting,
    /// Selects a node of the second stage, and the one of the first that it corresponds to.
    Node(NodeId),
    /// The first run alone again.
    End,
}

/// The search for a run that breaks a promise.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FindMsg {
    /// Which promise is to break, by its id; any of them without one.
    Property(Option<String>),
    /// How schedules are drawn: by priorities of this depth, or timed, under swarms of faults.
    Depth(Option<u32>),
    /// Whether schedules begin at the cursor, or where the run does.
    FromHere(bool),
    /// Starts, or goes on with the schedules after the last.
    Start,
    /// Makes the run that is shown as small as it can be and still break what it has broken.
    Shrink,
    /// Ends it; what was found stays.
    Cancel,
    /// Opens what was found, by its place among all: the shrunk run, or the run as it was found.
    Open {
        /// Which.
        place: u32,
        /// Whether as it was found.
        as_found: bool,
    },
    /// Copies what was found, small where it is.
    Copy {
        /// Which, by its place among all.
        place: u32,
        /// As what.
        form: FoundForm,
    },
    /// A worker can do a job.
    Ready(u32),
    /// A worker has done its job.
    Answer {
        /// Which worker.
        worker: u32,
        /// What [`crate::work`] answered.
        text: String,
    },
    /// A worker says how far it is with its job.
    Told {
        /// Which worker.
        worker: u32,
        /// What [`crate::work`] told.
        text: String,
    },
    /// A worker cannot do its job.
    Failed {
        /// Which worker.
        worker: u32,
        /// Why, in the browser's words.
        why: String,
    },
}

/// What a run that was found is written as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FoundForm {
    /// A scenario that plays it deed by deed.
    Scenario,
    /// A Rust test.
    Test,
}

/// Stories: the gallery, and the one that is on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StoryMsg {
    /// Opens a story of the catalogue at its first beat.
    Open {
        /// The protocol's id.
        protocol: String,
        /// The story's id within it.
        id: String,
    },
    /// The next beat; while one plays, its end; where the story was left, back to it.
    Next,
    /// To where the beat began, or to the beat before.
    Previous,
    /// This answer to the question that waits, from 0.
    Choose(usize),
    /// Forgets how questions were answered.
    ClearScores,
    /// Only stories whose words hold this text are listed; empty for all.
    Search(String),
    /// Only stories of this topic are listed, by its id.
    Topic(Option<String>),
    /// Opens what an address names: `protocol/id`, or where a file lies.
    Named(String),
    /// What [`Command::Fetch`] asked for has come, or not.
    Fetched {
        /// Where the file lies.
        address: String,
        /// Its text, or why it did not come.
        text: Result<String, String>,
    },
}

/// The events list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EventsMsg {
    /// A page of earlier events.
    Earlier,
    /// A page of later events.
    Later,
    /// Follow the cursor again.
    Follow,
    /// Only events whose sentence holds this text; empty for all.
    Search(String),
    /// Opens or closes the fold that begins at this step.
    Fold(u64),
    /// Whether only what led to what is asked about is listed.
    Only(bool),
}

/// What somebody did with the history of calls. It follows the cursor until it is put elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HistoryMsg {
    /// Shows earlier calls.
    Earlier,
    /// Shows later ones.
    Later,
    /// Follows the cursor again.
    Follow,
    /// Shows the answers that cannot all be right.
    Failure,
}

/// A tab of the dock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Tab {
    /// Everything that can happen.
    #[default]
    UpNext,
    /// One node.
    Node,
    /// One sentence an event.
    Events,
    /// What clients called and heard, where they share an object.
    History,
    /// The protocol's charts of the cluster as a whole, where it has any.
    Charts,
    /// Why something happened, while that is asked.
    Why,
}

impl Tab {
    /// All of them, in order.
    pub const ALL: [Self; 6] = [
        Self::UpNext,
        Self::Node,
        Self::Events,
        Self::History,
        Self::Charts,
        Self::Why,
    ];
}

/// A menu or a panel that starts closed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Menu {
    /// Which protocol.
    Protocols,
    /// The stories of every protocol.
    Stories,
    /// Parameters, servers, variant, seed.
    Parameters,
    /// A second run beside the first.
    Compare,
    /// The search for a run that breaks a promise.
    Find,
    /// Whether something can still come about.
    FromHere,
    /// The properties and their verdicts.
    Properties,
    /// The link and the files.
    Share,
    /// An animation of a stretch of the run.
    Film,
    /// The branches.
    Branches,
    /// Run until.
    RunUntil,
    /// Ask a client.
    Ask,
    /// What is left out of the diagram.
    Filter,
    /// Real nodes to be joined.
    Join,
    /// A room to present or to follow in.
    Room,
    /// Keys and signs.
    Help,
}

/// What a run stops at.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Until {
    /// A node leads.
    Leader,
    /// The greatest epoch grows.
    Epoch,
    /// A client has its answer.
    Answer,
    /// A node crashes.
    Crash,
    /// A property is violated.
    Violation,
    /// The next turning point.
    Moment,
    /// The next event of this node.
    NodeEvent(NodeId),
    /// This step.
    Step(u64),
    /// This virtual time, in microseconds.
    Time(u64),
}

/// Which file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FileKind {
    /// The run and the cursor: small, and opens here again.
    Run,
    /// Everything that happened, as JSON.
    Trace,
    /// Everything that happened, to be read.
    Transcript,
    /// Everything that happened, with vector clocks, as a log for ShiViz.
    Shiviz,
}

/// Light or dark.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Appearance {
    /// What the reader's system prefers.
    #[default]
    System,
    /// Dark ink on light paper.
    Light,
    /// Light ink on dark paper.
    Dark,
}

/// What the browser did.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Deed {
    /// The link is on the clipboard.
    Copied,
    /// The clipboard refused: the link must be copied by hand.
    CopyRefused,
}
