//! Layout: where each node stands on a stage of any size, from the shape that its protocol declares. Knows nothing of drawing.

use crate::{Point, Rect, Size};
use protocol::{Layout, NodeId, NodeKind};
use std::collections::BTreeMap;
use std::f64::consts::TAU;
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
}

/// Where the nodes stand, and the measures that follow from the stage's size.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Places {
    size: Size,
    spots: Vec<Option<Spot>>,
    centre: Point,
    measures: Measures,
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

    /// Places the nodes anew. `moved` are those that somebody dragged, in parts of the stage.
    pub(crate) fn place(
        &mut self,
        layout: Layout,
        nodes: &[NodeFrame],
        size: Size,
        moved: &BTreeMap<NodeId, Point>,
    ) {
        self.size = size;
        self.spots.clear();
        let last = nodes.iter().map(|node| node.id.index() + 1).max();
        self.spots.resize(last.unwrap_or(0), None);
        match layout {
            Layout::Ring | Layout::Star | Layout::Chain | Layout::Tiers | Layout::Tree => {
                self.ring(nodes);
            }
        }
        for (node, part) in moved {
            let Some(Some(spot)) = self.spots.get_mut(node.index()) else {
                continue;
            };
            let wanted = Point::new(part.x * size.w, part.y * size.h);
            let margin = spot.r * NODE_REACH + 2.0;
            let label = self.measures.label_height();
            let mut room = size.rect();
            spot.label_above = wanted.y < self.centre.y;
            if spot.label_above {
                room.y += label;
            }
            room.h -= label;
            spot.at = room.clamp(wanted, margin);
        }
    }

    /// Servers on a ring, the first at the top, clockwise; clients beneath in a row, or at both sides of a wide stage.
    fn ring(&mut self, nodes: &[NodeFrame]) {
        let Size { w, h } = self.size;
        let present = || {
            nodes
                .iter()
                .filter(|node| node.status != NodeStatus::Removed)
        };
        let is_client = |node: &&NodeFrame| node.kind == NodeKind::Client;
        let servers = present().filter(|node| !is_client(node)).count();
        let clients = present().filter(is_client).count();
        let beside = clients > 0 && w > 1.7 * h;

        let short = w.min(h);
        let node = (0.064 * short).clamp(15.0, 140.0);
        let pad = (0.02 * short).max(6.0);
        let measures = Measures::of(node, short < 420.0 || w < 520.0);
        let label = measures.label_height();

        // A client without an epoch has its name inside.
        let named = present().any(|node| is_client(&node) && node.view.epoch.is_some());
        let client_label = if named { label } else { 1.5 * measures.remark };

        let mut room = self.size.rect().inset(pad);
        let mut client = (0.68 * node).max(11.0);
        if beside {
            let per_side = clients.div_ceil(2) as f64;
            client = client.min(h / (per_side * 4.2)).max(8.0);
            let column = 2.0 * client * NODE_REACH + 2.0 * node;
            room = Rect::new(column, room.y, w - 2.0 * column, room.h);
        } else if clients > 0 {
            client = client.min(w / (clients as f64 * 3.0)).max(8.0);
            room.h -= client * (1.2 + LABEL_AWAY) + client_label + 0.5 * node;
        }
        // Labels stand above the upper nodes and beneath the lower ones.
        let above = label + LABEL_AWAY * node;
        let inner = Rect::new(room.x, room.y + above, room.w, room.h - 2.0 * above);
        // A ring of five is flatter below than above: the room is filled by what stands in it, not by the circle.
        let unit =
            |place: usize| Point::default().towards(TAU * place as f64 / servers as f64, 1.0);
        let low = (0..servers).map(|place| unit(place).y).fold(0.0, f64::max);
        let ry = (inner.h / (1.0 + low)).max(1.0);
        let rx = (inner.w / 2.0 - (NODE_REACH * node).max(measures.remark * 3.2)).max(1.0);
        let (rx, ry) = match servers {
            0 | 1 => (0.0, 0.0),
            _ => (rx.min(1.45 * ry), ry.min(1.3 * rx)),
        };
        let spare = inner.h - ry * (1.0 + low);
        self.centre = Point::new(inner.centre().x, inner.y + spare / 2.0 + ry);
        // Neighbours must not touch: a crowded ring has smaller nodes.
        let apart = |place: usize| {
            let way = unit(place) - unit(place + 1);
            Point::new(way.x * rx, way.y * ry).length()
        };
        let crowded = (0..servers).map(apart).fold(f64::INFINITY, f64::min) / 3.1;
        let r = if servers > 1 {
            node.min(crowded).max(8.0)
        } else {
            node
        };
        self.measures = if r < node {
            Measures::of(r, measures.compact)
        } else {
            measures
        };

        let row = ClientRow {
            clients,
            r: client,
            pad,
            label: client_label,
        };
        let mut server = 0;
        let mut asking = 0;
        for frame in present() {
            let spot = if is_client(&frame) {
                asking += 1;
                let at = if beside {
                    self.beside(&row, asking - 1)
                } else {
                    self.beneath(&row, asking - 1)
                };
                Spot {
                    at,
                    r: client,
                    label_above: false,
                }
            } else {
                let way = unit(server);
                server += 1;
                let (x, y) = (rx * way.x, ry * way.y);
                Spot {
                    at: self.centre + Point::new(x, y),
                    r,
                    label_above: y < 1e-6,
                }
            };
            self.spots[frame.id.index()] = Some(spot);
        }
    }

    /// The place of a client in the row beneath.
    fn beneath(&self, row: &ClientRow, place: usize) -> Point {
        let Size { w, h } = self.size;
        let step = (w / row.clients as f64).min(8.0 * row.r.max(22.0));
        let from_middle = place as f64 - (row.clients as f64 - 1.0) / 2.0;
        let y = h - row.pad - row.label - row.r * LABEL_AWAY;
        Point::new(w / 2.0 + from_middle * step, y)
    }

    /// The place of a client at the left side (the first half) or the right.
    fn beside(&self, row: &ClientRow, place: usize) -> Point {
        let Size { w, h } = self.size;
        let left = row.clients.div_ceil(2);
        let away = row.pad + NODE_REACH * row.r + 0.8 * self.measures.node;
        let (x, place, rows) = if place < left {
            (away, place, left)
        } else {
            (w - away, place - left, row.clients - left)
        };
        let top = row.pad + NODE_REACH * row.r;
        let bottom = h - row.pad - row.label - LABEL_AWAY * row.r;
        let gaps = (rows - 1) as f64;
        let step = ((bottom - top) / gaps.max(1.0)).min(6.0 * row.r + row.label);
        let first = (self.centre.y - gaps * step / 2.0)
            .min(bottom - gaps * step)
            .max(top);
        Point::new(x, first + place as f64 * step)
    }
}

/// How the clients stand together.
struct ClientRow {
    clients: usize,
    r: f64,
    pad: f64,
    /// The height of a client's label.
    label: f64,
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
