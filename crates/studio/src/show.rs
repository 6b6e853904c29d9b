//! What the panels show: plain structs of ready sentences, cheap to compare. Buttons carry the message they send.

mod beside;
mod diagram;
mod film;
mod find;
mod from_here;
mod history;
mod join;
mod panels;
mod pictures;
mod room;
mod story;
mod why;

pub use beside::{Beside, Compare, NodeThere};

pub use diagram::{Diagram, Filter};

pub use film::Film;

pub use find::{Choices, Find, FindCard};

pub use from_here::{FromHere, HereAnswer, HerePredicate};
pub use history::{History, HistoryAnswer};
pub use join::{Join, JoinField, JoinFinding, JoinRow};
pub use room::Room;

pub use panels::{
    Ask, AskField, Branches, Control, ControlKind, CutMode, Help, HelpRow, Legend, LegendRow,
    Notice, Parameters, RunUntil, Share, Toast, Tools, Track,
};

pub use story::{Gallery, Guide, Reveal, Shelf, Speaker, SpeakerWords, StoryCard, Topic};

pub use why::{Why, WhyLink};

pub use pictures::{Cell, Drawn, Figure, Table, TableRow};

use crate::{Lever, Menu, Msg, Tab};
use protocol::NodeId;

/// A labelled button.
#[derive(Clone, PartialEq, Debug)]
pub struct Button {
    /// What stands on it: its accessible name begins with this.
    pub label: String,
    /// What it does, more fully: a tooltip and description. May be empty.
    pub help: String,
    /// The key that does the same: `Space`; empty if none.
    pub key: &'static str,
    /// What it sends.
    pub msg: Msg,
    /// Whether it can be pressed.
    pub enabled: bool,
    /// For a switch: whether it is on.
    pub pressed: Option<bool>,
}

/// One of several to choose from.
#[derive(Clone, PartialEq, Debug)]
pub struct Choice {
    /// Its value, for the control.
    pub value: String,
    /// What stands there.
    pub label: String,
    /// More about it; may be empty.
    pub help: String,
    /// Whether it is the one.
    pub chosen: bool,
    /// What choosing it sends.
    pub msg: Msg,
}

/// How a property stands, for the eye.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// An `always` that held so far.
    Holds,
    /// A `sometimes` or `eventually` that came true.
    Met,
    /// One that has not come true yet.
    Waits,
    /// Broken: the only red.
    Violated,
}

/// A property and its verdict.
#[derive(Clone, PartialEq, Debug)]
pub struct Chip {
    /// Its id.
    pub id: &'static str,
    /// `✓`, `✗`, `…`: colour is never the only carrier.
    pub sign: &'static str,
    /// How it stands.
    pub standing: Standing,
    /// How it stands, in a word.
    pub verdict: String,
    /// What it promises.
    pub sentence: String,
    /// How it was broken, naming the nodes; empty unless it was.
    pub how: String,
    /// Where the source states it.
    pub source: String,
    /// Goes to the step at which the verdict came.
    pub since: Option<Msg>,
}

/// The bar at the top.
#[derive(Clone, PartialEq, Debug)]
pub struct Header {
    /// The protocol's title.
    pub protocol: String,
    /// The protocols.
    pub protocols: Vec<Choice>,
    /// "5 servers".
    pub servers: String,
    /// Numbers of servers to choose from; empty where the protocol has no such parameter.
    pub server_counts: Vec<Choice>,
    /// "variant: …" where it is not the sound one, and how it stands with what happens elsewhere; empty otherwise.
    pub variant: String,
    /// What that leads to.
    pub variant_menu: Menu,
    /// How it stands with the room that the reader is in; leads to its dialog.
    pub room: Option<Button>,
    /// "5 properties hold" or "1 property is violated".
    pub properties: String,
    /// The number in that sentence: what is shown where there is no room for words.
    pub count: u64,
    /// The worst of them.
    pub standing: Standing,
    /// Each.
    pub chips: Vec<Chip>,
}

/// The band that always says what just happened, and why.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Caption {
    /// The sentence of this moment.
    pub sentence: String,
    /// The rule it follows from, as a sentence; may be empty.
    pub rule: String,
    /// The rule's source: "Raft §5.2"; may be empty.
    pub source: String,
    /// Whether *Why?* has an answer.
    pub can_why: bool,
    /// Whether the answer is open: [`crate::Model::why`].
    pub why_open: bool,
    /// Whom to halo.
    pub actors: Vec<NodeId>,
    /// Whether it tells of a violation.
    pub violation: bool,
    /// What the reader is invited to do.
    pub invite: Option<Button>,
    /// Where the story stands, while one is on.
    pub guide: Option<Guide>,
    /// A note on what is going on now: "≫ 120 ms", "looking for the next crash…"; may be empty.
    pub note: String,
}

/// A row of *Up next*.
#[derive(Clone, PartialEq, Debug)]
pub struct UpNextRow {
    /// Stable while the row stands for the same thing.
    pub key: String,
    /// Its sentence; of a fold, "+ 6 heartbeats".
    pub sentence: String,
    /// What the message carries: "term 2, 3 entries"; may be empty.
    pub detail: String,
    /// When it happens by itself, from now: "0.8 ms"; "late", "held".
    pub time: String,
    /// Whether its time has passed.
    pub late: bool,
    /// Whether it is held.
    pub held: bool,
    /// Whether it is what Play does next.
    pub next: bool,
    /// In the past: whether it is what went next.
    pub went_next: bool,
    /// Whether it is small and faint.
    pub faint: bool,
    /// Whether the row has the cursor.
    pub selected: bool,
    /// Where it happens.
    pub node: Option<NodeId>,
    /// The epoch it carries.
    pub epoch: Option<u64>,
    /// Whether it is a fold: its only button opens it.
    pub fold: bool,
    /// What can be done with it, the picking first.
    pub buttons: Vec<(Lever, Button)>,
    /// Asks why it waits; absent where it follows from nothing.
    pub why: Option<Button>,
    /// For a fold: opens or closes it.
    pub unfold: Option<Button>,
}

/// The list of everything that can happen.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct UpNext {
    /// What it is, and in the past what choosing does.
    pub heading: String,
    /// What can be done to all of them at once.
    pub tools: Vec<Button>,
    /// What picking something else does here: "Deliver instead: starts branch B; A stays"; empty when live.
    pub warning: String,
    /// The rows, earliest first; while it plays only the first ones.
    pub rows: Vec<UpNextRow>,
    /// "and 130 more: pause to see them"; empty where all are listed.
    pub more: String,
    /// What is said where there are none.
    pub empty: String,
}

/// A row of a tree of state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TreeRow {
    /// Its path, unique: `state/log/3`.
    pub path: String,
    /// How deep, from 0.
    pub depth: u32,
    /// Its key.
    pub key: String,
    /// Its value; of a branch, a summary: "4 entries".
    pub value: String,
    /// Whether the last step changed it: a leaf, a branch that is new, or a closed branch in which something changed.
    pub changed: bool,
    /// What it was before; empty unless a changed leaf.
    pub before: String,
    /// For a branch: whether it is open.
    pub open: Option<bool>,
}

/// A timer of a node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimerRow {
    /// Its name.
    pub name: String,
    /// "fires in 120 ms (between 80 ms and 230 ms)".
    pub sentence: String,
}

/// One node.
#[derive(Clone, PartialEq, Debug)]
pub struct NodePanel {
    /// Which.
    pub node: NodeId,
    /// Its label: "S3".
    pub label: String,
    /// "S3 is a follower in term 2." and what else there is to say of it.
    pub sentence: String,
    /// Its remarks.
    pub badges: Vec<String>,
    /// Its volatile state; empty while it is down.
    pub state: Vec<TreeRow>,
    /// What is said in place of the state.
    pub no_state: String,
    /// Its disk.
    pub disk: Vec<TreeRow>,
    /// Its timers.
    pub timers: Vec<TimerRow>,
    /// What can be done with it.
    pub buttons: Vec<Button>,
    /// What can be asked of it.
    pub why_not: Vec<WhyNot>,
    /// Asks why the newest entries of its log are there, newest first; empty where it has no log.
    pub entries: Vec<Button>,
}

/// A question that a node answers: why something has not come about.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct WhyNot {
    /// "Why is S5 not leader?"
    pub question: String,
    /// What must hold, in order.
    pub guards: Vec<Guard>,
}

/// Something that must hold.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Guard {
    /// Whether it does.
    pub holds: bool,
    /// The same in words.
    pub verdict: String,
    /// What holds or does not, with its values.
    pub sentence: String,
    /// Where the source states the rule, if it is one of its rules.
    pub source: String,
}

/// The node tab.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct NodeTab {
    /// The nodes, to choose from.
    pub nodes: Vec<Choice>,
    /// The one that is selected.
    pub panel: Option<NodePanel>,
    /// The same node in the run that stands beside this one.
    pub there: Option<NodeThere>,
    /// What is said where none is.
    pub empty: String,
}

/// A row of the events list.
#[derive(Clone, PartialEq, Debug)]
pub struct EventRow {
    /// Its step; of a fold, the first.
    pub step: u64,
    /// When: "12.3 ms".
    pub time: String,
    /// Its sentence; of a fold, "6 heartbeats".
    pub sentence: String,
    /// Whether it is a turning point.
    pub moment: bool,
    /// Whether it tells of a violation.
    pub violation: bool,
    /// Whether it is where the cursor is.
    pub current: bool,
    /// That it led to what is asked about, in words; empty otherwise.
    pub led: String,
    /// Asks why it happened; at the cursor alone, so that the list stays one of events.
    pub why: Option<Button>,
    /// For a fold: whether it is open.
    pub fold: Option<bool>,
    /// Goes there; of a fold, opens it.
    pub msg: Msg,
}

/// The events list: one page of it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Events {
    /// The rows, in order.
    pub rows: Vec<EventRow>,
    /// "Steps 101 to 200 of 249".
    pub range: String,
    /// To the page before.
    pub earlier: Option<Button>,
    /// To the page after.
    pub later: Option<Button>,
    /// To the cursor.
    pub follow: Option<Button>,
    /// What is searched for.
    pub query: String,
    /// What came of the search; empty without one.
    pub found: String,
    /// The switch that leaves only what led to what is asked about; absent while nothing is.
    pub only: Option<Button>,
}

/// The transport's words and buttons. The painted timeline is [`crate::Model::timeline`].
#[derive(Clone, PartialEq, Debug)]
pub struct Transport {
    /// Whether it plays.
    pub playing: bool,
    /// Back.
    pub back: Button,
    /// Play or pause.
    pub play: Button,
    /// Step.
    pub step: Button,
    /// Previous moment.
    pub previous_moment: Button,
    /// Next moment.
    pub next_moment: Button,
    /// To the start.
    pub start: Button,
    /// Slower.
    pub slower: Button,
    /// Faster.
    pub faster: Button,
    /// "1:100".
    pub ratio: String,
    /// "10 ms a second: 100 times slower".
    pub speed: String,
    /// "12.3 ms".
    pub now: String,
    /// "≫ 120 ms" while quiet time is passed over; empty otherwise.
    pub skipping: String,
    /// Whether the cursor is at the end.
    pub live: bool,
    /// "● Live", or "⏪ Past of A · step 212 of 249".
    pub place: String,
    /// "Go to live", in the past.
    pub go_live: Option<Button>,
    /// The cursor's step.
    pub step_now: u64,
    /// How many steps there are.
    pub steps: u64,
    /// What is said of the step to a screen reader on the timeline: "step 212 of 249, 1.24 s".
    pub value_text: String,
}

/// A tab of the dock.
#[derive(Clone, PartialEq, Debug)]
pub struct TabButton {
    /// Which.
    pub tab: Tab,
    /// What stands on it.
    pub label: String,
    /// Whether it is open.
    pub open: bool,
}

/// The button that opens a menu.
#[derive(Clone, PartialEq, Debug)]
pub struct MenuButton {
    /// Which.
    pub menu: Menu,
    /// What stands on it.
    pub label: String,
    /// Whether it is open.
    pub open: bool,
}
