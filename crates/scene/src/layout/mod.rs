//! Layout: where each node stands on a stage of any size, from the shape that its protocol declares. Knows nothing of drawing.

mod aside;
mod bands;
mod grid;
mod label;
mod round;

use crate::{Point, Rect, Size};
use aside::Aside;
use bands::Flow;
pub(crate) use bands::Tier;
use protocol::{Layout, NodeId, NodeKind};
use std::collections::BTreeMap;
use trace::{NodeFrame, NodeStatus};

/// A node's place.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spot {
    /// Its centre.
    pub at: Point,
    /// Its radius in pixels.
    pub r: f64,
    /// Whether its label stands above it; otherwise beneath.
    pub label_above: bool,
    /// From which x its label may reach, in pixels.
    pub label_from: f64,
    /// To which x; where it is not beyond `label_from` there is no room for a label.
    pub label_to: f64,
    /// What is written at it, room or not.
    pub(crate) label: Beside,
}

/// What may be written at a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Beside {
    /// What has room.
    #[default]
    Anything,
    /// Only what stands within it: its tier has no room for labels.
    Nothing,
    /// Not even that: its tier is named as a whole.
    Nameless,
}

impl Spot {
    /// A place whose label's room is not known yet.
    const fn new(at: Point, r: f64, label_above: bool) -> Self {
        Self {
            at,
            r,
            label_above,
            label_from: at.x,
            label_to: at.x,
            label: Beside::Anything,
        }
    }

    /// How wide its label may be, in pixels.
    pub fn label_room(&self) -> f64 {
        (self.label_to - self.label_from).max(0.0)
    }
}

/// Where the nodes stand, and the measures that follow from the stage's size.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Places {
    size: Size,
    spots: Vec<Option<Spot>>,
    centre: Point,
    measures: Measures,
    tiers: Vec<Tier>,
    /// What the places were found for: they are kept while it stays.
    of: (Layout, Vec<Who>, BTreeMap<NodeId, Point>),
}

/// What of a node its place depends on.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Who {
    id: NodeId,
    kind: NodeKind,
    tier: u8,
    /// Whether its number has the place within, so that its name stands beside.
    numbered: bool,
    /// From which radius on its name has room within, in pixels.
    r_named: f64,
}

impl Who {
    fn is_client(&self) -> bool {
        self.kind == NodeKind::Client
    }
}

/// The sizes of type and lines: they grow with the stage. All in pixels.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Measures {
    /// A server's radius.
    pub(crate) node: f64,
    /// A message's radius.
    pub(crate) message: f64,
    /// The type of a node's name.
    pub(crate) name: f64,
    /// The type of its role, and of all other remarks.
    pub(crate) remark: f64,
    /// The usual line.
    pub(crate) line: f64,
    /// Whether name and role share a line.
    pub(crate) compact: bool,
}

/// The least size of type, in pixels.
pub(crate) const TYPE_MIN: f64 = 11.0;
/// How far round a node its rings, its arc and its marks reach, in radii.
pub(crate) const NODE_REACH: f64 = 1.75;
/// How far from its node's centre a label begins, in radii.
pub(crate) const LABEL_AWAY: f64 = 1.46;
/// How far apart the centres of neighbours are at least, in radii.
const APART: f64 = 3.1;
/// How much of a node's width a text within it may take, in radii.
pub(crate) const WITHIN: f64 = 1.64;
/// A client's radius beside a server's.
const CLIENT: f64 = 0.68;

impl Places {
    /// Where a node stands; `None` if it is not on the stage.
    pub fn spot(&self, node: NodeId) -> Option<Spot> {
        self.spots.get(node.index()).copied().flatten()
    }

    /// The stage's middle, round which the servers stand.
    pub const fn centre(&self) -> Point {
        self.centre
    }

    /// A point in parts of the stage, from 0 to 1: how a dragged node's place is kept, whatever the stage's size.
    pub fn relative(&self, point: Point) -> Point {
        Point::new(
            (point.x / self.size.w.max(1.0)).clamp(0.0, 1.0),
            (point.y / self.size.h.max(1.0)).clamp(0.0, 1.0),
        )
    }

    pub(crate) const fn size(&self) -> Size {
        self.size
    }

    pub(crate) const fn measures(&self) -> Measures {
        self.measures
    }

    /// The tiers that stand apart from each other, in order; none in other layouts.
    pub(crate) fn tiers(&self) -> &[Tier] {
        &self.tiers
    }

    /// Places the nodes anew. `moved` are those that somebody dragged, in parts of the stage.
    pub(crate) fn place(
        &mut self,
        layout: Layout,
        nodes: &[NodeFrame],
        size: Size,
        moved: &BTreeMap<NodeId, Point>,
    ) {
        let present = nodes
            .iter()
            .filter(|node| node.status != NodeStatus::Removed);
        let who = present.map(|node| Who {
            id: node.id,
            kind: node.kind,
            tier: node.tier,
            numbered: node.view.epoch.is_some(),
            r_named: TYPE_MIN * crate::draw::ems(&node.label) / WITHIN,
        });
        let known = self.size == size
            && self.of.0 == layout
            && who.clone().eq(self.of.1.iter().copied())
            && self.of.2 == *moved;
        if known {
            return;
        }
        let who: Vec<Who> = who.collect();
        self.size = size;
        self.tiers.clear();
        self.spots.clear();
        let last = who.iter().map(|who| who.id.index() + 1).max();
        self.spots.resize(last.unwrap_or(0), None);
        self.stand(layout, &who);
        self.keep_apart();
        for (node, part) in moved {
            self.drag(*node, *part);
        }
        self.label_rooms();
        self.of = (layout, who, moved.clone());
    }

    fn stand(&mut self, layout: Layout, who: &[Who]) {
        // A client has a place of its own in the layout where it does not share the first tier with what it asks.
        let first_is_shared = who.iter().any(|who| !who.is_client() && who.tier == 0);
        let apart = |who: &&Who| {
            who.is_client()
                && match layout {
                    Layout::Ring => true,
                    Layout::Chain | Layout::Star | Layout::Tree => who.tier == 0 && first_is_shared,
                    Layout::Tiers => false,
                }
        };
        let aside: Vec<Who> = who.iter().filter(apart).copied().collect();
        let inside: Vec<Who> = who.iter().filter(|who| !apart(who)).copied().collect();
        let Size { w, h } = self.size;
        let short = w.min(h);
        let node = (0.064 * short).clamp(15.0, 140.0);
        self.measures = Measures::of(node, short < 420.0 || w < 520.0);
        self.centre = self.size.rect().centre();
        let pad = (0.02 * short).max(6.0);
        let aside = Aside::new(&aside, self.size, pad, self.measures);
        let room = aside.left(self.size.rect().inset(pad));
        match layout {
            Layout::Ring => self.ring(&inside, &[], room),
            Layout::Star => {
                let (middle, round): (Vec<Who>, Vec<Who>) =
                    inside.into_iter().partition(|who| who.tier == 0);
                if round.is_empty() {
                    self.ring(&middle, &[], room);
                } else {
                    self.ring(&round, &middle, room);
                }
            }
            Layout::Chain => self.chain(&inside, room),
            Layout::Tiers => {
                let upright = w < 520.0 || w < 0.8 * h;
                let flow = if upright { Flow::Down } else { Flow::Across };
                self.bands(&inside, room, flow);
            }
            Layout::Tree => self.bands(&inside, room, Flow::Tree),
        }
        self.put_aside(aside);
    }

    fn put(&mut self, node: NodeId, spot: Spot) {
        if let Some(place) = self.spots.get_mut(node.index()) {
            *place = Some(spot);
        }
    }

    /// Nodes never touch: where two would, both shrink.
    fn keep_apart(&mut self) {
        let spots: Vec<Spot> = self.spots.iter().flatten().copied().collect();
        for spot in self.spots.iter_mut().flatten() {
            let others = spots.iter().filter(|other| other.at != spot.at);
            let room = others.map(|other| {
                let share = spot.r / (spot.r + other.r);
                spot.at.distance(other.at) * share / 1.25
            });
            spot.r = room.fold(spot.r, f64::min);
        }
    }

    /// Puts a node where somebody dragged it, as far as it and its label stay on the stage.
    fn drag(&mut self, node: NodeId, part: Point) {
        let Size { w, h } = self.size;
        let Some(Some(spot)) = self.spots.get_mut(node.index()) else {
            return;
        };
        let wanted = Point::new(part.x * w, part.y * h);
        let margin = spot.r * NODE_REACH + 2.0;
        let label = self.measures.label_height();
        let mut room = self.size.rect();
        spot.label_above = wanted.y < self.centre.y;
        if spot.label_above {
            room.y += label;
        }
        room.h -= label;
        spot.at = room.clamp(wanted, margin);
    }
}

impl Measures {
    fn of(node: f64, compact: bool) -> Self {
        Self {
            node,
            message: (0.21 * node).clamp(4.5, 28.0),
            name: half_pixels((0.43 * node).clamp(12.0, 54.0)),
            remark: half_pixels((0.37 * node).clamp(TYPE_MIN, 46.0)),
            line: (0.035 * node).clamp(1.0, 3.5),
            compact,
        }
    }

    /// How much height a node's label takes, away from the node's reach.
    pub(crate) fn label_height(self) -> f64 {
        if self.compact {
            1.25 * self.name
        } else {
            1.2 * self.name + 1.3 * self.remark
        }
    }
}

/// To half pixels: few different sizes of type, so that painters can keep their font strings.
pub(crate) fn half_pixels(size: f64) -> f64 {
    (size * 2.0).round() / 2.0
}

/// The least distance between any two of some points; infinite for fewer than two.
fn nearest(points: &[Point]) -> f64 {
    let pairs = points
        .iter()
        .enumerate()
        .flat_map(|(place, one)| points[..place].iter().map(|other| one.distance(*other)));
    pairs.fold(f64::INFINITY, f64::min)
}

/// The room of `Rect` as a size.
const fn size_of(rect: Rect) -> Size {
    Size::new(rect.w, rect.h)
}
