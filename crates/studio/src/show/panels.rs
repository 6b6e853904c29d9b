//! What opens and closes: forms, tools, branches, sharing, help, toasts and notices.

use super::{Button, Choice};
use crate::{AskMsg, Msg};
use protocol::NodeId;

/// What the control of a parameter is.
#[derive(Clone, PartialEq, Debug)]
pub enum ControlKind {
    /// A number, in the unit that stands beside it: send [`Msg::TypeParameter`].
    Number {
        /// The least.
        min: f64,
        /// The greatest.
        max: f64,
        /// What it is.
        value: f64,
        /// A sensible step.
        step: f64,
        /// The unit, in words: "ms"; may be empty.
        unit: String,
    },
    /// A switch.
    Switch(bool),
    /// One of some.
    Choice(Vec<Choice>),
    /// A text of the reader's own.
    Text(String),
}

/// A parameter as a control: send [`Msg::SetParameter`], or what its kind says.
#[derive(Clone, PartialEq, Debug)]
pub struct Control {
    /// Its key.
    pub key: &'static str,
    /// What it is called.
    pub label: String,
    /// What it does.
    pub help: String,
    /// What it is, ready to be read: "8 ms".
    pub value: String,
    /// What it is unless set.
    pub default: String,
    /// Whether it differs from that.
    pub changed: bool,
    /// Whether it can change while the cluster runs; otherwise "starts a new run" is said in `note`.
    pub live: bool,
    /// "Changing it starts a new run", or empty.
    pub note: String,
    /// The control.
    pub kind: ControlKind,
}

/// The parameters panel.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Parameters {
    /// The variants.
    pub variants: Vec<Choice>,
    /// The protocol's own.
    pub protocol: Vec<Control>,
    /// The network's, the disks', the clocks'.
    pub world: Vec<Control>,
    /// "Seed 1".
    pub seed: String,
    /// Another seed.
    pub reseed: Option<Button>,
}

/// A field of the form in which a client is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AskField {
    /// Its id.
    pub id: &'static str,
    /// What it is called.
    pub label: String,
    /// What stands there.
    pub value: String,
    /// Whether it is a text of several lines, for machines.
    pub long: bool,
}

/// The form in which a client is asked.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Ask {
    /// The clients: send [`AskMsg::Client`].
    pub clients: Vec<Choice>,
    /// The operations: send [`AskMsg::Operation`].
    pub operations: Vec<Choice>,
    /// The fields: send [`AskMsg::Field`].
    pub fields: Vec<AskField>,
    /// Asks.
    pub send: Option<Button>,
    /// Why it cannot be asked, or was refused; may be empty.
    pub note: String,
}

impl Ask {
    /// The message that a field sends.
    pub fn field(place: u32, text: String) -> Msg {
        Msg::Ask(AskMsg::Field(place, text))
    }
}

/// A branch.
#[derive(Clone, PartialEq, Debug)]
pub struct Track {
    /// Its id.
    pub id: u32,
    /// "A", "B".
    pub letter: String,
    /// What made it what it is.
    pub sentence: String,
    /// "249 steps, left A after step 212".
    pub detail: String,
    /// Whether it is the current one.
    pub current: bool,
    /// Switches to it.
    pub msg: Msg,
    /// Shows it beside the current one, or ends that; absent for the current one.
    pub compare: Option<Button>,
}

/// The branches.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Branches {
    /// The tracks.
    pub tracks: Vec<Track>,
    /// "3 earlier futures": opens or closes them; absent where there are none.
    pub fold: Option<Button>,
}

/// The share panel.
#[derive(Clone, PartialEq, Debug)]
pub struct Share {
    /// The link; empty where the run is too long for one.
    pub link: String,
    /// What the link holds, or that the run is too long for one.
    pub note: String,
    /// Whether all branches are in it.
    pub all: bool,
    /// The label of that switch.
    pub all_label: String,
    /// Copy the link in each of its forms; disabled where there is none.
    pub copies: Vec<Button>,
    /// Saves files.
    pub files: Vec<Button>,
    /// The digest at the cursor, as sixteen digits, with its word.
    pub digest: String,
}

/// The cut mode.
#[derive(Clone, PartialEq, Debug)]
pub struct CutMode {
    /// What to do.
    pub sentence: String,
    /// The nodes: pressed means on the other side.
    pub nodes: Vec<(NodeId, Button)>,
    /// Whether only one way is cut.
    pub one_way: Button,
    /// Cuts.
    pub apply: Button,
    /// Leaves the mode.
    pub cancel: Button,
}

/// What can be done from beside the stage.
#[derive(Clone, PartialEq, Debug)]
pub struct Tools {
    /// Cut.
    pub cut: Button,
    /// Heal; present while something is cut.
    pub heal: Option<Button>,
    /// Crash or restart the selected node, or the leader.
    pub crash: Button,
    /// Pause or resume the selected node.
    pub pause: Button,
    /// Whether that resumes.
    pub resumes: bool,
    /// Ask a client.
    pub ask: Button,
    /// Undo.
    pub undo: Button,
    /// Redo, where something was undone.
    pub redo: Option<Button>,
    /// The mode, while it is on.
    pub cutting: Option<CutMode>,
}

/// What was just done, with its Undo.
#[derive(Clone, PartialEq, Debug)]
pub struct Toast {
    /// "You crashed S3".
    pub sentence: String,
    /// Whether it says that something could not be done.
    pub refusal: bool,
    /// Undo.
    pub undo: Option<Button>,
    /// Shows more of it: its label is the sentence.
    pub opens: Option<Button>,
    /// Closes it.
    pub dismiss: Button,
}

/// Something that must be said before all else: what, where, and what to do.
#[derive(Clone, PartialEq, Debug)]
pub struct Notice {
    /// What is the matter.
    pub title: String,
    /// Where, and why.
    pub detail: String,
    /// What is wrong, one after the other; may be empty.
    pub list: Vec<String>,
    /// What to do.
    pub cure: String,
    /// Ways on, the closing first.
    pub buttons: Vec<Button>,
}

/// An entry of the legend of hues.
#[derive(Clone, PartialEq, Debug)]
pub struct LegendRow {
    /// The epoch.
    pub epoch: u64,
    /// The hue, from 0 to 7.
    pub hue: u8,
    /// Whether it is hatched.
    pub hatched: bool,
}

/// The legend.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Legend {
    /// "Colour: term".
    pub title: String,
    /// The visible ones, oldest first.
    pub rows: Vec<LegendRow>,
}

/// A key and what it does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HelpRow {
    /// The keys: `Shift →`.
    pub keys: String,
    /// What they do.
    pub sentence: String,
}

/// Help: the keys and the signs.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Help {
    /// The keys.
    pub keys: Vec<HelpRow>,
    /// The signs: (sign, meaning).
    pub signs: Vec<HelpRow>,
    /// The switch for letters as keys.
    pub letters: Option<Button>,
}

/// A goal of *Run until…*.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RunUntil {
    /// The goals.
    pub goals: Vec<Button>,
    /// While it runs: how far it came, and the way to stop it.
    pub running: Option<(String, Button)>,
}
