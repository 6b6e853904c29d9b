//! The space-time diagram: which time of the run it shows, what is left out, which event is lit, and the way from event to event.
//!
//! It reads what is in sight and a little around it, a portion a frame, and knows the size that it was drawn at last: how pointers
//! and buttons move the window follows from that.

mod rows;
mod shift;
mod ways;

pub use ways::Way;

use crate::{Command, Menu, Model, Target};
use protocol::{Name, NodeId, Phrase};
use rows::Rows;
use scene::Size;
use scene::diagram::{Cone, Fold, Plane, Span, before};
use std::collections::BTreeSet;

/// So many pixels of a diagram are a second of play at the protocol's own pace.
const PACE_PX: f64 = 64.0;
/// Where the play head stands while the window follows it, in parts of the length.
const HEAD_AT: f64 = 0.72;
/// How far in a single step of zooming goes.
const ZOOM: f64 = 1.5;
/// How far a page moves the window, in parts of the length.
const PAGE: f64 = 0.8;
/// The least microseconds to a pixel.
const FINEST: f64 = 0.2;

/// What somebody does with the diagram.
#[derive(Clone, PartialEq, Debug)]
pub enum DiagramMsg {
    /// Shows it, or leaves it.
    Toggle,
    /// Moves what is seen by so many pixels: along the time, and across the lines.
    Pan {
        /// Towards later times.
        along: f64,
        /// Towards later lines.
        across: f64,
    },
    /// Moves what is seen by most of a window: towards later times, or earlier ones.
    Page(bool),
    /// Makes time longer by a factor, about a place along it.
    Zoom {
        /// By how much; below 1 it gets shorter.
        factor: f64,
        /// Which place keeps where it is, in pixels.
        at: f64,
    },
    /// Nearer, about the middle.
    In,
    /// Further, about the middle.
    Out,
    /// The whole run.
    Whole,
    /// Follows the play head again.
    Follow,
    /// Folds runs of heartbeats, or unfolds them.
    Collapse,
    /// Opens or closes the fold that begins at this time.
    Fold(u64),
    /// Goes to an event and lights its causal past and future.
    Select(u64),
    /// Goes to where a message ends, or if it has not, to where it was sent.
    Message(Name),
    /// Nothing is lit any more.
    Clear,
    /// Goes from the selected event to another.
    Go(Way),
    /// An arrival is dragged to this time.
    Drag {
        /// Its step.
        step: u64,
        /// To when, in microseconds.
        at_us: f64,
    },
    /// It is let go.
    Drop,
    /// The selected arrival comes before what happened at its node before it.
    Earlier,
    /// It comes after what happened there after it.
    Later,
    /// Shows a node's line, or leaves it out.
    Node(NodeId),
    /// Shows a kind of message, or leaves it out.
    Kind(String),
    /// Shows timers, or leaves them out.
    Timers,
    /// Shows everything again.
    All,
}

/// The diagram's state.
#[derive(Clone, Debug)]
pub(crate) struct DiagramState {
    pub(crate) on: bool,
    /// When the window begins; `None` follows the play head.
    from_us: Option<f64>,
    /// How long a pixel is; `None` before anybody chose.
    us_per_px: Option<f64>,
    across: f64,
    pub(crate) hidden_nodes: BTreeSet<NodeId>,
    pub(crate) hidden_kinds: BTreeSet<String>,
    pub(crate) no_timers: bool,
    pub(crate) collapse: bool,
    open_folds: BTreeSet<u64>,
    /// The event whose causal past and future are lit, while the cursor is there.
    pub(crate) picked: Option<u64>,
    /// An arrival that is being dragged, and to when.
    pub(crate) moving: Option<(u64, f64)>,
    pub(crate) rows: Rows,
    folds: Vec<Fold>,
    pub(crate) cone: Option<Cone>,
    /// The size that it was drawn at last.
    size: Size,
    /// The step that the window was made for.
    shown: u64,
}

impl Default for DiagramState {
    fn default() -> Self {
        Self {
            on: false,
            from_us: None,
            us_per_px: None,
            across: 0.0,
            hidden_nodes: BTreeSet::new(),
            hidden_kinds: BTreeSet::new(),
            no_timers: false,
            collapse: false,
            open_folds: BTreeSet::new(),
            picked: None,
            moving: None,
            rows: Rows::default(),
            folds: Vec::new(),
            cone: None,
            // Until it has been drawn: as on a laptop.
            size: Size { w: 840.0, h: 480.0 },
            shown: 0,
        }
    }
}

impl DiagramState {
    /// Another run: nothing that was read or chosen of the last one holds any more, but that the diagram is shown.
    pub(crate) fn forget(&mut self) {
        *self = Self {
            on: self.on,
            size: self.size,
            collapse: self.collapse,
            ..Self::default()
        };
    }

    /// Whether anything is left out.
    pub(crate) fn is_filtered(&self) -> bool {
        self.no_timers || !self.hidden_nodes.is_empty() || !self.hidden_kinds.is_empty()
    }

    pub(crate) const fn follows(&self) -> bool {
        self.from_us.is_none()
    }
}

/// Puts in what is not in a set, and takes out what is.
fn flip<T: Ord>(set: &mut BTreeSet<T>, value: T) {
    if !set.remove(&value) {
        set.insert(value);
    }
}

impl Model {
    /// Whether the diagram is shown.
    pub const fn has_diagram(&self) -> bool {
        self.diagram.on && !self.has_beside()
    }

    #[inline(never)]
    pub(crate) fn handle_diagram(&mut self, msg: DiagramMsg) {
        let state = &mut self.diagram;
        match msg {
            DiagramMsg::Toggle => self.toggle_diagram(),
            DiagramMsg::Pan { along, across } => self.pan(along, across),
            DiagramMsg::Page(later) => {
                let along = PAGE * self.diagram_plane().length();
                self.pan(if later { along } else { -along }, 0.0);
            }
            DiagramMsg::Zoom { factor, at } => self.zoom(factor, at),
            DiagramMsg::In => self.zoom(ZOOM, 0.5 * self.diagram_plane().length()),
            DiagramMsg::Out => self.zoom(1.0 / ZOOM, 0.5 * self.diagram_plane().length()),
            DiagramMsg::Whole => self.show_whole(),
            DiagramMsg::Follow => state.from_us = None,
            DiagramMsg::Collapse => state.collapse = !state.collapse,
            DiagramMsg::Fold(from_us) => flip(&mut state.open_folds, from_us),
            DiagramMsg::Select(step) => self.pick_event(step),
            DiagramMsg::Message(name) => self.pick_message(name),
            DiagramMsg::Clear => (state.picked, state.moving) = (None, None),
            DiagramMsg::Go(way) => self.go(way),
            DiagramMsg::Drag { step, at_us } => {
                self.pin_window();
                self.diagram.moving = Some((step, at_us.max(0.0)));
            }
            DiagramMsg::Drop => self.drop_arrival(),
            DiagramMsg::Earlier => self.shift_past_neighbour(false),
            DiagramMsg::Later => self.shift_past_neighbour(true),
            DiagramMsg::Node(node) => flip(&mut state.hidden_nodes, node),
            DiagramMsg::Kind(kind) => flip(&mut state.hidden_kinds, kind),
            DiagramMsg::Timers => state.no_timers = !state.no_timers,
            DiagramMsg::All => {
                state.hidden_nodes.clear();
                state.hidden_kinds.clear();
                state.no_timers = false;
                self.handle_events(crate::EventsMsg::Search(String::new()));
            }
        }
        self.touch();
    }

    fn toggle_diagram(&mut self) {
        if self.has_beside() {
            return self.refuse(Phrase::new("ui.refused.diagram-of-two"));
        }
        self.diagram.on = !self.diagram.on;
        self.cutting = None;
        if self.look.menu == Some(Menu::Filter) {
            self.look.menu = None;
        }
        self.diagram.shown = self.session.step();
        let target = if self.diagram.on {
            Target::Diagram
        } else {
            Target::Stage
        };
        self.out.push(Command::Focus(target));
    }

    /// How long a pixel is, in microseconds of virtual time.
    pub(crate) fn us_per_px(&self) -> f64 {
        let pace = self.session.about().pace_us as f64 / PACE_PX;
        self.diagram.us_per_px.unwrap_or(pace)
    }

    /// The plane that the diagram was drawn in last.
    pub fn diagram_plane(&self) -> Plane {
        let lanes = self.lanes_shown();
        Plane::of(self.diagram.size, lanes, self.diagram.across)
    }

    /// How many lines there are.
    pub(crate) fn lanes_shown(&self) -> usize {
        let nodes = self.session.frame.nodes.iter();
        let hidden = &self.diagram.hidden_nodes;
        nodes.filter(|node| !hidden.contains(&node.id)).count()
    }

    /// The time that is shown.
    pub(crate) fn diagram_span(&self) -> Span {
        let length = self.diagram_plane().length();
        let folds = &self.diagram.folds;
        Span::new(self.window_from(length), self.us_per_px(), length, folds)
    }

    /// When the window begins.
    fn window_from(&self, length: f64) -> f64 {
        let (px, folds) = (HEAD_AT * length, &self.diagram.folds);
        let following = || {
            let from_us = before(self.head.at_us, px, self.us_per_px(), folds);
            // At the beginning of a run there is nothing before it to see.
            from_us.max(-0.02 * length * self.us_per_px())
        };
        self.diagram.from_us.unwrap_or_else(following)
    }

    pub(crate) const fn diagram_across(&self) -> f64 {
        self.diagram.across
    }

    /// The moment at a place of the diagram, in microseconds.
    pub fn diagram_us(&self, px: f64) -> f64 {
        self.diagram_span().us(px)
    }

    /// The window stays where it is, whatever becomes of the play head.
    pub(crate) fn pin_window(&mut self) {
        let length = self.diagram_plane().length();
        self.diagram.from_us = Some(self.window_from(length));
    }

    /// When the record ends, or the play head stands.
    pub(crate) fn diagram_end_us(&self) -> u64 {
        let playable = &self.session.playable;
        playable.time_of(playable.len()).max(self.head.at_us as u64)
    }

    fn put_window(&mut self, from_us: f64) {
        let length = self.diagram_plane().length() * self.us_per_px();
        let last = self.diagram_end_us() as f64 - 0.1 * length;
        self.diagram.from_us = Some(from_us.min(last).max(-0.02 * length));
    }

    fn pan(&mut self, along: f64, across: f64) {
        let span = self.diagram_span();
        let from_us = if along < 0.0 {
            let folds = &self.diagram.folds;
            before(span.from_us(), -along, self.us_per_px(), folds)
        } else {
            span.us(along)
        };
        if along != 0.0 {
            self.put_window(from_us);
        }
        let most = self.diagram_plane().scroll_max(self.lanes_shown());
        self.diagram.across = (self.diagram.across + across).clamp(0.0, most);
    }

    fn zoom(&mut self, factor: f64, at: f64) {
        let length = self.diagram_plane().length();
        let span = self.diagram_span();
        let coarsest = (1.1 * self.diagram_end_us() as f64 / length).max(self.us_per_px());
        let us_per_px = (self.us_per_px() / factor).clamp(FINEST, coarsest);
        let anchor = span.us(at);
        self.diagram.us_per_px = Some(us_per_px);
        if !self.diagram.follows() {
            let from_us = before(anchor, at, us_per_px, &self.diagram.folds);
            self.put_window(from_us);
        }
    }

    fn show_whole(&mut self) {
        let length = self.diagram_plane().length();
        let end = self.diagram_end_us() as f64;
        self.diagram.us_per_px = Some((1.04 * end / length).max(FINEST));
        self.put_window(-0.02 * end);
    }

    /// After the cursor was moved by hand, the window moves to where it is.
    pub(crate) fn reveal_cursor(&mut self) {
        let step = self.session.step();
        if self.head.playing || self.diagram.shown == step {
            return;
        }
        self.diagram.shown = step;
        if self.diagram.follows() {
            return;
        }
        let (span, length) = (self.diagram_span(), self.diagram_plane().length());
        let px = span.px(self.head.at_us);
        if !(0.02 * length..=0.98 * length).contains(&px) {
            let half = 0.5 * length;
            let from_us = before(self.head.at_us, half, self.us_per_px(), &self.diagram.folds);
            self.put_window(from_us);
        }
    }
}
