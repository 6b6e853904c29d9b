//! What a general shows of itself: what it will do, and what it knows of the chain.

use crate::general::{B, Battle, General, sender};
use protocol::{Arg, NodeId, NodeView, Phrase, Picture, Ring, Row, Tone};

/// A general.
pub(crate) fn general(general: &General, me: NodeId) -> NodeView {
    if me.0 > B.0 {
        return NodeView {
            role: "role.bystander".into(),
            ..NodeView::default()
        };
    }
    let attacks = general.battle.as_ref().and_then(|battle| battle.attacks);
    let (role, ring) = match attacks {
        Some(true) => ("role.attacks", Ring::Double),
        Some(false) => ("role.stands-down", Ring::Thin),
        None => ("role.waits", Ring::Dashed),
    };
    let mut badges = Vec::new();
    if let Some(battle) = &general.battle {
        badges.push(
            Phrase::new("badge.battle")
                .int("battle", battle.number)
                .int("acks", battle.acks),
        );
        if let Some(heard) = battle.heard {
            badges.push(Phrase::new("badge.heard").int("number", heard));
        }
    }
    if general.queued() > 0 {
        badges.push(Phrase::new("badge.queued").int("count", general.queued()));
    }
    NodeView {
        role: role.into(),
        ring,
        badges,
        pictures: vec![chain(general.battle.as_ref(), me)],
        ..NodeView::default()
    }
}

/// The chain of messages as this general knows it.
fn chain(battle: Option<&Battle>, me: NodeId) -> Picture {
    let rows = battle.map_or_else(Vec::new, |battle| {
        let row = |number: u64| {
            let from = sender(number);
            let knows_before = number == 0 || battle.heard.is_some_and(|heard| heard >= number - 1);
            let has = battle.heard.is_some_and(|heard| heard >= number);
            let (state, tone) = match (from == me, has, knows_before) {
                (true, true, _) => ("state.came", Tone::Plain),
                (true, false, true) => ("state.sent", Tone::Strong),
                (false, true, _) => ("state.here", Tone::Plain),
                (true, false, false) | (false, false, _) => ("state.open", Tone::Faint),
            };
            Row {
                cells: vec![Arg::Int(number), Arg::Node(from), Arg::Word(state.into())],
                tone,
            }
        };
        (0..=battle.acks).map(row).collect()
    });
    Picture::Table {
        title: "picture.chain".into(),
        head: vec![
            "head.number".into(),
            "head.from".into(),
            "head.state".into(),
        ],
        rows,
    }
}
