//! The stage: nodes, messages and cuts of one frame at one play head. Position is a function of these alone: no tween state.

mod body;
pub(crate) mod cut;
mod flight;
pub(crate) mod flow;
mod label;
mod load;
mod message;
mod node;

use crate::epochs::{fill_of, stage_epochs};
use crate::geometry::{Point, Rect, Size};
use crate::layout::Spot;
use crate::{Align, Dash, Epochs, Face, HitArea, Ink, Paint, Places, Scene, Subject};
use protocol::{Hue, Name, NodeId};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::rc::Rc;
use trace::{Frame, Words};

/// What does not follow from the frame, and seldom changes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Options {
    /// Replace flight by a drawn arrow that appears at the step; arcs stand still between steps.
    pub reduced_motion: bool,
    /// Draw the legend into the picture: for pictures that stand alone.
    pub legend: bool,
    /// Up to this many messages that are no heartbeats, each is labelled with its kind.
    pub labels_max: u32,
    /// Up to this many messages, each has a tail.
    pub tails_max: u32,
    /// Up to this many messages, each is drawn, if they do not cover too much of the stage; beyond, bands show flows with counts.
    pub single_max: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            reduced_motion: false,
            legend: false,
            labels_max: 6,
            tails_max: 160,
            single_max: 320,
        }
    }
}

/// What led to something: it keeps its strength, and all else recedes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lit {
    /// These nodes had a part in it.
    pub nodes: BTreeSet<NodeId>,
    /// So had these messages.
    pub messages: BTreeSet<Name>,
}

impl Lit {
    /// Whether what stands for `subject` keeps its strength.
    pub(crate) fn holds(&self, subject: Subject) -> bool {
        match subject {
            Subject::Node(node) => self.nodes.contains(&node),
            Subject::Vote { candidate, .. } => self.nodes.contains(&candidate),
            Subject::Message { name, .. } => self.messages.contains(&name),
            Subject::Flow { .. } => false,
            _ => true,
        }
    }
}

/// Everything that the stage is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct StageInput<'a> {
    /// The moment.
    pub frame: &'a Frame,
    /// The play head in microseconds of virtual time: between the frame's own time and that of the next step.
    pub play_us: f64,
    /// The stage in CSS pixels, from 320 × 300 to 3840 × 2000.
    pub size: Size,
    /// The question that hue answers.
    pub hue: Hue,
    /// The words of the page's language, the protocol's included.
    pub words: &'a Words,
    /// The nodes' labels, by id, for the sentences of badges.
    pub labels: &'a [String],
    /// The caption's actors: they are haloed.
    pub actors: &'a [NodeId],
    /// Nodes that somebody dragged, in parts of the stage: see [`Places::relative`].
    pub moved: &'a BTreeMap<NodeId, Point>,
    /// What is selected.
    pub selected: Option<Subject>,
    /// What has the keyboard's focus.
    pub focused: Option<Subject>,
    /// What led to what somebody asks about; without it nothing recedes.
    pub lit: Option<&'a Rc<Lit>>,
    /// What is otherwise in a run that is compared with this one: nodes and messages, in order. They are marked `≠`.
    pub differs: &'a [Subject],
    /// Whether the cursor stands before the end of its branch.
    pub in_past: bool,
    /// The rest.
    pub options: Options,
}

static NOBODY_MOVED: BTreeMap<NodeId, Point> = BTreeMap::new();

impl<'a> StageInput<'a> {
    /// The stage of `frame` at its own time, with nothing selected, nobody haloed and nothing dragged.
    pub fn new(frame: &'a Frame, words: &'a Words, size: Size) -> Self {
        Self {
            frame,
            play_us: frame.now_us as f64,
            size,
            hue: Hue::Epoch("hue.term"),
            words,
            labels: &[],
            actors: &[],
            moved: &NOBODY_MOVED,
            selected: None,
            focused: None,
            lit: None,
            differs: &[],
            in_past: false,
            options: Options::default(),
        }
    }

    /// Whether what stands for `subject` is otherwise in a run that is compared with this one.
    fn differs(&self, subject: Subject) -> bool {
        self.differs.binary_search(&subject).is_ok()
    }

    /// The play head that decides positions: with reduced motion, the step's own time.
    fn head_us(&self) -> f64 {
        if self.options.reduced_motion {
            self.frame.now_us as f64
        } else {
            self.play_us
        }
    }

    /// An epoch, if hue has a meaning here.
    fn epoch(&self, epoch: Option<u64>) -> Option<u64> {
        epoch.filter(|_| self.hue != Hue::Neutral)
    }
}

/// What drawing needs beside the scene's shapes, kept to be reused.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buffers {
    divides: cut::Divides,
    flows: flow::Flows,
    taken: Vec<Rect>,
    captions: Vec<message::Caption>,
}

impl Scene {
    /// Draws the stage anew.
    pub fn stage(&mut self, input: &StageInput<'_>) {
        self.clear(input.size);
        self.lit = input.lit.cloned();
        let mut epochs = std::mem::take(&mut self.epochs);
        match input.hue {
            Hue::Epoch(_) => epochs.collect(stage_epochs(input.frame)),
            Hue::Neutral => epochs.collect([]),
        }
        let mut places = std::mem::take(&mut self.places);
        places.place(
            input.frame.layout,
            &input.frame.nodes,
            input.size,
            input.moved,
        );
        let mut buffers = std::mem::take(&mut self.stage);
        buffers.divides.find(input.frame, &places);

        let mut pen = Pen {
            scene: self,
            input,
            places: &places,
            epochs: &epochs,
            divides: &buffers.divides,
            taken: std::mem::take(&mut buffers.taken),
        };
        pen.taken.clear();
        if input.in_past {
            pen.past();
        }
        pen.cuts();
        pen.flows(&mut buffers.flows);
        for node in &input.frame.nodes {
            pen.node(node);
        }
        pen.badges();
        pen.tier_names();
        pen.messages(&mut buffers.captions);
        pen.picked_labels();
        if input.options.legend {
            pen.legend();
        }

        buffers.taken = pen.taken;
        self.epochs = epochs;
        self.places = places;
        self.stage = buffers;
    }
}

/// The scene that is drawn into, and what it is drawn from.
struct Pen<'a> {
    scene: &'a mut Scene,
    input: &'a StageInput<'a>,
    places: &'a Places,
    epochs: &'a Epochs,
    divides: &'a cut::Divides,
    /// Where texts stand already: nothing else is written there.
    taken: Vec<Rect>,
}

impl Pen<'_> {
    fn spot(&self, node: NodeId) -> Option<Spot> {
        self.places.spot(node)
    }

    /// The dashed frame of the past.
    fn past(&mut self) {
        self.scene.group(None, HitArea::None);
        let rect = self.input.size.rect().inset(4.0);
        let paint = Paint::stroke(Ink::Soft, 2.0).dash(Dash::Dashed);
        self.scene.rect(rect, 6.0, paint);
    }

    /// "Colour: term ■3 ■4", in the left upper corner.
    fn legend(&mut self) {
        let Hue::Epoch(word) = self.input.hue else {
            return;
        };
        let size = self.places.measures().remark.max(12.0);
        let phrase = protocol::Phrase {
            key: Cow::Borrowed("stage.legend"),
            args: vec![(
                Cow::Borrowed("hue"),
                protocol::Arg::Word(Cow::Borrowed(word)),
            )],
            rule: None,
        };
        let title = self.scene.texts.phrase(&phrase, self.input.words, &[]);
        let mut at = Point::new(14.0, 12.0 + 0.6 * size);
        self.scene.group(None, HitArea::None);
        let soft = Paint::fill(Ink::Soft);
        self.scene
            .label(at, title, size, Align::Start, Face::Text, soft);
        if self.places.measures().compact {
            at.y += 1.6 * size;
        } else {
            at.x += self.scene.width_of(title, size) + 0.7 * size;
        }
        for entry in self.epochs.entries() {
            let number = self.scene.texts.written(|out| {
                let _ = write!(out, "{}", entry.epoch);
            });
            let width = self.scene.width_of(number, size);
            let swatch = Rect::new(at.x, at.y - 0.5 * size, size, size);
            let hit = Rect::new(at.x, at.y - size, 1.6 * size + width, 2.0 * size);
            self.scene
                .group(Some(Subject::Epoch(entry.epoch)), HitArea::Box(hit));
            let paint = Paint::fill(fill_of(Some(entry.epoch))).outlined(Ink::Ink, 1.0);
            self.scene.rect(swatch, 2.0, paint);
            if entry.hatched {
                self.scene
                    .hatch_rect(swatch, 4.0, Paint::stroke(Ink::Ink, 1.0));
            }
            at.x += 1.35 * size;
            let ink = Paint::fill(Ink::Ink);
            self.scene
                .label(at, number, size, Align::Start, Face::Text, ink);
            at.x += width + 0.9 * size;
        }
    }
}
