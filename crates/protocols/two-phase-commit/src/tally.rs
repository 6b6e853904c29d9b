//! What the charts are made of: participants in doubt and blocked over time, and what came of transactions.

use crate::Fact;
use crate::node::Node;
use protocol::{Arg, Axis, Look, Picture, Row, Series, SharedVec, Stroke, Unit};

/// So many of the newest changes are drawn.
const POINTS_MAX: u64 = 400;

/// Counts, and (time, participants in doubt, participants blocked) at every change.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    committed: u64,
    aborted: u64,
    presumed: u64,
    blocked: u64,
    changes: SharedVec<(u64, u64, u64)>,
}

impl Tally {
    /// Looks after a step.
    pub(crate) fn count(&mut self, look: &Look<'_, Node>) {
        for (_, fact) in look.facts {
            match fact {
                Fact::DecidedCommit { .. } | Fact::Terminated { commit: true, .. } => {
                    self.committed += 1
                }
                Fact::DecidedAbort { .. } | Fact::Terminated { .. } => self.aborted += 1,
                Fact::PresumedAbort { .. } => self.presumed += 1,
                Fact::Blocked { .. } => self.blocked += 1,
                _ => {}
            }
        }
        if look
            .changed
            .is_none_or(|node| look.config.place(node).is_none())
        {
            return;
        }
        let (mut in_doubt, mut blocked) = (0, 0);
        for node in look.nodes.iter().flatten() {
            if let Node::Participant(participant) = node {
                in_doubt += u64::from(!participant.doubts().is_empty());
                blocked += u64::from(participant.doubts().values().any(|doubt| doubt.blocked));
            }
        }
        let before = self.changes.last().map_or((0, 0), |(_, d, b)| (*d, *b));
        if before != (in_doubt, blocked) {
            self.changes.push((look.now_us, in_doubt, blocked));
        }
    }
}

/// The blocking window as a chart, and what came of transactions as a table.
pub(crate) fn pictures(tally: &Tally) -> Vec<Picture> {
    let from = tally.changes.len().saturating_sub(POINTS_MAX);
    let points = |of: fn(&(u64, u64, u64)) -> u64| -> Vec<(u64, u64)> {
        let all = tally.changes.iter_from(from);
        all.map(|change| (change.0, of(change))).collect()
    };
    let series = |name: &'static str, points| Series {
        name: Arg::Word(name.into()),
        stroke: Stroke::Steps,
        points,
    };
    let row = |name: &'static str, value| Row::plain(vec![Arg::Word(name.into()), Arg::Int(value)]);
    vec![
        Picture::Chart {
            title: "picture.doubt".into(),
            x: Axis {
                name: "axis.time".into(),
                unit: Unit::Us,
            },
            y: Axis {
                name: "axis.participants".into(),
                unit: Unit::Count,
            },
            series: vec![
                series("series.in-doubt", points(|change| change.1)),
                series("series.blocked", points(|change| change.2)),
            ],
        },
        Picture::Table {
            title: "picture.outcomes".into(),
            head: Vec::new(),
            rows: vec![
                row("figure.committed", tally.committed),
                row("figure.aborted", tally.aborted),
                row("figure.presumed", tally.presumed),
                row("figure.blocked", tally.blocked),
            ],
        },
    ]
}
