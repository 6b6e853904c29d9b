//! What stands round the space-time diagram: its buttons and its sentences.

use super::Button;

/// The diagram's words and buttons; it is drawn from [`crate::Model::draw_diagram`].
#[derive(Clone, PartialEq, Debug)]
pub struct Diagram {
    /// What it is, for those who do not see it: which time, how many nodes, messages and losses.
    pub summary: String,
    /// How its keys go.
    pub keys: String,
    /// How the selected event stands to the others, or what is being dragged; may be empty.
    pub note: String,
    /// To earlier times, to later ones.
    pub pages: Vec<Button>,
    /// Shorter, longer, the whole run, the play head again.
    pub view: Vec<Button>,
    /// Folds runs of heartbeats.
    pub collapse: Button,
    /// What is left out: opens the filter.
    pub filter: Button,
    /// The selected arrival comes earlier, and later; empty unless one is selected.
    pub shift: Vec<Button>,
}

/// What is left out of the diagram, to be chosen.
#[derive(Clone, PartialEq, Debug)]
pub struct Filter {
    /// The nodes, each a switch.
    pub nodes: Vec<Button>,
    /// The kinds of messages in sight, each a switch.
    pub kinds: Vec<Button>,
    /// Timers: a switch.
    pub timers: Button,
    /// What the headings say: nodes, messages.
    pub headings: [String; 2],
    /// The label of the field of the text.
    pub label: String,
    /// What is searched for.
    pub query: String,
    /// What came of it.
    pub found: String,
    /// Shows everything again.
    pub all: Button,
}
