//! The figures of a run for other programs: what the cluster as a whole shows of itself, a line each. Knows no protocol.

use protocol::{Arg, Picture};

/// Tables, gauges and the last values of charts as lines of `picture/name`, a tab and the value. Names are keys of the words
/// and labels of nodes, the same in every language; durations are in microseconds.
pub(crate) fn lines(pictures: &[Picture], labels: &[String]) -> String {
    let mut out = String::new();
    let mut line = |name: &[&str], value: &str| {
        out.push_str(&name.join("/").replace(['\t', '\n'], " "));
        out.push('\t');
        out.push_str(&value.replace(['\t', '\n'], " "));
        out.push('\n');
    };
    for picture in pictures {
        match picture {
            Picture::Table { title, head, rows } => {
                for row in rows {
                    let Some((name, values)) = row.cells.split_first() else {
                        continue;
                    };
                    let name = plain(name, labels);
                    for (place, value) in (1..).zip(values) {
                        let value = plain(value, labels);
                        match head.get(place) {
                            Some(column) => line(&[id(title), &name, id(column)], &value),
                            None => line(&[id(title), &name], &value),
                        }
                    }
                }
            }
            Picture::Gauge { title, value, .. } => line(&[id(title)], &value.to_string()),
            Picture::Chart { title, series, .. } => {
                for series in series {
                    if let Some((_, value)) = series.points.last() {
                        let name = plain(&series.name, labels);
                        line(&[id(title), &name], &value.to_string());
                    }
                }
            }
            Picture::Log { .. }
            | Picture::Votes(_)
            | Picture::Queue { .. }
            | Picture::Ring { .. }
            | Picture::Tree { .. } => {}
        }
    }
    out
}

/// A key without its family: `figure.p99` is `p99`.
fn id(key: &str) -> &str {
    key.split_once('.').map_or(key, |(_, id)| id)
}

/// A value without words.
fn plain(arg: &Arg, labels: &[String]) -> String {
    let label = |node: &protocol::NodeId| match labels.get(node.index()) {
        Some(label) => label.clone(),
        None => node.0.to_string(),
    };
    match arg {
        Arg::Node(node) => label(node),
        Arg::Nodes(nodes) => nodes.iter().map(label).collect::<Vec<_>>().join(" "),
        Arg::Int(value) | Arg::Us(value) => value.to_string(),
        Arg::Text(text) => text.clone(),
        Arg::Word(key) => id(key).to_owned(),
        Arg::Phrase(phrase) => id(&phrase.key).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{Axis, NodeId, Row, Series, Stroke, Unit};

    #[test]
    fn a_line_is_a_name_and_a_value() {
        let table = |head: &[&'static str], cells| Picture::Table {
            title: "picture.figures".into(),
            head: head.iter().map(|key| (*key).into()).collect(),
            rows: vec![Row::plain(cells)],
        };
        let axis = |name: &'static str| Axis {
            name: name.into(),
            unit: Unit::Us,
        };
        let pictures = [
            table(
                &[],
                vec![Arg::Word("figure.p99".into()), Arg::Us(1_500_000)],
            ),
            table(
                &["column.server", "column.open", "column.standing"],
                vec![
                    Arg::Node(NodeId(1)),
                    Arg::Int(3),
                    Arg::Word("standing.full".into()),
                ],
            ),
            Picture::Gauge {
                title: "picture.budget".into(),
                value: 7,
                max: None,
                unit: Unit::Count,
            },
            Picture::Chart {
                title: "picture.loads".into(),
                x: axis("axis.time"),
                y: axis("axis.loads"),
                series: vec![
                    Series {
                        name: Arg::Text("a\tb".into()),
                        stroke: Stroke::Line,
                        points: vec![(1, 5), (2, 6)],
                    },
                    Series {
                        name: Arg::Text("empty".into()),
                        stroke: Stroke::Line,
                        points: Vec::new(),
                    },
                ],
            },
            Picture::Votes(Vec::new()),
        ];
        let labels = ["C1", "S1"].map(String::from);
        assert_eq!(
            lines(&pictures, &labels),
            "figures/p99\t1500000\nfigures/S1/open\t3\nfigures/S1/standing\tfull\nbudget\t7\nloads/a b\t6\n"
        );
    }
}
