//! Labels' rooms: how far each node's label may reach before it meets a node, another label or the stage's edge. They follow
//! from the places alone, so that no word that changes moves or hides another's label.

use super::{Beside, LABEL_AWAY, Places};
use crate::Rect;

/// How far from a label to whatever stands beside it, in pixels.
const GAP: f64 = 3.0;
/// How far a node reaches that a label must not touch, in radii: to its arc.
const ARC: f64 = 1.36;

impl Places {
    pub(super) fn label_rooms(&mut self) {
        let height = self.measures.label_height();
        let bands: Vec<Option<(Rect, Rect)>> = self
            .spots
            .iter()
            .map(|spot| {
                spot.map(|spot| {
                    let away = LABEL_AWAY * spot.r;
                    let top = if spot.label_above {
                        spot.at.y - away - height
                    } else {
                        spot.at.y + away
                    };
                    let label = Rect::new(spot.at.x, top, 0.0, height);
                    (Rect::around(spot.at, ARC * spot.r), label)
                })
            })
            .collect();
        let edge = self.size.rect().inset(4.0);
        for (place, spot) in self.spots.iter_mut().enumerate() {
            let (Some(spot), Some((_, own))) = (spot, bands[place]) else {
                continue;
            };
            if spot.label != Beside::Anything {
                continue;
            }
            let level = |other: Rect| other.y < own.bottom() + 1.0 && own.y < other.bottom() + 1.0;
            let mut half = f64::INFINITY;
            for (body, label) in bands
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != place)
                .filter_map(|(_, band)| *band)
            {
                let away = (body.centre().x - spot.at.x).abs();
                if level(body) {
                    half = half.min(away - body.w / 2.0 - GAP);
                }
                // Two labels meet half way.
                if level(label) {
                    half = half.min(away / 2.0 - GAP / 2.0);
                }
            }
            spot.label_from = (spot.at.x - half).max(edge.x);
            spot.label_to = (spot.at.x + half).min(edge.right());
        }
    }
}
