//! Tiers: columns from left to right, or rows from top to bottom; a tier of many stands in several lines. A tree is rows whose
//! nodes spread over the whole width, so that each stands under those that it belongs to.

use super::grid::Grid;
use super::{Beside, CLIENT, LABEL_AWAY, Measures, NODE_REACH, Places, Spot, TYPE_MIN, Who};
use crate::{Point, Rect, Size};
use protocol::NodeId;

/// How the tiers follow each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Flow {
    /// Columns, from left to right.
    Across,
    /// Rows, from top to bottom.
    Down,
    /// Rows, each as wide as the room.
    Tree,
}

/// A tier as it stands.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Tier {
    /// Which.
    pub(crate) tier: u8,
    /// Where its nodes stand, their rings and its own name included.
    pub(crate) rect: Rect,
    /// Its first node and its last, by id.
    pub(crate) ends: (NodeId, NodeId),
    /// Whether its nodes are too small to have their names: the tier is named as a whole.
    pub(crate) nameless: bool,
    /// Whether the tiers are rows.
    pub(crate) rows: bool,
}

/// The least radius of a node that has name and role beneath, in pixels.
const FULL_MIN: f64 = 16.0;
/// Of one that has its name beneath.
const NAMED_MIN: f64 = 8.0;
/// A tier stands in one line if its nodes keep this part of the size that they have in several.
const ONE_LINE: f64 = 0.62;
/// How much of the way the gaps between tiers take, were there endlessly many.
const GAPS: f64 = 0.6;
/// The least part of what all tiers need that one has.
const LEAST: f64 = 0.2;
/// What a tier's name takes, in pixels.
const HEAD: f64 = 1.9 * TYPE_MIN;

/// How much is written at a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Written {
    /// Name and role beneath.
    Full,
    /// The name beneath.
    Name,
    /// The name within.
    Within,
    /// Nothing: the tier is named as a whole.
    Nothing,
}

/// A tier that is being placed.
struct Band {
    nodes: Vec<Who>,
    /// The largest radius.
    r_max: f64,
    /// How far it reaches along the flow.
    depth: f64,
    grid: Grid,
    written: Written,
}

impl Places {
    pub(super) fn bands(&mut self, who: &[Who], room: Rect, flow: Flow) {
        let mut bands = sorted(who, self.measures.node);
        if bands.is_empty() {
            return;
        }
        let rows = flow != Flow::Across;
        // Along the flow and across it.
        let (length, breadth) = if rows {
            (room.h, room.w)
        } else {
            (room.w, room.h)
        };
        let gaps = GAPS * (bands.len() - 1) as f64 / bands.len() as f64;
        share(
            &mut bands,
            length * (1.0 - gaps),
            breadth,
            rows,
            self.measures.compact,
        );

        let node = bands.iter().map(|band| {
            let clients = band.nodes.iter().all(Who::is_client);
            band.grid.r / if clients { CLIENT } else { 1.0 }
        });
        let node = node.fold(self.measures.node, f64::min);
        self.measures = Measures::of(node.max(8.0), self.measures.compact);

        let used: f64 = bands.iter().map(|band| band.reach(rows)).sum();
        let gap = (length - used) / bands.len() as f64;
        let mut from = gap / 2.0;
        for band in &bands {
            self.band(band, room, flow, from);
            from += band.reach(rows) + gap;
        }
        self.centre = room.centre();
    }

    /// Places one tier, which begins at `from` of the way.
    fn band(&mut self, band: &Band, room: Rect, flow: Flow, from: f64) {
        let Band { grid, nodes, .. } = band;
        let rows = flow != Flow::Across;
        let head = band.head();
        // A tier's name stands above its nodes: before a row, over a column.
        let breadth = if rows { room.w } else { room.h };
        let (along_head, across_head) = if rows { (head, 0.0) } else { (0.0, head) };
        let even = (breadth - across_head) / grid.per_line as f64;
        let step = match flow {
            Flow::Tree => even,
            Flow::Across | Flow::Down => even.min(1.6 * grid.cell.w),
        };
        let mut covered: Option<Rect> = None;
        for (place, who) in nodes.iter().enumerate() {
            let (line, nth) = (place / grid.per_line, place % grid.per_line);
            let here = grid.in_line(line, nodes.len()) as f64;
            let across = (breadth + across_head) / 2.0 + (nth as f64 - (here - 1.0) / 2.0) * step;
            let along = from + along_head + line as f64 * grid.cell.h;
            // Over a node's centre there are its rings and its queue, beneath them its label.
            let at = if rows {
                Point::new(room.x + across, room.y + along + band.rise())
            } else {
                Point::new(
                    room.x + along + grid.cell.h / 2.0,
                    room.y + across - grid.cell.w / 2.0 + band.rise(),
                )
            };
            let mut spot = Spot::new(at, grid.r, false);
            spot.label = match band.written {
                Written::Full | Written::Name => Beside::Anything,
                Written::Within => Beside::Nothing,
                Written::Nothing => Beside::Nameless,
            };
            self.put(who.id, spot);
            let around = Rect::around(at, NODE_REACH * grid.r);
            covered = Some(covered.map_or(around, |all| all.union(around)));
        }
        let ends = nodes.first().zip(nodes.last());
        if let (Some((first, last)), Some(rect)) = (ends, covered) {
            let rect = Rect::new(rect.x, rect.y - head, rect.w, rect.h + head);
            self.tiers.push(Tier {
                tier: first.tier,
                rect,
                ends: (first.id, last.id),
                nameless: band.is_nameless(),
                rows,
            });
        }
    }
}

impl Band {
    /// What is over a node's centre, in pixels.
    fn rise(&self) -> f64 {
        match self.written {
            Written::Full | Written::Name => NODE_REACH * self.grid.r,
            Written::Within | Written::Nothing => LABEL_AWAY * self.grid.r + 1.0,
        }
    }

    fn is_nameless(&self) -> bool {
        self.written == Written::Nothing
    }

    /// The height of the tier's own name, where its nodes have none.
    fn head(&self) -> f64 {
        if self.is_nameless() { HEAD } else { 0.0 }
    }

    /// How far it reaches along the flow.
    fn reach(&self, rows: bool) -> f64 {
        self.grid.depth() + if rows { self.head() } else { 0.0 }
    }
}

/// The tiers in order, each with its nodes by id.
fn sorted(who: &[Who], node: f64) -> Vec<Band> {
    let mut who = who.to_vec();
    who.sort_by_key(|who| (who.tier, who.id));
    let of = |nodes: &[Who]| {
        let clients = nodes.iter().all(Who::is_client);
        Band {
            nodes: nodes.to_vec(),
            r_max: if clients { CLIENT * node } else { node },
            depth: 0.0,
            grid: Grid::default(),
            written: Written::Full,
        }
    };
    who.chunk_by(|one, other| one.tier == other.tier)
        .map(of)
        .collect()
}

/// Shares `length` between the tiers: who needs little has it, the others divide the rest by how many they are.
fn share(bands: &mut [Band], length: f64, breadth: f64, rows: bool, compact: bool) {
    for band in bands.iter_mut() {
        band.fit(Size::new(breadth, f64::INFINITY), rows, compact);
        band.depth = band.reach(rows);
    }
    // A tier that would stand in several lines counts by the side of the area that it needs.
    let weight = |band: &Band| {
        let lines = band.nodes.len() as f64 * band.grid.cell.w / breadth.max(1.0);
        lines.sqrt().max(1.0)
    };
    let weights: Vec<f64> = bands.iter().map(weight).collect();
    // However many the others are, a tier's few nodes are to be seen.
    let least = LEAST * weights.iter().sum::<f64>();
    let weights: Vec<f64> = weights.iter().map(|weight| weight.max(least)).collect();
    let mut open: Vec<usize> = (0..bands.len()).collect();
    let mut left = length;
    loop {
        let all: f64 = open.iter().map(|place| weights[*place]).sum();
        let fair = |place: usize| left * weights[place] / all;
        let modest = open
            .iter()
            .position(|place| bands[*place].depth <= fair(*place));
        let Some(modest) = modest else {
            for place in &open {
                bands[*place].depth = fair(*place);
            }
            break;
        };
        left -= bands[open.swap_remove(modest)].depth;
    }
    for band in bands {
        let depth = band.depth;
        band.fit(Size::new(breadth, depth), rows, compact);
    }
}

impl Band {
    /// Finds the largest nodes that have room, with as much written at them as leaves them large enough.
    fn fit(&mut self, room: Size, rows: bool, compact: bool) {
        let count = self.nodes.len();
        // The name of a tier whose nodes have none takes its room first.
        let under = if rows {
            Size::new(room.w, room.h - HEAD)
        } else {
            Size::new(room.w - HEAD, room.h)
        };
        let grid = |written: Written| {
            let room = if written == Written::Nothing {
                under
            } else {
                room
            };
            let cell = |r: f64| cell(r, written, rows, compact);
            let best = Grid::fit(count, room, self.r_max, cell);
            let line = Grid::line(count, room, self.r_max, cell);
            if line.r >= ONE_LINE * best.r {
                line
            } else {
                best
            }
        };
        let within = |grid: &Grid| {
            let mut nodes = self.nodes.iter();
            nodes.all(|who| !who.numbered && grid.r >= who.r_named)
        };
        let large = |grid: &Grid, least: f64| grid.r >= least.min(self.r_max);
        let full = grid(Written::Full);
        let (written, grid) = if !compact && large(&full, FULL_MIN) {
            (Written::Full, full)
        } else {
            let (named, bare) = (grid(Written::Name), grid(Written::Within));
            if within(&named) && named.r >= FULL_MIN || !within(&bare) && large(&named, NAMED_MIN) {
                (Written::Name, named)
            } else if within(&bare) {
                (Written::Within, bare)
            } else {
                let headed = grid(Written::Nothing);
                // A name over the tier is not worth nodes that cannot be seen.
                if headed.r >= ONE_LINE * bare.r {
                    (Written::Nothing, headed)
                } else {
                    (Written::Within, bare)
                }
            }
        };
        (self.written, self.grid) = (written, grid);
    }
}

/// What a node takes along its line (`w`) and across (`h`).
fn cell(r: f64, written: Written, rows: bool, compact: bool) -> Size {
    let measures = Measures::of(r, compact);
    let (wide, high) = match written {
        Written::Full => (
            (2.0 * NODE_REACH * r).max(5.6 * measures.remark),
            (NODE_REACH + LABEL_AWAY) * r + measures.label_height() + 4.0,
        ),
        Written::Name => (
            (2.0 * NODE_REACH * r).max(3.2 * measures.name),
            (NODE_REACH + LABEL_AWAY) * r + 1.25 * measures.name + 2.0,
        ),
        Written::Within | Written::Nothing => (2.0 * NODE_REACH * r, 2.0 * LABEL_AWAY * r + 2.0),
    };
    if rows {
        Size::new(wide, high)
    } else {
        Size::new(high, wide)
    }
}
