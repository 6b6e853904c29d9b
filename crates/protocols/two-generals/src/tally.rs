//! What the charts are made of: how the battles of each k ended, and how many messengers came through; beside it, the formula.

use crate::config::{ACKS_MAX, GeneralsConfig};
use crate::formula::{divided, divided_of_attacks};
use crate::general::{A, B};
use crate::losing::{End, dividing};
use crate::node::Node;
use crate::properties::{Judge, Judged};
use protocol::{Arg, Axis, Look, Phrase, Picture, Row, Series, Stroke, Tone, Unit};

/// How the battles of one k ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Count {
    both: u64,
    nobody: u64,
    divided: u64,
}

impl Count {
    const fn of(&mut self, end: End) -> &mut u64 {
        match (end.a, end.b) {
            (true, true) => &mut self.both,
            (false, false) => &mut self.nobody,
            _ => &mut self.divided,
        }
    }

    const fn battles(self) -> u64 {
        self.both + self.nobody + self.divided
    }

    const fn attacks(self) -> u64 {
        self.both + self.divided
    }
}

/// Messengers: how many left, and how many came.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Messengers {
    sent: u64,
    came: u64,
}

/// The counts, all for the same number of messengers a message: where it changes, they begin anew.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    judge: Judge,
    copies: u64,
    counts: [Count; ACKS_MAX as usize + 1],
    /// Of all battles before the last one.
    before: Messengers,
    /// Of the last battle, which is numbered here: stragglers may still come.
    last: (u64, Messengers),
}

impl Tally {
    /// Looks after a step.
    pub(crate) fn count(&mut self, look: &Look<'_, Node>) {
        if let Some(judged) = self.judge.judge(look) {
            self.judged(&judged);
        }
        let (number, seen) = &mut self.last;
        let (mut sent, mut came) = (0, 0);
        for node in look.nodes.iter().take(2).flatten() {
            if let Some(battle) = node.battle.as_ref().filter(|b| b.number == *number) {
                sent += battle.sent;
                came += battle.came();
            }
        }
        // A general who forgets does not undo what was seen.
        (seen.sent, seen.came) = (seen.sent.max(sent), seen.came.max(came));
    }

    fn judged(&mut self, judged: &Judged<'_>) {
        let battle = judged.a;
        if battle.copies != self.copies {
            *self = Self {
                judge: std::mem::take(&mut self.judge),
                copies: battle.copies,
                ..Self::default()
            };
        }
        let count = &mut self.counts[battle.acks as usize];
        if let Some(before) = judged.before {
            let was = count.of(before);
            *was = was.saturating_sub(1);
        }
        *count.of(judged.end) += 1;
        if battle.number != self.last.0 {
            self.before = self.messengers();
            self.last = (battle.number, Messengers::default());
        }
    }

    const fn messengers(&self) -> Messengers {
        Messengers {
            sent: self.before.sent + self.last.1.sent,
            came: self.before.came + self.last.1.came,
        }
    }

    /// The part of all messengers that did not come; `None` where none has left.
    fn captured(&self) -> Option<f64> {
        let Messengers { sent, came } = self.messengers();
        (sent > 0).then(|| (sent - came.min(sent)) as f64 / sent as f64)
    }

    /// (k, count), for each k that was fought with.
    fn fought(&self) -> impl Iterator<Item = (u64, Count)> + '_ {
        let all = (0..).zip(self.counts);
        all.filter(|(_, count)| count.battles() > 0)
    }
}

/// The curves, how the battles ended, the schedules that divide, and the messengers.
pub(crate) fn pictures(config: &GeneralsConfig, tally: &Tally) -> Vec<Picture> {
    let (captured, copies) = (tally.captured(), tally.copies);
    let all = curves(
        tally,
        "picture.divided",
        &|count: Count| (count.divided, count.battles()),
        &|acks| captured.map(|captured| divided(captured, copies, acks)),
    );
    let of_attacks = curves(
        tally,
        "picture.divided-of-attacks",
        &|count: Count| (count.divided, count.attacks()),
        &|_| captured.map(|captured| divided_of_attacks(captured, copies)),
    );
    let losing = losing(if config.sweep {
        None
    } else {
        Some(config.acks)
    });
    vec![all, of_attacks, ends(tally), losing, figures(tally)]
}

fn curves(
    tally: &Tally,
    title: &'static str,
    measured: &dyn Fn(Count) -> (u64, u64),
    formula: &dyn Fn(u64) -> Option<f64>,
) -> Picture {
    let axis = |name: &'static str, unit| Axis {
        name: name.into(),
        unit,
    };
    let series = |name: &'static str, stroke, points| Series {
        name: Arg::Word(name.into()),
        stroke,
        points,
    };
    let dots = tally.fought().filter_map(|(acks, count)| {
        let (part, whole) = measured(count);
        Some((acks, (part * 1000 + whole / 2).checked_div(whole)?))
    });
    let theory = (0..=ACKS_MAX)
        .filter_map(|acks| formula(acks).map(|part| (acks, (part * 1000.0 + 0.5) as u64)));
    Picture::Chart {
        title: title.into(),
        x: axis("axis.acks", Unit::Count),
        y: axis("axis.part", Unit::Permille),
        series: vec![
            series("series.measured", Stroke::Dots, dots.collect()),
            series("series.formula", Stroke::Theory, theory.collect()),
        ],
    }
}

fn ends(tally: &Tally) -> Picture {
    let captured = tally.captured().unwrap_or(0.0);
    let row = |(acks, count): (u64, Count)| {
        Row::plain(vec![
            Arg::Int(acks),
            Arg::Int(count.both),
            Arg::Int(count.nobody),
            Arg::Int(count.divided),
            one_in(divided(captured, tally.copies, acks)),
        ])
    };
    Picture::Table {
        title: "picture.ends".into(),
        head: vec![
            "head.acks".into(),
            "head.both".into(),
            "head.nobody".into(),
            "head.divided".into(),
            "head.formula".into(),
        ],
        rows: tally.fought().map(row).collect(),
    }
}

/// A probability as "one in …", which tells small ones from none.
fn one_in(part: f64) -> Arg {
    if part <= 0.0 {
        return Arg::Word("figure.none-captured".into());
    }
    let n = (1.0 / part + 0.5) as u64;
    Arg::Phrase(Box::new(Phrase::new("figure.one-in").int("n", n)))
}

fn losing(now: Option<u64>) -> Picture {
    let mut rows = Vec::new();
    for (acks, found) in (0..).zip(dividing()) {
        for (lost, end) in found {
            let alone = end.alone().unwrap_or(A);
            let from = if lost % 2 == 0 { A } else { B };
            rows.push(Row {
                cells: vec![
                    Arg::Int(acks),
                    Arg::Int(*lost),
                    Arg::Node(from),
                    Arg::Node(alone),
                ],
                tone: if now == Some(acks) {
                    Tone::Strong
                } else {
                    Tone::Plain
                },
            });
        }
    }
    Picture::Table {
        title: "picture.losing".into(),
        head: vec![
            "head.acks".into(),
            "head.lost".into(),
            "head.from".into(),
            "head.alone".into(),
        ],
        rows,
    }
}

fn figures(tally: &Tally) -> Picture {
    let Messengers { sent, came } = tally.messengers();
    let row = |key: &'static str, value| Row::plain(vec![Arg::Word(key.into()), Arg::Int(value)]);
    Picture::Table {
        title: "picture.messengers".into(),
        head: Vec::new(),
        rows: vec![
            row("figure.copies", tally.copies),
            row("figure.sent", sent),
            row("figure.captured", sent - came.min(sent)),
        ],
    }
}
