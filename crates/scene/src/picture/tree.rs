//! Trees: from the top downwards while they have room, else as an outline of indented lines.

use super::{EDGE, PictureInput, SMALL, TYPE};
use crate::epochs::pale_of;
use crate::{Align, Dash, Face, HitArea, Ink, Paint, Point, Rect, Scene, Subject};
use protocol::{Tone, TreeItem};

const HIGH: f64 = 26.0;
/// Between neighbours, and between parent and child.
const GAP: (f64, f64) = (8.0, 26.0);
const INDENT: f64 = 20.0;
const LINE: f64 = 32.0;

pub(super) fn draw(scene: &mut Scene, input: &PictureInput<'_>, items: &[TreeItem]) {
    scene
        .epochs
        .collect(items.iter().filter_map(|item| input.epoch(item.epoch)));
    let wide: Vec<f64> = items
        .iter()
        .map(|item| (TYPE * crate::draw::ems(&item.label) + 16.0).max(HIGH))
        .collect();
    let parents: Vec<Option<usize>> = (0..items.len()).map(|place| parent(items, place)).collect();
    let upright = downwards(&parents, &wide, input.width - 2.0 * EDGE);
    let is_upright = upright.is_some();
    let rects = upright.unwrap_or_else(|| outline(&parents, &wide, input.width));
    let bottom = rects.iter().map(|rect| rect.bottom()).fold(0.0, f64::max);
    scene.set_height(bottom + EDGE);
    scene.group(None, HitArea::None);
    let line = Paint::stroke(Ink::Soft, 1.0);
    for (place, rect) in rects.iter().enumerate() {
        let Some(above) = parents[place].map(|parent| rects[parent]) else {
            continue;
        };
        let way = if is_upright {
            let middle = above.bottom() + GAP.1 / 2.0;
            let (from, to) = (above.centre().x, rect.centre().x);
            [
                Point::new(from, above.bottom()),
                Point::new(from, middle),
                Point::new(to, middle),
                Point::new(to, rect.y),
            ]
        } else if rect.x > above.x + INDENT + 0.5 {
            // Not the first of its line: that one is joined.
            continue;
        } else {
            let foot = Point::new(above.x + INDENT / 2.0, above.bottom());
            let turn = Point::new(foot.x, rect.centre().y);
            [foot, turn, turn, Point::new(rect.x, turn.y)]
        };
        scene.path(way, false, line);
    }
    for (place, (item, rect)) in items.iter().zip(&rects).enumerate() {
        one(scene, input, item, *rect, Subject::Part(place as u32));
    }
}

/// The parent of an item: it stands before its child, or it counts for nothing.
fn parent(items: &[TreeItem], place: usize) -> Option<usize> {
    let parent = items[place].parent? as usize;
    (parent < place).then_some(parent)
}

/// Every subtree under its root, side by side; `None` where there is no room for it.
fn downwards(parents: &[Option<usize>], wide: &[f64], room: f64) -> Option<Vec<Rect>> {
    let count = parents.len();
    let mut depth = vec![0usize; count];
    // What a subtree's children take together, and what it takes itself.
    let (mut within, mut whole) = (vec![0.0f64; count], wide.to_vec());
    for place in (0..count).rev() {
        whole[place] = wide[place].max(within[place]);
        if let Some(parent) = parents[place] {
            let gap = if within[parent] > 0.0 { GAP.0 } else { 0.0 };
            within[parent] += whole[place] + gap;
        }
    }
    let roots = || (0..count).filter(|place| parents[*place].is_none());
    let all: f64 = roots().map(|root| whole[root] + GAP.0).sum::<f64>() - GAP.0;
    if all > room {
        return None;
    }
    let mut left = vec![0.0; count];
    // Where the next child of each begins.
    let mut next = vec![0.0; count];
    let mut root = EDGE + (room - all) / 2.0;
    let mut rects = Vec::with_capacity(count);
    for place in 0..count {
        match parents[place] {
            None => {
                left[place] = root;
                root += whole[place] + GAP.0;
            }
            Some(parent) => {
                left[place] = next[parent];
                next[parent] += whole[place] + GAP.0;
                depth[place] = depth[parent] + 1;
            }
        }
        next[place] = left[place] + (whole[place] - within[place]) / 2.0;
        let x = left[place] + (whole[place] - wide[place]) / 2.0;
        let y = EDGE + depth[place] as f64 * (HIGH + GAP.1);
        rects.push(Rect::new(x, y, wide[place], HIGH));
    }
    Some(rects)
}

/// A line for each, in the order of a reader: a parent, then its children with all that is theirs. Leaves share lines.
fn outline(parents: &[Option<usize>], wide: &[f64], width: f64) -> Vec<Rect> {
    let count = parents.len();
    let mut children = vec![Vec::new(); count];
    let mut open = Vec::new();
    for place in (0..count).rev() {
        match parents[place] {
            Some(parent) => children[parent].push(place),
            None => open.push((place, 0usize)),
        }
    }
    let mut rects = vec![Rect::default(); count];
    let mut y = EDGE;
    while let Some((place, depth)) = open.pop() {
        let left = |depth: usize| (EDGE + depth as f64 * INDENT).min(width / 2.0);
        let fit = |x: f64, place: usize| wide[place].min(width - EDGE - x);
        rects[place] = Rect::new(left(depth), y, fit(left(depth), place), HIGH);
        y += LINE;
        let below = &children[place];
        if below.iter().any(|child| !children[*child].is_empty()) {
            open.extend(below.iter().map(|child| (*child, depth + 1)));
            continue;
        }
        let first = left(depth + 1);
        let mut x = first;
        for child in below.iter().rev() {
            if x > first && x + wide[*child] > width - EDGE {
                (x, y) = (first, y + LINE);
            }
            rects[*child] = Rect::new(x, y, fit(x, *child), HIGH);
            x += rects[*child].w + GAP.0;
        }
        if !below.is_empty() {
            y += LINE;
        }
    }
    rects
}

fn one(scene: &mut Scene, input: &PictureInput<'_>, item: &TreeItem, rect: Rect, subject: Subject) {
    scene.group(Some(subject), HitArea::Box(rect));
    let epoch = input.epoch(item.epoch);
    let faint = item.tone == Tone::Faint;
    let (fill, ink, line, face) = match item.tone {
        Tone::Plain => (pale_of(epoch), Ink::Ink, 1.0, Face::Text),
        Tone::Strong => (crate::epochs::fill_of(epoch), Ink::Ink, 2.0, Face::Strong),
        Tone::Faint => (Ink::Paper, Ink::Soft, 1.0, Face::Text),
    };
    let dash = if faint { Dash::Dashed } else { Dash::Solid };
    scene.rect(rect, 4.0, Paint::fill(fill).outlined(ink, line).dash(dash));
    if scene.epochs.hatched(epoch) && !faint {
        scene.hatch_rect(rect, 6.0, Paint::stroke(Ink::Ink, 0.8).faded(0.6));
    }
    let text = scene.texts.text(&item.label);
    let size = TYPE.min((rect.w - 8.0) / crate::draw::ems(&item.label).max(0.1));
    let paint = Paint::fill(ink).outlined(fill, 2.5);
    scene.label(
        rect.centre(),
        text,
        size.max(SMALL),
        Align::Middle,
        face,
        paint,
    );
    if input.focused == Some(subject) {
        let paint = Paint::stroke(Ink::Focus, 2.5).dash(Dash::Dashed);
        scene.rect(rect.inset(-2.0), 5.0, paint);
    }
}
