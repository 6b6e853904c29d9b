//! A protocol's own pictures: queue, ring, tree, gauge, charts.

use protocol::{
    Arg, Axis, Name, NodeId, Picture, QueueItem, RingPoint, Series, Stroke, Tone, TreeItem, Unit,
};
use scene::Subject;

/// Every picture, with its name and what of it has the focus.
pub(crate) fn all() -> Vec<(&'static str, Picture, Option<Subject>)> {
    let datum = Subject::Datum {
        series: 1,
        point: 9,
    };
    vec![
        ("queue", queue(9, Some(14)), Some(Subject::Part(2))),
        ("queue-long", queue(90, None), None),
        ("ring", ring(4, 3, 7), None),
        ("ring-many", ring(8, 24, 0), None),
        ("tree-small", tree(3), None),
        ("tree-large", tree(40), Some(Subject::Part(4))),
        ("gauge", gauge(640, Some(1000)), None),
        ("gauge-over", gauge(1200, Some(1000)), None),
        ("gauge-open", gauge(37, None), None),
        ("chart-latency", latency(), Some(datum)),
        ("chart-steps", steps(), None),
        ("chart-bars", bars(), None),
        ("chart-dots", dots(), None),
        ("chart-empty", chart(Vec::new()), None),
    ]
}

fn chance(of: u64) -> u64 {
    Name(31).mix(of).0
}

fn queue(count: u64, room: Option<u64>) -> Picture {
    let item = |place: u64| QueueItem {
        label: format!("job {place}"),
        epoch: (place % 3 == 1).then_some(2 + place % 4),
        done_permille: (place < 2).then(|| 700 - 400 * place as u16),
    };
    Picture::Queue {
        title: "queue".into(),
        items: (0..count).map(item).collect(),
        room,
    }
}

fn ring(nodes: u16, each: u64, keys: u64) -> Picture {
    let owned = (0..nodes).flat_map(|node| {
        (0..each).map(move |nth| RingPoint {
            at: chance(u64::from(node) * 100 + nth),
            label: format!("S{}", node + 1),
            node: Some(NodeId(node)),
            tone: if node == 1 { Tone::Strong } else { Tone::Plain },
        })
    });
    let keys = (0..keys).map(|key| RingPoint {
        at: chance(9000 + key),
        label: format!("k{key}"),
        node: None,
        tone: if key == 2 { Tone::Strong } else { Tone::Plain },
    });
    Picture::Ring {
        title: "ring".into(),
        points: owned.chain(keys).collect(),
    }
}

fn tree(leaves: u32) -> Picture {
    let item = |parent, label: String, tone| TreeItem {
        parent,
        label,
        epoch: None,
        tone,
    };
    let mut items = vec![item(None, "job".into(), Tone::Strong)];
    for branch in 0..3 {
        let place = items.len() as u32;
        items.push(item(Some(0), format!("stage {branch}"), Tone::Plain));
        for leaf in 0..leaves / 3 {
            let tone = if leaf % 2 == 1 {
                Tone::Faint
            } else {
                Tone::Plain
            };
            items.push(item(Some(place), format!("t{branch}{leaf}"), tone));
        }
    }
    items[2].epoch = Some(3);
    Picture::Tree {
        title: "tree".into(),
        items,
    }
}

fn gauge(value: u64, max: Option<u64>) -> Picture {
    Picture::Gauge {
        title: "gauge".into(),
        value,
        max,
        unit: if max.is_some() {
            Unit::Permille
        } else {
            Unit::Count
        },
    }
}

fn chart(series: Vec<Series>) -> Picture {
    Picture::Chart {
        title: "chart".into(),
        x: Axis {
            name: "x.rate".into(),
            unit: Unit::PerSecond,
        },
        y: Axis {
            name: "y.latency".into(),
            unit: Unit::Us,
        },
        series,
    }
}

fn series(name: &str, stroke: Stroke, points: impl Iterator<Item = (u64, u64)>) -> Series {
    Series {
        name: Arg::Text(name.into()),
        stroke,
        points: points.collect(),
    }
}

fn latency() -> Picture {
    let at = |k: u64| 100 * k;
    let formula = |k: u64| 2_000_000 / (2100 - at(k)).max(1);
    let curve = |factor: u64, seed: u64| {
        (1..20).map(move |k| (at(k), formula(k) * factor / 10 + chance(seed + k) % 900))
    };
    chart(vec![
        series("median", Stroke::Line, curve(9, 1)),
        series("p95", Stroke::Line, curve(17, 50)),
        series("p99", Stroke::Line, curve(26, 90)),
        series(
            "M/M/1",
            Stroke::Theory,
            (1..20).map(|k| (at(k), formula(k))),
        ),
    ])
}

fn steps() -> Picture {
    let walk = |seed: u64| {
        let mut level = 20i64;
        (0..80u64).map(move |k| {
            level = (level + (chance(seed + k) % 9) as i64 - 4).max(0);
            (k * 20, level as u64)
        })
    };
    let mut picture = chart(vec![
        series("S1", Stroke::Steps, walk(1)),
        series("S2", Stroke::Steps, walk(500)),
    ]);
    if let Picture::Chart { y, .. } = &mut picture {
        y.unit = Unit::Count;
    }
    picture
}

fn bars() -> Picture {
    let bars = |seed: u64| (1..9u64).map(move |k| (k * 10, chance(seed + k) % 5000));
    chart(vec![
        series("round robin", Stroke::Bars, bars(3)),
        series("least loaded", Stroke::Bars, bars(70)),
    ])
}

fn dots() -> Picture {
    let dots = (0..3000u64).map(|k| (k, 800 + chance(k) % 900 * (chance(k + 9) % 7)));
    let mean = (0..3000u64).step_by(10).map(|k| (k, 2900 + k / 10));
    chart(vec![
        series("answers", Stroke::Dots, dots),
        series("mean", Stroke::Line, mean),
    ])
}
