//! What the charts are made of: calls, retries, answers and queues in windows of time. Knows nothing of promises.

use crate::{Counters, Node, RpcConfig};
use protocol::{Arg, Axis, Look, NodeId, Picture, Series, SharedVec, Stroke, Unit};
use std::collections::BTreeMap;

/// The width of a window.
const WINDOW_US: u64 = 250_000;
/// So many windows are shown.
const WINDOWS_MAX: u64 = 120;

/// What happened in one window.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Window {
    calls: u64,
    retries: u64,
    answered: u64,
    waiting_max: u64,
}

/// Windows of time, from the beginning of the run.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    windows: SharedVec<Window>,
    seen: BTreeMap<NodeId, Counters>,
    waiting: BTreeMap<NodeId, u64>,
}

pub(crate) fn count(tally: &mut Tally, look: &Look<'_, Node>) {
    let Some(changed) = look.changed else { return };
    let index = look.now_us / WINDOW_US;
    while tally.windows.len() <= index {
        tally.windows.push(Window {
            waiting_max: tally.waiting.values().sum(),
            ..Window::default()
        });
    }
    let node = look.nodes[changed.index()].as_ref();
    tally.waiting.insert(changed, node.map_or(0, Node::waiting));
    let before = if look.booted {
        Counters::default()
    } else {
        tally.seen.get(&changed).copied().unwrap_or_default()
    };
    let waiting: u64 = tally.waiting.values().sum();
    let Some(window) = tally.windows.get_mut(index) else {
        return;
    };
    window.waiting_max = window.waiting_max.max(waiting);
    let Some(caller) = node.and_then(Node::caller) else {
        return;
    };
    let now = caller.counters();
    window.retries += now.retries - before.retries;
    if let Some(Node::Client(_)) = node {
        window.calls += now.calls - before.calls;
        window.answered += now.answered - before.answered;
    }
    tally.seen.insert(changed, now);
}

impl Tally {
    /// How many calls began, how many were sent again and how many were answered between two times, in whole windows.
    pub fn between(&self, from_us: u64, to_us: u64) -> (u64, u64, u64) {
        let windows = self.windows.iter_from(from_us / WINDOW_US);
        let count = (to_us / WINDOW_US).saturating_sub(from_us / WINDOW_US);
        let windows = windows.take(usize::try_from(count).unwrap_or(usize::MAX));
        windows.fold((0, 0, 0), |(calls, retries, answered), window| {
            (
                calls + window.calls,
                retries + window.retries,
                answered + window.answered,
            )
        })
    }

    /// Load, goodput and retries over time, and the queues beneath them.
    pub(crate) fn pictures(&self, _config: &RpcConfig) -> Vec<Picture> {
        let from = self.windows.len().saturating_sub(WINDOWS_MAX);
        let series = |name: &'static str, value: fn(&Window) -> u64| Series {
            name: Arg::Word(name.into()),
            stroke: Stroke::Line,
            points: (from..)
                .zip(self.windows.iter_from(from))
                .map(|(index, window)| (index * WINDOW_US, value(window)))
                .collect(),
        };
        let chart = |title: &'static str, y, unit, series| Picture::Chart {
            title: title.into(),
            x: Axis {
                name: "axis.time".into(),
                unit: Unit::Us,
            },
            y: Axis { name: y, unit },
            series,
        };
        vec![
            chart(
                "picture.load",
                "axis.rate".into(),
                Unit::PerSecond,
                vec![
                    series("series.calls", |window| per_second(window.calls)),
                    series("series.retries", |window| per_second(window.retries)),
                    series("series.goodput", |window| per_second(window.answered)),
                ],
            ),
            chart(
                "picture.queues",
                "axis.waiting".into(),
                Unit::Count,
                vec![series("series.waiting", |window| window.waiting_max)],
            ),
        ]
    }
}

const fn per_second(count: u64) -> u64 {
    count * 1_000_000 / WINDOW_US
}
