//! Pointers on the stage: what a press, a drag, a drawn line and a long press mean. Decides; does nothing itself.

use protocol::NodeId;
use scene::{Places, Point, Subject};

/// A pointer that moved less than this since its press was no drag, in CSS pixels.
const DRAG_MIN: f64 = 5.0;
/// Half the width of a finger's target.
pub(crate) const REACH_TOUCH: f64 = 22.0;
/// How far beside a thing a mouse may be.
pub(crate) const REACH_MOUSE: f64 = 6.0;

/// A press that goes on.
#[derive(Debug)]
pub(crate) struct Press {
    /// What was under it.
    pub(crate) subject: Option<Subject>,
    /// Where it began.
    pub(crate) from: Point,
    /// From the pointer to the centre of what it holds, so that it does not jump.
    pub(crate) grip: Point,
    /// Whether it has become a drag.
    pub(crate) dragging: bool,
    /// Whether it comes from a finger: those scroll rather than drag.
    pub(crate) touch: bool,
}

impl Press {
    /// The pointer is at `point` now: whether that is a drag, by now or already.
    pub(crate) fn moved(&mut self, point: Point) -> bool {
        self.dragging |= self.from.distance(point) >= DRAG_MIN;
        self.dragging
    }
}

/// The nodes on the smaller side of a drawn line, or within it if it closes upon itself. Empty where it parts nothing.
pub(crate) fn parted(line: &[Point], nodes: &[NodeId], places: &Places) -> Vec<NodeId> {
    let (Some(first), Some(last)) = (line.first(), line.last()) else {
        return Vec::new();
    };
    let length: f64 = line.windows(2).map(|pair| pair[0].distance(pair[1])).sum();
    let loops = first.distance(*last) < 0.35 * length;
    let at = |node: &NodeId| places.spot(*node).map(|spot| spot.at);
    let chosen: Vec<NodeId> = if loops {
        let inside = |point| within(line, point);
        nodes
            .iter()
            .copied()
            .filter(|node| at(node).is_some_and(inside))
            .collect()
    } else {
        let along = *last - *first;
        let beyond = |point: Point| {
            let to = point - *first;
            along.x * to.y - along.y * to.x > 0.0
        };
        nodes
            .iter()
            .copied()
            .filter(|node| at(node).is_some_and(beyond))
            .collect()
    };
    if chosen.len() * 2 > nodes.len() {
        nodes
            .iter()
            .copied()
            .filter(|node| !chosen.contains(node))
            .collect()
    } else {
        chosen
    }
}

/// Whether a closed line runs round `point` (an odd number of crossings to its right).
fn within(line: &[Point], point: Point) -> bool {
    let closing = line.last().copied().zip(line.first().copied());
    let edges = line
        .windows(2)
        .map(|pair| (pair[0], pair[1]))
        .chain(closing);
    let crossings = edges.filter(|(a, b)| {
        let spans = (a.y > point.y) != (b.y > point.y);
        spans && point.x < a.x + (b.x - a.x) * (point.y - a.y) / (b.y - a.y)
    });
    crossings.count() % 2 == 1
}
