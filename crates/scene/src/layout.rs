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
            Layout::Ring => self.ring(nodes),
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
        let node = (0.072 * short).clamp(14.0, 150.0);
        let pad = (0.02 * short).max(6.0);
        let measures = Measures::of(node, short < 420.0 || w < 520.0);
        let label = measures.label_height();

        let mut room = Rect::new(0.0, 0.0, w, h).inset(pad);
        let mut client = (0.66 * node).max(11.0);
        if beside {
            let per_side = clients.div_ceil(2) as f64;
            client = client.min(h / (per_side * 4.2)).max(8.0);
            let column = 2.0 * client * NODE_REACH + 2.0 * node;
            room = Rect::new(column, room.y, w - 2.0 * column, room.h);
        } else if clients > 0 {
            client = client.min(w / (clients as f64 * 3.0)).max(8.0);
            room.h -= client * (1.0 + NODE_REACH) + label + 0.4 * node;
        }
        // Labels stand above the upper nodes and beneath the lower ones.
        let inner = Rect::new(room.x, room.y + label, room.w, room.h - 2.0 * label);
        let reach = NODE_REACH * node;
        let mut ry = (inner.h / 2.0 - reach).max(1.0);
        let wide = (inner.w / 2.0 - reach.max(measures.remark * 3.2)).max(1.0);
        let rx = wide.min(1.5 * ry);
        ry = ry.min(1.35 * rx);
        if servers == 1 {
            ry = 0.0;
        }
        self.centre = inner.centre();
        // Neighbours must not touch: a crowded ring has smaller nodes.
        let crowded = if servers > 1 {
            rx.min(ry) * 2.0 * libm::sin(TAU / 2.0 / servers as f64) / 3.1
        } else {
            f64::INFINITY
        };
        let r = node.min(crowded).max(8.0);
        self.measures = if r < node {
            Measures::of(r, measures.compact)
        } else {
            measures
        };

        let mut server = 0;
        let mut asked = 0;
        for frame in present() {
            let spot = if frame.kind == NodeKind::Client {
                asked += 1;
                self.client_spot(asked - 1, clients, client, beside, pad)
            } else {
                let angle = TAU * server as f64 / servers as f64;
                server += 1;
                let (sin, cos) = libm::sincos(angle);
                let (x, y) = if servers == 1 {
                    (0.0, 0.0)
                } else {
                    (rx * sin, -ry * cos)
                };
                Spot {
                    at: self.centre + Point::new(x, y),
                    r,
                    label_above: y < 1e-6,
                }
            };
            self.spots[frame.id.index()] = Some(spot);
        }
    }

    fn client_spot(&self, place: usize, clients: usize, r: f64, beside: bool, pad: f64) -> Spot {
        let Size { w, h } = self.size;
        let label = self.measures.label_height();
        let at = if beside {
            let left = clients.div_ceil(2);
            let (row, rows, x) = if place < left {
                (place, left, pad + NODE_REACH * r + 0.8 * self.measures.node)
            } else {
                (
                    place - left,
                    clients - left,
                    w - pad - NODE_REACH * r - 0.8 * self.measures.node,
                )
            };
            let step = (h / (rows as f64 + 0.5)).min(7.0 * r + label);
            let from_middle = row as f64 - (rows as f64 - 1.0) / 2.0;
            Point::new(x, self.centre.y + from_middle * step)
        } else {
            let step = (w / clients as f64).min(7.5 * r.max(22.0));
            let from_middle = place as f64 - (clients as f64 - 1.0) / 2.0;
            let y = h - pad - label - r * NODE_REACH;
            Point::new(w / 2.0 + from_middle * step, y)
        };
        Spot {
            at,
            r,
            label_above: false,
        }
    }
}

impl Measures {
    fn of(node: f64, compact: bool) -> Self {
        Self {
            node,
            message: (0.19 * node).clamp(4.5, 26.0),
            name: half_pixels((0.42 * node).clamp(12.0, 54.0)),
            remark: half_pixels((0.35 * node).clamp(TYPE_MIN, 46.0)),
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
