//! The figures and charts of the cluster as a whole.

use crate::config::LoadBalancingConfig;
use crate::tally::{CURVES_MAX, Tally, WINDOW_US, WINDOWS_SHOWN, Window};
use protocol::{Arg, Axis, Picture, Row, Series, Stroke, Unit};

/// Everything that the tally shows.
pub(crate) fn pictures(config: &LoadBalancingConfig, tally: &Tally) -> Vec<Picture> {
    let first = tally.windows().len().saturating_sub(WINDOWS_SHOWN);
    let windows: Vec<Window> = tally.windows().iter_from(first).copied().collect();
    let curve = |name: Arg, stroke, value: &dyn Fn(&Window) -> u64| Series {
        name,
        stroke,
        points: windows
            .iter()
            .map(|window| (window.end_us, value(window)))
            .collect(),
    };
    let word = |key: &'static str| Arg::Word(key.into());
    let line = |key, value: &dyn Fn(&Window) -> u64| curve(word(key), Stroke::Line, value);
    let a_second = |count: u32| u64::from(count) * 1_000_000 / WINDOW_US;
    let loads = if config.servers as usize <= CURVES_MAX {
        let server = |number: u16| {
            let name = Arg::Node(config.server(number));
            curve(name, Stroke::Steps, &|window| {
                window.loads[usize::from(number)].into()
            })
        };
        (0..config.servers as u16).map(server).collect()
    } else {
        vec![
            line("series.most", &|window| window.most.into()),
            line("series.mean", &|window| {
                (u64::from(window.mean_permille) + 500) / 1000
            }),
            line("series.fewest", &|window| window.fewest.into()),
        ]
    };
    vec![
        figures(config, tally),
        chart(
            "picture.throughput",
            axis("axis.requests", Unit::PerSecond),
            vec![
                line("series.answered", &|window| a_second(window.answered)),
                line("series.failed", &|window| a_second(window.failed)),
            ],
        ),
        chart(
            "picture.latency",
            axis("axis.latency", Unit::Us),
            vec![
                line("series.p50", &|window| window.p50_us),
                line("series.p99", &|window| window.p99_us),
            ],
        ),
        chart(
            "picture.loads",
            axis("axis.requests-there", Unit::Count),
            loads,
        ),
        chart(
            "picture.spread",
            axis("axis.difference", Unit::Count),
            vec![line("series.spread", &|window| window.spread.into())],
        ),
    ]
}

fn axis(name: &'static str, unit: Unit) -> Axis {
    Axis {
        name: name.into(),
        unit,
    }
}

fn chart(title: &'static str, y: Axis, series: Vec<Series>) -> Picture {
    Picture::Chart {
        title: title.into(),
        x: axis("axis.time", Unit::Us),
        y,
        series,
    }
}

fn figures(config: &LoadBalancingConfig, tally: &Tally) -> Picture {
    let number = |value: f64, digits: usize| Arg::Text(format!("{value:.digits$}"));
    let seconds = tally.now_us() as f64 / 1e6;
    let throughput = tally.answered() as f64 / seconds.max(1e-6);
    let (returned, moved) = tally.keys();
    let rows = [
        ("figure.requests", Arg::Int(tally.requests())),
        ("figure.answered", Arg::Int(tally.answered())),
        ("figure.throughput", number(throughput, 2)),
        (
            "figure.utilisation",
            number(tally.utilisation(config.workers), 3),
        ),
        ("figure.mean-wait", Arg::Us(tally.mean_waited_us())),
        ("figure.mean-work", Arg::Us(tally.mean_worked_us())),
        ("figure.mean-response", Arg::Us(tally.mean_took_us())),
        ("figure.p50", Arg::Us(tally.quantile_us(500))),
        ("figure.p90", Arg::Us(tally.quantile_us(900))),
        ("figure.p99", Arg::Us(tally.quantile_us(990))),
        ("figure.p999", Arg::Us(tally.quantile_us(999))),
        ("figure.in-system", number(tally.mean_in_system(), 3)),
        ("figure.imbalance", number(tally.imbalance(), 3)),
        ("figure.spread", number(tally.mean_spread(), 3)),
        ("figure.retries", Arg::Int(tally.retries())),
        ("figure.rejected", Arg::Int(tally.rejected())),
        ("figure.refused", Arg::Int(tally.refused())),
        ("figure.gave-up", Arg::Int(tally.gave_up())),
        ("figure.keys-returned", Arg::Int(returned)),
        ("figure.keys-moved", Arg::Int(moved)),
    ];
    Picture::Table {
        title: "picture.figures".into(),
        head: Vec::new(),
        rows: rows
            .into_iter()
            .map(|(key, value)| Row::plain(vec![Arg::Word(key.into()), value]))
            .collect(),
    }
}
